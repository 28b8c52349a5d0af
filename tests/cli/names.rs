//! Names of outputs that promise something else than what is written.

use support::cli::{
    TestEnv,
    records::{BAD_JSON, records, rows},
};

/// With what a name promises; most of them are compressed by a command.
const PROMISES: [(&str, &str); 19] = [
    ("parquet", "Parquet"),
    ("arrow", "Arrow"),
    ("feather", "Feather"),
    ("xz", "| xz > FILE"),
    ("XZ", "| xz > FILE"),
    ("bz2", "| bzip2 > FILE"),
    ("zip", "| zip > FILE"),
    ("lz4", "| lz4 > FILE"),
    ("7z", "| 7z a -si FILE"),
    ("br", "| brotli > FILE"),
    ("tar", "tar"),
    ("tgz", "tar"),
    ("tar.gz", "tar"),
    ("csv", "CSV"),
    ("csv.gz", "CSV"),
    ("tsv", "TSV"),
    ("xlsx", "a spreadsheet"),
    ("zstd", "zstd"),
    ("gzip", "gzip"),
];

#[test]
fn a_name_that_promises_something_else_is_refused_before_anything_is_written() {
    for (ending, says) in PROMISES {
        let name = format!("out.{ending}");
        let env = TestEnv::with("in.jsonl", records(0..3));
        let ran = env.run(&["-i", "in.jsonl", "-o", &name]).prints("");
        ran.fails_with_one_line(&[&name, "would hold JSON Lines, but its name says", says]);
        let ran = env.run(&["--check", "in.jsonl", "--stats", &name]);
        ran.fails_with_one_line(&[&name, "would hold JSON, but its name says"]);
        let ran = env.run(&["--check", "in.jsonl", "--report", &name]);
        ran.fails_with_one_line(&[&name, "would hold HTML, but its name says"]);
        let ran = env.run(&["--check", "in.jsonl", "--on-error", "skip", "--rejects", &name]);
        ran.fails_with_one_line(&[&name, "would hold JSON Lines, but its name says"]);
        env.assert_listing(&["in.jsonl"]);
    }
}

#[test]
fn what_is_not_compressed_must_not_be_called_so() {
    let env = TestEnv::with("in.jsonl", BAD_JSON.bytes);
    for (ending, way) in [("gz", "- | gzip > FILE"), ("zst", "- | zstd > FILE"), ("GZ", "- | gzip > FILE")] {
        let name = format!("other.{ending}");
        for flag in ["--rejects", "--stats", "--report"] {
            let ran = env.run(&["--check", "in.jsonl", "--on-error", "skip", flag, &name]);
            ran.fails_with_one_line(&[&name, "but its name says", flag, way]);
        }
    }
    for page in ["page.json", "page.jsonl"] {
        env.run(&["--check", "in.jsonl", "--report", page]).fails_with_one_line(&[
            page,
            "would hold HTML",
            "page.html",
        ]);
    }
    env.run(&["-i", "in.jsonl", "-o", "rows.html"]).fails_with_one_line(&["rows.html", "rows.jsonl"]);
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn a_compression_that_contradicts_the_name_is_refused() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    for (name, compression) in [("x.gz", "none"), ("x.zst", "gzip"), ("x.gz", "zstd"), ("x.GZ", "none")] {
        let ran = env.run(&["-i", "in.jsonl", "-o", name, "--compression", compression]);
        ran.fails_with_one_line(&[name, "its name says", &format!("--compression {compression}")]);
    }
    env.assert_listing(&["in.jsonl"]);
    for (name, compression, magic) in [("x.gz", "gzip", 0x1f), ("X.ZST", "zstd", 0x28), ("Y.GZ", "auto", 0x1f)] {
        env.run(&["-q", "-i", "in.jsonl", "-o", name, "--compression", compression]).succeeds().says_nothing();
        assert_eq!(env.bytes(name)[0], magic, "{name}");
    }
}

#[test]
fn names_that_promise_nothing_else_are_free() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    for name in ["out", "out.json", "out.ndjson", "out.txt", "out.1", "csv", ".xz", "out.parquet.jsonl", "out.xz.bak"] {
        env.run(&["-q", "-i", "in.jsonl", "-o", name]).succeeds();
        env.assert_file(name, rows(0..3));
    }
    // Pipes and devices may be called anything.
    env.fifo("pipe.csv").link("null.parquet", "/dev/null");
    let path = env.path("pipe.csv");
    let reader = support::cli::aside(move || std::fs::read(path));
    env.run(&["-q", "-i", "in.jsonl", "-o", "pipe.csv", "--stats", "null.parquet"]).succeeds();
    assert_eq!(reader.result().expect("a pipe can be read"), rows(0..3).into_bytes());
}

