//! The policy, whole and as laws.

use std::fmt::Write;

use ehia_domain::{
    case::{Case, ShareLevel},
    decision::DecisionOutcome,
    event::Audience,
    leave::DEPUTISED,
    party::Party,
    permission::{
        Action, Actor, Denied, Deputised, Office, Relation, Role, hears, is_party, may_be_stood_in_for,
        may_end_token, permit, permit_in, relation, was_party,
    },
    review::Interest,
    workflow::Phase,
};
use proptest::prelude::*;

use super::{
    golden,
    people::{
        AUTHOR, CONTRIBUTOR, DECLARED, ELSEWHERE, HOME, MEMBER_WHO_OWNS, NOBODY, NOT_VOTING, NOTHING, OWNER,
        READS, REVIEWS, SRO, STUB, UNDECLARED, VERIFIER, WHO, WITHDRAWN, actor, case, decision, grant,
        member, organisation, person,
    },
};

/// The columns: one role each, then all of them.
const COLUMNS: [(&str, &[Role]); 11] = [
    ("AUTH", &[Role::Author]),
    ("SRO", &[Role::Sro]),
    ("LEAD", &[Role::EqualityLead]),
    ("REVW", &[Role::Reviewer]),
    ("CHAIR", &[Role::PanelChair]),
    ("SECR", &[Role::PanelSecretary]),
    ("BODY", &[Role::DecisionMaker]),
    ("GOV", &[Role::Governance]),
    ("AUDIT", &[Role::Auditor]),
    ("ADMIN", &[Role::Administrator]),
    ("ALL", Role::ALL),
];

/// In which phases it is permitted; `-` where the case is not even found.
fn cell(actor: &Actor, action: Action, case: &Case) -> String {
    let answers: Vec<_> = Phase::ALL.iter().map(|phase| permit(actor, action, case, *phase)).collect();
    if answers.iter().all(|answer| *answer == Err(Denied::NotFound)) {
        return "-".into();
    }
    if answers.iter().all(Result::is_err) {
        return ".".into();
    }
    let letter = |phase: &Phase| phase.as_str().chars().next().unwrap();
    Phase::ALL
        .iter()
        .zip(answers)
        .map(|(phase, answer)| if answer.is_ok() { letter(phase) } else { '_' })
        .collect()
}

fn block(listing: &mut String, title: &str, case: &Case, who: u128, at: u128) {
    write!(listing, "\n{title}\n{:<20}", "").unwrap();
    for (name, _) in COLUMNS {
        write!(listing, " {name:<5}").unwrap();
    }
    listing.push('\n');
    for action in Action::ALL {
        write!(listing, "{:<20}", action.as_str()).unwrap();
        for (_, roles) in COLUMNS {
            write!(listing, " {:<5}", cell(&actor(who, at, roles), *action, case)).unwrap();
        }
        listing.truncate(listing.trim_end().len());
        listing.push('\n');
    }
}

/// What can be done in an organisation, whatever its cases: `x` where it is permitted.
fn offices(listing: &mut String) {
    for (title, at, read_only) in [
        ("In the organisation itself", HOME, false),
        ("In the organisation itself, with a token that may only read", HOME, true),
        ("In another organisation; roles here", ELSEWHERE, false),
    ] {
        write!(listing, "\n{title}\n{:<20}", "").unwrap();
        for (name, _) in COLUMNS {
            write!(listing, " {name:<5}").unwrap();
        }
        for office in Office::ALL {
            write!(listing, "\n{:<20}", office.as_str()).unwrap();
            for (_, roles) in COLUMNS {
                let me = Actor { read_only, ..actor(NOBODY, at, roles) };
                let may = permit_in(&me, *office, organisation(HOME)).is_ok();
                write!(listing, " {:<5}", if may { "x" } else { "." }).unwrap();
            }
            listing.truncate(listing.trim_end().len());
        }
        listing.push('\n');
    }
}

