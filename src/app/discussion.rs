//! What panel and author say to each other about a case: threads, answers to a return, and what a returning reviewer
//! finds changed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    app::{App, Change, Changed, Result, View, command::Command},
    domain::{
        calendar::Moment,
        case::Return,
        deliberation::{self, Spread, Standing},
        id::{AssessmentId, PersonId, ThreadId},
        permission::{Action, Actor, permit},
        review::Review,
        text::Path,
        workflow::discussion,
    },
};

/// Something to say in a thread.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemarkNote {
    /// The thread; a new one when absent.
    pub thread: Option<ThreadId>,
    /// For a new one: the place it is about.
    pub path: Path,
    /// For a new one: whether it asks the author.
    pub asks_author: bool,
    /// What is said.
    pub text: String,
}

/// What was done about one thing that the panel asked for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerNote {
    /// The section or field that was named.
    pub path: Path,
    /// What was done about it, or why nothing was.
    pub text: String,
}

/// A return with what was changed since.
#[derive(Clone, Debug)]
pub struct ReturnView {
    /// What was asked for, and what was answered.
    pub returned: Return,
    /// What changed at or under each path that was named.
    pub about: BTreeMap<Path, Vec<Change>>,
    /// What changed besides.
    pub besides: Vec<Change>,
}

/// What the panel's members see of each other's judgements of the revision before them.
#[derive(Clone, Debug)]
pub struct DeliberationView {
    /// Whose judgement is awaited.
    pub awaited: BTreeSet<PersonId>,
    /// Whether the reviews are shown.
    pub shown: bool,
    /// What they come to; nothing while they are not shown.
    pub spread: Option<Spread>,
}

/// What a reviewer finds who judged an earlier revision.
#[derive(Clone, Debug)]
pub struct SinceView {
    /// What they said then.
    pub review: Review,
    /// What of it still stands, and what awaits them.
    pub standing: Standing,
    /// What changed since.
    pub changes: Vec<Change>,
}

impl App {
    /// Says something in a thread, or begins one.
    pub async fn remark(
        &self,
        actor: &Actor,
        id: AssessmentId,
        note: RemarkNote,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let mut command = Command::new(actor, "remark", key.as_deref(), &(id, &note), moment)?;
        let RemarkNote { thread, path, asks_author, text } = note;
        command.may = Some(Box::new(move |view, who| {
            let action = discussion::saying(&view.case, thread, who.person);
            permit(who, action, &view.case, view.head.phase).is_ok()
        }));
        let draft = discussion::RemarkDraft { thread, path, asks_author, text };
        self.command(command, id, Action::SeeStub, |view, supply| {
            let places = view.places()?;
            let is_place = |path: &Path| !places(path).is_empty();
            Ok(view
                .engine(|context| discussion::remark(&view.case, &draft, is_place, actor, context, supply))?)
        })
        .await
    }

    /// Settles a thread, or opens it again.
    pub async fn resolve_thread(
        &self,
        actor: &Actor,
        id: AssessmentId,
        thread: ThreadId,
        resolved: bool,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command = Command::new(actor, "resolveThread", key.as_deref(), &(id, thread, resolved), moment)?;
        self.command(command, id, Action::Discuss, |view, _| {
            Ok(view.engine(|context| discussion::resolve(&view.case, thread, resolved, actor, context))?)
        })
        .await
    }

    /// Says what was done about what the panel asked for when it returned the case.
    pub async fn answer_return(
        &self,
        actor: &Actor,
        id: AssessmentId,
        answers: Vec<AnswerNote>,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command = Command::new(actor, "answerReturn", key.as_deref(), &(id, &answers), moment)?;
        let answers: Vec<_> = answers
            .into_iter()
            .map(|AnswerNote { path, text }| discussion::AnswerDraft { path, text })
            .collect();
        self.command(command, id, Action::Answer, |view, _| {
            Ok(view.engine(|context| discussion::answer_return(&view.case, &answers, actor, context))?)
        })
        .await
    }

    /// A return with what was changed since, up to the revision that came back, or as the case is now.
    pub async fn returned(&self, actor: &Actor, view: &View, returned: Return) -> Result<ReturnView> {
        let to = returned.resubmitted.unwrap_or(view.case.revision);
        let changes = match returned.revision {
            Some(from) if from != to => self.changes(actor, view.case.id, from, to).await?,
            _ => Vec::new(),
        };
        let places = view.places()?;
        let named: Vec<(Path, Vec<Path>)> =
            returned.paths.iter().map(|path| (path.clone(), places(path))).collect();
        let mut about: BTreeMap<Path, Vec<Change>> = BTreeMap::new();
        let mut besides = Vec::new();
        for change in changes {
            let mut asked = false;
            for (path, places) in &named {
                if places.iter().any(|place| place.overlaps(&change.path)) {
                    about.entry(path.clone()).or_default().push(change.clone());
                    asked = true;
                }
            }
            if !asked {
                besides.push(change);
            }
        }
        Ok(ReturnView { returned, about, besides })
    }

    /// What the actor finds changed since they last judged the case; `None` to whoever judged no earlier revision.
    pub async fn since_reviewed(&self, actor: &Actor, view: &View) -> Result<Option<SinceView>> {
        let places = view.places()?;
        let Some((review, standing)) = deliberation::said_before(&view.case, actor.person, &places) else {
            return Ok(None);
        };
        let changes = self.changes(actor, view.case.id, review.revision, view.case.revision).await?;
        Ok(Some(SinceView { review: review.clone(), standing, changes }))
    }
}

impl View {
    /// What the panel's members see of each other's judgements; `None` to whoever may not read the deliberation.
    #[must_use]
    pub fn deliberation(&self, actor: &Actor) -> Option<DeliberationView> {
        if !self.permits(actor, Action::ReadDeliberation) || self.case.process.panel.is_none() {
            return None;
        }
        let shown = deliberation::shown(&self.case, self.case.revision, self.window());
        let reviews = || deliberation::spread(self.case.reviews_of(self.case.revision));
        Some(DeliberationView {
            awaited: deliberation::awaited(&self.case),
            shown,
            spread: shown.then(reviews),
        })
    }
}
