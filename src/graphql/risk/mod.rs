//! Risk across cases: the picture and what is counted in it, one file a noun.

mod concentration;
mod count;
mod exposure;
mod extract;
mod filter;
mod interdependencies;
mod severe;
mod spend;
mod time;
mod what_if;

use std::sync::Arc;

use async_graphql::{Context, Object};

pub use self::{
    concentration::Concentration,
    exposure::Exposure,
    filter::RiskFilter,
    time::InfluencedAssessment,
    what_if::{Named, SupposedChange},
};

use self::{
    concentration::ConcurrencyLevel,
    count::{BandCount, DirectionCounts, HeatMap},
    extract::RiskFile,
    interdependencies::InterdependencyGraph,
    severe::SevereImpacts,
    spend::EquityOfSpend,
    time::{ImpactOnDecisions, MitigationPromises, RiskMonth},
    what_if::RiskChange,
};
use crate::{
    app::{self, Picture},
    domain::{
        id::{AssessmentId, ScenarioId},
        impact::Direction,
        risk::{ExposureDimension, RatingBasis, Totals, extract::ExtractFormat, tables::RiskTable},
    },
    graphql::{
        error::{Code, Result, Told},
        limit::{SOME, listed, paged},
        page::{ConcentrationTotal, Connection, Counted},
        register::Coverage,
        scalar::{Date, Global, int},
        session::session,
        word::Word,
    },
};

/// Why there is no picture for somebody.
const NONE: &str = "Aggregated risk is for those who oversee the cases of an organisation: its governance, equality lead, panel \
                    chair and secretary, decision makers, auditors and administrators.";

/// The picture of many cases together.
pub struct AggregatedRisk {
    picture: Arc<Picture>,
}

impl AggregatedRisk {
    /// The picture of the cases that pass the filter, as far as the viewer may have one.
    pub async fn find(ctx: &Context<'_>, filter: Option<RiskFilter>) -> Result<Self> {
        let session = session(ctx);
        let filter = filter.map(Into::into).unwrap_or_default();
        match Box::pin(session.app.picture(session.actor()?, filter, session.moment)).await {
            Ok(picture) => Ok(Self { picture: Arc::new(picture) }),
            Err(app::Error::Forbidden) => Err(Told { code: Code::Forbidden, message: NONE.into() }),
            Err(error) => Err(error.into()),
        }
    }

    /// Another picture.
    fn of(picture: Arc<Picture>) -> Self {
        Self { picture }
    }

    async fn totals(&self, ctx: &Context<'_>) -> Result<Arc<Totals>> {
        Ok(Box::pin(session(ctx).app.totals(&self.picture)).await?)
    }

    fn least(&self, asked: Option<i32>) -> usize {
        match asked {
            Some(asked) => usize::try_from(asked).unwrap_or_default(),
            None => self.picture.least(),
        }
    }
}

/// Whether the query gives an argument, whose default then is not asked.
fn said(ctx: &Context<'_>, argument: &str) -> bool {
    ctx.item.node.get_argument(argument).is_some()
}

/// The picture of many cases together: of the organisations that the viewer oversees, and of what was shared with
/// these to be read. Ratings are counted and compared, never added up; unknown is never neutral.
#[Object]
impl AggregatedRisk {
    /// First of all: what this picture does not contain, because nobody has assessed it.
    #[graphql(complexity = "200 + child_complexity")]
    async fn coverage(&self, ctx: &Context<'_>) -> Result<Coverage> {
        let Picture { filter, moment, .. } = &*self.picture;
        let (app, viewer) = (&session(ctx).app, self.picture.viewer()?);
        let coverage = app.coverage(viewer, &filter.organisations, &filter.service_lines, *moment);
        Ok(Coverage(Box::pin(coverage).await?))
    }

    /// What the cases depend on, as it stands now; not of a past, with `asAt`.
    #[graphql(complexity = "500 + child_complexity")]
    async fn interdependencies(&self, ctx: &Context<'_>) -> Result<InterdependencyGraph> {
        let connected = Box::pin(session(ctx).app.connected(&self.picture)).await?;
        Ok(InterdependencyGraph { connected: Arc::new(connected), today: self.picture.moment.today })
    }

