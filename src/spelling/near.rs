//! "Did you mean": the known name that is most like a misspelled one.

/// The most bytes of a name that is compared.
const MAX_LENGTH: usize = 120;

/// The known name that differs from `name` in the fewest letters, if at most one letter in three differs.
pub(crate) fn near<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = name.trim().to_lowercase();
    if folded.len() > MAX_LENGTH {
        return None;
    }
    let short = known.into_iter().filter(|known| known.len() <= MAX_LENGTH);
    let distances = short.map(|known| (strsim::damerau_levenshtein(&folded, &known.trim().to_lowercase()), known));
    let letters = folded.chars().count();
    distances
        .filter(|(distance, _)| distance * 3 <= letters)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_near_if_few_letters_differ() {
        let known = ["quality", "helpfulness", "correctness", "coherence", "complexity"];
        for (name, expected) in [
            ("helpfullness", Some("helpfulness")),
            ("Helpfulness", Some("helpfulness")),
            (" quality", Some("quality")),
            ("qualtiy", Some("quality")),
            ("helpful", None),
            ("complexness", None),
            ("style", None),
            ("", None),
        ] {
            assert_eq!(near(name, known), expected, "{name}");
        }
        assert_eq!(near(&"quality".repeat(1000), known), None);
    }
}
