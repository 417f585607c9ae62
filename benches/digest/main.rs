//! How long the daily digests of a thousand people take over a hundred thousand cases, and how much memory:
//! `cargo bench --bench digest`. Both databases are filled with the same cases; the worker posts, composes and sends into
//! files. All synthetic.
//!
//! `EHIA_BENCH_CASES` and `EHIA_BENCH_PEOPLE` make a run smaller.

#[path = "../speed/data.rs"]
#[expect(dead_code, reason = "who asks is of no use here")]
mod data;
#[path = "../speed/report.rs"]
#[expect(dead_code, reason = "requests are not counted here")]
mod report;
#[path = "../speed/support.rs"]
mod support;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use chrono::TimeDelta;
use ehia::{
    app::{self, App, MessageState},
    clock::{self, Clock},
    domain::{calendar, page::Window},
    mail::transport::{MailSettings, Mailer},
    store::{self, Store},
    worker::{Pace, Worker},
};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::{
    report::{line, note},
    support::postgres,
};

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run())
}

fn number(name: &str, default: u32) -> anyhow::Result<u32> {
    match std::env::var_os(name) {
        Some(value) => value.to_string_lossy().parse().with_context(|| format!("{name} is no number")),
        None => Ok(default),
    }
}

async fn run() -> anyhow::Result<()> {
    let (cases, people) = (number("EHIA_BENCH_CASES", 100_000)?, number("EHIA_BENCH_PEOPLE", 1_000)?);
    let folder = tempfile::tempdir()?;
    let postgres = postgres::Server::start("-c shared_buffers=512MB -c max_wal_size=4GB")
        .context("PostgreSQL's server programs are needed")?;
    let sqlite = format!("sqlite://{}?mode=rwc", folder.path().join("ehia.db").display());
    line(format!("digests of {people} people over {cases} cases\n"));
    line("| | posted | sent | memory before | most memory |");
    line("|---|---|---|---|---|");
    for (name, url) in [("SQLite", sqlite), ("PostgreSQL", postgres.url("postgres"))] {
        data::fill(name, &url, cases, 0, people, None).await?;
        measure(name, &url, &folder.path().join(name)).await?;
    }
    Ok(())
}

/// Posts the digests of the next working day's morning, and sends them on that morning: what is late is left out.
async fn measure(name: &str, url: &str, mail: &Path) -> anyhow::Result<()> {
    let day = calendar::add_working_days(clock::now().today, 1, &[]);
    let morning = day.and_hms_opt(9, 0, 0).context("there is such an hour")?.and_utc();
    let clock = Clock::held(morning);
    let store = Store::open(url, store::Options::default()).await?;
    let app = App::new(store, app::Options { clock: clock.clone(), ..app::Options::default() });
    let before = memory("VmRSS:")?;
    // What is at its highest so far is forgotten.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let begun = Instant::now();
    let posted = app.post_digests(clock.now()).await;
    let posted = posted.map_err(|error| anyhow::anyhow!("not posted: {error:?}"))?;
    let posting = begun.elapsed();
    let settings = MailSettings {
        transport: SecretString::from(format!("file://{}", mail.display())),
        from: "EHIA <ehia@mail.example>".into(),
        ca_certificate: None,
        timeout: Duration::from_secs(5),
    };
    let pace = Pace {
        poll: Duration::from_millis(50),
        lease: TimeDelta::seconds(120),
        checkpoint: None,
        digests: None,
        public_url: "https://ehia.example.org/".parse()?,
    };
    let stop = CancellationToken::new();
    let worker = Worker::new(app.clone(), Mailer::new(&settings)?, None, pace);
    let working = tokio::spawn(worker.run(stop.clone()));
    let waiting = [MessageState::Pending, MessageState::Leased];
    while !app.list_outbox(&waiting, &Window::default()).await.is_ok_and(|page| page.nodes.is_empty()) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let sending = begun.elapsed().saturating_sub(posting);
    stop.cancel();
    working.await?;
    let sent = fs::read_dir(mail)?.count();
    line(format!(
        "| {name} | {posted} in {:.1} s | {sent} in {:.1} s | {before} MiB | {} MiB |",
        posting.as_secs_f64(),
        sending.as_secs_f64(),
        memory("VmHWM:")?
    ));
    note(format!("{name} is done"));
    Ok(())
}

/// Memory of this process, in MiB.
fn memory(of: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let row = status.lines().find_map(|row| row.strip_prefix(of)).context("the system tells its memory")?;
    let kib: u64 = row.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024)
}
