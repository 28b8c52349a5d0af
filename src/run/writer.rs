//! The third stage of a pass: the results of the workers, in the order of the inputs, go to the tally and to the outputs.

use super::{buffers::Buffers, progress::ProgressMeter, tally::Tally, workers::Converted};
use crate::{config::Config, error::Error, input::InputFile, output::Outputs};

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
    pub(super) totals: &'p mut PassTotals,
    pub(super) progress: ProgressMeter<'p>,
    /// No pass follows, so inputs can be closed once their rows are written.
    pub(super) is_last: bool,
    /// The file of the last chunk.
    pub(super) file: usize,
    /// Bytes of the files before that one.
    pub(super) bytes_before_file: u64,
}

impl ResultWriter<'_, '_> {
    /// Takes the next result.
    pub(super) fn write(&mut self, converted: &Converted) -> Result<(), Error> {
        let Buffers { chunk, rows, compressed } = &converted.job.lease.buffers;
        if self.is_last {
            self.files[self.file..chunk.file].iter().try_for_each(InputFile::close)?;
        }
        if chunk.file != self.file {
            (self.file, self.bytes_before_file) = (chunk.file, self.totals.bytes_in);
        }
        let start = self.bytes_before_file + chunk.offset - self.files[self.file].start();
        self.tally(converted, start)?;
        self.totals.bytes_in = start + chunk.len() as u64;
        self.totals.bytes_out = self.totals.bytes_out.saturating_add(rows.length());
        self.totals.rows = self.totals.rows.saturating_add(converted.counts.rows);
        self.totals.rejected += converted.counts.rejected.total();
        self.progress.tell(chunk.done);
        self.outputs.write(chunk.file, rows, compressed)
    }

    /// Adds the result, which begins at byte `start` of all inputs, to the tally. If the tally ends the run within the chunk,
    /// the lines up to that end are still added, so that the totals do not depend on where chunks end.
    fn tally(&mut self, converted: &Converted, start: u64) -> Result<(), Error> {
        let Some(tally) = &mut self.tally else { return Ok(()) };
        let Converted { job, rejected, counts, figures } = converted;
        let added = tally.add(&job.lease.buffers.chunk, job.schema, counts, rejected);
        match (&added, tally.ended_at) {
            (Ok(()), _) => tally.add_figures(figures.as_ref()),
            (Err(_), Some(end)) => {
                let (counts, figures) = job.count_up_to(end, self.config, tally.figures.is_some());
                tally.counts.merge(&counts);
                tally.add_figures(figures.as_ref());
                self.totals.bytes_in = start + end as u64;
            }
            (Err(_), None) => {}
        }
        added
    }
}
