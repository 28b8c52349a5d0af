//! The names of NeMo-Aligner's `process_to_regression_format.py`, for programs that replace it: a drop-in for the script's
//! functions and constants.
//!
//! The rest of the library has plain words for them: [`parse_label`](crate::parse_label) is `parse`, and
//! [`Converter::convert`](crate::Converter::convert) is `process_sample`. `MISSING` is the script's -100, and `ATTRIBUTES` are
//! its nine attributes, which [`Attributes::default`](crate::Attributes) has, too.

use crate::{converter::Converter, rejection::Rejection};
pub use crate::{
    format::{
        attributes::{MISSING, Scores},
        label::parse_label as parse,
    },
    schema::ATTRIBUTES,
};

/// Appends the rows of one SFT record to `out`, to the byte those of the script, and returns their number.
///
/// This sets up a converter for each call; keep a [`Converter`] for more than a few records.
///
/// # Errors
///
/// As of [`Converter::convert`].
///
/// ```
/// let record = br#"{"conversations": [{"from": "A", "value": "Hi!", "label": "humor:1"}], "mask": "B"}"#;
/// let mut out = Vec::new();
/// assert_eq!(steer2reg::nemo::process_sample(record, &mut out)?, 1);
/// assert!(out.ends_with(b"[-100.0, -100.0, 1.0, -100.0, -100.0, -100.0, -100.0, -100.0, -100.0]}\n"));
/// # Ok::<(), steer2reg::Rejection>(())
/// ```
pub fn process_sample(line: &[u8], out: &mut Vec<u8>) -> Result<u64, Rejection> {
    Converter::default().convert(line, out)
}
