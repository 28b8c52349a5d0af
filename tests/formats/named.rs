//! What random cases would rarely tell apart, and what cannot be a format.

use oracle::format::{Format, Prompt, Schema, Template};
use steer2reg::{Attributes, Config, Converter, ErrorKind, Input, Layout, Output, SystemPrompt};
use support::from_oracle::{convert, converter};

use crate::PARSERS;

/// The rows of a record, after both parsers and the oracle have agreed on them.
#[track_caller]
fn rows(format: &Format, schema: &Schema, line: &str) -> Result<String, &'static str> {
    let expected = format.record(schema, line.as_bytes()).map(|made| made.rows);
    for parser in PARSERS {
        assert_eq!(convert(&mut converter(parser, format, schema), line.as_bytes()), expected, "{parser:?}: {line}");
    }
    expected
}

fn named<const N: usize>(attributes: [&str; N]) -> Format {
    Format { attributes: attributes.map(str::to_owned).to_vec(), ..Format::original() }
}

/// A record of one turn of the user's, and one with this label.
fn labelled(label: &str) -> String {
    format!(
        r#"{{"conversations": [{{"from": "U", "value": ""}}, {{"from": "A", "value": "", "label": "{label}"}}], "mask": "U"}}"#
    )
}

#[test]
fn a_missing_score_that_is_a_digit_is_null_behind_other_digits_too() {
    for missing in [0.0, 3.0, 9.0, -0.0, 10.0] {
        let format = Format { missing, has_columns: true, has_messages: true, ..named(["a", "b", "c", "d"]) };
        let rows = rows(&format, &Schema::Sft, &labelled("a:1,c:2")).unwrap();
        assert!(rows.ends_with("\"a\": 1.0, \"b\": null, \"c\": 2.0, \"d\": null}\n"), "{rows}");
    }
}

