//! Which codes name a place.

use ehia_domain::area;

use super::SHIPPED;

fn refused(text: &str) -> (&'static str, String) {
    let told = SHIPPED.gazetteer().admit(text).unwrap_err();
    (told.code, told.message)
}

#[test]
fn a_code_of_a_known_place_is_admitted_though_it_ended_or_has_no_figures() {
    for code in [
        "E92000001", // England
        "E07000148", // Norwich
        "E54000022", // a board that ended on 1 April 2026 and went into one
        "E54000034", // Frimley, which went into three and is known as it was
        "E54000070", // Thames Valley, of which no figures can be given
        "E01000010", // an LSOA of 2011 that was split
        "E54000052", // a board under the code it had until 2023
    ] {
        assert_eq!(SHIPPED.gazetteer().admit(code), Ok(()), "{code}");
    }
}

#[test]
fn every_area_of_the_register_is_admitted_or_refused_with_what_came_after_it() {
    let codes = SHIPPED.gazetteer().codes();
    let ended = codes.filter_map(|code| SHIPPED.gazetteer().admit(&code.to_string()).err());
    for told in ended {
        assert_eq!(told.code, "ENDED_AREA");
        assert!(told.message.contains("What came after it: "), "{told:?}");
    }
}

#[test]
fn an_unknown_code_is_refused() {
    let (code, message) = refused("E07009999");
    assert_eq!(code, "UNKNOWN_AREA");
    assert_eq!(message, "`E07009999` is no area that is known here; look its code up by name.");
    assert_eq!(refused("Atlantis").0, "UNKNOWN_AREA");
    assert!(refused("X06000015").1.contains("no area is called so"));
}

#[test]
fn a_code_is_known_however_it_is_typed_and_what_is_not_kept_is_told_as_such() {
    for code in ["e07000148", " E07000148 ", "e07000148\n"] {
        assert_eq!(SHIPPED.gazetteer().admit(code), Ok(()), "{code:?}");
        assert_eq!(area::spelt(code), "E07000148");
    }
    assert_eq!(area::spelt(" norwich"), " norwich", "what is no code stays as it is");
    for (code, why) in [
        ("E14001401", "a kind of area that is not kept here"), // a constituency
        (" e47000013 ", "a kind of area that is not kept here"), // a combined authority
        ("W06000015", "a place outside England"),
        ("S12000036", "a place outside England"),
        ("K02000001", "more than England"),
    ] {
        let (told, message) = refused(code);
        assert_eq!(told, "UNKNOWN_AREA");
        assert!(message.contains(&format!("`{}` is a code of {why}; name ", code.trim())), "{message}");
    }
    assert_eq!(area::unkept("Norwich"), None);
    assert_eq!(area::unkept("\u{e9}07000148"), None);
}

#[test]
fn a_name_is_refused_with_the_codes_it_may_mean() {
    let (code, message) = refused("Norwich");
    assert_eq!(code, "AMBIGUOUS_AREA");
    assert!(message.contains("may mean any of Norwich (district, E07000148); "), "{message}");
    // The code of a board in the NHS.
    let (code, message) = refused("T6Y0W");
    assert_eq!(code, "UNKNOWN_AREA");
    assert!(message.contains("NHS Norfolk and Suffolk Integrated Care Board (icb, E54000068)"), "{message}");
    assert!(refused(&"x".repeat(10_000)).1.len() < 300);
}
