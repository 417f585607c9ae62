//! Messages: what they say and how they are delivered.

mod delivery;
mod retries;
mod settings;
mod words;
