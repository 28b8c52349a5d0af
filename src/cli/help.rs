//! The texts around the flags: version, usage, examples, completions and the man page.

use std::{io, sync::LazyLock};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::roff::{Roff, roman};

use crate::Layout;

// The groups of flags.
pub(super) const INPUT: &str = "Input";
pub(super) const OUTPUT: &str = "Output";
pub(super) const ROWS: &str = "Rows";
pub(super) const CHECKS: &str = "Checks";
pub(super) const BAD_RECORDS: &str = "Bad records";
pub(super) const RUNNING: &str = "Running";

pub(super) const USAGE: &str = "\
steer2reg [OPTIONS] -i <IN> -o <OUT>
       steer2reg [OPTIONS] --output-dir <DIR> <IN>...
       steer2reg [OPTIONS] -i <IN> --check";

/// Behind the flags of `-h`.
pub(super) const SHORT: &str = "\
Attributes: quality, toxicity, humor, creativity, helpfulness, correctness, coherence,
            complexity, verbosity (the vector of a row, unless --attributes names others)
Example:    steer2reg -i train.jsonl -o train.regression.jsonl
Exit:       0 done, 1 failed (an output file that is not complete is as it was), 2 wrong usage
More:       --help";

/// The help text of the layouts, of which each is a line.
pub(super) fn layouts() -> String {
    let layouts = Layout::ALL.map(|layout| format!("\n  {layout}: {}", layout.shape())).concat();
    format!(
        "The layout of a row [default: nemo]. ms-swift reads messages and swift-pairs, TRL and OpenRLHF trl-pairs. A column \
         is null where its score is missing. Pairs come from HelpSteer2-Preference and HelpSteer3, and with --weights from \
         adjacent HelpSteer records with the same prompt.{layouts}\nFor example: --to trl-pairs"
    )
}

/// A section behind the flags of `--help`, and of the man page: its heading and its lines.
type Section = (&'static str, &'static str);

const ATTRIBUTES: Section = (
    "Attributes",
    "\
NeMo-Aligner's nine, in the order of the vector: quality, toxicity, humor, creativity,
helpfulness, correctness, coherence, complexity, verbosity.",
);

const EXAMPLES: Section = (
    "Examples",
    "\
steer2reg -i train.jsonl -o train.regression.jsonl
steer2reg -i train.jsonl -o train.regression.jsonl --on-error skip --rejects bad.jsonl
steer2reg -i train.jsonl.gz -o train.regression.jsonl.zst
steer2reg --output-dir regression parts/*.jsonl
steer2reg -i train.jsonl -o part-3.jsonl --shard 3/8
curl -s https://example.org/train.jsonl.gz | steer2reg -i - -o - | head -n 3
steer2reg -i train.jsonl --check --stats stats.json
steer2reg -i preference.jsonl -o train.regression.jsonl --from helpsteer2-preference --split train
steer2reg -i train.jsonl -o train.messages.jsonl --to messages --system none --strict --range 0..4
steer2reg -i train.jsonl -o out.jsonl --template llama3 --attributes helpfulness,correctness",
);

const EXIT_STATUS: Section = (
    "Exit status",
    "\
0 done (also with records that were left out, and when the reader of a pipe has left),
1 failed (also with inputs that --keep-going left out), 2 wrong usage. After a failure an output file is as it was before; of --output-dir,
those that were complete are in place.",
);

const SECTIONS: [Section; 3] = [ATTRIBUTES, EXAMPLES, EXIT_STATUS];

/// Behind the flags of `--help`.
pub(super) fn long() -> String {
    let sections = SECTIONS.map(|(heading, lines)| format!("{heading}:\n  {}", lines.replace('\n', "\n  ")));
    sections.join("\n\n")
}

/// The version with the commit that the program was built from and the vectors that it uses on this machine, so that
/// measurements can be told apart: `0.2.0 (abc1234, avx512)`.
pub(super) fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let (version, commit, vectors) = (env!("CARGO_PKG_VERSION"), env!("STEER2REG_COMMIT"), crate::vector_level());
        let comma = if commit.is_empty() { "" } else { ", " };
        format!("{version} ({commit}{comma}{vectors})")
    });
    &VERSION
}

/// The completion script for a shell.
pub(super) fn completions(mut command: Command, shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "steer2reg", &mut script);
    script
}

/// The man page, as roff. It names the version alone, so that it is the same on every machine.
pub(super) fn man_page(command: Command) -> Vec<u8> {
    let mut page = Vec::new();
    write_man_page(command, &mut page).expect("a vector takes every write");
    page
}

fn write_man_page(command: Command, page: &mut Vec<u8>) -> io::Result<()> {
    let man = clap_mangen::Man::new(command.version(env!("CARGO_PKG_VERSION")));
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    // `man.render_extra_section` would make one paragraph of all examples.
    let mut sections = Roff::new();
    for (heading, lines) in SECTIONS {
        sections.control("SH", [&*heading.to_uppercase()]).control("nf", []);
        for line in lines.lines() {
            sections.text([roman(line)]);
        }
        sections.control("fi", []);
    }
    sections.to_writer(page)?;
    man.render_version_section(page)
}
