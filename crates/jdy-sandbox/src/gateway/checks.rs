//! The gateway's checks, one function each: headers, timestamp, signature, router, method, path.
//!
//! Owns what a call must have and how a refusal explains it. Must not know the order of the checks,
//! nor state of any kind. Must not use: `crate::fault`, `crate::ledger`, `crate::product`, `tokio`.

use std::collections::BTreeSet;

use crate::account::{CLIENT_ID, CLIENT_SECRET};
use crate::answer::Refusal;
use crate::request::{Head, Request};
use crate::signature::{Explanation, Signed, canonical_text, explain, sign};
use crate::spec::{Operation, Spec};

/// How far a timestamp may differ from the gateway's clock.
const MAX_SKEW_MILLIS: i64 = 5 * 60 * 1000;

fn header<'a>(head: &'a Head, name: &str) -> &'a str {
    head.header(&name.to_ascii_lowercase()).unwrap_or_default()
}

/// Checks the headers that every call has, in the gateway's order, up to the signature.
pub(super) fn headers(head: &Head, now: i64) -> Result<(), Refusal> {
    let refuse = |code, reason: String| Err(Refusal::gateway(code, reason));
    let version = header(head, "X-Api-Auth-Version");
    if version != "2.0" {
        return refuse(
            4001,
            format!("X-Api-Auth-Version must be 2.0; {}", got(version)),
        );
    }
    let client_id = header(head, "X-Api-ClientID");
    if client_id.is_empty() {
        return refuse(
            4002,
            "X-Api-ClientID is missing; send the client id that the sandbox printed".to_owned(),
        );
    }
    if client_id != CLIENT_ID {
        let reason = "this is a sandbox; it knows only the credentials it printed, and X-Api-ClientID is another one";
        return refuse(4003, reason.to_owned());
    }
    timestamp(header(head, "X-Api-TimeStamp"), now)?;
    further_signed(head)?;
    let nonce = header(head, "X-Api-Nonce");
    let positive =
        nonce.bytes().all(|byte| byte.is_ascii_digit()) && nonce.bytes().any(|byte| byte != b'0');
    if !positive {
        return refuse(
            4007,
            format!("X-Api-Nonce must be a positive integer; {}", got(nonce)),
        );
    }
    Ok(())
}

/// The headers that `X-Api-SignHeaders` names besides nonce and timestamp, with their values. Both
/// orders of these two are in use: each of the vendor's clients has its own.
pub(super) fn further_signed(head: &Head) -> Result<Vec<(String, String)>, Refusal> {
    let refuse = |reason: String| Err(Refusal::gateway(4007, reason));
    let text = header(head, "X-Api-SignHeaders");
    if text.is_empty() || text.contains([' ', '\t']) {
        return refuse(format!(
            "X-Api-SignHeaders must be names of headers joined by a comma alone, such as \
             X-Api-TimeStamp,X-Api-Nonce; {}",
            got(text)
        ));
    }
    let mut names = BTreeSet::new();
    for name in text.split(',') {
        let lower = name.to_ascii_lowercase();
        if lower == "x-api-signature" {
            return refuse(
                "X-Api-SignHeaders names X-Api-Signature, which cannot sign itself".to_owned(),
            );
        }
        if !names.insert(lower) {
            let lower = name.to_ascii_lowercase();
            return refuse(format!("X-Api-SignHeaders names {lower} twice"));
        }
    }
    for name in ["X-Api-TimeStamp", "X-Api-Nonce"] {
        if !names.remove(&name.to_ascii_lowercase()) {
            return refuse(format!(
                "{name} is not among the names of X-Api-SignHeaders; send X-Api-TimeStamp,X-Api-Nonce; {}",
                got(text)
            ));
        }
    }
    let further = text
        .split(',')
        .filter(|name| names.contains(&name.to_ascii_lowercase()));
    let value = |name: &str| match head.header(&name.to_ascii_lowercase()) {
        Some(value) => Ok((name.to_owned(), value.to_owned())),
        None => Err(Refusal::gateway(
            4007,
            format!("X-Api-SignHeaders names {name}, which this request does not have"),
        )),
    };
    further.map(value).collect()
}

