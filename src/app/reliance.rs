//! What partners say of what a case relies on.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    app::{
        App, Changed, PartyInput, Result,
        command::{Command, Decided},
    },
    clock,
    domain::{
        calendar::Moment,
        case::ShareLevel,
        id::{AssessmentId, InterdependencyId, OrganisationId},
        permission::{Action, Actor, Role},
        text::Path,
        workflow::reliance::{ConfirmationDraft, confirm_reliance},
    },
};

/// What a partner said, as it is typed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmationNote {
    /// The reliance.
    pub interdependency: InterdependencyId,
    /// Whether the partner confirms it.
    pub confirmed: bool,
    /// Who of the partner said so.
    pub by: Option<PartyInput>,
    /// When.
    pub on: NaiveDate,
    /// Where that can be read or heard of.
    pub note: String,
}

impl App {
    /// Records what a partner said of a reliance: somebody of the case's organisation, or of the partner itself
    /// where the case was shared with it.
    pub async fn confirm_reliance(
        &self,
        actor: &Actor,
        id: AssessmentId,
        said: ConfirmationNote,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command = Command::new(actor, "confirmReliance", key.as_deref(), &(id, &said), moment)?;
        let case = self.known(actor, id).await?;
        let own = actor.belongs(case.organisation);
        let shared: Vec<OrganisationId> = case.shares.keys().copied().collect();
        let named = said.by.iter().filter(|_| own);
        let mut parties = self.parties(case.organisation, &shared, named, clock::supply()).await?;
        let by = said.by.as_ref().filter(|_| own);
        let by = by.map(|by| parties.resolve(by, &Path::of(["confirmedBy"])));
        let contacts = parties.done();
        let theirs = case
            .shares
            .iter()
            .filter(|(organisation, level)| **level >= ShareLevel::Read && speaks(actor, **organisation));
        let theirs: Vec<OrganisationId> = theirs.map(|(organisation, _)| *organisation).collect();
        let organisations = self.organisations(&theirs).await?;
        let speaks_for: Vec<String> =
            organisations.into_values().flat_map(|one| [one.name, one.ods_code]).collect();
        self.command(command, id, Action::ConfirmReliance, |view, _| {
            let contacts = contacts?;
            let draft = ConfirmationDraft {
                interdependency: said.interdependency,
                confirmed: said.confirmed,
                by,
                on: said.on,
                note: said.note,
            };
            let applied =
                view.engine(|context| confirm_reliance(&view.case, draft, &speaks_for, actor, context))?;
            Ok(Decided { applied, contacts })
        })
        .await
    }
}

/// Whether the actor may say something for an organisation: whoever only audits it says nothing.
fn speaks(actor: &Actor, organisation: OrganisationId) -> bool {
    actor.grants.iter().any(|grant| grant.organisation == organisation && grant.role != Role::Auditor)
}
