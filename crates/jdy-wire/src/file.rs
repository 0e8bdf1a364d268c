//! Files of a request, and the parts of a form.
//!
//! Owns name, type and location of a file. Must not read it: the sender does.
//! Must not use: `std::fs`, `std::io`, `tokio`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::value::{Value, ValueMut, ValueRef};

/// A file of an upload: its name, type and content, in memory or on disk.
///
/// ```
/// use jdy_wire::File;
///
/// let invoice = File::from_path("/tmp/发票.pdf").content_type("application/pdf");
/// assert_eq!(invoice.name(), "发票.pdf");
/// let note = File::from_bytes("note.txt", *b"three boxes");
/// assert_eq!(note.name(), "note.txt");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    name: Arc<str>,
    content_type: Arc<str>,
    content: Content,
}

/// Where the content of a file is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// On disk. It is streamed when it is sent.
    Path(Arc<Path>),
}

impl File {
    /// A file with content in memory: of a `Vec<u8>`, a slice, an array or an `Arc<[u8]>`. Of
    /// `bytes::Bytes`, as a web framework has a body, `body.to_vec()`.
    pub fn from_bytes(name: impl Into<Arc<str>>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::new(name.into(), Content::Bytes(bytes.into()))
    }

    /// A file on disk, with its own name. It is streamed when it is sent.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        let path: PathBuf = path.into();
        let name = path.file_name().map(|name| name.to_string_lossy());
        let name = Arc::from(name.as_deref().unwrap_or_default());
        Self::new(name, Content::Path(path.into()))
    }

    fn new(name: Arc<str>, content: Content) -> Self {
        Self {
            name,
            content_type: "application/octet-stream".into(),
            content,
        }
    }

    /// The same file with another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// The same file with this type; `application/octet-stream` by default.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<Arc<str>>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// The name that is sent with it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type that is sent with it.
    pub fn media_type(&self) -> &str {
        &self.content_type
    }

    /// Where its content is.
    pub fn content(&self) -> &Content {
        &self.content
    }
}

/// Shows the name, never the content.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("File");
        out.field("name", &self.name);
        match &self.content {
            Content::Bytes(bytes) => out.field("bytes", &bytes.len()),
            Content::Path(path) => out.field("path", path),
        };
        out.finish()
    }
}

/// In the JSON text of a request, a file is its path.
impl Value for File {
    const EXPECTED: &'static str = "the path of a file";

    fn empty() -> Self {
        Self::from_path("")
    }

    fn view(&self) -> ValueRef<'_> {
        ValueRef::File(self)
    }

    fn target(&mut self) -> ValueMut<'_> {
        ValueMut::File(self)
    }
}

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// The field's name on the wire.
    pub name: &'static str,
    /// Its content.
    pub value: PartValue,
}

/// The content of a part of a form. `Debug` shows only the length of a text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartValue {
    /// Text.
    Text(String),
    /// A file.
    File(File),
}

impl fmt::Debug for PartValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "a text of {} bytes", text.len()),
            Self::File(file) => file.fmt(f),
        }
    }
}

impl Part {
    /// A part that holds text.
    pub fn text(name: &'static str, text: impl Into<String>) -> Self {
        let value = PartValue::Text(text.into());
        Self { name, value }
    }

    /// A part that holds a file.
    pub fn file(name: &'static str, file: File) -> Self {
        let value = PartValue::File(file);
        Self { name, value }
    }
}
