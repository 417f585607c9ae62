//! Accounts: signing in and out, sessions, a new password by mail, API tokens.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv6Addr},
};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{
    app::{App, Error, Result, person::administer},
    clock,
    domain::{
        calendar::Moment,
        canonical,
        event::EventKind,
        id::{OrganisationId, PersonId, SessionId, TokenId},
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        permission::{self, Actor},
        text::{self, Path, Violation},
    },
    identity::{
        password,
        token::{self, Purpose},
    },
    store::{
        self, Tx,
        outbox::About,
        session::{ApiToken, Session},
    },
};

/// Attempts within [`WINDOW_MINUTES`] after which an account waits where they came from: whoever guesses keeps its
/// owner out of it nowhere else.
const ATTEMPTS: u32 = 10;
/// Attempts within [`WINDOW_MINUTES`], wherever they came from, after which an account waits everywhere.
const ACCOUNT_ATTEMPTS: u32 = 100;
/// Attempts within [`WINDOW_MINUTES`] after which an address waits: many, for a whole organisation may share one.
pub(super) const ADDRESS_ATTEMPTS: u32 = 200;
/// Minutes that attempts count.
const WINDOW_MINUTES: i64 = 15;

/// Where a request comes from, for throttling; only its digest is kept.
#[derive(Clone, Debug, Default)]
pub struct ClientAddress(
    /// The address.
    pub String,
    /// The name of the programme, kept with a session so that its owner recognises it.
    pub String,
);

/// A fresh session.
#[derive(Debug)]
pub struct SignedIn {
    /// The bearer token; it is told once.
    pub token: SecretString,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// Its identifier.
    pub id: SessionId,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
    /// The name of the programme that began it.
    pub programme: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// An API token as its owner sees it.
#[derive(Clone, Debug)]
pub struct TokenView {
    /// Its identifier.
    pub id: TokenId,
    /// What it is for, in its owner's words.
    pub label: String,
    /// Whether it may only read.
    pub read_only: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

impl App {
    /// Who holds this bearer token; nobody when there is none.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is unknown, expired or revoked, or the account is disabled.
    pub async fn actor(&self, bearer: Option<&SecretString>, moment: Moment) -> Result<Option<Actor>> {
        let Some(bearer) = bearer else { return Ok(None) };
        let digest = token::digest(bearer);
        let read = self.store.read();
        let actor = match Purpose::of(bearer.expose_secret()) {
            Some(Purpose::Session) => read.actor_of_session(&digest, moment).await?,
            Some(Purpose::Api) => read.actor_of_token(&digest, moment).await?,
            Some(Purpose::Reset | Purpose::Link) | None => None,
        };
        actor.map(Some).ok_or(Error::Unauthenticated)
    }

    /// Signs in with address and password. Too many failures make the account wait for the network they came from,
    /// many more the account and the network as a whole. An attempt is counted before the password is looked at, so
    /// that guesses side by side gain nothing.
    pub async fn sign_in(
        &self,
        email: &str,
        given: SecretString,
        client: ClientAddress,
        moment: Moment,
    ) -> Result<SignedIn> {
        let (account, network) = (text::fold(email), network(&client.0));
        let shared = throttle("address", &network);
        let own = throttle("account-from", &format!("{network} {account}"));
        let everywhere = throttle("account", &account);
        let counted: [(&str, u32); 3] =
            [(&shared, ADDRESS_ATTEMPTS), (&own, ATTEMPTS), (&everywhere, ACCOUNT_ATTEMPTS)];
        self.throttled(counted, moment).await?;
        let account = self.store.read().credentials(email).await?;
        let account = account.filter(|account| account.person.disabled_at.is_none());
        let hash = account.as_ref().and_then(|account| account.password_hash.clone());
        let right = password::verify(given, hash).await.map_err(Error::Internal)?;
        let Some(account) = account.filter(|_| right) else {
            let message = "Address and password do not match an account.";
            return Err(Violation::new("INVALID", message, Path::of(["password"])).into());
        };
        let token = token::mint(Purpose::Session).map_err(Error::Internal)?;
        let expires_at = moment.at + Duration::hours(i64::from(self.shared.options.session_hours));
        let session = Session {
            id: clock::supply().fresh(),
            person: account.person.id,
            user_agent: client.1,
            created_at: moment.at,
            expires_at,
            last_seen_at: moment.at,
            revoked_at: None,
        };
        let digest = token::digest(&token);
        self.store.write::<_, Error>(async |tx| Ok(tx.add_session(&session, &digest).await?)).await?;
        self.store.forget_attempts(&own).await?;
        self.store.forgive_attempt(&everywhere).await?;
        self.store.forgive_attempt(&shared).await?;
        Ok(SignedIn { token, expires_at })
    }

    /// Counts an attempt, and refuses it when there were too many: by one key after the other, that of an account as a
    /// whole last, so that what is refused where it comes from locks nobody's account.
    pub(super) async fn throttled<const N: usize>(
        &self,
        keys: [(&str, u32); N],
        moment: Moment,
    ) -> Result<()> {
        let window = Duration::minutes(WINDOW_MINUTES);
        for (key, most) in keys {
            if self.store.note_attempt(key, moment.at, window).await? > most {
                let message = format!("Too many attempts. Wait {WINDOW_MINUTES} minutes and try again.");
                return Err(Error::LimitExceeded(message));
            }
        }
        Ok(())
    }

