//! Bad records: their messages, and what `--on-error skip` does with them.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use support::cli::{
    TestEnv,
    records::{BAD, BAD_JSON, BAD_LABEL, BAD_RECORD, BAD_UTF8, Bad, lines, record, records, row, rows},
};

/// Ways of running that must not show: threads, chunk sizes, mapped and read.
const WAYS: [&[&str]; 12] = [
    &["--threads", "1", "--chunk-size", "1"],
    &["--threads", "1", "--chunk-size", "300B", "--no-mmap"],
    &["--threads", "1"],
    &["--threads", "2", "--chunk-size", "1"],
    &["--threads", "2", "--chunk-size", "1", "--no-mmap"],
    &["--threads", "2", "--chunk-size", "1KiB"],
    &["--threads", "3", "--chunk-size", "17B", "--parser", "simd-json"],
    &["--threads", "8", "--chunk-size", "1"],
    &["--threads", "8", "--chunk-size", "7B", "--no-mmap"],
    &["--threads", "8", "--chunk-size", "5KiB", "--no-mmap"],
    &["--threads", "8"],
    &["--no-mmap"],
];

/// Good records around bad ones, which stand at the given places among them.
struct Mixed {
    bytes: Vec<u8>,
    /// The line and the byte of each bad record.
    places: Vec<(usize, usize)>,
}

fn mixed(good: usize, bad: &[(usize, Bad)]) -> Mixed {
    let (mut bytes, mut places) = (Vec::new(), Vec::new());
    let mut line = 0;
    for number in 0..good {
        for (_, bad) in bad.iter().filter(|(place, _)| *place == number) {
            line += 1;
            places.push((line, bytes.len()));
            bytes.extend_from_slice(bad.bytes);
            bytes.push(b'\n');
        }
        line += 1;
        bytes.extend_from_slice(record(number).as_bytes());
        bytes.push(b'\n');
    }
    Mixed { bytes, places }
}

#[test]
fn each_kind_of_refusal_says_file_line_kind_cause_and_byte_in_every_way_of_running() {
    for bad in BAD {
        let message = |(line, byte)| bad.message("in.jsonl", line, byte);
        let Mixed { bytes, places } = mixed(40, &[(31, Bad { ..bad })]);
        let env = TestEnv::with("in.jsonl", bytes);
        for way in WAYS {
            let ran = env.run(&[&["-i", "in.jsonl", "-o", "out.jsonl"], way].concat());
            ran.fails().prints("").says_only(&message(places[0]));
        }
        env.assert_listing(&["in.jsonl"]);
    }
}

