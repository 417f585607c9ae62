//! Months, promises and what assessments changed.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ehia_domain::{
    assessment::Content,
    case::{Case, Return},
    decision::DecisionOutcome,
    group::Catalogue,
    id::{ImpactId, MitigationId},
    impact::{Direction, Impact},
    mitigation::{MitigationReport, MitigationStatus},
    proposal::Money,
    rating::Rating,
    review::{PanelOutcome, Recommendation},
    risk::{
        Filter, RatingBasis,
        influence::{Influence, Influences, Shift},
        promise::{Promises, PromisesByGroup, Until},
        trend::{MOST, months},
    },
    settings::Settings,
    workflow::Standing,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::{super::people, GROUPS};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn months_end_on_their_last_day_and_the_newest_may_still_run() {
    let today = day("2028-03-15");
    let told: Vec<_> = months(14, today, today)
        .unwrap()
        .into_iter()
        .map(|one| (one.name(), one.as_at.to_string(), one.complete))
        .collect();
    assert_eq!(told.len(), 14);
    assert_eq!(told[0], ("2027-02".into(), "2027-02-28".into(), true));
    assert_eq!(told[12], ("2028-02".into(), "2028-02-29".into(), true), "a leap year");
    assert_eq!(told[13], ("2028-03".into(), "2028-03-15".into(), false));
    assert!(months(1, day("2028-01-31"), today).unwrap()[0].complete);
    for (count, until) in [(0, today), (MOST + 1, today), (1, day("2028-03-16"))] {
        assert!(months(count, until, today).is_err(), "{count} {until}");
    }
}

const FIRST: u128 = 601;

