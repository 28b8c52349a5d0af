//! Published records from mark to mark: HelpSteer's, and comparisons.

use super::{Scanned, scanner::Scanner};
use crate::{
    conversation::{ASSISTANT, Label, RecordHeader, System, Turn, USER},
    format::attributes::Attributes,
    parse::{comparison_keys::ComparisonKeys, options::OnlyAttribute},
    schema::{COMPARISON_ATTRIBUTES, Split},
};

/// The most attributes for which the scanner reads HelpSteer records.
const MAX_ATTRIBUTES: usize = 24;

impl<'l> Scanner<'_, 'l> {
    /// A HelpSteer record. Rows have its numbers by their values, so the label may have them as they are spelled.
    #[inline(never)]
    pub(super) fn helpsteer(
        &mut self,
        attributes: &Attributes,
        only_attribute: OnlyAttribute,
        turns: &mut Vec<Turn<'l>>,
    ) -> Option<RecordHeader<'l>> {
        let mut prompt = None;
        let mut response = None;
        let mut all_scores = [None; MAX_ATTRIBUTES];
        let scores = all_scores.get_mut(..attributes.names().len())?;
        // Scores mostly come in the order of the vector.
        let mut expected = 0;
        self.members(|scanner, key| {
            match key {
                "prompt" if prompt.is_none() => prompt = Some(scanner.string()?),
                "response" if response.is_none() => response = Some(scanner.string()?),
                "prompt" | "response" => return None,
                // A key with escapes is compared with names only when it is decoded.
                _ if key.contains('\\') => return None,
                _ => match attributes.position(key, expected) {
                    Some(attribute) if scores[attribute].is_none() => {
                        scores[attribute] = Some(scanner.plain_number()?);
                        expected = attribute + 1;
                    }
                    Some(_) => return None,
                    None => scanner.skip()?,
                },
            }
            Some(())
        })?;
        if let Some(only) = only_attribute {
            scores
                .iter_mut()
                .enumerate()
                .filter(|&(attribute, _)| attribute != only)
                .for_each(|(_, score)| *score = None);
        }
        let (prompt, response, label) = (prompt?, response?, self.label_of(attributes.keys(), scores)?);
        turns.push(Turn { from: USER, value: prompt, label: Label::None });
        turns.push(Turn { from: ASSISTANT, value: response, label });
        Some(RecordHeader { mask: USER, system: System::Missing })
    }

    /// A comparison, whose members have these keys.
    #[inline(never)]
    pub(super) fn comparison(
        &mut self,
        keys: &ComparisonKeys,
        only_split: Option<Split>,
        attributes: &Attributes,
        turns: &mut Vec<Turn<'l>>,
    ) -> Option<Scanned<'l>> {
        let mut system = None;
        let mut responses = [None; 2];
        let mut strength = None;
        let mut split = None;
        self.members(|scanner, key| {
            if let Some(response) = keys.responses.iter().position(|&response| response == key) {
                let text = scanner.string()?;
                return responses[response].replace(text).is_none().then_some(());
            }
            let is_first = if key == keys.context {
                system.replace(scanner.context(keys, turns)?).is_none()
            } else if key == keys.strength {
                strength.replace(scanner.plain_number()?).is_none()
            } else if Some(key) == keys.split {
                split.replace(scanner.split()?).is_none()
            } else {
                scanner.skip()?;
                true
            };
            is_first.then_some(())
        })?;
        let (system, [first, second], strength) = (system?, responses, strength?);
        let (first, second) = (first?, second?);
        if keys.split.is_some() {
            let split = split?;
            if only_split.is_some_and(|only| only != split) {
                return Some(Scanned::OtherSplit);
            }
        }
        let has_score = attributes.position(COMPARISON_ATTRIBUTES[0], 0).is_some();
        let label = self.label_of(&COMPARISON_ATTRIBUTES, &[has_score.then_some(strength)])?;
        turns.push(Turn { from: ASSISTANT, value: first, label });
        turns.push(Turn { from: ASSISTANT, value: second, label });
        Some(Scanned::Record(RecordHeader { mask: USER, system }))
    }

    /// The split of a comparison.
    fn split(&mut self) -> Option<Split> {
        if self.peek() != b'"' {
            return self.skip().map(|()| Split::Val);
        }
        Some(if self.string()? == b"train" { Split::Train } else { Split::Val })
    }

    /// The context of a comparison: appends its turns, and returns the system prompt that its first message may be.
    fn context(&mut self, keys: &ComparisonKeys, turns: &mut Vec<Turn<'l>>) -> Option<System<'l>> {
        if self.peek() == b'"' {
            let value = self.string()?;
            turns.push(Turn { from: USER, value, label: Label::None });
            return Some(System::Missing);
        }
        if !keys.has_messages {
            return None;
        }
        let mut system = System::Missing;
        let mut is_first = true;
        self.items(|scanner| {
            let (role, value) = scanner.message()?;
            match role {
                b"user" => turns.push(Turn { from: USER, value, label: Label::None }),
                b"assistant" => turns.push(Turn { from: ASSISTANT, value, label: Label::None }),
                b"system" if is_first => system = System::Text(value),
                _ => return None,
            }
            is_first = false;
            Some(())
        })?;
        Some(system)
    }

    /// The role and the content of a message.
    fn message(&mut self) -> Option<(&'l [u8], &'l [u8])> {
        let mut role = None;
        let mut content = None;
        self.members(|scanner, key| {
            match key {
                "role" if role.is_none() => role = Some(scanner.string()?),
                "content" if content.is_none() => content = Some(scanner.string()?),
                "role" | "content" => return None,
                _ => scanner.skip()?,
            }
            Some(())
        })?;
        Some((role?, content?))
    }

    /// The label with these scores. It is shorter than their members in the record, so the scratch memory suffices.
    fn label_of(&mut self, attributes: &[impl AsRef<str>], scores: &[Option<&str>]) -> Option<Label<'l>> {
        let scratch = std::mem::take(&mut self.scratch);
        let mut length = 0;
        let mut put = |part: &str| {
            scratch[length..][..part.len()].copy_from_slice(part.as_bytes());
            length += part.len();
        };
        let mut comma = "";
        for (attribute, score) in attributes.iter().zip(scores) {
            if let Some(score) = score {
                [comma, attribute.as_ref(), ":", score].into_iter().for_each(&mut put);
                comma = ",";
            }
        }
        let (label, scratch) = scratch.split_at_mut(length);
        self.scratch = scratch;
        let label = str::from_utf8(label).ok()?;
        Some(if label.is_empty() { Label::None } else { Label::Text(label) })
    }

    /// A number without an exponent, in the input's spelling, if Python reads the same value from that spelling in a label
    /// and in JSON: `-0` is 0 in JSON.
    fn plain_number(&mut self) -> Option<&'l str> {
        // The value of a longer spelling may be too large for a `float`.
        const MAX_LENGTH: usize = 300;
        let start = self.at;
        self.number()?;
        let number = &self.text[start..self.at];
        (number != "-0" && number.len() <= MAX_LENGTH && !number.contains(['e', 'E'])).then_some(number)
    }
}
