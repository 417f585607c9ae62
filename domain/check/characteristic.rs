//! Characteristics as rows of their own: not nine in one, sex and gender reassignment apart, children seen, and
//! those in whom several meet.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject, duty,
    group::is_answered,
    speech::{listed, mentions},
    subject::says_something,
};
use crate::{
    group::{Group, GroupKind},
    impact::{Direction, Impact},
    settings::Severity,
};

const SEXES: &str = "fws2025.sex";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "groups.characteristic.bundled",
        title: "No impact answers for several characteristics at once",
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
        duty: SEXES,
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
        duty: SEXES,
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
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
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Services may treat under-18s differently by age, but the equality duty is owed to them too.",
        run: children,
    },
    Rule {
        id: "intersection.unseen",
        title: "Where several groups are hit, those in whom they meet are looked at",
        duty: "auditwales.2022",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Two impacts on two groups hide the people who belong to both and carry both.",
        run: intersection,
    },
];

/// The whole characteristics.
fn wholes<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a str> {
    let is_whole = move |group: &&Group| {
        group.kind == GroupKind::ProtectedCharacteristic && group.parent.is_none() && !subject.is_own(group)
    };
    subject.facts.groups.iter().filter(is_whole).map(|group| group.code.as_str())
}

/// The whole characteristics that the impact is on or on a part of.
fn characteristics<'a>(subject: &Subject<'a>, impact: &Impact) -> Vec<&'a str> {
    wholes(subject).filter(|code| subject.speaks_of(&impact.groups, code)).collect()
}

/// Whether an impact is on this characteristic together with others. Whoever is in no bundle is asked for by name.
pub(super) fn is_bundled(subject: &Subject<'_>, code: &str) -> bool {
    let impacts = subject.content().impacts.iter().filter(|impact| impact.groups.len() > 1);
    impacts
        .map(|impact| characteristics(subject, impact))
        .any(|codes| codes.len() > 1 && codes.contains(&code))
}

fn bundled(subject: &Subject<'_>) -> Vec<Draft> {
    if matches!(subject.answer("protected_characteristics"), Answer::Open(_)) {
        return Vec::new();
    }
    let impacts = &subject.content().impacts;
    let several: Vec<_> = impacts.iter().map(|impact| (impact, characteristics(subject, impact))).collect();
    let of_sexes = |codes: &[&str]| is_of_sexes(subject, codes);
    let bundles = several.iter().filter(|(_, codes)| codes.len() > 1 && !of_sexes(codes));
    let merged: Vec<&str> =
        several.iter().filter(|(_, codes)| of_sexes(codes)).flat_map(|(_, codes)| codes.clone()).collect();
    let mut told = BTreeSet::new();
    bundles
        .filter_map(|(impact, codes)| {
            // Each is told once, on the first of its bundles.
            let silent: Vec<_> = codes
                .iter()
                .filter(|code| !is_answered(subject, code) && !merged.contains(*code) && told.insert(**code))
                .collect();
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

/// Whether these are sex and gender reassignment and no other, on a day from which they have a rule of their own.
fn is_of_sexes(subject: &Subject<'_>, codes: &[&str]) -> bool {
    codes.len() == 2
        && codes.contains(&"sex")
        && codes.contains(&"gender_reassignment")
        && duty(SEXES).is_some_and(|duty| duty.in_force(subject.day_of_law()))
}

/// Whether an impact is on sex, and whether on gender reassignment.
fn sexes(subject: &Subject<'_>, impact: &Impact) -> (bool, bool) {
    (subject.speaks_of(&impact.groups, "sex"), subject.speaks_of(&impact.groups, "gender_reassignment"))
}

fn merged(subject: &Subject<'_>) -> Vec<Draft> {
    let open = matches!(subject.answer("protected_characteristics"), Answer::Open(_));
    if open || is_answered(subject, "sex") && is_answered(subject, "gender_reassignment") {
        return Vec::new();
    }
    let impacts = &subject.content().impacts;
    let both = impacts.iter().filter(|impact| is_of_sexes(subject, &characteristics(subject, impact)));
    both.map(|impact| {
        let message = "Sex and gender reassignment share one impact. In the Equality Act sex means biological sex \
                       and gender reassignment is a characteristic of its own: give each an impact of its own.";
        let facts = subject.impact_facts(impact, json!({}));
        Draft::new(["impacts", &impact.id.to_string(), "groups"], message, facts)
    })
    .collect()
}

const OF_WOMEN: &[&str] = &["women*", "woman*", "female*", "girl*", "mother*", "daughter*", "wife", "wives"];
const OF_MEN: &[&str] = &["men", "man", "men's", "male*", "boy*", "father*", "son", "sons", "husband*"];
const OF_REASSIGNMENT: &[&str] =
    &["trans", "transgender*", "transsexual*", "transition*", "reassign*", "gender identit*", "non-binary"];

fn confused(subject: &Subject<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for impact in &subject.content().impacts {
        let says = |words: &[&str]| mentions(&impact.rationale, words);
        let (of_sexes, of_women, of_men) = (says(&["sex", "sexes"]), says(OF_WOMEN), says(OF_MEN));
        let (of_sex, of_reassignment) = (of_sexes || of_women || of_men, says(OF_REASSIGNMENT));
        let confused = match sexes(subject, impact) {
            (true, false) => !of_sex && of_reassignment,
            // Who speaks of one sex only may speak of a service for that sex.
            (false, true) => !of_reassignment && (of_sexes || of_women && of_men),
            _ => false,
        };
        if !confused {
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
    "school nurs*",
    "school age*",
    "school-age*",
    "schoolchild*",
    "in schools",
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
    let why =
        if told { "The service is called one for children" } else { "An impact on children is described" };
    let message = format!(
        "{why}, and under age nothing is said of children. Under-18s are inside the equality duty: add an impact on \
         early years, or on children and young people."
    );
    let facts = json!({ "title": content.title, "serviceLine": content.proposal.service_line });
    vec![Draft::new(["answers", "protected_characteristics", "age"], message, facts)]
}

fn intersection(subject: &Subject<'_>) -> Vec<Draft> {
    let groups = subject.facts.groups;
    // Parts of one characteristic seldom meet in anybody; a group and a part of it are one.
    let whole = |code: &str| {
        let mut of = wholes(subject);
        of.find(|whole| groups.is_within(code, whole)).unwrap_or(code).to_owned()
    };
    let related = |one: &str, other: &str| {
        let (one, other) = (whole(one), whole(other));
        groups.is_within(&one, &other) || groups.is_within(&other, &one)
    };
    let joint: Vec<&Impact> =
        subject.content().impacts.iter().filter(|impact| impact.groups.len() > 1).collect();
    let looked_at =
        |code: &str| joint.iter().any(|impact| impact.groups.iter().any(|own| related(own, code)));
    let mut hit: Vec<&str> = Vec::new();
    for impact in subject.impacts(Direction::Negative) {
        let [code] = impact.groups.as_slice() else { continue };
        if !looked_at(code) && hit.iter().all(|other| !related(code, other)) {
            hit.push(code);
        }
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
        "Worse off are, each for themselves, {}, and nothing is said of people who belong to more than one of these \
         groups. Say who carries several of these impacts at once, or why nobody does.",
        listed(&names)
    );
    vec![Draft::new(["answers", "intersections"], message, json!({ "groups": hit, "groupNames": names }))]
}
