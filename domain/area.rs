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

/// A code as the register spells it: blanks around it and a small letter are forgiven. What is no code stays as it is.
#[must_use]
pub fn spelt(text: &str) -> String {
    let code = text.trim().to_ascii_uppercase();
    if level(&code).is_some() { code } else { text.to_owned() }
}

/// Why a code of the register names no place here: it is beyond England, or of a kind of area that is not kept. `None`
/// where the text is no code of the register at all.
#[must_use]
pub fn unkept(text: &str) -> Option<String> {
    let code = text.trim();
    let (letter, digits) = code.split_at_checked(1)?;
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let why = match letter {
        "E" | "e" => "is a code of a kind of area that is not kept here",
        "K" | "k" => "is a code of more than England",
        "L" | "l" | "M" | "m" | "N" | "n" | "S" | "s" | "W" | "w" => "is a code of a place outside England",
        _ => return None,
    };
    Some(format!(
        "`{code}` {why}; name LSOAs, MSOAs, wards, districts, counties, sub-ICB locations, ICBs or regions of England, \
         or England itself (E92000001)."
    ))
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
