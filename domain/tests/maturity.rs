//! The board's maturity self-assessment: scores by theme.

use ehia_domain::{
    assessment::Content,
    form::{
        Form,
        maturity::{Theme, score},
    },
};
use proptest::prelude::*;
use serde_json::json;

/// The answers of the published self-assessment of an integrated care board, theme by theme, and its results.
const PUBLISHED: [(&str, &str, u32, u32, &str); 4] = [
    ("capability", "PPPY", 5, 63, "Maturing"),
    ("insight", "PPYPYPP", 9, 64, "Maturing"),
    ("leadership", "YYYPYYYPY", 16, 89, "Thriving"),
    ("partnerships", "YYNPY", 7, 70, "Maturing"),
];

fn form() -> &'static Form {
    Form::shipped("board-maturity", 1).expect("it is shipped")
}

fn answered(answers: &[(&str, &str)]) -> Content {
    let mut content = Content::titled("Board self-assessment");
    for (section, letters) in answers {
        let section = form().section(section).expect("a theme");
        assert_eq!(section.questions.len(), letters.len(), "{}", section.key);
        for (question, letter) in section.questions.iter().zip(letters.chars()) {
            let answer = match letter {
                'Y' => json!("Yes"),
                'P' => json!("Partial"),
                'N' => json!("No"),
                _ => {
                    json!({"unknown": {"question": "?", "owner": {"name": "Secretary"}, "due": "2026-05-01"}})
                }
            };
            content.answers.insert(question.key.clone(), answer);
        }
    }
    content
}

#[test]
fn the_published_answers_give_the_published_results() {
    let content = answered(&PUBLISHED.map(|(section, letters, ..)| (section, letters)));
    let themes = score(form(), &content);
    let found = themes.iter().map(|t| (t.section.as_str(), t.score, t.percent, t.level.as_deref()));
    let wanted =
        PUBLISHED.map(|(section, _, score, percent, level)| (section, score, Some(percent), Some(level)));
    assert_eq!(found.collect::<Vec<_>>(), wanted);
}

#[test]
fn what_falls_short_is_followed_by_objectives_and_what_does_not_is_not() {
    let themes = score(form(), &answered(&[("partnerships", "YYNPY")]));
    let objectives = |theme: &str| -> Vec<String> {
        themes.iter().find(|t| t.section == theme).map(|t| t.objectives.clone()).unwrap_or_default()
    };
    assert_eq!(objectives("partnerships").len(), 2);
    assert!(score(form(), &answered(&[("partnerships", "YYYYY")]))[3].objectives.is_empty());
    let scoring = form().scoring.as_ref().unwrap();
    for question in form().questions() {
        assert!(scoring.objectives.contains_key(&question.key), "{}", question.key);
    }
}

#[test]
fn an_answer_not_given_is_not_a_no() {
    let themes = score(form(), &answered(&[("partnerships", "YYYY?")]));
    assert_eq!((themes[3].score, themes[3].possible), (8, 10));
    assert_eq!((themes[3].percent, themes[3].level.as_ref()), (None, None));
    assert_eq!(themes[3].unanswered, ["shared_leadership"]);
    assert_eq!(themes[0].unanswered.len(), 4);
}

#[test]
fn a_form_without_scoring_has_no_themes() {
    let form = Form::shipped("ehia", 1).unwrap();
    assert_eq!(score(form, &Content::titled("Clinic hours (synthetic)")), Vec::<Theme>::new());
}

#[test]
fn scoring_that_does_not_fit_the_form_is_refused() {
    let whole = serde_json::to_value(form()).unwrap();
    let cases = [
        ("points", json!({"Yes": 2, "No": 0}), "scoring/points"),
        ("points", json!({"Yes": 2000, "Partial": 1, "No": 0}), "scoring/points"),
        ("levels", json!([]), "scoring/levels"),
        ("levels", json!([{"from": 5, "name": "Low"}]), "scoring/levels"),
        ("levels", json!([{"from": 0, "name": "Low"}, {"from": 0, "name": "High"}]), "scoring/levels"),
        ("levels", json!([{"from": 0, "name": "Low"}, {"from": 101, "name": "High"}]), "scoring/levels"),
        ("levels", json!([{"from": 0, "name": ""}]), "scoring/levels/0"),
        ("objectives", json!({"nobody_asked": ["Do it."]}), "scoring/objectives/nobody_asked"),
        ("objectives", json!({"governance": [""]}), "scoring/objectives/governance/0"),
        ("basis", json!(""), "scoring/basis"),
    ];
    for (field, value, path) in cases {
        let mut document = whole.clone();
        document["scoring"][field] = value;
        let found = Form::parse(&document.to_string()).unwrap_err();
        assert_eq!(found.iter().map(|v| v.path.to_string()).collect::<Vec<_>>(), [path]);
    }
}

proptest! {
    #[test]
    fn a_better_answer_never_lowers_the_percentage(letters in "[YPN]{5}", at in 0_usize..5) {
        let better: String = letters.chars().enumerate()
            .map(|(index, letter)| if index != at { letter } else if letter == 'N' { 'P' } else { 'Y' })
            .collect();
        let percent = |letters: &str| score(form(), &answered(&[("partnerships", letters)]))[3].percent;
        prop_assert!(percent(&better) >= percent(&letters));
        prop_assert!(percent(&letters).is_some_and(|percent| percent <= 100));
    }
}
