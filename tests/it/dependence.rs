//! What depends on what: a centre is to be closed that another case relies on staying open. All synthetic.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use ehia::{
    app::Edit,
    domain::{
        edit::List,
        event::EventKind,
        id::{AssessmentId, Identifier, InterdependencyId},
        notify::NoticeKind,
        page::Window,
        permission::Role,
        settings::Settings,
    },
    store::outbox::MessageState,
    worker::{Pace, Worker},
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::support::{
    database::TestDatabase,
    on_both,
    people::{Body, app},
    service::Service,
    smtp::until,
    stage::{HOME, Stage},
};

/// How long something may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(1);

/// The two cases of which one relies on the other not being done, with the reliance.
struct Pair {
    heron: AssessmentId,
    samphire: AssessmentId,
    edge: InterdependencyId,
}

/// The six examples, the closure ready to be decided; somebody with an account owns what rests on it.
async fn pair(body: &Body) -> Pair {
    let cases = body.social_care().await;
    let (heron, samphire) = (cases["heron-centre"], cases["samphire-court"]);
    let author = body.who(Role::Author);
    let view = body.app.view(author, heron).await.unwrap();
    let edges = &view.case.content.interdependencies;
    let mut relies = edges.iter().filter(|edge| edge.target == Some(samphire) && edge.holds_when.is_some());
    let edge = relies.next().unwrap().id;
    let mut resting = view.case.content.mitigations.iter().filter(|one| one.reliances.contains(&edge));
    let owner = json!({ "owner": { "person": body.who(Role::Reviewer).person } });
    let handed = Edit::Element {
        list: List::Mitigations,
        id: Some(resting.next().unwrap().id.uuid()),
        fields: owner.as_object().unwrap().clone(),
    };
    let version = view.case.version;
    body.app.edit(author, heron, version, vec![handed], None, body.moment).await.unwrap();
    body.go(Role::Author, samphire, "send").await.unwrap();
    Pair { heron, samphire, edge }
}

impl Pair {
    async fn holds(&self, body: &Body) -> Option<bool> {
        let view = body.app.view(body.who(Role::Auditor), self.heron).await.unwrap();
        view.case.process.holds.get(&self.edge).copied()
    }

    /// What history says of what turned, in words.
    async fn turned(&self, body: &Body) -> Vec<String> {
        let window = Window { size: 100, ..Window::default() };
        let history = body.app.history(body.who(Role::Auditor), self.heron, &window).await.unwrap();
        let kinds =
            history.nodes.into_iter().filter(|(_, event)| event.event.kind == EventKind::RelianceChanged);
        kinds.map(|(_, event)| event.summary).collect()
    }

    /// To whom mail about it was sent, and what it said.
    async fn told(&self, database: &TestDatabase) -> Vec<(String, Option<String>)> {
        let read = database.store.read();
        let window = Window { size: 100, ..Window::default() };
        let mut told = Vec::new();
        for one in read.list_messages_about(self.heron, &window).await.unwrap().nodes {
            if one.state == MessageState::Sent && one.notice.kind == NoticeKind::RelianceChanged {
                let person = one.notice.to.person().unwrap();
                told.push((read.person(person).await.unwrap().unwrap().name, one.notice.facts.what));
            }
        }
        told.sort();
        told
    }
}

/// Those who are to be told, each once.
fn everybody(code: &str, what: &str) -> Vec<(String, Option<String>)> {
    // Author, who chairs panels, and who owns what rests on it.
    let mut told: Vec<_> = [Role::Author, Role::PanelChair, Role::Reviewer]
        .map(|role| (format!("{role} of {code}"), Some(what.to_owned())))
        .into();
    told.sort();
    told
}

async fn ready(db: &TestDatabase) -> Body {
    let body = Body::new(&app(db), "T6Y0W").await;
    body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
    body
}

