//! Who lives in a place, and which groups are notable there.

use std::collections::BTreeMap;

use super::{
    Code, Edition, Extent, Lsoas, Reference, Unanswered,
    edition::Tally,
    measure::{self, Measure, Share, measures},
};
use crate::{settings::Notable, text::shortened};

/// The code of the group that editions count.
pub(super) const CORE20: &str = "core20";

/// Who lives in a place: residents, who are not the users of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// The areas that were asked for, each once.
    pub areas: Vec<Code>,
    /// The edition of the indices.
    pub edition: String,
    /// The people it is counted in.
    pub base: String,
    /// Who published it.
    pub source: String,
    /// Residents, each once.
    pub people: u32,
    /// Those of them in Core20.
    pub core20_people: u32,
    /// Its LSOAs, of the edition's own.
    pub lsoas: u32,
    /// Those of them in Core20.
    pub core20_lsoas: u32,
    /// The districts it lies in, as far as it lies in them; the largest share in Core20 first.
    pub districts: Vec<District>,
    /// The groups that there are figures for.
    pub groups: Vec<GroupPopulation>,
    /// What else there are figures for.
    pub indicators: Vec<Indicator>,
    /// What a reader must know of the place.
    pub notes: Vec<String>,
    /// The names of areas that were asked for too and are not counted, for their figures cannot be given; none but where
    /// a place is [told in part](Reference::told).
    pub without: Vec<String>,
}

/// A district, as far as the place lies in it.
#[derive(Clone, Debug, PartialEq)]
pub struct District {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// Whether the place takes in all of it.
    pub whole: bool,
    /// Residents of the part.
    pub people: u32,
    /// Those of them in Core20.
    pub core20_people: u32,
    /// Whether Core20 is notable in the part.
    pub notable: bool,
}

/// A group of people in a place.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupPopulation {
    /// The code of the group.
    pub group: String,
    /// Who is counted, in words.
    pub is: String,
    /// How many live there.
    pub people: u32,
    /// Of how many whom the table counts.
    pub of: u32,
    /// Which share of them that is, 0 to 1.
    pub share: f64,
    /// Their share in England.
    pub england: f64,
    /// Their share in the board the place lies in; `None` when it lies in several.
    pub board: Option<f64>,
    /// Share by share in England.
    pub ratio: f64,
    /// Whether an assessment should speak of them.
    pub notable: bool,
    /// Who published it, in which table.
    pub source: String,
}

/// Something else that is known of the people or households of a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// Its name.
    pub key: &'static str,
    /// What is counted, in words.
    pub is: &'static str,
    /// Whether households are counted, not people.
    pub households: bool,
    /// How many.
    pub count: u32,
    /// Of how many.
    pub of: u32,
    /// The share, 0 to 1.
    pub share: f64,
    /// The share in England.
    pub england: f64,
    /// Who published it, in which table.
    pub source: &'static str,
}

impl Population {
    /// What is known of a group there.
    #[must_use]
    pub fn group(&self, code: &str) -> Option<&GroupPopulation> {
        self.groups.iter().find(|group| group.group == code)
    }

    /// The share in Core20, 0 to 1.
    #[must_use]
    pub fn core20_share(&self) -> f64 {
        Share { count: self.core20_people, of: self.people }.value()
    }
}

impl District {
    /// The share in Core20, 0 to 1.
    #[must_use]
    pub fn core20_share(&self) -> f64 {
        Share { count: self.core20_people, of: self.people }.value()
    }
}

impl Reference {
    /// The editions of the indices, the newest first.
    pub fn editions(&self) -> impl Iterator<Item = &Edition> {
        self.editions.iter()
    }

    /// Who lives in the union of these areas, by the edition of this name or the newest.
    pub fn population(
        &self,
        areas: &[String],
        edition: Option<&str>,
        notable: &Notable,
    ) -> Result<Population, Unanswered> {
        let edition = self.edition(edition)?;
        let (mut extent, own) = self.covered(edition, areas)?;
        if edition.former && self.gazetteer.moved(&extent, &own) {
            extent.notes.push(format!(
                "{} is counted in the LSOAs of 2011, whose lookups drew the boundary a little otherwise than today's.",
                edition.name
            ));
        }
        for area in &extent.redrawn {
            extent.notes.push(if edition.former {
                format!(
                    "{area} was redrawn in 2021: {} counts it as it was, and the census counts its LSOAs of today, which \
                     reach beyond it.",
                    edition.name
                )
            } else {
                format!(
                    "{area} was redrawn in 2021: its LSOAs of today, which are counted here, reach beyond it."
                )
            });
        }
        let tally = edition.tally(&own);
        let districts = self.districts(edition, &extent.now, &own, notable);
        let core20 = self.core20(edition, &extent, tally, &districts, notable);
        let mut groups = vec![core20];
        let mut indicators = Vec::new();
        let board = self.board(&extent.now);
        let shares = self.shares(&extent.now);
        let boards = board.map(|board| self.shares(&self.gazetteer.board_lsoas(board)));
        for (index, (measure, share)) in measures().iter().zip(&shares).enumerate() {
            let of = |shares: &[Option<Share>]| shares.get(index).copied().flatten().map(Share::value);
            let (Some(share), Some(england)) = (share, of(&self.england)) else { continue };
            match (&measure.group, &measure.indicator) {
                (Some(group), _) => {
                    let board = boards.as_deref().and_then(of);
                    groups.push(row(group, measure, *share, england, board, notable));
                }
                (None, Some(key)) => indicators.push(Indicator {
                    key,
                    is: &measure.is,
                    households: measure.households,
                    count: share.count,
                    of: share.of,
                    share: share.value(),
                    england,
                    source: &measure.source,
                }),
                (None, None) => {}
            }
        }
        Ok(Population {
            areas: extent.areas,
            edition: edition.name.clone(),
            base: edition.base.clone(),
            source: edition.source.clone(),
            people: tally.people,
            core20_people: tally.core20_people,
            lsoas: tally.lsoas,
            core20_lsoas: tally.core20_lsoas,
            districts,
            groups,
            indicators,
            notes: extent.notes,
            without: Vec::new(),
        })
    }

