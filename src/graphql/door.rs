//! A request and its answer, whatever carried it.

use async_graphql::{Pos, Request, Response, ServerError, Value, parser::types::OperationType};
use serde::Serialize;

use crate::{
    app::App,
    clock,
    graphql::{
        Schema,
        error::{Code, Told, refusal},
        limit::Limits,
        schema,
        session::{Caller, Session},
    },
};

/// Answers GraphQL requests. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    app: App,
    schema: Schema,
    limits: Limits,
}

/// What a request may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Anything.
    Everything,
    /// What cannot change anything.
    Queries,
}

impl Door {
    /// A door to the use cases; introspection only where it is allowed.
    #[must_use]
    pub fn new(app: App, limits: Limits, introspection: bool) -> Self {
        Self { app, schema: schema(limits, introspection), limits }
    }

    /// What it refuses.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Answers one request. Every error leaves with a code and with `request_id`.
    pub async fn answer(
        &self,
        mut request: Request,
        caller: Caller,
        allowed: Allowed,
        request_id: &str,
    ) -> Answer {
        let response = match self.limits.admit(&mut request) {
            Err(error) => Response::from_errors(vec![error]),
            Ok(kind) if allowed == Allowed::Queries && kind != Some(OperationType::Query) => {
                let message = "Only a query can be sent by GET; send this by POST.";
                return Answer::refused(Refusal::Method, Code::BadRequest, message, request_id);
            }
            Ok(_) => match Session::open(self.app.clone(), caller, clock::now()).await {
                Ok((session, batches)) => {
                    let mut response = batches.execute(self.schema.execute(request.data(session))).await;
                    response.errors.iter_mut().for_each(|error| self.limits.explain(error));
                    response
                }
                Err(error) => {
                    let Told { code, message } = error.into();
                    let refusal =
                        if code == Code::Unauthenticated { Refusal::Token } else { Refusal::Request };
                    return Answer::refused(refusal, code, message, request_id);
                }
            },
        };
        Answer::of(response, request_id)
    }
}

/// Why there is no result at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request cannot be executed: syntax, validation, limits.
    Request,
    /// The token is not valid.
    Token,
    /// The method does not allow the operation.
    Method,
}

/// An answer: a result, or why there is none.
#[derive(Debug)]
pub struct Answer {
    /// The body, JSON.
    pub body: String,
    /// Why there is no result; `None` when the request was executed.
    pub refusal: Option<Refusal>,
}

/// Written out as it is, so that fields stay in the order in which they were asked for.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

impl Answer {
    fn of(mut response: Response, request_id: &str) -> Self {
        for error in &mut response.errors {
            stamp(error, request_id);
        }
        // A result that failed has the path of a field; a request that was never executed has none.
        let executed =
            response.data != Value::Null || response.errors.iter().any(|error| !error.path.is_empty());
        let body = Body { errors: &response.errors, data: executed.then_some(&response.data) };
        let body = serde_json::to_string(&body).unwrap_or_else(|error| {
            tracing::error!(error = error.to_string(), "an answer cannot be written");
            r#"{"errors":[{"message":"Something went wrong here.","extensions":{"code":"INTERNAL"}}]}"#
                .to_owned()
        });
        Self { body, refusal: (!executed).then_some(Refusal::Request) }
    }

    /// A request that is not executed.
    #[must_use]
    pub fn refused(refusal: Refusal, code: Code, message: impl Into<String>, request_id: &str) -> Self {
        let response = Response::from_errors(vec![self::refusal(code, message, None::<Pos>)]);
        Self { refusal: Some(refusal), ..Self::of(response, request_id) }
    }
}

/// Most characters of a message: one may repeat what the client sent.
const MESSAGE: usize = 1_000;

/// Gives an error the request's id, and the code of what the executor itself refuses.
fn stamp(error: &mut ServerError, request_id: &str) {
    if let Some((end, _)) = error.message.char_indices().nth(MESSAGE) {
        error.message.truncate(end);
        error.message.push('…');
    }
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", Code::BadRequest.as_str());
    }
    extensions.set("requestId", request_id);
}
