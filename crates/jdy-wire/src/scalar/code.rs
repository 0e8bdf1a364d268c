//! Codes: open enumerations. A code that the spec does not know is kept as it came.
//!
//! Owns the [`codes!`](crate::codes!) macro, which gives a plain enum its table.

use std::borrow::Cow;

use super::{Scalar, scalar};
use crate::decode::{Decoder, DriftKind, Fit};
use crate::reader::Syntax;

/// What the spec knows of one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeFacts {
    /// The code on the wire.
    pub code: &'static str,
    /// What the vendor calls it.
    pub label: &'static str,
}

/// An open enumeration. Implemented by [`codes!`](crate::codes!) alone.
pub trait Code: Sized {
    /// The codes that the spec knows.
    const CODES: &'static [CodeFacts];

    /// The value for a code, known or not.
    fn from_code(code: &str) -> Self;

    /// The code as it stands on the wire.
    fn code(&self) -> &str;

    /// What the vendor calls the code, where the spec knows it.
    fn label(&self) -> Option<&'static str> {
        find_code(Self::CODES, self.code()).map(|facts| facts.label)
    }
}

/// What is known of a code.
pub fn find_code(codes: &'static [CodeFacts], code: &str) -> Option<&'static CodeFacts> {
    codes.iter().find(|facts| facts.code == code)
}

/// Reads a code; the caller makes the value of it.
pub fn decode_code<'a>(
    codes: &'static [CodeFacts],
    decoder: &mut Decoder<'a>,
) -> Result<(Fit, Cow<'a, str>), Syntax> {
    let code = match scalar(decoder)? {
        Scalar::Text(text) => text,
        Scalar::Number(number) => Cow::Borrowed(number),
        Scalar::Flag(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
        Scalar::Nothing => return Ok((Fit::None, Cow::Borrowed(""))),
        Scalar::Other => return Ok((Fit::Unfit, Cow::Borrowed(""))),
    };
    if find_code(codes, &code).is_some() {
        return Ok((Fit::Fits, code));
    }
    if code.is_empty() {
        return Ok((Fit::None, code));
    }
    decoder.report(DriftKind::UnknownCode);
    Ok((Fit::Fits, code))
}

/// Gives a plain enum of codes its table. The enum has one variant more than it has codes:
/// `Other`, which holds a code that the spec does not know.
///
/// ```
/// use jdy_wire::{Code, codes};
///
/// pub enum PayType {
///     C1,
///     C90,
///     Other(String),
/// }
/// codes! {
///     PayType {
///         "1" => C1 "微信",
///         "90" => C90 "会员卡",
///     }
/// }
/// assert_eq!(PayType::from("90"), PayType::C90);
/// assert_eq!(PayType::from("7").code(), "7");
/// assert_eq!(PayType::C1.label(), Some("微信"));
/// ```
#[macro_export]
macro_rules! codes {
    ($codes:ident {
        $($code:literal => $variant:ident $label:literal,)*
    }) => {
        impl $crate::Code for $codes {
            const CODES: &'static [$crate::CodeFacts] =
                &[$($crate::CodeFacts { code: $code, label: $label }),*];
            fn from_code(code: &str) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
            fn code(&self) -> &str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Other(code) => code,
                }
            }
        }
        impl From<&str> for $codes {
            fn from(code: &str) -> Self {
                $crate::Code::from_code(code)
            }
        }
        impl $crate::Value for $codes {
            const EXPECTED: &'static str = "a code";
            fn blank() -> Self {
                Self::Other(String::new())
            }
            fn decode(
                &mut self,
                decoder: &mut $crate::Decoder<'_>,
            ) -> Result<$crate::Fit, $crate::Syntax> {
                let (fit, code) =
                    $crate::private::decode_code(<Self as $crate::Code>::CODES, decoder)?;
                *self = $crate::Code::from_code(&code);
                Ok(fit)
            }
            fn view(&self) -> $crate::View<'_> {
                $crate::View::Text($crate::Code::code(self))
            }
        }
        impl Clone for $codes {
            fn clone(&self) -> Self {
                $crate::Code::from_code($crate::Code::code(self))
            }
        }
        impl PartialEq for $codes {
            fn eq(&self, other: &Self) -> bool {
                $crate::Code::code(self) == $crate::Code::code(other)
            }
        }
        impl Eq for $codes {}
        impl ::std::fmt::Debug for $codes {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt($crate::Code::code(self), f)
            }
        }
        impl ::std::fmt::Display for $codes {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad($crate::Code::code(self))
            }
        }
    };
}
