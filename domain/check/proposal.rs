//! What is proposed, where, by whom, and what else was considered.

use serde_json::json;

use super::{
    Draft, Fault, Gate, Rule, Subject,
    subject::{day, is_party, says_something},
    travel::is_relocation,
};
use crate::{proposal::KindOfChange, settings::Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "proposal.summary.missing",
        title: "The proposal is summarised",
        duty: "nhse.ehia",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "A reader who does not know the business case has to understand what would change.",
        run: |subject| {
            if says_something(&subject.content().proposal.summary) {
                return Vec::new();
            }
            let message = "The proposal is not summarised, so nobody can tell what is being assessed. \
                           Describe in a few sentences what would change and for whom.";
            vec![Draft::new(["proposal", "summary"], message, json!({}))]
        },
    },
    Rule {
        id: "proposal.kind.missing",
        title: "The kind of change is named",
        duty: "practice.clear",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "A closure is asked other questions than an investment.",
        run: |subject| {
            if subject.content().proposal.kind_of_change.is_some() {
                return Vec::new();
            }
            let message = "The kind of change is not named. Choose it, because a closure or reduction is \
                           asked about options that other proposals are not.";
            vec![Draft::new(["proposal", "kindOfChange"], message, json!({}))]
        },
    },
    Rule {
        id: "proposal.footprint.missing",
        title: "The places are named",
        duty: "practice.clear",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Without places nobody can see who lives there, or what else reaches the same people.",
        run: |subject| {
            if !subject.content().proposal.footprint.is_empty() {
                return Vec::new();
            }
            let message = "No place is named, so what is said of people in the most deprived fifth (Core20) cannot be \
                           held against how many live there. Add the areas the proposal touches, so that the people \
                           who live there, and other proposals for them, can be seen beside it.";
            vec![Draft::new(["proposal", "footprint"], message, json!({}))]
        },
    },
    Rule {
        id: "proposal.sro.missing",
        title: "A senior responsible officer is named",
        duty: "heat.review",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Somebody senior answers for what the assessment promises.",
        run: |subject| {
            if subject.content().sro.as_ref().is_some_and(is_party) {
                return Vec::new();
            }
            let message = "No senior responsible officer is named, so nobody senior answers for what is \
                           promised here. Name one.";
            vec![Draft::new(["sro"], message, json!({}))]
        },
    },
    Rule {
        id: "proposal.options.missing",
        title: "A loss of service shows the options considered",
        duty: "moseley.alternatives",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Where people lose a service, an open mind shows in the alternatives that were weighed.",
        run: |subject| {
            let proposal = &subject.content().proposal;
            let Some(loss) = loss(subject).filter(|_| proposal.options.len() < 2) else { return Vec::new() };
            let message = format!(
                "{loss}, and {} option is described. Describe at least one \
                 alternative beside the preferred one, and why it was not chosen.",
                if proposal.options.is_empty() { "no" } else { "only one" }
            );
            let facts = json!({ "kindOfChange": proposal.kind_of_change, "options": proposal.options.len() });
            vec![Draft::new(["proposal", "options"], message, facts)]
        },
    },
    Rule {
        id: "proposal.options.preferred",
        title: "Exactly one option is preferred",
        duty: "practice.clear",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "The impacts described are those of the preferred option; a reader must know which it is.",
        run: |subject| {
            let options = &subject.content().proposal.options;
            let preferred = options.iter().filter(|option| option.preferred).count();
            if options.is_empty() || preferred == 1 {
                return Vec::new();
            }
            let message = format!(
                "{} of the {} options {} marked as preferred, so it is not clear which one is assessed. \
                 Mark exactly one.",
                if preferred == 0 { "None".to_owned() } else { preferred.to_string() },
                options.len(),
                if preferred == 0 { "is" } else { "are" }
            );
            let facts = json!({ "options": options.len(), "preferred": preferred });
            vec![Draft::new(["proposal", "options"], message, facts)]
        },
    },
    Rule {
        id: "proposal.dates.reversed",
        title: "The change ends after it begins",
        duty: "practice.clear",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "Concurrent proposals are found by their dates.",
        run: |subject| {
            let proposal = &subject.content().proposal;
            let (Some(from), Some(to)) = (proposal.effective_from, proposal.effective_to) else {
                return Vec::new();
            };
            if from <= to {
                return Vec::new();
            }
            let message = format!(
                "The change is to end on {} before it begins on {}. Correct one of the dates.",
                day(to),
                day(from)
            );
            let facts = json!({ "effectiveFrom": from, "effectiveTo": to });
            vec![Draft::new(["proposal", "effectiveTo"], message, facts)]
        },
    },
];

/// What people lose by a change that takes a service, or a way to it, from some of them; `None` for any other. Who may
/// come, by which way and for how long is a loss where somebody is hit significantly.
pub(super) fn loss(subject: &Subject<'_>) -> Option<&'static str> {
    match subject.content().proposal.kind_of_change? {
        KindOfChange::Closure | KindOfChange::Reduction | KindOfChange::ContractExpiry => {
            Some("People would lose a service")
        }
        KindOfChange::AccessRoute | KindOfChange::Eligibility | KindOfChange::Temporary => {
            let hit = subject.significant().next().is_some();
            hit.then_some("People would be kept from a service, or lose it for a time")
        }
        KindOfChange::NewService
        | KindOfChange::Change
        | KindOfChange::Relocation
        | KindOfChange::Investment
        | KindOfChange::Procurement
        | KindOfChange::Policy
        | KindOfChange::Workforce
        | KindOfChange::Other => None,
    }
}

/// What people lose, or have to do, where a service goes from where it is.
pub(super) fn loss_or_move(subject: &Subject<'_>) -> Option<&'static str> {
    loss(subject).or_else(|| is_relocation(subject).then_some("People would have to follow a service"))
}
