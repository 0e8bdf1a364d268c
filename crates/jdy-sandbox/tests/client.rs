//! A client of a few dozen lines: its own signing, its own HTTP, one connection for each call.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jdy_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const RECHARGE: &str = "/jdy/v2/ls/mall_recharge";
pub(crate) const RULES: &str = "/jdy/v2/ls/mall_recharge_rule";
pub(crate) const TOKEN: &str = "/jdyconnector/app_management/kingdee_auth_token";
pub(crate) const AUTHORIZE: &str = "/jdyconnector/app_management/push_app_authorize";

pub(crate) fn mac(key: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn seal(key: &str, text: &str) -> String {
    STANDARD.encode(hex(&mac(key, text)))
}

pub(crate) fn escape(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| {
            if keep(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// A call whose headers can still be changed.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) nonce: String,
    pub(crate) timestamp: String,
    pub(crate) signature: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Call {
    pub(crate) fn new(method: &str, path: &str, query: &[(&str, &str)], body: &str) -> Self {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.iter().map(pair).collect(),
            body: body.to_owned(),
            nonce: "4427456950".to_owned(),
            timestamp: now().to_string(),
            signature: None,
            headers: vec![
                ("X-Api-ClientID".to_owned(), "100000".to_owned()),
                ("X-Api-Auth-Version".to_owned(), "2.0".to_owned()),
                (
                    "X-Api-SignHeaders".to_owned(),
                    "X-Api-TimeStamp,X-Api-Nonce".to_owned(),
                ),
            ],
        }
    }

    /// Sets a header, or removes it if the value is empty.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(have, _)| have != name);
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    pub(crate) fn signed_text(&self) -> String {
        let twice = |text: &str| escape(&escape(text));
        let mut pairs: Vec<_> = self
            .query
            .iter()
            .map(|(k, v)| format!("{}={}", twice(k), twice(v)))
            .collect();
        pairs.sort();
        let (method, path, query) = (&self.method, escape(&self.path), pairs.join("&"));
        format!(
            "{method}\n{path}\n{query}\nx-api-nonce:{}\nx-api-timestamp:{}\n",
            self.nonce, self.timestamp
        )
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let pairs: Vec<_> = self
            .query
            .iter()
            .map(|(k, v)| format!("{}={}", escape(k), escape(v)))
            .collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        let mut text = format!(
            "{} {}{mark}{} HTTP/1.1\r\nHost: x\r\n",
            self.method,
            self.path,
            pairs.join("&")
        );
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        let sign = || seal("facade00facade00facade00facade00", &self.signed_text());
        let signature = self.signature.clone().unwrap_or_else(sign);
        text += &format!(
            "X-Api-Nonce: {}\r\nX-Api-TimeStamp: {}\r\n",
            self.nonce, self.timestamp
        );
        text += &format!(
            "X-Api-Signature: {signature}\r\nContent-Length: {}\r\n\r\n{}",
            self.body.len(),
            self.body
        );
        text.into_bytes()
    }

    pub(crate) async fn send(&self, sandbox: &Sandbox) -> Reply {
        let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
        exchange(&mut stream, &self.bytes()).await
    }
}

/// What was received, perhaps incomplete.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: Option<u16>,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Whether the body has the length that the head gives.
    pub(crate) whole: bool,
    pub(crate) error: Option<std::io::ErrorKind>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn code(&self) -> i64 {
        self.json()["errcode"].as_i64().unwrap()
    }

    pub(crate) fn says(&self) -> String {
        self.json()["description"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .into_iter()
            .find(|(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    fn nothing(error: Option<std::io::ErrorKind>) -> Self {
        Self {
            status: None,
            head: String::new(),
            body: Vec::new(),
            whole: false,
            error,
        }
    }
}

pub(crate) async fn exchange(stream: &mut TcpStream, bytes: &[u8]) -> Reply {
    if let Err(error) = stream.write_all(bytes).await {
        return Reply::nothing(Some(error.kind()));
    }
    read_reply(stream).await
}

pub(crate) async fn read_reply(stream: &mut TcpStream) -> Reply {
    let (mut got, mut chunk) = (Vec::new(), vec![0; 65536]);
    let mut error = None;
    loop {
        if let Some(at) = got.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(got[..at].to_vec()).unwrap();
            let length: usize = head
                .split("Content-Length: ")
                .nth(1)
                .unwrap()
                .lines()
                .next()
                .unwrap()
                .parse()
                .unwrap();
            let body = &got[at + 4..];
            if body.len() >= length {
                return reply(&head, &body[..length], true, None);
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) => break,
            Ok(count) => got.extend_from_slice(&chunk[..count]),
            Err(failed) => {
                error = Some(failed.kind());
                break;
            }
        }
    }
    match got.windows(4).position(|four| four == b"\r\n\r\n") {
        Some(at) => reply(
            std::str::from_utf8(&got[..at]).unwrap(),
            &got[at + 4..],
            false,
            error,
        ),
        None => Reply::nothing(error),
    }
}

fn reply(head: &str, body: &[u8], whole: bool, error: Option<std::io::ErrorKind>) -> Reply {
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply {
        status: Some(status),
        head: head.to_owned(),
        body: body.to_vec(),
        whole,
        error,
    }
}

pub(crate) fn token_call(sandbox: &Sandbox) -> Call {
    token_call_with(&sandbox.app_key(), &sandbox.app_secret())
}

pub(crate) fn token_call_with(app_key: &str, app_secret: &str) -> Call {
    let signature = seal(app_secret, app_key);
    Call::new(
        "GET",
        TOKEN,
        &[("app_key", app_key), ("app_signature", &signature)],
        "",
    )
}

pub(crate) async fn token(sandbox: &Sandbox) -> String {
    let reply = token_call(sandbox).send(sandbox).await;
    reply.json()["data"]["app-token"]
        .as_str()
        .unwrap_or_else(|| panic!("{reply:?}"))
        .to_owned()
}

/// A business call with a token that was fetched before.
pub(crate) fn business(
    token: &str,
    method: &str,
    path: &str,
    query: &[(&str, &str)],
    body: &str,
) -> Call {
    Call::new(method, path, query, body)
        .header("app-token", token)
        .header("X-GW-Router-Addr", "https://tf.jdy.com")
}

pub(crate) fn recharge_body(amount: &str, key: &str) -> Value {
    json!({"bal_amount": amount, "member_id": "10", "source": 9, "src_bill_id": key})
}

pub(crate) fn recharge(token: &str, body: &Value) -> Call {
    business(token, "POST", RECHARGE, &[], &body.to_string())
}

pub(crate) fn rules(token: &str) -> Call {
    business(token, "GET", RULES, &[("member_id", "10")], "")
}
