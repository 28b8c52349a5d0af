//! The format of rows: what the original has in its code, as data that callers change.

pub(crate) mod attributes;
pub(crate) mod label;
pub(crate) mod layout;
pub(crate) mod role;
pub(crate) mod template;
pub(crate) mod weights;

use std::ops::RangeInclusive;

use self::{attributes::Attributes, layout::Layout, role::Role, template::Template, weights::Weights};
use crate::{
    conversation::ASSISTANT,
    schema::{COMPARISON_ATTRIBUTES, Schema},
    spelling::printable::quoted,
};

/// What rows look like, and which turns give rows. The default is the original's format.
///
/// ```
/// use steer2reg::{Attributes, Converter, Layout, RowFormat, SystemPrompt};
///
/// let format = RowFormat {
///     attributes: Attributes::new(["helpfulness", "correctness"])?.with_missing(-100.0)?.with_words([("yes", 1.0)])?,
///     system: Some(SystemPrompt::None),
///     layout: Layout::Messages,
///     ..RowFormat::default()
/// };
/// let mut converter = Converter::builder().format(format).build()?;
/// let record = br#"{"conversations": [{"from": "Bot", "value": "Hi", "label": "correctness:yes"}], "mask": "User"}"#;
/// let mut out = Vec::new();
/// converter.convert(record, &mut out)?;
/// assert_eq!(out, br#"{"messages": [{"role": "assistant", "content": "Hi"}], "label": [-100.0, 1.0]}
/// "#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowFormat {
    /// The vector of scores.
    pub attributes: Attributes,
    /// The weights by which the scores of a label become one score, in the place of the vector. A label that lacks one of
    /// their attributes is rejected. Pairs of HelpSteer records are chosen by this score.
    pub weights: Option<Weights>,
    /// The system prompt. `None` is the default of the layout: that of the original, or in pairs no prompt.
    pub system: Option<SystemPrompt>,
    /// The text around turns, for layouts whose content is a text.
    pub template: Template,
    /// What a row is as JSON.
    pub layout: Layout,
    /// Roles of speakers by name, for speakers that are neither the user (the mask) nor named `Assistant`. Names match in
    /// upper and lower case. A turn of the mask is always the user's.
    pub roles: Vec<(String, Role)>,
    /// Splits a user's turn at the markers `<extra_id_1>User` and `<extra_id_1>Assistant` into turns. `None` splits unless
    /// rows are texts by the template of NeMo-Aligner, where both spellings are the same text.
    pub split_embedded_turns: Option<bool>,
    /// What is checked of records and their labels.
    pub checks: Checks,
    /// Which of the labelled turns give rows.
    pub filter: RowFilter,
}

/// The error of a [`RowFormat`] whose parts contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// An attribute has the name of the column that holds the content.
    #[error("there is a column {:?} already, so no attribute can have that name", layout.content_key())]
    TakenColumn {
        /// The layout, whose [`content_key`](Layout::content_key) is the name.
        layout: Layout,
    },
    /// There are attributes, or a missing score, besides weights.
    #[error("the weights name the attributes, and no score may be missing: attributes cannot be chosen as well")]
    AttributesBesideWeights,
    /// There are attributes, or a missing score, and rows are pairs.
    #[error("a row of {layout} has no scores of attributes: what is compared is a strength, or a weighted score")]
    AttributesOfPairs {
        /// The layout.
        layout: Layout,
    },
    /// Only the last labelled turns are kept, and rows are pairs.
    #[error(
        "a row of {layout} is a pair of responses, each the last turn of its conversation, so there are no others to leave out"
    )]
    LastTurnOfPairs {
        /// The layout.
        layout: Layout,
    },
    /// There is a least margin, and rows are no pairs.
    #[error("a row of {layout} is no pair, so it has no margin")]
    MarginWithoutPairs {
        /// The layout.
        layout: Layout,
    },
    /// The least margin is negative or not finite.
    #[error("the least margin must be a finite number, and not negative")]
    InvalidMargin,
    /// Two roles are of the same speaker.
    #[error("the speaker {} is there twice", quoted(speaker))]
    RepeatedSpeaker {
        /// The name.
        speaker: String,
    },
    /// The assistant has another role.
    #[error("{} is the assistant, and cannot be {role}", quoted(speaker))]
    RoleOfAssistant {
        /// The name.
        speaker: String,
        /// The role.
        role: Role,
    },
    /// Texts by the template of NeMo-Aligner have no turns with this role.
    #[error(
        "{} cannot be {role}: texts by the template of NeMo-Aligner have only the user and the assistant",
        quoted(speaker)
    )]
    RoleInNemo {
        /// The name.
        speaker: String,
        /// The role.
        role: Role,
    },
    /// The template has no text for the turns of a tool.
    #[error("{} cannot be {}: the template has no [tool]", quoted(speaker), Role::Tool)]
    NoTool {
        /// The name.
        speaker: String,
    },
}

