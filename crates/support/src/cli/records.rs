//! Records and the rows they give, numbered so that an order shows.

use std::ops::Range;

/// A good record with one labelled turn, without a line feed.
pub fn record(number: usize) -> String {
    format!(
        r#"{{"conversations": [{{"from": "User", "value": "Question {number}"}}, {{"from": "Bot", "value": "Answer {number}", "label": "quality:4,verbosity:1.5"}}], "mask": "User"}}"#
    )
}

/// The row of [`record`], without a line feed.
pub fn row(number: usize) -> String {
    format!(
        r#"{{"text": "<extra_id_0>System\nA chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions.\n<extra_id_1>User\nQuestion {number}\n<extra_id_1>Assistant\nAnswer {number}\n<extra_id_2>", "label": [4.0, -100.0, -100.0, -100.0, -100.0, -100.0, -100.0, -100.0, 1.5]}}"#
    )
}

/// Good records, a line each.
pub fn records(numbers: Range<usize>) -> String {
    lines(numbers.map(record))
}

/// Their rows.
pub fn rows(numbers: Range<usize>) -> String {
    lines(numbers.map(row))
}

/// Each with a line feed.
pub fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}

/// A valid record of which no turn is labelled.
pub const UNLABELLED: &str = r#"{"conversations": [{"from": "User", "value": "Well?"}], "mask": "User"}"#;

/// A record that is rejected.
#[derive(Debug)]
pub struct Bad {
    pub bytes: &'static [u8],
    /// As in `--rejects` and `--stats`.
    pub kind: &'static str,
    /// The kind and the cause, as in a message.
    pub cause: &'static str,
    /// The beginning of the record as in a message.
    pub excerpt: &'static str,
}

/// One of each kind, in the order of [`steer2reg::RejectionKind::ALL`].
pub const BAD: [Bad; 4] = [BAD_UTF8, BAD_JSON, BAD_RECORD, BAD_LABEL];

pub const BAD_UTF8: Bad = Bad {
    bytes: b"{\"conversations\": [], \"mask\": \"\xff\"}",
    kind: "invalid-utf8",
    cause: "invalid UTF-8: byte 32 of the record is not UTF-8",
    excerpt: "{\"conversations\": [], \"mask\": \"\u{fffd}\"}",
};

pub const BAD_JSON: Bad = Bad {
    bytes: br#"{"conversations": [], "mask": "User""#,
    kind: "invalid-json",
    cause: "invalid JSON: EOF while parsing an object at column 36",
    excerpt: r#"{"conversations": [], "mask": "User""#,
};

pub const BAD_RECORD: Bad = Bad {
    bytes: br#"{"conversations": []}"#,
    kind: "invalid-record",
    cause: r#"invalid record: "mask" is missing"#,
    excerpt: r#"{"conversations": []}"#,
};

pub const BAD_LABEL: Bad = Bad {
    bytes: br#"{"conversations": [{"from": "A", "value": "B", "label": "quality"}], "mask": "A"}"#,
    kind: "invalid-label",
    cause: r#"invalid label: part "quality" has no score (turn 1)"#,
    excerpt: r#"{"conversations": [{"from": "A", "value": "B", "label": "quality"}], "mask": "A"}"#,
};

impl Bad {
    /// The message about this record at that place, in a file whose first line says that it holds SFT records.
    pub fn message(&self, file: &str, line: usize, byte: usize) -> String {
        self.message_by(1, file, line, byte)
    }

    /// The message where the record on line `decided` says so.
    pub fn message_by(&self, decided: usize, file: &str, line: usize, byte: usize) -> String {
        let message = format!("{file}:{line}: {} (byte {byte})\n  the record: {}\n", self.cause, self.excerpt);
        // For the other kinds it does not matter how records are read.
        if !["invalid-record", "invalid-label"].contains(&self.kind) {
            return message;
        }
        format!(
            "{message}  it was read as sft, the schema of the record on line {decided} (--from SCHEMA overrides that)\n"
        )
    }
}
