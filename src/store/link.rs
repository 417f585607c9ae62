//! Links that were mailed to people without an account. Only the digest of what a link carries is kept.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};

use super::{Reader, Result, Tx, codec, row};
use crate::domain::{
    id::{AssessmentId, ConditionId, ContactId, Identifier, OrganisationId},
    workflow::condition::LinkAct,
};

/// What a link is for, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The organisation whose case it is.
    pub organisation: OrganisationId,
    /// The case.
    pub assessment: AssessmentId,
    /// The condition.
    pub condition: ConditionId,
    /// Whom it was mailed to.
    pub contact: ContactId,
    /// The one thing it lets them do.
    pub act: LinkAct,
    /// When it was mailed.
    pub created_at: DateTime<Utc>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

impl Tx {
    /// Adds a link; the digest is of the token that it carries.
    pub async fn add_link(&mut self, link: &Link, token_sha256: &str) -> Result<()> {
        let row = row::condition_link::Model {
            token_sha256: token_sha256.into(),
            organisation_id: link.organisation.uuid(),
            assessment_id: link.assessment.uuid(),
            condition_id: link.condition.uuid(),
            contact_id: link.contact.uuid(),
            act: link.act.to_sql(),
            created_at: codec::instant(link.created_at),
            expires_at: codec::instant(link.expires_at),
            used_at: None,
        };
        row::condition_link::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Uses a link up, and with it whatever else was mailed to the same person for the same. `false` when it was used
    /// already or has expired.
    pub async fn use_link(&mut self, link: &Link, token_sha256: &str, at: DateTime<Utc>) -> Result<bool> {
        use row::condition_link::{Column, Entity};
        let at = codec::instant(at);
        let used = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(at))
            .filter(Column::TokenSha256.eq(token_sha256))
            .filter(Column::UsedAt.is_null())
            .filter(Column::ExpiresAt.gt(at))
            .exec(&self.connection)
            .await?;
        Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(at))
            .filter(Column::ContactId.eq(link.contact.uuid()))
            .filter(Column::ConditionId.eq(link.condition.uuid()))
            .filter(Column::Act.eq(link.act.to_sql()))
            .filter(Column::UsedAt.is_null())
            .exec(&self.connection)
            .await?;
        Ok(used.rows_affected == 1)
    }
}

impl Reader<'_> {
    /// The link whose token has this digest, unless it was used or has expired.
    pub async fn link(&self, token_sha256: &str, at: DateTime<Utc>) -> Result<Option<Link>> {
        use row::condition_link::{Column, Entity};
        let found = Entity::find_by_id(token_sha256.to_owned())
            .filter(Column::UsedAt.is_null())
            .filter(Column::ExpiresAt.gt(codec::instant(at)))
            .one(&self.connection)
            .await?;
        let read = |row: row::condition_link::Model| {
            Ok(Link {
                organisation: row.organisation_id.into(),
                assessment: row.assessment_id.into(),
                condition: row.condition_id.into(),
                contact: row.contact_id.into(),
                act: codec::word!(LinkAct, "condition_link", row.assessment_id, &row.act)?,
                created_at: row.created_at,
                expires_at: row.expires_at,
            })
        };
        found.map(read).transpose()
    }
}
