//! A [`RowFormat`] made ready: all text around turns and scores is spelled once, before the run. Rows take the pieces as they
//! are, and know nothing of templates and layouts.

use std::sync::{Arc, LazyLock};

use super::{
    embedded::{self, Segment},
    frames::{Frames, TurnFrame, spelled},
    head::{Head, Prompt},
    score_tail::ScoreTail,
    speakers::{SpeakerFlags, Speakers},
};
use crate::{
    conversation::{Conversation, System, Turn},
    error::Error,
    format::{
        Checks, RowFilter, RowFormat, SystemPrompt,
        attributes::Attributes,
        layout::{Layout, Pair, Tail, Vector},
        role::Role,
        weights::Weights,
    },
    rejection::{Rejection, RejectionKind},
    spelling::{Spelling, characters::characters, escape::append_escaped, whitespace::trim},
};

/// What rows are made of besides the content of records, and which rows there are.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // independent switches
pub(crate) struct CompiledFormat {
    head: Head,
    frames: Frames,
    score_tail: ScoreTail,
    pub(super) speakers: Speakers,
    /// The prompt is the record's `system`.
    has_record_prompts: bool,
    /// The first turn may be the system prompt.
    has_system_turns: bool,
    /// The most bytes around a turn that is not the user's.
    frame_of_others: usize,
    /// The most bytes in which a byte of a turn is written, if nothing needs to be escaped.
    growth: usize,
    /// White space at both ends of a turn is left out.
    trims: bool,
    /// Embedded turns are split off.
    pub(super) splits: bool,
    /// The attributes that labels are read for.
    pub(crate) attributes: Attributes,
    /// The numbers of a row: a score for each attribute, the weighted score, or the margin.
    pub(crate) numbers: Attributes,
    pub(super) weights: Option<Weights>,
    /// The text around responses, if rows are pairs.
    pub(super) pair: Option<&'static Pair>,
    /// A row without one of the scores is not to be written: nothing masks it.
    pub(super) needs_all: bool,
    /// Comparisons can be written.
    pub(crate) takes_comparisons: bool,
    pub(super) checks: Checks,
    pub(super) filter: RowFilter,
}

/// What was written of a turn.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    /// Characters of text, if they are counted.
    pub(super) characters: u64,
    /// Turns that were embedded in it.
    pub(super) embedded: u64,
}

impl CompiledFormat {
    pub(crate) fn new(format: &RowFormat) -> Result<Self, Error> {
        format.check()?;
        let RowFormat { template, layout, checks, filter, weights, .. } = format;
        let (attributes, (content, tail)) = (format.read_attributes(), layout.frames());
        let (is_text, is_original) = (!layout.has_messages(), format.has_nemo_text());
        let mut frames = Frames::new(content, template);
        let (head, prompt) = (Head::new(format, content, &frames.system), format.system_prompt());
        if *prompt != SystemPrompt::None && content.system.is_none() {
            frames.place_behind_prompt();
        }
        let end = if is_text { spelled(&template.end) } else { Vec::new() };
        let (numbers, score_tail, pair) = match tail {
            Tail::Scores { after_content, vector, single } => {
                let end = [&end, after_content.as_bytes()].concat();
                let (numbers, vector) = match weights {
                    Some(_) => (Attributes::single("score"), single),
                    None => (attributes.clone(), vector),
                };
                let tail = score_tail(&end, &numbers, vector);
                (numbers, tail, None)
            }
            Tail::Pair(pair) => {
                let numbers = Attributes::single("margin");
                let before = pair.before_margin.unwrap_or_default().into();
                let tail = ScoreTail::new(&[before], numbers.missing(), Some(""), pair.close.as_bytes());
                (numbers, tail, Some(pair))
            }
        };
        let splits = format.splits_embedded_turns();
        // Text between two turns may be longer than the marker that it replaces.
        let between = (frames.user.characters + frames.assistant.characters) as usize;
        // By NeMo-Aligner's template every speaker but the user is the assistant, unless `roles` names another role.
        let is_plain = is_original && format.roles.is_empty();
        Ok(Self {
            speakers: Speakers::new(&format.roles, is_original, frames.tool.is_some()),
            has_record_prompts: *prompt == SystemPrompt::Record,
            has_system_turns: !is_original,
            frame_of_others: if is_plain { frames.assistant.length() } else { frames.longest() },
            growth: if splits { 1 + between / embedded::SHORTEST } else { 1 },
            trims: template.trim && is_text,
            splits,
            needs_all: weights.is_some() || *layout == Layout::Messages && !attributes.has_custom_missing(),
            attributes,
            numbers,
            weights: weights.clone(),
            pair,
            takes_comparisons: layout.takes_comparisons(),
            checks: checks.clone(),
            filter: filter.clone(),
            head,
            frames,
            score_tail,
        })
    }

    /// The format of the original's rows.
    pub(crate) fn nemo() -> Arc<Self> {
        static ORIGINAL: LazyLock<Arc<CompiledFormat>> =
            LazyLock::new(|| Arc::new(CompiledFormat::new(&RowFormat::default()).expect("it has no columns")));
        Arc::clone(&ORIGINAL)
    }

