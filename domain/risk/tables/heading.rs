//! What stands on every table and drawing: which cases, as of when, which data, how rounded.

use chrono::NaiveDate;

use super::Names;
use crate::{place::Edition, risk::Filter};

/// What is said of the picture beside its filter.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The day on which it was made.
    pub today: NaiveDate,
    /// For whom: whose cases are in it.
    pub whose: &'a str,
    /// Whether everything that depends on things elsewhere is told as it stands today.
    pub as_at: Option<NaiveDate>,
}

/// What a reader must know, as label and text.
#[must_use]
pub fn heading(filter: &Filter, names: Names<'_>, said: Said<'_>) -> Vec<(String, String)> {
    let day = |day: NaiveDate| day.format("%-d %B %Y").to_string();
    let mut told: Vec<(&str, String)> =
        vec![("Made on", day(said.today)), ("Cases of", said.whose.to_owned())];
    told.push(("Filter", described(filter, names)));
    told.push((
        "Standing",
        "What assessments changed (INFLUENCE) and what was decided (DECISIONS) are of cases of every standing, whatever the filter \
         asks of it."
            .to_owned(),
    ));
    if narrows(filter) {
        told.push((
            "Not narrowed",
            "In SUMMARY and above, registered decisions follow the filter's organisations and service lines alone; partners' proposals its \
             organisations, groups (and wider ones that these are part of), areas and day, and there are none of some service lines or \
             programmes; cases that whoever asks is kept from its organisations and standings alone; changes that cases have not reacted \
             to its organisations alone."
                .to_owned(),
        ));
    }
    told.push((
        "As known on",
        match said.as_at {
            Some(at) => format!(
                "the end of {}; what depends on what, the register, partners' proposals, change in spend (SPEND), what assessments \
                 changed (INFLUENCE) and what was decided (DECISIONS) are as of today. What became of mitigations is by what was \
                 reported by then, of those that are in the cases today",
                day(at)
            ),
            None => day(said.today),
        },
    ));
    let newest = names.reference.and_then(crate::place::Reference::edition_of_residents);
    told.push(("Data", newest.map_or_else(|| "no reference data of places is loaded".to_owned(), edition)));
    told.push((
        "Rounding",
        "Numbers of people that authors typed are rounded to 5, and below 10 are told as fewer than 10, before they are compared or \
         added; residents are census figures, which are protected already."
            .to_owned(),
    ));
    told.push((
        "Reading",
        "Ratings are counted and compared, never added or averaged. Unknown is not neutral. Current ratings are as last judged with \
         evidence, initial until then. Cases still being written are counted apart."
            .to_owned(),
    ));
    told.into_iter().map(|(label, text)| (label.to_owned(), text)).collect()
}

/// Whether a filter asks what some figures beside the counts do not know of.
fn narrows(filter: &Filter) -> bool {
    let lists = [&filter.groups, &filter.areas, &filter.service_lines, &filter.programmes];
    lists.iter().any(|list| !list.is_empty()) || filter.live_on.is_some() || filter.as_at.is_some()
}

fn edition(edition: &Edition) -> String {
    format!("{}, people of {} ({})", edition.name, edition.base, edition.source)
}

/// A filter in words.
fn described(filter: &Filter, names: Names<'_>) -> String {
    let mut parts = Vec::new();
    let standings: Vec<String> =
        filter.standings.iter().map(|standing| standing.as_str().to_lowercase()).collect();
    parts.push(format!(
        "standing {}",
        if standings.is_empty() { "none".into() } else { standings.join(", ") }
    ));
    let mut only = |label: &str, list: &[String], name: &dyn Fn(&str) -> String| {
        if !list.is_empty() {
            let told: Vec<String> = list
                .iter()
                .map(|code| {
                    let called = name(code);
                    if called == *code { called } else { format!("{called} ({code})") }
                })
                .collect();
            parts.push(format!("{label} {}", told.join(", ")));
        }
    };
    let organisation = |code: &str| {
        let found = names.organisations.values().find(|(own, _)| own == code);
        found.map_or_else(|| code.to_owned(), |(_, name)| name.clone())
    };
    only("organisations", &filter.organisations, &organisation);
    only("groups", &filter.groups, &|code| names.group(code));
    only("areas", &filter.areas, &|code| names.coded(code));
    only("service lines", &filter.service_lines, &str::to_owned);
    only("programmes", &filter.programmes, &str::to_owned);
    if let Some(live) = filter.live_on {
        parts.push(format!("live on {}", live.format("%-d %B %Y")));
    }
    parts.join("; ")
}
