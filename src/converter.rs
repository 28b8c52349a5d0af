//! One worker's tools: from lines to rows, with memory that is kept from line to line.

use std::{
    ops::{ControlFlow, Range},
    sync::Arc,
};

use memchr::memchr;

use crate::{
    config::Parser,
    conversation::{Conversation, RecordHeader, Turn, recycle},
    error::Error,
    format::RowFormat,
    parse::{
        options::ReadOptions,
        pass_through::{Lines, SLACK},
        schemas::{self, annotations::Annotations, preference},
        sections::{is_blank, line_ranges, sections},
        tape::SimdJson,
    },
    rejection::Rejection,
    report::figures::Figures,
    rows::{Formatter, Rows, compiled::CompiledFormat},
    schema::{Schema, Split},
    spelling::{Spelling, escape::append_escaped},
    summary::Counts,
};

/// Appends the rows of one record to `out` and returns how many there were.
///
/// `line` is one attribute-conditioned SFT record, UTF-8 JSON, with or without its line end. The rows are
/// those of the original's `process_sample`, to the byte, each with its line feed. A line of white space only is
/// no record and has no rows. For more than a few records keep a [`Converter`].
///
/// # Errors
///
/// A [`Rejection`] if the record has no place in the output; `out` is then as it was.
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
/// # Ok::<(), steer2reg::Rejection>(())
/// ```
pub fn process_sample(line: &[u8], out: &mut Vec<u8>) -> Result<u64, Rejection> {
    Converter::default().process_sample(line, out)
}

/// Converts record after record without allocating for each.
pub struct Converter {
    parser: Parser,
    reading: ReadOptions,
    /// The schema of the records was not named.
    is_detected: bool,
    simd: SimdJson,
    formatter: Formatter,
    turns: Vec<Turn<'static>>,
    annotations: Annotations,
    /// The mask of records without one.
    mask: Option<Arc<Mask>>,
    /// For the marks of the pass-through scanner.
    masks: Vec<u64>,
    /// For strings that it respells.
    scratch: Vec<u8>,
    /// For [`Converter::process_sample`].
    rows: Rows,
    counts: Counts,
}

/// A mask in both spellings of a conversation's strings.
#[derive(Debug, Clone)]
struct Mask {
    decoded: Box<[u8]>,
    spelled: Box<[u8]>,
}

impl Mask {
    fn new(name: &str) -> Self {
        let mut spelled = Vec::new();
        append_escaped(&mut spelled, name.as_bytes());
        Self { decoded: name.as_bytes().into(), spelled: spelled.into() }
    }
}

/// A rejected record, placed within its chunk.
#[derive(Debug)]
pub(crate) struct RejectedLine {
    /// How many lines stand before it in the chunk.
    pub(crate) lines_before: u64,
    /// The line without its line feed.
    pub(crate) range: Range<usize>,
    pub(crate) rejection: Rejection,
}

impl RejectedLine {
    /// The same, of a text in which it stands this many bytes further back.
    pub(crate) fn behind(self, bytes: usize) -> Self {
        Self { range: bytes + self.range.start..bytes + self.range.end, ..self }
    }
}

impl Default for Converter {
    fn default() -> Self {
        Self::new(Parser::default())
    }
}

impl Converter {
    /// A converter of SFT records that reads lines in the given way.
    #[must_use]
    pub fn new(parser: Parser) -> Self {
        Self::with_compiled(parser, CompiledFormat::nemo())
    }

    /// The same with rows of another format.
    ///
    /// # Errors
    ///
    /// [`Error::Unrepresentable`] if an attribute has the name of another column.
    pub fn with_format(parser: Parser, format: &RowFormat) -> Result<Self, Error> {
        Ok(Self::with_compiled(parser, Arc::new(CompiledFormat::new(format)?)))
    }

    pub(crate) fn with_compiled(parser: Parser, format: Arc<CompiledFormat>) -> Self {
        let counts = Counts::new(&format.attributes);
        Self {
            parser,
            reading: ReadOptions::Sft,
            is_detected: false,
            simd: SimdJson::new(),
            formatter: Formatter::new(format),
            turns: Vec::new(),
            annotations: Annotations::default(),
            mask: None,
            masks: Vec::new(),
            scratch: Vec::new(),
            rows: Rows::default(),
            counts,
        }
    }

