//! `ehia`: a workflow engine for equality and health inequalities impact assessments.
//!
//! Floors, from the ground up: [`domain`]; [`store`], [`mail`], [`identity`], [`papers`]; [`app`]; the doors
//! ([`graphql`], [`web`], [`worker`], [`cli`]). Each may import those below it, as `tests/it/architecture.rs` proves.

pub use ehia_domain as domain;

pub mod app;
pub mod boot;
pub mod cli;
pub mod clock;
pub mod graphql;
pub mod identity;
pub mod mail;
pub mod papers;
pub mod settings;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod worker;
