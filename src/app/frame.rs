//! What surrounds a case: its organisation's settings and groups.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use crate::{
    app::{App, Result},
    domain::organisation::Organisation,
    domain::{assessment, group::Catalogue, id::OrganisationId},
};

/// An organisation and the groups it considers.
#[derive(Debug)]
pub struct Frame {
    /// The organisation, with its settings.
    pub organisation: Organisation,
    /// Shipped groups and its own.
    pub groups: Catalogue,
}

impl Frame {
    /// What content is checked against.
    #[must_use]
    pub fn content(&self) -> assessment::Frame<'_> {
        assessment::Frame { groups: &self.groups, scale: &self.organisation.settings.scale }
    }

    pub(super) fn of(organisation: &Organisation) -> Result<Self> {
        let groups = Catalogue::extended(&organisation.settings.groups)?;
        Ok(Self { organisation: organisation.clone(), groups })
    }
}

/// Frames by organisation.
#[derive(Default)]
pub(super) struct Frames(RwLock<HashMap<OrganisationId, Arc<Frame>>>);

impl App {
    /// The frame of an organisation, made anew when it changed.
    pub(super) fn frame(&self, organisation: &Organisation) -> Result<Arc<Frame>> {
        let frames = &self.shared.frames.0;
        let known = frames.read().unwrap_or_else(PoisonError::into_inner).get(&organisation.id).cloned();
        if let Some(frame) = known.filter(|frame| frame.organisation == *organisation) {
            return Ok(frame);
        }
        let frame = Arc::new(Frame::of(organisation)?);
        let mut frames = frames.write().unwrap_or_else(PoisonError::into_inner);
        frames.insert(organisation.id, frame.clone());
        Ok(frame)
    }
}
