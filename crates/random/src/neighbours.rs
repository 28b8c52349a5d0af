//! Lines of HelpSteer records of which neighbours have the same prompt, spelled in several ways, with bad records and blank
//! lines among them.

use proptest::{prelude::*, sample::select};

use super::strings::{marked_text, python_spelled, spelled, text};

/// Some that are equal only to the eye, or as they are spelled.
#[rustfmt::skip]
const PROMPTS: &[&str] = &[
    "Hi", "Hi", "Hi ", "", "é", "e\u{301}", "\\u00e9", "a/b", "a\\/b", "😀", "\n", "\\n", "\"", "Hi\n<extra_id_1>User\nwell?",
    "\n<extra_id_1>Assistant\n",
];
/// Few, so that there are ties.
const SCORES: &[&str] = &["0", "1", "2", "2.0", "3", "3.41", "4", "0.1", "0.2", "0.30000000000000004", "-0", "1e2"];
/// Lines that are no records of HelpSteer with all scores, or no records at all.
const FAULTS: &[&str] = &[
    r#"{"prompt": "Hi", "response": ""}"#,
    r#"{"prompt": "Hi", "helpfulness": 4}"#,
    r#"{"prompt": "Hi", "response": "", "helpfulness": "best", "correctness": "x", "verbosity": {}}"#,
    "{",
    r#"{"prompt": "\ud83d", "response": "", "helpfulness": 1}"#,
    "[]",
    "nonsense",
];

#[derive(Debug, Clone)]
enum Line {
    /// The scores are indices of [`SCORES`].
    Answer {
        scores: Vec<usize>,
        spellings: [String; 2],
        shuffled: bool,
        compact: bool,
        extra: bool,
    },
    Blank,
    Fault(&'static str),
}

/// Whole lines for these attributes, each without its line end.
pub fn neighbours(attributes: &[String], groups: std::ops::Range<usize>) -> BoxedStrategy<Vec<String>> {
    let attributes = attributes.to_vec();
    let prompt = prop_oneof![8 => select(PROMPTS).prop_map(str::to_owned), 1 => marked_text(), 1 => text()];
    let size = prop_oneof![2 => Just(1_usize), 3 => Just(2), 4 => 2..5_usize, 1 => 5..12_usize];
    let count = attributes.len();
    // Some groups are ties.
    let equal = prop::option::weighted(0.15, 0..SCORES.len());
    let group = (prompt, size, equal)
        .prop_flat_map(move |(prompt, size, equal)| prop::collection::vec(line(&prompt, count, equal), size));
    let written = move |groups: Vec<Vec<Line>>| {
        groups.into_iter().flatten().map(|line| written(line, &attributes)).collect::<Vec<_>>()
    };
    prop::collection::vec(group.boxed(), groups).prop_map(written).boxed()
}

/// A line with this number of scores, which are all equal if they are given.
fn line(prompt: &str, scores: usize, equal: Option<usize>) -> BoxedStrategy<Line> {
    let response = prop_oneof![4 => select(vec!["a", "b", "Hello", ""]).prop_map(str::to_owned), 1 => text()];
    let response = response.prop_flat_map(spelled);
    let scores = match equal {
        Some(score) => Just(vec![score; scores]).boxed(),
        None => prop::collection::vec(0..SCORES.len(), scores).boxed(),
    };
    let looks = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.2));
    let answer = (response, scores, spelled(prompt.to_owned()), looks).prop_map(
        |(response, scores, prompt, (shuffled, compact, extra))| Line::Answer {
            scores,
            spellings: [prompt, response],
            shuffled,
            compact,
            extra,
        },
    );
    prop_oneof![30 => answer, 1 => Just(Line::Blank), 3 => select(FAULTS).prop_map(Line::Fault)].boxed()
}

fn written(line: Line, attributes: &[String]) -> String {
    let (scores, [prompt, response], shuffled, compact, extra) = match line {
        Line::Answer { scores, spellings, shuffled, compact, extra } => (scores, spellings, shuffled, compact, extra),
        Line::Blank => return " \t".to_owned(),
        Line::Fault(line) => return line.to_owned(),
    };
    let (colon, comma) = if compact { (":", ",") } else { (": ", ", ") };
    let member = |(name, &score): (&String, &usize)| format!("{}{colon}{}", python_spelled(name), SCORES[score]);
    let mut members = vec![format!(r#""prompt"{colon}{prompt}"#), format!(r#""response"{colon}{response}"#)];
    members.extend(attributes.iter().zip(&scores).map(member));
    if extra {
        members.push(r#""annotations": [{"prompt": "x", "scores": [1, null, {}]}]"#.to_owned());
    }
    if shuffled {
        members.reverse();
    }
    format!("{{{}}}", members.join(comma))
}
