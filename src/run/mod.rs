//! A whole run: opens everything, sends the chunks through the pipeline, and puts the output in its place.

pub(crate) mod buffers;
pub(crate) mod detect;
mod file_names;
mod options;
mod pipeline;
mod rejects;
mod same_file;
mod tally;

use std::{
    io,
    num::NonZeroUsize,
    ops::ControlFlow,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::available_parallelism,
    time::Instant,
};

use rayon::{ThreadPool, ThreadPoolBuilder};

use self::{
    buffers::{BufferPool, Lease},
    detect::{ChunkSchema, Detector},
    options::Options,
    rejects::Rejects,
    tally::Tally,
};
use crate::{
    config::{Compression, Config, OnError},
    converter::{Converter, RejectedLine},
    error::Error,
    input::{InputFile, Inputs, chunk::Chunk},
    output::{Outputs, Target, compress::pack, file::OutputFile},
    parse::options::ReadOptions,
    report::{figures::Figures, page::Page},
    rows::{Rows, compiled::CompiledFormat},
    summary::{Counts, ScoreCounts, Summary},
};

/// How many chunks may be in flight for each worker: the one it works on, some that come next, and some that
/// wait for the writer, who has to share two cores with two workers and does not always come at once. Measured:
/// with 3 the workers wait for it, more than 8 gain nothing.
const CHUNKS_PER_THREAD: usize = 8;

/// The most bytes of a row that do not depend on its record. If there are more (a long prompt or template, many
/// attributes), chunks are made smaller, so that their rows do not take more memory.
const FIXED_LENGTH: usize = 2 << 10;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of input whose rows are on their way to the output.
    pub done: u64,
    /// Bytes of input in all, if that is known.
    pub total: Option<u64>,
}

/// Converts the input to the output.
///
/// # Errors
///
/// The first rejected record in the order of the file (unless they are to be skipped), or what went wrong with
/// the files. A regular output file is then as it was.
///
/// # Example
///
/// ```
/// use steer2reg::{Config, Input, Output};
///
/// let folder = tempfile::tempdir()?;
/// let (sft, rows) = (folder.path().join("sft.jsonl"), folder.path().join("rows.jsonl"));
/// std::fs::write(&sft, r#"{"conversations": [{"from": "A", "value": "Hi!", "label": "humor:1"}], "mask": "B"}"#)?;
///
/// let summary = steer2reg::convert(&Config::new(Input::Path(sft), Output::Path(rows.clone())))?;
/// assert_eq!(summary.counts.rows, 1);
/// assert_eq!(summary.bytes_out, std::fs::metadata(rows)?.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn convert(config: &Config) -> Result<Summary, Error> {
    convert_with_progress(config, &|_| ())
}

