//! The authority: simd-json parses a line to a tape, and a line that it rejects is rejected.
//!
//! simd-json is strict about JSON but has two limits that the format does not have: on nesting, lifted here since its stack is
//! on the heap, and on numbers, which must fit its types. A line that it rejects is parsed once more, with
//! [placeholders](super::placeholders) for what only Python reads.

use simd_json::{Buffers, INPUT_PADDING, Node, Tape};

use super::{placeholders::Placeholders, syntax_error::syntax_error, tape_context::TapeContext};
use crate::rejection::{Rejection, RejectionKind};

/// The parser with its memory.
pub(crate) struct SimdJson {
    buffers: Buffers,
    tape: Tape<'static>,
    /// The line and its padding; simd-json decodes strings in place.
    line: Vec<u8>,
    /// The line with placeholders, and its padding.
    plain: Vec<u8>,
    placeholders: Placeholders,
}

impl SimdJson {
    pub(crate) fn new() -> Self {
        let buffers = Buffers::with_max_depth(0, usize::MAX);
        Self {
            buffers,
            tape: Tape(Vec::new()),
            line: Vec::new(),
            plain: Vec::new(),
            placeholders: Placeholders::default(),
        }
    }

    /// Parses a line, and gives `read_record` the tape, whose strings are decoded.
    pub(crate) fn read<'l, R>(
        &'l mut self,
        line: &[u8],
        read_record: impl FnOnce(&[Node<'l>], &TapeContext<'_>) -> Result<R, Rejection>,
    ) -> Result<R, Rejection> {
        let mut text = utf8(line)?;
        // Another process may write to a mapped input meanwhile, so the line that is searched byte by byte is a copy.
        let copy;
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        self.placeholders.clear();
        let mut parsed = fill_tape(&mut self.line, line, &mut self.buffers, &mut tape);
        if parsed.is_err() {
            copy = line.to_vec();
            text = utf8(&copy)?;
            if let Some(plain) = self.placeholders.replace_in(text) {
                parsed = fill_tape(&mut self.plain, &plain, &mut self.buffers, &mut tape);
            }
        }
        let read = match parsed {
            Ok(()) => read_record(&tape.0, &TapeContext::new(&self.placeholders, text, &tape.0)),
            Err(error) => Err(syntax_error(text, error.error())),
        };
        self.tape = tape.reset();
        read
    }
}

/// The line as text.
fn utf8(line: &[u8]) -> Result<&str, Rejection> {
    simdutf8::compat::from_utf8(line).map_err(|error| {
        let valid = error.valid_up_to();
        let reason = format!("byte {} of the record is not UTF-8", valid + 1);
        Rejection::new(RejectionKind::InvalidUtf8, reason).at_byte(valid)
    })
}

/// Parses a line, of which a copy is padded and changed.
fn fill_tape<'l>(
    copy: &'l mut Vec<u8>,
    line: &[u8],
    buffers: &mut Buffers,
    tape: &mut Tape<'l>,
) -> simd_json::Result<()> {
    copy.clear();
    copy.extend_from_slice(line);
    copy.resize(line.len() + INPUT_PADDING, 0);
    simd_json::fill_tape_padded(copy, line.len(), buffers, tape)
}
