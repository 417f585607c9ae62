//! One reviewer's judgement of the revision before the panel.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    case::Case,
    deliberation,
    event::{Audience, EventKind, Happening},
    id::Supply,
    permission::{Action, Actor, Relation, relation},
    review::{FindingOpinion, Opinion, Recommendation, Review},
    text::{self, Path, Violation},
    workflow::{
        effect::freeze,
        engine::{Applied, Context, Refused},
        process::{done, permitted, refuse, revision, seen},
    },
};

/// One reviewer's judgement, as it comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewDraft {
    /// The revision that was read.
    pub expected_revision: u32,
    /// What is recommended.
    pub recommendation: Recommendation,
    /// In a few sentences.
    pub summary: String,
    /// Field by field.
    pub opinions: Vec<Opinion>,
    /// Findings they would accept or not.
    pub findings: Vec<FindingOpinion>,
    /// What the panel alone reads.
    pub note: Option<String>,
}

/// Keeps a reviewer's judgement of the present revision, in the place of an earlier one of the same revision. What they
/// said of an earlier revision about places that have not changed since stands, unless they say something else now.
/// `places` are the paths of the content that a place means; none where there is no such place.
///
/// # Errors
/// [`Refused::Forbidden`] to whoever does not take part in the panel, [`Refused::Conflict`] when the case is at
/// another revision or the panel's review is not open.
pub fn submit_review(
    case: &Case,
    draft: ReviewDraft,
    places: impl Fn(&Path) -> Vec<Path>,
    actor: &Actor,
    context: &Context,
    supply: &mut Supply,
) -> Result<Applied, Refused> {
    seen(case, actor, context)?;
    let takes_part = matches!(relation(actor, case), Relation::Declared | Relation::NotVoting);
    if takes_part && !context.workflow.leaving(&case.state).any(|transition| transition.concludes.is_some()) {
        let message = "The panel's review is not open: look at where the case is now.".into();
        return Err(Refused::Conflict { message });
    }
    permitted(case, Action::Review, actor, context)?;
    revision(case, draft.expected_revision)?;
    refuse(malformed(&draft, &places, context))?;
    let others = case.reviews_of(case.revision).filter(|review| review.reviewer != actor.person);
    let informed = deliberation::shown(case, case.revision, context.window(case))
        || others.into_iter().any(|review| deliberation::concluded(case, case.revision, review.at));
    let mut after = case.clone();
    let mut happenings: Vec<Happening> = freeze(&mut after, context).into_iter().collect();
    let earlier = case.reviews_of(case.revision).find(|review| review.reviewer == actor.person);
    let replaces = earlier.map(|review| review.id);
    after.process.reviews.retain(|review| Some(review.id) != replaces);
    let mut opinions = draft.opinions;
    let said: BTreeSet<Path> = opinions.iter().map(|opinion| opinion.path.clone()).collect();
    let stands = match earlier {
        // What they said of this revision they say anew, or no more; what stood before stands.
        Some(earlier) => earlier.opinions.iter().filter(|one| one.since.is_some()).cloned().collect(),
        None => deliberation::said_before(case, actor.person, &places)
            .map_or_else(Vec::new, |(_, before)| before.stands),
    };
    opinions.extend(stands.into_iter().filter(|opinion| !said.contains(&opinion.path)));
    let review = Review {
        id: supply.fresh(),
        reviewer: actor.person,
        revision: case.revision,
        version: Some(case.version),
        recommendation: draft.recommendation,
        summary: draft.summary,
        opinions,
        findings: draft.findings,
        note: draft.note.filter(|note| !note.trim().is_empty()),
        informed,
        at: context.moment.at,
    };
    after.process.reviews.push(review.clone());
    let members = after.process.panel.iter().flat_map(|panel| &panel.members);
    let mut voters = members.filter(|member| member.votes());
    let complete = voters.all(|member| {
        let mut judged = after.reviews_of(case.revision);
        judged.any(|review| review.reviewer == member.person)
    });
    happenings.push(Happening {
        kind: EventKind::ReviewSubmitted,
        audience: Audience::Panel,
        // What was said stays in history, whatever takes its place in the case.
        payload: json!({
            "review": review.id,
            "reviewer": review.reviewer,
            "revision": review.revision,
            "replaces": replaces,
            "recommendation": review.recommendation,
            "summary": review.summary,
            "opinions": review.opinions,
            "findings": review.findings,
            "note": review.note,
            "informed": review.informed,
            "complete": complete,
        }),
    });
    Ok(done(after, happenings, context))
}

fn malformed(draft: &ReviewDraft, places: impl Fn(&Path) -> Vec<Path>, context: &Context) -> Vec<Violation> {
    let mut found = Vec::new();
    found.extend(text::check(&draft.summary, text::PARAGRAPH, &Path::of(["summary"])).err());
    found.extend(
        draft.note.as_ref().and_then(|note| text::bounded(note, text::PARAGRAPH, &Path::of(["note"])).err()),
    );
    found.extend(text::bounded_list(draft.opinions.len(), &Path::of(["opinions"])).err());
    for (index, opinion) in draft.opinions.iter().enumerate() {
        let at = Path::of(["opinions"]).join(index);
        found.extend(opinion.path.check(&at.join("path")).err());
        if places(&opinion.path).is_empty() {
            let message = "There is no such section or field: name one of the form, or of the content.";
            found.push(Violation::new("NOT_FOUND", message, at.join("path")));
        }
        if draft.opinions.iter().take(index).any(|other| other.path == opinion.path) {
            let message = "This place is spoken of twice: keep one.";
            found.push(Violation::new("DUPLICATE", message, at.join("path")));
        }
        let blank = opinion.comment.as_ref().is_none_or(|comment| comment.trim().is_empty());
        if !opinion.agrees && blank {
            let message = "Say why you do not agree, or what is missing.";
            found.push(Violation::new("REQUIRED", message, at.join("comment")));
        }
        let comment = opinion.comment.as_ref();
        found.extend(comment.and_then(|one| text::bounded(one, text::PARAGRAPH, &at.join("comment")).err()));
    }
    found.extend(text::bounded_list(draft.findings.len(), &Path::of(["findings"])).err());
    for (index, opinion) in draft.findings.iter().enumerate() {
        let at = Path::of(["findings"]).join(index);
        match context.findings.iter().find(|finding| finding.id == opinion.finding) {
            None => {
                let message =
                    "There is no such finding on the case as it stands: look at its findings again.";
                found.push(Violation::new("NOT_FOUND", message, at.join("findingId")));
            }
            Some(finding) if opinion.accepts && !finding.acceptable => {
                let message = "This finding cannot be accepted: what it names has to be mended.";
                found.push(Violation::new("NOT_ACCEPTABLE", message, at.join("accepts")));
            }
            Some(_) => {}
        }
        if draft.findings.iter().take(index).any(|other| other.finding == opinion.finding) {
            let message = "This finding is spoken of twice: keep one.";
            found.push(Violation::new("DUPLICATE", message, at.join("findingId")));
        }
        found.extend(text::check(&opinion.reason, text::PARAGRAPH, &at.join("reason")).err());
    }
    found
}
