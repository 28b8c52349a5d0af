//! Records as they were published, read as conversations: what NeMo-Aligner's `preprocess_*.py` make of them.
//!
//! One file a schema. Each takes a record on simd-json's tape, and gives its turns and the texts of its labels, which
//! are read where those of SFT records are. HelpSteer's records are mostly read by the pass-through scanner.

pub(crate) mod annotations;
pub(crate) mod detect;
mod fields;
pub(crate) mod helpsteer;
pub(crate) mod oasst;
pub(crate) mod other_data_sets;
pub(crate) mod preference;
pub(crate) mod sft;

use simd_json::Node;

use self::{
    annotations::Annotations,
    detect::{schema_of, unknown},
};
use super::{options::ReadOptions, second_look::TapeContext};
use crate::{
    conversation::{RecordHeader, System, Turn, USER},
    format::attributes::Attributes,
    rejection::{Rejection, RejectionKind},
};

/// Reads a record: appends its turns to `turns` and returns what else it says. `None` if it is of the other split.
/// `mask` is that of SFT records without one.
pub(crate) fn read<'l>(
    reading: ReadOptions,
    attributes: &Attributes,
    mask: Option<&'l [u8]>,
    tape: &[Node<'l>],
    numbers: &TapeContext<'_>,
    turns: &mut Vec<Turn<'l>>,
    annotations: &mut Annotations,
) -> Result<Option<RecordHeader<'l>>, Rejection> {
    read_as(reading, attributes, mask, tape, numbers, turns, annotations).map_err(|rejection| {
        // What a record of no schema is says more than what it lacks.
        let is_foreign = rejection.kind() == RejectionKind::InvalidRecord && schema_of(tape).is_none();
        if is_foreign { other_data_sets::reason(tape).map_or(rejection, Rejection::record) } else { rejection }
    })
}

fn read_as<'l>(
    reading: ReadOptions,
    attributes: &Attributes,
    mask: Option<&'l [u8]>,
    tape: &[Node<'l>],
    numbers: &TapeContext<'_>,
    turns: &mut Vec<Turn<'l>>,
    annotations: &mut Annotations,
) -> Result<Option<RecordHeader<'l>>, Rejection> {
    let is_wanted = match reading {
        ReadOptions::Unknown => return Err(unknown(tape)),
        ReadOptions::Sft => return sft::read(tape, numbers, mask, turns).map(Some),
        ReadOptions::HelpSteer(wanted) => {
            helpsteer::read(tape, numbers, attributes, wanted, turns, &mut annotations.labels).map(|()| true)?
        }
        ReadOptions::Preference(split) => preference::read(tape, numbers, attributes, split, turns, annotations)?,
        ReadOptions::Oasst => oasst::read(tape, numbers, attributes, turns, annotations).map(|()| true)?,
    };
    Ok(is_wanted.then_some(RecordHeader { mask: USER, system: System::Missing }))
}
