//! Layouts: what a row is as JSON, as data: the text around its content, and the text around its scores or its responses.
//!
//! A new layout needs a variant, a name, and its text here, and nothing elsewhere: other modules ask its methods.

use super::role::Role;
use crate::names::impl_names;

/// What a row is as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
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
    /// `{"prompt": […], "chosen": […], "rejected": […], "margin": 2.0}` with messages, as TRL and OpenRLHF read it.
    TrlPairs,
    /// `{"context": […], "completions": [{"rank": 0, "completion": […]}, {"rank": 1, "completion": […]}]}` with messages, as
    /// NeMo-RL reads it.
    NemoRlPairs,
    /// `{"messages": […], "rejected_response": "…", "margin": 2.0}`, as ms-swift reads it. The chosen response is the last
    /// message.
    SwiftPairs,
    /// `{"conversations": [{"from": "human", "value": "…"}, …], "chosen": {…}, "rejected": {…}}`, as LLaMA-Factory reads it.
    LlamaFactoryPairs,
}

impl_names!(Layout, "layout");

/// The text around the content of a row: its turns, or in pairs the turns before the responses.
#[derive(Debug)]
pub(crate) struct Content {
    /// From the start of the line to the text or the first message.
    pub(crate) open: &'static str,
    /// The text around messages; `None` if the content is a text by a template.
    pub(crate) messages: Option<Messages>,
    /// A member for the system prompt, if it is not the first message.
    pub(crate) system: Option<SystemMember>,
}

/// The text around messages.
#[derive(Debug)]
pub(crate) struct Messages {
    pub(crate) before_role: &'static str,
    pub(crate) before_content: &'static str,
    pub(crate) after: &'static str,
    pub(crate) between: &'static str,
    /// The names of roles, if they are not [their own](Role::name).
    pub(crate) roles: &'static [(Role, &'static str)],
}

/// The text around a system prompt that is a member of its own. It replaces [`Content::open`].
#[derive(Debug)]
pub(crate) struct SystemMember {
    pub(crate) open: &'static str,
    pub(crate) after: &'static str,
}

