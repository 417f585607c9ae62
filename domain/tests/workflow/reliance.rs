//! What partners say of a reliance, who may record it, and whether the reliance holds then.

use std::collections::HashMap;

use ehia_domain::{
    case::ShareLevel,
    event::EventKind,
    id::{InterdependencyId, OrganisationId},
    impact::Direction,
    interdependency::{Interdependency, InterdependencyKind, ReliancePremise, holds},
    mitigation::{Mitigation, MitigationReport, MitigationStatus},
    party::Party,
    permission::{Actor, Grant, Role, was_party},
    rating::Rating,
    workflow::{
        Standing,
        engine::{Applied, Refused},
        reliance::{ConfirmationDraft, confirm_reliance},
    },
};
use uuid::Uuid;

use super::world::*;

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
    let none = HashMap::new();
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
    let known = |world: &World| holds(&world.case, &HashMap::new()).get(&reliance()).copied();
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

#[test]
fn an_assured_rating_rests_on_what_a_partner_confirmed() {
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
    world.case.content.impacts = vec![harm.clone()];
    world.case.content.mitigations = vec![mitigation];
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
    let known = |standing| holds(&world.case, &HashMap::from([(target, standing)]));
    assert_eq!(known(Standing::Pending), [(reliance(), true)].into());
    assert_eq!(known(Standing::Proceeding), [(reliance(), true), (other.id, false)].into());
    assert_eq!(known(Standing::Stopped), [(reliance(), true), (other.id, true)].into());
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
