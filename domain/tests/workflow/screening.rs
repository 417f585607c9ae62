//! Screening: who screens out, what is drawn for the panel's check, and what comes of it. All synthetic.

use ehia_domain::{
    check::NOTABLE_UNTOUCHED,
    permission::{Role, was_party},
    screening::{Report, Screened, ScreeningDepth},
    settings::{Sample, Severity},
    workflow::{
        Phase, Standing,
        begun::{asked, begun},
        definition::Workflow,
        engine::{Applied, Refused, phase},
    },
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::world::{
    AUTHOR, BODY, CHAIR, CONTRIBUTOR, LEAD, MEMBER, SRO, World, actor, finding, person, with_roles,
};

fn submitted() -> World {
    let mut world = World::of(Workflow::shipped("screening", 1).unwrap().clone());
    world.step("submit", AUTHOR);
    world
}

fn is_drawn(world: &World) -> bool {
    world.codes(&world.request("screen_out"), LEAD) == ["SAMPLED_OUT"]
}

/// The first of many cases that is drawn, or is not.
fn case(drawn: bool) -> World {
    let mut world = submitted();
    for number in 1.. {
        world.case.id = Uuid::from_u128(number).into();
        if is_drawn(&world) == drawn {
            break;
        }
    }
    world
}

fn said(world: &World) -> Vec<(ScreeningDepth, bool, bool)> {
    world.case.process.screened.iter().map(|said| (said.depth, said.panel, said.drawn)).collect()
}

/// Something unknown makes a case borderline.
fn unknown(world: &mut World) {
    world.case.content.answers.insert("touches_staff".into(), json!("UNKNOWN"));
}

#[test]
fn the_draw_is_always_the_same_and_close_to_its_share() {
    let mut world = submitted();
    let mut drawn = [Vec::new(), Vec::new()];
    for drawn in &mut drawn {
        for number in 0..10_000_u128 {
            world.case.id =
                Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number * 7_919).into();
            if is_drawn(&world) {
                drawn.push(number);
            }
        }
        // The second time, they are borderline.
        unknown(&mut world);
    }
    let [usual, borderline] = drawn;
    assert!((900..=1_100).contains(&usual.len()), "{} of 10,000 at 10 in 100", usual.len());
    assert!((4_800..=5_200).contains(&borderline.len()), "{} of 10,000 at 50 in 100", borderline.len());
    assert!(usual.iter().all(|one| borderline.binary_search(one).is_ok()), "borderline ones are drawn first");
}

#[test]
fn what_is_borderline_is_drawn_with_a_greater_share() {
    let plain = |world: &World| world.blocked(&world.request("screen_out"), LEAD);
    let mut world = case(true);
    assert!(plain(&world)[0].message.starts_with("10 in 100 of those that are not borderline"));
    unknown(&mut world);
    let told = &plain(&world)[0].message;
    assert!(told.starts_with("50 in 100 of borderline ones") && told.contains("not known"), "{told}");
    world.case.content.answers.clear();
    let mut found = finding(
        &format!("{NOTABLE_UNTOUCHED}@answers/recommended_depth"),
        ehia_domain::check::Gate::Decide,
        true,
    );
    (found.severity, found.gate) = (Severity::Warning, None);
    world.findings.push(found);
    assert!(plain(&world)[0].message.contains("notable where it lands"));
    world.settings.screening_sample = Some(Sample { percent: 0, borderline_percent: 0 });
    assert_eq!(plain(&world), [], "the organisation's own share counts");
    world.settings.screening_sample = Some(Sample { percent: 0, borderline_percent: 100 });
    assert_eq!(plain(&world).len(), 1);
    world.findings.clear();
    assert_eq!(plain(&world), []);
}

#[test]
fn the_equality_lead_screens_out_what_is_not_drawn() {
    let mut world = case(false);
    for other in [AUTHOR, CONTRIBUTOR, SRO, CHAIR, BODY, MEMBER] {
        let refused = world.try_apply(&world.request("screen_out"), &actor(other)).unwrap_err();
        assert_eq!(refused, Refused::Forbidden, "{other}");
    }
    world.step("screen_out", LEAD);
    assert_eq!(world.case.state, "not_required");
    assert_eq!(said(&world), [(ScreeningDepth::None, false, false)]);
    assert_eq!(world.case.process.decisions.len(), 1, "the decision and its record are kept");
}

#[test]
fn what_is_drawn_is_screened_out_only_when_the_panel_confirms_it() {
    let mut world = case(true);
    world.step("put_to_panel", LEAD);
    assert_eq!(world.case.state, "panel_check");
    assert_eq!(world.codes(&world.request("confirm"), CHAIR), ["QUORUM"]);
    world.review();
    world.step("confirm", CHAIR);
    world.step("screen_out_confirmed", LEAD);
    assert_eq!(world.case.state, "not_required");
    assert_eq!(said(&world), [(ScreeningDepth::None, false, true), (ScreeningDepth::None, true, false)]);
}

