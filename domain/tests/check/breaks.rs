//! For each rule one way to break the complete case so that it fires.

use ehia_domain::{
    group::{Group, GroupKind},
    impact::Direction,
    party::Party,
    place::{GroupPopulation, Population},
};
use serde_json::json;

use super::world::{World, date, id, rating, unknown};

pub type Break = fn(&mut World);

/// A made-up place where so many of a hundred live in the most deprived fifth, and many are Sikhs.
pub fn place(core20: u32, people: u32) -> Population {
    let group = |group: &str, count: u32, notable| GroupPopulation {
        group: group.into(),
        is: "residents".into(),
        people: count,
        of: people,
        share: f64::from(count) / f64::from(people),
        england: 0.1,
        board: None,
        ratio: f64::from(count) / f64::from(people) / 0.1,
        notable,
        source: "a made-up table".into(),
    };
    Population {
        areas: Vec::new(),
        edition: "IMD 2025".into(),
        base: "Census 2021".into(),
        source: "made up".into(),
        people,
        core20_people: core20,
        lsoas: 1,
        core20_lsoas: 1,
        districts: Vec::new(),
        groups: vec![group("core20", core20, core20 > 0), group("religion_belief.sikh", 50, true)],
        indicators: Vec::new(),
        notes: Vec::new(),
    }
}

