//! Groups: the nine characteristics and the most deprived fifth one by one, the others singly or by a reasoned
//! statement that several share.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    characteristic::is_bundled,
    place::is_core20_left_out,
    plus::is_own_plus,
    subject::{says_something, some},
};
use crate::{
    form::answer::{Matrix, Statement},
    group::{Group, GroupKind},
    impact::Impact,
    settings::Severity,
    text::capital,
};

/// The questions that ask for groups.
const MATRICES: [&str; 2] = ["protected_characteristics", "health_inequalities_groups"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "groups.characteristic.unanswered",
        title: "Each protected characteristic is answered for itself",
        duty: "eqa2010.s149.1",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Regard to nine characteristics at once is regard to none: each has its own people.",
        run: |subject| {
            // What is bundled with other characteristics has a finding on the bundle.
            let characteristic = |group: &&Group| {
                group.kind == GroupKind::ProtectedCharacteristic
                    && !subject.is_own(group)
                    && !is_bundled(subject, &group.code)
            };
            unanswered(subject, "protected_characteristics", |group| characteristic(group))
        },
    },
    Rule {
        id: "groups.core20.unanswered",
        title: "The most deprived fifth is answered for itself",
        duty: "nhs2006.s14z35",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Deprivation is where inequalities in health are widest.",
        run: |subject| {
            // With the figures of the place, where they speak of it.
            if is_core20_left_out(subject) {
                return Vec::new();
            }
            let core20 = |group: &&Group| group.kind == GroupKind::Core20 && !subject.is_own(group);
            unanswered(subject, "health_inequalities_groups", |group| core20(group))
        },
    },
    Rule {
        id: "groups.own.unanswered",
        title: "Groups that the organisation wants answered singly are",
        duty: "practice.clear",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "The organisation decided that these people are not to be spoken of together with others.",
        run: |subject| unanswered(subject, "health_inequalities_groups", |group| subject.is_own(group)),
    },
    Rule {
        id: "groups.others.unconsidered",
        title: "People who experience health inequalities are considered",
        duty: "nhs2006.s14z35",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Regard to inequalities beyond deprivation needs at least one impact or one reasoned statement.",
        run: |subject| {
            let (unanswered, all) = others(subject);
            if all == 0 || unanswered.len() < all {
                return Vec::new();
            }
            let message = "Nothing is said about people who experience health inequalities other than those \
                           in the most deprived fifth. Describe the impacts on them, or give one reason that \
                           holds for the groups that are not affected.";
            vec![Draft::new(["answers", "health_inequalities_groups"], message, json!({ "groups": all }))]
        },
    },
    Rule {
        id: "groups.others.unanswered",
        title: "Every other group has an impact or a share in a reasoned statement",
        duty: "nhse.core20plus5",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "A group that is left out may have been looked at or forgotten; a reader cannot tell.",
        run: |subject| {
            let (unanswered, all) = others(subject);
            if unanswered.is_empty() || unanswered.len() == all {
                return Vec::new();
            }
            let names: Vec<_> = unanswered.iter().map(|group| group.name.as_str()).collect();
            let message = format!(
                "{} of {all} other groups are not answered: {}. Describe impacts on them, or add them to a \
                 statement whose reason holds for them.",
                names.len(),
                some(&names)
            );
            let codes: Vec<_> = unanswered.iter().map(|group| group.code.as_str()).collect();
            let facts = json!({ "unanswered": codes, "groupNames": names, "groups": all });
            vec![Draft::new(["answers", "health_inequalities_groups"], message, facts)]
        },
    },
];

/// Whether an impact answers for the group: it is on people of the group and on nobody else but them. One on several
/// groups is about those who belong to all of them, and so about nobody but them where all lie within the group.
pub(super) fn is_answered(subject: &Subject<'_>, code: &str) -> bool {
    let within = |impact: &Impact| {
        !impact.groups.is_empty() && impact.groups.iter().all(|own| subject.facts.groups.is_within(own, code))
    };
    subject.content().impacts.iter().any(within)
}

/// A finding for each group to be answered singly that `wanted` picks and no impact answers for; none where it is said
/// of all of them that the answer is not known, which is put to the body.
fn unanswered(subject: &Subject<'_>, question: &str, wanted: impl Fn(&&Group) -> bool) -> Vec<Draft> {
    if matches!(subject.answer(question), Answer::NotAsked | Answer::Open(_)) {
        return Vec::new();
    }
    let singly = subject.facts.groups.iter().filter(|group| group.singly).filter(wanted);
    let silent = singly.filter(|group| !is_answered(subject, &group.code));
    silent
        .map(|group| {
            let only_aim_a = group.code == "marriage_civil_partnership";
            let impacts = &subject.content().impacts;
            let shared = impacts.iter().any(|impact| subject.speaks_of(&impact.groups, &group.code));
            let message = format!(
                "{} is {}. Say whether people would be better off, worse off or neither and why, \
                 or that it is not known, with the question, who answers it and by when.{}",
                capital(&subject.spoken(&group.code)),
                if shared {
                    "answered together with other groups only, and such an impact is about those who belong to all of \
                     them"
                } else {
                    "not answered"
                },
                if only_aim_a { " Only the aim of eliminating discrimination counts here." } else { "" }
            );
            let mut facts = json!({ "group": group.code, "groupName": group.name });
            if let Some(facts) = facts.as_object_mut().filter(|_| only_aim_a) {
                facts.insert("aims".into(), json!(["eliminate"]));
            }
            Draft::new(["answers", question, &group.code], message, facts)
        })
        .collect()
}

/// The groups that impacts and reasoned statements name; `None` where the form does not ask for other groups, or
/// where it is said that the answer is not known.
pub(super) fn named(subject: &Subject<'_>) -> Option<Vec<String>> {
    if matches!(subject.answer("health_inequalities_groups"), Answer::NotAsked | Answer::Open(_)) {
        return None;
    }
    let mut named: BTreeSet<String> =
        subject.content().impacts.iter().flat_map(|impact| impact.groups.iter().cloned()).collect();
    let reasoned = statements(subject).into_iter().filter(|statement| says_something(&statement.reason));
    named.extend(reasoned.flat_map(|statement| statement.groups));
    Some(named.into_iter().collect())
}

/// The groups that may share a statement and have neither an impact nor a share in one, and how many there are
/// of such groups. Only groups that have no parts are asked about; naming what they are part of names them. PLUS
/// groups that the organisation named have a rule of their own.
fn others<'a>(subject: &Subject<'a>) -> (Vec<&'a Group>, usize) {
    let Some(named) = named(subject) else { return (Vec::new(), 0) };
    let groups = subject.facts.groups;
    let wholes: BTreeSet<&str> = groups.iter().filter_map(|group| group.parent.as_deref()).collect();
    let all: Vec<&Group> = groups
        .iter()
        .filter(|group| !matches!(group.kind, GroupKind::ProtectedCharacteristic | GroupKind::Core20))
        .filter(|group| !group.singly && !wholes.contains(group.code.as_str()))
        .filter(|group| !is_own_plus(subject, group))
        .collect();
    let count = all.len();
    let is_named = |group: &&Group| named.iter().any(|code| groups.is_within(&group.code, code));
    (all.into_iter().filter(|group| !is_named(group)).collect(), count)
}

/// The statements that groups share.
pub(super) fn statements(subject: &Subject<'_>) -> Vec<Statement> {
    let given = MATRICES.iter().filter_map(|key| match subject.answer(key) {
        Answer::Given(value) => Some(Matrix::deserialize(value).unwrap_or_default()),
        _ => None,
    });
    given.flat_map(|matrix| matrix.statements).collect()
}
