//! `jdy sandbox` prints its address as one text, logs its requests, and ends on a signal.
#![cfg(unix)]

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Child;

use crate::command::{Ended, Environment, command, jdy, piped, signal};

/// Starts a sandbox, and reads the text that it prints about itself.
fn start(arguments: &[&str]) -> (Child, String) {
    start_in(&vec![], arguments)
}

/// The same with these variables.
fn start_in(environment: &Environment, arguments: &[&str]) -> (Child, String) {
    let listen = ["sandbox", "--listen", "127.0.0.1:0"];
    let mut child = piped(&mut command(environment, &[&listen, arguments].concat()));
    let mut bytes = [0; 4096];
    let count = child.stdout.as_mut().unwrap().read(&mut bytes).unwrap();
    (child, String::from_utf8(bytes[..count].to_vec()).unwrap())
}

/// An empty folder.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sandbox-{name}"));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn stop(child: Child, name: &str) -> Ended {
    signal(&child, name);
    child.wait_with_output().unwrap().into()
}

fn environment(introduction: &str) -> Environment {
    const NAMES: [&str; 6] = [
        "JDY_BASE_URL",
        "JDY_CLIENT_ID",
        "JDY_CLIENT_SECRET",
        "JDY_APP_KEY",
        "JDY_APP_SECRET",
        "JDY_ROUTER_ADDR",
    ];
    let exported = introduction.lines().skip(1).take(6);
    NAMES
        .into_iter()
        .zip(exported)
        .map(|(name, line)| {
            let value = line.strip_prefix(&format!("export {name}="));
            (name, value.expect(line).to_owned())
        })
        .collect()
}

#[test]
fn it_says_in_one_piece_where_it_is_and_who_is_there() {
    let (child, said) = start(&[]);
    let environment = environment(&said);
    let listening = format!("listening on {}", environment[0].1);
    assert_eq!(said.lines().next(), Some(listening.as_str()));
    let members: Vec<&str> = said.lines().skip(7).collect();
    assert_eq!(
        members,
        ["member 10 balance 100.00", "member 11 balance 0.00"]
    );
    assert!(said.ends_with('\n'));
    assert_eq!(stop(child, "INT").status, 0);
}

