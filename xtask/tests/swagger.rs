//! A file of the whole API adds what no page describes, and nothing else: Swagger 2.0 and OpenAPI 3,
//! with invented operations.

use std::path::PathBuf;

use jdy_import::{self as import, ImportReport, PageStatus, Prose};

use crate::imitation::Folder;
use crate::importing::{lines, read, spec};

const SWAGGER: &str = r##"{
  "swagger": "2.0",
  "info": { "title": "木", "version": "1" },
  "paths": {
    "/openapi/v2/tt/plank": {
      "get": {
        "tags": ["Plank"],
        "summary": "木板查询;按编号;1.0.2",
        "operationId": "Plank_list",
        "parameters": [
          { "in": "body", "name": "body", "schema": { "$ref": "#/definitions/PlankListReq" } }
        ],
        "responses": { "200": { "schema": { "$ref": "#/definitions/PlankListReply" } } }
      },
      "post": {
        "tags": ["Plank"],
        "summary": "木板保存;木板保存;1.0.4",
        "operationId": "Plank_save",
        "parameters": [
          { "in": "body", "name": "body", "required": true, "schema": { "$ref": "#/definitions/PlankSaveReq" } }
        ],
        "responses": { "200": { "schema": { "$ref": "#/definitions/EmptyReply" } } }
      }
    },
    "/openapi/v2/aa/first": {
      "get": { "summary": "另;另;1", "operationId": "A_first", "parameters": [], "responses": { "200": {} } }
    },
    "/elsewhere/token": {
      "get": { "summary": "Token", "operationId": "Token", "parameters": [], "responses": { "200": {} } }
    }
  },
  "definitions": {
    "PlankListReq": { "properties": { "ids": { "type": "array", "items": { "type": "string" } }, "page": { "type": "string" } } },
    "PlankListReply": { "properties": {
      "rows": { "type": "array", "title": "a=数据行;b=100;c=[];d=true", "items": { "$ref": "#/definitions/PlankListReply.Row" } }
    } },
    "PlankListReply.Row": { "properties": {
      "id": { "type": "string", "title": "a=木板id;b=2147483647;c=12;d=true" },
      "parent": { "$ref": "#/definitions/PlankListReply.Row", "title": "a=母板;c=object" },
      "parts": { "type": "array", "items": { "$ref": "#/definitions/PlankListReply.Row" } }
    } },
    "PlankSaveReq": { "properties": {
      "operateType": { "type": "string", "title": "固定值字段，不生成对外API文档" },
      "bill_no": { "type": "string", "title": "a=单据编号;b=2147483647;c=MB-1;d=true" },
      "saw_date": { "type": "string", "title": "a=锯木日期(yyyy-MM-dd);b=20;c=2020-05-11;d=false" },
      "amount": { "type": "string", "title": "a=金额;b=1;c=12.5;d=ture" },
      "state": { "type": "string", "title": "a=状态（1：待锯，2：已锯）;b=1;c=1" },
      "count": { "type": "integer", "format": "int32", "title": "a=块数;c=3;d=false" },
      "more": { "type": "object", "additionalProperties": { "type": "string" }, "title": "a=自定义字段" },
      "sub": { "title": "a=内;d=true", "$ref": "#/definitions/Sub.Row" },
      "row": { "$ref": "#/definitions/Other.Row" }
    } },
    "Sub.Row": { "properties": { "a": { "type": "string", "title": "a=甲;d=true" } } },
    "Other.Row": { "properties": { "b": { "type": "number", "title": "b=1;c=2" } } },
    "EmptyReply": { "type": "object" }
  }
}
"##;

const PLANK: &str = r##"get:
  operationId: tt.plank
  summary: 木板查询
  tags: [tt]
  x-jdy-source: { form: swagger, operation: Plank_list }
  parameters:
    - name: ids
      in: query
      schema:
        type: array
        items: { type: string }
    - { name: page, in: query, schema: { type: string, x-jdy-wire: integer } }
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
                  data: { $ref: "#/get/x-jdy-entities/response/PlankListReply" }
    "519": { $ref: "../openapi.yaml#/components/responses/Gateway" }
  x-jdy-entities:
    response:
      PlankListReply:
        type: object
        properties:
          rows:
            type: array
            title: 数据行
            items: { $ref: "#/get/x-jdy-entities/response/Row" }
      Row:
        type: object
        properties:
          id: { type: string, title: 木板id }
          parent: { $ref: "#/get/x-jdy-entities/response/Row", title: 母板 }
          parts:
            type: array
            items: { $ref: "#/get/x-jdy-entities/response/Row" }
