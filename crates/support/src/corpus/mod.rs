//! Corpora made in code, the same at every run: what `scripts/make_corpus.py` makes, in small.
//!
//! They resemble published data sets in what costs a converter time: lengths of lines, escapes, scripts, and
//! labelled turns.

mod texts;

use std::fmt::Write as _;

use texts::{ATTRIBUTES_OF_HELPSTEER, ATTRIBUTES_OF_OASST, BLOCKS, LANGUAGES, QUESTIONS, SENTENCES};

/// Another seed, another corpus.
const SEED: u64 = 7;

/// An answer has at most as many blocks of text; the product of two draws makes most answers short, few long.
const HELPSTEER_MOST_BLOCKS: f64 = 40.0;
const OASST_MOST_TURNS: u64 = 8;
const OASST_MOST_SENTENCES: u64 = 16;
/// One answer in this number has an empty label or none.
const OASST_UNLABELLED: u64 = 20;
const LONG_TURNS: u64 = 40;
/// Turns before this one are short, so that the rows are about ten times the input.
const LONG_FIRST_BLOCK: u64 = 20;

/// What a corpus resembles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One question, one labelled answer: English prose, markdown and code.
    HelpSteer,
    /// 2 to 8 turns in eight languages, raw UTF-8; answers labelled, now and then with `""` or `null`.
    Oasst,
    /// The same records as [`Kind::Oasst`], escaped to ASCII.
    Annotated,
    /// 40 labelled turns, short ones first.
    Long,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::HelpSteer, Self::Oasst, Self::Annotated, Self::Long];

    pub fn name(self) -> &'static str {
        match self {
            Self::HelpSteer => "helpsteer",
            Self::Oasst => "oasst",
            Self::Annotated => "annotated",
            Self::Long => "long",
        }
    }

    /// Records until there are `bytes` of them.
    pub fn corpus(self, bytes: usize) -> String {
        let mut corpus = String::new();
        let mut draw = Draw(SEED);
        while corpus.len() < bytes {
            let turns = match self {
                Self::HelpSteer => helpsteer(&mut draw),
                Self::Oasst | Self::Annotated => oasst(&mut draw),
                Self::Long => long(&mut draw),
            };
            write_record(&mut corpus, &turns, self == Self::Annotated);
        }
        corpus
    }
}

struct Turn {
    value: String,
    from: &'static str,
    /// As it stands in the record, quotes included.
    label: String,
}

fn helpsteer(draw: &mut Draw) -> Vec<Turn> {
    let mut question = draw.question(0);
    if draw.below(4) == 0 {
        question = question + "\n\n" + draw.pick(BLOCKS);
    }
    let mut answer = draw.pick(SENTENCES[0]).to_owned();
    for _ in 0..(HELPSTEER_MOST_BLOCKS * draw.fraction() * draw.fraction()) as usize {
        answer = answer + "\n\n" + draw.pick(BLOCKS);
    }
    let label = draw.label(ATTRIBUTES_OF_HELPSTEER);
    vec![
        Turn { value: question, from: "User", label: "null".to_owned() },
        Turn { value: answer, from: "Assistant", label },
    ]
}

fn oasst(draw: &mut Draw) -> Vec<Turn> {
    let language = draw.below(LANGUAGES as u64) as usize;
    let turns = 2 + draw.below(OASST_MOST_TURNS - 1);
    let mut turn = |index| {
        if index % 2 == 0 {
            return Turn { value: draw.question(language), from: "User", label: "null".to_owned() };
        }
        let sentences = 1 + draw.below(OASST_MOST_SENTENCES);
        let value = (0..sentences).map(|_| draw.pick(SENTENCES[language])).collect::<Vec<_>>().join(" ");
        let label = match draw.below(2 * OASST_UNLABELLED) {
            0 => "null".to_owned(),
            1 => "\"\"".to_owned(),
            _ => draw.label(ATTRIBUTES_OF_OASST),
        };
        Turn { value, from: "Assistant", label }
    };
    (0..turns).map(&mut turn).collect()
}

fn long(draw: &mut Draw) -> Vec<Turn> {
    let mut turn = |index| Turn {
        value: draw.pick(if index < LONG_FIRST_BLOCK { SENTENCES[0] } else { BLOCKS }).to_owned(),
        from: if index % 2 == 0 { "User" } else { "Assistant" },
        label: draw.label(ATTRIBUTES_OF_HELPSTEER),
    };
    (0..LONG_TURNS).map(&mut turn).collect()
}

/// As `json.dumps` writes it, with `ensure_ascii` or without.
fn write_record(corpus: &mut String, turns: &[Turn], ensure_ascii: bool) {
    *corpus += r#"{"conversations": ["#;
    for (turn, index) in turns.iter().zip(0..) {
        *corpus += if index == 0 { "{\"value\": \"" } else { ", {\"value\": \"" };
        write_escaped(corpus, &turn.value, ensure_ascii);
        write!(corpus, r#"", "from": "{}", "label": {}}}"#, turn.from, turn.label).unwrap();
    }
    *corpus += r#"], "system": "A chat between a curious user and an assistant.", "#;
    *corpus += r#""mask": "User", "type": "VALUE_TO_TEXT"}"#;
    *corpus += "\n";
}

fn write_escaped(corpus: &mut String, text: &str, ensure_ascii: bool) {
    for character in text.chars() {
        match character {
            '"' => *corpus += "\\\"",
            '\\' => *corpus += "\\\\",
            '\n' => *corpus += "\\n",
            '\t' => *corpus += "\\t",
            '\u{80}'.. if ensure_ascii => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(corpus, "\\u{unit:04x}").unwrap();
                }
            }
            _ => corpus.push(character),
        }
    }
}

/// Random draws: `SplitMix64`.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// From 0 up to, but not including, 1.
    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn pick(&mut self, texts: &[&'static str]) -> &'static str {
        texts[self.below(texts.len() as u64) as usize]
    }

    /// A question with a number of its own.
    fn question(&mut self, language: usize) -> String {
        let number = 2 + self.below(998);
        self.pick(QUESTIONS[language]).replace('@', &number.to_string())
    }

    /// A label as it stands in a record; good scores are the more frequent.
    fn label(&mut self, attributes: &[&str]) -> String {
        let mut score = || self.below(5).max(self.below(5));
        let parts: Vec<_> = attributes.iter().map(|attribute| format!("{attribute}:{}", score())).collect();
        format!("\"{}\"", parts.join(","))
    }
}
