//! What is assessed.

use async_graphql::{Object, SimpleObject};

use crate::{
    domain::proposal::{self, KindOfChange},
    graphql::{
        area::Area,
        scalar::{Date, Money},
        source::Source,
        word::Word,
    },
};

/// A proposal.
pub struct Proposal(pub Source);

impl Proposal {
    fn of(&self) -> &proposal::Proposal {
        &self.0.content().proposal
    }
}

/// What is assessed: a change, its places, its money and who decides it. Everything may still be missing while it
/// is written.
#[Object]
impl Proposal {
    /// A few sentences.
    async fn summary(&self) -> &str {
        &self.of().summary
    }

    /// What kind of change it is.
    async fn kind_of_change(&self) -> Option<Word<KindOfChange>> {
        self.of().kind_of_change.map(Word)
    }

    /// The service line, in the organisation's words.
    async fn service_line(&self) -> Option<&str> {
        self.of().service_line.as_deref()
    }

    /// The programme it belongs to.
    async fn programme(&self) -> Option<&str> {
        self.of().programme.as_deref()
    }

    /// The places it touches, at any mix of levels.
    #[graphql(complexity = "crate::graphql::limit::listed(crate::graphql::limit::SOME, child_complexity)")]
    async fn footprint(&self) -> Vec<Area> {
        Area::list(&self.of().footprint)
    }

    /// Who uses the service, in words.
    async fn population(&self) -> Option<&str> {
        self.of().population.as_deref()
    }

    /// The body with authority under the scheme of delegation.
    async fn decision_body(&self) -> Option<&str> {
        self.of().decision_body.as_deref()
    }

    /// When it is to decide.
    async fn decision_date(&self) -> Option<Date> {
        self.of().decision_date.map(Date)
    }

    /// When the change begins to touch people.
    async fn effective_from(&self) -> Option<Date> {
        self.of().effective_from.map(Date)
    }

    /// When it stops; null when it is to last.
    async fn effective_to(&self) -> Option<Date> {
        self.of().effective_to.map(Date)
    }

    /// What was considered.
    #[graphql(complexity = "crate::graphql::limit::listed(crate::graphql::limit::SOME, child_complexity)")]
    async fn options(&self) -> Vec<ProposalOption> {
        ProposalOption::list(&self.of().options)
    }

    /// What it saves.
    async fn saving(&self) -> Option<Money> {
        self.of().saving.map(Money)
    }

    /// What it costs.
    async fn spend(&self) -> Option<Money> {
        self.of().spend.map(Money)
    }

    /// Whether saving or spend recurs every year.
    async fn recurrent(&self) -> Option<bool> {
        self.of().recurrent
    }

    /// The full-year effect.
    async fn full_year(&self) -> Option<Money> {
        self.of().full_year.map(Money)
    }

    /// By how much it changes what is spent on the service every full year: more is an investment, less, with a minus, a saving.
    /// Null: nobody said; `AggregatedRisk.equityOfSpend` then goes by `saving` or `spend` where these recur.
    async fn recurrent_change(&self) -> Option<Money> {
        self.of().recurrent_change.map(Money)
    }

    /// Where those live who use the service; null: nobody said.
    async fn user_residence(&self) -> Option<UserResidence> {
        let found = self.of().user_residence.as_ref()?;
        let percent = found.percent.iter().copied().map(i32::from).collect();
        Some(UserResidence { percent, basis: found.basis.clone() })
    }
}

/// Where the users of a service live, by national deprivation fifth: shares, and no numbers of people.
#[derive(SimpleObject)]
pub struct UserResidence {
    /// Percent of them in each of the five fifths of England's neighbourhoods by deprivation, the most deprived first.
    percent: Vec<i32>,
    /// What that is counted from: which users, which year, which index.
    basis: String,
}

/// An option.
pub struct ProposalOption(proposal::ProposalOption);

impl ProposalOption {
    /// The options of a list.
    pub fn list(options: &[proposal::ProposalOption]) -> Vec<Self> {
        options.iter().cloned().map(Self).collect()
    }
}

/// An option considered, with why it was preferred or not.
#[Object(name = "Option")]
impl ProposalOption {
    /// Its name in the business case.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it would be.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// Whether the proposal is this option.
    async fn preferred(&self) -> bool {
        self.0.preferred
    }

    /// Why it was preferred or not.
    async fn reason(&self) -> &str {
        &self.0.reason
    }
}
