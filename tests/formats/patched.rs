//! What people change in the original, as formats: the rows are those of the changed original.
//!
//! `data/patched/README.md` says which changes these are.

use steer2reg::{Attributes, Config, Converter, Input, Output, Role, RowFormat, SystemPrompt};

use crate::PARSERS;

const INPUT: &str = include_str!("../data/patched/input.jsonl");
const MRM: &str = include_str!("../data/patched/mrm.jsonl");
const PIXTRAL_RM: &str = include_str!("../data/patched/pixtral_rm.jsonl");

/// Converts the input line by line with both parsers, and as a file.
#[track_caller]
fn gives(format: &RowFormat, expected: &str) {
    for parser in PARSERS {
        let (mut converter, mut out) =
            (Converter::builder().parser(parser).format(format.clone()).build().unwrap(), Vec::new());
        for line in INPUT.lines() {
            converter.convert(line.as_bytes(), &mut out).unwrap();
        }
        assert_eq!(str::from_utf8(&out).unwrap(), expected, "{parser:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("input.jsonl"), folder.path().join("output.jsonl"));
    std::fs::write(&input, INPUT).unwrap();
    let config = Config::new(Input::Path(input), Output::Path(output.clone()));
    steer2reg::convert(&Config { format: format.clone(), ..config }).unwrap();
    assert_eq!(std::fs::read_to_string(output).unwrap(), expected);
}

#[test]
fn an_empty_system_prompt_is_that_of_the_branch_mrm() {
    for system in [SystemPrompt::None, SystemPrompt::Text(String::new())] {
        gives(&RowFormat { system: Some(system), ..RowFormat::default() }, MRM);
    }
}

#[test]
fn another_template_other_attributes_and_words_are_those_of_the_branch_pixtral_rm() {
    let template = r#"
        end = "---\n\nFor the conversation above, output Likert5 labels for: hallucination,correctness,coherence,helpfulness.[/INST]"
        [system]
        before = "<s>"
        after = ""
        [user]
        before = "User: "
        after = "\n\n"
        [assistant]
        before = "Assistant: "
        after = "\n\n"
    "#;
    let attributes = ["hallucination", "correctness", "coherence", "helpfulness"];
    let format = RowFormat {
        attributes: Attributes::new(attributes)
            .unwrap()
            .with_missing(-100.0)
            .unwrap()
            .with_words([("yes", 1.0), ("no", 0.0)])
            .unwrap(),
        system: Some(SystemPrompt::Text("[INST]Consider this conversation:\n\n---\n".to_owned())),
        template: template.parse().unwrap(),
        // The original knows nothing of embedded turns, nor of users who are not the mask.
        split_embedded_turns: Some(false),
        roles: vec![("User".to_owned(), Role::Assistant)],
        ..RowFormat::default()
    };
    gives(&format, PIXTRAL_RM);
}