on_both! {
    async fn a_decision_about_the_centre_turns_the_reliance_on_it_and_a_return_does_not(db) {
        let body = ready(db).await;
        let (closed, kept, returned) = (pair(&body).await, pair(&body).await, pair(&body).await);
        for one in [&closed, &kept] {
            body.go(Role::EqualityLead, one.samphire, "recommend").await.unwrap();
        }
        let pace = Pace {
            poll: Duration::from_secs(5),
            lease: chrono::TimeDelta::minutes(5),
            checkpoint: None,
            digests: None,
            public_url: "https://ehia.example.org/".parse().unwrap(),
        };
        let stop = CancellationToken::new();
        let working = tokio::spawn(Worker::new(body.app.clone(), crate::worker::memory(), None, pace).run(stop.clone()));
        let settled = async || {
            let waits = db.number("SELECT count(*) FROM outbox_message WHERE state IN ('pending', 'leased')").await
                + db.number("SELECT count(*) FROM reaction WHERE state <> 'done'").await;
            (waits == 0).then_some(())
        };
        until(PATIENCE, settled).await.unwrap();

        let broken = "Something this case relies on was decided. This does not hold: \u{201c}Samphire Court in Downham Market \
                      stays open with at least 25 free places from July 2027\u{201d}.";
        let whole = broken.replace("does not hold", "holds now");
        let mut took = Vec::new();
        for (one, step, holds, event, what) in [
            (&closed, "adopt", false, broken, "one reliance known not to hold"),
            (&kept, "refuse", true, &whole, "one reliance known to hold"),
        ] {
            assert_eq!(one.holds(&body).await, None);
            body.go(Role::DecisionMaker, one.samphire, step).await.unwrap();
            let begun = Instant::now();
            let code = body.code.clone();
            let done = async || {
                let there = one.holds(&body).await == Some(holds) && one.told(db).await == everybody(&code, what);
                there.then_some(())
            };
            until(PATIENCE, done).await.unwrap_or_else(|| panic!("{step}"));
            took.push(begun.elapsed());
            until(PATIENCE, settled).await.unwrap();
            assert_eq!(one.turned(&body).await, [event], "{step}");
            assert_eq!(one.told(db).await, everybody(&code, what), "{step}");
        }
        assert!(took.iter().min().unwrap() < &Duration::from_secs(1), "within a second: {took:?}");

        body.go(Role::EqualityLead, returned.samphire, "suggest").await.unwrap();
        until(PATIENCE, settled).await.unwrap();
        assert_eq!((returned.holds(&body).await, returned.turned(&body).await), (None, Vec::new()));
        assert_eq!(returned.told(db).await, []);
        stop.cancel();
        working.await.unwrap();
        assert_eq!(body.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }

    async fn a_reliance_turns_once_though_server_and_worker_are_killed_on_the_way(db) {
        let body = ready(db).await;
        let mut service = None;
        let mut chance = 17_u64;
        for (round, (step, holds)) in [("adopt", false), ("refuse", true), ("adopt", false)].into_iter().enumerate() {
            let one = pair(&body).await;
            body.go(Role::EqualityLead, one.samphire, "recommend").await.unwrap();
            let service = match &mut service {
                Some(service) => service,
                none => none.insert(Service::over(db).await),
            };
            let request = decision(&body, &one, step, round).await;
            let url = format!("{}/graphql", service.url());
            let client = reqwest::Client::new();
            let mut answered = false;
            for _ in 0..5 {
                // Asked again under its key until it is answered, while both processes die somewhere on the way.
                let asked = client.post(&url).bearer_auth(&request.0).json(&request.1).send();
                let delay = Duration::from_millis({ chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); chance >> 33 } % 400);
                let killed = async {
                    sleep(delay).await;
                    service.kill();
                };
                let (answer, ()) = tokio::join!(asked, killed);
                if let Ok(answer) = answer
                    && let Ok(answer) = answer.json::<Value>().await
                {
                    assert_eq!(answer["data"]["transitionAssessment"]["errors"], json!([]), "{answer:#}");
                    answered = true;
                }
                service.start_worker();
                service.start_server().await;
            }
            if !answered {
                let answer: Value = client.post(&url).bearer_auth(&request.0).json(&request.1).send().await.unwrap().json().await.unwrap();
                assert_eq!(answer["data"]["transitionAssessment"]["errors"], json!([]), "{answer:#}");
            }
            let what = if holds { "one reliance known to hold" } else { "one reliance known not to hold" };
            let done = async || (one.told(db).await == everybody(&body.code, what)).then_some(());
            until(PATIENCE, done).await.unwrap_or_else(|| panic!("{step}"));
            assert_eq!(one.holds(&body).await, Some(holds));
            assert_eq!(one.turned(&body).await.len(), 1, "it turned once");
            let case = db.literal(&one.heron.uuid().to_string());
            let count = async |what: &str| db.number(&format!("SELECT count(*) FROM {what}")).await;
            let waiting = format!("reaction WHERE assessment_id = {case} AND state <> 'done'");
            let done = async || (count(&waiting).await == 0).then_some(());
            until(PATIENCE, done).await.expect("each is worked through");
            assert_eq!(count(&format!("outbox_message WHERE assessment_id = {case} AND kind = 'reliance_changed'")).await, 3);
        }
        let verified = service.expect("it was started").verify().await;
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    }

    async fn the_picture_tells_what_depends_on_what_and_what_is_severe_in_words(db) {
        let body = ready(db).await;
        let cases = body.social_care().await;
        let mut references = BTreeMap::new();
        for (key, id) in &cases {
            body.go(Role::Author, *id, "send").await.unwrap();
            references.insert(key.as_str(), body.app.view(body.who(Role::Auditor), *id).await.unwrap().case.reference.clone());
        }
        for step in ["recommend", "adopt"] {
            let role = if step == "adopt" { Role::DecisionMaker } else { Role::EqualityLead };
            body.go(role, cases["samphire-court"], step).await.unwrap();
        }
        let stage = asking(db, &body).await;
        let query = "query($filter: RiskFilter, $group: String!, $at: Int) { aggregatedRisk(filter: $filter) { pendingReactions
            interdependencies { cycles truncated nodes { reference } partners { name organisation }
              edges { kind premise holds late agreed toUnknown from { reference } to { reference } partner { name } }
              broken { premise from { reference } to { reference standing } } late { premise } }
            severeImpacts(group: $group, consequenceAtLeast: $at) { assessments unrated truncated inWords byLikelihood { likelihood label scale assessments }
              mostRelied { premise } broken { premise } cases { assessment { reference } likelihood label unrated restsOn { premise } }
              bounds { lower upper months assumption } simulation { draws } } } }";
        let ask = async |filter: Value, group: &str| {
            let variables = json!({ "filter": filter, "group": group, "at": 4 });
            stage.0.read(&stage.1, query, variables).await["aggregatedRisk"].clone()
        };
        let before = ask(json!({}), "age.older_people").await;
        assert!(before["pendingReactions"].as_u64().unwrap() >= 1, "{before:#}");
        body.app.work_reactions("test", chrono::TimeDelta::minutes(1), 50, ehia::clock::now()).await.unwrap();
        let told = ask(json!({}), "age.older_people").await;
        assert_eq!(told["pendingReactions"], 0);
        let graph = &told["interdependencies"];
        // The hubs need Teasel Lodge to stay, and Teasel Lodge needs the hubs' workers.
        let circle = BTreeSet::from([&references["teasel-lodge"], &references["home-outreach"]]);
        assert_eq!(graph["cycles"], json!([circle]), "{graph:#}");
        assert_eq!(graph["nodes"].as_array().unwrap().len(), 6);
        assert_eq!(graph["broken"][0]["from"]["reference"], json!(references["heron-centre"]));
        assert_eq!(graph["broken"][0]["to"], json!({ "reference": references["samphire-court"], "standing": "PROCEEDING" }));
        assert_eq!(graph["broken"].as_array().unwrap().len(), 1);
        let kinds: BTreeSet<_> = graph["edges"].as_array().unwrap().iter().map(|edge| edge["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, BTreeSet::from(["COMPOUNDS", "FUNDS", "RELIES_ON", "SHARES_PATHWAY", "SHIFTS_DEMAND_TO"]));
        assert!(graph["partners"].as_array().unwrap().iter().any(|one| one["name"] == "Henrietta Fosdyke"));

        let severe = &told["severeImpacts"];
        let words = severe["inWords"].as_str().unwrap();
        assert!(words.contains("live proposal") && words.contains("not a probability"), "{words}");
        let counted: u64 = severe["byLikelihood"].as_array().unwrap().iter().map(|one| one["assessments"].as_u64().unwrap()).sum();
        assert_eq!(severe["assessments"].as_u64().unwrap(), counted + severe["unrated"].as_u64().unwrap());
        assert!(counted > 0, "{severe:#}");
        assert_eq!(severe["cases"].as_array().unwrap().len() as u64, severe["assessments"].as_u64().unwrap());
        assert_eq!((&severe["bounds"], &severe["simulation"]), (&Value::Null, &Value::Null), "nobody reckoned a chance");

        // Filters narrow it; one that matches nothing is an empty picture.
        let west = ask(json!({ "areas": ["E07000146"] }), "age.older_people").await;
        assert!(west["interdependencies"]["edges"].as_array().unwrap().len() < graph["edges"].as_array().unwrap().len());
        let none = ask(json!({ "programmes": ["none of the kind"] }), "age.older_people").await;
        assert_eq!(none["interdependencies"]["edges"], json!([]));
        assert!(none["severeImpacts"]["inWords"].as_str().unwrap().starts_with("No live proposal"));
        let stopped = ask(json!({ "standings": ["STOPPED"] }), "age.older_people").await;
        assert_eq!(stopped["interdependencies"]["nodes"], json!([]));
        let unknown = stage.0.ask(&stage.1, query, json!({ "group": "nobody", "at": 4 })).await;
        assert_eq!(unknown["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{unknown:#}");
    }

    async fn of_a_case_one_may_not_know_of_nothing_shows_but_that_there_is_one(db) {
        let stage = Stage::new(db, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let governance = stage.at_home("governance", Role::Governance).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Author)]).await;
        let document = serde_json::from_str(include_str!("../../examples/06-samphire-court.json")).unwrap();
        let target = stage.app.import(&theirs.actor, "DEMO1", document, None, stage.moment).await.unwrap().changed.view.case.clone();
        let case = stage.case(&author).await;
        let reliance = |target: &str| json!([{ "interdependency": { "kind": "RELIES_ON", "target": target,
            "premise": "It stays open.", "holdsWhen": "TARGET_DOES_NOT_PROCEED" } }]);
        let edit = async |target: &str| {
            let version = stage.version(&author, case).await;
            stage.refused(&author, "editAssessment", case, json!({ "expectedVersion": version, "edits": reliance(target) })).await
        };
        // What one may not see cannot be relied on, and neither can the case itself.
        let unseen = edit(&target.reference).await;
        let missing = edit("DEMO1-2026-9999").await;
        assert_eq!((&unseen, unseen[0].0.as_str()), (&missing, "NOT_FOUND"));
        let own = stage.app.view(&author.actor, case).await.unwrap().case.reference.clone();
        assert_eq!(edit(&own).await[0].0, "INVALID");

        stage.done(&theirs, "shareAssessment", target.id, json!({ "organisation": HOME, "level": "STUB" })).await;
        stage.edit(&author, case, reliance(&target.reference)).await;
        let document = serde_json::from_str(include_str!("../../examples/05-floating-support.json")).unwrap();
        let known_of = stage.app.import(&theirs.actor, "DEMO1", document, None, stage.moment).await.unwrap().changed.view.case.clone();
        stage.done(&theirs, "shareAssessment", known_of.id, json!({ "organisation": HOME, "level": "STUB" })).await;
        stage.edit(&author, case, reliance(&known_of.reference)).await;
        let query = "{ aggregatedRisk { interdependencies { nodes { reference title } edges { premise toUnknown to { reference title assessment { id } } partner { name } } } } }";
        let drafted = stage.read(&governance, query, json!({})).await["aggregatedRisk"]["interdependencies"].clone();
        assert_eq!(drafted, json!({ "nodes": [], "edges": [] }), "a draft is in no picture");
        stage.done(&author, "transitionAssessment", case, json!({ "transition": "submit", "expectedRevision": 1 })).await;
        let edge = async || {
            let graph = stage.read(&governance, query, json!({})).await["aggregatedRisk"]["interdependencies"].clone();
            let edges = graph["edges"].as_array().unwrap().clone();
            let first = edges.into_iter().find(|edge| edge["premise"] == "It stays open." && edge["to"]["reference"] != known_of.reference.as_str());
            (first.unwrap(), graph.to_string())
        };
        let (known, _) = edge().await;
        assert_eq!(known["to"], json!({ "reference": target.reference, "title": target.content.title, "assessment": null }));
        stage.done(&theirs, "shareAssessment", target.id, json!({ "organisation": HOME, "level": "NONE" })).await;
        let (hidden, graph) = edge().await;
        assert_eq!(hidden, json!({ "premise": "It stays open.", "toUnknown": true, "to": null, "partner": null }));
        assert!(!graph.contains(&target.reference) && !graph.contains(&target.content.title), "{graph}");
        assert!(!graph.contains(&target.id.uuid().to_string()));
        // Of what is no longer shared one hears nothing; of what is, one does.
        for (id, reactions) in [(known_of.id, 1), (target.id, 0)] {
            for step in [json!({ "transition": "submit", "expectedRevision": 1 }), json!({ "transition": "withdraw", "expectedRevision": 1, "comment": "Not needed." })] {
                stage.done(&theirs, "transitionAssessment", id, step).await;
            }
            let (source, relying) = (db.literal(&id.uuid().to_string()), db.literal(&case.uuid().to_string()));
            let written = db.number(&format!("SELECT count(*) FROM reaction WHERE source_id = {source} AND assessment_id = {relying}")).await;
            assert_eq!(written, reactions);
        }
    }

    async fn chances_that_authors_mean_give_bounds_and_rank_reliances(db) {
        let stage = Stage::new(db, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let governance = stage.at_home("governance", Role::Governance).await;
        let case = stage.case(&author).await;
        let view = stage.app.view(&author.actor, case).await.unwrap();
        let group = "disability.learning_disability";
        let impact = view.case.content.impacts.iter().find(|one| one.groups == [group]).unwrap().id.global();
        let trustees = "The trustees of the community hall allow a changing unit";
        let rests = view.case.content.interdependencies.iter().find(|edge| {
            edge.premise.as_deref().is_some_and(|premise| premise.starts_with(trustees))
        });
        let edge = rests.unwrap().id.global();
        let chance = |low: u16, high: u16| json!({ "event": "Somebody moves into a care home because of it", "months": 12, "low": low, "high": high });
        let version = stage.version(&author, case).await;
        let bad = json!({ "expectedVersion": version, "edits": [{ "impact": { "id": impact, "chance": chance(300, 200) } }, { "interdependency": { "id": edge, "failure": 1001 } }] });
        let mut told: Vec<String> = stage.refused(&author, "editAssessment", case, bad).await.into_iter().map(|(_, path)| path).collect();
        told.sort();
        assert!(told.iter().any(|path| path.ends_with("chance/high")) && told.iter().any(|path| path.ends_with("failure")), "{told:?}");
        stage.edit(&author, case, json!([{ "impact": { "id": impact, "chance": chance(100, 300) } }, { "interdependency": { "id": edge, "failure": 250 } }])).await;
        stage.done(&author, "transitionAssessment", case, json!({ "transition": "submit", "expectedRevision": 1 })).await;
        let query = "query($group: String!) { aggregatedRisk { severeImpacts(group: $group) { inWords
            bounds { lower independentLow independentHigh upper months assumption }
            simulation { seed draws error any undeclared reliances { failure assessments spared reliance { premise } } assumption } } } }";
        let told = stage.read(&governance, query, json!({ "group": group })).await["aggregatedRisk"]["severeImpacts"].clone();
        let bounds = &told["bounds"];
        assert_eq!((&bounds["lower"], &bounds["upper"], &bounds["months"]), (&json!(0.1), &json!(0.3), &json!(12)), "{told:#}");
        assert!(bounds["assumption"].as_str().unwrap().contains("not known"));
        let physical = stage.read(&governance, query, json!({ "group": "disability.physical" })).await["aggregatedRisk"]["severeImpacts"].clone();
        assert_eq!(physical["bounds"], Value::Null, "nobody meant a chance there");
        let drawn = &physical["simulation"];
        assert_eq!((&drawn["draws"], &drawn["error"], &drawn["reliances"][0]["failure"]), (&json!(10_000), &json!(0.005), &json!(250)), "{physical:#}");
        let any = drawn["any"].as_f64().unwrap();
        assert!((any - 0.25).abs() < 0.02, "{any}");
        let again = stage.read(&governance, query, json!({ "group": "disability.physical" })).await["aggregatedRisk"]["severeImpacts"]["simulation"].clone();
        assert_eq!(again, *drawn, "the same picture, the same figures");
        let read = "query($id: ID!) { assessment(id: $id) { impacts { chance { event months low high } } interdependencies { failure } } }";
        let kept = stage.read(&author, read, json!({ "id": case.global() })).await["assessment"].clone();
        assert!(kept["impacts"].as_array().unwrap().iter().any(|one| one["chance"]["high"] == 300), "{kept:#}");
    }
}

