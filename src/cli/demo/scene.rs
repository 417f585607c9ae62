//! What has happened when the curtain rises: ten synthetic assessments and a self-assessment, some of them on their
//! way.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::Months;
use serde_json::Value;

use super::cast;
use crate::{
    app::{
        AcceptedFinding, App, ConditionInput, DecisionInput, Filter, InterestNote, Order, OutcomeInput,
        PanelDraft, PartyInput, ReviewDraft, TransitionDraft,
    },
    cli::{failure, import::Batch, progress::Progress, user},
    clock,
    domain::{
        case::{Head, ShareLevel},
        decision::DecisionOutcome,
        id::AssessmentId,
        page::{MOST, Window},
        permission::Actor,
        review::{Interest, Recommendation, Seat},
        settings::Severity,
        text::Path,
    },
};

/// The seats of its panel, as [`Stagehands::panel`] has its members: what the organisation's quorum asks for, and more.
const SEATS: [&str; 6] = ["chair", "equality", "vice chair", "public health", "clinical", "lay member"];

/// How far a case has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Draft,
    InReview,
    Returned,
    ApprovedWithConditions,
    ApprovedUrgently,
    Decided,
    InModeration,
}

/// One example.
struct Example {
    document: &'static str,
    stage: Stage,
}

macro_rules! example {
    ($file:literal, $stage:ident) => {
        Example { document: include_str!(concat!("../../../examples/", $file)), stage: Stage::$stage }
    };
}

const EXAMPLES: [Example; 11] = [
    example!("01-marram-house.json", ApprovedUrgently),
    example!("02-teasel-lodge.json", Draft),
    example!("03-heron-centre.json", Draft),
    example!("04-home-outreach.json", Draft),
    example!("05-floating-support.json", Draft),
    example!("06-samphire-court.json", InReview),
    example!("07-joint-replacement-threshold.json", Returned),
    example!("08-maternity-relocation.json", Draft),
    example!("09-hearing-procurement.json", ApprovedWithConditions),
    example!("10-blood-pressure-core20.json", Decided),
    example!("11-board-self-assessment.json", InModeration),
];

/// The documents of the examples.
pub fn documents() -> impl Iterator<Item = &'static str> {
    EXAMPLES.iter().map(|example| example.document)
}

/// What an import adds to the title of a document that is made up, unless it says so itself.
const LABEL: &str = " (synthetic)";
/// What every title of the demonstration says.
const SYNTHETIC: &str = "synthetic";

/// Whoever acts in the scenes.
struct Stagehands {
    author: Actor,
    secretary: Actor,
    panel: Vec<Actor>,
    chair: Actor,
    body: Actor,
}

/// Brings in what is missing and moves it to where it belongs; a case that somebody moved on stays where it is.
pub(super) async fn set(app: &App) -> anyhow::Result<()> {
    let governance = user::find(app, cast::GOVERNANCE).await?;
    let mut heads = heads(app, &governance).await?;
    if heads.len() < EXAMPLES.len() {
        bring_in(app, &heads).await?;
        heads = self::heads(app, &governance).await?;
    }
    let hands = stagehands(app).await?;
    let mut progress = Progress::of("set up", EXAMPLES.len());
    for Example { document, stage } in EXAMPLES {
        let title = title(&serde_json::from_str(document)?);
        let head = heads.get(&title).with_context(|| format!("the example \"{title}\" did not come in"))?;
        hands.play(app, head, stage).await.with_context(|| format!("\"{title}\" could not be moved on"))?;
        progress.step();
    }
    Ok(())
}

async fn bring_in(app: &App, known: &BTreeMap<String, Head>) -> anyhow::Result<()> {
    let author = user::find(app, cast::AUTHOR).await?;
    let mut batch = Batch::default();
    for Example { document, .. } in EXAMPLES {
        let document: Value = serde_json::from_str(document)?;
        let title = title(&document);
        if known.contains_key(&title) {
            continue;
        }
        let taken = batch.take_in(app, &author, cast::HOME, document).await?;
        taken.map_err(|reason| anyhow::anyhow!("the example \"{title}\" cannot be taken in: {reason}"))?;
    }
    batch.link(app, &author).await.map(drop)
}

fn title(document: &Value) -> String {
    let title = document["title"].as_str().unwrap_or_default();
    if title.contains(SYNTHETIC) { title.to_owned() } else { format!("{title}{LABEL}") }
}

