//! The checks before anything is sent, with the numbers of the lines.

use jdy::operations::fi::{CUSTOM_FIELD_SAVE, VIRTUAL_TYPE_SAVE, VOUCHER_SAVE};
use jdy::operations::ls::{MALL_RECHARGE, MALL_RECHARGE_RULE};
use jdy::operations::sys::ATTACHMENT_UPLOAD;
use jdy_journal::{Format, InvalidList, List, Reading};

const HEAD: &str = "member_id,bal_amount,src_bill_id";

fn refused(format: Format, text: impl AsRef<[u8]>) -> InvalidList {
    List::read(&MALL_RECHARGE, format, text.as_ref()).unwrap_err()
}

fn csv(rows: &str) -> String {
    refused(Format::Csv, format!("{HEAD}\n{rows}")).to_string()
}

fn bodies(list: &List) -> Vec<(u64, &str)> {
    let lines = list.lines().iter();
    lines
        .map(|line| (line.number, line.request.body().unwrap()))
        .collect()
}

#[test]
fn every_line_that_is_wrong_is_named_with_its_number() {
    let said = csv("10,1,R-1\n10,much,R-2\n10,1\n\"10\n11\",1,R-3\n,1,R-4\n10,1,\n,,\n");
    assert_eq!(
        said,
        "line 3: bal_amount: is not a decimal number of at most 28 digits\n\
         line 4: has 2 cells, and the head has 3\n\
         line 7: member_id: is required and missing\n\
         line 8: src_bill_id: is required and missing"
    );
}

#[test]
fn lines_are_counted_whatever_ends_them_and_whatever_is_blank() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("{HEAD}\n\n10,1,R-1\n\n\n10,\"1\",R-2\n10,x,R-3\n").replace('\n', end);
        let said = refused(Format::Csv, text).to_string();
        assert_eq!(
            said, "line 7: bal_amount: is not a decimal number of at most 28 digits",
            "{end:?}"
        );
    }
}

#[test]
fn a_key_that_is_there_twice_is_named_with_both_lines() {
    let said = csv("10,1,R-1\n10,1,R-2\n11,2,R-1\n");
    assert_eq!(said, "line 4: src_bill_id \"R-1\" is on line 2 already");
    let line = r#"{"member_id":"10","bal_amount":"1","src_bill_id":"R"}"#;
    let said = refused(Format::Jsonl, format!("{line}\n{line}\n")).to_string();
    assert_eq!(said, "line 2: src_bill_id \"R\" is on line 1 already");
}

#[test]
fn a_key_within_items_is_read_from_columns_and_missed_where_it_is_empty() {
    let read = |text: &str| List::read(&VOUCHER_SAVE, Format::Csv, text.as_bytes());
    for text in [
        "items[0].source_bill_no,items[0].explanation\nV-1,x\n",
        "items\n\"[{\"\"source_bill_no\"\":\"\"V-1\"\"}]\"\n",
    ] {
        let said = read(text).err().map(|invalid| invalid.to_string());
        let said = said.unwrap_or_default();
        assert!(!said.contains("source_bill_no"), "{said}");
    }
    let said = read("colour\nx\n").unwrap_err().to_string();
    assert!(
        said.contains("there is no column items.source_bill_no"),
        "{said}"
    );
}

#[test]
fn a_missing_unknown_or_duplicate_column_is_reported_once() {
    let said = refused(Format::Csv, "member_id,bal_amount\n10,1\n11,2\n").to_string();
    assert_eq!(
        said,
        "line 1: there is no column src_bill_id, and it is required"
    );
    let said = refused(
        Format::Csv,
        format!("{HEAD},colour\n10,1,R-1,\n10,1,R-2,red\n"),
    );
    assert_eq!(
        said.to_string(),
        "line 1: colour: is not a field of ls.mall_recharge"
    );
    let said = refused(Format::Csv, format!("{HEAD},member_id\n10,1,R-1,10\n")).to_string();
    assert_eq!(said, "line 1: the column member_id is there twice");
    let nested = "settle_entries[1].colour";
    let said = refused(
        Format::Csv,
        format!("{HEAD},settle_entries[0].pay_type,{nested}\n10,1,R-1,1,\n"),
    );
    assert!(
        said.to_string()
            .contains("settle_entries[1].colour: is not a field"),
        "{said}"
    );
}

