//! What is counted of the inputs: of all of them, or of one that may still be left out.

use crate::{
    error::Error,
    report::figures::Figures,
    schema::{DetectedSchema, Schema},
    summary::Counts,
};

/// The counts and findings of some inputs, in their order.
#[derive(Default)]
pub(super) struct Books {
    pub(super) counts: Counts,
    /// Figures of the rows, if there is a report.
    pub(super) figures: Option<Figures>,
    /// The files that have records, all of which were rejected.
    pub(super) rejected_files: Vec<usize>,
    /// The schemas of the inputs that have records, each once.
    pub(super) schemas: Vec<Schema>,
    /// The inputs whose schemas were not named.
    pub(super) detected: Vec<(usize, DetectedSchema)>,
    /// The first reject.
    pub(super) first: Option<Error>,
}

impl Books {
    /// Empty books, with figures or without.
    pub(super) fn new(with_figures: bool) -> Self {
        Self { figures: with_figures.then(Figures::default), ..Self::default() }
    }

    /// Adds the books of the inputs that come next.
    pub(super) fn merge(&mut self, next: Self) {
        self.counts.merge(&next.counts);
        self.add_figures(next.figures.as_ref());
        self.rejected_files.extend(next.rejected_files);
        next.schemas.into_iter().for_each(|schema| self.add_schema(schema));
        self.detected.extend(next.detected);
        self.first = self.first.take().or(next.first);
    }

    /// Adds figures of rows.
    pub(super) fn add_figures(&mut self, figures: Option<&Figures>) {
        if let (Some(all), Some(figures)) = (&mut self.figures, figures) {
            all.merge(figures);
        }
    }

    /// Adds the schema of an input.
    pub(super) fn add_schema(&mut self, schema: Schema) {
        if !self.schemas.contains(&schema) {
            self.schemas.push(schema);
        }
    }
}
