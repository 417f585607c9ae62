//! One case, all the way through the use cases, without a door.

use ehia::{
    app::{
        AnswerNote, App, ConditionInput, DecisionInput, Edit, Error, Filter, InterestNote, NewOrganisation,
        NewPerson, Options, Order, OutcomeInput, PanelDraft, PartyInput, ReviewDraft, TransitionDraft,
    },
    clock,
    domain::{
        calendar::Moment,
        decision::DecisionOutcome,
        edit::List,
        id::{AssessmentId, PersonId},
        organisation::OrganisationKind,
        page::Window,
        permission::{Actor, Grant, Role},
        review::{Interest, Recommendation, Seat},
        settings::Settings,
        task::{self, TaskKind},
        text::Path,
    },
};
use serde_json::{Value, json};

use crate::support::{database::TestDatabase, on_both};

struct World {
    app: App,
    moment: Moment,
    people: Vec<(Role, Actor)>,
}

impl World {
    async fn new(database: &TestDatabase) -> Self {
        let app = App::new(database.store.clone(), Options::default());
        let moment = clock::now();
        let organisation = app
            .set_up_organisation(
                NewOrganisation {
                    ods_code: "T6Y0W".into(),
                    name: "NHS Norfolk and Suffolk ICB".into(),
                    kind: OrganisationKind::Icb,
                    opened: None,
                    closed: None,
                    settings: Settings::default(),
                },
                moment,
            )
            .await
            .unwrap();
        let mut people = Vec::new();
        let roles =
            Role::ALL.iter().copied().chain([Role::Reviewer, Role::Reviewer, Role::Reviewer, Role::Author]);
        for (index, role) in roles.enumerate() {
            let person = app
                .add_person(
                    NewPerson {
                        name: format!("Person {index}"),
                        email: format!("person{index}@example.org"),
                        password: None,
                        roles: vec![(organisation.id, role, None)],
                    },
                    None,
                    moment,
                )
                .await
                .unwrap();
            let grants = vec![Grant { organisation: organisation.id, role, until: None }];
            people.push((role, Actor { person, grants, deputises: Vec::new(), read_only: false }));
        }
        Self { app, moment, people }
    }

    fn actor(&self, role: Role) -> &Actor {
        self.nth(role, 0)
    }

    fn nth(&self, role: Role, index: usize) -> &Actor {
        &self.people.iter().filter(|(of, _)| *of == role).nth(index).unwrap().1
    }

    async fn go(&self, role: Role, id: AssessmentId, draft: TransitionDraft) -> Result<u32, Error> {
        let changed = self.app.transition(self.actor(role), id, draft, None, self.moment).await?;
        Ok(changed.view.case.revision)
    }

    async fn review(
        &self,
        id: AssessmentId,
        revision: u32,
        members: &[&Actor],
        recommendation: Recommendation,
    ) {
        for member in members {
            let review = ReviewDraft {
                recommendation,
                summary: "Read with care.".into(),
                opinions: Vec::new(),
                findings: Vec::new(),
                note: None,
            };
            self.app.submit_review(member, id, revision, review, None, self.moment).await.unwrap();
        }
    }
}

fn step(transition: &str, revision: u32) -> TransitionDraft {
    TransitionDraft {
        transition: transition.into(),
        expected_revision: revision,
        comment: Some("Because of what was found.".into()),
        paths: Vec::new(),
        requests: Vec::new(),
        outcome: None,
        decision: None,
        dry_run: false,
    }
}

fn outcome(attendees: &[PersonId], accepted: Vec<ehia::app::AcceptedFinding>) -> OutcomeInput {
    OutcomeInput {
        apologies: Vec::new(),
        attendees: attendees
            .iter()
            .map(|p| PartyInput { person: Some(*p), ..PartyInput::default() })
            .collect(),
        meeting: None,
        urgency: None,
        dissent: None,
        conditions: Vec::new(),
        accepted,
    }
}

