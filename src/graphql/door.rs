//! A request and its answer, whatever carried it.

use std::sync::Arc;

use async_graphql::{Pos, Request, Response, ServerError, Value, Variables, parser::types::OperationType};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::{
    app::{App, Changes},
    domain::permission::Actor,
    graphql::{
        Schema,
        error::{Code, Told, refusal},
        limit::Limits,
        schema,
        session::{Caller, Session},
        subscription::{Wait, Waits},
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
            Ok(Some(OperationType::Subscription)) => {
                let message = "A subscription is sent over a WebSocket, by graphql-transport-ws.";
                return Answer::refused(Refusal::Request, Code::BadRequest, message, request_id);
            }
            Ok(_) => match Session::open(self.app.clone(), caller, self.app.now()).await {
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

    /// Who sends this; nobody when there is no token.
    pub async fn recognise(&self, caller: &Caller) -> Result<Option<Actor>, Code> {
        let actor = self.app.actor(caller.bearer.as_ref(), self.app.now()).await;
        actor.map_err(|error| Told::from(error).code)
    }

    /// Hears of what changes from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<Changes>> {
        self.app.listen()
    }

    /// Executes a subscription once, as things are, for whoever has just been recognised.
    pub async fn tell(&self, asked: &Asked, caller: &Caller, actor: &Actor, request_id: &str) -> Said {
        let mut request = asked.request();
        match self.limits.admit(&mut request) {
            Ok(Some(OperationType::Subscription)) => {}
            Ok(_) => {
                let message = "Only a subscription is sent over a WebSocket; send this by POST.";
                return Said::Error(self.refuse(Code::BadRequest, message, request_id));
            }
            Err(error) => return Said::Error(errors(vec![error], request_id)),
        }
        let waits = Waits::default();
        let (session, batches) =
            Session::of(self.app.clone(), caller.clone(), Some(actor.clone()), self.app.now());
        let mut stream = self.schema.execute_stream(request.data(session).data(waits.clone()));
        let response = batches.execute(stream.next()).await;
        let mut response = response.unwrap_or_else(|| Response::new(Value::Null));
        response.errors.iter_mut().for_each(|error| self.limits.explain(error));
        match waits.get() {
            Some(wait) => Said::Next { body: Answer::of(response, request_id).body, wait: *wait },
            None => Said::Error(errors(response.errors, request_id)),
        }
    }

    /// The errors of a subscription that is not executed.
    #[must_use]
    pub fn refuse(&self, code: Code, message: impl Into<String>, request_id: &str) -> String {
        errors(vec![refusal(code, message, None)], request_id)
    }
}

/// A request as its sender wrote it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The text.
    pub query: String,
    /// Which operation of it.
    pub operation_name: Option<String>,
    /// Its variables.
    pub variables: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Asked {
    /// The same to be executed.
    #[must_use]
    pub fn request(&self) -> Request {
        let mut request = Request::new(&self.query);
        request.operation_name = self.operation_name.clone().filter(|name| !name.is_empty());
        let variables = self.variables.clone().unwrap_or_default();
        request.variables = Variables::from_json(serde_json::Value::Object(variables));
        request
    }
}

/// What a subscription says, as JSON.
#[derive(Debug)]
pub enum Said {
    /// A result, and what it is told again for.
    Next {
        /// The result.
        body: String,
        /// What for.
        wait: Wait,
    },
    /// Why there is none, and none any more.
    Error(String),
}

fn errors(mut errors: Vec<ServerError>, request_id: &str) -> String {
    if errors.is_empty() {
        errors.push(refusal(Code::Internal, "Something went wrong here.", None));
    }
    for error in &mut errors {
        stamp(error, request_id);
    }
    serde_json::to_string(&errors).unwrap_or_else(|error| {
        tracing::error!(error = error.to_string(), "errors cannot be written");
        "[]".to_owned()
    })
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
