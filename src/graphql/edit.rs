//! Edits of content as they are typed. A field that is absent stays as it is; `null` clears it.

use async_graphql::{ID, InputObject, MaybeUndefined, OneofObject};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    app::{self, Edit},
    domain::{
        edit::List,
        evidence::{EvidenceKind, EvidenceStrength},
        id::{
            AttachmentId, EngagementId, EvidenceId, Identifier, ImpactId, InterdependencyId, MitigationId,
            PersonId,
        },
        impact::Direction,
        interdependency::{InterdependencyKind, ReliancePremise},
        proposal::KindOfChange,
    },
    graphql::{
        error::{Result, bad},
        scalar::{Date, Global, Json, Money, Typed},
        word::Word,
    },
};

/// One edit; all edits of a call apply or none. Edits to different paths merge; the same path changed meanwhile is a
/// CONFLICT.
#[derive(OneofObject)]
pub enum AssessmentEdit {
    /// The title.
    Title(String),
    /// Fields of the proposal.
    Proposal(ProposalInput),
    /// Who else writes it, all of them.
    Contributors(Vec<Global<PersonId>>),
    /// The senior responsible officer.
    Sro(PartyInput),
    /// One answer.
    Answer(AnswerInput),
    /// A new impact, or fields of one.
    Impact(ImpactInput),
    /// New evidence, or fields of some.
    Evidence(EvidenceInput),
    /// A new engagement, or fields of one.
    Engagement(EngagementInput),
    /// A new mitigation, or fields of one.
    Mitigation(MitigationInput),
    /// A new interdependency, or fields of one.
    Interdependency(InterdependencyInput),
    /// Removes an impact, evidence, engagement, mitigation or interdependency, and every mention of it.
    Remove(ID),
}

impl AssessmentEdit {
    /// The edit as the use case takes it.
    pub fn read(self) -> Result<Edit> {
        Ok(match self {
            Self::Title(title) => Edit::Title(title),
            Self::Proposal(proposal) => Edit::Proposal(proposal.fields()?),
            Self::Contributors(people) => Edit::Contributors(json!(people)),
            Self::Sro(party) => Edit::Sro(json!(party)),
            Self::Answer(answer) => Edit::Answer {
                question: answer.question,
                value: answer.value.map_or(Value::Null, |value| value.0),
            },
            Self::Impact(impact) => element(List::Impacts, impact.id, &impact)?,
            Self::Evidence(evidence) => element(List::Evidence, evidence.id, &evidence)?,
            Self::Engagement(engagement) => element(List::Engagement, engagement.id, &engagement)?,
            Self::Mitigation(mitigation) => element(List::Mitigations, mitigation.id, &mitigation)?,
            Self::Interdependency(edge) => element(List::Interdependencies, edge.id, &edge)?,
            Self::Remove(id) => Edit::Remove(removable(&id)?),
        })
    }
}

fn element<I: Identifier>(list: List, id: Option<Global<I>>, fields: &impl Serialize) -> Result<Edit> {
    Ok(Edit::Element { list, id: id.map(|id| id.0.uuid()), fields: fields_of(fields)? })
}

fn fields_of(input: &impl Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(input) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) | Err(_) => Err(bad("This input cannot be read.")),
    }
}

/// The bare identifier of an element that can be removed.
fn removable(id: &str) -> Result<Uuid> {
    let nouns =
        [ImpactId::NOUN, EvidenceId::NOUN, EngagementId::NOUN, MitigationId::NOUN, InterdependencyId::NOUN];
    let found = id.split_once(':').filter(|(noun, _)| nouns.contains(noun));
    found.and_then(|(_, uuid)| Uuid::try_parse(uuid).ok()).ok_or_else(|| {
        bad("`remove` takes the identifier of an impact, evidence, an engagement, a mitigation or an interdependency.")
    })
}

/// Somebody named in a case: an account, or a name with an address that is kept apart from the record.
#[derive(Clone, Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartyInput {
    /// An account.
    person: Option<Global<PersonId>>,
    /// Or a name.
    name: Option<String>,
    /// The organisation, in words.
    organisation: Option<String>,
    /// How to reach somebody without an account.
    email: Option<String>,
}

