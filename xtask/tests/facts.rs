//! Facts are derived by the rules that `spec/README.md` states, and corrected by fixups.

use jdy_spec::facts::{Confirmation, confirmation};
use jdy_spec::model::{Effect, Filter, Operation, Role, Verdict};

use crate::imitation::{Folder, ROOT};

/// A path file with one operation; `request` and `response` are the entities' or parameters' lines.
fn operation(method: &str, id: &str, title: &str, request: &str, data: &str) -> String {
    let module = id.split('.').next().unwrap();
    format!(
        r##"{method}:
  operationId: {id}
  summary: {title}
  tags: [{module}]
{request}
  responses:
    "200":
      description: 成功
      content:
        application/json:
          schema:
            allOf:
              - {{ $ref: "../openapi.yaml#/components/schemas/Envelope" }}
              - type: object
                properties:
                  data: {{ $ref: "#/{method}/x-jdy-entities/response/Data" }}
  x-jdy-entities:
    response:
{data}
"##
    )
}

fn body(fields: &str) -> String {
    format!(
        "  requestBody:\n    required: true\n    content:\n      application/json:\n        schema:\n          type: object\n          properties:\n{fields}"
    )
}

fn query(names: &[(&str, &str)]) -> String {
    let lines: Vec<String> = names
        .iter()
        .map(|(name, title)| {
            format!(
                "    - {{ name: {name}, in: query, schema: {{ type: string, title: {title} }} }}"
            )
        })
        .collect();
    format!("  parameters:\n{}", lines.join("\n"))
}

const IDS: &str = "      Data:\n        type: object\n        properties:\n          id: { type: string, title: 主键 }";
const ROWS: &str = "      Data:\n        type: object\n        properties:\n          count: { type: integer, title: 总数 }\n          rows: { type: array, items: { $ref: \"#/get/x-jdy-entities/response/Row\" } }\n      Row:\n        type: object\n        properties:\n          id: { type: string, title: 主键 }\n          bill_no: { type: string, title: 单据编码 }\n          bill_date: { type: string, title: 单据日期 }\n          dept: { type: string, title: 部门 }\n          create_time: { type: string, title: 创建时间 }";
const SHOWN: &str = "      Data:\n        type: object\n        properties:\n          id: { type: string, title: 主键 }\n          bill_no: { type: string, title: 单据编码 }\n          dept: { type: string, title: 部门 }\n          stock_name: { type: string, title: 仓库 }";
const SAVED: &str = "            id: { type: string, title: 主键 }\n            bill_no: { type: string, title: 单据编码 }\n            dept_ref: { type: string, title: 部门 }\n            stock: { type: string, title: 仓库 }";

/// A folder with a save, a list and a detail of one document in the module `ls`.
fn documents() -> Vec<(String, String)> {
    let index = "  /jdy/v2/ls/oak: { $ref: ls/oak.yaml }\n  /jdy/v2/ls/oak_detail: { $ref: ls/oak_detail.yaml }\n";
    let save = operation("post", "ls.oak_save", "橡木单保存", &body(SAVED), IDS);
    let list = operation(
        "get",
        "ls.oak",
        "橡木单列表",
        &query(&[
            ("page", "页"),
            ("page_size", "条数"),
            ("dept", "部门"),
            ("depts", "部门"),
            ("start_bill_date", "开始"),
            ("create_end_time", "结束"),
            ("search", "模糊搜索"),
        ]),
        ROWS,
    );
    let detail = operation(
        "get",
        "ls.oak_detail",
        "橡木单详情",
        &query(&[("id", "主键"), ("number", "单据编码")]),
        SHOWN,
    );
    let root = ROOT.replace("  /jdy/v2/ls/thing: { $ref: ls/thing.yaml }\n", index);
    vec![
        ("openapi.yaml".to_owned(), root),
        ("ls/oak.yaml".to_owned(), format!("{list}{save}")),
        ("ls/oak_detail.yaml".to_owned(), detail),
    ]
}

/// The same without a detail, and with no window in time but that of the making.
fn list_alone() -> Vec<(String, String)> {
    let mut files = documents();
    files.remove(2);
    let detail = "  /jdy/v2/ls/oak_detail: { $ref: ls/oak_detail.yaml }\n";
    files[0].1 = files[0].1.replace(detail, "");
    files[1].1 = files[1].1.replace("start_bill_date", "create_start_time");
    files
}

