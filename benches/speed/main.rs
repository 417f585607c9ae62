//! How fast, and how much memory: `cargo bench`. Figures and method are in the README.
//!
//! One run fills a SQLite file and a private PostgreSQL with the same cases, serves both with the program as it is
//! shipped, and measures in turns, so that whatever else the machine does falls on all alike. The client, the
//! server and PostgreSQL share its cores.
//!
//! `EHIA_BENCH_CASES`, `EHIA_BENCH_SECONDS` and `EHIA_BENCH_ROUNDS` make a run smaller; with `EHIA_BENCH_ONLY=search`
//! searches alone are measured. With `EHIA_BENCH_SQLITE` and `EHIA_BENCH_POSTGRES`, URLs of databases, the run after
//! the first finds them filled.

mod data;
mod difference;
mod http;
mod memory;
mod report;
mod search;
mod serve;
mod sql;
mod support;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use ehia::{
    app::TransitionDraft,
    clock,
    domain::id::{AssessmentId, Identifier as _},
};
use serde_json::json;

use crate::{
    data::Filled,
    difference::difference,
    http::{Connection, load, request},
    report::{Figures, line, note, range},
    serve::Server,
    sql::Bare,
    support::postgres,
};

/// What acknowledged writes survive, as in service; the tests do without.
const DURABLE: &str = "-c shared_buffers=512MB -c max_connections=200 -c max_wal_size=4GB";
const LIST: &str = include_str!("list.graphql");
const DETAIL: &str = include_str!("detail.graphql");
const CHANGES: &str = include_str!("changes.graphql");
const SUBMIT: &str = include_str!("submit.graphql");
const CONNECTIONS: usize = 16;
const STARTS: usize = 5;
/// Who wrote the cases.
const AUTHORS: u32 = 20;
/// Transitions in one round, by each way.
const SUBMISSIONS: usize = 100;

/// How much to do.
struct Plan {
    cases: u32,
    time: Duration,
    rounds: usize,
}

impl Plan {
    fn read() -> anyhow::Result<Self> {
        let number = |name: &str, default: u32| match std::env::var_os(name) {
            Some(value) => value.to_string_lossy().parse().with_context(|| format!("{name} is no number")),
            None => Ok(default),
        };
        Ok(Self {
            cases: number("EHIA_BENCH_CASES", 100_000)?,
            time: Duration::from_secs(number("EHIA_BENCH_SECONDS", 8)?.into()),
            rounds: number("EHIA_BENCH_ROUNDS", 3)?.try_into()?,
        })
    }
}

