//! Who is notable: by share, by number, by any district; others by ratio with a floor.

use ehia_domain::settings::Notable;

use super::{SHIPPED, sound};

#[test]
fn core20_is_notable_by_share_or_number_or_any_district() {
    let here = |codes: &[&str], notable: &Notable| {
        let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
        SHIPPED.population(&codes, None, notable).unwrap().group("core20").unwrap().notable
    };
    let never = Notable { core20_percent: 100, core20_people: u32::MAX, ratio_percent: 125, people: 250 };
    // City and Hackney: 39.4 %, so by share.
    assert!(here(&["E09000012", "E09000001"], &Notable { core20_percent: 39, ..never }));
    assert!(!here(&["E09000012", "E09000001"], &Notable { core20_percent: 42, ..never }));
    // Norfolk and Waveney: 14.5 %, but 150,187 people.
    let norfolk = ["E54000022"];
    assert!(here(&norfolk, &Notable { core20_people: 150_187, ..never }));
    assert!(!here(&norfolk, &Notable { core20_people: 150_188, ..never }));
    // And Great Yarmouth and Norwich are above 30 %.
    assert!(here(&norfolk, &Notable { core20_percent: 34, ..never }));
    assert!(!here(&norfolk, &Notable { core20_percent: 35, ..never }));
    let districts = sound(&norfolk, "IMD 2025").districts;
    let shares: Vec<_> = districts
        .iter()
        .take(2)
        .map(|one| (one.name.as_str(), (one.core20_share() * 1000.0).round()))
        .collect();
    assert_eq!(shares, [("Great Yarmouth", 345.0), ("Norwich", 316.0)]);
}

#[test]
fn nobody_is_notable_where_nobody_lives() {
    // Hart in Hampshire has no LSOA among the most deprived fifth.
    let hart = sound(&["E07000089"], "IMD 2025");
    assert_eq!(hart.core20_people, 0);
    let all = Notable { core20_percent: 0, core20_people: 0, ratio_percent: 0, people: 0 };
    let hart = SHIPPED.population(&["E07000089".into()], None, &all).unwrap();
    assert!(!hart.group("core20").unwrap().notable);
}

#[test]
fn another_group_is_notable_by_ratio_with_a_floor() {
    let norfolk = sound(&["E54000022"], "IMD 2025");
    let old = norfolk.group("age.older_people").unwrap();
    assert!(old.notable && old.ratio > 1.25, "{}", old.ratio);
    assert!(!norfolk.group("race.asian").unwrap().notable);
    let at = |notable: &Notable| {
        SHIPPED
            .population(&["E54000022".into()], None, notable)
            .unwrap()
            .group("age.older_people")
            .unwrap()
            .notable
    };
    assert!(at(&Notable { people: old.people, ..Notable::default() }));
    assert!(!at(&Notable { people: old.people + 1, ..Notable::default() }));
    assert!(!at(&Notable { ratio_percent: 200, ..Notable::default() }));
    assert!(old.board.is_some(), "it lies in one board");
    assert!(sound(&["E92000001"], "IMD 2025").group("age.older_people").unwrap().board.is_none());
}
