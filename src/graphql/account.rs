//! Signing in and out, forgotten passwords, sessions and API tokens.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    app,
    domain::id::{SessionId, TokenId},
    graphql::{
        error::{Result, UserError, attempt, mendable},
        limit::{SOME, listed},
        scalar::{Date, Global, Instant},
        session::session,
        viewer::Token,
    },
};

/// An address and a password.
#[derive(InputObject)]
pub struct SignInInput {
    /// The address.
    email: String,
    /// The password.
    password: String,
}

/// What signing in gave.
#[derive(Default, SimpleObject)]
pub struct SignInPayload {
    /// The bearer token, told once: send it as `Authorization: Bearer ..`.
    token: Option<String>,
    /// Until when it works.
    expires_at: Option<Instant>,
    /// What the user can mend.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// What signing out did.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// What the user can mend.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// An address whose password was forgotten.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// The address. Whether it is known here is never told.
    email: String,
}

/// A fresh password.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// The single-use token from the mail.
    token: String,
    /// The fresh password.
    password: String,
}

/// What a command on an account did.
#[derive(SimpleObject)]
pub struct AccountPayload {
    /// What the user can mend; nothing was changed when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// A session to end.
#[derive(InputObject)]
pub struct RevokeSessionInput {
    /// The session.
    session_id: Global<SessionId>,
}

/// An API token to issue.
#[derive(InputObject)]
pub struct IssueTokenInput {
    /// What it is for, in its owner's words.
    label: String,
    /// Whether it may only read.
    #[graphql(default = true)]
    read_only: bool,
    /// The last day it works.
    until: Date,
}

/// What issuing a token gave.
#[derive(SimpleObject)]
pub struct IssueTokenPayload {
    /// The bearer token, told once.
    secret: Option<String>,
    /// What is kept of it.
    token: Option<Token>,
    /// What the user can mend.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// An API token to revoke.
#[derive(InputObject)]
pub struct RevokeTokenInput {
    /// The token.
    token_id: Global<TokenId>,
}

fn payload(done: app::Result<()>) -> Result<AccountPayload> {
    match done {
        Ok(()) => Ok(AccountPayload { errors: Vec::new() }),
        Err(error) => mendable(error).map(|(errors, _)| AccountPayload { errors }),
    }
}

/// Commands on accounts.
#[derive(Default)]
pub struct AccountMutation;

/// Commands on accounts.
#[Object]
impl AccountMutation {
    /// Signs in. Whether address or password was wrong is not told.
    #[graphql(complexity = "200 + child_complexity")]
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: SignInInput,
    ) -> Option<Result<SignInPayload>> {
        let session = session(ctx);
        let password = SecretString::from(input.password);
        let signed = attempt(|| {
            session.app.sign_in(&input.email, password.clone(), session.caller.client.clone(), session.moment)
        });
        Some(match signed.await {
            Ok(signed) => Ok(SignInPayload {
                token: Some(signed.token.expose_secret().to_owned()),
                expires_at: Some(Instant(signed.expires_at)),
                errors: Vec::new(),
            }),
            Err(error) => {
                mendable(error).map(|(errors, _)| SignInPayload { errors, ..SignInPayload::default() })
            }
        })
    }

    /// Ends the session whose token is sent.
    async fn sign_out(&self, ctx: &Context<'_>) -> Option<Result<SignOutPayload>> {
        let session = session(ctx);
        let Some(bearer) = &session.caller.bearer else {
            return Some(Err(app::Error::Unauthenticated.into()));
        };
        Some(match attempt(|| session.app.sign_out(bearer, session.moment)).await {
            Ok(()) => Ok(SignOutPayload { errors: Vec::new() }),
            Err(error) => mendable(error).map(|(errors, _)| SignOutPayload { errors }),
        })
    }

    /// Mails a single-use link to set a new password, if the address is known here.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom.")] input: RequestPasswordResetInput,
    ) -> Option<Result<AccountPayload>> {
        let session = session(ctx);
        let client = &session.caller.client;
        Some(payload(
            attempt(|| session.app.request_password_reset(&input.email, client.clone(), session.moment))
                .await,
        ))
    }

    /// Sets a new password with the token from the mail, and ends every session and API token of the account. Too many
    /// tokens that are none make the address they come from wait.
    #[graphql(complexity = "200 + child_complexity")]
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token and the new password.")] input: ResetPasswordInput,
    ) -> Option<Result<AccountPayload>> {
        let session = session(ctx);
        let (token, password) = (SecretString::from(input.token), SecretString::from(input.password));
        let client = &session.caller.client;
        let reset =
            attempt(|| session.app.reset_password(&token, password.clone(), client.clone(), session.moment));
        Some(payload(reset.await))
    }

    /// Ends a session of the viewer.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokeSessionInput,
    ) -> Option<Result<AccountPayload>> {
        let session = session(ctx);
        let actor = match session.actor() {
            Ok(actor) => actor,
            Err(told) => return Some(Err(told)),
        };
        Some(payload(attempt(|| session.app.revoke_session(actor, input.session_id.0, session.moment)).await))
    }

    /// Issues an API token for the viewer, who is signed in: an API token issues none.
    async fn issue_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What for.")] input: IssueTokenInput,
    ) -> Option<Result<IssueTokenPayload>> {
        let session = session(ctx);
        let actor = match session.actor() {
            Ok(actor) => actor,
            Err(told) => return Some(Err(told)),
        };
        let issued = attempt(|| {
            let bearer = session.caller.bearer.as_ref();
            session.app.issue_token(
                actor,
                bearer,
                &input.label,
                input.read_only,
                input.until.0,
                session.moment,
            )
        });
        Some(match issued.await {
            Ok((secret, token)) => Ok(IssueTokenPayload {
                secret: Some(secret.expose_secret().to_owned()),
                token: Some(Token(token)),
                errors: Vec::new(),
            }),
            Err(error) => {
                mendable(error).map(|(errors, _)| IssueTokenPayload { secret: None, token: None, errors })
            }
        })
    }

    /// Revokes an API token of the viewer, or of somebody who holds or held a role in an organisation that the viewer
    /// administers.
    async fn revoke_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokeTokenInput,
    ) -> Option<Result<AccountPayload>> {
        let session = session(ctx);
        let actor = match session.actor() {
            Ok(actor) => actor,
            Err(told) => return Some(Err(told)),
        };
        Some(payload(attempt(|| session.app.revoke_token(actor, input.token_id.0, session.moment)).await))
    }
}