fn folder(files: &[(String, String)]) -> Folder {
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    Folder::spec(&files)
}

fn of(folder: &Folder, id: &str) -> Operation {
    assert_eq!(folder.diagnostics(), Vec::<String>::new());
    let model = folder.understand().model;
    let mut operations = model.operations.into_iter();
    operations.find(|operation| operation.id == id).unwrap()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter()
        .map(|(one, other)| ((*one).to_owned(), (*other).to_owned()))
        .collect()
}

#[test]
fn operations_of_one_document_belong_to_one_resource() {
    let folder = folder(&documents());
    let resource = |id| of(&folder, id).resource.unwrap();
    let (save, list, detail) = (
        resource("ls.oak_save"),
        resource("ls.oak"),
        resource("ls.oak_detail"),
    );
    for (resource, role) in [
        (&save, Role::Save),
        (&list, Role::List),
        (&detail, Role::Detail),
    ] {
        assert_eq!(resource.name, "ls.oak");
        assert_eq!(resource.role, role);
        assert_eq!(resource.id.as_deref(), Some("id"));
        assert_eq!(resource.number.as_deref(), Some("bill_no"));
    }
    assert_eq!(list.rows.as_deref(), Some("rows"));
    assert_eq!(detail.by, pairs(&[("id", "id"), ("number", "number")]));
    let filter = |name: &str| {
        let mut filters = list.filters.iter();
        filters
            .find(|(own, _)| own == name)
            .map(|(_, filter)| filter.clone())
    };
    assert_eq!(filter("dept"), Some(Filter::Equals("dept".to_owned())));
    assert_eq!(filter("depts"), Some(Filter::Among("dept".to_owned())));
    assert_eq!(
        filter("start_bill_date"),
        Some(Filter::From("bill_date".to_owned()))
    );
    assert_eq!(
        filter("create_end_time"),
        Some(Filter::Until("create_time".to_owned()))
    );
    assert_eq!(filter("search"), Some(Filter::Search));
    assert_eq!(filter("page"), None);
}

#[test]
fn a_window_that_is_called_a_time_or_a_date_alone_is_that_of_which_its_label_speaks() {
    let mut files = documents();
    let made = "          create_time: { type: string, title: 创建时间 }";
    let shown = "\n          modify_time: { type: string, title: 修改时间 }";
    files[1].1 = files[1].1.replace(made, &format!("{made}{shown}"));
    for (name, label, field) in [
        ("begin_date", "单据最后修改时间，开始日期", "modify_time"),
        ("start_time", "创建开始时间", "create_time"),
        ("start_date", "开始日期", "bill_date"),
    ] {
        let mut files = files.clone();
        let before = "name: start_bill_date, in: query, schema: { type: string, title: 开始 }";
        let after = format!("name: {name}, in: query, schema: {{ type: string, title: {label} }}");
        assert!(files[1].1.contains(before));
        files[1].1 = files[1].1.replace(before, &after);
        let filters = of(&folder(&files), "ls.oak").resource.unwrap().filters;
        let found = filters.into_iter().find(|(own, _)| own == name);
        let expected = Filter::From(field.to_owned());
        assert_eq!(found.map(|(_, filter)| filter), Some(expected), "{name}");
    }
}

#[test]
fn a_field_of_one_label_comes_back_under_another_name_but_never_a_name_for_an_id() {
    let detail = of(&folder(&documents()), "ls.oak_detail");
    assert_eq!(
        detail.resource.unwrap().returns,
        pairs(&[("dept_ref", "dept")])
    );
}

#[test]
fn paths_that_differ_and_titles_that_agree_are_one_resource() {
    let mut files = documents();
    files[0].1 = files[0].1.replace("/ls/oak_detail:", "/ls/show_of_oak:");
    files[2].1 = files[2].1.replace("ls.oak_detail", "ls.show_of_oak");
    assert_eq!(
        of(&folder(&files), "ls.show_of_oak").resource.unwrap().name,
        "ls.oak"
    );
    files[2].1 = files[2].1.replace("橡木单详情", "榆木单详情");
    assert_ne!(
        of(&folder(&files), "ls.show_of_oak").resource.unwrap().name,
        "ls.oak"
    );
}

