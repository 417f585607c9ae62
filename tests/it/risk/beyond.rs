//! What the picture says beyond its parts, counted again from what the API tells of each case and the files as they ship: who
//! of a group lives under how many cases, promises, severe impacts, money.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;
use ehia::{
    app::{Edit, MitigationNote},
    domain::{
        calendar::Moment,
        edit::List,
        id::Identifier as _,
        mitigation::MitigationStatus,
        permission::Role,
        settings::{Settings, Spending},
        workflow::{Phase, Standing},
    },
};
use serde_json::{Value, json};

use super::{
    Dice, World, change,
    recount::{MAP, fifths, rows, with_wholes},
};
use crate::support::{on_both, stage::PARTNER};

const CASE: &str = "query($id: ID!) { assessment(id: $id) { phase standing submittedRevision
    proposal { effectiveFrom effectiveTo footprint { code } recurrent saving spend fullYear recurrentChange userResidence { percent } }
    impacts { groups { code } direction current { likelihood consequence } }
    mitigations { due impacts { groups { code } } progress { at status } } } }";
const TOLD: &str = "query($group: String!) { aggregatedRisk {
    concurrency(group: $group) { atLeast lsoas residents groupResidents areas { code } }
    severeImpacts(group: $group) { assessments unrated byLikelihood { likelihood assessments } }
    mitigationPromises { all { ...counts } groups { group { code } mitigations { ...counts } } }
    equityOfSpend { assessments nonRecurrent unsaid investments { ...flow } savings { ...flow } }
} } fragment counts on PromiseCounts { assessments promised planned inProgress done verified failed cancelled late finishedLate undated }
    fragment flow on SpendFlow { assessments total attributed notAttributable
        fifths { fifth residents attributed perHead perHeadLow perHeadHigh } }";

/// Groups of which something is told, with the columns of a census table that count them: one is counted by the index, and one
/// by nobody.
const GROUPS: [(&str, &[&str]); 4] = [
    ("age.older_people", &["age_65_69", "age_70_74", "age_75_79", "age_80_84", "age_85plus"]),
    ("disability", &["disabled_limited_a_lot", "disabled_limited_a_little"]),
    ("core20", &[]),
    ("race", &[]),
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn codes(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| text(&one["code"]).to_owned()).collect()
}

fn all(list: &Value) -> &[Value] {
    list.as_array().unwrap()
}

/// The negative impacts of a case on a group.
fn on<'a>(case: &'a Value, group: &str) -> Vec<&'a Value> {
    let negative = all(&case["impacts"]).iter().filter(|impact| impact["direction"] == "NEGATIVE");
    negative.filter(|impact| with_wholes(&codes(&impact["groups"])).contains(group)).collect()
}

/// The people of a group in each LSOA; nothing where no table has them.
fn people(group: &str, columns: &[&str]) -> Option<BTreeMap<String, u64>> {
    if group == "core20" {
        let imd = rows(include_bytes!("../../../data/imd-2025.tsv.gz")).into_iter();
        let core20 = imd.filter(|row| row[2].parse::<u64>().unwrap() <= 2);
        return Some(core20.map(|row| (row[0].clone(), row[3].parse().unwrap())).collect());
    }
    let table: &[u8] = match group {
        "age.older_people" => include_bytes!("../../../data/census-2021-age-sex.tsv.gz"),
        "disability" => include_bytes!("../../../data/census-2021-health.tsv.gz"),
        _ => return None,
    };
    // The headings of the two tables, as they ship.
    let headings: &[&str] = match group {
        "disability" => &["lsoa", "disability_total", "disabled_limited_a_lot", "disabled_limited_a_little"],
        _ => &[
            "lsoa",
            "sex_total",
            "female",
            "male",
            "age_total",
            "age_0_4",
            "age_5_9",
            "age_10_14",
            "age_15_19",
            "age_20_24",
            "age_25_29",
            "age_30_34",
            "age_35_39",
            "age_40_44",
            "age_45_49",
            "age_50_54",
            "age_55_59",
            "age_60_64",
            "age_65_69",
            "age_70_74",
            "age_75_79",
            "age_80_84",
            "age_85plus",
        ],
    };
    let of = |row: &Vec<String>| -> u64 {
        let own = headings.iter().zip(row).filter(|(heading, _)| columns.contains(heading));
        own.map(|(_, cell)| cell.parse::<u64>().unwrap()).sum()
    };
    Some(rows(table).iter().map(|row| (row[0].clone(), of(row))).collect())
}

