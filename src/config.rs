//! What a run is asked to do, validated: the library's side of the command line.

use std::{
    fmt,
    num::{NonZeroU64, NonZeroUsize},
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::{
    format::RowFormat,
    names::impl_names,
    schema::{Schema, Split},
};

/// The target size of a chunk, in bytes, unless it is asked otherwise.
///
/// Smaller chunks cost more hand-overs between threads; with larger ones the rows leave the caches before they
/// are written. `docs/performance.md` has the measurement.
pub const DEFAULT_CHUNK_SIZE: usize = 512 << 10;

/// What to convert, where to, and how.
///
/// ```
/// use steer2reg::{Config, Input, Output};
///
/// let config = Config { threads: 2.try_into().ok(), ..Config::new(Input::Stdin, Output::Check) };
/// assert_eq!(config.chunk_size, steer2reg::DEFAULT_CHUNK_SIZE);
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the records come from, one after the other.
    pub inputs: Vec<Input>,
    /// Where the rows go.
    pub output: Output,
    /// How the output is compressed; `None` means as the ending of its name says (`.gz`, `.zst`).
    pub compression: Option<Compression>,
    /// Convert only a part of the inputs.
    pub shard: Option<Shard>,
    /// So many adjacent lines of a file belong to one shard.
    pub group_lines: NonZeroU64,
    /// Worker threads; `None` means one for each core.
    pub threads: Option<NonZeroUsize>,
    /// The target size of a chunk in bytes. A longer line makes a longer chunk; with rows that are much longer than their
    /// records, such as by a long prompt, chunks are smaller.
    pub chunk_size: usize,
    /// What to do with a record that has no place in the output.
    pub on_error: OnError,
    /// Take it for a success if there are records and all of them are rejected.
    pub allow_empty: bool,
    /// Map regular files to memory rather than read them. The input must then not be shortened while it is
    /// converted: the system would end the process with `SIGBUS`, unless it is handled.
    pub mmap: bool,
    /// Where to write the summary as JSON; `-` is standard output.
    pub stats: Option<PathBuf>,
    /// Where to write a page about what is in the rows, as HTML; `-` is standard output.
    pub report: Option<PathBuf>,
    /// How to read a line.
    pub parser: Parser,
    /// The schema of the records; `None` means that of each input's first record that any schema knows.
    pub schema: Option<Schema>,
    /// The mask of SFT records that have none: the name of the speaker who is the user.
    pub mask: Option<String>,
    /// Of a record of [`Schema::HelpSteer`], keep the score of this one of the attributes only.
    pub only_attribute: Option<String>,
    /// Keep the records of this split of [`Schema::HelpSteer2Preference`] only.
    pub split: Option<Split>,
    /// What the rows look like, and which there are.
    pub format: RowFormat,
    /// The file that the template was read from, if it was: then it must be no output.
    pub template_file: Option<PathBuf>,
    /// How many times all rows are written. For more than once, inputs must be regular files, which can be read again.
    pub repeat: NonZeroU64,
}

impl Config {
    /// One input and the defaults: all cores, mapped input, the schema of the first record that any schema knows, stop at the first bad record.
    #[must_use]
    pub fn new(input: Input, output: Output) -> Self {
        Self {
            inputs: vec![input],
            output,
            compression: None,
            shard: None,
            group_lines: NonZeroU64::MIN,
            threads: None,
            chunk_size: DEFAULT_CHUNK_SIZE,
            on_error: OnError::Fail,
            allow_empty: false,
            mmap: true,
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
        }
    }
}

/// Where records come from. What is compressed with gzip or zstd is unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, a named pipe or a device.
    Path(PathBuf),
}

/// Where the rows go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file, which appears only when it is complete; or a named pipe or a device, which is written directly.
    Path(PathBuf),
    /// A folder in which each input, which must be a path, gets a file of the same name; with a [`Config::compression`],
    /// the name ends as that says. It is made if it is missing.
    Directory(PathBuf),
    /// Nowhere: convert and count.
    Check,
}

/// How an output is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, with a member for each chunk.
    Gzip,
    /// zstd, with a frame for each chunk.
    Zstd,
}

impl Compression {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::None, Self::Gzip, Self::Zstd];

    /// What the ending of a name says.
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

    /// The ending of names of such files, with its dot.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }
}

impl_names!(Compression, "compression");

/// One of several equal byte ranges of the inputs, one after the other. A line belongs to the shard in whose range its
/// first byte lies, so the outputs of all shards, one after the other, are the whole output.
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

    /// Which one it is, counted from 0.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many there are.
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

/// What to do with a record that has no place in the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnError {
    /// Stop: the first one in the order of the file is the run's [`Error`](crate::Error).
    Fail,
    /// Leave it out and count it.
    Skip {
        /// Where to write the rejected records, as JSON Lines; `-` is standard output.
        rejects: Option<PathBuf>,
        /// More rejections than this are a failure.
        max_rejects: Option<u64>,
    },
}

/// How to read a line. The rows are the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Parser {
    /// By the pass-through scanner where it can, by simd-json where it cannot.
    #[default]
    Auto,
    /// By simd-json always: slower, for tests and comparisons.
    SimdJson,
}

impl Parser {
    /// Every way.
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