#[test]
fn in_a_folder_files_are_called_by_what_is_in_them() {
    let env = TestEnv::with("part.jsonl", records(0..3));
    env.run(&["-q", "part.jsonl", "-o", "part.jsonl.gz"]).succeeds();
    // Rows are no records; what is converted here is packed by other means.
    let packed = env.run_in_shell(r"gzip -c part.jsonl > packed.jsonl.gz; gzip -c part.jsonl > LOUD.GZ", &[]);
    packed.succeeds();
    let cases = [
        ("part.jsonl", "none", "part.jsonl", "{"),
        ("part.jsonl", "auto", "part.jsonl", "{"),
        ("part.jsonl", "zstd", "part.jsonl.zst", "\u{28}"),
        ("part.jsonl", "gzip", "part.jsonl.gz", "\u{1f}"),
        ("packed.jsonl.gz", "none", "packed.jsonl", "{"),
        ("packed.jsonl.gz", "auto", "packed.jsonl.gz", "\u{1f}"),
        ("packed.jsonl.gz", "gzip", "packed.jsonl.gz", "\u{1f}"),
        ("packed.jsonl.gz", "zstd", "packed.jsonl.zst", "\u{28}"),
        ("LOUD.GZ", "none", "LOUD", "{"),
        ("LOUD.GZ", "auto", "LOUD.GZ", "\u{1f}"),
    ];
    for (number, (input, compression, name, first)) in cases.into_iter().enumerate() {
        let folder = format!("{number}");
        env.run(&["-q", "--output-dir", &folder, input, "--compression", compression]).succeeds().says_nothing();
        let names: Vec<_> =
            std::fs::read_dir(env.path(&folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [name]);
        assert!(env.bytes(&format!("{folder}/{name}")).starts_with(first.as_bytes()), "{number}");
    }
    env.file("part.jsonl.gz", env.bytes("packed.jsonl.gz"));
    let ran = env.run(&["-q", "--output-dir", "new", "part.jsonl.gz", "part.jsonl", "--compression", "none"]);
    ran.fails_with_one_line(&["part.jsonl.gz", "part.jsonl", "one file, new/part.jsonl"]);
    env.file("part.csv", records(0..3));
    env.run(&["-q", "--output-dir", "new", "part.csv"]).fails_with_one_line(&["new/part.csv", "CSV"]);
    assert!(!env.path("new").exists());
}

#[test]
fn stats_rejects_and_report_can_be_streams() {
    let env = TestEnv::with("in.jsonl", [records(0..3).as_bytes(), BAD_JSON.bytes].concat());
    let run = ["-q", "-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip"];
    let files = ["--stats", "stats.json", "--rejects", "bad.jsonl", "--report", "page.html"];
    env.run(&[&run[..], &files].concat()).succeeds();
    let same = |flag: &str, file: &str| {
        let ran = env.run(&[&run[..], &[flag, "-"]].concat()).succeeds().says_nothing();
        let without_time = |text: &[u8]| {
            let text = String::from_utf8(text.to_vec()).unwrap();
            text.lines().filter(|line| !line.contains("second")).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(without_time(&ran.stdout), without_time(&env.bytes(file)), "{flag}");
    };
    same("--stats", "stats.json");
    same("--rejects", "bad.jsonl");
    env.run(&[&run[..], &["--report", "-"]].concat()).succeeds().says_nothing();
    env.assert_listing(&["bad.jsonl", "in.jsonl", "out.jsonl", "page.html", "stats.json"]);
    let page = env.run_in_shell(r#""$@" > piped.html"#, &[&run[..], &["--report", "-"]].concat());
    page.succeeds();
    assert!(
        env.bytes("piped.html").starts_with(b"<!DOCTYPE html>")
            || env.bytes("piped.html").starts_with(b"<!doctype html>")
    );
    env.run(&["-q", "--check", "in.jsonl", "--on-error", "skip", "--stats", "./-"]).succeeds().prints("");
    assert_eq!(env.json("-")["rows"], 3);
}
