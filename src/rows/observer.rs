//! Events of the conversion of records to rows. Counts and figures implement [`Observer`]; this module depends on neither.
//!
//! An event has the number of `times` for which it stands: the messages of a tree are in many of its conversations, and
//! each is told once. Calls are static and inlined, so events that an observer does not handle cost nothing.

use super::{compiled::CompiledFormat, embedded, labels::LabelFlags};
use crate::{
    conversation::{ASSISTANT, Conversation, Turn},
    format::{attributes::Attributes, role::Role},
};

/// A receiver of events.
pub(crate) trait Observer {
    /// [`Row::characters`] is used.
    const WANTS_CHARACTERS: bool = false;
    /// [`Row::digest`] is used.
    const WANTS_DIGESTS: bool = false;
    /// [`conversation`](Self::conversation) and [`turn`](Self::turn) are handled.
    const WANTS_TURNS: bool = false;

    /// A valid record. Without a labelled turn it has no rows.
    fn record(&mut self, is_labelled: bool);

    /// A valid record with turns of which none is the user's.
    fn no_user(&mut self, _conversation: &Conversation<'_>) {}

    /// A turn of a speaker who is neither the user nor the assistant, written as the assistant's.
    fn other_speaker(&mut self, _name: &str) {}

    /// A valid conversation with this number of turns, embedded ones included, whether or not it has rows.
    fn conversation(&mut self, _turns: u64) {}

    /// A turn that is in `times` conversations. `of` has its mask and spelling.
    fn turn(&mut self, _turn: &Turn<'_>, _of: &Conversation<'_>, _times: u64) {}

    /// Turns that were embedded in one of the user's and were split off.
    fn embedded_turns(&mut self, _number: u64) {}

    /// `times` equal rows.
    fn row(&mut self, row: &Row<'_>, times: u64);

    /// Rows that are left out because their text is too long.
    fn left_out(&mut self, _rows: u64) {}

    /// Two responses of which none is better.
    fn tie(&mut self) {}

    /// A pair that is left out because its margin is too small.
    fn below_margin(&mut self) {}

    /// A pair with a row whose context is empty, or does not begin and end with the user.
    fn odd_context(&mut self) {}

    /// A record without another one to be compared with.
    fn unpaired(&mut self) {}
}

/// A row, as observers see it.
#[derive(Clone, Copy)]
pub(crate) struct Row<'r> {
    /// The label, and one score of it for each of the attributes.
    pub(crate) label: &'r str,
    pub(crate) scores: &'r [f64],
    pub(crate) attributes: &'r Attributes,
    pub(crate) flags: LabelFlags,
    /// The characters of its text; 0 unless [`WANTS_CHARACTERS`](Observer::WANTS_CHARACTERS).
    pub(crate) characters: u64,
    /// A digest of its bytes up to the scores, and of the scores; 0 unless [`WANTS_DIGESTS`](Observer::WANTS_DIGESTS).
    /// Equal rows have equal digests.
    pub(crate) digest: u64,
    pub(crate) turns: RowTurns<'r>,
}

/// The turns of a row's text.
#[derive(Clone, Copy)]
pub(crate) struct RowTurns<'r> {
    /// The conversation, or all turns of its tree or comparison.
    pub(crate) all: &'r Conversation<'r>,
    pub(crate) order: TurnOrder<'r>,
    /// The index of the row's labelled turn; in a pair that of the chosen response.
    pub(crate) last: usize,
    pub(crate) format: &'r CompiledFormat,
}

/// The order of the turns of which some are a row's.
#[derive(Clone, Copy)]
pub(crate) enum TurnOrder<'r> {
    /// Each turn follows the one before.
    Conversation,
    /// The index of the turn that each turn follows; the first turn follows itself.
    Tree(&'r [usize]),
    /// The last two turns are responses to all others.
    Comparison,
    /// The last two turns are responses to all others, and the row has both.
    Pair,
}

/// The two responses of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preference {
    Chosen,
    Rejected,
}

impl Preference {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::Rejected => "rejected",
        }
    }
}

/// A turn of a row.
#[derive(Clone, Copy)]
pub(crate) struct RowTurn<'r> {
    pub(crate) role: Role,
    pub(crate) speaker: &'r [u8],
    pub(crate) text: &'r [u8],
    pub(crate) preference: Option<Preference>,
}

