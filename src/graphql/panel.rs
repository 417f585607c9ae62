//! Panels: that of a case, with what its members declared, and the standing ones they are seated from.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    app::{StandingView, View},
    domain::{
        id::PanelId,
        panel::{self, MeetingDay, StandingMember},
        permission::Action,
        review::{self, Absence, Interest},
    },
    graphql::{
        error::Result,
        involved::InterestStep,
        limit::{SOME, listed},
        meeting::Meeting,
        organisation::Organisation,
        person::Person,
        scalar::{Date, global, int},
        session::session,
        word::Word,
    },
};

/// Who judges.
pub enum Panel {
    /// One case.
    Case {
        /// The case.
        view: Arc<View>,
        /// Its panel.
        panel: review::Panel,
    },
    /// The cases of an organisation.
    Standing(Box<StandingView>),
}

impl Panel {
    /// The panel of the case, when it has one.
    pub fn of(view: &Arc<View>) -> Option<Self> {
        let panel = view.case.process.panel.clone()?;
        Some(Self::Case { view: view.clone(), panel })
    }

    /// A standing panel.
    pub fn standing(view: StandingView) -> Self {
        Self::Standing(Box::new(view))
    }

    /// The panel with this identifier, of a case that the viewer may read or of an organisation of theirs.
    pub async fn find(ctx: &Context<'_>, id: PanelId) -> Result<Option<Self>> {
        let session = session(ctx);
        let actor = session.actor()?;
        if let Some(view) = Box::pin(session.app.find_panel(actor, id)).await? {
            return Ok(
                Self::of(&view).filter(|_| view.case.process.panel.as_ref().is_some_and(|own| own.id == id))
            );
        }
        Ok(Box::pin(session.app.find_standing_panel(actor, id)).await?.map(Self::standing))
    }
}

/// Who judges a case, or a standing panel whose members are seated on cases.
#[Object]
impl Panel {
    /// The global identifier, `panel:..`.
    pub async fn id(&self) -> ID {
        global(match self {
            Self::Case { panel, .. } => panel.id,
            Self::Standing(standing) => standing.panel.id,
        })
    }

    /// What it is called.
    async fn name(&self) -> &str {
        match self {
            Self::Case { panel, .. } => &panel.name,
            Self::Standing(standing) => &standing.panel.name,
        }
    }

    /// Who sits on it.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn members(&self) -> Vec<PanelMember> {
        match self {
            Self::Case { view, panel } => (panel.members.iter())
                .map(|member| PanelMember::Case { view: view.clone(), member: member.clone() })
                .collect(),
            Self::Standing(standing) => {
                standing.panel.members.iter().cloned().map(PanelMember::Standing).collect()
            }
        }
    }

    /// What makes a quorum, in words: what the workflow asks of which conclusion.
    async fn quorum(&self) -> String {
        match self {
            Self::Case { view, .. } => {
                view.workflow.quorum_in_words(view.frame.organisation.settings.composition())
            }
            Self::Standing(standing) => standing.quorum.clone(),
        }
    }

    /// The standing panel that the panel of a case was seated from; null when it was named one by one.
    async fn seated_from(&self, ctx: &Context<'_>) -> Option<Result<Panel>> {
        let Self::Case { panel, .. } = self else { return None };
        let standing = panel.standing.as_ref()?.panel;
        Box::pin(Panel::find(ctx, standing)).await.transpose()
    }

    /// Whose standing panel it is; null for the panel of a case.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        let Self::Standing(standing) = self else { return None };
        Some(Organisation::named(ctx, standing.panel.organisation).await)
    }

    /// Counts the changes of a standing panel, for `expectedVersion`; null for the panel of a case.
    async fn version(&self) -> Option<i32> {
        let Self::Standing(standing) = self else { return None };
        Some(int(standing.panel.version))
    }

    /// Whether this standing panel judges what is submitted without a panel; null for the panel of a case.
    async fn usual(&self) -> Option<bool> {
        let Self::Standing(standing) = self else { return None };
        Some(standing.panel.usual)
    }

    /// When this standing panel meets as a rule.
    async fn pattern(&self) -> Option<MeetingPattern> {
        let Self::Standing(standing) = self else { return None };
        standing.panel.pattern.map(MeetingPattern)
    }

    /// The next days on which this standing panel would meet as a rule; working days only.
    async fn usual_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 24.", default = 6)] first: i32,
    ) -> Vec<Date> {
        let Self::Standing(standing) = self else { return Vec::new() };
        let Some(pattern) = standing.panel.pattern else { return Vec::new() };
        let first = usize::try_from(first).unwrap_or_default().clamp(1, 24);
        let today = session(ctx).moment.today;
        pattern.days(today, first, &standing.closed).into_iter().map(Date).collect()
    }

    /// The meetings of this standing panel from a day on, the first first, cancelled ones too.
    #[graphql(complexity = "20 + listed(SOME, child_complexity)")]
    async fn meetings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The day; today when absent.")] from: Option<Date>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: i32,
    ) -> Result<Vec<Meeting>> {
        let Self::Standing(standing) = self else { return Ok(Vec::new()) };
        let session = session(ctx);
        let from = from.map_or(session.moment.today, |day| day.0);
        let most = u32::try_from(first).unwrap_or_default().clamp(1, 100);
        let meetings =
            Box::pin(session.app.meetings(session.actor()?, standing.panel.id, from, most)).await?;
        Ok(meetings.into_iter().map(Meeting).collect())
    }
}

