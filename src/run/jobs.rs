//! The first stage of a pass: chunks of the inputs become jobs for the workers.

use std::sync::Arc;

use super::{
    buffers::{BufferPool, Lease},
    detect::{ChunkSchema, Detector},
    options::SchemaOptions,
};
use crate::{
    config::Config,
    error::Error,
    input::{InputFile, Inputs},
    parse::options::ReadOptions,
    rows::compiled::CompiledFormat,
};

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

    /// The next job; `None` at the end of the inputs. Waits until there are free buffers.
    pub(super) fn next(&mut self) -> Result<Option<Job>, Error> {
        if let Some(error) = self.held_back.take() {
            return Err(error);
        }
        let mut lease = self.buffers.take();
        let chunk = &mut lease.buffers.chunk;
        if !self.inputs.read(chunk)? {
            return Ok(None);
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
        Ok(Some(Job { lease, schema, format: Arc::clone(&self.options.format), options }))
    }

    /// Bytes of input that were read so far, decompressed.
    pub(super) fn position(&self) -> u64 {
        self.inputs.position()
    }
}
