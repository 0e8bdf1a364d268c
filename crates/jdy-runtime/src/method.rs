//! The method of a request, its effect, and the caller's own key.
//!
//! Owns what errors, signing and transports know of an operation. It must not know the operation
//! itself.

use std::fmt;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method in upper case, as it is signed and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// What an operation with this method does unless its spec says otherwise: a GET reads,
    /// everything else writes.
    pub const fn default_effect(self) -> Effect {
        match self {
            Self::Get => Effect::Read,
            Self::Post | Self::Put | Self::Delete => Effect::Write,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an operation does on the other side, which decides whether it may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It changes nothing; it may be sent again.
    Read,
    /// It changes something.
    Write,
    /// It changes something, and doing it twice or losing it is money.
    Money,
}

impl Effect {
    /// `read`, `write` or `money`, as the spec spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Money => "money",
        }
    }

    /// Whether sending it twice does no harm.
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Read)
    }
}

/// The caller's own key of a call: the field's name and what the caller put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientReference {
    /// The field of the request; `items.bill_no` where each item of a list has one.
    pub name: &'static str,
    /// Its text; of several items, their keys joined by commas.
    pub value: String,
}
