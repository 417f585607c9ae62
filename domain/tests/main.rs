//! Tests.
#![cfg(test)]

mod answer;
mod calendar;
mod check;
mod edit;
mod examples;
mod expression;
mod form;
mod golden;
mod group;
mod import;
mod maturity;
mod people;
mod permission;
mod workflow;
