//! `jdy batch` with its journal in a Postgres database.

use std::path::{Path, PathBuf};
use std::sync::Barrier;

#[path = "../../jdy-journal/tests/postgres/server.rs"]
#[allow(dead_code, reason = "the tests of the journal use the rest")]
mod server;

use jdy_sandbox::Sandbox;

use self::server::Server;
use crate::command::{Ended, business_calls, jdy, sandbox};
use crate::mcp::agent::Agent;

const PASSWORD: &str = "geheim-8d1f";

fn file(name: &str, lines: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("postgres-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    let rows = (1..=lines).map(|number| format!("10,1.00,R-{number}\n"));
    let text: String = rows.collect();
    let file = folder.join("list.csv");
    drop(std::fs::remove_file(file.with_extension("tokens")));
    std::fs::write(&file, format!("member_id,bal_amount,src_bill_id\n{text}")).unwrap();
    file
}

fn run(sandbox: &Sandbox, file: &Path, password: Option<&str>, more: &[&str]) -> Ended {
    let mut environment = sandbox.environment();
    environment.extend(password.map(|it| ("PGPASSWORD", it.to_owned())));
    // Two token calls a minute are all that processes with tokens of their own may make together.
    let tokens = format!("file:{}", file.with_extension("tokens").display());
    environment.push(("JDY_TOKEN_STORE", tokens));
    let file = file.display().to_string();
    let fixed = ["batch", "ls.mall_recharge", &file, "--rate", "600000"];
    jdy(&environment, &[&fixed[..], more].concat())
}

#[test]
fn a_list_in_a_database_goes_on_where_it_stopped() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.sql(&format!(
        "CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'; GRANT CREATE ON DATABASE shop TO app"
    ));
    let rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    std::fs::write(server.folder().join("data/pg_hba.conf"), rules).unwrap();
    server.sql("SELECT pg_reload_conf()");
    let address = server.address_of("app");
    let (file, sandbox) = (file("goes-on", 20), sandbox(&[]));
    let may = ["--journal", &address, "--list", "May"];

    let refused = run(&sandbox, &file, Some("geheim-0000"), &may);
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stderr.contains("nothing was sent"), "{refused:?}");
    assert!(!refused.stderr.contains("geheim"), "{refused:?}");

    let first = run(&sandbox, &file, Some(PASSWORD), &may);
    assert_eq!((first.status, first.stderr.as_str()), (0, ""), "{first:?}");
    let results = file.with_file_name("results.csv");
    let place = results.display().to_string();
    let with_results = [&may[..], &["--results", &place]].concat();
    let second = run(&sandbox, &file, Some(PASSWORD), &with_results);
    assert_eq!(second.status, 0, "{second:?}");
    let results = std::fs::read_to_string(results).unwrap();
    let done = sandbox.bills().into_iter();
    let done = done.map(|bill| format!(",{},done,{},{},", bill.src_bill_id, bill.bill_no, bill.id));
    let done: Vec<String> = done.collect();
    assert!(done.iter().all(|line| results.contains(line)), "{results}");
    assert_eq!(results.lines().count(), 21);
    assert_eq!(sandbox.bills().len(), 20);
    let settle = [&may[..], &["--settle", "R-1=applied"]].concat();
    let settled = run(&sandbox, &file, Some(PASSWORD), &settle);
    assert_eq!(settled.status, 2, "{settled:?}");
    let none = [
        "--journal",
        &address,
        "--list",
        "June",
        "--settle",
        "R-1=absent",
    ];
    let none = run(&sandbox, &file, Some(PASSWORD), &none);
    assert_eq!(none.status, 2, "{none:?}");
    assert!(none.stderr.contains("there is no journal"), "{none:?}");
}

