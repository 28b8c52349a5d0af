//! Output is all or nothing: what a run leaves behind, whether it went well or not.

use std::{fs, os::unix::fs::FileTypeExt};

use support::cli::{
    TestEnv, is_above_permissions,
    records::{BAD_JSON, record, records, rows},
};

const CONVERT: [&str; 4] = ["-i", "in.jsonl", "-o", "out.jsonl"];

#[test]
fn an_older_output_is_replaced_as_a_whole() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.file("out.jsonl", "old ".repeat(100_000)).run(&CONVERT).succeeds();
    env.assert_file("out.jsonl", rows(0..3)).assert_listing(&["in.jsonl", "out.jsonl"]);
}

#[test]
fn a_failed_run_leaves_the_target_as_it_was() {
    let env = TestEnv::with("in.jsonl", [records(0..1000).as_bytes(), BAD_JSON.bytes].concat());
    for way in [&["--chunk-size", "1KiB"][..], &["--no-mmap"], &["--threads", "1"]] {
        env.file("out.jsonl", "old").run(&[&CONVERT, way].concat()).fails();
        env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl"]);
    }
}

#[test]
fn a_failed_run_leaves_no_file_where_there_was_none() {
    let env = TestEnv::with("in.jsonl", [records(0..1000).as_bytes(), BAD_JSON.bytes].concat());
    env.run(&CONVERT).fails();
    env.run(&[&CONVERT[..], &["--stats", "stats.json"]].concat()).fails();
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn the_target_is_the_old_file_until_the_new_one_is_complete() {
    let env = TestEnv::new();
    env.file("out.jsonl", "old");
    let mut running = env.spawn_with_stdin(&["-i", "-", "-o", "out.jsonl", "--chunk-size", "1KiB"]);
    let mut stdin = running.stdin();
    std::io::Write::write_all(&mut stdin, records(0..100).as_bytes()).expect("the run reads");
    env.wait_for_rows(&running, 0);
    env.assert_file("out.jsonl", "old");
    drop(stdin);
    running.finish().succeeds();
    env.assert_file("out.jsonl", rows(0..100)).assert_listing(&["out.jsonl"]);
}

#[test]
fn a_replaced_file_keeps_its_permissions() {
    for mode in [0o600, 0o640, 0o666, 0o755] {
        let env = TestEnv::with("in.jsonl", records(0..3));
        env.file("out.jsonl", "old").set_mode("out.jsonl", mode).run(&CONVERT).succeeds();
        assert_eq!(env.mode("out.jsonl"), mode, "{:o} became {:o}", mode, env.mode("out.jsonl"));
        env.assert_file("out.jsonl", rows(0..3));
    }
}

#[test]
fn a_new_file_has_the_permissions_of_any_new_file() {
    let env = TestEnv::with("in.jsonl", [BAD_JSON.bytes, b"\n", record(1).as_bytes()].concat());
    let args = ["-i", "in.jsonl", "-o", "out", "--on-error", "skip", "--rejects", "bad", "--stats", "stats"];
    env.run(&args).succeeds();
    for name in ["out", "bad", "stats"] {
        assert_eq!(env.mode(name), env.mode("in.jsonl"), "{name}");
        fs::remove_file(env.path(name)).expect(name);
    }
    for (umask, mode) in [("077", 0o600), ("027", 0o640), ("000", 0o666)] {
        env.run_in_shell(&format!(r#"umask {umask}; "$@""#), &args).succeeds();
        for name in ["out", "bad", "stats"] {
            assert_eq!(env.mode(name), mode, "{name} under {umask}");
            fs::remove_file(env.path(name)).expect(name);
        }
    }
}

#[test]
fn a_link_stays_and_what_it_points_to_is_replaced() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.folder("data").file("data/real.jsonl", "old").set_mode("data/real.jsonl", 0o640);
    env.link("data/near", "real.jsonl").link("out.jsonl", "data/near").run(&CONVERT).succeeds();
    for link in ["out.jsonl", "data/near"] {
        assert!(env.path(link).is_symlink(), "{link}");
    }
    assert!(!env.path("data/real.jsonl").is_symlink());
    env.assert_file("data/real.jsonl", rows(0..3)).assert_file("out.jsonl", rows(0..3));
    assert_eq!(env.mode("data/real.jsonl"), 0o640);
    assert_eq!(fs::read_dir(env.path("data")).expect("a folder").count(), 2, "no temporary file is left there");
}

#[test]
fn a_link_to_nothing_gets_what_it_points_to() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.folder("data").link("out.jsonl", "data/new.jsonl").run(&CONVERT).succeeds();
    assert!(env.path("out.jsonl").is_symlink());
    env.assert_file("data/new.jsonl", rows(0..3)).assert_listing(&["data", "in.jsonl", "out.jsonl"]);
}

#[test]
fn a_link_is_as_it_was_after_a_failure() {
    let env = TestEnv::with("in.jsonl", BAD_JSON.bytes);
    env.file("real.jsonl", "old").link("out.jsonl", "real.jsonl").run(&CONVERT).fails();
    assert!(env.path("out.jsonl").is_symlink());
    env.assert_file("real.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl", "real.jsonl"]);
}

