//! How long cases are kept: class and legal hold, what is past its term, and the lawful disposal of it.

use chrono::NaiveDate;
use serde_json::{Map, json};

use crate::{
    app::{
        App, Changed, Error, Result,
        command::{self, Command},
    },
    clock,
    domain::{
        calendar::Moment,
        case::RetentionClass,
        id::{AssessmentId, OrganisationId},
        permission::{Action, Actor},
        retention::{self, Retention},
        text::{self, Path},
        workflow::engine::Applied,
    },
    store::Scope,
};

/// Cases read at once.
const CASES: u64 = 50;
/// Longest reason, in characters.
const REASON: usize = 2_000;

/// A closed case past its term of which something is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its reference.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Its retention class.
    pub class: RetentionClass,
    /// The last day of its term.
    pub until: NaiveDate,
    /// Events whose payload could be disposed of.
    pub payloads: u64,
}

/// What a disposal did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposal {
    /// Of which case.
    pub of: Due,
    /// Whether it was done.
    pub applied: bool,
}

impl App {
    /// Sets a case's retention class, its legal hold, or both.
    pub async fn set_retention(
        &self,
        actor: &Actor,
        id: AssessmentId,
        retention: Retention,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command = Command::new(actor, "setRetention", key.as_deref(), &(id, &retention), moment)?;
        self.command(command, id, Action::Retain, |view, _| {
            Ok(match retention::set(&view.case, &retention, moment)? {
                Some((case, happening)) => Applied { case, happenings: vec![happening], record: None },
                None => Applied { case: view.case.clone(), happenings: Vec::new(), record: None },
            })
        })
        .await
    }

    /// The same by the case's reference: the operator's act. Whether it changed anything, and how the case is kept now.
    pub async fn set_retention_of(
        &self,
        reference: &str,
        retention: &Retention,
        moment: Moment,
    ) -> Result<(bool, RetentionClass, bool)> {
        let id = self.store.read().case_id(reference, Scope::Everything).await?.ok_or(Error::NotFound)?;
        let surroundings = self.surroundings(id, moment).await?;
        let mut supply = clock::supply();
        let transaction = self.store.write::<_, Error>(async |tx| {
            let case = tx.case(id).await?.ok_or(Error::NotFound)?;
            let before = surroundings.view(case, moment)?;
            let Some((case, happening)) = retention::set(&before.case, retention, moment)? else {
                return Ok((false, before.case.retention, before.case.legal_hold));
            };
            let applied = Applied { case, happenings: vec![happening], record: None };
            let after =
                command::commit(tx, &surroundings, &before, applied, None, moment, &mut supply).await?;
            Ok((true, after.case.retention, after.case.legal_hold))
        });
        Box::pin(transaction).await
    }

    /// Closed cases past their term, without a legal hold and with something left to dispose of.
    pub async fn list_due(&self, organisation: Option<OrganisationId>, moment: Moment) -> Result<Vec<Due>> {
        let (mut due, mut last) = (Vec::new(), None);
        loop {
            let cases = self.store.read().closed_cases(organisation, last, CASES).await?;
            let Some(end) = cases.last() else { return Ok(due) };
            last = Some(end.id);
            for case in cases {
                let id = case.id;
                let view = self.surroundings(id, moment).await?.view(case, moment)?;
                let Ok(until) = view.disposable(moment.today) else { continue };
                let payloads = self.store.read().count_payloads(id).await?;
                if payloads > 0 {
                    due.push(of(&view, until, payloads));
                }
            }
        }
    }

    /// Disposes of the payloads of a case's events, leaving their digests and an event that says so; or, unless
    /// `apply`, says what it would dispose of. The operator's act. Refused under legal hold and before the term
    /// has ended.
    pub async fn dispose(
        &self,
        reference: &str,
        reason: &str,
        apply: bool,
        moment: Moment,
    ) -> Result<Disposal> {
        text::check(reason, REASON, &Path::of(["reason"]))?;
        let id = self.store.read().case_id(reference, Scope::Everything).await?.ok_or(Error::NotFound)?;
        let surroundings = self.surroundings(id, moment).await?;
        let mut supply = clock::supply();
        let transaction = self.store.write::<_, Error>(async |tx| {
            let case = tx.case(id).await?.ok_or(Error::NotFound)?;
            let before = surroundings.view(case, moment)?;
            let until = before.disposable(moment.today)?;
            let due = of(&before, until, tx.read().count_payloads(id).await?);
            if !apply || due.payloads == 0 {
                return Ok(Disposal { of: due, applied: false });
            }
            let facts = json!({ "reason": reason, "class": due.class, "until": until });
            let facts = facts.as_object().cloned().unwrap_or_else(Map::new);
            let happenings = tx.dispose_payloads(id, facts).await?.into_iter().collect();
            let mut case = before.case.clone();
            case.version += 1;
            case.updated_at = moment.at;
            let applied = Applied { case, happenings, record: None };
            command::commit(tx, &surroundings, &before, applied, None, moment, &mut supply).await?;
            Ok(Disposal { of: due, applied: true })
        });
        Box::pin(transaction).await
    }
}

fn of(view: &super::View, until: NaiveDate, payloads: u64) -> Due {
    Due {
        reference: view.case.reference.clone(),
        title: view.case.content.title.clone(),
        class: view.case.retention,
        until,
        payloads,
    }
}
