//! The role of a turn, by the name of its speaker.
//!
//! To the original a turn is the user's if its name is the mask, and the assistant's if it has any other name. So a tool's
//! answer, or the question of a user with another name, becomes the assistant's. Here the usual names of such speakers are
//! known. Where rows are the original's texts, their turns are written as the original writes them, and counted; elsewhere
//! the record is rejected, unless [`RowFormat::roles`](crate::RowFormat::roles) gives the speaker a role.

use std::borrow::Cow;

use crate::{
    conversation::{ASSISTANT, Conversation, Turn},
    format::role::Role,
    rejection::{Rejection, RejectionKind},
    spelling::{Spelling, escape::append_escaped, printable::quoted},
};

/// The name of a system turn, in small or capital letters.
const SYSTEM: &[u8] = b"system";

/// Names of speakers who are not the assistant, in small or capital letters. `user` is one of them: where it is not the mask,
/// nothing says that this speaker is the user.
#[rustfmt::skip]
const OTHERS: [&[u8]; 20] = [
    SYSTEM, b"developer", b"user", b"human", b"prompter", b"tool", b"tools", b"tool_call", b"tool_calls",
    b"tool_response", b"tool_result", b"tool_output", b"function", b"function_call", b"function_response",
    b"function_result", b"observation", b"ipython", b"environment", b"code_interpreter",
];

/// The roles of the speakers of records.
#[derive(Debug, Clone, Default)]
pub(crate) struct Speakers {
    /// Names that were given a role.
    named: Vec<Named>,
    /// Rows are texts by the original's template, in which a speaker is the user or the assistant.
    is_original: bool,
    /// All speakers but the user are the assistant.
    is_plain: bool,
    /// A bit for each length of the names that are looked up; the last bit stands for all greater lengths.
    lengths: u64,
    /// Rows can have a tool's turns.
    has_tool: bool,
}

#[derive(Debug, Clone)]
struct Named {
    name: String,
    /// The name as the output spells it.
    spelled: Vec<u8>,
    role: Role,
}

/// The meaning of a speaker's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Known(Role),
    /// Neither the user nor the assistant.
    Other,
}

/// What is odd about the speakers of a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SpeakerFlags {
    /// It has turns, and none is the user's.
    pub(crate) no_user: bool,
    /// Turns of others are written as the assistant's.
    pub(crate) has_others: bool,
}

impl Speakers {
    pub(crate) fn new(roles: &[(String, Role)], is_original: bool, has_tool: bool) -> Self {
        let named = |(name, role): &(String, Role)| {
            let mut spelled = Vec::new();
            append_escaped(&mut spelled, name.as_bytes());
            Named { name: name.clone(), spelled, role: *role }
        };
        let is_plain = is_original && roles.is_empty();
        let named: Vec<_> = roles.iter().map(named).collect();
        let all = named.iter().flat_map(|named| [named.name.len(), named.spelled.len()]).chain(OTHERS.map(<[u8]>::len));
        let lengths = all.fold(0, |lengths, length| lengths | bit_of(length));
        Self { named, is_original, is_plain, lengths, has_tool }
    }

    /// True for nearly all names of the assistant, without a look at the letters of most.
    #[inline]
    pub(crate) fn is_assistant(&self, name: &[u8]) -> bool {
        self.lengths & bit_of(name.len()) == 0 || name == ASSISTANT
    }

    /// The role of a turn of a conversation that has passed [`check`](Self::check).
    #[inline]
    pub(crate) fn role(&self, conversation: &Conversation<'_>, turn: &Turn<'_>) -> Role {
        if turn.from == conversation.mask {
            Role::User
        } else if self.is_plain || self.is_assistant(turn.from) {
            Role::Assistant
        } else {
            match self.look_up(turn.from, conversation.spelling) {
                Speaker::Known(role) => role,
                Speaker::Other => Role::Assistant,
            }
        }
    }

    /// Looks at the speakers of all turns of a conversation.
    #[inline]
    pub(crate) fn check(&self, conversation: &Conversation<'_>, is_strict: bool) -> Result<SpeakerFlags, Rejection> {
        let mut flags = SpeakerFlags { no_user: !conversation.turns.is_empty(), has_others: false };
        for (index, turn) in conversation.turns.iter().enumerate() {
            if turn.from == conversation.mask {
                flags.no_user = false;
            } else if !self.is_assistant(turn.from) {
                match self.look_up(turn.from, conversation.spelling) {
                    Speaker::Known(Role::User) => flags.no_user = false,
                    Speaker::Known(Role::System) if index > 0 => return Err(self.reject(conversation, index)),
                    Speaker::Known(_) => {}
                    Speaker::Other if self.is_original && !is_strict => flags.has_others = true,
                    Speaker::Other => return Err(self.reject(conversation, index)),
                }
            }
        }
        if flags.no_user && is_strict {
            return Err(reject_without_user(conversation));
        }
        Ok(flags)
    }

