//! The scanner: reads the record of one line from mark to mark.
//!
//! It knows keys in any order, spaces between tokens or none, and scalars in fields that are not used. At anything else it
//! gives up (`None`) and leaves the line to the authority: nested fields that are not used, repeated keys, keys spelled with
//! escapes, other white space, labels that need decoding, and whatever is not valid.

use memchr::memchr;

use super::{marks::Marks, respell::respell};
use crate::{
    conversation::{ASSISTANT, Label, RecordHeader, System, Turn, USER},
    format::attributes::Attributes,
    parse::options::OnlyAttribute,
};

/// The most attributes for which the scanner reads HelpSteer records.
const MAX_ATTRIBUTES: usize = 24;

/// A position in the text, and the marks from there on.
pub(super) struct Scanner<'m, 'l> {
    text: &'l str,
    at: usize,
    marks: Marks<'m>,
    /// The rest of the memory for respelled strings and for labels.
    scratch: &'l mut [u8],
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

    /// An SFT record.
    pub(super) fn sft(
        &mut self,
        default_mask: Option<&'l [u8]>,
        turns: &mut Vec<Turn<'l>>,
    ) -> Option<RecordHeader<'l>> {
        let mut mask = None;
        let mut system = System::Missing;
        let mut has_conversations = false;
        self.members(|scanner, key| match key {
            "conversations" if !has_conversations => {
                has_conversations = true;
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
        mask.or(default_mask).filter(|_| has_conversations).map(|mask| RecordHeader { mask, system })
    }

    /// The record's own system prompt.
    fn system(&mut self) -> Option<System<'l>> {
        let kind = match self.peek() {
            b'"' => return self.string().map(System::Text),
            b'n' => "null",
            b't' | b'f' => "a boolean",
            _ => "a number",
        };
        self.skip().map(|()| System::Other(kind))
    }

    /// The turns of a record, from `[` to `]`.
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
        let mut from = None;
        let mut value = None;
        let mut label = None;
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

    /// A HelpSteer record. Rows have its numbers by their values, so the label may have them as they are spelled.
    #[inline(never)]
    pub(super) fn helpsteer(
        &mut self,
        attributes: &Attributes,
        only_attribute: OnlyAttribute,
        turns: &mut Vec<Turn<'l>>,
    ) -> Option<RecordHeader<'l>> {
        let mut prompt = None;
        let mut response = None;
        let mut all_scores = [None; MAX_ATTRIBUTES];
        let scores = all_scores.get_mut(..attributes.names().len())?;
        // Scores mostly come in the order of the vector.
        let mut expected = 0;
        self.members(|scanner, key| {
            match key {
                "prompt" if prompt.is_none() => prompt = Some(scanner.string()?),
                "response" if response.is_none() => response = Some(scanner.string()?),
                "prompt" | "response" => return None,
                // A key with escapes is compared with names only when it is decoded.
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
        if let Some(only) = only_attribute {
            scores
                .iter_mut()
                .enumerate()
                .filter(|&(attribute, _)| attribute != only)
                .for_each(|(_, score)| *score = None);
        }
        let (prompt, response, label) = (prompt?, response?, self.label_of(attributes, scores)?);
        turns.push(Turn { from: USER, value: prompt, label: Label::None });
        turns.push(Turn { from: ASSISTANT, value: response, label });
        Some(RecordHeader { mask: USER, system: System::Missing })
    }

    /// The label with these scores. It is shorter than their members in the record, so the scratch memory suffices.
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

    /// The label of a turn.
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

    /// Passes a scalar that is not used, but must be valid.
    fn skip(&mut self) -> Option<()> {
        match self.peek() {
            b'"' => self.string().map(|_| ()),
            b'n' => self.literal("null"),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            _ => self.number(),
        }
    }

    /// Passes a number of RFC 8259's grammar.
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

    /// A number without an exponent, in the input's spelling, if Python reads the same value from that spelling in a label
    /// and in JSON: `-0` is 0 in JSON.
    fn plain_number(&mut self) -> Option<&'l str> {
        // The value of a longer spelling may be too large for a `float`.
        const MAX_LENGTH: usize = 300;
        let start = self.at;
        self.number()?;
        let number = &self.text[start..self.at];
        (number != "-0" && number.len() <= MAX_LENGTH && !number.contains(['e', 'E'])).then_some(number)
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
    fn string(&mut self) -> Option<&'l [u8]> {
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

    /// Passes `literal`.
    fn literal(&mut self, literal: &str) -> Option<()> {
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
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
}
