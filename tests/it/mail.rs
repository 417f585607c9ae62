//! Messages: what they say and how they are delivered.

mod calendar;
mod delivery;
mod retries;
mod settings;
mod words;
