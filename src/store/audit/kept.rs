//! What chains cite: frozen revisions, decision records, attachments, published definitions, and how every case
//! stands.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait, TryGetable, Value,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Audit, DOCUMENTS, EVENTS, dated,
    derived::{Columns, Derivation},
    name, spelt,
};
use crate::{
    domain::{
        canonical,
        evidence::Attachment,
        id::{Identifier, OrganisationId},
    },
    store::{Result, attachment, case, codec, definition, record, row, state::State},
};

/// A table on its way, page by page in the order of its key.
struct Pages<E: EntityTrait, K> {
    key: E::Column,
    /// The column of the key, and that of the time it was kept at.
    columns: (&'static str, Option<&'static str>),
    /// Rows read at once.
    most: u64,
    after: Option<K>,
    ended: bool,
}

impl<E: EntityTrait, K: Clone + Into<Value> + TryGetable> Pages<E, K> {
    fn of(key: E::Column, columns: (&'static str, Option<&'static str>), most: u64) -> Self {
        Self { key, columns, most, after: None, ended: false }
    }

    /// The next rows; none at the end.
    async fn next(&mut self, audit: &mut Audit<'_>) -> Result<Vec<QueryResult>> {
        if self.ended {
            return Ok(Vec::new());
        }
        let query = E::find()
            .apply_if(self.after.clone(), |query, after| query.filter(self.key.gt(after)))
            .order_by_asc(self.key)
            .limit(self.most)
            .into_query();
        let (key, time) = self.columns;
        let query = match time {
            Some(time) => dated(query, audit.connection, time),
            None => query,
        };
        let rows = audit.connection.query_all(&query).await?;
        if let Some(last) = rows.last() {
            self.after = last.try_get("", key).ok();
            self.ended = self.after.is_none();
            if self.ended {
                let place = format!("{} {}", E::default().table_name(), name(last, key));
                audit.fault(place, "cannot be read, and those behind it were not verified");
            }
        }
        Ok(rows)
    }
}

