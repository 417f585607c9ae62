//! Characteristics as rows of their own: not nine in one, sex and gender reassignment apart, children seen, and
//! those in whom several meet.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    speech::{listed, mentions},
    subject::says_something,
};
use crate::{
    group::GroupKind,
    impact::{Direction, Impact},
    settings::Severity,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "groups.characteristic.bundled",
        title: "No impact answers for three characteristics at once",
        duty: "eqa2010.s149.1",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "An impact on several groups is about those who belong to all of them; it is no answer for each.",
        run: bundled,
    },
    Rule {
        id: "groups.sex.merged",
        title: "Sex and gender reassignment are answered apart",
        duty: "fws2025.sex",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "They are two characteristics with different people and different needs.",
        run: merged,
    },
    Rule {
        id: "groups.sex.confused",
        title: "The reason for sex is about sex, that for gender reassignment about it",
        duty: "fws2025.sex",
        severity: Severity::Warning,
        gate: Some(Gate::Submit),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A reason that speaks only of the other characteristic leaves this one without an answer.",
        run: confused,
    },
    Rule {
        id: "groups.children.unseen",
        title: "A service for children says what it does to children",
        duty: "eqa2010.sch18",
        severity: Severity::Warning,
        gate: Some(Gate::Submit),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Services may treat under-18s differently by age, but the equality duty is owed to them too.",
        run: children,
    },
    Rule {
        id: "intersection.unseen",
        title: "Where several characteristics are hit, those in whom they meet are looked at",
        duty: "auditwales.2022",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Two impacts on two groups hide the people who belong to both and carry both.",
        run: intersection,
    },
];

/// From how many characteristics on an impact answers for none of them.
const BUNDLE: usize = 3;

/// The whole characteristics that the impact is on or on a part of.
fn characteristics<'a>(subject: &Subject<'a>, impact: &Impact) -> Vec<&'a str> {
    let singly = subject.facts.groups.iter().filter(|group| {
        group.kind == GroupKind::ProtectedCharacteristic && group.parent.is_none() && !subject.is_own(group)
    });
    singly.map(|group| group.code.as_str()).filter(|code| subject.speaks_of(&impact.groups, code)).collect()
}

fn bundled(subject: &Subject<'_>) -> Vec<Draft> {
    let impacts = &subject.content().impacts;
    let several: Vec<_> = impacts.iter().map(|impact| (impact, characteristics(subject, impact))).collect();
    let answered: BTreeSet<&str> = several
        .iter()
        .filter(|(_, codes)| codes.len() < BUNDLE)
        .flat_map(|(_, codes)| codes.clone())
        .collect();
    let bundles = several.iter().filter(|(_, codes)| codes.len() >= BUNDLE);
    bundles
        .filter_map(|(impact, codes)| {
            let silent: Vec<_> = codes.iter().filter(|code| !answered.contains(**code)).collect();
            if silent.is_empty() {
                return None;
            }
            let names: Vec<_> = silent.iter().map(|code| subject.spoken(code)).collect();
            let message = format!(
                "One impact is to answer for {} characteristics at once. It is about those who belong to all of \
                 them; answer by itself for {}.",
                codes.len(),
                listed(&names)
            );
            let facts = subject.impact_facts(impact, json!({ "unanswered": silent }));
            Some(Draft::new(["impacts", &impact.id.to_string(), "groups"], message, facts))
        })
        .collect()
}

/// Whether an impact is on sex, and whether on gender reassignment.
fn sexes(subject: &Subject<'_>, impact: &Impact) -> (bool, bool) {
    (subject.speaks_of(&impact.groups, "sex"), subject.speaks_of(&impact.groups, "gender_reassignment"))
}

fn merged(subject: &Subject<'_>) -> Vec<Draft> {
    let impacts = &subject.content().impacts;
    let alone = |wanted: (bool, bool)| impacts.iter().any(|impact| sexes(subject, impact) == wanted);
    if alone((true, false)) && alone((false, true)) {
        return Vec::new();
    }
    let both = impacts.iter().filter(|impact| {
        sexes(subject, impact) == (true, true) && characteristics(subject, impact).len() < BUNDLE
    });
    both.map(|impact| {
        let message = "Sex and gender reassignment share one impact. In the Equality Act sex means biological sex \
                       and gender reassignment is a characteristic of its own: give each an impact of its own.";
        let facts = subject.impact_facts(impact, json!({}));
        Draft::new(["impacts", &impact.id.to_string(), "groups"], message, facts)
    })
    .collect()
}

