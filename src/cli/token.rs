//! API tokens: the operator's acts.

use std::process::ExitCode;

use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::TokenView,
    boot,
    cli::{failure, output, user},
    clock,
    domain::id::{Identifier as _, TokenId},
    settings::DatabaseSettings,
};

/// What may be done with API tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token for a person; its text is printed once.
    Issue(Issue),
    /// List a person's tokens that work.
    List(List),
    /// End a token.
    Revoke(Revoke),
}

/// A token to make.
#[derive(Args, Debug)]
pub struct Issue {
    /// The person's address.
    email: String,
    /// What it is for.
    #[arg(long)]
    label: String,
    /// Whether it may also change things; else it only reads.
    #[arg(long)]
    write: bool,
    /// The last day it works, a year from now at most; 90 days when none is given.
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Whose tokens.
#[derive(Args, Debug)]
pub struct List {
    /// The person's address.
    email: String,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// A token to end.
#[derive(Args, Debug)]
pub struct Revoke {
    /// The person's address.
    email: String,
    /// The token's identifier, from `ehia token list`.
    token: Uuid,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// Runs a command on tokens.
pub async fn run(command: TokenCommand) -> anyhow::Result<ExitCode> {
    match command {
        TokenCommand::Issue(command) => issue(command).await,
        TokenCommand::List(command) => list(command).await,
        TokenCommand::Revoke(command) => revoke(command).await,
    }
}

async fn issue(command: Issue) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    user::find(&app, &command.email).await?;
    let moment = clock::now();
    let until = command.until.unwrap_or(moment.today + Days::new(90));
    let (text, view) = failure::run(async || {
        app.issue_token_for(&command.email, &command.label, !command.write, until, moment).await
    })
    .await?;
    if command.json {
        let mut told = told(&view);
        told["token"] = json!(text.expose_secret());
        output::json(&told)?;
    } else {
        output::line(format!("Token, shown this once: {}", text.expose_secret()))?;
        output::line(format!("It works until {}; its identifier is {}.", view.expires_at, view.id))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(command: List) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let actor = user::find(&app, &command.email).await?;
    let tokens = failure::run(async || app.list_tokens(&actor, clock::now()).await).await?;
    if command.json {
        for token in &tokens {
            output::json(&told(token))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<[String; 4]> = tokens
        .iter()
        .map(|token| {
            let scope = if token.read_only { "read" } else { "read and write" };
            [token.id.to_string(), token.label.clone(), scope.to_owned(), token.expires_at.to_string()]
        })
        .collect();
    output::table(["IDENTIFIER", "LABEL", "SCOPE", "UNTIL"], &rows)?;
    Ok(ExitCode::SUCCESS)
}

async fn revoke(command: Revoke) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let actor = user::find(&app, &command.email).await?;
    let id = TokenId::from(command.token);
    failure::run(async || app.revoke_token_of(actor.person, id, clock::now()).await).await.map_err(
        |error| {
            if let Some(crate::app::Error::NotFound) = error.downcast_ref() {
                anyhow::anyhow!(
                    "{} has no token {id} that works; `ehia token list` names those there are",
                    command.email
                )
            } else {
                error
            }
        },
    )?;
    output::line(format!("Token {id} was revoked."))?;
    Ok(ExitCode::SUCCESS)
}

fn told(token: &TokenView) -> Value {
    json!({
        "id": token.id.global(),
        "label": token.label,
        "readOnly": token.read_only,
        "createdAt": token.created_at,
        "expiresAt": token.expires_at,
    })
}
