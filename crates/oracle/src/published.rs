//! Records of published data sets. Each script of the original is one function, recursive where the original's is.

use std::{cmp::Ordering, collections::HashMap};

use super::{Turn, json::Value, label::ATTRIBUTES, rows_of, spelling::python_float, text};

pub(crate) type Object = HashMap<String, Value>;
pub(crate) type Conversations = Result<Vec<Vec<Turn>>, &'static str>;

/// The rows of a HelpSteer record.
pub fn helpsteer(line: &[u8], only: Option<&str>) -> Result<String, &'static str> {
    rows(line, |record| helpsteer_conversations(record, &ATTRIBUTES, only))
}

/// The one conversation of a HelpSteer record, with a label of these attributes.
pub(crate) fn helpsteer_conversations(mut record: Object, attributes: &[&str], only: Option<&str>) -> Conversations {
    let (prompt, response) = (text(&mut record, "prompt")?, text(&mut record, "response")?);
    // Any other member may be an attribute.
    let label = scores(&record, attributes, only)?;
    Ok(vec![vec![turn("User", prompt, ""), turn("Assistant", response, &label)]])
}

/// The rows of a HelpSteer2-Preference record; none if it is of another split than the one that is asked for.
pub fn preference(line: &[u8], split: Option<&str>) -> Result<String, &'static str> {
    rows(line, |record| Ok(preference_conversations(record, &ATTRIBUTES, split)?.unwrap_or_default()))
}

/// The two conversations of a HelpSteer2-Preference record, if it is of the split that is asked for.
pub(crate) fn preference_conversations(
    mut record: Object,
    attributes: &[&str],
    split: Option<&str>,
) -> Result<Option<Vec<Vec<Turn>>>, &'static str> {
    let prompt = text(&mut record, "prompt")?;
    let responses = [text(&mut record, "response_1")?, text(&mut record, "response_2")?];
    let strength = record.remove("preference_strength").ok_or("invalid-record")?;
    let is_train = record.remove("split").ok_or("invalid-record")?.string().is_ok_and(|split| split == "train");
    if split.is_some_and(|split| (split == "train") != is_train) {
        return Ok(None);
    }
    let label = scores(&Object::from([("quality".to_owned(), strength)]), &ATTRIBUTES, None)?;
    let label = if attributes.contains(&"quality") { label } else { String::new() };
    let conversation = |response| vec![turn("User", prompt.clone(), ""), turn("Assistant", response, &label)];
    Ok(Some(responses.map(conversation).into()))
}

/// The rows of a HelpSteer3 record.
pub fn helpsteer3(line: &[u8]) -> Result<String, &'static str> {
    rows(line, |record| Ok(helpsteer3_conversations(record, &ATTRIBUTES)?.1))
}

/// The system prompt of a HelpSteer3 record, if it has one, and its two conversations.
pub(crate) fn helpsteer3_conversations(
    mut record: Object,
    attributes: &[&str],
) -> Result<(Option<String>, Vec<Vec<Turn>>), &'static str> {
    let mut system = None;
    let mut turns = Vec::new();
    match record.remove("context").ok_or("invalid-record")?.used()? {
        Value::String(prompt) => turns.push(turn("User", prompt, "")),
        context => {
            for (number, message) in context.array()?.into_iter().enumerate() {
                let mut message = message.object()?;
                let (role, content) = (text(&mut message, "role")?, text(&mut message, "content")?);
                match &*role {
                    "user" => turns.push(turn("User", content, "")),
                    "assistant" => turns.push(turn("Assistant", content, "")),
                    "system" if number == 0 => system = Some(content),
                    _ => return Err("invalid-record"),
                }
            }
        }
    }
    let responses = [text(&mut record, "response1")?, text(&mut record, "response2")?];
    let strength = record.remove("overall_preference").ok_or("invalid-record")?;
    let label = scores(&Object::from([("quality".to_owned(), strength)]), &ATTRIBUTES, None)?;
    let label = if attributes.contains(&"quality") { label } else { String::new() };
    let conversation = |response| [&turns[..], &[turn("Assistant", response, &label)]].concat();
    Ok((system, responses.map(conversation).into()))
}

/// The rows of an OpenAssistant tree.
pub fn oasst(line: &[u8]) -> Result<String, &'static str> {
    rows(line, |record| {
        Ok(conversations(Value::Object(record), &ATTRIBUTES)?.into_iter().filter(|turns| is_kept(turns)).collect())
    })
}

/// A message without replies is no conversation.
pub(crate) fn is_kept(turns: &[Turn]) -> bool {
    turns.len() > 1
}

fn rows(line: &[u8], conversations: impl FnOnce(Object) -> Conversations) -> Result<String, &'static str> {
    conversations(object(line)?)?.into_iter().map(|turns| rows_of("User", turns)).collect()
}

