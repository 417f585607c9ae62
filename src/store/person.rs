//! People with accounts, their roles, and how to reach parties without accounts.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{Error, Reader, Result, Tx, codec, row};
use crate::domain::{
    id::{ContactId, Identifier, OrganisationId, PersonId},
    permission::{Grant, Role},
    preference::MailPreferences,
};

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their identifier.
    pub id: PersonId,
    /// What they are called.
    pub name: String,
    /// Their address, as they spell it.
    pub email: String,
    /// Since when they may no longer sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Since when they have an account.
    pub created_at: DateTime<Utc>,
}

/// A person with what they sign in by. It has no `Debug`, so that no log ever holds it.
#[derive(Clone)]
pub struct Credentials {
    /// The person.
    pub person: Person,
    /// The hash of their password in PHC string format; `None` before they have set one.
    pub password_hash: Option<String>,
}

/// How to reach a party without an account. Kept apart from documents, so that it can be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its identifier.
    pub id: ContactId,
    /// Whose contact it is.
    pub organisation: OrganisationId,
    /// What they are called.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// An address as it is compared: without white space around it, lower case.
#[must_use]
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Tx {
    /// Adds a person.
    ///
    /// # Errors
    /// [`Error::Unique`] `unique_person_email_folded` when the address is taken.
    pub async fn add_person(&mut self, person: &Person, password_hash: Option<&str>) -> Result<()> {
        let row = row::person::Model {
            id: person.id.uuid(),
            name: person.name.clone(),
            email: person.email.trim().to_owned(),
            email_folded: fold_email(&person.email),
            password_hash: password_hash.map(str::to_owned),
            disabled_at: person.disabled_at.map(codec::instant),
            created_at: codec::instant(person.created_at),
            updated_at: codec::instant(person.created_at),
            mail_preferences: None,
            digest_hour: None,
            address_failed_at: None,
            address_failure: None,
        };
        row::person::Entity::insert(row.into_active_model()).exec_without_returning(&self.connection).await?;
        Ok(())
    }

    /// Saves name, address and whether the person may sign in. Whether mail reaches a new address is not known yet.
    pub async fn save_person(&mut self, person: &Person, at: DateTime<Utc>) -> Result<()> {
        use row::person::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::AddressFailedAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::AddressFailure, Expr::value(None::<String>))
            .filter(Column::Id.eq(person.id.uuid()))
            .filter(Column::EmailFolded.ne(fold_email(&person.email)))
            .exec(&self.connection)
            .await?;
        let columns = row::person::ActiveModel {
            name: ActiveValue::Set(person.name.clone()),
            email: ActiveValue::Set(person.email.trim().to_owned()),
            email_folded: ActiveValue::Set(fold_email(&person.email)),
            disabled_at: ActiveValue::Set(person.disabled_at.map(codec::instant)),
            updated_at: ActiveValue::Set(codec::instant(at)),
            ..Default::default()
        };
        self.update_person(person.id, columns).await
    }

    /// Sets the hash of a person's password.
    pub async fn set_password(&mut self, id: PersonId, hash: &str, at: DateTime<Utc>) -> Result<()> {
        let columns = row::person::ActiveModel {
            password_hash: ActiveValue::Set(Some(hash.to_owned())),
            updated_at: ActiveValue::Set(codec::instant(at)),
            ..Default::default()
        };
        self.update_person(id, columns).await
    }

    /// Keeps what a person wants to hear by mail, and when.
    pub async fn keep_mail_preferences(
        &mut self,
        id: PersonId,
        preferences: &MailPreferences,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let columns = row::person::ActiveModel {
            mail_preferences: ActiveValue::Set(Some(codec::text(preferences)?)),
            digest_hour: ActiveValue::Set(Some(preferences.digest_hour.into())),
            updated_at: ActiveValue::Set(codec::instant(at)),
            ..Default::default()
        };
        self.update_person(id, columns).await
    }

    async fn update_person(&mut self, id: PersonId, columns: row::person::ActiveModel) -> Result<()> {
        let saved = row::person::Entity::update_many()
            .set(columns)
            .filter(row::person::Column::Id.eq(id.uuid()))
            .exec(&self.connection)
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// Grants a role, or moves the end of one that is granted.
    pub async fn grant(&mut self, person: PersonId, grant: &Grant, at: DateTime<Utc>) -> Result<()> {
        use row::role_grant::{Column, Entity};
        let row = row::role_grant::Model {
            person_id: person.uuid(),
            organisation_id: grant.organisation.uuid(),
            role: grant.role.to_sql(),
            until: grant.until,
            created_at: codec::instant(at),
        };
        let unique = [Column::PersonId, Column::OrganisationId, Column::Role];
        Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::columns(unique).update_column(Column::Until).to_owned())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Takes a role away: the grant ended the day before, and stays to tell where the person belonged. `false` when
    /// it was not held.
    pub async fn revoke(
        &mut self,
        person: PersonId,
        organisation: OrganisationId,
        role: Role,
        today: NaiveDate,
    ) -> Result<bool> {
        use row::role_grant::{Column, Entity};
        let ended = Entity::update_many()
            .col_expr(Column::Until, Expr::value(today.pred_opt().unwrap_or(today)))
            .filter(Column::PersonId.eq(person.uuid()))
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::Role.eq(role.to_sql()))
            .filter(live(today))
            .exec(&self.connection)
            .await?;
        Ok(ended.rows_affected == 1)
    }

    /// Adds a contact.
    pub async fn add_contact(&mut self, contact: &Contact, at: DateTime<Utc>) -> Result<()> {
        let row = row::contact::Model {
            id: contact.id.uuid(),
            organisation_id: contact.organisation.uuid(),
            name: contact.name.clone(),
            email: contact.email.clone(),
            created_at: codec::instant(at),
            address_failed_at: None,
            address_failure: None,
        };
        row::contact::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Erases a contact; documents that name the party stand. `false` when it was gone.
    pub async fn erase_contact(&mut self, id: ContactId) -> Result<bool> {
        let gone = row::contact::Entity::delete_by_id(id.uuid()).exec(&self.connection).await?;
        Ok(gone.rows_affected == 1)
    }
}

