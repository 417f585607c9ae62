//! Words looked for in what people wrote. A check that reads prose can be mistaken, so none of them blocks unless
//! the body that decides may accept what it found.

use crate::text;

/// Whether a text has one of these words or phrases. They are written small; one that ends in `*` stands for every
/// word that begins so.
pub(super) fn mentions(text: &str, words: &[&str]) -> bool {
    let folded = text::fold(text);
    words.iter().any(|word| has(&folded, word))
}

/// Whether a folded text has this word or phrase.
pub(super) fn has(folded: &str, word: &str) -> bool {
    let (stem, open) = word.strip_suffix('*').map_or((word, false), |stem| (stem, true));
    folded.match_indices(stem).any(|(at, _)| {
        let (before, rest) = folded.split_at(at);
        let starts = !before.ends_with(char::is_alphanumeric);
        let ends = open || !rest[stem.len()..].starts_with(char::is_alphanumeric);
        starts && ends
    })
}

/// How many words a text has.
pub(super) fn length(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Whether a text gives a figure.
pub(super) fn gives_a_figure(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

/// Names as a sentence lists them: one, two and three.
pub(super) fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
