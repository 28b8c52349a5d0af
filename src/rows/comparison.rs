//! The rows of a comparison: a pair, or a text for each of its two responses, with the label of the record.
//!
//! The Bradley-Terry losses take two adjacent rows for a pair. If one of the two is left out, so is the other.

use std::{array, ops::Range};

use super::{
    buffer::{GATHER_FROM, Rows},
    compiled::{CompiledFormat, Written},
    digest::TextDigest,
    labels::LabelTable,
    observer::{Observer, Row, RowTurns, TurnOrder},
    pair::{self, Choice},
};
use crate::{
    conversation::{Comparison, Label},
    rejection::Rejection,
};

/// A text of a comparison that stands in the bytes of the rows.
#[derive(Default)]
struct Text {
    /// The text, or what follows the context if the text is gathered; the score tail stands behind it.
    range: Range<usize>,
    is_gathered: bool,
    characters: u64,
    digest: TextDigest,
}

/// Appends the rows of a comparison. A rejected comparison leaves no trace.
pub(super) fn append<O: Observer>(
    comparison: &Comparison<'_>,
    format: &CompiledFormat,
    labels: &mut LabelTable,
    rows: &mut Rows,
    observer: &mut O,
) -> Result<(), Rejection> {
    let all = &comparison.all;
    let prompt = format.prompt(all)?;
    // The speakers are the user and the assistant.
    let (lengths, _) = labels.read(format, all, prompt, false)?;
    observer.record(!labels.is_empty());
    tell_turns(comparison, format, observer);
    let [Label::Text(label), ..] = comparison.split().1.map(|response| response.label) else { return Ok(()) };
    if let Some(frame) = format.pair {
        let (strength, flags) = (labels.scores(0)[0], labels.flags(0));
        let choice = Choice { chosen: usize::from(strength > 0.0), margin: strength.abs(), label, flags };
        pair::append(comparison, prompt, &choice, format, frame, rows, observer);
        return Ok(());
    }

    let max_chars = format.max_chars(lengths.longest);
    let counts_characters = O::WANTS_CHARACTERS || max_chars.is_some();
    let (context, responses) = comparison.split();
    let (start, mut digest) = (rows.bytes.len(), TextDigest::default());
    let Written { characters, embedded } =
        format.append_context(all, prompt, context, counts_characters, &mut rows.bytes);
    let shared = start..rows.bytes.len();
    digest.write::<O>(&rows.bytes[shared.clone()]);
    if embedded > 0 {
        observer.embedded_turns(embedded);
    }

    let texts: [Text; 2] = array::from_fn(|number| {
        // The first text stands behind the context, and so does the second one unless the context is short enough to copy.
        let is_gathered = number > 0 && shared.len() >= GATHER_FROM;
        let start = match number {
            0 => start,
            _ if is_gathered => rows.bytes.len(),
            _ => rows.copy(shared.clone()),
        };
        let (response, mut digest) = (rows.bytes.len(), digest.clone());
        let is_first = context.is_empty();
        let written = format.append_turn(all, responses[number], is_first, counts_characters, &mut rows.bytes);
        digest.write::<O>(&rows.bytes[response..]);
        format.append_score_tail(labels.scores(number), &mut rows.bytes);
        let range = start..rows.bytes.len();
        Text { range, is_gathered, characters: characters + written.characters, digest }
    });
    if max_chars.is_some_and(|max| texts.iter().any(|text| text.characters > max)) {
        rows.bytes.truncate(start);
        observer.left_out(texts.len() as u64);
        return Ok(());
    }
    for (number, text) in texts.into_iter().enumerate() {
        let scores = labels.scores(number);
        let row = Row {
            label,
            scores,
            attributes: &format.numbers,
            flags: labels.flags(number),
            characters: text.characters,
            digest: text.digest.of_row::<O>(scores),
            turns: RowTurns { all, order: TurnOrder::Comparison, last: context.len() + number, format },
        };
        observer.row(&row, 1);
        if text.is_gathered {
            rows.gather(shared.clone(), text.range);
        } else {
            rows.push(text.range);
        }
    }
    Ok(())
}

/// Tells the observer of the two conversations of a comparison.
fn tell_turns<O: Observer>(comparison: &Comparison<'_>, format: &CompiledFormat, observer: &mut O) {
    if !O::WANTS_TURNS {
        return;
    }
    let (all, (context, responses)) = (&comparison.all, comparison.split());
    let turns = context.len() as u64 + 1 + format.embedded_turns(all);
    for response in responses {
        observer.conversation(turns);
        observer.turn(response, all, 1);
    }
    for turn in context {
        observer.turn(turn, all, 2);
    }
}
