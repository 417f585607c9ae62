//! The words cases are found by, and an index of them: FTS5 on SQLite, a `tsvector` under GIN on PostgreSQL.
//!
//! The words come from the application, folded and apart, so that both databases index exactly the same and neither
//! stems, splits or leaves out anything. The index follows the row in the same transaction, by triggers or as a
//! generated column. Rows of cases that are there already are written by the store once this step is applied: which
//! answers count is for their forms to say.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The query builder has no word for what either of them needs here.
        let sql = if manager.get_database_backend() == DbBackend::Sqlite { SQLITE } else { POSTGRES };
        for statement in sql {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// The index refers to rows by `place`: a row identifier that is no key may change when the file is rewritten. Its
/// tokenizer splits at blanks and leaves what is beyond ASCII as it is; beginnings of one to three characters, which a
/// great many words share, are indexed as such.
const SQLITE: &[&str] = &[
    "CREATE TABLE assessment_search (
        place integer NOT NULL PRIMARY KEY,
        assessment_id uuid_text NOT NULL,
        organisation_id uuid_text NOT NULL,
        words text NOT NULL,
        CONSTRAINT unique_assessment_search_assessment_id UNIQUE (assessment_id),
        CONSTRAINT foreign_assessment_search_assessment_id
            FOREIGN KEY (assessment_id) REFERENCES assessment (id) ON DELETE CASCADE
    )",
    "CREATE VIRTUAL TABLE assessment_words USING fts5(
        words, content = 'assessment_search', content_rowid = 'place', tokenize = 'ascii', prefix = '1 2 3',
        detail = 'none', columnsize = 0
    )",
    "CREATE TRIGGER assessment_search_added AFTER INSERT ON assessment_search BEGIN
        INSERT INTO assessment_words (rowid, words) VALUES (new.place, new.words);
    END",
    "CREATE TRIGGER assessment_search_removed AFTER DELETE ON assessment_search BEGIN
        INSERT INTO assessment_words (assessment_words, rowid, words) VALUES ('delete', old.place, old.words);
    END",
    "CREATE TRIGGER assessment_search_changed AFTER UPDATE OF place, words ON assessment_search BEGIN
        INSERT INTO assessment_words (assessment_words, rowid, words) VALUES ('delete', old.place, old.words);
        INSERT INTO assessment_words (rowid, words) VALUES (new.place, new.words);
    END",
];

/// `re*` stands for all words that begin with `re`: one entry in place of the thousands that the index would have to
/// unite. What is new waits in a short list, so that neither writing nor searching pays much for it.
///
/// Whether to use the index is not left to the planner, which knows the price of reading a row but not of unpacking
/// the words of a hundred thousand.
const POSTGRES: &[&str] = &[
    "CREATE FUNCTION assessment_search_vector(words text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT array_to_tsvector(coalesce(array_agg(lexeme), '{}')) FROM (
            SELECT word AS lexeme FROM unnest(string_to_array(words, ' ')) AS word
            UNION
            SELECT left(word, length) || '*'
            FROM unnest(string_to_array(words, ' ')) AS word, generate_series(1, 3) AS length
            WHERE char_length(word) >= length
        ) AS lexemes
    $$",
    "CREATE TABLE assessment_search (
        assessment_id uuid NOT NULL PRIMARY KEY,
        organisation_id uuid NOT NULL,
        words text NOT NULL,
        vector tsvector NOT NULL GENERATED ALWAYS AS (assessment_search_vector(words)) STORED,
        CONSTRAINT foreign_assessment_search_assessment_id
            FOREIGN KEY (assessment_id) REFERENCES assessment (id) ON DELETE CASCADE
    )",
    "CREATE INDEX index_assessment_search_vector ON assessment_search
        USING gin (vector) WITH (gin_pending_list_limit = 512)",
    "CREATE FUNCTION assessment_search_hits(query text, most bigint) RETURNS SETOF uuid
        LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 SET enable_seqscan = off AS $$
        SELECT assessment_id FROM assessment_search WHERE vector @@ query::tsquery LIMIT most
    $$",
];
