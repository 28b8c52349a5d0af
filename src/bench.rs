//! The stages of a conversion one by one, for the bench suite and tests of time. This module is hidden: it is no part of the
//! public interface, and changes without notice.

use std::ops::ControlFlow;

use crate::{
    conversation::{Conversation, Label, System, Turn},
    converter::{Converter, Sink},
    format::attributes::Attributes,
    parse::{
        options::ReadOptions,
        pass_through::{Lines, SLACK, marks::Marks},
        schemas::sft,
        tape::SimdJson,
        turns::TurnBuffer,
    },
    report::figures::Figures,
    rows::{Formatter, Rows, compiled::CompiledFormat},
    schema::Schema,
    spelling::Spelling,
    summary::Counts,
};

/// Finds the marks of a corpus, and returns how many there are.
#[must_use]
pub fn split(corpus: &str, masks: &mut Vec<u64>) -> usize {
    let mut marks = Marks::find(corpus.as_bytes(), masks);
    let mut count = 0;
    while marks.peek().is_some() {
        marks.pass();
        count += 1;
    }
    count
}

/// Reads a corpus by the pass-through scanner, and returns how many turns it has.
#[must_use]
pub fn parse_by_pass_through(corpus: &str, masks: &mut Vec<u64>) -> usize {
    let mut scratch = vec![0; corpus.len() + SLACK];
    let attributes = Attributes::default();
    let mut lines = Lines::new(corpus, ReadOptions::Sft, &attributes, None, masks);
    let (mut count, mut buffer) = (0, TurnBuffer::default());
    while lines.has_next() {
        count += buffer.lend(|turns| {
            assert!(lines.next(&mut scratch, turns).record.is_some(), "the scanner gave up");
            turns.len()
        });
    }
    count
}

/// Reads a corpus by simd-json, and returns how many turns it has.
///
/// # Panics
///
/// If a record is rejected.
#[must_use]
pub fn parse_by_simd_json(corpus: &str) -> usize {
    let mut simd = SimdJson::new();
    let (mut count, mut buffer) = (0, TurnBuffer::default());
    for line in corpus.lines() {
        count += buffer.lend(|turns| {
            simd.read(line.as_bytes(), |tape, tape_context| sft::read(tape, tape_context, None, turns))
                .expect("the record is valid");
            turns.len()
        });
    }
    count
}

/// Formats one conversation, in which the assistant says each of `values` with a label, and returns how many
/// bytes of rows there are.
///
/// # Panics
///
/// If the label is rejected.
#[must_use]
pub fn format(values: &[&str], is_spelled: bool) -> u64 {
    let label = Label::Text("quality:3");
    let turns: Vec<_> =
        values.iter().map(|value| Turn { from: b"Assistant", value: value.as_bytes(), label }).collect();
    let spelling = if is_spelled { Spelling::Output } else { Spelling::Decoded };
    let mut rows = Rows::default();
    let conversation = Conversation { spelling, mask: b"User", system: System::Missing, turns: &turns };
    Formatter::new(CompiledFormat::nemo())
        .append(&conversation, &mut rows, &mut Counts::default())
        .expect("the label is good");
    rows.length()
}

/// Takes the figures of a chunk for a report, in this thread, and returns how many rows it has.
#[must_use]
pub fn figures(schema: Schema, chunk: &[u8]) -> u64 {
    let (mut rows, mut counts, mut figures) = (Rows::default(), Counts::default(), Figures::default());
    let sink = &mut Sink { rows: &mut rows, counts: &mut counts, figures: Some(&mut figures) };
    let mut converter = Converter::builder().schema(schema).build().expect("the default format is valid");
    let _ = converter.convert_chunk(chunk, converter.options(), false, sink, &mut |_| ControlFlow::Continue(()));
    counts.rows
}
