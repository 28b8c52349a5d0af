//! The flags that say what the rows look like, and which there are.

use std::{fs::File, io::Read, num::NonZeroU64, ops::RangeInclusive, path::PathBuf};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use steer2reg::{Attributes, Checks, Layout, Role, RowFormat, SystemPrompt, Template, TemplateError};

use super::{flags::Misuse, misuse as odd};

#[derive(Debug, Args)]
#[command(next_help_heading = "Rows")]
pub(super) struct RowFlags {
    /// The attributes in the order of the vector, 1000 at most [default: the original's nine; with "--to messages" those of
    /// the records' schema]. OUT=IN calls OUT in rows what is IN in labels. NeMo-Aligner's Bradley-Terry losses read
    /// positions 0 and 4, so an order of your own is for other trainers.
    /// For example: --attributes helpfulness,correctness
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    attributes: Vec<String>,

    /// Read labels without the white space at both ends of names and scores, as behind a comma and a space. The original
    /// does not know such names.
    /// For example: --trim-labels --strict
    #[arg(long)]
    trim_labels: bool,

    /// The score of an attribute that a label does not name [default: -100, which NeMo-Aligner masks; with "--to messages"
    /// none, such labels are refused].
    /// For example: --missing-value -1
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true, value_parser = missing)]
    missing_value: Option<f64>,

    /// Words that stand for scores. For example: --value-map yes=1,no=0
    #[arg(long, value_name = "WORD=SCORE,…", value_delimiter = ',', value_parser = word)]
    value_map: Vec<(String, f64)>,

    /// The system prompt: the original's ("default"), "none", the "system" of each "record", or "text:" and a text.
    /// For example: --system "text:You are a helpful assistant."
    #[arg(long, value_name = "default|none|record|text:TEXT", default_value = "default", hide_default_value = true, value_parser = system)]
    system: SystemPrompt,

    /// What stands around the turns of a text: NeMo-Aligner's, Llama 3's or ChatML's, or as a TOML file says.
    /// For example: --template llama3, or --template ./my.toml
    #[arg(long, value_name = "nemo|llama3|chatml|FILE", value_parser = template)]
    template: Option<NamedTemplate>,

    /// What a speaker is who is neither the user (the mask) nor the assistant, such as a tool: assistant, user, system or
    /// tool. Without it such turns are refused, but for texts by "nemo", where they are the assistant's as in the original.
    /// For example: --role observation=tool,human=user
    #[arg(long, value_name = "NAME=ROLE,…", value_delimiter = ',', value_parser = role)]
    role: Vec<(String, Role)>,

    /// Make turns of those that prompts of HelpSteer2 have behind lines "<extra_id_1>User" and "<extra_id_1>Assistant"
    /// [default: only where the rows are not NeMo-Aligner's texts, in which both are the same].
    /// For example: --split-embedded-turns=false
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    split_embedded_turns: Option<bool>,

    /// What a row is: a text and a list of scores (nemo), messages and a list of scores (as ms-swift reads it), or a text
    /// or messages and a column for each attribute, null where it is missing.
    /// For example: --to messages
    #[arg(long, value_name = "nemo|messages|columns|messages-columns", default_value = "nemo", hide_default_value = true, value_parser = layouts(), hide_possible_values = true)]
    to: Layout,

    /// Refuse records with a label that names an unknown attribute or gives no score at all, or with a score outside
    /// "--range", and records in which no turn is the mask's or a speaker is neither the user nor the assistant; fail if
    /// one of "--attributes" has no score in any row. Without it there are warnings. For example: --strict --range 0..4
    #[arg(long)]
    strict: bool,

    /// The scores that are expected, both ends included; others are counted, or refused with "--strict".
    /// For example: --range 0..4
    #[arg(long, value_name = "LOW..HIGH", value_parser = range, allow_hyphen_values = true)]
    range: Option<RangeInclusive<f64>>,

    /// Leave out (and count) rows whose text, or whose messages in all, have more than N characters. Of a pair of
    /// HelpSteer2-Preference both go. For example: --max-chars 16000
    #[arg(long, value_name = "N", value_parser = odd::characters, allow_hyphen_values = true)]
    max_chars: Option<u64>,

    /// One row for a conversation, that of its last labelled turn, instead of one for each labelled turn.
    /// For example: --last-labelled-only --max-chars 16000
    #[arg(long)]
    last_labelled_only: bool,

    /// Write all rows N times over (1 to 1000), for training of several epochs; the input must be a file.
    /// For example: --repeat 2
    #[arg(long, value_name = "N", default_value = "1", hide_default_value = true, value_parser = repeat, allow_hyphen_values = true, conflicts_with_all = ["check", "shard"])]
    pub(super) repeat: NonZeroU64,
}

