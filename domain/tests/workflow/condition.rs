//! Conditions: breached by the day or by the verifier, told once, and reported by people without an account.

use ehia_domain::{
    condition::ConditionStatus,
    event::EventKind,
    id::{ConditionId, ContactId},
    party::Party,
    permission::{Actor, Deputised, Role},
    settings::FollowUp,
    task::{Doer, TaskKind, tasks},
    workflow::{
        breach::answer_breach,
        condition::{
            ConditionReport, LinkAct, Reassignment, linked, reassign, report_by_link, report_condition,
            revoke_links, waiting,
        },
        deadline::{Told, next, remind},
        engine::{Applied, Refused},
    },
};
use uuid::Uuid;

use super::world::*;

const OWNER: u128 = 77;
const VERIFIER: u128 = 78;

fn contact(number: u128) -> ContactId {
    Uuid::from_u128(number).into()
}

/// Approved with one condition, due on Monday 1 June 2026, whose owner and verifier have no account.
fn conditional() -> (World, ConditionId) {
    let mut world = World::ehia().reviewed();
    world.step("approve_with_conditions", CHAIR);
    let condition = &mut world.case.process.conditions[0];
    condition.owner = Party { contact: Some(contact(OWNER)), ..Party::named("N. Account") };
    condition.verifier = Party { contact: Some(contact(VERIFIER)), ..Party::named("V. Erifier") };
    let id = condition.id;
    (world, id)
}

fn report(condition: ConditionId, status: ConditionStatus) -> ConditionReport {
    let note = Some("The plan was published.".into());
    ConditionReport { condition, status, note, evidence: Some("https://example.org/plan".into()) }
}

fn by_link(world: &World, report: &ConditionReport, number: u128, act: LinkAct) -> Result<Applied, Refused> {
    report_by_link(&world.case, report, (contact(number), act), &world.context())
}

/// What happens today; the case goes on as announced.
fn today(world: &mut World) -> Vec<EventKind> {
    let Some(applied) = remind(&world.case, &world.workflow, &world.settings, world.moment) else {
        return Vec::new();
    };
    world.case = applied.case;
    applied.happenings.iter().map(|happening| happening.kind).collect()
}

fn doers(world: &World, kind: TaskKind) -> Vec<Doer> {
    let tasks = tasks(&world.case, &world.workflow, world.settings.composition()).into_iter();
    tasks.filter(|task| task.kind == kind).map(|task| task.doer).collect()
}

#[test]
fn a_condition_that_nobody_reported_is_breached_once_on_the_day_that_the_settings_say() {
    let (mut world, _) = conditional();
    world.later("2026-06-02");
    assert_eq!(today(&mut world), [EventKind::ReminderDue]);
    world.later("2026-06-05");
    assert_eq!(today(&mut world), []);
    world.later("2026-06-08");
    assert_eq!(today(&mut world), [EventKind::ConditionBreached]);
    let condition = &world.case.process.conditions[0];
    assert_eq!(condition.status, ConditionStatus::Breached);
    let said: Vec<_> = condition.reports.iter().map(|one| (one.status, one.by.clone())).collect();
    assert_eq!(said, [(ConditionStatus::Breached, None)], "it stands in the case");
    let asked = [Doer::Person(person(SRO)), Doer::Role(Role::DecisionMaker)];
    assert_eq!(doers(&world, TaskKind::AnswerBreach), asked);
    for day in ["2026-06-08", "2026-06-09", "2026-09-01"] {
        world.later(day);
        assert_eq!(today(&mut world), [], "once");
    }
    assert_eq!(next(&world.case, &world.workflow, &world.settings), None);
}

/// What somebody says is to be done about a breach; the world goes on with it.
fn answer(world: &mut World, id: ConditionId, by: &Actor) -> Result<Applied, Refused> {
    let applied = answer_breach(&world.case, id, "The bus is ordered by July.", by, &world.context())?;
    world.case = applied.case.clone();
    Ok(applied)
}

