//! The beginning of a run: all checks that need no conversion are made before a byte is converted, and before an existing
//! file is changed.

use std::{
    io::{Read, Write},
    path::Path,
    sync::Arc,
    time::Instant,
};

use super::{options::SchemaOptions, output_names, same_file, shards, tally::Tally, workers::Workers};
use crate::{
    config::{Config, Output},
    error::Error,
    input::InputFile,
    output::{Outputs, file::OutputFile, target::Target},
    setting::{Setting, message},
};

/// The reader and the writer of `convert_stream`.
pub(super) struct Streams<'s> {
    pub(super) reader: &'s mut (dyn Read + Send),
    pub(super) writer: Box<dyn Write + Send + 's>,
}

/// A run that is ready to convert: its inputs are inspected and its outputs open.
pub(super) struct Prepared<'c> {
    pub(super) started: Instant,
    pub(super) config: &'c Config,
    pub(super) files: Arc<[InputFile]>,
    pub(super) options: SchemaOptions<'c>,
    pub(super) workers: Workers<'c>,
    /// The reader that replaces the inputs, of `convert_stream`.
    pub(super) reader: Option<&'c mut (dyn Read + Send)>,
    pub(super) outputs: Outputs<'c>,
    pub(super) tally: Tally,
    pub(super) stats: Option<OutputFile<'static>>,
    pub(super) report: Option<OutputFile<'static>>,
}

impl<'c> Prepared<'c> {
    /// Inspects the inputs, checks that each file has one use and a name that fits, and opens the outputs.
    pub(super) fn new(config: &'c Config) -> Result<Self, Error> {
        Self::with_streams(config, None)
    }

    /// As [`new`](Self::new), with streams of the caller in place of the inputs and outputs.
    pub(super) fn with_streams(config: &'c Config, streams: Option<Streams<'c>>) -> Result<Self, Error> {
        let started = Instant::now();
        if config.keep_going && !matches!(config.output, Output::Directory(_)) {
            let reason = message!("is one for all inputs, so none of them can be left out (", Setting::KeepGoing, ")");
            return Err(Error::unusable("the output", reason));
        }
        let mut options = SchemaOptions::new(config)?;
        let mut files = match &streams {
            None => InputFile::inspect(config)?,
            Some(_) => vec![InputFile::from_reader(config)?],
        };
        let targets = Target::all(config)?;
        same_file::check(config, &files, &targets)?;
        output_names::check(config, &targets)?;
        if let (Some(schema), Some(file)) = (config.schema, files.first()) {
            options.choose(schema, &file.name)?;
        }
        shards::cut(&mut files, config, &mut options)?;
        let workers = Workers::start(config, &options.format)?;
        let (reader, outputs) = match streams {
            None => (None, Outputs::create(config, targets)?),
            Some(Streams { reader, writer }) => (Some(reader), Outputs::from_writer(config, writer)?),
        };
        let files = Arc::from(files);
        let tally = Tally::open(Arc::clone(&files), config)?;
        let stats = open(config.stats.as_deref(), Setting::Stats, config.sync)?;
        let report = open(config.report.as_deref(), Setting::Report, config.sync)?;
        Ok(Self { started, config, files, options, workers, reader, outputs, tally, stats, report })
    }
}

fn open(path: Option<&Path>, setting: Setting, sync: bool) -> Result<Option<OutputFile<'static>>, Error> {
    path.map(|path| OutputFile::create_or_stdout(path, setting, sync)).transpose()
}