post:
  operationId: tt.plank_save
  summary: 木板保存
  tags: [tt]
  x-jdy-source: { form: swagger, operation: Plank_save }
  requestBody:
    required: true
    content:
      application/json:
        schema:
          type: object
          required: [bill_no, amount, sub]
          properties:
            bill_no: { type: string, title: 单据编号 }
            saw_date: { type: string, title: 锯木日期, x-jdy-wire: date }
            amount: { type: string, title: 金额, x-jdy-wire: decimal }
            state:
              type: string
              title: 状态
              x-jdy-codes:
                - { code: "1", label: 待锯 }
                - { code: "2", label: 已锯 }
            count: { type: integer, title: 块数 }
            more:
              type: object
              title: 自定义字段
              additionalProperties: { type: string }
            sub: { $ref: "#/post/x-jdy-entities/request/Row", title: 内 }
            row: { $ref: "#/post/x-jdy-entities/request/Row_2" }
  responses:
    "200":
      description: 成功
      content:
        application/json:
          schema:
            allOf:
              - { $ref: "../openapi.yaml#/components/schemas/Envelope" }
    "519": { $ref: "../openapi.yaml#/components/responses/Gateway" }
  x-jdy-entities:
    request:
      Row:
        type: object
        required: [a]
        properties:
          a: { type: string, title: 甲 }
      Row_2:
        type: object
        properties:
          b: { type: number }
"##;

fn import(spec: &Folder, name: &str, text: &str) -> Vec<ImportReport> {
    let folder = Folder::new();
    let path: PathBuf = folder.path.join(name);
    std::fs::write(&path, text).unwrap();
    import::run(&spec.path, &[path], Prose::Leave).unwrap()
}

fn status(told: &[ImportReport]) -> Vec<PageStatus> {
    told.iter().map(|told| told.status).collect()
}

fn all(told: &[ImportReport]) -> String {
    told.iter().flat_map(lines).collect::<Vec<_>>().join("\n")
}

