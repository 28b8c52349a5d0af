//! Turns that are hidden in another one. HelpSteer2 writes the earlier turns of a conversation into its prompt, as
//! NeMo-Aligner's template would write them:
//!
//! ```text
//! What is the capital of France?
//! <extra_id_1>Assistant
//! Paris.
//! <extra_id_1>User
//! And of Spain?
//! ```
//!
//! So by that template a row is the same whether they are split or not.

use std::ops::Range;

use memchr::memmem;

use crate::conversation::Spelling;

/// Who says a hidden turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    User,
    Assistant,
}

/// Where a hidden turn begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// From the end of what is said before it to the beginning of what it says.
    pub(crate) marker: Range<usize>,
    pub(crate) speaker: Speaker,
}

const MARKER: &[u8] = b"<extra_id_1>";
const SPEAKERS: [(Speaker, &[u8]); 2] = [(Speaker::User, b"User"), (Speaker::Assistant, b"Assistant")];

/// Bytes of the shortest line that begins a hidden turn, with the line feeds at both ends.
pub(crate) const SHORTEST: u64 = "\n<extra_id_1>User\n".len() as u64;

/// The first turn that is hidden in what is said: a line that is a marker and a speaker, and not the first one.
pub(crate) fn next(spelling: Spelling, said: &[u8]) -> Option<Hidden> {
    let line_feed: &[u8] = match spelling {
        Spelling::Output => br"\n",
        Spelling::Decoded => b"\n",
    };
    memmem::find_iter(said, MARKER).find_map(|at| {
        let before = said[..at].strip_suffix(line_feed)?;
        // A backslash that is escaped begins no escape.
        if spelling == Spelling::Output && before.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1 {
            return None;
        }
        let rest = &said[at + MARKER.len()..];
        SPEAKERS.into_iter().find_map(|(speaker, name)| {
            let after = rest.strip_prefix(name)?.strip_prefix(line_feed)?;
            Some(Hidden { marker: before.len()..said.len() - after.len(), speaker })
        })
    })
}

/// How many turns are hidden in what is said.
pub(crate) fn count(spelling: Spelling, said: &[u8]) -> usize {
    let (mut said, mut count) = (said, 0);
    while let Some(hidden) = next(spelling, said) {
        said = &said[hidden.marker.end..];
        count += 1;
    }
    count
}
