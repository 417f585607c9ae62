//! `ehia`: a workflow engine for equality and health inequalities impact assessments.

pub use ehia_domain as domain;

pub mod graphql;
