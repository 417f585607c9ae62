//! Transitions: what is asked, what is refused and what is done.

use ehia_domain::{
    calendar, canonical,
    check::Gate,
    condition::ConditionStatus,
    decision::DecisionOutcome,
    event::EventKind,
    evidence::Attachment,
    impact::Direction,
    party::Party,
    permission::Role,
    review::Recommendation,
    text::Path,
    workflow::{
        Phase,
        definition::Workflow,
        engine::{Applied, Refused, available, blockers, phase, rehearse},
        process::content_changed,
    },
};

use super::{law::delegated, world::*};

fn kinds(applied: &Applied) -> Vec<EventKind> {
    applied.happenings.iter().map(|happening| happening.kind).collect()
}

#[test]
fn an_assessment_goes_all_the_way() {
    let mut world = World::ehia();
    let submitted = world.step("submit", AUTHOR);
    assert_eq!(kinds(&submitted), [EventKind::RevisionFrozen, EventKind::AssessmentTransitioned]);
    assert_eq!((world.case.version, world.case.revision, world.case.frozen), (2, 1, true));
    assert_eq!(world.case.process.submitted_revision, Some(1));
    world.review();

    let returned = world.step("return", CHAIR);
    assert_eq!(kinds(&returned), [EventKind::OutcomeRecorded]);
    let asked = world.case.process.returned.clone().unwrap();
    assert_eq!(asked.paths, [Path::of(["answers", "engagement"])]);
    assert_eq!((asked.by, asked.due), (person(CHAIR), Some(day("2026-02-16"))));

    world.case.revision = 2;
    world.case.frozen = false;
    world.step("resubmit", AUTHOR);
    assert_eq!(world.case.process.submitted_revision, Some(2));
    assert_eq!(world.case.process.returned, None);
    world.review();
    world.step("approve_with_conditions", CHAIR);
    assert_eq!(phase(&world.case, &world.workflow), Phase::Approved);
    assert_eq!(world.case.process.approved_revision, Some(2));

    let decided = world.step("proceed", BODY);
    assert_eq!(kinds(&decided), [EventKind::DecisionRecorded]);
    assert_eq!(world.case.state, "proceeding");
    assert_eq!(world.case.process.decisions[0].revision, 2);
    assert_eq!(world.case.process.review_due, Some(day("2027-02-02")));

    let Err(Refused::Blocked(blockers)) = world.try_apply(&world.request("complete"), &actor(LEAD)) else {
        panic!("completed with an open condition");
    };
    assert_eq!(blockers[0].code, "CONDITIONS_MET");
    world.case.process.conditions[0].status = ConditionStatus::Verified;
    world.step("complete", LEAD);
    assert_eq!(phase(&world.case, &world.workflow), Phase::Closed);
    assert!(world.case.process.clocks.is_empty());
}

#[test]
fn submitting_is_blocked_by_the_blockers_of_its_gate_and_no_others() {
    let mut world = World::ehia();
    world.findings = vec![
        finding("rating.missing@impacts/1", Gate::Submit, false),
        finding("unknown.open@impacts/2", Gate::Decide, true),
    ];
    let codes = world.codes(&world.request("submit"), AUTHOR);
    assert_eq!(codes, ["rating.missing"]);
    world.findings.remove(0);
    world.step("submit", AUTHOR);
}

#[test]
fn an_unknown_passes_submission_and_is_put_to_the_body() {
    let mut world = World::ehia();
    world.findings = vec![finding("unknown.open@impacts/2", Gate::Decide, true)];
    let mut world = world.approved();
    assert_eq!(world.codes(&world.request("proceed"), BODY), ["unknown.open"]);
    let mut request = world.request("proceed");
    request.decision.as_mut().unwrap().accepted = vec![accepted("unknown.open@impacts/2")];
    let applied = world.try_apply(&request, &actor(BODY)).unwrap();
    let acceptance = &applied.case.process.accepted["unknown.open@impacts/2"];
    assert_eq!(acceptance.by, person(BODY));
    assert_eq!(applied.case.process.decisions[0].accepted, std::slice::from_ref(acceptance));
    assert!(applied.record.unwrap().document()["accepted"]["unknown.open@impacts/2"]["reason"].is_string());
}