/// The error of records that rows of a [`Layout`] cannot be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PairsError {
    /// Both responses of a record would have the same label.
    OneLabel,
    /// The records have no pairs.
    NoPairs,
    /// The records have scores, and pairs need the weights of these.
    NeedsWeights,
    /// The records have a strength of preference, and no scores for weights.
    NoScores,
    /// Pairs are of neighbouring records, and a [`Converter`](crate::Converter) sees one record at a time.
    NeedsNeighbours,
}

impl RowFormat {
    /// Checks that rows can be made of records of a schema.
    ///
    /// # Errors
    ///
    /// A [`PairsError`] if the layout cannot express comparisons, or if the records give no pairs as the layout needs them.
    pub fn check_schema(&self, schema: Schema) -> Result<(), PairsError> {
        let (is_pairs, has_weights) = (self.layout.is_pairs(), self.weights.is_some());
        match schema {
            _ if schema.is_comparison() && !self.layout.takes_comparisons() => Err(PairsError::OneLabel),
            _ if schema.is_comparison() && is_pairs && has_weights => Err(PairsError::NoScores),
            Schema::Sft | Schema::Oasst if is_pairs => Err(PairsError::NoPairs),
            Schema::HelpSteer if is_pairs && !has_weights => Err(PairsError::NeedsWeights),
            _ => Ok(()),
        }
    }