    /// The same for records of a schema. Those of a schema that has none of the format's attributes have no rows, and with
    /// the record's own system prompt only SFT records are not rejected; [`convert`](crate::run()) says so before it
    /// begins.
    ///
    /// ```
    /// use steer2reg::{Converter, Schema};
    ///
    /// let mut converter = Converter::default().of(Schema::HelpSteer);
    /// let mut out = Vec::new();
    /// converter.process_sample(br#"{"prompt": "Hi", "response": "Hello!", "helpfulness": 4}"#, &mut out)?;
    /// assert!(out.ends_with(b"[-100.0, -100.0, -100.0, -100.0, 4.0, -100.0, -100.0, -100.0, -100.0]}\n"));
    /// # Ok::<(), steer2reg::Rejection>(())
    /// ```
    #[must_use]
    pub fn of(self, schema: Schema) -> Self {
        // Without options there is none that could not fit.
        Self { reading: ReadOptions::new(schema, None, None, false, false).unwrap_or(ReadOptions::Sft), ..self }
    }

    /// The same for HelpSteer records, of whose scores one is kept. `None` if it is none of
    /// the [`Attributes`](crate::Attributes).
    #[must_use]
    pub fn of_helpsteer_with_only(self, attribute: &str) -> Option<Self> {
        let reading = ReadOptions::HelpSteer(Some(self.formatter.format().attributes.position(attribute, 0)?));
        Some(Self { reading, ..self })
    }

    /// The same for the HelpSteer2-Preference records of one split; those of the other have no rows.
    #[must_use]
    pub fn of_preference_split(self, split: Split) -> Self {
        Self { reading: ReadOptions::Preference(Some(split)), ..self }
    }

    /// The converter with a mask for SFT records that have none: the speaker of that name is their user. A record's own
    /// mask stays.
    ///
    /// ```
    /// use steer2reg::Converter;
    ///
    /// let mut converter = Converter::default().with_mask("human");
    /// let mut out = Vec::new();
    /// let line = br#"{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho", "label": "humor:1"}]}"#;
    /// assert_eq!(converter.process_sample(line, &mut out)?, 1);
    /// assert!(String::from_utf8_lossy(&out).contains(r"<extra_id_1>User\nHi\n<extra_id_1>Assistant\nHo\n"));
    /// # Ok::<(), steer2reg::Rejection>(())
    /// ```
    #[must_use]
    pub fn with_mask(self, name: &str) -> Self {
        Self { mask: Some(Arc::new(Mask::new(name))), ..self }
    }

    pub(crate) fn format(&self) -> &Arc<CompiledFormat> {
        self.formatter.format()
    }

    /// From here on, reads records in this way, whose schema was named or detected.
    pub(crate) fn set_options(&mut self, reading: ReadOptions, is_detected: bool) {
        (self.reading, self.is_detected) = (reading, is_detected);
    }

    /// The figures of what is converted from here on, if there are to be any; returns those so far.
    pub(crate) fn set_figures(&mut self, figures: Option<Figures>) -> Option<Figures> {
        std::mem::replace(&mut self.formatter.figures, figures)
    }

    /// As the function [`process_sample`], with memory that is kept from call to call.
    pub fn process_sample(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<u64, Rejection> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        let (mut counts, mut rejection) = (std::mem::take(&mut self.counts), None);
        counts.clear();
        if memchr(b'\n', line).is_none() {
            let _ = self.convert_section(line, &mut rows, &mut counts, &mut |line| {
                rejection = Some(line.rejection);
                ControlFlow::Break(())
            });
        } else {
            // White space within the record, which only the authority knows.
            rejection = self.convert_by_simd_json(line, &mut rows, &mut counts).err();
        }
        rows.pieces().for_each(|piece| out.extend_from_slice(piece));
        self.rows = rows;
        let count = counts.rows;
        self.counts = counts;
        rejection.map_or(Ok(count), Err)
    }

    /// Appends the rows of a chunk of whole lines to `rows` and counts them. `rejected` is told of each rejected
    /// record, which is counted as well, and says whether to go on.
    pub(crate) fn convert_chunk(
        &mut self,
        chunk: &[u8],
        rows: &mut Rows,
        counts: &mut Counts,
        rejected: &mut dyn FnMut(RejectedLine) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        // Sections of a chunk stay in the first-level cache from the check of UTF-8 to the copy to the rows.
        sections(chunk).try_for_each(|section| {
            self.convert_section(&chunk[section.clone()], rows, counts, &mut |line| {
                rejected(line.behind(section.start))
            })
        })
    }

