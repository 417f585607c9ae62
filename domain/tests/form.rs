//! Forms: publication, visibility, what is material and what leaves a case.

use std::collections::BTreeSet;

use ehia_domain::{
    assessment::Content,
    form::{Form, is_material, redact, visibility},
    text::Path,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn small() -> Value {
    json!({
        "format": "ehia/form/1", "key": "small", "version": 1, "title": "Small (synthetic)",
        "sections": [{"key": "only", "title": "Only", "fields": ["title"], "questions": [
            {"key": "first", "title": "First?", "type": "yes_no_unknown", "required": true, "material": true},
            {"key": "second", "title": "Second?", "type": "yes_no_unknown", "showIf": "answers.first == \"YES\""},
            {"key": "third", "title": "Third?", "type": "text", "showIf": "answers.second == \"YES\""},
            {"key": "fourth", "title": "Fourth?", "type": "text",
             "showIf": "answers.third == \"x\" || proposal.kindOfChange == \"POLICY\""},
            {"key": "fifth", "title": "Fifth?", "type": "text", "showIf": "!has(answers.second)"},
        ]}],
    })
}

fn parse(document: &Value) -> Result<Form, Vec<(String, String)>> {
    Form::parse(&document.to_string()).map_err(|violations| {
        for violation in &violations {
            assert!(violation.message.ends_with('.'), "{}", violation.message);
        }
        violations.into_iter().map(|violation| (violation.code, violation.path.to_string())).collect()
    })
}

/// The small form with the value at this JSON pointer replaced or added.
fn with(pointer: &str, value: Value) -> Value {
    let mut document = small();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).expect("a parent");
    match (parent.as_array_mut(), key.parse::<usize>()) {
        (Some(list), Ok(index)) => list[index] = value,
        _ => parent[key] = value,
    }
    document
}

#[test]
fn shipped_forms_are_fit_to_be_published_and_read_back_the_same() {
    for form in Form::shipped_all() {
        assert!(form.questions().count() > 10, "{}", form.key);
        assert_eq!(Form::shipped(&form.key, form.version), Some(form));
        let again = Form::parse(&serde_json::to_string(form).unwrap()).unwrap();
        assert_eq!(&again, form);
    }
    assert!(Form::shipped("ehia", 3).is_none());
    assert!(Form::shipped("nope", 1).is_none());
}

#[test]
fn the_second_version_asks_what_changes_in_spend_and_where_users_live_and_nothing_else() {
    let (first, second) = (Form::shipped("ehia", 1).unwrap(), Form::shipped("ehia", 2).unwrap());
    let mut as_before = second.clone();
    as_before.version = 1;
    for section in &mut as_before.sections {
        section.fields.retain(|field| {
            !["proposal.recurrentChange", "proposal.userResidence"].contains(&field.as_str())
        });
        // It cites the case by the name it has in the reports.
        for question in section.questions.iter_mut().filter(|question| question.key == "travel_and_access") {
            let cited = question.citation.take().expect("it cites a judgment");
            let name = "R (A and another) v South Kent Coastal CCG and others [2020]";
            assert!(cited.starts_with(name), "{cited}");
            question.citation = Some(cited.replace(name, "R (South Kent Coast CCG) [2020]"));
        }
    }
    assert_eq!(&as_before, first);
    let of = |form: &Form| form.sections.iter().map(|section| section.fields.len()).sum::<usize>();
    assert_eq!(of(second), of(first) + 2);
}

