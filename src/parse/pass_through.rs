//! The fast way: strings that are spelled as the output needs are handed on as they are.
//!
//! Files written by Python's `json.dumps(…, ensure_ascii=False)` spell their strings exactly as the output
//! must, so nothing is decoded and encoded again: a value's bytes go from the mapped file to the row. Only a
//! string with escapes that the output spells otherwise is respelled.
//!
//! The scanner walks along the [marks](super::marks), which hold every place where a string can begin or end,
//! and reads only the few bytes between strings one by one. It knows keys in any order, spaces between tokens
//! or none, and scalars in fields that are not used. At anything else it gives up (`None`) and leaves the line
//! to the authority: nested fields that are not used, repeated keys, keys spelled with escapes, other white
//! space, labels that need decoding, and whatever is not valid.

use std::ops::Range;

use crate::conversation::{Label, Turn};

use super::unescape::respell;

/// The lines of a chunk.
pub(crate) struct Lines<'c> {
    text: &'c str,
    /// The marks from the next line on.
    marks: &'c [u32],
    /// The first byte of the next line.
    start: usize,
}

impl<'c> Lines<'c> {
    /// `marks` are those that [`super::marks::find`] finds in `text`.
    pub(crate) fn new(text: &'c str, marks: &'c [u32]) -> Self {
        Self { text, marks, start: 0 }
    }
}

impl<'c> Iterator for Lines<'c> {
    type Item = Line<'c>;

    fn next(&mut self) -> Option<Line<'c>> {
        if self.start >= self.text.len() {
            return None;
        }
        let bytes = self.text.as_bytes();
        let mut needs_room = false;
        let newline = self.marks.iter().position(|&mark| match bytes[mark as usize] {
            b'\n' => true,
            b'"' | 0..0x20 => false,
            _ => {
                needs_room = true;
                false
            }
        });
        let (marks, after) = self.marks.split_at(newline.unwrap_or(self.marks.len()));
        let end = after.first().map_or(bytes.len(), |&mark| mark as usize);
        let line = Line { before_end: &self.text[..end], start: self.start, marks, needs_room };
        self.marks = after.get(1..).unwrap_or_default();
        self.start = end + 1;
        Some(line)
    }
}

/// One line of a chunk.
#[derive(Clone, Copy)]
pub(crate) struct Line<'c> {
    /// The chunk up to the end of this line: marks are positions in the chunk.
    before_end: &'c str,
    start: usize,
    marks: &'c [u32],
    needs_room: bool,
}

impl<'c> Line<'c> {
    /// The line, without its newline.
    pub(crate) fn text(&self) -> &'c str {
        &self.before_end[self.start..]
    }

    /// Where the line stands in the chunk, without its newline.
    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.before_end.len()
    }

    /// How much room [`Line::parse`] needs: none for a line without escapes that the output spells otherwise.
    pub(crate) fn room(&self) -> usize {
        if self.needs_room { self.text().len() } else { 0 }
    }

    /// Reads the record: appends its turns to `turns` and returns its `mask`, all in the output's spelling.
    /// `None` if the scanner gives up; `turns` may then hold anything.
    ///
    /// Strings that have to be respelled live in `room`, which must have the length that [`Line::room`] says.
    pub(crate) fn parse<'l>(&self, room: &'l mut [u8], turns: &mut Vec<Turn<'l>>) -> Option<&'l str>
    where
        'c: 'l,
    {
        let mut scanner = Scanner { text: self.before_end, at: self.start, marks: self.marks, room };
        let mask = scanner.record(turns)?;
        matches!(&self.before_end.as_bytes()[scanner.at..], b"" | b"\r").then_some(mask)
    }
}

/// A position in a line, and the marks from there on.
struct Scanner<'l> {
    text: &'l str,
    at: usize,
    marks: &'l [u32],
    room: &'l mut [u8],
}

