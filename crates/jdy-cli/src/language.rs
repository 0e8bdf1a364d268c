//! The language of what a person reads: Chinese or English, by the locale of the environment.
//!
//! Owns the catalogues, which of them is read, and how a message is filled in. Must not know what a
//! message is for. What programs read is the same in every language and in no catalogue.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

mod advice;
mod clap_words;
mod problems;
mod reports;
mod words;

pub(crate) use self::advice::of_error;
pub(crate) use self::clap_words::{in_words, refusal};
pub(crate) use self::problems::explained;
pub(crate) use self::reports::of_report;
pub(crate) use self::words::{of_count, of_state};

/// A language that has a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Chinese,
}

/// Set where a text is English in every language.
static ENGLISH_ALONE: AtomicBool = AtomicBool::new(false);

impl Language {
    /// The language of the process: that of its locale.
    pub(crate) fn current() -> Self {
        static CURRENT: OnceLock<Language> = OnceLock::new();
        if cfg!(test) || ENGLISH_ALONE.load(Ordering::Relaxed) {
            return Self::English;
        }
        *CURRENT.get_or_init(|| Self::of(|name| std::env::var(name).ok()))
    }

    /// The language by the variables of POSIX: the first one that is set and not empty counts.
    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter();
        let locale = names.filter_map(variable).find(|text| !text.is_empty());
        let locale = locale.unwrap_or_default();
        match locale.split(['_', '-', '.', '@']).next() {
            Some(language) if language.eq_ignore_ascii_case("zh") => Self::Chinese,
            _ => Self::English,
        }
    }

    /// The name and the text of its catalogue.
    const fn catalogue(self) -> (&'static str, &'static str) {
        match self {
            Self::English => ("en", include_str!("language/en.ftl")),
            Self::Chinese => ("zh", include_str!("language/zh.ftl")),
        }
    }

    fn bundle(self) -> &'static Bundle {
        static ENGLISH: OnceLock<Bundle> = OnceLock::new();
        static CHINESE: OnceLock<Bundle> = OnceLock::new();
        let bundle = match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        };
        bundle.get_or_init(|| {
            let (name, text) = self.catalogue();
            read(name, text)
        })
    }

    /// The message with these arguments. One that the catalogue lacks, which the tests rule out, is
    /// its id.
    fn message<const N: usize>(
        self,
        id: &str,
        arguments: [(&'static str, FluentValue<'static>); N],
    ) -> String {
        let bundle = self.bundle();
        let message = bundle.get_message(id);
        let Some(pattern) = message.and_then(|message| message.value()) else {
            return id.to_owned();
        };
        let arguments: FluentArgs<'_> = arguments.into_iter().collect();
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors);
        text.into_owned()
    }
}

type Bundle = FluentBundle<FluentResource>;

/// Reads a catalogue. What is wrong with one is found by the tests.
fn read(name: &str, text: &str) -> Bundle {
    let mut bundle = FluentBundle::new_concurrent(vec![name.parse().unwrap_or_default()]);
    // Marks of direction around each argument would be in every path that is copied from a line.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(text.to_owned());
    let resource = resource.unwrap_or_else(|(read, _)| read);
    let _ = bundle.add_resource(resource);
    bundle
}

/// From here on all texts are English: what is made from the help is the same everywhere.
pub(crate) fn english_alone() {
    ENGLISH_ALONE.store(true, Ordering::Relaxed);
}

/// The message of the process's language.
pub(crate) fn message<const N: usize>(
    id: &str,
    arguments: [(&'static str, FluentValue<'static>); N],
) -> String {
    Language::current().message(id, arguments)
}

/// A message by its id and its arguments: `name = value` for a text, `name: value` for a number,
/// by which a language chooses its plural.
macro_rules! say {
    (@value = $value:expr) => {
        ::fluent_bundle::FluentValue::from($value.to_string())
    };
    (@value : $value:expr) => {
        ::fluent_bundle::FluentValue::from($value)
    };
    ($id:literal $(, $name:ident $kind:tt $value:expr)* $(,)?) => {
        $crate::language::message(
            $id,
            [$((stringify!($name), $crate::language::say!(@value $kind $value))),*],
        )
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests;
