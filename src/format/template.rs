//! Templates: what stands around the turns of a row's text. The presets are files like those that people write.

use std::sync::LazyLock;

use serde::Deserialize;

/// The text of a row, but for what is said.
///
/// ```
/// use steer2reg::Template;
///
/// let template = Template::from_toml(r#"
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
/// "#)?;
/// assert_eq!(template.user.before, "User: ");
/// assert_eq!(template.begin, "");
/// # Ok::<(), String>(())
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
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        let file = match name {
            "nemo" => include_str!("templates/nemo.toml"),
            "llama3" => include_str!("templates/llama3.toml"),
            "chatml" => include_str!("templates/chatml.toml"),
            _ => return None,
        };
        Self::from_toml(file).ok()
    }

    /// Reads a template from TOML; keys are the names of the fields.
    ///
    /// # Errors
    ///
    /// What is wrong, and where, for people.
    pub fn from_toml(toml: &str) -> Result<Self, String> {
        toml::from_str(toml).map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())
    }
}

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
            assert!(Template::preset(name).is_some(), "{name}");
        }
        assert_eq!(Template::preset("llama"), None);
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
            let error = Template::from_toml(&file).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
