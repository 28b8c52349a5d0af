//! Valid and broken records that are deep, long or many.

use steer2reg::Parser;
use support::library::{Source, TestInput, Way};

use crate::on_a_small_stack;

const DEEP: usize = 100_000;
const MANY: usize = 1_000_000;
const LONG: usize = 10 << 20;

const PLAIN: &str = r#"{"conversations":[{"from":"A","value":"x","label":"humor:1"}],"mask":"B"}"#;

/// A record with something in each place where a value can stand.
fn places(value: &str) -> [(String, Option<&'static str>); 8] {
    let turn = |value: &str, more: &str| {
        let turn = format!(r#"{{"from":"A","value":{value},"label":"humor:1"{more}}}"#);
        format!(r#"{{"conversations":[{turn}],"mask":"B"}}"#)
    };
    [
        (PLAIN.replacen('{', &format!(r#"{{"x":{value},"#), 1), None),
        (turn(r#""x""#, &format!(r#","x":{value}"#)), None),
        // Replaced by what comes later.
        (PLAIN.replacen('{', &format!(r#"{{"mask":{value},"conversations":{value},"#), 1), None),
        (turn(value, ""), Some("invalid-record")),
        (PLAIN.replace(r#""A""#, value), Some("invalid-record")),
        (PLAIN.replace(r#""B""#, value), Some("invalid-record")),
        (PLAIN.replace(r#""humor:1""#, value), Some("invalid-label")),
        (value.to_owned(), Some("invalid-record")),
    ]
}

fn deep() -> [String; 3] {
    [
        "[".repeat(DEEP) + &"]".repeat(DEEP),
        r#"{"a":"#.repeat(DEEP) + "null" + &"}".repeat(DEEP),
        r#"[{"a":"#.repeat(DEEP / 2) + "1e999" + &"}]".repeat(DEEP / 2),
    ]
}

#[test]
fn a_hundred_thousand_brackets_are_a_value_like_any_other() {
    let plain = oracle::rows(PLAIN.as_bytes());
    for value in deep() {
        for (line, rejection) in places(&value) {
            let expected = rejection.map_or_else(|| plain.clone(), Err);
            assert!(on_a_small_stack(line.into_bytes()) == expected, "{rejection:?}");
        }
    }
}

#[test]
fn a_hundred_thousand_brackets_that_do_not_match_are_refused() {
    for value in deep() {
        let missing = value[..value.len() - 1].to_owned();
        let wrong = missing.clone() + if value.ends_with(']') { "}" } else { "]" };
        for broken in [missing, wrong, value[..DEEP / 2].to_owned(), value + "]"] {
            // At the end of the line and in the middle.
            for line in [broken.clone(), PLAIN.replace(r#""humor:1""#, &broken)] {
                assert_eq!(on_a_small_stack(line.into_bytes()), Err("invalid-json"));
            }
        }
    }
}

#[test]
fn hostile_records_do_no_harm_to_their_neighbours() {
    let mut lines = vec![PLAIN.to_owned()];
    let mut expected = String::new();
    let plain = oracle::rows(PLAIN.as_bytes()).expect("it is good");
    let mut rejected = 0;
    expected += &plain;
    for value in deep() {
        for (line, rejection) in places(&value) {
            if rejection.is_some() {
                rejected += 1;
            } else {
                expected += &plain;
            }
            lines.extend([line, PLAIN.to_owned()]);
            expected += &plain;
        }
    }
    let place = TestInput::new(lines.join("\n").as_bytes());
    for source in Source::ALL {
        let way = Way { source, threads: 2, chunk_size: 64 << 10, parser: Parser::Auto };
        let (rows, _, summary) = place.convert_good(way);
        assert!(rows == expected.as_bytes(), "{way:?}");
        assert_eq!(summary.counts.rejected.total(), rejected, "{way:?}");
    }
}

#[test]
fn a_million_turns_are_a_conversation() {
    let turn = r#"{"from":"A","value":"x"},"#;
    let one = PLAIN.replace('[', &format!("[{turn}"));
    let many = PLAIN.replace('[', &format!("[{}", turn.repeat(MANY)));
    let said = "<extra_id_1>Assistant\\nx\\n";
    let expected = oracle::rows(one.as_bytes()).expect("it is good").replacen(said, &said.repeat(MANY), 1);
    assert!(on_a_small_stack(many.into_bytes()) == Ok(expected));
}

#[test]
fn a_million_parts_are_a_label() {
    let labels = [
        ("unknown:1,".repeat(MANY) + "humor:1", None),
        ("humor:x,".repeat(MANY) + "humor:1", None),
        ("humor:1".to_owned() + &":9".repeat(MANY), None),
        ("humor:1".to_owned() + &",".repeat(MANY), Some("invalid-label")),
        (",".repeat(MANY), Some("invalid-label")),
        ("humor:".to_owned() + &"1".repeat(MANY), Some("invalid-label")),
    ];
    let plain = oracle::rows(PLAIN.as_bytes());
    for (label, rejection) in labels {
        let line = PLAIN.replace("humor:1", &label);
        assert!(on_a_small_stack(line.into_bytes()) == rejection.map_or_else(|| plain.clone(), Err));
    }
}

fn a_key_of(length: usize) {
    let key = "k".repeat(length);
    let plain = oracle::rows(PLAIN.as_bytes());
    for line in [
        PLAIN.replacen('{', &format!(r#"{{"{key}":0,"#), 1),
        PLAIN.replace(r#""from""#, &format!(r#""{key}":{{"{key}":1}},"from""#)),
    ] {
        assert!(on_a_small_stack(line.into_bytes()) == plain);
    }
    let unclosed = format!(r#"{{"{key}"#);
    assert_eq!(on_a_small_stack(unclosed.into_bytes()), Err("invalid-json"));
}

#[test]
fn a_key_of_ten_megabytes_is_a_key() {
    a_key_of(LONG);
}

#[test]
#[ignore = "takes a minute without optimization"]
fn a_key_of_a_hundred_megabytes_is_a_key() {
    a_key_of(10 * LONG);
}

#[test]
fn long_numbers_spaces_and_objects_are_skipped() {
    let values = ["9".repeat(MANY), format!("0.{}1e-{}", "0".repeat(MANY), "9".repeat(1000)), " \t".repeat(MANY) + "0"];
    let objects = format!("{{{}\"z\":0}}", r#""mask":1,"#.repeat(MANY / 10));
    let plain = oracle::rows(PLAIN.as_bytes());
    for value in values.iter().chain([&objects]) {
        for (line, rejection) in &places(value)[..3] {
            assert_eq!(*rejection, None);
            assert!(on_a_small_stack(line.clone().into_bytes()) == plain);
        }
    }
}
