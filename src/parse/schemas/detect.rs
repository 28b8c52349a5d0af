//! Which schema a record has, by its keys.

use simd_json::Node;

use super::foreign;
use crate::{
    parse::{
        nodes::{Members, type_of},
        tape::SimdJson,
    },
    rejection::{Refusal, RefusalKind},
    schema::Form,
    spelling::printable::quoted,
};

impl Form {
    /// The form that a record has by its keys; `None` if they are those of no form, or if the line is no record.
    ///
    /// ```
    /// use steer2reg::Form;
    ///
    /// assert_eq!(Form::of(br#"{"prompt": "Hi", "response": "Hello!", "helpfulness": 4}"#), Some(Form::HelpSteer));
    /// assert_eq!(Form::of(br#"{"something": "else"}"#), None);
    /// ```
    #[must_use]
    pub fn of(record: &[u8]) -> Option<Self> {
        Self::by(&mut SimdJson::new(), record)
    }

    /// As [`of`](Self::of), with a parser that is at hand.
    pub(crate) fn by(parser: &mut SimdJson, record: &[u8]) -> Option<Self> {
        parser.read(record, |tape, _| Ok(form_of(tape))).ok().flatten()
    }
}

pub(super) fn form_of(tape: &[Node<'_>]) -> Option<Form> {
    let value = |wanted| Members::of(tape)?.filter(|&(key, _)| key == wanted).last().map(|(_, value)| value);
    let has = |key| value(key).is_some();
    if has("conversations") {
        Some(Form::Sft)
    } else if has("prompt") && has("response") {
        Some(Form::HelpSteer)
    } else if has("response_1") {
        Some(Form::HelpSteer2Preference)
    } else if value("prompt").is_some_and(|prompt| Members::of(prompt).is_some())
        || ["text", "role", "replies"].into_iter().all(has)
    {
        Some(Form::Oasst)
    } else {
        None
    }
}

/// Why a record is refused whose keys are those of no form.
pub(super) fn unknown(tape: &[Node<'_>]) -> Refusal {
    const MOST_KEYS: usize = 8;
    if let Some(reason) = foreign::reason(tape) {
        return Refusal::record(reason);
    }
    let Some(members) = Members::of(tape) else {
        return Refusal::record(format!("the record is {}, not an object", type_of(tape)));
    };
    let keys: Vec<_> = members.map(|(key, _)| key).take(MOST_KEYS + 1).collect();
    let shown: Vec<_> = keys.iter().take(MOST_KEYS).map(|key| quoted(key)).collect();
    let more = if keys.len() > MOST_KEYS { ", …" } else { "" };
    match &shown[..] {
        [] => Refusal::record("the record has no members"),
        shown => Refusal::record(format!(
            "no form has records with the keys {}{more}; --from FORM says what the records of an input are",
            shown.join(", ")
        )),
    }
}

/// Why a record is refused in an input whose form was not named. If its keys are those of no form, the reason is the same
/// before the record that decides and behind it.
pub(crate) fn without_form(tape: &[Node<'_>], refusal: Refusal) -> Refusal {
    let is_without = refusal.kind() == RefusalKind::InvalidRecord && form_of(tape).is_none();
    if is_without { unknown(tape) } else { refusal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_known_by_its_keys() {
        let cases = [
            (r#"{"conversations": [], "prompt": "", "response": ""}"#, Form::Sft),
            (r#"{"response": "", "prompt": ""}"#, Form::HelpSteer),
            (r#"{"prompt": "", "response_1": "", "response_2": ""}"#, Form::HelpSteer2Preference),
            (r#"{"prompt": {}}"#, Form::Oasst),
            (r#"{"prompt": "", "prompt": {}}"#, Form::Oasst),
            (r#"{"text": "", "role": "", "replies": []}"#, Form::Oasst),
            (r#"{"prompt": 1e999, "response": ""}"#, Form::HelpSteer),
        ];
        for (record, form) in cases {
            assert_eq!(Form::of(record.as_bytes()), Some(form), "{record}");
        }
        for record in
            [r#"{"text": "", "role": ""}"#, r#"{"prompt": {}, "prompt": ""}"#, "{}", "[]", r#""prompt""#, "{", ""]
        {
            assert_eq!(Form::of(record.as_bytes()), None, "{record}");
        }
    }
}
