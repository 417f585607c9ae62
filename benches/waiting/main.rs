//! What waiting costs: `viewer.tasks` of people who owe little and much, over a hundred thousand cases and two hundred
//! members, and the memory of a server to which a thousand subscriptions are open: `cargo bench --bench waiting`. Aims:
//! under 10 ms, under 100 MB. All synthetic.
//!
//! `EHIA_BENCH_CASES` makes a run smaller.

#[path = "../speed/data.rs"]
#[expect(dead_code, reason = "cases to submit are of no use here")]
mod data;
#[path = "../speed/http.rs"]
#[expect(dead_code, reason = "one asks after the other here")]
mod http;
#[path = "../speed/memory.rs"]
mod memory;
#[path = "../speed/report.rs"]
#[expect(dead_code, reason = "how many a second is measured elsewhere")]
mod report;
#[path = "../speed/serve.rs"]
mod serve;
#[path = "../speed/support.rs"]
mod support;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use ehia::clock;
use futures::{SinkExt as _, StreamExt as _};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::{
    data::Filled,
    http::{Connection, request},
    report::{Figures, line, note},
    serve::Server,
    support::postgres,
};

/// Members beside chair, secretary and those of the other measurements.
const MEMBERS: u32 = 196;
/// How often each person asks.
const RUNS: usize = 300;
/// Subscriptions, each on a connection of its own.
const SUBSCRIPTIONS: usize = 1_000;
/// What a person asks for the page of what they are to do.
const TASKS: &str = "{ viewer { tasks(first: 20) { totalCount nodes { kind what reason due overdue mutation \
                     assessment { id reference title standing reexaminationDue } } pageInfo { hasNextPage } } } }";
const CHANGED: &str = "subscription { tasksChanged { tasks(first: 20) { totalCount nodes { kind due } } } }";

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let cases = match std::env::var_os("EHIA_BENCH_CASES") {
        Some(value) => value.to_string_lossy().parse().context("EHIA_BENCH_CASES is no number")?,
        None => 100_000,
    };
    let folder = tempfile::tempdir()?;
    let postgres = postgres::Server::start("-c shared_buffers=512MB -c max_wal_size=4GB")
        .context("PostgreSQL's server programs are needed")?;
    let sqlite = format!("sqlite://{}?mode=rwc", folder.path().join("ehia.db").display());
    line(format!("viewer.tasks and subscriptions, {cases} cases, {} members\n", MEMBERS + 4));
    for (name, url) in [("SQLite", sqlite), ("PostgreSQL", postgres.url("postgres"))] {
        let filled = data::fill(name, &url, cases, 0, MEMBERS, None).await?;
        note(format!("{name} is filled"));
        let first = request(&filled.reader.token, TASKS, &json!({}));
        let server = Server::start(&url, &folder.path().join(name), &first).await?;
        for who in ["Author.1", "Secretary", "Chair"] {
            let (figures, count) = ask(&server, &token(&filled, who).await?).await?;
            line(format!(
                "{name}: viewer.tasks of {who}, {count} tasks: p50 {:.1} ms, p99 {:.1} ms",
                figures.within(50),
                figures.within(99)
            ));
        }
        let before = server.memory("VmRSS:")?;
        let mut open = Vec::with_capacity(SUBSCRIPTIONS);
        let mut tokens = Vec::new();
        for number in 1..=50 {
            tokens.push(token(&filled, &format!("Author.{number}")).await?);
        }
        let begun = Instant::now();
        for token in tokens.iter().cycle().take(SUBSCRIPTIONS) {
            open.push(subscribe(&server, token).await?);
        }
        let opened = begun.elapsed();
        let just = server.memory("VmRSS:")?;
        tokio::time::sleep(Duration::from_mins(1)).await;
        line(format!(
            "{name}: memory {before:.0} MiB, with {} subscriptions {just:.0} MiB, a minute later {:.0} MiB; opened in \
             {:.1} s",
            open.len(),
            server.memory("VmRSS:")?,
            opened.as_secs_f64()
        ));
    }
    Ok(())
}

async fn token(filled: &Filled, name: &str) -> anyhow::Result<String> {
    let moment = clock::now();
    let until = moment.today + chrono::Days::new(2);
    let email = format!("{name}@example.org");
    let issued = filled.app.issue_token_for(&email, "measuring", true, until, moment).await?;
    Ok(issued.0.expose_secret().to_owned())
}

/// How long the person's tasks take, and how many they are.
async fn ask(server: &Server, token: &str) -> anyhow::Result<(Figures, i64)> {
    let mut connection = Connection::open(server.address).await?;
    let request = request(token, TASKS, &json!({}));
    let answer: serde_json::Value = serde_json::from_slice(connection.ask(&request).await?)?;
    let count = answer["data"]["viewer"]["tasks"]["totalCount"].as_i64().context("a count")?;
    let begun = Instant::now();
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let asked = Instant::now();
        connection.ask(&request).await?;
        times.push(asked.elapsed());
    }
    Ok((Figures::together(&[Figures::of(times, begun.elapsed())]), count))
}

/// A connection with one subscription, which has said how things stand.
async fn subscribe(server: &Server, token: &str) -> anyhow::Result<WebSocketStream<TcpStream>> {
    let mut request = format!("ws://{}/graphql", server.address).into_client_request()?;
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = client_async(request, TcpStream::connect(server.address).await?).await?;
    let payload = json!({ "authorization": format!("Bearer {token}") });
    let init = json!({ "type": "connection_init", "payload": payload });
    let wanted = json!({ "id": "1", "type": "subscribe", "payload": { "query": CHANGED } });
    for (said, answer) in [(init, "connection_ack"), (wanted, "next")] {
        socket.send(Message::text(said.to_string())).await?;
        let heard = socket.next().await.context("an answer")??.into_text()?;
        ensure!(heard.contains(answer), "{heard}");
    }
    Ok(socket)
}
