//! Planning backwards from the day a body decides.

use async_graphql::{Object, SimpleObject};

use crate::{
    app::BackPlan as Plan,
    domain::planning::PlanStepKind,
    graphql::{
        limit::{SOME, listed},
        scalar::{Date, int},
        word::Word,
    },
};

/// A plan.
pub struct BackPlan(pub Plan);

/// By when a case must be submitted for a body to decide on a day, and what must be done by when in between.
#[Object]
impl BackPlan {
    /// The last day for the submission; null when no meeting of the panel is early enough.
    async fn submit_by(&self) -> Option<Date> {
        self.0.plan.submit_by.map(Date)
    }

    /// Whether it is too late: that day has passed, or there is none.
    async fn too_late(&self) -> bool {
        self.0.plan.too_late
    }

    /// The first day on which the body could decide what is submitted today; null when no meeting of the panel is known
    /// for it.
    async fn earliest_decision(&self) -> Option<Date> {
        self.0.plan.earliest.map(Date)
    }

    /// The steps in order, each with the last day for it.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn steps(&self) -> Vec<PlanStep> {
        let steps = self.0.plan.steps.iter();
        steps.map(|step| PlanStep { kind: Word(step.kind), on: Date(step.on) }).collect()
    }

    /// Working days that the panel's members have for their reviews.
    async fn review_days(&self) -> i32 {
        int(self.0.review_days)
    }

    /// Working days before the decision by which its papers are due.
    async fn paper_days(&self) -> i32 {
        int(self.0.paper_days)
    }

    /// The plan in a sentence.
    async fn in_words(&self) -> String {
        let long = |day: chrono::NaiveDate| day.format("%-d %B %Y").to_string();
        let plan = &self.0.plan;
        let decision = plan.steps.last().map(|step| long(step.on)).unwrap_or_default();
        let earliest = match plan.earliest {
            Some(day) => format!(" What is submitted today can be decided on {} at the earliest.", long(day)),
            None => " No meeting of the panel is known that could take what is submitted today.".to_owned(),
        };
        match plan.submit_by {
            Some(day) if !plan.too_late => format!("For the decision of {decision} submit by {}.", long(day)),
            Some(day) => {
                format!("It is too late for the decision of {decision}: {} has passed.{earliest}", long(day))
            }
            None => {
                format!(
                    "It is too late for the decision of {decision}: the panel does not meet in time.{earliest}"
                )
            }
        }
    }
}

/// A step on the way to a decision.
#[derive(SimpleObject)]
pub struct PlanStep {
    /// Which.
    kind: Word<PlanStepKind>,
    /// The last day for it.
    on: Date,
}
