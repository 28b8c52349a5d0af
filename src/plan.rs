//! A [`Format`] made ready: every byte that stands around what is said is spelled once, before the run. Rows take the
//! pieces as they are, and know nothing of templates and layouts.

use crate::{
    characters::characters,
    conversation::{Conversation, Spelling, System, Turn},
    embedded::{self, Speaker},
    ends::Ends,
    error::{Error, Refusal, RefusalKind},
    escape::append_escaped,
    format::{Checks, Format, SystemPrompt},
    label::Attributes,
    layout::{Messages, Scores},
    number::append_score,
    trim::trim,
};

/// The system prompt of the original.
const SYSTEM_PROMPT: &str = "A chat between a curious user and an artificial intelligence assistant. \
    The assistant gives helpful, detailed, and polite answers to the user's questions.";

/// What rows are made of besides what is said, and which there are.
#[derive(Debug)]
pub(crate) struct Plan {
    /// From the start of the line to the first turn, or to the record's own system prompt.
    head: Vec<u8>,
    /// From the record's own system prompt to the first turn, if that is the prompt.
    after_system: Option<Vec<u8>>,
    user: Around,
    assistant: Around,
    /// The first turn of a row leaves out so much of what stands before it.
    joint: usize,
    pub(crate) ends: Ends,
    /// Characters of a row's text that are not in its turns, nor in the record's own system prompt.
    characters: u64,
    /// So many times the bytes of turns are at least the characters of what is written of them.
    growth: u64,
    trims: bool,
    splits: bool,
    pub(crate) attributes: Attributes,
    pub(crate) checks: Checks,
}

/// What stands around a turn, as it is spelled in the output.
#[derive(Debug)]
struct Around {
    before: Vec<u8>,
    after: Vec<u8>,
    /// The characters that these are of a text.
    characters: u64,
}

/// What was written of a turn.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Written {
    /// Characters of text, if they are counted.
    pub(crate) characters: u64,
    /// Turns that it had hidden in it.
    pub(crate) embedded: u64,
}

impl Default for Plan {
    /// For the original's rows.
    fn default() -> Self {
        Self::new(&Format::default()).expect("there is no column to have the name of another")
    }
}

impl Plan {
    pub(crate) fn new(format: &Format) -> Result<Self, Error> {
        let Format { attributes, template, checks, .. } = format;
        let (content, scores) = format.layout.parts();
        if scores.are_named && attributes.names().iter().any(|name| name == format.layout.content_key()) {
            let name = format.layout.content_key();
            return Err(Error::Format(format!("a column cannot have the name {name:?}: it is that of another")));
        }
        let trims = template.trim && content.messages.is_none();
        // A text begins and ends with something, and may say that there is no prompt.
        let (system, user, assistant, [begin, none, end], between) = match &content.messages {
            Some(messages) => (
                Around::message(messages, "system"),
                Around::message(messages, "user"),
                Around::message(messages, "assistant"),
                [""; 3],
                messages.between.len(),
            ),
            None => (
                Around::text(&template.system.before, &template.system.after),
                Around::text(&template.user.before, &template.user.after),
                Around::text(&template.assistant.before, &template.assistant.after),
                [&*template.begin, &*template.system.none, &*template.end],
                0,
            ),
        };
        let mut characters = count(begin) + count(end);
        let mut head = [content.open.as_bytes(), &spelled(begin)].concat();
        let (mut after_system, mut joint) = (None, 0);
        let prompt = match &format.system {
            SystemPrompt::Default => Some(SYSTEM_PROMPT),
            SystemPrompt::Text(prompt) => Some(&**prompt),
            SystemPrompt::None | SystemPrompt::Record => None,
        };
        if let Some(prompt) = prompt {
            let prompt = if trims { prompt.trim_matches(crate::label::is_python_space) } else { prompt };
            characters += system.characters + count(prompt);
            head.extend([&system.before[between..], &spelled(prompt), &system.after].concat());
        } else if format.system == SystemPrompt::Record {
            characters += system.characters;
            head.extend_from_slice(&system.before[between..]);
            after_system = Some(system.after);
        } else {
            characters += count(none);
            head.extend(spelled(none));
            joint = between;
        }
        let splits = format.splits_embedded_turns();
        // A marker may be replaced by something longer.
        let growth = if splits { 1 + (user.characters + assistant.characters) / embedded::SHORTEST } else { 1 };
        let tail = [&spelled(end), content.close.as_bytes()].concat();
        Ok(Self {
            head,
            after_system,
            user,
            assistant,
            joint,
            ends: ends(&tail, attributes, scores),
            characters,
            growth,
            trims,
            splits,
            attributes: attributes.clone(),
            checks: checks.clone(),
        })
    }

