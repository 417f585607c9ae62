//! What changed over time: figures by month, promises by group, what assessments changed.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use crate::{
    app::{InfluenceView, Picture, PromisesView, TrendMonth},
    domain::{
        decision::DecisionOutcome,
        impact::Direction,
        review::Recommendation,
        risk::{
            ExposureDimension, RatingBasis, Totals,
            influence::{Influence, Shift},
            promise::Promises,
        },
    },
    graphql::{
        assessment::Assessment,
        error::Result,
        group::Group,
        impact::Reach,
        limit::{SOME, listed, paged},
        page::{Connection, Counted, connection, page_of, window},
        rating::Rating,
        risk::{
            count::{BandCount, DirectionCounts, HeatMap, reach},
            exposure::Exposure,
        },
        scalar::{Date, int},
        session::session,
        word::Word,
    },
};

/// A month of a trend: the picture as it was known at its end, of the cases that the viewer may have in it today.
pub struct RiskMonth(TrendMonth);

impl RiskMonth {
    /// The months of a trend.
    pub async fn list(
        ctx: &Context<'_>,
        picture: &Arc<Picture>,
        months: i32,
        until: Option<Date>,
    ) -> Result<Vec<Self>> {
        let months = u32::try_from(months).unwrap_or_default();
        let found = Box::pin(session(ctx).app.trend(picture, months, until.map(|day| day.0))).await?;
        Ok(found.into_iter().map(Self).collect())
    }

    async fn totals(&self, ctx: &Context<'_>) -> Result<Arc<Totals>> {
        Ok(Box::pin(session(ctx).app.totals(&self.0.picture)).await?)
    }
}

/// A month of a trend: the picture as it was known at its end, of the cases that the viewer may have in it today. Every figure
/// is that of `aggregatedRisk` with `asAt` of that day.
#[Object]
impl RiskMonth {
    /// Its name: `2026-11`.
    async fn month(&self) -> String {
        self.0.month.name()
    }

    /// The day as at whose end it is told.
    async fn as_at(&self) -> Date {
        Date(self.0.month.as_at)
    }

    /// Whether that is its last day; the newest month may still run.
    async fn complete(&self) -> bool {
        self.0.month.complete
    }

    /// Whether anything was on record by then. Where it is false, nothing is known, which is not that there was nothing.
    async fn recorded(&self) -> bool {
        self.0.recorded
    }

    /// How many cases there were.
    async fn assessments(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(self.totals(ctx).await?.all().counts.cases))
    }

    /// How many more were still being written.
    async fn drafts(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(self.totals(ctx).await?.drafts))
    }

    /// Impacts by direction.
    async fn impacts(&self, ctx: &Context<'_>) -> Result<DirectionCounts> {
        Ok(DirectionCounts::from(&self.totals(ctx).await?.all().counts))
    }

    /// Impacts by band, and the cases that had one.
    #[graphql(complexity = "listed(5, child_complexity)")]
    async fn bands(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By which judgement.", default_with = "Word(RatingBasis::Current)")] basis: Word<
            RatingBasis,
        >,
        #[graphql(desc = "Which way they go.", default_with = "Word(Direction::Negative)")] direction: Word<
            Direction,
        >,
    ) -> Result<Vec<BandCount>> {
        let all = self.totals(ctx).await?.all();
        Ok(BandCount::list(|band| all.band(direction.0, basis.0, band)))
    }

    /// Impacts by likelihood and consequence, one map for each scale in use.
    #[graphql(complexity = "listed(SOME, 5 * child_complexity)")]
    async fn heat_maps(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By which judgement.", default_with = "Word(RatingBasis::Current)")] basis: Word<
            RatingBasis,
        >,
        #[graphql(desc = "Which way they go.", default_with = "Word(Direction::Negative)")] direction: Word<
            Direction,
        >,
    ) -> Result<Vec<HeatMap>> {
        Ok(HeatMap::list(&*self.totals(ctx).await?, direction.0, basis.0))
    }

    /// The gravest rating of a negative impact; null: none was rated.
    async fn maximum(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By which judgement.", default_with = "Word(RatingBasis::Current)")] basis: Word<
            RatingBasis,
        >,
    ) -> Option<Result<Rating>> {
        let totals = self.totals(ctx).await;
        totals.map(|totals| totals.figures().maximum(basis.0).map(Rating::from)).transpose()
    }

    /// Mitigations that were planned or under way.
    async fn open_mitigations(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(self.totals(ctx).await?.all().counts.open))
    }

    /// How many people authors said that the negative impacts touch; null: nobody said.
    async fn reach(&self, ctx: &Context<'_>) -> Option<Result<Reach>> {
        let totals = self.totals(ctx).await;
        totals.map(|totals| reach(totals.all().counts.reach)).transpose()
    }

    /// That picture part by part, the gravest first.
    #[graphql(complexity = "100 + paged(first, None, child_complexity)")]
    async fn exposures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is cut by, in any combination; by group when absent.")] by: Option<
            Vec<Word<ExposureDimension>>,
        >,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Result<Connection<Exposure, Counted>> {
        Exposure::list(ctx, &self.0.picture, by, first, after).await
    }
}

