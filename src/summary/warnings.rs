//! Warnings: sentences about the rows for a person to read before training.

use super::{Counts, Summary, name_counts::NameCounts};
use crate::{
    error::{Error, ErrorKind},
    rows::speakers::NoUser,
    spelling::{
        near::near,
        printable::{Printable, quoted},
    },
};

/// Names that a sentence lists; more would not be read.
const MAX_LISTED: usize = 8;

impl Summary {
    /// The warnings of the command line and of the report, a sentence each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let warnings = [
            self.left_out(),
            self.rejected_inputs(),
            self.separated_pairs(),
            self.unscored(),
            self.unknown_attributes(),
            self.dead_attributes().map(|problem| format!("{problem} (--attributes)")),
            self.odd_contexts(),
            self.no_user(),
            self.others(),
        ];
        warnings.into_iter().flatten().collect()
    }

    /// Fails if an attribute has no score at all: the last check of a strict run.
    pub(crate) fn strict(&self) -> Result<(), Error> {
        self.dead_attributes().map_or(Ok(()), |problem| Err(ErrorKind::UnscoredAttributes(problem).into()))
    }

    /// The inputs that were left out.
    fn left_out(&self) -> Option<String> {
        let names: Vec<_> = self.failed_inputs.iter().map(|failed| Printable(&failed.name).to_string()).collect();
        let listed = names[..names.len().min(MAX_LISTED)].join(", ");
        let more = if names.len() > MAX_LISTED { ", …" } else { "" };
        let they = if names.len() == 1 { "1 input was" } else { &*format!("{} inputs were", names.len()) };
        (!names.is_empty()).then(|| format!("{they} left out because of an error: {listed}{more}"))
    }

    /// The inputs without any row, though others have rows.
    fn rejected_inputs(&self) -> Option<String> {
        let (first, more) = self.rejected_inputs.split_first()?;
        let (others, they) = match more.len() as u64 {
            0 => (String::new(), "it gives"),
            others => (format!(" and of {}", number(others, "other input")), "they give"),
        };
        (self.counts.rejected.total() < self.counts.records)
            .then(|| format!("every record of {}{others} was rejected, so {they} no row", Printable(first)))
    }

    fn separated_pairs(&self) -> Option<String> {
        self.separates_pairs.then(|| {
            "each row is followed by its copies, so the two rows of a pair are no longer adjacent, and a loss that reads \
             adjacent rows as pairs compares a response with itself (--repeat leaves pairs together, --repeat-each does not)"
                .to_owned()
        })
    }

    fn odd_contexts(&self) -> Option<String> {
        let Counts { odd_contexts, rows, .. } = self.counts;
        (odd_contexts > 0).then(|| {
            let are = if odd_contexts == 1 { "is empty or does" } else { "are empty or do" };
            format!(
                "the contexts of {odd_contexts} of {} {are} not begin and end with the user: LLaMA-Factory drops such rows, \
                 ms-swift changes them, and TRL and OpenRLHF fail at empty ones",
                number(rows, "pair")
            )
        })
    }

    fn unscored(&self) -> Option<String> {
        let Counts { unscored, rows, .. } = self.counts;
        let what = "labels name none of the attributes, or give them the missing value";
        match unscored {
            0 => None,
            _ if unscored == rows => Some(format!("no row has any score: {what}")),
            _ => Some(format!(
                "{unscored} of {} {} no score at all ({}): {what}, and training stops on such a row",
                number(rows, "row"),
                if unscored == 1 { "has" } else { "have" },
                share(unscored, rows)
            )),
        }
    }

    fn unknown_attributes(&self) -> Option<String> {
        let Counts { unknown_attributes: rows, unknown_attribute_names: names, .. } = &self.counts;
        if names.is_empty() {
            return None;
        }
        let keys = || self.vector.keys().iter().map(String::as_str);
        let spaced = names.names().find_map(|(name, _)| keys().find(|&key| name != key && name.trim() == key));
        let hint = spaced
            .map(|key| format!("; {} is often written behind a space, and --trim-labels reads it so", quoted(key)));
        // The warning of an attribute without any score has its own hint.
        let scored = || keys().filter(|&key| !self.is_dead(key));
        let near = names.names().find_map(|(name, _)| Some((name, near(name, scored())?))).filter(|_| hint.is_none());
        let near = near.map(|(name, key)| format!("; is {} meant to be {}?", quoted(name), quoted(key)));
        Some(format!(
            "{} attributes that are not in the vector, whose scores are not used: {}{}",
            if *rows == 1 { "the label of 1 row names".to_owned() } else { format!("the labels of {rows} rows name") },
            listed(names),
            hint.or(near).unwrap_or_default()
        ))
    }

    /// True for an attribute, by its name in labels, that was named in the configuration and has no score.
    fn is_dead(&self, key: &str) -> bool {
        let Some(at) = self.vector.keys().iter().position(|other| other == key) else { return false };
        self.unscored_attributes.contains(&self.vector.names()[at])
    }

    fn dead_attributes(&self) -> Option<String> {
        let dead: Vec<_> = self.unscored_attributes.iter().map(|name| self.dead_attribute(name)).collect();
        let shown = dead.iter().take(MAX_LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = dead.len().saturating_sub(MAX_LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!dead.is_empty()).then(|| format!("no row has a score for {shown}{more}"))
    }

    /// The name of an attribute without scores, with a hint at a similar name.
    fn dead_attribute(&self, name: &str) -> String {
        let key = self.vector.names().iter().position(|other| other == name).map_or(name, |at| &self.vector.keys()[at]);
        let of = if key == name { String::new() } else { format!(" (of {} in the records)", quoted(key)) };
        let in_labels = self.counts.unknown_attribute_names.names().map(|(name, _)| name);
        let original =
            crate::schema::ATTRIBUTES.into_iter().filter(|&known| !self.vector.keys().iter().any(|key| key == known));
        let meant = near(key, in_labels.chain(original)).map(|near| format!(" (did you mean {}?)", quoted(near)));
        format!("{}{of}{}", quoted(name), meant.unwrap_or_default())
    }

    fn no_user(&self) -> Option<String> {
        let NoUser { mask, speakers } = self.counts.first_without_user.as_deref()?;
        let valid = self.counts.records - self.counts.rejected.total();
        let count = self.counts.no_user_turn;
        let which = if count == 1 { "there" } else { "in the first of them" };
        Some(format!(
            "in {count} of {} no turn is the mask's, so none is the user's: {which} the mask is {mask}, the speakers are \
             {speakers} (--role NAME=user says who is the user)",
            number(valid, "record")
        ))
    }

    fn others(&self) -> Option<String> {
        let others = &self.counts.other_speakers;
        let turns = others.total();
        (turns > 0).then(|| {
            format!(
                "{} of speakers who are neither the user nor the assistant {} written as the assistant's, as the original \
                 does: {} (--role NAME=assistant or NAME=user says what they are)",
                number(turns, "turn"),
                if turns == 1 { "is" } else { "are" },
                listed(others)
            )
        })
    }
}

/// Names with their counts, the most frequent ones first.
fn listed(counted: &NameCounts) -> String {
    let mut names: Vec<_> = counted.names().collect();
    names.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let more = names[names.len().min(MAX_LISTED)..]
        .iter()
        .fold(counted.others(), |sum, (_, count)| sum.saturating_add(*count));
    let shown =
        names.iter().take(MAX_LISTED).map(|&(name, count)| format!("{} ({})", quoted(name), number(count, "time")));
    let mut shown: Vec<_> = shown.collect();
    shown.extend((more > 0).then(|| format!("others ({})", number(more, "time"))));
    shown.join(", ")
}

/// A share in percent: never 0 for a part that is not empty, and never 100 for less than the whole.
fn share(part: u64, of: u64) -> String {
    match 100.0 * part as f64 / of as f64 {
        percent if percent < 0.1 => "under 0.1 %".to_owned(),
        percent if percent > 99.9 && part < of => "over 99.9 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

fn number(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
