//! The WHERE of lists and the policy of commands say the same, over generated cases and actors.

use std::collections::BTreeMap;

use ehia::{
    domain::{
        case::{Case, ShareLevel},
        condition::{Condition, ConditionStatus},
        decision::{Decision, DecisionOutcome},
        id::{AssessmentId, OrganisationId, PersonId},
        leave::DEPUTISED,
        mitigation::Mitigation,
        page::Window,
        party::Party,
        permission::{Action, Actor, Deputised, Grant, Role, permit, relation},
        review::{Interest, Panel, PanelMember},
        search,
        workflow::Phase,
    },
    store::{
        Scope, Store,
        list::{Filter, Order},
    },
};

use crate::{
    search::has,
    support::{
        cases::{World, at, begin, drafting, organisation, person},
        on_both,
    },
};

/// Draws choices, the same in every run (Steele, Lea and Flood, `SplitMix`, 2014).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap() % limit
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn sometimes(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

fn generated(
    draw: &mut Draw,
    world: &mut World,
    organisations: &[OrganisationId],
    people: &[PersonId],
) -> (Case, Phase) {
    let mut case = world.case("Generated");
    case.organisation = draw.of(organisations);
    case.author = draw.of(people);
    if draw.sometimes(2) {
        case.content.contributors = vec![draw.of(people), draw.of(people)];
    }
    if draw.sometimes(2) {
        case.content.sro = Some(Party::person(draw.of(people)));
    }
    if draw.sometimes(2) {
        case.content.mitigations.push(Mitigation {
            id: world.supply.fresh(),
            action: "Synthetic.".into(),
            impacts: Vec::new(),
            owner: Some(Party::person(draw.of(people))),
            due: None,
            indicator: None,
            baseline: None,
            target_value: None,
            reliances: Vec::new(),
        });
    }
    if draw.sometimes(3) {
        case.process.conditions.push(Condition {
            id: world.supply.fresh(),
            text: "Synthetic.".into(),
            owner: Party::person(draw.of(people)),
            due: at(0).date_naive(),
            evidence_wanted: None,
            verifier: Party::person(draw.of(people)),
            status: ConditionStatus::Open,
            reports: Vec::new(),
            links_since: None,
            answers: Vec::new(),
        });
    }
    if draw.sometimes(2) {
        let members = (0..draw.below(5)).map(|_| PanelMember {
            person: draw.of(people),
            seat: "member".into(),
            interest: draw.of(Interest::ALL),
            note: None,
            unanswered: false,
        });
        let members = members.collect();
        case.process.panel =
            Some(Panel { id: world.supply.fresh(), name: "Panel".into(), members, standing: None });
    }
    for _ in 0..draw.below(3) {
        case.shares.insert(draw.of(organisations), draw.of(ShareLevel::ALL));
    }
    if draw.sometimes(3) {
        case.process.decisions.push(decision(world));
    }
    let phase = draw.of(Phase::ALL);
    (case, phase)
}

fn decision(world: &mut World) -> Decision {
    Decision {
        id: world.supply.fresh(),
        body: "Board".into(),
        authority: "Synthetic".into(),
        meeting: at(0).date_naive(),
        minute: None,
        paper: None,
        outcome: DecisionOutcome::Stop,
        reasons: "Synthetic".into(),
        revision: 1,
        present: Vec::new(),
        sponsor_sat: false,
        read_by: Vec::new(),
        readings: Vec::new(),
        options_considered: Vec::new(),
        statement: "Synthetic".into(),
        accepted: Vec::new(),
        at: at(0),
        by: world.author.id,
        record: String::new(),
    }
}

async fn listed(store: &Store, search: Option<&str>, scope: Scope<'_>) -> Vec<AssessmentId> {
    let mut window = Window { size: 100, forwards: true, cursor: None };
    let filter = Filter { search: search.map(str::to_owned), ..Filter::default() };
    let order = Order::default();
    let mut all = Vec::new();
    loop {
        let page = store.read().list_cases(&filter, scope, order, &window).await.unwrap();
        window.cursor = page.nodes.last().map(|case| order.cursor(&case.head));
        all.extend(page.nodes.into_iter().map(|case| case.head.id));
        if !page.has_next {
            break;
        }
    }
    assert_eq!(all.len() as u64, store.read().count_cases(&filter, scope).await.unwrap());
    all.sort();
    all
}

on_both! {
    async fn a_list_shows_exactly_what_the_policy_permits(db) {
        let mut world = World::new(&db.store).await;
        let mut draw = Draw(20_261_122);
        let mut organisations = vec![world.organisation.id];
        let mut people = vec![world.author.id];
        for code in ["A", "B"] {
            let another = organisation(&mut world.supply, code, "Synthetic");
            db.store.write(async |tx| tx.add_organisation(&another, at(0)).await).await.unwrap();
            organisations.push(another.id);
        }
        for _ in 0..5 {
            let another = person(&mut world.supply, "Person");
            db.store.write(async |tx| tx.add_person(&another, None).await).await.unwrap();
            people.push(another.id);
        }
        let mut cases = Vec::new();
        for number in 0..200 {
            let (mut case, phase) = generated(&mut draw, &mut world, &organisations, &people);
            let often = ["Maternity", "Dialysis", "Dialysis"][number % 3];
            case.content.title = format!("Generated {often} {number}{}", if number % 40 == 7 { " seldom" } else { "" });
            let mut projection = drafting();
            projection.phase = phase;
            projection.words = Some(search::words(&case.reference, &case.content, None, &BTreeMap::new()));
            db.store
                .write(async |tx| {
                    begin(tx, &case, &mut world.supply).await?;
                    tx.rebuild(&case, &projection).await
                })
                .await
                .unwrap();
            cases.push((case, phase));
        }
        let mut relations = std::collections::BTreeSet::new();
        for number in 0..60 {
            let grants = (0..draw.below(4)).map(|_| Grant {
                organisation: draw.of(&organisations),
                role: draw.of(Role::ALL),
                until: None,
            });
            let grants: Vec<Grant> = grants.collect();
            let deputises = grants.iter().take(number % 3).map(|grant| Deputised {
                organisation: grant.organisation,
                role: draw.of(&DEPUTISED),
                on_behalf_of: draw.of(&people),
                until: "2027-12-31".parse().unwrap(),
            });
            let deputises = deputises.collect();
            let actor = Actor { person: draw.of(&people), grants, deputises, read_only: number % 2 == 0 };
            for (action, scope) in
                [(Action::Read, Scope::Read(&actor)), (Action::SeeStub, Scope::SeeStub(&actor))]
            {
                let permitted = cases.iter().filter(|(case, phase)| permit(&actor, action, case, *phase).is_ok());
                let mut permitted: Vec<AssessmentId> = permitted.map(|(case, _)| case.id).collect();
                permitted.sort();
                let shown = listed(&db.store, None, scope).await;
                let differ = |(case, _): &&(Case, Phase)| permitted.contains(&case.id) != shown.contains(&case.id);
                let differ = cases.iter().find(differ).map(|(case, _)| (case.id, relation(&actor, case)));
                assert_eq!(differ, None, "{action} by {actor:?}");
                for typed in ["generated", "MATER", "seldom", "dialysis seldom", "maternity 19", "nothing"] {
                    let wanted = cases.iter().filter(|(case, _)| permitted.contains(&case.id) && has(case, typed));
                    let mut wanted: Vec<AssessmentId> = wanted.map(|(case, _)| case.id).collect();
                    wanted.sort();
                    assert_eq!(listed(&db.store, Some(typed), scope).await, wanted, "{typed}: {action} by {actor:?}");
                }
            }
            let theirs = cases.iter().filter(|(case, phase)| {
                !actor.belongs(case.organisation) && permit(&actor, Action::SeeStub, case, *phase).is_ok()
            });
            let mut theirs: Vec<AssessmentId> = theirs.map(|(case, _)| case.id).collect();
            theirs.sort();
            assert_eq!(listed(&db.store, None, Scope::Shared(&actor)).await, theirs, "shared with {actor:?}");
            relations.extend(cases.iter().map(|(case, _)| relation(&actor, case)));
        }
        assert_eq!(relations.len(), 13, "every relation occurred: {relations:?}");
        let nobody = Actor { person: people[0], grants: Vec::new(), deputises: Vec::new(), read_only: false };
        assert!(listed(&db.store, None, Scope::Read(&nobody)).await.is_empty());
        let ids: Vec<AssessmentId> = cases.iter().map(|(case, _)| case.id).collect();
        assert!(db.store.read().summaries(&ids, Scope::SeeStub(&nobody)).await.unwrap().is_empty());
    }
}
