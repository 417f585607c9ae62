//! Published definitions: forms, workflows and the like. Immutable once published.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Error, Reader, Result, Tx, codec, row, tx::Owed};
use crate::domain::{
    canonical,
    case::Pinned,
    event::EventKind,
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

/// A published definition without its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// What it defines.
    pub kind: DefinitionKind,
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its document.
    pub sha256: String,
    /// When it was published.
    pub published_at: DateTime<Utc>,
}

impl Tx {
    /// Publishes a definition. One of an organisation is cited by the event `DEFINITION_PUBLISHED` of the next
    /// [`Tx::record`] in the organisation's chain.
    ///
    /// # Errors
    /// [`Error::Unique`] `unique_definition_owner_kind_key_version` when the version is published.
    pub async fn publish(&mut self, definition: &Definition) -> Result<()> {
        let row = row_of(definition);
        if let Some(organisation) = definition.organisation {
            let citation = cite_definition(&row);
            let kind = EventKind::DefinitionPublished;
            self.owed.push(Owed { stream: organisation.uuid(), kind, citation });
        }
        row::definition::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Keeps a definition that the program ships; one that is there stays as it is.
    pub async fn ship(&mut self, definition: &Definition) -> Result<()> {
        use row::definition::{Column, Entity};
        let unique = [Column::Owner, Column::Kind, Column::Key, Column::Version];
        Entity::insert(row_of(definition).into_active_model())
            .on_conflict(OnConflict::columns(unique).do_nothing().to_owned())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The definition of this owner with this key and version.
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
            .filter(Column::Owner.eq(owner(organisation)))
            .one(&self.connection)
            .await?;
        found.map(read).transpose()
    }

    /// The definitions of an organisation under these keys and versions, in no order; each alone may be unreadable.
    pub async fn definitions(
        &self,
        kind: DefinitionKind,
        organisation: OrganisationId,
        wanted: &[Pinned],
    ) -> Result<Vec<(Pinned, Result<Definition>)>> {
        use row::definition::{Column, Entity};
        let each = wanted.iter().map(|one| {
            Condition::all().add(Column::Key.eq(&one.key)).add(Column::Version.eq(i64::from(one.version)))
        });
        let found = Entity::find()
            .filter(Column::Kind.eq(kind.to_sql()))
            .filter(Column::Owner.eq(owner(Some(organisation))))
            .filter(each.fold(Condition::any(), Condition::add))
            .all(&self.connection)
            .await?;
        let named = found.into_iter().filter_map(|row| {
            let version = u32::try_from(row.version).ok()?;
            Some((Pinned { key: row.key.clone(), version }, read(row)))
        });
        Ok(named.collect())
    }

    /// The newest version that this owner published under a key.
    pub async fn newest_version(
        &self,
        kind: DefinitionKind,
        key: &str,
        organisation: Option<OrganisationId>,
    ) -> Result<Option<u32>> {
        use row::definition::{Column, Entity};
        let newest: Option<Option<i64>> = Entity::find()
            .select_only()
            .column_as(Expr::col(Column::Version).max(), "newest")
            .filter(Column::Kind.eq(kind.to_sql()))
            .filter(Column::Key.eq(key))
            .filter(Column::Owner.eq(owner(organisation)))
            .into_tuple()
            .one(&self.connection)
            .await?;
        newest.flatten().map(|version| codec::count("definition", key, version)).transpose()
    }

    /// What this owner published of a kind, by key and version, without the documents.
    pub async fn editions(
        &self,
        kind: DefinitionKind,
        organisation: Option<OrganisationId>,
    ) -> Result<Vec<Edition>> {
        use row::definition::{Column, Entity};
        let found: Vec<(String, i64, String, DateTime<Utc>)> = Entity::find()
            .select_only()
            .columns([Column::Key, Column::Version, Column::Sha256, Column::PublishedAt])
            .filter(Column::Kind.eq(kind.to_sql()))
            .filter(Column::Owner.eq(owner(organisation)))
            .order_by_asc(Column::Key)
            .order_by_asc(Column::Version)
            .into_tuple()
            .all(&self.connection)
            .await?;
        let editions = found.into_iter().map(|(key, version, sha256, published_at)| {
            let version = codec::count("definition", &key, version)?;
            Ok(Edition { kind, key, version, sha256, published_at })
        });
        editions.collect()
    }
}

fn owner(organisation: Option<OrganisationId>) -> String {
    organisation.map(|id| id.to_string()).unwrap_or_default()
}

fn row_of(definition: &Definition) -> row::definition::Model {
    let at = codec::instant(definition.published_at);
    row::definition::Model {
        id: definition.id,
        organisation_id: definition.organisation.map(Identifier::uuid),
        owner: owner(definition.organisation),
        kind: definition.kind.to_sql(),
        key: definition.key.clone(),
        version: definition.version.into(),
        document: definition.document.clone(),
        sha256: canonical::sha256(definition.document.as_bytes()),
        published_at: at,
        created_at: at,
    }
}

/// What the organisation's chain says of a definition.
pub(crate) fn cite_definition(row: &row::definition::Model) -> Value {
    json!({
        "noun": "definition",
        "id": row.id,
        "owner": row.owner,
        "kind": row.kind,
        "key": row.key,
        "version": row.version.to_string(),
        "sha256": row.sha256,
        "publishedAt": row.published_at,
    })
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
