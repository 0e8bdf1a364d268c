//! A parser of `multipart/form-data`.
//!
//! Owns the syntax of a form, for any bytes. Must not know which parts an operation has.
//! Must not use: `crate::request`, `crate::spec`, `serde_json`.

/// One part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    pub(crate) content: &'a [u8],
}

/// The parts of a body, or what is wrong with it.
pub(crate) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, String> {
    let boundary = content_type
        .strip_prefix("multipart/form-data")
        .and_then(|rest| parameter(rest, "boundary"))
        .filter(|boundary| !boundary.is_empty());
    let Some(boundary) = boundary else {
        return Err(format!(
            "the body must be multipart/form-data with a boundary; Content-Type is {content_type:?}"
        ));
    };
    let first = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let Some(mut rest) = body.strip_prefix(first.as_bytes()) else {
        return Err(format!("the form must begin with --{boundary}"));
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let inner = rest.strip_prefix(b"\r\n").unwrap_or(rest);
        let Some(end) = find(inner, between.as_bytes()) else {
            return Err(format!("the form must end with --{boundary}--"));
        };
        let (part, after) = inner.split_at(end);
        parts.push(one(part)?);
        rest = after.get(between.len()..).unwrap_or_default();
    }
    Ok(parts)
}

fn one(part: &[u8]) -> Result<Part<'_>, String> {
    let Some(end) = find(part, b"\r\n\r\n") else {
        return Err("a part of the form has no empty line after its headers".to_owned());
    };
    let (head, content) = part.split_at(end);
    let head = String::from_utf8_lossy(head);
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let wanted = name.eq_ignore_ascii_case("content-disposition");
        wanted
            .then(|| value.trim())
            .and_then(|value| value.strip_prefix("form-data"))
    });
    let Some(name) = disposition.and_then(|value| parameter(value, "name")) else {
        return Err(
            "a part of the form has no Content-Disposition: form-data with a name".to_owned(),
        );
    };
    Ok(Part {
        name,
        filename: disposition.and_then(|value| parameter(value, "filename")),
        content: content.get(4..).unwrap_or_default(),
    })
}

/// The value of a parameter of a header: `; name="value"`.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').find_map(|parameter| {
        let (have, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"').to_owned();
        have.trim().eq_ignore_ascii_case(name).then_some(value)
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len().max(1))
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Part, parts};

    const TYPE: &str = "multipart/form-data; boundary=xyz";

    #[test]
    fn a_form_is_split_into_its_parts() {
        let body = b"--xyz\r\nContent-Disposition: form-data; name=\"file1\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\none\r\n--two\r\n--xyz\r\ncontent-disposition: form-data; name=note\r\n\r\n\r\n--xyz--\r\n";
        let expected = [
            Part {
                name: "file1".into(),
                filename: Some("a.txt".into()),
                content: b"one\r\n--two",
            },
            Part {
                name: "note".into(),
                filename: None,
                content: b"",
            },
        ];
        assert_eq!(parts(TYPE, body).unwrap(), expected);
        assert_eq!(parts(TYPE, b"--xyz--\r\n").unwrap(), []);
    }

    #[test]
    fn what_is_not_a_form_is_an_error() {
        for (kind, body) in [
            ("application/json", &b"{}"[..]),
            ("multipart/form-data", b"--xyz--"),
            (TYPE, b"{}"),
            (TYPE, b""),
            (TYPE, b"--xyz\r\n\r\nx"),
            (
                TYPE,
                b"--xyz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xyz--",
            ),
            (TYPE, b"--xyz\r\nx\r\n--xyz--"),
        ] {
            assert!(parts(kind, body).is_err(), "{kind} {body:?}");
        }
    }
}
