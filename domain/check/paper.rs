//! What reaches those who decide: every adverse impact, why one that stays severe is justified, and who read it.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    speech::{listed, mentions},
    subject::{given, party},
};
use crate::{
    decision::DecisionOutcome,
    group::Group,
    impact::{Direction, Impact},
    party::Party,
    rating::Band,
    settings::Severity,
    text,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "summary.omits",
        title: "The summary names everybody who would be worse off",
        duty: "bracking.material",
        severity: Severity::Blocker,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "A decision fell because what the officials knew had not reached the one who took it. The words are looked for, not the sense: whoever finds the people named may say so and go on. One finding a case.",
        run: omits,
    },
    Rule {
        id: "impact.severe.unjustified",
        title: "An impact that stays extreme says why going ahead is justified",
        duty: "bracking.risk",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Proceeding is lawful with reasons, and the body needs them before it decides.",
        run: unjustified,
    },
    Rule {
        id: "decision.unread",
        title: "Everybody who decided confirms having read the assessment",
        duty: "hunt.read",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "It is not presumed that people read what was only made available to them.",
        run: unread,
    },
];

/// The question whose answer the body reads first.
pub(super) const SUMMARY: &str = "summary_assessment";

/// Words of poor people and places: a building may be poor, too.
const POOR: &[&str] = &[
    "poverty",
    "poorest",
    "poor people",
    "poor famil*",
    "poor household*",
    "poor area*",
    "poor place*",
    "poor street*",
    "poor town*",
    "poor ward*",
    "poor neighbourhood*",
    "poor communit*",
    "poor pensioner*",
    "poorer people",
    "poorer famil*",
    "poorer household*",
    "poorer area*",
    "poorer place*",
    "poorer street*",
    "poorer town*",
    "poorer ward*",
    "poorer neighbourhood*",
    "poorer communit*",
];

/// Phrases by which a sentence says that those it names are not worse off.
const SPARED: &[&str] = &[
    "no adverse*",
    "no negative",
    "no impact*",
    "no effect*",
    "no detriment*",
    "no disadvantage*",
    "not affected",
    "not be affected",
    "not adversely",
    "not negatively",
    "not worse off",
    "unaffected",
];

/// Words by which a sentence turns to somebody else.
const TURNS: &[&str] = &[" but ", " while ", " whereas ", " although ", " though ", " however ", " except "];

/// The text without the sentences and their parts that say of people that they are not worse off: whoever is named there
/// is not named among those who are.
fn admitted(text: &str) -> String {
    let mut folded = text::fold(text);
    for turn in TURNS {
        folded = folded.replace(turn, ". ");
    }
    let parts = folded.split(['.', ';', '!', '?']).filter(|part| !mentions(part, SPARED));
    parts.collect::<Vec<_>>().join(".")
}

