//! Standing panels: who sits on a case, and who is proposed.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ehia_domain::{
    case::Head,
    id::{LeaveId, OrganisationId, PanelId, PersonId},
    leave::Leave,
    meeting::order,
    notify::Directory,
    panel::{Candidate, MeetingDay, Pattern, StandingMember, StandingPanel, propose},
    permission::{Role, was_party},
    review::{Absence, Declared, Interest, PanelMember, Seat},
    workflow::{definition::Workflow, quorum::Composition},
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::{
    people::{AUTHOR, CONTRIBUTOR, HOME, SRO, case, organisation, person},
    register::head,
};

const TODAY: &str = "2027-01-04";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The shipped workflow with a quorum of these seats.
fn workflow(members: u32, seats: &serde_json::Value) -> Workflow {
    let text = include_str!("../definition/workflow-ehia-3.json");
    let mut document: serde_json::Value = serde_json::from_str(text).unwrap();
    document["key"] = json!("of-our-own");
    for transition in document["transitions"].as_array_mut().unwrap() {
        for guard in
            transition.get_mut("guards").and_then(|guards| guards.as_array_mut()).into_iter().flatten()
        {
            if guard["name"] == "quorum" {
                *guard = json!({"name": "quorum", "members": members, "seats": seats});
            }
        }
    }
    Workflow::parse(&document.to_string()).unwrap()
}

fn member(number: u128, seat: &str) -> StandingMember {
    StandingMember {
        person: person(number),
        seat: seat.into(),
        from: None,
        until: None,
        trained: None,
        alternate: None,
    }
}

fn panel(members: Vec<StandingMember>) -> StandingPanel {
    StandingPanel {
        id: PanelId::from(Uuid::from_u128(1)),
        organisation: OrganisationId::from(Uuid::from_u128(2)),
        version: 1,
        name: "Synthetic panel".into(),
        usual: true,
        members,
        pattern: None,
    }
}

/// Everybody of these numbers reviews, and the first chairs as well.
fn held(numbers: impl IntoIterator<Item = u128>) -> Directory {
    let people: Vec<PersonId> = numbers.into_iter().map(person).collect();
    let chair = people.first().copied().into_iter().collect();
    Directory::from([(Role::Reviewer, people), (Role::PanelChair, chair)])
}

fn seated(number: u128, seat: &str) -> PanelMember {
    PanelMember::from(Seat { person: person(number), seat: seat.into() })
}

#[test]
fn a_vice_chair_fills_the_seat_of_chair_or_vice_chair() {
    let workflow = workflow(3, &json!([["chair", "vice chair"], ["equality"]]));
    let members = [seated(50, "vice chair"), seated(51, "equality"), seated(52, "member")];
    assert_eq!(workflow.shortage(Composition::of(4), &members), None);
    let members = [seated(50, "member"), seated(51, "equality")];
    let short = workflow.shortage(Composition::of(4), &members).unwrap();
    assert_eq!(
        short.to_string(),
        "a quorum asks for 3 voting members, and there are 2 and the seat chair or vice chair, which nobody fills"
    );
    // Who may not vote is left out, who has yet to declare is not.
    let mut members = [seated(50, "vice chair"), seated(51, "equality"), seated(52, "member")];
    members[2].interest = Interest::DeclaredNotVoting;
    assert_eq!(workflow.shortage(Composition::of(4), &members).unwrap().people, 2);
}

