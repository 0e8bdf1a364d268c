//! The sandbox's clock, read and moved.
//!
//! Owns the JSON of a clock. Must not know who reads the time. Must not use: `crate::server`,
//! `tokio`.

use serde_json::{Value, json};

use super::{Answered, done, object, refuse};
use crate::clock::china_time;
use crate::gateway::Gateway;
use crate::request::Request;

/// The last millisecond of the year 9999.
const LAST: i64 = 253_402_300_799_999;

pub(super) fn read(gateway: &Gateway, _: &Request) -> Answered {
    done(&clock(gateway))
}

pub(super) fn set(gateway: &Gateway, request: &Request) -> Answered {
    let body = object(request, &["epoch_millis"])?;
    move_to(gateway, number(body.get("epoch_millis"), "epoch_millis")?)
}

pub(super) fn advance(gateway: &Gateway, request: &Request) -> Answered {
    let body = object(request, &["millis"])?;
    let by = number(body.get("millis"), "millis")?;
    move_to(gateway, gateway.now().saturating_add(by))
}

pub(super) fn restore(gateway: &Gateway, _: &Request) -> Answered {
    gateway.restore_clock();
    done(&clock(gateway))
}

fn move_to(gateway: &Gateway, epoch_millis: i64) -> Answered {
    if !(0..=LAST).contains(&epoch_millis) {
        return Err(refuse(
            400,
            "the clock goes from the year 1970 to the year 9999",
        ));
    }
    gateway.set_clock(epoch_millis);
    done(&clock(gateway))
}

fn number(value: Option<&Value>, name: &str) -> Result<i64, crate::answer::Answer> {
    value.and_then(Value::as_i64).ok_or_else(|| {
        refuse(
            400,
            format!("{name} must be a whole number of milliseconds"),
        )
    })
}

fn clock(gateway: &Gateway) -> Value {
    let now = gateway.now();
    json!({
        "epoch_millis": now,
        "offset_millis": gateway.clock_offset(),
        "china_time": china_time(now),
    })
}
