//! The register of decisions.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    Error, Reader, Result, Tx,
    case::{FAR, Noun},
    codec, page, row,
};
use crate::domain::{
    id::{AssessmentId, Identifier, OrganisationId, PersonId, RegisteredDecisionId},
    page::{Page, Window},
    register::{Entry, RegisterKind, RegisteredDecision},
    risk::Standpoint,
    workflow::{Phase, Standing},
};

/// Rows in one statement.
const AT_ONCE: usize = 200;

/// Which registered decisions; an empty list asks nothing, but without an organisation there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// Whose.
    pub organisations: Vec<OrganisationId>,
    /// Of which service lines.
    pub service_lines: Vec<String>,
}

/// What of them has an assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covered {
    /// All of them.
    Any,
    /// With an assessment that was sent on.
    Assessed,
    /// With one that is still being written.
    Draft,
    /// With none, or with one that was withdrawn before anybody decided.
    Unassessed,
    /// Decided by that day, and none was sent on.
    DecidedWithout(NaiveDate),
}

impl Tx {
    /// A list of an organisation, ended decisions too, which nobody else changes until the transaction ends.
    pub async fn register(
        &mut self,
        organisation: OrganisationId,
        list: &str,
    ) -> Result<Vec<RegisteredDecision>> {
        self.hold_register(organisation).await?;
        self.read().registered_list(organisation, list).await
    }

    /// Lets nobody else change the register of an organisation until the transaction ends.
    async fn hold_register(&mut self, organisation: OrganisationId) -> Result<()> {
        let all = row::organisation::Entity::find_by_id(organisation.uuid());
        all.lock_exclusive().one(&self.connection).await?;
        Ok(())
    }

    /// Adds decisions, or saves them as they are now.
    pub async fn save_registered(
        &mut self,
        decisions: &[&RegisteredDecision],
        at: DateTime<Utc>,
    ) -> Result<()> {
        use row::registered_decision::{Column, Entity};
        let columns = [
            Column::Title,
            Column::Source,
            Column::Kind,
            Column::Body,
            Column::Day,
            Column::DayOrder,
            Column::ServiceLine,
            Column::Decided,
            Column::Named,
            Column::AssessmentId,
            Column::MatchedBy,
            Column::EndedOn,
            Column::UpdatedAt,
        ];
        for some in decisions.chunks(AT_ONCE) {
            let rows = some.iter().map(|decision| row_of(decision, at).into_active_model());
            let kept = OnConflict::column(Column::Id).update_columns(columns).to_owned();
            Entity::insert_many(rows).on_conflict(kept).exec_without_returning(&self.connection).await?;
        }
        Ok(())
    }

    /// Says which assessment a decision has, when it is still matched as it was.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is not, or has ended meanwhile.
    pub async fn match_registered(
        &mut self,
        before: &RegisteredDecision,
        (assessment, by): (Option<AssessmentId>, Option<PersonId>),
        at: DateTime<Utc>,
    ) -> Result<()> {
        use row::registered_decision::{ActiveModel, Column, Entity};
        // Whoever loads the list read how it was matched, and would write that again.
        self.hold_register(before.organisation).await?;
        let as_before = match before.assessment {
            Some(assessment) => Column::AssessmentId.eq(assessment.uuid()),
            None => Column::AssessmentId.is_null(),
        };
        let columns = ActiveModel {
            assessment_id: ActiveValue::Set(assessment.map(AssessmentId::uuid)),
            matched_by: ActiveValue::Set(by.map(PersonId::uuid)),
            updated_at: ActiveValue::Set(codec::instant(at)),
            ..ActiveModel::default()
        };
        let saved = Entity::update_many()
            .set(columns)
            .filter(Column::Id.eq(before.id.uuid()))
            .filter(Column::EndedOn.is_null())
            .filter(as_before)
            .exec(&self.connection)
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(Error::Conflict) }
    }
}

