//! What cannot become pairs, and flags that do not go with them: an error with the reason, before anything is written.

use support::cli::TestEnv;

use crate::corpus::{answer, comparison};

const SFT: &str = r#"{"conversations": [{"from": "User", "value": "Hi"}, {"from": "A", "value": "B", "label": "quality:1"}], "mask": "User"}"#;
const TREE: &str = r#"{"prompt": {"role": "prompter", "text": "Hi", "replies": [{"role": "assistant", "text": "B", "labels": {"quality": {"value": 1}}, "replies": []}]}}"#;
const PREFERENCE: &str =
    r#"{"prompt": "A", "response_1": "B", "response_2": "C", "preference_strength": 1, "split": "train"}"#;

const WEIGHTS: [&str; 2] = ["--weights", "helpfulness=1,verbosity=-0.5"];
const LAYOUTS: [&str; 4] = ["trl-pairs", "nemo-rl-pairs", "swift-pairs", "llamafactory-pairs"];
/// How the schema is known.
const FROM: [&str; 2] = ["auto", ""];

fn env() -> TestEnv {
    let env = TestEnv::with("helpsteer", [answer("A", "a", 1.0), answer("A", "b", 2.0)].concat());
    env.file("helpsteer3", comparison("a", "b", 1)).file("helpsteer2-preference", PREFERENCE);
    env.file("sft", SFT).file("oasst", TREE);
    env
}

/// Fails for an input of this schema, named or not, with a message that has all parts. Nothing is written.
#[track_caller]
fn fails(schema: &str, layout: &str, flags: &[&str], parts: &[&str]) {
    let env = env();
    let files = env.listing();
    for from in FROM {
        let from = if from.is_empty() { schema } else { from };
        let run = ["-i", schema, "-o", "out", "--stats", "stats", "--from", from, "--to", layout];
        let ran = env.run(&[&run[..], flags].concat());
        assert!(matches!(ran.status.code(), Some(1 | 2)), "{schema} to {layout}, {flags:?}: {ran:?}");
        parts.iter().fold(ran, |ran, part| ran.says(part)).prints("");
        assert_eq!(env.listing(), files, "{schema} to {layout}");
    }
}

#[test]
fn groups_need_weights() {
    for layout in LAYOUTS {
        fails("helpsteer", layout, &[], &["--weights"]);
    }
}

#[test]
fn comparisons_have_no_weights_in_pairs() {
    for layout in LAYOUTS {
        for schema in ["helpsteer2-preference", "helpsteer3"] {
            fails(schema, layout, &WEIGHTS, &["--weights", "strength"]);
        }
    }
}

#[test]
fn conversations_and_trees_have_no_pairs_yet() {
    for layout in LAYOUTS {
        for schema in ["sft", "oasst"] {
            fails(schema, layout, &[], &["pairs", "yet"]);
            fails(schema, layout, &WEIGHTS, &["pairs", "yet"]);
        }
    }
}

#[test]
fn comparisons_have_no_rows_of_one_answer_but_by_the_layout_of_nemo_aligner() {
    for layout in ["messages", "columns", "messages-columns"] {
        for schema in ["helpsteer2-preference", "helpsteer3"] {
            fails(schema, layout, &[], &["--to", "pairs"]);
        }
    }
}

/// Wrong usage, whatever the input is.
#[track_caller]
fn is_misuse(flags: &[&str], parts: &[&str]) {
    let env = env();
    let files = env.listing();
    let ran = env.run(&[&["-i", "helpsteer", "-o", "out"], flags].concat());
    parts.iter().fold(ran.exits_with(2), |ran, part| ran.says(part)).prints("");
    assert_eq!(env.listing(), files);
}

#[test]
fn flags_that_do_not_go_with_pairs_are_an_error_with_the_reason() {
    for layout in LAYOUTS {
        let to = |flags: &[&'static str]| [&["--to", layout], &WEIGHTS[..], flags].concat();
        is_misuse(&to(&["--last-labelled-only"]), &["--last-labelled-only", "pair"]);
        is_misuse(&to(&["--template", "llama3"]), &["--template"]);
        is_misuse(&to(&["--attributes", "helpfulness"]), &["--attributes"]);
        is_misuse(&to(&["--missing-value", "0"]), &["--missing-value"]);
        is_misuse(&to(&["--only-attribute", "helpfulness"]), &["--only-attribute"]);
        let without_weights = ["--to", layout, "--attributes", "helpfulness"];
        is_misuse(&without_weights, &["--attributes"]);
    }
}

#[test]
fn flags_that_do_not_go_with_weights_are_an_error_with_the_reason() {
    for layout in ["nemo", "messages", "columns", "messages-columns"] {
        let to = |flags: &[&'static str]| [&["--to", layout], &WEIGHTS[..], flags].concat();
        is_misuse(&to(&["--attributes", "helpfulness"]), &["--attributes", "--weights"]);
        is_misuse(&to(&["--only-attribute", "helpfulness"]), &["--only-attribute", "--weights"]);
        is_misuse(&to(&["--missing-value", "0"]), &["--missing-value"]);
        is_misuse(&to(&["--min-margin", "1"]), &["--min-margin", "pairs"]);
    }
    is_misuse(&["--min-margin", "1"], &["--min-margin", "pairs"]);
}

#[test]
fn values_that_are_none_are_an_error() {
    for margin in ["-1", "nan", "inf", "", "x", "1e999", "-0.1"] {
        is_misuse(&["--to", "trl-pairs", "--weights", "helpfulness=1", "--min-margin", margin], &["--min-margin"]);
    }
    for weights in [
        "",
        "helpfulness",
        "helpfulness=",
        "=1",
        "helpfulness=x",
        "helpfulness=nan",
        "helpfulness=inf",
        "helpfulness=1e999",
        "helpfulness=1,helpfulness=2",
        "helpfulness=1,",
        "helpfulness=1,,verbosity=1",
    ] {
        is_misuse(&["--to", "trl-pairs", "--weights", weights], &["--weights"]);
        is_misuse(&["--weights", weights], &["--weights"]);
    }
    for layout in ["pairs", "trl", "trl_pairs", "nemo-pairs"] {
        is_misuse(&["--to", layout], &["--to", "trl-pairs"]);
    }
}

#[test]
fn feedback_and_edits_of_helpsteer3_are_refused_by_name() {
    let around = |members: &str| {
        let context = r#""context": [{"role": "user", "content": "Hi"}]"#;
        format!(r#"{{"domain": "general", "language": "english", {context}, {members}}}"#)
    };
    let feedback = r#""response1": "a", "feedback1": ["Good."], "response2": "b", "feedback2": ["Better."]"#;
    let edit = r#""original_response": "a", "edited_response": "b", "feedback": ["Good."], "change_summary": "One.""#;
    let quality =
        r#""original_response": "a", "good_edited_response": "b", "bad_edited_response": "c", "feedback": []"#;
    for (members, name) in [(feedback, "feedback"), (edit, "edit"), (quality, "edit")] {
        let record = around(members);
        let env = TestEnv::with("in", record);
        for from in ["auto", "helpsteer3"] {
            for layout in ["nemo", "trl-pairs"] {
                let ran = env.run(&["-i", "in", "-o", "out", "--from", from, "--to", layout]);
                ran.fails().says("HelpSteer3").says(name).prints("");
                env.assert_listing(&["in"]);
            }
        }
    }
}
