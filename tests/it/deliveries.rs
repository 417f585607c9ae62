//! What became of messages: on the case, for those who follow them, and what happens when an address fails.

use chrono::TimeDelta;
use ehia::{
    app::Verdict,
    clock,
    domain::{
        calendar::Moment,
        id::{AssessmentId, Identifier},
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        page::Window,
        permission::Role,
        settings::Settings,
    },
    store::outbox::{About, MessageState},
};
use serde_json::{Value, json};

use crate::support::{
    database::TestDatabase,
    on_both,
    program::ehia,
    stage::{Player, Stage},
};

const DELIVERIES: &str = "query($id: ID!) { assessment(id: $id) { deliveries { totalCount nodes { kind name person { id } status attempts sentAt nextAttemptAt reason addressFailedAt } } } }";

async fn deliveries(stage: &Stage, who: &Player, case: AssessmentId) -> Value {
    stage.read(who, DELIVERIES, json!({"id": case.global()})).await["assessment"]["deliveries"].clone()
}

/// Posts a message to somebody about a case.
async fn tell(db: &TestDatabase, stage: &Stage, case: AssessmentId, to: Recipient) {
    let notice = Notice { kind: NoticeKind::OutcomeRecorded, to, facts: NoticeFacts::default() };
    let about = About { organisation: stage.home, assessment: Some(case) };
    let at = clock::now().at;
    db.store.write(async |tx| tx.post(about, &[notice], at, &mut clock::supply()).await).await.unwrap();
}

/// Settles what is due with this verdict.
async fn settle(stage: &Stage, verdict: &Verdict, moment: Moment) -> Vec<NoticeKind> {
    let claimed = stage.app.claim_messages("test", TimeDelta::minutes(1), 100, moment).await.unwrap().ready;
    let mut kinds = Vec::new();
    for one in claimed {
        kinds.push(one.kind);
        stage.app.settle_message("test", one.id, verdict.clone(), moment).await.unwrap();
    }
    kinds
}

fn later(moment: Moment, hours: i64) -> Moment {
    let at = moment.at + TimeDelta::hours(hours);
    Moment { at, today: clock::london(at) }
}

