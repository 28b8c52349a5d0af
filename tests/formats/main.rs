//! Rows of any format, by both parsers, against the oracle's.
//!
//! A failing case is printed as small as it can be made; give it a named test of its own. `PROPTEST_CASES` asks
//! for more than the usual 256 cases.

mod files;
mod named;
mod patched;
mod records;

use steer2reg::Parser;

const PARSERS: [Parser; 2] = [Parser::Auto, Parser::SimdJson];
