//! The words cases are found by, and how a search is asked.
//!
//! What is searched is [`crate::domain::search::words`], kept beside the case and indexed by each database in its own
//! way: FTS5 on SQLite, a `tsvector` under GIN on PostgreSQL. Words are folded and split before either sees them, so
//! that both find the same, and nothing anybody types is syntax to them. Beside the words stands what filters ask of the
//! content, so that the index leaves over what has both.
//!
//! There are two ways to a page. By the index: every case that has what is searched is looked at, each in a row no wider
//! than what is asked of it. In order: cases are walked through until the page is full, each by its words. Which one is
//! shorter depends on how many cases have the words and how many of those pass; the newest cases tell. They also tell
//! which words nearly every case has: beside a rare one, these are asked of the rows that the index finds.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IdenStatic,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{
        Alias, BinOper, CaseStatement, Expr, ExprTrait, Func, OnConflict, Order, Query, SelectStatement,
        UnionType,
        extension::{postgres::PgBinOper, sqlite::SqliteBinOper},
    },
};
use uuid::Uuid;

use super::{
    Reader, Result, Store, case,
    definition::DefinitionKind,
    list::{Asked, Filter},
    page, row,
    scope::{Of, Part},
};
use crate::domain::{
    canonical,
    case::{Case, Pinned},
    definition::Definition as _,
    form::{self, Form},
    id::{AssessmentId, Identifier, OrganisationId},
    search,
};

/// The newest cases are a sample of all.
const SAMPLE: u64 = 100;
/// Cases that others share which are looked at one by one.
const SHARED: u64 = 1_000;
/// Rows of a page, about.
const PAGE: u64 = 51;
/// The cases for which the price of either way is told.
const CASES_IN_ALL: u64 = 100_000;
/// Cases whose words are written at once.
const CASES: u64 = 100;
/// As many as there are.
pub(super) const ALL: u64 = i64::MAX.unsigned_abs();

/// What a search asks of the database.
#[derive(Debug)]
pub(super) enum Search {
    /// Nothing: every case passes.
    Nothing,
    /// What no case has.
    Impossible,
    /// Words.
    Words(Vec<String>),
}

impl Search {
    /// What is asked with this text.
    pub(super) fn of(search: Option<&str>) -> Self {
        match search.and_then(search::asked) {
            None => Self::Nothing,
            Some(words) if words.is_empty() => Self::Impossible,
            Some(words) => Self::Words(words),
        }
    }
}

/// How the cases of a part of a scope are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By the index of words.
    Index(Split),
    /// In their order, each by its words.
    Order,
    /// In their order, those that anybody of the organisation may read apart from those that the person has to do with.
    Apart,
}

/// What the index is asked for, and what the rows that it finds are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    index: Vec<String>,
    rows: Vec<String>,
}

impl Split {
    /// All of the index.
    pub(super) fn whole(words: &[String]) -> Self {
        Self { index: words.to_vec(), rows: Vec::new() }
    }
}

/// What the newest cases of a part tell of all.
#[derive(Clone, Debug)]
struct Look {
    /// How many they are.
    of: u64,
    /// How many of them have the words.
    with: u64,
    /// How many of those have what the index has beside words.
    found: u64,
    /// How many of those pass.
    passing: u64,
    /// How many have each word, where that is asked.
    each: Vec<u64>,
}

