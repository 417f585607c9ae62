//! How long the picture of risk takes over many cases of fifteen impacts, on both databases, and how much memory:
//! `cargo bench --bench risk -- 10000 100000` measures each number of cases in turn, 3,000 when none is given. All
//! synthetic; everything is asked of the use cases, without HTTP and GraphQL.
//!
//! What is read from the roll-up, and what streams over the ledger, stands beside the same figures as hand-written SQL over the
//! tables of impacts; that both come to the same is checked first. `EHIA_BENCH_POSTGRES`, the URL of an empty database, takes
//! the place of a private server.

mod fill;
#[path = "../speed/memory.rs"]
mod memory;
#[path = "../speed/report.rs"]
#[expect(dead_code, reason = "requests are not counted here")]
mod report;
#[path = "../speed/support.rs"]
mod support;

use std::{collections::BTreeMap, fs, sync::Arc, time::Instant};

use anyhow::Context as _;
use ehia::{
    app::{App, Options, Picture, Supposed},
    clock,
    domain::{
        group::Catalogue,
        impact::Direction,
        permission::Actor,
        risk::{ExposureDimension as By, Filter, Standpoint},
    },
    store::{self, Store},
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

use crate::{
    memory::memory,
    report::{line, note},
    support::postgres,
};

/// How often each question is asked.
const ROUNDS: usize = 7;
/// Cases that are supposed to be stopped.
const SUPPOSED: usize = 50;

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let given = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let mut sizes: Vec<u32> = given
        .map(|size| size.parse().with_context(|| format!("`{size}` is no number of cases")))
        .collect::<anyhow::Result<_>>()?;
    if sizes.is_empty() {
        sizes.push(3_000);
    }
    for size in sizes {
        let folder = tempfile::tempdir()?;
        line(format!("\n{size} cases of fifteen impacts, median of {ROUNDS} in ms\n"));
        let sqlite = format!("sqlite://{}?mode=rwc", folder.path().join("ehia.db").display());
        measure("SQLite", &sqlite, size).await?;
        let given = std::env::var_os("EHIA_BENCH_POSTGRES");
        let server = if given.is_some() {
            None
        } else {
            let settings = "-c shared_buffers=512MB -c max_wal_size=4GB";
            Some(postgres::Server::start(settings).context("PostgreSQL's server programs are needed")?)
        };
        let url = match (&server, given) {
            (Some(server), _) => server.url("postgres"),
            (None, given) => given.unwrap_or_default().to_string_lossy().into_owned(),
        };
        measure("PostgreSQL", &url, size).await?;
    }
    Ok(())
}

/// Somebody who asks, and what of.
struct Asking {
    app: App,
    actor: Actor,
}

impl Asking {
    async fn picture(&self, filter: Filter) -> anyhow::Result<Arc<Picture>> {
        let picture = self.app.picture(&self.actor, filter, clock::now()).await;
        Ok(Arc::new(picture.map_err(|error| anyhow::anyhow!("no picture: {error:?}"))?))
    }

    /// Asks what is counted as a whole, and part by part. How many parts there are.
    async fn ask(&self, filter: Filter, by: &[By]) -> anyhow::Result<usize> {
        let picture = self.picture(filter).await?;
        let (totals, cut) = tokio::join!(self.app.totals(&picture), self.app.cut(picture.clone(), by));
        totals.map_err(|error| anyhow::anyhow!("not counted: {error:?}"))?;
        Ok(cut.map_err(|error| anyhow::anyhow!("not cut: {error:?}"))?.parts.len())
    }
}

/// The median of some rounds, in milliseconds, after one that is not counted; and what the last came to.
async fn median<T>(mut ask: impl AsyncFnMut() -> anyhow::Result<T>) -> anyhow::Result<(f64, T)> {
    let mut last = ask().await?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        last = ask().await?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok((times.get(ROUNDS / 2).copied().unwrap_or_default(), last))
}

