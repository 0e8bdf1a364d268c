//! The admin interface under `/__sandbox/`: what it shows and changes, and whom it refuses.

use std::collections::BTreeSet;

use jdy_sandbox::{Fault, FaultKind, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::client::{
    Call, RECHARGE, Reply, TOKEN, exchange, now, recharge, recharge_body, rules, seal, token,
    token_call,
};

const API: &str = include_str!("../../../docs/sandbox-api.yaml");

fn bytes(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into()
}

async fn ask(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Reply {
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    let bytes = bytes(method, path, "Host: localhost\r\n", body);
    exchange(&mut stream, &bytes).await
}

async fn get(sandbox: &Sandbox, path: &str) -> Value {
    let reply = ask(sandbox, "GET", path, "").await;
    assert_eq!(reply.status, Some(200), "{path}: {reply:?}");
    reply.json()
}

async fn add_fault(sandbox: &Sandbox, fault: &str) -> u64 {
    let body = json!({ "fault": fault }).to_string();
    let reply = ask(sandbox, "POST", "/__sandbox/faults", &body).await;
    assert_eq!(reply.status, Some(201), "{reply:?}");
    reply.json()["id"].as_u64().unwrap()
}

#[tokio::test]
async fn the_requests_are_listed_with_outcome_operation_and_both_texts_of_a_signature() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let right = rules(&token);
    right.send(&sandbox).await;
    let text = right.signed_text().replace("%2F", "/");
    let wrong = Call {
        signature: Some(seal(sandbox.client_secret(), &text)),
        ..right
    };
    wrong.send(&sandbox).await;
    let listed = get(&sandbox, "/__sandbox/requests").await;
    let rows = listed["requests"].as_array().unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|row| (&row["number"], &row["operation"], &row["outcome"]))
        .collect();
    let (rule, ok) = (json!("ls.mall_recharge_rule"), json!("ok"));
    assert_eq!(shown[0].0, &json!(1));
    assert_eq!(shown[1], (&json!(2), &rule, &ok));
    assert_eq!(shown[2], (&json!(3), &rule, &json!("refused")));
    assert_eq!(listed["last"], 3);
    assert_eq!(rows[2]["errcode"], 4008);
    assert_eq!(rows[2]["query"], "member_id=10");
    let says = rows[2]["description"].as_str().unwrap();
    assert!(says.contains("the path was signed without"), "{says}");
    let text = |name: &str| rows[2]["signature"][name].as_str().unwrap().to_owned();
    assert_eq!(
        text("expected").lines().nth(1),
        Some("%2Fjdy%2Fv2%2Fls%2Fmall_recharge_rule")
    );
    assert_eq!(
        text("signed").lines().nth(1),
        Some("/jdy/v2/ls/mall_recharge_rule")
    );
    let age = now() - rows[2]["epoch_millis"].as_i64().unwrap();
    assert!((0..60_000).contains(&age), "{age}");

    let after = get(&sandbox, "/__sandbox/requests?after=1&limit=1").await;
    assert_eq!(after["requests"].as_array().unwrap().len(), 1);
    assert_eq!(after["requests"][0]["number"], 2);
    let latest = get(&sandbox, "/__sandbox/requests?limit=1").await;
    assert_eq!(latest["requests"][0]["number"], 3);
    let reply = ask(&sandbox, "GET", "/__sandbox/requests?after=x", "").await;
    assert_eq!(reply.status, Some(400));

    ask(&sandbox, "DELETE", "/__sandbox/requests", "").await;
    let listed = get(&sandbox, "/__sandbox/requests").await;
    assert_eq!(listed, json!({"requests": [], "last": 3}));
}