/// As [`convert`]; `progress` is told how far the run is at its start and once for each chunk, in order.
pub fn convert_with_progress(config: &Config, progress: &(dyn Fn(Progress) + Sync)) -> Result<Summary, Error> {
    let started = Instant::now();
    let mut options = Options::new(config)?;
    let files = InputFile::inspect(config)?;
    let targets = Target::all(config)?;
    same_file::check(config, &files, &targets)?;
    file_names::check(config, &targets)?;
    if let (Some(schema), Some(file)) = (config.schema, files.first()) {
        options.compile_for(schema, &file.name)?;
        options.reading(schema, &file.name)?;
    }
    let format = Arc::clone(&options.compiled);
    let pool = workers(config.threads)?;
    let mut outputs = Outputs::create(config, &targets)?;
    let mut tally = Tally::open(&files, &format.attributes, config)?;
    let open =
        |path: &Option<PathBuf>, flag| path.as_ref().map(|path| OutputFile::create_or_stdout(path, flag)).transpose();
    let (stats, report) = (open(&config.stats, "--stats")?, open(&config.report, "--report")?);
    tally.figures = report.as_ref().map(|_| Figures::new(0));

    let threads = pool.current_num_threads();
    let run = Run {
        config,
        options: Mutex::new(options),
        pool: &pool,
        files: &files,
        buffers: BufferPool::new(CHUNKS_PER_THREAD * threads),
        converters: (0..threads).map(|_| Mutex::new(converter(config, &format))).collect(),
        compressions: outputs.compressions(files.len()),
        progress,
    };
    let mut ran = PassTotals::default();
    let ended = run.all(&mut outputs, &mut tally, &mut ran);
    // It is what explains any other error.
    files.iter().try_for_each(InputFile::check_length)?;
    // What is known of rejected records is kept also if they are too many.
    let ended = match ended {
        Err(error) if !error.is_about_rejects() => return Err(error),
        ended => ended,
    };

    let options = run.options.into_inner().unwrap_or_else(PoisonError::into_inner);
    let attributes = &options.compiled.attributes;
    // If no chunk was of a known schema, they have the attributes of another plan, or of none.
    tally.counts.resize(attributes.names().len());
    if let Some(figures) = &mut tally.figures {
        figures.resize(attributes.names().len());
    }
    let names = attributes.names();
    let scores: Vec<_> =
        names.iter().cloned().zip(tally.counts.attributes.iter().map(ScoreCounts::attribute)).collect();
    let unscored = scores.iter().filter(|(name, scores)| scores.count == 0 && options.expects_scores_of(name));
    let unscored: Vec<_> = unscored.map(|(name, _)| name.clone()).collect();
    // Without rows nothing is known, unless they are missing for want of these scores.
    let is_known = tally.counts.rows > 0 || tally.counts.unlabelled > 0 && tally.schemas == [crate::Schema::HelpSteer];
    let mut summary = Summary {
        unscored_attributes: if is_known { unscored } else { Vec::new() },
        vector: attributes.clone(),
        attributes: scores,
        counts: tally.counts,
        repeat: config.repeat.get(),
        schemas: tally.schemas,
        rejected_inputs: tally.rejected_files.iter().map(|&file| files[file].name.clone()).collect(),
        detected: tally.detected.into_iter().map(|(file, schema)| (files[file].name.clone(), schema)).collect(),
        bytes_in: ran.bytes_in,
        bytes_out: ran.bytes_out.saturating_mul(config.repeat.get()),
        seconds: started.elapsed().as_secs_f64(),
        threads,
    };
    // What is known of such a run is kept, too. A part may well have no score of an attribute that the whole has.
    let is_strict = config.format.checks.strict && config.shard.is_none();
    let ended = ended.and_then(|()| if is_strict { summary.strict() } else { Ok(()) });
    if ended.is_err() {
        summary.bytes_out = 0;
    }
    let rejects = tally.rejects.map(Rejects::finish).transpose()?;
    if let Some(stats) = &stats {
        stats.write_json(&summary)?;
    }
    if let (Some(report), Some(figures)) = (&report, &tally.figures) {
        let inputs: Vec<_> = files.iter().map(|file| &*file.name).collect();
        let output = outputs.name();
        let page = Page {
            input: &inputs.join(", "),
            output: output.as_deref().filter(|_| ended.is_ok()),
            attributes: names,
            summary: &summary,
            figures,
        };
        report.write_text(&page.to_string())?;
    }
    // All is written; from here on files are only renamed. The outputs come last: if they are there, all is.
    rejects.into_iter().chain(stats).chain(report).try_for_each(OutputFile::commit)?;
    ended?;
    outputs.into_iter().try_for_each(OutputFile::commit)?;
    Ok(summary)
}

/// What a run goes by, and works with.
struct Run<'r> {
    config: &'r Config,
    options: Mutex<Options<'r>>,
    pool: &'r ThreadPool,
    files: &'r [InputFile],
    buffers: BufferPool,
    /// One for each worker.
    converters: Vec<Mutex<Converter>>,
    /// Of the rows of each file.
    compressions: Vec<Compression>,
    progress: &'r (dyn Fn(Progress) + Sync),
}

