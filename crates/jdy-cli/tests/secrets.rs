//! Secrets that come by environment or argument stand in nothing that the command prints.

use base64::Engine as _;

use crate::command::{Environment, jdy, sandbox};

const CLIENT_SECRET: &str = "MARK+client/secret=1";
const APP_SECRET: &str = "MARK+app/secret=2";

/// Every form in which a secret could slip out: plain, encoded for a URL, in hex, and in Base64
/// wherever it stands in a longer text.
fn forms(secret: &str) -> Vec<String> {
    let url = |upper: bool| {
        let bytes = secret.bytes().map(|byte| match (byte, upper) {
            (byte, _) if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            (byte, true) => format!("%{byte:02X}"),
            (byte, false) => format!("%{byte:02x}"),
        });
        bytes.collect::<String>()
    };
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        secret.to_owned(),
        url(true),
        url(false),
        url(true).replace('%', "%25"),
        hex.to_uppercase(),
        hex,
    ];
    for before in 0..3 {
        let whole = format!("{}{secret}", "-".repeat(before));
        let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&whole);
        // The first and the last character may be shared with what stands beside.
        let core = &text[(before * 8).div_ceil(6)..whole.len() * 8 / 6];
        forms.push(core.replace('+', "-").replace('/', "_"));
        forms.push(core.to_owned());
    }
    forms
}

fn prints_no_secret(environment: &Environment, arguments: &[&str]) {
    let ended = jdy(environment, arguments);
    let printed = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!printed.is_empty());
    for form in [forms(CLIENT_SECRET), forms(APP_SECRET)].concat() {
        assert!(!printed.contains(&form), "{arguments:?}: {printed}");
    }
}

#[test]
fn no_secret_is_printed_whatever_the_command_and_its_end() {
    let sandbox = sandbox(&[]);
    let mut both = sandbox.environment();
    both[2].1 = CLIENT_SECRET.to_owned();
    both[4].1 = APP_SECRET.to_owned();
    let mut app_secret_only = both.clone();
    app_secret_only[2].1 = sandbox.client_secret().to_owned();
    let mut bad_router = both.clone();
    bad_router[5].1 = "http://example.com".to_owned();

    let rules = ["call", "ls.mall_recharge_rule", "member_id=10"];
    for environment in [&both, &app_secret_only, &bad_router] {
        prints_no_secret(environment, &rules);
        prints_no_secret(environment, &[&rules[..], &["--raw"]].concat());
        prints_no_secret(environment, &["sign", "--explain", "GET", "/a", "b=c"]);
        prints_no_secret(environment, &["sign", "GET", "/a?b=c"]);
        prints_no_secret(environment, &["sign", "--help"]);
        prints_no_secret(environment, &["--help"]);
        prints_no_secret(environment, &["call", "nothing"]);
    }
}

#[test]
fn a_secret_that_is_given_as_argument_is_not_printed_either() {
    let given = ["sign", "--client-secret", CLIENT_SECRET];
    for more in [
        &["--explain", "GET", "/a"][..],
        &["GET"][..],
        &["GET", "a"][..],
        &["PATCH", "/a"][..],
        &["--client-secret", CLIENT_SECRET, "GET", "/a"][..],
    ] {
        prints_no_secret(&vec![], &[&given[..], more].concat());
    }
}

#[test]
fn an_error_holds_nothing_of_the_query() {
    let sandbox = sandbox(&[]);
    let mut wrong = sandbox.environment();
    wrong[2].1 = CLIENT_SECRET.to_owned();
    let phone = "13800 000000";
    let pair = format!("phone={phone}");
    for (environment, target, status) in [
        (&sandbox.environment(), "GET:/jdy/v2/none", 3),
        // The gateway tells what should have been signed.
        (&wrong, "GET:/jdy/v2/none", 4),
        (
            &sandbox.environment(),
            "GET:/jdy/v2/none?phone=13800 000000",
            2,
        ),
    ] {
        let ended = jdy(environment, &["call", target, &pair]);
        assert_eq!(ended.status, status, "{ended:?}");
        let said = ended.stderr.replace(&format!("{target:?}"), "");
        for form in forms(phone) {
            assert!(!said.contains(&form), "{form}: {said}");
        }
    }
}

#[test]
fn no_secret_gets_into_a_journal() {
    let sandbox = sandbox(&[]);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (list, journal) = (folder.join("secrets.csv"), folder.join("secrets.journal"));
    let rows = "member_id,bal_amount,src_bill_id\n10,1,R-1\nnobody,1,R-2\n";
    std::fs::write(&list, rows).unwrap();
    let mut wrong = sandbox.environment();
    wrong[2].1 = CLIENT_SECRET.to_owned();
    let mut stale = sandbox.environment();
    stale[4].1 = APP_SECRET.to_owned();
    for environment in [wrong, stale] {
        drop(std::fs::remove_file(&journal));
        let (list, journal) = (list.to_str().unwrap(), journal.to_str().unwrap());
        let arguments = ["batch", "ls.mall_recharge", list, "--journal", journal];
        let more = ["--deadline", "1s"];
        prints_no_secret(&environment, &[&arguments[..], &more].concat());
        // Whatever lies beside it belongs to it.
        let kept: Vec<u8> = ["", "-wal", "-journal"]
            .iter()
            .filter_map(|end| std::fs::read(format!("{journal}{end}")).ok())
            .flatten()
            .collect();
        let kept = String::from_utf8_lossy(&kept);
        assert!(kept.contains("ls.mall_recharge not sent"));
        for form in [forms(CLIENT_SECRET), forms(APP_SECRET)].concat() {
            assert!(!kept.contains(&form), "{form}");
        }
    }
}
