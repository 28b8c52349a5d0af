//! From a conversation to rows: one for each labelled turn, each with all the text before it.
//!
//! Output grows with the square of a conversation: a 4 MB record with 2,000 labelled turns makes 4 GB of rows.
//! So [`Rows`] does not hold the rows of a long conversation but its text once, and for each row the pieces of
//! which it consists; the kernel gathers them when they are written. Memory stays linear in the input. The rows of
//! conversations that share their beginnings are put together from [`paths`] only on their way out.

pub(crate) mod compiled;
pub(crate) mod embedded;
pub(crate) mod labels;
pub(crate) mod score_tail;
pub(crate) mod speakers;

mod paths;

use std::{ops::Range, sync::Arc};

use self::{
    compiled::{CompiledFormat, Prompt},
    labels::LabelTable,
    paths::{Message, Paths},
    speakers::SpeakerFlags,
};
use crate::{
    conversation::{Conversation, Label, Tree},
    rejection::{Rejection, RejectionKind},
    report::figures::Figures,
    summary::Counts,
};

/// From this length on, text that a row shares with the row before is not copied but gathered by the kernel.
/// Below it, copying costs less than one more piece.
const GATHER_FROM: usize = 2 << 10;

/// Rows that outgrow this give their memory back when they are cleared; otherwise one giant record would keep
/// it until the end.
const KEPT_CAPACITY: usize = 4 << 20;

/// The rows of a chunk, in order.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    bytes: Vec<u8>,
    /// What of `bytes` makes up the output, in order; pieces may overlap.
    pieces: Vec<Range<usize>>,
    /// The rest of the output. Records of one schema have either pieces or paths, so neither comes in between.
    paths: Paths,
    /// The sum of all pieces.
    length: u64,
}

impl Rows {
    /// The bytes of output.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The bytes of memory that the output is gathered from.
    pub(crate) fn held(&self) -> usize {
        self.bytes.len()
    }

    /// The output, piece by piece.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().cloned().chain(self.paths.pieces()).map(|piece| &self.bytes[piece])
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_CAPACITY);
        self.pieces.clear();
        self.pieces.shrink_to(KEPT_CAPACITY / size_of::<Range<usize>>());
        self.paths.clear(KEPT_CAPACITY);
        self.length = 0;
    }

    fn push(&mut self, piece: Range<usize>) {
        self.length += piece.len() as u64;
        match self.pieces.last_mut() {
            Some(last) if last.end == piece.start => last.end = piece.end,
            _ => self.pieces.push(piece),
        }
    }
}

/// Makes rows from conversations, as planned.
pub(crate) struct Formatter {
    format: Arc<CompiledFormat>,
    /// The labelled turns of one conversation.
    labels: LabelTable,
    /// Where the ends of the rows of one conversation stand, if they are gathered.
    tails: Vec<Range<usize>>,
    /// For the messages of a tree.
    so_far: Vec<SoFar>,
    /// Told of every conversation and row, if there is one.
    pub(crate) figures: Option<Figures>,
}

/// What there is from the root of a tree to one of its messages.
#[derive(Debug, Clone, Copy, Default)]
struct SoFar {
    /// Bytes of text.
    text: u64,
    /// Characters of it, if they are counted.
    characters: u64,
    /// Turns that were split off.
    embedded: u64,
    /// Bytes of all rows up to here.
    rows: u64,
    /// The last labelled message, and the bytes of its row, if it is not too long for one.
    labelled: Option<usize>,
    row: u64,
    /// The last message with a row.
    with_row: Option<usize>,
    /// How many conversations have a row of this message, if it is labelled.
    conversations: u64,
}

/// How long the texts of a conversation's rows are: about, since nothing of them is spelled yet.
struct Lengths {
    /// Bytes that the last row shares with the one before it.
    shared: usize,
    /// Bytes of the longest text; it has no more characters.
    most: usize,
}

impl Formatter {
    pub(crate) fn new(format: Arc<CompiledFormat>) -> Self {
        let labels = LabelTable::new(format.attributes.names().len());
        Self { format, labels, tails: Vec::new(), so_far: Vec::new(), figures: None }
    }

    pub(crate) fn format(&self) -> &Arc<CompiledFormat> {
        &self.format
    }

