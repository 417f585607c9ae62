//! The words cases are found by, and how a search is asked.
//!
//! What is searched is [`crate::domain::search::words`], kept beside the case and indexed by each database in its own
//! way: FTS5 on SQLite, a `tsvector` under GIN on PostgreSQL. Words are folded and split before either sees them, so
//! that both find the same, and nothing anybody types is syntax to them.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
    sea_query::{
        Alias, BinOper, CaseStatement, Expr, ExprTrait, Func, LikeExpr, OnConflict, Order, Query,
        SelectStatement, extension::sqlite::SqliteBinOper,
    },
};
use uuid::Uuid;

use super::{Reader, Result, Store, case, definition::DefinitionKind, row};
use crate::domain::{
    case::{Case, Pinned},
    definition::Definition as _,
    form::{self, Form},
    id::{Identifier, OrganisationId},
    search,
};

/// Cases that are few: their rows are fetched and put in order. What more cases have is met often enough in walking
/// through them in order.
const FEW: u64 = 2_000;
/// The newest cases are a sample of all: what so many of them have, many cases have, and the index is not asked, which
/// takes the longer the more there is to unite.
const SAMPLE: u64 = 200;
const OFTEN: i64 = 20;
/// Cases whose words are written at once.
const CASES: u64 = 100;

/// What a search asks of the database.
#[derive(Debug)]
pub(super) enum Search {
    /// Nothing: every case passes.
    Nothing,
    /// What no case has.
    Impossible,
    /// Words that few cases have.
    Few(Vec<String>),
    /// Words that many cases have.
    Many(Vec<String>),
}

impl Reader<'_> {
    /// How to ask for what is searched: it takes a look at how many cases there are, whoever may see them.
    pub(super) async fn search(&self, search: Option<&str>) -> Result<Search> {
        use row::assessment_search::Entity;
        let Some(words) = search.and_then(search::asked) else { return Ok(Search::Nothing) };
        if words.is_empty() {
            return Ok(Search::Impossible);
        }
        let counted = || Query::select().expr(Func::count(Expr::val(1))).take();
        let often = counted().from_subquery(self.sample(), Entity).and_where(begun(&words)).take();
        let hits = counted().from_subquery(self.hits(&words, FEW + 1), "hit").take();
        let many = Expr::val(i64::try_from(FEW + 1).unwrap_or(i64::MAX));
        let count = CaseStatement::new().case(subquery(often).gte(OFTEN), many).finally(subquery(hits));
        let row = self.connection.query_one(&Query::select().expr(count).take()).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(if count.unsigned_abs() <= FEW { Search::Few(words) } else { Search::Many(words) })
    }

    /// The words of the newest cases.
    fn sample(&self) -> SelectStatement {
        use row::assessment_search::{Column, Entity};
        let mut sample = Query::select().column(Column::Words).from(Entity).limit(SAMPLE).take();
        if self.connection.get_database_backend() == DbBackend::Sqlite {
            sample.order_by("place", Order::Desc).take()
        } else {
            sample.order_by(Column::AssessmentId, Order::Desc).take()
        }
    }

    /// The cases that have a word beginning with each of these, at most so many, by the index.
    pub(super) fn hits(&self, words: &[String], most: u64) -> SelectStatement {
        hits(self.connection.get_database_backend(), words, most)
    }
}

/// As [`Reader::hits`].
fn hits(backend: DbBackend, words: &[String], most: u64) -> SelectStatement {
    use row::assessment_search::{Column, Entity};
    if backend == DbBackend::Sqlite {
        let query: Vec<String> = words.iter().map(|word| format!("\"{word}\" *")).collect();
        let places = Query::select()
            .column("rowid")
            .from("assessment_words")
            .and_where(
                Expr::col("assessment_words").binary(BinOper::from(SqliteBinOper::Match), query.join(" ")),
            )
            .limit(most)
            .take();
        return Query::select()
            .column(Column::AssessmentId)
            .from(Entity)
            .and_where(Expr::col("place").in_subquery(places))
            .take();
    }
    // Beginnings of up to three characters are entries of the index.
    let word =
        |word: &String| if word.chars().count() <= 3 { format!("'{word}*'") } else { format!("'{word}':*") };
    let query = words.iter().map(word).collect::<Vec<_>>().join(" & ");
    let found = Func::cust("assessment_search_hits").arg(query).arg(i64::try_from(most).unwrap_or(i64::MAX));
    Query::select().column("hit").from_function(found, "hit").take()
}

