//! Cases with the facts of judgments: one that was quashed is stopped at the decision, one that stood passes. The
//! facts are those of the judgments as far as a form has a place for them; all else here is synthetic.

use std::collections::BTreeSet;

use ehia_domain::{
    check::Gate,
    impact::{Direction, Impact, OpenQuestion},
    party::Party,
    proposal::KindOfChange,
};
use serde_json::json;

use super::world::{World, date, neutral, rating};

/// The rules that stop a case at this gate.
fn stopping(world: &World, gate: Gate) -> BTreeSet<String> {
    world.stopped_at(gate).iter().filter_map(|id| id.split('@').next()).map(str::to_owned).collect()
}

/// R (Buckingham) v NHS Corby CCG [2018] EWHC 2080 (Admin): urgent care at a walk-in centre was to be by
/// appointment only. The assessment was incomplete in material respects, more was not found out first, people had
/// been promised a consultation, and the report said that they had been engaged on what they had not seen.
fn corby() -> World {
    let mut world = World::complete();
    let proposal = &mut world.case.content.proposal;
    proposal.summary =
        "The urgent care centre sees people by appointment through a telephone line only.".into();
    proposal.kind_of_change = Some(KindOfChange::AccessRoute);
    world.answer("consultation_promises", json!("The public will be consulted before the centre changes."));
    world.answer(
        "outstanding_questions",
        json!("How many people without a telephone or with little English use the centre is not known."),
    );
    // What was called engagement on the proposal came after it was settled.
    world.case.content.engagement[0].from = date("2026-07-20");
    world.case.content.engagement[0].to = None;
    *world.impact(15) = Impact {
        direction: Direction::Unknown,
        rationale: String::new(),
        evidence: Vec::new(),
        open_question: Some(OpenQuestion {
            question: "Do people with little English give up when they have to ring first?".into(),
            owner: Party::named("Synthetic Analyst"),
            due: date("2026-08-31"),
        }),
        ..neutral(15, "race")
    };
    world
}

#[test]
fn a_case_with_the_facts_of_corby_is_stopped_at_the_decision() {
    let stopped = stopping(&corby(), Gate::Decide);
    for rule in ["unknown.open", "gaps.outstanding", "promise.unkept", "engagement.after-decision"] {
        assert!(stopped.contains(rule), "{rule}: {stopped:?}");
    }
    // Each fault alone is enough.
    let mut gap = World::complete();
    gap.answer("outstanding_questions", json!("How many have no telephone is not known."));
    assert_eq!(stopping(&gap, Gate::Decide), BTreeSet::from(["gaps.outstanding".to_owned()]));
    assert!(stopping(&gap, Gate::Submit).is_empty(), "the panel may see it with its gaps");
}

/// The same judgment as its facts were: people were asked about urgent care in 2017, before there was a proposal, and
/// were told that a public consultation on it would follow; none did, and the report spoke of engagement.
#[test]
fn engagement_before_the_proposal_keeps_no_promise_of_a_consultation_on_it() {
    let mut world = World::complete();
    let content = &mut world.case.content;
    content.proposal.summary =
        "The walk-in centre sees people by appointment through a telephone line only.".into();
    content.proposal.kind_of_change = Some(KindOfChange::AccessRoute);
    let engagement = &mut content.engagement[0];
    engagement.who =
        "residents and patient groups, pre-consultation engagement on ideas for urgent care".into();
    engagement.method = "Survey and drop-in events".into();
    (engagement.from, engagement.to) = (date("2026-01-12"), Some(date("2026-02-20")));
    world.answer(
        "consultation_promises",
        json!("We told the public, more than once, that there would be a full public consultation on the proposals."),
    );
    assert_eq!(world.stopped_at(Gate::Submit), Vec::<String>::new());
    assert_eq!(stopping(&world, Gate::Decide), BTreeSet::from(["promise.unkept".to_owned()]));
    let finding = world.fires("promise.unkept").remove(0);
    assert!(finding.acceptable);
    assert!(
        finding.message.contains("nor does any say which revision of the proposal"),
        "{}",
        finding.message
    );
    // Had it been held, the promise would be kept.
    let mut held = world.case.content.engagement[0].clone();
    (held.id, held.who, held.method) =
        (super::world::id(401), "the public".into(), "Public consultation".into());
    held.from = date("2026-03-01");
    held.to = Some(date("2026-05-24"));
    held.about_revision = Some(1);
    world.case.content.engagement.push(held);
    assert_eq!(world.stopped_at(Gate::Decide), Vec::<String>::new());
}