/// What became of mitigations that were promised. Each is counted in exactly one of `planned`, `inProgress`, `done`, `verified`,
/// `failed` and `cancelled`.
#[derive(SimpleObject)]
pub struct PromiseCounts {
    /// Cases that have one.
    assessments: i32,
    /// All that were promised.
    promised: i32,
    /// Nothing was reported.
    planned: i32,
    /// Begun.
    in_progress: i32,
    /// Finished, says the owner; nobody has shown yet whether it works.
    done: i32,
    /// Shown to work.
    verified: i32,
    /// Finished, and shown not to work.
    failed: i32,
    /// Given up.
    cancelled: i32,
    /// Planned or under way although its day has passed.
    late: i32,
    /// Finished, but after its day.
    finished_late: i32,
    /// Planned or under way without a day by which.
    undated: i32,
}

impl From<&Promises> for PromiseCounts {
    fn from(of: &Promises) -> Self {
        Self {
            assessments: int(of.cases),
            promised: int(of.promised),
            planned: int(of.planned),
            in_progress: int(of.in_progress),
            done: int(of.done),
            verified: int(of.verified),
            failed: int(of.failed),
            cancelled: int(of.cancelled),
            late: int(of.late),
            finished_late: int(of.finished_late),
            undated: int(of.undated),
        }
    }
}

/// What became of the mitigations for one group.
#[derive(SimpleObject)]
pub struct GroupPromises {
    /// The group that the impacts are on which they act against.
    group: Group,
    /// The counts.
    mitigations: PromiseCounts,
}

/// What became of mitigations that were promised.
#[derive(SimpleObject)]
pub struct MitigationPromises {
    /// All together, each once.
    all: PromiseCounts,
    /// By group: one for several groups counts for each.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    groups: Vec<GroupPromises>,
    /// Cases that are in none of these counts because the viewer may not read them.
    unreadable: i32,
}

impl MitigationPromises {
    /// Those of a picture.
    pub async fn find(ctx: &Context<'_>, picture: &Arc<Picture>) -> Result<Self> {
        let PromisesView { picture, found, unreadable } =
            Box::pin(session(ctx).app.promises(picture)).await?;
        let groups = found.groups.iter().map(|(code, counts)| GroupPromises {
            group: Group::of(&picture.groups, code),
            mitigations: counts.into(),
        });
        Ok(Self { all: (&found.all).into(), groups: groups.collect(), unreadable: int(unreadable) })
    }
}

/// How negative impacts are rated against their initial rating.
#[derive(SimpleObject)]
pub struct RatingShift {
    /// By which judgement.
    basis: Word<RatingBasis>,
    /// Impacts that are rated lower: by band, then score, then consequence.
    lowered: i32,
    /// Impacts that are rated the same.
    same: i32,
    /// Impacts that are rated higher.
    raised: i32,
    /// Impacts without the one or the other rating.
    unrated: i32,
}

/// How often something of the proposal itself was altered.
#[derive(SimpleObject)]
pub struct AlteredField {
    /// The field of the proposal.
    field: String,
    /// Cases.
    assessments: i32,
}

/// What the panel said last, and what the body then decided.
#[derive(SimpleObject)]
pub struct VerdictCount {
    /// What the panel said last before the decision; null: nothing.
    recommendation: Option<Word<Recommendation>>,
    /// What the body decided; null: nothing yet, or to decide later.
    decision: Option<Word<DecisionOutcome>>,
    /// Cases.
    assessments: i32,
    /// Those of them whose proposal is otherwise than it was first sent on.
    altered: i32,
}

/// What one assessment changed.
pub struct InfluencedAssessment(Influence);

/// What one assessment changed.
#[Object]
impl InfluencedAssessment {
    /// The assessment.
    #[graphql(complexity = "20 + child_complexity")]
    async fn assessment(&self, ctx: &Context<'_>) -> Option<Result<Assessment>> {
        let found = session(ctx).find_summary(self.0.case).await;
        found.map(|found| found.map(Assessment::Summary)).transpose()
    }

    /// Its reference.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// When it was first sent on.
    async fn sent(&self) -> Date {
        Date(self.0.sent)
    }