/// The imitation's own module `zz` is not declared; beside that, nothing may be wrong.
fn lints_clean(spec: &Folder) {
    let diagnostics = spec.diagnostics();
    let errors: Vec<&String> = diagnostics
        .iter()
        .filter(|line| line.contains(": error: ") && !line.starts_with("zz/last.yaml:2:16: "))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn what_no_page_describes_is_added_by_the_rules_of_pages() {
    let spec = spec();
    let first = read(&spec.path.join("aa/first.yaml"));
    let told = import(&spec, "木.json", SWAGGER);
    assert_eq!(
        status(&told),
        [PageStatus::New, PageStatus::New, PageStatus::Left],
        "{}",
        all(&told)
    );
    assert_eq!(read(&spec.path.join("tt/plank.yaml")), PLANK);
    assert_eq!(read(&spec.path.join("aa/first.yaml")), first);
    assert!(told[0].what.starts_with("tt.plank "), "{}", told[0].what);
    assert_eq!(told[2].what, "1 operations that pages describe");
    let root = read(&spec.path.join("openapi.yaml"));
    assert!(
        root.contains("  /jdy/v2/tt/plank: { $ref: tt/plank.yaml }\n"),
        "{root}"
    );
    let lines = all(&told);
    for wanted in [
        "43:7: Note: the file says that `operateType` is for no caller; it is not taken",
        "46:7: Against: `ture` of `amount` is read as true",
        "29:7: Note: `GET /elsewhere/token`, whose path is none of the API",
    ] {
        assert!(lines.contains(wanted), "{wanted}: {lines}");
    }
    lints_clean(&spec);
}

#[test]
fn the_same_file_again_changes_nothing_and_a_newer_one_what_is_its_own() {
    let spec = spec();
    import(&spec, "木.json", SWAGGER);
    let again = import(&spec, "木.json", SWAGGER);
    assert_eq!(
        status(&again),
        [PageStatus::Same, PageStatus::Same, PageStatus::Left]
    );
    assert_eq!(read(&spec.path.join("tt/plank.yaml")), PLANK);
    let newer = SWAGGER.replace("a=块数;c=3;d=false", "a=块数;c=3;d=true");
    let told = import(&spec, "木.json", &newer);
    assert_eq!(
        status(&told),
        [PageStatus::Same, PageStatus::Changed, PageStatus::Left]
    );
    assert_eq!(
        read(&spec.path.join("tt/plank.yaml")),
        PLANK.replace("[bill_no, amount, sub]", "[bill_no, amount, count, sub]")
    );
}

const PAGE: &str = "---\nid: \"0123456789abcdef0123456789abcdef\"\ntitle: \"木板保存\"\nurl: \"https://open.example.com/#/plank\"\n---\n\n#### 基本信息\n\n- 请求方式：POST\n- 请求地址：https://api.example.com/jdy/v2/tt/plank\n\n#### Body参数\n\n| 名称 | 类型 | 必填 | 描述 |\n| --- | --- | --- | --- |\n| bill_no | string | true | 单号 |\n\n#### 响应参数\n\n| 名称 | 类型 | 描述 |\n| --- | --- | --- |\n| errcode | integer | 返回码 |\n| description | string | 返回信息 |\n";

#[test]
fn a_page_takes_over_and_the_file_says_no_more() {
    let spec = spec();
    import(&spec, "木.json", SWAGGER);
    let page = import(&spec, "page.md", PAGE);
    assert_eq!(status(&page), [PageStatus::Changed], "{}", all(&page));
    let text = read(&spec.path.join("tt/plank.yaml"));
    let (get, post) = text.split_once("post:\n").unwrap();
    assert!(get.contains("x-jdy-source"), "{get}");
    assert!(!post.contains("x-jdy-source"), "{post}");
    assert!(post.contains("title: 单号"), "{post}");
    let told = import(&spec, "木.json", SWAGGER);
    assert_eq!(status(&told), [PageStatus::Same, PageStatus::Left]);
    assert_eq!(told[1].what, "2 operations that pages describe");
    assert_eq!(read(&spec.path.join("tt/plank.yaml")), text);
}

#[test]
fn a_page_without_an_id_has_spoken_too() {
    let spec = spec();
    let source = PAGE.split_once("---\n\n").unwrap().1;
    let page = import(&spec, "木板保存.md", &format!("# 木板保存\n\n{source}"));
    assert_eq!(status(&page), [PageStatus::New], "{}", all(&page));
    let before = read(&spec.path.join("tt/plank.yaml"));
    assert!(!before.contains("x-jdy-page"), "{before}");
    let told = import(&spec, "木.json", SWAGGER);
    assert_eq!(
        status(&told),
        [PageStatus::New, PageStatus::Left],
        "{}",
        all(&told)
    );
    let after = read(&spec.path.join("tt/plank.yaml"));
    assert!(after.ends_with(&before), "{after}");
}

#[test]
fn openapi_3_is_read_with_its_own_places() {
    for version in ["3.0.3", "3.1.0"] {
        let file = r##"{
  "openapi": "VERSION",
  "servers": [ { "url": "https://api.example.com/jdy/" } ],
  "paths": { "/v2/tt/saw": {
    "parameters": [ { "$ref": "#/components/parameters/Size" } ],
    "post": {
      "summary": "锯",
      "operationId": "saw",
      "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Saw" } } } },
      "responses": { "200": { "$ref": "#/components/responses/Sawn" } }
    }
  } },
  "components": {
    "parameters": { "Size": { "name": "size", "in": "query", "required": true, "schema": { "type": "integer", "title": "每页条数", "maxLength": 1 } } },
    "responses": { "Sawn": { "content": { "application/json": { "schema": {
      "type": "object",
      "properties": { "errcode": { "type": "integer" }, "data": { "type": "array", "items": { "type": "string" } } }
    } } } } },
    "schemas": {
      "Base": { "type": "object", "required": ["serial"], "properties": { "serial": { "type": "string", "title": "编号" } } },
      "Saw": { "allOf": [ { "$ref": "#/components/schemas/Base" }, { "type": "object", "properties": {
        "note": { "type": ["string", "null"], "title": "备注", "description": "给人看" },
        "one": { "anyOf": [ { "type": "integer" }, { "type": "null" } ], "title": "个数" },
        "inner": { "type": "object", "title": "内", "properties": { "x": { "type": "boolean", "title": "是否湿" } } }
      } } ] }
    }
  }
}"##
        .replace("VERSION", version);
        let spec = spec();
        let told = import(&spec, "saw.json", &file);
        assert_eq!(
            status(&told),
            [PageStatus::New, PageStatus::Left],
            "{}",
            all(&told)
        );
        let text = read(&spec.path.join("tt/saw.yaml"));
        for wanted in [
            "operationId: tt.saw\n",
            "x-jdy-source: { form: openapi, operation: saw }\n",
            "{ name: size, in: query, required: true, schema: { type: integer, title: 每页条数 } }\n",
            "required: [serial]\n",
            "serial: { type: string, title: 编号 }\n",
            "note: { type: string, title: 备注 }\n",
            "one: { type: integer, title: 个数 }\n",
            "inner: { $ref: \"#/post/x-jdy-entities/request/inner\", title: 内 }\n",
            "x: { type: boolean, title: 是否湿 }\n",
            "                  data:\n                    type: array\n                    items: { type: string }\n",
        ] {
            assert!(text.contains(wanted), "{version}: {wanted}: {text}");
        }
        lints_clean(&spec);
    }
}

