//! The messages of errors. They name settings by the words of the program that shows them.

use std::{fmt, io};

use super::kind::{Error, ErrorKind, Ready};
use crate::{
    format::PairsError,
    rejection::Position,
    schema::{DetectedSchema, Schema},
    setting::{Message, Names, Setting},
    spelling::printable::Printable,
};

impl Error {
    /// The message with settings called as a program calls them.
    ///
    /// ```
    /// use steer2reg::{Converter, Setting};
    ///
    /// let error = Converter::builder().only_attribute("fluency").build().unwrap_err();
    /// assert_eq!(error.to_string(), r#"there is no attribute "fluency" (only_attribute)"#);
    ///
    /// let flag = |setting| if setting == Setting::OnlyAttribute { "--only-attribute" } else { "another flag" };
    /// assert_eq!(error.display_with(&flag).to_string(), r#"there is no attribute "fluency" (--only-attribute)"#);
    /// ```
    pub fn display_with<'e>(&'e self, names: &'e dyn Fn(Setting) -> &'static str) -> impl fmt::Display + use<'e> {
        WithNames { error: self, names }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.display_with(&Setting::name).fmt(f)
    }
}

/// The message of an error with the names of settings in a program.
struct WithNames<'e> {
    error: &'e Error,
    names: &'e Names<'e>,
}

impl fmt::Display for WithNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_kind(f)?;
        match self.error.ready() {
            Some(Ready { files, of, .. }) => write!(f, "\n  outputs that are complete and in place: {files} of {of}"),
            None => Ok(()),
        }
    }
}

