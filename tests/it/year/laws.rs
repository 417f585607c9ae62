//! The laws of a case, as they are asked after every step of the year.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{Datelike as _, Weekday};
use ehia::{
    app::{Replay, Replayed, View},
    domain::{
        canonical,
        case::Process,
        decision::DecisionOutcome,
        event::EventKind,
        id::{AssessmentId, Identifier, PersonId},
        page::Window,
        party::Party,
        review::{Interest, PanelMember, Recommendation},
        settings::Settings,
        workflow::{Phase, Standing},
    },
};
use serde_json::{Value, json};

use super::{Year, id};

const VERSIONS: &str = "query($after: String, $since: DateTime) { assessments(first: 100, after: $after, filter: { updatedSince: $since }) {
    nodes { id version } pageInfo { hasNextPage endCursor } } }";
/// What has an identifier of its own in a case.
const ELEMENTS: &str = "query($id: ID!) { assessment(id: $id) { id impacts { id } evidence { id } engagement { id } mitigations { id }
    interdependencies { id } reviews { id } outcomes { id } decisions { id } attachments { id } history(first: 2) { nodes { id } } }
    assessmentRevision(assessmentId: $id) { id } }";
/// The doors at which a case is asked for by what is known of it.
const DOORS: &str = "whole: assessment(id: $id) { title proposal { summary } answers { value } impacts { rationale } findings { message }
        attachments { name } reviews { summary } changes(from: 1, to: 1) { path } }
    named: assessment(reference: $reference) { proposal { summary } }
    newest: assessmentRevision(assessmentId: $id) { proposal { summary } answers { value } }
    first: assessmentRevision(assessmentId: $id, revision: 1) { impacts { rationale } }";
/// The lists in which a case may stand.
const LISTS: &str = "found: assessments(first: 100, filter: { search: $reference }) { nodes { id } }
    stub: assessmentStub(reference: $reference) { reference assessment { id } }
    viewer { tasks(first: 100) { nodes { assessment { id } } } }";
const THROUGH_TASKS: &str = "{ viewer { tasks(first: 100) { nodes { assessment { sro { name } answers { value } impacts { rationale } } } } } }";
const READ: &str = "query($id: ID!) { assessment(id: $id) { title reviews { revision reviewer { id } } } }";