#[test]
fn a_link_to_itself_is_refused() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.link("out.jsonl", "out.jsonl").run(&CONVERT).fails_with_one_line(&["out.jsonl"]);
    env.assert_listing(&["in.jsonl", "out.jsonl"]);
}

#[test]
fn the_files_beside_the_output_are_all_or_nothing_too() {
    let env = TestEnv::with("in.jsonl", [BAD_JSON.bytes, b"\n", record(1).as_bytes()].concat());
    let files = ["--on-error", "skip", "--rejects", "bad.jsonl", "--stats", "stats.json"];
    let all = ["bad.jsonl", "in.jsonl", "out.jsonl", "stats.json"];
    env.run(&[&CONVERT[..], &files].concat()).succeeds();
    env.assert_file("out.jsonl", rows(1..2)).assert_listing(&all);

    env.file("out.jsonl", "old").file("bad.jsonl", "old").file("stats.json", "old");
    // What is known of bad records is worth most if they are too many.
    env.run(&[&CONVERT[..], &files, &["--max-rejects", "0"]].concat()).fails();
    env.assert_file("out.jsonl", "old");
    assert_eq!(env.json("bad.jsonl")["line"], 1);
    assert_eq!(env.json("stats.json")["records"], 1);
    env.assert_listing(&all);
}

#[test]
fn a_stale_temporary_file_does_no_harm() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.file(".steer2reg-AbCdEf.tmp", "of a killed run").run(&CONVERT).succeeds();
    env.assert_file("out.jsonl", rows(0..3)).assert_file(".steer2reg-AbCdEf.tmp", "of a killed run");
}

#[test]
fn an_input_that_is_not_there_is_an_error() {
    let env = TestEnv::new();
    let ran = env.run(&["-i", "nowhere.jsonl", "-o", "out.jsonl"]);
    ran.fails_with_one_line(&["cannot open nowhere.jsonl: No such file or directory"]);
    env.assert_listing(&[]);
}

#[test]
fn a_folder_as_input_is_an_error() {
    let env = TestEnv::new();
    env.folder("in.jsonl").run(&CONVERT).fails_with_one_line(&["in.jsonl", "directory"]);
    env.assert_listing(&["in.jsonl"]);
    let ran = env.run_in_shell(r#""$@" < ."#, &["-i", "-", "-o", "out.jsonl"]);
    ran.fails_with_one_line(&["<stdin>", "directory"]);
}

#[test]
fn a_folder_as_an_output_is_an_error() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.folder("sub").link("link", "sub");
    for folder in ["sub", "sub/", "link", ".", "/"] {
        env.run(&["-i", "in.jsonl", "-o", folder]).fails_with_one_line(&[folder, "directory"]);
        env.run(&["-i", "in.jsonl", "--check", "--stats", folder]).fails_with_one_line(&[folder, "directory"]);
        let skip = ["-i", "in.jsonl", "--check", "--on-error", "skip", "--rejects", folder];
        env.run(&skip).fails_with_one_line(&[folder, "directory"]);
    }
    env.assert_listing(&["in.jsonl", "link", "sub"]);
}

