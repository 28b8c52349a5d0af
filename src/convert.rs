//! A whole run: opens everything, sends the chunks through the pipeline, and puts the output in its place.

use std::{
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
    thread::available_parallelism,
    time::Instant,
};

use rayon::{ThreadPool, ThreadPoolBuilder};
use rustix::pipe::PipeFlags;

use crate::{
    books::Books,
    config::{Config, Form, OnError, Split},
    converter::{Converter, RefusedLine, is_blank},
    desk::{Desks, Lease},
    error::Error,
    format::SystemPrompt,
    input::{Chunk, InputFile, Inputs},
    output::Output,
    outputs::{Outputs, Target},
    pack::pack,
    pipeline,
    plan::Plan,
    portrait::{Page, Portrait},
    published::{Misfit, Reading, Wanted},
    rejects::Rejects,
    roles,
    summary::{Counts, Summary},
};

/// How many chunks may be in flight for each worker: the one it works on, some that come next, and some that
/// wait for the writer, who has to share two cores with two workers and does not always come at once. Measured:
/// with 3 the workers wait for it, more than 8 gain nothing.
const DESKS_PER_THREAD: usize = 8;

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
/// The first refused record in the order of the file (unless they are to be skipped), or what went wrong with
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
    let plan = Arc::new(Plan::new(&config.format)?);
    let options = Options::of(config)?;
    let files = InputFile::look(config)?;
    let targets = Target::of(config)?;
    roles::check(config, &files, &targets)?;
    if let (Some(form), Some(file)) = (config.form, files.first()) {
        options.reading(form, &file.name)?;
    }
    let pool = workers(config.threads)?;
    let mut outputs = Outputs::create(config, &targets)?;
    let mut books = Books::open(&files, &plan.attributes, &config.on_error)?;
    let stats = config.stats.as_deref().map(Output::create).transpose()?;
    let report = config.report.as_deref().map(Output::create).transpose()?;
    books.portrait = report.as_ref().map(|_| Portrait::new(plan.attributes.names().len()));

    let ran = run(config, &plan, &options, &pool, &files, &mut outputs, &mut books, progress);
    // It is what explains any other error.
    files.iter().try_for_each(InputFile::check_length)?;
    let Ran { form, bytes_in } = ran?;

    let scores = books.counts.attributes.clone();
    let summary = Summary {
        attributes: plan.attributes.names().iter().cloned().zip(scores).collect(),
        counts: books.counts,
        repeat: config.repeat.get(),
        form: form.unwrap_or_default(),
        bytes_in,
        bytes_out: books.bytes_out,
        seconds: started.elapsed().as_secs_f64(),
        threads: pool.current_num_threads(),
    };
    let rejects = books.rejects.map(Rejects::finish).transpose()?;
    if let Some(stats) = &stats {
        stats.write_json(&summary)?;
    }
    if let (Some(report), Some(portrait)) = (&report, &books.portrait) {
        let names: Vec<_> = files.iter().map(|file| &*file.name).collect();
        let output = outputs.name();
        let page = Page {
            input: &names.join(", "),
            output: output.as_deref(),
            attributes: plan.attributes.names(),
            summary: &summary,
            portrait,
        };
        report.write_text(&page.to_string())?;
    }
    // All is written; from here on files are only renamed. The outputs come last: if they are there, all is.
    rejects.into_iter().chain(stats).chain(report).chain(outputs.into_iter()).try_for_each(Output::commit)?;
    Ok(summary)
}

/// A chunk with what a worker made of it; the rows are on the desk.
struct Converted {
    lease: Lease,
    chunk: Chunk,
    counts: Counts,
    refused: Vec<RefusedLine>,
    portrait: Option<Portrait>,
}

/// What is known of the inputs when all are read.
struct Ran {
    /// The form of their records, if there are any.
    form: Option<Form>,
    /// Of once through all inputs.
    bytes_in: u64,
}

