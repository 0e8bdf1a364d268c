//! A pull reader of JSON text: one pass, no tree, numbers kept as text.
//!
//! Owns the grammar of JSON. Must not know records or leniency.
//! Must not use: `crate::decode`, `crate::record`, `crate::value`.

use std::borrow::Cow;
use std::fmt;

/// How deep arrays and objects may nest.
const MAX_DEPTH: usize = 128;

/// The text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The byte offset in the text.
    pub at: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not JSON: expected {} at byte {}",
            self.expected, self.at
        )
    }
}

impl std::error::Error for SyntaxError {}

/// The kind of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    Text,
    Number,
    True,
    False,
    Null,
}

/// The number of bytes before the first quote, backslash or control character. Reads eight at a
/// time.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    // The high bit of each zero byte; above the first one there may be false positives.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*chunk);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let quote = zeros(word ^ (ONES * u64::from(b'"')));
        let escape = zeros(word ^ (ONES * u64::from(b'\\')));
        let stops = control | quote | escape;
        if stops != 0 {
            return at + stops.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let tail = bytes.get(at..).unwrap_or_default();
    let stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    at + tail.iter().position(stop).unwrap_or(tail.len())
}

/// Whether two texts of the same length are the same. Names of fields are short: eight bytes at each
/// end are all of most of them, and no function is called for it.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    fn both<const N: usize>(a: &[u8], b: &[u8]) -> Option<bool> {
        let starts = (a.first_chunk::<N>()?, b.first_chunk::<N>()?);
        let ends = (a.last_chunk::<N>()?, b.last_chunk::<N>()?);
        Some(starts.0 == starts.1 && ends.0 == ends.1)
    }
    match a.len() {
        0..4 => a.iter().eq(b),
        4..8 => both::<4>(a, b).unwrap_or(false),
        8..=16 => both::<8>(a, b).unwrap_or(false),
        _ => a == b,
    }
}

/// The brackets that are open: a bit for each, set for an object. [`MAX_DEPTH`] bits are enough.
#[derive(Default)]
struct Brackets {
    bits: u128,
    count: usize,
}

impl Brackets {
    fn push(&mut self, is_object: bool) {
        self.bits = self.bits << 1 | u128::from(is_object);
        self.count += 1;
    }

    fn pop(&mut self) {
        self.bits >>= 1;
        self.count -= 1;
    }

    /// Whether the last one is an object; `None` if none is open.
    fn last(&self) -> Option<bool> {
        (self.count > 0).then_some(self.bits & 1 == 1)
    }
}

/// A position in JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    halves: Halves,
}

