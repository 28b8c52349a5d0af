//! The golden cases: what the original writes, or that the record is refused.
//!
//! `golden_cases.jsonl` was made by running NeMo-Aligner's `process_to_regression_format.py`. A case holds for the
//! oracle as well as for every way in which this crate converts a line.

use std::fs;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use steer2reg::{Config, Input, MmapChoice, OnError, Output, Parser, Rejection, nemo::process_sample};
use support::library::mapped;

const CASES: &str = include_str!("golden_cases.jsonl");
const NUMBER_OF_CASES: usize = 100;
const NUMBER_OF_REFUSALS: usize = 45;

#[derive(Deserialize)]
struct Case {
    name: String,
    line: Option<String>,
    /// The line, where it is not UTF-8.
    line_base64: Option<String>,
    rows: Option<String>,
    refuse: Option<String>,
}

impl Case {
    fn all() -> Vec<Self> {
        CASES.lines().map(|case| serde_json::from_str(case).unwrap()).collect()
    }

    fn line(&self) -> Vec<u8> {
        match (&self.line, &self.line_base64) {
            (Some(line), None) => line.clone().into_bytes(),
            (None, Some(line)) => BASE64_STANDARD.decode(line).unwrap(),
            _ => panic!("{}: one line, please", self.name),
        }
    }

    /// The rows, or the kind of the refusal.
    fn expected(&self) -> Result<String, String> {
        match (&self.rows, &self.refuse) {
            (Some(rows), None) => Ok(rows.clone()),
            (None, Some(kind)) => Err(kind.clone()),
            _ => panic!("{}: either rows or a rejection, please", self.name),
        }
    }
}

/// Holds every case to `convert`, which appends rows to a buffer and counts them.
fn every_case_holds(mut convert: impl FnMut(&[u8], &mut Vec<u8>) -> Result<u64, Rejection>) {
    let mut held = 0;
    for case in Case::all() {
        let mut out = Vec::new();
        let converted = convert(&case.line(), &mut out);
        let rows = String::from_utf8(out).unwrap();
        match case.expected() {
            Ok(expected) => {
                assert_eq!(rows, expected, "{}", case.name);
                assert_eq!(converted, Ok(expected.lines().count() as u64), "{}", case.name);
            }
            Err(kind) => {
                let rejection = converted.expect_err(&case.name);
                assert_eq!(rejection.kind().name(), kind, "{}: {rejection}", case.name);
                assert_eq!(rows, "", "{}: a refused record leaves nothing", case.name);
            }
        }
        held += 1;
    }
    assert_eq!(held, NUMBER_OF_CASES);
}

#[test]
fn the_oracle_holds_every_case() {
    let cases = Case::all();
    for case in &cases {
        assert_eq!(oracle::rows(&case.line()).map_err(str::to_owned), case.expected(), "{}", case.name);
    }
    assert_eq!(cases.len(), NUMBER_OF_CASES);
    assert_eq!(cases.iter().filter(|case| case.expected().is_err()).count(), NUMBER_OF_REFUSALS);
}

#[test]
fn the_function_for_one_record_holds_every_case() {
    every_case_holds(process_sample);
}

#[test]
fn one_converter_that_may_pass_strings_through_holds_every_case() {
    let mut converter = support::converter(Parser::Auto);
    every_case_holds(|line, out| converter.convert(line, out));
}

#[test]
fn one_converter_with_simd_json_holds_every_case() {
    let mut converter = support::converter(Parser::SimdJson);
    every_case_holds(|line, out| converter.convert(line, out));
}

#[test]
fn a_file_of_all_cases_gives_all_rows_and_counts_all_refusals() {
    let cases = Case::all();
    let rows: String = cases.iter().filter_map(|case| case.rows.as_deref()).collect();
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("cases.jsonl"), folder.path().join("rows.jsonl"));
    fs::write(&input, cases.iter().map(Case::line).collect::<Vec<_>>().join(&b'\n')).unwrap();

    for parser in [Parser::Auto, Parser::SimdJson] {
        for mmap in [mapped(), MmapChoice::never()] {
            let on_error = OnError::Skip { rejects: None, max_rejects: None };
            let config = Config::new(Input::Path(input.clone()), Output::Path(output.clone()));
            let summary = steer2reg::convert(&Config { on_error, mmap, parser, ..config }).unwrap();
            assert_eq!(fs::read_to_string(&output).unwrap(), rows, "{parser:?}, {mmap:?}");
            assert_eq!(summary.counts.records, NUMBER_OF_CASES as u64);
            assert_eq!(summary.counts.rejected.total(), NUMBER_OF_REFUSALS as u64);
        }
    }
}
