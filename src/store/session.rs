//! Who is signed in and by which token. Tokens are kept as digests only.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::{Reader, Result, Store, Tx, codec, leave, row};
use crate::domain::{
    calendar::Moment,
    id::{Identifier, PersonId, SessionId, TokenId},
    permission::{Actor, Deputised, Grant, Role},
};

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its identifier.
    pub id: SessionId,
    /// Who is signed in.
    pub person: PersonId,
    /// By what, as the client named itself; short.
    pub user_agent: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// When it was last used.
    pub last_seen_at: DateTime<Utc>,
    /// When it was ended early.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// An API token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its identifier.
    pub id: TokenId,
    /// Whose it is.
    pub person: PersonId,
    /// What it is for.
    pub label: String,
    /// Whether it may only read.
    pub read_only: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when; `None` for no end.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Tx {
    /// Adds a session; the digest is of its token.
    pub async fn add_session(&mut self, session: &Session, token_sha256: &str) -> Result<()> {
        let row = row::session::Model {
            id: session.id.uuid(),
            person_id: session.person.uuid(),
            token_sha256: token_sha256.into(),
            user_agent: session.user_agent.clone(),
            created_at: codec::instant(session.created_at),
            expires_at: codec::instant(session.expires_at),
            last_seen_at: codec::instant(session.last_seen_at),
            revoked_at: session.revoked_at.map(codec::instant),
        };
        row::session::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Ends a session of this person. `false` when it is not theirs, unknown or ended.
    pub async fn revoke_session(&mut self, id: SessionId, of: PersonId, at: DateTime<Utc>) -> Result<bool> {
        use row::session::{Column, Entity};
        let revoked = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(codec::instant(at)))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::PersonId.eq(of.uuid()))
            .filter(Column::RevokedAt.is_null())
            .exec(&self.connection)
            .await?;
        Ok(revoked.rows_affected == 1)
    }

    /// Ends every session of a person, but for `except`, and says how many.
    pub async fn revoke_sessions(
        &mut self,
        of: PersonId,
        except: Option<SessionId>,
        at: DateTime<Utc>,
    ) -> Result<u64> {
        use row::session::{Column, Entity};
        let mut update = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(codec::instant(at)))
            .filter(Column::PersonId.eq(of.uuid()))
            .filter(Column::RevokedAt.is_null());
        if let Some(except) = except {
            update = update.filter(Column::Id.ne(except.uuid()));
        }
        Ok(update.exec(&self.connection).await?.rows_affected)
    }

    /// Ends all access of a person that is under way: sessions, API tokens, and links to set a new password.
    pub async fn end_access(&mut self, of: PersonId, at: DateTime<Utc>) -> Result<()> {
        self.revoke_sessions(of, None, at).await?;
        let at = codec::instant(at);
        row::api_token::Entity::update_many()
            .col_expr(row::api_token::Column::RevokedAt, Expr::value(at))
            .filter(row::api_token::Column::PersonId.eq(of.uuid()))
            .filter(row::api_token::Column::RevokedAt.is_null())
            .exec(&self.connection)
            .await?;
        row::password_reset::Entity::update_many()
            .col_expr(row::password_reset::Column::UsedAt, Expr::value(at))
            .filter(row::password_reset::Column::PersonId.eq(of.uuid()))
            .filter(row::password_reset::Column::UsedAt.is_null())
            .exec(&self.connection)
            .await?;
        Ok(())
    }

    /// Adds an API token; the digest is of the token.
    pub async fn add_token(&mut self, token: &ApiToken, token_sha256: &str) -> Result<()> {
        let row = row::api_token::Model {
            id: token.id.uuid(),
            person_id: token.person.uuid(),
            label: token.label.clone(),
            token_sha256: token_sha256.into(),
            read_only: token.read_only,
            created_at: codec::instant(token.created_at),
            expires_at: token.expires_at.map(codec::instant),
            revoked_at: token.revoked_at.map(codec::instant),
        };
        row::api_token::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Revokes an API token of this person. `false` when it is not theirs, unknown or revoked.
    pub async fn revoke_token(&mut self, id: TokenId, of: PersonId, at: DateTime<Utc>) -> Result<bool> {
        use row::api_token::{Column, Entity};
        let revoked = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(codec::instant(at)))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::PersonId.eq(of.uuid()))
            .filter(Column::RevokedAt.is_null())
            .exec(&self.connection)
            .await?;
        Ok(revoked.rows_affected == 1)
    }

    /// Adds a single-use reset of a person's password.
    pub async fn add_reset(
        &mut self,
        token_sha256: &str,
        person: PersonId,
        at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        let row = row::password_reset::Model {
            token_sha256: token_sha256.into(),
            person_id: person.uuid(),
            created_at: codec::instant(at),
            expires_at: codec::instant(expires_at),
            used_at: None,
        };
        row::password_reset::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Counts as [`Store::note_attempt`] does, in this transaction.
    pub async fn note_attempt(&mut self, key: &str, at: DateTime<Utc>, window: TimeDelta) -> Result<u32> {
        note_attempt(&self.connection, key, at, window).await
    }

    /// Uses a reset: whose password it resets, once and while it lasts.
    pub async fn use_reset(&mut self, token_sha256: &str, at: DateTime<Utc>) -> Result<Option<PersonId>> {
        use row::password_reset::{Column, Entity};
        let at = codec::instant(at);
        let used = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(at))
            .filter(Column::TokenSha256.eq(token_sha256))
            .filter(Column::UsedAt.is_null())
            .filter(Column::ExpiresAt.gt(at))
            .exec_with_returning(&self.connection)
            .await?;
        Ok(used.first().map(|row| row.person_id.into()))
    }
}

