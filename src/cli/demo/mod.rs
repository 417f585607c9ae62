//! The demonstration: an embedded database with synthetic cases and fictional people, served at once.
//!
//! What is there stays: a second start on the same folder finds organisations, people, passwords and cases as
//! they were left.

mod cast;
mod panel;
mod scene;
mod screening;

pub(super) use scene::documents;

use std::{
    fs,
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use crate::{
    app::{self, App, NewOrganisation, NewPerson},
    boot::{self, Service, ServiceSettings, WorkSettings},
    cli::{failure, organisation, output, progress::Progress, reference},
    clock,
    domain::{permission::Role, settings::Settings},
    settings::{
        AuditSettings, DatabaseSettings, MailSettings, PublicSettings, ServeSettings, WorkerSettings,
    },
};

/// How to demonstrate.
#[derive(Args, Debug)]
pub struct Demo {
    /// Where to listen. Port 0 takes any that is free.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// The folder of the demonstration: database, mail, accounts, audit. Remove it to begin anew.
    #[arg(long, default_value = ".ehia/demo", value_name = "FOLDER")]
    data: PathBuf,
    /// A database of its own to use instead of the one in the folder.
    #[arg(long, value_name = "URL")]
    database: Option<SecretString>,
    /// Only set up, and serve nothing.
    #[arg(long)]
    setup_only: bool,
    /// Print one JSON object, `{"url", "accounts": [{"email", "password", "roles"}]}`, and nothing else.
    #[arg(long)]
    json: bool,
}

/// An account of the demonstration, as it is kept and printed.
#[derive(Debug, Deserialize, Serialize)]
struct Account {
    email: String,
    password: String,
    roles: Vec<Role>,
    name: String,
    organisation: String,
}

/// What is kept of a set-up outside the database.
#[derive(Debug, Deserialize, Serialize)]
struct Kept {
    /// How to sign in.
    accounts: Vec<Account>,
    /// Whether every case was brought to where it belongs.
    complete: bool,
}

/// The file of what is kept.
const ACCOUNTS: &str = "accounts.json";

/// Sets up what is missing, prints how to sign in, and serves until told to end.
pub async fn run(command: Demo) -> anyhow::Result<ExitCode> {
    let end = boot::told_to_end()?;
    // Before anything is written, so that a port that is taken leaves nothing behind.
    let listener = if command.setup_only { None } else { Some(boot::listen(command.listen).await?) };
    let data = make_folder(&command.data)?;
    let settings = settings(&command, &data)?;
    boot::migrate(&settings.work.database).await?;
    let accounts = set_up(&settings.work.database, &data).await?;
    let Some(listener) = listener else {
        tell(&command, None, &accounts, &data)?;
        return Ok(ExitCode::SUCCESS);
    };
    let service = Service::start_on(listener, &settings).await?;
    tell(&command, Some(service.address()), &accounts, &data)?;
    service.run_until(end).await?;
    Ok(ExitCode::SUCCESS)
}

fn make_folder(folder: &Path) -> anyhow::Result<PathBuf> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    folder.canonicalize().with_context(|| format!("{} cannot be used", folder.display()))
}

fn settings(command: &Demo, data: &Path) -> anyhow::Result<ServiceSettings> {
    let mail = Url::from_directory_path(data.join("mail"))
        .map_err(|()| anyhow::anyhow!("{} is no folder for mail", data.display()))?;
    let database = command.database.clone().unwrap_or_else(|| {
        SecretString::from(format!("sqlite://{}?mode=rwc", data.join("ehia.db").display()))
    });
    Ok(ServiceSettings {
        serve: ServeSettings {
            listen: command.listen,
            with_worker: true,
            explore: true,
            trusted_proxies: Vec::new(),
            session_hours: 12,
            attachment_bytes: 20 * 1024 * 1024,
            limit_depth: 16,
            limit_complexity: 20_000,
        },
        work: WorkSettings {
            database: DatabaseSettings { url: database, readers: 8 },
            mail: MailSettings {
                url: Some(SecretString::from(mail.to_string())),
                from: "EHIA demonstration <ehia@demo.ehia.invalid>".to_owned(),
                password_file: None,
                ca: None,
                timeout_seconds: 30,
            },
            audit: AuditSettings { dir: data.join("audit") },
            worker: WorkerSettings { poll_seconds: 5, lease_seconds: 120, checkpoint_seconds: 60 },
            public: PublicSettings { public_url: None },
            migrate: false,
        },
    })
}

/// Sets up what is missing; the accounts as they can sign in.
async fn set_up(database: &DatabaseSettings, data: &Path) -> anyhow::Result<Vec<Account>> {
    let app = boot::app(database).await?;
    let organisations = failure::run(async || app.list_organisations().await).await?;
    let file = data.join(ACCOUNTS);
    let kept = if organisations.is_empty() { None } else { read(&file)? };
    let begun = match &kept {
        Some(kept) => knows(&app, &kept.accounts).await?,
        None => false,
    };
    let ours = |code: &str| cast::bodies().iter().any(|body| body.ods_code == code);
    if let Some(other) = organisations.iter().find(|one| !begun && !ours(&one.ods_code)) {
        bail!(
            "this database holds {} ({}), which is not of the demonstration; give the demonstration a database of \
             its own",
            other.name,
            other.ods_code
        );
    }
    let mut kept = if let Some(kept) = kept {
        kept
    } else {
        let accounts = make_up_accounts()?;
        set_organisations(&app).await?;
        set_people(&app, &accounts).await?;
        // Written once they are set, so that passwords that were not set are never told.
        let kept = Kept { accounts, complete: false };
        write(&file, &kept)?;
        kept
    };
    reference::load(&app, reference::shipped()).await?;
    if !kept.complete {
        Box::pin(scene::set(&app)).await?;
        Box::pin(panel::set(&app)).await?;
        Box::pin(screening::set(&app)).await?;
        kept.complete = true;
        write(&file, &kept)?;
    }
    app.close().await?;
    Ok(kept.accounts)
}

