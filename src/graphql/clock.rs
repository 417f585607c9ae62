//! The clocks of a case.

use async_graphql::SimpleObject;

use crate::{
    domain::case,
    graphql::scalar::{Date, int},
};

/// A clock of a case, in NHS working days.
#[derive(SimpleObject)]
pub struct Clock {
    /// Its name in the definition.
    name: String,
    /// Whether it runs; it is paused while the case is with its author.
    running: bool,
    /// The day it is due while it runs.
    due: Option<Date>,
    /// Working days that were left when it last began to run.
    days_left: i32,
}

impl From<(&String, &case::Clock)> for Clock {
    fn from((name, clock): (&String, &case::Clock)) -> Self {
        Self {
            name: name.clone(),
            running: clock.due.is_some(),
            due: clock.due.map(Date),
            days_left: int(clock.days_left),
        }
    }
}
