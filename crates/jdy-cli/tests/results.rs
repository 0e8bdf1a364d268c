//! `jdy batch --results`: what came back for each line, as a file.

use std::path::{Path, PathBuf};

use jdy_sandbox::Sandbox;
use serde_json::Value;

use crate::command::{Ended, jdy, sandbox};

struct Desk(PathBuf);

impl Desk {
    /// A folder with a list of recharges: three of a member, one of nobody.
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("results-{name}"));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        let list = "member_id,bal_amount,src_bill_id\n10,1.00,R-1\n10,2.00,R-2\nnobody,3.00,R-3\n";
        std::fs::write(folder.join("list.csv"), list).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn run(&self, sandbox: &Sandbox, results: &str) -> Ended {
        let (list, journal) = (self.path("list.csv"), self.path("journal"));
        let fixed = ["batch", "ls.mall_recharge", &list, "--journal", &journal];
        let more = ["--rate", "600000", "--results", results];
        jdy(&sandbox.environment(), &[&fixed[..], &more].concat())
    }

    /// The same, which goes on.
    fn start(&self, sandbox: &Sandbox, results: &str) -> std::process::Child {
        let (list, journal) = (self.path("list.csv"), self.path("journal"));
        let fixed = ["batch", "ls.mall_recharge", &list, "--journal", &journal];
        let arguments = [&fixed[..], &["--results", results]].concat();
        let environment = sandbox.environment();
        crate::command::piped(&mut crate::command::command(&environment, &arguments))
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.0).unwrap();
        names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

#[test]
fn each_line_has_its_state_its_number_its_id_and_the_verdict() {
    let (desk, sandbox) = (Desk::new("csv"), sandbox(&[]));
    let ended = desk.run(&sandbox, &desk.path("out.csv"));
    assert_eq!(ended.status, 3, "{ended:?}");
    let text = desk.read("out.csv");
    let mut lines = text.strip_prefix('\u{feff}').unwrap().lines();
    assert_eq!(
        lines.next(),
        Some("line,key,state,number,id,verdict,sent,call_id")
    );
    let bills = sandbox.bills();
    for (number, key) in [(2, "R-1"), (3, "R-2")] {
        let bill = bills.iter().find(|bill| bill.src_bill_id == key).unwrap();
        let wanted = format!("{number},{key},done,{},{},,1,", bill.bill_no, bill.id);
        let line = lines.next().unwrap();
        assert!(line.starts_with(&wanted), "{wanted}: {line}");
    }
    let refused = lines.next().unwrap();
    assert!(refused.starts_with("4,R-3,rejected,,,"), "{refused}");
    assert!(refused.contains("1999010001"), "{refused}");
    assert_eq!(lines.next(), None);
    assert!(!desk.names().iter().any(|name| name.contains(".tmp")));
}

#[test]
fn json_lines_have_the_data_of_each_answer_and_a_later_run_writes_all_lines_again() {
    let (desk, sandbox) = (Desk::new("jsonl"), sandbox(&[]));
    desk.run(&sandbox, &desk.path("out.jsonl"));
    let first = desk.read("out.jsonl");
    let lines: Vec<Value> = first
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    let bills = sandbox.bills();
    let bill = bills.iter().find(|bill| bill.src_bill_id == "R-1").unwrap();
    assert_eq!(lines[0]["key"], "R-1");
    assert_eq!(lines[0]["state"], "done");
    assert_eq!(lines[0]["numbers"], serde_json::json!([bill.bill_no]));
    assert_eq!(lines[0]["data"]["bill_no"], bill.bill_no);
    assert!(lines[0]["verdict"].is_null());
    assert!(lines[2]["verdict"].as_str().unwrap().contains("1999010001"));

    std::fs::write(desk.path("out.jsonl"), "of another time").unwrap();
    assert_eq!(desk.run(&sandbox, &desk.path("out.jsonl")).status, 3);
    assert_eq!(desk.read("out.jsonl"), first, "nothing was sent again");
    assert_eq!(sandbox.bills().len(), 2);
}