#[test]
fn the_matrix_of_role_relation_action_and_phase_is_as_committed() {
    let mut listing = String::from(
        "Who may do what with a case, asked of the policy itself about a synthetic case.\n\
         A block for everything one can be to a case; a row for every action; a column for every role held.\n\
         DRADC: in drafting, review, approved, decided, closed; `_` not in that phase, `.` in none,\n\
         `-` the case is not found.\n",
    );
    let case = case();
    for (relation, who, at) in WHO {
        let held = match at {
            HOME => "",
            ELSEWHERE => "; roles in an organisation it was not shared with",
            _ => "; roles in the organisation it was shared with",
        };
        block(&mut listing, &format!("{relation}{held}"), &case, who, at);
    }
    block(&mut listing, "DECLARED, and owns a condition", &case, MEMBER_WHO_OWNS, HOME);
    block(
        &mut listing,
        "DECLARED, from the organisation it was shared with for review",
        &case,
        DECLARED,
        REVIEWS,
    );
    let mut seated = case.clone();
    seated.content.contributors.push(person(DECLARED));
    let title = "DECLARED and a contributor, from the organisation it was shared with for review";
    block(&mut listing, title, &seated, DECLARED, REVIEWS);
    let mut decided = case.clone();
    decided.process.decisions = vec![decision(DecisionOutcome::Proceed)];
    block(&mut listing, "COLLEAGUE of a case that was decided", &decided, NOBODY, HOME);
    block(&mut listing, "AUTHOR whose roles ended; roles elsewhere", &case, AUTHOR, ELSEWHERE);
    offices(&mut listing);
    golden::holds("permission.txt", &listing);
}

#[test]
fn everybody_of_the_matrix_is_what_the_matrix_says() {
    for (expected, who, at) in WHO {
        assert_eq!(relation(&actor(who, at, &[Role::Reviewer]), &case()), expected);
    }
    let every: Vec<_> = WHO.iter().map(|(relation, ..)| *relation).collect();
    assert_eq!(every, Relation::ALL);
    assert_eq!(relation(&actor(VERIFIER, HOME, &[Role::Auditor]), &case()), Relation::Named);
}

/// The order in which relations are asked, said once more.
#[test]
fn the_first_relation_that_applies_counts() {
    let who = NOBODY;
    let me = actor(who, HOME, &[Role::Author]);
    let mut case = case();
    assert_eq!(relation(&me, &case), Relation::Colleague);
    case.content.mitigations[0].owner = Some(Party::person(person(who)));
    assert_eq!(relation(&me, &case), Relation::Named);
    for (interest, expected) in [
        (Interest::Withdrawn, Relation::Withdrawn),
        (Interest::DeclaredNotVoting, Relation::NotVoting),
        (Interest::DeclaredNoted, Relation::Declared),
        (Interest::None, Relation::Declared),
        (Interest::Undeclared, Relation::Undeclared),
    ] {
        let members = &mut case.process.panel.as_mut().unwrap().members;
        members.retain(|member| member.person != person(who));
        members.push(member(who, interest));
        assert_eq!(relation(&me, &case), expected);
    }
    case.content.sro = Some(Party::person(person(who)));
    assert_eq!(relation(&me, &case), Relation::Sro);
    case.content.contributors.push(person(who));
    assert_eq!(relation(&me, &case), Relation::Contributor);
    case.author = person(who);
    assert_eq!(relation(&me, &case), Relation::Author);
}

#[test]
fn somebody_in_several_organisations_has_the_most_that_was_shared_with_any() {
    let mut me = actor(NOBODY, STUB, &[Role::Author]);
    assert_eq!(relation(&me, &case()), Relation::SharedAsStub);
    me.grants.push(grant(READS, Role::Author));
    assert_eq!(relation(&me, &case()), Relation::SharedToRead);
    me.grants.push(grant(REVIEWS, Role::Author));
    assert_eq!(relation(&me, &case()), Relation::SharedForReview);
    assert_eq!(relation(&actor(NOBODY, NOTHING, Role::ALL), &case()), Relation::Stranger);
}

#[test]
fn who_holds_no_role_any_more_finds_nothing_whatever_they_were() {
    for who in [AUTHOR, CONTRIBUTOR, SRO, UNDECLARED, DECLARED, NOT_VOTING, WITHDRAWN, OWNER, NOBODY] {
        for (action, phase) in every() {
            let gone = actor(who, HOME, &[]);
            assert_eq!(permit(&gone, action, &case(), phase), Err(Denied::NotFound), "{who} {action}");
        }
    }
}

