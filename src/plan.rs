//! A [`Format`] made ready: every byte that stands around what is said is spelled once, before the run. Rows take the
//! pieces as they are, and know nothing of templates and layouts.

use std::sync::{Arc, LazyLock};

use crate::{
    characters::{characters, is_python_space},
    conversation::{Conversation, Spelling, System, Turn},
    embedded::{self, Part},
    ends::Ends,
    error::{Error, Refusal, RefusalKind},
    escape::append_escaped,
    format::{Checks, Format, SystemPrompt},
    label::Attributes,
    layout::{Messages, Vector},
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
    user: Spelled,
    assistant: Spelled,
    pub(crate) ends: Ends,
    /// Characters of a row's text that are not in its turns, nor in the record's own system prompt.
    characters: u64,
    /// Turns are written in no more than so many times their bytes, if nothing needs to be escaped.
    growth: usize,
    trims: bool,
    splits: bool,
    pub(crate) attributes: Attributes,
    pub(crate) checks: Checks,
}

/// What stands around a turn, as it is spelled in the output.
#[derive(Debug)]
struct Spelled {
    before: Vec<u8>,
    /// Before it, if nobody spoke before.
    before_first: Vec<u8>,
    after: Vec<u8>,
    /// The characters that these are of a text.
    characters: u64,
}

/// What was written of a turn.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Written {
    /// Characters of text, if they are counted.
    pub(crate) characters: u64,
    /// Turns that were embedded in it.
    pub(crate) embedded: u64,
}

impl Plan {
    pub(crate) fn new(format: &Format) -> Result<Self, Error> {
        format.check().map_err(Error::Format)?;
        let Format { attributes, template, checks, .. } = format;
        let (content, vector) = format.layout.parts();
        let [system, mut user, mut assistant] = match &content.messages {
            Some(messages) => ["system", "user", "assistant"].map(|role| Spelled::message(messages, role)),
            None => [
                Spelled::text(&template.system.before, &template.system.after),
                Spelled::text(&template.user.before, &template.user.after),
                Spelled::text(&template.assistant.before, &template.assistant.after),
            ],
        };
        let is_text = content.messages.is_none();
        let trims = template.trim && is_text;
        // Messages have nothing before, after or instead of them.
        let of_text = |text| if is_text { text } else { "" };
        let [begin, none, end] = [&*template.begin, &template.system.none, &template.end].map(of_text);

        let mut characters = count(begin) + count(end);
        let mut head = [content.open.as_bytes(), &spelled(begin)].concat();
        let mut after_system = None;
        let prompt = match &format.system {
            SystemPrompt::Default => Some(SYSTEM_PROMPT),
            SystemPrompt::Text(prompt) => Some(&**prompt),
            SystemPrompt::Record => Some(""),
            SystemPrompt::None => None,
        };
        if let Some(prompt) = prompt {
            let prompt = if trims { prompt.trim_matches(is_python_space) } else { prompt };
            characters += system.characters + count(prompt);
            head.extend([&*system.before_first, &spelled(prompt)].concat());
            if format.system == SystemPrompt::Record {
                after_system = Some(system.after);
            } else {
                head.extend(system.after);
            }
            for turn in [&mut user, &mut assistant] {
                turn.before_first.clone_from(&turn.before);
            }
        } else {
            characters += count(none);
            head.extend(spelled(none));
        }
        let splits = format.splits_embedded_turns();
        // What stands between two turns may be longer than the marker that it replaces.
        let between = (user.characters + assistant.characters) as usize;
        Ok(Self {
            head,
            after_system,
            ends: ends(&[&spelled(end), content.close.as_bytes()].concat(), attributes, vector),
            characters,
            growth: if splits { 1 + between / embedded::SHORTEST } else { 1 },
            user,
            assistant,
            trims,
            splits,
            attributes: attributes.clone(),
            checks: checks.clone(),
        })
    }

