//! Ledger and roll-up: right at every moment, whatever was folded, and made anew from the cases when they are not.

use ehia::{
    app::{AnswerNote, Edit},
    domain::{
        permission::Role,
        risk::{ExposureDimension, Filter},
        settings::Settings,
        text::Path,
    },
};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::{
    footprints,
    support::{
        database::TestDatabase,
        on_both,
        people::{Body, app},
        program::{ehia, ehia_with},
    },
};

/// A body with this many cases that were sent on, by the workflow of two people.
async fn body(db: &TestDatabase, cases: usize) -> (Body, Vec<ehia::domain::id::AssessmentId>) {
    let body = Body::new(&app(db), "T6Y0W").await;
    body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..cases {
        let id = body.import().await;
        body.go(Role::Author, id, "send").await.unwrap();
        ids.push(id);
    }
    (body, ids)
}

/// What the picture says, in a form that can be compared.
async fn picture(body: &Body) -> String {
    let governance = body.who(Role::Governance);
    let picture = body.app.picture(governance, Filter::default(), body.moment).await.unwrap();
    let picture = std::sync::Arc::new(picture);
    let totals = body.app.totals(&picture).await.unwrap();
    let by = [ExposureDimension::Group, ExposureDimension::District];
    let mut parts = body.app.cut(picture.clone(), &by).await.unwrap().parts;
    parts.sort_by(|(one, _), (other, _)| one.cmp(other));
    format!("{totals:?} {parts:?}")
}

async fn fold_all(body: &Body) {
    while body.app.fold_risk().await.unwrap() > 0 {}
}

