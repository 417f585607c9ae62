//! What partners propose.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::{
    app::{self, PartnerDraft},
    domain::{
        id::PartnerProposalId,
        impact::Direction,
        partner::{self, Confidence},
    },
    graphql::{
        area::Area,
        edit::PartyInput,
        error::{Result, UserError, attempt, mendable},
        group::Group,
        limit::{SOME, listed},
        organisation::Organisation,
        page::Total,
        person::{Party, Person},
        scalar::{Date, Global, Instant, global, int},
        session::session,
        word::Word,
    },
};

/// A partner's proposal.
pub struct PartnerProposal(pub partner::PartnerProposal);

impl PartnerProposal {
    /// The proposal with this identifier, where the viewer may read the register.
    pub async fn find(ctx: &Context<'_>, id: PartnerProposalId) -> Result<Option<Self>> {
        let session = session(ctx);
        Ok(session.app.find_partner_proposal(session.actor()?, id).await?.map(Self))
    }
}

/// A partner's proposal without an assessment here: counted in its own column, by its source and confidence. Those who
/// oversee the cases of the organisation that keeps it read it.
#[Object]
impl PartnerProposal {
    /// The global identifier, `partner_proposal:..`.
    pub async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// Counts its changes, for `expectedVersion`.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// Who keeps it here.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Organisation> {
        Organisation::named(ctx, self.0.organisation).await
    }

    /// Whose proposal it is.
    async fn partner(&self) -> Party {
        Party(self.0.partner.clone())
    }

    /// Where the partner is reached, when they have no account; only for those who record what partners propose.
    async fn contact(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let session = session(ctx);
        let contact = async { Ok(session.app.partner_contact(session.actor()?, &self.0).await?) };
        contact.await.transpose()
    }

    /// What they propose.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The groups it touches; each by itself.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn groups(&self, ctx: &Context<'_>) -> Result<Vec<Group>> {
        let id = self.0.organisation;
        let frames = session(ctx).app.partner_catalogues(&[id]).await?;
        Ok(frames.get(&id).map(|frame| Group::list(&frame.groups, &self.0.groups)).unwrap_or_default())
    }

    /// Which way it goes for them.
    async fn direction(&self) -> Word<Direction> {
        Word(self.0.direction)
    }

    /// The places it touches.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn footprint(&self) -> Vec<Area> {
        Area::list(&self.0.footprint)
    }

    /// From when on.
    async fn from(&self) -> Option<Date> {
        self.0.from.map(Date)
    }

    /// Until when.
    async fn to(&self) -> Option<Date> {
        self.0.to.map(Date)
    }

    /// Where that stands, or who said so.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// How sure it is.
    async fn confidence(&self) -> Word<Confidence> {
        Word(self.0.confidence)
    }

    /// Whether the partner agreed that this is what they propose.
    async fn agreed(&self) -> bool {
        self.0.agreed_on.is_some()
    }

    /// When they did.
    async fn agreed_on(&self) -> Option<Date> {
        self.0.agreed_on.map(Date)
    }

    /// Whether it was dropped: it is kept, and counts no more.
    async fn withdrawn(&self) -> bool {
        self.0.withdrawn
    }

    /// Who recorded it last.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.recorded_by).await
    }

    /// When.
    async fn recorded_at(&self) -> Instant {
        Instant(self.0.recorded_at)
    }
}

/// How many proposals the organisation with this code keeps, counted when it is asked.
pub struct PartnerProposalTotal(pub String);

impl Total for PartnerProposalTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i32> {
        let session = session(ctx);
        Ok(int(session.app.count_partner_proposals(session.actor()?, &self.0).await?))
    }
}

/// What a partner proposes, as it is to be recorded.
#[derive(InputObject)]
pub struct PartnerProposalInput {
    /// Which one is changed; a new one when absent.
    id: Option<Global<PartnerProposalId>>,
    /// With `id`: the version that is known.
    expected_version: Option<u32>,
    /// Of a new one: the ODS code of the organisation that keeps it; the one where the viewer may, when absent.
    organisation: Option<String>,
    /// Whose proposal it is, with an address where they have no account.
    partner: PartyInput,
    /// What they propose.
    title: String,
    /// Codes of the groups it touches; one at least.
    groups: Vec<String>,
    /// Which way it goes for them.
    direction: Word<Direction>,
    /// Codes of the places it touches; one at least.
    footprint: Vec<String>,
    /// From when on.
    from: Option<Date>,
    /// Until when.
    to: Option<Date>,
    /// Where that stands, or who said so.
    source: String,
    /// How sure it is.
    confidence: Word<Confidence>,
    /// The day on which the partner agreed that this is what they propose; absent while they have not.
    agreed_on: Option<Date>,
    /// Whether it was dropped.
    #[graphql(default = false)]
    withdrawn: bool,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// What a command on a partner's proposal did.
#[derive(SimpleObject)]
pub struct PartnerProposalPayload {
    /// The proposal as it now stands.
    proposal: Option<PartnerProposal>,
    /// What the user can mend; nothing was changed when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// Commands on what partners propose.
#[derive(Default)]
pub struct PartnerMutation;

/// Commands on what partners propose.
#[Object]
impl PartnerMutation {
    /// Records what a partner proposes to do to the same people without an assessment here, or changes what is recorded.
    /// For governance and equality leads.
    #[graphql(complexity = "50 + child_complexity")]
    async fn record_partner_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal.")] mut input: PartnerProposalInput,
    ) -> Option<Result<PartnerProposalPayload>> {
        let session = session(ctx);
        let recorded = async {
            let actor = session.actor()?;
            let key = input.idempotency_key.take();
            let id = input.id.as_ref().map(|id| id.0);
            let draft = PartnerDraft {
                id: id.map(|id| (id, input.expected_version)),
                organisation: input.organisation,
                partner: app::PartyInput::from(input.partner),
                title: input.title,
                groups: input.groups,
                direction: input.direction.0,
                footprint: input.footprint,
                from: input.from.map(|day| day.0),
                to: input.to.map(|day| day.0),
                source: input.source,
                confidence: input.confidence.0,
                agreed_on: input.agreed_on.map(|day| day.0),
                withdrawn: input.withdrawn,
            };
            let done = attempt(|| {
                session.app.record_partner_proposal(actor, draft.clone(), key.clone(), session.moment)
            });
            match done.await {
                Ok(proposal) => {
                    let proposal = Some(PartnerProposal(proposal));
                    Ok(PartnerProposalPayload { proposal, errors: Vec::new() })
                }
                Err(error) => {
                    let (errors, _) = mendable(error)?;
                    let proposal = match id {
                        Some(id) => PartnerProposal::find(ctx, id).await?,
                        None => None,
                    };
                    Ok(PartnerProposalPayload { proposal, errors })
                }
            }
        };
        Some(recorded.await)
    }
}