/// The second half of a message about a header: what it holds instead.
fn got(value: &str) -> String {
    if value.is_empty() {
        "the header is missing".to_owned()
    } else {
        format!("got {value:?}")
    }
}

fn timestamp(text: &str, now: i64) -> Result<(), Refusal> {
    let refuse = |reason: String| Err(Refusal::gateway(4006, reason));
    let Ok(sent) = text.parse::<i64>() else {
        return refuse(format!(
            "X-Api-TimeStamp must be epoch milliseconds; {}",
            got(text)
        ));
    };
    let skew = sent.saturating_sub(now);
    if skew.saturating_abs() <= MAX_SKEW_MILLIS {
        return Ok(());
    }
    if sent
        .saturating_mul(1000)
        .saturating_sub(now)
        .saturating_abs()
        <= MAX_SKEW_MILLIS
    {
        return refuse(format!(
            "X-Api-TimeStamp {sent} is in seconds; send milliseconds, such as {now}"
        ));
    }
    let side = if skew > 0 { "ahead of" } else { "behind" };
    refuse(format!(
        "X-Api-TimeStamp {sent} is {} s {side} the gateway's clock ({now}); at most {} s are allowed; set the \
         client's clock",
        skew.saturating_abs() / 1000,
        MAX_SKEW_MILLIS / 1000
    ))
}

/// Compares the signature with the one of the raw request line. `explanation` is set where it
/// differs.
pub(super) fn signature(
    request: &Request,
    app_secret: &str,
    explanation: &mut Option<Explanation>,
) -> Result<(), Refusal> {
    let head = &request.head;
    let received = header(head, "X-Api-Signature");
    if received.is_empty() {
        return Err(Refusal::gateway(4008, "X-Api-Signature is missing"));
    }
    let further = further_signed(head)?;
    let signed = Signed {
        method: &head.method,
        path: head.path(),
        query: head.query(),
        nonce: header(head, "X-Api-Nonce"),
        timestamp: header(head, "X-Api-TimeStamp"),
        further: &further,
        body: &request.body,
    };
    if sign(CLIENT_SECRET, &canonical_text(&signed)) == received {
        return Ok(());
    }
    let found = explain(&signed, received, CLIENT_SECRET, app_secret);
    let refusal = Refusal::gateway(4008, found.text.as_str());
    *explanation = Some(found);
    Err(refusal)
}

/// Compares the router address with the domain of the account set.
pub(super) fn router(head: &Head, domain: &str) -> Result<(), Refusal> {
    let address = header(head, "X-GW-Router-Addr");
    if address == domain {
        return Ok(());
    }
    let reason = if address.strip_suffix('/') == Some(domain) {
        format!("X-GW-Router-Addr must have no slash at its end: {domain}")
    } else {
        format!(
            "X-GW-Router-Addr must be {domain}, the domain of this account set; {}",
            got(address)
        )
    };
    Err(Refusal::NoRoute { reason })
}

/// Checks that a path accepts the method.
pub(super) fn method(head: &Head, path: &str, methods: &[&str]) -> Result<(), Refusal> {
    if methods.contains(&head.method.as_str()) {
        Ok(())
    } else {
        Err(wrong_method(head, path, methods))
    }
}

fn wrong_method(head: &Head, path: &str, methods: &[&str]) -> Refusal {
    Refusal::gateway(
        5002,
        format!("{path} takes {}; got {}", methods.join(" or "), head.method),
    )
}

/// The operation of the spec that the request calls.
pub(super) fn operation<'a>(spec: &'a Spec, head: &Head) -> Result<&'a Operation, Refusal> {
    let path = head.path();
    let Some(operations) = spec.at(path) else {
        return Err(Refusal::gateway(
            5001,
            format!("no operation at {path}; see the paths of the bundled spec"),
        ));
    };
    let found = operations
        .iter()
        .find(|operation| operation.method == head.method);
    let methods: Vec<&str> = operations
        .iter()
        .map(|operation| operation.method.as_str())
        .collect();
    found.ok_or_else(|| wrong_method(head, path, &methods))
}
