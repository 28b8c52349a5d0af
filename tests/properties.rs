//! Random records and files, converted by both parsers and compared with the oracle.
//!
//! A failing case is printed as small as it can be made; give it a named test of its own. `PROPTEST_CASES` asks
//! for more than the usual 256 cases.

use std::cell::RefCell;

use proptest::{prelude::*, test_runner::TestCaseResult};
use random::{Mutation, line, mutation, python_line};
use steer2reg::{Converter, Parser};
use support::library::{Source, TestInput, Way};

const PARSERS: [Parser; 2] = [Parser::Auto, Parser::SimdJson];

thread_local! {
    /// Kept from case to case, so that what one line leaves behind would show in the next.
    static CONVERTERS: RefCell<[Converter; 2]> = RefCell::new(PARSERS.map(support::converter));
}

/// Converts a line with both parsers, and compares rows or kinds of rejections with the oracle's.
fn both_parsers_agree_with_the_oracle(line: &[u8]) -> TestCaseResult {
    let expected = oracle::rows(line);
    CONVERTERS.with_borrow_mut(|converters| {
        for (converter, parser) in converters.iter_mut().zip(PARSERS) {
            let mut out = b"before ".to_vec();
            let converted = converter.convert(line, &mut out);
            let rows = out.strip_prefix(b"before ").expect("what was there stays");
            let converted = match &converted {
                Ok(count) => {
                    let rows = str::from_utf8(rows).unwrap();
                    prop_assert_eq!(*count, rows.lines().count() as u64, "{:?}", parser);
                    Ok(rows.to_owned())
                }
                Err(rejection) => {
                    prop_assert!(rows.is_empty(), "{:?}: a rejected record leaves nothing", parser);
                    Err(rejection.kind().name())
                }
            };
            prop_assert_eq!(&converted, &expected, "{:?}", parser);
        }
        Ok(())
    })
}

/// The factor to the usual number of cases.
fn config(times: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: times * config.cases, failure_persistence: None, ..config }
}

proptest! {
    #![proptest_config(config(2))]

    #[test]
    fn records_spelled_in_any_way_give_the_oracle_s_rows(line in line()) {
        both_parsers_agree_with_the_oracle(line.as_bytes())?;
    }

    #[test]
    fn records_spelled_as_python_does_give_the_oracle_s_rows(line in python_line()) {
        prop_assert!(oracle::rows(line.as_bytes()).is_ok());
        both_parsers_agree_with_the_oracle(line.as_bytes())?;
    }

    #[test]
    fn records_with_an_accident_are_refused_where_the_oracle_refuses_them(
        line in python_line(),
        mutations in prop::collection::vec(mutation(), 1..3),
    ) {
        let line = mutated(line, &mutations);
        prop_assume!(!line.trim_ascii().is_empty(), "a blank line is no record");
        both_parsers_agree_with_the_oracle(&line)?;
    }

    #[test]
    fn odd_records_with_an_accident_are_refused_where_the_oracle_refuses_them(line in line(), mutation in mutation()) {
        let line = mutated(line, &[mutation]);
        prop_assume!(!line.trim_ascii().is_empty(), "a blank line is no record");
        both_parsers_agree_with_the_oracle(&line)?;
    }
}

fn mutated(line: String, mutations: &[Mutation]) -> Vec<u8> {
    let mut line = line.into_bytes();
    for mutation in mutations {
        mutation.apply(&mut line);
    }
    line
}

#[test]
fn an_escape_may_stand_anywhere() -> TestCaseResult {
    // Lines are scanned 64 bytes at a time: each escape comes to stand on each place of these, and on their borders.
    let escapes =
        [r"\/", r"\u00e9", r"\u0022", r"\ud83d\ude00", r#"\""#, r"\\", r"\n", r"\\\/", r"\\\\\u0434", r"\x", r"\ud83d"];
    for escape in escapes {
        for before in 0..130 {
            let padding = "x".repeat(before);
            let turn = format!(r#"{{"value": "{padding}{escape}", "from": "{escape}", "label": "humor:1"}}"#);
            let line = format!(r#"{{"conversations": [{turn}, {turn}], "mask": "{escape}"}}"#);
            both_parsers_agree_with_the_oracle(line.as_bytes())?;
        }
    }
    Ok(())
}

/// Whole files: lines of all kinds, blank ones, both line ends.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        6 => python_line().prop_map(String::into_bytes),
        3 => line().prop_map(String::into_bytes),
        2 => (python_line(), mutation()).prop_map(|(line, mutation)| mutated(line, &[mutation])),
        2 => prop::sample::select(vec!["", " ", "\r", "\t \r"]).prop_map(Vec::from),
    ]
    .boxed();
    let line_end = prop_oneof![3 => Just("\n"), 1 => Just("\r\n")];
    let byte_order_mark = prop_oneof![5 => Just(""), 1 => Just("\u{feff}")];
    let ended = (line.clone(), line_end).prop_map(|(line, end)| [&line[..], end.as_bytes()].concat());
    let not_ended = prop_oneof![Just(Vec::new()), line];
    (byte_order_mark, prop::collection::vec(ended, 0..12), not_ended)
        .prop_map(|(mark, ended, not_ended)| [mark.as_bytes(), &ended.concat(), &not_ended].concat())
}

fn way() -> impl Strategy<Value = Way> {
    let sources = prop::sample::select(Source::ALL.to_vec());
    let chunk_sizes = prop_oneof![1..200_usize, 200..20_000_usize];
    (sources, 1..4_usize, chunk_sizes, prop::sample::select(PARSERS.to_vec()))
        .prop_map(|(source, threads, chunk_size, parser)| Way { source, threads, chunk_size, parser })
}

proptest! {
    #![proptest_config(config(1))]

    #[test]
    fn files_cut_in_any_way_give_the_oracle_s_rows(file in file(), way in way()) {
        let expected = oracle::file(&file);
        let (rows, rejects, summary) = TestInput::new(&file).convert_good(way);
        prop_assert_eq!(String::from_utf8(rows).unwrap(), expected.rows);
        prop_assert_eq!(summary.counts.records, expected.records);
        prop_assert_eq!(summary.counts.blank, expected.blank);
        prop_assert_eq!(summary.counts.unlabelled, expected.unlabelled);
        prop_assert_eq!(summary.counts.rejected.total(), expected.rejected.len() as u64);
        prop_assert_eq!(rejects.lines().count(), expected.rejected.len());
    }
}
