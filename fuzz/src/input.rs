//! A whole input: however it is read, cut and shared among threads, the output is the oracle's, and so are the counts
//! and the rejections.

use std::{cell::LazyCell, fs};

use arbitrary::{Arbitrary, Unstructured};
use serde::Deserialize;
use steer2reg::{Config, ErrorKind, Input, MmapChoice, OnError, Output, Parser, Schema};
use tempfile::TempDir;

/// Three bytes, and then the input.
#[derive(Debug, Arbitrary)]
struct Case<'d> {
    chunk_size: u8,
    threads: u8,
    /// A bit each: mapped or read, skip or fail, one parser or both.
    flags: u8,
    input: &'d [u8],
}

/// A line of the rejects.
#[derive(Deserialize)]
struct Reject {
    line: u64,
    byte: u64,
    kind: String,
    record: Option<String>,
}

thread_local! {
    /// Kept from case to case, in memory where the system has such a position.
    static FOLDER: LazyCell<TempDir> = LazyCell::new(|| {
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder")
    });
}

pub fn check(data: &[u8]) {
    let Ok(case) = Case::arbitrary_take_rest(Unstructured::new(data)) else { return };
    if crate::is_too_deep_for_the_oracle(case.input) {
        return;
    }
    FOLDER.with(|folder| in_folder(&case, folder));
}

fn in_folder(case: &Case<'_>, folder: &TempDir) {
    let [input, output, rejects] = ["input", "output", "rejects"].map(|name| folder.path().join(name));
    fs::write(&input, case.input).expect("the input is written");

    let chunk_size = usize::from(case.chunk_size);
    let skip = case.flags & 2 != 0;
    let on_error =
        if skip { OnError::Skip { rejects: Some(rejects.clone()), max_rejects: None } } else { OnError::Fail };
    let config = Config {
        threads: (1 + usize::from(case.threads % 4)).try_into().ok(),
        // From 1 byte to 8 KiB, in small steps where it is small.
        chunk_size: 1 + chunk_size * chunk_size / 8,
        on_error,
        allow_empty: true,
        schema: Some(Schema::Sft),
        mmap: if case.flags & 1 != 0 { support::library::mapped() } else { MmapChoice::never() },
        parser: if case.flags & 4 != 0 { Parser::SimdJson } else { Parser::Auto },
        ..Config::new(Input::Path(input), Output::Path(output.clone()))
    };
    let converted = steer2reg::convert(&config);
    let expected = oracle::file(case.input);

    match converted {
        Ok(summary) => {
            let counts = &summary.counts;
            assert_eq!(String::from_utf8(fs::read(&output).unwrap()).unwrap(), expected.rows);
            assert_eq!(counts.records, expected.records);
            assert_eq!(counts.blank, expected.blank);
            assert_eq!(counts.unlabelled, expected.unlabelled);
            assert_eq!(counts.rows, expected.rows.lines().count() as u64);
            assert_eq!(counts.rejected.total(), expected.rejected.len() as u64);
            assert_eq!((summary.bytes_in, summary.bytes_out), (case.input.len() as u64, expected.rows.len() as u64));
        }
        Err(error) if !skip => {
            let ErrorKind::Record { position, rejection, .. } = error.kind() else { panic!("{error}") };
            let first = expected.rejected.first().expect("the oracle refuses a record");
            assert_eq!((position.line, position.byte, rejection.kind().name()), (first.line, first.byte, &*first.kind));
            assert!(!output.exists(), "no output after a rejection");
        }
        Err(error) => panic!("{error}"),
    }
    if skip {
        let written = fs::read_to_string(&rejects).unwrap();
        assert_eq!(written.lines().count(), expected.rejected.len());
        for (reject, expected) in written.lines().zip(&expected.rejected) {
            let reject: Reject = serde_json::from_str(reject).unwrap();
            assert_eq!((reject.line, reject.byte, &reject.kind), (expected.line, expected.byte, &expected.kind));
            assert_eq!(reject.record.as_deref(), str::from_utf8(&expected.record).ok());
        }
        fs::remove_file(&rejects).unwrap();
    }
    let _ = fs::remove_file(&output);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["input"], "nothing is left behind");
}