/// A mistyped name of a list would recharge everyone twice.
#[test]
fn a_list_is_not_sent_again_under_another_name() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (file, sandbox) = (file("another-name", 3), sandbox(&[]));
    let address = server.address();
    let named = |list| ["--journal", &address, "--list", list];
    assert_eq!(run(&sandbox, &file, None, &named("May 2")).status, 0);
    let refused = run(&sandbox, &file, None, &named("may-2"));
    assert_eq!(refused.status, 2, "{refused:?}");
    let words = [
        "list \"may-2\"",
        "3, the first of them line 2",
        "--list 'May 2'",
        "nothing was sent",
    ];
    for words in words {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
    assert_eq!(sandbox.bills().len(), 3);
    let meant = [&named("may-2")[..], &["--allow-repeated"]].concat();
    let meant = run(&sandbox, &file, None, &meant);
    assert_eq!(meant.status, 0, "{meant:?}");
    assert_eq!(sandbox.bills().len(), 6);
}

/// As after a failover to a standby that lacks the last commits: what was sent is planned there.
#[test]
fn a_list_whose_database_was_put_back_is_not_to_be_run_again() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let address = server.address();
    let (file, sandbox) = (file("put-back", 600), sandbox(&[]));
    let more = ["--journal", &address, "--list", "May", "--concurrency", "1"];
    let ended = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&sandbox, &file, None, &more));
        while sandbox.bills().len() < 3 && !running.is_finished() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        server.sql(
            "UPDATE jdy_journal.workers SET writes = 0; \
             UPDATE jdy_journal.lines SET state = 'planned'",
        );
        running.join().unwrap()
    });
    assert_eq!(ended.status, 1, "{ended:?}");
    for words in ["would be sent twice", "run nothing on its lists"] {
        assert!(ended.stderr.contains(words), "{words}: {ended:?}");
    }
    let advice = "run the same command again";
    assert!(!ended.stderr.contains(advice), "{ended:?}");
}

/// As after a restore from a backup: a process that is started knows nothing of what was sent.
#[test]
fn nothing_is_sent_twice_from_a_database_that_was_restored_and_recovered() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let address = server.address();
    let (file, sandbox) = (file("restored", 3), sandbox(&[]));
    let may = ["--journal", &address, "--list", "May"];
    assert_eq!(run(&sandbox, &file, None, &may).status, 0);
    server.sql("UPDATE jdy_journal.lines SET state = 'planned', sent = 0 WHERE key <> 'R-1'");
    server.fail_over();
    let refused = run(&sandbox, &file, None, &may);
    assert_eq!(refused.status, 1, "{refused:?}");
    for words in [
        "was restored",
        "jdy batch recover",
        "--missing nothing if it certainly has every commit",
        "run nothing on its lists",
    ] {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
    // It may lack a list as well.
    let june = ["--journal", &address, "--list", "June"];
    let refused = run(&sandbox, &file, None, &june);
    assert_eq!(refused.status, 1, "{refused:?}");
    for words in ["jdy batch recover", "nothing was sent"] {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
    let chinese = vec![("LANG", "zh_CN.UTF-8".to_owned())];
    let recover = |more: &[&str]| {
        let fixed = ["batch", "recover", "--journal", &address];
        jdy(&Vec::new(), &[&fixed[..], more].concat())
    };
    assert_eq!(recover(&[]).status, 2);
    let recovered = recover(&["--missing", "calls"]);
    assert_eq!(recovered.status, 0, "{recovered:?}");
    let words = "2 lines of 1 list may have been sent";
    assert!(recovered.stdout.contains(words), "{recovered:?}");
    let open = run(&sandbox, &file, None, &may);
    assert_eq!(open.status, 5, "{open:?}");
    let status = ["batch", "status", "--journal", &address, "--list", "May"];
    let status = jdy(&Vec::new(), &status);
    let why = "it may have been sent: the database was restored or failed over";
    assert_eq!(status.stdout.matches(why).count(), 2, "{status:?}");
    let file_journal = [
        "batch",
        "recover",
        "--journal",
        "a.journal",
        "--missing",
        "calls",
    ];
    let refused = jdy(&chinese, &file_journal);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(refused.stderr.contains("不是数据库地址"), "{refused:?}");
    assert_eq!(sandbox.bills().len(), 3);
}

#[test]
fn a_batch_goes_on_after_a_failover_where_it_may_trust_it() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let address = server.address();
    let (file, sandbox) = (file("failover", 3), sandbox(&[]));
    let may = ["--journal", &address, "--list", "May"];
    assert_eq!(run(&sandbox, &file, None, &may).status, 0);
    server.sql("UPDATE jdy_journal.lines SET state = 'not_sent' WHERE line = 2");
    server.fail_over();
    let trusting = [&may[..], &["--trust-failover"]].concat();
    let end = run(&sandbox, &file, None, &trusting);
    assert_eq!(end.status, 0, "{end:?}");
    server.sql("UPDATE jdy_journal.lines SET state = 'not_sent' WHERE line = 3");
    assert_eq!(run(&sandbox, &file, None, &may).status, 1);
    let fixed = [
        "batch",
        "recover",
        "--journal",
        &address,
        "--missing",
        "nothing",
    ];
    let recovered = jdy(&Vec::new(), &fixed);
    assert_eq!(recovered.status, 0, "{recovered:?}");
    let end = run(&sandbox, &file, None, &may);
    assert_eq!(end.status, 0, "{end:?}");
    let of_file = ["--journal", "a.journal", "--trust-failover"];
    assert_eq!(run(&sandbox, &file, None, &of_file).status, 2);
}

