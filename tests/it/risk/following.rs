//! What changed over time and in spend: every figure is that of the picture of that day, or follows from what the API tells of
//! each case.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use ehia::{
    app::{AnswerNote, Edit},
    domain::{
        calendar::Moment,
        case::ShareLevel,
        edit::List,
        id::{AssessmentId, Identifier as _},
        mitigation::MitigationStatus,
        permission::Role,
        risk::Filter,
        settings::{Settings, Spending},
        text::Path,
    },
};
use serde_json::{Value, json};

use super::{Dice, World, change, recount};
use crate::support::{on_both, stage::HOME};

const TREND: &str = "query($months: Int!) { aggregatedRisk { trend(months: $months) {
    month asAt complete recorded assessments drafts impacts { ...directions } bands { ...band }
    initial: bands(basis: INITIAL) { ...band } heatMaps { scale cells { likelihood consequence impacts assessments } }
    maximum { band score } openMitigations reach { low high }
    exposures(by: [GROUP, DISTRICT], first: 100) { totalCount nodes { ...part } } } } }
    fragment directions on DirectionCounts { positive negative neutral unknown }
    fragment band on BandCount { band impacts assessments }
    fragment part on Exposure { group { code } area { code } assessments residents impacts { ...directions } bands { ...band } }";

const THEN: &str = "query($day: Date) { aggregatedRisk(filter: { asAt: $day }) {
    assessments drafts impacts { ...directions } bands { ...band }
    initial: bands(basis: INITIAL) { ...band } heatMaps { scale cells { likelihood consequence impacts assessments } }
    whole: exposures(by: []) { nodes { maximum { band score } openMitigations reach { low high } } }
    exposures(by: [GROUP, DISTRICT], first: 100) { totalCount nodes { ...part } } } }
    fragment directions on DirectionCounts { positive negative neutral unknown }
    fragment band on BandCount { band impacts assessments }
    fragment part on Exposure { group { code } area { code } assessments residents impacts { ...directions } bands { ...band } }";

const OVER_TIME: &str = "{ aggregatedRisk {
    mitigationPromises { unreadable all { ...counts } groups { group { code } mitigations { ...counts } } }
    impactOnDecisions { assessments altered alteredFields { field assessments } mitigated impactsFound returned returns notSupported stopped
        withdrawn ratings { basis lowered same raised unrated } verdicts { recommendation decision assessments altered } inWords unreadable
        cases(first: 1) { totalCount nodes { reference altered returned decision stopped assessment { title } } pageInfo { hasNextPage } } }
} } fragment counts on PromiseCounts { assessments promised planned inProgress done verified failed cancelled late finishedLate undated }";

const CASE: &str = "query($id: ID!) { assessment(id: $id) { reference mitigations { status due impacts { groups { code } } } } }";

const SPEND: &str = "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) { equityOfSpend { inWords areas { code } edition needPercent assessments nonRecurrent unsaid
    unreadable investments { ...flow } savings { ...flow } } } }
    fragment flow on SpendFlow { assessments total attributed notAttributable notAttributableShare
        fifths { fifth residents attributed perHead perHeadLow perHeadHigh perHeadAsResidents } }";

fn fields(fields: Value) -> serde_json::Map<String, Value> {
    fields.as_object().unwrap().clone()
}

impl World {
    async fn alter(&self, id: AssessmentId, edit: Edit) {
        let author = self.home.who(Role::Author);
        let version = self.stage.app.view(author, id).await.unwrap().case.version;
        self.stage.app.edit(author, id, version, vec![edit], None, self.stage.moment).await.unwrap();
    }
}

