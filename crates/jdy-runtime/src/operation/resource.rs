//! Resources: which record an operation saves, lists, shows or deletes.
//!
//! Owns plain data. It must not know how a record is looked up.

/// Which record an operation saves, lists, shows or deletes, and by which names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The record's name, the same for all its operations: `scm.sal_order`.
    pub name: &'static str,
    /// What the operation does with it.
    pub role: Role,
    /// What the vendor's general operations call this kind of document: `sal_bill_order`.
    pub entity: Option<&'static str>,
    /// The field of the request that holds the record or the records, where it is not the request
    /// itself.
    pub of: Option<&'static str>,
    /// The list of records in the answer.
    pub rows: Option<&'static str>,
    /// The field with the record's id.
    pub id: Option<&'static str>,
    /// The field with the record's number.
    pub number: Option<&'static str>,
    /// Fields of the save that the answer has under another name: theirs, and the answer's. All
    /// others come back under their own name, or not at all.
    pub returns: &'static [(&'static str, &'static str)],
}

/// What an operation does with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Inserts or updates one.
    Save,
    /// Inserts or updates several.
    Batch,
    /// Shows many, in pages.
    List,
    /// Shows one.
    Detail,
    /// Deletes.
    Delete,
}

impl Role {
    /// `save`, `batch`, `list`, `detail` or `delete`, as the spec spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Batch => "batch",
            Self::List => "list",
            Self::Detail => "detail",
            Self::Delete => "delete",
        }
    }
}
