//! The cumulative position of a case: when it is one, and how it is told.

use ehia_domain::{
    group::Catalogue,
    rating::Band,
    risk::{Alongside, RatingBasis, Tally},
    settings::Severity,
};
use serde_json::json;

use super::world::{World, others};

const RULE: &str = "cumulative.position";

#[test]
fn the_organisation_says_how_many_come_together() {
    let mut world = World::complete();
    world.alongside = vec![others("disability", 2), others("core20", 1)];
    let told = world.fires(RULE).remove(0);
    assert_eq!((told.severity, told.gate, told.acceptable), (Severity::Warning, None, true));
    assert_eq!((&told.facts["least"], &told.facts["found"]), (&json!(3), &json!(1)));
    assert_eq!(told.facts["alongside"][0]["group"], "disability");
    // The case is one of them.
    for (least, found) in [(2, 2), (3, 1), (4, 0)] {
        world.settings.concentrations.least = least;
        assert_eq!(world.fires(RULE).first().map_or(json!(0), |one| one.facts["found"].clone()), found);
    }
}

#[test]
fn nothing_makes_it_stop_a_step_and_its_name_stays_whatever_it_says() {
    let mut world = World::complete();
    world.settings.severities.insert(RULE.into(), Severity::Blocker);
    world.alongside = vec![others("disability", 2)];
    let told = world.fires(RULE).remove(0);
    assert_eq!(told.severity, Severity::Warning);
    world.alongside = vec![others("disability", 9), others("core20", 4)];
    assert_eq!(world.fires(RULE).remove(0).id, told.id);
}

#[test]
fn what_is_told_is_bounded_and_says_what_is_not_rated() {
    let mut world = World::complete();
    let in_district = |number: usize| Alongside {
        area: format!("E{number:08}"),
        area_name: format!("District {number}"),
        ..others("disability", 3)
    };
    world.alongside = (0..80).map(in_district).collect();
    world.alongside[0].unrated = 1;
    world.alongside[1].gravest = None;
    world.alongside[1].unrated = 3;
    let told = world.fires(RULE).remove(0);
    assert_eq!(told.facts["alongside"].as_array().map(Vec::len), Some(50));
    assert_eq!(told.facts["found"], 80);
    let message = &told.message;
    for words in [
        "disability in District 0 (three others, the gravest rated high, one not rated throughout); ",
        "disability in District 1 (three others, none of them rated); ",
        "; and 75 more like these. ",
    ] {
        assert!(message.contains(words), "{message}");
    }
    assert!(!message.contains("District 5"), "{message}");
}

#[test]
fn counts_of_every_scale_and_standpoint_are_one_position() {
    let contribution = |rating: &str| -> ehia_domain::risk::Contribution {
        let ratings = format!("[{rating},{rating},null,null]");
        let impact = format!(r#"{{"g":["age"],"d":"NEGATIVE","r":{ratings}}}"#);
        let good = r#"{"g":["age"],"d":"POSITIVE","r":[["EXTREME",5,5],["EXTREME",5,5],null,null]}"#;
        let text = format!(r#"{{"s":"PENDING","k":"nhs","i":[{impact},{good}]}}"#);
        serde_json::from_str(&text).expect("a contribution")
    };
    let of = |ratings: &[&str]| {
        let mut tally = Tally::default();
        for rating in ratings {
            tally.count(&contribution(rating), &[0, 1], 1);
        }
        tally
    };
    let tallies = [of(&[r#"["LOW",1,2]"#, "null"]), of(&[r#"["HIGH",3,4]"#])];
    let told = Alongside::of("age", ("E07000148", "Norwich"), tallies.iter()).expect("three cases");
    assert_eq!((told.cases, told.unrated, told.gravest), (3, 1, Some(Band::High)));
    let mut without = tallies[1].clone();
    without.add(&of(&[r#"["HIGH",3,4]"#]), -1);
    assert_eq!(without.maximum(RatingBasis::Current), None);
    assert_eq!(Alongside::of("age", ("E07000148", "Norwich"), [without].iter()), None);

    let mut ranked =
        vec![others("c", 1), others("b", 4), Alongside { gravest: None, ..others("d", 9) }, others("a", 4)];
    Alongside::rank(&mut ranked);
    assert_eq!(ranked.iter().map(|one| one.group.as_str()).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
}

#[test]
fn what_is_told_of_part_of_a_group_is_not_told_again_of_the_group() {
    let there = |group: &str, area: &str, cases| Alongside { area: area.into(), ..others(group, cases) };
    let mut found = vec![
        there("disability", "E07000143", 3),
        there("disability.autism", "E07000143", 2),
        there("disability", "E07000145", 2),
        there("disability.autism", "E07000145", 2),
        there("age", "E07000145", 2),
    ];
    Alongside::tell_once(&mut found, &Catalogue::shipped());
    let told: Vec<(&str, &str)> = found.iter().map(|one| (one.group.as_str(), one.area.as_str())).collect();
    assert_eq!(
        told,
        [
            ("disability", "E07000143"),
            ("disability.autism", "E07000143"),
            ("disability.autism", "E07000145"),
            ("age", "E07000145")
        ]
    );
}
