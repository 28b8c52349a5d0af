//! The first stage of a pass: chunks of the inputs become jobs for the workers, and between them the ends of files are told.

use std::sync::Arc;

use super::{
    buffers::{BufferPool, Lease},
    detect::{ChunkSchema, Detector},
    options::SchemaOptions,
};
use crate::{
    config::Config,
    error::Error,
    input::{InputFile, Inputs, Next},
    parse::options::ReadOptions,
    rows::compiled::CompiledFormat,
};

/// What the reader hands on, in the order of the inputs.
#[allow(clippy::large_enum_variant)] // the small one is rare
pub(super) enum Task {
    Convert(Job),
    FinishFile(FileEnd),
}

/// The end of a file: no chunk of it follows.
pub(super) struct FileEnd {
    /// The index of the file.
    pub(super) file: usize,
    /// Its bytes, decompressed, or why it cannot be read to its end.
    pub(super) read: Result<u64, Error>,
}

/// A chunk with its schema, row format and read options.
pub(super) struct Job {
    pub(super) lease: Lease,
    pub(super) schema: ChunkSchema,
    pub(super) format: Arc<CompiledFormat>,
    /// The read options from `schema.from` on.
    pub(super) options: ReadOptions,
}

/// Reads the inputs chunk by chunk, and finds out the schema of each.
pub(super) struct JobReader<'p, 'c> {
    config: &'c Config,
    files: &'p [InputFile],
    inputs: Inputs<'p>,
    detector: Detector<'p>,
    options: &'p mut SchemaOptions<'c>,
    buffers: &'p BufferPool,
    /// An error about the records from some line on, held back until those before it are converted.
    held_back: Option<Error>,
}

impl<'p, 'c> JobReader<'p, 'c> {
    pub(super) fn new(
        config: &'c Config,
        files: &'p [InputFile],
        inputs: Inputs<'p>,
        options: &'p mut SchemaOptions<'c>,
        buffers: &'p BufferPool,
    ) -> Self {
        Self {
            config,
            files,
            inputs,
            detector: Detector::new(files, config.max_line),
            options,
            buffers,
            held_back: None,
        }
    }

    /// The next task; `None` at the end of the inputs. Waits until there are free buffers.
    ///
    /// If the run keeps going, an error ends a file only.
    pub(super) fn next(&mut self) -> Result<Option<Task>, Error> {
        match self.read() {
            Err(error) if self.config.keep_going => {
                let file = self.inputs.next_file();
                Ok(Some(Task::FinishFile(FileEnd { file, read: Err(error) })))
            }
            read => read,
        }
    }

    fn read(&mut self) -> Result<Option<Task>, Error> {
        if let Some(error) = self.held_back.take() {
            return Err(error);
        }
        let mut lease = self.buffers.take();
        let chunk = &mut lease.buffers.chunk;
        match self.inputs.read(chunk)? {
            Next::Lines => {}
            Next::EndOfFile(file, bytes) => return Ok(Some(Task::FinishFile(FileEnd { file, read: Ok(bytes) }))),
            Next::End => return Ok(None),
        }
        let mut schema = match self.config.schema {
            Some(schema) => ChunkSchema::named(schema),
            None => self.detector.look(chunk)?,
        };
        let chosen = schema.schema.map(|schema| self.options.choose(schema, &self.files[chunk.file].name));
        let options = chosen.transpose().unwrap_or_else(|error| {
            self.held_back = Some(error);
            chunk.truncate(schema.from);
            schema = ChunkSchema::unknown(schema.from);
            None
        });
        let options = options.unwrap_or(ReadOptions::Unknown);
        Ok(Some(Task::Convert(Job { lease, schema, format: Arc::clone(&self.options.format), options })))
    }
}
