//! The end of a run: the summary, the files beside the rows, and the renames that put all files in place.

use super::{prepare::Prepared, rejects::Rejects, writer::PassTotals};
use crate::{
    error::Error,
    output::{Outputs, complete::CompleteFile, file::OutputFile},
    report::page::{About, Page},
    schema::Schema,
    summary::Summary,
};

/// A run whose passes are over.
pub(super) struct Finished<'c> {
    pub(super) run: Prepared<'c>,
    /// The totals of one pass.
    pub(super) totals: PassTotals,
    /// An error if too many records were rejected: the outputs are then dropped, but the files about the rejects are kept.
    pub(super) ended: Result<(), Error>,
}

/// A run whose files are all written, under temporary names.
struct Written<'c> {
    /// The files of `--rejects`, `--stats` and `--report`.
    beside: Vec<OutputFile<'static>>,
    /// The outputs, unless the run failed.
    rows: Result<Outputs<'c>, Error>,
    summary: Summary,
}

impl<'c> Finished<'c> {
    /// Writes the files beside the rows, and gives all files their names.
    pub(super) fn commit(self) -> Result<Summary, Error> {
        let (ready, failed) = (self.run.outputs.ready(), self.run.tally.failed.clone());
        let written = self.write().and_then(Written::rename);
        written.map_err(|error| error.of_run(ready, failed))
    }

    /// Writes the files beside the rows.
    fn write(self) -> Result<Written<'c>, Error> {
        let mut summary = self.summarize();
        let Self { run: Prepared { config, files, outputs, tally, stats, report, .. }, ended, .. } = self;
        // A shard may well have no score of an attribute that the whole has.
        let is_strict = config.format.checks.strict && config.shard.is_none();
        let ended = ended.and_then(|()| if is_strict { summary.strict() } else { Ok(()) });
        if ended.is_err() {
            summary.bytes_out = outputs.ready().map_or(0, |ready| ready.bytes);
        }
        let rejects = tally.rejects.map(Rejects::finish).transpose()?;
        let stats = stats.map(|mut stats| stats.write_json(&summary).map(|()| stats)).transpose()?;
        let mut beside: Vec<_> = rejects.into_iter().chain(stats).collect();
        if let (Some(mut report), Some(figures)) = (report, &tally.books.figures) {
            let inputs: Vec<_> = files.iter().map(|file| &*file.name).collect();
            let output = outputs.name();
            let about = About { config, inputs: &inputs, output: output.as_deref().filter(|_| ended.is_ok()) };
            let page = Page { about, summary: &summary, figures };
            report.write_text(&page.to_string())?;
            beside.push(report);
        }
        Ok(Written { beside, rows: ended.map(|()| outputs), summary })
    }

    /// The summary, as if the run succeeded.
    fn summarize(&self) -> Summary {
        let Prepared { started, config, files, options, workers, tally, .. } = &self.run;
        let books = &tally.books;
        let names = options.format.numbers.names();
        let counts = books.counts.clone();
        let scores: Vec<_> = names.iter().cloned().zip((0..).map(|place| counts.attribute(place))).collect();
        let unscored = scores.iter().filter(|(name, scores)| scores.count == 0 && options.expects_scores_of(name));
        let unscored = unscored.map(|(name, _)| name.clone());
        // Without rows an attribute without scores is reported for HelpSteer only, where it is the reason.
        let is_known = counts.rows > 0 || counts.unlabelled > 0 && books.schemas == [Schema::HelpSteer];
        let has_two_rows_for_a_pair =
            !config.format.layout.is_pairs() && books.schemas.iter().any(|schema| schema.is_comparison());
        let name = |file: usize| files[file].name.clone();
        Summary {
            unscored_attributes: if is_known { unscored.collect() } else { Vec::new() },
            vector: options.format.attributes.clone(),
            numbers: options.format.numbers.clone(),
            attributes: scores,
            separates_pairs: has_two_rows_for_a_pair && config.repeat_each.get() > 1 && counts.rows > 0,
            counts,
            repeat: config.repeat.get(),
            repeat_each: config.repeat_each.get(),
            schemas: books.schemas.clone(),
            rejected_inputs: books.rejected_files.iter().map(|&file| name(file)).collect(),
            failed_inputs: tally.failed.clone(),
            detected: books.detected.iter().map(|&(file, schema)| (name(file), schema)).collect(),
            bytes_in: self.totals.bytes_in,
            bytes_out: self.totals.bytes_out.saturating_mul(config.repeat.get()),
            seconds: started.elapsed().as_secs_f64(),
            threads: workers.count(),
        }
    }
}

impl Written<'_> {
    /// Gives all files their names: the output of all inputs last, so that everything is there once it is. If one cannot be
    /// completed, none gets its name.
    fn rename(self) -> Result<Summary, Error> {
        let beside: Vec<_> = self.beside.into_iter().map(OutputFile::complete).collect::<Result<_, _>>()?;
        let (rows, ended) = match self.rows {
            Ok(outputs) => (outputs.into_complete()?, Ok(())),
            Err(error) => (None, Err(error)),
        };
        beside.into_iter().chain(rows).try_for_each(CompleteFile::rename)?;
        ended.map(|()| self.summary)
    }
}
