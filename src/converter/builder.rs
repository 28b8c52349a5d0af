//! The public face of the converter: its builder.

use std::{fmt, sync::Arc};

use super::Converter;
use crate::{
    config::Parser,
    error::{Error, ErrorKind},
    format::{PairsError, RowFormat},
    parse::options::{ReadOptions, WrongSchema},
    rows::compiled::CompiledFormat,
    schema::{Schema, Split},
};

/// Sets up a [`Converter`].
///
/// ```
/// use steer2reg::{Converter, Schema};
///
/// let mut converter = Converter::builder().schema(Schema::HelpSteer).only_attribute("helpfulness").build()?;
/// let mut out = Vec::new();
/// converter.convert(br#"{"prompt": "Hi", "response": "Hello!", "helpfulness": 4, "verbosity": 1}"#, &mut out)?;
/// assert!(out.ends_with(b"[-100.0, -100.0, -100.0, -100.0, 4.0, -100.0, -100.0, -100.0, -100.0]}\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct ConverterBuilder {
    parser: Parser,
    schema: Schema,
    format: RowFormat,
    only_attribute: Option<String>,
    split: Option<Split>,
    mask: Option<String>,
}

impl ConverterBuilder {
    /// Sets how lines are read. The rows are the same.
    pub fn parser(self, parser: Parser) -> Self {
        Self { parser, ..self }
    }

    /// Sets the schema of the records; the default is [`Schema::Sft`].
    ///
    /// A schema without scores for any of the format's attributes gives no rows, and with [`SystemPrompt::Record`] only SFT
    /// and HelpSteer3 records are not rejected. ([`convert`](crate::convert) reports both before it starts.)
    ///
    /// [`SystemPrompt::Record`]: crate::SystemPrompt::Record
    pub fn schema(self, schema: Schema) -> Self {
        Self { schema, ..self }
    }

    /// Sets the format of the rows; the default is NeMo-Aligner's.
    pub fn format(self, format: RowFormat) -> Self {
        Self { format, ..self }
    }

    /// Keeps only this attribute's score of [`Schema::HelpSteer`] records.
    pub fn only_attribute(self, attribute: impl Into<String>) -> Self {
        Self { only_attribute: Some(attribute.into()), ..self }
    }

    /// Keeps only this split of [`Schema::HelpSteer2Preference`] records; those of the other split give no rows.
    pub fn split(self, split: Split) -> Self {
        Self { split: Some(split), ..self }
    }

    /// Sets the mask of SFT records that have none: the name of the speaker who is the user.
    ///
    /// ```
    /// use steer2reg::Converter;
    ///
    /// let mut converter = Converter::builder().mask("human").build()?;
    /// let mut out = Vec::new();
    /// let record = br#"{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho", "label": "humor:1"}]}"#;
    /// assert_eq!(converter.convert(record, &mut out)?, 1);
    /// assert!(String::from_utf8_lossy(&out).contains(r"<extra_id_1>User\nHi\n<extra_id_1>Assistant\nHo\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mask(self, name: impl Into<String>) -> Self {
        Self { mask: Some(name.into()), ..self }
    }

    /// Builds the converter.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Format`] if the parts of the format contradict each other.
    /// - [`ErrorKind::Pairs`] if rows cannot be made of single records of the schema.
    /// - [`ErrorKind::OneOfOne`] if [`only_attribute`](Self::only_attribute) is set, and rows have a single score.
    /// - [`ErrorKind::UnknownAttribute`] if [`only_attribute`](Self::only_attribute) is none of the format's attributes.
    /// - [`ErrorKind::WrongSchema`] if [`only_attribute`](Self::only_attribute) or [`split`](Self::split) is set for another
    ///   schema.
    pub fn build(self) -> Result<Converter, Error> {
        let Self { parser, schema, format, only_attribute, split, mask } = self;
        let needs_neighbours = format.layout.is_pairs() && schema == Schema::HelpSteer;
        let fits = format.check_schema(schema);
        let fits = fits.and(if needs_neighbours { Err(PairsError::NeedsNeighbours) } else { Ok(()) });
        fits.map_err(|error| ErrorKind::Pairs { name: None, schema, error })?;
        if only_attribute.is_some() && format.has_single_number() {
            return Err(ErrorKind::OneOfOne.into());
        }
        let mut converter = Converter::with_compiled(parser, Arc::new(CompiledFormat::new(&format)?));
        let position = |name: String| {
            format.attributes.position(&name, 0).ok_or_else(|| Error::from(ErrorKind::UnknownAttribute(name)))
        };
        let only = only_attribute.map(position).transpose()?;
        converter.options =
            ReadOptions::new(schema, only, split, false, false).map_err(|WrongSchema { setting, needed }| {
                ErrorKind::WrongSchema { name: None, schema, setting, needed }
            })?;
        if let Some(mask) = mask {
            converter.set_mask(&mask);
        }
        Ok(converter)
    }
}

impl Converter {
    /// Returns a builder with the defaults.
    pub fn builder() -> ConverterBuilder {
        ConverterBuilder::default()
    }

    /// Sets the mask of SFT records that have none.
    pub(crate) fn set_mask(&mut self, name: &str) {
        self.reader.set_default_mask(name);
    }
}

impl Default for Converter {
    /// The converter of SFT records to NeMo-Aligner's rows.
    fn default() -> Self {
        Self::with_compiled(Parser::default(), CompiledFormat::nemo())
    }
}

impl fmt::Debug for Converter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Converter").field("options", &self.options).finish_non_exhaustive()
    }
}
