//! Tests.

mod check;
mod answer;
mod expression;
mod form;
mod group;