#[test]
fn a_call_with_the_variables_it_printed_works_and_is_logged_in_one_line() {
    let (child, said) = start(&["--member", "7=5.00"]);
    assert!(said.ends_with("\nmember 7 balance 5.00\n"), "{said}");
    let fields = ["member_id=7", "bal_amount=1", "src_bill_id=s-1"];
    let call = ["call", "ls.mall_recharge"];
    let ended = jdy(&environment(&said), &[&call[..], &fields].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let log = stop(child, "TERM");
    assert_eq!((log.status, log.stdout.as_str()), (0, ""));
    assert_eq!(
        log.stderr,
        "GET /jdyconnector/app_management/kingdee_auth_token 200 errcode 0\n\
         POST /jdy/v2/ls/mall_recharge 200 errcode 0\n"
    );
}

#[test]
fn the_expected_signature_input_is_reported_to_the_caller_and_not_to_the_log() {
    let (child, said) = start(&[]);
    let mut environment = environment(&said);
    environment[2].1 = "0".repeat(32);
    let ended = jdy(
        &environment,
        &["call", "ls.mall_recharge_rule", "member_id=10"],
    );
    assert_eq!(ended.status, 4, "{ended:?}");
    let app_key = environment[3].1.as_str();
    let log = stop(child, "INT").stderr;
    assert!(
        log.contains(" errcode 4008 X_API_SIGNATURE_IS_INVALID: "),
        "{log}"
    );
    assert!(
        !log.contains(app_key) && !log.contains("app_signature"),
        "{log}"
    );
    assert!(!ended.stderr.contains(app_key), "{}", ended.stderr);
}

#[test]
fn fields_that_the_spec_does_not_know_pass_if_allowed_and_are_named_in_the_log() {
    let (child, said) = start(&["--allow-extra"]);
    let call = ["call", "ls.member", "page=1", "page_size=10"];
    let extra = ["--extra", "search=secret", "--extra", "n=1"];
    let ended = jdy(&environment(&said), &[&call[..], &extra].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let log = stop(child, "INT").stderr;
    assert!(
        log.contains("GET /jdy/v2/ls/member 200 errcode 0 extra n,search\n"),
        "{log}"
    );
}

#[test]
fn faults_fire_and_deduplication_by_key_can_be_switched_on() {
    let (child, said) = start(&[
        "--fault",
        "lost-after-commit@/jdy/v2/ls/mall_recharge*1",
        "--dedupe-src-bill-id",
    ]);
    let recharge = || {
        let fields = ["member_id=10", "bal_amount=1", "src_bill_id=s-1"];
        let call = ["call", "ls.mall_recharge"];
        jdy(&environment(&said), &[&call[..], &fields].concat())
    };
    assert_eq!(recharge().status, 5);
    let (second, third) = (recharge(), recharge());
    assert_eq!((second.status, third.status), (0, 0));
    assert_eq!(second.stdout, third.stdout);
    let log = stop(child, "INT").stderr;
    assert!(log.contains("no answer fault lost-after-commit\n"), "{log}");
}

#[test]
fn help_instead_of_a_fault_says_what_each_kind_does() {
    let ended = jdy(&Vec::new(), &["sandbox", "--fault", "help"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let lost = "\nlost-after-commit\n      The call is performed; the connection is closed without \
                an answer.\n";
    assert!(ended.stdout.contains(lost), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("\nslow=DURATION\n"),
        "{}",
        ended.stdout
    );
    let lines = ended.stdout.lines();
    assert_eq!(lines.clone().filter(|line| line.len() > 100).count(), 0);
    let kinds = lines.filter(|line| !line.starts_with(' ')).count();
    assert_eq!(kinds, jdy_sandbox::FaultKind::kinds().count());
}

#[test]
fn the_log_is_in_the_language_of_the_person_and_what_a_script_reads_is_not() {
    let chinese = vec![("LANG", "zh_CN.UTF-8".to_owned())];
    let fault = "lost-after-commit@/jdy/v2/ls/mall_recharge*1";
    let (child, said) = start_in(&chinese, &["--allow-extra", "--fault", fault]);
    let call = [
        "call",
        "ls.member",
        "page=1",
        "page_size=10",
        "--extra",
        "n=1",
    ];
    assert_eq!(jdy(&environment(&said), &call).status, 0);
    let fields = ["member_id=10", "bal_amount=1", "src_bill_id=s-1"];
    let recharge = [&["call", "ls.mall_recharge"][..], &fields].concat();
    assert_eq!(jdy(&environment(&said), &recharge).status, 5);
    let log = stop(child, "INT").stderr;
    for line in [
        "GET /jdy/v2/ls/member 200 错误码 0 多余字段 n\n",
        "POST /jdy/v2/ls/mall_recharge 没有响应 故障 lost-after-commit\n",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
}

#[test]
fn an_address_that_others_can_reach_must_be_meant() {
    let ended = jdy(&vec![], &["sandbox", "--listen", "0.0.0.0:0"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
    assert!(
        ended.stderr.contains("--beyond-loopback"),
        "{}",
        ended.stderr
    );

    let (child, said) = start(&["--beyond-loopback"]);
    assert!(said.starts_with("listening on http://127.0.0.1:"), "{said}");
    assert_eq!(stop(child, "INT").status, 0);
}

#[test]
fn what_cannot_be_set_up_is_refused_before_it_listens() {
    for (arguments, said) in [
        (["--fault", "lost"], "lost-after-commit, "),
        (["--fault", "slow=fast"], "500ms"),
        (["--member", "10=much"], "is not an amount"),
        (["--listen", "here"], "127.0.0.1:8080"),
    ] {
        let ended = jdy(&vec![], &[&["sandbox"], &arguments[..]].concat());
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    let twice = ["sandbox", "--member", "1=1", "--member", "1=2"];
    assert_eq!(jdy(&vec![], &twice).status, 2);
}

#[test]
fn an_address_that_is_taken_is_no_wrong_usage() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = jdy(&vec![], &["sandbox", "--listen", &address]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.starts_with("jdy: cannot listen on "));
}

#[test]
fn the_container_starts_it_as_its_file_says_and_ends_it() {
    let file = include_str!("../../../Dockerfile");
    let line = |word: &str| {
        let mut lines = file.lines().filter_map(|line| line.strip_prefix(word));
        lines.next_back().unwrap()
    };
    assert_eq!((line("FROM "), line("USER ")), ("scratch", "65534:65534"));
    let entry: Vec<String> = serde_json::from_str(line("ENTRYPOINT ")).unwrap();
    // Port 8080 may be in use here.
    let free = |word: &String| word.replace(":8080", ":0");
    let mut words: Vec<String> = entry.iter().skip(1).map(free).collect();
    words.push("--admin-anywhere".to_owned());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut child = piped(&mut command(&vec![], &words));
    let mut bytes = [0; 4096];
    let count = child.stdout.as_mut().unwrap().read(&mut bytes).unwrap();
    let said = std::str::from_utf8(&bytes[..count]).unwrap();
    assert!(said.starts_with("listening on http://127.0.0.1:"), "{said}");
    let signal = line("STOPSIGNAL SIG");
    assert_eq!(stop(child, signal).status, 0);
    let alone = ["sandbox", "--admin-anywhere"];
    assert_eq!(jdy(&vec![], &alone).status, 2);
}

#[test]
fn a_state_is_kept_in_a_file_from_one_run_to_the_next() {
    let folder = folder("state");
    let file = folder.join("state.json");
    let path = file.to_str().unwrap();
    let call = |arguments: &[&str], call: &[&str]| {
        let (child, said) = start(&[&["--state", path], arguments].concat());
        let ended = jdy(&environment(&said), &[&["call"], call].concat());
        assert_eq!(stop(child, "TERM").status, 0);
        ended
    };
    let order =
        r#"{"bill_no":"A1","bill_date":"2024-05-01","customer_id":"7","material_entity":[]}"#;
    let saved = call(&["--empty"], &["scm.sal_order_save", "--json", order]);
    assert_eq!(saved.status, 0, "{}", saved.stderr);
    let found = call(&[], &["scm.sal_order_detail", "number=A1"]);
    assert!(
        found.stdout.contains("A1"),
        "{} {}",
        found.stdout,
        found.stderr
    );
    let again = call(&[], &["scm.sal_order_save", "--json", order]);
    assert_eq!(again.status, 3, "{}", again.stderr);
    assert!(
        again.stderr.contains("组合值与其他表单重复"),
        "{}",
        again.stderr
    );
    let strict = call(
        &["--strict-references"],
        &["scm.sal_order_save", "--json", &order.replace("A1", "A2")],
    );
    assert!(
        strict.stderr.contains("参数id[7]不存在"),
        "{}",
        strict.stderr
    );
    let left = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(left, 1, "nothing else is left beside it");
}

/// Two sandboxes over one file: the first to end keeps its state there, the other one beside it.
#[test]
fn a_state_that_another_sandbox_wrote_meanwhile_is_not_replaced() {
    let folder = folder("two-states");
    let file = folder.join("state.json");
    let arguments = ["--empty", "--state", file.to_str().unwrap()];
    for (first, second) in [("A1", "B1"), ("A2", "B2")] {
        let (one, said_by_one) = start(&arguments);
        let (other, said_by_other) = start(&arguments);
        let save = |said: &str, number: &str| {
            let order = format!(
                r#"{{"bill_no":"{number}","bill_date":"2024-05-01","customer_id":"7","material_entity":[]}}"#
            );
            let call = ["call", "scm.sal_order_save", "--json", &order];
            assert_eq!(jdy(&environment(said), &call).status, 0);
        };
        save(&said_by_one, first);
        save(&said_by_other, second);
        assert_eq!(stop(one, "TERM").status, 0);
        let kept = folder.join(format!("state.json.{}.new", other.id()));
        let ended = stop(other, "TERM");
        assert_eq!(ended.status, 1, "{ended:?}");
        let told = format!("the state of this one is in {}", kept.display());
        assert!(ended.stderr.contains(&told), "{ended:?}");
        for (file, there, not_there) in [(&file, first, second), (&kept, second, first)] {
            let text = std::fs::read_to_string(file).unwrap();
            assert!(text.contains(there) && !text.contains(not_there), "{text}");
        }
    }
}

#[test]
fn a_state_whose_folder_is_not_there_is_refused_at_the_start() {
    let file = folder("no-folder").join("misspelt").join("state.json");
    let path = file.to_str().unwrap();
    // It would run until it is stopped, and then have nowhere to write to.
    let (address, more) = ("--listen=192.0.2.1:1", "--beyond-loopback");
    let ended = jdy(&vec![], &["sandbox", "--state", path, address, more]);
    assert_eq!(ended.status, 1, "{ended:?}");
    let said = format!("cannot read the state {path}: ");
    assert!(ended.stderr.contains(&said), "{ended:?}");
}

#[test]
fn a_file_that_holds_no_state_is_refused_and_left_as_it_is() {
    let folder = folder("no-state");
    let file = folder.join("state.json");
    let path = file.to_str().unwrap();
    for (text, reason) in [
        ("not a state", "holds no state and was left as it is"),
        (
            "{}",
            "holds a state that cannot be used and was left as it is: version",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let ended = jdy(&vec![], &["sandbox", "--state", path]);
        assert_eq!(ended.status, 1);
        assert!(ended.stderr.contains(reason), "{}", ended.stderr);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}
