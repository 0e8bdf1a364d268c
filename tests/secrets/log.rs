//! Whatever is logged by anyone in this process, at the finest level.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// Other tests of this binary log as well, and more than anyone wants to keep.
static LISTENS: AtomicBool = AtomicBool::new(false);

/// Whoever listens has it for as long.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Hears everything from now on, and nobody else does meanwhile.
pub(crate) async fn listen() -> tokio::sync::MutexGuard<'static, ()> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Ear).unwrap();
        ::log::set_logger(&Ear).unwrap();
        ::log::set_max_level(::log::LevelFilter::Trace);
    });
    let turn = TURN.lock().await;
    LISTENS.store(true, Ordering::SeqCst);
    turn
}

/// What was heard.
pub(crate) fn heard() -> String {
    LISTENS.store(false, Ordering::SeqCst);
    std::mem::take(&mut *LINES.lock().unwrap()).join("\n")
}

struct Ear;

/// The fields of a span or an event, in one line.
struct Line(String);

impl Line {
    fn of(metadata: &Metadata<'_>) -> Self {
        Self(format!("{} {}", metadata.target(), metadata.name()))
    }

    fn keep(self) {
        if LISTENS.load(Ordering::SeqCst) {
            LINES.lock().unwrap().push(self.0);
        }
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line::of(span.metadata());
        span.record(&mut line);
        line.keep();
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line("recorded".to_owned());
        values.record(&mut line);
        line.keep();
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::of(event.metadata());
        event.record(&mut line);
        line.keep();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl ::log::Log for Ear {
    fn enabled(&self, _: &::log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &::log::Record<'_>) {
        Line(format!("log {} {}", record.target(), record.args())).keep();
    }

    fn flush(&self) {}
}
