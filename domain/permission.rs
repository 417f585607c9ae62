//! The one policy: who may do what with which case.
//!
//! It asks what the actor is *to the case* ([`Relation`]) before what roles they hold. Separation of duties is
//! structural: author, contributors and SRO, present and former, never review a case or conclude on it, whatever roles they
//! hold. A workflow may narrow what is permitted here and never widen it. What an actor may not see is "not found".

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::{
    case::{Case, ShareLevel},
    event::Audience,
    id::{OrganisationId, PersonId},
    review::Interest,
    words::words,
    workflow::Phase,
};

words! {
    /// The roles a person may hold in an organisation.
    Role {
        /// Writes assessments.
        Author = "AUTHOR",
        /// Senior responsible officer: sponsors proposals.
        Sro = "SRO",
        /// Leads on equality: advises, judges materiality, screens.
        EqualityLead = "EQUALITY_LEAD",
        /// Sits on panels.
        Reviewer = "REVIEWER",
        /// Chairs panels and records what they conclude.
        PanelChair = "PANEL_CHAIR",
        /// Keeps the panel's business: assigns, shares, runs clocks.
        PanelSecretary = "PANEL_SECRETARY",
        /// Records what the body with authority decided.
        DecisionMaker = "DECISION_MAKER",
        /// Sees all cases and the aggregated risk.
        Governance = "GOVERNANCE",
        /// Reads everything, changes nothing.
        Auditor = "AUDITOR",
        /// Manages people, tokens and settings.
        Administrator = "ADMINISTRATOR",
    }
}

/// The roles that oversee all cases of an organisation.
pub const OVERSEERS: [Role; 7] = [
    Role::EqualityLead,
    Role::PanelChair,
    Role::PanelSecretary,
    Role::DecisionMaker,
    Role::Governance,
    Role::Auditor,
    Role::Administrator,
];

/// A role held in an organisation, up to and including a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Where.
    pub organisation: OrganisationId,
    /// What.
    pub role: Role,
    /// The last day; `None` for no end.
    pub until: Option<NaiveDate>,
}

/// A role of somebody on leave, whom one stands in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deputised {
    /// Where.
    pub organisation: OrganisationId,
    /// What.
    pub role: Role,
    /// Whose it is.
    pub on_behalf_of: PersonId,
    /// The last day.
    pub until: NaiveDate,
}

/// Who acts. Built by identity from a session or token, with the grants that are live today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub person: PersonId,
    /// Their live grants.
    pub grants: Vec<Grant>,
    /// The roles of those they stand in for today.
    pub deputises: Vec<Deputised>,
    /// Whether the token they hold may only read.
    pub read_only: bool,
}

impl Actor {
    /// Whether they hold the role in the organisation, or stand in for somebody who does.
    #[must_use]
    pub fn holds(&self, organisation: OrganisationId, role: Role) -> bool {
        self.roles().any(|held| held == (organisation, role))
    }

    /// Whether they hold the role in the organisation of the case, or stand in for somebody who does and may act on this
    /// case: whoever could not judge it is not stood in for there either.
    #[must_use]
    pub fn serves(&self, case: &Case, role: Role) -> bool {
        self.serves_for(case, role, |_| true)
    }

    /// The same in the place of those alone of whom `may` says so.
    fn serves_for(&self, case: &Case, role: Role, may: impl Fn(PersonId) -> bool) -> bool {
        let own =
            self.grants.iter().any(|grant| (grant.organisation, grant.role) == (case.organisation, role));
        own || self.deputises.iter().any(|deputised| {
            (deputised.organisation, deputised.role) == (case.organisation, role)
                && may_be_stood_in_for(case, deputised.on_behalf_of)
                && may(deputised.on_behalf_of)
        })
    }

    /// The roles they hold, and those of whom they stand in for; one may be there twice.
    pub fn roles(&self) -> impl Iterator<Item = (OrganisationId, Role)> {
        let own = self.grants.iter().map(|grant| (grant.organisation, grant.role));
        own.chain(self.deputises.iter().map(|deputised| (deputised.organisation, deputised.role)))
    }

