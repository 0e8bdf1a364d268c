//! The way to the gateway, and its clock: a name, a connection, and the `Date` of one answer.
//!
//! Owns one request without credentials. Must not know the settings.

use std::net::ToSocketAddrs as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jdy::Method;
use jdy::http_date::read_date;
use jdy::transport::{
    Connection, Request, ReqwestTransport, Response, SendProgress, Transport as _,
};

use super::report::Report;
use crate::language::say;

/// How long a name, and how long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// So much is no matter: no call notices it.
const BEARABLE: Duration = Duration::from_secs(60);
/// A timestamp that is further off is refused.
const ACCEPTED: Duration = Duration::from_secs(300);

/// The names of two checks, the same in every language.
const DNS: &str = "DNS";
const TLS: &str = "TLS";

/// The variables by which calls go through a proxy.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Checks them; whether the gateway was reached.
pub(super) async fn check(report: &mut Report, base_url: &str) -> bool {
    let (host, port, is_tls) = place(base_url);
    let proxy = PROXIES
        .into_iter()
        .find(|name| std::env::var_os(name).is_some());
    match proxy.filter(|_| is_tls) {
        Some(proxy) => report.skipped(DNS, &say!("doctor-proxy", variable = proxy)),
        None if !looked_up(report, host, port).await => {
            report.skipped(TLS, &say!("doctor-no-address"));
            report.skipped(&say!("check-clock"), &say!("doctor-no-address"));
            return false;
        }
        None => {}
    }
    let began = SystemTime::now();
    let answer = match tokio::time::timeout(PATIENCE, answer(base_url)).await {
        Ok(answer) => answer,
        Err(_) => Err(say!(
            "doctor-no-answer-within",
            seconds = PATIENCE.as_secs()
        )),
    };
    match answer {
        Ok(answer) => {
            let text = if is_tls {
                say!("doctor-trusted", status = answer.status)
            } else {
                say!("doctor-without-tls", status = answer.status)
            };
            report.ok(TLS, &text);
            clock(report, &answer, began);
            true
        }
        Err(why) => {
            report.failed(TLS.to_owned(), &say!("doctor-not-reached", why = why));
            report.skipped(&say!("check-clock"), &say!("doctor-no-answer"));
            false
        }
    }
}

/// Host, port, and whether TLS is spoken.
fn place(base_url: &str) -> (&str, u16, bool) {
    let (scheme, rest) = base_url.split_once("://").unwrap_or(("https", base_url));
    let is_tls = scheme != "http";
    let authority = rest.split('/').next().unwrap_or_default();
    let usual = if is_tls { 443 } else { 80 };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(usual)),
        _ => (authority, usual),
    };
    (host.trim_matches(['[', ']']), port, is_tls)
}

async fn looked_up(report: &mut Report, host: &str, port: u16) -> bool {
    let name = (host.to_owned(), port);
    let asked = tokio::task::spawn_blocking(move || {
        let addresses = name.to_socket_addrs().map_err(|error| error.to_string())?;
        Ok(addresses
            .map(|address| address.ip().to_string())
            .collect::<Vec<_>>())
    });
    let found: Result<Vec<String>, String> = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(say!(
            "doctor-no-answer-within",
            seconds = PATIENCE.as_secs()
        )),
    };
    match found {
        Ok(mut found) if !found.is_empty() => {
            found.dedup();
            let addresses = found.join(", ");
            report.ok(
                DNS,
                &say!("doctor-address", host = host, addresses = addresses),
            );
            true
        }
        found => {
            let why = found
                .err()
                .unwrap_or_else(|| say!("doctor-without-address"));
            let text = say!("doctor-not-found", host = host, why = why);
            report.failed(DNS.to_owned(), &text);
            false
        }
    }
}

async fn answer(base_url: &str) -> Result<Response, String> {
    let transport = ReqwestTransport::builder().build();
    let transport = transport.map_err(|error| error.to_string())?;
    let request = Request {
        method: Method::Get,
        url: format!("{base_url}/"),
        headers: Vec::new(),
        body: None,
        max_body: 64 << 10,
        connection: Connection::Own,
        progress: SendProgress::default(),
    };
    let sent = transport.send(request).await;
    sent.map_err(|error| error.to_string())
}

/// This machine's clock against the `Date` of an answer, which was written between the two moments.
fn clock(report: &mut Report, answer: &Response, began: SystemTime) {
    let Some(date) = answer.header("date").and_then(read_date) else {
        return report.warning(&say!("check-clock"), &say!("doctor-no-date"));
    };
    let took = SystemTime::now().duration_since(began).unwrap_or_default();
    // Of the second that is named, half is meant to be over.
    let theirs = since_1970(date) + 0.5;
    let own = since_1970(began) + took.as_secs_f64() / 2.0;
    let off = own - theirs;
    let uncertain = took.as_secs_f64() / 2.0 + 0.5;
    let seconds = format!("{:.0}", off.abs());
    let text = if off < 0.0 {
        say!("doctor-behind", seconds = seconds)
    } else {
        say!("doctor-ahead", seconds = seconds)
    };
    let beyond = |limit: Duration| off.abs() > limit.as_secs_f64() + uncertain;
    if beyond(ACCEPTED) {
        report.failed(
            say!("check-clock"),
            &say!("doctor-clock-refused", off = text),
        );
    } else if beyond(BEARABLE) {
        report.warning(&say!("check-clock"), &say!("doctor-clock-off", off = text));
    } else {
        report.ok(&say!("check-clock"), &text);
    }
}

fn since_1970(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}
