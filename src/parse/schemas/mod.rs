//! Records as they were published, read as conversations: what NeMo-Aligner's `preprocess_*.py` make of them.
//!
//! One file a schema. Each takes a record on simd-json's tape, and gives its turns and the texts of its labels, which
//! are read where those of SFT records are. HelpSteer's records are mostly read by the pass-through scanner.

pub(crate) mod detect;
mod fields;
pub(crate) mod foreign;
pub(crate) mod helpsteer;
pub(crate) mod oasst;
pub(crate) mod preference;
pub(crate) mod sft;
pub(crate) mod shape;

use simd_json::Node;

use self::{
    detect::{schema_of, unknown},
    shape::Shape,
};
use super::{options::Reading, second_look::Numbers};
use crate::{
    conversation::{Heading, System, Turn, USER},
    format::attributes::Attributes,
    rejection::{Rejection, RejectionKind},
};

/// Reads a record: appends its turns to `turns` and returns what else it says. `None` if it is of the other split.
/// `mask` is that of SFT records without one.
pub(crate) fn read<'l>(
    reading: Reading,
    attributes: &Attributes,
    mask: Option<&'l [u8]>,
    tape: &[Node<'l>],
    numbers: &Numbers<'_>,
    turns: &mut Vec<Turn<'l>>,
    shape: &mut Shape,
) -> Result<Option<Heading<'l>>, Rejection> {
    read_as(reading, attributes, mask, tape, numbers, turns, shape).map_err(|rejection| {
        // What a record of no schema is says more than what it lacks.
        let is_foreign = rejection.kind() == RejectionKind::InvalidRecord && schema_of(tape).is_none();
        if is_foreign { foreign::reason(tape).map_or(rejection, Rejection::record) } else { rejection }
    })
}

fn read_as<'l>(
    reading: Reading,
    attributes: &Attributes,
    mask: Option<&'l [u8]>,
    tape: &[Node<'l>],
    numbers: &Numbers<'_>,
    turns: &mut Vec<Turn<'l>>,
    shape: &mut Shape,
) -> Result<Option<Heading<'l>>, Rejection> {
    let is_wanted = match reading {
        Reading::Unknown => return Err(unknown(tape)),
        Reading::Sft => return sft::read(tape, numbers, mask, turns).map(Some),
        Reading::HelpSteer(wanted) => {
            helpsteer::read(tape, numbers, attributes, wanted, turns, &mut shape.labels).map(|()| true)?
        }
        Reading::Preference(split) => preference::read(tape, numbers, attributes, split, turns, shape)?,
        Reading::Oasst => oasst::read(tape, numbers, attributes, turns, shape).map(|()| true)?,
    };
    Ok(is_wanted.then_some(Heading { mask: USER, system: System::Missing }))
}
