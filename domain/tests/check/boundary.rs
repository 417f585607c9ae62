//! For each rule how near a case may come without making it fire. `breaks.rs` is the other side of the line.

use ehia_domain::{
    evidence::{Engagement, EvidenceStrength},
    group::{Group, GroupKind},
    impact::{Direction, Impact, Reach},
    mitigation::MitigationStatus,
    party::Party,
    place::Population,
    proposal::KindOfChange,
};
use serde_json::json;

use super::{
    breaks::{Break, place},
    world::{date, decided, id, neutral, others, rating, reported, screening, self_assessment, unknown},
};

/// For each rule a change of the complete case that it still lets pass.
pub const BOUNDARIES: &[(&str, Break)] = &[
    // What the complete case says of them rests on the service's own figures.
    ("place.core20.unexplained", |w| w.population = Some(place(30, 100))),
    ("place.group.unexplained", |w| w.population = Some(place(0, 100))),
    // A place without anybody of a notable group is known all the same.
    ("place.figures.missing", |w| w.population = Some(Population { groups: Vec::new(), ..place(0, 100) })),
    ("proposal.summary.missing", |w| w.case.content.proposal.summary = "It closes.".into()),
    ("proposal.kind.missing", |w| w.case.content.proposal.kind_of_change = Some(KindOfChange::Other)),
    ("proposal.footprint.missing", |w| w.case.content.proposal.footprint = vec!["E12000006".into()]),
    ("proposal.sro.missing", |w| w.case.content.sro = Some(Party::person(id(7)))),
    ("proposal.options.missing", |w| {
        w.case.content.proposal.kind_of_change = Some(KindOfChange::Change);
        w.case.content.proposal.options.clear();
    }),
    ("proposal.options.preferred", |w| w.case.content.proposal.options.truncate(1)),
    ("proposal.dates.reversed", |w| w.case.content.proposal.effective_to = Some(date("2026-10-01"))),
    ("decision.body.missing", |w| w.case.content.proposal.decision_body = Some("Board".into())),
    ("decision.date.missing", |w| w.case.content.proposal.decision_date = Some(date("2030-01-01"))),
    ("decision.date.past", |w| w.today = date("2026-07-01")),
    ("decision.body.panel", |w| {
        w.case.content.proposal.decision_body = Some("Limitation committee of the board".into());
    }),
    ("decision.date.near", |w| w.today = date("2026-06-17")),
    ("decision.predetermined", |w| {
        w.case.content.proposal.summary = "The board decides in July whether the service closes.".into();
    }),
    ("decision.effective.early", |w| {
        w.case.content.proposal.effective_from = Some(date("2026-07-01"));
    }),
    ("review.date.missing", |w| w.answer("review_date", unknown())),
    ("review.date.early", |w| w.answer("review_date", json!("2026-10-02"))),
    ("review.date.late", |w| {
        w.answer("review_date", json!("2028-04-01"));
        w.case.content.proposal.effective_to = None;
    }),
    ("monitoring.unmeasured", |w| w.answer("monitoring", json!("Fewer than 3 days a week is told."))),
    ("mitigation.overdue", |w| w.case.content.mitigations[0].due = Some(date("2026-06-01"))),
    ("decision.unrecorded", |w| {
        w.case.process.submitted_revision = Some(1);
        w.case.content.proposal.decision_date = Some(date("2026-05-04"));
    }),
    ("decision.unread", |w| w.case.process.decisions.push(decided(&["Chair"], &["chair", "Member"]))),
    ("travel.missing", |w| {
        w.answer("change_of_site", json!("YES"));
        w.answer("travel_and_access", unknown());
    }),
    ("travel.contradicted", |w| {
        w.case.content.proposal.kind_of_change = Some(KindOfChange::Relocation);
        w.answer("change_of_site", json!("YES"));
    }),
    ("travel.unmeasured", |w| {
        w.answer("change_of_site", json!("YES"));
        w.answer("travel_and_access", json!("Ten people travel 20 minutes longer."));
    }),
    ("scrutiny.unmentioned", |w| {
        w.clear("engagement_detail");
        w.case.content.proposal.kind_of_change = Some(KindOfChange::Eligibility);
        w.impact(11).initial = Some(rating(4, 2));
    }),
    ("notification.unmentioned", |w| {
        w.case.content.engagement[0].heard = "The Secretary of State was told on 1 May.".into();
    }),
    ("groups.characteristic.unanswered", |w| w.impact(15).groups = vec!["race.black".into()]),
    ("groups.core20.unanswered", |w| {
        w.impact(19).groups = vec!["sex".into()];
        w.answer("health_inequalities_groups", unknown());
    }),
    ("groups.own.unanswered", |w| w.settings.groups = vec![own("own.fishers", GroupKind::Other, false)]),
    ("groups.others.unconsidered", |w| {
        w.answer(
            "health_inequalities_groups",
            json!({ "statements": [{ "groups": ["other.staff"], "reason": "They keep their posts." }] }),
        );
    }),
    ("groups.others.unanswered", |w| {
        // Naming the whole names its parts.
        let statement = w.case.content.answers.get_mut("health_inequalities_groups").expect("answered");
        let groups = statement["statements"][0]["groups"].as_array_mut().expect("a list");
        groups.retain(|code| !code.as_str().is_some_and(|code| code.starts_with("inclusion.")));
        groups.push(json!("plus.inclusion_health"));
    }),
    // Beside an answer of its own for each, what is said of those who belong to both is one more.
    ("groups.characteristic.bundled", |w| {
        let both = vec!["religion_belief".into(), "race".into()];
        w.case.content.impacts.push(Impact { groups: both, ..neutral(30, "race") });
    }),
    ("groups.sex.merged", |w| {
        w.impact(18).groups = vec!["sex".into(), "gender_reassignment".into(), "sexual_orientation".into()];
    }),
    ("groups.sex.confused", |w| {
        w.impact(17).rationale = "Women attend as often as men; trans women are counted apart.".into();
    }),
    ("groups.children.unseen", |w| {
        w.case.content.proposal.service_line = Some("Community paediatrics".into());
        w.impact(10).groups = vec!["age.early_years".into()];
    }),
    ("intersection.unseen", |w| {
        w.impact(19).direction = Direction::Negative;
        w.answer("intersections", json!("Four disabled people live in Core20 places and have no car."));
    }),
    ("groups.plus.unanswered", |w| {
        w.settings.groups = vec![own("own.farmers", GroupKind::Plus, false)];
        w.impact(18).groups.push("own.farmers".into());
    }),
    ("groups.clinical.untouched", |w| {
        w.case.content.proposal.service_line = Some("Maternity".into());
        w.impact(18).groups.push("clinical.adult.maternity".into());
    }),
    ("impact.group.missing", |w| w.impact(10).groups = vec!["age".into(), "sex".into()]),
    ("impact.reason.missing", |w| w.impact(10).rationale = "None attends.".into()),
    ("impact.neutral.unevidenced", |w| w.impact(11).evidence.clear()),
    ("impact.neutral.contradicted", |w| w.impact(10).groups = vec!["disability".into()]),
    ("impact.neutral.part", |w| {
        // Of some of them is not of all of them.
        w.impact(11).groups = vec!["disability".into()];
        w.impact(10).groups = vec!["disability.learning_disability".into()];
    }),
    ("impact.loss.nobody", |w| w.impact(11).direction = Direction::Unknown),
    ("impact.negative.unrated", |w| {
        w.impact(11).direction = Direction::Positive;
        w.impact(11).initial = None;
    }),
    ("impact.negative.unrated.inequality", |w| {
        w.impact(19).direction = Direction::Negative;
        w.impact(19).initial = Some(rating(1, 1));
    }),
    ("impact.negative.unanswered", |w| {
        w.impact(11).no_mitigation_because = Some("Nothing helps.".into());
        w.impact(11).justification = Some("It keeps three centres open.".into());
        w.case.content.mitigations.clear();
    }),
    ("impact.negative.unanswered.inequality", |w| {
        w.impact(19).direction = Direction::Negative;
        w.case.content.mitigations[0].impacts.push(id(19));
    }),
    ("impact.negative.unanswered.other", |w| {
        let initial = Some(rating(2, 2));
        let staff = Impact { direction: Direction::Negative, initial, ..neutral(30, "other.staff") };
        w.case.content.impacts.push(staff);
        w.case.content.mitigations[0].impacts.push(id(30));
    }),
    ("place.reach.exceeds", |w| {
        w.population = Some(place(30, 100));
        w.impact(19).reach = Some(Reach { low: 130, high: Some(900), basis: "A guess".into() });
    }),
    ("text.repeated", |w| {
        for number in [10, 12] {
            w.impact(number).rationale = "The same for  ALL groups".into();
        }
    }),
    ("psed.alike", |w| {
        w.impact(15).rationale = "The service is open to all, and the register shows that people of every ethnic \
                                  group of the district came last year as often as their numbers would let expect, \
                                  with the same waits and the same rate of leaving."
            .into();
    }),
    ("rating.off-scale", |w| w.impact(11).initial = Some(rating(5, 5))),
    ("rating.target.above", |w| w.impact(11).target = w.impact(11).initial),
    ("rating.target.unearned", |w| {
        w.impact(11).target = w.impact(11).initial;
        w.case.content.mitigations.clear();
    }),
    ("rating.target.unmoved", |w| w.impact(11).target = Some(rating(4, 3))),
    ("rating.target.missing", |w| {
        w.impact(11).target = None;
        w.case.content.mitigations.clear();
    }),
    ("rating.neutral", |w| w.impact(10).direction = Direction::Negative),
    ("rating.target.leap", |w| w.impact(11).target = Some(rating(2, 4))),
    ("rating.uniform", |w| {
        for number in [11, 12, 13, 14] {
            w.impact(number).direction = Direction::Negative;
            w.impact(number).initial = Some(rating(4, 4));
        }
    }),
    ("impact.reach.missing", |w| {
        w.impact(11).reach = None;
        w.impact(11).initial = Some(rating(5, 2));
    }),
    ("mitigation.unpromised", |w| {
        w.case.content.mitigations[0].owner = Some(Party::person(id(7)));
    }),
    ("mitigation.aimless", |w| w.case.content.mitigations[0].impacts = vec![id(10)]),
    ("mitigation.unmeasured", |w| {
        w.case.content.mitigations[0].indicator = None;
        w.case.process.progress.push(reported(MitigationStatus::Cancelled));
    }),
    ("mitigation.late", |w| w.case.content.mitigations[0].due = Some(date("2027-06-01"))),
    ("mitigation.after-change", |w| w.case.content.mitigations[0].due = Some(date("2026-11-30"))),
    ("mitigation.watching", |w| {
        w.case.content.mitigations[0].action = "Offer places, and monitor attendance".into();
    }),
    ("reliance.broken", |w| {
        w.case.process.holds.remove(&id(300));
    }),
    ("reliance.unconfirmed", |w| {
        w.case.process.holds.insert(id(300), false);
    }),
    ("reliance.late", |w| {
        w.case.content.interdependencies[0].by = w.case.content.mitigations[0].due;
    }),
    ("reliance.vague", |w| {
        w.case.content.interdependencies[0].target = None;
        w.case.content.interdependencies[0].partner = Some(Party::named("Synthetic Council"));
    }),
    ("cumulative.position", |w| w.alongside = vec![others("disability", 1), others("core20", 1)]),
    ("cumulative.unlooked", |w| w.answer("interdependencies_considered", unknown())),
    ("interdependency.contradictory", |w| {
        w.answer("interdependencies_considered", json!("NO"));
        w.case.content.interdependencies.clear();
    }),
    ("reference.dangling", |w| w.impact(10).evidence.push(id(100))),
    ("unknown.careless", |w| w.answer("engagement_done", unknown())),
    ("unknown.open", |w| w.answer("inequality_access", json!("Unknown to nobody: nine people."))),
    ("unknown.overdue", |w| {
        w.answer("inequality_access", unknown());
        w.accept("unknown.open@answers/inequality_access");
        w.today = date("2026-06-20");
    }),
    ("gaps.outstanding", |w| w.answer("outstanding_questions", json!("None at this stage."))),
    ("gaps.evidence", |w| w.case.content.evidence[0].gap = Some("None known".into())),
    ("gaps.unowned", |w| {
        // What is open is in the next answer.
        w.answer("evidence_gaps", json!("Ethnicity is not recorded."));
        w.answer("outstanding_questions", json!("Ethnicity: the analyst asks by 1 July."));
    }),
    ("psed.eliminate", |w| w.grid()["eliminate"]["effect"] = json!("NOT_RELEVANT")),
    ("psed.advance", |w| w.grid()["advance_needs"] = unknown()),
    ("psed.foster", |w| w.grid()["foster"]["effect"] = json!("HINDERS")),
    ("psed.disadvantage.irrelevant", |w| {
        // Marriage and civil partnership does not count for this aim.
        w.impact(11).direction = Direction::Neutral;
        w.impact(13).direction = Direction::Negative;
        w.grid()["advance_disadvantage"]["effect"] = json!("NOT_RELEVANT");
    }),
    ("psed.disabled.steps", |w| {
        w.impact(11).direction = Direction::Neutral;
        w.grid()["advance_needs"]["effect"] = json!("NOT_RELEVANT");
    }),
    ("psed.support.unshown", |w| {
        w.case.content.mitigations.clear();
        w.impact(10).direction = Direction::Positive;
    }),
    ("psed.hindrance.unfaced", |w| {
        w.grid()["foster"]["effect"] = json!("HINDERS");
        w.impact(11).direction = Direction::Neutral;
        w.impact(16).direction = Direction::Unknown;
    }),
    ("psed.marriage.other-aims", |w| {
        w.grid()["eliminate"]["reason"] = json!("No rule asks who is married.");
    }),
    ("inequality.access.missing", |w| w.answer("inequality_access", json!("Nine travel longer."))),
    ("inequality.experience.missing", |w| w.answer("inequality_experience", unknown())),
    ("inequality.outcomes.missing", |w| w.answer("inequality_outcomes", json!("None expected: it stays."))),
    ("engagement.missing", |w| {
        w.clear("engagement_done");
        w.case.content.engagement.clear();
        w.case.content.proposal.kind_of_change = Some(KindOfChange::Procurement);
        w.impact(11).initial = Some(rating(5, 2));
    }),
    ("engagement.contradictory", |w| {
        w.answer("engagement_done", json!("NO"));
        w.case.content.engagement.clear();
    }),
    ("engagement.none", |w| {
        w.answer("engagement_done", json!("NO"));
        w.case.content.engagement.clear();
        w.case.content.proposal.kind_of_change = Some(KindOfChange::Change);
        w.impact(11).initial = Some(rating(5, 2));
    }),
    ("engagement.group.unheard", |w| w.case.content.engagement[0].groups = vec!["disability".into()]),
    ("engagement.after-decision", |w| w.case.content.engagement[0].from = date("2026-06-30")),
    // Once it was decided, to go on listening is as it should be.
    ("engagement.later", |w| {
        let later = w.case.content.engagement[0].clone();
        w.case.content.engagement.push(Engagement {
            id: id(401),
            from: date("2026-09-01"),
            to: None,
            ..later
        });
        w.case.process.decisions.push(decided(&["Chair"], &["Chair"]));
    }),
    ("engagement.open-at-decision", |w| w.case.content.engagement[0].to = Some(date("2026-06-30"))),
    ("engagement.unanswered", |w| {
        w.case.content.engagement[0].changed = None;
        w.case.content.engagement[0].heard = String::new();
    }),
    ("engagement.revision.impossible", |w| w.case.content.engagement[0].about_revision = Some(1)),
    // A new revision by itself is none.
    ("engagement.overtaken", |w| {
        w.case.revision = 2;
        w.case.content.engagement[0].about_revision = Some(1);
    }),
    ("engagement.earlier", |w| {
        w.case.revision = 2;
        w.case.content.engagement[0].about_revision = Some(2);
    }),
    ("promise.unasked", |w| {
        w.clear("consultation_promises");
        w.case.content.proposal.kind_of_change = Some(KindOfChange::Investment);
    }),
    ("promise.unkept", |w| {
        w.answer("consultation_promises", json!("No decision before families have been heard."));
    }),
    ("engagement.short", |w| {
        let engagement = &mut w.case.content.engagement[0];
        engagement.method = "Public consultation".into();
        engagement.to = Some(date("2026-03-29"));
    }),
    ("engagement.carers.unheard", |w| {
        let engagement = &mut w.case.content.engagement[0];
        engagement.who = "people who attend".into();
        engagement.groups.push("other.unpaid_carers".into());
    }),
    ("engagement.uncounted", |w| w.case.content.engagement[0].people = Some(1)),
    ("evidence.none", |w| {
        w.case.content.evidence.clear();
        w.case.content.impacts.clear();
    }),
    ("evidence.future", |w| w.case.content.evidence[0].date = Some(date("2026-06-01"))),
    ("evidence.stale", |w| {
        // A census holds until the next.
        w.case.content.evidence[0].date = Some(date("2021-03-21"));
        w.case.content.evidence[0].source = "Census 2021, table TS021".into();
    }),
    ("evidence.unweighed", |w| w.case.content.evidence[0].local = Some(false)),
    ("evidence.weak", |w| {
        let strong = w.case.content.evidence[0].clone();
        w.case.content.evidence[0].strength = Some(EvidenceStrength::Weak);
        w.case.content.evidence.push(ehia_domain::evidence::Evidence { id: id(101), ..strong });
        for impact in &mut w.case.content.impacts {
            impact.evidence.push(id(101));
        }
    }),
    ("evidence.elsewhere", |w| w.case.content.evidence[0].local = None),
    ("evidence.undivided", |w| {
        w.impact(15).evidence.clear();
        w.case.content.evidence[0].groups.push("race".into());
    }),
    ("impact.positive.unevidenced", |w| w.impact(18).direction = Direction::Positive),
    ("discrimination.nobody", |w| {
        w.impact(11).direction = Direction::Neutral;
        w.impact(16).direction = Direction::Unknown;
    }),
    ("discrimination.cost-only", |w| {
        w.answer(
            "indirect_discrimination_justification",
            json!("The budget has to be met so that the safe centre can stay."),
        );
    }),
    ("adjustments.contradicted", |w| {
        w.answer("reasonable_adjustments", json!("None are needed."));
        w.impact(11).direction = Direction::Neutral;
    }),
    ("adjustments.on-request", |w| {
        w.answer("reasonable_adjustments", json!("A quiet room on every day, whoever asks."));
    }),
    ("discrimination.justification.missing", |w| {
        w.answer("indirect_discrimination_justification", json!("None less harmful was found."));
    }),
    ("discrimination.unconsidered", |w| w.answer("indirect_discrimination_risk", unknown())),
    ("adjustments.missing", |w| w.answer("reasonable_adjustments", json!("Easy read."))),
    ("armed-forces.missing", |w| w.answer("armed_forces_affected", unknown())),
    ("armed-forces.contradicted", |w| w.impact(18).groups.push("other.armed_forces".into())),
    ("armed-forces.unrecorded", |w| {
        w.answer("armed_forces_affected", json!("YES"));
        w.impact(18).groups.push("other.armed_forces".into());
    }),
    ("human-rights.missing", |w| w.answer("human_rights", json!("None is engaged: nobody is detained."))),
    ("accessible-information.missing", |w| w.answer("accessible_information", json!("Easy read."))),
    ("form.required", |w| w.answer("summary_assessment", unknown())),
    ("form.answer.missing", |w| {
        w.form = self_assessment();
        let required = w.form.questions().filter(|question| question.required);
        w.case.content.answers = required.map(|question| (question.key.clone(), unknown())).collect();
    }),
    ("screening.none.unknown", |w| {
        w.form = screening();
        w.answer("recommended_depth", json!("LIGHT"));
        w.answer("touches_staff", json!("UNKNOWN"));
    }),
    ("screening.none.contradicted", |w| {
        w.form = screening();
        w.answer("recommended_depth", json!("LIGHT"));
        w.answer("controversial", json!("YES"));
    }),
    ("screening.place.unknown", |w| {
        w.form = screening();
        w.case.content.proposal.footprint.clear();
        w.population = Some(place(0, 100));
    }),
    ("screening.none.notable", |w| {
        w.form = screening();
        w.answer("recommended_depth", json!("LIGHT"));
        let mut dull = place(0, 100);
        dull.groups.clear();
        w.population = Some(dull);
    }),
    ("summary.omits", |w| {
        w.answer("summary_assessment", json!("Disabled people lose a place they know."));
    }),
    ("impact.severe.unjustified", |w| {
        w.impact(11).target = Some(rating(3, 5));
        w.impact(11).justification = Some("It keeps three centres open.".into());
    }),
];

fn own(code: &str, kind: GroupKind, singly: bool) -> Group {
    Group { code: code.into(), name: "Synthetic people".into(), kind, parent: None, singly, source: None }
}
