//! SFT records, from mark to mark.

use memchr::memchr;

use super::scanner::Scanner;
use crate::conversation::{Label, RecordHeader, System, Turn};

impl<'l> Scanner<'_, 'l> {
    /// An SFT record.
    pub(super) fn sft(
        &mut self,
        default_mask: Option<&'l [u8]>,
        turns: &mut Vec<Turn<'l>>,
    ) -> Option<RecordHeader<'l>> {
        let mut mask = None;
        let mut system = System::Missing;
        let mut has_conversations = false;
        self.members(|scanner, key| match key {
            "conversations" if !has_conversations => {
                has_conversations = true;
                scanner.turns(turns)
            }
            "mask" if mask.is_none() => {
                mask = Some(scanner.string()?);
                Some(())
            }
            "conversations" | "mask" => None,
            "system" => {
                system = scanner.system()?;
                Some(())
            }
            _ => scanner.skip(),
        })?;
        mask.or(default_mask).filter(|_| has_conversations).map(|mask| RecordHeader { mask, system })
    }

    /// The record's own system prompt.
    fn system(&mut self) -> Option<System<'l>> {
        let kind = match self.peek() {
            b'"' => return self.string().map(System::Text),
            b'n' => "null",
            b't' | b'f' => "a boolean",
            b'[' => "an array",
            b'{' => "an object",
            _ => "a number",
        };
        self.skip().map(|()| System::Other(kind))
    }

    /// The turns of a record.
    fn turns(&mut self, turns: &mut Vec<Turn<'l>>) -> Option<()> {
        self.items(|scanner| {
            let turn = scanner.turn()?;
            turns.push(turn);
            Some(())
        })
    }

    fn turn(&mut self) -> Option<Turn<'l>> {
        let mut from = None;
        let mut value = None;
        let mut label = None;
        self.members(|scanner, key| {
            match key {
                "from" if from.is_none() => from = Some(scanner.string()?),
                "value" if value.is_none() => value = Some(scanner.string()?),
                "label" if label.is_none() => label = Some(scanner.label()?),
                "from" | "value" | "label" => return None,
                _ => scanner.skip()?,
            }
            Some(())
        })?;
        Some(Turn { from: from?, value: value?, label: label.unwrap_or(Label::None) })
    }

    /// The label of a turn.
    fn label(&mut self) -> Option<Label<'l>> {
        if self.peek() != b'"' {
            return self.literal("null").map(|()| Label::None);
        }
        match self.raw_string()?.0 {
            "" => Some(Label::None),
            // A label is read decoded.
            label if memchr(b'\\', label.as_bytes()).is_some() => None,
            label => Some(Label::Text(label)),
        }
    }
}