on_both! {
#[expect(clippy::too_many_lines, reason = "one case, from beginning to end")]
async fn a_case_goes_all_the_way(database) {
    let world = World::new(database).await;
    let author = world.actor(Role::Author).clone();
    let mut document: Value =
        serde_json::from_str(include_str!("../../examples/01-marram-house.json")).unwrap();
    let psed = document["answers"].as_object_mut().unwrap().remove("psed").unwrap();
    let changed = world.app.import(&author, "T6Y0W", document, None, world.moment).await.unwrap().changed;
    let id = changed.view.case.id;

    let refused = world.go(Role::Author, id, step("submit", 1)).await.unwrap_err();
    let Error::Blocked(blockers) = refused else { panic!("{refused:?}") };
    assert!(
        blockers.iter().any(|blocker| Path::of(["answers", "psed"]).covers(&blocker.path)),
        "{blockers:#?}"
    );

    let edit = Edit::Answer { question: "psed".into(), value: psed };
    let view = world.app.edit(&author, id, 1, vec![edit], None, world.moment).await.unwrap().view;
    assert_eq!((view.case.version, view.case.revision), (2, 1));
    world.go(Role::Author, id, step("submit", 1)).await.unwrap();

    let reviewers: Vec<Actor> = (0..4).map(|index| world.nth(Role::Reviewer, index).clone()).collect();
    let (chair, lead) = (world.actor(Role::PanelChair).clone(), world.actor(Role::EqualityLead).clone());
    let members: Vec<PersonId> = reviewers.iter().chain([&chair, &lead]).map(|actor| actor.person).collect();
    let secretary = world.actor(Role::PanelSecretary);
    let seats = vec![Seat { person: members[0], seat: "clinical".into() }];
    let panel = PanelDraft { members: members.clone(), seats, ..PanelDraft::default() };
    world.app.assign_panel(secretary, id, panel, None, world.moment).await.unwrap();
    let hidden = world.app.find_summary(&reviewers[0], &ehia::app::Key::Id(id)).await.unwrap();
    assert!(hidden.is_none(), "a member reads nothing before declaring");
    for member in reviewers.iter().chain([&chair, &lead]) {
        let none = InterestNote { member: None, interest: Interest::None, note: None };
        world.app.declare_interest(member, id, none, None, world.moment).await.unwrap();
    }
    let all: Vec<&Actor> = reviewers.iter().chain([&chair, &lead]).collect();
    world.review(id, 1, &all, Recommendation::Return).await;
    let mut back = step("return", 1);
    back.paths = vec![Path::of(["answers", "psed"])];
    back.outcome = Some(outcome(&members, Vec::new()));
    world.go(Role::PanelChair, id, back).await.unwrap();

    let mut fields = serde_json::Map::new();
    fields.insert("rationale".into(), json!("What the panel asked for was looked into and is told here."));
    let impact = view.case.content.impacts[0].id;
    let edit = Edit::Element {
        list: List::Impacts,
        id: Some(ehia::domain::id::Identifier::uuid(impact)),
        fields,
    };
    let bytes = b"%PDF-1.7 synthetic".to_vec();
    let kept = world.app.attach(&author, id, "survey.pdf", "application/pdf", bytes, world.moment).await.unwrap();
    let version = world.app.view(&author, id).await.unwrap().case.version;
    let view = world.app.edit(&author, id, version, vec![edit], None, world.moment).await.unwrap().view;
    assert_eq!(view.case.revision, 2, "what was returned stays as it was");
    let done = AnswerNote { path: Path::of(["answers", "psed"]), text: "It is told aim by aim.".into() };
    world.app.answer_return(&author, id, vec![done], None, world.moment).await.unwrap();
    world.go(Role::Author, id, step("resubmit", 2)).await.unwrap();

    let mut approve = step("approve_with_conditions", 2);
    let mut concluded = outcome(&members, Vec::new());
    concluded.conditions.push(ConditionInput {
        text: "Check the satellite's attendance after three months.".into(),
        owner: PartyInput {
            name: Some("Robin Vale".into()),
            email: Some("robin@example.org".into()),
            ..PartyInput::default()
        },
        due: world.moment.today + chrono::Duration::days(90),
        evidence_wanted: None,
        verifier: PartyInput {
            person: Some(world.actor(Role::EqualityLead).person),
            ..PartyInput::default()
        },
    });
    approve.outcome = Some(concluded);
    let refused = world.go(Role::PanelChair, id, approve.clone()).await.unwrap_err();
    let Error::Blocked(blockers) = refused else { panic!("{refused:?}") };
    assert!(blockers.iter().any(|blocker| blocker.code == "QUORUM"), "{blockers:#?}");
    let all: Vec<&Actor> = reviewers.iter().chain([&chair, &lead]).collect();
    world.review(id, 2, &all, Recommendation::ApproveWithConditions).await;
    world.go(Role::PanelChair, id, approve).await.unwrap();

    let body = world.actor(Role::DecisionMaker).person;
    let view = world.app.view(world.actor(Role::DecisionMaker), id).await.unwrap();
    let open = view.findings().iter().filter(|finding| finding.acceptable && finding.gate.is_some());
    let accepted = open
        .map(|finding| ehia::app::AcceptedFinding {
            finding: finding.id.clone(),
            reason: "Known and weighed.".into(),
        })
        .collect();
    let party = || PartyInput { person: Some(body), ..PartyInput::default() };
    let mut decide = step("proceed", 2);
    decide.decision = Some(DecisionInput {
        body: "Integrated Commissioning Committee".into(),
        authority: "Scheme of delegation, section 4".into(),
        meeting: world.moment.today,
        minute: Some("7.2".into()),
        paper: Some("ICC 26/114".into()),
        outcome: DecisionOutcome::ProceedDespiteAdverseImpact,
        reasons: "The building cannot be made safe.".into(),
        present: vec![party()],
        read_by: vec![party()],
        statement: "The committee had the assessment before it and had due regard to the three aims.".into(),
        accepted,
    });
    let refused = world.go(Role::Governance, id, decide.clone()).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden | Error::Blocked(_)), "{refused:?}");
    world.go(Role::DecisionMaker, id, decide).await.unwrap();

    let view = world.app.view(&author, id).await.unwrap();
    assert_eq!(view.case.state, "proceeding");
    let record = &view.case.process.decisions[0].record;
    let record = world.app.find_record(&author, id, record).await.unwrap().unwrap();
    assert_eq!(record.revision, 2);
    let cited = json!([{ "id": kept.id, "name": "survey.pdf", "mediaType": "application/pdf", "size": 18, "sha256": kept.sha256 }]);
    assert_eq!(record.document["attachments"], cited);
    let returned = &view.case.process.outcomes[0].record;
    let returned = world.app.find_record(&author, id, returned).await.unwrap().unwrap();
    assert_eq!(returned.document["attachments"], json!([]), "what came later was not before them");
    let history = world.app.history(&author, id, &Window { size: 100, ..Window::default() }).await.unwrap();
    let summaries: Vec<String> = history.nodes.into_iter().map(|(_, event)| event.summary).collect();
    assert!(
        summaries.iter().any(|s| s == "The body with authority decided: Proceed despite adverse impact (revision 2)."),
        "{summaries:#?}"
    );
    let listed = world
        .app
        .list_assessments(&author, &Filter::default(), Order::default(), &Window::default())
        .await
        .unwrap();
    assert_eq!(listed.nodes.len(), 1);
    // To look at it again waits for whoever can say what became of it, once that day is near.
    let again = view.case.process.review_due.unwrap();
    let near = world.moment.today.iter_days().find(|day| task::near(*day) >= again).unwrap();
    for (today, waits) in [(world.moment.today, false), (near.pred_opt().unwrap(), false), (near, true), (again, true)] {
        let moment = Moment { today, ..world.moment };
        for (who, waits) in [(&lead, waits), (secretary, waits), (&author, false), (&chair, false)] {
            let tasks = world.app.list_tasks(who, &Window::default(), moment).await.unwrap().nodes;
            assert_eq!(world.app.count_tasks(who, moment).await.unwrap(), tasks.len() as u64);
            let look = tasks.iter().any(|(_, (_, task))| task.kind == TaskKind::LookAgain);
            assert_eq!(look, waits, "{} on {today}, of {again}", who.person);
        }
    }
    let sent =
        world.app.claim_messages("test", chrono::Duration::minutes(1), 100, world.moment).await.unwrap();
    let mut kinds: Vec<&str> = sent.ready.iter().map(|message| message.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    // What was asked for and done since is not sent any more; what happened is.
    assert_eq!(kinds, ["ACTION_RECEIVED", "CONDITION_ASSIGNED", "DECISION_RECORDED", "OUTCOME_RECORDED"]);

    let faults = async || world.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults;
    assert_eq!(faults().await, []);
    let record = format!("record {}", view.case.process.decisions[0].record);
    let names = |faults: &[ehia::app::Fault], what: &str| {
        faults.iter().any(|fault| fault.place == record && fault.reason.contains(what))
    };
    database.tamper("UPDATE attachment SET name = 'other.pdf'").await;
    let found = faults().await;
    assert!(names(&found, "otherwise than it is kept"), "{found:?}");
    database.tamper("DELETE FROM attachment").await;
    let found = faults().await;
    assert!(names(&found, "which is missing"), "{found:?}");
}
}
