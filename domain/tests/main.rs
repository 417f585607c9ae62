//! Tests.

mod form;
mod group;
