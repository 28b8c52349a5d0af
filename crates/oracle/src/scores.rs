//! From the text of a label to the scores of a [`Format`].

use std::collections::HashMap;

use super::{
    format::Format,
    label::{float, float_strip, python_strip},
    spelling::{python_float, python_string},
};

#[derive(Clone)]
pub(crate) struct Label {
    /// Of the names that the format reads labels for, in their order.
    pub(crate) scores: Vec<f64>,
    pub(crate) names_unknown: bool,
    /// With repetitions.
    pub(crate) unknown: Vec<String>,
    /// If the format has weights.
    pub(crate) weighted: Option<f64>,
}

impl Format {
    /// The scores of a label, unless it is none, or odd and the checks are strict.
    pub(crate) fn label(&self, label: &str) -> Option<Label> {
        let mut spelled = HashMap::new();
        let mut unknown = Vec::new();
        for part in label.split(',') {
            // What is behind a second colon does not count.
            let mut fields = part.split(':').map(|field| if self.trim_labels { python_strip(field) } else { field });
            let (name, score) = (fields.next()?, fields.next()?);
            spelled.insert(name, score);
            if !self.names().contains(&name) {
                unknown.push(name.to_owned());
            }
        }
        let score = |name: &str| spelled.get(name).map_or(Some(self.missing()), |spelled| self.score(spelled));
        let scores = self.names().into_iter().map(score).collect::<Option<_>>()?;
        let names_unknown = !unknown.is_empty();
        let mut label = Label { scores, names_unknown, unknown, weighted: None };
        let nothing_masks_it = self.has_messages && !self.has_columns && !self.missing_is_given;
        if (nothing_masks_it || self.weights.is_some()) && self.without_missing(&label).contains(&None) {
            return None;
        }
        if let Some(weights) = &self.weights {
            let mut sum = 0.0;
            for ((_, weight), score) in weights.iter().zip(&label.scores) {
                sum += weight * score;
            }
            // A margin, the difference of two, is finite as well.
            let largest = if self.pairs.is_some() { 2.0 * sum } else { sum };
            label.weighted = Some(Some(sum).filter(|_| f64::is_finite(largest))?);
        }
        let is_odd = names_unknown || self.is_unscored(&label) || self.is_out_of_range(&label);
        (!(self.strict && is_odd)).then_some(label)
    }

    fn score(&self, spelled: &str) -> Option<f64> {
        let word = || self.words.iter().find(|(word, _)| word == float_strip(spelled)).map(|(_, score)| *score);
        float(spelled).or_else(word)
    }

    pub(crate) fn is_unscored(&self, label: &Label) -> bool {
        self.without_missing(label).iter().all(Option::is_none)
    }

    pub(crate) fn is_out_of_range(&self, label: &Label) -> bool {
        let scores = self.without_missing(label);
        self.range.is_some_and(|(low, high)| scores.into_iter().flatten().any(|score| score < low || high < score))
    }

    fn without_missing(&self, label: &Label) -> Vec<Option<f64>> {
        #[allow(clippy::float_cmp)] // as in Python, -0.0 is the 0.0 that is missing
        label.scores.iter().map(|&score| (score != self.missing()).then_some(score)).collect()
    }

    /// The missing score. The strength of a comparison is never missing.
    fn missing(&self) -> f64 {
        if self.pairs.is_some() && self.weights.is_none() { f64::INFINITY } else { self.missing }
    }

    /// The scores as a row has them.
    pub(crate) fn scores_of_row(&self, label: &Label) -> Vec<Option<f64>> {
        label.weighted.map_or_else(|| self.without_missing(label), |score| vec![Some(score)])
    }

    /// The members of a row that have the scores.
    pub(crate) fn scores_spelled(&self, label: &Label) -> String {
        if self.has_columns {
            let names = if self.weights.is_some() { vec!["score"] } else { self.names() };
            let scores = self.scores_of_row(label).into_iter();
            let spelled = scores.map(|score| score.map_or_else(|| "null".to_owned(), python_float));
            let names = names.into_iter().map(python_string);
            names.zip(spelled).map(|(name, score)| format!("{name}: {score}")).collect::<Vec<_>>().join(", ")
        } else if let Some(score) = label.weighted.filter(|_| self.has_messages) {
            format!("\"label\": {}", python_float(score))
        } else {
            let scores = label.weighted.map_or_else(|| label.scores.clone(), |score| vec![score]);
            format!("\"label\": [{}]", scores.into_iter().map(python_float).collect::<Vec<_>>().join(", "))
        }
    }
}
