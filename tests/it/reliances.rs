//! By when what is relied on must be there, and what a partner's answer in one case means to the others that rest on the same. All
//! synthetic.

use chrono::{NaiveDate, TimeDelta};
use ehia::{
    app::Edit,
    domain::{
        edit::List,
        event::EventKind,
        id::{AssessmentId, Identifier, InterdependencyId},
        interdependency::Caveat,
        page::Window,
        permission::Role,
        settings::Settings,
    },
};
use serde_json::{Value, json};

use crate::support::{
    database::TestDatabase,
    on_both,
    people::{Body, app},
    stage::{PARTNER, Player, Stage},
};

/// Lets a case rely on something; the edge.
async fn rely(body: &Body, case: AssessmentId, fields: &Value) -> InterdependencyId {
    let version = body.app.view(body.who(Role::Auditor), case).await.unwrap().case.version;
    let mut fields = fields.as_object().unwrap().clone();
    fields.insert("kind".into(), json!("RELIES_ON"));
    let edge = vec![Edit::Element { list: List::Interdependencies, id: None, fields }];
    let changed =
        body.app.edit(body.who(Role::Author), case, version, edge, None, body.moment).await.unwrap();
    changed.view.case.content.interdependencies.last().unwrap().id
}

/// Whether a reliance holds, and what is to be known beside it.
async fn known(body: &Body, case: AssessmentId, edge: InterdependencyId) -> (Option<bool>, Option<Caveat>) {
    let process = &body.app.view(body.who(Role::Auditor), case).await.unwrap().case.process;
    (process.holds.get(&edge).copied(), process.caveats.get(&edge).copied())
}

async fn reference(body: &Body, case: AssessmentId) -> String {
    body.app.view(body.who(Role::Auditor), case).await.unwrap().case.reference.clone()
}

/// Changes the days on which a case touches people.
async fn dated(body: &Body, case: AssessmentId, days: &Value) {
    let version = body.app.view(body.who(Role::Auditor), case).await.unwrap().case.version;
    let edit = vec![Edit::Proposal(days.as_object().unwrap().clone())];
    body.app.edit(body.who(Role::Author), case, version, edit, None, body.moment).await.unwrap();
}

async fn react(body: &Body) -> usize {
    body.app.work_reactions("test", TimeDelta::minutes(5), 50, body.moment).await.unwrap()
}

/// What history says last of what turned.
async fn told(body: &Body, case: AssessmentId) -> String {
    let window = Window { size: 100, ..Window::default() };
    let history = body.app.history(body.who(Role::Auditor), case, &window).await.unwrap();
    let mut turned =
        history.nodes.into_iter().filter(|(_, one)| one.event.kind == EventKind::RelianceChanged);
    turned.next_back().map(|(_, one)| one.summary).unwrap_or_default()
}

async fn ready(db: &TestDatabase) -> Body {
    let body = Body::new(&app(db), "T6Y0W").await;
    body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
    body
}

/// A case that proceeds from 1 October 2027.
async fn proceeding(body: &Body) -> AssessmentId {
    let case = body.import().await;
    for (role, step) in
        [(Role::Author, "send"), (Role::EqualityLead, "recommend"), (Role::DecisionMaker, "adopt")]
    {
        body.go(role, case, step).await.unwrap();
    }
    case
}

/// Three cases of one author that rest on the same of one partner, in whatever spelling; one of theirs that rests on something else,
/// one that is stopped, and one of another organisation that rests on the same.
struct Rota {
    stage: Stage,
    author: Player,
    governance: Player,
    theirs: Player,
    cases: [AssessmentId; 3],
    other: AssessmentId,
    away: AssessmentId,
}

