//! Documents become drafts, and what is wrong with them is told with its place.

use ehia_domain::{
    form::{self, Form},
    group::Catalogue,
    id::Supply,
    impact::Direction,
    import::{self, Draft, Target},
    interdependency::{InterdependencyKind, ReliancePremise},
    rating::Rating,
    text::Violation,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

pub fn supply() -> Supply {
    let mut next = 0_u128;
    Supply::new(move || {
        next += 1;
        Uuid::from_u128(next)
    })
}

fn read(document: &Value) -> Result<Draft, Vec<Violation>> {
    import::read(document, &Catalogue::shipped(), &mut supply())
}

fn published() -> impl Iterator<Item = Value> {
    include_str!("../../examples/published.jsonl").lines().map(|line| serde_json::from_str(line).unwrap())
}

fn facts(id: &str) -> Draft {
    read(&published().find(|facts| facts["id"] == id).unwrap()).unwrap()
}

fn own() -> Value {
    json!({
        "format": "ehia/assessment/1", "key": "clinic", "synthetic": true, "label": "Synthetic example",
        "title": "Move the clinic",
        "sro": {"name": "Ada Example"},
        "answers": {"key_evidence": ["survey"], "publication": "In full", "travel_and_access": null},
        "evidence": [{"id": "survey", "title": "Survey", "kind": "DATA", "groups": ["age"]}],
        "impacts": [
            {"id": "older", "groups": ["age.older_people"], "direction": "NEGATIVE", "evidence": ["survey"]}
        ],
        "engagement": [{"id": "e1", "who": "Patients", "method": "Meeting", "from": "2026-09-01"}],
        "mitigations": [
            {"id": "bus", "action": "Run a bus", "impacts": ["older"], "reliances": ["route"]}
        ],
        "interdependencies": [
            {"id": "route", "kind": "RELIES_ON", "target": {"key": "buses"}, "holdsWhen": "TARGET_PROCEEDS"}
        ],
    })
}

/// The codes and paths of what is wrong.
fn faults(document: &Value) -> Vec<(String, String)> {
    let violations = read(document).expect_err("the document is wrong");
    violations.into_iter().map(|violation| (violation.code, violation.path.to_string())).collect()
}

fn fault(change: impl FnOnce(&mut Value)) -> Vec<(String, String)> {
    let mut document = own();
    change(&mut document);
    faults(&document)
}

fn one(code: &str, path: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), path.to_owned())]
}

#[test]
fn ids_of_a_document_become_fresh_wherever_they_are_mentioned() {
    let draft = read(&own()).unwrap();
    let content = &draft.content;
    assert_eq!(content.impacts[0].evidence, [content.evidence[0].id]);
    assert_eq!(content.mitigations[0].impacts, [content.impacts[0].id]);
    assert_eq!(content.mitigations[0].reliances, [content.interdependencies[0].id]);
    assert_eq!(content.answers["key_evidence"], json!([content.evidence[0].id]));
    assert_eq!(content.answers.len(), 2, "an answer that is null is none");
    assert_eq!(draft.targets, [(content.interdependencies[0].id, Target::Key("buses".into()))]);
    assert_eq!(draft.key.as_deref(), Some("clinic"));
    assert!(draft.synthetic);
    assert_eq!(draft.names[&content.impacts[0].id.to_string()], "older");
    let wrong = Violation::new(
        "X",
        "x",
        ehia_domain::text::Path::of(["impacts".to_owned(), content.impacts[0].id.to_string()]),
    );
    assert_eq!(draft.in_document(wrong).path.to_string(), "impacts/older");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    assert_eq!(faults(&json!([])), one("INVALID", ""));
    assert_eq!(faults(&json!({})), one("INVALID", ""));
    assert_eq!(faults(&json!({"format": 7})), one("INVALID", "format"));
    assert_eq!(faults(&json!({"format": "ehia/assessment/9"})), one("INVALID", "format"));
    assert_eq!(fault(|d| d["titel"] = json!("x")), one("NOT_FOUND", "titel"));
    assert_eq!(fault(|d| d["title"] = json!(7)).first(), one("INVALID", "title").first());
    assert_eq!(fault(|d| d["title"] = json!("x".repeat(301))), one("TOO_LONG", "title"));
    assert_eq!(fault(|d| d["label"] = Value::Null), one("REQUIRED", "label"));
    assert_eq!(fault(|d| d["impacts"] = json!({})).first(), one("INVALID", "impacts").first());
    assert_eq!(fault(|d| d["engagement"][0] = json!(1)), one("INVALID", "engagement/0"));
    assert_eq!(fault(|d| d["engagement"][0]["id"] = json!(1)), one("INVALID", "engagement/0/id"));
    assert_eq!(
        fault(|d| {
            d["engagement"][0].as_object_mut().unwrap().remove("id");
        }),
        one("REQUIRED", "engagement/0/id")
    );
    assert_eq!(
        fault(|d| d["impacts"][0]["direction"] = json!("SIDEWAYS")),
        one("INVALID", "impacts/older/direction")
    );
    assert_eq!(
        fault(|d| d["impacts"][0]["initial"] = json!({"likelihood": 300, "consequence": 2})),
        one("INVALID", "impacts/older/initial/likelihood")
    );
    assert_eq!(
        fault(|d| d["impacts"][0]["groups"] = json!(["age", "martians"])),
        one("NOT_FOUND", "impacts/older/groups/1")
    );
    assert_eq!(
        fault(|d| d["impacts"][0]["evidence"] = json!(["survey", "rumour"])),
        one("NOT_FOUND", "impacts/older/evidence/1")
    );
    assert_eq!(
        fault(|d| d["mitigations"][0]["impacts"] = json!([4])),
        one("INVALID", "mitigations/bus/impacts/0")
    );
    assert_eq!(
        fault(|d| d["interdependencies"][0]["target"] = json!({"key": "a", "reference": "b"})),
        one("INVALID", "interdependencies/route/target")
    );
    let twice = fault(|d| {
        let first = d["impacts"][0].clone();
        d["impacts"].as_array_mut().unwrap().push(first);
    });
    assert_eq!(twice, one("DUPLICATE", "impacts/1/id"));
    assert_eq!(fault(|d| d["proposal"] = json!({"saving": 12.5})), one("INVALID", "proposal/saving"));
    assert_eq!(
        fault(|d| d["proposal"] = json!({"options": [{"title": "a"}]})),
        one("INVALID", "proposal/options/0")
    );
}

