//! Settings by name, and messages that mention them.
//!
//! An error of the library names a setting as the library does (`max_rejects`); a program with other names for its
//! settings shows the error with these (`--max-rejects`). So messages hold settings, not their names, until they are shown.

use std::fmt::{self, Display};

use crate::schema::Schema;

/// A setting that an error mentions: a field of [`Config`](crate::Config), of [`RowFormat`](crate::RowFormat) or of one of
/// their parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// [`Config::allow_empty`](crate::Config::allow_empty)
    AllowEmpty,
    /// [`RowFormat::attributes`](crate::RowFormat::attributes)
    Attributes,
    /// [`Config::compression`](crate::Config::compression)
    Compression,
    /// [`Config::inputs`](crate::Config::inputs)
    Inputs,
    /// [`Config::keep_going`](crate::Config::keep_going)
    KeepGoing,
    /// [`RowFormat::layout`](crate::RowFormat::layout)
    Layout,
    /// [`Config::mask`](crate::Config::mask)
    Mask,
    /// [`Config::max_line`](crate::Config::max_line)
    MaxLine,
    /// [`OnError::Skip::max_rejects`](crate::OnError::Skip::max_rejects)
    MaxRejects,
    /// [`Config::only_attribute`](crate::Config::only_attribute)
    OnlyAttribute,
    /// [`Config::output`](crate::Config::output)
    Output,
    /// [`OnError::Skip::rejects`](crate::OnError::Skip::rejects)
    Rejects,
    /// [`Config::repeat`](crate::Config::repeat)
    Repeat,
    /// [`Config::report`](crate::Config::report)
    Report,
    /// [`Config::schema`](crate::Config::schema)
    Schema,
    /// [`Config::split`](crate::Config::split)
    Split,
    /// [`Config::stats`](crate::Config::stats)
    Stats,
    /// [`Checks::strict`](crate::Checks::strict)
    Strict,
    /// [`RowFormat::system`](crate::RowFormat::system)
    System,
    /// [`Config::threads`](crate::Config::threads)
    Threads,
    /// [`RowFormat::weights`](crate::RowFormat::weights)
    Weights,
}

impl Setting {
    /// Every setting, in the order of the alphabet.
    pub const ALL: [Self; 21] = [
        Self::AllowEmpty,
        Self::Attributes,
        Self::Compression,
        Self::Inputs,
        Self::KeepGoing,
        Self::Layout,
        Self::Mask,
        Self::MaxLine,
        Self::MaxRejects,
        Self::OnlyAttribute,
        Self::Output,
        Self::Rejects,
        Self::Repeat,
        Self::Report,
        Self::Schema,
        Self::Split,
        Self::Stats,
        Self::Strict,
        Self::System,
        Self::Threads,
        Self::Weights,
    ];

    /// The schemas, if the setting is for records of some schemas only. [`System`](Self::System) counts as such with
    /// [`SystemPrompt::Record`](crate::SystemPrompt::Record) only.
    #[must_use]
    pub fn only_schemas(self) -> Option<&'static [Schema]> {
        match self {
            Self::System => Some(&[Schema::Sft, Schema::HelpSteer3]),
            Self::Mask => Some(&[Schema::Sft]),
            Self::OnlyAttribute => Some(&[Schema::HelpSteer]),
            Self::Split => Some(&[Schema::HelpSteer2Preference]),
            _ => None,
        }
    }

    /// The name of the field: `max_rejects`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AllowEmpty => "allow_empty",
            Self::Attributes => "attributes",
            Self::Compression => "compression",
            Self::Inputs => "inputs",
            Self::KeepGoing => "keep_going",
            Self::Layout => "layout",
            Self::Mask => "mask",
            Self::MaxLine => "max_line",
            Self::MaxRejects => "max_rejects",
            Self::OnlyAttribute => "only_attribute",
            Self::Output => "output",
            Self::Rejects => "rejects",
            Self::Repeat => "repeat",
            Self::Report => "report",
            Self::Schema => "schema",
            Self::Split => "split",
            Self::Stats => "stats",
            Self::Strict => "strict",
            Self::System => "system",
            Self::Threads => "threads",
            Self::Weights => "weights",
        }
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The names of settings in a program.
pub(crate) type Names<'n> = dyn Fn(Setting) -> &'static str + 'n;

/// A text that mentions settings. `Display` writes the names of their fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Setting(Setting),
}

impl Message {
    pub(crate) fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self(pieces.into_iter().collect())
    }

    /// The text with these names.
    pub(crate) fn with_names(&self, names: &Names<'_>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Setting(setting) => names(*setting).to_owned(),
        };
        self.0.iter().map(piece).collect()
    }
}

/// A [`Message`] of texts and settings in sequence.
macro_rules! message {
    ($($piece:expr),+ $(,)?) => {
        $crate::setting::Message::new([$($crate::setting::Piece::from($piece)),+])
    };
}

pub(crate) use message;

impl Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_names(&Setting::name))
    }
}

impl<T: Into<String>> From<T> for Message {
    fn from(text: T) -> Self {
        Self(vec![Piece::Text(text.into())])
    }
}

impl<T: Into<String>> From<T> for Piece {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

impl From<Setting> for Piece {
    fn from(setting: Setting) -> Self {
        Self::Setting(setting)
    }
}
