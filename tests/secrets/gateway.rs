//! Gateways that tell whoever asks what they should keep to themselves: one without a network, and
//! one on a socket.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use jdy::runtime::BoxFuture;
use jdy::transport::{Request, Response, Transport, TransportError};

use super::forms::{APP_SECRET, CLIENT_SECRET, TOKEN, signature, spellings};

/// What comes back for one request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// This status with this body, in which `ECHO` becomes all that should not be told.
    Answer(u16, String),
    /// The same with a header.
    With(u16, String, (&'static str, &'static str)),
    Connect,
    Lost,
    Hang,
}

pub(crate) fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer(status, body.to_owned())
}

/// Answers from a list, then with a receipt; the token call from a list of its own.
#[derive(Clone, Default)]
pub(crate) struct Chatter(Arc<Replies>);

#[derive(Default)]
struct Replies {
    business: Mutex<VecDeque<Reply>>,
    token: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<Request>>,
}

impl Chatter {
    pub(crate) fn then(&self, reply: Reply) -> &Self {
        self.0.business.lock().unwrap().push_back(reply);
        self
    }

    pub(crate) fn token(&self, reply: Reply) -> &Self {
        self.0.token.lock().unwrap().push_back(reply);
        self
    }

    pub(crate) fn seen(&self) -> Vec<Request> {
        self.0.seen.lock().unwrap().clone()
    }

    fn reply(&self, request: &Request) -> Reply {
        self.0.seen.lock().unwrap().push(request.clone());
        let ours = !request.url.contains("/jdy/v2/");
        let (list, usual) = match ours {
            true => (&self.0.token, token()),
            false => (&self.0.business, receipt()),
        };
        let next = list.lock().unwrap().pop_front();
        next.unwrap_or(Reply::Answer(200, usual))
    }
}

impl Transport for Chatter {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let (status, body, header) = match self.reply(&request) {
                Reply::Answer(status, body) => (status, body, None),
                Reply::With(status, body, header) => (status, body, Some(header)),
                Reply::Connect => return Err(TransportError::connect(echo(&request))),
                Reply::Lost => {
                    let sent = jdy::transport::SendState::MayHaveLeft;
                    return Err(TransportError::lost(sent, echo(&request)));
                }
                Reply::Hang => std::future::pending().await,
            };
            let header = header.map(|(name, value)| (name.to_owned().into(), value.to_owned()));
            let response = Response {
                status,
                headers: header.into_iter().collect(),
                body: body.replace("ECHO", &echo(&request)).into(),
                truncation: None,
            };
            Ok(response)
        })
    }
}

/// All that was sent and all that is secret, in every form, fit for a JSON text.
fn echo(request: &Request) -> String {
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let headers = request.headers.iter();
    let headers: Vec<String> = headers
        .filter(|(name, _)| *name == "app-token" || *name == "X-Api-Signature")
        .map(|(_, value)| value.expose().to_owned())
        .collect();
    // What the client was never told it cannot know again: of an instance it learns the app secret,
    // and then with it the token.
    let has_token = request.headers.iter().any(|(name, _)| *name == "app-token");
    let known = match (has_token, query.contains("app_signature")) {
        (true, _) => [CLIENT_SECRET, APP_SECRET, TOKEN].as_slice(),
        (_, true) => &[CLIENT_SECRET, APP_SECRET],
        _ => &[CLIENT_SECRET],
    };
    let signature = known.contains(&APP_SECRET).then(signature);
    let known = known
        .iter()
        .map(|secret| (*secret).to_owned())
        .chain(signature);
    let all: Vec<String> = known.flat_map(|secret| spellings(&secret)).collect();
    // What comes first is what a limit of length would not cut off.
    let twice = query.replace('%', "%25");
    format!("{query} {twice} {} {}", headers.join(" "), all.join(" ")).replace(['"', '\\'], "")
}

pub(crate) fn token() -> String {
    format!(r#"{{"errcode":0,"data":{{"app-token":"{TOKEN}","expires":99999999999999}}}}"#)
}

pub(crate) fn receipt() -> String {
    r#"{"errcode":0,"data":{"bill_no":"B-1","new_field":1}}"#.to_owned()
}

/// A gateway on a socket of this machine: its address, and the request lines that it saw.
pub(crate) struct Server {
    pub(crate) url: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers a business call with this status line and these headers, and with this body.
    pub(crate) fn start(head: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = lines.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let seen = seen.clone();
                std::thread::spawn(move || serve(stream.ok()?, &seen, head, body));
            }
        });
        Self { url, lines }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

/// Serves one connection until the other side has had enough.
fn serve(stream: TcpStream, seen: &Mutex<Vec<String>>, head: &str, body: &str) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let (mut first, mut length) = (String::new(), 0);
        reader
            .read_line(&mut first)
            .ok()
            .filter(|count| *count > 0)?;
        loop {
            let mut line = String::new();
            reader
                .read_line(&mut line)
                .ok()
                .filter(|count| *count > 0)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        reader.read_exact(&mut vec![0; length]).ok()?;
        let is_token = first.contains("kingdee_auth_token");
        seen.lock().unwrap().push(first);
        let answer = match is_token {
            true => ("200 OK", token()),
            false => (head, body.to_owned()),
        };
        let (head, body) = answer;
        let text = format!(
            "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(text.as_bytes()).ok()?;
    }
}
