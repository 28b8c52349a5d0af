//! From figures to charts: which bars, and what stands around them.

use super::{
    html::{self, count, share},
    svg::{Bar, Chart},
};
use crate::report::figures::{AttributeFigures, MAX_TURNS, lengths::Lengths};

/// An estimate for English prose; a tokenizer would tell, but every model has its own.
pub(crate) const CHARACTERS_A_TOKEN: u64 = 4;

/// Context sizes of models, in tokens: powers of two, for which the share of longer texts is exact.
pub(crate) const CONTEXTS: [(&str, u64); 6] =
    [("2k", 2 << 10), ("4k", 4 << 10), ("8k", 8 << 10), ("16k", 16 << 10), ("32k", 32 << 10), ("128k", 128 << 10)];

/// Bars of a histogram of lengths, for each power of two.
const BARS_AN_OCTAVE: u64 = 8;

/// The most values that have a bar each.
const MAX_NAMED: usize = 12;

/// The most bars that have room for text above each.
const MAX_CAPTIONS: usize = 7;

/// Bars of a histogram of scores.
const MAX_BARS: i64 = 40;

/// In units that are about a pixel: a picture among others, and one that may be larger.
const NARROW: f64 = 320.0;
const WIDE: f64 = 520.0;

/// How often each score stands in the rows: each for itself, or in bins if there are many.
pub(crate) fn of_scores(name: &str, attribute: &AttributeFigures) -> Chart {
    let title = format!("Scores of {name}");
    if let Some(values) = attribute.distribution.values(MAX_NAMED) {
        let bars = values.iter().map(|&(score, of)| (html::score(score), of));
        return Chart::of_names(title, NARROW, captioned(bars.collect(), attribute.count()));
    }
    let bins = attribute.distribution.bins(MAX_BARS);
    let (low, high) = bins.first().zip(bins.last()).map_or((0.0, 1.0), |(first, last)| (first.0, last.1));
    // Halves, since the whole may be more than the largest number.
    let place = |score: f64| (score / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
    let bars = bins.iter().map(|&(from, to, count)| {
        let name = format!("{} to {}", html::score(from), html::score(to));
        let (left, right) = (place(from), place(to));
        let right = right - (right - left) * 0.08;
        Bar { from: left, to: right, count, height: count as f64, caption: String::new(), name }
    });
    let ticks = round_numbers(low, high).into_iter().map(|score| (place(score), html::score(score)));
    Chart { title, width: NARROW, height: 130.0, ticks: ticks.collect(), markers: Vec::new(), bars: bars.collect() }
}

/// A few numbers from `low` to `high` which are round.
fn round_numbers(low: f64, high: f64) -> Vec<f64> {
    let rough = (high / 5.0 - low / 5.0).max(f64::MIN_POSITIVE);
    let decade = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|it| it * decade).find(|&step| step >= rough).unwrap_or(rough);
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    // Far from zero, steps may be lost between numbers.
    let count = (last - first).clamp(0.0, 5.0) as u32;
    (0..=count).map(|at| (first + f64::from(at)) * step).filter(|tick| (low..=high).contains(tick)).collect()
}

/// Conversations by their turns, from `first` on; `counts` begin with 0 turns.
pub(crate) fn of_turns(counts: &[u64], first: usize, conversations: u64) -> Chart {
    let name = |turns: usize| if turns > MAX_TURNS { format!("{turns}+") } else { turns.to_string() };
    // From 1, unless there is a 0.
    let bars = counts.iter().enumerate().skip(first.min(1)).map(|(turns, &of)| (name(turns), of));
    Chart::of_names("Conversations by their turns".to_owned(), WIDE, captioned(bars.collect(), conversations))
}

/// With the share of each above it, where there is room.
fn captioned(bars: Vec<(String, u64)>, whole: u64) -> Vec<(String, u64, String)> {
    let has_captions = bars.len() <= MAX_CAPTIONS;
    let caption = |of| if has_captions && of > 0 { share(of, whole) } else { String::new() };
    bars.into_iter().map(|(name, of)| (name, of, caption(of))).collect()
}

/// Lengths on a logarithmic scale, with the context sizes that are near.
pub(crate) fn of_lengths(lengths: &Lengths) -> Chart {
    let histogram = lengths.histogram(BARS_AN_OCTAVE);
    let low = histogram.first().map_or(1, |&(low, ..)| low.max(1)) as f64;
    let high = histogram.last().map_or(2, |&(_, high, _)| high) as f64;
    let contexts = CONTEXTS.map(|(name, tokens)| (name, (tokens * CHARACTERS_A_TOKEN) as f64));
    // Up to the first context size that holds all texts.
    let end = contexts.iter().map(|&(_, size)| size).find(|&size| size >= high).unwrap_or(high) * 1.1;
    let place = |length: f64| (length.max(low) / low).log2() / (end / low).log2();
    let bars = histogram.iter().map(|&(from, to, of)| {
        let name = format!("{} to {} characters", count(from + 1), count(to));
        let (left, right) = (place(from as f64), place(to as f64));
        // Bars are of unequal width, so areas are counts.
        let height = of as f64 / (right - left);
        Bar { from: left, to: right - (right - left) * 0.08, count: of, height, caption: String::new(), name }
    });
    let bars = bars.collect();
    let is_shown = |&length: &f64| length >= low && length <= end;
    let decades = (0..19).map(|exponent| 10_f64.powi(exponent));
    let steps: &[f64] = if end / low > 2000.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let ticks = decades.flat_map(|decade| steps.iter().map(move |step| step * decade)).filter(is_shown);
    let ticks = ticks.map(|length| (place(length), thousands(length))).collect();
    let markers = contexts.iter().filter(|(_, size)| is_shown(size));
    let markers = markers.map(|&(name, size)| (place(size), name.to_owned())).collect();
    Chart { title: "Rows by the length of their text".to_owned(), width: WIDE, height: 220.0, bars, ticks, markers }
}

/// `500`, `20k`, `3M`.
fn thousands(number: f64) -> String {
    match number {
        _ if number < 1e3 => format!("{number:.0}"),
        _ if number < 1e6 => format!("{:.0}k", number / 1e3),
        _ => format!("{:.0}M", number / 1e6),
    }
}