/// The demonstration's cases by title.
pub(super) async fn heads(app: &App, actor: &Actor) -> anyhow::Result<BTreeMap<String, Head>> {
    let window = Window { size: MOST, forwards: true, cursor: None };
    let filter = Filter { organisations: vec![cast::HOME.to_owned()], ..Filter::default() };
    let page =
        failure::run(async || app.list_assessments(actor, &filter, Order::default(), &window).await).await?;
    let heads = page.nodes.into_iter().map(|(_, summary)| summary.head);
    let heads = heads.filter(|head| head.title.contains(SYNTHETIC));
    Ok(heads.map(|head| (head.title.clone(), head)).collect())
}

async fn stagehands(app: &App) -> anyhow::Result<Stagehands> {
    let mut panel = vec![user::find(app, cast::CHAIR).await?, user::find(app, cast::EQUALITY).await?];
    for reviewer in cast::REVIEWERS {
        panel.push(user::find(app, reviewer).await?);
    }
    Ok(Stagehands {
        author: user::find(app, cast::AUTHOR).await?,
        secretary: user::find(app, cast::SECRETARY).await?,
        chair: panel[0].clone(),
        panel,
        body: user::find(app, cast::DECIDER).await?,
    })
}

impl Stagehands {
    /// Moves a draft to its stage.
    async fn play(&self, app: &App, head: &Head, stage: Stage) -> anyhow::Result<()> {
        let id = head.id;
        if stage == Stage::InModeration && head.state == "drafting" {
            return self.transition(app, &self.author, id, draft("send")).await;
        }
        if stage == Stage::Draft || head.state != "draft" {
            return Ok(());
        }
        let submit = TransitionDraft { comment: Some("For the panel.".into()), ..draft("submit") };
        self.transition(app, &self.author, id, submit).await?;
        let members: Vec<_> = self.panel.iter().map(|member| member.person).collect();
        let seats: Vec<_> = (self.panel.iter().zip(SEATS))
            .map(|(member, seat)| Seat { person: member.person, seat: seat.to_owned() })
            .collect();
        failure::run(async || {
            let panel =
                PanelDraft { members: members.clone(), seats: seats.clone(), ..PanelDraft::default() };
            app.assign_panel(&self.secretary, id, panel, None, clock::now()).await
        })
        .await?;
        let declared = if stage == Stage::InReview { 3 } else { self.panel.len() };
        for member in self.panel.iter().take(declared) {
            failure::run(async || {
                let none = InterestNote { member: None, interest: Interest::None, note: None };
                app.declare_interest(member, id, none, None, clock::now()).await
            })
            .await?;
        }
        match stage {
            Stage::Draft | Stage::InModeration => Ok(()),
            Stage::InReview => {
                let summary = "Read in full. The mitigation rests on another centre that may itself close.";
                self.review(app, &self.panel[2], id, Recommendation::Return, summary).await?;
                // The partner's people may follow the closure their own patients would feel.
                failure::run(async || {
                    app.share(&self.secretary, id, cast::PARTNER, ShareLevel::Read, None, clock::now()).await
                })
                .await
                .map(drop)
            }
            Stage::Returned => {
                self.review_all(
                    app,
                    id,
                    Recommendation::Return,
                    "The burden on poorer patients is not shown.",
                )
                .await?;
                let comment = "Say who waits longer and for how long, and what becomes of people who cannot lose \
                               weight. The engagement needs the groups it names.";
                let back = TransitionDraft {
                    comment: Some(comment.into()),
                    paths: vec![Path::of(["impacts"]), Path::of(["engagement"])],
                    outcome: Some(self.outcome(Vec::new())),
                    ..draft("return")
                };
                self.transition(app, &self.chair, id, back).await
            }
            Stage::ApprovedWithConditions => self.approve(app, id).await,
            Stage::ApprovedUrgently => {
                let summary = "Read in full: due regard is recorded, and the fire order leaves no time.";
                self.review(app, &self.panel[1], id, Recommendation::Approve, summary).await?;
                let urgency =
                    "The fire authority closes the building before the panel's next meeting (synthetic).";
                let mut outcome = self.outcome(Vec::new());
                outcome.urgency = Some(urgency.to_owned());
                outcome.attendees.truncate(2);
                let act = TransitionDraft {
                    comment: Some(
                        "The equality lead was asked; waiting and a partial closure were considered.".into(),
                    ),
                    outcome: Some(outcome),
                    ..draft("approve_urgently")
                };
                self.transition(app, &self.chair, id, act).await
            }
            Stage::Decided => {
                self.approve(app, id).await?;
                self.decide(app, id).await
            }
        }
    }