#[test]
fn a_save_is_looked_up_by_its_number() {
    let mut files = documents();
    let save = of(&folder(&files), "ls.oak_save");
    assert_eq!(save.effect, Effect::Write);
    assert_eq!(save.key.as_deref(), Some("bill_no"));
    let verify = save.verify.unwrap();
    assert_eq!(verify.operation, "ls.oak_detail");
    assert_eq!(verify.by, pairs(&[("number", "bill_no")]));
    assert_eq!(verify.matches, pairs(&[("bill_no", "bill_no")]));

    // A detail that demands the id cannot be asked before the id is known; a list can, where it
    // has a filter for numbers.
    let demanding = "name: id, in: query, required: true, schema";
    files[2].1 = files[2].1.replace("name: id, in: query, schema", demanding);
    files[1].1 = files[1].1.replace("start_bill_date", "create_start_time");
    assert!(of(&folder(&files), "ls.oak_save").verify.is_none());
    let dept = "name: dept, in: query, schema: { type: string, title: 部门 }";
    let filter = |title: &str| {
        let filter =
            format!("name: bill_no, in: query, schema: {{ type: string, title: {title} }}");
        let mut files = files.clone();
        files[1].1 = files[1].1.replace(dept, &filter);
        of(&folder(&files), "ls.oak_save").verify
    };
    for title in ["单据编码", "单据编号", "编码", "橡木单编号"] {
        let verify = filter(title).unwrap();
        assert_eq!(verify.operation, "ls.oak");
        assert_eq!(verify.by, pairs(&[("bill_no", "bill_no")]));
        assert_eq!(verify.with, pairs(&[("page_size", "100")]));
    }
    // The number of another record would hide the one that is looked for.
    for title in ["类别编码", "部门"] {
        assert!(filter(title).is_none(), "{title}");
    }
}

#[test]
fn a_save_is_not_looked_up_by_a_number_that_it_may_not_have() {
    let mut files = documents();
    let bill_no = "            bill_no: { type: string, title: 单据编码 }\n";
    let key = "            src_bill_id: { type: string, title: 商城单据内码 }\n";
    files[1].1 = files[1].1.replace(bill_no, &format!("{bill_no}{key}"));
    let optional = of(&folder(&files), "ls.oak_save");
    assert_eq!(optional.key.as_deref(), Some("bill_no"));
    assert!(optional.verify.is_some());

    let object = "type: object\n          properties:\n            id: {";
    let demanding =
        "type: object\n          required: [src_bill_id]\n          properties:\n            id: {";
    files[1].1 = files[1].1.replace(object, demanding);
    let save = of(&folder(&files), "ls.oak_save");
    assert_eq!(save.key.as_deref(), Some("src_bill_id"));
    assert!(save.verify.is_none());
}

#[test]
fn base_data_is_looked_up_in_its_whole_list_unless_that_hides_some() {
    let mut files = list_alone();
    files[1].1 = files[1].1.replace("bill_no: {", "number: {").replace(
        "          bill_date: { type: string, title: 单据日期 }\n",
        "",
    );
    let verify = of(&folder(&files), "ls.oak_save").verify.unwrap();
    assert_eq!((verify.operation.as_str(), verify.by.len()), ("ls.oak", 0));
    assert_eq!(verify.matches, pairs(&[("number", "number")]));

    // What may be disabled is not in a list that cannot be asked for it.
    files[1].1 = files[1]
        .1
        .replace("name: dept,", "name: enable,")
        .replace("dept_ref: {", "enable: {");
    assert!(of(&folder(&files), "ls.oak_save").verify.is_none());
    let codes = "title: 部门, x-jdy-codes: [{ code: \"1\", label: 启用 }, { code: \"-1\", label: 全部 }] } }\n    - { name: depts";
    files[1].1 = files[1]
        .1
        .replacen("title: 部门 } }\n    - { name: depts", codes, 1);
    let verify = of(&folder(&files), "ls.oak_save").verify.unwrap();
    assert_eq!(
        verify.with,
        pairs(&[("page_size", "100"), ("enable", "-1")])
    );
}

