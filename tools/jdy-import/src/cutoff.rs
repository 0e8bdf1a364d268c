//! Wholeness: whether a page stands there to its end, or was cut off.
//!
//! Owns what counts as evidence of an end. A page that was cut loses fields without a word, so what
//! lacks the evidence is refused. Must not know what a field means.

use super::block::{Block, Page};
use super::section::{self, End, Sections};

/// Where a page was cut off, and why that is seen. `undescribed` is a type that its answer names
/// and no table describes.
///
/// The codes (返回码) are the last part of a page: where they stand behind the fields, all fields
/// are there. Without them the text itself must be closed, the answer must have its fields, and
/// where no example of the answer follows these, none may be missing that something names.
#[must_use]
pub(crate) fn cut(
    page: &Page,
    sections: &Sections,
    undescribed: Option<&str>,
) -> Option<(usize, String)> {
    if sections.end == Some(End::Codes) {
        return None;
    }
    if let Some((at, what)) = page.cut {
        return Some((at, what.to_owned()));
    }
    let last = page.blocks.last()?;
    let at = match last {
        Block::Heading(words)
        | Block::Bold(words)
        | Block::Paragraph(words)
        | Block::Fence(words) => words.at,
        Block::Table(grid) => grid.rows.last().map_or(0, |row| row.at),
    };
    if sections.answer.main.is_none() {
        let what = "it ends before the fields of the answer (响应参数)";
        return Some((at, what.to_owned()));
    }
    if sections.end == Some(End::Example) {
        return None;
    }
    let named = sections.answer.shapes.last();
    let named = named.filter(|shape| shape.table.is_none());
    let named = named.map(|shape| shape.name.text.as_str());
    let what = match last {
        Block::Heading(words) | Block::Bold(words) if section::is_part(&words.text) => {
            format!("it ends at the heading `{}`", words.text)
        }
        Block::Table(grid) if grid.rows.len() < 2 => {
            "it ends at the header of a table".to_owned()
        }
        _ => match undescribed.or(named) {
            Some(called) => {
                format!("it ends before the fields of `{called}`, a type of the answer")
            }
            None if sections.has_headers => {
                "it has a table of headers, as the vendor's pages do, and neither an example of the \
                 answer nor codes (返回码) behind the fields, as these have"
                    .to_owned()
            }
            None => return None,
        },
    };
    Some((at, what))
}
