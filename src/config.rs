//! The settings of a run.

use std::{
    fmt,
    num::{NonZeroU64, NonZeroUsize},
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::{
    format::RowFormat,
    mmap::MmapChoice,
    names::impl_names,
    schema::{Schema, Split},
};

/// The default target size of a chunk, in bytes.
///
/// Smaller chunks cost more hand-overs between threads; with larger ones the rows leave the caches before they are written.
/// `docs/performance.md` has the measurement.
pub const DEFAULT_CHUNK_SIZE: usize = 512 << 10;

/// The settings of a run: inputs, outputs, the format of the rows, and how the run behaves.
///
/// The default has no inputs and no output: it is for [`convert_stream`](crate::convert_stream).
///
/// ```
/// use steer2reg::{Config, Input, Output};
///
/// let config = Config { threads: 2.try_into().ok(), ..Config::new(Input::Stdin, Output::Check) };
/// assert_eq!(config.chunk_size, steer2reg::DEFAULT_CHUNK_SIZE);
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    /// The inputs, which are converted one after the other.
    pub inputs: Vec<Input>,
    /// The output.
    pub output: Output,
    /// The compression of the output; `None` follows the extension of its name (`.gz`, `.zst`).
    pub compression: Option<Compression>,
    /// The shard of the inputs that is converted; `None` converts all of them.
    pub shard: Option<Shard>,
    /// Keeps groups of this many adjacent lines of a file in one shard.
    pub group_lines: NonZeroU64,
    /// The number of worker threads; `None` starts one for each core.
    pub threads: Option<NonZeroUsize>,
    /// The target size of a chunk in bytes. A longer line makes a longer chunk; with rows that are much longer than their
    /// records, as with a long prompt, chunks are smaller.
    pub chunk_size: usize,
    /// The length of the longest line that is read, in bytes. A longer one is an error of the run, also if rejected records
    /// are skipped: it may have no end, and so no record behind it, and as a rejected record it would have to be kept whole.
    pub max_line: usize,
    /// What happens with a rejected record.
    pub on_error: OnError,
    /// Allows a run in which all records are rejected; otherwise it fails.
    pub allow_empty: bool,
    /// Leaves out an input that would otherwise end the run, since it has a bad record or cannot be read, and converts the others
    /// ([`Summary::failed_inputs`](crate::Summary::failed_inputs)). Only a folder of outputs
    /// ([`Output::Directory`]) has one for each input, so the setting needs that.
    pub keep_going: bool,
    /// Whether regular files are read or mapped to memory.
    pub mmap: MmapChoice,
    /// The file for the summary as JSON; `-` is standard output.
    pub stats: Option<PathBuf>,
    /// The file for an HTML page about the rows; `-` is standard output.
    pub report: Option<PathBuf>,
    /// How lines are read. The rows are the same.
    pub parser: Parser,
    /// The schema of the records; `None` detects it for each input, by its first record of a known schema.
    pub schema: Option<Schema>,
    /// The mask of SFT records that have none: the name of the speaker who is the user.
    pub mask: Option<String>,
    /// Keeps only this attribute's score of [`Schema::HelpSteer`] records.
    pub only_attribute: Option<String>,
    /// Keeps only this split of [`Schema::HelpSteer2Preference`] records.
    pub split: Option<Split>,
    /// What rows look like, and which turns give rows.
    pub format: RowFormat,
    /// The file that the template was read from, if any: it must not be an output.
    pub template_file: Option<PathBuf>,
    /// Writes all rows this many times. More than once requires regular files, which can be read again.
    pub repeat: NonZeroU64,
    /// Syncs all files to the disk, and their folders, so that they outlive a power failure once the run has succeeded. An
    /// output gets its name only when the content of all outputs is on the disk. Streams are not synced.
    pub sync: bool,
    /// Writes each row this many times in place, before the next row. With [`repeat`](Self::repeat), the whole of that is
    /// repeated.
    pub repeat_each: NonZeroU64,
}

impl Default for Config {
    /// No inputs, no output, and the other settings as in [`Config::new`].
    fn default() -> Self {
        Self {
            inputs: Vec::new(),
            output: Output::Check,
            compression: None,
            shard: None,
            group_lines: NonZeroU64::MIN,
            threads: None,
            chunk_size: DEFAULT_CHUNK_SIZE,
            max_line: 1 << 30,
            on_error: OnError::Fail,
            allow_empty: false,
            keep_going: false,
            mmap: MmapChoice::never(),
            stats: None,
            report: None,
            parser: Parser::Auto,
            schema: None,
            mask: None,
            only_attribute: None,
            split: None,
            format: RowFormat::default(),
            template_file: None,
            repeat: NonZeroU64::MIN,
            sync: false,
            repeat_each: NonZeroU64::MIN,
        }
    }
}

