//! Cases: read whole, saved at a version, listed by what lists need.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

use super::{
    Error, Reader, Result, Scope, Tx, codec, projection,
    risk::ledger,
    row, search,
    state::State,
    task::TaskRow,
    tx::{Loaded, Saved},
};
use crate::domain::{
    assessment::Content,
    canonical,
    case::{Case, Pinned, Process, RetentionClass, ShareLevel},
    id::{AssessmentId, Identifier, OrganisationId, PersonId},
    impact::Direction,
    interdependency::Target,
    permission::Relation,
    rating::{Band, Scale},
    risk::Contribution,
    words,
    workflow::{Phase, Standing},
};

words! {
    /// The nouns a case contains that have an identifier of their own.
    Noun {
        /// An impact.
        Impact = "IMPACT",
        /// Evidence.
        Evidence = "EVIDENCE",
        /// An engagement.
        Engagement = "ENGAGEMENT",
        /// A mitigation.
        Mitigation = "MITIGATION",
        /// An interdependency.
        Interdependency = "INTERDEPENDENCY",
        /// A review.
        Review = "REVIEW",
        /// A panel's outcome.
        Outcome = "OUTCOME",
        /// A decision.
        Decision = "DECISION",
        /// A condition.
        Condition = "CONDITION",
        /// A panel.
        Panel = "PANEL",
    }
}

/// What the tables need to know of a case that its document does not say by itself: it follows from its
/// workflow, its organisation's scale and today's date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    /// The phase of its state.
    pub phase: Phase,
    /// The standing of its state.
    pub standing: Standing,
    /// The worst current band of its negative impacts; `None` when it has no negative impact.
    pub band: Option<Band>,
    /// Sorts cases by risk, the greatest last: 0 without a negative impact, 1 when none of them is rated.
    pub risk: u32,
    /// Who has to do something, in the order shown.
    pub tasks: Vec<TaskRow>,
    /// The next day on which somebody is to be told of something due.
    pub remind_on: Option<NaiveDate>,
    /// The words it is found by ([`crate::domain::search::words`]); `None` when they are as they were.
    pub words: Option<String>,
    /// What it contributes to risk across cases, and since when that is known; `None` when it is about no proposal.
    pub contribution: Option<(Contribution, DateTime<Utc>)>,
}

impl Projection {
    /// The projection of a case in a state of this phase and standing, rated on its organisation's scale and found by
    /// the words it was found by.
    #[must_use]
    pub fn new(case: &Case, phase: Phase, standing: Standing, scale: &Scale, tasks: Vec<TaskRow>) -> Self {
        let (band, risk) = risk(case, scale);
        Self { phase, standing, band, risk, tasks, remind_on: None, words: None, contribution: None }
    }
}

/// The worst current band of a case's negative impacts on a scale, and what sorts cases by it.
pub(crate) fn risk(case: &Case, scale: &Scale) -> (Option<Band>, u32) {
    let negative = case.content.impacts.iter().filter(|impact| impact.direction == Direction::Negative);
    let order = |band: Band, score: u32| match band {
        Band::Unrated => 1,
        Band::Low => 1_000 + score,
        Band::Moderate => 2_000 + score,
        Band::High => 3_000 + score,
        Band::Extreme => 4_000 + score,
    };
    let worst = negative
        .map(|impact| {
            let current = case.current(impact.id);
            let band = scale.band(current);
            (order(band, current.map_or(0, |rating| u32::from(rating.score()))), band)
        })
        .max_by_key(|(order, _)| *order);
    (worst.map(|(_, band)| band), worst.map_or(0, |(order, _)| order))
}

/// Where an identified part of a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its identifier, bare.
    pub id: Uuid,
    /// What it is.
    pub noun: Noun,
    /// The case it is in.
    pub assessment: AssessmentId,
}

