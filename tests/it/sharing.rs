//! What other organisations see, are told and may do of a case that is shared with them.

use ehia::{
    app::{Error, PanelDraft},
    domain::{
        case::ShareLevel,
        id::{AssessmentId, Identifier},
        page::Window,
        permission::Role,
        settings::Settings,
    },
};
use serde_json::{Value, json};

use crate::support::{
    on_both,
    stage::{HOME, PARTNER, Player, Stage, of_anybody},
};

async fn share(stage: &Stage, who: &Player, case: AssessmentId, with: &str, level: &str) {
    stage.done(who, "shareAssessment", case, json!({"organisation": with, "level": level})).await;
}

async fn reference(stage: &Stage, who: &Player, case: AssessmentId) -> String {
    stage.app.view(&who.actor, case).await.unwrap().case.reference.clone()
}

const LISTED: &str = "query($r: String!) {
    sharedAssessments { totalCount nodes { reference title standing organisation { odsCode } assessment { title } } pageInfo { hasNextPage } }
    assessmentStub(reference: $r) { reference standing assessment { title } }
}";

on_both! {
    async fn what_is_shared_is_listed_and_found_as_far_as_it_may_be_known(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let partner = stage.player("partner", &[(stage.partner, Role::Reviewer)]).await;
        let case = stage.case(&author).await;
        let other = stage.case(&author).await;
        let named = reference(&stage, &author, case).await;
        let hidden = reference(&stage, &author, other).await;
        let asked = async |who: &Player, named: &str| stage.read(who, LISTED, json!({"r": named})).await;

        let none = json!({"sharedAssessments": {"totalCount": 0, "nodes": [], "pageInfo": {"hasNextPage": false}}, "assessmentStub": null});
        assert_eq!(asked(&partner, &named).await, none);
        for (level, readable) in [("STUB", false), ("READ", true), ("REVIEW", true)] {
            share(&stage, &author, case, PARTNER, level).await;
            let told = asked(&partner, &named).await;
            let list = &told["sharedAssessments"];
            assert_eq!((&list["totalCount"], &list["nodes"][0]["reference"]), (&json!(1), &json!(named)));
            assert_eq!(list["nodes"][0]["organisation"]["odsCode"], HOME);
            assert_eq!(list["nodes"][0]["assessment"].is_object(), readable, "{level}");
            assert_eq!(told["assessmentStub"]["reference"], json!(named));
            assert_eq!(told["assessmentStub"]["assessment"].is_object(), readable, "{level}");
            assert_eq!(asked(&partner, &hidden).await["assessmentStub"], Value::Null);
        }
        share(&stage, &author, case, PARTNER, "NONE").await;
        assert_eq!(asked(&partner, &named).await, none);
        assert_eq!(asked(&author, &named).await["sharedAssessments"]["totalCount"], 0, "one's own are not shared with one");
        assert!(asked(&author, &named).await["assessmentStub"]["assessment"].is_object());
    }

    async fn the_organisation_shared_with_is_told_and_nobody_else_learns_with_whom(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let auditor = stage.at_home("auditor", Role::Auditor).await;
        let governs = stage.player("governs", &[(stage.partner, Role::Governance)]).await;
        let administers = stage.player("administers", &[(stage.partner, Role::Administrator)]).await;
        let writes = stage.player("writes", &[(stage.partner, Role::Author)]).await;
        let third = ehia::app::NewOrganisation {
            ods_code: "DEMO2".into(), name: "Synthetic Council".into(), kind: ehia::domain::organisation::OrganisationKind::Council,
            opened: None, closed: None, settings: Settings::default(),
        };
        let third = stage.app.set_up_organisation(third, stage.moment).await.unwrap().id;
        let council = stage.player("council", &[(third, Role::Author)]).await;
        let case = stage.case(&author).await;
        share(&stage, &author, case, "DEMO2", "READ").await;
        share(&stage, &author, case, PARTNER, "STUB").await;
        let mut told: Vec<_> = stage.mail().await.into_iter().filter(|one| one.kind.as_str() == "SHARED")
            .map(|one| (one.to_name, one.facts.what.unwrap(), one.facts.actor.unwrap())).collect();
        told.sort();
        let what = "its reference, title and standing".to_owned();
        assert_eq!(told, [("administers".to_owned(), what.clone(), author.person()), ("governs".to_owned(), what, author.person())]);

        share(&stage, &author, case, PARTNER, "READ").await;
        let query = "query($id: ID!) { node(id: $id) { ... on Assessment { history(first: 100) { nodes { kind payload } } } } }";
        let shared = async |who: &Player| {
            let told = stage.read(who, query, json!({"id": case.global()})).await;
            let events = told["node"]["history"]["nodes"].as_array().unwrap().clone();
            let with = events.into_iter().filter(|event| event["kind"] == "ASSESSMENT_SHARED").map(|event| {
                let payload = &event["payload"];
                assert_eq!(payload.get("blind").is_some(), payload.get("organisation").is_some(), "{payload}");
                assert!(payload["level"].is_string());
                payload["organisation"].as_str().map(str::to_owned)
            });
            with.collect::<Vec<_>>()
        };
        let (partner, council_id) = (Some(stage.partner.to_string()), Some(third.to_string()));
        for who in [&author, &auditor] {
            assert_eq!(shared(who).await, [council_id.clone(), partner.clone(), partner.clone()], "its own people");
        }
        assert_eq!(shared(&writes).await, [None, partner.clone(), partner]);
        assert_eq!(shared(&governs).await[0], None);
        assert_eq!(shared(&administers).await[0], None);
        assert_eq!(shared(&council).await, [council_id, None, None]);
    }

    async fn only_what_is_shared_anew_or_further_is_mailed(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        stage.player("governs", &[(stage.partner, Role::Governance)]).await;
        let case = stage.case(&author).await;
        stage.mail().await;
        for (level, told) in [("READ", true), ("REVIEW", true), ("READ", false), ("STUB", false), ("NONE", false), ("STUB", true)] {
            share(&stage, &author, case, PARTNER, level).await;
            let mail: Vec<_> = stage.mail().await.into_iter().map(|one| one.kind.as_str()).collect();
            assert_eq!(mail, if told { vec!["SHARED"] } else { vec![] }, "{level}");
        }
    }

    async fn no_digest_lets_another_organisation_test_what_is_not_shared_with_it(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let auditor = stage.at_home("auditor", Role::Auditor).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Auditor)]).await;
        let case = stage.case(&author).await;
        share(&stage, &author, case, PARTNER, "READ").await;
        let version = stage.version(&author, case).await;
        stage.done(&author, "editAssessment", case, json!({"expectedVersion": version, "edits": [{"title": "Another"}]})).await;
        let query = "query($id: ID!) { node(id: $id) { ... on Assessment { history(first: 100) { nodes { id kind payload } } } } }";
        let one = "query($id: ID!) { node(id: $id) { ... on Event { payload } } }";
        let told = async |who: &Player| {
            let told = stage.read(who, query, json!({"id": case.global()})).await;
            let mut events = Vec::new();
            for event in told["node"]["history"]["nodes"].as_array().unwrap() {
                let alone = stage.read(who, one, json!({"id": event["id"]})).await;
                assert_eq!(alone["node"]["payload"], event["payload"]);
                events.push(event["payload"]["case"].clone());
            }
            events
        };
        assert_eq!(told(&theirs).await, [Value::Null, Value::Null, Value::Null]);
        for own in [&author, &auditor] {
            let blinds: std::collections::BTreeSet<String> = told(own).await.iter().map(|case| case["blind"].as_str().unwrap().to_owned()).collect();
            assert_eq!(blinds.len(), 3, "what nobody guesses keeps the digest of the payload from telling it");
        }
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }

    async fn no_seat_is_left_without_its_share_when_both_change_at_once(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let own = stage.at_home("own", Role::Reviewer).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Reviewer)]).await;
        let case = stage.case(&author).await;
        stage.done(&author, "transitionAssessment", case, json!({"transition": "submit", "expectedRevision": 1})).await;
        let mut ends = [0, 0];
        for round in 0..20 {
            share(&stage, &secretary, case, PARTNER, "REVIEW").await;
            stage.done(&secretary, "assignPanel", case, json!({"members": [own.id()]})).await;
            let begin = std::sync::Arc::new(tokio::sync::Barrier::new(2));
            let (app, moment, by, at) = (stage.app.clone(), stage.moment, secretary.actor.clone(), begin.clone());
            let ending = tokio::spawn(async move {
                let level = if round % 2 == 0 { ShareLevel::None } else { ShareLevel::Read };
                at.wait().await;
                while let Err(refused) = app.share(&by, case, PARTNER, level, None, moment).await {
                    assert!(matches!(refused, Error::Retry | Error::Conflict(_)), "{refused:?}");
                }
            });
            let (app, by) = (stage.app.clone(), chair.actor.clone());
            let members = vec![own.person(), theirs.person()];
            let seating = tokio::spawn(async move {
                begin.wait().await;
                let draft = PanelDraft { members, ..PanelDraft::default() };
                loop {
                    match app.assign_panel(&by, case, draft.clone(), None, moment).await {
                        Ok(_) => return true,
                        Err(Error::Retry | Error::Conflict(_)) => {}
                        Err(Error::Invalid(told)) if told[0].code == "NOT_FOUND" => return false,
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
            ending.await.unwrap();
            ends[usize::from(seating.await.unwrap())] += 1;
            let view = stage.app.view(&secretary.actor, case).await.unwrap();
            assert_ne!(view.case.shares.get(&stage.partner), Some(&ShareLevel::Review));
            let members: Vec<_> = view.case.process.panel.as_ref().unwrap().members.iter().map(|one| one.person).collect();
            assert_eq!(members, [own.person()], "round {round}: a seat without a share");
        }
        assert_eq!(ends.iter().sum::<usize>(), 20, "{ends:?}");
    }

    async fn whose_organisation_may_no_longer_review_leaves_the_panel(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let own = stage.at_home("own", Role::Reviewer).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Reviewer)]).await;
        let both = stage.player("both", &[(stage.partner, Role::Reviewer), (stage.home, Role::Reviewer)]).await;
        let case = stage.case(&author).await;
        share(&stage, &author, case, PARTNER, "REVIEW").await;
        stage.done(&author, "transitionAssessment", case, json!({"transition": "submit", "expectedRevision": 1})).await;
        let people = json!({"members": [own.id(), theirs.id(), both.id()]});
        stage.done(&secretary, "assignPanel", case, people).await;
        for member in [&own, &theirs, &both] {
            stage.done(member, "declareInterest", case, json!({"interest": "NONE"})).await;
        }
        let review = json!({"expectedRevision": 1, "recommendation": "APPROVE", "summary": "Read with care."});
        stage.done(&theirs, "submitReview", case, review.clone()).await;
        let less = json!({"organisation": PARTNER, "level": "READ"});
        let told = stage.refused(&author, "shareAssessment", case, less.clone()).await;
        assert_eq!(told, [("SEPARATION_OF_DUTIES".to_owned(), "organisation".to_owned())]);
        stage.done(&secretary, "shareAssessment", case, less).await;
        let view = stage.app.view(&secretary.actor, case).await.unwrap();
        let members: Vec<_> = view.case.process.panel.as_ref().unwrap().members.iter().map(|m| m.person).collect();
        assert_eq!(members, [own.person(), both.person()]);
        let history = stage.app.history(&secretary.actor, case, &Window { size: 100, ..Window::default() }).await.unwrap();
        let last = history.nodes.last().unwrap().1.clone();
        assert_eq!(last.summary, "Members whose organisation may no longer review left the panel.");
        assert_eq!(last.payload.unwrap()["left"], json!([theirs.person()]));
        assert_eq!(stage.command(&theirs, "submitReview", case, review.clone()).await.unwrap_err(), "FORBIDDEN");
        stage.done(&both, "submitReview", case, review).await;
    }

    async fn a_partner_confirms_what_is_relied_on_and_takes_it_back(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let sponsor = stage.at_home("sponsor", Role::Sro).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Governance)]).await;
        let case = stage.case(&author).await;
        stage.edit(&author, case, json!([{"sro": {"person": sponsor.id()}}, {"interdependency": {
            "kind": "RELIES_ON", "partner": {"name": "P. Artner", "organisation": "Synthetic Partner Trust"},
            "premise": "Four more beds.", "holdsWhen": "PARTNER_CONFIRMS"}}])).await;
        let edge = stage.app.view(&author.actor, case).await.unwrap().case.content.interdependencies.iter()
            .find(|edge| edge.premise.as_deref() == Some("Four more beds.")).unwrap().id.global();
        let said = |confirmed: bool, by: Value| json!({"interdependencyId": edge, "confirmed": confirmed, "confirmedBy": by,
            "on": stage.moment.today, "note": "Letter of today."});
        let query = "query($id: ID!) { node(id: $id) { ... on Assessment { interdependencies { premise holds confirmations {
            confirmed confirmedBy { name } note recordedBy { name } stands premise } } } } }";
        let reliance = async || {
            let told = stage.read(&author, query, json!({"id": case.global()})).await;
            let edges = told["node"]["interdependencies"].as_array().unwrap().clone();
            edges.into_iter().find(|edge| edge["premise"].as_str().unwrap_or_default().ends_with("more beds.")).unwrap()
        };
        assert_eq!(reliance().await["holds"], Value::Null);
        let told = stage.refused(&author, "confirmReliance", case, said(true, Value::Null)).await;
        assert_eq!(told, [("REQUIRED".to_owned(), "confirmedBy".to_owned())]);
        assert_eq!(stage.command(&theirs, "confirmReliance", case, said(true, Value::Null)).await.unwrap_err(), "NOT_FOUND");
        let by = json!({"name": "P. Artner"});
        stage.done(&author, "confirmReliance", case, said(true, by)).await;
        assert_eq!(reliance().await["holds"], true);

        share(&stage, &author, case, PARTNER, "STUB").await;
        assert_eq!(stage.command(&theirs, "confirmReliance", case, said(false, Value::Null)).await.unwrap_err(), "FORBIDDEN");
        share(&stage, &author, case, PARTNER, "READ").await;
        stage.mail().await;
        stage.done(&theirs, "confirmReliance", case, said(false, Value::Null)).await;
        let told = reliance().await;
        assert_eq!(told["holds"], false);
        assert_eq!(told["confirmations"], json!([
            {"confirmed": true, "confirmedBy": {"name": "P. Artner"}, "note": "Letter of today.", "recordedBy": {"name": "author"}, "stands": true, "premise": "Four more beds."},
            {"confirmed": false, "confirmedBy": {"name": "theirs"}, "note": "Letter of today.", "recordedBy": {"name": "theirs"}, "stands": true, "premise": "Four more beds."},
        ]));
        let mut told: Vec<_> = stage.mail().await.into_iter().map(|one| (one.kind.as_str(), one.to_name)).collect();
        told.sort();
        assert_eq!(told, [("RELIANCE_CHANGED", "author".to_owned()), ("RELIANCE_CHANGED", "sponsor".to_owned())]);

        stage.edit(&author, case, json!([{"interdependency": {"id": edge, "premise": "Eight more beds."}}])).await;
        let told = reliance().await;
        assert_eq!((&told["holds"], &told["confirmations"][1]["stands"]), (&Value::Null, &json!(false)), "nobody confirmed that");
    }

    async fn what_is_no_longer_shared_does_not_tell_how_it_ends(database) {
        for (level, known) in [("STUB", Some(false)), ("NONE", None)] {
            let stage = Stage::new(database, Settings::default()).await;
            let author = stage.player(&format!("author-{level}"), &[(stage.home, Role::Author)]).await;
            let theirs = stage.player(&format!("theirs-{level}"), &[(stage.partner, Role::Author)]).await;
            let case = stage.case(&author).await;
            share(&stage, &author, case, PARTNER, "STUB").await;
            let document = serde_json::from_str(include_str!("../../examples/03-heron-centre.json")).unwrap();
            let taken = stage.app.import(&theirs.actor, PARTNER, document, None, stage.moment).await.unwrap();
            let relying = taken.changed.view.case.id;
            stage.edit(&theirs, relying, json!([{"interdependency": {"kind": "RELIES_ON", "premise": "Four more beds.",
                "target": reference(&stage, &author, case).await, "holdsWhen": "TARGET_PROCEEDS"}}])).await;
            share(&stage, &author, case, PARTNER, level).await;
            let withdraw = json!({"transition": "withdraw", "expectedRevision": 1, "comment": "Not needed."});
            stage.done(&author, "transitionAssessment", case, withdraw).await;
            stage.app.work_reactions("test", chrono::Duration::minutes(1), 50, ehia::clock::now()).await.unwrap();
            let view = stage.app.view(&theirs.actor, relying).await.unwrap();
            let edges = &view.case.content.interdependencies;
            let edge = edges.iter().find(|edge| edge.premise.as_deref() == Some("Four more beds.")).unwrap();
            assert_eq!(view.case.process.holds.get(&edge.id).copied(), known, "{level}");
        }
    }

    async fn a_draft_that_is_withdrawn_stays_with_those_who_knew_it(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let sponsor = stage.at_home("sponsor", Role::Sro).await;
        let colleague = stage.at_home("colleague", Role::Author).await;
        let case = stage.case(&author).await;
        let sponsored = json!({"expectedVersion": 1, "edits": [{"sro": {"person": sponsor.id()}}], "idempotencyKey": "sponsor"});
        stage.done(&author, "editAssessment", case, sponsored.clone()).await;
        let withdraw = json!({"transition": "withdraw", "expectedRevision": 1, "comment": "Not needed."});
        stage.done(&author, "transitionAssessment", case, withdraw).await;
        let mut told: Vec<_> = stage.mail().await.into_iter().map(|one| (one.kind.as_str(), one.to_name)).collect();
        told.sort();
        assert_eq!(told, [("ACTION_RECEIVED", "author".to_owned()), ("WITHDRAWN", "sponsor".to_owned())]);
        let again = stage.command(&author, "editAssessment", case, json!({"expectedVersion": 2, "edits": [{"title": "Again"}]})).await;
        assert_eq!(again.unwrap_err(), "FORBIDDEN", "it is closed");
        let again = stage.done(&author, "editAssessment", case, sponsored).await;
        assert_eq!(again["state"]["name"], "withdrawn", "a replay returns the first outcome, whatever came since");
        let query = "query($id: ID!) { assessment(id: $id) { title } assessments { totalCount } }";
        let asked = async |who: &Player| stage.read(who, query, json!({"id": case.global()})).await;
        assert_eq!(asked(&colleague).await, json!({"assessment": null, "assessments": {"totalCount": 0}}));
        assert_eq!(asked(&author).await["assessments"]["totalCount"], 1);
    }

    async fn what_a_member_declared_is_read_by_the_panel_alone(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let member = stage.at_home("member", Role::Reviewer).await;
        let governance = stage.at_home("governance", Role::Governance).await;
        let case = stage.case(&author).await;
        stage.done(&author, "transitionAssessment", case, json!({"transition": "submit", "expectedRevision": 1})).await;
        stage.done(&secretary, "assignPanel", case, json!({"members": [member.id(), chair.id()]})).await;
        stage.done(&chair, "declareInterest", case, json!({"interest": "NONE"})).await;
        let note = "A relative works there.";
        stage.done(&member, "declareInterest", case, json!({"interest": "DECLARED_NOTED", "note": note})).await;
        let noted = json!({"member": member.id(), "interest": "DECLARED_NOTED"});
        stage.done(&chair, "declareInterest", case, noted).await;
        let review = json!({"expectedRevision": 1, "recommendation": "APPROVE", "summary": "Read with care."});
        stage.done(&member, "submitReview", case, review).await;
        let approve = json!({"transition": "approve", "expectedRevision": 1, "comment": "One is enough here.", "outcome": {"attendees": [{"person": member.id()}]}});
        stage.done(&chair, "transitionAssessment", case, approve).await;
        let query = "query($id: ID!) { assessment(id: $id) { panel { members { note interest } } outcomes { record { sha256 content } } } }";
        for (who, may) in [(&author, false), (&governance, false), (&member, true), (&secretary, true), (&chair, true)] {
            let told = stage.read(who, query, json!({"id": case.global()})).await;
            let seen = &told["assessment"]["panel"]["members"][0];
            assert_eq!(seen["note"], if may { json!(note) } else { Value::Null });
            assert_eq!(seen["interest"], "DECLARED_NOTED");
            let record = &told["assessment"]["outcomes"][0]["record"];
            assert!(!record.to_string().contains(note), "no record tells it");
            let bytes = ehia::domain::canonical::bytes(&record["content"]).unwrap();
            assert_eq!(record["sha256"], ehia::domain::canonical::sha256(&bytes), "and everybody reads the same");
        }
    }

    async fn groups_are_those_of_every_organisation_one_belongs_to(database) {
        let group = |code: &str, name: &str| ehia::domain::group::Group {
            code: code.into(), name: name.into(), kind: ehia::domain::group::GroupKind::Plus, parent: None, singly: false, source: None,
        };
        let home = Settings { groups: vec![group("plus.fenland", "Fenland"), group("plus.shared", "Ours")], ..Settings::default() };
        let stage = Stage::new(database, home).await;
        let partner = ehia::app::NewOrganisation {
            ods_code: PARTNER.into(), name: "Synthetic Partner Trust".into(), kind: ehia::domain::organisation::OrganisationKind::Trust,
            opened: None, closed: None,
            settings: Settings { groups: vec![group("plus.shared", "Theirs"), group("plus.coastal_towns", "Coast")], ..Settings::default() },
        };
        stage.app.set_up_organisation(partner, stage.moment).await.unwrap();
        let both = stage.player("both", &[(stage.home, Role::Author), (stage.partner, Role::Author)]).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Author)]).await;
        let own = async |who: &Player| {
            let told = stage.read(who, "{ groups(kind: PLUS) { code } }", json!({})).await;
            let codes = told["groups"].as_array().unwrap().iter().map(|group| group["code"].as_str().unwrap().to_owned());
            codes.filter(|code| ["plus.fenland", "plus.shared", "plus.coastal_towns"].contains(&code.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(own(&both).await, ["plus.fenland", "plus.shared", "plus.coastal_towns"]);
        assert_eq!(own(&theirs).await, ["plus.shared", "plus.coastal_towns"]);
    }

    async fn a_rehearsal_says_what_is_malformed(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let case = stage.case(&author).await;
        let dry = json!({"transition": "submit", "expectedRevision": 1, "comment": "x".repeat(20_001), "dryRun": true});
        assert_eq!(stage.refused(&author, "transitionAssessment", case, dry).await, [("TOO_LONG".to_owned(), "comment".to_owned())]);
        let unknown = json!({"transition": "levitate", "expectedRevision": 1, "dryRun": true});
        assert_eq!(stage.refused(&author, "transitionAssessment", case, unknown).await, [("INVALID".to_owned(), "transition".to_owned())]);
    }
}
