//! The command line: flags as they are typed, and what they ask of the library.

use std::{
    io::IsTerminal,
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
};

use bytesize::ByteSize;
use clap::{CommandFactory, Parser as _, ValueEnum, error::ErrorKind};
use clap_complete::Shell;
use steer2reg::{
    Compression, Config, Input, OnError, Output, Parser, RowFormat, Schema, Shard, ShardError, Split, SystemPrompt,
};

use super::{misuse as odd, row_flags::RowFlags};

/// The original's two flags, cut off as its `argparse` takes them.
const INPUT_FILE: [&str; 8] = ["i", "in", "inp", "inpu", "input-", "input-f", "input-fi", "input-fil"];
const OUTPUT_FILE: [&str; 9] = ["o", "ou", "out", "outp", "outpu", "output-", "output-f", "output-fi", "output-fil"];

const EXAMPLES: &str = "\
Examples:
  steer2reg -i train.jsonl -o train.regression.jsonl
  steer2reg -i train.jsonl -o train.regression.jsonl --on-error skip --rejects bad.jsonl
  steer2reg -i train.jsonl.gz -o train.regression.jsonl.zst
  steer2reg --output-dir regression parts/*.jsonl
  steer2reg -i train.jsonl -o part-3.jsonl --shard 3/8
  curl -s https://example.org/train.jsonl.gz | steer2reg -i - -o - | head -n 3
  steer2reg -i train.jsonl --check --stats stats.json
  steer2reg -i preference.jsonl -o train.regression.jsonl --from helpsteer2-preference --split train
  steer2reg -i train.jsonl -o train.messages.jsonl --to messages --system none --strict --range 0..4
  steer2reg -i train.jsonl -o train.llama3.jsonl --template llama3 --attributes helpfulness,correctness

Exit status: 0 done (also with skipped records, and when the reader of a pipe has
gone), 1 failed, 2 wrong usage. After a failure an output file is as it was before.";

const USAGE: &str = "\
steer2reg [OPTIONS] -i <IN> -o <OUT>
       steer2reg [OPTIONS] --output-dir <DIR> <IN>...
       steer2reg [OPTIONS] -i <IN> --check";

/// The library's default, as a person writes it.
const DEFAULT_CHUNK_SIZE: &str = "512KiB";

/// Convert attribute-conditioned SFT conversations (SteerLM) to training data for a regression reward model
///
/// Reads JSON Lines of conversations whose turns carry labels like "helpfulness:3,correctness:4" and writes a
/// row {"text", "label"} for each labelled turn: the bytes that NeMo-Aligner's process_to_regression_format.py
/// writes, in the same order. HelpSteer, HelpSteer2, HelpSteer2-Preference and OpenAssistant are read as they were
/// published, too.
#[derive(Debug, clap::Parser)]
#[command(version, max_term_width = 100, after_help = EXAMPLES)]
#[command(override_usage = USAGE)]
#[allow(clippy::struct_excessive_bools)] // each is a flag
pub(crate) struct Cli {
    /// Conversations to convert, plain or compressed with gzip or zstd; "-" is standard input. May be given several times
    #[arg(short, long, value_name = "IN", required_unless_present_any = ["more_inputs", "completions"], visible_alias = "input", aliases = INPUT_FILE)]
    input_file: Vec<PathBuf>,

    /// More conversations to convert, after those of "--input-file"
    #[arg(value_name = "IN")]
    more_inputs: Vec<PathBuf>,

    /// Where the rows go; "-" is standard output. A regular file appears only when it is complete
    #[arg(short, long, value_name = "OUT", required_unless_present_any = ["output_dir", "check", "completions"], visible_alias = "output", aliases = OUTPUT_FILE)]
    output_file: Option<PathBuf>,

    /// A folder in which each input gets a file of the same name, but for the ending that "--compression" asks for. They
    /// appear when all of them are complete
    #[arg(long, value_name = "DIR", conflicts_with = "output_file")]
    output_dir: Option<PathBuf>,

    /// How the output is compressed; "auto" means as the ending of its name says (.gz, .zst)
    #[arg(long, value_enum, default_value_t = CompressionFlag::Auto, value_name = "auto|none|gzip|zstd", hide_possible_values = true)]
    compression: CompressionFlag,

    /// Convert only the I-th of N equal byte ranges of the input (I from 0), whole lines. The outputs of all N, one after the
    /// other, are the whole output. For array jobs: --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
    #[arg(long, value_name = "I/N", value_parser = shard, allow_hyphen_values = true)]
    shard: Option<Shard>,

    /// With "--shard": each K adjacent lines of a file stay in one shard, for example 2 for pairs
    #[arg(long, value_name = "K", default_value = "1", requires = "shard", value_parser = odd::group, allow_hyphen_values = true)]
    group_lines: NonZeroU64,

    /// What the records are: SFT conversations, or HelpSteer (1 and 2), HelpSteer2-Preference or OpenAssistant
    /// trees as published; "auto" goes by each input's first record that has the keys of one of them
    #[arg(long, value_enum, default_value_t = FromFlag::Auto, value_name = "SCHEMA")]
    from: FromFlag,

    /// The mask of SFT records that have none: the name of the speaker who is the user. For example: --mask human
    #[arg(long, value_name = "NAME")]
    mask: Option<String>,

    /// Of HelpSteer records keep this score only
    #[arg(long, value_name = "ATTRIBUTE")]
    only_attribute: Option<String>,

    /// Of HelpSteer2-Preference keep the records of this split only; "val" is all that is not "train"
    #[arg(long, value_enum, value_name = "train|val", hide_possible_values = true)]
    split: Option<SplitFlag>,

    /// Convert and count, but write nothing
    #[arg(long, conflicts_with_all = ["output_file", "output_dir"])]
    check: bool,

    /// What to do with a bad record: stop at the first one, or leave them out and count them
    #[arg(long, value_enum, default_value_t = OnErrorFlag::Fail, value_name = "fail|skip", hide_possible_values = true)]
    on_error: OnErrorFlag,

    /// With "--on-error skip": write each bad record with its place and reason to FILE, as JSON Lines
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,

    /// With "--on-error skip": fail if there are more than N bad records
    #[arg(long, value_name = "N", value_parser = odd::rejects, allow_hyphen_values = true)]
    max_rejects: Option<u64>,

    /// Succeed, with an output without rows, also if all records are bad; without it that is a failure
    #[arg(long)]
    allow_empty: bool,

    /// Write the summary to FILE as JSON, with counts and scores by attribute; "-" is standard output
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,

    /// Write a page about what is in the rows to FILE, as HTML: scores, missing shares, correlations, lengths, turns,
    /// speakers and rejected records. For example: --report report.html
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Worker threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = threads, allow_hyphen_values = true)]
    threads: Option<NonZeroUsize>,

    /// How much input a worker takes at a time
    #[arg(long, value_name = "SIZE", default_value = DEFAULT_CHUNK_SIZE, value_parser = chunk_size, allow_hyphen_values = true)]
    chunk_size: ByteSize,

    /// Read the input rather than map it to memory
    #[arg(long)]
    no_mmap: bool,

    /// Show a progress bar on standard error; "auto" shows it on a terminal
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "auto|always|never", hide_possible_values = true)]
    progress: When,

    /// No progress bar and no summary; warnings and errors only
    #[arg(short, long)]
    quiet: bool,

    /// How to read a line: with the pass-through scanner first, or with simd-json only (slower, same rows)
    #[arg(long, value_enum, default_value_t = ParserFlag::Auto, hide = true)]
    parser: ParserFlag,

    /// Print a completion script for a shell, for example: steer2reg --completions bash
    #[arg(long, value_name = "SHELL", exclusive = true)]
    pub(crate) completions: Option<Shell>,

    #[command(flatten)]
    rows: RowFlags,

    /// What the rows are to be, once the flags are checked.
    #[arg(skip)]
    format: RowFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnErrorFlag {
    Fail,
    Skip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CompressionFlag {
    Auto,
    None,
    Gzip,
    Zstd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FromFlag {
    Auto,
    Sft,
    Helpsteer,
    #[value(name = "helpsteer2-preference")]
    Preference,
    Oasst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SplitFlag {
    Train,
    Val,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ParserFlag {
    Auto,
    SimdJson,
}

impl Cli {
    /// Parses the command line; ends the process on `--help`, `--version` and wrong usage.
    pub(crate) fn from_args() -> Self {
        let args = odd::joined(std::env::args_os().collect()).unwrap_or_else(|misuse| misuse.exit());
        let mut cli = Self::try_parse_from(&args).unwrap_or_else(|error| match odd::not_utf8(&error, &args) {
            Some(misuse) => misuse.exit(),
            None => error.exit(),
        });
        match cli.rows.format() {
            Ok(format) => cli.format = format,
            Err(misuse) => misuse.exit(),
        }
        if let Err(misuse) = cli.check() {
            misuse.exit();
        }
        cli
    }

    /// Looks for flags that do not go together, where clap does not know it.
    fn check(&self) -> Result<(), Misuse> {
        if self.on_error == OnErrorFlag::Fail {
            let needs_skip =
                [("--rejects <FILE>", self.rejects.is_some()), ("--max-rejects <N>", self.max_rejects.is_some())];
            if let Some((flag, _)) = needs_skip.iter().find(|(_, is_used)| *is_used) {
                return Err(Misuse::Missing(format!("the argument '{flag}' needs '--on-error skip'")));
            }
        }
        let for_schemas = [
            ("--only-attribute <ATTRIBUTE>", Schema::HelpSteer, self.only_attribute.is_some()),
            ("--split <train|val>", Schema::HelpSteer2Preference, self.split.is_some()),
            ("--system record", Schema::Sft, self.format.system == SystemPrompt::Record),
            ("--mask <NAME>", Schema::Sft, self.mask.is_some()),
        ];
        for (flag, needed, is_used) in for_schemas {
            if is_used && self.from.schema().is_some_and(|schema| schema != needed) {
                return Err(Misuse::Conflict(format!("the argument '{flag}' needs '--from {needed}'")));
            }
        }
        if self.from == FromFlag::Preference && !self.format.layout.allows_pairs() {
            return Err(Misuse::Conflict(
                "'--to' with anything but 'nemo' cannot be used with '--from helpsteer2-preference': both responses would \
                 have the same label"
                    .to_owned(),
            ));
        }
        let names = self.format.attributes.keys();
        if let Some(only) = self.only_attribute.as_ref().filter(|&only| !names.contains(only)) {
            let names = names.join(", ");
            return Err(Misuse::Value(format!("'--only-attribute': there is no attribute {only:?}, but {names}")));
        }
        let from_stdin = self.config().inputs.contains(&Input::Stdin);
        if self.rows.repeat.get() > 1 && from_stdin {
            let message = "'--repeat' needs a file: standard input can be read only once";
            return Err(Misuse::Conflict(message.to_owned()));
        }
        Ok(())
    }

    /// What is asked of the library.
    pub(crate) fn config(&self) -> Config {
        let input = |path: &PathBuf| if path.as_os_str() == "-" { Input::Stdin } else { Input::Path(path.clone()) };
        let output = match (self.output_file.clone(), self.output_dir.clone()) {
            _ if self.check => Output::Check,
            (_, Some(directory)) => Output::Directory(directory),
            (Some(path), _) if path.as_os_str() != "-" => Output::Path(path),
            _ => Output::Stdout,
        };
        let on_error = match self.on_error {
            OnErrorFlag::Fail => OnError::Fail,
            OnErrorFlag::Skip => OnError::Skip { rejects: self.rejects.clone(), max_rejects: self.max_rejects },
        };
        Config {
            inputs: self.input_file.iter().chain(&self.more_inputs).map(input).collect(),
            compression: match self.compression {
                CompressionFlag::Auto => None,
                CompressionFlag::None => Some(Compression::None),
                CompressionFlag::Gzip => Some(Compression::Gzip),
                CompressionFlag::Zstd => Some(Compression::Zstd),
            },
            shard: self.shard,
            group_lines: self.group_lines,
            threads: self.threads,
            chunk_size: usize::try_from(self.chunk_size.as_u64()).unwrap_or(usize::MAX),
            on_error,
            allow_empty: self.allow_empty,
            mmap: !self.no_mmap,
            stats: self.stats.clone(),
            report: self.report.clone(),
            parser: match self.parser {
                ParserFlag::Auto => Parser::Auto,
                ParserFlag::SimdJson => Parser::SimdJson,
            },
            schema: self.from.schema(),
            mask: self.mask.clone(),
            only_attribute: self.only_attribute.clone(),
            split: self.split.map(|split| match split {
                SplitFlag::Train => Split::Train,
                SplitFlag::Val => Split::Val,
            }),
            format: self.format.clone(),
            template_file: self.rows.template_file(),
            repeat: self.rows.repeat,
            ..Config::new(Input::Stdin, output)
        }
    }

    /// True if embedded turns are split without being asked for.
    pub(crate) fn splits_by_default(&self) -> bool {
        self.format.split_embedded_turns.is_none() && self.format.splits_embedded_turns()
    }

    pub(crate) fn shows_progress(&self) -> bool {
        match self.progress {
            _ if self.quiet => false,
            When::Auto => std::io::stderr().is_terminal(),
            When::Always => true,
            When::Never => false,
        }
    }

    /// A shard may well have no line of the input, and then it is no surprise that there are no rows.
    pub(crate) fn expects_rows(&self) -> bool {
        self.shard.is_none()
    }

    pub(crate) fn shows_summary(&self) -> bool {
        !self.quiet
    }
}

/// Wrong usage.
pub(super) enum Misuse {
    /// Flags that do not go together.
    Conflict(String),
    /// A flag without another one that it needs.
    Missing(String),
    /// A value that means nothing.
    Value(String),
}

impl Misuse {
    /// Says so, and ends the process.
    fn exit(self) -> ! {
        let (kind, message) = match self {
            Self::Conflict(message) => (ErrorKind::ArgumentConflict, message),
            Self::Missing(message) => (ErrorKind::MissingRequiredArgument, message),
            Self::Value(message) => (ErrorKind::ValueValidation, message),
        };
        Cli::command().error(kind, message).exit()
    }
}

impl FromFlag {
    fn schema(self) -> Option<Schema> {
        match self {
            Self::Auto => None,
            Self::Sft => Some(Schema::Sft),
            Self::Helpsteer => Some(Schema::HelpSteer),
            Self::Preference => Some(Schema::HelpSteer2Preference),
            Self::Oasst => Some(Schema::Oasst),
        }
    }
}

/// More threads than any machine has cores would only need memory.
fn threads(spelled: &str) -> Result<NonZeroUsize, String> {
    let threads = spelled.parse().map_err(|_| "it must be a number from 1 to 1024, for example 8".to_owned());
    threads.and_then(|threads: NonZeroUsize| match threads.get() {
        1..=1024 => Ok(threads),
        _ => Err("it must be a number from 1 to 1024, for example 8".to_owned()),
    })
}

/// `I/N`.
fn shard(spelled: &str) -> Result<Shard, String> {
    spelled.parse().map_err(|error: ShardError| error.to_string())
}

/// The completion script for a shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "steer2reg", &mut script);
    script
}

/// A size from one byte to 1 GiB: larger chunks would only need memory.
fn chunk_size(spelled: &str) -> Result<ByteSize, String> {
    match spelled.parse::<ByteSize>() {
        Ok(size) if (1..=1 << 30).contains(&size.as_u64()) => Ok(size),
        _ => Err("it must be from 1B to 1GiB, for example 256KiB or 4MiB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_default_chunk_size_is_the_library_s() {
        let size: ByteSize = DEFAULT_CHUNK_SIZE.parse().unwrap();
        assert_eq!(size.as_u64(), steer2reg::DEFAULT_CHUNK_SIZE as u64);
    }
}
