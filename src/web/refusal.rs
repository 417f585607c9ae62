//! Errors of addresses other than `/graphql`, in the shape they have there.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    app,
    graphql::error::{Code, mendable},
};

/// A refusal that the guard gives the request's id.
#[derive(Clone, Debug)]
pub struct Refusal(pub Value);

/// An answer with one error.
pub fn refusal(code: Code, message: &str) -> Response {
    let status = match code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::BadRequest => StatusCode::BAD_REQUEST,
        Code::LimitExceeded => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    with(status, code.as_str(), message)
}

/// As [`refusal`], with a status and a code of its own.
pub fn with(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    let mut response = (status, Json(&body)).into_response();
    response.extensions_mut().insert(Refusal(body));
    response
}

/// What a use case refused.
pub fn told(error: app::Error) -> Response {
    let status = match &error {
        app::Error::Conflict(_) => StatusCode::CONFLICT,
        app::Error::LimitExceeded(_) => StatusCode::TOO_MANY_REQUESTS,
        app::Error::Retry => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match mendable(error) {
        Ok((errors, _)) => {
            let first = errors.first();
            let (code, message) = first.map_or(("BAD_REQUEST", "This cannot be kept."), |first| {
                (first.code.as_str(), first.message.as_str())
            });
            let status = match code {
                "UNSUPPORTED_TYPE" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "TOO_LARGE" => StatusCode::PAYLOAD_TOO_LARGE,
                _ => status,
            };
            with(status, code, message)
        }
        Err(told) if status == StatusCode::SERVICE_UNAVAILABLE => {
            with(status, told.code.as_str(), &told.message)
        }
        Err(told) => refusal(told.code, &told.message),
    }
}
