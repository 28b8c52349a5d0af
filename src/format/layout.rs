//! What a row is as JSON, as data: what stands around its text or messages, and around its scores.
//!
//! Another layout needs a variant, its name, and its parts here; the help text of `--to` and `docs/formats.md` list the
//! names. Nothing else knows of layouts.

use crate::names::impl_names;

/// What a row is as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// `{"text": "…", "label": […]}`, as NeMo-Aligner reads it.
    #[default]
    Nemo,
    /// `{"messages": [{"role": "user", "content": "…"}, …], "label": […]}`, as ms-swift reads it.
    Messages,
    /// `{"text": "…", "helpfulness": 3.0, "correctness": null, …}`.
    Columns,
    /// `{"messages": […], "helpfulness": 3.0, "correctness": null, …}`.
    MessagesColumns,
}

impl_names!(Layout, "layout");

/// What a row says.
pub(crate) struct Content {
    /// From the start of the line to the text or the first message.
    pub(crate) open: &'static str,
    /// After the text or the last message.
    pub(crate) close: &'static str,
    /// How messages are written; `None` if a row is a text by a template.
    pub(crate) messages: Option<Messages>,
}

/// What stands around messages.
pub(crate) struct Messages {
    pub(crate) before_role: &'static str,
    pub(crate) before_content: &'static str,
    pub(crate) after: &'static str,
    pub(crate) between: &'static str,
}

/// The scores of a row.
pub(crate) struct Vector {
    /// Before the first one.
    pub(crate) open: &'static str,
    pub(crate) between: &'static str,
    /// From the last one to the end of the line, which it includes.
    pub(crate) close: &'static str,
    /// The missing one, if that is not spelled as a number.
    pub(crate) missing: Option<&'static str>,
    /// Each has the name of its attribute before it.
    pub(crate) are_named: bool,
}

const TEXT: Content = Content { open: r#"{"text": ""#, close: r#"""#, messages: None };

const MESSAGES: Content = Content {
    open: r#"{"messages": ["#,
    close: "]",
    messages: Some(Messages {
        before_role: r#"{"role": ""#,
        before_content: r#"", "content": ""#,
        after: r#""}"#,
        between: ", ",
    }),
};

const LIST: Vector = Vector { open: r#", "label": ["#, between: ", ", close: "]}\n", missing: None, are_named: false };

const COLUMNS: Vector = Vector { open: ", ", between: ", ", close: "}\n", missing: Some("null"), are_named: true };

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 4] = [Self::Nemo, Self::Messages, Self::Columns, Self::MessagesColumns];

    /// The name, as `--to` takes it: `messages-columns`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nemo => "nemo",
            Self::Messages => "messages",
            Self::Columns => "columns",
            Self::MessagesColumns => "messages-columns",
        }
    }

    pub(crate) fn frames(self) -> (&'static Content, &'static Vector) {
        match self {
            Self::Nemo => (&TEXT, &LIST),
            Self::Messages => (&MESSAGES, &LIST),
            Self::Columns => (&TEXT, &COLUMNS),
            Self::MessagesColumns => (&MESSAGES, &COLUMNS),
        }
    }

    /// True if a row has its turns one by one, and no text by a template.
    #[must_use]
    pub fn has_messages(self) -> bool {
        self.frames().0.messages.is_some()
    }

    /// True if each score has its attribute's name, and those that are missing are `null`.
    #[must_use]
    pub fn has_columns(self) -> bool {
        self.frames().1.are_named
    }

    /// True if trainers read two rows as a pair, so that both may have the same label. With others a pair would have
    /// one label for the better and the worse response.
    #[must_use]
    pub fn allows_pairs(self) -> bool {
        self == Self::Nemo
    }

    /// The key of what a row says.
    #[must_use]
    pub fn content_key(self) -> &'static str {
        self.frames().0.open.split('"').nth(1).unwrap_or_default()
    }
}
