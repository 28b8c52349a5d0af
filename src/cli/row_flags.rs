//! The flags that describe the rows: what they look like, and which there are.

use std::{num::NonZeroU64, ops::RangeInclusive, path::PathBuf};

use clap::{Args, Error};

use super::{
    help::{self, CHECKS, ROWS},
    misuse::{conflict, invalid},
    values::{self, NamedTemplate},
};
use crate::{
    Attributes, AttributesError, Checks, FormatError, Layout, Role, RowFilter, RowFormat, SystemPrompt, Weights,
};

#[derive(Debug, Args)]
pub(super) struct RowFlags {
    /// The vector of scores: these attributes, in this order
    ///
    /// The attributes in the order of the vector, 1000 at most [default: NeMo-Aligner's nine; with "--to messages" those of
    /// the records' schema]. OUT=IN gives the attribute IN of the labels the name OUT in the rows. NeMo-Aligner's
    /// Bradley-Terry losses read positions 0 and 4, so a custom order is for other trainers.
    /// For example: --attributes helpfulness,correctness
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = values::attribute(), hide_possible_values = true, help_heading = ROWS)]
    attributes: Vec<String>,

    /// nemo, messages, columns, trl-pairs, and others: see --help
    #[arg(long, long_help = help::layouts(), value_name = "LAYOUT", default_value = "nemo", hide_default_value = true, value_parser = values::layout(), hide_possible_values = true, help_heading = ROWS)]
    to: Layout,

    /// One score instead of the vector: the weighted sum of these
    ///
    /// The sum of weight times score is the score of a response. Records without one of these attributes are rejected. With
    /// pairs, the best response of adjacent records with the same prompt is chosen, and the worst one rejected.
    /// For example: --weights helpfulness=0.65,correctness=0.8,verbosity=-0.4
    #[arg(long, value_name = "NAME=WEIGHT,…", value_delimiter = ',', value_parser = values::weight, allow_hyphen_values = true, help_heading = ROWS)]
    weights: Vec<(String, f64)>,

    /// Leave out pairs whose margin is less than X
    ///
    /// The margin is how much better the chosen response is than the rejected one. For example: --min-margin 1
    #[arg(long, value_name = "X", value_parser = values::margin, allow_hyphen_values = true, help_heading = ROWS)]
    min_margin: Option<f64>,

    /// nemo, llama3, chatml, or a TOML file
    ///
    /// The text around the turns: NeMo-Aligner's (the default), Llama 3's or ChatML's, or that of a TOML file. Not with
    /// messages, which have no such text. For example: --template llama3, or --template ./my.toml
    #[arg(long, value_name = "TEMPLATE", value_parser = values::template(), hide_possible_values = true, help_heading = ROWS)]
    template: Option<NamedTemplate>,

    /// default, none, record, or text:TEXT
    ///
    /// The system prompt: that of NeMo-Aligner's script (default), none, the "system" of each record (record), or a custom
    /// text. Without the flag it is that of the script, and in pairs none.
    /// For example: --system "text:You are a helpful assistant."
    #[arg(long, value_name = "PROMPT", value_parser = values::system(), hide_possible_values = true, help_heading = ROWS)]
    system: Option<SystemPrompt>,

    /// Speakers that are assistant, user, system or tool
    ///
    /// The role of a speaker who is neither the user (the mask) nor the assistant, such as a tool: assistant, user, system
    /// or tool. Without it such turns are rejected; texts by the template "nemo" give them to the assistant, as
    /// NeMo-Aligner's script does. For example: --role observation=tool,human=user
    #[arg(long, value_name = "NAME=ROLE,…", value_delimiter = ',', value_parser = values::role, help_heading = ROWS)]
    role: Vec<(String, Role)>,

    /// Words that stand for scores, such as yes=1,no=0
    ///
    /// Scores of labels that are such a word have its number. For example: --value-map yes=1,no=0
    #[arg(long, value_name = "WORD=SCORE,…", value_delimiter = ',', value_parser = values::word, help_heading = ROWS)]
    value_map: Vec<(String, f64)>,

    /// The score of an attribute that a label does not name
    ///
    /// [default: -100, which NeMo-Aligner masks; with "--to messages" none: labels that do not name all attributes are
    /// rejected]. Not with columns, where a missing score is null. For example: --missing-value -1
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true, value_parser = values::missing, help_heading = ROWS)]
    missing_value: Option<f64>,

    /// Read labels without white space around names and scores
    ///
    /// Such as the space behind a comma. NeMo-Aligner's script takes it for a part of the name.
    /// For example: --trim-labels --strict
    #[arg(long, help_heading = ROWS)]
    trim_labels: bool,

    /// Split turns that HelpSteer2 embeds in prompts
    ///
    /// Split a prompt at its lines "<extra_id_1>User" and "<extra_id_1>Assistant" into turns [default: only where the rows are not NeMo-Aligner's texts, in which both are the same].
    /// For example: --split-embedded-turns=false
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = clap::value_parser!(bool), hide_possible_values = true, help_heading = ROWS)]
    split_embedded_turns: Option<bool>,

    /// Only the row of a conversation's last labelled turn
    ///
    /// One row for a conversation instead of one for each labelled turn. For example: --last-labelled-only --max-chars 16000
    #[arg(long, help_heading = ROWS)]
    last_labelled_only: bool,

    /// Leave out rows whose text is longer than N characters
    ///
    /// Rows whose text, or whose messages together, have more than N characters are left out and counted. Both rows of a pair
    /// of HelpSteer2-Preference are left out if one is too long. For example: --max-chars 16000
    #[arg(long, value_name = "N", value_parser = values::characters, allow_hyphen_values = true, help_heading = ROWS)]
    max_chars: Option<u64>,

    /// Write all rows N times, one epoch after the other
    ///
    /// As NVIDIA's recipe for HelpSteer2 does with "cat". N is 1 to 1000. The inputs must be files, which are read N times.
    /// Not with --check or --shard. For example: --repeat 2
    #[arg(long, value_name = "N", default_value = "1", hide_default_value = true, value_parser = values::repeat, allow_hyphen_values = true, conflicts_with_all = ["check", "shard"], help_heading = ROWS)]
    pub(super) repeat: NonZeroU64,

    /// Write each row N times in place, before the next row
    ///
    /// As NVIDIA's recipe for OpenAssistant does with "awk" (on records). N is 1 to 1000. The inputs are read once, so they
    /// may be pipes. With --repeat, the whole of that is repeated. It separates rows that are pairs. For example:
    /// --repeat-each 4
    #[arg(long, value_name = "N", default_value = "1", hide_default_value = true, value_parser = values::repeat, allow_hyphen_values = true, help_heading = ROWS)]
    pub(super) repeat_each: NonZeroU64,

    /// Reject records with odd labels or speakers instead of warning
    ///
    /// Reject records with a label that names an unknown attribute, gives no score at all or has a score outside "--range",
    /// and records in which no turn is the mask's or a speaker is neither the user nor the assistant; fail if one of
    /// "--attributes" has no score in any row. Without it there are warnings. For example: --strict --range 0..4
    #[arg(long, help_heading = CHECKS)]
    strict: bool,

    /// Count scores outside LOW to HIGH (reject them with --strict)
    ///
    /// The scores that are expected, both bounds included. Without it, every score is.
    /// For example: --range 0..4
    #[arg(long, value_name = "LOW..HIGH", value_parser = values::range, allow_hyphen_values = true, help_heading = CHECKS)]
    range: Option<RangeInclusive<f64>>,
}

