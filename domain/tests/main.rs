//! Tests.

mod answer;
mod expression;
mod form;
mod group;
mod maturity;
