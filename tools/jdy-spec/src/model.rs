//! What the spec says, owned and in order, without YAML and without Rust.
//!
//! Owns the types, and the words of the spec for them; [`lower`](crate::lower) makes them of the
//! tree. Must not know the tree. Must not use: `crate::tree`, `crate::load`, `crate::check`.

use std::collections::BTreeMap;

use crate::diagnostic::Span;

/// An enumeration and its words in the spec, in one table.
macro_rules! words {
    (
        $(#[$meta:meta])*
        $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal),+ $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$of])* $variant),+
        }

        impl $name {
            /// The words of the spec.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word of the spec.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Reads the word of the spec.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

mod wire;

pub use wire::{Wire, is_decimal, is_flag, is_integer};

/// The whole spec.
#[derive(Debug, Default)]
pub struct Model {
    /// The modules, by name.
    pub modules: Vec<Module>,
    /// The operations, by id.
    pub operations: Vec<Operation>,
    /// How much the files hold, counted apart from what was understood of them.
    pub count: Count,
    /// The root file, for what concerns the spec as a whole.
    pub root: Span,
}

/// How much there is of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Operations.
    pub operations: usize,
    /// Entities.
    pub entities: usize,
    /// Parameters and properties.
    pub properties: usize,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.entities += other.entities;
        self.properties += other.properties;
    }
}

/// A module of the vendor's menu.
#[derive(Debug)]
pub struct Module {
    /// Its short name: `ls`.
    pub name: String,
    /// What the vendor calls it.
    pub title: String,
    /// Whether its types are a crate of their own.
    pub own_crate: bool,
    /// What of that crate is a further crate: the words that the names of its operations begin with
    /// (`inv_pick`), and what that crate is called behind the module.
    pub parts: BTreeMap<String, String>,
    /// Where it is declared.
    pub span: Span,
}

impl Model {
    /// The declared module of this name.
    #[must_use]
    pub fn module(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.name == name)
    }
}

impl Module {
    /// The part that holds the types of an operation, by its name without the module. The longest
    /// beginning decides.
    #[must_use]
    pub fn part(&self, operation: &str) -> Option<&str> {
        let parts = self.parts.iter();
        let parts = parts.filter(|(words, _)| begins_with(operation, words));
        let (_, part) = parts.max_by_key(|(words, _)| words.len())?;
        Some(part)
    }
}

/// Whether a name begins with these words: `inv_pick` with `inv`, and `inventory` not.
pub(crate) fn begins_with(name: &str, words: &str) -> bool {
    let rest = name.strip_prefix(words);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// `ls.mall_recharge`.
    pub id: String,
    /// `ls`.
    pub module: String,
    /// `mall_recharge`.
    pub name: String,
    /// `GET`, in capitals.
    pub method: &'static str,
    /// `/jdy/v2/ls/mall_recharge`.
    pub path: String,
    /// The file within the spec folder.
    pub file: String,
    /// The vendor's title.
    pub title: String,
    /// More than the title, where the page says more.
    pub description: Option<String>,
    /// The page's address.
    pub url: String,
    /// What a file of the whole API calls it, where no page describes it.
    pub source: Option<String>,
    /// The page's id.
    pub page: String,
    /// Where the page's id stands.
    pub page_span: Span,
    /// What a call does.
    pub effect: Effect,
    /// The request field that holds the caller's own key.
    pub key: Option<String>,
    /// Whether it moves money and its page has no field for the caller's own key.
    pub keyless: bool,
    /// Which record it saves, lists, shows or deletes.
    pub resource: Option<Resource>,
    /// How the outcome of a lost call can be looked up.
    pub verify: Option<Verify>,
    /// Where the answer says yes or no beside the errcode.
    pub verdict: Option<Verdict>,
    /// Where the request's fields travel; a field may travel elsewhere.
    pub location: Location,
    /// Whether the request is a form with files.
    pub format: BodyFormat,
    /// The request's fields, in the order of the spec.
    pub request: Vec<Field>,
    /// What `data` of the answer holds; `None` where the spec knows of no data.
    pub data: Option<Type>,
    /// The entities of the request.
    pub request_entities: Vec<Entity>,
    /// The entities of the answer.
    pub response_entities: Vec<Entity>,
    /// Where the operation's id stands.
    pub span: Span,
}

impl Operation {
    /// The method as a path file spells it: `get`.
    #[must_use]
    pub fn keyword(&self) -> &'static str {
        match self.method {
            "GET" => "get",
            "PUT" => "put",
            "DELETE" => "delete",
            _ => "post",
        }
    }
}

