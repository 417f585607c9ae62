//! Parts of a picture.

use std::sync::Arc;

use async_graphql::{Context, Object};
use uuid::Uuid;

use crate::{
    app::{Picture, Shown, Slice},
    domain::{
        id::AssessmentId,
        page::Window,
        risk::{self, Counts, ExposureDimension, Key, RatingBasis},
    },
    graphql::{
        area::Area,
        assessment::Assessment,
        error::{Result, bad},
        group::Group,
        impact::Reach,
        limit::{listed, paged},
        organisation::Organisation,
        page::{AssessmentTotal, Connection, Counted, connection, page_of, window},
        rating::Rating,
        risk::count::{BandCount, DirectionCounts, reach},
        scalar::int,
        session::session,
        word::Word,
    },
};

/// A part of a picture.
#[derive(Clone)]
pub struct Exposure {
    shown: Arc<Shown>,
    key: Key,
    counted: risk::Exposure,
}

/// A page of cases that were found, for those who may read them.
pub async fn cases(
    ctx: &Context<'_>,
    found: Vec<AssessmentId>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Connection<Assessment, AssessmentTotal>> {
    let window = window(first, after, None, None)?;
    let total = AssessmentTotal::Counted(found.len());
    shown(ctx, page_of(found, &window, ToString::to_string)?, total).await
}

async fn shown(
    ctx: &Context<'_>,
    slice: Slice<AssessmentId>,
    total: AssessmentTotal,
) -> Result<Connection<Assessment, AssessmentTotal>> {
    let mut nodes = Vec::new();
    for (cursor, id) in slice.nodes {
        // What was shared a moment ago and is not now is left out.
        if let Some(summary) = session(ctx).find_summary(id).await? {
            nodes.push((cursor, summary));
        }
    }
    let slice = Slice { nodes, has_previous: slice.has_previous, has_next: slice.has_next };
    Ok(connection(slice, total, Assessment::Summary))
}

impl Exposure {
    /// A page of the parts of a picture.
    pub async fn list(
        ctx: &Context<'_>,
        picture: &Arc<Picture>,
        by: Option<Vec<Word<ExposureDimension>>>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Self, Counted>> {
        let window = window(first, after, None, None)?;
        let mut by: Vec<ExposureDimension> = by
            .map_or_else(|| vec![ExposureDimension::Group], |by| by.into_iter().map(|word| word.0).collect());
        by.sort_unstable();
        by.dedup();
        let cut = Arc::new(Box::pin(session(ctx).app.cut(picture.clone(), &by)).await?);
        let total = Counted(cut.parts.len());
        let slice = page_of(cut.parts.iter().collect(), &window, |(key, _)| key.cursor())?;
        let keys = slice.nodes.iter().map(|(_, (key, _))| key.clone()).collect();
        let shown = Arc::new(Shown::new(cut.clone(), keys));
        Ok(connection(slice, total, |(key, counted)| Self {
            shown: shown.clone(),
            key: key.clone(),
            counted: counted.clone(),
        }))
    }

    /// This part of a picture that was cut; `None` when it has none.
    pub fn part(shown: &Arc<Shown>, key: &Key) -> Option<Self> {
        let (key, counted) = shown.cut.parts.iter().find(|(own, _)| own == key)?;
        Some(Self { shown: shown.clone(), key: key.clone(), counted: counted.clone() })
    }

    fn picture(&self) -> &Picture {
        &self.shown.cut.picture
    }

    fn counts(&self) -> &Counts {
        &self.counted.figures.counts
    }

    /// A page of its cases, of which no more are looked for than it shows.
    async fn page(&self, ctx: &Context<'_>, window: Window) -> Result<Slice<AssessmentId>> {
        let after = match &window.cursor {
            None => None,
            Some(cursor) => match Uuid::try_parse(cursor) {
                Ok(id) => Some(AssessmentId::from(id)),
                Err(_) => return Err(bad("This cursor is not one of this list; begin again without it.")),
            },
        };
        let size = window.size as usize;
        let app = &session(ctx).app;
        let mut found = Box::pin(app.cases_in(&self.shown.cut, &self.key, after, size + 1)).await?;
        let has_next = found.len() > size;
        found.truncate(size);
        let nodes = found.into_iter().map(|id| (id.to_string(), id)).collect();
        Ok(Slice { nodes, has_previous: after.is_some(), has_next })
    }
}

/// What is counted in one part of a picture: of a group, a place, a service, a body, a time, or of several of these
/// together. What it was not cut by is null, and so is what its cases do not say.
#[Object]
impl Exposure {
    /// The group that impacts are on.
    async fn group(&self) -> Option<Group> {
        self.key.group.as_ref().map(|code| Group::of(&self.picture().groups, code))
    }

    /// The place: the district, or the board where it was cut by boards only. Null: cases without a place that is
    /// known.
    async fn area(&self) -> Option<Area> {
        self.key.district.or(self.key.icb).map(Area::coded)
    }

    /// The board, where it was cut by boards.
    async fn board(&self) -> Option<Area> {
        self.key.icb.map(Area::coded)
    }

    /// The service line.
    async fn service_line(&self) -> Option<&str> {
        self.key.service_line.as_deref()
    }

    /// The programme.
    async fn programme(&self) -> Option<&str> {
        self.key.programme.as_deref()
    }

    /// The organisation that the cases belong to.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        match self.key.organisation {
            Some(id) => Some(Organisation::named(ctx, id).await),
            None => None,
        }
    }

    /// The quarter of the financial year in which the change begins: `2026/27 Q3`.
    async fn quarter(&self) -> Option<&str> {
        self.key.quarter.as_deref()
    }

    /// Cases.
    async fn assessments(&self) -> i32 {
        int(self.counts().cases)
    }

    /// Those of them that the viewer may not read: they are counted, and not among `cases`.
    async fn unreadable(&self) -> i32 {
        int(self.counted.unreadable)
    }

    /// What partners propose without a case here, on the same group, place, organisation and quarter: a column of its own, also where
    /// no case is. What is on a wider group than the filter asks for bears on that, and is told in the part of the wider one.
    #[graphql(complexity = "20")]
    async fn partner_proposals(&self) -> i32 {
        int(self.counted.partners)
    }

    /// Impacts by direction.
    async fn impacts(&self) -> DirectionCounts {
        DirectionCounts::from(self.counts())
    }

    /// Negative impacts by band.
    #[graphql(complexity = "listed(5, child_complexity)")]
    async fn bands(
        &self,
        #[graphql(desc = "By which judgement.", default_with = "Word(RatingBasis::Current)")] basis: Word<
            RatingBasis,
        >,
    ) -> Vec<BandCount> {
        BandCount::list(|band| self.counts().band(basis.0, band))
    }

    /// The gravest rating of a negative impact: by band, then by score. Scores of different scales do not compare: of several
    /// that have the gravest band, the first by name tells its rating. Null: none is rated.
    async fn maximum(
        &self,
        #[graphql(desc = "By which judgement.", default_with = "Word(RatingBasis::Current)")] basis: Word<
            RatingBasis,
        >,
    ) -> Option<Rating> {
        self.counted.figures.maximum(basis.0).map(Rating::from)
    }

    /// Mitigations that are planned or under way.
    async fn open_mitigations(&self) -> i32 {
        int(self.counts().open)
    }

    /// How many people authors say that the negative impacts touch; null: nobody says. Never confused with
    /// `residents`. Of a case that the viewer may not read, rounded.
    async fn reach(&self) -> Option<Reach> {
        reach(self.counts().reach)
    }

    /// How many people live in the footprints, each once; null where that is not known.
    #[graphql(complexity = "20")]
    async fn residents(&self, ctx: &Context<'_>) -> Option<Result<i32>> {
        let found = Box::pin(session(ctx).app.residents(&self.shown, &self.key)).await;
        found.map(|people| people.map(int)).map_err(Into::into).transpose()
    }

    /// The cases behind it, as far as the viewer may read them, in the order in which they were begun.
    #[graphql(complexity = "1000 + paged(first, None, child_complexity)")]
    async fn cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Result<Connection<Assessment, AssessmentTotal>> {
        let readable = self.counts().cases - self.counted.unreadable;
        let total = AssessmentTotal::Counted(usize::try_from(readable).unwrap_or_default());
        let slice = self.page(ctx, window(first, after, None, None)?).await?;
        shown(ctx, slice, total).await
    }
}
