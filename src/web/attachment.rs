//! Files of a case: their bytes go up and down here.

use std::fmt::Write as _;

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{FromRequest, FromRequestParts, Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    app::{App, AttachmentView, Error},
    domain::{
        id::{AssessmentId, AttachmentId, Identifier},
        permission::Actor,
    },
    graphql::{
        error::{Code, attempt},
        http::{Peer, caller},
    },
    web::refusal::{refusal, told},
};

/// Who sends the request; nobody is refused.
pub struct Signed(Actor);

impl FromRequestParts<App> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(peer) = Peer::from_request_parts(parts, app).await;
        let caller =
            caller(&parts.headers, peer.client).map_err(|message| refusal(Code::BadRequest, message))?;
        let actor = app.actor(caller.bearer.as_ref(), app.now()).await.map_err(told)?;
        actor.map(Self).ok_or_else(|| told(Error::Unauthenticated))
    }
}

/// What the address of an upload says.
#[derive(Deserialize)]
pub struct Named {
    name: Option<String>,
}

/// `POST /assessments/{id}/attachments?name=..`: keeps the body with the case.
pub async fn keep(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(Named { name }): Query<Named>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Signed(actor) = match Signed::from_request_parts(&mut parts, &app).await {
        Ok(signed) => signed,
        Err(response) => return response,
    };
    let Some(id) = identifier::<AssessmentId>(&id) else { return told(Error::NotFound) };
    let Some(name) = name else {
        return refusal(Code::BadRequest, "Say what the file is called: `?name=survey.pdf`.");
    };
    let bytes = match Whole::from_request(Request::from_parts(parts.clone(), body), &app).await {
        Ok(Whole(bytes)) => bytes,
        Err(response) => return response,
    };
    let media = media_type(&parts.headers);
    let kept = attempt(|| app.attach(&actor, id, &name, &media, bytes.clone(), app.now())).await;
    match kept {
        Ok(kept) => (StatusCode::CREATED, Json(view(&kept))).into_response(),
        Err(error) => told(error),
    }
}

/// `GET /attachments/{id}`: the bytes, for whoever may read the case.
pub async fn fetch(State(app): State<App>, Path(id): Path<String>, Signed(actor): Signed) -> Response {
    let Some(id) = identifier::<AttachmentId>(&id) else { return told(Error::NotFound) };
    match app.attachment(&actor, id).await {
        Ok(Some((kept, bytes))) => {
            let headers = [
                (header::CONTENT_TYPE, kept.media_type.clone()),
                (header::CONTENT_DISPOSITION, disposition(&kept.name)),
                (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
                (header::ETAG, format!("\"{}\"", kept.sha256)),
            ];
            (headers, bytes).into_response()
        }
        Ok(None) => told(Error::NotFound),
        Err(error) => told(error),
    }
}

/// A body of no more bytes than a file may have.
struct Whole(Vec<u8>);

impl FromRequest<App> for Whole {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, app: &App) -> Result<Self, Response> {
        let most = app.attachment_limit();
        let read = to_bytes(request.into_body(), most).await;
        read.map(|bytes| Self(bytes.into())).map_err(|_| {
            let message = format!("The file has more than {most} bytes, or did not arrive whole.");
            refusal(Code::LimitExceeded, &message)
        })
    }
}

fn view(kept: &AttachmentView) -> serde_json::Value {
    json!({
        "id": kept.id.global(),
        "name": kept.name,
        "mediaType": kept.media_type,
        "size": kept.size,
        "sha256": kept.sha256,
    })
}

/// An identifier in an address: global, or the bare UUID.
fn identifier<I: Identifier>(text: &str) -> Option<I> {
    I::parse(text).or_else(|| Uuid::try_parse(text).ok().filter(|_| text.len() == 36).map(I::from))
}

/// The media type without its parameters.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Saves the file under its name and never shows it (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}
