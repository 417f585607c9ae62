//! Screening: what it said, what it led to, and how an organisation's screenings went.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use crate::{
    app::{ScreeningReport as Report, View},
    domain::{
        id::AssessmentId,
        screening::{self, ScreeningDepth},
    },
    graphql::{
        error::Result,
        interdependency::AssessmentStub,
        limit::{SOME, listed},
        person::Person,
        scalar::{Date, Instant, int},
        session::session,
        word::Word,
    },
};

/// A case that screens, or that a screening asked for.
pub struct Screening(Arc<View>);

impl Screening {
    /// What the case has to do with screening, if anything.
    pub fn of(view: Arc<View>) -> Option<Self> {
        let process = &view.case.process;
        let concerns = !process.screened.is_empty() || process.screened_by.is_some();
        concerns.then(|| Self(view))
    }
}

/// What a screening said and led to, or which screening asked for this assessment.
#[Object]
impl Screening {
    /// How deep an assessment was said to be needed, by the equality lead and by the panel that checks, the newest last.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn said(&self) -> Vec<Screened> {
        self.0.case.process.screened.iter().cloned().map(Screened).collect()
    }

    /// The assessments that were begun because this screening asked for them, as far as the viewer may know of them.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn leads_to(&self, ctx: &Context<'_>) -> Result<Vec<AssessmentStub>> {
        stubs(ctx, &self.0.case.process.leads_to).await
    }

    /// The screening that asked for this assessment; null when none did, and to whoever may not know of it.
    async fn screened_by(&self, ctx: &Context<'_>) -> Option<Result<AssessmentStub>> {
        let screening = self.0.case.process.screened_by?;
        stubs(ctx, &[screening]).await.map(|mut found| found.pop()).transpose()
    }
}

async fn stubs(ctx: &Context<'_>, ids: &[AssessmentId]) -> Result<Vec<AssessmentStub>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(session(ctx).find_stub(*id).await?.map(AssessmentStub));
    }
    Ok(found)
}

/// What a screening said.
pub struct Screened(screening::Screened);

/// How deep an assessment was said to be needed.
#[Object]
impl Screened {
    /// How deep.
    async fn depth(&self) -> Word<ScreeningDepth> {
        Word(self.0.depth)
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Who recorded it.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.by).await
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }

    /// Of which revision.
    async fn revision(&self) -> i32 {
        int(self.0.revision)
    }

    /// Whether it is the panel's check of what the equality lead said.
    async fn panel(&self) -> bool {
        self.0.panel
    }

    /// Whether it was drawn for the panel's check.
    async fn drawn(&self) -> bool {
        self.0.drawn
    }

    /// Whether it was borderline, and so drawn with a greater share: something was not known or answered with yes, a score
    /// was the highest allowed, its author recommended an assessment, or a group is notable where the proposal lands or
    /// nothing is known of that place. What was so when it was submitted before, counts.
    async fn borderline(&self) -> bool {
        self.0.borderline
    }
}

/// How an organisation's screenings of a period went.
#[derive(SimpleObject)]
pub struct ScreeningReport {
    /// The first day.
    from: Date,
    /// The last day.
    to: Date,
    /// All of them. Borderline ones are drawn with a greater share, so the share of wrong ones here is of what was
    /// checked, and no estimate of all.
    all: ScreeningTally,
    /// Those that were borderline.
    borderline: ScreeningTally,
    /// The others.
    other: ScreeningTally,
    /// How many cases of the period cannot be read, and are not among these.
    unreadable: i32,
}

impl From<Report> for ScreeningReport {
    fn from(Report { from, to, report, unreadable }: Report) -> Self {
        Self {
            from: Date(from),
            to: Date(to),
            all: ScreeningTally(report.all),
            borderline: ScreeningTally(report.borderline),
            other: ScreeningTally(report.other),
            unreadable: int(unreadable),
        }
    }
}

/// Screenings, counted.
pub struct ScreeningTally(screening::Tally);

/// Screenings, counted by what the equality lead said first and what the panel said when it checked.
#[Object]
impl ScreeningTally {
    /// How many there were.
    async fn screenings(&self) -> i32 {
        int(self.0.screenings)
    }

    /// Of how many the equality lead said that no assessment is needed.
    async fn out(&self) -> i32 {
        int(self.0.out)
    }

    /// Of how many a light one.
    async fn light(&self) -> i32 {
        int(self.0.light)
    }

    /// Of how many a full one.
    async fn full(&self) -> i32 {
        int(self.0.full)
    }

    /// How many of those said to need none were drawn for the panel's check.
    async fn drawn(&self) -> i32 {
        int(self.0.drawn)
    }

    /// How many of those drawn the panel has checked.
    async fn checked(&self) -> i32 {
        int(self.0.checked)
    }

    /// How many that were drawn, when they were submitted or later, were withdrawn before the panel checked them.
    async fn withdrawn(&self) -> i32 {
        int(self.0.withdrawn)
    }

    /// Of how many of those checked the panel said that an assessment is needed.
    async fn overturned(&self) -> i32 {
        int(self.0.overturned)
    }

    /// The share of wrong screen-outs with its Wilson interval of 95 %, in words: `2 of 14 checked (4 to 40 in 100)`.
    async fn wrong(&self) -> String {
        self.0.wrong_in_words()
    }

    /// The lower end of that interval, in a hundred; null while none is checked.
    async fn wrong_from(&self) -> Option<i32> {
        self.0.wrong_in_100().map(|(low, _)| int(low))
    }

    /// Its upper end.
    async fn wrong_to(&self) -> Option<i32> {
        self.0.wrong_in_100().map(|(_, high)| int(high))
    }
}
