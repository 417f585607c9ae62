//! Both sides of every line that is drawn by a number or a day, where `breaks.rs` and `boundary.rs` stand further off.

use ehia_domain::{
    decision::{Decision, DecisionOutcome},
    evidence::{Engagement, EvidenceKind},
    group::{Group, GroupKind},
    impact::{Direction, Impact, OpenQuestion},
    party::Party,
    proposal::KindOfChange,
};
use serde_json::json;

use super::{
    breaks::{Break, place},
    world::{World, at, date, decided, id, neutral, rating, unknown},
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
    ("engagement.overtaken", |w| judged_material(w, "2026-05-09"), true),
    ("engagement.overtaken", |w| judged_material(w, "2026-05-10"), false),
    (
        "engagement.overtaken",
        |w| {
            judged_material(w, "2026-05-09");
            w.case.content.engagement.clear();
        },
        true,
    ),
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
    // Who shares an impact with others is answered for by one of their own, however many share it.
    ("groups.characteristic.bundled", |w| bundle(w, &["sexual_orientation"]), true),
    ("groups.characteristic.bundled", |w| bundle(w, &["sexual_orientation", "religion_belief"]), true),
    ("groups.characteristic.bundled", |w| w.impact(16).groups = groups(&["religion_belief", "race"]), true),
    (
        "groups.characteristic.bundled",
        |w| {
            bundle(w, &["sexual_orientation"]);
            w.case.content.impacts.push(neutral(30, "religion_belief.sikh"));
        },
        false,
    ),
    (
        "groups.characteristic.unanswered",
        |w| w.impact(16).groups = groups(&["religion_belief", "race"]),
        false,
    ),
    (
        "groups.characteristic.unanswered",
        |w| w.impact(16).groups = groups(&["religion_belief", "core20"]),
        true,
    ),
    ("groups.core20.unanswered", |w| w.impact(19).groups = groups(&["core20", "sex"]), true),
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
    // With the figures of the place, where there are any: one finding for one fault.
    ("groups.core20.unanswered", |w| unspoken(w), false),
    ("place.core20.unexplained", |w| unspoken(w), true),
    (
        "place.core20.unexplained",
        |w| {
            unspoken(w);
            w.answer("health_inequalities_groups", unknown());
        },
        false,
    ),
    ("place.core20.unexplained", |w| uncited(w), true),
    ("impact.neutral.unevidenced", |w| uncited(w), false),
    ("place.core20.unexplained", |w| back_office(w, KindOfChange::Procurement, true), false),
    ("place.core20.unexplained", |w| back_office(w, KindOfChange::Workforce, true), false),
    ("place.core20.unexplained", |w| back_office(w, KindOfChange::Procurement, false), true),
    ("place.core20.unexplained", |w| back_office(w, KindOfChange::Other, true), false),
    ("place.core20.unexplained", |w| back_office(w, KindOfChange::Policy, true), false),
    ("place.core20.unexplained", |w| back_office(w, KindOfChange::Policy, false), true),
    (
        "place.core20.unexplained",
        |w| {
            back_office(w, KindOfChange::Policy, true);
            w.case.content.evidence[0].title = "Census 2021: residents of the district".into();
            w.case.content.evidence[0].source = "ONS".into();
        },
        true,
    ),
    ("place.core20.unexplained", |w| back_office(w, KindOfChange::Investment, true), true),
    (
        "place.core20.unexplained",
        |w| {
            back_office(w, KindOfChange::Policy, true);
            w.answer("who_is_affected", json!("Whoever asks for a procedure that is restricted."));
        },
        true,
    ),
    // What is bought or staffed for patients, or who only calls it something else, says nothing of nobody.
    ("place.core20.unexplained", |w| used(w, KindOfChange::Procurement), true),
    ("place.core20.unexplained", |w| used(w, KindOfChange::Workforce), true),
    ("place.group.unexplained", |w| used(w, KindOfChange::Procurement), true),
    ("evidence.undivided", |w| used(w, KindOfChange::Workforce), true),
    ("text.repeated", |w| used(w, KindOfChange::Procurement), true),
    ("text.repeated", |w| used(w, KindOfChange::Workforce), true),
    ("text.repeated", |w| used(w, KindOfChange::Investment), true),
    ("text.repeated", |w| used(w, KindOfChange::Policy), true),
    ("text.repeated", |w| used(w, KindOfChange::Other), true),
    ("psed.alike", |w| used(w, KindOfChange::Procurement), true),
    (
        "text.repeated",
        |w| {
            used(w, KindOfChange::Other);
            w.case.content.proposal.kind_of_change = None;
        },
        true,
    ),
    (
        "text.repeated",
        |w| {
            used(w, KindOfChange::Other);
            w.answer("who_is_affected", json!("Nobody outside the finance team."));
        },
        false,
    ),
    ("place.group.unexplained", |w| back_office(w, KindOfChange::Procurement, true), false),
    ("place.group.unexplained", |w| back_office(w, KindOfChange::Policy, true), true),
    ("evidence.undivided", |w| back_office(w, KindOfChange::Procurement, true), false),
    ("evidence.undivided", |w| back_office(w, KindOfChange::Policy, true), true),
    // Tables of residents are no figures of the service, unless it is the users who are divided by them.
    ("place.core20.unexplained", |w| told_by(w, "Attendance figures", "Service records"), false),
    ("place.core20.unexplained", |w| told_by(w, "Census 2021: residents of the district", "ONS"), true),
    ("place.core20.unexplained", |w| told_by(w, "The district", "English Indices of Deprivation 2025"), true),
    ("place.core20.unexplained", |w| told_by(w, "IMD by ward", "Public health"), true),
    ("place.core20.unexplained", |w| told_by(w, "Population estimates", "ONS"), true),
    ("place.core20.unexplained", |w| told_by(w, "Referrals by IMD quintile", "Service records"), false),
    ("place.core20.unexplained", |w| told_by(w, "JSNA", "Norfolk Insight"), true),
    ("place.core20.unexplained", |w| told_by(w, "Joint strategic needs assessment", "The council"), true),
    ("place.core20.unexplained", |w| told_by(w, "Local profile", "Fingertips"), true),
    ("place.core20.unexplained", |w| told_by(w, "Deprivation map", "The council"), true),
    ("place.core20.unexplained", |w| told_by(w, "ONS mid-year figures", "ONS"), true),
    ("place.core20.unexplained", |w| told_by(w, "Population health dashboard", "The ICB"), true),
    ("place.core20.unexplained", |w| told_by(w, "Ward profiles", "The council"), true),
    ("place.core20.unexplained", |w| told_by(w, "Attendance by deprivation fifth", "Service records"), false),
    ("place.core20.unexplained", |w| told_by(w, "Ethnicity of residents", "ONS"), true),
    ("place.core20.unexplained", |w| told_by(w, "LSOA profile", "ONS"), true),
    ("place.core20.unexplained", |w| told_by(w, "LSOA profile", "The council"), true),
    ("place.core20.unexplained", |w| told_by(w, "Demographics of Norfolk", "The council"), true),
    ("place.core20.unexplained", |w| told_by(w, "Local area statistics", "Nomis"), true),
    ("place.core20.unexplained", |w| told_by(w, "Local area statistics", "OHID"), true),
    ("place.core20.unexplained", |w| told_by(w, "IMD 2025: where our clinics are", "MHCLG"), true),
    ("place.core20.unexplained", |w| told_by(w, "IMD 2025: where our clinics are", "The council"), true),
    ("place.core20.unexplained", |w| told_by(w, "JSNA chapter with uptake of benefits", "The council"), true),
    (
        "place.core20.unexplained",
        |w| told_by(w, "Census 2021 profile", "ONS, with the public register of statistics"),
        true,
    ),
    ("place.core20.unexplained", |w| told_by(w, "Census 2021 profile", "The register of the council"), true),
    ("place.core20.unexplained", |w| told_by(w, "Appointments", "Office for National Statistics"), true),
    (
        "place.core20.unexplained",
        |w| told_by(w, "Referrals by IMD quintile", "Service records with the index of MHCLG"),
        false,
    ),
    ("place.core20.unexplained", |w| told_by(w, "Patients seen, by LSOA", "Booking system"), false),
    ("place.core20.unexplained", |w| told_by(w, "Care home residents who fell", "Incident log"), false),
    ("place.core20.unexplained", |w| told_by(w, "Demographics of staff", "Staff record"), false),
    (
        "place.core20.unexplained",
        |w| {
            told_by(w, "What residents said of the clinics", "Report by residents");
            w.case.content.evidence[0].kind = EvidenceKind::Engagement;
        },
        false,
    ),
    ("place.core20.unexplained", |w| told_by(w, "Residential rehabilitation stays", "Provider"), false),
    ("place.core20.unexplained", |w| told_of(w, &["disability"]), true),
    ("place.core20.unexplained", |w| told_of(w, &["disability", "core20"]), false),
    ("place.core20.unexplained", |w| told_of(w, &[]), false),
    // What the service's figures say of another part of the characteristic.
    ("place.group.unexplained", |w| another_part(w, true), false),
    ("place.group.unexplained", |w| another_part(w, false), true),
    ("summary.omits", |w| w.clear("summary_assessment"), true),
    ("form.required", |w| w.clear("summary_assessment"), false),
    (
        "form.required",
        |w| {
            w.impact(11).direction = Direction::Neutral;
            w.clear("summary_assessment");
        },
        true,
    ),
    ("summary.omits", |w| w.answer("summary_assessment", unknown()), false),
    (
        "summary.omits",
        |w| {
            w.answer(
                "summary_assessment",
                json!("We believe, see the annex, that the agency's agenda for health is met: the building is old."),
            );
        },
        true,
    ),
    ("promise.unkept", |w| promised(w, "The public will be consulted.", "Meetings"), true),
    ("promise.unkept", |w| promised(w, "The public will be consulted.", "Public consultation"), false),
    ("promise.unkept", |w| promised(w, "A consultation will be held.", "Pre-consultation events"), true),
    ("promise.unkept", |w| promised(w, "A consultation will be held.", "Talks with consultants"), true),
    ("promise.unkept", |w| promised(w, "A consultation will be held.", "Consulted by letter"), false),
    ("promise.unkept", |w| promised(w, "Families will be heard first.", "Meetings"), false),
    // Who is named among those who are spared is not named among those who lose.
    (
        "summary.omits",
        |w| summary(w, "There is no adverse impact on people with a learning disability."),
        true,
    ),
    ("summary.omits", |w| summary(w, "People with a learning disability are not affected."), true),
    ("summary.omits", |w| summary(w, "There is no effect on carers. Disabled people lose a place."), false),
    ("summary.omits", |w| summary(w, "Most are not affected, but disabled people lose a place."), false),
    ("summary.omits", |w| named(w, "core20", "The building is in poor condition."), true),
    ("summary.omits", |w| named(w, "core20", "Services were poor, and journeys are poorer."), true),
    ("summary.omits", |w| named(w, "core20", "The poorest streets lose most."), false),
    ("summary.omits", |w| named(w, "core20", "Poor people lose most."), false),
    ("summary.omits", |w| named(w, "other.low_income", "Poorer families lose most."), false),
    ("summary.omits", |w| named(w, "other.deprived_areas", "Deprived places lose most."), false),
    // Names without a long word of their own are looked for as they stand.
    ("summary.omits", |w| named(w, "other.local", "Any other group of this place loses."), false),
    ("summary.omits", |w| named(w, "other.local", "Another group of the place loses."), true),
    (
        "summary.omits",
        |w| named(w, "plus.protected_characteristics", "Groups who share a protected characteristic lose."),
        false,
    ),
    ("summary.omits", |w| named(w, "own.boats", "Boat folk lose their quay."), false),
    ("summary.omits", |w| named(w, "own.boats", "Folk on a boat lose their quay."), true),
    // No duty on inequalities is about staff, organisations or what an organisation calls neither.
    ("impact.negative.unrated.inequality", |w| named(w, "other.staff", ""), false),
    ("impact.negative.unanswered.inequality", |w| named(w, "other.vcse", ""), false),
    ("impact.negative.unrated.inequality", |w| named(w, "own.boats", ""), false),
    ("impact.negative.unrated.inequality", |w| named(w, "own.farmers", ""), true),
    ("impact.negative.unanswered.inequality", |w| named(w, "other.armed_forces", ""), true),
    ("impact.negative.unrated.inequality", |w| hit_too(w, &["other.staff", "core20"]), true),
    ("impact.negative.unanswered.other", |w| named(w, "own.boats", ""), true),
    ("impact.negative.unanswered.other", |w| named(w, "own.farmers", ""), false),
    (
        "discrimination.cost-only",
        |w| justified(w, "We need to save 412,000 pounds and cannot afford the building."),
        true,
    ),
    (
        "discrimination.cost-only",
        |w| justified(w, "The integrated care board must reduce its deficit."),
        true,
    ),
    (
        "discrimination.cost-only",
        |w| justified(w, "The money keeps continuity of care for 40 people."),
        false,
    ),
    ("discrimination.cost-only", |w| justified(w, "Mondays were costed; each touched more people."), false),
    ("discrimination.cost-only", |w| justified(w, "What is saved meets the needs of 40 others."), false),
    (
        "engagement.none",
        |w| {
            // It contradicts itself, which is one finding.
            w.answer("engagement_done", json!("NO"));
        },
        false,
    ),
    (
        "gaps.unowned",
        |w| {
            gap(w, "Can the contract be extended? The analyst asks by 1 July.");
            w.answer("evidence_gaps", json!("Ethnicity was never recorded, and nobody is to record it."));
        },
        true,
    ),
    (
        "gaps.unowned",
        |w| {
            gap(w, "Can the contract be extended? The analyst asks by 1 July.");
            w.answer("evidence_gaps", json!("None."));
            w.case.content.evidence[0].gap = Some("Ethnicity; there is no plan to record it.".into());
        },
        true,
    ),
    ("gaps.unowned", |w| gap(w, "None."), true),
    ("gaps.unowned", |w| gap(w, "Who has nobody at home: the analyst asks by 1 July."), false),
    (
        "gaps.unowned",
        |w| {
            // That something else is asked does not close this gap.
            gap(w, "None.");
            w.impact(14).direction = Direction::Unknown;
            w.impact(14).open_question = Some(asked());
        },
        true,
    ),
    ("travel.missing", |w| moved(w, None), true),
    ("form.required", |w| moved(w, None), false),
    ("travel.missing", |w| moved(w, Some(unknown())), false),
    (
        "travel.missing",
        |w| {
            moved(w, None);
            w.case.content.proposal.kind_of_change = Some(KindOfChange::Change);
        },
        false,
    ),
    (
        "evidence.none",
        |w| {
            w.case.content.evidence.clear();
            for impact in &mut w.case.content.impacts {
                impact.direction = Direction::Unknown;
            }
        },
        false,
    ),
    (
        "impact.neutral.unevidenced",
        |w| {
            w.case.content.evidence.clear();
            w.impact(10).evidence.clear();
        },
        false,
    ),
    ("impact.negative.unrated", |w| unrated(w, Some(asked())), false),
    ("unknown.open", |w| unrated(w, Some(asked())), true),
    ("impact.negative.unrated", |w| unrated(w, Some(careless())), false),
    ("unknown.careless", |w| unrated(w, Some(careless())), true),
    ("unknown.careless", |w| unrated(w, None), false),
    (
        "adjustments.contradicted",
        |w| {
            w.answer(
                "reasonable_adjustments",
                json!("Booking is not required: people may drop in, and a ramp, a hoist and a quiet room are there daily."),
            );
        },
        false,
    ),
    (
        "adjustments.contradicted",
        |w| w.answer("reasonable_adjustments", json!(words("No adjustments are made", 12))),
        true,
    ),
    (
        "adjustments.contradicted",
        |w| w.answer("reasonable_adjustments", json!(words("No adjustments are made", 13))),
        false,
    ),
    ("engagement.after-decision", |w| later(w, true), false),
    ("engagement.later", |w| later(w, true), true),
    ("engagement.after-decision", |w| later(w, false), true),
    ("engagement.later", |w| later(w, false), false),
    (
        "engagement.after-decision",
        |w| {
            later(w, false);
            w.case.process.decisions.push(decided(&["Chair"], &["Chair"]));
        },
        false,
    ),
    // Whoever calls everybody neutral is asked all the same where a service is lost.
    ("engagement.missing", |w| silent(w, KindOfChange::Closure), true),
    ("form.required", |w| silent(w, KindOfChange::Closure), false),
    ("engagement.missing", |w| silent(w, KindOfChange::Relocation), true),
    ("engagement.missing", |w| silent(w, KindOfChange::ContractExpiry), true),
    ("engagement.missing", |w| silent(w, KindOfChange::Eligibility), true),
    ("engagement.missing", |w| silent(w, KindOfChange::AccessRoute), true),
    ("engagement.missing", |w| silent(w, KindOfChange::Temporary), true),
    ("form.required", |w| silent(w, KindOfChange::Temporary), false),
    // Whether anybody was involved is asked of any other change, too, as a question of the form.
    ("engagement.missing", |w| silent(w, KindOfChange::Change), false),
    ("form.required", |w| silent(w, KindOfChange::Change), true),
    // Whoever leaves the kind blank, or calls a loss a change, a policy or something else, is asked too.
    ("engagement.missing", |w| unnamed(w, Some(KindOfChange::Closure), 2), true),
    ("engagement.missing", |w| unnamed(w, None, 2), true),
    ("form.required", |w| unnamed(w, None, 2), false),
    ("engagement.missing", |w| unnamed(w, Some(KindOfChange::Change), 2), true),
    ("engagement.missing", |w| unnamed(w, Some(KindOfChange::Policy), 2), true),
    ("engagement.missing", |w| unnamed(w, Some(KindOfChange::Other), 2), true),
    ("engagement.missing", |w| unnamed(w, Some(KindOfChange::Procurement), 2), false),
    ("engagement.missing", |w| silent(w, KindOfChange::Other), false),
    (
        "engagement.missing",
        |w| {
            silent(w, KindOfChange::Other);
            w.case.content.proposal.kind_of_change = None;
        },
        true,
    ),
    (
        "engagement.missing",
        |w| {
            silent(w, KindOfChange::Other);
            w.case.content.proposal.kind_of_change = None;
            w.answer("who_is_affected", json!("Nobody outside the finance team."));
        },
        false,
    ),
    (
        "engagement.missing",
        |w| {
            // That nobody was heard, and why, is an answer.
            unnamed(w, None, 2);
            w.answer("engagement_done", json!("NO"));
        },
        false,
    ),
    ("travel.missing", |w| unplaced(w), true),
    ("form.required", |w| unplaced(w), false),
    (
        "travel.missing",
        |w| {
            unplaced(w);
            w.answer("change_of_site", json!("NO"));
        },
        false,
    ),
    (
        "travel.missing",
        |w| {
            unplaced(w);
            w.answer("change_of_site", unknown());
        },
        false,
    ),
    ("impact.loss.nobody", |w| silent(w, KindOfChange::Reduction), true),
    ("impact.loss.nobody", |w| silent(w, KindOfChange::Change), false),
    ("proposal.options.missing", |w| lost(w, KindOfChange::ContractExpiry, 2), true),
    ("proposal.options.missing", |w| lost(w, KindOfChange::AccessRoute, 2), false),
    ("proposal.options.missing", |w| lost(w, KindOfChange::AccessRoute, 3), true),
    ("promise.unasked", |w| lost(w, KindOfChange::Temporary, 3), true),
    ("scrutiny.unmentioned", |w| lost(w, KindOfChange::Eligibility, 3), true),
    ("scrutiny.unmentioned", |w| lost(w, KindOfChange::Closure, 2), true),
    ("impact.neutral.part", |w| w.impact(10).groups = groups(&["disability"]), true),
    ("impact.neutral.contradicted", |w| w.impact(10).groups = groups(&["disability"]), false),
    ("intersection.unseen", |w| hit_too(w, &["other.unpaid_carers"]), true),
    ("intersection.unseen", |w| hit_too(w, &["disability.autism"]), false),
    ("intersection.unseen", |w| hit_too(w, &["other.unpaid_carers", "disability"]), false),
    ("text.repeated", |w| numbered(w), true),
    ("rating.target.unearned", |w| w.case.content.mitigations.clear(), false),
    ("unknown.overdue", |w| overdue(w), false),
    ("unknown.open", |w| overdue(w), true),
    ("groups.children.unseen", |w| w.case.content.title = "Closing School Lane surgery".into(), false),
    ("groups.children.unseen", |w| w.case.content.title = "Ending school nursing".into(), true),
    (
        "groups.sex.confused",
        |w| {
            w.impact(12).rationale =
                "Everybody with a prostate is invited by record, men as well as others.".into();
        },
        false,
    ),
    ("engagement.missing", |w| w.clear("engagement_done"), false),
    ("engagement.missing", |w| w.case.content.engagement.clear(), false),
    ("form.required", |w| w.clear("armed_forces_affected"), false),
];

