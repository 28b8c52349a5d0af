//! Why a record is refused: by the record alone, whatever stands around it and however it is read, and with the place of the
//! fault.

use steer2reg::{ErrorKind, OnError, Parser, Schema};
use support::library::{Source, TestInput, Way};

const LONG: &str = "A long prompt that says nothing of the fault. ";

/// The good neighbours of records of a schema.
fn good(schema: Schema) -> [&'static str; 3] {
    match schema {
        Schema::HelpSteer => [
            r#"{"prompt": "P", "response": "R", "humor": 1}"#,
            r#"{"prompt": "P", "response": "R", "humor": 1, "id": 18446744073709551616}"#,
            r#"{"prompt": "P", "response": "R", "humor": 1, "id": ["\ud83d", NaN]}"#,
        ],
        _ => [
            r#"{"conversations": [{"from": "A", "value": "V", "label": "humor:1"}], "mask": "B"}"#,
            r#"{"conversations": [{"from": "A", "value": "V", "label": "humor:1", "id": 1e999}], "mask": "B"}"#,
            r#"{"conversations": [{"from": "A", "value": "V", "label": "humor:1", "\udead": NaN}], "mask": "B"}"#,
        ],
    }
}

/// A bad record with the reason of its rejection, and the part that its excerpt shows although a long prompt precedes it.
struct Bad {
    schema: Schema,
    line: Vec<u8>,
    reason: String,
    excerpt: &'static str,
}

fn bad(schema: Schema, line: impl AsRef<[u8]>, reason: impl Into<String>, excerpt: &'static str) -> Bad {
    Bad { schema, line: line.as_ref().to_vec(), reason: reason.into(), excerpt }
}

