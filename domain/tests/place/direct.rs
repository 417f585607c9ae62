//! Every board, district and region, and England, counted from the files by hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
};

use ehia_domain::place::{Population, shipped::FILES};

use super::{profile, sound};

/// The rows of a shipped file, each a map from heading to cell. Nothing of the program is used.
fn table(file: &str) -> Vec<BTreeMap<String, String>> {
    let (_, bytes) = FILES.iter().find(|(name, _)| *name == file).expect("a shipped file");
    let mut text = String::new();
    flate2::read::GzDecoder::new(*bytes).read_to_string(&mut text).expect("text");
    let mut lines = text.lines().skip_while(|line| line.starts_with('#'));
    let header: Vec<&str> = lines.next().expect("a header").split('\t').collect();
    lines
        .map(|line| {
            header.iter().map(|own| (*own).to_owned()).zip(line.split('\t').map(str::to_owned)).collect()
        })
        .collect()
}

type Counted = (u32, u32, u32, u32);

fn count<'a>(index: &BTreeMap<String, (bool, u32)>, lsoas: impl IntoIterator<Item = &'a String>) -> Counted {
    lsoas.into_iter().fold((0, 0, 0, 0), |(people, core20, lsoas, deprived), lsoa| {
        let (is, living) = index[lsoa];
        let own = if is { living } else { 0 };
        (people + living, core20 + own, lsoas + 1, deprived + u32::from(is))
    })
}

fn index(file: &str) -> BTreeMap<String, (bool, u32)> {
    let rows = table(file).into_iter();
    rows.map(|row| {
        let decile: u32 = row["decile"].parse().unwrap();
        (row["lsoa"].clone(), (decile <= 2, row["people"].parse().unwrap()))
    })
    .collect()
}

fn told(population: &Population) -> Counted {
    (population.people, population.core20_people, population.lsoas, population.core20_lsoas)
}

type Members = BTreeMap<String, BTreeSet<String>>;

fn members(rows: &[BTreeMap<String, String>], column: &str) -> Members {
    let mut members = Members::new();
    for row in rows.iter().filter(|row| !row[column].is_empty()) {
        members.entry(row[column].clone()).or_default().insert(row["lsoa"].clone());
    }
    members
}

#[test]
fn every_board_district_and_region_and_england_is_counted_exactly_in_2025() {
    let (lsoas, index) = (table("lsoa-2021.tsv.gz"), index("imd-2025.tsv.gz"));
    for (column, number) in [("icb", 42), ("district", 296), ("region", 9), ("sub_icb", 106), ("county", 21)]
    {
        let members = members(&lsoas, column);
        assert_eq!(members.len(), number, "{column}");
        for (code, own) in &members {
            assert_eq!(told(&sound(&[code], "IMD 2025")), count(&index, own), "{code}");
        }
    }
    assert_eq!(told(&sound(&["E92000001"], "IMD 2025")), count(&index, index.keys()));
}

#[test]
fn every_board_district_and_region_and_england_is_counted_exactly_in_2019() {
    let (now, former, index) =
        (table("lsoa-2021.tsv.gz"), table("lsoa-2011.tsv.gz"), index("imd-2019.tsv.gz"));
    // Boards by their NHS code: some of their ONS codes changed in 2023.
    let areas = table("areas.tsv.gz");
    let nhs: BTreeMap<&str, &str> =
        areas.iter().map(|area| (area["code"].as_str(), area["nhs"].as_str())).collect();
    let boards = members(&former, "icb");
    let by_nhs: BTreeMap<&str, &BTreeSet<String>> =
        boards.iter().map(|(code, own)| (nhs[code.as_str()], own)).collect();
    for code in members(&now, "icb").keys() {
        assert_eq!(told(&sound(&[code], "IMD 2019")), count(&index, by_nhs[nhs[code.as_str()]]), "{code}");
    }
    let mut forwards: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mapping = table("lsoa-2011-to-2021.tsv.gz");
    for row in &mapping {
        forwards.entry(&row["former"]).or_default().insert(&row["lsoa"]);
    }
    let within = |own: &BTreeSet<String>| -> BTreeSet<String> {
        let own: BTreeSet<&str> = own.iter().map(String::as_str).collect();
        let whole = forwards.iter().filter(|(_, parts)| parts.is_subset(&own));
        whole.map(|(former, _)| (*former).to_owned()).collect()
    };
    let districts = members(&former, "district");
    let mut made_since = 0;
    for (code, own) in &members(&now, "district") {
        let expected = districts.get(code).cloned().unwrap_or_else(|| {
            made_since += 1;
            within(own)
        });
        assert_eq!(told(&sound(&[code], "IMD 2019")), count(&index, &expected), "{code}");
    }
    assert_eq!(made_since, 4, "districts made on 1 April 2023");
    for (code, own) in &members(&now, "region") {
        assert_eq!(told(&sound(&[code], "IMD 2019")), count(&index, &within(own)), "{code}");
    }
    assert_eq!(told(&sound(&["E92000001"], "IMD 2019")), count(&index, index.keys()));
}

