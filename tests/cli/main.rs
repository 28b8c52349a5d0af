//! The command line, as a user meets it: every promise is provoked with the real binary.

mod figures;
mod flags;
mod foreign;
mod from;
mod help;
mod inputs;
mod interface;
mod keep_going;
mod log;
mod names;
mod odd;
mod output;
mod packed;
mod refusals;
mod repeat;
mod report;
mod report_sections;
mod rows;
mod same_file;
mod shards;
mod stats;
mod streams;
mod terminal;
mod training;
mod version;
