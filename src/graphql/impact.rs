//! Effects on groups of people.

use async_graphql::{ID, Object, SimpleObject};

use crate::{
    domain::{impact, impact::Direction},
    graphql::{
        evidence::Evidence,
        group::Group,
        limit::{SOME, listed},
        mitigation::Mitigation,
        person::Party,
        rating::Rating,
        scalar::{Date, global, int},
        source::Source,
        word::Word,
    },
};

/// An impact of a case.
pub struct Impact {
    source: Source,
    impact: impact::Impact,
}

impl Impact {
    /// The impacts of a case for which `which` holds.
    pub fn list(source: &Source, which: impl Fn(&impact::Impact) -> bool) -> Vec<Self> {
        let wanted = source.content().impacts.iter().filter(|impact| which(impact));
        wanted.map(|impact| Self { source: source.clone(), impact: impact.clone() }).collect()
    }

    fn rated(&self, rating: Option<crate::domain::rating::Rating>) -> Option<Rating> {
        rating.map(|rating| Rating::of(rating, self.source.scale()))
    }
}

/// One effect on one group of people, or on a named intersection of groups.
#[Object]
impl Impact {
    /// The global identifier, `impact:..`.
    pub async fn id(&self) -> ID {
        global(self.impact.id)
    }

    /// One group, or a named intersection of several.
    #[graphql(complexity = "listed(1, child_complexity)")]
    async fn groups(&self) -> Vec<Group> {
        Group::list(&self.source.view.frame.groups, &self.impact.groups)
    }

    /// Which way it goes. Unknown is never neutral.
    async fn direction(&self) -> Word<Direction> {
        Word(self.impact.direction)
    }

    /// Why the author thinks so.
    async fn rationale(&self) -> &str {
        &self.impact.rationale
    }

    /// The rating before any mitigation; null: not rated.
    async fn initial(&self) -> Option<Rating> {
        self.rated(self.impact.initial)
    }

    /// The rating as last judged by owner and verifier with evidence; the initial one until then.
    async fn current(&self) -> Option<Rating> {
        self.rated(self.source.current(self.impact.id))
    }

    /// The rating if every planned mitigation works.
    async fn target(&self) -> Option<Rating> {
        self.rated(self.impact.target)
    }

    /// Derived and never typed in: the target once every mitigation it rests on is verified and every reliance
    /// holds, else the initial rating.
    async fn assured(&self) -> Option<Rating> {
        self.rated(self.source.assured(self.impact.id))
    }

    /// Of a negative impact without mitigation: why none is reasonable.
    async fn no_mitigation_because(&self) -> Option<&str> {
        self.impact.no_mitigation_because.as_deref()
    }

    /// Why proceeding is justified although nothing mitigates it.
    async fn justification(&self) -> Option<&str> {
        self.impact.justification.as_deref()
    }

    /// How likely it is as a probability, where the author means one.
    async fn chance(&self) -> Option<Chance> {
        self.impact.chance.as_ref().map(|chance| Chance {
            event: chance.event.clone(),
            months: chance.months,
            low: chance.low,
            high: chance.high,
        })
    }

    /// Of an unknown, and of a negative impact that is not rated yet: the question, who answers it and by when.
    async fn open_question(&self) -> Option<OpenQuestion> {
        self.impact.open_question.clone().map(OpenQuestion)
    }

    /// How many people, as the author states it.
    async fn reach(&self) -> Option<Reach> {
        self.impact.reach.as_ref().map(|reach| Reach {
            low: int(reach.low),
            high: reach.high.map(int),
            basis: reach.basis.clone(),
        })
    }

    /// What it rests on.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn evidence(&self) -> Vec<Evidence> {
        Evidence::list(&self.source, |evidence| self.impact.evidence.contains(&evidence.id))
    }

    /// The actions against it.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn mitigations(&self) -> Vec<Mitigation> {
        Mitigation::list(&self.source, |mitigation| mitigation.impacts.contains(&self.impact.id))
    }
}

/// How likely an impact is as a probability: of a stated event, within a stated time.
#[derive(SimpleObject)]
pub struct Chance {
    /// What would have happened.
    event: String,
    /// Within how many months.
    months: u16,
    /// At least so many times in a thousand.
    low: u16,
    /// At most.
    high: u16,
}

/// How many people, as a range with its basis.
#[derive(SimpleObject)]
pub struct Reach {
    /// At least.
    pub low: i32,
    /// At most; null when no upper figure can be given.
    pub high: Option<i32>,
    /// Where the figures come from.
    pub basis: String,
}

/// A question that is open.
pub struct OpenQuestion(impact::OpenQuestion);

/// What makes an unknown honest: the question, who answers it and by when.
#[Object]
impl OpenQuestion {
    /// What has to be found out.
    async fn question(&self) -> &str {
        &self.0.question
    }

    /// Who finds it out.
    async fn owner(&self) -> Party {
        Party(self.0.owner.clone())
    }

    /// By when.
    async fn due(&self) -> Date {
        Date(self.0.due)
    }
}
