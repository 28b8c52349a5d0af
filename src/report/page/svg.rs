//! Pictures in SVG. They have classes but no colours: the style sheet has colours for light and dark.
//! Every picture, bar and cell has a title, for pointers and for screen readers.

use std::fmt;

use super::html::{Escaped, count, shortened, signed};

/// A bar chart.
pub(crate) struct Chart {
    /// The description, as plain text.
    pub(crate) title: String,
    /// In SVG units, which are about a pixel.
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) bars: Vec<Bar>,
    /// Texts below the axis, with positions from 0 to 1.
    pub(crate) ticks: Vec<(f64, String)>,
    /// Dashed vertical lines with texts above them, and their positions from 0 to 1.
    pub(crate) markers: Vec<(f64, String)>,
}

/// One bar.
pub(crate) struct Bar {
    /// The left and the right edge, from 0 to 1.
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) count: u64,
    /// The height relative to the other bars.
    pub(crate) height: f64,
    /// The text above the bar, as HTML.
    pub(crate) caption: String,
    /// The name in the bar's title, as plain text.
    pub(crate) name: String,
}

impl Chart {
    /// A chart with a bar of equal width for each name; names are ticks.
    pub(crate) fn of_names(title: String, width: f64, bars: Vec<(String, u64, String)>) -> Self {
        let each = 1.0 / bars.len() as f64;
        let gap = (each * 0.12).min(0.02);
        let every = bars.len().div_ceil(13);
        let places = (0..bars.len()).map(|at| at as f64 * each);
        let ticks = bars.iter().zip(places.clone()).step_by(every);
        let ticks = ticks.map(|((name, ..), from)| (from + each / 2.0, name.clone())).collect();
        let bars = bars.into_iter().zip(places);
        let bars = bars.map(|((name, count, caption), from)| {
            // The bars of a chart with few bars are limited to a fifth of its width.
            let gap = gap.max((each - 0.2) / 2.0);
            let (to, height) = (from + each - gap, count as f64);
            Bar { from: from + gap, to, count, height, caption, name }
        });
        Self { title, width, height: 130.0, bars: bars.collect(), ticks, markers: Vec::new() }
    }

    /// Writes the picture.
    pub(crate) fn draw(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BELOW: f64 = 20.0;
        const SIDE: f64 = 8.0;
        let above = 20.0;
        let (width, height) = (self.width, self.height);
        let (line, inner) = (height - BELOW, width - 2.0 * SIDE);
        let x = |place: f64| SIDE + place * inner;
        let most = self.bars.iter().map(|bar| bar.height).fold(f64::MIN_POSITIVE, f64::max);
        open(f, &self.title, width, height, if width > 400.0 { "chart wide" } else { "chart" })?;
        for bar in &self.bars {
            // A small count is visible, too.
            let tall = if bar.count == 0 { 0.0 } else { (bar.height / most * (line - above)).max(1.0) };
            let (left, top) = (x(bar.from), line - tall);
            let (name, count) = (Escaped(&bar.name), count(bar.count));
            let wide = (bar.to - bar.from) * inner;
            writeln!(
                f,
                "<rect class=\"bar\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\">\
                 <title>{name}: {count}</title></rect>"
            )?;
            if !bar.caption.is_empty() {
                text(f, left + wide / 2.0, top - 5.0, "caption", &bar.caption)?;
            }
        }
        writeln!(f, "<path class=\"line\" d=\"M{SIDE} {line}H{:.1}\"/>", width - SIDE)?;
        for (place, name) in &self.markers {
            let at = x(*place);
            writeln!(f, "<path class=\"marker\" d=\"M{at:.1} {line}V{above}\"/>")?;
            text(f, at, above - 6.0, "caption", &Escaped(name).to_string())?;
        }
        for (place, name) in &self.ticks {
            text(f, x(*place), line + 15.0, "tick", &Escaped(name).to_string())?;
        }
        f.write_str("</svg>\n")
    }
}

/// A horizontal bar for a table cell. It is hidden from screen readers, since the row has the numbers.
pub(crate) fn share_bar(part: u64, whole: u64) -> String {
    let wide = if part == 0 { 0.0 } else { (100.0 * part as f64 / whole.max(1) as f64).max(0.5) };
    format!(
        "<svg class=\"share\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"track\" width=\"100\" height=\"8\"/><rect class=\"bar\" width=\"{wide:.1}\" height=\"8\"/></svg>"
    )
}

/// Writes correlations as a triangle: a name has its row to the left and its column below. `cell` returns the correlation of
/// two names, and the number of rows with both.
pub(crate) fn heat_map(
    f: &mut fmt::Formatter<'_>,
    names: &[&str],
    cell: impl Fn(usize, usize) -> (Option<f64>, u64),
) -> fmt::Result {
    const CELL: f64 = 44.0;
    const MAX_LENGTH: usize = 16;
    const CHARACTER: f64 = 7.6;
    let shown: Vec<_> = names.iter().map(|name| shortened(name, MAX_LENGTH)).collect();
    let ends =
        shown.iter().enumerate().map(|(at, name)| at as f64 * CELL + 8.0 + name.chars().count() as f64 * CHARACTER);
    let width = ends.fold(0.0, f64::max);
    open(f, "Correlations of the attributes, from −1 to 1", width, names.len() as f64 * CELL, "heat")?;
    for (row, name) in names.iter().enumerate() {
        let top = row as f64 * CELL;
        for (column, other) in names[..row].iter().enumerate() {
            let left = column as f64 * CELL;
            let (correlation, rows) = cell(row, column);
            let number = correlation.map_or("–".to_owned(), |it| signed(&format!("{it:.2}")));
            let class = correlation.map_or("none".to_owned(), step);
            let (name, other, rows) = (Escaped(name), Escaped(other), count(rows));
            let (middle, base) = (left + CELL / 2.0, top + CELL / 2.0 + 4.0);
            writeln!(
                f,
                "<g class=\"{class}\"><rect x=\"{left}\" y=\"{top}\" width=\"{0}\" height=\"{0}\"/>\
                 <text x=\"{middle}\" y=\"{base}\">{number}</text>\
                 <title>{name} and {other}: {number} ({rows} rows)</title></g>",
                CELL - 2.0
            )?;
        }
        let (left, base) = (top + 4.0, top + CELL / 2.0 + 4.0);
        writeln!(f, "<text class=\"name\" x=\"{left}\" y=\"{base}\">{}</text>", Escaped(&shown[row]))?;
    }
    f.write_str("</svg>\n")
}

/// The class of a correlation's colour: `p` or `n` for the sign with 1 to 5 for the size, or `zero` near 0.
fn step(correlation: f64) -> String {
    match correlation.abs() {
        size if size < 0.05 => "zero".to_owned(),
        size => format!("{}{}", if correlation < 0.0 { 'n' } else { 'p' }, 1 + ((size * 5.0) as u32).min(4)),
    }
}

fn open(f: &mut fmt::Formatter<'_>, title: &str, width: f64, height: f64, class: &str) -> fmt::Result {
    let title = Escaped(title);
    writeln!(
        f,
        "<svg class=\"{class}\" viewBox=\"0 0 {width:.0} {height:.0}\" style=\"max-width:{width:.0}px\" role=\"img\" \
         aria-label=\"{title}\"><title>{title}</title>"
    )
}

/// Writes HTML text, centred at `middle`.
fn text(f: &mut fmt::Formatter<'_>, middle: f64, base: f64, class: &str, html: &str) -> fmt::Result {
    writeln!(f, "<text class=\"{class}\" x=\"{middle:.1}\" y=\"{base:.1}\">{html}</text>")
}
