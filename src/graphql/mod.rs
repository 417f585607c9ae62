//! The GraphQL door. A resolver parses its arguments, calls [`crate::app`] and wraps the result; who may do what
//! is decided below. One file a noun; [`door`] answers a request, [`http`] carries it over HTTP, [`socket`] over a
//! WebSocket.

#![expect(clippy::unused_async, reason = "a field of an object is async, whether or not it awaits")]

mod account;
mod area;
mod assessment;
mod attachment;
mod change;
mod check;
mod clock;
mod decision;
mod definition;
mod delivery;
mod discussion;
pub mod door;
mod edit;
mod edition;
pub mod error;
mod event;
mod evidence;
mod follow;
mod form;
mod group;
mod health_organisation;
pub mod http;
mod impact;
mod input;
mod interdependency;
mod involved;
mod leave;
pub mod limit;
mod listing;
mod meeting;
mod mitigation;
mod moving;
mod mutation;
mod node;
mod organisation;
mod own;
mod page;
mod panel;
mod partner;
mod person;
mod planning;
mod population;
mod preference;
mod proposal;
mod query;
mod rating;
mod register;
mod reopening;
mod retention;
mod review;
mod revision;
mod risk;
mod scalar;
mod scenario;
mod score;
mod screening;
mod session;
mod share;
mod similar;
pub mod socket;
mod source;
mod standing;
pub mod subscription;
mod task;
mod viewer;
mod word;
mod workflow;

use async_graphql::{SDLExportOptions, SchemaBuilder};

use self::{limit::Limits, mutation::Mutation, node::Node, query::Query, subscription::Subscription};

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema with its limits; introspection only where it is allowed.
#[must_use]
pub fn schema(limits: Limits, introspection: bool) -> Schema {
    let builder: SchemaBuilder<_, _, _> = Schema::build(Query, Mutation::default(), Subscription);
    let builder = builder
        .register_output_type::<Node>()
        // What is weighed in `limit` is refused there, with a code; this is the wall behind it.
        .limit_recursive_depth(limits.nesting + 1)
        .limit_complexity(limits.complexity);
    if introspection {
        builder.finish()
    } else {
        builder.disable_introspection().disable_suggestions().finish()
    }
}

/// The schema in the schema definition language, as `schema.graphql` has it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().prefer_single_line_descriptions();
    let sdl = schema(Limits::default(), true).sdl_with_options(options);
    format!("{}\n", sdl.trim_end())
}