#[test]
fn every_line_is_drawn_where_it_is_said_to_be() {
    let mut crossed = Vec::new();
    for (index, (rule, change, fires)) in EDGES.iter().enumerate() {
        let mut world = World::complete();
        change(&mut world);
        if world.fires(rule).is_empty() == *fires {
            crossed.push(format!("{rule}, edge {index}"));
        }
    }
    assert_eq!(crossed, Vec::<String>::new());
}

/// Nothing at all is said of the most deprived fifth, of whom many live there.
fn unspoken(world: &mut World) {
    world.population = Some(place(30, 100));
    world.impact(19).groups = groups(&["race"]);
}

pub fn uncited(world: &mut World) {
    world.population = Some(place(30, 100));
    world.impact(19).evidence.clear();
}

/// Software is renewed where many of the most deprived fifth and many Sikhs live, by what the contract register says.
pub fn back_office(world: &mut World, kind: KindOfChange, cites: bool) {
    world.population = Some(place(30, 100));
    world.case.content.proposal.kind_of_change = Some(kind);
    world.answer(
        "who_is_affected",
        json!("Nobody outside the finance team: the ledger's software is renewed."),
    );
    world.case.content.evidence[0].kind = EvidenceKind::Other;
    for impact in &mut world.case.content.impacts {
        impact.direction = Direction::Neutral;
        impact.evidence.truncate(usize::from(cites));
    }
}

