//! What holds for every request: an id that comes back, a span, a time limit, a net under panics, and headers.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use serde_json::json;
use tower_http::request_id::RequestId;
use tracing::Instrument;

use crate::{
    clock,
    domain::id::{EventId, Identifier},
    web::refusal::{self, Refusal},
};

/// The header that carries a request's id, in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of every answer that does not set them itself. Nothing here may be framed, sniffed, cached or told on.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

/// Answers a request, whatever happens on the way.
pub async fn guard(State(patience): State<Duration>, mut request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).filter(|id| is_sound(id)).cloned().unwrap_or_else(fresh);
    request.extensions_mut().insert(RequestId::new(id.clone()));
    let text = id.to_str().unwrap_or_default().to_owned();
    // Of the address only the path: a query in it may be a GraphQL document.
    let span = tracing::info_span!(
        "request",
        request_id = text,
        method = request.method().as_str(),
        path = request.uri().path()
    );
    let began = Instant::now();
    let answered = tokio::time::timeout(patience, AssertUnwindSafe(next.run(request)).catch_unwind());
    let mut response = match answered.instrument(span.clone()).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            span.in_scope(|| tracing::error!("request panicked"));
            refusal::with(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Something went wrong here.")
        }
        Err(_) => {
            span.in_scope(|| tracing::warn!(limit_ms = patience.as_millis(), "request took too long"));
            let message =
                "The request took too long and was given up. Look what was done before you send it again.";
            refusal::with(StatusCode::SERVICE_UNAVAILABLE, "INTERNAL", message)
        }
    };
    if let Some(refused) = response.extensions_mut().remove::<Refusal>() {
        response = numbered(response, refused, &text);
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let (status, duration_ms) = (response.status().as_u16(), began.elapsed().as_millis());
    span.in_scope(|| tracing::debug!(status, duration_ms, "request answered"));
    response
}

/// The refusal with the request's id in it.
fn numbered(response: Response, Refusal(mut body): Refusal, id: &str) -> Response {
    if let Some(extensions) = body.pointer_mut("/errors/0/extensions") {
        extensions["requestId"] = json!(id);
    }
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, Body::from(body.to_string())).into_response()
}

/// Whether an id that came in can go into logs and headers as it is.
fn is_sound(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=64).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn fresh() -> HeaderValue {
    let id: EventId = clock::supply().fresh();
    HeaderValue::from_str(&id.uuid().to_string()).unwrap_or(HeaderValue::from_static("unknown"))
}