    /// That of the original's rows.
    pub(crate) fn of_original() -> Arc<Self> {
        static ORIGINAL: LazyLock<Arc<Plan>> =
            LazyLock::new(|| Arc::new(Plan::new(&Format::default()).expect("it has no columns")));
        Arc::clone(&ORIGINAL)
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
            System::NotJson(not_json) => {
                return Err(not_json.refuse(r#""system", which is the prompt (--system record),"#));
            }
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

    /// Appends a turn, and those that are embedded in it if they are to be split off. Its characters are counted on
    /// demand.
    #[inline]
    pub(crate) fn append_turn(
        &self,
        conversation: &Conversation<'_>,
        turn: &Turn<'_>,
        is_first: bool,
        counts: bool,
        bytes: &mut Vec<u8>,
    ) -> Written {
        let (spelling, is_user) = (conversation.spelling, turn.from == conversation.mask);
        if !(self.splits && is_user) {
            let whole = Part { is_user, said: turn.value };
            return Written { characters: self.append_part(whole, is_first, spelling, counts, bytes), embedded: 0 };
        }
        let mut written = Written::default();
        for (part, number) in embedded::parts(spelling, turn.value).zip(0..) {
            written.characters += self.append_part(part, is_first && number == 0, spelling, counts, bytes);
            written.embedded = number;
        }
        written
    }

    #[inline]
    fn append_part(
        &self,
        part: Part<'_>,
        is_first: bool,
        spelling: Spelling,
        counts: bool,
        bytes: &mut Vec<u8>,
    ) -> u64 {
        let around = self.around(part.is_user);
        bytes.extend_from_slice(if is_first { &around.before_first } else { &around.before });
        let characters = self.append_said(spelling, part.said, counts, bytes);
        bytes.extend_from_slice(&around.after);
        around.characters + characters
    }

    #[inline]
    fn append_said(&self, spelling: Spelling, said: &[u8], counts: bool, bytes: &mut Vec<u8>) -> u64 {
        let said = if self.trims { trim(spelling, said) } else { said };
        let start = bytes.len();
        match spelling {
            Spelling::Output => bytes.extend_from_slice(said),
            Spelling::Decoded => append_escaped(bytes, said),
        }
        // Only what is new, so that a conversation of many rows stays linear.
        if counts { characters(&bytes[start..]) } else { 0 }
    }

    #[inline]
    fn around(&self, is_user: bool) -> &Spelled {
        if is_user { &self.user } else { &self.assistant }
    }

    /// Bytes of each row that do not depend on its record: of one with a turn of each side.
    pub(crate) fn fixed_length(&self) -> usize {
        let turns = [&self.user, &self.assistant].map(|around| around.before.len() + around.after.len());
        self.length_of_head(b"") + turns[0] + turns[1] + self.ends.length()
    }

    /// About the bytes that stand before the first turn; at least its characters.
    #[inline]
    pub(crate) fn length_of_head(&self, own_system: &[u8]) -> usize {
        self.head.len() + own_system.len() + self.after_system.as_ref().map_or(0, Vec::len)
    }

    /// About the bytes of a turn, whose output may have more since it has escapes; at least its characters.
    #[inline]
    pub(crate) fn length_of_turn(&self, conversation: &Conversation<'_>, turn: &Turn<'_>) -> usize {
        let around = self.around(turn.from == conversation.mask);
        (around.before.len() + turn.value.len() + around.after.len()) * self.growth
    }

    /// Rows are left out if their texts have more characters than this: nothing, if none of them can, since head and turns
    /// have no more than `most`. Then nobody needs to count.
    #[inline]
    pub(crate) fn max_chars(&self, most: usize) -> Option<u64> {
        self.checks.max_chars.filter(|&max| self.characters + most as u64 > max)
    }

    /// How many turns are embedded in those of a conversation and are to be split off.
    pub(crate) fn embedded(&self, conversation: &Conversation<'_>) -> u64 {
        if !self.splits {
            return 0;
        }
        let of_user = conversation.turns.iter().filter(|turn| turn.from == conversation.mask);
        of_user.map(|turn| embedded::parts(conversation.spelling, turn.value).count() as u64 - 1).sum()
    }
}

impl Spelled {
    fn text(before: &str, after: &str) -> Self {
        let (characters, before) = (count(before) + count(after), spelled(before));
        Self { before_first: before.clone(), before, after: spelled(after), characters }
    }

    fn message(messages: &Messages, role: &str) -> Self {
        let before_first = [messages.before_role, role, messages.before_content].concat();
        Self {
            before: [messages.between, &before_first].concat().into(),
            before_first: before_first.into(),
            after: messages.after.into(),
            characters: 0,
        }
    }
}

/// The ends of rows whose text or messages end with `tail`.
fn ends(tail: &[u8], attributes: &Attributes, vector: &Vector) -> Ends {
    let mut before: Vec<Vec<u8>> = Vec::new();
    for name in attributes.names() {
        let mut piece = if before.is_empty() { [tail, vector.open.as_bytes()].concat() } else { vector.between.into() };
        if vector.are_named {
            piece.extend([b"\"", &*spelled(name), b"\": "].concat());
        }
        before.push(piece);
    }
    Ends::new(&before, attributes.missing(), vector.missing, vector.close.as_bytes())
}

fn spelled(text: &str) -> Vec<u8> {
    let mut spelled = Vec::new();
    append_escaped(&mut spelled, text.as_bytes());
    spelled
}

fn count(text: &str) -> u64 {
    text.chars().count() as u64
}
