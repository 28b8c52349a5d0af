//! What the report is of: the inputs, how their records were read, and what the rows look like.

use std::fmt;

use super::{
    About, Page,
    html::{self, Escaped, count, details, listed, name_of, number, section},
    text::write_text,
};
use crate::{
    config::{Config, OnError},
    format::{RowFormat, SystemPrompt, template::Template},
    rows::head::SYSTEM_PROMPT,
    spelling::number::Spelled,
};

/// Inputs that are shown at once; those that follow are shown on demand.
const MAX_INPUTS: usize = 8;

/// Characters of a name that are shown.
const MAX_NAME: usize = 200;

impl About<'_> {
    /// The report's name: that of the first input, and how many there are.
    pub(super) fn title(&self) -> String {
        match self.inputs {
            [] => String::new(),
            [input] => format!("<bdi>{}</bdi>", Escaped(input)),
            [first, more @ ..] => {
                format!("<bdi>{}</bdi> and {}", Escaped(first), number(more.len() as u64, "more input"))
            }
        }
    }
}

/// Writes one thing that there is to say.
fn entry(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    content: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    write!(f, "<div><dt>{name}</dt><dd>")?;
    content(f)?;
    f.write_str("</dd></div>\n")
}

impl Page<'_> {
    pub(super) fn about(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = &self.about.config.format;
        section(f, "What was converted", "The records, how they were read, and what the rows look like.", |f| {
            f.write_str("<dl class=\"about\">\n")?;
            self.inputs(f)?;
            entry(f, "Layout", |f| {
                let (name, row) = (format.layout.name(), format.layout.shape());
                write!(f, "<code>{name}</code>: <code>{}</code>", Escaped(row))
            })?;
            entry(f, "Template", |f| f.write_str(&self.template()))?;
            entry(f, "System prompt", |f| self.system_prompt(f))?;
            self.numbers(f)?;
            entry(f, "Score range", |f| match &format.checks.range {
                Some(range) => write!(f, "{} to {}", html::score(*range.start()), html::score(*range.end())),
                None => f.write_str("not given (--range), so no score is out of range"),
            })?;
            self.labels_and_speakers(f)?;
            entry(f, "Filters", |f| f.write_str(&self.filters()))?;
            entry(f, "steer2reg", |f| write!(f, "version {}", env!("CARGO_PKG_VERSION")))?;
            f.write_str("</dl>\n")
        })
    }

    fn inputs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs = self.about.inputs;
        let schemas: Vec<_> = self.summary.schemas.iter().map(|schema| format!("<code>{schema}</code>")).collect();
        if let [input] = inputs {
            entry(f, "Input", |f| write!(f, "<bdi>{}</bdi>", Escaped(html::shortened(input, MAX_NAME))))?;
            return entry(f, "Schema", |f| f.write_str(&self.schema_of(input)));
        }
        let named = self.about.config.schema.is_some();
        let (shown, folded) = inputs.split_at(inputs.len().min(MAX_INPUTS));
        let list = |f: &mut fmt::Formatter<'_>, inputs: &[&str]| {
            f.write_str("<ul>\n")?;
            for input in inputs {
                write!(f, "<li><bdi>{}</bdi>", Escaped(html::shortened(input, MAX_NAME)))?;
                if !named {
                    write!(f, " <span class=\"note\">{}</span>", self.schema_of(input))?;
                }
                f.write_str("</li>\n")?;
            }
            f.write_str("</ul>\n")
        };
        entry(f, "Inputs", |f| {
            list(f, shown)?;
            if folded.is_empty() {
                return Ok(());
            }
            details(f, &number(folded.len() as u64, "more input"), |f| list(f, folded))
        })?;
        entry(f, "Schema", |f| match self.about.config.schema {
            Some(_) => f.write_str(&self.schema_of("")),
            None if schemas.is_empty() => f.write_str("none was detected"),
            None => write!(f, "{}, detected for each input", listed(&schemas)),
        })
    }

    /// The schema of an input's records, and how it is known.
    fn schema_of(&self, input: &str) -> String {
        if let Some(schema) = self.about.config.schema {
            return format!("<code>{schema}</code>, as named (--from)");
        }
        match self.summary.detected.iter().find(|(name, _)| name == input) {
            Some((_, detected)) => {
                format!("<code>{}</code>, detected by the record in line {}", detected.schema, count(detected.line))
            }
            None => "none was detected".to_owned(),
        }
    }

    fn template(&self) -> String {
        let Config { format, template_file, .. } = self.about.config;
        if format.layout.has_messages() {
            return "none, since rows are messages".to_owned();
        }
        let preset = Template::PRESETS.into_iter().find(|name| Template::preset(name).as_ref() == Ok(&format.template));
        match (preset, template_file) {
            (Some(name), _) => format!("<code>{name}</code>"),
            (None, Some(file)) => {
                format!("<bdi>{}</bdi>", Escaped(html::shortened(&file.display().to_string(), MAX_NAME)))
            }
            (None, None) => "a custom one".to_owned(),
        }
    }

    fn system_prompt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.about.config.format.system_prompt() {
            SystemPrompt::Default => {
                f.write_str("the default one of NeMo-Aligner\n")?;
                write_text(f, SYSTEM_PROMPT, 0)
            }
            SystemPrompt::None => f.write_str("none"),
            SystemPrompt::Record => f.write_str("the <code>system</code> of each record"),
            SystemPrompt::Text(prompt) => {
                let end = prompt.floor_char_boundary(MAX_PROMPT);
                write_text(f, &prompt[..end], prompt[end..].chars().count() as u64)
            }
        }
    }

    /// The numbers of a row, and what they are made of.
    fn numbers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = &self.about.config.format;
        if let Some(weights) = &format.weights {
            let name = if format.layout.is_pairs() { "Margin" } else { "Score" };
            return entry(f, name, |f| {
                let of =
                    if format.layout.is_pairs() { "the difference of two weighted sums" } else { "a weighted sum" };
                write!(f, "{of} of scores: <code>{}</code>", Escaped(weights))
            });
        }
        if format.layout.is_pairs() {
            return entry(f, "Margin", |f| f.write_str("the strength of the preference, without its sign"));
        }
        entry(f, "Attributes", |f| self.vector(f))?;
        entry(f, "Missing value", |f| {
            let missing = Spelled(self.summary.vector.missing());
            if format.layout.has_columns() {
                write!(f, "<code>null</code>; a score of <code>{missing}</code> in a label counts as missing")
            } else {
                write!(f, "<code>{missing}</code>")
            }
        })
    }

    /// The attributes in the order of the vector, by their names in rows and, where these differ, in labels.
    fn vector(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vector = &self.summary.vector;
        f.write_str("<ol class=\"vector\" start=\"0\">\n")?;
        for (name, key) in vector.names().iter().zip(vector.keys()) {
            write!(f, "<li>{}", name_of(name))?;
            if key != name {
                write!(f, " <span class=\"note\">{} in labels</span>", name_of(key))?;
            }
            f.write_str("</li>\n")?;
        }
        f.write_str("</ol>\n")
    }

    /// What decides how labels and speakers are read, where that is not the default.
    fn labels_and_speakers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config { format, mask, .. } = self.about.config;
        let words = &self.summary.vector.words;
        if !words.is_empty() || self.summary.vector.trims {
            let words = words.iter().map(|(word, score)| format!("{} is {}", name_of(word), html::score(*score)));
            let trims =
                self.summary.vector.trims.then(|| "white space around names and scores does not count".to_owned());
            let all: Vec<_> = words.chain(trims).collect();
            entry(f, "Labels", |f| f.write_str(&all.join("; ")))?;
        }
        let roles = format.roles.iter().map(|(name, role)| format!("{} is the {}", name_of(name), role.name()));
        let mask = mask.iter().map(|mask| format!("{} is the user of records without a mask", name_of(mask)));
        let all: Vec<_> = mask.chain(roles).collect();
        if !all.is_empty() {
            entry(f, "Speakers", |f| f.write_str(&all.join("; ")))?;
        }
        if format.splits_embedded_turns() {
            let split = self.summary.counts.embedded_turns;
            entry(f, "Embedded turns", |f| write!(f, "split off: {}", count(split)))?;
        }
        Ok(())
    }

    fn filters(&self) -> String {
        let config = self.about.config;
        let RowFormat { checks, filter, .. } = &config.format;
        let skips = match &config.on_error {
            OnError::Fail => None,
            OnError::Skip { max_rejects: None, .. } => Some("bad records are left out".to_owned()),
            OnError::Skip { max_rejects: Some(most), .. } => {
                Some(format!("bad records are left out, up to {}", count(*most)))
            }
        };
        let filters = [
            config
                .shard
                .map(|shard| format!("shard {} of {}, counted from 0", count(shard.index()), count(shard.count()))),
            config.split.map(|split| format!("records of the split <code>{}</code> only", split.name())),
            config.only_attribute.as_ref().map(|only| format!("scores of {} only", name_of(only))),
            checks.strict.then(|| "strict: odd labels and speakers are bad records".to_owned()),
            skips,
            filter.min_margin.map(|least| format!("pairs with a margin of at least {}", html::score(least))),
            filter.max_chars.map(|most| format!("texts of at most {}", number(most, "character"))),
            filter.last_labelled_only.then(|| "the last labelled turn of each conversation only".to_owned()),
        ];
        let filters: Vec<_> = filters.into_iter().flatten().collect();
        let all = if config.format.layout.is_pairs() {
            "none: a row for each comparison or group that is no tie"
        } else {
            "none: a row for each labelled turn"
        };
        let rows = if filters.is_empty() { all.to_owned() } else { filters.join("; ") };
        let times = [("each row is", config.repeat_each), ("all rows are", config.repeat)];
        let times = times.into_iter().filter(|(_, times)| times.get() > 1);
        times.fold(rows, |rows, (which, times)| {
            format!("{rows}; {which} written {} times and counted once", count(times.get()))
        })
    }
}

/// Bytes of a system prompt that the page has.
const MAX_PROMPT: usize = 8000;
