//! `jdy sign` signs as the vendor's worked examples do, and shows each stage.

use crate::command::jdy;

const SECRET: &str = "f2adcfef73369bfc4e1384677d38a0ff";
const NONCE: &str = "4427456950";
const TIMESTAMP: &str = "1670305063559";

/// The arguments after the options, the query on the wire and the signature.
type Vector = (&'static [&'static str], &'static str, &'static str);

/// The first one is the vendor's own.
const VECTORS: &[Vector] = &[
    (
        &[
            "GET",
            "/jdyconnector/app_management/kingdee_auth_token",
            "app_key=bVZgAZOv1",
            "app_signature=MzZlYTk0ODk4MWZlNjdiODNmNWU4YzViNzYxNGM5MTFlOGJkN2NjMzk0MTJkZGNhZGM0NzZhN2YxZDJmOTlkZA==",
        ],
        "app_key=bVZgAZOv1&app_signature=MzZlYTk0ODk4MWZlNjdiODNmNWU4YzViNzYxNGM5MTFlOGJkN2NjMzk0MTJkZGNhZGM0NzZhN2YxZDJmOTlkZA%3D%3D",
        "OTFiZTliNDFiMjNkYTI3YzVhNzg4MDI4ZGU3MWY1ZTA5ZTk1NjVlNGM1YTI1ZjIxY2Y5YTA3ZGY2OGI1MGQ1MQ==",
    ),
    (
        &["GET", "/jdy/v2/bd/material"],
        "",
        "ZTg1YmZmYjlhMGQwNjEwYmEyMDllMDRkOTdhNjJlMzNjNzlmMzYyYmI4YmY1MTJiN2FiOWM3MjY4NGIxY2RjMQ==",
    ),
    (
        &["POST", "/jdy/v2/bd/customer"],
        "",
        "MjM3ZTdkNjIyOThmMTczZTc2YWY0YTQ1MjFmNGZiMjhkMzc3MjNiZWQ4ZmI0OTYxZTIyNWQ1Mzk5NzBhOTI3Zg==",
    ),
    (
        &["GET", "/jdy/v2/bd/material", "search=测试"],
        "search=%E6%B5%8B%E8%AF%95",
        "YmM5MDRlNDEyMmZhMjYyMzg1ODliNjQzOGRmZTQyZTJkZWZkMTg2YTE5NTRiNWQxODMzYmEzMjhhYjMzNDk4Yg==",
    ),
    (
        &["GET", "/jdy/v2/bd/material", "search=a+b"],
        "search=a%2Bb",
        "ZDc2OTU2MDQ4MTJiM2IxY2NjZDNiYWQ3Y2E5ZDU0MWRhYjRmNjcwMjQ4MmM3YWJhMzJiNzA2YTIwMDNiYTU5YQ==",
    ),
    (
        &["GET", "/jdy/v2/bd/material", "search=a=b&c/d"],
        "search=a%3Db%26c%2Fd",
        "ZGI5ZWU5MzgxYjIwYTY3YTc4ZjNlNjQyZmZkZTM1ZjU2ZTI5NjdmNjBmM2JiNThjOTViMzU4NGRmY2I2OTY2NA==",
    ),
    (
        &["GET", "/jdy/v2/bd/material", "search=a(b)!'"],
        "search=a%28b%29%21%27",
        "ZWFlMDNlMDQyY2JkOTJlZmZlODY4ZWMxYzI5Nzk0ZDI0MjQ4MTY0NDIzOTAyNjRlYmI2YTljYjJlODg0Zjk2YQ==",
    ),
    (
        &[
            "GET",
            "/jdy/v2/bd/material",
            "search=",
            "page=1",
            "page_size=10",
        ],
        "page=1&page_size=10&search=",
        "NjU4NTcyMWYyNjQ0MzgyNjdhOTc3ZTkxZDFiNDViOGYxYTFhNDY2NGY1MTY2Mzc2MTE4ZWRlNzQ2N2Q1N2YyOQ==",
    ),
    (
        &[
            "POST",
            "/jdyconnector/app_management/push_app_authorize",
            "outerInstanceId=492475033566973952",
        ],
        "outerInstanceId=492475033566973952",
        "ZWE5ZDMyNDU2NzljMGI5ZWQ0NTBiZDcwYTNhODhjMjgwNzJhMDU5MmUwMDQ3MGQ4ODBhOGZkOWVlNDA4ODczZg==",
    ),
    (
        &["GET", "/jdy/v2/bd/material", "search=a b"],
        "search=a%20b",
        "NDI2NWNhYTc0MTA1ZjliYmM3MTBlMTAxY2ExMzk1ODkyYzgyZjYwNzAxNmQ5OWZhNjA2MGU0YWI1ZWZhMTkzNw==",
    ),
];

