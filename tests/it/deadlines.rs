//! Days that pass are announced once, whatever there is to do.

use chrono::TimeDelta;
use ehia::{
    app::{MailPreferencesDraft, Verdict},
    clock,
    domain::{
        calendar::{self, Moment},
        event::EventKind,
        id::{AssessmentId, Identifier},
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        page::Window,
        permission::Role,
        preference::MailTiming,
        settings::Settings,
        workflow::definition::Workflow,
    },
    store::outbox::About,
};
use serde_json::{Value, json};

use crate::{
    definition::workflow,
    store_audit::faults,
    support::{
        database::TestDatabase,
        on_both,
        people::{Body, app},
    },
};

/// A workflow in which a recommendation starts a clock that runs until the case is closed, and asks for ratification.
fn timed() -> Value {
    let mut timed = workflow("timed", 1, "Timed");
    let clock = json!({"name": "adoption", "days": 10, "due": "ESCALATE", "runsIn": ["APPROVED", "DECIDED"]});
    timed["clocks"].as_array_mut().unwrap().push(clock);
    for transition in timed["transitions"].as_array_mut().unwrap() {
        if transition["name"] == "recommend" {
            let effects = transition["effects"].as_array_mut().unwrap();
            effects.push(json!({"name": "start_clock", "clock": "adoption"}));
            effects.push(json!({"name": "require_ratification", "days": 15}));
        }
    }
    let recommend = |one: &&mut Value| one["name"] == "recommend";
    let urgent = timed["transitions"].as_array_mut().unwrap().iter_mut().find(recommend).unwrap();
    let mut whole = urgent.clone();
    urgent["requires"] = json!(["URGENCY"]);
    // What ratifies that is a quorum.
    (whole["name"], whole["effects"]) = (json!("recommend_together"), json!([]));
    whole.as_object_mut().unwrap().remove("withoutQuorum");
    whole["guards"].as_array_mut().unwrap().push(json!({"name": "quorum", "members": 2}));
    timed["transitions"].as_array_mut().unwrap().push(whole);
    timed
}

/// A case that was recommended.
async fn recommended(db: &TestDatabase) -> (Body, AssessmentId) {
    let body = Body::new(&app(db), "T6Y0W").await;
    body.app.publish::<Workflow>(None, &body.code, timed().to_string(), body.moment).await.unwrap();
    body.set(Settings { workflow: "timed".into(), ..Settings::default() }).await.unwrap();
    // Everybody hears at once.
    let at_once = MailPreferencesDraft {
        kinds: [(NoticeKind::Reminder, Some(MailTiming::AtOnce))].into(),
        ..MailPreferencesDraft::default()
    };
    for role in Role::ALL {
        body.app.set_mail_preferences(body.who(*role), &at_once, body.moment).await.unwrap();
    }
    let case = body.import().await;
    body.go(Role::Author, case, "send").await.unwrap();
    body.go(Role::EqualityLead, case, "recommend").await.unwrap();
    (body, case)
}

fn later(moment: Moment, days: i64) -> Moment {
    let at = moment.at + TimeDelta::days(days);
    Moment { at, today: clock::london(at) }
}

/// The clocks that were announced, in order.
async fn announced(body: &Body, case: AssessmentId) -> Vec<String> {
    let window = Window { size: 100, ..Window::default() };
    let history = body.app.history(body.who(Role::Auditor), case, &window).await.unwrap();
    let passed = history.nodes.iter().filter(|(_, event)| event.event.kind == EventKind::ClockOverdue);
    passed.map(|(_, event)| event.payload.as_ref().unwrap()["clock"].as_str().unwrap().to_owned()).collect()
}

/// Sends the messages that are due, and says to whom reminders go.
async fn reminded(body: &Body, at: Moment) -> Vec<String> {
    let claimed = body.app.claim_messages("test", TimeDelta::minutes(1), 100, at).await.unwrap().ready;
    let mut told = Vec::new();
    for one in claimed {
        body.app.settle_message("test", one.id, Verdict::Sent, at).await.unwrap();
        if one.kind.as_str() == "REMINDER" {
            told.push(one.to_name);
        }
    }
    told.sort();
    told
}

