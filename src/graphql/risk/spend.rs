//! Equity of spend, in the API's words.

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};

use crate::{
    app::{Picture, SpendView},
    domain::{
        proposal,
        risk::spend::{Flow, Spend},
    },
    graphql::{
        area::Area,
        error::Result,
        limit::{SOME, listed},
        scalar::{Money, int},
        session::session,
    },
};

/// Change in what is spent every full year by national deprivation fifth. Investments and savings are apart and never set off
/// against each other.
#[derive(SimpleObject)]
pub struct EquityOfSpend {
    /// All of it in words.
    in_words: String,
    /// Whose residents are the heads: those of the areas that the organisations set, else of the boards that they are, else of the
    /// boards that proposals touch; never those of the filter's areas, because the money of a case is not only theirs. Empty: nothing
    /// is known of places.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    areas: Vec<Area>,
    /// The index whose fifths these are: `IMD 2025`.
    edition: Option<String>,
    /// How much a head in each fifth counts by need, in percent, the most deprived first; null: each counts the same.
    need_percent: Option<Vec<i32>>,
    /// Cases that were looked at.
    assessments: i32,
    /// Those that change nothing that recurs.
    non_recurrent: i32,
    /// Those that do not say how much, which way or whether it recurs: in no amount.
    unsaid: i32,
    /// Cases that were not looked at because the viewer may not read them.
    unreadable: i32,
    /// More is spent.
    investments: SpendFlow,
    /// Less is spent: amounts without a minus.
    savings: SpendFlow,
}

/// Money that goes one way.
#[derive(SimpleObject)]
pub struct SpendFlow {
    /// Cases that it comes from.
    assessments: i32,
    /// All of it, a full year.
    total: Money,
    /// What can be attributed, because authors say where users live.
    attributed: Money,
    /// What cannot.
    not_attributable: Money,
    /// Which share of `total` that is, 0 to 1.
    not_attributable_share: f64,
    /// The same by fifth, the most deprived first.
    #[graphql(complexity = "listed(5, child_complexity)")]
    fifths: Vec<SpendFifth>,
}

/// Money that goes one way, of one national deprivation fifth.
#[derive(SimpleObject)]
pub struct SpendFifth {
    /// Which, 1 the most deprived.
    fifth: i32,
    /// Its residents in `EquityOfSpend.areas`, each once; null: nothing is known of places.
    residents: Option<i32>,
    /// What is attributed to it.
    attributed: Money,
    /// The same per head.
    per_head: Option<Money>,
    /// Per head at least: if nobody lives there who uses a service of which nobody says where its users live.
    per_head_low: Option<Money>,
    /// Per head at most: if all of them live there.
    per_head_high: Option<Money>,
    /// Per head if they live as residents of the places do that the proposals touch: a supposition, and not known.
    per_head_as_residents: Option<Money>,
}

impl EquityOfSpend {
    /// That of a picture.
    pub async fn find(ctx: &Context<'_>, picture: &Arc<Picture>) -> Result<Self> {
        let SpendView { found, areas, edition, unreadable } =
            Box::pin(session(ctx).app.spend(picture)).await?;
        Ok(Self {
            in_words: found.in_words(),
            areas: Area::list(&areas),
            edition,
            need_percent: found.need_percent.map(|weights| weights.map(int).to_vec()),
            assessments: int(found.cases),
            non_recurrent: int(found.once),
            unsaid: int(found.unsaid),
            unreadable: int(unreadable),
            investments: flow(&found, &found.investments),
            savings: flow(&found, &found.savings),
        })
    }
}

fn flow(found: &Spend, flow: &Flow) -> SpendFlow {
    let fifths =
        flow.attributed.iter().zip(&flow.as_residents).enumerate().map(|(fifth, (attributed, extra))| {
            let per_head = |pence: i64| found.per_head(pence, fifth).map(money);
            SpendFifth {
                fifth: int(fifth + 1),
                residents: found.heads.and_then(|heads| heads.get(fifth).copied()).map(int),
                attributed: money(*attributed),
                per_head: per_head(*attributed),
                per_head_low: per_head(*attributed),
                per_head_high: per_head(attributed.saturating_add(flow.rest)),
                per_head_as_residents: per_head(attributed.saturating_add(*extra)),
            }
        });
    SpendFlow {
        assessments: int(flow.cases),
        total: money(flow.total),
        attributed: money(flow.total.saturating_sub(flow.rest)),
        not_attributable: money(flow.rest),
        not_attributable_share: f64::from(int(flow.share())) / 10_000.0,
        fifths: fifths.collect(),
    }
}

/// An amount, within what the scalar has.
fn money(pence: i64) -> Money {
    let most = crate::domain::canonical::LARGEST;
    let money = proposal::Money::from_pence(pence.clamp(-most, most));
    Money(money.unwrap_or_else(|| proposal::Money::parse("0").expect("nought is an amount")))
}
