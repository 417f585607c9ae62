//! People whom a case names: what is told of them, and what they are told.

use ehia::domain::{
    id::{Identifier, PersonId},
    permission::Role,
    settings::Settings,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    on_both,
    stage::{PARTNER, Player, Stage, of_anybody},
};

/// Who was told that they were named, by name, with as what and by whom.
async fn named(stage: &Stage) -> Vec<(String, String, String)> {
    let mail = stage.mail().await.into_iter().filter(|one| one.kind.as_str() == "NAMED");
    let mut told: Vec<_> = mail
        .map(|one| (one.to_name, one.facts.what.unwrap_or_default(), one.actor_name.unwrap_or_default()))
        .collect();
    told.sort();
    told
}

fn nobody() -> String {
    PersonId::from(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00aa)).global()
}

async fn told(
    stage: &Stage,
    who: &Player,
    case: ehia::domain::id::AssessmentId,
    draft: Value,
) -> Vec<(String, String)> {
    let mut told = stage.refused(who, "transitionAssessment", case, draft).await;
    told.sort();
    told
}

on_both! {
    async fn whoever_is_named_is_mailed_once(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let colleague = stage.at_home("colleague", Role::Author).await;
        let sponsor = stage.at_home("sponsor", Role::Sro).await;
        let case = stage.case(&author).await;
        assert_eq!(named(&stage).await, [], "nobody by beginning a case");
        let edits = json!([{"contributors": [colleague.id()]}, {"sro": {"person": sponsor.id()}}]);
        stage.edit(&author, case, edits.clone()).await;
        let by = || "author".to_owned();
        assert_eq!(named(&stage).await, [
            ("colleague".to_owned(), "contributor".to_owned(), by()),
            ("sponsor".to_owned(), "senior responsible officer".to_owned(), by()),
        ]);
        stage.edit(&author, case, json!([{"title": "Another title (synthetic)"}])).await;
        stage.edit(&author, case, edits).await;
        assert_eq!(named(&stage).await, [], "nor again");

        stage.edit(&author, case, json!([{"contributors": []}])).await;
        stage.edit(&author, case, json!([{"contributors": [colleague.id()]}])).await;
        stage.edit(&author, case, json!([{"contributors": []}])).await;
        assert_eq!(named(&stage).await, [], "nor of what no longer applies when its turn comes");
    }

    async fn whoever_was_named_by_mistake_sits_on_the_panel_and_who_wrote_does_not(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let both = [(stage.home, Role::Author), (stage.home, Role::Reviewer)];
        let (mistaken, wrote, attached) =
            (stage.player("mistaken", &both).await, stage.player("wrote", &both).await, stage.player("attached", &both).await);
        let case = stage.case(&author).await;
        stage.edit(&author, case, json!([{"contributors": [mistaken.id(), wrote.id(), attached.id()]}])).await;
        stage.edit(&wrote, case, json!([{"title": "Another title (synthetic)"}])).await;
        stage.app.attach(&attached.actor, case, "survey.pdf", "application/pdf", b"%PDF-1.4".to_vec(), stage.moment).await.unwrap();
        stage.edit(&author, case, json!([{"contributors": []}])).await;
        for (who, free) in [(&mistaken, true), (&wrote, false), (&attached, false)] {
            let panel = json!({"members": [who.id()]});
            let answer = stage.command(&secretary, "assignPanel", case, panel).await.unwrap();
            let told: Vec<&str> = answer["errors"].as_array().unwrap().iter().filter_map(|one| one["code"].as_str()).collect();
            assert_eq!(told, if free { vec![] } else { vec!["SEPARATION_OF_DUTIES"] }, "{answer:#}");
        }
    }

    async fn what_is_wrong_with_people_is_told_beside_all_else_and_to_nobody_whom_it_is_not_for(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let case = stage.case(&author).await;
        let approve = |transition: &str, comment: &str| json!({"transition": transition, "expectedRevision": 1, "comment": comment,
            "outcome": {"attendees": [{"person": nobody()}, {"name": "A. Nother", "email": "nowhere"}]}});
        let pair = |code: &str, path: &str| (code.to_owned(), path.to_owned());
        assert_eq!(stage.command(&author, "transitionAssessment", case, approve("approve", "")).await.unwrap_err(), "FORBIDDEN");
        assert_eq!(
            told(&stage, &author, case, approve("levitate", "")).await,
            [pair("INVALID", "outcome/attendees/1/email"), pair("INVALID", "transition")],
            "what is wrong with what was typed, and not who there is"
        );
        assert_eq!(told(&stage, &chair, case, approve("approve", "")).await, [pair("CONFLICT", "")], "it is not before the panel");
        stage.done(&author, "transitionAssessment", case, json!({"transition": "submit", "expectedRevision": 1})).await;
        for dry_run in [false, true] {
            let mut draft = approve("approve", &"x".repeat(20_001));
            draft["dryRun"] = json!(dry_run);
            assert_eq!(told(&stage, &chair, case, draft).await, [
                pair("INVALID", "outcome/attendees/1/email"),
                pair("NOT_FOUND", "outcome/attendees/0/person"),
                pair("TOO_LONG", "comment"),
            ]);
        }
        let mut dry = approve("approve", "");
        dry["dryRun"] = json!(true);
        let answer = stage.command(&author, "transitionAssessment", case, dry).await.unwrap();
        assert_eq!((&answer["errors"], &answer["blockers"][0]["code"]), (&json!([]), &json!("FORBIDDEN")), "{answer:#}");
        assert_eq!(answer["blockers"].as_array().unwrap().len(), 1);
    }

    async fn whoever_has_an_account_here_is_named_as_the_person_they_are(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        stage.at_home("chair", Role::PanelChair).await;
        stage.player("partner", &[(stage.partner, Role::Sro)]).await;
        let case = stage.case(&author).await;
        let name = |email: &str| json!([{"sro": {"name": "A. Nother", "email": email}}]);
        for email in ["chair@example.org", " CHAIR@Example.org"] {
            let version = stage.version(&author, case).await;
            let edits = json!({"expectedVersion": version, "edits": name(email.trim())});
            let told = stage.refused(&author, "editAssessment", case, edits).await;
            assert_eq!(told, [("HAS_ACCOUNT".to_owned(), "sro/email".to_owned())], "they would judge what they sponsor");
        }
        // Of accounts elsewhere nothing is told.
        for email in ["partner@example.org", "nobody@example.org"] {
            stage.edit(&author, case, name(email)).await;
        }
    }

    async fn whoever_only_audits_the_partner_does_not_confirm_even_when_named(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let auditor = stage.player("auditor", &[(stage.partner, Role::Auditor)]).await;
        let governor = stage.player("governor", &[(stage.partner, Role::Governance)]).await;
        let case = stage.case(&author).await;
        stage.done(&author, "shareAssessment", case, json!({"organisation": PARTNER, "level": "READ"})).await;
        for (who, may) in [(&auditor, false), (&governor, true)] {
            let premise = format!("Four more beds, says {}.", who.id());
            stage.edit(&author, case, json!([{"interdependency": {"kind": "RELIES_ON", "partner": {"person": who.id()},
                "premise": premise, "holdsWhen": "PARTNER_CONFIRMS"}}])).await;
            let view = stage.app.view(&author.actor, case).await.unwrap();
            let edge = view.case.content.interdependencies.iter().find(|edge| edge.premise.as_ref() == Some(&premise)).unwrap();
            let said = json!({"interdependencyId": edge.id.global(), "confirmed": true, "on": stage.moment.today, "note": "Letter of today."});
            let answer = stage.command(who, "confirmReliance", case, said).await;
            assert_eq!(answer.err().as_deref(), (!may).then_some("FORBIDDEN"));
        }
    }
}
