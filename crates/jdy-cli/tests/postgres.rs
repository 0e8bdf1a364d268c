//! `jdy batch` with its journal in a Postgres database.

use std::path::{Path, PathBuf};

#[path = "../../jdy-journal/tests/postgres/server.rs"]
#[allow(dead_code, reason = "the tests of the journal use the rest")]
mod server;

use jdy_sandbox::Sandbox;

use self::server::Server;
use crate::command::{Ended, jdy, sandbox};

const PASSWORD: &str = "geheim-8d1f";

fn file(name: &str, lines: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("postgres-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    let rows = (1..=lines).map(|number| format!("10,1.00,R-{number}\n"));
    let text: String = rows.collect();
    let file = folder.join("list.csv");
    std::fs::write(&file, format!("member_id,bal_amount,src_bill_id\n{text}")).unwrap();
    file
}

fn run(sandbox: &Sandbox, file: &Path, password: Option<&str>, more: &[&str]) -> Ended {
    let mut environment = sandbox.environment();
    environment.extend(password.map(|it| ("PGPASSWORD", it.to_owned())));
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
    let address = format!("postgres://app@127.0.0.1:{}/shop", server.port);
    let (file, sandbox) = (file("goes-on", 20), sandbox(&[]));
    let may = ["--journal", &address, "--list", "May"];

    let refused = run(&sandbox, &file, Some("geheim-0000"), &may);
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stderr.contains("nothing was sent"), "{refused:?}");
    assert!(!refused.stderr.contains("geheim"), "{refused:?}");

    let first = run(&sandbox, &file, Some(PASSWORD), &may);
    assert_eq!((first.status, first.stderr.as_str()), (0, ""), "{first:?}");
    let second = run(&sandbox, &file, Some(PASSWORD), &may);
    assert_eq!(second.status, 0, "{second:?}");
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

#[test]
fn a_second_process_on_one_list_is_refused() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let held = runtime.block_on(server.store("May")).unwrap();
    let (file, sandbox) = (file("second", 2), sandbox(&[]));
    let may = ["--journal", &server.address(), "--list", "May"];
    let refused = run(&sandbox, &file, None, &may);
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stderr.contains("another process"), "{refused:?}");
    assert_eq!(sandbox.bills().len(), 0);
    drop(held);
    assert_eq!(run(&sandbox, &file, None, &may).status, 0);
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