impl Tx {
    /// The case, locked until the transaction ends.
    pub async fn case(&mut self, id: AssessmentId) -> Result<Option<Case>> {
        // SQLite knows no row locks; there the transaction has the only writer anyway.
        let found = row::assessment::Entity::find_by_id(id.uuid())
            .lock(LockType::NoKeyUpdate)
            .one(&self.connection)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let state = Arc::new(State::of(&found)?);
        let content_sha256 = found.content_sha256.clone();
        let case = read(found)?;
        self.loaded.insert(id, Loaded { case: case.clone(), content_sha256, state });
        Ok(Some(case))
    }

    /// Adds a case. The transaction cannot commit before an event of its chain is recorded, which tells how its
    /// row stands.
    ///
    /// # Errors
    /// [`Error::Unique`] `unique_assessment_reference` when the reference is taken.
    pub async fn insert(&mut self, case: &Case, projection: &Projection) -> Result<()> {
        let (row, process) = assessment(case, projection, Written::of(&case.content)?)?;
        self.stands(case, &row, &process, None)?;
        row::assessment::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        projection::Rows::default().becomes(projection::Rows::of(case), &self.connection).await?;
        self.keep_words(case, projection).await?;
        self.enter(case, projection).await?;
        self.assign_tasks(case, &projection.tasks, true).await
    }

    /// Saves a case that stood at version `expected` when it was read. Only what changed is written.
    /// As after [`Tx::insert`], an event has to tell of it.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it stands at another version, or is gone.
    pub async fn save(&mut self, case: &Case, expected: u32, projection: &Projection) -> Result<()> {
        use row::assessment::Column;
        if !self.loaded.contains_key(&case.id) {
            self.case(case.id).await?;
        }
        let before = self.loaded.remove(&case.id).ok_or(Error::Conflict)?;
        let Loaded { case: before, content_sha256, state } = before;
        if before.version != expected {
            return Err(Error::Conflict);
        }
        let written = if before.content == case.content {
            // The digest is all that is asked of what is not written.
            Written { sha256: content_sha256, packed: Vec::new() }
        } else {
            Written::of(&case.content)?
        };
        let stays = written.packed.is_empty();
        let (row, process) = assessment(case, projection, written)?;
        self.stands(case, &row, &process, Some(state))?;
        let mut columns = row.into_active_model().reset_all();
        columns.id = ActiveValue::NotSet;
        if stays {
            columns.working = ActiveValue::NotSet;
            columns.content_sha256 = ActiveValue::NotSet;
        }
        let saved = row::assessment::Entity::update_many()
            .set(columns)
            .filter(Column::Id.eq(case.id.uuid()))
            .filter(Column::Version.eq(i64::from(expected)))
            .exec(&self.connection)
            .await?;
        if saved.rows_affected != 1 {
            return Err(Error::Conflict);
        }
        projection::Rows::of(&before).becomes(projection::Rows::of(case), &self.connection).await?;
        self.keep_words(case, projection).await?;
        self.enter(case, projection).await?;
        self.assign_tasks(case, &projection.tasks, false).await
    }

    async fn enter(&self, case: &Case, projection: &Projection) -> Result<()> {
        match &projection.contribution {
            Some((contribution, at)) => ledger::keep(case, contribution, *at, &self.connection).await,
            None => Ok(()),
        }
    }

    async fn keep_words(&self, case: &Case, projection: &Projection) -> Result<()> {
        match &projection.words {
            Some(words) => search::keep(case, words.clone(), &self.connection).await,
            None => Ok(()),
        }
    }

    /// Notes how the row of a case stands from now on, for the next event of its chain.
    fn stands(
        &mut self,
        case: &Case,
        row: &row::assessment::Model,
        process: &[u8],
        before: Option<Arc<State>>,
    ) -> Result<()> {
        let after = Arc::new(State::with(row, process)?);
        let loaded = Loaded {
            case: case.clone(),
            content_sha256: row.content_sha256.clone(),
            state: Arc::clone(&after),
        };
        self.loaded.insert(case.id, loaded);
        // Saved twice before it was told: told once, from the first to the last.
        let saved = self.saved.entry(case.id).or_insert(Saved { before, after: Arc::clone(&after) });
        saved.after = after;
        Ok(())
    }

