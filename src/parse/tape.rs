//! The authority: a line parsed by simd-json, and every rejection.
//!
//! simd-json is strict about JSON but has two limits that the format does not have: on nesting, lifted here
//! since its stack is on the heap, and on numbers, which must fit its types. A line that it rejects gets a
//! [second look](super::second_look).

use simd_json::{Buffers, INPUT_PADDING, Node, Tape};

use super::{explain::explain, second_look::Aside};
use crate::rejection::{Rejection, RejectionKind};

pub(crate) use super::second_look::TapeContext;

/// A parser with its memory.
pub(crate) struct SimdJson {
    buffers: Buffers,
    tape: Tape<'static>,
    /// The line and its padding; simd-json decodes strings in place.
    line: Vec<u8>,
    /// The same for the second look.
    plain: Vec<u8>,
    aside: Aside,
}

impl SimdJson {
    pub(crate) fn new() -> Self {
        let buffers = Buffers::with_max_depth(0, usize::MAX);
        Self { buffers, tape: Tape(Vec::new()), line: Vec::new(), plain: Vec::new(), aside: Aside::default() }
    }

    /// Reads a record of any schema by its tape, whose strings are decoded.
    pub(crate) fn read<'l, R>(
        &'l mut self,
        line: &[u8],
        record: impl FnOnce(&[Node<'l>], &TapeContext<'_>) -> Result<R, Rejection>,
    ) -> Result<R, Rejection> {
        let mut text = utf8(line)?;
        // A mapped input may be written to meanwhile, so what is looked at character by character is a copy.
        let copy;
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        self.aside.clear();
        let mut parsed = fill_tape(&mut self.line, line, &mut self.buffers, &mut tape);
        if parsed.is_err() {
            copy = line.to_vec();
            text = utf8(&copy)?;
            if let Some(plain) = self.aside.put(text) {
                parsed = fill_tape(&mut self.plain, &plain, &mut self.buffers, &mut tape);
            }
        }
        let read = match parsed {
            Ok(()) => record(&tape.0, &TapeContext::new(&self.aside, text, &tape.0)),
            Err(error) => Err(explain(text, error.error())),
        };
        self.tape = tape.reset();
        read
    }
}

fn utf8(line: &[u8]) -> Result<&str, Rejection> {
    simdutf8::compat::from_utf8(line).map_err(|error| {
        let valid = error.valid_up_to();
        let reason = format!("byte {} of the record is not UTF-8", valid + 1);
        Rejection::new(RejectionKind::InvalidUtf8, reason).at_byte(valid)
    })
}

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
