//! The transports against real sockets: what they send, and what they can be told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jdy_runtime::{Client, ErrorKind, Method, Outcome};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::ports::reserved_port;
use crate::script::{RECHARGE, SEARCH, credentials, recharge, search, token_answer};
use crate::transports::Library;

struct Server {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer, seen.clone()));
            }
        });
        Self { url, heads }
    }

    fn client(&self, library: Library) -> Client {
        client(library, &self.url)
    }
}

fn client(library: Library, url: &str) -> Client {
    Client::builder()
        .base_url(url)
        .credentials(credentials())
        .transport(library.usual())
        .build()
        .unwrap()
}

async fn serve(mut stream: TcpStream, answer: &'static str, seen: Arc<Mutex<Vec<String>>>) {
    let mut text = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let Ok(read) = stream.read(&mut piece).await else {
            return;
        };
        if read == 0 {
            return;
        }
        text.extend_from_slice(&piece[..read]);
        let request = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = request.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")
                .map(|n| n.parse().unwrap())
        });
        if body.len() < length.unwrap_or(0) {
            continue;
        }
        seen.lock().unwrap().push(head.to_owned());
        let answer = if head.contains("kingdee_auth_token") {
            whole(&token_answer(1))
        } else {
            answer.to_owned()
        };
        if stream.write_all(answer.as_bytes()).await.is_err() || !answer.contains(" 200 OK") {
            return;
        }
        text.clear();
    }
}

fn whole(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn the_request_line_carries_the_signed_query_as_it_is() {
    let body = "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n{\"errcode\":0,\"data\":{\"bill_no\":\"B1\"}}     ";
    for &library in Library::ALL {
        let server = Server::start(body).await;
        let client = server.client(library);
        client.call(&SEARCH, search()).await.unwrap();
        client.call(&RECHARGE, recharge()).await.unwrap();
        let heads = server.heads.lock().unwrap().clone();
        let line = heads[1].lines().next().unwrap();
        assert_eq!(
            line, "GET /jdy/v2/test/search?page=1&search=a%20b%2B%E6%B5%8B HTTP/1.1",
            "{library:?}"
        );
        let head = &heads[2];
        let host = format!("host: {}\r\n", server.url.trim_start_matches("http://"));
        for part in ["content-length: 35\r\n", "accept: */*\r\n", &host] {
            let lower = format!("{}\r\n", head.to_ascii_lowercase());
            assert!(lower.contains(part), "{library:?}, {part}: {head}");
        }
        assert!(
            head.contains("user-agent: jdy-rust/"),
            "{library:?}: {head}"
        );
    }
}

/// What one library adds to a request that another does not could be refused by a gateway.
#[tokio::test]
async fn each_library_sends_the_same_headers() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"errcode\":0}";
    let mut sent = Vec::new();
    for &library in Library::ALL {
        let server = Server::start(answer).await;
        let client = server.client(library);
        drop(client.call(&SEARCH, search()).await);
        drop(client.call(&RECHARGE, recharge()).await);
        let raw = client.raw(Method::Delete, "/jdy/v2/test", [("id", "1")], None);
        drop(raw.await);
        let mut names: Vec<Vec<String>> = Vec::new();
        for head in server.heads.lock().unwrap().iter() {
            let lines = head.lines().skip(1);
            let mut of_one: Vec<_> = lines
                .map(|line| line.split(':').next().unwrap().to_ascii_lowercase())
                .collect();
            of_one.sort_unstable();
            names.push(of_one);
        }
        assert_eq!(names.len(), 4, "{library:?}: a token and three calls");
        sent.push((library, names));
    }
    for other in &sent {
        assert_eq!(other.1, sent[0].1, "{:?} and {:?}", other.0, sent[0].0);
    }
}

