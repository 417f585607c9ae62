//! The GraphQL door. A resolver parses its arguments, calls [`crate::app`] and wraps the result; who may do what
//! is decided below.

pub mod error;
pub mod limit;
pub mod scalar;
pub mod word;