/// One of the two databases, filled and served.
struct Side {
    name: &'static str,
    filled: Filled,
    server: Server,
    starts: Vec<Duration>,
    idle: f64,
    list: Arc<Vec<Vec<u8>>>,
    detail: Arc<Vec<Vec<u8>>>,
    changes: Arc<Vec<Vec<u8>>>,
    asks: Vec<search::Ask>,
    searches: Vec<search::Taken>,
    lists: Vec<Figures>,
    details: Vec<Figures>,
    comparisons: Vec<Figures>,
    used: usize,
    through_app: Vec<Figures>,
    over_http: Vec<Figures>,
}

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let plan = Plan::read()?;
    let folder = tempfile::tempdir()?;
    let given = |name: &str| std::env::var_os(name).and_then(|value| value.into_string().ok());
    let sqlite_url = given("EHIA_BENCH_SQLITE")
        .unwrap_or_else(|| format!("sqlite://{}?mode=rwc", folder.path().join("ehia.db").display()));
    let (_postgres, postgres_url) = if let Some(url) = given("EHIA_BENCH_POSTGRES") {
        (None, url)
    } else {
        let server = postgres::Server::start(DURABLE).context("PostgreSQL's server programs are needed")?;
        sql::create_database(&server.url("postgres"), "bench")?;
        let url = server.url("bench");
        (Some(server), url)
    };
    let only_search = given("EHIA_BENCH_ONLY").is_some_and(|only| only == "search");
    let documents = folder.path().join("documents.tsv");
    let drafts = if only_search { 0 } else { u32::try_from(2 * SUBMISSIONS * plan.rounds)? };
    let begun = Instant::now();
    let (on_sqlite, on_postgres) = tokio::try_join!(
        data::fill("SQLite", &sqlite_url, plan.cases, drafts, AUTHORS, None),
        data::fill("PostgreSQL", &postgres_url, plan.cases, drafts, AUTHORS, Some(&documents)),
    )?;
    note(format!("both filled in {} s", begun.elapsed().as_secs()));
    if only_search {
        let mut sides = [
            Side::start("SQLite", &sqlite_url, on_sqlite, folder.path()).await?,
            Side::start("PostgreSQL", &postgres_url, on_postgres, folder.path()).await?,
        ];
        for _ in 0..plan.rounds {
            for side in &mut sides {
                side.searches.push(search::measure(side.server.address, &side.asks).await?);
            }
        }
        search::tell(&sides);
        return Ok(());
    }
    let reader = (on_postgres.organisation, on_postgres.reader.actor.person);
    let bare = Bare::fill(&postgres_url, folder.path(), reader, &on_postgres.detailed)?;
    note("tables for hand-written SQL filled");
    let mut sides = [
        Side::start("SQLite", &sqlite_url, on_sqlite, folder.path()).await?,
        Side::start("PostgreSQL", &postgres_url, on_postgres, folder.path()).await?,
    ];
    same(&mut sides[1], &bare).await?;
    if std::env::var_os("EHIA_BENCH_EXPLAIN").is_some() {
        note(bare.explain(sql::LIST)?);
        note(bare.explain(sql::DETAIL)?);
    }

    let (mut sql_lists, mut sql_details) = (Vec::new(), Vec::new());
    for round in 1..=plan.rounds {
        for side in &mut sides {
            side.lists.push(load(side.server.address, CONNECTIONS, plan.time, side.list.clone()).await?);
        }
        sql_lists.push(bare.load(sql::LIST, CONNECTIONS, plan.time).await?);
        for side in &mut sides {
            side.details.push(load(side.server.address, CONNECTIONS, plan.time, side.detail.clone()).await?);
        }
        sql_details.push(bare.load(sql::DETAIL, CONNECTIONS, plan.time).await?);
        for side in &mut sides {
            side.searches.push(search::measure(side.server.address, &side.asks).await?);
        }
        // One at a time: how long a comparison takes, and not how long it waits for others.
        for side in &mut sides {
            side.comparisons.push(load(side.server.address, 1, plan.time, side.changes.clone()).await?);
        }
        for side in &mut sides {
            side.submit().await?;
        }
        note(format!("round {round} of {}", plan.rounds));
    }
    tell(&plan, &sides, &sql_lists, &sql_details)
}

impl Side {
    async fn start(name: &'static str, url: &str, filled: Filled, folder: &Path) -> anyhow::Result<Self> {
        let list = request(&filled.reader.token, LIST, &json!({}));
        let detail = |id: &AssessmentId| request(&filled.reader.token, DETAIL, &json!({ "id": id.global() }));
        let detail = filled.detailed.iter().map(detail).collect();
        let compare =
            |id: &AssessmentId| request(&filled.reader.token, CHANGES, &json!({ "id": id.global() }));
        let changes = filled.revised.iter().map(compare).collect();
        let mut starts = Vec::new();
        let server = loop {
            let server = Server::start(url, &folder.join(name), &list).await?;
            starts.push(server.first_answer);
            if starts.len() == STARTS {
                break server;
            }
        };
        starts.sort_unstable();
        let asks = search::asks(&filled);
        tokio::time::sleep(Duration::from_secs(3)).await;
        let idle = server.memory("VmRSS:")?;
        note(format!("{name} is served"));
        Ok(Self {
            name,
            filled,
            server,
            starts,
            idle,
            list: Arc::new(vec![list]),
            detail: Arc::new(detail),
            changes: Arc::new(changes),
            asks,
            searches: Vec::new(),
            lists: Vec::new(),
            details: Vec::new(),
            comparisons: Vec::new(),
            used: 0,
            through_app: Vec::new(),
            over_http: Vec::new(),
        })
    }

