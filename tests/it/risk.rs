//! The picture of risk across cases: every figure is what the cases themselves say, whoever asks, whatever was
//! folded, as at any day.

mod alongside;
mod beyond;
mod following;
mod groups;
mod keeping;
mod leaving;
mod partners;
mod recount;
mod seeing;
mod subtracting;
mod supposing;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use ehia::{
    app::{Edit, MitigationNote, Options},
    domain::{
        calendar::Moment,
        case::ShareLevel,
        edit::List,
        id::{AssessmentId, Identifier as _},
        mitigation::MitigationStatus,
        permission::Role,
        rating::Rating,
        settings::Settings,
    },
    graphql::limit::Limits,
    web,
};
use recount::{Asked, CASE, picture, recount};
use serde_json::{Value, json};

use crate::{
    footprints,
    support::{
        database::TestDatabase,
        on_both,
        people::Body,
        stage::{HOME, PARTNER, Player, Stage},
    },
};

const GROUPS: [&str; 5] = ["age.older_people", "disability", "disability.autism", "race", "core20"];
/// Great Yarmouth, Norwich, Broadland, a ward of East Suffolk, the board of 2024 they lie in, and an LSOA far away.
const PLACES: [&str; 6] = ["E07000145", "E07000148", "E07000144", "E05012745", "E54000022", "E01000001"];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

/// Two organisations with somebody in every role, and those who watch over them.
struct World {
    stage: Stage,
    home: Body,
    partner: Body,
    governance: Player,
    beside: Player,
    cases: Vec<AssessmentId>,
}

impl World {
    async fn new(database: &TestDatabase) -> Self {
        let limits = Limits { complexity: 10_000_000, ..Limits::default() };
        let options = web::Options { limits, ..web::Options::default() };
        let settings = Settings { workflow: "two-person".into(), ..Settings::default() };
        let stage = Stage::serving(database, settings.clone(), &options).await;
        footprints::load(&stage.app).await;
        let (home, partner) = (Body::new(&stage.app, HOME).await, Body::new(&stage.app, PARTNER).await);
        home.set(settings.clone()).await.unwrap();
        partner.set(settings).await.unwrap();
        let governance = stage.at_home("governance", Role::Governance).await;
        let beside = stage.player("beside", &[(stage.partner, Role::Governance)]).await;
        Self { stage, home, partner, governance, beside, cases: Vec::new() }
    }

    /// A case of a body like the example, otherwise placed, rated and named.
    async fn begin(&mut self, at_home: bool, dice: &mut Dice, moment: Moment) -> AssessmentId {
        let body = if at_home { &self.home } else { &self.partner };
        let mut document: Value =
            serde_json::from_str(include_str!("../../examples/01-marram-house.json")).unwrap();
        let proposal = &mut document["proposal"];
        proposal["footprint"] = json!([dice.one_of(&PLACES[..3]), dice.one_of(&PLACES[3..])]);
        proposal["serviceLine"] = json!(dice.one_of(&["Line A", "Line B"]));
        let author = body.who(Role::Author);
        let taken = body.app.import(author, &body.code, document, None, moment).await.unwrap();
        let id = taken.changed.view.case.id;
        self.cases.push(id);
        id
    }

    fn body(&self, id: AssessmentId, heads: &BTreeMap<AssessmentId, bool>) -> &Body {
        if heads[&id] { &self.home } else { &self.partner }
    }

    /// What the API tells its own governance of every case.
    async fn documents(&self, heads: &BTreeMap<AssessmentId, bool>) -> BTreeMap<AssessmentId, Value> {
        let mut documents = BTreeMap::new();
        for id in &self.cases {
            let who = if heads[id] { &self.governance } else { &self.beside };
            let told = self.stage.read(who, CASE, json!({ "id": id.global() })).await;
            documents.insert(*id, told["assessment"].clone());
        }
        documents
    }

    /// Holds the picture of one who watches over `heads` against what the documents say.
    async fn compare(&self, who: &Player, seen: &[Value], asked: &Asked, as_at: Option<&str>, told: &str) {
        let (found, wanted) = (picture(&self.stage, who, asked, as_at).await, recount(seen, asked));
        assert!(found == wanted, "{told} {asked:?} {as_at:?}\nfound  {found:#}\nwanted {wanted:#}");
    }
}

