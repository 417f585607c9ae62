//! What was heard of a partner elsewhere: what answers it, what edits do to it, and what is no news.

use std::collections::HashMap;

use ehia_domain::{
    case::Case,
    interdependency::{
        Caveat, Heard, Interdependency, InterdependencyKind, ReliancePremise, Target, hear, settle,
        settle_after,
    },
    party::Party,
    workflow::reliance::ConfirmationDraft,
};
use uuid::Uuid;

use super::super::world::{SECRETARY, World, actor, day};
use super::{confirm, draft, reliance, world};

#[test]
fn what_was_heard_is_answered_by_the_newest_word_here_only() {
    // What was heard of 30 January, what was said here before and what is recorded now; whether it holds, and is still to be asked.
    for (heard, before, said, holds, open) in [
        (false, Some((true, "2026-01-20")), (false, "2026-01-10"), None, true),
        (false, Some((true, "2026-01-20")), (true, "2026-01-10"), None, true),
        (false, Some((true, "2026-01-20")), (true, "2026-01-25"), None, true),
        (false, Some((true, "2026-01-20")), (false, "2026-01-25"), Some(false), false),
        (false, Some((true, "2026-01-20")), (true, "2026-01-30"), Some(true), false),
        (false, Some((true, "2026-01-20")), (false, "2026-01-31"), Some(false), false),
        (false, Some((true, "2026-01-30")), (false, "2026-01-10"), None, true),
        (false, Some((true, "2026-01-30")), (true, "2026-01-30"), Some(true), false),
        (false, None, (false, "2026-01-10"), Some(false), false),
        (false, None, (true, "2026-01-10"), None, true),
        (true, Some((false, "2026-01-20")), (true, "2026-01-10"), Some(false), true),
        (true, Some((false, "2026-01-20")), (false, "2026-01-25"), Some(false), true),
        (true, Some((false, "2026-01-20")), (true, "2026-01-25"), Some(true), false),
        (true, Some((false, "2026-01-20")), (false, "2026-01-30"), Some(false), false),
        (true, None, (true, "2026-01-10"), Some(true), false),
        (true, None, (false, "2026-01-10"), Some(false), true),
    ] {
        let mut world = world();
        let say = |world: &World, (confirmed, on): (bool, &str)| {
            let said = ConfirmationDraft { on: day(on), ..draft(confirmed) };
            confirm(world, said, &actor(SECRETARY)).unwrap().case
        };
        if let Some(before) = before {
            world.case = say(&world, before);
        }
        world.case.process.heard.insert(reliance(), Heard { confirmed: heard, on: day("2026-01-30") });
        settle(&mut world.case, &HashMap::<_, Target>::new());
        let after = say(&world, said);
        let process = &after.process;
        let known = (process.holds.get(&reliance()).copied(), process.heard.contains_key(&reliance()));
        assert_eq!(known, (holds, open), "{heard} {before:?} {said:?}");
        assert_eq!(process.caveats.contains_key(&reliance()), open, "{heard} {before:?} {said:?}");
    }
}

#[test]
fn what_was_heard_counts_again_once_a_reliance_that_was_edited_is_edited_back() {
    let mut world = world();
    world.case = confirm(&world, draft(true), &actor(SECRETARY)).unwrap().case;
    let no = Heard { confirmed: false, on: day("2026-01-31") };
    world.case.process.heard.insert(reliance(), no);
    settle(&mut world.case, &HashMap::<_, Target>::new());
    let open = world.case;
    let edited = |before: &Case, change: &dyn Fn(&mut Interdependency)| {
        let mut after = before.clone();
        change(&mut after.content.interdependencies[0]);
        settle_after(&mut after, before, &HashMap::<_, Target>::new());
        let process = serde_json::to_value(&after.process).unwrap();
        assert_eq!(serde_json::from_value::<ehia_domain::case::Process>(process).unwrap(), after.process);
        after
    };
    let was = open.content.interdependencies[0].clone();
    let back = |edge: &mut Interdependency| *edge = was.clone();
    let changes: [fn(&mut Interdependency); 4] = [
        |edge| edge.premise = Some("Eight more beds.".into()),
        |edge| edge.partner = Some(Party::named("Another trust")),
        |edge| edge.holds_when = Some(ReliancePremise::TargetProceeds),
        |edge| edge.kind = InterdependencyKind::Funds,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let other = edited(&open, &change);
        assert_eq!((&other.process.heard, &other.process.caveats), (&[].into(), &[].into()), "{number}");
        assert_eq!(edited(&other, &back), open, "{number}");
    }
    let beside = edited(&open, &|edge: &mut Interdependency| edge.target = Some(Uuid::from_u128(41).into()));
    assert_eq!(beside.process, open.process, "a case that is named beside the partner answers nothing");
    // What was heard of something else meanwhile is kept beside it, each for its own.
    let yes = Heard { confirmed: true, on: day("2026-01-31") };
    let mut other = edited(&open, &changes[0]);
    other.process.heard.insert(reliance(), yes);
    let again = edited(&other, &back);
    assert_eq!(again.process.heard, [(reliance(), no)].into());
    assert_eq!(edited(&again, &changes[0]).process.heard, [(reliance(), yes)].into());
    // It goes with the reliance.
    let mut gone = other.clone();
    gone.content.interdependencies.clear();
    settle_after(&mut gone, &other, &HashMap::<_, Target>::new());
    assert_eq!((gone.process.heard, gone.process.heard_before), ([].into(), [].into()));
    let stored = serde_json::to_value(&open.process).unwrap();
    assert_eq!(stored.get("heardBefore"), None, "nothing is written that older programs do not know");
}

#[test]
fn a_word_that_a_partner_repeats_is_no_news_elsewhere_and_is_heard_by_whoever_did_not() {
    let (mut here, mut there) = (world(), world());
    there.case.id = Uuid::from_u128(900).into();
    let mut minutes = 0;
    let mut say = |world: &mut World, confirmed: bool| {
        minutes += 1;
        world.case = confirm(world, draft(confirmed), &actor(SECRETARY)).unwrap().case;
        let last = world.case.process.confirmations.last_mut().unwrap();
        last.recorded_at += chrono::TimeDelta::minutes(minutes);
    };
    let hears = |case: &mut Case, other: &Case| {
        let before = case.process.clone();
        hear(case, other);
        settle(case, &HashMap::<_, Target>::new());
        !case.process.knows_as_much(&before)
    };
    say(&mut here, true);
    assert!(hears(&mut there.case, &here.case));
    say(&mut there, false);
    assert!(hears(&mut here.case, &there.case));
    for _ in 0..2 {
        say(&mut here, true);
        assert!(!hears(&mut there.case, &here.case));
        say(&mut there, false);
        assert!(!hears(&mut here.case, &there.case));
    }
    assert_eq!(here.case.process.holds, [(reliance(), true)].into());
    assert_eq!(there.case.process.holds, [(reliance(), false)].into());
    // Another word is news, also to whoever hears of it only once it was repeated.
    for confirmed in [true, false, false] {
        say(&mut there, confirmed);
    }
    assert!(hears(&mut here.case, &there.case));
    assert_eq!(here.case.process.caveats, [(reliance(), Caveat::TakenBackElsewhere)].into());
}
