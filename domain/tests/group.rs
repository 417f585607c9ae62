//! Groups: the shipped catalogue and an organisation's own.

use ehia_domain::group::{Catalogue, Group, GroupKind};

const NINE: [&str; 9] = [
    "age",
    "disability",
    "gender_reassignment",
    "marriage_civil_partnership",
    "pregnancy_maternity",
    "race",
    "religion_belief",
    "sex",
    "sexual_orientation",
];

fn own(code: &str) -> Group {
    Group {
        code: code.into(),
        name: "Fishing families (synthetic)".into(),
        kind: GroupKind::Other,
        parent: None,
        singly: false,
        source: None,
    }
}

#[test]
fn the_nine_characteristics_and_core20_and_no_others_are_answered_singly() {
    let catalogue = Catalogue::shipped();
    let singly: Vec<_> = catalogue.iter().filter(|group| group.singly).map(|g| g.code.as_str()).collect();
    let wanted: Vec<_> = NINE.into_iter().chain(["core20"]).collect();
    assert_eq!(singly, wanted);
}

#[test]
fn a_dotted_code_lies_below_the_group_its_beginning_names() {
    let catalogue = Catalogue::shipped();
    for group in catalogue.iter() {
        let Some((beginning, _)) = group.code.rsplit_once('.') else { continue };
        if catalogue.find(beginning).is_some() {
            assert_eq!(group.parent.as_deref(), Some(beginning), "{}", group.code);
        }
    }
}

#[test]
fn a_part_is_of_the_kind_of_its_characteristic() {
    let catalogue = Catalogue::shipped();
    for group in catalogue.iter().filter(|g| g.kind == GroupKind::ProtectedCharacteristic) {
        let within = NINE.iter().filter(|nine| catalogue.is_within(&group.code, nine)).count();
        assert_eq!(within, 1, "{}", group.code);
        assert_eq!(group.singly, NINE.contains(&group.code.as_str()), "{}", group.code);
    }
}

#[test]
fn every_shipped_group_names_its_source_and_no_two_have_one_name() {
    let mut names = std::collections::BTreeSet::new();
    for group in Catalogue::shipped().iter() {
        assert!(group.source.as_deref().is_some_and(|source| !source.is_empty()), "{}", group.code);
        assert!(names.insert((group.kind, group.name.clone())), "{}", group.name);
    }
}

#[test]
fn five_clinical_areas_each_for_adults_and_for_children_and_young_people() {
    for prefix in ["clinical.adult.", "clinical.cyp."] {
        let catalogue = Catalogue::shipped();
        let areas: Vec<_> = catalogue.iter().filter(|group| group.code.starts_with(prefix)).collect();
        assert!(areas.iter().all(|group| group.kind == GroupKind::ClinicalArea));
        assert_eq!(areas.len(), 5, "{prefix}");
    }
}

#[test]
fn every_kind_has_groups() {
    for kind in GroupKind::ALL {
        assert!(Catalogue::shipped().iter().any(|group| group.kind == *kind), "{kind}");
    }
}

#[test]
fn an_organisation_adds_groups_of_its_own_behind_the_shipped_ones() {
    let child = Group { parent: Some("other.coastal".into()), ..own("other.coastal.fishing") };
    let catalogue = Catalogue::extended(&[child]).unwrap();
    assert!(catalogue.is_within("other.coastal.fishing", "other.coastal"));
    assert_eq!(catalogue.iter().last().map(|group| group.code.as_str()), Some("other.coastal.fishing"));
}

#[test]
fn a_group_that_clashes_is_refused() {
    let cases = [
        (own("age"), "DUPLICATE"),
        (own("Fishing"), "INVALID"),
        (own(""), "INVALID"),
        (own(&"a".repeat(101)), "INVALID"),
        (Group { name: " ".into(), ..own("other.fishing") }, "REQUIRED"),
        (Group { name: "a".repeat(301), ..own("other.fishing") }, "TOO_LONG"),
        (Group { parent: Some("other.nowhere".into()), ..own("other.fishing") }, "NOT_FOUND"),
        (Group { parent: Some("other.fishing".into()), ..own("other.fishing") }, "NOT_FOUND"),
    ];
    for (group, code) in cases {
        let violation = Catalogue::extended(std::slice::from_ref(&group)).unwrap_err();
        assert_eq!(violation.code, code, "{group:?}");
        assert_eq!(violation.path.0[..2], ["groups", &group.code]);
    }
}

#[test]
fn what_is_on_a_group_counts_for_every_one_that_it_lies_within() {
    let under = |code: &str, parent: &str| Group { parent: Some(parent.into()), ..own(code) };
    let own = [under("other.coastal.fishing", "other.coastal"), under("trawlers", "other.coastal.fishing")];
    let catalogue = Catalogue::extended(&own).unwrap();
    let counted = |codes: &[&str]| {
        catalogue.counted(&codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>()).join(" ")
    };
    assert_eq!(counted(&["trawlers"]), "other.coastal other.coastal.fishing trawlers");
    assert_eq!(
        counted(&["sex.female", "disability.autism", "sex"]),
        "disability disability.autism sex sex.female"
    );
    assert_eq!(counted(&["inclusion.homelessness"]), "inclusion.homelessness plus.inclusion_health");
    assert_eq!((counted(&[]), counted(&["nobody"])), (String::new(), "nobody".into()));
    let below: Vec<&str> = catalogue.below("other.coastal").collect();
    assert_eq!(below, ["other.coastal", "other.coastal.fishing", "trawlers"]);
    // Both ways the same, of every group there is.
    for group in catalogue.iter() {
        for above in catalogue.iter() {
            let counts = catalogue.counted(std::slice::from_ref(&group.code)).contains(&above.code);
            assert_eq!(counts, catalogue.is_within(&group.code, &above.code));
            assert_eq!(counts, catalogue.below(&above.code).any(|code| code == group.code));
        }
    }
}
