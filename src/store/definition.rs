//! Published definitions: forms, workflows and the like. Immutable once published.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{Error, Reader, Result, Tx, codec, row};
use crate::domain::{
    canonical,
    id::{Identifier, OrganisationId},
    words,
};

words! {
    /// What a definition defines.
    DefinitionKind {
        /// A form.
        Form = "FORM",
        /// A workflow.
        Workflow = "WORKFLOW",
        /// Groups of people.
        Groups = "GROUPS",
        /// A scale of ratings.
        Scale = "SCALE",
        /// A rule.
        Rule = "RULE",
    }
}

/// A published definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its identifier.
    pub id: Uuid,
    /// Whose it is; `None` for one that the program ships.
    pub organisation: Option<OrganisationId>,
    /// What it defines.
    pub kind: DefinitionKind,
    /// Its key.
    pub key: String,
    /// Its version, from 1.
    pub version: u32,
    /// The document as it was published.
    pub document: String,
    /// When it was published.
    pub published_at: DateTime<Utc>,
}

impl Tx {
    /// Publishes a definition.
    ///
    /// # Errors
    /// [`Error::Unique`] `unique_definition_owner_kind_key_version` when the version is published.
    pub async fn publish(&mut self, definition: &Definition) -> Result<()> {
        let at = codec::instant(definition.published_at);
        let row = row::definition::Model {
            id: definition.id,
            organisation_id: definition.organisation.map(Identifier::uuid),
            owner: definition.organisation.map(|id| id.to_string()).unwrap_or_default(),
            kind: definition.kind.to_sql(),
            key: definition.key.clone(),
            version: definition.version.into(),
            document: definition.document.clone(),
            sha256: canonical::sha256(definition.document.as_bytes()),
            published_at: at,
            created_at: at,
        };
        row::definition::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The definition with this key and version: the organisation's own, else the shipped one.
    pub async fn definition(
        &self,
        kind: DefinitionKind,
        key: &str,
        version: u32,
        organisation: Option<OrganisationId>,
    ) -> Result<Option<Definition>> {
        use row::definition::{Column, Entity};
        let found = Entity::find()
            .filter(Column::Kind.eq(kind.to_sql()))
            .filter(Column::Key.eq(key))
            .filter(Column::Version.eq(i64::from(version)))
            .filter(Column::Owner.is_in(owners(organisation)))
            // The organisation's own has an owner, the shipped one none.
            .order_by_desc(Column::Owner)
            .one(&self.connection)
            .await?;
        found.map(read).transpose()
    }

    /// The newest version of a key: the organisation's own, else the shipped one.
    pub async fn newest_definition(
        &self,
        kind: DefinitionKind,
        key: &str,
        organisation: Option<OrganisationId>,
    ) -> Result<Option<Definition>> {
        use row::definition::{Column, Entity};
        let found = Entity::find()
            .filter(Column::Kind.eq(kind.to_sql()))
            .filter(Column::Key.eq(key))
            .filter(Column::Owner.is_in(owners(organisation)))
            .order_by_desc(Column::Owner)
            .order_by_desc(Column::Version)
            .one(&self.connection)
            .await?;
        found.map(read).transpose()
    }

    /// Every definition of a kind, by key and version.
    pub async fn definitions(&self, kind: DefinitionKind) -> Result<Vec<Definition>> {
        use row::definition::{Column, Entity};
        let found = Entity::find()
            .filter(Column::Kind.eq(kind.to_sql()))
            .order_by_asc(Column::Key)
            .order_by_asc(Column::Version)
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }
}

fn owners(organisation: Option<OrganisationId>) -> Vec<String> {
    organisation.map(|id| id.to_string()).into_iter().chain([String::new()]).collect()
}

/// The definition of a row, verified.
fn read(row: row::definition::Model) -> Result<Definition> {
    if canonical::sha256(row.document.as_bytes()) != row.sha256 {
        return Err(Error::corrupt("definition", row.id, "the document is not the one that was published"));
    }
    Ok(Definition {
        id: row.id,
        organisation: row.organisation_id.map(OrganisationId::from),
        kind: codec::word!(DefinitionKind, "definition", row.id, &row.kind)?,
        version: codec::count("definition", row.id, row.version)?,
        key: row.key,
        document: row.document,
        published_at: row.published_at,
    })
}
