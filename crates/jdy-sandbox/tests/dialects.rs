//! The wire forms of three clients, byte by byte and without their code: the vendor's PHP client
//! (and this project's SDK), the vendor's Java client, and a community JavaScript client.
//!
//! Request lines and the query lines of the signed texts are written by hand. The gateway's rule
//! that fits them all: each name and value as it is on the wire is percent-encoded once more.

use jdy_sandbox::Sandbox;
use tokio::net::TcpStream;

use crate::client::{Reply, exchange, seal};

const SECRET: &str = "facade00facade00facade00facade00";
const NOW: &str = "1670305063559";
const NONCE: &str = "4427456950";
/// A member id with each kind of character that clients encode differently.
const MEMBER: &str = "a b~c*d+e%f测试&g=h";

/// How one client writes its requests.
struct Dialect {
    name: &'static str,
    sign_headers: &'static str,
    /// The headers of the signature, in the client's order and case.
    header_order: [&'static str; 6],
    /// [`MEMBER`] on the wire, and in the signed text.
    member: (&'static str, &'static str),
}

const PHP: Dialect = Dialect {
    name: "PHP",
    sign_headers: "X-Api-TimeStamp,X-Api-Nonce",
    header_order: [
        "X-Api-ClientID",
        "X-Api-Auth-Version",
        "X-Api-TimeStamp",
        "X-Api-Nonce",
        "X-Api-SignHeaders",
        "X-Api-Signature",
    ],
    member: (
        "a%20b~c%2Ad%2Be%25f%E6%B5%8B%E8%AF%95%26g%3Dh",
        "a%2520b~c%252Ad%252Be%2525f%25E6%25B5%258B%25E8%25AF%2595%2526g%253Dh",
    ),
};

const JAVA: Dialect = Dialect {
    name: "Java",
    sign_headers: "X-Api-Nonce,X-Api-TimeStamp",
    header_order: [
        "X-Api-Nonce",
        "X-Api-TimeStamp",
        "X-Api-ClientID",
        "X-Api-Auth-Version",
        "X-Api-SignHeaders",
        "X-Api-Signature",
    ],
    member: (
        "a+b%7Ec*d%2Be%25f%E6%B5%8B%E8%AF%95%26g%3Dh",
        "a%2Bb%257Ec%2Ad%252Be%2525f%25E6%25B5%258B%25E8%25AF%2595%2526g%253Dh",
    ),
};

const JAVASCRIPT: Dialect = Dialect {
    name: "JavaScript",
    sign_headers: "X-Api-TimeStamp,X-Api-Nonce",
    header_order: [
        "x-api-clientid",
        "x-api-auth-version",
        "x-api-timestamp",
        "x-api-signheaders",
        "x-api-nonce",
        "x-api-signature",
    ],
    member: (
        "a+b~c*d%2Be%25f%E6%B5%8B%E8%AF%95%26g%3Dh",
        "a%2Bb~c%2Ad%252Be%2525f%25E6%25B5%258B%25E8%25AF%2595%2526g%253Dh",
    ),
};

const ALL: [Dialect; 3] = [PHP, JAVA, JAVASCRIPT];

impl Dialect {
    /// The bytes of a request whose signed text has this query line, and these lines for the
    /// signed headers.
    fn request(&self, target: &str, query_line: &str, lines: &str, rest: &str) -> Vec<u8> {
        let path = target.split('?').next().unwrap().replace('/', "%2F");
        let text = format!("GET\n{path}\n{query_line}\n{lines}");
        let mut bytes = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        for name in self.header_order {
            let value = match name.to_ascii_lowercase().as_str() {
                "x-api-clientid" => "100000".to_owned(),
                "x-api-auth-version" => "2.0".to_owned(),
                "x-api-timestamp" => NOW.to_owned(),
                "x-api-nonce" => NONCE.to_owned(),
                "x-api-signheaders" => self.sign_headers.to_owned(),
                _ => seal(SECRET, &text),
            };
            bytes += &format!("{name}: {value}\r\n");
        }
        bytes += &format!("Content-Type: application/json\r\n{rest}\r\n");
        bytes.into_bytes()
    }

