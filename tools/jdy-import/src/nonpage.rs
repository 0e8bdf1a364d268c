//! Files that are no endpoint page: what one is, as far as its form shows.
//!
//! Owns these forms. Must not know how a page is read. Must not use: `crate::reading`,
//! `crate::endpoint`.

use super::html;

/// What a text is, as far as its form tells.
#[must_use]
pub fn describe_nonpage(text: &str) -> &'static str {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |word: &str| text.lines().any(|line| line.starts_with(word));
    if start.is_empty() {
        "it is empty"
    } else if start.starts_with(['{', '[']) {
        match () {
            () if text.contains("\"swagger\"") => "it is a Swagger document",
            () if text.contains("\"openapi\"") => "it is an OpenAPI document",
            () => "it is JSON",
        }
    } else if begins("openapi:") || begins("swagger:") {
        "it is an OpenAPI document in YAML"
    } else if begins("fixups:") {
        "it is a file of fixups"
    } else if text.contains("operationId:") {
        "it is a path file of a spec"
    } else if html::is_html(text) {
        "it is HTML without the parts of an endpoint page"
    } else if start.starts_with('#') || begins("# ") || begins("## ") {
        "it is Markdown without the parts of an endpoint page"
    } else {
        "it has none of the parts of an endpoint page"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_what_its_form_tells() {
        for (text, said) in [
            ("", "it is empty"),
            ("{ \"a\": 1 }", "it is JSON"),
            ("{ \"swagger\": \"2.0\" }", "it is a Swagger document"),
            (
                "# x\nopenapi: \"3.1.0\"\n",
                "it is an OpenAPI document in YAML",
            ),
            ("fixups:\n  - name: a\n", "it is a file of fixups"),
            ("get:\n  operationId: a.b\n", "it is a path file of a spec"),
            (
                "<html><body><h1>a</h1></body></html>",
                "it is HTML without the parts of an endpoint page",
            ),
            (
                "# Guide\n\nwords\n",
                "it is Markdown without the parts of an endpoint page",
            ),
            ("words", "it has none of the parts of an endpoint page"),
        ] {
            assert_eq!(describe_nonpage(text), said, "{text}");
        }
    }
}
