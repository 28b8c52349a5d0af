//! However an input is read, cut and shared among threads, the rows, counts and rejections are the oracle's.

use oracle::{
    Converted,
    format::{Made, Schema},
};
use proptest::{prelude::*, sample::select};
use random::{formats::format_with_margins, neighbours::neighbours, published};
use steer2reg::{Parser, Summary};
use support::{
    from_oracle,
    library::{Source, TestInput, Way, ways},
};

use crate::{
    asked::{Asked, LAYOUTS},
    corpus::{SOURCES, input},
};

fn place(asked: &Asked, input: &[u8]) -> TestInput {
    let mut place = TestInput::new(input);
    place.schema = Some(from_oracle::schema(&asked.schema));
    place.split = from_oracle::split(&asked.schema);
    place.format = from_oracle::format(&asked.format);
    place
}

/// Leaves out bad records in this way, and expects what the oracle makes.
fn holds(place: &TestInput, way: Way, converted: &Converted, made: &Made) {
    let (rows, rejects, summary) = place.convert_good(way);
    assert_eq!(String::from_utf8(rows).unwrap(), made.rows, "{way:?}");
    let rejects: Vec<serde_json::Value> = rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found = rejects.iter().map(|one| (one["line"].as_u64(), one["byte"].as_u64(), one["kind"].as_str()));
    let found: Vec<_> = found.collect();
    let expected = converted.rejected.iter().map(|one| (Some(one.line), Some(one.byte), Some(&*one.kind)));
    assert_eq!(found, expected.collect::<Vec<_>>(), "{way:?}");
    counts_hold(&summary, way, converted, made);
}

fn counts_hold(summary: &Summary, way: Way, converted: &Converted, made: &Made) {
    let counts = &summary.counts;
    for (name, found, expected) in [
        ("records", counts.records, converted.records),
        ("blank", counts.blank, converted.blank),
        ("rejected", counts.rejected.total(), converted.rejected.len() as u64),
        ("rows", counts.rows, made.row_count),
        ("unlabelled", counts.unlabelled, made.unlabelled),
        ("other split", counts.other_split, made.other_split),
        ("too long", counts.too_long, made.too_long),
        ("ties", counts.ties, made.ties),
        ("unpaired", counts.unpaired, made.unpaired),
        ("below margin", counts.below_margin, made.below_margin),
        ("bytes", summary.bytes_out, made.rows.len() as u64),
    ] {
        assert_eq!(found, expected, "{name}: {way:?}");
    }
    let [(name, margins)] = &summary.attributes[..] else { panic!("one number: {:?}", summary.attributes) };
    assert!(["margin", "score"].contains(&&**name));
    let scores: Vec<f64> = made.scores.iter().map(|scores| scores[0].expect("no margin is missing")).collect();
    assert_eq!((margins.count, margins.missing), (scores.len() as u64, 0), "{way:?}");
    assert_eq!(margins.min(), scores.iter().copied().reduce(f64::min), "{way:?}");
    assert_eq!(margins.max(), scores.iter().copied().reduce(f64::max), "{way:?}");
}

#[test]
fn inputs_of_every_source_give_the_oracle_s_pairs_in_every_way() {
    for schema in SOURCES {
        for (layout, name) in LAYOUTS {
            let asked = Asked::pairs(schema.clone(), layout);
            let input = input(&asked, 100);
            let (converted, made) = asked.format.file(&schema, &input);
            assert!(made.row_count > 20 && made.ties > 0, "{name}: {made:?}");
            assert!(!converted.rejected.is_empty(), "{name}: {converted:?}");
            let place = place(&asked, &input);
            // The layouts differ in the spelling alone.
            let is_first = layout == LAYOUTS[0].0;
            let (threads, chunk_sizes) =
                if is_first { (&[1, 2, 8][..], &[1, 64, 700, 1 << 20][..]) } else { (&[2][..], &[1, 700][..]) };
            for way in ways(threads, chunk_sizes) {
                holds(&place, way, &converted, &made);
            }
            let way = Way { source: Source::Mapped, threads: 2, chunk_size: 1000, parser: Parser::SimdJson };
            holds(&place, way, &converted, &made);
        }
    }
}

/// A format with whole lines for it.
fn asked_and_lines(schema: Schema) -> impl Strategy<Value = (Asked, Vec<String>)> {
    format_with_margins(&schema).prop_flat_map(move |format| {
        let names: Vec<_> = format.names().into_iter().map(str::to_owned).collect();
        let lines = match schema {
            Schema::HelpSteer(_) => neighbours(&names, 0..8),
            Schema::Preference(_) => prop::collection::vec(published::preference(), 0..8).boxed(),
            _ => prop::collection::vec(published::helpsteer3(), 0..8).boxed(),
        };
        (Just(Asked { schema: schema.clone(), format }), lines)
    })
}

fn way() -> impl Strategy<Value = Way> {
    let sources = select(Source::ALL.to_vec());
    let chunk_sizes = prop_oneof![1..200_usize, 200..20_000_usize];
    (sources, 1..4_usize, chunk_sizes, select(vec![Parser::Auto, Parser::SimdJson]))
        .prop_map(|(source, threads, chunk_size, parser)| Way { source, threads, chunk_size, parser })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_inputs_give_the_oracle_s_rows_counts_and_rejects(
        (asked, lines) in select(SOURCES.to_vec()).prop_flat_map(asked_and_lines),
        way in way(),
        line_end in select(vec!["\n", "\r\n", "\n\n"]),
    ) {
        let lines: Vec<_> = lines.iter().map(|line| line.replace('\n', " ")).collect();
        let input = lines.join(line_end).into_bytes();
        let (converted, made) = asked.format.file(&asked.schema, &input);
        holds(&place(&asked, &input), way, &converted, &made);
    }
}
