//! Commands, flags and examples, compared with the program.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use steer2reg::Template;
use tempfile::TempDir;

use crate::document::{Document, documents};

const PROGRAM: &str = env!("CARGO_BIN_EXE_steer2reg");

/// Flags of other programs that documents name outside of commands.
const FOREIGN: [&str; 1] = ["--long"];

/// Flags that `--help` does not list.
const HIDDEN: [&str; 1] = ["--parser"];

fn help() -> String {
    let help = Command::new(PROGRAM).arg("--help").output().expect("the program runs").stdout;
    String::from_utf8(help).expect("it is UTF-8")
}

/// The flags that `--help` lists, short ones too, each with the first line of its description.
fn flags(help: &str) -> Vec<(&str, &str)> {
    let mut flags = Vec::new();
    let mut lines = help.lines().peekable();
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        if text.starts_with('-') && (line.len() - text.len()) <= 6 {
            let (heading, description) = text.split_once("  ").unwrap_or((text, ""));
            let next = lines.peek().map_or("", |next| next.trim());
            let description = if description.is_empty() { next } else { description };
            let names = heading.split([' ', ',', '[', '=']).filter(|word| word.starts_with('-'));
            flags.extend(names.map(|name| (name, description)));
        }
    }
    flags
}

/// True if a word is a flag, and not a number or a file.
fn is_flag(word: &str) -> bool {
    let is_long = word.strip_prefix("--").is_some_and(|name| name.starts_with(char::is_alphabetic));
    let is_short = word.len() == 2 && word.starts_with('-') && word.ends_with(char::is_alphabetic);
    is_long || is_short
}

/// The arguments of this program in a shell command, up to the next command or redirection.
fn arguments(command: &str) -> Option<Vec<&str>> {
    let words = command.split_whitespace().skip_while(|word| *word != "steer2reg").collect::<Vec<_>>();
    let ends = |word: &&&str| !["|", ">", "<", "2>&1", "&&", ";"].contains(*word);
    words.split_first().map(|(_, words)| words.iter().take_while(ends).copied().collect())
}

#[test]
fn each_flag_is_documented_in_the_help() {
    let help = help();
    let flags = flags(&help);
    assert!(flags.len() > 35, "{flags:?}");
    for (flag, description) in flags {
        assert!(description.split(' ').count() > 1 && !description.starts_with('-'), "{flag}: {description}");
    }
}

#[test]
fn each_flag_that_is_named_exists() {
    let help = help();
    let known: BTreeSet<_> = flags(&help).into_iter().map(|(flag, _)| flag).collect();
    let mut seen = BTreeSet::new();
    for document in documents() {
        let spans = document.spans();
        let commands = document.commands();
        let spans = spans.iter().filter(|span| span.starts_with('-')).map(|span| span.split(' ').collect());
        let words: Vec<Vec<&str>> = spans.chain(commands.iter().filter_map(|command| arguments(command))).collect();
        for flag in words.iter().flatten().filter(|word| is_flag(word)) {
            let flag = flag.split(['=', '[']).next().expect("a name");
            let exists = known.contains(flag) || FOREIGN.contains(&flag) || HIDDEN.contains(&flag);
            assert!(exists, "{}: there is no {flag}", document.name());
            seen.insert(flag.to_owned());
        }
    }
    assert!(seen.len() > 30, "{seen:?}");
    for flag in HIDDEN {
        assert!(!known.contains(flag), "{flag} is listed");
        let run = Command::new(PROGRAM).args([flag, "simd-json", "--version"]).output().expect("the program runs");
        assert!(run.status.success(), "there is no {flag}");
    }
}

/// Runs this program's part of a shell command in a folder.
fn run(folder: &Path, command: &str) -> Output {
    let arguments = arguments(command).expect("a command of this program").join(" ");
    // Variables of the examples.
    let variables = [("SLURM_ARRAY_TASK_ID", "0"), ("SLURM_ARRAY_TASK_COUNT", "2"), ("size", "1MiB")];
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("'{PROGRAM}' {arguments}")).current_dir(folder).envs(variables);
    shell.stdin(Stdio::null()).output().expect("the shell runs")
}

fn is_ours(command: &str) -> bool {
    command.starts_with("steer2reg ") || command.starts_with("time steer2reg ")
}

/// In a folder without the inputs, a command fails for their want, not for wrong usage.
#[test]
fn each_command_is_right_usage() {
    let mut seen = 0;
    for document in documents() {
        for command in document.commands().iter().filter(|command| is_ours(command)) {
            let folder = TempDir::new().expect("a folder");
            let output = run(folder.path(), command);
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 1)), "{}: {command}: {message}", document.name());
            let no_input = message.contains("No such file") || message.contains("no such file");
            assert!(output.status.success() || no_input, "{}: {command}: {message}", document.name());
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} commands");
}

