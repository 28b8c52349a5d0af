//! Rows that are written several times: all of them in sequence (`--repeat`), or each in place (`--repeat-each`).

use std::path::Path;

use serde_json::json;
use support::cli::{
    TestEnv,
    records::{UNLABELLED, records, rows},
};

/// A turn with a label.
fn turn(from: &str, value: &str, label: &str) -> serde_json::Value {
    json!({"from": from, "value": value, "label": label})
}

/// Conversations of several labelled turns: short ones, whose rows are copied, and long ones, whose rows are gathered.
fn conversations() -> String {
    let conversation = |turns: usize, value: &str| {
        let turns: Vec<_> = (0..turns)
            .map(|number| {
                turn(["User", "Bot"][number % 2], &format!("{value} {number}"), ["quality:1", "humor:2"][number % 2])
            })
            .collect();
        json!({"conversations": turns, "mask": "User"}).to_string() + "\n"
    };
    let long = "long, so that text is shared. ".repeat(40);
    let all = [conversation(1, "one"), conversation(5, "short"), conversation(7, &long), conversation(2, &long)];
    all.concat() + UNLABELLED + "\n\nbad\n" + &all.concat() + &records(0..20)
}

/// A tree whose conversations share their beginnings, of which some are long.
fn tree(depth: usize, text: &str) -> serde_json::Value {
    let replies: Vec<_> = (0..if depth > 4 { 0 } else { 2 }).map(|_| tree(depth + 1, text)).collect();
    let role = ["prompter", "assistant"][depth % 2];
    let labels =
        if depth.is_multiple_of(3) { json!({}) } else { json!({"quality": {"value": 0.5}, "humor": {"value": 1}}) };
    json!({"role": role, "text": format!("{text}{depth}"), "labels": labels, "replies": replies})
}

fn trees() -> String {
    let tree = |text: &str| json!({"prompt": tree(0, text)}).to_string() + "\n";
    tree("short") + &tree(&"long ".repeat(200)) + "bad\n" + &tree("")
}

/// Groups of three records with one prompt.
fn helpsteer() -> String {
    let record = |number: usize| {
        let (prompt, response) = (format!("p{}", number / 3), "response ".repeat(number * 40));
        json!({"prompt": prompt, "response": response, "helpfulness": number, "style": 1}).to_string() + "\n"
    };
    (0..20).map(record).collect::<String>() + "bad\n"
}

fn preference() -> String {
    let record = |number: usize| {
        let (short, long) = ("short", "long ".repeat(number * 20));
        json!({"split": "train", "prompt": "P", "response_1": short, "response_2": long, "preference_strength": number % 3})
            .to_string() + "\n"
    };
    (0..20).map(record).collect::<String>() + "bad\n"
}

/// What awk makes of a file, as published recipes use it.
fn by_awk(env: &TestEnv, name: &str, times: usize) -> Vec<u8> {
    let script = format!("awk '{{for(i=0;i<{times};i++) print}}' {name}");
    env.run_in_shell(&script, &[]).succeeds().stdout.clone()
}

