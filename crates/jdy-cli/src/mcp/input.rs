//! What the client writes, line by line, before the protocol reads it.
//!
//! Owns that a message in which a name stands twice is not obeyed: of two amounts nobody can tell
//! which one is meant. Must not know what a message is for.

use std::io;

use rmcp::ErrorData;
use rmcp::model::CustomRequest;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader, DuplexStream};

/// The method of the request that stands for such a message.
const REPEATED: &str = "jdy/repeated";

/// What a shell of Windows begins a pipe with.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The same lines, but for each message in which a name stands twice a request that says so, under
/// the same id. Needs a tokio runtime.
pub(super) fn checked(input: impl AsyncRead + Unpin + Send + 'static) -> DuplexStream {
    let (own, checked) = tokio::io::duplex(1 << 16);
    // At the end of the input, or of whoever reads it, it ends.
    tokio::spawn(pass(input, own));
    checked
}

/// The refusal of such a request; `None` for any other.
pub(super) fn refusal(request: &CustomRequest) -> Option<ErrorData> {
    let path = request
        .params
        .as_ref()
        .and_then(|it| it.get("path")?.as_str());
    let path = path.filter(|_| request.method == REPEATED)?;
    let why = format!(
        "{path} stands twice in the message, so nobody can tell which value is meant; give each \
         name once; nothing was sent"
    );
    Some(ErrorData::invalid_params(why, None))
}

async fn pass(input: impl AsyncRead + Unpin, mut to: DuplexStream) -> io::Result<()> {
    let mut input = BufReader::new(input);
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        // However long it is: whoever reads it next takes it as well.
        let line = instead_of(&line).unwrap_or(line);
        to.write_all(&line).await?;
    }
}

/// What stands for a line in which a name stands twice. Of a message that expects no answer, nothing
/// is left.
fn instead_of(line: &[u8]) -> Option<Vec<u8>> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    // The protocol reads on behind it.
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    let path = jdy_wire::repeated(line)?;
    let Some(id) = jdy_wire::member(line, "id") else {
        return Some(Vec::new());
    };
    let (method, params) = (json!(REPEATED), json!({"path": path}));
    let request = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":{method},"params":{params}}}"#);
    Some(format!("{request}\n").into_bytes())
}
