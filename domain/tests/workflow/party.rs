//! Whose proposal it was: who is barred from judging it, and who is free again.

use ehia_domain::{
    permission::{Role, was_party},
    workflow::process::assign_panel,
};

use super::world::*;

fn unnamed(mut world: World) -> World {
    world.case.content.contributors.clear();
    world.case.content.sro = None;
    world
}

fn sits(world: &World, who: u128) -> bool {
    let mut panel = panel(4);
    panel.members[0].person = person(who);
    assign_panel(&world.case, panel, &actor(SECRETARY), &world.context()).is_ok()
}

fn decides(world: &World, who: u128) -> bool {
    let found = world.workflow.transition("proceed").unwrap();
    let body = with_roles(who, &[Role::DecisionMaker]);
    ehia_domain::workflow::engine::permitted(&world.case, found, &body, &world.workflow).is_ok()
}

#[test]
fn whoever_was_named_by_mistake_sits_on_the_panel_and_decides() {
    let world = World::ehia();
    for who in [CONTRIBUTOR, SRO] {
        assert!(!sits(&world, who), "while named");
    }
    assert!(!decides(&world, CONTRIBUTOR));
    let world = unnamed(world);
    for who in [CONTRIBUTOR, SRO] {
        assert!(sits(&world, who) && decides(&world, who));
    }
}

#[test]
fn whom_a_frozen_revision_named_stays_barred() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    let world = unnamed(world);
    for who in [CONTRIBUTOR, SRO] {
        assert!(was_party(&world.case, person(who)));
        assert!(!sits(&world, who) && !decides(&world, who));
    }
}

#[test]
fn whoever_moved_the_case_as_their_own_stays_barred() {
    let mut world = World::ehia();
    world.step("withdraw", SRO);
    let world = unnamed(world);
    assert!(was_party(&world.case, person(SRO)));
    assert!(!was_party(&world.case, person(CONTRIBUTOR)), "they had no hand in it");
    assert!(!world.case.process.wrote.contains(&person(SECRETARY)));
}
