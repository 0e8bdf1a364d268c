//! The admin interface under `/__sandbox/`: JSON over HTTP, and the console.
//!
//! Owns its routes and the form of its errors. Must not know how a call of the gateway is checked,
//! nor sockets. Must not use: `crate::ledger`, `crate::server`, `crate::spec`, `tokio`.

mod clock;
mod faults;
mod guard;
mod mask;
mod page;
mod requests;
mod state;

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::gateway::Gateway;
use crate::request::Request;

pub(crate) use self::guard::Access;
pub(crate) use self::mask::is_secret;

/// The path that belongs to the admin interface, with all paths below it.
const ROOT: &str = "/__sandbox";

/// An answer, or the answer of a refusal.
type Answered = Result<Answer, Answer>;

struct Route {
    method: &'static str,
    /// A path; one that ends in `{id}` matches every segment there.
    path: &'static str,
    handle: fn(&Gateway, &Request) -> Answered,
}

const fn route(
    method: &'static str,
    path: &'static str,
    handle: fn(&Gateway, &Request) -> Answered,
) -> Route {
    Route {
        method,
        path,
        handle,
    }
}

const ROUTES: &[Route] = &[
    route("GET", "/__sandbox/", page::html),
    route("GET", "/__sandbox/console.js", page::script),
    route("GET", "/__sandbox/console.css", page::style),
    route("GET", "/__sandbox/environment", state::environment),
    route("GET", "/__sandbox/requests", requests::list),
    route("DELETE", "/__sandbox/requests", requests::clear),
    route("GET", "/__sandbox/faults", faults::list),
    route("POST", "/__sandbox/faults", faults::add),
    route("DELETE", "/__sandbox/faults", faults::clear),
    route("DELETE", "/__sandbox/faults/{id}", faults::remove),
    route("GET", "/__sandbox/state", state::read),
    route("PUT", "/__sandbox/state", state::replace),
    route("POST", "/__sandbox/state/reset", state::reset),
    route("GET", "/__sandbox/clock", clock::read),
    route("PUT", "/__sandbox/clock", clock::set),
    route("DELETE", "/__sandbox/clock", clock::restore),
    route("POST", "/__sandbox/clock/advance", clock::advance),
];

impl Route {
    fn matches(&self, path: &str) -> bool {
        match self.path.strip_suffix("{id}") {
            Some(parent) => path
                .strip_prefix(parent)
                .is_some_and(|id| !id.is_empty() && !id.contains('/')),
            None => path == self.path,
        }
    }
}

/// Whether a path belongs to the admin interface.
pub(crate) fn owns(path: &str) -> bool {
    path.strip_prefix(ROOT)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the first bytes of a request address the admin interface; `None` if it takes more bytes
/// to tell.
pub(crate) fn is_addressed_by(bytes: &[u8]) -> Option<bool> {
    const LONGEST_METHOD: usize = 7;
    let Some(space) = bytes.iter().position(|byte| *byte == b' ') else {
        return (bytes.len() > LONGEST_METHOD).then_some(false);
    };
    let target = bytes.get(space + 1..).unwrap_or_default();
    let known = target.len().min(ROOT.len());
    if target.get(..known) != ROOT.as_bytes().get(..known) {
        return Some(false);
    }
    let next = target.get(ROOT.len())?;
    Some(b"/? ".contains(next))
}

/// Answers a request of the admin interface.
pub(crate) fn answer(gateway: &Gateway, request: &Request, peer: IpAddr) -> Answer {
    let answered = guard::check(gateway.access(), &request.head, peer)
        .and_then(|()| find(request))
        .and_then(|route| (route.handle)(gateway, request));
    let mut answer = page::with_headers(answered.unwrap_or_else(|refused| refused));
    // An answer to HEAD has no body, or the client could not find the next answer.
    if request.head.method == "HEAD" {
        answer.body.clear();
    }
    answer
}

fn find(request: &Request) -> Result<&'static Route, Answer> {
    let path = request.head.path();
    if path == ROOT {
        return Err(Answer::text(308, "see /__sandbox/").with_header("Location", "/__sandbox/"));
    }
    let mut here = ROUTES.iter().filter(|route| route.matches(path)).peekable();
    if here.peek().is_none() {
        let names = ROUTES
            .iter()
            .map(|route| format!("{} {}", route.method, route.path));
        let names: Vec<String> = names.collect();
        let error = format!("no such path: {path}");
        return Err(Answer::json(404, &json!({"error": error, "routes": names})));
    }
    let methods: Vec<&str> = here.clone().map(|route| route.method).collect();
    here.find(|route| route.method == request.head.method)
        .ok_or_else(|| {
            let allowed = methods.join(", ");
            refuse(
                405,
                format!("{path} takes {allowed}; got {}", request.head.method),
            )
            .with_header("Allow", allowed)
        })
}

/// A refusal as JSON.
fn refuse(status: u16, error: impl Into<String>) -> Answer {
    Answer::json(status, &json!({"error": error.into()}))
}

/// A success that changed something.
fn done(value: &Value) -> Answered {
    Ok(Answer::json(200, value))
}

/// The last segment of the path.
fn last_segment(request: &Request) -> &str {
    request.head.path().rsplit('/').next().unwrap_or_default()
}

/// The body as an object with these fields and no others.
fn object(request: &Request, fields: &[&str]) -> Result<Map<String, Value>, Answer> {
    let names = fields.join(", ");
    let wanted = format!("the body must be a JSON object with: {names}");
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(object)) => {
            match object.keys().find(|name| !fields.contains(&name.as_str())) {
                Some(unknown) => Err(refuse(400, format!("unknown field {unknown}; {wanted}"))),
                None => Ok(object),
            }
        }
        Ok(_) => Err(refuse(400, wanted)),
        Err(error) => Err(refuse(400, format!("{wanted}; it is not JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_addressed_by, owns};

    #[test]
    fn only_its_own_paths_belong_to_it() {
        for path in ["/__sandbox", "/__sandbox/", "/__sandbox/a/b"] {
            assert!(owns(path), "{path}");
        }
        for path in ["/", "/__sandboxes", "/jdy/__sandbox", "/__SANDBOX/"] {
            assert!(!owns(path), "{path}");
        }
    }

    #[test]
    fn the_first_bytes_tell_as_soon_as_they_can() {
        for (bytes, expected) in [
            ("", None),
            ("DELETE", None),
            ("GET /__sand", None),
            ("GET /__sandbox", None),
            ("GET /__sandbox/", Some(true)),
            ("GET /__sandbox HTTP/1.1", Some(true)),
            ("GET /__sandbox?a=1", Some(true)),
            ("GET /__sandboxes", Some(false)),
            ("GET /j", Some(false)),
            ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}", Some(false)),
        ] {
            assert_eq!(is_addressed_by(bytes.as_bytes()), expected, "{bytes}");
        }
    }
}
