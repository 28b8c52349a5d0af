//! A [`RowFormat`] made ready: every byte that stands around what is said is spelled once, before the run. Rows take the
//! pieces as they are, and know nothing of templates and layouts.

use std::sync::{Arc, LazyLock};

use super::{
    embedded::{self, Segment},
    score_tail::ScoreTail,
    speakers::{SpeakerFlags, Speakers},
};
use crate::{
    conversation::{Conversation, System, Turn},
    error::Error,
    format::{
        Checks, RowFilter, RowFormat, SystemPrompt,
        attributes::Attributes,
        layout::{Layout, Messages, Vector},
        role::Role,
        template::TurnTemplate,
    },
    rejection::{Rejection, RejectionKind},
    spelling::{
        Spelling,
        characters::{characters, is_python_space},
        escape::append_escaped,
        whitespace::trim,
    },
};

/// The system prompt of the original.
pub(crate) const SYSTEM_PROMPT: &str = "A chat between a curious user and an artificial intelligence assistant. \
    The assistant gives helpful, detailed, and polite answers to the user's questions.";

/// What rows are made of besides what is said, and which there are.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // switches, each for itself
pub(crate) struct CompiledFormat {
    /// From the start of the line to the first turn, or to the record's own system prompt.
    head: Vec<u8>,
    /// The record's own system prompt is the prompt; it follows the head.
    is_own: bool,
    /// From the start of the line to a system prompt that is the first turn.
    head_of_turn: Vec<u8>,
    /// From a record's own system prompt to the turn that follows.
    after_system: Vec<u8>,
    user: TurnFrame,
    assistant: TurnFrame,
    /// If there is a way to write a tool's turn.
    tool: Option<TurnFrame>,
    pub(crate) speakers: Speakers,
    score_tail: ScoreTail,
    /// Characters of a row's text that are not in its turns, nor in the record's own system prompt.
    characters: u64,
    /// The same, if the system prompt is the first turn.
    characters_with_turn: u64,
    /// The first turn may be the system prompt.
    has_system_turns: bool,
    /// The most bytes around a turn that is not the user's.
    frame_of_others: usize,
    /// The most bytes in which a byte of a turn is written, if nothing needs to be escaped.
    growth: usize,
    trims: bool,
    pub(super) splits: bool,
    pub(crate) attributes: Attributes,
    /// A row without one of the scores is not to be written: nothing masks it.
    pub(crate) needs_all: bool,
    /// A pair of responses with one label for both can be written: only the Bradley-Terry losses tell which is which.
    pub(crate) allows_pairs: bool,
    pub(crate) checks: Checks,
    pub(crate) filter: RowFilter,
}

/// What stands around a turn, as it is spelled in the output.
#[derive(Debug)]
struct TurnFrame {
    before: Vec<u8>,
    /// Before it, if nobody spoke before.
    before_first: Vec<u8>,
    after: Vec<u8>,
    /// The characters that these are of a text.
    characters: u64,
}

/// The system prompt of a conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Prompt<'a> {
    /// The same for all.
    Fixed,
    /// The record's own.
    Record(&'a [u8]),
    /// The first turn.
    Turn(&'a [u8]),
}

impl<'a> Prompt<'a> {
    /// What is not in the head.
    #[inline]
    fn content(self) -> &'a [u8] {
        match self {
            Self::Fixed => b"",
            Self::Record(prompt) | Self::Turn(prompt) => prompt,
        }
    }
}

/// What was written of a turn.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Written {
    /// Characters of text, if they are counted.
    pub(crate) characters: u64,
    /// Turns that were embedded in it.
    pub(crate) embedded: u64,
}

