//! What people do with a case that is no transition.

use ehia_domain::{
    condition::ConditionStatus,
    event::{Audience, EventKind},
    evidence::{Evidence, EvidenceKind},
    id::{ConditionId, EvidenceId, ImpactId, MitigationId},
    impact::Direction,
    mitigation::{Mitigation, MitigationStatus},
    party::Party,
    permission::{Action, Actor, Role, permit},
    rating::Rating,
    review::{Interest, Opinion, PanelMember, Recommendation, Seat, Stance},
    text::Path,
    workflow::{
        Phase,
        clock::tick,
        condition::{ConditionReport, report_condition},
        engine::{Applied, Refused, phase},
        process::{
            Declaration, Judgement, MitigationDraft, assign_panel, content_changed, declare_interest,
            judge_materiality, report_mitigation,
        },
        reviewing::{ReviewDraft, submit_review},
    },
};
use uuid::Uuid;

use super::world::*;

fn codes(result: Result<Applied, Refused>) -> Vec<String> {
    match result {
        Err(Refused::Invalid(violations)) => violations.into_iter().map(|violation| violation.code).collect(),
        Err(Refused::Forbidden) => vec!["FORBIDDEN".into()],
        Err(Refused::NotFound) => vec!["NOT_FOUND".into()],
        Err(Refused::Conflict { .. }) => vec!["CONFLICT".into()],
        other => panic!("{other:?}"),
    }
}

#[test]
fn those_whose_proposal_it_is_never_sit_on_the_panel() {
    let world = World::ehia();
    for (index, who) in [AUTHOR, CONTRIBUTOR, SRO].into_iter().enumerate() {
        let mut panel = panel(4);
        panel.members[index].person = person(who);
        let Err(Refused::Invalid(violations)) =
            assign_panel(&world.case, panel, &actor(SECRETARY), &world.context())
        else {
            panic!("{who} sits on the panel");
        };
        assert_eq!(violations[0].code, "SEPARATION_OF_DUTIES");
        assert_eq!(violations[0].path, Path::of(["members"]).join(person(who)));
    }
    let by = |who| codes(assign_panel(&world.case, panel(4), &actor(who), &world.context()));
    assert_eq!(by(AUTHOR), ["FORBIDDEN"]);
    assert_eq!(by(STRANGER), ["NOT_FOUND"]);
    let empty = assign_panel(&world.case, panel(0), &actor(CHAIR), &world.context());
    assert_eq!(codes(empty), ["REQUIRED"]);
}

#[test]
fn who_sits_in_another_seat_than_before_is_told() {
    let mut world = World::ehia();
    world.case.process.panel = None;
    let assign =
        |world: &World, panel| assign_panel(&world.case, panel, &actor(SECRETARY), &world.context()).unwrap();
    let first = assign(&world, panel(3));
    let seats: Vec<_> = panel(3).members.into_iter().map(|member| (member.person, member.seat)).collect();
    assert_eq!(first.happenings[0].payload["seats"], serde_json::json!(seats));
    world.case = first.case;
    let mut changed = panel(4);
    changed.members[1].seat = "clinical".into();
    let told = assign(&world, changed);
    assert_eq!(told.happenings[0].payload["reseated"], serde_json::json!([person(MEMBER + 1)]));
    assert_eq!(told.happenings[0].payload["seats"][1][1], "clinical");
    let told = assign(&world, panel(4));
    assert_eq!(told.happenings[0].payload.get("reseated"), None, "who joins sits nowhere otherwise");
}

#[test]
fn a_new_panel_keeps_declarations_and_reviews() {
    let mut world = World::ehia().reviewed();
    let mut new = panel(5);
    new.members.remove(0);
    let applied = assign_panel(&world.case, new, &actor(SECRETARY), &world.context()).unwrap();
    let members = &applied.case.process.panel.as_ref().unwrap().members;
    assert_eq!(members[0].interest, Interest::None);
    assert_eq!(members[3].interest, Interest::Undeclared);
    assert_eq!(applied.case.process.reviews.len(), 4);
    assert_eq!(applied.happenings[0].payload["joined"], serde_json::json!([person(MEMBER + 4)]));
    assert_eq!(applied.case.version, world.case.version + 1);
    world.case = applied.case;
    assert!(world.codes(&world.request("approve"), CHAIR).contains(&"QUORUM".to_owned()));
}