/// Runs each command of this program in the section of recipes, in a folder with its inputs.
fn run_recipes(folder: &Path, document: &Document, count: usize) {
    let recipes = document.section("## Recipes").replace("### ", "#### ");
    let recipes = Document { path: "recipes".into(), text: recipes };
    let commands = recipes.commands();
    let commands: Vec<_> = commands.iter().filter(|command| is_ours(command)).collect();
    assert_eq!(commands.len(), count, "{commands:?}");
    for command in commands {
        let output = run(folder, command);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A record of HelpSteer3.
const COMPARISON: &str = r#"{"context": [{"role": "user", "content": "2+2?"}], "response1": "4", "response2": "5", "overall_preference": -2}"#;

#[test]
fn the_recipes_give_the_rows_that_they_promise() {
    let folder = TempDir::new().expect("a folder");
    let read =
        |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let record = r#"{"prompt": "Hi", "response": "Hello!", "helpfulness": 4, "correctness": 3, "coherence": 2, "complexity": 1, "verbosity": 0}"#;
    fs::write(folder.path().join("train.jsonl.gz"), record).expect("an input");
    fs::write(folder.path().join("helpsteer3.jsonl.gz"), COMPARISON).expect("an input");
    fs::copy("tests/data/published/oasst.jsonl", folder.path().join("oasst.trees.jsonl.gz")).expect("an input");

    run_recipes(folder.path(), &Document::read("README.md"), 5);

    let rows = read("train.regression.jsonl");
    assert!(rows.starts_with(r#"{"text": "<extra_id_0>System\n"#), "{rows}");
    assert!(rows.ends_with("\"label\": [-100.0, -100.0, -100.0, -100.0, 4.0, 3.0, 2.0, 1.0, 0.0]}\n"), "{rows}");
    let messages = r#"{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}], "label": [4.0, 3.0, 2.0, 1.0, 0.0]}"#;
    assert_eq!(read("train.messages.jsonl"), format!("{messages}\n"));
    let trees = fs::read_to_string("tests/data/published/oasst.regression.jsonl").expect("rows");
    assert_eq!(read("oasst.regression.jsonl"), trees);
    assert_eq!(read("merged.regression.jsonl"), trees + &rows);
    assert_eq!(read("pairs.jsonl"), example(&Document::read("docs/pairs.md"), "trl-pairs"));
}

/// The row of a layout of pairs that the document shows.
fn example(pairs: &Document, layout: &str) -> String {
    let (_, section) = pairs.section("## Layouts of pairs").split_once(&format!("\n`{layout}`")).expect("the layout");
    let (_, row) = section.split_once("```json\n").expect("its row");
    row.split("```").next().expect("its end").to_owned()
}

#[test]
fn the_recipes_for_pairs_give_the_rows_that_the_layouts_show() {
    let folder = TempDir::new().expect("a folder");
    let read =
        |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let preference =
        r#"{"split": "train", "prompt": "2+2?", "response_1": "5", "response_2": "4", "preference_strength": 2}"#;
    let scores = r#""correctness": 0, "coherence": 0, "complexity": 0, "verbosity": 0"#;
    let response = |text: &str, helpfulness| {
        format!(r#"{{"prompt": "2+2?", "response": "{text}", "helpfulness": {helpfulness}, {scores}}}"#)
    };
    let group = format!("{}\n{}\n", response("5", 0), response("4", 4));
    let inputs = [("helpsteer3.jsonl.gz", COMPARISON), ("preference.jsonl.gz", preference), ("train.jsonl.gz", &group)];
    for (name, records) in inputs {
        fs::write(folder.path().join(name), records).expect("an input");
    }
    let pairs = Document::read("docs/pairs.md");
    run_recipes(folder.path(), &pairs, 6);

    let row = |layout| example(&pairs, layout);
    assert_eq!(read("helpsteer3.pairs.jsonl"), row("trl-pairs"));
    assert_eq!(read("preference.pairs.jsonl"), row("trl-pairs"));
    // 4 × 0.65 against 0.
    let weighted = |layout| row(layout).replace(r#""margin": 2.0"#, r#""margin": 2.6"#);
    assert_eq!(read("helpsteer2.pairs.jsonl"), weighted("trl-pairs"));
    assert_eq!(read("helpsteer2.swift.jsonl"), weighted("swift-pairs"));
    assert_eq!(read("helpsteer3.nemo-rl.jsonl"), row("nemo-rl-pairs"));
    assert_eq!(read("helpsteer3.llamafactory.jsonl"), row("llamafactory-pairs"));
}

#[test]
fn the_stats_have_the_keys_of_the_example_and_of_the_table() {
    let run = ["--input-file", "tests/data/sample.jsonl", "--check", "-q", "--stats", "-"];
    let stats = Command::new(PROGRAM).args(run).output().expect("the program runs").stdout;
    let keys = |text: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next());
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let written = keys(str::from_utf8(&stats).expect("it is UTF-8"));

    let guide = Document::read("docs/guide.md");
    let section = guide.section("## The stats file");
    let (_, example) = section.split_once("```text\n").expect("the example");
    let (example, _) = example.split_once("```").expect("its end");
    assert_eq!(keys(example), written);

    let rows = crate::document::table(section, "| key | counts |");
    let listed = rows.iter().flat_map(|row| row[0].split('`').skip(1).step_by(2)).collect::<BTreeSet<_>>();
    assert_eq!(listed, written.iter().map(String::as_str).collect());
}

#[test]
fn the_template_is_one() {
    let formats = Document::read("docs/formats.md");
    let blocks = formats.blocks();
    let toml = blocks.iter().find(|block| block.language == "toml").expect("the template");
    let template = toml.text.parse::<Template>().expect("it is a template");
    assert_eq!(template.end, "\n### Scores:");
}
