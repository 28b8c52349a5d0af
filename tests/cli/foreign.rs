//! Files and records that are something else: what they are is said, and what helps.

use std::process::{Command, Stdio};

use support::cli::{
    TestEnv,
    records::{record, records, row},
};

/// Runs a program that makes a file from records; nothing if it is not there.
fn made_by(program: &str, args: &[&str]) -> Option<Vec<u8>> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().ok()?;
    std::io::Write::write_all(&mut child.stdin.take()?, records(0..50).as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// The name of a file, its bytes, the message about it, and the command that helps.
fn files() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| records(0..2).encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    let tar = [&[b'n'; 257][..], b"ustar\0", &[0; 300]].concat();
    let mut files = vec![
        ("a.parquet", b"PAR1\x15\x04\x15\x10...PAR1".to_vec(), "a Parquet file", "read_parquet(\"a.parquet\")"),
        ("a.arrow", b"ARROW1\0\0...".to_vec(), "an Arrow file", "read_feather"),
        ("data.arrow", b"\xff\xff\xff\xff\x10\0\0\0".to_vec(), "an Arrow stream", "Dataset.from_file"),
        ("a.tar", tar.clone(), "a tar archive", "tar -xOf a.tar"),
        ("le", utf16(u16::to_le_bytes), "UTF-16", "iconv -f UTF-16LE -t UTF-8 le"),
        ("be", utf16(u16::to_be_bytes), "UTF-16", "iconv -f UTF-16BE"),
        ("bom", [b"\xff\xfe", &utf16(u16::to_le_bytes)[..]].concat(), "UTF-16", "iconv -f UTF-16 -t UTF-8 bom"),
        ("a.csv", b"prompt,response,helpfulness\nHi,Ho,4\n".to_vec(), "a table", "read_csv(\"a.csv\""),
        ("a.tsv", b"id\ttext\tlabels\n1\tHi\t[]\n".to_vec(), "a table", "read_csv"),
        ("page", b"\n<!DOCTYPE html><html><title>404</title>".to_vec(), "a page of HTML", "the right address"),
        (
            "train.jsonl",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n".to_vec(),
            "a Git LFS pointer",
            "git lfs pull",
        ),
        ("odd 'name", b"PAR1".to_vec(), "a Parquet file", "read_parquet(\"FILE\")"),
    ];
    // Archives within archives: what counts is what is read.
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    };
    files.push(("a.tar.gz", gzip(&tar), "a tar archive", "tar -xOf a.tar.gz"));
    files.push(("a.zst", zstd::encode_all(&b"PAR1...."[..], 1).unwrap(), "a Parquet file", "read_parquet"));
    files.push((
        "twice.gz",
        gzip(&gzip(records(0..2).as_bytes())),
        "compressed twice",
        "gzip -dc twice.gz | steer2reg -i -",
    ));
    let zst = zstd::encode_all(records(0..2).as_bytes(), 1).unwrap();
    files.push(("a.zst.gz", gzip(&zst), "compressed twice", "gzip -dc a.zst.gz | steer2reg -i -"));
    // What the programs themselves make, where they are there.
    let programs: [(&str, &str, &[&str], &str, &str); 5] = [
        ("a.xz", "xz", &["-c"], "compressed with xz", "xz -dc a.xz | steer2reg -i -"),
        ("a.bz2", "bzip2", &["-c"], "compressed with bzip2", "bzip2 -dc a.bz2"),
        ("a.lz4", "lz4", &["-c"], "compressed with lz4", "lz4 -dc"),
        ("a.zip", "zip", &["-q", "-", "-"], "a zip archive", "unzip -p a.zip"),
        ("a.pickle", "python3", &["-c", PICKLE], "a Python pickle", "read_pickle"),
    ];
    for (name, program, args, what, help) in programs {
        files.extend(made_by(program, args).map(|bytes| (name, bytes, what, help)));
    }
    files
}

const PICKLE: &str = "import sys, pickle; sys.stdout.buffer.write(pickle.dumps(sys.stdin.read()))";

#[test]
fn a_file_of_another_kind_is_named_before_anything_is_written() {
    let files = files();
    assert!(files.len() > 14, "at least Python is there");
    for (name, bytes, what, help) in files {
        let env = TestEnv::with(name, &bytes);
        env.file("good", records(0..3)).file("out", "old");
        for args in [&["--from", "sft"][..], &["--on-error", "skip", "--allow-empty"], &["--no-mmap"], &["--shard=1/2"]]
        {
            if bytes.len() < 200 && args[0] == "--shard=1/2" || name.ends_with("gz") || name.ends_with("zst") {
                continue;
            }
            let ran = env.run(&[args, &["-o", "out", "good", name]].concat());
            ran.fails_with_one_line(&[name, what, help]);
        }
        env.run(&["-o", "-", "good", name]).prints("").fails_with_one_line(&[what, help]);
        // A pipe is known when its turn comes.
        for chunk_size in ["1", "512KiB"] {
            let ran = env.run_with_stdin(&["-o", "-", "-", "--chunk-size", chunk_size], &bytes);
            ran.prints("").fails_with_one_line(&["<stdin> is ", what]);
        }
        env.assert_file("out", "old");
    }
}

