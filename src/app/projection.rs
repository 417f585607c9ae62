//! What the store keeps beside the documents, for lists and tasks: all of it derived from the case.

use crate::{
    app::View,
    domain::task,
    store::Projection,
};

/// What lists and tasks ask of a case.
pub(super) fn of(view: &View) -> Projection {
    Projection {
        phase: view.head.phase,
        standing: view.head.standing,
        band: view.head.band,
        tasks: task::tasks(&view.case, view.head.phase),
    }
}
