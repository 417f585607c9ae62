//! Tests.

mod form;
mod group;
mod import;
