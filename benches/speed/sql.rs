//! The same reads without this program: hand-written SQL, prepared, under pgbench.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use anyhow::{Context as _, bail};
use ehia::domain::{
    form::Form,
    group::Catalogue,
    id::{AssessmentId, OrganisationId, PersonId},
    workflow::definition::Workflow,
};
use serde_json::Value;

use crate::report::Figures;

/// The list as SQL.
pub const LIST: &str = include_str!("list.sql");
/// The detail as SQL that builds the JSON.
pub const DETAIL: &str = include_str!("detail.sql");
const RELATIONS: &str = include_str!("relations.sql");

/// Makes an empty database.
pub fn create_database(url: &str, name: &str) -> anyhow::Result<()> {
    checked(Command::new("psql").args(["-X", "-q", "-d", url, "-c", &format!("CREATE DATABASE {name}")]))
        .map(drop)
}

/// A PostgreSQL database to ask.
pub struct Bare {
    url: String,
    folder: PathBuf,
    organisation: OrganisationId,
    person: PersonId,
    picks: usize,
}

impl Bare {
    /// Fills the tables that somebody would write by hand with the content of all cases.
    ///
    /// Their documents are in `documents.tsv` in the folder. Whoever asks sees the cases of one organisation, and details are
    /// those of `picks`.
    pub fn fill(
        url: &str,
        folder: &Path,
        (organisation, person): (OrganisationId, PersonId),
        picks: &[AssessmentId],
    ) -> anyhow::Result<Self> {
        let bare =
            Self { url: url.to_owned(), folder: folder.to_owned(), organisation, person, picks: picks.len() };
        let rows =
            |rows: Vec<[String; 2]>| rows.iter().flat_map(|[a, b]| [a, "\t", b, "\n"]).collect::<String>();
        let picks = picks.iter().enumerate();
        fs::write(
            folder.join("picks.tsv"),
            rows(picks.map(|(n, id)| [n.to_string(), id.to_string()]).collect()),
        )?;
        let form = Form::shipped("ehia", 1).context("the form is shipped")?;
        let questions = form.questions().enumerate().map(|(place, q)| [q.key.clone(), place.to_string()]);
        fs::write(folder.join("questions.tsv"), rows(questions.collect()))?;
        let workflow = Workflow::shipped("ehia", 1).context("the workflow is shipped")?;
        let states = workflow.states.iter().map(|state| [state.name.clone(), state.label.clone()]);
        fs::write(folder.join("states.tsv"), rows(states.collect()))?;
        let groups = Catalogue::shipped();
        // What lies within no other has no name there.
        let groups = groups.iter().map(|group| {
            let parent = group.parent.clone().unwrap_or_default();
            [group.code.clone(), format!("{}\t{parent}", group.name)]
        });
        fs::write(folder.join("groups.tsv"), rows(groups.collect()))?;
        bare.psql(RELATIONS)?;
        fs::remove_file(folder.join("documents.tsv"))?;
        bare.psql("VACUUM ANALYZE; CHECKPOINT;")?;
        Ok(bare)
    }

    /// What the SQL that builds the JSON of a detailed case answers.
    pub fn detail(&self, pick: usize) -> anyhow::Result<Value> {
        let query = self.with_values(DETAIL).replace(":n)", &format!("{pick})"));
        let output = self.psql(&query)?;
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// How PostgreSQL goes about a query.
    pub fn explain(&self, query: &str) -> anyhow::Result<String> {
        let query = self.with_values(query).replace(":n)", "1)");
        let output = self.psql(&format!("EXPLAIN (ANALYZE, BUFFERS) {query}"))?;
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The query with who asks in it.
    pub fn with_values(&self, query: &str) -> String {
        query
            .replace(":organisation::uuid", &format!("'{}'", self.organisation))
            .replace(":person::uuid", &format!("'{}'", self.person))
    }

    /// Runs a script.
    pub fn psql(&self, script: &str) -> anyhow::Result<Output> {
        let file = self.folder.join("script.sql");
        fs::write(&file, script)?;
        let mut command = Command::new("psql");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url, "-f"]).arg(&file);
        checked(command.current_dir(&self.folder))
    }

    /// Runs a query under pgbench.
    pub async fn load(&self, query: &str, clients: usize, time: Duration) -> anyhow::Result<Figures> {
        let script =
            format!("\\set n random(0, {})\n{}", self.picks.saturating_sub(1), self.with_values(query));
        let file = self.folder.join("pgbench.sql");
        fs::write(&file, script)?;
        let log = self.folder.join("taken");
        let mut command = Command::new("pgbench");
        command
            .args([
                "-n",
                "-M",
                "prepared",
                "-j",
                "1",
                "-c",
                &clients.to_string(),
                "-T",
                &time.as_secs().to_string(),
            ])
            .arg("-l")
            .arg(format!("--log-prefix={}", log.display()))
            .arg("-f")
            .arg(&file)
            .arg(&self.url)
            .current_dir(&self.folder);
        tokio::task::spawn_blocking(move || checked(&mut command)).await??;
        let mut taken = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_log = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("taken."));
            if is_log {
                for line in fs::read_to_string(&path)?.lines() {
                    let micros =
                        line.split(' ').nth(2).context("pgbench logs the time of each transaction")?;
                    taken.push(Duration::from_micros(micros.parse()?));
                }
                fs::remove_file(path)?;
            }
        }
        // What was begun in time is finished after it.
        let busy = taken.iter().sum::<Duration>() / u32::try_from(clients)?.max(1);
        Ok(Figures::of(taken, time.max(busy)))
    }
}

fn checked(command: &mut Command) -> anyhow::Result<Output> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(output)
}
