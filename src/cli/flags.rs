//! The flags, and the configuration of the library that they describe.

use std::{
    ffi::OsString,
    io::IsTerminal,
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use bytesize::ByteSize;
use clap::{CommandFactory, Error, Parser as _, ValueHint};
use clap_complete::Shell;

use super::{
    arguments,
    flag_names::flag,
    help::{self, BAD_RECORDS, CHECKS, INPUT, OUTPUT, RUNNING},
    log::{LogFormat, Ticker},
    misuse::{conflict, invalid, lacking},
    row_flags::RowFlags,
    values::{self, OrAuto},
};
use crate::{
    Compression, Config, ErrorKind, Input, MmapChoice, OnError, Output, Parser, RowFormat, Schema, Setting, Shard,
    Split, SystemPrompt,
};

/// Abbreviations of the two flags of NeMo-Aligner's script, which its `argparse` accepts.
const INPUT_FILE: [&str; 8] = ["i", "in", "inp", "inpu", "input-", "input-f", "input-fi", "input-fil"];
const OUTPUT_FILE: [&str; 9] = ["o", "ou", "out", "outp", "outpu", "output-", "output-f", "output-fi", "output-fil"];

/// The library's defaults, as a person writes them.
const DEFAULT_CHUNK_SIZE: &str = "512KiB";
const DEFAULT_MAX_LINE: &str = "1GiB";

/// Convert SteerLM conversations to training data for a regression reward model
///
/// Reads JSON Lines of conversations whose turns carry labels such as "helpfulness:3,correctness:4" and writes a row
/// {"text", "label"} for each labelled turn: the bytes that NeMo-Aligner's process_to_regression_format.py writes, in the
/// same order. HelpSteer (1 to 3), HelpSteer2-Preference and OpenAssistant are also read as they were published.
#[derive(Debug, clap::Parser)]
#[command(name = "steer2reg", version = help::version(), max_term_width = 100, override_usage = help::USAGE)]
#[command(after_help = help::SHORT, after_long_help = help::long(), disable_help_flag = true, disable_version_flag = true)]
#[allow(clippy::struct_excessive_bools)] // each is a flag
pub(super) struct Cli {
    /// Records as JSON Lines, also gzip or zstd; "-" is standard input
    ///
    /// May be given several times: the inputs are converted one after the other.
    #[arg(short, long, value_name = "IN", required_unless_present_any = ["more_inputs", "completions", "man"], visible_alias = "input", aliases = INPUT_FILE, help_heading = INPUT)]
    input_file: Vec<PathBuf>,

    /// More inputs, converted after those of --input-file
    #[arg(value_name = "IN", help_heading = INPUT)]
    more_inputs: Vec<PathBuf>,

    /// auto, sft, helpsteer (1 and 2), helpsteer2-preference, helpsteer3 or oasst
    ///
    /// The schema of the records: attribute-conditioned SFT conversations (sft), or HelpSteer (1 and 2),
    /// HelpSteer2-Preference, HelpSteer3's preference records or OpenAssistant trees as published. With "auto" the first
    /// record with the keys of a known schema decides, for each input.
    #[arg(long, value_name = "SCHEMA", value_parser = values::schema(), default_value = "auto", hide_default_value = true, hide_possible_values = true, help_heading = INPUT)]
    from: OrAuto<Schema>,

    /// The user's name, for SFT records without a "mask"
    ///
    /// The mask of SFT records that have none: the name of the speaker who is the user. For example: --mask human
    #[arg(long, value_name = "NAME", help_heading = INPUT)]
    mask: Option<String>,

    /// Keep only this attribute's score (HelpSteer)
    #[arg(long, value_name = "NAME", value_parser = values::attribute(), hide_possible_values = true, help_heading = INPUT)]
    only_attribute: Option<String>,

    /// Keep only "train", or only "val" (HelpSteer2-Preference)
    ///
    /// Keep only the records of this split of HelpSteer2-Preference; every split that is not "train" is "val".
    #[arg(long, value_name = "SPLIT", value_parser = values::split(), hide_possible_values = true, help_heading = INPUT)]
    split: Option<Split>,

    /// Convert only part I of N, I from 0; all N together are the whole
    ///
    /// Convert only the I-th of N equal byte ranges of the inputs, in whole lines. The outputs of all N, one after the other,
    /// are the whole output. For array jobs: --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
    #[arg(long, value_name = "I/N", value_parser = values::shard, allow_hyphen_values = true, help_heading = INPUT)]
    shard: Option<Shard>,

    /// With --shard: keep K adjacent lines in one shard, for example 2 for pairs
    #[arg(long, value_name = "K", default_value = "1", hide_default_value = true, requires = "shard", value_parser = values::group, allow_hyphen_values = true, help_heading = INPUT)]
    group_lines: NonZeroU64,

    /// The file of the rows; "-" is standard output
    ///
    /// A regular file appears only when it is complete; until then an old file of that name stays as it is.
    #[arg(short, long, value_name = "OUT", required_unless_present_any = ["output_dir", "check", "completions", "man"], visible_alias = "output", aliases = OUTPUT_FILE, help_heading = OUTPUT)]
    output_file: Option<PathBuf>,

    /// A folder in which each input gets a file of its name
    ///
    /// The folder is made if it is missing. Each file appears as soon as it is complete, in the order of the inputs.
    /// --compression sets their extension.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "output_file", help_heading = OUTPUT)]
    output_dir: Option<PathBuf>,

    /// auto (by the name: .gz, .zst), none, gzip or zstd
    #[arg(long, value_name = "HOW", value_parser = values::compression(), default_value = "auto", hide_default_value = true, hide_possible_values = true, help_heading = OUTPUT)]
    compression: OrAuto<Compression>,

    /// Sync the files to the disk
    ///
    /// Sync all files to the disk (fsync), and then their folders, before the run succeeds: they outlive a power failure. A
    /// file gets its name only after its content is on the disk. Pipes, devices and standard output are not synced.
    #[arg(long, hide_short_help = true, help_heading = OUTPUT)]
    sync: bool,

    /// Write the summary as JSON
    ///
    /// The summary with counts, and scores by attribute, as JSON; "-" is standard output.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    stats: Option<PathBuf>,

    /// Write an HTML page on what the rows hold
    ///
    /// Write a page on what the rows hold: warnings, example rows, scores, missing shares, correlations, lengths, turns,
    /// speakers and rejected records; "-" is standard output. For example: --report report.html
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    report: Option<PathBuf>,

    #[command(flatten)]
    rows: RowFlags,

    /// Convert and count, but write no rows
    ///
    /// For example: --check --stats stats.json
    #[arg(long, conflicts_with_all = ["output_file", "output_dir"], help_heading = CHECKS)]
    check: bool,

    /// Stop at the first bad record (fail), or leave bad ones out (skip)
    #[arg(long, value_name = "fail|skip", value_parser = values::on_error(), default_value = "fail", hide_default_value = true, hide_possible_values = true, help_heading = BAD_RECORDS)]
    on_error: OnError,

    /// With skip: write bad records with position and reason to FILE
    ///
    /// With "--on-error skip": write each bad record with its position and the reason to FILE, as JSON Lines; "-" is standard
    /// output.
    #[arg(long, value_name = "FILE", help_heading = BAD_RECORDS)]
    rejects: Option<PathBuf>,

    /// With skip: fail if more than N records are bad
    #[arg(long, value_name = "N", value_parser = values::rejects, allow_hyphen_values = true, help_heading = BAD_RECORDS)]
    max_rejects: Option<u64>,

    /// Succeed even if every record is bad
    ///
    /// Succeed, with an output without rows, even if every record is bad or none is of a known schema. Without it that is a
    /// failure.
    #[arg(long, help_heading = BAD_RECORDS)]
    allow_empty: bool,

    /// Leave out inputs with an error, and convert the others
    ///
    /// With --output-dir: leave out an input that has a bad record or cannot be read, report it, and convert the others. The
    /// status is 1 then.
    #[arg(long, hide_short_help = true, help_heading = BAD_RECORDS)]
    keep_going: bool,

    /// Worker threads, 1 to 1024 [default: one for each core]
    #[arg(short = 'j', long, value_name = "N", value_parser = values::threads, allow_hyphen_values = true, help_heading = RUNNING)]
    threads: Option<NonZeroUsize>,

    /// No progress bar and no summary; warnings and errors only
    #[arg(short, long, help_heading = RUNNING)]
    quiet: bool,

    /// auto (on a terminal), always or never
    ///
    /// When to show a progress bar on standard error.
    #[arg(long, value_name = "WHEN", value_parser = values::when(), default_value = "auto", hide_default_value = true, hide_possible_values = true, help_heading = RUNNING)]
    progress: OrAuto<bool>,

    /// Messages as text, or as JSON Lines for a machine: text or json
    ///
    /// With "json" each message on standard error is a JSON object on a line: with time (seconds since 1970), level, event
    /// and message, and for an error about a record with file, line, byte, kind and reason. Wrong usage is reported as text.
    #[arg(long, value_name = "FORMAT", value_parser = values::log_format(), default_value = "text", hide_default_value = true, hide_possible_values = true, hide_short_help = true, help_heading = RUNNING)]
    log_format: LogFormat,

    /// Seconds between two messages about the progress, where there is no bar
    ///
    /// Without a terminal, or with "--log-format json", a message tells now and then how far the run is. There is none with
    /// "--progress never" and with "--quiet".
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, default_value = "30", hide_short_help = true, allow_hyphen_values = true, help_heading = RUNNING)]
    progress_interval: Duration,

    /// Input that a worker takes at a time, 1B to 1GiB
    ///
    /// KiB is 1024 bytes, KB is 1000. Chunks are smaller where rows are much longer than their records.
    #[arg(long, value_name = "SIZE", default_value = DEFAULT_CHUNK_SIZE, value_parser = values::chunk_size, allow_hyphen_values = true, help_heading = RUNNING)]
    chunk_size: ByteSize,

    /// The longest line that is read: a longer one ends the run
    ///
    /// A file of another kind may have no line feeds at all, and a line needs a few times its length in memory. It ends the run
    /// also with "--on-error skip": where such a line ends, and the next record begins, is known only behind it.
    #[arg(long, value_name = "SIZE", default_value = DEFAULT_MAX_LINE, value_parser = values::line_size, allow_hyphen_values = true, hide_short_help = true, help_heading = RUNNING)]
    max_line: ByteSize,

    /// Read the input rather than map it to memory
    ///
    /// A mapped file must not be shortened while it is converted. Standard input, pipes and devices are always read.
    #[arg(long, help_heading = RUNNING)]
    no_mmap: bool,

    /// Parse with the pass-through scanner first (auto), or with simd-json only (slower, same rows).
    #[arg(long, value_name = "PARSER", value_parser = values::parser(), default_value = "auto", hide = true, help_heading = RUNNING)]
    parser: Parser,

    /// Print the completions of a shell (bash, zsh, fish, …)
    ///
    /// For example: steer2reg --completions bash
    #[arg(long, value_name = "SHELL", exclusive = true, hide_possible_values = true, help_heading = RUNNING)]
    completions: Option<Shell>,

    /// Print the man page
    ///
    /// For example: steer2reg --man > steer2reg.1
    #[arg(long, exclusive = true, help_heading = RUNNING)]
    man: bool,

    /// Print help: -h on one screen, --help with all details
    #[arg(short, long, action = clap::ArgAction::Help, help_heading = RUNNING)]
    help: Option<bool>,

    /// Print version, commit and the vectors in use
    #[arg(short = 'V', long, action = clap::ArgAction::Version, help_heading = RUNNING)]
    version: Option<bool>,

    /// The rows that the flags describe, once they are checked.
    #[arg(skip)]
    format: RowFormat,
}

