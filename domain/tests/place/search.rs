//! Looking areas up.

use ehia_domain::{area::AreaLevel, place::Code};

use super::SHIPPED;

fn names(text: &str, level: Option<AreaLevel>) -> Vec<String> {
    let gazetteer = SHIPPED.gazetteer();
    gazetteer.search(text, level).into_iter().take(6).map(|code| gazetteer.name(code)).collect()
}

#[test]
fn the_exact_code_comes_first_then_the_exact_name_then_larger_places() {
    let first = |text: &str| names(text, None).into_iter().next().unwrap_or_default();
    assert_eq!(first("E54000022"), "NHS Norfolk and Waveney Integrated Care Board");
    assert_eq!(first(" e54000022 "), "NHS Norfolk and Waveney Integrated Care Board");
    assert_eq!(first("qmm"), "NHS Norfolk and Waveney Integrated Care Board");
    assert_eq!(first("T6Y0W"), "NHS Norfolk and Suffolk Integrated Care Board");
    assert_eq!(names("norfolk", None)[..2], ["Norfolk", "NHS Norfolk and Suffolk Integrated Care Board"]);
    assert_eq!(names("norwich", Some(AreaLevel::District)), ["Norwich"]);
    assert_eq!(first("london"), "London");
    assert_eq!(first("norwich 001A"), "Norwich 001A");
    assert_eq!(first("norfolk and waveney"), "NHS Norfolk and Waveney Integrated Care Board");
}

#[test]
fn accents_capitals_hyphens_and_apostrophes_do_not_matter() {
    let lynn = names("Kings Lynn and West Norfolk", Some(AreaLevel::District));
    assert_eq!(lynn, ["King's Lynn and West Norfolk"]);
    assert_eq!(names("KÍNG’S LŸNN", Some(AreaLevel::District)), lynn);
    assert_eq!(
        names("stoke on trent", Some(AreaLevel::District)),
        names("Stoke-on-Trent", Some(AreaLevel::District))
    );
    assert_eq!(names("stoke on trent", Some(AreaLevel::District))[0], "Stoke-on-Trent");
}

#[test]
fn words_are_found_in_any_order_and_those_in_theirs_come_first() {
    assert_eq!(names("yarmouth great", Some(AreaLevel::District)), ["Great Yarmouth"]);
    assert_eq!(names("norfolk west lynn", Some(AreaLevel::District)), ["King's Lynn and West Norfolk"]);
    let lsoas = |text: &str| SHIPPED.gazetteer().search(text, Some(AreaLevel::Lsoa));
    assert_eq!(lsoas("001a norwich"), lsoas("norwich 001a"));
    // The name as it stands goes before one that has its words elsewhere.
    assert_eq!(
        names("waveney norfolk", Some(AreaLevel::Icb)),
        names("norfolk waveney", Some(AreaLevel::Icb))
    );
    let own = names("norfolk", Some(AreaLevel::District));
    assert_eq!(names("norfolk north", Some(AreaLevel::District)), ["North Norfolk"], "of {own:?}");
    assert_eq!(names("yarmouth nowhere", None), Vec::<String>::new());
}

#[test]
fn a_level_keeps_all_others_out_and_nothing_finds_nothing() {
    for level in AreaLevel::ALL {
        let found = SHIPPED.gazetteer().search("nor", Some(*level));
        assert!(found.iter().all(|code| code.level() == *level), "{level:?}");
    }
    for nothing in ["", "  ", "'", "zzzzzz", "E5400002", "E99999999"] {
        let found = SHIPPED.gazetteer().search(nothing, Some(AreaLevel::District));
        assert!(found.is_empty(), "{nothing}: {found:?}");
    }
    assert!(!SHIPPED.gazetteer().search("Norwich 0", Some(AreaLevel::Lsoa)).is_empty());
    assert_eq!(SHIPPED.gazetteer().search("e0103562", Some(AreaLevel::Lsoa)).len(), 10);
}

#[test]
fn every_area_that_is_part_of_another_has_a_name_and_an_extent() {
    let gazetteer = SHIPPED.gazetteer();
    let mut refused = Vec::new();
    for level in
        [AreaLevel::Icb, AreaLevel::SubIcb, AreaLevel::County, AreaLevel::District, AreaLevel::Region]
    {
        for prefix in ["e5", "e3", "e1", "e0", "a", "e", "o", "n", "s", "w"] {
            for code in gazetteer.search(prefix, Some(level)) {
                if let Err(error) = gazetteer.extent(&[code.to_string()]) {
                    refused.push((code, error.code));
                }
            }
        }
    }
    refused.sort_unstable();
    refused.dedup();
    let undivided = ["E54000069", "E54000070"].map(|code| (Code::parse(code).unwrap(), "UNDIVIDED"));
    assert_eq!(refused, undivided);
}