/// What a row has besides its content.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tail {
    /// A score for each attribute, or a single one.
    Scores {
        /// From the content to the scores.
        after_content: &'static str,
        vector: &'static Vector,
        /// The text around a weighted score.
        single: &'static Vector,
    },
    /// Two responses.
    Pair(&'static Pair),
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

/// The text around the responses of a pair.
#[derive(Debug)]
pub(crate) struct Pair {
    /// From the context to the chosen response; `None` if that is the last message.
    pub(crate) before_chosen: Option<&'static str>,
    /// From the chosen response, or from its message, to the rejected one.
    pub(crate) before_rejected: &'static str,
    /// From the rejected response to the margin.
    pub(crate) before_margin: Option<&'static str>,
    /// From the margin, or else from the rejected response, to the end of the line, including the line feed.
    pub(crate) close: &'static str,
}

const TEXT: Content = Content { open: r#"{"text": ""#, messages: None, system: None };

const MESSAGES: Content = Content { open: r#"{"messages": ["#, ..OF_MESSAGES };

/// Messages as most trainers read them.
const OF_MESSAGES: Content = Content {
    open: "",
    messages: Some(Messages {
        before_role: r#"{"role": ""#,
        before_content: r#"", "content": ""#,
        after: r#""}"#,
        between: ", ",
        roles: &[],
    }),
    system: None,
};

const SHAREGPT: Content = Content {
    open: r#"{"conversations": ["#,
    messages: Some(Messages {
        before_role: r#"{"from": ""#,
        before_content: r#"", "value": ""#,
        after: r#""}"#,
        between: ", ",
        roles: &[(Role::User, "human"), (Role::Assistant, "gpt")],
    }),
    system: Some(SystemMember { open: r#"{"system": ""#, after: r#"", "conversations": ["# }),
};

const LIST: Vector = Vector { open: r#", "label": ["#, between: ", ", close: "]}\n", missing: None, are_named: false };

const NUMBER: Vector = Vector { open: r#", "label": "#, close: "}\n", ..LIST };

const COLUMNS: Vector = Vector { open: ", ", between: ", ", close: "}\n", missing: Some("null"), are_named: true };

const TRL: Pair = Pair {
    before_chosen: Some(r#"], "chosen": [{"role": "assistant", "content": ""#),
    before_rejected: r#""}], "rejected": [{"role": "assistant", "content": ""#,
    before_margin: Some(r#""}], "margin": "#),
    close: "}\n",
};

const NEMO_RL: Pair = Pair {
    before_chosen: Some(r#"], "completions": [{"rank": 0, "completion": [{"role": "assistant", "content": ""#),
    before_rejected: r#""}]}, {"rank": 1, "completion": [{"role": "assistant", "content": ""#,
    before_margin: None,
    close: "\"}]}]}\n",
};

const SWIFT: Pair = Pair {
    before_chosen: None,
    before_rejected: r#"], "rejected_response": ""#,
    before_margin: Some(r#"", "margin": "#),
    close: "}\n",
};

const LLAMA_FACTORY: Pair = Pair {
    before_chosen: Some(r#"], "chosen": {"from": "gpt", "value": ""#),
    before_rejected: r#""}, "rejected": {"from": "gpt", "value": ""#,
    before_margin: None,
    close: "\"}}\n",
};

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 8] = [
        Self::Nemo,
        Self::Messages,
        Self::Columns,
        Self::MessagesColumns,
        Self::TrlPairs,
        Self::NemoRlPairs,
        Self::SwiftPairs,
        Self::LlamaFactoryPairs,
    ];

    /// The name, as `--to` takes it: `messages-columns`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nemo => "nemo",
            Self::Messages => "messages",
            Self::Columns => "columns",
            Self::MessagesColumns => "messages-columns",
            Self::TrlPairs => "trl-pairs",
            Self::NemoRlPairs => "nemo-rl-pairs",
            Self::SwiftPairs => "swift-pairs",
            Self::LlamaFactoryPairs => "llamafactory-pairs",
        }
    }

    pub(crate) fn frames(self) -> (&'static Content, Tail) {
        const IN_TEXT: &str = r#"""#;
        const IN_LIST: &str = "]";
        match self {
            Self::Nemo => (&TEXT, Tail::Scores { after_content: IN_TEXT, vector: &LIST, single: &LIST }),
            Self::Messages => (&MESSAGES, Tail::Scores { after_content: IN_LIST, vector: &LIST, single: &NUMBER }),
            Self::Columns => (&TEXT, Tail::Scores { after_content: IN_TEXT, vector: &COLUMNS, single: &COLUMNS }),
            Self::MessagesColumns => {
                (&MESSAGES, Tail::Scores { after_content: IN_LIST, vector: &COLUMNS, single: &COLUMNS })
            }
            Self::TrlPairs => (&Content { open: r#"{"prompt": ["#, ..OF_MESSAGES }, Tail::Pair(&TRL)),
            Self::NemoRlPairs => (&Content { open: r#"{"context": ["#, ..OF_MESSAGES }, Tail::Pair(&NEMO_RL)),
            Self::SwiftPairs => (&MESSAGES, Tail::Pair(&SWIFT)),
            Self::LlamaFactoryPairs => (&SHAREGPT, Tail::Pair(&LLAMA_FACTORY)),
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
        matches!(self.frames().1, Tail::Scores { vector, .. } if vector.are_named)
    }

    /// True if a row is a pair of responses, of which one is chosen and the other rejected.
    #[must_use]
    pub fn is_pairs(self) -> bool {
        matches!(self.frames().1, Tail::Pair(_))
    }

    /// True if rows can express which of two responses is preferred: in pairs, and in NeMo-Aligner's rows, of which its
    /// trainers read two with one label as a pair. In other layouts both responses would have the same label, each as its
    /// own.
    #[must_use]
    pub fn takes_comparisons(self) -> bool {
        self == Self::Nemo || self.is_pairs()
    }

    /// The key of a row's content: `text`, `messages`, or in pairs that of the context.
    #[must_use]
    pub fn content_key(self) -> &'static str {
        self.frames().0.open.split('"').nth(1).unwrap_or_default()
    }

    /// The shape of a row, for a person: `{"text": "…", "label": […]}`.
    #[must_use]
    pub fn shape(self) -> String {
        let (content, tail) = self.frames();
        let end = match tail {
            Tail::Scores { after_content, vector, .. } if vector.are_named => {
                format!("{after_content}, ATTRIBUTE: …, …}}")
            }
            Tail::Scores { after_content, vector, .. } => format!("{after_content}{}…{}", vector.open, vector.close),
            Tail::Pair(Pair { before_chosen, before_rejected, before_margin, close }) => {
                let pieces = [*before_chosen, Some(before_rejected), *before_margin];
                pieces.into_iter().flatten().flat_map(|piece| [piece, "…"]).collect::<String>() + close
            }
        };
        format!("{}…{end}", content.open).trim_end().to_owned()
    }
}
