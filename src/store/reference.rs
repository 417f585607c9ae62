//! Reference data: the files as they were loaded, of which the newest version of each kind and name is in force.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, DerivePartialModel, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::{Error, Reader, Result, Tx, codec, row};
use crate::domain::{canonical, place::Kind};

/// A reference file without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceFile {
    /// What it holds.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Counts the times that another file of this kind and name was loaded, from 1.
    pub version: u32,
    /// What the file was called.
    pub file: String,
    /// When its figures were published.
    pub published: Option<NaiveDate>,
    /// Who published them.
    pub source: String,
    /// Under which licence.
    pub licence: String,
    /// How many rows it has.
    pub rows: u32,
    /// How many bytes.
    pub size: u32,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it was loaded.
    pub loaded_at: DateTime<Utc>,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "row::reference_file::Entity")]
struct Head {
    kind: String,
    name: String,
    version: i64,
    file: String,
    published: Option<NaiveDate>,
    source: String,
    licence: String,
    rows: i64,
    size: i64,
    sha256: String,
    loaded_at: DateTime<Utc>,
}

impl Reader<'_> {
    /// The files in force, in the order in which they build on each other, then by name.
    pub async fn reference_files(&self) -> Result<Vec<ReferenceFile>> {
        use row::reference_file::{Column, Entity};
        let all = Entity::find()
            .order_by_asc(Column::Version)
            .into_partial_model::<Head>()
            .all(&self.connection)
            .await?;
        let mut newest = BTreeMap::new();
        for head in all {
            let file = read(head)?;
            newest.insert((file.kind, file.name.clone()), file);
        }
        Ok(newest.into_values().collect())
    }

    /// The bytes of a file, verified.
    pub async fn reference_bytes(&self, file: &ReferenceFile) -> Result<Vec<u8>> {
        use row::reference_file::{Column, Entity};
        let found = Entity::find()
            .filter(Column::Kind.eq(file.kind.to_sql()))
            .filter(Column::Name.eq(&file.name))
            .filter(Column::Version.eq(i64::from(file.version)))
            .one(&self.connection)
            .await?;
        let told = |reason| Error::corrupt("reference_file", &file.name, reason);
        let bytes = found.ok_or_else(|| told("it is gone"))?.bytes;
        if canonical::sha256(&bytes) != file.sha256 {
            return Err(told("its bytes are not those that were loaded; load it again"));
        }
        Ok(bytes)
    }
}

impl Tx {
    /// Keeps a file, which is in force from the commit on; `sha256` and `size` are taken from the bytes.
    ///
    /// # Errors
    /// [`Error::Unique`] `reference_file_pkey` when another process loaded this version meanwhile.
    pub async fn keep_reference(&mut self, file: &ReferenceFile, bytes: Vec<u8>) -> Result<()> {
        let size = i64::try_from(bytes.len());
        let row = row::reference_file::Model {
            kind: file.kind.to_sql(),
            name: file.name.clone(),
            version: i64::from(file.version),
            file: file.file.clone(),
            published: file.published,
            source: file.source.clone(),
            licence: file.licence.clone(),
            rows: i64::from(file.rows),
            size: size.map_err(|_| Error::Unavailable("The file is too large.".into()))?,
            sha256: canonical::sha256(&bytes),
            bytes,
            loaded_at: codec::instant(file.loaded_at),
        };
        row::reference_file::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }
}

fn read(head: Head) -> Result<ReferenceFile> {
    const TABLE: &str = "reference_file";
    Ok(ReferenceFile {
        kind: codec::word!(Kind, "reference_file", &head.name, &head.kind)?,
        version: codec::count(TABLE, &head.name, head.version)?,
        rows: codec::count(TABLE, &head.name, head.rows)?,
        size: codec::count(TABLE, &head.name, head.size)?,
        name: head.name,
        file: head.file,
        published: head.published,
        source: head.source,
        licence: head.licence,
        sha256: head.sha256,
        loaded_at: head.loaded_at,
    })
}
