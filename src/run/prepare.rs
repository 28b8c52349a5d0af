//! The beginning of a run: all checks that need no conversion are made before a byte is converted, and before an existing
//! file is changed.

use std::{path::Path, sync::Arc, time::Instant};

use super::{options::SchemaOptions, output_names, same_file, tally::Tally, workers::Workers};
use crate::{
    config::Config,
    error::Error,
    input::InputFile,
    output::{Outputs, file::OutputFile, target::Target},
    report::figures::Figures,
    setting::Setting,
};

/// A run that is ready to convert: its inputs are inspected and its outputs open.
pub(super) struct Prepared<'c> {
    pub(super) started: Instant,
    pub(super) config: &'c Config,
    pub(super) files: Arc<[InputFile]>,
    pub(super) options: SchemaOptions<'c>,
    pub(super) workers: Workers<'c>,
    pub(super) outputs: Outputs,
    pub(super) tally: Tally,
    pub(super) stats: Option<OutputFile>,
    pub(super) report: Option<OutputFile>,
}

impl<'c> Prepared<'c> {
    /// Inspects the inputs, checks that each file has one use and a name that fits, and opens the outputs.
    pub(super) fn new(config: &'c Config) -> Result<Self, Error> {
        let started = Instant::now();
        let mut options = SchemaOptions::new(config)?;
        let files = InputFile::inspect(config)?;
        let targets = Target::all(config)?;
        same_file::check(config, &files, &targets)?;
        output_names::check(config, &targets)?;
        if let (Some(schema), Some(file)) = (config.schema, files.first()) {
            options.choose(schema, &file.name)?;
        }
        let workers = Workers::start(config, &options.format)?;
        let outputs = Outputs::create(config, &targets)?;
        let files = Arc::from(files);
        let mut tally = Tally::open(Arc::clone(&files), config)?;
        let stats = open(config.stats.as_deref(), Setting::Stats)?;
        let report = open(config.report.as_deref(), Setting::Report)?;
        tally.figures = report.as_ref().map(|_| Figures::default());
        Ok(Self { started, config, files, options, workers, outputs, tally, stats, report })
    }
}

fn open(path: Option<&Path>, setting: Setting) -> Result<Option<OutputFile>, Error> {
    path.map(|path| OutputFile::create_or_stdout(path, setting)).transpose()
}
