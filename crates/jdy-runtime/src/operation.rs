//! Operations.
//!
//! Owns the constants that generated code consists of. It must not know how a request is signed,
//! sent, retried or answered.

mod info;
mod key;
mod prepared;
mod resource;

use std::fmt;
use std::marker::PhantomData;

use jdy_wire::{
    EncodeError, Field, FieldSlot, Record, RequestError, SyntaxError, Value, ValueMut, ValueRef,
};

pub use self::info::{Confirm, DateWindow, OperationInfo, Paging, Verify};
pub use self::prepared::{ExtraError, PrepareError, PreparedRequest};
pub use self::resource::{Resource, Role};

/// An operation with its types: a request `Q` and the `data` of its answer, `D`.
pub struct Operation<Q, D> {
    facts: OperationInfo,
    types: PhantomData<fn(Q) -> D>,
}

impl<Q: Record + Value, D: Value> Operation<Q, D> {
    /// An operation with these facts.
    pub const fn new(facts: OperationInfo) -> Self {
        Self {
            facts,
            types: PhantomData,
        }
    }

    /// What the spec knows of it.
    pub const fn info(&self) -> &OperationInfo {
        &self.facts
    }

    /// Makes a request ready to send.
    ///
    /// # Errors
    /// A value that has no form on the wire.
    pub fn prepare(&self, request: &Q) -> Result<PreparedRequest, EncodeError> {
        PreparedRequest::new(&self.facts, request, mismatch::<D>, misread::<Q>)
    }
}

/// Says why a text is no request.
pub(crate) type Misread = fn(&str) -> Option<RequestError>;

/// Why a text is no request of this type.
fn misread<Q: Record + Value>(json: &str) -> Option<RequestError> {
    misread_as(json, <Q as Value>::empty().target())
}

fn misread_as(json: &str, target: ValueMut<'_>) -> Option<RequestError> {
    jdy_wire::decode_request_into(json, target).err()
}

/// Says what `data` should be, if its text is something else.
pub(crate) type Mismatch = fn(&str) -> Option<&'static str>;

/// What `data` should be, if its text is something else.
fn mismatch<D: Value>(data: &str) -> Option<&'static str> {
    mismatch_of(data, D::empty().target(), D::EXPECTED)
}

fn mismatch_of(data: &str, target: ValueMut<'_>, expected: &'static str) -> Option<&'static str> {
    match jdy_wire::fits(data, target) {
        Ok(true) => None,
        Ok(false) | Err(_) => Some(expected),
    }
}

impl<Q, D> fmt::Debug for Operation<Q, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Operation").field(&self.facts.id).finish()
    }
}

/// Declares the operations of a module, each in a file of its own, and the type whose methods
/// they are. Generated code is made of it: an operation is one line here.
#[macro_export]
macro_rules! operations {
    ($group:ident { $($operation:ident: $constant:ident,)* }) => {
        $(mod $operation;)*
        $(pub use $operation::$constant;)*

        /// The operations of this module, as methods that call them.
        #[derive(Debug, Clone, Copy)]
        pub struct $group<'a> {
            client: &'a $crate::Client,
        }

        impl<'a> $group<'a> {
            /// The operations, called through this client.
            pub fn new(client: &'a $crate::Client) -> Self {
                Self { client }
            }
        }

        /// The operations of this module, in the order of their ids.
        #[inline]
        pub fn operations() -> ::std::vec::Vec<&'static dyn $crate::DynOperation> {
            ::std::vec![$(&$constant),*]
        }
    };
}

/// An operation without its types, for tools that find one by name.
pub trait DynOperation: Send + Sync {
    /// What the spec knows of it.
    fn info(&self) -> &OperationInfo;

    /// Reads a request from the text of a JSON object, strictly, and makes it ready to send.
    ///
    /// # Errors
    /// A field that is unknown, missing or unreadable, by name.
    fn request(&self, json: &str) -> Result<PreparedRequest, PrepareError>;

    /// Decodes the text of an answer's `data` by the operation's own type and encodes it again.
    /// No data becomes `{}`; a value that fits no rule stays as it is.
    ///
    /// # Errors
    /// The text is not JSON.
    fn roundtrip(&self, data: &str) -> Result<String, SyntaxError>;

    /// The fields of an answer's `data`, given as its text, that the spec does not know: each path
    /// once, the items of a list taken together.
    ///
    /// # Errors
    /// The text is not JSON.
    fn unknown_fields(&self, data: &str) -> Result<Vec<String>, SyntaxError>;

    /// The fields of the request that are lists and travel in the query.
    fn query_lists(&self) -> Vec<&'static str>;

    /// The fields of the request that are files, each given as its path.
    fn file_fields(&self) -> Vec<&'static str>;
}

/// The text of `data`, decoded into an empty slot and encoded again.
fn roundtrip(data: &str, slot: &mut dyn FieldSlot) -> Result<String, SyntaxError> {
    jdy_wire::decode_data_into(data, slot)?;
    Ok(match slot.view() {
        ValueRef::Absent => "{}".to_owned(),
        value => jdy_wire::encode_value(value),
    })
}

// What does not depend on the types is a function without them: these are instantiated for each
// operation that a program links.
impl<Q: Record + Value, D: Value> DynOperation for Operation<Q, D> {
    fn info(&self) -> &OperationInfo {
        &self.facts
    }

    fn request(&self, json: &str) -> Result<PreparedRequest, PrepareError> {
        let mut request = <Q as Value>::empty();
        PreparedRequest::read(&self.facts, json, &mut request, mismatch::<D>, misread::<Q>)
    }

    fn roundtrip(&self, data: &str) -> Result<String, SyntaxError> {
        roundtrip(data, &mut Field::<D>::Absent)
    }

    fn unknown_fields(&self, data: &str) -> Result<Vec<String>, SyntaxError> {
        jdy_wire::unknown_fields(data, D::empty().target())
    }

    fn query_lists(&self) -> Vec<&'static str> {
        jdy_wire::query_lists(&mut <Q as Value>::empty())
    }

    fn file_fields(&self) -> Vec<&'static str> {
        jdy_wire::file_fields(&mut <Q as Value>::empty())
    }
}
