//! Helpers that test programs, benches and fuzz targets share, and that know steer2reg. What it should do without
//! knowing it is the crate `oracle`'s part.

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
