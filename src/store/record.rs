//! What is frozen for ever: revisions, and what was before panel and body.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::OnConflict};
use serde_json::json;

use super::{Error, Reader, Result, Tx, codec, row, tx::Owed};
use crate::domain::{
    assessment::Content,
    canonical,
    case::Case,
    event::EventKind,
    id::{AssessmentId, DecisionId, Identifier, OrganisationId, OutcomeId, RevisionId, Supply},
    words,
};

words! {
    /// Whose decision a record froze.
    RecordKind {
        /// The panel's.
        Outcome = "OUTCOME",
        /// The body's.
        Decision = "DECISION",
    }
}

/// What a record was kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// What the panel concluded.
    Outcome(OutcomeId),
    /// What the body decided.
    Decision(DecisionId),
}

/// A frozen revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// Its identifier.
    pub id: RevisionId,
    /// The case.
    pub assessment: AssessmentId,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its number.
    pub number: u32,
    /// What it said.
    pub content: Content,
    /// SHA-256 of the content's canonical bytes.
    pub sha256: String,
    /// When it was frozen.
    pub frozen_at: DateTime<Utc>,
}

/// A decision record: the canonical bytes exactly as they were hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// SHA-256 of `bytes`.
    pub sha256: String,
    /// The case.
    pub assessment: AssessmentId,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Whose decision it froze.
    pub kind: RecordKind,
    /// Canonical JSON.
    pub bytes: Vec<u8>,
    /// When it was kept.
    pub at: DateTime<Utc>,
}

impl Tx {
    /// Freezes the content of a saved case as its revision and returns the digest of its canonical bytes. Doing
    /// it again changes nothing. The caller sets [`Case::frozen`] and saves; the event `REVISION_FROZEN` is
    /// recorded with the next [`Tx::record`] of the case.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the revision was frozen with other content.
    pub async fn freeze(&mut self, case: &Case, at: DateTime<Utc>, supply: &mut Supply) -> Result<String> {
        use row::revision::{Column, Entity};
        let content = canonical::bytes(&case.content)?;
        let sha256 = canonical::sha256(&content);
        let packed = codec::pack(&content)?;
        let revision = row::revision::Model {
            id: supply.fresh::<RevisionId>().uuid(),
            assessment_id: case.id.uuid(),
            organisation_id: case.organisation.uuid(),
            number: case.revision.into(),
            stored_sha256: canonical::sha256(&packed),
            content: packed,
            sha256: sha256.clone(),
            frozen_at: codec::instant(at),
        };
        let owed = Owed {
            stream: case.id.uuid(),
            kind: EventKind::RevisionFrozen,
            citation: cite_revision(&revision),
        };
        let kept = Entity::insert(revision.into_active_model())
            .on_conflict(OnConflict::columns([Column::AssessmentId, Column::Number]).do_nothing().to_owned())
            .exec_without_returning(&self.connection)
            .await?;
        if kept == 1 {
            self.owed.push(owed);
            return Ok(sha256);
        }
        match self.read().revision(case.id, case.revision).await? {
            Some(frozen) if frozen.sha256 == sha256 => Ok(sha256),
            _ => Err(Error::Conflict),
        }
    }

    /// Keeps what was before panel or body: `bytes` are canonical JSON. Returns their digest, which the event
    /// `OUTCOME_RECORDED` or `DECISION_RECORDED` of the next [`Tx::record`] of the case cites.
    pub async fn keep_record(
        &mut self,
        case: &Case,
        subject: Subject,
        bytes: Vec<u8>,
        at: DateTime<Utc>,
    ) -> Result<String> {
        let (kind, subject, event) = match subject {
            Subject::Outcome(id) => (RecordKind::Outcome, id.uuid(), EventKind::OutcomeRecorded),
            Subject::Decision(id) => (RecordKind::Decision, id.uuid(), EventKind::DecisionRecorded),
        };
        let sha256 = canonical::sha256(&bytes);
        let record = row::decision_record::Model {
            sha256: sha256.clone(),
            assessment_id: case.id.uuid(),
            organisation_id: case.organisation.uuid(),
            kind: kind.to_sql(),
            subject_id: subject,
            bytes,
            at: codec::instant(at),
        };
        self.owed.push(Owed { stream: case.id.uuid(), kind: event, citation: cite_record(&record) });
        row::decision_record::Entity::insert(record.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(sha256)
    }
}

impl Reader<'_> {
    /// The frozen revision with this number; `None` when it is not frozen.
    pub async fn revision(&self, assessment: AssessmentId, number: u32) -> Result<Option<Revision>> {
        let found = row::revision::Entity::find()
            .filter(row::revision::Column::AssessmentId.eq(assessment.uuid()))
            .filter(row::revision::Column::Number.eq(i64::from(number)))
            .one(&self.connection)
            .await?;
        found.map(read).transpose()
    }

