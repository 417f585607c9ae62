//! Involvement in time and in earnest: about a revision that exists, again when it changed, as was promised, and
//! with those who care for the people concerned.

use chrono::NaiveDate;
use serde_json::json;

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    denial::promises_nothing,
    proposal::loss_or_move,
    speech::mentions,
    subject::{day, says_something},
};
use crate::{
    evidence::Engagement,
    settings::Severity,
    text::{self, Path},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "engagement.revision.impossible",
        title: "Engagement was about a revision that exists",
        duty: "corby.engagement",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "A decision fell because a report said that people had been engaged on what they had not seen.",
        run: |subject| {
            let now = subject.case.revision;
            let told = subject
                .content()
                .engagement
                .iter()
                .filter_map(|e| Some((e, e.about_revision.filter(|about| *about > now || *about == 0)?)));
            told.map(|(engagement, about)| {
                let message = format!(
                    "The engagement with {} is said to have been about revision {about}, and this is revision \
                     {now}. Name the revision they were shown, or leave it out where it was before the first.",
                    engagement.who
                );
                let facts = json!({ "who": engagement.who, "aboutRevision": about, "revision": now });
                Draft::new(["engagement", &engagement.id.to_string(), "aboutRevision"], message, facts)
            })
            .collect()
        },
    },
    Rule {
        id: "engagement.overtaken",
        title: "People were asked about what is proposed now",
        duty: "gunning",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "To ask early is right; the fault is a material change afterwards that nobody was asked about. One finding a case.",
        run: overtaken,
    },
    Rule {
        id: "engagement.earlier",
        title: "Whether people were asked before a revision that concerns them is looked at",
        duty: "gunning",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "To ask about an earlier revision is what the law wants; whether what changed since matters to people is for somebody to judge. One finding a case.",
        run: earlier,
    },
    Rule {
        id: "promise.unkept",
        title: "A promise to involve people is kept",
        duty: "corby.promise",
        severity: Severity::Blocker,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A promise to consult can bind; the body that breaks one needs a reason and must know that it does.",
        run: unkept,
    },
    Rule {
        id: "promise.unasked",
        title: "Before a loss it is known what was promised",
        duty: "corby.promise",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Promises stand in plans, letters and minutes, and are found by those who lose the service.",
        run: |subject| {
            let key = "consultation_promises";
            let kind = subject.content().proposal.kind_of_change;
            if loss_or_move(subject).is_none() || subject.answer(key) != Answer::Missing {
                return Vec::new();
            }
            let message = "It is not said whether the public was promised anything about being consulted. Look in \
                           plans, letters and minutes, and say what you found, or that there was none.";
            vec![Draft::new(["answers", key], message, json!({ "kindOfChange": kind }))]
        },
    },
    Rule {
        id: "engagement.short",
        title: "A consultation leaves time to answer",
        duty: "gunning",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "No law sets the number of weeks; under four few groups can meet and answer.",
        run: |subject| {
            let consultations =
                subject.content().engagement.iter().filter(|engagement| is_consultation(engagement));
            consultations
                .filter_map(|e| Some((e, (e.to? - e.from).num_days())))
                .filter(|(_, days)| *days < ADEQUATE)
                .map(|(engagement, days)| {
                    let message = format!(
                        "The consultation with {} lasted {days} days. Say why that was time enough for them to meet \
                         and answer, or give them more.",
                        engagement.who
                    );
                    let facts = json!({ "who": engagement.who, "days": days });
                    Draft::new(["engagement", &engagement.id.to_string(), "to"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "engagement.carers.unheard",
        title: "Carers and representatives are among those involved",
        duty: "nhs2006.s14z45",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "The duty names them beside those who use the service: they carry what a service drops.",
        run: |subject| {
            let heard: Vec<_> = subject.engagements_in_time().collect();
            let carers = heard.iter().any(|engagement| {
                mentions(&engagement.who, CARERS)
                    || mentions(&engagement.method, CARERS)
                    || subject.speaks_of(&engagement.groups, "other.unpaid_carers")
            });
            if heard.is_empty() || carers || subject.significant().next().is_none() {
                return Vec::new();
            }
            let message = "People would be significantly worse off, and neither carers nor anybody who speaks for \
                           those concerned was involved. Hear them, or say why there are none.";
            vec![Draft::new(["engagement"], message, json!({ "engagements": heard.len() }))]
        },
    },
    Rule {
        id: "engagement.uncounted",
        title: "It is known how many took part",
        duty: "practice.clear",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Three people and three hundred weigh differently.",
        run: |subject| {
            let uncounted = subject.content().engagement.iter().filter(|e| e.people.is_none());
            uncounted
                .map(|engagement| {
                    let message = format!(
                        "It is not said how many took part in the engagement with {}. Give the number, or an \
                         estimate.",
                        engagement.who
                    );
                    let facts = json!({ "who": engagement.who });
                    Draft::new(["engagement", &engagement.id.to_string(), "people"], message, facts)
                })
                .collect()
        },
    },
];

/// Days that a consultation leaves people at least.
const ADEQUATE: i64 = 28;

const CARERS: &[&str] = &[
    "carer*",
    "famil*",
    "parent*",
    "relative*",
    "representative*",
    "healthwatch",
    "advoca*",
    "self-advocacy",
    "partners",
    "brothers",
    "sisters",
    "charit*",
    "voluntary",
    "user group*",
    "patient group*",
    "forum*",
];

/// Words of a consultation, of which a consultant is none.
const CONSULTATION: &[&str] = &["consult", "consults", "consulted", "consulting", "consultation*"];

/// What comes before a consultation is none.
const BEFORE_CONSULTATION: &[&str] = &[
    "pre-consultation",
    "preconsultation",
    "pre consultation",
    "before consultation",
    "before the consultation",
    "not a consultation",
    "no consultation",
];

/// Whether an engagement is told as a consultation.
fn is_consultation(engagement: &Engagement) -> bool {
    let told = text::fold(&format!("{} {}", engagement.who, engagement.method));
    let told = BEFORE_CONSULTATION.iter().fold(told, |told, before| told.replace(before, ""));
    mentions(&told, CONSULTATION)
}

/// Whoever promised to involve people involved somebody before the decision; whoever promised a consultation held one.
fn unkept(subject: &Subject<'_>) -> Vec<Draft> {
    let key = "consultation_promises";
    let promised = |text: &&str| says_something(text) && !promises_nothing(text);
    let Some(text) = subject.word(key).filter(promised) else { return Vec::new() };
    let held: Vec<_> = subject.engagements_in_time().collect();
    let facts = json!({ "promised": text, "engagements": held.len() });
    if held.is_empty() {
        let message = "It reads as if people were promised to be involved, and no engagement before the decision is \
                       recorded. Keep the promise first, or have the body accept with a reason that it is not kept.";
        return vec![Draft::new(["answers", key], message, facts)];
    }
    if !mentions(text, CONSULTATION) || held.iter().any(|engagement| is_consultation(engagement)) {
        return Vec::new();
    }
    let unseen = if held.iter().all(|engagement| engagement.about_revision.is_none()) {
        ", nor does any say which revision of the proposal people were shown"
    } else {
        ""
    };
    let message = format!(
        "It reads as if a consultation was promised, and no engagement before the decision is one{unseen}. Hold it first, \
         call an engagement a consultation where it was one, or have the body accept with a reason that the promise is \
         not kept."
    );
    vec![Draft::new(["answers", key], message, facts)]
}

fn overtaken(subject: &Subject<'_>) -> Vec<Draft> {
    let Some((since, paths)) = changed(subject) else { return Vec::new() };
    if subject.content().engagement.iter().any(|e| e.to.unwrap_or(e.from) >= since) {
        return Vec::new();
    }
    let message = format!(
        "The proposal was changed on {}, after it was approved, and nobody was asked since. Ask those whom the change \
         concerns and record it, or have the body accept, with the reason why it need not be, that nobody was.",
        day(since)
    );
    vec![Draft::new(["engagement"], message, json!({ "since": since, "paths": paths }))]
}

/// Since when and in what the case differs materially from what was approved: as long as somebody is to judge it, and
/// once it was judged material, until it is approved anew.
fn changed<'a>(subject: &Subject<'a>) -> Option<(NaiveDate, &'a [Path])> {
    let process = &subject.case.process;
    if let Some(open) = &process.reexamination {
        return Some((open.since.date_naive(), open.paths.as_slice()));
    }
    Some((process.reopened_since?, process.reopened.as_deref()?))
}

fn earlier(subject: &Subject<'_>) -> Vec<Draft> {
    let shown = subject.content().engagement.iter().filter_map(|e| e.about_revision).max();
    let now = subject.case.revision;
    let Some(shown) = shown.filter(|shown| *shown < now && changed(subject).is_none()) else {
        return Vec::new();
    };
    let message = format!(
        "People were last asked about revision {shown}, and this is revision {now}. If what changed since matters to \
         them, ask them again and record it."
    );
    vec![Draft::new(["engagement"], message, json!({ "aboutRevision": shown, "revision": now }))]
}
