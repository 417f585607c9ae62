//! Codes of places as they are written into a footprint, and what waits for reference data; on both databases.

use std::time::Duration;

use ehia::{
    app::{App, CreateAssessment, Edit, Error, NewOrganisation, NewPerson, Options},
    clock,
    domain::{
        id::AssessmentId,
        organisation::OrganisationKind,
        permission::{Actor, Grant, Role},
        place::shipped::FILES,
        settings::Settings,
        text::Violation,
    },
};
use serde_json::{Value, json};

use crate::support::{database::TestDatabase, on_both};

pub async fn load(app: &App) {
    let files = FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    app.load_reference(files, clock::now(), || ()).await.unwrap();
}

async fn author(database: &TestDatabase) -> (App, Actor) {
    let app = App::new(database.store.clone(), Options::default());
    let organisation = NewOrganisation {
        ods_code: "T6Y0W".into(),
        name: "NHS Norfolk and Suffolk ICB".into(),
        kind: OrganisationKind::Icb,
        opened: None,
        closed: None,
        settings: Settings::default(),
    };
    let organisation = app.set_up_organisation(organisation, clock::now()).await.unwrap().id;
    let person = NewPerson {
        name: "Somebody".into(),
        email: "somebody@example.org".into(),
        password: None,
        roles: vec![(organisation, Role::Author, None)],
    };
    let person = app.add_person(person, None, clock::now()).await.unwrap();
    let grants = vec![Grant { organisation, role: Role::Author, until: None }];
    (app, Actor { person, grants, deputises: Vec::new(), read_only: false })
}

fn footprint(codes: &[&str]) -> serde_json::Map<String, Value> {
    let Value::Object(fields) = json!({ "footprint": codes }) else { unreachable!() };
    fields
}

async fn create(app: &App, actor: &Actor, codes: &[&str]) -> Result<AssessmentId, Vec<Violation>> {
    let input = CreateAssessment {
        organisation: "T6Y0W".into(),
        title: "A clinic".into(),
        proposal: footprint(codes),
        form: None,
        workflow: None,
        screening: None,
    };
    told(app.create(actor, input, None, clock::now()).await.map(|changed| changed.view.case.id))
}

async fn edit(app: &App, actor: &Actor, id: AssessmentId, codes: &[&str]) -> Result<u32, Vec<Violation>> {
    let version = app.view(actor, id).await.unwrap().case.version;
    let edits = vec![Edit::Proposal(footprint(codes))];
    let changed = app.edit(actor, id, version, edits, None, clock::now()).await;
    told(changed.map(|changed| changed.view.case.version))
}

fn told<T>(result: Result<T, Error>) -> Result<T, Vec<Violation>> {
    result.map_err(|error| match error {
        Error::Invalid(violations) => violations,
        other => panic!("{other:?}"),
    })
}

fn codes(violations: &[Violation]) -> Vec<(&str, String)> {
    violations.iter().map(|one| (one.code.as_str(), one.path.to_string())).collect()
}

on_both! {
    async fn a_code_names_one_known_place_or_nothing_changes(db) {
        let (app, actor) = author(db).await;
        // Nothing is known of places: a code is one by its form, and a name is none.
        let id = create(&app, &actor, &["E07009999"]).await.unwrap();
        let found = edit(&app, &actor, id, &["Norwich"]).await.unwrap_err();
        assert_eq!(codes(&found), [("INVALID", "proposal/footprint/0".to_owned())]);
        load(&app).await;
        // What stands there already stands.
        edit(&app, &actor, id, &["E07009999", "E07000148"]).await.unwrap();
        let before = app.view(&actor, id).await.unwrap().case.version;
        let found = edit(&app, &actor, id, &["E07000148", "Norwich", "E07008888"]).await.unwrap_err();
        let at = |index: usize| format!("proposal/footprint/{index}");
        assert_eq!(codes(&found), [("AMBIGUOUS_AREA", at(1)), ("UNKNOWN_AREA", at(2))]);
        assert!(found[0].message.contains("Norwich (district, E07000148)"), "{found:?}");
        assert_eq!(app.view(&actor, id).await.unwrap().case.version, before);
        let found = create(&app, &actor, &["E07008888"]).await.unwrap_err();
        assert_eq!(codes(&found), [("UNKNOWN_AREA", at(0))]);
        // A code is kept as the register spells it, however it was typed.
        let typed = create(&app, &actor, &[" e07000145", "E07000148 "]).await.unwrap();
        let kept = async || app.view(&actor, typed).await.unwrap().case.content.proposal.footprint.clone();
        assert_eq!(kept().await, ["E07000145", "E07000148"]);
        let found = edit(&app, &actor, typed, &["E07000148", "e07000148"]).await.unwrap_err();
        assert_eq!(codes(&found), [("DUPLICATE", at(1))]);
        edit(&app, &actor, typed, &["e07000148"]).await.unwrap();
        assert_eq!(kept().await, ["E07000148"]);
        // Places that ended are counted as they were, and one without figures is a place.
        create(&app, &actor, &["E54000022", "E01000010", "E54000034", "E54000070"]).await.unwrap();
    }

    async fn where_nothing_can_be_told_of_a_place_a_finding_says_so(db) {
        let (app, actor) = author(db).await;
        let said = async |app: &App, id| {
            let view = app.view(&actor, id).await.unwrap();
            app.place(&view).await;
            let mut findings = view.findings().iter();
            findings.find(|one| one.rule == "place.figures.missing").map(|one| one.message.clone())
        };
        let thames_valley = create(&app, &actor, &["E54000070"]).await.unwrap();
        let norwich = create(&app, &actor, &["E07000148"]).await.unwrap();
        let nowhere = create(&app, &actor, &[]).await.unwrap();
        assert!(said(&app, norwich).await.unwrap().contains("`ehia reference load`"));
        load(&app).await;
        assert!(said(&app, thames_valley).await.unwrap().contains("Frimley"));
        assert_eq!((said(&app, norwich).await, said(&app, nowhere).await), (None, None));
        db.tamper("UPDATE reference_file SET sha256 = 'another' WHERE kind = 'counts'").await;
        let other = App::new(db.store.clone(), Options::default());
        // Told again and again, not only when it was first looked at.
        for _ in 0..2 {
            assert!(said(&other, norwich).await.unwrap().contains("cannot be read"));
        }
    }

    async fn only_what_asks_who_lives_there_waits_for_reference_data(db) {
        let (app, actor) = author(db).await;
        load(&app).await;
        let id = create(&app, &actor, &["E07000148"]).await.unwrap();
        // Just started: it holds nothing yet, and reading begins when it is asked for.
        let app = App::new(db.store.clone(), Options::default());
        let version = app.view(&actor, id).await.unwrap().case.version;
        let edits = vec![Edit::Title("Another clinic".into())];
        app.edit(&actor, id, version, edits, None, clock::now()).await.unwrap();
        assert!(!app.holds_reference(), "reading and editing it asked for nothing");
        // Whoever asks and goes away leaves nothing half known to the next one.
        let gone = tokio::time::timeout(Duration::from_millis(1), app.reference()).await;
        assert!(gone.is_err(), "reading it takes longer");
        app.reference().await.unwrap();
        assert!(app.holds_reference());
    }
}
