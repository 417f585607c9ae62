//! Guards, one by one.

use ehia_domain::{
    check::{Finding, Gate},
    id::AssessmentId,
    impact::Direction::{Negative, Neutral, Positive, Unknown},
    review::Interest,
    settings::Severity,
    workflow::{clock::tick, definition::Workflow},
};
use serde_json::json;
use uuid::Uuid;

use super::world::*;

#[test]
fn quorum_counts_voting_members_who_reviewed_this_revision() {
    let mut world = World::ehia();
    world.settings.quorum_seats.clear();
    world.step("submit", AUTHOR);
    for member in MEMBER..MEMBER + 3 {
        world.review_by(member).unwrap();
    }
    assert_eq!(world.codes(&world.request("approve"), CHAIR), ["QUORUM"]);
    world.case.process.panel.as_mut().unwrap().members[3].interest = Interest::DeclaredNotVoting;
    world.review_by(MEMBER + 3).unwrap();
    assert_eq!(world.codes(&world.request("approve"), CHAIR), ["QUORUM"], "who does not vote does not count");
    world.case.process.panel.as_mut().unwrap().members[3].interest = Interest::DeclaredNoted;
    assert!(world.codes(&world.request("approve"), CHAIR).is_empty());
    world.settings.quorum = 5;
    assert_eq!(world.codes(&world.request("approve"), CHAIR), ["QUORUM"], "the number is the organisation's");
    world.settings.quorum = 4;
    for review in &mut world.case.process.reviews {
        review.revision = 0;
    }
    assert_eq!(
        world.codes(&world.request("approve"), CHAIR),
        ["QUORUM"],
        "reviews of another revision do not count"
    );
}

#[test]
fn a_required_question_without_an_answer_stops_a_self_assessment_and_nobody_accepts_it() {
    let mut world = World::new("self-assessment");
    let say = |rule: &str| {
        let said = finding(&format!("{rule}@answers/governance"), Gate::Submit, true);
        Finding { severity: Severity::Warning, gate: None, ..said }
    };
    for rule in ["form.answer.missing", "form.required"] {
        world.findings = vec![say(rule)];
        assert_eq!(world.codes(&world.request("send"), AUTHOR), ["ANSWERED"], "{rule}");
    }
    world.findings = vec![say("proposal.summary.missing")];
    assert!(world.codes(&world.request("send"), AUTHOR).is_empty());
    world.step("send", AUTHOR);
    world.step("endorse", LEAD);
    world.findings = vec![say("form.answer.missing")];
    assert_eq!(world.codes(&world.request("agree"), BODY), ["ANSWERED"]);
}

#[test]
fn an_undeclared_member_stops_the_conclusion() {
    let mut world = World::ehia().reviewed();
    let mut fifth = panel(5).members.remove(4);
    fifth.interest = Interest::Undeclared;
    world.case.process.panel.as_mut().unwrap().members.push(fifth);
    assert_eq!(world.codes(&world.request("approve"), CHAIR), ["INTERESTS_DECLARED"]);
}

/// The two-stage workflow asks for a clinical and a nursing seat; three members; all reviews in.
fn stage_two(seats: &[&str]) -> World {
    let mut world = World::new("qia-two-stage");
    let mut panel = panel(u128::try_from(seats.len()).unwrap());
    for (member, seat) in panel.members.iter_mut().zip(seats) {
        member.seat = (*seat).into();
    }
    world.case.process.panel = Some(panel);
    world.step("submit_stage_one", AUTHOR);
    world.step("require_stage_two", CHAIR);
    world.step("submit_stage_two", AUTHOR);
    world.review();
    world
}

#[test]
fn a_quorum_may_ask_for_seats() {
    assert!(
        stage_two(&["Clinical", "nursing", "lay"])
            .codes(&stage_two(&["lay"]).request("endorse"), CHAIR)
            .is_empty()
    );
    let world = stage_two(&["lay", "nursing", "lay"]);
    let blocked = world.blocked(&world.request("endorse"), CHAIR);
    assert_eq!(blocked.len(), 1);
    assert!(blocked[0].message.contains("clinical or medical"), "{}", blocked[0].message);
    let world = stage_two(&["medical, quality", "lay", "lay"]);
    assert!(world.codes(&world.request("endorse"), CHAIR).is_empty(), "one person may fill two seats");
}

#[test]
fn one_person_fills_two_seats_at_most() {
    let source = include_str!("../../definition/workflow-qia-two-stage.json");
    let source = source.replace(
        r#""seats": [["clinical", "medical"], ["nursing", "quality"]]"#,
        r#""seats": [["chair"], ["clinical"], ["nursing"]]"#,
    );
    let workflow = Workflow::parse(&source).unwrap();
    let quorate = |seats: &[&str]| {
        let mut world = stage_two(seats);
        world.workflow = workflow.clone();
        world.codes(&world.request("endorse"), CHAIR).is_empty()
    };
    assert!(!quorate(&["chair, clinical, nursing", "lay", "lay"]));
    assert!(quorate(&["chair, clinical, nursing", "lay", "nursing"]));
    // The first moves on from the seat that only the others cannot fill.
    assert!(quorate(&["chair, clinical, nursing", "chair", "lay"]));
}

