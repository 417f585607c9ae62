//! What surrounds a case: its organisation's settings and groups.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use crate::{
    app::{App, Result},
    domain::organisation::Organisation,
    domain::{assessment, canonical, group::Catalogue, id::OrganisationId, settings::Settings},
};

/// The settings of an organisation and the groups it considers.
#[derive(Debug)]
pub struct Frame {
    /// Its settings.
    pub settings: Settings,
    /// Shipped groups and its own.
    pub groups: Catalogue,
}

impl Frame {
    /// What content is checked against.
    #[must_use]
    pub fn content(&self) -> assessment::Frame<'_> {
        assessment::Frame { groups: &self.groups, scale: &self.settings.scale }
    }

    pub(super) fn of(settings: &Settings) -> Result<Self> {
        let groups = Catalogue::extended(&settings.groups)?;
        Ok(Self { settings: settings.clone(), groups })
    }
}

/// Frames by organisation, each with the digest of the settings it was made from.
#[derive(Default)]
pub(super) struct Frames(RwLock<HashMap<OrganisationId, (String, Arc<Frame>)>>);

impl App {
    /// The frame of an organisation, made anew when its settings changed.
    pub(super) fn frame(&self, organisation: &Organisation) -> Result<Arc<Frame>> {
        let digest = canonical::sha256(&canonical::bytes(&organisation.settings)?);
        let frames = &self.shared.frames.0;
        let known = frames.read().unwrap_or_else(PoisonError::into_inner).get(&organisation.id).cloned();
        if let Some((_, frame)) = known.filter(|(of, _)| *of == digest) {
            return Ok(frame);
        }
        let frame = Arc::new(Frame::of(&organisation.settings)?);
        let mut frames = frames.write().unwrap_or_else(PoisonError::into_inner);
        frames.insert(organisation.id, (digest, frame.clone()));
        Ok(frame)
    }
}
