//! What changed between a revision and the work tree is reported line by line: in the page's words and
//! in Rust's, breaking or not, with the version that it asks for.

use std::path::Path;
use std::process::{Command, Output};

use crate::imitation::{Folder, ROOT, THING, change};

/// A path file with a query, a list in it, and an answer with a list of rows.
const LIST: &str = r##"get:
  operationId: ls.list
  summary: 事物列表
  tags: [ls]
  externalDocs: { url: "https://open.example.com/#/detail?id=2" }
  x-jdy-page: page2
  parameters:
    - { name: page, in: query, required: true, schema: { type: integer, title: 页码, default: 1 } }
    - { name: ids, in: query, schema: { type: array, title: 内码, items: { type: string } } }
    - { name: from, in: query, required: true, schema: { type: string, title: 起始, x-jdy-wire: date } }
  responses:
    "200":
      description: 成功
      content:
        application/json:
          schema:
            allOf:
              - { $ref: "../openapi.yaml#/components/schemas/Envelope" }
              - type: object
                properties:
                  data: { $ref: "#/get/x-jdy-entities/response/Data" }
          example: { errcode: 0 }
  x-jdy-entities:
    response:
      Data:
        type: object
        properties:
          rows: { type: array, title: 行, items: { $ref: "#/get/x-jdy-entities/response/Row" } }
      Row:
        type: object
        properties:
          id: { type: string, title: 内码 }
          state: { type: string, title: 状态, x-jdy-codes: [{ code: A, label: 未审核 }, { code: B, label: 已审核 }] }
          qty: { type: string, title: 数量, x-jdy-wire: decimal }
"##;

const MANIFEST: &str = "[workspace.package]\nversion = \"0.4.2\"\n";

