//! The only integration test binary: one file a subject.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

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
