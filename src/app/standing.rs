//! Standing panels: who sits on them, and who of one would sit on a case.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    app::{
        App, Error, Filter, Order, Result, View, case::unknown_organisation, command::By, command::Command,
        person::administer_as,
    },
    clock,
    domain::{
        calendar::Moment,
        case::Case,
        event::EventKind,
        id::{AssessmentId, OrganisationId, PanelId, PersonId},
        notify::Directory,
        organisation::Organisation,
        page::{MOST, Window},
        panel::{self, Candidate, Pattern, StandingMember, StandingPanel, Vacancy},
        permission::{Action, Actor, Office, permit_in},
        review::{Absence, Interest},
        task::TaskKind,
        text::{Path, Violation},
        workflow::{definition::Workflow, quorum::Shortage},
    },
    store,
};

/// A standing panel as it is to be.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StandingDraft {
    /// Which one, with the version it is known at; a new one when absent.
    pub panel: Option<(PanelId, u32)>,
    /// For a new one: whose, by ODS code.
    pub organisation: Option<String>,
    /// What it is called.
    pub name: String,
    /// Whether it judges what is submitted without a panel; as before when absent, and an organisation's first one does.
    pub usual: Option<bool>,
    /// Who sits on it.
    pub members: Vec<StandingMember>,
    /// When it meets as a rule.
    pub pattern: Option<Pattern>,
}

/// A standing panel, with what makes its quorum.
#[derive(Clone, Debug)]
pub struct StandingView {
    /// The panel.
    pub panel: StandingPanel,
    /// What makes a quorum, in words.
    pub quorum: String,
    /// Days on which the organisation is closed.
    pub closed: Vec<NaiveDate>,
}

/// Why somebody had better not sit on a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What was declared there.
    pub interest: Interest,
    /// Another case of the same author or programme.
    pub reference: String,
}

/// Somebody of a standing panel who may sit on a case.
#[derive(Clone, Debug)]
pub struct ProposedMember {
    /// Who.
    pub person: PersonId,
    /// In which seat.
    pub seat: String,
    /// For whom, and why that member does not sit.
    pub instead_of: Option<(PersonId, Absence)>,
    /// How many cases of the organisation await their declaration or review.
    pub load: usize,
    /// What they declared in cases like this one.
    pub conflicts: Vec<Conflict>,
    /// Whether they are proposed.
    pub proposed: bool,
}

/// Who of a standing panel would sit on a case.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Everybody who may.
    pub members: Vec<ProposedMember>,
    /// The seats that stay empty, and why.
    pub vacant: Vec<Vacancy>,
    /// What those proposed lack for a quorum.
    pub shortage: Option<Shortage>,
}

/// What a key of [`App::save_panel`] remembers.
#[derive(Serialize, Deserialize)]
struct SavedPanel {
    panel: PanelId,
}

