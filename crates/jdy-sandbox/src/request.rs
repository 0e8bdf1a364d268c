//! A parser of HTTP/1.1 requests: from bytes to head and body.
//!
//! Owns the syntax and its limits; it is pure, so that a fuzzer can drive it. Must not know sockets,
//! the gateway or JSON. Must not use: `crate::gateway`, `crate::server`, `serde_json`, `tokio`.

use std::fmt;

/// The maximum size of a request line with its headers, in bytes.
pub const MAX_HEAD: usize = 64 * 1024;
/// The maximum size of a body with its chunks joined, in bytes.
pub const MAX_BODY: usize = 16 * 1024 * 1024;

const MAX_HEADERS: usize = 100;
/// Chunk sizes, extensions and trailers are discarded, so they need limits of their own.
const MAX_CHUNK_LINE: usize = 4 * 1024;
const MAX_TRAILERS: usize = 16 * 1024;

/// The request line and the headers. `Debug` shows neither the query nor header values.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    /// The method as received.
    pub method: String,
    /// The whole target as received, byte for byte.
    pub target: String,
    /// Names in lower case, values as received (invalid UTF-8 replaced), in order.
    pub headers: Vec<(String, String)>,
    /// Whether the client wants the connection kept.
    pub keep_alive: bool,
    /// Whether the client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// How the end of the body is given.
    pub length: BodyLength,
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("headers", &self.headers.len())
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// How a head gives the end of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    /// This many bytes; 0 if the head does not say.
    Known(usize),
    /// In chunks.
    Chunked,
}

impl Head {
    /// The target before its `?`, as received.
    pub fn path(&self) -> &str {
        self.target
            .split_once('?')
            .map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The target after its first `?`, as received; empty without one.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The first header with this lower-case name, without surrounding blanks.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(have, _)| have == name)
            .map(|(_, value)| value.trim())
    }
}

/// A whole request. `Debug` shows only the length of the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The request line and the headers.
    pub head: Head,
    /// The body, its chunks joined.
    pub body: Vec<u8>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("head", &self.head)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

impl Request {
    /// The pairs of the query, decoded once: `%XX`, and a plus sign as a space. Invalid UTF-8 is
    /// replaced.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let text = |part: &str| String::from_utf8_lossy(&form_decode(part)).into_owned();
        split_query(self.head.query())
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    /// The first query value with this name, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.pairs()
            .into_iter()
            .find(|(have, _)| have == name)
            .map(|(_, value)| value)
    }
}

/// The bytes are not a request. It holds the HTTP status to answer with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// 400, 413, 431 or 501.
    pub status: u16,
    /// What is wrong.
    pub reason: String,
}

impl Malformed {
    fn new(status: u16, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Malformed {}

/// Reads one request from the start of `bytes`: the request and its length in bytes, or `None` if
/// more bytes are needed.
///
/// # Errors
/// [`Malformed`] if no further bytes can make it a request.
pub fn parse(bytes: &[u8]) -> Result<Option<(Request, usize)>, Malformed> {
    let Some((head, used)) = parse_head(bytes)? else {
        return Ok(None);
    };
    let mut reader = BodyReader::new(head.length)?;
    let rest = bytes.get(used..).unwrap_or_default();
    let taken = reader.push(rest)?;
    if !reader.is_complete() {
        return Ok(None);
    }
    Ok(Some((
        Request {
            head,
            body: reader.into_body(),
        },
        used.saturating_add(taken),
    )))
}

/// Reads a request line and its headers from the start of `bytes`.
///
/// # Errors
/// [`Malformed`] if no further bytes can make it a head.
pub fn parse_head(bytes: &[u8]) -> Result<Option<(Head, usize)>, Malformed> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let used = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(used)) if used <= MAX_HEAD => used,
        Ok(httparse::Status::Partial) if bytes.len() <= MAX_HEAD => return Ok(None),
        Ok(_) => {
            return Err(Malformed::new(
                431,
                format!("the head is longer than {MAX_HEAD} bytes"),
            ));
        }
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Malformed::new(
                431,
                format!("more than {MAX_HEADERS} headers"),
            ));
        }
        Err(error) => return Err(Malformed::new(400, format!("not an HTTP request: {error}"))),
    };
    let method = parsed.method.unwrap_or_default().to_owned();
    let target = parsed.path.unwrap_or_default().to_owned();
    let modern = parsed.version == Some(1);
    let headers: Vec<(String, String)> = parsed
        .headers
        .iter()
        .map(|header| {
            let value = String::from_utf8_lossy(header.value).into_owned();
            (header.name.to_ascii_lowercase(), value)
        })
        .collect();
    check_target(&target)?;
    let length = body_length(&headers)?;
    let connection = tokens(&headers, "connection");
    let keep_alive = if modern {
        !connection.iter().any(|token| token == "close")
    } else {
        connection.iter().any(|token| token == "keep-alive")
    };
    let expects_continue = modern
        && tokens(&headers, "expect")
            .iter()
            .any(|token| token == "100-continue");
    Ok(Some((
        Head {
            method,
            target,
            headers,
            keep_alive,
            expects_continue,
            length,
        },
        used,
    )))
}

