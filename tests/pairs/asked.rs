//! What a run is asked for: as flags, and as the oracle knows it.

use oracle::{
    Converted,
    format::{Format, Made, Pairs, Prompt, Schema},
};

pub(crate) const LAYOUTS: [(Pairs, &str); 4] = [
    (Pairs::Trl, "trl-pairs"),
    (Pairs::NemoRl, "nemo-rl-pairs"),
    (Pairs::Swift, "swift-pairs"),
    (Pairs::LlamaFactory, "llamafactory-pairs"),
];

/// Those that AI2 publishes for the scores of NVIDIA's 70B model.
const WEIGHTS: [(&str, f64); 5] =
    [("helpfulness", 0.65), ("correctness", 0.8), ("coherence", 0.45), ("complexity", 0.55), ("verbosity", -0.4)];

#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) schema: Schema,
    pub(crate) format: Format,
}

impl Asked {
    /// Pairs of this layout; from HelpSteer by the published weights.
    pub(crate) fn pairs(schema: Schema, layout: Pairs) -> Self {
        let weights = matches!(schema, Schema::HelpSteer(_))
            .then(|| WEIGHTS.map(|(name, weight)| (name.to_owned(), weight)).to_vec());
        let format = Format {
            weights,
            pairs: Some(layout),
            prompt: Prompt::OfLayout,
            missing_is_given: false,
            ..Format::original()
        };
        Self { schema, format }
    }

    /// The attributes that have weights.
    pub(crate) fn attributes(&self) -> Vec<String> {
        self.format.names().into_iter().map(str::to_owned).collect()
    }

    pub(crate) fn flags(&self) -> Vec<String> {
        let Format { weights, pairs, min_margin, max_chars, has_messages, has_columns, .. } = &self.format;
        let schema = match self.schema {
            Schema::Sft => "sft",
            Schema::HelpSteer(_) => "helpsteer",
            Schema::Preference(_) => "helpsteer2-preference",
            Schema::HelpSteer3 => "helpsteer3",
            Schema::Oasst => "oasst",
        };
        let mut flags = vec!["--from".to_owned(), schema.to_owned()];
        let mut flag = |name: &str, value: String| flags.extend([name.to_owned(), value]);
        let layout = match (has_messages, has_columns) {
            (false, false) => "nemo",
            (true, false) => "messages",
            (false, true) => "columns",
            (true, true) => "messages-columns",
        };
        let layout = pairs
            .map_or(layout, |pairs| LAYOUTS.iter().find(|(layout, _)| *layout == pairs).expect("there are four").1);
        flag("--to", layout.to_owned());
        if let Some(weights) = weights {
            let weights: Vec<_> = weights.iter().map(|(name, weight)| format!("{name}={weight:?}")).collect();
            flag("--weights", weights.join(","));
        }
        if let Schema::Preference(Some(split)) = self.schema {
            flag("--split", split.to_owned());
        }
        if let Some(least) = min_margin {
            flag("--min-margin", format!("{least:?}"));
        }
        if let Some(most) = max_chars {
            flag("--max-chars", most.to_string());
        }
        match &self.format.prompt {
            Prompt::OfLayout => {}
            Prompt::Original => flag("--system", "default".to_owned()),
            Prompt::None => flag("--system", "none".to_owned()),
            Prompt::Record => flag("--system", "record".to_owned()),
            Prompt::Text(text) => flag("--system", format!("text:{text}")),
        }
        flags
    }

    /// What the oracle makes of inputs that follow each other.
    pub(crate) fn expected(&self, inputs: &[&[u8]]) -> (Vec<Converted>, Made) {
        self.format.inputs(&self.schema, inputs)
    }

    /// The rows of one input.
    pub(crate) fn rows(&self, input: impl AsRef<[u8]>) -> String {
        self.expected(&[input.as_ref()]).1.rows
    }
}

/// Flags together, as the runner of the program takes them.
pub(crate) fn args<'a>(flags: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    flags.iter().map(String::as_str).chain(more.iter().copied()).collect()
}
