//! What is derived from cases for lists, permission, tasks and look-ups: each row must follow from the case that it
//! is of, and none may be missing or too many.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::{Audit, DOCUMENTS, name};
use crate::{
    domain::{
        case::{Case, Pinned},
        definition::Definition,
        form::Form,
        id::Identifier,
        rating::Band,
        settings::Settings,
        task,
        workflow::definition::Workflow,
    },
    store::{
        Result,
        case::{FAR, risk},
        definition::DefinitionKind,
        projection::Rows,
        row, search,
        task::{TaskRow, rows},
    },
};

/// What rows are derived with beside their cases, each read once.
#[derive(Debug, Default)]
pub(super) struct Derivation {
    settings: HashMap<Uuid, Option<Arc<Settings>>>,
    workflows: Published<Workflow>,
    forms: Published<Form>,
}

/// Definitions of an organisation, or of none, as they are published.
type Published<T> = HashMap<(Uuid, Pinned), Option<Arc<T>>>;

/// The columns of a case's row that its digest leaves out, because they are derived.
#[derive(Debug)]
pub(super) struct Columns {
    decision_order: NaiveDate,
    band: Option<String>,
    risk_order: i64,
    clock_due: Option<NaiveDate>,
    reexamination_due: Option<NaiveDate>,
}

impl Columns {
    pub(super) fn of(row: &row::assessment::Model) -> Self {
        Self {
            decision_order: row.decision_order,
            band: row.band.clone(),
            risk_order: row.risk_order,
            clock_due: row.clock_due,
            reexamination_due: row.reexamination_due,
        }
    }
}

/// Calls `$check!` with every table of derived rows and what tells its rows of one case apart.
macro_rules! each_table {
    ($check:ident) => {
        $check!(assessment_impact: id);
        $check!(impact_group: impact_id, group_code);
        $check!(assessment_area: area_code);
        $check!(element: id);
        $check!(involvement: person_id, relation);
        $check!(assessment_share: organisation_id);
        $check!(reliance: interdependency_id);
        $check!(interdependency: interdependency_id);
        $check!(screening_day: day);
        $check!(assessment_search: organisation_id);
        $check!(task: place);
    };
}

/// A row as it is compared with another.
trait Compared: Sized {
    fn compared(self) -> Self {
        self
    }
}

macro_rules! compared {
    (task: $($key:ident),+) => {
        impl Compared for row::task::Model {
            /// Without its sentence, which another version of the program may put in other words.
            fn compared(mut self) -> Self {
                self.reason.clear();
                self
            }
        }
    };
    ($table:ident: $($key:ident),+) => {
        impl Compared for row::$table::Model {}
    };
}
each_table!(compared);

/// Rows of every table, as they should be.
#[derive(Default)]
struct Wanted {
    assessment_impact: Vec<row::assessment_impact::Model>,
    impact_group: Vec<row::impact_group::Model>,
    assessment_area: Vec<row::assessment_area::Model>,
    element: Vec<row::element::Model>,
    involvement: Vec<row::involvement::Model>,
    assessment_share: Vec<row::assessment_share::Model>,
    reliance: Vec<row::reliance::Model>,
    interdependency: Vec<row::interdependency::Model>,
    screening_day: Vec<row::screening_day::Model>,
    assessment_search: Vec<row::assessment_search::Model>,
    task: Vec<row::task::Model>,
}

impl Wanted {
    fn add(&mut self, rows: Rows) {
        self.assessment_impact.extend(rows.impacts);
        self.impact_group.extend(rows.groups);
        self.assessment_area.extend(rows.areas);
        self.element.extend(rows.elements);
        self.involvement.extend(rows.involvements);
        self.assessment_share.extend(rows.shares);
        self.reliance.extend(rows.reliances);
        self.interdependency.extend(rows.interdependencies);
        self.screening_day.extend(rows.screening_days);
    }
}

