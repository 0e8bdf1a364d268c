//! An endpoint: what a page says of it, understood.
//!
//! Owns the facts of an endpoint, its fields and entities. Must not know how the page is written,
//! nor how a spec file is. Must not use: `crate::markdown`, `crate::html`, `crate::table`,
//! `crate::yaml`, `crate::spec_folder`, `crate::splice`, `crate::merge`, `crate::emit`.

use jdy_spec::model::{self, ListForm, ScalarType, Wire};

use super::codes::Code;

/// What a field holds: the type that its column names.
pub type Type = model::Type<ScalarType>;

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// Where its row stands on the page.
    pub at: usize,
    /// What it holds.
    pub ty: Type,
    /// Whether the page's column demands it.
    pub required: bool,
    /// The short name that begins the description.
    pub label: Option<String>,
    /// Our own short words for what the page says beyond the label.
    pub doc: Option<String>,
    /// The whole description.
    pub says: String,
    /// The bytes of it that stand in the first column that describes; the label is theirs.
    pub first: usize,
    /// The codes that a table of its own lists.
    pub listed: Vec<Code>,
    /// How it stands on the wire.
    pub wire: Option<Wire>,
    /// The codes that the page lists.
    pub codes: Vec<Code>,
    /// The default, as text.
    pub default: Option<String>,
    /// Least value.
    pub minimum: Option<u64>,
    /// Greatest value.
    pub maximum: Option<u64>,
    /// Most characters.
    pub max_length: Option<u64>,
    /// Digits after the point.
    pub scale: Option<u64>,
    /// Whether the vendor encrypts it.
    pub encrypted: bool,
    /// How a list travels in a query.
    pub list: Option<ListForm>,
    /// The example of the page, where it is one value of a query.
    pub example: Option<String>,
}

/// A named shape.
#[derive(Clone, Debug)]
pub struct Entity {
    /// The name that the spec has.
    pub name: String,
    /// Where its name stands on the page.
    pub at: usize,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// What the answer holds beside the envelope.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The envelope's name among the components.
    pub envelope: &'static str,
    /// What `data` holds; `None` where the page knows of none.
    pub data: Option<Type>,
    /// The fields that stand beside `data`.
    pub beside: Vec<Field>,
    /// The entities.
    pub entities: Vec<Entity>,
}

/// How a body travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// JSON.
    Json,
    /// A form with files.
    Multipart,
}

impl Media {
    /// The media type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Multipart => "multipart/form-data",
        }
    }
}

/// Where an endpoint came from that no page describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The form of the file: `swagger` or `openapi`.
    pub form: &'static str,
    /// What the file calls the operation.
    pub operation: Option<String>,
}

/// An endpoint as its page describes it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The page's id; the vendor's source form has none.
    pub page: Option<String>,
    /// The page's address.
    pub url: Option<String>,
    /// Where it came from; `None` for a page.
    pub source: Option<Source>,
    /// `post`
    pub method: &'static str,
    /// `/jdy/v2/ls/mall_recharge`
    pub path: String,
    /// Where the address stands on the page.
    pub path_at: usize,
    /// `ls`
    pub module: String,
    /// What the vendor's menu calls the module.
    pub menu: Option<String>,
    /// `ls.mall_recharge`
    pub id: String,
    /// `ls/mall_recharge.yaml`
    pub file: String,
    /// The title.
    pub title: String,
    /// What the page says the endpoint is for.
    pub purpose: Option<String>,
    /// The fields of the query.
    pub query: Vec<Field>,
    /// The fields of the body; `None` where the page has no body.
    pub body: Option<Vec<Field>>,
    /// How the body travels.
    pub media: Media,
    /// The entities of the request.
    pub entities: Vec<Entity>,
    /// The answer.
    pub answer: Answer,
    /// The example of the request's body.
    pub request_example: Option<super::example::Json>,
    /// The example of the answer.
    pub answer_example: Option<super::example::Json>,
}
