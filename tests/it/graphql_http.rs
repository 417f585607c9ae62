//! The API as a client meets it: over HTTP, with a token.

use std::{net::SocketAddr, time::Duration};

use ehia::{
    app::{App, NewOrganisation, NewPerson, Options},
    clock,
    domain::{organisation::OrganisationKind, permission::Role, settings::Settings},
    web,
};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{database::TestDatabase, on_both};

const PASSWORD: &str = "a long and unusual sentence";

/// A served API with one author, and a client of it.
struct Served {
    address: SocketAddr,
    client: Client,
}

impl Served {
    async fn new(database: &TestDatabase) -> Self {
        Self::with(database, web::Options::default(), Options::default()).await
    }

    async fn with(database: &TestDatabase, options: web::Options, use_cases: Options) -> Self {
        let app = App::new(database.store.clone(), use_cases);
        let moment = clock::now();
        let organisation = NewOrganisation {
            ods_code: "T6Y0W".into(),
            name: "NHS Norfolk and Suffolk ICB".into(),
            kind: OrganisationKind::Icb,
            opened: None,
            closed: None,
            settings: Settings::default(),
        };
        let organisation = app.set_up_organisation(organisation, moment).await.unwrap();
        for (name, role) in [
            ("Ada Author", Role::Author),
            ("Nina Reader", Role::Reviewer),
            ("Kim Keeper", Role::Administrator),
        ] {
            let person = NewPerson {
                name: name.into(),
                email: format!("{}@example.org", role.to_sql()),
                password: Some(SecretString::from(PASSWORD)),
                roles: vec![(organisation.id, role, None)],
            };
            app.add_person(person, None, moment).await.unwrap();
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = web::router(app, &options).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { address, client: Client::new() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    fn post(&self, body: &Value) -> RequestBuilder {
        self.request(Method::POST, "/graphql").json(body)
    }

    async fn ask(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let request = self.post(&json!({ "query": query, "variables": variables }));
        let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn sign_in(&self, role: Role) -> String {
        let query = "mutation ($input: SignInInput!) { signIn(input: $input) { token errors { message } } }";
        let email = format!("{}@example.org", role.to_sql());
        let answer =
            self.ask(None, query, json!({ "input": { "email": email, "password": PASSWORD } })).await;
        answer["data"]["signIn"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn create(&self, token: &str, title: &str) -> Value {
        let query = "mutation ($input: CreateAssessmentInput!) { createAssessment(input: $input) {
            assessment { id reference version revision state { name phase } proposal { footprint { code level } } }
            errors { code message path } } }";
        let input = json!({ "organisation": "T6Y0W", "title": title,
            "proposal": { "summary": "Synthetic.", "footprint": ["E07000148"], "saving": "1250.00" } });
        let answer = self.ask(Some(token), query, json!({ "input": input })).await;
        assert_eq!(answer["data"]["createAssessment"]["errors"], json!([]), "{answer}");
        answer["data"]["createAssessment"]["assessment"].clone()
    }
}

async fn sqlite() -> (TestDatabase, Served) {
    let database = TestDatabase::sqlite().await;
    let served = Served::new(&database).await;
    (database, served)
}

async fn told(response: Response) -> (StatusCode, String, Value) {
    let status = response.status();
    let media = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
    (status, media.unwrap_or_default(), response.json().await.unwrap())
}

fn code(body: &Value) -> &str {
    body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn only_json_is_read_so_that_no_other_site_can_post() {
    let (_database, served) = sqlite().await;
    let post = |media: &'static str| {
        let request = served.request(Method::POST, "/graphql").header("content-type", media);
        request.body("{\"query\": \"{ viewer { readOnly } }\"}").send()
    };
    for media in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"] {
        assert_eq!(post(media).await.unwrap().status(), StatusCode::OK, "{media}");
    }
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=latin1",
    ] {
        let (status, _, body) = told(post(media).await.unwrap()).await;
        assert_eq!((status, code(&body)), (StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST"), "{media}");
    }
}

#[tokio::test]
async fn a_query_by_get_is_answered_and_nothing_else() {
    let (_database, served) = sqlite().await;
    let get = |query: &'static str| {
        let base = format!("http://{}/graphql", served.address);
        reqwest::get(url::Url::parse_with_params(&base, [("query", query)]).unwrap())
    };
    let (status, _, body) = told(get("{ viewer { readOnly } }").await.unwrap()).await;
    assert_eq!((status, body), (StatusCode::OK, json!({ "data": { "viewer": null } })));
    for query in [
        "mutation { signOut { errors { code } } }",
        "query A { viewer { readOnly } } mutation B { signOut { errors { code } } }",
    ] {
        let response = get(query).await.unwrap();
        assert_eq!(response.headers()["allow"], "POST");
        let (status, _, body) = told(response).await;
        assert_eq!((status, code(&body)), (StatusCode::METHOD_NOT_ALLOWED, "BAD_REQUEST"), "{query}");
    }
    let (status, _, _) = told(served.request(Method::DELETE, "/graphql").send().await.unwrap()).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn status_and_media_type_follow_what_the_client_accepts() {
    const NEWER: &str = "application/graphql-response+json";
    let (_database, served) = sqlite().await;
    for (query, executed) in [
        ("{ viewer { readOnly } }", true),
        ("{", false),
        ("{ nothing }", false),
        ("{ node(id: \"x\") { id } }", true),
    ] {
        for (accept, newer) in [
            ("*/*", false),
            ("application/json", false),
            (NEWER, true),
            ("application/graphql-response+json;q=0, application/json", false),
        ] {
            let request = served.post(&json!({ "query": query })).header("accept", accept);
            let (status, media, body) = told(request.send().await.unwrap()).await;
            let expected = if newer && !executed { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            assert_eq!(status, expected, "{query} {accept} {body}");
            assert_eq!(media.starts_with(NEWER), newer, "{query} {accept} {media}");
            assert_eq!(body.get("data").is_some(), executed, "{query} {body}");
        }
    }
}

#[tokio::test]
async fn every_error_has_a_code_and_the_id_of_its_request() {
    let (_database, served) = sqlite().await;
    let post = |query: &str| served.post(&json!({ "query": query })).header("x-request-id", "a-b_c.1").send();
    for (query, expected) in [
        ("{", "BAD_REQUEST"),
        ("{ nothing }", "BAD_REQUEST"),
        ("{ assessments(first: 101) { nodes { id } } }", "LIMIT_EXCEEDED"),
        ("{ assessments(first: 0) { nodes { id } } }", "BAD_REQUEST"),
        ("{ assessments { nodes { id } } }", "UNAUTHENTICATED"),
        ("{ assessment(reference: \"x\") { id } }", "UNAUTHENTICATED"),
        ("mutation { signOut { errors { code } } }", "UNAUTHENTICATED"),
        (
            "mutation { judgeMateriality(input: {assessmentId: \"panel:1\", material: true, reason: \"x\"}) { errors { code } } }",
            "BAD_REQUEST",
        ),
    ] {
        let response = post(query).await.unwrap();
        assert_eq!(response.headers()["x-request-id"], "a-b_c.1");
        let (_, _, body) = told(response).await;
        assert_eq!(code(&body), expected, "{query} {body}");
        assert_eq!(body["errors"][0]["extensions"]["requestId"], "a-b_c.1", "{query}");
    }
}

#[tokio::test]
async fn fields_arrive_in_the_order_asked() {
    let (_database, served) = sqlite().await;
    let query =
        "{ zeta: viewer { readOnly } form(key: \"ehia\") { version title key } alpha: viewer { readOnly } }";
    let body = served.post(&json!({ "query": query })).send().await.unwrap().text().await.unwrap();
    let at = |word: &str| body.find(&format!("\"{word}\"")).unwrap_or_else(|| panic!("{word} in {body}"));
    let found: Vec<_> = ["zeta", "form", "version", "title", "key", "alpha"].into_iter().map(at).collect();
    assert!(found.is_sorted(), "{body}");
}

#[tokio::test]
async fn a_panic_and_a_request_that_takes_too_long_are_told_and_end_nothing_else() {
    use axum::{Router, middleware, routing::get};
    let guard = middleware::from_fn_with_state(Duration::from_millis(50), web::guard::guard);
    let router = Router::new()
        .route("/panics", get(async || -> &'static str { panic!("with a secret in it") }))
        .route("/waits", get(std::future::pending::<()>))
        .route("/works", get(async || "done"))
        .layer(guard);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    for (path, status) in [("panics", 500), ("waits", 503)] {
        let (found, _, body) = told(reqwest::get(format!("http://{address}/{path}")).await.unwrap()).await;
        assert_eq!((found.as_u16(), code(&body)), (status, "INTERNAL"));
        assert_eq!(body["errors"][0]["extensions"]["requestId"].as_str().unwrap().len(), 36);
        assert!(!body.to_string().contains("secret"));
    }
    assert_eq!(reqwest::get(format!("http://{address}/works")).await.unwrap().text().await.unwrap(), "done");
}

#[tokio::test]
async fn an_unsound_request_id_is_replaced() {
    let (_database, served) = sqlite().await;
    for id in ["", "a b", "<script>", &"x".repeat(65)] {
        let response =
            served.request(Method::GET, "/healthz").header("x-request-id", id).send().await.unwrap();
        let given = response.headers()["x-request-id"].to_str().unwrap();
        assert_eq!(given.len(), 36, "{id} {given}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_refused_before_anything_else() {
    let (_database, served) = sqlite().await;
    for token in ["nonsense", &"x".repeat(400)] {
        let request = served.post(&json!({ "query": "{ viewer { readOnly } }" })).bearer_auth(token);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        let (status, _, body) = told(response).await;
        assert_eq!((status, code(&body)), (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"));
        assert!(body.get("data").is_none());
    }
    let basic =
        served.post(&json!({ "query": "{ viewer { readOnly } }" })).header("authorization", "Basic eDp5");
    assert_eq!(basic.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_with_what_to_do() {
    let (_database, served) = sqlite().await;
    let long = "x".repeat(256 * 1024);
    for (body, status, expected) in [
        ("{", StatusCode::BAD_REQUEST, "BAD_REQUEST"),
        ("[]", StatusCode::BAD_REQUEST, "BAD_REQUEST"),
        ("[{\"query\": \"{ viewer { readOnly } }\"}]", StatusCode::BAD_REQUEST, "BAD_REQUEST"),
        ("{}", StatusCode::BAD_REQUEST, "BAD_REQUEST"),
        ("{\"query\": 1}", StatusCode::BAD_REQUEST, "BAD_REQUEST"),
        (
            "{\"query\": \"{ viewer { readOnly } }\", \"variables\": 1}",
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
        ),
        (&format!("{{\"query\": \"{long}\"}}"), StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED"),
    ] {
        let request = served.request(Method::POST, "/graphql").header("content-type", "application/json");
        let (found, _, answer) = told(request.body(body.to_owned()).send().await.unwrap()).await;
        assert_eq!((found, code(&answer)), (status, expected), "{}", &body[..body.len().min(80)]);
    }
}

#[tokio::test]
async fn an_error_does_not_send_a_long_query_back() {
    let (_database, served) = sqlite().await;
    let long = "x".repeat(100_000);
    for query in [
        format!("{{ viewer {{ readOnly }} }} {long}"),
        format!("{{ {long} }}"),
        format!("{{ viewer {{ {long} }} }}"),
        format!("query (${long}: Int) {{ viewer {{ readOnly }} }}"),
        format!("{{ form(key: {{ {long}: 1 }}) {{ title }} }}"),
    ] {
        let answer = served.post(&json!({ "query": query })).send().await.unwrap().text().await.unwrap();
        assert!(answer.len() < 8_000, "{} {}", answer.len(), &answer[..400]);
        assert_eq!(code(&serde_json::from_str(&answer).unwrap()), "BAD_REQUEST", "{answer}");
    }
    let answer = served.ask(None, "{ viewer { readOnly } ", json!({})).await;
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("The query cannot be read at 1:23: expected "), "{message}");
    assert_eq!(answer["errors"][0]["locations"][0]["line"], 1);
}

#[tokio::test]
async fn health_headers_and_addresses_that_are_not_there() {
    let (_database, served) = sqlite().await;
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/", 404), ("/nothing", 404)] {
        let response = served.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let (_, _, body) = told(response).await;
        assert_eq!(status == 404, code(&body) == "NOT_FOUND", "{path} {body}");
        assert_eq!(status == 404, body["errors"][0]["extensions"]["requestId"].is_string(), "{path} {body}");
    }
    let wrong = served.request(Method::POST, "/healthz").send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_service_without_its_tables_lives_and_is_not_ready() {
    let database = TestDatabase::empty_sqlite().await;
    let app = App::new(database.store.clone(), Options::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = web::router(app, &web::Options::default());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let get = |path: &str| reqwest::get(format!("http://{address}{path}"));
    assert_eq!(get("/healthz").await.unwrap().status(), StatusCode::OK);
    assert_eq!(get("/readyz").await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn exploring_page_and_introspection_are_there_when_asked_for() {
    let database = TestDatabase::sqlite().await;
    let options = web::Options { explore: true, ..web::Options::default() };
    let served = Served::with(&database, options, Options::default()).await;
    let page = served.request(Method::GET, "/").send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("unpkg.com"));
    assert!(page.text().await.unwrap().contains("Where that host cannot be reached"));
    let answer = served.ask(None, include_str!("introspection.graphql"), json!({})).await;
    assert!(answer["errors"].is_null() && answer["data"]["__schema"]["types"].is_array());
}

#[tokio::test]
async fn a_wrong_password_is_told_beside_the_payload_and_not_which_half_was_wrong() {
    let (_database, served) = sqlite().await;
    let query = "mutation ($input: SignInInput!) { signIn(input: $input) { token errors { code message } } }";
    let mut told = Vec::new();
    for (email, password) in [("author@example.org", "wrong wrong wrong"), ("nobody@example.org", PASSWORD)] {
        let input = json!({ "input": { "email": email, "password": password } });
        let answer = served.ask(None, query, input).await;
        assert!(answer["errors"].is_null() && answer["data"]["signIn"]["token"].is_null(), "{answer}");
        told.push(answer["data"]["signIn"]["errors"].clone());
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0][0]["code"], "INVALID");
}

on_both! {
async fn what_the_user_can_mend_comes_beside_the_assessment_as_it_stands(database) {
    let served = Served::new(database).await;
    let token = served.sign_in(Role::Author).await;
    let case = served.create(&token, "Synthetic case").await;
    assert_eq!(case["state"]["phase"], "DRAFTING");
    assert_eq!(case["proposal"]["footprint"], json!([{ "code": "E07000148", "level": "DISTRICT" }]));
    let edit = "mutation ($input: EditAssessmentInput!) { editAssessment(input: $input) {
        assessment { version title impacts { id groups { code } direction initial { score band } openQuestion { owner { name } } } }
        errors { code message path } } }";
    let id = &case["id"];
    let edits = |version: u32, edits: Value| json!({ "input": { "assessmentId": id, "expectedVersion": version, "edits": edits } });

    let first = served.ask(Some(&token), edit, edits(1, json!([
        { "title": "Another title" },
        { "impact": { "groups": ["age"], "direction": "NEGATIVE", "rationale": "Further to go.",
            "initial": { "likelihood": 4, "consequence": 4 } } },
        { "impact": { "groups": ["sex"], "direction": "UNKNOWN",
            "openQuestion": { "question": "How many?", "owner": { "name": "Sam Synthetic" }, "due": "2030-01-01" } } },
    ]))).await;
    let payload = &first["data"]["editAssessment"];
    assert_eq!(payload["errors"], json!([]), "{first}");
    assert_eq!(payload["assessment"]["version"], 2);
    assert_eq!(payload["assessment"]["impacts"][0]["initial"], json!({ "score": 16, "band": "EXTREME" }));
    assert_eq!(payload["assessment"]["impacts"][1]["openQuestion"]["owner"]["name"], "Sam Synthetic");

    let stale = served.ask(Some(&token), edit, edits(1, json!([{ "title": "Too late" }]))).await;
    let payload = &stale["data"]["editAssessment"];
    assert_eq!(payload["errors"][0]["code"], "CONFLICT", "{stale}");
    assert_eq!(payload["errors"][0]["path"], json!(["title"]));
    assert_eq!(payload["assessment"]["title"], "Another title");

    let invalid = served.ask(Some(&token), edit, edits(2, json!([
        { "impact": { "groups": ["martians"], "direction": "NEGATIVE" } }
    ]))).await;
    let payload = &invalid["data"]["editAssessment"];
    assert_eq!(payload["errors"][0]["code"], "NOT_FOUND", "{invalid}");
    assert_eq!(payload["assessment"]["version"], 2);

    let submit = "mutation ($input: TransitionAssessmentInput!) { transitionAssessment(input: $input) {
        assessment { state { name } findings(severity: BLOCKER) { id } } errors { code } blockers { code path message } } }";
    let input = json!({ "input": { "assessmentId": id, "transition": "submit", "expectedRevision": 1 } });
    let blocked = served.ask(Some(&token), submit, input).await;
    let payload = &blocked["data"]["transitionAssessment"];
    assert_eq!(payload["errors"][0]["code"], "BLOCKED", "{blocked}");
    assert!(!payload["blockers"].as_array().unwrap().is_empty());
    assert!(!payload["assessment"]["findings"].as_array().unwrap().is_empty());
}

async fn one_failure_does_not_empty_the_answer(database) {
    let served = Served::new(database).await;
    let token = served.sign_in(Role::Author).await;
    let case = served.create(&token, "Synthetic case").await;
    let query = "mutation ($id: ID!) {
        none: judgeMateriality(input: { assessmentId: $id, material: true, reason: \"Because.\" }) { errors { code } }
        some: createAssessment(input: { organisation: \"T6Y0W\", title: \"Another\" }) { assessment { title } } }";
    let answer = served.ask(Some(&token), query, json!({ "id": case["id"] })).await;
    assert_eq!(answer["data"]["some"]["assessment"]["title"], "Another", "{answer}");
    assert!(answer["data"]["none"].is_null(), "{answer}");
    assert_eq!(code(&answer), "FORBIDDEN", "{answer}");
    assert_eq!(answer["errors"][0]["path"], json!(["none"]));
}

async fn a_command_that_cannot_be_read_leaves_the_answers_of_the_others(database) {
    let served = Served::new(database).await;
    let token = served.sign_in(Role::Author).await;
    let create = |title: &str| {
        format!("createAssessment(input: {{ organisation: \"T6Y0W\", title: \"{title}\" }}) {{ assessment {{ title }} }}")
    };
    let malformed = [
        "shareAssessment(input: { assessmentId: $id, organisation: \"DEMO1\", level: READ }) { errors { code } }",
        "revokeSession(input: { sessionId: $id }) { errors { code } }",
        "issueToken(input: { label: \"x\", until: \"2026-99-99\" }) { errors { code } }",
        "editAssessment(input: { assessmentId: $id, expectedVersion: 1, edits: [{ remove: \"nonsense\" }] }) { errors { code } }",
        "editAssessment(input: { assessmentId: \"nonsense\", expectedVersion: 1, edits: [] }) { errors { code } }",
    ];
    for (index, wrong) in malformed.into_iter().enumerate() {
        let (first, last) = (format!("First {index}"), format!("Last {index}"));
        let query = format!(
            "mutation ($id: ID! = \"impact:nonsense\") {{ first: {} wrong: {wrong} last: {} }}", create(&first), create(&last)
        );
        let unused = !wrong.contains("$id");
        let query = if unused { query.replace("($id: ID! = \"impact:nonsense\") ", "") } else { query };
        let answer = served.ask(Some(&token), &query, json!({})).await;
        assert_eq!(answer["data"]["first"]["assessment"]["title"], first, "{wrong}: {answer}");
        assert_eq!(answer["data"]["wrong"], Value::Null, "{wrong}: {answer}");
        assert_eq!(answer["data"]["last"]["assessment"]["title"], last, "{wrong}: {answer}");
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{wrong}: {answer}");
        assert_eq!(code(&answer), "BAD_REQUEST", "{wrong}: {answer}");
        assert_eq!(answer["errors"][0]["path"], json!(["wrong"]), "{wrong}: {answer}");
        let listed = served.ask(Some(&token), "{ assessments(first: 100) { totalCount } }", json!({})).await;
        assert_eq!(listed["data"]["assessments"]["totalCount"], 2 * (index + 1), "told is what was done");
    }
}

async fn an_amount_or_a_document_that_cannot_be_kept_is_told_with_its_path(database) {
    let served = Served::new(database).await;
    let token = served.sign_in(Role::Author).await;
    let create = "mutation ($input: CreateAssessmentInput!) { done: createAssessment(input: $input) {
        assessment { id } errors { code message path } } }";
    let edit = "mutation ($input: EditAssessmentInput!) { done: editAssessment(input: $input) {
        assessment { version } errors { code message path } } }";
    let import = "mutation ($input: ImportAssessmentInput!) { done: importAssessment(input: $input) {
        assessment { id } errors { code message path } } }";
    let id = served.create(&token, "Synthetic case").await["id"].clone();
    let edits = |edit: Value| json!({ "assessmentId": id, "expectedVersion": 1, "edits": [edit] });
    let large = 9_007_199_254_740_993_u64;
    for (query, input, path) in [
        (create, json!({ "organisation": "T6Y0W", "title": "x", "proposal": { "saving": "lots" } }), json!(["proposal", "saving"])),
        (edit, edits(json!({ "proposal": { "spend": "1,50" } })), json!(["proposal", "spend"])),
        (edit, edits(json!({ "answer": { "question": "psed", "value": { "n": large } } })), json!(["answers", "psed", "n"])),
        (edit, edits(json!({ "answer": { "question": "psed", "value": "a\u{0}b" } })), json!(["answers", "psed"])),
        (import, json!({ "organisation": "T6Y0W", "document": { "format": "ehia/assessment/1", "n": large } }), json!(["n"])),
    ] {
        let answer = served.ask(Some(&token), query, json!({ "input": input })).await;
        assert!(answer["errors"].is_null(), "{answer}");
        let errors = answer["data"]["done"]["errors"].as_array().unwrap();
        assert!(errors.iter().any(|error| error["path"] == path), "{answer}");
        if query == edit {
            assert_eq!(answer["data"]["done"]["assessment"]["version"], 1, "{answer}");
        }
    }
    let listed = served.ask(Some(&token), "{ assessments { totalCount } }", json!({})).await;
    assert_eq!(listed["data"]["assessments"]["totalCount"], 1);
}

async fn what_may_not_be_seen_is_absent_like_what_does_not_exist(database) {
    let served = Served::new(database).await;
    let token = served.sign_in(Role::Author).await;
    let case = served.create(&token, "Synthetic case").await;
    // A colleague does not read a draft.
    let reader = served.sign_in(Role::Reviewer).await;
    let query = "query ($id: ID!, $reference: String) { node(id: $id) { id } assessment(reference: $reference) { id }
        assessments { totalCount nodes { id } } }";
    let seen = served.ask(Some(&reader), query, json!({ "id": case["id"], "reference": case["reference"] })).await;
    let absent = served.ask(Some(&reader), query,
        json!({ "id": "assessment:00000000-0000-7000-8000-000000000000", "reference": "X-2026-0001" })).await;
    assert_eq!(seen, absent);
    assert_eq!(seen["data"], json!({ "node": null, "assessment": null, "assessments": { "totalCount": 0, "nodes": [] } }));
    let own = served.ask(Some(&token), query, json!({ "id": case["id"], "reference": case["reference"] })).await;
    assert_eq!(own["data"]["node"]["id"], case["id"]);
    assert_eq!(own["data"]["assessments"]["totalCount"], 1);
}

async fn a_nul_and_a_day_off_the_calendar_are_the_clients_fault(database) {
    let served = Served::new(database).await;
    let token = served.sign_in(Role::Author).await;
    served.create(&token, "Synthetic case").await;
    let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { token errors { code } } }";
    let asked = [
        (None, sign_in, json!({"input": {"email": "a\u{0}b@example.org", "password": "x"}})),
        (Some(&*token), "query($r: String) { assessment(reference: $r) { id } }", json!({"r": "a\u{0}b"})),
        (Some(&*token), "query($r: String) { assessments(filter: {search: $r}) { totalCount } }", json!({"r": "a\u{0}b"})),
        (
            Some(&*token),
            "query($r: String) { assessments(first: 1, after: $r) { nodes { id } } }",
            json!({"r": "updated_at~-8000000000000000000~01900000-0000-7000-8000-00000000beef"}),
        ),
    ];
    for (token, query, variables) in asked {
        let answer = served.ask(token, query, variables).await;
        assert_ne!(code(&answer), "INTERNAL", "{answer}");
    }
}

async fn a_file_goes_up_and_comes_down_as_it_was(database) {
    let limits = Options { attachment_bytes: 1_000, ..Options::default() };
    let served = Served::with(database, web::Options::default(), limits).await;
    let token = served.sign_in(Role::Author).await;
    let id = served.create(&token, "Synthetic case").await["id"].as_str().unwrap().to_owned();
    let path = format!("/assessments/{id}/attachments?name=Survey%20%C3%A9t%C3%A9.csv");
    let send = |path: &str, media: &'static str, body: Vec<u8>| {
        served.request(Method::POST, path).bearer_auth(&token).header("content-type", media).body(body).send()
    };
    let (status, _, kept) = told(send(&path, "text/csv; charset=utf-8", b"a,b\n1,2\n".to_vec()).await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{kept}");
    let file = format!("/attachments/{}", kept["id"].as_str().unwrap());
    let down = served.request(Method::GET, &file).bearer_auth(&token).send().await.unwrap();
    let shown = down.headers()["content-disposition"].to_str().unwrap();
    assert_eq!(shown, "attachment; filename=\"Survey _t_.csv\"; filename*=UTF-8''Survey%20%C3%A9t%C3%A9.csv");
    assert_eq!(down.headers()["content-type"], "text/csv");
    assert_eq!(down.headers()["x-content-type-options"], "nosniff");
    assert_eq!(down.bytes().await.unwrap().as_ref(), b"a,b\n1,2\n");

    for (path, media, body, status) in [
        (path.as_str(), "text/html", b"<p>".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (&path, "text/csv", vec![b'x'; 1_001], StatusCode::PAYLOAD_TOO_LARGE),
        (&path, "text/csv", Vec::new(), StatusCode::PAYLOAD_TOO_LARGE),
        (&format!("/assessments/{id}/attachments"), "text/csv", b"x".to_vec(), StatusCode::BAD_REQUEST),
        ("/assessments/nonsense/attachments?name=a.csv", "text/csv", b"x".to_vec(), StatusCode::NOT_FOUND),
    ] {
        let (found, _, body) = told(send(path, media, body).await.unwrap()).await;
        assert_eq!(found, status, "{path} {media} {body}");
        assert!(body["errors"][0]["message"].is_string());
    }
    let reader = served.sign_in(Role::Reviewer).await;
    let hidden = served.request(Method::GET, &file).bearer_auth(&reader).send().await.unwrap();
    assert_eq!(hidden.status(), StatusCode::NOT_FOUND);
    let nobody = served.request(Method::GET, &file).send().await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
}
}

#[tokio::test]
async fn the_pages_that_messages_link_to_are_there_and_run_nothing_but_their_own_script() {
    let (_database, served) = sqlite().await;
    for (path, holds) in [
        ("/reset-password", "<script src=\"reset-password.js\"></script>"),
        ("/mail-preferences", "<script src=\"mail-preferences.js\"></script>"),
        ("/assessments/EHIA-0000-00000", "POST /graphql"),
    ] {
        let page = served.request(Method::GET, path).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
        let html = page.text().await.unwrap();
        assert!(html.contains(holds), "{html}");
        assert!(!html.contains("://"), "nothing is loaded from elsewhere: {html}");
    }
    for (path, holds) in [
        ("/reset-password.js", "resetPassword(input: $input)"),
        ("/mail-preferences.js", "setMailPreferences(input: $input)"),
    ] {
        let script = served.request(Method::GET, path).send().await.unwrap();
        assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
        assert!(script.text().await.unwrap().contains(holds), "{path}");
    }
    // What the page asks is what the service answers.
    let fields = "digestHour tasksInDigest kinds { kind meaning timing choices }";
    assert!(include_str!("../../src/web/page/mail-preferences.js").contains(fields));
    let author = served.sign_in(Role::Author).await;
    let asked = format!("{{ viewer {{ mailPreferences {{ {fields} }} }} }}");
    let told = served.ask(Some(&author), &asked, json!({})).await;
    let kinds = told["data"]["viewer"]["mailPreferences"]["kinds"].as_array().unwrap();
    assert!(kinds.iter().all(|kind| !kind["meaning"].as_str().unwrap().is_empty()), "{told}");
    let kept = json!({"input": {"digestHour": 9, "tasksInDigest": false, "kinds": [{"kind": "SUBMITTED", "timing": "OFF"}]}});
    let query = format!(
        "mutation ($input: SetMailPreferencesInput!) {{ setMailPreferences(input: $input) {{ mailPreferences {{ {fields} }} errors {{ message }} }} }}"
    );
    let set = served.ask(Some(&author), &query, kept).await;
    assert_eq!(set["data"]["setMailPreferences"]["errors"], json!([]), "{set}");
}

#[tokio::test]
async fn an_administrator_publishes_a_workflow_and_a_form_and_is_told_every_law() {
    let (_database, served) = sqlite().await;
    let (author, keeper) = (served.sign_in(Role::Author).await, served.sign_in(Role::Administrator).await);
    let mutation = "mutation ($input: PublishDefinitionInput!) { publishWorkflow(input: $input) {
        workflow { key version title states { name } } errors { code message path } } }";
    let mut document = crate::definition::workflow("local", 1, "Ours");
    let input = |document: &Value| json!({ "input": { "organisation": "T6Y0W", "document": document } });
    let refused = served.ask(Some(&author), mutation, input(&document)).await;
    assert_eq!(code(&refused), "FORBIDDEN");

    let guards = std::mem::take(&mut document["transitions"][0]["guards"]);
    document["transitions"][0]["guards"] = json!([]);
    let refused =
        served.ask(Some(&keeper), mutation, input(&document)).await["data"]["publishWorkflow"].take();
    assert_eq!(refused["workflow"], Value::Null);
    assert_eq!(refused["errors"][0]["code"], "SAFETY_SUBMIT_GATE");
    assert_eq!(refused["errors"][0]["path"], json!(["document", "transitions", "send"]));

    // As an object, and as the text of one.
    document["transitions"][0]["guards"] = guards;
    let done = served.ask(Some(&keeper), mutation, input(&document)).await["data"]["publishWorkflow"].take();
    assert_eq!((&done["errors"], &done["workflow"]["title"]), (&json!([]), &json!("Ours")));
    document["version"] = json!(2);
    let text = json!(document.to_string());
    let done = served.ask(Some(&keeper), mutation, input(&text)).await["data"]["publishWorkflow"].take();
    assert_eq!((&done["errors"], &done["workflow"]["version"]), (&json!([]), &json!(2)));
    let again = served.ask(Some(&keeper), mutation, input(&text)).await["data"]["publishWorkflow"].take();
    assert_eq!(again, done, "the same again is what is published");
    document["title"] = json!("Another");
    let other = served.ask(Some(&keeper), mutation, input(&document)).await["data"]["publishWorkflow"].take();
    assert_eq!(other["errors"][0]["code"], "VERSION_EXISTS");

    let query = "{ workflow(key: \"local\") { version } old: workflow(key: \"local\", version: 1, organisation: \"T6Y0W\") { version } }";
    let found = served.ask(Some(&author), query, Value::Null).await;
    assert_eq!(found["data"], json!({"workflow": {"version": 2}, "old": {"version": 1}}));
    assert_eq!(served.ask(None, query, Value::Null).await["data"], json!({"workflow": null, "old": null}));

    let mutation = "mutation ($input: PublishDefinitionInput!) { publishForm(input: $input) {
        form { key sections { questions { key } } } errors { code message path } } }";
    let done = served.ask(Some(&keeper), mutation, input(&crate::definition::form("short", 1, "what"))).await;
    assert_eq!(done["data"]["publishForm"]["form"]["sections"][0]["questions"][0]["key"], "what", "{done}");

    let create = "mutation ($input: CreateAssessmentInput!) { createAssessment(input: $input) {
        assessment { form { key } workflow { key version } state { name label } } errors { code } } }";
    let input = json!({ "organisation": "T6Y0W", "title": "Ours", "form": "short", "workflow": "local" });
    let begun = served.ask(Some(&author), create, json!({ "input": input })).await;
    let assessment = &begun["data"]["createAssessment"]["assessment"];
    assert_eq!(assessment["workflow"], json!({"key": "local", "version": 2}), "{begun}");
    assert_eq!(
        (&assessment["form"]["key"], &assessment["state"]["name"]),
        (&json!("short"), &json!("draft"))
    );
}
