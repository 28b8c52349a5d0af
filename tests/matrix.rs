//! The matrix: however a file is read, cut and shared among threads, the bytes are those of the oracle, and so are
//! the rejections and their places.

use std::{iter::zip, sync::mpsc, thread, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use steer2reg::{ErrorKind, Parser};
use support::{
    corpus::Kind,
    library::{Source, TestInput, Way, ways},
};

const THREADS: &[usize] = &[1, 2, 8];
/// From a line each to all lines at once, and around the 64 bytes that are scanned at a time.
const CHUNK_SIZES: &[usize] = &[1, 2, 63, 64, 100, 4 << 10, 64 << 10, 256 << 10, 4 << 20];

const RECORD: &str = r#"{"conversations": [{"value": "a", "from": "User", "label": null}, {"value": "b\n\"c\"", "from": "Assistant", "label": "quality:4,humor:0.5"}], "mask": "User"}"#;
const ESCAPED: &str = r#"{"mask":"\u0055ser","x":[1e400],"conversations":[{"from":"User","value":"\u00e9\/\ud83d\ude00","label":"quality:1"}]}"#;
const UNLABELLED: &str = r#"{"conversations": [{"value": "ü", "from": "User"}], "mask": "User"}"#;

const BAD_JSON: &[u8] = br#"{"conversations": [], "mask": "User""#;
const BAD_RECORD: &[u8] = br#"{"conversations": [{"from": "User"}], "mask": "User"}"#;
const BAD_LABEL: &[u8] = br#"{"conversations": [{"value": "a", "from": "User", "label": "quality"}], "mask": "User"}"#;
const BAD_UTF8: &[u8] = b"{\"conversations\": [], \"mask\": \"\xff\"}";

/// Converts in every way and compares with the oracle. The input must be without bad records.
fn every_way_gives_the_oracle_s_bytes(input: impl AsRef<[u8]>) {
    these_ways_give_the_oracle_s_bytes(input.as_ref(), &ways(THREADS, CHUNK_SIZES));
}

fn these_ways_give_the_oracle_s_bytes(input: &[u8], ways: &[Way]) {
    let expected = oracle::file(input);
    assert_eq!(expected.rejected, [], "the input is good");
    let place = TestInput::new(input);
    for &way in ways {
        let (rows, summary) = place.convert(way).unwrap_or_else(|error| panic!("{way:?}: {error}"));
        // Not assert_eq: megabytes of difference would be unreadable.
        assert!(rows == expected.rows.as_bytes(), "{way:?}: {} bytes, not {}", rows.len(), expected.rows.len());
        assert_eq!(summary.counts.records, expected.records, "{way:?}");
        assert_eq!(summary.counts.blank, expected.blank, "{way:?}");
        assert_eq!(summary.counts.unlabelled, expected.unlabelled, "{way:?}");
        assert_eq!(summary.counts.rows, expected.rows.lines().count() as u64, "{way:?}");
        assert_eq!(summary.bytes_in, input.len() as u64, "{way:?}");
        assert_eq!(summary.bytes_out, expected.rows.len() as u64, "{way:?}");
        assert_eq!(summary.threads, way.threads, "{way:?}");
    }
}

#[test]
fn lines_end_in_a_line_feed() {
    every_way_gives_the_oracle_s_bytes([RECORD, ESCAPED, UNLABELLED, RECORD, ""].join("\n"));
}

#[test]
fn the_last_line_needs_no_line_feed() {
    every_way_gives_the_oracle_s_bytes(RECORD);
    every_way_gives_the_oracle_s_bytes([RECORD, ESCAPED].join("\n"));
}

#[test]
fn lines_may_end_in_crlf() {
    every_way_gives_the_oracle_s_bytes([RECORD, "", ESCAPED, UNLABELLED, RECORD, ""].join("\r\n"));
}

#[test]
fn a_lone_carriage_return_ends_no_line() {
    every_way_gives_the_oracle_s_bytes(["\r", &RECORD.replace(' ', "\r"), ESCAPED, "\r\r"].join("\n"));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    every_way_gives_the_oracle_s_bytes(["\u{feff}", RECORD, "\n", ESCAPED, "\n"].concat());
    every_way_gives_the_oracle_s_bytes(["\u{feff}\n", RECORD].concat());
}

#[test]
fn blank_lines_are_skipped() {
    every_way_gives_the_oracle_s_bytes(["", " ", RECORD, "", "\t \r", " \t\t  ", ESCAPED, "", "", " "].join("\n"));
}

#[test]
fn an_empty_file_gives_an_empty_file() {
    every_way_gives_the_oracle_s_bytes("");
}

#[test]
fn a_file_of_blank_lines_gives_an_empty_file() {
    every_way_gives_the_oracle_s_bytes("\n");
    every_way_gives_the_oracle_s_bytes(" ");
    every_way_gives_the_oracle_s_bytes("\n\r\n \n\t\n\n\n ");
}

#[test]
fn a_file_of_a_byte_order_mark_gives_an_empty_file() {
    every_way_gives_the_oracle_s_bytes("\u{feff}");
    every_way_gives_the_oracle_s_bytes("\u{feff}\n");
}

#[test]
fn a_line_may_be_longer_than_a_chunk() {
    let long = RECORD.replace("\"a\"", &format!("\"{}\"", "long \\n é ".repeat(15_000)));
    every_way_gives_the_oracle_s_bytes([RECORD, &long, ESCAPED, &long].join("\n"));
}

#[test]
fn a_line_may_be_longer_than_a_window_of_the_map() {
    let sentence = "Twenty megabytes of text on one line, with an escape about every hundred bytes:\\n déjà vu. ";
    let long = RECORD.replace("\"a\"", &format!("\"{}\"", sentence.repeat((20 << 20) / sentence.len())));
    let ways = ways(&[2], &[1, 256 << 10]);
    these_ways_give_the_oracle_s_bytes([RECORD, &long, ESCAPED].join("\n").as_bytes(), &ways);
}

#[test]
fn the_text_of_a_long_conversation_may_be_shared_by_its_rows() {
    let turn = |number: usize| {
        let value = format!("{number}: {}", "\\\"quoted\\\" \\u00e9, ".repeat(number % 90));
        let label = if number.is_multiple_of(7) { "null" } else { "\"quality:3,verbosity:1.5\"" };
        format!(r#"{{"value": "{value}", "from": "{}", "label": {label}}}"#, number % 2)
    };
    let turns: Vec<_> = (0..120).map(turn).collect();
    let long = format!(r#"{{"conversations": [{}], "mask": "0"}}"#, turns.join(", "));
    every_way_gives_the_oracle_s_bytes([RECORD, &long, RECORD, &long, ""].join("\n"));
}

/// Lines of all four kinds by turns.
fn mixed_lines(bytes_of_each: usize) -> Vec<Vec<u8>> {
    let corpora = Kind::ALL.map(|kind| kind.corpus(bytes_of_each));
    let mut lines = corpora.each_ref().map(|corpus| corpus.lines());
    let mut mixed = Vec::new();
    loop {
        let before = mixed.len();
        mixed.extend(lines.iter_mut().filter_map(Iterator::next).map(|line| line.as_bytes().to_vec()));
        if mixed.len() == before {
            return mixed;
        }
    }
}

#[test]
fn a_corpus_of_mixed_lines_comes_out_in_order() {
    every_way_gives_the_oracle_s_bytes(mixed_lines(100 << 10).join(&b'\n'));
}

#[test]
fn a_corpus_of_several_windows_of_the_map_comes_out_in_order() {
    let ways = ways(&[2], &[64 << 10, 1 << 20]);
    these_ways_give_the_oracle_s_bytes(&mixed_lines(3 << 20).join(&b'\n'), &ways);
}

/// A corpus with bad records of every kind among good ones, blank lines, CRLF and a byte order mark.
fn corpus_with_bad_records(bytes_of_each: usize) -> Vec<u8> {
    let bad = [BAD_LABEL, BAD_JSON, BAD_RECORD, BAD_UTF8, "\u{feff}{}".as_bytes(), b"{\"bad\": \"\\ud800\"}\r", b"\r"];
    let mut bad = bad.into_iter().cycle();
    let mut corpus = "\u{feff}".as_bytes().to_vec();
    for (line, number) in zip(mixed_lines(bytes_of_each), 1..) {
        corpus.extend_from_slice(&line);
        corpus.push(b'\n');
        // Runs of good lines of growing length, so that some chunks are wholly good and some wholly bad.
        if is_triangular(number) {
            corpus.extend_from_slice(bad.next().unwrap());
            corpus.extend_from_slice(b"\n\n");
        }
    }
    corpus.extend_from_slice(BAD_LABEL);
    corpus
}

fn is_triangular(number: u32) -> bool {
    let root = (f64::from(8 * number + 1)).sqrt().round() as u32;
    root * root == 8 * number + 1
}

/// Converts in every way, and expects the oracle's first refusal with its place.
fn every_way_reports_the_first_bad_record(input: &[u8]) {
    let expected = oracle::file(input).rejected.into_iter().next().expect("the input has a bad record");
    let place = TestInput::new(input);
    for way in ways(THREADS, CHUNK_SIZES) {
        let error = place.convert(way).expect_err("the input is bad");
        let ErrorKind::Record { position: at, rejection, .. } = error.kind() else { panic!("{way:?}: {error}") };
        let found = (at.line, at.byte, rejection.kind().name());
        assert_eq!(found, (expected.line, expected.byte, &*expected.kind), "{way:?}: {error}");
        assert_eq!(at.file, place.input(way.source).display().to_string(), "{way:?}");
    }
}

#[test]
fn the_first_bad_record_in_file_order_is_the_error() {
    every_way_reports_the_first_bad_record(&corpus_with_bad_records(30 << 10));
}

#[test]
fn a_bad_record_is_found_on_the_first_and_on_the_last_line() {
    for bad in [BAD_LABEL, BAD_JSON, BAD_RECORD, BAD_UTF8] {
        every_way_reports_the_first_bad_record(&[bad, RECORD.as_bytes()].join(&b'\n'));
        every_way_reports_the_first_bad_record(&[b"\r\n\n", RECORD.as_bytes(), b"\r\n \r\n", bad].concat());
    }
}

#[test]
fn a_bad_record_that_takes_long_comes_before_those_found_sooner() {
    let slow = [r#"{"mask": ""#, &"\\u00e9".repeat(10_000), r#""}"#].concat();
    every_way_reports_the_first_bad_record([RECORD, &slow, "quick", "quick", "quick"].join("\n").as_bytes());
}

#[test]
fn a_run_that_stops_early_does_stop() {
    // Many chunks are on their way when the first one turns out to be bad. Only few of many runs would hang.
    const RUNS: usize = 500;
    const PATIENCE: Duration = Duration::from_mins(1);
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        let place = TestInput::new(["bad", &[RECORD].repeat(100).join("\n")].join("\n").as_bytes());
        for run in 0..RUNS {
            let way = Way { source: Source::Mapped, threads: 1 + run % 3, chunk_size: 1, parser: Parser::Auto };
            place.convert(way).expect_err("the input is bad");
            done.send(run).unwrap();
        }
    });
    for run in 0..RUNS {
        assert_eq!(is_done.recv_timeout(PATIENCE), Ok(run), "it hangs");
    }
}

#[test]
fn a_byte_order_mark_on_a_later_line_is_no_json() {
    every_way_reports_the_first_bad_record([RECORD, &["\u{feff}", RECORD].concat()].join("\n").as_bytes());
    every_way_reports_the_first_bad_record(["\u{feff}\u{feff}", RECORD].concat().as_bytes());
}

/// A line of the file of rejects.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reject {
    file: String,
    line: u64,
    byte: u64,
    kind: String,
    reason: String,
    record: Option<String>,
    record_base64: Option<String>,
}

/// Leaves bad records out in each way, and expects the oracle's rows, counts and rejections.
fn these_ways_leave_out_what_the_oracle_refuses(input: &[u8], ways: &[Way]) {
    let expected = oracle::file(input);
    let place = TestInput::new(input);
    for &way in ways {
        let (rows, rejects, summary) = place.convert_good(way);
        assert!(rows == expected.rows.as_bytes(), "{way:?}: {} bytes, not {}", rows.len(), expected.rows.len());

        let counts = &summary.counts;
        assert_eq!(counts.records, expected.records, "{way:?}");
        assert_eq!(counts.blank, expected.blank, "{way:?}");
        assert_eq!(counts.unlabelled, expected.unlabelled, "{way:?}");
        assert_eq!(counts.rows, expected.rows.lines().count() as u64, "{way:?}");
        for (kind, count) in counts.rejected.by_kind() {
            let expected = expected.rejected.iter().filter(|rejected| rejected.kind == kind.name()).count();
            assert_eq!(count, expected as u64, "{way:?}: {}", kind.name());
        }
        for (_, attribute) in &summary.attributes {
            assert_eq!(attribute.count + attribute.missing, counts.rows, "{way:?}");
        }
        assert_eq!((summary.bytes_in, summary.bytes_out), (input.len() as u64, expected.rows.len() as u64), "{way:?}");

        let name = place.input(way.source).display().to_string();
        let rejects: Vec<_> = rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let rejected: Vec<_> = rejects.into_iter().map(|reject| rejected(reject, &name)).collect();
        assert_eq!(rejected, expected.rejected, "{way:?}");
    }
}

fn rejected(reject: Reject, name: &str) -> oracle::Rejected {
    assert_eq!(reject.file, name);
    assert_ne!(reject.reason, "");
    let record = match (reject.record, reject.record_base64) {
        (Some(record), None) => record.into_bytes(),
        (None, Some(record)) => {
            let record = BASE64_STANDARD.decode(record).unwrap();
            assert!(str::from_utf8(&record).is_err(), "only a record that is not UTF-8 is written in base64");
            record
        }
        _ => panic!("either record or record_base64"),
    };
    oracle::Rejected { line: reject.line, byte: reject.byte, kind: reject.kind, record }
}

#[test]
fn bad_records_can_be_left_out() {
    these_ways_leave_out_what_the_oracle_refuses(&corpus_with_bad_records(30 << 10), &ways(THREADS, CHUNK_SIZES));
}

#[test]
fn bad_records_can_be_left_out_by_simd_json_alone() {
    let way = Way { source: Source::Mapped, threads: 2, chunk_size: 4 << 10, parser: Parser::SimdJson };
    these_ways_leave_out_what_the_oracle_refuses(&corpus_with_bad_records(200 << 10), &[way]);
}

#[test]
fn a_file_of_bad_records_gives_an_empty_file() {
    let input = [BAD_LABEL, BAD_UTF8, b"", BAD_JSON, BAD_RECORD].join(&b'\n');
    these_ways_leave_out_what_the_oracle_refuses(&input, &ways(THREADS, CHUNK_SIZES));
}
