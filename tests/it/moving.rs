//! Running cases moved to another version of their workflow.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use ehia::{
    app::{Edit, Error, InterestNote, MoveCases, MovedCase, PanelDraft, RevisionAt},
    domain::{
        calendar::Moment,
        id::{AssessmentId, Identifier},
        page::Window,
        permission::{Actor, Role},
        review::Interest,
        settings::Settings,
        text::Path,
        workflow::definition::Workflow,
    },
    store::Tx,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::{
    definition::workflow,
    support::{
        database::TestDatabase,
        on_both,
        people::{Body, app},
        stage::{HOME, Stage},
    },
};

/// The same workflow, in which the check is called otherwise.
fn renamed(version: u32) -> Value {
    let text = workflow("local", version, "Renamed").to_string();
    serde_json::from_str(&text.replace("independent_check", "second_pair_of_eyes")).unwrap()
}

async fn publish(body: &Body, document: &Value) {
    body.app.publish::<Workflow>(None, &body.code, document.to_string(), body.moment).await.unwrap();
}

/// An organisation with a workflow of its own, and cases: a draft, one being checked, one recommended, one retired.
async fn begun(db: &TestDatabase) -> (Body, [AssessmentId; 4]) {
    let body = Body::new(&app(db), "T6Y0W").await;
    publish(&body, &workflow("local", 1, "First")).await;
    body.set(Settings { workflow: "local".into(), ..Settings::default() }).await.unwrap();
    let mut cases = Vec::new();
    for steps in [&[][..], &["send"], &["send", "recommend"], &["retire"]] {
        let id = body.import().await;
        for step in steps {
            let role = if *step == "recommend" { Role::EqualityLead } else { Role::Author };
            body.go(role, id, step).await.unwrap();
        }
        cases.push(id);
    }
    (body, cases.try_into().unwrap())
}

fn to(version: u32, states: &[(&str, &str)]) -> MoveCases {
    let states: BTreeMap<String, String> =
        states.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect();
    MoveCases { organisation: "T6Y0W".into(), key: "local".into(), from: None, to: version, states }
}

async fn moves(body: &Body, request: &MoveCases, apply: bool) -> Vec<MovedCase> {
    body.app.move_cases(None, request, apply, body.moment).await.unwrap()
}

/// What stands in the way of each case, by code.
fn obstacles(cases: &[MovedCase]) -> Vec<(AssessmentId, Vec<&str>)> {
    let codes = |case: &MovedCase| case.obstacles.len();
    assert!(cases.iter().all(|case| codes(case) == 0 || !case.moved));
    cases.iter().map(|case| (case.id, case.obstacles.iter().map(|one| one.code.as_str()).collect())).collect()
}

/// Somebody who administers the organisation beside their role.
fn administering(body: &Body, role: Role) -> Actor {
    let mut actor = body.who(role).clone();
    actor.grants.extend(body.who(Role::Administrator).grants.clone());
    actor
}

/// How long a lock is held while others come to wait for it.
const WHILE: Duration = Duration::from_millis(600);

/// Holds a case locked from `held` until `go`.
async fn hold(db: &TestDatabase, id: AssessmentId, held: &Notify, go: &Notify) {
    let held = async |tx: &mut Tx| {
        tx.case(id).await?;
        held.notify_one();
        go.notified().await;
        Ok::<_, ehia::store::Error>(())
    };
    db.store.write(held).await.unwrap();
}

fn under_way<T: std::fmt::Debug>(refused: Result<T, Error>) {
    let Err(Error::Conflict(told)) = refused else { panic!("it was not refused: {refused:?}") };
    assert_eq!(
        (told[0].code.as_str(), told[0].message.as_str()),
        ("CONFLICT", "This request is under way; ask again.")
    );
}

