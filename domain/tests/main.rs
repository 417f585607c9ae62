//! Tests.

mod answer;
mod calendar;
mod expression;
mod form;
mod group;
mod maturity;
mod workflow;
