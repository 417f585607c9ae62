//! Urgent action: the chair concludes between meetings, and the panel ratifies that or does not. All synthetic.

use std::collections::BTreeMap;

use ehia_domain::{
    check::Gate,
    event::EventKind,
    id::PersonId,
    notify::{Circumstances, Directory, NoticeKind, Recipient, notices},
    party::Party,
    permission::{Actor, Deputised, Role},
    review::{Interest, Recommendation},
    task::{Doer, TaskKind, tasks},
    workflow::{
        deadline,
        definition::Workflow,
        engine::{Refused, Request, blockers},
        ratification::{RatificationDraft, answer_refusal, ratify},
    },
};

use serde_json::json;
use uuid::Uuid;

use super::world::{
    AUTHOR, BODY, CHAIR, LEAD, MEMBER, ReadBack, SECRETARY, SRO, World, actor, day, finding, organisation,
    panel, person, with_roles,
};

/// Whoever sits in the chair.
fn chair() -> Actor {
    with_roles(MEMBER, &[Role::PanelChair])
}

/// Submitted to a panel of five, and reviewed by one who is not its chair.
fn asked() -> World {
    let mut world = World::of(Workflow::shipped("ehia", 2).unwrap().clone());
    world.case.process.panel = Some(panel(5));
    world.step("submit", AUTHOR);
    world.review_by(MEMBER + 1).unwrap();
    world
}

fn acted() -> World {
    let mut world = asked();
    let request = world.request("approve_urgently");
    world.case = world.try_apply(&request, &chair()).unwrap().case;
    world
}

/// The chair, and so many others.
fn there(others: u128) -> RatificationDraft {
    RatificationDraft {
        ratified: true,
        attendees: (0..=others).map(|number| Party::person(person(MEMBER + number))).collect(),
        ..RatificationDraft::default()
    }
}

/// What keeps somebody from acting.
fn stops(world: &World, request: &Request, by: &Actor) -> Vec<String> {
    let found =
        blockers(&world.case, world.transition(&request.transition), by, Some(request), &world.context());
    found.into_iter().map(|blocker| blocker.code).collect()
}

fn answer(
    world: &World,
    draft: RatificationDraft,
    by: u128,
) -> Result<ehia_domain::workflow::engine::Applied, Refused> {
    let draft = RatificationDraft { expected_revision: world.case.revision, ..draft };
    ratify(&world.case, draft, &actor(by), &world.context())
}

fn code(refused: Refused) -> String {
    match refused {
        Refused::Invalid(violations) => violations[0].code.clone(),
        other => format!("{other:?}"),
    }
}

#[test]
fn the_chair_acts_alone_only_with_due_regard_recorded_and_another_member_asked() {
    let mut world = asked();
    let whole = world.request("approve_urgently");
    assert_eq!(stops(&world, &whole, &chair()), [""; 0]);

    let mut silent = whole.clone();
    silent.outcome.as_mut().unwrap().urgency = None;
    assert_eq!(stops(&world, &silent, &chair()), ["REQUIRED"], "why it cannot wait");
    let unsaid = Request { comment: None, ..whole.clone() };
    assert_eq!(stops(&world, &unsaid, &chair()), ["REQUIRED"], "what was considered");
    let mut usual = world.request("defer");
    usual.outcome.as_mut().unwrap().urgency = Some("In a hurry.".into());
    assert_eq!(
        stops(&world, &usual, &chair()),
        ["NOT_APPLICABLE"],
        "only an action between meetings is urgent"
    );

    world.findings.push(finding("psed.eliminate@answers/psed", Gate::Submit, false));
    assert_eq!(stops(&world, &whole, &chair()), ["psed.eliminate"], "due regard comes before acting");
    world.findings.clear();

    let reviews = std::mem::take(&mut world.case.process.reviews);
    assert_eq!(stops(&world, &whole, &chair()), ["OTHERS_REVIEWED"]);
    world.case.process.reviews = reviews;
    world.case.process.panel.as_mut().unwrap().members[2].interest = Interest::Undeclared;
    assert_eq!(stops(&world, &whole, &chair()), [""; 0], "whoever is silent is not waited for");
    assert_eq!(stops(&world, &world.request("defer"), &chair()), ["INTERESTS_DECLARED"]);
    world.case.process.panel.as_mut().unwrap().members[2].interest = Interest::None;
    world.case.revision += 1;
    let moved = Request { expected_revision: world.case.revision, ..whole };
    assert_eq!(stops(&world, &moved, &chair()), ["OTHERS_REVIEWED", "UNCHANGED_SINCE_REVIEW"]);
}

