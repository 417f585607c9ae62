//! The cumulative position of a case: before panel and body as a finding, counted from what each of them may know, frozen
//! with what they say, and never read case by case. All synthetic.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};

use ehia::{
    app::{AcceptedFinding, DecisionInput, Edit, OutcomeInput, PartyInput, TransitionDraft, View},
    domain::{
        decision::DecisionOutcome,
        id::{AssessmentId, Identifier as _},
        impact::Direction,
        permission::{Actor, Role},
        rating::Band,
        risk::Alongside,
        settings::{Concentrations, Settings},
        workflow::Standing,
    },
};
use serde_json::{Value, json};

use super::{Dice, World, change, groups::write, recount::with_wholes};
use crate::support::{on_both, stage::Player};

const ID: &str = "cumulative.position@impacts";
const ASK: &str = "query($id: ID!) { assessment(id: $id) { findings { id severity gate acceptable message facts accepted { reason } } } }";
const RECORD: &str = "query($id: ID!) { assessment(id: $id) {
    outcomes { openFindings acceptedFindings { findingId reason } record { content } }
    decisions { acceptedFindings { findingId reason } record { content } } } }";
const YARMOUTH: &str = "E07000145";

/// The finding, as somebody is told it.
async fn position(world: &World, who: &Player, id: AssessmentId) -> Option<Value> {
    let told = world.stage.ask(who, ASK, json!({ "id": id.global() })).await;
    let findings = told["data"]["assessment"]["findings"].as_array().cloned().unwrap_or_default();
    findings.into_iter().find(|one| one["id"] == ID)
}

/// How many others are told of the gravest place.
fn others(told: Option<&Value>) -> Option<i64> {
    told.map(|told| told["facts"]["alongside"][0]["cases"].as_i64().unwrap())
}

/// A case at home that touches Great Yarmouth.
async fn begin(world: &mut World, dice: &mut Dice, at_home: bool) -> AssessmentId {
    let moment = world.stage.moment;
    let id = world.begin(at_home, dice, moment).await;
    let body = if at_home { &world.home } else { &world.partner };
    let author = body.who(Role::Author);
    let version = body.app.view(author, id).await.unwrap().case.version;
    let edit = Edit::Proposal(json!({ "footprint": [YARMOUTH] }).as_object().unwrap().clone());
    body.app.edit(author, id, version, vec![edit], None, moment).await.unwrap();
    id
}

/// Concludes or decides as somebody, and accepts the position where a reason is given.
async fn judge(
    world: &World,
    actor: &Actor,
    id: AssessmentId,
    step: &str,
    reason: Option<&str>,
    dry_run: bool,
) -> Result<Arc<View>, String> {
    let view = world.stage.app.view(world.home.who(Role::Auditor), id).await.unwrap();
    let party = || PartyInput { person: Some(actor.person), ..PartyInput::default() };
    let accepted =
        |finding: &str, reason: &str| AcceptedFinding { finding: finding.into(), reason: reason.into() };
    let position: Vec<AcceptedFinding> = reason.map(|reason| accepted(ID, reason)).into_iter().collect();
    let step = view.workflow.transition(step).unwrap();
    let stops = view.findings().iter().filter(|one| one.acceptable && one.gate.is_some());
    let stops = stops.map(|one| accepted(&one.id, "Known and weighed."));
    let draft = TransitionDraft {
        transition: step.name.clone(),
        expected_revision: view.case.revision,
        comment: Some("Because of what was found.".into()),
        paths: Vec::new(),
        requests: Vec::new(),
        outcome: step.concludes.map(|_| OutcomeInput {
            attendees: vec![party()],
            apologies: Vec::new(),
            meeting: None,
            urgency: None,
            dissent: None,
            conditions: Vec::new(),
            accepted: position.clone(),
        }),
        decision: (!step.decides.is_empty()).then(|| DecisionInput {
            body: "Synthetic committee".into(),
            authority: "Synthetic scheme of delegation".into(),
            meeting: world.stage.moment.today,
            minute: None,
            paper: None,
            outcome: DecisionOutcome::ProceedDespiteAdverseImpact,
            reasons: "Synthetic reasons.".into(),
            present: vec![party()],
            read_by: vec![party()],
            statement: "The committee had due regard to the three aims.".into(),
            accepted: position.into_iter().chain(stops).collect(),
        }),
        dry_run,
    };
    let done = world.stage.app.transition(actor, id, draft, None, world.stage.moment).await;
    let done = done.map_err(|error| format!("{error:?}"))?;
    match done.blockers.as_slice() {
        [] => Ok(done.view),
        blockers => Err(format!("{blockers:?}")),
    }
}