impl Reader<'_> {
    /// The shorter way for each part, by a look at the newest cases.
    pub(super) async fn ways(
        &self,
        words: &[String],
        asked: &Asked,
        filter: &Filter,
        parts: &[Part],
    ) -> Result<Vec<Way>> {
        let backend = self.connection.get_database_backend();
        // PostgreSQL reads what its index has of a word no faster than it unpacks the words of a row.
        let each = if backend == DbBackend::Sqlite && words.len() > 1 { words } else { &[] };
        let looks = parts.iter().map(|part| match &part.of {
            Of::Others(with) => shares(with, each.len()),
            Of::Organisation(_) | Of::Anybody => sample(backend, words, each, asked, filter, part),
        });
        let Some(looks) = looks.reduce(|mut all, look| all.union(UnionType::All, look).take()) else {
            return Ok(Vec::new());
        };
        let rows = self.connection.query_all_raw(page::statement(backend, &looks)).await?;
        let mut ways = Vec::new();
        for (row, part) in rows.iter().zip(parts) {
            let count = |place| row.try_get_by_index::<i64>(place).map(i64::unsigned_abs);
            let look = Look {
                of: count(0)?,
                with: count(1)?,
                found: count(2)?,
                passing: count(3)?,
                each: (4..4 + each.len()).map(count).collect::<Result<_, _>>()?,
            };
            let in_order = match &part.of {
                Of::Others(_) => look.of <= SHARED,
                Of::Organisation(_) | Of::Anybody => is_shorter_in_order(backend, &look),
            };
            ways.push(match in_order {
                false => Way::Index(split(words, &look)),
                // An index has what is published in a state, and most in this one is for others.
                true if part.halves.is_some()
                    && filter.states.len() == 1
                    && look.passing * 10 <= look.found =>
                {
                    Way::Apart
                }
                true => Way::Order,
            });
        }
        Ok(ways)
    }

    /// What lists ask of the cases that have a word beginning with each of these and what the filter asks of the content,
    /// found by the index.
    pub(super) fn found(&self, words: &Split, filter: &Filter, of: &Of) -> SelectStatement {
        use row::assessment::Entity;
        let mut asked: Vec<Vec<Word>> =
            words.index.iter().map(|word| vec![Word::Begun(word.clone())]).collect();
        if let Of::Organisation(organisation) = of {
            asked.push(vec![Word::Whole(facet(ORGANISATION, &organisation.to_string()))]);
        }
        let lists = [
            (SERVICE_LINE, &filter.service_lines),
            (PROGRAMME, &filter.programmes),
            (GROUP, &filter.groups),
            (AREA, &filter.areas),
        ];
        for (kind, values) in lists {
            if !values.is_empty() {
                asked.push(values.iter().map(|value| Word::Whole(facet(kind, value))).collect());
            }
        }
        let mut found = if self.connection.get_database_backend() == DbBackend::Sqlite {
            let place = Expr::col((Entity, Alias::new("place")));
            Query::select()
                .columns(NARROW)
                .from(Entity)
                .and_where(place.in_subquery(places(&asked, &words.rows)))
                .take()
        } else {
            beside(&asked)
        };
        // Held together: what is asked beside it is asked of these rows alone, in whatever order.
        found.limit(ALL).take()
    }
}

/// What lists filter and order by, and nothing else: an index has it of every case on SQLite, and the row of its words on
/// PostgreSQL.
pub(super) const NARROW: [row::assessment::Column; 18] = {
    use row::assessment::Column;
    [
        Column::Id,
        Column::OrganisationId,
        Column::UpdatedAt,
        Column::CreatedAt,
        Column::DecisionOrder,
        Column::Reference,
        Column::RiskOrder,
        Column::State,
        Column::Phase,
        Column::Standing,
        Column::AuthorId,
        Column::ServiceLine,
        Column::Programme,
        Column::KindOfChange,
        Column::Band,
        Column::FormKey,
        Column::WorkflowKey,
        Column::ReexaminationDue,
    ]
};

/// The first of these are what the row of words is of, and no copy.
const OWN: usize = 2;

/// Whether walking through the cases in their order is the shorter way.
///
/// Beside each other, in microseconds or about, as measured: a case by the index, a case in its order, its words.
fn is_shorter_in_order(backend: DbBackend, look: &Look) -> bool {
    let (hit, row, words) = if backend == DbBackend::Sqlite { (2, 1, 2) } else { (1, 2, 8) };
    let Look { of, with, found, passing, .. } = *look;
    // There are no others.
    if of < SAMPLE {
        return true;
    }
    let by_index = CASES_IN_ALL * found / of * hit;
    // Where none of the sample passes, about one in so many may.
    let (of, with, passing) = if passing == 0 { (of * 4, with * 4, 1) } else { (of, with, passing) };
    PAGE * (of * row / passing + of * words / Ord::max(with, 1)) < by_index
}

