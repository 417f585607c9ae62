//! The words a case is found by.

use std::collections::BTreeMap;

use ehia_domain::{
    assessment::Content,
    evidence::{Evidence, EvidenceKind},
    form::{Form, visibility},
    impact::{Direction, Impact},
    party::Party,
    search::{asked, words},
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::people;

fn of(content: &Content) -> String {
    words("T6Y0W-2026-0042", content, None, &BTreeMap::new())
}

fn titled(title: &str) -> String {
    let words = of(&Content::titled(title));
    let own = words.split(' ').filter(|word| !["t6y0w", "2026", "0042", "42"].contains(word));
    own.collect::<Vec<_>>().join(" ")
}

fn asks(search: &str) -> Vec<String> {
    asked(search).unwrap()
}

/// Whether a search finds what has these words, as every database has to answer it.
fn finds(search: &str, words: &str) -> bool {
    let words: Vec<&str> = words.split(' ').collect();
    let asked = asks(search);
    !asked.is_empty() && asked.iter().all(|asked| words.iter().any(|word| word.starts_with(asked.as_str())))
}

#[test]
fn words_are_distinct_and_without_case_accents_and_apostrophes() {
    assert_eq!(titled("Women’s café: a women's CAFÉ (drop-in)"), "a cafe drop in womens");
    assert_eq!(titled("e\u{301}te\u{301} ﬁ Ⅷ ２４"), "24 ete fi viii", "however they are composed");
    assert_eq!(titled("Zażółć Ångström naïve"), "angstrom naive zazolc");
    assert_eq!(titled("a\0b \u{1F600} <b>%_\\\"'--"), "a b");
    assert_eq!(titled("Smørrebrød & Æbleskiver Straße İĞ"), "aebleskiver and ig smorrebrod strasse");
    assert!(finds("हिन्दी", &titled("健康 हिन्दी")) && finds("健", &titled("健康 हिन्दी")));
}

#[test]
fn a_reference_is_found_whole_in_part_and_without_leading_zeros() {
    let words = of(&Content::titled("x"));
    for search in ["T6Y0W-2026-0042", "t6y0w-2026-00", "2026-0042", "0042", "42", "T6Y"] {
        assert!(finds(search, &words), "{search}: {words}");
    }
    assert!(!finds("2026-0043", &words));
}

#[test]
fn what_is_asked_are_the_beginnings_of_words() {
    assert_eq!(asked(""), None);
    assert_eq!(asked(" \n"), None);
    assert_eq!(asks("%"), [""; 0], "no word: nothing is found, and not everything");
    assert_eq!(asks("\u{1F600}"), [""; 0]);
    assert_eq!(asks("Norwich  NORWICH mat"), ["mat", "norwich"]);
    assert_eq!(
        asks("mat mater maternity matron"),
        ["maternity", "matron"],
        "what begins another is found with it"
    );
    assert!(finds("mat norw", "in maternity norwich"));
    assert!(!finds("aternity", "in maternity norwich"));
}

#[test]
fn every_part_that_people_search_counts_and_names_of_people_do_not() {
    let mut content = Content::titled("Aone");
    let proposal = &mut content.proposal;
    proposal.summary = "Atwo".into();
    proposal.service_line = Some("Athree".into());
    proposal.programme = Some("Afour".into());
    proposal.decision_body = Some("Afive".into());
    proposal.population = Some("Asix".into());
    content.impacts.push(Impact {
        id: Uuid::from_u128(1).into(),
        groups: vec!["age".into()],
        direction: Direction::Negative,
        rationale: "Aseven".into(),
        initial: None,
        target: None,
        reach: None,
        evidence: Vec::new(),
        no_mitigation_because: Some("Aeight".into()),
        justification: Some("Anine".into()),
        chance: None,
        open_question: None,
    });
    let mut mitigation = people::mitigation();
    mitigation.action = "Aten".into();
    mitigation.owner =
        Some(Party { name: Some("Bnamed".into()), ..Party::person(people::person(people::OWNER)) });
    content.mitigations.push(mitigation);
    content.evidence.push(Evidence {
        id: Uuid::from_u128(2).into(),
        title: "Aeleven".into(),
        kind: EvidenceKind::Data,
        source: String::new(),
        date: None,
        local: None,
        strength: None,
        gap: None,
        groups: Vec::new(),
        attachments: Vec::new(),
    });
    content.sro = Some(Party { name: Some("Bsro".into()), ..Party::person(people::person(people::SRO)) });
    let found = of(&content);
    let of_a: Vec<&str> = found.split(' ').filter(|word| word.starts_with('a')).collect();
    assert_eq!(of_a.len(), 11, "{found}");
    assert!(!found.contains("bnamed") && !found.contains("bsro"), "{found}");
}

fn form() -> Form {
    let question = |key: &str, kind: &str| json!({"key": key, "title": "?", "type": kind});
    let mut matrix = question("matrix", "group_matrix");
    matrix["groups"] = json!(["INCLUSION_HEALTH"]);
    let mut choice = question("choice", "choice");
    choice["options"] = json!(["Choosing", "Other"]);
    let document = json!({
        "format": "ehia/form/1", "key": "small", "version": 1, "title": "Small (synthetic)",
        "sections": [{"key": "only", "title": "Only", "questions": [
            question("first", "yes_no_unknown"),
            {"key": "second", "title": "?", "type": "text", "showIf": "answers.first == \"YES\""},
            choice, question("grid", "psed_grid"), matrix, question("open", "text"), question("day", "date"),
        ]}],
    });
    Form::parse(&document.to_string()).unwrap()
}

#[test]
fn answers_count_unless_they_are_hidden() {
    let form = form();
    let mut content = Content::titled("x");
    let found = |content: &Content| words("R-1", content, Some(&form), &visibility(&form, content));
    content.answers.insert("second".into(), json!("Secret words"));
    assert!(found(&content).contains("secret"), "whether it is asked is not known yet");
    content.answers.insert("first".into(), json!("NO"));
    assert!(!found(&content).contains("secret"));
    content.answers.insert("first".into(), json!("YES"));
    assert!(found(&content).contains("secret"));
    assert!(!of(&content).contains("secret"), "without its form nobody knows");
    for (key, value) in [
        ("choice", json!("Choosing")),
        ("grid", json!({"foster": {"effect": "SUPPORTS", "reason": "Gridded"}})),
        (
            "matrix",
            json!({"statements": [{"groups": ["x"], "reason": "Stated"}], "recommendations": {"x": "Recommended"}}),
        ),
        (
            "open",
            json!({"unknown": {"question": "Opened?", "owner": {"name": "Bowner"}, "due": "2026-01-01"}}),
        ),
        ("day", json!("2031-01-01")),
        ("gone", json!("Unasked")),
    ] {
        content.answers.insert(key.into(), value);
    }
    let found = found(&content);
    for word in ["choosing", "gridded", "stated", "recommended", "opened"] {
        assert!(found.split(' ').any(|one| one == word), "{word}: {found}");
    }
    for word in ["supports", "bowner", "2031", "unasked", "yes"] {
        assert!(found.split(' ').all(|one| one != word), "{word}: {found}");
    }
}

#[test]
fn words_are_bounded_and_what_is_written_first_counts_first() {
    let mut content = Content::titled("zebra");
    content.proposal.summary = (0..60_000).map(|number| format!("a{number}")).collect::<Vec<_>>().join(" ");
    let found = of(&content);
    assert!(found.len() <= 128 * 1024, "{}", found.len());
    assert!(finds("zebra", &found));
    let long = "x".repeat(300);
    assert!(finds(&long, &titled(&long)), "a long word is found by its beginning");
}

proptest! {
    #[test]
    fn a_case_is_found_by_every_beginning_of_every_word_of_its_title(title in "\\PC{1,40}", length in 1_usize..40) {
        let words = of(&Content::titled(&title));
        prop_assert!(words.split(' ').all(|word| !word.is_empty() && word.chars().all(char::is_alphanumeric)), "{words}");
        for word in asked(&title).unwrap_or_default() {
            let beginning: String = word.chars().take(length).collect();
            prop_assert!(finds(&beginning, &words), "{beginning:?} of {words:?}");
        }
    }

    #[test]
    fn what_is_typed_finds_whatever_its_case_and_accents(title in "[A-Za-zÀ-ÿĀ-ž &'’-]{1,40}") {
        let words = of(&Content::titled(&title));
        let spelt = [title.to_uppercase(), title.to_lowercase(), titled(&title)];
        for typed in spelt.iter().filter(|typed| asked(typed).is_some_and(|asked| !asked.is_empty())) {
            prop_assert!(finds(typed, &words), "{typed:?} of {words:?}");
        }
    }
}
