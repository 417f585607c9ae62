//! Places by their ONS code.

use async_graphql::Object;

use crate::{
    domain::area::{self, AreaLevel},
    graphql::word::Word,
};

/// A place.
pub struct Area {
    code: String,
    level: AreaLevel,
}

impl Area {
    /// The place with this code; none when it is not the code of a place in England.
    pub fn of(code: &str) -> Option<Self> {
        area::level(code).map(|level| Self { code: code.to_owned(), level })
    }

    /// The places with these codes.
    pub fn list(codes: &[String]) -> Vec<Self> {
        codes.iter().filter_map(|code| Self::of(code)).collect()
    }
}

/// A place, of any level from neighbourhood to country.
#[Object]
impl Area {
    /// Its code in the ONS register of geographic codes.
    async fn code(&self) -> &str {
        &self.code
    }

    /// Its name; its code for places smaller than a ward, which have none.
    async fn name(&self) -> &str {
        area::name(&self.code).unwrap_or(&self.code)
    }

    /// Its level.
    async fn level(&self) -> Word<AreaLevel> {
        Word(self.level)
    }
}
