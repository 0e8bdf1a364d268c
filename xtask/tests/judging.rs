//! What the importer makes of a page that says more than its columns: amounts, codes, labels,
//! demands that the words take back, and tables of other forms.
//!
//! Every page here is an imitation of an invented endpoint.

use jdy_import::PageStatus;

use crate::importing::{PAGE, import_text, lines, read, spec};

const ROWS: &str = "| one | string | true | 一 |\n| two | string | false | 二，1：甲，2：乙 |\n| three | List <Row> | false | 三 |\n";

/// What a page with these rows of its body, and this example, becomes: its file and its diagnostics.
fn page(rows: &str, example: &str) -> (String, Vec<String>) {
    let shown = format!(
        "### 请求示例\n\n```bash\ncurl --location --request post 'https://api.example.com/jdy/v2/tt/fake' --data-row '{example}'\n```\n\n### 响应参数\n"
    );
    let rows = format!("{rows}| three | List <Row> | false | 三 |\n");
    taken(&PAGE.replace(ROWS, &rows).replace("### 响应参数\n", &shown))
}

fn taken(text: &str) -> (String, Vec<String>) {
    let spec = spec();
    let told = import_text(&spec, "a.md", text);
    assert_eq!(told.status, PageStatus::New, "{text}\n{:#?}", lines(&told));
    (read(&spec.path.join("tt/fake.yaml")), lines(&told))
}

