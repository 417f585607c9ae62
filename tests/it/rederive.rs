//! What is derived from cases is derived anew case by case: one that cannot be read holds up no other.

use std::path::Path;

use ehia::{
    app::NewOrganisation,
    domain::{
        id::{AssessmentId, Identifier},
        organisation::OrganisationKind,
        permission::Role,
        rating::Band,
        settings::Settings,
    },
};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::{
    store_audit::faults,
    support::{
        database::TestDatabase,
        on_both,
        people::{Body, app},
        program::{ehia, ehia_with},
    },
};

/// Settings under which only the very worst is extreme.
fn lenient() -> Settings {
    let mut settings = Settings::default();
    for (threshold, from) in settings.scale.bands.iter_mut().zip([1, 2, 3, 25]) {
        threshold.from = from;
    }
    settings
}

fn described(settings: Settings) -> NewOrganisation {
    NewOrganisation {
        ods_code: "T6Y0W".into(),
        name: "Synthetic body T6Y0W".into(),
        kind: OrganisationKind::Icb,
        opened: None,
        closed: None,
        settings,
    }
}

async fn spoil(db: &TestDatabase, case: AssessmentId, spoilt: bool) {
    let id = db.literal(&case.uuid().to_string());
    let digest = if spoilt { "content_sha256 || 'x'" } else { "substr(content_sha256, 1, 64)" };
    let sql = format!("UPDATE assessment SET content_sha256 = {digest} WHERE id = {id}");
    assert_eq!(db.tamper(&sql).await, 1);
}

on_both! {
    async fn settings_are_saved_first_and_cases_follow_one_by_one(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let mut cases = Vec::new();
        for _ in 0..3 {
            cases.push(body.import().await);
        }
        let auditor = body.who(Role::Auditor);
        let bands = async || {
            let heads = body.app.summaries(auditor, &cases).await.unwrap();
            cases.iter().map(|id| heads[id].head.band.unwrap()).collect::<Vec<_>>()
        };
        let before = bands().await;
        assert!(before.iter().all(|band| *band != Band::High), "{before:?}");
        spoil(db, cases[1], true).await;

        // As if it was cut off after the settings: the audit says what is left to do.
        body.app.save_organisation(described(lenient()), body.moment).await.unwrap();
        assert_eq!(bands().await, before);
        let found = faults(db, &[]).await;
        let stale = found.iter().filter(|fault| fault.reason.contains("band and risk_order")).count();
        assert_eq!(stale, 2, "{found:?}");

        for round in 1..3 {
            let mut seen = Vec::new();
            let done = body.app.rederive(body.id, body.moment, &mut |looked_at| seen.push(looked_at)).await.unwrap();
            assert_eq!((done.done, seen), (2, vec![1, 2, 3]), "round {round}");
            assert_eq!(done.unreadable.len(), 1);
            assert_eq!(done.unreadable[0].id, cases[1]);
            assert!(done.unreadable[0].reason.contains("not the one that was saved"), "{done:?}");
            assert_eq!(bands().await, [Band::High, before[1], Band::High]);
        }
        assert!(body.app.set_up_organisation(described(Settings::default()), body.moment).await.is_err(), "it is told");
        assert_eq!(bands().await, before, "and done as far as can be");
        body.app.set_up_organisation(described(Settings::default()), body.moment).await.unwrap();

        spoil(db, cases[1], false).await;
        body.set(lenient()).await.unwrap();
        assert_eq!(bands().await, [Band::High; 3]);
        assert_eq!(faults(db, &[]).await, []);
    }
}

#[tokio::test]
async fn the_command_names_what_it_could_not_read_and_says_that_it_failed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ehia(folder, &["migrate"]).await.done();
    ehia(folder, &["organisation", "add", "--ods", "T6Y0W", "--name", "Synthetic ICB"]).await.done();
    let author =
        ["user", "add", "--email", "author@example.org", "--name", "An Author", "--organisation", "T6Y0W"];
    let author = [&author[..], &["--role", "author", "--password-file", "-"]].concat();
    ehia_with(folder, &author, "a password to try\n").await.done();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/01-marram-house.json");
    let import =
        ["import", example.to_str().unwrap(), "--organisation", "T6Y0W", "--as", "author@example.org"];
    for _ in 0..2 {
        ehia(folder, &import).await.done();
    }
    let tamper = async |sql: &str| {
        let file = folder.join(".ehia/ehia.db");
        let database = sea_orm::Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
        database.execute_unprepared(sql).await.unwrap();
        database.close().await.unwrap();
    };
    let settings = json!(lenient()).to_string();
    let set = ["organisation", "settings", "T6Y0W", "--set", "-"];
    let reference = "reference LIKE '%-0001'";
    tamper(&format!("UPDATE assessment SET content_sha256 = content_sha256 || 'x' WHERE {reference}")).await;
    let said = ehia_with(folder, &set, &settings).await.refused();
    assert!(said.out.contains("The settings of Synthetic ICB were replaced."), "{said:?}");
    assert!(said.out.contains("1 case(s) were derived anew") && said.out.contains("-0001"), "{said:?}");
    tamper(&format!(
        "UPDATE assessment SET content_sha256 = substr(content_sha256, 1, 64) WHERE {reference}"
    ))
    .await;
    ehia_with(folder, &set, &settings).await.done();
    ehia(folder, &["audit", "verify"]).await.done();

    // As a run leaves them that was cut short after the settings were saved: the same again mends it.
    let add = ["organisation", "add", "--ods", "T6Y0W", "--name", "Synthetic ICB", "--settings", "-"];
    tamper("UPDATE assessment SET band = 'low', risk_order = 1").await;
    ehia(folder, &["audit", "verify"]).await.refused();
    ehia_with(folder, &add, &settings).await.done();
    ehia(folder, &["audit", "verify"]).await.done();

    // The operator's word on how long a case is kept.
    let said = ehia(folder, &["retention", "due", "--json"]).await.done();
    assert_eq!(said.out, "");
    let year = ehia::clock::now().today.format("%Y");
    let case = format!("T6Y0W-{year}-0001");
    let hold = [
        "retention",
        "set",
        &case,
        "--hold",
        "on",
        "--class",
        "permanent",
        "--reason",
        "A claim is pending",
        "--json",
    ];
    let told = ehia(folder, &hold).await.done().json();
    assert_eq!(told, json!({"reference": case, "class": "PERMANENT", "legalHold": true, "changed": true}));
    assert_eq!(ehia(folder, &hold).await.done().json()["changed"], false);
    let lift = ["retention", "set", &case, "--hold", "off", "--reason", "Settled"];
    let said = ehia(folder, &lift).await.done();
    assert!(said.out.contains("is now of the class PERMANENT and not under legal hold"), "{said:?}");
    let said = ehia(folder, &["retention", "set", &case, "--reason", "Nothing"]).await.refused();
    assert!(said.err.contains("Say what is to change"), "{said:?}");
    let said = ehia(folder, &["retention", "set", "T6Y0W-1900-0001", "--hold", "on", "--reason", "x"])
        .await
        .refused();
    assert!(said.err.contains("there is no assessment T6Y0W-1900-0001"), "{said:?}");
    ehia(folder, &["audit", "verify"]).await.done();
}
