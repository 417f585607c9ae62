//! Scales and thresholds are data; scores are counted and compared.

use ehia_domain::{
    rating::{Band, Level, Rating, Scale, Threshold},
    settings::Settings,
    text::Path,
};
use proptest::prelude::*;
use serde_json::json;

fn rating(likelihood: u8, consequence: u8) -> Rating {
    Rating { likelihood, consequence }
}

fn steps(count: usize) -> Vec<Level> {
    (1..=count).map(|step| Level { label: format!("Step {step}"), meaning: String::new() }).collect()
}

fn scale(likelihood: usize, consequence: usize, bands: &[(Band, u16)]) -> Scale {
    Scale {
        key: "own".into(),
        title: "Own".into(),
        likelihood: steps(likelihood),
        consequence: steps(consequence),
        bands: bands.iter().map(|(band, from)| Threshold { band: *band, from: *from }).collect(),
    }
}

/// The band of every score that the scale can give, the lowest first.
fn bands(scale: &Scale) -> Vec<(u16, Band)> {
    let size = |steps: &[Level]| u8::try_from(steps.len()).unwrap();
    let (rows, columns) = (size(&scale.likelihood), size(&scale.consequence));
    let all = (1..=rows).flat_map(|row| (1..=columns).map(move |column| rating(row, column)));
    let mut all: Vec<_> = all.map(|rating| (rating.score(), scale.band(Some(rating)))).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn range(scale: &Scale, band: Band) -> (u16, u16) {
    let all = bands(scale);
    let mut of = all.iter().filter(|(_, found)| *found == band).map(|(score, _)| *score);
    let first = of.next().unwrap();
    (first, of.next_back().unwrap_or(first))
}

/// NPSA, A risk matrix for risk managers (2008).
#[test]
fn the_default_is_the_nhs_five_by_five() {
    let scale = Settings::default().scale;
    scale.check().unwrap();
    assert_eq!(range(&scale, Band::Low), (1, 3));
    assert_eq!(range(&scale, Band::Moderate), (4, 6));
    assert_eq!(range(&scale, Band::High), (8, 12));
    assert_eq!(range(&scale, Band::Extreme), (15, 25));
    let scores: Vec<u16> = bands(&scale).into_iter().map(|(score, _)| score).collect();
    assert_eq!(scores, [1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20, 25]);
}

/// Wiltshire Council's risk matrix: green 3 to 4 (and below), amber 6 to 9, red 12 to 16.
#[test]
fn a_four_by_four_works_by_data_alone() {
    let scale: Scale = serde_json::from_value(json!({
        "key": "four", "title": "Four by four",
        "likelihood": [{"label": "A"}, {"label": "B"}, {"label": "C"}, {"label": "D"}],
        "consequence": [{"label": "A"}, {"label": "B"}, {"label": "C"}, {"label": "D"}],
        "bands": [
            {"band": "LOW", "from": 1}, {"band": "MODERATE", "from": 6}, {"band": "HIGH", "from": 12},
        ],
    }))
    .unwrap();
    Settings { scale: scale.clone(), ..Settings::default() }.check().unwrap();
    assert_eq!(range(&scale, Band::Low), (1, 4));
    assert_eq!(range(&scale, Band::Moderate), (6, 9));
    assert_eq!(range(&scale, Band::High), (12, 16));
    let path = Path::of(["impacts", "x", "initial"]);
    assert!(scale.admits(rating(4, 4), &path).is_ok());
    let refused = scale.admits(rating(4, 5), &path).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.path), ("OFF_SCALE", path.join("consequence")));
    assert!(refused.message.contains("1 to 4") && refused.message.contains('5'), "{}", refused.message);
}

/// Airedale's quality impact assessment: 1 to 8, 9 to 12, 15 to 25.
#[test]
fn other_thresholds_work_by_data_alone() {
    let scale = scale(5, 5, &[(Band::Low, 1), (Band::Moderate, 9), (Band::Extreme, 15)]);
    scale.check().unwrap();
    assert_eq!(range(&scale, Band::Low), (1, 8));
    assert_eq!(range(&scale, Band::Moderate), (9, 12));
    assert_eq!(range(&scale, Band::Extreme), (15, 25));
}

#[test]
fn what_was_not_rated_is_in_no_band() {
    assert_eq!(Settings::default().scale.band(None), Band::Unrated);
}

#[test]
fn a_scale_that_is_none_is_refused_with_the_reason() {
    let low = (Band::Low, 1);
    for (scale, field, says) in [
        (scale(1, 5, &[low]), "likelihood", "two to ten"),
        (scale(5, 11, &[low]), "consequence", "two to ten"),
        (scale(5, 0, &[low]), "consequence", "two to ten"),
        (scale(5, 5, &[]), "bands", "begins at 1"),
        (scale(5, 5, &[(Band::Low, 2)]), "bands", "begins at 1"),
        (scale(5, 5, &[low, (Band::High, 8), (Band::Moderate, 12)]), "bands", "rise from LOW"),
        (scale(5, 5, &[low, (Band::High, 8), (Band::Extreme, 8)]), "bands", "rise from LOW"),
        (scale(5, 5, &[low, (Band::Low, 8)]), "bands", "rise from LOW"),
        (scale(4, 4, &[low, (Band::High, 17)]), "bands", "1 to 16"),
        (scale(5, 5, &[low, (Band::Unrated, 8)]), "bands", "rise from LOW"),
    ] {
        let refused = scale.check().unwrap_err();
        assert_eq!(refused.path, Path::of(["scale", "own", field]), "{scale:?}");
        assert!(refused.message.contains(says), "{}", refused.message);
        assert!(Settings { scale, ..Settings::default() }.check().is_err());
    }
}

#[test]
fn a_band_that_no_score_can_fall_into_is_refused() {
    let refused = scale(5, 5, &[(Band::Low, 1), (Band::Moderate, 13), (Band::High, 15)]).check().unwrap_err();
    assert!(refused.message.contains("MODERATE"), "{}", refused.message);
}

#[test]
fn steps_have_names() {
    let mut unnamed = scale(5, 5, &[(Band::Low, 1)]);
    unnamed.likelihood[2].label = " ".into();
    let refused = unnamed.check().unwrap_err();
    assert_eq!(refused.path, Path::of(["scale", "own", "likelihood", "2", "label"]));
}

proptest! {
    #[test]
    fn a_scale_that_passed_puts_every_rating_into_a_band_that_rises_with_the_score(
        rows in 0_usize..12, columns in 0_usize..12,
        bands in proptest::collection::vec((proptest::sample::select(Band::ALL), 0_u16..30), 0..5),
    ) {
        let scale = scale(rows, columns, &bands);
        if scale.check().is_ok() {
            let all = self::bands(&scale);
            prop_assert!(all.iter().all(|(_, band)| *band != Band::Unrated));
            prop_assert!(all.windows(2).all(|pair| pair[0].1 <= pair[1].1));
            for threshold in &scale.bands {
                prop_assert!(all.iter().any(|(_, band)| *band == threshold.band), "{} is empty", threshold.band);
            }
        }
    }
}
