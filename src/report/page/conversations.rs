//! The turns of conversations, and who speaks in them.

use std::fmt;

use super::{
    Page, charts,
    html::{count, details, name_of, number, section, share, table},
    svg::share_bar,
};

/// The most bars whose numbers stand beside the chart; those of more are shown on demand.
const MAX_BESIDE: usize = 10;

impl Page<'_> {
    pub(super) fn turns(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = self.figures;
        section(f, "Turns", "Turns of each valid conversation, with or without a label.", |f| {
            let conversations: u64 = figures.turns.iter().sum();
            let first = figures.turns.iter().position(|&count| count > 0);
            let last = figures.turns.iter().rposition(|&count| count > 0);
            let Some((first, last)) = first.zip(last) else {
                return f.write_str("<p class=\"note\">There are no valid conversations.</p>\n");
            };
            let chart = charts::of_turns(&figures.turns[..=last], first, conversations);
            let bars: Vec<_> = chart.bars.iter().filter(|bar| bar.count > 0).collect();
            let is_long = bars.len() > MAX_BESIDE;
            writeln!(f, "<div{}>\n<figure>", if is_long { "" } else { " class=\"two\"" })?;
            chart.draw(f)?;
            writeln!(f, "<p>Conversations by their turns. The longest has {}.</p>\n</figure>", figures.most_turns)?;
            let rows = bars.iter().map(|bar| vec![bar.name.clone(), count(bar.count), share(bar.count, conversations)]);
            let caption = format!("Of {}", number(conversations, "conversation"));
            let numbers = |f: &mut fmt::Formatter<'_>| table(f, &caption, &["turns", "conversations", "share"], rows);
            if is_long {
                details(f, "Numbers", numbers)?;
            } else {
                f.write_str("<div>\n")?;
                numbers(f)?;
                f.write_str("</div>\n")?;
            }
            f.write_str("</div>\n")
        })
    }

    pub(super) fn speakers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let speakers = &self.figures.speakers;
        let others = speakers.others();
        let turns = speakers.known.iter().fold(others, |sum, speaker| sum.saturating_add(speaker.turns.all));
        let lead = "Who says the turns, and how many of them count as the user’s (by the record’s mask).";
        section(f, "Speakers", lead, |f| {
            if turns == 0 {
                return f.write_str("<p class=\"note\">There are no turns.</p>\n");
            }
            let mut known: Vec<_> = speakers.known.iter().collect();
            known.sort_by_key(|speaker| std::cmp::Reverse(speaker.turns.all));
            let row = |name: String, of: u64, as_user: String| {
                vec![name, share_bar(of, turns), share(of, turns), count(of), as_user]
            };
            let rows = known.iter().map(|speaker| {
                let of = speaker.turns;
                row(name_of(&speaker.name), of.all, share(of.as_user, of.all))
            });
            let others = (others > 0).then(|| row("<i>others</i>".to_owned(), others, "–".to_owned()));
            let caption = format!("Of {}", number(turns, "turn"));
            table(f, &caption, &["speaker", "", "share", "turns", "as user"], rows.chain(others))
        })
    }
}
