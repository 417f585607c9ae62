//! The one integration binary.

mod architecture;
mod graphql_limits;