fn check_target(target: &str) -> Result<(), Malformed> {
    if !target.starts_with('/') {
        return Err(Malformed::new(
            400,
            "the request target must be a path that begins with /",
        ));
    }
    let mut rest = target;
    while let Some(at) = rest.find('%') {
        let digits = rest.as_bytes().get(at + 1..at + 3);
        if !digits.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)) {
            return Err(Malformed::new(
                400,
                "the request target has a % without two hex digits after it",
            ));
        }
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    Ok(())
}

/// The comma-separated tokens of all headers with this name, in lower case.
fn tokens(headers: &[(String, String)], name: &str) -> Vec<String> {
    headers
        .iter()
        .filter(|(have, _)| have == name)
        .flat_map(|(_, value)| value.split(','))
        .map(|token| token.trim().to_ascii_lowercase())
        .collect()
}

fn body_length(headers: &[(String, String)]) -> Result<BodyLength, Malformed> {
    let coding = tokens(headers, "transfer-encoding");
    let lengths = tokens(headers, "content-length");
    if !coding.is_empty() {
        if !lengths.is_empty() {
            return Err(Malformed::new(
                400,
                "both Content-Length and Transfer-Encoding are present",
            ));
        }
        if coding != ["chunked"] {
            return Err(Malformed::new(
                501,
                "the only supported Transfer-Encoding is chunked",
            ));
        }
        return Ok(BodyLength::Chunked);
    }
    let Some(first) = lengths.first() else {
        return Ok(BodyLength::Known(0));
    };
    if lengths.iter().any(|other| other != first) {
        return Err(Malformed::new(
            400,
            "two Content-Length headers that differ",
        ));
    }
    if first.is_empty() || !first.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed::new(400, "Content-Length is not a number"));
    }
    match first.parse() {
        Ok(length) if length <= MAX_BODY => Ok(BodyLength::Known(length)),
        _ => Err(too_large()),
    }
}

fn too_large() -> Malformed {
    Malformed::new(413, format!("the body is longer than {MAX_BODY} bytes"))
}

/// Collects a body as its bytes arrive. Each byte is read once, however small the pieces are.
pub struct BodyReader {
    body: Vec<u8>,
    step: Step,
    line: Vec<u8>,
    trailers: usize,
}

impl fmt::Debug for BodyReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyReader")
            .field("body_bytes", &self.body.len())
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// This many bytes of a body of known length are missing.
    Plain(usize),
    /// Inside the line with the size of the next chunk.
    Size,
    /// This many bytes of the chunk are missing.
    Chunk(usize),
    /// At the line end after a chunk.
    ChunkEnd,
    /// Among the lines after the last chunk.
    Trailer,
    Done,
}