/// Words by which a summary names a group, beside the words of the group's name. What names a group names its
/// parts, and the other way round.
const NAMES: &[(&str, &[&str])] = &[
    (
        "age",
        &[
            "age", "ages", "aged", "ageing", "older", "oldest", "elder*", "young*", "child*", "retire*",
            "pension*",
        ],
    ),
    (
        "age.older_people",
        &["older", "oldest", "elder*", "pension*", "frail*", "later life", "over 7*", "over 8*"],
    ),
    (
        "age.middle_years",
        &["working age", "working-age", "middle years", "middle age*", "middle-age*", "midlife", "in work"],
    ),
    ("age.early_years", &["bab*", "infant*", "toddler*", "newborn*", "child*"]),
    (
        "age.children_young_people",
        &["child*", "young*", "teenage*", "pupil*", "schoolchild*", "at school", "boys", "girls"],
    ),
    ("disability", &["disab*", "impair*"]),
    (
        "disability.physical",
        &["mobil*", "wheelchair*", "physical*", "walking", "cannot walk", "pain", "hoist*"],
    ),
    ("disability.sensory", &["deaf*", "blind*", "hearing", "sight*", "sensory", "sign language", "bsl"]),
    ("disability.learning_disability", &["learning disab*"]),
    ("disability.autism", &["autis*", "neurodiver*"]),
    ("disability.mental_health", &["mental*", "dementia", "depress*", "anxi*", "psychos*"]),
    ("disability.long_term_conditions", &["long-term", "long term", "illness*", "chronic*"]),
    ("gender_reassignment", &["trans", "transgender", "reassign*", "gender identit*"]),
    ("marriage_civil_partnership", &["marri*", "civil partner*", "spouse*", "couple*"]),
    ("pregnancy_maternity", &["pregnan*", "matern*", "mother*", "birth*", "breastfe*", "in labour"]),
    ("race", &["race", "racial*", "ethnic*", "minorit*", "black", "asian", "gypsy", "roma", "travellers"]),
    (
        "religion_belief",
        &["relig*", "faith*", "belief*", "believer*", "muslim*", "christian*", "jew*", "hindu*", "sikh*"],
    ),
    ("sex", &["sex", "women", "men", "male", "female", "men's", "women's"]),
    ("sex.female", &["women*", "woman*", "girl*", "mother*", "daughter*", "female*", "wives"]),
    ("sex.male", &["men", "men's", "man", "boy*", "father*", "male*"]),
    ("sexual_orientation", &["sexual orient*", "lesbian*", "gay", "bisexual*", "lgb*", "same-sex"]),
    ("core20", &["core20*", "depriv*"]),
    ("core20", POOR),
    ("clinical.adult.maternity", &["matern*", "birth*", "mother*", "pregnan*"]),
    ("clinical.adult.severe_mental_illness", &["mental*", "psychos*"]),
    ("clinical.adult.respiratory", &["lung*", "breath*", "copd", "respirat*"]),
    ("clinical.adult.early_cancer_diagnosis", &["cancer*"]),
    (
        "clinical.adult.hypertension",
        &["blood pressure", "hypertens*", "stroke*", "heart disease", "heart attack*"],
    ),
    ("clinical.cyp.oral_health", &["teeth", "tooth", "dent*", "oral"]),
    ("clinical.cyp.mental_health", &["mental*", "camhs"]),
    ("plus.ethnic_minorities", &["ethnic*", "minorit*", "black", "asian"]),
    ("plus.learning_disability_autism", &["learning disab*", "autis*"]),
    (
        "plus.multi_morbidity",
        &[
            "several illness*",
            "several condition*",
            "several long*",
            "many illnesses",
            "multimorbid*",
            "multi-morbid*",
        ],
    ),
    ("plus.coastal", &["coast*", "seaside"]),
    (
        "inclusion.homelessness",
        &["homeless*", "rough sleep*", "lose their home*", "losing a home", "housing", "tenanc*"],
    ),
    ("inclusion.drug_alcohol_dependence", &["drug*", "alcohol*", "addict*", "substance*", "drink*"]),
    ("inclusion.vulnerable_migrants", &["migrant*", "refugee*", "asylum*"]),
    ("inclusion.gypsy_roma_traveller", &["gyps*", "roma", "traveller*"]),
    ("inclusion.justice_contact", &["justice", "prison*", "probation*", "offend*"]),
    ("inclusion.modern_slavery", &["slavery", "traffick*"]),
    ("inclusion.sex_workers", &["sex work*"]),
    ("other.armed_forces", &["armed forces", "veteran*", "military", "service famil*", "reservist*"]),
    ("other.unpaid_carers", &["carer*", "care for", "caring", "famil*", "parent*", "relatives"]),
    ("other.young_carers", &["young carer*"]),
    (
        "other.care_experienced",
        &["care leav*", "looked after", "looked-after", "care-experienced", "in care"],
    ),
    ("other.rural", &["rural*", "village*", "remote place*", "remote area*", "island*", "countryside"]),
    ("other.coastal", &["coast*", "seaside"]),
    ("other.deprived_areas", &["depriv*"]),
    ("other.deprived_areas", POOR),
    ("other.low_income", POOR),
    (
        "other.low_income",
        &["low income*", "low-paid", "low pay", "afford*", "fares", "no car", "a car", "cars"],
    ),
    ("other.low_literacy", &["litera*", "cannot read", "read with difficulty", "easy read", "easy-read"]),
    ("other.digitally_excluded", &["digital*", "online", "internet", "smartphone*"]),
    ("other.limited_english", &["english", "interpret*", "language*"]),
    (
        "other.staff",
        &["staff", "worker*", "midwi*", "nurse*", "employee*", "redundan*", "posts", "workforce"],
    ),
    ("other.vcse", &["volunt*", "charit*", "community group*"]),
];

/// Words of names of groups that stand in any summary.
const COMMON: &[&str] = &[
    "people",
    "groups",
    "health",
    "access",
    "services",
    "experience",
    "outcomes",
    "british",
    "places",
    "another",
    "characteristic",
    "protected",
];

