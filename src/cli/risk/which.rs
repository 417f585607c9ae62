//! Which cases a picture has, as flags.

use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;

use crate::{
    app::{App, Picture},
    boot,
    cli::{failure, word},
    clock,
    domain::{risk::Filter, workflow::Standing},
    settings::DatabaseSettings,
};

/// Which cases, and where they are.
#[derive(Args, Debug)]
pub struct Which {
    /// ODS codes of organisations; all when none is given.
    #[arg(long, value_name = "ODS")]
    organisation: Vec<String>,
    /// Standings; pending and proceeding when none is given.
    #[arg(long, ignore_case = true, value_parser = word::parser(Standing::ALL, Standing::as_str))]
    standing: Vec<Standing>,
    /// Codes of groups.
    #[arg(long, value_name = "CODE")]
    group: Vec<String>,
    /// ONS codes of areas.
    #[arg(long, value_name = "CODE")]
    area: Vec<String>,
    /// Service lines.
    #[arg(long, value_name = "NAME")]
    service_line: Vec<String>,
    /// Programmes.
    #[arg(long, value_name = "NAME")]
    programme: Vec<String>,
    /// Only what may touch people on that day.
    #[arg(long, value_name = "DATE")]
    live_on: Option<NaiveDate>,
    /// As known at the end of that day.
    #[arg(long, value_name = "DATE")]
    as_at: Option<NaiveDate>,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Which {
    /// The picture as the operator sees it.
    pub async fn picture(&self) -> anyhow::Result<(App, Arc<Picture>)> {
        let app = boot::app(&self.database).await?;
        let standings =
            if self.standing.is_empty() { Filter::default().standings } else { self.standing.clone() };
        let filter = Filter {
            organisations: self.organisation.clone(),
            standings,
            groups: self.group.clone(),
            areas: self.area.clone(),
            service_lines: self.service_line.clone(),
            programmes: self.programme.clone(),
            live_on: self.live_on,
            as_at: self.as_at,
        };
        let picture = app.whole_picture(filter, clock::now()).await.map_err(failure::explain)?;
        Ok((app, Arc::new(picture)))
    }
}
