//! What surrounds a case: its organisation's settings and groups, and the definitions it began with.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use crate::{
    app::{App, Error, Result},
    domain::organisation::Organisation,
    domain::{
        assessment, case::Pinned, form::Form, group::Catalogue, id::OrganisationId,
        workflow::definition::Workflow,
    },
    store::definition::DefinitionKind,
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

/// A form or workflow as a document by key and version.
pub(super) struct Definitions {
    forms: RwLock<HashMap<Pinned, Arc<Form>>>,
    workflows: RwLock<HashMap<Pinned, Arc<Workflow>>>,
}

impl Definitions {
    pub(super) fn shipped() -> Self {
        let forms = Form::shipped_all().iter().map(|form| {
            (Pinned { key: form.key.clone(), version: form.version }, Arc::new(Form::clone(form)))
        });
        let workflows = Workflow::shipped_all().iter().map(|workflow| {
            (
                Pinned { key: workflow.key.clone(), version: workflow.version },
                Arc::new(Workflow::clone(workflow)),
            )
        });
        Self { forms: RwLock::new(forms.collect()), workflows: RwLock::new(workflows.collect()) }
    }

    pub(super) fn form(&self, key: &str, version: Option<u32>) -> Option<Arc<Form>> {
        newest(&self.forms, key, version)
    }

    pub(super) fn workflow(&self, key: &str, version: Option<u32>) -> Option<Arc<Workflow>> {
        newest(&self.workflows, key, version)
    }
}

fn newest<T>(of: &RwLock<HashMap<Pinned, Arc<T>>>, key: &str, version: Option<u32>) -> Option<Arc<T>> {
    let known = of.read().unwrap_or_else(PoisonError::into_inner);
    known
        .iter()
        .filter(|(pinned, _)| pinned.key == key && version.is_none_or(|version| version == pinned.version))
        .max_by_key(|(pinned, _)| pinned.version)
        .map(|(_, definition)| definition.clone())
}

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

    /// The form a case began with.
    pub(super) async fn pinned_form(&self, pinned: &Pinned) -> Result<Arc<Form>> {
        if let Some(form) = self.form(&pinned.key, Some(pinned.version)) {
            return Ok(form);
        }
        let document = self.definition(DefinitionKind::Form, pinned).await?;
        let form = Arc::new(Form::parse(&document).map_err(Error::Invalid)?);
        let mut forms = self.shared.definitions.forms.write().unwrap_or_else(PoisonError::into_inner);
        forms.insert(pinned.clone(), form.clone());
        Ok(form)
    }

    /// The workflow a case began with.
    pub(super) async fn pinned_workflow(&self, pinned: &Pinned) -> Result<Arc<Workflow>> {
        if let Some(workflow) = self.workflow(&pinned.key, Some(pinned.version)) {
            return Ok(workflow);
        }
        let document = self.definition(DefinitionKind::Workflow, pinned).await?;
        let workflow = Workflow::parse(&document).map_err(|broken| {
            Error::Internal(anyhow::anyhow!("a published workflow breaks laws: {broken:?}"))
        })?;
        let workflow = Arc::new(workflow);
        let mut known = self.shared.definitions.workflows.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(pinned.clone(), workflow.clone());
        Ok(workflow)
    }

    async fn definition(&self, kind: DefinitionKind, pinned: &Pinned) -> Result<String> {
        let found = self.store.read().definition(kind, &pinned.key, pinned.version, None).await?;
        found.map(|definition| definition.document).ok_or_else(|| {
            Error::Internal(anyhow::anyhow!(
                "{} version {} is not published here",
                pinned.key,
                pinned.version
            ))
        })
    }
}