#[test]
fn an_action_between_meetings_is_at_none() {
    let world = asked();
    let mut dated = world.request("approve_urgently");
    dated.outcome.as_mut().unwrap().meeting = Some(Uuid::from_u128(77).into());
    let found =
        blockers(&world.case, world.transition("approve_urgently"), &chair(), Some(&dated), &world.context());
    let found: Vec<_> = found.iter().map(|one| (one.code.as_str(), one.path.to_string())).collect();
    assert_eq!(found, [("NOT_APPLICABLE", "outcome/meeting".to_owned())]);
}

#[test]
fn what_the_chair_said_of_it_is_no_other_member_s_advice() {
    let mut world = World::of(Workflow::shipped("ehia", 2).unwrap().clone());
    world.step("submit", AUTHOR);
    world.review_by(MEMBER).unwrap();
    let request = world.request("approve_urgently");
    assert_eq!(stops(&world, &request, &chair()), ["OTHERS_REVIEWED"]);
    world.review_by(MEMBER + 1).unwrap();
    world.try_apply(&request, &chair()).unwrap();
}

#[test]
fn whoever_is_not_on_the_panel_does_not_act_for_it() {
    let mut world = asked();
    let request = world.request("approve_urgently");
    // The role alone is no seat: they never declared on this case.
    assert_eq!(stops(&world, &request, &actor(CHAIR)), ["IN_THE_CHAIR"]);
    world.case.process.panel.as_mut().unwrap().members.retain(|member| member.seat != "chair");
    assert_eq!(stops(&world, &request, &actor(CHAIR)), ["IN_THE_CHAIR"], "not with an empty chair either");
}

#[test]
fn the_vice_chair_acts_where_the_chair_does_not_and_nobody_barred_does() {
    let mut world = asked();
    world.review_by(MEMBER + 2).unwrap();
    world.case.process.panel.as_mut().unwrap().members[1].seat = "vice chair".into();
    let request = world.request("approve_urgently");
    let vice = with_roles(MEMBER + 1, &[Role::PanelChair]);
    assert_eq!(stops(&world, &request, &vice), ["IN_THE_CHAIR"]);

    // The chair is on leave, with this deputy or without one; or somebody else is.
    let on_behalf_of = |number| Deputised {
        organisation: organisation(),
        role: Role::PanelChair,
        on_behalf_of: person(number),
        until: day("2026-02-06"),
    };
    let deputy = Actor { deputises: vec![on_behalf_of(MEMBER)], ..with_roles(MEMBER + 1, &[Role::Reviewer]) };
    assert_eq!(stops(&world, &request, &deputy), [""; 0]);
    let other = Actor { deputises: vec![on_behalf_of(CHAIR)], ..deputy.clone() };
    assert_eq!(stops(&world, &request, &other), ["IN_THE_CHAIR"]);
    let elsewhere = Actor { person: person(CHAIR + 90), ..deputy };
    let stopped = stops(&world, &request, &elsewhere);
    assert_eq!(stopped, ["INTERESTS_DECLARED", "IN_THE_CHAIR"], "a deputy who is no member");
    world.away = vec![person(MEMBER)];
    assert_eq!(stops(&world, &request, &vice), [""; 0]);
    world.away = vec![person(MEMBER + 2)];
    assert_eq!(stops(&world, &request, &vice), ["IN_THE_CHAIR"]);
    world.away.clear();

    world.case.process.panel.as_mut().unwrap().members[0].interest = Interest::Withdrawn;
    world.try_apply(&request, &vice).unwrap();
    for barred in [Interest::Undeclared, Interest::DeclaredNotVoting, Interest::Withdrawn] {
        world.case.process.panel.as_mut().unwrap().members[1].interest = barred;
        assert_eq!(world.try_apply(&request, &vice).unwrap_err(), Refused::Forbidden, "{barred}");
    }
    for party in [AUTHOR, SRO] {
        let every = with_roles(party, Role::ALL);
        assert_eq!(world.try_apply(&request, &every).unwrap_err(), Refused::Forbidden);
    }
}