/// The finding in a record.
fn frozen(record: &Value) -> Option<Value> {
    let mut findings = record["record"]["content"]["findings"].as_array().unwrap().iter();
    findings.find(|one| one["id"] == ID).cloned()
}

async fn fold(world: &World) {
    while world.stage.app.fold_risk().await.unwrap() > 0 {}
}

on_both! {
    async fn what_else_touches_the_same_people_is_before_those_who_judge_and_stands_in_their_records(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(5);
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(begin(&mut world, &mut dice, true).await);
        }
        let elsewhere = begin(&mut world, &mut dice, false).await;
        world.partner.go(Role::Author, elsewhere, "send").await.unwrap();
        let id = ids[0];
        for other in &ids[1..4] {
            world.home.go(Role::Author, *other, "send").await.unwrap();
        }
        assert_eq!(position(&world, &world.governance, id).await, None, "it was not submitted yet");
        world.home.go(Role::Author, id, "send").await.unwrap();
        for folded in [false, true] {
            let told = position(&world, &world.governance, id).await.expect("it is one of four");
            assert_eq!(others(Some(&told)), Some(3), "neither itself, nor a draft, nor another's: {folded} {told:#}");
            assert_eq!((&told["severity"], &told["gate"], &told["acceptable"]), (&json!("WARNING"), &Value::Null, &json!(true)));
            let message = told["message"].as_str().unwrap();
            assert!(message.contains(" in Great Yarmouth (three others, the gravest rated "), "{message}");
            fold(&world).await;
        }
        // The organisation says from how many on it is told.
        let usual = Settings { workflow: "two-person".into(), ..Settings::default() };
        for (least, wanted) in [(4, Some(3)), (5, None), (3, Some(3))] {
            let concentrations = Concentrations { least, ..Concentrations::default() };
            world.home.set(Settings { concentrations, ..usual.clone() }).await.unwrap();
            assert_eq!(others(position(&world, &world.governance, id).await.as_ref()), wanted, "{least}");
        }
        // How many others there are is for those who oversee them.
        for role in Role::ALL {
            let who = world.stage.at_home(&format!("one-{role}"), *role).await;
            let oversees = !matches!(role, Role::Author | Role::Sro | Role::Reviewer);
            assert_eq!(position(&world, &who, id).await.is_some(), oversees, "{role}");
        }
        let view = world.stage.app.view(world.home.who(Role::Author), id).await.unwrap();
        world.stage.app.inform(world.home.who(Role::Author), &[&*view]).await.unwrap();
        assert!(view.findings().iter().all(|one| one.id != ID), "its author does not hear of others");

        // The panel accepts it with a reason; what nobody gave a reason for, and what is not there, is refused.
        let (lead, maker) = (world.home.who(Role::EqualityLead), world.home.who(Role::DecisionMaker));
        let refused = judge(&world, lead, id, "recommend", Some(" "), false).await.unwrap_err();
        assert!(refused.contains("reason"), "{refused}");
        judge(&world, lead, id, "recommend", Some("It is looked at together."), true).await.unwrap();
        let done = judge(&world, lead, id, "recommend", Some("It is looked at together."), false).await.unwrap();
        assert_eq!(done.accepted(ID).unwrap().reason, "It is looked at together.");
        let told = position(&world, &world.governance, id).await.unwrap();
        assert_eq!(told["accepted"]["reason"], "It is looked at together.");
        // One of the others is refused before the body decides: its record tells what is left.
        world.home.go(Role::EqualityLead, ids[1], "recommend").await.unwrap();
        world.home.go(Role::DecisionMaker, ids[1], "refuse").await.unwrap();
        judge(&world, maker, id, "adopt", Some("The committee knows."), true).await.unwrap();
        judge(&world, maker, id, "adopt", Some("The committee knows."), false).await.unwrap();
        assert_eq!(position(&world, &world.governance, id).await, None, "it is decided");
        let record = world.stage.read(&world.governance, RECORD, json!({ "id": id.global() })).await["assessment"].clone();
        let (outcome, decision) = (&record["outcomes"][0], &record["decisions"][0]);
        for (what, wanted, reason) in [(outcome, 3, "It is looked at together."), (decision, 2, "The committee knows.")] {
            assert_eq!(others(frozen(what).as_ref()), Some(wanted), "{what:#}");
            let accepted = json!({ "findingId": ID, "reason": reason });
            assert!(what["acceptedFindings"].as_array().unwrap().contains(&accepted), "{what:#}");
            assert_eq!(what["record"]["content"]["accepted"][ID]["reason"], reason);
        }
        assert!(outcome["openFindings"].as_array().unwrap().contains(&json!(ID)), "{outcome:#}");
        // Whoever oversees none of them reads that there was a position, and why it was accepted.
        let author = world.home.who(Role::Author);
        let process = world.stage.app.view(author, id).await.unwrap().case.process.clone();
        for sha256 in [&process.outcomes[0].record, &process.decisions[0].record] {
            let read = world.stage.app.find_record(author, id, sha256).await.unwrap().unwrap().document;
            let told = read["findings"].as_array().unwrap().iter().find(|one| one["id"] == ID).unwrap();
            assert_eq!(told["facts"], json!({}), "{told:#}");
            assert!(!told.to_string().contains("Yarmouth") && told["message"].as_str().unwrap().contains("oversee"), "{told:#}");
            assert!(read["accepted"][ID]["reason"].is_string());
        }
        // A record names no other case.
        for other in &ids[1..] {
            assert!(!record.to_string().contains(&other.global()), "{other}");
        }
        // Two are left beside each other and what is decided; with another gone it is no position any more.
        assert_eq!(others(position(&world, &world.governance, ids[2]).await.as_ref()), Some(2));
        world.home.go(Role::EqualityLead, ids[3], "recommend").await.unwrap();
        world.home.go(Role::DecisionMaker, ids[3], "refuse").await.unwrap();
        assert_eq!(position(&world, &world.governance, ids[2]).await, None);
        let refused = judge(&world, lead, ids[2], "recommend", Some("There is none."), false).await.unwrap_err();
        assert!(refused.contains("FINDING_NOT_FOUND"), "{refused}");
    }

    async fn a_case_that_somebody_is_kept_from_is_in_no_position_of_theirs(database) {
        let mut world = World::new(database).await;
        let (mut dice, moment) = (Dice(5), world.stage.moment);
        let mut ids = Vec::new();
        for _ in 0..4 {
            let id = begin(&mut world, &mut dice, true).await;
            world.home.go(Role::Author, id, "send").await.unwrap();
            ids.push(id);
        }
        let lead = world.stage.at_home("lead", Role::EqualityLead).await;
        let draft = ehia::app::PanelDraft { panel: None, members: vec![lead.person()], seats: vec![] };
        let secretary = world.home.who(Role::PanelSecretary);
        world.stage.app.assign_panel(secretary, ids[3], draft, None, moment).await.unwrap();
        for folded in [false, true] {
            assert_eq!(others(position(&world, &lead, ids[0]).await.as_ref()), Some(2), "{folded}");
            assert_eq!(others(position(&world, &world.governance, ids[0]).await.as_ref()), Some(3), "{folded}");
            fold(&world).await;
        }
        // What they conclude on is what they know of.
        judge(&world, &lead.actor, ids[0], "recommend", Some("It is known."), false).await.unwrap();
        let record = world.stage.read(&world.governance, RECORD, json!({ "id": ids[0].global() })).await;
        assert_eq!(others(frozen(&record["assessment"]["outcomes"][0]).as_ref()), Some(2), "{record:#}");
        // Somebody else's oversight of another organisation tells nothing of this one.
        world.stage.app.share(world.home.who(Role::Author), ids[1], "DEMO1", ehia::domain::case::ShareLevel::Read, None, moment).await.unwrap();
        assert_eq!(position(&world, &world.beside, ids[1]).await, None);
    }

    async fn what_the_same_cases_do_more_gravely_to_the_wider_group_is_told_beside_its_part(database) {
        let mut world = World::new(database).await;
        let (mut dice, part) = (Dice(5), "disability.learning_disability");
        let mut ids = Vec::new();
        for place in 0..3 {
            let id = begin(&mut world, &mut dice, true).await;
            let rated = json!({
                "groups": [part], "initial": { "likelihood": 2, "consequence": 3 }, "target": { "likelihood": 1, "consequence": 2 },
            });
            // The first stays grave for people with a physical impairment, whom the others do not touch.
            write(&world.home, id, part, rated.clone()).await;
            if place > 0 {
                write(&world.home, id, "disability.physical", rated).await;
            }
            world.home.go(Role::Author, id, "send").await.unwrap();
            ids.push(id);
        }
        for folded in [false, true] {
            for (id, wanted) in [(ids[0], vec![(part, "MODERATE")]), (ids[1], vec![("disability", "EXTREME"), (part, "MODERATE")])] {
                let told = position(&world, &world.governance, id).await.unwrap();
                let told = told["facts"]["alongside"].as_array().unwrap().clone();
                let told = told.iter().filter(|one| one["group"].as_str().unwrap().starts_with("disability"));
                let told: Vec<_> = told.map(|one| (one["group"].clone(), one["gravest"].clone(), one["cases"].clone())).collect();
                let wanted: Vec<_> = wanted.into_iter().map(|(group, band)| (json!(group), json!(band), json!(2))).collect();
                assert_eq!(told, wanted, "{folded}");
            }
            let query = "{ aggregatedRisk { concentrations(first: 100) { nodes { group { code } assessments maximum { band } } } } }";
            let told = world.stage.read(&world.governance, query, json!({})).await;
            let nodes = told["aggregatedRisk"]["concentrations"]["nodes"].as_array().unwrap();
            for (group, band) in [("disability", "EXTREME"), (part, "MODERATE")] {
                let wanted = json!({ "group": { "code": group }, "assessments": 3, "maximum": { "band": band } });
                assert!(nodes.contains(&wanted), "{nodes:#?}");
            }
            fold(&world).await;
        }
    }

    async fn every_position_is_what_the_cases_say_after_any_changes(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(8);
        let moment = world.stage.moment;
        let settings = Settings {
            workflow: "two-person".into(),
            concentrations: Concentrations { least: 2, ..Concentrations::default() },
            ..Settings::default()
        };
        world.home.set(settings).await.unwrap();
        for _ in 0..7 {
            let id = world.begin(true, &mut dice, moment).await;
            world.home.go(Role::Author, id, "send").await.unwrap();
        }
        let mut seen = 0;
        for round in 0..12 {
            for _ in 0..6 {
                let id = dice.one_of(&world.cases);
                let _ = change(&world.home, "DEMO1", id, &mut dice, moment).await;
            }
            match round % 3 {
                0 => drop(world.stage.app.fold_risk().await.unwrap()),
                // As while it is being made anew.
                1 => {
                    let ends = (ehia::clock::now().at, chrono::TimeDelta::zero());
                    let begun = database.store.write(async |tx| tx.claim_rollup(world.stage.home, "test", ends, None).await);
                    begun.await.unwrap();
                }
                _ => {}
            }
            let wanted = recount(&world).await;
            let actor = &world.governance.actor;
            let views = world.stage.app.views(actor, &world.cases).await.unwrap();
            let all: Vec<&View> = views.values().map(|view| &**view).collect();
            world.stage.app.inform(actor, &all).await.unwrap();
            for (id, view) in &views {
                let found = view.findings().iter().find(|one| one.id == ID);
                let told: Vec<Alongside> =
                    found.map(|one| serde_json::from_value(one.facts["alongside"].clone()).unwrap()).unwrap_or_default();
                let wanted = wanted.get(id).cloned().unwrap_or_default();
                assert_eq!(told, wanted.iter().take(50).cloned().collect::<Vec<_>>(), "{round} {id}");
                assert_eq!(found.map_or(json!(0), |one| one.facts["found"].clone()), wanted.len());
                seen += usize::from(found.is_some());
            }
        }
        assert!(seen > 20, "{seen} positions were compared");
    }

    async fn what_asks_for_no_position_does_not_pay_for_it_and_what_does_reads_no_cases(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(5);
        let mut needed = Vec::new();
        let detail = "query($id: ID!) { assessment(id: $id) { title population { people } availableTransitions { allowed } } }";
        let list = "{ assessments(first: 100) { nodes { findings { id } } } }";
        for round in 0..3 {
            for _ in 0..=3 * round {
                let id = begin(&mut world, &mut dice, true).await;
                world.home.go(Role::Author, id, "send").await.unwrap();
            }
            fold(&world).await;
            let id = *world.cases.last().unwrap();
            let counted = async |query: &str| {
                let before = database.statements.load(Ordering::Relaxed);
                let told = world.stage.read(&world.governance, query, json!({ "id": id.global() })).await;
                (database.statements.load(Ordering::Relaxed) - before, told)
            };
            counted(detail).await;
            let (plain, _) = counted(detail).await;
            let (asked, _) = counted(ASK).await;
            let (whole, told) = counted(list).await;
            let told = told["assessments"]["nodes"].as_array().unwrap().iter();
            let told = told.filter(|one| one["findings"].to_string().contains(ID)).count();
            let before = database.statements.load(Ordering::Relaxed);
            judge(&world, world.home.who(Role::EqualityLead), id, "recommend", None, false).await.unwrap();
            needed.push((plain, asked, whole, database.statements.load(Ordering::Relaxed) - before, told));
        }
        // Whether other reference data was loaded is looked up every few seconds.
        for later in &needed[1..] {
            let (first, of) = (&needed[0], |one: &(u64, u64, u64, u64, usize)| [one.0, one.1, one.2, one.3]);
            let same = of(first).into_iter().zip(of(later)).all(|(one, other)| one.abs_diff(other) <= 1);
            assert!(same, "{needed:?}");
        }
        assert!(needed.iter().all(|one| one.1 <= one.0 + 6), "{needed:?}");
        assert!(needed[2].4 > 8, "{needed:?}");
    }
}

