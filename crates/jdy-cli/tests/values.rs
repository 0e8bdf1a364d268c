//! `NAME=@FILE`, `@-` and `@@` mean the same in every argument.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use jdy_sandbox::Sandbox;

use crate::command::{business_calls, jdy, jdy_reading, sandbox};

fn file(name: &str, content: &[u8]) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("values-{name}"));
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

fn call(sandbox: &Sandbox, arguments: &[&str], stdin: &str) -> crate::command::Ended {
    jdy_reading(
        &sandbox.environment(),
        &[&["call"], arguments].concat(),
        stdin,
    )
}

fn sent(sandbox: &Sandbox) -> String {
    business_calls(sandbox).pop().unwrap()
}

#[test]
fn a_file_stdin_and_a_plain_at_sign_are_values_in_fields_query_and_extra() {
    let sandbox = sandbox(&[]);
    let name = format!("x=@{}", file("word", b"\xef\xbb\xbfa word\r\n"));
    for (value, encoded) in [
        (name.as_str(), "a%20word"),
        ("x=@-", "by%20stdin"),
        ("x=@@home", "%40home"),
        ("x=a@b", "a%40b"),
    ] {
        let ended = call(&sandbox, &["GET:/jdy/v2/none", value], "by stdin\n");
        assert_eq!(ended.status, 3, "{ended:?}");
        assert_eq!(sent(&sandbox), format!("GET /jdy/v2/none?x={encoded}"));
        let post = ["POST:/jdy/v2/none", "a=1", "--query", value];
        call(&sandbox, &post, "by stdin\n");
        assert_eq!(sent(&sandbox), format!("POST /jdy/v2/none?x={encoded}"));
        let extra = ["bd.material_unit", "material_id=1", "--extra", value];
        call(&sandbox, &extra, "by stdin\n");
        assert!(
            sent(&sandbox).contains(&format!("x={encoded}")),
            "{}",
            sent(&sandbox)
        );
    }
    let signed = |value: &str| {
        jdy(
            &sandbox.environment(),
            &[
                "sign",
                "--nonce",
                "1",
                "--timestamp",
                "1",
                "GET",
                "/a",
                value,
            ],
        )
    };
    assert_eq!(signed(&name).stdout, signed("x=a word").stdout);
    assert_ne!(signed(&name).stdout, signed("x=another").stdout);
}

#[test]
fn what_cannot_be_read_or_is_read_twice_is_refused_before_anything_is_sent() {
    let sandbox = sandbox(&[]);
    let binary = format!("x=@{}", file("binary", &[0, 159, 146, 150]));
    for (arguments, status, said) in [
        (
            &["GET:/jdy/v2/none", "x=@/no/such/file"][..],
            1,
            "cannot read",
        ),
        (&["GET:/jdy/v2/none", &binary], 2, "no UTF-8 text"),
        (&["GET:/jdy/v2/none", "x=@-", "y=@-"], 2, "named twice"),
        (&["sys.attachment_upload", "file1=@-"], 2, "name a file"),
        (
            &["sys.attachment_upload", "file1=@/no/such.png"],
            1,
            "sys.attachment_upload: file1: the file cannot be read",
        ),
        (
            &[
                "basedata.image_upload",
                "base_string=@/no/such.png",
                "filename=a.png",
            ],
            1,
            "cannot read \"/no/such.png\"",
        ),
    ] {
        let ended = call(&sandbox, arguments, "{}");
        assert_eq!(ended.status, status, "{ended:?}");
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
    assert!(business_calls(&sandbox).is_empty());
}

/// A gateway that says yes to everything, and the bodies that it was sent.
fn listener() -> (String, std::sync::mpsc::Receiver<Vec<u8>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, bodies) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut reader = BufReader::new(connection.unwrap());
            let (mut line, mut length, mut first) = (String::new(), 0, None);
            while reader.read_line(&mut line).unwrap() > 2 {
                let (name, value) = line.split_once(':').unwrap_or_default();
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().unwrap();
                }
                first.get_or_insert(line.clone());
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = if first.is_some_and(|first| first.contains("kingdee_auth_token")) {
                r#"{"errcode":0,"data":{"app-token":"a.b.c"}}"#
            } else {
                drop(sender.send(body));
                r#"{"errcode":0,"data":{}}"#
            };
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json";
            let length = answer.len();
            let answer = format!("{head}\r\ncontent-length: {length}\r\n\r\n{answer}");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, bodies)
}

#[test]
fn a_picture_goes_out_as_base64_and_a_file_field_takes_a_path_either_way() {
    let (address, bodies) = listener();
    let mut environment = sandbox(&[]).environment();
    environment[0].1 = address;
    let sent = |arguments: &[&str]| {
        let ended = jdy(&environment, &[&["call"], arguments].concat());
        assert_eq!(ended.status, 0, "{ended:?}");
        bodies.recv().unwrap()
    };
    let picture = file("picture.png", &[0x89, b'P', b'N', b'G', 0, 255]);
    let base = format!("base_string=@{picture}");
    let body = sent(&["basedata.image_upload", &base, "filename=a.png"]);
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains(r#""base_string":"iVBORwD/""#), "{body}");
    for path in [format!("file1=@{picture}"), format!("file1={picture}")] {
        let body = sent(&["sys.attachment_upload", &path]);
        assert!(body.windows(4).any(|four| four == b"\x89PNG"));
    }
}
