//! The cost of a connection per write: a call that moves money on its own connection, compared
//! with the same call on a kept-alive one.
//!
//! Owns the transport that keeps every connection. The address is loopback without TLS, so a new
//! connection is at its cheapest here: TLS handshake and network latency are not included. Must not
//! know how a row is printed.

use std::time::{Duration, Instant};

use jdy::ls::mall_recharge::Required;
use jdy::runtime::BoxFuture;
use jdy::transport::{Connection, Request, ReqwestTransport, Response, Transport, TransportError};
use jdy::{Client, ClientExt, Credentials};
use jdy_sandbox::Sandbox;

use crate::{Failure, report};

const CALLS: usize = 2_000;
/// How many calls follow each other in one manner before it is the other's turn.
const TURN: usize = 50;

/// Sends everything on kept connections.
struct Kept(ReqwestTransport);

impl Transport for Kept {
    fn send(&self, mut request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        request.connection = Connection::Shared;
        self.0.send(request)
    }
}

pub(crate) async fn run() -> Result<(), Failure> {
    let sandbox = Sandbox::start().await?;
    let own = client(&sandbox, ReqwestTransport::builder().build()?)?;
    let kept = client(&sandbox, Kept(ReqwestTransport::builder().build()?))?;
    let (mut of_own, mut of_kept) = (Vec::new(), Vec::new());
    // The first turns warm both up.
    turn(&own, 0).await?;
    turn(&kept, 1).await?;
    for round in (2..2 * CALLS / TURN + 2).step_by(2) {
        of_own.extend(turn(&own, round).await?);
        of_kept.extend(turn(&kept, round + 1).await?);
    }
    let a_second = |times: &[Duration]| {
        let all: Duration = times.iter().sum();
        times.len() as f64 / all.as_secs_f64()
    };
    let (ours, theirs) = (a_second(&of_own), a_second(&of_kept));
    println!(
        "a money call, one at a time: {ours:.0} a second on connections of their own, {theirs:.0} \
         on a kept one, ratio {:.2}",
        theirs / ours
    );
    report(
        "its median",
        &mut of_own,
        &mut of_kept,
        "on a kept connection",
    );
    Ok(())
}

fn client(sandbox: &Sandbox, transport: impl Transport) -> Result<Client, Failure> {
    let credentials = Credentials::app(
        sandbox.client_id(),
        sandbox.client_secret(),
        sandbox.app_key(),
        sandbox.app_secret(),
        sandbox.router_addr(),
    );
    let builder = Client::builder()
        .base_url(sandbox.url())
        .transport(transport);
    // Speed is measured here, not patience.
    let builder = builder.credentials(credentials).limits(jdy::Limits::none());
    Ok(builder.build()?)
}

/// Some recharges with keys that are new in each round, and how long each took.
async fn turn(client: &Client, round: usize) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::with_capacity(TURN);
    for number in 0..TURN {
        let start = Instant::now();
        let call = client.ls().mall_recharge(Required {
            bal_amount: "1".parse()?,
            member_id: "10".into(),
            src_bill_id: format!("R-{round}-{number}"),
        });
        call.await?;
        times.push(start.elapsed());
    }
    Ok(times)
}
