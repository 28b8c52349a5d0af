//! The values of flags: text as it is typed, and what it means.

use std::{
    fs::File,
    io::Read,
    num::{NonZeroU64, NonZeroUsize},
    ops::RangeInclusive,
    path::PathBuf,
    time::Duration,
};

use bytesize::ByteSize;
use clap::{
    Arg, Command, Error,
    builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser},
};

use super::log::LogFormat;
use crate::{
    Compression, Layout, OnError, Parser, Role, Schema, Shard, ShardError, Split, SystemPrompt, Template,
    TemplateError, nemo,
};

/// A value, or `None` for `auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OrAuto<T>(pub(super) Option<T>);

/// A value by one of its names.
fn choice<T: Clone + Send + Sync + 'static>(
    choices: impl IntoIterator<Item = (PossibleValue, T)>,
) -> impl TypedValueParser<Value = T> {
    let choices: Vec<_> = choices.into_iter().collect();
    let names: Vec<_> = choices.iter().map(|(name, _)| name.clone()).collect();
    PossibleValuesParser::new(names).map(move |typed| {
        let found = choices.iter().find(|(name, _)| name.matches(&typed, false));
        found.expect("the parser accepts these names only").1.clone()
    })
}

/// The values of a library's enum by their names, and `auto`.
fn or_auto<T: Clone + Send + Sync + 'static>(
    values: impl IntoIterator<Item = (PossibleValue, T)>,
) -> impl TypedValueParser<Value = OrAuto<T>> {
    let named = values.into_iter().map(|(name, value)| (name, OrAuto(Some(value))));
    choice([("auto".into(), OrAuto(None))].into_iter().chain(named))
}

/// The schema of the records.
pub(super) fn schema() -> impl TypedValueParser<Value = OrAuto<Schema>> {
    or_auto(Schema::ALL.map(|schema| {
        let name = PossibleValue::new(schema.name());
        // HelpSteer2 has the schema of HelpSteer.
        (if schema == Schema::HelpSteer { name.alias("helpsteer2") } else { name }, schema)
    }))
}

pub(super) fn compression() -> impl TypedValueParser<Value = OrAuto<Compression>> {
    or_auto(Compression::ALL.map(|compression| (compression.name().into(), compression)))
}

pub(super) fn split() -> impl TypedValueParser<Value = Split> {
    choice(Split::ALL.map(|split| {
        let name = PossibleValue::new(split.name());
        (if split == Split::Val { name.alias("validation") } else { name }, split)
    }))
}

pub(super) fn on_error() -> impl TypedValueParser<Value = OnError> {
    choice([("fail".into(), OnError::Fail), ("skip".into(), OnError::Skip { rejects: None, max_rejects: None })])
}

pub(super) fn parser() -> impl TypedValueParser<Value = Parser> {
    choice(Parser::ALL.map(|parser| (parser.name().into(), parser)))
}

/// How messages are written: as text, or as JSON Lines.
pub(super) fn log_format() -> impl TypedValueParser<Value = LogFormat> {
    choice([("text".into(), LogFormat::Text), ("json".into(), LogFormat::Json)])
}

/// A time in seconds.
pub(super) fn seconds(spelled: &str) -> Result<Duration, String> {
    let seconds = spelled.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let seconds = seconds.filter(|seconds| !seconds.is_zero() && *seconds <= Duration::from_hours(24));
    seconds.ok_or_else(|| "it must be a number of seconds, more than 0 and at most 86400, for example 30".to_owned())
}

/// When the progress bar is shown: on a terminal, always, or never.
pub(super) fn when() -> impl TypedValueParser<Value = OrAuto<bool>> {
    or_auto([("always".into(), true), ("never".into(), false)])
}

pub(super) fn layout() -> impl TypedValueParser<Value = Layout> {
    choice(Layout::ALL.map(|layout| (layout.name().into(), layout)))
}

/// A parser of free-form values; completions offer the `known` ones.
#[derive(Debug, Clone)]
pub(super) struct Open<T> {
    known: &'static [&'static str],
    parse: fn(&str) -> Result<T, String>,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Open<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &std::ffi::OsStr) -> Result<T, Error> {
        let parse = self.parse;
        StringValueParser::new().try_map(move |typed| parse(&typed)).parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.known.iter().copied().map(PossibleValue::new)))
    }
}

/// A keyword, or a text behind `text:`, so that no text can be taken for a keyword.
pub(super) fn system() -> Open<SystemPrompt> {
    let parse = |spelled: &str| match spelled {
        "default" => Ok(SystemPrompt::Default),
        "none" => Ok(SystemPrompt::None),
        "record" => Ok(SystemPrompt::Record),
        _ => spelled.strip_prefix("text:").map(|text| SystemPrompt::Text(text.to_owned())).ok_or_else(|| {
            format!(
                "it must be default, none or record, or a text behind text:, for example {:?}",
                format!("text:{spelled}")
            )
        }),
    };
    Open { known: &["default", "none", "record", "text:"], parse }
}

/// The name of an attribute, of which completions offer NeMo-Aligner's nine.
pub(super) fn attribute() -> Open<String> {
    Open { known: &nemo::ATTRIBUTES, parse: |name| Ok(name.to_owned()) }
}

/// A template, and the file that it was read from.
#[derive(Debug, Clone)]
pub(super) struct NamedTemplate {
    pub(super) template: Template,
    pub(super) file: Option<PathBuf>,
}

/// The name of a preset, or a file.
pub(super) fn template() -> Open<NamedTemplate> {
    Open { known: &Template::PRESETS, parse: named_template }
}