#[test]
fn a_panel_meets_on_working_days_of_its_rule() {
    let days = |week, after: &str| {
        let pattern = Pattern { week, day: MeetingDay::Monday, time: "10:00:00".parse().unwrap() };
        pattern.days(day(after), 3, &[]).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    // The first Monday of May 2027 is a bank holiday, and the last one, too.
    assert_eq!(days(1, "2027-03-31"), ["2027-04-05", "2027-06-07", "2027-07-05"]);
    assert_eq!(days(5, "2027-04-26"), ["2027-06-28", "2027-07-26", "2027-09-27"]);
    assert_eq!(
        days(2, "2027-01-11"),
        ["2027-02-08", "2027-03-08", "2027-04-12"],
        "the day itself is not after it"
    );
}

#[test]
fn whose_term_is_over_is_not_stood_in_for() {
    let mut over = member(50, "clinical");
    over.until = Some(day("2027-01-03"));
    over.alternate = Some(person(51));
    let panel = panel(vec![over, member(52, "member")]);
    let workflow = workflow(1, &json!([]));
    let seating = panel.seating(&case(), &workflow, Composition::of(4), &held([52, 50, 51]), &[], day(TODAY));
    assert_eq!(seating.members, [seated(52, "member")]);
    assert_eq!(seating.vacant[0].because, Absence::NotInTerm);
    let before =
        panel.seating(&case(), &workflow, Composition::of(4), &held([52, 50, 51]), &[], day("2027-01-03"));
    assert_eq!(before.members[0].person, person(50), "the last day is in the term");
}

fn gone(number: u128, from: &str, until: &str) -> Leave {
    Leave {
        id: LeaveId::from(Uuid::from_u128(number)),
        organisation: organisation(HOME),
        person: person(number),
        deputy: None,
        from: day(from),
        until: day(until),
    }
}

#[test]
fn an_alternate_is_expected_at_a_meeting_for_who_is_away() {
    let mut away = member(50, "clinical");
    away.alternate = Some(person(51));
    let panel = panel(vec![away, member(52, "member"), member(52, "finance"), member(60, "member")]);
    let held = held([52, 50, 51]);
    let leave = [gone(50, "2027-01-01", "2027-01-08")];
    assert_eq!(
        panel.expected_on(day(TODAY), &held, &leave),
        [person(51), person(52)],
        "who left is not expected"
    );
    assert_eq!(panel.expected_on(day("2027-01-11"), &held, &leave), [person(50), person(52)]);
}

fn candidate(number: u128, seat: &str, load: usize, conflicts: usize) -> Candidate {
    Candidate { member: seated(number, seat), load, conflicts }
}

#[test]
fn whoever_has_much_to_do_or_an_interest_is_spared_while_the_quorum_holds() {
    let workflow = workflow(2, &json!([["equality"]]));
    let candidates = [
        candidate(50, "chair", 9, 0),
        candidate(51, "equality", 8, 0),
        candidate(52, "member", 1, 1),
        candidate(53, "member", 3, 0),
        candidate(54, "member", 0, 0),
    ];
    // Three are one more than a quorum: the chair and the only equality lead stay, however much waits for them.
    assert_eq!(propose(&candidates, &workflow, Composition::of(4)), [true, true, false, false, true]);
}

#[test]
fn an_agenda_begins_with_the_gravest_and_of_those_with_what_is_decided_soonest() {
    let head = |reference: &str, risk: u32, decided: Option<&str>| Head {
        reference: reference.into(),
        risk,
        decision_date: decided.map(day),
        ..head("Close the Marram House", None, None)
    };
    let mut heads = [
        head("1", 4, Some("2027-02-01")),
        head("2", 20, None),
        head("3", 20, Some("2027-06-01")),
        head("4", 20, Some("2027-03-01")),
        head("5", 4, Some("2027-02-01")),
    ];
    heads.reverse();
    heads.sort_by_cached_key(order);
    let listed: Vec<&str> = heads.iter().map(|head| head.reference.as_str()).collect();
    assert_eq!(listed, ["4", "3", "2", "1", "5"]);
}

fn anybody() -> impl Strategy<Value = u128> {
    prop_oneof![Just(AUTHOR), Just(CONTRIBUTOR), Just(SRO), 50_u128..56]
}

proptest! {
    #[test]
    fn nobody_sits_who_may_not(
        members in proptest::collection::vec((anybody(), proptest::option::of(anybody()), 0_usize..3), 1..10),
        holding in proptest::collection::btree_set(50_u128..56, 0..6),
        withdrawn in proptest::option::of(50_u128..56),
        away in proptest::collection::vec(50_u128..56, 0..3),
    ) {
        let mut case = case();
        if let Some(number) = withdrawn {
            let declared = Declared { interest: Interest::Withdrawn, note: None, own: true, steps: Vec::new() };
            case.process.panel = None;
            case.process.interests.insert(person(number), declared);
        }
        let members: Vec<StandingMember> = members.into_iter().map(|(number, alternate, seat)| StandingMember {
            alternate: alternate.map(person),
            ..member(number, ["member", "clinical", "finance"][seat])
        }).collect();
        let panel = panel(members);
        let mut held = held(holding);
        held.entry(Role::Reviewer).or_default().extend([AUTHOR, CONTRIBUTOR, SRO].map(person));
        let leave: Vec<Leave> = away.iter().map(|number| gone(*number, TODAY, TODAY)).collect();
        let seating = panel.seating(&case, &workflow(1, &json!([])), Composition::of(4), &held, &leave, day(TODAY));
        for one in &seating.members {
            prop_assert!(!was_party(&case, one.person));
            prop_assert!(!leave.iter().any(|gone| gone.person == one.person), "who is away does not sit");
            prop_assert!(case.process.interest(one.person) != Interest::Withdrawn);
            prop_assert!(held.values().any(|holders| holders.contains(&one.person)));
            prop_assert!(seating.members.iter().filter(|other| other.person == one.person).count() <= 2);
        }
        let distinct: BTreeSet<_> = seating.members.iter().map(|one| (one.person, one.seat.clone())).collect();
        prop_assert_eq!(distinct.len(), seating.members.len());
        prop_assert!(seating.members.len() + seating.vacant.len() <= panel.members.len());
        for stand_in in &seating.stand_ins {
            prop_assert!(panel.members.iter().any(|one| one.person == stand_in.instead_of && one.alternate == Some(stand_in.person)));
        }
        let seated = panel.on(seating, PanelId::from(Uuid::from_u128(9)), "T6Y0W-2027-0001");
        prop_assert!(seated.is_none_or(|seated| seated.standing.is_some_and(|of| of.panel == panel.id)));
    }
}
