//! Sharing a case with another organisation, and finding what others shared.

use std::collections::BTreeSet;

use crate::{
    app::{
        App, Changed, Error, Result, Slice, Stub, Summary, case::unknown_organisation, command::Command,
        reading::slice,
    },
    clock,
    domain::{
        calendar::Moment,
        case::{Case, ShareLevel},
        id::{AssessmentId, Identifier, OrganisationId, PersonId},
        page::Window,
        permission::{Action, Actor, Role},
        workflow::share::{self, ShareDraft},
    },
    store::{
        Scope,
        list::{Filter, Order},
    },
};

impl App {
    /// Shares a case with another organisation, or no longer. Those who govern or administer that organisation are
    /// told; its people leave the panel when they may no longer review.
    pub async fn share(
        &self,
        actor: &Actor,
        id: AssessmentId,
        with: &str,
        level: ShareLevel,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let mut command = Command::new(actor, "shareAssessment", key.as_deref(), &(id, with, level), moment)?;
        let case = self.known(actor, id).await?;
        let read = self.store.read();
        let found = read.organisation_by_ods_code(with).await?.map(|found| found.id);
        let mut only_there = BTreeSet::new();
        if let Some(organisation) = found {
            for (person, grant) in read.holders(organisation, None, moment.today).await? {
                if matches!(grant.role, Role::Governance | Role::Administrator) {
                    command.partners.push(person);
                }
            }
            only_there = self.only_there(&case, organisation, moment).await?;
        }
        self.command(command, id, Action::Share, |view, _| {
            let organisation = found.ok_or_else(|| unknown_organisation(with))?;
            // Who sits there, and for whom, was asked before the lock: what changed meanwhile is asked again.
            if view.case.shares != case.shares || view.case.process.panel != case.process.panel {
                return Err(Error::Retry);
            }
            let blind = clock::supply().fresh::<AssessmentId>().uuid();
            let draft = ShareDraft { organisation, level, only_there, blind };
            Ok(view.engine(|context| share::share(&view.case, &draft, actor, context))?)
        })
        .await
    }

    /// Members of the panel who hold no role in the case's organisation nor, beside this one, in another that may
    /// review it.
    async fn only_there(
        &self,
        case: &Case,
        organisation: OrganisationId,
        moment: Moment,
    ) -> Result<BTreeSet<PersonId>> {
        let members = case.process.panel.iter().flat_map(|panel| &panel.members);
        let mut only: BTreeSet<PersonId> = members.map(|member| member.person).collect();
        let there: BTreeSet<PersonId> = self.people_of(organisation, moment).await?;
        only.retain(|person| there.contains(person));
        let others =
            case.shares.iter().filter(|(id, level)| **id != organisation && **level == ShareLevel::Review);
        for other in others.map(|(id, _)| *id).chain([case.organisation]) {
            let others = self.people_of(other, moment).await?;
            only.retain(|person| !others.contains(person));
        }
        Ok(only)
    }

    async fn people_of(&self, organisation: OrganisationId, moment: Moment) -> Result<BTreeSet<PersonId>> {
        let holders = self.store.read().holders(organisation, None, moment.today).await?;
        Ok(holders.into_iter().map(|(person, _)| person).collect())
    }

    /// A page of what other organisations shared with the actor's, as much of each as may be known.
    pub async fn list_shared(&self, actor: &Actor, window: &Window) -> Result<Slice<Stub>> {
        let (filter, order) = (Filter::default(), Order::default());
        let page = self.store.read().list_cases(&filter, Scope::Shared(actor), order, window).await?;
        let found: Slice<Summary> = slice(page, |summary| order.cursor(&summary.head));
        let ids: Vec<AssessmentId> = found.nodes.iter().map(|(_, summary)| summary.head.id).collect();
        let mut stubs = self.stubs(actor, &ids).await?;
        let nodes = found.nodes.into_iter();
        let nodes =
            nodes.filter_map(|(cursor, summary)| stubs.remove(&summary.head.id).map(|stub| (cursor, stub)));
        Ok(Slice { nodes: nodes.collect(), has_previous: found.has_previous, has_next: found.has_next })
    }

    /// How many cases other organisations shared with the actor's.
    pub async fn count_shared(&self, actor: &Actor) -> Result<u64> {
        Ok(self.store.read().count_cases(&Filter::default(), Scope::Shared(actor)).await?)
    }

    /// As much as the actor may know of the case with this reference.
    pub async fn find_stub(&self, actor: &Actor, reference: &str) -> Result<Option<Stub>> {
        let found = self.store.read().case_id(reference, Scope::SeeStub(actor)).await?;
        let Some(id) = found else { return Ok(None) };
        Ok(self.stubs(actor, &[id]).await?.remove(&id))
    }
}
