//! Lists: complete and stable in every order and both directions, filtered, counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
};

use chrono::NaiveDate;
use ehia::{
    domain::{
        case::{Case, ShareLevel},
        id::{AssessmentId, OrganisationId},
        impact::{Direction, Impact},
        page::Window,
        permission::{Action, Actor, Grant, Role, permit},
        proposal::KindOfChange,
        rating::Band,
        search,
        workflow::{Phase, Standing},
    },
    store::{
        Error, Scope, Store,
        case::Projection,
        list::{Filter, Order, OrderField},
    },
};

use crate::support::{
    cases::{World, act, at, chain, drafting, edited, organisation, person},
    on_both,
};

/// So many days after the tests begin.
fn day(days: i64) -> NaiveDate {
    at(86_400 * days).date_naive()
}

/// Cases with many equal sort keys, in groups.
async fn fill(store: &Store, world: &mut World, number: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for place in 0..number {
        let (case, projection) = keyed(world, place, number);
        put(store, world, &case, &projection).await;
        cases.push(case);
    }
    cases
}

fn keyed(world: &mut World, place: usize, number: usize) -> (Case, Projection) {
    let mut case = world.case(&format!("Case {place:03}"));
    case.reference = format!("T6Y0W-2026-{:04}", number - place);
    let seconds = i64::try_from(place / 4).unwrap();
    case.updated_at = at(seconds) + chrono::TimeDelta::microseconds(seconds * 1_001);
    case.created_at = at(-seconds);
    if !place.is_multiple_of(3) {
        case.content.proposal.decision_date =
            at(86_400 * i64::try_from(place / 6).unwrap()).date_naive().into();
    }
    let mut projection = drafting();
    projection.risk = u32::try_from(place % 5).unwrap();
    projection.words = Some(search::words(&case.reference, &case.content, None, &BTreeMap::new()));
    (case, projection)
}

pub async fn put(store: &Store, world: &mut World, case: &Case, projection: &Projection) {
    store
        .write(async |tx| {
            tx.insert(case, projection).await?;
            let begun = ehia::domain::event::Happening::case(
                ehia::domain::event::EventKind::AssessmentCreated,
                serde_json::json!({}),
            );
            tx.record(chain(case), act(case.author, 0), &[begun], &mut world.supply).await
        })
        .await
        .unwrap();
}

/// Cases of three organisations in turn, and somebody who oversees the first, is an author in the second, where they
/// read what is approved, and reads what the third shared with the first.
pub async fn spread(store: &Store, world: &mut World, number: usize) -> (Actor, Vec<(Case, Phase)>) {
    let mut organisations = vec![world.organisation.id];
    for code in ["B", "C"] {
        let another = organisation(&mut world.supply, code, "Synthetic");
        store.write(async |tx| tx.add_organisation(&another, at(0)).await).await.unwrap();
        organisations.push(another.id);
    }
    let reader = person(&mut world.supply, "Reader");
    store.write(async |tx| tx.add_person(&reader, None).await).await.unwrap();
    let grants = [Role::EqualityLead, Role::Author].into_iter().zip(&organisations);
    let grants = grants.map(|(role, organisation)| Grant { organisation: *organisation, role, until: None });
    let actor =
        Actor { person: reader.id, grants: grants.collect(), deputises: Vec::new(), read_only: false };
    let mut cases = Vec::new();
    for place in 0..number {
        let (mut case, mut projection) = keyed(world, place, number);
        case.organisation = organisations[place % 3];
        let level = [ShareLevel::Read, ShareLevel::Review, ShareLevel::Stub][place / 3 % 3];
        if place % 3 == 2 {
            case.shares.insert(organisations[0], level);
        }
        projection.phase = [Phase::Approved, Phase::Drafting][place / 3 % 2];
        put(store, world, &case, &projection).await;
        cases.push((case, projection.phase));
    }
    (actor, cases)
}

async fn walk(store: &Store, scope: Scope<'_>, order: Order, size: u32, forwards: bool) -> Vec<AssessmentId> {
    walk_through(store, &Filter::default(), scope, order, size, forwards).await
}

