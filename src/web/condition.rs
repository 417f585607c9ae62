//! The page that a link about a condition leads to, for people without an account: what it asks, and a form for it.
//!
//! It works without a script. To look at it changes nothing; what a link carries is in the query, which is no part of
//! what is logged, and in the body of what is sent.

use std::sync::LazyLock;

use axum::{
    Form,
    extract::{FromRequest as _, FromRequestParts as _, Query, Request, State, rejection::FormRejection},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use minijinja::{Environment, UndefinedBehavior, context};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::{
    app::{self, App, ClientAddress, LinkReport, LinkView},
    clock,
    domain::{
        condition::ConditionStatus,
        text::{Path, Violation},
        workflow::condition::LinkAct,
    },
    graphql::{error::attempt, http::Peer},
    web::refusal::told,
};

/// Nothing but the page's own form, which goes back to this service.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";
/// Most bytes of what is sent: a note of the longest kind, as forms encode it.
pub const BODY: usize = 256 * 1024;

static PAGE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let page = include_str!("page/condition.html");
    environment.add_template("condition.html", page).expect("the page is tested");
    environment
});

/// What the address of the page says.
#[derive(Deserialize)]
pub struct Followed {
    link: Option<SecretString>,
}

/// What the form sends.
#[derive(Clone, Debug, Deserialize)]
pub struct Posted {
    link: SecretString,
    status: Option<String>,
    note: Option<String>,
    evidence: Option<String>,
}

/// `GET /condition?link=..`: what a link asks, with the form for it.
pub async fn show(State(app): State<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let Ok(peer) = Peer::from_request_parts(&mut parts, &app).await;
    let followed = Query::<Followed>::from_request_parts(&mut parts, &app).await;
    let Some(link) = followed.ok().and_then(|Query(followed)| followed.link) else { return dead() };
    match attempt(|| app.follow_link(&link, &peer.client, app.now())).await {
        Ok(Some(view)) => page(StatusCode::OK, &view, &Typed::fresh(&link), &[]),
        Ok(None) => dead(),
        Err(error) => refused(error),
    }
}

/// `POST /condition`: keeps what was said, by a link that is used up by it.
pub async fn report(State(app): State<App>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(peer) = Peer::from_request_parts(&mut parts, &app).await;
    let posted: Result<Form<Posted>, FormRejection> =
        Form::from_request(Request::from_parts(parts, body), &app).await;
    let Ok(Form(posted)) = posted else { return dead() };
    let said = match said(&posted) {
        Ok(said) => said,
        Err(violation) => return again(&app, &posted, &peer.client, &[violation]).await,
    };
    let report = || app.report_by_link(&posted.link, &peer.client, said.clone(), app.now());
    match attempt(report).await {
        Ok(Some(view)) => {
            let page = context! { state => "done", act => view.act.as_str(), status => view.status.as_str(), ..shown(&view) };
            render(StatusCode::OK, page)
        }
        Ok(None) => dead(),
        Err(app::Error::Invalid(wrong)) => again(&app, &posted, &peer.client, &wrong).await,
        Err(error) => refused(error),
    }
}

/// What the form says, with what was left empty left out.
fn said(posted: &Posted) -> Result<LinkReport, Violation> {
    let status = posted.status.as_deref().and_then(ConditionStatus::parse);
    let written = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let Some(status) = status else {
        let message = "Say whether the condition is met.";
        return Err(Violation::new("REQUIRED", message, Path::of(["status"])));
    };
    Ok(LinkReport { status, note: written(&posted.note), evidence: written(&posted.evidence) })
}

/// The form again, with what was typed and what is wrong with it.
async fn again(app: &App, posted: &Posted, client: &ClientAddress, wrong: &[Violation]) -> Response {
    match attempt(|| app.follow_link(&posted.link, client, app.now())).await {
        Ok(Some(view)) => page(StatusCode::UNPROCESSABLE_ENTITY, &view, &Typed::again(posted), wrong),
        Ok(None) => dead(),
        Err(error) => refused(error),
    }
}

/// What is in the fields of the form.
struct Typed<'a> {
    link: &'a SecretString,
    status: &'a str,
    note: &'a str,
    evidence: &'a str,
}

impl<'a> Typed<'a> {
    fn fresh(link: &'a SecretString) -> Self {
        Self { link, status: "", note: "", evidence: "" }
    }

    fn again(posted: &'a Posted) -> Self {
        Self {
            link: &posted.link,
            status: posted.status.as_deref().unwrap_or_default(),
            note: posted.note.as_deref().unwrap_or_default(),
            evidence: posted.evidence.as_deref().unwrap_or_default(),
        }
    }
}

fn page(status: StatusCode, view: &LinkView, typed: &Typed, wrong: &[Violation]) -> Response {
    let wrong: Vec<_> = wrong
        .iter()
        .map(|violation| context! { field => violation.path.to_string(), message => violation.message.as_str() })
        .collect();
    let reported = view.reported.as_ref().map(|report| {
        context! { note => report.note.as_deref(), evidence => report.evidence.as_deref(), on => clock::london(report.at).format("%-d %B %Y").to_string() }
    });
    let page = context! {
        state => "form",
        act => view.act.as_str(),
        status => view.status.as_str(),
        wrong,
        reported,
        link => typed.link.expose_secret(),
        chosen => typed.status,
        note => typed.note,
        evidence => typed.evidence,
        ..shown(view)
    };
    render(status, page)
}

/// What is told of the case: no more than this.
fn shown(view: &LinkView) -> minijinja::Value {
    context! {
        name => view.name.as_str(),
        organisation => view.organisation.as_str(),
        reference => view.reference.as_str(),
        title => view.title.as_str(),
        text => view.text.as_str(),
        due => view.due.format("%-d %B %Y").to_string(),
        evidence_wanted => view.evidence_wanted.as_deref(),
        to_be_done => view.to_be_done.as_deref(),
        verifies => view.act == LinkAct::Verify,
        open => view.act == LinkAct::Report || view.status != ConditionStatus::Breached,
    }
}

/// The one page of every link that leads nowhere; it does not say why.
fn dead() -> Response {
    render(StatusCode::NOT_FOUND, context! { state => "dead" })
}

fn refused(error: app::Error) -> Response {
    match error {
        app::Error::LimitExceeded(message) => {
            render(StatusCode::TOO_MANY_REQUESTS, context! { state => "wait", message })
        }
        other => told(other),
    }
}

fn render(status: StatusCode, page: minijinja::Value) -> Response {
    let rendered = PAGE.get_template("condition.html").and_then(|template| template.render(page));
    match rendered {
        Ok(html) => {
            let policy = (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
            (status, [policy], Html(html)).into_response()
        }
        Err(error) => told(app::Error::Internal(anyhow::Error::new(error))),
    }
}