/// The index line that is given to the second path.
fn root() -> String {
    change(
        ROOT,
        "paths:\n",
        "paths:\n  /jdy/v2/ls/list: { $ref: ls/list.yaml }\n",
    )
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args([
            "-c",
            "user.name=Imitation",
            "-c",
            "user.email=i@example.com",
        ])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() || arguments.contains(&"--no-index"),
        "{told}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A checkout with one commit, whose work tree a test changes.
struct Checkout(Folder);

impl Checkout {
    fn new() -> Self {
        let folder = Folder::spec(&[
            ("Cargo.toml", MANIFEST),
            ("spec/openapi.yaml", &root()),
            ("spec/ls/thing.yaml", THING),
            ("spec/ls/list.yaml", LIST),
        ]);
        git(&folder.path, &["init", "-q"]);
        let checkout = Self(folder);
        checkout.commit();
        checkout
    }

    fn commit(&self) {
        git(&self.0.path, &["add", "-A"]);
        git(&self.0.path, &["commit", "-q", "-m", "One"]);
    }

    fn write(&mut self, path: &str, text: &str) -> &mut Self {
        self.0.write(path, text);
        self
    }

    /// Changes one place of a file.
    fn edit(&mut self, path: &str, from: &str, to: &str) -> &mut Self {
        let text = change(&self.0.read(path), from, to);
        self.write(path, &text)
    }

    fn remove(&mut self, path: &str) -> &mut Self {
        std::fs::remove_file(self.0.path.join(path)).unwrap();
        self
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("diff")
            .args(arguments)
            .arg("--spec")
            .arg(self.0.path.join("spec"))
            .output()
            .unwrap()
    }

    fn report(&self) -> String {
        let output = self.run(&[]);
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{why}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The headings and the lines of the changes.
    fn lines(&self) -> Vec<String> {
        let report = self.report();
        let told = report
            .lines()
            .filter(|line| line.starts_with("- ") || line.starts_with("### "));
        told.filter(|line| *line != "### Generated lines")
            .map(str::to_owned)
            .collect()
    }

    /// The lines of the changes alone.
    fn changes(&self) -> Vec<String> {
        let lines = self.lines().into_iter();
        lines.filter(|line| line.starts_with("- ")).collect()
    }

    /// The first line, without the commit's id.
    fn summary(&self) -> String {
        let short = git(&self.0.path, &["rev-parse", "--short", "HEAD"]);
        let first = self.report().lines().next().unwrap_or_default().to_owned();
        change(&first, &format!(" ({})", short.trim()), "")
    }

    /// Why the comparison was refused.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

/// The report of one change in the path file of the POST.
fn thing(from: &str, to: &str) -> Vec<String> {
    let mut checkout = Checkout::new();
    checkout.edit("spec/ls/thing.yaml", from, to);
    checkout.changes()
}

/// The report of one change in the path file of the GET.
fn list(from: &str, to: &str) -> Vec<String> {
    let mut checkout = Checkout::new();
    checkout.edit("spec/ls/list.yaml", from, to);
    checkout.changes()
}

const AMOUNT: &str = "            amount: { type: string, title: 金额, x-jdy-wire: decimal }\n";

#[test]
fn without_a_change_there_are_two_words() {
    let mut checkout = Checkout::new();
    assert_eq!(checkout.report(), "No changes.\n");
    checkout.edit(
        "spec/ls/thing.yaml",
        "  summary: 事物\n",
        "  # A comment, and quotes.\n  summary: \"事物\"\n",
    );
    assert_eq!(checkout.report(), "No changes.\n");
}

#[test]
fn the_report_stands_as_a_whole() {
    let mut checkout = Checkout::new();
    checkout.edit(
        "spec/ls/thing.yaml",
        "required: [key]",
        "required: [key, amount]",
    );
    let short = git(&checkout.0.path, &["rev-parse", "--short", "HEAD"]);
    let expected = format!(
        "**1 breaking** since `HEAD` ({}): asks for a minor version, 0.4.2 → 0.5.0

### [事物](https://open.example.com/#/detail?id=1) · `POST /jdy/v2/ls/thing` · `jdy::ls::thing`

- **breaking**: request field `amount` (金额) is required now; in Rust `Request::amount: Option<Decimal>` → `Required::amount: Decimal`

### Generated lines

| crate | added | removed |
|---|--:|--:|
| `jdy-model` | 3 | 3 |
| `jdy-operations` | 1 | 0 |
| `jdy-sandbox` | 1 | 1 |
| all | 5 | 4 |

breaking: code that compiled may no longer compile · behaviour: it compiles, and what is sent, read or done differs · compatible: something new · docs: words alone · spec: not in the generated code
",
        short.trim()
    );
    assert_eq!(checkout.report(), expected);
    assert_eq!(checkout.report(), expected, "twice the same");
}

#[test]
fn a_new_field_breaks_only_where_a_request_must_hold_it() {
    let note = format!("{AMOUNT}            note: {{ type: string, title: 备注 }}\n");
    assert_eq!(
        thing(AMOUNT, &note),
        [
            "- compatible: request field `note` (备注) is new; in Rust `Request::note: Option<String>`"
        ]
    );
    let mut checkout = Checkout::new();
    checkout.edit("spec/ls/thing.yaml", AMOUNT, &note).edit(
        "spec/ls/thing.yaml",
        "required: [key]",
        "required: [key, note]",
    );
    assert_eq!(
        checkout.changes(),
        [
            "- **breaking**: request field `note` (备注) is new and required; in Rust `Required::note: String`"
        ]
    );
    assert_eq!(
        list(
            "          id: { type: string, title: 内码 }\n",
            "          id: { type: string, title: 内码 }\n          bill: { type: string, title: 单号 }\n"
        ),
        ["- compatible: answer field `Row.bill` (单号) is new; in Rust `Row::bill: Field<String>`"]
    );
}

#[test]
fn a_new_required_field_with_a_default_breaks_nobody() {
    let mut checkout = Checkout::new();
    checkout
        .edit(
            "spec/ls/thing.yaml",
            AMOUNT,
            &format!("{AMOUNT}            source: {{ type: integer, title: 来源, default: 9 }}\n"),
        )
        .edit(
            "spec/ls/thing.yaml",
            "required: [key]",
            "required: [key, source]",
        );
    assert_eq!(
        checkout.changes(),
        [
            "- compatible: request field `source` (来源) is new and required; in Rust `Request::source: i64`"
        ]
    );
}

#[test]
fn a_field_that_is_gone_breaks_on_either_side() {
    assert_eq!(
        thing(AMOUNT, ""),
        [
            "- **breaking**: request field `amount` (金额) is gone; in Rust `Request::amount: Option<Decimal>`"
        ]
    );
    assert_eq!(
        list(
            "          qty: { type: string, title: 数量, x-jdy-wire: decimal }\n",
            ""
        ),
        [
            "- **breaking**: answer field `Row.qty` (数量) is gone; in Rust `Row::qty: Field<Decimal>`"
        ]
    );
}

#[test]
fn a_field_that_may_be_left_out_now_breaks_the_literal_that_names_it() {
    assert_eq!(
        list(
            "name: from, in: query, required: true, ",
            "name: from, in: query, "
        ),
        [
            "- **breaking**: request field `from` (起始) is optional now; in Rust `Required::from: Date` → `Request::from: Option<Date>`"
        ]
    );
}

#[test]
fn what_an_answer_must_hold_is_words_since_any_field_may_be_absent() {
    assert_eq!(
        list(
            "      Row:\n        type: object\n",
            "      Row:\n        type: object\n        required: [id]\n"
        ),
        ["- docs: answer field `Row.id` (内码) is required now"]
    );
}

#[test]
fn a_field_is_renamed_only_where_one_of_its_names_stays() {
    assert_eq!(
        thing(
            "amount: { type: string, title: 金额,",
            "sum: { type: string, title: 金额,"
        ),
        [
            "- compatible: request field `sum` (金额) is new; in Rust `Request::sum: Option<Decimal>`",
            "- **breaking**: request field `amount` (金额) is gone; in Rust `Request::amount: Option<Decimal>`",
        ]
    );
    assert_eq!(
        thing(
            "amount: { type: string,",
            "amount: { type: string, x-jdy-name: sum,"
        ),
        [
            "- **breaking**: request field `amount` (金额) has another Rust name; in Rust `Request::amount: Option<Decimal>` → `Request::sum: Option<Decimal>`"
        ]
    );
    assert_eq!(
        thing(
            "amount: { type: string,",
            "amt: { type: string, x-jdy-name: amount,"
        ),
        [
            "- behaviour: request field `amt` (金额) has another name on the wire: `amount` → `amt`; in Rust `Request::amount: Option<Decimal>`"
        ]
    );
}

#[test]
fn another_type_breaks_and_another_form_of_the_same_type_is_behaviour() {
    assert_eq!(
        thing("title: 金额, x-jdy-wire: decimal", "title: 金额"),
        [
            "- **breaking**: request field `amount` (金额) changes its type: `string as decimal` → `string`; in Rust `Request::amount: Option<Decimal>` → `Request::amount: Option<String>`"
        ]
    );
    assert_eq!(
        thing("amount: { type: string,", "amount: { type: number,"),
        [
            "- behaviour: request field `amount` (金额) changes its type: `string as decimal` → `number as decimal`; in Rust `Request::amount: Option<Decimal>`"
        ]
    );
    assert_eq!(
        list(
            "qty: { type: string, title: 数量, x-jdy-wire: decimal }",
            "qty: { type: string, title: 数量 }"
        ),
        [
            "- **breaking**: answer field `Row.qty` (数量) changes its type: `string as decimal` → `string`; in Rust `Row::qty: Field<Decimal>` → `Row::qty: Field<String>`"
        ]
    );
    assert_eq!(
        thing(
            "rows: { type: array, items: { $ref: \"#/post/x-jdy-entities/request/Row\" } }",
            "rows: { $ref: \"#/post/x-jdy-entities/request/Row\" }"
        ),
        [
            "- **breaking**: request field `rows` changes its type: `array of Row` → `Row`; in Rust `Request::rows: Option<Vec<Row>>` → `Request::rows: Option<Row>`"
        ]
    );
}

#[test]
fn another_default_is_behaviour_and_one_that_comes_or_goes_breaks() {
    assert_eq!(
        list("default: 1", "default: 2"),
        [
            "- behaviour: request field `page` (页码) has another default: `1` → `2`; in Rust `Request::page: i64`"
        ]
    );
    assert_eq!(
        list(", default: 1", ""),
        [
            "- **breaking**: request field `page` (页码) has no default any more, was `1`; in Rust `Request::page: i64` → `Required::page: i64`"
        ]
    );
    assert_eq!(
        thing(
            "key: { type: string,",
            "key: { type: string, default: \"\","
        ),
        [
            "- **breaking**: request field `key` (单据内码) has a default now: `\"\"`; in Rust `Required::key: String` → `Request::key: String`"
        ]
    );
}

#[test]
fn how_a_list_travels_is_behaviour() {
    assert_eq!(
        list(
            "title: 内码, items: { type: string }",
            "title: 内码, x-jdy-list: repeat, items: { type: string }"
        ),
        [
            "- behaviour: request field `ids` (内码) travels as another list: `comma` → `repeat`; in Rust `Request::ids: Option<Vec<String>>`"
        ]
    );
    assert_eq!(
        Checkout::new()
            .edit(
                "spec/ls/list.yaml",
                "title: 内码, items: { type: string }",
                "title: 内码, x-jdy-list: comma, items: { type: string }"
            )
            .changes(),
        [
            "- spec: `ls/list.yaml` says something else that is neither field nor fact (an example, another answer, an order)"
        ],
        "a list travels by commas unless said"
    );
}

#[test]
fn fields_that_move_from_the_query_to_the_body_are_named() {
    let (head, tail) = LIST.split_once("  parameters:\n").unwrap();
    let (_, tail) = tail.split_once("  responses:\n").unwrap();
    let body = r##"  requestBody:
    required: true
    content:
      application/json:
        schema:
          type: object
          required: [page, from]
          properties:
            page: { type: integer, title: 页码, default: 1 }
            ids: { type: array, title: 内码, items: { type: string } }
            from: { type: string, title: 起始, x-jdy-wire: date }
"##;
    let text = format!("{head}{body}  responses:\n{tail}").replace("get", "post");
    let mut checkout = Checkout::new();
    checkout.write("spec/ls/list.yaml", &text);
    assert_eq!(
        checkout.changes(),
        [
            "- behaviour: method `GET` → `POST`",
            "- behaviour: request field `page` (页码) moves from the query to the body; in Rust `Request::page: i64`",
            "- behaviour: request field `ids` (内码) moves from the query to the body; in Rust `Request::ids: Option<Vec<String>>`",
            "- behaviour: request field `from` (起始) moves from the query to the body; in Rust `Required::from: Date`",
        ]
    );
}

#[test]
fn a_code_that_goes_breaks_and_one_that_comes_does_not() {
    let state = "answer field `Row.state` (状态)";
    assert_eq!(
        list(
            "{ code: B, label: 已审核 }",
            "{ code: B, label: 已审核 }, { code: C, label: 关闭 }"
        ),
        [format!(
            "- compatible: {state} has a new code: `C` (关闭); in Rust `State::C`"
        )]
    );
    assert_eq!(
        list(", { code: B, label: 已审核 }", ""),
        [format!(
            "- **breaking**: {state} no longer has the code `B` (已审核); in Rust `State::B`"
        )]
    );
    assert_eq!(
        list("label: 已审核", "label: 审核"),
        [format!(
            "- docs: {state} calls the code `B` otherwise: 已审核 → 审核"
        )]
    );
    assert_eq!(
        list(
            "{ code: B, label: 已审核 }",
            "{ code: B, label: 已审核, name: Audited }"
        ),
        [format!(
            "- **breaking**: {state} has another Rust name for the code `B` (已审核); in Rust `State::B` → `State::Audited`"
        )]
    );
    assert_eq!(
        list(
            "{ code: B, label: 已审核 }",
            "{ code: D, label: 已审核, name: B }"
        ),
        [format!(
            "- behaviour: {state} has another code for 已审核: `B` → `D`; in Rust `State::B`"
        )]
    );
    assert_eq!(
        list(
            ", x-jdy-codes: [{ code: A, label: 未审核 }, { code: B, label: 已审核 }]",
            ""
        ),
        [format!(
            "- **breaking**: {state} changes its type: `string with codes` → `string`; in Rust `Row::state: Field<State>` → `Row::state: Field<String>`"
        )]
    );
}

#[test]
fn effect_key_and_verification_are_behaviour() {
    assert_eq!(
        thing(
            "  x-jdy-page: page1\n",
            "  x-jdy-page: page1\n  x-jdy-effect: money\n  x-jdy-key: key\n  x-jdy-verify: { operation: ls.list, by: { from: key } }\n"
        ),
        [
            "- behaviour: effect `write` → `money`: the caller's own key is demanded",
            "- behaviour: the caller's own key none → `key`",
            "- behaviour: a lost call is settled by nothing → `ls.list(from = key)`",
        ]
    );
    assert_eq!(
        thing(
            "  x-jdy-page: page1\n",
            "  x-jdy-page: page1\n  x-jdy-effect: read\n"
        ),
        ["- **breaking**: effect `write` → `read`: a lost call is repeated by itself now"]
    );
}

/// The changes where the facts of a call were these and are others.
fn facts(before: &str, after: &str) -> Vec<String> {
    let mut checkout = Checkout::new();
    let page = "  x-jdy-page: page1\n";
    checkout.edit("spec/ls/thing.yaml", page, &format!("{page}{before}"));
    checkout.commit();
    checkout.edit(
        "spec/ls/thing.yaml",
        &format!("{page}{before}"),
        &format!("{page}{after}"),
    );
    checkout.changes()
}

#[test]
fn to_lose_money_a_key_or_a_verification_breaks() {
    let money = "  x-jdy-effect: money\n  x-jdy-key: key\n";
    let verify = "  x-jdy-verify: { operation: ls.list, by: { from: key } }\n";
    assert_eq!(
        facts(money, "  x-jdy-key: key\n"),
        ["- **breaking**: effect `money` → `write`: the caller's own key is no longer demanded"]
    );
    assert_eq!(
        facts(money, "  x-jdy-effect: read\n  x-jdy-key: key\n"),
        ["- **breaking**: effect `money` → `read`: a lost call is repeated by itself now"]
    );
    assert_eq!(
        facts("  x-jdy-key: key\n", ""),
        ["- **breaking**: the caller's own key `key` → none"]
    );
    assert_eq!(
        facts(&format!("{money}{verify}"), money),
        ["- **breaking**: a lost call is settled by `ls.list(from = key)` → nothing"]
    );
    let other = "  x-jdy-verify: { operation: ls.list, by: { ids: key, from: key } }\n";
    let changed = facts(&format!("{money}{verify}"), &format!("{money}{other}"));
    assert!(
        changed[0].starts_with("- behaviour: a lost call is settled by"),
        "{changed:?}"
    );
}

#[test]
fn to_look_up_a_lost_call_by_another_field_is_behaviour() {
    let verify = |of: &str| {
        format!(
            "  x-jdy-verify: {{ operation: ls.list, by: {{ from: key }}, match: {{ {of} }} }}\n"
        )
    };
    assert_eq!(
        facts(&verify("id: key"), &verify("qty: key")),
        [
            "- behaviour: a lost call is settled by `ls.list(from = key)` where `id = key` → `ls.list(from = key)` where `qty = key`"
        ]
    );
}

#[test]
fn how_a_list_is_read_in_pages_is_reported_though_another_field_decides_it() {
    let counted = "          rows: { type: array, title: 行, items: { $ref: \"#/get/x-jdy-entities/response/Row\" } }\n";
    let lines = counted.replace(" rows:", " lines:");
    let more = "          notes: { type: array, title: 注, items: { type: string } }\n";
    let mut checkout = Checkout::new();
    checkout.edit("spec/ls/list.yaml", counted, &lines);
    checkout.commit();
    checkout.edit("spec/ls/list.yaml", &lines, &format!("{lines}{more}"));
    assert_eq!(
        checkout.changes(),
        [
            "- **breaking**: its list is no longer read page by page",
            "- compatible: answer field `Data.notes` (注) is new; in Rust `Data::notes: Field<Vec<String>>`",
        ]
    );
    assert_eq!(
        list(counted, &format!("{lines}{counted}")),
        [
            "- compatible: answer field `Data.lines` (行) is new; in Rust `Data::lines: Field<Vec<Row>>`",
        ]
    );
    assert_eq!(
        list(
            "title: 页码, default: 1 }",
            "title: 页码, default: 1, minimum: 0 }"
        ),
        [
            "- behaviour: its list is read page by page otherwise: `page` from 1 → `page` from 0",
            "- docs: request field `page` (页码) has another `minimum`: none → `0`",
        ]
    );
    let items = counted.replace(" rows:", " items:");
    let mut checkout = Checkout::new();
    checkout.edit("spec/ls/list.yaml", counted, &items);
    checkout.commit();
    checkout.edit("spec/ls/list.yaml", &items, &format!("{items}{counted}"));
    assert_eq!(
        checkout.changes()[0],
        "- **breaking**: the rows of a page are others: `items` → `rows`"
    );
}

#[test]
fn money_whose_calls_have_no_key_is_reported() {
    let money = "  x-jdy-effect: money\n";
    assert_eq!(
        facts(
            &format!("{money}  x-jdy-key: key\n"),
            &format!("{money}  x-jdy-keyless: true\n")
        ),
        [
            "- **breaking**: the caller's own key `key` → none: nothing finds a call again that moved money"
        ]
    );
    assert_eq!(
        facts(money, &format!("{money}  x-jdy-keyless: true\n")),
        [
            "- behaviour: the caller's own key none → none: nothing finds a call again that moved money"
        ]
    );
}

#[test]
fn another_name_of_a_label_breaks_and_is_reported_at_each_code() {
    let mut checkout = Checkout::new();
    let names = "labels: { 未审核: Unaudited, 已审核: Audited }\n";
    checkout.write("spec/names.yaml", names);
    let state = "answer field `Row.state` (状态) has another Rust name for the code";
    assert_eq!(
        checkout.changes(),
        [
            format!(
                "- **breaking**: {state} `A` (未审核); in Rust `State::A` → `State::Unaudited`"
            ),
            format!("- **breaking**: {state} `B` (已审核); in Rust `State::B` → `State::Audited`"),
        ]
    );
    checkout.commit();
    checkout.edit("spec/names.yaml", "已审核: Audited", "已审核: Approved");
    assert_eq!(
        checkout.changes(),
        [format!(
            "- **breaking**: {state} `B` (已审核); in Rust `State::Audited` → `State::Approved`"
        )]
    );
    checkout.commit();
    // A label that another code has now: the name moves with the label.
    checkout.edit(
        "spec/ls/list.yaml",
        "{ code: A, label: 未审核 }, { code: B, label: 已审核 }",
        "{ code: A, label: 已审核 }, { code: B, label: 未审核 }",
    );
    let told = checkout.changes();
    let breaking = told
        .iter()
        .filter(|line| line.starts_with("- **breaking**"));
    assert_eq!(breaking.count(), 2, "{told:?}");
}

#[test]
fn a_names_file_that_renames_no_code_is_reported_all_the_same() {
    let mut checkout = Checkout::new();
    // Not all codes of the field have a name.
    checkout.write("spec/names.yaml", "labels: { 未审核: Unaudited }\n");
    assert_eq!(
        checkout.changes(),
        ["- spec: `names.yaml` says something else that shows in no code"]
    );
}

#[test]
fn a_verdict_is_behaviour() {
    assert_eq!(
        thing(
            "  x-jdy-page: page1\n",
            "  x-jdy-page: page1\n  x-jdy-verdict: { success: bill_no, done: [\"1\"] }\n"
        ),
        ["- behaviour: whether the call is done is said by the errcode alone → `bill_no` (1)"]
    );
    let ids = "          bill_no: { type: string, title: 单号 }\n          ids: { type: array, items: { type: string } }\n";
    let text = change(
        THING,
        "          bill_no: { type: string, title: 单号 }\n",
        ids,
    );
    let mut checkout = Checkout::new();
    checkout.write("spec/ls/thing.yaml", &text);
    checkout.commit();
    let page = "  x-jdy-page: page1\n";
    let verdict = format!("{page}  x-jdy-verdict: {{ ids: ids, of: rows }}\n");
    checkout.write("spec/ls/thing.yaml", &change(&text, page, &verdict));
    assert_eq!(
        checkout.changes(),
        [
            "- behaviour: whether the call is done is said by the errcode alone → an id in `ids` for each item for all of `rows`"
        ]
    );
}

#[test]
fn to_lose_a_verdict_breaks_and_another_message_is_behaviour() {
    let verdict = |of: &str| format!("  x-jdy-verdict: {{ {of} }}\n");
    assert_eq!(
        facts(&verdict("success: bill_no, done: [\"1\"]"), ""),
        ["- **breaking**: whether the call is done is said by `bill_no` (1) → the errcode alone"]
    );
    let errors = "errors: [bill_no]";
    assert_eq!(
        facts(
            &verdict(errors),
            &verdict(&format!("{errors}, message: bill_no"))
        ),
        [
            "- behaviour: whether the call is done is said by errors in `bill_no` → errors in `bill_no` and why in `bill_no`"
        ]
    );
}

#[test]
fn a_field_that_is_encrypted_now_has_a_type_of_its_own_and_breaks() {
    assert_eq!(
        thing("title: 单号", "title: 单号, x-jdy-encrypted: true"),
        [
            "- **breaking**: answer field `Data.bill_no` (单号) has another name for its Rust type; in Rust `Data::bill_no: Field<String>` → `Data::bill_no: Field<Encrypted>`",
            "- docs: answer field `Data.bill_no` (单号) is encrypted by the vendor now",
        ]
    );
}

#[test]
fn words_are_docs() {
    assert_eq!(
        thing(
            "title: 单号",
            "title: 编号, description: 单据的编号, maxLength: 20"
        ),
        [
            "- docs: answer field `Data.bill_no` (编号) has another `maxLength`: none → `20`",
            "- docs: answer field `Data.bill_no` (编号) has another label: 单号 → 编号",
            "- docs: answer field `Data.bill_no` (编号) has another description",
        ]
    );
    assert_eq!(
        thing(
            "  summary: 事物\n",
            "  summary: 事物品\n  description: 新增一个\n"
        ),
        [
            "- docs: title 事物 → 事物品",
            "- docs: the description differs"
        ]
    );
    assert_eq!(
        thing("title: 金额, x-jdy", "title: 金额, x-jdy-scale: 2, x-jdy"),
        ["- docs: request field `amount` (金额) has another `x-jdy-scale`: none → `2`"]
    );
    assert_eq!(
        thing(
            "            key: { type: string, title: 单据内码 }\n            amount: { type: string, title: 金额, x-jdy-wire: decimal }\n",
            "            amount: { type: string, title: 金额, x-jdy-wire: decimal }\n            key: { type: string, title: 单据内码 }\n"
        ),
        ["- docs: the request's fields stand in another order"]
    );
}

#[test]
fn a_label_cannot_become_a_table_a_tag_or_a_mention() {
    assert_eq!(
        thing("title: 金额", "title: \"a|b `c` <b>@d</b>\""),
        [
            "- docs: request field `amount` (a\\|b \\`c\\` &lt;b&gt;@<!-- -->d&lt;/b&gt;) has another label: 金额 → a\\|b \\`c\\` &lt;b&gt;@<!-- -->d&lt;/b&gt;"
        ]
    );
}

#[test]
fn an_operation_that_comes_or_goes_is_one_line() {
    let mut checkout = Checkout::new();
    checkout
        .remove("spec/ls/list.yaml")
        .write("spec/openapi.yaml", ROOT);
    assert_eq!(
        checkout.lines(),
        [
            "### Operations",
            "- **breaking**: [事物列表](https://open.example.com/#/detail?id=2) · `GET /jdy/v2/ls/list` is gone; in Rust `jdy::ls::list`",
        ]
    );
    checkout.commit();
    checkout
        .write("spec/ls/list.yaml", LIST)
        .write("spec/openapi.yaml", &root());
    assert_eq!(
        checkout.lines(),
        [
            "### Operations",
            "- compatible: [事物列表](https://open.example.com/#/detail?id=2) · `GET /jdy/v2/ls/list` is new: 3 fields in the request, 4 fields in the answer; in Rust `jdy::ls::list`",
        ]
    );
}

#[test]
fn an_operation_of_the_same_page_is_renamed_whatever_else_changes() {
    let mut checkout = Checkout::new();
    let moved = change(LIST, "operationId: ls.list", "operationId: ls.things");
    checkout
        .remove("spec/ls/list.yaml")
        .write("spec/ls/things.yaml", &moved)
        .edit(
            "spec/openapi.yaml",
            "/jdy/v2/ls/list: { $ref: ls/list.yaml }",
            "/jdy/v2/ls/things: { $ref: ls/things.yaml }",
        );
    assert_eq!(
        checkout.lines(),
        [
            "### [事物列表](https://open.example.com/#/detail?id=2) · `GET /jdy/v2/ls/things` · `jdy::ls::things`",
            "- **breaking**: id `ls.list` → `ls.things`; in Rust `jdy::ls::list` → `jdy::ls::things`",
            "- spec: file `ls/list.yaml` → `ls/things.yaml`",
            "- behaviour: path `/jdy/v2/ls/list` → `/jdy/v2/ls/things`",
        ]
    );
    let other = change(LIST, "x-jdy-page: page2", "x-jdy-page: page9");
    let other = change(&other, "operationId: ls.list", "operationId: ls.things");
    checkout.write("spec/ls/things.yaml", &other);
    let lines = checkout.changes();
    assert_eq!(
        lines.len(),
        2,
        "another page, id and path is another operation: {lines:?}"
    );
    assert!(
        lines[0].contains("is gone") && lines[1].contains("is new"),
        "{lines:?}"
    );
}

#[test]
fn a_page_of_two_operations_tells_none_of_them_apart() {
    let both = |get: &str, post: &str| {
        let with = THING.replace("page1", "page2").replace("ls.thing", post);
        format!("{}{with}", change(LIST, "ls.list", get))
    };
    let mut checkout = Checkout::new();
    checkout
        .remove("spec/ls/thing.yaml")
        .write("spec/ls/list.yaml", &both("ls.list", "ls.list_save"))
        .write(
            "spec/openapi.yaml",
            &change(&root(), "  /jdy/v2/ls/thing: { $ref: ls/thing.yaml }\n", ""),
        );
    checkout.commit();
    // Each method of the path is still there, so both are certain.
    checkout.write("spec/ls/list.yaml", &both("ls.a", "ls.b"));
    assert_eq!(
        checkout.changes(),
        [
            "- **breaking**: id `ls.list` → `ls.a`; in Rust `jdy::ls::list` → `jdy::ls::a`",
            "- **breaking**: id `ls.list_save` → `ls.b`; in Rust `jdy::ls::list_save` → `jdy::ls::b`",
        ]
    );
    // Neither id, nor method and path: nothing is certain.
    checkout.edit("spec/openapi.yaml", "/jdy/v2/ls/list:", "/jdy/v2/ls/other:");
    let changes = checkout.changes();
    assert_eq!(changes.len(), 4, "{changes:?}");
    assert!(
        changes
            .iter()
            .all(|line| line.contains("is gone") || line.contains("is new")),
        "{changes:?}"
    );
}

#[test]
fn operations_without_a_page_have_no_page_in_common() {
    let page = "  x-jdy-page: page2\n";
    let sourced = "  x-jdy-source: { form: swagger, operation: one }\n";
    let old = change(LIST, page, sourced);
    let mut checkout = Checkout::new();
    checkout.write("spec/ls/list.yaml", &old).commit();
    checkout
        .remove("spec/ls/list.yaml")
        .write(
            "spec/ls/other.yaml",
            &change(&old, "operationId: ls.list", "operationId: ls.other"),
        )
        .edit(
            "spec/openapi.yaml",
            "/jdy/v2/ls/list: { $ref: ls/list.yaml }",
            "/jdy/v2/ls/other: { $ref: ls/other.yaml }",
        );
    let lines = checkout.changes();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].contains("is gone") && lines[1].contains("is new"),
        "{lines:?}"
    );
}

#[test]
fn the_page_of_an_operation_may_be_another() {
    assert_eq!(
        list("x-jdy-page: page2", "x-jdy-page: page9"),
        ["- docs: page `page2` → `page9`"]
    );
}

#[test]
fn modules_come_go_and_are_called_otherwise() {
    let mut checkout = Checkout::new();
    let tag = "  - { name: ls, description: 零售云 }\n";
    checkout.edit(
        "spec/openapi.yaml",
        tag,
        "  - { name: ls, description: 零售 }\n  - { name: bd, description: 基础资料 }\n",
    );
    assert_eq!(
        checkout.lines(),
        [
            "### Modules",
            "- spec: module `bd` (基础资料) is new, without an operation in Rust",
            "- docs: module `ls` (零售) has another label: 零售云 → 零售",
        ]
    );
    checkout.commit();
    let moved = LIST.replace("ls.list", "bd.list").replace("[ls]", "[bd]");
    checkout.write("spec/ls/list.yaml", &moved);
    assert_eq!(
        checkout.changes(),
        [
            "- compatible: module `bd` (基础资料) has its first operation in Rust; in Rust `jdy::bd`, feature `bd`",
            "- **breaking**: id `ls.list` → `bd.list`; in Rust `jdy::ls::list` → `jdy::bd::list`",
        ]
    );
    checkout.commit();
    checkout
        .write("spec/openapi.yaml", ROOT)
        .remove("spec/ls/list.yaml");
    assert_eq!(
        checkout.changes(),
        [
            "- **breaking**: module `bd` (基础资料) is gone; in Rust `jdy::bd`, feature `bd`",
            "- docs: module `ls` (零售云) has another label: 零售 → 零售云",
            "- **breaking**: [事物列表](https://open.example.com/#/detail?id=2) · `GET /jdy/v2/ls/list` is gone; in Rust `jdy::bd::list`",
        ]
    );
}

#[test]
fn an_entity_is_renamed_where_the_field_that_holds_it_stays() {
    let mut checkout = Checkout::new();
    let text = THING
        .replace("request/Row", "request/Line")
        .replace("      Row:\n", "      Line:\n");
    checkout.write("spec/ls/thing.yaml", &text);
    assert_eq!(
        checkout.changes(),
        [
            "- **breaking**: request entity `Line` has another name: `Row` → `Line`; in Rust `Row` → `Line`"
        ]
    );
    let kept = text.replace("      Line:\n", "      Line:\n        x-jdy-name: Row\n");
    checkout.write("spec/ls/thing.yaml", &kept);
    assert_eq!(
        checkout.changes(),
        ["- docs: request entity `Line` has another name: `Row` → `Line`"]
    );
}

#[test]
fn entities_come_with_the_fields_that_hold_them() {
    let mut checkout = Checkout::new();
    checkout.edit(
        "spec/ls/thing.yaml",
        "          bill_no: { type: string, title: 单号 }\n",
        "          bill_no: { type: string, title: 单号 }\n          row: { $ref: \"#/post/x-jdy-entities/response/Row\" }\n      Row:\n        type: object\n        title: 行\n        properties:\n          id: { type: string }\n",
    );
    assert_eq!(
        checkout.changes(),
        [
            "- **breaking**: request entity `Row` has another Rust name; in Rust `Row` → `RowInput`",
            "- compatible: answer field `Data.row` is new; in Rust `Data::row: Field<Row>`",
            "- compatible: answer entity `Row` (行) is new: 1 field; in Rust `Row`",
        ]
    );
}

#[test]
fn what_is_not_generated_breaks_nobody() {
    let lonely = "    response:\n      Lonely:\n        type: object\n        properties:\n          a: { type: string }\n          b: { type: string }\n      Data:\n";
    let mut checkout = Checkout::new();
    checkout.edit("spec/ls/thing.yaml", "    response:\n      Data:\n", lonely);
    assert_eq!(
        checkout.changes(),
        ["- spec: answer entity `Lonely` is new: 2 fields"]
    );
    checkout.commit();
    checkout.edit("spec/ls/thing.yaml", "          a: { type: string }\n", "");
    assert_eq!(
        checkout.changes(),
        ["- spec: answer field `Lonely.a` is gone"]
    );
}

#[test]
fn the_first_field_of_a_request_changes_the_method() {
    let parameters = LIST
        .split("  parameters:\n")
        .nth(1)
        .unwrap()
        .split("  responses:\n")
        .next()
        .unwrap();
    let none = change(LIST, &format!("  parameters:\n{parameters}"), "");
    let mut checkout = Checkout::new();
    checkout.write("spec/ls/list.yaml", &none);
    checkout.commit();
    let one = change(
        &none,
        "  responses:\n",
        "  parameters:\n    - { name: page, in: query, schema: { type: integer, title: 页码 } }\n  responses:\n",
    );
    checkout.write("spec/ls/list.yaml", &one);
    assert_eq!(
        checkout.changes(),
        [
            "- **breaking**: a call takes a request now; in Rust `list()` → `list(request)`",
            "- compatible: request field `page` (页码) is new; in Rust `Request::page: Option<i64>`",
        ]
    );
}

#[test]
fn another_type_of_the_answer_breaks() {
    assert_eq!(
        list(
            "data: { $ref: \"#/get/x-jdy-entities/response/Data\" }",
            "data: { type: array, items: { $ref: \"#/get/x-jdy-entities/response/Data\" } }"
        ),
        [
            "- **breaking**: the answer's data changes its type: `Data` → `array of Data`; in Rust `Call<Data>` → `Call<Vec<Data>>`"
        ]
    );
}

#[test]
fn codes_of_one_name_that_part_get_a_name_of_their_own() {
    let state =
        ", title: 状态, x-jdy-codes: [{ code: A, label: 未审核 }, { code: B, label: 已审核 }] }\n";
    let mut checkout = Checkout::new();
    let data = format!("          state: {{ type: string{state}          rows:");
    checkout.edit("spec/ls/list.yaml", "          rows:", &data);
    checkout.commit();
    let fewer = "          state: { type: string, title: 状态, x-jdy-codes: [{ code: A, label: 未审核 }] }\n          rows:";
    checkout.edit("spec/ls/list.yaml", &data, fewer);
    assert_eq!(
        checkout.changes(),
        [
            "- **breaking**: answer field `Data.state` (状态) has another name for its Rust type; in Rust `Data::state: Field<State>` → `Data::state: Field<DataState>`",
            "- **breaking**: answer field `Data.state` (状态) no longer has the code `B` (已审核); in Rust `State::B`",
            "- **breaking**: answer field `Row.state` (状态) has another name for its Rust type; in Rust `Row::state: Field<State>` → `Row::state: Field<RowState>`",
        ]
    );
}

#[test]
fn every_file_that_says_something_else_is_named() {
    assert_eq!(
        list("example: { errcode: 0 }", "example: { errcode: 1 }"),
        [
            "- spec: `ls/list.yaml` says something else that is neither field nor fact (an example, another answer, an order)"
        ]
    );
    let mut checkout = Checkout::new();
    checkout.edit(
        "spec/openapi.yaml",
        "  - url: https://api.example.com\n",
        "  - url: https://api2.example.com\n",
    );
    assert_eq!(
        checkout.lines(),
        [
            "### Elsewhere in the spec",
            "- spec: `openapi.yaml` says something else under `servers`"
        ]
    );
}

#[test]
fn fixups_count_at_the_revision_as_in_the_work_tree() {
    let mut checkout = Checkout::new();
    let fixup = "fixups:\n  - name: bill_no_is_a_number\n    why: The example shows one.\n    link: https://open.example.com/\n    file: ls/thing.yaml\n    at: /post/x-jdy-entities/response/Data/properties/bill_no/type\n    from: string\n    to: integer\n";
    checkout.write("spec/fixups/ls.yaml", fixup);
    let told = [
        "- **breaking**: answer field `Data.bill_no` (单号) changes its type: `string` → `integer`; in Rust `Data::bill_no: Field<String>` → `Data::bill_no: Field<i64>`",
    ];
    assert_eq!(checkout.changes(), told);
    checkout.commit();
    assert_eq!(checkout.report(), "No changes.\n");
    checkout.remove("spec/fixups/ls.yaml");
    assert_eq!(checkout.changes().len(), 1);
}

#[test]
fn the_version_follows_from_the_gravest_change() {
    let mut checkout = Checkout::new();
    checkout.edit("spec/ls/list.yaml", "default: 1", "default: 2");
    assert_eq!(
        checkout.summary(),
        "**1 behaviour** since `HEAD`: asks for a patch version, 0.4.2 → 0.4.3"
    );
    checkout.edit("spec/ls/list.yaml", "title: 数量", "title: 数");
    checkout.edit(
        "spec/ls/list.yaml",
        "          id: { type: string, title: 内码 }\n",
        "",
    );
    assert_eq!(
        checkout.summary(),
        "**1 breaking, 1 behaviour, 1 docs** since `HEAD`: asks for a minor version, 0.4.2 → 0.5.0"
    );
    checkout.write("Cargo.toml", "[workspace.package]\nversion = \"0.4.3\"\n");
    assert_eq!(
        checkout.summary(),
        "**1 breaking, 1 behaviour, 1 docs** since `HEAD`: asks for a minor version, 0.4.2 → 0.5.0 (Cargo.toml has only 0.4.3)"
    );
    checkout.write("Cargo.toml", "[workspace.package]\nversion = \"0.5.0\"\n");
    assert_eq!(
        checkout.summary(),
        "**1 breaking, 1 behaviour, 1 docs** since `HEAD`: asks for a minor version, 0.4.2 → 0.5.0 (Cargo.toml has 0.5.0)"
    );
}

#[test]
fn from_version_one_on_a_break_is_a_major_version_and_a_new_field_a_minor() {
    let mut checkout = Checkout::new();
    checkout.write("Cargo.toml", "[workspace.package]\nversion = \"1.4.2\"\n");
    checkout.commit();
    checkout.edit(
        "spec/ls/thing.yaml",
        AMOUNT,
        &format!("{AMOUNT}            note: {{ type: string }}\n"),
    );
    assert_eq!(
        checkout.summary(),
        "**1 compatible** since `HEAD`: asks for a minor version, 1.4.2 → 1.5.0"
    );
    checkout.edit("spec/ls/thing.yaml", AMOUNT, "");
    assert_eq!(
        checkout.summary(),
        "**1 breaking, 1 compatible** since `HEAD`: asks for a major version, 1.4.2 → 2.0.0"
    );
}

#[test]
fn the_generated_lines_are_those_that_git_counts() {
    let mut checkout = Checkout::new();
    let out = Folder::new();
    let generate = |checkout: &Checkout, name: &str| {
        let status = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["gen", "--spec"])
            .arg(checkout.0.path.join("spec"))
            .arg("--out")
            .arg(out.path.join(name))
            .output()
            .unwrap()
            .status;
        assert!(status.success());
    };
    generate(&checkout, "before");
    checkout
        .edit(
            "spec/ls/thing.yaml",
            "required: [key]",
            "required: [key, amount]",
        )
        .edit(
            "spec/ls/thing.yaml",
            "{ code: \"-1\", label: 禁用, name: Disabled }",
            "{ code: \"2\", label: 删除 }",
        )
        .edit(
            "spec/ls/thing.yaml",
            "bill_no: { type: string, title: 单号 }",
            "bill_no: { type: integer, title: 编号 }",
        )
        .edit(
            "spec/openapi.yaml",
            "tags:\n",
            "tags:\n  - { name: bd, description: 基础资料 }\n",
        );
    let moved = LIST.replace("ls.list", "bd.list").replace("[ls]", "[bd]");
    checkout.write("spec/ls/list.yaml", &moved);
    generate(&checkout, "after");
    let counted = git(
        &out.path,
        &[
            "diff",
            "--no-index",
            "--minimal",
            "--no-renames",
            "--numstat",
            "before",
            "after",
        ],
    );
    let mut expected = Vec::new();
    let mut all = (0, 0);
    for name in ["jdy", "jdy-model", "jdy-operations", "jdy-sandbox"] {
        let mut sum = (0, 0);
        for line in counted
            .lines()
            .filter(|line| line.contains(&format!("/{name}/")))
        {
            let mut columns = line
                .split('\t')
                .map(|column| column.parse::<usize>().unwrap_or(0));
            sum.0 += columns.next().unwrap();
            sum.1 += columns.next().unwrap();
        }
        assert_ne!(sum, (0, 0), "{name} changes: {counted}");
        expected.push(format!("| `{name}` | {} | {} |", sum.0, sum.1));
        all = (all.0 + sum.0, all.1 + sum.1);
    }
    expected.push(format!("| all | {} | {} |", all.0, all.1));
    let report = checkout.report();
    let table = report
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| crate"));
    assert_eq!(table.collect::<Vec<_>>(), expected);
}

