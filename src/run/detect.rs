//! The schema of an input for which none was named: that of its first record that any schema knows.
//!
//! A bad line decides nothing, so a bad first line costs no other record. Lines before the record that decides are rejected
//! in every schema. They are read as records of no schema, with reasons that depend on them alone, so that nothing depends on
//! where chunks end. A shard looks at the lines of its file before it, so that all shards of the file agree.

use std::io::{self, BufRead};

use crate::{
    error::Error,
    input::{InputFile, chunk::Chunk},
    lines::{is_blank, line_ranges, read_line},
    parse::tape::SimdJson,
    schema::{DetectedSchema, Schema},
    spelling::characters::BYTE_ORDER_MARK,
};

/// Looks for the schema of each input, chunk by chunk in their order.
pub(super) struct Detector<'f> {
    files: &'f [InputFile],
    /// A longer line decides nothing.
    max_line: usize,
    parser: SimdJson,
    /// The file of the last chunk.
    file: Option<usize>,
    /// The lines of that file so far, until one decides.
    lines: u64,
    found: Option<DetectedSchema>,
}

/// Looks for the schema of a whole regular file.
pub(super) fn schema_of(file: &InputFile, max_line: usize) -> io::Result<Option<Schema>> {
    let mut detector = Detector::new(&[], max_line);
    detector.look_through(file.part(0..file.whole_length())?)?;
    Ok(detector.found.map(|found| found.schema))
}

/// The schema of the records of a chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChunkSchema {
    /// The offset of the first line whose schema is known; the length of the chunk if there is none.
    pub(super) from: usize,
    /// The schema from there on.
    pub(super) schema: Option<Schema>,
    /// The schema and the line that decided, if it was not named.
    pub(super) detected: Option<DetectedSchema>,
}

impl ChunkSchema {
    /// A schema that was named.
    pub(super) fn named(schema: Schema) -> Self {
        Self { from: 0, schema: Some(schema), detected: None }
    }

    /// A chunk of `length` bytes in which no line decides.
    pub(super) fn unknown(length: usize) -> Self {
        Self::detected(length, None)
    }

    fn detected(from: usize, found: Option<DetectedSchema>) -> Self {
        Self { from, schema: found.map(|found| found.schema), detected: found }
    }
}

impl<'f> Detector<'f> {
    pub(super) fn new(files: &'f [InputFile], max_line: usize) -> Self {
        Self { files, max_line, parser: SimdJson::new(), file: None, lines: 0, found: None }
    }

    /// Looks at the next chunk.
    pub(super) fn look(&mut self, chunk: &Chunk) -> Result<ChunkSchema, Error> {
        if self.file != Some(chunk.file) {
            (self.file, self.lines, self.found) = (Some(chunk.file), 0, None);
            let file = &self.files[chunk.file];
            self.look_before(file).map_err(Error::io("read", &file.name))?;
        }
        if self.found.is_some() {
            return Ok(ChunkSchema::detected(0, self.found));
        }
        let deciding = line_ranges(chunk).find(|range| self.decides(&chunk[range.clone()]));
        Ok(ChunkSchema::detected(deciding.map_or(chunk.len(), |range| range.start), self.found))
    }

    /// Looks at the lines of a file before the range that is converted.
    fn look_before(&mut self, file: &InputFile) -> io::Result<()> {
        self.look_through(file.before()?)
    }

    /// Looks at lines from the first one of a file on, until one decides.
    fn look_through(&mut self, mut lines: impl BufRead) -> io::Result<()> {
        let mut line = Vec::new();
        while self.found.is_none() && read_line(&mut lines, &mut line, self.max_line)? > 0 {
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let text = if self.lines == 0 { text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text) } else { text };
            self.decides(text);
            line.clear();
        }
        Ok(())
    }

    /// Looks at the next line. True if its record decides.
    fn decides(&mut self, line: &[u8]) -> bool {
        self.lines += 1;
        let schema = if is_blank(line) { None } else { Schema::detect_with(&mut self.parser, line) };
        self.found = schema.map(|schema| DetectedSchema { schema, line: self.lines });
        self.found.is_some()
    }
}