/// The services `Board` and `Beam` of which the file kept one `Row`, which is that of `Board`.
fn clashing(third: &str) -> String {
    let operation = |path: &str, tag: &str, reply: &str| {
        format!(
            r##""/openapi/v2/aa/{path}": {{ "get": {{ "tags": ["{tag}"], "summary": "{tag}", "operationId": "{tag}", "parameters": [],
      "responses": {{ "200": {{ "schema": {{ "$ref": "#/definitions/{reply}" }} }} }} }} }}"##
        )
    };
    format!(
        r##"{{ "swagger": "2.0", "paths": {{ {}, {}, {} }}, "definitions": {{
  "BoardReply": {{ "properties": {{ "rows": {{ "type": "array", "items": {{ "$ref": "#/definitions/Row" }} }} }} }},
  "BeamReply": {{ "properties": {{ "rows": {{ "type": "array", "items": {{ "$ref": "#/definitions/Row" }} }} }} }},
  "SawReply": {{ "properties": {{ "rows": {{ "type": "array", "title": "a=行", "items": {{ "$ref": "#/definitions/Row" }} }} }} }},
  "Row": {{ "properties": {{ "length": {{ "type": "string" }}, "width": {{ "type": "string" }} }} }} }} }}"##,
        operation("board", "Board", "BoardReply"),
        operation("beam", "Beam", "BeamReply"),
        operation("saw", third, "SawReply"),
    )
}

/// A page of rows with these fields.
fn page_of(path: &str, fields: [&str; 2]) -> String {
    let rows: String = fields
        .iter()
        .map(|field| format!("| {field} | string | 长 |\n"))
        .collect();
    format!(
        "# {path}\n\n- 请求方式：GET\n- 请求地址：https://api.example.com/jdy/v2/aa/{path}\n\n#### 响应参数\n\n| 名称 | 类型 | 描述 |\n| --- | --- | --- |\n| errcode | integer | 返回码 |\n| data | Data | 数据 |\n\n#### Data\n\n| 名称 | 类型 | 描述 |\n| --- | --- | --- |\n| rows | List<Row> | 行 |\n\n#### Row\n\n| 名称 | 类型 | 描述 |\n| --- | --- | --- |\n{rows}"
    )
}

#[test]
fn a_name_that_stands_for_several_shapes_is_not_trusted() {
    let any = "items: { type: object, additionalProperties: true }\n";
    let row = "items: { $ref: \"#/get/x-jdy-entities/response/Row\" }\n";
    let warning = "Warning: `Row` of `rows` is a name that stands for several shapes in the file: 3 services use it, 1 pages have its fields and 1 have others; it holds any value";
    // Another service than both, which a page contradicts.
    for (other, is_trusted) in [(["age", "bark"], false), (["length", "width"], true)] {
        let spec = spec();
        import(&spec, "board.md", &page_of("board", ["length", "width"]));
        import(&spec, "beam.md", &page_of("beam", other));
        let told = import(&spec, "aa.json", &clashing("Saw"));
        assert_eq!(
            status(&told),
            [PageStatus::New, PageStatus::Left],
            "{}",
            all(&told)
        );
        let text = read(&spec.path.join("aa/saw.yaml"));
        assert_eq!(text.contains(row), is_trusted, "{text}");
        assert_eq!(text.contains(any), !is_trusted, "{text}");
        assert_eq!(all(&told).contains(warning), !is_trusted, "{}", all(&told));
    }
    // Nothing shows that the names clash.
    let spec = spec();
    let told = import(&spec, "aa.json", &clashing("Saw"));
    assert_eq!(told.len(), 4);
    assert!(read(&spec.path.join("aa/saw.yaml")).contains(row));
}

