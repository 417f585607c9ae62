//! How many statements a query needs: as many for fifty rows as for one.

use std::sync::atomic::Ordering;

use async_graphql::{Request, Variables};
use ehia::{
    app::{App, ClientAddress, NewOrganisation, NewPerson, Options},
    clock,
    domain::{
        id::{AssessmentId, Identifier as _, OrganisationId},
        organisation::OrganisationKind,
        permission::{Actor, Grant, Role},
        settings::Settings,
        workflow::definition::Workflow,
    },
    graphql::{
        door::{Allowed, Door},
        http,
        limit::Limits,
    },
    store::Scope,
};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::support::{database::TestDatabase, people::Body};

const PASSWORD: &str = "a long and unusual sentence";
const SIZES: [usize; 3] = [1, 10, 50];
/// What lists show.
const HEADS: &str = "{ assessments(first: 100) { nodes {
    reference title version revision state { label } organisation { name } author { name } updatedAt createdAt } } }";
/// What is deeper, of many cases at once.
const WHOLE: &str = "{ assessments(first: 100) { nodes {
    organisation { name odsCode } author { name email } sro { name } contributors { name } panel { name } reviews { id } attachments { id }
    findings { message } impacts { direction evidence { title attachments { id } } mitigations { action } } } } }";
/// One case.
const DETAIL: &str = "query ($id: ID!) { assessment(id: $id) {
    reference organisation { name } author { name } proposal { summary } answers { question value }
    impacts { id groups { name } direction initial { score band } assured { score } evidence { title }
      mitigations { action owner { name person { name } } } } } }";

struct World<'a> {
    database: &'a TestDatabase,
    app: App,
    door: Door,
    organisation: OrganisationId,
    reader: String,
}

impl<'a> World<'a> {
    async fn new(database: &'a TestDatabase) -> Self {
        let app = App::new(database.store.clone(), Options::default());
        let door = Door::new(app.clone(), Limits { complexity: usize::MAX, ..Limits::default() }, false);
        let moment = clock::now();
        let organisation = NewOrganisation {
            ods_code: "T6Y0W".into(),
            name: "NHS Norfolk and Suffolk ICB".into(),
            kind: OrganisationKind::Icb,
            opened: None,
            closed: None,
            settings: Settings::default(),
        };
        let organisation = app.set_up_organisation(organisation, moment).await.unwrap().id;
        let mut world = Self { database, app, door, organisation, reader: String::new() };
        world.person("reader", Role::Governance, Some(PASSWORD)).await;
        let (password, client) = (SecretString::from(PASSWORD), ClientAddress::default());
        let signed = world.app.sign_in("reader@example.org", password, client, moment).await.unwrap();
        world.reader = format!("Bearer {}", signed.token.expose_secret());
        world
    }

    async fn person(&self, name: &str, role: Role, password: Option<&str>) -> Actor {
        let person = NewPerson {
            name: name.into(),
            email: format!("{name}@example.org"),
            password: password.map(SecretString::from),
            roles: vec![(self.organisation, role, None)],
        };
        let person = self.app.add_person(person, None, clock::now()).await.unwrap();
        let grants = vec![Grant { organisation: self.organisation, role, until: None }];
        Actor { person, grants, deputises: Vec::new(), read_only: false }
    }

    /// A case of an author of its own, with so many impacts.
    async fn case(&self, number: usize, impacts: usize) -> AssessmentId {
        let author = self.person(&format!("author-{number}"), Role::Author, None).await;
        let document = document(number, impacts);
        let imported = self.app.import(&author, "T6Y0W", document, None, clock::now()).await.unwrap();
        imported.changed.view.case.id
    }

    async fn reference(&self, id: AssessmentId) -> String {
        let of = Scope::Everything;
        self.database.store.read().summaries(&[id], of).await.unwrap().remove(0).head.reference
    }

    /// How many statements the query needs, and what it answers.
    async fn count(&self, query: &str, variables: Value) -> (u64, Value) {
        let request = Request::new(query).variables(Variables::from_json(variables));
        let headers = HeaderMap::from_iter([(AUTHORIZATION, self.reader.parse().unwrap())]);
        let caller = http::caller(&headers, ClientAddress::default()).unwrap();
        let before = self.database.statements.load(Ordering::Relaxed);
        let answer = self.door.answer(request, caller, Allowed::Everything, "test").await;
        let needed = self.database.statements.load(Ordering::Relaxed) - before;
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.get("errors"), None, "{answer}");
        (needed, answer["data"].clone())
    }
}