fn named_template(spelled: &str) -> Result<NamedTemplate, String> {
    if let Ok(template) = Template::preset(spelled) {
        return Ok(NamedTemplate { template, file: None });
    }
    let presets = Template::PRESETS.join(", ");
    if spelled.is_empty() {
        return Err(format!("it is empty: it must be one of {presets}, or a file, for example ./my.toml"));
    }
    let (mut toml, limit) = (String::new(), 1 << 20);
    let read = File::open(spelled).and_then(|file| file.take(limit).read_to_string(&mut toml));
    let read = read.map_err(|error| format!("it is none of {presets}, and as a file it cannot be read: {error}"))?;
    if read as u64 == limit {
        return Err("it is too long for a template".to_owned());
    }
    let template = toml.parse().map_err(|error: TemplateError| error.to_string())?;
    Ok(NamedTemplate { template, file: Some(spelled.into()) })
}

/// The number of threads: more than any machine has cores would only need memory.
pub(super) fn threads(spelled: &str) -> Result<NonZeroUsize, String> {
    let threads = spelled.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= 1024);
    threads.ok_or_else(|| "it must be a number from 1 to 1024, for example 8".to_owned())
}

/// `I/N`.
pub(super) fn shard(spelled: &str) -> Result<Shard, String> {
    spelled.parse().map_err(|error: ShardError| error.to_string())
}

/// A size from one byte to 1 GiB: larger chunks would only need memory.
pub(super) fn chunk_size(spelled: &str) -> Result<ByteSize, String> {
    let size = spelled.parse::<ByteSize>().ok().filter(|size| (1..=1 << 30).contains(&size.as_u64()));
    size.ok_or_else(|| "it must be from 1B to 1GiB, for example 256KiB or 4MiB".to_owned())
}

/// The size of `--max-line`.
pub(super) fn line_size(spelled: &str) -> Result<ByteSize, String> {
    let size = spelled.parse::<ByteSize>().ok().filter(|size| size.as_u64() >= 1);
    size.ok_or_else(|| "it must be at least 1B, for example 64MiB or 4GiB".to_owned())
}

/// The number of `--max-rejects`.
pub(super) fn rejects(spelled: &str) -> Result<u64, String> {
    whole(spelled, 0, "100")
}

/// The number of `--max-chars`.
pub(super) fn characters(spelled: &str) -> Result<u64, String> {
    whole(spelled, 0, "16000")
}

/// The number of `--group-lines`.
pub(super) fn group(spelled: &str) -> Result<NonZeroU64, String> {
    let problem = || "it must be a whole number".to_owned();
    whole(spelled, 1, "2").and_then(|number| NonZeroU64::new(number).ok_or_else(problem))
}

fn whole(spelled: &str, least: u64, example: &str) -> Result<u64, String> {
    let number = spelled.parse().ok().filter(|&number| number >= least);
    number.ok_or_else(|| format!("it must be a whole number from {least} to {}, for example {example}", u64::MAX))
}

/// The number of `--repeat` and of `--repeat-each`.
pub(super) fn repeat(spelled: &str) -> Result<NonZeroU64, String> {
    let times = spelled.parse().ok().filter(|times: &NonZeroU64| times.get() <= 1000);
    times.ok_or_else(|| "it must be a number from 1 to 1000, for example 2".to_owned())
}

/// `NAME=ROLE`.
pub(super) fn role(spelled: &str) -> Result<(String, Role), String> {
    let names = Role::ALL.map(Role::name).join(", ");
    let (name, role) = spelled.rsplit_once('=').ok_or(format!("it must be NAME=ROLE with one of {names}"))?;
    let role = Role::ALL.into_iter().find(|known| known.name() == role);
    role.map(|role| (name.to_owned(), role)).ok_or(format!("the role must be one of {names}"))
}

/// `WORD=SCORE`.
pub(super) fn word(spelled: &str) -> Result<(String, f64), String> {
    named_number(spelled, "WORD=SCORE", "yes=1")
}

/// `NAME=WEIGHT`.
pub(super) fn weight(spelled: &str) -> Result<(String, f64), String> {
    named_number(spelled, "NAME=WEIGHT", "helpfulness=0.65")
}

fn named_number(spelled: &str, form: &str, example: &str) -> Result<(String, f64), String> {
    let (name, number) = spelled.rsplit_once('=').ok_or_else(|| format!("it must be {form}, for example {example}"))?;
    let number = finite(number).map_err(|reason| format!("{number:?}: {reason}, for example {example}"))?;
    if name.trim() != name {
        return Err(format!("{name:?} begins or ends with white space, which does not count in labels"));
    }
    Ok((name.to_owned(), number))
}

/// The least margin.
pub(super) fn margin(spelled: &str) -> Result<f64, String> {
    let margin = finite(spelled).ok().filter(|margin| *margin >= 0.0);
    margin.ok_or_else(|| "it must be a finite number that is not negative, for example 1".to_owned())
}

/// The missing score.
pub(super) fn missing(spelled: &str) -> Result<f64, String> {
    finite(spelled).map_err(|reason| format!("{reason}, for example -1"))
}

fn finite(spelled: &str) -> Result<f64, String> {
    let number = spelled.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "it must be a finite number".to_owned())
}

/// `LOW..HIGH`.
pub(super) fn range(spelled: &str) -> Result<RangeInclusive<f64>, String> {
    let bounds = spelled.split_once("..").filter(|(_, high)| !high.starts_with('.'));
    let range = bounds.and_then(|(low, high)| Some(low.parse::<f64>().ok()?..=high.parse::<f64>().ok()?));
    range
        .filter(|range| range.start().is_finite() && range.end().is_finite() && range.start() <= range.end())
        .ok_or_else(|| "it must be LOW..HIGH with two numbers, the lower one first, for example 0..4".to_owned())
}
