//! What people want to hear by mail, and the digest they get once a day.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use ehia::{
    app::{Digest, Dispatch, Error, MailPreferencesDraft, Verdict},
    clock,
    domain::{
        calendar::{self, Moment},
        id::AssessmentId,
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        page::Window,
        permission::{Actor, Grant, Role},
        preference::MailTiming,
        settings::Settings,
        task::TaskKind,
    },
    store::outbox::{About, Message, MessageState},
};
use serde_json::json;

use crate::support::{
    database::TestDatabase,
    on_both,
    people::{Body, app},
    stage::Stage,
};

/// An hour of a day, by the clock in London, winter or summer.
fn hour(day: NaiveDate, hour: u32) -> Moment {
    let at = day.and_hms_opt(hour, 30, 0).unwrap().and_utc();
    let at = at - TimeDelta::hours(i64::from(clock::london_hour(at)) - i64::from(hour));
    Moment { at, today: day }
}

/// The first working day after the test's.
fn workday(body: &Body) -> NaiveDate {
    calendar::add_working_days(body.moment.today, 1, &[])
}

/// Sends what is due, and gives the digests by the name of whom they go to.
async fn sent(body: &Body, moment: Moment) -> BTreeMap<String, Dispatch> {
    let mut digests = BTreeMap::new();
    loop {
        let claimed = body.app.claim_messages("test", TimeDelta::minutes(1), 100, moment).await.unwrap();
        assert!(claimed.failed.is_empty(), "{:?}", claimed.failed);
        if claimed.ready.is_empty() {
            return digests;
        }
        for one in claimed.ready {
            body.app.settle_message("test", one.id, Verdict::Sent, moment).await.unwrap();
            if one.kind == NoticeKind::DailyDigest {
                assert!(digests.insert(one.to_name.clone(), one).is_none(), "one a person");
            }
        }
    }
}

fn of(digests: &BTreeMap<String, Dispatch>, role: Role) -> Option<&Digest> {
    digests.get(&format!("{role} of T6Y0W")).map(|one| one.digest.as_ref().unwrap())
}

fn tasks(digest: &Digest) -> Vec<(String, TaskKind, Option<NaiveDate>)> {
    let of = |case: &ehia::app::OwedCase| {
        let reference = case.reference.clone();
        case.tasks.iter().map(move |task| (reference.clone(), task.kind, task.due)).collect::<Vec<_>>()
    };
    digest.owed.iter().flat_map(of).collect()
}

async fn prefer(body: &Body, role: Role, draft: MailPreferencesDraft) {
    body.app.set_mail_preferences(body.who(role), &draft, body.moment).await.unwrap();
}

fn kind(kind: NoticeKind, timing: MailTiming) -> MailPreferencesDraft {
    MailPreferencesDraft { kinds: BTreeMap::from([(kind, Some(timing))]), ..MailPreferencesDraft::default() }
}

/// Posts a message of this kind about a case.
async fn tell(db: &TestDatabase, body: &Body, case: AssessmentId, what: NoticeKind, to: Role, at: Moment) {
    let reference = body.app.view(body.who(Role::Auditor), case).await.unwrap().case.reference.clone();
    let notice = Notice {
        kind: what,
        to: Recipient::Person(body.who(to).person),
        facts: NoticeFacts {
            reference,
            actor: Some(body.who(Role::PanelChair).person),
            what: Some("Approved".into()),
            ..NoticeFacts::default()
        },
    };
    let about = About { organisation: body.id, assessment: Some(case) };
    db.store.write(async |tx| tx.post(about, &[notice], at.at, &mut clock::supply()).await).await.unwrap();
}

async fn messages(db: &TestDatabase, kind: NoticeKind) -> Vec<Message> {
    let window = Window { size: 100, ..Window::default() };
    let all = db.store.read().list_outbox(&[], &window).await.unwrap().nodes;
    all.into_iter().filter(|message| message.notice.kind == kind).collect()
}

