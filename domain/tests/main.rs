//! Tests.
#![cfg(test)]

mod answer;
mod calendar;
mod check;
mod examples;
mod expression;
mod form;
mod group;
mod import;
mod maturity;
mod workflow;
