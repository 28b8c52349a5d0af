//! What the rows look like, and which there are: what the original has in its code, and people change.

pub(crate) mod attributes;
pub(crate) mod label;
pub(crate) mod layout;
pub(crate) mod role;
pub(crate) mod template;

use std::ops::RangeInclusive;

use self::{attributes::Attributes, layout::Layout, role::Role, template::Template};
use crate::{conversation::ASSISTANT, schema::Schema, spelling::printable::quoted};

/// What the rows look like. By default they are the original's.
///
/// ```
/// use steer2reg::{Attributes, Converter, RowFormat, Layout, Parser, SystemPrompt};
///
/// let format = RowFormat {
///     attributes: Attributes::new(["helpfulness", "correctness"], -100.0)?.with_words([("yes", 1.0), ("no", 0.0)])?,
///     system: SystemPrompt::None,
///     layout: Layout::Messages,
///     ..RowFormat::default()
/// };
/// let mut converter = Converter::with_format(Parser::Auto, &format)?;
/// let line = br#"{"conversations": [{"from": "Bot", "value": "Hi", "label": "correctness:yes"}], "mask": "User"}"#;
/// let mut out = Vec::new();
/// converter.process_sample(line, &mut out)?;
/// assert_eq!(out, br#"{"messages": [{"role": "assistant", "content": "Hi"}], "label": [-100.0, 1.0]}
/// "#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowFormat {
    /// The vector of scores.
    pub attributes: Attributes,
    /// What the system prompt is.
    pub system: SystemPrompt,
    /// What stands around the turns, where they are a text.
    pub template: Template,
    /// What a row is as JSON.
    pub layout: Layout,
    /// What speakers are who are neither the user (the mask) nor plainly the assistant. Names are the same in small and
    /// capital letters, and a turn of the mask is the user's whatever is said here.
    pub roles: Vec<(String, Role)>,
    /// Make turns of those that stand in the user's turns behind the markers `<extra_id_1>User` and
    /// `<extra_id_1>Assistant`; `None` means: if the rows are not texts by the template of NeMo-Aligner, in which
    /// both are the same.
    pub split_embedded_turns: Option<bool>,
    /// Which of the labelled turns give rows.
    pub checks: Checks,
}

impl RowFormat {
    /// Looks for what does not go together.
    ///
    /// # Errors
    ///
    /// For people: an attribute with the name of another column, a role that rows cannot have.
    pub fn check(&self) -> Result<(), String> {
        self.check_names()?;
        self.check_roles()
    }

    /// Looks for an attribute with the name of another column.
    pub fn check_names(&self) -> Result<(), String> {
        let key = self.layout.content_key();
        if self.layout.has_columns() && self.attributes.names().iter().any(|name| name == key) {
            return Err(format!("there is a column {key:?} already, so no attribute can have that name"));
        }
        Ok(())
    }

    /// The same for records of a schema. It differs only where trainers mask no score, and no attributes were asked for: the
    /// vector then has those that records of this schema have.
    ///
    /// ```
    /// use steer2reg::{Schema, RowFormat, Layout};
    ///
    /// let format = RowFormat { layout: Layout::Messages, ..RowFormat::default() }.for_schema(Schema::Oasst);
    /// assert_eq!(format.attributes.names(), ["quality", "toxicity", "humor", "creativity"]);
    /// ```
    #[must_use]
    pub fn for_schema(&self, schema: Schema) -> Self {
        if self.layout != Layout::Messages {
            return self.clone();
        }
        Self { attributes: self.attributes.for_schema(schema), ..self.clone() }
    }

    /// Looks for speakers with a role that rows cannot have.
    pub fn check_roles(&self) -> Result<(), String> {
        let has_tool = self.layout.has_messages() || self.template.tool.is_some();
        for (at, (name, role)) in self.roles.iter().enumerate() {
            let (shown, role_name) = (quoted(name), role.name());
            if self.roles[..at].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                return Err(format!("the speaker {shown} is there twice"));
            }
            if name.as_bytes().eq_ignore_ascii_case(ASSISTANT) && *role != Role::Assistant {
                return Err(format!("{shown} is the assistant, and cannot be {role_name}"));
            }
            let is_possible = match role {
                Role::User | Role::Assistant => true,
                Role::System => !self.has_original_text(),
                Role::Tool => has_tool,
            };
            if !is_possible {
                let why = if self.has_original_text() {
                    "texts by the template of NeMo-Aligner have only the user and the assistant"
                } else {
                    "the template has no [tool]"
                };
                return Err(format!("{shown} cannot be {role_name}: {why}"));
            }
        }
        Ok(())
    }

    /// True if rows are texts by the template of NeMo-Aligner.
    #[must_use]
    pub fn has_original_text(&self) -> bool {
        !self.layout.has_messages() && self.template == Template::default()
    }

    /// True if embedded turns are split.
    #[must_use]
    pub fn splits_embedded_turns(&self) -> bool {
        self.split_embedded_turns.unwrap_or_else(|| !self.has_original_text())
    }
}

/// Where the system prompt comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SystemPrompt {
    /// The original's, which is the same for all records.
    #[default]
    Default,
    /// There is none. By the template of NeMo-Aligner it is then empty.
    None,
    /// The `system` of each record. A record in which it is missing or not a string is rejected.
    Record,
    /// This one.
    Text(String),
}

/// Which rows there are. By default: one for each labelled turn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checks {
    /// Refuse records with labels that name an unknown attribute, that give no score at all, or with a score outside
    /// `range`.
    pub strict: bool,
    /// The scores that are expected; others are counted. Outside an empty range are all.
    pub range: Option<RangeInclusive<f64>>,
    /// Leave out rows whose text has more characters than this. Without a template: whose turns have more in all.
    pub max_chars: Option<u64>,
    /// One row for a conversation: that of its last labelled turn.
    pub last_labelled_only: bool,
}