#[test]
fn the_shipped_form_has_the_eleven_published_sections_and_what_they_lack() {
    let form = Form::shipped("ehia", 1).unwrap();
    let numbered = form.sections.iter().take(11).enumerate();
    for (index, section) in numbered {
        assert!(section.title.starts_with(&format!("{}. ", index + 1)), "{}", section.title);
    }
    for key in [
        "protected_characteristics",
        "indirect_discrimination_justification",
        "health_inequalities_groups",
        "engagement_done",
        "engagement_detail",
        "evidence_gaps",
        "psed",
        "inequality_access",
        "inequality_experience",
        "inequality_outcomes",
        "outstanding_questions",
        "summary_assessment",
        "review_date",
        "armed_forces_obligations",
        "armed_forces_disadvantage",
        "armed_forces_special_provision",
        "human_rights",
        "accessible_information",
        "publication",
    ] {
        assert!(form.question(key).is_some(), "{key}");
    }
    let fields: BTreeSet<_> = form.sections.iter().flat_map(|section| &section.fields).collect();
    for field in
        ["proposal.summary", "proposal.footprint", "impacts", "mitigations", "interdependencies", "evidence"]
    {
        assert!(fields.contains(&field.to_owned()), "{field}");
    }
    assert!((25..=40).contains(&form.questions().count()));
}

#[test]
fn the_section_of_a_path_is_where_it_is_written() {
    let form = Form::shipped("ehia", 1).unwrap();
    let section =
        |segments: &[&str]| form.section_of(&Path::of(segments)).map(|section| section.key.as_str());
    assert_eq!(section(&["answers", "psed", "foster"]), Some("equality_duty"));
    assert_eq!(section(&["impacts", "some-id", "initial"]), Some("protected_characteristics"));
    assert_eq!(section(&["proposal", "footprint"]), Some("place"));
    assert_eq!(section(&["answers", "nope"]), None);
    assert_eq!(section(&["answers"]), None);
    assert_eq!(section(&["format"]), None);
    assert_eq!(form.section("place").map(|section| section.fields.len()), Some(3));
}

#[test]
fn a_broken_publication_rule_is_refused_at_its_path() {
    assert!(parse(&small()).is_ok());
    let at = "sections/only/questions/first";
    let deep = format!("{}true{}", "(".repeat(20_000), ")".repeat(20_000));
    let cases = [
        ("/format", json!("ehia/form/9"), "INVALID", "format".to_owned()),
        ("/version", json!(0), "INVALID", "version".to_owned()),
        ("/key", json!("Small Form"), "INVALID", "key".to_owned()),
        ("/title", json!(" "), "REQUIRED", "title".to_owned()),
        ("/sections/0/key", json!("1"), "INVALID", "sections/1/key".to_owned()),
        ("/sections/0/title", json!("a".repeat(301)), "TOO_LONG", "sections/only/title".to_owned()),
        ("/sections/0/guidance", json!("a".repeat(4001)), "TOO_LONG", "sections/only/guidance".to_owned()),
        ("/sections/0/fields", json!(["proposal.colour"]), "NOT_FOUND", "sections/only/fields".to_owned()),
        (
            "/sections/0/questions/4/key",
            json!("fourth"),
            "DUPLICATE",
            "sections/only/questions/fourth/key".to_owned(),
        ),
        ("/sections/0/questions/0/title", json!(""), "REQUIRED", format!("{at}/title")),
        ("/sections/0/questions/0/citation", json!("a\u{0}"), "INVALID", format!("{at}/citation")),
        (
            "/sections/0/questions/4/options",
            json!(["a", "b"]),
            "INVALID",
            "sections/only/questions/fifth/options".to_owned(),
        ),
        (
            "/sections/0/questions/4/groups",
            json!(["OTHER"]),
            "INVALID",
            "sections/only/questions/fifth/groups".to_owned(),
        ),
        (
            "/sections/0/questions/4/maxLength",
            json!(0),
            "INVALID",
            "sections/only/questions/fifth/maxLength".to_owned(),
        ),
        (
            "/sections/0/questions/4/maxLength",
            json!(20_001),
            "INVALID",
            "sections/only/questions/fifth/maxLength".to_owned(),
        ),
        ("/sections/0/questions/0/maxLength", json!(5), "INVALID", format!("{at}/maxLength")),
        ("/sections/0/questions/4/min", json!(5), "INVALID", "sections/only/questions/fifth/min".to_owned()),
        (
            "/sections/0/questions/4/showIf",
            json!(deep),
            "TOO_LONG",
            "sections/only/questions/fifth/showIf".to_owned(),
        ),
        (
            "/sections/0/questions/4/showIf",
            json!("answers.fourth.matches(\"a\")"),
            "NOT_FOUND",
            "sections/only/questions/fifth/showIf".to_owned(),
        ),
        (
            "/sections/0/questions/4/showIf",
            json!("answers.nope == \"a\" || true"),
            "NOT_FOUND",
            "sections/only/questions/fifth/showIf".to_owned(),
        ),
        (
            "/sections/0/questions/0/showIf",
            json!("answers.fourth == \"a\""),
            "NOT_FOUND",
            format!("{at}/showIf"),
        ),
        (
            "/sections/0/questions/4/showIf",
            json!("answers.fifth == \"a\""),
            "NOT_FOUND",
            "sections/only/questions/fifth/showIf".to_owned(),
        ),
        (
            "/sections/0/questions/4/showIf",
            json!(""),
            "REQUIRED",
            "sections/only/questions/fifth/showIf".to_owned(),
        ),
    ];
    for (pointer, value, code, path) in cases {
        let found = parse(&with(pointer, value.clone())).expect_err(pointer);
        assert_eq!(
            found,
            [(code.to_owned(), path)],
            "{pointer}: {}",
            value.to_string().chars().take(60).collect::<String>()
        );
    }
}