/// One change of a case, which may be refused.
async fn change(
    body: &Body,
    other: &str,
    id: AssessmentId,
    dice: &mut Dice,
    moment: Moment,
) -> Result<(), ehia::app::Error> {
    let view = body.app.view(body.who(Role::Auditor), id).await?;
    let (case, author) = (&view.case, body.who(Role::Author));
    let impact = &case.content.impacts[dice.roll(case.content.impacts.len())];
    let edit =
        async |edit: Edit| body.app.edit(author, id, case.version, vec![edit], None, moment).await.map(drop);
    let fields = |fields: Value| fields.as_object().unwrap().clone();
    match dice.roll(9) {
        0 => {
            let (likelihood, consequence) = (1 + dice.roll(5), 1 + dice.roll(5));
            let fields =
                fields(json!({ "initial": { "likelihood": likelihood, "consequence": consequence } }));
            edit(Edit::Element { list: List::Impacts, id: Some(impact.id.uuid()), fields }).await
        }
        1 => {
            let direction = dice.one_of(&["POSITIVE", "NEGATIVE", "NEUTRAL", "UNKNOWN"]);
            let groups = [dice.one_of(&GROUPS), dice.one_of(&GROUPS)];
            let groups = if groups[0] == groups[1] { vec![groups[0]] } else { groups.to_vec() };
            let fields = fields(json!({ "direction": direction, "groups": groups }));
            edit(Edit::Element { list: List::Impacts, id: Some(impact.id.uuid()), fields }).await
        }
        2 => {
            let low = dice.roll(200);
            let high = if dice.roll(2) == 0 { Value::Null } else { json!(low + dice.roll(50)) };
            let fields = fields(json!({ "reach": { "low": low, "high": high, "basis": "Synthetic" } }));
            edit(Edit::Element { list: List::Impacts, id: Some(impact.id.uuid()), fields }).await
        }
        3 => {
            let footprint =
                if dice.roll(4) == 0 { vec![] } else { vec![dice.one_of(&PLACES), dice.one_of(&PLACES)] };
            edit(Edit::Proposal(fields(json!({ "footprint": footprint })))).await
        }
        4 => {
            let from = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap() + Days::new(dice.roll(300) as u64);
            let to = if dice.roll(2) == 0 { Value::Null } else { json!(from + Days::new(90)) };
            edit(Edit::Proposal(fields(json!({ "effectiveFrom": from, "effectiveTo": to })))).await
        }
        5 => {
            let level = dice.one_of(&[ShareLevel::Read, ShareLevel::Stub, ShareLevel::None]);
            body.app.share(author, id, other, level, None, moment).await.map(drop)
        }
        6 => {
            let mitigations = &case.content.mitigations;
            let note = MitigationNote {
                mitigation: mitigations[dice.roll(mitigations.len())].id,
                status: dice.one_of(&[
                    MitigationStatus::InProgress,
                    MitigationStatus::Done,
                    MitigationStatus::Cancelled,
                ]),
                note: "Synthetic.".into(),
                current: (dice.roll(2) == 0).then_some(Rating { likelihood: 2, consequence: 3 }),
                evidence: case.content.evidence.iter().take(1).map(|one| one.id).collect(),
            };
            body.app.report_mitigation(author, id, note, None, moment).await.map(drop)
        }
        _ => {
            let (role, step) = match case.state.as_str() {
                "draft" | "amendments_suggested" => (Role::Author, "send"),
                "independent_check" => (Role::EqualityLead, "recommend"),
                "recommended" => (Role::DecisionMaker, dice.one_of(&["adopt", "refuse"])),
                _ => (Role::Governance, "reopen"),
            };
            body.go_at(role, id, step, moment).await.map(drop)
        }
    }
}

