//! Converts attribute-conditioned SFT conversations to regression reward model training data: what
//! NeMo-Aligner's `process_to_regression_format.py` does, to the byte, in parallel. HelpSteer, HelpSteer2,
//! HelpSteer2-Preference and OpenAssistant are read as they were published, too: see [`Schema`]. Rows may have other
//! attributes, prompts, templates and layouts: see [`RowFormat`].
//!
//! The way of the data, a module each:
//!
//! ```text
//! input ──chunk──▶ parse ──conversation──▶ rows ──▶ output
//! └───────────────── pipeline, convert ───────────────────┘
//!                       format ──plan───────┘
//! ```
//!
//! - [`convert`] converts a file, as the command line does; [`Config`] says how.
//! - [`process_sample`] (or a [`Converter`], for many) converts one record, [`parse`] one label.
//!
//! For every record, either the bytes are the original's (those of the [`RowFormat`], if it is another) or there is a
//! [`Rejection`]. The library never prints and never exits. It needs a 64-bit Unix.

#![warn(missing_docs)]

#[cfg(not(all(unix, target_pointer_width = "64")))]
compile_error!("steer2reg needs a 64-bit Unix: files larger than 4 GiB are mapped and written at their places");

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
mod library {}

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
pub use error::{Error, ErrorKind};
pub use format::attributes::{Attributes, AttributesError};
pub use format::label::parse_label;
pub use format::layout::Layout;
pub use format::role::Role;
pub use format::template::{SystemTemplate, Template, TemplateError, TurnTemplate};
pub use format::{Checks, FormatError, RowFilter, RowFormat, SystemPrompt};
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
