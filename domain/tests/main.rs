//! Tests.
#![cfg(test)]

mod answer;
mod calendar;
mod expression;
mod form;
mod group;
mod maturity;
mod workflow;
