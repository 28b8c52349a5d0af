//! Numbers as CPython reads and spells them.
//!
//! `golden_numbers.jsonl` was made by `scripts/cpython_numbers.py golden`, with CPython's own `float` and `repr`. A case holds
//! for the oracle as well as for every way in which this crate reads a score.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::json;
use steer2reg::{Attributes, Converter, Parser, RowFormat, Schema, nemo::process_sample};

const CASES: &str = include_str!("golden_numbers.jsonl");
const LEAST_CASES: usize = 4000;

#[derive(Deserialize)]
struct Case {
    /// A score in a label.
    text: String,
    /// What CPython reads, as it spells it; nothing if that is no number to it.
    repr: Option<String>,
    /// CPython reads it, but the contract refuses it: digits of other scripts, underscores, what is not finite.
    #[serde(default)]
    refused: bool,
}

impl Case {
    fn all() -> Vec<Self> {
        let cases: Vec<Self> = CASES.lines().map(|case| serde_json::from_str(case).expect("a case")).collect();
        let refused = cases.iter().filter(|case| case.expected().is_none()).count();
        assert!(cases.len() >= LEAST_CASES && refused > cases.len() / 10 && refused < cases.len() / 2);
        cases
    }

    fn expected(&self) -> Option<&str> {
        self.repr.as_deref().filter(|_| !self.refused)
    }

    fn line(&self) -> Vec<u8> {
        let turn = json!({"from": "Assistant", "value": "", "label": format!("quality:{}", self.text)});
        json!({"conversations": [turn], "mask": "User"}).to_string().into_bytes()
    }
}

/// Of the one row the first score; nothing if the label is refused.
fn first_score(converted: Result<String, &'static str>) -> Option<String> {
    match converted {
        Ok(row) => {
            let (_, scores) = row.split_once("\"label\": [").expect("a row has scores");
            Some(scores.split([',', ']']).next().expect("one at least").to_owned())
        }
        Err(kind) => {
            assert_eq!(kind, "invalid-label");
            None
        }
    }
}

/// Holds every case to a way of converting, and shows all that differ.
#[track_caller]
fn every_case_holds(mut convert: impl FnMut(&[u8]) -> Result<String, &'static str>) {
    let mut wrong = String::new();
    for case in Case::all() {
        let got = first_score(convert(&case.line()));
        if got.as_deref() != case.expected() {
            writeln!(wrong, "{:?} gave {got:?}, not {:?}", case.text, case.expected()).expect("there is room");
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{wrong}", wrong.lines().count());
}

#[test]
fn the_oracle_holds_every_number() {
    every_case_holds(oracle::rows);
}

#[test]
fn every_way_of_reading_a_label_holds_every_number() {
    let spelled = |count, out| {
        assert_eq!(count, 1);
        String::from_utf8(out).expect("rows are UTF-8")
    };
    every_case_holds(|line| {
        let mut out = Vec::new();
        process_sample(line, &mut out).map(|count| spelled(count, out)).map_err(|rejection| rejection.kind().name())
    });
    for parser in [Parser::Auto, Parser::SimdJson] {
        let mut converter = support::converter(parser);
        every_case_holds(|line| {
            let mut out = Vec::new();
            let converted = converter.convert(line, &mut out);
            converted.map(|count| spelled(count, out)).map_err(|rejection| rejection.kind().name())
        });
    }
}

/// The missing score, the ends of a range in a refusal, the score there, and the numbers of JSON.
#[test]
fn numbers_are_spelled_like_scores_wherever_they_stand() {
    for case in Case::all() {
        let Some(spelled) = case.expected() else { continue };
        let number: f64 = spelled.parse().expect("CPython wrote it");

        let attributes =
            Attributes::new(["quality"]).and_then(|quality| quality.with_missing(number)).expect("it is finite");
        let mut converter =
            Converter::builder().format(RowFormat { attributes, ..RowFormat::default() }).build().expect("good");
        let mut out = Vec::new();
        let line = br#"{"conversations": [{"from": "A", "value": "", "label": "x:1"}], "mask": "B"}"#;
        converter.convert(line, &mut out).expect("the record is good");
        assert!(out.ends_with(format!("\"label\": [{spelled}]}}\n").as_bytes()), "{}", String::from_utf8_lossy(&out));

        // A number of JSON goes from the record to the label and from there to the row.
        let record = format!(r#"{{"prompt": "", "response": "", "helpfulness": {spelled}}}"#);
        let mut out = Vec::new();
        let builder = Converter::builder().parser(Parser::SimdJson).schema(Schema::HelpSteer);
        builder.build().expect("good").convert(record.as_bytes(), &mut out).expect("good");
        let out = String::from_utf8(out).expect("rows are UTF-8");
        assert_eq!(out.rsplit(", ").nth(4), Some(spelled), "{out}");

        let attributes =
            Attributes::new(["quality"]).and_then(|quality| quality.with_missing(-12345.0)).expect("it is finite");
        let checks = steer2reg::Checks { strict: true, range: Some(number..=number) };
        let format = RowFormat { attributes, checks, ..RowFormat::default() };
        let line = br#"{"conversations": [{"from": "A", "value": "", "label": "quality:-77.5"}], "mask": "A"}"#;
        let rejection = Converter::builder().format(format).build().expect("good").convert(line, &mut Vec::new());
        let reason = rejection.expect_err("no case is -77.5").to_string();
        assert!(reason.contains(&format!("-77.5, is not in {spelled}..{spelled} ")), "{reason}");
    }
}
