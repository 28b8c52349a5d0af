//! The tally of a run, kept by the writer: the sum of all chunks, and the positions of rejected records.
//!
//! A worker knows only the lines of its chunk. The tally is kept in the order of the inputs, so here line numbers are known,
//! and the first reject seen is the first one in the file.

use std::{ops::ControlFlow, sync::Arc};

use super::{detect::ChunkSchema, rejections::Rejections, rejects::Rejects};
use crate::{
    config::{Config, OnError},
    converter::RejectedLine,
    error::{Error, ErrorKind},
    input::{InputFile, chunk::Chunk},
    parse::excerpt::excerpt,
    rejection::{Position, RejectionKind},
    report::figures::Figures,
    schema::{DetectedSchema, Schema},
    summary::Counts,
};

/// The tally so far.
pub(super) struct Tally {
    files: Arc<[InputFile]>,
    /// The index of the file that is converted.
    file: usize,
    /// The totals of all files before that one.
    before_file: Totals,
    /// The lines of that file before the range that is converted, once they are counted.
    skipped: Option<u64>,
    pub(super) counts: Counts,
    pub(super) rejects: Option<Rejects>,
    /// Figures of the rows, if there is a report.
    pub(super) figures: Option<Figures>,
    /// The files that have records, all of which were rejected.
    pub(super) rejected_files: Vec<usize>,
    /// The schemas of the inputs that have records, each once.
    pub(super) schemas: Vec<Schema>,
    /// The inputs whose schemas were not named, in order.
    pub(super) detected: Vec<(usize, DetectedSchema)>,
    /// More rejects than this are a failure; `None` means that one is.
    max_rejects: Option<u64>,
    /// It is no failure if all records are rejected.
    allow_empty: bool,
    /// The first reject.
    first: Option<Error>,
    /// The first reject of the file, as long as the schema of its records is not known.
    undecided: Option<Error>,
    /// The offset in the last chunk where the line ends that ended the run.
    pub(super) ended_at: Option<usize>,
}

/// The receiver of rejections, which says whether to go on.
pub(super) type EachRejected<'e> = &'e mut dyn FnMut(&RejectedLine) -> ControlFlow<()>;

/// Lines, records and rejects up to some point.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    lines: u64,
    records: u64,
    rejected: u64,
}

impl Totals {
    fn of(counts: &Counts) -> Self {
        Self { lines: counts.lines(), records: counts.records, rejected: counts.rejected.total() }
    }
}

impl Tally {
    pub(super) fn open(files: Arc<[InputFile]>, config: &Config) -> Result<Self, Error> {
        let (rejects, max_rejects) = match &config.on_error {
            OnError::Fail => (None, None),
            OnError::Skip { rejects, max_rejects } => (
                rejects.as_deref().map(|path| Rejects::create(path, config.sync)).transpose()?,
                Some(max_rejects.unwrap_or(u64::MAX)),
            ),
        };
        Ok(Self {
            files,
            file: 0,
            before_file: Totals::default(),
            skipped: None,
            counts: Counts::default(),
            rejects,
            figures: None,
            rejected_files: Vec::new(),
            schemas: Vec::new(),
            detected: Vec::new(),
            max_rejects,
            allow_empty: config.allow_empty,
            first: None,
            undecided: None,
            ended_at: None,
        })
    }