#[test]
fn the_refusal_that_is_told_is_the_first_one_in_the_file() {
    let bad = [(97, BAD_LABEL), (97, BAD_JSON), (98, BAD_UTF8), (150, BAD_RECORD), (299, BAD_JSON)];
    let Mixed { bytes, places } = mixed(300, &bad);
    let (line, byte) = places[0];
    let env = TestEnv::with("in.jsonl", bytes);
    for way in WAYS {
        // More than once, since a race would show only now and then.
        for _ in 0..3 {
            let ran = env.run(&[&["-i", "in.jsonl", "-o", "out.jsonl"], way].concat());
            ran.fails().says_only(&BAD_LABEL.message("in.jsonl", line, byte));
        }
    }
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn places_count_blank_lines_carriage_returns_and_the_byte_order_mark() {
    let before = ["\u{feff}\n \t \r\n", &record(1), "\r\n\r\n", &record(2), "\n"].concat();
    let env = TestEnv::with("in.jsonl", [before.as_bytes(), BAD_RECORD.bytes, b"\n"].concat());
    for way in WAYS {
        let ran = env.run(&[&["-i", "in.jsonl", "-o", "out.jsonl"], way].concat());
        ran.fails().says_only(&BAD_RECORD.message_by(3, "in.jsonl", 6, before.len()));
    }
}

#[test]
fn a_refusal_in_the_first_line_is_at_byte_0_and_behind_a_byte_order_mark_at_3() {
    let env = TestEnv::with("in.jsonl", BAD_RECORD.bytes);
    env.file("bom.jsonl", [b"\xef\xbb\xbf", BAD_RECORD.bytes].concat());
    env.run(&["-i", "in.jsonl", "--check"]).fails().says_only(&BAD_RECORD.message("in.jsonl", 1, 0));
    env.run(&["-i", "bom.jsonl", "--check"]).fails().says_only(&BAD_RECORD.message("bom.jsonl", 1, 3));
}

#[test]
fn a_refusal_names_the_input_as_it_was_given() {
    let env = TestEnv::new();
    env.folder("data").file("data/in.jsonl", BAD_JSON.bytes);
    let whole = env.path("data/in.jsonl").display().to_string();
    for name in ["data/in.jsonl", "./data/../data/in.jsonl", &whole] {
        env.run(&["-i", name, "--check"]).fails().says_only(&BAD_JSON.message(name, 1, 0));
    }
    env.run_with_stdin(&["-i", "-", "--check"], BAD_JSON.bytes).fails().says_only(&BAD_JSON.message("<stdin>", 1, 0));
}

#[test]
fn a_refusal_shows_only_the_beginning_of_a_long_record_and_nothing_that_drives_a_terminal() {
    let env = TestEnv::with("in.jsonl", format!("{{\"\u{1b}[2J\t{}", "long ".repeat(100_000)));
    let ran = env.run(&["-i", "in.jsonl", "--check"]).fails().says("in.jsonl:1: invalid JSON: ");
    assert!(ran.stderr.len() < 400, "{}", ran.stderr);
    assert!(ran.stderr.chars().all(|shown| shown == '\n' || !shown.is_control()), "{:?}", ran.stderr);
}

#[test]
fn a_record_with_a_bad_turn_gives_no_row_for_its_good_ones() {
    let line = r#"{"conversations": [{"from": "A", "value": "B", "label": "quality:4"}, {"from": "A"}], "mask": "A"}"#;
    let env = TestEnv::with("in.jsonl", lines([line.to_owned(), record(1)]));
    env.run(&["-i", "in.jsonl", "-o", "-"]).fails().says(r#"in.jsonl:1: invalid record: "value" of turn 2 is missing"#);
    env.run(&["-i", "in.jsonl", "-o", "-", "--on-error", "skip"]).succeeds().prints(row(1) + "\n");
}

#[test]
fn skip_leaves_bad_records_out_and_counts_them() {
    let bad = [(0, BAD_UTF8), (3, BAD_JSON), (3, BAD_JSON), (20, BAD_RECORD), (59, BAD_LABEL)];
    let Mixed { bytes, .. } = mixed(60, &bad);
    let env = TestEnv::with("in.jsonl", bytes);
    for way in WAYS {
        env.run(&[&["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip"], way].concat()).sums_up(
            "65 records gave 60 rows; \
             5 rejected (1 invalid-utf8, 2 invalid-json, 1 invalid-record, 1 invalid-label)",
        );
        env.assert_file("out.jsonl", rows(0..60));
    }
    env.assert_listing(&["in.jsonl", "out.jsonl"]);
}

#[test]
fn fail_is_what_happens_by_default() {
    let env = TestEnv::with("in.jsonl", BAD_JSON.bytes);
    env.run(&["-i", "in.jsonl", "--check", "--on-error", "fail"])
        .fails()
        .says_only(&BAD_JSON.message("in.jsonl", 1, 0));
}

/// What `--rejects` says of a bad record.
fn reject(bad: &Bad, file: &str, (line, byte): (usize, usize)) -> Value {
    let (_, reason) = bad.cause.split_once(": ").expect("a cause is a kind and a reason");
    let mut reject = json!({"file": file, "line": line, "byte": byte, "kind": bad.kind, "reason": reason});
    match std::str::from_utf8(bad.bytes) {
        Ok(record) => reject["record"] = record.into(),
        Err(_) => reject["record_base64"] = BASE64_STANDARD.encode(bad.bytes).into(),
    }
    reject
}

fn json_lines(bytes: &[u8]) -> Vec<Value> {
    serde_json::Deserializer::from_slice(bytes).into_iter().map(|value| value.expect("a line of JSON")).collect()
}

#[test]
fn rejects_hold_each_bad_record_untouched_with_its_place_and_reason() {
    let bad = [(0, BAD_UTF8), (3, BAD_JSON), (3, BAD_LABEL), (20, BAD_RECORD), (59, BAD_LABEL)];
    let Mixed { bytes, places } = mixed(60, &bad);
    let expected: Vec<_> = bad.iter().zip(&places).map(|((_, bad), &place)| reject(bad, "in.jsonl", place)).collect();
    let env = TestEnv::with("in.jsonl", bytes);
    for way in WAYS {
        let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--rejects", "bad.jsonl"];
        env.run(&[&args, way].concat()).succeeds();
        let written = env.bytes("bad.jsonl");
        assert_eq!(json_lines(&written), expected, "{way:?}");
        assert_eq!(written.split_inclusive(|&byte| byte == b'\n').count(), expected.len(), "a line each");
        assert_eq!(written.last(), Some(&b'\n'));
        env.assert_file("out.jsonl", rows(0..60));
    }
    env.assert_listing(&["bad.jsonl", "in.jsonl", "out.jsonl"]);
}

#[test]
fn rejects_have_their_keys_in_the_promised_order() {
    let env = TestEnv::with("in.jsonl", BAD_RECORD.bytes);
    env.run(&["-i", "in.jsonl", "--check", "--on-error", "skip", "--rejects", "bad.jsonl"]).fails();
    env.assert_file(
        "bad.jsonl",
        concat!(
            r#"{"file":"in.jsonl","line":1,"byte":0,"kind":"invalid-record","reason":"\"mask\" is missing","#,
            r#""record":"{\"conversations\": []}"}"#,
            "\n",
        ),
    );
}

#[test]
fn rejects_keep_the_carriage_return_of_a_line() {
    let line = [BAD_RECORD.bytes, b"\r\n"].concat();
    let env = TestEnv::new();
    let args = ["-i", "-", "--check", "--on-error", "skip", "--rejects", "bad.jsonl"];
    env.run_with_stdin(&args, line).fails();
    let rejects = json_lines(&env.bytes("bad.jsonl"));
    assert_eq!(rejects[0]["record"], "{\"conversations\": []}\r");
    assert_eq!(rejects[0]["file"], "<stdin>");
}

#[test]
fn rejects_are_an_empty_file_if_all_is_well() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.file("bad.jsonl", "from another run");
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--rejects", "bad.jsonl"]).succeeds();
    env.assert_file("bad.jsonl", "").assert_file("out.jsonl", rows(0..3));
}

#[test]
fn rejects_mended_and_converted_give_the_rows_that_were_missing() {
    let spoil = |number: usize| match number % 4 {
        0 => record(number).replacen("Answer", "\u{fffd}Answer", 1).into_bytes(),
        1 => record(number).replacen(r#""mask""#, r#""mask" "#, 1).replacen("User\"}", "User\"", 1).into_bytes(),
        2 => record(number).replacen(r#""mask""#, r#""mister""#, 1).into_bytes(),
        _ => record(number).replacen("quality:4", "quality=4", 1).into_bytes(),
    };
    let spoilt: Vec<_> = (0..40)
        .map(|number| {
            // Bytes that are no UTF-8, in the place of a character that is.
            let line = spoil(number);
            let at = line.windows(3).position(|window| window == "\u{fffd}".as_bytes());
            at.map_or(line.clone(), |at| [&line[..at], b"\xff\xfe", &line[at + 3..]].concat())
        })
        .collect();
    let env = TestEnv::with("in.jsonl", spoilt.join(&b'\n'));
    let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--rejects", "bad.jsonl"];
    env.run(&[&args[..], &["--allow-empty"]].concat())
        .succeeds()
        .says("40 rejected (10 invalid-utf8, 10 invalid-json, 10 invalid-record, 10 invalid-label)");
    env.assert_file("out.jsonl", "");

    let mended = json_lines(&env.bytes("bad.jsonl")).into_iter().zip(&spoilt).map(|(reject, spoilt)| {
        let untouched = match (&reject["record"], &reject["record_base64"]) {
            (Value::String(record), Value::Null) => record.clone().into_bytes(),
            (Value::Null, Value::String(record)) => BASE64_STANDARD.decode(record).expect("base64"),
            both => panic!("{both:?}"),
        };
        assert_eq!(&untouched, spoilt);
        let mended = String::from_utf8_lossy(&untouched).replace('\u{fffd}', "").replace("mister", "mask");
        let mended = mended.replace("quality=4", "quality:4");
        if mended.ends_with('}') { mended } else { mended + "}" }
    });
    env.file("mended.jsonl", lines(mended));
    env.run(&["-i", "mended.jsonl", "-o", "out.jsonl"]).succeeds();
    env.assert_file("out.jsonl", rows(0..40));
}

#[test]
fn as_many_rejects_as_max_rejects_are_allowed() {
    let Mixed { bytes, .. } = mixed(30, &[(1, BAD_JSON), (7, BAD_LABEL), (29, BAD_UTF8)]);
    let env = TestEnv::with("in.jsonl", bytes);
    for limit in ["3", "4", "18446744073709551615"] {
        let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--max-rejects", limit];
        env.run(&args).succeeds().says("3 rejected");
        env.assert_file("out.jsonl", rows(0..30));
    }
    env.file("good.jsonl", records(0..3));
    env.run(&["-i", "good.jsonl", "--check", "--on-error", "skip", "--max-rejects", "0"]).succeeds();
}

#[test]
fn one_more_reject_than_max_rejects_is_a_failure_with_its_place() {
    let bad = [(1, BAD_JSON), (7, BAD_LABEL), (20, BAD_UTF8), (25, BAD_JSON)];
    let Mixed { bytes, places } = mixed(30, &bad);
    let env = TestEnv::with("in.jsonl", bytes);
    env.file("out.jsonl", "old");
    for (bad_before, (_, bad)) in bad.iter().enumerate() {
        let (line, byte) = places[bad_before];
        let limit = bad_before.to_string();
        for way in WAYS {
            let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--max-rejects", &limit];
            let files = ["--rejects", "bad.jsonl", "--stats", "stats.json"];
            let ran = env.run(&[&args[..], &files, way].concat()).fails();
            ran.says(&format!("steer2reg: more than {limit} rejected records (--max-rejects)"))
                .says(&bad.message("in.jsonl", line, byte));
            // What is known up to there, wherever chunks end.
            let lines: Vec<_> =
                json_lines(&env.bytes("bad.jsonl")).iter().map(|reject| reject["line"].clone()).collect();
            assert_eq!(lines, places[..=bad_before].iter().map(|place| json!(place.0)).collect::<Vec<_>>(), "{way:?}");
            let stats = env.json("stats.json");
            let figures =
                ["records", "rows", "bytes_in", "bytes_out"].map(|name| stats[name].as_u64().unwrap() as usize);
            assert_eq!(figures, [line, line - bad_before - 1, byte + bad.bytes.len(), 0], "{way:?}");
        }
    }
    env.assert_listing(&["bad.jsonl", "in.jsonl", "out.jsonl", "stats.json"]);
    env.assert_file("out.jsonl", "old");
}
