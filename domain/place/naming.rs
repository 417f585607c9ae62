//! Codes as people write them into a footprint: each must name one place that is known.

use super::{Code, Gazetteer, Unanswered, area::Area};
use crate::area;

/// Most areas that are offered where a text may mean several.
const OFFERED: usize = 5;
/// Longest text that is told back, in characters.
const LONGEST: usize = 60;

impl Gazetteer {
    /// Refuses what is no code, with the areas it may mean, a code that is not known, and one of an area that ended
    /// without the lookups saying where it was. An area of today of which no figures can be given is named all the
    /// same: whoever asks who lives there is told why not.
    pub fn admit(&self, text: &str) -> Result<(), Unanswered> {
        let Some(code) = Code::parse(text) else {
            let unkept = area::unkept(text).map(|told| Unanswered::new("UNKNOWN_AREA", told));
            return Err(unkept.unwrap_or_else(|| self.meant(text)));
        };
        let Some(area) = self.find(code) else {
            let told = format!("`{code}` is no area that is known here; look its code up by name.");
            return Err(Unanswered::new("UNKNOWN_AREA", told));
        };
        let located = self.now_of(code).is_some() || self.former_of(code).is_some();
        if located || area.closed.is_none() && area.successors.is_empty() {
            return Ok(());
        }
        let after: Vec<String> = area.successors.iter().map(|code| self.titled(*code)).collect();
        let after = if after.is_empty() {
            "Name the areas of today that are meant.".to_owned()
        } else {
            format!("What came after it: {}; name those of them that are meant.", after.join("; "))
        };
        let told =
            format!("{} ({code}) ended, and the lookups do not say which places it had. {after}", area.name);
        Err(Unanswered::new("ENDED_AREA", told))
    }

    /// Why a text is no code, and the areas that it may mean.
    fn meant(&self, text: &str) -> Unanswered {
        let short: String = text.chars().take(LONGEST).collect();
        let found = self.search(&short, None);
        let offered: Vec<String> = found.iter().take(OFFERED).map(|code| self.titled(*code)).collect();
        let not = format!("`{short}` is not an English area code");
        match offered.as_slice() {
            [] => {
                let told = format!("{not}, and no area is called so; write an ONS code such as E07000145.");
                Unanswered::new("UNKNOWN_AREA", told)
            }
            [one] => Unanswered::new("UNKNOWN_AREA", format!("{not}; if it means {one}, write that code.")),
            several => {
                let more = if found.len() > OFFERED { " and others" } else { "" };
                let told = format!(
                    "{not}, and may mean any of {}{more}; write the code of the one that is meant.",
                    several.join("; ")
                );
                Unanswered::new("AMBIGUOUS_AREA", told)
            }
        }
    }

    /// An area as it is offered: `Norwich (district, E07000148)`.
    fn titled(&self, code: Code) -> String {
        let level = code.level().as_str().to_lowercase().replace('_', "-");
        let ended = self.named(code).and_then(|Area { closed, .. }| *closed).map_or("", |_| ", ended");
        format!("{} ({level}, {code}{ended})", self.name(code))
    }
}
