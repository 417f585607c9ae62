//! The program as it is shipped, serving one of the databases.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;

use crate::{http::Connection, memory::memory};

/// A running `ehia serve`; dropping it ends it.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to the whole of its first answer.
    pub first_answer: Duration,
}

impl Server {
    /// Starts it, and asks until it answers.
    pub async fn start(url: &str, audit: &Path, first: &[u8]) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let begun = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_ehia"))
            .args(["serve", "--listen", &address.to_string()])
            .env("EHIA_DATABASE_URL", url)
            .env("EHIA_AUDIT_DIR", audit)
            .env("EHIA_MAIL_URL", "memory:")
            .env("EHIA_SERVE_WORKER", "false")
            .stdout(Stdio::null())
            .spawn()
            .context("the server cannot be started")?;
        let mut server = Self { child, address, first_answer: Duration::ZERO };
        let mut connection = loop {
            match Connection::open(address).await {
                Ok(connection) => break connection,
                Err(error) if begun.elapsed() > Duration::from_secs(20) => return Err(error),
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        };
        connection.ask(first).await?;
        server.first_answer = begun.elapsed();
        Ok(server)
    }

    /// The memory it holds, or held at most: see [`memory`].
    pub fn memory(&self, of: &str) -> anyhow::Result<f64> {
        memory(&self.child.id().to_string(), of)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
