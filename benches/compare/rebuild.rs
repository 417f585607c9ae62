//! Making ledger and roll-up anew, as operators do: `ehia risk rebuild`, in a process of its own.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

use crate::memory::memory;

/// How long it took, and the most memory it held.
pub struct Rebuilt {
    /// From start to end of the process.
    pub took: Duration,
    /// In MiB.
    pub memory: f64,
}

/// Makes both anew on a database.
pub async fn rebuild(url: &str) -> anyhow::Result<Rebuilt> {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ehia"))
        .args(["risk", "rebuild"])
        .env("EHIA_DATABASE_URL", url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("`ehia risk rebuild` cannot be started")?;
    let mut most: f64 = 0.0;
    loop {
        // The system keeps the highest; of a process that has just ended it says nothing more.
        if let Ok(held) = memory(&child.id().to_string(), "VmHWM:") {
            most = most.max(held);
        }
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "`ehia risk rebuild` failed: {status}");
            return Ok(Rebuilt { took: begun.elapsed(), memory: most });
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