/// The case has a word beginning with each of these, by its own row. A value and not EXISTS, which PostgreSQL would turn
/// into a join: it takes words in the middle of a text for rare, and would read those of every case.
pub(super) fn has(words: &[String]) -> Expr {
    use row::assessment_search::{Column, Entity};
    let same = Expr::col((Entity, Column::AssessmentId))
        .equals((row::assessment::Entity, row::assessment::Column::Id));
    subquery(Query::select().expr(begun(words)).from(Entity).and_where(same).take())
}

/// Each of these begins a word of the row.
fn begun(words: &[String]) -> Expr {
    use row::assessment_search::{Column, Entity};
    let text = || Expr::val(" ").binary(BinOper::Custom("||"), Expr::col((Entity, Column::Words)));
    let each = words.iter().map(|word| text().like(LikeExpr::new(format!("% {word}%"))));
    each.reduce(ExprTrait::and).unwrap_or_else(|| Expr::val(true))
}

fn subquery(query: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(query.into()))
}

/// The row of a case's words.
pub(crate) fn row(case: &Case, words: String) -> row::assessment_search::Model {
    row::assessment_search::Model {
        assessment_id: case.id.uuid(),
        organisation_id: case.organisation.uuid(),
        words,
    }
}

/// The words of a case of this form.
pub(crate) fn words(case: &Case, form: Option<&Form>) -> String {
    let visibility = form.map_or_else(BTreeMap::new, |form| form::visibility(form, &case.content));
    search::words(&case.reference, &case.content, form, &visibility)
}

/// Keeps a case's words; what is there already is not written.
pub(super) async fn keep(case: &Case, words: String, tx: &DatabaseTransaction) -> Result<()> {
    use row::assessment_search::{Column, Entity};
    let changed = Expr::col((Entity, Column::Words)).ne(Expr::col((Alias::new("excluded"), Column::Words)));
    let write = OnConflict::column(Column::AssessmentId)
        .update_columns([Column::OrganisationId, Column::Words])
        .action_and_where(changed)
        .to_owned();
    Entity::insert(row(case, words).into_active_model())
        .on_conflict(write)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

impl Store {
    /// Writes the words of cases that have none: those that were there before there was a search. A case that cannot be
    /// read is left out; the audit names it.
    pub(super) async fn write_words(&self) -> Result<()> {
        use row::assessment::{Column, Entity};
        let mut forms: HashMap<(OrganisationId, Pinned), Option<Form>> = HashMap::new();
        let mut last = Uuid::nil();
        loop {
            let done = row::assessment_search::Entity::find()
                .select_only()
                .column(row::assessment_search::Column::AssessmentId);
            let without = Entity::find()
                .filter(Column::Id.gt(last))
                .filter(Column::Id.not_in_subquery(done.into_query()))
                .order_by_asc(Column::Id)
                .limit(CASES)
                .all(&self.read)
                .await?;
            let Some(end) = without.last() else { return Ok(()) };
            last = end.id;
            let mut found = Vec::new();
            for case in without.into_iter().filter_map(|row| case::read(row).ok()) {
                let of = (case.organisation, case.form.clone());
                if !forms.contains_key(&of) {
                    let form = self.form(case.organisation, &case.form).await?;
                    forms.insert(of.clone(), form);
                }
                let words = words(&case, forms.get(&of).and_then(Option::as_ref));
                found.push(row(&case, words));
            }
            self.write(async |tx| {
                for row in found {
                    let there = OnConflict::column(row::assessment_search::Column::AssessmentId)
                        .do_nothing()
                        .to_owned();
                    row::assessment_search::Entity::insert(row.into_active_model())
                        .on_conflict(there)
                        .exec_without_returning(&tx.connection)
                        .await?;
                }
                Ok::<_, super::Error>(())
            })
            .await?;
        }
    }

    /// The form that a case keeps; nothing where it is not in the database or cannot be read.
    async fn form(&self, organisation: OrganisationId, pinned: &Pinned) -> Result<Option<Form>> {
        let owner = (!Form::is_reserved(&pinned.key)).then_some(organisation);
        let found = self.read().definition(DefinitionKind::Form, &pinned.key, pinned.version, owner).await;
        match found {
            Ok(found) => Ok(found.and_then(|found| Form::read(&found.document).ok())),
            Err(super::Error::Corrupt { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
