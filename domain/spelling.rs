//! Text as it is searched, of cases and of places: one folding, so that what is typed and what is kept meet.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// The words of a text with one blank between two: small letters and digits without accents and apostrophes, `&` as
/// `and`, however they are composed. What is neither letter nor digit stands between words.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return joined(text.chars().map(|letter| letter.to_ascii_lowercase()));
    }
    let text = DecomposingNormalizerBorrowed::new_nfkd().normalize(text).to_lowercase();
    // A small letter may be composed again: the capital of the Turkish dotted i is.
    joined(DecomposingNormalizerBorrowed::new_nfkd().normalize(&text).chars())
}

fn joined(letters: impl Iterator<Item = char>) -> String {
    let mut folded = String::new();
    let mut ends = false;
    for letter in letters {
        // King's Lynn is looked for as Kings Lynn.
        if matches!(letter, '\'' | '\u{2019}' | '\u{300}'..='\u{36f}') {
            continue;
        }
        if letter == '&' || !letter.is_alphanumeric() {
            ends = true;
        }
        let (mut own, plain) = ([0; 4], plain(letter));
        let written = match plain {
            Some(plain) => plain,
            None if letter.is_alphanumeric() => &*letter.encode_utf8(&mut own),
            None => continue,
        };
        if ends && !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(written);
        ends = letter == '&';
    }
    folded
}

/// What is not composed of a letter and its accent, and is typed without.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'æ' => "ae",
        'đ' | 'ð' => "d",
        'ı' => "i",
        'ł' => "l",
        'ø' => "o",
        'œ' => "oe",
        'ß' => "ss",
        '&' => "and",
        _ => return None,
    })
}