async fn measure(name: &str, url: &str, size: u32) -> anyhow::Result<()> {
    let store = Store::open(url, store::Options::default()).await?;
    store.migrate().await?;
    let app = App::new(store.clone(), Options::default());
    let actor = fill::fill(&app, &store, url, size).await?;
    note(format!("{name} is filled"));
    let bare = sea_orm::Database::connect(url).await?;
    let asking = Asking { app, actor };
    let show =
        |what: &str, took: f64, more: String| line(format!("| {name} | {what} | {took:.1} | {more} |"));
    line("| | | ms | |");
    line("|---|---|---|---|");

    let begun = Instant::now();
    let rebuilt = asking.app.rebuild_risk(clock::now(), &mut |_| {}).await;
    let rebuilt = rebuilt.map_err(|error| anyhow::anyhow!("not rebuilt: {error:?}"))?;
    anyhow::ensure!(rebuilt.differences.is_empty(), "{:?}", rebuilt.differences.first());
    let cells = format!("{} cells, most memory {:.0} MiB", rebuilt.cells, memory("self", "VmHWM:")?);
    show("ledger and roll-up made anew", begun.elapsed().as_secs_f64() * 1_000.0, cells);
    // What is at its highest so far is forgotten.
    let _ = fs::write("/proc/self/clear_refs", "5");

    for by in [&[By::Group, By::District][..], &[By::Organisation, By::Group], &[By::District]] {
        let (took, parts) = median(async || asking.ask(Filter::default(), by).await).await?;
        show(&format!("whole and {}", named(by)), took, format!("{parts} parts, from the roll-up"));
    }
    let today = clock::now().today;
    let live = Filter { live_on: Some(today), ..Filter::default() };
    let known = Filter { as_at: Some(today), ..Filter::default() };
    for (what, filter, by) in [
        ("", Filter::default(), &[By::ServiceLine, By::Quarter][..]),
        ("liveOn, ", live.clone(), &[By::Group]),
        ("asAt, ", known, &[By::Group]),
        ("", Filter::default(), &[By::Group, By::Quarter]),
    ] {
        let (took, parts) = median(async || asking.ask(filter.clone(), by).await).await?;
        show(&format!("{what}whole and {}", named(by)), took, format!("{parts} parts, from the ledger"));
    }
    compare(name, &asking, &bare, live).await?;

    let picture = asking.picture(Filter::default()).await?;
    let cut = asking.app.cut(picture.clone(), &[By::Group, By::District]).await;
    let cut = cut.map_err(|error| anyhow::anyhow!("not cut: {error:?}"))?;
    let (key, _) = cut.parts.first().context("there are parts")?;
    let behind = async || {
        let found = asking.app.cases_in(&cut, key, None, 21).await;
        found.map_err(|error| anyhow::anyhow!("no cases: {error:?}"))
    };
    let (took, cases) = median(behind).await?;
    show("the first cases behind a part", took, format!("{} cases", cases.len()));

    let every = (size as usize / SUPPOSED).max(1);
    let cases =
        fill::cases(&bare, "true").await?.into_iter().step_by(every).take(SUPPOSED).collect::<Vec<_>>();
    let what_if = async || -> anyhow::Result<usize> {
        let there = asking.app.contributions(&picture, &cases).await;
        let there = there.map_err(|error| anyhow::anyhow!("not read: {error:?}"))?;
        let stopped = there.into_iter().map(|(case, (organisation, mut contribution))| {
            contribution.standpoint = Standpoint::Stopped;
            (case, Supposed { organisation, contribution: Some(contribution) })
        });
        let supposed = Arc::new(picture.supposing(stopped.collect()));
        let cut = asking.app.cut(supposed, &[By::Group, By::District]).await;
        Ok(cut.map_err(|error| anyhow::anyhow!("not cut: {error:?}"))?.parts.len())
    };
    let (took, parts) = median(what_if).await?;
    show(&format!("what if {SUPPOSED} cases were stopped"), took, format!("{parts} parts"));
    show("most memory while it was asked, MiB", 0.0, format!("{:.0}", memory("self", "VmHWM:")?));

    let begun = Instant::now();
    let verified = asking.app.verify_risk(&mut |_| {}).await;
    let verified = verified.map_err(|error| anyhow::anyhow!("not verified: {error:?}"))?;
    anyhow::ensure!(verified.differences.is_empty(), "{:?}", verified.differences.first());
    show("verified", begun.elapsed().as_secs_f64() * 1_000.0, format!("{} cells", verified.cells));
    Ok(())
}

