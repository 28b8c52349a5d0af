//! Odd values of flags, which clap would take for something else or tell of without a name.

use std::{
    ffi::{OsStr, OsString},
    num::NonZeroU64,
    path::Path,
};

use clap::{CommandFactory, error::ErrorKind};

use super::flags::{Cli, Misuse};

/// What people write for a yes or no.
const YES_OR_NO: [&str; 6] = ["true", "false", "yes", "no", "on", "off"];

/// The one flag with such a value, which may also stand alone: so it has its value behind `=`.
const SPLIT: &str = "--split-embedded-turns";

/// Flags whose values may be of any bytes, as names of files may.
const FILES: [&str; 10] = [
    "-i",
    "--input-file",
    "--input",
    "-o",
    "--output-file",
    "--output",
    "--output-dir",
    "--stats",
    "--rejects",
    "--report",
];

/// The arguments, with a yes or no behind a flag joined to it, where it would otherwise be an input. A file of that name
/// can be given as `./no`.
pub(super) fn joined(args: Vec<OsString>) -> Result<Vec<OsString>, Misuse> {
    let takes_nothing = |flag: &str| {
        let command = Cli::command();
        let name = flag.strip_prefix("--").filter(|name| !name.is_empty());
        let arg = command.get_arguments().find(|arg| name.is_some() && arg.get_long() == name);
        arg.is_some_and(|arg| !arg.get_action().takes_values())
    };
    let mut joined: Vec<OsString> = Vec::with_capacity(args.len());
    let mut is_over = false;
    for arg in args {
        let flag = joined.last().filter(|_| !is_over).and_then(|last| last.to_str());
        let value = arg.to_str().filter(|value| YES_OR_NO.iter().any(|word| word.eq_ignore_ascii_case(value)));
        match (flag, value) {
            (Some(SPLIT), Some(value)) => {
                let whole = format!("{SPLIT}={}", value.to_ascii_lowercase());
                joined.pop();
                joined.push(whole.into());
                continue;
            }
            (Some(flag), Some(value)) if takes_nothing(flag) && !Path::new(value).exists() => {
                return Err(Misuse::Value(format!(
                    "'{flag}' takes no value, and {value:?} is no input that is there: the flag alone means yes, and without \
                     it the answer is no"
                )));
            }
            _ => {}
        }
        is_over |= arg == "--";
        joined.push(arg);
    }
    Ok(joined)
}

/// Names the flag of a value that is not UTF-8, which clap does not.
pub(super) fn not_utf8(error: &clap::Error, args: &[OsString]) -> Option<Misuse> {
    if error.kind() != ErrorKind::InvalidUtf8 {
        return None;
    }
    let mut flag: Option<&str> = None;
    for arg in args.iter().skip(1) {
        let Some(text) = arg.to_str() else {
            let (own, value) = split(arg);
            let Some(flag) = own.as_deref().or(flag).filter(|flag| !FILES.contains(flag)) else { continue };
            let shown = value.as_encoded_bytes().escape_ascii();
            return Some(Misuse::Value(format!("'{flag}': the value \"{shown}\" is not UTF-8")));
        };
        flag = Some(text).filter(|text| text.starts_with('-'));
    }
    None
}

/// `--flag=value`.
fn split(arg: &OsStr) -> (Option<String>, &OsStr) {
    use std::os::unix::ffi::OsStrExt;
    let bytes = arg.as_bytes();
    let at = bytes.iter().position(|&byte| byte == b'=').filter(|_| bytes.starts_with(b"--"));
    match at {
        Some(at) => (Some(String::from_utf8_lossy(&bytes[..at]).into_owned()), OsStr::from_bytes(&bytes[at + 1..])),
        None => (None, arg),
    }
}

/// The number of `--max-rejects`.
pub(super) fn rejects(spelled: &str) -> Result<u64, String> {
    whole(spelled, 0, "100")
}

/// The number of `--max-chars`.
pub(super) fn characters(spelled: &str) -> Result<u64, String> {
    whole(spelled, 0, "16000")
}

/// The number of `--group-lines`.
pub(super) fn group(spelled: &str) -> Result<NonZeroU64, String> {
    let problem = || "it must be a whole number".to_owned();
    whole(spelled, 1, "2").and_then(|number| NonZeroU64::new(number).ok_or_else(problem))
}

fn whole(spelled: &str, least: u64, example: &str) -> Result<u64, String> {
    let number = spelled.parse().ok().filter(|&number| number >= least);
    number.ok_or_else(|| format!("it must be a whole number from {least} to {}, for example {example}", u64::MAX))
}
