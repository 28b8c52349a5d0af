//! Templates: what stands around the turns of a row's text. The presets are files like those that people write.

use std::{fmt, str::FromStr, sync::LazyLock};

use serde::Deserialize;

use crate::names::UnknownName;

/// The text of a row, but for what is said.
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
    /// A turn of the user's.
    pub user: TurnTemplate,
    /// A turn of anyone else's.
    pub assistant: TurnTemplate,
    /// A turn of a tool's, if there can be any.
    #[serde(default)]
    pub tool: Option<TurnTemplate>,
    /// After the last turn.
    #[serde(default)]
    pub end: String,
    /// Leave out the white space at both ends of what is said, as Python's `str.strip` does.
    #[serde(default)]
    pub trim: bool,
}

/// What stands around what is said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnTemplate {
    /// Before it.
    pub before: String,
    /// After it.
    pub after: String,
}

/// What stands around the system prompt, or instead of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemTemplate {
    /// Before it.
    pub before: String,
    /// After it.
    pub after: String,
    /// In the place of the whole turn, if there is no prompt.
    #[serde(default)]
    pub none: String,
}

impl Template {
    /// The names of the presets.
    pub const PRESETS: [&str; 3] = ["nemo", "llama3", "chatml"];

    /// One of [`PRESETS`](Self::PRESETS): that of NeMo-Aligner, of Llama 3, or ChatML.
    ///
    /// # Errors
    ///
    /// An [`UnknownName`] if there is no such preset.
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
    /// That of NeMo-Aligner.
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
