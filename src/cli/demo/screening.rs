//! The screenings of the demonstration: one that is screened out, and one that is drawn for the panel's check. Both are
//! synthetic.

use serde_json::{Map, Value, json};

use super::{cast, scene};
use crate::{
    app::{App, CreateAssessment, DecisionInput, TransitionDraft},
    cli::{failure, user},
    clock,
    domain::{
        decision::DecisionOutcome,
        edit::Edit,
        id::AssessmentId,
        permission::Actor,
        settings::{Sample, Settings},
    },
};

const OUT: &str = "Screening: a clearer appointment letter (synthetic)";
/// Part of Broadland, where no group lives in notable numbers.
const DULL: &str = "E01026544";
const NORWICH: &str = "E07000148";
const DRAWN: &str = "Screening: moving the staff information desk (synthetic)";

/// The settings of the organisation: every borderline screen-out is drawn and no other, so that each start shows both.
pub(super) fn settings() -> Settings {
    Settings { screening_sample: Some(Sample { percent: 0, borderline_percent: 100 }), ..Settings::default() }
}

/// Begins the two and has the equality lead screen them, unless they are there.
pub(super) async fn set(app: &App) -> anyhow::Result<()> {
    let author = user::find(app, cast::AUTHOR).await?;
    let lead = user::find(app, cast::EQUALITY).await?;
    let known = scene::heads(app, &user::find(app, cast::GOVERNANCE).await?).await?;
    if !known.contains_key(OUT) {
        let summary = "The letter that invites people to an appointment says the same in plainer words.";
        let case = begin(app, &author, OUT, summary, DULL, "NO").await?;
        let decision = DecisionInput {
            body: "Equality lead".into(),
            authority: "Scheme of delegation, section 7.1 (synthetic)".into(),
            meeting: clock::now().today,
            minute: None,
            paper: None,
            outcome: DecisionOutcome::Proceed,
            reasons: "Nobody is touched but by a letter that more people can read.".into(),
            present: vec![scene::account(&lead)],
            read_by: vec![scene::account(&lead)],
            statement: "The three aims were held against it; none is touched. This statement is synthetic."
                .into(),
            accepted: Vec::new(),
        };
        let out = TransitionDraft { decision: Some(decision), ..said("screen_out") };
        transition(app, &lead, case, out).await?;
    }
    if !known.contains_key(DRAWN) {
        let summary = "The desk that tells staff about rotas and leave moves to another floor.";
        let case = begin(app, &author, DRAWN, summary, NORWICH, "UNKNOWN").await?;
        transition(app, &lead, case, said("put_to_panel")).await?;
    }
    Ok(())
}

async fn begin(
    app: &App,
    author: &Actor,
    title: &str,
    summary: &str,
    place: &str,
    staff: &str,
) -> anyhow::Result<AssessmentId> {
    let create = CreateAssessment {
        organisation: cast::HOME.to_owned(),
        title: title.to_owned(),
        proposal: Map::from_iter([
            ("summary".to_owned(), json!(summary)),
            ("footprint".to_owned(), json!([place])),
        ]),
        form: Some("screening".to_owned()),
        workflow: None,
        screening: None,
    };
    let begun = failure::run(async || app.create(author, create.clone(), None, clock::now()).await).await?;
    let (case, version) = (begun.view.case.id, begun.view.case.version);
    let because = "Nothing but what the summary says changes (synthetic).";
    let answers = [
        ("what_changes", summary),
        ("touches_patients", "NO"),
        ("touches_patients_because", because),
        ("touches_carers", "NO"),
        ("touches_carers_because", because),
        ("touches_staff", staff),
        ("touches_staff_because", "Nobody has asked whether the lift reaches that floor (synthetic)."),
        ("touches_public", "NO"),
        ("touches_public_because", because),
        ("groups_notable", "None that is touched (synthetic)."),
        ("controversial", "NO"),
        ("substantial_variation", "NO"),
        ("recommended_depth", "NONE"),
        ("recommended_because", because),
    ];
    let edits: Vec<Edit> = answers
        .into_iter()
        .map(|(question, value)| Edit::Answer { question: question.to_owned(), value: answer(value) })
        .collect();
    failure::run(async || app.edit(author, case, version, edits.clone(), None, clock::now()).await).await?;
    transition(app, author, case, said("submit")).await?;
    Ok(case)
}

/// An answer; an unknown says who finds it out and by when.
fn answer(value: &str) -> Value {
    if value != "UNKNOWN" {
        return json!(value);
    }
    let due = clock::now().today + chrono::Days::new(30);
    json!({ "unknown": {
        "question": "Can staff who use a wheelchair reach the desk on its new floor?",
        "owner": { "name": "Head of estates (fictional)" },
        "due": due,
    } })
}

fn said(transition: &str) -> TransitionDraft {
    TransitionDraft {
        comment: Some("Nobody is touched, as far as is known.".into()),
        ..scene::draft(transition)
    }
}

async fn transition(
    app: &App,
    actor: &Actor,
    case: AssessmentId,
    draft: TransitionDraft,
) -> anyhow::Result<()> {
    let revision = failure::run(async || app.view(actor, case).await).await?.case.revision;
    let draft = TransitionDraft { expected_revision: revision, ..draft };
    failure::run(async || app.transition(actor, case, draft.clone(), None, clock::now()).await)
        .await
        .map(drop)
}