#[test]
fn sponsor_and_body_each_say_what_is_to_be_done_about_a_breach() {
    let (mut world, id) = conditional();
    let sro = Doer::Person(person(SRO));
    let body = Doer::Role(Role::DecisionMaker);
    assert!(matches!(answer(&mut world, id, &actor(SRO)), Err(Refused::Conflict { .. })), "it is open");
    world.later("2026-06-08");
    assert_eq!(today(&mut world), [EventKind::ConditionBreached]);
    assert_eq!(doers(&world, TaskKind::AnswerBreach), [sro, body]);
    for by in [AUTHOR, CONTRIBUTOR, CHAIR, SECRETARY, LEAD, GOVERNANCE, MEMBER] {
        assert_eq!(answer(&mut world, id, &actor(by)), Err(Refused::Forbidden), "{by}");
    }
    assert_eq!(answer(&mut world, id, &actor(STRANGER)), Err(Refused::NotFound));
    let reader = Actor { read_only: true, ..actor(BODY) };
    assert_eq!(answer(&mut world, id, &reader), Err(Refused::Forbidden));
    // Whoever wrote it decides nothing for the body.
    let wrote = with_roles(CONTRIBUTOR, &[Role::Author, Role::DecisionMaker]);
    assert_eq!(answer(&mut world, id, &wrote), Err(Refused::Forbidden));
    for said in ["", " ", "x".repeat(20_001).as_str()] {
        let refused = answer_breach(&world.case, id, said, &actor(SRO), &world.context());
        assert!(matches!(&refused, Err(Refused::Invalid(wrong)) if wrong[0].path.to_string() == "toBeDone"));
    }

    let applied = answer(&mut world, id, &actor(SRO)).unwrap();
    assert_eq!(applied.happenings[0].kind, EventKind::BreachAnswered);
    let said = serde_json::json!({"condition": id, "toBeDone": "The bus is ordered by July.", "body": false});
    assert_eq!(applied.happenings[0].payload, said);
    assert_eq!(doers(&world, TaskKind::AnswerBreach), [body], "the body has not said anything");
    let condition = &world.case.process.conditions[0];
    assert_eq!((condition.status, condition.answered().count()), (ConditionStatus::Breached, 1));

    // A deputy answers on behalf of whoever is away, and the body settles it for the sponsor as well.
    let mut unanswered = World { case: world.case.clone(), moment: world.moment, ..World::ehia() };
    unanswered.case.process.conditions[0].answers.clear();
    let deputy = Actor { deputises: vec![deputised(Role::DecisionMaker, person(BODY))], ..actor(GOVERNANCE) };
    answer(&mut unanswered, id, &deputy).unwrap();
    assert_eq!(doers(&unanswered, TaskKind::AnswerBreach), []);
    let said = &unanswered.case.process.conditions[0].answers[0];
    assert_eq!((said.by, said.on_behalf_of, said.body), (person(GOVERNANCE), Some(person(BODY)), true));

    answer(&mut world, id, &actor(BODY)).unwrap();
    assert_eq!(doers(&world, TaskKind::AnswerBreach), []);
    // What is breached again is answered for again.
    world.later("2026-06-10");
    world.case =
        by_link(&world, &report(id, ConditionStatus::Evidenced), OWNER, LinkAct::Report).unwrap().case;
    assert!(matches!(answer(&mut world, id, &actor(BODY)), Err(Refused::Conflict { .. })));
    world.later("2026-06-12");
    world.case =
        by_link(&world, &report(id, ConditionStatus::Breached), VERIFIER, LinkAct::Verify).unwrap().case;
    assert_eq!(doers(&world, TaskKind::AnswerBreach), [sro, body]);
    let condition = &world.case.process.conditions[0];
    assert_eq!((condition.answers.len(), condition.answered().count()), (2, 0), "what was said is kept");
}

