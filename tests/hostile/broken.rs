//! Records broken in every place, compared with the oracle.

use steer2reg::Parser;
use support::library::{Source, TestInput, Way};

use crate::Both;

/// For the pass-through scanner, and for the authority alone.
const RECORDS: [&str; 2] = [
    r#"{"conversations":[{"from":"U","value":"é\n\u00e9"},{"from":"B","value":"😀","label":"humor:1"}],"mask":"U"}"#,
    r#"{"n":[-1.5e3,{"a":true}],"mask":"\u0055","conversations":[{"label":"\u0068umor:1,x:2","from":"B","value":"a\/b"}]}"#,
];

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// Compares all lines with the oracle's, one by one and as a file.
fn all_agree_with_the_oracle(lines: &[Vec<u8>]) {
    let mut both = Both::new();
    for line in lines.iter().filter(|line| !is_blank(line)) {
        let _ = both.agree_with_the_oracle(line);
    }
    let input = lines.join(&b'\n');
    let expected = oracle::file(&input);
    let place = TestInput::new(&input);
    for (source, chunk_size) in [(Source::Mapped, 4 << 10), (Source::Read, 100), (Source::Mapped, 1 << 20)] {
        let way = Way { source, threads: 2, chunk_size, parser: Parser::Auto };
        let (rows, rejects, summary) = place.convert_good(way);
        assert!(rows == expected.rows.as_bytes(), "{way:?}");
        assert_eq!(rejects.lines().count(), expected.rejected.len(), "{way:?}");
        let counts = (summary.counts.records, summary.counts.blank, summary.counts.unlabelled);
        assert_eq!(counts, (expected.records, expected.blank, expected.unlabelled), "{way:?}");
        for (reject, rejected) in rejects.lines().zip(&expected.rejected) {
            let place = format!(r#""line":{},"byte":{},"kind":"{}""#, rejected.line, rejected.byte, rejected.kind);
            assert!(reject.contains(&place), "{reject} is not at {place}");
        }
    }
}

#[test]
fn a_record_cut_at_any_byte_is_refused() {
    let mut lines = Vec::new();
    for record in RECORDS {
        let record = record.as_bytes();
        assert!(Both::new().agree_with_the_oracle(record).is_ok_and(|rows| !rows.is_empty()));
        for cut in 1..record.len() {
            assert!(Both::new().agree_with_the_oracle(&record[..cut]).is_err());
            lines.push(record[..cut].to_vec());
        }
    }
    all_agree_with_the_oracle(&lines);
}

/// Compares with the oracle one by one; a file of all of them would take too long without optimization.
fn agrees_with_any_byte_replaced(record: &str) {
    let mut both = Both::new();
    let mut line = record.as_bytes().to_vec();
    for at in 0..line.len() {
        let right = line[at];
        for byte in (0..=u8::MAX).filter(|&byte| byte != right) {
            line[at] = byte;
            let _ = both.agree_with_the_oracle(&line);
        }
        line[at] = right;
    }
}

#[test]
fn a_record_with_any_byte_replaced_by_any_other_gives_what_the_oracle_gives() {
    agrees_with_any_byte_replaced(RECORDS[0]);
}

#[test]
fn a_record_for_the_authority_with_any_byte_replaced_by_any_other_gives_what_the_oracle_gives() {
    agrees_with_any_byte_replaced(RECORDS[1]);
}

#[test]
fn a_zero_byte_anywhere_is_refused() {
    let mut lines = Vec::new();
    for record in RECORDS {
        for count in [1, 70] {
            for at in 0..=record.len() {
                let (before, after) = record.as_bytes().split_at(at);
                lines.push([before, &vec![0; count], after].concat());
            }
        }
    }
    lines.extend([1, 31, 32, 63, 64, 65, 100_000].map(|count| vec![0; count]));
    let mut both = Both::new();
    // Behind half an emoji it is the encoding that is rejected.
    assert!(lines.iter().all(|line| both.agree_with_the_oracle(line).is_err()));
    all_agree_with_the_oracle(&lines);
}

/// A record with `part` in one place: keys, strings that are used, strings that are not, and between tokens.
fn with_part(part: &[u8]) -> Vec<Vec<u8>> {
    const PLACES: &str = r#"@{@"x@":"@","y":[{"z@":["@"]}],@"conversations":[{"q@":"@q","from@":1,"from":"A@","value":"@v@","label":"@humor:1"}],"mask":"@"}@"#;
    let fragments: Vec<_> = PLACES.split('@').collect();
    (1..fragments.len())
        .map(|at| [fragments[..at].concat().as_bytes(), part, fragments[at..].concat().as_bytes()].concat())
        .collect()
}

const NOT_UTF8: [&[u8]; 36] = [
    // Continuations of nothing.
    b"\x80",
    b"\xbf",
    b"\x80\xbf",
    "é\u{0}".as_bytes().split_at(1).1,
    // Longer than need be.
    b"\xc0\x80",
    b"\xc0\xaf",
    b"\xc1\xbf",
    b"\xe0\x80\x80",
    b"\xe0\x80\xaf",
    b"\xe0\x9f\xbf",
    b"\xf0\x80\x80\x80",
    b"\xf0\x80\x80\xaf",
    b"\xf0\x8f\xbf\xbf",
    b"\xf8\x80\x80\x80\xaf",
    b"\xfc\x80\x80\x80\x80\xaf",
    // Surrogates, alone and in pairs.
    b"\xed\xa0\x80",
    b"\xed\xaf\xbf",
    b"\xed\xb0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\xbd\xed\xb8\x80",
    // Above U+10FFFF.
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xf7\xbf\xbf\xbf",
    b"\xf8\x88\x80\x80\x80",
    b"\xfe",
    b"\xff",
    // Cut short.
    b"\xc3",
    b"\xdf",
    b"\xe0\xa0",
    b"\xe2",
    b"\xe2\x82",
    b"\xef\xbf",
    b"\xf0",
    b"\xf0\x9f",
    b"\xf0\x9f\x98",
    b"\xf4\x8f\xbf",
];

#[test]
fn every_form_of_invalid_utf8_is_refused_wherever_it_stands() {
    let mut both = Both::new();
    let lines: Vec<_> = NOT_UTF8.iter().flat_map(|part| with_part(part)).collect();
    for line in &lines {
        assert_eq!(both.agree_with_the_oracle(line), Err("invalid-utf8"), "{}", line.escape_ascii());
    }
    // At the end of a line whose next one begins with what is missing.
    let torn = [b"\xf0\x9f".to_vec(), b"\x98\x80".to_vec(), RECORDS[0].into(), b"\xe2\x82".to_vec(), b"\xac".to_vec()];
    all_agree_with_the_oracle(&[lines, torn.to_vec()].concat());
}

#[test]
fn the_last_and_first_characters_of_each_length_are_kept_wherever_they_stand() {
    let mut both = Both::new();
    for character in "\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}".chars() {
        for before in 0..130 {
            let line = RECORDS[0].replace('😀', &format!("{}{character}", "x".repeat(before)));
            assert!(both.agree_with_the_oracle(line.as_bytes()).is_ok());
            // Without its last byte.
            let at = line.find(character).expect("it is there") + character.len_utf8() - 1;
            let mut line = line.into_bytes();
            line.remove(at);
            assert_eq!(both.agree_with_the_oracle(&line).is_ok(), character.len_utf8() == 1);
        }
    }
}

#[test]
fn half_a_surrogate_pair_is_refused_wherever_it_is_used() {
    let halves = [
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        r"\uD800",
        r"\uDFff",
        r"\ud800\ud800",
        r"\udc00\ud800",
        r"\ud800x",
        r"\ud800 \udc00",
        r"\ud800\n",
        r"\ud800\u0041",
        r"\ud800\\udc00",
        r"\ud83d\ude00\ude00",
        r"\ud83d\ud83d\ude00",
        r"\ud800\udbff",
        r"\ud800\ue000",
    ];
    let torn = [r"\ud80", r"\ud800\u", r"\ud800\udc0", r"\ud800\"];
    let (mut both, mut all) = (Both::new(), Vec::new());
    for half in halves {
        let mut read = 0;
        for line in with_part(half.as_bytes()) {
            match both.agree_with_the_oracle(&line) {
                Ok(_) => read += 1,
                Err(kind) => assert_eq!(kind, "invalid-json", "{}", line.escape_ascii()),
            }
            all.push(line);
        }
        // So many of the places are in keys and strings that are not used.
        assert_eq!(read, 7, "{half}");
    }
    for line in torn.iter().flat_map(|torn| with_part(torn.as_bytes())) {
        assert_eq!(both.agree_with_the_oracle(&line), Err("invalid-json"), "{}", line.escape_ascii());
        all.push(line);
    }
    all_agree_with_the_oracle(&all);
}
