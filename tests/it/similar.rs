//! Similar cases: earlier ones, with why, and only such as may be read.

use std::sync::atomic::Ordering;

use ehia::{
    app::Edit,
    domain::{
        case::ShareLevel,
        id::{AssessmentId, Identifier as _},
        permission::{Actor, Role},
        similar::Similar,
    },
};
use serde_json::json;

use crate::{
    footprints,
    support::{
        on_both,
        people::{Body, app},
    },
};

async fn alike(body: &Body, reader: &Actor, case: AssessmentId) -> Vec<(AssessmentId, Similar)> {
    let view = body.app.view(reader, case).await.unwrap();
    let found = body.app.similar(reader, &view, 20).await.unwrap();
    found.into_iter().map(|(summary, similar)| (summary.head.id, similar)).collect()
}

async fn ids(body: &Body, reader: &Actor, case: AssessmentId) -> Vec<AssessmentId> {
    alike(body, reader, case).await.into_iter().map(|(id, _)| id).collect()
}

/// A case with nothing but a title, then with these edits.
async fn written(body: &Body, title: &str, edits: Vec<Edit>) -> AssessmentId {
    let author = body.who(Role::Author);
    let document = json!({"format": "ehia/assessment/1", "key": title, "synthetic": true, "label": "Synthetic", "title": title});
    let imported = body.app.import(author, &body.code, document, None, body.moment).await.unwrap();
    let view = &imported.changed.view;
    body.app.edit(author, view.case.id, view.case.version, edits, None, body.moment).await.unwrap();
    view.case.id
}

fn proposal(fields: &serde_json::Value) -> Edit {
    Edit::Proposal(fields.as_object().unwrap().clone())
}

on_both! {
    async fn earlier_cases_are_told_with_why(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let (first, second) = (body.import().await, body.import().await);
        let auditor = body.who(Role::Auditor);
        assert_eq!(alike(&body, auditor, first).await, [], "the other is later");
        let found = alike(&body, auditor, second).await;
        assert_eq!(found.len(), 1);
        let (id, similar) = &found[0];
        assert_eq!((*id, similar.points), (first, 100));
        let view = body.app.view(auditor, second).await.unwrap();
        let line = view.case.content.proposal.service_line.clone().unwrap();
        for reason in ["It touches the same groups: ", &format!("The same service line: {line}."), "The same places: ", "The same kind of change: ", "Many of the same words: "] {
            assert!(similar.reasons.iter().any(|said| said.starts_with(reason)), "{reason}: {:?}", similar.reasons);
        }
        // Three statements: what they share, their words, and what lists show of them.
        let before = db.statements.load(Ordering::Relaxed);
        body.app.similar(auditor, &view, 20).await.unwrap();
        assert_eq!(db.statements.load(Ordering::Relaxed) - before, 3);
    }

    async fn each_of_the_things_compared_finds_a_case(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let auditor = body.who(Role::Auditor);
        let line = proposal(&json!({"serviceLine": "Renal", "kindOfChange": "CLOSURE"}));
        let place = proposal(&json!({"footprint": ["E07000145"], "kindOfChange": "CLOSURE"}));
        let kind = proposal(&json!({"kindOfChange": "CLOSURE"}));
        let words = "Dialysis fistula haemodialysis nephrology catheter outreach";
        let by_line = written(&body, "One", vec![line]).await;
        let by_place = written(&body, "Two", vec![place]).await;
        let by_kind = written(&body, "Three", vec![kind]).await;
        let by_words = written(&body, "Four", vec![proposal(&json!({"summary": words}))]).await;
        let all = json!({"serviceLine": "renal", "kindOfChange": "CLOSURE", "footprint": ["E07000145"], "summary": words});
        let case = written(&body, "Five", vec![proposal(&all)]).await;
        let found = alike(&body, auditor, case).await;
        let of: Vec<_> = found.iter().map(|(id, similar)| (*id, similar.points)).collect();
        assert_eq!(of, [(by_line, 35), (by_place, 25), (by_words, 20)], "{by_kind} has too little");
        assert_eq!(found[1].1.reasons, ["The same places: E07000145.", "The same kind of change: closure."]);
    }

    async fn footprints_are_compared_by_where_they_are_and_not_by_what_is_written(db) {
        let app = app(db);
        footprints::load(&app).await;
        let body = Body::new(&app, "T6Y0W").await;
        let line = |footprint: &[&str]| {
            vec![proposal(&json!({"serviceLine": "Renal", "footprint": footprint}))]
        };
        let board = written(&body, "One", line(&["E54000022"])).await;
        let elsewhere = written(&body, "Two", line(&["E09000012"])).await;
        let lsoa = written(&body, "Three", line(&["E01026791"])).await;
        let norwich = written(&body, "Four", line(&["E07000148"])).await;
        let found: Vec<_> = alike(&body, body.who(Role::Auditor), norwich).await;
        let said = |case: AssessmentId| {
            let (_, similar) = found.iter().find(|(id, _)| *id == case).unwrap();
            assert_eq!(similar.reasons[0], "The same service line: Renal.");
            (similar.points, similar.reasons[1..].join(" "))
        };
        assert_eq!(said(board).1, "Places that overlap: Norwich, where 143,913 people live.");
        assert!(said(board).0 > said(lsoa).0 && said(lsoa).0 > 25, "{found:?}");
        assert!(said(lsoa).1.starts_with("Places that overlap: part of Norwich, where 1,"), "{found:?}");
        assert_eq!(said(elsewhere), (25, String::new()));
    }

    async fn only_cases_that_may_be_read_are_told(db) {
        let app = app(db);
        let theirs = Body::new(&app, "QMM").await;
        let body = Body::new(&app, "T6Y0W").await;
        let hidden = theirs.import().await;
        let own = body.import().await;
        let case = body.import().await;
        let auditor = body.who(Role::Auditor);
        assert_eq!(ids(&body, auditor, case).await, [own]);
        for (level, told) in [
            (ShareLevel::Stub, vec![own]),
            (ShareLevel::Read, vec![own, hidden]),
            (ShareLevel::Review, vec![own, hidden]),
            (ShareLevel::None, vec![own]),
        ] {
            app.share(theirs.who(Role::Author), hidden, &body.code, level, None, body.moment).await.unwrap();
            assert_eq!(ids(&body, auditor, case).await, told, "{level}");
        }
        // Another author reads no draft of a colleague, and so hears of none.
        let colleague = Actor { person: body.who(Role::Reviewer).person, ..body.who(Role::Author).clone() };
        assert!(app.view(&colleague, case).await.is_err());
        let view = app.view(auditor, case).await.unwrap();
        assert_eq!(app.similar(&colleague, &view, 20).await.unwrap().len(), 0);
        let stranger = app.similar(theirs.who(Role::Auditor), &view, 20).await.unwrap();
        assert_eq!(stranger.iter().map(|(summary, _)| summary.head.id).collect::<Vec<_>>(), [hidden]);
    }

    async fn cases_without_words_are_compared_by_the_rest(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let (first, second) = (body.import().await, body.import().await);
        let one = db.literal(&first.uuid().to_string());
        db.tamper(&format!("DELETE FROM assessment_search WHERE assessment_id = {one}")).await;
        let found = alike(&body, body.who(Role::Auditor), second).await;
        assert_eq!((found[0].0, found[0].1.points), (first, 80));
    }
}