#[test]
fn what_the_panel_accepted_the_body_accepts_for_itself() {
    let mut world = World::ehia().reviewed();
    world.findings = vec![finding("unknown.open@impacts/2", Gate::Decide, true)];
    let mut request = world.request("approve");
    request.outcome.as_mut().unwrap().accepted = vec![accepted("unknown.open@impacts/2")];
    world.case = world.try_apply(&request, &actor(CHAIR)).unwrap().case;
    assert_eq!(world.codes(&world.request("proceed"), BODY), ["unknown.open"]);
    // What the body accepted when it put the decision off stands for the same revision.
    let mut request = world.request("defer_decision");
    request.decision.as_mut().unwrap().accepted = vec![accepted("unknown.open@impacts/2")];
    world.case = world.try_apply(&request, &actor(BODY)).unwrap().case;
    assert!(world.codes(&world.request("proceed"), BODY).is_empty());
    let before = world.case.clone();
    world.case.revision = 2;
    let mut request = world.request("proceed");
    request.expected_revision = 2;
    assert_eq!(world.codes(&request, BODY), ["unknown.open"]);
    // Nor does it outlive a reopening in which nothing is changed and the panel accepts it again.
    world.case = before;
    world.step("reexamine", LEAD);
    world.step("resubmit", AUTHOR);
    world.review();
    let mut request = world.request("approve");
    request.outcome.as_mut().unwrap().accepted = vec![accepted("unknown.open@impacts/2")];
    world.case = world.try_apply(&request, &actor(CHAIR)).unwrap().case;
    assert_eq!(world.case.revision, 1);
    assert_eq!(world.codes(&world.request("proceed"), BODY), ["unknown.open"]);
}

#[test]
fn what_goes_ahead_is_stopped_by_the_body_alone() {
    let mut world = World::ehia().approved();
    world.step("proceed", BODY);
    world.step("reexamine", LEAD);
    assert_eq!(world.codes(&world.request("withdraw"), AUTHOR), ["DECIDED"]);
    world.case.revision = 2;
    world.case.frozen = false;
    world.step("resubmit", AUTHOR);
    world.review();
    world.step("approve", CHAIR);
    assert_eq!(world.codes(&world.request("withdraw"), AUTHOR), ["DECIDED"]);
    world.step("defer_decision", BODY);
    assert_eq!(world.codes(&world.request("withdraw"), AUTHOR), ["DECIDED"]);
    world.step("stop", BODY);
    world.step("reexamine", LEAD);
    world.step("withdraw", AUTHOR);
}

#[test]
fn nobody_is_named_twice_and_no_condition_is_due_before_it_is_set() {
    let mut world = World::ehia().reviewed();
    let mut request = world.request("approve_with_conditions");
    let outcome = request.outcome.as_mut().unwrap();
    let first = outcome.attendees[0].clone();
    outcome.attendees.push(first);
    outcome.conditions[0].due = day("2026-02-01");
    let last = outcome.attendees.len() - 1;
    let told: Vec<_> =
        world.blocked(&request, CHAIR).into_iter().map(|b| (b.code, b.path.to_string())).collect();
    let expected = [
        ("DUPLICATE".to_owned(), format!("outcome/attendees/{last}")),
        ("IN_THE_PAST".to_owned(), "outcome/conditions/0/due".to_owned()),
    ];
    assert_eq!(told, expected);
    request.outcome.as_mut().unwrap().attendees.pop();
    request.outcome.as_mut().unwrap().conditions[0].due = day("2037-01-05");
    let unknown = world.blocked(&request, CHAIR);
    assert_eq!((unknown.len(), unknown[0].code.as_str()), (1, "UNKNOWN_YEAR"));
    assert_eq!(unknown[0].path.to_string(), "outcome/conditions/0/due");
    assert!(unknown[0].message.contains("from 1978 to 2036"), "{unknown:?}");
    request.outcome.as_mut().unwrap().conditions[0].due = day("2026-02-02");
    world.case = world.try_apply(&request, &actor(CHAIR)).unwrap().case;
    let mut request = world.request("proceed");
    let draft = request.decision.as_mut().unwrap();
    draft.present.push(Party::person(person(BODY)));
    draft.read_by.push(Party::named("b. oard"));
    let told: Vec<_> =
        world.blocked(&request, BODY).into_iter().map(|b| (b.code, b.path.to_string())).collect();
    let twice = |path: &str| ("DUPLICATE".to_owned(), path.to_owned());
    assert_eq!(told, [twice("decision/present/2"), twice("decision/readBy/1")]);
}

