//! Who sits on the panel, who cannot, and what is told to whom about people.

use ehia::domain::{
    calendar::{self, Moment},
    id::Identifier,
    notify::NoticeKind,
    permission::Role,
    settings::Settings,
};
use serde_json::json;

use crate::support::{
    on_both,
    stage::{Stage, of_anybody},
};

on_both! {
    async fn only_writers_of_the_organisation_are_named_among_those_whose_proposal_it_is(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
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

    async fn a_list_of_tasks_says_of_each_case_what_an_undeclared_member_may_know(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let reviewer = stage.at_home("reviewer", Role::Reviewer).await;
        let case = stage.case(&author).await;
        stage.done(&author, "transitionAssessment", case, json!({"transition": "submit", "expectedRevision": 1})).await;
        stage.done(&secretary, "assignPanel", case, json!({"members": [reviewer.id()]})).await;
        let tasks = "{ viewer { tasks { nodes { kind assessmentId stub { reference title standing organisation { odsCode } } } } } }";
        let told = stage.read(&reviewer, tasks, json!({})).await["viewer"]["tasks"]["nodes"].clone();
        let view = stage.app.view(&secretary.actor, case).await.unwrap();
        let stub = json!({"reference": view.case.reference, "title": view.case.content.title, "standing": "PENDING", "organisation": {"odsCode": "T6Y0W"}});
        assert_eq!(told, json!([{"kind": "DECLARE_INTEREST", "assessmentId": case.global(), "stub": stub}]));
    }

    async fn what_is_said_after_a_deferral_is_the_panels_until_it_concludes(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
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
        stage.done(&secretary, "assignPanel", case, json!({"members": [chair.id(), reviewer.id()]})).await;
        for member in [&chair, &reviewer] {
            stage.done(member, "declareInterest", case, json!({"interest": "NONE"})).await;
        }
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

    async fn before_they_declare_a_member_sees_whose_case_it_is_and_what_of_that_is_theirs(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let author = stage.at_home("author", Role::Author).await;
        let writer = stage.player("writer", &[(stage.home, Role::Author), (stage.home, Role::Reviewer)]).await;
        let member = stage.at_home("member", Role::Reviewer).await;
        let colleague = stage.at_home("colleague", Role::Reviewer).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let partner = stage.player("partner", &[(stage.partner, Role::EqualityLead)]).await;
        // The writer began a case of the same service, to which the author contributes.
        let theirs = stage.case(&writer).await;
        stage.edit(&writer, theirs, json!([{"contributors": [author.id()]}])).await;
        let case = stage.case(&author).await;
        stage.done(&author, "shareAssessment", case, json!({"organisation": "DEMO1", "level": "STUB"})).await;
        let assigned = json!({"members": [writer.id(), member.id()]});
        stage.done(&secretary, "assignPanel", case, assigned).await;
        let reference = async |id| stage.app.view(&author.actor, id).await.unwrap().case.reference.clone();
        let (own, other) = (reference(case).await, reference(theirs).await);
        let query = "query($r: String!) { assessmentStub(reference: $r) { title assessment { title }
            people { relation party { name } } interestHints { kind person { name } organisation references } } }";
        let told = async |who| stage.read(who, query, json!({"r": own})).await["assessmentStub"].clone();
        let seen = told(&writer).await;
        assert_eq!(seen["assessment"], json!(null), "and nothing more");
        let people: Vec<_> = seen["people"].as_array().unwrap().iter().map(|one| (&one["relation"], &one["party"]["name"])).collect();
        assert_eq!(people, [(&json!("AUTHOR"), &json!("author")), (&json!("SRO"), &json!("Dr Helena Marsh"))]);
        let hint = |kind: &str, person: serde_json::Value| json!({"kind": kind, "person": person, "organisation": null, "references": [other]});
        assert_eq!(seen["interestHints"], json!([hint("SAME_AUTHOR", json!({"name": "author"})), hint("SAME_TEAM", json!(null))]));
        let seen = told(&member).await;
        assert_eq!((seen["people"].as_array().unwrap().len(), &seen["interestHints"]), (2, &json!([])), "nothing is theirs");
        for who in [&colleague, &partner] {
            let seen = told(who).await;
            assert_eq!((&seen["people"], &seen["interestHints"]), (&json!([]), &json!([])), "no member of the panel");
        }
        stage.done(&member, "declareInterest", case, json!({"interest": "WITHDRAWN", "note": "Too close."})).await;
        assert_eq!(told(&member).await["people"], json!([]), "who withdrew sees nothing more");
    }

    async fn a_provider_in_which_a_member_holds_a_role_is_pointed_out_when_they_declare(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let member = stage.at_home("member", Role::Reviewer).await;
        let both = stage.player("both", &[(stage.home, Role::Reviewer), (stage.partner, Role::Reviewer)]).await;
        let query = "query($r: String!) { assessmentStub(reference: $r) { interestHints { kind person { name } organisation references } } }";
        let hint = json!([{"kind": "SAME_PROVIDER", "person": null, "organisation": "Synthetic Partner Trust", "references": []}]);
        for (named, hinted) in [("synthetic partner  trust", hint), ("Another trust (synthetic)", json!([]))] {
            let case = stage.case(&author).await;
            stage.edit(&author, case, json!([{"sro": {"name": "Dr Helena Marsh", "organisation": named}}])).await;
            stage.done(&secretary, "assignPanel", case, json!({"members": [both.id(), member.id()]})).await;
            let reference = stage.app.view(&author.actor, case).await.unwrap().case.reference.clone();
            let told = async |who| stage.read(who, query, json!({"r": reference})).await["assessmentStub"]["interestHints"].clone();
            assert_eq!(told(&both).await, hinted, "{named}");
            assert_eq!(told(&member).await, json!([]), "they hold no role there");
        }
    }

    async fn a_panel_that_cannot_be_quorate_is_refused_when_it_is_assigned(database) {
        let stage = Stage::new(database, of_anybody(2)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let (one, two) = (stage.at_home("one", Role::Reviewer).await, stage.at_home("two", Role::Reviewer).await);
        let case = stage.case(&author).await;
        let query = "mutation($input: AssignPanelInput!) { assignPanel(input: $input) { errors { code message path } } }";
        let refused = async |members: serde_json::Value| {
            let input = json!({"input": {"assessmentId": case.global(), "members": members}});
            stage.read(&secretary, query, input).await["assignPanel"]["errors"].clone()
        };
        let told = refused(json!([one.id()])).await;
        assert_eq!(told[0]["code"], "NOT_QUORATE");
        assert!(told[0]["message"].as_str().unwrap().contains("2 voting members, and there are 1"), "{told:#}");
        assert_eq!(told[0]["path"], json!(["members"]));
        let read = "query($id: ID!) { assessment(id: $id) { panel { name } } }";
        let read = stage.read(&secretary, read, json!({"id": case.global()})).await;
        assert_eq!(read["assessment"]["panel"], json!(null), "nobody is seated");
        assert_eq!(refused(json!([one.id(), two.id()])).await, json!([]));
        stage.done(&two, "declareInterest", case, json!({"interest": "WITHDRAWN", "note": "Too close."})).await;
        assert_eq!(refused(json!([one.id(), two.id()])).await[0]["code"], "NOT_QUORATE", "a withdrawal stands for the case");
    }

    async fn whoever_withdrew_is_written_to_no_more_and_asked_for_nothing_by_a_role(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let author = stage.player("author", &[(stage.home, Role::Author), (stage.home, Role::PanelChair)]).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let member = stage.at_home("member", Role::Reviewer).await;
        let case = stage.case(&author).await;
        stage.mail().await;
        let submit = json!({"transition": "submit", "expectedRevision": 1});
        stage.done(&author, "transitionAssessment", case, submit).await;
        stage.done(&secretary, "assignPanel", case, json!({"members": [member.id(), chair.id()]})).await;
        stage.done(&chair, "declareInterest", case, json!({"interest": "WITHDRAWN", "note": "My sister works there."})).await;
        // Nothing was sent yet: what was written to whoever withdrew since is dropped.
        let to: Vec<String> = stage.mail().await.into_iter().map(|message| message.to_name).collect();
        assert!(to.contains(&"member".to_owned()) && !to.contains(&"chair".to_owned()), "{to:?}");
        stage.done(&secretary, "assignPanel", case, json!({"members": [member.id()]})).await;
        stage.done(&member, "declareInterest", case, json!({"interest": "NONE"})).await;
        let review = json!({"expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound."});
        stage.done(&member, "submitReview", case, review).await;
        let to: Vec<(String, NoticeKind)> =
            stage.mail().await.into_iter().map(|message| (message.to_name, message.kind)).collect();
        assert_eq!(to, [("member".to_owned(), NoticeKind::ActionReceived), ("secretary".to_owned(), NoticeKind::ReviewsComplete)]);
        let other = stage.at_home("other", Role::PanelChair).await;
        let tasks = "{ viewer { tasks(first: 10) { totalCount nodes { kind } } } }";
        for (who, kinds) in [(&chair, vec![]), (&author, vec![]), (&other, vec!["CONCLUDE"])] {
            let told = stage.read(who, tasks, json!({})).await["viewer"]["tasks"].clone();
            let owed: Vec<&str> = told["nodes"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
            assert_eq!((owed, told["totalCount"].as_u64()), (kinds.clone(), Some(kinds.len() as u64)));
        }
        // Nor does the digest of the next day list it to them.
        let mut day = stage.moment.today + chrono::Days::new(1);
        while !calendar::is_working_day(day, &[]) {
            day = day + chrono::Days::new(1);
        }
        let morning = Moment { at: day.and_hms_opt(10, 0, 0).unwrap().and_utc(), today: day };
        stage.app.post_digests(morning).await.unwrap();
        let told = stage.app.claim_messages("test", chrono::Duration::minutes(1), 100, morning).await.unwrap().ready;
        let digests: Vec<&str> = told.iter().filter(|one| one.digest.as_ref().is_some_and(|digest| !digest.owed.is_empty())).map(|one| one.to_name.as_str()).collect();
        assert!(digests.contains(&"other") && !digests.contains(&"chair") && !digests.contains(&"author"), "{digests:?}");
        let panel = "query($id: ID!) { assessment(id: $id) { panel { members { declarations { interest by { name } note } } } } }";
        let told = stage.read(&member, panel, json!({"id": case.global()})).await["assessment"]["panel"]["members"][0].clone();
        assert_eq!(told["declarations"], json!([{"interest": "NONE", "by": {"name": "member"}, "note": null}]));
    }

    async fn a_seat_ends_with_the_role_it_goes_with(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
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