    /// Whom they stand in for when they do what `may` asks: nobody where they may do it in their own right.
    #[must_use]
    pub fn on_behalf_of(&self, may: impl Fn(&Self) -> bool) -> Option<PersonId> {
        let mut narrowed = Self { deputises: Vec::new(), ..self.clone() };
        if self.deputises.is_empty() || may(&narrowed) {
            return None;
        }
        let mut principals: Vec<PersonId> = self.deputises.iter().map(|one| one.on_behalf_of).collect();
        principals.sort_unstable();
        principals.dedup();
        principals.into_iter().find(|principal| {
            let of = self.deputises.iter().filter(|one| one.on_behalf_of == *principal);
            narrowed.deputises = of.cloned().collect();
            may(&narrowed)
        })
    }

    /// The organisations whose cases they oversee, in order: there they hold a role, and oversee in it or in the place of
    /// somebody on leave.
    #[must_use]
    pub fn oversees(&self) -> Vec<OrganisationId> {
        let overseen =
            self.roles().filter(|(at, role)| OVERSEERS.contains(role) && self.belongs(*at)).map(|(at, _)| at);
        overseen.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Whether they hold any role in the organisation.
    #[must_use]
    pub fn belongs(&self, organisation: OrganisationId) -> bool {
        self.grants.iter().any(|grant| grant.organisation == organisation)
    }
}

words! {
    /// What somebody is to a case: the first that applies.
    Relation {
        /// Began it.
        Author = "AUTHOR",
        /// Helps to write it.
        Contributor = "CONTRIBUTOR",
        /// Sponsors it.
        Sro = "SRO",
        /// On its panel, has not declared yet.
        Undeclared = "UNDECLARED",
        /// On its panel, takes part and votes.
        Declared = "DECLARED",
        /// On its panel, takes part without voting.
        NotVoting = "NOT_VOTING",
        /// On its panel, or was, and takes no part.
        Withdrawn = "WITHDRAWN",
        /// Owns or verifies one of its mitigations or conditions.
        Named = "NAMED",
        /// Holds a role in its organisation.
        Colleague = "COLLEAGUE",
        /// Belongs to an organisation it was shared with for review.
        SharedForReview = "SHARED_FOR_REVIEW",
        /// Belongs to an organisation it was shared with for reading.
        SharedToRead = "SHARED_TO_READ",
        /// Belongs to an organisation that may know that it exists.
        SharedAsStub = "SHARED_AS_STUB",
        /// None of these.
        Stranger = "STRANGER",
    }
}

/// Whether somebody else may act on the case in this person's place: not where they could not act themselves, because it
/// is or was their own proposal, or an interest keeps them out.
#[must_use]
pub fn may_be_stood_in_for(case: &Case, person: PersonId) -> bool {
    let kept_out = matches!(case.process.interest(person), Interest::Withdrawn | Interest::DeclaredNotVoting);
    !was_party(case, person) && !kept_out
}

/// What the actor is to the case.
#[must_use]
pub fn relation(actor: &Actor, case: &Case) -> Relation {
    let person = Some(actor.person);
    let belongs = actor.belongs(case.organisation);
    if belongs && case.author == actor.person {
        return Relation::Author;
    }
    if belongs && case.content.contributors.contains(&actor.person) {
        return Relation::Contributor;
    }
    if belongs && case.content.sro.as_ref().is_some_and(|sro| sro.person == person) {
        return Relation::Sro;
    }
    let share =
        case.shares.iter().filter(|(organisation, _)| actor.belongs(**organisation)).map(|(_, level)| *level);
    let share = share.max().unwrap_or(ShareLevel::None);
    let member =
        case.process.panel.iter().flat_map(|panel| &panel.members).find(|m| m.person == actor.person);
    if let Some(member) = member.filter(|_| belongs || share == ShareLevel::Review) {
        return match member.interest {
            Interest::Undeclared => Relation::Undeclared,
            Interest::None | Interest::DeclaredNoted => Relation::Declared,
            Interest::DeclaredNotVoting => Relation::NotVoting,
            Interest::Withdrawn => Relation::Withdrawn,
        };
    }
    // A withdrawal is for the case, not for the seat: whoever was taken off since is let in by nothing else they hold.
    let judges = belongs || share == ShareLevel::Review;
    if judges && case.process.interest(actor.person) == Interest::Withdrawn {
        return Relation::Withdrawn;
    }
    if belongs && is_named(case, actor.person) {
        return Relation::Named;
    }
    if belongs {
        return Relation::Colleague;
    }
    match share {
        ShareLevel::Review => Relation::SharedForReview,
        ShareLevel::Read => Relation::SharedToRead,
        ShareLevel::Stub => Relation::SharedAsStub,
        ShareLevel::None => Relation::Stranger,
    }
}

/// Whether it is the person's own proposal: author, contributors, SRO, wherever they hold a role now.
#[must_use]
pub fn is_party(case: &Case, person: PersonId) -> bool {
    case.author == person
        || case.content.contributors.contains(&person)
        || case.content.sro.as_ref().is_some_and(|sro| sro.person == Some(person))
}

/// Whether it is the person's own proposal, or was and they had a hand in it ([`crate::case::Process::wrote`]). Whoever
/// leaves those who write it is still none of those who judge it.
#[must_use]
pub fn was_party(case: &Case, person: PersonId) -> bool {
    is_party(case, person) || case.process.wrote.contains(&person)
}

/// Whether the person owns or verifies one of its mitigations or conditions.
#[must_use]
pub fn is_named(case: &Case, person: PersonId) -> bool {
    let person = Some(person);
    case.content.mitigations.iter().filter_map(|m| m.owner.as_ref()).any(|owner| owner.person == person)
        || case.process.conditions.iter().any(|c| c.owner.person == person || c.verifier.person == person)
}

words! {
    /// What can be done with a case.
    Action {
        /// Know that it exists: reference, title, organisation, standing, people involved.
        SeeStub = "SEE_STUB",
        /// Read it.
        Read = "READ",
        /// Read the panel's own deliberation: reviews before they are shared, panel notes.
        ReadDeliberation = "READ_DELIBERATION",
        /// Read what the panel asks its author, and what they answer.
        ReadDialogue = "READ_DIALOGUE",
        /// Follow what became of the messages about it: who was mailed what, when.
        ReadDeliveries = "READ_DELIVERIES",
        /// Change its content.
        Edit = "EDIT",
        /// Send it on, withdraw it: transitions of those who write.
        Submit = "SUBMIT",
        /// Say who is on the panel.
        AssignPanel = "ASSIGN_PANEL",
        /// Declare an interest in it.
        DeclareInterest = "DECLARE_INTEREST",
        /// Answer for the panel as its chair: waive a condition it set.
        AnswerInterest = "ANSWER_INTEREST",
        /// Answer a declaration: as the chair, or beside them, whoever declared.
        AnswerChair = "ANSWER_CHAIR",
        /// Review a revision of it.
        Review = "REVIEW",
        /// Discuss it with the panel, and ask its author.
        Discuss = "DISCUSS",
        /// Answer what the panel asked for or asks.
        Answer = "ANSWER",
        /// Record what the panel concluded.
        Conclude = "CONCLUDE",
        /// Record what the body decided.
        Decide = "DECIDE",
        /// Say how deep an assessment a proposal needs, and screen it out.
        Screen = "SCREEN",
        /// Record whether the panel ratifies what the chair concluded between meetings.
        Ratify = "RATIFY",
        /// Confirm, for the body that decides, having read it.
        ConfirmReading = "CONFIRM_READING",
        /// Move it on administratively: resume a deferred case, screen out, record implementation.
        Steer = "STEER",
        /// Say how far a mitigation or condition is.
        Report = "REPORT",
        /// Record what a partner says of what it relies on.
        ConfirmReliance = "CONFIRM_RELIANCE",
        /// Judge whether a change is material.
        JudgeMateriality = "JUDGE_MATERIALITY",
        /// Share it with another organisation.
        Share = "SHARE",
        /// Set retention class and legal hold.
        Retain = "RETAIN",
        /// Move it to another version of its workflow.
        Move = "MOVE",
    }
}

impl Action {
    /// Whether it changes anything.
    #[must_use]
    pub const fn writes(self) -> bool {
        !matches!(
            self,
            Self::SeeStub | Self::Read | Self::ReadDeliberation | Self::ReadDialogue | Self::ReadDeliveries
        )
    }
}

words! {
    /// What can be done in an organisation, whatever its cases: with its definitions and its standing panels.
    Office {
        /// Read the forms, workflows and rules it published.
        ReadDefinitions = "READ_DEFINITIONS",
        /// Publish a form, a workflow or a rule of its own.
        PublishDefinition = "PUBLISH_DEFINITION",
        /// Try a draft of a rule over those of its cases that the actor may read.
        TryRule = "TRY_RULE",
        /// Hear that a rule of its own cannot be run on a case.
        HearFailures = "HEAR_FAILURES",
        /// Move its running cases to another version of their workflow.
        MoveCases = "MOVE_CASES",
        /// Know its standing panels: who sits on them, and when they meet.
        ReadPanels = "READ_PANELS",
        /// Say who sits on its standing panels.
        SavePanel = "SAVE_PANEL",
        /// Read its register of decisions, what partners propose, and the scenarios that are shared.
        ReadRegister = "READ_REGISTER",
        /// Load the register, match its decisions, record what partners propose, and keep scenarios.
        KeepRegister = "KEEP_REGISTER",
        /// Plan a panel's meetings, set their agendas, and record who was there.
        HoldMeeting = "HOLD_MEETING",
        /// Read how its screenings went.
        ReadScreenings = "READ_SCREENINGS",
    }
}

/// Whether the actor may do this in the organisation.
pub fn permit_in(actor: &Actor, office: Office, organisation: OrganisationId) -> Result<(), Denied> {
    let holds = |roles: &[Role]| roles.iter().any(|role| actor.holds(organisation, *role));
    let may = match office {
        Office::ReadDefinitions | Office::ReadPanels => actor.belongs(organisation),
        Office::TryRule => holds(&[Role::Administrator, Role::EqualityLead]),
        Office::ReadScreenings => holds(&[Role::Governance, Role::EqualityLead, Role::Auditor]),
        Office::HearFailures => holds(&[Role::Administrator]),
        Office::SavePanel => {
            !actor.read_only && holds(&[Role::PanelSecretary, Role::PanelChair, Role::Administrator])
        }
        Office::ReadRegister => holds(&OVERSEERS),
        Office::KeepRegister => !actor.read_only && holds(&[Role::Governance, Role::EqualityLead]),
        Office::HoldMeeting => !actor.read_only && holds(&[Role::PanelSecretary, Role::PanelChair]),
        Office::PublishDefinition | Office::MoveCases => !actor.read_only && holds(&[Role::Administrator]),
    };
    if may { Ok(()) } else { Err(Denied::Forbidden) }
}

/// Why something is not permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The actor may not know that the case exists.
    #[error("not found")]
    NotFound,
    /// The actor may know of the case, but may not do this.
    #[error("not permitted")]
    Forbidden,
}

