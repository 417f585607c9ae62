//! A client that costs little, because it shares the machine with what it measures: one thread, connections kept
//! open, requests ready as bytes.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::report::Figures;

/// The bytes of a GraphQL request.
pub fn request(token: &str, query: &str, variables: &Value) -> Vec<u8> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let length = body.len();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// One connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(128 * 1024) })
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When it is not 200, or has errors.
    pub async fn ask(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (head, length) = loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
            if let Some(head) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break (head + 4, length(&self.buffer[..head])?);
            }
        };
        while self.buffer.len() < head + length {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
        }
        let body = &self.buffer[head..];
        if !self.buffer.starts_with(b"HTTP/1.1 200") || !body.starts_with(b"{\"data\":") {
            bail!("the server answered {}", String::from_utf8_lossy(&self.buffer));
        }
        Ok(body)
    }

    /// The same, read as JSON.
    pub async fn ask_json(&mut self, request: &[u8]) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(self.ask(request).await?)?)
    }
}

fn length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let length = lines.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    Ok(length.context("an answer says its length")?.1.trim().parse()?)
}

/// Sends requests, each connection the next as soon as the last was answered, from one thread of its own.
pub async fn load(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    requests: Arc<Vec<Vec<u8>>>,
) -> anyhow::Result<Figures> {
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let begun = Instant::now();
            let mut tasks = tokio::task::JoinSet::new();
            for number in 0..connections {
                let requests = requests.clone();
                tasks.spawn(async move {
                    let mut connection = Connection::open(address).await?;
                    let mut taken = Vec::new();
                    // A prime step, so that connections ask for different cases.
                    let mut next = number * 7_919;
                    while begun.elapsed() < time {
                        let asked = Instant::now();
                        connection.ask(&requests[next % requests.len()]).await?;
                        taken.push(asked.elapsed());
                        next += 104_729;
                    }
                    anyhow::Ok(taken)
                });
            }
            let mut taken = Vec::new();
            while let Some(done) = tasks.join_next().await {
                taken.extend(done??);
            }
            Ok(Figures::of(taken, begun.elapsed()))
        })
    };
    tokio::task::spawn_blocking(work).await?
}
