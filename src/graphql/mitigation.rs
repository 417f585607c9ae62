//! Actions against impacts, and what was reported of them.

use async_graphql::{Context, ID, Object};

use crate::{
    domain::mitigation::{self, MitigationStatus},
    graphql::{
        error::Result,
        evidence::Evidence,
        impact::Impact,
        interdependency::Interdependency,
        limit::{SOME, listed},
        person::{Party, Person},
        rating::Rating,
        scalar::{Date, Instant, global},
        source::Source,
        word::Word,
    },
};

/// A mitigation of a case.
pub struct Mitigation {
    source: Source,
    mitigation: mitigation::Mitigation,
}

impl Mitigation {
    /// The mitigations of a case for which `which` holds.
    pub fn list(source: &Source, which: impl Fn(&mitigation::Mitigation) -> bool) -> Vec<Self> {
        let wanted = source.content().mitigations.iter().filter(|mitigation| which(mitigation));
        wanted.map(|mitigation| Self { source: source.clone(), mitigation: mitigation.clone() }).collect()
    }
}

/// An action against one impact or several.
#[Object]
impl Mitigation {
    /// The global identifier, `mitigation:..`.
    pub async fn id(&self) -> ID {
        global(self.mitigation.id)
    }

    /// What will be done.
    async fn action(&self) -> &str {
        &self.mitigation.action
    }

    /// The impacts it acts against.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn impacts(&self) -> Vec<Impact> {
        Impact::list(&self.source, |impact| self.mitigation.impacts.contains(&impact.id))
    }

    /// Who does it.
    async fn owner(&self) -> Option<Party> {
        self.mitigation.owner.clone().map(Party)
    }

    /// By when.
    async fn due(&self) -> Option<Date> {
        self.mitigation.due.map(Date)
    }

    /// How far it is, as last reported.
    async fn status(&self) -> Word<MitigationStatus> {
        Word(self.source.status(self.mitigation.id))
    }

    /// What will show that it works.
    async fn indicator(&self) -> Option<&str> {
        self.mitigation.indicator.as_deref()
    }

    /// Where the indicator is now.
    async fn baseline(&self) -> Option<&str> {
        self.mitigation.baseline.as_deref()
    }

    /// Where it should be.
    async fn target_value(&self) -> Option<&str> {
        self.mitigation.target_value.as_deref()
    }

    /// What it rests on elsewhere.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn reliances(&self) -> Vec<Interdependency> {
        Interdependency::list(&self.source, |edge| self.mitigation.reliances.contains(&edge.id))
    }

    /// What was reported of it, the oldest first.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn progress(&self) -> Vec<MitigationReport> {
        let reports = self.source.reports(self.mitigation.id);
        reports
            .map(|report| MitigationReport { source: self.source.clone(), report: report.clone() })
            .collect()
    }
}

/// A report on a mitigation.
pub struct MitigationReport {
    source: Source,
    report: mitigation::MitigationReport,
}

/// What somebody reported of an action.
#[Object]
impl MitigationReport {
    /// When it was reported.
    async fn at(&self) -> Instant {
        Instant(self.report.at)
    }

    /// By whom.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.report.by).await
    }

    /// How far the action is.
    async fn status(&self) -> Word<MitigationStatus> {
        Word(self.report.status)
    }

    /// What was reported.
    async fn note(&self) -> &str {
        &self.report.note
    }

    /// How the impacts it acts against stand now, when that was judged anew.
    async fn current(&self) -> Option<Rating> {
        self.report.current.map(|rating| Rating::of(rating, self.source.scale()))
    }

    /// What the judgement rests on.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn evidence(&self) -> Vec<Evidence> {
        Evidence::list(&self.source, |evidence| self.report.evidence.contains(&evidence.id))
    }
}
