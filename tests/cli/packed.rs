//! Compressed inputs and outputs.

use std::{
    io::{Read, Write},
    path::Path,
};

use support::cli::{
    TestEnv,
    records::{record, records, rows},
};

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// What the file unpacks to, by other means than the program's.
fn unpacked(path: &Path) -> String {
    let packed = std::fs::read(path).unwrap();
    let mut text = String::new();
    match path.extension().unwrap().to_str().unwrap() {
        "gz" => flate2::read::MultiGzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap(),
        _ => zstd::Decoder::new(&packed[..]).unwrap().read_to_string(&mut text).unwrap(),
    };
    text
}

type Pack = fn(&str) -> Vec<u8>;

/// Both, each with its ending.
const PACKINGS: [(Pack, &str); 2] = [(|text| gzip(text), "gz"), (|text| zstd(text), "zst")];

#[test]
fn a_compressed_input_is_recognised_whatever_its_name_is() {
    for (pack, _) in PACKINGS {
        let env = TestEnv::with("in.jsonl", pack(&records(0..3000)));
        for threads in ["1", "2", "8"] {
            for chunk_size in ["1", "1KiB", "64KiB", "4MiB"] {
                let how = ["-q", "--threads", threads, "--chunk-size", chunk_size];
                env.run(&[&["-i", "in.jsonl", "-o", "-"], &how[..]].concat()).succeeds().prints(rows(0..3000));
            }
        }
        env.run_with_stdin(&["-q", "-i", "-", "-o", "-"], env.bytes("in.jsonl")).succeeds().prints(rows(0..3000));
    }
}

#[test]
fn an_archive_may_have_several_members_and_frames() {
    for (pack, _) in PACKINGS {
        let third = records(100..300);
        let (begun, ended) = third.split_at(third.len() / 2);
        let parts = [pack(&records(0..100)), pack(""), pack(begun), pack(ended)];
        let env = TestEnv::with("in", parts.concat());
        env.run(&["-q", "-i", "in", "-o", "-"]).succeeds().prints(rows(0..300));
    }
}

#[test]
fn a_zstd_input_may_begin_with_a_frame_that_is_to_be_skipped() {
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    let env = TestEnv::with("in", [skipped, zstd(records(0..3))].concat());
    env.run(&["-q", "-i", "in", "-o", "-"]).succeeds().prints(rows(0..3));
}

#[test]
fn a_byte_order_mark_within_an_archive_is_skipped() {
    let env = TestEnv::with("in", gzip(format!("\u{feff}{}", records(0..3))));
    env.run(&["-q", "-i", "in", "-o", "-"]).succeeds().prints(rows(0..3));
}

#[test]
fn an_archive_that_is_cut_off_anywhere_is_an_error_and_the_target_is_as_it_was() {
    for (pack, name) in [(PACKINGS[0].0, "gzip"), (PACKINGS[1].0, "zstd")] {
        let packed = pack(&records(0..200));
        for length in (4..packed.len()).step_by(packed.len() / 50).chain(packed.len() - 9..packed.len()) {
            let env = TestEnv::with("in", &packed[..length]);
            env.file("out", "old");
            let ran = env.run(&["-q", "-i", "in", "-o", "out"]);
            ran.fails_with_one_line(&["cannot read in", name, "is cut off at byte", &length.to_string()]);
            env.assert_file("out", "old").assert_listing(&["in", "out"]);
        }
    }
}

#[test]
fn a_damaged_archive_is_an_error_with_the_place() {
    for (pack, name) in [(PACKINGS[0].0, "gzip"), (PACKINGS[1].0, "zstd")] {
        let mut packed = pack(&records(0..2000));
        let middle = packed.len() / 2;
        packed[middle..middle + 8].fill(0xff);
        let env = TestEnv::with("in", &packed);
        env.file("out", "old");
        env.run(&["-q", "-i", "in", "-o", "out"]).fails_with_one_line(&[
            "cannot read in",
            name,
            "is damaged",
            "at byte",
        ]);
        env.assert_file("out", "old").assert_listing(&["in", "out"]);
    }
}

#[test]
fn a_wrong_checksum_is_an_error() {
    let mut packed = gzip(records(0..20));
    let checksum = packed.len() - 5;
    packed[checksum] ^= 1;
    let env = TestEnv::with("in", packed);
    env.run(&["-q", "-i", "in", "-o", "out"]).fails_with_one_line(&["gzip archive is damaged"]);
    env.assert_listing(&["in"]);
}

#[test]
fn a_refusal_in_an_archive_tells_the_unpacked_place() {
    let env = TestEnv::with("in.gz", gzip([records(0..5), "{}\n".to_owned()].concat()));
    let byte = records(0..5).len();
    env.run(&["-i", "in.gz", "--check"]).fails().says("in.gz:6: invalid record").says(&format!("(byte {byte})"));
}

#[test]
fn the_ending_of_the_output_s_name_says_how_it_is_compressed() {
    let env = TestEnv::with("in", records(0..3000));
    for (_, ending) in PACKINGS {
        for chunk_size in ["1KiB", "1MiB"] {
            let out = format!("out.{ending}");
            env.run(&["-q", "-i", "in", "-o", &out, "--chunk-size", chunk_size]).succeeds().says_nothing();
            assert_eq!(unpacked(&env.path(&out)), rows(0..3000));
            env.run(&["-q", "-i", &out, "-o", "-"]).fails().says(&format!("{out}:1: invalid record"));
        }
    }
}

