//! What is derived from the cases of an organisation, written anew: after its scale changed, and whenever an operator
//! asks for it.

use crate::{
    app::{App, Error, Result, projection},
    domain::{
        calendar::Moment,
        id::{AssessmentId, OrganisationId},
    },
};

/// Cases read at once.
const CASES: u64 = 200;
/// How often one case is tried while others change it.
const TRIES: u32 = 5;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rederived {
    /// How many cases were derived anew.
    pub done: u64,
    /// Those that could not be.
    pub unreadable: Vec<Unreadable>,
}

/// A case that could not be derived anew; it stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The case.
    pub id: AssessmentId,
    /// Its reference.
    pub reference: String,
    /// Why.
    pub reason: String,
}

impl App {
    /// Derives everything that lists and tasks ask of an organisation's cases anew, under its settings as they are now:
    /// each case in a transaction of its own, so that doing it again goes on where it was cut off and harms nothing.
    /// What was concluded and decided keeps the scale it was judged on. `progress` hears how many cases were looked at.
    pub async fn rederive(
        &self,
        organisation: OrganisationId,
        moment: Moment,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Rederived> {
        let (mut told, mut looked_at, mut last) = (Rederived::default(), 0, None);
        loop {
            let cases = self.store.read().references_of(organisation, last, CASES).await?;
            let Some((end, _)) = cases.last() else { return Ok(told) };
            last = Some(*end);
            for (id, reference) in cases {
                match self.rederive_tried(id, moment).await {
                    Ok(()) => told.done += 1,
                    Err(error) => {
                        tracing::error!(case = %id, error = error.to_string(), "a case could not be derived anew");
                        let reason = match error {
                            Error::Internal(inner) => format!("{inner:#}"),
                            Error::Retry => "others are changing it; run the command again".into(),
                            other => other.to_string(),
                        };
                        told.unreadable.push(Unreadable { id, reference, reason });
                    }
                }
                looked_at += 1;
                progress(looked_at);
            }
        }
    }

    async fn rederive_tried(&self, id: AssessmentId, moment: Moment) -> Result<()> {
        for _ in 1..TRIES {
            match Box::pin(self.rederive_one(id, moment)).await {
                Err(Error::Retry) => {}
                done => return done,
            }
        }
        Box::pin(self.rederive_one(id, moment)).await
    }

    async fn rederive_one(&self, id: AssessmentId, moment: Moment) -> Result<()> {
        let surroundings = self.surroundings(id, moment).await?;
        self.store
            .write::<_, Error>(async |tx| {
                let case = tx.case(id).await?.ok_or(Error::NotFound)?;
                // Whoever set other settings since derives the case under those.
                let organisation = tx.read().organisation(case.organisation).await?;
                let settings = &surroundings.organisation.settings;
                if organisation.is_none_or(|now| now.settings != *settings) {
                    return Err(Error::Retry);
                }
                let view = surroundings.view(case, moment)?;
                Ok(tx.rebuild(&view.case, &projection::of(&view)).await?)
            })
            .await
    }
}
