//! Helpers of test programs, benches and fuzz targets that run steer2reg: [`cli`] runs the binary in a folder, [`library`]
//! converts an input with the library in every way. The expected results come from the crate `oracle`.

// Rules for a public API. These are helpers of tests: they panic where a test fails.
#![allow(
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::return_self_not_must_use
)]

pub mod cli;
pub mod corpus;
pub mod from_oracle;
pub mod library;

/// The converter of SFT records to NeMo-Aligner's rows by this parser.
pub fn converter(parser: steer2reg::Parser) -> steer2reg::Converter {
    steer2reg::Converter::builder().parser(parser).build().expect("the defaults go together")
}
