//! The error of a run and its kinds.

use std::{fmt, io, sync::Arc};

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{
    format::{FormatError, PairsError},
    rejection::{Position, Rejection},
    schema::{DetectedSchema, Schema},
    setting::{Message, Setting},
};

/// The error of a failed run. The output is then as it was before the run; with
/// [`Output::Directory`](crate::Output::Directory) those of the inputs that were complete are in place.
///
/// [`kind`](Self::kind) tells errors apart. The message names settings as the library does;
/// [`display_with`](Self::display_with) names them as another program does.
#[derive(Debug)]
pub struct Error {
    kind: Box<ErrorKind>,
    ready: Option<Ready>,
    failed: Vec<FailedInput>,
}

/// An input that was left out because of an error ([`Config::keep_going`](crate::Config::keep_going)).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FailedInput {
    /// The input: a path as it was given.
    pub name: String,
    /// Why it was left out.
    pub error: Arc<Error>,
}

impl FailedInput {
    pub(crate) fn new(name: String, error: Error) -> Self {
        Self { name, error: Arc::new(error) }
    }
}

/// Equal names and messages.
impl PartialEq for FailedInput {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.error.to_string() == other.error.to_string()
    }
}

/// The name and the message.
impl Serialize for FailedInput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("FailedInput", 2)?;
        fields.serialize_field("input", &self.name)?;
        fields.serialize_field("error", &self.error.to_string())?;
        fields.end()
    }
}

/// The outputs of a run in a folder that are complete and in place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ready {
    /// Their number.
    pub(crate) files: usize,
    /// The number of all outputs.
    pub(crate) of: usize,
    /// The bytes of their rows.
    pub(crate) bytes: u64,
}

/// The kind of an [`Error`], with its details.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A record was rejected: the first one in the order of the file.
    Record {
        /// The position of the record.
        position: Position,
        /// Why it was rejected.
        rejection: Rejection,
        /// The record around the fault, with unprintable characters escaped, for people to recognise it.
        excerpt: String,
        /// The schema that the record was read as, if it was detected and matters for the rejection.
        detected: Option<DetectedSchema>,
    },
    /// More records were rejected than [`OnError::Skip`](crate::OnError::Skip) allows.
    TooManyRejects {
        /// The number of rejected records that is allowed.
        limit: u64,
        /// The error of the first record beyond the limit.
        last: Error,
    },
    /// All records were rejected, which [`Config::allow_empty`](crate::Config::allow_empty) does not allow.
    AllRejected {
        /// The number of records.
        records: u64,
        /// The error of the first one.
        first: Error,
    },
    /// No record of an input is of a known schema, and [`Config::schema`](crate::Config::schema) names none.
    UnknownSchema {
        /// The input: a path as it was given, `<stdin>` or `<reader>`.
        name: String,
        /// The error of its first record.
        first: Error,
    },
    /// A line is longer than [`Config::max_line`](crate::Config::max_line).
    LineTooLong {
        /// The position of the line.
        position: Position,
        /// The length that is allowed, in bytes.
        limit: usize,
    },
    /// A system call failed.
    Io {
        /// The attempted action: `open`, `read`, `write`, ….
        action: &'static str,
        /// Its object: a path as it was given, or `<stdin>`, `<stdout>`, `<reader>` or `<writer>`.
        name: String,
        /// The error of the system.
        source: io::Error,
    },
    /// The reader of the output closed it, as `head` does after its last line.
    ReaderGone {
        /// The output: a path, `<stdout>` or `<writer>`.
        name: String,
    },
    /// Two files of the run are the same file, maybe through a link.
    SameFile {
        /// The first one, as given.
        first: Message,
        /// The second one, as given.
        second: Message,
    },
    /// Two outputs, or an input and an output, are the same pipe or stream.
    SameStream {
        /// The first one, as given.
        first: Message,
        /// The second one, as given.
        second: Message,
    },
    /// Two inputs would have the same file in the output folder.
    SameTarget {
        /// The first input, as given.
        first: String,
        /// The second input, as given.
        second: String,
        /// The file.
        target: String,
    },
    /// A path cannot be used for its purpose.
    Unusable {
        /// The path as it was given.
        name: String,
        /// Why it cannot be used, and what helps.
        reason: Message,
    },
    /// A setting is for records of other schemas.
    WrongSchema {
        /// The input, if there is one: a path as it was given, `<stdin>` or `<reader>`.
        name: Option<String>,
        /// The named schema, or that of the first record.
        schema: Schema,
        /// The setting.
        setting: Setting,
        /// The schemas that it is for.
        needed: &'static [Schema],
    },
    /// [`Config::only_attribute`](crate::Config::only_attribute) is none of the [`Attributes`](crate::Attributes).
    UnknownAttribute(String),
    /// Custom attributes have no score in any row, and the checks are strict. The text names them.
    UnscoredAttributes(String),
    /// The parts of the [`RowFormat`](crate::RowFormat) contradict each other.
    Format(FormatError),
    /// The inputs have different schemas, and no `attributes` are set that are common to both.
    DifferentAttributes {
        /// The input: a path as it was given, `<stdin>` or `<reader>`.
        name: String,
        /// Its schema, and the attributes that such records have scores for.
        schema: (Schema, Vec<String>),
        /// The schema and the attributes of the inputs before it.
        before: (Schema, Vec<String>),
    },
    /// The [`Layout`](crate::Layout) cannot express the records, or needs pairs that they do not give.
    Pairs {
        /// The input, if there is one: a path as it was given, `<stdin>` or `<reader>`.
        name: Option<String>,
        /// Its schema.
        schema: Schema,
        /// Why there are no rows.
        error: PairsError,
    },
    /// [`Config::only_attribute`](crate::Config::only_attribute) is set, and rows have a single score or are pairs.
    OneOfOne,
    /// The records have no score for any of the attributes.
    NoAttribute {
        /// The input: a path as it was given, `<stdin>` or `<reader>`.
        name: String,
        /// Its schema.
        schema: Schema,
        /// The attributes that such records have scores for.
        scored: Vec<&'static str>,
        /// The setting that names the attributes.
        setting: Setting,
    },
    /// The input was different when it was read again for [`Config::repeat`](crate::Config::repeat).
    InputChanged,
    /// The system starts no more threads.
    Threads {
        /// The threads that could not be started.
        what: String,
        /// The error of the system.
        source: io::Error,
    },
    /// A worker stopped without an answer: a bug in this program.
    Worker(String),
}

