//! One file in two roles is refused before anything is opened for writing.

use crate::testenv::{
    Ran, TestEnv,
    records::{BAD_JSON, records},
};

/// The usual files: an input and, in a folder of its own, another.
fn env() -> TestEnv {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.folder("sub").link("sub/up", "..").file("other", "other");
    env.hard_link("hard", "in.jsonl").link("soft", "in.jsonl").link("softer", "sub/up/soft");
    env
}

/// Refused with one line that names both, and all is as it was.
#[track_caller]
fn assert_refused(env: &TestEnv, ran: Ran, first: &str, second: &str) {
    ran.fails_with_one_line(&[first, second, "are the same file"]).prints("");
    env.assert_file("in.jsonl", records(0..3)).assert_file("other", "other");
    env.assert_listing(&["hard", "in.jsonl", "other", "soft", "softer", "sub"]);
}

#[test]
fn the_output_must_not_be_the_input_whatever_it_is_called() {
    let env = env();
    let whole = env.path("in.jsonl").display().to_string();
    for output in ["in.jsonl", "./in.jsonl", "sub/../in.jsonl", "sub/up/in.jsonl", "hard", "soft", "softer", &whole] {
        assert_refused(&env, env.run(&["-i", "in.jsonl", "-o", output]), "in.jsonl", output);
        assert_refused(&env, env.run(&["-i", output, "-o", "in.jsonl", "--no-mmap"]), output, "in.jsonl");
    }
}

#[test]
fn the_output_must_not_be_the_file_on_standard_input() {
    let env = env();
    for output in ["in.jsonl", "hard", "soft"] {
        let ran = env.run_in_shell(r#""$@" < in.jsonl"#, &["-i", "-", "-o", output]);
        assert_refused(&env, ran, "<stdin>", output);
    }
}

#[test]
fn standard_output_must_not_be_the_input() {
    let env = env();
    for script in [r#""$@" >> in.jsonl"#, r#""$@" 1<> in.jsonl"#, r#""$@" >> hard"#] {
        assert_refused(&env, env.run_in_shell(script, &["-i", "in.jsonl", "-o", "-"]), "in.jsonl", "<stdout>");
    }
    let ran = env.run_in_shell(r#""$@" < in.jsonl >> in.jsonl"#, &["-i", "-", "-o", "-"]);
    assert_refused(&env, ran, "<stdin>", "<stdout>");
}

#[test]
fn stats_must_not_be_the_input_or_the_output() {
    let env = env();
    for stats in ["in.jsonl", "./in.jsonl", "hard", "soft"] {
        assert_refused(&env, env.run(&["-i", "in.jsonl", "--check", "--stats", stats]), "in.jsonl", stats);
    }
    for (output, stats) in [("other", "other"), ("other", "sub/../other"), ("new", "new"), ("new", "./new")] {
        assert_refused(&env, env.run(&["-i", "in.jsonl", "-o", output, "--stats", stats]), output, stats);
    }
}

#[test]
fn rejects_must_not_be_the_input_or_the_output_or_the_stats() {
    let env = env();
    let skip = ["-i", "in.jsonl", "--on-error", "skip"];
    for rejects in ["in.jsonl", "./in.jsonl", "hard", "soft"] {
        let ran = env.run(&[&skip[..], &["--check", "--rejects", rejects]].concat());
        assert_refused(&env, ran, "in.jsonl", rejects);
    }
    for name in ["other", "new"] {
        let ran = env.run(&[&skip[..], &["-o", name, "--rejects", name]].concat());
        assert_refused(&env, ran, name, name);
        let ran = env.run(&[&skip[..], &["--check", "--stats", name, "--rejects", name]].concat());
        assert_refused(&env, ran, name, name);
    }
}

#[test]
fn two_names_of_a_file_that_is_not_there_yet_are_one_file() {
    let env = env();
    for stats in ["sub/../new", "sub/up/new"] {
        assert_refused(&env, env.run(&["-i", "in.jsonl", "-o", "new", "--stats", stats]), "new", stats);
    }
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.link("dangling", "new");
    let ran = env.run(&["-i", "in.jsonl", "-o", "dangling", "--stats", "new"]);
    ran.fails_with_one_line(&["dangling", "new", "are the same file"]);
    env.assert_listing(&["dangling", "in.jsonl"]);
}

#[test]
fn files_of_the_same_name_in_different_folders_are_different() {
    let env = env();
    env.run(&["-i", "in.jsonl", "-o", "sub/in.jsonl", "--stats", "sub/other"]).succeeds();
    env.assert_file("in.jsonl", records(0..3)).assert_file("other", "other");
}

#[test]
fn a_device_may_have_several_roles() {
    let env = TestEnv::with("in.jsonl", BAD_JSON.bytes);
    let args = ["-i", "/dev/null", "-o", "/dev/null", "--stats", "/dev/null"];
    env.run(&[&args[..], &["--on-error", "skip", "--rejects", "/dev/null"]].concat()).succeeds();
    env.assert_listing(&["in.jsonl"]);
}