#[test]
fn whoever_concluded_neither_records_the_answer_nor_makes_its_quorum() {
    let world = acted();
    let both = with_roles(MEMBER, &[Role::PanelChair, Role::PanelSecretary]);
    let draft = RatificationDraft { expected_revision: world.case.revision, ..there(4) };
    let refused = ratify(&world.case, draft, &both, &world.context()).unwrap_err();
    assert_eq!(code(refused), "SEPARATION_OF_DUTIES");
    assert_eq!(
        code(answer(&world, there(3), SECRETARY).unwrap_err()),
        "QUORUM",
        "the chair and three others"
    );
    let applied = answer(
        &world,
        RatificationDraft { dissent: Some("One would have waited.".into()), ..there(4) },
        SECRETARY,
    );
    let applied = applied.unwrap();
    let voted: Vec<PersonId> =
        applied.case.process.ratifications[0].voted.iter().map(|seat| seat.person).collect();
    assert_eq!(voted, (1..=4).map(|number| person(MEMBER + number)).collect::<Vec<_>>());
    let told = &applied.happenings[0].payload;
    assert_eq!(told["voted"], json!(voted));
    assert_eq!(
        (told["attendees"].as_array().unwrap().len(), &told["dissent"]),
        (5, &json!("One would have waited."))
    );
}

#[test]
fn the_records_say_that_it_is_to_be_ratified_and_what_the_panel_said() {
    let mut world = asked();
    let request = world.request("approve_urgently");
    let applied = world.try_apply(&request, &chair()).unwrap();
    let record = applied.record.unwrap().document();
    assert_eq!(record["ratificationDue"], json!("2026-03-02"));
    world.case = applied.case;
    world.case = answer(&world, there(4), SECRETARY).unwrap().case;
    let record = world.step("proceed", BODY).record.unwrap().document();
    assert_eq!(record["ratifications"][0]["ratified"], json!(true));
    assert_eq!(record["ratificationDue"], json!(null));
}

#[test]
fn the_panel_ratifies_with_its_quorum_and_nothing_moves() {
    let mut world = acted();
    assert_eq!(world.case.state, "approved");
    let outcome = world.case.process.outcomes.last().unwrap().clone();
    assert_eq!(outcome.urgency.as_deref(), Some("The contract ends on Friday."));
    let due = world.case.process.ratification_due.unwrap();
    assert_eq!(due, day("2026-03-02"));
    let waits = |world: &World| {
        tasks(&world.case, &world.workflow, world.settings.composition())
            .into_iter()
            .any(|task| task.kind == TaskKind::Ratify && task.due == Some(due))
    };
    assert!(waits(&world));

    assert_eq!(code(answer(&world, there(3), SECRETARY).unwrap_err()), "QUORUM");
    let mut unchaired = there(4);
    unchaired.attendees.remove(0);
    let refused = answer(&world, unchaired, SECRETARY).unwrap_err();
    assert!(
        format!("{refused:?}").contains("a quorum asks for the seat chair or vice chair, which nobody fills")
    );
    let mut absent = there(4);
    absent.attendees.pop();
    absent.attendees.push(Party::named("A. Nother"));
    assert_eq!(code(answer(&world, absent, CHAIR).unwrap_err()), "QUORUM", "somebody else does not count");
    world.case.process.panel.as_mut().unwrap().members[3].interest = Interest::DeclaredNotVoting;
    assert_eq!(code(answer(&world, there(4), CHAIR).unwrap_err()), "QUORUM", "nor who may not vote");
    world.case.process.panel.as_mut().unwrap().members[3].interest = Interest::None;
    for other in [AUTHOR, SRO, LEAD, BODY, MEMBER] {
        assert_eq!(answer(&world, there(4), other).unwrap_err(), Refused::Forbidden, "{other}");
    }

    // The body decided meanwhile: the answer is the panel's all the same.
    world.step("proceed", BODY);
    let before = world.case.clone();
    let applied = answer(&world, there(4), SECRETARY).unwrap();
    assert_eq!(applied.happenings[0].kind, EventKind::RatificationRecorded);
    assert_eq!(applied.case.state, before.state);
    assert_eq!(
        (&applied.case.process.outcomes, &applied.case.process.decisions),
        (&before.process.outcomes, &before.process.decisions)
    );
    assert_eq!(applied.case.process.ratification_due, None);
    let said = applied.case.process.ratifications.last().unwrap();
    assert_eq!((said.outcome, said.ratified, said.voted.len()), (outcome.id, true, 4));
    world.case = applied.case;
    assert!(!waits(&world));
    assert!(matches!(answer(&world, there(4), SECRETARY), Err(Refused::Conflict { .. })), "it was answered");
}