/// All that a move could change.
async fn stands(body: &Body, db: &TestDatabase, cases: &[AssessmentId]) -> Vec<(u32, u32, String, i64)> {
    let mut stands = Vec::new();
    for id in cases {
        let case = body.app.view(body.who(Role::Auditor), *id).await.unwrap().case.clone();
        let events = db.count("event", &id.uuid().to_string()).await;
        stands.push((case.workflow.version, case.version, case.state, events));
    }
    stands
}

on_both! {
    async fn a_dry_run_says_what_would_be_and_changes_nothing(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let before = stands(&body, db, &cases).await;
        let plan = moves(&body, &to(2, &[]), false).await;
        assert_eq!(obstacles(&plan), [(cases[0], vec![]), (cases[1], vec!["STATE_MISSING"]), (cases[2], vec![])]);
        assert_eq!((plan[0].target.as_str(), plan[1].state.as_str()), ("draft", "independent_check"));
        let plan = moves(&body, &to(2, &[("independent_check", "draft")]), false).await;
        assert_eq!(plan[1].obstacles[0].code, "PHASE_DIFFERS");
        let plan = moves(&body, &to(2, &[("independent_check", "second_pair_of_eyes")]), false).await;
        assert_eq!(plan[1].target, "second_pair_of_eyes");
        assert!(plan.iter().all(|case| case.obstacles.is_empty() && !case.moved && case.from == 1));
        assert_eq!(stands(&body, db, &cases).await, before, "nothing was changed");

        let wrong = to(2, &[("independent_check", "nowhere"), ("nothing", "draft")]);
        let refused = body.app.move_cases(None, &wrong, true, body.moment).await;
        let Err(Error::Invalid(told)) = refused else { panic!("{refused:?}") };
        let paths: Vec<_> = told.iter().map(|one| one.path.to_string()).collect();
        assert_eq!(paths, ["states/independent_check", "states/nothing"]);
        for request in [to(7, &[]), MoveCases { key: "other".into(), ..to(1, &[]) }] {
            let refused = body.app.move_cases(None, &request, true, body.moment).await;
            let Err(Error::Invalid(told)) = refused else { panic!("{refused:?}") };
            assert_eq!(told[0].path, Path::of(["to"]));
        }
        assert_eq!(stands(&body, db, &cases).await, before);
    }

    async fn what_can_be_moved_is_moved_once_and_goes_on_under_the_new_version(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let before = stands(&body, db, &cases).await;
        let done = moves(&body, &to(2, &[]), true).await;
        assert_eq!(done.iter().filter(|case| case.moved).count(), 2);
        let after = stands(&body, db, &cases).await;
        assert_eq!(after[1], before[1], "what something stands in the way of stays");
        assert_eq!(after[3], before[3], "what is closed stays where it ended");
        for index in [0, 2] {
            let (_, version, state, events) = before[index].clone();
            assert_eq!(after[index], (2, version + 1, state, events + 1));
        }
        let request = to(2, &[("independent_check", "second_pair_of_eyes")]);
        let done = moves(&body, &request, true).await;
        assert_eq!(done.iter().map(|case| (case.id, case.moved)).collect::<Vec<_>>(), [(cases[1], true)]);
        assert_eq!(moves(&body, &request, true).await, [], "done again, there is nothing left to do");

        let auditor = body.who(Role::Auditor);
        let history = body.app.history(auditor, cases[1], &Window { size: 100, ..Window::default() }).await.unwrap();
        let moved = &history.nodes.last().unwrap().1;
        assert_eq!(moved.summary, "The case was moved to another version of its workflow.");
        let mut payload = moved.payload.clone().unwrap();
        payload.as_object_mut().unwrap().remove("case");
        assert_eq!(payload, json!({"workflow": "local", "from": 1, "to": 2, "fromState": "independent_check", "toState": "second_pair_of_eyes"}));
        assert_eq!(body.app.view(auditor, cases[1]).await.unwrap().case.process.clocks.keys().collect::<Vec<_>>(), ["check"]);
        assert_eq!(body.go(Role::EqualityLead, cases[1], "recommend").await.unwrap(), "recommended");
        assert_eq!(body.go(Role::DecisionMaker, cases[1], "adopt").await.unwrap(), "in_force");
        assert_eq!(body.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }

    async fn what_was_frozen_keeps_the_version_it_was_frozen_under(db) {
        let (body, cases) = begun(db).await;
        let auditor = body.who(Role::Auditor);
        let view = body.app.view(auditor, cases[2]).await.unwrap();
        let sha256 = view.case.process.outcomes[0].record.clone();
        let frozen = async || {
            let record = body.app.find_record(auditor, cases[2], &sha256).await.unwrap().unwrap();
            let revision = body.app.find_revision(auditor, cases[2], RevisionAt::Number(1)).await.unwrap().unwrap();
            (record.document, revision.sha256, revision.frozen_at)
        };
        let before = frozen().await;
        assert_eq!(before.0["workflow"]["version"], 1);
        publish(&body, &renamed(2)).await;
        moves(&body, &to(2, &[]), true).await;
        assert_eq!(body.app.view(auditor, cases[2]).await.unwrap().workflow.version, 2);
        assert_eq!(frozen().await, before);
        assert_eq!(body.go(Role::DecisionMaker, cases[2], "adopt").await.unwrap(), "in_force");
        let view = body.app.view(auditor, cases[2]).await.unwrap();
        let decided = &view.case.process.decisions[0].record;
        let record = body.app.find_record(auditor, cases[2], decided).await.unwrap().unwrap();
        assert_eq!(record.document["workflow"]["version"], 2, "what is decided later is decided under the new one");
    }

    async fn a_case_that_cannot_be_read_is_named_and_keeps_no_other_from_moving(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let id = db.literal(&cases[0].uuid().to_string());
        let spell = async |digest: &str| {
            let sql = format!("UPDATE assessment SET content_sha256 = {digest} WHERE id = {id}");
            assert_eq!(db.tamper(&sql).await, 1);
        };
        spell("content_sha256 || 'x'").await;
        let before = db.number("SELECT count(*) FROM event").await;
        let request = to(2, &[("independent_check", "second_pair_of_eyes")]);
        for apply in [false, true] {
            let told = moves(&body, &request, apply).await;
            assert_eq!(obstacles(&told), [(cases[0], vec!["UNREADABLE"]), (cases[1], vec![]), (cases[2], vec![])]);
            assert_eq!(told.iter().map(|case| case.moved).collect::<Vec<_>>(), [false, apply, apply]);
            assert_eq!((told[0].from, &told[0].reference), (1, &cases[0].global()));
            assert!(told[0].obstacles[0].message.contains("cannot be read"), "{told:?}");
        }
        assert_eq!(db.number("SELECT count(*) FROM event").await, before + 2, "nothing happened to it");
        spell("substr(content_sha256, 1, 64)").await;
        assert_eq!(stands(&body, db, &cases[..1]).await[0].0, 1, "it stayed as it was");
        let told = moves(&body, &request, true).await;
        assert_eq!(told.iter().map(|case| (case.id, case.moved)).collect::<Vec<_>>(), [(cases[0], true)]);
        assert_eq!(body.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }

    async fn a_clock_that_runs_stands_in_the_way_of_a_version_without_it(db) {
        let (body, cases) = begun(db).await;
        let mut timeless = workflow("local", 2, "Without a clock");
        timeless["clocks"] = json!([]);
        for transition in timeless["transitions"].as_array_mut().unwrap() {
            if let Some(effects) = transition.get_mut("effects").and_then(Value::as_array_mut) {
                effects.retain(|effect| effect.get("clock").is_none());
            }
        }
        publish(&body, &timeless).await;
        let plan = moves(&body, &to(2, &[]), true).await;
        assert_eq!(obstacles(&plan), [(cases[0], vec![]), (cases[1], vec!["CLOCK_MISSING"]), (cases[2], vec![])]);
        // Only those of one version, when it is named.
        publish(&body, &renamed(3)).await;
        let only = MoveCases { from: Some(2), ..to(3, &[]) };
        let plan = moves(&body, &only, false).await;
        assert_eq!(plan.iter().map(|case| (case.id, case.from)).collect::<Vec<_>>(), [(cases[0], 2), (cases[2], 2)]);
    }

    async fn a_move_by_an_administrator_goes_by_pages_and_is_told_again_under_its_key(db) {
        let (body, cases) = begun(db).await;
        let author = body.who(Role::Author);
        for number in 0..60 {
            let new = ehia::app::CreateAssessment {
                organisation: "T6Y0W".into(), title: format!("Case {number}"), proposal: serde_json::Map::new(), form: None, workflow: None, screening: None,
            };
            body.app.create(author, new, None, body.moment).await.unwrap();
        }
        publish(&body, &renamed(2)).await;
        let request = to(2, &[("independent_check", "second_pair_of_eyes")]);
        let administrator = body.who(Role::Administrator);
        let some = async |after, apply, key| {
            body.app.move_some(administrator, &request, after, apply, key, body.moment).await
        };
        // Said first, which claims no key.
        let key = Some("a key");
        let said = some(None, false, key).await.unwrap();
        assert_eq!((said.cases.len(), said.next), (50, said.cases.last().map(|case| case.id)));
        let rest = some(said.next, false, key).await.unwrap();
        assert_eq!((rest.cases.len(), rest.next), (13, None));
        let known: std::collections::BTreeSet<_> = said.cases.iter().chain(&rest.cases).map(|case| case.id).collect();
        assert!(known.len() == 63 && known.contains(&cases[1]) && !known.contains(&cases[3]));
        assert!(said.cases.iter().all(|case| !case.moved));

        let first = some(None, true, key).await.unwrap();
        assert!(first.cases.len() == 50 && first.cases.iter().all(|case| case.moved), "{first:?}");
        let events = db.number("SELECT count(*) FROM event").await;
        assert_eq!(some(None, true, key).await.unwrap(), first, "the first outcome again");
        assert_eq!(db.number("SELECT count(*) FROM event").await, events);
        let other = some(first.next, true, key).await;
        let Err(Error::Invalid(told)) = other else { panic!("{other:?}") };
        assert_eq!(told[0].code, "KEY_REUSED");
        let second = some(first.next, true, Some("another key")).await.unwrap();
        assert_eq!((second.cases.len(), second.next), (13, None));
        assert_eq!(some(None, true, None).await.unwrap().cases, [], "nothing is left");
        assert_eq!(some(None, true, key).await.unwrap(), first);
    }

    async fn an_administrator_moves_cases_over_the_api(db) {
        let stage = Stage::new(db, Settings::default()).await;
        let keeper = stage.at_home("keeper", Role::Administrator).await;
        let author = stage.at_home("author", Role::Author).await;
        for version in [1, 2] {
            let document = if version == 1 { workflow("local", 1, "First") } else { renamed(2) };
            stage.app.publish::<Workflow>(None, HOME, document.to_string(), stage.moment).await.unwrap();
            if version == 1 {
                let settings = Settings { workflow: "local".into(), ..Settings::default() };
                let home = ehia::app::NewOrganisation {
                    ods_code: HOME.into(), name: "Synthetic ICB".into(), kind: ehia::domain::organisation::OrganisationKind::Icb,
                    opened: None, closed: None, settings,
                };
                stage.app.set_up_organisation(home, stage.moment).await.unwrap();
                let ids = [stage.case(&author).await, stage.case(&author).await];
                stage.done(&author, "transitionAssessment", ids[1], json!({"transition": "send", "expectedRevision": 1})).await;
            }
        }
        let mutation = "mutation($input: MoveCasesInput!) { moveCases(input: $input) {
            cases { id reference from state target moved obstacles { code message path } } pageInfo { hasNextPage endCursor } errors { code path } } }";
        let ask = async |who, more: Value| {
            let mut input = json!({"organisation": HOME, "workflow": "local", "to": 2});
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            stage.ask(who, mutation, json!({"input": input})).await
        };
        assert_eq!(ask(&author, json!({})).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let said = ask(&keeper, json!({})).await["data"]["moveCases"].take();
        assert_eq!((&said["errors"], &said["pageInfo"]["hasNextPage"]), (&json!([]), &json!(false)), "{said}");
        let told: Vec<_> = said["cases"].as_array().unwrap().iter()
            .map(|case| (case["state"].clone(), case["moved"].clone(), case["obstacles"][0]["code"].clone())).collect();
        assert_eq!(told, [(json!("draft"), json!(false), Value::Null), (json!("independent_check"), json!(false), json!("STATE_MISSING"))]);
        let twice = json!({"states": [{"from": "draft", "to": "draft"}, {"from": "draft", "to": "draft"}]});
        let refused = ask(&keeper, twice).await["data"]["moveCases"].take();
        assert_eq!(refused["errors"], json!([{"code": "DUPLICATE", "path": ["states", "1", "from"]}]));
        let refused = ask(&keeper, json!({"to": 9})).await["data"]["moveCases"].take();
        assert_eq!(refused, json!({"cases": [], "pageInfo": null, "errors": [{"code": "NOT_FOUND", "path": ["to"]}]}));
        let states = json!([{"from": "independent_check", "to": "second_pair_of_eyes"}]);
        let done = ask(&keeper, json!({"states": states, "apply": true})).await["data"]["moveCases"].take();
        assert!(done["cases"].as_array().unwrap().iter().all(|case| case["moved"] == true), "{done}");
        assert_eq!(done["cases"][1]["target"], "second_pair_of_eyes");

        let query = "query($o: String!) { workflows(organisation: $o, first: 100) { totalCount nodes {
            key version title sha256 publishedAt organisation { odsCode } errors { code } } } forms(organisation: $o) { nodes { key organisation { odsCode } } } }";
        let listed = stage.read(&author, query, json!({"o": HOME})).await;
        let nodes = listed["workflows"]["nodes"].as_array().unwrap();
        assert_eq!(listed["workflows"]["totalCount"], json!(nodes.len()));
        let last = nodes.last().unwrap();
        assert_eq!((&last["key"], &last["version"], &last["title"], &last["organisation"]["odsCode"]), (&json!("local"), &json!(2), &json!("Renamed"), &json!(HOME)));
        assert!(nodes[0]["organisation"].is_null() && nodes[0]["publishedAt"].is_null() && last["publishedAt"].is_string());
        let forms = listed["forms"]["nodes"].as_array().unwrap();
        assert!(forms.iter().any(|form| form["key"] == "ehia") && forms.iter().all(|form| form["organisation"].is_null()));
    }

    async fn a_version_that_cannot_be_read_keeps_only_its_own_cases_from_moving(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &workflow("local", 2, "Second")).await;
        let request = MoveCases { from: Some(1), ..to(2, &[]) };
        assert_eq!(moves(&body, &request, true).await.len(), 3);
        let id = body.import().await;
        publish(&body, &workflow("local", 3, "Third")).await;
        db.tamper("UPDATE definition SET document = '{}' WHERE version = 1").await;
        // Version 2 is what the new case began with; the others were moved there. One of them goes back on paper.
        let of = db.literal(&cases[0].uuid().to_string());
        db.tamper(&format!("UPDATE assessment SET workflow_version = 1 WHERE id = {of}")).await;
        let fresh = app(db);
        let plan = fresh.move_cases(None, &to(3, &[]), false, body.moment).await.unwrap();
        let told = obstacles(&plan);
        assert_eq!(told, [(cases[0], vec!["UNREADABLE"]), (cases[1], vec![]), (cases[2], vec![]), (id, vec![])]);
    }

    async fn only_administrators_move_the_cases_of_their_own_organisation(db) {
        let (body, _) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let other = Body::new(&body.app, "QMM").await;
        let as_who = async |actor: &Actor| body.app.move_cases(Some(actor), &to(2, &[]), true, body.moment).await;
        for actor in [body.who(Role::PanelChair), body.who(Role::Governance), other.who(Role::Administrator)] {
            assert!(matches!(as_who(actor).await, Err(Error::Forbidden)));
        }
        assert_eq!(as_who(body.who(Role::Administrator)).await.unwrap().iter().filter(|case| case.moved).count(), 2);
        // Another organisation's cases have other workflows under this key, or none.
        let theirs = MoveCases { organisation: "QMM".into(), ..to(2, &[]) };
        assert!(matches!(other.app.move_cases(None, &theirs, true, other.moment).await, Err(Error::Invalid(_))));
    }

    async fn nobody_moves_what_they_wrote_sponsor_or_judge(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let request = to(2, &[("independent_check", "second_pair_of_eyes")]);
        let edit = async |id, sro: Value| {
            let author = body.who(Role::Author);
            let version = body.app.view(author, id).await.unwrap().case.version;
            body.app.edit(author, id, version, vec![Edit::Sro(sro)], None, body.moment).await.unwrap();
        };
        // The SRO of two; of the second no longer, but when it was frozen.
        let sponsor = json!({"person": body.who(Role::Sro).person});
        edit(cases[0], sponsor.clone()).await;
        let former = body.import().await;
        db.tamper(&format!("UPDATE assessment SET workflow_version = 1 WHERE id = {}", db.literal(&former.uuid().to_string()))).await;
        edit(former, sponsor).await;
        body.go(Role::Author, former, "send").await.unwrap();
        body.go(Role::EqualityLead, former, "suggest").await.unwrap();
        edit(former, json!({"name": "Somebody without an account"})).await;
        // On the panel of one, undeclared.
        let panel = PanelDraft { members: vec![body.who(Role::Reviewer).person], ..PanelDraft::default() };
        body.app.assign_panel(body.who(Role::PanelSecretary), cases[1], panel, None, body.moment).await.unwrap();
        let declare = async |interest| {
            let note = InterestNote { member: None, interest, note: Some("A synthetic reason.".into()) };
            body.app.declare_interest(body.who(Role::Reviewer), cases[1], note, None, body.moment).await.unwrap();
        };
        let before = stands(&body, db, &cases).await;

        let [author, sro, reviewer] = [Role::Author, Role::Sro, Role::Reviewer].map(|role| administering(&body, role));
        let kept = async |actor: &Actor, apply| {
            let told = body.app.move_cases(Some(actor), &request, apply, body.moment).await.unwrap();
            let kept: Vec<_> = told.iter().filter(|case| !case.obstacles.is_empty()).map(|case| case.id).collect();
            let mine = told.iter().flat_map(|case| &case.obstacles);
            assert!(mine.clone().all(|one| one.code == "SEPARATION_OF_DUTIES" && one.message.ends_with("another administrator moves it.")), "{told:?}");
            assert!(mine.count() == kept.len() && told.iter().all(|case| case.moved == (apply && case.obstacles.is_empty())), "{told:?}");
            kept
        };
        let all = [cases[0], cases[1], cases[2], former];
        assert_eq!(kept(&author, false).await, all);
        assert_eq!(kept(&author, true).await, all);
        assert_eq!(kept(&sro, false).await, [cases[0], former]);
        assert_eq!(kept(&reviewer, false).await, [cases[1]]);
        declare(Interest::Withdrawn).await;
        assert_eq!(kept(&reviewer, false).await, [cases[1]]);
        assert_eq!(stands(&body, db, &[cases[0], cases[2]]).await, [before[0].clone(), before[2].clone()]);
        assert_eq!(kept(&sro, true).await, [cases[0], former]);
        assert_eq!(kept(body.who(Role::Administrator), false).await, []);
        assert!(moves(&body, &request, false).await.iter().all(|case| case.obstacles.is_empty()), "the operator is free");
        assert_eq!(kept(body.who(Role::Administrator), true).await, []);
        assert_eq!(moves(&body, &request, true).await, []);
    }

    async fn who_becomes_a_party_before_the_lock_does_not_move_it(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let sro = administering(&body, Role::Sro);
        let (held, waits) = (Notify::new(), Notify::new());
        let lock = hold(db, cases[0], &held, &waits);
        let edit = async {
            held.notified().await;
            let named = vec![Edit::Sro(json!({"person": sro.person}))];
            let edit = body.app.edit(body.who(Role::Author), cases[0], 1, named, None, body.moment);
            let later = async { tokio::time::sleep(WHILE).await; waits.notify_one(); };
            let mover = async { tokio::time::sleep(WHILE / 2).await; body.app.move_cases(Some(&sro), &to(2, &[]), true, body.moment).await };
            tokio::join!(edit, mover, later)
        };
        let ((), (edited, told, ())) = tokio::join!(lock, edit);
        edited.unwrap();
        assert_eq!(obstacles(&told.unwrap())[0], (cases[0], vec!["SEPARATION_OF_DUTIES"]));
        assert_eq!(stands(&body, db, &cases[..1]).await[0].0, 1);
    }

    async fn a_case_that_somebody_moved_since_it_was_listed_is_told_as_it_stands(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let request = to(2, &[("independent_check", "second_pair_of_eyes")]);
        let (held, waits) = (Notify::new(), Notify::new());
        let lock = hold(db, cases[0], &held, &waits);
        let both = async {
            held.notified().await;
            let later = async { tokio::time::sleep(WHILE).await; waits.notify_one(); };
            tokio::join!(moves(&body, &request, true), moves(&body, &request, true), later)
        };
        let events = db.number("SELECT count(*) FROM event").await;
        let ((), (one, other, ())) = tokio::join!(lock, both);
        for told in [one, other] {
            let told: Vec<_> = told.iter().map(|case| (case.id, case.moved, case.target.as_str())).collect();
            assert_eq!(told, [(cases[0], true, "draft"), (cases[1], true, "second_pair_of_eyes"), (cases[2], true, "recommended")]);
        }
        assert_eq!(db.number("SELECT count(*) FROM event").await, events + 3, "each was moved once");
    }

    async fn of_three_requests_at_once_under_one_key_one_moves_and_its_outcome_is_kept(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let request = to(2, &[("independent_check", "second_pair_of_eyes")]);
        let some = || body.app.move_some(body.who(Role::Administrator), &request, None, true, Some("a key"), body.moment);
        let (held, waits) = (Notify::new(), Notify::new());
        let lock = hold(db, cases[0], &held, &waits);
        let three = async {
            held.notified().await;
            let later = async { tokio::time::sleep(WHILE).await; waits.notify_one(); };
            tokio::join!(some(), some(), some(), later)
        };
        let ((), (one, two, three, ())) = tokio::join!(lock, three);
        let (told, refused): (Vec<_>, Vec<_>) = [one, two, three].into_iter().partition(Result::is_ok);
        let told: Vec<_> = told.into_iter().map(Result::unwrap).collect();
        assert!(!told.is_empty() && !refused.is_empty(), "{told:?} {refused:?}");
        for refused in refused {
            under_way(refused);
        }
        let again = some().await.unwrap();
        assert!(told.iter().all(|told| *told == again), "{told:?}");
        assert_eq!(again.cases.iter().map(|case| (case.id, case.moved)).collect::<Vec<_>>(), [(cases[0], true), (cases[1], true), (cases[2], true)]);
    }

    async fn what_was_begun_under_a_key_is_done_though_whoever_asked_is_gone(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let request = to(2, &[("independent_check", "second_pair_of_eyes")]);
        let some = || body.app.move_some(body.who(Role::Administrator), &request, None, true, Some("a key"), body.moment);
        let (held, waits) = (Notify::new(), Notify::new());
        let asked = async {
            held.notified().await;
            assert!(tokio::time::timeout(WHILE, some()).await.is_err(), "it waits for the lock, and is dropped");
            waits.notify_one();
        };
        tokio::join!(hold(db, cases[0], &held, &waits), asked);
        let mut again = some().await;
        for _ in 0..100 {
            if again.is_ok() {
                break;
            }
            under_way(again);
            tokio::time::sleep(WHILE / 10).await;
            again = some().await;
        }
        assert_eq!(again.unwrap().cases.iter().filter(|case| case.moved).count(), 3);
    }

    async fn a_request_that_never_ended_holds_its_key_for_ten_minutes(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let request = to(2, &[("independent_check", "second_pair_of_eyes")]);
        let some = async |request: &MoveCases, seconds| {
            let moment = Moment { at: body.moment.at + TimeDelta::seconds(seconds), ..body.moment };
            body.app.move_some(body.who(Role::Administrator), request, None, true, Some("a key"), moment).await
        };
        some(&request, 0).await.unwrap();
        // As a crash leaves it: the key without an outcome, one case moved and the others not.
        assert_eq!(db.tamper("UPDATE idempotency SET outcome = NULL WHERE operation = 'moveCases'").await, 1);
        let [draft, last] = [cases[0], cases[2]].map(|id| db.literal(&id.uuid().to_string()));
        assert_eq!(db.tamper(&format!("UPDATE assessment SET workflow_version = 1 WHERE id IN ({draft}, {last})")).await, 2);
        let before = stands(&body, db, &cases).await;
        for seconds in [0, 599] {
            under_way(some(&request, seconds).await);
        }
        for seconds in [599, 601] {
            let other = some(&to(2, &[]), seconds).await;
            let Err(Error::Invalid(told)) = other else { panic!("{other:?}") };
            assert_eq!(told[0].code, "KEY_REUSED");
        }
        assert_eq!(stands(&body, db, &cases).await, before, "nothing was moved meanwhile");
        let left = some(&request, 600).await.unwrap();
        assert_eq!(left.cases.iter().map(|case| (case.id, case.moved)).collect::<Vec<_>>(), [(cases[0], true), (cases[2], true)]);
        for seconds in [600, 1300] {
            assert_eq!(some(&request, seconds).await.unwrap(), left, "the outcome of the one that took it over");
        }
    }

    async fn a_case_that_is_worked_on_while_it_is_moved_is_moved_and_keeps_the_work(db) {
        let (body, cases) = begun(db).await;
        publish(&body, &renamed(2)).await;
        let author = body.who(Role::Author);
        let edits = async {
            for round in 0..10 {
                loop {
                    let version = body.app.view(author, cases[0]).await.unwrap().case.version;
                    let title = vec![ehia::app::Edit::Title(format!("Round {round}"))];
                    match body.app.edit(author, cases[0], version, title, None, body.moment).await {
                        Ok(_) => break,
                        Err(Error::Retry | Error::Conflict(_)) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }
        };
        let moving = async {
            while moves(&body, &to(2, &[]), true).await.iter().any(|case| case.id == cases[0] && !case.moved) {}
        };
        tokio::join!(edits, moving);
        let view = body.app.view(author, cases[0]).await.unwrap();
        assert_eq!((view.case.workflow.version, view.case.content.title.as_str()), (2, "Round 9"));
        assert_eq!(body.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }
}
