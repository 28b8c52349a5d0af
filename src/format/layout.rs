//! Layouts: what a row is as JSON, as data: the text around its content and around its scores.
//!
//! A new layout needs a variant, a name, and its text here; the help text of `--to` and the table in
//! `docs/formats.md` list the names. Other modules ask its methods, apart from the report, which shows the shape of a row.

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

/// The text around the content of a row.
#[derive(Debug)]
pub(crate) struct Content {
    /// From the start of the line to the text or the first message.
    pub(crate) open: &'static str,
    /// After the text or the last message.
    pub(crate) close: &'static str,
    /// The text around messages; `None` if the content is a text by a template.
    pub(crate) messages: Option<Messages>,
}

/// The text around messages.
#[derive(Debug)]
pub(crate) struct Messages {
    pub(crate) before_role: &'static str,
    pub(crate) before_content: &'static str,
    pub(crate) after: &'static str,
    pub(crate) between: &'static str,
}

/// The text around the scores of a row.
#[derive(Debug)]
pub(crate) struct Vector {
    /// Before the first score.
    pub(crate) open: &'static str,
    pub(crate) between: &'static str,
    /// From the last score to the end of the line, including the line feed.
    pub(crate) close: &'static str,
    /// The missing score, if it is not written as a number.
    pub(crate) missing: Option<&'static str>,
    /// Each score follows the name of its attribute.
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

    /// True if a row holds its turns as messages, false if it holds a text by a template.
    #[must_use]
    pub fn has_messages(self) -> bool {
        self.frames().0.messages.is_some()
    }

    /// True if each score is a column named after its attribute, `null` where it is missing.
    #[must_use]
    pub fn has_columns(self) -> bool {
        self.frames().1.are_named
    }

    /// True if trainers read two rows as a pair, whose label is then the pair's. In other layouts the better and the worse
    /// response of a pair would have the same label, each as its own.
    #[must_use]
    pub fn allows_pairs(self) -> bool {
        self == Self::Nemo
    }

    /// The key of a row's content: `text` or `messages`.
    #[must_use]
    pub fn content_key(self) -> &'static str {
        if self.has_messages() { "messages" } else { "text" }
    }
}
