//! Published records: HelpSteer, HelpSteer2-Preference, HelpSteer3 and OpenAssistant.
//!
//! The files in `data/published` are made up, and their expected rows were made with the original's own functions
//! (`scripts/published.py`). `STEER2REG_SAMPLES` may name a folder with samples of the published files, each with
//! what the original makes of it, to be compared as well.

mod refusals;
mod samples;
mod shapes;
mod with_oracle;

use steer2reg::{Converter, Parser, Schema, Split};

/// A schema with its options.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Case {
    HelpSteer(Option<&'static str>),
    Preference(Option<Split>),
    HelpSteer3,
    Oasst,
}

impl Case {
    pub(crate) const ALL: [Self; 7] = [
        Self::HelpSteer(None),
        Self::HelpSteer(Some("helpfulness")),
        Self::Preference(None),
        Self::Preference(Some(Split::Train)),
        Self::Preference(Some(Split::Val)),
        Self::HelpSteer3,
        Self::Oasst,
    ];

    pub(crate) fn schema(self) -> Schema {
        match self {
            Self::HelpSteer(_) => Schema::HelpSteer,
            Self::Preference(_) => Schema::HelpSteer2Preference,
            Self::HelpSteer3 => Schema::HelpSteer3,
            Self::Oasst => Schema::Oasst,
        }
    }

    pub(crate) fn only_attribute(self) -> Option<String> {
        if let Self::HelpSteer(only) = self { only.map(str::to_owned) } else { None }
    }

    pub(crate) fn split(self) -> Option<Split> {
        if let Self::Preference(split) = self { split } else { None }
    }

    pub(crate) fn converter(self, parser: Parser) -> Converter {
        let builder = Converter::builder().parser(parser).schema(self.schema());
        let builder = match self {
            Self::HelpSteer(Some(only)) => builder.only_attribute(only),
            Self::Preference(Some(split)) => builder.split(split),
            Self::HelpSteer(None) | Self::Preference(None) | Self::HelpSteer3 | Self::Oasst => builder,
        };
        builder.build().expect("the settings go together")
    }

    /// What the oracle makes of a record.
    pub(crate) fn rows(self, line: &[u8]) -> Result<String, &'static str> {
        let split = |split| if split == Split::Train { "train" } else { "val" };
        match self {
            Self::HelpSteer(only) => oracle::published::helpsteer(line, only),
            Self::Preference(wanted) => oracle::published::preference(line, wanted.map(split)),
            Self::HelpSteer3 => oracle::published::helpsteer3(line),
            Self::Oasst => oracle::published::oasst(line),
        }
    }
}

/// Converts a record with both parsers: the rows, or the rejection, which must be the same.
pub(crate) fn convert(case: Case, line: &[u8]) -> Result<String, steer2reg::Rejection> {
    let [auto, simd_json] = [Parser::Auto, Parser::SimdJson].map(|parser| {
        let mut out = Vec::new();
        let count = case.converter(parser).convert(line, &mut out)?;
        let rows = String::from_utf8(out).unwrap();
        assert_eq!(count, rows.lines().count() as u64);
        Ok::<_, steer2reg::Rejection>(rows)
    });
    assert_eq!(auto, simd_json);
    simd_json
}
