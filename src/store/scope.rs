//! Permission as WHERE: which cases a list may show.
//!
//! [`crate::domain::permission::permit`] is the policy; this says the same of rows, and a test holds the two
//! together over generated cases and actors.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use super::{
    case::Noun,
    row::{assessment, assessment_share, element, involvement},
};
use crate::domain::{
    case::ShareLevel,
    id::Identifier,
    permission::{Actor, Relation, Role},
    workflow::Phase,
};

/// Whose eyes a list is read with.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// Cases the actor may read.
    Read(&'a Actor),
    /// Cases the actor may know of.
    SeeStub(&'a Actor),
    /// Cases of other organisations that were shared with the actor's, however much of them.
    Shared(&'a Actor),
    /// Every case: for the operator and the worker, never for a person.
    Everything,
}

impl Scope<'_> {
    /// What a row of `assessment` must satisfy.
    pub(crate) fn condition(self) -> Condition {
        match self {
            Self::Everything => Condition::all(),
            Self::SeeStub(actor) => Condition::any()
                .add(belongs(actor))
                .add(shared(actor, &[ShareLevel::Stub, ShareLevel::Read, ShareLevel::Review])),
            Self::Shared(actor) => Condition::all()
                .add(belongs(actor).not())
                .add(shared(actor, &[ShareLevel::Stub, ShareLevel::Read, ShareLevel::Review])),
            Self::Read(actor) => readable(actor),
        }
    }

    /// Conditions of which every row that the scope shows satisfies exactly one. Each alone is in the order of an
    /// index, so that a page is read from a few dozen rows however many there are; the scope as a whole is not.
    pub(crate) fn parts(self) -> Vec<Condition> {
        let (Self::Read(actor) | Self::SeeStub(actor)) = self else { return vec![Condition::all()] };
        let mut own: Vec<Uuid> = actor.grants.iter().map(|grant| grant.organisation.uuid()).collect();
        own.sort_unstable();
        own.dedup();
        let shared = assessment_share::Entity::find()
            .select_only()
            .column(assessment_share::Column::AssessmentId)
            .filter(assessment_share::Column::OrganisationId.is_in(own.clone()));
        let shared = Condition::all()
            .add(assessment::Column::Id.in_subquery(statement(shared)))
            .add(assessment::Column::OrganisationId.is_not_in(own.clone()));
        let own = own.into_iter().map(|own| Condition::all().add(assessment::Column::OrganisationId.eq(own)));
        own.chain([shared]).collect()
    }
}

/// The roles that oversee all cases of an organisation.
const OVERSEERS: [Role; 7] = [
    Role::EqualityLead,
    Role::PanelChair,
    Role::PanelSecretary,
    Role::DecisionMaker,
    Role::Governance,
    Role::Auditor,
    Role::Administrator,
];

fn readable(actor: &Actor) -> Condition {
    let sits = || Condition::any().add(belongs(actor)).add(shared(actor, &[ShareLevel::Review]));
    let party = || {
        Condition::all()
            .add(belongs(actor))
            .add(involved(actor, &[Relation::Author, Relation::Contributor, Relation::Sro]))
    };
    let takes_part =
        Condition::all().add(sits()).add(involved(actor, &[Relation::Declared, Relation::NotVoting]));
    // On the panel and not, or no longer, taking part: nothing else the person holds opens the case.
    let barred =
        Condition::all().add(sits()).add(involved(actor, &[Relation::Undeclared, Relation::Withdrawn]));
    let named = Condition::all().add(belongs(actor)).add(involved(actor, &[Relation::Named]));
    let oversees =
        within(actor.grants.iter().filter(|g| OVERSEERS.contains(&g.role)).map(|g| g.organisation.uuid()));
    let phase = assessment::Column::Phase;
    let decided = element::Entity::find()
        .select_only()
        .column(element::Column::AssessmentId)
        .filter(same_case((element::Entity, element::Column::AssessmentId)))
        .filter(element::Column::Noun.eq(Noun::Decision.to_sql()));
    let published = Condition::all().add(belongs(actor)).add(
        Condition::any().add(phase.is_in([Phase::Approved, Phase::Decided].map(Phase::to_sql))).add(
            Condition::all().add(phase.eq(Phase::Closed.to_sql())).add(Expr::exists(statement(decided))),
        ),
    );
    let otherwise = Condition::any()
        .add(oversees)
        .add(published)
        .add(named)
        // What is shared with a case's own organisation says nothing to its people.
        .add(
            Condition::all()
                .add(belongs(actor).not())
                .add(shared(actor, &[ShareLevel::Read, ShareLevel::Review])),
        );
    Condition::any().add(party()).add(takes_part).add(Condition::all().add(barred.not()).add(otherwise))
}

/// The case belongs to an organisation in which the actor holds a role.
fn belongs(actor: &Actor) -> SimpleExpr {
    within(actor.grants.iter().map(|grant| grant.organisation.uuid()))
}

fn within(organisations: impl Iterator<Item = Uuid>) -> SimpleExpr {
    let mut organisations: Vec<Uuid> = organisations.collect();
    organisations.sort_unstable();
    organisations.dedup();
    assessment::Column::OrganisationId.is_in(organisations)
}

/// The case was shared at one of these levels with an organisation in which the actor holds a role.
fn shared(actor: &Actor, levels: &[ShareLevel]) -> SimpleExpr {
    let share = assessment_share::Entity::find()
        .select_only()
        .column(assessment_share::Column::AssessmentId)
        .filter(same_case((assessment_share::Entity, assessment_share::Column::AssessmentId)))
        .filter(
            assessment_share::Column::OrganisationId
                .is_in(actor.grants.iter().map(|grant| grant.organisation.uuid())),
        )
        .filter(assessment_share::Column::Level.is_in(levels.iter().map(|level| level.to_sql())));
    Expr::exists(statement(share))
}

/// The person is one of these to the case.
fn involved(actor: &Actor, relations: &[Relation]) -> SimpleExpr {
    let found = involvement::Entity::find()
        .select_only()
        .column(involvement::Column::AssessmentId)
        .filter(same_case((involvement::Entity, involvement::Column::AssessmentId)))
        .filter(involvement::Column::PersonId.eq(actor.person.uuid()))
        .filter(involvement::Column::Relation.is_in(relations.iter().map(|relation| relation.to_sql())));
    Expr::exists(statement(found))
}

fn same_case(column: impl sea_orm::sea_query::IntoColumnRef) -> SimpleExpr {
    Expr::col(column).eq(Expr::col((assessment::Entity, assessment::Column::Id)))
}

fn statement(query: impl QueryTrait<QueryStatement = SelectStatement>) -> SelectStatement {
    query.into_query()
}
