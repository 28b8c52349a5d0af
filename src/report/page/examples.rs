//! The first rows as a person reads them: who says what, and how it was rated.

use std::fmt;

use super::{
    Page,
    html::{self, count, name_of, number, section},
    text::write_text,
};
use crate::{
    format::role::Role,
    report::figures::first_rows::{FirstRow, FirstTurn},
};

/// Attributes of a label that are shown.
const MAX_SHOWN: usize = 40;

impl Page<'_> {
    pub(super) fn examples(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = &self.figures.first_rows;
        let lead = if self.about.config.format.layout.is_pairs() {
            "The first rows: the turns of the context, the two responses, and the margin."
        } else {
            "The first rows: their turns, without the text of the template around them, and the label of the last."
        };
        section(f, "Example rows", lead, |f| {
            rows.iter().zip(1..).try_for_each(|(row, number)| self.example(f, row, number))
        })
    }

    fn example(&self, f: &mut fmt::Formatter<'_>, row: &FirstRow, position: usize) -> fmt::Result {
        writeln!(f, "<article>\n<h3>Row {position}</h3>\n<ol class=\"turns\">")?;
        row.first.iter().try_for_each(|turn| write_turn(f, turn))?;
        if row.left_out > 0 {
            writeln!(f, "<li class=\"cut\">… {} left out here</li>", number(row.left_out, "turn"))?;
        }
        row.last.iter().try_for_each(|turn| write_turn(f, turn))?;
        f.write_str("</ol>\n<ul class=\"label\">\n")?;
        let numbers = &self.summary.numbers;
        let scores = numbers.names().iter().zip(&row.scores);
        for (name, &score) in scores.clone().take(MAX_SHOWN) {
            let name = name_of(name);
            if numbers.is_missing(score) {
                writeln!(f, "<li class=\"missing\">{name}: <i>missing</i></li>")?;
            } else {
                writeln!(f, "<li>{name}: <b>{}</b></li>", html::score(score))?;
            }
        }
        let more = scores.len().saturating_sub(MAX_SHOWN);
        if more > 0 {
            writeln!(f, "<li class=\"missing\">and {} more attributes</li>", count(more as u64))?;
        }
        f.write_str("</ul>\n</article>\n")
    }
}

fn write_turn(f: &mut fmt::Formatter<'_>, turn: &FirstTurn) -> fmt::Result {
    let role = turn.role.name();
    let class = if turn.role == Role::User { " class=\"user\"" } else { "" };
    write!(f, "<li{class}><p class=\"speaker\">{}", name_of(&turn.speaker))?;
    if !turn.speaker.eq_ignore_ascii_case(role) {
        write!(f, " <span class=\"note\">as {role}</span>")?;
    }
    if let Some(preference) = turn.preference {
        write!(f, " <span class=\"note\">{}</span>", preference.name())?;
    }
    f.write_str("</p>\n")?;
    write_text(f, &turn.text, turn.cut)?;
    f.write_str("</li>\n")
}