/// Whether the actor may do this with the case, whose state is in `phase`.
pub fn permit(actor: &Actor, action: Action, case: &Case, phase: Phase) -> Result<(), Denied> {
    permit_for(actor, action, case, phase, |principal| {
        !case.process.is_undeclared(principal) && !case.process.awaits_answer(principal)
    })
}

/// Whether the actor may not do this only because somebody in whose place they would declared an interest that waits for
/// its answer.
#[must_use]
pub fn waits_for_principal(actor: &Actor, action: Action, case: &Case, phase: Phase) -> bool {
    permit(actor, action, case, phase).is_err()
        && permit_for(actor, action, case, phase, |principal| !case.process.is_undeclared(principal)).is_ok()
}

/// [`permit`], where those are settled of whom `settled` says so.
fn permit_for(
    actor: &Actor,
    action: Action,
    case: &Case,
    phase: Phase,
    settled: impl Fn(PersonId) -> bool,
) -> Result<(), Denied> {
    let relation = relation(actor, case);
    // What a role lets somebody know, it lets their deputy know; doing something in their place asks more.
    let knows = matches!(action, Action::SeeStub | Action::Read);
    // Whoever does not say how others take part, or what a change means, has nobody say it in their place.
    let says = matches!(action, Action::AnswerInterest | Action::AnswerChair | Action::JudgeMateriality);
    let serves = |role: Role| actor.serves_for(case, role, |principal| !says || settled(principal));
    let has = |role: Role| if knows { actor.holds(case.organisation, role) } else { serves(role) };
    let holds = |roles: &[Role]| roles.iter().any(|role| has(*role));
    if relation == Relation::Stranger {
        return Err(Denied::NotFound);
    }
    let is = Is { relation, case, person: actor.person };
    let shared = matches!(relation, Relation::SharedToRead | Relation::SharedForReview);
    let silent = action == Action::ConfirmReliance && shared && !speaks_for(actor, case);
    if permitted(action, is, phase, holds) && !silent && !(action.writes() && actor.read_only) {
        Ok(())
    } else {
        Err(Denied::Forbidden)
    }
}

