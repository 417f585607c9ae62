//! Forms, workflows and rules: those the program ships, and those an organisation publishes as its own.
//!
//! A key that is reserved names what the program ships, any other what the organisation of the case published; so
//! what is kept in memory is kept by owner, and two organisations never see each other's. What is published never
//! changes, so it may be kept for ever; that something is *not* published is never kept, so that what one process
//! publishes is there for all others at once.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use serde_json::{Value, json};

use crate::{
    app::{App, Error, Result, case::unknown_organisation, person::administer},
    clock,
    domain::{
        calendar::Moment,
        canonical,
        case::Pinned,
        check::OwnRule,
        definition::Definition,
        event::EventKind,
        form::Form,
        id::{Identifier, OrganisationId, RevisionId},
        permission::{Actor, Office, permit_in},
        text::{Path, Violation},
        workflow::definition::Workflow,
    },
    store::{
        self,
        definition::{self, DefinitionKind},
    },
};

/// Most definitions of organisations that one process keeps in memory; beyond, it forgets them and reads anew.
const MOST: usize = 1_000;

/// What is known of forms, workflows and rules.
pub(super) struct Definitions {
    forms: Known<Form>,
    workflows: Known<Workflow>,
    rules: Known<OwnRule>,
}

type Known<T> = RwLock<HashMap<(Option<OrganisationId>, Pinned), Arc<T>>>;

impl Definitions {
    pub(super) fn shipped() -> Self {
        fn all<T: Definition>() -> Known<T> {
            let shipped = T::shipped_all().iter();
            RwLock::new(shipped.map(|one| ((None, one.pinned()), Arc::new(one.clone()))).collect())
        }
        Self { forms: all(), workflows: all(), rules: all() }
    }
}

/// A kind of definition that is kept here.
pub trait Kind: Definition {
    /// The kind in the store.
    const KIND: DefinitionKind;

    #[doc(hidden)]
    fn known(of: &Held) -> &Known<Self>;
}

/// What the service holds of definitions; opaque outside.
pub struct Held(pub(super) Definitions);

impl Kind for Form {
    const KIND: DefinitionKind = DefinitionKind::Form;

    fn known(of: &Held) -> &Known<Self> {
        &of.0.forms
    }
}

impl Kind for Workflow {
    const KIND: DefinitionKind = DefinitionKind::Workflow;

    fn known(of: &Held) -> &Known<Self> {
        &of.0.workflows
    }
}

impl Kind for OwnRule {
    const KIND: DefinitionKind = DefinitionKind::Rule;

    fn known(of: &Held) -> &Known<Self> {
        &of.0.rules
    }
}

impl App {
    /// Publishes a definition as the organisation's own. `by` is nobody when the operator acts. The same document
    /// again is answered with what is published, and nothing more happens.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every law or rule that the document breaks; when its key is the program's; when its
    /// version, or a later one, is published and is another.
    pub async fn publish<T: Kind>(
        &self,
        by: Option<&Actor>,
        organisation: &str,
        document: String,
        moment: Moment,
    ) -> Result<Arc<T>> {
        let found = self.store.read().organisation_by_ods_code(organisation).await?;
        let organisation = found.ok_or_else(|| unknown_organisation(organisation))?.id;
        if let Some(actor) = by {
            permit_in(actor, Office::PublishDefinition, organisation)?;
        }
        let at = Path::of(["document"]);
        if document.len() > T::BYTES {
            let message =
                format!("It has {} bytes; at most {} are read. Make it smaller.", document.len(), T::BYTES);
            return Err(Violation::new("TOO_LONG", message, at).into());
        }
        // The proof runs every witness case, which is work.
        let proved =
            tokio::task::spawn_blocking(move || T::prove(&document).map(|proved| (proved, document)));
        let (proved, document) = proved
            .await
            .map_err(|error| Error::Internal(error.into()))?
            .map_err(|broken| below(&at, broken))?;
        let Pinned { key, version } = proved.pinned();
        if T::is_reserved(&key) {
            let message = format!(
                "The key `{key}` is the program's: those it ships, and all that begin with `ehia`. Choose another."
            );
            return Err(Violation::new("KEY_RESERVED", message, at.join("key")).into());
        }
        let document = canonical_text(&document)?;
        // Numbers may be longer spelt out; what cannot be read back is not published.
        if document.len() > T::BYTES {
            let message = format!(
                "Spelt out it has {} bytes; at most {} are kept. Make it smaller.",
                document.len(),
                T::BYTES
            );
            return Err(Violation::new("TOO_LONG", message, at).into());
        }
        T::read(&document).map_err(Error::Invalid)?;
        let definition = definition::Definition {
            id: clock::supply().fresh::<RevisionId>().uuid(),
            organisation: Some(organisation),
            kind: T::KIND,
            key: key.clone(),
            version,
            document,
            published_at: moment.at,
        };
        let payload = json!({
            "kind": T::KIND,
            "key": key,
            "version": version,
            "title": proved.title(),
            "sha256": canonical::sha256(definition.document.as_bytes()),
        });
        let taken = |newest: u32| {
            let next = newest.saturating_add(1);
            let message = format!(
                "Version {newest} of `{key}` is published, and what is published never changes. The next free \
                 version is {next}."
            );
            Error::from(Violation::new("VERSION_EXISTS", message, at.join("version")))
        };
        let written = self
            .store
            .write(async |tx| {
                // In this order, because what another transaction publishes shows between two statements.
                let newest = tx.read().newest_version(T::KIND, &key, Some(organisation)).await?;
                let kept = tx.read().definition(T::KIND, &key, version, Some(organisation)).await?;
                // Published before, exactly so: there is nothing left to do.
                if kept.is_some_and(|kept| kept.document == definition.document) {
                    return Ok(());
                }
                if let Some(newest) = newest.filter(|newest| *newest >= version) {
                    return Err(taken(newest));
                }
                match tx.publish(&definition).await {
                    // Somebody else published it since: it is looked at again, whether it is the same.
                    Err(store::Error::Unique { .. }) => return Err(Error::Retry),
                    other => other?,
                }
                let by = by.map(|actor| actor.person);
                administer(tx, organisation, by, EventKind::DefinitionPublished, payload, moment).await
            })
            .await;
        written?;
        Ok(self.keep(Some(organisation), proved))
    }