    /// Writes everything that is derived from a case anew, whatever the tables say. Its documents stay as they were
    /// written, and nothing happened to it: no event tells of this.
    pub async fn rebuild(&mut self, case: &Case, projection: &Projection) -> Result<()> {
        use row::assessment::{Column, Entity};
        projection::clear(case.id, &self.connection).await?;
        let (derived, _) = assessment(case, projection, Written::default())?;
        Entity::update_many()
            .col_expr(Column::Phase, Expr::value(derived.phase))
            .col_expr(Column::Standing, Expr::value(derived.standing))
            .col_expr(Column::DecisionOrder, Expr::value(derived.decision_order))
            .col_expr(Column::Band, Expr::value(derived.band))
            .col_expr(Column::RiskOrder, Expr::value(derived.risk_order))
            .col_expr(Column::ClockDue, Expr::value(derived.clock_due))
            .col_expr(Column::RemindOn, Expr::value(derived.remind_on))
            .col_expr(Column::ReexaminationDue, Expr::value(derived.reexamination_due))
            .filter(Column::Id.eq(case.id.uuid()))
            .exec(&self.connection)
            .await?;
        projection::Rows::default().becomes(projection::Rows::of(case), &self.connection).await?;
        if projection.words.is_some() {
            search::forget(case.id, &self.connection).await?;
        }
        self.keep_words(case, projection).await?;
        self.enter(case, projection).await?;
        self.assign_tasks(case, &projection.tasks, false).await
    }

    /// What the organisation knows of cases that others rely on; none changes until the transaction ends, for
    /// whoever is deciding one is waited for.
    pub async fn targets(
        &mut self,
        known_to: OrganisationId,
        ids: &[AssessmentId],
    ) -> Result<HashMap<AssessmentId, Target>> {
        targets(standing_of(known_to, ids).lock_shared(), known_to, ids, &self.connection).await
    }
}

/// The standing and the days of these, of those that are the organisation's own or shared with it.
fn standing_of(known_to: OrganisationId, ids: &[AssessmentId]) -> Select<row::assessment::Entity> {
    use row::assessment::{Column, Entity};
    let shared = row::assessment_share::Entity::find()
        .select_only()
        .column(row::assessment_share::Column::AssessmentId)
        .filter(row::assessment_share::Column::OrganisationId.eq(known_to.uuid()));
    Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::OrganisationId,
            Column::Standing,
            Column::EffectiveFrom,
            Column::EffectiveTo,
        ])
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .filter(
            Condition::any()
                .add(Column::OrganisationId.eq(known_to.uuid()))
                .add(Column::Id.in_subquery(shared.into_query())),
        )
        .order_by_asc(Column::Id)
}

async fn targets(
    query: Select<row::assessment::Entity>,
    known_to: OrganisationId,
    ids: &[AssessmentId],
    connection: &impl ConnectionTrait,
) -> Result<HashMap<AssessmentId, Target>> {
    type Found = (Uuid, Uuid, String, Option<NaiveDate>, Option<NaiveDate>);
    use row::assessment_share::{Column, Entity};
    let found: Vec<Found> = query.into_tuple().all(connection).await?;
    let elsewhere = found.iter().any(|(_, organisation, ..)| *organisation != known_to.uuid());
    let read: BTreeSet<Uuid> = if elsewhere {
        let levels = ShareLevel::ALL.iter().filter(|level| **level >= ShareLevel::Read);
        let read: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::AssessmentId)
            .filter(Column::OrganisationId.eq(known_to.uuid()))
            .filter(Column::AssessmentId.is_in(ids.iter().map(|id| id.uuid())))
            .filter(Column::Level.is_in(levels.map(|level| level.to_sql())))
            .into_tuple()
            .all(connection)
            .await?;
        read.into_iter().collect()
    } else {
        BTreeSet::new()
    };
    let targets = found.into_iter().map(|(id, organisation, standing, from, to)| {
        let standing = codec::word!(Standing, "assessment", id, &standing)?;
        // A stub tells how a case stands, and nothing of what is in it.
        let told = organisation == known_to.uuid() || read.contains(&id);
        let target = Target { standing, from: from.filter(|_| told), to: to.filter(|_| told) };
        Ok((AssessmentId::from(id), target))
    });
    targets.collect()
}

