//! A command under the key of one that was done is answered with the first outcome, whatever is gone since.

use chrono::Days;
use ehia::{
    app::{
        Changed, ConfirmationNote, CreateAssessment, Edit, Error, OutcomeInput, PartyInput, TransitionDraft,
    },
    domain::{
        case::ShareLevel,
        edit::List,
        id::{AssessmentId, Identifier},
        permission::{Actor, Grant, Role},
        settings::Settings,
        workflow::follow::LookDraft,
    },
};
use serde_json::{Map, Value, json};

use crate::{
    definition::workflow,
    support::{
        database::TestDatabase,
        on_both,
        people::{Body, app},
    },
};

const KEY: Option<&str> = Some("the same key");

/// What a test does: a command that takes a key, and says something else when told to.
trait Run: AsyncFn(Option<String>, bool) -> Result<Changed, Error> {}
impl<F: AsyncFn(Option<String>, bool) -> Result<Changed, Error>> Run for F {}

/// The same request under the same key after `gone` gives the first outcome, though it could not be made anew; another
/// request under the key is refused, before and after.
async fn replays(db: &TestDatabase, run: impl Run, gone: impl AsyncFnOnce()) {
    let key = || KEY.map(str::to_owned);
    let outcome = |changed: Changed| changed.view.case.id;
    let events = async || db.number("SELECT count(*) FROM event").await;
    let first = outcome(run(key(), false).await.unwrap());
    reused(run(key(), true).await);
    gone().await;
    let before = events().await;
    let anew = run(None, false).await;
    assert!(
        matches!(anew, Err(Error::Invalid(_) | Error::Forbidden | Error::Conflict(_))),
        "it could be made anew: {anew:?}"
    );
    let unused = run(Some("another key".into()), false).await;
    assert_eq!(format!("{unused:?}"), format!("{anew:?}"), "under a fresh key it is refused as without one");
    for _ in 0..2 {
        assert_eq!(outcome(run(key(), false).await.unwrap()), first);
        reused(run(key(), true).await);
    }
    assert_eq!(events().await, before, "nothing was done a second time");
}

fn reused(refused: Result<Changed, Error>) {
    let Err(Error::Invalid(violations)) = refused else { panic!("it was not refused: {refused:?}") };
    assert_eq!(violations[0].code, "KEY_REUSED");
}

async fn dismiss(body: &Body, role: Role) {
    let person = body.who(role).person;
    body.app.revoke_role(person, body.id, role, None, body.moment).await.unwrap();
}

fn person(of: &Actor) -> PartyInput {
    PartyInput { person: Some(of.person), ..PartyInput::default() }
}

fn reliance(fields: Value) -> Edit {
    let Value::Object(fields) = fields else { panic!("no fields") };
    Edit::Element { list: List::Interdependencies, id: None, fields }
}

/// A case of another organisation that one may know of, and its reference.
async fn shared(theirs: &Body, with: &Body) -> (AssessmentId, String) {
    let id = theirs.import().await;
    share(theirs, id, with, ShareLevel::Stub).await;
    let view = theirs.app.view(theirs.who(Role::Author), id).await.unwrap();
    (id, view.case.reference.clone())
}

async fn share(theirs: &Body, id: AssessmentId, with: &Body, level: ShareLevel) {
    let author = theirs.who(Role::Author);
    theirs.app.share(author, id, &with.code, level, None, theirs.moment).await.unwrap();
}

