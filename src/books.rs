//! The books of a run, kept by the writer: what each chunk adds up to, and where its refused records stand.
//!
//! A worker knows only the lines of its chunk. The books are kept in the order of the file, so here line
//! numbers are known, and the first refusal seen is the first one in the file.

use crate::{
    config::OnError,
    converter::RefusedLine,
    error::{Error, Place},
    input::{Chunk, InputFile},
    label::Attributes,
    portrait::Portrait,
    rejects::Rejects,
    summary::Counts,
};

/// What happened so far.
pub(crate) struct Books<'f> {
    files: &'f [InputFile],
    /// Which file the last chunk was of.
    file: usize,
    /// The lines of all files before that one.
    lines_before_file: u64,
    /// The lines of that file before its part that is converted, once they are counted.
    skipped: Option<u64>,
    pub(crate) counts: Counts,
    pub(crate) rejects: Option<Rejects>,
    /// Figures of the rows, if they are asked for.
    pub(crate) portrait: Option<Portrait>,
    /// More refusals than this are a failure; `None` means that one is.
    max_rejects: Option<u64>,
}

impl<'f> Books<'f> {
    pub(crate) fn open(files: &'f [InputFile], attributes: &Attributes, on_error: &OnError) -> Result<Self, Error> {
        let (rejects, max_rejects) = match on_error {
            OnError::Fail => (None, None),
            OnError::Skip { rejects, max_rejects } => {
                (rejects.as_deref().map(Rejects::create).transpose()?, Some(max_rejects.unwrap_or(u64::MAX)))
            }
        };
        Ok(Self {
            files,
            file: 0,
            lines_before_file: 0,
            skipped: None,
            counts: Counts::new(attributes),
            rejects,
            portrait: None,
            max_rejects,
        })
    }

    /// Enters the next chunk.
    pub(crate) fn enter(&mut self, chunk: &Chunk, counts: &Counts, refused: Vec<RefusedLine>) -> Result<(), Error> {
        if chunk.file != self.file {
            (self.file, self.lines_before_file, self.skipped) = (chunk.file, self.counts.lines(), None);
        }
        let before = self.counts.rejected.total();
        for (line, number) in refused.into_iter().zip(before + 1..) {
            self.refuse(chunk, line, number)?;
        }
        self.counts.merge(counts);
        Ok(())
    }

    /// Enters the refusal of that number.
    fn refuse(&mut self, chunk: &Chunk, line: RefusedLine, number: u64) -> Result<(), Error> {
        let file = &self.files[self.file];
        let skipped = self.skipped.map_or_else(|| file.lines_before(), Ok)?;
        self.skipped = Some(skipped);
        let place = Place {
            file: file.name.clone(),
            line: skipped + self.counts.lines() - self.lines_before_file + line.lines_before + 1,
            byte: chunk.offset + line.range.start as u64,
        };
        let record = &chunk[line.range];
        if let Some(rejects) = &mut self.rejects {
            rejects.write(&place, &line.refusal, record)?;
        }
        if let Some(portrait) = &mut self.portrait {
            portrait.refused(&place, &line.refusal, || excerpt(record));
        }
        let error = |refusal| Error::Record { place, refusal, excerpt: excerpt(record) };
        match self.max_rejects {
            None => Err(error(line.refusal)),
            Some(limit) if number > limit => Err(Error::TooManyRejects { limit, last: Box::new(error(line.refusal)) }),
            Some(_) => Ok(()),
        }
    }
}

/// The beginning of a record, on one line and printable.
fn excerpt(record: &[u8]) -> String {
    const LONGEST: usize = 100;
    let record = record.trim_ascii();
    // As many bytes as that many characters can have.
    let text = String::from_utf8_lossy(&record[..record.len().min(4 * LONGEST)]);
    let shown = text.chars().map(|shown| if shown.is_control() { ' ' } else { shown }).take(LONGEST);
    let dots = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    shown.collect::<String>() + dots
}
