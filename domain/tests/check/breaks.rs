//! For each rule one way to break the complete case so that it fires.

use ehia_domain::{
    case::Reexamination,
    evidence::{Engagement, EvidenceStrength},
    group::{Group, GroupKind},
    impact::{Direction, Impact, Reach},
    party::Party,
    place::{GroupPopulation, Population, Unanswered},
    proposal::KindOfChange,
    text::Path,
};
use serde_json::json;

use super::world::{
    World, at, date, decided, id, neutral, others, rating, screening, self_assessment, unknown,
};

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
        without: Vec::new(),
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
    ("place.figures.missing", |w| w.unplaced = Some(Unanswered::new("SPLIT", "It was parted."))),
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
    ("decision.body.panel", |w| {
        w.case.content.proposal.decision_body = Some("EHIA panel of the synthetic ICB".into());
    }),
    ("decision.date.near", |w| w.today = date("2026-06-18")),
    ("decision.predetermined", |w| {
        w.case.content.proposal.summary = "It has been agreed that the service closes.".into();
    }),
    ("decision.effective.early", |w| {
        w.case.content.proposal.effective_from = Some(date("2026-06-30"));
    }),
    ("review.date.missing", |w| w.clear("review_date")),
    ("review.date.early", |w| w.answer("review_date", json!("2026-10-01"))),
    ("review.date.late", |w| w.answer("review_date", json!("2028-04-02"))),
    ("monitoring.unmeasured", |w| w.answer("monitoring", json!("We shall keep an eye on attendance."))),
    ("mitigation.overdue", |w| w.case.content.mitigations[0].due = Some(date("2026-05-31"))),
    ("decision.unrecorded", |w| {
        w.case.process.submitted_revision = Some(1);
        w.case.content.proposal.decision_date = Some(date("2026-05-03"));
    }),
    ("decision.unread", |w| w.case.process.decisions.push(decided(&["Chair", "Member"], &["Chair"]))),
    ("travel.missing", |w| {
        w.answer("change_of_site", json!("YES"));
        w.case.content.answers.remove("travel_and_access");
    }),
    ("travel.contradicted", |w| {
        w.case.content.proposal.kind_of_change = Some(KindOfChange::Relocation);
        w.answer("change_of_site", json!("NO"));
    }),
    ("travel.unmeasured", |w| {
        w.answer("change_of_site", json!("YES"));
        w.answer("travel_and_access", json!("A little longer for those without a car."));
    }),
    ("scrutiny.unmentioned", |w| w.answer("engagement_detail", json!("Journeys worry people."))),
    ("notification.unmentioned", |w| {
        w.answer("engagement_detail", json!("Health scrutiny found the change substantial."));
    }),
    ("groups.characteristic.unanswered", |w| w.impact(13).groups = vec!["sex".into()]),
    ("groups.core20.unanswered", |w| w.impact(19).groups = vec!["sex".into()]),
    ("groups.own.unanswered", |w| {
        w.settings.groups.push(Group {
            code: "own.fishers".into(),
            name: "Fishing families".into(),
            kind: GroupKind::Other,
            parent: None,
            singly: true,
            source: None,
        });
    }),
    ("groups.others.unconsidered", |w| w.answer("health_inequalities_groups", json!({}))),
    ("groups.others.unanswered", |w| {
        w.answer(
                "health_inequalities_groups",
                json!({ "statements": [{ "groups": ["other.unpaid_carers"], "reason": "They are the same people." }] }),
            );
    }),
    ("groups.characteristic.bundled", |w| {
        w.impact(16).groups = vec!["religion_belief".into(), "race".into(), "sexual_orientation".into()];
    }),
    ("groups.sex.merged", |w| {
        w.impact(17).groups = vec!["sex".into(), "gender_reassignment".into()];
    }),
    ("groups.sex.confused", |w| {
        w.impact(12).rationale = "Women and men attend in equal numbers.".into();
    }),
    ("groups.children.unseen", |w| {
        w.case.content.proposal.service_line = Some("Community paediatrics".into());
    }),
    ("intersection.unseen", |w| w.impact(19).direction = Direction::Negative),
    ("groups.plus.unanswered", |w| {
        w.settings.groups.push(Group {
            code: "own.farmers".into(),
            name: "Farming families".into(),
            kind: GroupKind::Plus,
            parent: None,
            singly: false,
            source: None,
        });
    }),
    ("groups.clinical.untouched", |w| {
        w.case.content.proposal.service_line = Some("Maternity".into());
    }),
    ("impact.group.missing", |w| w.impact(10).groups.clear()),
    ("impact.reason.missing", |w| w.impact(10).rationale = "No impact.".into()),
    ("impact.neutral.unevidenced", |w| w.impact(10).evidence.clear()),
    ("impact.neutral.contradicted", |w| {
        w.impact(10).groups = vec!["disability.learning_disability".into()];
    }),
    ("impact.neutral.part", |w| w.impact(10).groups = vec!["disability".into()]),
    ("impact.loss.nobody", |w| w.impact(11).direction = Direction::Neutral),
    ("impact.negative.unrated", |w| w.impact(11).initial = None),
    ("impact.negative.unrated.inequality", |w| w.impact(19).direction = Direction::Negative),
    ("impact.negative.unanswered.inequality", |w| w.impact(19).direction = Direction::Negative),
    ("impact.negative.unanswered.other", |w| {
        let staff = Impact { direction: Direction::Negative, ..neutral(30, "other.staff") };
        w.case.content.impacts.push(staff);
    }),
    ("place.reach.exceeds", |w| {
        w.population = Some(place(30, 100));
        w.impact(19).reach = Some(Reach { low: 131, high: None, basis: "A guess".into() });
    }),
    ("text.repeated", |w| {
        for number in [10, 12, 13] {
            w.impact(number).rationale = "The same for  ALL groups".into();
        }
    }),
    ("psed.alike", |w| w.impact(15).rationale = "The service is open to all.".into()),
    ("rating.off-scale", |w| w.impact(11).initial = Some(rating(6, 4))),
    ("rating.target.above", |w| w.impact(11).target = Some(rating(5, 4))),
    ("rating.target.unmoved", |w| w.impact(11).target = Some(rating(4, 4))),
    ("rating.target.missing", |w| w.impact(11).target = None),
    ("rating.neutral", |w| w.impact(10).initial = Some(rating(2, 2))),
    ("rating.target.leap", |w| w.impact(11).target = Some(rating(2, 3))),
    ("rating.uniform", |w| {
        for number in [10, 11, 12, 13, 14] {
            w.impact(number).direction = Direction::Negative;
            w.impact(number).initial = Some(rating(4, 4));
        }
    }),
    ("impact.reach.missing", |w| w.impact(11).reach = None),
    ("mitigation.unpromised", |w| {
        let mut second = w.case.content.mitigations[0].clone();
        second.id = id(201);
        second.owner = None;
        w.case.content.mitigations.push(second);
    }),
    ("mitigation.aimless", |w| w.case.content.mitigations[0].impacts.clear()),
    ("mitigation.unmeasured", |w| w.case.content.mitigations[0].indicator = None),
    ("mitigation.late", |w| w.case.content.mitigations[0].due = Some(date("2027-06-02"))),
    ("mitigation.after-change", |w| w.case.content.mitigations[0].due = Some(date("2026-12-01"))),
    ("mitigation.watching", |w| {
        w.case.content.mitigations[0].action = "Monitor attendance each month".into();
    }),
    ("reliance.broken", |w| {
        w.case.process.holds.insert(id(300), false);
    }),
    ("reliance.unconfirmed", |w| w.case.process.holds.clear()),
    ("reliance.late", |w| w.case.content.interdependencies[0].by = Some(date("2026-12-02"))),
    ("reliance.vague", |w| w.case.content.interdependencies[0].premise = None),
    ("cumulative.position", |w| w.alongside = vec![others("disability", 2)]),
    ("cumulative.unlooked", |w| {
        w.answer("interdependencies_considered", json!("NO"));
        w.case.content.interdependencies.clear();
        w.case.content.mitigations[0].reliances.clear();
    }),
    ("interdependency.contradictory", |w| {
        w.answer("interdependencies_considered", json!("NO"));
        w.case.content.interdependencies = World::complete().case.content.interdependencies;
    }),
    ("reference.dangling", |w| w.impact(10).evidence.push(id(101))),
    ("unknown.careless", |w| w.answer("engagement_done", json!("UNKNOWN"))),
    ("unknown.open", |w| w.answer("inequality_access", unknown())),
    ("unknown.overdue", |w| {
        w.answer("inequality_access", unknown());
        w.accept("unknown.open@answers/inequality_access");
        w.today = date("2026-06-21");
    }),
    ("gaps.outstanding", |w| w.answer("outstanding_questions", json!("Nothing is known of carers."))),
    ("gaps.unowned", |w| {
        w.answer("outstanding_questions", json!("None."));
        w.answer("evidence_gaps", json!("Ethnicity is not recorded."));
    }),
    ("gaps.evidence", |w| w.case.content.evidence[0].gap = Some("Ethnicity is not recorded".into())),
    ("psed.disadvantage.irrelevant", |w| {
        w.grid()["advance_disadvantage"]["effect"] = json!("NOT_RELEVANT");
    }),
    ("psed.disabled.steps", |w| w.grid()["advance_needs"]["effect"] = json!("NOT_RELEVANT")),
    ("psed.marriage.other-aims", |w| {
        w.grid()["advance_participation"]["reason"] = json!("Married couples may come together.");
    }),
    ("psed.eliminate", |w| w.grid()["eliminate"] = json!(null)),
    ("psed.advance", |w| {
        w.grid()["advance_needs"]["reason"] = json!("n/a");
    }),
    ("psed.hindrance.unfaced", |w| {
        w.grid()["foster"]["effect"] = json!("HINDERS");
        w.impact(11).direction = Direction::Positive;
    }),
    ("psed.foster", |w| w.clear("psed")),
    ("inequality.access.missing", |w| w.clear("inequality_access")),
    ("inequality.experience.missing", |w| w.answer("inequality_experience", json!("None"))),
    ("inequality.outcomes.missing", |w| w.clear("inequality_outcomes")),
    ("engagement.group.unheard", |w| w.case.content.engagement[0].groups = vec!["race".into()]),
    ("engagement.after-decision", |w| w.case.content.engagement[0].from = date("2026-07-01")),
    ("engagement.later", |w| {
        let later = w.case.content.engagement[0].clone();
        w.case.content.engagement.push(Engagement {
            id: id(401),
            from: date("2026-09-01"),
            to: None,
            ..later
        });
    }),
    ("engagement.open-at-decision", |w| w.case.content.engagement[0].to = Some(date("2026-07-01"))),
    ("engagement.unanswered", |w| w.case.content.engagement[0].changed = None),
    ("engagement.revision.impossible", |w| w.case.content.engagement[0].about_revision = Some(2)),
    ("engagement.overtaken", |w| {
        let paths = vec![Path::of(["proposal", "options"])];
        let since = at("2026-05-10T09:00:00Z");
        w.case.process.reexamination = Some(Reexamination { since, paths, due: date("2026-05-17") });
    }),
    ("engagement.earlier", |w| {
        w.case.content.engagement[0].about_revision = Some(1);
        w.case.revision = 2;
    }),
    ("promise.unasked", |w| {
        w.case.content.answers.remove("consultation_promises");
    }),
    ("promise.unkept", |w| {
        w.answer("consultation_promises", json!("No decision before families have been heard."));
        w.case.content.engagement[0].from = date("2026-07-01");
    }),
    ("engagement.short", |w| {
        let engagement = &mut w.case.content.engagement[0];
        engagement.method = "Public consultation".into();
        engagement.from = date("2026-03-01");
        engagement.to = Some(date("2026-03-28"));
    }),
    ("engagement.carers.unheard", |w| w.case.content.engagement[0].who = "people who attend".into()),
    ("engagement.uncounted", |w| w.case.content.engagement[0].people = None),
    ("evidence.stale", |w| w.case.content.evidence[0].date = Some(date("2023-05-31"))),
    ("evidence.unweighed", |w| w.case.content.evidence[0].local = None),
    ("evidence.weak", |w| w.case.content.evidence[0].strength = Some(EvidenceStrength::Weak)),
    ("evidence.elsewhere", |w| w.case.content.evidence[0].local = Some(false)),
    ("evidence.undivided", |w| w.impact(15).evidence.clear()),
    ("impact.positive.unevidenced", |w| {
        w.impact(18).direction = Direction::Positive;
        w.impact(18).evidence.clear();
    }),
    ("evidence.future", |w| w.case.content.evidence[0].date = Some(date("2026-06-02"))),
    ("discrimination.justification.missing", |w| w.clear("indirect_discrimination_justification")),
    ("discrimination.unconsidered", |w| w.answer("indirect_discrimination_risk", json!("NO"))),
    ("discrimination.cost-only", |w| {
        w.answer("indirect_discrimination_risk", json!("YES"));
        w.answer("indirect_discrimination_justification", json!("The budget has to be met."));
    }),
    ("adjustments.contradicted", |w| w.answer("reasonable_adjustments", json!("None are needed."))),
    ("adjustments.on-request", |w| {
        w.answer("reasonable_adjustments", json!("A quiet room on request."));
    }),
    ("adjustments.missing", |w| w.clear("reasonable_adjustments")),
    ("armed-forces.missing", |w| w.clear("armed_forces_affected")),
    ("armed-forces.contradicted", |w| {
        w.impact(18).groups.push("other.armed_forces".into());
        w.impact(18).direction = Direction::Positive;
        w.answer("armed_forces_affected", json!("NO"));
    }),
    ("armed-forces.unrecorded", |w| {
        for impact in &mut w.case.content.impacts {
            impact.groups.retain(|code| code != "other.armed_forces");
        }
        w.answer("armed_forces_affected", json!("YES"));
    }),
    ("summary.omits", |w| w.answer("summary_assessment", json!("All is well."))),
    ("impact.severe.unjustified", |w| {
        w.impact(11).initial = Some(rating(4, 4));
        w.impact(11).target = Some(rating(3, 5));
    }),
    ("discrimination.nobody", |w| {
        w.answer("indirect_discrimination_risk", json!("YES"));
        for impact in &mut w.case.content.impacts {
            impact.direction = Direction::Neutral;
        }
    }),
    ("human-rights.missing", |w| w.clear("human_rights")),
    ("accessible-information.missing", |w| w.clear("accessible_information")),
    ("form.required", |w| w.clear("aims")),
    ("form.answer.missing", |w| w.form = self_assessment()),
    ("screening.none.unknown", |w| {
        w.form = screening();
        w.answer("recommended_depth", json!("NONE"));
        w.answer("touches_staff", json!("UNKNOWN"));
    }),
    ("screening.none.contradicted", |w| {
        w.form = screening();
        w.answer("recommended_depth", json!("NONE"));
        w.answer("controversial", json!("YES"));
    }),
    ("screening.place.unknown", |w| {
        w.form = screening();
        w.case.content.proposal.footprint.clear();
    }),
    ("screening.none.notable", |w| {
        w.form = screening();
        w.answer("recommended_depth", json!("NONE"));
        w.population = Some(place(30, 100));
    }),
    // What takes whole parts away comes last, so that any selection of these can be made in order.
    ("psed.support.unshown", |w| w.case.content.mitigations.clear()),
    ("impact.negative.unanswered", |w| w.case.content.mitigations.clear()),
    ("rating.target.unearned", |w| {
        w.case.content.mitigations.clear();
        w.impact(11).no_mitigation_because = Some("Nothing helps.".into());
        w.impact(11).justification = Some("It keeps three centres open.".into());
    }),
    ("engagement.none", |w| {
        w.answer("engagement_done", json!("NO"));
        w.case.content.engagement.clear();
    }),
    ("engagement.missing", |w| {
        w.clear("engagement_done");
        w.case.content.engagement.clear();
    }),
    ("engagement.contradictory", |w| w.case.content.engagement.clear()),
    ("evidence.none", |w| w.case.content.evidence.clear()),
];
