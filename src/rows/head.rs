//! The start of a row, up to its first turn that is not the system prompt.

use super::frames::{TurnFrame, count, spelled};
use crate::{
    format::{RowFormat, SystemPrompt, layout::Content},
    spelling::characters::is_python_space,
};

/// The system prompt of the original.
pub(crate) const SYSTEM_PROMPT: &str = "A chat between a curious user and an artificial intelligence assistant. \
    The assistant gives helpful, detailed, and polite answers to the user's questions.";

/// The system prompt of a conversation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Prompt<'a> {
    /// The prompt of all rows, or none. It is a part of the head.
    Fixed,
    /// The record's `system`.
    Record(&'a [u8]),
    /// The first turn.
    Turn(&'a [u8]),
}

impl<'a> Prompt<'a> {
    /// The content that is not a part of the head.
    #[inline]
    pub(super) fn content(self) -> Option<&'a [u8]> {
        match self {
            Self::Fixed => None,
            Self::Record(prompt) | Self::Turn(prompt) => Some(prompt),
        }
    }
}

/// The start of all rows, as the output spells it.
#[derive(Debug)]
pub(super) struct Head {
    /// From the start of the line to the first turn, or to the record's prompt.
    text: Vec<u8>,
    /// From the start of the line to a prompt that is the first turn.
    before_turn: Vec<u8>,
    /// From a prompt that is not a part of the head to the turn that follows.
    pub(super) after_prompt: Vec<u8>,
    /// The characters of a row's text that are neither in its turns nor in the record's prompt.
    characters: u64,
    /// The same if the prompt is the first turn.
    characters_with_turn: u64,
}

impl Head {
    /// The head of rows with this content. What the template has before, after or instead of turns is in texts only.
    pub(super) fn new(format: &RowFormat, content: &Content, system: &TurnFrame) -> Self {
        let template = &format.template;
        let is_text = !format.layout.has_messages();
        let of_text = |text| if is_text { text } else { "" };
        let [begin, none, end] = [&*template.begin, &template.system.none, &template.end].map(of_text);

        let mut characters = count(begin) + count(end);
        let characters_with_turn = characters + system.characters;
        let open_with_prompt = content.system.as_ref().map_or(content.open, |member| member.open);
        let before_turn = [open_with_prompt.as_bytes(), &spelled(begin), &system.before_first].concat();
        let prompt = format.system_prompt();
        let fixed = match prompt {
            SystemPrompt::Default => SYSTEM_PROMPT,
            SystemPrompt::Text(prompt) => prompt,
            SystemPrompt::Record | SystemPrompt::None => "",
        };
        let fixed = if is_text && template.trim { fixed.trim_matches(is_python_space) } else { fixed };
        let text = match prompt {
            SystemPrompt::None => {
                characters += count(none);
                [content.open.as_bytes(), &spelled(begin), &spelled(none)].concat()
            }
            SystemPrompt::Record => {
                characters += system.characters;
                before_turn.clone()
            }
            SystemPrompt::Default | SystemPrompt::Text(_) => {
                characters += system.characters + count(fixed);
                [&*before_turn, &spelled(fixed), &system.after].concat()
            }
        };
        Self { text, before_turn, after_prompt: system.after.clone(), characters, characters_with_turn }
    }

    /// The bytes before the prompt that is not a part of the head, and the characters of the row's text besides turns and
    /// that prompt.
    #[inline]
    pub(super) fn before(&self, prompt: Prompt<'_>) -> (&[u8], u64) {
        match prompt {
            Prompt::Fixed | Prompt::Record(_) => (&self.text, self.characters),
            Prompt::Turn(_) => (&self.before_turn, self.characters_with_turn),
        }
    }

    /// The bytes of the head and the prompt: about, since the prompt is not escaped yet. It has no more characters.
    #[inline]
    pub(super) fn length(&self, prompt: Prompt<'_>) -> usize {
        match prompt {
            Prompt::Fixed => self.text.len(),
            Prompt::Record(prompt) => self.text.len() + prompt.len() + self.after_prompt.len(),
            Prompt::Turn(prompt) => self.before_turn.len() + prompt.len() + self.after_prompt.len(),
        }
    }

    /// The most characters of a row's text that are neither in its turns nor in a prompt of the record.
    #[inline]
    pub(super) fn max_characters(&self) -> u64 {
        self.characters.max(self.characters_with_turn)
    }
}
