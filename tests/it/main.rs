//! The only integration binary: one file a subject.

mod mail;
mod support;
