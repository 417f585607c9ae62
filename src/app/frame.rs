//! What surrounds a case: its organisation's settings, groups and rules.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use crate::{
    app::{App, Error, Result},
    domain::{
        assessment,
        canonical::Spelt,
        case::Pinned,
        check::{self, OwnRule},
        group::Catalogue,
        id::OrganisationId,
        organisation::Organisation,
    },
    store,
};

/// An organisation, the groups it considers and the rules of its own.
#[derive(Debug)]
pub struct Frame {
    /// The organisation, with its settings.
    pub organisation: Arc<Organisation>,
    /// Shipped groups and its own.
    pub groups: Catalogue,
    /// The rules of its own that are in force.
    pub rules: Vec<Arc<OwnRule>>,
    /// The rule book and those, as records keep them.
    pub(super) versions: Spelt,
}

impl Frame {
    /// What content is checked against.
    #[must_use]
    pub fn content(&self) -> assessment::Frame<'_> {
        assessment::Frame { groups: &self.groups, scale: &self.organisation.settings.scale }
    }

    pub(super) fn of(organisation: &Organisation, rules: Vec<Arc<OwnRule>>) -> Result<Self> {
        let groups = Catalogue::extended(&organisation.settings.groups)?;
        let versions = if rules.is_empty() {
            check::spelt()?.clone()
        } else {
            Spelt::of(&check::own::versions(&rules))?
        };
        Ok(Self { organisation: Arc::new(organisation.clone()), groups, rules, versions })
    }
}

/// Frames by organisation.
#[derive(Default)]
pub(super) struct Frames(RwLock<HashMap<OrganisationId, Arc<Frame>>>);

impl App {
    /// The frame of an organisation, made anew when it changed.
    pub(super) async fn frame(&self, organisation: &Organisation) -> Result<Arc<Frame>> {
        let frames = &self.shared.frames.0;
        let known = frames.read().unwrap_or_else(PoisonError::into_inner).get(&organisation.id).cloned();
        if let Some(frame) = known.filter(|frame| *frame.organisation == *organisation) {
            return Ok(frame);
        }
        let mut rules = Vec::with_capacity(organisation.settings.rules.len());
        for rule in &organisation.settings.rules {
            rules.push(self.rule_in_force(organisation, rule).await?);
        }
        let frame = Arc::new(Frame::of(organisation, rules)?);
        let mut frames = frames.write().unwrap_or_else(PoisonError::into_inner);
        frames.insert(organisation.id, frame.clone());
        Ok(frame)
    }

    /// The rules of its own that are in force for an organisation.
    pub async fn rules_in_force(&self, organisation: &Organisation) -> Result<Vec<Arc<OwnRule>>> {
        Ok(self.frame(organisation).await?.rules.clone())
    }

    /// A rule that the settings name. One that cannot be read is told with the cases, and breaks none of them.
    async fn rule_in_force(&self, organisation: &Organisation, rule: &Pinned) -> Result<Arc<OwnRule>> {
        match self.find_pinned(organisation.id, rule).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Ok(Arc::new(OwnRule::unreadable(rule, "it is not published"))),
            Err(Error::Internal(error)) if is_damaged(&error) => {
                tracing::error!(
                    "the rule {} version {} of {} cannot be read: {error:#}",
                    rule.key,
                    rule.version,
                    organisation.ods_code
                );
                Ok(Arc::new(OwnRule::unreadable(rule, "its document cannot be read")))
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether what is kept cannot be read, rather than the database.
fn is_damaged(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<store::Error>() {
        Some(store::Error::Corrupt { .. }) | None => true,
        Some(_) => false,
    }
}