    /// The same for some lines of a chunk; line ranges are then in the section.
    ///
    /// `rejected` is behind a pointer, so that there is one copy of this function and the scanner is inlined in it. With a
    /// second copy, for a path that is seldom taken, the scanner took a tenth more instructions.
    fn convert_section(
        &mut self,
        section: &[u8],
        rows: &mut Rows,
        counts: &mut Counts,
        rejected: &mut dyn FnMut(RejectedLine) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut tell = |converted: Result<(), Rejection>, range, counts: &mut Counts| match converted {
            Ok(()) => ControlFlow::Continue(()),
            Err(rejection) => {
                let lines_before = counts.lines();
                counts.rejected(rejection.kind());
                rejected(RejectedLine { lines_before, range, rejection })
            }
        };
        let text = match (self.parser, self.reading) {
            (Parser::Auto, ReadOptions::Sft | ReadOptions::HelpSteer(_)) => simdutf8::basic::from_utf8(section).ok(),
            _ => None,
        };
        let Some(text) = text else {
            return line_ranges(section).try_for_each(|range| {
                let converted = self.convert_by_simd_json(&section[range.clone()], rows, counts);
                tell(converted, range, counts)
            });
        };
        if self.scratch.len() < text.len() + SLACK {
            // Fresh memory, which the system hands out when it is touched: most texts need none of it.
            self.scratch = vec![0; text.len() + SLACK];
        }
        let (mut masks, mut scratch) = (std::mem::take(&mut self.masks), std::mem::take(&mut self.scratch));
        let (format, mask) = (Arc::clone(self.formatter.format()), self.mask.clone());
        let mut lines =
            Lines::new(text, self.reading, &format.attributes, mask.as_ref().map(|mask| &*mask.spelled), &mut masks);
        let done = loop {
            let mut turns = recycle(std::mem::take(&mut self.turns));
            let Some(line) = lines.next(&mut scratch, &mut turns) else {
                self.turns = recycle(turns);
                break ControlFlow::Continue(());
            };
            let converted = if let Some(RecordHeader { mask, system }) = line.header {
                let conversation = Conversation { spelling: Spelling::Output, mask, system, turns: &turns };
                let converted = self.formatter.append(&conversation, rows, counts);
                self.turns = recycle(turns);
                converted
            } else {
                self.turns = recycle(turns);
                self.convert_by_simd_json(&section[line.range.clone()], rows, counts)
            };
            if tell(converted, line.range, counts).is_break() {
                break ControlFlow::Break(());
            }
        };
        (self.masks, self.scratch) = (masks, scratch);
        done
    }

    /// Converts one line by the authority.
    fn convert_by_simd_json(&mut self, line: &[u8], rows: &mut Rows, counts: &mut Counts) -> Result<(), Rejection> {
        if is_blank(line) {
            counts.blank += 1;
            return Ok(());
        }
        #[cfg(test)]
        assert_ne!(line, tests::PANIC, "injected");
        let (reading, is_detected) = (self.reading, self.is_detected);
        let mut turns = recycle(std::mem::take(&mut self.turns));
        self.annotations.clear();
        let attributes = &self.formatter.format().attributes;
        let mask = self.mask.as_ref().map(|mask| &*mask.decoded);
        let allows_pairs = self.formatter.format().allows_pairs;
        let header = self.simd.read(line, |tape, numbers| {
            if matches!(reading, ReadOptions::Preference(_)) && !allows_pairs {
                return Err(preference::reject_pair());
            }
            let read = schemas::read(reading, attributes, mask, tape, numbers, &mut turns, &mut self.annotations);
            read.map_err(
                |rejection| if is_detected { schemas::detect::without_schema(tape, rejection) } else { rejection },
            )
        });
        let converted = header.and_then(|header| {
            let Some(RecordHeader { mask, system }) = header else {
                counts.of_other_split();
                return Ok(());
            };
            self.annotations.label(&mut turns);
            let all = Conversation { spelling: Spelling::Decoded, mask, system, turns: &turns };
            match self.annotations.tree(all) {
                Some(tree) => self.formatter.append_tree(&tree, rows, counts),
                None => self.formatter.append(&all, rows, counts),
            }
        });
        self.turns = recycle(turns);
        converted
    }
}

#[cfg(test)]
pub(crate) mod tests {
    /// In a test build, a worker that comes to this line panics.
    pub(crate) const PANIC: &[u8] = b"panic!";
}
