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

pub(crate) mod cpu;
pub(crate) mod marks;
mod respell;

use std::ops::Range;

use memchr::memchr;

use self::{marks::Marks, respell::respell};
use super::options::{OnlyAttribute, ReadOptions};
use crate::{
    conversation::{ASSISTANT, Label, RecordHeader, System, Turn, USER},
    format::attributes::Attributes,
};

pub(crate) use self::respell::SLACK;

/// HelpSteer's records are left to the authority if there are more attributes than this.
const MAX_ATTRIBUTES: usize = 24;

/// Lines, one after the other, each with the scanner's reading of it.
pub(crate) struct Lines<'c> {
    text: &'c str,
    reading: ReadOptions,
    attributes: &'c Attributes,
    /// The mask of SFT records without one, in the output's spelling.
    default_mask: Option<&'c [u8]>,
    marks: Marks<'c>,
    /// The first byte of the next line.
    start: usize,
}

/// A line.
pub(crate) struct Line<'l> {
    /// Where it stands in the text, without its newline.
    pub(crate) range: Range<usize>,
    /// What the record says besides its turns, in the output's spelling, unless the scanner gave up.
    pub(crate) header: Option<RecordHeader<'l>>,
}

impl<'c> Lines<'c> {
    /// `masks` is memory for the marks.
    pub(crate) fn new(
        text: &'c str,
        reading: ReadOptions,
        attributes: &'c Attributes,
        default_mask: Option<&'c [u8]>,
        masks: &'c mut Vec<u64>,
    ) -> Self {
        Self { text, reading, attributes, default_mask, marks: Marks::find(text.as_bytes(), masks), start: 0 }
    }

    #[inline]
    pub(crate) fn has_next(&self) -> bool {
        self.start < self.text.len()
    }

    /// The next line, if [there is one](Self::has_next). If the scanner can read its record, its turns are appended to
    /// `turns`, in the output's spelling; if it gives up, `turns` may hold anything.
    ///
    /// Strings that have to be respelled live in `scratch`, which must be longer than the text by [`SLACK`].
    pub(crate) fn next<'l>(&mut self, scratch: &'l mut [u8], turns: &mut Vec<Turn<'l>>) -> Line<'l>
    where
        'c: 'l,
    {
        let start = self.start;
        let mut scanner = Scanner { text: self.text, at: start, marks: self.marks, scratch };
        let header = match self.reading {
            ReadOptions::HelpSteer(wanted) => scanner.helpsteer(self.attributes, wanted, turns),
            ReadOptions::Sft => scanner.record(self.default_mask, turns),
            ReadOptions::Unknown | ReadOptions::Preference(_) | ReadOptions::Oasst => None,
        };
        let stopped_at = scanner.at;
        // The scanner passes no mark of a newline.
        self.marks = scanner.marks;
        let end = loop {
            let Some(mark) = self.marks.peek() else { break self.text.len() };
            self.marks.pass();
            if self.text.as_bytes()[mark] == b'\n' {
                break mark;
            }
        };
        self.start = end + 1;
        let is_complete = matches!(self.text.as_bytes().get(stopped_at..end), Some(b"" | b"\r"));
        Line { range: start..end, header: header.filter(|_| is_complete) }
    }
}

/// A position in the text, and the marks from there on.
struct Scanner<'m, 'l> {
    text: &'l str,
    at: usize,
    marks: Marks<'m>,
    scratch: &'l mut [u8],
}