/// A template, and the file that it was read from.
#[derive(Debug, Clone)]
struct NamedTemplate {
    template: Template,
    file: Option<PathBuf>,
}

impl RowFlags {
    /// What is asked of the library.
    pub(super) fn format(&self) -> Result<RowFormat, Misuse> {
        let layout = self.to;
        if layout.has_messages() && self.template.is_some() {
            return Err(Misuse::Conflict(
                "'--template' is for rows with a text, and messages have none: leave it out, or use '--to nemo' or \
                 '--to columns'"
                    .to_owned(),
            ));
        }
        if layout.has_columns() && self.missing_value.is_some() {
            return Err(Misuse::Conflict(
                "'--missing-value' is for a list of scores: in columns, a missing score is null".to_owned(),
            ));
        }
        let attributes = self
            .vector()
            .map_err(|reason| Misuse::Value(format!("'--attributes': {reason}")))?
            .with_words(self.value_map.clone())
            .map_err(|reason| Misuse::Value(format!("'--value-map': {reason}")))?;
        let format = RowFormat {
            attributes,
            roles: self.role.clone(),
            system: self.system.clone(),
            template: self.template.as_ref().map(|named| named.template.clone()).unwrap_or_default(),
            layout,
            split_embedded_turns: self.split_embedded_turns,
            checks: Checks {
                strict: self.strict,
                range: self.range.clone(),
                max_chars: self.max_chars,
                last_labelled_only: self.last_labelled_only,
            },
        };
        format.check_names().map_err(|reason| Misuse::Conflict(format!("'--to' and '--attributes': {reason}")))?;
        format.check_roles().map_err(|reason| Misuse::Value(format!("'--role': {reason}")))?;
        Ok(format)
    }

    /// The vector of scores.
    fn vector(&self) -> Result<Attributes, String> {
        let mut attributes = if self.attributes.is_empty() {
            Attributes::default()
        } else {
            let split = |spelled| str::split_once(spelled, '=').unwrap_or((spelled, spelled));
            let (names, keys): (Vec<_>, Vec<_>) = self.attributes.iter().map(|spelled| split(spelled)).unzip();
            if names.iter().chain(&keys).any(|name| name.is_empty()) {
                return Err("a name is empty: they stand behind commas, for example helpfulness,correctness".to_owned());
            }
            if let Some(name) = names.iter().chain(&keys).find(|name| name.trim() != **name) {
                return Err(format!("{name:?} begins or ends with white space"));
            }
            Attributes::new(keys, None)?.with_names_in_rows(names)?
        };
        if let Some(missing) = self.missing_value {
            attributes = attributes.with_missing(missing)?;
        }
        if self.trim_labels { attributes.with_trimmed_labels() } else { Ok(attributes) }
    }

    /// The file of the template, if it has one.
    pub(super) fn template_file(&self) -> Option<PathBuf> {
        self.template.as_ref().and_then(|named| named.file.clone())
    }
}

/// The name of a layout.
fn layouts() -> impl TypedValueParser<Value = Layout> {
    let names = PossibleValuesParser::new(Layout::ALL.map(Layout::name));
    names.map(|name| Layout::ALL.into_iter().find(|layout| layout.name() == name).unwrap_or_default())
}

