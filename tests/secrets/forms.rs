//! The markers, and every form in which one could slip out.

use std::fmt::Write as _;

/// Each has characters that a URL must encode, and no other text holds its parts.
pub(crate) const CLIENT_SECRET: &str = "MARK+client/secret=0~89abcdef-xy";
pub(crate) const APP_SECRET: &str = "MARK+app/secret=1";
pub(crate) const TOKEN: &str = "MARK+token/of=2";
pub(crate) const PASSWORD: &str = "MARKpassword3";
/// What is asked for by query.
pub(crate) const CARD: &str = "MARK card 6222020200112233";
/// Content of a body, of a request or of a response.
pub(crate) const PHONE: &str = "MARK phone 13800000000";

/// What may stand nowhere at all.
pub(crate) fn secrets() -> Vec<String> {
    let texts = [CLIENT_SECRET, APP_SECRET, TOKEN, PASSWORD].map(str::to_owned);
    texts.into_iter().chain([signature()]).collect()
}

/// What the token call carries in its query.
pub(crate) fn signature() -> String {
    jdy::signing::app_signature(&jdy::Secret::from(APP_SECRET), "app-key")
}

/// What may stand in a value that was requested or returned, and nowhere else.
pub(crate) fn contents() -> Vec<String> {
    [CARD, PHONE].map(str::to_owned).to_vec()
}

/// Fails where a text holds one of these in any form.
pub(crate) fn assert_clean(what: &str, text: &str, markers: &[String]) {
    for marker in markers {
        for form in forms(marker) {
            assert!(
                !text.contains(&form),
                "{what} shows {marker:?} as {form:?}: {text}"
            );
        }
    }
}

/// The same for bytes, of a file.
pub(crate) fn assert_clean_bytes(what: &str, bytes: &[u8], markers: &[String]) {
    assert_clean(what, &String::from_utf8_lossy(bytes), markers);
}

/// Every form of a text: also as the list of numbers that `Debug` makes of bytes.
pub(crate) fn forms(text: &str) -> Vec<String> {
    let list: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
    let lists = [list.join(", "), list.join(",")];
    spellings(text).into_iter().chain(lists).collect()
}

/// How a text may come back from outside: plain, encoded for a URL once and twice, in hex, and in
/// Base64 wherever it stands in a longer text.
pub(crate) fn spellings(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let once = encoded(text, |byte| format!("%{byte:02X}"));
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut spellings = vec![
        text.to_owned(),
        encoded(&once, |byte| format!("%{byte:02X}")),
        encoded(text, |byte| format!("%{byte:02x}")),
        once.replace("%20", "+"),
        once,
        hex.to_uppercase(),
        hex,
    ];
    for before in 0..3 {
        let core = base64_core(bytes, before);
        spellings.push(core.replace('+', "-").replace('/', "_"));
        spellings.push(core);
    }
    spellings
}

fn encoded(text: &str, escape: impl Fn(u8) -> String) -> String {
    let stays = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let each = text.bytes().map(|byte| match stays(&byte) {
        true => char::from(byte).to_string(),
        false => escape(byte),
    });
    each.collect()
}

/// The characters that Base64 makes of this text alone where so many bytes of another stand before
/// it: by the bits, so that no library's padding matters.
fn base64_core(bytes: &[u8], before: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = String::new();
    for byte in bytes {
        let _ = write!(bits, "{byte:08b}");
    }
    // So many bits of the first byte belong to a character that it shares.
    let shared = [0, 4, 2][before];
    let whole = bits.as_bytes()[shared..].chunks_exact(6);
    let letter = |bits: &[u8]| {
        let index = bits
            .iter()
            .fold(0, |sum, bit| sum * 2 + usize::from(bit - b'0'));
        char::from(LETTERS[index])
    };
    whole.map(letter).collect()
}

#[test]
fn every_form_is_found() {
    // Base64 by hand: of "Man", and of "xMan" and "xxMan" what is "Man" alone.
    let of = |before| base64_core(b"Man", before);
    assert_eq!(
        [of(0), of(1), of(2)],
        ["TWFu", "1hb", "NYW"].map(str::to_owned)
    );
    let found = |text: &str| {
        forms("a+b/ü~")
            .iter()
            .any(|form| text.contains(form.as_str()))
    };
    for text in [
        "?q=a%2Bb%2F%C3%BC~",
        "a%2bb%2f%c3%bc~",
        "a%252Bb%252F%25C3%25BC~",
        "612B622FC3BC7E",
        "x612b622fc3bc7e",
        "[97, 43, 98, 47, 195, 188, 126]",
        "YStiL8O8fg==",
        "AYStiL8O8fg",
    ] {
        assert!(found(text), "{text}");
    }
    assert!(!found("a b"));
}
