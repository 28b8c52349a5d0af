//! What is refused, and why.

use steer2reg::{ErrorKind, Schema, Split};
use support::library::{TestInput, ways};

use crate::{Case, convert};

/// What a record is refused for, after the oracle has agreed on the kind.
#[track_caller]
fn rejection(case: Case, line: &str) -> String {
    let rejection = convert(case, line.as_bytes()).expect_err(line);
    assert_eq!(case.rows(line.as_bytes()), Err(rejection.kind().name()), "{line}: {rejection}");
    rejection.to_string()
}

#[test]
fn helpsteer_records_are_refused_with_the_reason() {
    let cases = [
        ("3", "invalid record: the record is a number, not an object"),
        (r#"{"response": ""}"#, r#"invalid record: "prompt" is missing"#),
        (r#"{"prompt": ""}"#, r#"invalid record: "response" is missing"#),
        (r#"{"prompt": null, "response": ""}"#, r#"invalid record: "prompt" is null, not a string"#),
        (r#"{"prompt": "", "response": 1e999}"#, r#"invalid record: "response" is a number, not a string"#),
        (
            r#"{"prompt": "", "response": "", "humor": true}"#,
            r#"invalid label: the score of humor, "True", is not a finite decimal number (--value-map True=SCORE gives it one) (turn 2)"#,
        ),
        (
            r#"{"prompt": "", "response": "", "humor": null}"#,
            r#"invalid label: the score of humor, "None", is not a finite decimal number (--value-map None=SCORE gives it one) (turn 2)"#,
        ),
        (
            r#"{"prompt": "", "response": "", "humor": -1e400}"#,
            r#"invalid label: the score of humor, "-1e400", is not a finite decimal number (turn 2)"#,
        ),
        (r#"{"prompt": "", "response": "", "humor": {}}"#, r#"invalid label: "humor" is an object, not a number"#),
        (r#"{"prompt": "", "response": "", "humor": "1,2"}"#, r#"invalid label: part "2" has no score (turn 2)"#),
    ];
    for (line, reason) in cases {
        assert_eq!(rejection(Case::HelpSteer(None), line), reason);
    }
    let huge = format!(r#"{{"prompt": "", "response": "", "humor": {}}}"#, "9".repeat(400));
    assert!(rejection(Case::HelpSteer(None), &huge).starts_with("invalid label: the score of humor"));
    // What is not kept is not read.
    let line = br#"{"prompt": "", "response": "", "humor": null, "verbosity": 1}"#;
    assert!(convert(Case::HelpSteer(Some("verbosity")), line).is_ok());
}

#[test]
fn preference_records_are_refused_with_the_reason() {
    let good = r#"{"split": "train", "prompt": "", "response_1": "", "response_2": "", "preference_strength": 1}"#;
    assert!(convert(Case::Preference(None), good.as_bytes()).is_ok());
    for key in ["split", "prompt", "response_1", "response_2", "preference_strength"] {
        let reason = format!(r#"invalid record: "{key}" is missing"#);
        assert_eq!(rejection(Case::Preference(Some(Split::Train)), &good.replace(key, "x")), reason);
        assert_eq!(rejection(Case::Preference(None), &good.replace(key, "x")), reason);
    }
    let reason = r#"invalid record: "response_2" is null, not a string"#;
    let line = good.replace(r#""response_2": """#, r#""response_2": null"#);
    assert_eq!(rejection(Case::Preference(Some(Split::Val)), &line), reason);
    let reason = r#"invalid label: the score of quality, "None", is not a finite decimal number (--value-map None=SCORE gives it one) (turn 2)"#;
    assert_eq!(rejection(Case::Preference(None), &good.replace('1', "null").replace("_null", "_1")), reason);
    let reason = r#"invalid label: "preference_strength" is an object, not a number"#;
    let line = good.replace(r#"strength": 1"#, r#"strength": {}"#);
    assert_eq!(rejection(Case::Preference(None), &line), reason);
    // The other split's labels are not read.
    assert_eq!(convert(Case::Preference(Some(Split::Val)), line.as_bytes()), Ok(String::new()));
}

#[test]
fn records_of_helpsteer3_are_refused_with_the_reason() {
    let with = |context: &str| {
        format!(r#"{{"context": {context}, "response1": "", "response2": "", "overall_preference": -2}}"#)
    };
    for context in
        [r#""""#, "[]", r#"[{"role": "system", "content": ""}, {"role": "assistant", "content": "", "id": {}}]"#]
    {
        assert!(convert(Case::HelpSteer3, with(context).as_bytes()).is_ok(), "{context}");
    }
    for key in ["context", "response1", "response2", "overall_preference"] {
        let reason = format!(r#"invalid record: "{key}" is missing"#);
        assert_eq!(rejection(Case::HelpSteer3, &with("[]").replace(key, "x")), reason);
    }
    let good = r#"{"role": "user", "content": ""}"#;
    for (context, reason) in [
        ("null", r#"record: "context" is null, not a list of messages or a string"#),
        ("{}", r#"record: "context" is an object, not a list of messages or a string"#),
        ("NaN", r#"JSON: "context" is NaN, which JSON does not have (Python writes it unless allow_nan=False)"#),
        (r#""\udc00""#, r#"JSON: "context" has the lone surrogate \udc00, which is half of a character"#),
        (r#"["Hi"]"#, r#"record: message 1 of "context" is a string, not an object"#),
        (r#"[GOOD, {"content": ""}]"#, r#"record: "role" of message 2 of "context" is missing"#),
        (r#"[GOOD, {"role": "user"}]"#, r#"record: "content" of message 2 of "context" is missing"#),
        (
            r#"[GOOD, {"role": "user", "content": null}]"#,
            r#"record: "content" of message 2 of "context" is null, not a string"#,
        ),
        (
            r#"[GOOD, {"role": "system", "content": ""}]"#,
            r#"record: "role" of message 2 of "context" is "system", which only the first message can have"#,
        ),
        (
            r#"[{"role": "tool", "content": ""}]"#,
            r#"record: "role" of message 1 of "context" is "tool", not user, assistant or system"#,
        ),
    ] {
        assert_eq!(rejection(Case::HelpSteer3, &with(&context.replace("GOOD", good))), format!("invalid {reason}"));
    }
    let feedback = r#"{"context": [], "response1": "", "response2": "", "feedback1": [], "feedback2": []}"#;
    assert!(rejection(Case::HelpSteer3, feedback).contains("this is a HelpSteer3 feedback record"));
    let label = with("[]").replace("-2", "{}");
    let reason = r#"invalid label: "overall_preference" is an object, not a number"#;
    assert_eq!(rejection(Case::HelpSteer3, &label), reason);
}

#[test]
fn trees_are_refused_with_the_reason_and_the_message() {
    let around = |message: &str| {
        let first = r#"{"role": "assistant", "text": "", "replies": [], "labels": {"quality": {"value": 1}}}"#;
        format!(r#"{{"prompt": {{"role": "prompter", "text": "", "replies": [{first}, {message}]}}}}"#)
    };
    let cases = [
        ("null", "invalid record: message 3 is null, not an object"),
        (r#"{"prompt": []}"#, "invalid record: message 3 is an array, not an object"),
        (r#"{"prompt": {}}"#, r#"invalid record: "role" of message 3 is missing"#),
        (r#"{"prompt": {"role": "assistant"}}"#, r#"invalid record: "text" of message 3 is missing"#),
        (r#"{"text": 1, "role": "assistant"}"#, r#"invalid record: "text" of message 3 is a number, not a string"#),
        (
            r#"{"text": "", "role": "assistant", "replies": 3}"#,
            r#"invalid record: "replies" of message 3 is a number, not an array"#,
        ),
        (
            r#"{"text": "", "role": "system", "replies": []}"#,
            r#"invalid record: the role of message 3 is "system", neither "prompter" nor "assistant""#,
        ),
        (
            r#"{"text": "", "role": "assistant", "labels": 3}"#,
            r#"invalid label: "labels" of message 3 is a number, not an object"#,
        ),
        (
            r#"{"text": "", "role": "prompter", "labels": {"humor": 1}}"#,
            "invalid label: the label humor of message 3 is a number, not an object",
        ),
        (
            r#"{"text": "", "role": "assistant", "labels": {"humor": {}}}"#,
            "invalid label: the label humor of message 3 has no value",
        ),
        (
            r#"{"text": "", "role": "assistant", "labels": {"humor": {"value": true}}}"#,
            "invalid label: the value of the label humor of message 3 is a boolean, not a number",
        ),
        (
            r#"{"text": "", "role": "assistant", "labels": {"humor": {"value": 1e308}}}"#,
            "invalid label: the value of the label humor of message 3 is too large",
        ),
    ];
    for (message, reason) in cases {
        assert_eq!(rejection(Case::Oasst, &around(message)), reason);
    }
    let flat = r#"{"message_id": "m", "text": "", "role": "prompter", "labels": {}}"#;
    assert!(rejection(Case::Oasst, flat).contains("one message of a flat table"));
    let bare = r#"{"text": "", "role": "prompter"}"#;
    assert_eq!(rejection(Case::Oasst, bare), r#"invalid record: "replies" of message 1 is missing"#);
}

#[test]
fn options_that_do_not_fit_the_schema_are_an_error() {
    let sft = r#"{"conversations": [], "mask": ""}"#;
    for (only_attribute, split) in [(Some("humor"), None), (None, Some(Split::Val))] {
        for (schema, input) in [(None, sft), (Some(Schema::Oasst), ""), (Some(Schema::Sft), "bad")] {
            let mut place = TestInput::new(input.as_bytes());
            (place.schema, place.only_attribute, place.split) = (schema, only_attribute.map(str::to_owned), split);
            let error = place.convert(ways(&[2], &[1])[0]).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::WrongSchema { .. }), "{error}");
        }
    }
    let mut place = TestInput::new(b"");
    place.only_attribute = Some("fluency".to_owned());
    let error = place.convert(ways(&[2], &[1])[0]).unwrap_err();
    assert_eq!(error.to_string(), r#"there is no attribute "fluency" (only_attribute)"#);
}