#[test]
fn a_filter_finds_nothing_in_a_list_that_hides_what_is_disabled() {
    let mut files = list_alone();
    files[1].1 = files[1].1.replace("模糊搜索", "单据编号模糊查询");
    let verify = of(&folder(&files), "ls.oak_save").verify.unwrap();
    assert_eq!(verify.by, pairs(&[("search", "bill_no")]));

    files[1].1 = files[1]
        .1
        .replace("name: dept,", "name: enable,")
        .replace("dept_ref: {", "enable: {");
    assert!(of(&folder(&files), "ls.oak_save").verify.is_none());
    let states = "title: 部门, x-jdy-codes: [{ code: \"1\", label: 启用 }, { code: \"-1\", label: 全部 }] } }\n    - { name: depts";
    files[1].1 = files[1]
        .1
        .replacen("title: 部门 } }\n    - { name: depts", states, 1);
    let verify = of(&folder(&files), "ls.oak_save").verify.unwrap();
    assert_eq!(verify.by, pairs(&[("search", "bill_no")]));
    assert_eq!(
        verify.with,
        pairs(&[("page_size", "100"), ("enable", "-1")])
    );
}

#[test]
fn a_number_that_is_labelled_as_a_name_is_none() {
    let files = list_alone();
    let row = "          bill_no: { type: string, title: 单据编码 }\n          bill_date";
    for (label, is_number) in [("橡木编号", true), ("名字", false), ("橡木名称", false)] {
        let mut files = files.clone();
        assert!(files[1].1.contains(row));
        files[1].1 = files[1]
            .1
            .replace("模糊搜索", "单据编号模糊查询")
            .replace(row, &row.replace("单据编码", label));
        let folder = folder(&files);
        let number = of(&folder, "ls.oak").resource.unwrap().number;
        assert_eq!(number.is_some(), is_number, "{label}");
        let verify = of(&folder, "ls.oak_save").verify;
        assert_eq!(verify.is_some(), is_number, "{label}");
    }
}

/// Which days it shows where none are named is not known.
#[test]
fn a_filter_finds_nothing_in_a_list_that_may_show_some_days_alone() {
    let mut files = list_alone();
    files[1].1 = files[1].1.replace("模糊搜索", "单据编号模糊查询");
    assert!(of(&folder(&files), "ls.oak_save").verify.is_some());
    for (argument, is_looked_up) in [
        ("start_date", false),
        ("end_period", false),
        ("modify_start_time", true),
    ] {
        let mut files = files.clone();
        let named = format!("name: {argument},");
        files[1].1 = files[1].1.replace("name: dept,", &named);
        let verify = of(&folder(&files), "ls.oak_save").verify;
        assert_eq!(verify.is_some(), is_looked_up, "{argument}");
    }
}

/// How a list confirms that what `ls.oak_save` saves is not there.
fn confirmed(files: &[(String, String)]) -> Option<Confirmation> {
    let folder = folder(files);
    assert_eq!(folder.diagnostics(), Vec::<String>::new());
    let model = folder.understand().model;
    let save = model.operations.iter().find(|own| own.id == "ls.oak_save");
    confirmation(save.unwrap(), &model)
}

/// The documents, with an own date of each that a list can be narrowed by.
fn dated() -> Vec<(String, String)> {
    const DAY: &str = "schema: { type: string, title: 单据日期, x-jdy-wire: date } }";
    let mut files = documents();
    let number = "            bill_no: { type: string, title: 单据编码 }\n";
    let date = "            bill_date: { type: string, title: 单据日期, x-jdy-wire: date }\n";
    files[1].1 = files[1].1.replace(number, &format!("{number}{date}"));
    let days = ["start_bill_date", "end_bill_date"]
        .map(|name| format!("    - {{ name: {name}, in: query, {DAY}"));
    let undated =
        "    - { name: start_bill_date, in: query, schema: { type: string, title: 开始 } }";
    files[1].1 = files[1].1.replace(undated, &days.join("\n"));
    files
}