/// The decision as a client sends it: the token, and the request.
async fn decision(body: &Body, one: &Pair, step: &str, round: usize) -> (String, Value) {
    let email = format!("{}.{}@example.org", Role::DecisionMaker.to_sql(), body.code);
    let until = body.moment.today + chrono::Days::new(30);
    let (token, _) = body.app.issue_token_for(&email, "test", false, until, body.moment).await.unwrap();
    let decider = body.who(Role::DecisionMaker);
    let view = body.app.view(decider, one.samphire).await.unwrap();
    let accepted = view.findings().iter().filter(|finding| finding.acceptable && finding.gate.is_some());
    let accepted: Vec<Value> =
        accepted.map(|finding| json!({ "findingId": finding.id, "reason": "Known and weighed." })).collect();
    let party = json!([{ "person": decider.person.global() }]);
    let outcome = if step == "refuse" { "STOP" } else { "PROCEED_DESPITE_ADVERSE_IMPACT" };
    let input = json!({
        "assessmentId": one.samphire.global(), "transition": step, "expectedRevision": view.case.revision,
        "idempotencyKey": format!("decision-{round}"),
        "decision": {
            "body": "Synthetic committee", "authority": "Synthetic scheme", "meeting": body.moment.today, "outcome": outcome,
            "reasons": "Synthetic reasons.", "present": party, "readBy": party, "acceptedFindings": accepted,
            "statement": "The committee had the assessment before it and had due regard to the three aims.",
        },
    });
    let query = "mutation($input: TransitionAssessmentInput!) { transitionAssessment(input: $input) { assessment { state { name } } errors { code message } } }";
    (token.expose_secret().to_owned(), json!({ "query": query, "variables": { "input": input } }))
}

/// Somebody of governance who asks the served API about the cases of a body.
async fn asking(db: &TestDatabase, body: &Body) -> (Stage, crate::support::stage::Player) {
    let stage = Stage::over(db, body.id).await;
    let player = stage.at_home("overseer", Role::Governance).await;
    (stage, player)
}
