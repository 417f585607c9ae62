//! What a panel discusses of a case, and what it asks its author.

use serde_json::json;

use crate::{
    case::Case,
    deliberation::{self, Window},
    event::{Audience, EventKind, Happening},
    id::{PersonId, Supply, ThreadId},
    permission::{Action, Actor, permit, was_party},
    text::{self, Path, Violation},
    thread::{self, Remark, Resolved, Thread},
    workflow::{
        engine::{Applied, Context, Refused, phase},
        process::{done, invalid, open, permitted, refuse},
    },
};

/// Something said in a thread, or that begins one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemarkDraft {
    /// The thread; a new one when absent.
    pub thread: Option<ThreadId>,
    /// For a new one: the place it is about.
    pub path: Path,
    /// For a new one: whether it asks the author.
    pub asks_author: bool,
    /// What is said.
    pub text: String,
}

/// Whether the person reads this thread: those who take part in the deliberation once the reviews of its revision are
/// shown, whoever began it before, and the author's side where it is asked.
#[must_use]
pub fn reads(case: &Case, thread: &Thread, actor: &Actor, window: Window) -> bool {
    let may = |action| permit(actor, action, case, window.phase).is_ok();
    if may(Action::ReadDeliberation) {
        return thread.begun_by() == Some(actor.person) || deliberation::shown(case, thread.revision, window);
    }
    thread.asks_author && may(Action::ReadDialogue)
}

/// Says something in a thread, or begins one. What the panel discusses among itself it discusses once its reviews are
/// shown; the author may be asked at any time, and answers where they are asked.
///
/// # Errors
/// [`Refused::Invalid`] when there is no such thread or place, the text is missing, or there is too much of it;
/// [`Refused::Conflict`] when the reviews are still hidden.
pub fn remark(
    case: &Case,
    draft: &RemarkDraft,
    is_place: impl Fn(&Path) -> bool,
    actor: &Actor,
    context: &Context,
    supply: &mut Supply,
) -> Result<Applied, Refused> {
    let window = context.window(case);
    permitted(case, saying(case, draft.thread, actor.person), actor, context)?;
    open(case, context)?;
    refuse(text::check(&draft.text, text::PARAGRAPH, &Path::of(["text"])).err().into_iter().collect())?;
    let mut after = case.clone();
    after.sign(actor.person);
    let said = Remark { by: actor.person, at: context.moment.at, text: draft.text.clone() };
    let thread = if let Some(id) = draft.thread {
        let threads = &mut after.process.threads;
        let Some(thread) = threads.iter_mut().find(|one| one.id == id && reads(case, one, actor, window))
        else {
            return invalid("NOT_FOUND", "There is no such thread.", Path::of(["threadId"]));
        };
        if thread.remarks.len() >= thread::MOST {
            return invalid("TOO_MANY", "The thread is full: begin another.", Path::of(["threadId"]));
        }
        // Who goes on with it has not settled it.
        thread.resolved = None;
        thread.remarks.push(said);
        thread.clone()
    } else {
        if !is_place(&draft.path) {
            let message = "There is no such section or field: name one of the form, or of the content.";
            return invalid("NOT_FOUND", message, Path::of(["path"]));
        }
        refuse(draft.path.check(&Path::of(["path"])).err().into_iter().collect())?;
        let begun = after.process.threads.iter().filter(|one| one.begun_by() == Some(actor.person));
        if begun.filter(|one| one.resolved.is_none()).count() >= thread::UNSETTLED {
            let message = "You have begun many discussions that are not settled: settle some first.";
            return invalid("TOO_MANY", message, Path::of(["path"]));
        }
        if after.process.threads.len() >= thread::MOST {
            return invalid(
                "TOO_MANY",
                "The case has too many threads: go on in one of them.",
                Path::of(["path"]),
            );
        }
        if !draft.asks_author && !deliberation::shown(case, case.revision, window) {
            let message = "The panel discusses once everybody who votes has judged, or the time for it is over; until then ask the author.";
            return Err(Refused::Conflict { message: message.into() });
        }
        let thread = Thread {
            id: supply.fresh(),
            path: draft.path.clone(),
            revision: case.revision,
            asks_author: draft.asks_author,
            remarks: vec![said],
            resolved: None,
        };
        after.process.threads.push(thread.clone());
        thread
    };
    let payload = json!({"thread": thread.id, "path": thread.path, "revision": thread.revision, "begins": thread.remarks.len() == 1});
    let happening = Happening { kind: EventKind::RemarkMade, audience: Audience::Panel, payload };
    Ok(done(after, vec![happening], context))
}