    /// Ends the session of this token.
    pub async fn sign_out(&self, bearer: &SecretString, moment: Moment) -> Result<()> {
        let digest = token::digest(bearer);
        let session = self.store.read().session_by_token(&digest).await?.ok_or(Error::Unauthenticated)?;
        let ended = async |tx: &mut Tx| tx.revoke_session(session.id, session.person, moment.at).await;
        self.store.write::<_, store::Error>(ended).await?;
        Ok(())
    }

    /// The actor's sessions that work.
    pub async fn sessions(
        &self,
        actor: &Actor,
        bearer: Option<&SecretString>,
        moment: Moment,
    ) -> Result<Vec<SessionView>> {
        let read = self.store.read();
        let own = match bearer {
            Some(bearer) => read.session_by_token(&token::digest(bearer)).await?.map(|session| session.id),
            None => None,
        };
        let views = read.sessions(actor.person, moment.at).await?.into_iter().map(|session| SessionView {
            id: session.id,
            created_at: session.created_at,
            expires_at: session.expires_at,
            programme: session.user_agent,
            current: own == Some(session.id),
        });
        Ok(views.collect())
    }

    /// Ends one of the actor's sessions.
    pub async fn revoke_session(&self, actor: &Actor, id: SessionId, moment: Moment) -> Result<()> {
        if actor.read_only {
            return Err(Error::Forbidden);
        }
        let ended = async |tx: &mut Tx| tx.revoke_session(id, actor.person, moment.at).await;
        if self.store.write::<_, store::Error>(ended).await? { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Mails a single-use link to set a new password. The answer is the same whether or not the account exists, and
    /// so is the work: as many statements, and a transaction that writes one row.
    pub async fn request_password_reset(
        &self,
        email: &str,
        client: ClientAddress,
        moment: Moment,
    ) -> Result<()> {
        let [own, shared] =
            [throttle("reset", &text::fold(email)), throttle("reset-from", &network(&client.0))];
        self.throttled([(&shared, ADDRESS_ATTEMPTS), (&own, ATTEMPTS)], moment).await?;
        let mut supply = clock::supply();
        let person = self.store.read().person_by_email(email).await?;
        let person = person.filter(|person| person.disabled_at.is_none());
        let person = person.map_or_else(|| supply.fresh(), |person| person.id);
        let grants = self.store.read().grants(person, moment.today).await?;
        self.store
            .write::<_, Error>(async |tx| {
                let Some(grant) = grants.first() else {
                    let nobody = throttle("reset-for-nobody", &text::fold(email));
                    tx.note_attempt(&nobody, moment.at, Duration::minutes(WINDOW_MINUTES)).await?;
                    return Ok(());
                };
                let to = Recipient::Person(person);
                let notice = Notice { kind: NoticeKind::PasswordReset, to, facts: NoticeFacts::default() };
                let about = About { organisation: grant.organisation, assessment: None };
                tx.post(about, &[notice], moment.at, &mut supply).await?;
                Ok(())
            })
            .await?;
        self.shared.committed.notify_one();
        Ok(())
    }

    /// Sets a new password with a mailed token. That token and every other, and every session, then no longer
    /// work. Too many tokens that are none make the address wait.
    pub async fn reset_password(
        &self,
        reset: &SecretString,
        new: SecretString,
        client: ClientAddress,
        moment: Moment,
    ) -> Result<()> {
        password::check(&new, &Path::of(["password"]))?;
        let shared = throttle("reset-with", &network(&client.0));
        self.throttled([(&shared, ADDRESS_ATTEMPTS)], moment).await?;
        let digest = token::digest(reset);
        let expired = || {
            let message = "This link was used already or has expired; ask for a new one.";
            Error::from(Violation::new("EXPIRED", message, Path::of(["token"])))
        };
        // Hashing is work, and done for nobody without a link.
        if !self.store.read().is_reset(&digest, moment.at).await? {
            return Err(expired());
        }
        let hash = password::hash(new).await.map_err(Error::Internal)?;
        self.store
            .write::<_, Error>(async |tx| {
                let Some(person) = tx.use_reset(&digest, moment.at).await? else { return Err(expired()) };
                tx.set_password(person, &hash, moment.at).await?;
                tx.end_access(person, moment.at).await?;
                let grants = tx.read().grants(person, moment.today).await?;
                let organisations: BTreeSet<OrganisationId> =
                    grants.iter().map(|grant| grant.organisation).collect();
                for organisation in organisations {
                    let payload = json!({ "person": person, "password": true });
                    let kind = EventKind::PersonChanged;
                    administer(tx, organisation, Some(person), kind, payload, moment).await?;
                }
                Ok(())
            })
            .await?;
        self.store.forgive_attempt(&shared).await?;
        Ok(())
    }

    /// Makes an API token for the actor; its text is told once. Only who is signed in makes tokens: `bearer` is what
    /// they showed, and a token that could make others would outlive its own end.
    pub async fn issue_token(
        &self,
        actor: &Actor,
        bearer: Option<&SecretString>,
        label: &str,
        read_only: bool,
        until: NaiveDate,
        moment: Moment,
    ) -> Result<(SecretString, TokenView)> {
        if bearer.and_then(|bearer| Purpose::of(bearer.expose_secret())) != Some(Purpose::Session) {
            let message = "An API token cannot issue tokens; sign in with address and password for that.";
            return Err(Violation::new("SIGN_IN", message, Path::default()).into());
        }
        text::line(label, 100, &Path::of(["label"]))?;
        let most = moment.today + Duration::days(366);
        if until <= moment.today || until > most {
            let message = "A token lasts at least until tomorrow and at most a year.";
            return Err(Violation::new("INVALID", message, Path::of(["until"])).into());
        }
        self.keep_token(actor, Some(actor.person), label, read_only, until, moment).await
    }

    /// A token for its owner, who holds a role somewhere; every organisation in which they do hears of it.
    pub(super) async fn keep_token(
        &self,
        owner: &Actor,
        by: Option<PersonId>,
        label: &str,
        read_only: bool,
        until: NaiveDate,
        moment: Moment,
    ) -> Result<(SecretString, TokenView)> {
        let organisations: BTreeSet<OrganisationId> =
            owner.grants.iter().map(|grant| grant.organisation).collect();
        if organisations.is_empty() {
            return Err(Error::Forbidden);
        }
        let person = owner.person;
        let token = token::mint(Purpose::Api).map_err(Error::Internal)?;
        let expires_at = until.and_hms_opt(23, 59, 59).map_or(moment.at, |local| local.and_utc());
        let kept = ApiToken {
            id: clock::supply().fresh(),
            person,
            label: label.to_owned(),
            read_only,
            created_at: moment.at,
            expires_at: Some(expires_at),
            revoked_at: None,
        };
        self.store
            .write::<_, Error>(async |tx| {
                tx.add_token(&kept, &token::digest(&token)).await?;
                let payload =
                    json!({ "token": kept.id, "person": person, "readOnly": read_only, "until": until });
                for organisation in organisations {
                    let kind = EventKind::TokenIssued;
                    administer(tx, organisation, by, kind, payload.clone(), moment).await?;
                }
                Ok(())
            })
            .await?;
        let view = TokenView { id: kept.id, label: kept.label, read_only, created_at: moment.at, expires_at };
        Ok((token, view))
    }

    /// The actor's API tokens that work.
    pub async fn list_tokens(&self, actor: &Actor, moment: Moment) -> Result<Vec<TokenView>> {
        let tokens = self.store.read().tokens(actor.person).await?.into_iter();
        let live = tokens.filter(|token| {
            token.revoked_at.is_none() && token.expires_at.is_none_or(|until| until > moment.at)
        });
        let views = live.map(|token| TokenView {
            id: token.id,
            label: token.label,
            read_only: token.read_only,
            created_at: token.created_at,
            expires_at: token.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC),
        });
        Ok(views.collect())
    }

    /// Ends an API token of the actor, or of somebody who holds or held a role in an organisation that the actor
    /// administers. Whether its owner holds a role today makes no difference.
    pub async fn revoke_token(&self, actor: &Actor, id: TokenId, moment: Moment) -> Result<()> {
        if actor.read_only {
            return Err(Error::Forbidden);
        }
        let may = |owner, of: &[OrganisationId]| permission::may_end_token(actor, owner, of);
        self.end_token(id, Some(actor.person), moment, may).await
    }

    /// Ends an API token, when `may` says so of its owner and of the organisations in which they hold or held a role:
    /// all of them hear of it. `by` is nobody when the operator acts.
    pub(super) async fn end_token(
        &self,
        id: TokenId,
        by: Option<PersonId>,
        moment: Moment,
        may: impl FnOnce(PersonId, &[OrganisationId]) -> bool,
    ) -> Result<()> {
        self.store
            .write::<_, Error>(async |tx| {
                let owner = tx.read().token(id).await?.ok_or(Error::NotFound)?.person;
                let organisations = tx.read().organisations_of(owner).await?;
                if !may(owner, &organisations) || !tx.revoke_token(id, owner, moment.at).await? {
                    return Err(Error::NotFound);
                }
                for organisation in organisations {
                    let payload = json!({ "token": id, "person": owner });
                    administer(tx, organisation, by, EventKind::TokenRevoked, payload, moment).await?;
                }
                Ok(())
            })
            .await
    }
}

/// What of an address stands for whoever uses it: an IPv6 host commonly has a /64 to itself (RFC 6177).
pub(super) fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
        Ok(IpAddr::V4(_)) | Err(_) => address.to_owned(),
    }
}

/// The key attempts are counted under: a digest, so that neither addresses nor accounts are kept.
pub(super) fn throttle(of: &str, what: &str) -> String {
    canonical::sha256(format!("{of}:{what}").as_bytes())
}