#[test]
fn a_member_declares_and_the_chair_answers() {
    let mut world = World::ehia();
    world.case.process.panel.as_mut().unwrap().members[0].interest = Interest::Undeclared;
    let declare = |world: &World, by: u128, interest, note: Option<&str>| {
        let declaration = Declaration { member: person(MEMBER), interest, note: note.map(Into::into) };
        declare_interest(&world.case, &declaration, &actor(by), &world.context())
    };
    assert_eq!(codes(declare(&world, MEMBER, Interest::DeclaredNoted, None)), ["REQUIRED"]);
    assert_eq!(codes(declare(&world, MEMBER, Interest::Undeclared, None)), ["INVALID"]);
    assert_eq!(codes(declare(&world, MEMBER + 1, Interest::None, None)), ["FORBIDDEN"]);
    let applied = declare(&world, MEMBER, Interest::DeclaredNoted, Some("My sister works there.")).unwrap();
    assert_eq!(applied.happenings[0].audience, Audience::Panel);
    assert!(!applied.happenings[0].payload.to_string().contains("sister"));
    world.case = applied.case;
    assert_eq!(codes(declare(&world, CHAIR, Interest::Withdrawn, None)), ["REQUIRED"], "an answer says why");
    world.case = declare(&world, CHAIR, Interest::Withdrawn, Some("Too close.")).unwrap().case;
    let kept = &world.case.process.interests[&person(MEMBER)];
    let steps: Vec<_> =
        kept.steps.iter().map(|step| (step.interest, step.by, step.note.as_deref().unwrap())).collect();
    assert_eq!(
        steps,
        [
            (Interest::DeclaredNoted, person(MEMBER), "My sister works there."),
            (Interest::Withdrawn, person(CHAIR), "Too close.")
        ],
        "both stand"
    );
    assert_eq!(kept.note.as_deref(), Some("My sister works there."), "what they said stays theirs");
    assert_eq!(
        codes(declare(&world, MEMBER, Interest::None, None)),
        ["ANSWERED"],
        "the answer is the chair's"
    );
    let outsider = Declaration { member: person(GOVERNANCE), interest: Interest::None, note: None };
    assert_eq!(
        codes(declare_interest(&world.case, &outsider, &actor(CHAIR), &world.context())),
        ["NOT_FOUND"]
    );
}

#[test]
fn what_the_chair_declared_is_answered_by_somebody_else() {
    let mut world = World::ehia();
    world.case.process.interests.clear();
    let seat = &mut world.case.process.panel.as_mut().unwrap().members[0];
    (seat.person, seat.interest) = (person(CHAIR), Interest::Undeclared);
    let answer = |world: &World, by: u128, interest| {
        let declaration = Declaration { member: person(CHAIR), interest, note: Some("Because.".into()) };
        declare_interest(&world.case, &declaration, &actor(by), &world.context())
    };
    assert_eq!(
        codes(answer(&world, LEAD, Interest::DeclaredNotVoting)),
        ["UNDECLARED"],
        "not before they declared"
    );
    world.case = answer(&world, CHAIR, Interest::DeclaredNoted).unwrap().case;
    for (by, may) in
        [(LEAD, true), (SECRETARY, true), (MEMBER + 1, false), (GOVERNANCE, false), (AUTHOR, false)]
    {
        assert_eq!(answer(&world, by, Interest::DeclaredNotVoting).is_ok(), may, "{by}");
    }
    world.case = answer(&world, LEAD, Interest::DeclaredNotVoting).unwrap().case;
    assert_eq!(
        codes(answer(&world, CHAIR, Interest::DeclaredNoted)),
        ["ANSWERED"],
        "nobody answers for themselves"
    );
    let other = Declaration {
        member: person(MEMBER + 1),
        interest: Interest::DeclaredNotVoting,
        note: Some("Because.".into()),
    };
    // This chair may not judge, so those beside them answer for the others.
    let answers = [(LEAD, true), (SECRETARY, true), (CHAIR, false), (MEMBER + 2, false), (GOVERNANCE, false)];
    for (by, may) in answers {
        let told = declare_interest(&world.case, &other, &actor(by), &world.context());
        assert_eq!(told.is_ok(), may, "{by}");
    }
    world.case = answer(&world, SECRETARY, Interest::DeclaredNoted).unwrap().case;
    let steps = &world.case.process.interests[&person(CHAIR)].steps;
    assert_eq!(steps.iter().map(|step| step.by).collect::<Vec<_>>(), [CHAIR, LEAD, SECRETARY].map(person));
}

