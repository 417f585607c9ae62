//! Severe adverse impacts across cases, in words.

use std::collections::HashMap;

use async_graphql::{Object, SimpleObject};

use crate::{
    app::{SevereView, Stub},
    domain::{
        id::AssessmentId,
        risk::{
            graph::Edge,
            severe::{self, Severe},
            simulation::Ranked,
        },
    },
    graphql::{
        interdependency::AssessmentStub,
        limit::{SOME, listed},
        risk::interdependencies::InterdependencyEdge,
        scalar::int,
    },
};

/// Severe adverse impacts on a group.
pub struct SevereImpacts {
    pub severe: SevereView,
    /// The cases and what they rest on, as far as the viewer may know of them.
    pub stubs: HashMap<AssessmentId, Stub>,
    pub today: chrono::NaiveDate,
}

impl SevereImpacts {
    fn edge(&self, edge: &Edge) -> Option<InterdependencyEdge> {
        let from = self.stubs.get(&edge.from)?.clone();
        let to = edge.edge.target.and_then(|target| self.stubs.get(&target)).cloned();
        Some(InterdependencyEdge::between(edge.clone(), from, to, self.today))
    }

    fn case(&self, one: &Severe) -> Option<SevereCase> {
        Some(SevereCase {
            assessment: AssessmentStub(self.stubs.get(&one.case)?.clone()),
            likelihood: one.likelihood.map(int),
            label: one.likelihood.map(|_| one.label.clone()),
            unrated: int(one.unrated),
            rests_on: one.rests.iter().filter_map(|edge| self.edge(edge)).collect(),
        })
    }
}

/// Severe adverse impacts on one group, or on groups below it, across the cases of a picture, as they stand now. Counted, in words: never a single
/// number for a board.
#[Object]
impl SevereImpacts {
    /// How many cases have a severe adverse impact on the group, or an adverse one that nobody rated.
    async fn assessments(&self) -> i32 {
        int(self.severe.cases.len())
    }

    /// How many of them say how likely, each by its greatest likelihood; the likeliest first, each scale by itself.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn by_likelihood(&self) -> Vec<LikelihoodCount> {
        let told = |step: &severe::Step| LikelihoodCount {
            likelihood: int(step.likelihood),
            label: step.label.clone(),
            scale: step.scale.clone(),
            assessments: int(step.cases),
        };
        self.severe.steps.iter().map(told).collect()
    }

    /// How many rate no impact on the group so severe, and leave one unrated.
    async fn unrated(&self) -> i32 {
        int(severe::unrated(&self.severe.cases))
    }

    /// The cases, by reference, each with what its mitigations of these impacts rest on.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn cases(&self) -> Vec<SevereCase> {
        self.severe.cases.iter().filter_map(|one| self.case(one)).collect()
    }

    /// Those of these reliances that are known not to hold.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn broken(&self) -> Vec<InterdependencyEdge> {
        severe::broken(&self.severe.cases).filter_map(|edge| self.edge(edge)).collect()
    }

    /// The one on which most of these cases rest; null when none rests on anything, and where there are more cases than are looked
    /// at.
    async fn most_relied(&self) -> Option<InterdependencyEdge> {
        self.severe.most_relied().and_then(|edge| self.edge(edge))
    }

    /// All of that in a few sentences.
    async fn in_words(&self) -> &str {
        &self.severe.in_words
    }

    /// Between which chances at least one of these impacts comes about. Null unless every adverse impact on the group is rated
    /// and each severe one has a stated event and chance within the same time, where that says too little, and where not all cases
    /// are looked at or may be read. Not for a board's papers.
    async fn bounds(&self) -> Option<ProbabilityBounds> {
        self.severe.bounds.map(|bounds| ProbabilityBounds {
            lower: bounds.lower,
            independent_low: bounds.independent_low,
            independent_high: bounds.independent_high,
            upper: bounds.upper,
            months: int(bounds.months),
            assumption: ASSUMPTION.to_owned(),
        })
    }

    /// Which reliance matters most, where an author reckoned how often one fails; null where there are more cases than are looked at or
    /// may be read.
    async fn simulation(&self) -> Option<RelianceSimulation> {
        let (drawn, undeclared) = self.severe.drawn.as_ref()?;
        let (seed, draws) = drawn.of?;
        let told = |one: &Ranked| {
            Some(RankedReliance {
                reliance: self.edge(&one.edge)?,
                failure: one.fails,
                assessments: int(one.cases),
                spared: one.spared,
                error: one.error,
            })
        };
        Some(RelianceSimulation {
            seed: seed.to_string(),
            draws: int(draws),
            error: drawn.error,
            any: drawn.any,
            assessments: drawn.cases,
            undeclared: int(*undeclared),
            reliances: drawn.ranked.iter().filter_map(told).collect(),
            assumption: DRAWN.to_owned(),
        })
    }

    /// How many more would be among them, and may not be read by the viewer: they are in no other figure here, and neither bounds nor
    /// simulation are told beside them.
    async fn unreadable(&self) -> i32 {
        int(self.severe.unreadable)
    }

    /// Whether there are more cases than are looked at, which are the first 2,000 by reference: then ask for part of them.
    async fn truncated(&self) -> bool {
        self.severe.truncated
    }
}

