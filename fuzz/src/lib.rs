//! The fuzz targets, a module each. The function `check` of a target panics if steer2reg and the oracle differ for some bytes.

pub mod format;
pub mod input;
pub mod label;
pub mod line;
pub mod score;

use std::{env, fs, path::PathBuf};

use steer2reg::{Converter, Parser};

#[doc(hidden)]
pub use arbitrary;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use libfuzzer_sys;

/// The program of a target: under `cargo fuzz` the fuzzer, else one that replays files.
#[macro_export]
macro_rules! program {
    ($target:ident) => {
        #[cfg(fuzzing)]
        use $crate::libfuzzer_sys;
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::$target::check(data));
        #[cfg(not(fuzzing))]
        fn main() {
            $crate::replay(stringify!($target), $crate::$target::check);
        }
    };
}

/// Checks every file that is named on the command line, or lies in a folder that is. There must be one.
pub fn replay(target: &str, check: impl Fn(&[u8])) {
    let named = env::args_os().skip(1).map(PathBuf::from);
    let files: Vec<_> = named
        .flat_map(|path| match fs::read_dir(&path) {
            Ok(folder) => folder.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => vec![path],
        })
        .collect();
    assert!(!files.is_empty(), "no file to replay");
    for file in &files {
        let data = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let _on_panic = Name(file);
        check(&data);
    }
    println!("{target}: {} inputs, no difference", files.len());
}

/// Says which file it was if there is a panic.
struct Name<'f>(&'f PathBuf);

impl Drop for Name<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input: {}", self.0.display());
        }
    }
}

/// Holds both parsers to the oracle's rows of a line, or the kind of its refusal; returns the rows.
fn check_line(line: &[u8]) -> Option<String> {
    hold(line, || oracle::rows(line), support::converter)
}

/// Compares a line with the rows, or the kind of rejection, of another record.
fn hold(
    line: &[u8],
    expected: impl Fn() -> Result<String, &'static str>,
    converter: impl Fn(Parser) -> Converter,
) -> Option<String> {
    let ended = line.strip_suffix(b"\n").unwrap_or(line);
    // To the oracle a blank line is no record, and does not come to it.
    let is_blank = ended.iter().all(|byte| b" \t\r".contains(byte));
    let expected = if is_blank { Ok(String::new()) } else { expected() };
    for parser in [Parser::Auto, Parser::SimdJson] {
        let mut converter = converter(parser);
        // And again: nothing stays of the first time.
        for _ in 0..2 {
            let mut out = b"before ".to_vec();
            let converted = converter.convert(line, &mut out);
            let rows = out.strip_prefix(b"before ").expect("what was there stays");
            let rows = str::from_utf8(rows).expect("rows are UTF-8");
            match converted {
                Ok(count) => {
                    assert_eq!(Ok(rows), expected.as_deref().map_err(|kind| *kind), "{parser:?}");
                    assert_eq!(count, rows.lines().count() as u64, "{parser:?}");
                }
                Err(rejection) => {
                    assert_eq!(Err(rejection.kind().name()), expected, "{parser:?}: {rejection}");
                    assert_eq!(rows, "", "{parser:?}: a rejected record leaves nothing");
                }
            }
        }
    }
    expected.ok()
}

/// The oracle calls itself for each level of nesting, and reads what is within once for each.
fn is_too_deep_for_the_oracle(data: &[u8]) -> bool {
    data.iter().filter(|byte| b"[{".contains(byte)).count() > 500
}
