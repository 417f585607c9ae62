//! The panel: who judges, what they declare, and what each says of a revision.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    app::{App, Changed, Error, Result, command::Command},
    domain::{
        calendar::Moment,
        case::ShareLevel,
        id::{AssessmentId, PanelId, PersonId},
        permission::{Action, Actor, Role},
        review::{Interest, Opinion, Panel, PanelMember, Recommendation},
        text::{Path, Violation},
        workflow::process,
    },
};

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
}

impl App {
    /// Says who is on the panel; `panel` may name the one the case has, and no other. Members keep what they declared; author, contributors and SRO are refused.
    pub async fn assign_panel(
        &self,
        actor: &Actor,
        id: AssessmentId,
        panel: Option<PanelId>,
        members: Vec<PersonId>,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command = Command::new(actor, "assignPanel", key.as_deref(), &(id, panel, &members), moment)?;
        let case = self.store.read().case(id).await?.ok_or(Error::NotFound)?;
        let reviewing =
            case.shares.iter().filter(|(_, level)| **level == ShareLevel::Review).map(|(id, _)| *id);
        let mut roles: BTreeMap<PersonId, Vec<Role>> = BTreeMap::new();
        for organisation in reviewing.chain([case.organisation]) {
            for (person, grant) in self.store.read().holders(organisation, None, moment.today).await? {
                roles.entry(person).or_default().push(grant.role);
            }
        }
        self.command(command, id, Action::AssignPanel, Vec::new(), |view, supply| {
            let own = view.case.process.panel.as_ref().map(|panel| panel.id);
            if panel.is_some() && panel != own {
                let message = "This assessment has no such panel; leave `panelId` out to assign its own.";
                return Err(Violation::new("NOT_FOUND", message, Path::of(["panelId"])).into());
            }
            let mut seats = Vec::with_capacity(members.len());
            let mut violations = Vec::new();
            for person in &members {
                let held = roles.get(person).map(Vec::as_slice).unwrap_or_default();
                let Some(seat) = seat(held) else {
                    let message = "There is no such person who may sit on this panel; reviewers, chairs and \
                                   equality leads of the organisation may.";
                    violations.push(Violation::new(
                        "NOT_FOUND",
                        message,
                        Path::of(["members".to_owned(), person.to_string()]),
                    ));
                    continue;
                };
                let before = view.case.process.panel.iter().flat_map(|panel| &panel.members);
                let before = before.into_iter().find(|member| member.person == *person);
                seats.push(before.cloned().unwrap_or(PanelMember {
                    person: *person,
                    seat: seat.to_owned(),
                    interest: Interest::Undeclared,
                    note: None,
                }));
            }
            if !violations.is_empty() {
                return Err(Error::Invalid(violations));
            }
            let panel = Panel {
                id: own.unwrap_or_else(|| supply.fresh()),
                name: format!("Panel of {}", view.case.reference),
                members: seats,
            };
            Ok(view.engine(|context| process::assign_panel(&view.case, panel, actor, context))??)
        })
        .await
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
        let command = Command::new(actor, "declareInterest", key.as_deref(), &(id, &declared), moment)?;
        let InterestNote { member, interest, note } = declared;
        self.command(command, id, Action::SeeStub, Vec::new(), |view, _| {
            let declaration = process::Declaration { member: member.unwrap_or(actor.person), interest, note };
            Ok(view.engine(|context| process::declare_interest(&view.case, &declaration, actor, context))??)
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
        let command =
            Command::new(actor, "submitReview", key.as_deref(), &(id, expected_revision, &draft), moment)?;
        self.command(command, id, Action::SeeStub, Vec::new(), |view, supply| {
            let draft = process::ReviewDraft {
                expected_revision,
                recommendation: draft.recommendation,
                summary: draft.summary,
                opinions: draft.opinions,
            };
            Ok(view.engine(|context| process::submit_review(&view.case, draft, actor, context, supply))??)
        })
        .await
    }
}

/// The seat somebody fills by the roles they hold.
fn seat(roles: &[Role]) -> Option<&'static str> {
    let seats = [
        (Role::PanelChair, "chair"),
        (Role::EqualityLead, "equality"),
        (Role::Reviewer, "member"),
        (Role::Governance, "governance"),
    ];
    seats.into_iter().find(|(role, _)| roles.contains(role)).map(|(_, seat)| seat)
}
