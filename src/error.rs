//! What can go wrong, told to the person who reads it at night: file, line, cause, what to do.
//!
//! A [`Rejection`] says why one record has no rows; it knows nothing of files. An [`Error`] ends a run, and
//! carries the place.

use std::{fmt, io};

use crate::{
    rejection::{Position, Rejection},
    schema::{DetectedSchema, Schema},
    spelling::printable::Printable,
};

/// Why a run failed. The output is then as it was before the run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The first rejected record, in the order of the file.
    #[error("{}:{}: {rejection} (byte {})\n  the record: {excerpt}{}", Printable(&position.file), position.line, position.byte, note(*detected))]
    Record {
        /// Where the record stands.
        position: Position,
        /// Why it was rejected.
        rejection: Rejection,
        /// The record around the fault, what is not printable escaped, for people to recognise it.
        excerpt: String,
        /// What the record was read as, if the schema was not named and matters for the rejection.
        detected: Option<DetectedSchema>,
    },
    /// More records were rejected than [`OnError::Skip`](crate::OnError::Skip) allows.
    #[error("more than {limit} rejected records (--max-rejects); the last one was\n{last}")]
    TooManyRejects {
        /// How many were allowed.
        limit: u64,
        /// The record that was one too many.
        last: Box<Error>,
    },
    /// All records were rejected, and [`Config::allow_empty`](crate::Config::allow_empty) does not allow that.
    #[error(
        "every record was rejected ({records} of them), so there are no rows (--allow-empty allows that); the first one was\n{first}"
    )]
    AllRejected {
        /// How many there were.
        records: u64,
        /// The first one.
        first: Box<Error>,
    },
    /// An input of which no record is of any known schema, and the schema was not named.
    #[error(
        "{name}: no record has the keys of a schema that is known, so what the records are has to be said (--from SCHEMA); \
             the first one was\n{first}", name = Printable(name))]
    UnknownSchema {
        /// The input: a path as it was given, or `<stdin>`.
        name: String,
        /// Its first record.
        first: Box<Error>,
    },
    /// The operating system rejected something.
    #[error("cannot {action} {name}: {source}{}", help(source), name = Printable(name))]
    Io {
        /// What was tried: `open`, `read`, `write`, ….
        action: &'static str,
        /// On what: a path or `<stdout>`.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// Whoever reads the output has stopped reading, and may have seen enough.
    #[error("nobody reads {name} any more", name = Printable(name))]
    ReaderGone {
        /// The output: a path or `<stdout>`.
        name: String,
    },
    /// Two of the files of a run are the same file, maybe through a link.
    #[error("{first} and {second} are the same file; nothing was written", first = Printable(first), second = Printable(second))]
    SameFile {
        /// One of them, as it was given.
        first: String,
        /// The other, as it was given.
        second: String,
    },
    /// Two outputs, or an input and an output, are the same pipe or stream.
    #[error("{first} and {second} are the same stream, in which they would mix; nothing was written", first = Printable(first), second = Printable(second))]
    SameStream {
        /// One of them, as it was given.
        first: String,
        /// The other, as it was given.
        second: String,
    },
    /// Two inputs would have the same file in the output folder.
    #[error(
        "the rows of {first} and of {second} would be one file, {target}: give them two runs, or other names; nothing was written", first = Printable(first), second = Printable(second), target = Printable(target))]
    SameTarget {
        /// One of the inputs, as it was given.
        first: String,
        /// The other, as it was given.
        second: String,
        /// The file.
        target: String,
    },
    /// A path that cannot be what it is meant to be.
    #[error("{name} {reason}", name = Printable(name))]
    Unusable {
        /// The path as it was given.
        name: String,
        /// Why it cannot be used.
        reason: String,
    },
    /// An option that was given for another schema than the records have.
    #[error("{name}: the records are of the schema {schema} (--from), but {flag} is for {needed}", name = Printable(name))]
    WrongSchema {
        /// The input: a path as it was given, or `<stdin>`.
        name: String,
        /// The schema that was asked for, or that of the first record.
        schema: Schema,
        /// The option.
        flag: &'static str,
        /// The schema that it is for.
        needed: Schema,
    },
    /// A name that is none of the [`Attributes`](crate::Attributes).
    #[error("there is no attribute {0:?} (--only-attribute)")]
    UnknownAttribute(String),
    /// Attributes that were asked for by name have no score in any row, and the checks are strict.
    #[error("{0}; nothing was written (--strict)")]
    UnscoredAttributes(String),
    /// A [`RowFormat`](crate::RowFormat) that gives no rows that anybody could read.
    #[error("{}", Printable(_0))]
    Unrepresentable(String),
    /// What was read a second time was not what was read first.
    #[error("the input changed while it was read several times (--repeat); run it again when nobody writes to it")]
    InputChanged,
    /// The system starts no more threads.
    #[error(
        "cannot start {what}: {source}; there is a limit to threads or to memory (ulimit -u, ulimit -v, or that of the \
             container): run it with fewer threads (--threads 1)"
    )]
    Threads {
        /// What was to be started.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// A worker stopped without an answer: a bug in this program.
    #[error("a worker failed ({0}); nothing was written. This is a bug, please report it with the input")]
    Worker(String),
}

impl Error {
    /// True if the run ended since too many records were rejected: what is known of them is then worth keeping.
    pub(crate) fn is_about_rejects(&self) -> bool {
        matches!(self, Self::TooManyRejects { .. } | Self::AllRejected { .. } | Self::UnknownSchema { .. })
    }

    pub(crate) fn io(action: &'static str, name: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        let name = name.to_string();
        move |source| Self::Io { action, name, source }
    }
}

/// What helps against what the system said, if that is known.
fn help(source: &io::Error) -> &'static str {
    if source.raw_os_error() == Some(rustix::io::Errno::MFILE.raw_os_error()) {
        "; that is a limit of the system (ulimit -n): raise it, or convert fewer files at a time"
    } else {
        ""
    }
}

/// How a record was read, as a line of its own.
fn note(detected: Option<DetectedSchema>) -> String {
    detected.map_or_else(String::new, |DetectedSchema { schema, line }| {
        format!("\n  it was read as {schema}, the schema of the record on line {line} (--from SCHEMA says otherwise)")
    })
}