#[test]
fn a_withdrawal_is_for_the_case_whoever_seats_the_panel_anew() {
    let mut world = World::ehia();
    let note = || Some("My sister works there.".to_owned());
    let say = |world: &World, by: u128, interest| {
        let declaration = Declaration { member: person(MEMBER), interest, note: note() };
        declare_interest(&world.case, &declaration, &actor(by), &world.context())
    };
    world.case.process.panel.as_mut().unwrap().members[0].interest = Interest::Undeclared;
    world.case = say(&world, CHAIR, Interest::Withdrawn).unwrap().case;
    let chair = |world: &World| {
        let me = with_roles(MEMBER, &[Role::PanelChair, Role::EqualityLead, Role::PanelSecretary]);
        let may = |action| permit(&me, action, &world.case, Phase::Review).is_ok();
        [Action::Read, Action::ReadDeliberation, Action::Discuss, Action::Conclude, Action::AssignPanel]
            .map(may)
    };
    assert_eq!(chair(&world), [false; 5]);
    let seat = |world: &mut World, people: &[u128]| {
        let mut new = panel(0);
        let members = people.iter().map(|number| Seat { person: person(*number), seat: "member".into() });
        new.members = members.map(PanelMember::from).collect();
        world.case = assign_panel(&world.case, new, &actor(SECRETARY), &world.context()).unwrap().case;
    };
    seat(&mut world, &[MEMBER + 1, MEMBER + 2]);
    assert_eq!(chair(&world), [false; 5], "taken off, they are let in by nothing else they hold");
    seat(&mut world, &[MEMBER, MEMBER, MEMBER + 1]);
    assert_eq!(chair(&world), [false; 5], "nor by another seat");
    let seats = &world.case.process.panel.as_ref().unwrap().members;
    assert!(seats[..2].iter().all(|member| member.interest == Interest::Withdrawn));
    assert_eq!(codes(say(&world, MEMBER, Interest::None)), ["ANSWERED"]);
    assert!(say(&world, CHAIR, Interest::DeclaredNoted).is_err(), "they never declared for themselves");
}

fn review(revision: u32) -> ReviewDraft {
    ReviewDraft {
        expected_revision: revision,
        recommendation: Recommendation::Return,
        summary: "Not yet.".into(),
        findings: Vec::new(),
        note: None,
        opinions: vec![Opinion::new(Path::of(["impacts"]), Stance::Disagree, Some("Why?".into()))],
    }
}

#[test]
fn a_reviewer_has_one_review_of_a_revision() {
    let mut world = World::ehia();
    assert_eq!(
        codes(world.review_by(MEMBER).map(|()| unreachable!())),
        ["CONFLICT"],
        "nothing was submitted"
    );
    world.step("submit", AUTHOR);
    world.review_by(MEMBER).unwrap();
    let first = world.case.process.reviews[0].id;
    let mut supply = supply_from(5_000);
    let applied =
        submit_review(&world.case, review(1), anywhere, &actor(MEMBER), &world.context(), &mut supply)
            .unwrap();
    let reviews = &applied.case.process.reviews;
    assert_eq!(reviews.len(), 1);
    assert_ne!(reviews[0].id, first);
    assert_eq!(reviews[0].recommendation, Recommendation::Return);
    assert_eq!(applied.happenings[0].kind, EventKind::ReviewSubmitted);
    assert_eq!(applied.happenings[0].audience, Audience::Panel);
    let payload = &applied.happenings[0].payload;
    assert_eq!(payload["complete"], false);
    assert_eq!(payload["replaces"], serde_json::json!(first));
    assert_eq!(payload["recommendation"], "RETURN", "what was said stays in history, whatever replaces it");
    assert_eq!(payload["summary"], "Not yet.");
    assert_eq!(payload["opinions"][0]["comment"], "Why?");
    let mut stale =
        |draft, who| codes(submit_review(&world.case, draft, anywhere, &who, &world.context(), &mut supply));
    assert_eq!(stale(review(2), actor(MEMBER)), ["CONFLICT"]);
    assert_eq!(stale(review(1), with_roles(AUTHOR, Role::ALL)), ["FORBIDDEN"]);
    assert_eq!(stale(review(1), actor(STRANGER)), ["NOT_FOUND"]);
    let mut silent = review(1);
    silent.opinions[0].comment = None;
    silent.summary = " ".into();
    assert_eq!(stale(silent, actor(MEMBER)), ["REQUIRED", "REQUIRED"]);
}

#[test]
fn only_members_who_take_part_review() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    for (interest, may) in [
        (Interest::Undeclared, false),
        (Interest::Withdrawn, false),
        (Interest::DeclaredNotVoting, true),
        (Interest::DeclaredNoted, true),
    ] {
        world.case.process.panel.as_mut().unwrap().members[0].interest = interest;
        assert_eq!(world.review_by(MEMBER).is_ok(), may, "{interest}");
    }
}

fn mitigation_id() -> MitigationId {
    Uuid::from_u128(71).into()
}

fn evidence_id() -> EvidenceId {
    Uuid::from_u128(72).into()
}

