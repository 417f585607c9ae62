//! Units of work: all or nothing, at the version that was read, written only where something changed.

use std::sync::atomic::Ordering;

use ehia::{
    domain::{
        assessment::Content,
        case::{Case, ShareLevel},
        event::{Audience, EventKind, Happening},
        id::{Identifier, OutcomeId},
        impact::{Direction, Impact},
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        page::Window,
        party::Party,
        rating::{Band, Rating},
        settings::Settings,
        workflow::{Phase, Standing},
    },
    store::{
        Error, Scope, Tx,
        case::{Noun, Projection},
        outbox::About,
        record::Subject,
        task::TaskRow,
    },
};
use serde_json::json;

use crate::support::{
    cases::{World, act, at, begin, chain, drafting, edited, person, save},
    on_both,
};

fn impact(world: &mut World, direction: Direction, rating: Option<(u8, u8)>) -> Impact {
    Impact {
        id: world.supply.fresh(),
        groups: vec!["age".into(), "disability".into()],
        direction,
        rationale: "Synthetic.".into(),
        initial: rating.map(|(likelihood, consequence)| Rating { likelihood, consequence }),
        target: None,
        reach: None,
        evidence: Vec::new(),
        no_mitigation_because: None,
        justification: None,
        chance: None,
        open_question: None,
    }
}

fn full(world: &mut World) -> Case {
    let mut case = world.case("A full case");
    for rating in [(4, 4), (2, 2)] {
        let impact = impact(world, Direction::Negative, Some(rating));
        case.content.impacts.push(impact);
    }
    case.content.proposal.footprint = vec!["E06000001".into(), "E06000001".into(), "E07000200".into()];
    case.content.proposal.decision_date = Some("2026-12-01".parse().unwrap());
    case.content.sro = Some(Party::person(world.author.id));
    case.changed.insert("title".into(), 1);
    case
}