/// What is known of the inputs when all are read.
#[derive(Default, PartialEq, Eq)]
struct PassTotals {
    bytes_in: u64,
    bytes_out: u64,
    rows: u64,
    rejected: u64,
}

/// A chunk on its way to a worker.
struct Job {
    lease: Lease,
    chunk: Chunk,
    known: ChunkSchema,
    format: Arc<CompiledFormat>,
    /// How its records are read from where their schema is known.
    reading: ReadOptions,
}

/// A chunk with what a worker made of it; the rows are on the desk.
struct Converted {
    job: Job,
    counts: Counts,
    rejected: Vec<RejectedLine>,
    figures: Option<Figures>,
}

impl<'r> Run<'r> {
    /// Sends all chunks of the inputs through the pipeline, as often as is asked for, and fills `ran`. The outputs are
    /// complete on success, but not in their places.
    fn all(&self, outputs: &mut Outputs, tally: &mut Tally<'_>, ran: &mut PassTotals) -> Result<(), Error> {
        (self.progress)(self.progress_of(0, 0));
        self.once(0, outputs, tally, ran)?;
        tally.balance()?;
        for time in 1..self.config.repeat.get() {
            if ran.rows == 0 {
                // There is nothing to repeat.
                break;
            }
            let mut again = PassTotals::default();
            self.once(time, outputs, tally, &mut again)?;
            if again != *ran {
                return Err(Error::InputChanged);
            }
        }
        outputs.finish()
    }

    /// Sends them through it for the `time`-th time, counted from 0. Books are kept the first time only: later they would
    /// hold the same.
    fn once(&self, time: u64, outputs: &mut Outputs, tally: &mut Tally<'_>, ran: &mut PassTotals) -> Result<(), Error> {
        let (is_first, is_last) = (time == 0, time + 1 == self.config.repeat.get());
        let (stopped, stop) = io::pipe().map_err(Error::io("open", "a pipe"))?;
        let mut inputs = Inputs::new(self.files, self.chunk_size(), self.config.mmap, stopped.into());
        let mut detector = Detector::new(self.files);
        // An error about the records from some line on, which is told when those before are done.
        let mut misfit = None;
        let next = || {
            if let Some(error) = misfit.take() {
                return Err(error);
            }
            let mut lease = self.buffers.take();
            let block = std::mem::take(&mut lease.buffers.block);
            let Some(mut chunk) = inputs.next(block)? else { return Ok(None) };
            let mut known =
                self.config.schema.map_or_else(|| detector.look(&chunk), |schema| Ok(ChunkSchema::named(schema)))?;
            let name = &self.files[chunk.file].name;
            let mut options = self.options();
            let reading = match known
                .schema
                .map(|schema| options.compile_for(schema, name).and_then(|()| options.reading(schema, name)))
            {
                None => ReadOptions::Unknown,
                Some(Ok(reading)) => reading,
                Some(Err(error)) => {
                    misfit = Some(error);
                    chunk.truncate(known.from);
                    known = ChunkSchema::unknown(known.from);
                    ReadOptions::Unknown
                }
            };
            Ok(Some(Job { lease, chunk, known, format: Arc::clone(&options.compiled), reading }))
        };
        let has_figures = is_first && self.config.report.is_some();
        let work = |job| self.convert(job, has_figures);
        let mut current = 0;
        // Bytes of the files before the current one.
        let mut before = 0;
        let finish = |converted| {
            let Converted { job: Job { mut lease, chunk, known, format, reading }, counts, rejected, figures } =
                converted;
            if is_last {
                self.files[current..chunk.file].iter().try_for_each(InputFile::check_length)?;
            }
            if chunk.file != current {
                (current, before) = (chunk.file, ran.bytes_in);
            }
            let start = before + chunk.offset - self.files[current].start();
            if is_first {
                if let Err(error) = tally.enter(&chunk, known, &counts, &rejected) {
                    if let Some(end) = tally.ended_at {
                        self.enter_up_to(end, &chunk, known, (&format, reading), tally);
                        ran.bytes_in = start + end as u64;
                    }
                    return Err(error);
                }
                if let (Some(all), Some(part)) = (&mut tally.figures, &figures) {
                    all.merge(part);
                }
            }
            ran.bytes_in = start + chunk.len() as u64;
            ran.bytes_out = ran.bytes_out.saturating_add(lease.buffers.rows.length());
            ran.rows = ran.rows.saturating_add(counts.rows);
            ran.rejected += counts.rejected.total();
            (self.progress)(self.progress_of(time, chunk.done));
            outputs.write(chunk.file, &lease.buffers.rows, &lease.buffers.packed)?;
            lease.buffers.block = chunk.into_block();
            Ok(())
        };
        let depth = CHUNKS_PER_THREAD * self.converters.len();
        pipeline::run(self.pool, depth, next, &work, finish, stop)?;
        ran.bytes_in = inputs.position();
        Ok(())
    }

