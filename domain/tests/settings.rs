//! What an organisation may set for itself.

use ehia_domain::{
    check::rules,
    settings::{Settings, Severity},
    text::Path,
};

/// The code and path with which settings are refused.
fn refused(settings: &Settings) -> Option<(String, Path)> {
    settings.check().err().map(|violation| (violation.code, violation.path))
}

#[test]
fn a_consequence_that_is_significant_lies_on_the_scale() {
    let path = Path::of(["settings", "significantConsequence"]);
    for steps in [5, 4] {
        let mut settings = Settings::default();
        settings.scale.consequence.truncate(steps);
        for step in 0..=7 {
            settings.significant_consequence = step;
            let off = !(1..=steps).contains(&usize::from(step));
            assert_eq!(
                refused(&settings),
                off.then(|| ("OFF_SCALE".into(), path.clone())),
                "{step} of {steps}"
            );
        }
    }
}

#[test]
fn only_severities_that_would_be_as_they_are_written_can_be_saved() {
    assert!(rules().iter().any(|rule| !rule.may_block()));
    for rule in rules() {
        for &wished in Severity::ALL {
            let mut settings = Settings::default();
            settings.severities.insert(rule.id.into(), wished);
            let lost = rule.severity_in(&settings) != wished;
            let path = Path::of(["settings", "severities", rule.id]);
            assert_eq!(refused(&settings), lost.then(|| ("INVALID".into(), path)), "{} {wished}", rule.id);
        }
    }
}

#[test]
fn a_severity_is_of_a_rule_that_there_is() {
    let mut settings = Settings::default();
    settings.severities.insert("impact.imagined".into(), Severity::Warning);
    let path = Path::of(["settings", "severities", "impact.imagined"]);
    assert_eq!(refused(&settings), Some(("NOT_FOUND".into(), path)));
}

#[test]
fn the_seats_of_a_quorum_can_be_filled_by_its_members() {
    let said = |quorum: u32, seats: &[&[&str]]| {
        let seats = seats.iter().map(|any| any.iter().map(ToString::to_string).collect()).collect();
        let settings = Settings { quorum, quorum_seats: seats, ..Settings::default() };
        settings
            .check()
            .err()
            .map(|violation| (violation.path.to_string(), violation.code, violation.message))
    };
    let at = |quorum: u32, seats: &[&[&str]]| said(quorum, seats).map(|(path, code, _)| (path, code));
    let refused = |path: &str, code: &str| Some((path.to_owned(), code.to_owned()));
    assert_eq!(at(1, &[]), None, "none are asked for");
    assert_eq!(at(2, &[&["chair"], &["equality"], &["clinical", "public health"]]), None);
    assert_eq!(at(4, &[&["clinical"], &["clinical"]]), None, "two of a kind");
    assert_eq!(at(4, &[&["chair", " "]]), refused("settings/quorumSeats/0/1", "REQUIRED"));
    assert_eq!(at(4, &[&["chair"], &[]]), refused("settings/quorumSeats/1", "INVALID"));
    assert_eq!(at(4, &[&["a"; 11]]), refused("settings/quorumSeats/0", "INVALID"));
    assert_eq!(at(9, &[&["lay member"][..]; 11]), refused("settings/quorumSeats", "TOO_MANY"));
    assert_eq!(at(4, &[&["chair, equality"]]), refused("settings/quorumSeats/0/0", "INVALID"));
    assert_eq!(at(4, &[&["chair", "Chair"]]), refused("settings/quorumSeats/0/1", "DUPLICATE"));
    assert_eq!(at(4, &[&["x".repeat(61).as_str()]]), refused("settings/quorumSeats/0/0", "TOO_LONG"));
    let (path, _, message) = said(1, &[&["chair"], &["equality"], &["clinical"]]).unwrap();
    assert_eq!(path, "settings/quorumSeats");
    assert_eq!(
        message,
        "3 seats need 2 people, because one person fills two at most, and the quorum has 1: raise `quorum`, or name fewer seats."
    );
}

#[test]
fn a_new_organisation_gets_the_usual_seats_and_one_that_is_there_keeps_its_own() {
    let usual = Settings::default();
    assert_eq!(
        usual.quorum_seats,
        [vec!["chair", "vice chair"], vec!["equality"], vec!["clinical", "public health"]]
    );
    assert_eq!(Settings::given("{}", None).unwrap(), usual, "every field has a default");
    let before = Settings { quorum_seats: Vec::new(), ..Settings::default() };
    assert_eq!(Settings::given(r#"{"quorum":3}"#, Some(&before)).unwrap().quorum_seats, before.quorum_seats);
    for (known, given) in [(None, "[]"), (Some(&usual), "[]"), (Some(&before), r#"[["finance"]]"#)] {
        let document = format!(r#"{{"quorumSeats":{given}}}"#);
        let seats: Vec<Vec<String>> = serde_json::from_str(given).unwrap();
        assert_eq!(Settings::given(&document, known).unwrap().quorum_seats, seats);
    }
    assert!(Settings::given(r#"{"quorumSeats":null}"#, None).is_err());
    assert!(Settings::given(r#"{"quorumSeat":[]}"#, None).is_err());
    // What was stored before seats were asked for has none of them, and says so when it is stored again.
    assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), before);
    assert_eq!(serde_json::to_value(&before).unwrap()["quorumSeats"], serde_json::json!([]));
}
