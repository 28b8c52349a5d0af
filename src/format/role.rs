//! The roles of speakers in rows.

use crate::names::impl_names;

/// The role of a speaker in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The user, whose turns are not rated.
    User,
    /// The assistant, whose turns are rated.
    Assistant,
    /// The system prompt, which can only be the first turn.
    System,
    /// A tool that answers.
    Tool,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::User, Self::Assistant, Self::System, Self::Tool];

    /// The name, as `--role` takes it and as messages have it: `assistant`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
            Self::Tool => "tool",
        }
    }
}

impl_names!(Role, "role");
