//! Whom edits name, and who wrote.

use ehia_domain::permission::was_party;

use super::*;

fn by(who: u128, case: &Case, edits: &[Edit]) -> Case {
    try_by(uuid(who).into(), case, edits, case.version, &mut people::supply(0x1000)).unwrap().case
}

fn barred(case: &Case, who: u128) -> bool {
    was_party(case, uuid(who).into())
}

#[test]
fn whoever_wrote_in_it_is_kept_when_they_are_no_longer_named() {
    let mut case = case();
    case.content.contributors = vec![uuid(72).into(), uuid(73).into()];
    let wrote = by(72, &case, &[Edit::Title("Another title".into())]);
    let left = after(&wrote, &[Edit::Contributors(json!([]))]);
    assert!(barred(&left, 72) && !barred(&left, 73));
    let at_once = by(72, &case, &[Edit::Title("Another title".into()), Edit::Contributors(json!([]))]);
    assert!(barred(&at_once, 72), "who writes and leaves in one edit wrote");
    let stored = serde_json::to_value(&left.process).unwrap();
    assert_eq!(serde_json::from_value::<ehia_domain::case::Process>(stored).unwrap(), left.process);
}

#[test]
fn whoever_was_named_by_mistake_and_had_no_hand_in_it_is_free_again() {
    let named =
        after(&case(), &[Edit::Contributors(json!([uuid(72)])), Edit::Sro(json!({"person": uuid(74)}))]);
    let named = after(&named, &[Edit::Title("The author goes on writing".into())]);
    assert!(barred(&named, 72) && barred(&named, 74), "as long as they are named");
    let left = by(72, &named, &[Edit::Contributors(json!([])), Edit::Sro(Value::Null)]);
    assert!(!barred(&left, 72) && !barred(&left, 74), "to say who is named is not to write");
    assert!(barred(&left, people::AUTHOR), "the author is, whatever happens");
}

#[test]
fn nobody_is_taken_off_the_panel_by_being_named() {
    let mut case = case();
    let member = case.process.panel.as_ref().unwrap().members[0].person;
    for (edit, path) in [
        (Edit::Contributors(json!([uuid(80), member])), "contributors/1"),
        (Edit::Sro(json!({"person": member})), "sro/person"),
    ] {
        let told = &wrong(&case, &[edit])[0];
        assert_eq!((told.code.as_str(), told.path.to_string()), ("ON_THE_PANEL", path.into()));
    }
    // Whom it names already stays in it, or nothing else could be edited.
    case.content.contributors = vec![member];
    after(&case, &[Edit::Contributors(json!([member, uuid(80)]))]);
}

#[test]
fn an_edit_knows_where_it_names_a_party() {
    let id = Uuid::from_u128(7);
    let element = |list, id, fields: Value| Edit::Element {
        list,
        id,
        fields: fields.as_object().cloned().unwrap_or_default(),
    };
    let party = json!({ "name": "A. Nother" });
    let own = format!("mitigations/{id}/owner");
    for (mut edit, path) in [
        (Edit::Sro(party.clone()), Some("sro")),
        (Edit::Sro(Value::Null), None),
        (element(List::Mitigations, Some(id), json!({ "owner": party })), Some(own.as_str())),
        (element(List::Mitigations, None, json!({ "owner": null, "action": "x" })), None),
        (
            element(List::Interdependencies, None, json!({ "partner": party })),
            Some("interdependencies/partner"),
        ),
        (
            element(List::Impacts, None, json!({ "openQuestion": { "owner": party } })),
            Some("impacts/openQuestion/owner"),
        ),
        (element(List::Impacts, None, json!({ "openQuestion": null })), None),
        (element(List::Evidence, None, json!({ "owner": party })), None),
        (Edit::Title("x".into()), None),
    ] {
        let named = edit.party_mut();
        assert_eq!(named.as_ref().map(|(path, _)| path.to_string()).as_deref(), path);
        assert!(named.is_none_or(|(_, named)| *named == party));
    }
}