#[test]
fn a_refusal_says_why_escalates_and_undoes_nothing() {
    let mut world = asked();
    let request = world.request("approve_urgently_with_conditions");
    world.case = world.try_apply(&request, &chair()).unwrap().case;
    let refusal = RatificationDraft { ratified: false, ..there(4) };
    assert_eq!(code(answer(&world, refusal.clone(), CHAIR).unwrap_err()), "REQUIRED");
    let refusal =
        RatificationDraft { reason: Some("The travel times were not before us.".into()), ..refusal };
    let before = world.case.clone();
    let applied = answer(&world, refusal, CHAIR).unwrap();
    assert_eq!(applied.case.state, "approved_with_conditions");
    assert_eq!(applied.case.process.approving(), before.process.approving(), "the outcome stands");
    assert_eq!(
        applied.case.process.approving().unwrap().recommendation,
        Recommendation::ApproveWithConditions
    );
    assert_eq!(applied.case.process.conditions, before.process.conditions);
    let said = applied.case.process.ratifications.last().unwrap();
    assert_eq!(
        (said.ratified, said.reason.as_deref()),
        (false, Some("The travel times were not before us."))
    );

    let directory: Directory = BTreeMap::from([
        (Role::DecisionMaker, vec![person(BODY)]),
        (Role::EqualityLead, vec![person(LEAD)]),
        (Role::PanelSecretary, vec![person(SECRETARY)]),
    ]);
    let circumstances = Circumstances {
        settings: &world.settings,
        actor: Some(person(CHAIR)),
        directory: &directory,
        before: &before,
        workflow: &world.workflow,
        partners: &[],
    };
    let told = notices(&applied.case, &applied.happenings, circumstances);
    let told: Vec<Recipient> =
        told.iter().filter(|notice| notice.kind == NoticeKind::NotRatified).map(|notice| notice.to).collect();
    for concerned in [SRO, BODY, LEAD] {
        assert!(told.contains(&Recipient::Person(person(concerned))), "{concerned}: {told:?}");
    }
    assert!(!told.contains(&Recipient::Person(person(SECRETARY))), "{told:?}");
}

fn refused() -> World {
    let mut world = acted();
    let reason = Some("The travel times were not before us.".into());
    world.case =
        answer(&world, RatificationDraft { ratified: false, reason, ..there(4) }, SECRETARY).unwrap().case;
    world
}

/// Whom a refusal still waits for.
fn answers(world: &World) -> Vec<Doer> {
    let tasks = tasks(&world.case, &world.workflow, world.settings.composition());
    tasks.into_iter().filter(|task| task.kind == TaskKind::AnswerRefusal).map(|task| task.doer).collect()
}

#[test]
fn a_refusal_waits_until_the_body_or_lead_or_chair_answers() {
    let world = refused();
    assert_eq!(answers(&world), [Doer::Role(Role::EqualityLead), Doer::Role(Role::PanelChair)]);
    let say = |world: &World, reason: &str, by: &Actor| {
        answer_refusal(&world.case, world.case.revision, reason, by, &world.context())
    };
    for other in [AUTHOR, SRO, BODY, SECRETARY, MEMBER] {
        assert_eq!(say(&world, "It stands.", &actor(other)).unwrap_err(), Refused::Forbidden, "{other}");
    }
    assert_eq!(code(say(&world, "It stands.", &chair()).unwrap_err()), "SEPARATION_OF_DUTIES");
    assert_eq!(code(say(&world, " ", &actor(LEAD)).unwrap_err()), "REQUIRED");
    let applied = say(&world, "The times were sent round since, and change nothing.", &actor(LEAD)).unwrap();
    assert_eq!(applied.happenings[0].kind, EventKind::RefusalAnswered);
    assert_eq!(
        (applied.case.state.as_str(), applied.case.process.ratifications[0].ratified),
        ("approved", false)
    );
    let mut answered = refused();
    answered.case = applied.case;
    assert_eq!(answers(&answered), []);
    assert!(matches!(say(&answered, "Again.", &actor(LEAD)), Err(Refused::Conflict { .. })));

    for (step, by) in [("proceed", BODY), ("stop", BODY), ("reexamine", LEAD), ("withdraw", AUTHOR)] {
        let mut world = refused();
        world.step(step, by);
        assert_eq!(answers(&world), [], "{step}");
    }
    let mut world = refused();
    world.step("defer_decision", BODY);
    assert_eq!(answers(&world).len(), 2, "to put it off is no answer");
}