impl BodyReader {
    /// A reader for a body of this length.
    ///
    /// # Errors
    /// [`Malformed`] if the length exceeds the limit.
    pub fn new(length: BodyLength) -> Result<Self, Malformed> {
        let step = match length {
            BodyLength::Known(0) => Step::Done,
            BodyLength::Known(length) if length > MAX_BODY => return Err(too_large()),
            BodyLength::Known(length) => Step::Plain(length),
            BodyLength::Chunked => Step::Size,
        };
        Ok(Self {
            body: Vec::new(),
            step,
            line: Vec::new(),
            trailers: 0,
        })
    }

    /// Takes the bytes of this body from the start of `bytes`, and returns their number.
    ///
    /// # Errors
    /// [`Malformed`] for invalid chunks, or a body over the limit.
    pub fn push(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let mut rest = bytes;
        while !rest.is_empty() && self.step != Step::Done {
            let taken = match self.step {
                Step::Plain(missing) | Step::Chunk(missing) => self.take_data(missing, rest)?,
                Step::Size | Step::ChunkEnd | Step::Trailer => self.take_line(rest)?,
                Step::Done => 0,
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        Ok(bytes.len() - rest.len())
    }

    /// Whether the body has ended.
    pub fn is_complete(&self) -> bool {
        self.step == Step::Done
    }

    /// The collected body.
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    fn take_data(&mut self, missing: usize, rest: &[u8]) -> Result<usize, Malformed> {
        let now = rest.get(..missing).unwrap_or(rest);
        if self.body.len().saturating_add(now.len()) > MAX_BODY {
            return Err(too_large());
        }
        self.body.extend_from_slice(now);
        let left = missing - now.len();
        self.step = match self.step {
            Step::Plain(_) if left == 0 => Step::Done,
            Step::Plain(_) => Step::Plain(left),
            _ if left == 0 => Step::ChunkEnd,
            _ => Step::Chunk(left),
        };
        Ok(now.len())
    }

    fn take_line(&mut self, rest: &[u8]) -> Result<usize, Malformed> {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let now = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
        if self.line.len().saturating_add(now.len()) > MAX_CHUNK_LINE {
            return Err(Malformed::new(400, "a line between chunks is too long"));
        }
        self.line.extend_from_slice(now);
        if end.is_some() {
            let mut line = std::mem::take(&mut self.line);
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            self.end_line(&line)?;
        }
        Ok(now.len() + usize::from(end.is_some()))
    }

    fn end_line(&mut self, line: &[u8]) -> Result<(), Malformed> {
        self.step = match self.step {
            Step::Size => match chunk_size(line)? {
                0 => Step::Trailer,
                size if self.body.len().saturating_add(size) > MAX_BODY => return Err(too_large()),
                size => Step::Chunk(size),
            },
            Step::ChunkEnd if line.is_empty() => Step::Size,
            Step::ChunkEnd => return Err(Malformed::new(400, "a chunk is longer than its size")),
            Step::Trailer if line.is_empty() => Step::Done,
            Step::Trailer => {
                self.trailers = self.trailers.saturating_add(line.len());
                if self.trailers > MAX_TRAILERS {
                    return Err(Malformed::new(431, "too many trailers"));
                }
                Step::Trailer
            }
            other => other,
        };
        Ok(())
    }
}

fn chunk_size(line: &[u8]) -> Result<usize, Malformed> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let text = std::str::from_utf8(digits).unwrap_or_default().trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Malformed::new(400, "a chunk size that is not a hex number"));
    }
    usize::from_str_radix(text, 16).map_err(|_| too_large())
}

/// The `name=value` pairs of a raw query, in order and still encoded. A pair without `=` has an
/// empty value.
pub(crate) fn split_query(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Decodes a name or a value of a query: a plus sign is a space there, as many clients write it.
pub(crate) fn form_decode(text: &str) -> Vec<u8> {
    percent_decode(&text.replace('+', "%20"))
}

/// Decodes `%XX`. A plus sign stays, and so does a `%` without digits.
pub(crate) fn percent_decode(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after
            .first()
            .and_then(digit)
            .zip(after.get(1).and_then(digit));
        if let (b'%', Some((high, low))) = (*first, pair) {
            out.push(u8::try_from(high * 16 + low).unwrap_or_default());
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}
