//! What the store keeps beside the documents, for lists and tasks: all of it derived from the case.

use crate::{
    app::View,
    domain::{
        form::FormSubject,
        risk::Contribution,
        search,
        task::{self, Doer, Task, TaskKind},
        workflow::deadline,
    },
    store::{case::Projection, task::TaskRow},
};

/// What lists, searches and tasks ask of a case.
pub(super) fn of(view: &View) -> Projection {
    let case = &view.case;
    let words = search::words(&case.reference, &case.content, Some(&view.form), view.visibility());
    Projection { words: Some(words), ..besides_words(view) }
}

/// The same of a case as a command left it: it is found by other words only when its content changed.
pub(super) fn since(before: &View, after: &View) -> Projection {
    if before.case.content == after.case.content { besides_words(after) } else { of(after) }
}

fn besides_words(view: &View) -> Projection {
    let settings = &view.frame.organisation.settings;
    let tasks = task::listed(&view.case, &view.workflow, settings.composition());
    let tasks = tasks.into_iter().map(TaskRow::from).collect();
    let scale = &settings.scale;
    let remind_on = deadline::next(&view.case, &view.workflow, settings);
    let projection = Projection::new(&view.case, view.head.phase, view.head.standing, scale, tasks);
    // What an organisation says of itself touches nobody.
    let contribution = (view.form.about == FormSubject::Proposal)
        .then(|| Contribution::of(&view.case, view.head.phase, view.head.standing, view.frame.content()));
    let contribution = contribution.map(|contribution| (contribution, view.moment.at));
    Projection { remind_on, contribution, ..projection }
}

/// A task as it was kept; `None` when it is not one that this program writes.
pub(super) fn task(row: TaskRow) -> Option<Task> {
    let kind = TaskKind::parse(&row.kind)?;
    let doer = row.person.map(Doer::Person).or(row.role.map(Doer::Role))?;
    Some(Task { kind, doer, due: row.due, reason: row.reason })
}
