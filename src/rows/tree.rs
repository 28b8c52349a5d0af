//! The rows of all conversations of a tree.
//!
//! Each message is written, counted and told once, whatever the number of conversations that it is in: time and memory are
//! linear in the messages, though rows are not.

use super::{
    buffer::Rows,
    compiled::CompiledFormat,
    digest::TextDigest,
    head::Prompt,
    labels::LabelTable,
    observer::{Observer, Row, RowTurns, TurnOrder},
    paths::Message,
};
use crate::{
    conversation::{Label, Tree},
    rejection::Rejection,
};

/// The messages of one tree, in memory that is kept from tree to tree.
#[derive(Debug, Default)]
pub(super) struct TreeRows {
    messages: Vec<MessageRows>,
    /// Of the text up to each message, if the observer wants digests.
    digests: Vec<TextDigest>,
}

/// A tree, and what its rows are made of.
struct Source<'t> {
    tree: &'t Tree<'t>,
    format: &'t CompiledFormat,
    labels: &'t LabelTable,
    prompt: Prompt<'t>,
    max_chars: Option<u64>,
}

/// A message of a tree, with the totals of the path from the root to it.
#[derive(Debug, Clone, Copy, Default)]
struct MessageRows {
    /// Bytes of text up to here.
    text: u64,
    /// Characters of the text, if they are counted.
    characters: u64,
    /// Turns up to here, with those that were split off.
    turns: u64,
    row: OwnRow,
    /// The last labelled message up to here.
    last_labelled: Option<usize>,
    /// The last message up to here with a row.
    last_with_row: Option<usize>,
    /// Bytes of all rows up to here.
    rows: u64,
    /// The conversations that this message is in.
    conversations: u64,
    /// The conversations that have its row, or would have it if it were not too long.
    row_times: u64,
}

/// The row that ends with a message.
#[derive(Debug, Clone, Copy, Default)]
enum OwnRow {
    /// The message has no label.
    #[default]
    None,
    /// The text of this row is too long.
    LeftOut,
    /// It has this number of bytes.
    Written(u64),
}

impl OwnRow {
    fn length(self) -> u64 {
        match self {
            Self::Written(length) => length,
            Self::None | Self::LeftOut => 0,
        }
    }
}

impl TreeRows {
    /// Appends the rows of all conversations of a tree. A rejected tree leaves no trace.
    pub(super) fn append<O: Observer>(
        &mut self,
        tree: &Tree<'_>,
        format: &CompiledFormat,
        labels: &mut LabelTable,
        rows: &mut Rows,
        observer: &mut O,
    ) -> Result<(), Rejection> {
        let prompt = format.prompt(&tree.all)?;
        // In a tree all are the user or the assistant, and there is no mask that could be wrong.
        let (lengths, _) = labels.read(format, &tree.all, prompt, false)?;
        labels.append_tails(format, 0..labels.len(), &mut rows.bytes);
        let source = Source { tree, format, labels, prompt, max_chars: format.max_chars(lengths.longest) };
        let first_message = rows.paths.len();
        self.append_messages(&source, rows, observer);
        self.add_conversations(&source, first_message, rows);
        self.tell(&source, observer);
        Ok(())
    }