#[test]
fn every_fault_of_a_document_is_told_at_once() {
    let mut document = own();
    document["impacts"][0]["direction"] = json!("SIDEWAYS");
    document["evidence"][0]["kind"] = json!("GOSSIP");
    document["mitigations"][0]["impacts"] = json!(["nobody"]);
    let paths: Vec<String> = faults(&document).into_iter().map(|(_, path)| path).collect();
    assert_eq!(paths, ["impacts/older/direction", "evidence/survey/kind", "mitigations/bus/impacts/0"]);
}

#[test]
fn what_could_not_be_kept_is_refused_before_it_is_read() {
    assert_eq!(fault(|d| d["title"] = json!("a\0b")), one("INVALID", "title"));
    assert_eq!(fault(|d| d["answers"] = json!({"a\0b": 1})), one("INVALID", "answers"));
    assert_eq!(
        fault(|d| d["answers"] = json!({"n": 9_007_199_254_740_993_u64})),
        one("INVALID", "answers/n")
    );
    assert_eq!(fault(|d| d["answers"] = json!({"n": 1e300})), one("INVALID", "answers/n"));
    assert_eq!(fault(|d| d["answers"] = json!({"t": "x".repeat(20_001)})), one("TOO_LONG", "answers/t"));
    assert_eq!(fault(|d| d["impacts"] = json!(vec![1; 501])), one("TOO_MANY", "impacts"));
    let mut deep = json!(1);
    for _ in 0..40 {
        deep = json!([deep]);
    }
    let found = fault(|d| d["answers"] = json!({ "deep": deep }));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "TOO_DEEP");
}

#[test]
fn messages_and_paths_stay_short_whatever_was_typed() {
    let long = "x".repeat(300);
    let mut document = own();
    document["impacts"][0]["direction"] = json!("y".repeat(20_000));
    document["impacts"][0]["id"] = json!(long);
    document["mitigations"][0]["impacts"] = json!(["z".repeat(20_000)]);
    for violation in read(&document).unwrap_err() {
        assert!(violation.message.chars().count() < 500, "{}", violation.message);
        assert!(violation.path.to_string().chars().count() < 200);
    }
}

