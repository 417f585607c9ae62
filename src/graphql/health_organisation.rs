//! NHS organisations as the Organisation Data Service has them: open data, not the organisations that work here.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::{
    domain::place::{self, Code, HealthOrganisationKind, Reference},
    graphql::{
        area::Area,
        error::{Result, bad},
        limit::listed,
        scalar::Date,
        session::session,
        word::Word,
    },
};

/// How many are found when nothing else is asked.
const FOUND: i32 = 20;
/// Most that are found.
const MOST: i32 = 50;

/// An NHS organisation.
pub struct HealthOrganisation {
    reference: Arc<Reference>,
    own: place::HealthOrganisation,
}

impl HealthOrganisation {
    /// The organisation with this code.
    pub async fn find(ctx: &Context<'_>, code: &str) -> Result<Option<Self>> {
        let reference = Box::pin(session(ctx).app.reference()).await?;
        let own = reference.organisations().find(code).cloned();
        Ok(own.map(|own| Self { reference, own }))
    }

    /// Those that a text may mean.
    pub async fn search(ctx: &Context<'_>, text: &str, first: Option<i32>) -> Result<Vec<Self>> {
        let first = first.unwrap_or(FOUND);
        if !(1..=MOST).contains(&first) {
            return Err(bad(format!("Ask for 1 to {MOST} at a time.")));
        }
        let reference = Box::pin(session(ctx).app.reference_to_search(text)).await?;
        let found = reference.organisations().search(text).into_iter();
        let found = found.take(usize::try_from(first).unwrap_or_default()).cloned();
        Ok(found.map(|own| Self { reference: reference.clone(), own }).collect())
    }

    fn others<'a>(&self, codes: impl IntoIterator<Item = &'a String>) -> Vec<Self> {
        let all = self.reference.organisations();
        let found = codes.into_iter().filter_map(|code| all.find(code).cloned());
        found.map(|own| Self { reference: self.reference.clone(), own }).collect()
    }

    fn place(&self) -> Option<Code> {
        self.reference.gazetteer().board_of(&self.own.code)
    }
}

/// An NHS organisation of England as the NHS Organisation Data Service has it: open data, whether or not it works with
/// this service.
#[Object]
impl HealthOrganisation {
    /// Its ODS code.
    async fn code(&self) -> &str {
        &self.own.code
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.own.name
    }

    /// What kind it is.
    async fn kind(&self) -> Word<HealthOrganisationKind> {
        Word(self.own.kind)
    }

    /// The board of a trust, the trust of a site; null where the source does not say.
    async fn parent(&self) -> Option<HealthOrganisation> {
        self.others(&self.own.parent).pop()
    }

    /// The day it opened; null where the source does not say.
    async fn opened(&self) -> Option<Date> {
        self.own.opened.map(Date)
    }

    /// The day it closed; null while it is open, and where the source does not say.
    async fn closed(&self) -> Option<Date> {
        self.own.closed.map(Date)
    }

    /// Whether it is open; of trusts as of 2022.
    async fn open(&self) -> bool {
        self.own.open
    }

    /// What succeeded it; none while it is open, and where the source does not say.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn successors(&self) -> Vec<HealthOrganisation> {
        self.others(&self.own.successors)
    }

    /// What it succeeded.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn predecessors(&self) -> Vec<HealthOrganisation> {
        let found = self.reference.organisations().predecessors(&self.own.code).cloned();
        found.map(|own| Self { reference: self.reference.clone(), own }).collect()
    }

    /// The place of a board; null for other organisations.
    async fn area(&self) -> Option<Area> {
        self.place().map(Area::coded)
    }

    /// What must be known of its succession: that its places went to several, and whether it is known which went where.
    async fn note(&self) -> Option<String> {
        let names = |codes: &[String]| {
            let all = self.reference.organisations();
            let names = codes.iter().filter_map(|code| all.find(code)).map(|one| one.name.as_str());
            names.collect::<Vec<_>>().join("; ")
        };
        if self.own.successors.len() < 2 {
            return None;
        }
        let undivided = self.place().is_some_and(|place| self.reference.gazetteer().is_undivided(place));
        let which = if undivided {
            "the lookups do not say which went where"
        } else {
            "its area has which went where"
        };
        Some(format!("Its places went to several, and {which}: {}.", names(&self.own.successors)))
    }
}