/// The same with a service that people use, of whom nothing else is said than one sentence for all.
fn used(world: &mut World, kind: KindOfChange) {
    back_office(world, kind, true);
    world.answer("who_is_affected", json!("The 41,000 people who use community dental clinics in Norfolk."));
    for impact in &mut world.case.content.impacts {
        impact.rationale = "The contract applies equally to everyone who comes.".into();
    }
}

/// Nothing is said of involving anybody, and somebody would be worse off, though not significantly.
fn unnamed(world: &mut World, kind: Option<KindOfChange>, consequence: u8) {
    silent(world, KindOfChange::Closure);
    world.case.content.proposal.kind_of_change = kind;
    world.impact(11).direction = Direction::Negative;
    world.impact(11).initial = Some(rating(4, consequence));
}

/// Neither the kind of change nor whether the place changes is answered.
fn unplaced(world: &mut World) {
    world.case.content.proposal.kind_of_change = None;
    world.clear("change_of_site");
}

fn told_by(world: &mut World, title: &str, source: &str) {
    world.population = Some(place(30, 100));
    world.case.content.evidence[0].title = title.into();
    world.case.content.evidence[0].source = source.into();
}

fn told_of(world: &mut World, codes: &[&str]) {
    world.population = Some(place(30, 100));
    world.case.content.evidence[0].groups = groups(codes);
}

