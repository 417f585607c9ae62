//! Forms and workflows as an organisation's own.

use std::sync::Arc;

use ehia::{
    app::{App, CreateAssessment, Edit, Error},
    domain::{
        event::EventKind,
        form::Form,
        permission::{Actor, Role},
        settings::Settings,
        text::{Path, Violation},
        workflow::{Standing, definition::Workflow},
    },
    store::definition::DefinitionKind,
};
use serde_json::{Map, Value, json};

use crate::support::{
    on_both,
    people::{Body, app},
};

/// The shipped check by two people, as an organisation could write its own.
pub fn workflow(key: &str, version: u32, title: &str) -> Value {
    let mut workflow: Value =
        serde_json::from_str(include_str!("../../domain/definition/workflow-two-person-3.json")).unwrap();
    workflow.as_object_mut().unwrap().remove("forms");
    (workflow["key"], workflow["version"], workflow["title"]) = (json!(key), json!(version), json!(title));
    workflow
}

/// A form that asks one thing.
pub fn form(key: &str, version: u32, question: &str) -> Value {
    json!({
        "format": "ehia/form/1", "key": key, "version": version, "title": "A synthetic form",
        "sections": [{"key": "all", "title": "All", "questions": [{"key": question, "title": "What?", "type": "text"}]}],
    })
}

async fn publish(body: &Body, document: &Value) -> Result<Arc<Workflow>, Error> {
    let administrator = body.who(Role::Administrator);
    body.app.publish(Some(administrator), &body.code, document.to_string(), body.moment).await
}

async fn publish_form(body: &Body, document: &Value) -> Result<Arc<Form>, Error> {
    body.app.publish(None, &body.code, document.to_string(), body.moment).await
}

fn violations<T: std::fmt::Debug>(refused: Result<T, Error>) -> Vec<Violation> {
    match refused {
        Err(Error::Invalid(violations)) => violations,
        other => panic!("it was not refused as invalid: {other:?}"),
    }
}

async fn title(app: &App, actor: Option<&Actor>, key: &str, version: Option<u32>) -> Option<String> {
    let found = app.find_definition::<Workflow>(actor, key, version, None).await.unwrap();
    found.map(|workflow| workflow.title.clone())
}

fn create(body: &Body, form: Option<&str>, workflow: Option<&str>) -> CreateAssessment {
    CreateAssessment {
        organisation: body.code.clone(),
        title: "Synthetic".into(),
        proposal: Map::new(),
        form: form.map(str::to_owned),
        workflow: workflow.map(str::to_owned),
        screening: None,
    }
}

