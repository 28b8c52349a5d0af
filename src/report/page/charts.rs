//! Charts of the figures: their bars, ticks and markers.

use super::{
    html::{self, count, share},
    svg::{Bar, Chart},
};
use crate::report::figures::{AttributeFigures, MAX_TURNS, lengths::Lengths};

/// An estimate for English prose. Exact numbers need a tokenizer, and every model has a different one.
pub(crate) const CHARACTERS_PER_TOKEN: u64 = 4;

/// Context sizes of models, in tokens. The share of longer texts is exact for powers of two.
pub(crate) const CONTEXTS: [(&str, u64); 6] =
    [("2k", 2 << 10), ("4k", 4 << 10), ("8k", 8 << 10), ("16k", 16 << 10), ("32k", 32 << 10), ("128k", 128 << 10)];

/// Bars of a histogram of lengths between a power of two and the next one.
const BARS_PER_OCTAVE: u64 = 8;

/// The most scores that get one bar each; more are put in bins.
const MAX_NAMED: usize = 12;

/// The most bars that leave room for a caption above each.
const MAX_CAPTIONS: usize = 7;

/// The most bars of a histogram of scores.
const MAX_BARS: i64 = 40;

/// Widths of a chart in a grid and of one in a column, in SVG units, which are about a pixel.
const NARROW: f64 = 320.0;
const WIDE: f64 = 520.0;

/// The distribution of an attribute's scores: one bar for each score, or bins if there are many.
pub(crate) fn of_scores(name: &str, attribute: &AttributeFigures) -> Chart {
    let title = format!("Scores of {name}");
    if let Some(values) = attribute.distribution.values(MAX_NAMED) {
        let bars = values.iter().map(|&(score, of)| (html::score(score), of));
        return Chart::of_names(title, NARROW, captioned(bars.collect(), attribute.count()));
    }
    let bins = attribute.distribution.bins(MAX_BARS);
    let (low, high) = bins.first().zip(bins.last()).map_or((0.0, 1.0), |(first, last)| (first.0, last.1));
    // Halves, since the difference may exceed the largest number.
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

/// Up to six round numbers from `low` to `high`.
fn round_numbers(low: f64, high: f64) -> Vec<f64> {
    let rough = (high / 5.0 - low / 5.0).max(f64::MIN_POSITIVE);
    let decade = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|it| it * decade).find(|&step| step >= rough).unwrap_or(rough);
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    // Far from zero, a step may be smaller than the distance between two numbers.
    let count = (last - first).clamp(0.0, 5.0) as u32;
    (0..=count).map(|at| (first + f64::from(at)) * step).filter(|tick| (low..=high).contains(tick)).collect()
}

/// The distribution of turns per conversation. `counts` begins with 0 turns; `first` is the fewest turns that occur.
pub(crate) fn of_turns(counts: &[u64], first: usize, conversations: u64) -> Chart {
    let name = |turns: usize| if turns > MAX_TURNS { format!("{turns}+") } else { turns.to_string() };
    // The axis begins at 1, or at 0 if there are conversations without a turn.
    let bars = counts.iter().enumerate().skip(first.min(1)).map(|(turns, &of)| (name(turns), of));
    Chart::of_names("Conversations by their turns".to_owned(), WIDE, captioned(bars.collect(), conversations))
}

/// The bars with their shares as captions, if there is room.
fn captioned(bars: Vec<(String, u64)>, whole: u64) -> Vec<(String, u64, String)> {
    let has_captions = bars.len() <= MAX_CAPTIONS;
    let caption = |of| if has_captions && of > 0 { share(of, whole) } else { String::new() };
    bars.into_iter().map(|(name, of)| (name, of, caption(of))).collect()
}

/// A histogram of text lengths on a logarithmic scale, with markers at context sizes.
pub(crate) fn of_lengths(lengths: &Lengths) -> Chart {
    let histogram = lengths.histogram(BARS_PER_OCTAVE);
    let low = histogram.first().map_or(1, |&(low, ..)| low.max(1)) as f64;
    let high = histogram.last().map_or(2, |&(_, high, _)| high) as f64;
    let contexts = CONTEXTS.map(|(name, tokens)| (name, (tokens * CHARACTERS_PER_TOKEN) as f64));
    // The axis ends behind the first context size that fits all texts.
    let end = contexts.iter().map(|&(_, size)| size).find(|&size| size >= high).unwrap_or(high) * 1.1;
    let place = |length: f64| (length.max(low) / low).log2() / (end / low).log2();
    let bars = histogram.iter().map(|&(from, to, of)| {
        let name = format!("{} to {} characters", count(from + 1), count(to));
        let (left, right) = (place(from as f64), place(to as f64));
        // Bars have unequal widths, so their areas are the counts.
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