impl Error {
    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The kind of the error, by value.
    #[must_use]
    pub fn into_kind(self) -> ErrorKind {
        *self.kind
    }

    /// The number of outputs that were complete and in place when the run failed. Only a folder with an output for each input
    /// ([`Output::Directory`](crate::Output::Directory)) has such outputs.
    #[must_use]
    pub fn complete_outputs(&self) -> usize {
        self.ready.map_or(0, |ready| ready.files)
    }

    /// The outputs that are complete, if there are any.
    pub(super) fn ready(&self) -> Option<Ready> {
        self.ready.filter(|ready| ready.files > 0)
    }

    /// The inputs that were left out before the run failed ([`Config::keep_going`](crate::Config::keep_going)).
    #[must_use]
    pub fn failed_inputs(&self) -> &[FailedInput] {
        &self.failed
    }

    /// The error of a run with these outputs, and these inputs that were left out.
    pub(crate) fn of_run(mut self, ready: Option<Ready>, failed: Vec<FailedInput>) -> Self {
        (self.ready, self.failed) = (ready, failed);
        self
    }

    /// The position of the record or line, if the error is about one.
    #[must_use]
    pub fn position(&self) -> Option<&Position> {
        match self.kind() {
            ErrorKind::Record { position, .. } | ErrorKind::LineTooLong { position, .. } => Some(position),
            ErrorKind::TooManyRejects { last: record, .. }
            | ErrorKind::AllRejected { first: record, .. }
            | ErrorKind::UnknownSchema { first: record, .. } => record.position(),
            _ => None,
        }
    }

    /// True if the run ended because of its rejected records: the findings about them are then worth keeping.
    pub(crate) fn is_about_rejects(&self) -> bool {
        use ErrorKind::{AllRejected, TooManyRejects, UnknownSchema};
        matches!(self.kind(), TooManyRejects { .. } | AllRejected { .. } | UnknownSchema { .. })
    }

    pub(crate) fn io(action: &'static str, name: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        let name = name.to_string();
        move |source| ErrorKind::Io { action, name, source }.into()
    }

    pub(crate) fn unusable(name: impl fmt::Display, reason: impl Into<Message>) -> Self {
        ErrorKind::Unusable { name: name.to_string(), reason: reason.into() }.into()
    }

    pub(crate) fn threads(what: impl Into<String>, source: io::Error) -> Self {
        ErrorKind::Threads { what: what.into(), source }.into()
    }

    pub(crate) fn worker(reason: impl Into<String>) -> Self {
        ErrorKind::Worker(reason.into()).into()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind: Box::new(kind), ready: None, failed: Vec::new() }
    }
}

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Self {
        ErrorKind::Format(error).into()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Io { source, .. } | ErrorKind::Threads { source, .. } => Some(source),
            _ => None,
        }
    }
}
