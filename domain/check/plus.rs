//! PLUS and 5: the groups that the organisation has named for itself, and the clinical areas that the service
//! line touches.

use serde_json::json;

use super::{Draft, Fault, Rule, Subject, characteristic::OF_CHILDREN, group::named, speech::mentions};
use crate::{
    group::{Group, GroupKind},
    settings::Severity,
    text::capital,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "groups.plus.unanswered",
        title: "Each PLUS group that the organisation has named is answered",
        duty: "nhse.core20plus5",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "The organisation chose these groups because their inequalities are known here.",
        run: |subject| {
            let question = "health_inequalities_groups";
            let Some(named) = named(subject).filter(|_| subject.question(question).is_some()) else {
                return Vec::new();
            };
            let silent = subject.facts.groups.iter().filter(|group| {
                is_own_plus(subject, group)
                    && !named.iter().any(|code| subject.facts.groups.is_within(&group.code, code))
                    && !named.iter().any(|code| subject.facts.groups.is_within(code, &group.code))
            });
            silent
                .map(|group| {
                    let message = format!(
                        "{} is a PLUS group of this organisation, and nothing is said of it. Describe the impacts \
                         on these people, or add them to a statement whose reason holds for them.",
                        capital(&subject.spoken(&group.code))
                    );
                    let facts = json!({ "group": group.code, "groupName": group.name });
                    Draft::new(["answers", question, &group.code], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "groups.clinical.untouched",
        title: "The clinical area that the service line touches has an impact",
        duty: "nhse.core20plus5",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Five clinical areas for adults and five for children were chosen because gaps are widest there.",
        run: |subject| {
            let question = "health_inequalities_groups";
            let content = subject.content();
            if subject.question(question).is_none() {
                return Vec::new();
            }
            let line = content.proposal.service_line.as_deref().unwrap_or_default();
            let called = format!("{} {line}", content.title);
            let children = mentions(&called, OF_CHILDREN);
            let touched = AREAS.iter().filter(|area| area.children.is_none_or(|only| only == children));
            touched
                .filter(|area| mentions(&called, area.words))
                .filter(|area| !content.impacts.iter().any(|i| subject.speaks_of(&i.groups, area.code)))
                .map(|area| {
                    let name = subject.spoken(area.code);
                    let message = format!(
                        "The service is about {name}, one of the clinical areas in which inequalities are widest, \
                         and no impact on it is described. Say what the proposal does there, and for whom."
                    );
                    let facts = json!({ "group": area.code, "groupName": name, "serviceLine": line });
                    Draft::new(["answers", question, area.code], message, facts)
                })
                .collect()
        },
    },
];

/// Whether it is a PLUS group that the organisation named for itself and that may share a statement.
pub(super) fn is_own_plus(subject: &Subject<'_>, group: &Group) -> bool {
    group.kind == GroupKind::Plus && !group.singly && subject.is_own(group)
}

/// A clinical area, and the words by which a service is known to touch it.
struct Area {
    code: &'static str,
    /// Whether it is touched only by services for children, or only by others.
    children: Option<bool>,
    words: &'static [&'static str],
}

const AREAS: &[Area] = &[
    Area {
        code: "clinical.adult.maternity",
        children: None,
        words: &["maternity", "midwi*", "birth*", "antenatal", "postnatal", "obstetric*"],
    },
    Area {
        code: "clinical.adult.severe_mental_illness",
        children: Some(false),
        words: &["mental health", "mental illness", "psychosis", "psychiatr*"],
    },
    Area {
        code: "clinical.adult.respiratory",
        children: Some(false),
        words: &["respiratory", "copd", "pulmonary", "lung*"],
    },
    Area {
        code: "clinical.adult.early_cancer_diagnosis",
        children: None,
        words: &["cancer*", "oncolog*", "breast screening", "bowel screening", "endoscop*"],
    },
    Area {
        code: "clinical.adult.hypertension",
        children: Some(false),
        words: &["hypertension", "blood pressure", "cardiovascular", "lipid*", "stroke", "cholesterol"],
    },
    Area { code: "clinical.cyp.asthma", children: None, words: &["asthma"] },
    Area { code: "clinical.cyp.diabetes", children: Some(true), words: &["diabet*"] },
    Area { code: "clinical.cyp.epilepsy", children: Some(true), words: &["epilep*"] },
    Area {
        code: "clinical.cyp.oral_health",
        children: None,
        words: &["dental", "dentist*", "oral health", "orthodont*"],
    },
    Area {
        code: "clinical.cyp.mental_health",
        children: Some(true),
        words: &["mental health", "camhs", "psychiatr*"],
    },
];