impl From<PartyInput> for app::PartyInput {
    fn from(party: PartyInput) -> Self {
        Self {
            person: party.person.map(|person| person.0),
            name: party.name,
            organisation: party.organisation,
            email: party.email,
        }
    }
}

/// Fields of a proposal.
#[derive(Debug, Default, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProposalInput {
    /// A few sentences.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    summary: MaybeUndefined<String>,
    /// What kind of change it is.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    kind_of_change: MaybeUndefined<Word<KindOfChange>>,
    /// The service line, in the organisation's words.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    service_line: MaybeUndefined<String>,
    /// The programme it belongs to.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    programme: MaybeUndefined<String>,
    /// ONS codes of the places it touches, all of them, at any mix of levels.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    footprint: MaybeUndefined<Vec<String>>,
    /// Who uses the service, in words.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    population: MaybeUndefined<String>,
    /// The body with authority under the scheme of delegation.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    decision_body: MaybeUndefined<String>,
    /// When it is to decide.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    decision_date: MaybeUndefined<Date>,
    /// When the change begins to touch people.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    effective_from: MaybeUndefined<Date>,
    /// When it stops; absent when it is to last.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    effective_to: MaybeUndefined<Date>,
    /// What was considered, all of it.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    options: MaybeUndefined<Vec<OptionInput>>,
    /// What it saves.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    saving: MaybeUndefined<Typed<Money>>,
    /// What it costs.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    spend: MaybeUndefined<Typed<Money>>,
    /// Whether saving or spend recurs every year.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    recurrent: MaybeUndefined<bool>,
    /// The full-year effect.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    full_year: MaybeUndefined<Typed<Money>>,
    /// By how much it changes what is spent on the service every full year: more is an investment, less, with a minus, a saving.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    recurrent_change: MaybeUndefined<Typed<Money>>,
    /// Where those live who use the service.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    user_residence: MaybeUndefined<UserResidenceInput>,
}

/// Where the users of a service live, by national deprivation fifth.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserResidenceInput {
    /// Percent of them in each of the five fifths of England's neighbourhoods by deprivation, the most deprived first; together 100.
    percent: Vec<u8>,
    /// What that is counted from: which users, which year, which index.
    basis: String,
}

impl ProposalInput {
    /// Its fields as the canonical document has them.
    pub fn fields(&self) -> Result<Map<String, Value>> {
        fields_of(self)
    }
}

/// An option considered, with why it was preferred or not.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OptionInput {
    /// Its name in the business case.
    title: String,
    /// What it would be.
    summary: String,
    /// Whether the proposal is this option.
    preferred: bool,
    /// Why it was preferred or not.
    reason: String,
}

/// One answer.
#[derive(Debug, InputObject)]
pub struct AnswerInput {
    /// The question's key.
    question: String,
    /// The answer, as the type of the question asks; null clears it.
    value: Option<Json>,
}

/// An impact: without `id` a new one; with it, the given fields replace.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImpactInput {
    /// The impact to change.
    #[serde(skip)]
    id: Option<Global<ImpactId>>,
    /// Codes of the groups; several mean their intersection.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    groups: MaybeUndefined<Vec<String>>,
    /// Which way it goes.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    direction: MaybeUndefined<Word<Direction>>,
    /// Why the author thinks so.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    rationale: MaybeUndefined<String>,
    /// The rating before any mitigation.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    initial: MaybeUndefined<RatingInput>,
    /// The rating if every planned mitigation works.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    target: MaybeUndefined<RatingInput>,
    /// How many people it touches.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    reach: MaybeUndefined<ReachInput>,
    /// What it rests on.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    evidence: MaybeUndefined<Vec<Global<EvidenceId>>>,
    /// Of a negative impact without mitigation: why none is reasonable.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    no_mitigation_because: MaybeUndefined<String>,
    /// Why proceeding is justified although nothing mitigates it.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    justification: MaybeUndefined<String>,
    /// How likely it is as a probability, where the author means one: without it no bounds are told of it.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    chance: MaybeUndefined<ChanceInput>,
    /// Of an unknown, and of a negative impact that is not rated yet: the question, who answers it and by when.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    open_question: MaybeUndefined<OpenQuestionInput>,
}

/// How likely an impact is as a probability: of a stated event, within a stated time. A likelihood on a scale is none.
#[derive(Clone, Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChanceInput {
    /// What would have happened.
    event: String,
    /// Within how many months, 1 to 120.
    months: u16,
    /// At least so many times in a thousand.
    low: u16,
    /// At most.
    high: u16,
}

