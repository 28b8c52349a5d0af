//! The passes of a run: one over the inputs, and with `--repeat` more of them, which give the same rows again.

use std::io::Read;

use super::{
    buffers::BufferPool,
    finish::Finished,
    pass::Pass,
    prepare::Prepared,
    progress::{Progress, ProgressMeter},
    writer::PassTotals,
};
use crate::{
    error::{Error, ErrorKind},
    input::InputFile,
};

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
            Err(error) if !error.is_about_rejects() => Err(error),
            ended => Ok(Finished { run: self, totals, ended }),
        }
    }

    /// Runs the passes, and completes the outputs. `totals` receives the totals of the first pass.
    fn run_passes(&mut self, tell: &(dyn Fn(Progress) + Sync), totals: &mut PassTotals) -> Result<(), Error> {
        let passes = self.config.repeat.get();
        let progress = ProgressMeter::new(tell, &self.files, passes);
        let buffers = BufferPool::for_workers(self.workers.count(), self.config.repeat_each);
        let compressions = self.outputs.compressions(self.files.len());
        progress.tell(0);
        for pass in 0..passes {
            let is_first = pass == 0;
            let mut again = PassTotals::default();
            let run = Pass {
                config: self.config,
                files: &self.files,
                reader: self.reader.as_mut().map(|reader| &mut **reader as &mut (dyn Read + Send)),
                buffers: &buffers,
                workers: &self.workers,
                options: &mut self.options,
                tally: is_first.then_some(&mut self.tally),
                outputs: &mut self.outputs,
                compressions: &compressions,
                progress: progress.at(pass),
                is_last: pass + 1 == passes,
            };
            run.run(if is_first { totals } else { &mut again })?;
            if is_first {
                self.tally.finish()?;
                if totals.rows == 0 {
                    // There is nothing to repeat.
                    break;
                }
            } else if again != *totals {
                return Err(ErrorKind::InputChanged.into());
            }
        }
        self.outputs.finish()
    }
}
