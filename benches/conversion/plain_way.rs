//! The conversion as one would write it with `serde_json`: what the converter is compared with.
//!
//! It borrows the strings that need no decoding, keeps its buffers, and writes straight to the output.

use std::{borrow::Cow, io::Write as _};

use serde::Deserialize;

const HEAD: &str = "<extra_id_0>System\nA chat between a curious user and an artificial intelligence assistant. \
    The assistant gives helpful, detailed, and polite answers to the user's questions.\n";
const TAIL: &str = "<extra_id_2>";

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    conversations: Vec<Turn<'a>>,
    #[serde(borrow)]
    mask: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Turn<'a> {
    #[serde(borrow)]
    from: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
    #[serde(borrow)]
    label: Option<Label<'a>>,
}

/// An `Option<Cow<str>>` on its own would not borrow.
#[derive(Deserialize)]
struct Label<'a>(#[serde(borrow)] Cow<'a, str>);

pub(crate) fn convert_all(corpus: &str, out: &mut Vec<u8>) {
    let mut text = String::new();
    for line in corpus.lines() {
        let record: Record<'_> = serde_json::from_str(line).unwrap();
        text.clear();
        text += HEAD;
        for turn in record.conversations {
            text += if turn.from == record.mask { "<extra_id_1>User\n" } else { "<extra_id_1>Assistant\n" };
            text += &turn.value;
            text += "\n";
            if let Some(Label(label)) = turn.label.filter(|label| !label.0.is_empty()) {
                text += TAIL;
                write_row(out, &text, &steer2reg::parse_label(&label).unwrap());
                text.truncate(text.len() - TAIL.len());
            }
        }
    }
}

fn write_row(out: &mut Vec<u8>, text: &str, scores: &[f64]) {
    out.extend_from_slice(b"{\"text\": ");
    serde_json::to_writer(&mut *out, text).unwrap();
    out.extend_from_slice(b", \"label\": [");
    for (score, index) in scores.iter().zip(0..) {
        let comma = if index == 0 { "" } else { ", " };
        write!(out, "{comma}{score:?}").unwrap();
    }
    out.extend_from_slice(b"]}\n");
}