#[test]
fn any_name_of_a_commit_will_do_and_the_work_tree_stays() {
    let mut checkout = Checkout::new();
    git(&checkout.0.path, &["tag", "first"]);
    checkout.edit("spec/ls/list.yaml", "default: 1", "default: 2");
    checkout.commit();
    let told = |arguments: &[&str]| {
        let output = checkout.run(arguments);
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(told(&[]), "No changes.\n");
    assert!(told(&["first"]).contains("1 behaviour** since `first` ("));
    assert!(told(&["HEAD~1"]).contains("1 behaviour** since `HEAD~1` ("));
    assert_eq!(git(&checkout.0.path, &["status", "--porcelain"]), "");
}

#[test]
fn what_cannot_be_compared_says_why() {
    let mut checkout = Checkout::new();
    let why = checkout.refused(&["nowhere"]);
    assert!(
        why.starts_with("error: there is no revision `nowhere` in "),
        "{why}"
    );
    // A spec that is broken at the revision.
    checkout.edit(
        "spec/ls/thing.yaml",
        "  summary: 事物\n",
        "  sumary: 事物\n",
    );
    checkout.commit();
    checkout.edit(
        "spec/ls/thing.yaml",
        "  sumary: 事物\n",
        "  summary: 事物\n",
    );
    let why = checkout.refused(&[]);
    assert!(why.starts_with("error: the spec at `HEAD` ("), "{why}");
    assert!(
        why.contains("HEAD:spec/ls/thing.yaml:3:3: error: unknown keyword `sumary`"),
        "{why}"
    );
    // One that is broken in the work tree.
    checkout.edit("spec/ls/list.yaml", "  summary: 事物列表\n", "");
    let why = checkout.refused(&["HEAD~1"]);
    assert!(why.starts_with("error: the spec in `"), "{why}");
    assert!(why.contains("spec/ls/list.yaml:1:1: error: "), "{why}");
}

#[test]
fn a_folder_that_git_does_not_know_is_refused() {
    let outside = Folder::spec(&[("spec/openapi.yaml", ROOT), ("spec/ls/thing.yaml", THING)]);
    let why = Checkout(outside).refused(&[]);
    assert!(why.contains("is in no git checkout"), "{why}");
    let mut checkout = Checkout::new();
    git(&checkout.0.path, &["mv", "spec", "other"]);
    checkout.commit();
    git(&checkout.0.path, &["mv", "other", "spec"]);
    checkout.write("spec/ls/thing.yaml", THING);
    let why = checkout.refused(&[]);
    assert_eq!(why, "error: the revision `HEAD` has no folder `spec`\n");
}

#[test]
fn two_revisions_and_unknown_words_are_wrong_usage() {
    let checkout = Checkout::new();
    for wrong in [&["HEAD", "HEAD~1"][..], &["--out"], &["-x"], &[""]] {
        assert_eq!(checkout.run(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_spec_of_the_past_is_compared_whatever_todays_rules_demand_of_it() {
    let mut checkout = Checkout::new();
    // It moves money, and has neither a key nor names of its codes.
    checkout.edit(
        "spec/ls/thing.yaml",
        "  x-jdy-page: page1\n",
        "  x-jdy-page: page1\n  x-jdy-effect: money\n",
    );
    checkout.edit("spec/ls/thing.yaml", ", name: Enabled", "");
    checkout.commit();
    checkout.edit(
        "spec/ls/thing.yaml",
        "x-jdy-effect: money",
        "x-jdy-effect: write",
    );
    checkout.edit(
        "spec/ls/thing.yaml",
        "label: 启用 }",
        "label: 启用, name: Enabled }",
    );
    let changes = checkout.changes();
    assert!(
        changes
            .iter()
            .any(|line| line.contains("effect `money` → `write`")),
        "{changes:?}"
    );
    // Of today's spec the rules are demanded.
    checkout.edit(
        "spec/ls/thing.yaml",
        "x-jdy-effect: write",
        "x-jdy-effect: money",
    );
    let output = checkout.run(&[]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("has no `x-jdy-key`"), "{told}");
}