fn sign(more: &[&str]) -> String {
    let given = [
        "sign",
        "--client-secret",
        SECRET,
        "--nonce",
        NONCE,
        "--timestamp",
        TIMESTAMP,
    ];
    let ended = jdy(&vec![], &[&given, more].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{more:?}");
    ended.stdout
}

#[test]
fn every_vector_is_signed_as_it_should_be() {
    for (arguments, _, signature) in VECTORS {
        assert_eq!(sign(arguments), format!("{signature}\n"), "{arguments:?}");
    }
}

#[test]
fn explain_shows_what_travels_and_the_same_signature() {
    for (arguments, wire_query, signature) in VECTORS {
        let stages = sign(&[&["--explain"], *arguments].concat());
        let query = if wire_query.is_empty() {
            "(none)"
        } else {
            wire_query
        };
        assert!(
            stages.contains(&format!("wire query     {query}\n")),
            "{stages}"
        );
        assert!(
            stages.contains(&format!("signature      {signature}\n")),
            "{stages}"
        );
        assert!(
            stages.contains(&format!("  X-Api-Signature: {signature}\n")),
            "{stages}"
        );
        assert!(!stages.contains(SECRET));
    }
}

#[test]
fn explain_shows_the_canonical_text_with_its_line_ends() {
    let stages = sign(&["--explain", "GET", "/jdy/v2/bd/material", "search=测试"]);
    let canonical = r"
  GET\n
  %2Fjdy%2Fv2%2Fbd%2Fmaterial\n
  search=%25E6%25B5%258B%25E8%25AF%2595\n
  x-api-nonce:4427456950\n
  x-api-timestamp:1670305063559\n
";
    assert!(stages.contains(canonical), "{stages}");
    let hmac = "bc904e4122fa26238589b6438dfe42e2defd186a1954b5d1833ba328ab33498b";
    assert!(
        stages.contains(&format!("hmac hex       {hmac}\n")),
        "{stages}"
    );
    assert!(sign(&["--explain", "GET", "/a"]).contains("%2Fa\\n\n  \\n\n  x-api-nonce"));
}

#[test]
fn the_secret_comes_from_the_environment_and_nonce_and_time_are_fresh() {
    let environment = vec![
        ("JDY_CLIENT_SECRET", SECRET.to_owned()),
        ("JDY_CLIENT_ID", "200421".to_owned()),
    ];
    let stages = || jdy(&environment, &["sign", "--explain", "GET", "/a"]).stdout;
    let header = |stages: &str, name: &str| {
        let start = format!("  {name}: ");
        let line = stages.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap().to_owned()
    };
    let (first, second) = (stages(), stages());
    assert_eq!(header(&first, "X-Api-ClientID"), "200421");
    assert_eq!(header(&first, "X-Api-Nonce").len(), 16);
    assert_eq!(header(&first, "X-Api-TimeStamp").len(), 13);
    assert_ne!(
        header(&first, "X-Api-Nonce"),
        header(&second, "X-Api-Nonce")
    );
}

#[test]
fn what_cannot_be_signed_is_refused() {
    for (arguments, said) in [
        (&["GET", "/a?b=c"][..], "give the query as NAME=VALUE pairs"),
        (&["GET", "a"][..], "begins with /"),
        (&["PATCH", "/a"][..], "GET, POST, PUT or DELETE"),
        (&["GET", "/a", "b"][..], "NAME=VALUE"),
        (&["--nonce", "1\n2", "GET", "/a"][..], "digits"),
        (&["GET", "/a"][..], "JDY_CLIENT_SECRET"),
    ] {
        let ended = jdy(&vec![], &[&["sign"], arguments].concat());
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
}
