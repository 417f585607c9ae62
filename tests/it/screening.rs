//! From a screening to the assessment it asks for, and what an organisation's screenings come to. All synthetic.

use ehia::domain::{
    form::Form,
    id::{AssessmentId, Identifier},
    permission::Role,
    settings::{Sample, Settings},
};
use serde_json::{Value, json};

use crate::{
    footprints::load,
    leave::{last, leave},
    panels::Bench,
    support::{
        on_both,
        stage::{HOME, Player, Stage},
    },
};

const CREATE: &str = "mutation($input: CreateAssessmentInput!) { createAssessment(input: $input) {
    assessment { id form { key } workflow { key version } proposal { summary footprint { code } } screening { screenedBy { reference } } }
    errors { code message path } } }";
const SCREENING: &str = "query($id: ID!) { assessment(id: $id) { state { name }
    screening { said { depth reason panel drawn borderline } leadsTo { reference } } } }";
const REPORT: &str = "query($from: Date!, $to: Date!) { screeningReport(organisation: \"T6Y0W\", from: $from, to: $to) {
    all { screenings out light full drawn checked withdrawn overturned wrong wrongFrom } borderline { screenings } other { screenings wrong } unreadable } }";

async fn create(stage: &Stage, who: &Player, more: Value) -> Value {
    let mut input = json!({ "organisation": "T6Y0W", "title": "Synthetic: opening hours" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage.read(who, CREATE, json!({ "input": input })).await["createAssessment"].clone()
}

fn codes(payload: &Value) -> Vec<&str> {
    payload["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect()
}

/// A screening, answered and with the equality lead.
async fn submitted(stage: &Stage, author: &Player) -> AssessmentId {
    let proposal = json!({ "summary": "The hub opens an hour later.", "footprint": ["E07000148"] });
    let begun = create(stage, author, json!({ "form": "screening", "proposal": proposal })).await;
    assert_eq!(codes(&begun), [""; 0], "{begun:#}");
    let case = AssessmentId::parse(begun["assessment"]["id"].as_str().unwrap()).unwrap();
    let early = stage
        .command(
            author,
            "transitionAssessment",
            case,
            json!({ "transition": "submit", "expectedRevision": 1 }),
        )
        .await
        .unwrap();
    assert!(
        early["blockers"].as_array().unwrap().iter().all(|one| one["code"] == "ANSWERED")
            && !early["blockers"].as_array().unwrap().is_empty(),
        "{early:#}"
    );
    let answers = [
        ("what_changes", "The hub opens at nine."),
        ("touches_patients", "NO"),
        ("touches_patients_because", "Nobody comes before nine."),
        ("touches_carers", "NO"),
        ("touches_carers_because", "As patients."),
        ("touches_staff", "NO"),
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
    stage.edit(author, case, json!(edits)).await;
    stage
        .done(author, "transitionAssessment", case, json!({ "transition": "submit", "expectedRevision": 1 }))
        .await;
    case
}

fn conclude(transition: &str, by: &Player) -> Value {
    json!({ "transition": transition, "expectedRevision": 1, "comment": "Because of the buses.",
        "outcome": { "attendees": [{ "person": by.id() }] } })
}

fn decide(transition: &str, by: &Player) -> Value {
    json!({ "transition": transition, "expectedRevision": 1, "comment": "Nobody is touched.",
        "decision": { "body": "Equality lead", "authority": "Scheme of delegation (synthetic)", "meeting": ehia::clock::now().today,
            "outcome": "PROCEED", "reasons": "Nobody is touched.", "present": [{ "person": by.id() }], "readBy": [{ "person": by.id() }],
            "statement": "Due regard was had (synthetic)." } })
}

fn sampled(percent: u8) -> Settings {
    Settings {
        screening_sample: Some(Sample { percent, borderline_percent: percent }),
        ..Settings::default()
    }
}

on_both! {
    async fn a_screening_leads_to_the_assessment_it_asks_for(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let stranger = stage.player("stranger", &[(stage.partner, Role::Author), (stage.home, Role::Author)]).await;
        let elsewhere = stage.player("elsewhere", &[(stage.partner, Role::Author)]).await;

        let light = submitted(&stage, &author).await;
        let from = |case: AssessmentId| json!({ "screening": case.global() });
        assert_eq!(codes(&create(&stage, &author, from(light)).await), ["NOT_REQUIRED"], "it is not decided yet");
        for other in [&author, &bench.chair, &bench.secretary] {
            assert_eq!(stage.command(other, "transitionAssessment", light, decide("screen_out", other)).await.unwrap_err(), "FORBIDDEN");
        }
        stage.done(&bench.lead, "transitionAssessment", light, conclude("light", &bench.lead)).await;
        let tasks = stage.read(&author, "{ viewer { tasks(first: 20) { nodes { kind } } } }", json!({})).await;
        assert!(tasks.to_string().contains("BEGIN_ASSESSMENT"), "{tasks}");
        let begun = create(&stage, &author, from(light)).await;
        assert_eq!(codes(&begun), [""; 0], "{begun:#}");
        let made = &begun["assessment"];
        assert_eq!((&made["form"]["key"], &made["workflow"]), (&json!("ehia"), &json!({ "key": "two-person", "version": 3 })));
        assert_eq!(made["proposal"], json!({ "summary": "The hub opens an hour later.", "footprint": [{ "code": "E07000148" }] }));
        let seen = stage.read(&author, SCREENING, json!({ "id": light.global() })).await["assessment"].clone();
        assert_eq!(seen["screening"]["said"][0]["depth"], json!("LIGHT"));
        assert_eq!(seen["screening"]["leadsTo"].as_array().unwrap().len(), 1);
        assert!(made["screening"]["screenedBy"]["reference"].is_string(), "{made:#}");
        assert_eq!(codes(&create(&stage, &author, from(light)).await), ["BEGUN"]);

        let full = submitted(&stage, &author).await;
        stage.done(&bench.lead, "transitionAssessment", full, conclude("full", &bench.lead)).await;
        let mut lighter = from(full);
        lighter["workflow"] = json!("two-person");
        assert_eq!(codes(&create(&stage, &author, lighter).await), ["INVALID"]);
        let mut again = from(full);
        again["form"] = json!("screening");
        assert_eq!(codes(&create(&stage, &author, again).await), ["INVALID"], "a screening is screened no further");
        let refused = stage.ask(&stranger, CREATE, json!({ "input": { "organisation": "T6Y0W", "title": "x", "screening": full.global() } })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], json!("FORBIDDEN"), "whoever wrote it begins it");
        let refused = stage.read(&elsewhere, CREATE, json!({ "input": { "organisation": "DEMO1", "title": "x", "screening": full.global() } })).await;
        assert_ne!(refused["createAssessment"]["errors"], json!([]));
        let begun = create(&stage, &author, from(full)).await;
        assert_eq!(begun["assessment"]["workflow"], json!({ "key": "ehia", "version": 3 }), "{begun:#}");
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn what_is_drawn_goes_to_the_panel_and_is_counted(database) {
        let stage = Stage::new(database, sampled(100)).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let auditor = stage.at_home("auditor", Role::Auditor).await;
        let today = stage.moment.today;
        let report = async |who: &Player| stage.ask(who, REPORT, json!({ "from": today, "to": today })).await;
        let empty = report(&auditor).await["data"]["screeningReport"]["all"].clone();
        assert_eq!((&empty["screenings"], &empty["wrong"], &empty["wrongFrom"]), (&json!(0), &json!("none checked yet"), &Value::Null));
        let case = submitted(&stage, &author).await;
        let stopped = stage.command(&bench.lead, "transitionAssessment", case, decide("screen_out", &bench.lead)).await.unwrap();
        assert_eq!(stopped["blockers"][0]["code"], json!("SAMPLED_OUT"), "{stopped:#}");
        let put = json!({ "transition": "put_to_panel", "expectedRevision": 1, "comment": "Nobody is touched." });
        stage.done(&bench.lead, "transitionAssessment", case, put).await;
        let members = json!({ "members": [bench.chair.id(), bench.reviewers[0].id()] });
        stage.done(&bench.secretary, "assignPanel", case, members).await;
        for member in [&bench.chair, &bench.reviewers[0]] {
            stage.done(member, "declareInterest", case, json!({ "interest": "NONE" })).await;
            let review = json!({ "expectedRevision": 1, "recommendation": "NOT_SUPPORT", "summary": "The first bus is at eight." });
            stage.done(member, "submitReview", case, review).await;
        }
        stage.done(&bench.chair, "transitionAssessment", case, conclude("overturn_light", &bench.chair)).await;
        let said = stage.read(&author, SCREENING, json!({ "id": case.global() })).await["assessment"]["screening"]["said"].clone();
        assert_eq!(said[0], json!({ "depth": "NONE", "reason": "Nobody is touched.", "panel": false, "drawn": true, "borderline": true }), "nothing is known of the place");
        assert_eq!((&said[1]["depth"], &said[1]["panel"]), (&json!("LIGHT"), &json!(true)));
        let counted = report(&bench.lead).await["data"]["screeningReport"].clone();
        assert_eq!(counted["all"], json!({ "screenings": 1, "out": 1, "light": 0, "full": 0, "drawn": 1, "checked": 1, "withdrawn": 0, "overturned": 1,
            "wrong": "1 of 1 checked (21 to 100 in 100)", "wrongFrom": 21 }));
        assert_eq!((&counted["borderline"]["screenings"], &counted["other"]["screenings"]), (&json!(1), &json!(0)));
        for other in [&author, &bench.chair, &bench.reviewers[0]] {
            assert_eq!(report(other).await["errors"][0]["extensions"]["code"], json!("FORBIDDEN"));
        }
        let elsewhere = stage.player("elsewhere", &[(stage.partner, Role::Governance)]).await;
        assert_eq!(report(&elsewhere).await["errors"][0]["extensions"]["code"], json!("FORBIDDEN"), "own cases only");
    }

    async fn what_is_not_drawn_is_screened_out_by_the_equality_lead(database) {
        let stage = Stage::new(database, sampled(0)).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let case = submitted(&stage, &author).await;
        let out = stage.done(&bench.lead, "transitionAssessment", case, decide("screen_out", &bench.lead)).await;
        assert_eq!(out["state"]["name"], json!("not_required"));
        assert_eq!(codes(&create(&stage, &author, json!({ "screening": case.global() })).await), ["NOT_REQUIRED"]);
    }

    async fn a_workflow_that_does_not_fit_the_form_is_refused_with_those_that_do(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let unfit = create(&stage, &author, json!({ "form": "board-maturity", "workflow": "ehia" })).await;
        assert_eq!(codes(&unfit), ["UNFIT"]);
        assert!(unfit["errors"][0]["message"].as_str().unwrap().contains("`self-assessment`"), "{unfit:#}");
        let query = "query($form: String) { workflows(organisation: \"T6Y0W\", form: $form, first: 50) { totalCount nodes { key version } } }";
        let fitting = stage.read(&author, query, json!({ "form": "ehia" })).await["workflows"].clone();
        let keys: Vec<&str> = fitting["nodes"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
        assert_eq!(keys, ["ehia", "qia-two-stage", "two-person"]);
        assert_eq!((&fitting["totalCount"], &fitting["nodes"][0]["version"]), (&json!(3), &json!(3)));
        let all = stage.read(&author, query, json!({})).await["workflows"]["totalCount"].clone();
        assert_eq!(all, json!(14), "every version of what ships");
        let named = stage.read(&author, "{ workflow(key: \"screening\") { forms transitions { name screens } } }", json!({})).await;
        assert_eq!(named["workflow"]["forms"], json!(["screening"]));
    }

    async fn who_lives_there_reaches_the_draw(database) {
        let settings = Settings { screening_sample: Some(Sample { percent: 0, borderline_percent: 100 }), ..Settings::default() };
        let stage = Stage::new(database, settings).await;
        load(&stage.app).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let case = submitted(&stage, &author).await;
        let stopped = stage.command(&bench.lead, "transitionAssessment", case, decide("screen_out", &bench.lead)).await.unwrap();
        let told = &stopped["blockers"][0];
        assert_eq!(told["code"], json!("SAMPLED_OUT"), "{stopped:#}");
        assert!(told["message"].as_str().unwrap().contains("notable where it lands"), "{told:#}");
        assert!(!told["message"].as_str().unwrap().contains("is not known"), "{told:#}");
        // More is asked for, and the place is taken out: it stays drawn, as what it was.
        let more = json!({ "transition": "ask_more", "expectedRevision": 1, "comment": "Where exactly?", "paths": [["proposal", "footprint"]], "outcome": { "attendees": [{ "person": bench.lead.id() }] } });
        stage.done(&bench.lead, "transitionAssessment", case, more).await;
        let lot = stage.app.view(&bench.lead.actor, case).await.unwrap().case.process.lot.unwrap();
        assert_eq!((lot.drawn, lot.borderline), (true, true));
    }

    async fn of_two_that_begin_the_assessment_at_once_one_does(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let case = submitted(&stage, &author).await;
        stage.done(&bench.lead, "transitionAssessment", case, conclude("light", &bench.lead)).await;
        let from = || create(&stage, &author, json!({ "screening": case.global() }));
        let told = tokio::join!(from(), from(), from(), from());
        let mut told: Vec<String> = [told.0, told.1, told.2, told.3].iter().map(|one| codes(one).join(" ")).collect();
        told.sort();
        assert_eq!(told, ["", "BEGUN", "BEGUN", "BEGUN"]);
        let seen = stage.read(&author, SCREENING, json!({ "id": case.global() })).await["assessment"].clone();
        assert_eq!(seen["screening"]["leadsTo"].as_array().unwrap().len(), 1);
    }

    async fn a_full_assessment_is_made_before_a_panel(database) {
        let stage = Stage::new(database, Settings { workflow: "two-person".into(), ..Settings::default() }).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let case = submitted(&stage, &author).await;
        stage.done(&bench.lead, "transitionAssessment", case, conclude("full", &bench.lead)).await;
        let from = |workflow: Option<&str>| json!({ "screening": case.global(), "workflow": workflow });
        let usual = create(&stage, &author, from(None)).await;
        assert_eq!(codes(&usual), ["INVALID"]);
        assert!(usual["errors"][0]["message"].as_str().unwrap().contains("usual workflow is for light ones"), "{usual:#}");
        assert_eq!(codes(&create(&stage, &author, from(Some("qia-two-stage"))).await), [""; 0], "a panel concludes there");
    }

    async fn a_report_reads_its_period_and_is_not_stopped_by_what_cannot_be_read(database) {
        let stage = Stage::new(database, sampled(100)).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let today = stage.moment.today;
        let (withdrawn, broken, light) = (submitted(&stage, &author).await, submitted(&stage, &author).await, submitted(&stage, &author).await);
        stage.done(&author, "transitionAssessment", withdrawn, json!({ "transition": "withdraw", "expectedRevision": 1, "comment": "Begun anew." })).await;
        for case in [broken, light] {
            stage.done(&bench.lead, "transitionAssessment", case, conclude("light", &bench.lead)).await;
        }
        let report = async |from: chrono::NaiveDate, to: chrono::NaiveDate| stage.read(&bench.lead, REPORT, json!({ "from": from, "to": to })).await["screeningReport"].clone();
        let counted = report(today, today).await;
        let of = |counted: &Value| (counted["all"]["screenings"].clone(), counted["all"]["withdrawn"].clone(), counted["unreadable"].clone());
        assert_eq!(of(&counted), (json!(2), json!(1), json!(0)));
        let earlier = today - chrono::Days::new(1);
        assert_eq!(of(&report(earlier, earlier).await), (json!(0), json!(0), json!(0)));
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
        let bytes = if database.store.is_shared() { "'\\x00'::bytea" } else { "X'00'" };
        let id = database.literal(&broken.uuid().to_string());
        assert_eq!(database.tamper(&format!("UPDATE assessment SET process = {bytes} WHERE id = {id}")).await, 1);
        assert_eq!(of(&report(today, today).await), (json!(1), json!(1), json!(1)));
    }

    async fn deputies_screen_for_the_equality_lead_and_the_record_says_so(database) {
        let stage = Stage::new(database, sampled(0)).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let case = submitted(&stage, &author).await;
        let deputy = &bench.reviewers[3];
        assert_eq!(stage.command(deputy, "transitionAssessment", case, decide("screen_out", deputy)).await.unwrap_err(), "FORBIDDEN");
        leave(&stage, &bench.lead, Some(deputy), 0, 6).await;
        stage.done(deputy, "transitionAssessment", case, decide("screen_out", deputy)).await;
        assert_eq!(last(&stage, &bench.secretary, case).await, json!({ "kind": "DECISION_RECORDED", "by": { "id": deputy.id() }, "onBehalfOf": { "id": bench.lead.id() } }));
    }

    async fn an_organisation_s_own_form_that_screens_nothing_is_not_screened(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        stage.app.publish::<Form>(None, HOME, crate::definition::form("ours", 1, "what").to_string(), stage.moment).await.unwrap();
        assert_eq!(codes(&create(&stage, &author, json!({ "form": "ours", "workflow": "screening" })).await), ["UNFIT"]);
        assert_eq!(codes(&create(&stage, &author, json!({ "form": "ours", "workflow": "two-person" })).await), [""; 0]);
    }
}
