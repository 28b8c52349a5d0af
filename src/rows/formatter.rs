//! From a conversation to rows: one for each labelled turn, each with all the text before it.

use std::sync::Arc;

use super::{
    buffer::Rows,
    compiled::CompiledFormat,
    digest::TextDigest,
    labels::{LabelTable, TextLengths},
    observer::{Observer, Row, RowTurns},
    speakers::SpeakerFlags,
    tree::TreeRows,
};
use crate::{
    conversation::{Conversation, Label, Tree},
    rejection::Rejection,
};

/// From this length on, text that a row shares with the row before is not copied but gathered by the kernel.
/// Below it, copying costs less than one more piece.
const GATHER_FROM: usize = 2 << 10;

/// A maker of rows of one format.
pub(crate) struct Formatter {
    format: Arc<CompiledFormat>,
    /// The labels of one conversation or tree.
    labels: LabelTable,
    tree: TreeRows,
}

impl Formatter {
    pub(crate) fn new(format: Arc<CompiledFormat>) -> Self {
        let labels = LabelTable::new(format.attributes.names().len());
        Self { format, labels, tree: TreeRows::default() }
    }

    pub(crate) fn format(&self) -> &Arc<CompiledFormat> {
        &self.format
    }

    /// Appends the rows of a conversation. A rejected conversation leaves no trace.
    pub(crate) fn append<O: Observer>(
        &mut self,
        conversation: &Conversation<'_>,
        rows: &mut Rows,
        observer: &mut O,
    ) -> Result<(), Rejection> {
        let Self { format, labels, .. } = self;
        let format = &**format;
        let prompt = format.prompt(conversation)?;
        // Every label first: a bad one anywhere means no row at all.
        let (lengths, speaker_flags) = labels.read(format, conversation, prompt, true)?;
        observer.record(!labels.is_empty());
        if speaker_flags != SpeakerFlags::default() {
            tell_odd_speakers(format, conversation, speaker_flags, observer);
        }
        if O::WANTS_TURNS {
            observer.conversation(conversation.turns.len() as u64 + format.embedded_turns(conversation));
            conversation.turns.iter().for_each(|turn| observer.turn(turn, conversation, 1));
        }
        let Some(last) = labels.len().checked_sub(1) else {
            return Ok(());
        };
        let first = if format.filter.last_labelled_only { last } else { 0 };
        let TextLengths { shared, longest } = lengths;

        // One row alone shares nothing.
        if shared >= GATHER_FROM && first < last {
            // The tail of the last row stands behind the text.
            labels.append_tails(format, first..last, &mut rows.bytes);
        }

        let max_chars = format.max_chars(longest);
        let counts_characters = O::WANTS_CHARACTERS || max_chars.is_some();
        let mut start = rows.bytes.len();
        let mut characters = format.append_head(conversation.spelling, prompt, &mut rows.bytes);
        let mut digest = TextDigest::default();
        digest.write::<O>(&rows.bytes[start..]);
        let (mut next_label, mut embedded_turns) = (0, 0);
        for (index, turn) in conversation.turns.iter().enumerate() {
            let turn_start = rows.bytes.len();
            let written = format.append_turn(conversation, turn, index == 0, counts_characters, &mut rows.bytes);
            digest.write::<O>(&rows.bytes[turn_start..]);
            characters += written.characters;
            embedded_turns += written.embedded;
            let Label::Text(label) = turn.label else {
                continue;
            };
            let number = next_label;
            next_label += 1;
            if number < first {
                continue;
            }
            if max_chars.is_some_and(|max| characters > max) {
                // So are all that follow.
                observer.left_out((labels.len() - number) as u64);
                break;
            }
            let scores = labels.scores(number);
            let row = Row {
                label,
                scores,
                attributes: &format.attributes,
                flags: labels.flags(number),
                characters,
                digest: digest.of_row::<O>(scores),
                turns: RowTurns { all: conversation, follows: None, last: index, format },
            };
            observer.row(&row, 1);
            let range = start..rows.bytes.len();
            if let Some(tail) = labels.tails().get(number) {
                rows.push(range);
                rows.push(tail.clone());
            } else {
                format.append_score_tail(scores, &mut rows.bytes);
                rows.push(start..rows.bytes.len());
                if number == last {
                    break;
                }
                start = rows.bytes.len();
                rows.bytes.extend_from_within(range);
            }
        }
        if embedded_turns > 0 {
            observer.embedded_turns(embedded_turns);
        }
        Ok(())
    }

    /// Appends the rows of all conversations of a tree. A rejected tree leaves no trace.
    pub(crate) fn append_tree<O: Observer>(
        &mut self,
        tree: &Tree<'_>,
        rows: &mut Rows,
        observer: &mut O,
    ) -> Result<(), Rejection> {
        self.tree.append(tree, &self.format, &mut self.labels, rows, observer)
    }
}

#[cold]
fn tell_odd_speakers<O: Observer>(
    format: &CompiledFormat,
    conversation: &Conversation<'_>,
    flags: SpeakerFlags,
    observer: &mut O,
) {
    if flags.no_user {
        observer.no_user(conversation);
    }
    if flags.has_others {
        format.speakers.others(conversation).for_each(|name| observer.other_speaker(&name));
    }
}
