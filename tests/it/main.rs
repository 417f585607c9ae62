//! The only integration binary: one file a subject.
#![expect(clippy::unwrap_used, reason = "a test that cannot arrange its case has failed")]

mod administration;
mod architecture;
mod attachments;
mod case;
mod cli_definition;
mod cli_demo;
mod cli_help;
mod cli_operator;
mod clock;
mod concurrency;
mod crash;
mod definition;
mod graphql_execution;
mod graphql_http;
mod graphql_limits;
mod graphql_schema;
mod identity;
mod isolation;
mod mail;
mod moving;
mod panel;
mod parties;
mod proxies;
mod retention;
#[path = "../../examples/walkthrough/runner.rs"]
mod runner;
mod sharing;
mod statements;
mod store_audit;
mod store_backup;
mod store_cases;
mod store_idempotency;
mod store_identity;
mod store_list;
mod store_logging;
mod store_outbox;
mod store_reference;
mod store_schema;
mod store_scope;
mod support;
mod walkthrough;
mod worker;
mod workflows;
