//! The commit that the program is built from, for `--version`, as `STEER2REG_COMMIT`: seven digits, with `-dirty` behind
//! them if the source is not what was committed, or nothing if no commit is known.
//!
//! Cargo writes the commit into the packages that it makes. In a checkout git knows it, if there is a git.

use std::{env, fs, path::Path, process::Command};

/// Everything that the program is made from.
const SOURCE: [&str; 4] = ["src", "build.rs", "Cargo.toml", "Cargo.lock"];

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo names the folder of the package");
    let root = Path::new(&root);
    let commit = packaged(root).or_else(|| checked_out(root)).unwrap_or_default();
    println!("cargo::rustc-env=STEER2REG_COMMIT={commit}");
    println!("cargo::rerun-if-changed=build.rs");
}

/// The commit that `cargo package` noted.
fn packaged(root: &Path) -> Option<String> {
    let note = fs::read_to_string(root.join(".cargo_vcs_info.json")).ok()?;
    let (_, commit) = note.split_once("\"sha1\"")?;
    let commit = commit.split('"').nth(1)?.get(..7)?;
    Some(marked(commit, note.contains("\"dirty\"")))
}

/// The commit of the checkout that this package is the root of.
fn checked_out(root: &Path) -> Option<String> {
    // A copy of the source may lie in another project's checkout, whose commit says nothing about it.
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    watch(root);
    let commit = git(root, &["rev-parse", "--short=7", "HEAD"])?;
    // Without the lock, which a command that runs at the same time may need.
    let changes = git(root, &[&["--no-optional-locks", "status", "--porcelain", "--"], &SOURCE[..]].concat())?;
    Some(marked(&commit, !changes.is_empty()))
}

/// Asks cargo to run this again when the commit or the source changes. Cargo takes a file that is missing for changed each
/// time, so only files that exist are named.
fn watch(root: &Path) {
    // The log of HEAD grows with each commit and each checkout. Where git keeps no log, the branch's file changes.
    let branch = git(root, &["rev-parse", "--symbolic-full-name", "HEAD"]);
    let files = ["HEAD", "logs/HEAD", "packed-refs"].into_iter().chain(branch.as_deref());
    // A linked worktree has its files elsewhere: then the path is absolute.
    let files = files.filter_map(|file| Some(root.join(git(root, &["rev-parse", "--git-path", file])?)));
    let source = SOURCE.iter().map(|name| root.join(name));
    for path in files.chain(source).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

fn marked(commit: &str, is_dirty: bool) -> String {
    format!("{commit}{}", if is_dirty { "-dirty" } else { "" })
}

/// What git prints, if it succeeds.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
