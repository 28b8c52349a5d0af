//! A line: both parsers and the oracle give the same rows or refuse for the same kind of reason.

pub fn check(line: &[u8]) {
    if !crate::is_too_deep_for_the_oracle(line) {
        crate::check_line(line);
    }
}
