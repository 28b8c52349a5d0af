//! From a conversation to rows: one for each labelled turn, each with all the text before it.

use std::sync::Arc;

use super::{
    buffer::{GATHER_FROM, Rows},
    comparison,
    compiled::CompiledFormat,
    digest::TextDigest,
    head::Prompt,
    labels::{LabelTable, TextLengths},
    observer::{Observer, Row, RowTurns, TurnOrder},
    speakers::SpeakerFlags,
    tree::TreeRows,
};
use crate::{
    conversation::{Comparison, Conversation, Label, Tree},
    rejection::Rejection,
};

/// A maker of rows of one format.
pub(crate) struct Formatter {
    format: Arc<CompiledFormat>,
    /// The labels of one conversation or tree.
    labels: LabelTable,
    tree: TreeRows,
}

impl Formatter {
    pub(crate) fn new(format: Arc<CompiledFormat>) -> Self {
        let labels = LabelTable::new(format.numbers.names().len());
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
        if self.format.pair.is_some() {
            return self.append_to_groups(conversation, rows, observer);
        }
        let Self { format, labels, .. } = self;
        let prompt = format.prompt(conversation)?;
        // Every label first: one bad label rejects the record.
        let (lengths, speakers) = labels.read(format, conversation, prompt, true)?;
        observer.record(!labels.is_empty());
        if speakers != SpeakerFlags::default() {
            tell_odd_speakers(format, conversation, speakers, observer);
        }
        if O::WANTS_TURNS {
            observer.conversation(conversation.turns.len() as u64 + format.embedded_turns(conversation));
            conversation.turns.iter().for_each(|turn| observer.turn(turn, conversation, 1));
        }
        if let Some(last) = labels.len().checked_sub(1) {
            let first = if format.filter.last_labelled_only { last } else { 0 };
            self.append_labelled(conversation, prompt, first, &lengths, rows, observer);
        }
        Ok(())
    }

    /// Appends the rows of the labels from number `first` on.
    ///
    /// There are two ways from one row to the next. Short text is copied: a row stands in the buffer as it will be written.
    /// Long text is gathered: it stands there once, the score tails before it, and a row is a piece of each.
    fn append_labelled<O: Observer>(
        &mut self,
        conversation: &Conversation<'_>,
        prompt: Prompt<'_>,
        first: usize,
        lengths: &TextLengths,
        rows: &mut Rows,
        observer: &mut O,
    ) {
        let Self { format, labels, .. } = self;
        let (format, last) = (&**format, labels.len() - 1);
        // One row alone shares nothing.
        if lengths.shared >= GATHER_FROM && first < last {
            // The last row's tail stands behind the text.
            labels.append_tails(format, first..last, &mut rows.bytes);
        }

        let max_chars = format.max_chars(lengths.longest);
        let counts_characters = O::WANTS_CHARACTERS || max_chars.is_some();
        let (mut next_label, mut embedded_turns) = (0, 0);
        let (mut start, mut digest) = (rows.bytes.len(), TextDigest::default());
        let mut characters = format.append_head(conversation.spelling, prompt, &mut rows.bytes);
        digest.write::<O>(&rows.bytes[start..]);
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
                // All later rows are longer.
                observer.left_out((labels.len() - number) as u64);
                break;
            }
            let scores = labels.scores(number);
            let row = Row {
                label,
                scores,
                attributes: &format.numbers,
                flags: labels.flags(number),
                characters,
                digest: digest.of_row::<O>(scores),
                turns: RowTurns { all: conversation, order: TurnOrder::Conversation, last: index, format },
            };
            observer.row(&row, 1);
            let text = start..rows.bytes.len();
            if let Some(tail) = labels.tails().get(number) {
                rows.gather(text, tail.clone());
                continue;
            }
            format.append_score_tail(scores, &mut rows.bytes);
            rows.push(start..rows.bytes.len());
            if number == last {
                break;
            }
            start = rows.copy(text);
        }
        if embedded_turns > 0 {
            observer.embedded_turns(embedded_turns);
        }
    }

    /// Adds a conversation of a prompt and a response to the groups, and appends the pair of a group that it ends.
    #[inline(never)]
    fn append_to_groups<O: Observer>(
        &mut self,
        conversation: &Conversation<'_>,
        rows: &mut Rows,
        observer: &mut O,
    ) -> Result<(), Rejection> {
        let Self { format, labels, .. } = self;
        labels.read(format, conversation, format.prompt(conversation)?, false)?;
        observer.record(!labels.is_empty());
        if O::WANTS_TURNS {
            observer.conversation(conversation.turns.len() as u64 + format.embedded_turns(conversation));
            conversation.turns.iter().for_each(|turn| observer.turn(turn, conversation, 1));
        }
        let ([prompt, response], 1) = (conversation.turns, labels.len()) else { return Ok(()) };
        let texts = [prompt.value, response.value];
        let ended = rows.groups.add(conversation.spelling, texts, labels.scores(0)[0], labels.flags(0));
        if let Some(group) = ended {
            group.append_pair(format, rows, observer);
            rows.groups.recycle(group);
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

    /// Appends the rows of a comparison. A rejected comparison leaves no trace.
    pub(crate) fn append_comparison<O: Observer>(
        &mut self,
        comparison: &Comparison<'_>,
        rows: &mut Rows,
        observer: &mut O,
    ) -> Result<(), Rejection> {
        comparison::append(comparison, &self.format, &mut self.labels, rows, observer)
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
