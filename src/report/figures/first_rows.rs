//! The first rows of a run, as a person reads them: examples for the page.
//!
//! They are small whatever the records are: of a long conversation the turns in the middle are left out, and of a long turn
//! the end.

use crate::{
    format::role::Role,
    rows::observer::{Preference, Row, RowTurn},
    spelling::{Spelling, characters::characters},
};

/// Rows that are kept.
const MAX_ROWS: usize = 3;

/// Turns of a row that are kept: what the conversation is about, and what its label rates.
const FIRST_TURNS: usize = 4;
const LAST_TURNS: usize = 8;

/// Characters of a turn that are kept: two pages of prose. Nobody reads more to see whether rows are right.
const MAX_CHARACTERS: usize = 4000;

/// Characters of a speaker's name that are kept.
const MAX_NAME_LENGTH: usize = 120;

/// The first rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FirstRows(Vec<FirstRow>);

/// A row, without the template's text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FirstRow {
    /// The first turns.
    pub(crate) first: Vec<FirstTurn>,
    /// How many turns are left out after those.
    pub(crate) left_out: u64,
    /// The last turns.
    pub(crate) last: Vec<FirstTurn>,
    /// One score for each attribute, missing ones included.
    pub(crate) scores: Vec<f64>,
}

/// A turn of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FirstTurn {
    pub(crate) speaker: String,
    pub(crate) role: Role,
    /// If it is one of the two responses of a pair, which one.
    pub(crate) preference: Option<Preference>,
    /// The beginning of the text.
    pub(crate) text: String,
    /// How many characters follow it.
    pub(crate) cut: u64,
}