/// The object that a line is.
pub(crate) fn object(line: &[u8]) -> Result<Object, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| "invalid-utf8")?;
    Value::read(line).ok_or("invalid-json")?.object()
}

fn turn(from: &str, value: String, label: &str) -> Turn {
    Turn { from: from.to_owned(), value, label: Value::String(label.to_owned()) }
}

/// `format_label`.
fn scores(record: &Object, attributes: &[&str], only: Option<&str>) -> Result<String, &'static str> {
    let mut parts = Vec::new();
    for attribute in attributes {
        if let Some(value) = record.get(*attribute).filter(|_| only.is_none_or(|only| only == *attribute)) {
            parts.push(format!("{attribute}:{}", python_str(value)?));
        }
    }
    Ok(parts.join(","))
}

/// `f"{value}"`; arrays and objects are rejected.
fn python_str(value: &Value) -> Result<String, &'static str> {
    Ok(match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number { spelled, .. } if spelled == "-0" => "0".to_owned(),
        Value::Number { spelled, .. } if !spelled.contains(['.', 'e', 'E']) => spelled.clone(),
        Value::Number { float, .. } if float.is_finite() => python_float(*float),
        Value::Number { float, .. } => if *float > 0.0 { "inf" } else { "-inf" }.to_owned(),
        Value::Array(_) | Value::Object(_) => return Err("invalid-label"),
        // Python writes `nan` and `inf`, or a string that no file can hold.
        Value::Literal | Value::NoUnicode => return Err("invalid-json"),
    })
}

/// `parse_conversations`, which also takes what the official writer leaves out or writes as null.
pub(crate) fn conversations(tree: Value, attributes: &[&str]) -> Conversations {
    let is_flat = |message: &Object| !message.contains_key("prompt") && !message.contains_key("replies");
    let is_message = |message: &Object| message.contains_key("text") && message.contains_key("role");
    match &tree {
        // It would be a tree of one message, which gives no row.
        Value::Object(root) if is_flat(root) && is_message(root) => Err("invalid-record"),
        _ => conversations_from(tree, attributes),
    }
}

fn conversations_from(tree: Value, attributes: &[&str]) -> Conversations {
    let mut message = tree.object()?;
    if let Some(prompt) = message.remove("prompt") {
        message = prompt.object()?;
    } else if !(message.contains_key("text") && message.contains_key("role")) {
        return Ok(vec![Vec::new()]);
    }
    let from = match &*text(&mut message, "role")? {
        "prompter" => "User",
        "assistant" => "Assistant",
        _ => return Err("invalid-record"),
    };
    let value = text(&mut message, "text")?;
    let mut given = |key: &str| message.remove(key).filter(|value| !matches!(value, Value::Null));
    let label = given("labels").map_or(Ok(String::new()), |labels| likert(labels, attributes))?;
    let turn = turn(from, value, if from == "User" { "" } else { &label });
    let mut behind = Vec::new();
    for reply in given("replies").unwrap_or(Value::Array(Vec::new())).array()? {
        behind.extend(conversations_from(reply, attributes)?);
    }
    if behind.is_empty() {
        behind.push(Vec::new());
    }
    Ok(behind.into_iter().map(|behind| [vec![turn.clone()], behind].concat()).collect())
}

/// The kind of a rejection within labels.
fn in_label(kind: &'static str) -> &'static str {
    if kind == "invalid-record" { "invalid-label" } else { kind }
}

/// `encode_labels`, of these attributes.
fn likert(labels: Value, attributes: &[&str]) -> Result<String, &'static str> {
    let mut labels = labels.object().map_err(in_label)?;
    let mut parts = Vec::new();
    for attribute in &ATTRIBUTES[..4] {
        let Some(label) = labels.remove(*attribute) else { continue };
        let value = label.object().map_err(in_label)?.remove("value").ok_or("invalid-label")?.used()?;
        if let Value::Null = value {
            continue;
        }
        let Value::Number { float, .. } = value else { return Err("invalid-label") };
        let times_four = float * 4.0;
        if times_four.is_infinite() {
            return Err("invalid-label");
        }
        // Half to even, spelled out; a whole number has no -0.
        let (below, half) = (times_four.floor(), times_four - times_four.floor());
        let rounded = match half.total_cmp(&0.5) {
            Ordering::Less => below,
            Ordering::Equal if below % 2.0 == 0.0 => below,
            _ => below + 1.0,
        };
        if attributes.contains(attribute) {
            parts.push(format!("{attribute}:{}", if rounded == 0.0 { 0.0 } else { rounded }));
        }
    }
    Ok(parts.join(","))
}