const OF_SEX: &[&str] = &[
    "sex",
    "sexes",
    "women*",
    "woman*",
    "men",
    "man",
    "men's",
    "male*",
    "female*",
    "girl*",
    "boy*",
    "mother*",
    "father*",
    "daughter*",
    "son",
    "sons",
    "wife",
    "wives",
    "husband*",
];
const OF_REASSIGNMENT: &[&str] =
    &["trans", "transgender*", "transsexual*", "transition*", "reassign*", "gender identit*", "non-binary"];

fn confused(subject: &Subject<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for impact in &subject.content().impacts {
        let (own, other) = match sexes(subject, impact) {
            (true, false) => (OF_SEX, OF_REASSIGNMENT),
            (false, true) => (OF_REASSIGNMENT, OF_SEX),
            _ => continue,
        };
        if mentions(&impact.rationale, own) || !mentions(&impact.rationale, other) {
            continue;
        }
        let message = format!(
            "The reason given for {} speaks of the other characteristic. Sex and gender reassignment are two: say \
             what is true of the one that this impact is on.",
            subject.people(impact)
        );
        let facts = subject.impact_facts(impact, json!({ "rationale": impact.rationale }));
        drafts.push(Draft::new(["impacts", &impact.id.to_string(), "rationale"], message, facts));
    }
    drafts
}

/// Words by which a service is one for children.
pub(super) const OF_CHILDREN: &[&str] = &[
    "child*",
    "young people*",
    "young person*",
    "paediatric*",
    "pediatric*",
    "camhs",
    "school*",
    "under-18*",
    "under 18*",
    "under-5*",
    "adolescen*",
    "neonat*",
    "teenage*",
    "youth",
];

fn children(subject: &Subject<'_>) -> Vec<Draft> {
    let content = subject.content();
    let called = |text: &str| mentions(text, OF_CHILDREN);
    let told = called(&content.title) || content.proposal.service_line.as_deref().is_some_and(called);
    let touched = content.impacts.iter().any(|impact| {
        let of_children = |code: &String| code.starts_with("clinical.cyp.") || code == "other.young_carers";
        impact.direction != Direction::Neutral && impact.groups.iter().any(of_children)
    });
    let seen = content.impacts.iter().any(|impact| {
        ["age.children_young_people", "age.early_years"]
            .iter()
            .any(|code| subject.speaks_of(&impact.groups, code))
    });
    if subject.question("protected_characteristics").is_none() || seen || !(told || touched) {
        return Vec::new();
    }
    let message = "The service is one for children, or an impact on them is described, and under age nothing is \
                   said of children. Under-18s are inside the equality duty: add an impact on early years, or on \
                   children and young people.";
    let facts = json!({ "title": content.title, "serviceLine": content.proposal.service_line });
    vec![Draft::new(["answers", "protected_characteristics", "age"], message, facts)]
}

fn intersection(subject: &Subject<'_>) -> Vec<Draft> {
    let mut hit: BTreeSet<&str> = BTreeSet::new();
    for impact in subject.impacts(Direction::Negative) {
        if impact.groups.len() > 1 {
            return Vec::new();
        }
        hit.extend(characteristics(subject, impact));
        let core20 = subject.speaks_of(&impact.groups, "core20");
        hit.extend(core20.then_some("core20"));
    }
    let silent = match subject.answer("intersections") {
        Answer::Missing => true,
        Answer::Given(answer) => !answer.as_str().is_some_and(says_something),
        Answer::NotAsked | Answer::Careless | Answer::Open(_) => false,
    };
    if hit.len() < 2 || !silent {
        return Vec::new();
    }
    let names: Vec<_> = hit.iter().map(|code| subject.spoken(code)).collect();
    let message = format!(
        "Under {} some are described as worse off, and nothing is said of people who belong to more than one of \
         these groups. Say who carries several of these impacts at once, or why nobody does.",
        listed(&names)
    );
    vec![Draft::new(["answers", "intersections"], message, json!({ "groups": hit, "groupNames": names }))]
}
