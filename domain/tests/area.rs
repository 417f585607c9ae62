//! Places by their code.

use ehia_domain::area::{AreaLevel, level};
use proptest::prelude::*;

#[test]
fn the_first_three_characters_tell_the_level() {
    for (code, expected) in [
        ("E01026684", AreaLevel::Lsoa),
        ("E02005564", AreaLevel::Msoa),
        ("E05005844", AreaLevel::Ward),
        ("E06000001", AreaLevel::District),
        ("E07000145", AreaLevel::District),
        ("E08000025", AreaLevel::District),
        ("E09000001", AreaLevel::District),
        ("E10000020", AreaLevel::County),
        ("E38000239", AreaLevel::SubIcb),
        ("E54000022", AreaLevel::Icb),
        ("E12000006", AreaLevel::Region),
        ("E92000001", AreaLevel::Country),
    ] {
        assert_eq!(level(code), Some(expected), "{code}");
    }
}

#[test]
fn other_countries_and_anything_malformed_have_none() {
    let codes = [
        "W01000001",
        "S12000005",
        "N09000001",
        "K02000001",
        "E99000001",
        "e07000145",
        "E0700014",
        "E070001450",
        "E07 00145",
        "E0700014O",
        " E0700014",
        "E07٠00٠",
        "",
        "\u{1F600}00000",
    ];
    for code in codes {
        assert_eq!(level(code), None, "{code}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,12}", code in "E[0-9]{8}") {
        let _ = level(&text);
        prop_assert_eq!(level(&code).is_some_and(|level| level == AreaLevel::Lsoa), code.starts_with("E01"));
    }
}
