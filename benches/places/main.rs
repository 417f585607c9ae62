//! How fast places answer: `cargo bench --bench places`. Reading every shipped file, loading them into a SQLite file and a
//! private PostgreSQL, the profile of a board and of England, a search, and the memory of the server that has them.

#[path = "../speed/http.rs"]
#[expect(dead_code, reason = "one asks after the other here")]
mod http;
#[path = "../speed/memory.rs"]
mod memory;
#[path = "../speed/report.rs"]
#[expect(dead_code, reason = "times are told another way here")]
mod report;
#[path = "../speed/serve.rs"]
mod serve;
#[path = "../speed/support.rs"]
mod support;

use std::{
    hint::black_box,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use ehia::{
    app::{App, NewOrganisation, NewPerson, Options},
    clock,
    domain::{
        organisation::OrganisationKind,
        permission::Role,
        place::{Assembly, Sheet, shipped::FILES},
        settings::{Notable, Settings},
    },
    store::{self, Store},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::{
    http::{Connection, request},
    serve::Server,
    support::postgres,
};

const RUNS: usize = 21;
/// Profiles that are asked for before memory is measured.
const PROFILES: usize = 60;
const EMAIL: &str = "reader@example.org";
const PASSWORD: &str = "a long and unusual sentence";
const SIGN_IN: &str = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }";
const PROFILE: &str = "query ($code: String!, $edition: String) { area(code: $code) { name profile(edition: $edition) \
                       { people core20People core20Share } } }";

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
        let sqlite = format!("sqlite://{}?mode=rwc", folder.path().join("places.db").display());
        let postgres = postgres::Server::start("").context("PostgreSQL's server programs are needed")?;
        for (name, url) in [("SQLite", sqlite), ("PostgreSQL", postgres.url("postgres"))] {
            let store = Store::open(&url, store::Options::default()).await?;
            store.migrate().await?;
            let app = App::new(store, Options::default());
            let files = FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
            let began = Instant::now();
            app.load_reference(files, clock::now(), || ()).await?;
            told(&format!("loading everything into {name}"), began.elapsed(), began.elapsed())?;
            let began = Instant::now();
            app.reference().await?;
            told(&format!("reading it back from {name}"), began.elapsed(), began.elapsed())?;
            let token = add_reader(&app).await?;
            app.close().await?;
            held(name, &url, &folder.path().join(name), &token).await?;
        }
        Ok(())
    })
}

/// Somebody who asks, with a token of theirs.
async fn add_reader(app: &App) -> anyhow::Result<String> {
    let organisation = NewOrganisation {
        ods_code: "T6Y0W".into(),
        name: "Synthetic ICB".into(),
        kind: OrganisationKind::Icb,
        opened: None,
        closed: None,
        settings: Settings::default(),
    };
    let organisation = app.set_up_organisation(organisation, clock::now()).await?.id;
    let person = NewPerson {
        name: "Reader".into(),
        email: EMAIL.into(),
        password: Some(SecretString::from(PASSWORD)),
        roles: vec![(organisation, Role::Governance, None)],
    };
    let moment = clock::now();
    app.add_person(person, None, moment).await?;
    let until = moment.today + chrono::Days::new(2);
    Ok(app.issue_token_for(EMAIL, "measuring", true, until, moment).await?.0.expose_secret().to_owned())
}

/// The memory of a server with these places, on SQLite with the worker in it: once it has begun, and after it was used.
async fn held(name: &str, url: &str, audit: &Path, token: &str) -> anyhow::Result<()> {
    let server =
        Server::start(url, audit, &request(token, "{ viewer { person { name } } }", &json!({}))).await?;
    let rest = async |seconds| tokio::time::sleep(Duration::from_secs(seconds)).await;
    let told = |what: &str, of: &str| -> anyhow::Result<()> {
        Ok(writeln!(
            std::io::stdout(),
            "memory of the server on {name}, {what}: {:.0} MiB",
            server.memory(of)?
        )?)
    };
    let mut connection = Connection::open(server.address).await?;
    rest(5).await;
    told("at rest", "VmRSS:")?;
    let input = json!({ "input": { "email": EMAIL, "password": PASSWORD } });
    let answer: Value = serde_json::from_slice(connection.ask(&request(token, SIGN_IN, &input)).await?)?;
    answer["data"]["signIn"]["token"].as_str().context("somebody is signed in")?;
    rest(5).await;
    told("after a sign-in", "VmRSS:")?;
    for code in ["E54000022", "E92000001", "E07000145"].iter().cycle().take(PROFILES) {
        for edition in ["IMD 2019", "IMD 2025"] {
            let asked = request(token, PROFILE, &json!({ "code": code, "edition": edition }));
            connection.ask(&asked).await?;
        }
    }
    rest(5).await;
    told("after profiles of places", "VmRSS:")?;
    told("at most, while a password was hashed", "VmHWM:")
}