#[test]
fn several_processes_work_on_one_list_and_end_alike() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (file, sandbox) = (file("several", 60), sandbox(&["slow=20ms"]));
    let address = server.address();
    let may = ["--journal", &address, "--list", "May", "--concurrency", "2"];
    let ends: Vec<Ended> = std::thread::scope(|scope| {
        let processes: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| run(&sandbox, &file, None, &may)))
            .collect();
        let ends = processes.into_iter().map(|process| process.join().unwrap());
        ends.collect()
    });
    for end in &ends {
        assert_eq!(end.status, 0, "{end:?}");
        let done = end.stdout.lines().find(|line| line.starts_with("done"));
        assert!(done.unwrap().ends_with(" 60"), "{end:?}");
    }
    assert_eq!(sandbox.bills().len(), 60);
    let workers = "SELECT count(DISTINCT worker) FROM jdy_journal.lines";
    assert_eq!(server.sql(workers), "3");
}

#[test]
fn the_status_of_a_list_shows_its_workers_and_what_is_open_and_writes_nothing() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let fault = "lost-before-commit@/jdy/v2/ls/mall_recharge*1";
    let (file, sandbox) = (file("status", 5), sandbox(&[fault]));
    let address = server.address();
    let may = ["--journal", &address, "--list", "May"];
    let status = |more: &[&str]| jdy(&Vec::new(), &[&["batch", "status"][..], more].concat());
    let none = status(&may);
    assert_eq!(none.status, 2, "{none:?}");
    assert_eq!(
        server.sql("SELECT to_regnamespace('jdy_journal') IS NULL"),
        "t"
    );

    let one_by_one = [&may[..], &["--concurrency", "1"]].concat();
    assert_eq!(run(&sandbox, &file, None, &one_by_one).status, 5);
    // A worker that died with a call under way, and an outcome that came late.
    server.sql(
        "INSERT INTO jdy_journal.workers (list, name, lease_until, run)
         VALUES (1, 'till-7', now() - interval '1 minute', 1);
         UPDATE jdy_journal.lines SET state = 'intent', worker = 2 WHERE key = 'R-5';
         INSERT INTO jdy_journal.late (list, line, worker, at, state, contradicts)
         VALUES (1, 3, 1, 1700000000000, 'done', true)",
    );
    let before = server.sql("SELECT * FROM jdy_journal.workers, jdy_journal.lines ORDER BY line");
    let shown = status(&[&may[..], &["--format", "json"]].concat());
    assert_eq!(shown.status, 0, "{shown:?}");
    let json: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(json["list"], "May");
    assert_eq!(json["operation"], "ls.mall_recharge");
    assert_eq!(json["lines"], 5);
    let counts = (&json["counts"]["done"], &json["counts"]["unknown"]);
    assert_eq!(counts, (&3.into(), &2.into()), "{json}");
    let workers = json["workers"].as_array().unwrap();
    assert_eq!(workers.len(), 2);
    assert_eq!(
        (&workers[0]["id"], &workers[0]["end_reason"]),
        (&1.into(), &"left".into())
    );
    assert_eq!(
        (&workers[1]["name"], &workers[1]["under_way"]),
        (&"till-7".into(), &1.into())
    );
    assert!(workers[1]["lease_left_ms"].is_null());
    let unknown = json["unknown"].as_array().unwrap();
    assert_eq!(unknown.len(), 2);
    assert_eq!(unknown[1]["key"], "R-5");
    assert!(unknown[1]["report"].as_str().unwrap().contains("till-7"));
    assert_eq!(
        (&json["late"][0]["line"], &json["late"][0]["contradicts"]),
        (&3.into(), &true.into())
    );

    let table = status(&may);
    for words in ["till-7", "its lease is over", "R-5", "ALERT", "unknown"] {
        assert!(table.stdout.contains(words), "{words}: {table:?}");
    }
    let after = server.sql("SELECT * FROM jdy_journal.workers, jdy_journal.lines ORDER BY line");
    assert_eq!(before, after);
}

