//! What partners say of a reliance, who may record it, and whether the reliance holds then.

use std::collections::HashMap;

use ehia_domain::{
    case::{Case, ShareLevel},
    event::EventKind,
    id::{InterdependencyId, OrganisationId},
    impact::Direction,
    interdependency::{
        Caveat, Interdependency, InterdependencyKind, ReliancePremise, Target, hear, holds, said_last,
        settle, settle_after,
    },
    mitigation::{Mitigation, MitigationReport, MitigationStatus},
    party::Party,
    permission::{Actor, Grant, Role, was_party},
    rating::Rating,
    risk::graph::Edge,
    workflow::{
        Standing,
        engine::{Applied, Refused},
        reliance::{ConfirmationDraft, confirm_reliance},
    },
};
use uuid::Uuid;

use super::world::*;

mod heard;

const TRUST: &str = "Synthetic Partner Trust";

fn reliance() -> InterdependencyId {
    Uuid::from_u128(40).into()
}

fn world() -> World {
    let mut world = World::ehia();
    world.case.content.interdependencies = vec![Interdependency {
        id: reliance(),
        kind: InterdependencyKind::ReliesOn,
        target: None,
        partner: Some(Party::named(TRUST)),
        premise: Some("Four more beds.".into()),
        by: Some(day("2026-04-01")),
        holds_when: Some(ReliancePremise::PartnerConfirms),
        failure: None,
        note: None,
    }];
    world
}

fn draft(confirmed: bool) -> ConfirmationDraft {
    ConfirmationDraft {
        interdependency: reliance(),
        confirmed,
        by: Some(Party::named("P. Artner")),
        on: day("2026-01-30"),
        note: "Letter of 30 January.".into(),
    }
}

fn confirm(world: &World, draft: ConfirmationDraft, by: &Actor) -> Result<Applied, Refused> {
    confirm_reliance(&world.case, draft, &[TRUST.to_owned()], by, &world.context())
}

/// Somebody of the partner organisation.
fn partner(number: u128) -> Actor {
    let grants = vec![Grant { organisation: theirs(), role: Role::Author, until: None }];
    Actor { person: person(number), grants, deputises: Vec::new(), read_only: false }
}

fn theirs() -> OrganisationId {
    Uuid::from_u128(2).into()
}