fn with_mitigation() -> World {
    let mut world = World::ehia();
    world.case.content.impacts = vec![impact(70, Direction::Negative, Some((4, 4)))];
    world.case.content.mitigations = vec![Mitigation {
        id: mitigation_id(),
        action: "Run a shuttle bus.".into(),
        impacts: vec![Uuid::from_u128(70).into()],
        owner: Some(Party::person(person(LEAD))),
        due: None,
        indicator: None,
        baseline: None,
        target_value: None,
        reliances: Vec::new(),
    }];
    world.case.content.evidence = vec![Evidence {
        id: evidence_id(),
        title: "Passenger count".into(),
        kind: EvidenceKind::Data,
        source: String::new(),
        date: None,
        local: None,
        strength: None,
        gap: None,
        groups: Vec::new(),
        attachments: Vec::new(),
    }];
    world
}

#[test]
fn a_verification_needs_evidence_and_somebody_who_is_not_the_owner() {
    let mut world = with_mitigation();
    world.case.state = "approved".into();
    let draft = |status, current, evidence: Vec<EvidenceId>| MitigationDraft {
        mitigation: mitigation_id(),
        status,
        note: "Counted for a month.".into(),
        current,
        evidence,
    };
    let report = |draft, by| report_mitigation(&world.case, draft, &actor(by), &world.context());
    let low = Some(Rating { likelihood: 2, consequence: 2 });
    let evidence = vec![evidence_id()];
    assert_eq!(codes(report(draft(MitigationStatus::Verified, low, vec![]), SECRETARY)), ["REQUIRED"]);
    assert_eq!(codes(report(draft(MitigationStatus::InProgress, low, vec![]), SECRETARY)), ["REQUIRED"]);
    let verified = |by| report(draft(MitigationStatus::Verified, low, evidence.clone()), by);
    for by in [LEAD, AUTHOR, CONTRIBUTOR, SRO] {
        assert_eq!(codes(verified(by)), ["VERIFIER_IS_OWNER", "SEPARATION_OF_DUTIES"], "{by}");
    }
    assert_eq!(codes(verified(GOVERNANCE)), ["FORBIDDEN"]);
    let applied = verified(SECRETARY).unwrap();
    let impact: ImpactId = Uuid::from_u128(70).into();
    assert_eq!(applied.case.mitigation_status(mitigation_id()), MitigationStatus::Verified);
    assert_eq!(applied.case.current(impact), low);
    assert_eq!(applied.happenings[0].kind, EventKind::MitigationReported);

    let off = Some(Rating { likelihood: 6, consequence: 2 });
    assert_eq!(codes(report(draft(MitigationStatus::Done, off, evidence.clone()), SECRETARY)), ["OFF_SCALE"]);
    let unknown = vec![Uuid::from_u128(1).into()];
    assert_eq!(codes(report(draft(MitigationStatus::Done, None, unknown), LEAD)), ["NOT_FOUND"]);
    let mut lost = draft(MitigationStatus::Done, None, vec![]);
    lost.mitigation = Uuid::from_u128(1).into();
    assert_eq!(codes(report(lost, LEAD)), ["NOT_FOUND"]);
    assert!(report(draft(MitigationStatus::InProgress, None, vec![]), LEAD).is_ok());
}

#[test]
fn a_condition_is_evidenced_verified_waived_or_breached_by_those_whose_it_is() {
    let mut world = World::ehia().reviewed();
    world.step("approve_with_conditions", CHAIR);
    let id = world.case.process.conditions[0].id;
    let report = |world: &World, status, by: u128| {
        let report =
            ConditionReport { condition: id, status, note: Some("Published today.".into()), evidence: None };
        report_condition(&world.case, &report, &actor(by), &world.context())
    };
    assert_eq!(
        codes(report(&world, ConditionStatus::Verified, LEAD)),
        ["INVALID"],
        "nothing was evidenced yet"
    );
    assert_eq!(codes(report(&world, ConditionStatus::Verified, AUTHOR)), ["FORBIDDEN"]);
    assert_eq!(codes(report(&world, ConditionStatus::Waived, SECRETARY)), ["FORBIDDEN"]);
    assert_eq!(codes(report(&world, ConditionStatus::Evidenced, GOVERNANCE)), ["FORBIDDEN"]);
    assert_eq!(codes(report(&world, ConditionStatus::Open, AUTHOR)), ["INVALID"]);
    assert_eq!(codes(report(&world, ConditionStatus::Open, STRANGER)), ["NOT_FOUND"]);
    world.case = report(&world, ConditionStatus::Evidenced, AUTHOR).unwrap().case;
    assert_eq!(
        codes(report(&world, ConditionStatus::Verified, AUTHOR)),
        ["FORBIDDEN"],
        "the owner does not verify"
    );
    assert!(report(&world, ConditionStatus::Breached, LEAD).is_ok());
    assert!(report(&world, ConditionStatus::Waived, CHAIR).is_ok());
    let silent =
        ConditionReport { condition: id, status: ConditionStatus::Waived, note: None, evidence: None };
    assert_eq!(codes(report_condition(&world.case, &silent, &actor(CHAIR), &world.context())), ["REQUIRED"]);
    let mut theirs = World::ehia();
    theirs.case = world.case.clone();
    theirs.case.process.conditions[0].verifier = Party::person(person(CONTRIBUTOR));
    assert_eq!(
        codes(report(&theirs, ConditionStatus::Verified, CONTRIBUTOR)),
        ["FORBIDDEN"],
        "whose proposal it is does not verify, even where they are named"
    );
    let applied = report(&world, ConditionStatus::Verified, LEAD).unwrap();
    assert_eq!(applied.case.process.conditions[0].status, ConditionStatus::Verified);
    assert_eq!(applied.happenings[0].payload["status"], "VERIFIED");
    let lost = ConditionReport {
        condition: ConditionId::from(Uuid::from_u128(1)),
        status: ConditionStatus::Verified,
        note: None,
        evidence: None,
    };
    assert_eq!(codes(report_condition(&world.case, &lost, &actor(LEAD), &world.context())), ["NOT_FOUND"]);
}

