//! `--report` of pairs: the same page however the input is cut, with the margins and what was left out.

use oracle::format::Schema;
use support::cli::TestEnv;

use crate::{
    asked::{Asked, LAYOUTS, args},
    corpus::{SOURCES, answer, input},
};

/// The page without the lines that tell how the run went.
fn page(env: &TestEnv) -> String {
    let page = String::from_utf8(env.bytes("report.html")).unwrap();
    page.lines().filter(|line| !line.contains("second") && !line.contains("thread")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_report_does_not_depend_on_how_the_input_is_cut() {
    for schema in SOURCES {
        for (layout, name) in LAYOUTS {
            let asked = Asked::pairs(schema.clone(), layout);
            let env = TestEnv::with("in", input(&asked, 80));
            let flags = asked.flags();
            let mut pages = Vec::new();
            for how in [["--threads", "1", "--chunk-size", "1"], ["--threads", "8", "--chunk-size", "700"]] {
                let run = ["-q", "-i", "in", "-o", "-", "--report", "report.html", "--on-error", "skip"];
                let how = [&run[..], &how, &["--min-margin", "1"]].concat();
                env.run(&args(&flags, &how)).succeeds();
                pages.push(page(&env));
            }
            assert!(pages[0].contains("margin"), "{name}");
            assert_eq!(pages[0], pages[1], "{name}");
        }
    }
}

#[test]
fn the_report_shows_pairs_and_what_was_left_out() {
    let asked = Asked::pairs(Schema::HelpSteer(None), LAYOUTS[0].0);
    let lines = [
        answer("Which is it?", "The worse one.", 1.0),
        answer("Which is it?", "The better one.", 3.0),
        answer("Alone?", "Yes.", 1.0),
        answer("Equal?", "Yes.", 1.0),
        answer("Equal?", "Yes.", 1.0),
        answer("Near?", "Yes.", 1.0),
        answer("Near?", "Yes.", 1.1),
    ];
    let env = TestEnv::with("in", lines.concat());
    let flags = asked.flags();
    let how = ["-q", "-i", "in", "-o", "-", "--report", "report.html", "--min-margin", "1"];
    env.run(&args(&flags, &how)).succeeds();
    let page = page(&env);
    for part in ["Which is it?", "The worse one.", "The better one.", "tie", "unpaired", "margin"] {
        assert!(page.contains(part), "{part} is missing");
    }
}
