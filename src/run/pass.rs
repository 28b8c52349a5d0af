//! One pass over the inputs: three stages, joined by the pipeline.

use std::{
    io::{self, Read},
    ops::Range,
};

use super::{
    buffers::BufferPool,
    groups::GroupJoiner,
    jobs::JobReader,
    options::SchemaOptions,
    pipeline,
    progress::ProgressMeter,
    tally::Tally,
    workers::Workers,
    writer::{PassTotals, ResultWriter},
};
use crate::{
    config::{Compression, Config},
    error::Error,
    input::{InputFile, Inputs, Reading, WaitEnds},
    output::Outputs,
    rows::Rows,
};

/// The most bytes of a row that do not depend on its record. If there are more (a long prompt or template, many
/// attributes), chunks are made smaller, so that their rows do not take more memory.
const FIXED_LENGTH: usize = 2 << 10;

/// One pass over some inputs: these, the workers and the outputs.
pub(super) struct Pass<'p, 'c> {
    pub(super) config: &'c Config,
    pub(super) files: &'p [InputFile],
    /// The indices of the files that are converted.
    pub(super) range: Range<usize>,
    /// The reader that replaces the inputs, of `convert_stream`.
    pub(super) reader: Option<&'p mut (dyn Read + Send)>,
    pub(super) buffers: &'p BufferPool,
    pub(super) workers: &'p Workers<'c>,
    pub(super) options: &'p mut SchemaOptions<'c>,
    pub(super) tally: &'p mut Tally,
    pub(super) outputs: &'p mut Outputs<'c>,
    /// The compression of the rows of each file.
    pub(super) compressions: &'p [Compression],
    pub(super) progress: ProgressMeter<'p>,
    /// The totals of the first pass over these files, in the other passes.
    pub(super) expected: Option<&'p PassTotals>,
    pub(super) is_last: bool,
}

impl Pass<'_, '_> {
    /// Sends all chunks of the inputs through the pipeline. `totals` is updated after each chunk, so it is valid
    /// after a failure, too.
    pub(super) fn run(self, totals: &mut PassTotals) -> Result<(), Error> {
        let Self { config, files, workers, outputs, .. } = self;
        let (stopped, stop) = io::pipe().map_err(Error::io("open", "a pipe"))?;
        let chunk_size = config.chunk_size / self.options.format.fixed_length().div_ceil(FIXED_LENGTH).max(1);
        let Range { start, end } = self.range;
        let reading = Reading {
            chunk_size,
            max_line: config.max_line,
            mmap: config.mmap.is_auto(),
            // Each chunk is a member of a compressed output, whose bytes must not depend on the moment.
            ends_in_silence: self.compressions.iter().all(|&compression| compression == Compression::None),
        };
        let output = outputs.pipe().map_err(Error::io("open", "the output"))?;
        let inputs = Inputs::new(&files[..end], start, self.reader, reading, WaitEnds { stop: stopped.into(), output });
        let is_first = self.expected.is_none();
        let with_figures = is_first && self.tally.books.figures.is_some();

        let mut reader = JobReader::new(config, files, inputs, self.options, self.buffers);
        let mut writer = ResultWriter {
            config,
            files,
            tally: self.tally,
            is_first,
            outputs,
            compressions: self.compressions,
            totals,
            expected: self.expected,
            progress: self.progress,
            is_last: self.is_last,
            groups: GroupJoiner::default(),
            ended: Rows::repeated(config.repeat_each),
            compressed: Vec::new(),
            file: start,
            end,
            before_file: PassTotals::default(),
        };
        pipeline::run(
            &workers.pool,
            self.buffers.number(),
            || reader.next(),
            &|task| workers.work(task, self.compressions, with_figures),
            |done| writer.take(done),
            stop,
        )
    }
}
