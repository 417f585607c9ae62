//! What chains cite: frozen revisions, decision records, attachments, and how every case stands.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Audit, DOCUMENTS, EVENTS, dated, name, spelt};
use crate::{
    domain::{canonical, evidence::Attachment, id::Identifier},
    store::{Result, attachment, case, codec, record, row},
};

impl Audit<'_> {
    pub(super) async fn revisions(&mut self) -> Result<()> {
        use row::revision::{Column, Entity};
        let mut after = None;
        loop {
            let query = Entity::find()
                .apply_if(after, |query, after: Uuid| query.filter(Column::Id.gt(after)))
                .order_by_asc(Column::Id)
                .limit(DOCUMENTS)
                .into_query();
            let rows = self.connection.query_all(&dated(query, self.connection, "frozen_at")).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            let next = last.try_get("", "id").ok();
            for row in &rows {
                let place = format!("revision {}", name(row, "id"));
                let found = match row::revision::Model::from_query_result(row, "") {
                    Ok(found) => found,
                    Err(error) => {
                        self.fault(place, error.to_string());
                        continue;
                    }
                };
                if !spelt(row, found.frozen_at) {
                    self.fault(&place, "its time is not spelt as it was written");
                }
                let stored = canonical::sha256(&found.content) == found.stored_sha256;
                let content = codec::unpack(&found.content).map(|content| canonical::sha256(&content));
                if !stored || content.as_ref() != Some(&found.sha256) {
                    self.fault(&place, "its content is not the one that was frozen");
                }
                self.kept(&place, &record::cite_revision(&found), found.assessment_id);
            }
            if next.is_none() {
                self.fault("revisions", "those behind an unreadable one were not verified");
                return Ok(());
            }
            after = next;
        }
    }

    pub(super) async fn records(&mut self) -> Result<()> {
        use row::decision_record::{Column, Entity};
        let mut after = None;
        loop {
            let query = Entity::find()
                .apply_if(after, |query, after: String| query.filter(Column::Sha256.gt(after)))
                .order_by_asc(Column::Sha256)
                .limit(DOCUMENTS)
                .into_query();
            let rows = self.connection.query_all(&dated(query, self.connection, "at")).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            let next = last.try_get("", "sha256").ok();
            for row in &rows {
                let found = match row::decision_record::Model::from_query_result(row, "") {
                    Ok(found) => found,
                    Err(error) => {
                        self.fault("record", error.to_string());
                        continue;
                    }
                };
                let place = format!("record {}", found.sha256);
                if !spelt(row, found.at) {
                    self.fault(&place, "its time is not spelt as it was written");
                }
                if canonical::sha256(&found.bytes) != found.sha256 {
                    self.fault(&place, "its bytes are not those that were kept");
                }
                self.files(&place, &found);
                self.kept(&place, &record::cite_record(&found), found.assessment_id);
            }
            if next.is_none() {
                self.fault("records", "those behind an unreadable one were not verified");
                return Ok(());
            }
            after = next;
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
        use row::attachment::{Column, Entity};
        let mut after = None;
        loop {
            let query = Entity::find()
                .apply_if(after, |query, after: Uuid| query.filter(Column::Id.gt(after)))
                .order_by_asc(Column::Id)
                .limit(EVENTS)
                .into_query();
            let rows = self.connection.query_all(&dated(query, self.connection, "at")).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            let next = last.try_get("", "id").ok();
            for row in &rows {
                let place = format!("attachment {}", name(row, "id"));
                let found = match row::attachment::Model::from_query_result(row, "") {
                    Ok(found) => found,
                    Err(error) => {
                        self.fault(place, error.to_string());
                        continue;
                    }
                };
                if !spelt(row, found.at) {
                    self.fault(&place, "its time is not spelt as it was written");
                }
                let blob = row::blob::Entity::find_by_id(found.sha256.clone())
                    .one(self.connection)
                    .await
                    .ok()
                    .flatten();
                let whole = blob.is_some_and(|blob| {
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
            if next.is_none() {
                self.fault("attachments", "those behind an unreadable one were not verified");
                return Ok(());
            }
            after = next;
        }
    }

    /// Cases as they are saved now: each has a chain, and its content is the one that was saved.
    pub(super) async fn contents(&mut self) -> Result<()> {
        use row::assessment::{Column, Entity};
        let mut after = None;
        loop {
            let query = Entity::find()
                .apply_if(after, |query, after: Uuid| query.filter(Column::Id.gt(after)))
                .order_by_asc(Column::Id)
                .limit(DOCUMENTS)
                .into_query();
            let rows = self.connection.query_all(&query).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            let next = last.try_get("", "id").ok();
            for row in &rows {
                let place = format!("assessment {}", name(row, "id"));
                match row::assessment::Model::from_query_result(row, "") {
                    Ok(found) => {
                        if !self.cases.remove(&found.id) {
                            self.fault(&place, "it has no chain");
                        }
                        let stands = match self.stand.remove(&found.id) {
                            Some(None) => true,
                            Some(Some(told)) => case::digest(&found).is_ok_and(|digest| digest == told),
                            None => false,
                        };
                        if !stands {
                            self.fault(&place, "it does not stand as its last event left it");
                        }
                        if let Err(error) = case::read(found) {
                            self.fault(place, error.to_string());
                        }
                    }
                    Err(error) => self.fault(place, error.to_string()),
                }
            }
            if next.is_none() {
                self.fault("assessments", "those behind an unreadable one were not verified");
                return Ok(());
            }
            after = next;
        }
    }
}