#[test]
fn a_body_decides_on_what_was_there_when_it_met() {
    let mut world = World::ehia().approved();
    world.later("2026-02-05");
    let mut edited = world.case.clone();
    (edited.revision, edited.frozen) = (2, false);
    edited.content.title = "Another title".into();
    let paths = [Path::of(["title"])];
    let applied = content_changed(&world.case, &edited, &paths, |_| false, &world.context());
    world.case = applied.case;
    assert_eq!(world.case.process.edited_on, Some(day("2026-02-05")));
    let mut request = world.request("proceed");
    request.decision.as_mut().unwrap().meeting = day("2026-02-04");
    let blocked = world.blocked(&request, BODY);
    assert_eq!(blocked[0].code, "CHANGED_AFTER_MEETING");
    assert!(blocked[0].message.contains("about revision 1"), "{blocked:?}");
    request.decision.as_mut().unwrap().meeting = day("2026-02-05");
    assert!(world.codes(&request, BODY).is_empty());
}

#[test]
fn an_acceptance_counts_only_where_the_rule_allows_and_the_finding_exists() {
    let mut world = World::ehia().approved();
    world.findings = vec![finding("aim.missing@answers/psed", Gate::Decide, false)];
    let mut request = world.request("proceed");
    let decision = request.decision.as_mut().unwrap();
    decision.accepted = vec![accepted("aim.missing@answers/psed"), accepted("no.such@thing")];
    assert_eq!(world.codes(&request, BODY), ["NOT_ACCEPTABLE", "FINDING_NOT_FOUND", "aim.missing"]);
    request.decision.as_mut().unwrap().accepted[0].reason = " ".into();
    assert!(world.codes(&request, BODY).contains(&"REQUIRED".to_owned()));
}

#[test]
fn what_was_accepted_does_not_outlive_a_reopening() {
    let mut world = World::ehia().approved();
    world.findings = vec![finding("unknown.open@impacts/2", Gate::Decide, true)];
    let mut request = world.request("proceed");
    request.decision.as_mut().unwrap().accepted = vec![accepted("unknown.open@impacts/2")];
    world.case = world.try_apply(&request, &actor(BODY)).unwrap().case;
    world.step("reexamine", LEAD);
    assert!(world.case.process.accepted.is_empty());
    assert_eq!(world.case.process.approved_revision, None);
    assert_eq!(world.case.process.decisions.len(), 1, "what was decided stays decided");
}

#[test]
fn what_a_request_must_bring_is_named_field_by_field() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    let mut request = world.request("return");
    request.comment = Some("  ".into());
    request.paths.clear();
    request.outcome.as_mut().unwrap().attendees.clear();
    let paths: Vec<String> =
        world.blocked(&request, CHAIR).iter().map(|blocker| blocker.path.to_string()).collect();
    assert_eq!(paths, ["comment", "paths", "outcome/attendees"]);
    request.outcome = None;
    request.decision = Some(decision(DecisionOutcome::Proceed));
    assert!(world.codes(&request, CHAIR).contains(&"NOT_APPLICABLE".to_owned()));

    world.review();
    let mut request = world.request("approve_with_conditions");
    let outcome = request.outcome.as_mut().unwrap();
    outcome.conditions[0].verifier = outcome.conditions[0].owner.clone();
    assert_eq!(world.codes(&request, CHAIR), ["VERIFIER_IS_OWNER", "VERIFIER_IS_PARTY"]);
    let outcome = request.outcome.as_mut().unwrap();
    outcome.conditions[0].owner = Party::named("Somebody else");
    assert_eq!(world.codes(&request, CHAIR), ["VERIFIER_IS_PARTY"]);
    let outcome = request.outcome.as_mut().unwrap();
    outcome.conditions[0].owner = Party::named("Jo  Bloggs");
    outcome.conditions[0].verifier = Party::named("jo bloggs");
    assert_eq!(world.codes(&request, CHAIR), ["VERIFIER_IS_OWNER"]);
    request.outcome.as_mut().unwrap().conditions.clear();
    assert_eq!(world.codes(&request, CHAIR), ["REQUIRED"]);
    let mut request = world.request("approve");
    request.outcome.as_mut().unwrap().conditions.push(condition());
    assert_eq!(world.codes(&request, CHAIR), ["NOT_APPLICABLE"]);
}

