//! Pairs and weighted scores, against the oracle: comparisons, and groups of neighbouring records with the same prompt,
//! however the inputs are read, cut, packed and shared.

mod asked;
mod corpus;
mod counts;
mod giant;
mod inputs;
mod limits;
mod misuse;
mod records;
mod rejects;
mod repeat;
mod report;
mod shards;
mod ways;
