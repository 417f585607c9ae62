//! GraphQL over HTTP: what <https://graphql.github.io/graphql-over-http/draft/> asks of a server.
//!
//! Only `application/json` is read, so that no page of another site can send a request without asking first, and the
//! token comes in the `Authorization` header only, which no browser adds by itself. Cookies are not read.

use std::net::SocketAddr;

use async_graphql::Request;
use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{ConnectInfo, FromRequestParts, Query, State, WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use tower_http::request_id::RequestId;

use crate::{
    app::ClientAddress,
    graphql::{
        door::{Allowed, Answer, Asked, Door, Refusal},
        error::Code,
        session::Caller,
        socket::{PROTOCOL, Sockets},
    },
};

/// The media type of an answer whose status says whether the request was executed.
const RESPONSE: &str = "application/graphql-response+json";
/// The media type of an answer whose status is 200 for every request that could be read.
const JSON: &str = "application/json";

/// `POST` and `GET /graphql`, and the WebSocket there.
pub fn routes(door: Door, sockets: Sockets) -> Router {
    Router::new().route("/graphql", any(answer)).with_state((door, sockets))
}

async fn answer(State((door, sockets)): State<(Door, Sockets)>, request: axum::extract::Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(peer) = Peer::from_request_parts(&mut parts, &()).await;
    let told = |status, code, message: &str| {
        let answer = Answer::refused(Refusal::Request, code, message, &peer.request_id);
        (status, [(header::CONTENT_TYPE, JSON)], answer.body).into_response()
    };
    let bad = |message: &str| told(StatusCode::BAD_REQUEST, Code::BadRequest, message);
    let caller = match caller(&parts.headers, peer.client.clone()) {
        Ok(caller) => caller,
        Err(message) => return bad(message),
    };
    if is_upgrade(&parts.headers) {
        return match upgrade(&mut parts, &sockets).await {
            Ok((upgrade, permit)) => upgrade.on_upgrade(async move |socket| {
                sockets.serve(door, caller, peer.request_id, socket).await;
                drop(permit);
            }),
            Err((status, code, message)) => told(status, code, message),
        };
    }
    let (request, allowed) = match parts.method {
        Method::POST => {
            if !is_json(&parts.headers) {
                let message = "Send the request as `content-type: application/json`.";
                return told(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::BadRequest, message);
            }
            let most = door.limits().body;
            let Ok(bytes) = to_bytes(body, most).await else {
                let message = format!("The body is longer than {most} bytes or ended early.");
                return told(StatusCode::PAYLOAD_TOO_LARGE, Code::LimitExceeded, &message);
            };
            match read(&bytes) {
                Ok(request) => (request, Allowed::Everything),
                Err(message) => return bad(&message),
            }
        }
        Method::GET => match Query::<Addressed>::from_request_parts(&mut parts, &()).await {
            Ok(Query(asked)) => match asked.read() {
                Ok(request) => (request, Allowed::Queries),
                Err(message) => return bad(message),
            },
            Err(_) => return bad("Send `query`, and `variables` as JSON, in the address."),
        },
        _ => {
            let mut response =
                told(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, "Send a GraphQL request by POST.");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
            return response;
        }
    };
    let answer = door.answer(request, caller, allowed, &peer.request_id).await;
    carry(answer, accepts(&parts.headers))
}

/// The answer with the status and media type it has.
fn carry(answer: Answer, media: &'static str) -> Response {
    let status = match answer.refusal {
        Some(Refusal::Token) => StatusCode::UNAUTHORIZED,
        Some(Refusal::Method) => StatusCode::METHOD_NOT_ALLOWED,
        Some(Refusal::Request) if media == RESPONSE => StatusCode::BAD_REQUEST,
        Some(Refusal::Request) | None => StatusCode::OK,
    };
    let headers = [(header::CONTENT_TYPE, format!("{media}; charset=utf-8"))];
    let mut response = (status, headers, answer.body).into_response();
    let extra = match answer.refusal {
        Some(Refusal::Token) => Some((header::WWW_AUTHENTICATE, "Bearer")),
        Some(Refusal::Method) => Some((header::ALLOW, "POST")),
        Some(Refusal::Request) | None => None,
    };
    if let Some((name, value)) = extra {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Reads the body of a request: an object with `query`, and nothing that would be misread.
fn read(bytes: &Bytes) -> Result<Request, String> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Array(_)) => return Err("Send one request at a time; batches are not read.".to_owned()),
        Ok(Value::Object(fields)) if matches!(fields.get("query"), Some(Value::String(_))) => {}
        Ok(_) => return Err("Send an object with the text of the query as `query`.".to_owned()),
        Err(error) => return Err(format!("The body is not JSON: {error}.")),
    }
    let asked: Asked =
        serde_json::from_slice(bytes).map_err(|error| format!("The request cannot be read: {error}."))?;
    Ok(asked.request())
}

