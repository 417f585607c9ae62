//! Footprints overlap exactly as their LSOAs do, counted by their codes from the file as it ships.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
};

use flate2::read::GzDecoder;

use super::SHIPPED;

/// Every LSOA with the areas it is part of: the raw file, read without the program.
fn table() -> Vec<Vec<String>> {
    let mut text = String::new();
    GzDecoder::new(&include_bytes!("../../../data/lsoa-2021.tsv.gz")[..]).read_to_string(&mut text).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('E'));
    rows.map(|row| row.split('\t').map(str::to_owned).collect()).collect()
}

/// Numbers that look random and are the same in every run.
fn number(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap()
}

#[test]
fn a_thousand_random_pairs_of_footprints_overlap_as_their_codes_do() {
    let table = table();
    // The LSOA itself, its MSOA, ward and district.
    let mut areas: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &table {
        for column in [0, 2, 3, 4] {
            areas.entry(&row[column]).or_default().insert(&row[0]);
        }
    }
    let mut seed = 20_261_123;
    let mut overlapping = 0;
    for _ in 0..1_000 {
        // Near each other, for two at random lie apart: areas of some LSOAs that follow each other in the file.
        let around = number(&mut seed) % table.len();
        let mut footprint = || -> Vec<&str> {
            let many = 1 + number(&mut seed) % 4;
            let mut near = || {
                let row = &table[(around + number(&mut seed) % 60) % table.len()];
                row[[0, 2, 3, 4][number(&mut seed) % 4]].as_str()
            };
            (0..many).map(|_| near()).collect()
        };
        let (one, other) = (footprint(), footprint());
        let by_code = |codes: &[&str]| -> BTreeSet<&str> {
            codes.iter().flat_map(|code| &areas[code]).copied().collect()
        };
        let slow: BTreeSet<&str> = by_code(&one).intersection(&by_code(&other)).copied().collect();
        let fast = SHIPPED.lsoas(&one).both(&SHIPPED.lsoas(&other));
        assert_eq!(fast.count() as usize, slow.len(), "{one:?} {other:?}");
        let named: BTreeSet<String> =
            fast.iter().map(|ordinal| SHIPPED.gazetteer().lsoas()[ordinal as usize].to_string()).collect();
        assert!(named.iter().map(String::as_str).eq(slow.iter().copied()), "{one:?} {other:?}");
        let union: BTreeSet<&str> = by_code(&one).union(&by_code(&other)).copied().collect();
        let mut both = SHIPPED.lsoas(&one);
        both.extend(&SHIPPED.lsoas(&other));
        assert_eq!(both.count() as usize, union.len());
        overlapping += usize::from(!slow.is_empty());
    }
    assert!((100..1_000).contains(&overlapping), "{overlapping} of a thousand overlap");
}
