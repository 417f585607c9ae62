//! Leave: who is away, and who acts with their roles meanwhile.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    app::{
        App, Error, Result,
        command::{By, Command},
        person::administer_as,
    },
    clock,
    domain::{
        calendar::Moment,
        event::EventKind,
        id::{LeaveId, OrganisationId, PersonId},
        leave::{DEPUTISED, Leave},
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        permission::{Actor, Denied, Role},
        text::{Path, Violation},
    },
    store::outbox::About,
};

/// Leave as it is to be.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaveDraft {
    /// Which; new leave when absent.
    pub id: Option<LeaveId>,
    /// Of new leave: the ODS code of the organisation.
    pub organisation: Option<String>,
    /// Who is away; the actor when absent.
    pub person: Option<PersonId>,
    /// Who stands in for them.
    pub deputy: Option<PersonId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

/// What a key of [`App::save_leave`] remembers.
#[derive(Serialize, Deserialize)]
struct Saved {
    leave: LeaveId,
}

impl App {
    /// Enters leave, or changes it. Everybody enters their own; an administrator anybody's, and never with themselves as
    /// the deputy; a panel's secretary anybody's, for whom then nobody stands in. A deputy is told.
    pub async fn save_leave(
        &self,
        actor: &Actor,
        draft: LeaveDraft,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Leave> {
        let command = Command::new(actor, "saveLeave", key.as_deref(), &draft, moment)?;
        let before = match draft.id {
            Some(id) => Some(self.own_leave(actor, id).await?),
            None => None,
        };
        let organisation = match (&before, &draft.organisation) {
            (Some(before), _) => before.organisation,
            (None, Some(code)) => self.organisation_of(actor, code).await?,
            (None, None) => {
                let message = "Say where the leave is: give the ODS code of the organisation.";
                return Err(Violation::new("REQUIRED", message, Path::of(["organisation"])).into());
            }
        };
        let leave = Leave {
            id: before.map_or_else(|| clock::supply().fresh(), |before| before.id),
            organisation,
            person: before.map_or_else(|| draft.person.unwrap_or(actor.person), |before| before.person),
            deputy: draft.deputy,
            from: draft.from,
            until: draft.until,
        };
        may_enter(actor, &leave, before.as_ref())?;
        if leave.deputy == Some(actor.person) && leave.person != actor.person {
            let message = "Nobody takes another's roles upon themselves: name somebody else, or let whoever is away name you.";
            return Err(Violation::new("SEPARATION_OF_DUTIES", message, Path::of(["deputy"])).into());
        }
        let saved = self
            .store
            .write::<_, Error>(async |tx| {
                if let Some(Saved { leave }) = command.claim_as(tx).await? {
                    return tx.read().leave(leave).await?.ok_or(Error::NotFound);
                }
                let others = tx.leave_from(organisation, moment.today).await?;
                let known = others.iter().find(|other| other.id == leave.id).copied();
                if known != before {
                    return Err(if known.is_some() { Error::Retry } else { over() });
                }
                let holders = tx.read().holders(organisation, None, moment.today).await?;
                let roles = |person: PersonId| -> Vec<Role> {
                    let own = holders.iter().filter(|(holder, _)| *holder == person);
                    own.map(|(_, grant)| grant.role).collect()
                };
                let violations = leave.check(&others, roles, moment.today);
                if !violations.is_empty() {
                    return Err(Error::Invalid(violations));
                }
                tx.save_leave(&leave, moment.at).await?;
                let payload = json!({ "leave": leave });
                administer_as(tx, organisation, by(actor), EventKind::LeaveSaved, payload, moment).await?;
                let told = told(before.as_ref(), Some(&leave), actor, roles(leave.person));
                let about = About { organisation, assessment: None };
                tx.post(about, &told, moment.at, &mut clock::supply()).await?;
                command.settle_as(tx, &Saved { leave: leave.id }).await?;
                Ok(leave)
            })
            .await?;
        self.shared.committed.notify_one();
        Ok(saved)
    }

    /// Ends leave: from this day on they are back. Leave that has not begun is taken back.
    pub async fn end_leave(&self, actor: &Actor, id: LeaveId, moment: Moment) -> Result<Option<Leave>> {
        let before = self.own_leave(actor, id).await?;
        may_enter(actor, &before, Some(&before))?;
        let ended = self
            .store
            .write::<_, Error>(async |tx| {
                let others = tx.leave_from(before.organisation, moment.today).await?;
                let Some(leave) = others.iter().find(|other| other.id == id).copied() else {
                    return Err(over());
                };
                let until = moment.today.pred_opt().filter(|day| *day >= leave.from);
                let after = until.map(|until| Leave { until, ..leave });
                match &after {
                    Some(after) => tx.save_leave(after, moment.at).await?,
                    None => tx.remove_leave(id).await?,
                }
                let payload = json!({ "leave": leave, "until": until });
                administer_as(tx, leave.organisation, by(actor), EventKind::LeaveEnded, payload, moment)
                    .await?;
                let told = told(Some(&leave), None, actor, Vec::new());
                let about = About { organisation: leave.organisation, assessment: None };
                tx.post(about, &told, moment.at, &mut clock::supply()).await?;
                Ok(after)
            })
            .await?;
        self.shared.committed.notify_one();
        Ok(ended)
    }

    /// The leave of an organisation that is not over on a day, when the actor holds a role there; none to anybody else.
    pub async fn leave_from(
        &self,
        actor: &Actor,
        organisation: OrganisationId,
        day: NaiveDate,
    ) -> Result<Vec<Leave>> {
        if !actor.belongs(organisation) {
            return Ok(Vec::new());
        }
        Ok(self.store.read().leave_from(organisation, day).await?)
    }

    /// Leave in an organisation of the actor; to everybody else there is none.
    pub async fn find_leave(&self, actor: &Actor, id: LeaveId) -> Result<Option<Leave>> {
        let found = self.store.read().leave(id).await?;
        Ok(found.filter(|leave| actor.belongs(leave.organisation)))
    }

    /// Why a message that somebody stands in, or no longer does, no longer applies, if it does not.
    pub(super) async fn deputy_superseded(
        &self,
        facts: &NoticeFacts,
        deputy: PersonId,
        organisation: OrganisationId,
        moment: Moment,
    ) -> Result<Option<&'static str>> {
        let leave = self.store.read().leave_from(organisation, moment.today).await?;
        let theirs = |leave: &&Leave| Some(leave.person) == facts.actor && leave.deputy == Some(deputy);
        let mut theirs = leave.iter().filter(theirs);
        Ok(match &facts.what {
            Some(what) if !theirs.any(|leave| days(leave) == *what) => {
                Some("the leave was changed, or is over")
            }
            _ => None,
        })
    }