/// Whether the database is the one that these accounts were set up in; what else was added to it since is welcome.
async fn knows(app: &App, accounts: &[Account]) -> anyhow::Result<bool> {
    let Some(first) = accounts.first() else { return Ok(false) };
    match failure::again(async || app.acting_as(&first.email, clock::now()).await).await {
        Ok(_) | Err(app::Error::Forbidden) => Ok(true),
        Err(app::Error::NotFound) => Ok(false),
        Err(error) => Err(failure::explain(error)),
    }
}

fn make_up_accounts() -> anyhow::Result<Vec<Account>> {
    let accounts = cast::PEOPLE.iter().map(|person| {
        Ok(Account {
            email: person.email.to_owned(),
            password: boot::made_up_password()?.expose_secret().to_owned(),
            roles: person.roles.to_vec(),
            name: person.name.to_owned(),
            organisation: person.organisation.to_owned(),
        })
    });
    accounts.collect()
}

async fn set_organisations(app: &App) -> anyhow::Result<()> {
    let moment = clock::now();
    for body in cast::bodies() {
        let new = NewOrganisation {
            ods_code: body.ods_code.to_owned(),
            name: body.name.to_owned(),
            kind: body.kind,
            opened: body.opened,
            closed: body.closed,
            settings: if body.ods_code == cast::HOME { screening::settings() } else { Settings::default() },
        };
        if failure::run(async || app.find_organisation(body.ods_code).await).await?.is_none() {
            failure::run(async || app.set_up_organisation(new.clone(), moment).await).await?;
        }
    }
    let home = organisation::find(app, cast::HOME).await?;
    for code in cast::PREDECESSORS {
        let predecessor = organisation::find(app, code).await?;
        failure::run(async || app.succeed(predecessor.id, home.id, moment).await).await?;
    }
    Ok(())
}

async fn set_people(app: &App, accounts: &[Account]) -> anyhow::Result<()> {
    let mut progress = Progress::of("accounts", accounts.len());
    for account in accounts {
        let organisation = organisation::find(app, &account.organisation).await?;
        let new = NewPerson {
            name: account.name.clone(),
            email: account.email.clone(),
            password: Some(SecretString::from(account.password.clone())),
            roles: account.roles.iter().map(|role| (organisation.id, *role, None)).collect(),
        };
        failure::run(async || app.add_person(new.clone(), None, clock::now()).await).await?;
        progress.step();
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Option<Kept>> {
    match fs::read_to_string(file) {
        Ok(text) => {
            let kept = serde_json::from_str(&text).with_context(|| {
                format!("{} is not as it was written; remove it, and passwords are made anew", file.display())
            })?;
            Ok(Some(kept))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
}

/// Writes the file whole or not at all, for its owner alone.
fn write(file: &Path, kept: &Kept) -> anyhow::Result<()> {
    let unfinished = file.with_extension("part");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&unfinished)?;
    out.write_all(serde_json::to_string_pretty(kept)?.as_bytes())?;
    out.sync_all()?;
    fs::rename(unfinished, file).with_context(|| format!("{} cannot be written", file.display()))
}

fn tell(
    command: &Demo,
    address: Option<SocketAddr>,
    accounts: &[Account],
    data: &Path,
) -> anyhow::Result<()> {
    let url = address.map(|address| format!("http://{address}"));
    if command.json {
        return output::json(&json!({ "url": url, "accounts": accounts }));
    }
    let rows: Vec<[String; 4]> = accounts
        .iter()
        .map(|account| {
            let roles: Vec<&str> = account.roles.iter().map(|role| role.as_str()).collect();
            [account.email.clone(), account.password.clone(), roles.join(" "), account.organisation.clone()]
        })
        .collect();
    output::line("The demonstration: every person and every assessment in it is made up.\n")?;
    output::table(["ADDRESS", "PASSWORD", "ROLES", "AT"], &rows)?;
    output::line(format!("\nMail is written to {}.", data.join("mail").display()))?;
    let (Some(url), Some(first)) = (url, accounts.first()) else { return Ok(()) };
    output::line(format!(
        "Open {url}/ to explore the API. To sign in, send this, and use the token it answers with:\n"
    ))?;
    let query = json!({
        "query": "mutation($input: SignInInput!) { signIn(input: $input) { token errors { message } } }",
        "variables": { "input": { "email": first.email, "password": first.password } },
    });
    output::line(format!("curl -s {url}/graphql -H 'Content-Type: application/json' \\\n  -d '{query}'\n"))?;
    output::line(format!(
        "curl -s {url}/graphql -H 'Content-Type: application/json' -H 'Authorization: Bearer TOKEN' \\\n  -d '{}'\n",
        json!({ "query": "{ assessments(first: 10) { nodes { reference title state { label } } } }" })
    ))?;
    output::line("Press Ctrl+C to end; the same folder continues where you left.")
}