#[test]
fn the_known_figures_are_what_they_are() {
    let old = sound(&["E54000022"], "IMD 2019");
    assert_eq!((old.core20_people, old.people, old.lsoas), (163_834, 1_032_661, 611));
    assert_eq!((old.edition.as_str(), old.base.as_str()), ("IMD 2019", "ONS mid-2020"));
    let new = profile(&["E54000022"], None).unwrap();
    assert_eq!((new.core20_people, new.people, new.lsoas), (150_187, 1_032_464, 624));
    assert_eq!((new.edition.as_str(), new.base.as_str()), ("IMD 2025", "Census 2021"));
    let hackney = sound(&["E09000012", "E09000001"], "IMD 2025");
    assert_eq!((hackney.core20_people, hackney.people, hackney.lsoas), (105_371, 267_736, 155));
    let hackney = sound(&["E09000012", "E09000001"], "IMD 2019");
    assert_eq!((hackney.core20_people, hackney.people), (117_075, 291_879));
    assert_eq!(sound(&["E92000001"], "IMD 2019").people, 56_550_138);
    let merged = sound(&["E54000068"], "IMD 2025");
    assert_eq!((merged.lsoas, (merged.core20_share() * 10_000.0).round()), (1_001, 1235.0));
}

#[test]
fn groups_are_counted_against_the_total_of_their_own_table() {
    let lsoas = members(&table("lsoa-2021.tsv.gz"), "icb");
    let sum = |file: &str, columns: &[&str], own: Option<&BTreeSet<String>>| -> u32 {
        let rows = table(file).into_iter().filter(|row| own.is_none_or(|own| own.contains(&row["lsoa"])));
        rows.map(|row| columns.iter().map(|column| row[*column].parse::<u32>().unwrap()).sum::<u32>()).sum()
    };
    let here = sound(&["E54000022"], "IMD 2025");
    let own = &lsoas["E54000022"];
    let disabled = ["disabled_limited_a_lot", "disabled_limited_a_little"];
    let asian = ["asian_bangladeshi", "asian_chinese", "asian_indian", "asian_pakistani", "asian_other"];
    let old = ["age_65_69", "age_70_74", "age_75_79", "age_80_84", "age_85plus"];
    let care = ["care_9h_or_less", "care_10_19h", "care_20_34h", "care_35_49h", "care_50h_plus"];
    for (group, file, columns, of) in [
        ("disability", "census-2021-health.tsv.gz", disabled.as_slice(), "disability_total"),
        ("race.asian", "census-2021-ethnic-group.tsv.gz", &asian, "ethnic_total"),
        ("age.older_people", "census-2021-age-sex.tsv.gz", &old, "age_total"),
        ("sex.female", "census-2021-age-sex.tsv.gz", &["female"], "sex_total"),
        ("religion_belief.muslim", "census-2021-religion.tsv.gz", &["muslim"], "religion_total"),
        ("other.unpaid_carers", "census-2021-health.tsv.gz", &care, "care_total_5plus"),
        (
            "other.limited_english",
            "census-2021-marital-language.tsv.gz",
            &["english_not_well", "english_not_at_all"],
            "english_total_3plus",
        ),
    ] {
        let found = here.group(group).unwrap_or_else(|| panic!("{group}"));
        assert_eq!(found.people, sum(file, columns, Some(own)), "{group}");
        assert_eq!(found.of, sum(file, &[of], Some(own)), "{group}");
        let england = f64::from(sum(file, columns, None)) / f64::from(sum(file, &[of], None));
        assert!((found.england - england).abs() < 1e-12, "{group}");
        assert!((found.ratio - found.share / england).abs() < 1e-12, "{group}");
        assert!(found.source.starts_with("ONS Census 2021"), "{group}: {}", found.source);
    }
}

#[test]
fn figures_of_msoas_are_their_sums_where_a_place_has_whole_ones() {
    // Norfolk's county has whole MSOAs.
    let own: BTreeSet<String> = table("lsoa-2021.tsv.gz")
        .into_iter()
        .filter(|row| row["county"] == "E10000020")
        .map(|row| row["msoa"].clone())
        .collect();
    let rows: Vec<_> =
        table("census-2021-msoa.tsv.gz").into_iter().filter(|row| own.contains(&row["msoa"])).collect();
    let sum = |column: &str| rows.iter().map(|row| row[column].parse::<u32>().unwrap()).sum::<u32>();
    let norfolk = sound(&["E10000020"], "IMD 2025");
    let gay = norfolk.group("sexual_orientation.lesbian_gay").unwrap();
    assert_eq!((gay.people, gay.of), (sum("gay_or_lesbian"), sum("orientation_total_16plus")));
    let differs: u64 = rows
        .iter()
        .map(|row| {
            let (adults, millionths) =
                (&row["orientation_total_16plus"], &row["gender_identity_differs_ppm"]);
            adults.parse::<u64>().unwrap() * millionths.parse::<u64>().unwrap()
        })
        .sum();
    let found = norfolk.group("gender_reassignment").unwrap();
    assert!(u64::from(found.people).abs_diff(differs / 1_000_000) <= 1, "{}", found.people);
}