#[test]
fn an_attribute_of_helpsteer_s_may_have_any_name() {
    let schema = Schema::HelpSteer(None);
    // But the content of a turn is no score.
    let base = Format { has_messages: true, ..named(["prompt", "humor", "response"]) };
    for more in ["", r#", "nested": []"#] {
        let row = rows(&base, &schema, &format!(r#"{{"prompt": "3", "response": "four", "humor": 2{more}}}"#)).unwrap();
        assert!(row.ends_with("\"label\": [-100.0, 2.0, -100.0]}\n"), "{row}");
    }
    // As it is, and as JSON spells it.
    let format = Format { has_columns: true, ..named(["a\"b", "a\\\"b", "a\\b", "a\nb", "a\\nb"]) };
    let line = r#"{"prompt": "", "response": "", "a\"b": 1, "a\\\"b": 2, "a\\b": 3, "a\nb": 4, "a\\nb": 5}"#;
    let row = rows(&format, &schema, line).unwrap();
    assert!(
        row.ends_with(
            r#""a\"b": 1.0, "a\\\"b": 2.0, "a\\b": 3.0, "a\nb": 4.0, "a\\nb": 5.0}
"#
        ),
        "{row}"
    );
    for key in [r#"a\"b"#, r#"a\\\"b"#, r"a\\b", r"a\nb", r"a\\nb", r"a\u0022b", r"\u0061\nb"] {
        rows(&format, &schema, &format!(r#"{{"prompt": "", "response": "", "{key}": 1}}"#)).unwrap();
    }
    let many: Vec<_> = (0..40).map(|number| format!("a{number}")).collect();
    let members: Vec<_> = many.iter().map(|name| format!(r#", "{name}": 2"#)).collect();
    let format = Format { attributes: many, ..Format::original() };
    let line = format!(r#"{{"prompt": "", "response": ""{}}}"#, members.concat());
    assert_eq!(rows(&format, &schema, &line).unwrap().matches("2.0").count(), 40);
}

#[test]
fn the_last_system_prompt_of_a_record_is_its_own() {
    let format = Format { prompt: Prompt::Record, has_messages: true, ..Format::original() };
    let line = |systems: &str| labelled("quality:1").replacen('{', &format!("{{{systems}"), 1);
    let row = rows(&format, &Schema::Sft, &line(r#""system": "one", "system": "two", "#)).unwrap();
    assert!(row.starts_with(r#"{"messages": [{"role": "system", "content": "two"}, {"#), "{row}");
    for (systems, is_good) in [
        ("", false),
        (r#""system": null, "#, false),
        (r#""system": ["one"], "#, false),
        (r#""system": {}, "#, false),
        (r#""system": 1e400, "#, false),
        (r#""system": true, "#, false),
        (r#""system": "one", "system": 2, "#, false),
        (r#""system": "one", "system": [[]], "#, false),
        (r#""System": "one", "#, false),
        (r#""system": [], "system": "two", "#, true),
        (r#""system": 1, "system": "two", "#, true),
        (r#""s\u0079stem": "\u0074wo", "#, true),
        (r#""system": "", "#, true),
    ] {
        let rows = rows(&format, &Schema::Sft, &line(systems));
        assert_eq!(rows.err(), (!is_good).then_some("invalid-record"), "{systems}");
        // Where it is not the prompt, it may be anything.
        let format = Format { prompt: Prompt::None, ..format.clone() };
        self::rows(&format, &Schema::Sft, &line(systems)).unwrap();
    }
}

#[test]
fn a_record_without_its_own_prompt_is_refused_also_if_it_has_no_label() {
    let format = Format { prompt: Prompt::Record, ..Format::original() };
    let line = r#"{"conversations": [], "mask": ""}"#;
    assert_eq!(rows(&format, &Schema::Sft, line), Err("invalid-record"));
    // The record comes before its labels.
    assert_eq!(rows(&format, &Schema::Sft, &labelled("quality")), Err("invalid-record"));
}

#[test]
fn every_part_of_the_user_s_turn_is_trimmed_and_no_other_turn_is_split() {
    let mut template = Template { trim: true, ..Template::nemo() };
    (template.user.0, template.assistant.0) = ("U".to_owned(), "A".to_owned());
    let format = Format { template, prompt: Prompt::Text(" \u{1c}p\n".to_owned()), ..named(["a"]) };
    let value = r" \u000a<extra_id_1>User\n <extra_id_1>User\n\n<extra_id_1>Assistant\n\n<extra_id_1>User\n \u001f";
    let turn = |from: &str| format!(r#"{{"from": "{from}", "value": "{value}", "label": "a:1"}}"#);
    let line = format!(r#"{{"conversations": [{}, {}], "mask": "U"}}"#, turn("U"), turn("A"));
    let rows = rows(&format, &Schema::Sft, &line).unwrap();
    let user = r"U\nU<extra_id_1>User\nA\nU\n";
    let assistant =
        concat!(r"A<extra_id_1>User\n <extra_id_1>User\n\n<extra_id_1>Assistant\n\n", r"<extra_id_1>User\n");
    let row = |text: &str| format!(r#"{{"text": "<extra_id_0>System\np\n{text}<extra_id_2>", "label": [1.0]}}"#);
    assert_eq!(rows, [row(user), row(&[user, assistant].concat()), String::new()].join("\n"));
}

#[test]
fn a_backslash_before_an_n_is_no_line_feed_before_or_behind_a_marker() {
    let format = Format { has_messages: true, prompt: Prompt::None, ..named(["a"]) };
    for (value, parts) in [
        (r"x\n<extra_id_1>User\ny", 2),
        (r"x\u000a<extra_id_1>User\u000Ay", 2),
        (r"\n<extra_id_1>User\n", 2),
        (r"x\\n<extra_id_1>User\ny", 1),
        (r"x\\\n<extra_id_1>User\ny", 2),
        (r"x\\\\n<extra_id_1>User\ny", 1),
        (r"x\u005cn<extra_id_1>User\ny", 1),
        (r"x\n<extra_id_1>User\\ny", 1),
        (r"x\n<extra_id_1>User\\\ny", 1),
        (r"<extra_id_1>User\ny", 1),
        (r"\n<extra_id_1>User\n<extra_id_1>User\ny", 2),
        (r"\n<extra_id_1>User\n\n<extra_id_1>User\ny", 3),
        (r"\n<extra_id_1><extra_id_1>Assistant\n", 1),
        (r"\n<extra_id_1>UserAssistant\n\n<extra_id_1>Assistant\n", 2),
    ] {
        let line = format!(r#"{{"conversations": [{{"from": "", "value": "{value}", "label": "a:1"}}], "mask": ""}}"#);
        let rows = rows(&format, &Schema::Sft, &line).unwrap();
        assert_eq!(rows.matches("\"role\"").count(), parts, "{rows}");
    }
}

#[test]
fn a_row_may_have_as_many_characters_as_are_asked_for() {
    let line = labelled("a:1").replace("\"value\": \"\"", r#""value": "é\u0000😀\n\"\\""#);
    let schema = Schema::Sft;
    for (has_messages, has_columns) in [(false, false), (false, true), (true, false), (true, true)] {
        for prompt in [Prompt::Original, Prompt::None, Prompt::Text("ü\n".to_owned())] {
            let format = Format { prompt, has_messages, has_columns, ..named(["a"]) };
            let most = (0..400).find(|&most| {
                let format = Format { max_chars: Some(most), ..format.clone() };
                !rows(&format, &schema, &line).unwrap().is_empty()
            });
            assert!(most.is_some_and(|most| most >= 12), "two turns of six characters: {most:?}");
        }
    }
}

#[test]
fn a_row_of_a_tree_or_a_pair_may_have_as_many_characters_as_are_asked_for() {
    let pair = r#"{"prompt": "éé", "response_1": "a", "response_2": "bcd", "preference_strength": 1, "split": ""}"#;
    let message = |role: &str, text: &str, replies: &str| {
        format!(
            r#"{{"role": "{role}", "text": "{text}", "labels": {{"quality": {{"value": 1}}}}, "replies": [{replies}]}}"#
        )
    };
    let [short, long] = ["a", "bcd"].map(|text| message("assistant", text, ""));
    let tree = message("prompter", "éé", &[short, long].join(", "));
    let nothing = || (String::new(), String::new());
    let (begin, none, end) = (String::new(), String::new(), String::new());
    let (system, user, assistant) = (nothing(), nothing(), nothing());
    let template = Template { begin, system, none, user, assistant, tool: None, end, trim: false };
    let format = Format { prompt: Prompt::None, template, ..Format::original() };
    for (schema, line, rows_by_limit) in [
        // If one of a pair is too long, so are both.
        (Schema::Preference(None), pair, [0, 0, 0, 0, 0, 2, 2]),
        (Schema::Oasst, &*tree, [0, 0, 0, 1, 1, 2, 2]),
    ] {
        for (most, expected) in rows_by_limit.into_iter().enumerate() {
            let format = Format { max_chars: Some(most), ..format.clone() };
            assert_eq!(rows(&format, &schema, line).unwrap().lines().count(), expected, "{schema:?}, {most}");
        }
    }
}

#[test]
fn an_infinite_score_is_the_word_that_python_says() {
    let words = vec![("inf".to_owned(), 4.0), ("-inf".to_owned(), -4.0)];
    let (all, inf) = (words.clone(), words[..1].to_vec());
    for (words, number, score) in [(&all, "1e400", Some("4.0")), (&all, "-1e400", Some("-4.0")), (&inf, "-1e400", None)]
    {
        let format = Format { words: words.clone(), ..named(["a"]) };
        let line = format!(r#"{{"prompt": "", "response": "", "a": {number}}}"#);
        let row = rows(&format, &Schema::HelpSteer(None), &line);
        assert_eq!(row.ok().map(|row| row.contains(&format!("[{}]", score.unwrap_or_default()))), score.map(|_| true));
    }
}

#[test]
fn a_record_s_own_prompt_is_only_for_records_that_can_have_one() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input.jsonl");
    for (line, schema) in [
        (r#"{"prompt": "", "response": "", "system": ""}"#, steer2reg::Schema::HelpSteer),
        (r#"{"response_1": "", "system": ""}"#, steer2reg::Schema::HelpSteer2Preference),
        (r#"{"text": "", "role": "", "replies": [], "system": ""}"#, steer2reg::Schema::Oasst),
    ] {
        std::fs::write(&input, line).unwrap();
        for asked in [None, Some(schema)] {
            let format = steer2reg::RowFormat { system: Some(SystemPrompt::Record), ..steer2reg::RowFormat::default() };
            let config = Config { schema: asked, format, ..Config::new(Input::Path(input.clone()), Output::Check) };
            let error = steer2reg::convert(&config).unwrap_err();
            let &ErrorKind::WrongSchema { schema: found, needed, .. } = error.kind() else { panic!("{error}") };
            assert_eq!((found, needed), (schema, &[steer2reg::Schema::Sft, steer2reg::Schema::HelpSteer3][..]));
        }
    }
}

#[test]
fn two_columns_cannot_have_the_same_name() {
    for (name, layout, is_good) in [
        ("text", Layout::Nemo, true),
        ("text", Layout::Columns, false),
        ("text", Layout::MessagesColumns, true),
        ("messages", Layout::Messages, true),
        ("messages", Layout::Columns, true),
        ("messages", Layout::MessagesColumns, false),
        ("label", Layout::Columns, true),
    ] {
        let attributes = Attributes::new(["a", name]).unwrap().with_words([("yes", 1.0)]).unwrap();
        let format = steer2reg::RowFormat { attributes, layout, ..steer2reg::RowFormat::default() };
        let converter = Converter::builder().format(format.clone()).build();
        assert_eq!(converter.is_ok(), is_good, "{name}, {layout:?}");
        assert!(converter.is_ok() || matches!(converter.unwrap_err().kind(), ErrorKind::Format(_)));
        let config = Config { format, ..Config::new(Input::Path("/dev/null".into()), Output::Check) };
        assert_eq!(steer2reg::convert(&config).is_ok(), is_good, "{name}, {layout:?}");
    }
}

#[test]
fn attributes_that_no_label_could_give_are_refused() {
    for names in [&[][..], &[""], &["a,b"], &["a:b"], &["a", "b", "a"]] {
        assert!(Attributes::new(names.iter().copied()).is_err(), "{names:?}");
    }
    for missing in [f64::NAN, f64::INFINITY] {
        assert!(Attributes::new(["a"]).unwrap().with_missing(missing).is_err(), "{missing}");
    }
    for words in [
        &[("1", 1.0)][..],
        &[("1e5", 1.0)],
        &[(" yes", 1.0)],
        &[("yes\u{a0}", 1.0)],
        &[("a,b", 1.0)],
        &[("a:b", 1.0)],
        &[("yes", 1.0), ("yes", 0.0)],
        &[("yes", f64::NAN)],
    ] {
        assert!(Attributes::new(["a"]).unwrap().with_words(words.iter().copied()).is_err(), "{words:?}");
    }
    assert!(
        Attributes::new([" a", "a", "\0"])
            .unwrap()
            .with_missing(0.0)
            .unwrap()
            .with_words([("nan", 1.0), ("", -0.0), ("so so", 1e300)])
            .is_ok()
    );
}