impl Reader<'_> {
    /// The person.
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>> {
        let found = row::person::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        Ok(found.map(read))
    }

    /// The people with these identifiers, in no order.
    pub async fn people(&self, ids: &[PersonId]) -> Result<Vec<Person>> {
        let found = row::person::Entity::find()
            .filter(row::person::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(read).collect())
    }

    /// What these people want to hear by mail, and when: of whoever never said, the program's defaults.
    pub async fn mail_preferences(&self, ids: &[PersonId]) -> Result<HashMap<PersonId, MailPreferences>> {
        let found: Vec<(Uuid, Option<String>)> = row::person::Entity::find()
            .select_only()
            .columns([row::person::Column::Id, row::person::Column::MailPreferences])
            .filter(row::person::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .into_tuple()
            .all(&self.connection)
            .await?;
        let read = |(id, kept): (Uuid, Option<String>)| {
            let preferences = match kept {
                Some(kept) => codec::document("person", id, kept.as_bytes())?,
                None => MailPreferences::default(),
            };
            Ok((PersonId::from(id), preferences))
        };
        found.into_iter().map(read).collect()
    }

    /// The roles that these people hold on a day; nothing of whoever holds none.
    pub async fn grants_of(
        &self,
        people: &[PersonId],
        today: NaiveDate,
    ) -> Result<HashMap<PersonId, Vec<Grant>>> {
        use row::role_grant::{Column, Entity};
        let found = Entity::find()
            .filter(Column::PersonId.is_in(people.iter().map(|id| id.uuid())))
            .filter(live(today))
            .order_by_asc(Column::OrganisationId)
            .order_by_asc(Column::Role)
            .all(&self.connection)
            .await?;
        let mut grants: HashMap<PersonId, Vec<Grant>> = HashMap::new();
        for row in found {
            let (person, grant) = read_grant(row)?;
            grants.entry(person).or_default().push(grant);
        }
        Ok(grants)
    }

    /// The person with this address, however it is spelt.
    pub async fn person_by_email(&self, email: &str) -> Result<Option<Person>> {
        Ok(self.credentials(email).await?.map(|credentials| credentials.person))
    }

    /// What the person with this address signs in by.
    pub async fn credentials(&self, email: &str) -> Result<Option<Credentials>> {
        let found = row::person::Entity::find()
            .filter(row::person::Column::EmailFolded.eq(fold_email(email)))
            .one(&self.connection)
            .await?;
        Ok(found.map(|mut row| Credentials { password_hash: row.password_hash.take(), person: read(row) }))
    }

    /// The roles a person holds on a day.
    pub async fn grants(&self, person: PersonId, today: NaiveDate) -> Result<Vec<Grant>> {
        use row::role_grant::{Column, Entity};
        let found = Entity::find()
            .filter(Column::PersonId.eq(person.uuid()))
            .filter(live(today))
            .order_by_asc(Column::OrganisationId)
            .order_by_asc(Column::Role)
            .all(&self.connection)
            .await?;
        found.into_iter().map(|row| Ok(read_grant(row)?.1)).collect()
    }

    /// The organisations in which a person holds a role or ever held one, in order.
    pub async fn organisations_of(&self, person: PersonId) -> Result<Vec<OrganisationId>> {
        use row::role_grant::{Column, Entity};
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::OrganisationId)
            .distinct()
            .filter(Column::PersonId.eq(person.uuid()))
            .order_by_asc(Column::OrganisationId)
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(OrganisationId::from).collect())
    }

    /// The roles held in an organisation on a day, with who holds them; only this role when one is named.
    pub async fn holders(
        &self,
        organisation: OrganisationId,
        role: Option<Role>,
        today: NaiveDate,
    ) -> Result<Vec<(PersonId, Grant)>> {
        use row::role_grant::{Column, Entity};
        let mut query = Entity::find()
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(live(today))
            .order_by_asc(Column::Role)
            .order_by_asc(Column::PersonId);
        if let Some(role) = role {
            query = query.filter(Column::Role.eq(role.to_sql()));
        }
        query.all(&self.connection).await?.into_iter().map(read_grant).collect()
    }

    /// The contacts with these identifiers, in no order.
    pub async fn contacts(&self, ids: &[ContactId]) -> Result<Vec<Contact>> {
        let found = row::contact::Entity::find()
            .filter(row::contact::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .all(&self.connection)
            .await?;
        Ok(found
            .into_iter()
            .map(|row| Contact {
                id: row.id.into(),
                organisation: row.organisation_id.into(),
                name: row.name,
                email: row.email,
            })
            .collect())
    }
}

pub(crate) fn live(today: NaiveDate) -> Condition {
    use row::role_grant::Column;
    Condition::any().add(Column::Until.is_null()).add(Column::Until.gte(today))
}

fn read(row: row::person::Model) -> Person {
    Person {
        id: row.id.into(),
        name: row.name,
        email: row.email,
        disabled_at: row.disabled_at,
        created_at: row.created_at,
    }
}

fn read_grant(row: row::role_grant::Model) -> Result<(PersonId, Grant)> {
    let role = codec::word!(Role, "role_grant", row.person_id, &row.role)?;
    Ok((row.person_id.into(), Grant { organisation: row.organisation_id.into(), role, until: row.until }))
}
