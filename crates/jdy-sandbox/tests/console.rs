//! The console in a real browser: a bad signature is seen and explained, a fault is switched on and
//! fires, a document is found.

mod browser;

use std::io::Write as _;

use jdy_sandbox::Sandbox;
use serde_json::json;

use self::browser::Browser;
use crate::client::{Call, business, recharge, recharge_body, rules, seal, token};

/// A text that a page which inserts markup would turn into an element.
const MARKUP: &str = "<b id=injected>x</b>";

#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_requests_switches_faults_and_finds_documents() {
    let Some(mut browser) = Browser::start() else {
        let line = b"SKIPPED: the console is not tested, there is no chromium\n";
        let _ = std::io::stderr().write_all(line);
        return;
    };
    let sandbox = Sandbox::start().await.unwrap();
    let token = token(&sandbox).await;
    recharge(&token, &recharge_body("1", MARKUP))
        .send(&sandbox)
        .await;
    let path = "/jdy/v2/ls/mall_recharge_rule";
    let right = business(&token, "GET", path, &[("member_id", "a b")], "");
    let text = right.signed_text().replace("%2520", "%20");
    let wrong = Call {
        signature: Some(seal(sandbox.client_secret(), &text)),
        ..right
    };
    wrong.send(&sandbox).await;

    browser.go(&sandbox.console_url());
    a_bad_signature_is_explained(&mut browser);
    nothing_becomes_markup(&mut browser);
    a_fault_fires_while_it_is_switched_on(&mut browser, &sandbox, &token).await;
    a_document_is_found(&mut browser);
    language_and_theme_change(&mut browser);
    assert!(browser.errors.is_empty(), "{:?}", browser.errors);
    let paths: Vec<String> = sandbox.requests().into_iter().map(|one| one.path).collect();
    let foreign = paths.iter().find(|path| !path.starts_with("/jdy"));
    assert_eq!(foreign, None, "the browser itself asked the gateway");
}

fn a_bad_signature_is_explained(browser: &mut Browser) {
    browser.click("tr[data-number='3']");
    browser.wait("document.querySelector('#why') !== null");
    let why = browser.value("document.querySelector('#why').textContent");
    let why = why.as_str().unwrap();
    assert!(why.contains("the query was percent-encoded once"), "{why}");
    let shown = |id: &str| format!("document.querySelector('#{id}').textContent");
    let signed = browser.value(&shown("signed-text"));
    assert!(
        signed.as_str().unwrap().contains("\nmember_id=a%20b⏎\n"),
        "{signed}"
    );
    let expected = browser.value(&shown("expected-text"));
    assert!(
        expected
            .as_str()
            .unwrap()
            .contains("\nmember_id=a%2520b⏎\n"),
        "{expected}"
    );
    let marked = browser.value("document.querySelector('#expected-text mark').textContent");
    assert_eq!(marked, "52");
}

fn nothing_becomes_markup(browser: &mut Browser) {
    let cell = "document.querySelector('tr[data-number=\"2\"] td:last-child').textContent";
    assert_eq!(browser.value(cell), MARKUP);
    browser.click("a[href='#documents']");
    browser.wait("document.querySelectorAll('#found details').length > 0");
    assert_eq!(
        browser.value("document.getElementById('injected')"),
        json!(null)
    );
}

async fn a_fault_fires_while_it_is_switched_on(
    browser: &mut Browser,
    sandbox: &Sandbox,
    token: &str,
) {
    browser.click("a[href='#faults']");
    browser.click("[data-kind='status-429']");
    browser.wait("document.querySelector('[data-kind=\"status-429\"]').ariaChecked === 'true'");
    assert_eq!(rules(token).send(sandbox).await.status, Some(429));
    browser.wait("document.querySelector('#fired').textContent.includes('status-429 1')");
    browser.click("[data-kind='status-429']");
    browser.wait("document.querySelector('[data-kind=\"status-429\"]').ariaChecked === 'false'");
    assert_eq!(rules(token).send(sandbox).await.status, Some(200));
    // A value that cannot be read is refused in words.
    browser.value(
        "{ const input = document.querySelector('[data-kind=\"gateway\"] ~ input');
           input.value = 'x'; input.dispatchEvent(new Event('input')); }",
    );
    browser.click("[data-kind='gateway']");
    browser.wait("document.querySelector('#problem').textContent.includes('not a valid CODE')");
}

fn a_document_is_found(browser: &mut Browser) {
    browser.click("a[href='#documents']");
    for (wanted, found) in [("会员11", true), ("no such thing", false)] {
        browser.value(&format!(
            "{{ const input = document.querySelector('#search');
                input.value = {wanted:?}; input.dispatchEvent(new Event('input')); }}"
        ));
        let rows = browser.value(
            "[...document.querySelectorAll('#found summary')].map((row) => row.textContent)",
        );
        let rows: Vec<String> = serde_json::from_value(rows).unwrap();
        assert_eq!(!rows.is_empty(), found, "{wanted}: {rows:?}");
        assert!(rows.iter().all(|row| row.contains(wanted)), "{rows:?}");
    }
}

fn language_and_theme_change(browser: &mut Browser) {
    let dark = "getComputedStyle(document.body).backgroundColor === 'rgb(20, 24, 31)'";
    browser.value("localStorage.clear()");
    browser.click("#theme");
    assert_eq!(browser.value(dark), false);
    browser.click("#theme");
    assert_eq!(browser.value(dark), true);
    let before = browser.value("document.documentElement.lang");
    browser.click("#language");
    let after = browser.value("document.documentElement.lang");
    assert_ne!(before, after);
    assert!([json!("zh-CN"), json!("en")].contains(&after));
}
