//! A second, naive implementation of the conversion, with which tests, benches and fuzz targets compare steer2reg.
//!
//! It is an independent reading of the contract: it shares no code with steer2reg and depends on no crate. It favours
//! obvious code over speed. JSON is parsed as Python's decoder parses it; the spelling of strings and floats is Python's.

// Rules for a public API. This is a helper of tests: it panics where a test fails.
#![allow(clippy::missing_panics_doc, clippy::must_use_candidate)]

pub mod format;
mod json;
pub mod label;
mod pairs;
pub mod published;
mod rows;
mod scores;
pub mod spelling;

use std::{collections::HashMap, fmt::Write as _};

use json::Value;
use spelling::{python_float, python_string};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const HEAD: &str = "<extra_id_0>System\nA chat between a curious user and an artificial intelligence assistant. \
    The assistant gives helpful, detailed, and polite answers to the user's questions.\n";

/// The rows of one record, or the kind of its rejection.
pub fn rows(line: &[u8]) -> Result<String, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| "invalid-utf8")?;
    let (mask, turns) = record(Value::read(line).ok_or("invalid-json")?)?;
    rows_of(&mask, turns)
}

/// The rows of one conversation.
fn rows_of(mask: &str, turns: Vec<Turn>) -> Result<String, &'static str> {
    let mut rows = String::new();
    let mut text = HEAD.to_owned();
    for turn in turns {
        let speaker = if turn.from == mask { "User" } else { "Assistant" };
        write!(text, "<extra_id_1>{speaker}\n{}\n", turn.value).unwrap();
        if !turn.label.is_truthy() {
            continue;
        }
        let scores = turn.label.string().ok().and_then(|label| label::scores(&label)).ok_or("invalid-label")?;
        let text = python_string(&format!("{text}<extra_id_2>"));
        let scores: Vec<_> = scores.into_iter().map(python_float).collect();
        writeln!(rows, "{{\"text\": {text}, \"label\": [{}]}}", scores.join(", ")).unwrap();
    }
    Ok(rows)
}

#[derive(Clone)]
struct Turn {
    from: String,
    value: String,
    label: Value,
}

impl Turn {
    fn unlabelled(from: &str, value: String) -> Self {
        Self { from: from.to_owned(), value, label: Value::Null }
    }
}

/// The mask and the turns of a record, if it is one.
fn record(value: Value) -> Result<(String, Vec<Turn>), &'static str> {
    let mut record = value.object()?;
    let conversations = record.remove("conversations").ok_or("invalid-record")?.array()?;
    let mask = text(&mut record, "mask")?;
    let turns = conversations.into_iter().map(turn).collect::<Result<_, _>>()?;
    Ok((mask, turns))
}

fn turn(value: Value) -> Result<Turn, &'static str> {
    let mut turn = value.object()?;
    let (from, value) = (text(&mut turn, "from")?, text(&mut turn, "value")?);
    Ok(Turn { from, value, label: turn.remove("label").unwrap_or(Value::Null).used()? })
}

fn text(object: &mut HashMap<String, Value>, key: &str) -> Result<String, &'static str> {
    object.remove(key).ok_or("invalid-record")?.string()
}

/// The result for a whole input.
#[derive(Debug, Default, PartialEq)]
pub struct Converted {
    pub rows: String,
    /// Lines that are not blank.
    pub records: u64,
    pub blank: u64,
    /// Valid records without a row.
    pub unlabelled: u64,
    pub rejected: Vec<Rejected>,
}

/// A rejected record.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// Counted from 1, blank lines included.
    pub line: u64,
    /// Where the line begins in the input.
    pub byte: u64,
    pub kind: String,
    /// The line without its line feed.
    pub record: Vec<u8>,
}

/// Converts a whole input without the rejected records.
pub fn file(input: &[u8]) -> Converted {
    file_by(input, rows)
}

/// Converts a whole input with a function that converts one record.
pub fn file_by(input: &[u8], rows: impl Fn(&[u8]) -> Result<String, &'static str>) -> Converted {
    let mut converted = Converted::default();
    let text = input.strip_prefix(BYTE_ORDER_MARK).unwrap_or(input);
    let mut byte = input.len() - text.len();
    for (line, number) in text.split_inclusive(|&byte| byte == b'\n').zip(1..) {
        let record = line.strip_suffix(b"\n").unwrap_or(line);
        if record.iter().all(|byte| b" \t\r".contains(byte)) {
            converted.blank += 1;
        } else {
            converted.records += 1;
            match rows(record) {
                Ok(rows) => {
                    converted.unlabelled += u64::from(rows.is_empty());
                    converted.rows += &rows;
                }
                Err(kind) => converted.rejected.push(Rejected {
                    line: number,
                    byte: byte as u64,
                    kind: kind.to_owned(),
                    record: record.to_vec(),
                }),
            }
        }
        byte += line.len();
    }
    converted
}