/// Which record an operation saves, lists, shows or deletes, and by which names.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The record's name, the same for all its operations: `scm.sal_order`.
    pub name: String,
    /// What the operation does with it.
    pub role: Role,
    /// What the vendor's general operations call this kind of document: `sal_bill_order`.
    pub entity: Option<String>,
    /// The field of the request that holds the record or the records, where it is not the request
    /// itself.
    pub of: Option<String>,
    /// The list of the answer that holds the records.
    pub rows: Option<String>,
    /// The field that holds the record's id.
    pub id: Option<String>,
    /// The field that holds the record's number.
    pub number: Option<String>,
    /// The arguments that name the record, each `id` or `number`.
    pub by: Vec<(String, String)>,
    /// The arguments of a list, each with what it filters.
    pub filters: Vec<(String, Filter)>,
    /// Fields of the save that come back under another name: theirs, and the answer's.
    pub returns: Vec<(String, String)>,
    /// Where it stands.
    pub span: Span,
}

words! {
    /// What an operation does with a record.
    Role {
        /// Inserts or updates one.
        Save = "save",
        /// Inserts or updates several.
        Batch = "batch",
        /// Shows many in pages.
        List = "list",
        /// Shows one.
        Detail = "detail",
        /// Deletes.
        Delete = "delete",
    }
}

impl Role {
    /// Whether it inserts or updates.
    #[must_use]
    pub fn saves(self) -> bool {
        matches!(self, Self::Save | Self::Batch)
    }
}

/// What an argument of a list filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Rows whose field has this value: `FIELD`.
    Equals(String),
    /// Rows whose field has one of these values: `FIELD in`.
    Among(String),
    /// Rows whose field is at least this: `FIELD from`.
    From(String),
    /// Rows whose field is at most this: `FIELD until`.
    Until(String),
    /// Rows in which the text stands somewhere: `search`.
    Search,
    /// The same, and the record's number is one of the places: `search number`.
    SearchNumber,
}

impl Filter {
    /// Reads the text of the spec.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let (field, rest) = text.split_once(' ').unwrap_or((text, ""));
        let field = field.to_owned();
        match (field.as_str(), rest) {
            ("", _) => None,
            ("search", "") => Some(Self::Search),
            ("search", "number") => Some(Self::SearchNumber),
            (_, "") => Some(Self::Equals(field)),
            (_, "in") => Some(Self::Among(field)),
            (_, "from") => Some(Self::From(field)),
            (_, "until") => Some(Self::Until(field)),
            _ => None,
        }
    }

    /// The text of the spec.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Equals(field) => field.clone(),
            Self::Among(field) => format!("{field} in"),
            Self::From(field) => format!("{field} from"),
            Self::Until(field) => format!("{field} until"),
            Self::Search => "search".to_owned(),
            Self::SearchNumber => "search number".to_owned(),
        }
    }

    /// The field of the row, where it is one alone.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Equals(field) | Self::Among(field) | Self::From(field) | Self::Until(field) => {
                Some(field)
            }
            Self::Search | Self::SearchNumber => None,
        }
    }
}

words! {
    /// What a call does.
    Effect {
        /// Nothing.
        Read = "read",
        /// It changes something.
        Write = "write",
        /// It moves money.
        Money = "money",
    }
}

/// How the outcome of a lost call can be looked up.
#[derive(Clone, Debug)]
pub struct Verify {
    /// The operation that answers it.
    pub operation: String,
    /// Its argument, and the field of the request that it is taken from; none where a whole list
    /// is read.
    pub by: Vec<(String, String)>,
    /// Its argument, and what it always is.
    pub with: Vec<(String, String)>,
    /// The field of the answer's record, and the field of the request that it must equal.
    pub matches: Vec<(String, String)>,
    /// The fields of the request by which what is looked for is known.
    pub look: Vec<String>,
    /// Where it stands.
    pub span: Span,
}

/// Where an answer says yes or no beside its errcode. Paths are names joined by dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The list in `data` whose items say it; `None` where `data` itself does.
    pub rows: Option<String>,
    /// The list of the request whose items the rows answer, or `data` as a whole.
    pub of: Option<String>,
    /// The list of a row with an id for each item that took effect.
    pub ids: Option<String>,
    /// The field that says yes or no.
    pub success: Option<Success>,
    /// The fields that say no where they are filled.
    pub errors: Vec<String>,
    /// The field that says why.
    pub message: Option<String>,
}

/// The field of a verdict that says yes or no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Success {
    /// Its path.
    pub field: String,
    /// The words that are known to mean yes, where it holds words.
    pub yes: Vec<String>,
    /// Whether it holds `true` or `false`.
    pub is_flag: bool,
}

