//! A year of one organisation, through its API and over a clock that the test holds: a panel that meets monthly, 120
//! cases, returns, interests, absences, breaches, re-examinations, urgent actions and screen-outs. Whoever is to do
//! something finds it among their tasks and does it at their own pace. Every law is asked after every step of theirs and of
//! the worker's (`year/laws.rs`), and all the mail of the year is a reviewed golden file. All synthetic.

mod laws;
mod words;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc, Weekday};
use ehia::{
    app::{Dispatch, Verdict, View},
    clock::Clock,
    domain::{
        calendar,
        condition::ConditionStatus,
        id::{AssessmentId, Identifier},
        permission::Role,
        review::Interest,
        settings::{Sample, Settings},
        task,
        workflow::Phase,
    },
};
use serde_json::{Value, json};

use crate::{
    leave::save_leave,
    panels::saved,
    support::{
        agreed, on_both,
        stage::{HOME, Player, Stage},
    },
};

const CASES: u32 = 120;
const TASKS: &str = "{ viewer { tasks(first: 100) { nodes { kind assessment { id } } } } }";
const MEETING: &str =
    "query($id: ID!) { meeting(id: $id) { proposals { readiness assessment { assessment { id } } }
    agenda { readiness ratifies assessment { assessment { id } } } } }";
const CREATE: &str = "mutation($input: CreateAssessmentInput!) { createAssessment(input: $input) {
    assessment { id } errors { code message path } } }";
const IMPORT: &str = "mutation($input: ImportAssessmentInput!) { importAssessment(input: $input) {
    assessment { id } errors { code message path } } }";

/// What becomes of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Plan {
    /// Approved at a meeting; the body proceeds.
    Plain,
    /// Returned at its first meeting, answered and approved at a later one.
    Returned,
    /// Approved on a condition, which is met in time.
    Conditions,
    /// Approved on a condition that nobody meets until it is breached.
    Breached,
    /// Its author withdraws it while the panel reviews.
    Withdrawn,
    /// The chair concludes between meetings, and the panel ratifies that.
    Urgent,
    /// The chair concludes between meetings, and the panel does not ratify that.
    Unratified,
    /// Changed after its approval, which the equality lead judges not material.
    Amended,
    /// Changed after its approval, which is material: the panel judges it again.
    Reopened,
    /// Not supported, and stopped by the body.
    Unsupported,
    /// Put off by the panel, and by the body as well.
    Deferred,
    /// Screened out, checked by the panel when it is drawn.
    ScreenedOut,
    /// Screened: a full assessment is needed, and begun.
    ScreenedIn,
    /// A member has an interest and withdraws.
    Interest,
    /// Begun from a screening; left as a draft.
    Begun,
}

const PLANS: [Plan; 14] = [
    Plan::Plain,
    Plan::Returned,
    Plan::Conditions,
    Plan::Interest,
    Plan::Urgent,
    Plan::ScreenedOut,
    Plan::Amended,
    Plan::Breached,
    Plan::Withdrawn,
    Plan::Reopened,
    Plan::Unsupported,
    Plan::ScreenedIn,
    Plan::Deferred,
    Plan::Unratified,
];

/// One case of the year.
struct Story {
    plan: Plan,
    author: usize,
    began: NaiveDate,
    /// What happened once and is not to happen again.
    done: HashSet<&'static str>,
}

/// Somebody's turn with a case.
struct Turn<'a> {
    name: &'a str,
    case: AssessmentId,
    /// Working days since the task was first seen.
    waited: usize,
    plan: Plan,
    /// How many working days longer they take.
    slow: usize,
    view: Arc<View>,
}

/// What went out about one case: by day, kind and what it says, to whom.
type Mailed<'a> = BTreeMap<(NaiveDate, &'a str, &'a str), Vec<&'a str>>;

/// A message that went out.
struct Sent {
    at: DateTime<Utc>,
    to: String,
    kind: String,
    case: Option<AssessmentId>,
    what: String,
}

struct Year {
    stage: Stage,
    clock: Clock,
    people: BTreeMap<String, Player>,
    panel: String,
    meetings: BTreeMap<NaiveDate, String>,
    stories: BTreeMap<AssessmentId, Story>,
    references: HashMap<AssessmentId, String>,
    /// Since when somebody has had a task.
    since: HashMap<(String, AssessmentId, String), NaiveDate>,
    away: Vec<(String, NaiveDate, NaiveDate)>,
    /// The version of each case that the laws were asked of last.
    checked: Mutex<HashMap<AssessmentId, u32>>,
    /// What the events of each case have told so far.
    heard: Mutex<HashMap<AssessmentId, laws::Heard>>,
    /// The content of each record, in its canonical bytes.
    frozen: Mutex<HashMap<String, Vec<u8>>>,
    /// Each case as the laws were asked of it last.
    known: Mutex<HashMap<AssessmentId, Arc<View>>>,
    /// What stands in each case of which somebody was told.
    pieces: Mutex<HashMap<AssessmentId, words::Pieces>>,
    sent: Vec<Sent>,
    begun: u32,
}

fn date(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2027, month, day).unwrap()
}

fn working(day: NaiveDate) -> bool {
    calendar::is_working_day(day, &[])
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value:#}"))
}