/// Sends all chunks of the inputs through the pipeline, as often as they are asked for. The outputs are complete on
/// success, but not in their places.
fn run(
    config: &Config,
    plan: &Arc<Plan>,
    options: &Options,
    pool: &ThreadPool,
    files: &[InputFile],
    outputs: &mut Outputs,
    books: &mut Books<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Ran, Error> {
    let threads = pool.current_num_threads();
    let depth = DESKS_PER_THREAD * threads;
    let desks = Desks::new(depth);
    let converters: Vec<_> =
        (0..threads).map(|_| Mutex::new(Converter::by_plan(config.parser, Arc::clone(plan)))).collect();
    let once: Option<u64> = files.iter().map(InputFile::length).sum();
    let repeat = config.repeat.get();
    let total = once.map(|once| once.saturating_mul(repeat));
    progress(Progress { done: 0, total });

    let compressions = outputs.compressions(files.len());
    let mut ran = Ran { form: config.form, bytes_in: 0 };
    for time in 0..repeat {
        // The books are those of the first time: the others find the same.
        let (is_first, is_last) = (time == 0, time + 1 == repeat);
        let done_before = once.unwrap_or(0).saturating_mul(time);
        let (stopped, stop) =
            rustix::pipe::pipe_with(PipeFlags::CLOEXEC).map_err(|error| Error::io("open", "a pipe")(error.into()))?;
        let mut inputs = Inputs::new(files, config, stopped);
        let next = || {
            let mut lease = desks.take();
            let block = std::mem::take(&mut lease.desk.block);
            let Some(chunk) = inputs.next(block)? else { return Ok(None) };
            ran.form = ran.form.or_else(|| first_record(&chunk).map(Form::of));
            // Chunks before the first record have only blank lines, which are the same in every form.
            let reading = ran.form.map_or(Ok(Reading::Sft), |form| options.reading(form, &files[chunk.file].name))?;
            Ok(Some((lease, chunk, reading)))
        };
        let work = |(mut lease, chunk, reading): (Lease, Chunk, Reading)| {
            let worker = rayon::current_thread_index().unwrap_or(0);
            // Nothing of a converter's memory is read before it is cleared, so a panic leaves no harm behind.
            let mut converter = converters[worker].lock().unwrap_or_else(PoisonError::into_inner);
            let (mut counts, mut refused) = (Counts::new(&plan.attributes), Vec::new());
            converter.set_reading(reading);
            let is_portrayed = is_first && config.report.is_some();
            converter.portray(is_portrayed.then(|| Portrait::new(plan.attributes.names().len())));
            converter.convert_chunk(&chunk, &mut lease.desk.rows, &mut counts, |line| {
                refused.push(line);
                if config.on_error == OnError::Fail { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let portrait = converter.portray(None);
            pack(compressions[chunk.file], &lease.desk.rows, &mut lease.desk.packed);
            Converted { lease, chunk, counts, refused, portrait }
        };
        let mut current = 0;
        let finish = |converted| {
            let Converted { mut lease, chunk, counts, refused, portrait } = converted;
            if is_last {
                files[current..chunk.file].iter().try_for_each(InputFile::check_length)?;
                current = chunk.file;
            }
            if let (Some(all), Some(part)) = (&mut books.portrait, &portrait) {
                all.merge(part);
            }
            if is_first {
                books.enter(&chunk, &counts, refused)?;
            }
            books.bytes_out = books.bytes_out.saturating_add(lease.desk.rows.length());
            progress(Progress { done: done_before + chunk.done, total });
            outputs.write(chunk.file, &lease.desk)?;
            lease.desk.block = chunk.into_block();
            Ok(())
        };
        pipeline::run(pool, depth, next, &work, finish, stop)?;
        ran.bytes_in = inputs.position();
    }
    outputs.finish()?;
    Ok(ran)
}

/// What is to be left out of published records.
struct Options {
    wanted: Wanted,
    split: Option<Split>,
    /// The system prompt is the record's own.
    own_system: bool,
}

impl Options {
    fn of(config: &Config) -> Result<Self, Error> {
        let wanted = config.only_attribute.as_ref();
        let unknown = |name: &String| Error::UnknownAttribute(name.clone());
        let position = |name: &String| config.format.attributes.position(name, 0).ok_or_else(|| unknown(name));
        let wanted = wanted.map(position).transpose()?;
        Ok(Self { wanted, split: config.split, own_system: config.format.system == SystemPrompt::Record })
    }

    fn reading(&self, form: Form, name: &str) -> Result<Reading, Error> {
        Reading::new(form, self.wanted, self.split, self.own_system).map_err(|Misfit { flag, needed }| Error::Misfit {
            name: name.to_owned(),
            form,
            flag,
            needed,
        })
    }
}

/// The first line that is not blank.
fn first_record(chunk: &[u8]) -> Option<&[u8]> {
    chunk.split(|&byte| byte == b'\n').find(|line| !is_blank(line))
}

fn workers(threads: Option<NonZeroUsize>) -> Result<ThreadPool, Error> {
    let threads = threads.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("worker-{index}"))
        .build()
        .map_err(|error| Error::Worker(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::mpsc::channel, thread, time::Duration};

    use super::*;
    use crate::{
        config::{Input, Output},
        converter::tests::PANIC,
    };

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
