//! The only integration binary: one file a subject.
#![expect(clippy::unwrap_used, reason = "a test that cannot arrange its case has failed")]

mod architecture;
mod graphql_execution;
mod graphql_limits;
mod graphql_schema;
mod mail;
mod support;