impl Store {
    /// Counts an attempt to sign in against a key (a digest of an account or of a network address), and says how
    /// many there were with it; a count starts anew after `window`. Counting and reading are one statement, so
    /// that of attempts side by side each has a number of its own.
    pub async fn note_attempt(&self, key: &str, at: DateTime<Utc>, window: TimeDelta) -> Result<u32> {
        note_attempt(&self.write, key, at, window).await
    }

    /// Forgets every attempt counted against a key: somebody signed in.
    pub async fn forget_attempts(&self, key: &str) -> Result<()> {
        row::sign_in_attempt::Entity::delete_by_id(key.to_owned()).exec(&self.write).await?;
        Ok(())
    }

    /// Takes one attempt back that was counted against a key: it was no failure.
    pub async fn forgive_attempt(&self, key: &str) -> Result<()> {
        use row::sign_in_attempt::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::Failures, Expr::col(Column::Failures).sub(1))
            .filter(Column::Key.eq(key))
            .filter(Column::Failures.gt(0))
            .exec(&self.write)
            .await?;
        Ok(())
    }

    /// Deletes sessions, API tokens, resets and counts that ended before `before`, and says how many.
    pub async fn sweep_sessions(&self, before: DateTime<Utc>) -> Result<u64> {
        let before = codec::instant(before);
        let mut swept = 0;
        macro_rules! sweep {
            ($($table:ident.$column:ident),+) => { $(
                let ended = row::$table::Column::$column.lt(before);
                swept += row::$table::Entity::delete_many().filter(ended).exec(&self.write).await?.rows_affected;
            )+ };
        }
        sweep!(
            session.ExpiresAt,
            api_token.ExpiresAt,
            password_reset.ExpiresAt,
            condition_link.ExpiresAt,
            sign_in_attempt.WindowStart
        );
        Ok(swept)
    }
}

async fn note_attempt(
    connection: &impl ConnectionTrait,
    key: &str,
    at: DateTime<Utc>,
    window: TimeDelta,
) -> Result<u32> {
    use row::sign_in_attempt::{Column, Entity};
    let at = codec::instant(at);
    let first =
        row::sign_in_attempt::Model { key: key.into(), window_start: at, failures: 1, created_at: at };
    let stale = || Expr::col((Entity, Column::WindowStart)).lte(at - window);
    let failures = Expr::case(stale(), 1).finally(Expr::col((Entity, Column::Failures)).add(1));
    let start = Expr::case(stale(), at).finally(Expr::col((Entity, Column::WindowStart)));
    let noted = Entity::insert(first.into_active_model())
        .on_conflict(
            OnConflict::column(Column::Key)
                .value(Column::Failures, failures)
                .value(Column::WindowStart, start)
                .to_owned(),
        )
        .exec_with_returning(connection)
        .await?;
    codec::count("sign_in_attempt", key, noted.failures)
}

/// Somebody whose token works, with one of their roles; once without a role, when they hold none.
#[derive(FromQueryResult)]
struct HolderRow {
    person_id: Uuid,
    read_only: bool,
    organisation_id: Option<Uuid>,
    role: Option<String>,
    until: Option<NaiveDate>,
    on_behalf_of: Option<Uuid>,
    last_day: Option<NaiveDate>,
}