/// A request in the address.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Addressed {
    query: String,
    operation_name: Option<String>,
    variables: Option<String>,
}

impl Addressed {
    fn read(self) -> Result<Request, &'static str> {
        let variables = match self.variables.as_deref().filter(|variables| !variables.is_empty()) {
            None => None,
            Some(variables) => match serde_json::from_str(variables) {
                Ok(variables) => Some(variables),
                Err(_) => return Err("`variables` is not a JSON object."),
            },
        };
        Ok(Asked { query: self.query, operation_name: self.operation_name, variables }.request())
    }
}

/// Whether a WebSocket is asked for.
fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// A WebSocket of a client that may have one. A browser asks nobody before it opens one for a page of another site, so
/// that is refused here.
async fn upgrade(
    parts: &mut Parts,
    sockets: &Sockets,
) -> Result<(WebSocketUpgrade, OwnedSemaphorePermit), (StatusCode, Code, &'static str)> {
    let text = |name| parts.headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    if !sockets.welcomes(text(header::ORIGIN), text(header::HOST)) {
        let message = "Pages of other sites may not subscribe.";
        return Err((StatusCode::FORBIDDEN, Code::Forbidden, message));
    }
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(parts, &()).await else {
        let message = "This is not how a WebSocket is opened (RFC 6455).";
        return Err((StatusCode::BAD_REQUEST, Code::BadRequest, message));
    };
    let upgrade = upgrade.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let message = "Ask for the WebSocket protocol `graphql-transport-ws`; no other is spoken.";
        return Err((StatusCode::BAD_REQUEST, Code::BadRequest, message));
    }
    let Some(permit) = sockets.connect() else {
        let message = "There are too many subscriptions; try again in a while.";
        return Err((StatusCode::SERVICE_UNAVAILABLE, Code::LimitExceeded, message));
    };
    let most = sockets.bounds().text;
    let upgrade = upgrade.read_buffer_size(BUFFER).write_buffer_size(BUFFER);
    Ok((upgrade.max_message_size(most).max_frame_size(most), permit))
}

/// Bytes that are read and written at once: what waits is small, and there are many who wait.
const BUFFER: usize = 2 * 1024;

/// Whether the body is said to be JSON, in UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some(JSON)
        && parts.all(|part| part.is_empty() || matches!(part.as_str(), "charset=utf-8" | "charset=\"utf-8\""))
}

/// The media type to answer in: the newer one for whoever names it.
fn accepts(headers: &HeaderMap) -> &'static str {
    let named = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let newer = named.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        parts.next().is_some_and(|media| media.eq_ignore_ascii_case(RESPONSE))
            && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    });
    if newer { RESPONSE } else { JSON }
}

/// Who sends a request, from its headers.
///
/// # Errors
/// With a sentence when the `Authorization` header is there and is not a bearer token.
pub fn caller(headers: &HeaderMap, client: ClientAddress) -> Result<Caller, &'static str> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Caller { bearer: None, client }) };
    match value.to_str().ok().and_then(bearer) {
        Some(token) => Ok(Caller { bearer: Some(token), client }),
        None => Err("Send the token as `authorization: Bearer ..`."),
    }
}

/// The token in `Bearer ..`.
pub(super) fn bearer(value: &str) -> Option<SecretString> {
    let (scheme, token) = value.split_once(' ')?;
    let sound = scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() && token.len() <= 512;
    sound.then(|| SecretString::from(token.trim()))
}

/// Where a request came from, and by which id it is known.
#[derive(Debug)]
pub struct Peer {
    /// The other end of the connection.
    pub client: ClientAddress,
    /// The request's id.
    pub request_id: String,
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let address =
            parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        let id = parts.extensions.get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let agent = agent.unwrap_or_default().chars().take(200).collect();
        Ok(Self {
            client: ClientAddress(address.map_or_else(String::new, |address| address.to_string()), agent),
            request_id: id.unwrap_or_default().to_owned(),
        })
    }
}
