//! Retention class and legal hold, from setting them to disposing of what is past its term.

use chrono::TimeDelta;
use ehia::{
    app::{Error, TransitionDraft},
    domain::{
        calendar::Moment,
        case::RetentionClass,
        event::EventKind,
        id::AssessmentId,
        page::Window,
        permission::{Actor, Role},
        retention::Retention,
    },
};

use crate::{
    administration::{World, violation},
    support::on_both,
};

fn retention(class: Option<RetentionClass>, legal_hold: Option<bool>) -> Retention {
    Retention { class, legal_hold, reason: "As the records manager asked.".into() }
}

/// That many years later.
fn years(moment: Moment, years: i64) -> Moment {
    let later = TimeDelta::days(years * 366);
    Moment { at: moment.at + later, today: moment.today + later }
}

/// A case that was withdrawn, with its reference.
async fn withdrawn(world: &World, author: &Actor) -> (AssessmentId, String) {
    let id = world.create(author, "Kept for a while").await;
    let withdraw = TransitionDraft {
        transition: "withdraw".into(),
        expected_revision: 1,
        comment: Some("It is not to be.".into()),
        paths: Vec::new(),
        requests: Vec::new(),
        outcome: None,
        decision: None,
        dry_run: false,
    };
    let view = world.app.transition(author, id, withdraw, None, world.moment).await.unwrap().view;
    (id, view.case.reference.clone())
}

on_both! {
    async fn governance_sets_class_and_hold_and_nobody_who_writes_does(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let governance = world.person("governance", Role::Governance).await;
        let id = world.create(&author, "Held").await;
        let set = async |actor: &Actor, retention: Retention| {
            world.app.set_retention(actor, id, retention, None, world.moment).await
        };
        let refused = set(&author, retention(None, Some(true))).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
        let reader = Actor { read_only: true, ..governance.clone() };
        assert!(matches!(set(&reader, retention(None, Some(true))).await, Err(Error::Forbidden)));

        let case = set(&governance, retention(Some(RetentionClass::Permanent), None)).await.unwrap().view;
        assert_eq!((case.case.retention, case.case.legal_hold), (RetentionClass::Permanent, false));
        let case = set(&governance, retention(None, Some(true))).await.unwrap().view;
        assert_eq!((case.case.retention, case.case.legal_hold), (RetentionClass::Permanent, true));
        let version = case.case.version;
        let same = set(&governance, retention(None, Some(true))).await.unwrap().view;
        assert_eq!(same.case.version, version, "what stands already is no change");
        let kept = database.store.read().case(id).await.unwrap().unwrap();
        assert!(kept.legal_hold);

        let heard = world.app.history(&author, id, &Window { size: 100, ..Window::default() }).await.unwrap();
        let told: Vec<String> = heard.nodes.into_iter().map(|(_, event)| event)
            .filter(|event| event.event.kind == EventKind::RetentionSet).map(|event| event.summary).collect();
        assert_eq!(told, ["The retention class was set.", "The case was put under legal hold."]);
    }

    async fn a_disposal_waits_for_the_end_of_the_term_and_for_the_hold(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let governance = world.person("governance", Role::Governance).await;
        let (id, reference) = withdrawn(&world, &author).await;
        world.create(&author, "Still open").await;
        let organisation = Some(world.organisation);
        let later = years(world.moment, 21);

        let due = world.app.list_due(organisation, world.moment).await.unwrap();
        assert_eq!(due, [], "the term has only begun");
        let early = world.app.dispose(&reference, "Tidying up.", true, world.moment).await;
        assert_eq!(violation(early).code, "NOT_DUE");
        let held = retention(None, Some(true));
        world.app.set_retention(&governance, id, held, None, world.moment).await.unwrap();
        assert_eq!(world.app.list_due(organisation, later).await.unwrap(), []);
        for apply in [false, true] {
            let refused = world.app.dispose(&reference, "Tidying up.", apply, later).await;
            assert_eq!(violation(refused).code, "LEGAL_HOLD");
        }
        let lifted = retention(None, Some(false));
        world.app.set_retention(&governance, id, lifted, None, world.moment).await.unwrap();

        let due = world.app.list_due(organisation, later).await.unwrap();
        assert_eq!(due.iter().map(|one| &one.reference).collect::<Vec<_>>(), [&reference]);
        assert!(due[0].payloads >= 4, "{due:?}");
        assert_eq!(violation(world.app.dispose(&reference, " ", true, later).await).code, "REQUIRED");
        let dry = world.app.dispose(&reference, "Past its term.", false, later).await.unwrap();
        assert!(!dry.applied);
        assert_eq!(dry.of, due[0]);
        assert_eq!(database.store.read().count_payloads(id).await.unwrap(), due[0].payloads);

        assert!(world.app.dispose(&reference, "Past its term.", true, later).await.unwrap().applied);
        assert_eq!(database.store.read().count_payloads(id).await.unwrap(), 0);
        assert_eq!(world.app.list_due(organisation, later).await.unwrap(), []);
        let audited = world.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap();
        assert_eq!((audited.faults, audited.disposed), (vec![], due[0].payloads));

        // What is left can be read, and a row changed afterwards is still found.
        let heard = world.app.history(&governance, id, &Window { size: 100, ..Window::default() }).await.unwrap();
        assert!(heard.nodes.iter().any(|(_, event)| event.payload.is_none()));
        database.tamper(&format!("UPDATE assessment SET version = version + 1 WHERE reference = '{reference}'")).await;
        assert!(!world.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults.is_empty());
        let nowhere = world.app.dispose("T6Y0W-1900-0001", "No such.", true, later).await;
        assert!(matches!(nowhere, Err(Error::NotFound)));
    }

    async fn the_operator_sets_class_and_hold_of_a_case_by_its_reference(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let (id, reference) = withdrawn(&world, &author).await;
        let set = async |retention: &Retention| world.app.set_retention_of(&reference, retention, world.moment).await;
        let held = retention(Some(RetentionClass::Permanent), Some(true));
        assert_eq!(set(&held).await.unwrap(), (true, RetentionClass::Permanent, true));
        assert_eq!(set(&held).await.unwrap(), (false, RetentionClass::Permanent, true), "it is so already");
        let lifted = retention(None, Some(false));
        assert_eq!(set(&lifted).await.unwrap(), (true, RetentionClass::Permanent, false));
        let case = database.store.read().case(id).await.unwrap().unwrap();
        assert_eq!((case.retention, case.legal_hold), (RetentionClass::Permanent, false));
        assert_eq!(violation(set(&retention(None, None)).await).code, "REQUIRED");
        let unsaid = Retention { reason: " ".into(), ..lifted.clone() };
        assert_eq!(violation(set(&unsaid).await).path, ehia::domain::text::Path::of(["reason"]));
        let nowhere = world.app.set_retention_of("T6Y0W-1900-0001", &lifted, world.moment).await;
        assert!(matches!(nowhere, Err(Error::NotFound)));
        let heard = world.app.history(&author, id, &Window { size: 100, ..Window::default() }).await.unwrap();
        let told: Vec<_> = heard.nodes.into_iter().map(|(_, event)| event.event)
            .filter(|event| event.kind == EventKind::RetentionSet).map(|event| event.by).collect();
        assert_eq!(told, [None, None], "the operator is nobody of the organisation");
        assert_eq!(world.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }
}