    /// A definition that somebody may read: one that ships, or one of an organisation they belong to. Without a
    /// version the newest; without the code of an organisation the first of theirs that has one.
    pub async fn find_definition<T: Kind>(
        &self,
        actor: Option<&Actor>,
        key: &str,
        version: Option<u32>,
        organisation: Option<&str>,
    ) -> Result<Option<Arc<T>>> {
        if !is_key(key) {
            return Ok(None);
        }
        if T::is_reserved(key) {
            return match version {
                None => Ok(self.newest_shipped(key)),
                Some(version) => self.owned(None, &Pinned { key: key.to_owned(), version }).await,
            };
        }
        let Some(actor) = actor else { return Ok(None) };
        let mut theirs: Vec<OrganisationId> = actor.grants.iter().map(|grant| grant.organisation).collect();
        theirs.sort();
        theirs.dedup();
        theirs.retain(|one| permit_in(actor, Office::ReadDefinitions, *one).is_ok());
        if let Some(code) = organisation {
            let named = self.store.read().organisation_by_ods_code(code).await?.map(|found| found.id);
            theirs.retain(|one| Some(*one) == named);
        }
        for organisation in theirs {
            let found = match version {
                Some(version) => {
                    self.owned(Some(organisation), &Pinned { key: key.to_owned(), version }).await?
                }
                None => self.newest(organisation, key).await?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The definition under this key and version that a case of the organisation may keep.
    pub(super) async fn find_pinned<T: Kind>(
        &self,
        organisation: OrganisationId,
        pinned: &Pinned,
    ) -> Result<Option<Arc<T>>> {
        self.owned(owner::<T>(organisation, pinned), pinned).await
    }

    /// The definition that a case of the organisation keeps, when this process has it in memory.
    #[must_use]
    pub fn held<T: Kind>(&self, organisation: OrganisationId, pinned: &Pinned) -> Option<Arc<T>> {
        self.kept(owner::<T>(organisation, pinned), pinned)
    }

    /// The definition that a case of the organisation keeps.
    pub async fn pinned<T: Kind>(&self, organisation: OrganisationId, pinned: &Pinned) -> Result<Arc<T>> {
        self.find_pinned(organisation, pinned).await?.ok_or_else(|| {
            let Pinned { key, version } = pinned;
            Error::Internal(anyhow::anyhow!("{} `{key}` version {version} is not published here", T::NOUN))
        })
    }

    /// The newest definition under this key that a case of the organisation may begin with.
    pub(super) async fn newest<T: Kind>(
        &self,
        organisation: OrganisationId,
        key: &str,
    ) -> Result<Option<Arc<T>>> {
        if !is_key(key) {
            return Ok(None);
        }
        if T::is_reserved(key) {
            return Ok(self.newest_shipped(key));
        }
        let owner = Some(organisation);
        match self.store.read().newest_version(T::KIND, key, owner).await? {
            Some(version) => self.owned(owner, &Pinned { key: key.to_owned(), version }).await,
            None => Ok(None),
        }
    }

    /// The newest definition that ships under this key.
    pub(super) fn newest_shipped<T: Kind>(&self, key: &str) -> Option<Arc<T>> {
        let pinned = T::newest_shipped(key)?.pinned();
        T::known(&self.shared.definitions)
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&(None, pinned))
            .cloned()
    }

    /// Keeps every definition that the program ships in the database, so that a case can be read as long as the
    /// database is.
    ///
    /// # Errors
    /// When the database holds one of them with other content: a case that keeps it would change its meaning.
    pub async fn ship_definitions(&self, moment: Moment) -> Result<()> {
        let missing: Vec<_> =
            [self.unshipped::<Form>(moment).await?, self.unshipped::<Workflow>(moment).await?]
                .into_iter()
                .flatten()
                .collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.store
            .write::<_, Error>(async |tx| {
                for definition in &missing {
                    tx.ship(definition).await?;
                }
                Ok(())
            })
            .await?;
        // Another program may have been first.
        self.unshipped::<Form>(moment).await?;
        self.unshipped::<Workflow>(moment).await?;
        Ok(())
    }

    /// Those that ship and are not in the database yet.
    async fn unshipped<T: Kind>(&self, moment: Moment) -> Result<Vec<definition::Definition>> {
        let kept = self.store.read().editions(T::KIND, None).await?.into_iter();
        let kept: BTreeMap<(String, u32), String> =
            kept.map(|edition| ((edition.key, edition.version), edition.sha256)).collect();
        let mut missing = Vec::new();
        for (shipped, document) in T::shipped_all().iter().zip(T::documents()) {
            let Pinned { key, version } = shipped.pinned();
            let document = canonical_text(document)?;
            let sha256 = canonical::sha256(document.as_bytes());
            match kept.get(&(key.clone(), version)) {
                Some(known) if *known == sha256 => {}
                Some(known) => {
                    return Err(Error::Internal(anyhow::anyhow!(
                        "the database holds the {} `{key}` version {version} with other content ({known}) than this \
                         program ships ({sha256}); what is published never changes, because cases rely on it: run \
                         the version of the program that wrote it, or ship the change under a new version",
                        T::NOUN
                    )));
                }
                None => missing.push(definition::Definition {
                    id: clock::supply().fresh::<RevisionId>().uuid(),
                    organisation: None,
                    kind: T::KIND,
                    key,
                    version,
                    document,
                    published_at: moment.at,
                }),
            }
        }
        Ok(missing)
    }

    /// What this owner published under the key and version, from memory or from the store.
    async fn owned<T: Kind>(&self, owner: Option<OrganisationId>, pinned: &Pinned) -> Result<Option<Arc<T>>> {
        if let Some(kept) = self.kept(owner, pinned) {
            return Ok(Some(kept));
        }
        let Pinned { key, version } = pinned;
        let Some(found) = self.store.read().definition(T::KIND, key, *version, owner).await? else {
            return Ok(None);
        };
        let read = read(pinned, &found.document)?;
        Ok(Some(self.keep(owner, read)))
    }

    pub(super) fn kept<T: Kind>(&self, owner: Option<OrganisationId>, pinned: &Pinned) -> Option<Arc<T>> {
        let known = T::known(&self.shared.definitions).read().unwrap_or_else(PoisonError::into_inner);
        known.get(&(owner, pinned.clone())).cloned()
    }

    pub(super) fn keep<T: Kind>(&self, owner: Option<OrganisationId>, definition: T) -> Arc<T> {
        let mut known = T::known(&self.shared.definitions).write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|(owner, _), _| owner.is_none());
        }
        known.entry((owner, definition.pinned())).or_insert_with(|| Arc::new(definition)).clone()
    }
}

