//! The panel: who judges, what they declare, and what each says of a revision.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    app::{App, Changed, Error, Result, View, command::Command},
    domain::{
        calendar::Moment,
        case::ShareLevel,
        check,
        id::{AssessmentId, PanelId, PersonId},
        panel::{panel_of, seat_of, sits},
        permission::{self, Action, Actor, Role},
        review::{FindingOpinion, Interest, Opinion, Panel, PanelMember, Recommendation, Seat},
        text::{Path, Violation},
        workflow::{engine::Applied, process, reviewing},
    },
};

/// Who is to sit on a panel.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PanelDraft {
    /// The panel the case has, or a standing panel of its organisation that is to sit on it.
    pub panel: Option<PanelId>,
    /// Who sits on it; whoever is given a seat does so too.
    pub members: Vec<PersonId>,
    /// Seats by name; one person fills two at most.
    pub seats: Vec<Seat>,
}

/// What is declared of an interest, or answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InterestNote {
    /// For a chair who answers: the member. Oneself when absent.
    pub member: Option<PersonId>,
    /// What is declared.
    pub interest: Interest,
    /// What there is to say about it.
    pub note: Option<String>,
}

/// A reviewer's judgement as it is sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewDraft {
    /// What they recommend.
    pub recommendation: Recommendation,
    /// In a few sentences.
    pub summary: String,
    /// Field by field.
    pub opinions: Vec<Opinion>,
    /// Findings they would accept or not.
    pub findings: Vec<FindingOpinion>,
    /// What the panel alone reads.
    pub note: Option<String>,
}

impl App {
    /// Says who is on the panel, all of it: a standing panel of the organisation as it sits on this case, or people one
    /// by one. Members keep what they declared, and their seats unless others are given; author, contributors and SRO
    /// are refused.
    pub async fn assign_panel(
        &self,
        actor: &Actor,
        id: AssessmentId,
        draft: PanelDraft,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command = Command::new(actor, "assignPanel", key.as_deref(), &(id, &draft), moment)?;
        let case = self.store.read().case(id).await?.ok_or(Error::NotFound)?;
        let reviewing =
            case.shares.iter().filter(|(_, level)| **level == ShareLevel::Review).map(|(id, _)| *id);
        let mut roles: BTreeMap<PersonId, Vec<Role>> = BTreeMap::new();
        for organisation in reviewing.chain([case.organisation]) {
            for (person, grant) in self.store.read().holders(organisation, None, moment.today).await? {
                roles.entry(person).or_default().push(grant.role);
            }
        }
        let standing = match draft.panel {
            Some(panel) => self.store.read().standing_panel(panel).await?,
            None => None,
        };
        let standing = standing.filter(|panel| panel.organisation == case.organisation);
        let held = self.directory(case.organisation, moment).await?;
        let leave = self.store.read().leave_from(case.organisation, moment.today).await?;
        let assigned = self.command(command, id, Action::AssignPanel, |view, supply| {
            // Whose people may sit was asked before the lock: a share that ended meanwhile seats nobody.
            if view.case.shares != case.shares {
                return Err(Error::Retry);
            }
            let own = view.case.process.panel.as_ref().map(|panel| panel.id);
            if let Some(standing) = &standing {
                if !draft.members.is_empty() || !draft.seats.is_empty() {
                    let message = "Name a standing panel, or members and seats, not both.";
                    return Err(Violation::new("INVALID", message, Path::of(["panelId"])).into());
                }
                let quorum = view.frame.organisation.settings.composition();
                let seating =
                    standing.seating(&view.case, &view.workflow, quorum, &held, &leave, moment.today);
                let id = own.unwrap_or_else(|| panel_of(&view.case));
                let Some(panel) = standing.on(seating, id, &view.case.reference) else {
                    let message = "Nobody of this panel may sit on this case today: choose another, or name members.";
                    return Err(Violation::new("NOT_QUORATE", message, Path::of(["panelId"])).into());
                };
                return seated(view, panel, actor, "panelId");
            }
            if draft.panel.is_some() && draft.panel != own {
                let message = "There is no such panel here; name a standing panel of the organisation, or leave \
                               `panelId` out.";
                return Err(Violation::new("NOT_FOUND", message, Path::of(["panelId"])).into());
            }
            let panel = Panel {
                id: own.unwrap_or_else(|| supply.fresh()),
                name: format!("Panel of {}", view.case.reference),
                members: draft.seated(view, &roles).map_err(Error::Invalid)?,
                standing: None,
            };
            seated(view, panel, actor, "members")
        });
        assigned.await
    }

    /// Declares an interest, or that there is none; the chair answers a member's by naming them.
    pub async fn declare_interest(
        &self,
        actor: &Actor,
        id: AssessmentId,
        declared: InterestNote,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let mut command = Command::new(actor, "declareInterest", key.as_deref(), &(id, &declared), moment)?;
        let InterestNote { member, interest, note } = declared;
        command.may = Some(Box::new(move |view, who| {
            let action = process::declaring(&view.case, member.unwrap_or(who.person), who.person);
            permission::permit(who, action, &view.case, view.head.phase).is_ok()
        }));
        self.command(command, id, Action::SeeStub, |view, _| {
            let declaration = process::Declaration { member: member.unwrap_or(actor.person), interest, note };
            Ok(view.engine(|context| process::declare_interest(&view.case, &declaration, actor, context))?)
        })
        .await
    }

