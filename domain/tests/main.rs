//! Tests.

mod check;
mod examples;
mod form;
mod group;
mod import;
