//! The vendor's worked examples, and others computed by its rule, copied by hand.

use jdy_sandbox::signature::{Signed, app_signature, canonical_text, sign};

const SECRET: &str = "f2adcfef73369bfc4e1384677d38a0ff";

fn signed<'a>(method: &'a str, path: &'a str, query: &'a str) -> Signed<'a> {
    Signed {
        method,
        path,
        query,
        nonce: "4427456950",
        timestamp: "1670305063559",
        further: &[],
        body: b"",
    }
}

fn signature_of(method: &str, path: &str, query: &str) -> String {
    sign(SECRET, &canonical_text(&signed(method, path, query)))
}

#[test]
fn the_official_token_call_has_its_official_canonical_text_and_signature() {
    let path = "/jdyconnector/app_management/kingdee_auth_token";
    let query = "app_key=bVZgAZOv1&app_signature=MzZlYTk0ODk4MWZlNjdiODNmNWU4YzViNzYxNGM5MTFlOGJkN2NjMzk0MTJkZGNhZGM0NzZhN2YxZDJmOTlkZA%3D%3D";
    assert_eq!(
        canonical_text(&signed("GET", path, query)),
        "GET\n%2Fjdyconnector%2Fapp_management%2Fkingdee_auth_token\napp_key=bVZgAZOv1&app_signature=MzZlYTk0ODk4MWZlNjdiODNmNWU4YzViNzYxNGM5MTFlOGJkN2NjMzk0MTJkZGNhZGM0NzZhN2YxZDJmOTlkZA%253D%253D\nx-api-nonce:4427456950\nx-api-timestamp:1670305063559\n"
    );
    assert_eq!(
        signature_of("GET", path, query),
        "OTFiZTliNDFiMjNkYTI3YzVhNzg4MDI4ZGU3MWY1ZTA5ZTk1NjVlNGM1YTI1ZjIxY2Y5YTA3ZGY2OGI1MGQ1MQ=="
    );
}

#[test]
fn the_official_app_signature_comes_out() {
    assert_eq!(
        app_signature("abc", "abc123"),
        "ZDljMTI3NGIyNTE1MTRkYzlkNjc1MDNhYjUzMzgzNWMyY2M4YTdjMzdmNmM3YTVlNDkxMTkzNjdiOTFjNzUyZQ=="
    );
}

#[test]
fn every_kind_of_query_has_the_signature_of_the_rule() {
    let material = "/jdy/v2/bd/material";
    let cases = [
        (
            "GET",
            material,
            "",
            "ZTg1YmZmYjlhMGQwNjEwYmEyMDllMDRkOTdhNjJlMzNjNzlmMzYyYmI4YmY1MTJiN2FiOWM3MjY4NGIxY2RjMQ==",
        ),
        (
            "POST",
            "/jdy/v2/bd/customer",
            "",
            "MjM3ZTdkNjIyOThmMTczZTc2YWY0YTQ1MjFmNGZiMjhkMzc3MjNiZWQ4ZmI0OTYxZTIyNWQ1Mzk5NzBhOTI3Zg==",
        ),
        (
            "GET",
            material,
            "search=%E6%B5%8B%E8%AF%95",
            "YmM5MDRlNDEyMmZhMjYyMzg1ODliNjQzOGRmZTQyZTJkZWZkMTg2YTE5NTRiNWQxODMzYmEzMjhhYjMzNDk4Yg==",
        ),
        (
            "GET",
            material,
            "search=a%2Bb",
            "ZDc2OTU2MDQ4MTJiM2IxY2NjZDNiYWQ3Y2E5ZDU0MWRhYjRmNjcwMjQ4MmM3YWJhMzJiNzA2YTIwMDNiYTU5YQ==",
        ),
        (
            "GET",
            material,
            "search=a%3Db%26c%2Fd",
            "ZGI5ZWU5MzgxYjIwYTY3YTc4ZjNlNjQyZmZkZTM1ZjU2ZTI5NjdmNjBmM2JiNThjOTViMzU4NGRmY2I2OTY2NA==",
        ),
        (
            "GET",
            material,
            "search=a%28b%29%21%27",
            "ZWFlMDNlMDQyY2JkOTJlZmZlODY4ZWMxYzI5Nzk0ZDI0MjQ4MTY0NDIzOTAyNjRlYmI2YTljYjJlODg0Zjk2YQ==",
        ),
        (
            "GET",
            material,
            "page=1&page_size=10&search=",
            "NjU4NTcyMWYyNjQ0MzgyNjdhOTc3ZTkxZDFiNDViOGYxYTFhNDY2NGY1MTY2Mzc2MTE4ZWRlNzQ2N2Q1N2YyOQ==",
        ),
        (
            "POST",
            "/jdyconnector/app_management/push_app_authorize",
            "outerInstanceId=492475033566973952",
            "ZWE5ZDMyNDU2NzljMGI5ZWQ0NTBiZDcwYTNhODhjMjgwNzJhMDU5MmUwMDQ3MGQ4ODBhOGZkOWVlNDA4ODczZg==",
        ),
        (
            "GET",
            material,
            "search=a%20b",
            "NDI2NWNhYTc0MTA1ZjliYmM3MTBlMTAxY2ExMzk1ODkyYzgyZjYwNzAxNmQ5OWZhNjA2MGU0YWI1ZWZhMTkzNw==",
        ),
    ];
    for (method, path, query, expected) in cases {
        assert_eq!(
            signature_of(method, path, query),
            expected,
            "{method} {path}?{query}"
        );
    }
}

#[test]
fn what_the_official_java_client_signs_comes_out() {
    for (query, line, expected) in [
        (
            "search=a+b",
            "search=a%2Bb",
            "ZmI0YWI2YzJkNjE2NzFmZWFlMmIwOWNkM2YxY2Q0MzhlY2YxNmYyOTBjYjcyYTNjMDU2NDhmNjBkMjU2YjM0Yw==",
        ),
        (
            "search=a%7Eb",
            "search=a%257Eb",
            "OWNkZjAxOTUxY2ZmZDNiYTkyYTMzZDc1YjFkM2FmZTRlYTYxZTU3NWFlMDEzMGNmNDFkYzRhZDczZTIzMDU4MQ==",
        ),
        (
            "search=a*b",
            "search=a%2Ab",
            "OTk5YjI3MTQzNDc3OGY1ZDAyYzg5Y2ZhNTE1NjBiYzMyOGVmZDJmODZlM2RmYjg5OTNhMWU0YmYzMzQzYTdiYg==",
        ),
    ] {
        let text = canonical_text(&signed("GET", "/jdy/v2/bd/material", query));
        assert_eq!(text.lines().nth(2), Some(line));
        assert_eq!(signature_of("GET", "/jdy/v2/bd/material", query), expected);
    }
}