fn promised(world: &mut World, promise: &str, method: &str) {
    world.answer("consultation_promises", json!(promise));
    world.case.content.engagement[0].method = method.into();
}

fn summary(world: &mut World, text: &str) {
    world.answer("summary_assessment", json!(text));
}

/// Somebody more is worse off, and the summary says more.
fn named(world: &mut World, code: &str, more: &str) {
    let own = |code: &str, name: &str, kind| Group {
        code: code.into(),
        name: name.into(),
        kind,
        parent: None,
        singly: false,
        source: None,
    };
    world.settings.groups = vec![
        own("own.boats", "Boat folk", GroupKind::Other),
        own("own.farmers", "Farming families", GroupKind::Plus),
    ];
    hit_too(world, &[code]);
    summary(world, &format!("People with a learning disability lose a place they know. {more}"));
}

fn justified(world: &mut World, text: &str) {
    world.answer("indirect_discrimination_risk", json!("YES"));
    world.answer("indirect_discrimination_justification", json!(text));
}

/// Sikhs are left out, and of Muslims the service's own figures say something or do not.
fn another_part(world: &mut World, by_the_service: bool) {
    world.population = Some(place(0, 100));
    world.impact(16).groups = groups(&["religion_belief.muslim"]);
    world.case.content.evidence[0].local = Some(by_the_service);
    let statement = world.case.content.answers.get_mut("health_inequalities_groups").expect("answered");
    statement["statements"] = json!([]);
}