impl Reader<'_> {
    /// The decision.
    pub async fn registered_decision(&self, id: RegisteredDecisionId) -> Result<Option<RegisteredDecision>> {
        let found = row::registered_decision::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// A list of an organisation, ended decisions too, by key.
    pub async fn registered_list(
        &self,
        organisation: OrganisationId,
        list: &str,
    ) -> Result<Vec<RegisteredDecision>> {
        use row::registered_decision::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::List.eq(list))
            .order_by_asc(Column::Key)
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// The cases with these references, of those that an organisation may know of: its own, and what is shared with it.
    pub async fn known_references(
        &self,
        organisation: OrganisationId,
        references: &[String],
    ) -> Result<BTreeMap<String, AssessmentId>> {
        use row::assessment::{Column, Entity};
        let mut known = BTreeMap::new();
        for some in references.chunks(AT_ONCE) {
            let shared = row::assessment_share::Entity::find()
                .select_only()
                .column(row::assessment_share::Column::AssessmentId)
                .filter(row::assessment_share::Column::OrganisationId.eq(organisation.uuid()));
            let known_of = Condition::any()
                .add(Column::OrganisationId.eq(organisation.uuid()))
                .add(Column::Id.in_subquery(shared.into_query()));
            let found: Vec<(String, Uuid)> = Entity::find()
                .select_only()
                .columns([Column::Reference, Column::Id])
                .filter(Column::Reference.is_in(some))
                .filter(known_of)
                .into_tuple()
                .all(&self.connection)
                .await?;
            known.extend(found.into_iter().map(|(reference, id)| (reference, AssessmentId::from(id))));
        }
        Ok(known)
    }

    /// How many decisions there are.
    pub async fn count_registered(&self, of: &Registered, covered: Covered) -> Result<u64> {
        let all = row::registered_decision::Entity::find().filter(asked(of, covered));
        Ok(all.count(&self.connection).await?)
    }

    /// A page of decisions, the earliest first; those without a day come last.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the window's cursor is not one of this list.
    pub async fn list_registered(
        &self,
        of: &Registered,
        covered: Covered,
        window: &Window,
    ) -> Result<Page<RegisteredDecision>> {
        use row::registered_decision::{Column, Entity};
        let mut all = asked(of, covered);
        if let Some(cursor) = &window.cursor {
            let (day, id) = parse(cursor).ok_or(Error::Cursor)?;
            let key = |column: Column| Expr::col((Entity, column));
            let keys = vec![(key(Column::DayOrder), day.into()), (key(Column::Id), id.into())];
            all = all.add(page::beyond(window, true, keys));
        }
        let direction = page::order(window, true);
        let found = Entity::find()
            .filter(all)
            .order_by(Column::DayOrder, direction.clone())
            .order_by(Column::Id, direction)
            .limit(page::limit(window))
            .all(&self.connection)
            .await?;
        let found = found.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(page::page(window, found))
    }
}

/// The cursor that stands on a decision in its list.
#[must_use]
pub fn cursor(decision: &RegisteredDecision) -> String {
    format!("{}~{}", decision.entry.date.unwrap_or(FAR), decision.id)
}

fn parse(cursor: &str) -> Option<(NaiveDate, Uuid)> {
    let (day, id) = cursor.split_once('~')?;
    Some((day.parse().ok()?, Uuid::try_parse(id).ok()?))
}