impl Config {
    /// One input and the defaults: all cores, files that are read, detected schemas, NeMo-Aligner's rows, and a failure at
    /// the first rejected record.
    #[must_use]
    pub fn new(input: Input, output: Output) -> Self {
        Self { inputs: vec![input], output, ..Self::default() }
    }
}

/// An input. Content that is compressed with gzip or zstd is decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, a named pipe or a device.
    Path(PathBuf),
}

impl Input {
    /// The name in messages: the path, or `<stdin>`.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "<stdin>".to_owned(),
            Self::Path(path) => path.display().to_string(),
        }
    }
}

/// The destination of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file, which appears only when it is complete; or a named pipe or a device, which is written directly.
    Path(PathBuf),
    /// A folder with a file for each input, which must be a path, under the input's name. Each file appears as soon as it is
    /// complete, in the order of the inputs. A [`Config::compression`] sets the extension. The folder is created if it is missing.
    Directory(PathBuf),
    /// None: rows are converted and counted.
    Check,
}

/// The compression of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// No compression.
    None,
    /// gzip, with a member for each chunk.
    Gzip,
    /// zstd, with a frame for each chunk.
    Zstd,
}

impl Compression {
    /// Every compression.
    pub const ALL: [Self; 3] = [Self::None, Self::Gzip, Self::Zstd];

    /// The compression that the extension of a name says.
    #[must_use]
    pub fn from_extension(path: &Path) -> Self {
        let is = |wanted| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(wanted));
        match () {
            () if is("gz") => Self::Gzip,
            () if is("zst") => Self::Zstd,
            () => Self::None,
        }
    }

    /// The name, as `--compression` takes it: `gzip`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The extension of such files, with its dot.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }
}

impl_names!(Compression, "compression");

/// One of N equal byte ranges of the inputs in sequence. A line belongs to the shard in whose range its first byte lies, so
/// the outputs of all shards in sequence are the whole output.
///
/// ```
/// use steer2reg::Shard;
///
/// assert_eq!(Shard::new(6, 7)?, "6/7".parse()?);
/// assert!(Shard::new(7, 7).is_err());
/// # Ok::<(), steer2reg::ShardError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// The `index`-th of `count` shards, counted from 0.
    ///
    /// # Errors
    ///
    /// A [`ShardError`] unless `index` is less than `count`.
    pub fn new(index: u64, count: u64) -> Result<Self, ShardError> {
        if index < count { Ok(Self { index, count }) } else { Err(ShardError(())) }
    }

    /// The index of the shard, counted from 0.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// The number of shards.
    #[must_use]
    pub fn count(self) -> u64 {
        self.count
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// Reads `I/N`.
impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(spelled: &str) -> Result<Self, ShardError> {
        let numbers =
            spelled.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        let (index, count) = numbers.ok_or(ShardError(()))?;
        Self::new(index, count)
    }
}

/// The error of a shard that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it must be I/N with I from 0 to N - 1, for example 0/8")]
pub struct ShardError(());

/// What happens with a rejected record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnError {
    /// The run fails: the first one in the order of the file is its [`Error`](crate::Error).
    Fail,
    /// The record is left out and counted.
    Skip {
        /// The file for rejected records, as JSON Lines; `-` is standard output.
        rejects: Option<PathBuf>,
        /// The run fails if more records are rejected.
        max_rejects: Option<u64>,
    },
}

impl OnError {
    /// The number of rejected records with which a run goes on.
    pub(crate) fn max_rejects(&self) -> u64 {
        match self {
            Self::Fail => 0,
            Self::Skip { max_rejects, .. } => max_rejects.unwrap_or(u64::MAX),
        }
    }
}

/// How lines are read. The rows are the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Parser {
    /// The pass-through scanner where it can, simd-json where it cannot.
    #[default]
    Auto,
    /// Always simd-json: slower, for tests and comparisons.
    SimdJson,
}

impl Parser {
    /// Every parser.
    pub const ALL: [Self; 2] = [Self::Auto, Self::SimdJson];

    /// The name, as `--parser` takes it: `simd-json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::SimdJson => "simd-json",
        }
    }
}

impl_names!(Parser, "parser");