on_both! {
    async fn an_edit_that_named_somebody_who_has_left_is_replayed(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let author = body.who(Role::Author);
        let id = body.import().await;
        let sro = json!(person(body.who(Role::Sro)));
        let run = async |key, other| {
            let title = if other { "Another title" } else { "A title" };
            let edits = vec![Edit::Title(title.into()), Edit::Sro(sro.clone())];
            body.app.edit(author, id, 1, edits, key, body.moment).await
        };
        // Who is named already may stay named, so it is somebody else by then.
        replays(db, run, async || {
            let view = body.app.view(author, id).await.unwrap();
            let nobody = vec![Edit::Sro(json!({"name": "Somebody without an account"}))];
            body.app.edit(author, id, view.case.version, nobody, None, body.moment).await.unwrap();
            dismiss(&body, Role::Sro).await;
        }).await;
    }

    async fn an_edit_that_points_at_what_can_no_longer_be_seen_is_replayed(db) {
        let app = app(db);
        let (body, theirs) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        let id = body.import().await;
        let (target, reference) = shared(&theirs, &body).await;
        let run = async |key, other| {
            let premise = if other { "Another premise." } else { "A premise." };
            let edge = reliance(json!({"kind": "RELIES_ON", "target": reference, "holdsWhen": "TARGET_PROCEEDS", "premise": premise}));
            body.app.edit(body.who(Role::Author), id, 1, vec![edge], key, body.moment).await
        };
        replays(db, run, async || share(&theirs, target, &body, ShareLevel::None).await).await;
    }

    async fn a_transition_attended_by_somebody_who_has_left_is_replayed(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let document = workflow("local", 1, "Synthetic").to_string();
        body.app.publish::<ehia::domain::workflow::definition::Workflow>(None, "T6Y0W", document, body.moment).await.unwrap();
        body.set(Settings { workflow: "local".into(), ..Settings::default() }).await.unwrap();
        let id = body.import().await;
        body.go(Role::Author, id, "send").await.unwrap();
        let lead = body.who(Role::EqualityLead);
        let run = async |key, other| {
            let outcome = OutcomeInput {
                attendees: vec![person(lead), person(body.who(Role::Reviewer))],
                apologies: Vec::new(),
                meeting: None,
                urgency: None,
                dissent: None,
                conditions: Vec::new(),
                accepted: Vec::new(),
            };
            let draft = TransitionDraft {
                transition: "recommend".into(),
                expected_revision: 1,
                comment: Some(if other { "For another reason." } else { "For a reason." }.into()),
                paths: Vec::new(),
                requests: Vec::new(),
                outcome: Some(outcome),
                decision: None,
                dry_run: false,
            };
            body.app.transition(lead, id, draft, key, body.moment).await
        };
        replays(db, run, async || dismiss(&body, Role::Reviewer).await).await;
    }

    async fn a_look_at_what_was_changed_by_it_is_replayed(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
        let id = body.import().await;
        for (role, step) in
            [(Role::Author, "send"), (Role::EqualityLead, "recommend"), (Role::DecisionMaker, "adopt")]
        {
            body.go(role, id, step).await.unwrap();
        }
        let governance = body.who(Role::Governance);
        let version = body.app.view(governance, id).await.unwrap().case.version;
        let run = async |key, other: bool| {
            let draft = LookDraft {
                expected_version: version,
                note: if other { "Otherwise than it was." } else { "As it was." }.into(),
                next: body.moment.today + Days::new(90),
            };
            body.app.look_again(governance, id, draft, key, body.moment).await
        };
        replays(db, run, async || ()).await;
    }

    async fn a_confirmation_by_somebody_who_has_left_is_replayed(db) {
        let app = app(db);
        let (body, theirs) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        let author = body.who(Role::Author);
        let id = body.import().await;
        let edge = json!({"kind": "RELIES_ON", "partner": {"name": "A partner"}, "premise": "A premise.", "holdsWhen": "PARTNER_CONFIRMS"});
        let edited = body.app.edit(author, id, 1, vec![reliance(edge)], None, body.moment).await.unwrap();
        let edge = edited.view.case.content.interdependencies.last().unwrap().id;
        share(&body, id, &theirs, ShareLevel::Stub).await;
        let run = async |key, other: bool| {
            let said = ConfirmationNote {
                interdependency: edge,
                confirmed: !other,
                by: Some(person(theirs.who(Role::Governance))),
                on: body.moment.today,
                note: "A synthetic letter.".into(),
            };
            body.app.confirm_reliance(author, id, said, key, body.moment).await
        };
        replays(db, run, async || dismiss(&theirs, Role::Governance).await).await;
    }

    async fn a_case_begun_by_somebody_who_no_longer_writes_is_replayed(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let author = body.who(Role::Author);
        let reads = Grant { organisation: body.id, role: Role::Auditor, until: None };
        let reader = Actor { grants: vec![reads], ..author.clone() };
        let left = std::cell::Cell::new(false);
        let run = async |key, other: bool| {
            let new = CreateAssessment {
                organisation: "T6Y0W".into(),
                title: if other { "Another title" } else { "A title" }.into(),
                proposal: Map::new(),
                form: None,
                workflow: None,
                screening: None,
            };
            let actor = if left.get() { &reader } else { author };
            body.app.create(actor, new, key, body.moment).await
        };
        replays(db, run, async || left.set(true)).await;
    }

    async fn a_document_that_names_what_can_no_longer_be_seen_is_replayed(db) {
        let app = app(db);
        let (body, theirs) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        let (target, reference) = shared(&theirs, &body).await;
        let run = async |key, other| {
            let document = json!({
                "format": "ehia/assessment/1", "title": if other { "Another (synthetic)" } else { "One (synthetic)" },
                "interdependencies": [{"id": "it", "kind": "RELIES_ON", "target": {"reference": reference}, "holdsWhen": "TARGET_PROCEEDS"}],
            });
            let taken = body.app.import(body.who(Role::Author), "T6Y0W", document, key, body.moment).await?;
            assert_eq!(taken.unresolved, []);
            Ok(taken.changed)
        };
        replays(db, run, async || share(&theirs, target, &body, ShareLevel::None).await).await;
    }

    async fn a_document_for_another_organisation_is_another_request(db) {
        let app = app(db);
        let (body, theirs) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        let mut both = body.who(Role::Author).clone();
        both.grants.extend(theirs.who(Role::Author).grants.clone());
        let import = async |code: &str| {
            let document = json!({"format": "ehia/assessment/1", "title": "One (synthetic)"});
            let taken = app.import(&both, code, document, KEY.map(str::to_owned), body.moment).await;
            taken.map(|taken| taken.changed)
        };
        let first = import("T6Y0W").await.unwrap().view.case.id;
        reused(import("QMM").await);
        assert_eq!(import("T6Y0W").await.unwrap().view.case.id, first);
    }

    async fn a_share_with_an_organisation_that_is_gone_is_replayed(db) {
        let app = app(db);
        let (body, _theirs) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        let id = body.import().await;
        let run = async |key, other| {
            let level = if other { ShareLevel::Read } else { ShareLevel::Stub };
            body.app.share(body.who(Role::Author), id, "QMM", level, key, body.moment).await
        };
        let rename = "UPDATE organisation SET ods_code = 'GONE' WHERE ods_code = 'QMM'";
        replays(db, run, async || assert_eq!(db.tamper(rename).await, 1)).await;
    }

    async fn a_replay_shows_nobody_what_they_may_no_longer_know_of(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let author = body.who(Role::Author);
        let new = || CreateAssessment {
            organisation: "T6Y0W".into(),
            title: "A title".into(),
            proposal: Map::new(),
            form: None,
            workflow: None,
            screening: None,
        };
        let key = || KEY.map(str::to_owned);
        let made = body.app.create(author, new(), key(), body.moment).await.unwrap();
        let nobody = Actor { grants: Vec::new(), ..author.clone() };
        let told = body.app.create(&nobody, new(), key(), body.moment).await;
        assert!(matches!(told, Err(Error::NotFound | Error::Forbidden)), "{told:?} of {}", made.view.case.id.global());
    }

    async fn a_case_begun_before_a_newer_workflow_was_published_is_replayed_in_its_own(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let publish = async |version: u32, title: &str| {
            let document = workflow("local", version, title).to_string();
            body.app.publish::<ehia::domain::workflow::definition::Workflow>(None, "T6Y0W", document, body.moment).await.unwrap();
        };
        publish(1, "First").await;
        let create = async || {
            let new = CreateAssessment {
                organisation: "T6Y0W".into(),
                title: "A title".into(),
                proposal: Map::new(),
                form: None,
                workflow: Some("local".into()),
                screening: None,
            };
            body.app.create(body.who(Role::Author), new, KEY.map(str::to_owned), body.moment).await.unwrap().view
        };
        let first = create().await;
        publish(2, "Second").await;
        let again = create().await;
        assert_eq!((again.case.id, again.workflow.title.as_str()), (first.case.id, "First"));
    }
}
