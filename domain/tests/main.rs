//! Tests.

mod answer;
mod calendar;
mod check;
mod expression;
mod form;
mod group;
mod maturity;
mod workflow;