/// South Kent Coastal CCG [2020] EWHC 372 (Admin): fewer stroke units, open day and night. The challenge failed: the
/// review went in stages, with evidence, considered inequality, equality and travel times, and involved widely.
fn south_kent_coast() -> World {
    let mut world = World::complete();
    let content = &mut world.case.content;
    content.title = "Synthetic: fewer, larger units for people after a stroke".into();
    content.proposal.summary = "Three units open day and night take the place of six that do not.".into();
    content.proposal.kind_of_change = Some(KindOfChange::Relocation);
    content.impacts.push(Impact {
        direction: Direction::Positive,
        rationale: "More people are treated within the hour in which treatment helps.".into(),
        ..neutral(30, "clinical.adult.hypertension")
    });
    *world.impact(19) = Impact {
        direction: Direction::Negative,
        rationale: "The coast's poorest towns lose the nearest unit; the ride is 20 minutes longer.".into(),
        initial: Some(rating(4, 3)),
        target: Some(rating(3, 2)),
        reach: world.impact(11).reach.clone(),
        ..neutral(19, "core20")
    };
    world.case.content.mitigations[0].impacts.push(world.case.content.impacts[9].id);
    world.case.content.engagement[0].groups.push("core20".into());
    world.answer("change_of_site", json!("YES"));
    world.answer(
        "travel_and_access",
        json!(
            "Every place is within 63 minutes by ambulance; visitors from Thanet travel 45 minutes longer."
        ),
    );
    world.answer(
        "intersections",
        json!("Disabled people in the poorest towns lose most; transport is for them."),
    );
    world.answer(
        "summary_assessment",
        json!("More people survive. Disabled visitors and people in the most deprived towns travel further."),
    );
    world
}

#[test]
fn a_case_with_the_facts_of_south_kent_coast_passes() {
    let world = south_kent_coast();
    assert_eq!(world.stopped_at(Gate::Submit), Vec::<String>::new());
    assert_eq!(world.stopped_at(Gate::Decide), Vec::<String>::new());
    assert_eq!(world.findings(), Vec::new(), "and nothing is said of it at all");
}

#[test]
fn without_its_journeys_the_same_case_would_be_stopped() {
    let mut world = south_kent_coast();
    world.clear("travel_and_access");
    assert_eq!(stopping(&world, Gate::Submit), BTreeSet::from(["travel.missing".to_owned()]));
}

/// Bracking [2013] EWCA Civ 1345: what officials knew of the harm had not reached the Minister.
#[test]
fn a_summary_that_leaves_out_who_is_hit_stops_the_decision_and_can_be_accepted() {
    let mut world = World::complete();
    world.answer("summary_assessment", json!("The service is modernised and everybody keeps a place."));
    let finding = world.fires("summary.omits").remove(0);
    assert!(finding.acceptable);
    assert_eq!(world.stopped_at(Gate::Submit), Vec::<String>::new());
    assert_eq!(world.stopped_at(Gate::Decide), [finding.id]);
}

#[test]
fn a_change_behind_the_scenes_that_touches_nobody_may_say_so_once() {
    let mut world = World::complete();
    world.case.content.proposal.kind_of_change = Some(KindOfChange::Other);
    world.answer("who_is_affected", json!("Nobody outside accounts: the ledger's software is renewed."));
    for impact in &mut world.case.content.impacts {
        impact.direction = Direction::Neutral;
        impact.rationale = "No impact: only the ledger changes.".into();
    }
    assert_eq!(world.fires("text.repeated"), Vec::new());
    assert_eq!(world.fires("psed.alike"), Vec::new());
    // A closure does not become one by saying so, and neither does a case in which somebody is worse off.
    world.case.content.proposal.kind_of_change = Some(KindOfChange::Closure);
    assert_eq!(world.fires("text.repeated").len(), 1);
    world.case.content.proposal.kind_of_change = Some(KindOfChange::Other);
    world.impact(11).direction = Direction::Negative;
    assert_eq!(world.fires("text.repeated").len(), 1);
}

#[test]
fn a_sentence_with_only_the_name_changed_is_pasted_all_the_same() {
    let mut world = World::complete();
    for (number, name) in [(10, "age"), (15, "race"), (17, "sex")] {
        world.impact(number).rationale =
            format!("Nobody is treated worse because of {name} in the new centre.");
    }
    let finding = world.fires("text.repeated").remove(0);
    assert_eq!(finding.facts["count"], json!(3));
}

#[test]
fn stock_phrases_are_one_finding_with_pasted_aims_and_answers() {
    let mut world = World::complete();
    for (number, text) in [
        (10, "No adverse impact identified."),
        (15, "No differential impact is anticipated."),
        (17, "There is no evidence to suggest any effect."),
    ] {
        world.impact(number).rationale = text.into();
    }
    for limb in ["eliminate", "advance_needs", "foster"] {
        world.grid()[limb]["reason"] = json!("The service supports this aim.");
    }
    world.answer("inequality_outcomes", json!("A familiar  place is LOST."));
    let findings = world.fires("text.repeated");
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].facts["count"], json!(8));
}

#[test]
fn a_change_after_approval_that_nobody_was_asked_about_is_told() {
    use ehia_domain::{case::Reexamination, text::Path};
    let mut world = World::complete();
    world.case.process.reexamination = Some(Reexamination {
        since: super::world::at("2026-05-10T09:00:00Z"),
        paths: vec![Path::of(["proposal", "options"])],
        due: date("2026-05-17"),
    });
    assert_eq!(world.fires("engagement.overtaken").len(), 1);
    world.case.content.engagement[0].to = Some(date("2026-05-10"));
    assert_eq!(world.fires("engagement.overtaken"), Vec::new());
}
