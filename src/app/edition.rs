//! The forms, workflows and rules that an organisation can use: those that ship, and its own.

use std::{collections::HashMap, ops::Range, sync::Arc};

use chrono::{DateTime, Utc};

use crate::{
    app::{
        App, Error, Kind, OrganisationView, Result, Slice,
        case::unknown_organisation,
        definition::{canonical_text, read},
    },
    domain::{
        canonical,
        case::Pinned,
        check::OwnRule,
        definition::Definition as _,
        form::Form,
        page::Window,
        permission::{Actor, Office, permit_in},
        text::{Path, Violation},
        workflow::definition::Workflow,
    },
    store::{self, definition::Edition},
};

/// Most documents read at once.
const MOST: usize = 50;

/// A definition as a list shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The organisation that published it; `None` for one that the program ships.
    pub organisation: Option<Arc<OrganisationView>>,
    /// Its key and version.
    pub pinned: Pinned,
    /// What people call it; or that it cannot be read.
    pub title: Result<String, Violation>,
    /// When it was published; `None` for one that the program ships.
    pub published_at: Option<DateTime<Utc>>,
    /// SHA-256 of its document in canonical bytes.
    pub sha256: String,
}

/// A rule that an organisation published.
#[derive(Clone, Debug)]
pub struct ListedRule {
    /// Its key and version.
    pub pinned: Pinned,
    /// The rule; or that it cannot be read.
    pub rule: Result<Arc<OwnRule>, Violation>,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Whether the organisation's settings name it.
    pub in_force: bool,
}

impl App {
    /// Every definition that ships, and those of an organisation or of all. One that cannot be read keeps no other
    /// from being listed.
    pub async fn list_definitions<T: Kind>(
        &self,
        organisation: Option<&OrganisationView>,
    ) -> Result<Vec<Listed>> {
        let mut listed = shipped::<T>()?;
        let owners = match organisation {
            Some(organisation) => vec![organisation.clone()],
            None => self.store.read().all_organisations().await?,
        };
        for owner in owners.into_iter().map(Arc::new) {
            let editions = self.store.read().editions(T::KIND, Some(owner.id)).await?;
            for some in editions.chunks(MOST) {
                listed.extend(self.titled::<T>(&owner, some).await?);
            }
        }
        Ok(listed)
    }

    /// A page of the definitions that cases of an organisation of the actor may begin with: those that ship, then its
    /// own, each by key and version.
    pub async fn list_usable<T: Kind>(
        &self,
        actor: &Actor,
        organisation: &str,
        window: &Window,
    ) -> Result<Slice<Listed>> {
        let (owner, own) = self.usable::<T>(actor, organisation).await?;
        let shipped = shipped::<T>()?;
        let pinned = shipped.iter().map(|one| one.pinned.clone()).chain(own.iter().map(pinned));
        let places: Vec<String> = pinned.map(|one| place(&one)).collect();
        let page = range(&places, window)?;
        let (has_previous, has_next) = (page.start > 0, page.end < places.len());
        let theirs = page.start.saturating_sub(shipped.len())..page.end.saturating_sub(shipped.len());
        let theirs = self.titled::<T>(&owner, own.get(theirs).unwrap_or_default()).await?;
        let ships = shipped.into_iter().take(page.end).skip(page.start);
        let places = places.into_iter().skip(page.start);
        Ok(Slice { nodes: places.zip(ships.chain(theirs)).collect(), has_previous, has_next })
    }

    /// The newest version of every workflow that cases of the organisation on this form may begin with: those that ship,
    /// then its own.
    pub(super) async fn fitting(&self, owner: &OrganisationView, form: &Form) -> Result<Vec<Listed>> {
        let mut fitting = shipped::<Workflow>()?;
        fitting.retain(|one| {
            let newest = Workflow::newest_shipped(&one.pinned.key);
            newest.is_some_and(|newest| newest.pinned() == one.pinned && newest.fits(form))
        });
        let editions = newest(self.store.read().editions(Workflow::KIND, Some(owner.id)).await?);
        let owner = Arc::new(owner.clone());
        let opened = self.opened::<Workflow>(&owner, &editions).await?;
        let titled = self.titled::<Workflow>(&owner, &editions).await?;
        let fits = |one: &Result<Arc<Workflow>, Violation>| one.as_ref().is_ok_and(|one| one.fits(form));
        fitting.extend(titled.into_iter().zip(opened).filter(|(_, one)| fits(one)).map(|(listed, _)| listed));
        Ok(fitting)
    }