#[tokio::test]
async fn a_secret_of_somebody_else_is_not_shown() {
    let sandbox = Sandbox::start().await.unwrap();
    let secret = "Zm9yZWlnbnNlY3JldHNpZ25hdHVyZQ";
    let query = [("app_key", "x"), ("app_signature", secret)];
    let call = Call::new("GET", TOKEN, &query, "");
    call.clone()
        .header("X-Api-ClientID", "205022")
        .send(&sandbox)
        .await;
    call.send(&sandbox).await;
    let wrong = Call {
        signature: Some("nonsense".to_owned()),
        ..call.clone()
    };
    wrong.send(&sandbox).await;
    let with_token = call
        .header("X-Api-SignHeaders", "X-Api-TimeStamp,X-Api-Nonce,app-token")
        .header("app-token", "foreigntoken.foreignpart");
    with_token.send(&sandbox).await;
    let listed = get(&sandbox, "/__sandbox/requests").await;
    let rows = listed["requests"].as_array().unwrap();
    let codes: Vec<_> = rows
        .iter()
        .map(|row| row["errcode"].as_i64().unwrap())
        .collect();
    assert_eq!(codes, [4003, 1_030_002_006, 4008, 4008]);
    assert_eq!(rows[0]["query"], "");
    assert_eq!(
        rows[1]["query"],
        format!("app_key=x&app_signature={}", "*".repeat(30))
    );
    let text = listed.to_string();
    for hidden in [secret, "foreigntoken", "foreignpart"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    // The sandbox's own secrets are no secrets.
    token_call(&sandbox).send(&sandbox).await;
    let listed = get(&sandbox, "/__sandbox/requests?after=4").await;
    let query = listed["requests"][0]["query"].as_str().unwrap();
    assert!(!query.contains('*'), "{query}");
}

#[tokio::test]
async fn its_own_requests_are_neither_recorded_nor_counted_and_no_fault_fires_on_them() {
    let sandbox = Sandbox::start().await.unwrap();
    for kind in [
        FaultKind::Status429,
        FaultKind::ResetBeforeRead,
        FaultKind::ResetWhileReading,
    ] {
        sandbox.inject(Fault::new(kind));
    }
    sandbox.inject(Fault::on("/__sandbox/", FaultKind::Empty502));
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    for _ in 0..2 {
        let bytes = bytes("GET", "/__sandbox/clock", "Host: localhost\r\n", "");
        let reply = exchange(&mut stream, &bytes).await;
        assert_eq!(reply.status, Some(200), "{reply:?}");
    }
    assert!(sandbox.requests().is_empty());
    assert!(sandbox.faults_fired().is_empty());
    assert_eq!(token_call(&sandbox).send(&sandbox).await.status, None);
    assert_eq!(sandbox.faults_fired()["reset-before-read"], 1);
}

#[tokio::test]
async fn faults_are_added_listed_fire_and_are_removed() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    let first = add_fault(&sandbox, &format!("lost-after-commit@{RECHARGE}*1")).await;
    let second = add_fault(&sandbox, "slow=2s@/jdy/v2/bd/%50").await;
    let listed = get(&sandbox, "/__sandbox/faults").await;
    assert_eq!(
        listed["faults"],
        json!([
            {"id": first, "fault": format!("lost-after-commit@{RECHARGE}*1"),
             "kind": "lost-after-commit", "path": RECHARGE, "times_left": 1},
            {"id": second, "fault": "slow=2000ms@/jdy/v2/bd/%50",
             "kind": "slow", "path": "/jdy/v2/bd/", "times_left": null},
        ])
    );
    let kinds = listed["kinds"].as_array().unwrap();
    assert!(kinds.contains(&json!({"kind": "gateway", "value": "CODE"})));
    assert!(kinds.contains(&json!({"kind": "not-json", "value": null})));
    let lost = recharge(&token, &recharge_body("1", "k"))
        .send(&sandbox)
        .await;
    assert_eq!(lost.status, None);
    assert_eq!(sandbox.bills().len(), 1);
    let listed = get(&sandbox, "/__sandbox/faults").await;
    assert_eq!(listed["fired"], json!({"lost-after-commit": 1}));
    assert_eq!(listed["faults"].as_array().unwrap().len(), 1);

    let path = format!("/__sandbox/faults/{second}");
    let reply = ask(&sandbox, "DELETE", &path, "").await;
    assert_eq!(reply.json()["removed"], "slow=2000ms@/jdy/v2/bd/%50");
    assert_eq!(ask(&sandbox, "DELETE", &path, "").await.status, Some(404));
    add_fault(&sandbox, "not-utf8").await;
    let reply = ask(&sandbox, "DELETE", "/__sandbox/faults", "").await;
    assert_eq!(reply.json()["removed"], 1);
    for (body, word) in [
        (json!({"fault": "explode"}), "unknown fault"),
        (json!({"fault": 1}), "fault must be a text"),
        (json!({"faults": "not-utf8"}), "unknown field faults"),
        (json!(["not-utf8"]), "must be a JSON object"),
    ] {
        let reply = ask(&sandbox, "POST", "/__sandbox/faults", &body.to_string()).await;
        assert_eq!(reply.status, Some(400), "{body}");
        let error = reply.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(word), "{error}");
    }
}

