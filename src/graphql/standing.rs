//! Standing panels: setting them up, and who of one would sit on a case.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::NaiveTime;

use crate::{
    app::{self, ProposedMember, StandingDraft},
    domain::{
        id::{PanelId, PersonId},
        panel::{MeetingDay, Pattern, StandingMember, Vacancy},
        review::{Absence, Interest},
        text::{Path, Violation},
    },
    graphql::{
        error::{Result, UserError, attempt, mendable},
        limit::{SOME, listed},
        panel::Panel,
        person::Person,
        scalar::{Date, Global},
        session::session,
        word::Word,
    },
};

/// A standing panel as it is to be.
#[derive(InputObject)]
pub struct SavePanelInput {
    /// Which one; a new one when absent.
    id: Option<Global<PanelId>>,
    /// Of one that exists: the version the user has before them.
    expected_version: Option<u32>,
    /// Of a new one: the ODS code of the organisation.
    organisation: Option<String>,
    /// What it is called.
    name: String,
    /// Whether it judges what is submitted without a panel, which one of an organisation's panels does at most; as before
    /// when absent, and the first one does.
    usual: Option<bool>,
    /// Who sits on it, all of them.
    members: Vec<StandingMemberInput>,
    /// When it meets as a rule.
    pattern: Option<MeetingPatternInput>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// Somebody in a seat of a standing panel. One person fills two seats at most.
#[derive(InputObject)]
pub struct StandingMemberInput {
    /// Who.
    person: Global<PersonId>,
    /// The seat: chair, vice chair, equality, public health, clinical, lay member, finance, engagement, governance,
    /// member, or another that the organisation's workflow asks for.
    seat: String,
    /// The first day of the term; from the beginning when absent.
    from: Option<Date>,
    /// The last day of the term; no end when absent.
    until: Option<Date>,
    /// When they were last trained for it.
    trained: Option<Date>,
    /// Who sits in their place.
    alternate: Option<Global<PersonId>>,
}

/// When a panel meets as a rule.
#[derive(InputObject)]
pub struct MeetingPatternInput {
    /// Which of the month, 1 to 4; 5 for the last.
    week: i32,
    /// The weekday.
    day: Word<MeetingDay>,
    /// When it begins, in local time: `10:00`.
    time: String,
}

/// What saving a standing panel did.
#[derive(SimpleObject)]
pub struct PanelPayload {
    /// The panel as it now stands; null when there is none.
    panel: Option<Panel>,
    /// What the user can mend; nothing was changed when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// A time of day as it is typed.
pub fn time(text: &str, path: Path) -> Result<NaiveTime, Violation> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| {
        let message = "Write the time of day as hours and minutes: 10:00.";
        Violation::new("INVALID", message, path)
    })
}

impl SavePanelInput {
    fn draft(self) -> Result<StandingDraft, Violation> {
        let required = |message: &str, path: Path| Violation::new("REQUIRED", message, path);
        let panel = match (self.id, self.expected_version) {
            (Some(id), Some(version)) => Some((id.0, version)),
            (Some(_), None) => {
                let message = "Say which version of the panel you have before you.";
                return Err(required(message, Path::of(["expectedVersion"])));
            }
            (None, _) => None,
        };
        let mut members = Vec::with_capacity(self.members.len());
        for given in self.members {
            members.push(StandingMember {
                person: given.person.0,
                seat: given.seat,
                from: given.from.map(|day| day.0),
                until: given.until.map(|day| day.0),
                trained: given.trained.map(|day| day.0),
                alternate: given.alternate.map(|person| person.0),
            });
        }
        let pattern = match self.pattern {
            Some(given) => Some(Pattern {
                week: u8::try_from(given.week).unwrap_or(0),
                day: given.day.0,
                time: time(&given.time, Path::of(["pattern", "time"]))?,
            }),
            None => None,
        };
        Ok(StandingDraft {
            panel,
            organisation: self.organisation,
            name: self.name,
            usual: self.usual,
            members,
            pattern,
        })
    }
}

/// Commands on standing panels.
#[derive(Default)]
pub struct StandingMutation;

