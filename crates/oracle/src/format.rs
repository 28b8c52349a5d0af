//! Rows of any format. The whole text of each row is built from the beginning of the conversation.
//!
//! A [`Format`] is plain data, independent of steer2reg's types.

use std::collections::BTreeMap;

/// The look of rows, and the conditions for them.
#[allow(clippy::struct_excessive_bools)] // switches, each for itself
#[derive(Debug, Clone, PartialEq)]
pub struct Format {
    pub attributes: Vec<String>,
    pub missing: f64,
    /// False: `missing` is the default.
    pub missing_is_given: bool,
    pub trim_labels: bool,
    /// Roles (`user`, `assistant`, `system` or `tool`) by speakers' names in lower case.
    pub roles: Vec<(String, &'static str)>,
    pub words: Vec<(String, f64)>,
    pub prompt: Prompt,
    pub template: Template,
    /// Rows have messages, not a text.
    pub has_messages: bool,
    /// Rows have a column for each attribute, not a list.
    pub has_columns: bool,
    pub split_embedded_turns: Option<bool>,
    pub strict: bool,
    pub range: Option<(f64, f64)>,
    pub max_chars: Option<usize>,
    pub last_labelled_only: bool,
    /// One score, the sum of weight times score, instead of the scores of `attributes`.
    pub weights: Option<Vec<(String, f64)>>,
    /// Rows are pairs, whatever `has_messages` and `has_columns` say.
    pub pairs: Option<Pairs>,
    pub min_margin: Option<f64>,
}

/// The layouts of pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairs {
    Trl,
    NemoRl,
    Swift,
    LlamaFactory,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Prompt {
    /// NeMo-Aligner's, but none in pairs.
    OfLayout,
    Original,
    None,
    Record,
    Text(String),
}

/// The text before and the text after a turn.
pub type Around = (String, String);

#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub begin: String,
    pub system: Around,
    /// Instead of the system turn.
    pub none: String,
    pub user: Around,
    pub assistant: Around,
    pub tool: Option<Around>,
    pub end: String,
    pub trim: bool,
}

/// A schema of records with its options.
#[derive(Debug, Clone, PartialEq)]
pub enum Schema {
    Sft,
    HelpSteer(Option<String>),
    /// Only `train`, or only the others.
    Preference(Option<&'static str>),
    HelpSteer3,
    Oasst,
}

/// The result for one record or several.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Made {
    pub rows: String,
    pub row_count: u64,
    pub unlabelled: u64,
    pub other_split: u64,
    pub too_long: u64,
    pub unscored: u64,
    pub unknown_attributes: u64,
    pub out_of_range: u64,
    pub no_user_turn: u64,
    pub ties: u64,
    pub unpaired: u64,
    pub below_margin: u64,
    /// The number of uses of each unknown name.
    pub unknown_names: BTreeMap<String, u64>,
    /// The number of turns of each such speaker.
    pub other_speakers: BTreeMap<String, u64>,
    /// Of each row; `None` is a missing one. Of a pair its margin.
    pub scores: Vec<Vec<Option<f64>>>,
}

impl Template {
    pub fn nemo() -> Self {
        let around = |speaker: &str| (format!("{speaker}\n"), "\n".to_owned());
        Self {
            begin: String::new(),
            system: around("<extra_id_0>System"),
            none: "<extra_id_0>System\n\n".to_owned(),
            user: around("<extra_id_1>User"),
            assistant: around("<extra_id_1>Assistant"),
            tool: None,
            end: "<extra_id_2>".to_owned(),
            trim: false,
        }
    }
}

impl Format {
    pub fn original() -> Self {
        let attributes = "quality toxicity humor creativity helpfulness correctness coherence complexity verbosity";
        Self {
            attributes: attributes.split(' ').map(str::to_owned).collect(),
            missing: -100.0,
            missing_is_given: true,
            trim_labels: false,
            roles: Vec::new(),
            words: Vec::new(),
            prompt: Prompt::Original,
            template: Template::nemo(),
            has_messages: false,
            has_columns: false,
            split_embedded_turns: None,
            strict: false,
            range: None,
            max_chars: None,
            last_labelled_only: false,
            weights: None,
            pairs: None,
            min_margin: None,
        }
    }

    /// The names whose scores a label is read for.
    pub fn names(&self) -> Vec<&str> {
        match &self.weights {
            Some(weights) => weights.iter().map(|(name, _)| &**name).collect(),
            None if self.pairs.is_some() => vec!["quality"],
            None => self.attributes.iter().map(|name| &**name).collect(),
        }
    }
}

impl Made {
    /// Adds what comes behind.
    pub(crate) fn add(&mut self, other: Self) {
        self.rows += &other.rows;
        self.row_count += other.row_count;
        self.unlabelled += other.unlabelled;
        self.other_split += other.other_split;
        self.too_long += other.too_long;
        self.unscored += other.unscored;
        self.unknown_attributes += other.unknown_attributes;
        self.out_of_range += other.out_of_range;
        self.no_user_turn += other.no_user_turn;
        self.ties += other.ties;
        self.unpaired += other.unpaired;
        self.below_margin += other.below_margin;
        self.scores.extend(other.scores);
        for (name, count) in other.unknown_names {
            *self.unknown_names.entry(name).or_default() += count;
        }
        for (name, count) in other.other_speakers {
            *self.other_speakers.entry(name).or_default() += count;
        }
    }
}