#[test]
fn what_a_detail_does_not_show_is_confirmed_by_all_rows_of_the_days_around_its_own() {
    let all = confirmed(&dated()).unwrap();
    assert_eq!((all.operation.as_str(), all.argument), ("ls.oak", None));
    assert_eq!(all.shown, "bill_no");
    assert_eq!(all.with, pairs(&[("page_size", "100")]));
    let dates = all.dates.unwrap();
    assert_eq!(
        [&*dates.field, &dates.from, &dates.until],
        ["bill_date", "start_bill_date", "end_bill_date"]
    );

    // A filter for numbers costs less.
    let mut by_number = dated();
    by_number[1].1 = by_number[1].1.replace("模糊搜索", "单据编号模糊查询");
    let listed = confirmed(&by_number).unwrap();
    assert_eq!(
        (listed.argument.as_deref(), listed.dates),
        (Some("search"), None)
    );

    let changed = |from: &str, to: &str| {
        let mut files = dated();
        assert!(files[1].1.contains(from), "{from}");
        files[1].1 = files[1].1.replace(from, to);
        confirmed(&files)
    };
    for (from, to, why) in [
        ("name: page,", "name: leaf,", "it has no pages"),
        ("count: {", "weight: {", "no total says where it ends"),
        (
            "name: end_bill_date,",
            "name: end_date,",
            "the day on which it was made, perhaps",
        ),
        (
            "name: dept, in: query, ",
            "name: dept, in: query, required: true, ",
            "it demands more",
        ),
        (
            "          bill_date: {",
            "          made_on: {",
            "its rows are no base data and have no date",
        ),
    ] {
        assert_eq!(changed(from, to), None, "{why}");
    }

    // Without any window but those of its making, nothing narrows it.
    let whole = dated();
    let lines = whole[1]
        .1
        .lines()
        .filter(|line| !line.contains("_bill_date, in: query"));
    let lines: Vec<&str> = lines.collect();
    let mut files = whole.clone();
    files[1].1 = format!("{}\n", lines.join("\n"));
    let all = confirmed(&files).unwrap();
    assert_eq!((all.argument, all.dates), (None, None));
    files[1].1 = files[1].1.replace("name: dept,", "name: period,");
    assert_eq!(confirmed(&files), None, "it may show one period only");
}

#[test]
fn a_list_that_hides_what_is_disabled_confirms_nothing() {
    let mut files = dated();
    files[1].1 = files[1]
        .1
        .replace("name: dept,", "name: enable,")
        .replace("dept_ref: {", "enable: {");
    assert_eq!(confirmed(&files), None);
    let states = "title: 部门, x-jdy-codes: [{ code: \"1\", label: 启用 }, { code: \"-1\", label: 全部 }] } }\n    - { name: depts";
    files[1].1 = files[1]
        .1
        .replacen("title: 部门 } }\n    - { name: depts", states, 1);
    let with = confirmed(&files).unwrap().with;
    assert_eq!(with, pairs(&[("page_size", "100"), ("enable", "-1")]));
}

/// What a list shows where such an argument is left out is not known: one level, perhaps.
#[test]
fn a_list_is_asked_for_all_where_an_argument_has_a_value_for_that() {
    let own = "name: dept, in: query, schema: { type: string, title: 部门 } }";
    let confirmed = |schema: &str| {
        let mut files = dated();
        assert!(files[1].1.contains(own));
        let argument = format!("name: dept, in: query, schema: {{ {schema}, title: 级次 }} }}");
        files[1].1 = files[1].1.replace(own, &argument);
        confirmed(&files).map(|list| list.with)
    };
    let all = |code: &str| format!("x-jdy-codes: [{{ code: \"{code}\", label: 全部 }}]");
    for (schema, with) in [
        (
            format!("type: string, {}", all("-1")),
            Some(pairs(&[("page_size", "100"), ("dept", "-1")])),
        ),
        // To leave it out is to send the empty value.
        (
            format!("type: string, {}", all("")),
            Some(pairs(&[("page_size", "100")])),
        ),
        // How a list of values asks for all is not known.
        (
            format!("type: array, items: {{ type: string, {} }}", all("-1")),
            None,
        ),
    ] {
        assert_eq!(confirmed(&schema), with, "{schema}");
    }
}

