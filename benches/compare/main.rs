//! This program beside others, on the same data: `cargo bench --bench compare -- 1000 10000 100000 300000` fills so many
//! assessments of fifteen impacts each into a private PostgreSQL, one number after the other, and measures in turns our
//! service over HTTP, PostGraphile on the same database, and hand-written SQL under pgbench. All three must give the same
//! answers before anything is measured. What it prints is for the README; all synthetic.
//!
//! `EHIA_BENCH_SECONDS` and `EHIA_BENCH_ROUNDS` make a run shorter, `EHIA_BENCH_EXPLAIN` has PostgreSQL say how it goes about
//! the SQL. PostGraphile is installed by npm once, among what cargo
//! builds or in the folder `EHIA_BENCH_POSTGRAPHILE`; where it cannot be, the run says so and goes on without.

mod approval;
#[path = "../speed/difference.rs"]
mod difference;
#[path = "../risk/fill.rs"]
mod fill;
#[path = "../speed/http.rs"]
mod http;
mod machine;
#[path = "../speed/memory.rs"]
mod memory;
mod postgraphile;
mod read;
mod rebuild;
#[path = "../speed/report.rs"]
#[expect(dead_code, reason = "rounds are told by their median here")]
mod report;
mod risk;
mod seed;
#[path = "../speed/serve.rs"]
mod serve;
#[path = "../speed/sql.rs"]
mod sql;
#[path = "../speed/support.rs"]
mod support;
mod table;

use std::{path::Path, time::Duration};

use anyhow::Context as _;

use crate::{
    approval::Approvals,
    postgraphile::{Installed, Postgraphile},
    read::Reads,
    rebuild::{Rebuilt, rebuild},
    report::note,
    serve::Server,
    support::postgres,
    table::{Measured, times},
};

const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 300_000];
/// What acknowledged writes survive, as in service. The rest is what hand-written SQL over many rows is best with.
const SETTINGS: &str =
    "-c shared_buffers=2GB -c max_connections=200 -c max_wal_size=4GB -c work_mem=64MB -c jit=off";

/// How much to do.
pub struct Plan {
    /// How long each round lasts.
    pub time: Duration,
    /// How many.
    pub rounds: usize,
}

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let number = |name: &str, default: usize| match std::env::var_os(name) {
        Some(value) => value.to_string_lossy().parse().with_context(|| format!("{name} is no number")),
        None => Ok(default),
    };
    let plan = Plan {
        time: Duration::from_secs(number("EHIA_BENCH_SECONDS", 5)?.try_into()?),
        rounds: number("EHIA_BENCH_ROUNDS", 5)?,
    };
    let given = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let mut sizes: Vec<u32> = given
        .map(|size| size.parse().with_context(|| format!("`{size}` is no number of assessments")))
        .collect::<anyhow::Result<_>>()?;
    if sizes.is_empty() {
        sizes.extend(SIZES);
    }
    let installed = Installed::find();
    let mut measured = Vec::new();
    for size in sizes {
        let folder = tempfile::tempdir()?;
        let (of, postgres) = measure(&plan, size, folder.path(), installed.as_ref()).await?;
        measured.push(of);
        // What is there so far stands there whatever becomes of the next.
        let what = format!("medians of {} rounds of {} s", plan.rounds, plan.time.as_secs());
        table::tell(&measured, &what, &postgres, installed.as_ref().map(|it| it.versions.as_str()));
    }
    Ok(())
}

/// Everything over so many cases, and the version of PostgreSQL.
async fn measure(
    plan: &Plan,
    size: u32,
    folder: &Path,
    installed: Option<&Installed>,
) -> anyhow::Result<(Measured, String)> {
    let database = postgres::Server::start(SETTINGS).context("PostgreSQL's server programs are needed")?;
    sql::create_database(&database.url("postgres"), "compare")?;
    let url = database.url("compare");
    let seeded = seed::seed(&url, folder, size).await?;
    let said = seeded.bare.psql("SHOW server_version")?;
    let version = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    let mut others = Vec::new();
    let told = |name: &str, rebuilt: &Rebuilt| {
        let value = format!("{:.1} s, at most {:.0} MiB", rebuilt.took.as_secs_f64(), rebuilt.memory);
        (format!("`ehia risk rebuild`, {name}"), value)
    };
    others.push(told("PostgreSQL", &rebuild(&url).await?));
    seeded.bare.psql("VACUUM ANALYZE")?;
    note("ledger and roll-up made anew");

    let mut reads = Reads::of(&seeded);
    let first = reads.first();
    let server = Server::start(&url, &folder.join("audit"), first).await?;
    let other = match installed {
        Some(installed) => {
            Some(Postgraphile::start(installed, &url, folder, &reads.first_of_theirs()?).await?)
        }
        None => None,
    };
    reads.check(&server, other.as_ref(), &seeded.bare).await?;
    note("all answer the same");
    if std::env::var_os("EHIA_BENCH_EXPLAIN").is_some() {
        reads.explain(&seeded.bare)?;
    }
    for round in 1..=plan.rounds {
        reads.round(plan, &server, other.as_ref(), &seeded.bare).await?;
        note(format!("round {round} of {}", plan.rounds));
    }
    others.push(("memory of `ehia serve`, at most".into(), format!("{:.0} MiB", server.memory("VmHWM:")?)));
    if let Some(other) = &other {
        others.push(("memory of PostGraphile, at most".into(), format!("{:.0} MiB", other.memory()?)));
    }
    drop((server, other));
    // Of no more use, and half of what is on the disk.
    seeded.bare.psql("DROP SCHEMA bare CASCADE")?;

    let sqlite = format!("sqlite://{}?mode=rwc", folder.join("ehia.db").display());
    let (app, store) = seed::open(&sqlite).await?;
    fill::fill(&app, &store, &sqlite, size).await?;
    app.close().await?;
    note("SQLite is filled");
    others.push(told("SQLite", &rebuild(&sqlite).await?));
    let mut approvals = [
        Approvals::start("PostgreSQL", &url, folder).await?,
        Approvals::start("SQLite", &sqlite, folder).await?,
    ];
    for _ in 0..plan.rounds {
        for of in &mut approvals {
            of.round().await?;
        }
    }
    for of in &approvals {
        others.push((format!("recording one approval, {}, p50 / p95", of.name), times(&of.rounds)));
        let held = of.server.memory("VmHWM:")?;
        others
            .push((format!("memory of `ehia serve` while approving, {}", of.name), format!("{held:.0} MiB")));
    }
    note("approvals recorded");
    Ok((Measured { size, reads: reads.told(), others }, version))
}