/// Whether the actor may say something for an organisation that may read the case: whoever only audits it says nothing.
fn speaks_for(actor: &Actor, case: &Case) -> bool {
    let reads = |organisation| case.shares.get(organisation).is_some_and(|level| *level >= ShareLevel::Read);
    actor.grants.iter().any(|grant| grant.role != Role::Auditor && reads(&grant.organisation))
}

/// What the actor is to the case.
#[derive(Clone, Copy)]
struct Is<'a> {
    relation: Relation,
    case: &'a Case,
    person: PersonId,
}

impl Is<'_> {
    /// Whether they said how deep an assessment is needed, for the panel to check or not.
    fn has_screened(self) -> bool {
        let said = self.case.process.screened.iter().rfind(|said| !said.panel);
        said.is_some_and(|said| said.by == self.person)
    }
}

/// Whether what the actor is to the case lets them read it.
fn reads(is: Is<'_>, phase: Phase) -> bool {
    use Relation as R;
    match is.relation {
        R::Author | R::Contributor | R::Sro | R::Declared | R::NotVoting | R::Named => true,
        R::SharedForReview | R::SharedToRead => true,
        R::Colleague => match phase {
            Phase::Approved | Phase::Decided => true,
            // What was withdrawn before anybody decided stays with those who knew it.
            Phase::Closed => !is.case.process.decisions.is_empty(),
            Phase::Drafting | Phase::Review => false,
        },
        _ => false,
    }
}