    fn call(&self, target: &str, query_line: &str, rest: &str) -> Vec<u8> {
        self.request(target, query_line, &two_lines(), rest)
    }

    /// Fetches a token as this client does; all three write its query alike.
    async fn headers_with_token(&self, sandbox: &Sandbox) -> String {
        let (key, signature) = (
            sandbox.app_key(),
            seal(&sandbox.app_secret(), &sandbox.app_key()),
        );
        let wire = signature.replace('=', "%3D");
        let signed = signature.replace('=', "%253D");
        let target = format!(
            "/jdyconnector/app_management/kingdee_auth_token?app_key={key}&app_signature={wire}"
        );
        let line = format!("app_key={key}&app_signature={signed}");
        let reply = send(sandbox, &self.call(&target, &line, "")).await;
        assert_eq!(reply.code(), 0, "{}: {}", self.name, reply.says());
        let token = reply.json()["data"]["app-token"].clone();
        format!(
            "app-token: {}\r\nX-GW-Router-Addr: https://tf.jdy.com\r\n",
            token.as_str().unwrap()
        )
    }
}

fn two_lines() -> String {
    format!("x-api-nonce:{NONCE}\nx-api-timestamp:{NOW}\n")
}

async fn sandbox() -> Sandbox {
    Sandbox::builder()
        .clock(|| 1_670_305_063_559)
        .member(MEMBER, "1.00")
        .allow_extra()
        .start()
        .await
        .unwrap()
}

async fn send(sandbox: &Sandbox, bytes: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(sandbox.addr()).await.unwrap();
    exchange(&mut stream, bytes).await
}

const RULES: &str = "/jdy/v2/ls/mall_recharge_rule";

#[tokio::test]
async fn each_client_is_understood_with_every_kind_of_character() {
    for dialect in ALL {
        let sandbox = sandbox().await;
        let rest = dialect.headers_with_token(&sandbox).await;
        let (wire, signed) = dialect.member;
        let bytes = dialect.call(
            &format!("{RULES}?store_id=&member_id={wire}"),
            &format!("member_id={signed}&store_id="),
            &rest,
        );
        let reply = send(&sandbox, &bytes).await;
        // Only a member that exists has rules: the id was decoded to what the client meant.
        assert_eq!(reply.code(), 0, "{}: {}", dialect.name, reply.says());
    }
}

#[tokio::test]
async fn a_name_that_comes_twice_and_a_name_that_is_escaped_are_signed_as_they_came() {
    for dialect in ALL {
        let sandbox = sandbox().await;
        let rest = dialect.headers_with_token(&sandbox).await;
        let (wire, signed) = dialect.member;
        let bytes = dialect.call(
            &format!("{RULES}?z=2&z=10&z=&{wire}=%26&member_id={wire}"),
            &format!("{signed}=%2526&member_id={signed}&z=&z=10&z=2"),
            &rest,
        );
        let reply = send(&sandbox, &bytes).await;
        assert_eq!(reply.code(), 0, "{}: {}", dialect.name, reply.says());
        let mut extra = sandbox.requests().pop().unwrap().extra;
        extra.dedup();
        assert_eq!(extra, ["z", MEMBER], "{}", dialect.name);
    }
}

#[tokio::test]
async fn further_signed_headers_have_lines_of_their_own_sorted_by_lower_case_name() {
    let sandbox = sandbox().await;
    let rest = JAVA.headers_with_token(&sandbox).await;
    let (wire, signed) = JAVA.member;
    let further = Dialect {
        sign_headers: "X-Api-Nonce,X-Api-TimeStamp,X-Trace,Accept-Mark,X-Api-ClientID",
        ..JAVA
    };
    let rest = format!("{rest}X-Trace:  7 \r\nAccept-Mark: a=b c\r\n");
    let lines = format!(
        "accept-mark:a=b c\nx-api-clientid:100000\nx-api-nonce:{NONCE}\nx-api-timestamp:{NOW}\nx-trace:7\n"
    );
    let target = format!("{RULES}?member_id={wire}");
    let line = format!("member_id={signed}");
    let bytes = further.request(&target, &line, &lines, &rest);
    let reply = send(&sandbox, &bytes).await;
    assert_eq!(reply.code(), 0, "{}", reply.says());

    for (lines, word) in [
        (
            two_lines(),
            "X-Api-SignHeaders were left out of the signed text",
        ),
        (
            format!(
                "{}accept-mark:a=b c\nx-api-clientid:100000\nx-trace:7\n",
                two_lines()
            ),
            "after the nonce and the timestamp",
        ),
    ] {
        let bytes = further.request(&target, &line, &lines, &rest);
        let reply = send(&sandbox, &bytes).await;
        assert_eq!(reply.code(), 4008, "{lines}");
        assert!(reply.says().contains(word), "{}", reply.says());
    }
}

#[tokio::test]
async fn sign_headers_that_lack_one_or_name_one_that_is_absent_are_refused_by_name() {
    let sandbox = sandbox().await;
    for (names, word) in [
        ("X-Api-Nonce", "X-Api-TimeStamp is not among"),
        ("X-Api-TimeStamp", "X-Api-Nonce is not among"),
        ("", "the header is missing"),
        (
            "X-Api-Nonce,X-Api-TimeStamp,X-Gone",
            "X-Gone, which this request does not have",
        ),
        (
            "X-Api-Nonce,X-Api-TimeStamp,X-Api-Nonce",
            "x-api-nonce twice",
        ),
        (
            "X-Api-Nonce,X-Api-TimeStamp,X-Api-Signature",
            "cannot sign itself",
        ),
        ("X-Api-Nonce, X-Api-TimeStamp", "joined by a comma alone"),
    ] {
        let dialect = Dialect {
            sign_headers: names,
            ..PHP
        };
        let reply = send(&sandbox, &dialect.call(RULES, "", "")).await;
        assert_eq!(reply.code(), 4007, "{names}");
        assert!(reply.says().contains(word), "{names}: {}", reply.says());
    }
}

#[tokio::test]
async fn what_falls_between_is_refused_with_both_texts() {
    let sandbox = sandbox().await;
    let rest = PHP.headers_with_token(&sandbox).await;
    // The query on the wire, the query line that the client signs, the one that it must sign, and
    // the explanation.
    let cases = [
        // The library behind the client writes + for a space; the client signs %20.
        ("a+b", "a%2520b", "a%2Bb", "sent it in another encoding"),
        ("a%7Eb", "a~b", "a%257Eb", "sent it in another encoding"),
        ("a*b", "a%252Ab", "a%2Ab", "sent it in another encoding"),
        (
            "(a)",
            "%2528a%2529",
            "%28a%29",
            "sent it in another encoding",
        ),
        // Encoded once too little.
        ("a+b", "a+b", "a%2Bb", "percent-encoded once"),
        ("a%20b", "a%20b", "a%2520b", "percent-encoded once"),
        ("a+b", "a b", "a%2Bb", "without percent-encoding"),
        ("a%20b", "a b", "a%2520b", "without percent-encoding"),
        // A space is sent one way and signed the other.
        ("a%20b", "a%2Bb", "a%2520b", "a space was signed as +"),
        // A plus sign that should have been escaped.
        ("a+b", "a%252Bb", "a%2Bb", "a plus sign was sent unescaped"),
        // The second encoding is not RFC 3986.
        ("a*b", "a*b", "a%2Ab", "! ' ( ) * were signed unescaped"),
        ("a~b", "a%7Eb", "a~b", "~ was escaped"),
    ];
    for (wire, signed, right, word) in cases {
        let bytes = PHP.call(
            &format!("{RULES}?member_id={wire}"),
            &format!("member_id={signed}"),
            &rest,
        );
        let reply = send(&sandbox, &bytes).await;
        assert_eq!(reply.code(), 4008, "{wire} {signed}: {}", reply.says());
        let says = reply.says();
        for part in [
            word,
            &format!("\n  member_id={signed}\\n"),
            &format!("\n  member_id={right}\\n"),
        ] {
            assert!(says.contains(part), "{wire} {signed}: {part:?} in {says}");
        }
        let good = PHP.call(
            &format!("{RULES}?member_id={wire}"),
            &format!("member_id={right}"),
            &rest,
        );
        assert_ne!(send(&sandbox, &good).await.code(), 4008, "{wire} {right}");
    }
}
