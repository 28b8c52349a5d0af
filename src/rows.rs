//! From a conversation to rows: one for each labelled turn, each with all the text before it.
//!
//! Output grows with the square of a conversation: a 4 MB record with 2,000 labelled turns makes 4 GB of rows.
//! So [`Rows`] does not hold the rows of a long conversation but its text once, and for each row the pieces of
//! which it consists; the kernel gathers them when they are written. Memory stays linear in the input. The rows of
//! conversations that share their beginnings are put together from [`paths`] only on their way out.

mod paths;

use std::ops::Range;

use crate::{
    characters::characters,
    conversation::{Conversation, Label, Spelling, Tree, Turn},
    error::{Refusal, RefusalKind},
    escape::append_escaped,
    label::{self, Scores},
    number::append_score,
    portrait::Portrait,
    summary::Counts,
    template::{Around, Template},
};

use self::paths::{Message, Paths};

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
    /// The rest of the output. Records of one form have either pieces or paths, so neither comes in between.
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

/// Makes rows from conversations by a template.
pub(crate) struct Formatter {
    template: &'static Template,
    /// The scores of the labelled turns of one conversation.
    scores: Vec<Scores>,
    /// Where the ends of the rows of one conversation stand, if they are gathered.
    ends: Vec<Range<usize>>,
    /// For the messages of a tree.
    so_far: Vec<SoFar>,
    /// Told of every conversation and row, if there is one.
    pub(crate) portrait: Option<Portrait>,
}

/// What there is from the root of a tree to one of its messages.
#[derive(Debug, Clone, Copy, Default)]
struct SoFar {
    /// Bytes of text.
    text: u64,
    /// Bytes of all rows up to here.
    rows: u64,
    /// The last labelled message.
    labelled: Option<usize>,
    /// How many conversations go through here.
    conversations: u64,
}

impl Formatter {
    pub(crate) fn new(template: &'static Template) -> Self {
        Self { template, scores: Vec::new(), ends: Vec::new(), so_far: Vec::new(), portrait: None }
    }

    /// Appends the rows of a conversation and counts them. A refused conversation leaves no trace.
    pub(crate) fn append(
        &mut self,
        conversation: &Conversation<'_>,
        rows: &mut Rows,
        counts: &mut Counts,
    ) -> Result<(), Refusal> {
        // Every label first: a bad one anywhere means no row at all.
        let repeated = self.read_labels(conversation)?;
        counts.record(&self.scores);
        if let Some(portrait) = &mut self.portrait {
            portrait.conversation(conversation);
        }
        let Some(last) = self.scores.len().checked_sub(1) else {
            return Ok(());
        };

        self.ends.clear();
        if repeated >= GATHER_FROM {
            for scores in &self.scores[..last] {
                let start = rows.bytes.len();
                append_end(self.template, &mut rows.bytes, scores);
                self.ends.push(start..rows.bytes.len());
            }
        }

        let mut start = rows.bytes.len();
        rows.bytes.extend_from_slice(self.template.head.as_bytes());
        let (mut row, mut said) = (0, self.portrait.as_ref().map_or(0, |_| self.template.characters()));
        for turn in conversation.turns {
            let turn_start = rows.bytes.len();
            self.append_turn(conversation, turn, &mut rows.bytes);
            if self.portrait.is_some() {
                // Only what is new, so that a conversation of many rows stays linear.
                said += characters(&rows.bytes[turn_start..]);
            }
            if turn.label == Label::None {
                continue;
            }
            if let Some(portrait) = &mut self.portrait {
                portrait.row(&self.scores[row], label::MISSING, said);
            }
            if let Some(end) = self.ends.get(row) {
                rows.push(start..rows.bytes.len());
                rows.push(end.clone());
            } else {
                let text = start..rows.bytes.len();
                append_end(self.template, &mut rows.bytes, &self.scores[row]);
                rows.push(start..rows.bytes.len());
                if row == last {
                    break;
                }
                start = rows.bytes.len();
                rows.bytes.extend_from_within(text);
            }
            row += 1;
        }
        Ok(())
    }