/// What was published under this key and version, of the document that is kept.
pub(super) fn read<T: Kind>(pinned: &Pinned, document: &str) -> Result<T> {
    let Pinned { key, version } = pinned;
    let read = T::read(document).map_err(|broken| {
        let message = format!("{} `{key}` version {version} cannot be read: {broken:?}", T::NOUN);
        Error::Internal(anyhow::anyhow!(message))
    })?;
    if read.pinned() != *pinned {
        let message = format!("{} `{key}` version {version} says it is another", T::NOUN);
        return Err(Error::Internal(anyhow::anyhow!(message)));
    }
    Ok(read)
}

/// What is wrong with a document, as what is wrong with the argument that brought it.
pub(super) fn below(at: &Path, broken: Vec<Violation>) -> Error {
    let below = |one: Violation| {
        let path = one.path.0.iter().fold(at.clone(), |path, segment| path.join(segment));
        Violation { path, ..one }
    };
    Error::Invalid(broken.into_iter().map(below).collect())
}

/// Whose definition a case of the organisation keeps under this key: nobody's when the program ships it.
fn owner<T: Kind>(organisation: OrganisationId, pinned: &Pinned) -> Option<OrganisationId> {
    (!T::is_reserved(&pinned.key)).then_some(organisation)
}

/// Whether anything may be published under this key; what may not be is not looked for.
pub(super) fn is_key(key: &str) -> bool {
    key.len() <= 60 && key.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The document in its one spelling.
pub(super) fn canonical_text(document: &str) -> Result<String> {
    let value: Value = serde_json::from_str(document).map_err(|error| Error::Internal(error.into()))?;
    String::from_utf8(canonical::bytes(&value)?).map_err(|error| Error::Internal(error.into()))
}