async fn unreachable(stage: &Stage, who: &Player) -> Vec<String> {
    let query = "{ organisation(odsCode: \"T6Y0W\") { unreachable { name person { id } since reason } } }";
    let told = stage.read(who, query, json!({})).await;
    let told = told["organisation"]["unreachable"].as_array().unwrap().clone();
    told.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn what_became_of_messages_is_told_to_those_who_keep_the_panels_business(db) {
        let stage = Stage::new(db, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let admin = stage.at_home("admin", Role::Administrator).await;
        let case = stage.case(&author).await;
        for to in [&author, &secretary] {
            tell(db, &stage, case, Recipient::Person(to.person())).await;
        }
        let now = clock::now();
        let claimed = stage.app.claim_messages("test", TimeDelta::minutes(1), 100, now).await.unwrap().ready;
        assert_eq!(claimed.len(), 2);
        let retry = Verdict::Retry { at: later(now, 1).at, reason: "the server was busy".into() };
        for one in claimed {
            let verdict = if one.to_name == "author" { retry.clone() } else { Verdict::Sent };
            stage.app.settle_message("test", one.id, verdict, now).await.unwrap();
        }
        let told = deliveries(&stage, &secretary, case).await;
        assert_eq!(told["totalCount"], 2);
        let of = |name: &str| told["nodes"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
        let waits = of("author");
        assert_eq!((&waits["status"], &waits["reason"]), (&json!("RETRYING"), &json!("the server was busy")));
        assert_eq!((&waits["kind"], &waits["person"]["id"]), (&json!("OUTCOME_RECORDED"), &json!(author.id())));
        assert!(waits["nextAttemptAt"].is_string() && waits["sentAt"].is_null());
        let sent = of("secretary");
        assert_eq!((&sent["status"], &sent["attempts"]), (&json!("SENT"), &json!(1)));
        assert!(sent["sentAt"].is_string() && sent["nextAttemptAt"].is_null() && sent["reason"].is_null());
        assert!(!told.to_string().contains('@'), "no address: {told}");
        assert_eq!(deliveries(&stage, &admin, case).await, told);
        let nothing = json!({"totalCount": 0, "nodes": []});
        assert_eq!(deliveries(&stage, &author, case).await, nothing);
        for role in [Role::EqualityLead, Role::Governance, Role::Auditor, Role::DecisionMaker] {
            let other = stage.at_home(&format!("other-{}", role.as_str()), role).await;
            assert_eq!(deliveries(&stage, &other, case).await, nothing, "{role}");
        }
        // A chair whose own case it is does not follow whom the panel's business is told.
        let both = stage.player("both", &[(stage.home, Role::Author), (stage.home, Role::PanelChair)]).await;
        let own = stage.case(&both).await;
        tell(db, &stage, own, Recipient::Person(author.person())).await;
        assert_eq!(deliveries(&stage, &both, own).await, nothing);
        assert_eq!(deliveries(&stage, &admin, own).await["totalCount"], 1);
    }

    async fn an_address_that_is_refused_shows_until_mail_reaches_it_again(db) {
        let stage = Stage::new(db, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let admin = stage.at_home("admin", Role::Administrator).await;
        let case = stage.case(&author).await;
        let refused = Verdict::Refused { reason: "the server answered 550 5.1.1".into() };
        let now = clock::now();
        for _ in 0..3 {
            tell(db, &stage, case, Recipient::Person(author.person())).await;
        }
        let now = later(now, 0);
        assert_eq!(settle(&stage, &refused, later(now, 1)).await.len(), 3);
        assert_eq!(unreachable(&stage, &admin).await, ["author"]);
        assert_eq!(unreachable(&stage, &author).await, [""; 0], "not to everybody");
        let told = deliveries(&stage, &admin, case).await;
        assert_eq!(told["nodes"][0]["status"], "DEAD");
        assert!(told["nodes"][0]["addressFailedAt"].is_string());

        // One alert today, one tomorrow at the most, whatever fails.
        let alerts = "SELECT count(*) FROM outbox_message WHERE kind = 'address_failed'";
        assert_eq!(db.number(alerts).await, 2);
        let claimed = stage.app.claim_messages("test", TimeDelta::minutes(1), 100, later(now, 2)).await.unwrap().ready;
        assert_eq!(claimed.len(), 1);
        assert_eq!((claimed[0].kind, claimed[0].to_name.as_str()), (NoticeKind::AddressFailed, "admin"));
        assert_eq!(claimed[0].facts.sections, ["author"]);
        stage.app.settle_message("test", claimed[0].id, Verdict::Sent, later(now, 2)).await.unwrap();

        // Mail reaches them again: nothing is left to tell tomorrow.
        tell(db, &stage, case, Recipient::Person(author.person())).await;
        settle(&stage, &Verdict::Sent, later(now, 3)).await;
        assert_eq!(unreachable(&stage, &admin).await, [""; 0]);
        assert!(settle(&stage, &Verdict::Sent, later(now, 40)).await.is_empty());
        let dropped = "SELECT count(*) FROM outbox_message WHERE kind = 'address_failed' AND state = 'dropped' AND reason = 'mail reaches everybody again'";
        assert_eq!(db.number(dropped).await, 1);
    }

    async fn a_changed_address_is_not_known_to_fail(db) {
        let stage = Stage::new(db, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let admin = stage.at_home("admin", Role::Administrator).await;
        let case = stage.case(&author).await;
        tell(db, &stage, case, Recipient::Person(author.person())).await;
        let now = later(clock::now(), 1);
        settle(&stage, &Verdict::Refused { reason: "refused".into() }, now).await;
        let person = db.store.read().person(author.person()).await.unwrap().unwrap();
        let save = async |email: &str, name: &str| {
            let person = ehia::store::person::Person { email: email.into(), name: name.into(), ..person.clone() };
            db.store.write::<_, ehia::store::Error>(async |tx| tx.save_person(&person, now.at).await).await.unwrap();
        };
        save(&person.email.to_uppercase(), "author by another name").await;
        assert_eq!(unreachable(&stage, &admin).await, ["author by another name"], "the address is the same");
        save("another@example.org", "author").await;
        assert_eq!(unreachable(&stage, &admin).await, [""; 0]);
    }

    async fn a_message_that_came_back_is_noted_and_told(db) {
        let stage = Stage::new(db, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let admin = stage.at_home("admin", Role::Administrator).await;
        let case = stage.case(&author).await;
        tell(db, &stage, case, Recipient::Person(author.person())).await;
        let now = later(clock::now(), 1);
        let all = db.store.read().list_outbox(&[], &Window::default()).await.unwrap().nodes;
        assert!(!stage.app.report_bounce(all[0].id, "too early", now).await.unwrap(), "it was not sent");
        settle(&stage, &Verdict::Sent, now).await;
        let said = "user unknown: <author@example.org>\n550 5.1.1";
        assert!(stage.app.report_bounce(all[0].id, said, now).await.unwrap());
        assert!(!stage.app.report_bounce(all[0].id, said, now).await.unwrap(), "once");
        let bounced = db.store.read().message(all[0].id).await.unwrap().unwrap();
        assert_eq!(bounced.state, MessageState::Dead);
        assert_eq!(bounced.reason.as_deref(), Some("it came back: user unknown: (address) 550 5.1.1"));
        assert_eq!(unreachable(&stage, &admin).await, ["author"]);
        assert_eq!(settle(&stage, &Verdict::Sent, later(now, 1)).await, [NoticeKind::AddressFailed]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operators_mail_system_reports_what_came_back() {
    let folder = tempfile::tempdir().unwrap();
    ehia(folder.path(), &["migrate"]).await.done();
    ehia(folder.path(), &["outbox", "bounced", "<nonsense@mail.example>", "--reason", "x"]).await.refused();
    let id = "01900000-0000-7000-8000-000000000001";
    for name in [id, &format!("<{id}.outbox@mail.example>")] {
        let unknown = ehia(folder.path(), &["outbox", "bounced", name, "--reason", "x"]).await.refused();
        assert!(unknown.err.contains("there is no message") && unknown.err.contains(id), "{unknown:?}");
    }
}
