//! One thing that changes in a page changes the spec exactly so, or nothing where its meaning stays,
//! or is refused; and a page that is cut off never takes anything away.
//!
//! The pages are made here, of invented endpoints, from a seed that makes a failure repeatable.

use std::collections::{BTreeMap, BTreeSet};

use jdy_import::PageStatus;
use jdy_spec::diagnostic::Diagnostics;
use jdy_spec::load;
use jdy_spec::tree::{Node, Value};

use crate::imitation::Folder;
use crate::importing::{files, import_allowed, import_text, lines, read, spec};

/// A small generator of its own (Knuth's constants).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.roll(list.len())]
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: String,
    ty: String,
    required: bool,
    label: String,
    codes: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct Shape {
    name: String,
    rows: Vec<Row>,
}

/// A page before it is written.
#[derive(Clone, Debug)]
struct Made {
    method: &'static str,
    title: String,
    /// The query's or the body's fields, and the entities of the request.
    request: Vec<Shape>,
    /// The entities of the answer; the first is its data.
    answer: Vec<Shape>,
    /// Whether it has headers, an example and codes, as the vendor's pages have.
    whole: bool,
    look: Look,
}

/// What of a page means nothing.
#[derive(Clone, Debug, Default)]
struct Look {
    pads: bool,
    bare: bool,
    blank: bool,
    columns: usize,
    heading: usize,
}

const WORDS: [&str; 12] = [
    "桦木", "榆木", "松木", "柏木", "椴木", "杉木", "枫木", "柳木", "杨木", "槐木", "桐木", "栎木",
];
const NAMES: [&str; 8] = [
    "alder", "birch", "cedar", "elm", "fir", "larch", "maple", "rowan",
];
const TYPES: [&str; 4] = ["string", "integer", "number", "boolean"];
const COLUMNS: [[&str; 4]; 3] = [
    ["参数名称", "参数类型", "是否必填", "参数说明"],
    ["参数名", "类型", "必填", "说明"],
    ["字段名称", "字段类型", "是否必须", "描述"],
];
const HEADINGS: [[&str; 3]; 3] = [
    ["### 请求参数", "#### 返回码", "### 响应参数"],
    ["## 请求参数", "#### 错误码", "## 返回参数"],
    ["**请求参数**", "### 返回码", "### 响应 参数："],
];

fn row(dice: &mut Dice, at: usize) -> Row {
    let coded = dice.roll(4) == 0;
    let codes = (1..=3).map(|code| (code.to_string(), format!("{}{code}类", WORDS[code])));
    Row {
        name: format!("{}_{at}", dice.pick(&NAMES)),
        ty: match coded {
            true => "string".to_owned(),
            false => (*dice.pick(&TYPES)).to_owned(),
        },
        required: dice.roll(3) == 0,
        label: (*dice.pick(&WORDS)).to_owned(),
        codes: if coded { codes.collect() } else { Vec::new() },
    }
}

fn shape(dice: &mut Dice, name: &str, inner: Option<&str>) -> Shape {
    let count = 2 + dice.roll(5);
    let mut rows: Vec<Row> = (0..count).map(|at| row(dice, at)).collect();
    if let Some(inner) = inner {
        rows.push(Row {
            name: format!("list_of_{}", inner.to_lowercase()),
            ty: format!("List <{inner}>"),
            required: false,
            label: "清单".to_owned(),
            codes: Vec::new(),
        });
    }
    Shape {
        name: name.to_owned(),
        rows,
    }
}

fn made(dice: &mut Dice, whole: bool) -> Made {
    let method = *dice.pick(&["GET", "POST"]);
    let nested = method == "POST" && dice.roll(2) == 0;
    let mut request = vec![shape(dice, "", nested.then_some("Ring"))];
    if nested {
        request.push(shape(dice, "Ring", None));
    }
    let deep = dice.roll(2) == 0;
    let mut answer = vec![shape(dice, "Data", deep.then_some("Leaf"))];
    if deep {
        answer.push(shape(dice, "Leaf", None));
    }
    Made {
        method,
        title: "林木".to_owned(),
        request,
        answer,
        whole,
        look: Look::default(),
    }
}

impl Made {
    fn line(&self, cells: &[String], out: &mut String) {
        let pad = if self.look.pads { "   " } else { "" };
        out.push('|');
        for (at, cell) in cells.iter().enumerate() {
            out.push_str(&format!(" {pad}{cell}{pad} "));
            if at + 1 < cells.len() || !self.look.bare {
                out.push('|');
            }
        }
        out.push('\n');
    }

