//! A pair: one row with two responses to the same context, the chosen one first.

use super::{
    buffer::Rows,
    compiled::{CompiledFormat, Written},
    digest::TextDigest,
    embedded,
    groups::Group,
    head::Prompt,
    labels::LabelFlags,
    observer::{Observer, Row, RowTurns, TurnOrder},
};
use crate::{
    conversation::{ASSISTANT, Comparison, Conversation, Label, System, Turn, USER},
    format::{layout::Pair, role::Role},
    spelling::Spelling,
};

/// Which response of a comparison is chosen, and by how much.
pub(super) struct Choice<'l> {
    /// 0 for the first response, 1 for the second one.
    pub(super) chosen: usize,
    /// The margin: how much better the chosen response is. 0 is a tie.
    pub(super) margin: f64,
    pub(super) label: &'l str,
    pub(super) flags: LabelFlags,
}

impl Group {
    /// Appends the pair of the group, which has ended.
    pub(crate) fn append_pair<O: Observer>(&self, format: &CompiledFormat, rows: &mut Rows, observer: &mut O) {
        let (Some(frame), 2..) = (format.pair, self.records) else {
            return observer.unpaired();
        };
        let Self { prompt, best, worst, .. } = self;
        let turn = |from, value| Turn { from, value, label: Label::None };
        let turns = &[turn(USER, prompt), turn(ASSISTANT, &best.text), turn(ASSISTANT, &worst.text)];
        let all = Conversation { spelling: Spelling::Output, mask: USER, system: System::Missing, turns };
        let flags = best.flags.or(worst.flags);
        let choice = Choice { chosen: 0, margin: best.score - worst.score, label: "", flags };
        append(&Comparison { all }, Prompt::Fixed, &choice, format, frame, rows, observer);
    }
}

/// Appends the row of a pair, unless it is a tie or left out.
pub(super) fn append<O: Observer>(
    comparison: &Comparison<'_>,
    prompt: Prompt<'_>,
    choice: &Choice<'_>,
    format: &CompiledFormat,
    frame: &Pair,
    rows: &mut Rows,
    observer: &mut O,
) {
    let &Choice { chosen, margin, label, flags } = choice;
    if margin == 0.0 {
        return observer.tie();
    }
    if format.filter.min_margin.is_some_and(|min| margin < min) {
        return observer.below_margin();
    }
    let (all, (context, responses)) = (&comparison.all, comparison.split());
    let [chosen_turn, rejected_turn] = [responses[chosen], responses[1 - chosen]];
    let max_chars = format.filter.max_chars;
    let counts_characters = O::WANTS_CHARACTERS || max_chars.is_some();

    let (start, bytes) = (rows.bytes.len(), &mut rows.bytes);
    let Written { mut characters, embedded } = format.append_context(all, prompt, context, counts_characters, bytes);
    let of_chosen = match frame.before_chosen {
        Some(before) => {
            bytes.extend_from_slice(before.as_bytes());
            format.append_content(all.spelling, chosen_turn.value, counts_characters, bytes)
        }
        None => format.append_turn(all, chosen_turn, context.is_empty(), counts_characters, bytes).characters,
    };
    bytes.extend_from_slice(frame.before_rejected.as_bytes());
    let of_rejected = format.append_content(all.spelling, rejected_turn.value, counts_characters, bytes);
    characters += of_chosen.max(of_rejected);
    if max_chars.is_some_and(|max| characters > max) {
        bytes.truncate(start);
        return observer.left_out(1);
    }

    let mut digest = TextDigest::default();
    digest.write::<O>(&bytes[start..]);
    format.append_pair_tail(frame, margin, bytes);
    if embedded > 0 {
        observer.embedded_turns(embedded);
    }
    let scores = &[margin];
    let turns = RowTurns { all, order: TurnOrder::Pair, last: context.len() + chosen, format };
    let digest = digest.of_row::<O>(scores);
    observer.row(&Row { label, scores, attributes: &format.numbers, flags, characters, digest, turns }, 1);
    if !begins_and_ends_with_user(all, context, format) {
        observer.odd_context();
    }
    let row = start..rows.bytes.len();
    rows.push(row);
}

/// True if a context begins and ends with the user.
fn begins_and_ends_with_user(all: &Conversation<'_>, context: &[Turn<'_>], format: &CompiledFormat) -> bool {
    let is_user = |turn: &Turn<'_>| format.speakers.role(all, turn) == Role::User;
    let (Some(first), Some(last)) = (context.first(), context.last()) else { return false };
    let ends_with_user =
        || !format.splits || embedded::segments(all.spelling, last.value).last().is_some_and(|it| it.is_user);
    is_user(first) && is_user(last) && ends_with_user()
}
