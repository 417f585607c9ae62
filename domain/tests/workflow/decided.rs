//! What a decision rests on was there when the body met. All synthetic.

use ehia_domain::{
    calendar::{Moment, day_in_london},
    party::Party,
    permission::Role,
    review::Recommendation,
    text::Path,
    workflow::{
        definition::Workflow,
        engine::{Blocker, Request},
        process::content_changed,
    },
};

use serde_json::{Value, json};

use super::world::*;

fn met(world: &World, transition: &str, on: &str) -> Request {
    let mut request = world.request(transition);
    request.decision.as_mut().unwrap().meeting = day(on);
    request
}

fn told(world: &World, transition: &str, on: &str, by: u128) -> Vec<Blocker> {
    world.blocked(&met(world, transition, on), by)
}

#[test]
fn nobody_decides_before_the_panel_concluded() {
    for transition in ["proceed", "stop", "defer_decision"] {
        let mut world = World::ehia().reviewed();
        world.later("2026-02-09");
        world.step("approve", CHAIR);
        world.later("2026-02-20");
        let early = told(&world, transition, "2026-02-08", BODY);
        assert_eq!(early.len(), 1, "{early:?}");
        assert_eq!(
            (early[0].code.as_str(), &early[0].path),
            ("TOO_EARLY", &Path::of(["decision", "meeting"]))
        );
        assert!(early[0].message.contains("Give 2026-02-09 or a later day"), "{early:?}");
        assert_eq!(told(&world, transition, "2026-02-09", BODY), [], "on the same day");
    }
}

#[test]
fn the_day_of_a_conclusion_is_that_of_london() {
    let mut world = World::ehia().reviewed();
    // Half past eleven in the evening by UTC is the next day in London in summer.
    world.moment = Moment { at: "2026-07-01T23:30:00Z".parse().unwrap(), today: day("2026-07-02") };
    assert_eq!(day_in_london(world.moment.at), world.moment.today);
    world.case = {
        let mut request = world.request("not_support");
        request.comment = Some("Because.".into());
        world.try_apply(&request, &actor(CHAIR)).unwrap().case
    };
    assert_eq!(world.case.process.outcomes[0].recommendation, Recommendation::NotSupport);
    assert_eq!(told(&world, "proceed", "2026-07-01", BODY)[0].code, "TOO_EARLY");
    assert_eq!(told(&world, "proceed", "2026-07-02", BODY), []);
}

#[test]
fn where_no_panel_concluded_nobody_decides_before_the_revision_was_frozen() {
    let mut numbers = (1..).map(|number| {
        let mut world = World::of(Workflow::shipped("screening", 2).unwrap().clone());
        world.case.id = uuid::Uuid::from_u128(number).into();
        world.later("2026-02-04");
        world.step("submit", AUTHOR);
        world.later("2026-02-10");
        world
    });
    let undrawn = |world: &World| world.codes(&world.request("screen_out"), LEAD).is_empty();
    let world = numbers.find(undrawn).unwrap();
    assert_eq!(world.case.process.frozen_on, Some(day("2026-02-04")));
    let early = told(&world, "screen_out", "2026-02-03", LEAD);
    assert_eq!(early[0].code, "TOO_EARLY");
    assert!(early[0].message.contains("2026-02-04"), "{early:?}");
    assert_eq!(told(&world, "screen_out", "2026-02-04", LEAD), []);
}

#[test]
fn what_was_concluded_before_a_reopening_is_no_conclusion_on_what_came_after() {
    let mut world = World::of(Workflow::shipped("ehia", 3).unwrap().clone()).approved();
    world.later("2026-02-05");
    world.step("reexamine", CHAIR);
    world.later("2026-02-12");
    world.step("resubmit", AUTHOR);
    world.review();
    world.later("2026-02-16");
    world.step("approve", CHAIR);
    assert_eq!(told(&world, "proceed", "2026-02-12", BODY)[0].code, "TOO_EARLY");
    assert_eq!(told(&world, "proceed", "2026-02-16", BODY), []);
}

#[test]
fn what_was_no_longer_current_when_the_body_met_is_not_decided() {
    let mut world = World::ehia().approved();
    let approved = world.case.clone();
    world.later("2026-02-05");
    let mut edited = world.case.clone();
    (edited.revision, edited.frozen) = (2, false);
    edited.content.title = "Another title".into();
    let paths = [Path::of(["title"])];
    world.case = content_changed(&world.case, &edited, &paths, |_| false, &world.context()).case;
    world.later("2026-02-10");
    assert_eq!(told(&world, "proceed", "2026-02-10", BODY), []);
    // The case as it was before the panel, with the day of the change that stays known of it.
    let mut earlier = approved;
    earlier.process.edited_on = world.case.process.edited_on;
    world.case = earlier;
    let late = told(&world, "proceed", "2026-02-06", BODY);
    assert_eq!((late.len(), late[0].code.as_str()), (1, "CHANGED_BEFORE_MEETING"), "{late:?}");
    assert_eq!(told(&world, "proceed", "2026-02-05", BODY), [], "on the day of the change it may be either");
    assert_eq!(told(&world, "proceed", "2026-02-04", BODY), []);
}

#[test]
fn a_sponsor_who_sits_on_the_body_stands_in_the_record() {
    let decided = |sponsor: Party, by: u128, present: Option<Party>| {
        let mut world = World::ehia();
        world.case.content.sro = Some(sponsor);
        let mut world = world.approved();
        let mut request = world.request("proceed");
        request.decision.as_mut().unwrap().present.extend(present);
        let applied = world.try_apply(&request, &with_roles(by, &[Role::DecisionMaker])).unwrap();
        let frozen = applied.record.unwrap().document()["decision"]["sponsorSat"].clone();
        assert_eq!(applied.happenings.last().unwrap().payload["sponsorSat"], frozen);
        let decision = &applied.case.process.decisions[0];
        assert_eq!(decision.told().contains("senior responsible officer sat"), decision.sponsor_sat);
        assert_eq!(json!(decision)["sponsorSat"], frozen);
        (decision.sponsor_sat, frozen)
    };
    let account = || Party::person(person(SRO));
    // What does not hold is not said, so that older records are the same to the byte.
    let (sat, not) = ((true, json!(true)), (false, Value::Null));
    assert_eq!(decided(account(), BODY, None), not);
    assert_eq!(decided(account(), BODY, Some(Party::person(person(LEAD)))), not);
    assert_eq!(decided(account(), BODY, Some(account())), sat, "who was present");
    assert_eq!(decided(account(), SRO, None), sat, "who recorded it");
    assert_eq!(decided(Party::named("S. Ponsor"), BODY, None), not);
    assert_eq!(decided(Party::named("S. Ponsor"), BODY, Some(Party::named("s. ponsor"))), sat);
}
