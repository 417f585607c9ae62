//! A whole panel at once: fifty members review while their chair concludes. All synthetic.

use ehia::domain::{event::EventKind, id::Identifier, permission::Role, settings::Settings};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    on_both,
    stage::{Player, Stage},
};

const MEMBERS: usize = 50;

on_both! {
    async fn fifty_review_while_the_chair_concludes_and_nothing_is_lost(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let mut members: Vec<Player> = Vec::new();
        for number in 0..MEMBERS {
            let role = if number == 0 { Role::EqualityLead } else { Role::Reviewer };
            members.push(stage.at_home(&format!("member{number}"), role).await);
        }
        let case = stage.case(&author).await;
        stage.done(&author, "transitionAssessment", case, json!({ "transition": "submit", "expectedRevision": 1 })).await;
        let seated: Vec<String> = members.iter().chain([&chair]).map(Player::id).collect();
        let seats = json!([{ "person": members[MEMBERS / 2].id(), "seat": "vice chair" }, { "person": members[MEMBERS / 2 + 1].id(), "seat": "clinical" }]);
        stage.done(&secretary, "assignPanel", case, json!({ "members": seated, "seats": seats })).await;
        // All declare at once, too.
        let declared = members.iter().chain([&chair]).map(|who| stage.done(who, "declareInterest", case, json!({ "interest": "NONE" })));
        join_all(declared).await;

        let review = |who: usize| json!({ "expectedRevision": 1, "recommendation": "APPROVE", "summary": format!("Sound, says {who}.") });
        let conclude = json!({ "transition": "approve", "expectedRevision": 1, "comment": "Enough have reviewed.",
            "outcome": { "attendees": [{ "person": chair.id() }] } });
        // The chair tries until there is a quorum.
        let concluded = async {
            for _ in 0..1000 {
                let payload = stage.command(&chair, "transitionAssessment", case, conclude.clone()).await.unwrap();
                if payload["errors"] == json!([]) {
                    return payload;
                }
                let codes: Vec<&str> = payload["errors"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
                assert!(codes.iter().all(|code| ["BLOCKED", "CONFLICT"].contains(code)), "{payload:#}");
            }
            panic!("the chair never came to conclude");
        };
        let reviews = members.iter().enumerate().map(|(number, who)| stage.command(who, "submitReview", case, review(number)));
        let (concluded, reviews) = tokio::join!(concluded, join_all(reviews));
        assert_eq!(concluded["assessment"]["state"]["name"], json!("approved"));

        // Whoever was told that their review was taken has one, and nobody else; who came after the conclusion was told so.
        let kept: Vec<bool> = reviews.iter().map(|told| told.as_ref().is_ok_and(|payload| payload["errors"] == json!([]))).collect();
        for told in reviews.iter().zip(&kept).filter(|(_, kept)| !**kept).map(|(told, _)| told) {
            let code = told.clone().map_or_else(|code| code, |payload| payload["errors"][0]["code"].as_str().unwrap().to_owned());
            assert!(["FORBIDDEN", "CONFLICT"].contains(&code.as_str()), "{told:#?}");
        }
        let view = stage.app.view(&secretary.actor, case).await.unwrap();
        let mut stored: Vec<String> = view.case.process.reviews.iter().map(|review| review.reviewer.global()).collect();
        let mut expected: Vec<String> = members.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(who, _)| who.id()).collect();
        stored.sort();
        expected.sort();
        assert_eq!(stored, expected);
        assert!(stored.len() >= 4, "the conclusion rests on a quorum");
        for seat in ["equality", "vice chair", "clinical"] {
            let voted = &view.case.process.outcomes[0].voted;
            assert!(voted.iter().any(|one| one.seat == seat), "nobody of {seat} among {voted:?}");
        }

        // The outcome was recorded once, the record has the reviews that were in, and every step is in the history once.
        let outcomes = &view.case.process.outcomes;
        assert_eq!(outcomes.len(), 1);
        let record = stage.app.find_record(&secretary.actor, case, &outcomes[0].record).await.unwrap().unwrap();
        let recorded = record.document["reviews"].as_array().map_or(0, Vec::len);
        // The panel's review ends with its conclusion, so what it had before it is all there is.
        assert_eq!(recorded, stored.len());
        let history = "query($id: ID!, $after: String) { assessment(id: $id) { history(first: 100, after: $after) { nodes { kind } pageInfo { hasNextPage endCursor } } } }";
        let (mut kinds, mut after): (Vec<String>, Value) = (Vec::new(), Value::Null);
        loop {
            let page = stage.read(&secretary, history, json!({ "id": case.global(), "after": after })).await;
            let page = page["assessment"]["history"].clone();
            kinds.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["kind"].as_str().unwrap().to_owned()));
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        let count = |kind: EventKind| kinds.iter().filter(|one| *one == kind.as_str()).count();
        assert_eq!(count(EventKind::ReviewSubmitted), stored.len());
        assert_eq!(count(EventKind::InterestDeclared), MEMBERS + 1);
        assert_eq!(count(EventKind::OutcomeRecorded), 1);
    }
}