impl WithNames<'_> {
    fn fmt_kind(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names;
        match self.error.kind() {
            ErrorKind::Record { .. }
            | ErrorKind::TooManyRejects { .. }
            | ErrorKind::AllRejected { .. }
            | ErrorKind::UnknownSchema { .. } => self.fmt_rejects(f),
            ErrorKind::SameFile { .. } | ErrorKind::SameStream { .. } | ErrorKind::SameTarget { .. } => {
                self.fmt_same(f)
            }
            ErrorKind::WrongSchema { .. }
            | ErrorKind::UnknownAttribute(_)
            | ErrorKind::UnscoredAttributes(_)
            | ErrorKind::Format(_)
            | ErrorKind::DifferentAttributes { .. }
            | ErrorKind::Pairs { .. }
            | ErrorKind::OneOfOne
            | ErrorKind::NoAttribute { .. } => self.fmt_settings(f),
            ErrorKind::LineTooLong { position: Position { file, line, byte }, limit } => write!(
                f,
                "{}:{line}: the line has more than {limit} bytes (byte {byte}), which is no record as a rule: if the file is \
                 one JSON array, jq -c '.[]' FILE > FILE.jsonl makes a line of each record; longer lines need {}, and a few \
                 times their length in memory",
                Printable(file),
                names(Setting::MaxLine)
            ),
            ErrorKind::Io { action, name, source } => {
                write!(f, "cannot {action} {}: {source}{}", Printable(name), help(source))
            }
            ErrorKind::ReaderGone { name } => write!(f, "the reader of {} has closed it", Printable(name)),
            ErrorKind::Unusable { name, reason } => write!(f, "{} {}", Printable(name), reason.with_names(names)),
            ErrorKind::InputChanged => write!(
                f,
                "the input changed while it was read several times ({}); run it again while no other process writes to it",
                names(Setting::Repeat)
            ),
            ErrorKind::Threads { what, source } => write!(
                f,
                "cannot start {what}: {source}; a limit to threads or memory was reached (ulimit -u, ulimit -v, or that of \
                 the container): use fewer threads ({} 1)",
                names(Setting::Threads)
            ),
            ErrorKind::Worker(reason) => write!(
                f,
                "a worker failed ({reason}){}. This is a bug, please report it with the input",
                self.nothing_written()
            ),
        }
    }

    fn nothing_written(&self) -> &'static str {
        if self.error.ready().is_some() { "" } else { "; nothing was written" }
    }

    /// Errors about rejected records.
    fn fmt_rejects(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names;
        let nested = |error: &Error| error.display_with(names).to_string();
        match self.error.kind() {
            ErrorKind::Record { position: Position { file, line, byte }, rejection, excerpt, detected } => {
                write!(f, "{}:{line}: {rejection} (byte {byte})\n  the record: {excerpt}", Printable(file))?;
                let Some(DetectedSchema { schema, line }) = detected else { return Ok(()) };
                let setting = names(Setting::Schema);
                write!(
                    f,
                    "\n  it was read as {schema}, the schema of the record on line {line} ({setting} overrides that)"
                )
            }
            ErrorKind::TooManyRejects { limit, last } => write!(
                f,
                "more than {limit} rejected records ({}); the last one was\n{}",
                names(Setting::MaxRejects),
                nested(last)
            ),
            ErrorKind::AllRejected { records, first } => write!(
                f,
                "every record was rejected ({records} of them), so there are no rows ({} allows that); the first one \
                 was\n{}",
                names(Setting::AllowEmpty),
                nested(first)
            ),
            ErrorKind::UnknownSchema { name, first } => write!(
                f,
                "{}: no record has the keys of a known schema: name the schema ({}); the first one was\n{}",
                Printable(name),
                names(Setting::Schema),
                nested(first)
            ),
            _ => Ok(()),
        }
    }

    /// Errors about one file in two roles.
    fn fmt_same(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = |message: &Message| Printable(&message.with_names(self.names)).to_string();
        match self.error.kind() {
            ErrorKind::SameFile { first, second } => {
                write!(f, "{} and {} are the same file; nothing was written", given(first), given(second))
            }
            ErrorKind::SameStream { first, second } => write!(
                f,
                "{} and {} are the same stream, in which their contents would mix; nothing was written",
                given(first),
                given(second)
            ),
            ErrorKind::SameTarget { first, second, target } => write!(
                f,
                "the rows of {} and of {} would be one file, {}: give them two runs, or other names; nothing was written",
                Printable(first),
                Printable(second),
                Printable(target)
            ),
            _ => Ok(()),
        }
    }

    /// Errors about settings that contradict each other or the records.
    fn fmt_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names;
        match self.error.kind() {
            ErrorKind::WrongSchema { name, schema, setting, needed } => {
                if let Some(name) = name {
                    write!(f, "{}: ", Printable(name))?;
                }
                // A program may show the setting with its value, as in `--from SCHEMA`.
                let by = names(Setting::Schema).split(' ').next().unwrap_or_default();
                let value = if *setting == Setting::System { " record" } else { "" };
                let (setting, needed) =
                    (names(*setting), needed.iter().map(|schema| schema.name()).collect::<Vec<_>>());
                let needed = needed.join(" and ");
                write!(f, "the records are of the schema {schema} ({by}), but {setting}{value} is for {needed}")
            }
            ErrorKind::UnknownAttribute(name) => {
                write!(f, "there is no attribute {name:?} ({})", names(Setting::OnlyAttribute))
            }
            ErrorKind::UnscoredAttributes(problem) => {
                write!(
                    f,
                    "{problem} ({}){} ({})",
                    names(Setting::Attributes),
                    self.nothing_written(),
                    names(Setting::Strict)
                )
            }
            ErrorKind::Format(error) => write!(f, "{}", Printable(&error.to_string())),
            ErrorKind::DifferentAttributes { name, schema: (schema, attributes), before: (other, others) } => write!(
                f,
                "{}: records of the schema {schema} have scores for {}, but the records before them, of the schema {other}, for {}: \
                 convert each schema in a separate run, or name the attributes of the rows ({})",
                Printable(name),
                Printable(&attributes.join(", ")),
                Printable(&others.join(", ")),
                names(Setting::Attributes)
            ),
            ErrorKind::Pairs { name, schema, error } => {
                if let Some(name) = name {
                    write!(f, "{}: ", Printable(name))?;
                }
                fmt_pairs(f, *schema, *error, [names(Setting::Layout), names(Setting::Weights)])
            }
            ErrorKind::OneOfOne => write!(
                f,
                "a row has a single number, a weighted score or a margin, so no attribute can be kept alone ({})",
                names(Setting::OnlyAttribute)
            ),
            ErrorKind::NoAttribute { name, schema, scored, setting } => write!(
                f,
                "{}: records of the schema {schema} have scores for {} only, and none of them is an attribute ({})",
                Printable(name),
                scored.join(", "),
                names(*setting)
            ),
            _ => Ok(()),
        }
    }
}

/// Writes why records of a schema give no rows.
fn fmt_pairs(
    f: &mut fmt::Formatter<'_>,
    schema: Schema,
    error: PairsError,
    [layout, weights]: [&str; 2],
) -> fmt::Result {
    write!(f, "records of the schema {schema} ")?;
    match error {
        PairsError::OneLabel => write!(
            f,
            "are pairs of responses with one label for both, which only pairs and the rows of NeMo-Aligner can express; \
             set {layout} trl-pairs, another layout of pairs, or {layout} nemo"
        ),
        PairsError::NoPairs => write!(
            f,
            "have no pairs yet: pairs come from helpsteer2-preference, helpsteer3, and with {weights} from helpsteer \
             ({layout})"
        ),
        PairsError::NeedsWeights => write!(
            f,
            "have scores, and a pair needs one score for each response: set {weights}, for example \
             helpfulness=0.65,correctness=0.8,coherence=0.45,complexity=0.55,verbosity=-0.4"
        ),
        PairsError::NoScores => write!(
            f,
            "have no scores to weigh: the strength of the preference is the margin of a pair, so omit {weights}"
        ),
        PairsError::NeedsNeighbours => f.write_str(
            "give pairs with the records beside them, which convert and convert_stream read, and not one by one",
        ),
    }
}