/// Where a field travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the query.
    Query,
    /// In the body.
    Body,
    /// In the form of an upload.
    Form,
}

/// The form of a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFormat {
    /// JSON, or no body.
    Json,
    /// `multipart/form-data`.
    Multipart,
}

/// A named shape.
#[derive(Debug)]
pub struct Entity {
    /// The page's name for it.
    pub name: String,
    /// A better name.
    pub better_name: Option<String>,
    /// Label.
    pub title: Option<String>,
    /// More than the label.
    pub description: Option<String>,
    /// Its fields, in the order of the spec.
    pub fields: Vec<Field>,
    /// Whether a field or `data` refers to it.
    pub used: bool,
    /// Where its name stands.
    pub span: Span,
}

/// One field.
#[derive(Debug)]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// A better name.
    pub better_name: Option<String>,
    /// Label.
    pub title: Option<String>,
    /// More than the label.
    pub description: Option<String>,
    /// Where it travels.
    pub location: Location,
    /// Whether the page demands it.
    pub required: bool,
    /// What it holds.
    pub ty: Type,
    /// How a list travels in a query.
    pub list: Option<ListForm>,
    /// Sent unless set: the default of a required field.
    pub default: Option<String>,
    /// What the vendor assumes where the field is left out: the default of another field.
    pub assumed: Option<String>,
    /// Whether the vendor encrypts it.
    pub encrypted: bool,
    /// Most characters, where the page says so.
    pub max_length: Option<String>,
    /// Digits after the point, where the page says so.
    pub scale: Option<String>,
    /// Least value, where the page says so.
    pub minimum: Option<String>,
    /// Greatest value, where the page says so.
    pub maximum: Option<String>,
    /// Where its name stands.
    pub span: Span,
}

impl Field {
    /// Says whether the field is required. Only the default of a required field is sent: that of
    /// another is the vendor's, and to send it would overwrite what a record holds already.
    pub fn demand(&mut self, required: bool) {
        self.required = required;
        if required {
            self.default = self.assumed.take();
        }
    }
}

words! {
    /// How a list travels in a query.
    ListForm {
        /// Joined by commas.
        Comma = "comma",
        /// The name once for each item.
        Repeat = "repeat",
        /// One JSON text.
        Json = "json",
    }
}

/// What a value is. A page names a [`ScalarType`] alone; the spec knows more of a [`Scalar`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type<S = Scalar> {
    /// One value.
    Scalar(S),
    /// A file of a form.
    File,
    /// Any JSON value.
    Any,
    /// A named shape of the same side of the same operation.
    Entity(String),
    /// A list.
    List(Box<Self>),
    /// A map of text with the customer's own keys.
    Map,
}

impl Type {
    /// The codes of a value, or of the values of a list, that has a type of its own for them.
    #[must_use]
    pub fn own_codes(&self) -> Option<&[Code]> {
        match self {
            Self::Scalar(scalar) => scalar.has_own_codes().then_some(scalar.codes.as_slice()),
            Self::List(inner) => inner.own_codes(),
            Self::Map | Self::File | Self::Any | Self::Entity(_) => None,
        }
    }

    /// The same, to change them.
    pub fn own_codes_mut(&mut self) -> Option<&mut [Code]> {
        match self {
            Self::Scalar(scalar) => scalar
                .has_own_codes()
                .then_some(scalar.codes.as_mut_slice()),
            Self::List(inner) => inner.own_codes_mut(),
            Self::Map | Self::File | Self::Any | Self::Entity(_) => None,
        }
    }
}

/// What one value is.
#[derive(Debug)]
pub struct Scalar {
    /// The column of the page.
    pub column: ScalarType,
    /// What is known beyond it.
    pub wire: Option<Wire>,
    /// The codes that are known, in the order of the spec.
    pub codes: Vec<Code>,
}

impl Scalar {
    /// Whether its codes are a type: a flag with codes is `bool`, a date with codes a date.
    fn has_own_codes(&self) -> bool {
        self.wire.is_none() && self.column != ScalarType::Flag && !self.codes.is_empty()
    }
}

words! {
    /// The type that the page's column names.
    ScalarType {
        /// `string`
        Text = "string",
        /// `integer`
        Integer = "integer",
        /// `number`
        Number = "number",
        /// `boolean`
        Flag = "boolean",
    }
}

/// One known code.
#[derive(Debug)]
pub struct Code {
    /// The code on the wire.
    pub code: String,
    /// What the vendor calls it.
    pub label: String,
    /// A better name.
    pub better_name: Option<String>,
    /// Where the code stands.
    pub span: Span,
}
