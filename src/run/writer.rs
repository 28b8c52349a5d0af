//! The third stage of a pass: the results of the workers, in the order of the inputs, go to the tally and to the outputs.

use super::{
    buffers::Buffers,
    groups::GroupJoiner,
    jobs::Job,
    progress::ProgressMeter,
    tally::{EachRejected, Tally},
    workers::{Converted, Counted},
};
use crate::{
    config::{Compression, Config},
    converter::{RejectedLine, Sink},
    error::{Error, ErrorKind},
    input::{InputFile, chunk::Chunk},
    output::{Outputs, compress::compress},
    rows::{Rows, groups::OpenGroups},
    summary::Counts,
};

/// The totals of a pass, by which two passes over the same inputs can be compared.
#[derive(Default, PartialEq, Eq)]
pub(super) struct PassTotals {
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) rows: u64,
    pub(super) rejected: u64,
}

/// Takes the results of a pass in order.
pub(super) struct ResultWriter<'p, 'w> {
    pub(super) config: &'p Config,
    pub(super) files: &'p [InputFile],
    /// The tally, in the first pass: the others would count the same again.
    pub(super) tally: Option<&'p mut Tally>,
    pub(super) outputs: &'p mut Outputs<'w>,
    /// The compression of the rows of each file.
    pub(super) compressions: &'p [Compression],
    pub(super) totals: &'p mut PassTotals,
    pub(super) progress: ProgressMeter<'p>,
    /// No pass follows, so the length of an input is looked at once its rows are written.
    pub(super) is_last: bool,
    pub(super) groups: GroupJoiner,
    /// Memory for the rows of groups that end between two chunks.
    pub(super) ended: Rows,
    /// Memory for the same, compressed.
    pub(super) compressed: Vec<u8>,
    /// The file of the last chunk.
    pub(super) file: usize,
    /// Bytes of the files before that one.
    pub(super) bytes_before_file: u64,
}

impl ResultWriter<'_, '_> {
    /// Takes the next result.
    pub(super) fn write(&mut self, mut converted: Converted) -> Result<(), Error> {
        let groups = converted.job.lease.buffers.rows.take_groups();
        let Buffers { chunk, rows, compressed } = &converted.job.lease.buffers;
        if self.is_last {
            self.files[self.file..chunk.file].iter().try_for_each(InputFile::check_length)?;
        }
        if chunk.file != self.file {
            (self.file, self.bytes_before_file) = (chunk.file, self.totals.bytes_in);
        }
        if self.outputs.has_one_each() && self.groups.file().is_some_and(|file| file != chunk.file) {
            self.end_group()?;
        }
        let start = self.bytes_before_file + chunk.offset - self.files[self.file].start();
        self.tally(&converted, start)?;
        self.totals.bytes_in = start + chunk.len() as u64;
        if !groups.is_empty() {
            self.join(groups, &converted.job)?;
        }
        if let Some(tally) = &mut self.tally {
            tally.add_figures(converted.figures.as_ref());
        }
        self.totals.bytes_out = self.totals.bytes_out.saturating_add(rows.length());
        self.totals.rows = self.totals.rows.saturating_add(converted.counts.rows);
        self.totals.rejected += converted.counts.rejected.total();
        self.progress.tell(chunk.done);
        self.outputs.write(chunk.file, rows, compressed)?;
        if chunk.precedes_long_line { Err(self.long_line(chunk)) } else { Ok(()) }
    }

    /// The error of the line behind a chunk, which is longer than allowed.
    fn long_line(&mut self, chunk: &Chunk) -> Error {
        // The first pass would have ended there.
        let Some(tally) = &mut self.tally else { return ErrorKind::InputChanged.into() };
        match tally.position_behind(chunk) {
            Ok(position) => ErrorKind::LineTooLong { position, limit: self.config.max_line }.into(),
            Err(error) => error,
        }
    }

    /// Takes the end of the inputs.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        if self.is_last {
            self.files[self.file..].iter().try_for_each(InputFile::check_length)?;
        }
        self.end_group()
    }

    /// Adds the counts of a result, which begins at byte `start` of all inputs, to the tally. If the tally ends the run within
    /// the chunk, the lines up to that end are still added, so that the totals do not depend on where chunks end.
    fn tally(&mut self, converted: &Converted, start: u64) -> Result<(), Error> {
        let Some(tally) = &mut self.tally else { return Ok(()) };
        let Converted { job, rejected, counts, .. } = converted;
        let again = |last: &RejectedLine, add: EachRejected<'_>| job.reject_behind(last, self.config, add);
        let added = tally.add(&job.lease.buffers.chunk, job.schema, counts, rejected, again);
        if let (Err(_), Some(end)) = (&added, tally.ended_at) {
            let Counted { counts, figures, groups } = job.count_up_to(end, self.config, tally.figures.is_some());
            tally.counts.merge(&counts);
            self.totals.bytes_in = start + end as u64;
            // The rows of the chunk are not written, and neither are these.
            let file = job.lease.buffers.chunk.file;
            self.count_ended(|joiner, sink| joiner.add(groups, &job.format, file, sink));
            if let Some(tally) = &mut self.tally {
                tally.add_figures(figures.as_ref());
            }
            self.count_ended(GroupJoiner::end);
        }
        added
    }

    /// Joins the open groups of a chunk, and writes the rows of those that have ended.
    fn join(&mut self, groups: OpenGroups, job: &Job) -> Result<(), Error> {
        let file = job.lease.buffers.chunk.file;
        self.count_ended(|joiner, sink| joiner.add(groups, &job.format, file, sink));
        self.write_ended(file)
    }

    /// Ends the open group, and writes its row.
    fn end_group(&mut self) -> Result<(), Error> {
        let Some(file) = self.groups.file() else { return Ok(()) };
        self.count_ended(GroupJoiner::end);
        self.write_ended(file)
    }

    /// Counts the rows of groups that end now, which are in `ended` then.
    fn count_ended(&mut self, end: impl FnOnce(&mut GroupJoiner, &mut Sink<'_>)) {
        let (mut counts, figures) = (Counts::default(), self.tally.as_mut().and_then(|tally| tally.figures.as_mut()));
        end(&mut self.groups, &mut Sink { rows: &mut self.ended, counts: &mut counts, figures });
        if let Some(tally) = &mut self.tally {
            tally.counts.merge(&counts);
        }
        self.totals.rows += counts.rows;
    }

    /// Writes the rows of groups that have ended, which are those of a file.
    fn write_ended(&mut self, file: usize) -> Result<(), Error> {
        self.totals.bytes_out = self.totals.bytes_out.saturating_add(self.ended.length());
        compress(self.compressions[file], &self.ended, &mut self.compressed);
        let written = self.outputs.write(file, &self.ended, &self.compressed);
        self.ended.clear();
        written
    }
}
