//! Templates: the text around the turns of a row. The presets are files in the format of custom templates.

use std::{fmt, str::FromStr, sync::LazyLock};

use serde::Deserialize;

use crate::names::UnknownName;

/// The text of a row around the content of its turns. A template is written as TOML, and read with [`FromStr`].
///
/// ```
/// use steer2reg::Template;
///
/// let template: Template = r#"
///     end = "Likert-5 scores:"
///     [system]
///     before = "<s>[INST]"
///     after = "\n---\n"
///     [user]
///     before = "User: "
///     after = "\n\n"
///     [assistant]
///     before = "Assistant: "
///     after = "\n\n"
/// "#.parse()?;
/// assert_eq!(template.user.before, "User: ");
/// assert_eq!(template.begin, "");
/// # Ok::<(), steer2reg::TemplateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Before everything.
    #[serde(default)]
    pub begin: String,
    /// The system turn.
    pub system: SystemTemplate,
    /// A turn of the user.
    pub user: TurnTemplate,
    /// A turn of any other speaker.
    pub assistant: TurnTemplate,
    /// A turn of a tool; without it, no speaker can be a tool.
    #[serde(default)]
    pub tool: Option<TurnTemplate>,
    /// After the last turn.
    #[serde(default)]
    pub end: String,
    /// Removes white space at both ends of each turn's content, as Python's `str.strip` does.
    #[serde(default)]
    pub trim: bool,
}

/// The text around a turn's content.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnTemplate {
    /// Before the content.
    pub before: String,
    /// After the content.
    pub after: String,
}

/// The text around the system prompt, or instead of the turn.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemTemplate {
    /// Before the prompt.
    pub before: String,
    /// After the prompt.
    pub after: String,
    /// In place of the whole turn, if there is no prompt.
    #[serde(default)]
    pub none: String,
}

impl Template {
    /// The names of the presets.
    pub const PRESETS: [&str; 3] = ["nemo", "llama3", "chatml"];

    /// A preset by its name: that of NeMo-Aligner, of Llama 3, or ChatML.
    ///
    /// # Errors
    ///
    /// An [`UnknownName`] if there is no such preset.
    #[allow(clippy::missing_panics_doc)] // a test reads each preset
    pub fn preset(name: &str) -> Result<Self, UnknownName> {
        let file = match name {
            "nemo" => include_str!("templates/nemo.toml"),
            "llama3" => include_str!("templates/llama3.toml"),
            "chatml" => include_str!("templates/chatml.toml"),
            _ => return Err(UnknownName::new("template", name, Self::PRESETS)),
        };
        Ok(file.parse().expect("the presets are valid"))
    }
}

/// Reads a template from TOML; keys are the names of the fields.
impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(toml: &str) -> Result<Self, TemplateError> {
        toml::from_str(toml).map_err(|error| TemplateError(Box::new(error)))
    }
}

/// The error of a text that is not a template. Its message shows the line of TOML and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateError(Box<toml::de::Error>);

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_end())
    }
}

impl std::error::Error for TemplateError {}

impl Default for Template {
    /// The template of NeMo-Aligner.
    fn default() -> Self {
        static NEMO: LazyLock<Template> = LazyLock::new(|| Template::preset("nemo").expect("it is a preset"));
        NEMO.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_presets_are_good() {
        for name in Template::PRESETS {
            assert!(Template::preset(name).is_ok(), "{name}");
        }
        let error = Template::preset("llama").unwrap_err();
        assert_eq!(error.to_string(), r#"there is no template "llama", but nemo, llama3, chatml"#);
    }

    #[test]
    fn what_is_wrong_with_a_template_is_said_with_its_line() {
        let good = include_str!("templates/chatml.toml");
        let cases = [
            (good.replace("[user]", "[usre]"), "unknown field `usre`"),
            (good.replace("before = \"<|im_start|>user\\n\"", ""), "missing field `before`"),
            (good.replace("\"<|im_end|>\\n\"", "3"), "expected a string"),
            (good.replace('=', ":"), "line 3"),
            (String::new(), "missing field `system`"),
        ];
        for (file, expected) in cases {
            let error = file.parse::<Template>().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