#[test]
fn two_of_one_name_are_refused_and_both_are_named() {
    // Another path of the same file and id as a page's.
    let spec = spec();
    import(&spec, "page.md", PAGE);
    let other = SWAGGER.replace("/openapi/v2/tt/plank", "/openapi/v2/tt/Plank");
    let before = read(&spec.path.join("tt/plank.yaml"));
    let told = import(&spec, "木.json", &other);
    assert_eq!(
        status(&told),
        [PageStatus::Refused, PageStatus::Refused, PageStatus::Left]
    );
    let lines = all(&told);
    assert!(
        lines.contains("would hold /jdy/v2/tt/Plank and /jdy/v2/tt/plank; the page is refused"),
        "{lines}"
    );
    assert!(
        lines
            .contains("`tt.plank_save` would name POST /jdy/v2/tt/Plank and POST /jdy/v2/tt/plank"),
        "{lines}"
    );
    assert_eq!(read(&spec.path.join("tt/plank.yaml")), before);
    // One path in both spellings of the prefix.
    let twice = SWAGGER.replace("/openapi/v2/aa/first", "/jdy/v2/tt/plank");
    let told = import(&crate::importing::spec(), "木.json", &twice);
    assert_eq!(
        status(&told),
        [
            PageStatus::New,
            PageStatus::New,
            PageStatus::Refused,
            PageStatus::Left
        ]
    );
    assert!(
        told[2].what == "the file describes GET /jdy/v2/tt/plank twice, here as `/jdy/v2/tt/plank`",
        "{}",
        told[2].what
    );
}