impl App {
    /// Sets a standing panel up, or changes it. One that could never be quorate is refused.
    pub async fn save_panel(
        &self,
        actor: &Actor,
        draft: StandingDraft,
        key: Option<String>,
        moment: Moment,
    ) -> Result<StandingView> {
        let command = Command::new(actor, "savePanel", key.as_deref(), &draft, moment)?;
        let known = match draft.panel {
            Some((id, _)) => Some(self.own_panel(actor, id).await?),
            None => None,
        };
        let organisation = match (&known, &draft.organisation) {
            (Some(known), _) => {
                self.store.read().organisation(known.organisation).await?.ok_or(Error::NotFound)?
            }
            (None, Some(code)) => {
                let found = self.store.read().organisation_by_ods_code(code).await?;
                found.ok_or_else(|| unknown_organisation(code))?
            }
            (None, None) => {
                let message = "Say whose panel it is: give the ODS code of the organisation.";
                return Err(Violation::new("REQUIRED", message, Path::of(["organisation"])).into());
            }
        };
        permit_in(actor, Office::SavePanel, organisation.id)?;
        let workflow = self.usual_workflow(&organisation).await?;
        let held = self.directory(organisation.id, moment).await?;
        let others = self.store.read().standing_panels(organisation.id).await?;
        let mut supply = clock::supply();
        let saved = self
            .store
            .write::<_, Error>(async |tx| {
                if let Some(SavedPanel { panel }) = command.claim_as(tx).await? {
                    return tx.read().standing_panel(panel).await?.ok_or(Error::NotFound);
                }
                let before = match draft.panel {
                    Some((id, _)) => Some(tx.standing_panel(id).await?.ok_or(Error::NotFound)?),
                    None => None,
                };
                let panel = StandingPanel {
                    id: before.as_ref().map_or_else(|| supply.fresh(), |panel| panel.id),
                    organisation: organisation.id,
                    version: before.as_ref().map_or(1, |panel| panel.version + 1),
                    name: draft.name.clone(),
                    usual: draft
                        .usual
                        .unwrap_or(before.as_ref().map_or(others.is_empty(), |panel| panel.usual)),
                    members: draft.members.clone(),
                    pattern: draft.pattern,
                };
                let quorum = organisation.settings.composition();
                let violations = panel.check(&workflow, quorum, &held, moment.today);
                if !violations.is_empty() {
                    return Err(Error::Invalid(violations));
                }
                let kept = match (&before, draft.panel) {
                    (Some(_), Some((_, expected))) => tx.save_panel(&panel, expected, moment.at).await,
                    _ => tx.add_panel(&panel, moment.at).await,
                };
                match kept {
                    Err(store::Error::Unique { .. }) => {
                        let message = "There is a panel of this name already: choose another name.";
                        return Err(Violation::new("TAKEN", message, Path::of(["name"])).into());
                    }
                    kept => kept?,
                }
                if panel.usual {
                    tx.only_usual(organisation.id, panel.id).await?;
                }
                let by = By::of(actor, |who| permit_in(who, Office::SavePanel, organisation.id).is_ok());
                let payload = json!({ "panel": panel });
                administer_as(tx, organisation.id, by, EventKind::PanelSaved, payload, moment).await?;
                command.settle_as(tx, &SavedPanel { panel: panel.id }).await?;
                Ok(panel)
            })
            .await?;
        Ok(standing_view(saved, &workflow, &organisation))
    }

    /// A standing panel of an organisation of the actor.
    pub async fn find_standing_panel(&self, actor: &Actor, id: PanelId) -> Result<Option<StandingView>> {
        let Some(panel) = self.store.read().standing_panel(id).await? else { return Ok(None) };
        if permit_in(actor, Office::ReadPanels, panel.organisation).is_err() {
            return Ok(None);
        }
        let organisation =
            self.store.read().organisation(panel.organisation).await?.ok_or(Error::NotFound)?;
        let workflow = self.usual_workflow(&organisation).await?;
        Ok(Some(standing_view(panel, &workflow, &organisation)))
    }

    /// The standing panels of an organisation, when the actor holds a role there; none to anybody else.
    pub async fn standing_panels(&self, actor: &Actor, id: OrganisationId) -> Result<Vec<StandingView>> {
        if permit_in(actor, Office::ReadPanels, id).is_err() {
            return Ok(Vec::new());
        }
        let Some(organisation) = self.store.read().organisation(id).await? else { return Ok(Vec::new()) };
        let workflow = self.usual_workflow(&organisation).await?;
        let panels = self.store.read().standing_panels(id).await?.into_iter();
        Ok(panels.map(|panel| standing_view(panel, &workflow, &organisation)).collect())
    }