    /// Appends the text of each message. The texts stand together, so that most of those that follow each other are one
    /// piece.
    fn append_messages<O: Observer>(&mut self, source: &Source<'_>, rows: &mut Rows, observer: &mut O) {
        let Self { messages, digests } = self;
        let &Source { tree, format, labels, prompt, max_chars } = source;
        let counts_characters = O::WANTS_CHARACTERS || max_chars.is_some();
        let first_message = rows.paths.len();
        let (mut tails, mut embedded_turns) = (labels.tails().iter(), 0);
        messages.clear();
        digests.clear();
        for (index, (turn, &follows)) in tree.all.turns.iter().zip(tree.follows).enumerate() {
            let is_root = index == follows;
            let start = rows.bytes.len();
            let mut message = if is_root { MessageRows::default() } else { messages[follows] };
            if is_root {
                message.characters = format.append_head(tree.all.spelling, prompt, &mut rows.bytes);
            }
            let written = format.append_turn(&tree.all, turn, is_root, counts_characters, &mut rows.bytes);
            let text = start..rows.bytes.len();
            message.text += text.len() as u64;
            message.characters += written.characters;
            message.turns += 1 + written.embedded;
            embedded_turns += written.embedded;
            if O::WANTS_DIGESTS {
                let mut digest = if is_root { TextDigest::default() } else { digests[follows].clone() };
                digest.write::<O>(&rows.bytes[text.clone()]);
                digests.push(digest);
            }

            let mut row_tail = 0..0;
            message.row = OwnRow::None;
            if turn.label != Label::None {
                let tail = tails.next().expect("a label was read for each");
                message.last_labelled = Some(index);
                message.row = OwnRow::LeftOut;
                if max_chars.is_none_or(|max| message.characters <= max) {
                    let length = message.text + tail.len() as u64;
                    message.row = OwnRow::Written(length);
                    message.rows = message.rows.saturating_add(length);
                    message.last_with_row = Some(index);
                    row_tail = tail.clone();
                }
            }
            messages.push(message);
            rows.paths.push(Message { follows: first_message + follows, text, row_tail });
        }
        if embedded_turns > 0 {
            observer.embedded_turns(embedded_turns);
        }
    }

    /// Adds the rows of each conversation to the output, and counts in how many each message and its row are.
    fn add_conversations(&mut self, source: &Source<'_>, first_message: usize, rows: &mut Rows) {
        let (messages, tree) = (&mut self.messages, source.tree);
        let last_only = source.format.filter.last_labelled_only;
        rows.paths.set_last_rows_only(last_only);
        for &leaf in tree.leaves {
            let MessageRows { rows: length, last_labelled, last_with_row, .. } = messages[leaf];
            let (length, last_with_row) = if last_only {
                let length = last_labelled.map_or(0, |last| messages[last].row.length());
                (length, last_labelled.filter(|_| length > 0))
            } else {
                (length, last_with_row)
            };
            if let Some(last) = last_with_row {
                rows.push_path(first_message + last, length);
            }
            if let Some(last) = last_labelled.filter(|_| last_only) {
                messages[last].row_times += 1;
            }
            messages[leaf].conversations += 1;
        }
        // A message stands behind the one that it follows.
        for (index, &follows) in tree.follows.iter().enumerate().skip(1).rev() {
            messages[follows].conversations += messages[index].conversations;
        }
        if !last_only {
            for message in messages {
                message.row_times = message.conversations;
            }
        }
    }

    /// Tells the observer of each message once.
    fn tell<O: Observer>(&self, source: &Source<'_>, observer: &mut O) {
        let Self { messages, digests } = self;
        let &Source { tree, format, labels, .. } = source;
        if O::WANTS_TURNS {
            tree.leaves.iter().for_each(|&leaf| observer.conversation(messages[leaf].turns));
            let turns = tree.all.turns.iter().zip(messages).filter(|(_, message)| message.conversations > 0);
            turns.for_each(|(turn, message)| observer.turn(turn, &tree.all, message.conversations));
        }
        let (mut numbers, mut is_labelled) = (0.., false);
        for (index, (turn, message)) in tree.all.turns.iter().zip(messages).enumerate() {
            let Label::Text(label) = turn.label else { continue };
            let Some(number) = numbers.next().filter(|_| message.row_times > 0) else { continue };
            is_labelled = true;
            if !matches!(message.row, OwnRow::Written(_)) {
                observer.left_out(message.row_times);
                continue;
            }
            let scores = labels.scores(number);
            let row = Row {
                label,
                scores,
                attributes: &format.numbers,
                flags: labels.flags(number),
                characters: message.characters,
                digest: digests.get(index).map_or(0, |digest| digest.of_row::<O>(scores)),
                turns: RowTurns { all: &tree.all, order: TurnOrder::Tree(tree.follows), last: index, format },
            };
            observer.row(&row, message.row_times);
        }
        observer.record(is_labelled);
    }
}