on_both! {
    async fn answers_are_the_same_before_and_after_a_fold_and_after_a_crash_between(db) {
        let (body, ids) = body(db, 2).await;
        footprints::load(&body.app).await;
        let before = picture(&body).await;
        assert_eq!(db.number("SELECT count(*) FROM risk_rollup").await, 0);
        fold_all(&body).await;
        assert!(db.number("SELECT count(*) FROM risk_rollup").await > 20);
        assert_eq!(picture(&body).await, before);
        // Changed after it was folded, and nobody folds: as after kill -9.
        let view = body.app.view(body.who(Role::Author), ids[0]).await.unwrap();
        let fields = json!({ "footprint": ["E07000148"] }).as_object().unwrap().clone();
        body.go(Role::EqualityLead, ids[0], "suggest").await.unwrap();
        let author = body.who(Role::Author);
        let version = view.case.version + 1;
        body.app.edit(author, ids[0], version, vec![Edit::Proposal(fields)], None, body.moment).await.unwrap();
        assert_ne!(picture(&body).await, before, "it is a draft again");
        let done = AnswerNote { path: Path::of(["impacts"]), text: "It is another place now.".into() };
        body.app.answer_return(author, ids[0], vec![done], None, body.moment).await.unwrap();
        body.go(Role::Author, ids[0], "send").await.unwrap();
        let dirty = picture(&body).await;
        assert_ne!(dirty, before);
        let open = "SELECT count(*) FROM risk_ledger WHERE valid_to IS NULL AND fold = 'add'";
        assert_eq!(db.number(open).await, 1);
        assert_eq!(db.number("SELECT count(*) FROM risk_ledger WHERE fold = 'out'").await, 1);
        let other = app(db);
        while other.fold_risk().await.unwrap() > 0 {}
        assert_eq!(picture(&body).await, dirty);
        assert_eq!(db.number("SELECT count(*) FROM risk_ledger WHERE fold NOT IN ('in', 'past')").await, 0);
        assert_eq!(body.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }

    async fn a_change_that_contributes_nothing_writes_nothing(db) {
        let (body, ids) = body(db, 1).await;
        let rows = async || db.number("SELECT count(*) FROM risk_ledger").await;
        let before = rows().await;
        let view = body.app.view(body.who(Role::Author), ids[0]).await.unwrap();
        let edit = vec![Edit::Title("Another title".into())];
        body.go(Role::EqualityLead, ids[0], "suggest").await.unwrap();
        assert_eq!(rows().await, before + 1);
        body.app.edit(body.who(Role::Author), ids[0], view.case.version + 1, edit, None, body.moment).await.unwrap();
        assert_eq!(rows().await, before + 1);
    }

    async fn every_difference_is_named_and_rebuilding_mends_it(db) {
        let (body, ids) = body(db, 2).await;
        fold_all(&body).await;
        let sound = picture(&body).await;
        let verified = async || body.app.verify_risk(&mut |_| {}).await.unwrap().differences;
        assert_eq!(verified().await, []);
        let case = db.literal(&ehia::domain::id::Identifier::uuid(ids[0]).to_string());
        let spoilt = [
            format!("UPDATE risk_ledger SET document = replace(document, 'NEGATIVE', 'NEUTRAL') WHERE assessment_id = {case} AND valid_to IS NULL"),
            format!("DELETE FROM risk_ledger WHERE assessment_id = {case}"),
            format!("UPDATE risk_ledger SET valid_to = valid_from WHERE assessment_id = {case}"),
            "DELETE FROM risk_rollup WHERE group_code = '*'".to_owned(),
            "UPDATE risk_rollup SET group_code = 'x' || group_code".to_owned(),
            format!("UPDATE risk_ledger SET fold = 'past' WHERE assessment_id = {case} AND valid_to IS NULL"),
        ];
        for sql in spoilt {
            assert!(db.tamper(&sql).await > 0, "{sql}");
            let found = verified().await;
            assert!(!found.is_empty(), "{sql}");
            assert!(found.iter().all(|one| one.place.contains("T6Y0W")), "{found:?}");
            let rebuilt = body.app.rebuild_risk(body.moment, &mut |_| {}).await.unwrap();
            assert_eq!((rebuilt.differences.clone(), rebuilt.cases), (vec![], 2));
            assert_eq!(verified().await, [], "{sql}");
            assert_eq!(picture(&body).await, sound, "{sql}");
        }
    }

    async fn cases_that_were_there_before_the_ledger_are_entered_once_migrated(db) {
        let (body, _) = body(db, 3).await;
        let sound = picture(&body).await;
        db.tamper("DELETE FROM risk_ledger").await;
        assert_ne!(picture(&body).await, sound);
        assert_eq!(db.store.migrate().await.unwrap(), Vec::<String>::new());
        assert_eq!(db.number("SELECT count(*) FROM risk_ledger").await, 3);
        assert_eq!(picture(&body).await, sound);
        assert_eq!(body.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }

    async fn a_roll_up_made_with_other_places_is_asked_by_nobody_and_made_anew(db) {
        let (body, _) = body(db, 2).await;
        // Nothing is known of places yet.
        fold_all(&body).await;
        assert_eq!(db.number("SELECT count(*) FROM risk_rollup WHERE district LIKE 'E07%'").await, 0);
        footprints::load(&body.app).await;
        let told = picture(&body).await;
        assert!(told.contains("district: Some"), "{told}");
        fold_all(&body).await;
        assert!(db.number("SELECT count(*) FROM risk_rollup WHERE district LIKE 'E07%'").await > 0);
        assert_eq!(picture(&body).await, told);
        assert_eq!(body.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }
}

#[tokio::test]
async fn the_command_shows_verifies_and_rebuilds() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ehia(folder, &["migrate"]).await.done();
    let settings = json!(Settings { workflow: "two-person".into(), ..Settings::default() }).to_string();
    let add = ["organisation", "add", "--ods", "T6Y0W", "--name", "Synthetic ICB", "--settings", "-"];
    ehia_with(folder, &add, &settings).await.done();
    let author =
        ["user", "add", "--email", "author@example.org", "--name", "An Author", "--organisation", "T6Y0W"];
    let author = [&author[..], &["--role", "author", "--password-file", "-"]].concat();
    ehia_with(folder, &author, "a password to try\n").await.done();
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/01-marram-house.json");
    let import =
        ["import", example.to_str().unwrap(), "--organisation", "T6Y0W", "--as", "author@example.org"];
    ehia(folder, &import).await.done();
    let shown = ehia(folder, &["risk", "show", "--json"]).await.done().json();
    assert_eq!((&shown["drafts"], &shown["total"]["assessments"]), (&json!(1), &json!(0)));
    let text = ehia(folder, &["risk", "show", "--by", "group", "--by", "district"]).await.done();
    assert!(text.out.contains("0 assessments (1 drafts are not counted)"), "{text:?}");
    let said = ehia(folder, &["risk", "verify"]).await.done();
    assert!(said.out.contains("1 assessments and 0 cells agree; 1 rows wait"), "{said:?}");
    let rebuilt = ehia(folder, &["risk", "rebuild", "--json"]).await.done().json();
    assert_eq!((&rebuilt["sound"], &rebuilt["folded"]), (&json!(true), &json!(1)));
    let file = folder.join(".ehia/ehia.db");
    let database = sea_orm::Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
    database.execute_unprepared("DELETE FROM risk_rollup WHERE group_code <> '*'").await.unwrap();
    database.close().await.unwrap();
    let said = ehia(folder, &["risk", "verify"]).await.refused();
    assert!(said.out.contains("the roll-up of T6Y0W, DRAFT, nhs-5x5, group"), "{said:?}");
    ehia(folder, &["risk", "rebuild"]).await.done();
    ehia(folder, &["risk", "verify"]).await.done();
    let wrong = ehia(folder, &["risk", "show", "--group", "unheard", "--area", "Norwich"]).await.refused();
    assert!(wrong.err.contains("no group `unheard`") && wrong.err.contains("`Norwich`"), "{wrong:?}");
}