    async fn own_leave(&self, actor: &Actor, id: LeaveId) -> Result<Leave> {
        self.find_leave(actor, id).await?.ok_or(Error::NotFound)
    }

    /// An organisation in which the actor holds a role; there is none to anybody else.
    async fn organisation_of(&self, actor: &Actor, code: &str) -> Result<OrganisationId> {
        let found = self.store.read().organisation_by_ods_code(code).await?.map(|found| found.id);
        found.filter(|id| actor.belongs(*id)).ok_or_else(|| {
            let message = "You hold no role in such an organisation; give the ODS code of one of yours.";
            Violation::new("NOT_FOUND", message, Path::of(["organisation"])).into()
        })
    }
}

/// The days of leave, as people write them.
fn days(leave: &Leave) -> String {
    let [from, until] = [leave.from, leave.until].map(|day| day.format("%-d %B %Y").to_string());
    format!("from {from} to {until}")
}

/// Leave is entered in one's own name only: nobody stands in for that.
fn by(actor: &Actor) -> By {
    Some(actor.person).into()
}

fn over() -> Error {
    let message = "This leave is over or was taken back: enter it anew.";
    Violation::new("OVER", message, Path::of(["id"])).into()
}

/// Whether the actor may enter this leave in the place of what was there.
fn may_enter(actor: &Actor, leave: &Leave, before: Option<&Leave>) -> Result<()> {
    let own = |role: Role| {
        let mut grants = actor.grants.iter();
        grants.any(|grant| (grant.organisation, grant.role) == (leave.organisation, role))
    };
    let anybodys = own(Role::Administrator);
    // Whoever keeps the panel's business says who is away, and gives nobody's roles to anybody.
    let without_deputy = leave.deputy.is_none() && before.is_none_or(|before| before.deputy.is_none());
    let secretarys = own(Role::PanelSecretary) && without_deputy;
    let may = actor.person == leave.person || anybodys || secretarys;
    if may && !actor.read_only { Ok(()) } else { Err(Denied::Forbidden.into()) }
}

/// What deputies are told: whoever becomes one, or is one on other days, when and for which roles; whoever was one, that
/// they are not any more.
fn told(before: Option<&Leave>, after: Option<&Leave>, actor: &Actor, roles: Vec<Role>) -> Vec<Notice> {
    let was = before.and_then(|before| before.deputy);
    let is = after.and_then(|after| after.deputy);
    let same = match (before, after) {
        (Some(before), Some(after)) => (was, before.days()) == (is, after.days()),
        _ => false,
    };
    let notice = |to: PersonId, leave: &Leave, what: Option<String>, sections: Vec<String>| Notice {
        kind: NoticeKind::DeputyNamed,
        to: Recipient::Person(to),
        facts: NoticeFacts { actor: Some(leave.person), what, sections, ..NoticeFacts::default() },
    };
    let mut told = Vec::new();
    if let (Some(leave), Some(deputy)) = (before, was)
        && Some(deputy) != is
        && deputy != actor.person
    {
        told.push(notice(deputy, leave, None, Vec::new()));
    }
    if let (Some(leave), Some(deputy)) = (after, is)
        && !same
        && deputy != actor.person
    {
        let acted = roles.iter().filter(|role| DEPUTISED.contains(role));
        let sections = acted.map(|role| role.to_sql().replace('_', " ")).collect();
        told.push(notice(deputy, leave, Some(days(leave)), sections));
    }
    told
}