impl Rota {
    async fn new(db: &TestDatabase) -> Self {
        let stage = Stage::new(db, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let governance = stage.at_home("governance", Role::Governance).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Author)]).await;
        let cases = [stage.case(&author).await, stage.case(&author).await, stage.case(&author).await];
        let (other, stopped) = (stage.case(&author).await, stage.case(&author).await);
        let document = serde_json::from_str(include_str!("../../examples/03-heron-centre.json")).unwrap();
        let taken = stage.app.import(&theirs.actor, PARTNER, document, None, stage.moment).await.unwrap();
        let away = taken.changed.view.case.id;
        let (rests, spelt) = ("The trust staffs the joint rota.", "the trust  staffs the JOINT rota.");
        for (who, case, premise) in [
            (&author, cases[0], rests),
            (&author, cases[1], spelt),
            (&author, cases[2], rests),
            (&author, stopped, rests),
            (&author, other, "The trust lends a room."),
            (&theirs, away, rests),
        ] {
            let edge = json!({ "kind": "RELIES_ON", "partner": { "name": TRUST }, "premise": premise, "holdsWhen": "PARTNER_CONFIRMS" });
            stage.edit(who, case, json!([{ "interdependency": edge }])).await;
        }
        let withdraw = json!({ "transition": "withdraw", "expectedRevision": 1, "comment": "Not needed." });
        stage.done(&author, "transitionAssessment", stopped, withdraw).await;
        Self { stage, author, governance, theirs, cases, other, away }
    }

    /// How much of the first case the other organisation may read.
    async fn share(&self, level: &str) {
        let share = json!({ "organisation": PARTNER, "level": level });
        self.stage.done(&self.author, "shareAssessment", self.cases[0], share).await;
    }

    async fn edge(&self, who: &Player, case: AssessmentId) -> InterdependencyId {
        let view = self.stage.app.view(&who.actor, case).await.unwrap();
        let on = |name: Option<&str>| name == Some(TRUST);
        let mut edges = view.case.content.interdependencies.iter();
        edges.find(|edge| edge.partner.as_ref().is_some_and(|one| on(one.name.as_deref()))).unwrap().id
    }

    async fn say(&self, who: &Player, case: AssessmentId, confirmed: bool) {
        self.say_on(who, case, confirmed, self.stage.moment.today).await;
    }

    async fn say_on(&self, who: &Player, case: AssessmentId, confirmed: bool, on: NaiveDate) {
        let edge = self.edge(who, case).await.global();
        let said = json!({ "interdependencyId": edge, "confirmed": confirmed, "confirmedBy": { "name": "P. Artner" },
            "on": on, "note": "By letter." });
        self.stage.done(who, "confirmReliance", case, said).await;
    }

    async fn known(&self, who: &Player, case: AssessmentId) -> (Option<bool>, Option<Caveat>) {
        let (id, view) = (self.edge(who, case).await, self.stage.app.view(&who.actor, case).await.unwrap());
        let process = &view.case.process;
        (process.holds.get(&id).copied(), process.caveats.get(&id).copied())
    }

    async fn work(&self) -> usize {
        let app = &self.stage.app;
        app.work_reactions("test", TimeDelta::minutes(1), 50, ehia::clock::now()).await.unwrap()
    }

    async fn pending(&self) -> i64 {
        let asked = "{ aggregatedRisk { pendingReactions } }";
        let told = self.stage.read(&self.governance, asked, json!({})).await;
        told["aggregatedRisk"]["pendingReactions"].as_i64().unwrap()
    }

    /// Which cases wait for them to ask a partner, and why.
    async fn waits(&self, who: &Player) -> Vec<(String, String)> {
        let query = "{ viewer { tasks(first: 100) { nodes { kind mutation assessmentId reason } } } }";
        let told = self.stage.read(who, query, json!({})).await;
        let tasks = told["viewer"]["tasks"]["nodes"].as_array().unwrap().clone();
        let text = |task: &Value, field: &str| task[field].as_str().unwrap().to_owned();
        let mut asked = Vec::new();
        for task in tasks.iter().filter(|task| task["kind"] == "ASK_PARTNER") {
            assert_eq!(task["mutation"], "confirmReliance");
            asked.push((text(task, "assessmentId"), text(task, "reason")));
        }
        asked.sort();
        asked
    }

    async fn sound(&self) {
        assert_eq!(self.stage.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
        assert_eq!(self.stage.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }
}

/// The partner that they rest on.
const TRUST: &str = "The Trust";

fn cases(asked: &[(String, String)]) -> Vec<String> {
    asked.iter().map(|(case, _)| case.clone()).collect()
}

fn sorted(some: &[AssessmentId]) -> Vec<String> {
    let mut ids: Vec<String> = some.iter().map(|id| id.global()).collect();
    ids.sort();
    ids
}

on_both! {
    async fn a_reliance_by_a_day_holds_while_its_target_takes_effect_in_time(db) {
        let body = ready(db).await;
        let (case, target) = (body.import().await, proceeding(&body).await);
        react(&body).await;
        let on = reference(&body, target).await;
        let by = |day: &str| json!({ "target": on, "premise": "It opens.", "holdsWhen": "TARGET_PROCEEDS", "by": day });
        let late = rely(&body, case, &by("2027-09-30")).await;
        let edge = rely(&body, case, &by("2027-10-01")).await;
        react(&body).await;
        assert_eq!(known(&body, case, late).await, (Some(false), Some(Caveat::FromLater)));
        assert_eq!(known(&body, case, edge).await, (Some(true), None));
        // Each change of the target's days is a reaction, as a decision is.
        for (days, expected, words) in [
            (json!({ "effectiveFrom": "2028-04-01" }), (Some(false), Some(Caveat::FromLater)),
                "Something this case relies on takes effect on other days. This does not hold: \u{201c}It opens.\u{201d} (the case it \
                 rests on proceeds, but takes effect only after the day by which it is relied on)."),
            (json!({ "effectiveFrom": null }), (None, Some(Caveat::Undated)),
                "Whether this holds is open again: \u{201c}It opens.\u{201d} (the case it rests on proceeds, but does not say from when, \
                 so that nobody knows whether it is in time)."),
            (json!({ "effectiveFrom": "2027-01-01", "effectiveTo": "2027-09-01" }), (Some(false), Some(Caveat::EndsBefore)),
                "(the case it rests on proceeds, but ends before the day by which it is relied on)."),
            (json!({ "effectiveTo": null }), (Some(true), None), "This holds now: \u{201c}It opens.\u{201d}."),
        ] {
            let before = known(&body, case, edge).await;
            dated(&body, target, &days).await;
            assert_eq!(known(&body, case, edge).await, before, "no command touches another case");
            assert_eq!(react(&body).await, 1, "{days}");
            assert_eq!(known(&body, case, edge).await, expected, "{days}");
            let said = told(&body, case).await;
            assert!(said.contains(words), "{days}: {said}");
        }
        // Anything else that is written there is nothing to others.
        let days = json!({ "serviceLine": "Community nursing" });
        dated(&body, target, &days).await;
        assert_eq!(react(&body).await, 0);
    }

    async fn what_was_judged_before_days_counted_is_read_again_once_risk_is_rebuilt(db) {
        let body = ready(db).await;
        let (case, target) = (body.import().await, proceeding(&body).await);
        let on = reference(&body, target).await;
        let by = json!({ "target": on, "premise": "It opens.", "holdsWhen": "TARGET_PROCEEDS", "by": "2027-10-01" });
        let edge = rely(&body, case, &by).await;
        react(&body).await;
        assert_eq!(known(&body, case, edge).await, (Some(true), None));
        // What a program that did not look at days left: it is known to hold, and nothing happens any more.
        let id = db.literal(&target.uuid().to_string());
        db.tamper(&format!("UPDATE assessment SET effective_from = '2028-04-01' WHERE id = {id}")).await;
        assert_eq!(react(&body).await, 0);
        for expected in [2, 0] {
            let rebuilt = body.app.rebuild_risk(body.moment, &mut |_| {}).await.unwrap();
            assert_eq!((rebuilt.differences, rebuilt.relying), (vec![], expected), "those that wait are not asked twice");
        }
        react(&body).await;
        assert_eq!(known(&body, case, edge).await, (Some(false), Some(Caveat::FromLater)));
        assert!(told(&body, case).await.starts_with("What this case relies on was read again."));
        assert_eq!(body.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }

    async fn of_a_target_that_is_only_a_stub_here_no_day_is_known(db) {
        let stage = Stage::new(db, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Author)]).await;
        let target = stage.case(&author).await;
        let id = db.literal(&target.uuid().to_string());
        let share = async |level: &str| {
            stage.done(&author, "shareAssessment", target, json!({ "organisation": PARTNER, "level": level })).await;
        };
        share("STUB").await;
        let document = serde_json::from_str(include_str!("../../examples/03-heron-centre.json")).unwrap();
        let taken = stage.app.import(&theirs.actor, PARTNER, document, None, stage.moment).await.unwrap();
        let case = taken.changed.view.case.id;
        let on = stage.app.view(&author.actor, target).await.unwrap().case.reference.clone();
        stage.edit(&theirs, case, json!([{ "interdependency": { "kind": "RELIES_ON", "premise": "It opens.", "target": on,
            "holdsWhen": "TARGET_PROCEEDS", "by": "2027-09-30" } }])).await;
        // It takes effect on 1 October, and proceeds.
        db.tamper(&format!("UPDATE assessment SET standing = 'proceeding' WHERE id = {id}")).await;
        let query = "query($id: ID!) { node(id: $id) { ... on Assessment { interdependencies { premise holds caveat caveatInWords } } } }";
        for (level, holds, caveat) in [("STUB", None, "UNDATED"), ("READ", Some(false), "FROM_LATER")] {
            if level == "READ" {
                db.tamper(&format!("UPDATE assessment SET standing = 'pending' WHERE id = {id}")).await;
                share(level).await;
                db.tamper(&format!("UPDATE assessment SET standing = 'proceeding' WHERE id = {id}")).await;
            } else {
                stage.app.rebuild_risk(stage.moment, &mut |_| {}).await.unwrap();
            }
            stage.app.work_reactions("test", TimeDelta::minutes(1), 50, ehia::clock::now()).await.unwrap();
            let told = stage.read(&theirs, query, json!({ "id": case.global() })).await;
            let edges = told["node"]["interdependencies"].as_array().unwrap();
            let edge = edges.iter().find(|edge| edge["premise"] == "It opens.").unwrap();
            assert_eq!((&edge["holds"], &edge["caveat"]), (&json!(holds), &json!(caveat)), "{level}");
            assert!(edge["caveatInWords"].as_str().unwrap().starts_with("the case it rests on proceeds, but"), "{edge}");
        }
        let window = Window { size: 100, ..Window::default() };
        let history = stage.app.history(&theirs.actor, case, &window).await.unwrap().nodes;
        let said = history.into_iter().rfind(|(_, one)| one.event.kind == EventKind::RelianceChanged).unwrap().1.summary;
        assert!(
            said.starts_with("Something this case relies on was shared further, so that more of it is known here. This does not hold: "),
            "{said}"
        );
    }

    async fn what_a_partner_confirms_in_one_case_is_asked_of_all_that_rest_on_the_same(db) {
        let rota = Rota::new(db).await;
        let (stage, author, [a, b, c]) = (&rota.stage, &rota.author, rota.cases);
        rota.share("STUB").await;
        rota.work().await;
        stage.mail().await;
        rota.say(author, a, true).await;
        assert_eq!((rota.known(author, b).await, rota.pending().await), ((None, None), 2));
        assert_eq!(rota.work().await, 2, "neither who knows a stub of it, nor what is stopped, nor who rests on something else");
        assert_eq!(rota.known(author, a).await, (Some(true), None));
        for case in [b, c] {
            assert_eq!(rota.known(author, case).await, (None, Some(Caveat::ConfirmedElsewhere)), "it raises nothing");
        }
        assert_eq!(rota.known(&rota.theirs, rota.away).await, (None, None));
        assert_eq!(cases(&rota.waits(author).await), sorted(&[b, c]));
        for case in [b, c] {
            rota.say(author, case, true).await;
            assert_eq!(rota.known(author, case).await, (Some(true), None));
        }
        rota.work().await;
        assert_eq!(rota.waits(author).await, [], "what agrees asks nothing");
        rota.sound().await;
    }

    async fn what_a_partner_takes_back_in_one_case_is_open_in_all_that_rest_on_the_same(db) {
        let rota = Rota::new(db).await;
        let (stage, author, theirs, [a, b, c]) = (&rota.stage, &rota.author, &rota.theirs, rota.cases);
        for case in rota.cases {
            rota.say(author, case, true).await;
        }
        rota.work().await;
        rota.share("READ").await;
        stage.mail().await;
        rota.say(author, a, false).await;
        stage.mail().await;
        let before = (rota.known(author, b).await, rota.pending().await);
        assert_eq!(before, ((Some(true), None), 2), "no command touches another case");
        assert_eq!(rota.work().await, 4, "the other organisation's two: to what it reads by now, and to this");
        assert_eq!(rota.pending().await, 0);
        assert_eq!(rota.known(author, a).await, (Some(false), None));
        for (who, case) in [(author, b), (author, c), (theirs, rota.away)] {
            assert_eq!(rota.known(who, case).await, (None, Some(Caveat::TakenBackElsewhere)));
        }
        assert_eq!(rota.known(author, rota.other).await, (None, None));
        let asked = rota.waits(author).await;
        assert_eq!(cases(&asked), sorted(&[b, c]));
        assert!(asked.iter().all(|(_, reason)| reason.starts_with("A partner does not, or no longer, confirm, as they said on ")), "{asked:?}");
        assert_eq!(cases(&rota.waits(theirs).await), sorted(&[rota.away]));
        let mut told: Vec<_> = stage.mail().await.into_iter().map(|one| (one.kind.as_str(), one.to_name)).collect();
        told.sort();
        assert_eq!(told, ["author", "author", "theirs"].map(|to| ("RELIANCE_CHANGED", to.to_owned())));
        let window = Window { size: 100, ..Window::default() };
        let history = stage.app.history(&theirs.actor, rota.away, &window).await.unwrap();
        let (_, last) = history.nodes.last().unwrap();
        assert!(last.summary.starts_with("A partner said something of what this case relies on, where another reliance is on the same."), "{}", last.summary);
        let payload = last.payload.as_ref().unwrap().to_string();
        assert!(!payload.contains(&a.uuid().to_string()) && !payload.contains("Artner"), "{payload}");

        // Only its own answer settles it: neither another confirmation elsewhere nor one from before.
        rota.say(author, a, true).await;
        rota.work().await;
        assert_eq!(rota.known(author, b).await, (None, Some(Caveat::TakenBackElsewhere)));
        let yesterday = stage.moment.today.pred_opt().unwrap();
        rota.say_on(author, b, true, yesterday).await;
        assert_eq!(rota.known(author, b).await, (None, Some(Caveat::TakenBackElsewhere)));
        rota.say(author, b, true).await;
        assert_eq!((rota.known(author, b).await, cases(&rota.waits(author).await)), ((Some(true), None), sorted(&[c])));
        rota.say(author, c, false).await;
        assert_eq!(rota.known(author, c).await, (Some(false), None));
        // And that again is put to the others.
        rota.work().await;
        for case in [a, b] {
            assert_eq!(rota.known(author, case).await, (None, Some(Caveat::TakenBackElsewhere)));
        }
        rota.sound().await;
    }

    async fn what_was_said_elsewhere_while_a_reliance_was_on_something_else_is_heard_once_it_is_edited_back(db) {
        let rota = Rota::new(db).await;
        let (author, theirs, [a, b, _]) = (&rota.author, &rota.theirs, rota.cases);
        rota.share("READ").await;
        for (who, case) in [(author, b), (theirs, rota.away)] {
            let (edge, view) = (rota.edge(who, case).await, rota.stage.app.view(&who.actor, case).await.unwrap());
            let edges = &view.case.content.interdependencies;
            let rests = edges.iter().find(|one| one.id == edge).unwrap().premise.clone().unwrap();
            let on = async |premise: &str| {
                let fields = json!({ "id": edge.global(), "premise": premise });
                rota.stage.edit(who, case, json!([{ "interdependency": fields }])).await;
                rota.work().await;
            };
            rota.say(author, a, true).await;
            rota.say(who, case, true).await;
            on("The trust lends a van.").await;
            rota.say(author, a, false).await;
            rota.work().await;
            assert_eq!(rota.known(who, case).await, (None, None), "nobody spoke of the van");
            on(rests.as_str()).await;
            assert_eq!(rota.known(who, case).await, (None, Some(Caveat::TakenBackElsewhere)));
            assert!(cases(&rota.waits(who).await).contains(&case.global()));
            // It is asked once, wherever it is edited to.
            rota.say(who, case, true).await;
            on("The trust lends a van.").await;
            on(rests.as_str()).await;
            assert_eq!(rota.known(who, case).await, (Some(true), None), "it was answered");
        }
        rota.sound().await;
    }

    async fn what_was_said_before_a_case_was_shared_is_heard_once_it_may_be_read(db) {
        let rota = Rota::new(db).await;
        let (author, theirs, [a, ..]) = (&rota.author, &rota.theirs, rota.cases);
        rota.say(theirs, rota.away, true).await;
        rota.say(author, a, false).await;
        rota.work().await;
        let (holds, open) = ((Some(true), None), (None, Some(Caveat::TakenBackElsewhere)));
        for (level, reactions, known) in [("STUB", 0, holds), ("READ", 1, open), ("REVIEW", 0, open), ("STUB", 0, open)] {
            rota.share(level).await;
            assert_eq!(rota.work().await, reactions, "{level}");
            assert_eq!(rota.known(theirs, rota.away).await, known, "{level}");
        }
        rota.sound().await;
    }

    async fn of_two_cases_of_which_a_partner_says_different_things_neither_asks_for_ever(db) {
        let rota = Rota::new(db).await;
        let (author, [a, b, c]) = (&rota.author, rota.cases);
        rota.say(author, a, true).await;
        rota.work().await;
        rota.say(author, b, false).await;
        rota.work().await;
        assert_eq!(rota.known(author, a).await, (None, Some(Caveat::TakenBackElsewhere)), "that is news there");
        // Once both recorded what is said of each, whatever they record again is no news to the other.
        for _ in 0..2 {
            rota.say(author, a, true).await;
            rota.work().await;
            assert_eq!(rota.known(author, b).await, (Some(false), None));
            rota.say(author, b, false).await;
            rota.work().await;
            assert_eq!(rota.known(author, a).await, (Some(true), None));
        }
        assert_eq!(cases(&rota.waits(author).await), sorted(&[c]));
        // What they say otherwise than before is.
        rota.say(author, b, true).await;
        rota.say(author, b, false).await;
        rota.work().await;
        assert_eq!(rota.known(author, a).await, (None, Some(Caveat::TakenBackElsewhere)));
        rota.sound().await;
    }

    async fn what_cases_rest_on_is_known_of_those_that_were_there_before(db) {
        let body = ready(db).await;
        for _ in 0..3 {
            body.import().await;
        }
        let rows = async |more: &str| db.number(&format!("SELECT count(*) FROM interdependency {more}")).await;
        let before = (rows("").await, rows("WHERE rests_on IS NOT NULL").await);
        assert_eq!(before, (9, 3));
        db.tamper("DELETE FROM interdependency").await;
        for _ in 0..2 {
            assert_eq!(db.store.migrate().await.unwrap(), Vec::<String>::new());
            assert_eq!((rows("").await, rows("WHERE rests_on IS NOT NULL").await), before);
        }
    }
}