#[test]
fn the_flag_says_how_names_without_such_an_ending_are_compressed() {
    let env = TestEnv::with("in", records(0..3));
    for (flag, magic) in [("gzip", &[0x1f, 0x8b][..]), ("zstd", &[0x28, 0xb5, 0x2f, 0xfd])] {
        env.run(&["-q", "-i", "in", "-o", "out", "--compression", flag]).succeeds().says_nothing();
        assert!(env.bytes("out").starts_with(magic));
    }
    env.run_in_shell(r#""$@" > piped.gz"#, &["-q", "-i", "in", "-o", "-", "--compression", "gzip"]).succeeds();
    assert_eq!(unpacked(&env.path("piped.gz")), rows(0..3));
}

/// The right values are those of CPython, which the original's users unpack with, and of `zstd`.
#[test]
fn what_stands_behind_an_archive_is_taken_as_python_and_zstd_take_it() {
    const GZIP: [&str; 4] =
        ["python3", "-c", "import gzip, sys; sys.stdout.buffer.write(gzip.open(sys.argv[1]).read())", "in"];
    const ZSTD: [&str; 3] = ["zstd", "-dcq", "in"];
    let zeros = |count| vec![0; count];
    for (pack, tool, name) in [(PACKINGS[0].0, &GZIP[..], "gzip"), (PACKINGS[1].0, &ZSTD, "zstd")] {
        let [first, second] = [pack(&records(0..20)), pack(&records(20..40))];
        let garbage = b"garbage".to_vec();
        let cases: [&[&[u8]]; 14] = [
            &[&first],
            &[&first, &zeros(1)],
            &[&first, &zeros(3)],
            &[&first, &zeros(512)],
            &[&first, &zeros(1 << 20)],
            &[&first, &second],
            &[&first, &zeros(7), &second],
            &[&first, &zeros(300_000), &second, &zeros(512)],
            &[&first, &garbage],
            &[&first, b"g"],
            &[&first, &zeros(20), &garbage],
            &[&first, &second, b"\x1fgarbage"],
            &[&first, b"\n"],
            &[&first, &zeros(3), b"\x28\xb5\x2fgarbage"],
        ];
        for (number, case) in cases.iter().enumerate() {
            let packed = case.concat();
            let env = TestEnv::with("in", &packed);
            env.file("out", "old");
            let unpacked = std::process::Command::new(tool[0]).args(&tool[1..]).current_dir(env.path(".")).output();
            let Ok(unpacked) = unpacked else {
                eprintln!("skipped: there is no {}", tool[0]);
                break;
            };
            for way in [&["--no-mmap"][..], &["--chunk-size", "100B"]] {
                let ran = env.run(&[&["-q", "-i", "in", "-o", "out"], way].concat());
                if unpacked.status.success() {
                    let count = String::from_utf8_lossy(&unpacked.stdout).lines().count();
                    ran.succeeds().says_nothing();
                    env.assert_file("out", rows(0..count));
                } else {
                    let told = format!("stand behind the end of the {name} archive, at byte ");
                    let ran = ran.fails_with_one_line(&["cannot read in: bytes that are no", name, &told]);
                    let at: usize = ran.stderr.trim_end().rsplit(' ').next().unwrap().parse().unwrap();
                    let bad = &packed[at..];
                    assert!(
                        !bad.is_empty() && pack("").iter().zip(bad).take(2).any(|(good, bad)| good != bad),
                        "{number}"
                    );
                    ran.does_not_say("cut off").does_not_say("damaged");
                    env.assert_file("out", "old");
                }
            }
        }
    }
}

#[test]
fn a_second_member_that_is_cut_off_anywhere_is_cut_off() {
    for (pack, name) in [(PACKINGS[0].0, "gzip"), (PACKINGS[1].0, "zstd")] {
        let [first, second] = [pack(&records(0..20)), pack(&records(20..40))];
        for length in (1..12).chain(second.len() - 9..second.len()) {
            let env = TestEnv::with("in", [&first, &second[..length]].concat());
            let ran = env.run(&["-q", "-i", "in", "-o", "out"]);
            let place = (first.len() + length).to_string();
            ran.fails_with_one_line(&["cannot read in", name, "is cut off at byte", &place]);
            env.assert_listing(&["in"]);
        }
    }
}

#[test]
fn an_empty_output_is_a_valid_archive() {
    let env = TestEnv::with("in", "");
    for (_, ending) in PACKINGS {
        let out = format!("out.{ending}");
        env.run(&["-q", "-i", "in", "-o", &out]).succeeds();
        assert!(!env.bytes(&out).is_empty());
        assert_eq!(unpacked(&env.path(&out)), "");
    }
}

#[test]
fn the_summary_counts_unpacked_bytes() {
    let env = TestEnv::with("in.gz", gzip(records(0..3)));
    env.run(&["-q", "-i", "in.gz", "-o", "out.gz", "--stats", "stats"]).succeeds();
    let stats = env.json("stats");
    assert_eq!(stats["bytes_in"], records(0..3).len());
    assert_eq!(stats["bytes_out"], rows(0..3).len());
}

#[test]
fn a_row_of_a_long_conversation_is_compressed_from_its_pieces() {
    let long = record(1).replace("Answer 1", &"A long answer. ".repeat(500));
    // One of whose rows there is much less in memory, too, so that it is compressed in parts.
    let turn = r#"{"from": "A", "value": "A long answer.", "label": "humor:1"}"#;
    let many = format!(r#"{{"conversations": [{}], "mask": "User"}}"#, vec![turn; 1000].join(", "));
    let env = TestEnv::with("in", [long.repeat(3).replace("}{", "}\n{"), many, record(2)].join("\n"));
    env.run(&["-q", "-i", "in", "-o", "plain"]).succeeds();
    assert!(env.bytes("plain").len() > 10 << 20);
    for out in ["out.zst", "out.gz"] {
        env.run(&["-q", "-i", "in", "-o", out]).succeeds();
        assert!(unpacked(&env.path(out)).as_bytes() == env.bytes("plain"), "{out}");
    }
}
