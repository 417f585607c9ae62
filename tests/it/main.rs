//! Tests of the whole service: one binary, one file a subject.

mod graphql_limits;
