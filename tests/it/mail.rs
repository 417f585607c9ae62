//! Messages: what they say and how they are delivered.

mod retries;
mod words;
