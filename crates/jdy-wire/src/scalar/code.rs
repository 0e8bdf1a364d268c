//! Codes: open enumerations. A code that the spec does not know is kept as received.
//!
//! Owns the [`codes!`](crate::codes!) macro, which gives a plain enum its table. Must not know any
//! single code. Must not use: `crate::decode`, `crate::encode`, `crate::record`.

/// A code of the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeFacts {
    /// The code on the wire.
    pub code: &'static str,
    /// The vendor's label.
    pub label: &'static str,
}

/// An open enumeration. Implemented by [`codes!`](crate::codes!) alone.
pub trait Code: Sized {
    /// The codes that the spec knows.
    const CODES: &'static [CodeFacts];

    /// The value for a code, known or not.
    fn from_code(code: &str) -> Self;

    /// The code on the wire.
    fn code(&self) -> &str;

    /// The vendor's label, if the spec has the code.
    fn label(&self) -> Option<&'static str> {
        find(Self::CODES, self.code()).map(|facts| facts.label)
    }
}

/// The entry of a code.
pub(crate) fn find(codes: &'static [CodeFacts], code: &str) -> Option<&'static CodeFacts> {
    codes.iter().find(|facts| facts.code == code)
}

/// A code of any enumeration, for decoding into.
pub trait OpenCode {
    /// The codes that the spec knows.
    fn codes(&self) -> &'static [CodeFacts];

    /// Sets the value for a code, known or not.
    fn set(&mut self, code: &str);
}

impl<C: Code> OpenCode for C {
    fn codes(&self) -> &'static [CodeFacts] {
        C::CODES
    }

    fn set(&mut self, code: &str) {
        *self = C::from_code(code);
    }
}

/// Implements [`Code`](crate::Code) for a plain enum. It has one variant for each code, and `Other` for a
/// code that the spec does not know.
///
/// ```
/// use jdy_wire::{Code, codes};
///
/// pub enum PayType {
///     Wechat,
///     MemberCard,
///     Other(String),
/// }
/// codes! {
///     PayType {
///         "1" => Wechat "微信",
///         "90" => MemberCard "会员卡",
///     }
/// }
/// assert_eq!(PayType::from("90"), PayType::MemberCard);
/// assert_eq!(PayType::from("7").code(), "7");
/// assert_eq!(PayType::Wechat.label(), Some("微信"));
/// ```
#[macro_export]
macro_rules! codes {
    ($codes:ident {
        $($code:literal => $variant:ident $label:literal,)*
    }) => {
        impl $crate::Code for $codes {
            const CODES: &'static [$crate::CodeFacts] =
                &[$($crate::CodeFacts { code: $code, label: $label }),*];
            #[inline]
            fn from_code(code: &str) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
            #[inline]
            fn code(&self) -> &str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Other(code) => code,
                }
            }
        }
        impl From<&str> for $codes {
            #[inline]
            fn from(code: &str) -> Self {
                $crate::Code::from_code(code)
            }
        }
        impl $crate::private::Derived for $codes {
            type Kind = $crate::private::Codes;
        }
        impl Clone for $codes {
            #[inline]
            fn clone(&self) -> Self {
                $crate::Code::from_code($crate::Code::code(self))
            }
        }
        impl PartialEq for $codes {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::Code::code(self) == $crate::Code::code(other)
            }
        }
        impl Eq for $codes {}
        impl ::std::fmt::Debug for $codes {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt($crate::Code::code(self), f)
            }
        }
    };
}