    /// The fields of the proposal that are otherwise than they were then.
    async fn altered(&self) -> Vec<&'static str> {
        self.0.altered.clone()
    }

    /// Mitigations that were not in it then.
    async fn mitigations_added(&self) -> i32 {
        int(self.0.mitigations_added)
    }

    /// Negative impacts that were not in it then.
    async fn impacts_found(&self) -> i32 {
        int(self.0.impacts_found)
    }

    /// How often the panel returned it.
    async fn returned(&self) -> i32 {
        int(self.0.returned)
    }

    /// Whether the panel once did not support it.
    async fn not_supported(&self) -> bool {
        self.0.not_supported
    }

    /// What the panel said last before the decision.
    async fn recommendation(&self) -> Option<Word<Recommendation>> {
        self.0.recommended.map(Word)
    }

    /// What the body decided last, other than to decide later.
    async fn decision(&self) -> Option<Word<DecisionOutcome>> {
        self.0.decided.map(Word)
    }

    /// Whether it will not be done, whoever said so.
    async fn stopped(&self) -> bool {
        self.0.stopped
    }
}

/// What assessments changed.
pub struct ImpactOnDecisions(InfluenceView);

impl ImpactOnDecisions {
    /// That of a picture.
    pub async fn find(
        ctx: &Context<'_>,
        picture: &Arc<Picture>,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Self> {
        let (from, to) = (from.map(|day| day.0), to.map(|day| day.0));
        Ok(Self(Box::pin(session(ctx).app.influence(picture, from, to)).await?))
    }
}

/// What assessments changed: proposals that are not as they were when they were first sent on, and what was decided. Whatever became
/// of the cases, and as they stand today.
#[Object]
impl ImpactOnDecisions {
    /// Cases that were sent on.
    async fn assessments(&self) -> i32 {
        int(self.0.found.cases)
    }

    /// Those whose proposal itself is otherwise than it was then: places, dates, money, the option that is preferred. How it is
    /// described does not count.
    async fn altered(&self) -> i32 {
        int(self.0.found.altered)
    }

    /// What was altered, field by field.
    #[graphql(complexity = "listed(10, child_complexity)")]
    async fn altered_fields(&self) -> Vec<AlteredField> {
        let fields = self.0.found.fields.iter();
        fields
            .map(|(field, cases)| AlteredField { field: (*field).to_owned(), assessments: int(*cases) })
            .collect()
    }

    /// Those that got a mitigation since.
    async fn mitigated(&self) -> i32 {
        int(self.0.found.mitigated)
    }

    /// Those in which a negative impact was found since.
    async fn impacts_found(&self) -> i32 {
        int(self.0.found.found)
    }

    /// Those that the panel returned at least once.
    async fn returned(&self) -> i32 {
        int(self.0.found.returned)
    }

    /// How often it did.
    async fn returns(&self) -> i32 {
        int(self.0.found.returns)
    }

    /// Those that it once did not support.
    async fn not_supported(&self) -> i32 {
        int(self.0.found.not_supported)
    }

    /// Those that will not be done because the body decided so.
    async fn stopped(&self) -> i32 {
        int(self.0.found.stopped)
    }

    /// Those that will not be done without such a decision.
    async fn withdrawn(&self) -> i32 {
        int(self.0.found.withdrawn)
    }

    /// How negative impacts are rated against their initial rating, by each later judgement.
    #[graphql(complexity = "listed(3, child_complexity)")]
    async fn ratings(&self) -> Vec<RatingShift> {
        let told = |(basis, shift): (&RatingBasis, &Shift)| RatingShift {
            basis: Word(*basis),
            lowered: int(shift.lowered),
            same: int(shift.same),
            raised: int(shift.raised),
            unrated: int(shift.unrated),
        };
        self.0.found.shifts.iter().map(told).collect()
    }

    /// What the panel said and what the body then decided, by how many cases.
    #[graphql(complexity = "listed(10, child_complexity)")]
    async fn verdicts(&self) -> Vec<VerdictCount> {
        let verdicts = self.0.found.verdicts.iter();
        verdicts
            .map(|((said, decided), (cases, altered))| VerdictCount {
                recommendation: said.map(Word),
                decision: decided.map(Word),
                assessments: int(*cases),
                altered: int(*altered),
            })
            .collect()
    }

    /// All of that in a few sentences.
    async fn in_words(&self) -> String {
        self.0.found.in_words()
    }

    /// The cases whose proposal was altered, that were returned, not supported or stopped, by reference.
    #[graphql(complexity = "paged(first, None, child_complexity)")]
    async fn cases(
        &self,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Result<Connection<InfluencedAssessment, Counted>> {
        let window = window(first, after, None, None)?;
        let total = Counted(self.0.cases.len());
        let slice = page_of(self.0.cases.clone(), &window, |one| one.reference.clone())?;
        Ok(connection(slice, total, InfluencedAssessment))
    }

    /// Cases that are in none of these counts because the viewer may not read them.
    async fn unreadable(&self) -> i32 {
        int(self.0.unreadable)
    }
}
