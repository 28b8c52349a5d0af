//! Spellings: Python's of text and numbers, and that of text in messages.

pub(crate) mod characters;
pub(crate) mod escape;
pub(crate) mod near;
pub(crate) mod number;
pub mod printable;
pub(crate) mod whitespace;

use std::borrow::Cow;

/// The spelling of a conversation's strings. They are always valid UTF-8, and kept as bytes because nothing downstream needs
/// `str`.
///
/// A string has exactly one spelling in the output, so two strings of the same [`Spelling`] are equal if their bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// The output's spelling of the inside of a JSON string, which may be copied.
    Output,
    /// Decoded text, which has to be escaped.
    Decoded,
}

impl Spelling {
    /// The text that a string of this spelling stands for, to be shown.
    pub(crate) fn decode(self, text: &[u8]) -> Cow<'_, str> {
        if self == Self::Output
            && text.contains(&b'\\')
            && let Ok(decoded) = serde_json::from_slice(&[b"\"", text, b"\""].concat())
        {
            return Cow::Owned(decoded);
        }
        String::from_utf8_lossy(text)
    }
}