/// The case after an edit of its summary, as the edit makes it.
fn edited(world: &World) -> ehia_domain::case::Case {
    let mut after = world.case.clone();
    after.content.proposal.summary = "Something else.".into();
    after.revision += 1;
    after.frozen = false;
    after.version += 1;
    after
}

/// That a change is not material, whatever stands.
fn slip() -> Judgement {
    let reason = "A slip of the pen.".into();
    Judgement { expected_version: None, material: false, reason, paths: Vec::new() }
}

fn material(path: &Path) -> bool {
    path.0.first().is_some_and(|first| first == "proposal")
}

#[test]
fn a_material_change_after_approval_opens_a_reexamination_for_a_person_to_judge() {
    let mut world = World::ehia().approved();
    let after = edited(&world);
    let paths = [Path::of(["proposal", "summary"]), Path::of(["title"])];
    let applied = content_changed(&world.case, &after, &paths, material, &world.context());
    assert_eq!(applied.case.version, after.version, "the version is the edit's");
    assert_eq!(applied.case.state, "approved", "a machine never takes an approval away");
    let open = applied.case.process.reexamination.clone().unwrap();
    assert_eq!((open.paths, open.due), (vec![paths[0].clone()], day("2026-02-09")));
    assert_eq!(applied.happenings[0].kind, EventKind::ReexaminationOpened);
    world.case = applied.case;
    assert_eq!(world.codes(&world.request("proceed"), BODY), ["UNCHANGED_SINCE_REVIEW"]);

    let judge = |world: &World, material, by| {
        let judgement = Judgement { material, ..slip() };
        judge_materiality(&world.case, &judgement, &actor(by), &world.context(), &mut supply())
    };
    assert_eq!(codes(judge(&world, false, AUTHOR)), ["FORBIDDEN"]);
    let let_stand = judge(&world, false, LEAD).unwrap();
    assert_eq!(let_stand.case.process.reexamination, None);
    assert_eq!(let_stand.case.process.approved_revision, Some(2), "the approval stands for what it says now");
    assert!(let_stand.case.process.clocks.is_empty());
    let kinds: Vec<_> = let_stand.happenings.iter().map(|happening| happening.kind).collect();
    assert_eq!(kinds, [EventKind::MaterialityJudged, EventKind::RevisionFrozen]);
    assert!(let_stand.case.frozen, "what was judged is not written over");

    let reopened = judge(&world, true, CHAIR).unwrap();
    let kinds: Vec<_> = reopened.happenings.iter().map(|happening| happening.kind).collect();
    assert_eq!(
        kinds,
        [EventKind::MaterialityJudged, EventKind::RevisionFrozen, EventKind::AssessmentTransitioned]
    );
    assert_eq!(reopened.happenings[1].payload["revision"], 2);
    assert!(reopened.case.frozen, "what was decided on stays readable once it is rewritten");
    assert_eq!(reopened.case.state, "changes_requested");
    assert_eq!(reopened.case.process.approved_revision, None);
    assert_eq!(reopened.case.process.reexamination, None);
    assert_eq!(reopened.case.version, world.case.version + 1);

    world.case = let_stand.case;
    assert_eq!(codes(judge(&world, false, LEAD)), ["CONFLICT"], "nothing is open any more");
    world.step("proceed", BODY);
}