    /// Checks that the parts do not contradict each other.
    ///
    /// # Errors
    ///
    /// The first problem found, columns before roles.
    pub fn check(&self) -> Result<(), FormatError> {
        let layout = self.layout;
        if layout.has_columns() && self.attributes.names().iter().any(|name| name == layout.content_key()) {
            return Err(FormatError::TakenColumn { layout });
        }
        let has_attributes = self.attributes.is_custom() || self.attributes.has_custom_missing();
        if has_attributes && self.weights.is_some() {
            return Err(FormatError::AttributesBesideWeights);
        }
        if has_attributes && layout.is_pairs() {
            return Err(FormatError::AttributesOfPairs { layout });
        }
        if self.filter.last_labelled_only && layout.is_pairs() {
            return Err(FormatError::LastTurnOfPairs { layout });
        }
        if self.filter.min_margin.is_some() && !layout.is_pairs() {
            return Err(FormatError::MarginWithoutPairs { layout });
        }
        if self.filter.min_margin.is_some_and(|margin| !(margin.is_finite() && margin >= 0.0)) {
            return Err(FormatError::InvalidMargin);
        }
        let has_tool = layout.has_messages() || self.template.tool.is_some();
        for (at, (name, role)) in self.roles.iter().enumerate() {
            let (speaker, role) = (name.clone(), *role);
            if self.roles[..at].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                return Err(FormatError::RepeatedSpeaker { speaker });
            }
            if name.as_bytes().eq_ignore_ascii_case(ASSISTANT) && role != Role::Assistant {
                return Err(FormatError::RoleOfAssistant { speaker, role });
            }
            let is_possible = match role {
                Role::User | Role::Assistant => true,
                Role::System => !self.has_nemo_text(),
                Role::Tool => has_tool,
            };
            if !is_possible {
                return Err(if self.has_nemo_text() {
                    FormatError::RoleInNemo { speaker, role }
                } else {
                    FormatError::NoTool { speaker }
                });
            }
        }
        Ok(())
    }

    /// The format for records of a schema. It differs only in [`Layout::Messages`], where trainers mask no score, and with
    /// default attributes: the vector then has those that records of this schema have scores for.
    ///
    /// ```
    /// use steer2reg::{Layout, RowFormat, Schema};
    ///
    /// let format = RowFormat { layout: Layout::Messages, ..RowFormat::default() }.for_schema(Schema::Oasst);
    /// assert_eq!(format.attributes.names(), ["quality", "toxicity", "humor", "creativity"]);
    /// ```
    #[must_use]
    pub fn for_schema(&self, schema: Schema) -> Self {
        if self.layout != Layout::Messages || self.weights.is_some() {
            return self.clone();
        }
        Self { attributes: self.attributes.for_schema(schema), ..self.clone() }
    }

    /// The attributes that labels are read for.
    pub(crate) fn read_attributes(&self) -> Attributes {
        match &self.weights {
            Some(weights) => self.attributes.with_keys(weights.names()),
            None if self.layout.is_pairs() => self.attributes.with_keys(&COMPARISON_ATTRIBUTES).without_missing(),
            None => self.attributes.clone(),
        }
    }

    /// True if a row has one number, a weighted score or a margin, and not a score for each attribute.
    pub(crate) fn has_single_number(&self) -> bool {
        self.weights.is_some() || self.layout.is_pairs()
    }

    /// The system prompt, if need be that of the layout.
    #[must_use]
    pub fn system_prompt(&self) -> &SystemPrompt {
        match &self.system {
            Some(prompt) => prompt,
            None if self.layout.is_pairs() => &SystemPrompt::None,
            None => &SystemPrompt::Default,
        }
    }

    /// True if rows are texts by the template of NeMo-Aligner.
    #[must_use]
    pub fn has_nemo_text(&self) -> bool {
        !self.layout.has_messages() && self.template == Template::default()
    }

    /// True if embedded turns are split.
    #[must_use]
    pub fn splits_embedded_turns(&self) -> bool {
        self.split_embedded_turns.unwrap_or_else(|| !self.has_nemo_text())
    }
}

/// Where the system prompt comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SystemPrompt {
    /// The original's prompt, the same for all records.
    #[default]
    Default,
    /// No system prompt. By the template of NeMo-Aligner its turn is then empty.
    None,
    /// The `system` of each record. A record without it, or with one that is not a string, is rejected.
    Record,
    /// This text, the same for all records.
    Text(String),
}

/// What is checked of records and their labels. The default checks nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checks {
    /// Rejects records with a label that names an unknown attribute, has no score, or has a score outside `range`, and
    /// records in which no turn is the user's or a speaker has no known role; fails a run in which a custom attribute has no
    /// score in any row.
    pub strict: bool,
    /// The expected scores; others are counted. All scores are outside an empty range.
    pub range: Option<RangeInclusive<f64>>,
}

/// Which of the labelled turns give rows. The default is all of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowFilter {
    /// Leaves out rows whose text has more characters; without a text, rows whose turns have more in all. A pair is left out
    /// if the turns up to one of its responses have more.
    pub max_chars: Option<u64>,
    /// Leaves out pairs whose margin is less. Other rows have no margin.
    pub min_margin: Option<f64>,
    /// Keeps one row of each conversation: that of its last labelled turn.
    pub last_labelled_only: bool,
}
