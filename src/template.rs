//! The text around the turns, spelled as it stands between the quotes of the output.
//!
//! The constants are those of NeMo-Aligner's `examples/nlp/data/steerlm/common.py`. Formatting takes them
//! from a [`Template`], so that another template is other data and no other code.

use crate::characters::characters;

/// What stands before, between and after the turns of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template {
    /// From the start of the line to the first turn.
    pub(crate) head: &'static str,
    /// Before and after what the user says.
    pub(crate) user: Around,
    /// Before and after what anyone else says.
    pub(crate) assistant: Around,
    /// From the last turn to the first score.
    pub(crate) tail: &'static str,
    /// Between two scores. Its length is known to the compiler, since it is written more often than anything else.
    pub(crate) between: [u8; 2],
    /// From the last score to the end of the line, which it includes.
    pub(crate) end: &'static str,
}

/// What stands around a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
}

impl Template {
    /// The characters of a row's text that stand before the first turn and after the last one.
    pub(crate) fn characters(&self) -> u64 {
        let before = self.head.strip_prefix(r#"{"text": ""#).unwrap_or(self.head);
        let after = self.tail.split('"').next().unwrap_or_default();
        characters(before.as_bytes()) + characters(after.as_bytes())
    }
}

/// The template of NeMo-Aligner.
pub(crate) const NEMO: Template = Template {
    head: concat!(
        r#"{"text": "<extra_id_0>System\n"#,
        "A chat between a curious user and an artificial intelligence assistant. ",
        "The assistant gives helpful, detailed, and polite answers to the user's questions.",
        r"\n"
    ),
    user: Around { before: r"<extra_id_1>User\n", after: r"\n" },
    assistant: Around { before: r"<extra_id_1>Assistant\n", after: r"\n" },
    tail: r#"<extra_id_2>", "label": ["#,
    between: *b", ",
    end: "]}\n",
};
