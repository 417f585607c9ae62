//! Leave, and whose roles people act in meanwhile.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::{
    app::{self, LeaveDraft},
    domain::{
        id::{LeaveId, PersonId},
        leave,
        permission::{self, Role},
    },
    graphql::{
        error::{Result, UserError, attempt, mendable},
        limit::{SOME, listed},
        organisation::Organisation,
        person::Person,
        scalar::{Date, Global, global},
        session::session,
        word::Word,
    },
};

/// Leave.
pub struct Leave(pub leave::Leave);

impl Leave {
    /// The leave with this identifier, in an organisation of the viewer.
    pub async fn find(ctx: &Context<'_>, id: LeaveId) -> Result<Option<Self>> {
        let session = session(ctx);
        Ok(session.app.find_leave(session.actor()?, id).await?.map(Self))
    }
}

/// Somebody's leave from their work in an organisation, and who stands in for them.
#[Object]
impl Leave {
    /// The global identifier, `leave:..`.
    pub async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// Where.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Organisation> {
        Organisation::named(ctx, self.0.organisation).await
    }

    /// Who is away.
    async fn person(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.person).await
    }

    /// Who acts with their roles as equality lead, chair, secretary, decision maker or governance; null for nobody.
    async fn deputy(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        Some(Person::named(ctx, self.0.deputy?).await)
    }

    /// The first day.
    async fn from(&self) -> Date {
        Date(self.0.from)
    }

    /// The last day.
    async fn until(&self) -> Date {
        Date(self.0.until)
    }
}

/// A role of somebody on leave.
pub struct DeputisedRole(pub permission::Deputised);

/// A role of somebody on leave, whom the viewer stands in for.
#[Object]
impl DeputisedRole {
    /// Where.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Organisation> {
        Organisation::named(ctx, self.0.organisation).await
    }

    /// What.
    async fn role(&self) -> Word<Role> {
        Word(self.0.role)
    }

    /// Whose it is.
    async fn on_behalf_of(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.on_behalf_of).await
    }

    /// The last day.
    async fn until(&self) -> Date {
        Date(self.0.until)
    }
}

/// Leave as it is to be.
#[derive(InputObject)]
pub struct SaveLeaveInput {
    /// Which is changed; new leave when absent.
    id: Option<Global<LeaveId>>,
    /// Of new leave: the ODS code of the organisation.
    organisation: Option<String>,
    /// Who is away; the viewer when absent. Administrators enter anybody's, a panel's secretary anybody's without deputy.
    person: Option<Global<PersonId>>,
    /// Who stands in for them; nobody when absent.
    deputy: Option<Global<PersonId>>,
    /// The first day.
    from: Date,
    /// The last day.
    until: Date,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// Leave that ends.
#[derive(InputObject)]
pub struct EndLeaveInput {
    /// Which.
    leave_id: Global<LeaveId>,
}

/// What a command on leave did.
#[derive(SimpleObject)]
pub struct LeavePayload {
    /// The leave as it now stands; null when there is none.
    leave: Option<Leave>,
    /// What the user can mend; nothing was changed when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// Commands on leave.
#[derive(Default)]
pub struct LeaveMutation;

/// Commands on leave.
#[Object]
impl LeaveMutation {
    /// Enters leave, or changes it. A deputy is told; they act with the roles of whoever is away, in their own name and on
    /// behalf of them, and not in cases in which one of the two may not.
    #[graphql(complexity = "50 + child_complexity")]
    async fn save_leave(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The leave.")] mut input: SaveLeaveInput,
    ) -> Option<Result<LeavePayload>> {
        let session = session(ctx);
        let saved = async {
            let actor = session.actor()?;
            let key = input.idempotency_key.take();
            let id = input.id.as_ref().map(|id| id.0);
            let draft = LeaveDraft {
                id,
                organisation: input.organisation,
                person: input.person.map(|person| person.0),
                deputy: input.deputy.map(|person| person.0),
                from: input.from.0,
                until: input.until.0,
            };
            let done =
                attempt(|| session.app.save_leave(actor, draft.clone(), key.clone(), session.moment)).await;
            told(ctx, id, done.map(Some)).await
        };
        Some(saved.await)
    }

    /// Ends leave: from this day on they are back. Leave that has not begun is taken back.
    #[graphql(complexity = "50 + child_complexity")]
    async fn end_leave(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The leave.")] input: EndLeaveInput,
    ) -> Option<Result<LeavePayload>> {
        let session = session(ctx);
        let ended = async {
            let (actor, id) = (session.actor()?, input.leave_id.0);
            let done = attempt(|| session.app.end_leave(actor, id, session.moment)).await;
            told(ctx, Some(id), done).await
        };
        Some(ended.await)
    }
}

/// The leave, or what the user can mend beside the leave as it stands.
async fn told(
    ctx: &Context<'_>,
    id: Option<LeaveId>,
    done: app::Result<Option<leave::Leave>>,
) -> Result<LeavePayload> {
    let session = session(ctx);
    match done {
        Ok(leave) => Ok(LeavePayload { leave: leave.map(Leave), errors: Vec::new() }),
        Err(error) => {
            let (errors, _) = mendable(error)?;
            let leave = match id {
                Some(id) => session.app.find_leave(session.actor()?, id).await?.map(Leave),
                None => None,
            };
            Ok(LeavePayload { leave, errors })
        }
    }
}
