//! A code of the ONS register of geographic codes (GSS), as a number.

use std::{fmt, num::NonZeroU32};

use crate::area::{self, AreaLevel};

/// The code of a place in England: `E` and eight digits; four bytes, as many as no code at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(NonZeroU32);

impl Code {
    /// The code, when it is one of a level this program knows; small letters and blanks around it are forgiven.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.strip_prefix(['E', 'e'])?;
        if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: NonZeroU32 = digits.parse().ok()?;
        area::level_of(number.get() / 1_000_000).map(|_| Self(number))
    }

    /// The level it names.
    ///
    /// # Panics
    /// Never: a code without a level is not parsed.
    #[must_use]
    pub fn level(self) -> AreaLevel {
        area::level_of(self.0.get() / 1_000_000).expect("parsed only with a level")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{:08}", self.0)
    }
}