#[test]
fn a_decision_names_body_authority_reasons_statement_and_who_was_there() {
    let world = World::ehia().approved();
    let mut request = world.request("proceed");
    let draft = request.decision.as_mut().unwrap();
    draft.body.clear();
    draft.authority = " ".into();
    draft.reasons.clear();
    draft.statement.clear();
    draft.present.clear();
    draft.read_by.clear();
    draft.meeting = day("2026-02-03");
    let paths: Vec<String> =
        world.blocked(&request, BODY).iter().map(|blocker| blocker.path.to_string()).collect();
    let expected = ["body", "authority", "reasons", "statement", "present", "meeting", "readBy"];
    assert_eq!(paths, expected.map(|field| format!("decision/{field}")));

    let mut request = world.request("proceed");
    request.decision.as_mut().unwrap().outcome = DecisionOutcome::Stop;
    assert_eq!(world.codes(&request, BODY), ["NOT_ADMISSIBLE"]);
    let mut request = world.request("proceed");
    request.decision.as_mut().unwrap().read_by.push(Party::person(person(GOVERNANCE)));
    let blocked = world.blocked(&request, BODY);
    assert_eq!(blocked[0].code, "READ_CONFIRMED");
    assert_eq!(blocked[0].path, Path::of(["decision", "readBy", "1"]));
    let mut request = world.request("proceed");
    request.decision.as_mut().unwrap().outcome = DecisionOutcome::ProceedDespiteAdverseImpact;
    assert!(
        world.codes(&request, BODY).is_empty(),
        "proceeding despite adverse impact, with reasons, is lawful"
    );
}

#[test]
fn malformed_requests_are_invalid_with_the_path_of_each_error() {
    let mut world = World::ehia().reviewed();
    let mut request = world.request("approve");
    request.comment = Some("x\u{0}".into());
    request.outcome.as_mut().unwrap().attendees.push(Party::default());
    request.outcome.as_mut().unwrap().dissent = Some("x".repeat(20_001));
    let Err(Refused::Invalid(violations)) = world.try_apply(&request, &actor(CHAIR)) else { panic!() };
    let paths: Vec<String> = violations.iter().map(|violation| violation.path.to_string()).collect();
    assert_eq!(paths, ["comment", "outcome/attendees/2", "outcome/dissent"]);
    // A rehearsal says so too, and to whoever may not make it only that.
    let rehearsed = |by| rehearse(&world.case, &request, &actor(by), &world.context());
    assert_eq!(rehearsed(CHAIR), Err(Refused::Invalid(violations)));
    assert_eq!(rehearsed(STRANGER), Err(Refused::NotFound));
    assert_eq!(rehearsed(AUTHOR).unwrap()[0].code, "FORBIDDEN");
}

#[test]
fn who_may_not_is_told_so_and_nothing_else() {
    let mut world = World::ehia().reviewed();
    world.findings = vec![finding("secret.finding@impacts", Gate::Decide, false)];
    let request = world.request("approve");
    assert_eq!(world.codes(&request, AUTHOR), ["FORBIDDEN"]);
    assert_eq!(world.codes(&request, STRANGER), ["NOT_FOUND"]);
    assert_eq!(world.try_apply(&request, &actor(AUTHOR)), Err(Refused::Forbidden));
    assert_eq!(world.try_apply(&request, &actor(STRANGER)), Err(Refused::NotFound));
    let mut unknown = request.clone();
    unknown.transition = "levitate".into();
    assert_eq!(world.try_apply(&unknown, &actor(STRANGER)), Err(Refused::NotFound));
    let Err(Refused::Invalid(violations)) = world.try_apply(&unknown, &actor(CHAIR)) else { panic!() };
    assert_eq!(violations[0].path, Path::of(["transition"]));
    let mut reader = actor(CHAIR);
    reader.read_only = true;
    assert_eq!(world.try_apply(&request, &reader), Err(Refused::Forbidden));
}