fn impact(number: u128, groups: &[&str], initial: Option<(u8, u8)>) -> Impact {
    let rating = |(likelihood, consequence)| Rating { likelihood, consequence };
    Impact {
        id: Uuid::from_u128(number).into(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        direction: Direction::Negative,
        rationale: "Synthetic".into(),
        initial: initial.map(rating),
        target: Some(rating((1, 1))),
        reach: None,
        evidence: Vec::new(),
        no_mitigation_because: None,
        justification: None,
        chance: None,
        open_question: None,
    }
}

fn case(mitigations: &[(&[u128], Option<&str>)]) -> Case {
    let mut case = people::case();
    case.content.impacts = vec![
        impact(1, &["age", "disability"], Some((4, 4))),
        impact(2, &["race"], Some((2, 2))),
        impact(3, &["age"], None),
    ];
    let each = (FIRST..).zip(mitigations).map(|(number, (against, due))| {
        let mut one = people::mitigation();
        one.id = Uuid::from_u128(number).into();
        one.impacts = against.iter().map(|number| ImpactId::from(Uuid::from_u128(*number))).collect();
        one.due = due.map(day);
        one
    });
    case.content.mitigations = each.collect();
    case
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn report(case: &mut Case, number: u128, when: &str, status: MitigationStatus) {
    case.process.progress.push(MitigationReport {
        mitigation: MitigationId::from(Uuid::from_u128(FIRST + number)),
        at: at(when),
        by: people::person(people::OWNER),
        status,
        note: "Reported.".into(),
        current: None,
        evidence: Vec::new(),
    });
}

fn until(when: &str) -> Until {
    Until { at: at(when), today: at(when).date_naive() }
}

fn promises(case: &Case, filter: &Filter, when: &str) -> PromisesByGroup {
    let mut found = PromisesByGroup::default();
    found.add(case, &Catalogue::shipped(), filter, until(when));
    found
}

#[test]
fn promises_are_told_by_group_as_they_stood() {
    let mut case = case(&[
        (&[1], Some("2027-01-31")),
        (&[1, 2], Some("2027-02-28")),
        (&[2], None),
        (&[], Some("2027-01-10")),
        (&[1], Some("2027-01-05")),
    ]);
    report(&mut case, 0, "2027-01-20T09:00:00Z", MitigationStatus::InProgress);
    report(&mut case, 0, "2027-02-10T09:00:00Z", MitigationStatus::Done);
    report(&mut case, 0, "2027-03-10T09:00:00Z", MitigationStatus::Verified);
    report(&mut case, 1, "2027-02-20T09:00:00Z", MitigationStatus::Failed);
    report(&mut case, 4, "2027-01-04T09:00:00Z", MitigationStatus::Cancelled);
    let all = Filter::default();
    let january = promises(&case, &all, "2027-01-31T12:00:00Z");
    let wanted = Promises {
        cases: 1,
        promised: 5,
        planned: 3,
        in_progress: 1,
        cancelled: 1,
        late: 1,
        undated: 1,
        ..Promises::default()
    };
    assert_eq!(january.all, wanted, "on its day nothing is late");
    let march = promises(&case, &all, "2027-03-31T12:00:00Z");
    let wanted = Promises {
        cases: 1,
        promised: 5,
        planned: 2,
        verified: 1,
        failed: 1,
        cancelled: 1,
        late: 1,
        finished_late: 1,
        undated: 1,
        ..Promises::default()
    };
    assert_eq!(march.all, wanted);
    let february = promises(&case, &all, "2027-02-28T12:00:00Z");
    assert_eq!((february.all.done, february.all.verified), (1, 0));
    // For two groups it counts for each, once a case.
    let of = |group: &str| march.groups[group];
    assert_eq!((of("age").promised, of("disability").promised, of("race").promised), (3, 3, 2));
    assert_eq!((of("age").cases, of("race").failed), (1, 1));
    let asked = Filter { groups: vec!["race".into()], ..Filter::default() };
    let narrowed = promises(&case, &asked, "2027-03-31T12:00:00Z");
    assert_eq!((narrowed.all.promised, narrowed.groups.len()), (2, 1));
    // What is promised to part of a group is promised to the group, once.
    case.content.impacts[2].groups = vec!["age.older_people".into()];
    let march = promises(&case, &all, "2027-03-31T12:00:00Z");
    assert_eq!((march.groups["age"].promised, march.groups.get("age.older_people")), (3, None));
    case.content.mitigations[0].impacts.push(case.content.impacts[2].id);
    let march = promises(&case, &all, "2027-03-31T12:00:00Z");
    assert_eq!((march.groups["age"].promised, march.groups["age.older_people"].promised), (3, 1));
}

#[test]
fn what_is_finished_by_london_time_on_its_day_is_not_late() {
    let mut case = case(&[(&[1], Some("2027-06-30")), (&[1], Some("2027-06-30"))]);
    report(&mut case, 0, "2027-06-30T22:30:00Z", MitigationStatus::Done);
    report(&mut case, 1, "2027-06-30T23:30:00Z", MitigationStatus::Done);
    assert_eq!(
        promises(&case, &Filter::default(), "2027-07-10T00:00:00Z").all.finished_late,
        1,
        "half past midnight"
    );
}

fn sent(case: &Case, first: &Content, standing: Standing) -> Influence {
    Influence::of(case, first, day("2027-01-10"), standing, &Settings::default().scale)
}

#[test]
fn what_is_proposed_otherwise_is_altered_and_what_is_told_otherwise_is_not() {
    let mut case = case(&[(&[1], None)]);
    case.content.proposal.footprint = vec!["E07000145".into(), "E07000148".into()];
    let first = case.content.clone();
    assert!(!sent(&case, &first, Standing::Pending).is_altered());
    case.content.proposal.summary = "The same in better words.".into();
    case.content.proposal.programme = Some("Renamed".into());
    case.content.proposal.footprint.reverse();
    case.content.proposal.decision_date = Some(day("2027-09-01"));
    assert!(!sent(&case, &first, Standing::Pending).is_altered());
    case.content.proposal.footprint.pop();
    case.content.proposal.saving = Money::parse("5.00");
    case.content.mitigations.push(people::mitigation());
    case.content.impacts.push(impact(9, &["race"], None));
    let found = sent(&case, &first, Standing::Pending);
    assert_eq!(found.altered, ["footprint", "saving"]);
    assert_eq!((found.mitigations_added, found.impacts_found), (1, 1));
}

#[test]
fn ratings_are_held_against_the_initial_one_and_what_is_not_rated_is_neither() {
    let mut case = case(&[(&[1], None)]);
    case.process.current.insert(Uuid::from_u128(1).into(), Rating { likelihood: 2, consequence: 4 });
    case.process.current.insert(Uuid::from_u128(2).into(), Rating { likelihood: 3, consequence: 3 });
    let first = case.content.clone();
    let found = sent(&case, &first, Standing::Pending);
    let shift = |lowered, same, raised| Shift { lowered, same, raised, unrated: 1 };
    assert_eq!(found.shifts[&RatingBasis::Current], shift(1, 0, 1));
    assert_eq!(found.shifts[&RatingBasis::Target], shift(2, 0, 0));
    assert_eq!(found.shifts[&RatingBasis::Assured], shift(0, 2, 0));
    // Of the same band the greater score, then the worse consequence, is higher.
    case.process.current.insert(Uuid::from_u128(1).into(), Rating { likelihood: 4, consequence: 4 });
    assert_eq!(sent(&case, &first, Standing::Pending).shifts[&RatingBasis::Current], shift(0, 1, 1));
}

#[test]
fn returns_refusals_and_decisions_are_told_with_what_was_altered() {
    let (mut influences, first) = (Influences::default(), case(&[]).content);
    let mut returned = case(&[]);
    returned.process.returns = vec![asked(true), asked(false)];
    returned.process.returned = Some(asked(true));
    returned.content.proposal.saving = Money::parse("1.00");
    influences.add(&sent(&returned, &first, Standing::Pending));
    influences.add(&sent(
        &decided(Recommendation::Approve, DecisionOutcome::ProceedWithChanges, true),
        &first,
        Standing::Proceeding,
    ));
    influences.add(&sent(
        &decided(Recommendation::NotSupport, DecisionOutcome::Stop, false),
        &first,
        Standing::Stopped,
    ));
    influences.add(&sent(&case(&[]), &first, Standing::Stopped));
    assert_eq!((influences.cases, influences.altered, influences.returned, influences.returns), (4, 2, 1, 2));
    assert_eq!((influences.not_supported, influences.stopped, influences.withdrawn), (1, 1, 1));
    let verdict = (Some(Recommendation::Approve), Some(DecisionOutcome::ProceedWithChanges));
    assert_eq!(influences.verdicts[&verdict], (1, 1));
    assert_eq!(influences.decided(), (2, 1));
    assert_eq!(
        influences.in_words(),
        "Four assessments were sent on. In two the proposal itself is otherwise than it was then (saving 2); none got a mitigation since, \
         and in none a negative impact was found that was not in it. The panel returned one, and withheld its support from one. Two were decided, one \
         of them on a proposal that was altered: none to proceed, one to proceed with changes, none to proceed despite adverse impact, one \
         to stop. One was given up without a decision. What was altered after an assessment need not have been altered because of it."
    );
    assert!(Influences::default().in_words().starts_with("No assessment was sent on"));
}

/// A case on which the panel concluded, changed its mind after the decision, and which the body decided.
fn decided(said: Recommendation, outcome: DecisionOutcome, altered: bool) -> Case {
    let mut case = case(&[]);
    let concluded = |recommendation, at| PanelOutcome {
        id: Uuid::from_u128(820).into(),
        recommendation,
        by: people::person(people::NOBODY),
        on_behalf_of: None,
        at,
        revision: 1,
        attendees: vec![],
        apologies: vec![],
        voted: vec![],
        interests: std::collections::BTreeMap::new(),
        findings: vec![],
        meeting: None,
        urgency: None,
        dissent: None,
        comment: None,
        conditions: vec![],
        accepted: vec![],
        record: String::new(),
    };
    let later = people::at() + TimeDelta::days(1);
    case.process.outcomes = vec![concluded(said, people::at()), concluded(Recommendation::Defer, later)];
    case.process.decisions = vec![people::decision(outcome), people::decision(DecisionOutcome::Defer)];
    if altered {
        case.content.proposal.saving = Money::parse("1.00");
    }
    case
}

fn asked(asks: bool) -> Return {
    Return {
        at: people::at(),
        by: people::person(people::OWNER),
        paths: vec![],
        comment: "Synthetic.".into(),
        due: None,
        reasons: std::collections::BTreeMap::new(),
        asks,
        answers: vec![],
        revision: None,
        resubmitted: None,
    }
}

proptest! {
    #[test]
    fn every_mitigation_is_in_exactly_one_count(
        reports in proptest::collection::vec((0_u128..3, 0_i64..400, proptest::sample::select(MitigationStatus::ALL)), 0..12),
        dues in proptest::collection::vec(proptest::option::of(0_i64..400), 3),
        days in 0_i64..400,
    ) {
        let begin = at("2027-01-01T12:00:00Z");
        let mut case = case(&[(&[1], None), (&[2], None), (&[3], None)]);
        for (mitigation, due) in case.content.mitigations.iter_mut().zip(dues) {
            mitigation.due = due.map(|due| (begin + TimeDelta::days(due)).date_naive());
        }
        let mut reports = reports;
        reports.sort_by_key(|(_, day, _)| *day);
        for (number, after, status) in reports {
            let when = (begin + TimeDelta::days(after)).to_rfc3339();
            report(&mut case, number, &when, status);
        }
        let found = promises(&case, &Filter::default(), &(begin + TimeDelta::days(days)).to_rfc3339());
        let all = found.all;
        prop_assert_eq!(all.promised, 3);
        prop_assert_eq!(all.planned + all.in_progress + all.done + all.verified + all.failed + all.cancelled, 3);
        prop_assert!(all.late + all.undated <= all.planned + all.in_progress);
        prop_assert!(all.finished_late <= all.done + all.verified + all.failed);
        for group in GROUPS {
            prop_assert!(found.groups.get(group).is_none_or(|one| one.promised <= all.promised));
        }
    }
}
