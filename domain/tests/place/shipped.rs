//! What ships: rows, sums and checksums, and what is not told of some places.

use ehia_domain::{
    canonical,
    group::Catalogue,
    place::{Code, Sheet, shipped::FILES},
    settings::Notable,
};

use super::{SHIPPED, profile, sound};

#[test]
fn what_ships_is_what_data_readme_says() {
    let readme = include_str!("../../../data/README.md");
    let mut bytes = 0;
    for (file, content) in FILES {
        let sheet = Sheet::read(file, content).unwrap();
        let rows = sheet.rows().count();
        assert_eq!(rows, sheet.manifest.rows, "{file}");
        let line = readme.lines().find(|line| line.starts_with(&format!("| `{file}` ")));
        let line = line.unwrap_or_else(|| panic!("data/README.md does not speak of {file}"));
        assert!(line.contains(&canonical::sha256(content)), "{file}: {}", canonical::sha256(content));
        assert!(line.contains(&grouped(rows)), "{file}: {rows}");
        assert!(sheet.manifest.licence.contains("Licence"), "{file}");
        bytes += content.len();
    }
    assert!(bytes < 8_000_000, "{bytes} bytes");
}

fn grouped(number: usize) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

#[test]
fn every_measure_counts_a_group_of_the_catalogue_in_england() {
    let england = sound(&["E92000001"], "IMD 2025");
    let groups = Catalogue::shipped();
    for group in &england.groups {
        assert!(groups.find(&group.group).is_some(), "{}", group.group);
        assert!(group.people > 0 && group.people <= group.of, "{}", group.group);
        assert!((group.ratio - 1.0).abs() < 1e-9, "{}: {}", group.group, group.ratio);
    }
    assert_eq!(england.groups.len(), 36);
    assert_eq!(england.indicators.len(), 5);
    assert_eq!(england.people, 56_490_056);
}

#[test]
fn the_coast_is_not_told_of_london() {
    assert!(profile(&["E09000012"], None).unwrap().group("other.coastal").is_none());
    assert!(profile(&["E12000007"], None).unwrap().group("other.coastal").is_none());
    let both = profile(&["E12000007", "E07000145"], None).unwrap();
    let alone = profile(&["E07000145"], None).unwrap();
    let (both, alone) = (both.group("other.coastal").unwrap(), alone.group("other.coastal").unwrap());
    assert_eq!((both.people, both.of), (alone.people, alone.of));
    assert!(alone.people > 50_000, "Great Yarmouth is on the coast");
}

#[test]
fn gender_identity_is_not_told_of_small_places() {
    assert!(sound(&["E54000022"], "IMD 2025").group("gender_reassignment").is_some());
    for small in ["E07000145", "E02005551", "E01026500"] {
        let Ok(population) = profile(&[small], None) else { continue };
        assert!(population.group("gender_reassignment").is_none(), "{small}");
    }
    let lsoa = SHIPPED.gazetteer().lsoas()[0].to_string();
    let one = profile(&[&lsoa], None).unwrap();
    assert!(one.group("sexual_orientation").is_none(), "a part of an MSOA says nothing of it");
}

#[test]
fn boards_that_ended_are_told_as_they_were_with_their_successors() {
    let find = |code: &str| SHIPPED.gazetteer().find(Code::parse(code).unwrap()).unwrap();
    let board = find("E54000022");
    assert_eq!(board.closed, Some("2026-04-01".parse().unwrap()));
    assert_eq!(board.successors, [Code::parse("E54000068").unwrap()]);
    assert!(sound(&["E54000022"], "IMD 2025").notes[0].contains("NHS Norfolk and Suffolk"));
    let frimley = sound(&["E54000034"], "IMD 2025");
    assert_eq!(find("E54000034").successors.len(), 3);
    assert_eq!(frimley.lsoas, 455);
    for code in ["E54000069", "E54000070"] {
        let refused = profile(&[code], None).unwrap_err();
        assert_eq!(refused.code, "UNDIVIDED");
        assert!(refused.message.contains("Frimley"), "{refused}");
    }
    let hampshire = sound(&["E54000042"], "IMD 2025");
    assert_eq!(hampshire.lsoas, 1_126);
    assert!(hampshire.notes[0].contains("Frimley"), "{:?}", hampshire.notes);
    assert_eq!(sound(&["E54000068"], "IMD 2019").core20_people, {
        let (one, two) = (sound(&["E54000022"], "IMD 2019"), sound(&["E54000068"], "IMD 2019"));
        assert!(two.people > one.people);
        two.core20_people
    });
}