/// A server may refuse a request with 411 that lets a body be expected and does not say how long.
#[tokio::test]
async fn a_request_that_could_have_a_body_and_has_none_says_so() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"errcode\":0}";
    for &library in Library::ALL {
        let server = Server::start(answer).await;
        let client = server.client(library);
        for (method, says_so) in [
            (Method::Post, true),
            (Method::Put, true),
            (Method::Get, false),
            (Method::Delete, false),
        ] {
            let call = client.raw(method, "/jdy/v2/test", [("id", "1")], None);
            call.await.unwrap();
            let head = server.heads.lock().unwrap().last().cloned().unwrap();
            let head = format!("{}\r\n", head.to_ascii_lowercase());
            let found = head.contains("\r\ncontent-length: 0\r\n");
            assert_eq!(found, says_so, "{library:?}: {head}");
            assert!(!head.contains("transfer-encoding"), "{library:?}: {head}");
        }
    }
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    for &library in Library::ALL {
        let closed = reserved_port();
        let address = closed.local_addr().unwrap().to_string();
        let client = client(library, &format!("http://{address}"));
        let error = client.call(&RECHARGE, recharge()).await.unwrap_err();
        assert_eq!(
            (error.outcome(), *error.kind()),
            (Outcome::NotSent, ErrorKind::Token),
            "{library:?}: {error}"
        );
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(&address), "{library:?}: {shown}");
        assert!(!shown.contains("app_signature"), "{library:?}: {shown}");
    }
}

#[tokio::test]
async fn a_connection_that_the_server_closed_while_idle_harms_nothing() {
    let text = "HTTP/1.1 201 Created\r\nContent-Length: 13\r\n\r\n{\"errcode\":0}";
    for &library in Library::ALL {
        let server = Server::start(text).await;
        let client = server.client(library);
        for _ in 0..20 {
            // The server closes after each answer without having said so.
            client.call(&RECHARGE, recharge()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(server.heads.lock().unwrap().len(), 21, "{library:?}");
    }
}

#[test]
fn settings_that_make_no_sense_are_named() {
    macro_rules! check {
        ($transport:ty) => {
            let builder = <$transport>::builder;
            for bad in [
                "no pem",
                "",
                "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n",
            ] {
                let error = builder().ca_pem(bad).build().unwrap_err();
                assert_eq!(error.setting(), "ca_pem", "{bad}");
            }
            let error = builder().user_agent("a\r\nb").build().unwrap_err();
            assert_eq!(error.setting(), "user_agent");
            for bad in ["::", "ftp://proxy.example:21", "http:/proxy.example", ""] {
                let error = builder().proxy(bad).build().unwrap_err();
                assert_eq!(error.setting(), "proxy", "{bad}");
            }
            let first = builder().ca_pem("").proxy("::").build().unwrap_err();
            assert_eq!(first.setting(), "ca_pem");
            let proxied = builder().proxy("http://user:MARKER@127.0.0.1:1");
            assert!(proxied.build().is_ok());
        };
    }
    #[cfg(feature = "reqwest")]
    {
        check!(jdy_runtime::ReqwestTransport);
    }
    #[cfg(feature = "hyper")]
    {
        check!(jdy_runtime::HyperTransport);
    }
}

#[test]
fn a_request_that_was_given_up_may_not_leave_any_more() {
    use jdy_runtime::transport::{SendProgress, SendState};
    let given_up = SendProgress::default();
    given_up.arm();
    assert_eq!(given_up.close(), SendState::NeverLeft);
    assert!(!given_up.started(), "it was said that nothing left");
    assert_eq!(given_up.send_state(), SendState::NeverLeft);
    let on_its_way = SendProgress::default();
    on_its_way.arm();
    assert!(on_its_way.started());
    assert_eq!(on_its_way.close(), SendState::MayHaveLeft);
    // A transport that tells nothing may have sent everything.
    assert_eq!(SendProgress::default().close(), SendState::MayHaveLeft);
}

/// The head of a request with a body leaves with the body, and so not before the guard was asked.
#[tokio::test]
async fn a_request_that_is_withheld_when_it_would_leave_leaves_not_even_its_head() {
    for &library in Library::ALL {
        let server = Server::start("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let asked = std::sync::atomic::AtomicU32::new(0);
        let guard = move || asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        let call = server.client(library).call(&RECHARGE, recharge());
        let error = call.send_while(Arc::new(guard)).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Withheld, "{library:?}: {error}");
        assert_eq!(error.outcome(), Outcome::NotSent);
        let heads = server.heads.lock().unwrap();
        assert!(
            heads.iter().all(|head| head.contains("auth_token")),
            "{library:?}: {heads:?}"
        );
    }
}
