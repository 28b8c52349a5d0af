//! Runs that are killed, or asked to end.

use std::{
    fs,
    io::Write,
    os::unix::process::ExitStatusExt,
    process::{ChildStdin, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use support::cli::{
    Running, TestEnv, asking_signals, is_temporary,
    records::{BAD_JSON, records, rows},
};

use crate::dice::Dice;

const RECORDS: usize = 3000;

/// Three files at once: rows, rejects and stats.
const ARGS: [&str; 12] = [
    "-i",
    "in.jsonl",
    "-o",
    "out.jsonl",
    "--on-error",
    "skip",
    "--rejects",
    "bad.jsonl",
    "--stats",
    "stats.json",
    "--chunk-size",
    "16KiB",
];
const OUTPUTS: [&str; 3] = ["out.jsonl", "bad.jsonl", "stats.json"];

/// A run of [`ARGS`], and how long it takes undisturbed.
fn set_up() -> (TestEnv, Duration) {
    let env = TestEnv::with("in.jsonl", [records(0..RECORDS).as_bytes(), BAD_JSON.bytes].concat());
    let started = Instant::now();
    for _ in 0..3 {
        env.run(&ARGS).succeeds();
    }
    (env, started.elapsed() / 3)
}

/// A moment of a run, or shortly after it.
fn moment(dice: &mut Dice, duration: Duration) -> Duration {
    duration.mul_f64(dice.number(0..1300) as f64 / 1000.0)
}

/// Each output is as it was or complete, and if the rows are there, all is. True if they are.
#[track_caller]
fn assert_whole(env: &TestEnv) -> bool {
    let is_new = OUTPUTS.map(|name| env.bytes(name) != b"old");
    if is_new[0] {
        assert_eq!(is_new, [true; 3], "the rows come last");
        assert!(env.bytes("out.jsonl") == rows(0..RECORDS).into_bytes(), "the rows are neither old nor complete");
    }
    if is_new[1] {
        let rejects = String::from_utf8(env.bytes("bad.jsonl")).expect("rejects are UTF-8");
        assert!(rejects.ends_with("}\n") && rejects.lines().count() == 1, "{rejects}");
    }
    if is_new[2] {
        assert_eq!(env.json("stats.json")["rows"], RECORDS);
    }
    is_new[0]
}

/// True if the file system of a folder has files without names. Only there, nothing is left of a run that could not handle
/// its end.
fn has_nameless_files(env: &TestEnv) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{Mode, OFlags, open};
        open(env.path("."), OFlags::WRONLY | OFlags::TMPFILE, Mode::RUSR).is_ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = env;
        false
    }
}

/// Starts a run that has written rows to its temporary file, and waits for more input, which is dropped to go on.
fn running_half(env: &TestEnv, script: &str) -> (Running, ChildStdin) {
    env.file("out.jsonl", "old");
    let mut running = env.spawn_in_shell(script, &["-i", "-", "-o", "out.jsonl", "--chunk-size", "1KiB"]);
    let mut stdin = running.stdin();
    stdin.write_all(records(0..100).as_bytes()).expect("the run reads");
    env.wait_for_rows(&running, 0);
    (running, stdin)
}

