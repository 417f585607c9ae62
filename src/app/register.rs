//! The register of decisions: loaded from an organisation's own lists, held against its assessments.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    app::{
        App, Error, Filter, Order, Picture, Result, Slice, Stub,
        command::{By, Command},
        person::administer_as,
    },
    clock,
    domain::{
        calendar::Moment,
        canonical,
        event::EventKind,
        id::{AssessmentId, OrganisationId, PersonId, RegisteredDecisionId},
        page::Window,
        permission::{Actor, Office, permit_in},
        register::{self, Load, RegisterStep, RegisteredDecision},
        text::{self, Path, Violation},
    },
    store::{
        Scope,
        register::{Covered, Registered, cursor},
    },
};

/// The list that is meant when none is named.
const LIST: &str = "decisions";
/// Longest name of a list.
const NAME: usize = 60;
/// Most decisions that a load tells of one by one.
const TOLD: usize = 200;
/// Assessments that are looked at for one decision, each way of looking.
const LOOKED_AT: u32 = 50;
/// Most that are proposed for one.
const PROPOSED: usize = 3;
/// Months around the day of a decision are not asked for: this many days are.
const AROUND: i64 = 31;

/// A list to load.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterFile {
    /// Whose, by ODS code.
    pub organisation: String,
    /// Which of its lists; the usual one when absent.
    pub list: Option<String>,
    /// The file.
    pub csv: Vec<u8>,
    /// Whether only to say what would be done.
    pub preview: bool,
}

/// What a load does with one decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterLine {
    /// Its line in the file; absent when it is no longer there.
    pub line: Option<u64>,
    /// What is done.
    pub step: RegisterStep,
    /// What the list calls it.
    pub key: String,
    /// What is to be decided.
    pub title: String,
    /// Whether it has an assessment.
    pub matched: bool,
}

/// What came of a load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadedRegister {
    /// Whether it was only looked at.
    pub preview: bool,
    /// Decisions that are new.
    pub added: usize,
    /// Of which the list says something else.
    pub changed: usize,
    /// That had ended and are back.
    pub resumed: usize,
    /// That the list no longer has.
    pub ended: usize,
    /// That are as before.
    pub unchanged: usize,
    /// What is done with each that changes, in the order of the file; the first two hundred.
    pub lines: Vec<RegisterLine>,
}

impl LoadedRegister {
    fn of(load: &Load, preview: bool) -> Self {
        let changes = load.steps.iter().filter(|(step, ..)| *step != RegisterStep::Unchanged);
        let line = |(step, line, decision): &(RegisterStep, Option<u64>, RegisteredDecision)| RegisterLine {
            line: *line,
            step: *step,
            key: decision.entry.key.clone(),
            title: decision.entry.title.clone(),
            matched: decision.assessment.is_some(),
        };
        Self {
            preview,
            added: load.count(RegisterStep::Added),
            changed: load.count(RegisterStep::Changed),
            resumed: load.count(RegisterStep::Resumed),
            ended: load.count(RegisterStep::Ended),
            unchanged: load.count(RegisterStep::Unchanged),
            lines: changes.map(line).take(TOLD).collect(),
        }
    }
}

/// How much of what an organisation decides is assessed. Each decision that has not ended is assessed, in draft or
/// unassessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageView {
    /// Decisions that are known of.
    pub decisions: u64,
    /// With an assessment that was sent on.
    pub assessed: u64,
    /// With one that is still being written.
    pub drafts: u64,
    /// Decided, and no assessment was sent on.
    pub decided_without_assessment: u64,
    /// Which decisions these are.
    pub of: Registered,
}

/// An assessment that may be the one of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedMatch {
    /// As much of it as the actor may know.
    pub stub: Stub,
    /// What speaks for it.
    pub reasons: Vec<String>,
}

/// What a key of [`App::match_decision`] remembers.
#[derive(Serialize, Deserialize)]
struct Matched {
    decision: RegisteredDecisionId,
}