#[test]
fn a_seat_counts_only_at_home_or_where_it_was_shared_for_review() {
    for at in [READS, STUB] {
        let away = actor(DECLARED, at, Role::ALL);
        assert!(matches!(relation(&away, &case()), Relation::SharedToRead | Relation::SharedAsStub));
        assert_eq!(permit(&away, Action::Review, &case(), Phase::Review), Err(Denied::Forbidden));
    }
    let away = actor(DECLARED, REVIEWS, &[Role::Reviewer]);
    assert_eq!(permit(&away, Action::Review, &case(), Phase::Review), Ok(()));
}

#[test]
fn the_panel_s_deliberation_is_heard_by_those_who_take_part_and_never_by_the_parties() {
    let case = case();
    let heard =
        |who, at, roles: &[Role]| hears(&actor(who, at, roles), Audience::Panel, &case, Phase::Review);
    assert!(heard(DECLARED, HOME, &[Role::Reviewer]));
    assert!(heard(NOBODY, HOME, &[Role::PanelChair]));
    assert!(heard(NOBODY, HOME, &[Role::Auditor]));
    for (who, at) in [
        (AUTHOR, HOME),
        (CONTRIBUTOR, HOME),
        (SRO, HOME),
        (UNDECLARED, HOME),
        (WITHDRAWN, HOME),
        (NOBODY, REVIEWS),
    ] {
        assert!(!heard(who, at, Role::ALL), "{who}");
    }
    assert!(!heard(NOBODY, HOME, &[Role::Governance]));
}

#[test]
fn events_of_administration_are_heard_by_administrators_and_auditors_of_the_organisation() {
    let case = case();
    let heard =
        |at, role| hears(&actor(NOBODY, at, &[role]), Audience::Administration, &case, Phase::Drafting);
    for role in Role::ALL {
        let expected = matches!(role, Role::Administrator | Role::Auditor);
        assert_eq!(heard(HOME, *role), expected, "{role}");
        assert!(!heard(REVIEWS, *role), "{role}");
    }
}

fn every() -> impl Iterator<Item = (Action, Phase)> {
    Action::ALL.iter().flat_map(|action| Phase::ALL.iter().map(|phase| (*action, *phase)))
}

/// A case among a few people who may be several things to it at once.
fn cases() -> impl Strategy<Value = Case> {
    let people = || 1_u128..5;
    let interests = proptest::sample::select(Interest::ALL);
    let levels = proptest::sample::select(ShareLevel::ALL);
    (
        people(),
        proptest::collection::vec(people(), 0..3),
        proptest::option::of(people()),
        proptest::collection::vec((people(), interests), 0..4),
        proptest::option::of(people()),
        proptest::option::of(people()),
        levels,
    )
        .prop_map(|(author, contributors, sro, members, owner, verifier, level)| {
            let mut case = case();
            case.author = person(author);
            case.content.contributors = contributors.into_iter().map(person).collect();
            case.content.sro = sro.map(|sro| Party::person(person(sro)));
            case.content.mitigations[0].owner = owner.map(|owner| Party::person(person(owner)));
            case.process.conditions[0].owner = Party::named("Nobody");
            case.process.conditions[0].verifier =
                verifier.map_or_else(|| Party::named("Nobody"), |one| Party::person(person(one)));
            case.process.panel.as_mut().unwrap().members =
                members.into_iter().map(|(number, interest)| member(number, interest)).collect();
            case.shares = [(organisation(REVIEWS), level)].into();
            case
        })
}

fn actors() -> impl Strategy<Value = Actor> {
    let grants = proptest::collection::vec(
        (proptest::sample::select(vec![HOME, REVIEWS, ELSEWHERE]), proptest::sample::select(Role::ALL)),
        0..6,
    );
    let deputises = proptest::collection::vec(
        (
            proptest::sample::select(vec![HOME, REVIEWS, ELSEWHERE]),
            proptest::sample::select(&DEPUTISED[..]),
            1_u128..5,
        ),
        0..3,
    );
    (1_u128..5, grants, deputises, any::<bool>()).prop_map(|(who, grants, deputises, read_only)| {
        let grants: Vec<_> = grants.into_iter().map(|(at, role)| grant(at, role)).collect();
        let deputises = deputises.into_iter().map(|(at, role, principal)| Deputised {
            organisation: organisation(at),
            role,
            on_behalf_of: person(principal),
            until: "2027-03-31".parse().unwrap(),
        });
        let belongs = |one: &Deputised| grants.iter().any(|held| held.organisation == one.organisation);
        Actor { person: person(who), deputises: deputises.filter(belongs).collect(), grants, read_only }
    })
}

