//! Both sides of every line that is drawn by a number or a day, where `breaks.rs` and `boundary.rs` stand further off.

use ehia_domain::{
    decision::{Decision, DecisionOutcome},
    evidence::EvidenceKind,
    impact::Direction,
};
use serde_json::json;

use super::{
    breaks::Break,
    world::{World, at, date, decided, rating},
};

/// A rule, a change of the complete case, and whether the rule then fires.
pub const EDGES: &[(&str, Break, bool)] = &[
    ("review.date.late", |w| w.answer("review_date", json!("2028-03-31")), false),
    ("review.date.late", |w| w.answer("review_date", json!("2028-04-01")), true),
    ("review.date.late", |w| without_end(w, "2028-04-01"), false),
    ("review.date.late", |w| without_end(w, "2028-04-02"), true),
    ("proposal.options.preferred", |w| w.case.content.proposal.options[0].preferred = false, true),
    ("rating.off-scale", |w| w.impact(11).initial = Some(rating(5, 6)), true),
    ("rating.off-scale", |w| w.impact(11).initial = Some(rating(0, 4)), true),
    ("rating.off-scale", |w| w.impact(11).initial = Some(rating(1, 1)), false),
    // Twelve is high, fifteen extreme; six is moderate, eight high.
    ("rating.target.leap", |w| rated(w, (3, 4), (2, 3)), false),
    ("rating.target.leap", |w| rated(w, (3, 5), (2, 3)), true),
    ("rating.target.leap", |w| rated(w, (3, 5), (2, 4)), false),
    ("impact.severe.unjustified", |w| rated(w, (4, 4), (3, 4)), false),
    ("impact.severe.unjustified", |w| rated(w, (4, 4), (3, 5)), true),
    ("impact.reach.missing", |w| unreached(w, 2), false),
    ("impact.reach.missing", |w| unreached(w, 3), true),
    ("engagement.none", |w| unengaged(w, 2), false),
    ("engagement.none", |w| unengaged(w, 3), true),
    ("reliance.late", |w| w.case.content.interdependencies[0].by = Some(date("2026-10-01")), true),
    ("engagement.revision.impossible", |w| w.case.content.engagement[0].about_revision = Some(0), true),
    ("engagement.overtaken", |w| reopened_after(w, "2026-05-10"), false),
    ("engagement.overtaken", |w| reopened_after(w, "2026-05-09"), true),
    ("evidence.stale", |w| of(w, EvidenceKind::Data, "2023-06-01"), false),
    ("evidence.stale", |w| of(w, EvidenceKind::Audit, "2023-05-31"), true),
    ("evidence.stale", |w| of(w, EvidenceKind::Complaints, "2024-06-01"), false),
    ("evidence.stale", |w| of(w, EvidenceKind::Complaints, "2024-05-31"), true),
    ("evidence.stale", |w| of(w, EvidenceKind::Research, "2016-06-01"), false),
    ("evidence.stale", |w| of(w, EvidenceKind::Research, "2016-05-31"), true),
    ("evidence.stale", |w| of(w, EvidenceKind::Other, "1990-01-01"), false),
    ("evidence.stale", |w| census(w, "2014-06-01"), false),
    ("evidence.stale", |w| census(w, "2014-05-31"), true),
    ("text.repeated", |w| stock(w, 12), true),
    ("text.repeated", |w| stock(w, 13), false),
    ("text.repeated", |w| aims(w, &["eliminate", "foster"]), false),
    ("text.repeated", |w| aims(w, &["eliminate", "advance_needs", "foster"]), true),
    (
        "text.repeated",
        |w| w.answer("inequality_outcomes", json!("Journeys are longer for nine people.")),
        true,
    ),
    ("psed.alike", |w| w.impact(15).rationale = words("The service is open to all", 25), true),
    ("psed.alike", |w| w.impact(15).rationale = words("The service is open to all", 26), false),
    ("decision.date.near", |w| w.today = date("2026-07-01"), true),
    ("decision.date.near", |w| w.today = date("2026-07-02"), false),
    ("decision.unrecorded", |w| w.case.content.proposal.decision_date = Some(date("2026-05-03")), false),
    ("decision.unrecorded", |w| met(w, DecisionOutcome::Proceed), false),
    ("decision.unrecorded", |w| met(w, DecisionOutcome::Defer), true),
    // Who shares one impact with two others is answered for by another that they share with one.
    ("groups.characteristic.bundled", |w| bundle(w, &["sexual_orientation"]), true),
    ("groups.characteristic.bundled", |w| bundle(w, &["sexual_orientation", "religion_belief"]), false),
    ("groups.sex.merged", |w| merged(w, &["sex", "gender_reassignment"]), true),
    ("groups.sex.merged", |w| merged(w, &["sex", "gender_reassignment", "age"]), false),
    ("groups.children.unseen", |w| on_children(w, "clinical.cyp.asthma", Direction::Neutral), false),
    ("groups.children.unseen", |w| on_children(w, "clinical.cyp.asthma", Direction::Positive), true),
    ("groups.children.unseen", |w| on_children(w, "other.young_carers", Direction::Positive), true),
    (
        "intersection.unseen",
        |w| {
            w.impact(19).direction = Direction::Negative;
            w.impact(11).groups.push("race".into());
        },
        false,
    ),
    ("engagement.missing", |w| w.clear("engagement_done"), false),
    ("engagement.missing", |w| w.case.content.engagement.clear(), false),
    ("form.required", |w| w.clear("armed_forces_affected"), false),
];