impl Audit<'_> {
    /// The row as the program reads it, or what is wrong with it.
    pub(super) fn model<M: FromQueryResult>(&mut self, row: &QueryResult, place: &str) -> Option<M> {
        M::from_query_result(row, "").map_err(|error| self.fault(place, error.to_string())).ok()
    }

    fn timed(&mut self, row: &QueryResult, at: chrono::DateTime<chrono::Utc>, place: &str) {
        if !spelt(row, at) {
            self.fault(place, "its time is not spelt as it was written");
        }
    }

    pub(super) async fn revisions(&mut self) -> Result<()> {
        use row::revision::{Column, Entity, Model};
        let mut pages = Pages::<Entity, Uuid>::of(Column::Id, ("id", Some("frozen_at")), DOCUMENTS);
        loop {
            let rows = pages.next(self).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let place = format!("revision {}", name(row, "id"));
                let Some(found) = self.model::<Model>(row, &place) else { continue };
                self.timed(row, found.frozen_at, &place);
                let stored = canonical::sha256(&found.content) == found.stored_sha256;
                let content = codec::unpack(&found.content).map(|content| canonical::sha256(&content));
                if !stored || content.as_ref() != Some(&found.sha256) {
                    self.fault(&place, "its content is not the one that was frozen");
                }
                self.kept(&place, &record::cite_revision(&found), found.assessment_id);
            }
        }
    }

    pub(super) async fn records(&mut self) -> Result<()> {
        use row::decision_record::{Column, Entity, Model};
        let mut pages = Pages::<Entity, String>::of(Column::Sha256, ("sha256", Some("at")), DOCUMENTS);
        loop {
            let rows = pages.next(self).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let Some(found) = self.model::<Model>(row, "record") else { continue };
                let place = format!("record {}", found.sha256);
                self.timed(row, found.at, &place);
                if canonical::sha256(&found.bytes) != found.sha256 {
                    self.fault(&place, "its bytes are not those that were kept");
                }
                self.files(&place, &found);
                self.kept(&place, &record::cite_record(&found), found.assessment_id);
            }
        }
    }

    /// Takes the files that a record cites.
    fn files(&mut self, place: &str, found: &row::decision_record::Model) {
        #[derive(Deserialize)]
        struct Cites {
            #[serde(default)]
            attachments: Vec<Attachment>,
        }
        match serde_json::from_slice::<Cites>(&found.bytes) {
            Ok(Cites { attachments }) => {
                for cited in attachments {
                    let citing = self.files.entry(cited.id.uuid()).or_default();
                    citing.push((place.to_owned(), found.assessment_id, cited));
                }
            }
            Err(error) => self.fault(place, format!("the files it cites cannot be read: {error}")),
        }
    }

    pub(super) async fn attachments(&mut self) -> Result<()> {
        use row::attachment::{Column, Entity, Model};
        let mut pages = Pages::<Entity, Uuid>::of(Column::Id, ("id", Some("at")), EVENTS);
        loop {
            let rows = pages.next(self).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let place = format!("attachment {}", name(row, "id"));
                let Some(found) = self.model::<Model>(row, &place) else { continue };
                self.timed(row, found.at, &place);
                let blob = row::blob::Entity::find_by_id(found.sha256.clone()).one(self.connection).await;
                let whole = blob.ok().flatten().is_some_and(|blob| {
                    canonical::sha256(&blob.bytes) == found.sha256
                        && i64::try_from(blob.bytes.len()) == Ok(blob.size)
                        && blob.size == found.size
                });
                if !whole {
                    self.fault(&place, "its bytes are not those that were kept");
                }
                for (record, assessment, cited) in self.files.remove(&found.id).unwrap_or_default() {
                    let same = assessment == found.assessment_id
                        && cited.sha256 == found.sha256
                        && i64::try_from(cited.size) == Ok(found.size)
                        && (&cited.name, &cited.media_type) == (&found.name, &found.media_type);
                    if !same {
                        self.fault(
                            record,
                            format!("cites attachment {} otherwise than it is kept", found.id),
                        );
                    }
                }
                self.kept(&place, &attachment::cite_attachment(&found), found.assessment_id);
            }
        }
    }

    /// Definitions: each is what was published, and one of an organisation is cited by its chain. Those that the
    /// program ships are held against the program when it starts.
    pub(super) async fn definitions(&mut self) -> Result<()> {
        use row::definition::{Column, Entity, Model};
        let mut pages = Pages::<Entity, Uuid>::of(Column::Id, ("id", Some("published_at")), DOCUMENTS);
        loop {
            let rows = pages.next(self).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let place = format!("definition {}", name(row, "id"));
                let Some(found) = self.model::<Model>(row, &place) else { continue };
                self.timed(row, found.published_at, &place);
                if canonical::sha256(found.document.as_bytes()) != found.sha256 {
                    self.fault(&place, "its document is not the one that was published");
                }
                let owner = found.organisation_id.map(|id| OrganisationId::from(id).to_string());
                if owner.unwrap_or_default() != found.owner {
                    self.fault(&place, "it is not of the organisation it is said to be of");
                }
                if let Some(organisation) = found.organisation_id {
                    self.kept(&place, &definition::cite_definition(&found), organisation);
                }
            }
        }
    }

    /// Cases as they are saved now: each has a chain, its content is the one that was saved, and what is derived
    /// from it is there and nothing else.
    pub(super) async fn contents(&mut self) -> Result<()> {
        use row::assessment::{Column, Entity, Model};
        let mut pages = Pages::<Entity, Uuid>::of(Column::Id, ("id", None), DOCUMENTS);
        let mut derivation = Derivation::default();
        loop {
            let rows = pages.next(self).await?;
            if rows.is_empty() {
                return self.strays().await;
            }
            let mut whole = Vec::with_capacity(rows.len());
            for row in &rows {
                let place = format!("assessment {}", name(row, "id"));
                let Some(found) = self.model::<Model>(row, &place) else { continue };
                if !self.cases.remove(&found.id) {
                    self.fault(&place, "it has no chain");
                }
                let stands = match self.stand.remove(&found.id) {
                    Some(None) => true,
                    Some(Some(told)) => State::of(&found).is_ok_and(|state| state.sha256 == told),
                    None => false,
                };
                if !stands {
                    self.fault(&place, "it does not stand as its last event left it");
                }
                let columns = Columns::of(&found);
                match case::read(found) {
                    Ok(case) => whole.push((case, columns)),
                    Err(error) => self.fault(place, error.to_string()),
                }
            }
            self.derived(&whole, &mut derivation).await?;
        }
    }
}
