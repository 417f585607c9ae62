//! Looking areas up by name or code.

use super::{Area, Code, Gazetteer};
use crate::{area::AreaLevel, spelling::fold};

impl Gazetteer {
    /// The areas that a text may mean, blind to accents, hyphens and capitals: an exact code first, then an exact
    /// name, then names that begin with it, then names with a word that does, then names that have it anywhere, then
    /// names that have words that begin with its words in another order; within each, those that stand before those that ended, then larger places first. LSOAs are found by code or by
    /// their whole name, and by part of it when only they are asked for.
    #[must_use]
    pub fn search(&self, text: &str, level: Option<AreaLevel>) -> Vec<Code> {
        let wanted = fold(text);
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(Rank, bool, Size, &str, Code)> = Vec::new();
        let fits = |code: Code| level.is_none_or(|level| code.level() == level);
        for area in self.areas.iter().filter(|area| fits(area.code)) {
            if let Some(rank) = rank(area, &wanted) {
                found.push((rank, area.closed.is_some(), size(area.level), &area.name, area.code));
            }
        }
        found.sort_unstable();
        let mut codes: Vec<Code> = found.into_iter().map(|(.., code)| code).collect();
        codes.extend(self.lsoas_named(&wanted, level));
        if let Some(code) = Code::parse(text).filter(|code| fits(*code) && self.find(*code).is_some()) {
            codes.retain(|other| *other != code);
            codes.insert(0, code);
        }
        codes
    }

    fn lsoas_named(&self, wanted: &str, level: Option<AreaLevel>) -> Vec<Code> {
        if level.is_some_and(|level| level != AreaLevel::Lsoa) {
            return Vec::new();
        }
        let whole = level.is_none();
        let letter = wanted.chars().next_back().map(|letter| letter.to_ascii_uppercase());
        let begun = wanted.get(..3) == Some("e01");
        let all = (0_u32..).zip(self.lsoas()).zip(&self.letters);
        let named = all.filter_map(|((ordinal, code), own)| {
            if begun {
                return fold(&code.to_string()).starts_with(wanted).then_some((false, *code));
            }
            if whole && letter != Some(*own) {
                return None;
            }
            let msoa = self.msoa(ordinal).and_then(|msoa| self.named(msoa)).map(|msoa| msoa.name.as_str());
            let name = msoa.map(fold).unwrap_or_default();
            let name = format!("{name}{}", own.to_ascii_lowercase());
            if name == wanted || !whole && name.contains(wanted) {
                return Some((false, *code));
            }
            (!whole && scattered(&name, wanted)).then_some((true, *code))
        });
        let mut found: Vec<(bool, Code)> = named.collect();
        found.sort_unstable();
        found.into_iter().map(|(_, code)| code).collect()
    }
}

/// How well an area fits, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Code,
    Name,
    Begins,
    Word,
    Within,
    Scattered,
}

/// Larger places first.
type Size = u8;

fn size(level: AreaLevel) -> Size {
    match level {
        AreaLevel::Country => 0,
        AreaLevel::Region => 1,
        AreaLevel::Icb => 2,
        AreaLevel::County => 3,
        AreaLevel::SubIcb => 4,
        AreaLevel::District => 5,
        AreaLevel::Ward => 6,
        AreaLevel::Msoa => 7,
        AreaLevel::Lsoa => 8,
    }
}

/// Whether a name has a word that begins with each of several words, in whatever order.
fn scattered(name: &str, wanted: &str) -> bool {
    wanted.contains(' ') && wanted.split(' ').all(|word| name.split(' ').any(|own| own.starts_with(word)))
}

fn rank(area: &Area, wanted: &str) -> Option<Rank> {
    if area.nhs.as_deref().is_some_and(|nhs| nhs.eq_ignore_ascii_case(wanted)) {
        return Some(Rank::Code);
    }
    let code = area.code.to_string();
    if code.eq_ignore_ascii_case(wanted) {
        return Some(Rank::Code);
    }
    let begun = code.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted));
    let full = fold(&area.name);
    // Boards are looked for by their places.
    let short = full.strip_prefix("nhs ").unwrap_or(&full);
    let short = short.strip_suffix(" integrated care board").unwrap_or(short);
    let local = area.local.as_deref().map(fold);
    let of = |name: &str| {
        if name == wanted {
            Some(Rank::Name)
        } else if name.starts_with(wanted) {
            Some(Rank::Begins)
        } else {
            let Some(at) = name.find(wanted) else {
                return scattered(name, wanted).then_some(Rank::Scattered);
            };
            let word = name
                .match_indices(wanted)
                .any(|(at, _)| name.get(..at).is_some_and(|before| before.ends_with(' ')));
            Some(if word || at == 0 { Rank::Word } else { Rank::Within })
        }
    };
    let names = [Some(full.as_str()), Some(short), local.as_deref()];
    let best = names.into_iter().flatten().filter_map(of).min();
    let begun = (begun && wanted.len() >= 3).then_some(Rank::Begins);
    best.into_iter().chain(begun).min()
}