/// The remedy for an error of the system, if one is known.
fn help(source: &io::Error) -> &'static str {
    if source.raw_os_error() == Some(rustix::io::Errno::MFILE.raw_os_error()) {
        "; that is a limit of the system (ulimit -n): raise it"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::{Role, format::FormatError, rejection::Rejection, schema::Schema, setting::message};

    fn record() -> Error {
        let position = Position { file: "in".to_owned(), line: 1, byte: 0 };
        let detected = Some(DetectedSchema { schema: Schema::Sft, line: 1 });
        let rejection = Rejection::record("no reason");
        ErrorKind::Record { position, rejection, excerpt: "{}".to_owned(), detected }.into()
    }

    /// An error of each kind.
    fn all() -> Vec<Error> {
        let name = || "in".to_owned();
        let schema = Schema::Sft;
        let (first, second) = (|| message!("in"), || message!(Setting::Stats, " out"));
        let kinds = [
            ErrorKind::TooManyRejects { limit: 1, last: record() },
            ErrorKind::AllRejected { records: 1, first: record() },
            ErrorKind::UnknownSchema { name: name(), first: record() },
            ErrorKind::LineTooLong { position: Position { file: name(), line: 1, byte: 0 }, limit: 1 },
            ErrorKind::Io { action: "read", name: name(), source: io::Error::other("no") },
            ErrorKind::ReaderGone { name: name() },
            ErrorKind::SameFile { first: first(), second: second() },
            ErrorKind::SameStream { first: first(), second: second() },
            ErrorKind::SameTarget { first: name(), second: name(), target: name() },
            ErrorKind::Unusable {
                name: name(),
                reason: message!("may be written with ", Setting::Output, " - > FILE"),
            },
            ErrorKind::WrongSchema { name: Some(name()), schema, setting: Setting::System, needed: &Schema::ALL },
            ErrorKind::WrongSchema { name: None, schema, setting: Setting::Split, needed: &[Schema::Oasst] },
            ErrorKind::UnknownAttribute(name()),
            ErrorKind::UnscoredAttributes("no row has a score for x".to_owned()),
            ErrorKind::Format(FormatError::RoleInNemo { speaker: name(), role: Role::Tool }),
            ErrorKind::DifferentAttributes { name: name(), schema: (schema, vec![]), before: (Schema::Oasst, vec![]) },
            ErrorKind::Pairs { name: None, schema, error: PairsError::OneLabel },
            ErrorKind::Pairs { name: Some(name()), schema, error: PairsError::NoPairs },
            ErrorKind::Pairs { name: Some(name()), schema, error: PairsError::NeedsWeights },
            ErrorKind::Pairs { name: Some(name()), schema, error: PairsError::NoScores },
            ErrorKind::Pairs { name: None, schema, error: PairsError::NeedsNeighbours },
            ErrorKind::OneOfOne,
            ErrorKind::NoAttribute { name: name(), schema, scored: vec!["humor"], setting: Setting::Weights },
            ErrorKind::InputChanged,
            ErrorKind::Threads { what: "a thread".to_owned(), source: io::Error::other("no") },
            ErrorKind::Worker("it".to_owned()),
        ];
        [record()].into_iter().chain(kinds.map(Error::from)).collect()
    }

    #[test]
    fn the_library_speaks_of_fields_and_a_program_of_its_own_words() {
        let mut seen = 0;
        for error in all() {
            let (own, other) = (error.to_string(), error.display_with(&|_| "<?>").to_string());
            assert!(!own.is_empty(), "{error:?}");
            assert!(!own.contains("--"), "a flag: {own}");
            seen += usize::from(other.contains("<?>"));
            assert_eq!(other.contains("<?>"), own != other, "{own}\n{other}");
        }
        assert_eq!(seen, 21, "errors that mention settings");
    }

    #[test]
    fn an_error_about_records_has_the_position_of_a_record() {
        let places = all().iter().filter(|error| error.position().is_some_and(|place| place.line == 1)).count();
        assert_eq!(places, 5);
    }
}
