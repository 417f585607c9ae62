//! Which cases a picture has.

use async_graphql::InputObject;

use crate::{
    domain::{risk::Filter, workflow::Standing},
    graphql::{scalar::Date, word::Word},
};

/// Which cases a picture has; a field that is absent asks nothing, and each that is there narrows it.
#[derive(Debug, Default, InputObject)]
pub struct RiskFilter {
    /// ODS codes of their organisations.
    organisations: Option<Vec<String>>,
    /// Their standings; `PENDING` and `PROCEEDING` when absent. Drafts are counted apart, whatever is asked.
    standings: Option<Vec<Word<Standing>>>,
    /// Codes of groups: only impacts on these, or on groups below them, are counted, and only cases that have one.
    groups: Option<Vec<String>>,
    /// Codes of places of any level: only what footprints have there is counted, and only cases that have something
    /// there.
    areas: Option<Vec<String>>,
    /// Service lines, as they are written in the cases.
    service_lines: Option<Vec<String>>,
    /// Programmes, as they are written in the cases.
    programmes: Option<Vec<String>>,
    /// Only cases whose change may touch people on that day; what nobody dated may on any.
    live_on: Option<Date>,
    /// As known at the end of that day, which is not one to come.
    as_at: Option<Date>,
}

impl From<RiskFilter> for Filter {
    fn from(filter: RiskFilter) -> Self {
        let usual = Self::default();
        let standings = filter.standings.map(|words| words.into_iter().map(|word| word.0).collect());
        Self {
            organisations: filter.organisations.unwrap_or_default(),
            standings: standings.unwrap_or(usual.standings),
            groups: filter.groups.unwrap_or_default(),
            areas: filter.areas.unwrap_or_default(),
            service_lines: filter.service_lines.unwrap_or_default(),
            programmes: filter.programmes.unwrap_or_default(),
            live_on: filter.live_on.map(|day| day.0),
            as_at: filter.as_at.map(|day| day.0),
        }
    }
}
