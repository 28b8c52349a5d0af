//! From a record to the rows of a [`Format`].

use super::{
    Turn,
    format::{Format, Made, Prompt, Schema, Template},
    json::Value,
    label::python_strip,
    published::{
        conversations, helpsteer_conversations, helpsteer3_conversations, is_kept, object, preference_conversations,
    },
    record,
    scores::Label,
    spelling::python_string,
};

const PROMPT: &str = "A chat between a curious user and an artificial intelligence assistant. \
    The assistant gives helpful, detailed, and polite answers to the user's questions.";

/// What embedded turns begin with, and whether they are the user's.
const MARKERS: [(&str, bool); 2] = [("\n<extra_id_1>User\n", true), ("\n<extra_id_1>Assistant\n", false)];

/// Names of speakers that are neither the user nor the assistant, except for the mask.
#[rustfmt::skip]
const OTHERS: [&str; 20] = [
    "system", "developer", "user", "human", "prompter", "tool", "tools", "tool_call", "tool_calls", "tool_response",
    "tool_result", "tool_output", "function", "function_call", "function_response", "function_result", "observation",
    "ipython", "environment", "code_interpreter",
];

/// One row, before its length is checked.
struct Row {
    line: String,
    characters: usize,
    label: Label,
}

/// A message: its role (`user`, `assistant`, `system` or `tool`) and its text.
pub(crate) struct Message {
    pub(crate) role: &'static str,
    pub(crate) text: String,
}

impl Format {
    /// Converts a record, or returns the kind of its rejection. No record of HelpSteer is a pair by itself.
    pub fn record(&self, schema: &Schema, line: &[u8]) -> Result<Made, &'static str> {
        let mut all = object(line)?;
        let is_comparison = matches!(schema, Schema::Preference(_) | Schema::HelpSteer3);
        if is_comparison && self.pairs.is_none() && (self.has_messages || self.has_columns) {
            return Err("invalid-record");
        }
        let mut own_system = Err("invalid-record");
        let mut mask = "User".to_owned();
        let names = self.names();
        let conversations = match schema {
            Schema::Sft => {
                own_system = all.get("system").cloned().ok_or("invalid-record").and_then(Value::string);
                let turns;
                (mask, turns) = record(Value::Object(all))?;
                vec![turns]
            }
            Schema::HelpSteer(only) => helpsteer_conversations(all, &names, only.as_deref())?,
            Schema::Preference(split) => match preference_conversations(std::mem::take(&mut all), &names, *split)? {
                Some(pair) => pair,
                None => return Ok(Made { other_split: 1, ..Made::default() }),
            },
            Schema::HelpSteer3 => {
                let (system, pair) = helpsteer3_conversations(all, &names)?;
                own_system = system.ok_or("invalid-record");
                pair
            }
            Schema::Oasst => conversations(Value::Object(all), &names)?,
        };
        let mut made = Made::default();
        let has_none = |turns: &Vec<Turn>| turns.iter().all(|turn| !turn.label.is_truthy());
        if self.weights.is_some() && matches!(schema, Schema::HelpSteer(_)) && conversations.iter().any(has_none) {
            return Err("invalid-label");
        }
        if *schema == Schema::Sft {
            let turns = &conversations[0];
            if turns.first().is_some_and(|turn| self.role(&mask, &turn.from) == "system") {
                // It stands in the place of the prompt.
                own_system = Ok(String::new());
            }
            // A fault of the prompt comes before those of the speakers.
            self.system(own_system.clone())?;
            self.check_speakers(&mask, turns, &mut made)?;
        }
        let prompt = self.system(own_system)?;
        if self.pairs.is_some() {
            return self.comparison(prompt.as_deref(), &conversations);
        }

