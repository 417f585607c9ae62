//! What a decision is about: the revision that was before the body.

use chrono::Days;
use ehia::{
    app::{DecisionInput, Error, PartyInput, TransitionDraft},
    domain::{
        calendar::Moment, decision::DecisionOutcome, edit::Edit, id::AssessmentId, permission::Role,
        settings::Settings,
    },
};

use crate::support::{
    on_both,
    people::{Body, app},
};

/// The next day, and then what is decided about this revision at a meeting the day before.
fn decision(body: &Body, revision: u32, meeting: chrono::NaiveDate, dry_run: bool) -> TransitionDraft {
    let party = || PartyInput { person: Some(body.who(Role::DecisionMaker).person), ..PartyInput::default() };
    TransitionDraft {
        transition: "adopt".into(),
        expected_revision: revision,
        comment: None,
        paths: Vec::new(),
        requests: Vec::new(),
        outcome: None,
        decision: Some(DecisionInput {
            body: "Synthetic committee".into(),
            authority: "Synthetic scheme of delegation".into(),
            meeting,
            minute: None,
            paper: None,
            outcome: DecisionOutcome::ProceedDespiteAdverseImpact,
            reasons: "Synthetic reasons.".into(),
            present: vec![party()],
            read_by: vec![party()],
            statement: "The committee had the assessment before it and had due regard to the three aims."
                .into(),
            accepted: Vec::new(),
        }),
        dry_run,
    }
}

fn blocked(error: Error) -> Vec<String> {
    let Error::Blocked(blockers) = error else { panic!("{error:?}") };
    blockers.into_iter().map(|blocker| blocker.code).collect()
}

on_both! {
    async fn what_was_decided_yesterday_is_recorded_with_what_was_before_the_body(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
        let id: AssessmentId = body.import().await;
        body.go(Role::Author, id, "send").await.unwrap();
        body.go(Role::EqualityLead, id, "recommend").await.unwrap();
        let (decider, met) = (body.who(Role::DecisionMaker), body.moment.today);
        let before = body.app.view(decider, id).await.unwrap();
        let accepted = before.findings().iter().filter(|finding| finding.acceptable && finding.gate.is_some());
        let accepted: Vec<_> = accepted
            .map(|finding| ehia::app::AcceptedFinding { finding: finding.id.clone(), reason: "Weighed.".into() })
            .collect();
        let decide = |revision, dry_run| {
            let mut draft = decision(&body, revision, met, dry_run);
            draft.decision.as_mut().unwrap().accepted.clone_from(&accepted);
            draft
        };
        // The day after the meeting somebody changes a word before the decision is recorded.
        let next = Moment { at: body.moment.at + Days::new(1), today: met + Days::new(1) };
        let edit = Edit::Title("Another title".into());
        let author = body.who(Role::Author);
        let edited = body.app.edit(author, id, before.case.version, vec![edit], None, next).await.unwrap().view;
        assert_eq!((edited.case.revision, edited.case.frozen), (2, false));
        let refused = body.app.transition(decider, id, decide(2, false), None, next).await.unwrap_err();
        assert_eq!(blocked(refused), ["CHANGED_AFTER_MEETING"]);
        let rehearsed = body.app.transition(decider, id, decide(1, true), None, next).await.unwrap();
        assert_eq!(rehearsed.blockers, []);
        let done = body.app.transition(decider, id, decide(1, false), None, next).await.unwrap().view;
        let case = &done.case;
        assert_eq!((case.state.as_str(), case.revision, case.frozen), ("in_force", 2, false));
        assert_eq!(case.content.title, "Another title", "the change is not lost");
        assert_eq!(case.process.decisions[0].revision, 1);
        let record = db.store.read().record(&case.process.decisions[0].record).await.unwrap().unwrap();
        let record: serde_json::Value = serde_json::from_slice(&record.bytes).unwrap();
        assert_eq!(record["revision"], 1);
        assert_ne!(record["content"]["title"], "Another title");
        assert_eq!(body.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }

    async fn nobody_decides_before_there_was_anything_to_decide_on_nor_on_what_was_no_longer_current(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
        let id: AssessmentId = body.import().await;
        body.go(Role::Author, id, "send").await.unwrap();
        body.go(Role::EqualityLead, id, "recommend").await.unwrap();
        let (decider, concluded) = (body.who(Role::DecisionMaker), body.moment.today);
        let before = body.app.view(decider, id).await.unwrap();
        let accepted = before.findings().iter().filter(|finding| finding.acceptable && finding.gate.is_some());
        let accepted: Vec<_> = accepted
            .map(|finding| ehia::app::AcceptedFinding { finding: finding.id.clone(), reason: "Weighed.".into() })
            .collect();
        let later = |days| Moment { at: body.moment.at + Days::new(days), today: concluded + Days::new(days) };
        let decide = async |revision, meeting, dry_run, moment| {
            let mut draft = decision(&body, revision, meeting, dry_run);
            draft.decision.as_mut().unwrap().accepted.clone_from(&accepted);
            body.app.transition(decider, id, draft, None, moment).await
        };
        let early = decide(1, concluded - Days::new(1), false, later(1)).await.unwrap_err();
        let Error::Blocked(told) = &early else { panic!("{early:?}") };
        assert!(told[0].message.contains(&concluded.to_string()), "{told:?}");
        assert_eq!(blocked(early), ["TOO_EARLY"]);

        // Changed on the next day; the body meets on the one after.
        let edit = vec![Edit::Title("Another title".into())];
        body.app.edit(body.who(Role::Author), id, before.case.version, edit, None, later(1)).await.unwrap();
        let met = concluded + Days::new(2);
        let refused = decide(1, met, false, later(2)).await.unwrap_err();
        assert_eq!(blocked(refused), ["CHANGED_BEFORE_MEETING"]);
        let rehearsed = decide(1, met, true, later(2)).await.unwrap();
        assert_eq!(rehearsed.blockers.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(), ["CHANGED_BEFORE_MEETING"]);
        let done = decide(2, met, false, later(2)).await.unwrap().view;
        assert_eq!((done.case.state.as_str(), done.case.process.decisions[0].revision), ("in_force", 2));
    }

    async fn only_what_the_panel_approved_last_can_be_decided_about_afterwards(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
        let id = body.import().await;
        body.go(Role::Author, id, "send").await.unwrap();
        body.go(Role::EqualityLead, id, "recommend").await.unwrap();
        body.go(Role::EqualityLead, id, "reopen").await.unwrap();
        let view = body.app.view(body.who(Role::Author), id).await.unwrap();
        let edit = Edit::Title("Another title".into());
        body.app.edit(body.who(Role::Author), id, view.case.version, vec![edit], None, body.moment).await.unwrap();
        body.go(Role::Author, id, "send").await.unwrap();
        body.go(Role::EqualityLead, id, "recommend").await.unwrap();
        let draft = decision(&body, 1, body.moment.today, false);
        let refused = body.app.transition(body.who(Role::DecisionMaker), id, draft, None, body.moment).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
}
