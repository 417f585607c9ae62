//! What the worker does when something fails: it goes on with everything else.

use std::{
    fs,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use chrono::TimeDelta;
use ehia::{
    app::Edit,
    clock,
    domain::{
        calendar::Moment,
        edit::List,
        event::EventKind,
        id::{AssessmentId, Identifier, InterdependencyId},
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        page::Window,
        permission::Role,
        settings::Settings,
    },
    mail::transport::{MailSettings, Mailer},
    store::{
        outbox::{About, MessageState},
        reaction::ReactionKind,
    },
    worker::{Pace, Seal, Worker},
};
use secrecy::SecretString;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::{
    database::TestDatabase,
    on_both,
    people::{Body, app},
    program::{Running, ehia, ehia_with},
    smtp::{Smtp, until},
};

const LEASE: TimeDelta = TimeDelta::minutes(5);

/// Lets a case rely on another, which is to proceed; the edge.
async fn rely(body: &Body, case: AssessmentId, target: AssessmentId) -> InterdependencyId {
    let auditor = body.who(Role::Auditor);
    let reference = body.app.view(auditor, target).await.unwrap().case.reference.clone();
    let version = body.app.view(auditor, case).await.unwrap().case.version;
    let fields = json!({"kind": "RELIES_ON", "target": reference, "premise": "It opens.", "holdsWhen": "TARGET_PROCEEDS"});
    let edge = Edit::Element {
        list: List::Interdependencies,
        id: None,
        fields: fields.as_object().unwrap().clone(),
    };
    let changed =
        body.app.edit(body.who(Role::Author), case, version, vec![edge], None, body.moment).await.unwrap();
    changed.view.case.content.interdependencies.last().unwrap().id
}

async fn reliance(body: &Body, case: AssessmentId, edge: InterdependencyId) -> Option<bool> {
    body.app.view(body.who(Role::Auditor), case).await.unwrap().case.process.holds.get(&edge).copied()
}

/// Sets the standing of a case past the program, as another transaction would that commits just then.
async fn stand(db: &TestDatabase, case: AssessmentId, standing: &str) {
    let id = db.literal(&case.uuid().to_string());
    assert_eq!(db.tamper(&format!("UPDATE assessment SET standing = '{standing}' WHERE id = {id}")).await, 1);
}

/// Makes a case unreadable, or readable again.
async fn spoil(db: &TestDatabase, case: AssessmentId, spoilt: bool) {
    let id = db.literal(&case.uuid().to_string());
    let digest = if spoilt { "content_sha256 || 'x'" } else { "substr(content_sha256, 1, 64)" };
    db.tamper(&format!("UPDATE assessment SET content_sha256 = {digest} WHERE id = {id}")).await;
}

fn later(moment: Moment, by: TimeDelta) -> Moment {
    let at = moment.at + by;
    Moment { at, today: clock::london(at) }
}

async fn react(body: &Body, at: Moment) -> usize {
    body.app.work_reactions("test", LEASE, 50, at).await.unwrap()
}

/// How many reactions are in this state.
async fn reactions(db: &TestDatabase, state: &str) -> i64 {
    db.number(&format!("SELECT count(*) FROM reaction WHERE state = '{state}'")).await
}

on_both! {
    async fn a_reliance_is_looked_at_again_after_the_edit_that_made_it(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let (case, target) = (body.import().await, body.import().await);
        react(&body, body.moment).await;
        let edge = rely(&body, case, target).await;
        // Decided in a transaction that could not see the reliance yet, so it left no reaction.
        stand(db, target, "proceeding").await;
        assert_eq!(reliance(&body, case, edge).await, None);
        assert_eq!(react(&body, body.moment).await, 1);
        assert_eq!(reliance(&body, case, edge).await, Some(true));
        assert_eq!(react(&body, body.moment).await, 0);

        // An edit of something else knows less than the reaction that was handled meanwhile, and leaves it alone.
        stand(db, target, "pending").await;
        let version = body.app.view(body.who(Role::Author), case).await.unwrap().case.version;
        let title = vec![Edit::Title("Another".into())];
        body.app.edit(body.who(Role::Author), case, version, title, None, body.moment).await.unwrap();
        assert_eq!(reliance(&body, case, edge).await, Some(true));
        assert_eq!(react(&body, body.moment).await, 0, "it came to rely on nothing new");
    }

    async fn however_many_cases_react_all_of_it_is_written(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let case = body.import().await;
        react(&body, body.moment).await;
        assert_eq!(reactions(db, "pending").await, 0);
        // Their columns together are more than one statement takes of either database.
        let cases = vec![(case, body.id); 6000];
        let at = body.moment.at;
        let written = db.store.write(async |tx| tx.react_again(&cases, at, &mut clock::supply()).await).await.unwrap();
        assert_eq!((written, reactions(db, "pending").await), (6000, 6000));
    }

    async fn a_reaction_that_fails_waits_longer_each_time_and_is_set_aside_with_its_reason(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let (broken, sound, target) = (body.import().await, body.import().await, body.import().await);
        let (_, edge) = (rely(&body, broken, target).await, rely(&body, sound, target).await);
        stand(db, target, "proceeding").await;
        spoil(db, broken, true).await;
        assert_eq!(react(&body, body.moment).await, 2);
        assert_eq!(reliance(&body, sound, edge).await, Some(true), "the other is not held up");
        assert_eq!((reactions(db, "done").await, reactions(db, "pending").await), (1, 1));
        let mut now = body.moment;
        for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(react(&body, later(now, TimeDelta::seconds(60 * minutes - 1))).await, 0, "{minutes}");
            now = later(now, TimeDelta::minutes(minutes));
            assert_eq!(react(&body, now).await, 1, "{minutes}");
        }
        for _ in 0..20 {
            now = later(now, TimeDelta::hours(1));
            react(&body, now).await;
        }
        assert_eq!((reactions(db, "dead").await, reactions(db, "pending").await), (1, 0));
        let told = "SELECT count(*) FROM reaction WHERE state = 'dead' AND attempts = 20 AND reason LIKE '%is not the one that was saved%'";
        assert_eq!(db.number(told).await, 1);
        spoil(db, broken, false).await;
        assert_eq!(react(&body, later(now, TimeDelta::days(9))).await, 0, "it is for an operator to look at");
    }

    async fn a_lease_that_ended_is_taken_by_another_worker_and_its_owner_commits_nothing(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let (case, target) = (body.import().await, body.import().await);
        let edge = rely(&body, case, target).await;
        stand(db, target, "proceeding").await;
        let lease = TimeDelta::seconds(60);
        let claimed = db.store.claim_reactions("died", body.moment.at, lease, 50).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(react(&body, later(body.moment, TimeDelta::seconds(59))).await, 0);
        assert_eq!(react(&body, later(body.moment, TimeDelta::seconds(60))).await, 1);
        assert_eq!(reliance(&body, case, edge).await, Some(true));
        let late = db.store.write(async |tx| tx.reaction_done(claimed[0].id, "died").await).await.unwrap();
        assert!(!late);
        assert!(!db.store.postpone_reaction(claimed[0].id, "died", None, "late").await.unwrap());
        assert_eq!((reactions(db, "done").await, reactions(db, "dead").await), (1, 0));
    }

    async fn a_row_that_cannot_be_read_stops_no_other(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let (case, target) = (body.import().await, body.import().await);
        let edge = rely(&body, case, target).await;
        stand(db, target, "proceeding").await;
        let kind = ReactionKind::StandingChanged;
        db.store.write(async |tx| tx.react(target, kind, body.moment.at, &mut clock::supply()).await).await.unwrap();
        let first = "(SELECT id FROM reaction ORDER BY id LIMIT 1)";
        db.tamper(&format!("UPDATE reaction SET kind = 'nonsense' WHERE id = {first}")).await;
        assert_eq!(react(&body, body.moment).await, 1);
        assert_eq!(reliance(&body, case, edge).await, Some(true));
        let told = "SELECT count(*) FROM reaction WHERE state = 'dead' AND reason LIKE '%`nonsense` is not a ReactionKind%'";
        assert_eq!(db.number(told).await, 1);
        assert_eq!(react(&body, later(body.moment, TimeDelta::days(1))).await, 0);

        // The same with messages.
        let messages = post(db, &body, &[case, case]).await;
        let of = db.literal(&messages[0]);
        db.tamper(&format!("UPDATE outbox_message SET kind = 'nonsense' WHERE id = {of}")).await;
        let claimed = body.app.claim_messages("test", LEASE, 10, body.moment).await.unwrap();
        assert_eq!((claimed.ready.len(), claimed.failed.len()), (1, 0));
        assert_eq!(db.number("SELECT count(*) FROM outbox_message WHERE state = 'dead'").await, 1);
    }

    async fn a_message_that_cannot_be_made_ready_stops_no_other(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let (broken, sound) = (body.import().await, body.import().await);
        post(db, &body, &[broken, sound, broken]).await;
        spoil(db, broken, true).await;
        let sent = async || db.number("SELECT count(*) FROM outbox_message WHERE state = 'sent'").await;
        run(&body, memory(), async || (sent().await == 1).then_some(())).await;
        let waiting = db.store.read().list_outbox(&[MessageState::Pending], &Window::default()).await.unwrap().nodes;
        assert_eq!(waiting.len(), 2);
        for message in waiting {
            let reason = message.reason.unwrap();
            assert!(reason.contains("the content is not the one that was saved"), "{reason}");
            assert!(message.next_at > body.moment.at, "it is tried again later");
        }
        spoil(db, broken, false).await;
    }

    async fn a_case_that_cannot_be_read_stops_no_clock(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
        let mut cases = Vec::new();
        for _ in 0..3 {
            let id = body.import().await;
            body.go(Role::Author, id, "send").await.unwrap();
            cases.push(id);
        }
        cases.sort();
        spoil(db, cases[0], true).await;
        let month = later(body.moment, TimeDelta::days(30));
        // One case at a time, so that the unreadable one is a whole page.
        assert!(body.app.tick(1, month).await.is_err(), "that it failed is told");
        spoil(db, cases[0], false).await;
        let announced = async |case: AssessmentId| {
            let history = body.app.history(body.who(Role::Auditor), case, &Window { size: 100, ..Window::default() }).await.unwrap();
            history.nodes.iter().filter(|(_, event)| event.event.kind == EventKind::ClockOverdue).count()
        };
        assert_eq!((announced(cases[0]).await, announced(cases[1]).await, announced(cases[2]).await), (0, 1, 1));
        assert_eq!(body.app.tick(1, month).await.unwrap(), 1);
        assert_eq!(body.app.tick(1, month).await.unwrap(), 0, "each once");
        assert_eq!((announced(cases[0]).await, announced(cases[1]).await), (1, 1));
    }

    async fn work_of_one_kind_that_fails_holds_up_no_other(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let (broken, sound) = (body.import().await, body.import().await);
        let id = db.literal(&broken.uuid().to_string());
        assert!(db.tamper(&format!("UPDATE task SET due = '2020-01-01' WHERE assessment_id = {id}")).await > 0);
        spoil(db, broken, true).await;
        // Clocks fail from now on, later and later; messages go one after the other, each when the one before has gone.
        let sent = async || db.number("SELECT count(*) FROM outbox_message WHERE state = 'sent'").await;
        let round = AtomicU32::new(0);
        let all = async || {
            let pending = "SELECT count(*) FROM outbox_message WHERE state IN ('pending', 'leased')";
            if db.number(pending).await == 0 && round.fetch_add(1, Ordering::Relaxed) < 30 {
                queue(db, &body, sound).await;
            }
            (sent().await >= 30).then_some(())
        };
        run(&body, memory(), all).await;
        spoil(db, broken, false).await;
    }

    async fn what_failed_wakes_nobody_while_it_rests(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let case = body.import().await;
        react(&body, body.moment).await;
        queue(db, &body, case).await;
        // No message can be claimed any more.
        let refused = if db.store.is_shared() {
            "ALTER TABLE outbox_message ADD CONSTRAINT refused CHECK (state <> 'leased') NOT VALID"
        } else {
            "CREATE TRIGGER refused BEFORE UPDATE ON outbox_message BEGIN SELECT RAISE(ABORT, 'refused'); END"
        };
        db.tamper(refused).await;
        let stop = CancellationToken::new();
        let worker = Worker::new(body.app.clone(), memory(), None, pace(Duration::from_hours(1)));
        let working = tokio::spawn(worker.run(stop.clone()));
        // Once its first rounds are over, half a second asks no more than one look at what waits.
        let asked = async || {
            let before = db.statements.load(Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(3)).await;
            db.statements.load(Ordering::Relaxed) - before
        };
        let few = until(Duration::from_secs(20), async || (asked().await <= 8).then_some(())).await;
        stop.cancel();
        working.await.unwrap();
        few.expect("it asks twice a second whether reactions wait, and nothing else");
        assert_eq!(db.number("SELECT count(*) FROM outbox_message WHERE state = 'sent'").await, 0);
    }

    async fn a_worker_of_another_process_is_woken_by_what_is_committed_here(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let (case, target) = (body.import().await, body.import().await);
        let store = ehia::store::Store::open(&db.url, ehia::store::Options::default()).await.unwrap();
        let elsewhere = ehia::app::App::new(store, ehia::app::Options::default());
        let stop = CancellationToken::new();
        // It would look by itself long after this has ended.
        let worker = Worker::new(elsewhere, memory(), None, pace(Duration::from_hours(1)));
        let working = tokio::spawn(worker.run(stop.clone()));
        let waiting = "SELECT (SELECT count(*) FROM reaction WHERE state <> 'done')
            + (SELECT count(*) FROM outbox_message WHERE state <> 'sent' AND kind = 'outcome_recorded')";
        // The first may find it in the middle of its first round, and the second behind it.
        for wave in 1..=4 {
            if wave % 2 == 0 {
                queue(db, &body, case).await;
            } else {
                rely(&body, case, target).await;
            }
            let none = async || (db.number(waiting).await == 0).then_some(());
            until(Duration::from_secs(20), none).await.unwrap_or_else(|| panic!("{wave}: it sleeps"));
        }
        stop.cancel();
        working.await.unwrap();
    }

    async fn what_has_ended_is_swept(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let author = body.who(Role::Author);
        let edit = |title: &str| vec![Edit::Title(title.into())];
        let case = body.import().await;
        for (version, key) in [(1, "old"), (2, "new")] {
            body.app.edit(author, case, version, edit(key), Some(key.into()), body.moment).await.unwrap();
        }
        let until = body.moment.today + TimeDelta::days(3);
        let signed_in = SecretString::from("ehia_s_synthetic");
        body.app.issue_token(author, Some(&signed_in), "Nightly", true, until, body.moment).await.unwrap();
        let count = async |table: &str| db.number(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(body.app.sweep(body.moment).await.unwrap(), 0);
        assert_eq!(body.app.sweep(later(body.moment, TimeDelta::hours(23))).await.unwrap(), 0);
        assert_eq!((count("idempotency").await, count("api_token").await), (2, 1));
        assert_eq!(body.app.sweep(later(body.moment, TimeDelta::days(7))).await.unwrap(), 3);
        assert_eq!((count("idempotency").await, count("api_token").await), (0, 0));

        // The worker does it by itself.
        body.app.edit(author, case, 3, edit("again"), Some("again".into()), body.moment).await.unwrap();
        db.tamper("UPDATE idempotency SET expires_at = '2020-01-01T00:00:00+00:00'").await;
        run(&body, memory(), async || (count("idempotency").await == 0).then_some(())).await;
    }

    async fn a_copy_of_the_checkpoints_that_fell_far_behind_is_made_whole(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("checkpoints.jsonl");
        let mut seal = Seal::open(folder.path()).unwrap();
        for _ in 0..20 {
            body.import().await;
            seal.sign(&body.app, body.moment).await.unwrap();
        }
        let whole = fs::read_to_string(&copy).unwrap();
        assert_eq!(whole.lines().count(), 20);
        for end in [0, whole.len() / 3, whole.len() - 1] {
            fs::write(&copy, &whole[..end]).unwrap();
            Seal::open(folder.path()).unwrap().sign(&body.app, body.moment).await.unwrap();
            assert_eq!(fs::read_to_string(&copy).unwrap(), whole);
        }
    }
}

/// Posts a message about each of these cases; their identifiers, in order.
async fn post(db: &TestDatabase, body: &Body, about: &[AssessmentId]) -> Vec<String> {
    db.tamper("DELETE FROM outbox_message").await;
    for case in about {
        queue(db, body, *case).await;
    }
    let posted = db.store.read().list_outbox(&[], &Window::default()).await.unwrap();
    posted.nodes.into_iter().map(|message| message.id.uuid().to_string()).collect()
}

/// Posts one message about a case.
async fn queue(db: &TestDatabase, body: &Body, case: AssessmentId) {
    let about = About { organisation: body.id, assessment: Some(case) };
    let notice = Notice {
        kind: NoticeKind::OutcomeRecorded,
        to: Recipient::Person(body.who(Role::Author).person),
        facts: NoticeFacts::default(),
    };
    let at = body.moment.at;
    db.store.write(async |tx| tx.post(about, &[notice], at, &mut clock::supply()).await).await.unwrap();
}

pub fn memory() -> Mailer {
    let settings = MailSettings {
        transport: SecretString::from("memory:"),
        from: "EHIA <ehia@mail.example>".into(),
        ca_certificate: None,
        timeout: Duration::from_secs(5),
    };
    Mailer::new(&settings).unwrap()
}

fn pace(poll: Duration) -> Pace {
    Pace {
        poll,
        lease: LEASE,
        checkpoint: None,
        digests: None,
        public_url: "https://ehia.example.org/".parse().unwrap(),
    }
}

/// Runs a worker until that is so, then tells it to end and waits until it has.
async fn run(body: &Body, mailer: Mailer, done: impl AsyncFn() -> Option<()>) {
    let stop = CancellationToken::new();
    let worker = Worker::new(body.app.clone(), mailer, None, pace(Duration::from_millis(50)));
    let working = tokio::spawn(worker.run(stop.clone()));
    let came = until(Duration::from_secs(30), done).await;
    stop.cancel();
    working.await.unwrap();
    came.expect("the worker did it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_end_it_finishes_the_message_it_began() {
    let Some(smtp) = Smtp::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    ehia(folder.path(), &["migrate"]).await.done();
    ehia(folder.path(), &["organisation", "add", "--ods", "T6Y0W", "--name", "Synthetic"]).await.done();
    // A recipient for whom the server takes two seconds.
    let add = [
        "user",
        "add",
        "--email",
        "slow@mail.example",
        "--name",
        "Slow",
        "--organisation",
        "T6Y0W",
        "--role",
        "author",
    ];
    ehia_with(folder.path(), &[&add[..], &["--password-file", "-"]].concat(), "a password to try\n")
        .await
        .done();
    let (url, ca) = (smtp.url(smtp.starttls_port), smtp.ca_certificate());
    let serve = ["serve", "--listen", "127.0.0.1:0", "--mail", &url, "--mail-ca", ca.to_str().unwrap()];
    let mut serving = Running::start(folder.path(), &serve);
    let line = serving.line().await;
    let address = line.trim().strip_prefix("Listening on ").unwrap().to_owned();
    let query = "mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { errors { code } } }";
    let body = json!({"query": query, "variables": {"input": {"email": "slow@mail.example"}}});
    let answer = reqwest::Client::new().post(format!("{address}/graphql")).json(&body).send().await.unwrap();
    assert!(answer.status().is_success());
    let state = async || {
        let said = ehia(folder.path(), &["outbox", "list", "--json"]).await.done();
        let first: serde_json::Value = serde_json::from_str(said.out.lines().next()?).unwrap();
        Some(first["state"].as_str().unwrap().to_owned())
    };
    let leased = until(Duration::from_secs(20), async || (state().await? == "LEASED").then_some(())).await;
    leased.expect("the message is on its way");
    assert!(smtp.mailbox().is_empty(), "and has not arrived");
    assert_eq!(serving.terminate().await.0, Some(0));
    assert_eq!(state().await.as_deref(), Some("SENT"));
    smtp.settled().await;
    assert_eq!(smtp.mailbox().len(), 1);
}
