//! `kill -9` of server and worker at random moments while walk-throughs run: nothing that was acknowledged is lost,
//! nothing is half written, no message is missing, and one that comes twice comes under one `Message-ID`.
//!
//! `EHIA_CRASH_ROUNDS` walk-throughs are shared out between the databases; `EHIA_CRASH_SEED` plays a run's moments
//! again, as far as the machine's own timing lets it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    runner::{Expected, Failure, Run, Script},
    support::{
        database::TestDatabase,
        on_both,
        play::{delivered, differences, run, script},
        service::Service,
        smtp::Smtp,
    },
};

/// Most walk-throughs at a time.
const AT_ONCE: usize = 4;
/// What is left out of the script: it spends the sign-ins that may fail, and its key is not sent.
const LEFT_OUT: &str = "wrong-password";
/// How long one step may take to be answered, through as many deaths as it meets.
const PATIENCE: Duration = Duration::from_mins(3);
/// Tables whose rows belong to a case.
const TABLES: [&str; 9] = [
    "revision",
    "decision_record",
    "assessment_impact",
    "element",
    "involvement",
    "task",
    "event",
    "outbox_message",
    "assessment_share",
];

on_both! {
    async fn nothing_acknowledged_is_lost_when_server_and_worker_are_killed(db) {
        let Some(smtp) = Smtp::start().await else { return };
        let rounds = rounds(db.store.is_shared());
        let seed = seed();
        let begun = Instant::now();
        let mut service = Service::start(db, Some(&smtp)).await;
        let mut script = script();
        script.steps.retain(|step| step.name != LEFT_OUT);

        // Undisturbed, to know what each of the others must come to.
        let mut first = run(&script, &service, "undisturbed");
        play(&mut first, &script, &AtomicU64::new(0)).await;
        let wanted = trace(db, &mut first).await;

        let mut chance = Chance(seed);
        let resent = AtomicU64::new(0);
        let (mut servers, mut workers) = (0_u32, 0_u32);
        let mut runs: Vec<Run> = (0..rounds).map(|nth| run(&script, &service, &format!("round {nth}"))).collect();
        for batch in runs.chunks_mut(AT_ONCE) {
            let mut plays = Box::pin(join_all(batch.iter_mut().map(|run| play(run, &script, &resent))));
            loop {
                tokio::select! {
                    _ = &mut plays => break,
                    () = sleep(Duration::from_millis(chance.of(300, 2500))) => {}
                }
                let which = chance.of(0, 3);
                if which != 0 {
                    service.kill_server();
                    servers += 1;
                }
                if which != 1 && service.kill_worker() {
                    workers += 1;
                }
                // The plays go on meanwhile, and meet a service that is not there.
                let restart = async {
                    sleep(Duration::from_millis(chance.of(0, 300))).await;
                    if which != 1 {
                        service.start_worker();
                    }
                    if which != 0 {
                        service.start_server().await;
                    }
                };
                tokio::pin!(restart);
                tokio::select! {
                    () = &mut restart => {}
                    _ = &mut plays => {
                        restart.await;
                        break;
                    }
                }
            }
        }

        let (mut messages, mut twice) = (0, 0);
        for run in &mut runs {
            let delivered = told_or_dropped(db, &smtp, run).await;
            for ids in delivered.values() {
                messages += distinct(ids);
                twice += ids.len() - distinct(ids);
            }
            assert_eq!(trace(db, run).await, wanted, "every play comes to the same");
        }
        let verified = service.verify().await;
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
        assert_eq!(db.number("SELECT count(*) FROM idempotency WHERE outcome IS NULL").await, 0);
        assert_eq!(db.number("SELECT count(*) FROM outbox_message WHERE state = 'dead'").await, 0);
        let told = format!(
            "\nCRASH {}: seed {seed}, {rounds} walk-throughs, killed {servers} servers and {workers} workers, {} steps sent again, \
             {messages} messages delivered, {twice} of them twice under one Message-ID, 0 lost, {:.0?}\n",
            if db.store.is_shared() { "PostgreSQL" } else { "SQLite" },
            resent.load(Ordering::Relaxed),
            begun.elapsed(),
        );
        // Past the capture of a passing test's output.
        std::io::stderr().write_all(told.as_bytes()).unwrap();
    }
}