on_both! {
    async fn each_month_of_a_trend_is_the_picture_of_its_last_day(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(1_789);
        let now = world.stage.moment;
        let day = |back: u64| Moment { at: now.at - Days::new(back), today: now.today - Days::new(back) };
        let mut heads = BTreeMap::new();
        for back in [95, 70, 40, 12] {
            let id = world.begin(true, &mut dice, day(back)).await;
            heads.insert(id, true);
            for step in 0..6_u64 {
                let case = dice.one_of(&world.cases);
                // Some changes are refused.
                let _ = change(world.body(case, &heads), crate::support::stage::PARTNER, case, &mut dice, day(back - step)).await;
            }
            let _ = world.home.go_at(Role::Author, id, "send", day(back - 7)).await;
            world.stage.app.fold_risk().await.unwrap();
        }
        let told = world.stage.read(&world.governance, TREND, json!({ "months": 6 })).await;
        let months = told["aggregatedRisk"]["trend"].as_array().unwrap();
        assert_eq!(months.len(), 6);
        let mut seen = Vec::new();
        for month in months {
            let then = world.stage.read(&world.governance, THEN, json!({ "day": month["asAt"] })).await["aggregatedRisk"].clone();
            for figure in ["assessments", "drafts", "impacts", "bands", "initial", "heatMaps", "exposures"] {
                assert_eq!(month[figure], then[figure], "{figure} {}", month["month"]);
            }
            let whole = &then["whole"]["nodes"][0];
            if !whole.is_null() {
                for figure in ["maximum", "openMitigations", "reach"] {
                    assert_eq!(month[figure], whole[figure], "{figure} {}", month["month"]);
                }
            }
            let (month_of, as_at) = (month["month"].as_str().unwrap(), month["asAt"].as_str().unwrap());
            assert!(as_at.starts_with(month_of));
            let last: NaiveDate = as_at.parse().unwrap();
            assert_eq!(month["complete"] == true, (last + Days::new(1)).to_string()[..7] != *month_of);
            assert_eq!(month["recorded"] == true, last >= now.today - Days::new(95), "{as_at}");
            seen.push(month["assessments"].as_i64().unwrap() + month["drafts"].as_i64().unwrap());
        }
        assert_eq!(months[5]["asAt"], json!(now.today));
        assert_eq!(seen[0], 0);
        assert!(seen[5] > seen[2], "{seen:?}");
        for (count, until) in [(0, Value::Null), (61, Value::Null), (3, json!("2999-01-01"))] {
            let query = "query($months: Int!, $until: Date) { aggregatedRisk { trend(months: $months, until: $until) { month } } }";
            let answer = world.stage.ask(&world.governance, query, json!({ "months": count, "until": until })).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{count} {until} {answer}");
        }
    }

    async fn promises_and_decisions_are_what_the_cases_say(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(23);
        let moment = world.stage.moment;
        let mut ids = Vec::new();
        for _ in 0..4 {
            let id = world.begin(true, &mut dice, moment).await;
            ids.push(id);
        }
        // The fourth stays a draft.
        let (altered, stopped, kept) = (ids[0], ids[1], ids[2]);
        for id in [altered, stopped, kept] {
            world.home.go(Role::Author, id, "send").await.unwrap();
        }
        // Returned, altered, sent again, adopted; stopped; adopted as it was; never sent.
        world.home.go(Role::EqualityLead, altered, "suggest").await.unwrap();
        world.alter(altered, Edit::Proposal(fields(json!({ "saving": "1.00", "fullYear": "1.00", "summary": "Smaller (synthetic)." })))).await;
        let added = json!({ "action": "Run a shuttle bus (synthetic).", "due": "2000-01-01", "owner": { "name": "Somebody (synthetic)" } });
        world.alter(altered, Edit::Element { list: List::Mitigations, id: None, fields: fields(added) }).await;
        let author = world.home.who(Role::Author);
        let done = AnswerNote { path: Path::of(["impacts"]), text: "It is smaller now (synthetic).".into() };
        world.stage.app.answer_return(author, altered, vec![done], None, moment).await.unwrap();
        world.home.go(Role::Author, altered, "send").await.unwrap();
        for (id, step) in [(altered, "adopt"), (stopped, "refuse"), (kept, "adopt")] {
            world.home.go(Role::EqualityLead, id, "recommend").await.unwrap();
            world.home.go(Role::DecisionMaker, id, step).await.unwrap();
        }
        let author = world.home.who(Role::Author);
        let view = world.stage.app.view(author, kept).await.unwrap();
        let note = |mitigation, status| ehia::app::MitigationNote {
            mitigation,
            status,
            note: "Synthetic.".into(),
            current: None,
            evidence: vec![],
        };
        let first = view.case.content.mitigations[0].id;
        world.stage.app.report_mitigation(author, kept, note(first, MitigationStatus::Done), None, moment).await.unwrap();
        let told = world.stage.read(&world.governance, OVER_TIME, json!({})).await["aggregatedRisk"].clone();

        // Of cases that are pending or proceed: not the one that was stopped, nor the draft.
        let mut wanted: BTreeMap<String, BTreeMap<&str, i64>> = BTreeMap::new();
        for id in [altered, kept] {
            let case = world.stage.read(&world.governance, CASE, json!({ "id": id.global() })).await["assessment"].clone();
            for mitigation in case["mitigations"].as_array().unwrap() {
                let status = mitigation["status"].as_str().unwrap();
                let impacts = mitigation["impacts"].as_array().unwrap().iter();
                let named: Vec<String> = impacts
                    .flat_map(|impact| impact["groups"].as_array().unwrap())
                    .map(|group| group["code"].as_str().unwrap().to_owned())
                    .collect();
                let mut groups = recount::with_wholes(&named);
                groups.insert("all".into());
                let late = mitigation["due"].as_str().is_some_and(|due| due < moment.today.to_string().as_str());
                for group in groups {
                    let counts = wanted.entry(group).or_default();
                    *counts.entry("promised").or_default() += 1;
                    *counts.entry(if status == "DONE" { "done" } else { "planned" }).or_default() += 1;
                    *counts.entry("late").or_default() += i64::from(late && status == "PLANNED");
                }
            }
        }
        let promises = &told["mitigationPromises"];
        let of = |group: &str| -> Value {
            if group == "all" {
                return promises["all"].clone();
            }
            let groups = promises["groups"].as_array().unwrap();
            groups.iter().find(|one| one["group"]["code"] == group).unwrap()["mitigations"].clone()
        };
        assert_eq!(promises["groups"].as_array().unwrap().len(), wanted.len() - 1);
        for (group, counts) in &wanted {
            for (count, number) in counts {
                assert_eq!(of(group)[*count], *number, "{group} {count}");
            }
        }
        assert_eq!((&of("all")["assessments"], &of("all")["done"], &of("all")["late"]), (&json!(2), &json!(1), &json!(1)));

        let impact = &told["impactOnDecisions"];
        assert_eq!(impact["assessments"], 3, "the draft was never sent on: {impact:#}");
        assert_eq!((&impact["altered"], &impact["mitigated"], &impact["returned"], &impact["returns"]), (&json!(1), &json!(1), &json!(1), &json!(1)));
        assert_eq!((&impact["stopped"], &impact["withdrawn"], &impact["unreadable"]), (&json!(1), &json!(0), &json!(0)));
        let named: Vec<&str> = impact["alteredFields"].as_array().unwrap().iter().map(|field| field["field"].as_str().unwrap()).collect();
        assert_eq!(named, ["fullYear", "saving"]);
        let verdicts = impact["verdicts"].as_array().unwrap();
        let verdict = |decision: &str| verdicts.iter().find(|one| one["decision"] == decision).unwrap().clone();
        assert_eq!(verdict("PROCEED_DESPITE_ADVERSE_IMPACT")["assessments"], 2);
        assert_eq!(verdict("PROCEED_DESPITE_ADVERSE_IMPACT")["altered"], 1);
        assert_eq!((&verdict("STOP")["recommendation"], &verdict("STOP")["assessments"]), (&json!("APPROVE"), &json!(1)));
        let cases = &impact["cases"];
        assert_eq!((&cases["totalCount"], &cases["pageInfo"]["hasNextPage"]), (&json!(2), &json!(true)));
        assert!(cases["nodes"][0]["assessment"]["title"].is_string());
        assert!(impact["inWords"].as_str().unwrap().starts_with("Three assessments were sent on. In one the proposal itself"));
        let never = "{ aggregatedRisk { impactOnDecisions(to: \"2000-01-01\") { assessments } } }";
        assert_eq!(world.stage.read(&world.governance, never, json!({})).await["aggregatedRisk"]["impactOnDecisions"]["assessments"], 0);
        // Days that contradict each other are refused, and what else was asked is answered.
        let query = "{ aggregatedRisk { assessments impactOnDecisions(from: \"2026-12-01\", to: \"2026-01-01\") { inWords } } }";
        let answer = world.stage.ask(&world.governance, query, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{answer}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("from 1 December 2026"), "{answer}");
        assert_eq!(answer["data"]["aggregatedRisk"], json!({ "assessments": 2, "impactOnDecisions": null }), "{answer}");
    }

    async fn spend_by_fifth_is_what_the_proposals_say(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(31);
        let mut settings = Settings { workflow: "two-person".into(), ..Settings::default() };
        settings.spending = Spending { areas: vec!["E07000145".into()], need_percent: Some([120, 110, 100, 90, 80]) };
        world.home.set(settings).await.unwrap();
        let moment = world.stage.moment;
        let residence = json!({ "percent": [50, 20, 15, 10, 5], "basis": "Synthetic activity 2025/26" });
        for change in [
            json!({ "recurrentChange": "-400000.00", "userResidence": residence, "footprint": ["E07000145"] }),
            json!({ "recurrentChange": "-100000.00", "userResidence": null, "footprint": ["E07000145"] }),
            json!({ "recurrentChange": "30000.00", "userResidence": residence }),
            json!({ "recurrent": false }),
            json!({ "recurrent": null }),
        ] {
            let id = world.begin(true, &mut dice, moment).await;
            world.alter(id, Edit::Proposal(fields(change))).await;
            world.home.go(Role::Author, id, "send").await.unwrap();
        }
        let told = world.stage.read(&world.governance, SPEND, json!({})).await["aggregatedRisk"]["equityOfSpend"].clone();
        let (less, more) = (&told["savings"], &told["investments"]);
        assert_eq!((&told["assessments"], &told["nonRecurrent"], &told["unsaid"]), (&json!(5), &json!(1), &json!(1)));
        assert_eq!((&told["edition"], &told["areas"][0]["code"]), (&json!("IMD 2025"), &json!("E07000145")));
        assert_eq!((&less["total"], &less["attributed"], &less["notAttributable"]), (&json!("500000.00"), &json!("400000.00"), &json!("100000.00")));
        assert!((less["notAttributableShare"].as_f64().unwrap() - 0.2).abs() < 1e-9);
        assert_eq!((&more["total"], &more["notAttributable"], &more["assessments"]), (&json!("30000.00"), &json!("0.00"), &json!(1)));
        // By hand, from the file of the index.
        let people = recount::fifths("E07000145");
        let all = f64::from(u32::try_from(people.iter().sum::<u64>()).unwrap());
        let rounded = |pence: f64| format!("{:.2}", pence / 100.0);
        for (fifth, (share, need)) in [(50.0, 120.0), (20.0, 110.0), (15.0, 100.0), (10.0, 90.0), (5.0, 80.0)].into_iter().enumerate() {
            let residents = u32::try_from(people[fifth]).unwrap();
            let heads = f64::from(residents) * need / 100.0;
            let own = &less["fifths"][fifth];
            let stated = 40_000_000.0 * share / 100.0;
            assert_eq!(own["residents"], residents);
            assert_eq!(own["attributed"], rounded(stated));
            if residents == 0 {
                let per_head = ["perHead", "perHeadLow", "perHeadHigh", "perHeadAsResidents"];
                assert!(per_head.iter().all(|figure| own[figure].is_null()), "there are no heads: {own}");
                continue;
            }
            assert_eq!(own["perHead"], rounded((stated / heads).round()), "{fifth}");
            assert_eq!(own["perHeadLow"], own["perHead"]);
            assert_eq!(own["perHeadHigh"], rounded(((stated + 10_000_000.0) / heads).round()));
            let as_residents = stated + 10_000_000.0 * f64::from(residents) / all;
            let found: f64 = own["perHeadAsResidents"].as_str().unwrap().parse().unwrap();
            assert!((found * 100.0 - as_residents / heads).abs() < 1.0, "{fifth} {own}");
        }
        assert!(told["inWords"].as_str().unwrap().contains("£100,000 cannot be attributed (20 percent of the savings)"), "{told}");
        // Whatever areas are asked for, heads are the same, so that the money of a whole case is not told per head of one ward.
        let ask = async |filter: Value| {
            let told = world.stage.read(&world.governance, SPEND, json!({ "filter": filter })).await;
            told["aggregatedRisk"]["equityOfSpend"].clone()
        };
        let ward = ask(json!({ "areas": ["E05005784"] })).await;
        assert!(ward["assessments"].as_u64().unwrap() >= 2, "{ward}");
        assert_eq!(ward["areas"], json!([{ "code": "E07000145" }]));
        assert_eq!(ward["savings"], *less, "the same money on the same heads");
        assert!(ward["inWords"].as_str().unwrap().contains("The filter asks for areas"), "{ward}");
        assert!(!told["inWords"].as_str().unwrap().contains("The filter asks"), "{told}");
        let norwich = ask(json!({ "areas": ["E07000148"], "serviceLines": ["None"] })).await;
        assert_eq!((&norwich["assessments"], &norwich["areas"][0]["code"]), (&json!(0), &json!("E07000145")));
        // A case of another organisation is in the money, and it is said; weights that differ weight nobody.
        let id = world.begin(false, &mut dice, moment).await;
        world.partner.go(Role::Author, id, "send").await.unwrap();
        let author = world.partner.who(Role::Author);
        world.stage.app.share(author, id, HOME, ShareLevel::Read, None, moment).await.unwrap();
        let words = world.stage.read(&world.governance, SPEND, json!({})).await;
        let words = words["aggregatedRisk"]["equityOfSpend"]["inWords"].as_str().unwrap().to_owned();
        assert!(words.contains("One case of other organisations that was shared is in the money"), "{words}");
        let whole = world.stage.app.whole_picture(Filter::default(), moment).await.unwrap();
        let words = world.stage.app.spend(&whole).await.unwrap().found.in_words();
        assert!(words.contains("do not weight them alike: ") && words.contains("120, 110, 100, 90, 80 percent by fifth"), "{words}");
    }

    async fn where_users_live_is_written_read_and_refused_field_by_field(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(37);
        let id = world.begin(true, &mut dice, world.stage.moment).await;
        let lead = world.stage.player("writer", &[(world.stage.home, Role::Author)]).await;
        let author = world.home.who(Role::Author);
        let version = world.stage.app.view(author, id).await.unwrap().case.version;
        let edit = vec![Edit::Contributors(json!([lead.person()]))];
        world.stage.app.edit(author, id, version, edit, None, world.stage.moment).await.unwrap();
        let write = |residence: Value| json!([{ "proposal": { "recurrentChange": "-12.50", "userResidence": residence } }]);
        world.stage.edit(&lead, id, write(json!({ "percent": [40, 25, 15, 12, 8], "basis": "Activity" }))).await;
        let read = "query($id: ID!) { assessment(id: $id) { proposal { recurrentChange userResidence { percent basis } } } }";
        let told = world.stage.read(&lead, read, json!({ "id": id.global() })).await["assessment"]["proposal"].clone();
        assert_eq!(told, json!({ "recurrentChange": "-12.50", "userResidence": { "percent": [40, 25, 15, 12, 8], "basis": "Activity" } }));
        let version = world.stage.version(&lead, id).await;
        for (residence, at) in [
            (json!({ "percent": [40, 25, 15, 12, 28], "basis": "Activity" }), "proposal/userResidence/percent"),
            (json!({ "percent": [50, 50], "basis": "Activity" }), "proposal/userResidence/percent"),
            (json!({ "percent": [40, 25, 15, 12, 8], "basis": "" }), "proposal/userResidence/basis"),
        ] {
            let input = json!({ "expectedVersion": version, "edits": write(residence.clone()) });
            let refused = world.stage.refused(&lead, "editAssessment", id, input).await;
            assert_eq!(refused.first().map(|(_, path)| path.as_str()), Some(at), "{residence} {refused:?}");
        }
        world.stage.edit(&lead, id, json!([{ "proposal": { "userResidence": null } }])).await;
    }
}