/// What of the words the index is asked for. It reads all that it has of each: beside words that few cases have together,
/// as far as the number that have each tells, what at least half of them have is sooner read in the rows of those few.
fn split(words: &[String], look: &Look) -> Split {
    let (rows, index): (Vec<_>, Vec<_>) =
        words.iter().zip(&look.each).partition(|(_, with)| **with * 2 >= look.of);
    // Of a hundred thousand, where each has its share whatever the others have.
    let together = index.iter().fold(CASES_IN_ALL, |left, (_, with)| left * *with / Ord::max(look.of, 1));
    if index.is_empty() || together * 50 > CASES_IN_ALL {
        return Split::whole(words);
    }
    let of = |words: Vec<(&String, &u64)>| words.into_iter().map(|(word, _)| word.clone()).collect();
    Split { index: of(index), rows: of(rows) }
}

/// Of the newest cases of a part: how many they are, how many of them have the words, how many of those have what else the
/// index has, how many of those pass, and how many have each word. Where one state is asked for, those in it are looked
/// at: an index has them in their order.
fn sample(
    backend: DbBackend,
    words: &[String],
    each: &[String],
    asked: &Asked,
    filter: &Filter,
    part: &Part,
) -> SelectStatement {
    use row::assessment::{Column, Entity};
    let mut newest = Query::select().columns(NARROW).from(Entity).limit(SAMPLE).take();
    match part.of {
        Of::Organisation(organisation) => {
            newest.and_where(Column::OrganisationId.eq(organisation));
            if let [state] = filter.states.as_slice() {
                newest.and_where(Column::State.eq(state));
            }
            newest
                .order_by((Entity, Column::UpdatedAt), Order::Desc)
                .order_by((Entity, Column::Id), Order::Desc)
        }
        Of::Anybody | Of::Others(_) => newest.order_by((Entity, Column::Id), Order::Desc),
    };
    let one = |condition: Condition| CaseStatement::new().case(condition, 1).finally(0);
    let mut looked = Query::select()
        .expr_as(one(Condition::all().add(has(backend, words))), "has")
        .expr_as(one(asked.content.clone()), "found")
        .expr_as(one(asked.row.clone().add(part.all())), "passes")
        .from_subquery(newest, Entity)
        .take();
    for (place, word) in each.iter().enumerate() {
        looked.expr_as(
            one(Condition::all().add(has(backend, std::slice::from_ref(word)))),
            format!("word{place}"),
        );
    }
    let sum = |of: Expr| Expr::expr(Func::coalesce([Func::sum(of).into(), Expr::val(0)])).cast_as("bigint");
    let found = || Expr::col("has").mul(Expr::col("found"));
    let mut counts = Query::select()
        .expr(Func::count(Expr::val(1)))
        .expr(sum(Expr::col("has")))
        .expr(sum(found()))
        .expr(sum(found().mul(Expr::col("passes"))))
        .from_subquery(looked, "looked")
        .take();
    for place in 0..each.len() {
        counts.expr(sum(Expr::col(Alias::new(format!("word{place}")))));
    }
    counts
}

/// How many cases are shared with these, told as a sample is.
fn shares(with: &[Uuid], each: usize) -> SelectStatement {
    use row::assessment_share::{Column, Entity};
    let shares = Query::select()
        .column(Column::AssessmentId)
        .from(Entity)
        .and_where(Column::OrganisationId.is_in(with.iter().copied()))
        .limit(SHARED + 1)
        .take();
    let none = || Expr::val(0_i64).cast_as("bigint");
    let mut counts = Query::select().expr(Func::count(Expr::val(1))).from_subquery(shares, "shares").take();
    (0..3 + each).for_each(|_| {
        counts.expr(none());
    });
    counts
}