/// Plays a script to its end, sending again what was not answered.
async fn play(run: &mut Run, script: &Script, resent: &AtomicU64) {
    for step in &script.steps {
        let end = Instant::now() + PATIENCE;
        loop {
            match run.step(step).await {
                Ok(_) => break,
                Err(Failure::Connection(words)) => {
                    assert!(Instant::now() < end, "step `{}` is never answered: {words}", step.name);
                    resent.fetch_add(1, Ordering::Relaxed);
                    sleep(Duration::from_millis(50)).await;
                }
                Err(Failure::Story(words)) => panic!("{words}"),
            }
        }
    }
}

/// Waits until every message of a play was delivered, or dropped with the reason because what came after it overtook
/// it: no worker waits for a play. Each row of the outbox is one or the other, address by address.
async fn told_or_dropped(db: &TestDatabase, smtp: &Smtp, run: &Run) -> BTreeMap<Expected, Vec<String>> {
    let case = run.saved("case").unwrap().as_str().unwrap();
    let case = db.literal(case.split_once(':').unwrap().1);
    let addresses: BTreeSet<&str> = run.expected().iter().map(|one| one.to.as_str()).collect();
    let end = Instant::now() + PATIENCE;
    loop {
        let delivered = delivered(smtp, run.saved("reference").unwrap().as_str().unwrap());
        let mut differences = differences(run.expected(), &delivered);
        for address in &addresses {
            let rows = async |more: &str| {
                let query = format!(
                    "SELECT count(*) FROM outbox_message WHERE assessment_id = {case} AND recipient_id IN \
                     (SELECT id FROM person WHERE email = '{address}' UNION SELECT id FROM contact WHERE email = '{address}') {more}"
                );
                usize::try_from(db.number(&query).await).unwrap()
            };
            let (all, dropped) = (rows("").await, rows("AND state = 'dropped' AND reason IS NOT NULL").await);
            let told = delivered
                .iter()
                .filter(|(one, _)| one.to == **address)
                .map(|(_, ids)| distinct(ids))
                .sum::<usize>();
            let overtaken = format!(" to {address}");
            let missing = differences
                .iter()
                .filter(|one| one.starts_with("missing") && one.ends_with(&overtaken))
                .count();
            if missing <= dropped && told + dropped >= all {
                differences.retain(|one| !(one.starts_with("missing") && one.ends_with(&overtaken)));
            } else {
                differences.push(format!(
                    "{address}: {told} told and {dropped} dropped of {all}, {missing} missing"
                ));
            }
        }
        if differences.is_empty() {
            return delivered;
        }
        assert!(Instant::now() < end, "{differences:#?}");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Under how many identifiers a message came.
fn distinct(ids: &[String]) -> usize {
    ids.iter().collect::<BTreeSet<_>>().len()
}

/// What a play has come to: its events in order, its version, and how many rows it has where.
async fn trace(db: &TestDatabase, run: &mut Run) -> Value {
    let auditor = run.account("AUDITOR").unwrap().clone();
    let token = run.token(&auditor).await.unwrap();
    let case = run.saved("case").unwrap().as_str().unwrap().to_owned();
    let query = "query($id: ID!) { assessment(id: $id) {
        version revision state { name } history(first: 100) { nodes { kind by { name } } }
    } }";
    let answer = run.post(Some(&token), query, &json!({"id": case})).await.unwrap();
    let mut rows = serde_json::Map::new();
    for table in TABLES {
        rows.insert(table.to_owned(), json!(db.count(table, case.split_once(':').unwrap().1).await));
    }
    json!({"case": answer["data"]["assessment"], "rows": rows})
}

/// This database's share of the rounds.
fn rounds(shared: bool) -> usize {
    let rounds: usize = setting("EHIA_CRASH_ROUNDS").unwrap_or(2);
    if shared { rounds / 2 } else { rounds - rounds / 2 }
}

fn seed() -> u64 {
    let now = || {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        now.as_secs() * 1_000_000_000 + u64::from(now.subsec_nanos())
    };
    setting("EHIA_CRASH_SEED").unwrap_or_else(now)
}

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}

/// `SplitMix64`: numbers that look random and come again from the same seed.
struct Chance(u64);

impl Chance {
    /// At least `low` and below `high`.
    fn of(&mut self, low: u64, high: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        low + (z ^ (z >> 31)) % (high - low)
    }
}