/// Commands on standing panels.
#[Object]
impl StandingMutation {
    /// Sets a standing panel up, or changes it. One that could never be quorate is refused. For panel secretaries, chairs
    /// and administrators.
    #[graphql(complexity = "50 + child_complexity")]
    async fn save_panel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The panel.")] mut input: SavePanelInput,
    ) -> Option<Result<PanelPayload>> {
        let session = session(ctx);
        let saved = async {
            let actor = session.actor()?;
            let key = input.idempotency_key.take();
            let id = input.id.as_ref().map(|id| id.0);
            let done = match input.draft() {
                Ok(draft) => {
                    attempt(|| session.app.save_panel(actor, draft.clone(), key.clone(), session.moment))
                        .await
                }
                Err(violation) => Err(app::Error::from(violation)),
            };
            match done {
                Ok(saved) => Ok(PanelPayload { panel: Some(Panel::standing(saved)), errors: Vec::new() }),
                Err(error) => {
                    let (errors, _) = mendable(error)?;
                    let panel = match id {
                        Some(id) => session.app.find_standing_panel(actor, id).await?.map(Panel::standing),
                        None => None,
                    };
                    Ok(PanelPayload { panel, errors })
                }
            }
        };
        Some(saved.await)
    }
}

/// Who of a standing panel would sit on a case.
pub struct ProposedPanel(pub app::Proposal);

/// Who of a standing panel would sit on a case. A proposal: the secretary assigns.
#[Object]
impl ProposedPanel {
    /// Everybody of the panel who may sit on the case today, alternates in the seats they would fill.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn members(&self) -> Vec<PanelProposal> {
        self.0.members.iter().cloned().map(PanelProposal).collect()
    }

    /// Seats that stay empty.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn vacant(&self) -> Vec<PanelVacancy> {
        self.0.vacant.iter().cloned().map(PanelVacancy).collect()
    }

    /// Whether those who are proposed could make a quorum of every conclusion.
    async fn quorate(&self) -> bool {
        self.0.shortage.is_none()
    }

    /// What they lack, when they could not.
    async fn shortage(&self) -> Option<String> {
        self.0.shortage.as_ref().map(ToString::to_string)
    }
}

/// Somebody who may sit on a case.
pub struct PanelProposal(ProposedMember);

/// Somebody of a standing panel who may sit on a case.
#[Object]
impl PanelProposal {
    /// Who.
    async fn person(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.person).await
    }

    /// In which seat.
    async fn seat(&self) -> &str {
        &self.0.seat
    }

    /// The member in whose place they would sit.
    async fn instead_of(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let (member, _) = self.0.instead_of?;
        Some(Person::named(ctx, member).await)
    }

    /// Why that member does not sit.
    async fn because(&self) -> Option<Word<Absence>> {
        self.0.instead_of.map(|(_, because)| Word(because))
    }

    /// How many cases of the organisation await their declaration or review.
    async fn load(&self) -> i32 {
        i32::try_from(self.0.load).unwrap_or(i32::MAX)
    }

    /// What they declared in other cases of the same author or programme.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn conflicts(&self) -> Vec<PanelConflict> {
        let told = |conflict: &app::Conflict| PanelConflict {
            reference: conflict.reference.clone(),
            interest: Word(conflict.interest),
        };
        self.0.conflicts.iter().map(told).collect()
    }

    /// Whether they are proposed: one more than a quorum, of those whom the least speaks against.
    async fn proposed(&self) -> bool {
        self.0.proposed
    }
}

/// What somebody declared in another case.
#[derive(SimpleObject)]
pub struct PanelConflict {
    /// The other case.
    reference: String,
    /// What was declared there, and how the chair answered it.
    interest: Word<Interest>,
}

/// A seat in which nobody would sit.
pub struct PanelVacancy(Vacancy);

/// A seat of a standing panel in which nobody would sit on a case.
#[Object]
impl PanelVacancy {
    /// Whose seat.
    async fn member(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.member).await
    }

    /// Which.
    async fn seat(&self) -> &str {
        &self.0.seat
    }

    /// Why they do not sit.
    async fn because(&self) -> Word<Absence> {
        Word(self.0.because)
    }

    /// Their alternate, who does not sit either.
    async fn alternate(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let (alternate, _) = self.0.alternate?;
        Some(Person::named(ctx, alternate).await)
    }

    /// Why the alternate does not.
    async fn alternate_because(&self) -> Option<Word<Absence>> {
        self.0.alternate.map(|(_, because)| Word(because))
    }
}
