//! What evidence weighs: how old it is for its kind, how strong, how near, whom it shows, and what is done about
//! what it does not say.

use chrono::Months;
use serde_json::json;

use super::{
    Draft, Fault, Gate, Rule, Subject,
    denial::says_none,
    rigour::is_back_office,
    speech::mentions,
    subject::{day, given},
};
use crate::{
    evidence::{Evidence, EvidenceKind, EvidenceStrength},
    impact::Direction,
    settings::Severity,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "evidence.stale",
        title: "Evidence is not too old for its kind",
        duty: "practice.evidence",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Figures of a service age in three years, complaints in two, research in ten; a census holds until the next.",
        run: |subject| {
            let today = subject.facts.today;
            let dated = subject
                .content()
                .evidence
                .iter()
                .filter_map(|evidence| Some((evidence, evidence.date?, lasts(evidence)?)));
            dated
                .filter(|(_, date, months)| date.checked_add_months(*months).is_some_and(|end| end < today))
                .map(|(evidence, date, months)| {
                    let years = months.as_u32() / 12;
                    let message = format!(
                        "The evidence \"{}\" is of {}, and evidence of its kind is taken to hold for {years} years. \
                         Look for something newer, or say why it still holds.",
                        evidence.title,
                        day(date)
                    );
                    let facts = json!({
                        "title": evidence.title, "kind": evidence.kind, "date": date, "years": years,
                    });
                    Draft::new(["evidence", &evidence.id.to_string(), "date"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "evidence.unweighed",
        title: "Evidence says when it was made, how strong it is and whether it is local",
        duty: "practice.evidence",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "A reader weighs a source by its age, its strength and its place. One finding a source.",
        run: |subject| {
            let weighed = subject.content().evidence.iter().filter_map(|evidence| {
                let mut missing = Vec::new();
                missing.extend(evidence.date.is_none().then_some("when it was made"));
                missing.extend(evidence.strength.is_none().then_some("how strong it is"));
                missing.extend(evidence.local.is_none().then_some("whether it is about this place"));
                (!missing.is_empty()).then_some((evidence, missing))
            });
            weighed
                .map(|(evidence, missing)| {
                    let message = format!(
                        "The evidence \"{}\" does not say {}. Add it, so that a reader can weigh it.",
                        evidence.title,
                        missing.join(", nor ")
                    );
                    let facts = json!({ "title": evidence.title, "missing": missing });
                    Draft::new(["evidence", &evidence.id.to_string()], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "evidence.weak",
        title: "What comforts does not rest on weak evidence alone",
        duty: "brown.rigour",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "That people gain, or that nobody is touched, is believed too easily.",
        run: |subject| {
            let evidence = &subject.content().evidence;
            let weak = |id| evidence.iter().any(|e| e.id == id && e.strength == Some(EvidenceStrength::Weak));
            let claims = subject.content().impacts.iter().filter(|impact| {
                matches!(impact.direction, Direction::Positive | Direction::Neutral)
                    && !impact.evidence.is_empty()
                    && impact.evidence.iter().all(|id| weak(*id))
            });
            claims
                .map(|impact| {
                    let message = format!(
                        "What is said of {} rests on weak evidence alone. Look for something stronger, or say that \
                         it is not known, with the question, who answers it and by when.",
                        subject.people(impact)
                    );
                    let facts = subject.impact_facts(impact, json!({ "evidence": impact.evidence }));
                    Draft::new(["impacts", &impact.id.to_string(), "evidence"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "evidence.elsewhere",
        title: "Something is known about this place",
        duty: "practice.evidence",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "What is true of the country may not be true here. One finding a case.",
        run: |subject| {
            let evidence = &subject.content().evidence;
            if evidence.is_empty() || evidence.iter().any(|evidence| evidence.local != Some(false)) {
                return Vec::new();
            }
            let message = "No evidence is about this place. Add figures of the service or of the people who live \
                           here, or say why what is true elsewhere is true here.";
            vec![Draft::new(["evidence"], message, json!({ "sources": evidence.len() }))]
        },
    },
    Rule {
        id: "evidence.undivided",
        title: "Figures show deprivation, ethnicity, age and sex at least",
        duty: "nhse.statement",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Inequalities cannot be seen in figures that are not divided. Asked where an impact on the group is described; one finding a case.",
        run: undivided,
    },
    Rule {
        id: "impact.positive.unevidenced",
        title: "A gain rests on evidence",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "A hoped-for gain weighs against a harm in the decision, so something must stand behind it.",
        run: |subject| {
            if subject.content().evidence.is_empty() {
                return Vec::new();
            }
            let claims = subject.impacts(Direction::Positive).filter(|impact| impact.evidence.is_empty());
            claims
                .map(|impact| {
                    let message = format!(
                        "A gain is claimed for {}, and no evidence is given. Link what makes you think so.",
                        subject.people(impact)
                    );
                    let facts = subject.impact_facts(impact, json!({}));
                    Draft::new(["impacts", &impact.id.to_string(), "evidence"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "gaps.unowned",
        title: "A gap in the evidence has something done about it",
        duty: "corby.complete",
        severity: Severity::Blocker,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A decision fell because what could still have been found out was not. A gap that is known and that nobody is to close is for the body to accept. One finding a case.",
        run: unowned,
    },
];

/// Words of figures about all who live somewhere that hold until they are counted anew.
const CENSUS: &[&str] = &[
    "census*",
    "indices of deprivation",
    "index of multiple deprivation",
    "indices of multiple deprivation",
];
/// Words of other figures about all who live somewhere.
const RESIDENTS: &[&str] = &[
    "imd",
    "deprivation",
    "population*",
    "mid-year",
    "jsna",
    "joint strategic needs",
    "needs assessment*",
    "fingertips",
    "ward profile*",
    "area profile*",
    "health profile*",
];
/// Words of tables of residents, which stand in what users or residents said and complained of as well.
const TABLES: &[&str] = &["resident", "residents", "demograph*", "lsoa*"];
/// Words of figures that are of all who live somewhere whatever else stands in their title.
const ALWAYS_RESIDENTS: &[&str] = &["jsna", "joint strategic needs", "fingertips"];
/// Publishers who count all who live in the country. They know the users of no service.
const NATIONAL: &[&str] = &[
    "ons",
    "office for national statistics",
    "nomis",
    "ohid",
    "office for health improvement",
    "mhclg",
    "dluhc",
    "ministry of housing",
];
/// Words of a source that says whose records were divided by what a national publisher tells of places.
const OWN_RECORDS: &[&str] = &[
    "service record*",
    "patient record*",
    "clinical record*",
    "referral record*",
    "our record*",
    "our own record*",
    "patient administration system",
];
/// Words in a title of figures about those who use or staff a service, though they be divided by where people live.
const USERS: &[&str] = &[
    "users",
    "service user*",
    "attend*",
    "referr*",
    "appointment*",
    "caseload*",
    "admission*",
    "admitted",
    "discharge*",
    "complaint*",
    "register",
    "registers",
    "waiting list*",
    "uptake",
    "contacts",
    "clinic list*",
    "clinic record*",
    "clinic figures",
    "service record*",
    "bookings",
    "patients",
    "care home*",
    "nursing home*",
    "staff",
    "workforce",
];

fn tells(evidence: &Evidence, words: &[&str]) -> bool {
    mentions(&evidence.title, words) || mentions(&evidence.source, words)
}

/// Whether evidence counts the people who live somewhere, who are not the users of a service.
pub(super) fn is_of_residents(evidence: &Evidence) -> bool {
    let of_users = mentions(&evidence.title, USERS);
    let national = mentions(&evidence.source, NATIONAL);
    if tells(evidence, ALWAYS_RESIDENTS) || national && !(of_users && mentions(&evidence.source, OWN_RECORDS))
    {
        return true;
    }
    let said = matches!(evidence.kind, EvidenceKind::Engagement | EvidenceKind::Complaints);
    let of_residents =
        tells(evidence, CENSUS) || tells(evidence, RESIDENTS) || !said && tells(evidence, TABLES);
    of_residents && !of_users
}

/// How long evidence of this kind is taken to hold; `None` for what has no common age.
fn lasts(evidence: &Evidence) -> Option<Months> {
    if tells(evidence, CENSUS) {
        return Some(Months::new(12 * 12));
    }
    let years = match evidence.kind {
        EvidenceKind::Complaints => 2,
        EvidenceKind::Data
        | EvidenceKind::Audit
        | EvidenceKind::Engagement
        | EvidenceKind::ExpertKnowledge => 3,
        EvidenceKind::Research => 10,
        EvidenceKind::Other => return None,
    };
    Some(Months::new(years * 12))
}

fn undivided(subject: &Subject<'_>) -> Vec<Draft> {
    let content = subject.content();
    let asked = subject.question("protected_characteristics").is_some() && !is_back_office(subject);
    if content.evidence.is_empty() || !asked {
        return Vec::new();
    }
    let figures = |evidence: &&Evidence| matches!(evidence.kind, EvidenceKind::Data | EvidenceKind::Audit);
    let of_group = |code: &str| {
        let judged = content.impacts.iter().filter(|impact| impact.direction != Direction::Unknown);
        judged.filter(|impact| subject.speaks_of(&impact.groups, code)).collect::<Vec<_>>()
    };
    let shown = |code: &str| {
        let cited =
            |evidence: &Evidence| of_group(code).iter().any(|impact| impact.evidence.contains(&evidence.id));
        let about = |evidence: &Evidence| subject.speaks_of(&evidence.groups, code) || cited(evidence);
        content.evidence.iter().filter(figures).any(about)
    };
    let hidden: Vec<_> = [("core20", "deprivation"), ("race", "ethnicity"), ("age", "age"), ("sex", "sex")]
        .into_iter()
        .filter(|(code, _)| !of_group(code).is_empty() && !shown(code))
        .map(|(_, name)| name)
        .collect();
    if hidden.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "Impacts are described and no figures are about {}. Divide the figures of the service by it, or say that it is not recorded and who \
         sees to that.",
        hidden.join(", nor about ")
    );
    vec![Draft::new(["evidence"], message, json!({ "missing": hidden }))]
}

fn unowned(subject: &Subject<'_>) -> Vec<Draft> {
    let open = subject.word("outstanding_questions");
    let nothing_open = open.is_some_and(says_none);
    let gaps = subject.content().evidence.iter().filter_map(|evidence| {
        let gap = evidence.gap.as_deref()?;
        (given(Some(&gap.to_owned())) && !says_none(gap)).then_some((evidence.title.as_str(), gap))
    });
    let told = subject.word("evidence_gaps").filter(|text| !says_none(text));
    // What else is open does not close a gap that nobody is said to close.
    let left = |gap: &str| nothing_open || mentions(gap, LEFT);
    let titles: Vec<_> = gaps.filter(|(_, gap)| left(gap)).map(|(title, _)| title).collect();
    let told = told.is_some_and(left);
    if titles.is_empty() && !told {
        return Vec::new();
    }
    let why = if nothing_open {
        "and no question is open"
    } else {
        "of which it is said that nobody is to close them"
    };
    let message = format!(
        "The evidence has gaps, {why}. Say under the outstanding questions what would close each gap, who sees to it and \
         by when, or have the body accept with a reason that it decides with them."
    );
    vec![Draft::new(
        ["answers", "outstanding_questions"],
        message,
        json!({ "sources": titles, "told": told }),
    )]
}

/// Phrases that say of a gap that it stays.
const LEFT: &[&str] = &[
    "nobody is to",
    "nobody will",
    "nobody has been asked",
    "no one is to",
    "no one will",
    "no-one is to",
    "no-one will",
    "will not be recorded",
    "will not be collected",
    "will not be found out",
    "no plan to",
    "no plans to",
    "there is no owner",
];