/// A synthetic document.
fn document(number: usize, impacts: usize) -> Value {
    let impact = |n: usize| {
        json!({ "id": format!("i{n}"), "groups": ["age"], "direction": "NEGATIVE", "rationale": "Made up.",
            "initial": { "likelihood": 3, "consequence": 3 }, "evidence": [format!("e{n}")] })
    };
    let evidence =
        |n: usize| json!({ "id": format!("e{n}"), "title": "Made up", "kind": "DATA", "source": "None" });
    let mitigation = |n: usize| json!({ "id": format!("m{n}"), "action": "Made up", "impacts": [format!("i{n}")], "owner": { "name": "Nobody" } });
    json!({
        "format": "ehia/assessment/1",
        "key": format!("case-{number}"),
        "synthetic": true,
        "label": "Synthetic, for counting statements",
        "title": format!("Case {number}"),
        "impacts": (0..impacts).map(impact).collect::<Vec<_>>(),
        "evidence": (0..impacts).map(evidence).collect::<Vec<_>>(),
        "mitigations": (0..impacts).map(mitigation).collect::<Vec<_>>(),
    })
}

/// One thread, so that what is asked together is always gathered together.
async fn as_many_for_fifty_rows_as_for_one(database: &TestDatabase) {
    let world = World::new(database).await;
    let (mut cases, mut heads, mut wholes) = (0, Vec::new(), Vec::new());
    for size in SIZES {
        while cases < size {
            world.case(cases, 2).await;
            cases += 1;
        }
        for (query, counts) in [(HEADS, &mut heads), (WHOLE, &mut wholes)] {
            let (needed, answer) = world.count(query, json!({})).await;
            assert_eq!(answer["assessments"]["nodes"].as_array().unwrap().len(), size);
            counts.push(needed);
        }
    }
    assert_eq!(heads, [HEADS_NEED; 3], "who asks, and the page with the names in it");
    assert_eq!(
        wholes, [WHOLE_NEEDS; 3],
        "those, organisations, people, the cases with their organisations, and which may be read with their files"
    );
}

async fn as_many_for_fifty_impacts_as_for_one(database: &TestDatabase) {
    let world = World::new(database).await;
    let mut needs = Vec::new();
    for (number, size) in SIZES.into_iter().enumerate() {
        let id = world.case(number, size).await;
        let (needed, answer) = world.count(DETAIL, json!({ "id": id.global() })).await;
        assert_eq!(answer["assessment"]["impacts"].as_array().unwrap().len(), size);
        needs.push(needed);
    }
    assert_eq!(needs, [DETAIL_NEEDS; 3], "who asks, the case, its organisation, people");
}

/// Earlier cases, and what of a case is not known.
const ALIKE: &str = "query ($id: ID!) { assessment(id: $id) { reference
    highestRating { low high lowBand highBand unrated unknown inWords }
    similar(first: 3) { reasons assessment { reference title author { name } } } } }";

async fn as_many_for_fifty_earlier_cases_as_for_one(database: &TestDatabase) {
    let world = World::new(database).await;
    let (mut cases, mut needs) = (0, Vec::new());
    for size in SIZES {
        while cases < size {
            world.case(cases, 2).await;
            cases += 1;
        }
        let id = world.case(cases, 2).await;
        cases += 1;
        // What is known of places is asked for once, and then kept.
        world.count(ALIKE, json!({ "id": id.global() })).await;
        let (needed, answer) = world.count(ALIKE, json!({ "id": id.global() })).await;
        let case = &answer["assessment"];
        let rated = json!({"low": 9, "high": 9, "lowBand": "HIGH", "highBand": "HIGH", "unrated": 0, "unknown": 0, "inWords": "9"});
        assert_eq!(case["highestRating"], rated);
        let similar = case["similar"].as_array().unwrap();
        assert_eq!(similar.len(), size.min(3));
        for one in similar {
            assert_eq!(one["reasons"], json!(["It touches the same groups: Age."]));
            assert!(
                one["assessment"]["reference"].is_string() && one["assessment"]["author"]["name"].is_string()
            );
        }
        let newest = format!("Case {} (synthetic)", cases - 2);
        assert_eq!(similar[0]["assessment"]["title"], newest, "of those alike the latest, never itself");
        needs.push(needed);
    }
    assert_eq!(
        needs, [ALIKE_NEEDS; 3],
        "what a case needs, what they share, their words, and what lists show"
    );
}