impl CompiledFormat {
    pub(crate) fn new(format: &RowFormat) -> Result<Self, Error> {
        format.check()?;
        let RowFormat { attributes, template, checks, filter, .. } = format;
        let (content, vector) = format.layout.frames();
        let text = |frame: &TurnTemplate| TurnFrame::text(&frame.before, &frame.after);
        let (system, mut user, mut assistant, mut tool) = match &content.messages {
            Some(messages) => {
                let [system, user, assistant, tool] = [Role::System, Role::User, Role::Assistant, Role::Tool]
                    .map(|role| TurnFrame::message(messages, role.name()));
                (system, user, assistant, Some(tool))
            }
            None => (
                TurnFrame::text(&template.system.before, &template.system.after),
                text(&template.user),
                text(&template.assistant),
                template.tool.as_ref().map(text),
            ),
        };
        let is_text = content.messages.is_none();
        let trims = template.trim && is_text;
        // Messages have nothing before, after or instead of them.
        let of_text = |text| if is_text { text } else { "" };
        let [begin, none, end] = [&*template.begin, &template.system.none, &template.end].map(of_text);

        let mut characters = count(begin) + count(end);
        let characters_with_turn = characters + system.characters;
        let mut head = [content.open.as_bytes(), &spelled(begin)].concat();
        let head_of_turn = [&*head, &system.before_first].concat();
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
            if format.system != SystemPrompt::Record {
                head.extend_from_slice(&system.after);
            }
            for turn in [&mut user, &mut assistant].into_iter().chain(&mut tool) {
                turn.before_first.clone_from(&turn.before);
            }
        } else {
            characters += count(none);
            head.extend(spelled(none));
        }
        let splits = format.splits_embedded_turns();
        // What stands between two turns may be longer than the marker that it replaces.
        let between = (user.characters + assistant.characters) as usize;
        let frame = |turn: &TurnFrame| turn.before.len() + turn.after.len();
        let frame_of_others = [Some(&user), Some(&assistant), tool.as_ref()].into_iter().flatten().map(frame).max();
        let is_original = format.has_nemo_text();
        Ok(Self {
            head,
            is_own: format.system == SystemPrompt::Record,
            head_of_turn,
            after_system: system.after,
            frame_of_others: if is_original && format.roles.is_empty() {
                frame(&assistant)
            } else {
                frame_of_others.unwrap_or(0)
            },
            speakers: Speakers::new(&format.roles, is_original, tool.is_some()),
            tool,
            score_tail: score_tail(&[&spelled(end), content.close.as_bytes()].concat(), attributes, vector),
            characters,
            characters_with_turn,
            has_system_turns: !is_original,
            growth: if splits { 1 + between / embedded::SHORTEST } else { 1 },
            user,
            assistant,
            trims,
            splits,
            attributes: attributes.clone(),
            needs_all: format.layout == Layout::Messages && !attributes.has_custom_missing(),
            allows_pairs: format.layout.allows_pairs(),
            checks: checks.clone(),
            filter: filter.clone(),
        })
    }

    /// That of the original's rows.
    pub(crate) fn nemo() -> Arc<Self> {
        static ORIGINAL: LazyLock<Arc<CompiledFormat>> =
            LazyLock::new(|| Arc::new(CompiledFormat::new(&RowFormat::default()).expect("it has no columns")));
        Arc::clone(&ORIGINAL)
    }

    /// The system prompt of a conversation.
    #[inline]
    pub(crate) fn prompt<'a>(&self, conversation: &Conversation<'a>) -> Result<Prompt<'a>, Rejection> {
        if self.has_system_turns
            && let Some(first) = conversation.turns.first()
            && self.speakers.role(conversation, first) == Role::System
        {
            return Ok(Prompt::Turn(first.value));
        }
        if !self.is_own {
            return Ok(Prompt::Fixed);
        }
        let problem = match conversation.system {
            System::Text(prompt) => return Ok(Prompt::Record(prompt)),
            System::Missing => "is missing".to_owned(),
            System::Other(kind) => format!("is {kind}, not a string"),
            System::NotJson(not_json) => {
                return Err(not_json.reject(r#""system", which is the prompt (--system record),"#));
            }
        };
        Err(Rejection::new(
            RejectionKind::InvalidRecord,
            format!(r#""system" {problem}, but is the prompt (--system record)"#),
        ))
    }

    /// Appends what stands before the first turn that is not the system prompt, and returns the characters of text besides
    /// turns.
    #[inline]
    pub(crate) fn append_head(&self, spelling: Spelling, prompt: Prompt<'_>, bytes: &mut Vec<u8>) -> u64 {
        let (head, characters) = match prompt {
            Prompt::Fixed => {
                bytes.extend_from_slice(&self.head);
                return self.characters;
            }
            Prompt::Record(_) => (&self.head, self.characters),
            Prompt::Turn(_) => (&self.head_of_turn, self.characters_with_turn),
        };
        bytes.extend_from_slice(head);
        let content = self.append_content(spelling, prompt.content(), true, bytes);
        bytes.extend_from_slice(&self.after_system);
        characters + content
    }

    /// Appends a turn, and those that are embedded in it if they are to be split off. Its characters are counted on
    /// demand. Nothing is appended for the system prompt, which is in the head.
    #[inline]
    pub(crate) fn append_turn(
        &self,
        conversation: &Conversation<'_>,
        turn: &Turn<'_>,
        is_first: bool,
        counts: bool,
        bytes: &mut Vec<u8>,
    ) -> Written {
        let (spelling, role) = (conversation.spelling, self.speakers.role(conversation, turn));
        let frame = match role {
            Role::System => return Written::default(),
            Role::User => &self.user,
            Role::Assistant => &self.assistant,
            Role::Tool => self.tool.as_ref().unwrap_or(&self.assistant),
        };
        if !(self.splits && role == Role::User) {
            let characters = self.append_segment(frame, turn.value, is_first, spelling, counts, bytes);
            return Written { characters, embedded: 0 };
        }
        let mut written = Written::default();
        for (Segment { is_user, text }, number) in embedded::segments(spelling, turn.value).zip(0..) {
            let frame = if is_user { &self.user } else { &self.assistant };
            written.characters += self.append_segment(frame, text, is_first && number == 0, spelling, counts, bytes);
            written.embedded = number;
        }
        written
    }

    #[inline]
    fn append_segment(
        &self,
        frame: &TurnFrame,
        content: &[u8],
        is_first: bool,
        spelling: Spelling,
        counts: bool,
        bytes: &mut Vec<u8>,
    ) -> u64 {
        bytes.extend_from_slice(if is_first { &frame.before_first } else { &frame.before });
        let characters = self.append_content(spelling, content, counts, bytes);
        bytes.extend_from_slice(&frame.after);
        frame.characters + characters
    }

    #[inline]
    fn append_content(&self, spelling: Spelling, content: &[u8], counts: bool, bytes: &mut Vec<u8>) -> u64 {
        let content = if self.trims { trim(spelling, content) } else { content };
        let start = bytes.len();
        match spelling {
            Spelling::Output => bytes.extend_from_slice(content),
            Spelling::Decoded => append_escaped(bytes, content),
        }
        // Only what is new, so that a conversation of many rows stays linear.
        if counts { characters(&bytes[start..]) } else { 0 }
    }

    /// Bytes of each row that do not depend on its record: of one with a turn of each side.
    pub(crate) fn fixed_length(&self) -> usize {
        let turns = [&self.user, &self.assistant].map(|frame| frame.before.len() + frame.after.len());
        self.length_of_head(Prompt::Fixed) + turns[0] + turns[1] + self.score_tail.length()
    }

    /// About the bytes that stand before the first turn; at least its characters.
    #[inline]
    pub(crate) fn length_of_head(&self, prompt: Prompt<'_>) -> usize {
        match prompt {
            Prompt::Fixed => self.head.len(),
            Prompt::Record(prompt) => self.head.len() + prompt.len() + self.after_system.len(),
            Prompt::Turn(prompt) => self.head_of_turn.len() + prompt.len() + self.after_system.len(),
        }
    }

    /// About the bytes of a turn, whose output may have more since it has escapes; at least its characters.
    #[inline]
    pub(crate) fn length_of_turn(&self, is_user: bool, turn: &Turn<'_>) -> usize {
        let frame = if is_user { self.user.before.len() + self.user.after.len() } else { self.frame_of_others };
        (frame + turn.value.len()) * self.growth
    }

    /// Rows are left out if their texts have more characters than this: nothing, if none of them can, since head and turns
    /// have no more than `most`. Then nobody needs to count.
    #[inline]
    pub(crate) fn max_chars(&self, most: usize) -> Option<u64> {
        let besides = self.characters.max(self.characters_with_turn);
        self.filter.max_chars.filter(|&max| besides + most as u64 > max)
    }

    /// The number of turns that are embedded in those of a conversation and are to be split off.
    pub(super) fn embedded_turns(&self, conversation: &Conversation<'_>) -> u64 {
        if !self.splits {
            return 0;
        }
        let is_user = |turn: &&Turn<'_>| self.speakers.role(conversation, turn) == Role::User;
        let of_user = conversation.turns.iter().filter(is_user);
        of_user.map(|turn| embedded::segments(conversation.spelling, turn.value).count() as u64 - 1).sum()
    }

    /// Appends the end of a row: its scores, and what stands around them.
    #[inline]
    pub(super) fn append_score_tail(&self, scores: &[f64], bytes: &mut Vec<u8>) {
        self.score_tail.append(bytes, scores);
    }

    /// What is odd about the speakers of a conversation. With `--strict` nothing may be.
    #[cold]
    pub(super) fn check_speakers(&self, conversation: &Conversation<'_>) -> Result<SpeakerFlags, Rejection> {
        self.speakers.check(conversation, self.checks.strict)
    }
}

impl TurnFrame {
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
fn score_tail(tail: &[u8], attributes: &Attributes, vector: &Vector) -> ScoreTail {
    let mut before: Vec<Vec<u8>> = Vec::new();
    for name in attributes.names() {
        let mut piece = if before.is_empty() { [tail, vector.open.as_bytes()].concat() } else { vector.between.into() };
        if vector.are_named {
            piece.extend([b"\"", &*spelled(name), b"\": "].concat());
        }
        before.push(piece);
    }
    ScoreTail::new(&before, attributes.missing(), vector.missing, vector.close.as_bytes())
}

fn spelled(text: &str) -> Vec<u8> {
    let mut spelled = Vec::new();
    append_escaped(&mut spelled, text.as_bytes());
    spelled
}

fn count(text: &str) -> u64 {
    text.chars().count() as u64
}