on_both! {
    async fn a_case_is_read_as_it_was_saved(db) {
        let mut world = World::new(&db.store).await;
        let mut case = full(&mut world);
        db.store.write(async |tx| begin(tx, &case, &mut world.supply).await).await.unwrap();
        assert_eq!(db.store.read().case(case.id).await.unwrap().as_ref(), Some(&case));
        assert_eq!(db.store.read().case_by_reference(&case.reference).await.unwrap().as_ref(), Some(&case));
        assert_eq!(db.store.read().case_by_reference("none").await.unwrap(), None);

        let organisation = case.organisation;
        case.shares.insert(organisation, ShareLevel::Review);
        case.content.impacts.remove(0);
        let added = impact(&mut world, Direction::Unknown, None);
        case.content.impacts.push(added);
        case.content.title = "Renamed".into();
        case.legal_hold = true;
        case.version = 2;
        db.store
            .write(async |tx| {
                assert!(tx.case(case.id).await?.is_some());
                save(tx, &case, 1, &drafting()).await
            })
            .await
            .unwrap();
        assert_eq!(db.store.read().cases(&[case.id]).await.unwrap(), [case.clone()]);
        let summaries = db.store.read().summaries(&[case.id], Scope::Everything).await.unwrap();
        assert_eq!(summaries[0].head.title, "Renamed");
    }

    async fn a_failed_unit_of_work_leaves_nothing(db) {
        let mut world = World::new(&db.store).await;
        let case = world.case("Never");
        let about = About { organisation: case.organisation, assessment: Some(case.id) };
        let notice = Notice {
            kind: NoticeKind::Reminder,
            to: Recipient::Person(world.author.id),
            facts: NoticeFacts::default(),
        };
        let failed: Result<(), Error> = db
            .store
            .write(async |tx: &mut Tx| {
                begin(tx, &case, &mut world.supply).await?;
                tx.freeze(&case, at(1), &mut world.supply).await?;
                tx.record(chain(&case), act(case.author, 1), &[], &mut world.supply).await?;
                tx.post(about, &[notice], at(1), &mut world.supply).await?;
                Err(Error::Conflict)
            })
            .await;
        assert!(matches!(failed, Err(Error::Conflict)));
        let read = db.store.read();
        assert_eq!(read.case(case.id).await.unwrap(), None);
        assert_eq!(read.revision(case.id, 1).await.unwrap(), None);
        let audiences = Audience::ALL;
        assert_eq!(read.count_events(case.id.uuid(), audiences).await.unwrap(), 0);
        assert!(read.list_outbox(&[], &Window::default()).await.unwrap().nodes.is_empty());
        assert_eq!(read.next_message_at().await.unwrap(), None);
    }

    async fn of_two_savers_of_one_version_one_succeeds(db) {
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "Contested").await;
        let saver = |state: &'static str| {
            let (store, mut case) = (db.store.clone(), case.clone());
            async move {
                case.state = state.into();
                case.version = 2;
                store.write(async |tx| save(tx, &case, 1, &drafting()).await).await
            }
        };
        let mut savers = tokio::task::JoinSet::new();
        for _ in 0..10 {
            savers.spawn(saver("draft"));
        }
        let results = savers.join_all().await;
        assert_eq!(results.iter().filter(|saved| saved.is_ok()).count(), 1);
        assert!(results.iter().filter_map(|saved| saved.as_ref().err()).all(|e| matches!(e, Error::Conflict)));
        assert_eq!(db.store.read().case(case.id).await.unwrap().unwrap().version, 2);
    }

    async fn a_case_that_is_gone_cannot_be_saved(db) {
        let mut world = World::new(&db.store).await;
        let case = world.case("Gone");
        let saved = db.store.write(async |tx| tx.save(&case, 1, &drafting()).await).await;
        assert!(matches!(saved, Err(Error::Conflict)));
    }

    async fn a_taken_reference_is_named(db) {
        let mut world = World::new(&db.store).await;
        let first = world.stored(&db.store, "First").await;
        let mut second = world.case("Second");
        second.reference.clone_from(&first.reference);
        let inserted = db.store.write(async |tx| tx.insert(&second, &drafting()).await).await;
        let Err(Error::Unique { constraint }) = inserted else { panic!("it was inserted") };
        assert_eq!(constraint, "unique_assessment_reference");
        let mut third = world.case("Third");
        third.id = first.id;
        let inserted = db.store.write(async |tx| tx.insert(&third, &drafting()).await).await;
        let Err(Error::Unique { constraint }) = inserted else { panic!("it was inserted") };
        assert_eq!(constraint, "assessment_pkey");
    }

    async fn saving_what_did_not_change_writes_one_row(db) {
        let mut world = World::new(&db.store).await;
        let mut case = full(&mut world);
        db.store.write(async |tx| begin(tx, &case, &mut world.supply).await).await.unwrap();
        case.version = 2;
        let before = db.statements.load(Ordering::Relaxed);
        let written = db
            .store
            .write(async |tx| {
                tx.case(case.id).await?;
                tx.save(&case, 1, &drafting()).await?;
                let written = db.statements.load(Ordering::Relaxed) - before;
                edited(tx, &case).await?;
                Ok::<_, Error>(written)
            })
            .await
            .unwrap();
        // Read the case, update it, read its tasks.
        assert_eq!(written, 3);
    }

    async fn parts_of_a_case_are_found_by_their_identifier(db) {
        let mut world = World::new(&db.store).await;
        let case = full(&mut world);
        db.store.write(async |tx| begin(tx, &case, &mut world.supply).await).await.unwrap();
        let id = case.content.impacts[0].id.uuid();
        let found = db.store.read().elements(id).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].noun, found[0].assessment), (Noun::Impact, case.id));
        assert!(db.store.read().elements(case.id.uuid()).await.unwrap().is_empty());
    }

    async fn rebuilding_writes_the_same_rows_again(db) {
        let mut world = World::new(&db.store).await;
        let case = full(&mut world);
        db.store.write(async |tx| begin(tx, &case, &mut world.supply).await).await.unwrap();
        db.tamper("DELETE FROM element").await;
        db.tamper("UPDATE assessment SET risk_order = 77").await;
        assert!(db.store.read().elements(case.content.impacts[0].id.uuid()).await.unwrap().is_empty());
        db.store.write(async |tx| tx.rebuild(&case, &drafting()).await).await.unwrap();
        assert_eq!(db.store.read().elements(case.content.impacts[0].id.uuid()).await.unwrap().len(), 1);
        assert_eq!(db.store.read().case(case.id).await.unwrap(), Some(case));
    }

    async fn a_large_case_is_saved_and_changed(db) {
        let mut world = World::new(&db.store).await;
        let mut case = world.case("Large");
        for _ in 0..500 {
            let impact = impact(&mut world, Direction::Negative, Some((5, 5)));
            case.content.impacts.push(impact);
        }
        db.store.write(async |tx| begin(tx, &case, &mut world.supply).await).await.unwrap();
        case.content.impacts.retain(|impact| impact.id.uuid().as_u128() % 2 == 0);
        case.version = 2;
        db.store.write(async |tx| save(tx, &case, 1, &drafting()).await).await.unwrap();
        assert_eq!(db.store.read().case(case.id).await.unwrap(), Some(case));
    }

    async fn a_revision_is_frozen_once_and_read_as_it_was(db) {
        let mut world = World::new(&db.store).await;
        let mut case = full(&mut world);
        db.store.write(async |tx| begin(tx, &case, &mut world.supply).await).await.unwrap();
        let frozen = case.content.clone();
        let digests = db
            .store
            .write(async |tx: &mut Tx| {
                let first = tx.freeze(&case, at(1), &mut world.supply).await?;
                let second = tx.freeze(&case, at(2), &mut world.supply).await?;
                tx.record(chain(&case), act(case.author, 2), &[], &mut world.supply).await?;
                Ok::<_, Error>([first, second])
            })
            .await
            .unwrap();
        assert_eq!(digests[0], digests[1]);
        case.content = Content::titled("Another");
        let again = db.store.write(async |tx| tx.freeze(&case, at(3), &mut world.supply).await).await;
        assert!(matches!(again, Err(Error::Conflict)), "a frozen revision cannot say something else");
        let revision = db.store.read().revision(case.id, 1).await.unwrap().unwrap();
        assert_eq!((&revision.content, &revision.sha256), (&frozen, &digests[0]));
        assert_eq!(db.store.read().revision_by_id(revision.id).await.unwrap().as_ref(), Some(&revision));
        assert_eq!(db.store.read().revision_at(case.id, at(1)).await.unwrap().as_ref(), Some(&revision));
        assert_eq!(db.store.read().revision_at(case.id, at(0)).await.unwrap(), None);
        assert_eq!(db.store.read().revision(case.id, 2).await.unwrap(), None);
    }

    async fn what_is_kept_must_be_cited_before_it_is_committed(db) {
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "Kept").await;
        let uncited = db.store.write(async |tx| tx.freeze(&case, at(1), &mut world.supply).await).await;
        assert!(matches!(uncited, Err(Error::Uncited(_))));
        assert_eq!(db.store.read().revision(case.id, 1).await.unwrap(), None);

        let outcome: OutcomeId = world.supply.fresh();
        let happening = Happening::case(EventKind::OutcomeRecorded, json!({"recommendation": "APPROVE"}));
        let (sha256, events) = db
            .store
            .write(async |tx: &mut Tx| {
                let bytes = br#"{"synthetic":true}"#.to_vec();
                let sha256 = tx.keep_record(&case, Subject::Outcome(outcome), bytes, at(1)).await?;
                let by = act(case.author, 1);
                let events = tx.record(chain(&case), by, &[happening], &mut world.supply).await?;
                Ok::<_, Error>((sha256, events))
            })
            .await
            .unwrap();
        let recorded = db.store.read().event(events[0].id).await.unwrap().unwrap();
        assert_eq!(recorded.payload.unwrap()["kept"][0]["sha256"], json!(sha256));
        assert_eq!(db.store.read().record(&sha256).await.unwrap().unwrap().bytes, br#"{"synthetic":true}"#);
        assert_eq!(db.store.read().record("none").await.unwrap(), None);
    }

    async fn events_are_chained_and_read_by_audience_in_pages(db) {
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "Told").await;
        let panel = Happening {
            kind: EventKind::InterestDeclared,
            audience: Audience::Panel,
            payload: json!({"interest": "NONE"}),
        };
        for second in 1..5 {
            let edited = Happening::case(EventKind::AssessmentEdited, json!({"number": second}));
            let both = [edited, panel.clone()];
            db.store
                .write(async |tx| tx.record(chain(&case), act(case.author, second), &both, &mut world.supply).await)
                .await
                .unwrap();
        }
        let (read, stream) = (db.store.read(), case.id.uuid());
        assert_eq!(read.count_events(stream, Audience::ALL).await.unwrap(), 9);
        assert_eq!(read.count_events(stream, &[Audience::Case]).await.unwrap(), 5);
        let mut window = Window { size: 2, forwards: true, cursor: None };
        let mut told = Vec::new();
        loop {
            let page = read.list_events(stream, &[Audience::Case], &window).await.unwrap();
            window.cursor = page.nodes.last().map(ehia::store::event::Recorded::cursor);
            told.extend(page.nodes);
            if !page.has_next {
                break;
            }
        }
        assert_eq!(told.iter().map(|told| told.event.sequence).collect::<Vec<_>>(), [1, 2, 4, 6, 8]);
        let all = read.list_events(stream, Audience::ALL, &Window { size: 100, ..Window::default() }).await.unwrap();
        for pair in all.nodes.windows(2) {
            assert_eq!(pair[1].event.previous.as_ref(), Some(&pair[0].sha256));
        }
        for told in &all.nodes {
            assert_eq!(told.event.sha256().unwrap(), told.sha256);
        }
        let back = Window { size: 2, forwards: false, cursor: None };
        let last = read.list_events(stream, Audience::ALL, &back).await.unwrap();
        assert_eq!(last.nodes.iter().map(|told| told.event.sequence).collect::<Vec<_>>(), [8, 9]);
        assert!(last.has_previous && !last.has_next);
        let bad = Window { cursor: Some("x".into()), ..Window::default() };
        assert!(matches!(read.list_events(stream, Audience::ALL, &bad).await, Err(Error::Cursor)));
    }

    async fn concurrent_events_of_a_new_chain_leave_no_gap(db) {
        let world = World::new(&db.store).await;
        let stream = ehia::store::event::Stream::Organisation(world.organisation.id);
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..10_u32 {
            let (store, by) = (db.store.clone(), world.author.id);
            writers.spawn(async move {
                let mut supply = crate::support::cases::supply_from(1_000 * u128::from(writer + 1));
                let changed = Happening {
                    kind: EventKind::PersonChanged,
                    audience: Audience::Administration,
                    payload: json!({}),
                };
                store.write(async |tx| tx.record(stream, act(by, 1), &[changed], &mut supply).await).await
            });
        }
        for written in writers.join_all().await {
            written.unwrap();
        }
        let window = Window { size: 100, ..Window::default() };
        let events = db.store.read().list_events(stream.uuid(), Audience::ALL, &window).await.unwrap();
        let sequences: Vec<u32> = events.nodes.iter().map(|recorded| recorded.event.sequence).collect();
        assert_eq!(sequences, (1..=10).collect::<Vec<_>>());
        assert!(db.store.verify(&[], &[], &mut |_| ()).await.unwrap().faults.is_empty());
    }

    async fn tasks_follow_the_case_and_reach_person_and_role(db) {
        use ehia::domain::permission::{Actor, Grant, Role};
        let mut world = World::new(&db.store).await;
        let mut case = world.stored(&db.store, "Tasks").await;
        let task = |person, role, due: Option<&str>| TaskRow {
            kind: "REVIEW".into(),
            person,
            role,
            due: due.map(|due| due.parse().unwrap()),
            reason: "Synthetic.".into(),
        };
        let author = world.author.id;
        let chair = person(&mut world.supply, "Chair");
        db.store.write(async |tx| tx.add_person(&chair, None).await).await.unwrap();
        let mut projection = drafting();
        projection.tasks = vec![
            task(Some(chair.id), None, None),
            task(None, Some(Role::PanelChair), Some("2026-12-24")),
            task(None, Some(Role::Governance), Some("2026-12-25")),
        ];
        case.version = 2;
        db.store.write(async |tx| save(tx, &case, 1, &projection).await).await.unwrap();
        let actor = |person, roles: &[Role]| Actor {
            person,
            grants: roles
                .iter()
                .map(|role| Grant { organisation: case.organisation, role: *role, until: None })
                .collect(),
            deputises: Vec::new(),
            read_only: false,
        };
        let read = db.store.read();
        let today = "2026-12-01".parse().unwrap();
        let left = actor(chair.id, &[]);
        let whose = actor(author, &[Role::Author, Role::PanelChair]);
        let chair = actor(chair.id, &[Role::Author, Role::PanelChair]);
        assert_eq!(read.count_tasks(&whose, today).await.unwrap(), 0, "nobody chairs what is their own");
        assert!(read.list_tasks(&whose, &Window::default(), today).await.unwrap().nodes.is_empty());
        assert_eq!(read.count_tasks(&chair, today).await.unwrap(), 2);
        let first = Window { size: 1, ..Window::default() };
        let page = read.list_tasks(&chair, &first, today).await.unwrap();
        assert_eq!(page.nodes[0].task, projection.tasks[1], "what is due comes before what is not");
        let next = Window { cursor: Some(page.nodes[0].cursor()), ..first };
        let page = read.list_tasks(&chair, &next, today).await.unwrap();
        assert_eq!(page.nodes[0].task, projection.tasks[0]);
        assert!(!page.has_next);
        assert_eq!(read.count_tasks(&left, today).await.unwrap(), 0, "who left the organisation is not told");
        projection.tasks.remove(0);
        case.version = 3;
        db.store.write(async |tx| save(tx, &case, 2, &projection).await).await.unwrap();
        assert_eq!(read.count_tasks(&chair, today).await.unwrap(), 1);
    }

    async fn what_is_for_its_day_is_listed_when_that_is_near_and_what_is_followed_up_told_then(db) {
        use std::collections::HashMap;

        use ehia::domain::{
            permission::{Actor, Grant, Role},
            task::{self, TaskKind},
        };
        let mut world = World::new(&db.store).await;
        let mut case = world.stored(&db.store, "Followed up").await;
        let lead = person(&mut world.supply, "Lead");
        let grants = vec![Grant { organisation: case.organisation, role: Role::EqualityLead, until: None }];
        db.store
            .write::<_, ehia::store::Error>(async |tx| {
                tx.add_person(&lead, None).await?;
                tx.grant(lead.id, &grants[0], case.created_at).await
            })
            .await
            .unwrap();
        let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
        let task = |kind: TaskKind, role: Option<Role>, due: Option<&str>| TaskRow {
            kind: kind.as_str().into(),
            person: role.is_none().then_some(lead.id),
            role,
            due: due.map(day),
            reason: "Synthetic.".into(),
        };
        let look = Some(Role::EqualityLead);
        let mut projection = drafting();
        projection.tasks = vec![
            task(TaskKind::LookAgain, look, Some("2027-06-01")),
            task(TaskKind::LookAgain, look, Some("2026-12-24")),
            task(TaskKind::JudgeMateriality, look, Some("2027-06-02")),
            task(TaskKind::MeetCondition, None, Some("2027-06-03")),
            task(TaskKind::MeetCondition, None, Some("2026-12-02")),
            task(TaskKind::ReportMitigation, None, Some("2027-06-04")),
            task(TaskKind::ReportMitigation, None, None),
            task(TaskKind::Review, None, Some("2027-06-05")),
        ];
        case.version = 2;
        db.store.write(async |tx| save(tx, &case, 1, &projection).await).await.unwrap();
        let actor = Actor { person: lead.id, grants: grants.clone(), deputises: Vec::new(), read_only: false };
        let read = db.store.read();
        // Twenty working days before the one that is looked at again first; and before all that is due in June.
        let (before, near, later) = (day("2026-11-25"), day("2026-11-26"), day("2027-05-10"));
        assert_eq!(task::near(near), day("2026-12-24"));
        for (today, listed, told) in [(before, 6, 4), (near, 7, 5), (later, 8, 8)] {
            let page = read.list_tasks(&actor, &Window::default(), today).await.unwrap();
            assert_eq!(page.nodes.len(), listed, "{today}");
            assert_eq!(read.count_tasks(&actor, today).await.unwrap(), listed as u64, "{today}");
            let grants = HashMap::from([(lead.id, grants.clone())]);
            for most in [1, 50] {
                let owed = read.owed(&grants, today, most).await.unwrap().remove(&lead.id).unwrap();
                assert_eq!(owed.total, told, "{today}");
                assert_eq!(owed.tasks.len() as u64, told.min(most.into()), "{today}");
            }
        }
        let first = Window { size: 1, ..Window::default() };
        let page = read.list_tasks(&actor, &first, before).await.unwrap();
        assert_eq!(page.nodes[0].task.due, Some(day("2026-12-02")), "the first that has come");
        let next = Window { cursor: Some(page.nodes[0].cursor()), ..first };
        let page = read.list_tasks(&actor, &next, before).await.unwrap();
        assert_eq!(page.nodes[0].task.kind, "JUDGE_MATERIALITY");
    }
}

