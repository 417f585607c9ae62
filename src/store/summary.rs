//! Cases as lists show them.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryResult, QuerySelect,
    QueryTrait,
    sea_query::{Expr, ExprTrait, SelectStatement},
};
use uuid::Uuid;

use super::{
    Reader, Result, Scope, codec, page,
    row::{assessment, organisation, person},
};
use crate::domain::{
    case::{Head, Pinned},
    id::{AssessmentId, Identifier},
    rating::Band,
    workflow::{Phase, Standing},
};

/// A case in a list: its head, and the names of those it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The head.
    pub head: Head,
    /// The name of its author.
    pub author: String,
    /// The name of its organisation.
    pub organisation: String,
}

/// The columns of a [`Summary`], declared with the column each is read from. A row is read by position: to look up each
/// column by its name costs a page of fifty more than the statement does.
macro_rules! summary {
    (
        assessment { $($field:ident: $type:ty = $column:ident),+ $(,)? }
        names { $($name:ident = $table:ident.$key:ident),+ $(,)? }
    ) => {
        #[derive(Debug)]
        struct SummaryRow { $($field: $type,)+ $($name: String),+ }

        /// What a summary reads of the case itself.
        pub(crate) const COLUMNS: &[assessment::Column] = &[$(assessment::Column::$column),+];

        impl FromQueryResult for SummaryRow {
            fn from_query_result(row: &QueryResult, _prefix: &str) -> Result<Self, DbErr> {
                let mut columns = 0..;
                let mut next = || columns.next().unwrap_or_default();
                Ok(Self { $($field: row.try_get_by_index(next())?,)+ $($name: row.try_get_by_index(next())?),+ })
            }
        }

        /// Adds to a query from `assessment` what a summary reads.
        pub(super) fn select(query: &mut SelectStatement) {
            for column in COLUMNS {
                query.column((assessment::Entity, *column));
            }
            $(
                query.column(($table::Entity, $table::Column::Name)).inner_join(
                    $table::Entity,
                    Expr::col((assessment::Entity, assessment::Column::$key)).equals(($table::Entity, $table::Column::Id)),
                );
            )+
        }
    };
}

summary! {
    assessment {
        id: Uuid = Id,
        organisation_id: Uuid = OrganisationId,
        reference: String = Reference,
        title: String = Title,
        version: i64 = Version,
        revision: i64 = Revision,
        form_key: String = FormKey,
        form_version: i64 = FormVersion,
        workflow_key: String = WorkflowKey,
        workflow_version: i64 = WorkflowVersion,
        state: String = State,
        phase: String = Phase,
        standing: String = Standing,
        author_id: Uuid = AuthorId,
        service_line: Option<String> = ServiceLine,
        programme: Option<String> = Programme,
        decision_date: Option<NaiveDate> = DecisionDate,
        band: Option<String> = Band,
        risk_order: i64 = RiskOrder,
        reexamination_due: Option<NaiveDate> = ReexaminationDue,
        created_at: DateTime<Utc> = CreatedAt,
        updated_at: DateTime<Utc> = UpdatedAt,
    }
    names {
        author = person.AuthorId,
        organisation = organisation.OrganisationId,
    }
}

impl SummaryRow {
    fn read(self) -> Result<Summary> {
        let id = self.id;
        let count = |number| codec::count("assessment", id, number);
        let head = Head {
            id: id.into(),
            organisation: self.organisation_id.into(),
            version: count(self.version)?,
            revision: count(self.revision)?,
            form: Pinned { version: count(self.form_version)?, key: self.form_key },
            workflow: Pinned { version: count(self.workflow_version)?, key: self.workflow_key },
            phase: codec::word!(Phase, "assessment", id, &self.phase)?,
            standing: codec::word!(Standing, "assessment", id, &self.standing)?,
            author: self.author_id.into(),
            band: match &self.band {
                Some(band) => Some(codec::word!(Band, "assessment", id, band)?),
                None => None,
            },
            risk: count(self.risk_order)?,
            reexamination_due: self.reexamination_due,
            reference: self.reference,
            title: self.title,
            state: self.state,
            service_line: self.service_line,
            programme: self.programme,
            decision_date: self.decision_date,
            created_at: self.created_at,
            updated_at: self.updated_at,
        };
        Ok(Summary { head, author: self.author, organisation: self.organisation })
    }
}

impl Reader<'_> {
    /// The summaries of these cases, in no order, as far as the scope lets them be seen.
    pub async fn summaries(&self, ids: &[AssessmentId], scope: Scope<'_>) -> Result<Vec<Summary>> {
        let these = assessment::Column::Id.is_in(ids.iter().map(|id| id.uuid()));
        let cases = assessment::Entity::find().select_only().filter(these).filter(scope.condition());
        self.summarise(cases.into_query()).await
    }

    /// The cases that a query from `assessment` finds, in its order.
    pub(crate) async fn summarise(&self, mut query: SelectStatement) -> Result<Vec<Summary>> {
        select(&mut query);
        let statement = page::statement(self.connection.get_database_backend(), &query);
        let found = SummaryRow::find_by_statement(statement).all(&self.connection).await?;
        found.into_iter().map(SummaryRow::read).collect()
    }
}
