//! Screening: who screens out, what is drawn for the panel's check, and what comes of it. All synthetic.

use ehia_domain::{
    case::Process,
    check::{NOTABLE_UNTOUCHED, PLACE_UNKNOWN, YES_UNTOUCHED},
    event::EventKind,
    permission::{Role, was_party},
    review::Interest,
    screening::{Lot, Report, Screened, ScreeningDepth},
    settings::{Sample, Severity},
    task::{Doer, TaskKind},
    workflow::{
        Phase, Standing,
        begun::{asked, begun},
        definition::Workflow,
        engine::{Applied, Refused, phase},
        quorum::Readiness,
    },
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::world::{
    AUTHOR, BODY, CHAIR, CONTRIBUTOR, LEAD, MEMBER, ReadBack, SRO, World, actor, finding, person, with_roles,
};

fn draft(number: u128) -> World {
    let mut world = World::of(Workflow::shipped("screening", 1).unwrap().clone());
    world.case.id = Uuid::from_u128(number).into();
    world
}

fn is_drawn(world: &World) -> bool {
    world.codes(&world.request("screen_out"), LEAD) == ["SAMPLED_OUT"]
}

/// The first of many cases that is drawn when it is submitted, or is not.
fn case(drawn: bool) -> World {
    submitted(drawn, |_| {})
}

/// The same of cases that are otherwise so.
fn submitted(drawn: bool, so: impl Fn(&mut World)) -> World {
    let mut numbers = (1..).map(|number| {
        let mut world = draft(number);
        so(&mut world);
        world.step("submit", AUTHOR);
        world
    });
    numbers.find(|world| is_drawn(world) == drawn).unwrap()
}

fn said(world: &World) -> Vec<(ScreeningDepth, bool, bool)> {
    world.case.process.screened.iter().map(|said| (said.depth, said.panel, said.drawn)).collect()
}

/// Something unknown makes a case borderline.
fn unknown(world: &mut World) {
    world.case.content.answers.insert("touches_staff".into(), json!("UNKNOWN"));
}

#[test]
fn the_draw_is_close_to_its_share_and_settled_by_the_instant_of_submission() {
    let mut drawn = [Vec::new(), Vec::new()];
    let mut world = draft(0x0190_0000_0000_7000_8000_0000_0000_0000);
    for (drawn, borderline) in drawn.iter_mut().zip([false, true]) {
        if borderline {
            unknown(&mut world);
        }
        for number in 0..4_000_i64 {
            let mut one = World { case: world.case.clone(), ..World::of(world.workflow.clone()) };
            one.moment.at += chrono::TimeDelta::microseconds(number);
            one.step("submit", AUTHOR);
            if is_drawn(&one) {
                drawn.push(number);
            }
        }
    }
    let [usual, borderline] = drawn;
    assert!((330..=470).contains(&usual.len()), "{} of 4,000 at 10 in 100", usual.len());
    assert!((1_880..=2_120).contains(&borderline.len()), "{} of 4,000 at 50 in 100", borderline.len());
    assert!(usual.iter().all(|one| borderline.binary_search(one).is_ok()), "borderline ones are drawn first");
}

/// More is asked for and it is submitted again, some other day.
fn again(world: &mut World, change: impl Fn(&mut World)) {
    world.step("ask_more", LEAD);
    world.later("2026-02-09");
    change(world);
    world.case.revision += 1;
    world.case.frozen = false;
    world.step("submit", AUTHOR);
}

#[test]
fn nobody_gets_another_lot_by_submitting_again_or_answering_otherwise() {
    for number in 1..60 {
        let mut world = draft(number);
        unknown(&mut world);
        world.step("submit", AUTHOR);
        let (before, lot) = (is_drawn(&world), world.case.process.lot.unwrap());
        assert_eq!((lot.drawn, lot.borderline), (before, true));
        again(&mut world, |world| {
            world.case.content.answers.clear();
        });
        assert_eq!(is_drawn(&world), before, "it drew {}", lot.number);
        let kept = world.case.process.lot.unwrap();
        assert_eq!((kept, kept.on), (lot, super::world::day("2026-02-02")));
    }
    // Nor by an organisation that draws fewer from then on.
    let mut world = case(true);
    world.settings.screening_sample = Some(Sample { percent: 0, borderline_percent: 0 });
    let told = world.blocked(&world.request("screen_out"), LEAD);
    assert!(told[0].message.contains("drawn when it was submitted before"), "{told:?}");
}

#[test]
fn what_becomes_borderline_is_drawn_by_the_lot_it_has() {
    let mut world = (1..1_000)
        .map(|number| {
            let mut world = draft(number);
            world.step("submit", AUTHOR);
            world
        })
        .find(|world| (10..50).contains(&world.case.process.lot.unwrap().number))
        .unwrap();
    assert!(!is_drawn(&world));
    again(&mut world, unknown);
    assert!(is_drawn(&world));
}

#[test]
fn what_is_borderline_is_drawn_with_a_greater_share() {
    let plain = |world: &World| world.blocked(&world.request("screen_out"), LEAD);
    let world = case(true);
    assert!(plain(&world)[0].message.starts_with("10 in 100 of those that are not borderline"));
    let world = submitted(true, unknown);
    let told = &plain(&world)[0].message;
    assert!(told.starts_with("50 in 100 of borderline ones") && told.contains("not known"), "{told}");
    let world = submitted(true, |world| {
        world.case.content.answers.insert("recommended_depth".into(), json!("LIGHT"));
    });
    assert!(plain(&world)[0].message.contains("recommends an assessment"));

    // Whatever a rule of screenings finds, on a case that draws nothing else.
    let mut world = case(false);
    world.settings.screening_sample = Some(Sample { percent: 0, borderline_percent: 100 });
    assert_eq!(plain(&world), [], "the organisation's own share counts");
    for (rule, words) in [
        (NOTABLE_UNTOUCHED, "notable where it lands"),
        (YES_UNTOUCHED, "answered with yes"),
        (PLACE_UNKNOWN, "who lives where it lands is not known"),
        ("screening.of.tomorrow", "a check of screenings speaks"),
    ] {
        let mut found =
            finding(&format!("{rule}@answers/recommended_depth"), ehia_domain::check::Gate::Decide, true);
        (found.severity, found.gate) = (Severity::Warning, None);
        world.findings = vec![found];
        let told = plain(&world);
        assert!(told.len() == 1 && told[0].message.contains(words), "{rule}: {told:?}");
    }
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
fn whoever_said_what_is_checked_is_no_help_to_the_panel_that_checks_it() {
    let mut world = case(true);
    let members = &mut world.case.process.panel.as_mut().unwrap().members;
    members.truncate(2);
    members[1].person = person(LEAD);
    let lacks = |world: &World| world.workflow.panel_lacks(&world.case, world.settings.composition());
    assert_eq!(lacks(&world), None, "nobody said anything yet");
    world.step("put_to_panel", LEAD);
    assert_eq!(lacks(&world).unwrap(), "1 of its members may vote, and 2 must");
}

#[test]
fn whoever_said_what_is_checked_neither_votes_on_it_nor_records_it() {
    let mut world = case(true);
    // The equality lead sits on the panel, and chairs it.
    let lead = with_roles(LEAD, &[Role::EqualityLead, Role::PanelChair]);
    world.case.process.panel.as_mut().unwrap().members[1].person = person(LEAD);
    world.case.process.panel.as_mut().unwrap().members.truncate(3);
    world.step("put_to_panel", LEAD);
    world.review_by(LEAD).unwrap();
    world.review_by(MEMBER).unwrap();
    assert_eq!(world.codes(&world.request("confirm"), CHAIR), ["QUORUM"], "of two who did not say it");
    world.review_by(MEMBER + 2).unwrap();
    for check in ["confirm", "overturn_light", "overturn_full"] {
        let request = world.request(check);
        assert_eq!(world.codes(&request, CHAIR), [""; 0]);
        let refused = world.try_apply(&request, &lead).unwrap_err();
        assert!(matches!(&refused, Refused::Blocked(all) if all[0].code == "NOT_SCREENER"), "{refused:?}");
    }
    world.step("confirm", CHAIR);
    let voted: Vec<_> = world.case.process.outcomes[0].voted.iter().map(|seat| seat.person).collect();
    assert_eq!(voted, [person(MEMBER), person(MEMBER + 2)]);
}

#[test]
fn a_panel_that_only_the_screener_could_fill_lacks_somebody() {
    let mut world = case(true);
    world.case.process.panel.as_mut().unwrap().members[1].person = person(LEAD);
    world.case.process.panel.as_mut().unwrap().members.truncate(2);
    world.step("put_to_panel", LEAD);
    assert_eq!(
        world.workflow.readiness(&world.case, world.settings.composition()),
        Some(Readiness::NotQuorate)
    );
    let listed = ehia_domain::task::listed(&world.case, &world.workflow, world.settings.composition());
    assert!(listed.iter().any(|task| task.kind == TaskKind::AssignPanel), "{listed:?}");
    assert!(listed.iter().all(|task| task.doer != Doer::Person(person(LEAD))), "{listed:?}");
}

#[test]
fn a_lead_who_does_not_vote_on_the_check_carries_out_what_the_panel_confirmed() {
    let mut world = case(true);
    world.case.process.panel.as_mut().unwrap().members[1].person = person(LEAD);
    world.step("put_to_panel", LEAD);
    world.case.process.panel.as_mut().unwrap().members[1].interest = Interest::DeclaredNotVoting;
    for member in [0, 2, 3] {
        world.review_by(MEMBER + member).unwrap();
    }
    world.step("confirm", CHAIR);
    world.step("screen_out_confirmed", LEAD);
    assert_eq!(world.case.state, "not_required");
    // An interest in what somebody else screened keeps them out of it.
    let mut world = case(true);
    world.step("put_to_panel", LEAD);
    world.review();
    world.step("confirm", CHAIR);
    let other = with_roles(MEMBER, &[Role::EqualityLead]);
    world.case.process.panel.as_mut().unwrap().members[0].interest = Interest::DeclaredNotVoting;
    let request = world.request("screen_out_confirmed");
    assert_eq!(world.try_apply(&request, &other).unwrap_err(), Refused::Forbidden);
}

#[test]
fn what_is_screened_a_second_time_is_said_a_second_time() {
    let mut world = case(true);
    world.step("put_to_panel", LEAD);
    world.review();
    world.step("confirm", CHAIR);
    world.step("reopen", LEAD);
    world.step("submit", AUTHOR);
    assert_eq!(world.case.revision, 1, "nothing was changed");
    let told = world.step("put_to_panel", LEAD).happenings;
    let payload = &told.iter().find(|one| one.kind == EventKind::AssessmentTransitioned).unwrap().payload;
    assert_eq!(
        (&payload["screens"], &payload["drawn"], &payload["borderline"], &payload["panel"]),
        (&json!("NONE"), &json!(true), &json!(false), &json!(false))
    );
    assert_eq!(said(&world).len(), 3);
    // One that was not drawn, reopened and screened out again.
    let mut world = case(false);
    world.step("screen_out", LEAD);
    world.step("reopen", LEAD);
    world.step("submit", AUTHOR);
    let record = world.step("screen_out", LEAD).record.unwrap().document();
    assert_eq!(said(&world).len(), 2);
    assert_eq!(record["screened"].as_array().unwrap().len(), 2, "and stands in its record");
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
    let Applied { case, happenings, .. } = begun(&world.case, Uuid::from_u128(7).into(), &world.context());
    assert_eq!(happenings[0].payload, json!({ "assessment": Uuid::from_u128(7) }), "and no reference");
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
        on_behalf_of: None,
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
    let mut count = |said: &[Screened], lot: Option<Lot>, withdrawn: bool| {
        let process = Process { screened: said.to_vec(), lot, ..Process::default() };
        report.count(&process, withdrawn, from, to);
    };
    let out = |drawn, borderline| screened(ScreeningDepth::None, "2026-03-02", false, drawn, borderline);
    let check = |depth| screened(depth, "2027-01-05", true, false, false);
    for number in 0..14 {
        let found = if number < 2 { ScreeningDepth::Full } else { ScreeningDepth::None };
        count(&[out(true, number % 2 == 0), check(found)], None, false);
    }
    count(&[out(true, false)], None, false);
    count(
        &[out(false, false), screened(ScreeningDepth::Light, "2026-05-01", false, false, true)],
        None,
        false,
    );
    // Sent to the panel though it was not drawn: no part of the sample.
    count(&[out(false, true), check(ScreeningDepth::Full)], None, false);
    count(&[screened(ScreeningDepth::Full, "2025-12-31", false, false, false)], None, false);
    // Drawn and withdrawn before the panel saw it: as it was submitted, or put to the panel; not once it was checked, nor
    // before or after the period.
    let lot = |on: &str, drawn, borderline| Lot { number: 3, on: super::world::day(on), drawn, borderline };
    count(&[], Some(lot("2026-04-01", true, true)), true);
    count(&[], Some(lot("2026-04-01", false, true)), true);
    count(&[], Some(lot("2025-04-01", true, true)), true);
    count(&[], Some(lot("2026-04-01", true, true)), false);
    let all = report.all;
    assert_eq!((all.screenings, all.out, all.light, all.full), (18, 17, 1, 0));
    assert_eq!((all.drawn, all.checked, all.overturned), (15, 14, 2));
    assert_eq!((all.withdrawn, report.borderline.withdrawn, report.other.withdrawn), (1, 1, 0));
    assert_eq!(all.wrong_in_words(), "2 of 14 checked (4 to 40 in 100)");
    assert_eq!((report.borderline.checked, report.borderline.overturned), (7, 1));
    assert_eq!((report.other.checked, report.other.drawn), (7, 8));
    assert_eq!(Report::default().all.wrong_in_words(), "none checked yet");
}

#[test]
fn what_was_put_to_the_panel_and_withdrawn_is_counted_once() {
    let (from, to) = (super::world::day("2026-01-01"), super::world::day("2026-12-31"));
    let mut world = case(true);
    world.step("put_to_panel", LEAD);
    let mut checked = World { case: world.case.clone(), ..World::of(world.workflow.clone()) };
    world.step("withdraw", AUTHOR);
    let tally = |world: &World, withdrawn| {
        let mut report = Report::default();
        report.count(&world.case.process, withdrawn, from, to);
        (report.all.drawn, report.all.checked, report.all.withdrawn)
    };
    assert_eq!(tally(&world, true), (1, 0, 1));
    checked.review();
    checked.step("confirm", CHAIR);
    checked.step("withdraw", AUTHOR);
    assert_eq!(tally(&checked, true), (1, 1, 0));
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