/// The places under one, two and three cases at once: looked at LSOA by LSOA, on the days that a case begins and before.
fn concurrency(cases: &[Value], group: &str, people: Option<&BTreeMap<String, u64>>) -> Value {
    let touching: Vec<&Value> = cases.iter().filter(|case| !on(case, group).is_empty()).collect();
    let from = |case: &Value| text(&case["proposal"]["effectiveFrom"]).to_owned();
    let mut days: BTreeSet<String> = touching.iter().map(|case| from(case)).collect();
    days.insert(String::new());
    let mut most: BTreeMap<&String, usize> = BTreeMap::new();
    for day in &days {
        let mut there: BTreeMap<&String, usize> = BTreeMap::new();
        for case in &touching {
            let to = text(&case["proposal"]["effectiveTo"]);
            if from(case) <= *day && (to.is_empty() || day.as_str() <= to) {
                let footprint = codes(&case["proposal"]["footprint"]);
                let lsoas: BTreeSet<&String> =
                    footprint.iter().filter_map(|code| MAP.areas.get(code)).flatten().collect();
                for lsoa in lsoas {
                    *there.entry(lsoa).or_default() += 1;
                }
            }
        }
        for (lsoa, count) in there {
            let most = most.entry(lsoa).or_default();
            *most = count.max(*most);
        }
    }
    let level = |at_least: usize| {
        let lsoas: Vec<&String> =
            most.iter().filter(|(_, count)| **count >= at_least).map(|(lsoa, _)| *lsoa).collect();
        let areas: BTreeSet<&String> = lsoas.iter().map(|lsoa| &MAP.district[*lsoa]).collect();
        let residents: u64 = lsoas.iter().map(|lsoa| MAP.people[*lsoa]).sum();
        let own = people.map(|people| lsoas.iter().filter_map(|lsoa| people.get(*lsoa)).sum::<u64>());
        json!({
            "atLeast": at_least,
            "lsoas": lsoas.len(),
            "residents": residents,
            "groupResidents": own,
            "areas": areas.iter().map(|code| json!({ "code": code })).collect::<Vec<_>>(),
        })
    };
    let levels = (1..=3).map(level).filter(|level| level["lsoas"] != 0);
    levels.collect()
}

/// How many cases rate an impact on the group as major, by their greatest likelihood, or rate none and leave one unrated.
fn severe(cases: &[Value], group: &str) -> Value {
    let (mut unrated, mut likely) = (0, BTreeMap::<u64, usize>::new());
    for case in cases {
        let ratings: Vec<&Value> = on(case, group).iter().map(|impact| &impact["current"]).collect();
        let major = ratings.iter().filter(|rating| rating["consequence"].as_u64() >= Some(4));
        match major.filter_map(|rating| rating["likelihood"].as_u64()).max() {
            Some(likelihood) => *likely.entry(likelihood).or_default() += 1,
            None => unrated += usize::from(ratings.iter().any(|rating| rating.is_null())),
        }
    }
    let told = likely.iter().rev();
    let told = told.map(|(likelihood, cases)| json!({ "likelihood": likelihood, "assessments": cases }));
    json!({
        "assessments": likely.values().sum::<usize>() + unrated,
        "unrated": unrated,
        "byLikelihood": told.collect::<Vec<_>>(),
    })
}

/// What was reported of each mitigation, by group and of all: `all` is no group.
fn promises(cases: &[Value], today: &str) -> BTreeMap<String, BTreeMap<&'static str, usize>> {
    let mut counts: BTreeMap<String, BTreeMap<&'static str, usize>> = BTreeMap::new();
    for case in cases {
        let mut touched = BTreeSet::new();
        for mitigation in all(&case["mitigations"]) {
            let mut groups: BTreeSet<String> = all(&mitigation["impacts"])
                .iter()
                .flat_map(|impact| with_wholes(&codes(&impact["groups"])))
                .collect();
            groups.insert("all".into());
            let progress = all(&mitigation["progress"]);
            let status = progress.last().map_or("PLANNED", |report| text(&report["status"]));
            let open = ["PLANNED", "IN_PROGRESS"].contains(&status);
            let finished =
                |report: &&Value| ["DONE", "VERIFIED", "FAILED"].contains(&text(&report["status"]));
            let since = progress.iter().rev().take_while(finished).last();
            let due = text(&mitigation["due"]);
            let after = since.is_some_and(|report| !due.is_empty() && &text(&report["at"])[..10] > due);
            let mut told = vec!["promised"];
            told.push(match status {
                "PLANNED" => "planned",
                "IN_PROGRESS" => "inProgress",
                "DONE" => "done",
                "VERIFIED" => "verified",
                "FAILED" => "failed",
                _ => "cancelled",
            });
            told.extend((open && !due.is_empty() && due < today).then_some("late"));
            told.extend((!open && status != "CANCELLED" && after).then_some("finishedLate"));
            told.extend((open && due.is_empty()).then_some("undated"));
            for group in groups {
                let own = counts.entry(group.clone()).or_default();
                for name in &told {
                    *own.entry(*name).or_default() += 1;
                }
                if touched.insert(group) {
                    *own.entry("assessments").or_default() += 1;
                }
            }
        }
    }
    counts
}

