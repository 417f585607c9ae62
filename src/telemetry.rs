//! Logs go to standard error, as text or as JSON lines. Never addresses, names, answers, tokens or SQL values.

use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::settings::LogSettings;

/// Begins to log. A second call changes nothing.
pub fn begin(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.filter)
        .map_err(|error| anyhow::anyhow!("EHIA_LOG `{}` is not a filter: {error}", settings.filter))?;
    let registry = tracing_subscriber::registry().with(filter);
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(ansi);
    let begun = match settings.format.as_str() {
        "json" => registry.with(layer.json()).try_init(),
        "text" => registry.with(layer).try_init(),
        other => anyhow::bail!("EHIA_LOG_FORMAT is `text` or `json`, not `{other}`"),
    };
    begun.or(Ok(()))
}