proptest! {
    #[test]
    fn a_deputy_does_what_they_or_whoever_is_away_could_do_and_says_for_whom(actor in actors(), case in cases()) {
        let alone = Actor { deputises: Vec::new(), ..actor.clone() };
        for (action, phase) in every() {
            let may = |who: &Actor| permit(who, action, &case, phase).is_ok();
            let principal = actor.on_behalf_of(may);
            if !may(&actor) {
                prop_assert!(!may(&alone), "{action}: standing in for somebody takes nothing away");
                continue;
            }
            prop_assert_eq!(principal.is_none(), may(&alone), "{} in {}", action, phase);
            let Some(principal) = principal else { continue };
            let theirs = actor.deputises.iter().filter(|one| one.on_behalf_of == principal);
            prop_assert!(theirs.clone().any(|one| one.organisation == case.organisation));
            if action.writes() || matches!(action, Action::ReadDeliberation | Action::ReadDeliveries) {
                prop_assert!(may_be_stood_in_for(&case, principal), "{action}: whoever is away could not");
                prop_assert!(!was_party(&case, actor.person) || !action.writes() || may(&alone)
                    || matches!(action, Action::Report | Action::Share | Action::ConfirmReliance | Action::Decide | Action::ConfirmReading), "{action}");
            }
        }
    }

    #[test]
    fn no_combination_of_roles_lets_a_party_judge(actor in actors(), case in cases()) {
        use Action::{AnswerInterest, AssignPanel, Conclude, JudgeMateriality, Move, ReadDeliberation, ReadDeliveries, Review, Steer};
        if is_party(&case, actor.person) {
            for action in [Review, Conclude, AnswerInterest, AssignPanel, JudgeMateriality, ReadDeliberation, ReadDeliveries, Steer, Move] {
                for phase in Phase::ALL {
                    prop_assert!(permit(&actor, action, &case, *phase).is_err(), "{action} {phase}");
                }
            }
        }
    }

    #[test]
    fn who_cannot_see_the_stub_can_do_nothing_and_does_not_learn_of_the_case(actor in actors(), case in cases()) {
        for (action, phase) in every() {
            let stub = permit(&actor, Action::SeeStub, &case, phase);
            let stranger = relation(&actor, &case) == Relation::Stranger;
            prop_assert_eq!(stub, if stranger { Err(Denied::NotFound) } else { Ok(()) });
            let answer = permit(&actor, action, &case, phase);
            prop_assert_eq!(answer == Err(Denied::NotFound), stranger, "{} {}", action, phase);
        }
    }

    #[test]
    fn who_has_not_declared_or_has_withdrawn_sees_the_stub_and_may_declare(actor in actors(), case in cases()) {
        if matches!(relation(&actor, &case), Relation::Undeclared | Relation::Withdrawn) {
            for (action, phase) in every() {
                let expected = action == Action::SeeStub || (action == Action::DeclareInterest && !actor.read_only);
                prop_assert_eq!(permit(&actor, action, &case, phase).is_ok(), expected, "{} {}", action, phase);
            }
        }
    }

    #[test]
    fn a_token_that_may_only_read_reads_the_same_and_writes_nothing(actor in actors(), case in cases()) {
        let full = Actor { read_only: false, ..actor.clone() };
        let bound = Actor { read_only: true, ..actor };
        for (action, phase) in every() {
            let reads = !action.writes();
            let (full, bound) = (permit(&full, action, &case, phase), permit(&bound, action, &case, phase));
            if reads {
                prop_assert_eq!(bound, full);
            } else {
                prop_assert!(bound.is_err(), "{} {}", action, phase);
            }
        }
    }

    #[test]
    fn roles_held_elsewhere_count_for_nothing_here(actor in actors(), case in cases(), role in proptest::sample::select(Role::ALL)) {
        let mut more = actor.clone();
        more.grants.push(grant(ELSEWHERE, role));
        for (action, phase) in every() {
            prop_assert_eq!(permit(&more, action, &case, phase), permit(&actor, action, &case, phase));
        }
    }

    #[test]
    fn who_writes_reviews_or_reads_deliberation_may_read(actor in actors(), case in cases()) {
        for phase in Phase::ALL {
            for action in [Action::Edit, Action::Review, Action::ReadDeliberation, Action::ReadDialogue, Action::ReadDeliveries, Action::Discuss, Action::Answer, Action::Conclude, Action::Decide] {
                if permit(&actor, action, &case, *phase).is_ok() {
                    prop_assert!(permit(&actor, Action::Read, &case, *phase).is_ok(), "{action} without reading");
                }
            }
        }
    }

    #[test]
    fn another_organisation_may_do_no_more_than_was_shared(actor in actors(), case in cases()) {
        if actor.belongs(organisation(HOME)) { return Ok(()); }
        let level = if actor.belongs(organisation(REVIEWS)) { case.shares[&organisation(REVIEWS)] } else { ShareLevel::None };
        for (action, phase) in every() {
            let most = match level {
                ShareLevel::None => false,
                ShareLevel::Stub => action == Action::SeeStub,
                ShareLevel::Read => matches!(action, Action::SeeStub | Action::Read | Action::ConfirmReliance),
                ShareLevel::Review => matches!(
                    action,
                    Action::SeeStub | Action::Read | Action::ReadDeliberation | Action::ReadDialogue | Action::DeclareInterest | Action::Review | Action::Discuss | Action::Report | Action::ConfirmReliance
                ),
            };
            prop_assert!(most || permit(&actor, action, &case, phase).is_err(), "{} {} at {}", action, phase, level);
        }
    }
}