#[test]
fn a_sponsor_who_sits_on_the_body_answers_as_the_sponsor_alone() {
    let (mut world, id) = conditional();
    world.later("2026-06-08");
    today(&mut world);
    let mut executive = with_roles(SRO, &[Role::Sro, Role::DecisionMaker]);
    for deputises in [Vec::new(), vec![deputised(Role::DecisionMaker, person(BODY))]] {
        executive.deputises = deputises;
        let applied = answer(&mut world, id, &executive).unwrap();
        assert_eq!(applied.happenings[0].payload["body"], false);
        assert_eq!(doers(&world, TaskKind::AnswerBreach), [Doer::Role(Role::DecisionMaker)]);
    }
    let told = &world.case.process.conditions[0].answers;
    assert!(told.iter().all(|said| !said.body && said.on_behalf_of.is_none()), "{told:?}");
    answer(&mut world, id, &actor(BODY)).unwrap();
    assert_eq!(doers(&world, TaskKind::AnswerBreach), []);
}

#[test]
fn what_is_to_be_done_about_a_condition_is_said_a_bounded_number_of_times_by_each() {
    let (mut world, id) = conditional();
    world.later("2026-06-08");
    today(&mut world);
    for by in [SRO, BODY] {
        for _ in 0..50 {
            answer(&mut world, id, &actor(by)).unwrap();
        }
        assert_eq!(wrong(answer(&mut world, id, &actor(by))), ["TOO_MANY"], "{by}");
    }
    assert_eq!(world.case.process.conditions[0].answers.len(), 100, "neither keeps the other from it");
}

#[test]
fn what_is_to_be_done_about_a_breach_is_frozen_with_what_is_decided_next() {
    let (mut world, id) = conditional();
    world.later("2026-06-08");
    today(&mut world);
    answer(&mut world, id, &actor(SRO)).unwrap();
    let record = world.step("proceed", BODY).record.unwrap();
    let kept = record.document()["conditions"][0]["answers"][0].clone();
    assert_eq!(kept["toBeDone"], "The bus is ordered by July.");
    assert_eq!(kept["by"], serde_json::json!(person(SRO)));
}

#[test]
fn a_sponsor_who_is_to_meet_a_condition_is_asked_once() {
    let (mut world, _) = conditional();
    world.case.process.conditions[0].owner = Party::person(person(SRO));
    world.later("2026-06-08");
    today(&mut world);
    assert_eq!(doers(&world, TaskKind::AnswerBreach), [Doer::Role(Role::DecisionMaker)]);
    assert_eq!(doers(&world, TaskKind::MeetCondition), [Doer::Person(person(SRO))]);
}

#[test]
fn what_was_reported_in_time_is_not_breached_by_its_day() {
    let (mut world, id) = conditional();
    world.case =
        by_link(&world, &report(id, ConditionStatus::Evidenced), OWNER, LinkAct::Report).unwrap().case;
    world.later("2026-09-01");
    assert_eq!(today(&mut world), [EventKind::ReminderDue], "its verifier is reminded");
    assert_eq!(world.case.process.conditions[0].status, ConditionStatus::Evidenced);
    assert_eq!(doers(&world, TaskKind::AnswerBreach), []);
}