/// What a lone surrogate is: an escape (`\ud83d`) for half of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Halves {
    /// U+FFFD, because one broken emoji in a name must not fail the answer.
    Replaced,
    /// An error, because what would be sent is another text.
    Refused,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            halves: Halves::Replaced,
        }
    }

    /// The same reader, to which half of a character is an error.
    pub(crate) fn refusing_halves(self) -> Self {
        Self {
            halves: Halves::Refused,
            ..self
        }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn fail<T>(&self, expected: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError {
            at: self.at,
            expected,
        })
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The bytes from here on.
    #[inline]
    fn rest(&self) -> &'a [u8] {
        // Without the minimum the optimizer keeps a branch that no text reaches.
        let bytes = self.text.as_bytes();
        bytes.split_at(self.at.min(bytes.len())).1
    }

    #[inline]
    fn slice(&self, from: usize, to: usize) -> &'a str {
        // Both ends are next to an ASCII byte, so they are character boundaries.
        self.text.get(from..to).unwrap_or_default()
    }

    #[inline]
    fn skip_whitespace(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    /// Checks that only whitespace follows.
    pub(crate) fn end(&mut self) -> Result<(), SyntaxError> {
        self.skip_whitespace();
        if self.at == self.text.len() {
            Ok(())
        } else {
            self.fail("the end")
        }
    }

    #[inline]
    pub(crate) fn kind(&mut self) -> Result<Kind, SyntaxError> {
        self.skip_whitespace();
        match self.byte() {
            Some(b'"') => Ok(Kind::Text),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't') => Ok(Kind::True),
            Some(b'f') => Ok(Kind::False),
            Some(b'n') => Ok(Kind::Null),
            _ => self.fail("a value"),
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let found = self.byte() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Checks that a number or word is complete. Inside an array or object more must follow: a
    /// truncated text may have cut it.
    #[inline]
    fn delimited(&self) -> Result<(), SyntaxError> {
        match self.byte() {
            Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r') => Ok(()),
            None if self.depth == 0 => Ok(()),
            _ => self.fail("the end of the value"),
        }
    }

    fn word(&mut self, word: &'static str) -> Result<(), SyntaxError> {
        if self.rest().starts_with(word.as_bytes()) {
            self.at += word.len();
            self.delimited()
        } else {
            self.fail(word)
        }
    }

    /// Reads `true`, `false` or `null`; `kind` has seen the first byte.
    pub(crate) fn literal(&mut self, kind: Kind) -> Result<(), SyntaxError> {
        self.word(match kind {
            Kind::True => "true",
            Kind::False => "false",
            _ => "null",
        })
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at == start {
            self.fail("a digit")
        } else {
            Ok(())
        }
    }

    /// Reads a complete number as text.
    pub(crate) fn number(&mut self) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        self.delimited()?;
        Ok(self.slice(start, self.at))
    }

    /// Moves to the next quote or backslash; a control character is an error.
    #[inline]
    fn run(&mut self) -> Result<u8, SyntaxError> {
        let rest = self.rest();
        let at = plain(rest);
        self.at += at;
        match rest.get(at) {
            Some(&stop @ (b'"' | b'\\')) => Ok(stop),
            Some(_) => self.fail("an escaped control character"),
            None => self.fail("a closing quote"),
        }
    }

    /// Reads a string; borrowed if it has no escapes.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        if !self.take(b'"') {
            return self.fail("a text");
        }
        let start = self.at;
        if self.run()? == b'"' {
            self.at += 1;
            return Ok(Cow::Borrowed(self.slice(start, self.at - 1)));
        }
        self.escaped(start).map(Cow::Owned)
    }

    /// Reads a string into an empty text of its own.
    #[inline]
    pub(crate) fn text_into(&mut self, into: &mut String) -> Result<(), SyntaxError> {
        if !self.take(b'"') {
            return self.fail("a text");
        }
        let start = self.at;
        *into = match self.run()? {
            b'"' => {
                self.at += 1;
                self.slice(start, self.at - 1).to_owned()
            }
            _ => self.escaped(start)?,
        };
        Ok(())
    }

    #[cold]
    fn escaped(&mut self, start: usize) -> Result<String, SyntaxError> {
        let mut out = String::from(self.slice(start, self.at));
        loop {
            let from = self.at;
            let stop = self.run()?;
            out.push_str(self.slice(from, self.at));
            self.at += 1;
            if stop == b'"' {
                return Ok(out);
            }
            out.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let Some(byte) = self.byte() else {
            return self.fail("an escape");
        };
        let plain = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode();
            }
            _ => return self.fail("an escape"),
        };
        self.at += 1;
        Ok(plain)
    }

    /// Reads four hex digits, or a surrogate pair.
    fn unicode(&mut self) -> Result<char, SyntaxError> {
        let high = self.hex4()?;
        if let Some(plain) = char::from_u32(high) {
            return Ok(plain);
        }
        let back = self.at;
        if high < 0xdc00 && self.take(b'\\') && self.take(b'u') {
            let low = self.hex4()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.at = back;
        match self.halves {
            Halves::Replaced => Ok(char::REPLACEMENT_CHARACTER),
            Halves::Refused => self.fail("the other half of a character, behind half of one"),
        }
    }

    fn hex4(&mut self) -> Result<u32, SyntaxError> {
        let mut value = 0;
        for _ in 0..4 {
            match self.byte().and_then(|b| char::from(b).to_digit(16)) {
                Some(digit) => value = value * 16 + digit,
                None => return self.fail("four hex digits"),
            }
            self.at += 1;
        }
        Ok(value)
    }

    /// Enters the array or object that begins here.
    pub(crate) fn open(&mut self) -> Result<(), SyntaxError> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.fail("fewer levels of nesting")
        } else {
            Ok(())
        }
    }

    /// Whether another item follows; if not, leaves the array or object.
    #[inline]
    fn more(&mut self, close: u8, first: bool) -> Result<bool, SyntaxError> {
        self.skip_whitespace();
        if self.take(close) {
            self.depth -= 1;
            return Ok(false);
        }
        if !first {
            if !self.take(b',') {
                return self.fail("a comma or the closing bracket");
            }
            self.skip_whitespace();
        }
        Ok(true)
    }

    pub(crate) fn item(&mut self, first: bool) -> Result<bool, SyntaxError> {
        self.more(b']', first)
    }

    pub(crate) fn member(&mut self, first: bool) -> Result<bool, SyntaxError> {
        self.more(b'}', first)
    }

    /// Reads the key and its colon if the key is exactly `name`.
    #[inline]
    pub(crate) fn guess(&mut self, name: &str) -> bool {
        let name = name.as_bytes();
        // The closing quote comes before the name: it tells most keys apart by their length.
        let hit = self
            .rest()
            .strip_prefix(b"\"")
            .and_then(|rest| rest.split_at_checked(name.len()))
            .is_some_and(|(key, rest)| rest.first() == Some(&b'"') && same(key, name));
        if !hit {
            return false;
        }
        let back = self.at;
        self.at += name.len() + 2;
        self.skip_whitespace();
        if self.take(b':') {
            return true;
        }
        self.at = back;
        false
    }

    /// Reads a key and its colon.
    pub(crate) fn key(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        let key = self.text()?;
        self.skip_whitespace();
        if self.take(b':') {
            Ok(key)
        } else {
            self.fail("a colon")
        }
    }

    /// Skips one value and returns its text. Not recursive, so that deep nesting cannot overflow the
    /// thread's stack.
    pub(crate) fn skip(&mut self) -> Result<&'a str, SyntaxError> {
        let floor = self.depth;
        self.skip_whitespace();
        let start = self.at;
        let mut open = Brackets::default();
        loop {
            let opened = match self.kind()? {
                Kind::Text => {
                    self.skip_text()?;
                    false
                }
                kind @ (Kind::Object | Kind::Array) => {
                    self.open()?;
                    open.push(kind == Kind::Object);
                    true
                }
                Kind::Number => {
                    self.number()?;
                    false
                }
                word => {
                    self.literal(word)?;
                    false
                }
            };
            let mut first = opened;
            loop {
                let Some(is_object) = open.last() else {
                    self.depth = floor;
                    return Ok(self.slice(start, self.at));
                };
                if self.more(if is_object { b'}' } else { b']' }, first)? {
                    if is_object {
                        self.skip_text()?;
                        self.skip_whitespace();
                        if !self.take(b':') {
                            return self.fail("a colon");
                        }
                    }
                    break;
                }
                open.pop();
                first = false;
            }
        }
    }

    #[inline]
    fn skip_text(&mut self) -> Result<(), SyntaxError> {
        if !self.take(b'"') {
            return self.fail("a text");
        }
        while self.run()? == b'\\' {
            self.at += 1;
            self.escape()?;
        }
        self.at += 1;
        Ok(())
    }

    /// The text from an earlier position up to here.
    pub(crate) fn since(&self, start: usize) -> &'a str {
        self.slice(start, self.at)
    }

    /// Goes back to an earlier position, with its depth.
    pub(crate) fn rewind(&mut self, at: usize, depth: usize) {
        self.at = at;
        self.depth = depth;
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn texts_are_the_same_if_every_byte_is() {
        for length in 0..40 {
            let text = vec![b'a'; length];
            assert!(same(&text, &text.clone()), "{length}");
            for at in 0..length {
                let mut other = text.clone();
                other[at] = b'b';
                assert!(!same(&text, &other), "{at} of {length}");
            }
        }
    }
}