    /// Submits drafts one after another, through the use case and over HTTP.
    async fn submit(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut taken = Vec::new();
        for id in self.drafts() {
            let asked = Instant::now();
            let changed =
                self.filled.app.transition(&self.filled.author.actor, id, submission(), None, clock::now());
            let changed = changed.await.map_err(|error| anyhow::anyhow!("not submitted: {error:?}"))?;
            taken.push(asked.elapsed());
            ensure!(changed.view.case.state == "panel_review", "the draft was not submitted");
        }
        self.through_app.push(Figures::of(taken, begun.elapsed()));

        let begun = Instant::now();
        let mut taken = Vec::new();
        let mut connection = Connection::open(self.server.address).await?;
        for id in self.drafts() {
            let request = request(&self.filled.author.token, SUBMIT, &json!({ "id": id.global() }));
            let asked = Instant::now();
            let answer = connection.ask_json(&request).await?;
            taken.push(asked.elapsed());
            let state = &answer["data"]["transitionAssessment"]["assessment"]["state"]["name"];
            ensure!(state == "panel_review", "the draft was not submitted: {answer}");
        }
        self.over_http.push(Figures::of(taken, begun.elapsed()));
        Ok(())
    }

    fn drafts(&mut self) -> Vec<AssessmentId> {
        let from = self.used;
        self.used += SUBMISSIONS;
        self.filled.drafts[from..self.used].to_vec()
    }
}

fn submission() -> TransitionDraft {
    TransitionDraft {
        transition: "submit".into(),
        expected_revision: 1,
        comment: None,
        paths: Vec::new(),
        requests: Vec::new(),
        outcome: None,
        decision: None,
        dry_run: false,
    }
}

/// The hand-written SQL gives the same answer, or there would be nothing to compare.
async fn same(side: &mut Side, bare: &Bare) -> anyhow::Result<()> {
    let mut connection = Connection::open(side.server.address).await?;
    for pick in 0..side.detail.len().min(20) {
        let ours = connection.ask_json(&side.detail[pick]).await?["data"]["assessment"].take();
        let theirs = bare.detail(pick)?;
        if let Some(different) = difference("", &ours, &theirs) {
            anyhow::bail!("the SQL answers something else: {different}");
        }
    }
    Ok(())
}

fn tell(plan: &Plan, sides: &[Side], sql_lists: &[Figures], sql_details: &[Figures]) -> anyhow::Result<()> {
    let row = |what: &str, rounds: &[Figures], bare: &[Figures]| {
        let (all, bare) = (Figures::together(rounds), Figures::together(bare));
        line(format!(
            "| {what} | {:.0} | {} | {:.1} | {:.1} | 1/{:.1} |",
            all.rate(),
            range(rounds),
            all.within(50),
            all.within(99),
            bare.rate() / all.rate()
        ));
    };
    line(format!(
        "{} cases, {} rounds of {} s, {CONNECTIONS} connections\n",
        plan.cases,
        plan.rounds,
        plan.time.as_secs()
    ));
    line("| read | requests/s | rounds | p50 ms | p99 ms | of the SQL's rate |");
    line("|---|---|---|---|---|---|");
    for side in sides {
        row(&format!("list, {}", side.name), &side.lists, sql_lists);
    }
    row("list, SQL alone", sql_lists, sql_lists);
    for side in sides {
        row(&format!("detail, {}", side.name), &side.details, sql_details);
    }
    row("detail, SQL alone", sql_details, sql_details);
    line("\n| | SQLite p50 | p99 | PostgreSQL p50 | p99 |");
    line("|---|---|---|---|---|");
    let pair = |what: &str, of: fn(&Side) -> &Vec<Figures>| {
        let cells = sides.iter().map(|side| {
            let all = Figures::together(of(side));
            format!("{:.1} ms | {:.1} ms", all.within(50), all.within(99))
        });
        line(format!("| {what} | {} |", cells.collect::<Vec<_>>().join(" | ")));
    };
    pair("submit, load to record", |side| &side.through_app);
    pair("submit, over HTTP", |side| &side.over_http);
    pair("two revisions compared, over HTTP", |side| &side.comparisons);
    search::tell(sides);
    line("\n| | SQLite | PostgreSQL |");
    line("|---|---|---|");
    let each = |what: &str, of: &dyn Fn(&Side) -> anyhow::Result<String>| -> anyhow::Result<()> {
        let cells = sides.iter().map(of).collect::<anyhow::Result<Vec<_>>>()?;
        line(format!("| {what} | {} |", cells.join(" | ")));
        Ok(())
    };
    each("start to first answer, median of 5", &|side| {
        Ok(format!("{:.0} ms", side.starts[STARTS / 2].as_secs_f64() * 1_000.0))
    })?;
    each("memory, idle", &|side| Ok(format!("{:.0} MiB", side.idle)))?;
    each("memory, after the load", &|side| Ok(format!("{:.0} MiB", side.server.memory("VmRSS:")?)))
}
