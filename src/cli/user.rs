//! People and their roles: the operator's acts. The first administrator is made here.

use std::{fs, io, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{
    app::{self, App, NewPerson},
    boot,
    cli::{failure, organisation, output, word},
    clock,
    domain::{
        id::{Identifier as _, OrganisationId, PersonId},
        permission::{Actor, Role},
    },
    settings::DatabaseSettings,
};

/// What may be done with people.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a person with roles in an organisation; refused when somebody has the address. Without a password they
    /// ask for a link by mail.
    Add(Box<Add>),
    /// Grant roles to a person.
    Grant(Grant),
    /// Take roles away from a person.
    Revoke(Revoke),
    /// Keep a person from signing in; their sessions end.
    Disable(Named),
    /// Let a person sign in again.
    Enable(Named),
    /// List the people of an organisation with their roles.
    List(List),
    /// Set a person's password; their sessions end.
    Password(Password),
}

/// A person to add.
#[derive(Args, Debug)]
pub struct Add {
    /// Their address.
    #[arg(long)]
    email: String,
    /// Their name.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    roles: Roles,
    /// The last day of the roles.
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    #[command(flatten)]
    password: PasswordSource,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Roles to grant.
#[derive(Args, Debug)]
pub struct Grant {
    /// The person's address.
    email: String,
    #[command(flatten)]
    roles: Roles,
    /// The last day of the roles.
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// Roles to take away.
#[derive(Args, Debug)]
pub struct Revoke {
    /// The person's address.
    email: String,
    #[command(flatten)]
    roles: Roles,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// A person.
#[derive(Args, Debug)]
pub struct Named {
    /// The person's address.
    email: String,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// Whose people.
#[derive(Args, Debug)]
pub struct List {
    /// The organisation's ODS code.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// A password to set.
#[derive(Args, Debug)]
pub struct Password {
    /// The person's address.
    email: String,
    #[command(flatten)]
    source: PasswordSource,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// Roles in an organisation.
#[derive(Args, Debug)]
struct Roles {
    /// A role; may be given more than once.
    #[arg(long, required = true, ignore_case = true, value_parser = word::parser(Role::ALL, Role::as_str))]
    role: Vec<Role>,
    /// The organisation's ODS code.
    #[arg(long, value_name = "CODE")]
    organisation: String,
}

/// Where a password comes from; never from the command line, which others can read.
#[derive(Args, Debug)]
#[group(multiple = false)]
struct PasswordSource {
    /// Read the password from this file; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Make a password up and print it once.
    #[arg(long)]
    generate_password: bool,
}

/// Runs a command on people.
pub async fn run(command: UserCommand) -> anyhow::Result<ExitCode> {
    match command {
        UserCommand::Add(command) => add(*command).await,
        UserCommand::Grant(command) => grant(command).await,
        UserCommand::Revoke(command) => revoke(command).await,
        UserCommand::Disable(command) => set_disabled(command, true).await,
        UserCommand::Enable(command) => set_disabled(command, false).await,
        UserCommand::List(command) => list(command).await,
        UserCommand::Password(command) => password(command).await,
    }
}

async fn add(command: Add) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    free(&app, &command.email).await?;
    let roles = command.roles.in_full(&app, command.until).await?;
    let given = command.password.read()?;
    let new = NewPerson {
        name: command.name,
        email: command.email,
        password: given.as_ref().map(|given| given.password.clone()),
        roles,
    };
    let person = put(&app, &new).await?;
    let shown = given.filter(|given| given.made_up).map(|given| given.password);
    if command.json {
        output::json(&json!({
            "id": person.global(),
            "email": new.email,
            "password": shown.as_ref().map(ExposeSecret::expose_secret),
            "roles": command.roles.role,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(format!("{} was added.", new.email))?;
    if let Some(password) = shown {
        output::line(format!("Password, shown this once: {}", password.expose_secret()))?;
    } else if new.password.is_none() {
        output::line(format!(
            "No password was set, and nobody signs in without one: set one with `ehia user password {} \
             --generate-password`, or let them ask for a link by mail with `requestPasswordReset`.",
            new.email
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn grant(command: Grant) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let actor = find(&app, &command.email).await?;
    let roles = command.roles.in_full(&app, command.until).await?;
    let name = name_of(&app, &actor).await?;
    put(&app, &NewPerson { name, email: command.email.clone(), password: None, roles }).await?;
    output::line(format!("{} holds {}.", command.email, command.roles.told()))?;
    Ok(ExitCode::SUCCESS)
}

async fn revoke(command: Revoke) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let actor = find(&app, &command.email).await?;
    let organisation = organisation::find(&app, &command.roles.organisation).await?;
    for role in &command.roles.role {
        if !actor.holds(organisation.id, *role) {
            anyhow::bail!("{} does not hold {role} in {}", command.email, organisation.ods_code);
        }
        failure::run(async || {
            app.revoke_role(actor.person, organisation.id, *role, None, clock::now()).await
        })
        .await?;
    }
    output::line(format!("{} no longer holds {}.", command.email, command.roles.told()))?;
    Ok(ExitCode::SUCCESS)
}

async fn set_disabled(command: Named, disabled: bool) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    failure::run(async || app.set_disabled(&command.email, disabled, clock::now()).await)
        .await
        .map_err(|error| nobody(&command.email, error))?;
    let done = if disabled {
        "can no longer sign in; every session and API token has ended"
    } else {
        "can sign in again"
    };
    output::line(format!("{} {done}.", command.email))?;
    Ok(ExitCode::SUCCESS)
}

async fn list(command: List) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let organisation = organisation::find(&app, &command.organisation).await?;
    let people = failure::run(async || app.list_people(organisation.id, clock::now()).await).await?;
    if command.json {
        for (person, roles) in &people {
            output::json(&json!({
                "id": person.id.global(),
                "name": person.name,
                "email": person.email,
                "disabled": person.disabled_at.is_some(),
                "roles": roles,
            }))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<[String; 3]> = people
        .iter()
        .map(|(person, roles)| {
            let mut roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            if person.disabled_at.is_some() {
                roles.push("(disabled)");
            }
            [person.name.clone(), person.email.clone(), roles.join(" ")]
        })
        .collect();
    output::table(["NAME", "ADDRESS", "ROLES"], &rows)?;
    Ok(ExitCode::SUCCESS)
}

async fn password(command: Password) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let actor = find(&app, &command.email).await?;
    let Some(given) = command.source.read()? else {
        anyhow::bail!(
            "say where the password comes from: --password-file FILE (`-` for standard input) or --generate-password"
        );
    };
    let name = name_of(&app, &actor).await?;
    let email = command.email.clone();
    put(&app, &NewPerson { name, email, password: Some(given.password.clone()), roles: Vec::new() }).await?;
    output::line(format!("The password of {} was set; every session has ended.", command.email))?;
    if given.made_up {
        output::line(format!("Password, shown this once: {}", given.password.expose_secret()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The person with this address.
pub(super) async fn find(app: &App, email: &str) -> anyhow::Result<Actor> {
    failure::run(async || app.acting_as(email, clock::now()).await)
        .await
        .map_err(|error| nobody(email, error))
}

/// Refuses an address that somebody has already: adding them again would take their password away.
async fn free(app: &App, email: &str) -> anyhow::Result<()> {
    match failure::again(async || app.acting_as(email, clock::now()).await).await {
        Err(app::Error::NotFound) => Ok(()),
        Ok(_) | Err(app::Error::Forbidden) => anyhow::bail!(
            "somebody has the address {email} already, and nothing was changed; `ehia user grant {email}` grants them \
             roles, `ehia user password {email}` sets a new password"
        ),
        Err(error) => Err(failure::explain(error)),
    }
}

fn nobody(email: &str, error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<app::Error>() {
        Some(app::Error::NotFound) => {
            anyhow::anyhow!("there is no person with the address {email}; `ehia user add` adds one")
        }
        Some(app::Error::Forbidden) => {
            anyhow::anyhow!("{email} is disabled; `ehia user enable {email}` lets them act again")
        }
        _ => error,
    }
}

async fn name_of(app: &App, actor: &Actor) -> anyhow::Result<String> {
    let people = failure::run(async || app.people(actor, &[actor.person]).await).await?;
    Ok(people.get(&actor.person).map(|person| person.name.clone()).unwrap_or_default())
}

async fn put(app: &App, new: &NewPerson) -> anyhow::Result<PersonId> {
    failure::run(async || app.add_person(new.clone(), None, clock::now()).await).await
}

impl Roles {
    async fn in_full(
        &self,
        app: &App,
        until: Option<NaiveDate>,
    ) -> anyhow::Result<Vec<(OrganisationId, Role, Option<NaiveDate>)>> {
        let organisation = organisation::find(app, &self.organisation).await?;
        Ok(self.role.iter().map(|role| (organisation.id, *role, until)).collect())
    }

    fn told(&self) -> String {
        let roles: Vec<&str> = self.role.iter().map(|role| role.as_str()).collect();
        format!("{} in {}", roles.join(", "), self.organisation)
    }
}

/// A password that was read or made up.
struct Given {
    password: SecretString,
    made_up: bool,
}

impl PasswordSource {
    fn read(&self) -> anyhow::Result<Option<Given>> {
        if self.generate_password {
            return Ok(Some(Given { password: boot::made_up_password()?, made_up: true }));
        }
        let Some(file) = &self.password_file else { return Ok(None) };
        let text = if file.as_os_str() == "-" {
            let mut line = String::new();
            io::stdin().read_line(&mut line).context("the password cannot be read from standard input")?;
            line
        } else {
            fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?
        };
        let password = SecretString::from(text.trim_end_matches(['\r', '\n']));
        Ok(Some(Given { password, made_up: false }))
    }
}
