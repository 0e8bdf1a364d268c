//! The server of the call bench: the same bytes for every call.
//!
//! Owns the answers and how little of a request is read. Must not know a client.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::by_hand::TOKEN;
use crate::Failure;
use crate::rows::ROW;

/// The answers, as they go over the wire.
struct Answers {
    token: Vec<u8>,
    rules: Vec<u8>,
}

/// Prints its address and serves until it is killed.
pub(crate) fn run() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve())
}

async fn serve() -> Result<(), Failure> {
    let token = r#"{"errcode":0,"description":"success","data":{"app-token":"a-token","expires":4102444800000}}"#;
    let rules = format!(
        r#"{{"data":{{"rows":[{ROW}],"page":1,"page_size":10,"count":1,"total_page":1}},"description":"success","errcode":0}}"#
    );
    let answers = Arc::new(Answers {
        token: answer(token),
        rules: answer(&rules),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(connection(stream, Arc::clone(&answers)));
    }
}

fn answer(body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nDate: Thu, 26 Nov 2026 06:00:00 GMT\r\nContent-Type: \
         application/json;charset=UTF-8\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Answers each head; a GET has no body.
async fn connection(mut stream: TcpStream, answers: Arc<Answers>) -> std::io::Result<()> {
    let (mut buffer, mut filled) = (vec![0; 64 * 1024], 0);
    loop {
        let count = stream.read(&mut buffer[filled..]).await?;
        if count == 0 {
            return Ok(());
        }
        filled += count;
        let Some(end) = buffer[..filled]
            .windows(4)
            .position(|end| end == b"\r\n\r\n")
        else {
            continue;
        };
        let asks_for_token = buffer[4..end].starts_with(TOKEN.as_bytes());
        buffer.copy_within(end + 4..filled, 0);
        filled -= end + 4;
        stream
            .write_all(match asks_for_token {
                true => &answers.token,
                false => &answers.rules,
            })
            .await?;
    }
}
