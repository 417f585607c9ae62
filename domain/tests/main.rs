//! Tests.

mod calendar;
mod workflow;