    /// Why this workflow is not for that form, with those that are.
    pub(super) async fn unfit(
        &self,
        organisation: &OrganisationView,
        form: &Form,
        workflow: &Workflow,
    ) -> Result<Violation> {
        let fitting = self.fitting(organisation, form).await?;
        let keys: Vec<String> = fitting.iter().map(|one| format!("`{}`", one.pinned.key)).collect();
        let instead = if keys.is_empty() {
            "No workflow here does: publish one whose `forms` name it.".to_owned()
        } else {
            format!("These do: {}.", keys.join(", "))
        };
        let message =
            format!("The workflow `{}` does not fit the form `{}`. {instead}", workflow.key, form.key);
        Ok(Violation::new("UNFIT", message, Path::of(["workflow"])))
    }

    /// A page of those, for somebody of the organisation.
    pub async fn list_fitting(
        &self,
        actor: &Actor,
        organisation: &str,
        form: &str,
        window: &Window,
    ) -> Result<Slice<Listed>> {
        let fitting = self.fitting_key(actor, organisation, form).await?;
        let places: Vec<String> = fitting.iter().map(|one| place(&one.pinned)).collect();
        let page = range(&places, window)?;
        let (has_previous, has_next) = (page.start > 0, page.end < places.len());
        let nodes = places.into_iter().zip(fitting).take(page.end).skip(page.start).collect();
        Ok(Slice { nodes, has_previous, has_next })
    }

    /// How many there are of those.
    pub async fn count_fitting(&self, actor: &Actor, organisation: &str, form: &str) -> Result<usize> {
        Ok(self.fitting_key(actor, organisation, form).await?.len())
    }

    async fn fitting_key(&self, actor: &Actor, organisation: &str, form: &str) -> Result<Vec<Listed>> {
        let (owner, _) = self.usable::<Workflow>(actor, organisation).await?;
        let found: Option<Arc<Form>> = self.newest(owner.id, form).await?;
        let found = found.ok_or_else(|| {
            let message = "There is no such form here; name one that is published.";
            Violation::new("NOT_FOUND", message, Path::of(["form"]))
        })?;
        self.fitting(&owner, &found).await
    }

    /// How many there are.
    pub async fn count_usable<T: Kind>(&self, actor: &Actor, organisation: &str) -> Result<usize> {
        let (_, own) = self.usable::<T>(actor, organisation).await?;
        Ok(own.len() + T::shipped_all().len())
    }

    /// A page of the rules that an organisation of the actor published, by key and version.
    pub async fn list_rules(
        &self,
        actor: &Actor,
        organisation: &str,
        window: &Window,
    ) -> Result<Slice<ListedRule>> {
        let (owner, own) = self.usable::<OwnRule>(actor, organisation).await?;
        let places: Vec<String> = own.iter().map(|edition| place(&pinned(edition))).collect();
        let page = range(&places, window)?;
        let (has_previous, has_next) = (page.start > 0, page.end < places.len());
        let some = own.get(page.clone()).unwrap_or_default();
        let rules = self.read_rules(&owner, some).await?;
        let places = places.into_iter().skip(page.start);
        Ok(Slice { nodes: places.zip(rules).collect(), has_previous, has_next })
    }

    /// A rule that an organisation of the actor published.
    pub async fn find_rule(
        &self,
        actor: &Actor,
        organisation: &str,
        wanted: &Pinned,
    ) -> Result<Option<ListedRule>> {
        let (owner, mut own) = self.usable::<OwnRule>(actor, organisation).await?;
        own.retain(|edition| pinned(edition) == *wanted);
        Ok(self.read_rules(&owner, &own).await?.pop())
    }

    async fn read_rules(&self, owner: &Arc<OrganisationView>, some: &[Edition]) -> Result<Vec<ListedRule>> {
        let rules = self.opened::<OwnRule>(owner, some).await?;
        let in_force = &owner.settings.rules;
        let listed = some.iter().zip(rules).map(|(edition, rule)| {
            let pinned = pinned(edition);
            let in_force = in_force.contains(&pinned);
            ListedRule { pinned, rule, published_at: edition.published_at, in_force }
        });
        Ok(listed.collect())
    }

    /// The organisation, and what it published of its own.
    async fn usable<T: Kind>(
        &self,
        actor: &Actor,
        organisation: &str,
    ) -> Result<(Arc<OrganisationView>, Vec<Edition>)> {
        let found = self.store.read().organisation_by_ods_code(organisation).await?;
        let owner = found.ok_or_else(|| unknown_organisation(organisation))?;
        permit_in(actor, Office::ReadDefinitions, owner.id)?;
        let own = self.store.read().editions(T::KIND, Some(owner.id)).await?;
        Ok((Arc::new(owner), own))
    }