fn has(text: &str, wanted: &[&str]) {
    for line in wanted {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

fn tells(diagnostics: &[String], wanted: &[&str]) {
    for wanted in wanted {
        assert!(
            diagnostics.iter().any(|line| line.ends_with(wanted)),
            "{wanted}: {diagnostics:#?}"
        );
    }
}

#[test]
fn an_amount_is_a_decimal_and_a_key_is_none() {
    let (text, diagnostics) = page(
        "| a | string | false | 林木净额-在林木(档案id) |\n\
         | b | string | false | 树苗余额(档案编码) |\n\
         | c | string | false | 出材率（率表编号） |\n\
         | d | string | false | 抵扣金额 |\n\
         | e | string | false | 运输费 |\n\
         | f | string | false | 出油率 |\n\
         | g | string | false | 成活率 |\n\
         | h | string | false | 树重 |\n\
         | sum_amount | string | false | 本季未付 |\n\
         | no_amount | string | false | 应付金额 |\n\
         | k | integer | false | 应付金额 |\n",
        r#"{"a":"001","b":"1001","c":"0020","d":"001","e":"3.5","f":"0020","g":"0.9","h":"12","sum_amount":"7","no_amount":"false","k":3}"#,
    );
    has(
        &text,
        &[
            "a: { type: string, title: 林木净额-在林木 }",
            "b: { type: string, title: 树苗余额 }",
            "c: { type: string, title: 出材率 }",
            "d: { type: string, title: 抵扣金额, x-jdy-wire: decimal }",
            "e: { type: string, title: 运输费, x-jdy-wire: decimal }",
            "f: { type: string, title: 出油率 }",
            "g: { type: string, title: 成活率, x-jdy-wire: decimal }",
            "h: { type: string, title: 树重 }",
            "sum_amount: { type: string, title: 本季未付, x-jdy-wire: decimal }",
            "no_amount: { type: string, title: 应付金额, x-jdy-wire: decimal }",
            "k: { type: integer, title: 应付金额 }",
        ],
    );
    tells(
        &diagnostics,
        &[
            "the label of `a` says amount, price, quantity or rate, but its words say that it is a key; it stays text",
            "`f` speaks of a quantity or rate, but its example has a leading zero, as keys do; it stays text",
            "the label of `sum_amount` does not say amount, its name and its example do; it is a decimal",
            "no example shows a number for `no_amount`, but its label and its name both say amount, price, quantity or rate; it is a decimal",
        ],
    );
}

#[test]
fn prose_lists_no_codes_and_a_label_ends_before_what_no_value_means() {
    let (text, diagnostics) = page(
        "| a | string | false | 附加栏1种类，若选了果园，就填orchard_a，extra2~7 照此 |\n\
         | b | string | false | 树种，见附录1：树种表，2：产地表 |\n\
         | c | string | false | 见《说明1：修剪》《说明2：嫁接》 |\n\
         | d | string | false | 如：1：老王，2：小赵 |\n\
         | e | string | false | 默认取41,42。季节 40.春41.夏42.秋 |\n\
         | f | string | false | 是否落叶 1-是 2-否 为空表示都要 |\n\
         | g | string | false | 季节1春2夏3秋 |\n",
        r#"{"f":"1"}"#,
    );
    has(
        &text,
        &[
            "a: { type: string, title: 附加栏1种类 }",
            "b: { type: string, title: 树种 }",
            "c: { type: string }",
            "d: { type: string }",
            "e: { type: string }",
            "f:\n              type: string\n              title: 是否落叶\n              x-jdy-codes:\n                - { code: \"1\", label: 是 }\n                - { code: \"2\", label: 否 }\n",
            "g:\n              type: string\n              title: 季节\n              x-jdy-codes:\n                - { code: \"1\", label: 春 }\n",
        ],
    );
    tells(
        &diagnostics,
        &[
            "the description of `e` looks like a list of codes, but its default is several codes at once; it stays plain",
        ],
    );
}

#[test]
fn a_piece_that_is_not_read_bars_a_flag() {
    let (text, diagnostics) = page(
        "| a | string | false | 是否并株（都要：-1<br>1：是<br>0：否） |\n\
         | b | string | false | 是否并株，1：是，此处另有他意，0：否 |\n\
         | c | string | false | 是否并株，1：是，0：否 |\n",
        r#"{"a":"1","b":"1","c":"1"}"#,
    );
    has(
        &text,
        &[
            "a:\n              type: string\n              title: 是否并株\n              x-jdy-codes:\n                - { code: \"-1\", label: 都要 }\n                - { code: \"1\", label: 是 }\n                - { code: \"0\", label: 否 }\n",
            "b:\n              type: string\n              title: 是否并株\n              x-jdy-codes:\n",
            "c:\n              type: string\n              title: 是否并株\n              x-jdy-wire: flag\n",
        ],
    );
    tells(
        &diagnostics,
        &[
            "something stands between the codes of `b` that cannot be read; the codes beside it are kept",
        ],
    );
}

#[test]
fn a_label_names_the_field_and_tells_it_from_others() {
    let (text, _) = page(
        "| l1 | string | false | 传入tree_no时，tree_id可不填 |\n\
         | l2 | boolean | false | true:同园的树并成一张，默认false |\n\
         | l3 | string | false | 树为果树时传递：采收规则，1：按熟度，2：按重量 |\n\
         | l4 | string | false | 果园/林场 区域id |\n\
         | l5 | string | false | 栽种日期yyy-mm-dd |\n\
         | l6 | string | false | 年末盘点：经办人 |\n\
         | l7 | string | false | 年末盘点：复核人 |\n\
         | l11 | string | false | 起始日（格式：“yyyy-MM-dd”，为空表示不过滤），修改日期 |\n\
         | l12 | string | false | 起始日（格式：“yyyy-MM-dd”，为空表示不过滤），起始日 |\n\
         | l13 | string | false | 结束日期（格式：“yyyy-MM-dd”，为空表示不过滤），创建日期 |\n\
         | l8 | string | false | 存量（甲园） |\n\
         | l9 | string | false | 存量（乙园） |\n\
         | l10 | string | false | 支持按照树号查询 |\n",
        "{}",
    );
    has(
        &text,
        &[
            "l1: { type: string }",
            "l2: { type: boolean, default: false }",
            "l3:\n              type: string\n              title: 采收规则\n              x-jdy-codes:\n",
            "l4: { type: string, title: 果园/林场 区域id }",
            "l5: { type: string, title: 栽种日期, x-jdy-wire: date }",
            "l6: { type: string, title: 年末盘点：经办人 }",
            "l7: { type: string, title: 年末盘点：复核人 }",
            "l11: { type: string, title: 起始日，修改日期, x-jdy-wire: date }",
            "l12: { type: string, title: 起始日, x-jdy-wire: date }",
            "l13: { type: string, title: 结束日期，创建日期, x-jdy-wire: date }",
            "l8: { type: string, title: 存量（甲园） }",
            "l9: { type: string, title: 存量（乙园） }",
            "l10: { type: string }",
        ],
    );
}

#[test]
fn words_that_waive_a_demand_take_it_back_and_say_so() {
    let (text, diagnostics) = page(
        "| id | string | true | 新增不填，更新时必填 |\n\
         | tree_id | string | true | 树id，tree_id和tree_number二选一 |\n\
         | tree_number | string | true | 树编码，tree_id和tree_number二选一 |\n\
         | no | string | true | 树号,不传递则由后台生成 |\n\
         | who | string | true | 客人，付清时为非必填项 |\n\
         | free | string | false | 备注，非必填 |\n\
         | sure | string | true | 名称，修改时必填 |\n\
         | bush_id | string | true | 灌木id |\n\
         | bush_number | string | false | 灌木编码，bush_id和bush_number二选一 |\n\
         | moss_id | string | true | 苔藓id，必填 |\n\
         | moss_number | string | false | 苔藓编码，与moss_id二选一 |\n\
         | fern_id | string | true | 蕨类id |\n\
         | fern_number | string | false | 蕨类编码，id与number二选一 |\n\
         | reed_id | string | true | 芦苇id |\n\
         | reed_number | string | false | 传入reed_number时，reed_id非必填 |\n",
        "{}",
    );
    has(
        &text,
        &[
            // What demands itself in words, and what is not named whole, stays demanded.
            "required: [sure, moss_id, fern_id]",
            "bush_id: { type: string, title: 灌木id, description: 与 bush_number 二选一 }",
            "bush_number: { type: string, title: 灌木编码, description: 与 bush_id 二选一 }",
            "id: { type: string, description: 新增时不填，修改时必填 }",
            "tree_id: { type: string, title: 树id, description: 与 tree_number 二选一 }",
            "tree_number: { type: string, title: 树编码, description: 与 tree_id 二选一 }",
            "no\": { type: string, title: 树号, description: 不填则自动生成 }",
            "who: { type: string, title: 客人, description: 有时可不填 }",
            "free: { type: string, title: 备注 }",
            "sure: { type: string, title: 名称 }",
        ],
    );
    tells(
        &diagnostics,
        &[
            "the column demands `id`, its words say when it need not be sent (新增时不填，修改时必填); it is not required",
            "the column demands `bush_id`, the words of `bush_number` say when it need not be sent (与 bush_number 二选一); it is not required",
        ],
    );
}

#[test]
fn the_number_and_the_size_of_a_page_are_whole_numbers() {
    let (text, diagnostics) = page(
        "| page | string | false | 当前页，默认1 |\n\
         | page_size | string | false | 每页显示条数，默认10，最大值100 |\n\
         | part.pageNo | string | false | 页码 |\n\
         | limit | string | false | 每页条数 |\n\
         | page_index | string | false | 页码 |\n\
         | rows_per_page | integer | false | 每页条数 |\n\
         | size | string | false | 尺码 |\n\
         | page_name | string | false | 页名 |\n",
        r#"{"page":"001","part.pageNo":"2","page_index":"last","rows_per_page":3,"size":"42","page_name":"1"}"#,
    );
    has(
        &text,
        &[
            "page: { type: string, title: 当前页, default: \"1\", x-jdy-wire: integer }",
            "page_size: { type: string, title: 每页显示条数, default: \"10\", maximum: 100, x-jdy-wire: integer }",
            "part.pageNo: { type: string, title: 页码, x-jdy-wire: integer }",
            "limit: { type: string, title: 每页条数, x-jdy-wire: integer }",
            "page_index: { type: string, title: 页码 }",
            "rows_per_page: { type: integer, title: 每页条数 }",
            "size: { type: string, title: 尺码 }",
            "page_name: { type: string, title: 页名 }",
        ],
    );
    tells(
        &diagnostics,
        &[
            "`page_index` counts pages or rows of a page, but its example is no whole number; it stays text",
        ],
    );
}

#[test]
fn a_day_whose_example_shows_nothing_is_a_date() {
    let (text, diagnostics) = page(
        "| cut_date | string | false | 采伐日期 |\n\
         | dry_date | string | false | 烘干日期 |\n\
         | mill_date | string | false | 入厂日期 |\n\
         | cut_time | string | false | 采伐时间 |\n\
         | stamp_time | string | false | 时间戳 |\n",
        r#"{"cut_date":"180","dry_date":"2019-0-01","mill_date":"20200101","cut_time":"1","stamp_time":"12321321312312"}"#,
    );
    has(
        &text,
        &[
            "cut_date: { type: string, title: 采伐日期, x-jdy-wire: date }",
            "dry_date: { type: string, title: 烘干日期, x-jdy-wire: date }",
            "mill_date: { type: string, title: 入厂日期 }",
            "cut_time: { type: string, title: 采伐时间 }",
            "stamp_time: { type: string, title: 时间戳, x-jdy-wire: epoch-millis }",
        ],
    );
    tells(
        &diagnostics,
        &[
            "no example shows the form of `cut_date`, but its name and its label both speak of a day; it is a date",
        ],
    );
}

#[test]
fn a_column_of_labels_beside_the_names_is_read_as_one() {
    for header in [
        "| 字段标识 | 字段类型 | 是否必录 | 字段名称 |\n",
        "| 参数 | 类型 | 必填 | 字段名称 |\n",
    ] {
        let page = PAGE.replace(
            "| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n| one",
            &format!("{header}| --- | --- | --- | --- |\n| one"),
        );
        let (text, _) = taken(&page);
        assert_eq!(text, taken(PAGE).0, "{header}");
    }
    let page = PAGE.replace(
        "| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n| one | string | true | 一 |\n| two | string | false | 二，1：甲，2：乙 |\n| three | List <Row> | false | 三 |\n",
        "| 字段名称 | 字段标识 | 类型 | 必填 | 说明 |\n| --- | --- | --- | --- | --- |\n| 一 | one | string | true | |\n| 二 | two | string | false | 1：甲，2：乙 |\n| 三 | three | List <Row> | false | |\n",
    );
    assert_eq!(taken(&page).0, taken(PAGE).0);
}

#[test]
fn a_table_without_a_column_of_demands_knows_what_its_words_say() {
    let page = PAGE.replace(
        &format!("| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n{ROWS}"),
        "| 参数名称 | 参数类型 | 参数说明 |\n| --- | --- | --- |\n| one | string | 一，必填 |\n| two | string | 二，非必填 |\n| three | List <Row> | 三 |\n",
    );
    let (text, diagnostics) = taken(&page);
    has(
        &text,
        &["required: [one]\n", "one: { type: string, title: 一 }"],
    );
    tells(
        &diagnostics,
        &[
            "no column that is known says which fields are required; one is where its words say so",
            "no column says whether `one` is required, its words do; it is required",
        ],
    );
}

#[test]
fn both_words_of_the_template_are_no_answer() {
    let (text, diagnostics) = page(
        "| a | string | 是/否 | 甲 |\n| b | string | true/false | 乙 |\n",
        "{}",
    );
    assert!(!text.contains("required: ["), "{text}");
    tells(
        &diagnostics,
        &[
            "Warning: `是/否` is both answers to whether `a` is required, and none; it is not",
            "Warning: `true/false` is both answers to whether `b` is required, and none; it is not",
        ],
    );
}

#[test]
fn rows_that_are_no_fields_are_dropped_and_told() {
    let page = PAGE.replace(
        "| two | string",
        "| 基础信息 |  |  |  |\n| **BOM信息** |\n| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| two | string",
    );
    let (text, diagnostics) = taken(&page);
    assert_eq!(text, taken(PAGE).0);
    tells(
        &diagnostics,
        &[
            "the row `基础信息` names a group of fields; it is none",
            "the row `BOM信息` names a group of fields; it is none",
            "a row that repeats the header; it is no field",
        ],
    );
}

#[test]
fn a_table_that_describes_nothing_is_read_and_told() {
    let page = PAGE.replace(
        &format!("| 参数名称 | 参数类型 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n{ROWS}"),
        "| 参数名称 | 参数类型 | 是否必填 |\n| --- | --- | --- |\n| one | string | true |\n| three | List <Row> | false |\n",
    );
    let (text, diagnostics) = taken(&page);
    has(&text, &["required: [one]\n", "one: { type: string }\n"]);
    tells(
        &diagnostics,
        &["no column describes the fields of this table; they have no labels"],
    );
}

#[test]
fn a_type_is_read_however_it_is_written() {
    let plain = taken(PAGE).0;
    for list in [
        "List <[Row](#row)>",
        "[List <Row>](https://open.example.com/x)",
        "[Row](#row)[]",
        "[Row]",
        "List <Row>|null",
        "List <Row>\\|null",
    ] {
        let page = PAGE.replace("| three | List <Row> |", &format!("| three | {list} |"));
        assert_eq!(taken(&page).0, plain, "{list}");
    }
    let object = taken(&PAGE.replace("| three | List <Row> |", "| three | Row |")).0;
    for one in [
        "[Row](#row)",
        "Row Object",
        "Row|null",
        "null \\| Row",
        "<a href=\"#row\">Row</a>",
    ] {
        let page = PAGE.replace("| three | List <Row> |", &format!("| three | {one} |"));
        assert_eq!(taken(&page).0, object, "{one}");
    }
}

#[test]
fn a_table_drawn_as_a_tree_is_refused() {
    for name in [
        "└ two",
        "├─ two",
        "│ └ two",
        "--two",
        "- two",
        "&nbsp;&nbsp;two",
        "&emsp;&emsp;two",
        "three[].two",
        "→two",
    ] {
        let text = PAGE.replace("| two |", &format!("| {name} |"));
        let spec = spec();
        let told = import_text(&spec, "a.md", &text);
        assert_eq!(told.status, PageStatus::Refused, "{name}");
        assert!(
            told.what
                .contains("is marked as one within the field before it"),
            "{}",
            told.what
        );
        assert!(!spec.path.join("tt/fake.yaml").exists(), "{name}");
    }
}

#[test]
fn a_pages_own_heading_is_its_title_whatever_the_site_calls_itself() {
    let html = "<html><head><title>某开放平台</title></head><body><h1>橡木保存</h1><h3>基本信息</h3><ul><li>请求方式：POST</li><li>请求地址：https://api.example.com/jdy/v2/tt/fake</li></ul><h3>请求参数</h3><h4>body参数</h4><table><tr><th>参数名称</th><th>参数类型</th><th>是否必填</th><th>参数说明</th></tr><tr><td>name</td><td>string</td><td>true</td><td>名称</td></tr></table><h3>响应参数</h3><table><tr><th>参数名称</th><th>参数类型</th><th>参数说明</th></tr><tr><td>errcode</td><td>integer</td><td>码</td></tr></table></body></html>";
    let spec = spec();
    let told = import_text(&spec, "a.html", html);
    assert_eq!(told.status, PageStatus::New, "{:#?}", lines(&told));
    let text = read(&spec.path.join("tt/fake.yaml"));
    has(
        &text,
        &["operationId: tt.fake_save\n", "summary: 橡木保存\n"],
    );
}

#[test]
fn a_phrase_goes_with_the_words_that_it_stood_for_and_a_persons_words_stay() {
    let spec = spec();
    let file = spec.path.join("tt/fake.yaml");
    let import = |says: &str| {
        let rows = ROWS.replace("| 一 |", &format!("| {says} |"));
        let told = import_text(&spec, "a.md", &PAGE.replace(ROWS, &rows));
        assert_ne!(told.status, PageStatus::Refused, "{:#?}", lines(&told));
        read(&file)
    };
    has(
        &import("一，不填则自动生成"),
        &["description: 不填则自动生成"],
    );
    let plain = import("一");
    assert!(!plain.contains("description: 不填"), "{plain}");
    let by_hand = plain.replace("title: 一", "title: 一, description: 十位数");
    assert_ne!(plain, by_hand);
    std::fs::write(&file, by_hand).unwrap();
    has(&import("一"), &["description: 十位数"]);
}