fn id(value: &Value) -> AssessmentId {
    AssessmentId::parse(value.as_str().unwrap_or_else(|| panic!("{value:#}"))).unwrap()
}

impl Year {
    async fn new(database: &crate::support::database::TestDatabase) -> Self {
        let clock = Clock::held("2027-01-04T07:00:00Z".parse().unwrap());
        // What is borderline is drawn and nothing else is, so that the year is the same in every run.
        let sample = Sample { percent: 0, borderline_percent: 100 };
        let settings = Settings { screening_sample: Some(sample), ..Settings::default() };
        let stage = Stage::under(database, settings, clock.clone()).await;
        let cast = [
            ("body", Role::DecisionMaker),
            ("chair", Role::PanelChair),
            ("governance", Role::Governance),
            ("lead", Role::EqualityLead),
            ("secretary", Role::PanelSecretary),
            ("vice", Role::PanelChair),
            ("auditor", Role::Auditor),
        ];
        let mut people = BTreeMap::new();
        for (name, role) in cast {
            people.insert(name.to_owned(), stage.at_home(name, role).await);
        }
        for (group, role, count) in
            [("author", Role::Author, 6), ("sponsor", Role::Sro, 3), ("member", Role::Reviewer, 7)]
        {
            for number in 0..count {
                let name = format!("{group}{number}");
                people.insert(name.clone(), stage.at_home(&name, role).await);
            }
        }
        let seat = |name: &str, seat: &str, instead: Option<&str>| json!({ "person": people[name].id(), "seat": seat, "alternate": instead.map(|name| people[name].id()) });
        let panel = json!({
            "organisation": HOME, "name": "Equality panel (synthetic)",
            "members": [
                seat("chair", "chair", None), seat("vice", "vice chair", None), seat("lead", "equality", None),
                seat("member0", "public health", Some("member5")), seat("member1", "clinical", Some("member6")),
                seat("member2", "lay member", None), seat("member3", "member", None),
            ],
            "pattern": { "week": 2, "day": "TUESDAY", "time": "10:00" },
        });
        let panel = saved(&stage, &people["secretary"], panel).await;
        Self {
            stage,
            clock,
            people,
            panel,
            meetings: BTreeMap::new(),
            stories: BTreeMap::new(),
            references: HashMap::new(),
            since: HashMap::new(),
            away: Vec::new(),
            checked: Mutex::default(),
            heard: Mutex::default(),
            frozen: Mutex::default(),
            known: Mutex::default(),
            pieces: Mutex::default(),
            sent: Vec::new(),
            begun: 0,
        }
    }

    fn today(&self) -> NaiveDate {
        self.clock.now().today
    }

    fn is_away(&self, name: &str) -> bool {
        let today = self.today();
        self.away.iter().any(|(who, from, until)| who == name && (*from..=*until).contains(&today))
    }

    fn set(&self, day: NaiveDate, hour: u32) {
        self.clock.set(day.and_hms_opt(hour, 0, 0).unwrap().and_utc());
    }

    async fn view(&self, case: AssessmentId) -> Arc<View> {
        self.stage.app.view(&self.people["auditor"].actor, case).await.unwrap()
    }

    async fn ask(&self, who: &str, field: &str, case: AssessmentId, input: Value) {
        self.stage.done(&self.people[who], field, case, input).await;
        self.held(case).await;
    }

    async fn edit(&self, who: &str, case: AssessmentId, edits: Value) {
        self.stage.edit(&self.people[who], case, edits).await;
        self.held(case).await;
    }

    async fn go(&self, who: &str, case: AssessmentId, transition: &str, more: Value) {
        let revision = self.view(case).await.case.revision;
        let mut input = json!({ "transition": transition, "expectedRevision": revision, "comment": "Because of what was read." });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ask(who, "transitionAssessment", case, input).await;
    }