#[tokio::test]
async fn the_state_is_read_replaced_and_reset() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = get(&sandbox, "/__sandbox/state").await;
    assert_eq!(first, sandbox.state());
    let token = token(&sandbox).await;
    recharge(&token, &recharge_body("7", "k"))
        .send(&sandbox)
        .await;
    let later = get(&sandbox, "/__sandbox/state").await;
    assert_ne!(first, later);
    let reset = ask(&sandbox, "POST", "/__sandbox/state/reset", "").await;
    assert_eq!(reset.status, Some(200));
    assert_eq!(sandbox.state(), first);
    let put = ask(&sandbox, "PUT", "/__sandbox/state", &later.to_string()).await;
    assert_eq!(put.status, Some(200));
    assert_eq!(sandbox.state(), later);
    for bad in ["", "[]", r#"{"version": 9}"#] {
        let put = ask(&sandbox, "PUT", "/__sandbox/state", bad).await;
        assert_eq!(put.status, Some(400), "{bad}");
        assert!(put.json()["error"].is_string());
    }
    assert_eq!(sandbox.state(), later);
}

#[tokio::test]
async fn the_clock_is_set_and_advanced_and_tokens_follow_it() {
    let sandbox = Sandbox::builder()
        .clock(|| 1_670_305_063_559)
        .start()
        .await
        .unwrap();
    let at = |sandbox: &Sandbox| Call {
        timestamp: "1670305063559".to_owned(),
        ..token_call(sandbox)
    };
    assert_eq!(at(&sandbox).send(&sandbox).await.code(), 0);
    let body = json!({"millis": 3_600_000}).to_string();
    let reply = ask(&sandbox, "POST", "/__sandbox/clock/advance", &body).await;
    assert_eq!(
        reply.json(),
        json!({"epoch_millis": 1_670_308_663_559_i64, "offset_millis": 3_600_000,
               "china_time": "2022-12-06 14:37:43"})
    );
    assert_eq!(reply.header("Date"), Some("Tue, 06 Dec 2022 06:37:43 GMT"));
    assert_eq!(at(&sandbox).send(&sandbox).await.code(), 4006);
    let body = json!({"epoch_millis": 1_670_305_063_000_i64}).to_string();
    let reply = ask(&sandbox, "PUT", "/__sandbox/clock", &body).await;
    assert_eq!(reply.json()["offset_millis"], -559);
    assert_eq!(at(&sandbox).send(&sandbox).await.code(), 0);
    let reply = ask(&sandbox, "DELETE", "/__sandbox/clock", "").await;
    assert_eq!(reply.json()["offset_millis"], 0);
    for (method, path, body) in [
        ("PUT", "/__sandbox/clock", r#"{"epoch_millis": "1"}"#),
        ("PUT", "/__sandbox/clock", r#"{"epoch_millis": -1}"#),
        (
            "POST",
            "/__sandbox/clock/advance",
            r#"{"millis": 9223372036854775807}"#,
        ),
        ("POST", "/__sandbox/clock/advance", "{}"),
    ] {
        let reply = ask(&sandbox, method, path, body).await;
        assert_eq!(reply.status, Some(400), "{body}");
    }
    sandbox.advance_clock(std::time::Duration::from_secs(1));
    assert_eq!(
        get(&sandbox, "/__sandbox/clock").await["offset_millis"],
        1000
    );
    sandbox.set_clock(1_670_305_063_559);
    assert_eq!(get(&sandbox, "/__sandbox/clock").await["offset_millis"], 0);
}

#[tokio::test]
async fn web_pages_and_unknown_hosts_are_refused_and_change_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let addr = sandbox.addr();
    for headers in [
        String::new(),
        "Host: evil.example\r\n".to_owned(),
        format!("Host: {addr}\r\nOrigin: https://evil.example\r\n"),
        format!("Host: {addr}\r\nOrigin: null\r\n"),
        format!("Host: {addr}\r\nSec-Fetch-Site: cross-site\r\n"),
    ] {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let body = json!({"fault": "not-utf8"}).to_string();
        let bytes = bytes("POST", "/__sandbox/faults", &headers, &body);
        let reply = exchange(&mut stream, &bytes).await;
        assert_eq!(reply.status, Some(403), "{headers}");
        assert_eq!(reply.header("Access-Control-Allow-Origin"), None);
    }
    let faults = get(&sandbox, "/__sandbox/faults").await;
    assert_eq!(faults["faults"], json!([]));
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let headers =
        format!("Host: {addr}\r\nOrigin: http://{addr}\r\nSec-Fetch-Site: same-origin\r\n");
    let bytes = bytes(
        "POST",
        "/__sandbox/faults",
        &headers,
        r#"{"fault": "not-utf8"}"#,
    );
    assert_eq!(exchange(&mut stream, &bytes).await.status, Some(201));
}

#[tokio::test]
async fn the_console_is_one_page_without_anything_from_elsewhere() {
    let sandbox = Sandbox::start().await.unwrap();
    let moved = ask(&sandbox, "GET", "/__sandbox", "").await;
    assert_eq!(
        (moved.status, moved.header("Location")),
        (Some(308), Some("/__sandbox/"))
    );
    for (path, content_type) in [
        ("/__sandbox/", "text/html;charset=UTF-8"),
        ("/__sandbox/console.js", "text/javascript;charset=UTF-8"),
        ("/__sandbox/console.css", "text/css;charset=UTF-8"),
    ] {
        let reply = ask(&sandbox, "GET", path, "").await;
        assert_eq!(reply.status, Some(200));
        assert_eq!(reply.header("Content-Type"), Some(content_type));
        assert_eq!(reply.header("X-Content-Type-Options"), Some("nosniff"));
        let policy = reply.header("Content-Security-Policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; "),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        let text = String::from_utf8(reply.body).unwrap();
        for word in [
            "http://",
            "https://",
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "eval(",
        ] {
            assert!(!text.contains(word), "{word} in {path}");
        }
        for word in ["document.write", "<script>", " style=\"", " onclick=\""] {
            assert!(!text.contains(word), "{word} in {path}");
        }
    }
}

#[tokio::test]
async fn the_environment_names_what_a_client_needs() {
    let sandbox = Sandbox::start().await.unwrap();
    let listed = get(&sandbox, "/__sandbox/environment").await;
    for (name, value) in sandbox.environment() {
        let expected = if name == "JDY_BASE_URL" {
            "http://localhost".to_owned()
        } else {
            value
        };
        assert_eq!(listed[name], expected, "{name}");
    }
}

#[tokio::test]
async fn the_record_of_requests_does_not_grow_without_end() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    let path = format!("/{}", "a".repeat(60_000));
    for _ in 0..200 {
        let reply = exchange(&mut stream, &bytes("GET", &path, "", "")).await;
        assert_eq!(reply.status, Some(519));
    }
    let kept = sandbox.requests();
    let texts = kept.iter().map(|one| one.target.len() + one.path.len());
    let total: usize = texts.sum();
    assert!((4 << 20..=8 << 20).contains(&total), "{total} bytes");
    assert_eq!(kept.last().unwrap().number, 200);
    let listed = get(&sandbox, "/__sandbox/requests?after=199").await;
    assert_eq!(listed["requests"][0]["number"], 200);
}