/// When a panel meets as a rule.
pub struct MeetingPattern(panel::Pattern);

/// When a panel meets as a rule: on a certain weekday of every month.
#[Object]
impl MeetingPattern {
    /// Which of the month, 1 to 4; 5 for the last.
    async fn week(&self) -> i32 {
        i32::from(self.0.week)
    }

    /// The weekday.
    async fn day(&self) -> Word<MeetingDay> {
        Word(self.0.day)
    }

    /// When it begins, in local time: `10:00`.
    async fn time(&self) -> String {
        self.0.time.format("%H:%M").to_string()
    }
}

/// A seat of a panel.
pub enum PanelMember {
    /// On the panel of a case.
    Case {
        /// The case.
        view: Arc<View>,
        /// The seat.
        member: review::PanelMember,
    },
    /// On a standing panel.
    Standing(StandingMember),
}

impl PanelMember {
    fn who(&self) -> crate::domain::id::PersonId {
        match self {
            Self::Case { member, .. } => member.person,
            Self::Standing(member) => member.person,
        }
    }

    fn stand_in(&self) -> Option<&review::StandIn> {
        let Self::Case { view, member } = self else { return None };
        let standing = view.case.process.panel.as_ref()?.standing.as_ref()?;
        standing.stand_ins.iter().find(|one| one.person == member.person && one.seat == member.seat)
    }
}

/// One seat of a panel.
#[Object]
impl PanelMember {
    /// Who sits in it.
    async fn person(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.who()).await
    }

    /// What the seat is for: chair, equality, clinical.
    async fn seat(&self) -> &str {
        match self {
            Self::Case { member, .. } => &member.seat,
            Self::Standing(member) => &member.seat,
        }
    }

    /// What they declared of the case, or how it was answered; null on a standing panel.
    async fn interest(&self) -> Option<Word<Interest>> {
        let Self::Case { member, .. } = self else { return None };
        Some(Word(member.interest))
    }

    /// Whether what they declared waits for the answer of somebody entitled: until then they do not vote, and nothing is
    /// concluded.
    async fn awaits_answer(&self) -> bool {
        matches!(self, Self::Case { member, .. } if member.unanswered)
    }

    /// What they said when they last declared; only for themselves and those who may read the panel's deliberation.
    async fn note(&self, ctx: &Context<'_>) -> Option<&str> {
        let Self::Case { view, member } = self else { return None };
        let actor = session(ctx).somebody()?;
        let own = actor.person == member.person;
        let may = own || view.permits(actor, Action::ReadDeliberation);
        member.note.as_deref().filter(|_| may)
    }

    /// What they declared and how they were answered, each time, the newest last; only for themselves and those who may
    /// read the panel's deliberation.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn declarations(&self, ctx: &Context<'_>) -> Vec<InterestStep> {
        let (Self::Case { view, member }, Some(actor)) = (self, session(ctx).somebody()) else {
            return Vec::new();
        };
        if actor.person != member.person && !view.permits(actor, Action::ReadDeliberation) {
            return Vec::new();
        }
        let declared = view.case.process.interests.get(&member.person).into_iter();
        declared.flat_map(|declared| declared.steps.iter().cloned()).map(InterestStep).collect()
    }

    /// Whether they take part and their review counts towards the quorum; on a standing panel nobody does yet.
    async fn votes(&self) -> bool {
        matches!(self, Self::Case { member, .. } if member.votes())
    }

    /// Whether they reviewed the revision that is before the panel.
    async fn reviewed(&self) -> bool {
        let Self::Case { view, member } = self else { return false };
        let case = &view.case;
        case.reviews_of(case.revision).any(|review| review.reviewer == member.person)
    }

    /// On the panel of a case: the member in whose place they sit.
    async fn instead_of(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        Some(Person::named(ctx, self.stand_in()?.instead_of).await)
    }

    /// On the panel of a case: why that member does not sit.
    async fn because(&self) -> Option<Word<Absence>> {
        self.stand_in().map(|stand_in| Word(stand_in.because))
    }

    /// On a standing panel: the first day of the term; null from the beginning.
    async fn from(&self) -> Option<Date> {
        let Self::Standing(member) = self else { return None };
        member.from.map(Date)
    }

    /// On a standing panel: the last day of the term; null for no end.
    async fn until(&self) -> Option<Date> {
        let Self::Standing(member) = self else { return None };
        member.until.map(Date)
    }

    /// On a standing panel: when they were last trained for it.
    async fn trained(&self) -> Option<Date> {
        let Self::Standing(member) = self else { return None };
        member.trained.map(Date)
    }

    /// On a standing panel: who sits in their place.
    async fn alternate(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let Self::Standing(member) = self else { return None };
        Some(Person::named(ctx, member.alternate?).await)
    }
}
