//! Inputs of every source of pairs, always the same, with bad records and blank lines among good ones.

use oracle::format::Schema;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use random::{neighbours::neighbours, published};

use crate::asked::Asked;

/// The sources of pairs.
pub(crate) const SOURCES: [Schema; 3] = [Schema::HelpSteer(None), Schema::Preference(None), Schema::HelpSteer3];

/// The first record of each input is good, so that the schema is known by it.
const FIRST: [&str; 3] = [
    r#"{"prompt": "Hi", "response": "Hello", "helpfulness": 4, "correctness": 4, "coherence": 4, "complexity": 4, "verbosity": 4}"#,
    r#"{"prompt": "2+2?", "response_1": "4", "response_2": "5", "preference_strength": -2, "split": "train"}"#,
    r#"{"context": [{"role": "user", "content": "2+2?"}], "response1": "4", "response2": "5", "overall_preference": -2}"#,
];

/// An input of about so many lines for each source.
pub(crate) fn input(asked: &Asked, lines: usize) -> Vec<u8> {
    let source = SOURCES.iter().position(|source| *source == asked.schema).expect("it is a source");
    let line = match asked.schema {
        Schema::HelpSteer(_) => {
            return ended(FIRST[0], &sampled(&neighbours(&asked.attributes(), lines / 3..lines / 2)));
        }
        Schema::Preference(_) => published::preference().boxed(),
        _ => published::helpsteer3().boxed(),
    };
    ended(FIRST[source], &sampled(&proptest::collection::vec(line, lines)))
}

fn sampled<T: Strategy>(strategy: &T) -> T::Value {
    strategy.new_tree(&mut TestRunner::deterministic()).expect("nothing is filtered out").current()
}

/// Lines with both kinds of line ends, the last one without any.
fn ended(first: &str, lines: &[String]) -> Vec<u8> {
    let mut input = first.to_owned();
    for (number, line) in lines.iter().enumerate() {
        input += if number % 7 == 3 { "\r\n" } else { "\n" };
        // White space between tokens may be line feeds.
        input += &line.replace('\n', " ");
    }
    input.into_bytes()
}

/// An answer to a prompt, of this score in all attributes.
pub(crate) fn answer(prompt: &str, response: &str, score: f64) -> String {
    let scores = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"];
    let scores: Vec<_> = scores.iter().map(|name| format!(r#""{name}": {score:?}"#)).collect();
    format!(r#"{{"prompt": "{prompt}", "response": "{response}", {}}}"#, scores.join(", ")) + "\n"
}

/// A comparison of HelpSteer3.
pub(crate) fn comparison(first: &str, second: &str, strength: i8) -> String {
    format!(
        r#"{{"context": [{{"role": "user", "content": "Well?"}}], "response1": "{first}", "response2": "{second}", "overall_preference": {strength}}}"#
    ) + "\n"
}
