//! Answers that say that there is nothing to tell: no gap, no open question, no promise. Words are looked for, so a
//! denial in other words is taken for an answer, which the body may accept.

use super::{
    speech::{gives_a_figure, length, mentions},
    subject::folded,
};

/// Words of which a text may consist that says there is nothing left open. "Known" is not among them: "nothing is
/// known" leaves everything open.
const NONE_WORDS: &[&str] = &[
    "none",
    "nil",
    "nothing",
    "no",
    "n/a",
    "identified",
    "outstanding",
    "open",
    "remain",
    "remains",
    "remaining",
    "further",
    "gaps",
    "gap",
    "questions",
    "question",
    "issues",
    "issue",
    "at",
    "present",
    "this",
    "stage",
    "time",
    "there",
    "are",
    "is",
    "was",
    "were",
    "have",
    "has",
    "been",
    "left",
    "to",
    "report",
    "material",
    "or",
    "and",
    "any",
    "still",
    "raised",
    "found",
    "made",
    "given",
    "promise",
    "promises",
    "promised",
    "in",
    "public",
    "plans",
    "letters",
    "minutes",
    "we",
    "commitment",
    "commitments",
    "formal",
    "recorded",
];

/// Words of which a text may consist that says that all of it was answered or closed, with the months and figures of a
/// day.
const CLOSING_WORDS: &[&str] = &[
    "all",
    "each",
    "every",
    "both",
    "they",
    "those",
    "these",
    "the",
    "questions",
    "question",
    "gaps",
    "gap",
    "issues",
    "raised",
    "listed",
    "above",
    "earlier",
    "since",
    "by",
    "panel",
    "in",
    "on",
    "of",
    "now",
    "was",
    "were",
    "are",
    "is",
    "have",
    "has",
    "been",
    "answered",
    "closed",
    "resolved",
    "settled",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const CLOSED: &[&str] = &["answered", "closed", "resolved", "settled"];

/// What a text may go on with that says that a question does not apply.
const NEW: &[&str] = &["new service", "a new service", "it is a new service", "this is a new service"];

/// Whole answers that say the same with other words.
const NONE_ANSWERS: &[&str] = &[
    "none known",
    "none known to us",
    "none that we know of",
    "none we know of",
    "none that we are aware of",
    "none we are aware of",
    "not applicable",
];

/// Whether a text says that there are no gaps or open questions, and nothing else but that they were closed.
pub(super) fn says_none(text: &str) -> bool {
    // "At all" strengthens a no; "all" by itself may be about all that is open.
    let folded = folded(text).replace(" at all", "").replace("not aware of any", "no");
    if is_none(&folded) {
        return true;
    }
    let spaced = folded.replace([';', ':'], ".").replace(" - ", ". ").replace(['\u{2013}', '\u{2014}'], ". ");
    let mut parts =
        spaced.split(". ").map(|part| part.trim_matches([' ', '.'])).filter(|part| !part.is_empty());
    let Some(first) = parts.next() else { return false };
    let closes = |part: &str| is_none(part) || is_closed(part);
    // "No: two questions remain."
    let none = first != "no" && is_none(first) || is_closed(first) && first.starts_with("all ");
    let inapplicable = matches!(first, "n/a" | "not applicable");
    none && parts.all(|part| closes(part) || inapplicable && NEW.contains(&part))
}

/// Whether a folded text consists of a denial.
fn is_none(folded: &str) -> bool {
    let words: Vec<_> = folded.split(' ').map(|word| word.trim_matches([',', '.', ';', ':'])).collect();
    let denies = words.iter().any(|word| matches!(*word, "none" | "nil" | "nothing" | "no" | "n/a"));
    // "No, questions are still open" denies something else.
    let answers_no = words.len() > 1 && ["no,", "no.", "no;", "no:"].iter().any(|no| folded.starts_with(no));
    // "No known gaps" denies them; "nothing is known" leaves everything open.
    let known = |word: &str| word == "known" && !words.contains(&"nothing");
    NONE_ANSWERS.contains(&folded)
        || denies && !answers_no && words.iter().all(|word| NONE_WORDS.contains(word) || known(word))
}

/// Whether a folded text says that something was answered or closed, and nothing else.
fn is_closed(folded: &str) -> bool {
    let words: Vec<_> = folded.split(' ').map(|word| word.trim_matches([',', '.'])).collect();
    let is_day = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    words.iter().any(|word| CLOSED.contains(word))
        && words.iter().all(|word| CLOSING_WORDS.contains(word) || is_day(word))
}

/// Words after which a text that begins with a no speaks of a promise all the same.
const RESERVATIONS: &[&str] = &[
    "before", "until", "till", "unless", "without", "but", "except", "however", "although", "though", "yet",
    "only", "told", "assured", "kept", "broken",
];

/// How a text begins that says that nobody was promised anything.
const NO_PROMISE: &[&str] = &[
    "none",
    "nothing",
    "no promise",
    "no commitment",
    "no undertaking",
    "no assurance",
    "there was no",
    "there were no",
    "not to our knowledge",
    "not that we know",
    "we are not aware of any",
    "not aware of any",
];

/// Phrases that say the same wherever they stand.
const NOT_PROMISED: &[&str] = &[
    "nothing was promised",
    "nothing has been promised",
    "promised nothing",
    "not promised anything",
    "never promised anything",
    "no promise was made",
    "no promises were made",
    "no promises have been made",
];

/// Words of a promise.
const PROMISING: &[&str] = &[
    "promis*", "commit*", "pledg*", "assur*", "undert*", "guarant*", "told", "said", "says", "consult*",
    "will", "would",
];

/// How a text begins that says that no promise was made before something.
const NONE_BEFORE: &[&str] = &["none was made before ", "none were made before ", "none was given before "];

/// Of how many words that is named at most; more are room for a promise.
const NAMED_WORDS: usize = 4;

/// Whether a text says that nobody was promised anything, in whatever words it goes on.
pub(super) fn promises_nothing(text: &str) -> bool {
    let folded = folded(text);
    let denies = NO_PROMISE.iter().any(|start| folded.starts_with(start));
    // Something else in the text may be a promise all the same.
    let nothing_else = || {
        let rest = NOT_PROMISED.iter().fold(folded.clone(), |rest, phrase| rest.replace(phrase, ""));
        rest != folded && !mentions(&rest, PROMISING)
    };
    let before = NONE_BEFORE.iter().find_map(|start| folded.strip_prefix(start));
    let none_before = before.is_some_and(|named| {
        length(named) <= NAMED_WORDS && !mentions(named, PROMISING) && !mentions(named, RESERVATIONS)
    });
    says_none(text) || none_before || (denies || nothing_else()) && !mentions(&folded, RESERVATIONS)
}

/// How a text on who is affected begins where it is nobody.
const NOBODY: &[&str] = &[
    "nobody",
    "no one",
    "no patient",
    "no patients",
    "no service users",
    "no member of the public",
    "no members of the public",
];

/// How it goes on, if it does.
const AFFECTED: &[&str] = &[
    "outside",
    "beyond",
    "but",
    "except",
    "other than",
    "else",
    "or",
    "nor",
    "and",
    "is affected",
    "are affected",
    "will be affected",
    "would be affected",
    "is touched",
    "are touched",
    "is involved",
    "are involved",
];

/// How it begins where it is those who work there.
const OWN_STAFF: &[&str] = &["only our own staff", "only our staff", "our own staff only"];

/// Who is outside wherever it stands.
const OUTSIDE: &[&str] = &["nobody outside", "no one outside"];

/// Words that deny a harm, or how great it is, and not that somebody is affected.
const HARM: &[&str] = &[
    "los*",
    "worse*",
    "travel*",
    "wait*",
    "miss*",
    "harm*",
    "suffer*",
    "advers*",
    "negativ*",
    "disadvant*",
    "disproportion*",
    "differen*",
    "significan*",
    "directly",
    "refus*",
    "exclud*",
    "turned",
];

/// Words of people who use what is provided.
const USING: &[&str] = &[
    "patient*",
    "user",
    "users",
    "people who",
    "those who",
    "people with",
    "residents",
    "public",
    "client*",
    "carer*",
    "famil*",
    "women",
    "children",
    "babies",
    "adults",
];

/// Words of a place, whose people may all be affected though nobody outside is.
const PLACES: &[&str] = &[
    "county",
    "district",
    "borough",
    "city",
    "town",
    "area",
    "catchment",
    "region",
    "parish",
    "neighbourhood",
    "ward",
    "village",
    "practice",
    "hospital",
    "clinic",
];

/// Words that take it back.
const NOT: &[&str] = &["no", "not", "nobody", "none", "nothing", "never", "neither", "nor", "without"];

/// Whether a text on who is affected says that nobody outside is: a sentence begins with that, or says so of all but
/// those who are named, and none tells of people who use what is provided.
pub(super) fn says_nobody(text: &str) -> bool {
    let text = folded(text).replace("no-one", "no one");
    let parts = text.split(['.', ';', ':', '!', '?']).map(str::trim).filter(|part| !part.is_empty());
    let mut parts = parts.skip_while(|part| !denies_affected(part) && !is_of_users(part));
    // Of users may be told afterwards that nothing changes for them; how many they are is told of those who are affected.
    parts.next().is_some_and(denies_affected) && !parts.any(|part| is_of_users(part) && gives_a_figure(part))
}

/// Whether a folded part of a sentence says that nobody, or nobody outside, is affected.
fn denies_affected(part: &str) -> bool {
    if let Some(named) = OUTSIDE.iter().find_map(|outside| Some(part.split_once(outside)?.0)) {
        return !is_of_users(named) && !mentions(part, HARM) && !mentions(part, PLACES);
    }
    if OWN_STAFF.iter().any(|start| part.starts_with(start)) {
        return !is_of_users(part);
    }
    let begins = |text: &str, start: &str| {
        text.strip_prefix(start).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let goes_on = |rest: &str| {
        let next = rest.trim_start();
        let ends = !rest.starts_with(char::is_alphanumeric) && !next.starts_with(char::is_alphanumeric);
        ends || rest.starts_with(' ') && AFFECTED.iter().any(|word| begins(next, word))
    };
    let denied = NOBODY.iter().filter_map(|start| part.strip_prefix(start)).any(goes_on);
    denied && !mentions(part, HARM)
}

/// Whether a folded part of a sentence tells of people who use what is provided.
fn is_of_users(part: &str) -> bool {
    mentions(part, USING) && !mentions(part, NOT)
}