#[test]
fn complete_reviews_need_every_voting_member() {
    let mut world = stage_two(&["clinical", "nursing", "lay", "lay"]);
    let last = person(MEMBER + 3);
    world.case.process.reviews.retain(|review| review.reviewer != last);
    assert_eq!(world.codes(&world.request("endorse"), CHAIR), ["REVIEWS_COMPLETE"]);
    world.case.process.panel.as_mut().unwrap().members[3].interest = Interest::Withdrawn;
    assert!(world.codes(&world.request("endorse"), CHAIR).is_empty());
}

#[test]
fn the_content_judged_is_the_content_submitted() {
    let mut world = World::ehia().reviewed();
    world.case.revision = 2;
    let codes = world.codes(&world.request("approve"), CHAIR);
    assert!(codes.contains(&"UNCHANGED_SINCE_REVIEW".to_owned()), "{codes:?}");
}

#[test]
fn screening_passes_what_is_known_and_small_and_nothing_else() {
    let mut world = World::ehia();
    let mut codes = |impacts: Vec<_>| {
        world.case.content.impacts = impacts;
        world.codes(&world.request("screen_out"), BODY)
    };
    assert_eq!(codes(vec![]), ["SCREENING_ALLOWS"], "silence is not safety");
    assert_eq!(codes(vec![impact(1, Unknown, None)]), ["SCREENING_ALLOWS"], "unknown is not neutral");
    assert_eq!(codes(vec![impact(1, Negative, None)]), ["SCREENING_ALLOWS"], "unrated is not low");
    assert_eq!(codes(vec![impact(1, Negative, Some((2, 2)))]), ["SCREENING_ALLOWS"]);
    // A positive impact elsewhere does not offset it.
    assert_eq!(codes(vec![impact(1, Negative, Some((2, 2))), impact(2, Positive, Some((5, 5)))]).len(), 1);
    assert!(codes(vec![impact(1, Negative, Some((1, 3))), impact(2, Neutral, None)]).is_empty());
}

#[test]
fn a_seeded_share_of_screen_outs_goes_to_the_panel_all_the_same() {
    let mut world = World::ehia();
    world.case.content.impacts = vec![impact(1, Neutral, None)];
    let mut drawn = Vec::new();
    for _ in 0..2 {
        let stopped = (0..2000).filter(|number| {
            world.case.id = AssessmentId::from(Uuid::from_u128(*number));
            world.codes(&world.request("screen_out"), BODY) == ["SAMPLED_OUT"]
        });
        drawn.push(stopped.collect::<Vec<_>>());
    }
    assert_eq!(drawn[0], drawn[1], "the draw is the same every time");
    assert!((150..=250).contains(&drawn[0].len()), "about one in ten: {}", drawn[0].len());
}

#[test]
fn a_band_bounds_what_the_chair_may_do_alone() {
    let mut world = stage_two(&["clinical"]);
    let mut codes = |impacts: Vec<_>| {
        world.case.content.impacts = impacts;
        world.codes(&world.request("endorse_urgently"), CHAIR)
    };
    assert!(codes(vec![impact(1, Negative, Some((3, 4))), impact(2, Positive, Some((5, 5)))]).is_empty());
    assert_eq!(codes(vec![impact(1, Negative, Some((3, 5)))]), ["BAND_AT_MOST"]);
    assert_eq!(codes(vec![impact(1, Negative, None)]), ["BAND_AT_MOST"]);
    assert_eq!(codes(vec![impact(1, Unknown, None)]), ["BAND_AT_MOST"]);
    world.case.content.impacts.clear();
    world.step("endorse_urgently", CHAIR);
    assert_eq!(world.case.process.ratification_due, Some(day("2026-03-02")));
    // Nobody can record yet that it was ratified, so nobody is told that it was not.
    world.later("2026-03-03");
    assert_eq!(tick(&world.case, &world.workflow, world.moment), None);
    world.step("reopen", CHAIR);
    assert_eq!(world.case.process.ratification_due, None, "what no longer stands is not ratified");
}

#[test]
fn a_condition_of_the_organisations_own_is_true_false_or_cannot_be_told() {
    let mut document: serde_json::Value =
        serde_json::from_str(include_str!("../../definition/workflow-two-person.json")).unwrap();
    let guard = json!({
        "name": "expression",
        "source": "answers.eia_needed == \"YES\"",
        "message": "Answer first whether an assessment is needed.",
    });
    document["transitions"][0]["guards"].as_array_mut().unwrap().push(guard);
    for witness in document["witnesses"].as_array_mut().unwrap() {
        witness["given"] = json!({"answers": {"eia_needed": "YES"}});
    }
    let mut world = World::of(Workflow::parse(&document.to_string()).unwrap());
    let blocked = world.blocked(&world.request("send"), AUTHOR);
    assert_eq!(blocked[0].code, "EXPRESSION");
    assert!(blocked[0].message.contains("cannot be told"), "{}", blocked[0].message);
    world.case.content.answers.insert("eia_needed".into(), json!("NO"));
    assert_eq!(
        world.blocked(&world.request("send"), AUTHOR)[0].message,
        "Answer first whether an assessment is needed."
    );
    world.case.content.answers.insert("eia_needed".into(), json!("YES"));
    assert!(world.codes(&world.request("send"), AUTHOR).is_empty());
}
