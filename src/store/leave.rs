//! Leave, and whose roles people act in while others are away.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::{Reader, Result, Tx, codec, row};
use crate::domain::{
    id::{Identifier, LeaveId, OrganisationId, PersonId},
    leave::Leave,
    permission::{Deputised, Role},
};

/// Most leave of an organisation that is read at once.
const MOST: u64 = 1000;

impl Tx {
    /// The leave of an organisation that is not over, which nobody else changes until the transaction ends.
    pub async fn leave_from(&mut self, organisation: OrganisationId, day: NaiveDate) -> Result<Vec<Leave>> {
        row::organisation::Entity::find_by_id(organisation.uuid())
            .lock_exclusive()
            .one(&self.connection)
            .await?;
        self.read().leave_from(organisation, day).await
    }

    /// Adds leave, or changes it.
    pub async fn save_leave(&mut self, leave: &Leave, at: DateTime<Utc>) -> Result<()> {
        use row::leave::{Column, Entity};
        let row = row::leave::Model {
            id: leave.id.uuid(),
            organisation_id: leave.organisation.uuid(),
            person_id: leave.person.uuid(),
            deputy_id: leave.deputy.map(PersonId::uuid),
            first_day: leave.from,
            last_day: leave.until,
            created_at: codec::instant(at),
        };
        let kept = sea_orm::sea_query::OnConflict::column(Column::Id)
            .update_columns([Column::DeputyId, Column::FirstDay, Column::LastDay])
            .to_owned();
        Entity::insert(row.into_active_model())
            .on_conflict(kept)
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Takes leave back that has not begun.
    pub async fn remove_leave(&mut self, id: LeaveId) -> Result<()> {
        row::leave::Entity::delete_by_id(id.uuid()).exec(&self.connection).await?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The leave with this identifier.
    pub async fn leave(&self, id: LeaveId) -> Result<Option<Leave>> {
        Ok(row::leave::Entity::find_by_id(id.uuid()).one(&self.connection).await?.map(read))
    }

    /// The leave of an organisation that is not over on a day, in order of its days; a thousand at most.
    pub async fn leave_from(&self, organisation: OrganisationId, day: NaiveDate) -> Result<Vec<Leave>> {
        use row::leave::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::LastDay.gte(day))
            .order_by_asc(Column::FirstDay)
            .order_by_asc(Column::Id)
            .limit(MOST)
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(read).collect())
    }

    /// The roles that these people act in for others on a day, by who acts; nothing of whoever acts for nobody. Whoever
    /// holds no role of their own in the organisation any more acts for nobody there.
    pub async fn deputised_by(
        &self,
        people: &[PersonId],
        today: NaiveDate,
    ) -> Result<HashMap<PersonId, Vec<Deputised>>> {
        use row::held_role::Column;
        let people = people.iter().map(|person| person.uuid());
        self.deputised(Condition::all().add(Column::PersonId.is_in(people)), today).await
    }

    /// The roles of an organisation that somebody acts in for somebody else on a day, by who acts.
    pub async fn deputies(
        &self,
        organisation: OrganisationId,
        today: NaiveDate,
    ) -> Result<HashMap<PersonId, Vec<Deputised>>> {
        use row::held_role::Column;
        self.deputised(Condition::all().add(Column::OrganisationId.eq(organisation.uuid())), today).await
    }

    async fn deputised(&self, of: Condition, today: NaiveDate) -> Result<HashMap<PersonId, Vec<Deputised>>> {
        use row::held_role::{Column, Entity};
        let found = Entity::find()
            .filter(of)
            .filter(Column::OnBehalfOf.is_not_null())
            .filter(live(today))
            .order_by_asc(Column::OrganisationId)
            .order_by_asc(Column::Role)
            .order_by_asc(Column::OnBehalfOf)
            .all(&self.connection)
            .await?;
        if found.is_empty() {
            return Ok(HashMap::new());
        }
        let mut people: Vec<PersonId> = found.iter().map(|row| row.person_id.into()).collect();
        people.sort_unstable();
        people.dedup();
        let own = self.grants_of(&people, today).await?;
        let mut deputised: HashMap<PersonId, Vec<Deputised>> = HashMap::new();
        for row in found {
            let (person, organisation) =
                (PersonId::from(row.person_id), OrganisationId::from(row.organisation_id));
            let belongs =
                own.get(&person).is_some_and(|held| held.iter().any(|it| it.organisation == organisation));
            let role = codec::word!(Role, "held_role", row.person_id, &row.role)?;
            if let (true, Some(of), Some(until)) = (belongs, row.on_behalf_of, row.last_day) {
                let one = Deputised { organisation, role, on_behalf_of: of.into(), until };
                deputised.entry(person).or_default().push(one);
            }
        }
        Ok(deputised)
    }
}

/// That a role is held, or acted in, on a day.
pub(crate) fn live(today: NaiveDate) -> Condition {
    use row::held_role::Column;
    let granted = Condition::any().add(Column::Until.is_null()).add(Column::Until.gte(today));
    let away = Condition::all().add(Column::FirstDay.lte(today)).add(Column::LastDay.gte(today));
    Condition::all().add(granted).add(Condition::any().add(Column::OnBehalfOf.is_null()).add(away))
}

fn read(row: row::leave::Model) -> Leave {
    Leave {
        id: row.id.into(),
        organisation: row.organisation_id.into(),
        person: row.person_id.into(),
        deputy: row.deputy_id.map(PersonId::from),
        from: row.first_day,
        until: row.last_day,
    }
}