    /// The record's own system prompt, if that is the prompt; else nothing.
    #[inline]
    pub(crate) fn own_system<'a>(&self, conversation: &Conversation<'a>) -> Result<&'a [u8], Refusal> {
        if self.after_system.is_none() {
            return Ok(b"");
        }
        let problem = match conversation.system {
            System::Text(prompt) => return Ok(prompt),
            System::Missing => "is missing".to_owned(),
            System::Other(kind) => format!("is {kind}, not a string"),
        };
        Err(Refusal::new(
            RefusalKind::InvalidRecord,
            format!(r#""system" {problem}, but is the prompt (--system record)"#),
        ))
    }

    /// Appends what stands before the first turn, and returns the characters of text besides turns.
    #[inline]
    pub(crate) fn append_head(&self, spelling: Spelling, own_system: &[u8], bytes: &mut Vec<u8>) -> u64 {
        bytes.extend_from_slice(&self.head);
        let Some(after) = &self.after_system else { return self.characters };
        let said = self.append_said(spelling, own_system, true, bytes);
        bytes.extend_from_slice(after);
        self.characters + said
    }

    /// Appends a turn, which may be several.
    #[inline]
    pub(crate) fn append_turn(
        &self,
        conversation: &Conversation<'_>,
        turn: &Turn<'_>,
        is_first: bool,
        counts_characters: bool,
        bytes: &mut Vec<u8>,
    ) -> Written {
        let is_user = turn.from == conversation.mask;
        let mut around = if is_user { &self.user } else { &self.assistant };
        let (mut said, mut written) = (turn.value, Written::default());
        let mut joint = if is_first { self.joint } else { 0 };
        if self.splits && is_user {
            while let Some(hidden) = embedded::next(conversation.spelling, said) {
                let (before, after) = (&said[..hidden.marker.start], &said[hidden.marker.end..]);
                written.characters +=
                    self.append_message(around, joint, conversation.spelling, before, counts_characters, bytes);
                written.embedded += 1;
                around = match hidden.speaker {
                    Speaker::User => &self.user,
                    Speaker::Assistant => &self.assistant,
                };
                (said, joint) = (after, 0);
            }
        }
        written.characters += self.append_message(around, joint, conversation.spelling, said, counts_characters, bytes);
        written
    }

    /// Appends one turn without the first bytes, `joint`, of what stands before it; returns its characters, if they are
    /// counted.
    #[inline]
    fn append_message(
        &self,
        around: &Around,
        joint: usize,
        spelling: Spelling,
        said: &[u8],
        counts_characters: bool,
        bytes: &mut Vec<u8>,
    ) -> u64 {
        bytes.extend_from_slice(&around.before[joint..]);
        let characters = self.append_said(spelling, said, counts_characters, bytes);
        bytes.extend_from_slice(&around.after);
        around.characters + characters
    }

    #[inline]
    fn append_said(&self, spelling: Spelling, said: &[u8], counts_characters: bool, bytes: &mut Vec<u8>) -> u64 {
        let said = if self.trims { trim(spelling, said) } else { said };
        let start = bytes.len();
        match spelling {
            Spelling::Output => bytes.extend_from_slice(said),
            Spelling::Decoded => append_escaped(bytes, said),
        }
        // Only what is new, so that a conversation of many rows stays linear.
        if counts_characters { characters(&bytes[start..]) } else { 0 }
    }

    /// False if no row can have more characters than `max`, since there are not so many bytes of turns and prompt.
    /// Then nobody needs to count.
    #[inline]
    pub(crate) fn may_exceed(&self, max: u64, turns: usize, own_system: &[u8]) -> bool {
        self.characters + self.growth * turns as u64 + own_system.len() as u64 > max
    }

    /// The bytes of a turn, whose output may have more since it has escapes.
    #[inline]
    pub(crate) fn length(&self, conversation: &Conversation<'_>, turn: &Turn<'_>) -> usize {
        let around = if turn.from == conversation.mask { &self.user } else { &self.assistant };
        around.before.len() + turn.value.len() + around.after.len()
    }

    /// Turns hidden in those of a conversation, if they are to be found.
    pub(crate) fn embedded(&self, conversation: &Conversation<'_>) -> usize {
        if !self.splits {
            return 0;
        }
        let of_user = conversation.turns.iter().filter(|turn| turn.from == conversation.mask);
        of_user.map(|turn| embedded::count(conversation.spelling, turn.value)).sum()
    }
}

impl Around {
    fn text(before: &str, after: &str) -> Self {
        Self { before: spelled(before), after: spelled(after), characters: count(before) + count(after) }
    }

    fn message(messages: &Messages, role: &str) -> Self {
        let before = [messages.between, messages.before_role, role, messages.before_content].concat();
        Self { before: before.into_bytes(), after: messages.after.as_bytes().to_vec(), characters: 0 }
    }
}

/// The ends of rows whose text or messages end with `tail`.
fn ends(tail: &[u8], attributes: &Attributes, scores: &Scores) -> Ends {
    let mut before: Vec<Vec<u8>> = Vec::new();
    for name in attributes.names() {
        let mut piece = if before.is_empty() { [tail, scores.open.as_bytes()].concat() } else { scores.between.into() };
        if scores.are_named {
            piece.extend([b"\"", &*spelled(name), b"\": "].concat());
        }
        before.push(piece);
    }
    let mut missing = Vec::new();
    append_score(&mut missing, attributes.missing());
    let missing = scores.missing.map_or(&*missing, str::as_bytes);
    Ends::new(&before, attributes.missing(), missing, scores.close.as_bytes())
}

fn spelled(text: &str) -> Vec<u8> {
    let mut spelled = Vec::new();
    append_escaped(&mut spelled, text.as_bytes());
    spelled
}

fn count(text: &str) -> u64 {
    text.chars().count() as u64
}