#[test]
fn codes_of_2011_are_mapped_and_the_answer_says_where_the_place_grew() {
    // South Somerset ended in 2023; its LSOAs are known.
    let ended = sound(&["E07000189"], "IMD 2019");
    assert!(ended.people > 160_000 && ended.notes[0].contains("Somerset"), "{:?}", ended.notes);
    let now = sound(&["E07000189"], "IMD 2025");
    assert!(now.people > 165_000);
    // E01008187 was redrawn irregularly.
    let redrawn = sound(&["E01008187"], "IMD 2025");
    assert!(redrawn.notes.iter().any(|note| note.contains("redrawn")), "{:?}", redrawn.notes);
    let before = sound(&["E01008187"], "IMD 2019");
    assert_eq!(before.lsoas, 1);
    let note = "E01008187) was redrawn in 2021: IMD 2019 counts it as it was, and the census counts its LSOAs of today";
    assert!(before.notes.iter().any(|told| told.contains(note)), "{:?}", before.notes);
    assert!(now_reaches_beyond(&redrawn.notes) && !now_reaches_beyond(&before.notes));
    // E01000048 was merged with its neighbour: it is mapped to an LSOA that has both.
    let merged = sound(&["E01000048"], "IMD 2025");
    let told: Vec<_> = merged.notes.iter().filter(|note| note.contains("(E01000048) was redrawn")).collect();
    assert_eq!((merged.lsoas, told.len()), (1, 1), "{:?}", merged.notes);
    assert!(now_reaches_beyond(&merged.notes));
    let alone = sound(&["E01000048"], "IMD 2019");
    assert_eq!(alone.lsoas, 1);
    assert!(
        alone.notes.iter().any(|note| note.contains("IMD 2019 counts it as it was")),
        "{:?}",
        alone.notes
    );
    assert!(alone.people < merged.people, "{} of {}", alone.people, merged.people);
    let split = profile(&["E01035624"], Some("IMD 2019")).unwrap_err();
    assert_eq!(split.code, "SPLIT");
    assert!(split.message.contains("E01008187"), "{split}");
}

fn now_reaches_beyond(notes: &[String]) -> bool {
    notes.iter().any(|note| note.contains("its LSOAs of today, which are counted here"))
}

#[test]
fn what_is_not_known_is_refused_with_its_reason() {
    let refused = |codes: &[&str], edition| profile(codes, edition).unwrap_err();
    assert_eq!(refused(&["E07009999"], None).code, "UNKNOWN_AREA");
    assert_eq!(refused(&["nowhere"], None).code, "UNKNOWN_AREA");
    assert_eq!(refused(&["E07000145", "W06000001"], None).code, "UNKNOWN_AREA");
    assert_eq!(refused(&[], None).code, "NO_AREAS");
    let edition = refused(&["E07000145"], Some("IMD 2031"));
    assert_eq!(edition.code, "UNKNOWN_EDITION");
    assert!(edition.message.contains("IMD 2025, IMD 2019"), "{edition}");
}

#[test]
fn a_place_of_which_part_cannot_be_told_is_told_without_it() {
    let told = |codes: &[&str], edition: Option<&str>| {
        let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
        SHIPPED.told(&codes, edition, &Notable::default())
    };
    let norfolk = sound(&["E54000022"], "IMD 2025");
    for parted in ["E54000069", "E54000070"] {
        let part = told(&[parted, "E54000022", parted], None);
        assert_eq!(part.untold.unwrap().code, "UNDIVIDED");
        let population = part.population.unwrap();
        assert_eq!((population.people, population.core20_people), (norfolk.people, norfolk.core20_people));
        assert_eq!(population.groups, norfolk.groups);
        let name = SHIPPED.gazetteer().name(Code::parse(parted).unwrap());
        assert_eq!(population.without, [name.as_str()]);
        let note = population.notes.last().unwrap();
        assert!(note.starts_with(&format!("Counted without {name}")), "{note}");
        // Asked for alone, nothing of it can be told, and the API is told why.
        let alone = told(&[parted], None);
        assert_eq!((alone.population, alone.untold.unwrap().code), (None, "UNDIVIDED"));
        assert_eq!(profile(&[parted, "E54000022"], None).unwrap_err().code, "UNDIVIDED");
    }
    let split = told(&["E01035624", "E07000145"], Some("IMD 2019"));
    let yarmouth = sound(&["E07000145"], "IMD 2019");
    assert_eq!(split.untold.unwrap().code, "SPLIT");
    assert_eq!(split.population.unwrap().people, yarmouth.people);
    // All that can be told is told as it is asked for, and what nobody knows is no place.
    let whole = told(&["E54000022"], None);
    assert_eq!((whole.population, whole.untold), (Some(norfolk), None));
    let unknown = told(&["E54000022", "E07009999"], None);
    assert_eq!((unknown.population, unknown.untold.unwrap().code), (None, "UNKNOWN_AREA"));
}
