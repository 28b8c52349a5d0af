//! The programs in `examples/` run, and do what they say.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};

const SAMPLE: &str = "tests/data/sample.jsonl";
const ROWS: &str = "tests/data/sample.regression.jsonl";

/// The folder in which cargo puts the examples, once they are built: `cargo test --test examples` alone does not build them.
fn folder() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let tests = env::current_exe().expect("this program has a path");
        let profile = tests.parent().and_then(Path::parent).expect("it is in target/PROFILE/deps");
        let target = profile.parent().expect("the profile is in target");
        let name = if profile.ends_with("debug") { "dev" } else { "release" };
        let build = ["build", "--quiet", "--locked", "--examples", "--profile", name, "--target-dir"];
        let status = Command::new(env!("CARGO")).args(build).arg(target).status().expect("cargo runs");
        assert!(status.success(), "cargo builds the examples");
        profile.join("examples")
    });
    &FOLDER
}

/// A command that runs an example.
fn example(name: &str) -> Command {
    Command::new(folder().join(name))
}

fn succeeds(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is UTF-8")
}

#[test]
fn a_file_is_converted() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("rows.jsonl");
    let shown = succeeds(example("convert_file").arg(SAMPLE).arg(&rows).output().unwrap());
    assert_eq!(fs::read(rows).unwrap(), fs::read(ROWS).unwrap());
    let expected = fs::read_to_string(ROWS).unwrap().lines().count();
    assert!(shown.contains(&format!(", {expected} rows\n")), "{shown}");
    let failed = example("convert_file").arg("missing").arg("rows").output().unwrap();
    assert_eq!((failed.status.code(), &*failed.stdout), (Some(1), &b""[..]));
}

#[test]
fn records_are_converted_one_by_one() {
    let output = example("records").stdin(File::open(SAMPLE).unwrap()).output().unwrap();
    assert_eq!(succeeds(output), fs::read_to_string(ROWS).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input.jsonl");
    fs::write(&input, [&b"{}\n"[..], &fs::read(SAMPLE).unwrap()].concat()).unwrap();
    let output = example("records").stdin(File::open(input).unwrap()).output().unwrap();
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(told.starts_with("line 1: invalid record: "), "{told}");
    assert_eq!(succeeds(output), fs::read_to_string(ROWS).unwrap());
}

#[test]
fn rows_have_a_custom_format() {
    let output = example("custom_format").stdin(File::open(SAMPLE).unwrap()).output().unwrap();
    let rows = succeeds(output);
    assert_eq!(rows.lines().count(), fs::read_to_string(ROWS).unwrap().lines().count());
    for row in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let text = row["text"].as_str().unwrap();
        assert!(text.starts_with("<s>System: Answer in one sentence.\n"), "{text}");
        assert!(text.ends_with("\nScores:"), "{text}");
        assert!(row.get("helpful").is_some() && row.get("correct").is_some(), "{row}");
    }
}
