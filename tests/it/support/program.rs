//! The built program, run as an operator runs it: in a folder of its own, ended with the test however it ends.

use std::{path::Path, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// Longer than anything here may take, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a command that ended has said.
#[derive(Debug)]
pub struct Said {
    /// Its exit code.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Said {
    /// The one JSON document on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The same, when the command did what it was told.
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// The same, when the command refused.
    pub fn refused(self) -> Self {
        assert_eq!(self.code, Some(1), "{self:?}");
        self
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ehia"));
    command.current_dir(folder).args(arguments).env_clear().kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// Runs a command to its end.
pub async fn ehia(folder: &Path, arguments: &[&str]) -> Said {
    ehia_with(folder, arguments, "").await
}

/// The same with something on its standard input.
pub async fn ehia_with(folder: &Path, arguments: &[&str], input: &str) -> Said {
    let mut child = command(folder, arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that reads nothing may have ended already.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let ended = timeout(PATIENCE, child.wait_with_output()).await.expect("the command ends").unwrap();
    Said {
        code: ended.status.code(),
        out: String::from_utf8(ended.stdout).unwrap(),
        err: String::from_utf8(ended.stderr).unwrap(),
    }
}

/// A process that stays until it is told to end; it is killed when the test ends before.
pub struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    /// Starts it.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = command(folder, arguments).stderr(Stdio::inherit()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// The next line of its standard output.
    pub async fn line(&mut self) -> String {
        let mut line = String::new();
        timeout(PATIENCE, self.out.read_line(&mut line)).await.expect("a line comes").unwrap();
        line
    }

    /// Tells it to end, and waits until it has; its exit code and what else it printed.
    pub async fn terminate(mut self) -> (Option<i32>, String) {
        let id = self.child.id().expect("it runs").to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
        assert!(told.success());
        let ended = timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap();
        let mut rest = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut self.out, &mut rest).await.unwrap();
        (ended.code(), rest)
    }
}
