//! The common mistakes of signing, in one table.
//!
//! Owns each mistake and how it is explained. Must not know how a text with a mistake is made.
//! Must not use: `crate::request`, `crate::signature::explain`.

use super::Signed;

/// Generates the enum, the list of all mistakes, and their explanations.
macro_rules! mistakes {
    ($($variant:ident => $text:literal,)*) => {
        /// A common mistake in the text to sign or in the key.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Mistake {
            $($variant,)*
        }

        impl Mistake {
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What the client did, and what to do instead.
            pub(super) fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

mistakes! {
    MarksKept => "! ' ( ) * were signed unescaped, as encodeURIComponent does; escape them too",
    TildeEscaped => "~ was escaped in the signed text; it stays as it is",
    QueryEncodedOnce => "the query was percent-encoded once for signing; encode each name and value twice",
    QueryEncodedAnew => "the values of the query were encoded in one way for signing, and the HTTP library sent it in another encoding; send the very bytes that are signed, encoded once",
    QueryNotEncoded => "the query was signed without percent-encoding; encode each name and value twice",
    QueryUnsorted => "the pairs of the query were signed unsorted; sort them by their encoded k=v text",
    QueryLeftOut => "the query was left out of the signed text; it is the third line",
    PathNotEncoded => "the path was signed without percent-encoding; encode it once, / becomes %2F",
    LastNewlineMissing => "the last line was signed without its newline; all five lines end with one",
    BlankQueryLineMissing => "the empty line of a call without query was left out of the signed text",
    EmptyValuesLeftOut => "pairs with an empty value were left out of the signed text; they stay, as k=",
    SpaceAsPlus => "a space was signed as +, but sent as %20; sign what is sent, %20 becomes %2520",
    PlusNotEscaped => "a plus sign was sent unescaped, which means a space; send %2B",
    LowerCaseEscapes => "percent escapes were written with lower-case hex; write %2F, not %2f",
    BodyAsLastLine => "the body was signed; it must not be",
    BodyAsQuery => "the body was signed in place of the query; it must not be signed",
    TimestampFirst => "the timestamp was signed before the nonce; x-api-nonce comes first",
    FurtherLeftOut => "the further headers of X-Api-SignHeaders were left out of the signed text; each has a line",
    FurtherLast => "the further signed headers were signed after the nonce and the timestamp; all lines are sorted by lower-case name",
    HeaderNamesAsSent => "the header names were signed as X-Api-..; write them in lower case, such as x-api-nonce",
    MethodInLowerCase => "the method was signed in lower case; write it in upper case",
    KeyFromHex => "the key was decoded from hex; the client secret's 32 characters are the key",
    KeyIsAppSecret => "the key was the app secret; a request is signed with the client secret",
}

impl Mistake {
    /// Whether to try it. A large body is not signed dozens of times only to explain a signature:
    /// other requests would have to wait.
    pub(super) fn is_tried(self, signed: &Signed<'_>) -> bool {
        const MAX_TRIED_BODY: usize = 64 << 10;
        match self {
            Self::BodyAsLastLine | Self::BodyAsQuery => signed.body.len() <= MAX_TRIED_BODY,
            Self::FurtherLeftOut | Self::FurtherLast => !signed.further.is_empty(),
            _ => true,
        }
    }
}
