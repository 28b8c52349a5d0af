//! Detects the schema of a record by its keys.

use simd_json::Node;

use super::other_data_sets;
use crate::{
    parse::{
        nodes::{Members, type_of},
        tape::SimdJson,
    },
    rejection::Rejection,
    schema::Schema,
    spelling::printable::quoted,
};

impl Schema {
    /// Detects the schema of a record by its keys; `None` if no schema has such keys, or if the line is no record.
    ///
    /// ```
    /// use steer2reg::Schema;
    ///
    /// assert_eq!(Schema::detect(br#"{"prompt": "Hi", "response": "Hello!", "helpfulness": 4}"#), Some(Schema::HelpSteer));
    /// assert_eq!(Schema::detect(br#"{"something": "else"}"#), None);
    /// ```
    #[must_use]
    pub fn detect(record: &[u8]) -> Option<Self> {
        Self::detect_with(&mut SimdJson::new(), record)
    }

    /// [Detects](Self::detect) the schema with an existing parser.
    pub(crate) fn detect_with(parser: &mut SimdJson, record: &[u8]) -> Option<Self> {
        parser.read(record, |tape, _| Ok(schema_of(tape))).ok().flatten()
    }
}

/// The schema of the record on a tape.
pub(super) fn schema_of(tape: &[Node<'_>]) -> Option<Schema> {
    let value = |wanted| Members::new(tape)?.filter(|&(key, _)| key == wanted).last().map(|(_, value)| value);
    let has = |key| value(key).is_some();
    if has("conversations") {
        Some(Schema::Sft)
    } else if has("prompt") && has("response") {
        Some(Schema::HelpSteer)
    } else if has("response_1") {
        Some(Schema::HelpSteer2Preference)
    } else if has("response1") && has("overall_preference") {
        Some(Schema::HelpSteer3)
    } else if value("prompt").is_some_and(|prompt| Members::new(prompt).is_some())
        || ["text", "role", "replies"].into_iter().all(has)
    {
        Some(Schema::Oasst)
    } else {
        None
    }
}

/// The rejection of a record whose keys no schema has.
pub(super) fn unknown(tape: &[Node<'_>]) -> Rejection {
    const MAX_KEYS: usize = 8;
    if let Some(reason) = other_data_sets::reason(tape) {
        return Rejection::record(reason);
    }
    let Some(members) = Members::new(tape) else {
        return Rejection::record(format!("the record is {}, not an object", type_of(tape)));
    };
    let keys: Vec<_> = members.map(|(key, _)| key).take(MAX_KEYS + 1).collect();
    let shown: Vec<_> = keys.iter().take(MAX_KEYS).map(|key| quoted(key)).collect();
    let more = if keys.len() > MAX_KEYS { ", …" } else { "" };
    match &shown[..] {
        [] => Rejection::record("the record has no members"),
        shown => Rejection::record(format!(
            "no schema has records with the keys {}{more}; --from SCHEMA says what the records of an input are",
            shown.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_known_by_its_keys() {
        let cases = [
            (r#"{"conversations": [], "prompt": "", "response": ""}"#, Schema::Sft),
            (r#"{"response": "", "prompt": ""}"#, Schema::HelpSteer),
            (r#"{"prompt": "", "response_1": "", "response_2": ""}"#, Schema::HelpSteer2Preference),
            (r#"{"response1": "", "overall_preference": null}"#, Schema::HelpSteer3),
            (r#"{"prompt": {}}"#, Schema::Oasst),
            (r#"{"prompt": "", "prompt": {}}"#, Schema::Oasst),
            (r#"{"text": "", "role": "", "replies": []}"#, Schema::Oasst),
            (r#"{"prompt": 1e999, "response": ""}"#, Schema::HelpSteer),
        ];
        for (record, schema) in cases {
            assert_eq!(Schema::detect(record.as_bytes()), Some(schema), "{record}");
        }
        for record in [
            r#"{"text": "", "role": ""}"#,
            r#"{"prompt": {}, "prompt": ""}"#,
            r#"{"context": [], "response1": "", "response2": ""}"#,
            "{}",
            "[]",
            r#""prompt""#,
            "{",
            "",
        ] {
            assert_eq!(Schema::detect(record.as_bytes()), None, "{record}");
        }
    }
}
