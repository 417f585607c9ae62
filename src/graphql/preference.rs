//! What the viewer wants to hear by mail, and when.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::{
    app::MailPreferencesDraft,
    domain::{
        notify::NoticeKind,
        preference::{self, MailTiming},
        text::{Path, Violation},
    },
    graphql::{
        error::{Result, UserError, attempt, mendable},
        limit::{SOME, listed},
        session::session,
        word::Word,
    },
};

/// The viewer's preferences.
pub struct MailPreferences(pub preference::MailPreferences);

/// What the viewer wants to hear by mail, and when.
#[Object]
impl MailPreferences {
    /// The hour of the daily digest, 0 to 23, by the clock in London. It goes on NHS working days, and only when there is
    /// something in it.
    async fn digest_hour(&self) -> i32 {
        self.0.digest_hour.into()
    }

    /// Whether the digest lists what the viewer still owes, the earliest due first. Without it the digest goes only when
    /// there is news for it.
    async fn tasks_in_digest(&self) -> bool {
        self.0.tasks_in_digest
    }

    /// When messages are sent, for every kind there is.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn kinds(&self) -> Vec<MailPreference> {
        let of = |kind: &NoticeKind| MailPreference {
            kind: Word(*kind),
            meaning: crate::domain::words::Words::meaning(*kind),
            timing: Word(self.0.timing(*kind)),
            usual: Word(preference::usual(*kind)),
            choices: preference::choices(*kind).iter().copied().map(Word).collect(),
        };
        NoticeKind::ALL.iter().map(of).collect()
    }
}

/// When messages of one kind are sent.
#[derive(SimpleObject)]
struct MailPreference {
    /// The kind.
    kind: Word<NoticeKind>,
    /// What such a message says, in a sentence.
    meaning: &'static str,
    /// When the viewer is sent it.
    timing: Word<MailTiming>,
    /// When whoever chose nothing is sent it.
    usual: Word<MailTiming>,
    /// What may be chosen. What the process waits for, or the person asks for, cannot be switched off.
    choices: Vec<Word<MailTiming>>,
}

/// When messages of one kind are to be sent.
#[derive(InputObject)]
pub struct MailPreferenceInput {
    /// The kind.
    kind: Word<NoticeKind>,
    /// When; what is usual for the kind when absent.
    timing: Option<Word<MailTiming>>,
}

/// What is to change of the viewer's preferences; what is absent stays.
#[derive(InputObject)]
pub struct SetMailPreferencesInput {
    /// The hour of the daily digest, 0 to 23, by the clock in London.
    digest_hour: Option<i32>,
    /// Whether the digest lists what the viewer still owes.
    tasks_in_digest: Option<bool>,
    /// When messages of these kinds are sent.
    #[graphql(default)]
    kinds: Vec<MailPreferenceInput>,
}

/// What setting preferences did.
#[derive(SimpleObject)]
pub struct MailPreferencesPayload {
    /// The preferences as they now stand; null when nothing was changed.
    mail_preferences: Option<MailPreferences>,
    /// What the user can mend; nothing was changed when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// Commands on preferences.
#[derive(Default)]
pub struct PreferenceMutation;

/// Commands on preferences.
#[Object]
impl PreferenceMutation {
    /// Says what the viewer wants to hear by mail, and when.
    async fn set_mail_preferences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: SetMailPreferencesInput,
    ) -> Option<Result<MailPreferencesPayload>> {
        let session = session(ctx);
        let actor = match session.actor() {
            Ok(actor) => actor,
            Err(told) => return Some(Err(told)),
        };
        // What is no hour at all is refused as one that no day has.
        let digest_hour = input.digest_hour.map(|hour| u8::try_from(hour).unwrap_or(u8::MAX));
        let kinds = input.kinds.iter().map(|one| (one.kind.0, one.timing.map(|timing| timing.0)));
        let draft = MailPreferencesDraft {
            digest_hour,
            tasks_in_digest: input.tasks_in_digest,
            kinds: kinds.collect(),
        };
        let set = if draft.kinds.len() == input.kinds.len() {
            attempt(|| session.app.set_mail_preferences(actor, &draft, session.moment)).await
        } else {
            let message = "A kind is given twice; give each once.";
            Err(Violation::new("INVALID", message, Path::of(["kinds"])).into())
        };
        Some(match set {
            Ok(set) => Ok(MailPreferencesPayload {
                mail_preferences: Some(MailPreferences(set)),
                errors: Vec::new(),
            }),
            Err(error) => {
                mendable(error).map(|(errors, _)| MailPreferencesPayload { mail_preferences: None, errors })
            }
        })
    }
}
