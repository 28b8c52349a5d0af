//! The templates of Llama 3 and ChatML against the chat templates that are published for them.
//!
//! Those are Jinja. They are rendered by minijinja, and by Jinja itself (with Python's white space) they were once:
//! the texts were the same.

use minijinja::{Environment, context};
use serde::Deserialize;
use steer2reg::{Converter, Parser, Role, RowFormat, SystemPrompt, Template};

/// `chat_template` of `tokenizer_config.json` of meta-llama/Meta-Llama-3-8B-Instruct.
const LLAMA3: &str = r"{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";
const LLAMA3_BOS_TOKEN: &str = "<|begin_of_text|>";

/// ChatML, as Hugging Face's documentation of chat templates has it.
const CHATML: &str = r"{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}";

/// Content of turns without the characters that Python trims and Rust does not: U+001C to U+001F.
const PIECES: [&str; 20] = [
    "Hello",
    "How are you?",
    "{{ messages }}",
    "{% raw %}",
    "<|eot_id|>",
    "<|im_end|>\n",
    "n",
    "\\n",
    "\"",
    "'",
    "&<>",
    "é",
    "世界",
    "😀",
    "\u{200b}",
    "\u{1}",
    "\u{feff}",
    "{#",
    "#}",
    "\\",
];
const WHITE_SPACE: [&str; 12] =
    [" ", "\n", "\t", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{2003}", "\u{2028}", "\u{3000}"];

#[derive(Debug)]
struct Message {
    role: &'static str,
    content: String,
}

/// What there is to read in a row.
#[derive(Deserialize)]
struct Row {
    text: String,
}

fn said(random: &mut fastrand::Rng) -> String {
    let mut said = String::new();
    for _ in 0..random.usize(..9) {
        said += if random.bool() { random.choice(PIECES) } else { random.choice(WHITE_SPACE) }.unwrap();
    }
    said
}

/// A conversation that begins with its system prompt, if it has one.
fn conversation(random: &mut fastrand::Rng) -> Vec<Message> {
    let mut messages = Vec::new();
    if random.bool() {
        messages.push(Message { role: "system", content: said(random) });
    }
    for _ in 0..random.usize(1..7) {
        let role = random.choice(["user", "user", "assistant", "assistant", "tool"]).unwrap();
        messages.push(Message { role, content: said(random) });
    }
    messages
}

/// The texts of the rows by one of the presets, each turn labelled. The system prompt is the first turn, or it is the
/// record's.
fn texts(preset: &str, messages: &[Message], parser: Parser, is_turn: bool) -> Vec<String> {
    let (system, turns) = match messages {
        [Message { role: "system", content }, turns @ ..] if !is_turn => (Some(content), turns),
        turns => (None, turns),
    };
    let turns: Vec<_> = turns
        .iter()
        .map(|turn| serde_json::json!({"from": turn.role, "value": turn.content, "label": "quality:1"}))
        .collect();
    let mut record = serde_json::json!({"conversations": turns, "mask": "user"});
    if let Some(system) = system {
        record["system"] = system.clone().into();
    }
    // The turn takes the place of any other prompt.
    let system = match (system, turns.first().is_some_and(|turn| turn["from"] == "system")) {
        (Some(_), _) => SystemPrompt::Record,
        (None, true) => SystemPrompt::Default,
        (None, false) => SystemPrompt::None,
    };
    let (template, roles) = (Template::preset(preset).unwrap(), vec![("tool".to_owned(), Role::Tool)]);
    let format = RowFormat { system: Some(system), template, roles, ..RowFormat::default() };
    let mut rows = Vec::new();
    Converter::builder()
        .parser(parser)
        .format(format)
        .build()
        .unwrap()
        .convert(record.to_string().as_bytes(), &mut rows)
        .unwrap();
    let rows = str::from_utf8(&rows).unwrap();
    rows.lines().map(|row| serde_json::from_str::<Row>(row).unwrap().text).collect()
}

/// Renders the beginning of each of many conversations up to each of its turns, and compares it with the row of the
/// turn. True for a conversation that shows something.
fn the_template_gives_the_texts(
    template: &str,
    bos_token: &str,
    preset: &str,
    mut shows: impl FnMut(&[Message]) -> bool,
) {
    let mut environment = Environment::new();
    environment.add_template("chat", template).unwrap();
    let template = environment.get_template("chat").unwrap();
    let mut random = fastrand::Rng::with_seed(8);
    let mut showing = 0;
    for number in 0..1000 {
        let messages = conversation(&mut random);
        showing += usize::from(shows(&messages));
        let parser = if number % 2 == 0 { Parser::Auto } else { Parser::SimdJson };
        let texts = texts(preset, &messages, parser, number % 3 == 0);
        let before = messages.len() - texts.len();
        assert!(before <= 1);
        for (number, text) in texts.iter().enumerate() {
            let messages = &messages[..=before + number];
            let values = messages.iter().map(|message| context!(role => message.role, content => &*message.content));
            let context = context! {
                messages => values.collect::<Vec<_>>(), bos_token, add_generation_prompt => false,
            };
            let rendered = template.render(context).unwrap();
            assert_eq!(*text, rendered, "{messages:?}");
        }
    }
    assert!(showing > 100, "{showing} conversations show something");
}

#[test]
fn the_text_by_the_preset_llama3_is_that_of_the_published_chat_template() {
    the_template_gives_the_texts(LLAMA3, LLAMA3_BOS_TOKEN, "llama3", |messages| {
        messages.iter().any(|message| message.content.trim() != message.content)
    });
}

#[test]
fn the_text_by_the_preset_chatml_is_that_of_the_documented_chat_template() {
    the_template_gives_the_texts(CHATML, "", "chatml", |messages| messages[0].role == "system");
}

#[test]
fn a_tool_s_turn_is_that_of_the_published_chat_templates() {
    for (template, bos_token, preset) in [(LLAMA3, LLAMA3_BOS_TOKEN, "llama3"), (CHATML, "", "chatml")] {
        the_template_gives_the_texts(template, bos_token, preset, |messages| {
            messages.iter().any(|message| message.role == "tool")
        });
    }
}

#[test]
fn python_strips_more_than_rust_trims() {
    let messages = [Message { role: "user", content: "\u{1c} \u{1f}said\u{1d}\n\u{1e}".to_owned() }];
    let texts = texts("llama3", &messages, Parser::Auto, false);
    assert_eq!(texts, ["<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nsaid<|eot_id|>"]);
}
