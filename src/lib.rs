//! `steer2reg` converts scored conversations to training data for a regression reward model: JSON Lines in, JSON Lines out,
//! in parallel and in order. Rows are by default those of NeMo-Aligner's `process_to_regression_format.py`, to the byte.
//!
//! ```
//! use steer2reg::{Config, Input, Output};
//!
//! let folder = tempfile::tempdir()?;
//! let (sft, rows) = (folder.path().join("sft.jsonl"), folder.path().join("rows.jsonl"));
//! std::fs::write(&sft, r#"{"conversations": [{"from": "A", "value": "Hi!", "label": "humor:1"}], "mask": "B"}"#)?;
//!
//! let summary = steer2reg::convert(&Config::new(Input::Path(sft), Output::Path(rows)))?;
//! assert_eq!(summary.counts.rows, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`convert`] converts files, [`convert_stream`] a reader to a writer; [`Config`] describes the run.
//! - A [`Converter`] converts records one by one, [`parse_label`] reads one label.
//! - [`Schema`] is what records look like, [`RowFormat`] what rows look like.
//! - [`nemo`] has the names of NeMo-Aligner's script.
//! - The module `guide` has more examples, and `examples/` in the repository has whole programs.
//!
//! For every record there are either exact rows or a [`Rejection`] with the reason. An [`Error`] ends a run; its
//! [`kind`](Error::kind) tells errors apart, and its [`position`](Error::position) is that of the record. The library never
//! prints and never exits. It needs a 64-bit Unix. Without the feature `cli` (`default-features = false`) it builds no
//! command line.
//!
//! The way of the data, a folder each:
//!
//! ```text
//! input ──chunk──▶ parse ──conversation──▶ rows ──rows──▶ output
//!                    ▲                      ▲  └─events─▶ summary, report
//!                 schema                  format
//! └──────────────────────── converter ──────┘
//! └──────────────────────────────── run ────────────────────────┘
//! ```

#![warn(missing_docs)]

#[cfg(not(all(unix, target_pointer_width = "64")))]
compile_error!("steer2reg needs a 64-bit Unix: files larger than 4 GiB are mapped and written at their places");

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(any(doc, doctest))]
#[doc = include_str!("../docs/library.md")]
pub mod guide {}

#[doc(hidden)]
pub mod bench;
#[cfg(feature = "cli")]
pub mod cli;
mod config;
mod conversation;
mod converter;
mod error;
mod exact;
mod format;
mod input;
mod lines;
mod mmap;
mod names;
pub mod nemo;
mod output;
mod parse;
mod rejection;
mod report;
mod rows;
mod run;
mod schema;
mod setting;
#[doc(hidden)]
pub mod spelling;
mod summary;

pub use config::{Compression, Config, DEFAULT_CHUNK_SIZE, Input, OnError, Output, Parser, Shard, ShardError};
pub use converter::{Converter, ConverterBuilder};
pub use error::{Error, ErrorKind, FailedInput};
pub use format::attributes::{Attributes, AttributesError};
pub use format::label::parse_label;
pub use format::layout::Layout;
pub use format::role::Role;
pub use format::template::{SystemTemplate, Template, TemplateError, TurnTemplate};
pub use format::weights::{Weights, WeightsError};
pub use format::{Checks, FormatError, PairsError, RowFilter, RowFormat, SystemPrompt};
pub use input::is_input_shortened;
pub use mmap::MmapChoice;
pub use names::UnknownName;
pub use output::temporary::remove_temporary_files_and_block;
pub use parse::pass_through::cpu::vector_level;
pub use rejection::{Position, Rejection, RejectionKind};
pub use run::{Progress, convert, convert_stream, convert_with_progress};
pub use schema::{DetectedSchema, Schema, Split};
pub use setting::{Message, Setting};
pub use summary::name_counts::NameCounts;
pub use summary::{AttributeStats, Counts, RejectedCounts, Summary};
