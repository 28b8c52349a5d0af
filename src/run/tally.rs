//! The tally of a run, kept by the writer: the sum of all chunks, and the positions of rejected records.
//!
//! A worker knows only the lines of its chunk. The tally is kept in the order of the inputs, so here line numbers are known,
//! and the first reject seen is the first one in the file.

use std::{mem, ops::ControlFlow, sync::Arc};

use super::{books::Books, detect::ChunkSchema, rejections::Rejections, rejects::Rejects};
use crate::{
    config::{Config, OnError},
    converter::RejectedLine,
    error::{Error, ErrorKind, FailedInput},
    input::{InputFile, chunk::Chunk},
    parse::excerpt::excerpt,
    rejection::{Position, RejectionKind},
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
    /// The books of all files; if the run keeps going, those of the file until it is kept.
    pub(super) books: Books,
    /// The books of the files before it, in that case.
    kept: Option<Books>,
    /// The run keeps going when an input fails.
    keeps_going: bool,
    /// The inputs that were left out.
    pub(super) failed: Vec<FailedInput>,
    pub(super) rejects: Option<Rejects>,
    /// More rejects than this are a failure; `None` means that one is.
    max_rejects: Option<u64>,
    /// It is no failure if all records are rejected.
    allow_empty: bool,
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
            books: Books::new(config.report.is_some()),
            kept: None,
            keeps_going: config.keep_going,
            failed: Vec::new(),
            rejects,
            max_rejects,
            allow_empty: config.allow_empty,
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
        self.begin_file();
        let before = self.kept.as_ref().map_or(0, |kept| kept.counts.rejected.total());
        let mut number = before + self.books.counts.rejected.total();
        // With neither a use for each rejection nor an end of the run, the first one tells all.
        let is_over = self.max_rejects.is_some_and(|limit| number + rejected.number() > limit);
        let needs_all = is_over || self.rejects.is_some() || self.books.figures.is_some();
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
        self.books.counts.merge(counts);
        Ok(())
    }

    /// Adds the schema of the records of a file, once it is known.
    fn add_schema(&mut self, file: usize, ChunkSchema { schema, detected, .. }: ChunkSchema) {
        let Some(schema) = schema else { return };
        self.undecided = None;
        self.books.add_schema(schema);
        if let Some(detected) = detected.filter(|_| self.books.detected.last().is_none_or(|last| last.0 != file)) {
            self.books.detected.push((file, detected));
        }
    }

    /// Closes the tally after the last file. That all records were rejected is the last reason for which a run can fail.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let Books { counts, first, .. } = &mut self.books;
        let records = counts.records;
        match first.take() {
            Some(first) if counts.rejected.total() == records && !self.allow_empty => {
                Err(ErrorKind::AllRejected { records, first }.into())
            }
            _ => Ok(()),
        }
    }

    /// Opens books for a file that may be left out.
    fn begin_file(&mut self) {
        if self.keeps_going && self.kept.is_none() {
            let books = Books::new(self.books.figures.is_some());
            self.kept = Some(mem::replace(&mut self.books, books));
            self.before_file = Totals::default();
        }
    }

    /// Adds the books of a file that is not left out any more to those of the others.
    pub(super) fn keep_file(&mut self) {
        if let Some(mut kept) = self.kept.take() {
            kept.merge(mem::take(&mut self.books));
            self.books = kept;
        }
    }

    /// Leaves a file out because of an error, as if it had not been an input. Its rejects stay, since they were written.
    pub(super) fn leave_out(&mut self, file: usize, error: Error) {
        if let Some(kept) = self.kept.take() {
            self.books = kept;
        }
        self.failed.push(FailedInput::new(self.files[file].name.clone(), error));
        self.file = file + 1;
        (self.skipped, self.undecided) = (None, None);
    }

    /// Closes the file that is converted.
    pub(super) fn finish_file(&mut self) -> Result<(), Error> {
        self.begin_file();
        let now = Totals::of(&self.books.counts);
        let before = mem::replace(&mut self.before_file, now);
        self.skipped = None;
        let records = now.records - before.records;
        if records > 0 && records == now.rejected - before.rejected {
            self.books.rejected_files.push(self.file);
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
        if let Some(figures) = &mut self.books.figures {
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
        if self.books.first.is_none() {
            self.books.first = Some(error().into());
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
            line: skipped + self.books.counts.lines() - self.before_file.lines + lines_before + 1,
            byte: chunk.offset + start as u64,
        })
    }
}
