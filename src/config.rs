//! What a run is asked to do, validated: the library's side of the command line.

use std::{num::NonZeroUsize, path::PathBuf};

/// The target size of a chunk, in bytes, unless it is asked otherwise.
///
/// Smaller chunks cost more hand-overs between threads; with larger ones the rows leave the caches before they
/// are written. README's *How fast* has the measurement.
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
    /// Where the records come from.
    pub input: Input,
    /// Where the rows go.
    pub output: Output,
    /// Worker threads; `None` means one for each core.
    pub threads: Option<NonZeroUsize>,
    /// The target size of a chunk in bytes. A longer line makes a longer chunk.
    pub chunk_size: usize,
    /// What to do with a record that has no place in the output.
    pub on_error: OnError,
    /// Map regular files to memory rather than read them. The input must then not be shortened while it is
    /// converted: the system would end the process with `SIGBUS`, unless it is handled.
    pub mmap: bool,
    /// Where to write the summary as JSON.
    pub stats: Option<PathBuf>,
    /// Where to write a page about what is in the rows, as HTML.
    pub report: Option<PathBuf>,
    /// How to read a line.
    pub parser: Parser,
}

impl Config {
    /// The defaults: all cores, mapped input, stop at the first bad record.
    #[must_use]
    pub fn new(input: Input, output: Output) -> Self {
        Self {
            input,
            output,
            threads: None,
            chunk_size: DEFAULT_CHUNK_SIZE,
            on_error: OnError::Fail,
            mmap: true,
            stats: None,
            report: None,
            parser: Parser::Auto,
        }
    }
}

/// Where the records come from.
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
    /// Nowhere: convert and count.
    Check,
}

/// What to do with a record that has no place in the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnError {
    /// Stop: the first one in the order of the file is the run's [`Error`](crate::Error).
    Fail,
    /// Leave it out and count it.
    Skip {
        /// Where to write the refused records, as JSON Lines.
        rejects: Option<PathBuf>,
        /// More refusals than this are a failure.
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