fn asked() -> OpenQuestion {
    OpenQuestion {
        question: "How often do they come?".into(),
        owner: Party::named("Synthetic Analyst"),
        due: date("2026-06-20"),
    }
}

fn careless() -> OpenQuestion {
    OpenQuestion { owner: Party::default(), ..asked() }
}

fn unrated(world: &mut World, question: Option<OpenQuestion>) {
    world.impact(11).initial = None;
    world.impact(11).target = None;
    world.impact(11).open_question = question;
}

fn gap(world: &mut World, open: &str) {
    world.answer("evidence_gaps", json!("How many have nobody at home by day is not known. It is decisive."));
    world.answer("outstanding_questions", json!(open));
}

fn moved(world: &mut World, answer: Option<serde_json::Value>) {
    world.case.content.proposal.kind_of_change = Some(KindOfChange::Relocation);
    world.case.content.answers.remove("change_of_site");
    if let Some(answer) = answer {
        world.answer("change_of_site", answer);
    }
}

/// Families are heard on the design when it has been decided, and before or not.
fn later(world: &mut World, before_too: bool) {
    let engagement = Engagement {
        id: id(401),
        from: date("2026-09-01"),
        to: None,
        ..world.case.content.engagement[0].clone()
    };
    world.case.content.engagement.truncate(usize::from(before_too));
    world.case.content.engagement.push(engagement);
}

