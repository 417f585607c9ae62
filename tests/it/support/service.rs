//! The built program as its users have it: `ehia serve` in a process of its own, on PostgreSQL beside an
//! `ehia worker`, set up with the demonstration's people.

use std::{
    fs::{self, File, OpenOptions},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::{
    database::TestDatabase,
    smtp::{Smtp, free_port, until},
};
use crate::runner::Account;

/// A service that is set up; dropping it kills its processes.
pub struct Service<'a> {
    database: &'a TestDatabase,
    smtp: Option<&'a Smtp>,
    address: SocketAddr,
    /// Those who can sign in.
    pub accounts: Vec<Account>,
    server: Option<Child>,
    worker: Option<Child>,
}

impl<'a> Service<'a> {
    /// Sets up the demonstration's people and cases in the database, and serves. Without a mail server messages
    /// become files.
    pub async fn start(database: &'a TestDatabase, smtp: Option<&'a Smtp>) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut service = Self { database, smtp, address, accounts: Vec::new(), server: None, worker: None };
        let mut demo = service.command("demo");
        demo.args(["--setup-only", "--json", "--data"]).arg(database.directory.path());
        let said = tokio::task::spawn_blocking(move || demo.output().unwrap()).await.unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let said: Value = serde_json::from_slice(&said.stdout).unwrap();
        service.accounts = serde_json::from_value(said["accounts"].clone()).unwrap();
        service.start_worker();
        service.start_server().await;
        service
    }

    /// Serves a database that was set up already, with its worker.
    pub async fn over(database: &'a TestDatabase) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut service =
            Service { database, smtp: None, address, accounts: Vec::new(), server: None, worker: None };
        service.start_worker();
        service.start_server().await;
        service
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts the server and waits until it answers.
    pub async fn start_server(&mut self) {
        let mut serve = self.command("serve");
        serve.args(["--listen", &self.address.to_string()]);
        serve.args(["--with-worker", if self.database.store.is_shared() { "false" } else { "true" }]);
        self.mail(&mut serve);
        self.server = Some(self.spawn(serve));
        let ready = format!("{}/readyz", self.url());
        let answers = async || {
            let answer = reqwest::get(&ready).await.ok()?;
            answer.status().is_success().then_some(())
        };
        let up = until(Duration::from_secs(30), answers).await;
        up.unwrap_or_else(|| panic!("the server does not answer:\n{}", self.log()));
    }

    /// Starts the worker, where it is a process of its own.
    pub fn start_worker(&mut self) {
        if self.database.store.is_shared() {
            let mut work = self.command("worker");
            self.mail(&mut work);
            self.worker = Some(self.spawn(work));
        }
    }

    /// Ends the server as `kill -9` does. On SQLite that ends the worker too.
    pub fn kill_server(&mut self) {
        kill(&mut self.server);
    }

    /// Ends the worker as `kill -9` does; whether there was one.
    pub fn kill_worker(&mut self) -> bool {
        kill(&mut self.worker)
    }

    /// Ends both.
    pub fn kill(&mut self) {
        self.kill_server();
        self.kill_worker();
    }

    /// What `ehia audit verify` says.
    pub async fn verify(&self) -> Output {
        let mut verify = self.command("audit");
        verify.args(["verify", "--json"]);
        verify.arg("--audit-dir").arg(self.audit());
        tokio::task::spawn_blocking(move || verify.output().unwrap()).await.unwrap()
    }

    /// What the processes logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// A command on the database, with nothing of this process's environment that would turn it.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ehia"));
        let ours = std::env::vars_os().map(|(name, _)| name);
        for name in ours.filter(|name| name.to_string_lossy().starts_with("EHIA_")) {
            command.env_remove(name);
        }
        command.arg(name).current_dir(self.database.directory.path());
        command.env("EHIA_DATABASE_URL", &self.database.url).env("EHIA_LOG", "warn");
        if name == "demo" {
            command.args(["--database", &self.database.url]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// How mail goes, with leases that end soon after a worker died.
    fn mail(&self, command: &mut Command) {
        command.args(["--poll-seconds", "1", "--lease-seconds", "4", "--mail-timeout", "2"]);
        command.args([
            "--checkpoint-seconds",
            "2",
            "--public-url",
            "https://ehia.example.org/",
            "--audit-dir",
        ]);
        command.arg(self.audit());
        command.args(["--mail-from", "EHIA <ehia@mail.example>"]);
        if let Some(smtp) = self.smtp {
            command.args(["--mail", &smtp.url(smtp.starttls_port)]);
            command.arg("--mail-ca").arg(smtp.ca_certificate());
        }
    }

    fn spawn(&self, mut command: Command) -> Child {
        command.stdout(self.log_handle()).stderr(self.log_handle()).spawn().unwrap()
    }

    fn audit(&self) -> PathBuf {
        self.database.directory.path().join("audit")
    }

    fn log_file(&self) -> PathBuf {
        self.database.directory.path().join("log")
    }

    fn log_handle(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.log_file()).unwrap()
    }
}

impl Drop for Service<'_> {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("the service's log ends with:");
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            for line in &lines[lines.len().saturating_sub(60)..] {
                eprintln!("  {line}");
            }
        }
    }
}

fn kill(child: &mut Option<Child>) -> bool {
    let Some(mut child) = child.take() else { return false };
    child.kill().unwrap();
    child.wait().unwrap();
    true
}