    /// The names of the speakers whose turns are written as the assistant's though they are neither the user nor the assistant.
    #[cold]
    pub(crate) fn others<'c>(&'c self, conversation: &'c Conversation<'_>) -> impl Iterator<Item = Cow<'c, str>> + 'c {
        let is_other = |turn: &&Turn<'_>| {
            turn.from != conversation.mask && self.look_up(turn.from, conversation.spelling) == Speaker::Other
        };
        conversation.turns.iter().filter(is_other).map(|turn| conversation.spelling.decode(turn.from))
    }

    /// The meaning of a name that is not the mask.
    #[inline(never)]
    fn look_up(&self, name: &[u8], spelling: Spelling) -> Speaker {
        for named in &self.named {
            let known = if spelling == Spelling::Output { &*named.spelled } else { named.name.as_bytes() };
            if known.eq_ignore_ascii_case(name) {
                return Speaker::Known(named.role);
            }
        }
        if !self.is_original && name.eq_ignore_ascii_case(SYSTEM) {
            Speaker::Known(Role::System)
        } else if OTHERS.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            Speaker::Other
        } else {
            Speaker::Known(Role::Assistant)
        }
    }

    /// The rejection of a record for the speaker of a turn.
    #[cold]
    fn reject(&self, conversation: &Conversation<'_>, index: usize) -> Rejection {
        let turn = &conversation.turns[index];
        let name = conversation.spelling.decode(turn.from);
        let shown = quoted(&name);
        let reason = if self.look_up(turn.from, conversation.spelling) == Speaker::Known(Role::System) {
            format!("the speaker is {shown}, but only the first turn can be the system prompt")
        } else if self.is_original {
            format!(
                "the speaker is {shown}, neither the user nor the assistant (--strict; --role {name}=assistant or \
                 --role {name}=user says what it is)"
            )
        } else {
            let tool = if self.has_tool { ", tool" } else { "" };
            format!(
                "the speaker is {shown}, neither the user (the mask, {}) nor the assistant; --role {name}=ROLE says what \
                 it is: assistant, user, system{tool}",
                quoted(&conversation.spelling.decode(conversation.mask))
            )
        };
        Rejection::new(RejectionKind::InvalidRecord, reason).in_turn(index + 1)
    }
}

#[inline]
fn bit_of(length: usize) -> u64 {
    1 << length.min(63)
}

#[cold]
fn reject_without_user(conversation: &Conversation<'_>) -> Rejection {
    let NoUser { mask, speakers } = NoUser::new(conversation);
    Rejection::new(
        RejectionKind::InvalidRecord,
        format!(
            "no turn is the mask's: the mask is {mask}, the speakers are {speakers} (--strict; --role NAME=user says who is the user)"
        ),
    )
}

/// A conversation in which no turn is the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoUser {
    /// The mask and the names of the speakers, in quotes.
    pub(crate) mask: String,
    pub(crate) speakers: String,
}

impl NoUser {
    #[cold]
    pub(crate) fn new(conversation: &Conversation<'_>) -> Self {
        const MAX_NAMES: usize = 8;
        let mut names: Vec<&[u8]> = Vec::new();
        let mut has_more = false;
        for turn in conversation.turns {
            if !names.contains(&turn.from) {
                has_more = names.len() == MAX_NAMES;
                if has_more {
                    break;
                }
                names.push(turn.from);
            }
        }
        let shown = |name| quoted(&conversation.spelling.decode(name));
        let mut speakers: Vec<_> = names.into_iter().map(shown).collect();
        speakers.extend(has_more.then(|| "…".to_owned()));
        Self { mask: shown(conversation.mask), speakers: speakers.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_speaker_however_it_is_spelled() {
        let roles = [("the \"bot\"\n".to_owned(), Role::Tool), ("Chorus".to_owned(), Role::User)];
        let speakers = Speakers::new(&roles, false, true);
        for (name, spelling, expected) in [
            (&b"the \"bot\"\n"[..], Spelling::Decoded, Speaker::Known(Role::Tool)),
            (br#"The \"BOT\"\n"#, Spelling::Output, Speaker::Known(Role::Tool)),
            (br#"the \"bot\"\n"#, Spelling::Decoded, Speaker::Known(Role::Assistant)),
            (b"cHORUS", Spelling::Output, Speaker::Known(Role::User)),
            (b"SYSTEM", Spelling::Decoded, Speaker::Known(Role::System)),
            (b"Tool", Spelling::Decoded, Speaker::Other),
            (b"tool ", Spelling::Decoded, Speaker::Known(Role::Assistant)),
            (b"gpt", Spelling::Output, Speaker::Known(Role::Assistant)),
        ] {
            assert_eq!(speakers.look_up(name, spelling), expected, "{}", String::from_utf8_lossy(name));
        }
    }
}