impl FirstRows {
    /// True if there is room for one more.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.0.len() < MAX_ROWS
    }

    /// Adds the next row. A row that a tree gives several times is one.
    #[cold]
    pub(crate) fn add(&mut self, row: &Row<'_>) {
        let turns = row.turns.to_vec();
        let left_out = turns.len().saturating_sub(FIRST_TURNS + LAST_TURNS);
        let (first, rest) = turns.split_at(turns.len().min(FIRST_TURNS));
        let spelling = row.turns.all.spelling;
        let kept = |turns: &[RowTurn<'_>]| turns.iter().map(|turn| FirstTurn::new(turn, spelling)).collect();
        let (first, last) = (kept(first), kept(&rest[left_out..]));
        self.0.push(FirstRow { first, left_out: left_out as u64, last, scores: row.scores.to_vec() });
    }

    /// Adds the first rows of lines that follow.
    pub(crate) fn merge(&mut self, other: &Self) {
        let room = MAX_ROWS - self.0.len();
        self.0.extend(other.0.iter().take(room).cloned());
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &FirstRow> {
        self.0.iter()
    }
}

impl FirstTurn {
    fn new(turn: &RowTurn<'_>, spelling: Spelling) -> Self {
        // An embedded turn has a name that is spelled the same in both.
        let (speaker, _) = beginning(turn.speaker, spelling, MAX_NAME_LENGTH);
        let (text, cut) = beginning(turn.text, spelling, MAX_CHARACTERS);
        Self { speaker, role: turn.role, preference: turn.preference, text, cut }
    }
}

/// The first characters of a text, and how many follow them.
fn beginning(text: &[u8], spelling: Spelling, most: usize) -> (String, u64) {
    match spelling {
        Spelling::Output => {
            let (kept, rest) = text.split_at(end_of(text, most));
            let quoted = [b"\"", kept, b"\""].concat();
            let decoded = serde_json::from_slice(&quoted);
            (decoded.unwrap_or_else(|_| String::from_utf8_lossy(kept).into_owned()), characters(rest))
        }
        Spelling::Decoded => {
            let is_first = |&(_, &byte): &(usize, &u8)| byte & 0xc0 != 0x80;
            let end = text.iter().enumerate().filter(is_first).nth(most).map_or(text.len(), |(at, _)| at);
            let (kept, rest) = text.split_at(end);
            let rest = rest.iter().enumerate().filter(is_first).count();
            (String::from_utf8_lossy(kept).into_owned(), rest as u64)
        }
    }
}

/// Where the first characters of a text end that is spelled as in the output. Its escapes are whole there, which
/// [`characters`] counts one each.
fn end_of(spelled: &[u8], most: usize) -> usize {
    let mut end = 0;
    for _ in 0..most {
        end += match spelled[end..] {
            [] => break,
            [b'\\', b'u', ..] => "\\u001f".len(),
            [b'\\', ..] => "\\n".len(),
            [_, ref rest @ ..] => 1 + rest.iter().take_while(|&byte| byte & 0xc0 == 0x80).count(),
        };
    }
    end.min(spelled.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::{Conversation, Label, System, Turn},
        format::attributes::Attributes,
        rows::observer::tests::row_of,
        spelling::escape::append_escaped,
    };

    /// Adds a row of these turns; the user is "User".
    fn add(first: &mut FirstRows, spelling: Spelling, turns: &[(&[u8], &[u8])], scores: &[f64]) {
        let turn = |&(from, value)| Turn { from, value, label: Label::None };
        let turns: Vec<_> = turns.iter().map(turn).collect();
        let conversation = Conversation { spelling, mask: b"User", system: System::Missing, turns: &turns };
        first.add(&row_of(&Attributes::default(), scores, 1, &conversation));
    }

    #[test]
    fn the_first_three_rows_are_kept_wherever_the_parts_end() {
        let rows: Vec<_> = (0..7).map(|row| (format!("question {row}"), [f64::from(row)])).collect();
        let of = |rows: &[(String, [f64; 1])]| {
            let mut first = FirstRows::default();
            for (text, scores) in rows {
                if first.has_room() {
                    let turns = [(&b"User"[..], text.as_bytes()), (b"Bot", b"answer")];
                    add(&mut first, Spelling::Output, &turns, scores);
                }
            }
            first
        };
        let whole = of(&rows);
        let texts: Vec<_> =
            whole.iter().map(|row| (&*row.first[0].text, row.first[0].role, row.first[1].role)).collect();
        let expected = ["question 0", "question 1", "question 2"].map(|text| (text, Role::User, Role::Assistant));
        assert_eq!(texts, expected);
        for part in 1..=7 {
            let mut merged = FirstRows::default();
            rows.chunks(part).for_each(|rows| merged.merge(&of(rows)));
            assert_eq!(merged, whole, "parts of {part} rows");
        }
    }

    #[test]
    fn giant_rows_are_small_and_their_last_turn_is_there() {
        for (spelling, character) in [(Spelling::Decoded, "é"), (Spelling::Output, "é"), (Spelling::Output, r"\u0001")]
        {
            let text = character.repeat(200_000).into_bytes();
            let mut turns = vec![(&*text, &*text); 10_000];
            turns[3].1 = b"three";
            let mut first = FirstRows::default();
            add(&mut first, spelling, &turns, &[1.0]);
            let row = first.iter().next().unwrap();
            assert_eq!((row.first.len(), row.left_out, row.last.len()), (4, 9_988, 8));
            assert_eq!((&*row.first[3].text, row.first[3].cut), ("three", 0));
            let last = &row.last[7];
            assert_eq!((last.text.chars().count(), last.cut, last.role), (4000, 196_000, Role::Assistant));
            assert_eq!(last.speaker.chars().count(), 120);
        }
    }

    #[test]
    fn a_beginning_is_the_same_in_both_spellings() {
        let mut random = fastrand::Rng::with_seed(14);
        for _ in 0..2000 {
            let characters = ['a', 'é', '世', '😀', '"', '\\', '\n', '\u{1}', 'u', '0'];
            let text: String = (0..random.usize(..12)).map(|_| characters[random.usize(..characters.len())]).collect();
            let mut spelled = Vec::new();
            append_escaped(&mut spelled, text.as_bytes());
            for most in 0..13 {
                let expected: String = text.chars().take(most).collect();
                let cut = text.chars().skip(most).count() as u64;
                for (bytes, spelling) in [(text.as_bytes(), Spelling::Decoded), (&*spelled, Spelling::Output)] {
                    assert_eq!(beginning(bytes, spelling, most), (expected.clone(), cut), "{text:?} {spelling:?}");
                }
            }
        }
    }
}
