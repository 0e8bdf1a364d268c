//! What an agent reads before it has asked anything: the tools and their arguments.
//!
//! Owns these texts, which every conversation pays for. Must not know what a tool does.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations, object};
use serde_json::{Value, json};

/// The names of the tools.
pub(super) const SEARCH: &str = "search";
pub(super) const SHOW: &str = "show";
pub(super) const CALL: &str = "call";

/// The arguments of each tool.
pub(super) const OF_SEARCH: [&str; 1] = ["query"];
pub(super) const OF_SHOW: [&str; 3] = ["operation", "part", "field"];
pub(super) const OF_CALL: [&str; 5] = ["operation", "arguments", "fields", "account", "key"];

/// What the server is, for the client.
pub(super) const INSTRUCTIONS: &str = "The open API of Kingdee JDY (金蝶云星辰): search for an \
     operation, show it, call it. A write whose outcome is unknown must never be sent under \
     another key: look it up, or ask a person.";

/// The three tools.
pub(super) fn tools(writes: bool) -> Vec<Tool> {
    vec![
        tool(
            SEARCH,
            "Finds operations of Kingdee JDY (金蝶云星辰): every word must occur in the id, path, \
             title, or the name or label of a field, in Chinese or English. Fewer words find more.",
            json!({"query": {"type": "string", "description": "words, such as 销售订单 or sal_order"}}),
            &["query"],
        )
        .annotate(ToolAnnotations::new().read_only(true)),
        tool(
            SHOW,
            "What an operation takes or answers: fields with type, codes, whether required or a \
             list; its effect, its key, its paging, how it is looked up, and whether this server \
             may call it. Read it before a call.",
            json!({
                "operation": {"type": "string", "description": "its id"},
                "part": {"type": "string", "enum": ["request", "answer"]},
                "field": {"type": "string", "description": "only this field and what it holds: a or a.b"},
            }),
            &["operation"],
        )
        .annotate(ToolAnnotations::new().read_only(true)),
        tool(
            CALL,
            "Calls an operation and says the outcome: done; rejected; not_sent; applied (it took \
             effect, the answer is unclear); unknown (a write may have taken effect: never send it \
             under another key). Amounts, dates and long ids are texts. A write must be allowed by \
             the server and carry the caller's own key: choose one for each new request, and give \
             the same again to ask what became of it; it is never sent twice.",
            json!({
                "operation": {"type": "string", "description": "its id"},
                "arguments": {"type": "object", "description": "the fields of its request"},
                "fields": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "only these fields of the answer, or of each row",
                },
                "account": {"type": "string", "description": "an account set of the profile"},
                "key": {
                    "type": "string",
                    "description": "the caller's own key of a write whose request has no field for one",
                },
            }),
            &["operation"],
        )
        .annotate(ToolAnnotations::new().read_only(!writes)),
    ]
}

fn tool(name: &'static str, description: &'static str, arguments: Value, needed: &[&str]) -> Tool {
    let schema = object(json!({
        "type": "object",
        "properties": arguments,
        "required": needed,
    }));
    Tool::new(name, description, Arc::new(schema))
}