#[test]
fn an_output_in_a_folder_that_is_not_there_is_an_error() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    for name in ["missing/new", "in.jsonl/new", "new/"] {
        let ran = env.run(&["-i", "in.jsonl", "-o", name]);
        ran.fails_with_one_line(&[&format!("cannot write {name}: ")]).does_not_say(".tmp");
        let ran = env.run(&[&CONVERT[..], &["--stats", name]].concat());
        ran.fails_with_one_line(&[&format!("cannot write {name}: ")]).does_not_say(".tmp");
    }
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn what_may_not_be_read_or_written_is_an_error() {
    // Root is bound by permissions as the owner is, once it may no longer pass over them.
    let bound = if is_above_permissions() {
        r#"exec setpriv --bounding-set=-dac_override,-dac_read_search "$@""#
    } else {
        r#"exec "$@""#
    };
    let env = TestEnv::with("in.jsonl", records(0..3));
    if env.run_in_shell(bound, &["--version"]).status.code() != Some(0) {
        eprintln!("skipped: permissions do not bind root, and there is no setpriv");
        return;
    }
    env.file("secret", records(0..3)).set_mode("secret", 0).file("kept", "old").set_mode("kept", 0o444);
    env.folder("locked").file("locked/out", "old").set_mode("locked", 0o555);
    let ran = env.run_in_shell(bound, &["-i", "secret", "--check"]);
    ran.fails_with_one_line(&["cannot open secret: Permission denied"]);
    let ran = env.run_in_shell(bound, &["-i", "in.jsonl", "-o", "locked/out"]);
    ran.fails_with_one_line(&["locked/out is in a folder that may not be written", "-o - > FILE"]);
    for output in ["kept", "locked/new"] {
        let ran = env.run_in_shell(bound, &["-i", "in.jsonl", "-o", output]);
        ran.fails_with_one_line(&[&format!("cannot write {output}: Permission denied")]).does_not_say(".tmp");
    }
    env.assert_file("kept", "old").assert_file("locked/out", "old");
    env.assert_listing(&["in.jsonl", "kept", "locked", "secret"]);
    assert_eq!(fs::read_dir(env.path("locked")).expect("a folder").count(), 1);
    // So that the folder can be removed.
    env.set_mode("locked", 0o755);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_is_an_error() {
    for count in [3, 5000] {
        let env = TestEnv::with("in.jsonl", records(0..count));
        for way in [&["--threads", "1"][..], &["--threads", "8", "--chunk-size", "1KiB"], &["--no-mmap"]] {
            let ran = env.run(&[&["-i", "in.jsonl", "-o", "/dev/full"], way].concat());
            ran.fails_with_one_line(&["cannot write /dev/full: No space left on device"]);
            let ran = env.run_in_shell(r#""$@" > /dev/full"#, &[&["-i", "in.jsonl", "-o", "-"], way].concat());
            ran.fails_with_one_line(&["cannot write <stdout>: No space left on device"]);
        }
        env.assert_listing(&["in.jsonl"]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn rejects_on_a_full_device_are_an_error_and_the_target_is_as_it_was() {
    // One bad record shows when it is flushed, many when they are written.
    for count in [1, 5000] {
        let env = TestEnv::with("in.jsonl", [BAD_JSON.bytes, b"\n"].concat().repeat(count));
        env.file("out.jsonl", "old").file("stats.json", "old");
        let files = ["--on-error", "skip", "--rejects", "/dev/full", "--stats", "stats.json"];
        let ran = env.run(&[&CONVERT[..], &files].concat());
        ran.fails_with_one_line(&["cannot write /dev/full: No space left on device"]);
        env.assert_file("out.jsonl", "old").assert_file("stats.json", "old");
        env.assert_listing(&["in.jsonl", "out.jsonl", "stats.json"]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn stats_on_a_full_device_are_an_error_and_the_target_is_as_it_was() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.file("out.jsonl", "old").file("bad.jsonl", "old");
    let files = ["--stats", "/dev/full", "--on-error", "skip", "--rejects", "bad.jsonl"];
    let ran = env.run(&[&CONVERT[..], &files].concat());
    ran.fails_with_one_line(&["cannot write /dev/full: No space left on device"]);
    env.assert_file("out.jsonl", "old").assert_file("bad.jsonl", "old");
    env.assert_listing(&["bad.jsonl", "in.jsonl", "out.jsonl"]);
}

/// A limit on the size of files, which is a full disk for the one who writes.
#[test]
fn a_file_that_cannot_grow_is_an_error_and_the_target_is_as_it_was() {
    let env = TestEnv::with("in.jsonl", records(0..1000));
    env.file("out.jsonl", "old");
    // Without the trap the signal ends the process.
    let full = r#"trap "" XFSZ; ulimit -f 8; "$@""#;
    for way in [&["--threads", "1"][..], &["--threads", "8", "--chunk-size", "1KiB"], &["--no-mmap"]] {
        let ran = env.run_in_shell(full, &[&CONVERT, way].concat());
        ran.fails_with_one_line(&["cannot write out.jsonl: File too large"]);
        env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl"]);
    }

    env.file("bad.jsonl", [BAD_JSON.bytes, b"\n"].concat().repeat(1000));
    let rejects = ["-i", "bad.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--rejects", "rejects.jsonl"];
    env.run_in_shell(full, &rejects).fails_with_one_line(&["cannot write rejects.jsonl: File too large"]);
    env.assert_file("out.jsonl", "old").assert_listing(&["bad.jsonl", "in.jsonl", "out.jsonl"]);
}

#[test]
fn a_device_is_written_directly() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.run(&["-i", "in.jsonl", "-o", "/dev/null"]).succeeds();
    let device = fs::metadata("/dev/null").expect("there is a null device");
    assert!(device.file_type().is_char_device());
}

#[test]
#[cfg(target_os = "linux")]
fn standard_output_by_its_device_name_is_what_it_was_redirected_to() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.run(&["-i", "in.jsonl", "-o", "/dev/stdout"]).succeeds().prints(rows(0..3));
    let script = r#"{ echo before; "$@"; echo after; } > out.txt"#;
    env.run_in_shell(script, &["-i", "in.jsonl", "-o", "/dev/stdout"]).succeeds();
    env.assert_file("out.txt", ["before\n", &rows(0..3), "after\n"].concat());
}