#[test]
fn accounts_and_files_of_another_place_are_left_behind_and_a_note_says_so() {
    let mut document = own();
    let id = Uuid::from_u128(77);
    document["contributors"] = json!([id]);
    document["sro"] = json!({"person": id});
    document["mitigations"][0]["owner"] = json!({"person": id, "name": "Ben Example", "contact": id});
    document["answers"]["evidence_gaps"] = json!({"unknown": {"owner": {"person": id}}});
    document["evidence"][0]["attachments"] = json!([id]);
    let draft = read(&document).unwrap();
    assert!(draft.content.contributors.is_empty());
    assert_eq!(draft.content.sro.unwrap().name.as_deref(), Some("Somebody with an account elsewhere"));
    let owner = draft.content.mitigations[0].owner.clone().unwrap();
    assert_eq!((owner.person, owner.contact, owner.name.as_deref()), (None, None, Some("Ben Example")));
    assert!(draft.content.evidence[0].attachments.is_empty());
    assert!(draft.content.answers["evidence_gaps"]["unknown"]["owner"]["person"].is_null());
    assert_eq!(draft.notes.len(), 4, "{:?}", draft.notes);
}

#[test]
fn content_as_it_was_exported_is_read_with_fresh_identifiers() {
    let draft = read(&own()).unwrap();
    let mut exported = serde_json::to_value(&draft.content).unwrap();
    exported["interdependencies"][0]["target"] = json!(Uuid::from_u128(5));
    let mut supply = Supply::new({
        let mut next = 1_000_u128;
        move || {
            next += 1;
            Uuid::from_u128(next)
        }
    });
    let again = import::read(&exported, &Catalogue::shipped(), &mut supply).unwrap();
    assert_ne!(again.content.impacts[0].id, draft.content.impacts[0].id);
    assert_eq!(again.content.impacts[0].evidence, [again.content.evidence[0].id]);
    assert_eq!(again.targets[0].1, Target::Case(Uuid::from_u128(5).into()));
}

#[test]
fn an_export_names_targets_by_reference_and_hides_what_one_may_not_see() {
    let mut content = read(&own()).unwrap().content;
    content.interdependencies[0].target = Some(Uuid::from_u128(9).into());
    let open = import::export(&content, "ehia", "clinic", |_| Some("T6Y0W-2026-0007".into()));
    assert_eq!(open["interdependencies"][0]["target"], json!({"reference": "T6Y0W-2026-0007"}));
    assert_eq!(read(&open).unwrap().targets[0].1, Target::Reference("T6Y0W-2026-0007".into()));
    let hidden = import::export(&content, "ehia", "clinic", |_| None);
    assert!(!hidden.to_string().contains(&Uuid::from_u128(9).to_string()));
    assert!(read(&hidden).unwrap().content.interdependencies[0].partner.is_some());
}

#[test]
fn every_published_assessment_becomes_a_draft_that_can_be_kept() {
    let form = Form::shipped("ehia", 1).unwrap();
    let groups = Catalogue::shipped();
    let drafts: Vec<Draft> = published().map(|facts| read(&facts).unwrap()).collect();
    assert_eq!(drafts.len(), 29);
    for draft in &drafts {
        assert_eq!(form::check_answers(form, &draft.content, &groups), []);
        assert!(draft.source.is_some());
        for impact in &draft.content.impacts {
            assert!(impact.groups.iter().all(|code| groups.find(code).is_some()));
            assert!(!impact.rationale.is_empty());
            assert_eq!(impact.initial, None, "no published line rates anything");
        }
    }
    let count = |direction| {
        drafts.iter().flat_map(|draft| &draft.content.impacts).filter(|i| i.direction == direction).count()
    };
    assert_eq!(count(Direction::Neutral), 3, "only where the document itself says so");
}

#[test]
fn a_group_the_facts_do_not_mention_has_no_impact() {
    let draft = facts("escc-2025-linden-court");
    let groups: Vec<_> = draft.content.impacts.iter().flat_map(|impact| &impact.groups).collect();
    assert_eq!(groups, ["disability.learning_disability", "other.unpaid_carers"]);
    assert!(facts("lewisham-2017-walk-in").content.impacts.is_empty());
}

#[test]
fn facts_keep_body_day_programme_and_conclusion() {
    let proposal = facts("escc-2025-linden-court").content.proposal;
    assert_eq!(proposal.decision_body.as_deref(), Some("Cabinet"));
    assert_eq!(proposal.decision_date, "2025-02-25".parse().ok());
    assert!(proposal.programme.unwrap().starts_with("ESCC Adult Social Care"));
    assert!(proposal.summary.contains("Eastbourne; Bexhill"));
    assert!(proposal.summary.contains("close Linden Court"));
}

