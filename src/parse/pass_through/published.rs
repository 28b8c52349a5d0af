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
        let mut context = None;
        let mut responses = [None; 2];
        let mut strength = None;
        let mut split = None;
        self.members(|scanner, key| {
            if let Some(response) = keys.responses.iter().position(|&response| response == key) {
                let text = scanner.string()?;
                return responses[response].replace(text).is_none().then_some(());
            }
            let is_first = if key == keys.context {
                context.replace(scanner.context(keys, turns)?).is_none()
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
        let (system, [first, second], strength) = (context?, responses, strength?);
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
    // A call for each score of a HelpSteer record took 0.5 % more instructions.
    #[inline(always)]
    fn plain_number(&mut self) -> Option<&'l str> {
        // The value of a longer spelling may be too large for a `float`.
        const MAX_LENGTH: usize = 300;
        let start = self.at;
        self.number()?;
        let number = &self.text[start..self.at];
        (number != "-0" && number.len() <= MAX_LENGTH && !number.contains(['e', 'E'])).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        conversation::{Label, System, Turn},
        format::attributes::Attributes,
        parse::{
            comparison_keys::{HELPSTEER2_PREFERENCE, HELPSTEER3},
            options::ReadOptions,
            pass_through::{Lines, SLACK, Scanned},
        },
        schema::Split,
    };

    /// The system prompt, the turns and the labels of a record; `None` if the scanner gives up.
    fn scanned(options: ReadOptions, line: &str) -> Option<String> {
        let (attributes, mut masks, mut scratch) = (Attributes::default(), Vec::new(), vec![0; line.len() + SLACK]);
        let mut turns = Vec::new();
        let mut lines = Lines::new(line, options, &attributes, None, &mut masks);
        let line = lines.next(&mut scratch, &mut turns);
        let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let system = match line.record? {
            Scanned::OtherSplit => return Some("other split".to_owned()),
            Scanned::Record(header) => match header.system {
                System::Missing => String::new(),
                System::Text(system) => format!("System {}, ", text(system)),
                other => panic!("{other:?}"),
            },
        };
        let turn = |turn: &Turn<'_>| match turn.label {
            Label::None => format!("{} {}", text(turn.from), text(turn.value)),
            Label::Text(label) => format!("{} {} {label}", text(turn.from), text(turn.value)),
            Label::Other(other) => panic!("{other}"),
        };
        Some(system + &turns.iter().map(turn).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn comparisons_are_read_whatever_else_they_hold() {
        let preference = |split| ReadOptions::Comparison(&HELPSTEER2_PREFERENCE, split);
        let line = r#"{"split": "\u0074rain", "prompt": "\u00e9\n", "more": [{"a": ["}", {}]}], "response_2": "b", "preference_strength": -1.50, "response_1": "a\/", "id": null}"#;
        let expected = r"User é\n, Assistant a/ quality:-1.50, Assistant b quality:-1.50";
        for (split, expected) in [(None, expected), (Some(Split::Train), expected), (Some(Split::Val), "other split")] {
            assert_eq!(scanned(preference(split), line).as_deref(), Some(expected), "{split:?}");
            let val = line.replace(r#""\u0074rain""#, r#"{"of": ["train"]}"#);
            assert_eq!(scanned(preference(split), &val).as_deref() == Some("other split"), split == Some(Split::Train));
        }
        let helpsteer3 = ReadOptions::Comparison(&HELPSTEER3, None);
        for (context, expected) in [
            (r#""Hi""#, "User Hi, "),
            ("[]", ""),
            (
                r#"[{"role": "user", "content": "Hi"}, {"content": "Ho", "id": [], "role": "assistant"}]"#,
                "User Hi, Assistant Ho, ",
            ),
            (r#"[{"role":"system","content":"Be"},{"role":"user","content":""}]"#, "System Be, User , "),
        ] {
            let line = format!(
                r#"{{"response1": "a", "response2": "b", "overall_preference": 3, "split": 1, "context": {context}, "individual_preference": [{{"score": 1, "feedback1": "\""}}]}}"#
            );
            let expected = format!("{expected}Assistant a quality:3, Assistant b quality:3");
            assert_eq!(scanned(helpsteer3, &line), Some(expected), "{context}");
        }
    }

    #[test]
    fn unusual_comparisons_are_left_to_the_authority() {
        let preference = ReadOptions::Comparison(&HELPSTEER2_PREFERENCE, None);
        let helpsteer3 = ReadOptions::Comparison(&HELPSTEER3, None);
        let first = r#"{"split": "train", "prompt": "", "response_1": "", "response_2": "", "preference_strength": 1}"#;
        let second = r#"{"context": [{"role": "user", "content": ""}], "response1": "", "response2": "", "overall_preference": 1}"#;
        assert!(scanned(preference, first).is_some() && scanned(helpsteer3, second).is_some());
        let keys = ["split", "prompt", "response_1", "response_2", "preference_strength"];
        let other_keys = ["context", "response1", "response2", "overall_preference"];
        for (options, line, keys) in [(preference, first, &keys[..]), (helpsteer3, second, &other_keys)] {
            for strength in ["1e0", "-0", "\"1\"", "[1]", "null"] {
                let line = line.replace(": 1}", &format!(": {strength}}}"));
                assert_eq!(scanned(options, &line), None, "{strength}");
            }
            for key in keys {
                let value = if key.ends_with("strength") || key.ends_with("preference") { "1" } else { "\"\"" };
                let twice = line.replacen('{', &format!(r#"{{"{key}": {value}, "#), 1);
                let others = [line.replace(key, "x"), line.replace(key, &format!("\\u0078{key}")), twice];
                for line in others {
                    assert_eq!(scanned(options, &line), None, "{line}");
                }
            }
        }
        assert_eq!(scanned(preference, &first.replace(r#""prompt": """#, r#""prompt": []"#)), None);
        for message in [
            r#"{"role": "user", "content": null}"#,
            r#"{"role": "tool", "content": ""}"#,
            r#"{"role": "user", "content": "", "role": "user"}"#,
            r#"{"role": "user", "content": ""}, {"role": "system", "content": ""}"#,
            "{}",
            "null",
        ] {
            let line = second.replace(r#"{"role": "user", "content": ""}"#, message);
            assert_eq!(scanned(helpsteer3, &line), None, "{message}");
        }
    }
}
