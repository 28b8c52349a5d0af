//! The books of a run, kept by the writer: what each chunk adds up to, and where its rejected records stand.
//!
//! A worker knows only the lines of its chunk. The books are kept in the order of the file, so here line
//! numbers are known, and the first rejection seen is the first one in the file.

use super::{detect::ChunkSchema, rejects::Rejects};
use crate::{
    config::{Config, OnError},
    converter::RejectedLine,
    error::Error,
    format::attributes::Attributes,
    input::{InputFile, chunk::Chunk},
    parse::excerpt::excerpt,
    rejection::{Position, RejectionKind},
    report::figures::Figures,
    schema::{DetectedSchema, Schema},
    summary::Counts,
};

/// What happened so far.
pub(crate) struct Tally<'f> {
    files: &'f [InputFile],
    /// Which file the last chunk was of.
    file: usize,
    /// The lines of all files before that one.
    lines_before_file: u64,
    /// The records of all files before that one, and the rejected ones.
    before_file: (u64, u64),
    /// The files with records of which all were rejected.
    pub(crate) rejected_files: Vec<usize>,
    /// The lines of that file before its part that is converted, once they are counted.
    skipped: Option<u64>,
    pub(crate) counts: Counts,
    pub(crate) rejects: Option<Rejects>,
    /// Figures of the rows, if they are asked for.
    pub(crate) figures: Option<Figures>,
    /// The schemas of the inputs that have records, each once.
    pub(crate) schemas: Vec<Schema>,
    /// The inputs whose schemas were not named, in order.
    pub(crate) detected: Vec<(usize, DetectedSchema)>,
    /// More rejections than this are a failure; `None` means that one is.
    max_rejects: Option<u64>,
    /// Whether it is a success if all records are rejected.
    allow_empty: bool,
    /// The first rejection.
    first: Option<Box<Error>>,
    /// The first rejection of the file, as long as the schema of its records is not known.
    undecided: Option<Box<Error>>,
    /// Where in the last chunk the line ends that ended the run.
    pub(crate) ended_at: Option<usize>,
}

impl<'f> Tally<'f> {
    pub(crate) fn open(files: &'f [InputFile], attributes: &Attributes, config: &Config) -> Result<Self, Error> {
        let (rejects, max_rejects) = match &config.on_error {
            OnError::Fail => (None, None),
            OnError::Skip { rejects, max_rejects } => {
                (rejects.as_deref().map(Rejects::create).transpose()?, Some(max_rejects.unwrap_or(u64::MAX)))
            }
        };
        Ok(Self {
            files,
            file: 0,
            lines_before_file: 0,
            before_file: (0, 0),
            rejected_files: Vec::new(),
            skipped: None,
            counts: Counts::new(attributes),
            rejects,
            figures: None,
            schemas: Vec::new(),
            detected: Vec::new(),
            max_rejects,
            allow_empty: config.allow_empty,
            first: None,
            undecided: None,
            ended_at: None,
        })
    }

    /// Enters the next chunk.
    pub(crate) fn enter(
        &mut self,
        chunk: &Chunk,
        known: ChunkSchema,
        counts: &Counts,
        rejected: &[RejectedLine],
    ) -> Result<(), Error> {
        if chunk.file != self.file {
            self.end_file()?;
            self.file = chunk.file;
        }
        let before = self.counts.rejected.total();
        let mut numbered = rejected.iter().zip(before + 1..);
        let entered = numbered.try_for_each(|(line, number)| self.reject(chunk, known, line, number));
        // The run may have ended before the line that decides.
        if self.ended_at.is_none_or(|end| end > known.from) {
            self.enter_schema(chunk.file, known);
        }
        entered?;
        self.counts.merge(counts);
        Ok(())
    }

    /// Enters the schema of the records of a file, once it is known.
    fn enter_schema(&mut self, file: usize, known: ChunkSchema) {
        let Some(schema) = known.schema else { return };
        self.undecided = None;
        if !self.schemas.contains(&schema) {
            self.schemas.push(schema);
        }
        if let Some(detected) = known.detected.filter(|_| self.detected.last().is_none_or(|last| last.0 != file)) {
            self.detected.push((file, detected));
        }
    }

    /// Ends the books after the last chunk. Their balance is the last reason for which a run can fail.
    pub(crate) fn balance(&mut self) -> Result<(), Error> {
        self.end_file()?;
        let records = self.counts.records;
        match self.first.take() {
            Some(first) if self.counts.rejected.total() == records && !self.allow_empty => {
                Err(Error::AllRejected { records, first })
            }
            _ => Ok(()),
        }
    }

    /// Ends the books of a file.
    fn end_file(&mut self) -> Result<(), Error> {
        let (records, rejected) = (self.counts.records, self.counts.rejected.total());
        let (records_before, rejected_before) = std::mem::replace(&mut self.before_file, (records, rejected));
        if records > records_before && records - records_before == rejected - rejected_before {
            self.rejected_files.push(self.file);
        }
        (self.lines_before_file, self.skipped) = (self.counts.lines(), None);
        let file = &self.files[self.file];
        match self.undecided.take() {
            // What decides may stand behind the part of a shard: of all shards, the last one of the file knows.
            Some(first) if !self.allow_empty && file.is_read_to_its_end() => {
                Err(Error::UnknownSchema { name: file.name.clone(), first })
            }
            _ => Ok(()),
        }
    }

    /// Enters the rejection of that number.
    fn reject(&mut self, chunk: &Chunk, known: ChunkSchema, line: &RejectedLine, number: u64) -> Result<(), Error> {
        let file = &self.files[self.file];
        let skipped = self.skipped.map_or_else(|| file.lines_before(), Ok)?;
        self.skipped = Some(skipped);
        let position = Position {
            file: file.name.clone(),
            line: skipped + self.counts.lines() - self.lines_before_file + line.lines_before + 1,
            byte: chunk.offset + line.range.start as u64,
        };
        let record = &chunk[line.range.clone()];
        if let Some(rejects) = &mut self.rejects {
            rejects.write(&position, &line.rejection, record)?;
        }
        if let Some(figures) = &mut self.figures {
            figures.rejected(&position, &line.rejection, || excerpt(record, &line.rejection, known.schema));
        }
        // What is no JSON is so in every schema.
        let depends_on_schema =
            matches!(line.rejection.kind(), RejectionKind::InvalidRecord | RejectionKind::InvalidLabel);
        let detected = known.detected.filter(|_| depends_on_schema && line.range.start >= known.from);
        let rejection = &line.rejection;
        let error = || Error::Record {
            position: position.clone(),
            rejection: rejection.clone(),
            excerpt: excerpt(record, rejection, known.schema),
            detected,
        };
        if self.first.is_none() {
            self.first = Some(Box::new(error()));
        }
        if known.schema.is_none() && self.undecided.is_none() {
            self.undecided = Some(Box::new(error()));
        }
        match self.max_rejects {
            None => Err(error()),
            Some(limit) if number > limit => {
                self.ended_at = Some(line.range.end);
                Err(Error::TooManyRejects { limit, last: Box::new(error()) })
            }
            Some(_) => Ok(()),
        }
    }
}
