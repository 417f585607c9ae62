//! The board's self-assessment, from its first answer to its close, beside an assessment of a proposal.

use ehia::{
    app::{App, Filter},
    domain::{
        id::{AssessmentId, Identifier},
        permission::Role,
        settings::Settings,
    },
};
use serde_json::{Value, json};

use crate::support::{
    on_both,
    stage::{HOME, Player, Stage},
};

/// The published answers, theme by theme, and what they come to.
const THEMES: [(&str, &str, &str); 4] = [
    ("capability", "PPPY", "63 %, Maturing"),
    ("insight", "PPYPYPP", "64 %, Maturing"),
    ("leadership", "YYYPYYYPY", "89 %, Thriving"),
    ("partnerships", "YYNPY", "70 %, Maturing"),
];

const SCORE: &str =
    "query($id: ID!) { assessment(id: $id) { form { key version about workflow scored } workflow { key }
    population { people } highestRating { inWords } band findings { rule { id } severity }
    score { basis overall { inWords low high possible unanswered } themes { section title
        mark { low high possible lowPercent highPercent lowLevel highLevel unanswered inWords }
        objectives { question text owner source } } } } }";

/// Begins a case on that form, and on no workflow that is named.
async fn begin(stage: &Stage, author: &Player, form: &str, more: Value) -> Value {
    let mut input =
        json!({"organisation": HOME, "title": "Board self-assessment 2026 (synthetic)", "form": form});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    let query = "mutation($input: CreateAssessmentInput!) { createAssessment(input: $input) {
        assessment { id workflow { key } state { name } } errors { code path } } }";
    stage.read(author, query, json!({"input": input})).await["createAssessment"].clone()
}

/// The edits that answer the scored questions of these themes.
fn edits(themes: &[(&str, &str, &str)]) -> Vec<Value> {
    let form = ehia::domain::form::Form::shipped("board-maturity", 2).unwrap();
    let mut edits = Vec::new();
    for (section, letters, _) in themes {
        let scored =
            form.section(section).unwrap().questions.iter().filter(|question| !question.options.is_empty());
        for (question, letter) in scored.zip(letters.chars()) {
            let value = ["Yes", "Partial", "No"].into_iter().find(|word| word.starts_with(letter)).unwrap();
            edits.push(answer(&question.key, json!(value)));
        }
    }
    edits
}

fn answer(question: &str, value: Value) -> Value {
    json!({"answer": {"question": question, "value": value}})
}

