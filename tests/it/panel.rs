//! Who sits on the panel, who cannot, and what is told to whom about people.

use ehia::domain::{permission::Role, settings::Settings};
use serde_json::json;

use crate::support::{on_both, stage::Stage};

on_both! {
    async fn only_writers_of_the_organisation_are_named_among_those_whose_proposal_it_is(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let writer = stage.at_home("writer", Role::Author).await;
        let sponsor = stage.at_home("sponsor", Role::Sro).await;
        let reviewer = stage.at_home("reviewer", Role::Reviewer).await;
        let partner = stage.player("partner", &[(stage.partner, Role::Author)]).await;
        let both = stage.player("both", &[(stage.home, Role::Author), (stage.home, Role::Reviewer)]).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let case = stage.case(&author).await;
        stage.done(&author, "shareAssessment", case, json!({"organisation": "DEMO1", "level": "REVIEW"})).await;
        stage.done(&secretary, "assignPanel", case, json!({"members": [both.id()]})).await;

        let refused = async |edit| {
            let version = stage.version(&author, case).await;
            stage.refused(&author, "editAssessment", case, json!({"expectedVersion": version, "edits": [edit]})).await
        };
        let told = |code: &str, path: &str| vec![(code.to_owned(), path.to_owned())];
        for somebody in [&reviewer, &partner] {
            let edit = json!({"contributors": [writer.id(), somebody.id()]});
            assert_eq!(refused(edit).await, told("NOT_FOUND", "contributors/1"));
        }
        for somebody in [&reviewer, &partner, &writer] {
            assert_eq!(refused(json!({"sro": {"person": somebody.id()}})).await, told("NOT_FOUND", "sro/person"));
        }
        assert_eq!(refused(json!({"contributors": [both.id()]})).await, told("ON_THE_PANEL", "contributors/0"));

        stage.edit(&author, case, json!([{"contributors": [writer.id()]}, {"sro": {"person": sponsor.id()}}])).await;
        let members = json!({"members": [reviewer.id(), partner.id(), both.id()]});
        let refused = stage.refused(&secretary, "assignPanel", case, members).await;
        let nobody = format!("members/{}", partner.person());
        assert_eq!(refused, told("NOT_FOUND", &nobody), "a writer of a partner reviews nothing");
        stage.done(&secretary, "assignPanel", case, json!({"members": [reviewer.id(), both.id()]})).await;
    }

    async fn what_is_wrong_with_people_is_told_only_to_whoever_may_name_them(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let reviewer = stage.at_home("reviewer", Role::Reviewer).await;
        let partner = stage.player("partner", &[(stage.partner, Role::PanelChair)]).await;
        let case = stage.case(&author).await;
        stage.done(&author, "shareAssessment", case, json!({"organisation": "DEMO1", "level": "STUB"})).await;
        let nobody = "person:01900000-0000-7000-8000-00000000beef".to_owned();
        for who in [reviewer.id(), author.id(), nobody] {
            let asked = [
                ("assignPanel", json!({"members": [who]})),
                ("editAssessment", json!({"expectedVersion": 1, "edits": [{"contributors": [who]}]})),
                ("editAssessment", json!({"expectedVersion": 1, "edits": [{"sro": {"person": who}}]})),
                ("transitionAssessment", json!({"transition": "approve", "expectedRevision": 1, "outcome": {"attendees": [{"person": who}]}})),
            ];
            for (field, input) in asked {
                let told = stage.command(&partner, field, case, input).await;
                assert_eq!(told.unwrap_err(), "FORBIDDEN", "{field} about {who}");
            }
        }
    }

    async fn what_is_said_after_a_deferral_is_the_panels_until_it_concludes(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let reviewer = stage.at_home("reviewer", Role::Reviewer).await;
        let case = stage.case(&author).await;
        let step = |transition: &str, more: serde_json::Value| {
            let mut input = json!({"transition": transition, "expectedRevision": 1, "comment": "Because of what was found."});
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let attended = json!({"outcome": {"attendees": [{"person": chair.id()}]}});
        stage.done(&author, "transitionAssessment", case, step("submit", json!({}))).await;
        stage.done(&secretary, "assignPanel", case, json!({"members": [reviewer.id()]})).await;
        stage.done(&reviewer, "declareInterest", case, json!({"interest": "NONE"})).await;
        stage.done(&chair, "transitionAssessment", case, step("defer", attended.clone())).await;
        stage.done(&chair, "transitionAssessment", case, step("resume", json!({}))).await;
        let review = json!({"expectedRevision": 1, "recommendation": "RETURN", "summary": "Not yet."});
        stage.done(&reviewer, "submitReview", case, review).await;
        let reviews = async || stage.app.view(&author.actor, case).await.unwrap().reviews(&author.actor).len();
        assert_eq!(reviews().await, 0, "the panel has not concluded with it");
        let mut returned = step("return", attended);
        returned["paths"] = json!([["impacts"]]);
        stage.done(&chair, "transitionAssessment", case, returned).await;
        assert_eq!(reviews().await, 1);
    }

    async fn a_seat_ends_with_the_role_it_goes_with(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let roles = [(stage.home, Role::PanelChair), (stage.home, Role::Reviewer)];
        let member = stage.player("member", &roles).await;
        let case = stage.case(&author).await;
        let seat = async || {
            let view = stage.app.view(&secretary.actor, case).await.unwrap();
            view.case.process.panel.as_ref().unwrap().members[0].seat.clone()
        };
        stage.done(&secretary, "assignPanel", case, json!({"seats": [{"person": member.id(), "seat": "chair"}]})).await;
        assert_eq!(seat().await, "chair");
        let gone = format!("UPDATE role_grant SET role = 'sro' WHERE role = '{}'", Role::PanelChair.to_sql());
        sea_orm::ConnectionTrait::execute_unprepared(&database.behind().await, &gone).await.unwrap();
        stage.done(&secretary, "assignPanel", case, json!({"members": [member.id()]})).await;
        assert_eq!(seat().await, "member");
    }
}