impl Audit<'_> {
    /// Holds everything derived from these cases against them.
    pub(super) async fn derived(
        &mut self,
        cases: &[(Case, Columns)],
        derivation: &mut Derivation,
    ) -> Result<()> {
        let references: HashMap<Uuid, &str> =
            cases.iter().map(|(case, _)| (case.id.uuid(), case.reference.as_str())).collect();
        let mut wanted = Wanted::default();
        // Cases whose workflow is known, and so their tasks.
        let mut tasked: HashMap<Uuid, &str> = HashMap::new();
        // Cases whose form is known, and so their words.
        let mut worded: HashMap<Uuid, &str> = HashMap::new();
        for (case, columns) in cases {
            self.columns(case, columns, derivation).await?;
            wanted.add(Rows::of(case));
            let known = &mut derivation.forms;
            if let Some(form) = self.definition(case, &case.form, DefinitionKind::Form, known).await? {
                wanted.assessment_search.push(search::row(case, search::words(case, Some(&form))));
                worded.insert(case.id.uuid(), &case.reference);
            }
            let known = &mut derivation.workflows;
            let workflow = self.definition(case, &case.workflow, DefinitionKind::Workflow, known).await?;
            let settings = self.settings(case, derivation).await?;
            if let (Some(workflow), Some(settings)) = (workflow, settings) {
                let tasks = task::listed(case, &workflow, settings.composition());
                let tasks: Vec<TaskRow> = tasks.into_iter().map(TaskRow::from).collect();
                wanted.task.extend(rows(case, &tasks));
                tasked.insert(case.id.uuid(), &case.reference);
            }
        }
        macro_rules! check {
            (task: $($key:ident),+) => { check!(task of tasked: $($key),+) };
            (assessment_search: $($key:ident),+) => { check!(assessment_search of worded: $($key),+) };
            ($table:ident: $($key:ident),+) => { check!($table of references: $($key),+) };
            ($table:ident of $cases:ident: $($key:ident),+) => {
                let table = stringify!($table);
                let mut wanted: HashMap<(Uuid, String), row::$table::Model> = (wanted.$table.into_iter())
                    .map(|row| ((row.assessment_id, [$(row.$key.to_string()),+].join(" ")), row.compared()))
                    .collect();
                let query = row::$table::Entity::find()
                    .filter(row::$table::Column::AssessmentId.is_in($cases.keys().copied()))
                    .into_query();
                for stored in self.connection.query_all(&query).await? {
                    let place = format!("{table} of assessment {}", name(&stored, "assessment_id"));
                    let Some(row) = self.model::<row::$table::Model>(&stored, &place) else { continue };
                    let key = (row.assessment_id, [$(row.$key.to_string()),+].join(" "));
                    let reason = match wanted.remove(&key) {
                        Some(expected) if expected == row.compared() => continue,
                        Some(_) => "is not what follows from the case",
                        None => "is one too many: it does not follow from the case",
                    };
                    let of = $cases.get(&key.0).copied().unwrap_or_default();
                    self.fault(place, format!("in {of}, the row {} {reason}", key.1));
                }
                let mut missing: Vec<(Uuid, String)> = wanted.into_keys().collect();
                missing.sort();
                for (case, key) in missing {
                    let of = $cases.get(&case).copied().unwrap_or_default();
                    let place = format!("{table} of assessment {case}");
                    self.fault(place, format!("in {of}, the row {key} is missing"));
                }
            };
        }
        each_table!(check);
        Ok(())
    }

    /// The derived columns of the case's own row.
    async fn columns(&mut self, case: &Case, columns: &Columns, derivation: &mut Derivation) -> Result<()> {
        let place = format!("assessment {}", case.id);
        let decision = case.content.proposal.decision_date.unwrap_or(FAR);
        let mut wrong = Vec::new();
        if columns.decision_order != decision {
            wrong.push("decision_order");
        }
        if columns.clock_due != case.process.announces() {
            wrong.push("clock_due");
        }
        if columns.reexamination_due != case.process.reexamination_due() {
            wrong.push("reexamination_due");
        }
        if let Some(settings) = self.settings(case, derivation).await? {
            let (band, order) = risk(case, &settings.scale);
            if (&columns.band, columns.risk_order) != (&band.map(Band::to_sql), i64::from(order)) {
                wrong.push("band and risk_order");
            }
        }
        for column in wrong {
            self.fault(&place, format!("in {}, {column} is not what follows from the case", case.reference));
        }
        Ok(())
    }

    /// The settings of the case's organisation.
    async fn settings(&mut self, case: &Case, derivation: &mut Derivation) -> Result<Option<Arc<Settings>>> {
        let id = case.organisation.uuid();
        if let Some(known) = derivation.settings.get(&id) {
            return Ok(known.clone());
        }
        let found = row::organisation::Entity::find_by_id(id)
            .select_only()
            .column(row::organisation::Column::Settings)
            .into_tuple::<String>()
            .one(self.connection)
            .await?;
        let settings = found.map(|settings| serde_json::from_str::<Settings>(&settings));
        let settings = match settings {
            Some(Ok(settings)) => Some(Arc::new(settings)),
            other => {
                let reason = other.and_then(Result::err).map_or("it is missing".into(), |e| e.to_string());
                self.fault(format!("organisation {id}"), reason);
                None
            }
        };
        derivation.settings.insert(id, settings.clone());
        Ok(settings)
    }

    /// A definition of the case as it is published; nothing where it is not, which is told elsewhere.
    async fn definition<T: Definition>(
        &mut self,
        case: &Case,
        pinned: &Pinned,
        kind: DefinitionKind,
        known: &mut Published<T>,
    ) -> Result<Option<Arc<T>>> {
        use row::definition::{Column, Entity};
        let shipped = T::is_reserved(&pinned.key);
        let owner = if shipped { String::new() } else { case.organisation.to_string() };
        let key = (if shipped { Uuid::nil() } else { case.organisation.uuid() }, pinned.clone());
        if let Some(known) = known.get(&key) {
            return Ok(known.clone());
        }
        let found = Entity::find()
            .select_only()
            .column(Column::Document)
            .filter(Column::Kind.eq(kind.to_sql()))
            .filter(Column::Key.eq(&pinned.key))
            .filter(Column::Version.eq(i64::from(pinned.version)))
            .filter(Column::Owner.eq(owner))
            .into_tuple::<String>()
            .one(self.connection)
            .await?;
        let definition = match found.map(|document| T::read(&document)) {
            Some(Ok(definition)) => Some(Arc::new(definition)),
            Some(Err(wrong)) => {
                let wrong: Vec<String> = wrong.into_iter().map(|violation| violation.message).collect();
                let reason = format!("it cannot be read: {}", wrong.join(" "));
                let Pinned { key, version } = pinned;
                self.fault(format!("definition {} {key} version {version}", T::NOUN), reason);
                None
            }
            None => None,
        };
        known.insert(key, definition.clone());
        Ok(definition)
    }

    /// Rows that are of no case at all; a few of each table are enough to know.
    pub(super) async fn strays(&mut self) -> Result<()> {
        macro_rules! check {
            ($table:ident: $($key:ident),+) => {
                let column = row::$table::Column::AssessmentId;
                let cases = row::assessment::Entity::find().select_only().column(row::assessment::Column::Id);
                let stray = row::$table::Entity::find()
                    .select_only()
                    .column(column)
                    .distinct()
                    .filter(column.not_in_subquery(cases.into_query()))
                    .order_by_asc(column)
                    .limit(DOCUMENTS)
                    .into_query();
                for stray in self.connection.query_all(&stray).await? {
                    let place =
                        format!("{} of assessment {}", stringify!($table), name(&stray, "assessment_id"));
                    self.fault(place, "there is no such assessment");
                }
            };
        }
        each_table!(check);
        let misplaced = search::misplaced(self.connection.get_database_backend(), DOCUMENTS);
        for case in self.connection.query_all(&misplaced).await? {
            let reason = "what the index of words says of it is not what follows from it";
            self.fault(format!("assessment {}", name(&case, "id")), reason);
        }
        Ok(())
    }
}
