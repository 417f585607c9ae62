//! Sharing, and what is lost with a share.

use std::collections::BTreeSet;

use ehia_domain::{
    case::ShareLevel,
    event::EventKind,
    id::{OrganisationId, PersonId},
    review::Interest,
    workflow::{
        engine::{Applied, Refused},
        share::{ShareDraft, share},
    },
};
use uuid::Uuid;

use super::world::*;

fn theirs() -> OrganisationId {
    Uuid::from_u128(2).into()
}

fn draft(level: ShareLevel, only_there: &[u128]) -> ShareDraft {
    let only_there: BTreeSet<PersonId> = only_there.iter().map(|number| person(*number)).collect();
    ShareDraft { organisation: theirs(), level, only_there, blind: Uuid::from_u128(7) }
}

fn shared(world: &World, draft: &ShareDraft, by: u128) -> Result<Applied, Refused> {
    share(&world.case, draft, &actor(by), &world.context())
}

#[test]
fn members_of_an_organisation_that_may_no_longer_review_lose_seat_and_vote() {
    let mut world = World::ehia().reviewed();
    world.case.shares = [(theirs(), ShareLevel::Review)].into();
    let request = world.request("approve");
    assert_eq!(world.codes(&request, CHAIR), Vec::<String>::new(), "four reviewed");
    for level in [ShareLevel::None, ShareLevel::Stub, ShareLevel::Read] {
        let applied = shared(&world, &draft(level, &[MEMBER, 77]), GOVERNANCE).unwrap();
        let kinds: Vec<_> = applied.happenings.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [EventKind::AssessmentShared, EventKind::PanelAssigned]);
        assert_eq!(applied.happenings[1].payload["left"], serde_json::json!([person(MEMBER)]));
        let mut after = World { case: applied.case, ..World::ehia() };
        after.settings.quorum_seats.clear();
        let members = after.case.process.panel.as_ref().unwrap().members.clone();
        assert_eq!(members.len(), 3, "{level}");
        assert!(members.iter().all(|member| member.interest == Interest::None), "who stays keeps all");
        assert_eq!(after.case.process.reviews.len(), 4, "what was said stays said");
        assert_eq!(after.codes(&request, CHAIR), ["QUORUM"], "and no longer counts");
        assert_eq!(after.case.process.interest(person(MEMBER)), Interest::None);
        after.settings.quorum = 3;
        assert_eq!(after.codes(&request, CHAIR), Vec::<String>::new());
    }
    let applied = shared(&world, &draft(ShareLevel::Review, &[MEMBER]), GOVERNANCE).unwrap();
    assert_eq!(applied.happenings, [], "nothing changed");
    world.case.shares.clear();
    let applied = shared(&world, &draft(ShareLevel::Review, &[MEMBER]), GOVERNANCE).unwrap();
    assert_eq!(applied.happenings.len(), 1, "who comes in loses nobody");
}

#[test]
fn no_author_takes_a_member_off_the_panel_by_ending_a_share() {
    let mut world = World::ehia().reviewed();
    world.case.shares = [(theirs(), ShareLevel::Review)].into();
    let refused = shared(&world, &draft(ShareLevel::None, &[MEMBER]), AUTHOR);
    let Err(Refused::Invalid(wrong)) = refused else { panic!("{refused:?}") };
    assert_eq!(wrong[0].code, "SEPARATION_OF_DUTIES");
    assert!(shared(&world, &draft(ShareLevel::None, &[]), AUTHOR).is_ok(), "nobody sits there");
    let own = ShareDraft { organisation: organisation(), ..draft(ShareLevel::Read, &[]) };
    let refused = shared(&world, &own, AUTHOR);
    let Err(Refused::Invalid(wrong)) = refused else { panic!("{refused:?}") };
    assert_eq!(wrong[0].code, "INVALID");
    assert_eq!(shared(&world, &draft(ShareLevel::Read, &[]), CHAIR), Err(Refused::Forbidden));
}