    /// These editions with their titles.
    async fn titled<T: Kind>(
        &self,
        owner: &Arc<OrganisationView>,
        editions: &[Edition],
    ) -> Result<Vec<Listed>> {
        let opened = self.opened::<T>(owner, editions).await?;
        let listed = editions.iter().zip(opened).map(|(edition, opened)| Listed {
            organisation: Some(owner.clone()),
            pinned: pinned(edition),
            title: opened.map(|definition| definition.title().to_owned()),
            published_at: Some(edition.published_at),
            sha256: edition.sha256.clone(),
        });
        Ok(listed.collect())
    }

    /// What these editions say, or that they cannot be read; documents that are not in memory are read in one
    /// statement.
    async fn opened<T: Kind>(
        &self,
        owner: &Arc<OrganisationView>,
        editions: &[Edition],
    ) -> Result<Vec<Result<Arc<T>, Violation>>> {
        let mut opened: HashMap<Pinned, Arc<T>> = HashMap::new();
        let mut unheard = Vec::new();
        for one in editions.iter().map(pinned) {
            match self.kept::<T>(Some(owner.id), &one) {
                Some(kept) => drop(opened.insert(one, kept)),
                None => unheard.push(one),
            }
        }
        if !unheard.is_empty() {
            for (one, found) in self.store.read().definitions(T::KIND, owner.id, &unheard).await? {
                match found.map_err(Error::from).and_then(|found| read::<T>(&one, &found.document)) {
                    Ok(definition) => drop(opened.insert(one, self.keep(Some(owner.id), definition))),
                    Err(error) => {
                        let reason = match &error {
                            Error::Internal(inner) => format!("{inner:#}"),
                            other => other.to_string(),
                        };
                        let Pinned { key, version } = &one;
                        tracing::error!(
                            "the {} {key} version {version} of {} cannot be read: {reason}",
                            T::NOUN,
                            owner.ods_code
                        );
                    }
                }
            }
        }
        let unreadable = || {
            let message =
                format!("This {} cannot be read, so that nothing can use it: the log says why.", T::NOUN);
            Violation::new("UNREADABLE", message, Path::default())
        };
        Ok(editions.iter().map(|edition| opened.remove(&pinned(edition)).ok_or_else(unreadable)).collect())
    }
}

/// The newest version of each key.
fn newest(editions: Vec<Edition>) -> Vec<Edition> {
    let mut newest: std::collections::BTreeMap<String, Edition> = std::collections::BTreeMap::new();
    for edition in editions {
        let known = newest.get(&edition.key).is_some_and(|known| known.version >= edition.version);
        if !known {
            newest.insert(edition.key.clone(), edition);
        }
    }
    newest.into_values().collect()
}

/// What ships, by key and version.
fn shipped<T: Kind>() -> Result<Vec<Listed>> {
    let all = T::shipped_all().iter().zip(T::documents());
    let listed = all.map(|(one, document)| {
        Ok(Listed {
            organisation: None,
            pinned: one.pinned(),
            title: Ok(one.title().to_owned()),
            published_at: None,
            sha256: canonical::sha256(canonical_text(document)?.as_bytes()),
        })
    });
    let mut listed = listed.collect::<Result<Vec<_>>>()?;
    listed.sort_by(|one, other| {
        (&one.pinned.key, one.pinned.version).cmp(&(&other.pinned.key, other.pinned.version))
    });
    Ok(listed)
}

/// Where it stands in a list, as its cursor says.
fn place(of: &Pinned) -> String {
    format!("{}~{}", of.key, of.version)
}

fn pinned(edition: &Edition) -> Pinned {
    Pinned { key: edition.key.clone(), version: edition.version }
}

/// Which of these places are on the page.
fn range(places: &[String], window: &Window) -> Result<Range<usize>> {
    let at = match &window.cursor {
        Some(cursor) => Some(places.iter().position(|place| place == cursor).ok_or(store::Error::Cursor)?),
        None => None,
    };
    let size = window.size as usize;
    Ok(if window.forwards {
        let start = at.map_or(0, |at| at + 1);
        start..places.len().min(start + size)
    } else {
        let end = at.unwrap_or(places.len());
        end.saturating_sub(size)..end
    })
}