impl App {
    /// Loads a list into the register of an organisation where the actor keeps it: all of it, or nothing where a line is
    /// wrong. The same file again changes nothing.
    pub async fn load_register(
        &self,
        actor: &Actor,
        file: RegisterFile,
        key: Option<String>,
        moment: Moment,
    ) -> Result<LoadedRegister> {
        let command = Command::new(actor, "loadRegister", key.as_deref(), &file, moment)?;
        let organisation = self.register_of(actor, &file.organisation, Office::KeepRegister).await?;
        let by = By::of(actor, |who| permit_in(who, Office::KeepRegister, organisation).is_ok());
        self.load_list(organisation, file, (by, Some(command)), moment).await
    }

    /// The same as the operator's act.
    pub async fn load_register_as_operator(
        &self,
        organisation: OrganisationId,
        file: RegisterFile,
        moment: Moment,
    ) -> Result<LoadedRegister> {
        self.load_list(organisation, file, (By::from(None), None), moment).await
    }

    async fn load_list(
        &self,
        organisation: OrganisationId,
        file: RegisterFile,
        (by, command): (By, Option<Command<'_>>),
        moment: Moment,
    ) -> Result<LoadedRegister> {
        let list = file.list.unwrap_or_else(|| LIST.to_owned());
        text::line(&list, NAME, &Path::of(["list"]))?;
        let lines = register::read(&file.csv).map_err(Error::Invalid)?;
        let references: BTreeSet<&String> =
            lines.iter().filter_map(|line| line.entry.assessment.as_ref()).collect();
        let references: Vec<String> = references.into_iter().cloned().collect();
        let known = self.store.read().known_references(organisation, &references).await?;
        let unknown = lines.iter().filter_map(|line| {
            let reference = line.entry.assessment.as_ref().filter(|one| !known.contains_key(*one))?;
            let number = line.number;
            let message = format!(
                "Line {number}, assessment: There is no assessment `{reference}` here; write the reference of one of the \
                 organisation's own, or nothing."
            );
            let path = Path::of(["csv".to_owned(), number.to_string(), "assessment".to_owned()]);
            Some(Violation::new("NOT_FOUND", message, path))
        });
        let unknown: Vec<Violation> = unknown.take(TOLD).collect();
        if !unknown.is_empty() {
            return Err(Error::Invalid(unknown));
        }
        let sha256 = canonical::sha256(&file.csv);
        let mut supply = clock::supply();
        if file.preview {
            let before = self.store.read().registered_list(organisation, &list).await?;
            let load =
                register::plan((organisation, &list), before, lines, &known, moment.today, &mut supply);
            return Ok(LoadedRegister::of(&load, true));
        }
        self.store
            .write::<_, Error>(async |tx| {
                if let Some(command) = &command
                    && let Some(first) = command.claim_as(tx).await?
                {
                    return Ok(first);
                }
                let before = tx.register(organisation, &list).await?;
                let load = register::plan(
                    (organisation, &list),
                    before,
                    lines.clone(),
                    &known,
                    moment.today,
                    &mut supply,
                );
                let loaded = LoadedRegister::of(&load, false);
                let changes: Vec<&RegisteredDecision> = load.changes().collect();
                tx.save_registered(&changes, moment.at).await?;
                if !changes.is_empty() {
                    let payload = json!({
                        "list": list, "file": sha256, "added": loaded.added, "changed": loaded.changed,
                        "resumed": loaded.resumed, "ended": loaded.ended, "unchanged": loaded.unchanged,
                    });
                    administer_as(tx, organisation, by, EventKind::RegisterLoaded, payload, moment).await?;
                }
                if let Some(command) = &command {
                    command.settle_as(tx, &loaded).await?;
                }
                Ok(loaded)
            })
            .await
    }

    /// Says which assessment a registered decision has, or that it has none after all.
    pub async fn match_decision(
        &self,
        actor: &Actor,
        id: RegisteredDecisionId,
        assessment: Option<AssessmentId>,
        key: Option<String>,
        moment: Moment,
    ) -> Result<RegisteredDecision> {
        let command = Command::new(actor, "matchDecision", key.as_deref(), &(id, assessment), moment)?;
        let decision = self.find_registered_decision(actor, id).await?.ok_or(Error::NotFound)?;
        permit_in(actor, Office::KeepRegister, decision.organisation)?;
        if let Some(assessment) = assessment
            && !self.stubs(actor, &[assessment]).await?.contains_key(&assessment)
        {
            let message = "There is no such assessment that you can see.";
            return Err(Violation::new("NOT_FOUND", message, Path::of(["assessmentId"])).into());
        }
        let by = By::of(actor, |who| permit_in(who, Office::KeepRegister, decision.organisation).is_ok());
        self.store
            .write::<_, Error>(async |tx| {
                if let Some(Matched { decision }) = command.claim_as(tx).await? {
                    return tx.read().registered_decision(decision).await?.ok_or(Error::NotFound);
                }
                if decision.ended_on.is_some() {
                    let message = "The list no longer has this decision; match the one that took its place.";
                    return Err(Violation::new("ENDED", message, Path::of(["decisionId"])).into());
                }
                if decision.entry.assessment.is_some() {
                    let message = "The list itself names the assessment of this decision: correct the list, and load it \
                                   again.";
                    return Err(Violation::new("NAMED_BY_LIST", message, Path::of(["decisionId"])).into());
                }
                let who: Option<PersonId> = assessment.map(|_| actor.person);
                if decision.assessment != assessment {
                    tx.match_registered(&decision, (assessment, who), moment.at).await?;
                    let payload = json!({ "decision": decision.id, "assessment": assessment });
                    let kind = EventKind::DecisionMatched;
                    administer_as(tx, decision.organisation, by, kind, payload, moment).await?;
                }
                command.settle_as(tx, &Matched { decision: decision.id }).await?;
                tx.read().registered_decision(decision.id).await?.ok_or(Error::NotFound)
            })
            .await
    }

    /// A registered decision of an organisation whose register the actor may read.
    pub async fn find_registered_decision(
        &self,
        actor: &Actor,
        id: RegisteredDecisionId,
    ) -> Result<Option<RegisteredDecision>> {
        let found = self.store.read().registered_decision(id).await?;
        Ok(found.filter(|found| permit_in(actor, Office::ReadRegister, found.organisation).is_ok()))
    }

    /// How much of what these organisations decide is assessed, as far as the actor may read their registers: of their own
    /// ones where none are named.
    pub async fn coverage(
        &self,
        actor: &Actor,
        organisations: &[String],
        service_lines: &[String],
        moment: Moment,
    ) -> Result<CoverageView> {
        let of = Registered {
            organisations: self.registers_of(actor, organisations).await?,
            service_lines: service_lines.to_vec(),
        };
        self.coverage_of(of, moment).await
    }

    /// The same beside a picture; the operator's has the registers of all its organisations.
    pub async fn coverage_in(&self, picture: &Picture) -> Result<CoverageView> {
        let Picture { filter, moment, .. } = picture;
        if let Some(actor) = &picture.actor {
            return self.coverage(actor, &filter.organisations, &filter.service_lines, *moment).await;
        }
        let organisations = picture.selection.own.clone();
        self.coverage_of(Registered { organisations, service_lines: filter.service_lines.clone() }, *moment)
            .await
    }

    async fn coverage_of(&self, of: Registered, moment: Moment) -> Result<CoverageView> {
        let read = self.store.read();
        let without = Covered::DecidedWithout(moment.today);
        Ok(CoverageView {
            decisions: read.count_registered(&of, Covered::Any).await?,
            assessed: read.count_registered(&of, Covered::Assessed).await?,
            drafts: read.count_registered(&of, Covered::Draft).await?,
            decided_without_assessment: read.count_registered(&of, without).await?,
            of,
        })
    }

    /// A page of the decisions of a coverage that have no assessment.
    pub async fn list_unassessed(
        &self,
        coverage: &CoverageView,
        window: &Window,
    ) -> Result<Slice<RegisteredDecision>> {
        let page = self.store.read().list_registered(&coverage.of, Covered::Unassessed, window).await?;
        let nodes = page.nodes.into_iter().map(|decision| (cursor(&decision), decision)).collect();
        Ok(Slice { nodes, has_previous: page.has_previous, has_next: page.has_next })
    }

    /// How many there are.
    pub async fn count_unassessed(&self, coverage: &CoverageView) -> Result<u64> {
        Ok(self.store.read().count_registered(&coverage.of, Covered::Unassessed).await?)
    }

    /// The assessments that the actor may read and that may be the one of a decision, the likeliest first; none for one
    /// that has its assessment or has ended.
    pub async fn propose_matches(
        &self,
        actor: &Actor,
        decision: &RegisteredDecision,
    ) -> Result<Vec<ProposedMatch>> {
        if decision.assessment.is_some() || decision.ended_on.is_some() {
            return Ok(Vec::new());
        }
        let read = self.store.read();
        let organisation = read.organisation(decision.organisation).await?.ok_or(Error::NotFound)?;
        let entry = &decision.entry;
        let own = || Filter { organisations: vec![organisation.ods_code.clone()], ..Filter::default() };
        let around = |day: NaiveDate, days: i64| day.checked_add_signed(chrono::Duration::days(days));
        let filters = [
            register::telling(&entry.title).map(|word| Filter { search: Some(word), ..own() }),
            entry.service_line.clone().map(|line| Filter { service_lines: vec![line], ..own() }),
            entry.date.map(|day| Filter {
                decision_from: around(day, -AROUND),
                decision_to: around(day, AROUND),
                ..own()
            }),
        ];
        let window = Window { size: LOOKED_AT, forwards: true, cursor: None };
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for filter in filters.into_iter().flatten() {
            let page = read.list_cases(&filter, Scope::Read(actor), Order::default(), &window).await?;
            for summary in page.nodes {
                if seen.insert(summary.head.id)
                    && let Some((weight, reasons)) = register::likeness(entry, &summary.head)
                {
                    found.push((weight, summary.head, reasons));
                }
            }
        }
        found
            .sort_by(|(one, a, _), (other, b, _)| other.cmp(one).then_with(|| a.reference.cmp(&b.reference)));
        found.truncate(PROPOSED);
        let ids: Vec<AssessmentId> = found.iter().map(|(_, head, _)| head.id).collect();
        let mut stubs = self.stubs(actor, &ids).await?;
        let proposed = found
            .into_iter()
            .filter_map(|(_, head, reasons)| Some(ProposedMatch { stub: stubs.remove(&head.id)?, reasons }));
        Ok(proposed.collect())
    }

    /// Those of these organisations, or of the actor's where none are named, whose registers the actor may read.
    pub(super) async fn registers_of(&self, actor: &Actor, codes: &[String]) -> Result<Vec<OrganisationId>> {
        let mut own = actor.oversees();
        if !codes.is_empty() {
            let named = self.organisations(&own).await?;
            own.retain(|one| named.get(one).is_some_and(|named| codes.contains(&named.ods_code)));
        }
        Ok(own)
    }

    /// The organisation with this code, when the actor may do this there. To whoever holds no role in it, it is as one that
    /// does not exist.
    pub(super) async fn register_of(
        &self,
        actor: &Actor,
        code: &str,
        office: Office,
    ) -> Result<OrganisationId> {
        let found = self.store.read().organisation_by_ods_code(code).await?;
        let found = found.ok_or(Error::Forbidden)?.id;
        permit_in(actor, office, found)?;
        Ok(found)
    }
}
