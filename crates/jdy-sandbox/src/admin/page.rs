//! The console: one page with its script and style, embedded.
//!
//! Owns the files and the headers that keep a page from doing more than it should. Must not know
//! what the page shows. Must not use: `crate::server`, `tokio`.

use super::Answered;
use crate::answer::Answer;
use crate::gateway::Gateway;
use crate::request::Request;

/// Nothing from any other host, nothing inline, in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn html(_: &Gateway, _: &Request) -> Answered {
    file(
        "text/html;charset=UTF-8",
        include_str!("console/console.html"),
    )
}

pub(super) fn script(_: &Gateway, _: &Request) -> Answered {
    file(
        "text/javascript;charset=UTF-8",
        include_str!("console/console.js"),
    )
}

pub(super) fn style(_: &Gateway, _: &Request) -> Answered {
    file(
        "text/css;charset=UTF-8",
        include_str!("console/console.css"),
    )
}

fn file(content_type: &'static str, text: &str) -> Answered {
    Ok(Answer::file(content_type, text))
}

/// The headers of every answer of the admin interface.
pub(super) fn with_headers(answer: Answer) -> Answer {
    answer
        .with_header("Content-Security-Policy", POLICY)
        .with_header("X-Content-Type-Options", "nosniff")
        .with_header("Cross-Origin-Resource-Policy", "same-origin")
        .with_header("Referrer-Policy", "no-referrer")
        .with_header("Cache-Control", "no-store")
}