    fn table(&self, rows: &[Row], demand: bool, out: &mut String) {
        let columns = COLUMNS[self.look.columns];
        let drop = |list: Vec<String>| -> Vec<String> {
            let kept = list.into_iter().enumerate();
            kept.filter(|(at, _)| demand || *at != 2)
                .map(|(_, cell)| cell)
                .collect()
        };
        self.line(&drop(columns.map(str::to_owned).to_vec()), out);
        self.line(&drop(vec!["---".to_owned(); 4]), out);
        for row in rows {
            let codes: Vec<String> = row
                .codes
                .iter()
                .map(|(code, label)| format!("{code}：{label}"))
                .collect();
            let says = match codes.is_empty() {
                true => row.label.clone(),
                false => format!("{}（{}）", row.label, codes.join("，")),
            };
            let cells = [&row.name, &row.ty, &row.required.to_string(), &says];
            self.line(&drop(cells.map(String::clone).to_vec()), out);
        }
        out.push('\n');
    }

    fn write(&self) -> String {
        let [request, codes, answer] = HEADINGS[self.look.heading];
        let mut out = format!(
            "---\nid: \"kdcloud-fab1e0000000000000000000000000d1\"\ntitle: \"{}\"\nmodule: [\"试验云\"]\n---\n\n### 基本信息\n\n-   请求方式：{}\n-   请求地址：https://api.example.com/jdy/v2/tt/wood\n\n{request}\n\n",
            self.title, self.method
        );
        if self.whole {
            out.push_str("#### headers参数\n\n| 参数名称 | 参数示例 | 是否必填 | 参数说明 |\n| --- | --- | --- | --- |\n| app-token | x | true | 记号 |\n\n");
        }
        let place = match self.method {
            "GET" => "params参数",
            _ => "body参数",
        };
        out.push_str(&format!("#### {place}\n\n"));
        for shape in &self.request {
            if !shape.name.is_empty() {
                out.push_str(&format!("**{}**\n\n", shape.name));
            }
            self.table(&shape.rows, true, &mut out);
        }
        if self.whole {
            out.push_str("#### 请求示例\n\n```bash\ncurl --location 'https://api.example.com/jdy/v2/tt/wood'\n```\n\n");
        }
        out.push_str(&format!("{answer}\n\n"));
        let plain = |name: &str, ty: &str| Row {
            name: name.to_owned(),
            ty: ty.to_owned(),
            required: false,
            label: "码".to_owned(),
            codes: Vec::new(),
        };
        let envelope = [
            plain("errcode", "integer"),
            plain("description", "string"),
            plain("data", "Data"),
        ];
        self.table(&envelope, false, &mut out);
        for shape in &self.answer {
            out.push_str(&format!("**{}**\n\n", shape.name));
            self.table(&shape.rows, false, &mut out);
        }
        if self.whole {
            out.push_str("#### 响应示例\n\n```json\n{\"errcode\": 0}\n```\n\n");
            out.push_str(&format!(
                "{codes}\n\n| 返回码 | 描述 |\n| --- | --- |\n| 100 | 木尽 |\n| 200 | 锯断 |\n"
            ));
        }
        if self.look.blank {
            out = out.replace("\n\n", "\n\n\n");
        }
        out
    }

    /// The pointer of a shape's object, or of the parameters.
    fn pointer(&self, is_answer: bool, shape: usize) -> String {
        let method = self.method.to_lowercase();
        match (is_answer, shape, self.method) {
            (false, 0, "GET") => format!("/{method}/parameters"),
            (false, 0, _) => format!("/{method}/requestBody/content/application/json/schema"),
            (false, ..) => format!(
                "/{method}/x-jdy-entities/request/{}",
                self.request[shape].name
            ),
            _ => format!(
                "/{method}/x-jdy-entities/response/{}",
                self.answer[shape].name
            ),
        }
    }
}

/// Where a field's facts stand: its own, and whether it is required.
fn places(made: &Made, is_answer: bool, shape: usize, name: &str) -> (String, String, String) {
    let base = made.pointer(is_answer, shape);
    match base.ends_with("/parameters") {
        true => (
            format!("{base}/{name}"),
            format!("{base}/{name}/schema"),
            format!("{base}/{name}/required"),
        ),
        false => (
            format!("{base}/properties/{name}"),
            format!("{base}/properties/{name}"),
            format!("{base}/required/{name}"),
        ),
    }
}