/// What makes an unknown honest.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenQuestionInput {
    /// What has to be found out.
    question: String,
    /// Who finds it out.
    owner: PartyInput,
    /// By when.
    due: Date,
}

/// One judgement, each from 1 to the scale's largest.
#[derive(Clone, Copy, Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RatingInput {
    /// How likely, 1 the least.
    pub likelihood: u8,
    /// How bad, 1 the least.
    pub consequence: u8,
}

/// How many people, as a range with its basis.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReachInput {
    /// At least.
    low: u32,
    /// At most; absent when no upper figure can be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<u32>,
    /// Where the figures come from.
    basis: String,
}

/// Evidence: without `id` new; with it, the given fields replace.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceInput {
    /// The evidence to change.
    #[serde(skip)]
    id: Option<Global<EvidenceId>>,
    /// What it is called.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    title: MaybeUndefined<String>,
    /// What kind it is.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    kind: MaybeUndefined<Word<EvidenceKind>>,
    /// Where it can be found.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    source: MaybeUndefined<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    date: MaybeUndefined<Date>,
    /// Whether it is about this place.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    local: MaybeUndefined<bool>,
    /// How much weight it bears.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    strength: MaybeUndefined<Word<EvidenceStrength>>,
    /// What it does not say.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    gap: MaybeUndefined<String>,
    /// Codes of the groups it is about.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    groups: MaybeUndefined<Vec<String>>,
    /// Files kept with it, uploaded to the case before.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    attachments: MaybeUndefined<Vec<Global<AttachmentId>>>,
}

/// An engagement: without `id` a new one; with it, the given fields replace.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EngagementInput {
    /// The engagement to change.
    #[serde(skip)]
    id: Option<Global<EngagementId>>,
    /// Who was involved.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    who: MaybeUndefined<String>,
    /// Codes of the groups they belong to.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    groups: MaybeUndefined<Vec<String>>,
    /// How: survey, meeting, panel.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    method: MaybeUndefined<String>,
    /// When it began.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    from: MaybeUndefined<Date>,
    /// When it ended.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    to: MaybeUndefined<Date>,
    /// How many people took part.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    people: MaybeUndefined<u32>,
    /// The revision of this assessment they were asked about.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    about_revision: MaybeUndefined<u32>,
    /// What they said.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    heard: MaybeUndefined<String>,
    /// What changed because of it.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    changed: MaybeUndefined<String>,
}

/// A mitigation: without `id` a new one; with it, the given fields replace.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MitigationInput {
    /// The mitigation to change.
    #[serde(skip)]
    id: Option<Global<MitigationId>>,
    /// What will be done.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    action: MaybeUndefined<String>,
    /// The impacts it acts against.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    impacts: MaybeUndefined<Vec<Global<ImpactId>>>,
    /// Who does it.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    owner: MaybeUndefined<PartyInput>,
    /// By when.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    due: MaybeUndefined<Date>,
    /// What will show that it works.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    indicator: MaybeUndefined<String>,
    /// Where the indicator is now.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    baseline: MaybeUndefined<String>,
    /// Where it should be.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    target_value: MaybeUndefined<String>,
    /// What it rests on elsewhere.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    reliances: MaybeUndefined<Vec<Global<InterdependencyId>>>,
}

/// An interdependency: without `id` a new one; with it, the given fields replace.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InterdependencyInput {
    /// The interdependency to change.
    #[serde(skip)]
    id: Option<Global<InterdependencyId>>,
    /// What it means.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    kind: MaybeUndefined<Word<InterdependencyKind>>,
    /// The reference of the other assessment, when it has one here.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    target: MaybeUndefined<String>,
    /// The partner, when it has none.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    partner: MaybeUndefined<PartyInput>,
    /// What is relied on, in words.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    premise: MaybeUndefined<String>,
    /// By when it must hold.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    by: MaybeUndefined<Date>,
    /// When it holds.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    holds_when: MaybeUndefined<Word<ReliancePremise>>,
    /// Of a reliance: how often in a thousand it fails, as the author reckons.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    failure: MaybeUndefined<u16>,
    /// Anything else.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    note: MaybeUndefined<String>,
}
