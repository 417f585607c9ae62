//! One spelling of tables and columns for both databases.
//!
//! Keys, checks and uniques are part of `CREATE TABLE`, because SQLite cannot add them later. There are no
//! database defaults: the application supplies times and identifiers. Enums are text with a CHECK. Constraints
//! are named so that the store can tell them apart: `unique_<table>_<columns>`.

use sea_orm_migration::prelude::*;

/// A column of identifiers.
pub(crate) fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

/// A column of text.
pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// A column of SHA-256 digests, 64 hexadecimal digits.
pub(crate) fn digest(name: &'static str) -> ColumnDef {
    text(name)
}

/// A column of whole numbers.
pub(crate) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A column of yes or no.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// A column of bytes.
pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}

/// A column of instants, UTC to the microsecond.
pub(crate) fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().not_null().take()
}

/// A column of calendar dates.
pub(crate) fn date(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().not_null().take()
}

/// A column of one of these words.
pub(crate) fn word(name: &'static str, words: &[&'static str]) -> ColumnDef {
    let words: Vec<&str> = words.to_vec();
    ColumnDef::new(name).text().not_null().check(Expr::col(name).is_in(words)).take()
}

/// The same column, but it may be empty.
pub(crate) fn optional(mut column: ColumnDef) -> ColumnDef {
    column.null().take()
}

/// A table as it is created: columns, key, references, uniques and indexes.
pub(crate) struct NewTable {
    name: &'static str,
    create: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
}

impl NewTable {
    /// A table with these columns.
    pub(crate) fn new(name: &'static str, columns: Vec<ColumnDef>) -> Self {
        let mut create = Table::create();
        create.table(name);
        for column in columns {
            create.col(column);
        }
        Self { name, create: create.take(), indexes: Vec::new() }
    }

    /// Its primary key.
    pub(crate) fn key<const N: usize>(mut self, columns: [&'static str; N]) -> Self {
        let mut key = Index::create();
        for column in columns {
            key.col(column);
        }
        self.create.primary_key(&mut key);
        self
    }

    /// Columns that are unique together.
    pub(crate) fn unique<const N: usize>(mut self, columns: [&'static str; N]) -> Self {
        let mut unique = Index::create();
        unique.unique().name(format!("unique_{}_{}", self.name, columns.join("_")));
        for column in columns {
            unique.col(column);
        }
        self.create.index(&mut unique);
        self
    }

    /// A column that refers to the `id` of another table.
    pub(crate) fn refers(self, column: &'static str, to: &'static str, gone: ForeignKeyAction) -> Self {
        self.refers_to(column, to, "id", gone)
    }

    /// A column that refers to a column of another table.
    pub(crate) fn refers_to(
        mut self,
        column: &'static str,
        to: &'static str,
        key: &'static str,
        gone: ForeignKeyAction,
    ) -> Self {
        let mut foreign = ForeignKey::create();
        foreign
            .name(format!("foreign_{}_{column}", self.name))
            .from(self.name, column)
            .to(to, key)
            .on_delete(gone);
        self.create.foreign_key(&mut foreign);
        self
    }

    /// An index over these columns.
    pub(crate) fn index<const N: usize>(mut self, columns: [&'static str; N]) -> Self {
        let mut index = Index::create();
        index.name(format!("index_{}_{}", self.name, columns.join("_"))).table(self.name);
        for column in columns {
            index.col(column);
        }
        self.indexes.push(index.take());
        self
    }

    /// Creates it.
    pub(crate) async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.create).await?;
        for index in self.indexes {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Declares a migration that creates tables, in one transaction on either database.
macro_rules! creates {
    ($($table:expr),+ $(,)?) => {
        /// This step.
        #[derive(sea_orm_migration::prelude::DeriveMigrationName)]
        pub(crate) struct Migration;

        #[sea_orm_migration::async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Migration {
            async fn up(
                &self,
                manager: &sea_orm_migration::SchemaManager,
            ) -> Result<(), sea_orm_migration::DbErr> {
                $($table.create(manager).await?;)+
                Ok(())
            }

            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }
        }
    };
}

pub(crate) use creates;