    /// The system prompt of a conversation.
    #[inline]
    pub(super) fn prompt<'a>(&self, conversation: &Conversation<'a>) -> Result<Prompt<'a>, Rejection> {
        if self.has_system_turns
            && let Some(first) = conversation.turns.first()
            && self.speakers.role(conversation, first) == Role::System
        {
            return Ok(Prompt::Turn(first.value));
        }
        if !self.has_record_prompts {
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

    /// Appends the head and the prompt, and returns the characters of the row's text besides turns.
    #[inline]
    pub(super) fn append_head(&self, spelling: Spelling, prompt: Prompt<'_>, bytes: &mut Vec<u8>) -> u64 {
        let (before, characters) = self.head.before(prompt);
        bytes.extend_from_slice(before);
        let Some(content) = prompt.content() else { return characters };
        let content = self.append_content(spelling, content, true, bytes);
        bytes.extend_from_slice(&self.head.after_prompt);
        characters + content
    }

    /// Appends the head, the prompt, and turns from the first one on.
    pub(super) fn append_context(
        &self,
        conversation: &Conversation<'_>,
        prompt: Prompt<'_>,
        turns: &[Turn<'_>],
        counts: bool,
        bytes: &mut Vec<u8>,
    ) -> Written {
        let mut all = Written { characters: self.append_head(conversation.spelling, prompt, bytes), embedded: 0 };
        for (index, turn) in turns.iter().enumerate() {
            let written = self.append_turn(conversation, turn, index == 0, counts, bytes);
            all.characters += written.characters;
            all.embedded += written.embedded;
        }
        all
    }

    /// Appends a turn, and the turns that are embedded in it if they are to be split off. Characters are counted if
    /// `counts` is true. Nothing is appended for the system prompt, which is behind the head.
    #[inline]
    pub(super) fn append_turn(
        &self,
        conversation: &Conversation<'_>,
        turn: &Turn<'_>,
        is_first: bool,
        counts: bool,
        bytes: &mut Vec<u8>,
    ) -> Written {
        let (spelling, role) = (conversation.spelling, self.speakers.role(conversation, turn));
        let Frames { user, assistant, tool, .. } = &self.frames;
        let frame = match role {
            Role::System => return Written::default(),
            Role::User => user,
            Role::Assistant => assistant,
            Role::Tool => tool.as_ref().unwrap_or(assistant),
        };
        if !(self.splits && role == Role::User) {
            let characters = self.append_segment(frame, turn.value, is_first, spelling, counts, bytes);
            return Written { characters, embedded: 0 };
        }
        let mut written = Written::default();
        for (Segment { is_user, text }, number) in embedded::segments(spelling, turn.value).zip(0..) {
            let frame = if is_user { user } else { assistant };
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
    pub(super) fn append_content(&self, spelling: Spelling, content: &[u8], counts: bool, bytes: &mut Vec<u8>) -> u64 {
        let content = if self.trims { trim(spelling, content) } else { content };
        let start = bytes.len();
        match spelling {
            Spelling::Output => bytes.extend_from_slice(content),
            Spelling::Decoded => append_escaped(bytes, content),
        }
        // Only the new bytes, so that a conversation of many rows stays linear.
        if counts { characters(&bytes[start..]) } else { 0 }
    }

    /// Appends the end of a row: its scores, and the text around them.
    #[inline]
    pub(super) fn append_score_tail(&self, scores: &[f64], bytes: &mut Vec<u8>) {
        self.score_tail.append(bytes, scores);
    }

    /// Appends the end of a pair, behind its rejected response.
    #[inline]
    pub(super) fn append_pair_tail(&self, pair: &Pair, margin: f64, bytes: &mut Vec<u8>) {
        match pair.before_margin {
            Some(_) => self.score_tail.append(bytes, &[margin]),
            None => bytes.extend_from_slice(pair.close.as_bytes()),
        }
    }

    /// True if a row has a weighted score.
    pub(crate) fn has_weights(&self) -> bool {
        self.weights.is_some()
    }

    /// Bytes of each row that do not depend on its record, for a row with one turn of the user and one of the assistant.
    pub(crate) fn fixed_length(&self) -> usize {
        let Frames { user, assistant, .. } = &self.frames;
        self.length_of_head(Prompt::Fixed) + user.length() + assistant.length() + self.score_tail.length()
    }

    /// About the bytes before the first turn; at least its characters.
    #[inline]
    pub(super) fn length_of_head(&self, prompt: Prompt<'_>) -> usize {
        self.head.length(prompt)
    }

    /// About the bytes of a turn before escaping; at least its characters.
    #[inline]
    pub(super) fn length_of_turn(&self, is_user: bool, turn: &Turn<'_>) -> usize {
        let frame = if is_user { self.frames.user.length() } else { self.frame_of_others };
        (frame + turn.value.len()) * self.growth
    }

    /// The number of characters above which a row is left out. `None` if no row has more, since the head and all turns have
    /// at most `longest`: then characters need not be counted.
    #[inline]
    pub(super) fn max_chars(&self, longest: usize) -> Option<u64> {
        self.filter.max_chars.filter(|&max| self.head.max_characters() + longest as u64 > max)
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

    /// Flags unexpected speakers of a conversation; with `strict` they reject it.
    #[cold]
    pub(super) fn check_speakers(&self, conversation: &Conversation<'_>) -> Result<SpeakerFlags, Rejection> {
        self.speakers.check(conversation, self.checks.strict)
    }
}

/// The score tails of rows whose text or messages end with `end`.
fn score_tail(end: &[u8], attributes: &Attributes, vector: &Vector) -> ScoreTail {
    let mut before: Vec<Vec<u8>> = Vec::new();
    for name in attributes.names() {
        let mut piece = if before.is_empty() { [end, vector.open.as_bytes()].concat() } else { vector.between.into() };
        if vector.are_named {
            piece.extend([b"\"", &*spelled(name), b"\": "].concat());
        }
        before.push(piece);
    }
    // Of a single number none is missing.
    let word = if attributes.missing().is_infinite() { Some("") } else { vector.missing };
    ScoreTail::new(&before, attributes.missing(), word, vector.close.as_bytes())
}
