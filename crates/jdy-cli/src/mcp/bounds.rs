//! How long an answer may be, and what is left out of one that is longer.
//!
//! Owns that nothing is left out silently. Must not know what an answer is about.

use crate::json::{Members, compact, items};

/// The most tokens of an answer's data, estimated.
pub(super) const MOST: usize = 6_000;

/// At least as many tokens as a text has: three ASCII characters a token, any other one alone.
pub(super) fn tokens(text: &str) -> usize {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let others = text.chars().filter(|character| !character.is_ascii());
    ascii.div_ceil(3) + others.count()
}

/// Data that is short enough.
pub(super) struct Bounded {
    pub(super) data: String,
    /// What is left out.
    pub(super) notes: Vec<String>,
}

/// What is known of the data.
pub(super) struct Shape<'a> {
    /// The member that holds the rows of a list.
    pub(super) rows: Option<&'a str>,
    /// The field of the request that says how many rows a page has.
    pub(super) size: Option<&'a str>,
    /// The only fields that are wanted, of each row or of the record; all if there are none.
    pub(super) wanted: &'a [String],
}

/// The data, as far as it is wanted and may go.
pub(super) fn bounded(data: &str, shape: &Shape<'_>) -> Bounded {
    let mut members = match Members::of(data) {
        Ok(members) => members,
        // A list or a value alone.
        Err(_) => return cut(compact(data)),
    };
    let place = members
        .0
        .iter()
        .position(|(name, _)| Some(name.as_str()) == shape.rows);
    let sizes = members.0.iter().map(|(_, value)| tokens(value));
    let size: usize = sizes.sum();
    let rows = place.and_then(|place| members.0.get_mut(place));
    let Some((_, rows)) = rows else {
        return cut(compact(&wanted(data, shape.wanted)));
    };
    // Rows that are left out do not help where something else is too long.
    if size - tokens(rows) > MOST {
        return cut(compact(data));
    }
    let all: Vec<String> = items(rows).unwrap_or_default();
    let all: Vec<String> = all
        .iter()
        .map(|row| compact(&wanted(row, shape.wanted)))
        .collect();
    let mut left = MOST;
    let fitting = all.iter().take_while(|row| {
        let size = tokens(row) + 1;
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    });
    let shown = fitting.count();
    let kept: Vec<&str> = all.iter().take(shown).map(String::as_str).collect();
    *rows = format!("[{}]", kept.join(","));
    let notes = match all.len() - shown {
        0 => Vec::new(),
        left_out => vec![rows_left_out(left_out, all.len(), shown, shape.size)],
    };
    Bounded {
        data: compact(&members.to_json()),
        notes,
    }
}

fn rows_left_out(left_out: usize, all: usize, shown: usize, size: Option<&str>) -> String {
    let smaller = match (size, shown) {
        (Some(size), 1..) => format!(" or ask for pages of {shown} rows ({size}={shown})"),
        _ => String::new(),
    };
    format!(
        "{left_out} of the {all} rows of this page are left out, since they are too long together; \
         name the wanted fields in `fields`{smaller}"
    )
}

/// A text that is cut where it is too long; then it is the text of JSON, not JSON.
pub(super) fn cut(text: String) -> Bounded {
    if tokens(&text) <= MOST {
        return Bounded {
            data: text,
            notes: Vec::new(),
        };
    }
    let all = text.chars().count();
    // No more than a token each.
    let head: String = text.chars().take(MOST).collect();
    Bounded {
        data: crate::json::quoted(&head),
        notes: vec![format!(
            "the data is too long: it is a text, cut behind {MOST} of its {all} characters; name \
             the wanted fields in `fields`"
        )],
    }
}

/// The wanted members of an object; anything else as it is.
fn wanted(json: &str, names: &[String]) -> String {
    match Members::of(json) {
        Ok(members) if !names.is_empty() => {
            let kept = members.0.into_iter();
            Members(kept.filter(|(name, _)| names.contains(name)).collect()).to_json()
        }
        _ => json.to_owned(),
    }
}