    /// Appends the rows of a conversation and counts them. A rejected conversation leaves no trace.
    pub(crate) fn append(
        &mut self,
        conversation: &Conversation<'_>,
        rows: &mut Rows,
        counts: &mut Counts,
    ) -> Result<(), Rejection> {
        let prompt = self.format.prompt(conversation)?;
        // Every label first: a bad one anywhere means no row at all.
        let (Lengths { shared, most }, speaker_flags) = self.read_labels(conversation, prompt, true)?;
        let Self { format, labels, tails, figures, .. } = self;
        counts.record(!labels.is_empty());
        if speaker_flags != SpeakerFlags::default() {
            counts.speakers(speaker_flags, &format.speakers, conversation);
        }
        if let Some(figures) = figures {
            figures.conversation(conversation, format.embedded(conversation));
        }
        let Some(last) = labels.len().checked_sub(1) else {
            return Ok(());
        };
        let first = if format.checks.last_labelled_only { last } else { 0 };

        tails.clear();
        // One row alone shares nothing.
        if shared >= GATHER_FROM && first < last {
            for row in first..last {
                let start = rows.bytes.len();
                format.score_tail.append(&mut rows.bytes, labels.scores(row));
                tails.push(start..rows.bytes.len());
            }
        }

        let max_chars = format.max_chars(most);
        let counts_characters = figures.is_some() || max_chars.is_some();
        let mut start = rows.bytes.len();
        let mut characters = format.append_head(conversation.spelling, prompt, &mut rows.bytes);
        let mut row = 0;
        for (index, turn) in conversation.turns.iter().enumerate() {
            let written = format.append_turn(conversation, turn, index == 0, counts_characters, &mut rows.bytes);
            characters += written.characters;
            counts.embedded_turns += written.embedded;
            if turn.label == Label::None {
                continue;
            }
            let number = row;
            row += 1;
            if number < first {
                continue;
            }
            if max_chars.is_some_and(|max| characters > max) {
                // So are all that follow.
                counts.too_long += (labels.len() - number) as u64;
                break;
            }
            let flags = labels.flags(number);
            counts.row(&format.attributes, labels.scores(number), flags);
            if let (true, Label::Text(label)) = (flags.has_unknown, turn.label) {
                counts.unknown(&format.attributes, label);
            }
            if let Some(figures) = figures {
                figures.row(labels.scores(number), &format.attributes, characters, 1);
            }
            if let Some(end) = tails.get(number) {
                rows.push(start..rows.bytes.len());
                rows.push(end.clone());
            } else {
                let text = start..rows.bytes.len();
                format.score_tail.append(&mut rows.bytes, labels.scores(number));
                rows.push(start..rows.bytes.len());
                if number == last {
                    break;
                }
                start = rows.bytes.len();
                rows.bytes.extend_from_within(text);
            }
        }
        Ok(())
    }

    /// Appends the rows of all conversations of a tree and counts them. A rejected tree leaves no trace.
    pub(crate) fn append_tree(
        &mut self,
        tree: &Tree<'_>,
        rows: &mut Rows,
        counts: &mut Counts,
    ) -> Result<(), Rejection> {
        let prompt = self.format.prompt(&tree.all)?;
        // In a tree all are the user or the assistant, and there is no mask that could be wrong.
        let (Lengths { most, .. }, _) = self.read_labels(&tree.all, prompt, false)?;
        let Self { format, labels, tails, so_far, figures, .. } = self;
        tails.clear();
        for row in 0..labels.len() {
            let start = rows.bytes.len();
            format.score_tail.append(&mut rows.bytes, labels.scores(row));
            tails.push(start..rows.bytes.len());
        }

        // The texts stand together, so that most of those that follow each other are one piece.
        let max_chars = format.max_chars(most);
        let counts_characters = figures.is_some() || max_chars.is_some();
        let first = rows.paths.len();
        let mut row_tails = tails.iter();
        so_far.clear();
        for (index, (turn, &follows)) in tree.all.turns.iter().zip(tree.follows).enumerate() {
            let start = rows.bytes.len();
            let mut here = so_far.get(follows).copied().unwrap_or_default();
            if index == follows {
                here.characters = format.append_head(tree.all.spelling, prompt, &mut rows.bytes);
            }
            let written = format.append_turn(&tree.all, turn, index == follows, counts_characters, &mut rows.bytes);
            here.characters += written.characters;
            here.embedded += written.embedded;
            counts.embedded_turns += written.embedded;
            let text = start..rows.bytes.len();
            here.text += text.len() as u64;

            let mut row_tail = 0..0;
            if turn.label != Label::None {
                let end = row_tails.next().expect("a label was read for each");
                (here.labelled, here.row) = (Some(index), 0);
                if max_chars.is_none_or(|max| here.characters <= max) {
                    row_tail = end.clone();
                    here.row = here.text + row_tail.len() as u64;
                    here.rows = here.rows.saturating_add(here.row);
                    here.with_row = Some(index);
                }
            }
            so_far.push(here);
            rows.paths.push(Message { follows: first + follows, text, row_tail });
        }

        let is_too_long = |so_far: &SoFar| so_far.labelled.is_some() && so_far.row == 0;
        if tree.is_pair && so_far.iter().any(is_too_long) {
            for here in so_far.iter_mut() {
                (here.rows, here.row, here.with_row) = (0, 0, None);
            }
        }
        let last_only = format.checks.last_labelled_only;
        rows.paths.set_last_rows_only(last_only);
        for &end in tree.leaves {
            let SoFar { rows: length, labelled, row, with_row, .. } = so_far[end];
            let (length, with_row) = if last_only { (row, labelled.filter(|_| row > 0)) } else { (length, with_row) };
            rows.length = rows.length.saturating_add(length);
            if let Some(with_row) = with_row {
                rows.paths.add_leaf(first + with_row);
            }
            if let Some(counted) = if last_only { labelled } else { Some(end) } {
                so_far[counted].conversations += 1;
            }
        }
        if !last_only {
            for (index, &follows) in tree.follows.iter().enumerate().skip(1).rev() {
                so_far[follows].conversations += so_far[index].conversations;
            }
        }
        if let Some(figures) = figures {
            add_tree_figures(format, labels, so_far, tree, figures);
        }
        let mut is_labelled = false;
        let labelled = tree.all.turns.iter().zip(so_far).filter(|(turn, _)| turn.label != Label::None);
        for (number, (_, &mut SoFar { conversations, row, .. })) in labelled.enumerate() {
            is_labelled |= conversations > 0;
            if row == 0 {
                counts.too_long = counts.too_long.saturating_add(conversations);
            } else if conversations > 0 {
                counts.equal_rows(&format.attributes, labels.scores(number), labels.flags(number), conversations);
            }
        }
        counts.record(is_labelled);
        Ok(())
    }

