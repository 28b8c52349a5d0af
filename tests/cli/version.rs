//! `--version`, and the build script that finds the commit for it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use support::cli::TestEnv;

#[test]
fn the_version_tells_the_commit_and_the_vectors() {
    let env = TestEnv::new();
    for flag in ["-V", "--version"] {
        let shown = String::from_utf8(env.run(&[flag]).succeeds().says_nothing().stdout).expect("it is UTF-8");
        let details = shown.strip_prefix(concat!("steer2reg ", env!("CARGO_PKG_VERSION"), " (")).expect(&shown);
        let details: Vec<_> = details.strip_suffix(")\n").expect(&shown).split(", ").collect();
        let (commit, vectors) = match details[..] {
            [commit, vectors] => (commit, vectors),
            [vectors] => ("", vectors),
            _ => panic!("{shown}"),
        };
        assert_eq!(commit, env!("STEER2REG_COMMIT"));
        assert_eq!(vectors, steer2reg::vector_level());
    }
}

/// The build script as a program in a folder.
struct Script {
    env: TestEnv,
}

impl Script {
    fn new() -> Self {
        let env = TestEnv::new();
        let rustc = Path::new(&env::var_os("CARGO").expect("`cargo test` names itself")).with_file_name("rustc");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
        let compiled = Command::new(rustc)
            .args(["--edition", "2024", "-o"])
            .args([env.path("script"), source])
            .output()
            .expect("rustc runs");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        env.folder("bin").folder("package").folder("package/src").file("package/src/lib.rs", "");
        Self { env }
    }

    fn root(&self) -> PathBuf {
        self.env.path("package")
    }

    /// The commit that the script finds for the package in `root`, and the files after whose change it is to run again.
    fn run(&self, root: &Path, path: Option<&str>) -> (String, Vec<PathBuf>) {
        let mut command = Command::new(self.env.path("script"));
        command.env("CARGO_MANIFEST_DIR", root).current_dir(root).envs(path.map(|path| ("PATH", path)));
        let output = command.output().expect("the script runs");
        assert!(output.status.success(), "{output:?}");
        let output = String::from_utf8(output.stdout).expect("it is UTF-8");
        let values = |key| output.lines().filter_map(move |line: &str| line.strip_prefix(key));
        let commits: Vec<_> = values("cargo::rustc-env=STEER2REG_COMMIT=").collect();
        let [commit] = commits[..] else { panic!("{output}") };
        (commit.to_owned(), values("cargo::rerun-if-changed=").map(PathBuf::from).collect())
    }
}

/// Runs git in a folder, without the settings of the person who runs the tests. `None` if there is no git.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let names =
        ["AUTHOR", "COMMITTER"].map(|who| [(format!("GIT_{who}_NAME"), "x"), (format!("GIT_{who}_EMAIL"), "x@x")]);
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).envs(names.into_iter().flatten());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().ok()?;
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("it is UTF-8").trim().to_owned())
}

#[test]
fn a_package_has_the_commit_that_cargo_noted() {
    let script = Script::new();
    let note = |dirty| {
        format!(r#"{{"git": {{"sha1": "0123456789abcdef0123456789abcdef01234567"{dirty}}}, "path_in_vcs": ""}}"#)
    };
    for (dirty, expected) in [("", "0123456"), (r#", "dirty": true"#, "0123456-dirty")] {
        script.env.file("package/.cargo_vcs_info.json", note(dirty));
        assert_eq!(script.run(&script.root(), None).0, expected);
        assert_eq!(script.run(&script.root(), Some("")).0, expected, "without git");
    }
}

#[test]
fn no_commit_is_known_without_git_and_outside_of_the_project_s_checkout() {
    let script = Script::new();
    assert_eq!(script.run(&script.root(), Some("")).0, "");
    // A copy in the checkout of another project.
    let outside = script.env.path(".");
    if git(&outside, &["init", "-q"]).is_some() {
        git(&outside, &["commit", "-q", "--allow-empty", "-m", "another project"]);
        assert_eq!(script.run(&script.root(), None).0, "");
    }
}

#[test]
fn a_checkout_has_its_commit_and_the_script_runs_again_when_that_changes() {
    let script = Script::new();
    let root = script.root();
    if git(&root, &["init", "-q"]).is_none() {
        eprintln!("skipped: there is no git");
        return;
    }
    let commit = || git(&root, &["rev-parse", "--short=7", "HEAD"]).expect("there is git");
    git(&root, &["add", "."]);
    git(&root, &["commit", "-q", "-m", "one"]);
    git(&root, &["worktree", "add", "-q", "--detach", "../linked"]);
    // A linked worktree has its HEAD elsewhere, and some repositories keep no log.
    for (folder, log) in [("package", "true"), ("linked", "true"), ("package", "false")] {
        git(&root, &["config", "core.logAllRefUpdates", log]);
        if log == "false" {
            fs::remove_dir_all(root.join(".git/logs")).expect("there are logs");
        }
        let folder = script.env.path(folder);
        let (found, watched) = script.run(&folder, None);
        assert_eq!(found, git(&folder, &["rev-parse", "--short=7", "HEAD"]).expect("there is git"));
        let read = |path: &PathBuf| fs::read(folder.join(path)).ok();
        let missing: Vec<_> = watched.iter().filter(|path| path.as_os_str() != "build.rs" && !path.exists()).collect();
        assert!(missing.is_empty(), "cargo would run it each time: {missing:?}");
        let before: Vec<_> = watched.iter().map(read).collect();
        git(&folder, &["commit", "-q", "--allow-empty", "-m", "another"]);
        assert_ne!(before, watched.iter().map(read).collect::<Vec<_>>(), "{watched:?} do not tell of a commit");
    }
    assert_eq!(script.run(&root, None).0, commit());
    script.env.file("package/src/lib.rs", "// changed");
    assert_eq!(script.run(&root, None).0, format!("{}-dirty", commit()));
}
