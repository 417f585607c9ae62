//! Files kept with cases: their bytes once, by digest.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::OnConflict};
use serde_json::json;

use super::{Error, Reader, Result, Tx, codec, row, tx::Owed};
use crate::domain::{
    canonical,
    event::EventKind,
    id::{AssessmentId, AttachmentId, Identifier, OrganisationId, PersonId},
};

/// A file kept with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its identifier.
    pub id: AttachmentId,
    /// The organisation of the case.
    pub organisation: OrganisationId,
    /// The case.
    pub assessment: AssessmentId,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// How many bytes it has.
    pub size: u64,
    /// Who brought it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

impl Tx {
    /// Keeps a file with a case; `sha256` and `size` are taken from the bytes. The event `ATTACHMENT_ADDED` of
    /// the next [`Tx::record`] of the case cites it.
    pub async fn attach(&mut self, attachment: Attachment, bytes: Vec<u8>) -> Result<Attachment> {
        let at = codec::instant(attachment.at);
        let sha256 = canonical::sha256(&bytes);
        let size =
            i64::try_from(bytes.len()).map_err(|_| Error::Unavailable("The file is too large.".into()))?;
        let blob = row::blob::Model { sha256: sha256.clone(), bytes, size, created_at: at };
        row::blob::Entity::insert(blob.into_active_model())
            .on_conflict(OnConflict::column(row::blob::Column::Sha256).do_nothing().to_owned())
            .exec_without_returning(&self.connection)
            .await?;
        let row = row::attachment::Model {
            id: attachment.id.uuid(),
            organisation_id: attachment.organisation.uuid(),
            assessment_id: attachment.assessment.uuid(),
            sha256,
            name: attachment.name,
            media_type: attachment.media_type,
            size,
            by: attachment.by.uuid(),
            at,
        };
        self.owed.push(Owed {
            stream: attachment.assessment.uuid(),
            kind: EventKind::AttachmentAdded,
            citation: cite_attachment(&row),
        });
        let kept = read(row.clone())?;
        row::attachment::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(kept)
    }
}

impl Reader<'_> {
    /// The attachment, without its bytes.
    pub async fn attachment(&self, id: AttachmentId) -> Result<Option<Attachment>> {
        let found = row::attachment::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// The attachments with these identifiers, in no order.
    pub async fn attachments(&self, ids: &[AttachmentId]) -> Result<Vec<Attachment>> {
        let found = row::attachment::Entity::find()
            .filter(row::attachment::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// The attachments of these cases, the oldest first.
    pub async fn attachments_of(&self, assessments: &[AssessmentId]) -> Result<Vec<Attachment>> {
        use row::attachment::{Column, Entity};
        let found = Entity::find()
            .filter(Column::AssessmentId.is_in(assessments.iter().map(|id| id.uuid())))
            .order_by_asc(Column::At)
            .order_by_asc(Column::Id)
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// The bytes with this digest, verified.
    pub async fn blob(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        let found = row::blob::Entity::find_by_id(sha256.to_owned()).one(&self.connection).await?;
        let Some(blob) = found else { return Ok(None) };
        if canonical::sha256(&blob.bytes) != blob.sha256 {
            return Err(Error::corrupt("blob", sha256, "the bytes are not those that were kept"));
        }
        Ok(Some(blob.bytes))
    }
}

fn read(row: row::attachment::Model) -> Result<Attachment> {
    Ok(Attachment {
        id: row.id.into(),
        organisation: row.organisation_id.into(),
        assessment: row.assessment_id.into(),
        size: u64::try_from(row.size)
            .map_err(|_| Error::corrupt("attachment", row.id, "the size is negative"))?,
        sha256: row.sha256,
        name: row.name,
        media_type: row.media_type,
        by: row.by.into(),
        at: row.at,
    })
}

/// What the chain says of an attachment. The name, which people typed, only by its digest.
pub(crate) fn cite_attachment(row: &row::attachment::Model) -> serde_json::Value {
    json!({
        "noun": "attachment",
        "id": row.id,
        "assessment": row.assessment_id,
        "organisation": row.organisation_id,
        "sha256": row.sha256,
        "nameSha256": canonical::sha256(row.name.as_bytes()),
        "mediaType": row.media_type,
        "size": row.size,
        "by": row.by,
        "at": row.at,
    })
}
