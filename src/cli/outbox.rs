//! The outbox: facts of messages, without addresses unless they are asked for.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{App, Message, MessageState},
    boot,
    cli::{failure, output, word},
    clock,
    domain::{
        id::{Identifier as _, OutboxId},
        page::{MOST, Window},
    },
    settings::DatabaseSettings,
};

/// What may be done with the outbox.
#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// List messages, the oldest first.
    List(List),
    /// Print all that is known of a message.
    Show(Show),
    /// Let a message that waits, was given up or dropped be sent now.
    Retry(Named),
    /// Give a message up; it stays on record.
    Drop(Named),
    /// Note that a message came back: for a mail system that reads bounces. Administrators are told, once a day.
    Bounced(Bounced),
}

/// Which messages.
#[derive(Args, Debug)]
pub struct List {
    /// Only those in this state; may be given more than once.
    #[arg(long, ignore_case = true, value_parser = word::parser(MessageState::ALL, MessageState::as_str))]
    state: Vec<MessageState>,
    /// At most so many.
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    most: u32,
    /// Show addresses, too.
    #[arg(long)]
    addresses: bool,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// A message to print.
#[derive(Args, Debug)]
pub struct Show {
    /// Its identifier.
    message: Uuid,
    /// Show the address, too.
    #[arg(long)]
    addresses: bool,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// A message.
#[derive(Args, Debug)]
pub struct Named {
    /// Its identifier, from `ehia outbox list`.
    message: Uuid,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// A message that came back.
#[derive(Args, Debug)]
pub struct Bounced {
    /// Its `Message-ID` as it was sent, or its identifier.
    #[arg(value_name = "MESSAGE-ID")]
    message: String,
    /// What the mail system says of it; addresses are taken out.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// Runs a command on the outbox.
pub async fn run(command: OutboxCommand) -> anyhow::Result<ExitCode> {
    match command {
        OutboxCommand::List(command) => list(command).await,
        OutboxCommand::Show(command) => {
            let app = boot::app(&command.database).await?;
            let message = find(&app, command.message).await?;
            let told = told(&app, &message, command.addresses).await?;
            output::line(serde_json::to_string_pretty(&told)?)?;
            Ok(ExitCode::SUCCESS)
        }
        OutboxCommand::Retry(command) => {
            let app = boot::app(&command.database).await?;
            let message = find(&app, command.message).await?;
            let done = failure::run(async || app.retry_message(message.id, clock::now()).await).await?;
            settled(&message, done, "is sent when its turn comes, which is now")
        }
        OutboxCommand::Drop(command) => {
            let app = boot::app(&command.database).await?;
            let message = find(&app, command.message).await?;
            let done = failure::run(async || app.drop_message(message.id).await).await?;
            settled(&message, done, "will not be sent")
        }
        OutboxCommand::Bounced(command) => {
            // `<IDENTIFIER.outbox@DOMAIN>` is what every message carries.
            let bare = command.message.trim().trim_matches(['<', '>']);
            let bare = bare.split_once('@').map_or(bare, |(local, _)| local).trim_end_matches(".outbox");
            let id = Uuid::try_parse(bare).ok().with_context(|| {
                format!("`{}` is neither a Message-ID of ours nor an identifier", command.message)
            })?;
            let app = boot::app(&command.database).await?;
            let message = find(&app, id).await?;
            let noted = async || app.report_bounce(message.id, &command.reason, clock::now()).await;
            let done = failure::run(noted).await?;
            settled(&message, done, "came back; its recipient is noted as one whom mail does not reach")
        }
    }
}

async fn list(command: List) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let mut window = Window { size: command.most.clamp(1, MOST), forwards: true, cursor: None };
    let mut left = command.most;
    let mut rows = Vec::new();
    while left > 0 {
        let page = failure::run(async || app.list_outbox(&command.state, &window).await).await?;
        for message in page.nodes.iter().take(left as usize) {
            left -= 1;
            if command.json {
                output::json(&told(&app, message, command.addresses).await?)?;
                continue;
            }
            let address = if command.addresses {
                failure::run(async || app.address_of(message.notice.to).await).await?.unwrap_or_default()
            } else {
                String::new()
            };
            rows.push([
                message.id.to_string(),
                message.state.to_string(),
                message.notice.kind.to_string(),
                message.notice.facts.reference.clone(),
                message.attempts.to_string(),
                message.reason.clone().unwrap_or_default(),
                address,
            ]);
        }
        window.cursor = page.nodes.last().map(Message::cursor);
        if !page.has_next {
            break;
        }
    }
    if !command.json {
        output::table(["IDENTIFIER", "STATE", "KIND", "CASE", "TRIES", "REASON", ""], &rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(app: &App, id: Uuid) -> anyhow::Result<Message> {
    let id = OutboxId::from(id);
    let found = failure::run(async || app.find_message(id).await).await?;
    found.with_context(|| format!("there is no message {id}; `ehia outbox list` names those there are"))
}

fn settled(message: &Message, done: bool, what: &str) -> anyhow::Result<ExitCode> {
    if !done {
        anyhow::bail!(
            "message {} is {}, so nothing was changed; `ehia outbox show {}` says more",
            message.id,
            message.state,
            message.id
        );
    }
    output::line(format!("Message {} {what}.", message.id))?;
    Ok(ExitCode::SUCCESS)
}

async fn told(app: &App, message: &Message, addresses: bool) -> anyhow::Result<Value> {
    let mut told = json!({
        "id": message.id.global(),
        "state": message.state,
        "kind": message.notice.kind,
        "reference": message.notice.facts.reference,
        "attempts": message.attempts,
        "createdAt": message.created_at,
        "nextAt": message.next_at,
        "deadline": message.deadline,
        "sentAt": message.sent_at,
        "reason": message.reason,
    });
    if addresses {
        told["address"] = json!(failure::run(async || app.address_of(message.notice.to).await).await?);
    }
    Ok(told)
}