impl Reader<'_> {
    /// What the organisation knows of cases that others rely on.
    pub async fn targets(
        &self,
        known_to: OrganisationId,
        ids: &[AssessmentId],
    ) -> Result<HashMap<AssessmentId, Target>> {
        targets(standing_of(known_to, ids), known_to, ids, &self.connection).await
    }

    /// The case.
    pub async fn case(&self, id: AssessmentId) -> Result<Option<Case>> {
        let found = row::assessment::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// The case with this reference, in whatever organisation.
    pub async fn case_by_reference(&self, reference: &str) -> Result<Option<Case>> {
        let found = row::assessment::Entity::find()
            .filter(row::assessment::Column::Reference.eq(reference))
            .one(&self.connection)
            .await?;
        found.map(read).transpose()
    }

    /// The identifier of the case with this reference, when the scope lets it be seen: one that it does not costs as
    /// many statements as one that does not exist.
    pub async fn case_id(&self, reference: &str, scope: Scope<'_>) -> Result<Option<AssessmentId>> {
        let found: Option<Uuid> = row::assessment::Entity::find()
            .select_only()
            .column(row::assessment::Column::Id)
            .filter(row::assessment::Column::Reference.eq(reference))
            .filter(scope.condition())
            .into_tuple()
            .one(&self.connection)
            .await?;
        Ok(found.map(AssessmentId::from))
    }

    /// The cases with these identifiers, in no order; those that do not exist are left out.
    pub async fn cases(&self, ids: &[AssessmentId]) -> Result<Vec<Case>> {
        let found = row::assessment::Entity::find()
            .filter(row::assessment::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// The cases that contain something with this identifier: one, but for a standing panel.
    pub async fn elements(&self, id: Uuid) -> Result<Vec<Element>> {
        let found = row::element::Entity::find()
            .filter(row::element::Column::Id.eq(id))
            .limit(100)
            .all(&self.connection)
            .await?;
        found
            .into_iter()
            .map(|row| {
                Ok(Element {
                    id: row.id,
                    noun: codec::word!(Noun, "element", row.id, &row.noun)?,
                    assessment: row.assessment_id.into(),
                })
            })
            .collect()
    }

    /// The newest cases in which somebody had a hand as author, contributor or SRO, at most `most`, each with all who had.
    pub async fn hands(
        &self,
        person: PersonId,
        most: u64,
    ) -> Result<BTreeMap<AssessmentId, BTreeSet<PersonId>>> {
        use row::involvement::{Column, Entity};
        let hands = [Relation::Author, Relation::Contributor, Relation::Sro].map(Relation::to_sql);
        let own: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::AssessmentId)
            .distinct()
            .filter(Column::PersonId.eq(person.uuid()))
            .filter(Column::Relation.is_in(hands.clone()))
            .order_by_desc(Column::AssessmentId)
            .limit(most)
            .into_tuple()
            .all(&self.connection)
            .await?;
        let all: Vec<(Uuid, Uuid)> = Entity::find()
            .select_only()
            .columns([Column::AssessmentId, Column::PersonId])
            .filter(Column::AssessmentId.is_in(own))
            .filter(Column::Relation.is_in(hands))
            .into_tuple()
            .all(&self.connection)
            .await?;
        let mut found: BTreeMap<AssessmentId, BTreeSet<PersonId>> = BTreeMap::new();
        for (case, person) in all {
            found.entry(case.into()).or_default().insert(person.into());
        }
        Ok(found)
    }

    /// Which cases rely on one of these.
    pub async fn relying_on(&self, targets: &[AssessmentId]) -> Result<Vec<AssessmentId>> {
        let found: Vec<Uuid> = row::reliance::Entity::find()
            .select_only()
            .column(row::reliance::Column::AssessmentId)
            .distinct()
            .filter(row::reliance::Column::TargetId.is_in(targets.iter().map(|id| id.uuid())))
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(AssessmentId::from).collect())
    }
}