#[test]
fn mixed_is_an_impact_each_way_and_only_the_harm_is_mitigated() {
    let draft = facts("sg-2022-covid-certification");
    let disability: Vec<_> =
        draft.content.impacts.iter().filter(|impact| impact.groups == ["disability"]).collect();
    let ways: Vec<_> = disability.iter().map(|impact| impact.direction).collect();
    assert_eq!(ways, [Direction::Positive, Direction::Negative]);
    assert_eq!(draft.content.mitigations[0].impacts, [disability[1].id]);
}

#[test]
fn a_direction_that_is_not_given_is_unknown_and_neutral_counts_only_when_stated() {
    let with = |direction: Value, basis: Value| {
        let effect = json!({"group": "age", "direction": direction, "direction_basis": basis});
        read(&json!({"id": "x", "title": "X", "impacts": [effect]})).unwrap().content.impacts[0].direction
    };
    assert_eq!(with(Value::Null, Value::Null), Direction::Unknown);
    assert_eq!(with(json!("neutral"), json!("inferred")), Direction::Unknown);
    assert_eq!(with(json!("neutral"), Value::Null), Direction::Unknown);
    assert_eq!(with(json!("neutral"), json!("stated")), Direction::Neutral);
    assert_eq!(with(json!("negative"), json!("inferred")), Direction::Negative);
}

#[test]
fn words_for_groups_find_their_codes() {
    let groups_of = |phrase: &str| -> Vec<Vec<String>> {
        let facts = json!({"id": "x", "title": "X", "impacts": [{"group": phrase}]});
        read(&facts).unwrap().content.impacts.into_iter().map(|impact| impact.groups).collect()
    };
    for (phrase, codes) in [
        ("disability: learning disability", &[&["disability.learning_disability"][..]][..]),
        ("carers and families", &[&["other.unpaid_carers"]]),
        ("rural or travel access", &[&["other.rural"]]),
        ("people experiencing homelessness or at risk of it", &[&["inclusion.homelessness"]]),
        ("people with drug or alcohol dependence", &[&["inclusion.drug_alcohol_dependence"]]),
        ("age: young people 16+ and older people", &[&["age.children_young_people"], &["age.older_people"]]),
        ("race: older Asian people", &[&["age.older_people", "race.asian"]]),
        ("care-experienced young people", &[&["other.care_experienced", "age.children_young_people"]]),
        (
            "sexual orientation and gender reassignment: LGBTI+",
            &[&["sexual_orientation"], &["gender_reassignment"]],
        ),
        ("disability: dexterity or visual impairment", &[&["disability.physical"], &["disability.sensory"]]),
        (
            "race / language: retailers without English as first language",
            &[&["race", "other.limited_english"]],
        ),
        ("age: older people in islands", &[&["age.older_people", "other.rural"]]),
        ("island and remote communities", &[&["other.rural"]]),
        ("disability: complex needs", &[&["disability"]]),
        ("disability: disabled children", &[&["disability", "age.children_young_people"]]),
        ("sex: women and girls", &[&["sex.female"]]),
        ("people without their own transport", &[&["other.local"]]),
    ] {
        assert_eq!(groups_of(phrase), codes, "{phrase}");
    }
}

#[test]
fn words_for_a_dependency_are_kept_and_a_reliance_waits_for_the_partner() {
    let phoenix = facts("escc-2025-phoenix-centre");
    let edge = &phoenix.content.interdependencies[0];
    assert_eq!(edge.kind, InterdependencyKind::ReliesOn);
    assert_eq!(edge.holds_when, Some(ReliancePremise::PartnerConfirms));
    assert!(edge.premise.as_ref().unwrap().contains("Milton Grange"));
    assert_eq!(edge.partner.as_ref().unwrap().name.as_deref(), Some("Not named in the document"));
    let names = |id: &str| -> Vec<String> {
        let edges = facts(id).content.interdependencies;
        edges.into_iter().map(|edge| edge.partner.unwrap().name.unwrap()).collect()
    };
    assert_eq!(names("escc-2025-floating-support"), ["BHT Sussex"]);
    assert_eq!(names("york-bmh-lease"), ["Changing Lives", "Police, Fire and Crime Commissioner"]);
    assert_eq!(names("nyc-ph-primary-care"), ["General practices", "Community pharmacies"]);
}

