//! A private PostgreSQL server for one run of the tests.
//!
//! It listens on a socket in a temporary directory, and lives under a shell that reads a pipe whose other end
//! this process holds: however this process ends, the shell reads the end of the pipe, stops the server and
//! removes the directory.

use std::{
    io::{BufRead, BufReader, Read},
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The server; dropping it stops it.
pub struct Server {
    directory: PathBuf,
    /// Holds the pipe open.
    _shell: Child,
}

const SCRIPT: &str = r#"
bin=$1; root=$2; settings=$3; shift 3
trap '' INT TERM HUP PIPE
if "$@" "$bin/initdb" -D "$root/data" -U ehia -A trust -E UTF8 --no-locale --no-sync >"$root/log" 2>&1 &&
   "$@" "$bin/pg_ctl" -w -t 120 -D "$root/data" -l "$root/server.log" -o "-k '$root' -c listen_addresses='' \
     -c log_statement=none $settings" start >>"$root/log" 2>&1
then echo ready; else cat "$root/log" "$root/server.log"; fi
read -r _
"$@" "$bin/pg_ctl" -D "$root/data" -m immediate stop >/dev/null 2>&1
rm -rf "$root"
"#;

impl Server {
    /// Starts a server with these settings; `None`, said plainly once, where its programs are not installed.
    ///
    /// # Panics
    /// When it cannot be started although its programs are there, or when `EHIA_REQUIRE_SERVERS` is set to `1`
    /// and they are not.
    pub fn start(settings: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                !super::servers_required(),
                "EHIA_REQUIRE_SERVERS is set and PostgreSQL's server programs are not installed"
            );
            super::left_out(
                "PostgreSQL (initdb and pg_ctl were not found; install the server, on Debian `postgresql`). \
                 Every test that touches a database ran on SQLite only.",
            );
            return None;
        };
        let directory = tempfile::Builder::new().prefix("ehia-pg-").tempdir_in("/tmp").unwrap().keep();
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT, "sh"]).arg(&programs).arg(&directory).arg(settings);
        // PostgreSQL refuses to run as root.
        if directory.metadata().unwrap().uid() == 0 {
            let (user, group) = (id("-u"), id("-g"));
            std::os::unix::fs::chown(&directory, Some(user), Some(group)).unwrap();
            shell.args([
                "setpriv",
                &format!("--reuid={user}"),
                &format!("--regid={group}"),
                "--clear-groups",
            ]);
        }
        let mut shell = shell
            .current_dir(&directory)
            // A Ctrl-C in the terminal is not for the server: the shell stops it in order.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(shell.stdout.take().unwrap());
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        if first.trim() != "ready" {
            drop(shell.stdin.take());
            said.read_to_string(&mut first).unwrap();
            panic!("PostgreSQL does not start: {first}");
        }
        Some(Self { directory, _shell: shell })
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://ehia@localhost/{database}?host={}", self.directory.display())
    }
}

/// The directory of the server's programs: on the path, or where Debian puts them, the newest first.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    debian.sort();
    let holds = |directory: &Path| ["initdb", "pg_ctl"].iter().all(|name| directory.join(name).is_file());
    debian.into_iter().rev().chain(std::env::split_paths(&path)).find(|directory| holds(directory))
}

/// The user or group that Debian runs PostgreSQL as.
fn id(which: &str) -> u32 {
    let said = Command::new("id").args([which, "postgres"]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().parse().expect("the user `postgres` exists")
}