#[test]
fn an_operation_that_moves_money_is_recognized_by_its_title_and_demands_a_key() {
    let mut files = documents();
    files[1].1 = files[1].1.replace("橡木单保存", "橡木积分保存");
    let save = of(&folder(&files), "ls.oak_save");
    assert_eq!(save.effect, Effect::Money);
    let key = save.request.iter().find(|field| field.name == "bill_no");
    assert!(
        key.unwrap().required,
        "the page does not demand it, money does"
    );

    files[1].1 = files[1].1.replace(
        "            bill_no: { type: string, title: 单据编码 }\n",
        "",
    );
    let told = folder(&files).diagnostics().join("\n");
    assert!(
        told.contains("moves money, but has no `x-jdy-key`"),
        "{told}"
    );
    let why = "fixups:\n  - name: oaks_have_no_key\n    why: The page has no field for one.\n    link: https://open.example.com/\n    file: ls/oak.yaml\n    at: /post/x-jdy-keyless\n    to: true\n";
    files.push(("fixups/ls.yaml".to_owned(), why.to_owned()));
    let save = of(&folder(&files), "ls.oak_save");
    assert!(save.keyless && save.key.is_none());
}

#[test]
fn a_post_that_only_asks_reads() {
    let mut files = documents();
    files[1].1 = files[1].1.replace("橡木单保存", "橡木积分明细账");
    assert_eq!(of(&folder(&files), "ls.oak_save").effect, Effect::Read);
}

#[test]
fn what_is_put_or_deleted_is_no_read_whatever_its_title_says() {
    for method in ["put", "delete"] {
        let mut files = documents();
        files[1].1 = files[1]
            .1
            .replace("post:", &format!("{method}:"))
            .replace("#/post/", &format!("#/{method}/"))
            .replace("橡木单保存", "榆木详情");
        let call = of(&folder(&files), "ls.oak_save");
        assert_eq!(call.effect, Effect::Write, "{method}");
    }
}

#[test]
fn the_callers_own_key_goes_before_the_number_where_the_page_demands_it() {
    let mut files = documents();
    let outside = "            src: { type: string, title: 外部唯一标识 }\n            id:";
    files[1].1 = files[1].1.replacen("            id:", outside, 1);
    assert_eq!(
        of(&folder(&files), "ls.oak_save").key.as_deref(),
        Some("bill_no")
    );
    files[1].1 = files[1].1.replace(
        "type: object\n          properties:\n            src",
        "type: object\n          required: [src]\n          properties:\n            src",
    );
    assert_eq!(
        of(&folder(&files), "ls.oak_save").key.as_deref(),
        Some("src")
    );
}

#[test]
fn a_fixup_corrects_a_derived_fact_and_fails_when_the_rule_says_otherwise() {
    let mut files = documents();
    let fixup = |from: &str| {
        format!(
            "fixups:\n  - name: oak_is_found_otherwise\n    why: A reason.\n    link: https://open.example.com/\n    file: ls/oak.yaml\n    at: /post/x-jdy-key\n    from: {from}\n    to: dept_ref\n"
        )
    };
    files.push(("fixups/ls.yaml".to_owned(), fixup("bill_no")));
    assert_eq!(
        of(&folder(&files), "ls.oak_save").key.as_deref(),
        Some("dept_ref")
    );
    files[3].1 = fixup("number");
    let told = folder(&files).diagnostics().join("\n");
    assert!(
        told.contains("the fixup `oak_is_found_otherwise` no longer applies"),
        "{told}"
    );
}

/// The verdict of a save with these fields in its request, and these in its answer.
fn verdict_of_save(request: &str, answer: &str) -> Option<Verdict> {
    let mut files = documents();
    let item = "    request:\n      Item:\n        type: object\n        properties:\n          bill_no: { type: string, title: 单据编码 }\n";
    let data = format!("      Data:\n        type: object\n        properties:\n{answer}");
    files[1].1 = operation("post", "ls.oak_save", "橡木单保存", &body(request), &data)
        .replace("    response:\n", &format!("{item}    response:\n"));
    let folder = folder(&files);
    assert_eq!(folder.diagnostics(), Vec::<String>::new());
    of(&folder, "ls.oak_save").verdict
}

