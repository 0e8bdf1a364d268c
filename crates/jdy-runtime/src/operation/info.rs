//! What the spec knows of one operation.
//!
//! Owns the facts, plain data that is made at compile time. Must not know what is done with them.

use jdy_wire::{Encoding, Location};

use super::Resource;
use crate::method::{Effect, Method};
use crate::row_verdict::VerdictFields;

/// How to find out whether an operation took effect when its answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verify {
    /// The id of the operation that looks it up.
    pub operation: &'static str,
    /// Its arguments, each with the field of the original request that fills it; none where the
    /// whole list is read.
    pub by: &'static [(&'static str, &'static str)],
    /// Its arguments that are always the same.
    pub with: &'static [(&'static str, &'static str)],
    /// The fields of what it shows, each with the field of the original request that it must equal.
    pub matches: &'static [(&'static str, &'static str)],
    /// The fields of the original request to compare with what it answers.
    pub compare: &'static [&'static str],
    /// What the spec knows of that operation; none where it is in another module.
    pub look_up: Option<&'static OperationInfo>,
    /// The list that confirms that a record is not there, where the operation is a detail.
    pub confirm: Option<Confirm>,
}

/// The list that confirms that a record of a certain number is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// What the spec knows of the list.
    pub list: &'static OperationInfo,
    /// Its argument that takes the number; none where all its rows are read.
    pub argument: Option<&'static str>,
    /// The field of its rows that holds the number.
    pub number: &'static str,
    /// Its arguments that are always the same.
    pub with: &'static [(&'static str, &'static str)],
    /// What keeps its rows few where all of them are read.
    pub dates: Option<DateWindow>,
}

/// The arguments that narrow a list to the records of some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateWindow {
    /// The field of the record that holds its day, as the original request has it.
    pub field: &'static str,
    /// The list's argument for the first day.
    pub from: &'static str,
    /// The list's argument for the last day.
    pub until: &'static str,
}

/// How an operation answers a list in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The field of the request for the page number.
    pub page: &'static str,
    /// Where it is sent.
    pub location: Location,
    /// How it is written.
    pub encoding: Encoding,
    /// The number of the first page.
    pub first: i64,
    /// The field of the request for the page size.
    pub size: Option<&'static str>,
    /// The page size if the request does not set one.
    pub default_page_size: Option<i64>,
    /// The maximum page size.
    pub max_size: Option<i64>,
    /// The field of the data with the total number of rows.
    pub count: Option<&'static str>,
    /// The field of the data with the total number of pages.
    pub pages: Option<&'static str>,
}

/// What the spec knows of one operation. Plain data, made at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationInfo {
    /// The id: `ls.mall_recharge`.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path: `/jdy/v2/ls/mall_recharge`.
    pub path: &'static str,
    /// The module: `ls`.
    pub module: &'static str,
    /// The vendor's own title.
    pub title: &'static str,
    /// The address of the vendor's page.
    pub page: &'static str,
    /// What it does on the other side.
    pub effect: Effect,
    /// The field of the request for the caller's own key.
    pub key: Option<&'static str>,
    /// Which record it saves, lists, shows or deletes.
    pub resource: Option<Resource>,
    /// How to look up an operation whose answer was lost.
    pub verify: Option<Verify>,
    /// How it answers a list in pages.
    pub paging: Option<Paging>,
    /// The fields of its answer that report the result of each row.
    pub verdict: Option<VerdictFields>,
}

impl OperationInfo {
    /// The defaults for generated code and tests.
    pub const EMPTY: Self = Self {
        id: "",
        method: Method::Get,
        path: "",
        module: "",
        title: "",
        page: "",
        effect: Effect::Read,
        key: None,
        resource: None,
        verify: None,
        paging: None,
        verdict: None,
    };
}
