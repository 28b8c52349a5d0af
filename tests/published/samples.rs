//! Files whose rows the original made.

use std::{env, fs, path::Path};

use steer2reg::{Schema, Split};
use support::library::{TestInput, ways};

use crate::{Case, convert};

/// Each file with what was made of it.
const FILES: [(Case, &str, &str); 10] = [
    (Case::HelpSteer(None), "helpsteer.jsonl", "helpsteer.regression.jsonl"),
    (Case::HelpSteer(Some("helpfulness")), "helpsteer.jsonl", "helpsteer.only_helpfulness.regression.jsonl"),
    (Case::Preference(None), "preference.jsonl", "preference.regression.jsonl"),
    (Case::Preference(Some(Split::Train)), "preference.jsonl", "preference.train.regression.jsonl"),
    (Case::Preference(Some(Split::Val)), "preference.jsonl", "preference.val.regression.jsonl"),
    (Case::Oasst, "oasst.jsonl", "oasst.regression.jsonl"),
    // The rows are the original's for the same trees with `{}`, `[]` or no label in the place of each null.
    (Case::Oasst, "oasst_nulls.jsonl", "oasst_nulls.regression.jsonl"),
    // `NaN`, infinities and halves of surrogate pairs in members and keys that are not used, and in replaced ones.
    (Case::HelpSteer(None), "helpsteer_not_json.jsonl", "helpsteer_not_json.regression.jsonl"),
    (Case::Preference(None), "preference_not_json.jsonl", "preference_not_json.regression.jsonl"),
    (Case::Oasst, "oasst_not_json.jsonl", "oasst_not_json.regression.jsonl"),
];

const PUBLISHED: [(Case, &str, &str); 6] = [
    (Case::HelpSteer(None), "helpsteer_500.jsonl", "helpsteer_500.expected.jsonl"),
    (Case::HelpSteer(Some("helpfulness")), "helpsteer_500.jsonl", "helpsteer_500.only_helpfulness.expected.jsonl"),
    (Case::Preference(Some(Split::Train)), "preference_60_made_up.jsonl", "preference_60_made_up.train.expected.jsonl"),
    (Case::Preference(Some(Split::Val)), "preference_60_made_up.jsonl", "preference_60_made_up.val.expected.jsonl"),
    (Case::HelpSteer3, "helpsteer3_40_made_up.jsonl", "helpsteer3_40_made_up.nemo.expected.jsonl"),
    (Case::Oasst, "oasst_551_trees.jsonl", "oasst_551_trees.expected.jsonl"),
];

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn own() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/published"))
}

/// Converts a file in every way, its schema given and found, and expects these rows.
fn every_way_gives(case: Case, input: &[u8], expected: &[u8], chunk_sizes: &[usize]) {
    let mut place = TestInput::new(input);
    (place.only_attribute, place.split) = (case.only_attribute(), case.split());
    let by_oracle = oracle::file_by(input, |line| case.rows(line));
    for schema in [None, Some(case.schema())] {
        place.schema = schema;
        for way in ways(&[1, 2, 8], chunk_sizes) {
            let (rows, summary) = place.convert(way).unwrap_or_else(|error| panic!("{way:?}: {error}"));
            assert!(rows == expected, "{case:?}, {way:?}: {} bytes, not {}", rows.len(), expected.len());
            assert_eq!(summary.schemas, [case.schema()]);
            assert_eq!(summary.bytes_out, expected.len() as u64);
            let counts = summary.counts;
            assert_eq!((counts.records, counts.blank), (by_oracle.records, by_oracle.blank), "{way:?}");
            assert_eq!(counts.unlabelled + counts.other_split, by_oracle.unlabelled, "{way:?}");
            assert_eq!(counts.rows, by_oracle.rows.lines().count() as u64, "{way:?}");
            assert!(summary.attributes.iter().all(|(_, attribute)| attribute.count + attribute.missing == counts.rows));
        }
    }
}

#[test]
fn the_oracle_gives_the_original_s_rows() {
    for (case, input, expected) in FILES {
        let by_oracle = oracle::file_by(&read(own(), input), |line| case.rows(line));
        assert_eq!(by_oracle.rejected, []);
        assert_eq!(by_oracle.rows.as_bytes(), read(own(), expected), "{case:?}");
    }
}

#[test]
fn every_record_gives_the_original_s_rows_by_both_parsers() {
    for (case, input, expected) in FILES {
        let input = String::from_utf8(read(own(), input)).unwrap();
        let rows: String = input.lines().map(|line| convert(case, line.as_bytes()).unwrap()).collect();
        assert_eq!(rows.as_bytes(), read(own(), expected), "{case:?}");
    }
}

#[test]
fn every_way_gives_the_original_s_rows() {
    for (case, input, expected) in FILES {
        every_way_gives(case, &read(own(), input), &read(own(), expected), &[1, 100, 4 << 10, 4 << 20]);
    }
}

#[test]
fn line_ends_blank_lines_and_a_byte_order_mark_are_as_in_other_files() {
    for (case, input, expected) in FILES {
        let input = String::from_utf8(read(own(), input)).unwrap();
        let input = format!("\u{feff}\r\n\n \t\n{}", input.trim_end().replace('\n', "\r\n\n"));
        every_way_gives(case, input.as_bytes(), &read(own(), expected), &[1, 1000, 4 << 20]);
    }
}

#[test]
fn a_file_without_records_has_no_schema_unless_one_is_named() {
    for input in ["", "\n", " \r\n\n\t"] {
        let mut place = TestInput::new(input.as_bytes());
        for schema in [None, Some(Schema::Oasst)] {
            place.schema = schema;
            let (rows, summary) = place.convert(ways(&[2], &[1])[0]).unwrap();
            assert_eq!((rows.len(), summary.schemas), (0, schema.filter(|_| !input.is_empty()).into_iter().collect()));
        }
    }
}

#[test]
fn published_samples_give_the_original_s_rows_if_they_are_there() {
    let Some(folder) = env::var_os("STEER2REG_SAMPLES") else { return };
    for (case, input, expected) in PUBLISHED {
        let folder = Path::new(&folder);
        every_way_gives(case, &read(folder, input), &read(folder, expected), &[4 << 10, 512 << 10]);
    }
}