#[test]
fn another_revision_or_another_state_is_a_conflict() {
    let mut world = World::ehia().reviewed();
    let mut request = world.request("approve");
    request.expected_revision = 7;
    assert!(matches!(world.try_apply(&request, &actor(CHAIR)), Err(Refused::Conflict { .. })));
    let request = world.request("proceed");
    assert!(matches!(world.try_apply(&request, &actor(BODY)), Err(Refused::Conflict { .. })));
}

#[test]
fn of_fifty_identical_approvals_one_succeeds() {
    let mut world = World::ehia().reviewed();
    let request = world.request("approve");
    let results: Vec<_> = (0..50)
        .map(|_| {
            let result = world.try_apply(&request, &actor(CHAIR));
            if let Ok(applied) = &result {
                world.case = applied.case.clone();
            }
            result
        })
        .collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let conflicts = results.iter().filter(|result| matches!(result, Err(Refused::Conflict { .. })));
    assert_eq!(conflicts.count(), 49);
    assert_eq!(world.case.process.outcomes.len(), 1);
}

#[test]
fn separation_of_duties_holds_whatever_the_roles() {
    for workflow in Workflow::shipped_all() {
        let mut world = World::of(workflow.clone());
        for state in &workflow.states {
            world.case.state.clone_from(&state.name);
            for who in [AUTHOR, CONTRIBUTOR, SRO] {
                let everything = with_roles(who, Role::ALL);
                for transition in workflow.leaving(&state.name) {
                    let request = world.request(&transition.name);
                    let found =
                        blockers(&world.case, transition, &everything, Some(&request), &world.context());
                    let forbidden = found.iter().any(|blocker| blocker.code == "FORBIDDEN");
                    // An executive SRO may sit on the deciding body.
                    let judges =
                        transition.concludes.is_some() || (!transition.decides.is_empty() && who != SRO);
                    assert!(forbidden || !judges, "{who} may {} in {}", transition.name, state.name);
                }
            }
        }
    }
}

#[test]
fn a_record_freezes_what_was_before_them_and_its_hash_is_in_what_they_recorded() {
    let mut world = World::ehia().reviewed();
    world.case.process.panel.as_mut().unwrap().members[0].note = Some("Synthetic interest".into());
    world.findings = vec![finding("unknown.open@impacts/2", Gate::Decide, true)];
    world.attachments.push(Attachment {
        id: uuid::Uuid::from_u128(77).into(),
        name: "Survey.pdf".into(),
        media_type: "application/pdf".into(),
        size: 18,
        sha256: canonical::sha256(b"%PDF-1.7 synthetic"),
    });
    let applied = world.step("approve_with_conditions", CHAIR);
    let record = applied.record.unwrap().document();
    let outcome = &world.case.process.outcomes[0];
    assert_eq!(outcome.record, canonical::sha256(&canonical::bytes(&record).unwrap()));
    assert_eq!(record["format"], "ehia/record/1");
    assert_eq!(record["kind"], "OUTCOME");
    assert_eq!(record["form"]["key"], "ehia");
    assert_eq!(record["workflow"]["version"], 1);
    assert_eq!(record["state"], "panel_review");
    assert_eq!(record["content"]["title"], "Synthetic case");
    assert_eq!(record["attachments"], serde_json::json!(world.attachments));
    assert_eq!(record["reviews"].as_array().unwrap().len(), 4);
    assert_eq!(record["findings"][0]["rule"], "unknown.open");
    assert_eq!(record["conditions"][0]["text"], "Publish the travel plan.");
    assert!(!record.to_string().contains("Synthetic interest"), "what was declared is the panel's own");
    assert_eq!(record["panel"]["members"][0]["interest"], "NONE");
    assert_eq!(record["outcome"]["recommendation"], "APPROVE_WITH_CONDITIONS");
    assert!(record["outcome"].get("record").is_none());
    assert_eq!(record["decision"], serde_json::Value::Null);
    let happening = &applied.happenings[0];
    assert_eq!(happening.payload["record"], serde_json::json!(outcome.record));
    assert_eq!(happening.payload["recommendation"], "APPROVE_WITH_CONDITIONS");
    assert!(!happening.payload.to_string().contains("A. Nother"), "events name people by id");
}