    /// The revision that was the last one frozen at this instant.
    pub async fn revision_at(&self, assessment: AssessmentId, at: DateTime<Utc>) -> Result<Option<Revision>> {
        let found = row::revision::Entity::find()
            .filter(row::revision::Column::AssessmentId.eq(assessment.uuid()))
            .filter(row::revision::Column::FrozenAt.lte(codec::instant(at)))
            .order_by_desc(row::revision::Column::Number)
            .one(&self.connection)
            .await?;
        found.map(read).transpose()
    }

    /// The revision that was the first one frozen after this instant.
    pub async fn revision_after(
        &self,
        assessment: AssessmentId,
        at: DateTime<Utc>,
    ) -> Result<Option<Revision>> {
        let found = row::revision::Entity::find()
            .filter(row::revision::Column::AssessmentId.eq(assessment.uuid()))
            .filter(row::revision::Column::FrozenAt.gt(codec::instant(at)))
            .order_by_asc(row::revision::Column::Number)
            .one(&self.connection)
            .await?;
        found.map(read).transpose()
    }

    /// All frozen revisions of these cases, in order: each read, or why it cannot be.
    pub async fn revisions_of(
        &self,
        assessments: &[AssessmentId],
    ) -> Result<Vec<(AssessmentId, Result<Revision>)>> {
        use row::revision::Column;
        let found = row::revision::Entity::find()
            .filter(Column::AssessmentId.is_in(assessments.iter().map(|id| id.uuid())))
            .order_by_asc(Column::AssessmentId)
            .order_by_asc(Column::Number)
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(|row| (AssessmentId::from(row.assessment_id), read(row))).collect())
    }

    /// The frozen revision with this identifier.
    pub async fn revision_by_id(&self, id: RevisionId) -> Result<Option<Revision>> {
        let found = row::revision::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// The decision record with this digest, verified.
    pub async fn record(&self, sha256: &str) -> Result<Option<Record>> {
        let found = row::decision_record::Entity::find_by_id(sha256.to_owned()).one(&self.connection).await?;
        let Some(row) = found else { return Ok(None) };
        if canonical::sha256(&row.bytes) != row.sha256 {
            return Err(Error::corrupt(
                "decision_record",
                sha256,
                "the bytes are not those that were hashed",
            ));
        }
        Ok(Some(Record {
            assessment: row.assessment_id.into(),
            organisation: row.organisation_id.into(),
            kind: codec::word!(RecordKind, "decision_record", sha256, &row.kind)?,
            bytes: row.bytes,
            at: row.at,
            sha256: row.sha256,
        }))
    }
}

/// The revision of a row, verified before it is parsed.
pub(super) fn read(row: row::revision::Model) -> Result<Revision> {
    let corrupt = |reason: &str| Error::corrupt("revision", row.id, reason);
    let content = codec::unpack(&row.content).ok_or_else(|| corrupt("the content cannot be unpacked"))?;
    if canonical::sha256(&content) != row.sha256 {
        return Err(corrupt("the content is not the one that was frozen"));
    }
    Ok(Revision {
        id: row.id.into(),
        assessment: row.assessment_id.into(),
        organisation: row.organisation_id.into(),
        number: codec::count("revision", row.id, row.number)?,
        content: codec::document("revision", row.id, &content)?,
        sha256: row.sha256,
        frozen_at: row.frozen_at,
    })
}

/// What the chain says of a revision: every column but the content, which its digests stand for.
pub(crate) fn cite_revision(row: &row::revision::Model) -> serde_json::Value {
    json!({
        "noun": "revision",
        "id": row.id,
        "assessment": row.assessment_id,
        "organisation": row.organisation_id,
        "number": row.number,
        "sha256": row.sha256,
        "storedSha256": row.stored_sha256,
        "at": row.frozen_at,
    })
}

/// What the chain says of a decision record: every column but the bytes, which their digest stands for.
pub(crate) fn cite_record(row: &row::decision_record::Model) -> serde_json::Value {
    json!({
        "noun": "record",
        "kind": row.kind,
        "assessment": row.assessment_id,
        "organisation": row.organisation_id,
        "subject": row.subject_id,
        "sha256": row.sha256,
        "at": row.at,
    })
}
