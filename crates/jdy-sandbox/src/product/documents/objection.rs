//! Why the store refuses something, in the words of the product as far as they are known.
//!
//! Owns those words. Must not know requests. Must not use: `crate::gateway`, `crate::spec`, `tokio`.

use crate::answer::{Refusal, errcode};

/// Something that the store refuses.
#[derive(Debug, Clone)]
pub(super) struct Objection {
    errcode: i64,
    /// In the product's language.
    pub(super) words: String,
    /// What the caller can do about it, for the record and a header.
    reason: String,
}

impl Objection {
    fn new(errcode: i64, words: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            errcode,
            words: words.into(),
            reason: reason.into(),
        }
    }

    /// A number that another document has. These words are the product's own.
    pub(super) fn taken(field: &str, number: &str) -> Self {
        let reason =
            format!("{field}: a document with {number:?} exists; to change it, send its id");
        Self::new(errcode::NUMBER_TAKEN, "组合值与其他表单重复", reason)
    }

    /// A value that names no document. These words are the product's own.
    pub(super) fn unknown(parameter: &str, value: &str, field: &str) -> Self {
        let words = format!("参数{parameter}[{value}]不存在");
        let reason = format!("{field}: {value:?} names no document of this account set");
        Self::new(errcode::NO_SUCH_DOCUMENT, words, reason)
    }

    /// A value that names several documents, where one is meant.
    pub(super) fn ambiguous(parameter: &str, value: &str, field: &str) -> Self {
        let words = format!("参数{parameter}[{value}]不唯一");
        let reason = format!("{field}: {value:?} names several documents; name the one by its id");
        Self::new(errcode::NO_SUCH_DOCUMENT, words, reason)
    }

    /// A document that is audited.
    pub(super) fn audited(number: &str) -> Self {
        let reason = format!("{number:?} is audited; un-audit it first");
        Self::new(
            errcode::WRONG_PROGRESS,
            format!("单据[{number}]已审核"),
            reason,
        )
    }

    /// A document whose progress does not allow the operation.
    pub(super) fn progress(number: &str, words: &str) -> Self {
        let reason = format!("{number:?} has not the progress that the operation needs");
        let words = format!("单据[{number}]{words}");
        Self::new(errcode::WRONG_PROGRESS, words, reason)
    }

    /// A request that names no document.
    pub(super) fn unnamed(fields: &str) -> Self {
        let reason = format!("{fields}: name a document");
        Self::new(
            errcode::MISSING_FIELD,
            format!("参数{fields}不能为空"),
            reason,
        )
    }

    /// An operation that the store does not know.
    pub(super) fn operation(value: &str) -> Self {
        let reason = format!("operate_type: {value:?} is none of the codes of the spec");
        Self::new(
            errcode::WRONG_KIND,
            format!("参数operate_type[{value}]不存在"),
            reason,
        )
    }
}

impl From<Objection> for Refusal {
    fn from(objection: Objection) -> Self {
        Self::Words {
            errcode: objection.errcode,
            words: objection.words,
            reason: objection.reason,
        }
    }
}
