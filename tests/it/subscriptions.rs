//! Subscriptions, by a real client against the served API: who is told what, until when, and how much of it.

use std::time::Duration;

use ehia::{
    app::{App, ClientAddress, NewPerson, Options},
    clock,
    domain::{id::Identifier, permission::Role, settings::Settings},
    graphql::socket::{Bounds, Sockets},
    store::{self, Store},
    web,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::support::{
    database::TestDatabase,
    on_both,
    service::Service,
    smtp::until,
    socket::{Heard, Line},
    stage::{PARTNER, Player, Stage, of_anybody},
};

const CASE: &str = "subscription($id: ID!) { assessmentChanged(id: $id) { id title version } }";
const TASKS: &str = "subscription { tasksChanged { tasks(first: 5) { totalCount nodes { kind reason assessment { reference } } } } }";
/// Long enough for whatever is told to be told.
const WHILE: Duration = Duration::from_millis(2_500);
const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// As served, but sooner.
fn soon() -> Bounds {
    Bounds { recheck: Duration::from_millis(200), pace: Duration::from_millis(20), ..Bounds::default() }
}

fn served(bounds: Bounds) -> web::Options {
    web::Options { sockets: Sockets::new(bounds, Some("ehia.example.org".into())), ..web::Options::default() }
}

async fn stage(db: &TestDatabase, bounds: Bounds) -> Stage {
    Stage::serving(db, Settings::default(), &served(bounds)).await
}

async fn line(stage: &Stage, who: &Player) -> Line {
    Line::of(stage.address(), who.token()).await
}

fn code(errors: &Value) -> &str {
    errors[0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{errors:#}"))
}

/// Waits until nobody waits for changes any more.
async fn forgotten(app: &App) {
    let gone = until(Duration::from_secs(20), async || (app.waiting() == 0).then_some(())).await;
    assert!(gone.is_some(), "{} still wait", app.waiting());
}

on_both! {
    async fn a_case_is_told_as_it_stands_and_again_when_it_changes(db) {
        let stage = stage(db, soon()).await;
        let author = stage.at_home("author", Role::Author).await;
        let (case, other) = (stage.case(&author).await, stage.case(&author).await);
        let mut line = line(&stage, &author).await;
        line.subscribe("one", CASE, json!({ "id": case.global() })).await;
        let first = line.next("one").await;
        assert_eq!(first["data"]["assessmentChanged"]["id"], case.global(), "{first}");
        assert_eq!(first["data"]["assessmentChanged"]["version"], stage.version(&author, case).await);

        stage.edit(&author, other, json!([{ "title": "Another case" }])).await;
        line.nothing(WHILE).await;
        stage.edit(&author, case, json!([{ "title": "As it is now" }])).await;
        let told = line.next("one").await;
        assert_eq!(told["data"]["assessmentChanged"]["title"], "As it is now");

        // What is no longer wanted is no longer told, and its name is free again.
        line.say(json!({ "id": "one", "type": "complete" })).await;
        stage.edit(&author, case, json!([{ "title": "Nobody hears of this" }])).await;
        line.nothing(WHILE).await;
        line.subscribe("one", CASE, json!({ "id": other.global() })).await;
        assert_eq!(line.next("one").await["data"]["assessmentChanged"]["title"], "Another case");
        line.leave().await;
        forgotten(&stage.app).await;
    }

    async fn many_changes_are_told_together(db) {
        let stage = stage(db, Bounds { pace: Duration::from_millis(400), ..soon() }).await;
        let author = stage.at_home("author", Role::Author).await;
        let case = stage.case(&author).await;
        let mut line = line(&stage, &author).await;
        line.subscribe("one", CASE, json!({ "id": case.global() })).await;
        line.next("one").await;
        for number in 0..30 {
            stage.edit(&author, case, json!([{ "title": format!("Title {number}") }])).await;
        }
        let last = stage.version(&author, case).await;
        let mut told = 0;
        loop {
            told += 1;
            if line.next("one").await["data"]["assessmentChanged"]["version"] == last {
                break;
            }
        }
        assert!(told < 15, "30 changes were told in {told} messages");
    }

    async fn whoever_may_read_no_more_is_told_no_more(db) {
        let stage = stage(db, soon()).await;
        let author = stage.at_home("author", Role::Author).await;
        let lead = stage.at_home("lead", Role::EqualityLead).await;
        let reader = stage.player("reader", &[(stage.partner, Role::Governance)]).await;
        let case = stage.case(&author).await;
        let share = |level: &str| json!({ "organisation": PARTNER, "level": level });
        stage.done(&author, "shareAssessment", case, share("READ")).await;
        let mut theirs = line(&stage, &reader).await;
        let mut own = line(&stage, &lead).await;
        for line in [&mut theirs, &mut own] {
            line.subscribe("one", CASE, json!({ "id": case.global() })).await;
            line.next("one").await;
        }

        stage.done(&author, "shareAssessment", case, share("STUB")).await;
        let ended = theirs.error("one").await;
        // As for what was never there.
        theirs.subscribe("none", CASE, json!({ "id": "assessment:01900000-0000-7000-8000-00000000dead" })).await;
        assert_eq!(ended, theirs.error("none").await);
        assert_eq!(code(&ended), "NOT_FOUND");
        stage.edit(&author, case, json!([{ "title": "Not for everybody" }])).await;
        theirs.nothing(WHILE).await;

        // A role that ends takes the right with it, though the case stays as it is.
        let mut version = own.next("one").await["data"]["assessmentChanged"]["version"].clone();
        while version != stage.version(&author, case).await {
            version = own.next("one").await["data"]["assessmentChanged"]["version"].clone();
        }
        let role = (stage.home, Role::EqualityLead);
        stage.app.revoke_role(lead.person(), role.0, role.1, None, clock::now()).await.unwrap();
        let ended = own.error("one").await;
        assert_eq!(code(&ended), "NOT_FOUND");
    }

    async fn whoever_is_seated_and_has_not_declared_is_told_no_more(db) {
        let stage = stage(db, soon()).await;
        stage.set(of_anybody(1)).await.unwrap();
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let reader = stage.at_home("reader", Role::Governance).await;
        let case = stage.case(&author).await;
        let mut line = line(&stage, &reader).await;
        line.subscribe("one", CASE, json!({ "id": case.global() })).await;
        assert_eq!(line.next("one").await["data"]["assessmentChanged"]["id"], case.global());
        stage.done(&secretary, "assignPanel", case, json!({ "members": [reader.id()] })).await;
        assert_eq!(code(&line.error("one").await), "NOT_FOUND");
        stage.edit(&author, case, json!([{ "title": "Not before they declare" }])).await;
        line.nothing(WHILE).await;
        line.subscribe("again", CASE, json!({ "id": case.global() })).await;
        assert_eq!(code(&line.error("again").await), "NOT_FOUND");
        // Whoever has declared is told again.
        stage.done(&reader, "declareInterest", case, json!({ "interest": "NONE" })).await;
        line.subscribe("declared", CASE, json!({ "id": case.global() })).await;
        assert_eq!(line.next("declared").await["data"]["assessmentChanged"]["title"], "Not before they declare");
    }

    async fn a_token_that_ends_ends_the_connection(db) {
        let stage = stage(db, soon()).await;
        let author = stage.at_home("author", Role::Author).await;
        let case = stage.case(&author).await;
        let subscribed = async |token: &str| {
            let mut line = Line::of(stage.address(), token).await;
            line.subscribe("one", CASE, json!({ "id": case.global() })).await;
            line.next("one").await;
            line
        };

        let mut revoked = subscribed(author.token()).await;
        let viewer = stage.read(&author, "{ viewer { tokens { id } } }", json!({})).await;
        let revoke = "mutation($input: RevokeTokenInput!) { revokeToken(input: $input) { errors { code } } }";
        let input = json!({ "input": { "tokenId": viewer["viewer"]["tokens"][0]["id"] } });
        stage.read(&author, revoke, input).await;
        assert_eq!(revoked.hear().await, Heard::Closed(4403));

        let until = stage.moment.today + chrono::Days::new(3);
        let fresh = async || {
            let issued = stage.app.issue_token_for("author@example.org", "again", false, until, clock::now());
            issued.await.unwrap().0.expose_secret().to_owned()
        };
        let mut disabled = subscribed(&fresh().await).await;
        stage.app.set_disabled("author@example.org", true, clock::now()).await.unwrap();
        assert_eq!(disabled.hear().await, Heard::Closed(4403));
        stage.app.set_disabled("author@example.org", false, clock::now()).await.unwrap();

        let password = || SecretString::from("a password for a test");
        let new = NewPerson { name: "author".into(), email: "author@example.org".into(), password: Some(password()), roles: Vec::new() };
        stage.app.add_person(new, None, clock::now()).await.unwrap();
        let signed = stage.app.sign_in("author@example.org", password(), ClientAddress::default(), clock::now());
        let signed = signed.await.unwrap();
        let mut session = subscribed(signed.token.expose_secret()).await;
        stage.app.sign_out(&signed.token, clock::now()).await.unwrap();
        assert_eq!(session.hear().await, Heard::Closed(4403));
        forgotten(&stage.app).await;
    }

    async fn tasks_are_told_to_those_whose_they_are(db) {
        let stage = stage(db, soon()).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let stranger = stage.player("stranger", &[(stage.partner, Role::PanelSecretary)]).await;
        let case = stage.case(&author).await;
        let mut lines = Vec::new();
        for who in [&author, &secretary, &stranger] {
            let mut line = line(&stage, who).await;
            line.subscribe("mine", TASKS, json!({})).await;
            let first = line.next("mine").await;
            let count = usize::from(who.person() == author.person());
            assert_eq!(first["data"]["tasksChanged"]["tasks"]["totalCount"], count, "{first}");
            lines.push(line);
        }
        // To write on changes nothing of what there is to do.
        stage.edit(&author, case, json!([{ "title": "A better title" }])).await;
        lines[0].nothing(WHILE).await;
        let submit = json!({ "transition": "submit", "expectedRevision": 1 });
        stage.done(&author, "transitionAssessment", case, submit).await;
        let told = lines[0].next("mine").await;
        assert_eq!(told["data"]["tasksChanged"]["tasks"]["totalCount"], 0, "{told}");
        let told = lines[1].next("mine").await;
        assert_eq!(told["data"]["tasksChanged"]["tasks"]["nodes"][0]["kind"], "ASSIGN_PANEL", "{told}");
        lines[2].nothing(WHILE).await;
    }

    async fn what_another_process_does_is_told(db) {
        let service = Service::start(db, None).await;
        let store = Store::open(&db.url, store::Options::default()).await.unwrap();
        let here = App::new(store, Options::default());
        let author = service.accounts.iter().find(|account| account.roles == ["AUTHOR"] && account.organisation.as_deref() != Some(PARTNER)).unwrap();
        let signed = here.sign_in(&author.email, SecretString::from(author.password.clone()), ClientAddress::default(), clock::now()).await.unwrap();
        let actor = here.actor(Some(&signed.token), clock::now()).await.unwrap().unwrap();
        let organisation = here.find_organisation("T6Y0W").await.unwrap().unwrap();
        let document: Value = serde_json::from_str(include_str!("../../examples/01-marram-house.json")).unwrap();
        let case = here.import(&actor, &organisation.ods_code, document, None, clock::now()).await.unwrap().changed.view.case.id;
        let mut line = Line::of(service.address(), signed.token.expose_secret()).await;
        line.subscribe("one", CASE, json!({ "id": case.global() })).await;
        let version = line.next("one").await["data"]["assessmentChanged"]["version"].as_u64().unwrap();
        let retention = ehia::domain::retention::Retention { class: None, legal_hold: Some(true), reason: "A test.".into() };
        let reference = here.view(&actor, case).await.unwrap().case.reference.clone();
        here.set_retention_of(&reference, &retention, clock::now()).await.unwrap();
        let told = line.next("one").await;
        assert_eq!(told["data"]["assessmentChanged"]["version"], version + 1, "{told}");
        // Whoever is signed out by another process is not told any more, either.
        here.sign_out(&signed.token, clock::now()).await.unwrap();
        assert_eq!(line.hear().await, Heard::Closed(4403));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_protocol_is_spoken_and_only_with_those_who_say_who_they_are() {
    let db = TestDatabase::sqlite().await;
    let stage = stage(&db, Bounds { introduction: Duration::from_secs(3), ..soon() }).await;
    let author = stage.at_home("author", Role::Author).await;
    let case = stage.case(&author).await;
    let address = stage.address();

    let refused =
        async |headers: &[(&'static str, &str)]| Line::connect(address, headers).await.err().unwrap();
    for protocol in ["graphql-ws", "soap", ""] {
        let (status, body) = refused(&[("sec-websocket-protocol", protocol)]).await;
        assert_eq!(status, 400, "{protocol}: {body}");
        assert!(body.contains("graphql-transport-ws"), "{body}");
    }
    let (status, body) = refused(&[PROTOCOL, ("authorization", "Basic x")]).await;
    assert_eq!(status, 400, "{body}");
    // A browser would send cookies along with what a page of another site opens.
    let cookie = ("cookie", "session=whatever");
    for origin in [
        "https://elsewhere.example.org",
        "null",
        "https://127.0.0.1",
        "https://ehia.example.org.evil.example",
    ] {
        let (status, body) = refused(&[PROTOCOL, ("origin", origin), cookie]).await;
        assert_eq!(status, 403, "{origin}: {body}");
    }
    let ours = format!("http://{address}");
    for origin in [ours.as_str(), "https://ehia.example.org"] {
        let mut line = Line::connect(address, &[PROTOCOL, ("origin", origin), cookie]).await.unwrap();
        line.say(json!({ "type": "connection_init" })).await;
        assert_eq!(line.hear().await, Heard::Closed(4403), "no cookie says who somebody is");
    }

    let mut silent = Line::open(address).await;
    assert_eq!(silent.hear().await, Heard::Closed(4408));
    for payload in [json!({ "Authorization": "Bearer nonsense" }), json!({ "authorization": 7 }), json!({})] {
        let mut line = Line::open(address).await;
        line.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(line.hear().await, Heard::Closed(4403), "{payload}");
    }
    let mut early = Line::open(address).await;
    early.subscribe("one", CASE, json!({ "id": case.global() })).await;
    assert_eq!(early.hear().await, Heard::Closed(4401));

    let bearer = format!("Bearer {}", author.token());
    let mut header = Line::connect(address, &[PROTOCOL, ("authorization", bearer.as_str())]).await.unwrap();
    header.say(json!({ "type": "ping" })).await;
    assert_eq!(header.hear().await, Heard::Said(json!({ "type": "pong" })));
    header.say(json!({ "type": "connection_init" })).await;
    assert_eq!(header.hear().await, Heard::Said(json!({ "type": "connection_ack" })));
    header.say(json!({ "type": "ping", "payload": {} })).await;
    assert_eq!(header.hear().await, Heard::Said(json!({ "type": "pong" })));
    header.introduce(author.token()).await;
    assert_eq!(header.hear().await, Heard::Closed(4429));

    for wrong in [
        "nonsense",
        "{}",
        r#"{"type":"start","id":"x","payload":{"query":"{a}"}}"#,
        r#"{"type":"subscribe","id":""}"#,
    ] {
        let mut line = line(&stage, &author).await;
        line.text(wrong).await;
        assert_eq!(line.hear().await, Heard::Closed(4400), "{wrong}");
    }
    let mut binary = line(&stage, &author).await;
    binary.bytes(b"{}").await;
    assert_eq!(binary.hear().await, Heard::Closed(4400));
    let mut twice = line(&stage, &author).await;
    twice.subscribe("one", CASE, json!({ "id": case.global() })).await;
    twice.next("one").await;
    twice.subscribe("one", CASE, json!({ "id": case.global() })).await;
    assert_eq!(twice.hear().await, Heard::Closed(4409));
    let mut long = line(&stage, &author).await;
    long.text(&"x".repeat(40_000)).await;
    assert_eq!(long.hear().await, Heard::Gone);
    forgotten(&stage.app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_much_is_refused_and_nothing_else_is_disturbed() {
    let db = TestDatabase::sqlite().await;
    let bounds = Bounds { per_connection: 3, per_person: 5, connections: 6, ..soon() };
    let stage = stage(&db, bounds).await;
    let author = stage.at_home("author", Role::Author).await;
    let id = json!({ "id": stage.case(&author).await.global() });
    let mut first = line(&stage, &author).await;

    let nested = format!("subscription {{ tasksChanged {}{} }}", "{ a ".repeat(17), "}".repeat(17));
    let wide = "subscription { tasksChanged { tasks(first: 100) { nodes { assessment { answers { question value } impacts { groups { name } evidence { title } } history(first: 100) { nodes { summary by { name } } } } } } } }";
    let large = "subscription { tasksChanged { tasks(first: 101) { totalCount } } }";
    let both = "subscription($id: ID!) { assessmentChanged(id: $id) { id } tasksChanged { readOnly } }";
    for (query, expected) in [
        (nested.as_str(), "LIMIT_EXCEEDED"),
        (wide, "LIMIT_EXCEEDED"),
        (large, "LIMIT_EXCEEDED"),
        (both, "LIMIT_EXCEEDED"),
        ("{ viewer { readOnly } }", "BAD_REQUEST"),
        ("mutation { signOut { errors { code } } }", "BAD_REQUEST"),
        ("subscription { nothing }", "BAD_REQUEST"),
        ("subscription {", "BAD_REQUEST"),
        ("subscription { assessmentChanged(id: \"x\") { id } }", "NOT_FOUND"),
    ] {
        first.subscribe("wrong", query, id.clone()).await;
        let errors = first.error("wrong").await;
        assert_eq!(code(&errors), expected, "{query}: {errors}");
        assert!(errors[0]["extensions"]["requestId"].is_string(), "{errors}");
    }
    let posted = stage.ask(&author, TASKS, json!({})).await;
    assert_eq!(code(&posted["errors"]), "BAD_REQUEST", "{posted}");

    for name in ["a", "b", "c"] {
        first.subscribe(name, CASE, id.clone()).await;
        first.next(name).await;
    }
    first.subscribe("d", CASE, id.clone()).await;
    assert_eq!(code(&first.error("d").await), "LIMIT_EXCEEDED");
    let mut second = line(&stage, &author).await;
    for name in ["a", "b"] {
        second.subscribe(name, CASE, id.clone()).await;
        second.next(name).await;
    }
    second.subscribe("c", CASE, id.clone()).await;
    assert_eq!(code(&second.error("c").await), "LIMIT_EXCEEDED");
    // A place is free again once it is given up, and everybody has their own.
    first.say(json!({ "id": "a", "type": "complete" })).await;
    first.subscribe("e", CASE, id.clone()).await;
    first.next("e").await;
    first.leave().await;
    second.subscribe("c", TASKS, json!({})).await;
    second.next("c").await;

    let mut others = Vec::new();
    let full = loop {
        match Line::connect(stage.address(), &[PROTOCOL]).await {
            Ok(line) => others.push(line),
            Err(refused) => break refused,
        }
        assert!(others.len() < 7);
    };
    assert_eq!(full.0, 503, "{}", full.1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_read_or_answer_is_let_go() {
    let db = TestDatabase::sqlite().await;
    let reading = Duration::from_millis(300);
    let stage = stage(&db, Bounds { reading, ..soon() }).await;
    let author = stage.at_home("author", Role::Author).await;
    let case = stage.case(&author).await;
    let mut reads = line(&stage, &author).await;
    reads.subscribe("one", CASE, json!({ "id": case.global() })).await;
    reads.next("one").await;
    let mut idle = line(&stage, &author).await;
    let whole = "subscription($id: ID!) { assessmentChanged(id: $id) { version answers { value } impacts { rationale evidence { title source gap } mitigations { action indicator } } history(first: 100) { nodes { summary id sha256 } } } }";
    for number in 0..20 {
        idle.subscribe(&number.to_string(), whole, json!({ "id": case.global() })).await;
    }
    assert!(
        until(Duration::from_secs(20), async || (stage.app.waiting() == 2).then_some(())).await.is_some()
    );
    let mut edits = 0;
    while stage.app.waiting() > 1 {
        edits += 1;
        assert!(edits < 500, "nobody keeps that much for them");
        stage.edit(&author, case, json!([{ "title": format!("Title {edits}") }])).await;
        reads.next("one").await;
    }
    drop(idle);
    stage.edit(&author, case, json!([{ "title": "The last" }])).await;
    while reads.next("one").await["data"]["assessmentChanged"]["title"] != "The last" {}
    reads.leave().await;
    forgotten(&stage.app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_not_heard_any_more_is_let_go() {
    let db = TestDatabase::sqlite().await;
    let (ping, silence) = (Duration::from_millis(100), Duration::from_millis(400));
    let stage = stage(&db, Bounds { ping, silence, ..soon() }).await;
    let author = stage.at_home("author", Role::Author).await;
    let mut lives = line(&stage, &author).await;
    lives.subscribe("mine", TASKS, json!({})).await;
    lives.next("mine").await;
    lives.nothing(silence * 3).await;
    assert_eq!(stage.app.waiting(), 1, "whoever answers pings stays");
    // It is there, but it does not look, and so it does not answer.
    forgotten(&stage.app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_read_for_nobody_and_once_for_everybody() {
    let db = TestDatabase::sqlite().await;
    let stage = stage(&db, Bounds { recheck: Duration::from_hours(1), ..Bounds::default() }).await;
    let author = stage.at_home("author", Role::Author).await;
    let case = stage.case(&author).await;
    let during = async |wait: Duration| {
        let before = db.statements.load(std::sync::atomic::Ordering::Relaxed);
        tokio::time::sleep(wait).await;
        db.statements.load(std::sync::atomic::Ordering::Relaxed) - before
    };
    assert_eq!(during(Duration::from_millis(2_200)).await, 0, "nobody waits");
    let mut lines = Vec::new();
    for _ in 0..10 {
        let mut line = line(&stage, &author).await;
        line.subscribe("one", CASE, json!({ "id": case.global() })).await;
        line.next("one").await;
        lines.push(line);
    }
    during(Duration::from_millis(1_500)).await;
    let read = during(Duration::from_secs(3)).await;
    assert!((2..=5).contains(&read), "once a second, whoever waits: {read}");
    for line in lines {
        line.leave().await;
    }
    forgotten(&stage.app).await;
    during(Duration::from_millis(1_500)).await;
    assert_eq!(during(Duration::from_millis(2_200)).await, 0, "nobody waits any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_ends_says_so() {
    let db = TestDatabase::sqlite().await;
    let options = served(soon());
    let stage = Stage::serving(&db, Settings::default(), &options).await;
    let author = stage.at_home("author", Role::Author).await;
    let mut waits = line(&stage, &author).await;
    waits.subscribe("mine", TASKS, json!({})).await;
    waits.next("mine").await;
    let mut silent = Line::open(stage.address()).await;
    tokio::time::timeout(Duration::from_secs(10), async {
        let heard = async { (waits.hear().await, silent.hear().await) };
        let ((), heard) = tokio::join!(options.sockets.end(), heard);
        assert_eq!(heard, (Heard::Closed(1001), Heard::Closed(1001)));
    })
    .await
    .unwrap();
    assert_eq!(Line::connect(stage.address(), &[PROTOCOL]).await.err().unwrap().0, 503);
}