/// All that a file says, by pointer; the order of names and of named items says nothing.
fn facts(text: &str) -> BTreeMap<String, String> {
    fn walk(path: &str, node: &Node, out: &mut BTreeMap<String, String>) {
        match &node.value {
            Value::Scalar(scalar) => {
                out.insert(path.to_owned(), scalar.text.clone());
            }
            Value::Map(entries) => {
                for entry in entries {
                    walk(&format!("{path}/{}", entry.key.text()), &entry.value, out);
                }
            }
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    let name = ["name", "code"].iter().find_map(|key| item.text_of(key));
                    let name = name.or(item.text()).map_or(at.to_string(), str::to_owned);
                    walk(&format!("{path}/{name}"), item, out);
                }
            }
        }
    }
    let document = load::document(text, 0, &mut Diagnostics::default()).unwrap();
    let mut out = BTreeMap::new();
    walk("", &document.root, &mut out);
    out
}

/// The pointers at which two files differ.
fn differing(a: &str, b: &str) -> BTreeSet<String> {
    let (a, b) = (facts(a), facts(b));
    a.keys()
        .chain(b.keys())
        .filter(|pointer| a.get(*pointer) != b.get(*pointer))
        .cloned()
        .collect()
}

/// What a change must do to the spec.
#[derive(Debug)]
enum Wanted {
    Nothing,
    /// Differences below each of these, and nowhere else.
    These(Vec<String>),
    /// Refused; and where it is allowed, differences below these.
    ImportOptions(Vec<String>),
}

fn field<'a>(dice: &mut Dice, made: &'a mut Made) -> (bool, usize, &'a mut Vec<Row>) {
    let is_answer = dice.roll(2) == 0;
    let side = if is_answer {
        &mut made.answer
    } else {
        &mut made.request
    };
    let shape = dice.roll(side.len());
    (is_answer, shape, &mut side[shape].rows)
}

/// Changes one thing of a page; `None` where the page has none of the kind.
fn changed(dice: &mut Dice, old: &Made) -> Option<(Made, Wanted)> {
    let mut new = old.clone();
    let kind = dice.roll(13);
    match kind {
        0 => new.title = "林木总览".to_owned(),
        1 => new.look.pads = true,
        2 => new.look.bare = true,
        3 => new.look.blank = true,
        4 => new.look.columns = 1 + dice.roll(2),
        5 => new.look.heading = 1 + dice.roll(2),
        _ => return one_row(dice, old, new, kind),
    }
    let wanted = match kind {
        0 => Wanted::These(vec![format!("/{}/summary", old.method.to_lowercase())]),
        _ => Wanted::Nothing,
    };
    Some((new, wanted))
}

fn one_row(dice: &mut Dice, old: &Made, mut new: Made, kind: usize) -> Option<(Made, Wanted)> {
    let (is_answer, shape, rows) = field(dice, &mut new);
    let plain: Vec<usize> = (0..rows.len())
        .filter(|at| !rows[*at].ty.starts_with("List"))
        .collect();
    let at = *dice.pick(&plain);
    let before = rows[at].clone();
    let (whole, schema, required) = places(old, is_answer, shape, &before.name);
    let is_required = before.required && !is_answer;
    let gone = |also: Vec<String>| -> Wanted {
        let demand = is_required.then_some(required.clone());
        Wanted::ImportOptions(also.into_iter().chain(demand).collect())
    };
    let wanted = match kind {
        6 => {
            rows[at].label = format!("{}乙", before.label);
            Wanted::These(vec![format!("{schema}/title")])
        }
        7 if before.codes.is_empty() => {
            let other = TYPES.iter().find(|ty| **ty != before.ty)?;
            rows[at].ty = (*other).to_owned();
            Wanted::These(vec![format!("{schema}/type")])
        }
        8 if !is_answer => {
            rows[at].required = !before.required;
            Wanted::These(vec![required])
        }
        9 => {
            rows[at].name.push_str("_more");
            let (now, _, needed) = places(old, is_answer, shape, &rows[at].name.clone());
            let demand = is_required.then_some(needed);
            gone([whole, now].into_iter().chain(demand).collect())
        }
        10 => {
            rows.remove(at);
            gone(vec![whole])
        }
        11 => {
            let other = *dice.pick(&plain);
            rows.swap(at, other);
            Wanted::Nothing
        }
        12 if !before.codes.is_empty() => {
            let code = dice.roll(before.codes.len());
            match dice.roll(3) {
                0 => {
                    rows[at].codes[code].1.push('甲');
                    let text = &before.codes[code].0;
                    Wanted::These(vec![format!("{schema}/x-jdy-codes/{text}/label")])
                }
                1 => {
                    rows[at].codes.push(("9".to_owned(), "枯木类".to_owned()));
                    Wanted::These(vec![format!("{schema}/x-jdy-codes/9")])
                }
                _ => {
                    let (text, _) = rows[at].codes.remove(code);
                    Wanted::ImportOptions(vec![format!("{schema}/x-jdy-codes/{text}")])
                }
            }
        }
        12 => {
            let mut more = row(dice, 90);
            more.required &= !is_answer;
            let (now, _, needed) = places(old, is_answer, shape, &more.name);
            let demand = more.required.then_some(needed);
            rows.insert(at, more);
            Wanted::These([now].into_iter().chain(demand).collect())
        }
        _ => return None,
    };
    Some((new, wanted))
}

