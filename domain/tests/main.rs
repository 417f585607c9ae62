//! Tests.

mod answer;
mod check;
mod expression;
mod form;
mod group;
