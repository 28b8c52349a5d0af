//! Random records, by both parsers and by the oracle.

use proptest::{prelude::*, test_runner::TestCaseResult};
use random::{Mutation, mutation, published};
use steer2reg::{Parser, Schema};

use crate::Case;

/// Converts a line in each schema, also in those that it is not of.
fn all_agree(line: &[u8]) -> TestCaseResult {
    prop_assume!(!line.trim_ascii().is_empty(), "a blank line is no record");
    for case in Case::ALL {
        let expected = case.rows(line);
        for parser in [Parser::Auto, Parser::SimdJson] {
            let mut out = Vec::new();
            let converted = case.converter(parser).convert(line, &mut out);
            let rows = String::from_utf8(out).unwrap();
            if let Ok(count) = converted {
                prop_assert_eq!(count, rows.lines().count() as u64);
            } else {
                prop_assert_eq!(&*rows, "", "a refused record leaves nothing");
            }
            let converted = converted.map(|_| rows).map_err(|rejection| rejection.kind().name());
            prop_assert_eq!(&converted, &expected, "{:?} {:?}", case, parser);
        }
    }
    // It only has to answer.
    let _: Option<Schema> = Schema::detect(line);
    Ok(())
}

fn mutated(line: String, mutation: &Mutation) -> Vec<u8> {
    let mut line = line.into_bytes();
    mutation.apply(&mut line);
    line
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn helpsteer_records_give_the_oracle_s_rows(line in published::helpsteer()) {
        all_agree(line.as_bytes())?;
    }

    #[test]
    fn preference_records_give_the_oracle_s_rows(line in published::preference()) {
        all_agree(line.as_bytes())?;
    }

    #[test]
    fn records_of_helpsteer3_give_the_oracle_s_rows(line in published::helpsteer3()) {
        all_agree(line.as_bytes())?;
    }

    #[test]
    fn trees_give_the_oracle_s_rows(line in published::tree()) {
        all_agree(line.as_bytes())?;
    }

    #[test]
    fn records_with_an_accident_are_refused_where_the_oracle_refuses_them(
        line in prop_oneof![
            published::helpsteer(),
            published::preference(),
            published::helpsteer3(),
            published::tree(),
        ],
        mutation in mutation(),
    ) {
        all_agree(&mutated(line, &mutation))?;
    }
}
