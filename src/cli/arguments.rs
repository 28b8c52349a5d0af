//! Arguments that clap would take for something else, or report without the name of their flag.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

use clap::{Command, Error, error::ErrorKind};

use super::misuse::invalid;

/// The words that people write for yes and no.
const YES_OR_NO: [&str; 6] = ["true", "false", "yes", "no", "on", "off"];

/// The one flag with such a value. It may also stand alone, so its value follows an `=`.
const SPLIT: &str = "--split-embedded-turns";

/// Flags whose values may have any bytes, as names of files may.
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

/// Joins a yes or no to the flag before it, where it would otherwise be an input. A file of that name can be given as
/// `./no`.
pub(super) fn joined(command: &Command, arguments: impl IntoIterator<Item = OsString>) -> Result<Vec<OsString>, Error> {
    let takes_nothing = |flag: &str| {
        let name = flag.strip_prefix("--").filter(|name| !name.is_empty());
        let arg = command.get_arguments().find(|arg| name.is_some() && arg.get_long() == name);
        arg.is_some_and(|arg| !arg.get_action().takes_values())
    };
    let mut joined: Vec<OsString> = Vec::new();
    let mut is_over = false;
    for arg in arguments {
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
                return Err(invalid(format!(
                    "'{flag}' takes no value, and there is no input file {value:?}: give the flag alone for yes, and omit it \
                     for no"
                )));
            }
            _ => {}
        }
        is_over |= arg == "--";
        joined.push(arg);
    }
    Ok(joined)
}

/// The error for a value that is not UTF-8, with the name of the flag, which clap leaves out.
pub(super) fn with_flag(error: &Error, args: &[OsString]) -> Option<Error> {
    if error.kind() != ErrorKind::InvalidUtf8 {
        return None;
    }
    let mut flag: Option<&str> = None;
    for arg in args.iter().skip(1) {
        let Some(text) = arg.to_str() else {
            let (own, value) = split(arg);
            let Some(flag) = own.as_deref().or(flag).filter(|flag| !FILES.contains(flag)) else { continue };
            let shown = value.as_encoded_bytes().escape_ascii();
            return Some(invalid(format!("'{flag}': the value \"{shown}\" is not UTF-8")));
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