    /// Whoever is there to conclude on a case: of the two that may, one who sits on its panel and has declared. Who was away
    /// when the panel was asked does not.
    async fn in_the_chair(&self, case: AssessmentId) -> &'static str {
        let process = self.view(case).await.case.process.clone();
        let declared = |name: &str| process.interest(self.people[name].person()) != Interest::Undeclared;
        let there = ["chair", "vice"].into_iter().filter(|name| !self.is_away(name));
        let found = there.clone().find(|name| declared(name)).or(there.clone().next());
        found.expect("one of the two is there")
    }

    // ------------------------------------------------------------------ a day

    async fn day(&mut self, day: NaiveDate) {
        self.set(day, 9);
        self.work().await;
        self.laws().await;
        if working(day) {
            self.set(day, 10);
            self.leave(day).await;
            self.begin(day).await;
            self.plan_meeting(day).await;
            let names: Vec<String> = self.people.keys().cloned().collect();
            for (index, name) in names.iter().enumerate() {
                let their_day = (day.ordinal() as usize + index).is_multiple_of(2);
                if their_day && !self.is_away(name) {
                    self.act(name).await;
                }
            }
            self.set(day, 14);
            self.meet(day).await;
            self.urgently().await;
            self.change().await;
            self.look().await;
        }
        self.set(day, 17);
        self.work().await;
        self.laws().await;
    }

    /// What the worker does at this hour, until there is no more of it.
    async fn work(&mut self) {
        let app = &self.stage.app;
        let moment = self.clock.now();
        let mut owed = HashMap::new();
        app.tick(50, moment).await.unwrap();
        while app.work_reactions("test", TimeDelta::minutes(1), 50, moment).await.unwrap() > 0 {}
        app.post_digests(moment).await.unwrap();
        loop {
            let claimed = app.claim_messages("test", TimeDelta::minutes(1), 100, moment).await.unwrap();
            if claimed.count == 0 {
                break;
            }
            for one in claimed.ready {
                if let Some(case) = one.assessment {
                    self.addressed(case, &one.to_name, one.kind.as_str(), &mut owed).await;
                }
                self.digested(&one, &mut owed).await;
                let owed = one
                    .digest
                    .as_ref()
                    .map(|digest| digest.owed.iter().map(|case| case.tasks.len()).sum::<usize>());
                let news = one.digest.as_ref().map(|digest| digest.news.len());
                let what = match (owed, news) {
                    (Some(owed), Some(news)) => format!("{owed} owed, {news} news"),
                    _ => one.facts.what.clone().unwrap_or_default(),
                };
                app.settle_message("test", one.id, Verdict::Sent, moment).await.unwrap();
                self.sent.push(Sent {
                    at: moment.at,
                    to: one.to_name.clone(),
                    kind: one.kind.as_str().to_owned(),
                    case: one.assessment,
                    what,
                });
                self.written(one, moment).await;
            }
        }
    }

    /// Nobody is written to about a case from which they withdrew, or asked for what they need not do any more. What each
    /// person owes is read once an hour.
    async fn addressed(
        &self,
        case: AssessmentId,
        to: &str,
        kind: &str,
        owed: &mut HashMap<String, HashSet<AssessmentId>>,
    ) {
        let Some(player) = self.people.get(to) else { return };
        self.kept_out(case, player, kind).await;
        let asks = [
            "PANEL_ASSIGNED",
            "REMINDER",
            "REVIEWS_COMPLETE",
            "CHANGES_REQUESTED",
            "DECISION_AWAITED",
            "REEXAMINATION_OPENED",
            "VERIFICATION_AWAITED",
        ];
        if !asks.contains(&kind) {
            return;
        }
        self.owes(to, owed).await;
        if !owed[to].contains(&case) {
            let view = self.view(case).await;
            let watches = ["governance", "secretary", "chair", "vice", "lead"].contains(&to)
                || to.starts_with("sponsor")
                || view.case.content.contributors.contains(&player.person());
            let waits =
                !task::listed(&view.case, &view.workflow, Settings::default().composition()).is_empty();
            assert!(watches && waits, "{kind} to {to}, who owes nothing on {}", view.case.reference);
        }
    }

    /// A digest names no case from which its reader withdrew, and asks for nothing that is not theirs to do any more.
    async fn digested(&self, one: &Dispatch, owed: &mut HashMap<String, HashSet<AssessmentId>>) {
        let (to, Some(digest)) = (one.to_name.as_str(), &one.digest) else { return };
        self.owes(to, owed).await;
        let asked = digest.owed.iter().map(|case| (&case.reference, true));
        for (reference, asks) in asked.chain(digest.news.iter().map(|news| (&news.facts.reference, false))) {
            let case = self.references.iter().find(|(_, known)| *known == reference);
            let Some(case) = case.map(|(case, _)| *case) else { continue };
            assert!(!asks || owed[to].contains(&case), "{to} is asked again for what is done on {reference}");
            self.kept_out(case, &self.people[to], "a digest").await;
        }
    }

    /// What somebody is to do as it stands, read once an hour.
    async fn owes(&self, to: &str, owed: &mut HashMap<String, HashSet<AssessmentId>>) {
        if !owed.contains_key(to) {
            let tasks = self.stage.read(&self.people[to], TASKS, json!({})).await;
            let tasks = tasks["viewer"]["tasks"]["nodes"].as_array().unwrap().clone();
            owed.insert(to.to_owned(), tasks.iter().map(|task| id(&task["assessment"]["id"])).collect());
        }
    }

    async fn kept_out(&self, case: AssessmentId, player: &Player, kind: &str) {
        // Nobody withdraws from the others.
        if self.stories[&case].plan == Plan::Interest {
            let view = self.view(case).await;
            let interest = view.case.process.interest(player.person());
            assert_ne!(interest, Interest::Withdrawn, "{kind} about {}", view.case.reference);
        }
    }

    // ------------------------------------------------------------------ what people do

    async fn leave(&mut self, day: NaiveDate) {
        let plans = [
            (date(4, 1), "secretary", Some("governance"), date(4, 6), date(4, 16)),
            (date(5, 4), "member0", None, date(5, 6), date(6, 4)),
            (date(7, 20), "chair", Some("vice"), date(8, 2), date(8, 20)),
            (date(9, 1), "body", Some("governance"), date(9, 6), date(9, 17)),
        ];
        for (on, who, deputy, from, until) in plans {
            if on == day {
                let input = json!({ "organisation": HOME, "deputy": deputy.map(|name| self.people[name].id()), "from": from, "until": until });
                let payload = save_leave(&self.stage, &self.people[who], input).await.unwrap();
                assert_eq!(payload["errors"], json!([]), "{payload:#}");
                self.away.push((who.to_owned(), from, until));
            }
        }
    }

    /// New cases: about one in two working days, until they could not be concluded within the year.
    async fn begin(&mut self, day: NaiveDate) {
        let due = (day.ordinal().saturating_sub(4) * 2) / 5 + 1;
        while self.begun < due.min(CASES) {
            let number = self.begun;
            self.begun += 1;
            let plan = PLANS[number as usize % PLANS.len()];
            let author = number as usize % 6;
            let case = if matches!(plan, Plan::ScreenedOut | Plan::ScreenedIn) {
                self.screening(number, author).await
            } else {
                self.assessment(number, author, day).await
            };
            self.tell(case, plan, author, day).await;
        }
    }

    async fn tell(&mut self, case: AssessmentId, plan: Plan, author: usize, began: NaiveDate) {
        let reference = self.view(case).await.case.reference.clone();
        self.references.insert(case, reference);
        self.stories.insert(case, Story { plan, author, began, done: HashSet::new() });
    }

    async fn assessment(&self, number: u32, author: usize, day: NaiveDate) -> AssessmentId {
        let mut document: Value =
            serde_json::from_str(include_str!("../../examples/01-marram-house.json")).unwrap();
        document["title"] = json!(format!("Day service {number} (synthetic)"));
        document["proposal"]["decisionDate"] = json!(day + Days::new(100));
        document["proposal"]["effectiveFrom"] = json!(day + Days::new(240));
        document["sro"] = json!({ "name": "Dr Helena Marsh" });
        let who = &self.people[&format!("author{author}")];
        let input = json!({ "organisation": HOME, "document": document });
        let told = self.stage.read(who, IMPORT, json!({ "input": input })).await["importAssessment"].clone();
        assert_eq!(told["errors"], json!([]), "{told:#}");
        let case = id(&told["assessment"]["id"]);
        let contributor = self.people[&format!("author{}", (author + 1) % 6)].id();
        let sponsor = self.people[&format!("sponsor{}", number % 3)].id();
        let named = json!([{ "contributors": [contributor] }, { "sro": { "person": sponsor } }]);
        self.edit(&format!("author{author}"), case, named).await;
        case
    }

    async fn screening(&self, number: u32, author: usize) -> AssessmentId {
        let who = &self.people[&format!("author{author}")];
        let input = json!({ "organisation": HOME, "title": format!("Opening hours {number} (synthetic)"), "form": "screening",
            "proposal": { "summary": "The hub opens an hour later.", "footprint": ["E07000148"] } });
        let told = self.stage.read(who, CREATE, json!({ "input": input })).await["createAssessment"].clone();
        assert_eq!(told["errors"], json!([]), "{told:#}");
        let case = id(&told["assessment"]["id"]);
        // Every other one is borderline: what it does to staff is not known.
        let staff = if (number / 14).is_multiple_of(2) { "NO" } else { "UNKNOWN" };
        let answers = [
            ("what_changes", "The hub opens at nine."),
            ("touches_patients", "NO"),
            ("touches_patients_because", "Nobody comes before nine."),
            ("touches_carers", "NO"),
            ("touches_carers_because", "As patients."),
            ("touches_staff", staff),
            ("touches_staff_because", "Rotas stay."),
            ("touches_public", "NO"),
            ("touches_public_because", "Nobody else comes."),
            ("groups_notable", "None that comes early."),
            ("controversial", "NO"),
            ("substantial_variation", "NO"),
            ("recommended_depth", "NONE"),
            ("recommended_because", "The door counter."),
        ];
        let edits: Vec<Value> = answers
            .iter()
            .map(|(question, value)| json!({ "answer": { "question": question, "value": value } }))
            .collect();
        self.edit(&format!("author{author}"), case, json!(edits)).await;
        case
    }

    /// Somebody looks at what waits for them, and does what they have had for long enough.
    async fn act(&mut self, name: &str) {
        let told = self.stage.read(&self.people[name], TASKS, json!({})).await;
        let tasks = told["viewer"]["tasks"]["nodes"].as_array().unwrap().clone();
        let today = self.today();
        for task in tasks {
            let (kind, case) = (text(&task, "kind").to_owned(), id(&task["assessment"]["id"]));
            let key = (name.to_owned(), case, kind.clone());
            let since = *self.since.entry(key).or_insert(today);
            let waited =
                since.iter_days().skip(1).take_while(|day| *day <= today).filter(|day| working(*day)).count();
            self.deal(name, &kind, case, waited).await;
        }
    }

    async fn deal(&mut self, name: &str, kind: &str, case: AssessmentId, waited: usize) {
        let Some(story) = self.stories.get(&case) else {
            panic!("{name} has {kind} of a case that nobody began")
        };
        let (plan, began) = (story.plan, story.began);
        // Most of it is not yet due, and some is nobody's to do here.
        let soonest = match kind {
            "WRITE" | "DECLARE_INTEREST" | "ANSWER_INTEREST" => 1,
            "ANSWER_BREACH" if name != "governance" => 1,
            "REVIEW" | "JUDGE_MATERIALITY" | "VERIFY_CONDITION" | "BEGIN_ASSESSMENT" => 2,
            "ANSWER_RETURN" => 3,
            "CONCLUDE" if ["lead", "secretary"].contains(&name) => 0,
            "RECORD_DECISION" if ["lead", "body", "governance"].contains(&name) => 0,
            "MEET_CONDITION" => 6,
            _ => return,
        };
        if waited < soonest {
            return;
        }
        // Whoever is slow is slow with one case in five.
        let slow = usize::from(began.ordinal().is_multiple_of(5)) * 12;
        let view = self.view(case).await;
        let turn = Turn { name, case, waited, plan, slow, view };
        match kind {
            "WRITE" if turn.view.case.process.returned.is_some() && waited < 3 + slow => {}
            "WRITE" if turn.view.case.process.returned.is_some() => self.answer(turn).await,
            "WRITE" => {
                self.send_on(turn).await;
                // To write when it comes back is another task.
                if plan != Plan::Begun {
                    self.since.remove(&(name.to_owned(), case, kind.to_owned()));
                }
            }
            "ANSWER_RETURN" if waited >= 3 + slow => self.answer(turn).await,
            "ANSWER_BREACH" => {
                let condition = turn.view.case.process.conditions[0].id.global();
                let said = json!({ "conditionId": condition, "toBeDone": "It is met within the month." });
                self.ask(name, "answerBreach", case, said).await;
            }
            "DECLARE_INTEREST" => self.declare(turn).await,
            "ANSWER_INTEREST" => self.answer_interest(turn).await,
            "REVIEW" => self.review(turn).await,
            "CONCLUDE" if name == "lead" && turn.view.case.state == "with_equality_lead" => {
                self.screen(case, plan).await;
            }
            "CONCLUDE" if turn.view.case.state == "deferred" && waited >= 4 && name == "secretary" => {
                self.go(name, case, "resume", json!({})).await;
            }
            "RECORD_DECISION" if turn.view.case.state == "confirmed" => {
                self.decide(name, case, "screen_out_confirmed", "PROCEED").await;
            }
            "RECORD_DECISION" if waited >= 5 && ["body", "governance"].contains(&name) => {
                self.settle(turn).await;
            }
            "JUDGE_MATERIALITY" if name == "lead" => {
                let material = plan == Plan::Reopened;
                let reason = if material { "It moves people." } else { "It moves nobody." };
                let version = turn.view.case.version;
                let judged = json!({ "expectedVersion": version, "material": material, "reason": reason });
                self.ask(name, "judgeMateriality", case, judged).await;
                self.stories.get_mut(&case).unwrap().done.insert("judged");
            }
            "MEET_CONDITION" | "VERIFY_CONDITION" => self.follow_up(kind, turn).await,
            "BEGIN_ASSESSMENT" => {
                let input = json!({ "organisation": HOME, "title": "Opening hours, in full (synthetic)", "screening": case.global() });
                let told = self.stage.read(&self.people[name], CREATE, json!({ "input": input })).await["createAssessment"].clone();
                assert_eq!(told["errors"], json!([]), "{told:#}");
                let (author, day) = (self.stories[&case].author, self.today());
                self.tell(id(&told["assessment"]["id"]), Plan::Begun, author, day).await;
            }
            _ => {}
        }
    }

    /// What waits in a draft is submitted; what was begun from a screening is given up.
    async fn send_on(&self, turn: Turn<'_>) {
        match turn.plan {
            Plan::Begun if turn.waited >= 8 => self.go(turn.name, turn.case, "withdraw", json!({})).await,
            Plan::Begun => {}
            _ => self.go(turn.name, turn.case, "submit", json!({})).await,
        }
    }

    async fn answer(&self, turn: Turn<'_>) {
        let Turn { name, case, view, .. } = turn;
        let closes = self.today() + Days::new(200);
        let summary = format!("The service closes a month later than was said, on {closes}.");
        self.edit(name, case, json!([{ "proposal": { "summary": summary } }])).await;
        if view.case.process.returned.as_ref().is_some_and(|returned| returned.asks) {
            let answers =
                json!([{ "path": ["proposal", "summary"], "text": "It is said in the summary now." }]);
            self.ask(name, "answerReturn", case, json!({ "answers": answers })).await;
        }
        let again = if view.case.state == "more_asked" { "submit" } else { "resubmit" };
        self.go(name, case, again, json!({})).await;
    }

    async fn declare(&self, turn: Turn<'_>) {
        let Turn { name, case, plan, .. } = turn;
        let interested = plan == Plan::Interest && name == "member2";
        let interest = if interested { "DECLARED_NOTED" } else { "NONE" };
        let note = interested.then_some("My sister works there.");
        self.ask(name, "declareInterest", case, json!({ "interest": interest, "note": note })).await;
    }

    /// Whoever may answers what a member declared, when their task says so.
    async fn answer_interest(&self, turn: Turn<'_>) {
        let Turn { name, case, view, .. } = turn;
        for member in view.case.process.unanswered().into_keys() {
            let answer = json!({ "member": member.global(), "interest": "WITHDRAWN", "note": "Too close." });
            self.ask(name, "declareInterest", case, answer).await;
        }
    }

    async fn review(&self, turn: Turn<'_>) {
        let Turn { name, case, waited, plan, slow, view } = turn;
        let pace = usize::from(name.as_bytes().last().is_some_and(u8::is_ascii_digit)) + 1;
        if waited < pace + slow {
            return;
        }
        let recommendation = match plan {
            Plan::Returned if view.case.process.returns.is_empty() => "RETURN",
            Plan::Unsupported => "NOT_SUPPORT",
            Plan::Deferred => "DEFER",
            Plan::Conditions | Plan::Breached => "APPROVE_WITH_CONDITIONS",
            _ => "APPROVE",
        };
        let summary = format!("Read with care by {name}.");
        let review = json!({ "expectedRevision": view.case.revision, "recommendation": recommendation, "summary": summary });
        self.ask(name, "submitReview", case, review).await;
    }

    /// The body decides, once nobody is about to change what it decides on.
    async fn settle(&mut self, turn: Turn<'_>) {
        let Turn { name, case, plan, view, .. } = turn;
        let process = &view.case.process;
        let (transition, outcome) = match plan {
            Plan::Unsupported => ("stop", "STOP"),
            Plan::Deferred if process.decisions.is_empty() => ("defer_decision", "DEFER"),
            _ => ("proceed", "PROCEED_DESPITE_ADVERSE_IMPACT"),
        };
        let changes =
            matches!(plan, Plan::Amended | Plan::Reopened) && !self.stories[&case].done.contains("changed");
        if !changes && process.reexamination.is_none() {
            self.decide(name, case, transition, outcome).await;
            // The next decision on it is another task.
            self.since.remove(&(name.to_owned(), case, "RECORD_DECISION".to_owned()));
        }
    }

    async fn follow_up(&self, kind: &str, turn: Turn<'_>) {
        let Turn { name, case, plan, view, .. } = turn;
        let condition = &view.case.process.conditions[0];
        let report = if kind == "VERIFY_CONDITION" {
            json!({ "conditionId": condition.id.global(), "status": "VERIFIED", "note": "Seen." })
        } else if plan == Plan::Breached && condition.status != ConditionStatus::Breached {
            return;
        } else {
            json!({ "conditionId": condition.id.global(), "status": "EVIDENCED", "note": "It is signed.", "evidence": "https://example.org/agreement" })
        };
        self.ask(name, "reportCondition", case, report).await;
    }

    async fn screen(&self, case: AssessmentId, plan: Plan) {
        let outcome = json!({ "outcome": { "attendees": [{ "person": self.people["lead"].id() }] } });
        if plan == Plan::ScreenedIn {
            return self.go("lead", case, "full", outcome).await;
        }
        if self.view(case).await.case.process.lot.is_some_and(|lot| lot.drawn) {
            return self.go("lead", case, "put_to_panel", json!({})).await;
        }
        self.decide("lead", case, "screen_out", "PROCEED").await;
    }

    async fn decide(&self, name: &str, case: AssessmentId, transition: &str, outcome: &str) {
        let view = self.view(case).await;
        let open = view.findings().iter().filter(|finding| finding.acceptable && finding.gate.is_some());
        let accepted: Vec<Value> =
            open.map(|one| json!({ "findingId": one.id, "reason": "Known and weighed." })).collect();
        let there = json!([{ "person": self.people[name].id() }]);
        let decision = json!({ "body": "Integrated Commissioning Committee", "authority": "Scheme of delegation 4.2", "meeting": self.today(),
            "outcome": outcome, "reasons": "The building cannot be made safe.", "present": there, "readBy": there,
            "statement": "Due regard was had to the three aims.", "acceptedFindings": accepted });
        self.go(name, case, transition, json!({ "decision": decision })).await;
    }

    // ------------------------------------------------------------------ meetings

    async fn plan_meeting(&mut self, day: NaiveDate) {
        let secretary = if self.is_away("secretary") { "governance" } else { "secretary" };
        let tuesday = |month: u32| {
            let first = date(month, 1).iter_days().find(|day| day.weekday() == Weekday::Tue).unwrap();
            first + Days::new(7)
        };
        let meeting = tuesday(day.month());
        if !self.meetings.contains_key(&meeting) && day <= meeting {
            let query = "mutation($input: SaveMeetingInput!) { saveMeeting(input: $input) { meeting { id } errors { code message } } }";
            let input = json!({ "panelId": self.panel, "day": meeting, "place": "Room 4" });
            let told = self.stage.read(&self.people[secretary], query, json!({ "input": input })).await["saveMeeting"].clone();
            assert_eq!(told["errors"], json!([]), "{told:#}");
            self.meetings.insert(meeting, text(&told["meeting"], "id").to_owned());
        }
        // The agenda goes out three working days before.
        if self.meetings.contains_key(&meeting)
            && day < meeting
            && calendar::working_days_before(meeting, 3, &[]) == day
        {
            self.set_agenda(secretary, meeting).await;
        }
    }

    async fn set_agenda(&self, secretary: &str, meeting: NaiveDate) {
        let id = &self.meetings[&meeting];
        let told =
            self.stage.read(&self.people[secretary], MEETING, json!({ "id": id })).await["meeting"].clone();
        let add: Vec<Value> = told["proposals"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["assessment"]["assessment"]["id"].clone())
            .filter(|id| !id.is_null())
            .collect();
        if !add.is_empty() {
            let query = "mutation($input: SetAgendaInput!) { setAgenda(input: $input) { errors { code message path } } }";
            let told = self
                .stage
                .read(&self.people[secretary], query, json!({ "input": { "meetingId": id, "add": add } }))
                .await;
            assert_eq!(told["setAgenda"]["errors"], json!([]), "{told:#}");
        }
    }

    async fn meet(&mut self, day: NaiveDate) {
        let Some(meeting) = self.meetings.get(&day).cloned() else { return };
        let secretary = if self.is_away("secretary") { "governance" } else { "secretary" };
        let there: Vec<Value> = ["chair", "vice", "lead", "member0", "member1", "member2", "member3"]
            .into_iter()
            .filter(|name| !self.is_away(name))
            .map(|name| json!({ "person": self.people[name].id() }))
            .collect();
        let told =
            self.stage.read(&self.people[secretary], MEETING, json!({ "id": meeting })).await["meeting"]
                .clone();
        for item in told["agenda"].as_array().unwrap() {
            let Some(case) = item["assessment"]["assessment"]["id"].as_str() else { continue };
            let case = AssessmentId::parse(case).unwrap();
            let plan = self.stories[&case].plan;
            if item["ratifies"] == json!(true) {
                let ratified = plan != Plan::Unratified;
                let reason = (!ratified).then_some("The travel times were not before the chair.");
                let revision = self.view(case).await.case.revision;
                let said = json!({ "expectedRevision": revision, "ratified": ratified, "reason": reason, "meeting": meeting, "attendees": there });
                self.ask(secretary, "recordRatification", case, said).await;
            } else if item["readiness"] == json!("READY") && self.quorate_there(case).await {
                let chair = self.in_the_chair(case).await;
                self.conclude(chair, case, plan, &meeting, &there).await;
            }
        }
        let query = "mutation($input: RecordMeetingInput!) { recordMeeting(input: $input) { errors { code message path } } }";
        let told = self
            .stage
            .read(
                &self.people[secretary],
                query,
                json!({ "input": { "meetingId": meeting, "present": there, "apologies": self.apologies() } }),
            )
            .await;
        assert_eq!(told["recordMeeting"]["errors"], json!([]), "{told:#}");
    }

    /// Members who are away sent apologies.
    fn apologies(&self) -> Vec<Value> {
        let members = ["chair", "vice", "lead", "member0", "member1", "member2", "member3"].into_iter();
        members
            .filter(|name| self.is_away(name))
            .map(|name| json!({ "person": self.people[name].id() }))
            .collect()
    }

    /// Whether those who reviewed and are there make a quorum.
    async fn quorate_there(&self, case: AssessmentId) -> bool {
        let view = self.view(case).await;
        let judged = |who| view.case.reviews_of(view.case.revision).any(|review| review.reviewer == who);
        let away: Vec<_> = self.people.iter().filter(|(name, _)| self.is_away(name)).collect();
        let mut there = view.workflow.voters(&view.case);
        there
            .retain(|one| judged(one.person) && away.iter().all(|(_, player)| player.person() != one.person));
        view.workflow.lacking(&view.case.state, &there, Settings::default().composition()).is_none()
    }

    async fn conclude(
        &mut self,
        chair: &str,
        case: AssessmentId,
        plan: Plan,
        meeting: &str,
        there: &[Value],
    ) {
        let checked = self.view(case).await.case.state == "panel_check";
        let story = self.stories.get_mut(&case).unwrap();
        let first = story.done.insert("concluded");
        let apologies = self.apologies();
        let mut outcome = json!({ "attendees": there, "apologies": apologies, "meeting": meeting });
        let transition = match plan {
            _ if checked => "confirm",
            Plan::Returned if first => "return",
            Plan::Deferred if first => "defer",
            Plan::Unsupported => "not_support",
            Plan::Conditions | Plan::Breached => {
                outcome["conditions"] = json!([{ "text": "A signed agreement about transport.", "due": self.today() + Days::new(30),
                    "owner": { "person": self.people[&format!("author{}", self.stories[&case].author)].id() },
                    "verifier": { "person": self.people["lead"].id() }, "evidenceWanted": "The agreement." }]);
                "approve_with_conditions"
            }
            _ => "approve",
        };
        let mut more = json!({ "outcome": outcome });
        if transition == "return" {
            more["requests"] =
                json!([{ "path": ["proposal", "summary"], "reason": "Say when the service closes." }]);
        }
        self.go(chair, case, transition, more).await;
    }

    /// What cannot wait for the panel: the chair concludes as soon as another member has reviewed.
    async fn urgently(&mut self) {
        let urgent: Vec<AssessmentId> = self
            .stories
            .iter()
            .filter(|(_, story)| {
                matches!(story.plan, Plan::Urgent | Plan::Unratified) && !story.done.contains("acted")
            })
            .map(|(case, _)| *case)
            .collect();
        for case in urgent {
            let view = self.view(case).await;
            let members: Vec<_> = view.case.process.panel.iter().flat_map(|panel| &panel.members).collect();
            // Who was away when the panel was asked does not sit on it.
            let votes = |name: &str| {
                members.iter().any(|member| member.person == self.people[name].person() && member.votes())
            };
            let chair = if votes("chair") { "chair" } else { "vice" };
            let another = view
                .case
                .reviews_of(view.case.revision)
                .any(|review| review.reviewer != self.people[chair].person());
            let waits = !view.case.process.unanswered().is_empty();
            if view.case.state == "panel_review" && another && !waits && votes(chair) && !self.is_away(chair)
            {
                let outcome = json!({ "attendees": [{ "person": self.people[chair].id() }], "urgency": "The contract ends on Friday." });
                self.go(chair, case, "approve_urgently", json!({ "outcome": outcome })).await;
                self.stories.get_mut(&case).unwrap().done.insert("acted");
            }
        }
    }

    /// What changes after an approval, and what is withdrawn before one.
    async fn change(&mut self) {
        let open: Vec<(AssessmentId, Plan, usize)> = self
            .stories
            .iter()
            .filter(|(_, story)| {
                matches!(story.plan, Plan::Amended | Plan::Reopened | Plan::Withdrawn)
                    && !story.done.contains("changed")
            })
            .map(|(case, story)| (*case, story.plan, story.author))
            .collect();
        for (case, plan, author) in open {
            let view = self.view(case).await;
            let author = format!("author{author}");
            if plan == Plan::Withdrawn
                && view.case.state == "panel_review"
                && view.case.process.reviews.len() >= 2
            {
                self.go(&author, case, "withdraw", json!({})).await;
            } else if plan != Plan::Withdrawn && view.head.phase == Phase::Approved {
                let more =
                    json!([{ "proposal": { "population": "Sixty adults, and from May on sixty-four." } }]);
                self.edit(&author, case, more).await;
            } else {
                continue;
            }
            self.stories.get_mut(&case).unwrap().done.insert("changed");
        }
    }

    // ------------------------------------------------------------------ the mail

    fn mail(&self) -> String {
        let mut by_case: BTreeMap<&str, Mailed<'_>> = BTreeMap::new();
        for one in &self.sent {
            let about = one.case.map_or("", |case| self.references[&case].as_str());
            let about = if one.kind == "DAILY_DIGEST" {
                "~ digests"
            } else if about.is_empty() {
                "~ of no case"
            } else {
                about
            };
            by_case
                .entry(about)
                .or_default()
                .entry((one.at.date_naive(), &one.kind, &one.what))
                .or_default()
                .push(&one.to);
        }
        let plans: HashMap<&str, Plan> =
            self.stories.iter().map(|(case, story)| (self.references[case].as_str(), story.plan)).collect();
        let mut out = String::from("The mail of a synthetic year, by case and day.\n");
        for (about, sent) in by_case {
            let plan = plans.get(about).map(|plan| format!(": {plan:?}")).unwrap_or_default();
            writeln!(out, "\n{about}{plan}").unwrap();
            for ((day, kind, what), mut to) in sent {
                to.sort_unstable();
                let what = if what.is_empty() { String::new() } else { format!(" ({what})") };
                writeln!(out, "  {day} {kind}{what}: {}", to.join(" ")).unwrap();
            }
        }
        out
    }
}

