//! Permission as WHERE: which cases a list may show.
//!
//! [`crate::domain::permission::permit`] is the policy; this says the same of rows, and a test holds the two
//! together over generated cases and actors.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
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
    permission::{Actor, OVERSEERS, Relation},
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

/// Part of what a scope shows.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Whose cases.
    pub of: Of,
    /// To what of them an index leads.
    pub led: Condition,
    /// What else a row of `assessment` must satisfy.
    pub may: Condition,
    /// The same in two that have no row in common, to each of which an index leads: what everybody of the organisation may
    /// read and the person has nothing to do with, and what they have to do with.
    pub halves: Option<Box<[Half; 2]>>,
}

/// To what an index leads, and what else a row must satisfy.
type Half = (Condition, Condition);

impl Part {
    /// What a row of `assessment` must satisfy.
    pub(crate) fn all(&self) -> Condition {
        self.led().add(self.may.clone())
    }

    /// Which rows an index leads to.
    pub(super) fn led(&self) -> Condition {
        self.of.condition().add(self.led.clone())
    }

    fn new(of: Of, may: Condition) -> Self {
        Self { of, led: Condition::all(), may, halves: None }
    }

    /// Its halves, each a part; itself where it has none.
    pub(crate) fn apart(self) -> Vec<Self> {
        let Some(halves) = self.halves else { return vec![self] };
        let of = self.of;
        halves.into_iter().map(|(led, may)| Self { led, ..Self::new(of.clone(), may) }).collect()
    }
}

/// Whose cases part of a scope has.
#[derive(Clone, Debug)]
pub(crate) enum Of {
    /// Everybody's.
    Anybody,
    /// Those of one organisation.
    Organisation(Uuid),
    /// Those of others than these: what is shared with a case's own organisation says nothing to its people.
    Others(Vec<Uuid>),
}

impl Of {
    pub(super) fn condition(&self) -> Condition {
        use assessment::Column::OrganisationId;
        let all = Condition::all();
        match self {
            Self::Anybody => all,
            Self::Organisation(one) => all.add(OrganisationId.eq(*one)),
            Self::Others(these) => all.add(OrganisationId.is_not_in(these.iter().copied())),
        }
    }
}

impl Scope<'_> {
    /// What a row of `assessment` must satisfy.
    pub(crate) fn condition(self) -> Condition {
        match self {
            Self::Everything => Condition::all(),
            Self::Read(_) | Self::SeeStub(_) | Self::Shared(_) => {
                self.parts().iter().map(Part::all).fold(Condition::any(), Condition::add)
            }
        }
    }

    /// What a row must satisfy, in parts, of which every row that the scope shows satisfies exactly one: the cases of each organisation
    /// in which the actor holds a role, and those of others. Each alone is in the order of an index, so that a page is
    /// read from a few dozen rows however many there are; the scope as a whole is not.
    pub(crate) fn parts(self) -> Vec<Part> {
        let own = |organisation| Part::new(Of::Organisation(organisation), Condition::all());
        let others = |actor, may| Part::new(Of::Others(organisations(actor)), may);
        let any = [ShareLevel::Stub, ShareLevel::Read, ShareLevel::Review];
        match self {
            Self::Everything => vec![Part::new(Of::Anybody, Condition::all())],
            Self::Shared(actor) => vec![others(actor, Condition::all().add(shared(actor, &any)))],
            Self::SeeStub(actor) => {
                let own = organisations(actor).into_iter().map(own);
                own.chain([others(actor, Condition::all().add(shared(actor, &any)))]).collect()
            }
            Self::Read(actor) => {
                let readable = |one| readable_in(actor, own(one), one);
                let own = organisations(actor).into_iter().map(readable);
                own.chain([others(actor, readable_elsewhere(actor))]).collect()
            }
        }
    }
}

/// What of rows that name a case and its organisation is of a case that the actor may know of: [`Scope::SeeStub`] without a
/// look at cases, of which there may be a hundred thousand.
pub(crate) fn known<C: ColumnTrait>(actor: &Actor, organisation: C, case: C) -> Condition {
    let own = organisations(actor);
    let share = assessment_share::Entity::find()
        .select_only()
        .column(assessment_share::Column::AssessmentId)
        .filter(assessment_share::Column::OrganisationId.is_in(own.iter().copied()));
    Condition::any().add(organisation.is_in(own)).add(case.in_subquery(statement(share)))
}

/// What of the cases of an organisation in which they hold a role the actor may read.
fn readable_in(actor: &Actor, all: Part, organisation: Uuid) -> Part {
    let takes_part =
        [Relation::Author, Relation::Contributor, Relation::Sro, Relation::Declared, Relation::NotVoting];
    let oversees = actor.roles().any(|(at, role)| at.uuid() == organisation && OVERSEERS.contains(&role));
    let free = Condition::all().add(barred(actor).not());
    if oversees {
        // Most cases pass by the first half alone.
        return Part { may: Condition::any().add(free).add(involved(actor, &takes_part)), ..all };
    }
    let decided = element::Entity::find()
        .select_only()
        .column(element::Column::AssessmentId)
        .filter(same_case((element::Entity, element::Column::AssessmentId)))
        .filter(element::Column::Noun.eq(Noun::Decision.to_sql()));
    // A value and not EXISTS, for which PostgreSQL would gather what every case has, to ask it of a few.
    let decided = Expr::SubQuery(None, Box::new(statement(decided.limit(1)).into())).is_not_null();
    let phase = assessment::Column::Phase;
    let closed = || Condition::any().add(phase.ne(Phase::Closed.to_sql())).add(decided.clone());
    let published = || Condition::all().add(Expr::cust(PUBLISHED)).add(closed());
    let free = free.add(Condition::any().add(published()).add(involved(actor, &[Relation::Named])));
    let theirs = Condition::any().add(free).add(involved(actor, &takes_part));
    // Most cases are nothing of theirs: one look at those they have to do with tells.
    let at_all = Condition::any().add(published()).add(concerned(actor));
    let with_them = assessment::Column::Id.in_subquery(statement(
        involvement::Entity::find()
            .select_only()
            .column(involvement::Column::AssessmentId)
            .filter(involvement::Column::PersonId.eq(actor.person.uuid())),
    ));
    let halves = [
        (
            Condition::all().add(Expr::cust(PUBLISHED)),
            Condition::all().add(closed()).add(concerned(actor).not()),
        ),
        (Condition::all().add(with_them), theirs.clone()),
    ];
    Part { may: Condition::all().add(at_all).add(theirs), halves: Some(Box::new(halves)), ..all }
}