#[test]
fn a_question_has_what_its_type_asks_for_and_nothing_else() {
    let q = "/sections/0/questions/0";
    let at = "sections/only/questions/first";
    let many: Vec<_> = (0..61).map(|n| json!(format!("Option {n}"))).collect();
    let choice = |options: Value| json!({"key": "first", "title": "T", "type": "choice", "options": options});
    let question = |more: Value| {
        let mut question = json!({"key": "first", "title": "T", "type": "text"});
        for (key, value) in more.as_object().unwrap() {
            question[key] = value.clone();
        }
        question
    };
    let cases = [
        (choice(json!(["One"])), "INVALID", "options"),
        (choice(json!(many)), "INVALID", "options"),
        (choice(json!(["One", "One"])), "DUPLICATE", "options/1"),
        (choice(json!(["One", ""])), "REQUIRED", "options/1"),
        (question(json!({"type": "group_matrix"})), "INVALID", "groups"),
        (question(json!({"type": "number", "max": 1e300})), "INVALID", "max"),
        (question(json!({"type": "number", "min": 5, "max": 4})), "INVALID", "min"),
    ];
    for (value, code, path) in cases {
        let mut document = with(q, value.clone());
        document["sections"][0]["questions"].as_array_mut().unwrap().truncate(1);
        assert_eq!(parse(&document).expect_err(path), [(code.to_owned(), format!("{at}/{path}"))], "{value}");
    }
}

#[test]
fn what_is_no_form_is_refused_whole() {
    let cases = [
        with("/sections/0/questions/0/type", json!("essay")),
        with("/sections/0/questions/0/colour", json!("red")),
        with("/sections/0/questions/0/showIf", json!(5)),
        with("/sections/0/colour", json!("red")),
        with("/colour", json!("red")),
        with("/version", json!("1")),
        json!([]),
    ];
    for document in cases {
        assert_eq!(parse(&document).unwrap_err(), [("INVALID".to_owned(), String::new())]);
    }
    assert_eq!(Form::parse("{").unwrap_err()[0].code, "INVALID");
    assert_eq!(Form::parse(&"[".repeat(100_000)).unwrap_err()[0].code, "INVALID");
    assert_eq!(Form::parse(&" ".repeat(600_000)).unwrap_err()[0].code, "TOO_LONG");
}

