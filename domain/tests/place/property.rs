//! Laws of unions, over areas drawn from all levels.

use std::{collections::BTreeSet, sync::LazyLock};

use ehia_domain::{
    area::AreaLevel,
    place::{Population, Unanswered},
    settings::Notable,
};
use proptest::{prelude::*, sample::Index};

use super::SHIPPED;

static POOL: LazyLock<Vec<String>> = LazyLock::new(|| {
    let gazetteer = SHIPPED.gazetteer();
    let levels = [AreaLevel::Icb, AreaLevel::District, AreaLevel::Ward, AreaLevel::Msoa, AreaLevel::County];
    let of = |level| gazetteer.search("nor", Some(level)).into_iter().take(25);
    let named = levels.into_iter().flat_map(of);
    let small = gazetteer.lsoas().iter().copied().step_by(700);
    // A former LSOA that was redrawn, a district and a board that ended.
    let old = ["E01008187", "E07000189", "E54000022", "E54000053"].map(str::to_owned);
    named.chain(small).map(|code| code.to_string()).chain(old).collect()
});

fn drawn(picks: &[Index]) -> Vec<String> {
    picks
        .iter()
        .map(|pick| pick.get(&POOL).clone())
        .filter(|code| code != "E54000069" && code != "E54000070")
        .collect()
}

fn ask(codes: &[String], edition: &str) -> Result<Population, Unanswered> {
    SHIPPED.population(codes, Some(edition), &Notable::default())
}

fn figures(population: Population) -> Population {
    Population { areas: Vec::new(), notes: Vec::new(), ..population }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_union_is_the_set_of_its_lsoas(picks in prop::collection::vec(any::<Index>(), 1..5)) {
        let codes = drawn(&picks);
        prop_assume!(!codes.is_empty());
        let extent = SHIPPED.gazetteer().extent(&codes).unwrap();
        let lsoas: Vec<String> =
            extent.now.iter().map(|ordinal| SHIPPED.gazetteer().lsoas()[ordinal as usize].to_string()).collect();
        let whole = figures(ask(&codes, "IMD 2025").unwrap());
        prop_assert_eq!(&whole, &figures(ask(&lsoas, "IMD 2025").unwrap()));
        let each: BTreeSet<String> = codes
            .iter()
            .flat_map(|code| SHIPPED.gazetteer().extent(std::slice::from_ref(code)).unwrap().now.iter().collect::<Vec<_>>())
            .map(|ordinal| SHIPPED.gazetteer().lsoas()[ordinal as usize].to_string())
            .collect();
        prop_assert_eq!(each, lsoas.into_iter().collect::<BTreeSet<_>>());
    }

    #[test]
    fn the_order_of_areas_and_their_repetition_never_matter(picks in prop::collection::vec(any::<Index>(), 1..5)) {
        let codes = drawn(&picks);
        prop_assume!(!codes.is_empty());
        let turned: Vec<String> = codes.iter().rev().chain(&codes).cloned().collect();
        for edition in ["IMD 2019", "IMD 2025"] {
            prop_assert_eq!(ask(&codes, edition), ask(&turned, edition));
        }
    }

    #[test]
    fn adding_an_area_never_lowers_people(picks in prop::collection::vec(any::<Index>(), 2..5)) {
        let codes = drawn(&picks);
        prop_assume!(codes.len() > 1);
        for edition in ["IMD 2019", "IMD 2025"] {
            let (Ok(fewer), Ok(more)) = (ask(&codes[1..], edition), ask(&codes, edition)) else { continue };
            prop_assert!(fewer.people <= more.people && fewer.core20_people <= more.core20_people);
            prop_assert!(fewer.lsoas <= more.lsoas && fewer.core20_lsoas <= more.core20_lsoas);
            for group in &fewer.groups {
                if let Some(now) = more.group(&group.group) {
                    prop_assert!(group.people <= now.people, "{}", group.group);
                }
            }
        }
    }
}