/// What there is beside each case that waits, by the cases themselves.
async fn recount(world: &World) -> BTreeMap<AssessmentId, Vec<Alongside>> {
    let reference = world.stage.app.find_reference().await.unwrap().unwrap();
    let views = world.stage.app.views(&world.governance.actor, &world.cases).await.unwrap();
    let hits = |view: &View| -> BTreeSet<(String, String)> {
        let footprint = &view.case.content.proposal.footprint;
        let districts = reference.districts_of(&reference.lsoas(footprint));
        let impacts = view.case.content.impacts.iter().filter(|one| one.direction == Direction::Negative);
        let groups: BTreeSet<String> = impacts.flat_map(|one| with_wholes(&one.groups)).collect();
        let pairs = groups
            .iter()
            .flat_map(|group| districts.iter().map(move |district| (group.clone(), district.to_string())));
        pairs.collect::<BTreeSet<_>>()
    };
    let live = |view: &View| {
        view.case.process.submitted_revision.is_some() && view.head.standing != Standing::Stopped
    };
    let mut all = BTreeMap::new();
    for (id, view) in views.iter().filter(|(_, view)| live(view) && view.head.standing == Standing::Pending) {
        let mut found = Vec::new();
        let beside = |group: &str, area: &str| -> Vec<(&AssessmentId, &Arc<View>)> {
            let others = views.iter().filter(|(other, view)| *other != id && live(view));
            others.filter(|(_, view)| hits(view).contains(&(group.to_owned(), area.to_owned()))).collect()
        };
        let own = hits(view);
        // What each of the others does to a group there: its gravest band, and whether anything is not rated.
        let each = |group: &str, area: &str| -> BTreeMap<AssessmentId, (Option<Band>, bool)> {
            let rated = |other: &View| {
                let scale = &other.frame.organisation.settings.scale;
                let impacts = other.case.content.impacts.iter();
                let impacts = impacts.filter(|one| {
                    one.direction == Direction::Negative && with_wholes(&one.groups).contains(group)
                });
                let ratings: Vec<_> = impacts.map(|one| other.case.current(one.id)).collect();
                let bands = ratings.iter().flatten().map(|rating| scale.band(Some(*rating)));
                (bands.max(), ratings.contains(&None))
            };
            beside(group, area).into_iter().map(|(id, other)| (*id, rated(other))).collect()
        };
        // Which cases, the gravest of them, and how many are not rated throughout.
        let position = |group: &str, area: &str| {
            let each = each(group, area);
            let gravest = each.values().filter_map(|(gravest, _)| *gravest).max();
            let unrated = each.values().filter(|(_, unrated)| *unrated).count();
            (each.into_keys().collect::<BTreeSet<_>>(), unrated, gravest)
        };
        for (group, area) in &own {
            let told = position(group, area);
            // What is the same of a part of the group is told of that.
            let mut parts = own.iter().filter(|(part, there)| {
                there == area && part != group && with_wholes(std::slice::from_ref(part)).contains(group)
            });
            if parts.any(|(part, _)| position(part, area) == told) {
                continue;
            }
            let (cases, unrated, gravest) = (told.0.len(), told.1, told.2);
            if cases > 0 {
                let known = reference.gazetteer().find(ehia::domain::place::Code::parse(area).unwrap());
                let area_name = known.unwrap().name.clone();
                let (group, area) = (group.clone(), area.clone());
                found.push(Alongside { group, area, area_name, cases, unrated, gravest });
            }
        }
        found.sort_by(|one, other| {
            (other.gravest, other.cases)
                .cmp(&(one.gravest, one.cases))
                .then_with(|| (&one.group, &one.area).cmp(&(&other.group, &other.area)))
        });
        all.insert(*id, found);
    }
    all
}
