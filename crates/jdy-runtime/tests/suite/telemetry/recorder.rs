//! A subscriber that keeps spans and events, and shows them as lines.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_core::span::Current;

#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    shown: Vec<Shown>,
    spans: Vec<Span>,
    entered: Vec<u64>,
}

struct Span {
    metadata: &'static Metadata<'static>,
    /// Where it is in `shown`.
    index: usize,
    depth: usize,
    handles: usize,
}

/// A span or an event.
#[derive(Default)]
struct Shown {
    depth: usize,
    name: String,
    attributes: Fields,
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.to_string(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.to_string(), format!("{value:?}"));
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", "  ".repeat(self.depth), self.name)?;
        for (name, value) in &self.attributes.0 {
            write!(f, " | {name}={value}")?;
        }
        Ok(())
    }
}

impl Recorder {
    /// What was seen, in the order of its beginnings, each indented below the span it is in.
    pub fn lines(&self) -> Vec<String> {
        let state = self.0.lock().unwrap();
        state.shown.iter().map(ToString::to_string).collect()
    }

    /// The names of the spans that are still open.
    pub fn open(&self) -> Vec<&'static str> {
        let state = self.0.lock().unwrap();
        let open = state.spans.iter().filter(|span| span.handles > 0);
        open.map(|span| span.metadata.name()).collect()
    }

    pub fn clear(&self) {
        *self.0.lock().unwrap() = State::default();
    }
}

impl State {
    fn span(&mut self, id: &Id) -> &mut Span {
        let index = usize::try_from(id.into_u64()).unwrap() - 1;
        &mut self.spans[index]
    }

    fn depth(&mut self, is_contextual: bool, parent: Option<&Id>) -> usize {
        let current = self.entered.last().map(|id| Id::from_u64(*id));
        let parent = match is_contextual {
            true => current.as_ref(),
            false => parent,
        };
        parent.map_or(0, |parent| self.span(parent).depth + 1)
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "jdy"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut state = self.0.lock().unwrap();
        let mut shown = Shown {
            depth: state.depth(span.is_contextual(), span.parent()),
            name: span.metadata().name().to_owned(),
            ..Shown::default()
        };
        span.record(&mut shown.attributes);
        let new = Span {
            metadata: span.metadata(),
            index: state.shown.len(),
            depth: shown.depth,
            handles: 1,
        };
        state.shown.push(shown);
        state.spans.push(new);
        Id::from_u64(state.spans.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut state = self.0.lock().unwrap();
        let index = state.span(id).index;
        values.record(&mut state.shown[index].attributes);
    }

    fn record_follows_from(&self, id: &Id, follows: &Id) {
        let mut state = self.0.lock().unwrap();
        let name = state.span(follows).metadata.name().to_owned();
        let index = state.span(id).index;
        let attributes = &mut state.shown[index].attributes.0;
        attributes.insert("follows".to_owned(), name);
    }

    fn event(&self, event: &Event<'_>) {
        let mut state = self.0.lock().unwrap();
        let mut shown = Shown {
            depth: state.depth(event.is_contextual(), event.parent()),
            ..Shown::default()
        };
        event.record(&mut shown.attributes);
        let message = shown.attributes.0.remove("message").unwrap_or_default();
        shown.name = format!("{} {message}", event.metadata().level());
        state.shown.push(shown);
    }

    fn enter(&self, id: &Id) {
        self.0.lock().unwrap().entered.push(id.into_u64());
    }

    fn exit(&self, id: &Id) {
        let mut state = self.0.lock().unwrap();
        let index = state.entered.iter().rposition(|one| *one == id.into_u64());
        if let Some(index) = index {
            state.entered.remove(index);
        }
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.0.lock().unwrap().span(id).handles += 1;
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut state = self.0.lock().unwrap();
        let span = state.span(&id);
        span.handles -= 1;
        span.handles == 0
    }

    fn current_span(&self) -> Current {
        let mut state = self.0.lock().unwrap();
        let Some(id) = state.entered.last().copied() else {
            return Current::none();
        };
        let id = Id::from_u64(id);
        let metadata = state.span(&id).metadata;
        Current::new(id, metadata)
    }
}