#[test]
fn the_panel_overturns_a_wrong_screen_out_and_the_assessment_is_begun_once() {
    let mut world = case(true);
    world.step("put_to_panel", LEAD);
    world.review();
    world.step("overturn_full", CHAIR);
    assert_eq!(
        (world.case.state.as_str(), phase(&world.case, &world.workflow)),
        ("full_required", Phase::Approved)
    );
    assert_eq!(said(&world), [(ScreeningDepth::None, false, true), (ScreeningDepth::Full, true, false)]);
    let begins =
        |world: &World, stopped: bool, by: u128| asked(&world.case, stopped, &actor(by), &world.context());
    assert_eq!(begins(&world, false, LEAD), Err(Refused::Forbidden), "whoever writes begins it");
    assert_eq!(begins(&world, false, AUTHOR), Ok(ScreeningDepth::Full));
    let Applied { case, .. } =
        begun(&world.case, Uuid::from_u128(7).into(), "T6Y0W-2026-0002", &world.context());
    world.case = case;
    assert!(matches!(begins(&world, false, AUTHOR), Err(Refused::Invalid(_))), "once");
    assert_eq!(begins(&world, true, AUTHOR), Ok(ScreeningDepth::Full), "unless that one will not happen");
}

#[test]
fn what_was_not_decided_or_was_screened_out_asks_for_no_assessment() {
    let mut world = case(false);
    assert!(matches!(asked(&world.case, false, &actor(AUTHOR), &world.context()), Err(Refused::Invalid(_))));
    world.step("screen_out", LEAD);
    assert!(matches!(asked(&world.case, false, &actor(AUTHOR), &world.context()), Err(Refused::Invalid(_))));
}

/// Every shipped workflow keeps the laws when it is read; what goes ahead without an assessment is decided, in every one
/// of them, by nobody whose proposal it is, whatever roles they hold.
#[test]
fn nobody_screens_out_what_they_wrote_or_sponsor() {
    for workflow in Workflow::shipped_all() {
        let mut world = World::of(workflow.clone());
        for state in &workflow.states {
            world.case.state.clone_from(&state.name);
            for transition in workflow.leaving(&state.name).filter(|one| one.screens.is_some()) {
                let out = workflow.state(&transition.to).unwrap().standing == Standing::Proceeding;
                assert!(!out || !transition.decides.is_empty(), "{} {}", workflow.key, transition.name);
                for party in [AUTHOR, CONTRIBUTOR, SRO] {
                    let every = with_roles(party, Role::ALL);
                    assert!(was_party(&world.case, every.person));
                    let refused = world.try_apply(&world.request(&transition.name), &every).unwrap_err();
                    assert_eq!(
                        refused,
                        Refused::Forbidden,
                        "{} {} by {party}",
                        workflow.key,
                        transition.name
                    );
                }
            }
        }
    }
}

fn screened(depth: ScreeningDepth, on: &str, panel: bool, drawn: bool, borderline: bool) -> Screened {
    Screened {
        depth,
        by: person(LEAD),
        at: chrono::DateTime::UNIX_EPOCH,
        on: super::world::day(on),
        revision: 1,
        reason: "Synthetic".into(),
        panel,
        drawn,
        borderline,
    }
}

#[test]
fn a_report_counts_what_was_said_first_and_what_the_check_found() {
    let (from, to) = (super::world::day("2026-01-01"), super::world::day("2026-12-31"));
    let mut report = Report::default();
    let out = |drawn, borderline| screened(ScreeningDepth::None, "2026-03-02", false, drawn, borderline);
    let check = |depth| screened(depth, "2027-01-05", true, false, false);
    for number in 0..14 {
        let found = if number < 2 { ScreeningDepth::Full } else { ScreeningDepth::None };
        report.count(&[out(true, number % 2 == 0), check(found)], from, to);
    }
    report.count(&[out(true, false)], from, to);
    report.count(
        &[out(false, false), screened(ScreeningDepth::Light, "2026-05-01", false, false, true)],
        from,
        to,
    );
    // Sent to the panel though it was not drawn: no part of the sample.
    report.count(&[out(false, true), check(ScreeningDepth::Full)], from, to);
    report.count(&[screened(ScreeningDepth::Full, "2025-12-31", false, false, false)], from, to);
    let all = report.all;
    assert_eq!((all.screenings, all.out, all.light, all.full), (18, 17, 1, 0));
    assert_eq!((all.drawn, all.checked, all.overturned), (15, 14, 2));
    assert_eq!(all.wrong_in_words(), "2 of 14 checked (4 to 40 in 100)");
    assert_eq!((report.borderline.checked, report.borderline.overturned), (7, 1));
    assert_eq!((report.other.checked, report.other.drawn), (7, 8));
    assert_eq!(Report::default().all.wrong_in_words(), "none checked yet");
}

proptest! {
    /// The interval holds the share, and grows narrower with what is checked.
    #[test]
    fn an_interval_holds_its_share(checked in 1_u32..2_000, share in 0.0_f64..=1.0) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small number")]
        let overturned = (f64::from(checked) * share) as u32;
        let tally = ehia_domain::screening::Tally { checked, overturned, ..Default::default() };
        let (low, high) = tally.wrong_in_100().unwrap();
        let whole = 100.0 * f64::from(overturned) / f64::from(checked);
        prop_assert!(low <= high && high <= 100);
        prop_assert!(f64::from(low) <= whole + 0.5 && whole <= f64::from(high) + 0.5, "{low} {whole} {high}");
    }
}