/// Whether a text names the group, a part of it or what it is part of.
fn names(subject: &Subject<'_>, text: &str, code: &str) -> bool {
    let groups = subject.facts.groups;
    let near = |other: &str| groups.is_within(other, code) || groups.is_within(code, other);
    if NAMES.iter().any(|(other, words)| near(other) && mentions(text, words)) {
        return true;
    }
    // Groups without words of their own: the long words of their names.
    let wordless = |group: &&Group| NAMES.iter().all(|(other, _)| *other != group.code);
    let near = groups.iter().filter(|group| near(&group.code)).filter(wordless);
    near.map(|group| text::fold(&subject.spoken(&group.code))).any(|name| {
        let long = |word: &&str| word.chars().count() >= 6 && !COMMON.contains(word);
        let words: Vec<_> = name.split(|c: char| !c.is_alphanumeric()).filter(long).collect();
        // A name without such a word is looked for as it stands, or up to its first comma.
        let whole = name.split(',').next().unwrap_or_default();
        words.iter().any(|word| mentions(text, &[word])) || words.is_empty() && mentions(text, &[whole])
    })
}

fn omits(subject: &Subject<'_>) -> Vec<Draft> {
    let summary = match subject.answer(SUMMARY) {
        Answer::Missing => "",
        Answer::Given(answer) => answer.as_str().unwrap_or_default(),
        Answer::NotAsked | Answer::Open(_) | Answer::Careless => return Vec::new(),
    };
    let admitted = admitted(summary);
    let hidden: Vec<&Impact> = subject
        .impacts(Direction::Negative)
        .filter(|impact| !impact.groups.iter().any(|code| names(subject, &admitted, code)))
        .collect();
    if hidden.is_empty() {
        return Vec::new();
    }
    let people: BTreeSet<_> = hidden.iter().map(|impact| subject.people(impact)).collect();
    let people: Vec<_> = people.into_iter().collect();
    let named = listed(&people);
    let message = if summary.is_empty() {
        format!(
            "There is no summary for the body that decides, and {named} would be worse off. Write one that names them, \
             or have the body accept that it was told otherwise."
        )
    } else {
        format!(
            "The summary, which the body that decides reads first, does not name {named} among those who would be worse \
             off. Name them, also where the impact will be mitigated, or have the body accept that it was told otherwise."
        )
    };
    let ids: Vec<_> = hidden.iter().map(|impact| impact.id).collect();
    let facts = json!({ "impacts": ids, "groupNames": people });
    vec![Draft::new(["answers", SUMMARY], message, facts)]
}

fn unjustified(subject: &Subject<'_>) -> Vec<Draft> {
    let scale = &subject.settings().scale;
    let severe = subject.impacts(Direction::Negative).filter(|impact| {
        let rating = impact.target.or(impact.initial);
        scale.band(rating) == Band::Extreme && !given(impact.justification.as_ref())
    });
    severe
        .map(|impact| {
            let message = format!(
                "The negative impact on {} stays extreme{}. Say why going ahead is justified all the same, so that \
                 the body can weigh it.",
                subject.people(impact),
                if impact.target.is_some() { " after everything that is planned" } else { "" }
            );
            let facts =
                subject.impact_facts(impact, json!({ "initial": impact.initial, "target": impact.target }));
            Draft::new(["impacts", &impact.id.to_string(), "justification"], message, facts)
        })
        .collect()
}

fn unread(subject: &Subject<'_>) -> Vec<Draft> {
    let decisions = &subject.case.process.decisions;
    let Some(last) = decisions.iter().rev().find(|d| d.outcome != DecisionOutcome::Defer) else {
        return Vec::new();
    };
    let same = |one: &Party, other: &Party| match (one.person, other.person) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one.name.as_deref().map(text::fold) == other.name.as_deref().map(text::fold),
        _ => false,
    };
    let silent: Vec<_> =
        last.present.iter().filter(|present| !last.read_by.iter().any(|read| same(present, read))).collect();
    if silent.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "{} of the {} who took the decision {} not confirm having read the assessment. It is not presumed that they \
         did: ask them, and record it with the minute.",
        silent.len(),
        last.present.len(),
        if silent.len() == 1 { "does" } else { "do" }
    );
    let people: Vec<_> = silent.iter().filter(|who| who.person.is_none()).map(|who| party(who)).collect();
    let facts = json!({
        "present": last.present.len(), "silent": silent.len(), "names": people, "meeting": last.meeting,
    });
    vec![Draft::new(["proposal", "decisionBody"], message, facts)]
}
