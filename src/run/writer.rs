//! The third stage of a pass: the results of the workers, in the order of the inputs, go to the tally and to the outputs.

use super::{
    buffers::Buffers,
    groups::GroupJoiner,
    jobs::{FileEnd, Job},
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
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
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
    pub(super) tally: &'p mut Tally,
    /// What the other passes would count is the same again.
    pub(super) is_first: bool,
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
    /// The totals of the files before that one.
    pub(super) before_file: PassTotals,
}

impl ResultWriter<'_, '_> {
    /// Takes what comes next.
    pub(super) fn take(&mut self, done: Done) -> Result<(), Error> {
        match done {
            Done::Converted(converted) => {
                let chunk = &converted.job.lease.buffers.chunk;
                self.progress.tell(chunk.done);
                // Of an input that is left out chunks were on their way.
                if self.files[chunk.file].is_left_out() { Ok(()) } else { self.write(converted) }
            }
            Done::FinishFile(end) => self.finish_file(end),
        }
    }

    /// Writes the next result.
    fn write(&mut self, mut converted: Converted) -> Result<(), Error> {
        let groups = converted.job.lease.buffers.rows.take_groups();
        let Buffers { chunk, rows, compressed } = &converted.job.lease.buffers;
        let start = self.before_file.bytes_in + chunk.offset - self.files[self.file].start();
        match self.tally(&converted, start) {
            Err(error) if self.config.keep_going && matches!(error.kind(), ErrorKind::Record { .. }) => {
                self.leave_out(chunk.file, error);
                return Ok(());
            }
            tallied => tallied?,
        }
        self.totals.bytes_in = start + chunk.len() as u64;
        if !groups.is_empty() {
            self.join(groups, &converted.job)?;
        }
        if self.is_first {
            self.tally.books.add_figures(converted.figures.as_ref());
        }
        self.totals.bytes_out = self.totals.bytes_out.saturating_add(rows.length());
        self.totals.rows = self.totals.rows.saturating_add(converted.counts.rows);
        self.totals.rejected += converted.counts.rejected.total();
        self.outputs.write(chunk.file, rows, compressed)?;
        match chunk.precedes_long_line.then(|| self.long_line(chunk)) {
            Some(error) if self.config.keep_going => self.leave_out(chunk.file, error),
            Some(error) => return Err(error),
            None => {}
        }
        Ok(())
    }

    /// The error of the line behind a chunk, which is longer than allowed.
    fn long_line(&mut self, chunk: &Chunk) -> Error {
        if !self.is_first {
            // The first pass would have ended there.
            return ErrorKind::InputChanged.into();
        }
        match self.tally.position_behind(chunk) {
            Ok(position) => ErrorKind::LineTooLong { position, limit: self.config.max_line }.into(),
            Err(error) => error,
        }
    }

    /// Finishes a file, all of whose chunks are written.
    fn finish_file(&mut self, FileEnd { file, read }: FileEnd) -> Result<(), Error> {
        if !self.files[file].is_left_out() {
            let is_last_file = file + 1 == self.end;
            if let Ok(bytes) = read {
                self.totals.bytes_in = self.before_file.bytes_in + bytes;
                if self.outputs.has_one_each() || is_last_file {
                    // A group cannot go on in another output.
                    self.end_group()?;
                }
            }
            match read.and_then(|_| self.check_file(file, is_last_file)) {
                Ok(()) => self.keep(file)?,
                Err(error) if self.config.keep_going => self.leave_out(file, error),
                Err(error) => {
                    // What is counted when the run ends does not depend on where its inputs do.
                    self.count_ended(GroupJoiner::end);
                    return Err(error);
                }
            }
        }
        (self.file, self.before_file) = (file + 1, *self.totals);
        Ok(())
    }

    /// The last reasons for which a file can fail.
    fn check_file(&mut self, file: usize, is_last_file: bool) -> Result<(), Error> {
        if self.is_last {
            self.files[file].check_length()?;
        }
        if self.is_first {
            self.tally.finish_file()?;
        }
        match self.expected {
            Some(expected) if is_last_file && expected != self.totals => Err(ErrorKind::InputChanged.into()),
            _ => Ok(()),
        }
    }

    /// Keeps the rows of a file, unless another pass over it follows.
    fn keep(&mut self, file: usize) -> Result<(), Error> {
        if !self.is_last {
            return Ok(());
        }
        self.tally.keep_file();
        self.outputs.complete(file + 1)
    }

    /// Leaves a file out because of an error.
    fn leave_out(&mut self, file: usize, error: Error) {
        // A file that was shortened explains any other error.
        let error = self.files[file].check_length().err().unwrap_or(error);
        self.files[file].leave_out();
        self.groups = GroupJoiner::default();
        *self.totals = self.before_file;
        self.tally.leave_out(file, error);
        self.outputs.leave_out(file);
    }

    /// Adds the counts of a result, which begins at byte `start` of all inputs, to the tally. If the tally ends the run within
    /// the chunk, the lines up to that end are still added, so that the totals do not depend on where chunks end.
    fn tally(&mut self, converted: &Converted, start: u64) -> Result<(), Error> {
        if !self.is_first {
            return Ok(());
        }
        let Converted { job, rejected, counts, .. } = converted;
        let again = |last: &RejectedLine, add: EachRejected<'_>| job.reject_behind(last, self.config, add);
        let added = self.tally.add(&job.lease.buffers.chunk, job.schema, counts, rejected, again);
        if let (Err(_), Some(end)) = (&added, self.tally.ended_at) {
            let with_figures = self.tally.books.figures.is_some();
            let Counted { counts, figures, groups } = job.count_up_to(end, self.config, with_figures);
            self.tally.books.counts.merge(&counts);
            self.totals.bytes_in = start + end as u64;
            // The rows of the chunk are not written, and neither are these.
            let file = job.lease.buffers.chunk.file;
            self.count_ended(|joiner, sink| joiner.add(groups, &job.format, file, sink));
            self.tally.books.add_figures(figures.as_ref());
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
        let mut counts = Counts::default();
        let figures = self.tally.books.figures.as_mut().filter(|_| self.is_first);
        end(&mut self.groups, &mut Sink { rows: &mut self.ended, counts: &mut counts, figures });
        if self.is_first {
            self.tally.books.counts.merge(&counts);
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
