//! The schemas of records, one file each: from a record on simd-json's tape to its turns and the texts of its labels.
//!
//! Published records become the conversations that NeMo-Aligner's `preprocess_*.py` make of them. Their labels are parsed
//! where those of SFT records are. The pass-through scanner reads most records but trees before they come here.

pub(crate) mod annotations;
mod comparison;
pub(crate) mod detect;
mod fields;
pub(crate) mod helpsteer;
pub(crate) mod oasst;
pub(crate) mod other_data_sets;
pub(crate) mod sft;

use simd_json::Node;

use self::{
    annotations::Annotations,
    detect::{schema_of, unknown},
};
use super::{
    options::{ReadContext, ReadOptions},
    tape_context::TapeContext,
};
use crate::{
    conversation::{RecordHeader, System, Turn, USER},
    rejection::{Rejection, RejectionKind},
};

/// Reads records of the schema that a context names.
pub(super) struct SchemaReader<'c, 'l> {
    pub(super) context: &'c ReadContext<'c>,
    /// The mask of SFT records without one, decoded.
    pub(super) default_mask: Option<&'l [u8]>,
}

impl<'l> SchemaReader<'_, 'l> {
    /// Reads the record on a tape: appends its turns to `turns`, adds their labels and their order to `annotations`, and
    /// returns the rest of the record. `None` if it is of the split that is not wanted.
    pub(super) fn read(
        &self,
        tape: &[Node<'l>],
        tape_context: &TapeContext<'_>,
        turns: &mut Vec<Turn<'l>>,
        annotations: &mut Annotations,
    ) -> Result<Option<RecordHeader<'l>>, Rejection> {
        let ReadContext { options, is_detected, takes_comparisons, .. } = *self.context;
        if matches!(options, ReadOptions::Comparison(..)) && !takes_comparisons {
            return Err(comparison::reject_comparison());
        }
        self.read_as(options, tape, tape_context, turns, annotations).map_err(|rejection| {
            let is_of_no_schema = rejection.kind() == RejectionKind::InvalidRecord && schema_of(tape).is_none();
            if !is_of_no_schema {
                rejection
            } else if is_detected {
                // The same reason before the record that decides and behind it.
                unknown(tape)
            } else {
                // The name of another data set explains more than the member that it lacks.
                other_data_sets::reason(tape).map_or(rejection, Rejection::record)
            }
        })
    }

    fn read_as(
        &self,
        options: ReadOptions,
        tape: &[Node<'l>],
        tape_context: &TapeContext<'_>,
        turns: &mut Vec<Turn<'l>>,
        annotations: &mut Annotations,
    ) -> Result<Option<RecordHeader<'l>>, Rejection> {
        let attributes = self.context.attributes;
        let labels = &mut annotations.labels;
        match options {
            ReadOptions::Unknown => return Err(unknown(tape)),
            ReadOptions::Sft => return sft::read(tape, tape_context, self.default_mask, turns).map(Some),
            ReadOptions::Comparison(keys, split) => {
                return comparison::read(tape, tape_context, attributes, keys, split, turns, labels);
            }
            ReadOptions::HelpSteer(only_attribute) => {
                helpsteer::read(tape, tape_context, self.context, only_attribute, turns, labels)?;
            }
            ReadOptions::Oasst => oasst::read(tape, tape_context, attributes, turns, annotations)?,
        }
        Ok(Some(RecordHeader { mask: USER, system: System::Missing }))
    }
}