/// The policy itself, on what the actor is to the case and which roles they hold in its organisation.
fn permitted(action: Action, is: Is<'_>, phase: Phase, holds: impl Fn(&[Role]) -> bool) -> bool {
    use Relation as R;
    let relation = is.relation;
    // The panel's members see and do nothing but declare until they have declared; who withdrew, nothing more.
    let barred = matches!(relation, R::Undeclared | R::Withdrawn);
    // Those whose proposal it is or was never judge it, not even from another organisation's seat on the panel.
    let party = was_party(is.case, is.person);
    // An interest outlives the seat: who withdrew does not act when somebody else sits there now either.
    let interest = is.case.process.interest(is.person);
    let out = barred || interest == Interest::Withdrawn;
    // Who takes part without voting because of an interest does not judge in the chair either.
    let impartial = !party && !out && interest != Interest::DeclaredNotVoting;
    // Nor does anybody say how others take part, or what a change means, before it was said how they do.
    let settled = impartial && !is.case.process.awaits_answer(is.person);
    // An executive SRO may sit on the deciding body, and the record says so. Whoever wrote it, or did once, does not.
    let decides = (!party || relation == R::Sro) && !out && holds(&[Role::DecisionMaker]);
    let proposes = matches!(relation, R::Author | R::Contributor | R::Sro);
    let shared = matches!(relation, R::SharedForReview | R::SharedToRead | R::SharedAsStub);
    let overseer = !barred && holds(&OVERSEERS);
    match action {
        Action::SeeStub => true,
        Action::Read => overseer || reads(is, phase),
        Action::ReadDeliberation => {
            !party
                && !shared
                && (matches!(relation, R::Declared | R::NotVoting)
                    || (!barred
                        && holds(&[
                            Role::EqualityLead,
                            Role::PanelChair,
                            Role::PanelSecretary,
                            Role::Auditor,
                        ])))
        }
        Action::ReadDialogue => proposes || permitted(Action::ReadDeliberation, is, phase, holds),
        // Whom the panel's business is told and when says how it stands: not to those whose proposal it is.
        Action::ReadDeliveries => {
            !party && !out && holds(&[Role::PanelChair, Role::PanelSecretary, Role::Administrator])
        }
        Action::Edit => matches!(relation, R::Author | R::Contributor) && phase != Phase::Closed,
        Action::Submit | Action::Answer => proposes,
        Action::AssignPanel => !party && !out && holds(&[Role::PanelChair, Role::PanelSecretary]),
        Action::DeclareInterest => {
            matches!(relation, R::Undeclared | R::Declared | R::NotVoting | R::Withdrawn)
        }
        Action::AnswerInterest => settled && holds(&[Role::PanelChair]),
        // Nobody answers for themselves, and whoever declared may be the only chair: somebody beside the chair may, too.
        Action::AnswerChair => {
            settled && holds(&[Role::PanelChair, Role::EqualityLead, Role::PanelSecretary])
        }
        Action::Review => !party && matches!(relation, R::Declared | R::NotVoting) && phase == Phase::Review,
        Action::Discuss => {
            !party
                && !out
                && (matches!(relation, R::Declared | R::NotVoting)
                    || holds(&[Role::EqualityLead, Role::PanelChair, Role::PanelSecretary]))
        }
        // Who concludes depends on the workflow: a chair, or an equality lead where two people do it without a panel.
        Action::Conclude => impartial && holds(&[Role::PanelChair, Role::EqualityLead]),
        Action::Decide | Action::ConfirmReading => decides,
        // Screening out is the equality lead's: never theirs whose proposal it is, sponsor or not.
        // Whoever screened it and so does not vote on the panel's check carries out what the panel confirmed.
        Action::Screen => {
            let carries_out = is.has_screened() && phase == Phase::Approved && !party && !out;
            (impartial || carries_out) && holds(&[Role::EqualityLead])
        }
        Action::Ratify => impartial && holds(&[Role::PanelChair, Role::PanelSecretary]),
        // Whose proposal it is does not take it back to the panel, publish it or close it.
        Action::Steer => {
            !party
                && !out
                && holds(&[Role::EqualityLead, Role::PanelChair, Role::PanelSecretary, Role::Governance])
        }
        Action::Report => {
            // An owner or verifier who also sits on the panel is still the one to report.
            !barred
                && (matches!(relation, R::Author | R::Contributor | R::Sro | R::Named)
                    || (is_named(is.case, is.person) && matches!(relation, R::Declared | R::NotVoting))
                    || holds(&[Role::PanelSecretary, Role::EqualityLead]))
        }
        // Those whose proposal it is record it with its source; a partner that may read the case, for itself.
        Action::ConfirmReliance => {
            !barred
                && phase != Phase::Closed
                && (matches!(
                    relation,
                    R::Author | R::Contributor | R::Sro | R::SharedToRead | R::SharedForReview
                ) || holds(&[Role::PanelSecretary, Role::EqualityLead]))
        }
        Action::JudgeMateriality => settled && holds(&[Role::EqualityLead, Role::PanelChair]),
        Action::Share => {
            relation == R::Author
                || (!barred && holds(&[Role::PanelSecretary, Role::Governance, Role::Administrator]))
        }
        Action::Retain => !party && !barred && holds(&[Role::Governance, Role::Administrator]),
        // Another version may ask less of a case; whose proposal it is, or who judges it with an interest, leaves it be.
        Action::Move => !party && !out && holds(&[Role::Administrator]),
    }
}

/// Whether the actor may read events of this audience in the case's chain.
#[must_use]
pub fn hears(actor: &Actor, audience: Audience, case: &Case, phase: Phase) -> bool {
    let action = match audience {
        Audience::Case => Action::Read,
        Audience::Panel => Action::ReadDeliberation,
        Audience::Administration => return holds_oversight(actor, case.organisation),
    };
    permit(actor, action, case, phase).is_ok()
}

/// Whether the actor may end an API token of `owner`, who holds or held a role in these organisations: it is their own,
/// or they administer one of those.
#[must_use]
pub fn may_end_token(actor: &Actor, owner: PersonId, organisations: &[OrganisationId]) -> bool {
    let administers = |of: &OrganisationId| actor.holds(*of, Role::Administrator);
    !actor.read_only && (actor.person == owner || organisations.iter().any(administers))
}

/// Whether the actor may read what is administered in the organisation.
#[must_use]
pub fn holds_oversight(actor: &Actor, organisation: OrganisationId) -> bool {
    [Role::Administrator, Role::Auditor].iter().any(|role| actor.holds(organisation, *role))
}