    /// Severe adverse impacts on a group or groups below it, in words: how many cases rate one, how likely they say it is, and what each
    /// rests on. As things stand now, not of a past, with `asAt`; the table `SEVERE` of an export counts those.
    #[graphql(complexity = "500 + child_complexity")]
    async fn severe_impacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code of the group.")] group: String,
        #[graphql(
            desc = "How severe at least, on each organisation's own scale; where the query does not say, as the organisations set it, 4 \
                    unless they do.",
            default = 4
        )]
        consequence_at_least: u8,
        #[graphql(desc = "Which judgement of the impacts.", default_with = "Word(RatingBasis::Current)")]
        basis: Word<RatingBasis>,
    ) -> Result<SevereImpacts> {
        let app = &session(ctx).app;
        let at_least =
            if said(ctx, "consequenceAtLeast") { consequence_at_least } else { self.picture.severe() };
        let severe = Box::pin(app.severe(&self.picture, &group, at_least, basis.0)).await?;
        let edges = severe.cases.iter().flat_map(|one| &one.rests).filter_map(|edge| edge.edge.target);
        let ids: Vec<_> = severe.cases.iter().map(|one| one.case).chain(edges).collect();
        let stubs = Box::pin(app.stubs(self.picture.viewer()?, &ids)).await?;
        Ok(SevereImpacts { severe, stubs, today: self.picture.moment.today })
    }

    /// How many changes elsewhere these cases have not reacted to yet: of a case that was decided, those that rely on it hear
    /// within a second or so. Those that were given up, for an operator to look at, are among them.
    #[graphql(complexity = "50")]
    async fn pending_reactions(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(Box::pin(session(ctx).app.pending_reactions(&self.picture)).await?))
    }

    /// How many cases are in the picture, whether or not they have an impact.
    async fn assessments(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(self.totals(ctx).await?.all().counts.cases))
    }

    /// How many more are still being written: they are in no figure.
    async fn drafts(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(self.totals(ctx).await?.drafts))
    }

    /// How many more the viewer is kept from, because they sit on the panel and have not declared their interests, or
    /// have withdrawn: these are in no figure.
    async fn not_shown(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(Box::pin(session(ctx).app.not_shown(&self.picture)).await?))
    }

    /// Impacts by direction.
    async fn impacts(&self, ctx: &Context<'_>) -> Result<DirectionCounts> {
        Ok(DirectionCounts::from(&self.totals(ctx).await?.all().counts))
    }

    /// Impacts by band, and the cases that have one; every band, and those that are not rated.
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

    /// Impacts by likelihood and consequence, one map for each scale that is in use: ratings on different scales are
    /// not converted.
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

    /// The picture part by part, the gravest first: by the worst current rating of a negative impact, then by how
    /// many cases have one. A case counts in every part that it is in, so that parts are not added up. Where partners propose
    /// something and no case is, there is a part, too.
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
        Exposure::list(ctx, &self.picture, by, first, after).await
    }

    /// Where several cases touch one group negatively, in one place at one time: ranked by severity, then by how many
    /// people authors say are touched, then by how specific the place is; what is merely widespread stands behind. What is on a group
    /// is on those that it is part of, too, which are told where they have other cases.
    #[graphql(complexity = "200 + paged(first, None, child_complexity)")]
    async fn concentrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many cases at least, 2 to 1,000; where the query does not say, as the organisations set it, 3 unless they do.",
            default = 3
        )]
        min_assessments: i32,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Result<Connection<Concentration, ConcentrationTotal>> {
        let least = self.least(said(ctx, "minAssessments").then_some(min_assessments));
        Concentration::list(ctx, &self.picture, least, first, after).await
    }

    /// Whether there are more concentrations than are told: a thousand places with different cases are, and of more, those that are
    /// specific, then the gravest, then those under most cases. Then ask for part of the picture.
    #[graphql(complexity = "200")]
    async fn concentrations_truncated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many cases at least, 2 to 1,000; as the organisations set it when absent.")]
        min_assessments: Option<i32>,
    ) -> Result<bool> {
        Concentration::truncated(ctx, &self.picture, self.least(min_assessments)).await
    }

    /// The places under one, two, three or more cases at once that touch a group negatively, and who lives there.
    #[graphql(complexity = "100 + listed(3, child_complexity)")]
    async fn concurrency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code of the group; groups below it are of it.")] group: String,
    ) -> Result<Vec<ConcurrencyLevel>> {
        ConcurrencyLevel::list(ctx, &self.picture, &group).await
    }

    /// What a bundle of decisions would do, before any of it is taken: the picture as it is beside the picture as it would be if
    /// some cases proceeded, stopped or were written otherwise. Nothing is written. Cases that rely on them are counted as
    /// they would be then. At most 200 cases, which the viewer may read. Of what is only supposed, `severeImpacts`,
    /// `interdependencies`, `trend`, `mitigationPromises`, `impactOnDecisions`, `equityOfSpend` and `export` tell nothing.
    #[graphql(complexity = "500 + child_complexity")]
    async fn what_if(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Cases that proceed.")] proceed: Option<Vec<Global<AssessmentId>>>,
        #[graphql(desc = "Cases that stop.")] stop: Option<Vec<Global<AssessmentId>>>,
        #[graphql(desc = "Cases that are written otherwise; each may proceed or stop, too.")] change: Option<
            Vec<SupposedChange>,
        >,
        #[graphql(desc = "The scenario that supposes all this, instead of cases.")] scenario: Option<
            Global<ScenarioId>,
        >,
        #[graphql(desc = "Another scenario that stands on the other side: `before` is what it would do.")]
        against: Option<Global<ScenarioId>>,
    ) -> Result<RiskChange> {
        let named = Named { proceed, stop, change };
        RiskChange::find(ctx, &self.picture, named, scenario, against).await
    }

    /// The picture month by month, each as it was known at the month's end: every figure is that of `aggregatedRisk` with `asAt` of
    /// that day, of the cases that the viewer may have in it today.
    #[graphql(complexity = "100 + listed(usize::try_from(months).unwrap_or_default(), child_complexity)")]
    async fn trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many months, 1 to 60, the last the one of `until`.", default = 12)] months: i32,
        #[graphql(desc = "Until when; the filter's `asAt` or today when absent, and no day to come.")]
        until: Option<Date>,
    ) -> Option<Result<Vec<RiskMonth>>> {
        Some(RiskMonth::list(ctx, &self.picture, months, until).await)
    }

    /// What became of mitigations that were promised: done, late, proved effective or not, by group. By what was reported by the
    /// filter's `asAt`, else by now; of mitigations that are in the cases today. At most 5,000 cases.
    #[graphql(complexity = "500 + child_complexity")]
    async fn mitigation_promises(&self, ctx: &Context<'_>) -> Option<Result<MitigationPromises>> {
        Some(MitigationPromises::find(ctx, &self.picture).await)
    }

    /// What assessments changed: proposals that were altered, returned, not supported or stopped, ratings now against initial ones,
    /// and what the body decided after what the panel said. Of all cases that were sent on, whatever became of them, as they stand
    /// today. At most 5,000.
    #[graphql(complexity = "1000 + child_complexity")]
    async fn impact_on_decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those first sent on then or later: no later than `to`.")] from: Option<Date>,
        #[graphql(desc = "Only those first sent on then or earlier.")] to: Option<Date>,
    ) -> Option<Result<ImpactOnDecisions>> {
        Some(ImpactOnDecisions::find(ctx, &self.picture, from, to).await)
    }

    /// Change in recurrent full-year spend by national deprivation fifth, per head of those who live there, as proposals stand today:
    /// who gains and who loses money by what is about to be done. At most 5,000 cases.
    #[graphql(complexity = "500 + child_complexity")]
    async fn equity_of_spend(&self, ctx: &Context<'_>) -> Option<Result<EquityOfSpend>> {
        Some(EquityOfSpend::find(ctx, &self.picture).await)
    }

    /// The picture as files: a CSV file for each table, one workbook (XLSX) or JSON document with all of them, or drawings (SVG)
    /// of the heat map and of exposure by group and place, which are read without colour. Filter, day, edition of data and rounding
    /// stand on each. Whoever asks, numbers of people that authors typed are rounded, and no chances leave. At most 50,000 rows a
    /// table.
    #[graphql(complexity = "5000 + child_complexity")]
    async fn export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As what.")] format: Word<ExtractFormat>,
        #[graphql(desc = "Which tables; all when absent. Drawings take none.")] tables: Option<
            Vec<Word<RiskTable>>,
        >,
        #[graphql(desc = "What the picture is cut by, in any combination; by group when absent.")] by: Option<
            Vec<Word<ExposureDimension>>,
        >,
        #[graphql(desc = "By which judgement.", default_with = "Word(RatingBasis::Current)")] basis: Word<
            RatingBasis,
        >,
        #[graphql(
            desc = "How many cases at least make a concentration; as the organisations set it when absent."
        )]
        min_assessments: Option<i32>,
    ) -> Option<Result<Vec<RiskFile>>> {
        Some(RiskFile::list(ctx, &self.picture, format, tables, by, basis, min_assessments).await)
    }
}