#[test]
fn the_record_of_a_decision_says_what_the_panel_concluded_and_how_its_conditions_stand() {
    let mut world = World::ehia();
    world.case.content.impacts = vec![impact(70, Direction::Positive, None)];
    world.step("submit", AUTHOR);
    world.step("return", CHAIR);
    world.step("resubmit", AUTHOR);
    world.review();
    let concluded = world.step("approve_with_conditions", CHAIR).record.unwrap().document();
    assert_eq!(concluded["outcomes"][0]["recommendation"], "RETURN");
    assert_eq!(concluded["outcomes"].as_array().unwrap().len(), 1, "its own is `outcome`");
    assert_eq!(concluded["conditions"][0]["status"], "OPEN");
    world.case.process.conditions[0].status = ConditionStatus::Evidenced;
    let decided = world.step("proceed", BODY).record.unwrap().document();
    let cited = &world.case.process.outcomes[1].record;
    assert_eq!(decided["outcomes"][1]["recommendation"], "APPROVE_WITH_CONDITIONS");
    assert_eq!(decided["outcomes"][1]["record"], serde_json::json!(cited), "leads to the panel's record");
    assert_eq!(decided["conditions"][0]["text"], "Publish the travel plan.");
    assert_eq!(decided["conditions"][0]["status"], "EVIDENCED");
}

#[test]
fn a_record_can_be_read_without_the_definitions_it_was_made_under() {
    let mut world = World::ehia();
    world.case.content.impacts = vec![impact(70, Direction::Positive, None)];
    let mut world = world.approved();
    let record = world.step("proceed", BODY).record.unwrap().document();
    let named = record["groups"].as_object().unwrap();
    assert_eq!(named.keys().collect::<Vec<_>>(), ["age"], "the groups that the content names");
    assert_eq!(named["age"], world.groups.find("age").unwrap().name);
    let workflow = &record["workflow"];
    assert_eq!((&workflow["key"], &workflow["version"]), (&"ehia".into(), &1.into()));
    assert_eq!(workflow["states"].as_array().unwrap().len(), 12);
    assert_eq!(workflow["roles"]["author"]["grants"], serde_json::json!(["AUTHOR", "CONTRIBUTOR"]));
    assert_eq!(workflow["transitions"][0]["guards"][0]["name"], "no_blockers");
    assert_eq!(workflow["clocks"][0]["days"], 10);
}

#[test]
fn what_a_reopening_names_is_kept_and_told_to_whoever_writes() {
    let mut world = World::ehia().approved();
    let applied = world.step("reexamine", LEAD);
    let moved = applied.happenings.last().unwrap();
    assert_eq!(moved.kind, EventKind::AssessmentTransitioned);
    assert_eq!(moved.payload["paths"], serde_json::json!([["answers", "engagement"]]));
    let asked = world.case.process.returned.clone().unwrap();
    assert_eq!((asked.by, asked.comment.as_str()), (person(LEAD), "Because."));
    assert_eq!(asked.paths, [Path::of(["answers", "engagement"])]);
    assert_eq!(asked.due, world.case.process.clocks["changes"].due);
    world.step("resubmit", AUTHOR);
    assert_eq!(world.case.process.returned, None);
}

#[test]
fn a_delegated_panel_concludes_and_decides_in_one_record() {
    let workflow = Workflow::parse(&delegated().to_string()).unwrap();
    let mut world = World::of(workflow).reviewed();
    assert_eq!(world.codes(&world.request("shortcut"), BODY), ["FORBIDDEN"]);
    let applied = world.step("shortcut", CHAIR);
    assert_eq!(kinds(&applied), [EventKind::OutcomeRecorded, EventKind::DecisionRecorded]);
    let process = &world.case.process;
    assert_eq!(process.outcomes[0].record, process.decisions[0].record);
    assert_eq!(applied.record.unwrap().document()["kind"], "DECISION");
}

#[test]
fn a_decision_put_off_leaves_the_approval_as_it_is() {
    let mut world = World::ehia().approved();
    world.step("defer_decision", BODY);
    assert_eq!(world.case.state, "approved");
    assert_eq!(world.case.process.approved_revision, Some(1));
    assert_eq!(world.case.process.decisions[0].outcome, DecisionOutcome::Defer);
    let again = world.request("defer_decision");
    assert!(matches!(world.try_apply(&again, &actor(BODY)), Err(Refused::Conflict { .. })), "recorded once");
    world.later("2026-02-03");
    let mut next_day = world.request("defer_decision");
    next_day.decision.as_mut().unwrap().meeting = day("2026-02-03");
    assert!(world.try_apply(&next_day, &actor(BODY)).is_ok());
    world.step("proceed", BODY);
    assert_eq!(world.case.process.decisions.len(), 2);
}

