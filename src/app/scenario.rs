//! Scenarios: what a bundle of decisions would do, kept under a name and shared with those who oversee the cases.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    app::{
        App, Error, Result, Slice, Stub,
        command::{By, Command},
        person::administer_as,
    },
    clock,
    domain::{
        calendar::Moment,
        event::EventKind,
        id::{AssessmentId, ScenarioId},
        page::Window,
        permission::{Actor, Office, permit_in},
        risk::Filter,
        scenario::{Moved, Scenario, Supposition},
        text::{Path, Violation},
    },
};

/// A scenario, as it is typed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioDraft {
    /// Which one is changed, with the version it is known at; a new one when absent.
    pub id: Option<(ScenarioId, Option<u32>)>,
    /// Of a new one: whose cases it is about, by ODS code; the one organisation where the actor may, when absent.
    pub organisation: Option<String>,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub note: Option<String>,
    /// What it supposes.
    pub cases: Vec<Supposition>,
    /// Whether all who oversee the organisation's cases see it.
    pub shared: bool,
    /// Whether it was dropped.
    pub withdrawn: bool,
}

/// What a scenario supposes of a case, for whoever looks.
#[derive(Clone, Debug)]
pub struct SupposedCase {
    /// The case, as far as they may know of it.
    pub case: Option<Stub>,
    /// What is supposed; `None` of a case that they may not read.
    pub supposed: Option<Supposition>,
    /// How it moved on since.
    pub moved: Vec<Moved>,
}

/// What a key of [`App::keep_scenario`] remembers.
#[derive(Serialize, Deserialize)]
struct Remembered {
    scenario: ScenarioId,
}

impl App {
    /// Keeps a scenario, or changes one: whoever keeps it does, and of one that is shared whoever may keep one there.
    pub async fn keep_scenario(
        &self,
        actor: &Actor,
        draft: ScenarioDraft,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Scenario> {
        let command = Command::new(actor, "keepScenario", key.as_deref(), &draft, moment)?;
        let known = match draft.id {
            Some((id, _)) => Some(self.find_scenario(actor, id).await?.ok_or(Error::NotFound)?),
            None => None,
        };
        let organisation = match &known {
            Some(known) => known.organisation,
            None => self.keeper(actor, draft.organisation.as_deref()).await?,
        };
        permit_in(actor, Office::KeepRegister, organisation)?;
        let (cases, mut wrong) = match known {
            // What is dropped stays as it was, whatever became of its cases.
            Some(known) if draft.withdrawn => (known.cases, Vec::new()),
            _ => {
                let picture = self.picture(actor, Filter::default(), moment).await?;
                match self.supposable(&picture, &draft.cases).await {
                    Ok(cases) => (cases, Vec::new()),
                    Err(Error::Invalid(wrong)) => (Vec::new(), wrong),
                    Err(error) => return Err(error),
                }
            }
        };
        let scenario = Scenario {
            id: draft.id.map_or_else(|| clock::supply().fresh(), |(id, _)| id),
            organisation,
            version: 1,
            name: draft.name.clone(),
            note: draft.note.clone().filter(|note| !note.trim().is_empty()),
            cases,
            shared: draft.shared,
            withdrawn: draft.withdrawn,
            owner: actor.person,
            kept_at: moment.at,
        };
        wrong.extend(scenario.check());
        let by = By::of(actor, |who| permit_in(who, Office::KeepRegister, organisation).is_ok());
        self.store
            .write::<_, Error>(async |tx| {
                if let Some(Remembered { scenario }) = command.claim_as(tx).await? {
                    return tx.read().scenario(scenario).await?.ok_or(Error::NotFound);
                }
                if !wrong.is_empty() {
                    return Err(Error::Invalid(wrong.clone()));
                }
                let mut scenario = scenario.clone();
                match draft.id {
                    None => tx.add_scenario(&scenario).await?,
                    Some((id, expected)) => {
                        let before = tx.scenario(id).await?.ok_or(Error::NotFound)?;
                        let expected = expected.ok_or_else(|| {
                            let message = "Say which version you know, so that nobody's change is lost.";
                            Violation::new("REQUIRED", message, Path::of(["expectedVersion"]))
                        })?;
                        scenario.version = before.version + 1;
                        scenario.owner = before.owner;
                        tx.save_scenario(&scenario, expected).await?;
                    }
                }
                let payload = json!({ "scenario": scenario.id, "version": scenario.version, "shared": scenario.shared });
                administer_as(tx, organisation, by, EventKind::ScenarioKept, payload, moment).await?;
                command.settle_as(tx, &Remembered { scenario: scenario.id }).await?;
                Ok(scenario)
            })
            .await
    }

    /// A scenario that is the actor's own, or shared where they oversee the cases.
    pub async fn find_scenario(&self, actor: &Actor, id: ScenarioId) -> Result<Option<Scenario>> {
        let found = self.store.read().scenario(id).await?;
        Ok(found.filter(|found| {
            permit_in(actor, Office::ReadRegister, found.organisation).is_ok()
                && (found.shared || found.owner == actor.person)
        }))
    }

    /// A page of the scenarios of an organisation that the actor sees, the oldest first.
    pub async fn list_scenarios(
        &self,
        actor: &Actor,
        organisation: &str,
        window: &Window,
    ) -> Result<Slice<Scenario>> {
        let organisation = self.register_of(actor, organisation, Office::ReadRegister).await?;
        let page = self.store.read().list_scenarios(organisation, actor.person, window).await?;
        Ok(Slice { nodes: page.nodes, has_previous: page.has_previous, has_next: page.has_next })
    }

    /// How many there are.
    pub async fn count_scenarios(&self, actor: &Actor, organisation: &str) -> Result<u64> {
        let organisation = self.register_of(actor, organisation, Office::ReadRegister).await?;
        Ok(self.store.read().count_scenarios(organisation, actor.person).await?)
    }

    /// What a scenario supposes, case by case, as far as the actor may know.
    pub async fn supposed_cases(
        &self,
        actor: &Actor,
        scenario: &Scenario,
        moment: Moment,
    ) -> Result<Vec<SupposedCase>> {
        let ids: Vec<AssessmentId> = scenario.cases.iter().map(|one| one.supposed.assessment).collect();
        let stubs = self.stubs(actor, &ids).await?;
        let views = self.views_for(Some(actor), &ids, moment).await?;
        let told = scenario.cases.iter().map(|kept| {
            let id = kept.supposed.assessment;
            let view = views.get(&id);
            SupposedCase {
                case: stubs.get(&id).cloned(),
                supposed: view.map(|_| kept.supposed.clone()),
                moved: view.map_or_else(|| vec![Moved::Gone], |view| kept.moved(&view.case)),
            }
        });
        Ok(told.collect())
    }
}
