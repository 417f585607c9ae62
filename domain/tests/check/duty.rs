//! Which law a case is held to: that of its day, and of the body that decides.

use std::collections::BTreeSet;

use ehia_domain::{
    check::{Gate, duties},
    decision::{Decision, DecisionOutcome},
    organisation::OrganisationKind,
    settings::Severity,
};

use super::{
    breaks::place,
    world::{World, date, decided},
};

#[test]
fn a_duty_that_is_not_in_force_on_the_day_of_decision_does_not_fire() {
    let mut world = World::complete();
    world.clear("inequality_access");
    world.case.process.decisions = vec![Decision { meeting: date("2022-06-30"), ..decided(&[], &[]) }];
    world.case.content.proposal.decision_date = Some(date("2022-06-30"));
    assert!(world.fires("inequality.access.missing").is_empty());
    world.case.process.decisions[0].meeting = date("2022-07-01");
    assert_eq!(world.fires("inequality.access.missing").len(), 1);
    world.case.process.decisions.clear();
    world.case.content.proposal.decision_date = None;
    assert_eq!(world.fires("inequality.access.missing").len(), 1, "without a date today's law counts");
    world.today = date("2022-06-30");
    assert!(world.fires("inequality.access.missing").is_empty());
}

#[test]
fn the_recorded_decision_says_which_law_applied() {
    let mut world = World::complete();
    world.clear("inequality_access");
    let decision = Decision { meeting: date("2022-06-30"), ..decided(&[], &[]) };
    world.case.process.decisions = vec![
        decision.clone(),
        Decision { outcome: DecisionOutcome::Defer, meeting: date("2026-01-01"), ..decision },
    ];
    for planned in [None, Some(date("2022-06-30"))] {
        world.case.content.proposal.decision_date = planned;
        assert!(world.fires("inequality.access.missing").is_empty(), "{planned:?}");
    }
    // It was reopened, and is decided anew by the law of then.
    for planned in ["2022-07-01", "2026-07-01"] {
        world.case.content.proposal.decision_date = Some(date(planned));
        assert_eq!(world.fires("inequality.access.missing").len(), 1, "{planned}");
    }
}

#[test]
fn a_day_that_passed_without_a_decision_turns_no_law_off() {
    let mut world = World::complete();
    world.clear("inequality_access");
    world.clear("psed");
    // A year that was mistyped, a day before the duties were law, yesterday, today and tomorrow.
    for planned in ["2006-12-12", "2010-01-01", "2022-06-30", "2026-05-31", "2026-06-01", "2026-06-02"] {
        world.case.content.proposal.decision_date = Some(date(planned));
        for rule in ["inequality.access.missing", "psed.eliminate"] {
            assert_eq!(world.fires(rule).len(), 1, "{rule}, {planned}");
        }
        let past = usize::from(planned < "2026-06-01");
        assert_eq!(world.fires("decision.date.past").len(), past, "{planned}");
    }
    // A duty that is law by the day of the meeting counts today.
    world.today = date("2022-06-01");
    world.case.content.proposal.decision_date = Some(date("2022-07-01"));
    assert_eq!(world.fires("inequality.access.missing").len(), 1);
}

#[test]
fn a_duty_that_binds_others_warns_and_stops_nothing() {
    let mut world = World::complete();
    world.population = Some(place(30, 100));
    world.impact(19).groups = vec!["race".into()];
    world.clear("inequality_access");
    let rules = ["place.core20.unexplained", "inequality.access.missing"];
    for (kind, bound) in [
        (OrganisationKind::Icb, true),
        (OrganisationKind::Other, true),
        (OrganisationKind::Council, false),
        (OrganisationKind::Trust, false),
        (OrganisationKind::Vcse, false),
    ] {
        world.kind = kind;
        for rule in rules {
            // An organisation that it does not bind cannot make a blocker of it either.
            for raised in [false, true] {
                world.settings.severities.clear();
                if raised {
                    world.settings.severities.insert(rule.into(), Severity::Blocker);
                }
                let found = world.fires(rule).remove(0);
                let is = (found.severity == Severity::Blocker, found.gate.is_some());
                assert_eq!(is, (bound, bound), "{rule}, {kind}");
            }
        }
        let claims = ["Integrated care boards must", "The duty asks for it"];
        for (rule, claim) in rules.iter().zip(claims) {
            assert_eq!(world.fires(rule)[0].message.contains(claim), bound, "{rule}, {kind}");
        }
        world.settings.severities.clear();
        let stopped = world.stopped_at(Gate::Submit).iter().any(|id| id.starts_with("inequality."));
        assert_eq!(stopped, bound, "{kind}");
    }
    // What binds everybody is a blocker everywhere.
    world.clear("psed");
    assert_eq!(world.fires("psed.eliminate")[0].severity, Severity::Blocker);
}

#[test]
fn duties_are_unique_cited_and_read_back() {
    let ids: BTreeSet<_> = duties().iter().map(|duty| &duty.id).collect();
    assert_eq!(ids.len(), duties().len());
    for duty in duties() {
        assert!(!duty.title.is_empty() && !duty.citation.is_empty(), "{}", duty.id);
        assert!(
            duty.in_force_to.is_none_or(|to| duty.in_force_from.is_none_or(|from| from <= to)),
            "{}",
            duty.id
        );
        let statute = duty.authority.as_str() == "STATUTE";
        let url = duty.url.as_deref().unwrap_or_default();
        assert!(!statute || url.starts_with("https://www.legislation.gov.uk/"), "{}", duty.id);
    }
}