#[test]
fn a_case_is_as_risky_as_its_worst_negative_impact() {
    let mut supply = crate::support::cases::supply();
    let (organisation, author) = (supply.fresh(), supply.fresh());
    let mut case = crate::support::cases::case(&mut supply, organisation, author, "Risk");
    let scale = Settings::default().scale;
    let mut projected = |impacts: &[(Direction, Option<(u8, u8)>)]| {
        case.content.impacts = impacts
            .iter()
            .map(|(direction, rating)| Impact {
                id: supply.fresh(),
                groups: vec!["age".into()],
                direction: *direction,
                rationale: String::new(),
                initial: rating.map(|(likelihood, consequence)| Rating { likelihood, consequence }),
                target: None,
                reach: None,
                evidence: Vec::new(),
                no_mitigation_because: None,
                justification: None,
                chance: None,
                open_question: None,
            })
            .collect();
        let projection = Projection::new(&case, Phase::Drafting, Standing::Pending, &scale, Vec::new());
        (projection.band, projection.risk)
    };
    let none = projected(&[(Direction::Positive, Some((5, 5))), (Direction::Unknown, None)]);
    let unrated = projected(&[(Direction::Negative, None)]);
    let low = projected(&[(Direction::Negative, Some((1, 1))), (Direction::Negative, None)]);
    let high = projected(&[(Direction::Negative, Some((3, 3))), (Direction::Negative, Some((1, 2)))]);
    assert_eq!(
        [none.0, unrated.0, low.0, high.0],
        [None, Some(Band::Unrated), Some(Band::Low), Some(Band::High)]
    );
    assert!(none.1 < unrated.1 && unrated.1 < low.1 && low.1 < high.1);
}
