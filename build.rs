//! Tells the program from which commit it is built: `STEER2REG_COMMIT`, seven digits, or empty where git does not know.

use std::{env, path::Path, process::Command};

fn main() {
    let commit = commit().unwrap_or_default();
    println!("cargo::rustc-env=STEER2REG_COMMIT={commit}");
    println!("cargo::rerun-if-changed=build.rs");
}

/// The commit of the checkout that this package is the root of.
fn commit() -> Option<String> {
    let root = env::var("CARGO_MANIFEST_DIR").ok()?;
    // The source of a package may lie within somebody else's checkout.
    let top = git(&root, &["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != Path::new(&root).canonicalize().ok()? {
        return None;
    }
    // HEAD changes with the branch, its log with each commit.
    for file in ["HEAD", "logs/HEAD"] {
        println!("cargo::rerun-if-changed={root}/{}", git(&root, &["rev-parse", "--git-path", file])?);
    }
    git(&root, &["rev-parse", "--short=7", "HEAD"])
}

fn git(root: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