#[test]
fn nobody_judges_a_change_that_came_after_what_they_looked_at() {
    let mut world = World::ehia().approved();
    let judge = |world: &World, expected: u32, material| {
        let judgement = Judgement { expected_version: Some(expected), material, ..slip() };
        judge_materiality(&world.case, &judgement, &actor(LEAD), &world.context(), &mut supply())
    };
    let change = |world: &mut World, at: &str| {
        let mut after = world.case.clone();
        (after.version, after.revision) = (after.version + 1, 2);
        after.frozen = false;
        after.changed.insert(at.into(), after.version);
        let paths = [Path::of(at.split('/'))];
        world.case = content_changed(&world.case, &after, &paths, material, &world.context()).case;
    };
    change(&mut world, "proposal/population");
    let seen = world.case.version;
    // What is no content may happen meanwhile.
    world.case.version += 3;
    assert!(judge(&world, seen, false).is_ok());
    change(&mut world, "proposal/footprint");
    assert_eq!(world.case.revision, 2, "the working revision is amended in place");
    for material in [false, true] {
        let Err(Refused::Conflict { message }) = judge(&world, seen, material) else { panic!("{material}") };
        let now = world.case.version;
        assert_eq!(
            message,
            format!(
                "You have version {seen} before you, and the content changed since: the proposal (proposal/footprint). \
                 Look at version {now}, then judge all of it."
            )
        );
    }
    for number in 0..6 {
        change(&mut world, &format!("answers/question_{number}"));
    }
    let Err(Refused::Conflict { message }) = judge(&world, seen, false) else { panic!("it changed") };
    assert!(
        message.contains("question_0 (answers/question_0)") && message.contains(", two more."),
        "{message}"
    );
    assert_eq!(codes(judge(&world, world.case.version + 1, false)), ["CONFLICT"], "nobody saw that yet");
    let judged = judge(&world, world.case.version, false).unwrap();
    assert_eq!(judged.case.process.reexamination, None);
}

#[test]
fn an_open_reexamination_is_judged_before_the_case_is_published_or_closed() {
    let mut world = World::ehia().approved();
    world.step("proceed", BODY);
    let after = edited(&world);
    let paths = [Path::of(["proposal", "summary"])];
    world.case = content_changed(&world.case, &after, &paths, material, &world.context()).case;
    for (transition, by) in [("complete", LEAD), ("publish", SECRETARY)] {
        let blocked = world.blocked(&world.request(transition), by);
        assert_eq!(blocked.len(), 1, "{blocked:?}");
        assert_eq!(blocked[0].code, "REEXAMINATION_OPEN");
        assert!(blocked[0].message.contains("equality lead or chair"), "{}", blocked[0].message);
    }
    assert!(world.codes(&world.request("reexamine"), LEAD).is_empty(), "reopening judges it");
    let judged =
        judge_materiality(&world.case, &slip(), &actor(LEAD), &world.context(), &mut supply()).unwrap();
    world.case = judged.case;
    world.step("complete", LEAD);

    let mut pending = World::ehia().approved();
    let after = edited(&pending);
    pending.case = content_changed(&pending.case, &after, &paths, material, &pending.context()).case;
    pending.step("withdraw", AUTHOR);
}

#[test]
fn no_other_change_opens_a_reexamination() {
    let world = World::ehia().approved();
    let after = edited(&world);
    let opened = |world: &World, paths: &[Path]| {
        content_changed(&world.case, &after, paths, material, &world.context())
            .case
            .process
            .reexamination
            .is_some()
    };
    assert!(!opened(&world, &[Path::of(["title"])]), "what is not material");
    assert!(!opened(&World::ehia(), &[Path::of(["proposal"])]), "what nobody approved yet");
}

#[test]
fn a_second_material_change_does_not_win_time() {
    let mut world = World::ehia().approved();
    let change = |world: &World, path: &Path| {
        content_changed(&world.case, &edited(world), std::slice::from_ref(path), material, &world.context())
            .case
    };
    world.case = change(&world, &Path::of(["proposal", "summary"]));
    world.later("2026-02-05");
    world.case = change(&world, &Path::of(["proposal", "footprint"]));
    let open = world.case.process.reexamination.as_ref().unwrap();
    assert_eq!((open.paths.len(), open.due), (2, day("2026-02-09")));
}

#[test]
fn a_clock_that_ran_out_is_announced_once() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    world.later("2026-02-16");
    assert_eq!(tick(&world.case, &world.workflow, world.moment), None, "due today is not overdue");
    world.later("2026-02-17");
    let applied = tick(&world.case, &world.workflow, world.moment).unwrap();
    assert_eq!(applied.happenings.len(), 1);
    assert_eq!(applied.happenings[0].kind, EventKind::ClockOverdue);
    assert_eq!(applied.happenings[0].payload["clock"], "review");
    assert_eq!(applied.happenings[0].payload["reaction"], "ESCALATE");
    world.case = applied.case;
    assert_eq!(tick(&world.case, &world.workflow, world.moment), None);
    world.step("return", CHAIR);
    world.later("2026-06-01");
    let names: Vec<_> = tick(&world.case, &world.workflow, world.moment)
        .unwrap()
        .happenings
        .iter()
        .map(|happening| happening.payload["clock"].clone())
        .collect();
    assert_eq!(names, ["changes"], "the panel's clock stands still");
}