fn unpacked(path: &Path) -> Vec<u8> {
    let tool = if path.extension().is_some_and(|ending| ending == "gz") { "gzip" } else { "zstd" };
    let ran = std::process::Command::new(tool).arg("-dc").arg(path).output().expect("the tool runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    ran.stdout
}

const SKIP: [&str; 3] = ["-q", "--on-error", "skip"];

#[test]
fn each_row_is_repeated_in_place_as_awk_does_it() {
    const ALL: [&[&str]; 4] = [
        &[],
        &["--last-labelled-only"],
        &["--max-chars", "3000"],
        &["--max-chars", "1000", "--last-labelled-only", "--system", "none"],
    ];
    const COLUMNS: &[&str] = &["--to", "messages-columns"];
    const WEIGHTED: [&[&str]; 2] = [
        &["--to", "trl-pairs", "--weights", "helpfulness=1"],
        &["--to", "llamafactory-pairs", "--weights", "style=1,helpfulness=-1"],
    ];
    const PAIRS: [&[&str]; 2] = [&["--to", "nemo-rl-pairs"], &["--to", "swift-pairs", "--max-chars", "1000"]];
    let inputs = [
        ("sft", conversations(), &[COLUMNS][..]),
        ("oasst", trees(), &[COLUMNS]),
        ("helpsteer", helpsteer(), &[COLUMNS, WEIGHTED[0], WEIGHTED[1]]),
        ("preference", preference(), &PAIRS),
    ];
    for (schema, input, more) in inputs {
        let env = TestEnv::with("in", &input);
        for &format in ALL.iter().chain(more) {
            let run = [&SKIP[..], format].concat();
            env.run(&[&run[..], &["-i", "in", "-o", "once"]].concat()).succeeds();
            assert!(env.bytes("once").len() > 1000, "{schema} {format:?}");
            for (times, how) in [
                (1, &["--threads", "2"][..]),
                (2, &["--threads", "1", "--chunk-size", "1B"]),
                (3, &["--threads", "8", "--chunk-size", "3KiB", "--parser", "simd-json"]),
                (7, &["--no-mmap"]),
            ] {
                let each = times.to_string();
                let run = [&run[..], how, &["--repeat-each", &each]].concat();
                let expected = by_awk(&env, "once", times);
                env.run(&[&run[..], &["-i", "in", "-o", "out"]].concat()).succeeds();
                assert!(env.bytes("out") == expected, "{schema} {format:?} {how:?}");
                let ran = env.run_with_stdin(&[&run[..], &["-i", "-", "-o", "-"]].concat(), &input).succeeds();
                assert!(ran.stdout == expected, "{schema} {format:?} {how:?}");
            }
        }
    }
}

/// The published recipe repeats records before the conversion.
#[test]
fn records_of_one_row_each_may_as_well_be_repeated_before_the_conversion() {
    let env = TestEnv::with("in", helpsteer());
    let repeated = by_awk(&env, "in", 4);
    let run = [&SKIP[..], &["-i", "-", "-o", "-"]].concat();
    let rows = env.run_with_stdin(&[&run[..], &["--repeat-each", "4"]].concat(), helpsteer()).succeeds();
    assert!(rows.stdout.len() > 10_000 && rows.stdout == env.run_with_stdin(&run, repeated).succeeds().stdout);
}

#[test]
fn rows_that_are_repeated_in_place_are_compressed() {
    let env = TestEnv::with("in", conversations());
    env.file("trees", trees());
    let large = random_text(600_000);
    let large =
        json!({"conversations": [turn("Bot", &large, "quality:1"), turn("Bot", "", "quality:2")], "mask": "User"});
    env.file("large", large.to_string());
    // So few that they are compressed by chunk, and so many that they are compressed in blocks.
    for (input, few, many) in [("in", 2, 50), ("trees", 2, 50), ("large", 3, 4)] {
        env.run(&[&SKIP[..], &["-i", input, "-o", "once"]].concat()).succeeds();
        for times in [few, many] {
            let expected = by_awk(&env, "once", times);
            assert_eq!(expected.len() > 4 << 20, times == many, "{input} {times}: {} bytes", expected.len());
            // Without optimization gzip is slow.
            for out in ["out.zst", "out.gz"].into_iter().take(if input == "in" { 2 } else { 1 }) {
                let each = ["--repeat-each", &times.to_string(), "-i", input, "-o", out];
                env.run(&[&SKIP[..], &each].concat()).succeeds();
                assert!(unpacked(&env.path(out)) == expected, "{input} {times} {out}");
            }
        }
    }
}

/// Letters in no order, which no compression makes much shorter.
fn random_text(length: usize) -> String {
    let mut random = fastrand::Rng::with_seed(17);
    (0..length).map(|_| random.alphanumeric()).collect()
}

#[test]
fn both_repeats_together_repeat_all_of_the_repeated_rows() {
    let env = TestEnv::with("in", conversations());
    env.file("other", trees()).folder("out");
    let inputs = ["in", "other", "--stats", "stats.json", "--chunk-size", "2KiB"];
    env.run(&[&SKIP[..], &inputs, &["-o", "once"]].concat()).succeeds();
    let once = env.json("stats.json");
    let each = by_awk(&env, "once", 3);
    for (repeat, expected) in [("1", each.clone()), ("2", each.repeat(2))] {
        let run = ["--on-error", "skip", "--repeat-each", "3", "--repeat", repeat];
        let ran = env.run(&[&run[..], &inputs, &["-o", "both", "--report", "report.html"]].concat()).succeeds();
        let said =
            if repeat == "1" { ", each written 3 times;" } else { ", each written 3 times, and all of that 2 times;" };
        ran.says(said);
        assert!(env.bytes("both") == expected, "{repeat}");
        // Counts are of one time.
        let stats = env.json("stats.json");
        assert_eq!((&stats["repeat_each"], &stats["repeat"]), (&3.into(), &repeat.parse::<u64>().unwrap().into()));
        assert_eq!(stats["bytes_out"], expected.len());
        for same in ["rows", "records", "rejected", "attributes", "bytes_in"] {
            assert_eq!(stats[same], once[same], "{same}");
        }
        let page = String::from_utf8(env.bytes("report.html")).unwrap();
        assert!(page.contains("; each row is written 3 times and counted once"), "{page}");
        assert_eq!(page.contains("; all rows are written 2 times and counted once"), repeat == "2");
        env.run(&[&run[..], &inputs, &["-q", "--output-dir", "out"]].concat()).succeeds();
        let files = [env.bytes("out/in"), env.bytes("out/other")];
        let folder: Vec<_> = files.iter().map(Vec::len).collect();
        assert_eq!(folder.iter().sum::<usize>(), expected.len());
        assert!(repeat == "2" || files.concat() == expected);
    }
    assert_eq!(once["repeat_each"], 1);
}

#[test]
fn a_check_counts_the_bytes_of_repeated_rows() {
    let env = TestEnv::with("in", trees());
    let check = ["--on-error", "skip", "-i", "in", "--check", "--stats", "stats.json"];
    env.run(&check).succeeds().does_not_say("each written");
    let once = env.json("stats.json");
    env.run(&[&check[..], &["--repeat-each", "1000"]].concat()).succeeds().says(", each written 1,000 times");
    let stats = env.json("stats.json");
    assert_eq!(stats["bytes_out"], once["bytes_out"].as_u64().unwrap() * 1000);
    assert_eq!((&stats["rows"], &stats["repeat_each"]), (&once["rows"], &1000.into()));
}

#[test]
fn shards_of_repeated_rows_are_the_whole() {
    for input in [conversations(), trees(), helpsteer()] {
        let env = TestEnv::with("in", &input);
        env.run(&[&SKIP[..], &["-i", "in", "-o", "once"]].concat()).succeeds();
        let expected = by_awk(&env, "once", 4);
        for count in [1, 3, 7, 50] {
            let shards = (0..count).map(|index| {
                let shard = ["--repeat-each", "4", "--shard", &format!("{index}/{count}"), "--allow-empty"];
                env.run(&[&SKIP[..], &shard, &["-i", "in", "-o", "out"]].concat()).succeeds();
                env.bytes("out")
            });
            assert!(shards.collect::<Vec<_>>().concat() == expected, "{count}");
        }
    }
}

#[test]
fn what_can_be_read_only_once_can_be_repeated_in_place() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    let each: String = (0..3).map(|number| rows(number..number + 1).repeat(2)).collect();
    env.run_in_shell(r#""$@" < in.jsonl"#, &["-i", "-", "-o", "-", "-q", "--repeat-each", "2"])
        .succeeds()
        .prints(&each);
    env.run_in_shell(r#"cat in.jsonl | "$@""#, &["-i", "-", "-o", "-", "-q", "--repeat-each=2"])
        .succeeds()
        .prints(&each);
    for bad in ["0", "-1", "x", "1001", "1.5"] {
        let ran = env.run(&["-i", "in.jsonl", "-o", "out", &format!("--repeat-each={bad}")]);
        ran.shows_misuse_of("--repeat-each");
    }
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn a_pair_of_rows_that_is_separated_is_worth_a_warning() {
    let (preference, env) = (preference(), TestEnv::new());
    let said =
        "steer2reg: warning: each row is followed by its copies, so the two rows of a pair are no longer adjacent";
    let run =
        |input: &str, flags: &[&str]| env.run_with_stdin(&[&SKIP[..], &["-i", "-", "-o", "-"], flags].concat(), input);
    run(&preference, &["--repeat-each", "2"]).succeeds().says(said).says("(--repeat leaves pairs together");
    run(&preference, &["--repeat-each", "1"]).succeeds().says_nothing();
    run(&preference, &["--repeat-each", "2", "--to", "trl-pairs"]).succeeds().says_nothing();
    run(&helpsteer(), &["--repeat-each", "2"]).succeeds().does_not_say("pair");
    run(&preference, &["--repeat-each", "2", "--max-chars", "0"]).succeeds().does_not_say("pair");
}

#[test]
fn all_rows_are_written_as_often_as_is_asked_for() {
    let input = records(0..300) + UNLABELLED + "\nbad\n";
    let env = TestEnv::with("in.jsonl", &input);
    env.file("other.jsonl", records(300..310)).folder("out");
    let skip = ["--on-error", "skip", "--rejects", "bad.jsonl", "--stats", "stats.json", "--chunk-size", "1KiB"];
    for repeat in [1, 2, 5] {
        let times = repeat.to_string();
        let run = [&["--repeat", &times, "in.jsonl", "other.jsonl"], &skip[..]].concat();
        for no_mmap in [&[][..], &["--no-mmap"]] {
            let ran = env.run(&[&run[..], &["-o", "out.jsonl"], no_mmap].concat()).succeeds();
            assert_eq!(ran.stderr.contains(&format!("all of them written {repeat} times")), repeat > 1);
            env.assert_file("out.jsonl", rows(0..310).repeat(repeat));
            env.run(&[&run[..], &["-o", "-"], no_mmap].concat()).succeeds().prints(rows(0..310).repeat(repeat));
        }
        env.run(&[&run[..], &["--output-dir", "out"]].concat()).succeeds();
        env.assert_file("out/in.jsonl", rows(0..300).repeat(repeat));
        env.assert_file("out/other.jsonl", rows(300..310).repeat(repeat));

        let stats = env.json("stats.json");
        assert_eq!((&stats["rows"], &stats["repeat"]), (&310.into(), &repeat.into()));
        assert_eq!(stats["bytes_out"], rows(0..310).len() * repeat);
        assert_eq!(stats["bytes_in"], input.len() + records(300..310).len());
        assert_eq!(String::from_utf8(env.bytes("bad.jsonl")).unwrap().lines().count(), 1);
    }
}

#[test]
fn compressed_inputs_are_repeated_too() {
    let packed = zstd::encode_all(records(0..50).as_bytes(), 1).unwrap();
    let env = TestEnv::with("in.zst", packed);
    env.run(&["-i", "in.zst", "-o", "-", "-q", "--repeat", "3"]).succeeds().prints(rows(0..50).repeat(3));
    env.run(&["-i", "in.zst", "-o", "out.gz", "-q", "--repeat", "3"]).succeeds();
    env.run(&["-i", "out.gz", "--check"]).fails().says("invalid record");
    let unpacked = env.run_in_shell("gzip -dc out.gz", &[]);
    unpacked.succeeds().prints(rows(0..50).repeat(3));
}

#[test]
fn what_can_be_read_only_once_cannot_be_repeated() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.fifo("pipe");
    env.run(&["-i", "-", "-o", "out", "--repeat", "2"]).shows_misuse_of("--repeat");
    env.run(&["-i", "pipe", "-o", "out", "--repeat", "2"]).fails_with_one_line(&["pipe", "only once", "--repeat"]);
    env.run_in_shell(r#""$@" < in.jsonl"#, &["-i", "-", "-o", "out", "--repeat", "2"]).shows_misuse_of("--repeat");
    env.run_with_stdin(&["-i", "-", "-o", "-", "-q", "--repeat", "1"], records(0..3)).succeeds().prints(rows(0..3));
    for bad in ["0", "-1", "x", "1001"] {
        env.run(&["-i", "in.jsonl", "-o", "out", &format!("--repeat={bad}")]).shows_misuse_of("--repeat");
    }
    env.assert_listing(&["in.jsonl", "pipe"]);
}

#[test]
fn an_input_that_changes_between_two_readings_is_an_error() {
    // So long that its first lines can be changed before they are read again.
    let count = 300_000;
    let env = TestEnv::with("in.jsonl", records(0..count));
    // On a busy machine it may take long enough for a message about the progress.
    let quiet = ["--progress", "never"];
    let flags = ["-i", "in.jsonl", "-o", "out.jsonl", "--repeat", "1000", "--threads", "1"];
    let flags = [&flags[..], &quiet].concat();
    for on_error in ["fail", "skip"] {
        let running = env.spawn(&[&flags[..], &["--on-error", on_error]].concat());
        // The second reading has begun.
        env.wait_for_rows(&running, rows(0..1).len() as u64 * count as u64);
        let file = std::fs::OpenOptions::new().write(true).open(env.path("in.jsonl")).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, b"X", 0).unwrap();
        running.finish().fails_with_one_line(&["the input changed", "--repeat"]);
        env.assert_listing(&["in.jsonl"]);
        std::os::unix::fs::FileExt::write_all_at(&file, b"{", 0).unwrap();
    }
}

/// The output would be complete with its last row, but for the comparison of the readings.
#[test]
fn with_a_folder_an_output_of_an_input_that_changes_is_not_complete() {
    let count = 10_000;
    let env = TestEnv::with("in.jsonl", records(0..count));
    env.folder("out").fifo("out/in.jsonl");
    let flags =
        ["-i", "in.jsonl", "--output-dir", "out", "--repeat", "2", "--chunk-size", "1KiB", "--on-error", "skip"];
    let running = env.spawn(&flags);
    let (fifo, input) = (env.path("out/in.jsonl"), env.path("in.jsonl"));
    let reader = support::cli::aside(move || {
        let mut rows_read = std::fs::File::open(fifo).unwrap();
        let first = rows(0..count + 10).len() as u64;
        std::io::copy(&mut std::io::Read::take(&mut rows_read, first), &mut std::io::sink()).unwrap();
        // The second reading is not at its last line, since nobody reads its rows.
        let file = std::fs::OpenOptions::new().write(true).open(input).unwrap();
        let last = records(0..count - 1).len() as u64;
        std::os::unix::fs::FileExt::write_all_at(&file, b"X", last).unwrap();
        std::io::copy(&mut rows_read, &mut std::io::sink()).unwrap();
    });
    running.finish().fails_with_one_line(&["the input changed", "--repeat"]);
    reader.result();
}

#[test]
fn without_rows_there_is_nothing_to_repeat() {
    let env = TestEnv::with("in.jsonl", "\n".repeat(1 << 20));
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--repeat", "1000"])
        .succeeds()
        .says("no rows")
        .does_not_say("written 1000 times");
    env.assert_file("out.jsonl", "");
}
