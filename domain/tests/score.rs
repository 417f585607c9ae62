//! Forms that are scored, above all the board's maturity self-assessment: scores by theme, ranges, objectives.

use ehia_domain::{
    assessment::Content,
    form::{
        Form, FormSubject, check_answers,
        score::{Mark, Score, Theme, score},
    },
    group::Catalogue,
    impact::{Direction, Impact},
    proposal::Proposal,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A theme, its answers, points, percentage, level, and the numbers of what was recommended.
type Published = (&'static str, &'static str, u32, u32, &'static str, &'static [&'static str]);

/// The answers of the published self-assessment of an integrated care board, theme by theme, its results, and the
/// numbers of what was recommended to it.
const PUBLISHED: [Published; 4] = [
    ("capability", "PPPY", 5, 63, "Maturing", &["2.3", "3.3", "3.8", "4.10", "5.6", "5.7", "10.6"]),
    ("insight", "PPYPYPP", 9, 64, "Maturing", &["3.10", "8.2", "8.3", "9.6", "9.9", "10.5", "10.9", "10.11"]),
    ("leadership", "YYYPYYYPY", 16, 89, "Thriving", &["4.2", "6.2", "7.2"]),
    ("partnerships", "YYNPY", 7, 70, "Maturing", &["4.8", "4.11", "4.12", "8.6"]),
];

fn form() -> &'static Form {
    Form::shipped("board-maturity", 2).expect("it is shipped")
}

fn unknown() -> Value {
    json!({"unknown": {"question": "?", "owner": {"name": "Secretary"}, "due": "2026-05-01"}})
}

/// The answer a letter stands for; none for a space.
fn answer(letter: char) -> Option<Value> {
    match letter {
        'Y' => Some(json!("Yes")),
        'P' => Some(json!("Partial")),
        'N' => Some(json!("No")),
        '?' => Some(unknown()),
        _ => None,
    }
}

fn on(form: &Form, answers: &[(&str, &str)]) -> Content {
    let mut content = Content::titled("Board self-assessment");
    for (section, letters) in answers {
        let section = form.section(section).expect("a theme");
        let scored: Vec<_> =
            section.questions.iter().filter(|question| !question.options.is_empty()).collect();
        assert_eq!(scored.len(), letters.chars().count(), "{}", section.key);
        for (question, letter) in scored.into_iter().zip(letters.chars()) {
            content.answers.extend(answer(letter).map(|answer| (question.key.clone(), answer)));
        }
    }
    content
}

fn scored(answers: &[(&str, &str)]) -> Score {
    score(form(), &on(form(), answers)).unwrap()
}

fn theme(letters: &str) -> Theme {
    scored(&[("partnerships", letters)]).themes.remove(3)
}

#[test]
fn the_published_answers_give_the_published_results_in_every_version() {
    let wanted = PUBLISHED.map(|(section, _, points, percent, level, _)| (section, points, percent, level));
    for version in [1, 2] {
        let form = Form::shipped("board-maturity", version).unwrap();
        let content = on(form, &PUBLISHED.map(|(section, letters, ..)| (section, letters)));
        let score = score(form, &content).unwrap();
        let found = score.themes.iter().map(|theme| {
            let mark = &theme.mark;
            assert_eq!(
                (mark.low, mark.low_percent, &mark.low_level),
                (mark.high, mark.high_percent, &mark.high_level)
            );
            (theme.section.as_str(), mark.low, mark.low_percent, mark.low_level.as_str())
        });
        assert_eq!(found.collect::<Vec<_>>(), wanted, "{version}");
        assert_eq!((score.overall.low, score.overall.possible), (37, 50));
        assert_eq!(score.overall.in_words(), "74 %, Maturing");
    }
}

#[test]
fn the_published_answers_recommend_the_published_objectives_each_to_somebody() {
    let score = scored(&PUBLISHED.map(|(section, letters, ..)| (section, letters)));
    for ((section, .., wanted), theme) in PUBLISHED.into_iter().zip(score.themes) {
        let number = |source: &str| source.strip_prefix("NHS Providers ").unwrap().to_owned();
        let mut found: Vec<_> =
            theme.objectives.iter().map(|one| number(one.source.as_deref().unwrap())).collect();
        let parts = |number: &String| -> Vec<u32> { number.split('.').map(|n| n.parse().unwrap()).collect() };
        found.sort_by_key(parts);
        assert_eq!(found, wanted, "{section}");
        assert!(theme.objectives.iter().all(|one| one.owner.is_some()), "{section}");
    }
}

#[test]
fn what_falls_short_is_followed_by_objectives_and_what_does_not_is_not() {
    assert_eq!(theme("YYNYY").objectives.len(), 2);
    assert!(theme("YYYYY").objectives.is_empty());
    assert!(theme("YYYY?").objectives.is_empty(), "nothing is recommended on what nobody knows yet");
    let scoring = form().scoring.as_ref().unwrap();
    for question in form().questions().filter(|question| !question.options.is_empty()) {
        assert!(scoring.objectives.contains_key(&question.key), "{}", question.key);
    }
}

#[test]
fn what_is_not_answered_is_a_range_and_never_a_guess() {
    for letters in ["YYYP?", "YYYP "] {
        let Mark { low, high, possible, low_percent, high_percent, ref unanswered, .. } = theme(letters).mark;
        assert_eq!((low, high, possible, low_percent, high_percent), (7, 9, 10, 70, 90));
        assert_eq!(*unanswered, ["shared_leadership"]);
    }
    assert_eq!(
        theme("YYYP?").mark.in_words(),
        "between 70 % and 90 %, Maturing to Thriving (one question unanswered)"
    );
    assert_eq!(
        theme("NP?? ").mark.in_words(),
        "between 10 % and 70 %, Emerging to Maturing (three questions unanswered)"
    );
    let none = scored(&[]);
    assert_eq!(
        none.overall.in_words(),
        "between 0 % and 100 %, Emerging to Thriving (25 questions unanswered)"
    );
    assert_eq!(none.themes[0].mark.unanswered.len(), 4);
}

#[test]
fn a_form_without_scoring_has_no_score() {
    let form = Form::shipped("ehia", 1).unwrap();
    assert_eq!(score(form, &Content::titled("Clinic hours (synthetic)")), None);
}

/// A form whose second and third question depend on the first.
fn depending() -> Form {
    let choice = |key: &str, show_if: Value| json!({"key": key, "title": "?", "type": "choice", "options": ["a", "b", "c"], "showIf": show_if});
    let document = json!({"format": "ehia/form/1", "key": "depending", "version": 1, "title": "Depending (synthetic)",
        "sections": [{"key": "only", "title": "Only", "questions": [
            choice("first", Value::Null), choice("second", json!("answers.first == \"a\"")),
            choice("third", json!("answers.first != \"a\" && answers.second == \"b\"")),
            choice("fourth", json!("answers.first != \"c\"")),
        ]}],
        "scoring": {"basis": "Synthetic", "points": {"a": 1, "b": 3, "c": 7}, "levels": [{"from": 0, "name": "Any"}]}});
    Form::parse(&document.to_string()).unwrap()
}

#[test]
fn scoring_that_does_not_fit_the_form_is_refused() {
    let whole = serde_json::to_value(form()).unwrap();
    let cases = [
        ("points", json!({"Yes": 2, "No": 0}), "scoring/points"),
        ("points", json!({"Yes": 0, "Partial": 0, "No": 0}), "scoring/points"),
        ("points", json!({"Yes": 2000, "Partial": 1, "No": 0}), "scoring/points"),
        ("levels", json!([]), "scoring/levels"),
        ("levels", json!([{"from": 5, "name": "Low"}]), "scoring/levels"),
        ("levels", json!([{"from": 0, "name": "Low"}, {"from": 0, "name": "High"}]), "scoring/levels"),
        ("levels", json!([{"from": 0, "name": "Low"}, {"from": 101, "name": "High"}]), "scoring/levels"),
        ("levels", json!([{"from": 0, "name": ""}]), "scoring/levels/0"),
        ("objectives", json!({"nobody_asked": ["Do it."]}), "scoring/objectives/nobody_asked"),
        ("objectives", json!({"governance": [""]}), "scoring/objectives/governance/0"),
        (
            "objectives",
            json!({"governance": [{"owner": " ", "text": "Do it."}]}),
            "scoring/objectives/governance/0/owner",
        ),
        ("basis", json!(""), "scoring/basis"),
    ];
    for (field, value, path) in cases {
        let mut document = whole.clone();
        document["scoring"][field] = value;
        let found = Form::parse(&document.to_string()).unwrap_err();
        assert_eq!(found.iter().map(|v| v.path.to_string()).collect::<Vec<_>>(), [path]);
    }
}

#[test]
fn a_form_about_the_organisation_takes_no_part_of_a_proposal() {
    let refused = |document: &Value| -> Vec<String> {
        Form::parse(&document.to_string()).unwrap_err().iter().map(|v| v.path.to_string()).collect()
    };
    let mut document = serde_json::to_value(form()).unwrap();
    assert_eq!(form().about, FormSubject::Organisation);
    document["sections"][0]["fields"] = json!(["proposal.summary"]);
    assert_eq!(refused(&document), ["sections/capability/fields"]);
    document["sections"][0]["fields"] = json!(["impacts"]);
    assert_eq!(refused(&document), ["sections/capability/fields"]);
    document["sections"][0]["fields"] = json!(["evidence"]);
    assert!(Form::parse(&document.to_string()).is_ok());
    let questions = document["sections"][0]["questions"].as_array_mut().unwrap();
    questions.push(json!({"key": "aims", "title": "Aims", "type": "psed_grid"}));
    assert_eq!(refused(&document), ["sections/capability/questions/aims/type"]);
    document["about"] = json!("PROPOSAL");
    assert!(Form::parse(&document.to_string()).is_ok());

    let mut content = Content::titled("Board self-assessment");
    let told = |content: &Content| -> Vec<(String, String)> {
        let found = check_answers(form(), content, &Catalogue::shipped());
        found.into_iter().map(|one| (one.code, one.path.to_string())).collect()
    };
    content.proposal = Proposal { decision_body: Some("The board".into()), ..Proposal::default() };
    assert_eq!(told(&content), []);
    content.proposal.footprint.push("E07000148".into());
    content.impacts.push(Impact {
        id: uuid::Uuid::from_u128(1).into(),
        groups: vec!["sex".into()],
        direction: Direction::Negative,
        rationale: "Hidden from the rule book".into(),
        initial: None,
        target: None,
        reach: None,
        evidence: Vec::new(),
        no_mitigation_because: None,
        justification: None,
        chance: None,
        open_question: None,
    });
    let not = |path: &str| ("NOT_APPLICABLE".to_owned(), path.to_owned());
    assert_eq!(told(&content), [not("impacts"), not("proposal")]);
    assert_eq!(check_answers(Form::shipped("ehia", 1).unwrap(), &content, &Catalogue::shipped()), []);
}

proptest! {
    #[test]
    fn a_better_answer_never_lowers_either_end(letters in "[YPN? ]{5}", at in 0_usize..5) {
        let better: String = letters.chars().enumerate()
            .map(|(index, letter)| match letter {
                letter if index != at => letter,
                'N' => 'P',
                'P' | 'Y' => 'Y',
                open => open,
            })
            .collect();
        let (one, other) = (theme(&letters).mark, theme(&better).mark);
        prop_assert!(other.low_percent >= one.low_percent && other.high_percent >= one.high_percent);
        prop_assert!(other.low >= one.low && other.high >= one.high);
    }

    #[test]
    fn whatever_is_answered_in_the_end_lies_within_what_was_told_before(
        letters in "[YPN? ]{5}", filled in "[YPN]{5}",
    ) {
        let whole: String =
            letters.chars().zip(filled.chars()).map(|(one, other)| if "YPN".contains(one) { one } else { other }).collect();
        let (before, after) = (theme(&letters).mark, theme(&whole).mark);
        prop_assert!(before.low <= after.low && after.high <= before.high);
        prop_assert!(before.low_percent <= after.low_percent && after.high_percent <= before.high_percent);
        prop_assert_eq!((after.low, after.low_percent), (after.high, after.high_percent));
        prop_assert!(after.unanswered.is_empty() && after.high_percent <= 100);
    }

    #[test]
    fn the_same_holds_where_questions_depend_on_answers_not_given_yet(
        given in prop::collection::vec(prop::option::of("[abc]"), 4), filled in prop::collection::vec("[abc]", 4),
    ) {
        let form = depending();
        let keys = ["first", "second", "third", "fourth"];
        let content = |letters: Vec<Option<&String>>| {
            let mut content = Content::titled("Depending");
            let answers = keys.iter().zip(letters).filter_map(|(key, letter)| Some(((*key).to_owned(), json!(letter?))));
            content.answers.extend(answers);
            content
        };
        let before = score(&form, &content(given.iter().map(Option::as_ref).collect())).unwrap().overall;
        let whole = given.iter().zip(&filled).map(|(given, filled)| given.as_ref().or(Some(filled))).collect();
        let after = score(&form, &content(whole)).unwrap().overall;
        prop_assert!(before.low <= after.low && after.high <= before.high, "{before:?} {after:?}");
        prop_assert!(before.low_percent <= after.low_percent && after.high_percent <= before.high_percent, "{before:?} {after:?}");
        prop_assert_eq!(after.low_percent, after.high_percent);
    }
}
