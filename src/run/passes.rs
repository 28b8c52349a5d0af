//! The passes of a run: one over the inputs, and with `--repeat` more of them, which give the same rows again.

use std::{io::Read, iter, mem, ops::Range, sync::Arc};

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
            let files = self.files.iter().skip(self.outputs.next_input());
            files.filter(|file| !file.is_left_out()).try_for_each(InputFile::check_length)?;
        }
        self.tally.keep_file();
        match ended {
            Err(error) if !error.is_about_rejects() => {
                Err(error.of_run(self.outputs.ready(), mem::take(&mut self.tally.failed)))
            }
            ended => Ok(Finished { run: self, totals, ended }),
        }
    }

    /// Runs the passes, and completes the outputs. `totals` receives the totals of one pass over all inputs.
    fn run_passes(&mut self, tell: &(dyn Fn(Progress) + Sync), totals: &mut PassTotals) -> Result<(), Error> {
        let passes = self.config.repeat.get();
        let progress = ProgressMeter::new(tell, &self.files, passes);
        let buffers = BufferPool::for_workers(self.workers.count(), self.config.repeat_each);
        progress.tell(0);
        let mut before: u64 = 0;
        for range in self.ranges() {
            let files = &Arc::clone(&self.files)[range.clone()];
            let length = files.iter().filter_map(InputFile::length).sum::<u64>().saturating_mul(passes);
            let mut first = PassTotals::default();
            let ended = self.run_passes_over(range, progress.after(before), &buffers, &mut first);
            if !matches!(files, [file] if file.is_left_out()) {
                totals.add(&first);
            }
            ended?;
            self.tally.keep_file();
            before = before.saturating_add(length);
        }
        self.tally.finish()?;
        self.outputs.finish()
    }

    /// Runs the passes over some files. `totals` receives the totals of the first one.
    fn run_passes_over(
        &mut self,
        range: Range<usize>,
        progress: ProgressMeter<'_>,
        buffers: &BufferPool,
        totals: &mut PassTotals,
    ) -> Result<(), Error> {
        let passes = self.config.repeat.get();
        let compressions = self.outputs.compressions(self.files.len());
        let length: u64 = self.files[range.clone()].iter().filter_map(InputFile::length).sum();
        let mut first = None;
        for pass in 0..passes {
            let mut again = PassTotals::default();
            let run = Pass {
                config: self.config,
                files: &self.files,
                range: range.clone(),
                reader: self.reader.as_mut().map(|reader| &mut **reader as &mut (dyn Read + Send)),
                buffers,
                workers: &self.workers,
                options: &mut self.options,
                tally: &mut self.tally,
                outputs: &mut self.outputs,
                compressions: &compressions,
                progress: progress.after(length.saturating_mul(pass)),
                expected: first.as_ref(),
                is_last: pass + 1 == passes,
            };
            let ended = run.run(&mut again);
            *totals = *first.get_or_insert(again);
            ended?;
            if again.rows == 0 {
                // There is nothing to repeat.
                break;
            }
        }
        Ok(())
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