impl<'l> Scanner<'l> {
    fn record(&mut self, turns: &mut Vec<Turn<'l>>) -> Option<&'l str> {
        let mut mask = None;
        let mut conversations = false;
        self.members(|scanner, key| match key {
            "conversations" if !conversations => {
                conversations = true;
                scanner.turns(turns)
            }
            "mask" if mask.is_none() => {
                mask = Some(scanner.string()?);
                Some(())
            }
            "conversations" | "mask" => None,
            _ => scanner.skip(),
        })?;
        mask.filter(|_| conversations)
    }

    fn turns(&mut self, turns: &mut Vec<Turn<'l>>) -> Option<()> {
        self.expect(b'[')?;
        self.spaces();
        if self.next_is(b']') {
            return Some(());
        }
        loop {
            let turn = self.turn()?;
            turns.push(turn);
            self.spaces();
            if self.next_is(b']') {
                return Some(());
            }
            self.expect(b',')?;
            self.spaces();
        }
    }

    fn turn(&mut self) -> Option<Turn<'l>> {
        let (mut from, mut value, mut label) = (None, None, None);
        self.members(|scanner, key| {
            match key {
                "from" if from.is_none() => from = Some(scanner.string()?),
                "value" if value.is_none() => value = Some(scanner.string()?),
                "label" if label.is_none() => label = Some(scanner.label()?),
                "from" | "value" | "label" => return None,
                _ => scanner.skip()?,
            }
            Some(())
        })?;
        Some(Turn { from: from?, value: value?, label: label.unwrap_or(Label::None) })
    }

    fn label(&mut self) -> Option<Label<'l>> {
        if self.peek() != b'"' {
            return self.literal("null").map(|()| Label::None);
        }
        match self.string()? {
            "" => Some(Label::None),
            // In the output's spelling; a label is read decoded.
            label if label.contains('\\') => None,
            label => Some(Label::Text(label)),
        }
    }

    /// An object with at least one member; `member` reads the value that belongs to a key.
    #[inline]
    fn members(&mut self, mut member: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
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

    /// A scalar that is not used, but must be valid.
    fn skip(&mut self) -> Option<()> {
        match self.peek() {
            b'"' => self.string().map(|_| ()),
            b'n' => self.literal("null"),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            _ => self.number(),
        }
    }

    /// A number as RFC 8259 has it.
    fn number(&mut self) -> Option<()> {
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

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// A string in the output's spelling.
    #[inline]
    fn string(&mut self) -> Option<&'l str> {
        let (string, respell) = self.raw_string()?;
        if respell { self.respelled(string) } else { Some(string) }
    }

    fn respelled(&mut self, string: &str) -> Option<&'l str> {
        let room = std::mem::take(&mut self.room);
        let length = respell(room, string.as_bytes())?;
        let (string, room) = room.split_at_mut(length);
        self.room = room;
        simdutf8::basic::from_utf8(string).ok()
    }

    /// A string as it is spelled in the input, and whether the output spells it otherwise.
    #[inline]
    fn raw_string(&mut self) -> Option<(&'l str, bool)> {
        let (&open, mut marks) = self.marks.split_first()?;
        if open as usize != self.at || self.peek() != b'"' {
            return None;
        }
        let mut respell = false;
        loop {
            let (&mark, rest) = marks.split_first()?;
            marks = rest;
            match self.text.as_bytes()[mark as usize] {
                b'"' => {
                    let string = &self.text[self.at + 1..mark as usize];
                    self.marks = marks;
                    self.at = mark as usize + 1;
                    return Some((string, respell));
                }
                0..0x20 => return None,
                _ => respell = true,
            }
        }
    }

    fn literal(&mut self, literal: &str) -> Option<()> {
        let is_next = self.text.as_bytes()[self.at..].starts_with(literal.as_bytes());
        self.at += if is_next { literal.len() } else { 0 };
        is_next.then_some(())
    }

    #[inline]
    fn spaces(&mut self) {
        while self.peek() == b' ' {
            self.at += 1;
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.next_is(byte).then_some(())
    }

    /// Steps over the next byte if it is `byte`.
    #[inline]
    fn next_is(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    /// The next byte, or 0 at the end of the line; no token begins with 0.
    #[inline]
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
}
