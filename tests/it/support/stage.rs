//! Two organisations and whoever a test needs in them, who ask the served API. All synthetic.

use std::net::SocketAddr;

use ehia::{
    app::{App, Dispatch, NewOrganisation, NewPerson, Options},
    clock::{self, Clock},
    domain::{
        calendar::Moment,
        id::{AssessmentId, Identifier, OrganisationId, PersonId},
        organisation::OrganisationKind,
        permission::{Actor, Grant, Role},
        settings::Settings,
    },
    web,
};
use reqwest::Client;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::database::TestDatabase;

/// The organisation that cases belong to.
pub const HOME: &str = "T6Y0W";
/// The one they are shared with.
pub const PARTNER: &str = "DEMO1";

/// Settings under which so many members make a quorum, in whatever seats.
pub fn of_anybody(quorum: u32) -> Settings {
    Settings { quorum, quorum_seats: Vec::new(), ..Settings::default() }
}

/// Where a test plays.
pub struct Stage {
    pub app: App,
    pub moment: Moment,
    pub home: OrganisationId,
    pub partner: OrganisationId,
    address: SocketAddr,
    client: Client,
}

/// A page as a browser has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub status: u16,
    pub text: String,
    /// Headers that keep a page to whoever opened it.
    pub kept: Vec<String>,
}

impl Page {
    async fn of(response: reqwest::Response) -> Self {
        let header =
            |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let kept = ["cache-control", "referrer-policy", "content-security-policy"].map(header).to_vec();
        let status = response.status().as_u16();
        // A slash is escaped where it need not be.
        Self { status, kept, text: response.text().await.unwrap().replace("&#x2f;", "/") }
    }
}

/// Somebody who is signed in.
pub struct Player {
    pub actor: Actor,
    token: String,
}

impl Player {
    pub fn person(&self) -> PersonId {
        self.actor.person
    }

    /// The token they sign their requests with.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Their identifier in the API.
    pub fn id(&self) -> String {
        self.actor.person.global()
    }
}

impl Stage {
    /// The two organisations, the first with these settings, and the API.
    pub async fn new(database: &TestDatabase, settings: Settings) -> Self {
        Self::serving(database, settings, &web::Options::default()).await
    }

    /// The same with an API that answers like this.
    pub async fn serving(database: &TestDatabase, settings: Settings, options: &web::Options) -> Self {
        Self::set_up(database, settings, options, Options::default()).await
    }

    /// The two organisations by a clock that the test holds.
    pub async fn under(database: &TestDatabase, settings: Settings, clock: Clock) -> Self {
        let held = Options { clock, ..Options::default() };
        Self::set_up(database, settings, &web::Options::default(), held).await
    }

    async fn set_up(
        database: &TestDatabase,
        settings: Settings,
        options: &web::Options,
        told: Options,
    ) -> Self {
        let app = App::new(database.store.clone(), told);
        let moment = app.now();
        let organisation = |ods_code: &str, name: &str, settings| NewOrganisation {
            ods_code: ods_code.into(),
            name: name.into(),
            kind: OrganisationKind::Icb,
            opened: None,
            closed: None,
            settings,
        };
        let home = organisation(HOME, "Synthetic ICB", settings);
        let home = app.set_up_organisation(home, moment).await.unwrap().id;
        let partner = organisation(PARTNER, "Synthetic Partner Trust", Settings::default());
        let partner = app.set_up_organisation(partner, moment).await.unwrap().id;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = web::router(app.clone(), options);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { app, moment, home, partner, address, client: Client::new() }
    }

