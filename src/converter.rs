//! One worker's tools: from lines to rows, with memory that is kept from line to line.

use std::ops::{ControlFlow, Range};

use memchr::{memchr, memrchr};

use crate::{
    config::Parser,
    conversation::{Conversation, Spelling, Turn, recycle},
    error::Refusal,
    parse::{
        marks,
        pass_through::{self, Lines},
        simd::SimdJson,
    },
    rows::{Formatter, Rows},
    summary::Counts,
    template::NEMO,
};

/// The target size of a section. Smaller ones cost more than they gain, larger ones outgrow the cache.
const SECTION: usize = 32 << 10;

/// Appends the rows of one record to `out` and returns how many there were.
///
/// `line` is one attribute-conditioned SFT record, UTF-8 JSON, with or without its line end. The rows are
/// those of the original's `process_sample`, to the byte, each with its line feed. For more than a few
/// records keep a [`Converter`].
///
/// # Errors
///
/// A [`Refusal`] if the record has no place in the output; `out` is then as it was.
///
/// # Example
///
/// ```
/// let line = br#"{"conversations": [{"from": "User", "value": "Hi"},
///     {"from": "Bot", "value": "Hello!", "label": "quality:4"}], "mask": "User"}"#;
/// let mut out = Vec::new();
/// assert_eq!(steer2reg::process_sample(line, &mut out)?, 1);
/// assert!(out.starts_with(br#"{"text": "<extra_id_0>System\nA chat between"#));
/// assert!(out.ends_with(b"\"label\": [4.0, -100.0, -100.0, -100.0, -100.0, -100.0, -100.0, -100.0, -100.0]}\n"));
/// # Ok::<(), steer2reg::Refusal>(())
/// ```
pub fn process_sample(line: &[u8], out: &mut Vec<u8>) -> Result<u64, Refusal> {
    Converter::default().process_sample(line, out)
}

/// Converts record after record without allocating for each.
pub struct Converter {
    parser: Parser,
    marks: Vec<u32>,
    record: RecordConverter,
    /// For [`Converter::process_sample`].
    rows: Rows,
}

/// What is needed for one record once its line is known.
struct RecordConverter {
    simd: SimdJson,
    turns: Vec<Turn<'static>>,
    /// For strings that the pass-through scanner respells.
    room: Vec<u8>,
    formatter: Formatter,
}

/// A refused record, placed within its chunk.
#[derive(Debug)]
pub(crate) struct RefusedLine {
    /// How many lines stand before it in the chunk.
    pub(crate) lines_before: u64,
    /// The line without its line feed.
    pub(crate) range: Range<usize>,
    pub(crate) refusal: Refusal,
}

impl Default for Converter {
    fn default() -> Self {
        Self::new(Parser::default())
    }
}

impl Converter {
    /// A converter that reads lines in the given way.
    #[must_use]
    pub fn new(parser: Parser) -> Self {
        let record = RecordConverter {
            simd: SimdJson::new(),
            turns: Vec::new(),
            room: Vec::new(),
            formatter: Formatter::new(&NEMO),
        };
        Self { parser, marks: Vec::new(), record, rows: Rows::default() }
    }

    /// As the function [`process_sample`], with memory that is kept from call to call.
    pub fn process_sample(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<u64, Refusal> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        let mut counts = Counts::default();
        let scanned = match scan(self.parser, line, &mut self.marks) {
            // A line feed within the record is white space, which only the authority knows.
            Some(text) => Lines::new(text, &self.marks).next().filter(|first| first.text().len() == line.len()),
            None => None,
        };
        let converted = self.record.convert(line, scanned, &mut rows, &mut counts);
        if converted.is_ok() {
            rows.pieces().for_each(|piece| out.extend_from_slice(piece));
        }
        self.rows = rows;
        converted.map(|()| counts.rows)
    }

    /// Appends the rows of a chunk of whole lines to `rows` and counts them. `refused` is told of each refused
    /// record, which is counted as well, and says whether to go on.
    pub(crate) fn convert_chunk(
        &mut self,
        chunk: &[u8],
        rows: &mut Rows,
        counts: &mut Counts,
        mut refused: impl FnMut(RefusedLine) -> ControlFlow<()>,
    ) {
        let Self { parser, marks, record, .. } = self;
        let mut convert = |range: Range<usize>, scanned: Option<pass_through::Line<'_>>| {
            let line = &chunk[range.clone()];
            if is_blank(line) {
                counts.blank += 1;
                return ControlFlow::Continue(());
            }
            let lines_before = counts.lines();
            match record.convert(line, scanned, rows, counts) {
                Ok(()) => ControlFlow::Continue(()),
                Err(refusal) => {
                    counts.refused(refusal.kind());
                    refused(RefusedLine { lines_before, range, refusal })
                }
            }
        };
        // Sections of a chunk stay in the first-level cache from the check of UTF-8 to the copy to the rows.
        for section in sections(chunk) {
            let lines = &chunk[section.clone()];
            let done = match scan(*parser, lines, marks) {
                Some(text) => Lines::new(text, marks).try_for_each(|line| {
                    let Range { start, end } = line.range();
                    convert(section.start + start..section.start + end, Some(line))
                }),
                None => line_ranges(chunk, section).try_for_each(|range| convert(range, None)),
            };
            if done.is_break() {
                return;
            }
        }
    }

}

/// Finds the marks of some lines for the pass-through scanner, if it can take them on.
fn scan<'c>(parser: Parser, lines: &'c [u8], marks: &mut Vec<u32>) -> Option<&'c str> {
    if parser == Parser::SimdJson || u32::try_from(lines.len()).is_err() {
        return None;
    }
    let text = simdutf8::basic::from_utf8(lines).ok()?;
    marks::find(lines, marks);
    Some(text)
}

impl RecordConverter {
    fn convert(
        &mut self,
        line: &[u8],
        scanned: Option<pass_through::Line<'_>>,
        rows: &mut Rows,
        counts: &mut Counts,
    ) -> Result<(), Refusal> {
        let room = scanned.map_or(0, |scanned| scanned.room());
        if self.room.len() < room {
            self.room.resize(room, 0);
        }
        let mut turns = recycle(std::mem::take(&mut self.turns));
        let read = match scanned.and_then(|scanned| scanned.parse(&mut self.room, &mut turns)) {
            Some(mask) => Ok((Spelling::Output, mask)),
            None => {
                turns.clear();
                self.simd.parse(line, &mut turns).map(|mask| (Spelling::Decoded, mask))
            }
        };
        let converted = read.and_then(|(spelling, mask)| {
            let conversation = Conversation { spelling, mask, turns: &turns };
            self.formatter.append(&conversation, rows, counts)
        });
        self.turns = recycle(turns);
        converted
    }
}

/// The lines in a part of a chunk, without their line feeds.
fn line_ranges(chunk: &[u8], part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut start = part.start;
    std::iter::from_fn(move || {
        let rest = &chunk[start..part.end];
        let end = start + memchr(b'\n', rest).unwrap_or(rest.len());
        let range = start..end;
        start = (end + 1).min(part.end);
        (!rest.is_empty()).then_some(range)
    })
}

/// A chunk in parts of whole lines.
fn sections(chunk: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = &chunk[start..];
        let (near, far) = rest.split_at(rest.len().min(SECTION));
        let line_feed = memrchr(b'\n', near).or_else(|| memchr(b'\n', far).map(|at| near.len() + at));
        let section = start..start + line_feed.map_or(rest.len(), |at| at + 1);
        start = section.end;
        (!rest.is_empty()).then_some(section)
    })
}

/// White space only, as JSON has it.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}