#[test]
fn what_is_not_ratified_in_time_is_told_to_sponsor_body_and_equality_lead() {
    let mut world = acted();
    let due = world.case.process.ratification_due.unwrap();
    let deadline = deadline::deadlines(&world.case, &world.workflow, &world.settings);
    let deadline = deadline.iter().find(|one| one.key == "ratification").unwrap();
    assert_eq!(deadline.due, due);
    world.later("2026-02-27");
    let told = deadline::remind(&world.case, &world.workflow, &world.settings, world.moment).unwrap();
    assert_eq!(
        told.happenings[0].payload["to"],
        serde_json::json!(["doer"]),
        "before it is due, whoever is to do it"
    );
    world.case = told.case;
    world.later("2026-03-03");
    let told = deadline::remind(&world.case, &world.workflow, &world.settings, world.moment).unwrap();
    assert_eq!(
        told.happenings[0].payload["to"],
        serde_json::json!(["doer", "SRO", "EQUALITY_LEAD", "DECISION_MAKER"])
    );
    assert_eq!(told.case.state, "approved", "a machine undoes nothing");
}

fn waits(world: &World) -> bool {
    let due = world.case.process.ratification_due;
    let listed = deadline::deadlines(&world.case, &world.workflow, &world.settings)
        .iter()
        .any(|one| one.key == "ratification" && Some(one.due) == due);
    let asked = tasks(&world.case, &world.workflow, world.settings.composition())
        .iter()
        .any(|task| task.kind == TaskKind::Ratify);
    assert_eq!(listed, asked);
    asked
}

#[test]
fn what_no_longer_stands_and_nobody_decided_upon_lapses_and_says_so() {
    for (step, by) in [("reexamine", LEAD), ("withdraw", AUTHOR)] {
        let mut world = acted();
        let outcome = world.case.process.outcomes[0].id;
        let told = world.step(step, by).happenings;
        let lapsed = told.iter().find(|one| one.kind == EventKind::RatificationLapsed).unwrap();
        assert_eq!(lapsed.payload, json!({ "outcome": outcome, "due": "2026-03-02" }));
        assert_eq!((world.case.process.ratification_due, waits(&world)), (None, false), "{step}");
        assert!(matches!(answer(&world, there(4), CHAIR), Err(Refused::Conflict { .. })));
    }
    // To put the decision off is not to decide upon it.
    let mut world = acted();
    world.step("defer_decision", BODY);
    world.step("reexamine", LEAD);
    assert!(!waits(&world));
}

#[test]
fn what_the_body_decided_upon_is_answered_for_whatever_comes_after() {
    for steps in [
        &[("proceed", BODY), ("reexamine", LEAD)][..],
        &[("stop", BODY)],
        &[("stop", BODY), ("reexamine", LEAD)],
    ] {
        let mut world = acted();
        let outcome = world.case.process.outcomes[0].id;
        for (step, by) in steps {
            let told = world.step(step, *by).happenings;
            assert!(told.iter().all(|one| one.kind != EventKind::RatificationLapsed), "{steps:?}");
        }
        assert!(waits(&world), "{steps:?}");
        let applied = answer(&world, there(4), SECRETARY).unwrap();
        assert_eq!(applied.case.process.ratifications[0].outcome, outcome);
    }
}

#[test]
fn what_is_answered_is_the_action_and_not_what_was_concluded_since() {
    let mut world = acted();
    let action = world.case.process.outcomes[0].id;
    world.step("proceed", BODY);
    world.step("reexamine", LEAD);
    world.step("resubmit", AUTHOR);
    world.review();
    let again = world.request("approve_urgently");
    assert_eq!(stops(&world, &again, &chair()), ["RATIFICATION_DUE"], "one action at a time");
    world.step("approve", CHAIR);
    assert_ne!(world.case.process.approving().unwrap().id, action);
    let applied = answer(&world, there(4), SECRETARY).unwrap();
    assert_eq!(applied.case.process.ratifications[0].outcome, action);
    assert_eq!(applied.case.process.to_ratify, None);
}

#[test]
fn nothing_is_closed_before_the_panel_answered_for_its_chair() {
    let mut world = acted();
    world.step("proceed", BODY);
    let complete = world.request("complete");
    assert_eq!(world.codes(&complete, LEAD), ["CONDITIONS_MET"]);
    world.case = answer(&world, there(4), CHAIR).unwrap().case;
    assert_eq!(world.codes(&complete, LEAD), [""; 0]);
}