fn named(by: &[By]) -> String {
    by.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" x ")
}

/// Negative impacts of live cases by group and band, by hand: what the picture cut by group tells.
async fn compare(
    name: &str,
    asking: &Asking,
    bare: &DatabaseConnection,
    filter: Filter,
) -> anyhow::Result<()> {
    let day = filter.live_on.context("a day is asked")?;
    // Every group with those that it lies within, for which impacts on it count, too. Each impact names one.
    let groups = Catalogue::shipped();
    let lines = groups.iter().flat_map(|group| {
        let counted = groups.counted(std::slice::from_ref(&group.code)).into_iter();
        counted.map(|above| format!("SELECT '{}' AS code, '{above}' AS counted", group.code))
    });
    let lines = lines.collect::<Vec<_>>().join(" UNION ALL ");
    let sql = format!(
        "SELECT l.counted AS code, CASE WHEN i.current_likelihood IS NULL THEN 'unrated' \
         WHEN i.current_likelihood * i.current_consequence >= 15 THEN 'extreme' \
         WHEN i.current_likelihood * i.current_consequence >= 8 THEN 'high' \
         WHEN i.current_likelihood * i.current_consequence >= 4 THEN 'moderate' ELSE 'low' END AS band, \
         count(*) AS impacts, count(DISTINCT a.id) AS cases \
         FROM assessment a JOIN assessment_impact i ON i.assessment_id = a.id \
         JOIN impact_group g ON g.assessment_id = a.id AND g.impact_id = i.id \
         JOIN ({lines}) l ON l.code = g.group_code \
         WHERE i.direction = 'negative' AND a.phase <> 'drafting' AND a.standing IN ('pending', 'proceeding') \
         AND (a.effective_from IS NULL OR a.effective_from <= '{day}') \
         AND (a.effective_to IS NULL OR a.effective_to >= '{day}') GROUP BY 1, 2"
    );
    if bare.get_database_backend() == DbBackend::Postgres {
        bare.execute_unprepared("ANALYZE").await?;
    }
    let by_hand = async || -> anyhow::Result<BTreeMap<String, i64>> {
        let rows =
            bare.query_all_raw(Statement::from_string(bare.get_database_backend(), sql.clone())).await?;
        let mut found = BTreeMap::new();
        for row in rows {
            let (code, impacts): (String, i64) = (row.try_get("", "code")?, row.try_get("", "impacts")?);
            *found.entry(code).or_default() += impacts;
        }
        Ok(found)
    };
    let (took, wanted) = median(by_hand).await?;
    let picture = asking.picture(filter).await?;
    let cut = asking.app.cut(picture, &[By::Group]).await;
    let cut = cut.map_err(|error| anyhow::anyhow!("not cut: {error:?}"))?;
    let told = cut.parts.iter().filter_map(|(key, part)| {
        let negative = part.figures.counts.impacts(Direction::Negative);
        Some((key.group.clone()?, negative)).filter(|_| negative > 0)
    });
    let told: BTreeMap<String, i64> = told.collect();
    anyhow::ensure!(told == wanted, "the picture says {told:?}, SQL {wanted:?}");
    line(format!(
        "| {name} | liveOn, GROUP, negative impacts alone, as hand-written SQL | {took:.1} | the same figures |"
    ));
    Ok(())
}
