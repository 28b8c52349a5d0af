//! The text around turns, spelled once before the run.

use crate::{
    format::{
        layout::{Content, Messages},
        role::Role,
        template::{Template, TurnTemplate},
    },
    spelling::escape::append_escaped,
};

/// What stands around a turn, as the output spells it.
#[derive(Debug)]
pub(super) struct TurnFrame {
    pub(super) before: Vec<u8>,
    /// What stands before it if it is the first turn.
    pub(super) before_first: Vec<u8>,
    pub(super) after: Vec<u8>,
    /// The characters of a text that these are.
    pub(super) characters: u64,
}

/// The frame of the turns of each role.
#[derive(Debug)]
pub(super) struct Frames {
    pub(super) system: TurnFrame,
    pub(super) user: TurnFrame,
    pub(super) assistant: TurnFrame,
    /// `None` if rows cannot have a tool's turns.
    pub(super) tool: Option<TurnFrame>,
}

impl Frames {
    pub(super) fn new(content: &Content, template: &Template) -> Self {
        if let Some(messages) = &content.messages {
            let message = |role: Role| TurnFrame::message(messages, role);
            let member = content.system.as_ref().map(|member| TurnFrame::member(member.after));
            return Self {
                system: member.unwrap_or_else(|| message(Role::System)),
                user: message(Role::User),
                assistant: message(Role::Assistant),
                tool: Some(message(Role::Tool)),
            };
        }
        let text = |frame: &TurnTemplate| TurnFrame::text(&frame.before, &frame.after);
        Self {
            system: TurnFrame::text(&template.system.before, &template.system.after),
            user: text(&template.user),
            assistant: text(&template.assistant),
            tool: template.tool.as_ref().map(text),
        }
    }

    /// Places all turns behind a system prompt, so that none of them is the first.
    pub(super) fn place_behind_prompt(&mut self) {
        for turn in [&mut self.user, &mut self.assistant].into_iter().chain(&mut self.tool) {
            turn.before_first.clone_from(&turn.before);
        }
    }

    /// The most bytes around a turn of the user, the assistant or a tool.
    pub(super) fn longest(&self) -> usize {
        let tool = self.tool.as_ref().map_or(0, TurnFrame::length);
        self.user.length().max(self.assistant.length()).max(tool)
    }
}

impl TurnFrame {
    /// The frame of a text that a member holds: nothing before it, and JSON behind it.
    fn member(after: &str) -> Self {
        Self { before: Vec::new(), before_first: Vec::new(), after: after.into(), characters: 0 }
    }

    fn text(before: &str, after: &str) -> Self {
        let (characters, before) = (count(before) + count(after), spelled(before));
        Self { before_first: before.clone(), before, after: spelled(after), characters }
    }

    fn message(messages: &Messages, role: Role) -> Self {
        let name = messages.roles.iter().find(|(named, _)| *named == role).map_or(role.name(), |(_, name)| *name);
        let before_first = [messages.before_role, name, messages.before_content].concat();
        Self {
            before: [messages.between, &before_first].concat().into(),
            before_first: before_first.into(),
            after: messages.after.into(),
            characters: 0,
        }
    }

    /// The bytes around a turn.
    #[inline]
    pub(super) fn length(&self) -> usize {
        self.before.len() + self.after.len()
    }
}

/// A text as the output spells it.
pub(super) fn spelled(text: &str) -> Vec<u8> {
    let mut spelled = Vec::new();
    append_escaped(&mut spelled, text.as_bytes());
    spelled
}

/// The characters of a text.
pub(super) fn count(text: &str) -> u64 {
    text.chars().count() as u64
}