    /// Reads the scores of all labelled turns, and listens to who speaks, unless that is known.
    fn read_labels(
        &mut self,
        conversation: &Conversation<'_>,
        prompt: Prompt<'_>,
        checks_speakers: bool,
    ) -> Result<(Lengths, SpeakerFlags), Rejection> {
        self.labels.clear();
        let (mut length, mut length_at_label, mut shared) = (self.format.length_of_head(prompt), 0, 0);
        let (mut has_user, mut has_others) = (!checks_speakers, false);
        for (turn, number) in conversation.turns.iter().zip(1..) {
            let is_user = turn.from == conversation.mask;
            has_user |= is_user;
            has_others |= !is_user && !self.format.speakers.is_assistant(turn.from);
            length += self.format.length_of_turn(is_user, turn);
            let scores = match turn.label {
                Label::None => continue,
                Label::Text(label) => {
                    let CompiledFormat { attributes, checks, needs_all, .. } = &*self.format;
                    self.labels.push(label, attributes, checks, *needs_all)
                }
                Label::Other(kind) => {
                    let reason = format!("the label is {kind}, not a string such as \"helpfulness:3,correctness:4\"");
                    Err(Rejection::new(RejectionKind::InvalidLabel, reason))
                }
            };
            if let Err(rejection) = scores {
                // A fault of the record comes before those of its labels.
                if checks_speakers {
                    self.check_speakers(conversation)?;
                }
                return Err(rejection.in_turn(number));
            }
            (shared, length_at_label) = (length_at_label, length);
        }
        let speaker_flags =
            if has_user && !has_others { SpeakerFlags::default() } else { self.check_speakers(conversation)? };
        Ok((Lengths { shared, most: length }, speaker_flags))
    }

    /// What there is to say of the speakers, unless they are the usual ones.
    #[cold]
    fn check_speakers(&self, conversation: &Conversation<'_>) -> Result<SpeakerFlags, Rejection> {
        self.format.speakers.check(conversation, self.format.checks.strict)
    }
}

/// Tells the figures of all conversations of a tree: of each message once, with how many of them it stands in.
fn add_tree_figures(
    format: &CompiledFormat,
    labels: &LabelTable,
    so_far: &[SoFar],
    tree: &Tree<'_>,
    figures: &mut Figures,
) {
    let (mut turns, mut conversations) = (Vec::<u64>::new(), vec![0_u64; so_far.len()]);
    for (index, &follows) in tree.follows.iter().enumerate() {
        turns.push(if index == follows { 1 } else { turns[follows] + 1 });
    }
    for &end in tree.leaves {
        figures.length(turns[end] + so_far[end].embedded);
        conversations[end] += 1;
    }
    for (index, &follows) in tree.follows.iter().enumerate().skip(1).rev() {
        conversations[follows] += conversations[index];
    }
    let mut numbers = 0..labels.len();
    for ((turn, here), conversations) in tree.all.turns.iter().zip(so_far).zip(conversations) {
        let label = if turn.label == Label::None { None } else { numbers.next() };
        if conversations > 0 {
            figures.turn(&tree.all, turn, conversations);
        }
        if let Some(number) = label.filter(|_| here.row > 0 && here.conversations > 0) {
            figures.row(labels.scores(number), &format.attributes, here.characters, here.conversations);
        }
    }
}
