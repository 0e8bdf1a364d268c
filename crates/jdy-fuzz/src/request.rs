//! The sandbox's request parser: any bytes of a socket.
//!
//! However the bytes arrive, the same request comes out; it takes no byte of the next one, and more
//! bytes never change what was parsed. Owns these promises. Must not know how a request is
//! answered. Must not use: `jdy_runtime`, `jdy_spec`.

use jdy_sandbox::request::{BodyReader, MAX_BODY, MAX_HEAD, Request, parse, parse_head};

use crate::choice;

/// Parses the bytes at once, and in pieces of a size that the first byte tells.
pub fn run(data: &[u8]) {
    let Some((piece, bytes)) = choice(data, 64) else {
        return;
    };
    let (piece, whole) = (piece + 1, parse(bytes));
    match &whole {
        Ok(Some((request, used))) => {
            held(request, bytes, *used);
            assert_eq!(parse(&bytes[..*used]), whole, "it took bytes of the next");
            assert!(matches!(parse(&bytes[..*used - 1]), Ok(None)));
        }
        Ok(None) => {}
        Err(malformed) => {
            assert!([400, 413, 431, 501].contains(&malformed.status));
            assert!(!malformed.reason.is_empty());
        }
    }
    if let Ok(Some((head, used))) = parse_head(bytes)
        && let Ok(mut reader) = BodyReader::new(head.length)
    {
        let mut taken = used;
        for piece in bytes[used..].chunks(piece) {
            match reader.push(piece) {
                Ok(more) => taken += more,
                Err(malformed) => return assert_eq!(whole, Err(malformed)),
            }
        }
        let in_pieces = reader.is_complete().then(|| {
            let body = reader.into_body();
            (Request { head, body }, taken)
        });
        assert_eq!(whole, Ok(in_pieces));
    }
}

fn held(request: &Request, bytes: &[u8], used: usize) {
    assert!(used <= bytes.len());
    assert!(request.body.len() <= MAX_BODY);
    let head = &request.head;
    assert!(head.path().len() + head.query().len() <= head.target.len());
    assert!(head.target.len() <= MAX_HEAD && head.target.starts_with('/'));
    for (name, value) in &head.headers {
        assert!(!value.contains(['\r', '\n', '\0']), "{name}: {value:?}");
        assert_eq!(*name, name.to_ascii_lowercase());
    }
    let pairs = request.pairs();
    for (name, _) in &pairs {
        assert!(request.parameter(name).is_some());
    }
}
