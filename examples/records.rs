//! Converts records one by one: JSON Lines from standard input, rows to standard output. A bad record is reported with the
//! number of its line, and left out.
//!
//! ```text
//! cargo run --example records < tests/data/sample.jsonl
//! ```
//!
//! One thread and one `Converter`, which reuses its memory. (`steer2reg::convert_stream` does the same on all cores.)

use std::io::{self, BufRead, Write};

use steer2reg::{Converter, Schema};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut converter = Converter::builder().schema(Schema::Sft).build()?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let (mut line, mut rows) = (Vec::new(), Vec::new());
    for number in 1.. {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        rows.clear();
        match converter.convert(&line, &mut rows) {
            // A conversation gives a row for each labelled turn.
            Ok(_) => output.write_all(&rows)?,
            Err(rejection) => eprintln!("line {number}: {rejection} ({})", rejection.kind()),
        }
    }
    Ok(())
}
