//! The command line, as a user meets it: every promise is provoked with the real binary.

mod testenv;

#[path = "cli/figures.rs"]
mod figures;
#[path = "cli/flags.rs"]
mod flags;
#[path = "cli/foreign.rs"]
mod foreign;
#[path = "cli/from.rs"]
mod from;
#[path = "cli/inputs.rs"]
mod inputs;
#[path = "cli/names.rs"]
mod names;
#[path = "cli/odd.rs"]
mod odd;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/packed.rs"]
mod packed;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/report.rs"]
mod report;
#[path = "cli/rows.rs"]
mod rows;
#[path = "cli/same_file.rs"]
mod same_file;
#[path = "cli/shards.rs"]
mod shards;
#[path = "cli/stats.rs"]
mod stats;
#[path = "cli/streams.rs"]
mod streams;
#[path = "cli/training.rs"]
mod training;
