//! `--rejects`: rejected records with their positions and reasons, so that they can be mended and converted.

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
    setting::Setting,
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
    /// The untouched line, if it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    record_base64: Option<String>,
}

/// The file of rejected records.
pub(super) struct Rejects {
    output: BufWriter<OutputFile<'static>>,
}

impl Rejects {
    pub(super) fn create(path: &Path, sync: bool) -> Result<Self, Error> {
        Ok(Self { output: BufWriter::new(OutputFile::create_or_stdout(path, Setting::Rejects, sync)?) })
    }

    pub(super) fn write(&mut self, position: &Position, rejection: &Rejection, line: &[u8]) -> Result<(), Error> {
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
        let written = serde_json::to_writer(&mut self.output, &reject).map_err(Into::into);
        written.and_then(|()| self.output.write_all(b"\n")).map_err(Error::io("write", &self.output.get_ref().name))
    }

    /// Flushes, and returns the output to commit.
    pub(super) fn finish(self) -> Result<OutputFile<'static>, Error> {
        let name = self.output.get_ref().name.clone();
        self.output.into_inner().map_err(|error| Error::io("write", name)(error.into_error()))
    }
}
