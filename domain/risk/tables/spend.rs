//! Change in what is spent every year, by national deprivation fifth.

use crate::{
    proposal::Money,
    risk::{
        extract::{Cell, Table},
        spend::{Flow, Spend},
    },
};

/// Each way by fifth, the most deprived first; behind them what is not attributable, and all of it.
#[must_use]
pub fn spend(found: &Spend) -> Table {
    let mut table = Table::new(
        "spend",
        "Change in recurrent full-year spend by national deprivation fifth",
        &[
            ("way", "Way"),
            ("fifth", "Fifth, 1 the most deprived"),
            ("residents", "Residents, each once"),
            ("needPercent", "A head counts by need, percent"),
            ("attributed", "Attributed"),
            ("perHead", "Attributed, per head"),
            ("perHeadLow", "Per head at least"),
            ("perHeadHigh", "Per head at most"),
            ("perHeadAsResidents", "Per head if users live as residents do"),
            ("assessments", "Cases"),
        ],
    )
    .noted(found.in_words());
    for (way, flow) in [("investments", &found.investments), ("savings", &found.savings)] {
        rows(&mut table, found, way, flow);
    }
    table
}

fn rows(table: &mut Table, found: &Spend, way: &str, flow: &Flow) {
    let money = |pence: i64| -> Cell { Money::from_pence(pence).into() };
    for (fifth, (attributed, extra)) in flow.attributed.iter().zip(&flow.as_residents).enumerate() {
        let per_head =
            |pence: i64| -> Cell { found.per_head(pence, fifth).and_then(Money::from_pence).into() };
        table.rows.push(vec![
            way.into(),
            (fifth + 1).into(),
            found.heads.and_then(|heads| heads.get(fifth).copied()).into(),
            found.need_percent.and_then(|weights| weights.get(fifth).copied()).into(),
            money(*attributed),
            per_head(*attributed),
            per_head(*attributed),
            per_head(attributed.saturating_add(flow.rest)),
            per_head(attributed.saturating_add(*extra)),
            Cell::Empty,
        ]);
    }
    for (what, pence, cases) in
        [("not attributable", flow.rest, flow.unplaced), ("all", flow.total, flow.cases)]
    {
        let mut row =
            vec![format!("{way}, {what}").into(), Cell::Empty, Cell::Empty, Cell::Empty, money(pence)];
        row.resize(9, Cell::Empty);
        row.push(cases.into());
        table.rows.push(row);
    }
}
