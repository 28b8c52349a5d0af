//! Texts that should be equal.

/// Fails with a diff if the texts differ.
#[track_caller]
pub fn assert_same(what: &str, expected: &[u8], actual: &[u8]) {
    assert!(expected == actual, "{what}: expected (-) is not what is there (+)\n{}", diff(expected, actual));
}

/// The lines in which two texts differ, with a few around them.
fn diff(expected: &[u8], actual: &[u8]) -> String {
    const MOST: usize = 12;
    const AROUND: usize = 2;
    let [expected, actual] = [expected, actual].map(|text| {
        let lines = text.split_inclusive(|&byte| byte == b'\n');
        lines.map(|line| line.escape_ascii().to_string()).collect::<Vec<_>>()
    });
    let pairs = || expected.iter().zip(&actual);
    let before = pairs().take_while(|(expected, actual)| expected == actual).count();
    let after = expected[before..].iter().rev().zip(actual[before..].iter().rev());
    let after = after.take_while(|(expected, actual)| expected == actual).count();

    let mut shown = vec![format!("  ({before} lines are the same)")];
    shown.extend(expected[..before].iter().skip(before.saturating_sub(AROUND)).map(|line| format!("  {line}")));
    for (sign, lines) in [('-', &expected), ('+', &actual)] {
        let differing = &lines[before..lines.len() - after];
        shown.extend(differing.iter().take(MOST).map(|line| format!("{sign} {line}")));
        if differing.len() > MOST {
            shown.push(format!("{sign} ({} more)", differing.len() - MOST));
        }
    }
    shown.extend(expected[expected.len() - after..].iter().take(AROUND).map(|line| format!("  {line}")));
    shown.push(format!("  ({after} lines are the same)"));
    shown.join("\n")
}
