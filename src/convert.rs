//! A whole run: opens everything, sends the chunks through the pipeline, and puts the output in its place.

use std::{
    fs::{self, Metadata},
    io,
    num::NonZeroUsize,
    ops::ControlFlow,
    os::{fd::OwnedFd, unix::fs::MetadataExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread::available_parallelism,
    time::Instant,
};

use rayon::{ThreadPool, ThreadPoolBuilder};
use rustix::pipe::PipeFlags;

use crate::{
    books::Books,
    config::{self, Config, OnError},
    converter::{Converter, RefusedLine},
    desk::{Desks, Lease},
    error::Error,
    input::{Chunk, Source},
    output::{Output, directory_of, stdout_metadata, target_of},
    pipeline,
    rejects::Rejects,
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
    let (stopped, stop) =
        rustix::pipe::pipe_with(PipeFlags::CLOEXEC).map_err(|error| Error::io("open", "a pipe")(error.into()))?;
    let mut source = Source::open(&config.input, config.chunk_size.max(1), config.mmap, stopped)?;
    refuse_same_files(config, &source)?;
    let pool = workers(config.threads)?;
    let mut output = match &config.output {
        config::Output::Stdout => Some(Output::stdout()?),
        config::Output::Path(path) => Some(Output::create(path)?),
        config::Output::Check => None,
    };
    let mut books = Books::open(source.name.clone(), &config.on_error)?;
    let stats = config.stats.as_deref().map(Output::create).transpose()?;

    let ran = run(config, &pool, &mut source, output.as_mut(), &mut books, progress, stop);
    if source.is_shortened() {
        let error = io::Error::other("the file was shortened while it was converted");
        return Err(Error::io("read", &source.name)(error));
    }
    ran?;

    let summary = Summary {
        counts: books.counts,
        bytes_in: source.position(),
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
    source: &mut Source,
    mut output: Option<&mut Output>,
    books: &mut Books,
    progress: &(dyn Fn(Progress) + Sync),
    stop: OwnedFd,
) -> Result<(), Error> {
    let threads = pool.current_num_threads();
    let depth = DESKS_PER_THREAD * threads;
    let desks = Desks::new(depth);
    let converters: Vec<_> = (0..threads).map(|_| Mutex::new(Converter::new(config.parser))).collect();
    let total = source.length;
    progress(Progress { done: 0, total });

    let next = || {
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
    let finish = |converted| {
        let Converted { mut lease, chunk, counts, refused } = converted;
        books.enter(&chunk, &counts, refused, lease.desk.rows.length())?;
        progress(Progress { done: chunk.end(), total });
        lease.desk.block = chunk.into_block();
        output.as_deref_mut().map_or(Ok(()), |output| output.write(&lease.desk.rows))
    };
    pipeline::run(pool, depth, next, &work, finish, stop)
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
fn refuse_same_files(config: &Config, source: &Source) -> Result<(), Error> {
    let rejects = match &config.on_error {
        OnError::Skip { rejects, .. } => rejects.as_deref(),
        OnError::Fail => None,
    };
    let output = match &config.output {
        config::Output::Path(path) => Some(Role::path(path)),
        config::Output::Stdout => Some(Role { name: "<stdout>".to_owned(), file: stdout_metadata(), place: None }),
        config::Output::Check => None,
    };
    let others = [rejects, config.stats.as_deref()].into_iter().flatten().map(Role::path);
    let mut roles = vec![Role { name: source.name.clone(), file: Some(source.metadata.clone()), place: None }];
    for role in output.into_iter().chain(others) {
        if let Some(other) = roles.iter().find(|other| other.is_same(&role)) {
            return Err(Error::SameFile { first: other.name.clone(), second: role.name });
        }
        roles.push(role);
    }
    Ok(())
}

/// A file with a role in a run.
struct Role {
    /// As it was given.
    name: String,
    /// If the file exists.
    file: Option<Metadata>,
    /// Where it will be if it does not.
    place: Option<PathBuf>,
}

impl Role {
    fn path(path: &Path) -> Self {
        let target = target_of(path).unwrap_or_else(|_| path.to_owned());
        let place = fs::canonicalize(directory_of(&target)).ok().zip(target.file_name());
        Self {
            name: path.display().to_string(),
            file: fs::metadata(path).ok(),
            place: place.map(|(directory, name)| directory.join(name)),
        }
    }

    /// Several roles for one device, such as /dev/null, do no harm.
    fn is_same(&self, other: &Self) -> bool {
        match (&self.file, &other.file) {
            (Some(a), Some(b)) => a.is_file() && (a.dev(), a.ino()) == (b.dev(), b.ino()),
            (None, None) => self.place.is_some() && self.place == other.place,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc::channel, thread, time::Duration};

    use super::*;
    use crate::converter::tests::PANIC;

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
            ..Config::new(config::Input::Path(input), config::Output::Path(output.clone()))
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