#[test]
fn a_rating_of_the_whole_is_laid_to_an_impact_only_when_it_fits_one() {
    let with = |risk: Value, impacts: usize| {
        let effects = vec![json!({"group": "age", "direction": "negative"}); impacts];
        let draft = read(&json!({"id": "x", "title": "X", "risk": risk, "impacts": effects})).unwrap();
        (draft.content.impacts[0].initial, draft.notes.len())
    };
    let whole = json!({"likelihood": 4, "consequence": 3, "score": 12});
    assert_eq!(with(whole.clone(), 1), (Some(Rating { likelihood: 4, consequence: 3 }), 0));
    assert_eq!(with(whole, 2), (None, 1));
    assert_eq!(with(json!({"likelihood": 6, "consequence": 3}), 1), (None, 1));
    assert_eq!(with(json!({"likelihood": 4, "consequence": 3, "score": 9}), 1), (None, 1));
    assert_eq!(with(json!({"score": 9}), 1), (None, 1));
}

#[test]
fn published_facts_that_are_none_are_refused_with_their_place() {
    let with = |change: fn(&mut Value)| {
        let mut facts = published().next().unwrap();
        change(&mut facts);
        faults(&facts)
    };
    assert_eq!(with(|f| f["titles"] = json!(1)), one("INVALID", "titles"));
    assert_eq!(with(|f| f["impacts"][1]["direction"] = json!("up")), one("INVALID", "impacts/1/direction"));
    assert_eq!(with(|f| f["area"] = json!("Lewes")), one("INVALID", "area"));
    assert_eq!(with(|f| f["risk"]["score"] = json!(-1)), one("INVALID", "risk/score"));
    assert_eq!(with(|f| f["impacts"][0]["group"] = json!("")), one("REQUIRED", "impacts/0/group"));
    assert_eq!(with(|f| f["title"] = json!("")), one("REQUIRED", "title"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A sound document with one value, anywhere, replaced by anything.
fn damaged(document: &Value, at: usize, with: Value) -> Value {
    fn put(value: &mut Value, at: &mut usize, with: &mut Option<Value>) {
        if *at == 0 {
            if let Some(with) = with.take() {
                *value = with;
            }
            return;
        }
        *at -= 1;
        match value {
            Value::Array(list) => list.iter_mut().for_each(|value| put(value, at, with)),
            Value::Object(fields) => fields.values_mut().for_each(|value| put(value, at, with)),
            _ => {}
        }
    }
    let mut document = document.clone();
    put(&mut document, &mut at.clone(), &mut Some(with));
    document
}

proptest! {
    #[test]
    fn nothing_that_is_json_can_break_the_reader(document in any_json(), at in 0_usize..120, line in 0_usize..29) {
        let _ = read(&document);
        let _ = read(&damaged(&own(), at, document.clone()));
        let facts = published().nth(line).unwrap();
        let _ = read(&damaged(&facts, at, document));
    }

    #[test]
    fn what_is_exported_is_read_back_the_same(
        title in "[A-Za-z ]{0,20}x",
        codes in prop::sample::subsequence(vec!["age", "sex", "core20", "other.staff"], 1..4),
        impacts in 0_usize..4,
        direction in prop::sample::select(Direction::ALL.to_vec()),
        text in "[^\\p{Cc}]{0,40}",
        number in 0_i32..100,
    ) {
        let mut document = own();
        document["title"] = json!(title);
        document["answers"] = json!({"aims": text, "n": number, "key_evidence": ["survey"]});
        document["interdependencies"][0].as_object_mut().unwrap().remove("target");
        for index in 0..impacts {
            document["impacts"].as_array_mut().unwrap().push(json!({
                "id": format!("i{index}"), "groups": codes, "direction": direction, "rationale": text,
                "reach": {"low": number, "high": 200, "basis": "Count"}, "evidence": ["survey"],
            }));
        }
        let first = read(&document).unwrap().content;
        let exported = import::export(&first, "ehia", "k", |_| None);
        // A counter supplies the same identifiers in the same order, so that "up to ids" is plain equality.
        prop_assert_eq!(read(&exported).unwrap().content, first);
    }
}

#[test]
fn titles_come_in_on_one_line_and_what_is_quoted_in_a_title_is_put_on_one() {
    let mut facts = published().find(|facts| facts["impacts"][0].is_object()).unwrap();
    facts["impacts"][0]["evidence"] = json!("A survey\nand a map");
    let content = read(&facts).unwrap().content;
    let evidence = content.evidence.iter().find(|one| one.source == "A survey\nand a map").unwrap();
    assert_eq!(evidence.title, "A survey and a map");
    for mut document in [facts, own()] {
        document["title"] = json!("Move the clinic\u{202e}");
        assert_eq!(faults(&document), [("INVALID".to_owned(), "title".to_owned())]);
    }
}
