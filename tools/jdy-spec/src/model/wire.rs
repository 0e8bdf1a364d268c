//! The wire forms of a scalar: the one table that the checks, the generator and the docs read.
//!
//! Owns the forms and what holds for each. A new form is a variant and an arm of `facts`. Must not
//! know how a form is read or written; that is the scalar's, in `jdy-wire`, and the sandbox's own.

use super::ScalarType;

words! {
    /// The wire form of a scalar.
    Wire {
        /// An exact decimal number.
        Decimal = "decimal",
        /// A whole number as text: the number of a page, its size.
        Integer = "integer",
        /// `yyyy-MM-dd`
        Date = "date",
        /// `yyyy-MM-dd HH:mm:ss`
        DateTime = "datetime",
        /// Milliseconds since 1970.
        EpochMillis = "epoch-millis",
        /// Yes or no.
        Flag = "flag",
    }
}

/// What holds for a form.
struct Facts {
    /// The columns that it fits.
    columns: &'static [ScalarType],
    /// Its Rust type.
    rust_type: &'static str,
    /// What the docs of a field say, by its column; nothing where its type says it.
    note: fn(ScalarType) -> Option<&'static str>,
    /// What a default may say.
    is_default: fn(&str) -> bool,
    /// How many codes may stand beside it.
    codes: usize,
}

impl Facts {
    /// Of a form that only text has, without a default and without codes.
    const OF_TEXT: Self = Self {
        columns: &[ScalarType::Text],
        rust_type: "String",
        note: |_| None,
        is_default: |_| false,
        codes: 0,
    };
}

impl Wire {
    fn facts(self) -> Facts {
        use ScalarType::{Flag, Integer, Number, Text};
        match self {
            Self::Decimal => Facts {
                columns: &[Text, Integer, Number],
                rust_type: "Decimal",
                note: |column| {
                    Some(match column {
                        Text => "decimal, sent as text",
                        _ => "decimal",
                    })
                },
                is_default: is_decimal,
                codes: 0,
            },
            Self::Integer => Facts {
                rust_type: "i64",
                note: |_| Some("sent as text"),
                is_default: is_integer,
                ..Facts::OF_TEXT
            },
            Self::Date => Facts {
                rust_type: "Date",
                note: |_| Some("`yyyy-MM-dd`"),
                ..Facts::OF_TEXT
            },
            Self::DateTime => Facts {
                rust_type: "DateTime",
                note: |_| Some("`yyyy-MM-dd HH:mm:ss`"),
                ..Facts::OF_TEXT
            },
            Self::EpochMillis => Facts {
                columns: &[Text, Integer, Number],
                rust_type: "EpochMillis",
                note: |column| {
                    Some(match column {
                        Text => "epoch milliseconds, sent as text",
                        _ => "epoch milliseconds",
                    })
                },
                is_default: |_| false,
                codes: 0,
            },
            Self::Flag => Facts {
                columns: &[Text, Integer, Number, Flag],
                rust_type: "bool",
                note: |column| match column {
                    Text => Some("flag, sent as text 0 or 1"),
                    Flag => None,
                    _ => Some("flag, sent as 0 or 1"),
                },
                is_default: is_flag,
                codes: 2,
            },
        }
    }

    /// Whether the page's column may have the form.
    #[must_use]
    pub fn fits(self, column: ScalarType) -> bool {
        self.facts().columns.contains(&column)
    }

    /// The name of its Rust type.
    #[must_use]
    pub fn rust_type(self) -> &'static str {
        self.facts().rust_type
    }

    /// How a field of this column travels, for its docs; nothing where its Rust type says it.
    #[must_use]
    pub fn note(self, column: ScalarType) -> Option<&'static str> {
        (self.facts().note)(column)
    }

    /// Whether a default of a field may be this text.
    #[must_use]
    pub fn is_default(self, text: &str) -> bool {
        (self.facts().is_default)(text)
    }

    /// How many codes a field of this form has: none, or these.
    #[must_use]
    pub fn codes(self) -> usize {
        self.facts().codes
    }
}

/// Whether a text is a flag as it travels.
#[must_use]
pub fn is_flag(text: &str) -> bool {
    matches!(text, "0" | "1" | "true" | "false")
}

/// Whether a text is a whole number as it travels: without a plus sign or leading zeros.
#[must_use]
pub fn is_integer(text: &str) -> bool {
    let number = text.parse::<i64>();
    number.is_ok_and(|number| number.to_string() == text)
}

/// Whether a text is a decimal as it travels, of at most 18 digits.
#[must_use]
pub fn is_decimal(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = bare.split_once('.').unwrap_or((bare, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(part) && whole.len() + part.len() <= 18
}
