//! Reference files held against each other, and what is made of them.

use super::{
    Edition, Fault, Gazetteer, HealthOrganisations, Kind, Lsoas, Sheet, area,
    counts::{Counts, Msoas},
    measure::Share,
};

/// Areas, editions and counts, as they are asked. About 12 MB for England.
#[derive(Debug)]
pub struct Reference {
    pub(super) gazetteer: Gazetteer,
    /// The newest first.
    pub(super) editions: Vec<Edition>,
    pub(super) counts: Counts,
    pub(super) msoas: Msoas,
    pub(super) organisations: HealthOrganisations,
    /// What the counts say of England.
    pub(super) england: Vec<Option<Share>>,
}

impl Reference {
    /// The areas.
    #[must_use]
    pub fn gazetteer(&self) -> &Gazetteer {
        &self.gazetteer
    }

    /// NHS organisations; none where no file of them is loaded.
    #[must_use]
    pub fn organisations(&self) -> &HealthOrganisations {
        &self.organisations
    }
}

/// Takes files one by one, in the order of [`Kind`], so that only one is unpacked at a time.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    last: Option<Kind>,
    gazetteer: Option<Gazetteer>,
    msoas: Option<Msoas>,
    editions: Vec<Edition>,
    counts: Counts,
    organisations: HealthOrganisations,
}

impl Assembly {
    /// Takes one more file.
    pub fn add(&mut self, sheet: &Sheet) -> Result<(), Fault> {
        let kind = sheet.manifest.kind;
        let whole = |message: String| Fault::whole(&sheet.file, message);
        let single = !matches!(kind, Kind::Deprivation | Kind::Counts);
        match self.last {
            Some(last) if last == kind && single => {
                let word = kind.as_str();
                return Err(whole(format!(
                    "There is a file of the kind {word} already, under another name."
                )));
            }
            Some(last) if last > kind => {
                return Err(whole("Files are taken in the order of their kinds.".into()));
            }
            _ => {}
        }
        let known = |gazetteer: &Gazetteer| match kind {
            Kind::Areas | Kind::Places | Kind::Organisations => true,
            Kind::FormerPlaces | Kind::Counts => !gazetteer.now.codes.is_empty(),
            Kind::Mapping | Kind::Deprivation => !gazetteer.former.codes.is_empty(),
        };
        if kind == Kind::Areas {
            self.gazetteer = Some(Gazetteer::new(area::read(sheet)?));
            self.last = Some(kind);
            return Ok(());
        }
        let Some(gazetteer) = self.gazetteer.as_mut().filter(|gazetteer| known(gazetteer)) else {
            return Err(whole("What it refers to is not there: load areas and places first.".into()));
        };
        match kind {
            Kind::Areas => {}
            Kind::Organisations => self.organisations = HealthOrganisations::read(sheet)?,
            Kind::Places => {
                gazetteer.read_places(sheet)?;
                self.msoas = Some(Msoas::new(gazetteer));
            }
            Kind::FormerPlaces => gazetteer.read_former(sheet)?,
            Kind::Mapping => gazetteer.read_mapping(sheet)?,
            Kind::Deprivation => self.editions.push(Edition::read(sheet, gazetteer)?),
            Kind::Counts => {
                let msoas = self.msoas.as_ref().ok_or_else(|| whole("There are no places yet.".into()))?;
                self.counts.read(sheet, gazetteer, msoas)?;
            }
        }
        self.last = Some(kind);
        Ok(())
    }

    /// What was taken, once it is complete: areas, LSOAs of today and of before, what became of these, and at least
    /// one edition.
    pub fn finish(self) -> Result<Reference, Fault> {
        let Self { gazetteer, msoas, mut editions, counts, organisations, .. } = self;
        let (Some(gazetteer), Some(msoas)) = (gazetteer, msoas) else {
            return Err(Fault::whole("reference data", "Areas or places are missing."));
        };
        if gazetteer.former.codes.is_empty() || gazetteer.backwards(0).next().is_none() || editions.is_empty()
        {
            return Err(Fault::whole(
                "reference data",
                "Former places, their mapping or every edition is missing.",
            ));
        }
        editions.sort_by(|one, other| other.published.cmp(&one.published).then(one.name.cmp(&other.name)));
        let mut reference =
            Reference { gazetteer, editions, counts, msoas, organisations, england: Vec::new() };
        let all: Lsoas = reference.gazetteer.now.all();
        reference.england = reference.shares(&all);
        Ok(reference)
    }
}

/// Refuses a file that cannot stand for the one of its kind and name that is in force: places keep their ordinals, an
/// edition and counts keep which places they are of, counts keep their columns, and nothing gives way to what was
/// published before it.
pub fn succeeds(before: &Sheet, after: &Sheet) -> Result<(), Fault> {
    let (old, new) = (&before.manifest, &after.manifest);
    let whole = |message: String| Err(Fault::whole(&after.file, message));
    if old.places != new.places {
        let said = |places: &Option<String>| places.clone().unwrap_or_else(|| "nothing".into());
        let message = format!(
            "Its `#places` are {}, and {} in force is of {}; what is of other places has another `#name`.",
            said(&new.places),
            old.name,
            said(&old.places)
        );
        return whole(message);
    }
    match (old.published, new.published) {
        (Some(old), Some(new)) if new < old => {
            return whole(format!(
                "It was published on {new}, and what is in force under its name on {old}."
            ));
        }
        (Some(old), None) => {
            return whole(format!(
                "The heading lacks `#published`; what is in force under its name has {old}."
            ));
        }
        _ => {}
    }
    match new.kind {
        Kind::Places => keeps_ordinals(before, after),
        Kind::Counts => keeps_columns(before, after),
        _ => Ok(()),
    }
}

/// Refuses counts that lack a column of those they replace, or have one more, in any order.
fn keeps_columns(before: &Sheet, after: &Sheet) -> Result<(), Fault> {
    let lacking = |one: &Sheet, other: &Sheet| {
        let headings = (1..).zip(one.header()).find(|(_, heading)| !other.header().contains(heading));
        headings.map(|(number, heading)| (number, heading.clone()))
    };
    let (column, message) = if let Some(column) = lacking(before, after) {
        (column, "The column is missing, and is there in what is in force under this name.")
    } else if let Some(column) = lacking(after, before) {
        (
            column,
            "The column is not there in what is in force under this name; what has others has another `#name`.",
        )
    } else {
        return Ok(());
    };
    let line = after.first_line() - 1;
    Err(Fault { file: after.file.clone(), line, column: Some(column), message: message.into() })
}

/// Refuses places that take an ordinal from an LSOA that had it: codes keep their place, new ones come behind them.
fn keeps_ordinals(before: &Sheet, after: &Sheet) -> Result<(), Fault> {
    let mut rows = after.rows();
    for mut old in before.rows() {
        let old = old.code()?;
        let Some(mut row) = rows.next() else {
            let message = format!("{old} is gone; its ordinal is kept in footprints, so it must stay.");
            return Err(Fault::whole(&after.file, message));
        };
        let new = row.code()?;
        if new != old {
            let message =
                format!("{new} stands where {old} stood; LSOAs keep their order, and new ones come behind.");
            return Err(row.wrong(message));
        }
    }
    Ok(())
}