/// `METHOD path` of every operation of the OpenAPI file: paths are indented by two, methods by four.
fn routes_of_the_file() -> BTreeSet<String> {
    let mut path = "";
    let mut routes = BTreeSet::new();
    for line in API.lines() {
        if let Some(found) = line.strip_prefix("  /") {
            path = found.trim_end_matches(':');
        } else if line.starts_with("    ") && !line.starts_with("     ") && !path.is_empty() {
            let word = line.trim().trim_end_matches(':');
            if ["get", "put", "post", "delete"].contains(&word) {
                routes.insert(format!("{} /{path}", word.to_uppercase()));
            }
        }
        if line == "components:" {
            break;
        }
    }
    routes
}

#[tokio::test]
async fn the_openapi_file_has_each_route_and_no_other_and_all_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let unknown = ask(&sandbox, "GET", "/__sandbox/nothing", "").await;
    assert_eq!(unknown.status, Some(404));
    let routes = unknown.json()["routes"].clone();
    let routes: BTreeSet<String> = serde_json::from_value(routes).unwrap();
    assert_eq!(routes, routes_of_the_file());
    assert!(routes.len() >= 15, "{routes:?}");
    for route in routes {
        let (method, path) = route.split_once(' ').unwrap();
        let id = add_fault(&sandbox, "not-utf8").await.to_string();
        let reply = ask(&sandbox, method, &path.replace("{id}", &id), "").await;
        let expected = match route.as_str() {
            "POST /__sandbox/faults"
            | "PUT /__sandbox/state"
            | "PUT /__sandbox/clock"
            | "POST /__sandbox/clock/advance" => 400,
            _ => 200,
        };
        assert_eq!(reply.status, Some(expected), "{route}: {reply:?}");
    }
    let reply = ask(&sandbox, "PATCH", "/__sandbox/state", "").await;
    let head = ask(&sandbox, "HEAD", "/__sandbox/state", "").await;
    assert_eq!((head.status, head.body.len()), (Some(405), 0));
    assert_eq!(
        (reply.status, reply.header("Allow")),
        (Some(405), Some("GET, PUT"))
    );
}

/// The address of this machine in its network, if it has one.
fn own_address() -> Option<std::net::IpAddr> {
    // A UDP socket sends nothing when it is connected; it only chooses an address.
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_loopback() && !own.is_unspecified()).then_some(own)
}

#[tokio::test]
async fn other_machines_are_refused_unless_they_are_allowed() {
    let Some(own) = own_address() else {
        let line = b"SKIPPED: other machines are not tested, this one has no network\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line);
        return;
    };
    let builder = || Sandbox::builder().listen_beyond_loopback("0.0.0.0:0".parse().unwrap());
    for (builder, status) in [(builder(), 403), (builder().admin_anywhere(), 200)] {
        let sandbox = builder.start().await.unwrap();
        // Over its own network address this machine is seen as another one.
        let port = sandbox.addr().port();
        let mut stream = TcpStream::connect((own, port)).await.unwrap();
        let host = format!("Host: {own}:{port}\r\n");
        let reply = exchange(&mut stream, &bytes("GET", "/__sandbox/state", &host, "")).await;
        assert_eq!(reply.status, Some(status), "{reply:?}");
        let reply = ask(&sandbox, "GET", "/__sandbox/state", "").await;
        assert_eq!(reply.status, Some(200), "{reply:?}");
    }
}