#[test]
fn an_organisation_says_when_a_breach_is_one_and_whom_it_tells() {
    let (mut world, id) = conditional();
    let document = r#"{"steps": [{"workingDays": 2, "to": ["doer", "GOVERNANCE"], "breaches": true}]}"#;
    world.settings.conditions = serde_json::from_str(document).unwrap();
    world.settings.check().unwrap();
    world.later("2026-06-02");
    assert_eq!(today(&mut world), []);
    world.later("2026-06-03");
    let applied = remind(&world.case, &world.workflow, &world.settings, world.moment).unwrap();
    assert_eq!(applied.happenings[0].payload["to"], serde_json::json!(["doer", "GOVERNANCE"]));
    let told = by_link(&world, &report(id, ConditionStatus::Breached), VERIFIER, LinkAct::Verify).unwrap();
    assert_eq!(told.happenings[0].payload["to"], serde_json::json!(["doer", "GOVERNANCE"]));

    world.settings.conditions = serde_json::from_str(r#"{"steps": []}"#).unwrap();
    world.settings.check().unwrap();
    world.later("2027-06-03");
    assert_eq!(today(&mut world), [], "without a step that breaches only its verifier says so");
    let usual = vec![Told::Doer, Told::Sro, Told::Body];
    assert_eq!(world.settings.conditions.breach_tells(), usual);
}

#[test]
fn follow_up_that_makes_no_sense_is_refused_where_it_is_written() {
    let step = |days: i32, more: &str| format!(r#"{{"workingDays": {days}, "to": ["doer"]{more}}}"#);
    let breaches = r#", "breaches": true"#;
    for (steps, link_days, at) in [
        (vec![step(0, breaches)], 30, "settings/conditions/steps/0"),
        (vec![step(1, breaches), step(2, breaches)], 30, "settings/conditions/steps/1"),
        (vec![step(1, ""), step(1, "")], 30, "settings/conditions/steps/1"),
        (vec![step(61, "")], 30, "settings/conditions/steps/0"),
        (vec![r#"{"workingDays": 1, "to": []}"#.to_owned()], 30, "settings/conditions/steps/0"),
        ((1..=7).map(|days| step(days, "")).collect(), 30, "settings/conditions/steps"),
        (vec![step(1, breaches)], 0, "settings/conditions/linkDays"),
        (vec![step(1, breaches)], 181, "settings/conditions/linkDays"),
    ] {
        let document = format!(r#"{{"steps": [{}], "linkDays": {link_days}}}"#, steps.join(","));
        let (mut world, _) = conditional();
        world.settings.conditions = serde_json::from_str(&document).unwrap();
        assert_eq!(world.settings.check().unwrap_err().path.to_string(), at, "{document}");
    }
    let nobody = r#"{"steps": [{"workingDays": 1, "to": ["everybody"]}]}"#;
    let refused = serde_json::from_str::<FollowUp>(nobody).unwrap_err().to_string();
    assert!(refused.contains("a step tells `doer`, `body`"), "{refused}");
}

#[test]
fn whoever_has_no_account_reports_and_verifies_by_a_link_that_is_for_that_alone() {
    use ConditionStatus::{Breached, Evidenced, Verified, Waived};
    use LinkAct::{Report, Verify};
    let (mut world, id) = conditional();
    let tell = |world: &World, status, number, act| by_link(world, &report(id, status), number, act);
    for (status, number, act) in [
        (Evidenced, VERIFIER, Report),
        (Verified, OWNER, Verify),
        (Verified, OWNER, Report),
        (Evidenced, VERIFIER, Verify),
        (Waived, VERIFIER, Verify),
        (Waived, OWNER, Report),
        (Evidenced, 79, Report),
    ] {
        assert_eq!(
            tell(&world, status, number, act),
            Err(Refused::NotFound),
            "{status} by {number} to {act}"
        );
    }
    assert_eq!(
        waiting(&world.case, contact(OWNER), &world.workflow).map(|(one, act)| (one.id, act)),
        Some((id, Report))
    );
    let applied = tell(&world, Evidenced, OWNER, Report).unwrap();
    let payload = &applied.happenings[0].payload;
    assert_eq!(payload["contact"], serde_json::json!(contact(OWNER)));
    assert_eq!(payload["invitedBy"], serde_json::json!(person(CHAIR)), "on whose invitation");
    assert_eq!(payload["link"], "REPORT");
    world.case = applied.case;
    let said = &world.case.process.conditions[0].reports[0];
    assert_eq!(said.by.as_ref().and_then(|by| by.name.as_deref()), Some("N. Account"));
    assert_eq!(
        (said.invited_by, said.evidence.as_deref()),
        (Some(person(CHAIR)), Some("https://example.org/plan"))
    );
    assert_eq!(tell(&world, Evidenced, OWNER, Report), Err(Refused::NotFound), "it is done");
    assert_eq!(waiting(&world.case, contact(OWNER), &world.workflow), None);

    let breach = tell(&world, Breached, VERIFIER, Verify).unwrap();
    assert_eq!(
        breach.happenings.iter().map(|one| one.kind).collect::<Vec<_>>(),
        [EventKind::ConditionBreached]
    );
    assert_eq!(breach.case.process.conditions[0].status, Breached);
    world.case = tell(&world, Verified, VERIFIER, Verify).unwrap().case;
    assert!(linked(&world.case, id, (contact(VERIFIER), Verify), &world.workflow).is_none(), "it is settled");
}

/// What somebody says of a condition, under their account.
fn by_account(
    world: &World,
    id: ConditionId,
    status: ConditionStatus,
    by: &Actor,
) -> Result<Applied, Refused> {
    report_condition(&world.case, &report(id, status), by, &world.context())
}

fn wrong(result: Result<Applied, Refused>) -> Vec<String> {
    match result {
        Err(Refused::Invalid(found)) => found.into_iter().map(|one| one.code).collect(),
        Err(Refused::Forbidden) => vec!["FORBIDDEN".into()],
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_reported_a_condition_as_met_does_not_verify_it_whichever_way_they_act() {
    use ConditionStatus::{Breached, Evidenced, Verified};
    let (mut world, id) = conditional();
    let deputy = |of: u128| {
        let mut deputy = with_roles(GOVERNANCE, &[Role::Governance]);
        deputy.deputises = vec![Deputised {
            organisation: organisation(),
            role: Role::PanelSecretary,
            on_behalf_of: person(of),
            until: day("2026-12-31"),
        }];
        deputy
    };
    // Neither has an account, so that whoever keeps the panel's business writes down what they say: not both.
    world.case = by_account(&world, id, Evidenced, &actor(SECRETARY)).unwrap().case;
    for status in [Verified, Breached] {
        assert_eq!(wrong(by_account(&world, id, status, &actor(SECRETARY))), ["VERIFIER_REPORTED"]);
        let stands_in = deputy(SECRETARY);
        assert_eq!(
            wrong(by_account(&world, id, status, &stands_in)),
            ["VERIFIER_REPORTED"],
            "in their place"
        );
    }
    assert!(by_account(&world, id, Verified, &actor(LEAD)).is_ok());

    let (mut world, id) = conditional();
    world.case = by_account(&world, id, Evidenced, &deputy(SECRETARY)).unwrap().case;
    let note = &world.case.process.conditions[0].reports[0];
    assert_eq!(note.on_behalf_of, Some(person(SECRETARY)));
    assert_eq!(
        wrong(by_account(&world, id, Verified, &actor(SECRETARY))),
        ["VERIFIER_REPORTED"],
        "done for them"
    );

    // Named as the verifier, or given it later.
    let (mut world, id) = conditional();
    world.case.process.conditions[0].verifier = Party::person(person(SECRETARY));
    world.case = by_account(&world, id, Evidenced, &actor(SECRETARY)).unwrap().case;
    assert_eq!(wrong(by_account(&world, id, Verified, &actor(SECRETARY))), ["VERIFIER_REPORTED"]);
    let (mut world, id) = conditional();
    world.case = by_link(&world, &report(id, Evidenced), OWNER, LinkAct::Report).unwrap().case;
    let named = |who: Party| {
        let draft =
            Reassignment { condition: id, owner: Some(Party::person(person(LEAD))), verifier: Some(who) };
        reassign(&world.case, draft, &actor(SECRETARY), &world.context())
    };
    let same = Party { contact: Some(contact(OWNER)), ..Party::named("N. E. Wname") };
    assert_eq!(wrong(named(same)), ["VERIFIER_REPORTED"], "the same address under another name");
    assert!(named(Party { contact: Some(contact(80)), ..Party::named("S. Omebody") }).is_ok());

    // Whoever stands in for the owner is as good as the owner.
    let (mut world, id) = conditional();
    world.case.process.conditions[0].owner = Party::person(person(SECRETARY));
    world.case = by_account(&world, id, Evidenced, &actor(LEAD))
        .unwrap_or_else(|_| {
            report_condition(&world.case, &report(id, Evidenced), &actor(SECRETARY), &world.context())
                .unwrap()
        })
        .case;
    assert_eq!(wrong(by_account(&world, id, Verified, &deputy(SECRETARY))), ["VERIFIER_IS_OWNER"]);
}

#[test]
fn a_link_leads_nowhere_when_its_owner_changed_or_the_proposal_does_not_go_ahead() {
    let (world, id) = conditional();
    let holds =
        |world: &World| linked(&world.case, id, (contact(OWNER), LinkAct::Report), &world.workflow).is_some();
    assert!(holds(&world));
    let mut changed = World { case: world.case.clone(), ..World::ehia() };
    changed.case.process.conditions[0].owner.contact = Some(contact(80));
    assert!(!holds(&changed));
    changed.case.process.conditions[0].owner =
        Party { contact: Some(contact(OWNER)), ..Party::person(person(LEAD)) };
    assert!(!holds(&changed), "whoever has an account signs in");
    let mut stopped = World { case: world.case.clone(), ..World::ehia() };
    stopped.case.state = "withdrawn".into();
    assert!(!holds(&stopped));
}

#[test]
fn what_is_reported_is_bounded_and_its_evidence_is_the_address_of_a_page() {
    let (world, id) = conditional();
    let path = |report: &ConditionReport| match by_link(&world, report, OWNER, LinkAct::Report) {
        Err(Refused::Invalid(found)) => found.iter().map(|one| one.path.to_string()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let sound = report(id, ConditionStatus::Evidenced);
    for bad in ["javascript:alert(1)", "https://", "ftp://example.org", "https://example.org/a b", " "] {
        assert_eq!(
            path(&ConditionReport { evidence: Some(bad.into()), ..sound.clone() }),
            ["evidence"],
            "{bad}"
        );
    }
    for bad in [None, Some(" ".to_owned()), Some("x".repeat(20_001))] {
        assert_eq!(path(&ConditionReport { note: bad, ..sound.clone() }), ["note"]);
    }
}

#[test]
fn a_settled_condition_takes_no_more_reports() {
    let (mut world, id) = conditional();
    let waived =
        report_condition(&world.case, &report(id, ConditionStatus::Waived), &actor(CHAIR), &world.context());
    world.case = waived.unwrap().case;
    for (status, by) in [(ConditionStatus::Evidenced, AUTHOR), (ConditionStatus::Waived, CHAIR)] {
        let refused = report_condition(&world.case, &report(id, status), &actor(by), &world.context());
        assert!(matches!(refused, Err(Refused::Invalid(_))), "{refused:?}");
    }
}

#[test]
fn links_are_revoked_by_those_who_keep_the_panels_business() {
    let (world, id) = conditional();
    for (by, may) in [(SECRETARY, true), (CHAIR, true), (AUTHOR, false), (SRO, false), (GOVERNANCE, false)] {
        let revoked = revoke_links(&world.case, id, &actor(by), &world.context());
        assert_eq!(revoked.is_ok(), may, "{by}: {revoked:?}");
    }
    let revoked = revoke_links(&world.case, id, &actor(SECRETARY), &world.context()).unwrap();
    assert_eq!(revoked.case.process.conditions[0].links_since, Some(world.moment.at));
    assert_eq!(revoked.happenings[0].kind, EventKind::LinksRevoked);
}
