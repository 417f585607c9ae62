//! What a bundle of decisions would do.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{AggregatedRisk, Concentration, Exposure, interdependencies::InterdependencyEdge};
use crate::{
    app::{Picture, Shown, WhatIf, WhatIfAsked},
    domain::{
        id::{AssessmentId, ScenarioId},
        proposal::Money as Pence,
        risk::ExposureDimension,
        scenario::{self, BundleMoney, Fate, Moved, Supposition},
    },
    graphql::{
        area::Area,
        edit::AssessmentEdit,
        error::{Result, bad},
        group::Group,
        interdependency::AssessmentStub,
        limit::{SOME, listed},
        scalar::{Global, Money, global, int},
        session::session,
        word::Word,
    },
};

/// Most parts that are told at once.
const MOST: i32 = 100;

/// How a case would be written otherwise.
#[derive(InputObject)]
pub struct SupposedChange {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// What would be otherwise in it: its proposal, impacts, mitigations and what is removed count.
    pub edits: Vec<AssessmentEdit>,
}

/// Cases of which something is supposed.
pub struct Named {
    pub proceed: Option<Vec<Global<AssessmentId>>>,
    pub stop: Option<Vec<Global<AssessmentId>>>,
    pub change: Option<Vec<SupposedChange>>,
}

impl Named {
    /// What is supposed of each, in the order in which they are named.
    pub fn cases(self) -> Result<Vec<Supposition>> {
        let fate = |named: Option<Vec<Global<AssessmentId>>>, fate: Fate| {
            let named = named.unwrap_or_default().into_iter();
            named.map(move |id| Supposition { assessment: id.0, fate: Some(fate), edits: Vec::new() })
        };
        let mut cases: Vec<Supposition> =
            fate(self.proceed, Fate::Proceed).chain(fate(self.stop, Fate::Stop)).collect();
        for change in self.change.unwrap_or_default() {
            let edits = change.edits.into_iter().map(AssessmentEdit::read).collect::<Result<Vec<_>>>()?;
            let assessment = change.assessment_id.0;
            match cases.iter_mut().find(|one| one.assessment == assessment && one.edits.is_empty()) {
                Some(one) => one.edits = edits,
                None => cases.push(Supposition { assessment, fate: None, edits }),
            }
        }
        Ok(cases)
    }
}

/// A picture before and after some decisions.
pub struct RiskChange {
    what_if: WhatIf,
    today: chrono::NaiveDate,
}

impl RiskChange {
    /// What would change in a picture.
    pub async fn find(
        ctx: &Context<'_>,
        picture: &Arc<Picture>,
        named: Named,
        scenario: Option<Global<ScenarioId>>,
        against: Option<Global<ScenarioId>>,
    ) -> Result<Self> {
        let asked = WhatIfAsked {
            cases: named.cases()?,
            scenario: scenario.map(|id| id.0),
            against: against.map(|id| id.0),
        };
        let what_if = Box::pin(session(ctx).app.what_if(picture, asked)).await?;
        Ok(Self { what_if, today: picture.moment.today })
    }
}

/// The picture before and after some decisions. Nothing of it is written.
#[Object]
impl RiskChange {
    /// As things stand, or what the other scenario would do.
    async fn before(&self) -> AggregatedRisk {
        AggregatedRisk::of(self.what_if.before.clone())
    }

    /// What would be.
    async fn after(&self) -> AggregatedRisk {
        AggregatedRisk::of(self.what_if.after.clone())
    }

