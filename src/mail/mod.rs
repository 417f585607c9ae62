//! E-mail: what a message says and how it leaves the house.
//!
//! A [`letter::Letter`] is one row of the outbox with the words it needs; [`render`] turns it into subject,
//! plain text and HTML without touching anything; [`transport::Mailer`] hands it to an SMTP server, a
//! directory or a list in memory; [`retry`] says when to try again. Delivery is at least once: a crash between
//! sending and recording sends again, under the same `Message-ID`.
//!
//! Nothing here reads the database or a clock, decides who receives what, or writes to the log: an address
//! belongs in no log, and whoever asked for the sending knows which outbox row it was.

mod calendar;
mod failure;
pub mod letter;
mod message;
pub mod render;
pub mod retry;
mod settings;
mod smtp;
pub mod transport;