/// Whether the differences are below the pointers that are expected, below each of them one.
fn is_exact(found: &BTreeSet<String>, wanted: &[String]) -> bool {
    let is_below = |pointer: &str, top: &String| {
        pointer
            .strip_prefix(top.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    found
        .iter()
        .all(|pointer| wanted.iter().any(|top| is_below(pointer, top)))
        && wanted
            .iter()
            .all(|top| found.iter().any(|pointer| is_below(pointer, top)))
}

fn check(old: &Made, new: &Made, wanted: &Wanted, what: &str) {
    let spec = spec();
    let path = spec.path.join("tt/wood.yaml");
    let told = import_text(&spec, "a.md", &old.write());
    assert_eq!(told.status, PageStatus::New, "{what}: {:?}", lines(&told));
    let (before, all) = (read(&path), files(&spec.path));
    let told = import_text(&spec, "a.md", &new.write());
    let what = format!("{what}: {:#?}\n{}", lines(&told), new.write());
    let rest = |spec: &Folder| {
        let mut all = files(&spec.path);
        all.remove(&path);
        all
    };
    match wanted {
        Wanted::Nothing => {
            assert_eq!(told.status, PageStatus::Same, "{what}");
            assert_eq!(files(&spec.path), all, "{what}");
        }
        Wanted::These(pointers) => {
            assert_eq!(told.status, PageStatus::Changed, "{what}");
            let found = differing(&before, &read(&path));
            assert!(is_exact(&found, pointers), "{found:?}: {what}");
        }
        Wanted::ImportOptions(pointers) => {
            assert_eq!(told.status, PageStatus::Refused, "{what}");
            assert!(told.what.contains("--allow-removal"), "{what}");
            assert_eq!(files(&spec.path), all, "{what}");
            let told = import_allowed(&spec, &new.write());
            assert_eq!(told.status, PageStatus::Changed, "{what}");
            let found = differing(&before, &read(&path));
            assert!(is_exact(&found, pointers), "{found:?}: {what}");
        }
    }
    let mut others = all;
    others.remove(&path);
    assert_eq!(rest(&spec), others, "{what}");
}

#[test]
fn one_change_of_a_page_changes_the_spec_exactly_so() {
    const TRIES: usize = 1_000;
    let mut dice = Dice(0x5EED);
    let (mut done, mut kinds) = (0, [0_usize; 3]);
    while done < TRIES {
        let is_whole = dice.roll(2) == 0;
        let old = made(&mut dice, is_whole);
        let Some((new, wanted)) = changed(&mut dice, &old) else {
            continue;
        };
        kinds[match wanted {
            Wanted::Nothing => 0,
            Wanted::These(_) => 1,
            Wanted::ImportOptions(_) => 2,
        }] += 1;
        check(&old, &new, &wanted, &format!("try {done}: {wanted:?}"));
        done += 1;
    }
    assert!(kinds.iter().all(|count| *count > 150), "{kinds:?}");
}

#[test]
fn a_page_that_is_cut_off_takes_nothing_away() {
    let mut dice = Dice(0xC07);
    let (mut refused, mut kept) = (0, 0);
    for at in 0..40 {
        let mut page = made(&mut dice, at % 4 != 3);
        page.look.bare = at % 8 == 2;
        let text = page.write();
        let standing = spec();
        import_text(&standing, "a.md", &text);
        let all = files(&standing.path);
        let path = "tt/wood.yaml";
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for _ in 0..10 {
            let cut = &text[..*dice.pick(&places)];
            let told = import_text(&standing, "a.md", cut);
            let what = format!("{cut}\n{:#?}", lines(&told));
            assert_eq!(files(&standing.path), all, "{what}");
            // What the spec does not have yet is not taken in part either, where the page has the
            // parts that the vendor's have.
            if page.whole {
                let empty = spec();
                let told = import_text(&empty, "a.md", cut);
                let file = empty.path.join(path);
                match told.status {
                    PageStatus::New => {
                        assert_eq!(read(&file), read(&standing.path.join(path)), "{what}")
                    }
                    _ => assert!(!file.exists(), "{what}"),
                }
            }
            match told.status {
                PageStatus::Refused => refused += 1,
                PageStatus::Same | PageStatus::NoEndpoint => kept += 1,
                other => panic!("{other:?}: {what}"),
            }
        }
    }
    assert!(refused > 300, "{refused} refused, {kept} kept");
}
