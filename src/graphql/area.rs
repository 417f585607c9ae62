//! Places by their ONS code.

use async_graphql::{Context, Object};

use crate::{
    domain::{
        area::{self, AreaLevel},
        place::{self, Code},
        settings::Notable,
    },
    graphql::{
        error::{Result, Told, bad},
        limit::listed,
        page::Total,
        population::PopulationProfile,
        scalar::{Date, int},
        session::session,
        word::Word,
    },
};

/// A place.
#[derive(Clone)]
pub struct Area {
    code: String,
    level: AreaLevel,
}

impl Area {
    /// The place with this code; none when it is not the code of a place in England.
    pub fn of(code: &str) -> Option<Self> {
        area::level(code).map(|level| Self { code: code.to_owned(), level })
    }

    /// The place with this code.
    pub fn coded(code: Code) -> Self {
        Self { code: code.to_string(), level: code.level() }
    }

    /// The places with these codes.
    pub fn list(codes: &[String]) -> Vec<Self> {
        codes.iter().filter_map(|code| Self::of(code)).collect()
    }

    /// What is known of it; nothing where no reference data is loaded.
    async fn found(&self, ctx: &Context<'_>) -> Result<Option<place::Area>> {
        let reference = Box::pin(session(ctx).app.find_reference()).await?;
        let code = Code::parse(&self.code);
        Ok(reference.zip(code).and_then(|(reference, code)| reference.gazetteer().find(code)))
    }
}

/// A place, of any level from neighbourhood to country.
#[Object]
impl Area {
    /// Its code in the ONS register of geographic codes.
    async fn code(&self) -> &str {
        &self.code
    }

    /// Its name; its code where it is not known.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.found(ctx).await?.map_or_else(|| self.code.clone(), |area| area.name))
    }

    /// What the people who live there call it; MSOAs have such a name.
    async fn local_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.found(ctx).await.map(|area| area.and_then(|area| area.local)).transpose()
    }

    /// Its code in the NHS Organisation Data Service, for boards and their places.
    async fn ods_code(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.found(ctx).await.map(|area| area.and_then(|area| area.nhs)).transpose()
    }

    /// Its level.
    async fn level(&self) -> Word<AreaLevel> {
        Word(self.level)
    }

    /// The day it began; null where that is not known.
    async fn opened(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.found(ctx).await.map(|area| area.and_then(|area| area.opened).map(Date)).transpose()
    }

    /// The day it ended; null while it stands, and where the day is not known.
    async fn closed(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.found(ctx).await.map(|area| area.and_then(|area| area.closed).map(Date)).transpose()
    }

    /// What succeeded it; none while it stands.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn successors(&self, ctx: &Context<'_>) -> Result<Vec<Area>> {
        let successors = self.found(ctx).await?.map(|area| area.successors).unwrap_or_default();
        Ok(successors.into_iter().map(Self::coded).collect())
    }

    /// Who lives there, by the program's own thresholds of what is notable; null with the reason among the errors where
    /// it cannot be told.
    #[graphql(complexity = "200 + child_complexity")]
    async fn profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edition of the indices of deprivation, `IMD 2025`; the newest when absent.")]
        edition: Option<String>,
    ) -> Option<Result<PopulationProfile>> {
        let told = async {
            let reference = Box::pin(session(ctx).app.reference()).await?;
            let code = std::slice::from_ref(&self.code);
            let found = reference.population(code, edition.as_deref(), &Notable::default());
            Ok(PopulationProfile(found.map_err(|unanswered| bad(unanswered.message))?))
        };
        Some(told.await)
    }
}

/// Counts what a search finds.
pub struct AreaTotal(pub usize);

impl Total for AreaTotal {
    async fn count(&self, _: &Context<'_>) -> Result<i32> {
        Ok(int(u32::try_from(self.0).map_err(|_| Told::from(crate::app::Error::NotFound))?))
    }
}
