//! The passes of a run: one over the inputs, and with `--repeat` more of them, which give the same rows again.

use std::{io::Read, iter, ops::Range};

use super::{
    buffers::BufferPool,
    finish::Finished,
    pass::Pass,
    prepare::Prepared,
    progress::{Progress, ProgressMeter},
    writer::PassTotals,
};
use crate::{error::Error, input::InputFile};

impl<'c> Prepared<'c> {
    /// Converts all inputs. The outputs are then complete, under temporary names.
    ///
    /// A run that fails because of its rejected records is [`Finished`], too: its rejects, statistics and report are kept.
    pub(super) fn convert(mut self, progress: &(dyn Fn(Progress) + Sync)) -> Result<Finished<'c>, Error> {
        let mut totals = PassTotals::default();
        let ended = self.run_passes(progress, &mut totals);
        if ended.is_err() {
            // A file that was shortened explains any other error.
            self.files.iter().try_for_each(InputFile::check_length)?;
        }
        match ended {
            Err(error) if !error.is_about_rejects() => Err(error.with_ready(self.outputs.ready())),
            ended => Ok(Finished { run: self, totals, ended }),
        }
    }

    /// Runs the passes, and completes the outputs. `totals` receives the totals of one pass over all inputs.
    fn run_passes(&mut self, tell: &(dyn Fn(Progress) + Sync), totals: &mut PassTotals) -> Result<(), Error> {
        let passes = self.config.repeat.get();
        let progress = ProgressMeter::new(tell, &self.files, passes);
        let buffers = BufferPool::for_workers(self.workers.count(), self.config.repeat_each);
        let compressions = self.outputs.compressions(self.files.len());
        progress.tell(0);
        let mut before: u64 = 0;
        for range in self.ranges() {
            let length: u64 = self.files[range.clone()].iter().filter_map(InputFile::length).sum();
            let mut first: Option<PassTotals> = None;
            for pass in 0..passes {
                let mut pass_totals = PassTotals::default();
                let run = Pass {
                    config: self.config,
                    files: &self.files,
                    range: range.clone(),
                    reader: self.reader.as_mut().map(|reader| &mut **reader as &mut (dyn Read + Send)),
                    buffers: &buffers,
                    workers: &self.workers,
                    options: &mut self.options,
                    tally: first.is_none().then_some(&mut self.tally),
                    outputs: &mut self.outputs,
                    compressions: &compressions,
                    progress: progress.after(before.saturating_add(length.saturating_mul(pass))),
                    expected: first.as_ref(),
                    is_last: pass + 1 == passes,
                };
                let ended = run.run(&mut pass_totals);
                if first.is_none() {
                    totals.add(&pass_totals);
                }
                ended?;
                if pass_totals.rows == 0 {
                    // There is nothing to repeat.
                    break;
                }
                first.get_or_insert(pass_totals);
            }
            before = before.saturating_add(length.saturating_mul(passes));
        }
        self.tally.finish()?;
        self.outputs.finish()
    }

    /// The files of each series of passes: all of them, or each alone if its output is to be complete before the next one
    /// begins.
    fn ranges(&self) -> Vec<Range<usize>> {
        let count = self.files.len();
        if self.outputs.has_one_each() && self.config.repeat.get() > 1 {
            (0..count).map(|file| file..file + 1).collect()
        } else {
            iter::once(0..count).collect()
        }
    }
}
