//! What lists, permission and tasks ask follows from the cases: a forged row is found, and opens no record.

use ehia::{
    app::Edit,
    domain::{
        case::ShareLevel,
        edit::List,
        id::{AssessmentId, Identifier},
        permission::Role,
        settings::Settings,
        workflow::definition::Workflow,
    },
};
use serde_json::json;

use crate::{
    definition::workflow,
    store_audit::{Change, expect_every_column_is_guarded, faults},
    support::{
        database::TestDatabase,
        on_both,
        people::{Body, app},
    },
};

/// The digest of something else.
const DIGEST: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

/// A table: what tells its rows of one case apart, another value of the first of that, and how columns are changed.
type Guarded<'a> = (&'a str, &'a str, String, &'a [(&'a str, Change)]);

/// A case of which every derived table has rows, and its reference: shared with another organisation, relying on
/// another case.
async fn derived(db: &TestDatabase) -> (Body, AssessmentId, String) {
    let app = app(db);
    let body = Body::new(&app, "T6Y0W").await;
    let partner = Body::new(&app, "QMM").await;
    app.ship_definitions(body.moment).await.unwrap();
    let (case, target) = (body.import().await, body.import().await);
    let auditor = body.who(Role::Auditor);
    let relied = app.view(auditor, target).await.unwrap().case.reference.clone();
    let fields = json!({"kind": "RELIES_ON", "target": relied, "premise": "It opens.", "holdsWhen": "TARGET_PROCEEDS"});
    let fields = fields.as_object().unwrap().clone();
    let edge = Edit::Element { list: List::Interdependencies, id: None, fields };
    let version = app.view(auditor, case).await.unwrap().case.version;
    app.edit(body.who(Role::Author), case, version, vec![edge], None, body.moment).await.unwrap();
    app.share(body.who(Role::Author), case, &partner.code, ShareLevel::Read, None, body.moment)
        .await
        .unwrap();
    let reference = app.view(auditor, case).await.unwrap().case.reference.clone();
    (body, case, reference)
}

on_both! {
    async fn a_derived_row_that_was_added_changed_or_removed_is_found(db) {
        let (_, case, reference) = derived(db).await;
        assert_eq!(faults(db, &[]).await, []);
        let of = db.literal(&case.uuid().to_string());
        let other = db.literal(&uuid::Uuid::from_u128(77).to_string());
        let uuid = Change::Uuid;
        let tables: [Guarded; 9] = [
            ("assessment_impact", "id", other.clone(), &[
                ("id", uuid), ("assessment_id", uuid), ("organisation_id", uuid), ("direction", Change::Word("neutral")),
                ("initial_likelihood", Change::Word("9")), ("current_consequence", Change::Word("9")),
                ("target_likelihood", Change::Word("9")), ("reach_low", Change::Word("9")), ("reach_high", Change::Word("9")),
            ]),
            ("impact_group", "impact_id, group_code", other.clone(), &[
                ("impact_id", uuid), ("group_code", Change::Text), ("assessment_id", uuid), ("organisation_id", uuid),
            ]),
            ("assessment_area", "area_code", "'E00000000'".into(), &[
                ("area_code", Change::Text), ("assessment_id", uuid), ("organisation_id", uuid),
            ]),
            ("element", "id", other.clone(), &[
                ("id", uuid), ("noun", Change::Word("panel")), ("assessment_id", uuid), ("organisation_id", uuid),
            ]),
            ("involvement", "person_id, relation", other.clone(), &[
                ("person_id", uuid), ("relation", Change::Word("withdrawn")), ("assessment_id", uuid), ("organisation_id", uuid),
            ]),
            ("assessment_share", "organisation_id", other.clone(), &[
                ("organisation_id", uuid), ("level", Change::Word("review")), ("assessment_id", uuid),
            ]),
            ("reliance", "interdependency_id", other.clone(), &[
                ("interdependency_id", uuid), ("target_id", uuid), ("organisation_id", uuid), ("assessment_id", uuid),
                ("holds", Change::Word("1")),
            ]),
            ("interdependency", "interdependency_id", other.clone(), &[
                ("interdependency_id", uuid), ("organisation_id", uuid), ("assessment_id", uuid), ("rests_on", Change::Word(DIGEST)),
            ]),
            ("task", "place", "99".into(), &[
                ("place", Change::Number), ("kind", Change::Word("REVIEW")), ("person_id", Change::Null),
                ("role", Change::Word("auditor")), ("due", Change::Word("2030-01-01")), ("due_order", Change::Word("2030-01-01")),
                ("organisation_id", uuid), ("assessment_id", uuid),
            ]),
        ];
        // A sentence that another version of the program would put otherwise is no fault.
        assert!(db.tamper("UPDATE task SET reason = reason || ' indeed'").await > 0);
        assert_eq!(faults(db, &[]).await, []);
        for (table, key, forged, columns) in tables {
            let place = format!("{table} of assessment {case}");
            // One row of the case, changed and removed.
            let one = format!(
                "assessment_id = {of} AND ({key}) = (SELECT {key} FROM kept_aside WHERE assessment_id = {of} ORDER BY {key} LIMIT 1)"
            );
            expect_every_column_is_guarded(db, &[], table, &one, &place, columns).await;
            db.tamper(&format!("CREATE TABLE kept_aside AS SELECT * FROM {table}")).await;
            assert_eq!(db.tamper(&format!("DELETE FROM {table} WHERE {one}")).await, 1);
            let found = faults(db, &[]).await;
            assert!(found.len() == 1 && found[0].place == place && found[0].reason.ends_with("is missing"), "{found:?}");
            assert!(found[0].reason.contains(&reference), "{found:?}");
            db.tamper(&format!("INSERT INTO {table} SELECT * FROM kept_aside WHERE {one}")).await;
            assert_eq!(faults(db, &[]).await, []);
            // One more of the case, and one of no case.
            let first = key.split(", ").next().unwrap();
            for (column, value, reason) in [
                (first, &forged, format!("in {reference}, the row")),
                ("assessment_id", &other, "there is no such assessment".to_owned()),
            ] {
                db.tamper(&format!("CREATE TABLE forged AS SELECT * FROM {table} WHERE {one}")).await;
                db.tamper(&format!("UPDATE forged SET {column} = {value}")).await;
                assert_eq!(db.tamper(&format!("INSERT INTO {table} SELECT * FROM forged")).await, 1);
                let found = faults(db, &[]).await;
                assert_eq!(found.len(), 1, "{table}: {found:?}");
                assert!(found[0].place.starts_with(&format!("{table} of assessment ")), "{found:?}");
                assert!(found[0].reason.starts_with(&reason), "{found:?}");
                db.tamper(&format!("DELETE FROM {table} WHERE {column} = {value}")).await;
                db.tamper("DROP TABLE forged").await;
            }
            db.tamper("DROP TABLE kept_aside").await;
        }
        assert_eq!(faults(db, &[]).await, []);
    }

    async fn words_that_a_case_does_not_have_or_lacks_are_found_and_written_anew(db) {
        let (body, case, reference) = derived(db).await;
        let place = format!("assessment_search of assessment {case}");
        let one = format!("assessment_id = {}", db.literal(&case.uuid().to_string()));
        let other = db.literal(&uuid::Uuid::from_u128(77).to_string());
        for (sql, reasons) in [
            (format!("UPDATE assessment_search SET words = words || ' zzz' WHERE {one}"), &["is not what follows"][..]),
            (format!("UPDATE assessment_search SET organisation_id = {other} WHERE {one}"), &["one too many", "is missing"]),
            (format!("UPDATE assessment_search SET assessment_id = {other} WHERE {one}"), &["is missing", "no such assessment"]),
            (format!("DELETE FROM assessment_search WHERE assessment_id = {other} OR {one}"), &["is missing"]),
        ] {
            assert_eq!(db.tamper(&sql).await, 1);
            let found = faults(db, &[]).await;
            assert_eq!(found.len(), reasons.len(), "{sql}: {found:?}");
            for reason in reasons {
                let named = found.iter().any(|fault| fault.place.starts_with("assessment_search of ") && fault.reason.contains(reason));
                assert!(named, "{sql}: {found:?}");
            }
            if reasons.len() == 1 {
                assert!(found[0].place == place && found[0].reason.contains(&reference), "{found:?}");
            }
        }
        body.app.rederive(body.id, body.moment, &mut |_| {}).await.unwrap();
        assert_eq!(faults(db, &[]).await, []);
        // What the index says of a case.
        let id = one.trim_start_matches("assessment_");
        let copies = if db.store.is_shared() {
            ["band = 'zzz'", "state = 'zzz', service_line = NULL"]
                .map(|copy| format!("UPDATE assessment_search SET {copy} WHERE {one}"))
        } else {
            ["77", "NULL"].map(|place| format!("UPDATE assessment SET place = {place} WHERE {id}"))
        };
        for copy in copies {
            assert_eq!(db.tamper(&copy).await, 1);
            let found = faults(db, &[]).await;
            assert!(found.len() == 1 && found[0].place == format!("assessment {case}"), "{found:?}");
            body.app.rederive(body.id, body.moment, &mut |_| {}).await.unwrap();
            assert_eq!(faults(db, &[]).await, []);
        }
        body.app.rederive(body.id, body.moment, &mut |_| {}).await.unwrap();
        assert_eq!(faults(db, &[]).await, []);
    }

    async fn a_derived_column_of_a_case_that_was_changed_is_found(db) {
        let (_, case, _) = derived(db).await;
        let filter = format!("id = {}", db.literal(&case.uuid().to_string()));
        expect_every_column_is_guarded(db, &[], "assessment", &filter, &format!("assessment {case}"), &[
            ("decision_order", Change::Word("2030-01-01")),
            ("band", Change::Word("unrated")),
            ("band", Change::Null),
            ("risk_order", Change::Number),
            ("clock_due", Change::Word("2020-01-01")),
            ("reexamination_due", Change::Word("2020-01-01")),
        ]).await;
    }

    async fn a_forged_share_opens_no_record_and_no_file(db) {
        let app = app(db);
        let (body, other) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        body.app.publish::<Workflow>(None, &body.code, workflow("local", 1, "First").to_string(), body.moment).await.unwrap();
        body.set(Settings { workflow: "local".into(), ..Settings::default() }).await.unwrap();
        let case = body.import().await;
        let (author, stranger) = (body.who(Role::Author), other.who(Role::Auditor));
        let bytes = b"%PDF-1.4 synthetic".to_vec();
        let file = app.attach(author, case, "Paper.pdf", "application/pdf", bytes, body.moment).await.unwrap().id;
        body.go(Role::Author, case, "send").await.unwrap();
        body.go(Role::EqualityLead, case, "recommend").await.unwrap();
        let sha256 = app.view(author, case).await.unwrap().case.process.outcomes[0].record.clone();
        let share = |id: &str| db.literal(id);
        let sql = format!(
            "INSERT INTO assessment_share (assessment_id, organisation_id, level) VALUES ({}, {}, 'read')",
            share(&case.uuid().to_string()), share(&other.id.uuid().to_string())
        );
        assert_eq!(db.tamper(&sql).await, 1);
        assert!(app.summaries(stranger, &[case]).await.unwrap().contains_key(&case), "lists believe it");
        assert!(app.find_record(stranger, case, &sha256).await.unwrap().is_none());
        assert!(app.attachment(stranger, file).await.unwrap().is_none());
        assert!(app.find_record(author, case, &sha256).await.unwrap().is_some());
        assert!(app.attachment(author, file).await.unwrap().is_some());
        let found = faults(db, &[]).await;
        assert!(found.iter().any(|fault| fault.place == format!("assessment_share of assessment {case}")), "{found:?}");
        // An operator writes anew what is derived.
        app.rederive(body.id, body.moment, &mut |_| {}).await.unwrap();
        assert!(!app.summaries(stranger, &[case]).await.unwrap().contains_key(&case));
        assert_eq!(faults(db, &[]).await, []);
    }
}
