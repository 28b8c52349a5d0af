//! The fast way: strings that are spelled as the output needs are handed on as they are.
//!
//! Files written by Python's `json.dumps(…, ensure_ascii=False)` spell their strings exactly as the output must, so nothing
//! is decoded and encoded again: a value's bytes go from the mapped file to the row. Only a string with escapes that the
//! output spells otherwise is respelled.
//!
//! - [`marks`] finds every place of a section where a string can begin or end, with vector instructions.
//! - [`scanner`] walks from mark to mark, and reads only the few bytes between strings one by one.
//! - [`sft`] and [`published`] say which values a record has.
//! - [`respell`] changes the escapes of a string to the output's.
//! - [`cpu`] chooses the vector instructions.

pub(crate) mod cpu;
pub(crate) mod marks;
mod published;
mod respell;
mod scanner;
mod sft;

use std::ops::Range;

use self::{marks::Marks, scanner::Scanner};
use super::options::ReadOptions;
use crate::{
    conversation::{RecordHeader, Turn},
    format::attributes::Attributes,
};

pub(crate) use self::respell::SLACK;

/// The lines of a section, each with the scanner's reading of it.
pub(crate) struct Lines<'c> {
    text: &'c str,
    options: ReadOptions,
    attributes: &'c Attributes,
    /// The mask of SFT records without one, in the output's spelling.
    default_mask: Option<&'c [u8]>,
    marks: Marks<'c>,
    /// The first byte of the next line.
    start: usize,
}

/// A line.
pub(crate) struct Line<'l> {
    /// Where it stands in the text, without its line feed.
    pub(crate) range: Range<usize>,
    /// `None` if the scanner gave up.
    pub(crate) record: Option<Scanned<'l>>,
}

/// A record that the scanner can read.
pub(crate) enum Scanned<'l> {
    /// A record of the split that is not wanted.
    OtherSplit,
    /// What the record has besides its turns, in the output's spelling.
    Record(RecordHeader<'l>),
}

impl<'c> Lines<'c> {
    /// The lines of `text`. `masks` is memory for the marks.
    pub(crate) fn new(
        text: &'c str,
        options: ReadOptions,
        attributes: &'c Attributes,
        default_mask: Option<&'c [u8]>,
        masks: &'c mut Vec<u64>,
    ) -> Self {
        Self { text, options, attributes, default_mask, marks: Marks::find(text.as_bytes(), masks), start: 0 }
    }

    #[inline]
    pub(crate) fn has_next(&self) -> bool {
        self.start < self.text.len()
    }

    /// The next line, if [there is one](Self::has_next). If the scanner can read its record, its turns are appended to
    /// `turns`, in the output's spelling; if it gives up, `turns` may hold anything.
    ///
    /// `scratch` is memory for respelled strings, and must be longer than the text by [`SLACK`].
    pub(crate) fn next<'l>(&mut self, scratch: &'l mut [u8], turns: &mut Vec<Turn<'l>>) -> Line<'l>
    where
        'c: 'l,
    {
        let start = self.start;
        let mut scanner = Scanner::new(self.text, start, self.marks, scratch);
        let record = match self.options {
            ReadOptions::HelpSteer(only_attribute) => {
                scanner.helpsteer(self.attributes, only_attribute, turns).map(Scanned::Record)
            }
            ReadOptions::Sft => scanner.sft(self.default_mask, turns).map(Scanned::Record),
            ReadOptions::Comparison(keys, split) => scanner.comparison(keys, split, self.attributes, turns),
            ReadOptions::Unknown | ReadOptions::Oasst => None,
        };
        let (stopped_at, marks) = scanner.stop();
        self.marks = marks;
        // The scanner passes no mark of a line feed.
        let end = loop {
            let Some(mark) = self.marks.peek() else { break self.text.len() };
            self.marks.pass();
            if self.text.as_bytes()[mark] == b'\n' {
                break mark;
            }
        };
        self.start = end + 1;
        let is_complete = matches!(self.text.as_bytes().get(stopped_at..end), Some(b"" | b"\r"));
        Line { range: start..end, record: record.filter(|_| is_complete) }
    }
}
