//! One worker's tools: from lines to rows, with memory that is kept from line to line.

use std::{
    ops::{ControlFlow, Range},
    sync::Arc,
};

use crate::{
    config::Parser,
    error::Error,
    format::RowFormat,
    parse::{
        options::{ReadContext, ReadOptions},
        reader::{Reader, Record},
    },
    rejection::Rejection,
    report::figures::Figures,
    rows::{Formatter, Rows, compiled::CompiledFormat},
    schema::{Schema, Split},
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
    reader: Reader,
    formatter: Formatter,
    /// How [`Converter::process_sample`] reads records, and its memory.
    options: ReadOptions,
    rows: Rows,
    counts: Counts,
}

/// Where the rows of a chunk go, and what is counted of them.
pub(crate) struct Sink<'s> {
    pub(crate) rows: &'s mut Rows,
    pub(crate) counts: &'s mut Counts,
    /// For a report.
    pub(crate) figures: Option<&'s mut Figures>,
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
        Self {
            reader: Reader::new(parser),
            formatter: Formatter::new(format),
            options: ReadOptions::Sft,
            rows: Rows::default(),
            counts: Counts::default(),
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
        Self { options: ReadOptions::new(schema, None, None, false, false).unwrap_or(ReadOptions::Sft), ..self }
    }

    /// The same for HelpSteer records, of whose scores one is kept. `None` if it is none of
    /// the [`Attributes`](crate::Attributes).
    #[must_use]
    pub fn of_helpsteer_with_only(self, attribute: &str) -> Option<Self> {
        let only_attribute = self.formatter.format().attributes.position(attribute, 0)?;
        Some(Self { options: ReadOptions::HelpSteer(Some(only_attribute)), ..self })
    }

    /// The same for the HelpSteer2-Preference records of one split; those of the other have no rows.
    #[must_use]
    pub fn of_preference_split(self, split: Split) -> Self {
        Self { options: ReadOptions::Preference(Some(split)), ..self }
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
    pub fn with_mask(mut self, name: &str) -> Self {
        self.reader.set_default_mask(name);
        self
    }

    /// How records are read one by one.
    pub(crate) fn options(&self) -> ReadOptions {
        self.options
    }

    pub(crate) fn format(&self) -> &Arc<CompiledFormat> {
        self.formatter.format()
    }

    /// As the function [`process_sample`], with memory that is kept from call to call.
    pub fn process_sample(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<u64, Rejection> {
        let record = line.strip_suffix(b"\n").unwrap_or(line);
        let Self { reader, formatter, options, rows, counts } = self;
        rows.clear();
        counts.clear();
        let format = Arc::clone(formatter.format());
        let context = read_context(&format, *options, false);
        let mut rejection = None;
        let sink = &mut Sink { rows, counts, figures: None };
        let _ = reader.read_record(record, &context, &mut |_, record| {
            rejection = sink.append(formatter, record).err();
            ControlFlow::Break(())
        });
        rows.pieces().for_each(|piece| out.extend_from_slice(piece));
        rejection.map_or(Ok(counts.rows), Err)
    }

    /// Converts a chunk of whole lines. `rejected` is told of each rejected
    /// record, which is counted as well, and says whether to go on. `is_detected` is true if the schema was not named.
    pub(crate) fn convert_chunk(
        &mut self,
        chunk: &[u8],
        options: ReadOptions,
        is_detected: bool,
        sink: &mut Sink<'_>,
        rejected: &mut dyn FnMut(RejectedLine) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Self { reader, formatter, .. } = self;
        let format = Arc::clone(formatter.format());
        let context = read_context(&format, options, is_detected);
        reader.read_chunk(chunk, &context, &mut |range, record| match sink.append(formatter, record) {
            Ok(()) => ControlFlow::Continue(()),
            Err(rejection) => {
                let lines_before = sink.counts.lines();
                sink.counts.rejected(rejection.kind());
                rejected(RejectedLine { lines_before, range, rejection })
            }
        })
    }
}

fn read_context(format: &CompiledFormat, options: ReadOptions, is_detected: bool) -> ReadContext<'_> {
    ReadContext { options, is_detected, attributes: &format.attributes, allows_pairs: format.allows_pairs }
}

impl Sink<'_> {
    /// Appends the rows of a line's record. The observer is chosen here, for each record: the formatter has a copy for each
    /// observer, and the scanner has one.
    #[inline]
    fn append(&mut self, formatter: &mut Formatter, record: Result<Record<'_>, Rejection>) -> Result<(), Rejection> {
        let Self { rows, counts, figures } = self;
        match (record?, figures) {
            (Record::Conversation(conversation), None) => formatter.append(&conversation, rows, *counts),
            (Record::Conversation(conversation), Some(figures)) => {
                formatter.append(&conversation, rows, &mut (&mut **counts, &mut **figures))
            }
            (Record::Tree(tree), None) => formatter.append_tree(&tree, rows, *counts),
            (Record::Tree(tree), Some(figures)) => {
                formatter.append_tree(&tree, rows, &mut (&mut **counts, &mut **figures))
            }
            (Record::Blank, _) => {
                counts.blank += 1;
                Ok(())
            }
            (Record::OtherSplit, _) => {
                counts.of_other_split();
                Ok(())
            }
        }
    }
}