#[test]
fn whoever_was_party_judges_nothing_and_reads_nothing_for_it() {
    let never = case();
    let mut former = case();
    former.process.wrote = [DECLARED, NOBODY].map(person).into();
    let judging = [
        Action::ReadDeliberation,
        Action::ReadDialogue,
        Action::Discuss,
        Action::ReadDeliveries,
        Action::AssignPanel,
        Action::AnswerInterest,
        Action::AnswerChair,
        Action::Review,
        Action::Conclude,
        Action::Decide,
        Action::Screen,
        Action::Ratify,
        Action::ConfirmReading,
        Action::Steer,
        Action::JudgeMateriality,
        Action::Retain,
        Action::Move,
    ];
    for who in [DECLARED, NOBODY] {
        for (action, phase) in
            Action::ALL.iter().flat_map(|action| Phase::ALL.iter().map(move |p| (action, p)))
        {
            for roles in [&[Role::Reviewer][..], Role::ALL] {
                let me = actor(who, HOME, roles);
                let (was, is) = (permit(&me, *action, &never, *phase), permit(&me, *action, &former, *phase));
                if judging.contains(action) {
                    assert!(is.is_err(), "{action}");
                } else {
                    assert_eq!(was, is, "{action}");
                }
            }
        }
    }
}

#[test]
fn what_was_withdrawn_undecided_stays_with_those_who_knew_it() {
    let colleague = actor(NOBODY, HOME, &[Role::Author, Role::Reviewer, Role::Sro]);
    let reads = |case: &Case, phase| permit(&colleague, Action::Read, case, phase).is_ok();
    let mut case = case();
    assert!(!reads(&case, Phase::Drafting) && !reads(&case, Phase::Closed));
    assert!(reads(&case, Phase::Approved) && reads(&case, Phase::Decided));
    case.process.decisions = vec![decision(DecisionOutcome::Stop)];
    assert!(reads(&case, Phase::Closed), "what was decided is no secret of its authors");
}

#[test]
fn a_token_is_ended_by_its_owner_or_an_administrator_of_where_they_are_or_were() {
    let there = [organisation(ELSEWHERE), organisation(HOME)];
    for role in Role::ALL {
        let who = actor(NOBODY, HOME, &[*role]);
        let may = *role == Role::Administrator;
        assert_eq!(may_end_token(&who, person(OWNER), &there), may, "{role}");
        assert!(!may_end_token(&who, person(OWNER), &there[..1]), "{role}");
        assert!(may_end_token(&who, who.person, &[]), "their own");
        let reads = Actor { read_only: true, ..who };
        assert!(
            !may_end_token(&reads, person(OWNER), &there) && !may_end_token(&reads, reads.person, &there)
        );
    }
}