/// Everybody is said not to be affected, and nothing is said of involving anybody.
fn silent(world: &mut World, kind: KindOfChange) {
    world.case.content.proposal.kind_of_change = Some(kind);
    world.answer("change_of_site", json!("YES"));
    world.impact(11).direction = Direction::Neutral;
    world.impact(11).initial = None;
    world.case.content.engagement.clear();
    world.clear("engagement_done");
}

/// One option, nothing of promises or scrutiny, and a negative impact of this consequence.
fn lost(world: &mut World, kind: KindOfChange, consequence: u8) {
    world.case.content.proposal.kind_of_change = Some(kind);
    world.case.content.proposal.options.truncate(1);
    world.clear("consultation_promises");
    world.clear("engagement_detail");
    world.impact(11).initial = Some(rating(4, consequence));
}

fn hit_too(world: &mut World, codes: &[&str]) {
    let impact = Impact { groups: groups(codes), direction: Direction::Negative, ..neutral(30, "core20") };
    world.case.content.impacts.push(impact);
}

/// Reasons that differ by a figure and a full stop.
fn numbered(world: &mut World) {
    for (number, reason) in [
        (10, "Of those who come 3 were asked, and nothing would change"),
        (15, "Of those who come 4 were asked, and nothing would change."),
        (18, "Of those who come 12 were asked, and nothing would change!"),
    ] {
        world.impact(number).rationale = reason.into();
    }
}

fn overdue(world: &mut World) {
    world.answer("inequality_access", unknown());
    world.today = date("2026-06-21");
}

/// The change was judged material, and the case is before its author again.
fn judged_material(world: &mut World, asked: &str) {
    reopened_after(world, asked);
    let open = world.case.process.reexamination.take().expect("it was opened");
    world.case.process.reopened = Some(open.paths);
    world.case.process.reopened_since = Some(date("2026-05-10"));
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
    world.case.content.engagement.clear();
    world.case.content.proposal.kind_of_change = Some(KindOfChange::Change);
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