#[test]
fn what_the_panel_does_not_support_may_still_be_decided_by_the_body() {
    let mut world = World::ehia().reviewed();
    world.step("not_support", CHAIR);
    assert_eq!(world.case.process.outcomes[0].recommendation, Recommendation::NotSupport);
    assert_eq!(world.case.process.approved_revision, None);
    world.step("proceed", BODY);
    assert_eq!(world.case.state, "proceeding");
}

#[test]
fn the_review_clock_stands_still_while_the_case_is_with_its_author() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    assert_eq!(world.case.process.clocks["review"].due, Some(day("2026-02-16")));
    world.later("2026-02-05");
    world.step("return", CHAIR);
    let clock = &world.case.process.clocks["review"];
    assert_eq!((clock.due, clock.days_left), (None, 7));
    world.later("2026-03-02");
    world.step("resubmit", AUTHOR);
    assert_eq!(world.case.process.clocks["review"].due, Some(day("2026-03-11")));
    assert!(!world.case.process.clocks.contains_key("changes"));
    world.review();
    world.step("approve", CHAIR);
    assert!(!world.case.process.clocks.contains_key("review"));
}

#[test]
fn whoever_reviews_what_came_back_has_all_their_days_again() {
    let back = [
        ("ehia", 3, "submit", "return", "resubmit", "review", 10),
        ("two-person", 3, "send", "suggest", "send", "check", 10),
        ("screening", 2, "submit", "ask_more", "submit", "screening", 5),
    ];
    for (key, version, submit, back, again, clock, days) in back {
        let mut world = World::of(Workflow::shipped(key, version).unwrap().clone());
        world.step(submit, AUTHOR);
        world.later("2026-02-05");
        world.review();
        world.step(back, if key == "ehia" { CHAIR } else { LEAD });
        assert!(!world.case.process.clocks.contains_key(clock), "{key}");
        world.later("2026-03-02");
        world.step(again, AUTHOR);
        let due = calendar::add_working_days(day("2026-03-02"), days, &[]);
        assert_eq!(world.case.process.clocks[clock].due, Some(due), "{key}");
    }
}

#[test]
fn the_standing_panel_is_assigned_without_those_whose_proposal_it_is() {
    let mut world = World::ehia();
    world.case.process.panel = None;
    let mut standing = panel(4);
    standing.members[0].person = person(SRO);
    world.standing_panel = Some(standing);
    let applied = world.step("submit", AUTHOR);
    assert!(kinds(&applied).contains(&EventKind::PanelAssigned));
    let panel = world.case.process.panel.as_ref().unwrap();
    assert_eq!(panel.members.len(), 3);
    assert!(panel.members.iter().all(|member| !member.takes_part()), "nobody has declared yet");
    let mut world = World::ehia();
    world.case.process.panel = None;
    let mut standing = super::world::panel(1);
    standing.members[0].person = person(SRO);
    world.standing_panel = Some(standing);
    world.step("submit", AUTHOR);
    assert_eq!(world.case.process.panel, None, "a panel of nobody is none");
}

#[test]
fn what_can_be_done_is_listed_with_what_stands_in_the_way() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    let chair = actor(CHAIR);
    let context = world.context();
    let open = available(&world.case, &chair, &context);
    let of = |name: &str| open.iter().find(|(transition, _)| transition.name == name).map(|(_, found)| found);
    assert!(of("return").unwrap().is_empty(), "what the request must bring is asked of the request");
    assert_eq!(of("approve").unwrap()[0].code, "QUORUM");
    assert_eq!(of("withdraw").unwrap()[0].code, "FORBIDDEN");
    assert!(of("submit").is_none());
}

#[test]
fn a_case_in_a_state_nobody_knows_is_stuck_and_not_a_panic() {
    let mut world = World::ehia();
    world.case.state = "limbo".into();
    assert_eq!(phase(&world.case, &world.workflow), Phase::Closed);
    let request = world.request("submit");
    assert!(matches!(world.try_apply(&request, &actor(AUTHOR)), Err(Refused::Conflict { .. })));
}