    /// Takes a reviewer's judgement of the revision they have before them.
    pub async fn submit_review(
        &self,
        actor: &Actor,
        id: AssessmentId,
        expected_revision: u32,
        draft: ReviewDraft,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let mut command =
            Command::new(actor, "submitReview", key.as_deref(), &(id, expected_revision, &draft), moment)?;
        // Findings that rest on who lives there are spoken of like any other.
        if !draft.findings.is_empty() {
            command.places = Some(self.known_places().await);
        }
        let position = |one: &FindingOpinion| check::is_of(check::POSITION, &one.finding);
        if draft.findings.iter().any(position) {
            let case = self.known(actor, id).await?;
            let workflow = self.pinned(case.organisation, &case.workflow).await?;
            command.alongside = Some(self.gather(actor, &case, &case.content, &workflow).await?);
        }
        self.command(command, id, Action::SeeStub, |view, supply| {
            let draft = reviewing::ReviewDraft {
                expected_revision,
                recommendation: draft.recommendation,
                summary: draft.summary,
                opinions: draft.opinions,
                findings: draft.findings,
                note: draft.note,
            };
            let places = view.places()?;
            Ok(view.engine(|context| {
                reviewing::submit_review(&view.case, draft, places, actor, context, supply)
            })?)
        })
        .await
    }
}

/// The case with this panel. One that could not be quorate on it, whoever of it has still to declare, is refused now and not
/// when its chair would conclude: who withdrew or may not vote is no help.
fn seated(view: &View, panel: Panel, actor: &Actor, at: &str) -> Result<Applied> {
    let applied = view.engine(|context| process::assign_panel(&view.case, panel, actor, context))?;
    let own = view.frame.organisation.settings.composition();
    let Some(shortage) = view.workflow.panel_lacks(&applied.case, own) else { return Ok(applied) };
    let message = format!(
        "This panel could not conclude: {shortage}. Name more members, or fill the seats that are missing."
    );
    Err(Violation::new("NOT_QUORATE", message, Path::of([at])).into())
}

impl PanelDraft {
    /// The members with their seats: those given, those they had, those that go with their roles.
    fn seated(
        &self,
        view: &View,
        roles: &BTreeMap<PersonId, Vec<Role>>,
    ) -> Result<Vec<PanelMember>, Vec<Violation>> {
        let mut violations = Vec::new();
        let mut people: Vec<(PersonId, Path)> = Vec::new();
        let named = self.members.iter().map(|person| (*person, Path::of(["members"]).join(person)));
        let given = self.seats.iter().enumerate();
        let given = given.map(|(index, seat)| (seat.person, Path::of(["seats"]).join(index).join("person")));
        for (person, path) in named.chain(given) {
            if people.iter().all(|(known, _)| *known != person) {
                people.push((person, path));
            }
        }
        let own = view.frame.organisation.settings.composition();
        let mut members = Vec::with_capacity(people.len());
        for (person, path) in people {
            let held = roles.get(&person).map(Vec::as_slice).unwrap_or_default();
            let Some(usual) = seat_of(held) else {
                let message = "There is no such person who may sit on this panel; reviewers, chairs, equality \
                               leads and governance of the organisation may.";
                violations.push(Violation::new("NOT_FOUND", message, path));
                continue;
            };
            let mut seats = self.given(person, held, view, &mut violations);
            if seats.is_empty() {
                let before = view.case.process.panel.iter().flat_map(|panel| &panel.members);
                let kept = before.filter(|one| one.person == person).map(|one| &one.seat);
                // A seat ends with the role it goes with.
                seats.extend(
                    kept.filter_map(|seat| sits(&view.workflow, own, seat, held, Path::default()).ok()),
                );
            }
            if seats.is_empty() {
                seats.push(usual.to_owned());
            }
            members.extend(seats.into_iter().map(|seat| PanelMember::from(Seat { person, seat })));
        }
        if violations.is_empty() { Ok(members) } else { Err(violations) }
    }

    /// The seats this person is given by name.
    fn given(
        &self,
        person: PersonId,
        held: &[Role],
        view: &View,
        violations: &mut Vec<Violation>,
    ) -> Vec<String> {
        let own = view.frame.organisation.settings.composition();
        let mut seats: Vec<String> = Vec::new();
        let given = self.seats.iter().enumerate().filter(|(_, given)| given.person == person);
        for (index, given) in given {
            let path = Path::of(["seats"]).join(index).join("seat");
            match sits(&view.workflow, own, &given.seat, held, path.clone()) {
                Ok(seat) if seats.contains(&seat) => {
                    let message = "This person has this seat already: give each once.";
                    violations.push(Violation::new("DUPLICATE", message, path));
                }
                Ok(seat) => seats.push(seat),
                Err(violation) => violations.push(violation),
            }
        }
        seats
    }
}