    /// The API over what was set up already, with this organisation at home.
    pub async fn over(database: &TestDatabase, home: OrganisationId) -> Self {
        let app = App::new(database.store.clone(), Options::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = web::router(app.clone(), &web::Options::default());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { app, moment: clock::now(), home, partner: home, address, client: Client::new() }
    }

    /// Gives the home organisation these settings.
    pub async fn set(&self, settings: Settings) -> Result<(), ehia::app::Error> {
        let home = NewOrganisation {
            ods_code: HOME.into(),
            name: "Synthetic ICB".into(),
            kind: OrganisationKind::Icb,
            opened: None,
            closed: None,
            settings,
        };
        self.app.set_up_organisation(home, self.moment).await.map(drop)
    }

    /// Where the API is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Somebody with these roles.
    pub async fn player(&self, name: &str, roles: &[(OrganisationId, Role)]) -> Player {
        let email = format!("{name}@example.org");
        let new = NewPerson {
            name: name.into(),
            email: email.clone(),
            password: None,
            roles: roles.iter().map(|(organisation, role)| (*organisation, *role, None)).collect(),
        };
        let person = self.app.add_person(new, None, self.moment).await.unwrap();
        let until = self.moment.today + chrono::Days::new(362);
        let (token, _) = self.app.issue_token_for(&email, "test", false, until, self.moment).await.unwrap();
        let grants = roles
            .iter()
            .map(|(organisation, role)| Grant { organisation: *organisation, role: *role, until: None })
            .collect();
        let actor = Actor { person, grants, deputises: Vec::new(), read_only: false };
        Player { actor, token: token.expose_secret().to_owned() }
    }

    /// Somebody at home with one role.
    pub async fn at_home(&self, name: &str, role: Role) -> Player {
        self.player(name, &[(self.home, role)]).await
    }

    /// A complete synthetic case, ready to be sent on.
    pub async fn case(&self, author: &Player) -> AssessmentId {
        let document = serde_json::from_str(include_str!("../../../examples/01-marram-house.json")).unwrap();
        let taken = self.app.import(&author.actor, HOME, document, None, self.moment).await.unwrap();
        taken.changed.view.case.id
    }

    /// What the API answers.
    pub async fn ask(&self, who: &Player, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let request = self.client.post(format!("http://{}/graphql", self.address));
        request.bearer_auth(&who.token).json(&body).send().await.unwrap().json().await.unwrap()
    }

    /// What a query that must succeed answers.
    pub async fn read(&self, who: &Player, query: &str, variables: Value) -> Value {
        let answer = self.ask(who, query, variables).await;
        assert!(answer["errors"].is_null(), "{answer:#}");
        answer["data"].clone()
    }

    /// Asks for a command on a case: its payload, or the code of the error at the top level.
    pub async fn command(
        &self,
        who: &Player,
        field: &str,
        case: AssessmentId,
        input: Value,
    ) -> Result<Value, String> {
        let name = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let query = format!(
            "mutation($input: {name}!) {{ {field}(input: $input) {{ assessment {{ version revision state {{ name }} }} errors {{ code message path }} blockers {{ code message }} }} }}"
        );
        let mut whole = json!({ "assessmentId": case.global() });
        for (key, value) in input.as_object().unwrap() {
            whole[key] = value.clone();
        }
        let answer = self.ask(who, &query, json!({ "input": whole })).await;
        match answer["errors"][0]["extensions"]["code"].as_str() {
            Some(code) => Err(code.to_owned()),
            None => Ok(answer["data"][field].clone()),
        }
    }

    /// A command that must be done.
    pub async fn done(&self, who: &Player, field: &str, case: AssessmentId, input: Value) -> Value {
        let payload = self.command(who, field, case, input).await.unwrap();
        assert_eq!(payload["errors"], json!([]), "{field}: {payload:#}");
        payload["assessment"].clone()
    }

    /// Codes and paths of what a refused command has the user mend.
    pub async fn refused(
        &self,
        who: &Player,
        field: &str,
        case: AssessmentId,
        input: Value,
    ) -> Vec<(String, String)> {
        let payload = self.command(who, field, case, input).await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let told = payload["errors"].as_array().unwrap().iter().map(|error| {
            let path = error["path"].as_array().unwrap().iter().map(text).collect::<Vec<_>>();
            (text(&error["code"]), path.join("/"))
        });
        told.collect()
    }

    /// Makes edits of the case as it stands.
    pub async fn edit(&self, who: &Player, case: AssessmentId, edits: Value) -> Value {
        let version = self.version(who, case).await;
        self.done(who, "editAssessment", case, json!({ "expectedVersion": version, "edits": edits })).await
    }

    pub async fn version(&self, who: &Player, case: AssessmentId) -> u32 {
        self.app.view(&who.actor, case).await.unwrap().case.version
    }

    /// A page as a browser without an account opens it: status, headers and text.
    pub async fn open(&self, path: &str) -> Page {
        let request = self.client.get(format!("http://{}/{path}", self.address));
        Page::of(request.send().await.unwrap()).await
    }

    /// What a form sends.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(format!("http://{}/{path}", self.address));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(encoded);
        Page::of(request.send().await.unwrap()).await
    }

    /// The messages that are due now.
    pub async fn mail(&self) -> Vec<Dispatch> {
        self.mail_in(0).await
    }

    /// The messages that are due in so many minutes.
    pub async fn mail_in(&self, minutes: i64) -> Vec<Dispatch> {
        let now = clock::now();
        let moment = Moment { at: now.at + chrono::Duration::minutes(minutes), ..now };
        self.app.claim_messages("test", chrono::Duration::minutes(1), 100, moment).await.unwrap().ready
    }
}
