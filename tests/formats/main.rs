//! Rows of any format, by both parsers, against the oracle's.
//!
//! A failing case is printed as small as it can be made; give it a named test of its own. `PROPTEST_CASES` asks
//! for more than the usual 256 cases.

mod files;
mod named;
mod patched;
mod records;

use steer2reg::{Converter, Parser};

const PARSERS: [Parser; 2] = [Parser::Auto, Parser::SimdJson];

/// The rows of a record, or the kind of its rejection.
fn convert(converter: &mut Converter, line: &[u8]) -> Result<String, &'static str> {
    let mut out = b"before ".to_vec();
    let converted = converter.convert(line, &mut out);
    let rows = str::from_utf8(&out).unwrap().strip_prefix("before ").expect("what was there stays").to_owned();
    match converted {
        Ok(count) => {
            assert_eq!(count, rows.lines().count() as u64);
            Ok(rows)
        }
        Err(rejection) => {
            assert_eq!(rows, "", "a rejected record leaves nothing");
            Err(rejection.kind().name())
        }
    }
}