/// Marks of other files that are letters are words of a record as any others, wherever in the file they stand.
#[test]
fn a_record_is_a_record_whatever_words_are_in_it() {
    let words = "mustard, PAR1 ARROW1 BZh %PDF- <html> prompt,response version https://git-lfs.github.com/spec/v1";
    let env = TestEnv::new();
    for padding in 0..300 {
        let with = |text: String| text.replace("Question", &format!("{}{words}", "x".repeat(padding)));
        env.file("in.jsonl", with(record(7)));
        env.run(&["-q", "in.jsonl", "-o", "-"]).succeeds().prints(with(row(7)) + "\n");
    }
}

/// Records of other data sets, and the reasons of their rejection.
const RECORDS: [(&str, &[&str]); 17] = [
    (
        r#"{"context":[],"response1":"A","response2":"B","feedback1":["good"],"feedback2":["bad"]}"#,
        &["a HelpSteer3 feedback record", "no scores"],
    ),
    (r#"{"context":[],"original_response":"A","edited_response":"B"}"#, &["a HelpSteer3 edit record"]),
    (r#"{"context":[],"good_edited_response":"A","bad_edited_response":"B"}"#, &["HelpSteer3 edit-quality"]),
    (r#"{"context":[],"response":"A","principle":"clarity","fulfilment":"Yes"}"#, &["a HelpSteer3 principle record"]),
    (r#"{"messages":[{"role":"user","content":"Hi"}]}"#, &[r#"a record of "messages""#]),
    (
        r#"{"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Ho","label":"humor:1"}]}"#,
        &[r#""mask" is missing"#, r#"the first speaker is "human""#, "--mask NAME"],
    ),
    (
        r#"{"message_id":"m","parent_id":null,"text":"Hi","role":"prompter","labels":{"quality":{"value":1}}}"#,
        &["one message of a flat table", ".trees.jsonl.gz"],
    ),
    (
        r#"{"prompt":{"text":"Hi","role":"prompter","replies":[{"text":"Ho","role":"assistant","labels":{"name":["quality"],"value":[1]},"replies":[]}]}}"#,
        &[r#""labels" of message 2 are lists of names and values"#, ".trees.jsonl.gz"],
    ),
    (r#"{"prompt":"Hi","response":"Ho","helpfulness":[3,4,4]}"#, &[r#""helpfulness" is an array"#, "disagreements"]),
    (
        r#"{"conversations":[{"from":"A","value":"B","label":{"quality":4}}],"mask":"A"}"#,
        &["the label is an object", "not a string such as \"helpfulness:3"],
    ),
    (r#"{"instruction":"Hi","input":"","output":"Ho"}"#, &["Alpaca"]),
    (r#"{"prompt":"Hi","chosen":"A","rejected":"B"}"#, &["a chosen and a rejected answer"]),
    (r#"[{"prompt":"Hi","response":"Ho","helpfulness":4}]"#, &["an array", "jq -c '.[]' FILE"]),
    ("[", &["a JSON array over several lines", "jq -c '.[]' FILE"]),
    ("{", &["a JSON document over several lines", "jq -c . FILE"]),
    (r#"{"prompt":"Hi","#, &["a JSON document over several lines", "jq -c . FILE"]),
    (r#"  "prompt": "Hi","#, &["a JSON document over several lines", "jq -c . FILE"]),
];

#[test]
fn a_record_of_another_kind_is_named() {
    for (record, expected) in RECORDS {
        for parser in ["auto", "simd-json"] {
            let ran = TestEnv::new().run_with_stdin(&["-i", "-", "--check", "--parser", parser], record).fails();
            expected.iter().fold(ran, |ran, part| ran.says(part));
            if steer2reg::Schema::detect(record.as_bytes()).is_some_and(|schema| schema != steer2reg::Schema::Sft) {
                continue;
            }
            // Also among records of a schema.
            let among = [&records(0..5), record, "\n", &records(0..5)].concat();
            let ran = TestEnv::new().run_with_stdin(&["-i", "-", "--check", "--parser", parser], among).fails();
            expected.iter().fold(ran.says("<stdin>:6: "), |ran, part| ran.says(part));
        }
    }
}

#[test]
fn a_mask_for_records_without_one_gives_the_rows_of_records_with_it() {
    for mask in ["human", "the \"user\"\n", "é\u{1}"] {
        let spelled = serde_json::to_string(mask).unwrap();
        for spelled in [spelled.clone(), spelled.replace('é', "\\u00e9").replace('u', "\\u0075")] {
            // "\n" and the like have no u to respell twice.
            let spelled = spelled.replace("\\\\u0075", "\\u");
            let turns = format!(
                r#""conversations": [{{"from": {spelled}, "value": "Hi"}}, {{"from": "gpt", "value": "Ho", "label": "humor:1"}}]"#
            );
            let (without, with) = (format!("{{{turns}}}\n"), format!("{{{turns}, \"mask\": {spelled}}}\n"));
            let other = format!("{{{turns}, \"mask\": \"gpt\"}}\n");
            let env = TestEnv::with("with", [&*with, &other, &with].concat());
            env.file("without", [&*without, &other, &without].concat());
            env.run(&["with", "-o", "expected"]).succeeds();
            for parser in ["auto", "simd-json"] {
                env.run(&["without", "-o", "out", "--mask", mask, "--parser", parser]).succeeds();
                env.assert_file("out", env.bytes("expected"));
            }
            env.run(&["without", "--check"]).fails().says("\"mask\" is missing");
        }
    }
    let args = ["-i", "-", "--check", "--mask", "human", "--from", "helpsteer"];
    TestEnv::new().run(&args).shows_misuse_of("'--mask <NAME>' needs '--from sft'");
}
