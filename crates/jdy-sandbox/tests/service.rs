//! Starting, listening, keeping connections, and stopping.

use std::time::Duration;

use jdy_sandbox::{Fault, FaultKind, Sandbox};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{exchange, read_reply, recharge, recharge_body, rules, token, token_call};

#[tokio::test]
async fn the_environment_names_six_variables_and_the_address_is_loopback() {
    let sandbox = Sandbox::start().await.unwrap();
    let names: Vec<_> = sandbox
        .environment()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let all = [
        "JDY_BASE_URL",
        "JDY_CLIENT_ID",
        "JDY_CLIENT_SECRET",
        "JDY_APP_KEY",
        "JDY_APP_SECRET",
        "JDY_ROUTER_ADDR",
    ];
    assert_eq!(names, all);
    assert_eq!(sandbox.environment()[0].1, sandbox.url());
    assert!(sandbox.url().starts_with("http://127.0.0.1:"));
    assert_eq!(
        (sandbox.client_id().len(), sandbox.client_secret().len()),
        (6, 32)
    );
}

#[tokio::test]
async fn only_a_call_that_says_so_listens_beyond_loopback() {
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let refused = Sandbox::builder()
        .listen(everywhere)
        .start()
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("listen_beyond_loopback"), "{refused}");
    let sandbox = Sandbox::builder()
        .listen_beyond_loopback(everywhere)
        .start()
        .await
        .unwrap();
    // The URL is an address that a client can connect to.
    let url = format!("http://127.0.0.1:{}", sandbox.addr().port());
    assert_eq!(sandbox.url(), url);
}

#[tokio::test]
async fn a_connection_is_kept_and_pipelined_requests_are_answered_in_order() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    for key in ["1", "2", "3"] {
        let reply = exchange(
            &mut stream,
            &recharge(&token, &recharge_body("1", key)).bytes(),
        )
        .await;
        assert_eq!(
            (reply.code(), reply.header("Connection")),
            (0, Some("keep-alive"))
        );
    }
    let closing = rules(&token).header("Connection", "close").bytes();
    let two = [recharge(&token, &recharge_body("1", "4")).bytes(), closing].concat();
    stream.write_all(&two).await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    assert_eq!(all.matches("HTTP/1.1 200 OK").count(), 2);
    assert!(all.find("bill_no") < all.find("rows") && all.contains("Connection: close"));
    assert_eq!(sandbox.bills().len(), 4);
}

#[tokio::test]
async fn a_chunked_body_and_one_that_waits_to_be_asked_for_are_read() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let call = recharge(&token, &recharge_body("1", "k"));
    let text = String::from_utf8(call.bytes()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = format!("Content-Length: {}", body.len());
    let chunked = head.replace(&length, "Transfer-Encoding: chunked");
    let (left, right) = body.split_at(10);
    let chunks = format!(
        "{chunked}\r\n\r\n{:x}\r\n{left}\r\n{:X};a=b\r\n{right}\r\n0\r\n\r\n",
        left.len(),
        right.len()
    );
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    assert_eq!(exchange(&mut stream, chunks.as_bytes()).await.code(), 0);
    stream
        .write_all(format!("{head}\r\nExpect: 100-continue\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(exchange(&mut stream, body.as_bytes()).await.code(), 0);
}

#[tokio::test]
async fn a_dropped_sandbox_closes_its_connections_and_its_port() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut idle = TcpStream::connect(sandbox.addr()).await.unwrap();
    let call = token_call(&sandbox).bytes();
    assert_eq!(exchange(&mut idle, &call).await.status, Some(200));
    let address = sandbox.addr();
    drop(sandbox);
    let end = tokio::time::timeout(Duration::from_secs(5), read_reply(&mut idle))
        .await
        .unwrap();
    assert_eq!(end.status, None);
    for _ in 0..100 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the port is still open");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_slow_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let call = token_call(&sandbox).bytes();
    sandbox.inject(Fault::new(FaultKind::Slow(Duration::from_secs(600))));
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    stream.write_all(&call).await.unwrap();
    while sandbox.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::timeout(Duration::from_secs(5), sandbox.stop())
        .await
        .unwrap();
    assert_eq!(read_reply(&mut stream).await.status, None);
}

#[test]
fn a_caller_without_a_runtime_has_a_sandbox_as_well() {
    use std::io::{Read as _, Write as _};
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let mut stream = std::net::TcpStream::connect(sandbox.addr()).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(
        text.starts_with("HTTP/1.1 519 ") && text.contains("AUTH_TYPE_NO_SUPPORT"),
        "{text}"
    );
}

#[tokio::test]
async fn an_observer_receives_every_request() {
    let (send, receive) = std::sync::mpsc::channel();
    let sandbox = Sandbox::builder()
        .observe(move |seen| send.send(seen.clone()).unwrap())
        .start()
        .await
        .unwrap();
    token_call(&sandbox).send(&sandbox).await;
    let seen = receive.recv().unwrap();
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str(), seen.status),
        ("GET", crate::client::TOKEN, Some(200))
    );
    assert_eq!(sandbox.requests(), [seen]);
}

#[tokio::test]
async fn limits_are_off_unless_told_and_are_those_of_each_minute() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    let start = crate::client::now();
    let clock = Arc::new(AtomicI64::new(start));
    let time = Arc::clone(&clock);
    let builder = Sandbox::builder().clock(move || time.load(Ordering::Relaxed));
    let builder = builder.calls_per_minute(3).token_calls_per_minute(1);
    let sandbox = builder.start().await.unwrap();
    let token = token(&sandbox).await;
    assert_eq!(token_call(&sandbox).send(&sandbox).await.status, Some(429));
    for status in [200, 200, 200, 429] {
        assert_eq!(rules(&token).send(&sandbox).await.status, Some(status));
    }
    clock.store(start + 60_000, Ordering::Relaxed);
    assert_eq!(rules(&token).send(&sandbox).await.status, Some(200));
    assert_eq!(token_call(&sandbox).send(&sandbox).await.status, Some(200));
}

/// A test that moved the clock ahead and takes this back is not refused until then.
#[tokio::test]
async fn a_minute_that_began_by_a_clock_that_was_set_back_is_over() {
    let builder = Sandbox::builder().calls_per_minute(1);
    let sandbox = builder.start().await.unwrap();
    let token = token(&sandbox).await;
    let start = crate::client::now();
    sandbox.set_clock(start + 4 * 60_000);
    for status in [200, 429] {
        assert_eq!(rules(&token).send(&sandbox).await.status, Some(status));
    }
    sandbox.set_clock(start);
    for status in [200, 429] {
        assert_eq!(rules(&token).send(&sandbox).await.status, Some(status));
    }
}

#[tokio::test]
async fn the_answer_to_head_has_no_body_and_the_connection_goes_on() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    let reply = exchange(&mut stream, b"HEAD / HTTP/1.1\r\n\r\n").await;
    assert_eq!((reply.status, reply.body.len()), (Some(519), 0));
    let reply = exchange(&mut stream, &token_call(&sandbox).bytes()).await;
    assert_eq!(reply.code(), 0);
}
