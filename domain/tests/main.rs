//! Tests.
#![cfg(test)]

mod answer;
mod area;
mod calendar;
mod canonical;
mod case;
mod check;
mod edit;
mod examples;
mod expression;
mod form;
mod golden;
mod group;
mod id;
mod import;
mod maturity;
mod notify;
mod people;
mod permission;
mod place;
mod proposal;
mod rating;
mod retention;
mod task;
mod workflow;