#[test]
fn a_name_twice_in_an_object_is_warned_of_where_it_stands() {
    let twice = SWAGGER.replace(
        r#""count": { "type": "integer""#,
        r#""count": { "type": "string" },
      "count": { "type": "integer""#,
    );
    let told = import(&spec(), "木.json", &twice);
    let lines = all(&told);
    let mut kept = twice.lines().zip(1..);
    let (_, line) = kept
        .find(|(line, _)| line.contains(r#""count": { "type": "integer""#))
        .unwrap();
    assert!(
        lines.contains(&format!(
            "{line}:7: Warning: `count` stands twice in one object; the last one counts"
        )),
        "{lines}"
    );
    assert!(!all(&import(&spec(), "木.json", SWAGGER)).contains("twice"));
}

#[test]
fn a_file_of_another_kind_is_named_and_refused() {
    for (text, why) in [
        (
            "{}",
            "the file is an empty JSON object, and no Swagger 2.0 or OpenAPI 3",
        ),
        (
            r#"{"a":1,"b":2}"#,
            "the file is JSON with `a`, `b`, and no Swagger",
        ),
        (
            r#"{"info":{},"item":[]}"#,
            "the file is a Postman collection",
        ),
        (
            r#"{"errcode":0,"data":{}}"#,
            "the file is an answer of the gateway",
        ),
        (
            r#"{"swagger":"1.2","paths":{}}"#,
            "the file has the version `1.2`",
        ),
        (
            r#"{"openapi":"4.0.0","paths":{}}"#,
            "the file has the version `4.0.0`",
        ),
        (r#"{"swagger":"2.0"}"#, "the file has no `paths`"),
        (r#"{"swagger":"2.0","paths":[]}"#, "the file has no `paths`"),
        (
            r#"{"swagger":"2.0","paths":{"#,
            "the JSON cannot be read: it ends early",
        ),
        (
            r#"{"swagger":"2.0" "paths"}"#,
            "the JSON cannot be read: a name without a colon",
        ),
    ] {
        let spec = spec();
        let before = read(&spec.path.join("openapi.yaml"));
        let told = import(&spec, "x.json", text);
        assert_eq!(status(&told), [PageStatus::Refused], "{text}");
        assert!(told[0].what.starts_with(why), "{text}: {}", told[0].what);
        assert!(
            all(&told).contains("; the page is refused"),
            "{}",
            all(&told)
        );
        assert_eq!(read(&spec.path.join("openapi.yaml")), before, "{text}");
    }
}

#[test]
fn values_without_labels_and_a_demand_for_no_field_are_notes() {
    let spec = spec();
    let body = r##"{"type":"object","required":["a","gone"],"properties":{"a":{"type":"string","enum":["x","y"]},"b":{"type":"array","items":{"type":"integer","enum":[1]}}}}"##;
    let text = format!(
        r##"{{"swagger":"2.0","paths":{{"/openapi/v2/tt/odd":{{"post":{{"summary":"x","parameters":[{{"in":"body","schema":{body}}}]}}}}}}}}"##
    );
    let told = all(&import(&spec, "api.json", &text));
    for wanted in [
        "the values of `a` (x, y) have no labels; they are not taken",
        "the values of `b` (1) have no labels; they are not taken",
        "the file demands `gone`, which it does not describe; it is not taken",
    ] {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
}

#[test]
fn an_odd_operation_is_refused_or_told_and_no_file_makes_the_importer_fail() {
    let whole = |operation: &str| {
        format!(
            r##"{{"swagger":"2.0","paths":{{"/openapi/v2/tt/odd":{{"post":{operation}}}}},"definitions":{{"Circle":{{"$ref":"#/definitions/Circle"}},"One":{{"$ref":"#/definitions/Two"}},"Two":{{"allOf":[{{"$ref":"#/definitions/One"}}]}}}}}}"##
        )
    };
    for (operation, why) in [
        (
            "{}",
            "the operation has neither `summary` nor `operationId`",
        ),
        (
            r##"{"summary":"x","parameters":[{"in":"body","schema":{"type":"array","items":{"type":"string"}}}]}"##,
            "the body is no object with fields that are known",
        ),
        (
            r##"{"summary":"x","parameters":[{"in":"body","schema":{"$ref":"#/definitions/Circle"}}]}"##,
            "the body is no object with fields that are known",
        ),
        (
            r##"{"summary":"x","parameters":[{"in":"path","name":"id"}]}"##,
            "`/openapi/v2/tt/odd` has the field `id` in the path",
        ),
    ] {
        let told = import(&spec(), "x.json", &whole(operation));
        assert_eq!(
            status(&told),
            [PageStatus::Refused, PageStatus::Left],
            "{operation}"
        );
        assert!(
            told[0].what.starts_with(why),
            "{operation}: {}",
            told[0].what
        );
    }
    for (schema, wanted) in [
        (
            r##"{"$ref":"#/definitions/Circle"}"##,
            "leads back to itself; it holds any value",
        ),
        (
            r##"{"$ref":"#/definitions/One"}"##,
            "leads back to itself; it holds any value",
        ),
        (
            r##"{"$ref":"#/definitions/Nowhere"}"##,
            "is not in the file; it holds any value",
        ),
        (
            r##"{"$ref":"other.json#/x"}"##,
            "is not in the file; it holds any value",
        ),
        (
            r##"{"oneOf":[{"type":"string"},{"type":"integer"}]}"##,
            "`f` is of one of several types",
        ),
        (
            r##"{"type":"tree"}"##,
            "the type `tree` of `f` is not known",
        ),
    ] {
        let operation = format!(
            r##"{{"summary":"奇","parameters":[{{"in":"body","schema":{{"properties":{{"f":{schema}}}}}}}]}}"##
        );
        let spec = spec();
        let told = import(&spec, "x.json", &whole(&operation));
        assert_eq!(
            status(&told),
            [PageStatus::New, PageStatus::Left],
            "{}",
            all(&told)
        );
        assert!(all(&told).contains(wanted), "{schema}: {}", all(&told));
        let text = read(&spec.path.join("tt/odd.yaml"));
        assert!(
            text.contains("f: { type: object, additionalProperties: true }"),
            "{text}"
        );
        lints_clean(&spec);
    }
}

#[test]
fn a_file_cut_off_or_torn_anywhere_never_fails_otherwise_than_by_being_refused() {
    let letters: Vec<(usize, char)> = SWAGGER.char_indices().collect();
    for (at, _) in letters.iter().step_by(97) {
        let spec = spec();
        let told = import(&spec, "x.json", &SWAGGER[..*at]);
        assert_eq!(
            status(&told),
            [if *at == 0 {
                PageStatus::NoEndpoint
            } else {
                PageStatus::Refused
            }]
        );
    }
    for (at, letter) in letters.iter().step_by(61) {
        let mut torn = SWAGGER.to_owned();
        torn.replace_range(*at..at + letter.len_utf8(), "\"");
        let spec = spec();
        let told = import(&spec, "x.json", &torn);
        assert!(!told.is_empty());
        lints_clean(&spec);
    }
}
