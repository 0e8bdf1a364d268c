//! Pages that are written otherwise than the vendor's are: nothing of them is lost without a word.
//!
//! Every page here is an imitation of an invented endpoint.

use xtask::import::{Became, Told};

use crate::importing::{PAGE, import_text, lines, read, spec};

/// What a page becomes: its file of the spec, and its findings.
fn taken(text: &str) -> (String, Vec<String>) {
    let spec = spec();
    let told = import_text(&spec, "a.md", text);
    assert_eq!(told.became, Became::New, "{text}\n{:#?}", lines(&told));
    (read(&spec.path.join("tt/fake.yaml")), decided(&told))
}

fn decided(told: &Told) -> Vec<String> {
    lines(told)
}

/// The page with one piece of it written otherwise.
fn otherwise(from: &str, to: &str) -> String {
    assert_eq!(PAGE.matches(from).count(), 1, "`{from}` stands once");
    PAGE.replace(from, to)
}

#[test]
fn an_entity_is_named_however_its_heading_spells_it() {
    let (plain, _) = taken(PAGE);
    for heading in [
        "**Row：**",
        "**Row** :",
        "**Row**：",
        "**1. Row**",
        "1. **Row**",
        "- **Row**",
        "> **Row**",
        "<strong>Row</strong>：",
        "<strong>Row</strong>",
        "<b>Row</b>",
        "<p><strong>Row</strong></p>",
        "**List <Row>**",
        "**List&lt;Row&gt;**",
        "**List\\<Row\\>：**",
        "**Row[]**",
        "**Row (明细)**",
        "**Row（明细）**",
        "**Row**（明细）",
        "**明细（Row）**",
        "**Row（请求参数）**",
        "#### 2、Row：",
        "#### List<Row>",
        "<h4>Row</h4>",
        "Row：",
        "Row（明细）",
        "List <Row>",
        "3. Row",
    ] {
        let (text, findings) = taken(&otherwise("**Row**\n", &format!("{heading}\n")));
        assert_eq!(text, plain, "{heading}: {findings:#?}");
    }
}

#[test]
fn bold_words_before_the_fields_name_nothing() {
    let (plain, _) = taken(PAGE);
    let page = otherwise("#### body参数\n", "#### body参数\n\n**注意：**\n");
    let (text, findings) = taken(&page);
    assert_eq!(text, plain, "{findings:#?}");
}
