//! A page to try the API on, in demonstrations only.

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};

/// The page may load its scripts from one public host, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline' https://unpkg.com; \
    style-src 'unsafe-inline' https://unpkg.com; font-src data: https://unpkg.com; img-src data: https://unpkg.com; \
    connect-src 'self' https://unpkg.com; worker-src blob:; frame-ancestors 'none'";

/// The page.
pub async fn page() -> Response {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(include_str!("explore.html"))).into_response()
}
