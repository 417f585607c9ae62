//! People without an account act through a link that was mailed to them: one person, one condition, one act.

use chrono::{Days, TimeDelta};
use ehia::{
    app::{ClientAddress, Dispatch, LinkReport},
    clock,
    domain::{
        calendar::Moment,
        condition::ConditionStatus,
        id::{AssessmentId, Identifier},
        notify::NoticeKind,
        permission::Role,
        workflow::condition::LinkAct,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::support::{
    database::TestDatabase,
    on_both,
    stage::{Page, Player, Stage, of_anybody},
};

/// A case that the panel approved with a condition.
pub struct Scene {
    pub stage: Stage,
    pub author: Player,
    pub chair: Player,
    pub secretary: Player,
    pub body: Player,
    pub sponsor: Player,
    pub case: AssessmentId,
}

/// Somebody without an account.
fn outsider(name: &str) -> Value {
    json!({"name": name, "organisation": "Synthetic council", "email": format!("{name}@outside.example")})
}

/// So many days from now.
pub fn in_days(days: u64) -> Moment {
    let at = clock::now().at + TimeDelta::days(days.try_into().unwrap());
    Moment { at, today: clock::london(at) }
}

impl Scene {
    /// Before the panel, which has reviewed it.
    pub async fn reviewed(database: &TestDatabase) -> Self {
        let stage = Stage::new(database, of_anybody(2)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let one = stage.at_home("one", Role::Reviewer).await;
        let body = stage.at_home("body", Role::DecisionMaker).await;
        let sponsor = stage.at_home("sponsor", Role::Sro).await;
        let case = stage.case(&author).await;
        stage.edit(&author, case, json!([{"sro": {"person": sponsor.id()}}])).await;
        let submit = json!({"transition": "submit", "expectedRevision": 1});
        stage.done(&author, "transitionAssessment", case, submit).await;
        let members = [&chair, &one].map(Player::id);
        stage.done(&secretary, "assignPanel", case, json!({"members": members})).await;
        for member in [&chair, &one] {
            stage.done(member, "declareInterest", case, json!({"interest": "NONE"})).await;
            let review = json!({"expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound."});
            stage.done(member, "submitReview", case, review).await;
        }
        Self { stage, author, chair, secretary, body, sponsor, case }
    }

    /// The approval, on this condition; due in ten days.
    pub fn approval(&self, owner: Value, verifier: Value) -> Value {
        let due = self.stage.moment.today + Days::new(10);
        let condition = json!({"text": "Publish the <travel> plan.", "owner": owner, "due": due,
            "evidenceWanted": "The plan.", "verifier": verifier});
        let outcome = json!({"attendees": [{"person": self.chair.id()}], "conditions": [condition]});
        json!({"transition": "approve_with_conditions", "expectedRevision": 1, "comment": "Because.", "outcome": outcome})
    }

    pub async fn approved(database: &TestDatabase) -> Self {
        let scene = Box::pin(Self::reviewed(database)).await;
        let approval = scene.approval(outsider("owner"), outsider("verifier"));
        scene.stage.done(&scene.chair, "transitionAssessment", scene.case, approval).await;
        scene
    }

    pub async fn told(&self, who: &Player, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ assessment(id: $id) {{ {fields} }} }}");
        self.stage.read(who, &query, json!({"id": self.case.global()})).await["assessment"].clone()
    }

    /// What the link in the message of this kind to somebody outside carries; all that is due is taken.
    pub async fn link(&self, kind: NoticeKind, name: &str, at: Moment) -> Option<SecretString> {
        let mail = self.stage.app.claim_messages("test", TimeDelta::minutes(1), 100, at).await.unwrap();
        assert!(mail.failed.is_empty(), "{:?}", mail.failed);
        let mine = |one: &&Dispatch| one.kind == kind && one.to_address == format!("{name}@outside.example");
        let mut found = mail.ready.iter().filter(mine);
        let link = found.next().and_then(|one| one.invitation.as_ref()).map(|one| one.token.clone());
        assert!(found.next().is_none(), "one message");
        link
    }

    pub async fn open(&self, link: &SecretString) -> Page {
        self.stage.open(&format!("condition?link={}", link.expose_secret())).await
    }

    async fn send(&self, link: &SecretString, status: &str, note: &str, evidence: &str) -> Page {
        let fields =
            [("link", link.expose_secret()), ("status", status), ("note", note), ("evidence", evidence)];
        self.stage.submit("condition", &fields).await
    }
}

const CONDITIONS: &str = "version conditions { id status reports { status note evidence by { name person { id } } invitedBy { id } } }";

on_both! {
    async fn an_owner_and_a_verifier_without_an_account_act_by_the_links_mailed_to_them(database) {
        let scene = Scene::approved(database).await;
        let link = scene.link(NoticeKind::ConditionAssigned, "owner", clock::now()).await.unwrap();
        let before = scene.told(&scene.author, CONDITIONS).await;

        let page = scene.open(&link).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert_eq!(page.kept[..2], ["no-store", "no-referrer"]);
        assert!(page.kept[2].starts_with("default-src 'none'") && page.kept[2].contains("form-action 'self'"));
        assert!(page.text.contains("Publish the &lt;travel&gt; plan.") && page.text.contains("The plan."));
        assert!(page.text.contains("owner, Synthetic ICB named you as owner"));
        let view = scene.stage.app.view(&scene.author.actor, scene.case).await.unwrap();
        let summary: String = view.case.content.proposal.summary.chars().take(30).collect();
        assert!(!page.text.contains("<script") && !page.text.contains(&summary), "no more than it needs");
        assert_eq!(scene.open(&link).await, page);
        assert_eq!(scene.told(&scene.author, CONDITIONS).await, before, "to look changes nothing");

        let wrong = scene.send(&link, "EVIDENCED", " ", "javascript:alert(1)").await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text.contains("<title>Error: ") && wrong.text.contains("href=\"#note\""), "{}", wrong.text);
        assert!(wrong.text.contains("href=\"#evidence\"") && wrong.text.contains("value=\"javascript:alert(1)\""));
        assert_eq!(scene.told(&scene.author, CONDITIONS).await, before);
        for status in ["VERIFIED", "WAIVED", "BREACHED"] {
            assert_eq!(scene.send(&link, status, "No.", "").await.status, 404, "a link is for one act: {status}");
        }

        let done = scene.send(&link, "EVIDENCED", "It was published.", "https://example.org/plan").await;
        assert!(done.status == 200 && done.text.contains("Your report was received."), "{}", done.text);
        let told = scene.told(&scene.author, CONDITIONS).await;
        assert_eq!(told["conditions"][0]["status"], "EVIDENCED");
        assert_eq!(told["conditions"][0]["reports"], json!([{
            "status": "EVIDENCED", "note": "It was published.", "evidence": "https://example.org/plan",
            "by": {"name": "owner", "person": null}, "invitedBy": {"id": scene.chair.id()},
        }]));
        let history = "history(first: 100) { nodes { kind summary by { id } byLink { name } invitedBy { id } } }";
        let events = scene.told(&scene.author, history).await["history"]["nodes"].as_array().unwrap().clone();
        assert_eq!(events.last().unwrap(), &json!({
            "kind": "CONDITION_REPORTED", "by": null, "byLink": {"name": "owner"}, "invitedBy": {"id": scene.chair.id()},
            "summary": "A condition was reported as met by its owner, through the link mailed to them.",
        }));
        let used = scene.open(&link).await;
        assert_eq!(used.status, 404);
        assert_eq!(scene.send(&link, "EVIDENCED", "Again.", "").await, used, "it is used up");

        let verify = scene.link(NoticeKind::VerificationAwaited, "verifier", clock::now()).await.unwrap();
        let page = scene.open(&verify).await;
        assert!(page.text.contains("It was published.") && page.text.contains("https://example.org/plan"), "{}", page.text);
        assert_eq!(scene.send(&verify, "BREACHED", "", "").await.status, 422, "why is asked for");
        assert_eq!(scene.stage.submit("condition", &[("link", verify.expose_secret())]).await.status, 422);
        assert_eq!(scene.send(&verify, "VERIFIED", "", "").await.status, 200);
        let told = scene.told(&scene.author, CONDITIONS).await;
        assert_eq!(told["conditions"][0]["status"], "VERIFIED");
        assert_eq!(told["conditions"][0]["reports"][1]["by"]["name"], "verifier");
        assert_eq!(scene.open(&verify).await, used);
        assert_eq!(scene.stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn a_link_that_was_used_stays_used_when_its_owner_is_to_act_again(database) {
        let scene = Scene::approved(database).await;
        let link = scene.link(NoticeKind::ConditionAssigned, "owner", clock::now()).await.unwrap();
        assert_eq!(scene.send(&link, "EVIDENCED", "It was published.", "").await.status, 200);
        let verify = scene.link(NoticeKind::VerificationAwaited, "verifier", clock::now()).await.unwrap();
        assert_eq!(scene.send(&verify, "BREACHED", "It is not there.", "").await.status, 200);
        assert_eq!(scene.told(&scene.author, CONDITIONS).await["conditions"][0]["status"], "BREACHED");
        let used = scene.open(&link).await;
        assert_eq!(used.status, 404, "{}", used.text);
        assert_eq!(scene.send(&link, "EVIDENCED", "It is there now.", "").await, used);
        let fresh = scene.link(NoticeKind::ConditionBreached, "owner", clock::now()).await.unwrap();
        assert_eq!(scene.send(&fresh, "EVIDENCED", "It is there now.", "").await.status, 200, "what was mailed anew works");
    }

    async fn every_link_that_leads_nowhere_has_the_same_page(database) {
        let scene = Scene::approved(database).await;
        let link = scene.link(NoticeKind::ConditionAssigned, "owner", clock::now()).await.unwrap();
        let unknown = SecretString::from(format!("ehia_l_{}", "0".repeat(64)));
        let dead = scene.open(&unknown).await;
        assert_eq!(dead.status, 404);
        assert!(dead.text.contains("next reminder") && dead.text.contains("ask the organisation"), "what to do: {}", dead.text);
        assert_eq!(scene.stage.open("condition").await, dead);
        assert_eq!(scene.stage.submit("condition", &[("nothing", "of use")]).await, dead);
        assert_eq!(scene.send(&unknown, "EVIDENCED", "x", "").await, dead);
        assert_eq!(scene.send(&link, "OPEN", "x", "").await, dead);

        let (app, from) = (&scene.stage.app, ClientAddress::default());
        assert!(app.follow_link(&link, &from, in_days(39)).await.unwrap().is_some(), "thirty days after it is due");
        assert!(app.follow_link(&link, &from, in_days(42)).await.unwrap().is_none(), "it has expired");
        let report = LinkReport { status: ConditionStatus::Evidenced, note: Some("Late.".into()), evidence: None };
        assert!(app.report_by_link(&link, &from, report, in_days(42)).await.unwrap().is_none());

        let condition = scene.told(&scene.author, CONDITIONS).await["conditions"][0]["id"].clone();
        let revoke = json!({"conditionId": condition});
        let denied = scene.stage.command(&scene.author, "revokeConditionLinks", scene.case, revoke.clone()).await;
        assert_eq!(denied.unwrap_err(), "FORBIDDEN");
        scene.stage.done(&scene.secretary, "revokeConditionLinks", scene.case, revoke).await;
        assert_eq!(scene.open(&link).await, dead, "it was revoked");

        // The next reminder brings a fresh one.
        let soon = in_days(9);
        app.tick(50, soon).await.unwrap();
        let fresh = scene.link(NoticeKind::Reminder, "owner", soon).await.unwrap();
        let seen = app.follow_link(&fresh, &from, soon).await.unwrap().unwrap();
        assert_eq!((seen.act, seen.name.as_str()), (LinkAct::Report, "owner"));

        let waive = json!({"conditionId": condition, "status": "WAIVED", "note": "Overtaken."});
        scene.stage.done(&scene.chair, "reportCondition", scene.case, waive.clone()).await;
        assert!(app.follow_link(&fresh, &from, soon).await.unwrap().is_none(), "the condition is settled");
        assert_eq!(scene.stage.refused(&scene.chair, "reportCondition", scene.case, waive).await[0].0, "INVALID");
        assert!(app.sweep(in_days(500)).await.unwrap() > 0);
        assert_eq!(database.number("SELECT count(*) FROM condition_link").await, 0);
    }

    async fn nothing_but_the_message_holds_what_a_link_carries(database) {
        let scene = Scene::approved(database).await;
        let link = scene.link(NoticeKind::ConditionAssigned, "owner", clock::now()).await.unwrap();
        assert_eq!(link.expose_secret().len(), "ehia_l_".len() + 64, "256 random bits");
        let carried = link.expose_secret();
        for sql in [
            format!("SELECT count(*) FROM condition_link WHERE token_sha256 LIKE '%{carried}%'"),
            "SELECT count(*) FROM outbox_message WHERE facts LIKE '%ehia_l_%' OR reason LIKE '%ehia_l_%'".to_owned(),
        ] {
            assert_eq!(database.number(&sql).await, 0, "{sql}");
        }
        // Tried again, a message carries another link; whichever is followed first uses up both.
        let later = in_days(1);
        let again = scene.link(NoticeKind::ConditionAssigned, "owner", later).await.unwrap();
        assert_ne!(carried, again.expose_secret());
        assert_eq!(scene.send(&again, "EVIDENCED", "Done.", "").await.status, 200);
        assert_eq!(scene.open(&link).await.status, 404);
        assert_eq!(database.number("SELECT count(*) FROM condition_link WHERE used_at IS NULL AND act = 'report'").await, 0);
        let signed = scene.stage.app.actor(Some(&link), clock::now()).await;
        assert!(signed.is_err(), "nobody signs in with it");
    }

    async fn whoever_tries_links_waits(database) {
        let scene = Scene::approved(database).await;
        let link = scene.link(NoticeKind::ConditionAssigned, "owner", clock::now()).await.unwrap();
        let from = ClientAddress("203.0.113.7".into(), String::new());
        let guess = SecretString::from(format!("ehia_l_{}", "1".repeat(64)));
        let app = &scene.stage.app;
        for _ in 0..200 {
            assert!(app.follow_link(&guess, &from, scene.stage.moment).await.unwrap().is_none());
        }
        let refused = app.follow_link(&link, &from, scene.stage.moment).await;
        assert!(matches!(refused, Err(ehia::app::Error::LimitExceeded(_))));
        assert!(app.follow_link(&link, &ClientAddress::default(), scene.stage.moment).await.unwrap().is_some(), "from there");
    }

    async fn a_link_leads_nowhere_once_somebody_else_owns_the_condition(database) {
        let scene = Scene::approved(database).await;
        let link = scene.link(NoticeKind::ConditionAssigned, "owner", clock::now()).await.unwrap();
        let condition = scene.told(&scene.author, CONDITIONS).await["conditions"][0]["id"].clone();
        let other = |who: Value| json!({"conditionId": condition, "owner": who});
        let denied = scene.stage.command(&scene.author, "reassignCondition", scene.case, other(outsider("other"))).await;
        assert_eq!(denied.unwrap_err(), "FORBIDDEN");
        let told = async |input| scene.stage.refused(&scene.chair, "reassignCondition", scene.case, input).await;
        let pair = |code: &str, path: &str| vec![(code.to_owned(), path.to_owned())];
        assert_eq!(told(json!({"conditionId": condition})).await, pair("REQUIRED", "owner"));
        let mut same = outsider("verifier");
        same["name"] = json!("Another name");
        assert_eq!(told(other(same)).await, pair("VERIFIER_IS_OWNER", "verifier"), "by the address");
        let author = json!({"conditionId": condition, "verifier": {"person": scene.author.id()}});
        assert_eq!(told(author).await, pair("VERIFIER_IS_PARTY", "verifier"));
        let mut colleague = outsider("lead");
        colleague["email"] = json!("Secretary@example.org");
        assert_eq!(told(other(colleague)).await, pair("HAS_ACCOUNT", "owner/email"), "who has an account is named");
        scene.stage.done(&scene.chair, "reassignCondition", scene.case, other(outsider("other"))).await;
        assert_eq!(scene.open(&link).await.status, 404);
        let fresh = scene.link(NoticeKind::ConditionAssigned, "other", clock::now()).await.unwrap();
        assert_eq!(scene.open(&fresh).await.status, 200);
        let waive = json!({"conditionId": condition, "status": "WAIVED", "note": "Overtaken."});
        scene.stage.done(&scene.chair, "reportCondition", scene.case, waive).await;
        assert_eq!(told(other(outsider("late"))).await, pair("SETTLED", "conditionId"));
    }

    async fn a_verifier_with_the_address_of_the_owner_or_of_an_author_is_refused(database) {
        let scene = Scene::reviewed(database).await;
        let at = |code: &str, known: Option<&str>| -> Vec<(String, String)> {
            let known = known.map(|field| ("HAS_ACCOUNT".to_owned(), format!("outcome/conditions/0/{field}/email")));
            known.into_iter().chain([(code.to_owned(), "outcome/conditions/0/verifier".to_owned())]).collect()
        };
        let same = json!({"name": "Somebody else", "email": "OWNER@outside.example"});
        let account = json!({"person": scene.secretary.id()});
        let mut secretary = outsider("x");
        secretary["email"] = json!("secretary@example.org");
        let mut author = outsider("y");
        author["email"] = json!("author@example.org");
        for (owner, verifier, code, known) in [
            (outsider("owner"), same, "VERIFIER_IS_OWNER", None),
            (account.clone(), secretary.clone(), "VERIFIER_IS_OWNER", Some("verifier")),
            (secretary, account, "VERIFIER_IS_OWNER", Some("owner")),
            (outsider("owner"), author, "VERIFIER_IS_PARTY", Some("verifier")),
        ] {
            for dry_run in [true, false] {
                let mut approval = scene.approval(owner.clone(), verifier.clone());
                approval["dryRun"] = json!(dry_run);
                let told = scene.stage.refused(&scene.chair, "transitionAssessment", scene.case, approval).await;
                assert_eq!(told, at(code, known), "{owner} {verifier}");
            }
        }
    }
}
