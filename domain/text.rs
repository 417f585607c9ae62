//! Text that people type: its bounds, and how what is wrong with it is told.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where in the canonical document something is: its segments, list elements by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path(pub Vec<String>);

impl Path {
    /// The path with these segments.
    pub fn of<S: ToString>(segments: impl IntoIterator<Item = S>) -> Self {
        Self(segments.into_iter().map(|segment| segment.to_string()).collect())
    }

    /// This path with one more segment.
    #[must_use]
    pub fn join(&self, segment: impl ToString) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment.to_string());
        Self(segments)
    }

    /// Refuses a path that no document has: of more than 20 segments, or with one that is empty, longer than a line or
    /// holds `/`, which joins segments where paths are keys.
    ///
    /// # Errors
    /// The violation, at `at`.
    pub fn check(&self, at: &Self) -> Result<(), Violation> {
        let sound = |segment: &String| {
            !segment.is_empty() && segment.chars().count() <= LINE && !segment.contains(['/', '\0'])
        };
        if self.0.len() <= 20 && self.0.iter().all(sound) {
            return Ok(());
        }
        let message = "A path has at most 20 segments, each of 1 to 300 characters without a slash.";
        Err(Violation::new("TOO_LONG", message, at.clone()))
    }

    /// Whether `self` is `other` or lies above it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Whether one of the two lies on or above the other.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.covers(other) || other.covers(self)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// Something the user can mend: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Violation {
    /// Stable and machine-readable, `SCREAMING_SNAKE`: `REQUIRED`, `TOO_LONG`, `NOT_FOUND` and the like.
    pub code: String,
    /// A sentence for the person who typed it.
    pub message: String,
    /// The field it is about; empty when it is about the whole.
    pub path: Path,
}

impl Violation {
    /// A violation with this code and sentence at `path`.
    pub fn new(code: &str, message: impl Into<String>, path: Path) -> Self {
        Self { code: code.into(), message: message.into(), path }
    }
}

/// Longest single-line text, in characters.
pub const LINE: usize = 300;
/// Longest paragraph text, in characters.
pub const PARAGRAPH: usize = 20_000;
/// Most elements in any list of a document.
pub const LIST: usize = 500;

/// Checks one text: not blank, at most `most` characters, no control characters but line breaks and tabs.
/// PostgreSQL refuses U+0000 in text, so it is refused here first.
pub fn check(text: &str, most: usize, path: &Path) -> Result<(), Violation> {
    if text.trim().is_empty() {
        return Err(Violation::new(
            "REQUIRED",
            "Write something here, or leave the field out.",
            path.clone(),
        ));
    }
    bounded(text, most, path)
}

/// As [`check`], but blank is allowed.
pub fn bounded(text: &str, most: usize, path: &Path) -> Result<(), Violation> {
    let length = text.chars().count();
    if length > most {
        return Err(Violation::new(
            "TOO_LONG",
            format!("This has {length} characters; at most {most} are kept."),
            path.clone(),
        ));
    }
    if let Some(bad) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Violation::new(
            "INVALID",
            format!("The character U+{:04X} cannot be kept; remove it.", u32::from(bad)),
            path.clone(),
        ));
    }
    Ok(())
}

/// Checks one text of one line, a title or a name: as [`check`], and nothing that [`breaks_line`].
pub fn line(text: &str, most: usize, path: &Path) -> Result<(), Violation> {
    check(text, most, path)?;
    bounded_line(text, most, path)
}

/// As [`line`], but blank is allowed.
pub fn bounded_line(text: &str, most: usize, path: &Path) -> Result<(), Violation> {
    bounded(text, most, path)?;
    let Some(bad) = text.chars().find(|c| breaks_line(*c)) else { return Ok(()) };
    let what = match bad {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => "line break".to_owned(),
        '\t' => "tab".to_owned(),
        _ => format!("character U+{:04X}, which does not show", u32::from(bad)),
    };
    let message = format!("This is kept on one line; remove the {what}.");
    Err(Violation::new("INVALID", message, path.clone()))
}

/// Whether a character has no place in a line: it ends the line, does not show, or turns the direction in which others
/// read it (Unicode's `Bidi_Control`).
#[must_use]
pub fn breaks_line(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Checks the number of elements of a list.
pub fn bounded_list(length: usize, path: &Path) -> Result<(), Violation> {
    if length > LIST {
        return Err(Violation::new(
            "TOO_MANY",
            format!("There are {length} entries; at most {LIST} are kept."),
            path.clone(),
        ));
    }
    Ok(())
}

/// Text as it is searched: lower case, runs of white space as one blank.
#[must_use]
pub fn fold(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text with a capital, to begin a sentence.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + rest.as_str())
}

/// At most 60 characters of what somebody typed or a file has, for a message.
#[must_use]
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.split_at(end).0),
    }
}

/// A number in a sentence: up to ten as a word.
#[must_use]
pub fn number(count: usize) -> String {
    const WORDS: [&str; 11] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// So many of something, in words: `one reliance`, `three reliances`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{} {noun}{many}", number(count))
}

/// A number with commas between thousands.
#[must_use]
pub fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
