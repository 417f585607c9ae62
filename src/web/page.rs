//! The pages that messages link to: where a password is chosen, where it is chosen which messages come, and where an
//! assessment is read from.

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};

/// Nothing but the page's own script, which talks to this service alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

fn page(html: &'static str) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response()
}

fn script(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text).into_response()
}

/// `GET /reset-password`: a new password, for the token behind the `#`, which a browser does not send.
pub async fn reset_password() -> Response {
    page(include_str!("page/reset-password.html"))
}

/// `GET /reset-password.js`: the script of that page.
pub async fn reset_password_script() -> Response {
    script(include_str!("page/reset-password.js"))
}

/// `GET /mail-preferences`: which messages reach somebody, and when, once they have signed in there.
pub async fn mail_preferences() -> Response {
    page(include_str!("page/mail-preferences.html"))
}

/// `GET /mail-preferences.js`: the script of that page.
pub async fn mail_preferences_script() -> Response {
    script(include_str!("page/mail-preferences.js"))
}

/// `GET /assessments/{id}`: how an assessment is read. The same whether or not there is one of that name.
pub async fn assessment() -> Response {
    page(include_str!("page/assessment.html"))
}
