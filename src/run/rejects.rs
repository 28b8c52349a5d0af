//! `--rejects`: rejected records with their places and reasons, so that they can be mended and converted.

use std::{
    io::{BufWriter, Write},
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;

use crate::{
    error::Error,
    output::file::OutputFile,
    rejection::{Position, Rejection, RejectionKind},
};

/// One line of the file.
#[derive(Serialize)]
struct Reject<'a> {
    file: &'a str,
    line: u64,
    byte: u64,
    kind: RejectionKind,
    reason: &'a str,
    /// The untouched line, without its line feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a str>,
    /// The same, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    record_base64: Option<String>,
}

/// The file of rejected records.
pub(crate) struct Rejects {
    output: OutputFile,
    /// Collects small writes; it belongs to `output`.
    buffer: BufWriter<std::fs::File>,
}

impl Rejects {
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let output = OutputFile::create_or_stdout(path, "--rejects")?;
        let file = output.file().try_clone().map_err(Error::io("write", &output.name))?;
        Ok(Self { output, buffer: BufWriter::new(file) })
    }

    pub(crate) fn write(&mut self, position: &Position, rejection: &Rejection, line: &[u8]) -> Result<(), Error> {
        let record = std::str::from_utf8(line).ok();
        let reject = Reject {
            file: &position.file,
            line: position.line,
            byte: position.byte,
            kind: rejection.kind(),
            reason: rejection.reason(),
            record,
            record_base64: record.is_none().then(|| BASE64_STANDARD.encode(line)),
        };
        serde_json::to_writer(&mut self.buffer, &reject)
            .map_err(Into::into)
            .and_then(|()| self.buffer.write_all(b"\n"))
            .map_err(Error::io("write", &self.output.name))
    }

    /// Flushes, and returns the output to commit.
    pub(crate) fn finish(mut self) -> Result<OutputFile, Error> {
        self.buffer.flush().map_err(Error::io("write", &self.output.name))?;
        Ok(self.output)
    }
}