/// Where a case may be read by everybody of its organisation, once it was decided if it is closed; as the migration
/// `published` writes it, because a condition with parameters finds no index of some rows.
const PUBLISHED: &str = "\"assessment\".\"phase\" IN ('approved', 'decided', 'closed')";

/// What of other organisations the actor may read: what was shared. Who judges it was asked with it.
fn readable_elsewhere(actor: &Actor) -> Condition {
    let review = || Condition::all().add(shared(actor, &[ShareLevel::Review]));
    let takes_part = review().add(involved(actor, &[Relation::Declared, Relation::NotVoting]));
    Condition::all()
        .add(shared(actor, &[ShareLevel::Read, ShareLevel::Review]))
        .add(Condition::any().add(takes_part).add(review().add(barred(actor)).not()))
}

/// What a picture of risk may have of organisations that the actor does not oversee: what was shared with those they do, to be
/// read. Of rows that name a case and its organisation; however many were shared, what is asked stays as short.
pub(crate) fn shared_with<C: ColumnTrait>(overseen: &[Uuid], organisation: C, case: C) -> Condition {
    let share = assessment_share::Entity::find()
        .select_only()
        .column(assessment_share::Column::AssessmentId)
        .filter(assessment_share::Column::OrganisationId.is_in(overseen.iter().copied()))
        .filter(
            assessment_share::Column::Level
                .is_in([ShareLevel::Read, ShareLevel::Review].map(ShareLevel::to_sql)),
        );
    Condition::all()
        .add(organisation.is_not_in(overseen.iter().copied()))
        .add(case.in_subquery(statement(share)))
}

/// What a picture of risk leaves out and counts: nobody on the panel sees content before they declared, or after they withdrew.
pub(crate) fn kept_from(actor: &Actor) -> Condition {
    let own = [Relation::Author, Relation::Contributor, Relation::Sro];
    // By the person first, who sits on few panels, and not by every case.
    let barred = involvement::Entity::find()
        .select_only()
        .column(involvement::Column::AssessmentId)
        .filter(involvement::Column::PersonId.eq(actor.person.uuid()))
        .filter(involvement::Column::Relation.is_in(BARRED.map(Relation::to_sql)));
    let barred = assessment::Column::Id.in_subquery(statement(barred));
    Condition::all().add(barred).add(involved(actor, &own).not())
}

/// What keeps somebody from a case that they could read otherwise.
const BARRED: [Relation; 2] = [Relation::Undeclared, Relation::Withdrawn];

/// The person is on the panel and not, or no longer, taking part: nothing else they hold opens the case.
fn barred(actor: &Actor) -> SimpleExpr {
    involved(actor, &BARRED)
}

/// The organisations in which the actor holds a role.
fn organisations(actor: &Actor) -> Vec<Uuid> {
    let mut own: Vec<Uuid> = actor.grants.iter().map(|grant| grant.organisation.uuid()).collect();
    own.sort_unstable();
    own.dedup();
    own
}

/// The case was shared with one of them at one of these levels.
fn shared(actor: &Actor, levels: &[ShareLevel]) -> SimpleExpr {
    let share = assessment_share::Entity::find()
        .select_only()
        .column(assessment_share::Column::AssessmentId)
        .filter(assessment_share::Column::OrganisationId.is_in(organisations(actor)))
        .filter(assessment_share::Column::Level.is_in(levels.iter().map(|level| level.to_sql())));
    assessment::Column::Id.in_subquery(statement(share))
}

/// The person is one of these to the case.
fn involved(actor: &Actor, relations: &[Relation]) -> SimpleExpr {
    let relations = relations.iter().map(|relation| relation.to_sql());
    Expr::exists(statement(involvement_of(actor).filter(involvement::Column::Relation.is_in(relations))))
}

/// The person is anything to the case.
fn concerned(actor: &Actor) -> SimpleExpr {
    Expr::exists(statement(involvement_of(actor)))
}

fn involvement_of(actor: &Actor) -> Select<involvement::Entity> {
    involvement::Entity::find()
        .select_only()
        .column(involvement::Column::AssessmentId)
        .filter(same_case((involvement::Entity, involvement::Column::AssessmentId)))
        .filter(involvement::Column::PersonId.eq(actor.person.uuid()))
}

fn same_case(column: impl sea_orm::sea_query::IntoColumnRef) -> SimpleExpr {
    Expr::col(column).eq(Expr::col((assessment::Entity, assessment::Column::Id)))
}

fn statement(query: impl QueryTrait<QueryStatement = SelectStatement>) -> SelectStatement {
    query.into_query()
}