#[test]
fn a_form_has_sections_and_questions_but_not_without_end() {
    assert_eq!(
        parse(&with("/sections", json!([]))).unwrap_err(),
        [("REQUIRED".to_owned(), "sections".to_owned()), ("REQUIRED".to_owned(), "sections".to_owned())]
    );
    let question = |n: usize| json!({"key": format!("q{n}"), "title": "T", "type": "text"});
    let questions: Vec<_> = (0..301).map(question).collect();
    let found = parse(&with("/sections/0/questions", json!(questions))).unwrap_err();
    assert_eq!(found, [("TOO_MANY".to_owned(), "sections".to_owned())]);
    let empty = json!({"key": "empty", "title": "T", "questions": []});
    let mut document = small();
    document["sections"].as_array_mut().unwrap().push(empty);
    let found = parse(&document).unwrap_err();
    assert_eq!(found, [("REQUIRED".to_owned(), "sections/empty/questions".to_owned())]);
}

#[test]
fn every_broken_rule_is_told_at_once() {
    let mut document = with("/title", json!(""));
    document["sections"][0]["questions"][1]["key"] = json!("first");
    document["sections"][0]["questions"][4]["showIf"] = json!("nope");
    assert_eq!(parse(&document).unwrap_err().len(), 4);
}

fn content(answers: Value) -> Content {
    let mut content = Content::titled("Clinic hours (synthetic)");
    content.answers = serde_json::from_value(answers).expect("an object");
    content
}

fn shown(answers: Value) -> [Option<bool>; 5] {
    let form = Form::parse(&small().to_string()).expect("a lawful form");
    let shown = visibility(&form, &content(answers));
    ["first", "second", "third", "fourth", "fifth"].map(|key| shown[key])
}

#[test]
fn a_question_is_shown_hidden_or_undetermined() {
    assert_eq!(shown(json!({})), [Some(true), None, None, None, Some(true)]);
    assert_eq!(shown(json!({"first": "YES"})), [Some(true), Some(true), None, None, Some(true)]);
    assert_eq!(
        shown(json!({"first": "YES", "second": "YES"})),
        [Some(true), Some(true), Some(true), None, Some(false)]
    );
    assert_eq!(
        shown(json!({"first": {"unknown": {"question": "?"}}})),
        [Some(true), None, None, None, Some(true)]
    );
}

#[test]
fn a_hidden_answer_never_counts() {
    // `second` was answered while it was shown; it is kept, but `third` no longer rests on it.
    let answers = json!({"first": "NO", "second": "YES", "third": "x"});
    assert_eq!(shown(answers), [Some(true), Some(false), Some(false), None, Some(true)]);
}

#[test]
fn a_question_that_lacks_only_hidden_answers_is_hidden_too() {
    // `fourth` could still be shown by the proposal, `third` by nothing.
    let [_, _, third, fourth, _] = shown(json!({"first": "NO"}));
    assert_eq!((third, fourth), (Some(false), None));
}

#[test]
fn a_condition_can_rest_on_the_proposal() {
    let form = Form::parse(&small().to_string()).unwrap();
    let mut content = content(json!({"first": "NO"}));
    content.proposal.kind_of_change = ehia_domain::proposal::KindOfChange::parse("POLICY");
    assert_eq!(visibility(&form, &content)["fourth"], Some(true));
}

#[test]
fn hidden_answers_and_answers_to_no_question_do_not_leave_the_case() {
    let form = Form::parse(&small().to_string()).unwrap();
    let whole = content(json!({"first": "NO", "second": "YES", "fourth": "kept", "stray": 1}));
    let redacted = redact(&form, &whole);
    assert_eq!(redacted.answers.keys().collect::<Vec<_>>(), ["first", "fourth"]);
    assert_eq!(redacted.title, whole.title);
}

