//! What partners propose to do to the same people, without an assessment here.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    app::{
        App, Error, PartyInput, Picture, Result, Slice,
        command::{By, Command},
        person::administer_as,
    },
    clock,
    domain::{
        area,
        calendar::Moment,
        event::EventKind,
        id::{OrganisationId, PartnerProposalId},
        impact::Direction,
        page::Window,
        partner::{Confidence, PartnerProposal},
        permission::{Actor, Office, permit_in},
        text::{Path, Violation},
    },
};

/// What a partner proposes, as it is typed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerDraft {
    /// Which one is changed, with the version it is known at; a new one when absent.
    pub id: Option<(PartnerProposalId, Option<u32>)>,
    /// Of a new one: who keeps it, by ODS code; the one organisation where the actor may, when absent.
    pub organisation: Option<String>,
    /// Whose proposal it is.
    pub partner: PartyInput,
    /// What they propose.
    pub title: String,
    /// Codes of the groups it touches.
    pub groups: Vec<String>,
    /// Which way it goes for them.
    pub direction: Direction,
    /// Codes of the places it touches.
    pub footprint: Vec<String>,
    /// From when on.
    pub from: Option<NaiveDate>,
    /// Until when.
    pub to: Option<NaiveDate>,
    /// Where that stands, or who said so.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// The day on which the partner agreed that this is what they propose.
    pub agreed_on: Option<NaiveDate>,
    /// Whether it was dropped.
    pub withdrawn: bool,
}

/// What a key of [`App::record_partner_proposal`] remembers.
#[derive(Serialize, Deserialize)]
struct Recorded {
    proposal: PartnerProposalId,
}

impl App {
    /// Records what a partner proposes, or changes what is recorded.
    pub async fn record_partner_proposal(
        &self,
        actor: &Actor,
        draft: PartnerDraft,
        key: Option<String>,
        moment: Moment,
    ) -> Result<PartnerProposal> {
        let command = Command::new(actor, "recordPartnerProposal", key.as_deref(), &draft, moment)?;
        let organisation = match draft.id {
            Some((id, _)) => {
                let known = self.find_partner_proposal(actor, id).await?.ok_or(Error::NotFound)?;
                permit_in(actor, Office::KeepRegister, known.organisation)?;
                known.organisation
            }
            None => self.keeper(actor, draft.organisation.as_deref()).await?,
        };
        let found = self.store.read().organisation(organisation).await?.ok_or(Error::NotFound)?;
        let frame = self.frame(&found).await?;
        let mut parties =
            self.parties(organisation, &[], std::iter::once(&draft.partner), clock::supply()).await?;
        let partner = parties.resolve(&draft.partner, &Path::of(["partner"]));
        let (contacts, mut wrong) = parties.both();
        let proposal = PartnerProposal {
            id: draft.id.map_or_else(|| clock::supply().fresh(), |(id, _)| id),
            organisation,
            version: 1,
            partner,
            title: draft.title.clone(),
            groups: draft.groups.clone(),
            direction: draft.direction,
            footprint: draft.footprint.iter().map(|code| area::spelt(code)).collect(),
            from: draft.from,
            to: draft.to,
            source: draft.source.clone(),
            confidence: draft.confidence,
            agreed_on: draft.agreed_on,
            withdrawn: draft.withdrawn,
            recorded_by: actor.person,
            recorded_at: moment.at,
        };
        // What is wrong with the partner is told once, as it was typed.
        let told = proposal.check(&frame.groups, moment.today).into_iter();
        let known: Vec<Path> = wrong.iter().map(|one| one.path.clone()).collect();
        wrong.extend(told.filter(|one| !known.contains(&one.path)));
        wrong.extend(self.unplaced_codes(&proposal.footprint).await);
        let by = By::of(actor, |who| permit_in(who, Office::KeepRegister, organisation).is_ok());
        self.store
            .write::<_, Error>(async |tx| {
                if let Some(Recorded { proposal }) = command.claim_as(tx).await? {
                    return tx.read().partner_proposal(proposal).await?.ok_or(Error::NotFound);
                }
                if !wrong.is_empty() {
                    return Err(Error::Invalid(wrong.clone()));
                }
                for contact in &contacts {
                    tx.add_contact(contact, moment.at).await?;
                }
                let mut proposal = proposal.clone();
                match draft.id {
                    None => tx.add_partner_proposal(&proposal).await?,
                    Some((id, expected)) => {
                        let before = tx.partner_proposal(id).await?.ok_or(Error::NotFound)?;
                        let expected = expected.ok_or_else(|| {
                            let message = "Say which version you know, so that nobody's change is lost.";
                            Violation::new("REQUIRED", message, Path::of(["expectedVersion"]))
                        })?;
                        // An address that was not typed again stays.
                        let same = before.partner.name == proposal.partner.name
                            && before.partner.organisation == proposal.partner.organisation;
                        if draft.partner.email.is_none() && same {
                            proposal.partner.contact = before.partner.contact;
                        }
                        proposal.version = before.version + 1;
                        tx.save_partner_proposal(&proposal, expected).await?;
                    }
                }
                let payload = json!({ "proposal": proposal.id, "version": proposal.version });
                let kind = EventKind::PartnerProposalRecorded;
                administer_as(tx, organisation, by, kind, payload, moment).await?;
                command.settle_as(tx, &Recorded { proposal: proposal.id }).await?;
                Ok(proposal)
            })
            .await
    }

