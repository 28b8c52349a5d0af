//! Schemas: the data sets that are read, and the attributes that they have scores for.

use serde::{Serialize, Serializer};

use crate::names::impl_names;

/// The schema of a record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Schema {
    /// Attribute-conditioned SFT: `{"conversations": [{"from", "value", "label"}, …], "mask"}`.
    #[default]
    Sft,
    /// HelpSteer and HelpSteer2 as published: `{"prompt", "response", "helpfulness", …}`.
    HelpSteer,
    /// HelpSteer2-Preference as published:
    /// `{"split", "prompt", "response_1", "response_2", "preference_strength", …}`.
    HelpSteer2Preference,
    /// HelpSteer3's preference records as published:
    /// `{"context": [{"role", "content"}, …], "response1", "response2", "overall_preference", …}`.
    HelpSteer3,
    /// OpenAssistant message trees as published: `{"prompt": {"text", "role", "labels", "replies": […]}}`.
    Oasst,
}

impl Schema {
    /// Every schema.
    pub const ALL: [Self; 5] = [Self::Sft, Self::HelpSteer, Self::HelpSteer2Preference, Self::HelpSteer3, Self::Oasst];

    /// The name, as `--from` takes it: `helpsteer2-preference`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sft => "sft",
            Self::HelpSteer => "helpsteer",
            Self::HelpSteer2Preference => "helpsteer2-preference",
            Self::HelpSteer3 => "helpsteer3",
            Self::Oasst => "oasst",
        }
    }
}

impl_names!(Schema, "schema");

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Schema {
    /// True if a record compares two responses.
    pub(crate) fn is_comparison(self) -> bool {
        matches!(self, Self::HelpSteer2Preference | Self::HelpSteer3)
    }

    /// The only attributes that its records can have scores for, if they are fixed.
    pub(crate) fn attributes(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Sft | Self::HelpSteer => None,
            Self::HelpSteer2Preference | Self::HelpSteer3 => Some(&COMPARISON_ATTRIBUTES),
            Self::Oasst => Some(&OASST_ATTRIBUTES),
        }
    }

    /// The default vector where trainers mask no score: the attributes for which most of its records have all scores.
    pub(crate) fn default_attributes(self) -> &'static [&'static str] {
        match self {
            Self::Sft => &ATTRIBUTES,
            Self::HelpSteer => &HELPSTEER_ATTRIBUTES,
            Self::HelpSteer2Preference | Self::HelpSteer3 => &COMPARISON_ATTRIBUTES,
            Self::Oasst => &OASST_ATTRIBUTES,
        }
    }
}

/// A split of HelpSteer2-Preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Records whose `split` is `train`.
    Train,
    /// All other records.
    Val,
}

impl Split {
    /// Every split.
    pub const ALL: [Self; 2] = [Self::Train, Self::Val];

    /// The name, as `--split` takes it: `train`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Val => "val",
        }
    }
}

impl_names!(Split, "split");

/// A schema that was detected, and the record that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DetectedSchema {
    /// The schema.
    pub schema: Schema,
    /// The line of the record that decided, counted from 1.
    pub line: u64,
}

/// The original's attributes, in the order of its vector.
///
/// NeMo-Aligner's Bradley-Terry losses score by position: 0 is `quality`, 4 is `helpfulness`.
pub const ATTRIBUTES: [&str; 9] = [
    "quality",
    "toxicity",
    "humor",
    "creativity",
    "helpfulness",
    "correctness",
    "coherence",
    "complexity",
    "verbosity",
];

/// The attributes of HelpSteer and HelpSteer2 records, in the order of the original's vector.
pub(crate) const HELPSTEER_ATTRIBUTES: [&str; 5] =
    ["helpfulness", "correctness", "coherence", "complexity", "verbosity"];

/// The attribute of HelpSteer2-Preference and HelpSteer3 records.
pub(crate) const COMPARISON_ATTRIBUTES: [&str; 1] = ["quality"];

/// The used labels of an OpenAssistant message, in the order of the vector.
pub(crate) const OASST_ATTRIBUTES: [&str; 4] = ["quality", "toxicity", "humor", "creativity"];
