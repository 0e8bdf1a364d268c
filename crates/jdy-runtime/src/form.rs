//! The form of an upload, as `multipart/form-data` (RFC 7578).
//!
//! Owns how parts are put together. It must not know how they are sent.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use jdy_wire::{Content, File, Part, PartValue};

use crate::transport::{Body, Piece};

/// A file of an upload cannot be sent.
#[derive(Debug)]
pub struct FileError {
    field: &'static str,
    why: io::Error,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the path: it is a value of the caller, which must not get into a log.
        write!(f, "{}: the file cannot be read: {}", self.field, self.why)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.why)
    }
}

/// Looks at every file that would be sent.
pub(crate) fn check(parts: &[Part]) -> Result<(), FileError> {
    for part in parts {
        if let PartValue::File(file) = &part.value {
            content(part.name, file)?;
        }
    }
    Ok(())
}

/// The body of a form. The boundary must occur in no part, so it is a random one.
pub(crate) fn body(parts: &[Part], boundary: &str) -> Result<Body, FileError> {
    let mut pieces = Vec::with_capacity(parts.len() * 2 + 1);
    let mut between = "";
    for part in parts {
        let (head, content) = match &part.value {
            PartValue::File(file) => (file_head(file), content(part.name, file)?),
            PartValue::Text(text) => (String::new(), bytes(text.as_bytes())),
            _ => continue,
        };
        let head = format!(
            "{between}--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"{head}\r\n\r\n",
            escaped(part.name)
        );
        pieces.extend([bytes(head.as_bytes()), content]);
        between = "\r\n";
    }
    pieces.push(bytes(format!("{between}--{boundary}--\r\n").as_bytes()));
    let content_type = format!("multipart/form-data; boundary={boundary}");
    Ok(Body::new(content_type, pieces))
}

fn bytes(plain: &[u8]) -> Piece {
    Piece::Bytes(Bytes::copy_from_slice(plain))
}

fn file_head(file: &File) -> String {
    // A type with a line break in it would be another header.
    let plain = |letter: &char| !letter.is_control();
    let media_type: String = file.media_type().chars().filter(plain).collect();
    format!(
        "; filename=\"{}\"\r\nContent-Type: {media_type}",
        escaped(file.name())
    )
}

/// A name within quotes, as browsers write it.
fn escaped(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn content(field: &'static str, file: &File) -> Result<Piece, FileError> {
    let path = match file.content() {
        Content::Bytes(held) => return Ok(Piece::Bytes(Bytes::from_owner(Arc::clone(held)))),
        Content::Path(path) => path,
        _ => return Ok(bytes(b"")),
    };
    let measured = std::fs::metadata(path).and_then(|found| {
        if found.is_file() {
            Ok(found.len())
        } else {
            Err(io::Error::other("it is no file"))
        }
    });
    match measured {
        Ok(length) => Ok(Piece::File {
            path: Arc::clone(path),
            length,
        }),
        Err(why) => Err(FileError { field, why }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn text(body: &Body) -> String {
        let pieces = body.pieces().iter().map(|piece| match piece {
            Piece::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Piece::File { path, length } => format!("<{} {length}>", path.display()),
        });
        pieces.collect()
    }

    #[test]
    fn a_form_is_its_parts_between_boundaries() {
        let file =
            File::from_bytes("发\"票\r\n.pdf", *b"PDF").content_type("application/pdf\r\nX: y");
        let parts = [Part::text("note", "三"), Part::file("file1", file)];
        let body = body(&parts, "xyz").unwrap();
        let expected = "--xyz\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n三\r\n\
            --xyz\r\nContent-Disposition: form-data; name=\"file1\"; filename=\"发%22票%0D%0A.pdf\"\r\n\
            Content-Type: application/pdfX: y\r\n\r\nPDF\r\n--xyz--\r\n";
        assert_eq!(text(&body), expected);
        assert_eq!(body.length(), expected.len() as u64);
        assert_eq!(body.content_type(), "multipart/form-data; boundary=xyz");
    }

    #[test]
    fn a_file_that_is_missing_is_named_by_its_field() {
        let parts = [Part::file("file1", File::from_path("/nowhere/at/all"))];
        let error = body(&parts, "xyz").unwrap_err().to_string();
        assert!(
            error.starts_with("file1: the file cannot be read: "),
            "{error}"
        );
        let folder = [Part::file("file1", File::from_path("/"))];
        let error = body(&folder, "xyz").unwrap_err().to_string();
        assert_eq!(error, "file1: the file cannot be read: it is no file");
        assert_eq!(check(&folder).unwrap_err().to_string(), error);
        let held = [Part::file("file1", File::from_bytes("a", *b"b"))];
        assert!(check(&held).is_ok());
    }
}