    /// Who of a standing panel would sit on a case, with how much waits for each and what they declared in cases like
    /// it; for whoever may assign the panel.
    pub async fn propose_panel(
        &self,
        actor: &Actor,
        id: AssessmentId,
        panel: PanelId,
        moment: Moment,
    ) -> Result<Option<Proposal>> {
        let Some(view) = self.views_at(actor, &[id], moment).await?.remove(&id) else { return Ok(None) };
        if !view.permits(actor, Action::AssignPanel) {
            return Err(Error::Forbidden);
        }
        let standing = self.own_panel(actor, panel).await?;
        if standing.organisation != view.case.organisation {
            return Ok(None);
        }
        let held = self.directory(view.case.organisation, moment).await?;
        let leave = self.store.read().leave_from(view.case.organisation, moment.today).await?;
        let quorum = view.frame.organisation.settings.composition();
        let seating = standing.seating(&view.case, &view.workflow, quorum, &held, &leave, moment.today);
        let people: Vec<PersonId> = seating.members.iter().map(|member| member.person).collect();
        let waiting = [TaskKind::DeclareInterest, TaskKind::Review];
        let load = self.store.read().load(view.case.organisation, &people, &waiting).await?;
        let like = self.like(actor, &view).await?;
        let conflicts = |person: PersonId| -> Vec<Conflict> {
            let declared = like.iter().map(|other| (other.process.interest(person), other));
            let declared = declared.filter(|(interest, _)| {
                matches!(
                    interest,
                    Interest::DeclaredNoted | Interest::DeclaredNotVoting | Interest::Withdrawn
                )
            });
            declared
                .map(|(interest, other)| Conflict { interest, reference: other.reference.clone() })
                .collect()
        };
        let candidates: Vec<Candidate> = (seating.members.iter())
            .map(|member| Candidate {
                member: member.clone(),
                load: load.get(&member.person).copied().unwrap_or_default(),
                conflicts: conflicts(member.person).len(),
            })
            .collect();
        let proposed = panel::propose(&candidates, &view.workflow, quorum);
        let kept = candidates.iter().zip(&proposed).filter(|(_, kept)| **kept);
        let kept: Vec<_> = kept.map(|(candidate, _)| candidate.member.clone()).collect();
        let members = candidates.into_iter().zip(proposed).map(|(candidate, proposed)| {
            let stand_in = seating.stand_ins.iter().find(|stand_in| {
                stand_in.person == candidate.member.person && stand_in.seat == candidate.member.seat
            });
            ProposedMember {
                person: candidate.member.person,
                instead_of: stand_in.map(|stand_in| (stand_in.instead_of, stand_in.because)),
                conflicts: conflicts(candidate.member.person),
                load: candidate.load,
                seat: candidate.member.seat,
                proposed,
            }
        });
        Ok(Some(Proposal {
            members: members.collect(),
            shortage: view.workflow.shortage(quorum, &kept),
            vacant: seating.vacant,
        }))
    }

    /// Cases of the same author or programme whose deliberation the actor may read: the newest hundred of each.
    async fn like(&self, actor: &Actor, view: &View) -> Result<Vec<Case>> {
        let code = view.frame.organisation.ods_code.clone();
        let of = || Filter { organisations: vec![code.clone()], ..Filter::default() };
        let mut filters = vec![Filter { author: Some(view.case.author), ..of() }];
        if let Some(programme) = &view.case.content.proposal.programme {
            filters.push(Filter { programmes: vec![programme.clone()], ..of() });
        }
        let window = Window { size: MOST, forwards: true, cursor: None };
        let mut ids = BTreeSet::new();
        for filter in filters {
            let page = self.list_assessments(actor, &filter, Order::default(), &window).await?;
            ids.extend(page.nodes.into_iter().map(|(_, summary)| summary.head.id));
        }
        ids.remove(&view.case.id);
        let ids: Vec<AssessmentId> = ids.into_iter().collect();
        let views = self.views_at(actor, &ids, view.moment).await?;
        let mut like: Vec<Case> = (views.values())
            .filter(|view| view.permits(actor, Action::ReadDeliberation))
            .map(|view| view.case.clone())
            .collect();
        like.sort_by(|one, other| one.reference.cmp(&other.reference));
        Ok(like)
    }

    /// A standing panel that the actor may know of; to everybody else there is none.
    pub(super) async fn own_panel(&self, actor: &Actor, id: PanelId) -> Result<StandingPanel> {
        let panel = self.store.read().standing_panel(id).await?.ok_or(Error::NotFound)?;
        permit_in(actor, Office::ReadPanels, panel.organisation).map_err(|_| Error::NotFound)?;
        Ok(panel)
    }

    /// Who holds which role in the organisation today.
    pub(super) async fn directory(&self, organisation: OrganisationId, moment: Moment) -> Result<Directory> {
        let mut held = Directory::new();
        for (person, grant) in self.store.read().holders(organisation, None, moment.today).await? {
            held.entry(grant.role).or_default().push(person);
        }
        Ok(held)
    }

    /// The workflow that an organisation's new cases begin with.
    pub(super) async fn usual_workflow(
        &self,
        organisation: &Organisation,
    ) -> Result<std::sync::Arc<Workflow>> {
        let key = &organisation.settings.workflow;
        let found = self.newest(organisation.id, key).await?;
        found.ok_or_else(|| {
            Error::Internal(anyhow::anyhow!("the workflow `{key}` of the settings is not there"))
        })
    }
}

fn standing_view(panel: StandingPanel, workflow: &Workflow, organisation: &Organisation) -> StandingView {
    StandingView {
        quorum: workflow.quorum_in_words(organisation.settings.composition()),
        closed: organisation.settings.closed_days.clone(),
        panel,
    }
}
