//! The scanner: reads the values of one line from mark to mark. What they mean is up to the records: [`super::sft`] and
//! [`super::published`].
//!
//! It knows keys in any order, spaces between tokens or none, and any value in fields that are not used. At anything else it
//! gives up (`None`) and leaves the line to the authority: brackets that are nested very deeply, repeated keys, keys spelled
//! with escapes, other white space, labels that need decoding, and whatever is not valid.

use super::{marks::Marks, respell::respell};

/// A position in the text, and the marks from there on.
pub(super) struct Scanner<'m, 'l> {
    pub(super) text: &'l str,
    pub(super) at: usize,
    marks: Marks<'m>,
    /// The rest of the memory for respelled strings and for labels.
    pub(super) scratch: &'l mut [u8],
}

impl<'m, 'l> Scanner<'m, 'l> {
    /// A scanner of the line that begins at `at`; `marks` are those from there on.
    #[inline]
    pub(super) fn new(text: &'l str, at: usize, marks: Marks<'m>, scratch: &'l mut [u8]) -> Self {
        Self { text, at, marks, scratch }
    }

    /// Where the scanner stopped, and the marks from there on.
    #[inline]
    pub(super) fn stop(self) -> (usize, Marks<'m>) {
        (self.at, self.marks)
    }

    /// An object with at least one member; `member` reads the value that belongs to a key.
    #[inline]
    pub(super) fn members(&mut self, mut member: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        loop {
            self.spaces();
            let (key, respell) = self.raw_string()?;
            if respell {
                return None;
            }
            self.spaces();
            self.expect(b':')?;
            self.spaces();
            member(self, key)?;
            self.spaces();
            if self.next_is(b'}') {
                return Some(());
            }
            self.expect(b',')?;
        }
    }

    /// An array; `item` reads each of its values.
    #[inline]
    pub(super) fn items(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(b'[')?;
        self.spaces();
        if self.next_is(b']') {
            return Some(());
        }
        loop {
            item(self)?;
            self.spaces();
            if self.next_is(b']') {
                return Some(());
            }
            self.expect(b',')?;
            self.spaces();
        }
    }

    /// Passes a value that is not used, but must be valid.
    pub(super) fn skip(&mut self) -> Option<()> {
        match self.peek() {
            b'{' | b'[' => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    fn skip_scalar(&mut self) -> Option<()> {
        match self.peek() {
            b'"' => self.skip_string(),
            b'n' => self.literal("null"),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            _ => self.number(),
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        match self.raw_string()? {
            (_, false) => Some(()),
            // It is valid if it can be respelled.
            (string, true) => respell(self.scratch, string.as_bytes()).map(|_| ()),
        }
    }

    /// Passes an object or an array in a loop: its depth does not decide about the stack.
    #[inline(never)]
    fn skip_nested(&mut self) -> Option<()> {
        // A bit for each open bracket, the innermost lowest: 1 is an object. The bit above them marks their end.
        const NONE_OPEN: u64 = 1;
        let mut open = NONE_OPEN;
        loop {
            let bracket = self.peek();
            let value_follows = if matches!(bracket, b'{' | b'[') {
                if open.leading_zeros() == 0 {
                    return None;
                }
                self.at += 1;
                self.spaces();
                // In ASCII a closing bracket comes two behind its opening one.
                let is_empty = self.next_is(bracket + 2);
                if !is_empty {
                    open = open << 1 | u64::from(bracket == b'{');
                }
                !is_empty
            } else {
                self.skip_scalar()?;
                false
            };
            if !value_follows {
                loop {
                    if open == NONE_OPEN {
                        return Some(());
                    }
                    self.spaces();
                    if self.next_is(b',') {
                        self.spaces();
                        break;
                    }
                    self.expect(if open & 1 == 1 { b'}' } else { b']' })?;
                    open >>= 1;
                }
            }
            if open & 1 == 1 {
                self.skip_string()?;
                self.spaces();
                self.expect(b':')?;
                self.spaces();
            }
        }
    }

    /// Passes a number of RFC 8259's grammar.
    pub(super) fn number(&mut self) -> Option<()> {
        self.next_is(b'-');
        if !self.next_is(b'0') {
            self.digits()?;
        }
        if self.next_is(b'.') {
            self.digits()?;
        }
        if self.next_is(b'e') || self.next_is(b'E') {
            let _sign = self.next_is(b'+') || self.next_is(b'-');
            self.digits()?;
        }
        Some(())
    }

    /// Passes at least one digit.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// A string in the output's spelling.
    #[inline]
    pub(super) fn string(&mut self) -> Option<&'l [u8]> {
        let (string, respell) = self.raw_string()?;
        if respell { self.respelled(string) } else { Some(string.as_bytes()) }
    }

    /// `string` in the output's spelling, if it is valid.
    fn respelled(&mut self, string: &str) -> Option<&'l [u8]> {
        let scratch = std::mem::take(&mut self.scratch);
        let length = respell(scratch, string.as_bytes())?;
        let (string, scratch) = scratch.split_at_mut(length);
        self.scratch = scratch;
        Some(string)
    }

    /// A string in the input's spelling, and whether the output spells it otherwise.
    #[inline]
    pub(super) fn raw_string(&mut self) -> Option<(&'l str, bool)> {
        if self.peek() != b'"' || self.marks.peek()? != self.at {
            return None;
        }
        self.marks.pass();
        let mut respell = false;
        loop {
            let mark = self.marks.peek()?;
            match self.text.as_bytes()[mark] {
                b'"' => {
                    self.marks.pass();
                    let string = &self.text[self.at + 1..mark];
                    self.at = mark + 1;
                    return Some((string, respell));
                }
                0..0x20 => return None,
                _ => {
                    self.marks.pass();
                    respell = true;
                }
            }
        }
    }

    /// Passes `literal`.
    pub(super) fn literal(&mut self, literal: &str) -> Option<()> {
        let is_next = self.text.as_bytes()[self.at..].starts_with(literal.as_bytes());
        self.at += if is_next { literal.len() } else { 0 };
        is_next.then_some(())
    }

    /// Passes spaces, if there are any.
    #[inline]
    fn spaces(&mut self) {
        while self.peek() == b' ' {
            self.at += 1;
        }
    }

    /// Passes `byte`.
    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.next_is(byte).then_some(())
    }