fn helpsteer(members: &str, reason: &str, excerpt: &'static str) -> Bad {
    let line = format!(r#"{{"prompt": "{}", "response": "R", {members}}}"#, LONG.repeat(20));
    bad(Schema::HelpSteer, line, reason, excerpt)
}

fn turn(turn: &str, reason: &str, excerpt: &'static str) -> Bad {
    let first = format!(r#"{{"from": "A", "value": "{}"}}"#, LONG.repeat(20));
    let line = format!(r#"{{"conversations": [{first}, {turn}, {first}], "mask": "B", "last": 0}}"#);
    bad(Schema::Sft, line, reason, excerpt)
}

fn all() -> Vec<Bad> {
    let nines = "9".repeat(400);
    let no_number = |spelled: &str| format!("the score of humor, {spelled}, is not a finite decimal number (turn 2)");
    let literal = |literal| format!("is {literal}, which JSON does not have (Python writes it unless allow_nan=False)");
    let half = r"has the lone surrogate \uD83d, which is half of a character";
    let column = |line: &str, of: &str| line.find(of).unwrap() + 1;
    let two = format!(r#"{{"prompt": "{LONG}", "response": NaN}}  {{"prompt": "P"}}"#);
    let cut = format!(r#"{{"id": NaN, "prompt": "{LONG}{LONG}", "response": }}"#);
    vec![
        // Numbers as they are spelled in the record.
        helpsteer(&format!("\"humor\": {nines}"), &no_number(&format!("\"{}\"…", "9".repeat(40))), r#""humor": 999"#),
        helpsteer(r#""humor": -1e400"#, &no_number(r#""-1e400""#), r#""humor": -1e400"#),
        helpsteer(r#""humor": 1E+0999, "x": 1"#, &no_number(r#""1E+0999""#), "1E+0999"),
        helpsteer(r#""humor": "yes", "x": 1e999"#, &no_number(r#""yes""#), r#""humor": "yes""#),
        helpsteer(
            r#""humor": null"#,
            &no_number(r#""None""#).replace(" (turn", " (--value-map None=SCORE gives it one) (turn"),
            r#""humor": null"#,
        ),
        helpsteer(r#""humor": {}, "x": [1e999]"#, r#""humor" is an object, not a number"#, r#""humor": {}"#),
        // What is no JSON, in what is used; the last of a repeated key counts.
        helpsteer(r#""humor": 1, "humor": NaN"#, &format!(r#""humor" {}"#, literal("NaN")), r#""humor": NaN"#),
        helpsteer(r#""humor": "\uD83d""#, &format!(r#""humor" {half}"#), r#""humor": "\uD83d""#),
        helpsteer(r#""prompt": -Infinity"#, &format!(r#""prompt" {}"#, literal("-Infinity")), "-Infinity"),
        helpsteer(r#""response": "a \uD83d b""#, &format!(r#""response" {half}"#), r"a \uD83d b"),
        turn(r#"{"from": NaN, "value": ""}"#, &format!(r#""from" of turn 2 {}"#, literal("NaN")), r#""from": NaN"#),
        turn(r#"{"from": "A", "value": "\uD83d"}"#, &format!(r#""value" of turn 2 {half}"#), r#""value": "\uD83d""#),
        turn(
            r#"{"from": "A", "value": "", "label": Infinity}"#,
            &format!("the label of turn 2 {}", literal("Infinity")),
            r#""label": Infinity"#,
        ),
        turn(
            r#"{"from": "A", "value": "", "label": "humor:1,\uD83d:2"}"#,
            &format!("the label of turn 2 {half}"),
            r"humor:1,\uD83d:2",
        ),
        turn("NaN", &format!("turn 2 {}", literal("NaN")), ", NaN, "),
        // Faults of turns and labels.
        turn(r#"{"from": "A"}"#, r#""value" of turn 2 is missing"#, r#"{"from": "A"}"#),
        turn(r#"{"from": "A", "value": 3}"#, r#""value" of turn 2 is a number, not a string"#, r#""value": 3}"#),
        turn("3", "turn 2 is a number, not an object", ", 3, "),
        turn(
            r#"{"from": "A", "value": "", "label": "humor:1,quality"}"#,
            r#"part "quality" has no score (turn 2)"#,
            "humor:1,quality",
        ),
        turn(
            r#"{"from": "A", "value": "", "label": "humor:\u0078"}"#,
            r#"the score of humor, "x", is not a finite decimal number (turn 2)"#,
            r"humor:\u0078",
        ),
        // No JSON at all.
        bad(Schema::HelpSteer, &cut, format!("expected value at column {}", cut.len()), r#""response": }"#),
        bad(
            Schema::HelpSteer,
            format!(r#"{{"prompt": "{}", "humor": nan}}"#, LONG.repeat(3)),
            format!("expected ident at column {}: nan is no number in JSON", 13 + 3 * LONG.len() + 13),
            r#""humor": nan"#,
        ),
        bad(
            Schema::HelpSteer,
            &two,
            format!(
                "two records stand on one line: the second one begins at column {}; each needs a line of its own (jq -c . \
                 FILE > FILE.jsonl)",
                column(&two, r#"{"prompt": "P"#)
            ),
            r#"NaN}  {"prompt": "P"}"#,
        ),
        bad(
            Schema::HelpSteer,
            format!(r#"{{"prompt": "{LONG}"}} x"#),
            format!("trailing characters at column {}", 16 + LONG.len()),
            "} x",
        ),
        bad(
            Schema::HelpSteer,
            format!("\u{feff}{}", good(Schema::HelpSteer)[0]),
            "a byte order mark stands before the record, as where files were joined; only a file may begin with one",
            "\\u{feff}{",
        ),
        bad(
            Schema::HelpSteer,
            "\0\0\0",
            "a NUL byte at column 1: the file was not written to its end, or is not a text",
            "\\u{0}\\u{0}\\u{0}",
        ),
        bad(
            Schema::HelpSteer,
            [br#"{"prompt": ""#, LONG.repeat(9).as_bytes(), b"\xff!\"}"].concat(),
            format!("byte {} of the record is not UTF-8", 13 + 9 * LONG.len()),
            "\u{fffd}!",
        ),
    ]
}

/// The reason, the excerpt, and what `--rejects` has, of a bad record that stands among others.
fn said(place: &TestInput, way: Way, line: &[u8]) -> (String, String, serde_json::Value) {
    let error = place.convert(way).expect_err("it is bad");
    let ErrorKind::Record { rejection, excerpt, .. } = error.kind() else { panic!("{error}") };
    let (_, rejects, _) = place.convert_good(way);
    let reject: serde_json::Value = serde_json::from_str(&rejects).expect("there is one");
    if let Ok(line) = str::from_utf8(line) {
        assert_eq!(reject["record"], line);
    }
    assert_eq!(reject["reason"], rejection.reason());
    (rejection.reason().to_owned(), excerpt.clone(), reject["kind"].clone())
}

#[test]
fn a_reason_and_an_excerpt_are_by_the_record_alone() {
    for Bad { schema, line, reason, excerpt } in all() {
        let kinds = good(schema).map(str::as_bytes);
        let mut orders =
            vec![vec![kinds[0], &line], vec![kinds[1], &line], vec![&line], vec![kinds[2], &line, kinds[1]]];
        // Bytes that are not UTF-8 in the same section change the way in which all lines are read.
        orders.push(vec![&line, kinds[0], kinds[2]]);
        // A file may begin with a byte order mark.
        orders.retain(|order| !line.starts_with("\u{feff}".as_bytes()) || order[0] != line);
        let mut first = None;
        for order in orders {
            for chunk_size in [1, 100, 1 << 20] {
                for parser in [Parser::Auto, Parser::SimdJson] {
                    let way = Way { source: Source::Mapped, threads: 2, chunk_size, parser };
                    let mut place = TestInput::new(&order.join(&b'\n'));
                    place.schema = Some(schema);
                    let now = said(&place, way, &line);
                    assert_eq!(now.0, reason, "{way:?}: {}", line.escape_ascii());
                    assert!(now.1.contains(excerpt), "{excerpt} is not in the excerpt {}", now.1);
                    assert!(now.1.chars().count() < 130, "{}", now.1);
                    assert_eq!(&now, first.get_or_insert_with(|| now.clone()), "{way:?}: {}", line.escape_ascii());
                }
            }
        }
    }
}

/// Characters that move the cursor, reorder text, end lines or hide.
const UNPRINTABLE: &str = "\u{7f}\u{80}\u{9b}\u{85}\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}\u{200b}\u{200d}\u{2060}\u{feff}\u{2028}\u{2029}";

#[test]
fn no_message_holds_what_is_not_printable() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("a\u{1b}[31m\n{UNPRINTABLE}.jsonl");
    let records = [
        format!(r#"{{"conversations": [], "mask": {{"{UNPRINTABLE}": 0}}}}"#),
        format!(
            r#"{{"conversations": [{{"from": "{UNPRINTABLE}", "value": "", "label": "{UNPRINTABLE}"}}], "mask": ""}}"#
        ),
        format!(r#"{{"conversations": [{{"from": "{UNPRINTABLE}"}}]}}"#),
        format!(r#"{{"prompt": {{"text": "", "role": "{UNPRINTABLE}", "replies": []}}}}"#),
        format!(r#"{{"{UNPRINTABLE}": 0}}"#),
        format!("\u{1b}[2J{UNPRINTABLE}"),
        format!("{{{UNPRINTABLE}"),
    ];
    let is_raw =
        |text: &str| text.contains(|shown: char| shown != '\n' && (shown.is_control() || UNPRINTABLE.contains(shown)));
    let (input, page) = (folder.path().join(&name), folder.path().join("page.html"));
    for record in records {
        let mut messages = 0;
        std::fs::write(&input, format!("{record}\n")).unwrap();
        for schema in [None, Some(Schema::Sft), Some(Schema::Oasst)] {
            let output = steer2reg::Output::Path(folder.path().join("out.jsonl"));
            let config = steer2reg::Config::new(steer2reg::Input::Path(input.clone()), output);
            let skip = OnError::Skip { rejects: None, max_rejects: None };
            for on_error in [OnError::Fail, skip] {
                let config = steer2reg::Config { on_error, schema, report: Some(page.clone()), ..config.clone() };
                // To some schemas a record is good that says nothing.
                let Err(error) = steer2reg::convert(&config) else { continue };
                messages += 1;
                let message = error.to_string();
                assert!(!is_raw(&message), "{message:?}");
                assert!(message.lines().count() <= 4, "{message:?}");
                if let Ok(page) = std::fs::read_to_string(&page) {
                    let raw: Vec<_> = page.lines().filter(|line| is_raw(line)).collect();
                    assert!(raw.is_empty(), "{raw:?}");
                }
            }
        }
        assert!(messages >= 2, "{record:?}");
    }
    std::fs::remove_file(&input).unwrap();
    let output = steer2reg::Output::Path(folder.path().join("out.jsonl"));
    let message = steer2reg::convert(&steer2reg::Config::new(steer2reg::Input::Path(input), output));
    let message = message.expect_err("it is gone").to_string();
    assert!(!is_raw(&message) && message.contains(r"\u{202e}"), "{message:?}");
}