#[test]
fn killed_without_a_warning_a_run_leaves_no_temporary_file() {
    let env = TestEnv::new();
    if !has_nameless_files(&env) {
        eprintln!("skipped: this file system has no files without names");
        return;
    }
    let (running, _stdin) = running_half(&env, r#"exec "$@""#);
    running.signal("KILL");
    assert_eq!(running.finish().status.signal(), Some(9));
    env.assert_file("out.jsonl", "old").assert_listing(&["out.jsonl"]);
}

/// The standard library then aborts. (The system's way to end a process at such a time is the signal above.)
#[test]
#[cfg(target_os = "linux")]
fn out_of_memory_a_run_leaves_no_temporary_file() {
    const MORE_THAN_THERE_IS: usize = 600;
    let env = TestEnv::new();
    if !has_nameless_files(&env) {
        eprintln!("skipped: this file system has no files without names");
        return;
    }
    env.file("out.jsonl", "old");
    let args = ["-i", "-", "-o", "out.jsonl", "--threads", "1"];
    let mut running = env.spawn_in_shell(r#"ulimit -c 0; ulimit -v 500000; exec "$@""#, &args);
    let mut stdin = running.stdin();
    stdin.write_all(records(0..100).as_bytes()).expect("the run reads");
    env.wait_for_temporary_file(&running);
    // A line without an end.
    let part = vec![b'x'; 1 << 20];
    for _ in 0..MORE_THAN_THERE_IS {
        if stdin.write_all(&part).is_err() {
            break;
        }
    }
    drop(stdin);
    let ran = running.finish();
    assert_eq!(ran.status.signal(), Some(6), "{}", ran.stderr);
    ran.says("memory allocation");
    env.assert_file("out.jsonl", "old").assert_listing(&["out.jsonl"]);
}

/// The system sends `SIGXCPU` at the first limit, and `SIGKILL` at the second one.
#[test]
fn at_its_limit_of_processor_time_a_run_leaves_no_temporary_file() {
    let env = TestEnv::with("in.jsonl", records(0..3000));
    env.file("out.jsonl", "old");
    let both = if has_nameless_files(&env) { "ulimit -t 1" } else { "ulimit -S -t 1" };
    let repeated = ["-i", "in.jsonl", "-o", "out.jsonl", "--repeat", "1000", "--compression", "gzip"];
    for (limit, signals) in [("ulimit -S -t 1", &[24][..]), (both, &[9, 24])] {
        let ran = env.run_in_shell(&format!(r#"ulimit -c 0; {limit}; exec "$@""#), &repeated);
        assert!(ran.status.signal().is_some_and(|by| signals.contains(&by)), "{limit}: {}", ran.status);
        env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl"]);
    }
}

/// Without `/proc` a file cannot be made without a name and get one later. The same happens on file systems that have no such
/// files.
#[test]
#[cfg(target_os = "linux")]
fn where_files_need_names_a_run_takes_them_with_it_unless_it_is_killed() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    let hidden = r#"exec unshare -m sh -c 'mount -t tmpfs none /proc 2>/dev/null || exit 77; exec "$@"' sh "$@""#;
    if env.run_in_shell(&format!("unshare -m true 2>/dev/null || exit 77; {hidden}"), &["--version"]).status.code()
        == Some(77)
    {
        eprintln!("skipped: this user may not hide /proc");
        return;
    }
    let is_there = || env.listing().iter().any(|name| is_temporary(name));
    env.run_in_shell(hidden, &["-i", "in.jsonl", "-o", "out.jsonl"]).succeeds();
    env.assert_file("out.jsonl", rows(0..3)).assert_listing(&["in.jsonl", "out.jsonl"]);

    for (signal, number) in asking_signals() {
        let (running, _stdin) = running_half(&env, hidden);
        assert!(is_there());
        running.signal(signal);
        let ran = running.finish();
        assert_eq!(ran.status.signal(), Some(number));
        ran.says(
            "steer2reg: interrupted; nothing was written
",
        );
        env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl"]);
    }

    let (running, _stdin) = running_half(&env, hidden);
    running.signal("KILL");
    assert_eq!(running.finish().status.signal(), Some(9));
    env.assert_file("out.jsonl", "old");
    assert!(is_there());
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl"]).succeeds();
    env.assert_file("out.jsonl", rows(0..3));
}

#[test]
fn killed_at_a_hundred_random_moments_a_run_leaves_the_old_files_or_the_whole_new_ones() {
    let (env, duration) = set_up();
    let mut dice = Dice::new();
    let (mut new, mut left) = (0, 0);
    for _ in 0..100 {
        for name in OUTPUTS {
            env.file(name, "old");
        }
        let running = env.spawn(&ARGS);
        sleep(moment(&mut dice, duration));
        running.signal("KILL");
        running.finish();
        new += usize::from(assert_whole(&env));
        for other in env.listing().iter().filter(|name| *name != "in.jsonl" && !OUTPUTS.contains(&name.as_str())) {
            assert!(is_temporary(other), "{other}");
            fs::remove_file(env.path(other)).expect("it is there");
            left += 1;
        }
    }
    assert!(new < 100, "no run was killed before its end");
    // Files have temporary names only for moments, which a few runs may meet.
    assert!(left < 10 || !has_nameless_files(&env), "{left} temporary files were left");
    // What they leave behind does no harm.
    env.file(".steer2reg-x.tmp", "of a killed run");
    env.run(&ARGS).succeeds();
    assert!(assert_whole(&env));
}

#[test]
fn asked_to_end_at_random_moments_a_run_leaves_no_temporary_file_and_says_which_signal() {
    let (env, duration) = set_up();
    env.file(".steer2reg-x.tmp", "of a killed run");
    let mut dice = Dice::new();
    let mut asked = 0;
    for (signal, number) in asking_signals().into_iter().cycle().take(60) {
        for name in OUTPUTS {
            env.file(name, "old");
        }
        let running = env.spawn(&ARGS);
        let moment = moment(&mut dice, duration);
        sleep(moment);
        running.signal(signal);
        let status = running.finish().status;
        let when = format!("SIG{signal} after {moment:?} of {duration:?}: {status}");
        let is_new = assert_whole(&env);
        match status.signal() {
            Some(by) => assert_eq!(by, number, "{when}"),
            None => assert!(status.success() && is_new, "{when}"),
        }
        asked += usize::from(status.signal().is_some());
        assert_eq!(env.listing(), [".steer2reg-x.tmp", "bad.jsonl", "in.jsonl", "out.jsonl", "stats.json"], "{when}");
    }
    assert!(asked > 0, "no run was asked before its end");
    env.assert_file(".steer2reg-x.tmp", "of a killed run");
}

#[test]
fn asked_to_end_while_it_waits_for_a_named_pipe_a_run_ends() {
    for (signal, number) in asking_signals() {
        let env = TestEnv::with("in.jsonl", records(0..3));
        env.file("out.jsonl", "old");
        let running = crate::held(&env, &[]);
        running.signal(signal);
        let ran = running.finish();
        assert_eq!(ran.status.signal(), Some(number));
        ran.says("steer2reg: interrupted; nothing was written\n");
        env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl", "stats"]);
    }
}

#[test]
fn asked_to_end_from_another_folder_a_run_takes_its_temporary_file_with_it() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.folder("sub").folder("sub/deep").fifo("stats").link("sub/link.jsonl", "deep/out.jsonl");
    let args = ["-i", "../in.jsonl", "-o", "link.jsonl", "--stats", "../stats"];
    let running = env.spawn_in_shell(r#"cd sub; exec "$@""#, &args);
    env.wait_for_temporary_file(&running);
    running.signal("TERM");
    assert_eq!(running.finish().status.signal(), Some(15));
    assert_eq!(fs::read_dir(env.path("sub/deep")).expect("a folder").count(), 0);
}

/// The rows of each input of a run into a folder: some have many, some none.
fn several_inputs(env: &TestEnv) -> Vec<(String, String)> {
    let inputs = (0..20).map(|number| {
        let of = number * 100..number * 100 + [100, 0, 60, 1][number % 4];
        let name = format!("{number:02}.jsonl");
        env.file(&name, records(of.clone()));
        (name, rows(of))
    });
    inputs.collect()
}

#[test]
fn killed_at_random_moments_a_run_into_a_folder_leaves_the_first_outputs_and_none_is_half() {
    let env = TestEnv::new();
    let inputs = several_inputs(&env);
    let names: Vec<_> = inputs.iter().map(|(name, _)| name.as_str()).collect();
    let (mut dice, mut parts) = (Dice::new(), 0);
    for repeat in ["1", "2"].into_iter().cycle().take(60) {
        let times = repeat.parse().expect("it is a number");
        let args = [&["-q", "--output-dir", "out", "--chunk-size", "1KiB", "--repeat", repeat], &names[..]].concat();
        let started = Instant::now();
        env.run(&args).succeeds();
        let duration = started.elapsed();
        fs::remove_dir_all(env.path("out")).expect("it is there");
        let running = env.spawn(&args);
        sleep(moment(&mut dice, duration));
        running.signal("KILL");
        running.finish();
        let is_there = |(name, _): &&(String, String)| env.path(&format!("out/{name}")).exists();
        let there = inputs.iter().take_while(is_there).count();
        assert_eq!(inputs.iter().filter(is_there).count(), there, "they come in their order");
        for (name, rows) in &inputs[..there] {
            env.assert_file(&format!("out/{name}"), rows.repeat(times));
        }
        parts += usize::from(there > 0 && there < inputs.len());
        let _ = fs::remove_dir_all(env.path("out"));
    }
    assert!(parts > 0, "no run was killed between two outputs");
}

#[test]
fn a_run_into_a_folder_that_is_interrupted_says_how_many_outputs_are_there() {
    for (signal, number) in asking_signals() {
        let env = TestEnv::new();
        let inputs = several_inputs(&env);
        env.fifo("pipe");
        let names: Vec<_> = inputs.iter().map(|(name, _)| name.as_str()).collect();
        // Nothing comes from the pipe, and the output before it is ready nevertheless.
        for ready in [0, 1, 3] {
            let args = [&["--output-dir", "out"], &names[..ready], &["pipe"], &names[ready..]].concat();
            let running = env.spawn_in_shell(r#"exec 9<> pipe; exec "$@""#, &args);
            let files = || fs::read_dir(env.path("out")).map_or(0, Iterator::count);
            // A file that is opened has a name for a moment.
            let is_output = |entry: &fs::DirEntry| entry.file_name().to_str().is_some_and(|name| !is_temporary(name));
            let outputs = || fs::read_dir(env.path("out")).ok().map(|out| out.flatten().filter(is_output).count());
            support::cli::wait_until("the outputs are there", || outputs() == Some(ready));
            running.signal(signal);
            let ran = running.finish();
            assert_eq!(ran.status.signal(), Some(number));
            ran.says_only(&match ready {
                0 => "steer2reg: interrupted; nothing was written\n".to_owned(),
                _ => format!("steer2reg: interrupted; outputs that are complete and in place: {ready} of 21\n"),
            });
            assert_eq!(files(), ready, "no temporary file is left");
            fs::remove_dir_all(env.path("out")).expect("it is there");
        }
    }
}

/// As `nohup` does it, and a shell for what it starts in the background.
#[test]
#[cfg(target_os = "linux")]
fn started_with_a_signal_ignored_a_run_is_not_ended_by_it() {
    for (signal, _) in asking_signals() {
        let env = TestEnv::new();
        let script = format!(r#"trap "" {signal}; exec "$@""#);
        let mut running = env.spawn_in_shell(&script, &["-i", "-", "-o", "out.jsonl", "--chunk-size", "1KiB"]);
        let mut stdin = running.stdin();
        stdin.write_all(records(0..100).as_bytes()).expect("the run reads");
        env.wait_for_temporary_file(&running);
        running.signal(signal);
        sleep(Duration::from_millis(50));
        stdin.write_all(records(100..200).as_bytes()).expect("the run still reads");
        drop(stdin);
        running.finish().succeeds();
        env.assert_file("out.jsonl", rows(0..200)).assert_listing(&["out.jsonl"]);
    }
}

/// Of several signals, which may come while the first one is handled, one is said.
#[test]
fn asked_several_times_a_run_ends_once_and_leaves_no_temporary_file() {
    let at_once = "kill -s TERM $1; kill -s INT $1; kill -s HUP $1; kill -s ALRM $1; kill -s XCPU $1; true";
    // All are there when the run goes on.
    let stopped = format!("kill -s STOP $1; {at_once}; kill -s CONT $1");
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.file("out.jsonl", "old").file("bad.jsonl", "old");
    for script in [at_once, &stopped].into_iter().cycle().take(200) {
        let running = crate::held(&env, &["--on-error", "skip", "--rejects", "bad.jsonl"]);
        let id = running.id().to_string();
        let mut shell = Command::new("sh");
        let sent = shell.args(["-c", script, "sh", &id]).stderr(Stdio::null()).status();
        assert!(sent.expect("sh runs").success());
        let status = running.finish().status;
        assert!(matches!(status.signal(), Some(1 | 2 | 14 | 15 | 24)), "{status}");
        env.assert_file("out.jsonl", "old").assert_file("bad.jsonl", "old");
        env.assert_listing(&["bad.jsonl", "in.jsonl", "out.jsonl", "stats"]);
    }
}