/// The content of a case as its row has it.
#[derive(Default)]
struct Written {
    sha256: String,
    packed: Vec<u8>,
}

impl Written {
    fn of(content: &Content) -> Result<Self> {
        let bytes = canonical::bytes(content)?;
        Ok(Self { sha256: canonical::sha256(&bytes), packed: codec::pack(&bytes)? })
    }
}

/// The row of a case.
fn assessment(
    case: &Case,
    projection: &Projection,
    written: Written,
) -> Result<(row::assessment::Model, Vec<u8>)> {
    let proposal = &case.content.proposal;
    let shares: BTreeMap<String, &str> =
        case.shares.iter().map(|(organisation, level)| (organisation.to_string(), level.as_str())).collect();
    let process = canonical::bytes(&case.process)?;
    let row = row::assessment::Model {
        id: case.id.uuid(),
        organisation_id: case.organisation.uuid(),
        reference: case.reference.clone(),
        title: case.content.title.clone(),
        version: case.version.into(),
        revision: case.revision.into(),
        frozen: case.frozen,
        form_key: case.form.key.clone(),
        form_version: case.form.version.into(),
        workflow_key: case.workflow.key.clone(),
        workflow_version: case.workflow.version.into(),
        state: case.state.clone(),
        phase: projection.phase.to_sql(),
        standing: projection.standing.to_sql(),
        author_id: case.author.uuid(),
        content_sha256: written.sha256,
        working: written.packed,
        process: codec::pack(&process)?,
        changed: codec::text(&case.changed)?,
        shares: codec::text(&shares)?,
        retention: case.retention.to_sql(),
        legal_hold: case.legal_hold,
        service_line: proposal.service_line.clone(),
        programme: proposal.programme.clone(),
        kind_of_change: proposal.kind_of_change.map(crate::domain::proposal::KindOfChange::to_sql),
        decision_date: proposal.decision_date,
        decision_order: proposal.decision_date.unwrap_or(FAR),
        effective_from: proposal.effective_from,
        effective_to: proposal.effective_to,
        band: projection.band.map(Band::to_sql),
        risk_order: projection.risk.into(),
        clock_due: case.process.announces(),
        created_at: codec::instant(case.created_at),
        updated_at: codec::instant(case.updated_at),
        remind_on: projection.remind_on,
        reexamination_due: case.process.reexamination_due(),
    };
    Ok((row, process))
}

/// Sorts what has no date after what has one, on either database (they order NULL differently).
pub(crate) const FAR: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(date) => date,
    None => NaiveDate::MAX,
};

/// The case of a row. Its content is verified before it is parsed.
pub(crate) fn read(row: row::assessment::Model) -> Result<Case> {
    let id = row.id;
    let corrupt = |reason: &str| Error::corrupt("assessment", id, reason);
    let count = |number| codec::count("assessment", id, number);
    let content = codec::unpack(&row.working).ok_or_else(|| corrupt("the content cannot be unpacked"))?;
    if canonical::sha256(&content) != row.content_sha256 {
        return Err(corrupt("the content is not the one that was saved"));
    }
    let process = codec::unpack(&row.process).ok_or_else(|| corrupt("the process cannot be unpacked"))?;
    let mut process = codec::document::<Process>("assessment", id, &process)?;
    process.recall();
    Ok(Case {
        id: id.into(),
        organisation: row.organisation_id.into(),
        version: count(row.version)?,
        revision: count(row.revision)?,
        frozen: row.frozen,
        form: Pinned { key: row.form_key, version: count(row.form_version)? },
        workflow: Pinned { key: row.workflow_key, version: count(row.workflow_version)? },
        author: row.author_id.into(),
        content: codec::document("assessment", id, &content)?,
        process,
        changed: codec::document("assessment", id, row.changed.as_bytes())?,
        shares: codec::document("assessment", id, row.shares.as_bytes())?,
        retention: codec::word!(RetentionClass, "assessment", id, &row.retention)?,
        legal_hold: row.legal_hold,
        created_at: row.created_at,
        updated_at: row.updated_at,
        reference: row.reference,
        state: row.state,
    })
}