impl<'l> Scanner<'_, 'l> {
    fn record(&mut self, default_mask: Option<&'l [u8]>, turns: &mut Vec<Turn<'l>>) -> Option<RecordHeader<'l>> {
        let mut mask = None;
        let mut system = System::Missing;
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
            "system" => {
                system = scanner.system()?;
                Some(())
            }
            _ => scanner.skip(),
        })?;
        mask.or(default_mask).filter(|_| conversations).map(|mask| RecordHeader { mask, system })
    }

    fn system(&mut self) -> Option<System<'l>> {
        let kind = match self.peek() {
            b'"' => return self.string().map(System::Text),
            b'n' => "null",
            b't' | b'f' => "a boolean",
            _ => "a number",
        };
        self.skip().map(|()| System::Other(kind))
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

    /// A record of HelpSteer's. Rows have its numbers by their values, so they may be labels as they are spelled.
    #[inline(never)]
    fn helpsteer(
        &mut self,
        attributes: &Attributes,
        wanted: OnlyAttribute,
        turns: &mut Vec<Turn<'l>>,
    ) -> Option<RecordHeader<'l>> {
        let (mut prompt, mut response) = (None, None);
        let mut all_scores = [None; MAX_ATTRIBUTES];
        let scores = all_scores.get_mut(..attributes.names().len())?;
        // They mostly come in the order of the vector.
        let mut expected = 0;
        self.members(|scanner, key| {
            match key {
                "prompt" if prompt.is_none() => prompt = Some(scanner.string()?),
                "response" if response.is_none() => response = Some(scanner.string()?),
                "prompt" | "response" => return None,
                // Names are compared with keys as they are, not as they are spelled.
                _ if key.contains('\\') => return None,
                _ => match attributes.position(key, expected) {
                    Some(attribute) if scores[attribute].is_none() => {
                        scores[attribute] = Some(scanner.plain_number()?);
                        expected = attribute + 1;
                    }
                    Some(_) => return None,
                    None => scanner.skip()?,
                },
            }
            Some(())
        })?;
        if let Some(wanted) = wanted {
            scores
                .iter_mut()
                .enumerate()
                .filter(|&(attribute, _)| attribute != wanted)
                .for_each(|(_, score)| *score = None);
        }
        let (prompt, response, label) = (prompt?, response?, self.label_of(attributes, scores)?);
        turns.push(Turn { from: USER, value: prompt, label: Label::None });
        turns.push(Turn { from: ASSISTANT, value: response, label });
        Some(RecordHeader { mask: USER, system: System::Missing })
    }

    /// The label with these scores. It is shorter than their members in the record, so there is room for it.
    fn label_of(&mut self, attributes: &Attributes, scores: &[Option<&str>]) -> Option<Label<'l>> {
        let scratch = std::mem::take(&mut self.scratch);
        let mut length = 0;
        let mut put = |part: &str| {
            scratch[length..][..part.len()].copy_from_slice(part.as_bytes());
            length += part.len();
        };
        let mut comma = "";
        for (attribute, score) in attributes.keys().iter().zip(scores) {
            if let Some(score) = score {
                [comma, attribute, ":", score].into_iter().for_each(&mut put);
                comma = ",";
            }
        }
        let (label, scratch) = scratch.split_at_mut(length);
        self.scratch = scratch;
        let label = str::from_utf8(label).ok()?;
        Some(if label.is_empty() { Label::None } else { Label::Text(label) })
    }

    fn label(&mut self) -> Option<Label<'l>> {
        if self.peek() != b'"' {
            return self.literal("null").map(|()| Label::None);
        }
        match self.raw_string()?.0 {
            "" => Some(Label::None),
            // A label is read decoded.
            label if memchr(b'\\', label.as_bytes()).is_some() => None,
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

    /// A number without an exponent, as it is spelled, if Python reads that spelling as a label as it reads it as
    /// JSON: `-0` is 0 in JSON.
    fn plain_number(&mut self) -> Option<&'l str> {
        // A longer one may be too large for a `float`.
        const MAX_LENGTH: usize = 300;
        let start = self.at;
        self.number()?;
        let number = &self.text[start..self.at];
        (number != "-0" && number.len() <= MAX_LENGTH && !number.contains(['e', 'E'])).then_some(number)
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
    fn string(&mut self) -> Option<&'l [u8]> {
        let (string, respell) = self.raw_string()?;
        if respell { self.respelled(string) } else { Some(string.as_bytes()) }
    }

    fn respelled(&mut self, string: &str) -> Option<&'l [u8]> {
        let scratch = std::mem::take(&mut self.scratch);
        let length = respell(scratch, string.as_bytes())?;
        let (string, scratch) = scratch.split_at_mut(length);
        self.scratch = scratch;
        Some(string)
    }

    /// A string as it is spelled in the input, and whether the output spells it otherwise.
    #[inline]
    fn raw_string(&mut self) -> Option<(&'l str, bool)> {
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

    /// The next byte, or 0 at the end of the text; no token begins with 0.
    #[inline]
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
}
