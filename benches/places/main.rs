//! How fast places answer: `cargo bench --bench places`. Reading every shipped file, loading them into a SQLite file,
//! the profile of a board and of England, and a search.

use std::{
    hint::black_box,
    io::Write as _,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use ehia::{
    app::{App, Options},
    clock,
    domain::{
        place::{Assembly, Sheet, shipped::FILES},
        settings::Notable,
    },
    store::{self, Store},
};

const RUNS: usize = 21;

/// The median of some runs, and the slowest.
fn measure(what: &str, runs: usize, mut run: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let began = Instant::now();
        run()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let median = times.get(runs / 2).copied().unwrap_or_default();
    told(what, median, times.last().copied().unwrap_or_default())
}

fn told(what: &str, median: Duration, slowest: Duration) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{what}: median {median:.2?}, slowest {slowest:.2?}")?)
}

fn main() -> anyhow::Result<()> {
    let read = || -> anyhow::Result<_> {
        let mut assembly = Assembly::default();
        for (file, bytes) in FILES {
            assembly.add(&Sheet::read(file, bytes)?)?;
        }
        Ok(assembly.finish()?)
    };
    measure("reading every file", 5, || read().map(|reference| drop(black_box(reference))))?;
    let reference = read()?;
    for (what, code) in [("profile of a board", "E54000022"), ("profile of England", "E92000001")] {
        for edition in ["IMD 2019", "IMD 2025"] {
            measure(&format!("{what}, {edition}"), RUNS, || {
                let found = reference.population(&[code.to_owned()], Some(edition), &Notable::default());
                black_box(found.context("it can be told")?);
                Ok(())
            })?;
        }
    }
    measure("a search", RUNS, || {
        black_box(reference.gazetteer().search("norwich", None));
        Ok(())
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("places.db").display());
        let store = Store::open(&url, store::Options::default()).await?;
        store.migrate().await?;
        let app = App::new(store, Options::default());
        let files = FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
        let began = Instant::now();
        app.load_reference(files, clock::now(), || ()).await?;
        told("loading everything into SQLite", began.elapsed(), began.elapsed())?;
        let began = Instant::now();
        app.reference().await?;
        told("reading it back", began.elapsed(), began.elapsed())
    })
}
