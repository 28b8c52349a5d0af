//! Turns that are embedded in a turn of the user. HelpSteer2 writes the earlier turns of a conversation into its prompt, as
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
//! So by that template a row is the same whether they are split off or not.

use memchr::memmem;

use crate::spelling::Spelling;

/// A turn, or a segment of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment<'v> {
    pub(crate) is_user: bool,
    pub(crate) text: &'v [u8],
}

const MARKER: &[u8] = b"<extra_id_1>";
const SPEAKERS: [(bool, &[u8]); 2] = [(true, b"User"), (false, b"Assistant")];

/// Bytes of the shortest marker, with the line feeds at both ends.
pub(crate) const SHORTEST: usize = "\n<extra_id_1>User\n".len();

/// The segments of a turn of the user: its own text, and the turns that are embedded in it, in order. An embedded turn begins
/// after a line of a marker and a speaker, unless that is the first line.
pub(crate) fn segments(spelling: Spelling, text: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut rest = Some(Segment { is_user: true, text });
    std::iter::from_fn(move || {
        let Segment { is_user, text } = rest?;
        let (text, behind) = split(spelling, text);
        rest = behind;
        Some(Segment { is_user, text })
    })
}

/// The text before the first embedded turn, and the segment from there on, if there is one.
fn split(spelling: Spelling, text: &[u8]) -> (&[u8], Option<Segment<'_>>) {
    let line_feed: &[u8] = match spelling {
        Spelling::Output => br"\n",
        Spelling::Decoded => b"\n",
    };
    let found = memmem::find_iter(text, MARKER).find_map(|at| {
        let before = text[..at].strip_suffix(line_feed)?;
        // A backslash that is escaped begins no escape.
        if spelling == Spelling::Output && before.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1 {
            return None;
        }
        let behind = &text[at + MARKER.len()..];
        SPEAKERS.into_iter().find_map(|(is_user, name)| {
            let text = behind.strip_prefix(name)?.strip_prefix(line_feed)?;
            Some((before, Some(Segment { is_user, text })))
        })
    });
    found.unwrap_or((text, None))
}
