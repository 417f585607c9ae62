//! What an assessment is and what may be done with it.
//!
//! Ground floor: pure data and functions. Nothing here reads a clock, makes an identifier, draws a random
//! number, waits or touches the outside; instants, dates and identifiers come in as parameters
//! ([`calendar::Moment`], [`id::Supply`]).

pub mod area;
pub mod assessment;
pub mod calendar;
pub mod canonical;
pub mod case;
pub mod check;
pub mod condition;
pub mod decision;
pub mod definition;
pub mod deliberation;
pub mod difference;
pub mod edit;
pub mod event;
pub mod evidence;
pub mod form;
pub mod group;
pub mod id;
pub mod impact;
pub mod import;
pub mod interdependency;
pub mod interval;
pub mod leave;
pub mod meeting;
pub mod mitigation;
pub mod notify;
pub mod organisation;
pub mod page;
pub mod panel;
pub mod partner;
pub mod party;
pub mod permission;
pub mod place;
pub mod planning;
pub mod preference;
pub mod proposal;
pub mod rating;
pub mod reading;
pub mod register;
pub mod retention;
pub mod review;
pub mod risk;
pub mod scenario;
pub mod screening;
pub mod search;
pub mod settings;
pub mod shipped;
pub mod similar;
mod spelling;
pub mod task;
pub mod text;
pub mod thread;
pub mod words;
pub mod workflow;
