//! Places by their ONS (GSS) code.

use std::sync::LazyLock;

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
    match code.get(..3)? {
        "E01" => Some(AreaLevel::Lsoa),
        "E02" => Some(AreaLevel::Msoa),
        "E05" => Some(AreaLevel::Ward),
        "E06" | "E07" | "E08" | "E09" => Some(AreaLevel::District),
        "E10" => Some(AreaLevel::County),
        "E38" => Some(AreaLevel::SubIcb),
        "E54" => Some(AreaLevel::Icb),
        "E12" => Some(AreaLevel::Region),
        "E92" => Some(AreaLevel::Country),
        _ => None,
    }
}

/// Codes and names, sorted by code (`data/area-names.tsv`; provenance and licence in `data/README.md`).
static NAMES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    include_str!("../data/area-names.tsv").lines().filter_map(|line| line.split_once('\t')).collect()
});

/// The name of a region, board, sub-ICB location, county, district or ward; `None` for smaller places, which go
/// by their code, and for codes that are not known.
#[must_use]
pub fn name(code: &str) -> Option<&'static str> {
    let index = NAMES.binary_search_by_key(&code, |(code, _)| code).ok()?;
    NAMES.get(index).map(|(_, name)| *name)
}