/// What it is to say something in this thread, or to begin one.
#[must_use]
pub fn saying(case: &Case, thread: Option<ThreadId>, by: PersonId) -> Action {
    if thread.is_some() && was_party(case, by) { Action::Answer } else { Action::Discuss }
}

/// Settles a thread, or opens it again.
///
/// # Errors
/// [`Refused::Invalid`] when there is no such thread, [`Refused::Conflict`] when it is so already.
pub fn resolve(
    case: &Case,
    thread: ThreadId,
    resolved: bool,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    permitted(case, Action::Discuss, actor, context)?;
    open(case, context)?;
    let window = context.window(case);
    let mut after = case.clone();
    let threads = &mut after.process.threads;
    let Some(thread) = threads.iter_mut().find(|one| one.id == thread && reads(case, one, actor, window))
    else {
        return invalid("NOT_FOUND", "There is no such thread.", Path::of(["threadId"]));
    };
    if thread.resolved.is_some() == resolved {
        let is = if resolved { "settled" } else { "open" };
        return Err(Refused::Conflict { message: format!("The thread is {is} already.") });
    }
    thread.resolved = resolved.then_some(Resolved { by: actor.person, at: context.moment.at });
    let payload = json!({"thread": thread.id, "path": thread.path, "resolved": resolved});
    let happening = Happening { kind: EventKind::ThreadResolved, audience: Audience::Panel, payload };
    Ok(done(after, vec![happening], context))
}

/// What the author says was done about one thing that the panel asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerDraft {
    /// The section or field that was named.
    pub path: Path,
    /// What was done about it, or why nothing was.
    pub text: String,
}

/// Answers what the panel asked for when it returned the case; a later answer takes the place of an earlier one.
///
/// # Errors
/// [`Refused::Conflict`] when nothing is asked, [`Refused::Invalid`] when a path was not named or a text is missing.
pub fn answer_return(
    case: &Case,
    answers: &[AnswerDraft],
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    permitted(case, Action::Answer, actor, context)?;
    open(case, context)?;
    let Some(returned) = case.process.returned.as_ref().filter(|returned| returned.asks) else {
        let message = "Nothing was asked for that waits for an answer.".into();
        return Err(Refused::Conflict { message });
    };
    let mut violations: Vec<Violation> = Vec::new();
    violations.extend(text::bounded_list(answers.len(), &Path::of(["answers"])).err());
    if answers.is_empty() {
        let message = "Answer at least one of the things that were asked for.";
        violations.push(Violation::new("REQUIRED", message, Path::of(["answers"])));
    }
    for (index, answer) in answers.iter().enumerate() {
        let at = Path::of(["answers"]).join(index);
        if !returned.paths.contains(&answer.path) {
            let message = "This was not asked for: answer one of the paths of the return.";
            violations.push(Violation::new("NOT_FOUND", message, at.join("path")));
        }
        if answers.iter().take(index).any(|other| other.path == answer.path) {
            violations.push(Violation::new(
                "DUPLICATE",
                "This is answered twice: keep one.",
                at.join("path"),
            ));
        }
        violations.extend(text::check(&answer.text, text::PARAGRAPH, &at.join("text")).err());
    }
    refuse(violations)?;
    let mut after = case.clone();
    after.sign(actor.person);
    if let Some(returned) = &mut after.process.returned {
        for answer in answers {
            returned.answers.retain(|kept| kept.path != answer.path);
            returned.answers.push(crate::case::ReturnAnswer {
                path: answer.path.clone(),
                text: answer.text.clone(),
                by: actor.person,
                at: context.moment.at,
            });
        }
    }
    let paths: Vec<&Path> = answers.iter().map(|answer| &answer.path).collect();
    let texts: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
    let payload = json!({"paths": paths, "answers": texts});
    Ok(done(after, vec![Happening::case(EventKind::ReturnAnswered, payload)], context))
}

/// The threads of a case in which the author is asked and has not answered yet.
pub fn waiting(case: &Case) -> impl Iterator<Item = &Thread> {
    let party = |person: PersonId| was_party(case, person);
    case.process.threads.iter().filter(move |thread| thread.waits_for_author(party))
}

/// Whether the author is asked something in a thread and has not answered yet.
#[must_use]
pub fn asked(case: &Case) -> bool {
    waiting(case).next().is_some()
}

/// The window in which the reviews of the case are hidden.
impl Context<'_> {
    /// What decides when reviews of the case are shown.
    pub(super) fn window(&self, case: &Case) -> Window {
        Window { showing: self.settings.showing, phase: phase(case, self.workflow), today: self.moment.today }
    }
}
