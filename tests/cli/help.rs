//! `-h` on one screen, `--help` with the details, the man page and the completions: one source.

use std::collections::BTreeSet;

use support::cli::TestEnv;

const GROUPS: [&str; 6] = ["Input", "Output", "Rows", "Checks", "Bad records", "Running"];

/// The flags that few need, for which `-h` has no room.
const ONLY_IN_DETAIL: [&str; 5] = ["--max-line", "--sync", "--keep-going", "--log-format", "--progress-interval"];

fn printed(columns: usize, flag: &str) -> String {
    let ran = TestEnv::new().run_in_shell(&format!(r#"COLUMNS={columns} "$@""#), &[flag]);
    String::from_utf8(ran.succeeds().says_nothing().stdout).expect("it is UTF-8")
}

/// The flags of a help text with the group in which each stands, in order.
fn flags(help: &str) -> Vec<(&str, &str)> {
    let mut group = "";
    let mut flags = Vec::new();
    for line in help.lines() {
        if let Some(heading) = line.strip_suffix(':').filter(|line| !line.starts_with(' ')) {
            group = heading;
        }
        let named =
            line.trim_start().strip_prefix('-').filter(|_| line.starts_with("  ") && !line.starts_with("       "));
        if named.is_some() {
            let flag = line.split([' ', '[', ',']).find(|word| word.starts_with("--")).expect("it has a long name");
            flags.push((group, flag));
        }
    }
    flags
}

#[test]
fn every_flag_stands_in_a_group_in_both_helps() {
    let (short, long) = (printed(100, "-h"), printed(100, "--help"));
    let (flags, mut detailed) = (flags(&short), flags(&long));
    for only in ONLY_IN_DETAIL {
        assert_eq!(detailed.extract_if(.., |(_, flag)| *flag == only).count(), 1, "{only}");
    }
    assert_eq!(flags, detailed);
    assert!(flags.len() > 35, "{flags:?}");
    let mut groups: Vec<_> = flags.iter().map(|(group, _)| *group).collect();
    groups.dedup();
    assert_eq!(groups, GROUPS);
    for help in [short, long] {
        assert!(!help.contains("original"), "the original of what?\n{help}");
    }
}

#[test]
fn the_man_page_has_every_flag_and_the_sections_that_packagers_expect() {
    let page = printed(100, "--man");
    let sections: Vec<_> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    let groups = GROUPS.map(str::to_uppercase);
    let expected = ["NAME", "SYNOPSIS", "DESCRIPTION"].into_iter().chain(groups.iter().map(String::as_str));
    let expected: Vec<_> = expected.chain(["ATTRIBUTES", "EXAMPLES", "EXIT STATUS", "VERSION"]).collect();
    assert_eq!(sections.iter().map(|section| section.trim_matches('"')).collect::<Vec<_>>(), expected);
    for (_, flag) in flags(&printed(100, "--help")) {
        let flag = flag.replace('-', "\\-");
        assert!(page.contains(&format!("\\fB{flag}\\fR")), "{flag} is not in\n{page}");
    }
    // It is the same for all machines of a distribution.
    assert!(!page.contains(steer2reg::vector_level()), "{page}");
}

#[test]
fn completions_know_presets_keywords_and_attributes() {
    for (shell, open, close) in [("bash", "compgen -W \"", '"'), ("zsh", ":(", ')'), ("fish", "-a \"", '"')] {
        let script = TestEnv::new().run(&["--completions", shell]).succeeds().stdout;
        let script = String::from_utf8(script).expect("it is UTF-8");
        let lists = script.split(open).skip(1).filter_map(|list| list.split(close).next());
        let words: BTreeSet<_> = lists.flat_map(|list| list.split([' ', '\n', '\t', '\\'])).collect();
        for word in ["llama3", "chatml", "record", "messages-columns", "helpsteer2-preference", "gzip", "helpfulness"] {
            assert!(words.contains(word), "{shell} does not know {word}, but {words:?}");
        }
    }
}
