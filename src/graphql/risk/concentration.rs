//! Where negative impacts pile up.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use crate::{
    app::{Picture, Pile},
    graphql::{
        area::Area,
        assessment::Assessment,
        error::Result,
        group::Group,
        impact::Reach,
        limit::{SOME, listed, paged},
        page::{AssessmentTotal, ConcentrationTotal, Connection, connection, page_of, window},
        rating::Rating,
        risk::{count::reach, exposure::cases},
        scalar::int,
        session::session,
    },
};

/// Several cases that touch one group negatively, in one place at one time.
pub struct Concentration(pub Pile);

impl Concentration {
    /// A page of those of a picture.
    pub async fn list(
        ctx: &Context<'_>,
        picture: &Arc<Picture>,
        least: usize,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Self, ConcentrationTotal>> {
        let window = window(first, after, None, None)?;
        let found = Box::pin(session(ctx).app.concentrations(picture, least)).await?;
        let total = ConcentrationTotal(found.found.len());
        let numbered: Vec<(usize, Pile)> = found.found.into_iter().enumerate().collect();
        // What is told of each is all of it, so its place in the order names it.
        let slice = page_of(numbered, &window, |(place, pile)| format!("{}~{place}", pile.found.group))?;
        Ok(connection(slice, total, |(_, pile)| Self(pile)))
    }

    /// Whether a picture has more of them than were looked for.
    pub async fn truncated(ctx: &Context<'_>, picture: &Arc<Picture>, least: usize) -> Result<bool> {
        Ok(Box::pin(session(ctx).app.concentrations(picture, least)).await?.truncated)
    }
}

/// Several cases that touch one group negatively, in one place at one time: the place where all of them are at once,
/// and who lives there.
#[Object]
impl Concentration {
    /// The group.
    async fn group(&self) -> Group {
        Group::of(&self.0.picture.groups, &self.0.found.group)
    }

    /// How many cases.
    async fn assessments(&self) -> i32 {
        int(self.0.found.cases.len())
    }

    /// Those of them that the viewer may not read: they are counted, and not among `cases`.
    async fn unreadable(&self) -> i32 {
        int(self.0.found.cases.len() - self.0.found.readable.len())
    }

    /// What partners propose without a case here that is bad for the group in this place: a column of its own.
    #[graphql(complexity = "20")]
    async fn partner_proposals(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(Box::pin(session(ctx).app.partners_beside(&self.0)).await?))
    }

    /// The gravest current rating of their negative impacts on the group; null: none is rated.
    async fn maximum(&self) -> Option<Rating> {
        self.0.found.maximum.map(Rating::from)
    }

    /// How many people authors say that these impacts touch, anywhere; null: nobody says. Never confused with
    /// `residents`.
    async fn reach(&self) -> Option<Reach> {
        reach(self.0.found.reach)
    }

    /// How many LSOAs the place has.
    async fn lsoas(&self) -> i32 {
        int(self.0.found.lsoas.count())
    }

    /// How many people live there, each once.
    async fn residents(&self) -> i32 {
        int(self.0.residents().unwrap_or_default())
    }

    /// How many of them are in the group, where the census has them.
    #[graphql(complexity = "20")]
    async fn group_residents(&self) -> Option<i32> {
        self.0.group_residents().map(int)
    }

    /// Whether it takes impacts on all of a board that are less than major to make it: such overlap everything, and
    /// stand behind the others. From when on an impact is major is a setting of each organisation.
    async fn widespread(&self) -> bool {
        self.0.found.widespread
    }

    /// The districts that the place lies in.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn areas(&self) -> Vec<Area> {
        Area::list(&self.0.areas())
    }

    /// The service lines of the cases.
    async fn service_lines(&self) -> &[String] {
        &self.0.found.service_lines
    }

    /// The cases, as far as the viewer may read them, in the order in which they were begun.
    #[graphql(complexity = "20 + paged(first, None, child_complexity)")]
    async fn cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Result<Connection<Assessment, AssessmentTotal>> {
        cases(ctx, self.0.found.readable.clone(), first, after).await
    }
}

/// The place under at least so many cases at once that touch a group negatively.
#[derive(SimpleObject)]
pub struct ConcurrencyLevel {
    /// So many cases.
    at_least: i32,
    /// How many LSOAs the place has.
    lsoas: i32,
    /// How many people live there, each once.
    residents: i32,
    /// How many of them are in the group, where the census has them.
    group_residents: Option<i32>,
    /// The districts that the place lies in.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    areas: Vec<Area>,
}

impl ConcurrencyLevel {
    /// Those of a group.
    pub async fn list(ctx: &Context<'_>, picture: &Arc<Picture>, group: &str) -> Result<Vec<Self>> {
        let levels = Box::pin(session(ctx).app.concurrency(picture, group)).await?;
        let Some(reference) = picture.reference.as_ref() else { return Ok(Vec::new()) };
        let told = levels.into_iter().map(|level| Self {
            at_least: int(level.at_least),
            lsoas: int(level.lsoas.count()),
            residents: int(reference.residents(&level.lsoas).unwrap_or_default()),
            group_residents: reference.group_residents(&level.lsoas, group).map(int),
            areas: reference.districts_of(&level.lsoas).into_iter().map(Area::coded).collect(),
        });
        Ok(told.collect())
    }
}