impl<'r> RowTurns<'r> {
    /// The turns from the first one to the labelled one, or to both responses of a pair; embedded turns are split off where they are in rows. It takes time
    /// for each turn, so a caller that asks for every row makes time quadratic.
    pub(crate) fn to_vec(self) -> Vec<RowTurn<'r>> {
        let Self { all, order, last, format } = self;
        let context = all.turns.len().saturating_sub(2);
        let before = |&at: &usize| match order {
            TurnOrder::Conversation => at.checked_sub(1),
            TurnOrder::Tree(follows) => Some(follows[at]).filter(|&before| before != at),
            TurnOrder::Comparison | TurnOrder::Pair => at.min(context).checked_sub(1),
        };
        let mut path: Vec<_> = std::iter::successors(Some(last), before).collect();
        path.reverse();
        let is_pair = matches!(order, TurnOrder::Pair);
        path.extend((context..all.turns.len()).filter(|&at| is_pair && at != last));
        let mut turns = Vec::new();
        for at in path {
            let turn = &all.turns[at];
            let preference = if at == last { Preference::Chosen } else { Preference::Rejected };
            let preference = Some(preference).filter(|_| is_pair && at >= context);
            let role = format.speakers.role(all, turn);
            if role == Role::User && format.splits {
                turns.extend(embedded::segments(all.spelling, turn.value).map(|segment| {
                    let (role, speaker) =
                        if segment.is_user { (role, turn.from) } else { (Role::Assistant, ASSISTANT) };
                    RowTurn { role, speaker, text: segment.text, preference }
                }));
            } else {
                turns.push(RowTurn { role, speaker: turn.from, text: turn.value, preference });
            }
        }
        turns
    }
}

/// Two observers of the same rows.
impl<A: Observer, B: Observer> Observer for (&mut A, &mut B) {
    const WANTS_CHARACTERS: bool = A::WANTS_CHARACTERS || B::WANTS_CHARACTERS;
    const WANTS_DIGESTS: bool = A::WANTS_DIGESTS || B::WANTS_DIGESTS;
    const WANTS_TURNS: bool = A::WANTS_TURNS || B::WANTS_TURNS;

    fn record(&mut self, is_labelled: bool) {
        self.0.record(is_labelled);
        self.1.record(is_labelled);
    }

    fn no_user(&mut self, conversation: &Conversation<'_>) {
        self.0.no_user(conversation);
        self.1.no_user(conversation);
    }

    fn other_speaker(&mut self, name: &str) {
        self.0.other_speaker(name);
        self.1.other_speaker(name);
    }

    fn conversation(&mut self, turns: u64) {
        self.0.conversation(turns);
        self.1.conversation(turns);
    }

    fn turn(&mut self, turn: &Turn<'_>, of: &Conversation<'_>, times: u64) {
        self.0.turn(turn, of, times);
        self.1.turn(turn, of, times);
    }

    fn embedded_turns(&mut self, number: u64) {
        self.0.embedded_turns(number);
        self.1.embedded_turns(number);
    }

    fn row(&mut self, row: &Row<'_>, times: u64) {
        self.0.row(row, times);
        self.1.row(row, times);
    }

    fn left_out(&mut self, rows: u64) {
        self.0.left_out(rows);
        self.1.left_out(rows);
    }

    fn tie(&mut self) {
        self.0.tie();
        self.1.tie();
    }

    fn below_margin(&mut self) {
        self.0.below_margin();
        self.1.below_margin();
    }

    fn odd_context(&mut self) {
        self.0.odd_context();
        self.1.odd_context();
    }

    fn unpaired(&mut self) {
        self.0.unpaired();
        self.1.unpaired();
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, LazyLock};

    use super::*;
    use crate::{
        conversation::{Label, System},
        spelling::Spelling,
    };

    /// A row of one turn. Rows of different lengths are different rows.
    pub(crate) fn row<'r>(attributes: &'r Attributes, scores: &'r [f64], characters: u64) -> Row<'r> {
        row_of(attributes, scores, characters, &CONVERSATION)
    }

    /// A row of all turns of a conversation.
    pub(crate) fn row_of<'r>(
        attributes: &'r Attributes,
        scores: &'r [f64],
        characters: u64,
        all: &'r Conversation<'r>,
    ) -> Row<'r> {
        static FORMAT: LazyLock<Arc<CompiledFormat>> = LazyLock::new(CompiledFormat::nemo);
        let flags = LabelFlags {
            is_unscored: scores.iter().all(|&score| attributes.is_missing(score)),
            ..LabelFlags::default()
        };
        let turns = RowTurns { all, order: TurnOrder::Conversation, last: all.turns.len() - 1, format: &FORMAT };
        Row { label: "", scores, attributes, flags, characters, digest: characters, turns }
    }

    static CONVERSATION: Conversation<'_> = Conversation {
        spelling: Spelling::Decoded,
        mask: b"User",
        system: System::Missing,
        turns: &[Turn { from: b"Bot", value: b"text", label: Label::None }],
    };
}
