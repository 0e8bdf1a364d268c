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

/// How long a name, and how long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// So much is no matter: no call notices it.
const BEARABLE: Duration = Duration::from_secs(60);
/// A timestamp that is further off is refused.
const ACCEPTED: Duration = Duration::from_secs(300);

/// The variables by which calls go through a proxy.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Checks them; whether the gateway was reached.
pub(super) async fn check(report: &mut Report, base_url: &str) -> bool {
    let (host, port, is_tls) = place(base_url);
    let proxy = PROXIES
        .into_iter()
        .find(|name| std::env::var_os(name).is_some());
    match proxy.filter(|_| is_tls) {
        Some(proxy) => report.skipped("DNS", &format!("the proxy of {proxy} looks names up")),
        None if !looked_up(report, host, port).await => {
            report.skipped("TLS", "the gateway's address is not known");
            report.skipped("clock", "the gateway's address is not known");
            return false;
        }
        None => {}
    }
    let began = SystemTime::now();
    let answer = match tokio::time::timeout(PATIENCE, answer(base_url)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    };
    match answer {
        Ok(answer) => {
            let how = if is_tls {
                "its certificate is trusted"
            } else {
                "not used, to this machine"
            };
            report.ok("TLS", &format!("{how}; HTTP status {}", answer.status));
            clock(report, &answer, began);
            true
        }
        Err(why) => {
            report.failed(
                "TLS",
                &format!(
                    "{why}; check the base URL, the firewall, the proxy (HTTPS_PROXY), and for an \
                 authority of one's own SSL_CERT_FILE"
                ),
            );
            report.skipped("clock", "no answer came");
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
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    };
    match found {
        Ok(mut found) if !found.is_empty() => {
            found.dedup();
            report.ok("DNS", &format!("{host} is {}", found.join(", ")));
            true
        }
        found => {
            let why = found
                .err()
                .unwrap_or_else(|| "it has no address".to_owned());
            report.failed(
                "DNS",
                &format!(
                    "{host}: {why}; check the base URL, and this machine's network and name server"
                ),
            );
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
        return report.warning("clock", "the answer has no Date to compare with");
    };
    let took = SystemTime::now().duration_since(began).unwrap_or_default();
    // Of the second that is named, half is meant to be over.
    let theirs = since_1970(date) + 0.5;
    let own = since_1970(began) + took.as_secs_f64() / 2.0;
    let off = own - theirs;
    let side = if off < 0.0 { "behind" } else { "ahead of" };
    let uncertain = took.as_secs_f64() / 2.0 + 0.5;
    let text = format!("{:.0} s {side} the gateway's", off.abs());
    let beyond = |limit: Duration| off.abs() > limit.as_secs_f64() + uncertain;
    if beyond(ACCEPTED) {
        report.failed("clock", &format!(
            "{text}, which refuses more than 5 minutes; calls correct themselves by its Date after a \
             refusal, so set the clock of this machine (NTP)"
        ));
    } else if beyond(BEARABLE) {
        let advice = "set the clock of this machine (NTP); calls are corrected meanwhile";
        report.warning("clock", &format!("{text}; {advice}"));
    } else {
        report.ok("clock", &text);
    }
}

fn since_1970(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}