#[test]
fn the_five_days_of_a_reexamination_are_a_clock_too() {
    let mut world = World::ehia().approved();
    let after = edited(&world);
    let paths = [Path::of(["proposal"])];
    world.case = content_changed(&world.case, &after, &paths, material, &world.context()).case;
    world.later("2026-02-10");
    let applied = tick(&world.case, &world.workflow, world.moment).unwrap();
    assert_eq!(applied.happenings[0].payload["clock"], "reexamination");
    assert_eq!(phase(&applied.case, &world.workflow), ehia_domain::workflow::Phase::Approved);
}

#[test]
fn whoever_left_those_who_write_still_does_not_judge() {
    for former in [CONTRIBUTOR, SRO] {
        let mut world = World::ehia();
        world.case.content.contributors.clear();
        world.case.content.sro = None;
        world.case.process.wrote = [person(former)].into();
        let mut new = panel(4);
        new.members[0].person = person(former);
        let Err(Refused::Invalid(violations)) =
            assign_panel(&world.case, new.clone(), &actor(SECRETARY), &world.context())
        else {
            panic!("{former} sits on the panel");
        };
        assert_eq!(violations[0].code, "SEPARATION_OF_DUTIES");
        let everything = with_roles(former, Role::ALL);
        assert_eq!(
            codes(assign_panel(&world.case, panel(4), &everything, &world.context())),
            ["FORBIDDEN"],
            "nor says who does"
        );
        // Who sat there before this was asked does not review, conclude, answer or judge either.
        world.case.process.panel.as_mut().unwrap().members[0] = new.members[0].clone();
        world.step("submit", AUTHOR);
        assert!(world.review_by(former).is_err());
        assert!(
            world.blocked(&world.request("return"), former).iter().any(|blocker| blocker.code == "FORBIDDEN")
        );
        let answer =
            Declaration { member: person(MEMBER + 1), interest: Interest::Withdrawn, note: Some("x".into()) };
        assert_eq!(
            codes(declare_interest(&world.case, &answer, &everything, &world.context())),
            ["FORBIDDEN"]
        );
        let judged = judge_materiality(&world.case, &slip(), &everything, &world.context(), &mut supply());
        assert_eq!(codes(judged), ["FORBIDDEN"]);
        let mut standing = World::ehia();
        standing.case.process.wrote = world.case.process.wrote.clone();
        standing.case.content.contributors.clear();
        standing.case.content.sro = None;
        standing.case.process.panel = None;
        standing.standing_panel = Some(new);
        standing.step("submit", AUTHOR);
        let seated = &standing.case.process.panel.as_ref().unwrap().members;
        assert!(seated.iter().all(|member| member.person != person(former)));
        assert_eq!(seated.len(), 3);
    }
}

/// The case with this panel in the place of the one before.
fn reseated(world: &World, panel: ehia_domain::review::Panel) -> ehia_domain::case::Case {
    assign_panel(&world.case, panel, &actor(SECRETARY), &world.context()).unwrap().case
}

#[test]
fn an_interest_outlives_the_seat() {
    for (interest, seat) in [(Interest::Withdrawn, MEMBER), (Interest::DeclaredNotVoting, MEMBER + 1)] {
        let mut world = World::ehia();
        let members = &mut world.case.process.panel.as_mut().unwrap().members;
        members[usize::try_from(seat - MEMBER).unwrap()].interest = Interest::Undeclared;
        let own = Declaration { member: person(seat), interest, note: Some("My sister works there.".into()) };
        world.case = declare_interest(&world.case, &own, &actor(seat), &world.context()).unwrap().case;
        let mut without = panel(4);
        without.members.retain(|member| member.person != person(seat));
        world.case = reseated(&world, without);
        // Who is off the panel judges from no other place either, and a withdrawn one does not seat it.
        let everything = with_roles(seat, Role::ALL);
        let answer =
            Declaration { member: person(MEMBER + 2), interest: Interest::Withdrawn, note: Some("x".into()) };
        assert_eq!(
            codes(declare_interest(&world.case, &answer, &everything, &world.context())),
            ["FORBIDDEN"],
            "{interest}"
        );
        let seats = assign_panel(&world.case, panel(4), &everything, &world.context());
        assert_eq!(seats.is_ok(), interest != Interest::Withdrawn);
        world.step("submit", AUTHOR);
        let request = world.request("approve");
        assert_eq!(world.try_apply(&request, &everything), Err(Refused::Forbidden), "{interest}");

        world.case = reseated(&world, panel(4));
        let members = &world.case.process.panel.as_ref().unwrap().members;
        let back = members.iter().find(|member| member.person == person(seat)).unwrap();
        assert_eq!((back.interest, back.note.as_deref()), (interest, Some("My sister works there.")));
        let cleared = Declaration { member: person(seat), interest: Interest::None, note: None };
        assert_eq!(
            codes(declare_interest(&world.case, &cleared, &actor(seat), &world.context())),
            ["ANSWERED"]
        );
    }
}