fn pence(money: &Value) -> Option<i64> {
    money.as_str().map(|money| money.replace('.', "").parse().unwrap())
}

fn money(pence: i64) -> Value {
    json!(format!("{}.{:02}", pence / 100, pence % 100))
}

/// An amount, with the percent of it for each fifth where its author says.
type Flow = (i64, Option<Vec<i64>>);

/// By how much proposals change what is spent every year: more of it, or less, by where users live.
fn spend(cases: &[Value], heads: [u64; 5]) -> Value {
    let (mut once, mut unsaid) = (0, 0);
    let mut flows = [Vec::<Flow>::new(), Vec::new()];
    for case in cases {
        let proposal = &case["proposal"];
        let of = |field: &str| pence(&proposal[field]);
        let (more, less) = match (of("recurrentChange"), proposal["recurrent"].as_bool()) {
            (Some(change), _) => (change.max(0), (-change).max(0)),
            (None, Some(true)) => match (of("spend"), of("saving")) {
                (Some(spend), Some(saving)) => (spend, saving),
                (spend, saving) => {
                    let year = of("fullYear");
                    (spend.and(year.or(spend)).unwrap_or(0), saving.and(year.or(saving)).unwrap_or(0))
                }
            },
            (None, Some(false)) => {
                once += 1;
                continue;
            }
            (None, None) => {
                unsaid += 1;
                continue;
            }
        };
        let percent = proposal["userResidence"]["percent"].as_array();
        let percent: Option<Vec<i64>> =
            percent.map(|all| all.iter().map(|one| one.as_i64().unwrap()).collect());
        for (flow, amount) in flows.iter_mut().zip([more, less]) {
            if amount > 0 {
                flow.push((amount, percent.clone()));
            }
        }
    }
    let told = |flow: &[Flow]| {
        let total: i64 = flow.iter().map(|(amount, _)| amount).sum();
        let rest: i64 = flow.iter().filter(|(_, percent)| percent.is_none()).map(|(amount, _)| amount).sum();
        let fifth = |fifth: usize| {
            let placed =
                flow.iter().filter_map(|(amount, percent)| Some(amount * percent.as_ref()?[fifth] / 100));
            let (own, people) = (placed.sum::<i64>(), i64::try_from(heads[fifth]).unwrap());
            // To the nearest penny.
            let a_head = |pence: i64| {
                if people == 0 { Value::Null } else { money((pence * 2 + people) / (people * 2)) }
            };
            json!({
                "fifth": fifth + 1,
                "residents": people,
                "attributed": money(own),
                "perHead": a_head(own),
                "perHeadLow": a_head(own),
                "perHeadHigh": a_head(own + rest),
            })
        };
        json!({
            "assessments": flow.len(),
            "total": money(total),
            "attributed": money(total - rest),
            "notAttributable": money(rest),
            "fifths": (0..5).map(fifth).collect::<Vec<_>>(),
        })
    };
    json!({
        "assessments": cases.len(),
        "nonRecurrent": once,
        "unsaid": unsaid,
        "investments": told(&flows[0]),
        "savings": told(&flows[1]),
    })
}

/// Promises as they are told, with counts of nothing left out.
fn told_promises(told: &Value) -> BTreeMap<String, BTreeMap<String, usize>> {
    let counts = |counts: &Value| {
        let some = counts.as_object().unwrap().iter().filter(|(_, count)| **count != 0);
        some.map(|(name, count)| (name.clone(), usize::try_from(count.as_u64().unwrap()).unwrap())).collect()
    };
    let groups = all(&told["groups"]).iter();
    let groups = groups.map(|one| (text(&one["group"]["code"]).to_owned(), counts(&one["mitigations"])));
    groups.chain([("all".to_owned(), counts(&told["all"]))]).collect()
}