#[test]
fn the_status_of_a_file_shows_what_is_open() {
    let fault = "lost-before-commit@/jdy/v2/ls/mall_recharge*1";
    let (file, sandbox) = (file("of-a-file", 3), sandbox(&[fault]));
    let journal = file.with_file_name("journal").display().to_string();
    drop(std::fs::remove_file(&journal));
    let none = jdy(&Vec::new(), &["batch", "status", "--journal", &journal]);
    assert_eq!(none.status, 2, "{none:?}");
    let one_by_one = ["--journal", &journal, "--concurrency", "1"];
    assert_eq!(run(&sandbox, &file, None, &one_by_one).status, 5);
    let shown = jdy(
        &Vec::new(),
        &["batch", "status", "--journal", &journal, "--format", "json"],
    );
    let json: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(json["counts"]["unknown"], 1, "{shown:?}");
    assert_eq!(json["unknown"][0]["key"], "R-1");
    assert_eq!(json["workers"], serde_json::json!([]));
    assert!(json["list"].is_null());
}

#[test]
fn an_address_that_cannot_be_used_is_refused_before_anything_is_sent() {
    let (file, sandbox) = (file("refused", 2), sandbox(&[]));
    let journal = file.with_file_name("journal").display().to_string();
    for (arguments, word) in [
        (
            vec!["postgres://a:geheim@localhost/b", "--list", "May"],
            "PGPASSWORD",
        ),
        (
            vec!["postgres://a@localhost/b?password=geheim", "--list", "May"],
            "PGPASSWORD",
        ),
        (
            vec!["postgres://a:geheim@localhost:x/b", "--list", "May"],
            "postgres://USER@HOST",
        ),
        (vec!["postgres://a@localhost/b"], "--list NAME"),
        (vec![journal.as_str(), "--list", "May"], "--list"),
    ] {
        let refused = run(
            &sandbox,
            &file,
            None,
            &[&["--journal"], &arguments[..]].concat(),
        );
        assert_eq!(refused.status, 2, "{refused:?}");
        assert!(refused.stderr.contains(word), "{refused:?}");
        assert!(refused.stderr.contains("nothing was sent"), "{refused:?}");
        let text = format!("{}{}", refused.stdout, refused.stderr);
        assert!(!text.contains("geheim"), "{text}");
    }
    let plain = [
        "--journal",
        "postgres://a@192.0.2.1/b?sslmode=disable",
        "--list",
        "May",
    ];
    let plain = run(&sandbox, &file, None, &plain);
    assert!(
        plain
            .stderr
            .contains("sslmode=disable is for a server on this machine"),
        "{plain:?}"
    );
    assert_eq!(sandbox.bills().len(), 0);
}