    /// Passes the next byte if it is `byte`.
    #[inline]
    fn next_is(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    /// The next byte, or 0 at the end of the text; no token begins with 0.
    #[inline]
    pub(super) fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;
    use crate::parse::pass_through::SLACK;

    /// Whether the scanner skips the whole of `text` as one value.
    fn is_skipped(text: &str) -> bool {
        let (mut masks, mut scratch) = (Vec::new(), vec![0; text.len() + SLACK]);
        let mut scanner = Scanner::new(text, 0, Marks::find(text.as_bytes(), &mut masks), &mut scratch);
        scanner.skip().is_some() && scanner.stop().0 == text.len()
    }

    #[test]
    fn any_short_sequence_of_tokens_is_skipped_if_it_is_json() {
        const TOKENS: [&str; 9] = ["{", "}", "[", "]", ",", ":", "\"a\"", "1", " "];
        const LENGTH: u32 = 5;
        let mut skipped = 0;
        for number in 0..TOKENS.len().pow(LENGTH) {
            let tokens = (0..LENGTH).map(|place| TOKENS[number / TOKENS.len().pow(place) % TOKENS.len()]);
            let text = tokens.collect::<String>();
            let is_json = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            let has_space_around = text.starts_with(' ') || text.ends_with(' ');
            assert_eq!(is_skipped(&text), is_json && !has_space_around, "{text}");
            skipped += usize::from(is_json);
        }
        assert!(skipped > 50, "{skipped}");
    }

    #[test]
    fn nested_values_are_skipped_with_what_stands_in_their_strings() {
        for text in [
            r#"{"}": "]", "\"{": ["\\", "\\\"[", "\u007b\u00e9\/", "\ud83d\ude00"], "é": {"": [[], {}, -0.5e-3, true]}}"#,
            r#"[null,false,[{"a":[{"b":"c"}]},"d"],{}]"#,
            r#"[  1  ,  {  "a"  :  [  ]  ,  "b"  :  {  }  }  ]"#,
        ] {
            assert!(serde_json::from_str::<IgnoredAny>(text).is_ok(), "{text}");
            assert!(is_skipped(text), "{text}");
            for end in (1..text.len()).filter(|&end| text.is_char_boundary(end)) {
                assert!(!is_skipped(&text[..end]), "{}", &text[..end]);
            }
        }
        for text in
            [r#"["\x"]"#, r#"["\ud83d"]"#, r#"{"\udc00": 1}"#, r#"["\u12"]"#, "[\"\t\"]", "[1,\t2]", "[01]", "[NaN]"]
        {
            assert!(!is_skipped(text), "{text}");
        }
    }

    #[test]
    fn values_that_are_nested_too_deeply_are_left_to_the_authority() {
        for (depth, expected) in [(1, true), (63, true), (64, false), (1000, false)] {
            let arrays = "[".repeat(depth) + &"]".repeat(depth);
            let objects = r#"{"a": "#.repeat(depth - 1) + "{" + &"}".repeat(depth);
            assert_eq!((is_skipped(&arrays), is_skipped(&objects)), (expected, expected), "{depth}");
        }
    }
}
