//! Places and the people who live there, against computations of their own from the files.

mod claim;
mod corrupt;
mod direct;
mod naming;
mod notable;
mod property;
mod search;
mod shipped;

use std::sync::LazyLock;

use ehia_domain::{
    place::{Population, Reference, Unanswered, shipped::reference},
    settings::Notable,
};

/// What ships, read once.
pub static SHIPPED: LazyLock<Reference> = LazyLock::new(|| reference().expect("sound files"));

pub fn profile(codes: &[&str], edition: Option<&str>) -> Result<Population, Unanswered> {
    let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
    SHIPPED.population(&codes, edition, &Notable::default())
}

pub fn sound(codes: &[&str], edition: &str) -> Population {
    profile(codes, Some(edition)).unwrap_or_else(|error| panic!("{codes:?}: {error}"))
}
