//! The third stage of a pass: the results of the workers, in the order of the inputs, go to the tally and to the outputs.

use super::{
    buffers::Buffers,
    groups::GroupJoiner,
    jobs::Job,
    progress::ProgressMeter,
    tally::{EachRejected, Tally},
    workers::{Converted, Counted, Done},
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

impl PassTotals {
    /// Adds the totals of other inputs.
    pub(super) fn add(&mut self, other: &Self) {
        self.bytes_in += other.bytes_in;
        self.bytes_out = self.bytes_out.saturating_add(other.bytes_out);
        self.rows = self.rows.saturating_add(other.rows);
        self.rejected += other.rejected;
    }
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
    /// The totals of the first pass over these files, in the other passes.
    pub(super) expected: Option<&'p PassTotals>,
    pub(super) progress: ProgressMeter<'p>,
    /// No pass over these files follows, so an input is done once its rows are written.
    pub(super) is_last: bool,
    pub(super) groups: GroupJoiner,
    /// Memory for the rows of groups that end between two chunks.
    pub(super) ended: Rows,
    /// Memory for the same, compressed.
    pub(super) compressed: Vec<u8>,
    /// The file that is converted.
    pub(super) file: usize,
    /// The end of the files of the pass.
    pub(super) end: usize,
    /// Bytes of the files before that one.
    pub(super) bytes_before_file: u64,
}

impl ResultWriter<'_, '_> {
    /// Takes what comes next.
    pub(super) fn take(&mut self, done: Done) -> Result<(), Error> {
        match done {
            Done::Converted(converted) => self.write(converted),
            Done::FinishFile(file, bytes) => self.finish_file(file, bytes),
        }
    }

    /// Writes the next result.
    fn write(&mut self, mut converted: Converted) -> Result<(), Error> {
        let groups = converted.job.lease.buffers.rows.take_groups();
        let Buffers { chunk, rows, compressed } = &converted.job.lease.buffers;
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

    /// Finishes a file of this many bytes, all of whose chunks are written.
    fn finish_file(&mut self, file: usize, bytes: u64) -> Result<(), Error> {
        self.totals.bytes_in = self.bytes_before_file + bytes;
        let is_last_file = file + 1 == self.end;
        if self.outputs.has_one_each() || is_last_file {
            // A group cannot go on in another output.
            self.end_group()?;
        }
        if self.is_last {
            self.files[file].check_length()?;
        }
        let finished = self.tally.as_mut().map_or(Ok(()), |tally| tally.finish_file());
        if finished.is_err() {
            // What is counted when the run ends does not depend on where its inputs do.
            self.count_ended(GroupJoiner::end);
        }
        finished?;
        if is_last_file && self.expected.is_some_and(|expected| expected != self.totals) {
            return Err(ErrorKind::InputChanged.into());
        }
        if self.is_last {
            self.outputs.complete(file + 1)?;
        }
        (self.file, self.bytes_before_file) = (file + 1, self.totals.bytes_in);
        Ok(())
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
