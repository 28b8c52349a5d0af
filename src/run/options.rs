//! The options that depend on the schema of the records: the format of the rows, which is compiled for the first schema, and
//! the way in which records of each schema are read.

use std::sync::Arc;

use crate::{
    config::Config,
    error::{Error, ErrorKind},
    format::SystemPrompt,
    parse::options::{OnlyAttribute, ReadOptions, WrongSchema},
    rows::compiled::CompiledFormat,
    schema::Schema,
    setting::Setting,
};

/// The options of a run for the schemas of its records.
pub(super) struct SchemaOptions<'c> {
    config: &'c Config,
    pub(super) format: Arc<CompiledFormat>,
    /// The schema that the format is compiled for.
    compiled_for: Option<Schema>,
    only_attribute: OnlyAttribute,
    /// The schemas so far, each with the way in which its records are read.
    read: Vec<(Schema, ReadOptions)>,
}

impl<'c> SchemaOptions<'c> {
    pub(super) fn new(config: &'c Config) -> Result<Self, Error> {
        let format = Arc::new(CompiledFormat::new(&config.format)?);
        let only_attribute = only_attribute(config, &format)?;
        Ok(Self { config, format, compiled_for: None, only_attribute, read: Vec::new() })
    }

    /// The way in which records of a schema are read. `name` is the input that has them, for errors.
    ///
    /// The first schema decides about the attributes of the rows, and an error says if another one does not fit.
    pub(super) fn choose(&mut self, schema: Schema, name: &str) -> Result<ReadOptions, Error> {
        if let Some(&(_, options)) = self.read.iter().find(|(known, _)| *known == schema) {
            return Ok(options);
        }
        if let Err(error) = self.config.format.check_schema(schema) {
            return Err(ErrorKind::Pairs { name: Some(name.to_owned()), schema, error }.into());
        }
        self.compile_for(schema, name)?;
        let options = self.read_options(schema, name)?;
        self.read.push((schema, options));
        Ok(options)
    }

    /// Compiles the format for the first schema, and checks that it is also that of the others: all rows have the same vector.
    fn compile_for(&mut self, schema: Schema, name: &str) -> Result<(), Error> {
        let format = self.config.format.for_schema(schema);
        let Some(first) = self.compiled_for else {
            if format != self.config.format {
                self.format = Arc::new(CompiledFormat::new(&format)?);
                self.only_attribute = only_attribute(self.config, &self.format)?;
            }
            self.compiled_for = Some(schema);
            return Ok(());
        };
        let attributes = format.read_attributes();
        if schema != first && attributes.keys() != self.format.attributes.keys() {
            let (name, schema) = (name.to_owned(), (schema, attributes.keys().to_vec()));
            let before = (first, self.format.attributes.keys().to_vec());
            return Err(ErrorKind::DifferentAttributes { name, schema, before }.into());
        }
        Ok(())
    }

    fn read_options(&self, schema: Schema, name: &str) -> Result<ReadOptions, Error> {
        let has = |attribute: &&str| self.format.attributes.position(attribute, 0).is_some();
        if let Some(scored) = schema.attributes().filter(|scored| !scored.iter().any(has)) {
            let setting = if self.config.format.weights.is_some() { Setting::Weights } else { Setting::Attributes };
            let (name, scored) = (name.to_owned(), scored.to_vec());
            return Err(ErrorKind::NoAttribute { name, schema, scored, setting }.into());
        }
        let own_system = *self.config.format.system_prompt() == SystemPrompt::Record;
        let Config { split, mask, .. } = self.config;
        ReadOptions::new(schema, self.only_attribute, *split, own_system, mask.is_some()).map_err(
            |WrongSchema { setting, needed }| {
                ErrorKind::WrongSchema { name: Some(name.to_owned()), schema, setting, needed }.into()
            },
        )
    }

    /// True for an attribute that was named by the caller, and not left out.
    pub(super) fn expects_scores_of(&self, name: &str) -> bool {
        let attributes = &self.format.attributes;
        attributes.is_custom() && self.only_attribute.is_none_or(|index| attributes.names()[index] == name)
    }
}

/// The index of [`Config::only_attribute`] among the attributes.
fn only_attribute(config: &Config, format: &CompiledFormat) -> Result<OnlyAttribute, Error> {
    if config.only_attribute.is_some() && config.format.has_single_number() {
        return Err(ErrorKind::OneOfOne.into());
    }
    let index = |name: &String| {
        format.attributes.position(name, 0).ok_or_else(|| Error::from(ErrorKind::UnknownAttribute(name.clone())))
    };
    config.only_attribute.as_ref().map(index).transpose()
}