    /// The parts of the picture that would not be the same: the gravest as it would be first, then what would be gone.
    #[graphql(complexity = "500 + listed(usize::try_from(first).unwrap_or_default(), child_complexity)")]
    async fn exposures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is cut by, in any combination; by group and district when absent.")]
        by: Option<Vec<Word<ExposureDimension>>>,
        #[graphql(
            desc = "How many at most, 1 to 100; `exposuresChanged` says how many there are.",
            default = 100
        )]
        first: i32,
    ) -> Result<Vec<ExposureChange>> {
        if !(1..=MOST).contains(&first) {
            return Err(bad("`first` is how many parts are told at most: 1 to 100."));
        }
        let by = dimensions(by);
        let (before, after, mut keys) = Box::pin(session(ctx).app.changed_parts(&self.what_if, &by)).await?;
        keys.truncate(usize::try_from(first).unwrap_or_default());
        let before = Arc::new(Shown::new(before, keys.clone()));
        let after = Arc::new(Shown::new(after, keys.clone()));
        let groups = &self.what_if.after.groups;
        let told = keys.iter().map(|key| ExposureChange {
            group: key.group.as_ref().map(|code| Group::of(groups, code)),
            area: key.district.or(key.icb).map(Area::coded),
            before: Exposure::part(&before, key),
            after: Exposure::part(&after, key),
        });
        Ok(told.collect())
    }

    /// How many parts of the picture would not be the same.
    #[graphql(complexity = "500")]
    async fn exposures_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is cut by, in any combination; by group and district when absent.")]
        by: Option<Vec<Word<ExposureDimension>>>,
    ) -> Result<i32> {
        let by = dimensions(by);
        let (_, _, keys) = Box::pin(session(ctx).app.changed_parts(&self.what_if, &by)).await?;
        Ok(int(keys.len()))
    }

    /// The concentrations that would not be the same; one that would be otherwise beside that of the same group which it shares
    /// most places with. The first 100.
    #[graphql(complexity = "500 + listed(SOME, child_complexity)")]
    async fn concentrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many cases at least, 2 to 1,000.", default = 3)] min_assessments: i32,
    ) -> Result<Vec<ConcentrationChange>> {
        let least = usize::try_from(min_assessments).unwrap_or_default();
        let app = &session(ctx).app;
        let before = Box::pin(app.concentrations(&self.what_if.before, least)).await?.found;
        let after = Box::pin(app.concentrations(&self.what_if.after, least)).await?.found;
        let was: Vec<_> = before.iter().map(|pile| &*pile.found).collect();
        let would: Vec<_> = after.iter().map(|pile| &*pile.found).collect();
        let pairs = scenario::piled(&was, &would);
        let groups = &self.what_if.after.groups;
        let told =
            pairs.into_iter().take(usize::try_from(MOST).unwrap_or_default()).filter_map(|(was, would)| {
                let was = was.and_then(|place| before.get(place)).cloned();
                let would = would.and_then(|place| after.get(place)).cloned();
                let group = &would.as_ref().or(was.as_ref())?.found.group;
                Some(ConcentrationChange {
                    group: Group::of(groups, group),
                    before: was.map(Concentration),
                    after: would.map(Concentration),
                })
            });
        Ok(told.collect())
    }

    /// The reliances that would not hold any more, of cases that the viewer may know of.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn broken_reliances(&self) -> Vec<InterdependencyEdge> {
        let broken = self.what_if.broken.iter().cloned();
        broken.map(|(edge, from, to)| InterdependencyEdge::between(edge, from, to, self.today)).collect()
    }

    /// What the named cases save and spend, of those that are not stopped.
    async fn money(&self) -> MoneyChange {
        let (before, after) = self.what_if.money;
        MoneyChange { before: before.into(), after: after.into() }
    }

    /// The cases that moved on since a scenario was kept.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn moved(&self) -> Vec<OvertakenCase> {
        let moved = self.what_if.moved.iter().map(|one| OvertakenCase {
            scenario_id: global(one.scenario),
            assessment: one.case.clone().map(AssessmentStub),
            moved: one.moved.iter().copied().map(Word).collect(),
        });
        moved.collect()
    }

    /// All of it in words a board understands.
    #[graphql(complexity = "500")]
    async fn in_words(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(Box::pin(session(ctx).app.what_if_in_words(&self.what_if)).await?)
    }
}

fn dimensions(by: Option<Vec<Word<ExposureDimension>>>) -> Vec<ExposureDimension> {
    let usual = || vec![ExposureDimension::Group, ExposureDimension::District];
    let mut by: Vec<_> = by.map_or_else(usual, |by| by.into_iter().map(|word| word.0).collect());
    by.sort_unstable();
    by.dedup();
    by
}

/// A part of the picture that would not be the same.
#[derive(SimpleObject)]
pub struct ExposureChange {
    /// The group, where it is cut by group.
    group: Option<Group>,
    /// The place, where it is cut by place.
    area: Option<Area>,
    /// What is counted; null: nothing.
    before: Option<Exposure>,
    /// What would be; null: nothing.
    after: Option<Exposure>,
}

/// A concentration that would not be the same.
#[derive(SimpleObject)]
pub struct ConcentrationChange {
    /// The group.
    group: Group,
    /// As it is; null: there is none.
    before: Option<Concentration>,
    /// As it would be; null: there would be none.
    after: Option<Concentration>,
}

/// Money before and after.
#[derive(SimpleObject)]
pub struct MoneyChange {
    /// As things stand, or by the other scenario.
    before: BundleSum,
    /// As it would be.
    after: BundleSum,
}

/// What cases save and spend, as their authors say.
#[derive(SimpleObject)]
pub struct BundleSum {
    /// Cases that are not stopped.
    assessments: i32,
    /// What they save.
    saving: Option<Money>,
    /// What they spend.
    spend: Option<Money>,
    /// Those of them that say neither.
    unsaid: i32,
}

impl From<BundleMoney> for BundleSum {
    fn from(money: BundleMoney) -> Self {
        let BundleMoney { cases, saving, spend, unsaid } = money;
        let told = |pence| Pence::from_pence(pence).map(Money);
        Self { assessments: int(cases), saving: told(saving), spend: told(spend), unsaid: int(unsaid) }
    }
}

/// A case that moved on since a scenario was kept.
#[derive(SimpleObject)]
pub struct OvertakenCase {
    /// The scenario.
    scenario_id: async_graphql::ID,
    /// The case; null when the viewer may not know of it.
    assessment: Option<AssessmentStub>,
    /// How.
    moved: Vec<Word<Moved>>,
}
