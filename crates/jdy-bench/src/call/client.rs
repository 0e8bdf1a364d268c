//! A client of the call bench: a process that makes calls and counts what they cost it.
//!
//! Owns what is counted: the time of its thread on the processor, from Linux; the time that passed;
//! and what a program that counts them says of its allocations. Must not know how a call is made.

use std::rc::Rc;
use std::time::Instant;

use tokio::task::LocalSet;

use super::with_hyper::WithHyper;
use super::with_jdy::WithJdy;
use super::with_reqwest::WithReqwest;
use crate::{Counter, Failure};

/// The clients, the SDK last.
pub(super) const NAMES: [&str; 4] = [
    "hyper-util, by hand",
    "reqwest, by hand",
    "jdy on hyper-util",
    "jdy",
];

/// How many of them, the last, are the SDK.
pub(super) const OURS: usize = 2;

/// Calls that warm a client up.
const WARM: usize = 1_000;

enum Caller {
    Hyper(WithHyper),
    Reqwest(WithReqwest),
    Jdy(WithJdy),
}

impl Caller {
    async fn new(name: &str, address: &str) -> Result<Self, Failure> {
        Ok(match NAMES.iter().position(|known| *known == name) {
            Some(0) => Self::Hyper(WithHyper::new(address).await?),
            Some(1) => Self::Reqwest(WithReqwest::new(address).await?),
            Some(2) => Self::Jdy(WithJdy::on_hyper(address)?),
            Some(_) => Self::Jdy(WithJdy::new(address)?),
            None => return Err(format!("no client is called {name:?}").into()),
        })
    }

    async fn call(&self) -> Result<(), Failure> {
        let rows = match self {
            Self::Hyper(client) => client.call().await?,
            Self::Reqwest(client) => client.call().await?,
            Self::Jdy(client) => client.call().await?,
        };
        match rows {
            1 => Ok(()),
            _ => Err(format!("{rows} rows").into()),
        }
    }
}

/// Makes calls, and prints the nanoseconds on the processor, those that passed, and the allocations.
pub(crate) fn run(
    mut arguments: impl Iterator<Item = String>,
    counter: Counter,
) -> Result<(), Failure> {
    let mut next = || arguments.next().ok_or("an argument is missing");
    let (name, address, at_once, calls) = (next()?, next()?, next()?, next()?);
    let (at_once, calls): (usize, usize) = (at_once.parse()?, calls.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = LocalSet::new();
    let caller = Rc::new(local.block_on(&runtime, Caller::new(&name, &address))?);
    let calls_of = |calls| local.block_on(&runtime, all(&caller, at_once, calls));
    calls_of(WARM)?;
    let (mut result, start, before) = (Ok(()), Instant::now(), on_processor()?);
    let allocated = counter(&mut || result = calls_of(calls));
    let (elapsed, after) = (start.elapsed(), on_processor()?);
    result?;
    let cpu = after - before;
    println!("{cpu} {} {}", elapsed.as_nanos(), allocated.count);
    Ok(())
}

/// Makes so many calls, so many at once.
async fn all(caller: &Rc<Caller>, at_once: usize, calls: usize) -> Result<(), Failure> {
    let tasks = (0..at_once).map(|_| {
        let caller = Rc::clone(caller);
        tokio::task::spawn_local(async move {
            for _ in 0..calls / at_once {
                caller.call().await.map_err(|error| error.to_string())?;
            }
            Ok::<(), String>(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(())
}

/// The nanoseconds that this process was on a processor.
fn on_processor() -> Result<u64, Failure> {
    let mut nanos = 0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanos += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(nanos)
}
