//! An endpoint: what a page says of it, understood.
//!
//! Owns the facts of an endpoint, its fields and entities. Must not know how the page is written,
//! nor how a spec file is. Must not use: `crate::markdown`, `crate::html`, `crate::table`,
//! `crate::yaml`, `crate::spec_folder`, `crate::splice`, `crate::merge`, `crate::emit`.

use jdy_spec::model::{self, ListForm, ScalarType, Wire};

use super::codes::Code;

/// What a field holds: the type that its column names.
pub(crate) type Type = model::Type<ScalarType>;

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// The name on the wire.
    pub(crate) name: String,
    /// Where its row stands on the page.
    pub(crate) at: usize,
    /// What it holds.
    pub(crate) ty: Type,
    /// Whether the page's column demands it.
    pub(crate) required: bool,
    /// The short name that begins the description.
    pub(crate) label: Option<String>,
    /// Our own short words for what the page says beyond the label.
    pub(crate) doc: Option<String>,
    /// The whole description.
    pub(crate) says: String,
    /// The bytes of it that stand in the first column that describes; the label is theirs.
    pub(crate) first: usize,
    /// The codes that a table of its own lists.
    pub(crate) listed: Vec<Code>,
    /// How it stands on the wire.
    pub(crate) wire: Option<Wire>,
    /// The codes that the page lists.
    pub(crate) codes: Vec<Code>,
    /// The default, as text.
    pub(crate) default: Option<String>,
    /// Least value.
    pub(crate) minimum: Option<u64>,
    /// Greatest value.
    pub(crate) maximum: Option<u64>,
    /// Most characters.
    pub(crate) max_length: Option<u64>,
    /// Digits after the point.
    pub(crate) scale: Option<u64>,
    /// Whether the vendor encrypts it.
    pub(crate) encrypted: bool,
    /// How a list travels in a query.
    pub(crate) list: Option<ListForm>,
    /// The example of the page, where it is one value of a query.
    pub(crate) example: Option<String>,
}

/// A named shape.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    /// The name that the spec has.
    pub(crate) name: String,
    /// Where its name stands on the page.
    pub(crate) at: usize,
    /// Its fields.
    pub(crate) fields: Vec<Field>,
}

/// What the answer holds beside the envelope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// The envelope's name among the components.
    pub(crate) envelope: &'static str,
    /// What `data` holds; `None` where the page knows of none.
    pub(crate) data: Option<Type>,
    /// The fields that stand beside `data`.
    pub(crate) beside: Vec<Field>,
    /// The entities.
    pub(crate) entities: Vec<Entity>,
}

/// How a body travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// JSON.
    Json,
    /// A form with files.
    Multipart,
}

impl Media {
    /// The media type.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Multipart => "multipart/form-data",
        }
    }
}

/// Where an endpoint came from that no page describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The form of the file: `swagger` or `openapi`.
    pub(crate) form: &'static str,
    /// What the file calls the operation.
    pub(crate) operation: Option<String>,
}

/// An endpoint as its page describes it.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// The page's id; the vendor's source form has none.
    pub(crate) page: Option<String>,
    /// The page's address.
    pub(crate) url: Option<String>,
    /// Where it came from; `None` for a page.
    pub(crate) source: Option<Source>,
    /// `post`
    pub(crate) method: &'static str,
    /// `/jdy/v2/ls/mall_recharge`
    pub(crate) path: String,
    /// Where the address stands on the page.
    pub(crate) path_at: usize,
    /// `ls`
    pub(crate) module: String,
    /// What the vendor's menu calls the module.
    pub(crate) menu: Option<String>,
    /// `ls.mall_recharge`
    pub(crate) id: String,
    /// `ls/mall_recharge.yaml`
    pub(crate) file: String,
    /// The title.
    pub(crate) title: String,
    /// What the page says the endpoint is for.
    pub(crate) purpose: Option<String>,
    /// The fields of the query.
    pub(crate) query: Vec<Field>,
    /// The fields of the body; `None` where the page has no body.
    pub(crate) body: Option<Vec<Field>>,
    /// How the body travels.
    pub(crate) media: Media,
    /// The entities of the request.
    pub(crate) entities: Vec<Entity>,
    /// The answer.
    pub(crate) answer: Answer,
    /// The example of the request's body.
    pub(crate) request_example: Option<super::example::Json>,
    /// The example of the answer.
    pub(crate) answer_example: Option<super::example::Json>,
}
