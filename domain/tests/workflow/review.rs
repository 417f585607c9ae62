//! A review is of the revision it was made on, then and later.

use ehia_domain::workflow::engine::Applied;
use serde_json::Value;

use super::world::*;

/// Reviewed by everybody at its first revision, on which the panel concluded nothing; before the panel at its second.
fn at_the_second_revision() -> World {
    let mut world = World::ehia().reviewed();
    world.case.revision = 2;
    world.case.process.submitted_revision = Some(2);
    world
}

fn reviews(applied: &Applied) -> Vec<(u64, Value)> {
    let record = applied.record.as_ref().unwrap().document();
    let of = |review: &Value| (review["revision"].as_u64().unwrap(), review["reviewer"].clone());
    record["reviews"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn reviews_of_an_earlier_revision_count_towards_no_later_quorum() {
    let mut world = at_the_second_revision();
    assert_eq!(world.codes(&world.request("approve"), CHAIR), ["QUORUM"; 4], "four members, and three seats");
    for number in 0..3 {
        world.review_by(MEMBER + number).unwrap();
    }
    let told = world.blocked(&world.request("approve"), CHAIR);
    assert!(told[0].message.contains("reviewed revision 2; 3 did so far"), "{told:#?}");
}

#[test]
fn a_later_record_has_them_as_reviews_of_that_revision() {
    let mut world = at_the_second_revision();
    world.review();
    let applied = world.step("approve", CHAIR);
    assert_eq!(applied.record.as_ref().unwrap().document()["revision"], 2);
    let told = reviews(&applied);
    for revision in [1, 2] {
        let by: std::collections::BTreeSet<_> =
            told.iter().filter(|(of, _)| *of == revision).map(|(_, by)| by.to_string()).collect();
        assert_eq!(by.len(), 4, "one of each member, of revision {revision}");
    }
    assert_eq!(told.len(), 8);
}
