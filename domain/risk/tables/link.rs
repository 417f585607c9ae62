//! What stands beside the counts: what depends on what, what nobody assessed, what partners propose.

use super::Names;
use crate::{
    interdependency::{Caveat, ReliancePremise},
    partner::PartnerProposal,
    register::RegisteredDecision,
    risk::{
        extract::{Cell, Table},
        graph::Edge,
    },
};

/// An end of an edge, as far as it may be known.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// Its reference.
    pub reference: Option<String>,
    /// Its title, or who the partner is.
    pub title: Option<String>,
}

/// The edges of the cases of a picture, each with its two ends.
#[must_use]
pub fn edges(edges: &[(&Edge, End, End)]) -> Table {
    let mut table = Table::new(
        "interdependencies",
        "What depends on what",
        &[
            ("from", "Case"),
            ("fromTitle", "Title of the case"),
            ("kind", "Kind"),
            ("to", "Other case"),
            ("toTitle", "Title of the other case, or the partner"),
            ("premise", "Premise"),
            ("by", "By"),
            ("holdsWhen", "Holds when"),
            ("holds", "Holds"),
            ("caveat", "To be known beside that"),
        ],
    )
    .noted("As it stands today. Holds is empty while it is not known. Of a case that may not be known nothing is told.");
    for (edge, from, to) in edges {
        table.rows.push(vec![
            from.reference.clone().into(),
            from.title.clone().into(),
            edge.edge.kind.as_str().into(),
            to.reference.clone().into(),
            to.title.clone().into(),
            edge.edge.premise.clone().into(),
            edge.edge.by.into(),
            edge.edge.holds_when.map(ReliancePremise::as_str).into(),
            edge.holds.into(),
            edge.caveat.map(Caveat::in_words).into(),
        ]);
    }
    table
}

/// Registered decisions that have no assessment.
#[must_use]
pub fn unassessed(decisions: &[RegisteredDecision], names: Names<'_>) -> Table {
    let mut table = Table::new(
        "unassessed",
        "Registered decisions without an assessment",
        &[
            ("organisation", "Organisation"),
            ("organisationName", "Name of the organisation"),
            ("key", "Key in its list"),
            ("title", "Decision"),
            ("kind", "Kind"),
            ("body", "Body"),
            ("date", "Date"),
            ("serviceLine", "Service line"),
            ("source", "Source"),
        ],
    );
    for decision in decisions {
        let entry = &decision.entry;
        let (code, name) = names.organisation(decision.organisation);
        table.rows.push(vec![
            code,
            name,
            entry.key.as_str().into(),
            entry.title.as_str().into(),
            entry.kind.as_str().into(),
            entry.body.clone().into(),
            entry.date.into(),
            entry.service_line.clone().into(),
            entry.source.as_str().into(),
        ]);
    }
    table
}

/// What partners propose, each group by itself.
#[must_use]
pub fn partners(proposals: &[PartnerProposal], names: Names<'_>) -> Table {
    let mut table = Table::new(
        "partners",
        "What partners propose without a case here",
        &[
            ("partner", "Partner"),
            ("title", "Proposal"),
            ("direction", "Direction"),
            ("groups", "Groups"),
            ("groupNames", "Names of the groups"),
            ("footprint", "Places"),
            ("footprintNames", "Names of the places"),
            ("from", "From"),
            ("to", "To"),
            ("source", "Source"),
            ("confidence", "Confidence"),
        ],
    )
    .noted("Counted in a column of its own, and never among cases.");
    for one in proposals {
        let party = &one.partner;
        let called: Vec<&str> =
            [&party.name, &party.organisation].into_iter().flatten().map(String::as_str).collect();
        let partner = if called.is_empty() { Cell::Empty } else { called.join(", ").into() };
        let groups: Vec<String> = one.groups.iter().map(|code| names.group(code)).collect();
        let places: Vec<String> = one.footprint.iter().map(|code| names.coded(code)).collect();
        table.rows.push(vec![
            partner,
            one.title.as_str().into(),
            one.direction.as_str().into(),
            one.groups.join(" ").into(),
            groups.join("; ").into(),
            one.footprint.join(" ").into(),
            places.join("; ").into(),
            one.from.into(),
            one.to.into(),
            one.source.as_str().into(),
            one.confidence.as_str().into(),
        ]);
    }
    table
}