on_both! {
    async fn every_law_holds_at_every_step_and_the_mail_is_what_people_would_keep_switched_on(database) {
        // The whole of it is played on one database, its first quarter on the other.
        let whole = !database.store.is_shared();
        let last = if whole { date(12, 31) } else { date(3, 31) };
        let mut year = Year::new(database).await;
        for day in date(1, 4).iter_days().take_while(|day| *day <= last) {
            year.day(day).await;
            if (day + Days::new(1)).day() == 1 {
                let audited = year.stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap();
                assert_eq!(audited.faults, [], "the events of {day} do not give what is stored");
            }
        }

        // The year had all of it; what was heard of it is heard again from the first event on.
        year.heard.lock().unwrap().clear();
        let mut ends: BTreeMap<Plan, BTreeMap<String, u32>> = BTreeMap::new();
        for (case, story) in &year.stories {
            year.held(*case).await;
            let state = year.view(*case).await.case.state.clone();
            *ends.entry(story.plan).or_default().entry(state).or_default() += 1;
        }
        let began = year.stories.values().filter(|story| story.plan != Plan::Begun).count();
        assert!(began == CASES as usize || !whole && began > 30, "{began} began");
        if whole {
            agreed("tests/it/golden/year-ends.txt", &format!("{ends:#?}\n"));
        }

        // At most one digest a person a day, and nothing twice.
        let mut digests = HashSet::new();
        let mut told = HashSet::new();
        for one in &year.sent {
            if one.kind == "DAILY_DIGEST" {
                assert!(digests.insert((one.at.date_naive(), &one.to)), "two digests to {} on {}", one.to, one.at);
            } else {
                assert!(told.insert((one.at.date_naive(), &one.to, &one.kind, one.case, &one.what)), "{} twice to {} on {}", one.kind, one.to, one.at);
            }
        }
        if whole {
            agreed("tests/it/golden/year-mail.txt", &year.mail());
        }
    }
}
