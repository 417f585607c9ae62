//! Searches that are answered from rows no wider than what they ask.
//!
//! Words are folded otherwise than before, and what filters ask of the content stands beside them in the index; all are
//! written anew by the store once this step is applied. The folded title, which nothing asked, is gone.

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

/// A case keeps its place in the index of words, and an index from there has all that lists filter and order by: ten
/// thousand cases that have a word are looked at without reading one of them, whose documents stand in the same rows.
const SQLITE: &[&str] = &[
    "ALTER TABLE assessment DROP COLUMN title_folded",
    "ALTER TABLE assessment ADD COLUMN place integer",
    "DELETE FROM assessment_search",
    "CREATE TRIGGER assessment_search_placed AFTER INSERT ON assessment_search BEGIN
        UPDATE assessment SET place = new.place WHERE id = new.assessment_id;
    END",
    "CREATE TRIGGER assessment_search_displaced AFTER DELETE ON assessment_search BEGIN
        UPDATE assessment SET place = NULL WHERE id = old.assessment_id;
    END",
    "CREATE INDEX index_assessment_place ON assessment (
        place, id, organisation_id, updated_at, created_at, decision_order, reference, risk_order, state, phase,
        standing, author_id, service_line, programme, kind_of_change, band, form_key, workflow_key, reexamination_due
    )",
];

/// The row of words has all that lists filter and order by, and follows the case, whoever writes it. Words and vector stand
/// apart from it, so that ten thousand cases that have a word are few pages.
///
/// The planner keeps no account of how many cases have which word: it knows the price of reading a row, but not of
/// unpacking the words of a hundred thousand, and so would at times do that; without one it asks the index.
const POSTGRES: &[&str] = &[
    "ALTER TABLE assessment DROP COLUMN title_folded",
    "DROP FUNCTION assessment_search_hits(text, bigint)",
    "TRUNCATE assessment_search",
    "ALTER TABLE assessment_search
        ADD COLUMN author_id uuid NOT NULL,
        ADD COLUMN updated_at timestamp with time zone NOT NULL,
        ADD COLUMN created_at timestamp with time zone NOT NULL,
        ADD COLUMN risk_order bigint NOT NULL,
        ADD COLUMN decision_order date NOT NULL,
        ADD COLUMN reference text NOT NULL,
        ADD COLUMN state text NOT NULL,
        ADD COLUMN phase text NOT NULL,
        ADD COLUMN standing text NOT NULL,
        ADD COLUMN service_line text,
        ADD COLUMN programme text,
        ADD COLUMN kind_of_change text,
        ADD COLUMN band text,
        ADD COLUMN form_key text NOT NULL,
        ADD COLUMN workflow_key text NOT NULL,
        ADD COLUMN reexamination_due date,
        DROP COLUMN vector,
        ADD COLUMN vector tsvector NOT NULL GENERATED ALWAYS AS (assessment_search_vector(words)) STORED,
        SET (fillfactor = 90, toast_tuple_target = 128)",
    "ALTER TABLE assessment_search ALTER COLUMN vector SET STATISTICS 0",
    "CREATE INDEX index_assessment_search_vector ON assessment_search
        USING gin (vector) WITH (gin_pending_list_limit = 512)",
    "CREATE FUNCTION assessment_search_placed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        SELECT author_id, updated_at, created_at, risk_order, decision_order, reference, state, phase, standing,
            service_line, programme, kind_of_change, band, form_key, workflow_key, reexamination_due
        INTO new.author_id, new.updated_at, new.created_at, new.risk_order, new.decision_order, new.reference,
            new.state, new.phase, new.standing, new.service_line, new.programme, new.kind_of_change, new.band,
            new.form_key, new.workflow_key, new.reexamination_due
        FROM assessment WHERE id = new.assessment_id;
        RETURN new;
    END $$",
    "CREATE TRIGGER assessment_search_placed BEFORE INSERT ON assessment_search
        FOR EACH ROW EXECUTE FUNCTION assessment_search_placed()",
    "CREATE FUNCTION assessment_search_follows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE assessment_search SET author_id = new.author_id, updated_at = new.updated_at,
            created_at = new.created_at, risk_order = new.risk_order, decision_order = new.decision_order,
            reference = new.reference, state = new.state, phase = new.phase, standing = new.standing,
            service_line = new.service_line, programme = new.programme, kind_of_change = new.kind_of_change,
            band = new.band, form_key = new.form_key, workflow_key = new.workflow_key,
            reexamination_due = new.reexamination_due
        WHERE assessment_id = new.id;
        RETURN NULL;
    END $$",
    "CREATE TRIGGER assessment_search_follows AFTER UPDATE OF author_id, updated_at, created_at, risk_order,
        decision_order, reference, state, phase, standing, service_line, programme, kind_of_change, band, form_key,
        workflow_key, reexamination_due ON assessment FOR EACH ROW EXECUTE FUNCTION assessment_search_follows()",
];