#[test]
fn agents_of_two_servers_make_a_write_once() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, address) = (sandbox(&[]), server.address());
    let place = ["--journal", &address, "--list", "agents"];
    let writes = [&["--write", "ls.mall_recharge"][..], &place].concat();
    let mut first = Agent::start(&sandbox.environment(), &writes);
    let mut second = Agent::start(&sandbox.environment(), &writes);
    let request = r#"{"member_id":"10","bal_amount":"1.00","src_bill_id":"R-1"}"#;
    let made = first.call("ls.mall_recharge", request);
    assert_eq!(made["outcome"], "done", "{made}");
    let again = second.call("ls.mall_recharge", request);
    assert_eq!(again["outcome"], "done", "{again}");
    assert_eq!(again["sent_now"], false, "{again}");
    assert_eq!(again["data"], made["data"]);
    assert_eq!(sandbox.bills().len(), 1);
    for agent in [first, second] {
        assert_eq!(agent.end().status, 0);
    }
}

/// The server of the agent lives through the failover.
#[test]
fn an_agent_learns_that_a_person_has_to_recover_the_database() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let (sandbox, address) = (sandbox(&[]), server.address());
    let place = ["--journal", &address, "--list", "agents"];
    let writes = [&["--write", "ls.mall_recharge"][..], &place].concat();
    let mut agent = Agent::start(&sandbox.environment(), &writes);
    let recharge =
        |key| format!(r#"{{"member_id":"10","bal_amount":"1.00","src_bill_id":"{key}"}}"#);
    let made = agent.call("ls.mall_recharge", &recharge("R-1"));
    assert_eq!(made["outcome"], "done", "{made}");
    server.fail_over();
    let other = format!(
        r#"{{"operation":"ls.mall_recharge","arguments":{}}}"#,
        recharge("R-2")
    );
    let refused = agent.refused("call", &other);
    let why = refused["error"].as_str().unwrap();
    for words in ["nothing is sent", "`jdy batch recover`"] {
        assert!(why.contains(words), "{words}: {refused}");
    }
    // What was done before is known.
    let again = agent.call("ls.mall_recharge", &recharge("R-1"));
    assert_eq!(again["sent_now"], false, "{again}");
    assert_eq!(sandbox.bills().len(), 1);
}

/// Each of them finds no such request in the journal before the other one's is there.
#[test]
fn of_two_servers_that_are_asked_at_once_for_one_keyless_request_at_most_one_sends_it() {
    const ROUNDS: usize = 12;
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let sandbox = sandbox(&["lost-after-commit@/jdy/v2/bd/measure_unit"]);
    let address = server.address();
    let place = ["--journal", &address, "--list", "agents"];
    let writes = [&["--write", "bd.measure_unit_save"][..], &place].concat();
    let start = Barrier::new(2);
    let outcomes = |own: &str| {
        let mut agent = Agent::start(&sandbox.environment(), &writes);
        let outcomes = (0..ROUNDS).map(|round| {
            let unit = format!(r#"{{"name":"unit {round}","precision":"0"}}"#);
            let request = format!(
                r#"{{"operation":"bd.measure_unit_save","arguments":{unit},"key":"{own}-{round}"}}"#
            );
            start.wait();
            agent.refused("call", &request)["outcome"].clone()
        });
        outcomes.collect::<Vec<_>>()
    };
    let both = std::thread::scope(|scope| {
        let both = ["A", "B"].map(|own| scope.spawn(move || outcomes(own)));
        both.map(|own| own.join().unwrap())
    });
    let mut sent = 0;
    for (round, pair) in both[0].iter().zip(&both[1]).enumerate() {
        let lost = [pair.0, pair.1].map(|outcome| usize::from(outcome == "unknown"));
        let lost: usize = lost.iter().sum();
        assert!(lost <= 1, "round {round} was sent twice");
        sent += lost;
    }
    let units = business_calls(&sandbox).into_iter();
    assert_eq!(
        units.filter(|call| call.contains("measure_unit")).count(),
        sent
    );
}
