//! The HTTP door: which address does what. GraphQL itself is carried by [`crate::graphql::http`]; here are health,
//! attachments, the pages that messages link to, the exploring page, and what holds for every request ([`guard`]).

mod attachment;
mod condition;
mod explore;
pub mod guard;
mod health;
mod page;
pub mod proxy;
mod refusal;

use std::time::Duration;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{get, post},
};

use crate::{
    app::App,
    graphql::{self, door::Door, error::Code, limit::Limits, socket::Sockets},
    web::proxy::Proxies,
};

/// How the door answers.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether to serve the exploring page at `/` and to allow introspection. Not for production.
    pub explore: bool,
    /// What a GraphQL request may cost.
    pub limits: Limits,
    /// How long a request may take.
    pub patience: Duration,
    /// The proxies that are believed when they say for whom they ask.
    pub proxies: Proxies,
    /// The connections over which subscriptions are told.
    pub sockets: Sockets,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            explore: false,
            limits: Limits::default(),
            patience: Duration::from_secs(30),
            proxies: Proxies::default(),
            sockets: Sockets::default(),
        }
    }
}

/// All addresses of the service. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so that
/// sign-in can be throttled by address.
pub fn router(app: App, options: &Options) -> Router {
    let door = Door::new(app.clone(), options.limits, options.explore);
    let mut router = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/assessments/{id}/attachments", post(attachment::keep))
        .route("/attachments/{id}", get(attachment::fetch))
        .route("/assessments/{id}", get(page::assessment))
        .route("/reset-password", get(page::reset_password))
        .route("/reset-password.js", get(page::reset_password_script))
        .route("/mail-preferences", get(page::mail_preferences))
        .route("/mail-preferences.js", get(page::mail_preferences_script))
        .route(
            "/condition",
            get(condition::show).post(condition::report).layer(DefaultBodyLimit::max(condition::BODY)),
        )
        .with_state(app)
        .merge(graphql::http::routes(door, options.sockets.clone()));
    if options.explore {
        router = router.route("/", get(explore::page));
    }
    router
        .method_not_allowed_fallback(async || {
            let message = "This address does not take this method.";
            refusal::with(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest.as_str(), message)
        })
        .fallback(async || refusal::refusal(Code::NotFound, "There is nothing at this address."))
        .layer(middleware::from_fn_with_state(options.proxies.clone(), proxy::look_behind))
        .layer(middleware::from_fn_with_state(options.patience, guard::guard))
}