#[test]
fn what_was_declared_before_it_was_kept_is_kept_too() {
    let mut world = World::ehia();
    world.case.process.panel.as_mut().unwrap().members[0].interest = Interest::Withdrawn;
    let mut without = panel(4);
    without.members.remove(0);
    world.case = reseated(&world, without);
    assert_eq!(world.case.process.interest(person(MEMBER)), Interest::Withdrawn);
    world.case = reseated(&world, panel(4));
    assert_eq!(world.case.process.panel.as_ref().unwrap().members[0].interest, Interest::Withdrawn);
    let stored = serde_json::to_value(&world.case.process).unwrap();
    assert_eq!(serde_json::from_value::<ehia_domain::case::Process>(stored).unwrap(), world.case.process);
}

#[test]
fn the_chair_declares_for_nobody() {
    let mut world = World::ehia();
    world.case.process.panel.as_mut().unwrap().members[0].interest = Interest::Undeclared;
    let declare = |world: &World, by: u128, interest| {
        let declaration =
            Declaration { member: person(MEMBER), interest, note: Some("Does not answer.".into()) };
        declare_interest(&world.case, &declaration, &actor(by), &world.context())
    };
    for interest in [Interest::None, Interest::DeclaredNoted, Interest::DeclaredNotVoting] {
        assert_eq!(codes(declare(&world, CHAIR, interest)), ["UNDECLARED"], "{interest}");
    }
    world.case = declare(&world, CHAIR, Interest::Withdrawn).unwrap().case;
    let mut without = panel(4);
    without.members.remove(0);
    let mut moved = World { case: reseated(&world, without), ..World::ehia() };
    moved.case = reseated(&moved, panel(4));
    for world in [&world, &moved] {
        assert_eq!(
            codes(declare(world, CHAIR, Interest::None)),
            ["UNDECLARED"],
            "nor in two steps, nor after another panel"
        );
    }
    world.case = declare(&world, MEMBER, Interest::Withdrawn).unwrap().case;
    world.case = declare(&world, CHAIR, Interest::DeclaredNoted).unwrap().case;
    assert_eq!(world.case.process.interest(person(MEMBER)), Interest::DeclaredNoted);
}

#[test]
fn a_risk_is_rated_anew_after_approval_and_by_nobody_whose_it_is() {
    let mut world = with_mitigation();
    world.case.process.wrote = [person(SECRETARY)].into();
    let report = |world: &World, status, current, by: Actor| {
        let draft = MitigationDraft {
            mitigation: mitigation_id(),
            status,
            note: "Counted for a month.".into(),
            current,
            evidence: vec![evidence_id()],
        };
        report_mitigation(&world.case, draft, &by, &world.context())
    };
    let low = Some(Rating { likelihood: 1, consequence: 1 });
    let done = MitigationStatus::Done;
    let other = with_roles(MEMBER + 9, &[Role::PanelSecretary]);
    let states: Vec<(String, Phase)> =
        world.workflow.states.iter().map(|state| (state.name.clone(), state.phase)).collect();
    for (state, phase) in states {
        world.case.state.clone_from(&state);
        let may = !matches!(phase, Phase::Drafting | Phase::Review);
        for by in [AUTHOR, CONTRIBUTOR, SRO, LEAD, SECRETARY] {
            let told = if may { "SEPARATION_OF_DUTIES" } else { "NOT_YET" };
            assert_eq!(codes(report(&world, done, low, actor(by))), [told], "{state}, {by}");
            assert!(report(&world, done, None, actor(by)).is_ok(), "what is done may be said, {state}, {by}");
            let verified = report(&world, MitigationStatus::Verified, None, actor(by));
            let told = if may { "VERIFIER_IS_OWNER" } else { "NOT_YET" };
            assert_eq!(codes(verified), [told], "{state}, {by}");
        }
        let rated = report(&world, done, low, other.clone());
        assert_eq!(rated.is_ok(), may, "{state}");
        let verified = report(&world, MitigationStatus::Verified, None, other.clone());
        assert_eq!(verified.is_ok(), may, "{state}");
    }
}
