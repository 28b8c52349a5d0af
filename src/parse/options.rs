//! How the records of an input are to be read.

use crate::schema::{Form, Split};

/// How records are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As records of no known form: each is refused, with a reason that depends on the record alone.
    Unknown,
    Sft,
    HelpSteer(Wanted),
    Preference(Option<Split>),
    Oasst,
}

/// The attributes of a HelpSteer record that are wanted: all, or the one with this index.
pub(crate) type Wanted = Option<usize>;

/// An option that was given with another form than the one it is for.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) flag: &'static str,
    pub(crate) needed: Form,
}

impl Reading {
    pub(crate) fn new(
        form: Form,
        wanted: Wanted,
        split: Option<Split>,
        own_system: bool,
        mask: bool,
    ) -> Result<Self, Misfit> {
        let options = [
            ("--system record", Form::Sft, own_system),
            ("--mask", Form::Sft, mask),
            ("--only-attribute", Form::HelpSteer, wanted.is_some()),
            ("--split", Form::HelpSteer2Preference, split.is_some()),
        ];
        if let Some(&(flag, needed, _)) = options.iter().find(|&&(_, needed, is_given)| is_given && form != needed) {
            return Err(Misfit { flag, needed });
        }
        Ok(match form {
            Form::Sft => Self::Sft,
            Form::HelpSteer => Self::HelpSteer(wanted),
            Form::HelpSteer2Preference => Self::Preference(split),
            Form::Oasst => Self::Oasst,
        })
    }
}
