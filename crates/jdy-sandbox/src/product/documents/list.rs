//! Lists of documents in pages, the newest first.
//!
//! Owns the order and how an answer is put together. Must not know what a filter asks, nor how large
//! a page may be. Must not use: `crate::gateway`, `tokio`.

use serde_json::Value;

use super::filter::Tests;
use super::store::Documents;
use super::view::View;
use crate::answer::{Answer, Refusal};
use crate::page::PageRequest;
use crate::product::Call;
use crate::spec::{Resource, Spec};

pub(super) fn answer(
    spec: &Spec,
    documents: &Documents,
    call: &Call<'_>,
    resource: &Resource,
) -> Option<Result<Answer, Refusal>> {
    let rows = resource.rows.as_deref()?;
    let shape = spec.shape(call.operation, rows)?;
    let tests = Tests::read(spec, call.operation, resource, call.fields);
    let views = documents.of(&resource.name).rev().map(|document| View {
        document,
        documents,
        resource,
        number: resource.number.as_deref(),
    });
    let views: Vec<View<'_>> = views.filter(|view| tests.pass(&shape, view)).collect();
    let total = i64::try_from(views.len()).unwrap_or(i64::MAX);
    let fields = spec.fields(call.operation).into_iter();
    let page = PageRequest::of(fields, call.fields);
    let page = page.map(|page| page.cut(call.paging));
    let (from, to) = page.map_or((0, total), |page| page.rows(total));
    let span = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let shown = views.iter().skip(span(from)).take(span(to - from));
    let shown: Vec<Value> = shown.map(|view| shape.of(view)).collect();
    let mut data = spec.blank(call.operation)?;
    if let Some(fields) = data.as_object_mut() {
        let page = page.unwrap_or_else(|| PageRequest::whole(total));
        page.tell(fields, total, call.paging);
        fields.insert(rows.to_owned(), Value::Array(shown));
    }
    Some(Ok(Answer::success(data)))
}