impl RowFlags {
    /// The format of the rows.
    pub(super) fn format(&self) -> Result<RowFormat, Error> {
        let layout = self.to;
        if layout.has_messages() && self.template.is_some() {
            return Err(conflict(
                "'--template' is for rows with a text, and messages have none: leave it out, or use '--to nemo' or \
                 '--to columns'",
            ));
        }
        if layout.has_columns() && self.missing_value.is_some() {
            return Err(conflict("'--missing-value' is for a list of scores: in columns, a missing score is null"));
        }
        let weights = (!self.weights.is_empty()).then(|| Weights::new(self.weights.clone()));
        let weights = weights.transpose().map_err(|reason| invalid(format!("'--weights': {reason}")))?;
        let attributes = self
            .vector()
            .map_err(|reason| invalid(format!("'--attributes': {reason}")))?
            .with_words(self.value_map.clone())
            .map_err(|reason| invalid(format!("'--value-map': {reason}")))?;
        let format = RowFormat {
            attributes,
            weights,
            roles: self.role.clone(),
            system: self.system.clone(),
            template: self.template.as_ref().map(|named| named.template.clone()).unwrap_or_default(),
            layout,
            split_embedded_turns: self.split_embedded_turns,
            checks: Checks { strict: self.strict, range: self.range.clone() },
            filter: RowFilter {
                max_chars: self.max_chars,
                min_margin: self.min_margin,
                last_labelled_only: self.last_labelled_only,
            },
        };
        format.check().map_err(|error| match error {
            FormatError::TakenColumn { .. } => conflict(format!("'--to' and '--attributes': {error}")),
            FormatError::AttributesBesideWeights => {
                conflict(format!("'--weights' with '--attributes' or '--missing-value': {error}"))
            }
            FormatError::AttributesOfPairs { .. } => {
                conflict(format!("'--to {layout}' with '--attributes' or '--missing-value': {error}"))
            }
            FormatError::LastTurnOfPairs { .. } => conflict(format!("'--last-labelled-only': {error}")),
            FormatError::MarginWithoutPairs { .. } => {
                conflict(format!("'--min-margin': {error}; it is for pairs, for example with '--to trl-pairs'"))
            }
            _ => invalid(format!("'--role': {error}")),
        })?;
        Ok(format)
    }

    /// The vector of scores.
    fn vector(&self) -> Result<Attributes, String> {
        let mut attributes = if self.attributes.is_empty() {
            Attributes::default()
        } else {
            let split = |spelled| str::split_once(spelled, '=').unwrap_or((spelled, spelled));
            let (names, keys): (Vec<_>, Vec<_>) = self.attributes.iter().map(|spelled| split(spelled)).unzip();
            if names.iter().chain(&keys).any(|name| name.is_empty()) {
                return Err("a name is empty: they stand behind commas, for example helpfulness,correctness".to_owned());
            }
            if let Some(name) = names.iter().chain(&keys).find(|name| name.trim() != **name) {
                return Err(format!("{name:?} begins or ends with white space"));
            }
            with_names(keys, names).map_err(|error| error.to_string())?
        };
        if let Some(missing) = self.missing_value {
            attributes = attributes.with_missing(missing).map_err(|error| error.to_string())?;
        }
        if self.trim_labels {
            attributes = attributes.with_trimmed_labels().map_err(|error| error.to_string())?;
        }
        Ok(attributes)
    }

    /// The file of the template, if it has one.
    pub(super) fn template_file(&self) -> Option<PathBuf> {
        self.template.as_ref().and_then(|named| named.file.clone())
    }
}

fn with_names(keys: Vec<&str>, names: Vec<&str>) -> Result<Attributes, AttributesError> {
    Attributes::new(keys)?.with_row_names(names)
}
