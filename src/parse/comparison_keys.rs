//! The keys of comparisons: what two responses and the strength of a preference are called in each schema.
//!
//! They are data, so that one reader of the tape and one function of the scanner read all of them.

/// The keys of the records of a schema.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ComparisonKeys {
    /// What both responses answer.
    pub(crate) context: &'static str,
    /// The context may be a list of messages; a string is one message of the user's in every schema.
    pub(crate) has_messages: bool,
    pub(crate) responses: [&'static str; 2],
    /// A number: below 0 the first response is preferred, above 0 the second one.
    pub(crate) strength: &'static str,
    /// The key of the split, if records must have one.
    pub(crate) split: Option<&'static str>,
}

pub(crate) const HELPSTEER2_PREFERENCE: ComparisonKeys = ComparisonKeys {
    context: "prompt",
    has_messages: false,
    responses: ["response_1", "response_2"],
    strength: "preference_strength",
    split: Some("split"),
};

pub(crate) const HELPSTEER3: ComparisonKeys = ComparisonKeys {
    context: "context",
    has_messages: true,
    responses: ["response1", "response2"],
    strength: "overall_preference",
    split: None,
};