#[test]
fn quotes_that_would_swallow_lines_are_refused() {
    let said = csv("10,1,R-1\n10,1,\"R-2\n10,1,R-3\n10,1,R-4\n");
    assert_eq!(said, "line 3: has a quote that is never closed");
    let said = csv("10,1,\"R-1\" \n");
    assert_eq!(
        said,
        "line 2: has something behind the closing quote of a cell"
    );
    let fine = format!("{HEAD}\n10,1,\"R \"\"1\"\", 2\"\n10,1,R\"3\n");
    let list = List::read(&MALL_RECHARGE, Format::Csv, fine.as_bytes()).unwrap();
    let keys: Vec<_> = list
        .lines()
        .iter()
        .map(|line| line.key().unwrap())
        .collect();
    assert_eq!(keys, ["R \"1\", 2", "R\"3"]);
}

#[test]
fn text_that_is_not_utf_8_is_refused_and_a_byte_order_mark_is_not() {
    let mut gbk = format!("{HEAD}\n10,1,").into_bytes();
    gbk.extend([0xb3, 0xe4, b'\n']);
    let said = refused(Format::Csv, gbk).to_string();
    assert!(said.contains("line 2: is not UTF-8"), "{said}");
    let marked = format!("\u{feff}{HEAD}\n10,1,充值\n");
    assert!(List::read(&MALL_RECHARGE, Format::Csv, marked.as_bytes()).is_ok());
}

#[test]
fn a_list_without_a_call_is_refused() {
    for (format, text) in [
        (Format::Csv, String::new()),
        (Format::Csv, format!("{HEAD}\n\n")),
        (Format::Jsonl, "\n \n".to_owned()),
    ] {
        assert_eq!(refused(format, text).to_string(), "it holds no call");
    }
}

#[test]
fn of_very_many_problems_the_first_are_reported_and_the_rest_counted() {
    let wrong = refused(Format::Csv, format!("{HEAD}\n{}", "10,x,R\n".repeat(250)));
    assert_eq!((wrong.problems.len(), wrong.more), (100, 150));
    assert!(wrong.to_string().ends_with(
        "line 101: bal_amount: is not a decimal number of at most 28 digits\nand 150 more"
    ));
}

#[test]
fn a_json_line_that_is_no_request_is_named_with_its_number() {
    let text = [
        r#"{"member_id":"10","bal_amount":1,"src_bill_id":"R-1"}"#,
        r#"{"member_id":"10""#,
        "",
        "[1]",
        r#"{"member_id":"10","bal_amount":1,"src_bill_id":"R-5","member_id":"11"}"#,
        r#"{"member_id":"10","bal_amount":1}"#,
        r#"{"member_id":"10","bal_amount":1,"src_bill_id":" "}"#,
        r#"{"member_id":"10","bal_amount":1,"src_bill_id":"R-8","colour":1}"#,
    ];
    let said = refused(Format::Jsonl, text.join("\n")).to_string();
    let said: Vec<_> = said.lines().collect();
    assert!(
        said[0].starts_with("line 2: is no JSON object: EOF"),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("line 4: is no JSON object: invalid type"),
        "{said:?}"
    );
    assert_eq!(said[2], "line 5: member_id: is there twice");
    assert_eq!(said[3], "line 6: src_bill_id: is required and missing");
    assert!(
        said[4].starts_with("line 7: src_bill_id: is empty"),
        "{said:?}"
    );
    assert_eq!(said[5], "line 8: colour: is not a field of the spec");
}

