//! Converts records to rows of a custom format: other attributes, another template, a column for each score.
//!
//! ```text
//! cargo run --example custom_format < tests/data/sample.jsonl
//! ```

use std::io;

use steer2reg::{Attributes, Checks, Config, Layout, RowFilter, RowFormat, SystemPrompt, Template};

const TEMPLATE: &str = r#"
begin = "<s>"
end = "Scores:"

[system]
before = "System: "
after = "\n"

[user]
before = "User: "
after = "\n"

[assistant]
before = "Assistant: "
after = "\n"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let attributes = Attributes::new(["helpfulness", "correctness"])?
        // The rows call them otherwise than the labels.
        .with_row_names(["helpful", "correct"])?
        // Labels may say "helpfulness:yes".
        .with_words([("yes", 1.0), ("no", 0.0)])?;
    let format = RowFormat {
        attributes,
        template: TEMPLATE.parse::<Template>()?,
        layout: Layout::Columns,
        system: Some(SystemPrompt::Text("Answer in one sentence.".to_owned())),
        checks: Checks { range: Some(0.0..=4.0), ..Checks::default() },
        filter: RowFilter { max_chars: Some(16_000), ..RowFilter::default() },
        ..RowFormat::default()
    };
    format.check()?;

    let config = Config { format, ..Config::default() };
    let summary = steer2reg::convert_stream(io::stdin(), io::stdout(), &config)?;
    eprintln!("{} rows, {} left out for their length", summary.counts.rows, summary.counts.too_long);
    Ok(())
}
