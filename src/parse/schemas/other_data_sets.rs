//! Records of other data sets and layouts, whose rejections name them and what helps.
//!
//! The name depends on the record alone, and is looked for only when a record is rejected.

use simd_json::Node;

use crate::parse::nodes::{Items, Members};

/// The keys that all records of a data set have, with what they are and what helps.
const BY_KEYS: [(&[&str], &str); 8] = [
    (
        &["response1", "response2", "feedback1"],
        "this is a HelpSteer3 feedback record: it has words and no scores, so there is nothing to train on",
    ),
    (&["original_response", "edited_response"], "this is a HelpSteer3 edit record: it has no scores"),
    (&["good_edited_response", "bad_edited_response"], "this is a HelpSteer3 edit-quality record, which has no scores"),
    (
        &["response", "principle", "fulfilment"],
        "this is a HelpSteer3 principle record: it has a yes or no, and no scores",
    ),
    (
        &["messages"],
        r#"this is a record of "messages", which have no labels; labelled turns are read from {"conversations": [{"from", "value", "label"}, …], "mask"}"#,
    ),
    (
        &["chosen", "rejected"],
        "this is a pair of a chosen and a rejected answer, which has no scores for the attributes",
    ),
    (&["instruction", "output"], "this is an instruction with an output (as Alpaca has them), which has no scores"),
    (
        &["message_id", "text", "role"],
        "this is one message of a flat table; take the trees of the same release (a file that ends in .trees.jsonl.gz)",
    ),
];

/// The name of a rejected record's data set, if its keys tell it, and what helps.
pub(crate) fn reason(tape: &[Node<'_>]) -> Option<String> {
    if Items::new(tape).is_some() {
        return Some(
            "the record is an array, not an object; if the file is one JSON array, jq -c '.[]' FILE > FILE.jsonl makes \
             lines of it"
                .to_owned(),
        );
    }
    let has = |wanted: &str| Members::new(tape).is_some_and(|mut members| members.any(|(key, _)| key == wanted));
    let (_, reason) = BY_KEYS.into_iter().find(|(keys, _)| keys.iter().all(|key| has(key)))?;
    Some(reason.to_owned())
}