on_both! {
    async fn two_organisations_publish_one_key_and_version_and_never_see_each_other_s(db) {
        let app = app(db);
        let (one, other) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        // A process that runs since before anything was published.
        let elsewhere = crate::support::people::app(db);
        let reader = one.who(Role::Reviewer);
        assert_eq!(title(&elsewhere, Some(reader), "local", None).await, None);
        publish(&one, &workflow("local", 1, "Ours")).await.unwrap();
        assert_eq!(title(&elsewhere, Some(other.who(Role::Author)), "local", None).await, None);
        publish(&other, &workflow("local", 1, "Theirs")).await.unwrap();
        publish(&other, &workflow("local", 3, "Theirs, later")).await.unwrap();
        for app in [&app, &elsewhere] {
            for version in [None, Some(1)] {
                assert_eq!(title(app, Some(reader), "local", version).await.as_deref(), Some("Ours"));
            }
            assert_eq!(title(app, Some(reader), "local", Some(3)).await, None);
            let theirs = other.who(Role::Author);
            assert_eq!(title(app, Some(theirs), "local", Some(1)).await.as_deref(), Some("Theirs"));
            assert_eq!(title(app, Some(theirs), "local", None).await.as_deref(), Some("Theirs, later"));
            assert_eq!(title(app, None, "local", None).await, None);
            assert!(title(app, None, "ehia", None).await.is_some(), "what ships is for everybody");
            let mut both = reader.clone();
            both.grants.extend(theirs.grants.clone());
            for (code, expected) in [("T6Y0W", "Ours"), ("QMM", "Theirs")] {
                let found = app.find_definition::<Workflow>(Some(&both), "local", Some(1), Some(code)).await.unwrap();
                assert_eq!(found.unwrap().title, expected);
            }
            let named = app.find_definition::<Workflow>(Some(reader), "local", Some(1), Some("QMM")).await.unwrap();
            assert!(named.is_none());
        }
        // Their cases run on their own, whoever's service reads them.
        for (body, expected) in [(&one, "Ours"), (&other, "Theirs, later")] {
            let author = body.who(Role::Author);
            let new = create(body, None, Some("local"));
            let case = elsewhere.create(author, new, None, body.moment).await.unwrap().view.case.id;
            for app in [&app, &elsewhere] {
                assert_eq!(app.view(author, case).await.unwrap().workflow.title, expected);
            }
        }
        for nonsense in ["lo\u{0}cal", "", &"l".repeat(10_000), "Ω"] {
            assert_eq!(title(&app, Some(reader), nonsense, None).await, None);
            let named = app.find_definition::<Workflow>(Some(reader), "local", None, Some(nonsense)).await.unwrap();
            assert!(named.is_none());
            let new = create(&one, None, Some(nonsense));
            assert_eq!(violations(app.create(one.who(Role::Author), new, None, one.moment).await)[0].code, "NOT_FOUND");
        }
        let refused = violations(app.create(one.who(Role::Author), create(&one, Some("local"), None), None, one.moment).await);
        assert_eq!((refused[0].code.as_str(), &refused[0].path), ("NOT_FOUND", &Path::of(["form"])));
    }

    async fn a_definition_that_cannot_be_published_is_refused_with_every_reason(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let mut broken = workflow("local", 1, "Broken");
        broken["transitions"][0]["guards"] = json!([]);
        broken["transitions"][3]["guards"] = json!([]);
        let laws = violations(publish(&body, &broken).await);
        let told: Vec<_> = laws.iter().map(|law| (law.code.as_str(), law.path.to_string())).collect();
        assert_eq!(told, [
            ("SAFETY_SUBMIT_GATE", "document/transitions/send".to_owned()),
            ("SAFETY_DECIDE_GATE", "document/transitions/adopt".to_owned()),
            ("SAFETY_DECIDED_AS_APPROVED", "document/transitions/adopt".to_owned()),
        ]);
        let mut unreached = workflow("local", 1, "Its witnesses reach too little");
        unreached["witnesses"] = json!([]);
        let laws = violations(publish(&body, &unreached).await);
        assert!(laws.iter().all(|law| law.code == "WITNESS_COMPLETE") && laws.len() > 3, "{laws:?}");

        for key in ["ehia", "ehia-of-ours", "two-person"] {
            let refused = violations(publish(&body, &workflow(key, 9, "Ours")).await);
            assert_eq!((refused[0].code.as_str(), refused[0].path.to_string()), ("KEY_RESERVED", "document/key".into()));
        }
        let long = format!("{}{}", " ".repeat(300_000), workflow("local", 1, "Long"));
        let refused: Result<Arc<Workflow>, _> = body.app.publish(None, "T6Y0W", long, body.moment).await;
        assert_eq!(violations(refused)[0].code, "TOO_LONG");
        let refused: Result<Arc<Form>, _> = body.app.publish(None, "T6Y0W", "[".repeat(400_000), body.moment).await;
        assert_eq!(violations(refused)[0].code, "INVALID");
        let refused: Result<Arc<Form>, _> = body.app.publish(None, "NONE", "{}".into(), body.moment).await;
        assert_eq!(violations(refused)[0].path, Path::of(["organisation"]));
        let mut asks = form("local", 1, "what");
        asks["sections"][0]["questions"][0]["showIf"] = json!("nothing.of.the.kind");
        asks["title"] = json!("");
        let rules = violations(publish_form(&body, &asks).await);
        assert!(rules.len() >= 2 && rules.iter().all(|rule| rule.path.0[0] == "document"), "{rules:?}");

        // Nothing of that was kept, so the version is free still.
        publish(&body, &workflow("local", 1, "First")).await.unwrap();
        for version in [1, 0] {
            let refused = violations(publish(&body, &workflow("local", version, "Another")).await);
            let expected = if version == 0 { "FORM_NAMES" } else { "VERSION_EXISTS" };
            assert_eq!(refused[0].code, expected, "{refused:?}");
        }
        publish(&body, &workflow("local", 4, "Fourth")).await.unwrap();
        let refused = violations(publish(&body, &workflow("local", 3, "Third")).await);
        assert!(refused[0].message.contains("next free version is 5"), "{refused:?}");
        assert_eq!(refused[0].path.to_string(), "document/version");
        // A form may have the key of a workflow.
        publish_form(&body, &form("local", 1, "what")).await.unwrap();
    }

    async fn only_administrators_publish_and_the_chain_of_administration_says_so(db) {
        let app = app(db);
        let (body, other) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        let document = workflow("local", 1, "Ours").to_string();
        let as_who = async |actor: &Actor| {
            app.publish::<Workflow>(Some(actor), "T6Y0W", document.clone(), body.moment).await
        };
        for role in Role::ALL {
            if *role != Role::Administrator {
                assert!(matches!(as_who(body.who(*role)).await, Err(Error::Forbidden)), "{role}");
            }
        }
        assert!(matches!(as_who(other.who(Role::Administrator)).await, Err(Error::Forbidden)));
        let administrator = body.who(Role::Administrator);
        let bound = Actor { read_only: true, ..administrator.clone() };
        assert!(matches!(as_who(&bound).await, Err(Error::Forbidden)));
        as_who(administrator).await.unwrap();
        let window = ehia::domain::page::Window { size: 100, ..Default::default() };
        let audiences = ehia::domain::event::Audience::ALL;
        let stream = ehia::domain::id::Identifier::uuid(body.id);
        let events = db.store.read().list_events(stream, audiences, &window).await.unwrap();
        let published = events.nodes.iter().find(|event| event.event.kind == EventKind::DefinitionPublished).unwrap();
        assert_eq!(published.event.by, Some(administrator.person));
        let payload = published.payload.as_ref().unwrap();
        assert_eq!((&payload["key"], &payload["version"], &payload["kind"]), (&json!("local"), &json!(1), &json!("WORKFLOW")));
        assert_eq!(app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }

    async fn a_case_goes_through_a_workflow_of_its_organisation_to_its_end(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        publish(&body, &workflow("local", 1, "Ours")).await.unwrap();
        body.set(Settings { workflow: "local".into(), ..Settings::default() }).await.unwrap();
        let id = body.import().await;
        assert_eq!(body.go(Role::Author, id, "send").await.unwrap(), "independent_check");
        assert!(matches!(body.go(Role::PanelChair, id, "recommend").await, Err(Error::Forbidden)));
        assert_eq!(body.go(Role::EqualityLead, id, "recommend").await.unwrap(), "recommended");
        assert_eq!(body.go(Role::DecisionMaker, id, "adopt").await.unwrap(), "in_force");
        let head = body.app.view(body.who(Role::Author), id).await.unwrap().head.clone();
        assert_eq!((head.standing, head.workflow.key.as_str()), (Standing::Proceeding, "local"));
        assert_eq!(body.go(Role::Governance, id, "retire").await.unwrap(), "retired");
        assert_eq!(body.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }

    async fn a_case_is_written_in_a_form_of_its_organisation(db) {
        let app = app(db);
        let (body, other) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        publish_form(&body, &form("local", 1, "ours")).await.unwrap();
        publish_form(&other, &form("local", 1, "theirs")).await.unwrap();
        body.set(Settings { form: "local".into(), ..Settings::default() }).await.unwrap();
        let author = body.who(Role::Author);
        let id = app.create(author, create(&body, None, None), None, body.moment).await.unwrap().view.case.id;
        let answer = |question: &str| vec![Edit::Answer { question: question.into(), value: json!("Something.") }];
        assert!(app.edit(author, id, 1, answer("theirs"), None, body.moment).await.is_err());
        app.edit(author, id, 1, answer("ours"), None, body.moment).await.unwrap();
        // The version it began with is the version it keeps.
        publish_form(&body, &form("local", 2, "other")).await.unwrap();
        assert!(app.edit(author, id, 2, answer("other"), None, body.moment).await.is_err());
        app.edit(author, id, 2, vec![Edit::Title("Still".into())], None, body.moment).await.unwrap();
        let next = app.create(author, create(&body, None, None), None, body.moment).await.unwrap().view;
        assert_eq!(next.form.version, 2);
    }

    async fn what_ships_is_kept_once_and_never_under_another_meaning(db) {
        let app = app(db);
        let moment = ehia::clock::now();
        for _ in 0..2 {
            app.ship_definitions(moment).await.unwrap();
        }
        let shipped = Workflow::shipped_all().len() + Form::shipped_all().len();
        assert_eq!(db.number("SELECT count(*) FROM definition").await, i64::try_from(shipped).unwrap());
        let kept = db.store.read().definition(DefinitionKind::Workflow, "two-person", 1, None).await.unwrap().unwrap();
        let read = <Workflow as ehia::domain::definition::Definition>::read(&kept.document).unwrap();
        assert_eq!(&read, Workflow::shipped("two-person", 1).unwrap());
        db.tamper("UPDATE definition SET sha256 = 'another' WHERE key = 'two-person'").await;
        let refused = app.ship_definitions(moment).await;
        let Err(Error::Internal(told)) = refused else { panic!("{refused:?}") };
        assert!(told.to_string().contains("workflow `two-person` version 1 with other content"), "{told}");
        db.tamper("DELETE FROM definition WHERE key = 'two-person'").await;
        app.ship_definitions(moment).await.unwrap();
    }

    async fn the_same_document_again_is_what_is_published_and_nothing_more_happens(db) {
        let (body, other) = (Body::new(&app(db), "T6Y0W").await, Body::new(&app(db), "QMM").await);
        publish(&body, &workflow("local", 1, "First")).await.unwrap();
        publish_form(&body, &form("local", 1, "what")).await.unwrap();
        publish(&body, &workflow("local", 2, "Second")).await.unwrap();
        let count = async || {
            (db.number("SELECT count(*) FROM event").await, db.number("SELECT count(*) FROM definition").await)
        };
        let before = count().await;
        // An older version, too, and however it is spelt.
        assert_eq!(publish(&body, &workflow("local", 1, "First")).await.unwrap().title, "First");
        let spelt = serde_json::to_string_pretty(&workflow("local", 2, "Second")).unwrap();
        let again = body.app.publish::<Workflow>(None, "T6Y0W", spelt, body.moment).await.unwrap();
        assert_eq!((again.version, again.title.as_str()), (2, "Second"));
        publish_form(&body, &form("local", 1, "what")).await.unwrap();
        assert_eq!(count().await, before);
        for (round, version) in (1..).zip(3..15) {
            let document = workflow("local", version, "Later");
            let same = (0..10).map(|_| async {
                loop {
                    match publish(&body, &document).await {
                        Err(Error::Retry) => {}
                        done => return done.unwrap().version,
                    }
                }
            });
            assert_eq!(futures::future::join_all(same).await, [version; 10]);
            assert_eq!(count().await, (before.0 + round, before.1 + round), "at once, too, it is published once");
        }
        for refused in [publish(&body, &workflow("local", 2, "Another")).await, publish(&body, &workflow("local", 1, "Second")).await] {
            assert_eq!(violations(refused)[0].code, "VERSION_EXISTS");
        }
        assert_eq!(violations(publish_form(&body, &form("local", 1, "else")).await)[0].code, "VERSION_EXISTS");
        publish(&other, &workflow("local", 2, "Second")).await.unwrap();
        assert_eq!(count().await.1, before.1 + 13, "another organisation's is another");
        assert_eq!(body.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }

    async fn what_an_organisation_can_use_is_listed_page_by_page_for_its_people(db) {
        let app = app(db);
        let (body, other) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        publish(&body, &workflow("local", 2, "Second")).await.unwrap();
        publish(&body, &workflow("local", 10, "Tenth")).await.unwrap();
        publish(&body, &workflow("another", 1, "Another")).await.unwrap();
        publish(&other, &workflow("local", 1, "Theirs")).await.unwrap();
        publish_form(&body, &form("local", 1, "what")).await.unwrap();
        let shipped = Workflow::shipped_all().len();
        let reader = body.who(Role::Reviewer);
        let page = async |size: u32, cursor: Option<String>, forwards: bool| {
            let window = ehia::domain::page::Window { size, cursor, forwards };
            // A process that has read none of them yet.
            crate::support::people::app(db).list_usable::<Workflow>(reader, "T6Y0W", &window).await.unwrap()
        };
        let all = page(100, None, true).await;
        let name = |(_, one): &(String, ehia::app::Listed)| (one.pinned.key.clone(), one.pinned.version, one.title.clone().unwrap());
        let told: Vec<_> = all.nodes.iter().skip(shipped).map(name).collect();
        let expected = [("another", 1, "Another"), ("local", 2, "Second"), ("local", 10, "Tenth")];
        assert_eq!(told, expected.map(|(key, version, title)| (key.to_owned(), version, title.to_owned())));
        assert_eq!((all.has_previous, all.has_next), (false, false));
        for (_, one) in &all.nodes {
            assert_eq!(one.organisation.is_none(), one.published_at.is_none());
            assert_eq!(one.sha256.len(), 64);
        }
        // What ships is known by the digest that the database keeps of it.
        app.ship_definitions(body.moment).await.unwrap();
        for edition in db.store.read().editions(DefinitionKind::Workflow, None).await.unwrap() {
            let listed = all.nodes.iter().find(|(_, one)| (&one.pinned.key, one.pinned.version) == (&edition.key, edition.version));
            assert_eq!(listed.unwrap().1.sha256, edition.sha256);
        }
        for forwards in [true, false] {
            let (mut walked, mut cursor) = (Vec::new(), None);
            loop {
                let some = page(2, cursor, forwards).await;
                let ends = if forwards { some.nodes.last() } else { some.nodes.first() };
                cursor = ends.map(|(cursor, _)| cursor.clone());
                let more = if forwards { some.has_next } else { some.has_previous };
                let names = some.nodes.iter().map(name).collect::<Vec<_>>();
                if forwards { walked.extend(names) } else { walked.splice(0..0, names).for_each(drop) }
                if !more {
                    break;
                }
            }
            assert_eq!(walked, all.nodes.iter().map(name).collect::<Vec<_>>());
        }
        assert_eq!(app.count_usable::<Workflow>(reader, "T6Y0W").await.unwrap(), shipped + 3);
        assert_eq!(app.count_usable::<Form>(reader, "T6Y0W").await.unwrap(), Form::shipped_all().len() + 1);
        let window = ehia::domain::page::Window::default();
        let theirs = app.list_usable::<Workflow>(reader, "QMM", &window).await;
        assert!(matches!(theirs, Err(Error::Forbidden)), "{theirs:?}");
        let unknown = app.list_usable::<Workflow>(reader, "NONE", &window).await;
        assert_eq!(violations(unknown)[0].path, Path::of(["organisation"]));
        let nowhere = ehia::domain::page::Window { cursor: Some("local~3".into()), ..window };
        assert_eq!(violations(app.list_usable::<Workflow>(reader, "T6Y0W", &nowhere).await)[0].path, Path::of(["after"]));
    }

    async fn one_that_cannot_be_read_keeps_no_other_from_being_listed(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        for (version, title) in [(1, "First"), (2, "Second"), (3, "Third"), (4, "Fourth")] {
            publish(&body, &workflow("local", version, title)).await.unwrap();
        }
        // One that is not what was published, and one of a program that knew more.
        let unknown = r#"{"format":"ehia/workflow/9"}"#;
        let digest = ehia::domain::canonical::sha256(unknown.as_bytes());
        db.tamper("UPDATE definition SET document = '{}' WHERE version = 2").await;
        db.tamper(&format!("UPDATE definition SET document = '{unknown}', sha256 = '{digest}' WHERE version = 3")).await;
        // A process that has not read them before.
        let fresh = app(db);
        let titles = |listed: Vec<ehia::app::Listed>| {
            let own = listed.into_iter().filter(|one| one.organisation.is_some());
            own.map(|one| one.title.map_err(|error| error.code)).collect::<Vec<_>>()
        };
        let expected = [Ok("First".to_owned()), Err("UNREADABLE".to_owned()), Err("UNREADABLE".to_owned()), Ok("Fourth".to_owned())];
        assert_eq!(titles(fresh.list_definitions::<Workflow>(None).await.unwrap()), expected);
        let window = ehia::domain::page::Window { size: 100, ..Default::default() };
        let page = app(db).list_usable::<Workflow>(body.who(Role::Author), "T6Y0W", &window).await.unwrap();
        assert_eq!(titles(page.nodes.into_iter().map(|(_, one)| one).collect()), expected);
    }

    async fn of_twenty_publications_at_once_one_is_kept(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let publications = (0..20).map(|number| {
            let document = workflow("local", 1, &format!("Number {number}"));
            let body = &body;
            async move {
                let administrator = body.who(Role::Administrator);
                loop {
                    let done = body.app.publish::<Workflow>(Some(administrator), "T6Y0W", document.to_string(), body.moment).await;
                    if !matches!(done, Err(Error::Retry)) {
                        return done;
                    }
                }
            }
        });
        let done = futures::future::join_all(publications).await;
        let (kept, refused): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
        assert_eq!(kept.len(), 1);
        for one in refused {
            assert_eq!(violations(one)[0].code, "VERSION_EXISTS");
        }
        assert_eq!(db.number("SELECT count(*) FROM definition").await, 1);
        let title = &kept[0].as_ref().unwrap().title;
        assert_eq!(title_of(&app(db), body.who(Role::Author)).await.as_ref(), Some(title));
    }
}

async fn title_of(app: &App, actor: &Actor) -> Option<String> {
    title(app, Some(actor), "local", Some(1)).await
}
