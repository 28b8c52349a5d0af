//! The second stage of a pass: workers convert the chunks of jobs to rows, side by side.

use std::{
    io,
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
    thread::available_parallelism,
};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{
    buffers::Buffers,
    detect::ChunkSchema,
    jobs::{FileEnd, Job, Task},
    rejections::Rejections,
};
use crate::{
    config::{Compression, Config},
    converter::{Converter, RejectedLine, Sink},
    error::Error,
    lines::whole_lines,
    output::compress::compress,
    parse::options::ReadOptions,
    report::figures::Figures,
    rows::{Rows, compiled::CompiledFormat, groups::OpenGroups},
    summary::Counts,
};

/// The threads that convert. Each has its converter, whose memory is kept from chunk to chunk.
pub(super) struct Workers<'c> {
    config: &'c Config,
    pub(super) pool: ThreadPool,
    converters: Vec<Mutex<Converter>>,
}

/// What the writer takes, in the order of the inputs.
#[allow(clippy::large_enum_variant)] // the small one is rare
pub(super) enum Done {
    Converted(Converted),
    FinishFile(FileEnd),
}

/// A job that is done: the rows are in its buffers.
pub(super) struct Converted {
    pub(super) job: Job,
    pub(super) rejected: Rejections,
    pub(super) counts: Counts,
    pub(super) figures: Option<Figures>,
}

/// The counts of some lines of a chunk.
pub(super) struct Counted {
    pub(super) counts: Counts,
    pub(super) figures: Option<Figures>,
    pub(super) groups: OpenGroups,
}

impl<'c> Workers<'c> {
    /// Starts the threads.
    pub(super) fn start(config: &'c Config, format: &Arc<CompiledFormat>) -> Result<Self, Error> {
        let threads = config.threads.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let name = |index| format!("worker-{index}");
        let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build().map_err(|error| {
            let what = if threads == 1 { "a worker thread".to_owned() } else { format!("{threads} worker threads") };
            Error::threads(what, io::Error::other(error.to_string()))
        })?;
        let converters = (0..pool.current_num_threads()).map(|_| Mutex::new(converter(config, format))).collect();
        Ok(Self { config, pool, converters })
    }

    /// The number of threads.
    pub(super) fn count(&self) -> usize {
        self.converters.len()
    }

    /// Does a task on a thread of the pool, and with `with_figures` takes the figures for the report.
    pub(super) fn work(&self, task: Task, compressions: &[Compression], with_figures: bool) -> Done {
        match task {
            Task::Convert(job) => Done::Converted(self.convert(job, compressions, with_figures)),
            Task::FinishFile(end) => Done::FinishFile(end),
        }
    }

    fn convert(&self, mut job: Job, compressions: &[Compression], with_figures: bool) -> Converted {
        let worker = rayon::current_thread_index().unwrap_or(0);
        // Nothing of a converter's memory is read before it is cleared, so a panic leaves no harm behind.
        let mut converter = self.converters[worker].lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(converter.format(), &job.format) {
            *converter = self::converter(self.config, &job.format);
        }
        let Buffers { chunk, rows, compressed } = &mut job.lease.buffers;
        let (mut counts, mut rejected) = (Counts::default(), Rejections::default());
        let most = self.config.on_error.max_rejects();
        let tell = &mut |line: RejectedLine| {
            #[cfg(test)]
            assert_ne!(&chunk[line.range.clone()], super::tests::PANIC, "injected");
            rejected.push(line);
            // More than a whole run may have: the writer will end the run at one of them.
            let is_end = rejected.number() > most;
            if is_end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let mut figures = with_figures.then(Figures::default);
        let sink = &mut Sink { rows, counts: &mut counts, figures: figures.as_mut() };
        let _ = convert_lines(&mut converter, chunk, job.schema, job.options, sink, tell);
        compress(compressions[chunk.file], rows, compressed);
        Converted { job, rejected, counts, figures }
    }
}

impl Job {
    /// Counts the records of the chunk up to `end`, where a line ends.
    pub(super) fn count_up_to(&self, end: usize, config: &Config, with_figures: bool) -> Counted {
        let (mut counts, mut figures) = (Counts::default(), with_figures.then(Figures::default));
        let chunk = &self.lease.buffers.chunk[..end];
        let schema = ChunkSchema { from: self.schema.from.min(end), ..self.schema };
        let mut converter = converter(config, &self.format);
        let go_on = &mut |_| ControlFlow::Continue(());
        let mut rows = Rows::default();
        let sink = &mut Sink { rows: &mut rows, counts: &mut counts, figures: figures.as_mut() };
        let _ = convert_lines(&mut converter, chunk, schema, self.options, sink, go_on);
        Counted { counts, figures, groups: rows.take_groups() }
    }

    /// Makes the rejections behind the line of `last` again, until `rejected` breaks.
    pub(super) fn reject_behind(
        &self,
        last: &RejectedLine,
        config: &Config,
        rejected: &mut dyn FnMut(&RejectedLine) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        /// The bytes whose rows, which nobody needs, are in memory at a time.
        const SECTION: usize = 64 << 10;
        let chunk = &*self.lease.buffers.chunk;
        let mut converter = converter(config, &self.format);
        let (mut rows, mut counts) = (Rows::default(), Counts::default());
        let lines_before = last.lines_before + 1;
        let mut start = last.range.end + 1;
        while let Some(rest) = chunk.get(start..).filter(|rest| !rest.is_empty()) {
            let length = whole_lines(rest, SECTION).unwrap_or(rest.len());
            let schema = ChunkSchema { from: self.schema.from.saturating_sub(start).min(length), ..self.schema };
            let sink = &mut Sink { rows: &mut rows, counts: &mut counts, figures: None };
            convert_lines(&mut converter, &rest[..length], schema, self.options, sink, &mut |line| {
                let line = line.behind(start);
                rejected(&RejectedLine { lines_before: lines_before + line.lines_before, ..line })
            })?;
            rows.clear();
            start += length;
        }
        ControlFlow::Continue(())
    }
}

pub(super) fn converter(config: &Config, format: &Arc<CompiledFormat>) -> Converter {
    let mut converter = Converter::with_compiled(config.parser, Arc::clone(format));
    config.mask.iter().for_each(|mask| converter.set_mask(mask));
    converter
}

/// Converts a chunk: the lines before `schema.from` as records of no schema, the others by `options`.
fn convert_lines(
    converter: &mut Converter,
    chunk: &[u8],
    schema: ChunkSchema,
    options: ReadOptions,
    sink: &mut Sink<'_>,
    rejected: &mut dyn FnMut(RejectedLine) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let (unknown, known) = chunk.split_at(schema.from);
    [(unknown, 0, ReadOptions::Unknown), (known, schema.from, options)].into_iter().try_for_each(
        |(lines, start, options)| {
            let is_detected = schema.detected.is_some();
            converter.convert_chunk(lines, options, is_detected, sink, &mut |line| rejected(line.behind(start)))
        },
    )
}
