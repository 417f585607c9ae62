//! Properties: whatever people try, in whatever order, the laws hold of what comes of it.

use ehia_domain::{
    case::Case,
    decision::DecisionOutcome,
    permission::{Role, permit},
    review::Recommendation,
    text::Path,
    workflow::{
        Phase, Standing,
        definition::Workflow,
        engine::{apply, phase, state},
        process::content_changed,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::*;

/// Who tries which transition, whether everybody reviews before, and whether everything asked for is brought.
type Attempt = (usize, u128, bool, bool);

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let who = prop::sample::select(vec![
        AUTHOR,
        CONTRIBUTOR,
        SRO,
        CHAIR,
        SECRETARY,
        LEAD,
        BODY,
        GOVERNANCE,
        MEMBER,
        STRANGER,
    ]);
    prop::collection::vec((0..64usize, who, any::<bool>(), prop::bool::weighted(0.9)), 1..100)
}

/// Makes the attempts, of which most fail, and holds every success to the laws.
fn walk(workflow: &Workflow, attempts: &[Attempt], every_role: bool) -> Result<(), TestCaseError> {
    let mut world = World::of(workflow.clone());
    // Whether the panel approved since the content was last open, told by watching from outside.
    let mut approved = false;
    for (index, who, review, complete) in attempts {
        let leaving: Vec<_> = workflow.leaving(&world.case.state).collect();
        // One in four tries what does not even start here.
        let transition = if leaving.is_empty() || index % 4 == 3 {
            &workflow.transitions[index % workflow.transitions.len()]
        } else {
            leaving[index % leaving.len()]
        };
        if *review && phase(&world.case, workflow) == Phase::Review {
            for member in MEMBER..MEMBER + 4 {
                let _ = world.review_by(member);
            }
        }
        let assured = matches!(phase(&world.case, workflow), Phase::Approved | Phase::Decided);
        if index % 5 == 0 && assured && workflow.may_edit(&actor(AUTHOR), &world.case) {
            let mut edited = world.case.clone();
            edited.content.proposal.summary = format!("Edit {index}");
            edited.revision += 1;
            edited.frozen = false;
            let paths = [Path::of(["proposal", "summary"])];
            world.case = content_changed(&world.case, &edited, &paths, |_| *complete, &world.context()).case;
        }
        for condition in &mut world.case.process.conditions {
            condition.status = ehia_domain::condition::ConditionStatus::Verified;
        }
        let mut request = world.request(&transition.name);
        if !complete {
            request.outcome = None;
            request.decision = None;
            request.comment = None;
        }
        let by = if every_role && *who != STRANGER { with_roles(*who, Role::ALL) } else { actor(*who) };
        let before: Case = world.case.clone();
        let mut supply = supply_from(u128::from(before.version) * 1_000_000);
        let result = apply(&world.case, &request, &by, &world.context(), &mut supply);
        prop_assert_eq!(&world.case, &before, "apply is pure");
        let Ok(applied) = result else { continue };
        let after = applied.case;
        prop_assert!(
            permit(&by, ehia_domain::permission::Action::SeeStub, &before, phase(&before, workflow)).is_ok()
        );
        prop_assert_eq!(after.version, before.version + 1);
        prop_assert_eq!(after.revision, before.revision, "a transition does not touch the content");
        prop_assert_eq!(&after.content, &before.content);
        let writer = [AUTHOR, CONTRIBUTOR].contains(who);
        let (was, is) = (state(&before, workflow).unwrap(), state(&after, workflow).unwrap());
        if let Some(outcome) = after.process.outcomes.get(before.process.outcomes.len()) {
            prop_assert!(!writer && *who != SRO, "{} concluded", who);
            prop_assert_eq!(was.phase, Phase::Review);
            prop_assert!(!outcome.record.is_empty() && after.frozen);
            approved |= matches!(
                outcome.recommendation,
                Recommendation::Approve | Recommendation::ApproveWithConditions
            );
        }
        if let Some(decision) = after.process.decisions.get(before.process.decisions.len()) {
            prop_assert!(!writer, "{} decided", who);
            let unjudged = before.process.reexamination.is_some() && was.phase == Phase::Approved;
            prop_assert!(
                !unjudged || decision.outcome == DecisionOutcome::Defer,
                "decided on a change nobody judged"
            );
            prop_assert_eq!(decision.revision, before.revision);
            prop_assert!(!decision.record.is_empty() && after.frozen);
        }
        if before.process.reexamination.is_some() && after.process.reexamination.is_none() {
            let reopened = matches!(is.phase, Phase::Drafting | Phase::Review);
            prop_assert!(
                reopened || is.standing == Standing::Stopped,
                "a change nobody judged went into {}",
                &after.state
            );
        }
        if matches!(is.phase, Phase::Drafting | Phase::Review) {
            approved = false;
            prop_assert_eq!(after.process.approved_revision, None);
        }
        if is.phase == Phase::Approved {
            prop_assert!(approved, "{} became approved without the panel", &after.state);
            prop_assert!(after.process.approved_revision.is_some());
        }
        if is.standing == Standing::Proceeding {
            let decided = after.process.decisions.last().is_some_and(|decision| decision.outcome.proceeds());
            prop_assert!(decided, "{} proceeds without a decision", &after.state);
        }
        prop_assert_eq!(
            applied.record.is_some(),
            applied.happenings.iter().any(|h| h.payload.get("record").is_some())
        );
        world.case = after;
    }
    Ok(())
}

/// A transition that an organisation might add, lawful or not.
fn addition(states: Vec<String>, roles: Vec<String>) -> impl Strategy<Value = Value> {
    let concludes = prop_oneof![
        3 => Just(Value::Null),
        1 => prop::sample::select(vec![json!("APPROVE"), json!("RETURN"), json!("NOT_SUPPORT")]),
    ];
    let decides = prop_oneof![
        3 => Just(json!([])),
        1 => prop::sample::select(vec![json!(["PROCEED"]), json!(["STOP"]), json!(["DEFER"])]),
    ];
    let guards = prop::sample::select(vec![
        json!([]),
        json!([{"name": "no_blockers", "gate": "SUBMIT"}]),
        json!([{"name": "no_blockers", "gate": "DECIDE"}]),
    ]);
    let from = prop::sample::select(states.clone());
    // Most lead where it would hurt.
    let to = prop_oneof![
        prop::sample::select(vec!["approved".to_owned(), "proceeding".to_owned()]),
        prop::sample::select(states)
    ];
    (from, to, prop::sample::select(roles), concludes, decides, guards).prop_map(
        |(from, to, role, concludes, decides, guards)| {
            json!({"label": "Added", "from": [from], "to": to, "roles": [role], "concludes": concludes, "decides": decides, "guards": guards})
        },
    )
}

fn additions() -> impl Strategy<Value = Vec<Value>> {
    let ehia = Workflow::shipped("ehia", 1).unwrap();
    let states = ehia.states.iter().map(|state| state.name.clone()).collect();
    let roles = ehia.roles.keys().cloned().collect();
    prop::collection::vec(addition(states, roles), 1..3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_walk_through_a_shipped_workflow_breaks_the_laws(attempts in attempts(), every_role in any::<bool>()) {
        for workflow in Workflow::shipped_all() {
            walk(workflow, &attempts, every_role)?;
        }
    }

    #[test]
    fn whatever_an_organisation_adds_is_refused_or_safe(additions in additions(), attempts in attempts()) {
        let mut document: Value = serde_json::from_str(include_str!("../../definition/workflow-ehia.json")).unwrap();
        for (number, mut addition) in additions.into_iter().enumerate() {
            addition["name"] = json!(format!("added_{number}"));
            document["transitions"].as_array_mut().unwrap().push(addition);
        }
        document["delegation"] = json!("Synthetic scheme of delegation");
        if let Ok(workflow) = Workflow::parse(&document.to_string()) {
            walk(&workflow, &attempts, true)?;
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        prop_assert!(Workflow::parse(&text).is_err());
    }
}