fn step(transition: &str, more: Value) -> Value {
    let mut input = json!({"transition": transition, "expectedRevision": 1});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

async fn go(stage: &Stage, who: &Player, case: AssessmentId, transition: &str, more: Value) -> String {
    let after = stage.done(who, "transitionAssessment", case, step(transition, more)).await;
    after["state"]["name"].as_str().unwrap_or_else(|| panic!("{transition}: {after}")).to_owned()
}

async fn score(stage: &Stage, who: &Player, case: AssessmentId) -> Value {
    stage.read(who, SCORE, json!({"id": case.global()})).await["assessment"].clone()
}

fn agreed(stage: &Stage, by: &Player) -> Value {
    let body = json!([{"person": by.id()}]);
    json!({"decision": {
        "body": "The board (synthetic)", "authority": "Standing orders, section 3", "meeting": stage.moment.today,
        "outcome": "PROCEED", "reasons": "The answers are the board's own.", "present": body, "readBy": body,
        "statement": "The board takes the objectives on.", "acceptedFindings": [],
    }})
}

async fn sound(app: &App) {
    assert_eq!(app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
}

on_both! {
    async fn a_board_assesses_itself_from_the_first_answer_to_the_close(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let lead = stage.at_home("lead", Role::EqualityLead).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let board = stage.at_home("board", Role::DecisionMaker).await;

        // It begins on the form's own workflow, and the rule book of proposals has nothing to say.
        let begun = begin(&stage, &author, "board-maturity", json!({})).await;
        assert_eq!(begun["assessment"]["workflow"]["key"], "self-assessment", "{begun:#}");
        let case = AssessmentId::parse(begun["assessment"]["id"].as_str().unwrap()).unwrap();
        let empty = score(&stage, &author, case).await;
        assert_eq!(empty["form"], json!({"key": "board-maturity", "version": 2, "about": "ORGANISATION", "workflow": "self-assessment", "scored": true}));
        assert_eq!(empty["score"]["overall"]["inWords"], "between 0 % and 100 %, Emerging to Thriving (25 questions unanswered)");
        for silent in ["population", "highestRating", "band"] {
            assert_eq!(empty[silent], Value::Null, "{silent}");
        }
        let asked = empty["findings"].as_array().unwrap();
        assert!(!asked.is_empty() && asked.iter().all(|one| one["rule"]["id"] == "form.answer.missing" && one["severity"] == "WARNING"), "{asked:?}");

        // What is not answered stops it, and nothing else does.
        let early = stage.command(&author, "transitionAssessment", case, step("send", json!({}))).await.unwrap();
        let blockers = early["blockers"].as_array().unwrap();
        assert_eq!(blockers.len(), 26, "{blockers:#?}");
        assert!(blockers.iter().all(|one| one["code"] == "ANSWERED"), "{blockers:#?}");
        let refused = stage.refused(&author, "editAssessment", case, json!({"expectedVersion": 1, "edits": [
            {"impact": {"groups": ["sex"], "direction": "NEGATIVE", "rationale": "Out of the rule book's sight."}}]})).await;
        assert_eq!(refused, [("NOT_APPLICABLE".to_owned(), "impacts".to_owned())]);

        // Answered but for one question, of which nobody knows yet: a range, and leads wherever something falls short.
        stage.edit(&author, case, json!(edits(&THEMES))).await;
        let unknown = json!({"unknown": {"question": "Who leads?", "owner": {"name": "Secretary (fictional)"}, "due": "2027-01-29"}});
        stage.edit(&author, case, json!([answer("shared_leadership", unknown)])).await;
        let open = score(&stage, &author, case).await;
        let mark = &open["score"]["themes"][3]["mark"];
        assert_eq!(mark["inWords"], "between 50 % and 70 %, Maturing (one question unanswered)");
        assert_eq!(mark["unanswered"], json!(["shared_leadership"]));
        let mut rest: Vec<Value> = THEMES.iter().map(|(theme, ..)| answer(&format!("{theme}_lead"), json!("A director (fictional), by March."))).collect();
        rest.push(answer("who_took_part", json!("All fictional members.")));
        stage.edit(&author, case, json!(rest)).await;

        // Sent, questioned, answered and sent again.
        assert_eq!(go(&stage, &author, case, "send", json!({})).await, "moderation");
        let own = stage.command(&author, "transitionAssessment", case, step("endorse", json!({"outcome": {"attendees": [{"person": author.id()}]}}))).await;
        assert_eq!(own.unwrap_err(), "FORBIDDEN");
        let outcome = json!({"outcome": {"attendees": [{"person": lead.id()}]}});
        let mut question = outcome.clone();
        question["comment"] = json!("The answer is known by now.");
        question["paths"] = json!([["answers", "shared_leadership"]]);
        assert_eq!(go(&stage, &lead, case, "question", question).await, "questioned");
        stage.edit(&author, case, json!([answer("shared_leadership", json!("Yes"))])).await;
        let said = json!({"answers": [{"path": ["answers", "shared_leadership"], "text": "It is known now: yes."}]});
        stage.done(&author, "answerReturn", case, said).await;
        let again = async |who: &Player, transition: &str, more: Value| {
            let mut input = step(transition, more);
            input["expectedRevision"] = json!(2);
            let after = stage.done(who, "transitionAssessment", case, input).await;
            after["state"]["name"].as_str().unwrap().to_owned()
        };
        assert_eq!(again(&author, "send", json!({})).await, "moderation");
        assert_eq!(again(&lead, "endorse", outcome).await, "before_board");

        // The four published themes, and each objective with its owner.
        let whole = score(&stage, &board, case).await;
        let found: Vec<_> = whole["score"]["themes"].as_array().unwrap().iter().map(|theme| (theme["section"].as_str().unwrap(), theme["mark"]["inWords"].as_str().unwrap())).collect();
        assert_eq!(found, THEMES.map(|(theme, _, words)| (theme, words)));
        assert_eq!(whole["score"]["overall"], json!({"inWords": "74 %, Maturing", "low": 37, "high": 37, "possible": 50, "unanswered": []}));
        assert_eq!(whole["score"]["themes"][0]["objectives"][0]["owner"], "Non-executive directors");
        assert_eq!(whole["findings"], json!([]));

        // Agreed by the board, frozen with the score, looked at again in a year, and closed when the next begins.
        let early = stage.command(&lead, "transitionAssessment", case, step("agree", agreed(&stage, &lead))).await;
        assert_eq!(early.unwrap_err(), "FORBIDDEN");
        assert_eq!(again(&board, "agree", agreed(&stage, &board)).await, "agreed");
        let view = stage.app.view(&board.actor, case).await.unwrap();
        assert_eq!(view.review_due(), stage.moment.today.checked_add_months(chrono::Months::new(12)));
        let record = database.store.read().record(&view.case.process.decisions[0].record).await.unwrap().unwrap();
        let record: Value = serde_json::from_slice(&record.bytes).unwrap();
        assert_eq!(record["score"], serde_json::to_value(view.score()).unwrap());
        assert_eq!((&record["score"]["overall"]["low"], &record["score"]["themes"][2]["highLevel"]), (&json!(37), &json!("Thriving")));
        assert_eq!(record["form"]["version"], 2);
        assert_eq!(go(&stage, &secretary, case, "close", json!({"expectedRevision": 2, "comment": "Next year's has begun."})).await, "closed");
        sound(&stage.app).await;
    }

    async fn a_self_assessment_and_an_assessment_of_a_proposal_are_told_apart(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let proposal = stage.case(&author).await;
        let begun = begin(&stage, &author, "board-maturity", json!({})).await;
        let itself = AssessmentId::parse(begun["assessment"]["id"].as_str().unwrap()).unwrap();
        let asked = "query($id: ID!) { assessment(id: $id) { score { overall { inWords } } } }";
        let told = stage.read(&author, asked, json!({"id": proposal.global()})).await;
        assert_eq!(told["assessment"]["score"], Value::Null);

        let list = "query($forms: [String!]) { assessments(filter: {forms: $forms}) { totalCount nodes { id } } }";
        for (forms, found) in [(json!(["ehia"]), vec![proposal]), (json!(["board-maturity"]), vec![itself]), (json!(["none"]), vec![]), (json!(["ehia", "board-maturity"]), vec![itself, proposal])] {
            let told = &stage.read(&author, list, json!({"forms": forms})).await["assessments"];
            let ids: Vec<_> = found.iter().map(|id| json!({"id": id.global()})).collect();
            assert_eq!((&told["totalCount"], &told["nodes"]), (&json!(ids.len()), &json!(ids)), "{forms}");
        }
        let many = Filter { forms: vec![String::new(); 101], ..Filter::default() };
        assert!(stage.app.count_assessments(&author.actor, &many).await.is_err());

        // A workflow that is named and fits counts for more than the organisation's; part of a proposal is not taken in.
        let unfit = begin(&stage, &author, "board-maturity", json!({"workflow": "two-person"})).await;
        assert_eq!(unfit["errors"], json!([{"code": "UNFIT", "path": ["workflow"]}]));
        let named = begin(&stage, &author, "ehia", json!({"workflow": "two-person"})).await;
        assert_eq!(named["assessment"]["workflow"]["key"], "two-person");
        let refused = begin(&stage, &author, "board-maturity", json!({"proposal": {"footprint": ["E07000148"]}})).await;
        assert_eq!(refused["errors"], json!([{"code": "NOT_APPLICABLE", "path": ["proposal"]}]));
        let dated = begin(&stage, &author, "board-maturity", json!({"proposal": {"decisionDate": "2027-01-26"}})).await;
        assert_eq!(dated["errors"], json!([]));
    }

    async fn a_document_comes_in_on_the_form_that_it_names(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let document: Value = serde_json::from_str(include_str!("../../examples/11-board-self-assessment.json")).unwrap();
        let taken = stage.app.import(&author.actor, HOME, document.clone(), None, stage.moment).await.unwrap();
        let view = &taken.changed.view;
        assert_eq!((view.form.key.as_str(), view.workflow.key.as_str()), ("board-maturity", "self-assessment"));
        assert_eq!(view.score().unwrap().overall.unanswered, ["ethnicity_data"]);
        let mut elsewhere = document;
        elsewhere["form"] = json!("of-another-place");
        let refused = stage.app.import(&author.actor, HOME, elsewhere, None, stage.moment).await.unwrap_err();
        let ehia::app::Error::Invalid(wrong) = refused else { panic!("{refused:?}") };
        assert_eq!(wrong.iter().map(|one| (one.code.as_str(), one.path.to_string())).collect::<Vec<_>>(), [("NOT_FOUND", "form".to_owned())]);
    }
}
