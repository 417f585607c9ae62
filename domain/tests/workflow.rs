//! Workflows: their laws, what the engine does, and what people do beside it.

mod condition;
mod deadline;
mod decided;
mod definition;
mod deliberation;
mod engine;
mod follow;
mod guard;
mod hands;
mod history;
mod hostile;
mod interest;
mod law;
mod moving;
mod party;
mod process;
mod quorum;
mod reading;
mod reliance;
mod review;
mod screening;
mod share;
mod urgent;
mod walk;
pub mod world;
