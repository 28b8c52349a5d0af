//! How Python spells text and numbers, and how text is shown to people.

pub(crate) mod characters;
pub(crate) mod escape;
pub(crate) mod near;
pub(crate) mod number;
pub mod printable;
pub(crate) mod whitespace;