    /// Appends the rows of all conversations of a tree and counts them. A refused tree leaves no trace.
    pub(crate) fn append_tree(&mut self, tree: &Tree<'_>, rows: &mut Rows, counts: &mut Counts) -> Result<(), Refusal> {
        self.read_labels(&tree.all)?;
        self.ends.clear();
        for scores in &self.scores {
            let start = rows.bytes.len();
            append_end(self.template, &mut rows.bytes, scores);
            self.ends.push(start..rows.bytes.len());
        }

        // The texts stand together, so that most of those that follow each other are one piece.
        let first = rows.paths.next();
        let mut row_ends = self.ends.iter();
        self.so_far.clear();
        for (index, (turn, &follows)) in tree.all.turns.iter().zip(tree.follows).enumerate() {
            let start = rows.bytes.len();
            if index == follows {
                rows.bytes.extend_from_slice(self.template.head.as_bytes());
            }
            self.append_turn(&tree.all, turn, &mut rows.bytes);
            let text = start..rows.bytes.len();

            let mut so_far = self.so_far.get(follows).copied().unwrap_or_default();
            so_far.text += text.len() as u64;
            let row_end = match turn.label {
                Label::None => 0..0,
                _ => row_ends.next().expect("a label was read for each").clone(),
            };
            if !row_end.is_empty() {
                so_far.rows = so_far.rows.saturating_add(so_far.text + row_end.len() as u64);
                so_far.labelled = Some(first + index);
            }
            self.so_far.push(so_far);
            rows.paths.push(Message { follows: first + follows, text, row_end });
        }

        if self.portrait.is_some() {
            self.portray_tree(tree, rows, first);
        }
        for &end in tree.ends {
            let so_far = &mut self.so_far[end];
            so_far.conversations += 1;
            rows.length = rows.length.saturating_add(so_far.rows);
            if let Some(labelled) = so_far.labelled {
                rows.paths.end_at(labelled);
            }
        }
        for (index, &follows) in tree.follows.iter().enumerate().skip(1).rev() {
            self.so_far[follows].conversations += self.so_far[index].conversations;
        }
        let labelled = tree.all.turns.iter().zip(&self.so_far).filter(|(turn, _)| turn.label != Label::None);
        counts.record_with_repeats(self.scores.iter().zip(labelled.map(|(_, so_far)| so_far.conversations)));
        Ok(())
    }

    /// Tells the portrait of all conversations of a tree whose first message is that of the rows' paths.
    fn portray_tree(&mut self, tree: &Tree<'_>, rows: &Rows, first: usize) {
        let Some(portrait) = &mut self.portrait else { return };
        // For each message the characters up to here, and its scores.
        let mut said: Vec<(u64, Option<&Scores>)> = Vec::with_capacity(tree.follows.len());
        let mut scores = self.scores.iter().peekable();
        for (index, (turn, &follows)) in tree.all.turns.iter().zip(tree.follows).enumerate() {
            let text = &rows.bytes[rows.paths.text(first + index)];
            let characters = if index == follows {
                self.template.characters() + characters(&text[self.template.head.len()..])
            } else {
                said[follows].0 + characters(text)
            };
            said.push((characters, scores.next_if(|_| turn.label != Label::None)));
        }
        let mut turns = Vec::new();
        let mut path = Vec::new();
        for &end in tree.ends {
            path.clear();
            path.push(end);
            while let Some(&at) = path.last().filter(|&&at| tree.follows[at] != at) {
                path.push(tree.follows[at]);
            }
            turns.clear();
            turns.extend(path.iter().rev().map(|&at| tree.all.turns[at]));
            portrait.conversation(&Conversation { turns: &turns, ..tree.all });
            for (characters, scores) in path.iter().rev().map(|&at| said[at]) {
                if let Some(scores) = scores {
                    portrait.row(scores, label::MISSING, characters);
                }
            }
        }
    }

    /// Appends the text of a turn.
    #[inline]
    fn append_turn(&self, conversation: &Conversation<'_>, turn: &Turn<'_>, bytes: &mut Vec<u8>) {
        let around = self.around(conversation, turn);
        bytes.extend_from_slice(around.before.as_bytes());
        match conversation.spelling {
            Spelling::Output => bytes.extend_from_slice(turn.value),
            Spelling::Decoded => append_escaped(bytes, turn.value),
        }
        bytes.extend_from_slice(around.after.as_bytes());
    }

    /// Reads the scores of all labelled turns, and returns how much text the last row shares with the one
    /// before it: about, since escapes are not counted.
    fn read_labels(&mut self, conversation: &Conversation<'_>) -> Result<usize, Refusal> {
        self.scores.clear();
        let (mut said, mut said_at_label, mut shared) = (0, 0, 0);
        for (turn, number) in conversation.turns.iter().zip(1..) {
            let around = self.around(conversation, turn);
            said += around.before.len() + turn.value.len() + around.after.len();
            let scores = match turn.label {
                Label::None => continue,
                Label::Text(label) => label::parse(label),
                Label::Other(kind) => {
                    Err(Refusal::new(RefusalKind::InvalidLabel, format!("the label is {kind}, not a string")))
                }
            };
            self.scores.push(scores.map_err(|refusal| refusal.in_turn(number))?);
            (shared, said_at_label) = (said_at_label, said);
        }
        Ok(shared)
    }

    /// What stands around what a turn says.
    #[inline]
    fn around(&self, conversation: &Conversation<'_>, turn: &Turn<'_>) -> Around {
        if turn.from == conversation.mask { self.template.user } else { self.template.assistant }
    }
}

/// Appends what follows the text of a row: its scores, and the line's end.
fn append_end(template: &Template, bytes: &mut Vec<u8>, scores: &Scores) {
    bytes.extend_from_slice(template.tail.as_bytes());
    for (index, &score) in scores.iter().enumerate() {
        if index > 0 {
            bytes.extend_from_slice(&template.between);
        }
        if score.to_bits() == label::MISSING.to_bits() {
            bytes.extend_from_slice(b"-100.0");
        } else {
            append_score(bytes, score);
        }
    }
    bytes.extend_from_slice(template.end.as_bytes());
}
