//! The result of a run, in numbers.

mod attribute_stats;
mod counts;
pub(crate) mod name_counts;
mod warnings;

use serde::{Serialize, Serializer};

pub use self::{
    attribute_stats::AttributeStats,
    counts::{Counts, RejectedCounts},
};
use crate::{
    error::FailedInput,
    format::attributes::Attributes,
    schema::{DetectedSchema, Schema},
};

/// The result of a run. As JSON (`--stats`) it has the names of the fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Counts of lines, records and rows.
    #[serde(flatten)]
    pub counts: Counts,
    /// The statistics of each attribute's scores, with its name, in the order of the vector. With weights there is only
    /// `score`, and in pairs only `margin`.
    #[serde(serialize_with = "by_name")]
    pub attributes: Vec<(String, AttributeStats)>,
    /// The attributes that were named in the configuration and have no score in any row, though there are rows.
    pub unscored_attributes: Vec<String>,
    /// The attributes, with their names in labels.
    #[serde(skip)]
    pub(crate) vector: Attributes,
    /// The numbers of a row: the attributes, or the only number.
    #[serde(skip)]
    pub(crate) numbers: Attributes,
    /// The number of times that the rows were written. All other counts are of one time, except `bytes_out`.
    pub repeat: u64,
    /// The number of times that each row was written in place. All other counts are of one time, except `bytes_out`.
    pub repeat_each: u64,
    /// Rows that are read in pairs do not stand in pairs, since each was written several times in place.
    #[serde(skip)]
    pub(crate) separates_pairs: bool,
    /// The schemas of the inputs, each once, in their order.
    pub schemas: Vec<Schema>,
    /// The inputs all of whose records were rejected.
    pub rejected_inputs: Vec<String>,
    /// The inputs that were left out because of an error ([`Config::keep_going`](crate::Config::keep_going)). Nothing else in the
    /// summary counts them.
    pub failed_inputs: Vec<FailedInput>,
    /// The inputs whose schema was detected, and what decided.
    #[serde(skip)]
    pub detected: Vec<(String, DetectedSchema)>,
    /// Bytes of input.
    pub bytes_in: u64,
    /// Bytes of output; with [`Output::Check`](crate::Output::Check) the bytes that would have been written.
    pub bytes_out: u64,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Worker threads.
    pub threads: usize,
}

fn by_name<S: Serializer>(attributes: &[(String, AttributeStats)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(attributes.iter().map(|(name, attribute)| (name, attribute)))
}