#[test]
fn an_answer_to_a_list_of_records_has_an_id_for_each() {
    const ITEMS: &str = "            items: { type: array, items: { $ref: \"#/post/x-jdy-entities/request/Item\" } }\n";
    const IDS: &str = "          ids: { type: array, items: { type: string } }\n";
    const ERRORS: &str = "          errors: { type: array, items: { type: string } }\n";
    const ROWS: &str = "          rows: { type: array, items: { $ref: \"#/post/x-jdy-entities/response/Line\" } }\n      Line:\n        type: object\n        properties:\n";
    let told = |request: &str, answer: &str| {
        let verdict = verdict_of_save(request, answer)?;
        Some((verdict.rows, verdict.of, verdict.ids, verdict.errors))
    };
    let some = |text: &str| Some(text.to_owned());
    let (items, ids, errors) = (some("items"), some("ids"), vec!["errors".to_owned()]);
    assert_eq!(
        told(ITEMS, &format!("{ERRORS}{IDS}")),
        Some((None, items.clone(), ids.clone(), errors.clone()))
    );
    assert_eq!(
        told(ITEMS, IDS),
        Some((None, items.clone(), ids.clone(), vec![]))
    );
    assert_eq!(
        told(ITEMS, &format!("{ROWS}{IDS}")),
        Some((some("rows"), items.clone(), ids, vec![]))
    );
    assert_eq!(
        told(ITEMS, ERRORS),
        Some((None, items.clone(), None, errors.clone()))
    );
    let set = IDS.replace("ids", "success_fields");
    assert_eq!(
        told(ITEMS, &set),
        Some((None, items, some("success_fields"), vec![]))
    );
    // A record with lines is one record: its answer has one id, whatever its lines are.
    let lines = format!("            bill_no: {{ type: string, title: 单据编码 }}\n{ITEMS}");
    assert_eq!(told(&lines, IDS), None);
    assert_eq!(
        told(&lines, &format!("{ERRORS}{IDS}")),
        Some((None, None, None, errors))
    );
}

/// A no to all of them may be that of some.
#[test]
fn one_verdict_about_several_ids_or_records_says_what_it_is_about() {
    const NO: &str = "          success: { type: boolean, title: 是否成功 }\n";
    const RECORDS: &str = "            items: { type: array, items: { $ref: \"#/post/x-jdy-entities/request/Item\" } }\n";
    const RECORD: &str = "            owner: { $ref: \"#/post/x-jdy-entities/request/Item\" }\n";
    const IDS: &str = "            ids: { type: array, items: { type: string } }\n";
    let of = |request: &str| verdict_of_save(request, NO).unwrap().of;
    assert_eq!(of(RECORDS).as_deref(), Some("items"));
    assert_eq!(of(&format!("{RECORD}{IDS}")).as_deref(), Some("ids"));
    assert_eq!(of(RECORD), None);
}

#[test]
fn the_records_of_a_list_of_bills_are_named_by_their_numbers() {
    let bills = "            bills: { type: array, items: { $ref: \"#/post/x-jdy-entities/request/Item\" } }\n";
    let ids = "          ids: { type: array, items: { type: string } }\n";
    let verdict = verdict_of_save(bills, ids).unwrap();
    assert_eq!(verdict.of.as_deref(), Some("bills"));
    assert_eq!(verdict.ids.as_deref(), Some("ids"));
}

#[test]
fn a_message_about_a_write_is_declared_whatever_stands_beside_it() {
    let answer = "          id: { type: string, title: 主键 }\n          message: { type: string, title: 说明 }\n";
    let told = |title: &str, verdict: &str| {
        let mut files = documents();
        let data = format!("      Data:\n        type: object\n        properties:\n{answer}");
        let save = operation("post", "ls.oak_save", title, &body(SAVED), &data);
        files[1].1 = format!("{save}{verdict}");
        folder(&files).diagnostics().join("\n")
    };
    let undeclared = told("橡木单保存", "");
    assert!(
        undeclared.contains("`message` in the answer of `ls.oak_save` looks like a verdict"),
        "{undeclared}"
    );
    let declared = "  x-jdy-verdict: { success: message }\n";
    assert_eq!(told("橡木单保存", declared), "");
    assert_eq!(
        told("橡木单查询", ""),
        "",
        "what is read was decided elsewhere"
    );
}