fn asked() -> Vec<Asked> {
    let all = Some(vec!["PENDING", "PROCEEDING", "STOPPED"]);
    vec![
        Asked { by: vec!["GROUP", "DISTRICT"], ..Asked::default() },
        Asked { standings: all.clone(), by: vec!["DISTRICT", "ORGANISATION"], ..Asked::default() },
        Asked { standings: all.clone(), by: vec![], groups: vec!["disability"], ..Asked::default() },
        Asked { by: vec!["GROUP"], groups: vec!["disability", "race"], ..Asked::default() },
        Asked { by: vec!["GROUP"], groups: vec!["disability.autism", "age"], ..Asked::default() },
        Asked { by: vec!["GROUP", "DISTRICT"], areas: vec!["E07000148", "E05012745"], ..Asked::default() },
        Asked { by: vec!["SERVICE_LINE"], live_on: Some("2027-06-01".into()), ..Asked::default() },
        Asked { standings: all, by: vec!["DISTRICT"], service_lines: vec!["Line A"], ..Asked::default() },
        Asked { organisations: vec![PARTNER], by: vec!["PROGRAMME"], ..Asked::default() },
        Asked { by: vec!["ICB"], ..Asked::default() },
        Asked { by: vec!["GROUP", "QUARTER"], ..Asked::default() },
        Asked {
            by: vec!["DISTRICT", "ICB", "QUARTER"],
            live_on: Some("2027-06-01".into()),
            ..Asked::default()
        },
    ]
}

on_both! {
    async fn every_figure_is_what_the_documents_say_after_any_changes(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(20_261_123);
        let now = world.stage.moment;
        let day = |back: u64| Moment { at: now.at - Days::new(back), today: now.today - Days::new(back) };
        let mut heads = BTreeMap::new();
        for number in 0..6 {
            let at_home = number % 3 != 2;
            let id = world.begin(at_home, &mut dice, day(8)).await;
            heads.insert(id, at_home);
        }
        let mut days: Vec<(String, Vec<Value>)> = Vec::new();
        let mut done = 0;
        for back in (0..8).rev() {
            let moment = day(back);
            for _ in 0..12 {
                let id = dice.one_of(&world.cases);
                let at_home = heads[&id];
                let other = if at_home { PARTNER } else { HOME };
                let changed = change(world.body(id, &heads), other, id, &mut dice, moment).await;
                done += usize::from(changed.is_ok());
                if dice.roll(3) == 0 {
                    world.stage.app.fold_risk().await.unwrap();
                }
            }
            let documents = world.documents(&heads).await;
            let mut seen = Vec::new();
            for (id, document) in &documents {
                let case = world.stage.app.view(world.body(*id, &heads).who(Role::Auditor), *id).await.unwrap();
                let shared = case.case.shares.get(&world.stage.home).copied().unwrap_or(ShareLevel::None);
                if heads[id] || shared >= ShareLevel::Read {
                    seen.push(document.clone());
                }
            }
            let asked = asked();
            for one in &asked {
                world.compare(&world.governance, &seen, one, None, "as it stands").await;
            }
            // Who may see what is asked as it stands: cases that stay at home are asked as they were.
            let own: Vec<Value> = documents.iter().filter(|(id, _)| heads[id]).map(|(_, one)| one.clone()).collect();
            days.push((moment.today.to_string(), own));
        }
        assert!(done > 40, "{done} changes were made");
        for folded in [false, true] {
            for (day, seen) in &days {
                for one in asked().iter().filter(|one| one.organisations.is_empty()).step_by(3) {
                    let own = Asked { organisations: vec![HOME], ..one.clone() };
                    world.compare(&world.governance, seen, &own, Some(day), "as at").await;
                }
            }
            if !folded {
                while world.stage.app.fold_risk().await.unwrap() > 0 {}
            }
        }
        let verified = world.stage.app.verify_risk(&mut |_| {}).await.unwrap();
        assert_eq!((verified.differences.clone(), verified.unfolded, verified.cases), (vec![], 0, 6), "{verified:?}");
        assert!(verified.cells > 20);
        let fresh = ehia::app::App::new(database.store.clone(), Options::default());
        assert_eq!(fresh.fold_risk().await.unwrap(), 0, "nothing is left to fold");
    }
}