#[test]
fn every_line_is_drawn_where_it_is_said_to_be() {
    for (index, (rule, change, fires)) in EDGES.iter().enumerate() {
        let mut world = World::complete();
        change(&mut world);
        assert_eq!(!world.fires(rule).is_empty(), *fires, "{rule}, edge {index}");
    }
}

/// The body met on a day so long ago that what it decided must be on record.
fn met(world: &mut World, outcome: DecisionOutcome) {
    world.case.process.submitted_revision = Some(1);
    world.case.content.proposal.decision_date = Some(date("2026-05-03"));
    world.case.process.decisions = vec![Decision { outcome, ..decided(&["Chair"], &["Chair"]) }];
}

fn groups(codes: &[&str]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}

fn bundle(world: &mut World, other: &[&str]) {
    world.impact(16).groups = groups(&["religion_belief", "race", "sexual_orientation"]);
    world.impact(18).groups = groups(other);
}

fn merged(world: &mut World, codes: &[&str]) {
    world.impact(12).groups = groups(&["race"]);
    world.impact(17).groups = groups(codes);
}

fn on_children(world: &mut World, code: &str, direction: Direction) {
    world.impact(18).groups = groups(&["sexual_orientation", code]);
    world.impact(18).direction = direction;
}

fn without_end(world: &mut World, review: &str) {
    world.case.content.proposal.effective_to = None;
    world.answer("review_date", json!(review));
}

fn rated(world: &mut World, initial: (u8, u8), target: (u8, u8)) {
    world.impact(11).initial = Some(rating(initial.0, initial.1));
    world.impact(11).target = Some(rating(target.0, target.1));
}

fn unreached(world: &mut World, consequence: u8) {
    world.impact(11).initial = Some(rating(4, consequence));
    world.impact(11).reach = None;
}

fn unengaged(world: &mut World, consequence: u8) {
    world.impact(11).initial = Some(rating(4, consequence));
    world.answer("engagement_done", json!("NO"));
}

/// The case was reopened on 10 May and people were last asked on this day.
fn reopened_after(world: &mut World, asked: &str) {
    use ehia_domain::{case::Reexamination, text::Path};
    let paths = vec![Path::of(["proposal", "options"])];
    let since = at("2026-05-10T09:00:00Z");
    world.case.process.reexamination = Some(Reexamination { since, paths, due: date("2026-05-17") });
    world.case.content.engagement[0].to = Some(date(asked));
}

fn of(world: &mut World, kind: EvidenceKind, of: &str) {
    world.case.content.evidence[0].kind = kind;
    world.case.content.evidence[0].date = Some(date(of));
}

fn census(world: &mut World, on: &str) {
    of(world, EvidenceKind::Data, on);
    world.case.content.evidence[0].source = "Census, a synthetic table".into();
}

/// Three reasons of so many words, each its own, with a phrase that says nothing of anybody.
fn stock(world: &mut World, length: usize) {
    for (number, group) in [(10, "here"), (15, "there"), (18, "anywhere")] {
        world.impact(number).rationale = words(&format!("No adverse effects are expected {group}"), length);
    }
}

fn aims(world: &mut World, limbs: &[&str]) {
    for limb in limbs {
        world.grid()[*limb]["reason"] = json!("The service supports this aim.");
    }
}

/// The text, drawn out to so many words.
fn words(text: &str, length: usize) -> String {
    let text = text.split(' ').chain(std::iter::repeat("so")).take(length);
    text.collect::<Vec<_>>().join(" ")
}