const ASSUMPTION: &str = "How far these impacts hang together is not known. Whatever it is, the chance that at least one of them \
                          comes about lies between `lower`, the greatest of their lower chances, and `upper`, all their upper \
                          chances added up; if each came about by itself, it would lie between `independentLow` and \
                          `independentHigh`. The chances are what authors reckon.";
const DRAWN: &str = "Each reliance fails by itself, as often as the author reckons who is the most afraid; what is known to hold or \
                     not to hold is not drawn. Reliances on the same decision about a case, or on the same premise of a partner, \
                     fail together. That a case proceeds and that it does not are drawn apart, although one holds exactly when \
                     the other does not. A case loses its protection when anything fails that it rests on. What makes several fail at once is not known, and \
                     would change this.";

/// How many cases put a likelihood there.
#[derive(SimpleObject)]
pub struct LikelihoodCount {
    /// The step of the scale, 1 the least.
    likelihood: i32,
    /// What it is called there.
    label: String,
    /// The scale.
    scale: String,
    /// How many cases.
    assessments: i32,
}

/// A case with a severe adverse impact on the group, or with an adverse one that nobody rated.
#[derive(SimpleObject)]
pub struct SevereCase {
    /// As much of it as the viewer may know.
    assessment: AssessmentStub,
    /// The greatest likelihood of its severe impacts; null when none is rated so severe, and one not at all.
    likelihood: Option<i32>,
    /// What that is called on its organisation's scale.
    label: Option<String>,
    /// How many of its adverse impacts on the group nobody rated.
    unrated: i32,
    /// What its mitigations of these impacts rest on.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    rests_on: Vec<InterdependencyEdge>,
}

/// Between which chances at least one of several impacts comes about.
#[derive(SimpleObject)]
pub struct ProbabilityBounds {
    /// Whatever hangs together, no less.
    lower: f64,
    /// If nothing hung together, from here.
    independent_low: f64,
    /// To here.
    independent_high: f64,
    /// Whatever hangs together, no more.
    upper: f64,
    /// Within how many months.
    months: i32,
    /// What that assumes, in words.
    assumption: String,
}

/// What came of letting reliances fail by chance, again and again.
#[derive(SimpleObject)]
pub struct RelianceSimulation {
    /// What the chance was drawn from: the same picture gives the same figures.
    seed: String,
    /// How often was drawn.
    draws: i32,
    /// One standard error of `any`, at most.
    error: f64,
    /// The share of draws in which at least one case lost something it rests on.
    any: f64,
    /// How many cases did, on average.
    assessments: f64,
    /// On how many reliances nobody said how often they fail, nor whether they hold: these were taken to hold.
    undeclared: i32,
    /// The reliances, the one that matters most first.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    reliances: Vec<RankedReliance>,
    /// What that assumes, in words.
    assumption: String,
}

/// How much a reliance matters.
#[derive(SimpleObject)]
pub struct RankedReliance {
    /// The reliance; of several on the same one.
    reliance: InterdependencyEdge,
    /// How often in a thousand it fails.
    failure: u16,
    /// How many cases rest on it.
    assessments: i32,
    /// How many cases would keep their protection, on average, if it were made sure of.
    spared: f64,
    /// One standard error of that.
    error: f64,
}