    /// Adds the next chunk. `again` makes the rejections behind one of them again.
    pub(super) fn add(
        &mut self,
        chunk: &Chunk,
        schema: ChunkSchema,
        counts: &Counts,
        rejected: &Rejections,
        again: impl FnOnce(&RejectedLine, EachRejected<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut number = self.counts.rejected.total();
        // With neither a use for each rejection nor an end of the run, the first one tells all.
        let is_over = self.max_rejects.is_some_and(|limit| number + rejected.number() > limit);
        let needs_all = is_over || self.rejects.is_some() || self.figures.is_some();
        let mut added = Ok(());
        let mut add = |line: &RejectedLine| {
            number += 1;
            added = self.add_reject(chunk, schema, line, number);
            if added.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let is_end = rejected.kept().iter().try_for_each(&mut add).is_break();
        if let Some(last) = rejected.last_kept().filter(|_| needs_all && !is_end) {
            let _ = again(last, &mut add);
        }
        // The run may have ended before the line that decides.
        if self.ended_at.is_none_or(|end| end > schema.from) {
            self.add_schema(chunk.file, schema);
        }
        added?;
        self.counts.merge(counts);
        Ok(())
    }

    /// Adds the figures of a chunk.
    pub(super) fn add_figures(&mut self, figures: Option<&Figures>) {
        if let (Some(all), Some(figures)) = (&mut self.figures, figures) {
            all.merge(figures);
        }
    }

    /// Adds the schema of the records of a file, once it is known.
    fn add_schema(&mut self, file: usize, ChunkSchema { schema, detected, .. }: ChunkSchema) {
        let Some(schema) = schema else { return };
        self.undecided = None;
        if !self.schemas.contains(&schema) {
            self.schemas.push(schema);
        }
        if let Some(detected) = detected.filter(|_| self.detected.last().is_none_or(|last| last.0 != file)) {
            self.detected.push((file, detected));
        }
    }

    /// Closes the tally after the last file. That all records were rejected is the last reason for which a run can fail.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let records = self.counts.records;
        match self.first.take() {
            Some(first) if self.counts.rejected.total() == records && !self.allow_empty => {
                Err(ErrorKind::AllRejected { records, first }.into())
            }
            _ => Ok(()),
        }
    }

    /// Closes the file that is converted.
    pub(super) fn finish_file(&mut self) -> Result<(), Error> {
        let now = Totals::of(&self.counts);
        let before = std::mem::replace(&mut self.before_file, now);
        self.skipped = None;
        let records = now.records - before.records;
        if records > 0 && records == now.rejected - before.rejected {
            self.rejected_files.push(self.file);
        }
        let file = &self.files[self.file];
        self.file += 1;
        match self.undecided.take() {
            // A record behind the range of a shard may decide: of all shards, the last one of the file knows.
            Some(first) if !self.allow_empty && file.is_read_to_its_end() => {
                Err(ErrorKind::UnknownSchema { name: file.name.clone(), first }.into())
            }
            _ => Ok(()),
        }
    }

    /// Adds the `number`-th reject.
    fn add_reject(
        &mut self,
        chunk: &Chunk,
        schema: ChunkSchema,
        line: &RejectedLine,
        number: u64,
    ) -> Result<(), Error> {
        let position = self.position(chunk, line.lines_before, line.range.start)?;
        let (record, rejection) = (&chunk[line.range.clone()], &line.rejection);
        if let Some(rejects) = &mut self.rejects {
            rejects.write(&position, rejection, record)?;
        }
        if let Some(figures) = &mut self.figures {
            figures.rejected(&position, rejection, || excerpt(record, rejection, schema.schema));
        }
        // What is no JSON is no record of any schema.
        let depends_on_schema = matches!(rejection.kind(), RejectionKind::InvalidRecord | RejectionKind::InvalidLabel);
        let detected = schema.detected.filter(|_| depends_on_schema && line.range.start >= schema.from);
        let error = || ErrorKind::Record {
            position: position.clone(),
            rejection: rejection.clone(),
            excerpt: excerpt(record, rejection, schema.schema),
            detected,
        };
        if self.first.is_none() {
            self.first = Some(error().into());
        }
        if schema.schema.is_none() && self.undecided.is_none() {
            self.undecided = Some(error().into());
        }
        match self.max_rejects {
            None => Err(error().into()),
            Some(limit) if number > limit => {
                self.ended_at = Some(line.range.end);
                Err(ErrorKind::TooManyRejects { limit, last: error().into() }.into())
            }
            Some(_) => Ok(()),
        }
    }

    /// The position of the line behind the last chunk.
    pub(super) fn position_behind(&mut self, chunk: &Chunk) -> Result<Position, Error> {
        self.position(chunk, 0, chunk.len())
    }

    /// The position of a line that begins at `start` of a chunk, behind `lines_before` lines of it that are not counted yet.
    fn position(&mut self, chunk: &Chunk, lines_before: u64, start: usize) -> Result<Position, Error> {
        let file = &self.files[self.file];
        let skipped = self.skipped.map_or_else(|| file.lines_before(), Ok)?;
        self.skipped = Some(skipped);
        Ok(Position {
            file: file.name.clone(),
            line: skipped + self.counts.lines() - self.before_file.lines + lines_before + 1,
            byte: chunk.offset + start as u64,
        })
    }
}