fn codes(result: Result<Applied, Refused>) -> Vec<(String, String)> {
    match result {
        Err(Refused::Invalid(wrong)) => {
            wrong.into_iter().map(|one| (one.code, one.path.to_string())).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reliance_holds_from_the_partners_word_until_it_is_withdrawn() {
    let mut world = world();
    let none = HashMap::<_, Target>::new();
    assert_eq!(holds(&world.case, &none).get(&reliance()), None, "nobody said anything yet");
    for confirmed in [true, false, true] {
        let applied = confirm(&world, draft(confirmed), &actor(SECRETARY)).unwrap();
        assert_eq!(applied.case.version, world.case.version + 1);
        assert_eq!(applied.case.revision, world.case.revision, "what a partner says is no content");
        assert_eq!(applied.happenings.len(), 1);
        assert_eq!(applied.happenings[0].kind, EventKind::RelianceConfirmed);
        assert_eq!(applied.happenings[0].payload["confirmed"], confirmed);
        assert!(!applied.happenings[0].payload.to_string().contains("P. Artner"), "events name people by id");
        world.case = applied.case;
        assert_eq!(world.case.process.holds.get(&reliance()), Some(&confirmed));
        assert_eq!(
            holds(&world.case, &none),
            world.case.process.holds,
            "and stays so whatever is asked anew"
        );
    }
    assert_eq!(world.case.process.confirmations.len(), 3, "nothing of it is lost");
    let last = world.case.process.confirmations.last().unwrap();
    assert_eq!((last.recorded_by, last.recorded_at), (person(SECRETARY), world.moment.at));
    let stored = serde_json::to_value(&world.case.process).unwrap();
    assert_eq!(serde_json::from_value::<ehia_domain::case::Process>(stored).unwrap(), world.case.process);
}

#[test]
fn whoever_recorded_it_as_their_own_stays_barred() {
    let mut world = world();
    let by = with_roles(CONTRIBUTOR, &[Role::Author]);
    world.case = confirm(&world, draft(true), &by).unwrap().case;
    world.case.content.contributors.clear();
    assert!(was_party(&world.case, person(CONTRIBUTOR)));
}

#[test]
fn what_was_confirmed_is_the_reliance_as_it_stood() {
    let mut world = world();
    world.case = confirm(&world, draft(true), &actor(SECRETARY)).unwrap().case;
    let known = |world: &World| holds(&world.case, &HashMap::<_, Target>::new()).get(&reliance()).copied();
    world.case.content.interdependencies[0].note = Some("Anything else.".into());
    assert_eq!(known(&world), Some(true));
    let changes: [fn(&mut Interdependency); 3] = [
        |edge| edge.premise = Some("Eight more beds.".into()),
        |edge| edge.by = None,
        |edge| edge.partner = Some(Party::named("Another trust")),
    ];
    for change in changes {
        let before = world.case.content.interdependencies[0].clone();
        change(&mut world.case.content.interdependencies[0]);
        assert_eq!(known(&world), None, "nobody confirmed that");
        world.case.content.interdependencies[0] = before;
        assert_eq!(known(&world), Some(true));
    }
}

/// A case whose one impact is met by something verified that rests on the partner's word.
fn assured() -> World {
    let mut world = world();
    let mut harm = impact(70, Direction::Negative, Some((4, 4)));
    harm.target = Some(Rating { likelihood: 1, consequence: 4 });
    let mitigation = Mitigation {
        id: Uuid::from_u128(60).into(),
        action: "Open beds elsewhere.".into(),
        impacts: vec![harm.id],
        owner: None,
        due: None,
        indicator: None,
        baseline: None,
        target_value: None,
        reliances: vec![reliance()],
    };
    world.case.process.progress.push(MitigationReport {
        mitigation: mitigation.id,
        at: world.moment.at,
        by: person(SECRETARY),
        status: MitigationStatus::Verified,
        note: "Seen.".into(),
        current: None,
        evidence: Vec::new(),
    });
    world.case.content.impacts = vec![harm];
    world.case.content.mitigations = vec![mitigation];
    world
}

#[test]
fn an_assured_rating_rests_on_what_a_partner_confirmed() {
    let mut world = assured();
    let harm = world.case.content.impacts[0].clone();
    assert_eq!(world.case.assured(harm.id), harm.initial);
    world.case = confirm(&world, draft(true), &actor(SECRETARY)).unwrap().case;
    assert_eq!(world.case.assured(harm.id), harm.target);
    world.case = confirm(&world, draft(false), &actor(SECRETARY)).unwrap().case;
    assert_eq!(world.case.assured(harm.id), harm.initial);
}

#[test]
fn a_standing_that_changes_leaves_what_partners_said() {
    let mut world = world();
    let target = Uuid::from_u128(41).into();
    let mut other = world.case.content.interdependencies[0].clone();
    other.id = Uuid::from_u128(42).into();
    other.target = Some(target);
    other.holds_when = Some(ReliancePremise::TargetDoesNotProceed);
    world.case.content.interdependencies.push(other.clone());
    world.case = confirm(&world, draft(true), &actor(SECRETARY)).unwrap().case;
    let known = |standing: Standing| holds(&world.case, &HashMap::from([(target, Target::from(standing))]));
    assert_eq!(known(Standing::Pending), [(reliance(), true)].into());
    assert_eq!(known(Standing::Proceeding), [(reliance(), true), (other.id, false)].into());
    assert_eq!(known(Standing::Stopped), [(reliance(), true), (other.id, true)].into());
}

#[test]
fn a_target_that_proceeds_holds_what_relies_on_it_by_a_day_if_it_is_there_by_then() {
    let mut world = world();
    let target = Uuid::from_u128(41).into();
    let edge = &mut world.case.content.interdependencies[0];
    (edge.target, edge.partner) = (Some(target), None);
    edge.holds_when = Some(ReliancePremise::TargetProceeds);
    let known = |case: &Case, standing, from: Option<&str>, to: Option<&str>| {
        let mut case = case.clone();
        let of = Target { standing, from: from.map(day), to: to.map(day) };
        settle(&mut case, &HashMap::from([(target, of)]));
        (case.process.holds.get(&reliance()).copied(), case.process.caveats.get(&reliance()).copied())
    };
    for (standing, from, to, holds, caveat) in [
        (Standing::Proceeding, Some("2026-04-01"), None, Some(true), None),
        (Standing::Proceeding, Some("2026-04-02"), None, Some(false), Some(Caveat::FromLater)),
        (Standing::Proceeding, Some("2026-01-01"), Some("2026-04-01"), Some(true), None),
        (Standing::Proceeding, Some("2026-01-01"), Some("2026-03-31"), Some(false), Some(Caveat::EndsBefore)),
        (Standing::Proceeding, None, Some("2026-03-31"), Some(false), Some(Caveat::EndsBefore)),
        (Standing::Proceeding, None, Some("2026-04-01"), None, Some(Caveat::Undated)),
        (Standing::Proceeding, None, None, None, Some(Caveat::Undated)),
        (Standing::Pending, Some("2026-04-02"), None, None, None),
        (Standing::Stopped, Some("2026-01-01"), None, Some(false), None),
    ] {
        assert_eq!(known(&world.case, standing, from, to), (holds, caveat), "{standing} {from:?} {to:?}");
    }
    // Without a day of its own it asks for none.
    world.case.content.interdependencies[0].by = None;
    assert_eq!(known(&world.case, Standing::Proceeding, Some("2028-04-01"), None), (Some(true), None));
    assert_eq!(known(&world.case, Standing::Proceeding, None, None), (Some(true), None));
    // That something does not proceed is broken by the decision that it does, whatever its days.
    let edge = &mut world.case.content.interdependencies[0];
    (edge.by, edge.holds_when) = (Some(day("2026-04-01")), Some(ReliancePremise::TargetDoesNotProceed));
    assert_eq!(known(&world.case, Standing::Proceeding, Some("2028-04-01"), None), (Some(false), None));
    assert_eq!(known(&world.case, Standing::Stopped, None, None), (Some(true), None));
}

#[test]
fn what_an_edit_did_not_touch_stays_known_with_all_that_is_beside_it() {
    let mut before = world().case;
    let target = Uuid::from_u128(41).into();
    let edge = &mut before.content.interdependencies[0];
    (edge.target, edge.holds_when) = (Some(target), Some(ReliancePremise::TargetProceeds));
    let late = Target { from: Some(day("2028-04-01")), ..Target::from(Standing::Proceeding) };
    settle(&mut before, &HashMap::from([(target, late)]));
    let nothing = HashMap::<_, Target>::new();
    let mut after = before.clone();
    settle_after(&mut after, &before, &nothing);
    assert_eq!(after.process, before.process);
    after.content.interdependencies[0].by = Some(day("2028-04-01"));
    settle_after(&mut after, &before, &HashMap::from([(target, late)]));
    assert_eq!(after.process.holds, [(reliance(), true)].into(), "another day is relied on");
    assert_eq!(after.process.caveats, [].into());
    settle_after(&mut after, &before, &nothing);
    assert_eq!(after.process.holds, [].into());
}

#[test]
fn of_several_answers_the_one_of_the_latest_day_counts_and_of_one_day_the_one_recorded_last() {
    let mut world = world();
    let mut say = |confirmed: bool, on: &str| {
        let said = ConfirmationDraft { on: day(on), ..draft(confirmed) };
        world.case = confirm(&world, said, &actor(SECRETARY)).unwrap().case;
        let edge = &world.case.content.interdependencies[0];
        assert_eq!(holds(&world.case, &HashMap::<_, Target>::new()), world.case.process.holds);
        (world.case.process.holds.get(&reliance()).copied(), said_last(&world.case, edge).map(|said| said.on))
    };
    assert_eq!(say(false, "2026-01-20"), (Some(false), Some(day("2026-01-20"))));
    assert_eq!(
        say(true, "2026-01-10"),
        (Some(false), Some(day("2026-01-20"))),
        "an older letter, typed in later"
    );
    assert_eq!(say(true, "2026-01-20"), (Some(true), Some(day("2026-01-20"))));
    assert_eq!(say(false, "2026-01-19"), (Some(true), Some(day("2026-01-20"))));
    assert_eq!(say(false, "2026-01-21"), (Some(false), Some(day("2026-01-21"))));
}

#[test]
fn what_is_confirmed_only_after_its_day_does_not_hold_by_it() {
    let mut world = world();
    world.case.content.interdependencies[0].by = Some(day("2026-01-29"));
    let mut say = |confirmed: bool, on: &str| {
        let said = ConfirmationDraft { on: day(on), ..draft(confirmed) };
        world.case = confirm(&world, said, &actor(SECRETARY)).unwrap().case;
        let process = &world.case.process;
        (process.holds.get(&reliance()).copied(), process.caveats.get(&reliance()).copied())
    };
    assert_eq!(say(true, "2026-01-30"), (None, Some(Caveat::ConfirmedLate)));
    assert_eq!(
        say(false, "2026-01-31"),
        (Some(false), None),
        "that it does not is known whenever they say so"
    );
    let edge = Edge::of(&world.case).next().unwrap();
    assert_eq!((edge.holds, edge.caveat), (Some(false), None));
    let mut world = super::reliance::world();
    world.case.content.interdependencies[0].by = Some(day("2026-01-30"));
    world.case = confirm(&world, draft(true), &actor(SECRETARY)).unwrap().case;
    assert_eq!(
        (&world.case.process.holds, &world.case.process.caveats),
        (&[(reliance(), true)].into(), &[].into())
    );
}

#[test]
fn what_was_taken_back_elsewhere_lets_the_assured_rating_fall_until_it_is_answered_here() {
    let mut world = assured();
    let harm = world.case.content.impacts[0].clone();
    world.case = confirm(&world, draft(true), &actor(SECRETARY)).unwrap().case;
    assert_eq!(world.case.assured(harm.id), harm.target);
    let mut elsewhere = super::reliance::world();
    elsewhere.case.id = Uuid::from_u128(900).into();
    elsewhere.case.content.interdependencies[0].id = Uuid::from_u128(901).into();
    elsewhere.case.content.interdependencies[0].by = None;
    elsewhere.case.content.interdependencies[0].premise = Some(" four  MORE beds.".into());
    let mut there = |confirmed: bool, on: &str, minutes: i64| {
        let said = ConfirmationDraft {
            interdependency: Uuid::from_u128(901).into(),
            on: day(on),
            ..draft(confirmed)
        };
        elsewhere.case = confirm(&elsewhere, said, &actor(SECRETARY)).unwrap().case;
        let last = elsewhere.case.process.confirmations.last_mut().unwrap();
        last.recorded_at += chrono::TimeDelta::minutes(minutes);
        elsewhere.case.clone()
    };
    let hears = |case: &Case, other: &Case| {
        let mut after = case.clone();
        hear(&mut after, other);
        settle(&mut after, &HashMap::<_, Target>::new());
        after
    };
    let same = hears(&world.case, &there(true, "2026-01-30", 1));
    assert_eq!(same, world.case, "they said the same");
    assert_eq!(
        hears(&world.case, &there(false, "2026-01-29", 2)),
        world.case,
        "they said something else since"
    );
    let taken_back = there(false, "2026-01-30", 3);
    let open = hears(&world.case, &taken_back);
    assert_eq!(open.process.holds, [].into());
    assert_eq!(open.process.caveats, [(reliance(), Caveat::TakenBackElsewhere)].into());
    assert_eq!(open.assured(harm.id), harm.initial);
    assert_eq!(hears(&open, &taken_back), open, "doing it twice changes nothing more");
    let mut later = there(true, "2026-01-31", 4);
    assert_eq!(hears(&open, &later), open, "what is confirmed elsewhere raises nothing");
    later.process.confirmations.clear();
    assert_eq!(hears(&open, &later), open);
    // An edit of something else leaves it, one of what is relied on does not.
    let mut edited = open.clone();
    edited.content.interdependencies[0].by = None;
    settle_after(&mut edited, &open, &HashMap::<_, Target>::new());
    assert_eq!(edited.process.heard.len(), 1, "it is on the same");
    edited.content.interdependencies[0].premise = Some("Eight more beds.".into());
    settle_after(&mut edited, &open, &HashMap::<_, Target>::new());
    assert_eq!((edited.process.heard, edited.process.caveats), ([].into(), [].into()));
    // Answered here.
    world.case = open;
    let stored = serde_json::to_value(&world.case.process).unwrap();
    assert_eq!(serde_json::from_value::<ehia_domain::case::Process>(stored).unwrap(), world.case.process);
    let older = ConfirmationDraft { on: day("2026-01-29"), ..draft(true) };
    let told = confirm(&world, older, &actor(SECRETARY)).unwrap().case;
    assert_eq!(told.assured(harm.id), harm.initial, "a letter from before answers nothing");
    let told = confirm(&world, draft(true), &actor(SECRETARY)).unwrap().case;
    assert_eq!((told.assured(harm.id), told.process.heard.len()), (harm.target, 0));
    let told = confirm(&world, draft(false), &actor(SECRETARY)).unwrap().case;
    assert_eq!((told.process.holds, told.process.caveats), ([(reliance(), false)].into(), [].into()));
}

#[test]
fn what_does_not_say_from_when_assures_nothing_by_a_day() {
    let mut world = assured();
    let harm = world.case.content.impacts[0].clone();
    let target = Uuid::from_u128(41).into();
    let edge = &mut world.case.content.interdependencies[0];
    (edge.target, edge.holds_when) = (Some(target), Some(ReliancePremise::TargetProceeds));
    for (from, rating) in [(None, harm.initial), (Some(day("2026-04-01")), harm.target), (None, harm.initial)]
    {
        let of = Target { from, ..Target::from(Standing::Proceeding) };
        settle(&mut world.case, &HashMap::from([(target, of)]));
        assert_eq!(world.case.assured(harm.id), rating, "{from:?}");
    }
}

#[test]
fn whatever_is_of_another_partner_premise_or_kind_is_heard_by_nobody() {
    let mut there = world();
    there.case.id = Uuid::from_u128(900).into();
    there.case = confirm(&there, draft(false), &actor(SECRETARY)).unwrap().case;
    let changes: [fn(&mut Interdependency); 5] = [
        |_| (),
        |edge| edge.premise = Some("Five more beds.".into()),
        |edge| edge.partner = Some(Party::named("Another trust")),
        |edge| edge.holds_when = Some(ReliancePremise::TargetProceeds),
        |edge| edge.kind = InterdependencyKind::Funds,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut here = world().case;
        change(&mut here.content.interdependencies[0]);
        hear(&mut here, &there.case);
        assert_eq!(here.process.heard.len(), usize::from(number == 0), "{number}");
    }
    // Two of one case are as two of two.
    let mut other = there.case.content.interdependencies[0].clone();
    other.id = Uuid::from_u128(902).into();
    there.case.content.interdependencies.push(other.clone());
    let itself = there.case.clone();
    hear(&mut there.case, &itself);
    assert_eq!(there.case.process.heard.into_keys().collect::<Vec<_>>(), [other.id]);
}

#[test]
fn a_process_from_before_caveats_were_kept_is_read_and_read_again_by_the_next_reaction() {
    let mut world = world();
    world.case = confirm(&world, draft(true), &actor(SECRETARY)).unwrap().case;
    let stored = serde_json::to_value(&world.case.process).unwrap();
    assert_eq!(stored.get("caveats"), None, "nothing is written that older programs do not know");
    let mut case = world.case.clone();
    case.process = serde_json::from_value(stored).unwrap();
    // As the program before judged it: the day was not looked at.
    case.content.interdependencies[0].by = Some(day("2026-01-29"));
    case.process.confirmations[0].of.by = Some(day("2026-01-29"));
    settle(&mut case, &HashMap::<_, Target>::new());
    assert_eq!(case.process.holds, [].into());
}

#[test]
fn those_whose_proposal_it_is_record_it_and_the_partner_speaks_for_itself() {
    let mut world = world();
    for by in [AUTHOR, CONTRIBUTOR, SRO, SECRETARY, LEAD] {
        assert!(confirm(&world, draft(true), &actor(by)).is_ok(), "{by}");
    }
    for by in [MEMBER, BODY, GOVERNANCE] {
        assert_eq!(confirm(&world, draft(true), &actor(by)), Err(Refused::Forbidden), "{by}");
    }
    let theirs_to_say = partner(70);
    assert_eq!(confirm(&world, draft(true), &theirs_to_say), Err(Refused::NotFound));
    for (level, may) in [(ShareLevel::Stub, false), (ShareLevel::Read, true), (ShareLevel::Review, true)] {
        world.case.shares = [(theirs(), level)].into();
        assert_eq!(confirm(&world, draft(true), &theirs_to_say).is_ok(), may, "{level}");
    }
    let said = confirm(&world, draft(true), &theirs_to_say).unwrap().case.process.confirmations;
    assert_eq!(said[0].by, Party::person(person(70)), "whoever is named");

    let named = |partner: Option<Party>, by: &Actor| {
        let mut world = super::reliance::world();
        world.case.shares = [(theirs(), ShareLevel::Read)].into();
        world.case.content.interdependencies[0].partner = partner;
        confirm(&world, draft(true), by).is_ok()
    };
    assert!(!named(None, &theirs_to_say));
    assert!(!named(Some(Party::named("Another trust")), &theirs_to_say), "they speak for themselves only");
    let of =
        |organisation: &str| Party { organisation: Some(organisation.into()), ..Party::named("P. Artner") };
    assert!(named(Some(of(" synthetic partner trust")), &theirs_to_say));
    assert!(!named(Some(of("Another trust")), &theirs_to_say));
    assert!(named(Some(Party::person(person(70))), &theirs_to_say));
    assert!(!named(Some(Party::person(person(71))), &theirs_to_say));
}

#[test]
fn it_is_said_who_confirmed_when_and_where_that_stands() {
    let mut world = world();
    let told = |world: &World, draft| codes(confirm(world, draft, &actor(AUTHOR)));
    let wrong = |code: &str, path: &str| vec![(code.to_owned(), path.to_owned())];
    let missing = ConfirmationDraft { by: None, ..draft(true) };
    assert_eq!(told(&world, missing), wrong("REQUIRED", "confirmedBy"));
    let own = ConfirmationDraft { by: Some(Party::person(person(SRO))), ..draft(true) };
    assert_eq!(told(&world, own), wrong("SEPARATION_OF_DUTIES", "confirmedBy"));
    let empty = ConfirmationDraft { note: " ".into(), ..draft(true) };
    assert_eq!(told(&world, empty), wrong("REQUIRED", "note"));
    let tomorrow = ConfirmationDraft { on: day("2026-02-03"), ..draft(true) };
    assert_eq!(told(&world, tomorrow), wrong("IN_THE_FUTURE", "on"));
    let lost = ConfirmationDraft { interdependency: Uuid::from_u128(1).into(), ..draft(true) };
    assert_eq!(told(&world, lost), wrong("NOT_FOUND", "interdependencyId"));
    world.case.content.interdependencies[0].holds_when = Some(ReliancePremise::TargetProceeds);
    assert_eq!(told(&world, draft(true)), wrong("NOT_APPLICABLE", "interdependencyId"));
    world.case.content.interdependencies[0].holds_when = None;
    world.case.content.interdependencies[0].kind = InterdependencyKind::Funds;
    let agreed = confirm(&world, draft(true), &actor(AUTHOR)).unwrap().case;
    assert_eq!(
        (agreed.process.holds.len(), agreed.process.confirmations.len()),
        (0, 1),
        "agreed, and no reliance"
    );
    world.case.content.interdependencies[0].kind = InterdependencyKind::ReliesOn;
    world.case.content.interdependencies[0].holds_when = Some(ReliancePremise::PartnerConfirms);
    world.case.state = "withdrawn".into();
    assert_eq!(confirm(&world, draft(true), &actor(AUTHOR)), Err(Refused::Forbidden), "the case is closed");
}

#[test]
fn whoever_only_audits_the_partner_says_nothing_for_it() {
    for level in [ShareLevel::Read, ShareLevel::Review] {
        for named in [Party::named(TRUST), Party::person(person(77))] {
            let mut world = world();
            world.case.content.interdependencies[0].partner = Some(named);
            world.case.shares.insert(theirs(), level);
            let mut auditor = partner(77);
            assert!(confirm(&world, draft(true), &auditor).is_ok());
            auditor.grants[0].role = Role::Auditor;
            assert!(matches!(confirm(&world, draft(true), &auditor), Err(Refused::Forbidden)));
            auditor.grants.push(Grant { organisation: elsewhere(), role: Role::Governance, until: None });
            assert!(
                matches!(confirm(&world, draft(true), &auditor), Err(Refused::Forbidden)),
                "what they hold elsewhere does not speak for it"
            );
        }
    }
}

fn elsewhere() -> OrganisationId {
    Uuid::from_u128(3).into()
}