impl Year {
    /// Every law, of every case that changed since they were asked of it: by whoever did something, or by the worker. Cases
    /// that say they changed today are looked for; on Fridays all of them, whatever they say.
    pub(super) async fn laws(&self) {
        let all = self.today().weekday() == Weekday::Fri;
        let since = (!all).then(|| self.today().and_hms_opt(0, 0, 0).unwrap().and_utc());
        let mut after = Value::Null;
        loop {
            let asked = json!({ "after": after, "since": since });
            let told = self.stage.read(&self.people["auditor"], VERSIONS, asked).await;
            let page = &told["assessments"];
            for node in page["nodes"].as_array().unwrap() {
                let case = id(&node["id"]);
                let known = self.checked.lock().unwrap().get(&case).copied();
                if known.map(u64::from) != node["version"].as_u64() {
                    self.held(case).await;
                }
            }
            if page["pageInfo"]["hasNextPage"] != json!(true) {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    /// Every law, of one case as it stands.
    pub(super) async fn held(&self, case: AssessmentId) {
        let view = self.view(case).await;
        self.checked.lock().unwrap().insert(case, view.case.version);
        self.known.lock().unwrap().insert(case, view.clone());
        judged_by_others(&view);
        concluded_with_a_quorum(&view);
        self.decided_by_the_body(&view);
        let judged = self.replayed(&view).await;
        self.as_recorded(&view, judged).await;
        if view.head.phase == Phase::Review {
            // Of its panel somebody else each time; once a day all of them look at the newest.
            let members: Vec<&PanelMember> =
                view.case.process.panel.iter().flat_map(|panel| &panel.members).collect();
            if let Some(member) = members.get(view.case.version as usize % members.len().max(1)) {
                self.sees(&view, member).await;
            }
            self.hears_nothing(&view).await;
        }
    }

    /// What proceeds was decided by the body, or screened out by the equality lead; whoever wrote it decides nothing.
    fn decided_by_the_body(&self, view: &View) {
        let (case, process) = (&view.case, &view.case.process);
        // While the body is away governance stands in for it.
        let body: &[&str] = if case.form.key == "screening" { &["lead"] } else { &["body", "governance"] };
        for decision in &process.decisions {
            let of = body.iter().any(|name| self.people[*name].person() == decision.by);
            assert!(of, "{}: decided by somebody else", case.reference);
        }
        if view.head.standing == Standing::Proceeding {
            let newest = process.decisions.iter().rfind(|one| one.outcome != DecisionOutcome::Defer);
            let proceeds = newest.is_some_and(|decision| decision.outcome.proceeds());
            assert!(proceeds, "{}: nobody decided that it proceeds", case.reference);
        }
    }

    /// What was approved or decided is what stands, or somebody is to judge the change, or did.
    async fn as_recorded(&self, view: &View, judged: Option<u64>) {
        if !matches!(view.head.phase, Phase::Approved | Phase::Decided) {
            return;
        }
        let (case, process) = (&view.case, &view.case.process);
        let decision = process.decisions.iter().rfind(|one| one.outcome != DecisionOutcome::Defer);
        let records = process.approving().map(|one| (one.at, &one.record)).into_iter();
        let newest = records.chain(decision.map(|one| (one.at, &one.record))).max();
        let (_, record) = newest.unwrap_or_else(|| panic!("{}: nobody concluded or decided", case.reference));
        let now = serde_json::to_value(&case.content).unwrap();
        let same = canonical::bytes(&now).unwrap() == self.frozen(case.id, record).await;
        let answered = process.reexamination.is_some() || judged == Some(u64::from(case.revision));
        assert!(same || answered, "{}: changed since, and nobody judges that", case.reference);
    }

    /// The content that a record froze; none is ever written again, and so each is read once.
    async fn frozen(&self, case: AssessmentId, sha256: &str) -> Vec<u8> {
        let known = self.frozen.lock().unwrap().get(sha256).cloned();
        if let Some(content) = known {
            return content;
        }
        let auditor = &self.people["auditor"].actor;
        let record = self.stage.app.find_record(auditor, case, sha256).await.unwrap().unwrap();
        let content = canonical::bytes(&record.document["content"]).unwrap();
        self.frozen.lock().unwrap().insert(sha256.to_owned(), content.clone());
        content
    }

    /// Once a day, everybody on the panels of the newest cases looks at them.
    pub(super) async fn look(&self) {
        let newest = self.stories.iter().filter(|(_, story)| (self.today() - story.began).num_days() < 14);
        let mut shut: Vec<(Arc<View>, PersonId)> = Vec::new();
        for case in newest.map(|(case, _)| *case) {
            let view = self.view(case).await;
            if view.head.phase == Phase::Review {
                for member in view.case.process.panel.iter().flat_map(|panel| &panel.members) {
                    self.sees(&view, member).await;
                    if matches!(member.interest, Interest::Undeclared | Interest::Withdrawn) {
                        shut.push((view.clone(), member.person));
                    }
                }
            }
        }
        // One of them asks at every door, somebody else each day.
        if let Some((view, person)) = shut.get(self.today().ordinal() as usize % shut.len().max(1)) {
            self.finds_every_door_shut(view, *person).await;
        }
    }

    /// Whoever has not declared, or withdrew, is told nothing of the case wherever they ask for it, or for a part of it, by
    /// what they could know; where the auditor, who may read it, is told.
    async fn finds_every_door_shut(&self, view: &View, person: PersonId) {
        let case = &view.case;
        let auditor = &self.people["auditor"];
        let (name, player) = self.people.iter().find(|(_, player)| player.person() == person).unwrap();
        let told = self.stage.read(auditor, ELEMENTS, json!({ "id": case.id.global() })).await;
        let mut elements = BTreeSet::new();
        identifiers(&told, &mut elements);
        assert!(elements.len() > 3, "{}: {told:#}", case.reference);
        let nodes = elements.iter().enumerate();
        let nodes: Vec<String> =
            nodes.map(|(number, id)| format!("n{number}: node(id: \"{id}\") {{ id }}")).collect();
        let doors = format!("query($id: ID!, $reference: String!) {{ {DOORS} {LISTS} {} }}", nodes.join(" "));
        let asked = json!({ "id": case.id.global(), "reference": case.reference });
        let open = self.stage.read(auditor, &doors, asked.clone()).await;
        let shut = self.stage.read(player, &doors, asked).await;
        let lists = ["found", "stub", "viewer"];
        let single = open.as_object().unwrap().iter().filter(|(door, _)| !lists.contains(&door.as_str()));
        for (door, told) in single {
            assert!(!told.is_null(), "{}: nobody is told at {door}", case.reference);
            assert!(shut[door].is_null(), "{}: {name} is told {} at {door}", case.reference, shut[door]);
        }
        let known = json!({ "id": case.id.global() });
        let found = |told: &Value| told["found"]["nodes"].as_array().unwrap().contains(&known);
        assert_eq!((found(&open), found(&shut)), (true, false), "{name} searches for {}", case.reference);
        let stub = json!({ "reference": case.reference, "assessment": null });
        assert_eq!(shut["stub"], stub, "{name}");
        let mut tasks = shut["viewer"]["tasks"]["nodes"].as_array().unwrap().iter();
        if tasks.any(|task| task["assessment"]["id"] == known["id"]) {
            // What a task leads to is refused by itself, too, and with it whatever was asked beside it.
            let told = self.stage.ask(player, THROUGH_TASKS, json!({})).await;
            let mut errors = told["errors"].as_array().unwrap().iter();
            assert!(errors.all(|error| error["extensions"]["code"] == "FORBIDDEN"), "{name}: {told:#}");
            assert!(told["data"]["viewer"].is_null(), "{name}: {told:#}");
        }
    }

    /// Whoever is on a panel and has not declared sees nothing of the case; who has sees nobody else's review before its
    /// time.
    async fn sees(&self, view: &View, member: &PanelMember) {
        let found = self.people.iter().find(|(_, player)| player.person() == member.person);
        let Some((name, player)) = found else { return };
        let told = self.stage.ask(player, READ, json!({ "id": view.case.id.global() })).await;
        let seen = &told["data"]["assessment"];
        if matches!(member.interest, Interest::Undeclared | Interest::Withdrawn) {
            assert!(seen.is_null(), "{name} has not declared, or withdrew: {told:#}");
            return;
        }
        let all = seen["reviews"].as_array().unwrap_or_else(|| panic!("{name} declared: {told:#}"));
        let process = &view.case.process;
        let mut members = process.panel.iter().flat_map(|panel| &panel.members);
        let reviewed =
            |who: PersonId| view.case.reviews_of(view.case.revision).any(|one| one.reviewer == who);
        let in_full =
            members.all(|one| one.interest != Interest::Undeclared && (!one.votes() || reviewed(one.person)));
        let over = process.due().is_some_and(|due| due < self.today());
        if !in_full && !over && !concluded(view) {
            let own = json!(player.id());
            let others = all.iter().filter(|one| one["revision"] == json!(view.case.revision));
            let others = others.filter(|one| one["reviewer"]["id"] != own).count();
            assert_eq!(others, 0, "{name} sees more than their own: {told:#}");
        }
    }

    /// Whose proposal it is reads no review of what the panel has not concluded on.
    async fn hears_nothing(&self, view: &View) {
        let author = self.people.values().find(|player| player.person() == view.case.author).unwrap();
        let told = self.stage.read(author, READ, json!({ "id": view.case.id.global() })).await;
        let mut reviews = told["assessment"]["reviews"].as_array().unwrap().iter();
        let early = reviews.any(|one| one["revision"] == json!(view.case.revision));
        assert!(concluded(view) || !early, "{}: its author reads {told:#}", view.case.reference);
    }

    /// What the events of a case come to, replayed in order, is what is stored of it: each time those since the last time,
    /// and at the end of the year all of them: in the words that people read, and in full. Tells of which revision somebody said
    /// last that its change is not material.
    async fn replayed(&self, view: &View) -> Option<u64> {
        let auditor = &self.people["auditor"].actor;
        let known = self.heard.lock().unwrap().remove(&view.case.id);
        let told = || Told { state: view.workflow.initial.clone(), ..Told::default() };
        let mut heard = known.unwrap_or_else(|| Heard {
            told: told(),
            judged: None,
            cursor: None,
            replay: Replay::default(),
        });
        loop {
            let window = Window { size: 100, forwards: true, cursor: heard.cursor.clone() };
            let page = self.stage.app.history(auditor, view.case.id, &window).await.unwrap();
            for (cursor, event) in page.nodes {
                // Nothing is disposed of in a year.
                let payload = event.payload.as_ref().unwrap();
                heard.told.hear(event.event.kind, payload);
                if event.event.kind == EventKind::MaterialityJudged && payload["material"] == json!(false) {
                    heard.judged = payload["revision"].as_u64();
                }
                heard.cursor = Some(cursor);
            }
            if !page.has_next {
                break;
            }
        }
        let (told, kept) = (&heard.told, Told::of(view));
        assert_eq!(*told, kept, "the events of {} come to something else", view.case.reference);
        let so_far = std::mem::take(&mut heard.replay);
        let Replayed { replay, stored } = self.stage.app.replay(view.case.id, so_far, None).await.unwrap();
        rebuilt(view, replay.facts.as_ref().unwrap());
        assert_eq!(
            replay.facts.as_ref(),
            Some(&stored),
            "the events of {} change it otherwise",
            view.case.reference
        );
        heard.replay = replay;
        let judged = heard.judged;
        self.heard.lock().unwrap().insert(view.case.id, heard);
        judged
    }
}

/// What the events came to is the case, but for its content, which its documents keep.
fn rebuilt(view: &View, facts: &Value) {
    let case = &view.case;
    let of = |key: &str| facts[key].clone();
    let mut process: Process = serde_json::from_value(of("process")).unwrap();
    process.recall();
    assert_eq!(process, case.process, "the events of {} come to another process", case.reference);
    let content = canonical::sha256(&canonical::bytes(&case.content).unwrap());
    let is = json!([
        case.id.uuid(),
        case.state,
        case.version,
        case.revision,
        case.frozen,
        case.author.uuid(),
        content
    ]);
    let keys = ["id", "state", "version", "revision", "frozen", "author", "content"];
    assert_eq!(json!(keys.map(of)), is, "the events of {} come to something else", case.reference);
    let changed: BTreeMap<String, u32> = serde_json::from_value(of("changed")).unwrap();
    assert_eq!(changed, case.changed, "the events of {} changed something else", case.reference);
}

/// Every global identifier in an answer, the first two of a kind.
fn identifiers(told: &Value, found: &mut BTreeSet<String>) {
    match told {
        Value::Array(all) => all.iter().take(2).for_each(|one| identifiers(one, found)),
        Value::Object(fields) => fields.values().for_each(|one| identifiers(one, found)),
        Value::String(id) => {
            found.insert(id.clone());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Nobody reviews, concludes, answers for the chair or verifies what is or was their own.
fn judged_by_others(view: &View) {
    let (case, process) = (&view.case, &view.case.process);
    let mut own: BTreeSet<PersonId> = process.wrote.iter().copied().collect();
    own.extend(case.content.named());
    own.insert(case.author);
    let judges = process.reviews.iter().map(|review| review.reviewer);
    let judges = judges.chain(process.outcomes.iter().map(|outcome| outcome.by));
    let judges = judges.chain(process.ratifications.iter().map(|answer| answer.by));
    let judges = judges.chain(process.conditions.iter().filter_map(|one| one.verifier.person));
    for judge in judges {
        assert!(!own.contains(&judge), "{}: judged by whose it is", case.reference);
    }
}

/// Whoever made a quorum was free to vote, and had read the revision; together they fill what the workflow asks for.
fn concluded_with_a_quorum(view: &View) {
    let process = &view.case.process;
    for outcome in &process.outcomes {
        // To put a conclusion off is to conclude nothing, and a screening is concluded by a panel at its meetings alone.
        let alone = view.case.form.key == "screening" && outcome.meeting.is_none();
        if outcome.recommendation == Recommendation::Defer || outcome.urgency.is_some() || alone {
            continue;
        }
        for seat in &outcome.voted {
            let interest = outcome.interests.get(&seat.person);
            let free = matches!(interest, Some(Interest::None | Interest::DeclaredNoted));
            let read = process.reviews.iter().any(|review| {
                (review.reviewer, review.revision) == (seat.person, outcome.revision)
                    && review.at <= outcome.at
            });
            assert!(free && read, "{}: {interest:?} voted", view.case.reference);
            let kept = process.interests.get(&seat.person);
            let open = outcome.answered(seat.person, kept) == Some(false);
            assert!(!open, "{}: {} voted unanswered", view.case.reference, seat.person);
            let is = |list: &[Party]| list.iter().any(|party| party.person == Some(seat.person));
            assert!(!is(&outcome.apologies), "{}: {} sent apologies", view.case.reference, seat.person);
            let there = outcome.meeting.is_none() || is(&outcome.attendees);
            assert!(there, "{}: {} was not at the meeting", view.case.reference, seat.person);
        }
        let voted: Vec<PanelMember> = outcome.voted.iter().cloned().map(PanelMember::from).collect();
        assert_eq!(
            view.workflow.shortage(Settings::default().composition(), &voted),
            None,
            "{}: no quorum",
            view.case.reference
        );
    }
}

/// Whether the panel concluded on the revision before it.
fn concluded(view: &View) -> bool {
    view.case.process.outcomes.iter().any(|outcome| {
        outcome.revision == view.case.revision && outcome.recommendation != Recommendation::Defer
    })
}

/// What was heard of a case, and up to where.
pub(super) struct Heard {
    told: Told,
    judged: Option<u64>,
    cursor: Option<String>,
    replay: Replay,
}

/// What the events told so far come to.
#[derive(Debug, Default, PartialEq)]
struct Told {
    state: String,
    outcomes: Vec<String>,
    decisions: Vec<String>,
    reviews: BTreeSet<String>,
    conditions: BTreeMap<String, String>,
    members: Vec<String>,
    interests: BTreeMap<String, String>,
    answers: usize,
    judging: bool,
}

impl Told {
    fn hear(&mut self, kind: EventKind, payload: &Value) {
        let said = |field: &str| payload[field].as_str().map(str::to_owned);
        let list = |field: &str| -> Vec<String> {
            let all = payload[field].as_array().into_iter().flatten();
            all.map(|one| one.as_str().unwrap().to_owned()).collect()
        };
        match kind {
            EventKind::OutcomeRecorded => {
                self.outcomes.extend(said("outcome"));
                self.conditions.extend(list("conditions").into_iter().map(|one| (one, "OPEN".to_owned())));
            }
            EventKind::DecisionRecorded => self.decisions.extend(said("decision")),
            EventKind::ReviewSubmitted => {
                if let Some(replaced) = said("replaces") {
                    self.reviews.remove(&replaced);
                }
                self.reviews.extend(said("review"));
            }
            EventKind::ConditionReported => {
                self.conditions.insert(said("condition").unwrap(), said("status").unwrap());
            }
            EventKind::ConditionBreached => {
                self.conditions.insert(said("condition").unwrap(), "BREACHED".to_owned());
            }
            EventKind::PanelAssigned => self.members = list("members"),
            EventKind::InterestDeclared => {
                self.interests.insert(said("member").unwrap(), said("interest").unwrap());
            }
            EventKind::RatificationRecorded => self.answers += 1,
            EventKind::ReexaminationOpened => self.judging = true,
            EventKind::MaterialityJudged => self.judging = false,
            _ => {}
        }
        if let Some(to) = said("to") {
            self.state = to;
            // What goes back or is closed is not judged any more.
            self.judging &= !matches!(payload["phase"].as_str(), Some("DRAFTING" | "REVIEW" | "CLOSED"));
        }
    }

    fn of(view: &View) -> Self {
        let process = &view.case.process;
        let members = process.panel.iter().flat_map(|panel| &panel.members);
        Self {
            state: view.case.state.clone(),
            outcomes: process.outcomes.iter().map(|one| one.id.to_string()).collect(),
            decisions: process.decisions.iter().map(|one| one.id.to_string()).collect(),
            reviews: process.reviews.iter().map(|one| one.id.to_string()).collect(),
            conditions: (process.conditions.iter())
                .map(|one| (one.id.to_string(), one.status.as_str().to_owned()))
                .collect(),
            members: members.map(|one| one.person.to_string()).collect(),
            interests: (process.interests.iter())
                .map(|(person, one)| (person.to_string(), one.interest.as_str().to_owned()))
                .collect(),
            answers: process.ratifications.len(),
            judging: process.reexamination.is_some(),
        }
    }
}
