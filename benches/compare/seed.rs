//! What is measured: cases on PostgreSQL, and beside our tables those that somebody would write by hand, with the same content.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Context as _;
use ehia::{
    app::{App, NewPerson, Options},
    clock,
    domain::{
        id::{AssessmentId, OrganisationId, PersonId},
        permission::Role,
    },
    store::{self, Store},
};
use secrecy::ExposeSecret as _;

use crate::{fill, report::note, sql::Bare};

/// Cases whose detail is asked.
const PICKS: usize = 2_000;

/// Cases that are supposed to stop.
const SUPPOSED: usize = 50;

/// A filled database, and who asks.
pub struct Seeded {
    /// Asks of one organisation.
    pub reader: String,
    /// Asks of all organisations.
    pub overseer: String,
    /// The one organisation.
    pub organisation: OrganisationId,
    /// Cases of the one organisation.
    pub picks: Vec<AssessmentId>,
    /// Cases of the one organisation that count in its picture, of which something is supposed.
    pub supposed: Vec<AssessmentId>,
    /// The tables for hand-written SQL.
    pub bare: Bare,
}

/// The use cases on a database, which is made ready.
pub async fn open(url: &str) -> anyhow::Result<(App, Store)> {
    let store = Store::open(url, store::Options::default()).await?;
    store.migrate().await?;
    Ok((App::new(store.clone(), Options::default()), store))
}

/// Fills a database with so many cases.
pub async fn seed(url: &str, folder: &Path, size: u32) -> anyhow::Result<Seeded> {
    let (app, store) = open(url).await?;
    let overseer = fill::fill(&app, &store, url, size).await?;
    note(format!("{size} cases filled"));
    let organisation = overseer.grants.first().context("the overseer oversees some")?.organisation;
    let person = add(&app, organisation, "Reader", Role::Governance).await?;
    let reader = token(&app, "Reader", true).await?;

    let database = sea_orm::Database::connect(url).await?;
    let templates = fill::cases(&database, "length(reference) = 10").await?;
    let mut documents = String::new();
    for id in templates {
        let view = app.view(&overseer, id).await.map_err(|error| anyhow::anyhow!("not read: {error:?}"))?;
        let content = serde_json::to_string(&view.case.content)?.replace('\\', "\\\\");
        writeln!(documents, "{id}\t{content}")?;
    }
    fs::write(folder.join("documents.tsv"), documents)?;
    let all = fill::cases(&database, &format!("organisation_id = '{organisation}'")).await?;
    let counting = format!(
        "organisation_id = '{organisation}' AND phase <> 'drafting' AND standing IN ('pending', 'proceeding')"
    );
    let counting = fill::cases(&database, &counting).await?;
    let supposed =
        counting.iter().copied().step_by((counting.len() / SUPPOSED).max(1)).take(SUPPOSED).collect();
    database.close().await?;
    let picks: Vec<AssessmentId> = all.iter().copied().step_by((all.len() / PICKS).max(1)).collect();
    let bare = Bare::fill(url, folder, (organisation, person), &picks)?;
    bare.psql(include_str!("graph.sql"))?;
    bare.psql(include_str!("copy.sql"))?;
    bare.psql(include_str!("case_district.sql"))?;
    bare.psql(include_str!("counted_group.sql"))?;
    bare.psql("VACUUM ANALYZE")?;
    bare.psql("CHECKPOINT")?;
    note("tables for hand-written SQL filled");
    let overseer = token(&app, "Overseer", true).await?;
    app.close().await?;
    Ok(Seeded { reader, overseer, organisation, picks, supposed, bare })
}

/// Somebody in a role of an organisation.
pub async fn add(
    app: &App,
    organisation: OrganisationId,
    name: &str,
    role: Role,
) -> anyhow::Result<PersonId> {
    let new = NewPerson {
        name: name.into(),
        email: email(name),
        password: None,
        roles: vec![(organisation, role, None)],
    };
    Ok(app.add_person(new, None, clock::now()).await?)
}

/// A token of theirs.
pub async fn token(app: &App, name: &str, read_only: bool) -> anyhow::Result<String> {
    let moment = clock::now();
    let until = moment.today + chrono::Days::new(2);
    let issued = app.issue_token_for(&email(name), "measuring", read_only, until, moment).await;
    let issued = issued.map_err(|error| anyhow::anyhow!("no token: {error:?}"))?;
    Ok(issued.0.expose_secret().to_owned())
}

fn email(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase().replace(' ', "."))
}