/// A page of definitions needs as many statements for twenty that nobody has read yet as for one.
async fn as_many_for_twenty_definitions_as_for_one(database: &TestDatabase) {
    let world = World::new(database).await;
    let query =
        "{ workflows(organisation: \"T6Y0W\", first: 100) { nodes { key title organisation { name } } } }";
    let mut needs = Vec::new();
    let mut published = 0;
    for size in [1, 20] {
        while published < size {
            published += 1;
            let document = crate::definition::workflow("local", published, "Ours").to_string();
            let elsewhere = App::new(database.store.clone(), Options::default());
            let done = elsewhere.publish::<Workflow>(None, "T6Y0W", document, clock::now()).await;
            done.unwrap();
        }
        let (needed, answer) = world.count(query, json!({})).await;
        let own = answer["workflows"]["nodes"].as_array().unwrap().iter();
        assert_eq!(own.filter(|one| one["key"] == "local" && one["title"] == "Ours").count(), size as usize);
        needs.push(needed);
    }
    assert_eq!(needs, [4; 2], "who asks, the organisation, its editions, their documents");
}

/// A reference that nobody has, and one that the reader may not see, are the same work.
async fn as_many_for_what_may_not_be_seen_as_for_what_is_not_there(database: &TestDatabase) {
    let world = World::new(database).await;
    let own = world.case(0, 2).await;
    let elsewhere = Body::new(&world.app, "QMM").await;
    let theirs = elsewhere.import().await;
    let theirs =
        elsewhere.app.view(elsewhere.who(Role::Author), theirs).await.unwrap().case.reference.clone();
    for field in ["assessment", "assessmentStub"] {
        let query = format!("query ($r: String!) {{ {field}(reference: $r) {{ title }} }}");
        let (hidden, answer) = world.count(&query, json!({ "r": theirs })).await;
        assert_eq!(answer[field], Value::Null);
        let (absent, answer) = world.count(&query, json!({ "r": "QMM-1900-0001" })).await;
        assert_eq!(answer[field], Value::Null);
        assert_eq!(hidden, absent, "{field}");
        let (_, answer) = world.count(&query, json!({ "r": world.reference(own).await })).await;
        assert_eq!(answer[field]["title"], "Case 0 (synthetic)");
    }
}

const HEADS_NEED: u64 = 2;
const WHOLE_NEEDS: u64 = 8;
const DETAIL_NEEDS: u64 = 4;
const ALIKE_NEEDS: u64 = 6;

#[tokio::test]
async fn similar_cases_need_as_many_statements_for_fifty_cases_as_for_one_on_sqlite() {
    as_many_for_fifty_earlier_cases_as_for_one(&TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn similar_cases_need_as_many_statements_for_fifty_cases_as_for_one_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        as_many_for_fifty_earlier_cases_as_for_one(&database).await;
    }
}

#[tokio::test]
async fn a_list_needs_as_many_statements_for_fifty_rows_as_for_one_on_sqlite() {
    as_many_for_fifty_rows_as_for_one(&TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn a_list_needs_as_many_statements_for_fifty_rows_as_for_one_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        as_many_for_fifty_rows_as_for_one(&database).await;
    }
}

#[tokio::test]
async fn a_case_needs_as_many_statements_for_fifty_impacts_as_for_one_on_sqlite() {
    as_many_for_fifty_impacts_as_for_one(&TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn a_case_needs_as_many_statements_for_fifty_impacts_as_for_one_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        as_many_for_fifty_impacts_as_for_one(&database).await;
    }
}

#[tokio::test]
async fn what_may_not_be_seen_needs_as_many_statements_as_what_is_not_there_on_sqlite() {
    as_many_for_what_may_not_be_seen_as_for_what_is_not_there(&TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn what_may_not_be_seen_needs_as_many_statements_as_what_is_not_there_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        as_many_for_what_may_not_be_seen_as_for_what_is_not_there(&database).await;
    }
}

#[tokio::test]
async fn a_list_of_definitions_needs_as_many_statements_for_twenty_as_for_one_on_sqlite() {
    as_many_for_twenty_definitions_as_for_one(&TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn a_list_of_definitions_needs_as_many_statements_for_twenty_as_for_one_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        as_many_for_twenty_definitions_as_for_one(&database).await;
    }
}