    async fn approve(&self, app: &App, id: AssessmentId) -> anyhow::Result<()> {
        let summary = "A fair account of who gains and who might not.";
        self.review_all(app, id, Recommendation::ApproveWithConditions, summary).await?;
        let today = clock::now().today;
        let condition = ConditionInput {
            text: "Report use by deprivation, ethnicity, age and disability after six months.".into(),
            owner: account(&self.author),
            due: today.checked_add_months(Months::new(7)).unwrap_or(today),
            evidence_wanted: Some("A table of use by group beside the population of the place.".into()),
            verifier: account(&self.panel[1]),
        };
        let approve = TransitionDraft {
            comment: Some("Approved with one condition.".into()),
            outcome: Some(self.outcome(vec![condition])),
            ..draft("approve_with_conditions")
        };
        self.transition(app, &self.chair, id, approve).await
    }

    async fn decide(&self, app: &App, id: AssessmentId) -> anyhow::Result<()> {
        // An honest unknown is put to the body, which decides all the same and says why.
        let view = failure::run(async || app.view(&self.body, id).await).await?;
        app.place(&view).await;
        let open = view.findings().iter().filter(|finding| finding.acceptable);
        let accepted = open
            .filter(|finding| finding.severity == Severity::Blocker)
            .map(|finding| AcceptedFinding {
                finding: finding.id.clone(),
                reason: "The answer is due before the service begins, and the condition asks for it.".into(),
            })
            .collect();
        let present = vec![account(&self.body), account(&self.chair)];
        let decision = DecisionInput {
            body: "Integrated Commissioning Committee".into(),
            authority: "Scheme of delegation, section 4.2 (synthetic)".into(),
            meeting: clock::now().today,
            minute: Some("ICC/DEMO/07 (synthetic)".into()),
            paper: Some("Paper D (synthetic)".into()),
            outcome: DecisionOutcome::Proceed,
            reasons: "The gain for people in the most deprived places outweighs what the assessment leaves open; \
                      what is unknown will be reported on. This decision is synthetic."
                .into(),
            read_by: present.clone(),
            present,
            statement: "The committee read the assessment and had due regard to the three aims of section 149 of \
                        the Equality Act 2010 and to the duties on health inequalities. This statement is synthetic."
                .into(),
            accepted,
        };
        let proceed = TransitionDraft { decision: Some(decision), ..draft("proceed") };
        self.transition(app, &self.body, id, proceed).await
    }

    async fn review_all(
        &self,
        app: &App,
        id: AssessmentId,
        recommendation: Recommendation,
        summary: &str,
    ) -> anyhow::Result<()> {
        for member in &self.panel {
            self.review(app, member, id, recommendation, summary).await?;
        }
        Ok(())
    }

    async fn review(
        &self,
        app: &App,
        member: &Actor,
        id: AssessmentId,
        recommendation: Recommendation,
        summary: &str,
    ) -> anyhow::Result<()> {
        let revision = self.revision(app, id).await?;
        let review = ReviewDraft {
            recommendation,
            summary: summary.to_owned(),
            opinions: Vec::new(),
            findings: Vec::new(),
            note: None,
        };
        failure::run(async || {
            app.submit_review(member, id, revision, review.clone(), None, clock::now()).await
        })
        .await
        .map(drop)
    }

    async fn transition(
        &self,
        app: &App,
        actor: &Actor,
        id: AssessmentId,
        draft: TransitionDraft,
    ) -> anyhow::Result<()> {
        let draft = TransitionDraft { expected_revision: self.revision(app, id).await?, ..draft };
        let name = draft.transition.clone();
        failure::run(async || app.transition(actor, id, draft.clone(), None, clock::now()).await)
            .await
            .with_context(|| format!("the transition `{name}` is not open"))
            .map(drop)
    }

    async fn revision(&self, app: &App, id: AssessmentId) -> anyhow::Result<u32> {
        Ok(failure::run(async || app.view(&self.author, id).await).await?.case.revision)
    }

    fn outcome(&self, conditions: Vec<ConditionInput>) -> OutcomeInput {
        let attendees = self.panel.iter().map(account).collect();
        OutcomeInput {
            attendees,
            apologies: Vec::new(),
            meeting: None,
            urgency: None,
            dissent: None,
            conditions,
            accepted: Vec::new(),
        }
    }
}

pub(super) fn account(actor: &Actor) -> PartyInput {
    PartyInput { person: Some(actor.person), ..PartyInput::default() }
}

pub(super) fn draft(transition: &str) -> TransitionDraft {
    TransitionDraft {
        transition: transition.to_owned(),
        expected_revision: 0,
        comment: None,
        paths: Vec::new(),
        requests: Vec::new(),
        outcome: None,
        decision: None,
        dry_run: false,
    }
}