    /// The place that areas cover together, and its LSOAs of the edition's own.
    pub(super) fn covered(&self, edition: &Edition, areas: &[String]) -> Result<(Extent, Lsoas), Unanswered> {
        let extent = self.gazetteer.extent(areas)?;
        let own = if edition.former { self.gazetteer.former(&extent)? } else { extent.now.clone() };
        Ok((extent, own))
    }

    pub(super) fn edition(&self, name: Option<&str>) -> Result<&Edition, Unanswered> {
        let found = match name {
            None => self.editions.first(),
            Some(name) => self.editions.iter().find(|edition| edition.name.eq_ignore_ascii_case(name.trim())),
        };
        found.ok_or_else(|| {
            let known: Vec<&str> = self.editions.iter().map(|edition| edition.name.as_str()).collect();
            let asked = shortened(name.unwrap_or_default());
            let message = format!("There is no edition `{asked}` here; there are {}.", known.join(", "));
            Unanswered::new("UNKNOWN_EDITION", message)
        })
    }

    /// What the counts say of a set of LSOAs.
    pub(super) fn shares(&self, lsoas: &Lsoas) -> Vec<Option<Share>> {
        measure::shares(lsoas, &self.gazetteer, &self.counts, &self.msoas)
    }

    /// The one board a place lies in.
    fn board(&self, now: &Lsoas) -> Option<Code> {
        let mut boards = now.iter().filter_map(|ordinal| self.gazetteer.board(ordinal));
        let first = boards.next()?;
        boards.all(|board| board == first).then_some(first)
    }

    fn districts(&self, edition: &Edition, now: &Lsoas, own: &Lsoas, notable: &Notable) -> Vec<District> {
        let partial = self.gazetteer.districts_beyond(now);
        let mut parts: BTreeMap<Code, Tally> = BTreeMap::new();
        for ordinal in own.iter() {
            let now = if edition.former { self.gazetteer.forwards(ordinal).next() } else { Some(ordinal) };
            let Some(district) = now.and_then(|now| self.gazetteer.district(now)) else { continue };
            let part = parts.entry(district).or_default();
            let people = edition.people_of(ordinal);
            part.people += people;
            if edition.is_core20(ordinal) {
                part.core20_people += people;
            }
        }
        let mut districts: Vec<District> = parts
            .into_iter()
            .map(|(code, Tally { people, core20_people, .. })| District {
                code,
                name: self.gazetteer.name(code),
                whole: !partial.contains(&code),
                people,
                core20_people,
                notable: notable.core20_share(core20_people, people),
            })
            .collect();
        districts.sort_by(|one, other| {
            other.core20_share().total_cmp(&one.core20_share()).then(one.code.cmp(&other.code))
        });
        districts
    }

    fn core20(
        &self,
        edition: &Edition,
        extent: &Extent,
        tally: Tally,
        districts: &[District],
        notable: &Notable,
    ) -> GroupPopulation {
        let share = |tally: Tally| Share { count: tally.core20_people, of: tally.people }.value();
        let board = self.board(&extent.now).and_then(|board| {
            let now = self.gazetteer.board_lsoas(board);
            let own = if edition.former {
                Lsoas::of(now.iter().flat_map(|ordinal| self.gazetteer.backwards(ordinal)))
            } else {
                now
            };
            Some(share(edition.tally(&own))).filter(|share| *share > 0.0)
        });
        let england = share(edition.england);
        GroupPopulation {
            group: CORE20.into(),
            is: "residents of LSOAs among the most deprived fifth of England".into(),
            people: tally.core20_people,
            of: tally.people,
            share: share(tally),
            england,
            board,
            ratio: ratio(share(tally), england),
            notable: tally.core20_people > 0
                && (notable.core20_share(tally.core20_people, tally.people)
                    || tally.core20_people >= notable.core20_people
                    || districts.iter().any(|district| district.notable)),
            source: format!("{}; people: {}", edition.source, edition.base),
        }
    }
}

fn row(
    group: &str,
    measure: &Measure,
    share: Share,
    england: f64,
    board: Option<f64>,
    notable: &Notable,
) -> GroupPopulation {
    let ratio = ratio(share.value(), england);
    GroupPopulation {
        group: group.to_owned(),
        is: measure.is.clone(),
        people: share.count,
        of: share.of,
        share: share.value(),
        england,
        board,
        ratio,
        notable: share.count >= notable.people && ratio * 100.0 >= f64::from(notable.ratio_percent),
        source: measure.source.clone(),
    }
}

fn ratio(share: f64, england: f64) -> f64 {
    if england > 0.0 { share / england } else { 0.0 }
}
