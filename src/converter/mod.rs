//! One worker: from lines to rows, with memory that is reused from line to line.

mod builder;

use std::{
    ops::{ControlFlow, Range},
    sync::Arc,
};

pub use self::builder::ConverterBuilder;
use crate::{
    config::Parser,
    parse::{
        options::{ReadContext, ReadOptions},
        reader::{Reader, Record},
    },
    rejection::Rejection,
    report::figures::Figures,
    rows::{Formatter, Rows, compiled::CompiledFormat, groups::Group},
    summary::Counts,
};

/// Converts records one by one, with memory that is reused from record to record.
///
/// [`Converter::builder`] sets the schema of the records and the format of the rows; the default converts SFT records to
/// NeMo-Aligner's rows.
///
/// ```
/// use steer2reg::Converter;
///
/// let mut converter = Converter::default();
/// let record = br#"{"conversations": [{"from": "User", "value": "Hi"},
///     {"from": "Bot", "value": "Hello!", "label": "quality:4"}], "mask": "User"}"#;
/// let mut out = Vec::new();
/// assert_eq!(converter.convert(record, &mut out)?, 1);
/// assert!(out.starts_with(br#"{"text": "<extra_id_0>System\nA chat between"#));
/// assert!(out.ends_with(b"\"label\": [4.0, -100.0, -100.0, -100.0, -100.0, -100.0, -100.0, -100.0, -100.0]}\n"));
/// # Ok::<(), steer2reg::Rejection>(())
/// ```
pub struct Converter {
    reader: Reader,
    formatter: Formatter,
    /// How [`Converter::convert`] reads records; `rows` and `counts` are its memory.
    options: ReadOptions,
    rows: Rows,
    counts: Counts,
}

/// The destination of the rows of a chunk, and of the counts.
pub(crate) struct Sink<'s> {
    pub(crate) rows: &'s mut Rows,
    pub(crate) counts: &'s mut Counts,
    /// For a report.
    pub(crate) figures: Option<&'s mut Figures>,
}

/// A rejected record, placed within its chunk.
#[derive(Debug)]
pub(crate) struct RejectedLine {
    /// The number of lines before it in the chunk.
    pub(crate) lines_before: u64,
    /// The line without its line feed.
    pub(crate) range: Range<usize>,
    pub(crate) rejection: Rejection,
}

impl RejectedLine {
    /// Moves the line back by this many bytes.
    pub(crate) fn behind(self, bytes: usize) -> Self {
        Self { range: bytes + self.range.start..bytes + self.range.end, ..self }
    }

    /// The bytes of memory that it takes.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + self.rejection.memory()
    }
}

impl Converter {
    pub(crate) fn with_compiled(parser: Parser, format: Arc<CompiledFormat>) -> Self {
        Self {
            reader: Reader::new(parser),
            formatter: Formatter::new(format),
            options: ReadOptions::Sft,
            rows: Rows::default(),
            counts: Counts::default(),
        }
    }

    /// How [`Converter::convert`] reads records.
    pub(crate) fn options(&self) -> ReadOptions {
        self.options
    }

    pub(crate) fn format(&self) -> &Arc<CompiledFormat> {
        self.formatter.format()
    }

    /// Appends the rows of one record to `out`, each with its line feed, and returns their number.
    ///
    /// `record` is UTF-8 JSON, with or without its line end; it may have line feeds between its tokens. White space alone is no
    /// record, and has no rows. `out` is never cleared, and nothing is allocated once the converter has met records of this
    /// size and `out` has the capacity.
    ///
    /// # Errors
    ///
    /// The [`Rejection`] of a record that has no place in the output. `out` is then unchanged.
    ///
    /// ```
    /// use steer2reg::Converter;
    ///
    /// let mut converter = Converter::default();
    /// let mut out = b"before\n".to_vec();
    /// let rejection = converter.convert(br#"{"conversations": []}"#, &mut out).unwrap_err();
    /// assert_eq!(rejection.kind().name(), "invalid-record");
    /// assert_eq!(out, b"before\n");
    /// ```
    pub fn convert(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<u64, Rejection> {
        let record = record.strip_suffix(b"\n").unwrap_or(record);
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

    /// Converts a chunk of whole lines. `rejected` gets each rejected record, which is counted as well, and says whether to go
    /// on. `is_detected` is true if the schema was not named.
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
    ReadContext {
        options,
        is_detected,
        attributes: &format.attributes,
        needs_scores: format.has_weights(),
        takes_comparisons: format.takes_comparisons,
    }
}

impl Sink<'_> {
    /// Appends the pair of a group, which has ended.
    pub(crate) fn append_pair(&mut self, group: &Group, format: &CompiledFormat) {
        let Self { rows, counts, figures } = self;
        match figures {
            None => group.append_pair(format, rows, *counts),
            Some(figures) => group.append_pair(format, rows, &mut (&mut **counts, &mut **figures)),
        }
    }

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
            (Record::Comparison(comparison), None) => formatter.append_comparison(&comparison, rows, *counts),
            (Record::Comparison(comparison), Some(figures)) => {
                formatter.append_comparison(&comparison, rows, &mut (&mut **counts, &mut **figures))
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
