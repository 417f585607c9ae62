//! The picture of risk across cases: who may have one, of which cases, and what is counted in it.

mod alongside;
mod beside;
mod concentration;
mod connected;
mod count;
mod extract;
mod fact;
mod fold;
mod partners;
mod spend;
mod time;
mod verify;
mod what_if;
mod whole;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use tokio::sync::{Mutex, OnceCell};

pub use connected::{Connected, SevereView};

use crate::{
    app::{App, Error, Result},
    domain::{
        calendar::Moment,
        group::{Catalogue, Group},
        id::{AssessmentId, OrganisationId},
        organisation::Organisation,
        permission::Actor,
        place::Reference,
        risk::{Contribution, Fact, Filter, Hits, Totals},
        settings::{Concentrations, Settings},
        text::{Path, Violation},
        workflow::Standing,
    },
    store::risk::Selection,
};

pub(super) use alongside::Gathered;
pub use beside::Beside;
pub use concentration::{Pile, Piles};
pub use count::{Cut, Shown};
pub use extract::{ExtractAsked, ExtractFile};
pub use spend::SpendView;
pub use time::{InfluenceView, PromisesView, TrendMonth};
pub use verify::{Difference, Verified};
pub use what_if::{Overtaken, WhatIf, WhatIfAsked};

/// What is supposed of a case: that it contributes this, or that it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supposed {
    /// Whose it is.
    pub organisation: OrganisationId,
    /// What it would contribute; `None` when it would not be there.
    pub contribution: Option<Contribution>,
}

/// A picture that was asked for and may be given: nothing is counted before it is asked, and everything once.
#[derive(Debug)]
pub struct Picture {
    /// Who sees it; nobody when the operator does.
    pub actor: Option<Actor>,
    /// Of which cases, as it was checked.
    pub filter: Filter,
    /// When it was asked for.
    pub moment: Moment,
    /// The organisations that the actor oversees.
    pub overseen: Vec<Organisation>,
    /// The groups of all of them.
    pub groups: Arc<Catalogue>,
    /// Which cases it may have.
    pub selection: Selection,
    /// Those of them that were shared and that the actor may not read all the same.
    unreadable: HashSet<AssessmentId>,
    /// What is known of places.
    pub reference: Option<Arc<Reference>>,
    /// Names it: see [`App::edition_of_places`].
    edition: String,
    /// What is supposed of cases, whatever is known of them.
    supposed: BTreeMap<AssessmentId, Supposed>,
    /// Its cases, when they are few.
    held: OnceCell<Option<Arc<Vec<Fact>>>>,
    totals: OnceCell<Arc<Totals>>,
    /// What was counted of the whole by whoever went through its cases; one at a time does.
    pass: Mutex<Option<Arc<Totals>>>,
    /// Whom its cases touch negatively, where they pile up.
    hits: OnceCell<Arc<BTreeMap<String, Hits>>>,
    /// Where they do; one at a time looks.
    piled: Mutex<concentration::Piled>,
    not_shown: OnceCell<usize>,
    /// What partners propose beside it: whatever the standings of its cases, whatever is supposed of them, and whenever they were
    /// known.
    partners: Arc<partners::Partners>,
}

impl Picture {
    /// The same picture if these cases contributed otherwise, came, or were not there: nothing of it is written, and whatever is
    /// asked of it is counted with them. Cases that the picture may not have are passed over. Who partners are, what rests
    /// on what and which cases the actor may read stays as it is.
    #[must_use]
    pub fn supposing(&self, cases: BTreeMap<AssessmentId, Supposed>) -> Self {
        self.anew(self.filter.clone(), cases)
    }

    /// Nothing counted yet, of cases of these standings or as they were known then, and with what is supposed of some.
    fn anew(&self, filter: Filter, supposed: BTreeMap<AssessmentId, Supposed>) -> Self {
        Self {
            actor: self.actor.clone(),
            filter,
            moment: self.moment,
            overseen: self.overseen.clone(),
            groups: self.groups.clone(),
            selection: self.selection.clone(),
            unreadable: self.unreadable.clone(),
            reference: self.reference.clone(),
            edition: self.edition.clone(),
            supposed,
            held: OnceCell::new(),
            totals: OnceCell::new(),
            pass: Mutex::new(None),
            hits: OnceCell::new(),
            piled: Mutex::default(),
            not_shown: OnceCell::new(),
            partners: self.partners.clone(),
        }
    }

