//! Records made to do harm: deep, long, broken in every way. Each gives the oracle's rows or its rejection, in linear
//! time and without deep recursion.

mod broken;
mod endless;
mod giant;
mod rejected;
mod shapes;
mod time;

use steer2reg::{Converter, Parser};

type Converted = Result<String, &'static str>;

/// Both ways of reading a line, kept from line to line.
struct Both([Converter; 2]);

impl Both {
    fn new() -> Self {
        Self([Parser::Auto, Parser::SimdJson].map(support::converter))
    }

    /// The rows or the kind of the rejection, which must be the same both ways.
    #[track_caller]
    fn convert(&mut self, line: &[u8]) -> Converted {
        let [auto, simd] = self.0.each_mut().map(|converter| {
            let mut out = Vec::new();
            let converted = converter.convert(line, &mut out);
            match converted {
                Ok(count) => {
                    assert_eq!(count, out.split(|&byte| byte == b'\n').count() as u64 - 1);
                    Ok(String::from_utf8(out).expect("rows are UTF-8"))
                }
                Err(rejection) => {
                    assert!(out.is_empty(), "a rejected record leaves nothing");
                    assert!(rejection.reason().len() < 1000, "a reason is short");
                    Err(rejection.kind().name())
                }
            }
        });
        assert!(auto == simd, "the parsers differ: {:?}", line[..line.len().min(300)].escape_ascii().to_string());
        auto
    }

    /// The oracle's rows or rejection.
    #[track_caller]
    fn agree_with_the_oracle(&mut self, line: &[u8]) -> Converted {
        let converted = self.convert(line);
        let expected = oracle::rows(line);
        assert!(
            converted == expected,
            "{}\ngave {converted:?}\nnot {expected:?}",
            line[..line.len().min(300)].escape_ascii()
        );
        converted
    }
}

/// Converts a line on a stack on which nothing can go deep.
#[track_caller]
fn on_a_small_stack(line: Vec<u8>) -> Converted {
    const SMALL: usize = 256 << 10;
    let thread = std::thread::Builder::new().stack_size(SMALL).spawn(move || {
        let mut out = Vec::new();
        let converted = steer2reg::nemo::process_sample(&line, &mut out).map_err(|rejection| rejection.kind().name());
        let both = Both::new().convert(&line);
        assert!(both == converted.map(|_| String::from_utf8(out).expect("rows are UTF-8")));
        both
    });
    thread.expect("a thread starts").join().expect("it neither panics nor overflows")
}