on_both! {
    async fn a_clock_is_announced_once_though_nothing_is_to_be_done(db) {
        let (body, case) = recommended(db).await;
        let second = body.import().await;
        for (role, step) in [(Role::Author, "send"), (Role::EqualityLead, "recommend"), (Role::DecisionMaker, "adopt")] {
            body.go(role, second, step).await.unwrap();
        }
        reminded(&body, body.moment).await;
        let due = body.app.view(body.who(Role::Auditor), case).await.unwrap().case.process.clone();
        let (clock, ratified) = (due.clocks["adoption"].due.unwrap(), due.ratification_due.unwrap());
        let days = |to: chrono::NaiveDate| (to - body.moment.today).num_days();
        let on_the_day = later(body.moment, days(clock));
        let overdue = format!("SELECT count(*) FROM task WHERE kind <> 'RATIFY' AND due < '{}'", later(body.moment, days(ratified) + 1).today);
        assert_eq!(db.number(&overdue).await, 0, "no task is overdue");

        assert_eq!(body.app.tick(1, on_the_day).await.unwrap(), 2, "both are due soon");
        assert!(announced(&body, case).await.is_empty(), "a clock is overdue from the day after");
        assert_eq!(reminded(&body, on_the_day).await, [""; 0], "nothing is to be done");
        let day = later(body.moment, days(calendar::add_working_days(clock, 1, &[])));
        // Two workers at once.
        let (one, other) = tokio::join!(body.app.tick(1, day), body.app.tick(1, day));
        assert_eq!(one.unwrap_or_default() + other.unwrap_or_default(), 2);
        assert_eq!(body.app.tick(1, day).await.unwrap(), 0);
        assert_eq!(db.store.read().overdue(day.today, None, 10).await.unwrap(), [], "nothing is looked at again");
        for case in [case, second] {
            assert_eq!(announced(&body, case).await, ["adoption"]);
        }
        let told = reminded(&body, day).await;
        assert!(told.contains(&"GOVERNANCE of T6Y0W".to_owned()), "{told:?}");

        // What the chair did between meetings is to be ratified: chair and secretary are reminded before that day.
        let before = later(body.moment, days(calendar::working_days_before(ratified, 2, &[])));
        assert_eq!(body.app.tick(50, before).await.unwrap(), 2);
        let told = reminded(&body, before).await;
        assert_eq!(told, ["PANEL_CHAIR of T6Y0W", "PANEL_CHAIR of T6Y0W", "PANEL_SECRETARY of T6Y0W", "PANEL_SECRETARY of T6Y0W"]);
        assert_eq!(faults(db, &[]).await, []);
    }

    async fn nobody_is_reminded_twice_a_day_of_a_case_or_of_what_is_done(db) {
        let (body, case) = recommended(db).await;
        reminded(&body, body.moment).await;
        let process = body.app.view(body.who(Role::Auditor), case).await.unwrap().case.process.clone();
        let ratified = process.ratification_due.unwrap();
        let on = |day: chrono::NaiveDate| later(body.moment, (day - body.moment.today).num_days());
        let before = on(calendar::working_days_before(ratified, 2, &[]));
        assert!(body.app.tick(50, before).await.unwrap() > 0);
        // A second one of that day, of whatever is due, and one that comes after other news of the case.
        let remind = async |at: Moment, to: Role| {
            let facts = NoticeFacts { due: Some(ratified), ..NoticeFacts::default() };
            let to = Recipient::Person(body.who(to).person);
            let notice = Notice { kind: NoticeKind::Reminder, to, facts };
            let about = About { organisation: body.id, assessment: Some(case) };
            let posted = async |tx: &mut ehia::store::Tx| tx.post(about, &[notice], at.at, &mut clock::supply()).await;
            db.store.write::<_, ehia::store::Error>(posted).await.unwrap();
        };
        remind(before, Role::PanelChair).await;
        let told = reminded(&body, before).await;
        assert_eq!(told.iter().filter(|name| name.starts_with("PANEL_CHAIR")).count(), 1, "{told:?}");
        let dropped = "SELECT count(*) FROM outbox_message WHERE state = 'dropped' AND reason LIKE 'the recipient was written to about this case that day'";
        assert_eq!(db.number(dropped).await, 1);
        // The next day is another day, but by then it does not stand any more.
        let next = later(before, 1);
        remind(next, Role::PanelChair).await;
        body.go(Role::EqualityLead, case, "reopen").await.unwrap();
        assert_eq!(reminded(&body, next).await, [""; 0]);
        let done = "SELECT count(*) FROM outbox_message WHERE state = 'dropped' AND kind = 'reminder' AND reason LIKE 'what it asks for was done%'";
        assert_eq!(db.number(done).await, 1);
        assert_eq!(faults(db, &[]).await, []);
    }

    async fn cases_there_were_are_looked_at_once_for_what_is_due(db) {
        let (body, case) = recommended(db).await;
        let next = async || {
            let on = db.store.read().remindable("9000-01-01".parse().unwrap(), None, 10).await.unwrap();
            (on.len(), db.store.read().remindable(body.moment.today, None, 10).await.unwrap())
        };
        assert_eq!(next().await, (1, vec![]));
        body.import().await;
        // As the step that adds the day leaves them.
        db.tamper("UPDATE assessment SET remind_on = '1970-01-01'").await;
        assert_eq!(next().await.1.len(), 2);
        assert_eq!(body.app.tick(50, body.moment).await.unwrap(), 0, "nothing is due");
        assert_eq!(next().await, (1, vec![]));
        assert_eq!(db.store.read().remindable("9000-01-01".parse().unwrap(), None, 10).await.unwrap(), [case]);
    }

    async fn an_approval_that_no_longer_stands_is_not_ratified(db) {
        let (body, case) = recommended(db).await;
        body.go(Role::EqualityLead, case, "reopen").await.unwrap();
        assert_eq!(body.app.tick(50, later(body.moment, 100)).await.unwrap(), 0);
        let process = body.app.view(body.who(Role::Auditor), case).await.unwrap().case.process.clone();
        assert_eq!((process.ratification_due, process.announces()), (None, None));
    }

    async fn the_days_of_cases_there_were_are_filled_in_by_the_step_that_adds_them(db) {
        let (body, case) = recommended(db).await;
        let draft = body.import().await;
        let days = async || {
            let due = db.number("SELECT count(*) FROM assessment WHERE clock_due IS NOT NULL").await;
            (due, db.store.read().overdue(later(body.moment, 100).today, None, 10).await.unwrap())
        };
        assert_eq!(days().await, (1, vec![case]));
        // One more whose process cannot be read.
        let id = db.literal(&draft.uuid().to_string());
        let broken = if db.store.is_shared() { "'\\x00'::bytea" } else { "X'00'" };
        assert_eq!(db.tamper(&format!("UPDATE assessment SET process = {broken} WHERE id = {id}")).await, 1);
        db.tamper("DROP INDEX index_assessment_clock_due_id").await;
        db.tamper("ALTER TABLE assessment DROP COLUMN clock_due").await;
        assert_eq!(db.tamper("DELETE FROM seaql_migrations WHERE version = 'm20261122_000011_clock'").await, 1);
        let other = ehia::store::Store::open(&db.url, ehia::store::Options::default()).await.unwrap();
        assert_eq!(other.migrate().await.unwrap(), ["m20261122_000011_clock"]);
        assert_eq!(days().await, (1, vec![case]));
        let day = later(body.moment, 100);
        assert_eq!(body.app.tick(50, day).await.unwrap(), 1);
        assert_eq!(announced(&body, case).await, ["adoption"]);
        assert!(faults(db, &[]).await.iter().all(|fault| fault.place.contains(&draft.to_string())));
    }
}
