//! What somebody wants to hear by mail, and when: their own affair, and nobody else's.

use std::collections::BTreeMap;

use crate::{
    app::{App, Error, Result},
    domain::{
        calendar::Moment,
        notify::NoticeKind,
        permission::Actor,
        preference::{MailPreferences, MailTiming},
    },
};

/// What is to change of somebody's preferences; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct MailPreferencesDraft {
    /// The hour of the digest.
    pub digest_hour: Option<u8>,
    /// Whether it lists what they owe.
    pub tasks_in_digest: Option<bool>,
    /// When messages of these kinds are sent; the default again for those without.
    pub kinds: BTreeMap<NoticeKind, Option<MailTiming>>,
}

impl App {
    /// What the actor wants to hear by mail.
    pub async fn mail_preferences(&self, actor: &Actor) -> Result<MailPreferences> {
        let mut found = self.store.read().mail_preferences(&[actor.person]).await?;
        Ok(found.remove(&actor.person).unwrap_or_default())
    }

    /// Changes what the actor wants to hear by mail. What waits for their digest is told there all the same.
    pub async fn set_mail_preferences(
        &self,
        actor: &Actor,
        draft: &MailPreferencesDraft,
        moment: Moment,
    ) -> Result<MailPreferences> {
        if actor.read_only {
            return Err(Error::Forbidden);
        }
        self.store
            .write::<_, Error>(async |tx| {
                let mut found = tx.read().mail_preferences(&[actor.person]).await?;
                let mut preferences = found.remove(&actor.person).unwrap_or_default();
                preferences.digest_hour = draft.digest_hour.unwrap_or(preferences.digest_hour);
                preferences.tasks_in_digest = draft.tasks_in_digest.unwrap_or(preferences.tasks_in_digest);
                for (kind, timing) in &draft.kinds {
                    match timing {
                        Some(timing) => preferences.kinds.insert(*kind, *timing),
                        None => preferences.kinds.remove(kind),
                    };
                }
                preferences.check().map_err(Error::Invalid)?;
                tx.keep_mail_preferences(actor.person, &preferences, moment.at).await?;
                Ok(preferences)
            })
            .await
    }
}
