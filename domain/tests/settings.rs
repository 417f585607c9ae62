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
