//! From a record to the rows of a [`Format`].

use std::{cell::RefCell, collections::HashMap};

use super::{
    Converted, Turn, file_by,
    format::{Format, Made, Prompt, Schema, Template},
    json::Value,
    label::{float, float_strip, python_strip},
    published::{conversations, helpsteer_conversations, is_kept, object, preference_conversations},
    record,
    spelling::{python_float, python_string},
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

#[derive(Clone)]
struct Label {
    scores: Vec<f64>,
    names_unknown: bool,
    /// With repetitions.
    unknown: Vec<String>,
}

/// A message: its role (`user`, `assistant`, `system` or `tool`) and its text.
struct Message {
    role: &'static str,
    text: String,
}

impl Format {
    /// Converts a record, or returns the kind of its rejection.
    pub fn record(&self, schema: &Schema, line: &[u8]) -> Result<Made, &'static str> {
        let mut all = object(line)?;
        let own_system = all.get("system").cloned().ok_or("invalid-record").and_then(Value::string);
        let own_system = if *schema == Schema::Sft { own_system } else { Err("invalid-record") };
        let mut needs_own_system = self.prompt == Prompt::Record;
        if matches!(schema, Schema::Preference(_)) && (self.has_messages || self.has_columns) {
            return Err("invalid-record");
        }
        let mut mask = "User".to_owned();
        let attributes: Vec<_> = self.attributes.iter().map(|name| &**name).collect();
        let conversations = match schema {
            Schema::Sft => {
                let turns;
                (mask, turns) = record(Value::Object(all))?;
                vec![turns]
            }
            Schema::HelpSteer(only) => helpsteer_conversations(all, &attributes, only.as_deref())?,
            Schema::Preference(split) => match preference_conversations(std::mem::take(&mut all), &attributes, *split)?
            {
                Some(pair) => pair,
                None => return Ok(Made { other_split: 1, ..Made::default() }),
            },
            Schema::Oasst => conversations(Value::Object(all), &attributes)?,
        };
        let mut made = Made::default();
        if *schema == Schema::Sft {
            let turns = &conversations[0];
            needs_own_system &= turns.first().is_none_or(|turn| self.role(&mask, &turn.from) != "system");
            if needs_own_system {
                // A fault of the prompt comes before those of the speakers.
                own_system.clone()?;
            }
            for (number, turn) in turns.iter().enumerate() {
                if turn.from != mask && self.is_other(&turn.from) {
                    if !self.is_original_text() || self.strict {
                        return Err("invalid-record");
                    }
                    *made.other_speakers.entry(turn.from.clone()).or_default() += 1;
                }
                if number > 0 && self.role(&mask, &turn.from) == "system" {
                    return Err("invalid-record");
                }
            }
            let no_user = !turns.is_empty() && turns.iter().all(|turn| self.role(&mask, &turn.from) != "user");
            if no_user && self.strict {
                return Err("invalid-record");
            }
            made.no_user_turn = u64::from(no_user);
        }
        let own_system = if needs_own_system { own_system? } else { String::new() };
        let prompt = match &self.prompt {
            Prompt::Original => Some(PROMPT.to_owned()),
            Prompt::None => None,
            Prompt::Record => Some(own_system),
            Prompt::Text(prompt) => Some(prompt.clone()),
        };

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
        if matches!(schema, Schema::Preference(_)) && rows.iter().any(is_too_long) {
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
            made.scores.push(self.without_missing(&row.label));
            for name in row.label.unknown {
                *made.unknown_names.entry(name).or_default() += 1;
            }
        }
        Ok(made)
    }

    /// Converts a whole input without the rejected records.
    pub fn file(&self, schema: &Schema, input: &[u8]) -> (Converted, Made) {
        let all = RefCell::new(Made::default());
        let converted = file_by(input, |line| {
            let made = self.record(schema, line)?;
            let mut all = all.borrow_mut();
            all.rows += &made.rows;
            all.row_count += made.row_count;
            all.unlabelled += made.unlabelled;
            all.other_split += made.other_split;
            all.too_long += made.too_long;
            all.unscored += made.unscored;
            all.unknown_attributes += made.unknown_attributes;
            all.out_of_range += made.out_of_range;
            all.scores.extend(made.scores);
            all.no_user_turn += made.no_user_turn;
            for (name, count) in made.unknown_names {
                *all.unknown_names.entry(name).or_default() += count;
            }
            for (name, count) in made.other_speakers {
                *all.other_speakers.entry(name).or_default() += count;
            }
            Ok(made.rows)
        });
        (converted, all.into_inner())
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

    /// The scores of a label, unless it is none, or odd and the checks are strict.
    fn label(&self, label: &str) -> Option<Label> {
        let mut spelled = HashMap::new();
        let mut unknown = Vec::new();
        for part in label.split(',') {
            // What is behind a second colon does not count.
            let mut fields = part.split(':').map(|field| if self.trim_labels { python_strip(field) } else { field });
            let (name, score) = (fields.next()?, fields.next()?);
            spelled.insert(name, score);
            if self.attributes.iter().all(|attribute| attribute != name) {
                unknown.push(name.to_owned());
            }
        }
        let score = |name: &String| spelled.get(&**name).map_or(Some(self.missing), |spelled| self.score(spelled));
        let scores = self.attributes.iter().map(score).collect::<Option<_>>()?;
        let names_unknown = !unknown.is_empty();
        let label = Label { scores, names_unknown, unknown };
        let nothing_masks_it = self.has_messages && !self.has_columns && !self.missing_is_given;
        if nothing_masks_it && self.without_missing(&label).contains(&None) {
            return None;
        }
        let is_odd = names_unknown || self.is_unscored(&label) || self.is_out_of_range(&label);
        (!(self.strict && is_odd)).then_some(label)
    }

    fn score(&self, spelled: &str) -> Option<f64> {
        let word = || self.words.iter().find(|(word, _)| word == float_strip(spelled)).map(|(_, score)| *score);
        float(spelled).or_else(word)
    }

    fn is_unscored(&self, label: &Label) -> bool {
        self.without_missing(label).iter().all(Option::is_none)
    }

    fn is_out_of_range(&self, label: &Label) -> bool {
        let scores = self.without_missing(label);
        self.range.is_some_and(|(low, high)| scores.into_iter().flatten().any(|score| score < low || high < score))
    }

    fn without_missing(&self, label: &Label) -> Vec<Option<f64>> {
        #[allow(clippy::float_cmp)] // as in Python, -0.0 is the 0.0 that is missing
        label.scores.iter().map(|&score| (score != self.missing).then_some(score)).collect()
    }

    fn is_original_text(&self) -> bool {
        !self.has_messages && self.template == Template::nemo()
    }

    /// True for a name in [`OTHERS`] without a role.
    fn is_other(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let is_named = self.roles.iter().any(|(named, _)| *named == name);
        let is_other = OTHERS.contains(&&*name) && (name != "system" || self.is_original_text());
        is_other && !is_named
    }

    /// The role of a speaker.
    fn role(&self, mask: &str, name: &str) -> &'static str {
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
    fn messages(&self, turn: &Turn, role: &'static str) -> Vec<Message> {
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
        let scores = if self.has_columns {
            let scores = self.without_missing(&label);
            let spelled = scores.into_iter().map(|score| score.map_or_else(|| "null".to_owned(), python_float));
            let names = self.attributes.iter().map(|name| python_string(name));
            names.zip(spelled).map(|(name, score)| format!("{name}: {score}")).collect::<Vec<_>>().join(", ")
        } else {
            let scores: Vec<_> = label.scores.iter().map(|&score| python_float(score)).collect();
            format!("\"label\": [{}]", scores.join(", "))
        };
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
    let spell =
        |(role, content): &(&str, &str)| format!(r#"{{"role": "{role}", "content": {}}}"#, python_string(content));
    let spelled: Vec<_> = all.iter().map(spell).collect();
    let characters = all.iter().map(|(_, content)| content.chars().count()).sum();
    (format!("\"messages\": [{}]", spelled.join(", ")), characters)
}