/// What a decision must be: none that has ended.
fn asked(of: &Registered, covered: Covered) -> Condition {
    use row::{assessment::Column as Case, registered_decision::Column};
    let organisations = of.organisations.iter().map(|id| id.uuid());
    let mut all =
        Condition::all().add(Column::OrganisationId.is_in(organisations)).add(Column::EndedOn.is_null());
    if !of.service_lines.is_empty() {
        all = all.add(Column::ServiceLine.is_in(&of.service_lines));
    }
    let with = |which: Condition| {
        let cases =
            row::assessment::Entity::find().select_only().column(row::assessment::Column::Id).filter(which);
        Column::AssessmentId.in_subquery(cases.into_query())
    };
    // An assessment that was withdrawn before anybody decided assesses nothing.
    let stands = || {
        let decided = row::element::Entity::find()
            .select_only()
            .column(row::element::Column::AssessmentId)
            .filter(row::element::Column::Noun.eq(Noun::Decision.to_sql()));
        Condition::all()
            .add(Case::Phase.eq(Phase::Closed.to_sql()))
            .add(Case::Standing.eq(Standing::Stopped.to_sql()))
            .add(Case::Id.not_in_subquery(decided.into_query()))
            .not()
    };
    // As what a case counts is for the ledger to say: one that went back to its author was sent on all the same.
    let drafting = || {
        let rows = || {
            row::risk_ledger::Entity::find()
                .select_only()
                .column(row::risk_ledger::Column::AssessmentId)
                .filter(row::risk_ledger::Column::ValidTo.is_null())
        };
        let drafts = rows().filter(row::risk_ledger::Column::Standpoint.eq(Standpoint::Draft.to_sql()));
        // What is about no proposal is not in the ledger.
        let beside = Condition::all()
            .add(Case::Phase.eq(Phase::Drafting.to_sql()))
            .add(Case::Id.not_in_subquery(rows().into_query()));
        Condition::any().add(Case::Id.in_subquery(drafts.into_query())).add(beside)
    };
    let sent_on = || Condition::all().add(stands()).add(drafting().not());
    let without = |which: Condition| {
        Condition::any().add(Column::AssessmentId.is_null()).add(Condition::all().add(with(which)).not())
    };
    match covered {
        Covered::Any => all,
        Covered::Assessed => all.add(with(sent_on())),
        Covered::Draft => all.add(with(Condition::all().add(stands()).add(drafting()))),
        Covered::Unassessed => all.add(without(stands())),
        Covered::DecidedWithout(today) => {
            let passed = Condition::all().add(Column::Decided.is_null()).add(Column::Day.lt(today));
            all.add(Condition::any().add(Column::Decided.eq(true)).add(passed)).add(without(sent_on()))
        }
    }
}

fn row_of(decision: &RegisteredDecision, at: DateTime<Utc>) -> row::registered_decision::Model {
    let entry = &decision.entry;
    row::registered_decision::Model {
        id: decision.id.uuid(),
        organisation_id: decision.organisation.uuid(),
        list: decision.list.clone(),
        key: entry.key.clone(),
        title: entry.title.clone(),
        source: entry.source.clone(),
        kind: entry.kind.to_sql(),
        body: entry.body.clone(),
        day: entry.date,
        day_order: entry.date.unwrap_or(FAR),
        service_line: entry.service_line.clone(),
        decided: entry.decided,
        named: entry.assessment.clone(),
        assessment_id: decision.assessment.map(AssessmentId::uuid),
        matched_by: decision.matched_by.map(PersonId::uuid),
        ended_on: decision.ended_on,
        created_at: codec::instant(at),
        updated_at: codec::instant(at),
    }
}

fn read(row: row::registered_decision::Model) -> Result<RegisteredDecision> {
    let kind = codec::word!(RegisterKind, "registered_decision", row.id, &row.kind)?;
    let entry = Entry {
        key: row.key,
        title: row.title,
        source: row.source,
        kind,
        body: row.body,
        date: row.day,
        service_line: row.service_line,
        decided: row.decided,
        assessment: row.named,
    };
    Ok(RegisteredDecision {
        id: row.id.into(),
        organisation: row.organisation_id.into(),
        list: row.list,
        entry,
        assessment: row.assessment_id.map(AssessmentId::from),
        matched_by: row.matched_by.map(PersonId::from),
        ended_on: row.ended_on,
    })
}