impl Cli {
    /// Parses the arguments of a process, the name of the program first.
    pub(super) fn from_arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        let command = Self::command();
        let arguments = arguments::joined(&command, arguments).map_err(with_usage)?;
        let parsed = Self::try_parse_from(&arguments);
        let mut cli = parsed.map_err(|error| arguments::with_flag(&error, &arguments).map_or(error, with_usage))?;
        cli.format = cli.rows.format().map_err(with_usage)?;
        cli.check_conflicts().map_err(with_usage)?;
        Ok(cli)
    }

    /// Checks for conflicts between flags that clap cannot express.
    fn check_conflicts(&self) -> Result<(), Error> {
        if self.on_error == OnError::Fail {
            let needs_skip =
                [("--rejects <FILE>", self.rejects.is_some()), ("--max-rejects <N>", self.max_rejects.is_some())];
            if let Some((flag, _)) = needs_skip.iter().find(|(_, is_used)| *is_used) {
                return Err(lacking(format!("the argument '{flag}' needs '--on-error skip'")));
            }
        }
        if self.keep_going && self.output_dir.is_none() {
            return Err(lacking("the argument '--keep-going' needs '--output-dir <DIR>'"));
        }
        let for_schemas = [
            ("--only-attribute <NAME>", Setting::OnlyAttribute, self.only_attribute.is_some()),
            ("--split <SPLIT>", Setting::Split, self.split.is_some()),
            ("--system record", Setting::System, *self.format.system_prompt() == SystemPrompt::Record),
            ("--mask <NAME>", Setting::Mask, self.mask.is_some()),
        ];
        for (flag, setting, _) in for_schemas.into_iter().filter(|&(_, _, is_used)| is_used) {
            if let (Some(schema), Some(needed)) = (self.from.0, setting.only_schemas())
                && !needed.contains(&schema)
            {
                let needed: Vec<_> = needed.iter().map(|needed| format!("'--from {needed}'")).collect();
                return Err(conflict(format!("the argument '{flag}' needs {}", needed.join(" or "))));
            }
        }
        let layout = self.format.layout;
        if let Some(schema) = self.from.0
            && let Err(error) = self.format.check_schema(schema)
        {
            let error = ErrorKind::Pairs { name: None, schema, error };
            return Err(conflict(format!(
                "'--from {schema}' with '--to {layout}': {}",
                crate::Error::from(error).display_with(&flag)
            )));
        }
        if let Some(given) =
            self.only_attribute.as_ref().and(Some(if layout.is_pairs() { "--to" } else { "--weights" }))
            && (layout.is_pairs() || self.format.weights.is_some())
        {
            return Err(conflict(format!(
                "'--only-attribute' cannot be used with '{given}': a row has a single number"
            )));
        }
        let names = self.format.attributes.keys();
        if let Some(only) = self.only_attribute.as_ref().filter(|&only| !names.contains(only)) {
            let names = names.join(", ");
            return Err(invalid(format!("'--only-attribute': there is no attribute {only:?}, but {names}")));
        }
        if self.rows.repeat.get() > 1 && self.inputs().contains(&Input::Stdin) {
            return Err(conflict("'--repeat' needs a file: standard input can be read only once"));
        }
        Ok(())
    }

    fn inputs(&self) -> Vec<Input> {
        let input = |path: &PathBuf| if path.as_os_str() == "-" { Input::Stdin } else { Input::Path(path.clone()) };
        self.input_file.iter().chain(&self.more_inputs).map(input).collect()
    }

    fn output(&self) -> Output {
        match (self.output_file.clone(), self.output_dir.clone()) {
            _ if self.check => Output::Check,
            (_, Some(directory)) => Output::Directory(directory),
            (Some(path), _) if path.as_os_str() != "-" => Output::Path(path),
            _ => Output::Stdout,
        }
    }

    /// The configuration of the run.
    pub(super) fn config(&self) -> Config {
        let on_error = match &self.on_error {
            OnError::Skip { .. } => OnError::Skip { rejects: self.rejects.clone(), max_rejects: self.max_rejects },
            OnError::Fail => OnError::Fail,
        };
        Config {
            inputs: self.inputs(),
            compression: self.compression.0,
            shard: self.shard,
            group_lines: self.group_lines,
            threads: self.threads,
            chunk_size: usize::try_from(self.chunk_size.as_u64()).unwrap_or(usize::MAX),
            max_line: usize::try_from(self.max_line.as_u64()).unwrap_or(usize::MAX),
            on_error,
            allow_empty: self.allow_empty,
            keep_going: self.keep_going,
            mmap: if self.no_mmap { MmapChoice::never() } else { mapped() },
            sync: self.sync,
            stats: self.stats.clone(),
            report: self.report.clone(),
            parser: self.parser,
            schema: self.from.0,
            mask: self.mask.clone(),
            only_attribute: self.only_attribute.clone(),
            split: self.split,
            format: self.format.clone(),
            template_file: self.rows.template_file(),
            repeat: self.rows.repeat,
            repeat_each: self.rows.repeat_each,
            ..Config::new(Input::Stdin, self.output())
        }
    }

    /// What is printed instead of a run: completions or the man page.
    pub(super) fn document(&self) -> Option<Vec<u8>> {
        let completions = self.completions.map(|shell| help::completions(Self::command(), shell));
        completions.or_else(|| self.man.then(|| help::man_page(Self::command())))
    }

    /// True if embedded turns are split by default, and not by a flag.
    pub(super) fn splits_by_default(&self) -> bool {
        self.format.split_embedded_turns.is_none() && self.format.splits_embedded_turns()
    }

    /// True if there is a progress bar.
    pub(super) fn shows_bar(&self) -> bool {
        let is_shown = || self.progress.0.unwrap_or_else(|| std::io::stderr().is_terminal());
        !self.quiet && self.log_format == LogFormat::Text && is_shown()
    }

    /// Messages about the progress, where there is no bar.
    pub(super) fn ticker(&self) -> Option<Ticker> {
        let is_wanted = !self.quiet && self.progress.0 != Some(false) && !self.shows_bar();
        is_wanted.then(|| Ticker::new(self.log_format, self.progress_interval))
    }

    pub(super) fn log_format(&self) -> LogFormat {
        self.log_format
    }

    /// False for a shard: it may have no line of the input, so an output without rows is no surprise.
    pub(super) fn expects_rows(&self) -> bool {
        self.shard.is_none()
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    pub(super) fn is_check(&self) -> bool {
        self.check
    }
}

/// The choice to map files.
#[allow(unsafe_code)]
fn mapped() -> MmapChoice {
    // SAFETY: another process may change an input in spite of the documented condition that it does not. The help text and
    // the guarantees say so, `SIGBUS` is handled, and `--no-mmap` reads. `src/input/mapped.rs` has the consequences.
    unsafe { MmapChoice::auto() }
}

/// An error with the usage of the program.
fn with_usage(error: Error) -> Error {
    error.format(&mut Cli::command())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_default_sizes_are_the_library_s() {
        let default = Config::default();
        for (size, of_library) in [(DEFAULT_CHUNK_SIZE, default.chunk_size), (DEFAULT_MAX_LINE, default.max_line)] {
            let size: ByteSize = size.parse().unwrap();
            assert_eq!(size.as_u64(), of_library as u64);
        }
    }

    #[test]
    fn every_flag_stands_in_a_group() {
        for argument in Cli::command().get_arguments().filter(|argument| !argument.is_hide_set()) {
            assert!(argument.get_help_heading().is_some(), "{argument}");
        }
    }
}