/// A file that is one object of very many members, and no list.
#[test]
fn a_line_of_very_many_names_is_refused_in_time() {
    let names: Vec<String> = (0..100_000).map(|name| format!("\"n{name}\":1")).collect();
    let text = format!("{{{}}}\n", names.join(","));
    let begun = std::time::Instant::now();
    let said = refused(Format::Jsonl, text).to_string();
    assert!(said.contains("n99999: is not a field of the spec"));
    let took = begun.elapsed().as_secs();
    assert!(took < 30, "it took {took} s");
}

#[test]
fn records_and_lists_are_columns_or_json_and_an_empty_cell_is_not_set() {
    let text = format!(
        "{HEAD},store_id,settle_entries[0].pay_type,settle_entries[0].settle_amt\n\
         10,1.50,[R],,1,1.50\n10,1,R-2,,,\n"
    );
    let list = List::read(&MALL_RECHARGE, Format::Csv, text.as_bytes()).unwrap();
    let as_json = format!(
        "{HEAD},settle_entries\n\
         10,1.50,[R],\"[{{\"\"pay_type\"\":\"\"1\"\",\"\"settle_amt\"\":\"\"1.50\"\"}}]\"\n10,1,R-2,\n"
    );
    let same = List::read(&MALL_RECHARGE, Format::Csv, as_json.as_bytes()).unwrap();
    assert_eq!(bodies(&list), bodies(&same));
    let (_, first) = bodies(&list)[0];
    assert!(first.contains(r#""settle_entries":[{"#), "{first}");
    assert!(first.contains(r#""src_bill_id":"[R]""#), "{first}");
    let (_, second) = bodies(&list)[1];
    assert!(
        !second.contains("settle_entries") && !second.contains("store_id"),
        "{second}"
    );
}

#[test]
fn an_operation_without_a_key_names_its_lines_by_their_numbers() {
    let list = List::read(&MALL_RECHARGE_RULE, Format::Csv, b"member_id\n10\n10\n").unwrap();
    let names: Vec<_> = list.lines().iter().map(|line| line.name()).collect();
    assert_eq!(names, ["2", "3"]);
}

/// Pseudorandom numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}

#[test]
fn no_bytes_make_the_reader_panic_or_lose_a_line_silently() {
    const PIECES: [&[u8]; 22] = [
        b"member_id",
        b"bal_amount",
        b"src_bill_id",
        b"settle_entries[0].pay_type",
        b"[",
        b"]",
        b".",
        b"{\"a\":",
        b"}",
        b"\"",
        b"\"\"",
        b",",
        b",",
        b",",
        b"\n",
        b"\n",
        b"\r",
        b"\r\n",
        b"1",
        b"R",
        "\u{feff}".as_bytes(),
        b"\xff\x00",
    ];
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..20_000 {
        let mut text = Vec::new();
        if round % 2 == 0 {
            text.extend_from_slice(HEAD.as_bytes());
            text.push(b'\n');
        }
        for _ in 0..dice.below(40) {
            text.extend_from_slice(PIECES[dice.below(PIECES.len())]);
        }
        for format in [Format::Csv, Format::Jsonl] {
            let last = 1 + text
                .iter()
                .filter(|byte| matches!(byte, b'\n' | b'\r'))
                .count() as u64;
            match List::read(&MALL_RECHARGE, format, &text) {
                Ok(list) => assert!(list.lines().iter().all(|line| line.number <= last)),
                Err(refused) => {
                    assert!(!refused.problems.is_empty());
                    let lines = refused.problems.iter().filter_map(|problem| problem.line);
                    assert!(lines.into_iter().all(|line| (1..=last).contains(&line)));
                }
            }
        }
    }
}

#[test]
fn whatever_a_key_holds_it_is_read_as_it_was_written() {
    let mut dice = Dice(7);
    let signs = ['"', ',', '\n', '\r', ' ', '[', '{', '充', 'R', '\'', '\t'];
    for _ in 0..300 {
        let key = |dice: &mut Dice, row: usize| {
            let text: String = (0..dice.below(9))
                .map(|_| signs[dice.below(signs.len())])
                .collect();
            // A key that ends with a blank is refused.
            format!("{row}{text}.")
        };
        let keys: Vec<String> = (0..1 + dice.below(5))
            .map(|row| key(&mut dice, row))
            .collect();
        let rows = keys
            .iter()
            .map(|key| format!("10,1,\"{}\"\n", key.replace('"', "\"\"")));
        let text = format!("{HEAD}\n{}", rows.collect::<String>());
        let list = List::read(&MALL_RECHARGE, Format::Csv, text.as_bytes()).unwrap();
        let read: Vec<_> = list
            .lines()
            .iter()
            .map(|line| line.key().unwrap())
            .collect();
        assert_eq!(read, keys);
    }
}

/// Such keys look the same to a reader of the list, and both would be sent.
#[test]
fn a_key_with_a_blank_around_it_is_refused() {
    let text = format!("{HEAD}\n10,1,R-1\n10,1,R-1 \n10,1,\" R-1\"\n");
    let refused = List::read(&MALL_RECHARGE, Format::Csv, text.as_bytes()).unwrap_err();
    let lines: Vec<_> = refused
        .problems
        .iter()
        .map(|problem| problem.line)
        .collect();
    assert_eq!(lines, [Some(3), Some(4)], "{refused:?}");
}

/// A field of fixed width is padded with NUL by some exports, and DOS ends a file with Ctrl-Z.
#[test]
fn a_key_or_cell_with_a_control_character_is_refused() {
    let said = csv("10,1,R-1\n10,1,R-1\0\n10,1,R-2\u{1a}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].starts_with("line 3: src_bill_id: "), "{said}");
    assert!(lines[1].starts_with("line 4: src_bill_id: "), "{said}");
    let text = format!("{HEAD},store_id\n10,1,R-1,7\u{1a}");
    let said = refused(Format::Csv, text).to_string();
    assert!(said.starts_with("line 2: store_id: "), "{said}");
    let line = r#"{"member_id":"10","bal_amount":"1","src_bill_id":"R-1\u0000"}"#;
    let said = refused(Format::Jsonl, line).to_string();
    assert!(said.contains("cannot be seen"), "{said}");
}

#[test]
fn a_key_that_a_spreadsheet_has_damaged_is_refused_and_reported() {
    for (key, said) in [
        ("8.50693E+17", "has shortened"),
        ("850693217107061761.0", "a fraction behind it"),
        ("TRUE", "a truth value"),
        ("\"=\"\"850693217107061761\"\"\"", "is a formula"),
        ("#N/A", "an error of a spreadsheet"),
        ("R\u{200b}1", "cannot be seen"),
        ("Re\u{301}", "in several parts"),
    ] {
        let said_now = csv(&format!("10,1,R-0\n10,1,{key}\n"));
        assert!(said_now.starts_with("line 3: "), "{said_now}");
        assert!(said_now.contains(said), "{key}: {said_now}");
    }
    let said = csv("10,1,R-1\n10,1,Ｒ－１\n");
    assert!(said.contains("by the width of its signs alone"), "{said}");
    let fine = format!("{HEAD}\n10,1,850693217107061761\n10,1,充值1E5\n");
    assert!(List::read(&MALL_RECHARGE, Format::Csv, fine.as_bytes()).is_ok());
}

#[test]
fn a_field_of_text_takes_no_fraction_exponent_or_truth_value_of_json() {
    for wrong in ["850693217107061761.0", "8.50693e17", "true", "1.5"] {
        let line = format!("{{\"member_id\":\"10\",\"bal_amount\":1.50,\"src_bill_id\":{wrong}}}");
        let said = refused(Format::Jsonl, line).to_string();
        let start = "line 1: src_bill_id: is no text but a number";
        assert!(said.starts_with(start), "{wrong}: {said}");
    }
    let fine = r#"{"member_id":10,"bal_amount":1.50,"src_bill_id":850693217107061761}"#;
    let list = List::read(&MALL_RECHARGE, Format::Jsonl, fine.as_bytes()).unwrap();
    assert_eq!(list.lines()[0].key(), Some("850693217107061761"));
}

#[test]
fn quoted_is_an_empty_text_commas_alone_are_no_row_and_another_separator_is_named() {
    let text = format!("{HEAD},store_id\n10,1,R-1,\"\"\n,,,\n10,1,R-2,\n");
    let list = List::read(&MALL_RECHARGE, Format::Csv, text.as_bytes()).unwrap();
    let bodies = bodies(&list);
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].1.contains(r#""store_id":"""#), "{bodies:?}");
    assert!(!bodies[1].1.contains("store_id"), "{bodies:?}");
    assert_eq!(bodies[1].0, 4);
    for separator in [";", "\t"] {
        let text = format!("{HEAD}\n10,1,R-1\n").replace(',', separator);
        let said = refused(Format::Csv, text).to_string();
        assert!(
            said.contains(&format!(
                "parted by {:?}",
                separator.chars().next().unwrap()
            )),
            "{said}"
        );
    }
}

/// The same document in two requests, at any place in them.
#[test]
fn a_key_within_the_request_is_unique_in_the_list() {
    let line = |numbers: &[&str]| {
        let items = numbers.iter();
        let items = items.map(|number| format!("{{\"name\":\"a\",\"number\":\"{number}\"}}"));
        format!("{{\"items\":[{}]}}\n", items.collect::<Vec<_>>().join(","))
    };
    let read = |lines: &[&[&str]]| {
        let text: String = lines.iter().map(|numbers| line(numbers)).collect();
        let read = List::read(&VIRTUAL_TYPE_SAVE, Format::Jsonl, text.as_bytes());
        read.map(|list| list.lines().len())
            .map_err(|refused| refused.to_string())
    };
    assert_eq!(read(&[&["N-1"], &["N-2", "N-3"]]), Ok(2));
    let twice = "line 2: items.number \"N-1\" is on line 1 already".to_owned();
    assert_eq!(read(&[&["N-1"], &["N-1"]]), Err(twice.clone()));
    assert_eq!(read(&[&["N-1", "N-2"], &["N-3", "N-1"]]), Err(twice));
    let once = "line 1: items.number \"N-1\" is on line 1 already".to_owned();
    assert_eq!(read(&[&["N-1", "N-1"]]), Err(once));
}

/// What the caller names is a key like that of the spec: `--key items.field_id`.
#[test]
fn a_named_key_of_several_items_is_unique_in_the_list() {
    let field = |id: &str| {
        format!(r#"{{"field_id":"{id}","field_name":"a","field_type":"2","group_number":"G"}}"#)
    };
    let line = |ids: &[&str]| {
        let fields: Vec<String> = ids.iter().map(|id| field(id)).collect();
        format!("{{\"items\":[{}]}}\n", fields.join(","))
    };
    let reading = Reading {
        key: Some("items.field_id".to_owned()),
        ..Reading::default()
    };
    let read = |lines: &[&[&str]]| {
        let text: String = lines.iter().map(|numbers| line(numbers)).collect();
        let read = List::read_by(&CUSTOM_FIELD_SAVE, Format::Jsonl, text.as_bytes(), &reading);
        let names =
            |list: List| -> Vec<String> { list.lines().iter().map(|line| line.name()).collect() };
        read.map(names).map_err(|refused| refused.to_string())
    };
    let names = Ok(vec!["A-1".to_owned(), "A-2,A-3".to_owned()]);
    assert_eq!(read(&[&["A-1"], &["A-2", "A-3"]]), names);
    for (lines, said) in [
        (
            &[&["A-1"][..], &["A-1"]][..],
            "line 2: the key \"A-1\" is on line 1 already",
        ),
        (
            &[&["A-1", "A-2"], &["A-2", "A-3"]],
            "line 2: the key \"A-2\" is on line 1 already",
        ),
        (
            &[&["A-1", "A-1"]],
            "line 1: the key \"A-1\" is on line 1 already",
        ),
        (
            &[&["A-1", "1E+05"]],
            "line 1: the key \"1E+05\" is a number that a spreadsheet has shortened",
        ),
        (
            &[&["A-1,A-2"], &["A-1", "A-2"]],
            "line 2: the key \"A-1,A-2\" is on line 1 already",
        ),
    ] {
        let refused = read(lines).unwrap_err();
        assert!(refused.starts_with(said), "{refused}");
        assert_eq!(refused.lines().count(), 1, "{refused}");
    }
}

/// An item without the key is one that no other line of the list would be compared with.
#[test]
fn a_named_key_is_needed_by_each_item_of_a_line() {
    let item = |more: &str| {
        format!(r#"{{"field_id":"1","field_name":"a","field_type":"3","group_number":"G"{more}}}"#)
    };
    let reading = Reading {
        key: Some("items.custom_item_type".to_owned()),
        ..Reading::default()
    };
    for without in [
        "",
        r#","custom_item_type":"""#,
        r#","custom_item_type":null"#,
    ] {
        let text = format!(
            "{{\"items\":[{},{}]}}\n",
            item(r#","custom_item_type":"A""#),
            item(without)
        );
        let read = List::read_by(&CUSTOM_FIELD_SAVE, Format::Jsonl, text.as_bytes(), &reading);
        let said = read.unwrap_err().to_string();
        assert_eq!(
            said, "line 1: items.custom_item_type: is empty, and was named as the key",
            "{without}"
        );
    }
}

#[test]
fn where_the_spec_knows_no_key_a_field_is_named_or_the_same_is_refused() {
    let text = b"file1\na.txt\nb.txt\na.txt\n";
    let read = |reading: &Reading| {
        let read = List::read_by(&ATTACHMENT_UPLOAD, Format::Csv, text, reading);
        let keys =
            |list: List| -> Vec<String> { list.lines().iter().map(|line| line.name()).collect() };
        read.map(keys).map_err(|refused| refused.to_string())
    };
    let said = read(&Reading::default()).unwrap_err();
    assert!(
        said.starts_with("line 4: asks for the same as line 2"),
        "{said}"
    );
    let allowed = Reading {
        allow_identical: true,
        ..Reading::default()
    };
    assert_eq!(read(&allowed).unwrap(), ["2", "3", "4"]);
    let named = |field: &str| Reading {
        key: Some(field.to_owned()),
        ..Reading::default()
    };
    let said = read(&named("nothing")).unwrap_err();
    assert!(said.starts_with("line 2: nothing: is empty"), "{said}");

    let text = b"member_id\n10\n11\n";
    let read =
        |text: &[u8]| List::read_by(&MALL_RECHARGE_RULE, Format::Csv, text, &named("member_id"));
    let list = read(text).unwrap();
    let keys: Vec<_> = list
        .lines()
        .iter()
        .map(|line| line.key().unwrap())
        .collect();
    assert_eq!(keys, ["10", "11"]);
    let said = read(b"member_id\n10\n10\n").unwrap_err().to_string();
    assert!(said.contains("\"10\" is on line 2 already"), "{said}");
    let said = List::read_by(
        &MALL_RECHARGE,
        Format::Csv,
        format!("{HEAD}\n10,1,R-1\n").as_bytes(),
        &named("member_id"),
    );
    let said = said.unwrap_err().to_string();
    assert_eq!(
        said,
        "the key of ls.mall_recharge is src_bill_id, not member_id"
    );
}
