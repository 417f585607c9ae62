//! Places by their ONS (GSS) code.

use crate::words::words;

words! {
    /// The level of a place.
    AreaLevel {
        /// Lower layer super output area.
        Lsoa = "LSOA",
        /// Middle layer super output area.
        Msoa = "MSOA",
        /// Electoral ward.
        Ward = "WARD",
        /// Local authority district or unitary.
        District = "DISTRICT",
        /// County.
        County = "COUNTY",
        /// Sub-ICB location.
        SubIcb = "SUB_ICB",
        /// Integrated care board.
        Icb = "ICB",
        /// Region.
        Region = "REGION",
        /// Country.
        Country = "COUNTRY",
    }
}

/// The level that a GSS code names by its first three characters (ONS coding policy for England);
/// `None` when it is not an English code of nine characters.
#[must_use]
pub fn level(code: &str) -> Option<AreaLevel> {
    if code.len() != 9 || !code.bytes().skip(1).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    level_of(code.strip_prefix('E')?.get(..2)?.parse().ok()?)
}

/// The level that the two digits behind the `E` name.
pub(crate) fn level_of(digits: u32) -> Option<AreaLevel> {
    match digits {
        1 => Some(AreaLevel::Lsoa),
        2 => Some(AreaLevel::Msoa),
        5 => Some(AreaLevel::Ward),
        6..=9 => Some(AreaLevel::District),
        10 => Some(AreaLevel::County),
        38 => Some(AreaLevel::SubIcb),
        54 => Some(AreaLevel::Icb),
        12 => Some(AreaLevel::Region),
        92 => Some(AreaLevel::Country),
        _ => None,
    }
}