#[test]
fn what_changes_what_people_meet_is_material() {
    let form = Form::shipped("ehia", 1).unwrap();
    let material = |path: &str| is_material(form, &Path::of(path.split('/').filter(|s| !s.is_empty())));
    for path in [
        "",
        "answers",
        "answers/psed/foster",
        "answers/inequality_access",
        "proposal",
        "proposal/summary",
        "proposal/kindOfChange",
        "proposal/footprint/0",
        "proposal/effectiveFrom",
        "proposal/effectiveTo",
        "proposal/options",
        "proposal/population",
        "impacts",
        "impacts/some-id/rationale",
        "mitigations/some-id/due",
        "interdependencies/some-id",
    ] {
        assert!(material(path), "{path}");
    }
    for path in [
        "title",
        "contributors",
        "sro",
        "answers/review_date",
        "answers/contact_details",
        "answers/nope",
        "proposal/decisionDate",
        "proposal/programme",
        "evidence/some-id/date",
        "engagement/some-id/people",
        "format",
    ] {
        assert!(!material(path), "{path}");
    }
}

proptest! {
    #[test]
    fn answering_more_never_turns_a_determined_question_undetermined(
        first in prop::option::of("YES|NO"), second in prop::option::of("YES|NO"), more in "YES|NO"
    ) {
        let answers = |first: Option<&String>, second: Option<&String>| {
            let given = [("first", first), ("second", second)];
            given.into_iter().filter_map(|(k, v)| v.map(|v| (k.to_owned(), json!(v)))).collect::<serde_json::Map<_, _>>()
        };
        let before = shown(Value::Object(answers(first.as_ref(), second.as_ref())));
        let after = shown(Value::Object(answers(first.as_ref().or(Some(&more)), second.as_ref())));
        for (before, after) in before.into_iter().zip(after) {
            prop_assert!(before.is_none() || after.is_some());
        }
    }

    #[test]
    fn redaction_is_final(first in "YES|NO", second in "YES|NO", third in "x|y") {
        let form = Form::parse(&small().to_string()).unwrap();
        let whole = content(json!({"first": first, "second": second, "third": third, "fifth": "z"}));
        let once = redact(&form, &whole);
        prop_assert_eq!(redact(&form, &once), once);
    }
}

#[test]
fn a_place_means_what_is_written_there_and_what_it_rests_on() {
    let form = Form::shipped("ehia", 1).unwrap();
    let id = |number: u128| uuid::Uuid::from_u128(number).to_string();
    let content = serde_json::json!({
        "title": "A case", "proposal": {"summary": "What."}, "answers": {"monitoring": "Monthly."},
        "impacts": [{"id": id(1), "evidence": [id(2)]}, {"id": id(5)}],
        "mitigations": [{"id": id(3), "impacts": [id(1)], "reliances": [id(4)]}],
    });
    let of = |path: &[&str]| {
        let places = form.places(&content, &Path::of(path));
        places.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (one, evidence) = (format!("impacts/{}", id(1)), format!("evidence/{}", id(2)));
    let (mitigation, reliance) = (format!("mitigations/{}", id(3)), format!("interdependencies/{}", id(4)));
    assert_eq!(of(&["impacts", &id(1)]), [one, evidence, mitigation, reliance]);
    assert_eq!(of(&["impacts", &id(5)]), [format!("impacts/{}", id(5))]);
    assert_eq!(of(&["proposal", "decisionDate"]), ["proposal/decisionDate"], "nobody filled it in yet");
    assert_eq!(of(&["answers", "monitoring"]), ["answers/monitoring"]);
    assert!(of(&["sections", "summary"]).contains(&"proposal/summary".to_owned()));
    for nowhere in [
        &["proposal", "no_such"][..],
        &["proposal", "summary", "more"],
        &["answers", "no_such"],
        &["answers", "monitoring", "more"],
        &["impacts", &id(9)],
        &["sections", "no_such"],
        &["format"],
    ] {
        assert_eq!(of(nowhere), [] as [String; 0], "{nowhere:?}");
    }
}
