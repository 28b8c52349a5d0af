//! A whole run: opens everything, sends the chunks through the pipeline, and puts the output in its place.

use std::{
    fs::{self, Metadata},
    num::NonZeroUsize,
    ops::ControlFlow,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
    thread::available_parallelism,
    time::Instant,
};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::{
    books::Books,
    config::{self, Config, OnError},
    converter::{Converter, RefusedLine},
    desk::{Desks, Lease},
    error::Error,
    input::{Chunk, Source},
    output::{Output, target_of},
    pipeline,
    rejects::Rejects,
    summary::{Counts, Summary},
};

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
    let source = Source::open(&config.input, config.chunk_size.max(1), config.mmap)?;
    refuse_same_files(config, &source.metadata)?;
    let pool = workers(config.threads)?;
    let output = match &config.output {
        config::Output::Stdout => Some(Output::stdout()?),
        config::Output::Path(path) => Some(Output::create(path)?),
        config::Output::Check => None,
    };
    let mut books = Books::open(source.name.clone(), &config.on_error)?;
    let stats = config.stats.as_deref().map(Output::create).transpose()?;

    run(config, &pool, source, output.as_ref(), &mut books, progress)?;

    let summary = Summary {
        counts: books.counts,
        bytes_in: books.bytes_in,
        bytes_out: books.bytes_out,
        seconds: started.elapsed().as_secs_f64(),
        threads: pool.current_num_threads(),
    };
    let rejects = books.rejects.map(Rejects::finish).transpose()?;
    if let Some(stats) = &stats {
        stats.write_json(&summary)?;
    }
    // All is written; from here on files are only renamed. The output comes last: if it is there, all is.
    [rejects, stats, output].into_iter().flatten().try_for_each(Output::commit)?;
    Ok(summary)
}

/// A chunk with what a worker made of it; the rows are on the desk.
struct Converted {
    lease: Lease,
    chunk: Chunk,
    counts: Counts,
    refused: Vec<RefusedLine>,
}

/// Sends all chunks of `source` through the pipeline. `output` is complete on success, but not in its place.
fn run(
    config: &Config,
    pool: &ThreadPool,
    mut source: Source,
    output: Option<&Output>,
    books: &mut Books,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(), Error> {
    let threads = pool.current_num_threads();
    // For each worker a chunk to work on, one to come next and one being written, and two for the ends.
    let depth = 3 * threads + 2;
    let desks = Desks::new(depth);
    let converters: Vec<_> = (0..threads).map(|_| Mutex::new(Converter::new(config.parser))).collect();
    let write_error = OnceLock::new();
    let total = source.length;
    progress(Progress { done: 0, total });

    let next = || {
        if write_error.get().is_some() {
            return Ok(None);
        }
        let mut lease = desks.take();
        let block = std::mem::take(&mut lease.desk.block);
        Ok(source.next(block)?.map(|chunk| (lease, chunk)))
    };
    let work = |(mut lease, chunk): (Lease, Chunk)| {
        let worker = rayon::current_thread_index().unwrap_or(0);
        // Nothing of a converter's memory is read before it is cleared, so a panic leaves no harm behind.
        let mut converter = converters[worker].lock().unwrap_or_else(PoisonError::into_inner);
        let (mut counts, mut refused) = (Counts::default(), Vec::new());
        converter.convert_chunk(&chunk, &mut lease.desk.rows, &mut counts, |line| {
            refused.push(line);
            if config.on_error == OnError::Fail { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        Converted { lease, chunk, counts, refused }
    };
    let failed = &write_error;
    pipeline::run(pool, depth, next, &work, |scope, converted| {
        let Converted { mut lease, chunk, counts, refused } = converted;
        let offset = books.enter(&chunk, &counts, refused, lease.desk.rows.length())?;
        progress(Progress { done: books.bytes_in, total });
        lease.desk.block = chunk.into_block();
        match output {
            // One thread that copies everything to the page cache is slower than the workers together.
            Some(output) if output.has_places() => {
                scope.spawn(move |_| {
                    if let Err(error) = output.write_at(&lease.desk.rows, offset) {
                        // The first one is as good as any.
                        let _ = failed.set(error);
                    }
                });
            }
            Some(output) => output.write(&lease.desk.rows)?,
            None => {}
        }
        Ok(())
    })?;
    write_error.into_inner().map_or(Ok(()), Err)
}

fn workers(threads: Option<NonZeroUsize>) -> Result<ThreadPool, Error> {
    let threads = threads.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("worker-{index}"))
        .build()
        .map_err(|error| Error::Worker(error.to_string()))
}

/// Refuses a run in which one file has two roles, before any of them is opened for writing.
fn refuse_same_files(config: &Config, input: &Metadata) -> Result<(), Error> {
    let mut files: Vec<(PathBuf, Option<Metadata>)> = Vec::new();
    files.push(match &config.input {
        config::Input::Stdin => ("<stdin>".into(), Some(input.clone())),
        config::Input::Path(path) => (path.clone(), Some(input.clone())),
    });
    let output = match &config.output {
        config::Output::Path(path) => Some(path),
        config::Output::Stdout | config::Output::Check => None,
    };
    let rejects = match &config.on_error {
        OnError::Skip { rejects, .. } => rejects.as_ref(),
        OnError::Fail => None,
    };
    for path in [output, rejects, config.stats.as_ref()].into_iter().flatten() {
        let metadata = fs::metadata(path).ok();
        if let Some((first, _)) =
            files.iter().find(|(other, its)| is_same(other, its.as_ref(), path, metadata.as_ref()))
        {
            return Err(Error::SameFile { first: first.clone(), second: path.clone() });
        }
        files.push((path.clone(), metadata));
    }
    Ok(())
}

fn is_same(a: &Path, a_metadata: Option<&Metadata>, b: &Path, b_metadata: Option<&Metadata>) -> bool {
    match (a_metadata, b_metadata) {
        // Several roles for one device, such as /dev/null, do no harm.
        (Some(a), Some(b)) => a.is_file() && (a.dev(), a.ino()) == (b.dev(), b.ino()),
        (None, None) => {
            target_of(a).ok().and_then(|a| std::path::absolute(a).ok())
                == target_of(b).ok().and_then(|b| std::path::absolute(b).ok())
        }
        _ => false,
    }
}
