//! Converts attribute-conditioned SFT conversations to regression reward model training data: what
//! NeMo-Aligner's `process_to_regression_format.py` does, to the byte, in parallel. HelpSteer, HelpSteer2,
//! HelpSteer2-Preference and OpenAssistant are read as they were published, too: see [`Form`]. Rows may have other
//! attributes, prompts, templates and layouts: see [`Format`].
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
//! For every record, either the bytes are the original's (those of the [`Format`], if it is another) or there is a
//! [`Refusal`]. The library never prints and never exits. It needs a 64-bit Unix.

#[cfg(not(all(unix, target_pointer_width = "64")))]
compile_error!("steer2reg needs a 64-bit Unix: files larger than 4 GiB are mapped and written at their places");

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod books;
mod characters;
mod config;
mod conversation;
mod convert;
mod converter;
mod desk;
mod detect;
mod embedded;
mod ends;
mod error;
mod escape;
mod exact;
mod excerpt;
mod format;
mod input;
mod label;
mod layout;
mod name_counts;
mod names;
mod near;
mod number;
mod obstacles;
mod options;
mod output;
mod outputs;
mod pack;
mod parse;
mod pipeline;
mod place;
mod plan;
mod portrait;
#[doc(hidden)]
pub mod printable;
mod published;
mod rejects;
mod roles;
mod rows;
mod scored;
mod speakers;
#[doc(hidden)]
pub mod stages;
mod summary;
mod template;
mod temporary;
mod trim;
mod warnings;

pub use config::{Compression, Config, DEFAULT_CHUNK_SIZE, Form, Input, OnError, Output, Parser, Shard, Split};
pub use convert::{Progress, convert, convert_with_progress};
pub use converter::{Converter, process_sample};
pub use detect::DetectedForm;
pub use error::{Error, Place, Refusal, RefusalKind};
pub use format::{Checks, Format, SystemPrompt};
pub use input::is_input_shortened;
pub use label::{ATTRIBUTES, Attributes, MISSING, Scores, parse};
pub use layout::Layout;
pub use name_counts::NameCounts;
pub use speakers::Role;
pub use summary::{Attribute, Counts, Rejected, Summary};
pub use template::{Around, SystemTurn, Template};
pub use temporary::remove_temporary_files;
