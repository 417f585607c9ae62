//! Tests.

mod check;
mod form;
mod group;
mod import;