/// For each rule how the complete case is broken so that it fires.
pub const BREAKS: &[(&str, Break)] = &[
    ("place.core20.unexplained", |w| {
        w.population = Some(place(30, 100));
        w.case.content.evidence[0].local = Some(false);
    }),
    ("place.group.unexplained", |w| {
        w.population = Some(place(0, 100));
        w.case.content.evidence[0].local = Some(false);
    }),
    ("proposal.summary.missing", |w| w.case.content.proposal.summary = "tbc".into()),
    ("proposal.kind.missing", |w| w.case.content.proposal.kind_of_change = None),
    ("proposal.footprint.missing", |w| w.case.content.proposal.footprint.clear()),
    ("proposal.sro.missing", |w| w.case.content.sro = Some(Party::default())),
    ("proposal.options.missing", |w| w.case.content.proposal.options.truncate(1)),
    ("proposal.options.preferred", |w| {
        for option in &mut w.case.content.proposal.options {
            option.preferred = true;
        }
    }),
    ("proposal.dates.reversed", |w| w.case.content.proposal.effective_to = Some(date("2026-09-30"))),
    ("decision.body.missing", |w| w.case.content.proposal.decision_body = Some(" ".into())),
    ("decision.date.missing", |w| w.case.content.proposal.decision_date = None),
    ("decision.date.past", |w| w.today = date("2026-07-02")),
    ("decision.effective.early", |w| {
        w.case.content.proposal.effective_from = Some(date("2026-06-30"));
    }),
    ("review.date.missing", |w| w.clear("review_date")),
    ("review.date.early", |w| w.answer("review_date", json!("2026-10-01"))),
    ("groups.characteristic.unanswered", |w| w.impact(13).groups = vec!["sex".into()]),
    ("groups.core20.unanswered", |w| w.impact(19).groups = vec!["sex".into()]),
    ("groups.own.unanswered", |w| {
        w.settings.groups = vec![Group {
            code: "own.fishers".into(),
            name: "Fishing families".into(),
            kind: GroupKind::Other,
            parent: None,
            singly: true,
            source: None,
        }];
    }),
    ("groups.others.unconsidered", |w| w.answer("health_inequalities_groups", json!({}))),
    ("groups.others.unanswered", |w| {
        w.answer(
                "health_inequalities_groups",
                json!({ "statements": [{ "groups": ["other.unpaid_carers"], "reason": "They are the same people." }] }),
            );
    }),
    ("impact.group.missing", |w| w.impact(10).groups.clear()),
    ("impact.reason.missing", |w| w.impact(10).rationale = "No impact.".into()),
    ("impact.neutral.unevidenced", |w| w.impact(10).evidence.clear()),
    ("impact.neutral.contradicted", |w| {
        w.impact(10).groups = vec!["disability.learning_disability".into()];
    }),
    ("impact.negative.unrated", |w| w.impact(11).initial = None),
    ("impact.negative.unrated.inequality", |w| w.impact(19).direction = Direction::Negative),
    ("impact.negative.unanswered.inequality", |w| w.impact(19).direction = Direction::Negative),
    ("impact.rationale.repeated", |w| {
        for number in [10, 12, 13] {
            w.impact(number).rationale = "The same for  ALL groups".into();
        }
    }),
    ("rating.off-scale", |w| w.impact(11).initial = Some(rating(6, 4))),
    ("rating.target.above", |w| w.impact(11).target = Some(rating(5, 4))),
    ("rating.target.unmoved", |w| w.impact(11).target = Some(rating(4, 4))),
    ("rating.target.missing", |w| w.impact(11).target = None),
    ("rating.neutral", |w| w.impact(10).initial = Some(rating(2, 2))),
    ("mitigation.unpromised", |w| {
        let mut second = w.case.content.mitigations[0].clone();
        second.id = id(201);
        second.owner = None;
        w.case.content.mitigations.push(second);
    }),
    ("mitigation.aimless", |w| w.case.content.mitigations[0].impacts.clear()),
    ("mitigation.unmeasured", |w| w.case.content.mitigations[0].indicator = None),
    ("mitigation.late", |w| w.case.content.mitigations[0].due = Some(date("2027-06-02"))),
    ("reliance.broken", |w| {
        w.case.process.holds.insert(id(300), false);
    }),
    ("reliance.unconfirmed", |w| w.case.process.holds.clear()),
    ("reliance.vague", |w| w.case.content.interdependencies[0].premise = None),
    ("reference.dangling", |w| w.impact(10).evidence.push(id(101))),
    ("unknown.careless", |w| w.answer("engagement_done", json!("UNKNOWN"))),
    ("unknown.open", |w| w.answer("inequality_access", unknown())),
    ("gaps.outstanding", |w| w.answer("outstanding_questions", json!("Nothing is known of carers."))),
    ("gaps.evidence", |w| w.case.content.evidence[0].gap = Some("Ethnicity is not recorded".into())),
    ("psed.eliminate", |w| w.grid()["eliminate"] = json!(null)),
    ("psed.advance", |w| {
        w.grid()["advance_needs"]["reason"] = json!("n/a");
    }),
    ("psed.foster", |w| w.clear("psed")),
    ("inequality.access.missing", |w| w.clear("inequality_access")),
    ("inequality.experience.missing", |w| w.answer("inequality_experience", json!("None"))),
    ("inequality.outcomes.missing", |w| w.clear("inequality_outcomes")),
    ("inequality.repeated", |w| {
        w.answer("inequality_outcomes", json!("A familiar  place is LOST."));
    }),
    ("engagement.none", |w| w.answer("engagement_done", json!("NO"))),
    ("engagement.group.unheard", |w| w.case.content.engagement[0].groups = vec!["race".into()]),
    ("engagement.after-decision", |w| w.case.content.engagement[0].from = date("2026-07-01")),
    ("engagement.open-at-decision", |w| w.case.content.engagement[0].to = Some(date("2026-07-01"))),
    ("engagement.unanswered", |w| w.case.content.engagement[0].changed = None),
    ("evidence.future", |w| w.case.content.evidence[0].date = Some(date("2026-06-02"))),
    ("discrimination.justification.missing", |w| w.clear("indirect_discrimination_justification")),
    ("discrimination.unconsidered", |w| w.answer("indirect_discrimination_risk", json!("NO"))),
    ("adjustments.missing", |w| w.clear("reasonable_adjustments")),
    ("armed-forces.missing", |w| w.clear("armed_forces_affected")),
    ("human-rights.missing", |w| w.clear("human_rights")),
    ("accessible-information.missing", |w| w.clear("accessible_information")),
    ("form.required", |w| w.clear("summary_assessment")),
    // What takes whole parts away comes last, so that any selection of these can be made in order.
    ("impact.negative.unanswered", |w| w.case.content.mitigations.clear()),
    ("rating.target.unearned", |w| w.case.content.mitigations.clear()),
    ("engagement.missing", |w| {
        w.clear("engagement_done");
        w.case.content.engagement.clear();
    }),
    ("engagement.contradictory", |w| w.case.content.engagement.clear()),
    ("evidence.none", |w| w.case.content.evidence.clear()),
];
