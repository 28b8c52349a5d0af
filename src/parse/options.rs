//! Options of reading: the schema of the records, and what belongs to it.

use super::comparison_keys::{ComparisonKeys, HELPSTEER2_PREFERENCE, HELPSTEER3};
use crate::{
    conversation::{Label, Turn},
    format::attributes::Attributes,
    schema::{Schema, Split},
    setting::Setting,
};

/// The schema of the records with its options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadOptions {
    /// No known schema: each record is rejected, with a reason that depends on the record alone.
    Unknown,
    Sft,
    HelpSteer(OnlyAttribute),
    Comparison(&'static ComparisonKeys, Option<Split>),
    Oasst,
}

/// Everything that decides how the lines of a chunk are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadContext<'a> {
    pub(crate) options: ReadOptions,
    /// The schema was detected, not named: a record of no schema is rejected as such.
    pub(crate) is_detected: bool,
    /// The attributes of the rows.
    pub(crate) attributes: &'a Attributes,
    /// A HelpSteer record must have scores.
    pub(crate) needs_scores: bool,
    /// The rows can express pairs of responses with one label.
    pub(crate) takes_comparisons: bool,
}

impl ReadContext<'_> {
    /// True if a record with these turns lacks its scores. The scanner leaves it to the authority, which rejects it.
    #[inline]
    pub(crate) fn lacks_scores(&self, turns: &[Turn<'_>]) -> bool {
        self.needs_scores
            && matches!(self.options, ReadOptions::HelpSteer(_))
            && turns.last().is_none_or(|turn| turn.label == Label::None)
    }
}

/// The index of the only attribute whose scores are read; `None` reads those of all.
pub(crate) type OnlyAttribute = Option<usize>;

/// A setting that is for other schemas.
#[derive(Debug)]
pub(crate) struct WrongSchema {
    pub(crate) setting: Setting,
    pub(crate) needed: &'static [Schema],
}

impl ReadOptions {
    pub(crate) fn new(
        schema: Schema,
        only_attribute: OnlyAttribute,
        split: Option<Split>,
        own_system: bool,
        mask: bool,
    ) -> Result<Self, WrongSchema> {
        let settings = [
            (Setting::System, own_system),
            (Setting::Mask, mask),
            (Setting::OnlyAttribute, only_attribute.is_some()),
            (Setting::Split, split.is_some()),
        ];
        for (setting, _) in settings.into_iter().filter(|&(_, is_given)| is_given) {
            if let Some(needed) = setting.only_schemas().filter(|needed| !needed.contains(&schema)) {
                return Err(WrongSchema { setting, needed });
            }
        }
        Ok(match schema {
            Schema::Sft => Self::Sft,
            Schema::HelpSteer => Self::HelpSteer(only_attribute),
            Schema::HelpSteer2Preference => Self::Comparison(&HELPSTEER2_PREFERENCE, split),
            Schema::HelpSteer3 => Self::Comparison(&HELPSTEER3, None),
            Schema::Oasst => Self::Oasst,
        })
    }
}
