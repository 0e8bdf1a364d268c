//! A write is answered by its own answer, also through a proxy that gives one answer too many.

use std::collections::HashSet;

use jdy_runtime::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::script::{RECHARGE, Required, credentials, token_answer};
use crate::transports::Library;
use jdy_wire::Decimal;

/// Answers each request with its own bill, and before that gives the last answer on the
/// connection again, so that every later one belongs to another request.
async fn serve(mut stream: TcpStream) {
    let mut text = String::new();
    let mut last: Option<String> = None;
    loop {
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(read) if read > 0 => text.push_str(&String::from_utf8_lossy(&piece[..read])),
            _ => return,
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.to_ascii_lowercase().lines().find_map(|line| {
            let length = line.strip_prefix("content-length: ")?;
            length.parse::<usize>().ok()
        });
        if body.len() < length.unwrap_or_default() {
            continue;
        }
        let answer = if head.contains("kingdee_auth_token") {
            token_answer(1)
        } else {
            let bill = jdy_wire::member(body, "src_bill_id").unwrap();
            format!(r#"{{"errcode":0,"data":{{"bill_no":{bill}}}}}"#)
        };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        );
        let shifted = last.replace(answer.clone()).unwrap_or(answer);
        if stream.write_all(shifted.as_bytes()).await.is_err() {
            return;
        }
        text.clear();
    }
}

#[tokio::test]
async fn no_write_takes_the_answer_of_another() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    for &library in Library::ALL {
        let client = Client::builder()
            .base_url(&url)
            .credentials(credentials())
            .transport(library.usual())
            .build()
            .unwrap();
        let mut seen = HashSet::new();
        for number in 0..20 {
            let own = format!("RC-{number}");
            let request = Required {
                amount: Decimal::ONE,
                src_bill_id: own.clone(),
            };
            let answer = client.call(&RECHARGE, request.into()).await.unwrap();
            assert_eq!(answer.bill_no, own.as_str(), "{library:?}");
            seen.insert(own);
        }
        assert_eq!(seen.len(), 20);
    }
}