/// All cases that pass the filter, page by page.
pub async fn walk_through(
    store: &Store,
    filter: &Filter,
    scope: Scope<'_>,
    order: Order,
    size: u32,
    forwards: bool,
) -> Vec<AssessmentId> {
    let mut window = Window { size, forwards, cursor: None };
    let mut seen = Vec::new();
    loop {
        let page = store.read().list_cases(filter, scope, order, &window).await.unwrap();
        assert!(page.nodes.len() <= size as usize);
        assert!(seen.len() < 1_000, "{order:?} never ends");
        let ids: Vec<AssessmentId> = page.nodes.iter().map(|case| case.head.id).collect();
        let (edge, more) = if forwards {
            seen.extend(ids);
            (page.nodes.last(), page.has_next)
        } else {
            seen.splice(0..0, ids);
            (page.nodes.first(), page.has_previous)
        };
        if !more {
            return seen;
        }
        window.cursor = edge.map(|case| order.cursor(&case.head));
    }
}

on_both! {
    async fn every_order_is_complete_and_the_same_in_both_directions(db) {
        let mut world = World::new(&db.store).await;
        let cases = fill(&db.store, &mut world, 40).await;
        for field in OrderField::ALL.iter().copied() {
            for ascending in [true, false] {
                let order = Order { field, ascending };
                let forwards = walk(&db.store, Scope::Everything, order, 7, true).await;
                assert_eq!(forwards.len(), cases.len(), "{order:?}");
                let mut distinct = forwards.clone();
                distinct.sort();
                distinct.dedup();
                assert_eq!(distinct.len(), cases.len(), "{order:?} shows a case twice");
                assert_eq!(walk(&db.store, Scope::Everything, order, 6, false).await, forwards, "{order:?} backwards");
                let mut reversed = walk(&db.store, Scope::Everything, Order { ascending: !ascending, ..order }, 9, true).await;
                reversed.reverse();
                assert_eq!(reversed, forwards, "{order:?} reversed");
            }
        }
        let mut expected = cases.clone();
        expected.sort_by_key(|case| (case.content.proposal.decision_date.is_none(), case.content.proposal.decision_date, case.id));
        let order = Order { field: OrderField::DecisionDate, ascending: true };
        let ids: Vec<AssessmentId> = expected.iter().map(|case| case.id).collect();
        assert_eq!(walk(&db.store, Scope::Everything, order, 100, true).await, ids, "cases without a date come last");
        let mut expected = cases;
        expected.sort_by_key(|case| (case.updated_at, case.id));
        let order = Order { field: OrderField::UpdatedAt, ascending: true };
        let ids: Vec<AssessmentId> = expected.iter().map(|case| case.id).collect();
        assert_eq!(walk(&db.store, Scope::Everything, order, 100, true).await, ids);
    }

    async fn cases_of_several_organisations_are_one_list_in_every_order(db) {
        let mut world = World::new(&db.store).await;
        let (actor, cases) = spread(&db.store, &mut world, 40).await;
        let permitted: BTreeMap<AssessmentId, OrganisationId> = cases
            .iter()
            .filter(|(case, phase)| permit(&actor, Action::Read, case, *phase).is_ok())
            .map(|(case, _)| (case.id, case.organisation))
            .collect();
        let of = |organisation| permitted.values().filter(|one| **one == organisation).count();
        let organisations: BTreeSet<OrganisationId> = cases.iter().map(|(case, _)| case.organisation).collect();
        let numbers: Vec<usize> = organisations.into_iter().map(of).collect();
        assert_eq!(numbers, [14, 7, 9], "the list is of three parts, each longer than a page");
        for field in OrderField::ALL.iter().copied() {
            for ascending in [true, false] {
                let order = Order { field, ascending };
                let mut expected = walk(&db.store, Scope::Everything, order, 100, true).await;
                expected.retain(|id| permitted.contains_key(id));
                for forwards in [true, false] {
                    let seen = walk(&db.store, Scope::Read(&actor), order, 3, forwards).await;
                    assert_eq!(seen, expected, "{order:?}, forwards: {forwards}");
                }
            }
        }
    }

    async fn a_page_is_one_statement_and_a_case_added_meanwhile_moves_nothing(db) {
        let mut world = World::new(&db.store).await;
        fill(&db.store, &mut world, 20).await;
        let order = Order { field: OrderField::Reference, ascending: true };
        let window = Window { size: 5, ..Window::default() };
        let before = db.statements.load(Ordering::Relaxed);
        let list = async |window: &Window| {
            db.store.read().list_cases(&Filter::default(), Scope::Everything, order, window).await.unwrap()
        };
        let first = list(&window).await;
        assert_eq!(db.statements.load(Ordering::Relaxed) - before, 1);
        assert!(!first.has_previous && first.has_next);
        let mut early = world.case("Early");
        early.reference = "T6Y0W-2026-0000".into();
        db.store
            .write(async |tx| {
                tx.insert(&early, &drafting()).await?;
                edited(tx, &early).await
            })
            .await
            .unwrap();
        let second = list(&Window { cursor: Some(order.cursor(&first.nodes[4].head)), ..window }).await;
        assert_eq!(second.nodes[0].head.reference, "T6Y0W-2026-0006");
        assert!(second.has_previous);
    }

    async fn a_plan_serves_every_page_of_the_same_length(db) {
        let mut world = World::new(&db.store).await;
        let (actor, _) = spread(&db.store, &mut world, 3).await;
        let window = Window { size: 7, ..Window::default() };
        let scope = Scope::Read(&actor);
        let page = db.store.read().list_cases(&Filter::default(), scope, Order::default(), &window).await.unwrap();
        assert_eq!(page.nodes.len(), 3);
        if !db.store.is_shared() {
            return;
        }
        // What the connection of the store did last. A length that is a parameter is planned for anew each time.
        let asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND \
                     pid <> pg_backend_pid() AND query LIKE '%UNION ALL%'";
        assert_eq!(db.number(asked).await, 1);
        assert_eq!(db.number(&format!("{asked} AND query LIKE '%LIMIT 8%'")).await, 1);
        assert_eq!(db.number(&format!("{asked} AND query LIKE '%LIMIT $%'")).await, 0);
    }

    async fn a_cursor_of_another_order_or_of_nobody_is_refused(db) {
        let mut world = World::new(&db.store).await;
        fill(&db.store, &mut world, 2).await;
        let by_time = Order { field: OrderField::UpdatedAt, ascending: true };
        let by_risk = Order { field: OrderField::Risk, ascending: true };
        let read = db.store.read();
        let filter = Filter::default();
        let page = read.list_cases(&filter, Scope::Everything, by_time, &Window::default()).await.unwrap();
        for cursor in [by_time.cursor(&page.nodes[0].head), "x".into(), "risk~1~x".into(), String::new()] {
            let window = Window { cursor: Some(cursor), ..Window::default() };
            let refused = read.list_cases(&filter, Scope::Everything, by_risk, &window).await;
            assert!(matches!(refused, Err(Error::Cursor)));
        }
    }

    async fn a_page_is_never_larger_than_a_hundred(db) {
        let mut world = World::new(&db.store).await;
        fill(&db.store, &mut world, 102).await;
        let window = Window { size: 5_000, ..Window::default() };
        let (read, filter) = (db.store.read(), Filter::default());
        let page = read.list_cases(&filter, Scope::Everything, Order::default(), &window).await.unwrap();
        assert_eq!(page.nodes.len(), 100);
        assert!(page.has_next);
    }

    async fn each_filter_finds_what_it_asks_and_is_counted(db) {
        let mut world = World::new(&db.store).await;
        let mut case = world.case("Moving the 50%_centre  to Norwich");
        case.reference = "T6Y0W-2026-0007".into();
        case.state = "panel_review".into();
        case.form.key = "own".into();
        case.workflow.key = "own".into();
        (case.updated_at, case.created_at) = (at(10), at(10));
        case.content.proposal.decision_date = Some(day(5));
        case.content.proposal.kind_of_change = Some(KindOfChange::Closure);
        case.content.proposal.service_line = Some("Maternity".into());
        case.content.proposal.programme = Some("Programme".into());
        case.content.proposal.footprint = vec!["E07000148".into()];
        case.content.impacts.push(Impact {
            id: world.supply.fresh(),
            groups: vec!["sex".into()],
            direction: Direction::Negative,
            rationale: String::new(),
            initial: None,
            target: None,
            reach: None,
            evidence: Vec::new(),
            no_mitigation_because: None,
            justification: None,
            chance: None,
            open_question: None,
        });
        let mut projection = drafting();
        projection.phase = Phase::Review;
        projection.standing = Standing::Proceeding;
        projection.band = Some(Band::Unrated);
        projection.words = Some(search::words(&case.reference, &case.content, None, &BTreeMap::new()));
        db.store
            .write(async |tx| {
                tx.insert(&case, &projection).await?;
                edited(tx, &case).await
            })
            .await
            .unwrap();
        fill(&db.store, &mut world, 3).await;
        let none = Filter::default();
        let words = |text: &str| vec![text.to_owned()];
        let asked = [
            Filter { search: Some("NORWICH  moving".into()), ..none.clone() },
            Filter { search: Some("50%_".into()), ..none.clone() },
            Filter { search: Some("2026-0007".into()), ..none.clone() },
            Filter { phases: vec![Phase::Review, Phase::Closed], ..none.clone() },
            Filter { states: words("panel_review"), ..none.clone() },
            Filter { standings: vec![Standing::Proceeding], ..none.clone() },
            Filter { groups: words("sex"), ..none.clone() },
            Filter { areas: words("E07000148"), ..none.clone() },
            Filter { service_lines: words("Maternity"), ..none.clone() },
            Filter { programmes: words("Programme"), ..none.clone() },
            Filter { bands: vec![Band::Unrated], ..none.clone() },
            Filter { kinds_of_change: vec![KindOfChange::Closure], ..none.clone() },
            Filter { forms: words("own"), ..none.clone() },
            Filter { workflows: words("own"), ..none.clone() },
            Filter { updated_since: Some(at(10)), ..none.clone() },
            Filter { created_since: Some(at(10)), ..none.clone() },
            Filter { decision_from: Some(day(5)), ..none.clone() },
            Filter { decision_from: Some(day(5)), decision_to: Some(day(5)), ..none.clone() },
        ];
        let read = db.store.read();
        for filter in asked {
            let window = Window::default();
            let page = read.list_cases(&filter, Scope::Everything, Order::default(), &window).await.unwrap();
            let found: Vec<AssessmentId> = page.nodes.iter().map(|case| case.head.id).collect();
            assert_eq!(found, [case.id], "{filter:?}");
            assert_eq!(read.count_cases(&filter, Scope::Everything).await.unwrap(), 1, "{filter:?}");
            // What a search finds is asked the same, in rows of its own.
            let search = filter.search.clone().or_else(|| Some("moving".into()));
            let searched = Filter { search, ..filter };
            assert_eq!(read.count_cases(&searched, Scope::Everything).await.unwrap(), 1, "{searched:?}");
        }
        let counts = [
            (Filter { organisations: words("T6Y0W"), ..none.clone() }, 4),
            (Filter { organisations: words("NONE"), ..none.clone() }, 0),
            (Filter { forms: words("ehia"), ..none.clone() }, 3),
            (Filter { forms: words("board-maturity"), ..none.clone() }, 0),
            (Filter { author: Some(world.author.id), ..none.clone() }, 4),
            (Filter { search: Some("%".into()), ..none.clone() }, 0),
            (Filter { search: Some("entre".into()), ..none.clone() }, 0),
            (Filter { search: Some(" ".into()), ..none.clone() }, 4),
            (Filter { updated_since: Some(at(0)), ..none.clone() }, 4),
            (Filter { updated_since: Some(at(11)), ..none.clone() }, 0),
            (Filter { updated_before: Some(at(10)), ..none.clone() }, 3),
            (Filter { updated_before: Some(at(11)), ..none.clone() }, 4),
            (Filter { created_before: Some(at(10)), ..none.clone() }, 3),
            (Filter { created_since: Some(at(0)), created_before: Some(at(0)), ..none.clone() }, 0),
            // Of four, one is not dated.
            (Filter { decision_from: Some(day(0)), ..none.clone() }, 3),
            (Filter { decision_to: Some(day(9_000)), ..none.clone() }, 3),
            (Filter { decision_to: Some(day(4)), ..none.clone() }, 2),
            (Filter { decision_from: Some(day(6)), ..none }, 0),
        ];
        for (filter, number) in counts {
            assert_eq!(read.count_cases(&filter, Scope::Everything).await.unwrap(), number, "{filter:?}");
        }
    }
}