#[test]
fn the_list_the_journal_and_a_place_that_is_none_are_refused_before_anything_is_sent() {
    let (desk, sandbox) = (Desk::new("refused"), sandbox(&[]));
    let beside = |name: &str| format!("{}/../results-refused/{name}", desk.0.display());
    std::fs::create_dir(desk.0.join("folder.csv")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(desk.path("list.csv"), desk.path("link.csv")).unwrap();
    for (results, said) in [
        (desk.path("list.csv"), "is the list itself"),
        (beside("list.csv"), "is the list itself"),
        #[cfg(unix)]
        (desk.path("link.csv"), "is the list itself"),
        (desk.path("journal"), "is neither .csv nor .jsonl"),
        (desk.path("out.xlsx"), "is neither .csv nor .jsonl"),
        (desk.path("folder.csv"), "is a folder"),
        (desk.path("none/out.csv"), "there is no folder"),
    ] {
        let ended = desk.run(&sandbox, &results);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
        assert!(ended.stderr.contains("nothing was sent"), "{ended:?}");
    }
    let list = desk.path("list.csv");
    let journal = desk.path("journal.csv");
    let same = ["--journal", &journal, "--results", &beside("journal.csv")];
    let fixed = ["batch", "ls.mall_recharge", &list];
    let ended = jdy(&sandbox.environment(), &[&fixed[..], &same].concat());
    assert_eq!(ended.status, 2, "{ended:?}");
    assert!(ended.stderr.contains("is the journal"), "{ended:?}");
    assert_eq!(sandbox.requests(), []);
    assert!(!desk.names().contains(&"journal".to_owned()));
}

/// What the product accepted stays accepted: the status says that something is left to do.
#[cfg(unix)]
#[test]
fn results_that_cannot_be_written_are_reported_and_the_run_is_not_lost() {
    let (desk, sandbox) = (Desk::new("unwritable"), sandbox(&["slow=300ms"]));
    let folder = desk.0.join("out");
    std::fs::create_dir(&folder).unwrap();
    let results = folder.join("out.csv").display().to_string();
    let child = desk.start(&sandbox, &results);
    while sandbox.requests().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    std::fs::remove_dir(&folder).unwrap();
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!(ended.status, 3, "that of the lines: {ended:?}");
    for said in ["1 rejected", "the results cannot be written"] {
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(desk.run(&sandbox, &results).status, 3);
    assert!(folder.join("out.csv").exists());
    assert_eq!(sandbox.bills().len(), 2);
}

/// The numbers of processes repeat, in containers at every start, and on each machine of a fleet.
#[test]
fn a_file_that_another_process_of_the_same_number_has_left_or_writes_is_not_touched() {
    let (desk, sandbox) = (Desk::new("left"), sandbox(&["slow=300ms"]));
    let child = desk.start(&sandbox, &desk.path("out.csv"));
    let others = format!(".out.csv.{}.tmp", child.id());
    std::fs::write(desk.0.join(&others), "half").unwrap();
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!(ended.status, 3, "{ended:?}");
    assert!(!ended.stderr.contains("cannot be written"), "{ended:?}");
    assert_eq!(desk.read("out.csv").lines().count(), 4);
    assert_eq!(desk.read(&others), "half");
}

/// Whoever reads the file that it leads to would go on with the former results.
#[cfg(unix)]
#[test]
fn a_link_stays_one_and_what_it_leads_to_is_replaced() {
    let (desk, sandbox) = (Desk::new("link"), sandbox(&[]));
    std::fs::create_dir(desk.0.join("shared")).unwrap();
    std::fs::write(desk.0.join("shared/all.csv"), "former").unwrap();
    std::os::unix::fs::symlink("shared/all.csv", desk.0.join("out.csv")).unwrap();
    assert_eq!(desk.run(&sandbox, &desk.path("out.csv")).status, 3);
    assert_eq!(desk.read("shared/all.csv").lines().count(), 4);
    assert!(desk.0.join("out.csv").is_symlink());
}