    /// Who sees it, where somebody does: what hangs on their own eyes is not for the operator.
    pub fn viewer(&self) -> Result<&Actor> {
        self.actor.as_ref().ok_or(Error::Forbidden)
    }

    /// The same picture of cases of whatever standing.
    fn of_every_standing(&self) -> Self {
        self.anew(Filter { standings: Standing::ALL.to_vec(), ..self.filter.clone() }, self.supposed.clone())
    }

    /// The same picture as it was known at the end of a day.
    fn known_on(&self, day: NaiveDate) -> Self {
        self.anew(Filter { as_at: Some(day), ..self.filter.clone() }, self.supposed.clone())
    }
}

impl App {
    /// The picture of the cases of organisations that the actor oversees, and of those shared with these to be read.
    /// A filter that matches nothing gives an empty picture.
    ///
    /// # Errors
    /// [`Error::Forbidden`] to whoever oversees none; [`Error::Invalid`] with every code that is not known and every
    /// day that contradicts another.
    pub async fn picture(&self, actor: &Actor, filter: Filter, moment: Moment) -> Result<Picture> {
        let ids = actor.oversees();
        if ids.is_empty() {
            return Err(Error::Forbidden);
        }
        let overseen = self.store.read().organisations(&ids).await?;
        self.picture_of(Some(actor), overseen, filter, moment).await
    }

    /// The same as the operator sees it: of these organisations, or of all when none is named; all that authors typed
    /// is rounded.
    pub async fn whole_picture(&self, filter: Filter, moment: Moment) -> Result<Picture> {
        let all = self.store.read().all_organisations().await?;
        self.picture_of(None, all, filter, moment).await
    }

    async fn picture_of(
        &self,
        actor: Option<&Actor>,
        mut overseen: Vec<Organisation>,
        filter: Filter,
        moment: Moment,
    ) -> Result<Picture> {
        overseen.sort_by(|one, other| one.ods_code.cmp(&other.ods_code));
        let groups = groups(&overseen)?;
        let within = self.check_filter(&filter, &groups, moment).await?;
        let ids: Vec<OrganisationId> = overseen.iter().map(|organisation| organisation.id).collect();
        let selection = if let Some(actor) = actor {
            self.store.read().selection(actor, &ids, within.as_deref()).await?
        } else {
            let asked = |id: &OrganisationId| within.as_ref().is_none_or(|within| within.contains(id));
            Selection::whole(ids.into_iter().filter(asked).collect())
        };
        let unreadable = match actor {
            Some(actor) => self.store.read().unreadable(actor, &selection).await?,
            None => HashSet::new(),
        };
        let (reference, edition) = self.edition_of_places().await?;
        Ok(Picture {
            actor: actor.cloned(),
            filter,
            moment,
            overseen,
            groups: Arc::new(groups),
            selection,
            unreadable,
            reference,
            edition,
            supposed: BTreeMap::new(),
            held: OnceCell::new(),
            totals: OnceCell::new(),
            pass: Mutex::new(None),
            hits: OnceCell::new(),
            piled: Mutex::default(),
            not_shown: OnceCell::new(),
            partners: Arc::default(),
        })
    }

