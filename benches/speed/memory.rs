//! How much memory a process holds.

use std::fs;

use anyhow::Context as _;

/// What the system says of a process, in MiB: `VmRSS:` for what it holds, `VmHWM:` for the most that it held.
pub fn memory(process: &str, of: &str) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(of));
    let line = line.with_context(|| format!("Linux says {of} of a process"))?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes / 1024.0)
}
