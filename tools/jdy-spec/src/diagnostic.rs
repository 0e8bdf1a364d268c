//! A diagnostic: what is wrong or notable, where it stands, and what to do about it.
//!
//! Owns the files' texts and how diagnostics are shown. Must not know what a spec is.

use std::fmt;
use std::sync::Arc;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

/// A piece of one file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Index of the file in [`Sources`].
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// First byte after it.
    pub end: u32,
}

impl Span {
    /// The very beginning of a file, for what concerns the file as a whole.
    #[must_use]
    pub fn top(file: u32) -> Self {
        Self {
            file,
            start: 0,
            end: 0,
        }
    }
}

/// One file that was read.
#[derive(Debug)]
pub struct Source {
    /// The path as it is shown, so that it can be clicked.
    pub shown: String,
    /// The path within the spec folder, with `/`.
    pub path: String,
    /// The whole text.
    pub text: Arc<str>,
}

/// All files that were read; a [`Span`] points into them.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// A place as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLocation {
    /// The path as it is shown.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Sources {
    /// Takes in a file and gives its index.
    pub fn add(&mut self, source: Source) -> u32 {
        self.files.push(source);
        u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX)
    }

    /// The file of an index.
    #[must_use]
    pub fn get(&self, file: u32) -> Option<&Source> {
        self.files.get(file as usize)
    }

    /// The text that a span covers.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file)
            .and_then(|source| source.text.get(span.start as usize..span.end as usize))
            .unwrap_or_default()
    }

    /// File, line and column of a span's beginning.
    #[must_use]
    pub fn place(&self, span: Span) -> SourceLocation {
        let Some(source) = self.get(span.file) else {
            return SourceLocation {
                file: "?".to_owned(),
                line: 1,
                column: 1,
            };
        };
        let before = source.text.get(..span.start as usize).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        SourceLocation {
            file: source.shown.clone(),
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is generated while it stands.
    Error,
    /// A person should look at it; nothing fails.
    Warning,
    /// A rule decided against what stands in a column; nothing fails.
    Against,
    /// What was changed, and where it comes from.
    Change,
    /// Worth knowing; nothing fails.
    Note,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Against => "against",
            Self::Change => "change",
            Self::Note => "note",
        }
    }
}

/// One diagnostic.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Error or note.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What is wrong, in one line that suffices alone.
    pub what: String,
    /// A few words that stand under the place in the report.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    /// A second place that has to do with it, and what it is.
    pub other: Option<(Span, String)>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(span: Span, what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            span,
            what: what.into(),
            label: "here".to_owned(),
            help: None,
            other: None,
        }
    }

    /// A warning at a place.
    pub fn warning(span: Span, what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(span, what)
        }
    }

    /// A note at a place.
    pub fn note(span: Span, what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Note,
            ..Self::error(span, what)
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The words under the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Names a second place.
    #[must_use]
    pub fn other(mut self, span: Span, what: impl Into<String>) -> Self {
        self.other = Some((span, what.into()));
        self
    }
}

/// The diagnostics of a run.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds one.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// All of them, by place.
    pub fn sorted(&mut self) -> &[Diagnostic] {
        self.list
            .sort_by(|a, b| (a.span, a.severity, &a.what).cmp(&(b.span, b.severity, &b.what)));
        &self.list
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.list
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
            .count()
    }

    /// How many notes there are.
    #[must_use]
    pub fn notes(&self) -> usize {
        self.list.len() - self.errors()
    }

    /// One line for each diagnostic: `file:line:column: error: what (help)`.
    pub fn lines(&mut self, sources: &Sources) -> String {
        let mut out = String::new();
        for diagnostic in self.sorted() {
            out.push_str(&line(diagnostic, sources));
            out.push('\n');
        }
        out
    }

    /// The diagnostics with the lines that they are about, for a person.
    pub fn report(&mut self, sources: &Sources, theme: GraphicalTheme) -> String {
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(100)
            .with_context_lines(1);
        let mut out = String::new();
        for diagnostic in self.sorted() {
            let shown = Shown::new(diagnostic, sources);
            // Writing into a String fails only where a label lies outside the text;
            // the plain line still says everything.
            if handler.render_report(&mut out, &shown).is_err() {
                out.push_str(&line(diagnostic, sources));
                out.push('\n');
            }
            out.push('\n');
        }
        out
    }

    /// Takes in the diagnostics of a part of the work.
    pub fn append(&mut self, mut other: Diagnostics) {
        self.list.append(&mut other.list);
    }
}

fn line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let severity = diagnostic.severity.as_str();
    let mut out = format!(
        "{}: {severity}: {}",
        sources.place(diagnostic.span),
        diagnostic.what
    );
    if let Some((span, what)) = &diagnostic.other {
        out.push_str(&format!("; {what}: {}", sources.place(*span)));
    }
    if let Some(help) = &diagnostic.help {
        out.push_str(&format!("; help: {help}"));
    }
    out
}

/// A diagnostic with the text it is about, in the form that miette renders.
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
    source: Option<NamedSource<Arc<str>>>,
}

impl<'a> Shown<'a> {
    fn new(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Self {
        let source = sources
            .get(diagnostic.span.file)
            .filter(|source| !source.text.is_empty())
            .map(|source| NamedSource::new(&source.shown, Arc::clone(&source.text)));
        Self {
            diagnostic,
            sources,
            source,
        }
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.what)?;
        match &self.source {
            Some(_) => Ok(()),
            None => write!(f, " ({})", self.sources.place(self.diagnostic.span)),
        }
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Against | Severity::Change | Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        let place = self
            .diagnostic
            .other
            .as_ref()
            .map(|(span, what)| format!("{what}: {}", self.sources.place(*span)));
        let parts: Vec<String> = place
            .into_iter()
            .chain(self.diagnostic.help.clone())
            .collect();
        if parts.is_empty() {
            return None;
        }
        Some(Box::new(parts.join("\n")))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.source.as_ref()?;
        let first = LabeledSpan::new_primary_with_span(
            Some(self.diagnostic.label.clone()),
            range(self.diagnostic.span),
        );
        let second = self
            .diagnostic
            .other
            .as_ref()
            .filter(|(span, _)| span.file == self.diagnostic.span.file)
            .map(|(span, what)| LabeledSpan::new_with_span(Some(what.clone()), range(*span)));
        Some(Box::new(std::iter::once(first).chain(second)))
    }
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start as usize..span.end.max(span.start) as usize
}