    /// Refuses codes that are not known; the organisations that are named, when some are.
    async fn check_filter(
        &self,
        filter: &Filter,
        groups: &Catalogue,
        moment: Moment,
    ) -> Result<Option<Vec<OrganisationId>>> {
        let mut wrong = filter.check(moment.today).err().unwrap_or_default();
        let at = |field: &str, index: usize| Path::of(["filter", field]).join(index);
        let mut within = Vec::new();
        for (index, code) in filter.organisations.iter().enumerate() {
            match self.store.read().organisation_by_ods_code(code).await? {
                Some(found) => within.push(found.id),
                None => wrong.push(Violation::new(
                    "UNKNOWN_ORGANISATION",
                    format!("There is no organisation `{code}` here; give the ODS code of one that works with this service."),
                    at("organisations", index),
                )),
            }
        }
        for (index, code) in filter.groups.iter().enumerate().filter(|(_, code)| groups.find(code).is_none())
        {
            let message =
                format!("There is no group `{code}`; `groups` lists those that there are, by code.");
            wrong.push(Violation::new("UNKNOWN_GROUP", message, at("groups", index)));
        }
        for (index, code) in filter.areas.iter().enumerate() {
            if self.find_area(code).await?.is_none() {
                let message = format!(
                    "`{code}` is no code of an area of England that is known here; `areas` finds codes by name."
                );
                wrong.push(Violation::new("UNKNOWN_AREA", message, at("areas", index)));
            }
        }
        if wrong.is_empty() {
            Ok((!filter.organisations.is_empty()).then_some(within))
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

/// The groups of several organisations, which may have some of the same code: the first names it.
fn groups(organisations: &[Organisation]) -> Result<Catalogue> {
    let mut own: Vec<Group> = Vec::new();
    for group in organisations.iter().flat_map(|organisation| &organisation.settings.groups) {
        if own.iter().all(|known| known.code != group.code) {
            own.push(group.clone());
        }
    }
    Ok(Catalogue::extended(&own)?)
}

impl Picture {
    /// The codes of all that counts for one of these groups, in the catalogue of any of the organisations that are overseen.
    fn below<'a>(&self, groups: impl IntoIterator<Item = &'a String>) -> Result<Vec<String>> {
        let mut catalogues = vec![Catalogue::shipped()];
        for one in self.overseen.iter().filter(|one| !one.settings.groups.is_empty()) {
            catalogues.push(Catalogue::extended(&one.settings.groups)?);
        }
        let mut codes = BTreeSet::new();
        for group in groups {
            codes.insert(group.clone());
            let below = catalogues.iter().flat_map(|catalogue| catalogue.below(group));
            codes.extend(below.map(str::to_owned));
        }
        Ok(codes.into_iter().collect())
    }

    /// The groups that something of an organisation on these counts for.
    pub(super) fn counted(&self, organisation: OrganisationId, groups: &[String]) -> Vec<String> {
        let own = self.overseen.iter().find(|one| one.id == organisation).map(|one| &one.settings.groups);
        let own = own.filter(|own| !own.is_empty()).and_then(|own| Catalogue::extended(own).ok());
        own.as_ref().unwrap_or(&self.groups).counted(groups)
    }

    /// Those of the groups that something of an organisation is on which one of the groups that are asked for lies within: what is
    /// done to all disabled people is done to autistic people, too.
    pub(super) fn wider(&self, organisation: OrganisationId, groups: &[String]) -> Vec<String> {
        let wholes = self.counted(organisation, &self.filter.groups);
        groups.iter().filter(|group| wholes.contains(group)).cloned().collect()
    }

    /// From which consequence on an impact on a whole board is not merely widespread, by organisation.
    fn majors(&self) -> BTreeMap<OrganisationId, u8> {
        self.overseen.iter().map(|one| (one.id, one.settings.concentrations.major)).collect()
    }

    /// How many cases at least make a concentration, where whoever asks does not say: of the organisations whose picture it is, the
    /// one that sets the fewest.
    #[must_use]
    pub fn least(&self) -> usize {
        self.thresholds()
            .map(|one| one.least)
            .min()
            .unwrap_or(Settings::default().concentrations.least)
            .into()
    }

    /// From which consequence on an impact is severe, where whoever asks does not say: of these organisations, the one that sets the
    /// least.
    #[must_use]
    pub fn severe(&self) -> u8 {
        self.thresholds().map(|one| one.severe).min().unwrap_or(Settings::default().concentrations.severe)
    }

    fn thresholds(&self) -> impl Iterator<Item = Concentrations> {
        let own = self.overseen.iter().filter(|one| self.selection.own.contains(&one.id));
        own.map(|one| one.settings.concentrations)
    }

    /// The same of an organisation that is not overseen.
    fn usual_major() -> u8 {
        Settings::default().concentrations.major
    }
}