/// A word that is asked of the index.
enum Word {
    /// One that begins with this.
    Begun(String),
    /// This one.
    Whole(String),
}

/// The places in the index on SQLite that have one of each of these, and words that begin with each of those.
fn places(asked: &[Vec<Word>], begun_with: &[String]) -> SelectStatement {
    let word = |word: &Word| match word {
        Word::Begun(word) => format!("\"{word}\" *"),
        Word::Whole(word) => format!("\"{word}\""),
    };
    let matching = Expr::col("assessment_words")
        .binary(BinOper::from(SqliteBinOper::Match), each_of(asked, word, " OR ", " AND "));
    let mut places = Query::select().column("rowid").from("assessment_words").and_where(matching).take();
    if !begun_with.is_empty() {
        let text = || Expr::val(" ").binary(BinOper::Custom("||"), Expr::col("words"));
        places.and_where(begun(DbBackend::Sqlite, begun_with, text));
    }
    places
}

/// What lists ask of the cases that the index on PostgreSQL has under one of each of these, as it stands beside their words.
fn beside(asked: &[Vec<Word>]) -> SelectStatement {
    use row::{assessment, assessment_search};
    let word = |word: &Word| match word {
        // Beginnings of up to three characters are entries of the index.
        Word::Begun(word) if word.chars().count() <= 3 => format!("'{word}*'"),
        Word::Begun(word) => format!("'{word}':*"),
        Word::Whole(word) => format!("'{word}'"),
    };
    let query = Expr::val(each_of(asked, word, " | ", " & ")).cast_as("tsquery");
    let mut beside = Query::select()
        .from(assessment_search::Entity)
        .and_where(Expr::col("vector").binary(PgBinOper::Matches, query))
        .take();
    for column in NARROW {
        if matches!(column, assessment::Column::Id) {
            beside.expr_as(Expr::col(assessment_search::Column::AssessmentId), column);
        } else {
            beside.column(column);
        }
    }
    beside
}

fn each_of(asked: &[Vec<Word>], word: impl Fn(&Word) -> String, or: &str, and: &str) -> String {
    let any = asked.iter().map(|any| {
        let any: Vec<String> = any.iter().map(&word).collect();
        if any.len() == 1 { any.concat() } else { format!("({})", any.join(or)) }
    });
    any.collect::<Vec<_>>().join(and)
}

const ORGANISATION: char = 'o';
const SERVICE_LINE: char = 'l';
const PROGRAMME: char = 'p';
const GROUP: char = 'g';
const AREA: char = 'a';

/// What filters ask of the content, as a word that no text has: no word has this sign. The index leaves over what may
/// have it; what it leaves over is asked for the value itself.
fn facet(kind: char, value: &str) -> String {
    let digest = canonical::sha256(value.as_bytes());
    format!("\u{a7}{kind}{}", digest.get(..16).unwrap_or_default())
}

/// The facets of a case.
fn facets(case: &Case) -> Vec<String> {
    let proposal = &case.content.proposal;
    let line = proposal.service_line.iter().map(|line| facet(SERVICE_LINE, line));
    let programme = proposal.programme.iter().map(|programme| facet(PROGRAMME, programme));
    let groups = case.content.impacts.iter().flat_map(|impact| &impact.groups);
    let areas = proposal.footprint.iter().map(|area| facet(AREA, area));
    let mut facets: Vec<String> = [facet(ORGANISATION, &case.organisation.to_string())]
        .into_iter()
        .chain(line)
        .chain(programme)
        .chain(groups.map(|group| facet(GROUP, group)))
        .chain(areas)
        .collect();
    facets.sort_unstable();
    facets.dedup();
    facets
}

/// The case is one of this part and has these words. Who may read is asked first: the words of a case are longer to unpack
/// than anything else is, and most of what a walk passes is for somebody else.
pub(super) fn in_order(backend: DbBackend, part: &Part, words: &[String]) -> Condition {
    let has = has(backend, words);
    let readable: Expr = match part.of {
        Of::Organisation(_) if !part.may.is_empty() => {
            CaseStatement::new().case(part.may.clone(), has).finally(false).into()
        }
        Of::Organisation(_) | Of::Anybody | Of::Others(_) => return part.all().add(has),
    };
    part.led().add(readable)
}

