//! Whatever is edited, in whatever order.

use proptest::prelude::*;

use super::*;

fn text() -> impl Strategy<Value = String> {
    "[a-z]{1,12}"
}

/// Edits with a path of their own each.
fn disjoint() -> impl Strategy<Value = Vec<(Edit, bool)>> {
    let edits = (
        text().prop_map(Edit::Title),
        text().prop_map(|text| proposal(json!({"summary": text}))),
        text().prop_map(|text| proposal(json!({"programme": text, "serviceLine": null}))),
        text().prop_map(|text| Edit::Sro(json!({"name": text}))),
        (80_u128..89).prop_map(|person| Edit::Contributors(json!([uuid(person)]))),
        text().prop_map(|text| answer("aims", json!(text))),
        text().prop_map(|text| element(List::Impacts, IMPACT, json!({"rationale": text}))),
        Just(element(List::Impacts, IMPACT, json!({"initial": null}))),
        text().prop_map(|text| element(List::Evidence, EVIDENCE, json!({"title": text}))),
        Just(Edit::Remove(uuid(OTHER_IMPACT))),
        text().prop_map(|text| new(List::Evidence, json!({"title": text, "kind": "DATA"}))),
        text().prop_map(|text| {
            new(List::Impacts, json!({"groups": ["sex"], "direction": "POSITIVE", "rationale": text}))
        }),
    )
        .prop_map(|(a, b, c, d, e, f, g, h, i, j, k, l)| vec![a, b, c, d, e, f, g, h, i, j, k, l]);
    (edits, proptest::collection::vec(any::<bool>(), 12))
        .prop_map(|(edits, whose)| edits.into_iter().zip(whose).collect::<Vec<_>>())
        .prop_shuffle()
}

/// The content with its elements in the order of their identifiers.
fn sorted(case: &Case) -> Value {
    let mut document = serde_json::to_value(&case.content).unwrap();
    for list in List::ALL {
        let elements = document[list.as_str()].as_array_mut().unwrap();
        elements.sort_by_key(|element| element["id"].as_str().unwrap().to_owned());
    }
    document
}

fn words() -> impl Strategy<Value = String> {
    let known = [
        "id",
        "format",
        "title",
        "groups",
        "direction",
        "initial",
        "likelihood",
        "evidence",
        "impacts",
        "reliances",
        "unknown",
        "low",
        "basis",
        "name",
        "",
        "answers",
        "aims",
        "key_evidence",
        "psed",
        "footprint",
        "saving",
    ];
    prop_oneof![proptest::sample::select(known.to_vec()).prop_map(str::to_owned), ".{0,6}"]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!(i64::MIN)),
        ".{0,12}".prop_map(Value::from),
        proptest::sample::select(vec!["NEGATIVE", "E07000145", "2026-02-30", "\0", "age", "12.50"])
            .prop_map(Value::from),
        proptest::sample::select(vec![IMPACT, EVIDENCE, RELIANCE, NONE])
            .prop_map(|number| json!(uuid(number))),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(words(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn arbitrary() -> impl Strategy<Value = Edit> {
    let map = || {
        proptest::collection::btree_map(words(), values(), 0..4)
            .prop_map(|map| map.into_iter().collect::<Map<String, Value>>())
    };
    let ids = || {
        proptest::sample::select(vec![IMPACT, OTHER_IMPACT, EVIDENCE, ENGAGEMENT, MITIGATION, RELIANCE, NONE])
    };
    prop_oneof![
        ".{0,20}".prop_map(Edit::Title),
        map().prop_map(Edit::Proposal),
        values().prop_map(Edit::Contributors),
        values().prop_map(Edit::Sro),
        (words(), values()).prop_map(|(question, value)| Edit::Answer { question, value }),
        (proptest::sample::select(List::ALL), proptest::option::of(ids()), map())
            .prop_map(|(list, id, fields)| Edit::Element { list, id: id.map(uuid), fields }),
        ids().prop_map(|id| Edit::Remove(uuid(id))),
    ]
}

proptest! {
    #[test]
    fn two_people_s_edits_to_different_paths_come_to_the_same_in_either_order(edits in disjoint()) {
        let case = case();
        let of = |whose: bool| -> Vec<Edit> {
            edits.iter().filter(|(_, mine)| *mine == whose).map(|(edit, _)| edit.clone()).collect()
        };
        let (mine, theirs) = (of(true), of(false));
        let both = |first: &[Edit], from: u128, second: &[Edit], then: u128| {
            let once = try_with(&case, first, case.version, &mut people::supply(from)).unwrap().case;
            try_with(&once, second, case.version, &mut people::supply(then)).unwrap().case
        };
        let one = both(&mine, 0xa000, &theirs, 0xb000);
        let other = both(&theirs, 0xb000, &mine, 0xa000);
        prop_assert_eq!(sorted(&one), sorted(&other));
    }

    #[test]
    fn no_edit_panics_and_what_is_kept_is_sound(edits in proptest::collection::vec(arbitrary(), 0..4), expected in 0_u32..5) {
        let case = case();
        match try_apply(&case, &edits, expected) {
            Ok(edited) => {
                prop_assert_eq!(edited.case.content.violations(frame()), vec![]);
                prop_assert!(canonical::bytes(&edited.case.content).is_ok());
                prop_assert_eq!(edited.case.version, case.version + u32::from(!edited.paths.is_empty()));
                prop_assert_eq!(edited.paths.is_empty(), edited.case == case);
                let (was, is) = (json!(case.content), json!(edited.case.content));
                for path in &edited.paths {
                    prop_assert_ne!(at(&was, path), at(&is, path));
                }
            }
            Err(Refused::Invalid(violations) | Refused::Conflict(violations)) => {
                prop_assert!(!violations.is_empty());
            }
        }
    }
}