    /// What a worker does with a chunk.
    fn convert(&self, mut job: Job, has_figures: bool) -> Converted {
        let worker = rayon::current_thread_index().unwrap_or(0);
        // Nothing of a converter's memory is read before it is cleared, so a panic leaves no harm behind.
        let mut converter = self.converters[worker].lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(converter.format(), &job.format) {
            *converter = self::converter(self.config, &job.format);
        }
        let mut counts = Counts::new(&job.format.attributes);
        let mut rejected = Vec::new();
        converter.set_figures(has_figures.then(|| empty_figures(&job.format)));
        let rows = &mut job.lease.buffers.rows;
        convert_known(&mut converter, &job.chunk, job.known, job.reading, rows, &mut counts, &mut |line| {
            // Records before this line are converted and those behind it are not.
            #[cfg(test)]
            assert_ne!(&job.chunk[line.range.clone()], tests::PANIC, "injected");
            rejected.push(line);
            if self.config.on_error == OnError::Fail { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let figures = converter.set_figures(None);
        pack(self.compressions[job.chunk.file], &job.lease.buffers.rows, &mut job.lease.buffers.packed);
        Converted { job, counts, rejected, figures }
    }

    /// Enters what there is in a chunk up to the line that ends the run, so that the books of the run do not depend on where
    /// chunks end.
    fn enter_up_to(
        &self,
        end: usize,
        chunk: &[u8],
        known: ChunkSchema,
        read: (&Arc<CompiledFormat>, ReadOptions),
        tally: &mut Tally<'_>,
    ) {
        let (format, reading) = read;
        let mut converter = converter(self.config, format);
        let mut counts = Counts::new(&format.attributes);
        converter.set_figures(tally.figures.is_some().then(|| empty_figures(format)));
        let known = ChunkSchema { from: known.from.min(end), ..known };
        let go_on = &mut |_| ControlFlow::Continue(());
        convert_known(&mut converter, &chunk[..end], known, reading, &mut Rows::default(), &mut counts, go_on);
        tally.counts.merge(&counts);
        if let (Some(all), Some(part)) = (&mut tally.figures, converter.set_figures(None)) {
            all.merge(&part);
        }
    }

    fn options(&self) -> MutexGuard<'_, Options<'r>> {
        self.options.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chunk_size(&self) -> usize {
        self.config.chunk_size / self.options().compiled.fixed_length().div_ceil(FIXED_LENGTH).max(1)
    }

    /// How far the run is, with `done` bytes of the input read for the `time`-th time.
    fn progress_of(&self, time: u64, done: u64) -> Progress {
        let once: Option<u64> = self.files.iter().map(InputFile::length).sum();
        let before = once.unwrap_or(0).saturating_mul(time);
        Progress {
            done: before.saturating_add(done),
            total: once.map(|once| once.saturating_mul(self.config.repeat.get())),
        }
    }
}

fn empty_figures(format: &CompiledFormat) -> Figures {
    Figures::new(format.attributes.names().len())
}

fn converter(config: &Config, format: &Arc<CompiledFormat>) -> Converter {
    let converter = Converter::with_compiled(config.parser, Arc::clone(format));
    config.mask.iter().fold(converter, |converter, mask| converter.with_mask(mask))
}

/// Converts a chunk: its first lines as records of no schema, and the others as their schema is read.
fn convert_known(
    converter: &mut Converter,
    chunk: &[u8],
    known: ChunkSchema,
    reading: ReadOptions,
    rows: &mut Rows,
    counts: &mut Counts,
    rejected: &mut dyn FnMut(RejectedLine) -> ControlFlow<()>,
) {
    let (unknown, rest) = chunk.split_at(known.from);
    let _ = [(unknown, 0, ReadOptions::Unknown), (rest, known.from, reading)].into_iter().try_for_each(
        |(lines, start, reading)| {
            let is_detected = known.detected.is_some();
            converter.convert_chunk(lines, reading, is_detected, rows, counts, &mut |line| rejected(line.behind(start)))
        },
    );
}

fn workers(threads: Option<NonZeroUsize>) -> Result<ThreadPool, Error> {
    let threads = threads.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    ThreadPoolBuilder::new().num_threads(threads).thread_name(|index| format!("worker-{index}")).build().map_err(
        |error| {
            let number = if threads == 1 { "a worker thread".to_owned() } else { format!("{threads} worker threads") };
            Error::Threads { what: number, source: io::Error::other(error.to_string()) }
        },
    )
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::mpsc::channel, thread, time::Duration};

    use super::*;
    use crate::config::{Input, Output};

    /// A worker panics when it rejects this line.
    pub(super) const PANIC: &[u8] = b"panic!";

    const GOOD: &[u8] = br#"{"conversations":[{"from":"A","value":"v","label":"quality:1"}],"mask":"U"}"#;

    /// A run that must fail and leave nothing behind.
    fn fails(lines: &[&[u8]], threads: usize, chunk_size: usize, on_error: OnError) -> Error {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        fs::write(&input, lines.join(&b'\n')).unwrap();
        fs::write(&output, "old").unwrap();
        let config = Config {
            threads: threads.try_into().ok(),
            chunk_size,
            on_error,
            ..Config::new(Input::Path(input), Output::Path(output.clone()))
        };
        let (done, end) = channel();
        thread::spawn(move || {
            let _ = done.send(convert(&config));
        });
        let error = end.recv_timeout(Duration::from_secs(30)).expect("the run ends").unwrap_err();
        assert_eq!(fs::read(&output).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
        error
    }

    #[test]
    fn a_panic_in_a_worker_is_an_error_and_the_target_is_as_it_was() {
        for threads in [1, 2, 8] {
            let mut lines = vec![GOOD; 2000];
            lines[1234] = PANIC;
            let error = fails(&lines, threads, 1000, OnError::Fail);
            assert!(matches!(error, Error::Worker(_)), "{error}");
        }
    }

    #[test]
    fn none_of_1000_runs_with_panics_and_bad_records_hangs_whatever_the_threads_and_the_chunk_size() {
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..1000 {
            let mut lines = vec![GOOD; random.usize(1..200)];
            for _ in 0..random.usize(0..3) {
                let at = random.usize(..lines.len());
                lines[at] = b"{";
            }
            let at = random.usize(..lines.len());
            lines[at] = PANIC;
            let skip = OnError::Skip { rejects: None, max_rejects: None };
            let on_error = if random.bool() { skip.clone() } else { OnError::Fail };
            let chunk_size = random.choice([1, 50, 500, 5000, 1 << 20]).unwrap();
            let is_skip = on_error == skip;
            let error = fails(&lines, random.usize(1..9), chunk_size, on_error);
            match error {
                Error::Worker(_) => {}
                Error::Record { .. } if !is_skip => assert!(lines[..at].contains(&&b"{"[..])),
                error => panic!("{error}"),
            }
        }
    }
}
