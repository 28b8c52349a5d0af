//! How the records of an input are to be read.

use crate::{
    format::attributes::Attributes,
    schema::{Schema, Split},
};

/// How records are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadOptions {
    /// As records of no known schema: each is rejected, with a reason that depends on the record alone.
    Unknown,
    Sft,
    HelpSteer(OnlyAttribute),
    Preference(Option<Split>),
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
    /// The rows can express pairs of responses with one label.
    pub(crate) allows_pairs: bool,
}

/// The attributes of a HelpSteer record that are wanted: all, or the one with this index.
pub(crate) type OnlyAttribute = Option<usize>;

/// An option that was given with another schema than the one it is for.
#[derive(Debug)]
pub(crate) struct WrongSchema {
    pub(crate) flag: &'static str,
    pub(crate) needed: Schema,
}

impl ReadOptions {
    pub(crate) fn new(
        schema: Schema,
        wanted: OnlyAttribute,
        split: Option<Split>,
        own_system: bool,
        mask: bool,
    ) -> Result<Self, WrongSchema> {
        let options = [
            ("--system record", Schema::Sft, own_system),
            ("--mask", Schema::Sft, mask),
            ("--only-attribute", Schema::HelpSteer, wanted.is_some()),
            ("--split", Schema::HelpSteer2Preference, split.is_some()),
        ];
        if let Some(&(flag, needed, _)) = options.iter().find(|&&(_, needed, is_given)| is_given && schema != needed) {
            return Err(WrongSchema { flag, needed });
        }
        Ok(match schema {
            Schema::Sft => Self::Sft,
            Schema::HelpSteer => Self::HelpSteer(wanted),
            Schema::HelpSteer2Preference => Self::Preference(split),
            Schema::Oasst => Self::Oasst,
        })
    }
}