        // All labels are read, also those of turns that give no row.
        let mut rows = Vec::new();
        for turns in conversations {
            let all = self.rows_of(prompt.as_deref(), &mask, &turns)?;
            if *schema != Schema::Oasst || is_kept(&turns) {
                rows.push(all);
            }
        }
        let mut rows: Vec<_> = rows.into_iter().flat_map(|rows| self.wanted(rows)).collect();
        made.unlabelled = u64::from(rows.is_empty());
        let is_too_long = |row: &Row| self.max_chars.is_some_and(|most| row.characters > most);
        if is_comparison && rows.iter().any(is_too_long) {
            made.too_long = rows.len() as u64;
            rows.clear();
        }
        for row in rows {
            if is_too_long(&row) {
                made.too_long += 1;
                continue;
            }
            made.row_count += 1;
            made.rows += &row.line;
            made.unscored += u64::from(self.is_unscored(&row.label));
            made.unknown_attributes += u64::from(row.label.names_unknown);
            made.out_of_range += u64::from(self.is_out_of_range(&row.label));
            made.scores.push(self.scores_of_row(&row.label));
            for name in row.label.unknown {
                *made.unknown_names.entry(name).or_default() += 1;
            }
        }
        Ok(made)
    }

    /// The system prompt of a record whose own is this one.
    pub(crate) fn system(&self, own: Result<String, &'static str>) -> Result<Option<String>, &'static str> {
        Ok(match &self.prompt {
            Prompt::OfLayout if self.pairs.is_some() => None,
            Prompt::OfLayout | Prompt::Original => Some(PROMPT.to_owned()),
            Prompt::None => None,
            Prompt::Record => Some(own?),
            Prompt::Text(prompt) => Some(prompt.clone()),
        })
    }

    /// Counts the other speakers of an SFT record, or rejects it for them.
    fn check_speakers(&self, mask: &str, turns: &[Turn], made: &mut Made) -> Result<(), &'static str> {
        for (number, turn) in turns.iter().enumerate() {
            if turn.from != mask && self.is_other(&turn.from) {
                if !self.is_original_text() || self.strict {
                    return Err("invalid-record");
                }
                *made.other_speakers.entry(turn.from.clone()).or_default() += 1;
            }
            if number > 0 && self.role(mask, &turn.from) == "system" {
                return Err("invalid-record");
            }
        }
        let no_user = !turns.is_empty() && turns.iter().all(|turn| self.role(mask, &turn.from) != "user");
        if no_user && self.strict {
            return Err("invalid-record");
        }
        made.no_user_turn = u64::from(no_user);
        Ok(())
    }

    /// The rows of one conversation that the format keeps.
    fn wanted(&self, mut rows: Vec<Row>) -> Vec<Row> {
        if self.last_labelled_only {
            rows = rows.pop().into_iter().collect();
        }
        rows
    }

    fn rows_of(&self, prompt: Option<&str>, mask: &str, turns: &[Turn]) -> Result<Vec<Row>, &'static str> {
        let (mut rows, mut messages) = (Vec::new(), Vec::new());
        for turn in turns {
            messages.extend(self.messages(turn, self.role(mask, &turn.from)));
            if turn.label.is_truthy() {
                let label =
                    turn.label.clone().string().ok().and_then(|label| self.label(&label)).ok_or("invalid-label")?;
                rows.push(self.row(prompt, &messages, label));
            }
        }
        Ok(rows)
    }

    fn is_original_text(&self) -> bool {
        !self.has_messages && self.pairs.is_none() && self.template == Template::nemo()
    }

    /// True for a name in [`OTHERS`] without a role.
    fn is_other(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let is_named = self.roles.iter().any(|(named, _)| *named == name);
        let is_other = OTHERS.contains(&&*name) && (name != "system" || self.is_original_text());
        is_other && !is_named
    }

    /// The role of a speaker.
    pub(crate) fn role(&self, mask: &str, name: &str) -> &'static str {
        let small = name.to_ascii_lowercase();
        if name == mask {
            "user"
        } else if let Some((_, role)) = self.roles.iter().find(|(named, _)| *named == small) {
            role
        } else if small == "system" && !self.is_original_text() {
            "system"
        } else {
            "assistant"
        }
    }

    /// The messages of a turn: more than one if other turns are embedded in it.
    pub(crate) fn messages(&self, turn: &Turn, role: &'static str) -> Vec<Message> {
        let mut messages = vec![Message { role, text: turn.value.clone() }];
        if role != "user" || !self.split_embedded_turns.unwrap_or(!self.is_original_text()) {
            return messages;
        }
        loop {
            let rest = &mut messages.last_mut().unwrap().text;
            let markers = MARKERS.into_iter().filter_map(|marker| Some((rest.find(marker.0)?, marker)));
            let Some((at, (marker, is_user))) = markers.min() else { return messages };
            let text = rest[at + marker.len()..].to_owned();
            rest.truncate(at);
            messages.push(Message { role: if is_user { "user" } else { "assistant" }, text });
        }
    }

    /// One row, all of it.
    fn row<'a>(&self, mut prompt: Option<&'a str>, mut messages: &'a [Message], label: Label) -> Row {
        if let [Message { role: "system", text }, rest @ ..] = messages {
            (prompt, messages) = (Some(&**text), rest);
        }
        let (content, characters) =
            if self.has_messages { messages_member(prompt, messages) } else { self.text(prompt, messages) };
        let scores = self.scores_spelled(&label);
        Row { line: format!("{{{content}, {scores}}}\n"), characters, label }
    }

    fn text(&self, prompt: Option<&str>, messages: &[Message]) -> (String, usize) {
        let Template { begin, system, none, user, assistant, tool, end, trim } = &self.template;
        let trimmed = |text: &str| if *trim { python_strip(text).to_owned() } else { text.to_owned() };
        let mut text = begin.clone();
        text += &prompt.map_or_else(|| none.clone(), |prompt| system.0.clone() + &trimmed(prompt) + &system.1);
        for one in messages {
            let (before, after) = match (one.role, tool) {
                ("user", _) => user,
                ("tool", Some(tool)) => tool,
                _ => assistant,
            };
            text += &(before.clone() + &trimmed(&one.text) + after);
        }
        text += end;
        (format!("\"text\": {}", python_string(&text)), text.chars().count())
    }
}

fn messages_member(prompt: Option<&str>, messages: &[Message]) -> (String, usize) {
    let mut all: Vec<_> = prompt.into_iter().map(|prompt| ("system", prompt)).collect();
    all.extend(messages.iter().map(|one| (one.role, &*one.text)));
    let characters = all.iter().map(|(_, content)| content.chars().count()).sum();
    (format!("\"messages\": {}", messages_spelled(&all)), characters)
}

/// Roles and contents as a list of messages.
pub(crate) fn messages_spelled(messages: &[(&str, &str)]) -> String {
    let spell =
        |(role, content): &(&str, &str)| format!(r#"{{"role": "{role}", "content": {}}}"#, python_string(content));
    format!("[{}]", messages.iter().map(spell).collect::<Vec<_>>().join(", "))
}