/// The case has a word beginning with each of these, by its own row. A value and not EXISTS, which PostgreSQL would turn
/// into a join: it takes words in the middle of a text for rare, and would read those of every case.
pub(super) fn has(backend: DbBackend, words: &[String]) -> Expr {
    use row::assessment_search::{Column, Entity};
    let same = Expr::col((Entity, Column::AssessmentId))
        .equals((row::assessment::Entity, row::assessment::Column::Id));
    // Unpacked once for all words: at most one row, so that it stays a table of its own.
    let text = Query::select()
        .expr_as(Expr::val(" ").binary(BinOper::Custom("||"), Expr::col((Entity, Column::Words))), "text")
        .from(Entity)
        .and_where(same)
        .limit(1)
        .take();
    let has = begun(backend, words, || Expr::col("text"));
    subquery(Query::select().expr(has).from_subquery(text, "unpacked").take())
}

/// Each of these begins a word of this text, which begins with a space. Both databases look for a text in another
/// faster than for a pattern.
fn begun(backend: DbBackend, words: &[String], text: impl Fn() -> Expr) -> Expr {
    let place = if backend == DbBackend::Sqlite { "instr" } else { "strpos" };
    let each = words
        .iter()
        .map(|word| Expr::expr(Func::cust(place).arg(text()).arg(Expr::val(format!(" {word}")))).gt(0));
    each.reduce(ExprTrait::and).unwrap_or_else(|| Expr::val(true))
}

fn subquery(query: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(query.into()))
}

/// The row of a case's words, and of its facets behind them.
pub(crate) fn row(case: &Case, words: String) -> row::assessment_search::Model {
    let words = [words].into_iter().filter(|words| !words.is_empty()).chain(facets(case));
    row::assessment_search::Model {
        assessment_id: case.id.uuid(),
        organisation_id: case.organisation.uuid(),
        words: words.collect::<Vec<_>>().join(" "),
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

/// Cases of which the index says otherwise than they are. On SQLite their place is not that of their words, so that they
/// would be found by those of others; on PostgreSQL what stands beside their words is not what they say.
pub(super) fn misplaced(backend: DbBackend, most: u64) -> SelectStatement {
    use row::{assessment, assessment_search};
    let same = Expr::col((assessment_search::Entity, assessment_search::Column::AssessmentId))
        .equals((assessment::Entity, assessment::Column::Id));
    let (columns, differ) = match backend {
        DbBackend::Sqlite => (vec!["place"], "IS NOT"),
        _ => (NARROW.iter().skip(OWN).map(IdenStatic::as_str).collect(), "IS DISTINCT FROM"),
    };
    let differs = columns.into_iter().map(|column| {
        let of = |table: &'static str| Expr::col((table, Alias::new(column)));
        of("assessment").binary(BinOper::Custom(differ), of("assessment_search"))
    });
    Query::select()
        .column((assessment::Entity, assessment::Column::Id))
        .from(assessment::Entity)
        .inner_join(assessment_search::Entity, same)
        .cond_where(differs.fold(Condition::any(), Condition::add))
        .limit(most)
        .take()
}

/// Takes a case's words out, to be written anew.
pub(super) async fn forget(case: AssessmentId, tx: &DatabaseTransaction) -> Result<()> {
    row::assessment_search::Entity::delete_by_id(case.uuid()).exec(tx).await?;
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
    pub(super) async fn form(&self, organisation: OrganisationId, pinned: &Pinned) -> Result<Option<Form>> {
        let owner = (!Form::is_reserved(&pinned.key)).then_some(organisation);
        let found = self.read().definition(DefinitionKind::Form, &pinned.key, pinned.version, owner).await;
        match found {
            Ok(found) => Ok(found.and_then(|found| Form::read(&found.document).ok())),
            Err(super::Error::Corrupt { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
