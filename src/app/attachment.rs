//! Files kept with a case by their digest.

use std::collections::HashMap;

use serde_json::json;

use crate::{
    app::{
        App, Error, Result, case,
        command::{self, Command},
    },
    clock,
    domain::{
        calendar::Moment,
        canonical,
        event::{EventKind, Happening},
        evidence,
        id::{AssessmentId, AttachmentId},
        permission::{Action, Actor, permit},
        text::{self, Path, Violation},
        workflow::engine::Applied,
    },
    store::attachment::Attachment,
};

/// The kinds of file that are kept, by media type.
pub const MEDIA_TYPES: [&str; 8] = [
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text/csv",
    "text/plain",
    "image/png",
    "image/jpeg",
    "message/rfc822",
];

/// A file as its readers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentView {
    /// Its identifier.
    pub id: AttachmentId,
    /// The case it is kept with.
    pub assessment: AssessmentId,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

impl App {
    /// The most bytes a file may have.
    #[must_use]
    pub fn attachment_limit(&self) -> usize {
        self.shared.options.attachment_bytes
    }

    /// Keeps a file with a case that the actor may edit.
    pub async fn attach(
        &self,
        actor: &Actor,
        id: AssessmentId,
        name: &str,
        media_type: &str,
        bytes: Vec<u8>,
        moment: Moment,
    ) -> Result<AttachmentView> {
        text::line(name, 200, &Path::of(["name"]))?;
        if name.contains(['/', '\\', '"']) {
            let message = "A file name has no slashes and no quotes.";
            return Err(Violation::new("INVALID", message, Path::of(["name"])).into());
        }
        if !MEDIA_TYPES.contains(&media_type) {
            let message = format!("Files of these types are kept: {}.", MEDIA_TYPES.join(", "));
            return Err(Violation::new("UNSUPPORTED_TYPE", message, Path::of(["contentType"])).into());
        }
        if bytes.is_empty() || bytes.len() > self.shared.options.attachment_bytes {
            let message = format!("A file has 1 to {} bytes.", self.shared.options.attachment_bytes);
            return Err(Violation::new("TOO_LARGE", message, Path::of(["body"])).into());
        }
        let command = Command::new(actor, "attach", None, &(id, name), moment)?;
        let surroundings = self.surroundings(id, moment).await?;
        let mut supply = clock::supply();
        let kept = Attachment {
            id: supply.fresh(),
            assessment: id,
            organisation: surroundings.organisation.id,
            sha256: canonical::sha256(&bytes),
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            by: actor.person,
            at: moment.at,
        };
        self.store
            .write::<_, Error>(async |tx| {
                let case = tx.case(id).await?.ok_or(Error::NotFound)?;
                let before = surroundings.view(case, moment)?;
                permit(command.actor, Action::Edit, &before.case, before.head.phase)?;
                case::editable(&before, command.actor)?;
                let more = tx.read().attachments_of(&[id]).await?.len() + 1;
                text::bounded_list(more, &Path::of(["attachments"]))?;
                tx.attach(kept.clone(), bytes).await?;
                let mut case = before.case.clone();
                case.sign(actor.person);
                case.version += 1;
                case.updated_at = moment.at;
                let payload = json!({ "attachment": kept.id, "sha256": kept.sha256, "size": kept.size });
                let happenings = vec![Happening::case(EventKind::AttachmentAdded, payload)];
                let applied = Applied { case, happenings, record: None };
                let by = Some(actor.person);
                Box::pin(command::commit(tx, &surroundings, &before, applied, by, moment, &mut supply))
                    .await?;
                Ok(())
            })
            .await?;
        Ok(view(kept))
    }

    /// A file with its bytes, when the actor may read its case.
    pub async fn attachment(
        &self,
        actor: &Actor,
        id: AttachmentId,
    ) -> Result<Option<(AttachmentView, Vec<u8>)>> {
        let Some(kept) = self.store.read().attachment(id).await? else { return Ok(None) };
        // By the case itself: what lists ask of it is derived, and could have been forged.
        if !self.views(actor, &[kept.assessment]).await?.contains_key(&kept.assessment) {
            return Ok(None);
        }
        let bytes = self.store.read().blob(&kept.sha256).await?;
        let bytes = bytes.filter(|bytes| canonical::sha256(bytes) == kept.sha256);
        let bytes = bytes
            .ok_or_else(|| Error::Internal(anyhow::anyhow!("the bytes of {id} are missing or changed")))?;
        Ok(Some((view(kept), bytes)))
    }

    /// What is kept of a file, without its bytes, of a case the actor may read.
    pub async fn find_attachment(&self, actor: &Actor, id: AttachmentId) -> Result<Option<AttachmentView>> {
        let Some(kept) = self.store.read().attachment(id).await? else { return Ok(None) };
        let readable = self.summaries(actor, &[kept.assessment]).await?.contains_key(&kept.assessment);
        Ok(readable.then(|| view(kept)))
    }

    /// The files kept with those of the cases that the actor may read.
    pub async fn attachments(
        &self,
        actor: &Actor,
        ids: &[AssessmentId],
    ) -> Result<HashMap<AssessmentId, Vec<AttachmentView>>> {
        let readable: Vec<AssessmentId> = self.summaries(actor, ids).await?.into_keys().collect();
        let mut files: HashMap<_, Vec<_>> = readable.iter().map(|id| (*id, Vec::new())).collect();
        for kept in self.store.read().attachments_of(&readable).await? {
            files.entry(kept.assessment).or_default().push(view(kept));
        }
        Ok(files)
    }
}

/// A file as records cite it.
pub(super) fn cited(kept: Attachment) -> evidence::Attachment {
    evidence::Attachment {
        id: kept.id,
        name: kept.name,
        media_type: kept.media_type,
        size: kept.size,
        sha256: kept.sha256,
    }
}

fn view(kept: Attachment) -> AttachmentView {
    AttachmentView {
        id: kept.id,
        assessment: kept.assessment,
        name: kept.name,
        media_type: kept.media_type,
        size: kept.size,
        sha256: kept.sha256,
    }
}
