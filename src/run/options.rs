//! What a run goes by that depends on the schema of its records: the compiled of its rows, and what is left out of published
//! records.

use std::sync::Arc;

use crate::{
    config::Config,
    error::Error,
    format::{RowFormat, SystemPrompt, layout::Layout},
    parse::options::{OnlyAttribute, ReadOptions, WrongSchema},
    rows::compiled::CompiledFormat,
    schema::{Schema, Split},
};

/// What rows are made by, and what is to be left out of published records.
pub(crate) struct Options<'c> {
    format: &'c RowFormat,
    pub(crate) compiled: Arc<CompiledFormat>,
    /// The schema that decided what the compiled is.
    compiled_for: Option<Schema>,
    only_attribute: Option<&'c str>,
    wanted: OnlyAttribute,
    split: Option<Split>,
    /// The system prompt is the record's own.
    own_system: bool,
    /// There is a mask for SFT records.
    mask: bool,
}

impl<'c> Options<'c> {
    pub(crate) fn new(config: &'c Config) -> Result<Self, Error> {
        let only_attribute = config.only_attribute.as_deref();
        let mut options = Self {
            format: &config.format,
            compiled: Arc::new(CompiledFormat::new(&config.format)?),
            compiled_for: None,
            only_attribute,
            wanted: None,
            split: config.split,
            own_system: config.format.system == SystemPrompt::Record,
            mask: config.mask.is_some(),
        };
        options.find_wanted()?;
        Ok(options)
    }

    fn find_wanted(&mut self) -> Result<(), Error> {
        let unknown = |name: &str| Error::UnknownAttribute(name.to_owned());
        let position = |name| self.compiled.attributes.position(name, 0).ok_or_else(|| unknown(name));
        self.wanted = self.only_attribute.map(position).transpose()?;
        Ok(())
    }

    /// Makes the compiled for the first schema, and sees that the others go by it, too: all rows have the same vector.
    pub(crate) fn compile_for(&mut self, schema: Schema, name: &str) -> Result<(), Error> {
        let Some(first) = self.compiled_for else {
            let format = self.format.for_schema(schema);
            if format.attributes != self.format.attributes {
                self.compiled = Arc::new(CompiledFormat::new(&format)?);
                self.find_wanted()?;
            }
            self.compiled_for = Some(schema);
            return Ok(());
        };
        let attributes = self.format.attributes.for_schema(schema);
        if schema != first && self.format.for_schema(schema).attributes.keys() != self.compiled.attributes.keys() {
            return Err(Error::Unrepresentable(format!(
                "{name}: records of the schema {schema} have scores for {}, but those before, of the schema {first}, for {}: \
                 convert them in runs of their own, or name the attributes of the rows (--attributes)",
                attributes.keys().join(", "),
                self.compiled.attributes.keys().join(", ")
            )));
        }
        Ok(())
    }

    /// True for an attribute that was asked for by name, and not left out.
    pub(crate) fn expects_scores_of(&self, name: &str) -> bool {
        let attributes = &self.compiled.attributes;
        attributes.are_asked_for() && self.wanted.is_none_or(|wanted| attributes.names()[wanted] == name)
    }

    pub(crate) fn reading(&self, schema: Schema, name: &str) -> Result<ReadOptions, Error> {
        if schema == Schema::HelpSteer2Preference && !self.compiled.allows_pairs {
            return Err(Error::Unrepresentable(format!(
                "{name}: records of the schema {schema} are pairs of responses with one label for both, which only rows of \
                 NeMo-Aligner can express: leave out --to, or say --to {}",
                Layout::Nemo.name()
            )));
        }
        if let Some(named) = schema
            .attributes()
            .filter(|names| names.iter().all(|name| self.compiled.attributes.position(name, 0).is_none()))
        {
            let named = named.join(", ");
            return Err(Error::Unrepresentable(format!(
                "{name}: records of the schema {schema} have scores for {named} only, and none of them is an attribute \
                 (--attributes)"
            )));
        }
        ReadOptions::new(schema, self.wanted, self.split, self.own_system, self.mask)
            .map_err(|WrongSchema { flag, needed }| Error::WrongSchema { name: name.to_owned(), schema, flag, needed })
    }
}