impl World {
    /// Cases with money that goes either way, once or not said, and a promise that is late.
    async fn paid_for(&mut self, dice: &mut Dice, moment: Moment) {
        let residence = json!({ "percent": [50, 20, 15, 10, 5], "basis": "Synthetic" });
        for proposal in [
            json!({ "saving": "412000.00" }),
            json!({ "recurrentChange": "-100000.00", "userResidence": null }),
            json!({ "recurrentChange": "30000.00", "userResidence": residence }),
            json!({ "recurrent": false }),
            json!({ "recurrent": null }),
            json!({ "saving": "5000.00", "spend": "7000.00", "fullYear": null, "userResidence": null }),
        ] {
            let id = self.begin(true, dice, moment).await;
            let author = self.home.who(Role::Author);
            let view = self.stage.app.view(author, id).await.unwrap();
            let late = json!({ "due": "2000-01-01" }).as_object().unwrap().clone();
            let edits = vec![
                Edit::Proposal(proposal.as_object().unwrap().clone()),
                Edit::Element {
                    list: List::Mitigations,
                    id: Some(view.case.content.mitigations[0].id.uuid()),
                    fields: late,
                },
            ];
            self.stage.app.edit(author, id, view.case.version, edits, None, moment).await.unwrap();
            self.home.go_at(Role::Author, id, "send", moment).await.unwrap();
        }
    }

    /// What came of promises, of one that is late first: seldom does that come of changes alone.
    async fn ended(&self, dice: &mut Dice, moment: Moment) {
        let promise = dice.roll(6);
        for (status, nth) in [
            (MitigationStatus::Failed, 0),
            (MitigationStatus::Verified, 1 + promise),
            (MitigationStatus::Cancelled, 2 + promise),
        ] {
            let verifies = status == MitigationStatus::Verified;
            for id in &self.cases {
                let view = self.home.app.view(self.home.who(Role::Auditor), *id).await.unwrap();
                let going = view.head.standing != Standing::Stopped && view.head.phase != Phase::Drafting;
                // Nobody verifies what was not approved; of the others, some stay open and are late.
                let reported = if verifies { view.head.phase != Phase::Review } else { dice.roll(2) == 0 };
                if !going || !reported {
                    continue;
                }
                let content = &view.case.content;
                let note = MitigationNote {
                    mitigation: content.mitigations[nth % content.mitigations.len()].id,
                    status,
                    note: "Synthetic.".into(),
                    current: None,
                    evidence: content.evidence.iter().take(1).map(|one| one.id).collect(),
                };
                let lead = self.home.who(Role::EqualityLead);
                self.home.app.report_mitigation(lead, *id, note, None, moment).await.unwrap();
            }
        }
    }
}

on_both! {
    async fn what_is_said_beyond_its_parts_is_what_the_documents_say_after_any_changes(database) {
        let mut world = World::new(database).await;
        let (mut dice, now) = (Dice(20_261_124), world.stage.moment);
        let mut settings = Settings { workflow: "two-person".into(), ..Settings::default() };
        settings.spending = Spending { areas: vec!["E07000145".into()], need_percent: None };
        world.home.set(settings).await.unwrap();
        let day = |back: u64| Moment { at: now.at - Days::new(back), today: now.today - Days::new(back) };
        world.paid_for(&mut dice, day(5)).await;
        let tables: Vec<_> = GROUPS.iter().map(|(group, columns)| people(group, columns)).collect();
        let (heads, mut seen) = (fifths("E07000145"), BTreeSet::new());
        for back in (0..5).rev() {
            for _ in 0..16 {
                let id = dice.one_of(&world.cases);
                // Some changes are refused.
                let _ = change(&world.home, PARTNER, id, &mut dice, day(back)).await;
            }
            world.ended(&mut dice, day(back)).await;
            let mut cases = Vec::new();
            for id in &world.cases {
                let case = world.stage.read(&world.governance, CASE, json!({ "id": id.global() })).await["assessment"].clone();
                let draft = case["phase"] == "DRAFTING" && case["submittedRevision"].is_null();
                if case["standing"] != "STOPPED" && !draft {
                    cases.push(case);
                }
            }
            for ((group, _), people) in GROUPS.iter().zip(&tables) {
                let told = world.stage.read(&world.governance, TOLD, json!({ "group": group })).await["aggregatedRisk"].clone();
                assert_eq!(told["concurrency"], concurrency(&cases, group, people.as_ref()), "{back} {group}");
                assert_eq!(told["severeImpacts"], severe(&cases, group), "{back} {group}");
                assert_eq!(told["equityOfSpend"], spend(&cases, heads), "{back}");
                let wanted: BTreeMap<String, BTreeMap<String, usize>> = promises(&cases, &now.today.to_string())
                    .into_iter()
                    .map(|(group, counts)| (group, counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()))
                    .collect();
                let mut found = told_promises(&told["mitigationPromises"]);
                found.retain(|_, counts| !counts.is_empty());
                seen.extend(found.values().flat_map(|counts| counts.keys().cloned()));
                assert_eq!(found, wanted, "{back}");
            }
        }
        for name in ["promised", "planned", "late", "verified", "failed", "cancelled", "finishedLate"] {
            assert!(seen.contains(name), "{seen:?}");
        }
    }
}
