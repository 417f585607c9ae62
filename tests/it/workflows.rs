//! The other shipped workflows, all the way through the API.

use ehia::domain::{id::AssessmentId, permission::Role, settings::Settings};
use serde_json::{Value, json};

use crate::support::{
    on_both,
    stage::{Player, Stage},
};

const REASON: &str = "Because of what was found.";

fn workflow(key: &str) -> Settings {
    Settings { workflow: key.into(), ..Settings::default() }
}

fn step(transition: &str, more: Value) -> Value {
    let mut input = json!({"transition": transition, "expectedRevision": 1, "comment": REASON});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

/// Takes a transition that must be made, and says where the case is then.
async fn go(stage: &Stage, who: &Player, case: AssessmentId, transition: &str, more: Value) -> String {
    let after = stage.done(who, "transitionAssessment", case, step(transition, more)).await;
    after["state"]["name"].as_str().unwrap_or_else(|| panic!("{transition}: {after}")).to_owned()
}

fn attended(by: &Player) -> Value {
    json!({"outcome": {"attendees": [{"person": by.id()}]}})
}

/// A decision on all that is open, with reasons.
async fn decision(stage: &Stage, by: &Player, case: AssessmentId) -> Value {
    let view = stage.app.view(&by.actor, case).await.unwrap();
    let open = view.findings().iter().filter(|finding| finding.acceptable && finding.gate.is_some());
    let accepted: Vec<Value> =
        open.map(|finding| json!({"findingId": finding.id, "reason": "Known and weighed."})).collect();
    let body = json!([{"person": by.id()}]);
    json!({"decision": {
        "body": "Executive", "authority": "Scheme of delegation, section 4", "meeting": stage.moment.today,
        "outcome": "PROCEED_DESPITE_ADVERSE_IMPACT", "reasons": "The building cannot be made safe.",
        "present": body, "readBy": body, "statement": "Due regard was had to the three aims.",
        "acceptedFindings": accepted,
    }})
}

async fn review(stage: &Stage, case: AssessmentId, members: &[&Player]) {
    for member in members {
        let revision = stage.app.view(&member.actor, case).await.unwrap().case.revision;
        let review =
            json!({"expectedRevision": revision, "recommendation": "APPROVE", "summary": "Read with care."});
        stage.done(member, "submitReview", case, review).await;
    }
}

on_both! {
    async fn two_stages_go_to_a_decision_once_the_seats_are_filled(database) {
        let stage = Stage::new(database, workflow("qia-two-stage")).await;
        let author = stage.at_home("author", Role::Author).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let executive = stage.at_home("executive", Role::DecisionMaker).await;
        let mut members = Vec::new();
        for name in ["one", "two", "three"] {
            members.push(stage.at_home(name, Role::Reviewer).await);
        }
        let case = stage.case(&author).await;
        assert_eq!(go(&stage, &author, case, "submit_stage_one", json!({})).await, "stage_one_check");
        let mut stage_two = attended(&chair);
        let payload = stage.command(&chair, "transitionAssessment", case, step("require_stage_two", stage_two.clone())).await.unwrap();
        assert_eq!(payload["blockers"][0]["code"], "REQUIRED", "what is asked for is named: {payload:#}");
        stage_two["requests"] = json!([{"path": ["impacts"], "reason": "Who waits longer?"}]);
        assert_eq!(go(&stage, &chair, case, "require_stage_two", stage_two).await, "stage_two");
        let unanswered = stage.command(&author, "transitionAssessment", case, step("submit_stage_two", json!({}))).await.unwrap();
        assert_eq!(unanswered["blockers"][0]["code"], "UNANSWERED", "{unanswered:#}");
        let answers = json!({"answers": [{"path": ["impacts"], "text": "Nobody: the slots stay."}]});
        stage.done(&author, "answerReturn", case, answers).await;
        assert_eq!(go(&stage, &author, case, "submit_stage_two", json!({})).await, "stage_two_panel");

        let [one, two, three] = &members[..] else { unreachable!() };
        let people: Vec<String> = members.iter().chain([&chair]).map(Player::id).collect();
        let sit = |seats: Value| json!({"members": people, "seats": seats});
        let wrong = sit(json!([{"person": one.id(), "seat": "treasurer"}, {"person": two.id(), "seat": "chair"},
            {"person": two.id(), "seat": "nursing"}, {"person": two.id(), "seat": "Nursing"}, {"person": author.id(), "seat": "medical"}]));
        let told = stage.refused(&secretary, "assignPanel", case, wrong).await;
        let told: Vec<(&str, &str)> = told.iter().map(|(code, path)| (code.as_str(), path.as_str())).collect();
        assert_eq!(told, [
            ("NOT_FOUND", "seats/0/seat"), ("INVALID", "seats/1/seat"), ("DUPLICATE", "seats/3/seat"), ("NOT_FOUND", "seats/4/person"),
        ]);
        let three_seats = json!([{"person": one.id(), "seat": "Medical"}, {"person": one.id(), "seat": "clinical"}, {"person": one.id(), "seat": "quality"}]);
        let told = stage.refused(&secretary, "assignPanel", case, json!({"seats": three_seats})).await;
        assert!(told.iter().all(|(code, _)| code == "TOO_MANY"), "{told:?}");

        let short = stage.refused(&secretary, "assignPanel", case, sit(json!([{"person": one.id(), "seat": "Medical"}]))).await;
        assert_eq!(short, [("NOT_QUORATE".to_owned(), "members".to_owned())]);
        let seats = json!([{"person": one.id(), "seat": "Medical"}, {"person": two.id(), "seat": "nursing"}]);
        stage.done(&secretary, "assignPanel", case, sit(seats)).await;
        for member in members.iter().chain([&chair]) {
            stage.done(member, "declareInterest", case, json!({"interest": "NONE"})).await;
        }
        // What was answered is another revision.
        let second = |mut more: Value| {
            more["expectedRevision"] = json!(2);
            more
        };
        review(&stage, case, &[one, three, &chair]).await;
        let payload = stage.command(&chair, "transitionAssessment", case, step("endorse", second(attended(&chair)))).await.unwrap();
        let blockers = payload["blockers"].as_array().unwrap();
        let missing = "Quorum needs the seat nursing or quality among those who reviewed.";
        assert!(blockers.iter().any(|one| one["message"] == missing), "{payload:#}");
        review(&stage, case, &[two]).await;

        // Whoever is not named keeps their seat, and all of them what they declared and said.
        stage.done(&secretary, "assignPanel", case, sit(json!([]))).await;
        let panel = stage.read(&chair, "query($id: ID!) { node(id: $id) { ... on Assessment { panel { quorum members { seat interest reviewed } } workflow { seats } } } }",
            json!({"id": ehia::domain::id::Identifier::global(case)})).await;
        let member = |seat: &str| json!({"seat": seat, "interest": "NONE", "reviewed": true});
        assert_eq!(panel["node"]["panel"]["members"], json!([member("medical"), member("nursing"), member("member"), member("chair")]));
        assert_eq!(panel["node"]["panel"]["quorum"],
            "\"Return stage 2 for changes\", \"Endorse\" and \"Endorse with conditions\": 3 voting members who have reviewed the revision, \
             among them clinical or medical and nursing or quality. \"Accept as low risk\" asks for none: Stage 1 is checked by the chair \
             alone: nothing adverse scores above 8, and the executive signs it off. \"Ask for stage 2\" asks for none: Stage 1 is checked by \
             the chair alone: it only asks for stage 2, which the panel judges with its quorum.");
        assert!(panel["node"]["workflow"]["seats"].as_array().unwrap().contains(&json!("nursing")));
        assert_eq!(go(&stage, &chair, case, "endorse", second(attended(&chair))).await, "endorsed");
        let decided = second(decision(&stage, &executive, case).await);
        let refused = stage.command(&chair, "transitionAssessment", case, step("sign_off", decided.clone())).await;
        assert_eq!(refused.unwrap_err(), "FORBIDDEN");
        assert_eq!(go(&stage, &executive, case, "sign_off", decided).await, "signed_off");
    }

    async fn two_persons_go_to_a_decision_without_a_panel(database) {
        let stage = Stage::new(database, workflow("two-person")).await;
        let author = stage.at_home("author", Role::Author).await;
        let lead = stage.at_home("lead", Role::EqualityLead).await;
        let approver = stage.at_home("approver", Role::DecisionMaker).await;
        let case = stage.case(&author).await;
        assert_eq!(go(&stage, &author, case, "send", json!({})).await, "independent_check");
        let own = stage.command(&author, "transitionAssessment", case, step("recommend", attended(&author))).await;
        assert_eq!(own.unwrap_err(), "FORBIDDEN");
        assert_eq!(go(&stage, &lead, case, "recommend", attended(&lead)).await, "recommended");
        let decided = decision(&stage, &approver, case).await;
        let early = stage.command(&lead, "transitionAssessment", case, step("adopt", decided.clone())).await;
        assert_eq!(early.unwrap_err(), "FORBIDDEN");
        assert_eq!(go(&stage, &approver, case, "adopt", decided).await, "in_force");
    }

    async fn a_sponsor_who_decides_with_the_body_is_told_of_wherever_the_decision_is(database) {
        let stage = Stage::new(database, workflow("two-person")).await;
        let author = stage.at_home("author", Role::Author).await;
        let lead = stage.at_home("lead", Role::EqualityLead).await;
        let executive = stage.player("executive", &[(stage.home, Role::Sro), (stage.home, Role::DecisionMaker)]).await;
        let body = stage.at_home("body", Role::DecisionMaker).await;
        let asked = "query($id: ID!) { assessment(id: $id) { decisions { sponsorSat record { content } }
            history(first: 100) { nodes { kind summary } } } }";
        for (by, sat) in [(&executive, true), (&body, false)] {
            let case = stage.case(&author).await;
            stage.edit(&author, case, json!([{ "sro": { "person": executive.id() } }])).await;
            go(&stage, &author, case, "send", json!({})).await;
            go(&stage, &lead, case, "recommend", attended(&lead)).await;
            let decided = decision(&stage, by, case).await;
            assert_eq!(go(&stage, by, case, "adopt", decided).await, "in_force");
            let told = stage.read(&lead, asked, json!({"id": ehia::domain::id::Identifier::global(case)})).await["assessment"].clone();
            assert_eq!(told["decisions"][0]["sponsorSat"], sat);
            let frozen = &told["decisions"][0]["record"]["content"]["decision"]["sponsorSat"];
            assert_eq!(frozen, &if sat { json!(true) } else { Value::Null });
            let nodes = told["history"]["nodes"].as_array().unwrap();
            let made = nodes.iter().find(|node| node["kind"] == "DECISION_RECORDED").unwrap()["summary"].as_str().unwrap();
            assert_eq!(made.contains("; its senior responsible officer sat on the body"), sat, "{made}");
            let mail = stage.mail().await.into_iter().find(|one| one.kind.as_str() == "DECISION_RECORDED");
            let what = mail.and_then(|one| one.facts.what).unwrap();
            assert_eq!(what.contains("its senior responsible officer sat on the body"), sat, "{what}");
        }
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn a_standing_panel_judges_what_is_submitted_without_one(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let gone = stage.at_home("gone", Role::Reviewer).await;
        let partner = stage.player("partner", &[(stage.partner, Role::Reviewer)]).await;
        let seat = |who: &Player, seat: &str| ehia::domain::review::Seat { person: who.person(), seat: seat.into() };
        let settle = async |panel: Vec<ehia::domain::review::Seat>| {
            let settings = Settings { panel, ..Settings::default() };
            let organisation = ehia::app::NewOrganisation {
                ods_code: "T6Y0W".into(), name: "Synthetic ICB".into(), kind: ehia::domain::organisation::OrganisationKind::Icb,
                opened: None, closed: None, settings,
            };
            match stage.app.set_up_organisation(organisation, stage.moment).await {
                Ok(_) => Vec::new(),
                Err(ehia::app::Error::Invalid(wrong)) => wrong.into_iter().map(|one| one.path.to_string()).collect(),
                Err(other) => panic!("{other:?}"),
            }
        };
        let wrong = settle(vec![seat(&author, "member"), seat(&partner, "member"), seat(&chair, "treasurer")]).await;
        assert_eq!(wrong, ["settings/panel/0/person", "settings/panel/1/person", "settings/panel/2/seat"]);
        assert_eq!(settle(vec![seat(&chair, "chair"), seat(&gone, "member")]).await, Vec::<String>::new());
        stage.app.revoke_role(gone.person(), stage.home, Role::Reviewer, None, stage.moment).await.unwrap();

        let case = stage.case(&author).await;
        go(&stage, &author, case, "submit", json!({})).await;
        let panel = stage.app.view(&author.actor, case).await.unwrap().case.process.panel.clone().unwrap();
        let seated: Vec<_> = panel.members.iter().map(|member| (member.person, member.seat.as_str())).collect();
        assert_eq!(seated, [(chair.person(), "chair")], "who left sits on nothing");
        let told: Vec<_> = stage.mail().await.into_iter().map(|one| (one.kind.as_str(), one.to_name)).collect();
        assert_eq!(told, [("PANEL_ASSIGNED", "chair".to_owned()), ("ACTION_RECEIVED", "author".to_owned())]);
    }
}
