//! What it is measured on.

use std::fs;

/// Processor, cores, memory, and the versions of what takes part beside.
pub fn describe(postgres: &str, postgraphile: Option<&str>) -> String {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':'))
            .map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field("/proc/meminfo", "MemTotal");
    let memory: u64 = memory.trim_end_matches("kB").trim().parse().unwrap_or_default();
    let linux = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut parts = vec![
        format!("{cores} cores of {}", field("/proc/cpuinfo", "model name")),
        format!("{} GiB", memory.div_ceil(1024 * 1024)),
        format!("Linux {}", linux.trim()),
        format!("ehia {}", env!("CARGO_PKG_VERSION")),
        format!("PostgreSQL {postgres}"),
    ];
    parts.extend(postgraphile.map(str::to_owned));
    parts.join(", ")
}
