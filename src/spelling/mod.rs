//! How Python spells text and numbers, and how text is shown to people.

pub(crate) mod characters;
pub(crate) mod escape;
pub(crate) mod near;
pub(crate) mod number;
pub mod printable;
pub(crate) mod whitespace;

/// How the strings of a conversation are spelled. They are UTF-8, which nobody here needs to know.
///
/// A string has just one spelling in the output, so two strings of the same spelling are equal if their
/// bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As the output spells the inside of a JSON string: may be copied.
    Output,
    /// Decoded: has to be escaped.
    Decoded,
}
