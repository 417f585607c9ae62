//! What changed over time: figures by month, promises by group, what assessments changed.

use super::{Counted, Names, RATING, REACH, count::directions, rating, reach};
use crate::{
    decision::DecisionOutcome,
    rating::Band,
    review::Recommendation,
    risk::{
        RatingBasis, Totals,
        extract::{Cell, Table},
        influence::Influences,
        promise::{Promises, PromisesByGroup},
        trend::Month,
    },
};

/// Figures month by month, the oldest first.
#[must_use]
pub fn trend(months: &[(Month, bool, &Totals)], basis: RatingBasis) -> Table {
    let mut table = Table::new(
        "trend",
        "Figures month by month",
        &[
            ("month", "Month"),
            ("asAt", "As known at the end of"),
            ("complete", "Whole month"),
            ("recorded", "Something was on record"),
            ("assessments", "Cases"),
            ("drafts", "Cases still being written"),
            ("positiveImpacts", "Positive impacts"),
            ("negativeImpacts", "Negative impacts"),
            ("neutralImpacts", "Neutral impacts"),
            ("unknownImpacts", "Unknown impacts"),
        ],
    )
    .noted(format!(
        "Each month is the picture as it was known at the end of that day, of the cases that whoever asks may have in it today. Bands are \
         of negative impacts by {} ratings. Before anything was on record figures are empty.",
        basis.as_str().to_lowercase()
    ));
    for band in Band::ALL {
        let word = band.as_str().to_ascii_lowercase();
        table.head(&[(&format!("{word}Assessments"), &format!("Cases with a negative impact, {word}"))]);
    }
    table.head(&RATING);
    table.head(&[("openMitigations", "Open mitigations")]);
    table.head(&REACH);
    for (month, recorded, totals) in months {
        let all = Counted::of(&totals.figures(), basis);
        let mut row =
            vec![month.name().into(), month.as_at.into(), month.complete.into(), (*recorded).into()];
        if *recorded {
            row.extend([all.cases.into(), totals.drafts.into()]);
            row.extend(directions(&all));
            row.extend(all.bands.iter().map(|count| count.cases.into()));
            row.extend(rating(all.maximum));
            row.push(all.open.into());
            row.extend(reach(all.reach));
        }
        row.resize(table.columns.len(), Cell::Empty);
        table.rows.push(row);
    }
    table
}

/// What became of mitigations, all together first, then by group.
#[must_use]
pub fn promises(found: &PromisesByGroup, names: Names<'_>) -> Table {
    let mut table = Table::new(
        "mitigations",
        "What became of mitigations that were promised",
        &[
            ("group", "Group"),
            ("groupName", "Name of the group"),
            ("assessments", "Cases"),
            ("promised", "Promised"),
            ("planned", "Planned"),
            ("inProgress", "Under way"),
            ("done", "Done, not yet proved"),
            ("verified", "Proved effective"),
            ("failed", "Proved not effective"),
            ("cancelled", "Given up"),
            ("late", "Late"),
            ("finishedLate", "Finished late"),
            ("undated", "Open without a date"),
        ],
    )
    .noted("A mitigation for several groups counts for each, so groups are not added up; the first row has each once.");
    table.rows.push(promise(Cell::Empty, "all together".into(), &found.all));
    for (group, counts) in &found.groups {
        table.rows.push(promise(group.as_str().into(), names.group(group).into(), counts));
    }
    table
}

fn promise(code: Cell, name: Cell, of: &Promises) -> Vec<Cell> {
    let counts = [
        of.cases,
        of.promised,
        of.planned,
        of.in_progress,
        of.done,
        of.verified,
        of.failed,
        of.cancelled,
        of.late,
        of.finished_late,
        of.undated,
    ];
    [code, name].into_iter().chain(counts.map(Cell::from)).collect()
}

/// What assessments changed, figure by figure.
#[must_use]
pub fn influence(found: &Influences) -> Table {
    let mut table = Table::new(
        "influence",
        "What assessments changed",
        &[("figure", "Figure"), ("meaning", "What it counts"), ("number", "Number")],
    )
    .noted(found.in_words());
    let mut row = |key: String, told: String, number: i64| {
        table.rows.push(vec![key.into(), told.into(), number.into()]);
    };
    for (key, told, number) in [
        ("assessments", "Cases that were sent on", found.cases),
        ("altered", "Those whose proposal is otherwise than it was then", found.altered),
        ("mitigated", "Those that got a mitigation since", found.mitigated),
        ("found", "Those in which a negative impact was found since", found.found),
        ("returned", "Those that the panel returned", found.returned),
        ("returns", "How often it did", found.returns),
        ("notSupported", "Those that it once did not support", found.not_supported),
        ("stopped", "Those that the body stopped", found.stopped),
        ("withdrawn", "Those that were given up without a decision", found.withdrawn),
    ] {
        row(key.into(), told.into(), number);
    }
    for (field, number) in &found.fields {
        row(format!("altered.{field}"), format!("Those whose proposal differs in {field}"), *number);
    }
    for (basis, shift) in &found.shifts {
        let word = basis.as_str().to_lowercase();
        for (how, number) in [
            ("lowered", shift.lowered),
            ("same", shift.same),
            ("raised", shift.raised),
            ("unrated", shift.unrated),
        ] {
            let told = match how {
                "lowered" => format!("Negative impacts rated lower by {word} rating than initially"),
                "same" => format!("Negative impacts rated the same by {word} rating as initially"),
                "raised" => format!("Negative impacts rated higher by {word} rating than initially"),
                _ => format!("Negative impacts that lack an initial rating or the {word} one"),
            };
            row(format!("{word}.{how}"), told, number);
        }
    }
    table
}

/// What the panel said last, and what the body then decided.
#[must_use]
pub fn decisions(found: &Influences) -> Table {
    let mut table = Table::new(
        "decisions",
        "What the panel said, and what the body decided",
        &[
            ("recommendation", "The panel said"),
            ("decision", "The body decided"),
            ("assessments", "Cases"),
            ("altered", "Those whose proposal was altered"),
        ],
    )
    .noted("Empty: nothing was said or decided yet.");
    for ((said, decided), (cases, altered)) in &found.verdicts {
        table.rows.push(vec![
            said.map(Recommendation::as_str).into(),
            decided.map(DecisionOutcome::as_str).into(),
            (*cases).into(),
            (*altered).into(),
        ]);
    }
    table
}
