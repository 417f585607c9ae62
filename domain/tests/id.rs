//! Identifiers of one noun are never taken for another's.

use ehia_domain::id::{AssessmentId, Identifier, ImpactId, Supply};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

const TEXT: &str = "0192f3a1-7b4c-7d2e-9f00-000000000001";

#[test]
fn a_global_identifier_is_the_noun_and_the_uuid() {
    let id: ImpactId = TEXT.parse::<Uuid>().unwrap().into();
    assert_eq!(id.global(), format!("impact:{TEXT}"));
    assert_eq!(ImpactId::parse(&id.global()), Some(id));
    assert_eq!(id.to_string(), TEXT);
    assert_eq!(json!(id), json!(TEXT), "in documents the noun is known by the field");
}

#[test]
fn another_noun_or_anything_malformed_is_none() {
    let simple = TEXT.replace('-', "");
    for text in [
        format!("assessment:{TEXT}"),
        format!("Impact:{TEXT}"),
        TEXT.to_owned(),
        format!("impact:{simple}"),
        format!("impact:{{{TEXT}}}"),
        format!("impact: {TEXT}"),
        format!("impact:{TEXT} "),
        format!("impact:urn:uuid:{TEXT}"),
        format!("impact:{}", TEXT.replace('0', "g")),
        "impact:".into(),
        ":".into(),
        String::new(),
    ] {
        assert_eq!(ImpactId::parse(&text), None, "{text}");
    }
}

#[test]
fn a_supply_gives_what_it_is_asked_for_in_order() {
    let mut next = 0;
    let mut supply = Supply::new(move || {
        next += 1;
        Uuid::from_u128(next)
    });
    let (first, second): (AssessmentId, ImpactId) = (supply.fresh(), supply.fresh());
    assert_eq!((first.uuid().as_u128(), second.uuid().as_u128()), (1, 2));
}

proptest! {
    #[test]
    fn any_identifier_comes_back_from_its_global_form(number in any::<u128>()) {
        let id = AssessmentId::from(Uuid::from_u128(number));
        prop_assert_eq!(AssessmentId::parse(&id.global()), Some(id));
    }

    #[test]
    fn no_text_panics(text in ".{0,60}") {
        let _ = AssessmentId::parse(&text);
        let _ = AssessmentId::parse(&format!("assessment:{text}"));
    }
}