/// A number.
fn finite(spelled: &str) -> Result<f64, String> {
    let number: Option<f64> = spelled.parse().ok();
    number.filter(|number| number.is_finite()).ok_or_else(|| "it must be a finite number".to_owned())
}

/// The missing score.
fn missing(spelled: &str) -> Result<f64, String> {
    finite(spelled).map_err(|reason| format!("{reason}, for example -1"))
}

/// `NAME=ROLE`.
fn role(spelled: &str) -> Result<(String, Role), String> {
    let names = Role::ALL.map(Role::name).join(", ");
    let (name, role) = spelled.rsplit_once('=').ok_or(format!("it must be NAME=ROLE with one of {names}"))?;
    let role = Role::ALL.into_iter().find(|known| known.name() == role);
    role.map(|role| (name.to_owned(), role)).ok_or(format!("the role must be one of {names}"))
}

/// How often.
fn repeat(spelled: &str) -> Result<NonZeroU64, String> {
    let times: Option<NonZeroU64> = spelled.parse().ok();
    times
        .filter(|times| times.get() <= 1000)
        .ok_or_else(|| "it must be a number from 1 to 1000, for example 2".to_owned())
}

/// `WORD=SCORE`.
fn word(spelled: &str) -> Result<(String, f64), String> {
    let (word, score) = spelled.rsplit_once('=').ok_or("it must be WORD=SCORE, for example yes=1")?;
    let score = finite(score).map_err(|reason| format!("{score:?}: {reason}, for example yes=1"))?;
    if word.trim() != word {
        return Err(format!("{word:?} begins or ends with white space, which does not count in labels"));
    }
    Ok((word.to_owned(), score))
}

/// A keyword, or a text behind `text:`, so that no text can be taken for a keyword.
fn system(spelled: &str) -> Result<SystemPrompt, String> {
    match spelled {
        "default" => Ok(SystemPrompt::Default),
        "none" => Ok(SystemPrompt::None),
        "record" => Ok(SystemPrompt::Record),
        _ => spelled.strip_prefix("text:").map(|text| SystemPrompt::Text(text.to_owned())).ok_or_else(|| {
            format!(
                "it must be default, none or record, or a text behind text:, for example {:?}",
                format!("text:{spelled}")
            )
        }),
    }
}

/// The name of a preset, or a file.
fn template(spelled: &str) -> Result<NamedTemplate, String> {
    if let Ok(template) = Template::preset(spelled) {
        return Ok(NamedTemplate { template, file: None });
    }
    let presets = Template::PRESETS.join(", ");
    if spelled.is_empty() {
        return Err(format!("it is empty: it must be one of {presets}, or a file, for example ./my.toml"));
    }
    let (mut toml, most) = (String::new(), 1 << 20);
    let read = File::open(spelled).and_then(|file| file.take(most).read_to_string(&mut toml));
    let read = read.map_err(|error| format!("it is none of {presets}, and as a file it cannot be read: {error}"))?;
    if read as u64 == most {
        return Err("it is too long for a template".to_owned());
    }
    let template = toml.parse().map_err(|error: TemplateError| error.to_string())?;
    Ok(NamedTemplate { template, file: Some(spelled.into()) })
}

/// `LOW..HIGH`.
fn range(spelled: &str) -> Result<RangeInclusive<f64>, String> {
    let ends = spelled.split_once("..").filter(|(_, high)| !high.starts_with('.'));
    let range = ends.and_then(|(low, high)| Some(low.parse::<f64>().ok()?..=high.parse::<f64>().ok()?));
    range
        .filter(|range| range.start().is_finite() && range.end().is_finite() && range.start() <= range.end())
        .ok_or_else(|| "it must be LOW..HIGH with two numbers, the lower one first, for example 0..4".to_owned())
}
