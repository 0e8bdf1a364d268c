//! Setting an optional field of a request without spelling out its type.
//!
//! Owns [`SetField`]: one implementation for all optional fields, where a setter for each would be
//! thousands of functions. Must not know any single field. Must not use: `crate::decode`,
//! `crate::encode`, `crate::record`.

/// Sets an optional field of a request to anything that becomes its value.
///
/// A field is an `Option`, so it is set as any other: `r.store_id = Some("7".into())`. With this
/// trait, `set` writes the `Some` and the `into`: a `&str` becomes a `String` or a code, a whole
/// number becomes an `i64` or a [`Decimal`](crate::Decimal). A float becomes neither.
///
/// ```
/// use jdy_wire::{Decimal, SetField, dec, record};
///
/// #[non_exhaustive]
/// pub struct Request {
///     pub store_id: Option<String>,
///     pub page: Option<i64>,
///     pub amount: Option<Decimal>,
/// }
/// record! {
///     Request in Query {
///         "store_id" => store_id: Text,
///         "page" => page: Text,
///         "amount" => amount: Text,
///     }
/// }
/// let request = Request::default().with(|r| {
///     r.store_id.set("7");
///     r.page.set(1);
///     r.amount.set(dec!(50.00));
/// });
/// assert_eq!(request.store_id, Some("7".to_owned()));
/// assert_eq!(request.page, Some(1));
/// assert_eq!(request.amount, Some(Decimal::new(50_00, 2)));
/// ```
///
/// A list names the type of its items, so it is written as it is:
/// `r.entries = Some(vec![entry.into()])`. To set nothing is `r.page = None`.
///
/// ```compile_fail,E0277
/// use jdy_wire::{Decimal, SetField};
///
/// let mut amount: Option<Decimal> = None;
/// amount.set(50.25); // an amount is never a float: `dec!(50.25)`
/// ```
pub trait SetField<T> {
    /// Sets the field.
    fn set(&mut self, value: impl Into<T>);
}

impl<T> SetField<T> for Option<T> {
    #[inline]
    fn set(&mut self, value: impl Into<T>) {
        *self = Some(value.into());
    }
}
