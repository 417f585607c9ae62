//! Searches: what is typed, with which filter and by whom, each asked alone.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    Side,
    data::Filled,
    http::{Connection, request},
    report::{Figures, line},
};

const SEARCH: &str = include_str!("search.graphql");
/// What is typed: words of every case, of some, of one in ten, of one in fifty, of few, of one and of none, alone and
/// together, whole and begun.
const TYPED: [(&str, &str); 20] = [
    ("frequent", "assessment"),
    ("frequent", "transport"),
    ("frequent", "maternity"),
    ("frequent", "interpreters"),
    ("prefix", "he"),
    ("prefix", "h"),
    ("prefix", "47"),
    ("prefix", "471"),
    ("two words", "matern norw"),
    ("two words", "hearing procurement"),
    ("two words", "maternity 47"),
    ("two words", "hearing 9"),
    ("two words", "community 12"),
    ("two words", "great yarmouth 1"),
    ("phrase", "\"marram house\" 12"),
    ("phrase", "\"joint replacement threshold\""),
    ("rare", "4711"),
    ("rare", "T6Y0W-2026-0004711"),
    ("rare", "maternity 4711"),
    ("none", "nothing of the kind"),
];
/// Turns of every search in a round.
const TURNS: usize = 3;

/// A search, and what it is of each kind.
pub struct Ask {
    kinds: [&'static str; 3],
    typed: &'static str,
    request: Vec<u8>,
}

/// How long each search took, in the order of the searches.
pub type Taken = Vec<Vec<Duration>>;

/// Every text with every filter by everybody.
pub fn asks(filled: &Filled) -> Vec<Ask> {
    let people =
        [("sees all", &filled.reader), ("sees some", &filled.writer), ("sees one in 250", &filled.guest)];
    let filters: [(&'static str, Value); 6] = [
        ("no filter", json!({})),
        ("state", json!({ "states": ["panel_review"] })),
        ("organisation", json!({ "organisations": ["T6Y0W"] })),
        ("service line", json!({ "serviceLines": ["Maternity"] })),
        ("rare service line", json!({ "serviceLines": ["Nobody has this"] })),
        ("group", json!({ "groups": ["sex"] })),
    ];
    let mut asks = Vec::new();
    for (kind, typed) in TYPED {
        for (filter, value) in &filters {
            for (person, signed) in people {
                let mut value = value.clone();
                value["search"] = typed.into();
                let request = request(&signed.token, SEARCH, &json!({ "filter": value }));
                asks.push(Ask { kinds: [kind, filter, person], typed, request });
            }
        }
    }
    asks
}

/// Asks one at a time: how long a search takes, and not how long it waits for others.
pub async fn measure(address: SocketAddr, asks: &[Ask]) -> anyhow::Result<Taken> {
    let mut connection = Connection::open(address).await?;
    let mut taken = vec![Vec::new(); asks.len()];
    for turn in 0..=TURNS {
        for (ask, taken) in asks.iter().zip(&mut taken) {
            let asked = Instant::now();
            connection.ask(&ask.request).await?;
            // The first turn prepares the statements.
            if turn > 0 {
                taken.push(asked.elapsed());
            }
        }
    }
    Ok(taken)
}

/// Tells the figures of all searches, of each kind of them, and of those that take longest.
pub fn tell(sides: &[Side]) {
    line("\n| search | SQLite p50 | p95 | PostgreSQL p50 | p95 |");
    line("|---|---|---|---|---|");
    let Some(asks) = sides.first().map(|side| &side.asks) else { return };
    let figures = |side: &Side, picked: &dyn Fn(&Ask) -> bool| {
        let rounds = side.searches.iter().flat_map(|round| asks.iter().zip(round));
        let taken = rounds.filter(|(ask, _)| picked(ask)).flat_map(|(_, taken)| taken).copied().collect();
        Figures::together(&[Figures::of(taken, Duration::ZERO)])
    };
    let row = |what: &str, picked: &dyn Fn(&Ask) -> bool| {
        let cells = sides.iter().map(|side| {
            let all = figures(side, picked);
            format!("{:.1} ms | {:.1} ms", all.within(50), all.within(95))
        });
        line(format!("| {what} | {} |", cells.collect::<Vec<_>>().join(" | ")));
    };
    row("all", &|_| true);
    let mut kinds: Vec<&str> = Vec::new();
    for place in 0..3 {
        for ask in asks {
            if !kinds.contains(&ask.kinds[place]) {
                kinds.push(ask.kinds[place]);
            }
        }
    }
    for kind in kinds {
        row(kind, &|ask| ask.kinds.contains(&kind));
    }
    line("");
    for side in sides {
        let mut each: Vec<(f64, String)> = asks
            .iter()
            .map(|ask| {
                let same = |other: &Ask| std::ptr::eq(ask, other);
                (figures(side, &same).within(50), format!("{} ({})", ask.typed, ask.kinds.join(", ")))
            })
            .collect();
        each.sort_by(|one, other| other.0.total_cmp(&one.0));
        for (taken, what) in each.iter().take(12) {
            line(format!("{}: {taken:.1} ms for {what}", side.name));
        }
    }
}