    /// What a partner proposes, recorded in an organisation whose register the actor may read.
    pub async fn find_partner_proposal(
        &self,
        actor: &Actor,
        id: PartnerProposalId,
    ) -> Result<Option<PartnerProposal>> {
        let found = self.store.read().partner_proposal(id).await?;
        Ok(found.filter(|found| permit_in(actor, Office::ReadRegister, found.organisation).is_ok()))
    }

    /// A page of what partners of an organisation propose, the oldest first, dropped proposals too.
    pub async fn list_partner_proposals(
        &self,
        actor: &Actor,
        organisation: &str,
        window: &Window,
    ) -> Result<Slice<PartnerProposal>> {
        let organisation = self.register_of(actor, organisation, Office::ReadRegister).await?;
        let page = self.store.read().list_partner_proposals(organisation, window).await?;
        Ok(Slice { nodes: page.nodes, has_previous: page.has_previous, has_next: page.has_next })
    }

    /// How many there are.
    pub async fn count_partner_proposals(&self, actor: &Actor, organisation: &str) -> Result<u64> {
        let organisation = self.register_of(actor, organisation, Office::ReadRegister).await?;
        Ok(self.store.read().count_partner_proposals(organisation).await?)
    }

    /// What partners propose that belongs beside a picture: recorded where the actor may read it, on one of its groups or a wider one
    /// that this is part of, and in one of its places where it asks for some, counting on its day, or not over yet where it names
    /// none. They have no service line and no programme, so that a picture of some has none of them.
    pub async fn partners_in(&self, picture: &Picture) -> Result<Vec<PartnerProposal>> {
        let Picture { filter, moment, selection, .. } = picture;
        if !filter.service_lines.is_empty() || !filter.programmes.is_empty() {
            return Ok(Vec::new());
        }
        let mut of = selection.own.clone();
        if let Some(actor) = &picture.actor {
            of.retain(|one| permit_in(actor, Office::ReadRegister, *one).is_ok());
        }
        let mut found = self.store.read().partner_proposals_of(&of, filter.live_on).await?;
        found.retain(|one| filter.live_on.is_some() || one.to.is_none_or(|to| to >= moment.today));
        found.retain(|one| {
            filter.touches(&picture.counted(one.organisation, &one.groups))
                || !picture.wider(one.organisation, &one.groups).is_empty()
        });
        if filter.areas.is_empty() {
            return Ok(found);
        }
        match self.find_reference().await? {
            Some(reference) => {
                let asked = reference.lsoas(&filter.areas);
                found.retain(|one| reference.lsoas(&one.footprint).meets(&asked));
            }
            None => found.retain(|one| one.footprint.iter().any(|code| filter.areas.contains(code))),
        }
        Ok(found)
    }

    /// Where a partner is reached: for those who record what partners propose, and for nobody else.
    pub async fn partner_contact(&self, actor: &Actor, proposal: &PartnerProposal) -> Result<Option<String>> {
        let may = permit_in(actor, Office::KeepRegister, proposal.organisation).is_ok();
        let Some(contact) = proposal.partner.contact.filter(|_| may) else { return Ok(None) };
        let found = self.store.read().contacts(&[contact]).await?;
        Ok(found.into_iter().next().map(|contact| contact.email))
    }

    /// The groups of the organisations that keep these proposals, for naming them.
    pub async fn partner_catalogues(
        &self,
        organisations: &[OrganisationId],
    ) -> Result<HashMap<OrganisationId, std::sync::Arc<super::Frame>>> {
        let mut frames = HashMap::new();
        for (id, organisation) in self.organisations(organisations).await? {
            frames.insert(id, self.frame(&organisation).await?);
        }
        Ok(frames)
    }

    /// The organisation where the actor keeps what stands beside its cases: what partners propose, and scenarios.
    pub(super) async fn keeper(&self, actor: &Actor, code: Option<&str>) -> Result<OrganisationId> {
        if let Some(code) = code {
            return self.register_of(actor, code, Office::KeepRegister).await;
        }
        let own: BTreeSet<OrganisationId> = actor.roles().map(|(organisation, _)| organisation).collect();
        let keeps = |one: &OrganisationId| permit_in(actor, Office::KeepRegister, *one).is_ok();
        match own.into_iter().filter(keeps).collect::<Vec<_>>().as_slice() {
            [] => Err(Error::Forbidden),
            [one] => Ok(*one),
            _ => {
                let message = "Say which of your organisations keeps it: give its ODS code.";
                Err(Violation::new("REQUIRED", message, Path::of(["organisation"])).into())
            }
        }
    }

    /// What is wrong with codes of places that are codes: each must name one that is known.
    async fn unplaced_codes(&self, codes: &[String]) -> Vec<Violation> {
        let Ok(reference) = self.known_places().await else { return Vec::new() };
        let places = codes.iter().enumerate().filter(|(_, code)| area::level(code).is_some());
        let refused = places.filter_map(|(index, code)| {
            let why = reference.gazetteer().admit(code).err()?;
            Some(Violation::new(why.code, why.message, Path::of(["footprint"]).join(index)))
        });
        refused.collect()
    }
}