on_both! {
    async fn a_digest_lists_what_its_reader_owes_the_first_due_first_and_by_case(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let other = Body::new(&body.app, "DEMO1").await;
        let (first, _draft, _theirs) = (body.import().await, body.import().await, other.import().await);
        body.go(Role::Author, first, "submit").await.unwrap();
        let day = workday(&body);
        sent(&body, body.moment).await;

        assert_eq!(body.app.post_digests(hour(day, 7)).await.unwrap(), 0, "their hour has not come");
        assert_eq!(body.app.post_digests(hour(day, 8)).await.unwrap(), 3, "two of the one, one of the other");
        let digests = sent(&body, hour(day, 8)).await;
        for role in Role::ALL {
            let listed = body.app.list_tasks(body.who(*role), &Window::default(), body.moment).await.unwrap();
            let owed: Vec<_> = listed.nodes.into_iter().map(|(_, (_, task))| (task.kind, task.due)).collect();
            let told = of(&digests, *role).map(tasks).unwrap_or_default();
            let told: Vec<_> = told.into_iter().map(|(_, kind, due)| (kind, due)).collect();
            assert_eq!(told, owed, "{role}");
        }
        let secretary = tasks(of(&digests, Role::PanelSecretary).unwrap());
        assert_eq!(secretary.len(), 1);
        assert!(secretary[0].2.is_some(), "the review has a clock");
        assert_eq!(of(&digests, Role::Author).unwrap().owed.len(), 1);
    }

    async fn one_digest_a_day_whoever_posts_it_and_whatever_crashes(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.import().await;
        let day = workday(&body);
        let at = hour(day, 9);
        let posted = tokio::join!(body.app.post_digests(at), body.app.post_digests(at), body.app.post_digests(at));
        let posted = [posted.0, posted.1, posted.2].map(|posted| posted.unwrap());
        assert_eq!(posted.iter().sum::<usize>(), 1, "{posted:?}");
        assert_eq!(body.app.post_digests(hour(day, 22)).await.unwrap(), 0, "that day is done");
        // A worker dies with it; another takes it up, under the same identifier.
        let lost = body.app.claim_messages("died", TimeDelta::minutes(1), 10, at).await.unwrap().ready;
        let later = Moment { at: at.at + TimeDelta::minutes(2), ..at };
        let digests = sent(&body, later).await;
        let author = &digests["AUTHOR of T6Y0W"];
        assert!(lost.iter().any(|lost| lost.id == author.id));
        assert_eq!(messages(db, NoticeKind::DailyDigest).await.len(), 1);

        let next = calendar::add_working_days(day, 1, &[]);
        assert_eq!(body.app.post_digests(hour(next, 9)).await.unwrap(), 1, "and one the next working day");
        assert_eq!(body.app.sweep(hour(next + TimeDelta::days(30), 9)).await.unwrap(), 20, "days are forgotten");
    }

    async fn what_was_not_sent_on_its_day_is_told_by_the_next_digest_alone(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.import().await;
        let day = workday(&body);
        let next = calendar::add_working_days(day, 1, &[]);
        for day in [day, next] {
            assert_eq!(body.app.post_digests(hour(day, 9)).await.unwrap(), 1, "no worker sends on {day}");
        }
        let claimed = body.app.claim_messages("test", TimeDelta::minutes(1), 10, hour(next, 10)).await.unwrap();
        let digests = claimed.ready.iter().filter(|one| one.kind == NoticeKind::DailyDigest);
        assert_eq!((claimed.count, digests.count()), (claimed.ready.len() + 1, 1), "two in a morning");
    }

    async fn nobody_is_written_to_on_a_day_off_or_about_nothing(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let case = body.import().await;
        let friday = (0..7).map(|days| body.moment.today + TimeDelta::days(days));
        let saturday = friday.map(|day| day + TimeDelta::days(7)).find(|day| !calendar::is_working_day(*day, &[]));
        assert_eq!(body.app.post_digests(hour(saturday.unwrap(), 9)).await.unwrap(), 0);
        // What was to be done is done by the time it goes.
        let day = workday(&body);
        assert_eq!(body.app.post_digests(hour(day, 9)).await.unwrap(), 1);
        body.go(Role::Author, case, "withdraw").await.unwrap();
        let digests = sent(&body, hour(day, 9)).await;
        assert!(digests.is_empty(), "{digests:?}");
        let dropped = messages(db, NoticeKind::DailyDigest).await.remove(0);
        assert_eq!(dropped.state, MessageState::Dropped);
        assert_eq!(dropped.reason.as_deref(), Some("nothing is owed any more, and nothing happened"));
        let next = calendar::add_working_days(day, 1, &[]);
        assert_eq!(body.app.post_digests(hour(next, 9)).await.unwrap(), 0, "nothing is owed");
    }

    async fn what_waits_for_the_digest_is_told_there_once_in_a_line(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let case = body.import().await;
        let day = workday(&body);
        prefer(&body, Role::PanelSecretary, kind(NoticeKind::OutcomeRecorded, MailTiming::Digest)).await;
        prefer(&body, Role::Auditor, kind(NoticeKind::OutcomeRecorded, MailTiming::Off)).await;
        for role in [Role::PanelSecretary, Role::Auditor, Role::EqualityLead] {
            tell(db, &body, case, NoticeKind::OutcomeRecorded, role, body.moment).await;
        }
        // One that no longer applies when its turn comes.
        prefer(&body, Role::PanelSecretary, kind(NoticeKind::ReexaminationOpened, MailTiming::Digest)).await;
        tell(db, &body, case, NoticeKind::ReexaminationOpened, Role::PanelSecretary, body.moment).await;
        assert!(sent(&body, body.moment).await.is_empty());
        let state = async |role: Role| {
            let to = Recipient::Person(body.who(role).person);
            let of = messages(db, NoticeKind::OutcomeRecorded).await;
            of.into_iter().find(|message| message.notice.to == to).unwrap()
        };
        assert_eq!(state(Role::EqualityLead).await.state, MessageState::Sent, "at once");
        let off = state(Role::Auditor).await;
        assert_eq!(off.state, MessageState::Dropped);
        assert!(off.reason.unwrap().contains("switched off"));
        let held = state(Role::PanelSecretary).await;
        assert_eq!((held.state, held.held_at), (MessageState::Pending, Some(body.moment.at)));

        assert_eq!(body.app.post_digests(hour(day, 9)).await.unwrap(), 2, "who reads news, and the author");
        let digests = sent(&body, hour(day, 9)).await;
        let digest = of(&digests, Role::PanelSecretary).unwrap();
        assert!(digest.owed.is_empty());
        assert_eq!(digest.news.len(), 1);
        assert_eq!(digest.news[0].actor_name.as_deref(), Some("PANEL_CHAIR of T6Y0W"));
        let told = state(Role::PanelSecretary).await;
        assert_eq!(told.state, MessageState::Sent);
        assert_eq!(told.digest, Some(digests["PANEL_SECRETARY of T6Y0W"].id));
        let gone = messages(db, NoticeKind::ReexaminationOpened).await.remove(0);
        assert_eq!(gone.state, MessageState::Dropped);
        let next = calendar::add_working_days(day, 1, &[]);
        assert_eq!(body.app.post_digests(hour(next, 9)).await.unwrap(), 1, "the author's alone");
        assert!(of(&sent(&body, hour(next, 9)).await, Role::PanelSecretary).is_none());
    }

    async fn what_a_digest_could_not_deliver_stands_in_the_next(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let case = body.import().await;
        prefer(&body, Role::PanelSecretary, kind(NoticeKind::OutcomeRecorded, MailTiming::Digest)).await;
        tell(db, &body, case, NoticeKind::OutcomeRecorded, Role::PanelSecretary, body.moment).await;
        sent(&body, body.moment).await;
        let mut day = workday(&body);
        body.app.post_digests(hour(day, 9)).await.unwrap();
        let lost = body.app.claim_messages("test", TimeDelta::minutes(1), 10, hour(day, 9)).await.unwrap().ready;
        for one in lost {
            let verdict = Verdict::Dead { reason: "the server was away".into() };
            body.app.settle_message("test", one.id, verdict, hour(day, 9)).await.unwrap();
        }
        day = calendar::add_working_days(day, 1, &[]);
        body.app.post_digests(hour(day, 9)).await.unwrap();
        let digests = sent(&body, hour(day, 9)).await;
        assert_eq!(of(&digests, Role::PanelSecretary).unwrap().news.len(), 1);
    }

    async fn a_digest_goes_at_the_hour_and_with_what_its_reader_chose(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.import().await;
        let day = workday(&body);
        let evening = MailPreferencesDraft { digest_hour: Some(18), ..MailPreferencesDraft::default() };
        prefer(&body, Role::Author, evening).await;
        assert_eq!(body.app.post_digests(hour(day, 17)).await.unwrap(), 0);
        assert_eq!(body.app.post_digests(hour(day, 18)).await.unwrap(), 1);
        let none = MailPreferencesDraft { tasks_in_digest: Some(false), ..MailPreferencesDraft::default() };
        prefer(&body, Role::Author, none).await;
        assert!(sent(&body, hour(day, 18)).await.is_empty(), "they did not want it any more when it went");
        let next = calendar::add_working_days(day, 1, &[]);
        assert_eq!(body.app.post_digests(hour(next, 18)).await.unwrap(), 0);
    }

    async fn who_left_or_was_disabled_is_told_nothing(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.import().await;
        let day = workday(&body);
        let author = body.who(Role::Author).person;
        let before = hour(day, 9);
        assert_eq!(body.app.post_digests(before).await.unwrap(), 1);
        let elsewhere = Body::new(&body.app, "DEMO1").await.id;
        let elsewhere = Grant { organisation: elsewhere, role: Role::Author, until: None };
        db.store
            .write::<_, ehia::store::Error>(async |tx| {
                tx.revoke(author, body.id, Role::Author, body.moment.today).await?;
                tx.grant(author, &elsewhere, body.moment.at).await
            })
            .await
            .unwrap();
        assert!(sent(&body, before).await.is_empty(), "what they left does not concern them");
    }

    async fn preferences_are_a_persons_own_and_what_the_process_waits_for_cannot_be_off(db) {
        let stage = Stage::new(db, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let other = stage.at_home("other", Role::Author).await;
        let query = "{ viewer { mailPreferences { digestHour tasksInDigest kinds { kind meaning timing usual choices } } } }";
        let read = async |who| stage.read(who, query, json!({})).await["viewer"]["mailPreferences"].clone();
        let usual = read(&author).await;
        assert_eq!((&usual["digestHour"], &usual["tasksInDigest"]), (&json!(8), &json!(true)));
        let of = |preferences: &serde_json::Value, kind: &str| {
            let kinds = preferences["kinds"].as_array().unwrap();
            kinds.iter().find(|one| one["kind"] == kind).unwrap().clone()
        };
        assert_eq!(usual["kinds"].as_array().unwrap().len(), NoticeKind::ALL.len());
        assert_eq!(of(&usual, "REMINDER")["timing"], "DIGEST");
        assert_eq!(of(&usual, "ACTION_RECEIVED")["timing"], "AT_ONCE");
        assert_eq!(of(&usual, "PASSWORD_RESET")["choices"], json!(["AT_ONCE"]));
        assert_eq!(of(&usual, "PANEL_ASSIGNED")["choices"], json!(["AT_ONCE", "DIGEST"]));

        let mutation = "mutation($input: SetMailPreferencesInput!) { setMailPreferences(input: $input) { mailPreferences { digestHour kinds { kind timing } } errors { code message path } } }";
        let set = async |who, input| {
            stage.read(who, mutation, json!({"input": input})).await["setMailPreferences"].clone()
        };
        let changed = set(&author, json!({"digestHour": 17, "kinds": [{"kind": "ACTION_RECEIVED", "timing": "OFF"}]})).await;
        assert_eq!(changed["errors"], json!([]));
        assert_eq!(of(&read(&author).await, "ACTION_RECEIVED")["timing"], "OFF");
        assert_eq!(read(&author).await["digestHour"], 17);
        assert_eq!(read(&other).await, usual, "nobody else's are touched");
        let back = set(&author, json!({"kinds": [{"kind": "ACTION_RECEIVED"}]})).await;
        assert_eq!(of(&back["mailPreferences"], "ACTION_RECEIVED")["timing"], "AT_ONCE");
        assert_eq!(back["mailPreferences"]["digestHour"], 17, "what is absent stays");

        for (input, path) in [
            (json!({"digestHour": 24}), "digestHour"),
            (json!({"digestHour": -1}), "digestHour"),
            (json!({"kinds": [{"kind": "PASSWORD_RESET", "timing": "OFF"}]}), "kinds"),
            (json!({"kinds": [{"kind": "PASSWORD_RESET", "timing": "DIGEST"}]}), "kinds"),
            (json!({"kinds": [{"kind": "DECISION_AWAITED", "timing": "OFF"}]}), "kinds"),
            (json!({"kinds": [{"kind": "SHARED"}, {"kind": "SHARED", "timing": "OFF"}]}), "kinds"),
        ] {
            let refused = set(&author, input.clone()).await;
            assert_eq!(refused["mailPreferences"], json!(null), "{input}");
            assert_eq!(refused["errors"][0]["path"][0], path, "{input}: {refused}");
        }
        let reader = Actor { read_only: true, ..author.actor.clone() };
        let refused = stage.app.set_mail_preferences(&reader, &MailPreferencesDraft::default(), stage.moment).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
    }
}