impl Reader<'_> {
    /// Whether this digest is of a reset that can be used.
    pub async fn is_reset(&self, token_sha256: &str, at: DateTime<Utc>) -> Result<bool> {
        use row::password_reset::{Column, Entity};
        let found = Entity::find()
            .filter(Column::TokenSha256.eq(token_sha256))
            .filter(Column::UsedAt.is_null())
            .filter(Column::ExpiresAt.gt(codec::instant(at)))
            .count(&self.connection)
            .await?;
        Ok(found > 0)
    }

    /// Who acts by the session whose token has this digest; nobody when it has ended or the account is disabled.
    pub async fn actor_of_session(&self, token_sha256: &str, moment: Moment) -> Result<Option<Actor>> {
        use row::session::{Column, Entity};
        let live = Entity::find()
            .select_only()
            .expr_as(Expr::value(false), "read_only")
            .filter(Column::TokenSha256.eq(token_sha256))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(codec::instant(moment.at)));
        self.actor(live, Column::PersonId, moment).await
    }

    /// Who acts by the API token with this digest; nobody when it has ended or the account is disabled.
    pub async fn actor_of_token(&self, token_sha256: &str, moment: Moment) -> Result<Option<Actor>> {
        use row::api_token::{Column, Entity};
        let until = Column::ExpiresAt.gt(codec::instant(moment.at));
        let live = Entity::find()
            .select_only()
            .column(Column::ReadOnly)
            .filter(Column::TokenSha256.eq(token_sha256))
            .filter(Column::RevokedAt.is_null())
            .filter(Condition::any().add(Column::ExpiresAt.is_null()).add(until));
        self.actor(live, Column::PersonId, moment).await
    }

    /// The holder of what is live, with their roles of the day: in one statement, because every request asks.
    async fn actor<E: EntityTrait>(
        &self,
        live: Select<E>,
        holder: E::Column,
        moment: Moment,
    ) -> Result<Option<Actor>> {
        use row::{held_role::Column as Granted, person::Column as Account};
        let account = E::belongs_to(row::person::Entity).from(holder).to(Account::Id);
        let grants = E::belongs_to(row::held_role::Entity).from(holder).to(Granted::PersonId);
        let grants = grants.on_condition(move |_, _| leave::live(moment.today));
        let rows = live
            .column(holder)
            .columns([Granted::OrganisationId, Granted::Role, Granted::Until])
            .columns([Granted::OnBehalfOf, Granted::LastDay])
            .join(JoinType::InnerJoin, account.into())
            .join(JoinType::LeftJoin, grants.into())
            .filter(Account::DisabledAt.is_null())
            .order_by_asc(Granted::OrganisationId)
            .order_by_asc(Granted::Role)
            .into_model::<HolderRow>()
            .all(&self.connection)
            .await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let mut actor = Actor {
            person: first.person_id.into(),
            grants: Vec::new(),
            deputises: Vec::new(),
            read_only: first.read_only,
        };
        for row in rows {
            let (Some(organisation), Some(role)) = (row.organisation_id, &row.role) else { continue };
            let organisation = organisation.into();
            let role = codec::word!(Role, "held_role", row.person_id, role)?;
            match (row.on_behalf_of, row.last_day) {
                (Some(of), Some(until)) => {
                    actor.deputises.push(Deputised { organisation, role, on_behalf_of: of.into(), until });
                }
                _ => actor.grants.push(Grant { organisation, role, until: row.until }),
            }
        }
        // Whoever holds no role of their own in an organisation any more acts for nobody there.
        let belongs: Vec<_> = actor.grants.iter().map(|grant| grant.organisation).collect();
        actor.deputises.retain(|deputised| belongs.contains(&deputised.organisation));
        Ok(Some(actor))
    }

    /// The session whose token has this digest, whether or not it has ended.
    pub async fn session_by_token(&self, token_sha256: &str) -> Result<Option<Session>> {
        let found = row::session::Entity::find()
            .filter(row::session::Column::TokenSha256.eq(token_sha256))
            .one(&self.connection)
            .await?;
        Ok(found.map(session))
    }

    /// The sessions of a person that have not ended, the newest first, at most 100.
    pub async fn sessions(&self, of: PersonId, at: DateTime<Utc>) -> Result<Vec<Session>> {
        use row::session::{Column, Entity};
        let found = Entity::find()
            .filter(Column::PersonId.eq(of.uuid()))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(codec::instant(at)))
            .order_by_desc(Column::CreatedAt)
            .limit(100)
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(session).collect())
    }

    /// The API token with this digest, whether or not it has ended.
    pub async fn token_by_digest(&self, token_sha256: &str) -> Result<Option<ApiToken>> {
        let found = row::api_token::Entity::find()
            .filter(row::api_token::Column::TokenSha256.eq(token_sha256))
            .one(&self.connection)
            .await?;
        Ok(found.map(token))
    }

    /// The API token with this identifier, whether or not it has ended.
    pub async fn token(&self, id: TokenId) -> Result<Option<ApiToken>> {
        Ok(row::api_token::Entity::find_by_id(id.uuid()).one(&self.connection).await?.map(token))
    }

    /// The API tokens of a person, the newest first, at most 100.
    pub async fn tokens(&self, of: PersonId) -> Result<Vec<ApiToken>> {
        use row::api_token::{Column, Entity};
        let found = Entity::find()
            .filter(Column::PersonId.eq(of.uuid()))
            .order_by_desc(Column::CreatedAt)
            .limit(100)
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(token).collect())
    }
}

fn session(row: row::session::Model) -> Session {
    Session {
        id: row.id.into(),
        person: row.person_id.into(),
        user_agent: row.user_agent,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_seen_at: row.last_seen_at,
        revoked_at: row.revoked_at,
    }
}

fn token(row: row::api_token::Model) -> ApiToken {
    ApiToken {
        id: row.id.into(),
        person: row.person_id.into(),
        label: row.label,
        read_only: row.read_only,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
    }
}
