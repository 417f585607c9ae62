//! Standing panels: who sits on them, who of one sits on a case, and what is refused. All synthetic.

use ehia::{
    app::Error,
    domain::{
        id::{AssessmentId, Identifier},
        permission::Role,
        review::Seat,
        settings::Settings,
    },
};
use serde_json::{Value, json};

use crate::{
    leave::save_leave,
    support::{
        on_both,
        stage::{HOME, Player, Stage, of_anybody},
    },
};

const SAVE: &str =
    "mutation($input: SavePanelInput!) { savePanel(input: $input) { panel { id version name usual quorum
    members { person { id } seat from until trained alternate { id } } } errors { code message path } } }";

/// Saves a panel: its payload, or the code of the error at the top level.
pub async fn save(stage: &Stage, who: &Player, input: Value) -> Result<Value, String> {
    let answer = stage.ask(who, SAVE, json!({ "input": input })).await;
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => Err(code.to_owned()),
        None => Ok(answer["data"]["savePanel"].clone()),
    }
}

/// A panel that must be saved: its identifier.
pub async fn saved(stage: &Stage, who: &Player, input: Value) -> String {
    let payload = save(stage, who, input).await.unwrap();
    assert_eq!(payload["errors"], json!([]), "{payload:#}");
    payload["panel"]["id"].as_str().unwrap().to_owned()
}

/// Codes and paths of what is wrong.
fn told(payload: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = payload["errors"].as_array().unwrap().iter();
    let path =
        |error: &Value| error["path"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("/");
    errors.map(|error| (text(&error["code"]), path(error))).collect()
}

fn seat(who: &Player, seat: &str) -> Value {
    json!({ "person": who.id(), "seat": seat })
}

/// Whoever judges at home: a chair, an equality lead and four reviewers.
pub struct Bench {
    pub secretary: Player,
    pub chair: Player,
    pub lead: Player,
    pub reviewers: Vec<Player>,
}

impl Bench {
    pub async fn new(stage: &Stage) -> Self {
        let mut reviewers = Vec::new();
        for name in ["one", "two", "three", "four"] {
            reviewers.push(stage.at_home(name, Role::Reviewer).await);
        }
        Self {
            secretary: stage.at_home("secretary", Role::PanelSecretary).await,
            chair: stage.at_home("chair", Role::PanelChair).await,
            lead: stage.at_home("lead", Role::EqualityLead).await,
            reviewers,
        }
    }

    /// A panel of the chair, the lead and two reviewers, the second with an alternate.
    pub fn panel(&self) -> Value {
        let mut clinical = seat(&self.reviewers[1], "clinical");
        clinical["alternate"] = json!(self.reviewers[2].id());
        json!({
            "organisation": HOME,
            "name": "Equality panel (synthetic)",
            "members": [seat(&self.chair, "chair"), seat(&self.lead, "equality"), seat(&self.reviewers[0], "public health"), clinical],
            "pattern": {"week": 2, "day": "TUESDAY", "time": "10:00"},
        })
    }
}

/// Who sits on the case, and in whose place.
async fn sitting(stage: &Stage, who: &Player, case: AssessmentId) -> Value {
    let query = "query($id: ID!) { assessment(id: $id) { panel { seatedFrom { name } members {
        person { id } seat instead: insteadOf { id } because } } } }";
    let answer = stage.read(who, query, json!({ "id": case.global() })).await;
    answer["assessment"]["panel"].clone()
}

on_both! {
    async fn a_standing_panel_is_kept_read_and_changed_by_those_who_keep_it(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let stranger = stage.player("stranger", &[(stage.partner, Role::PanelSecretary)]).await;
        let id = saved(&stage, &bench.secretary, bench.panel()).await;

        let query = "query($id: ID!) { panel(id: $id) { name version usual quorum pattern { week day time } usualDays(first: 3)
            organisation { odsCode } members { seat interest reviewed alternate { name } } }
            node(id: $id) { __typename }
            organisation(odsCode: \"T6Y0W\") { panels { id } } }";
        let read = stage.read(&bench.reviewers[3], query, json!({ "id": id })).await;
        assert_eq!(read["panel"]["usual"], json!(true), "the first is the usual one");
        assert_eq!(read["panel"]["members"][3]["alternate"]["name"], json!("three"));
        assert_eq!(read["panel"]["members"][3]["interest"], Value::Null);
        assert_eq!(read["panel"]["pattern"], json!({"week": 2, "day": "TUESDAY", "time": "10:00"}));
        assert_eq!(read["panel"]["usualDays"].as_array().unwrap().len(), 3);
        assert!(read["panel"]["quorum"].as_str().unwrap().contains("4 voting members"), "{read:#}");
        assert_eq!(read["node"]["__typename"], json!("Panel"));
        assert_eq!(read["organisation"]["panels"], json!([{ "id": id }]));
        let none = stage.read(&stranger, query, json!({ "id": id })).await;
        assert_eq!(none, json!({"panel": null, "node": null, "organisation": {"panels": []}}));

        // By whom it is saved, and against which version.
        let mut again = bench.panel();
        again["id"] = json!(id);
        again["expectedVersion"] = json!(1);
        again["name"] = json!("Another name (synthetic)");
        assert_eq!(save(&stage, &bench.reviewers[0], again.clone()).await.unwrap_err(), "FORBIDDEN");
        assert_eq!(save(&stage, &stranger, again.clone()).await.unwrap_err(), "NOT_FOUND");
        let payload = save(&stage, &bench.chair, again.clone()).await.unwrap();
        assert_eq!((&payload["panel"]["version"], &payload["panel"]["name"]), (&json!(2), &again["name"]));
        let outdated = save(&stage, &bench.chair, again).await.unwrap();
        assert_eq!(told(&outdated), [("CONFLICT".to_owned(), String::new())]);
        assert_eq!(outdated["panel"]["version"], json!(2), "beside it as it stands");

        // Of two, one is the usual one.
        let mut second = bench.panel();
        second["name"] = json!("Quality panel (synthetic)");
        let other = saved(&stage, &bench.secretary, second.clone()).await;
        let usual = async || {
            let query = "{ organisation(odsCode: \"T6Y0W\") { panels { id usual } } }";
            let read = stage.read(&bench.secretary, query, json!({})).await;
            let panels = read["organisation"]["panels"].as_array().unwrap().clone();
            panels.into_iter().filter(|panel| panel["usual"] == json!(true)).map(|panel| panel["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(usual().await, [json!(id)]);
        let taken = save(&stage, &bench.secretary, second.clone()).await.unwrap();
        assert_eq!(told(&taken), [("TAKEN".to_owned(), "name".to_owned())]);
        second["id"] = json!(other);
        second["expectedVersion"] = json!(1);
        second["usual"] = json!(true);
        saved(&stage, &bench.secretary, second).await;
        assert_eq!(usual().await, [json!(other)]);
    }

    async fn a_panel_that_cannot_be_is_refused_with_what_would_be_accepted(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let refused = async |change: &dyn Fn(&mut Value)| {
            let mut panel = bench.panel();
            change(&mut panel);
            save(&stage, &bench.secretary, panel).await.unwrap()
        };
        let of = async |change: &dyn Fn(&mut Value)| told(&refused(change).await);
        let one = |code: &str, path: &str| vec![(code.to_owned(), path.to_owned())];

        let short = refused(&|panel| { panel["members"].as_array_mut().unwrap().pop(); }).await;
        assert_eq!(told(&short), one("NOT_QUORATE", "members"));
        let message = short["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("4 voting members, and there are 3"), "{message}");
        // Nobody is in their term at the same time as the three others, ever.
        assert_eq!(of(&|panel| panel["members"][3]["until"] = json!("2020-01-31")).await, one("NOT_QUORATE", "members"));
        assert_eq!(of(&|panel| panel["members"] = json!([])).await, one("REQUIRED", "members"));
        assert_eq!(of(&|panel| panel["members"][3]["alternate"] = panel["members"][3]["person"].clone()).await, one("INVALID", "members/3/alternate"));
        assert_eq!(of(&|panel| panel["members"][3]["alternate"] = json!(author.id())).await, one("NOT_FOUND", "members/3/alternate"));
        assert_eq!(of(&|panel| panel["members"][0]["alternate"] = json!(bench.reviewers[2].id())).await, one("INVALID", "members/0/alternate"), "a chair is stood in for by one who may chair");
        assert_eq!(of(&|panel| panel["members"][2]["person"] = json!(author.id())).await, one("NOT_FOUND", "members/2/person"));
        assert_eq!(of(&|panel| panel["members"][2]["seat"] = json!("astronomy")).await, one("NOT_FOUND", "members/2/seat"));
        assert_eq!(of(&|panel| { panel["members"][2]["from"] = json!("2027-02-01"); panel["members"][2]["until"] = json!("2027-01-01"); }).await, one("INVALID", "members/2/until"));
        assert_eq!(of(&|panel| panel["members"][2]["trained"] = json!("2099-02-01")).await, one("INVALID", "members/2/trained"));
        assert_eq!(of(&|panel| panel["pattern"]["week"] = json!(6)).await, one("INVALID", "pattern/week"));
        assert_eq!(of(&|panel| panel["pattern"]["time"] = json!("ten")).await, one("INVALID", "pattern/time"));
        assert_eq!(of(&|panel| panel["name"] = json!("")).await, one("REQUIRED", "name"));
        // Whose term has yet to begin makes a quorum from then on.
        let later = (stage.moment.today + chrono::Days::new(40)).to_string();
        assert_eq!(of(&|panel| panel["members"][3]["from"] = json!(later)).await, []);
    }

    async fn a_standing_panel_sits_with_alternates_for_those_who_cannot(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let [one, two, three, four] = &bench.reviewers[..] else { unreachable!() };
        let author = stage.at_home("author", Role::Author).await;
        let id = saved(&stage, &bench.secretary, bench.panel()).await;
        let case = stage.case(&author).await;

        stage.done(&bench.secretary, "assignPanel", case, json!({ "panelId": id })).await;
        let panel = sitting(&stage, &bench.secretary, case).await;
        assert_eq!(panel["seatedFrom"]["name"], json!("Equality panel (synthetic)"));
        let who = |panel: &Value| -> Vec<(String, String)> {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            panel["members"].as_array().unwrap().iter().map(|m| (text(&m["person"]["id"]), text(&m["seat"]))).collect()
        };
        let seats = |people: [(&Player, &str); 4]| people.map(|(who, seat)| (who.id(), seat.to_owned()));
        assert_eq!(who(&panel), seats([(&bench.chair, "chair"), (&bench.lead, "equality"), (one, "public health"), (two, "clinical")]));

        // Somebody who withdrew from the case is stood in for when the panel is seated again.
        stage.done(&two_declares(&stage, two, case).await, "assignPanel", case, json!({ "panelId": id })).await;
        let panel = sitting(&stage, &bench.secretary, case).await;
        assert_eq!(who(&panel)[3], (three.id(), "clinical".to_owned()));
        assert_eq!(panel["members"][3]["instead"]["id"], json!(two.id()));
        assert_eq!(panel["members"][3]["because"], json!("WITHDREW"));

        // Who is away is stood in for, and who left, too.
        let today = stage.moment.today.to_string();
        let mut away = bench.panel();
        away["id"] = json!(id);
        away["expectedVersion"] = json!(1);
        away["members"][3]["person"] = json!(four.id());
        saved(&stage, &bench.secretary, away).await;
        let leave = json!({ "organisation": HOME, "person": four.id(), "from": today, "until": today });
        assert_eq!(save_leave(&stage, &bench.secretary, leave).await.unwrap()["errors"], json!([]));
        let other = stage.case(&author).await;
        stage.done(&bench.secretary, "assignPanel", other, json!({ "panelId": id })).await;
        let panel = sitting(&stage, &bench.secretary, other).await;
        assert_eq!((&panel["members"][3]["person"]["id"], &panel["members"][3]["because"]), (&json!(three.id()), &json!("AWAY")));

        // Not both ways at once, and no panel of elsewhere.
        let both = json!({ "panelId": id, "members": [one.id()] });
        assert_eq!(stage.refused(&bench.secretary, "assignPanel", other, both).await, [("INVALID".to_owned(), "panelId".to_owned())]);
        let elsewhere = json!({ "panelId": "panel:01900000-0000-7000-8000-00000000beef" });
        assert_eq!(stage.refused(&bench.secretary, "assignPanel", other, elsewhere).await, [("NOT_FOUND".to_owned(), "panelId".to_owned())]);
    }

    async fn whoever_wrote_a_case_is_stood_in_for_and_an_alternate_who_did_is_not_seated(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let both = |name: &'static str| {
            let roles = [(stage.home, Role::Author), (stage.home, Role::Reviewer)];
            let stage = &stage;
            async move { stage.player(name, &roles).await }
        };
        let (writer, second) = (both("writer").await, both("second").await);
        let mut panel = bench.panel();
        panel["members"][3]["person"] = json!(writer.id());
        panel["members"][3]["alternate"] = json!(second.id());
        let id = saved(&stage, &bench.secretary, panel).await;

        let proposed = "query($case: ID!, $panel: ID!) { proposedPanel(assessmentId: $case, panelId: $panel) {
            quorate shortage members { person { id } seat insteadOf { id } because load proposed conflicts { reference interest } }
            vacant { member { id } seat because alternate { id } alternateBecause } } }";
        let case = stage.case(&writer).await;
        let asked = json!({ "case": case.global(), "panel": id });
        let told = stage.read(&bench.secretary, proposed, asked.clone()).await["proposedPanel"].clone();
        assert_eq!(told["members"][3]["person"]["id"], json!(second.id()));
        assert_eq!((&told["members"][3]["because"], &told["quorate"]), (&json!("PARTY"), &json!(true)));
        assert!(told["members"].as_array().unwrap().iter().all(|member| member["proposed"] == json!(true)));

        stage.edit(&writer, case, json!([{ "contributors": [second.id()] }])).await;
        let told = stage.read(&bench.secretary, proposed, asked.clone()).await["proposedPanel"].clone();
        assert_eq!(told["vacant"], json!([{ "member": { "id": writer.id() }, "seat": "clinical", "because": "PARTY",
            "alternate": { "id": second.id() }, "alternateBecause": "PARTY" }]));
        assert_eq!(told["quorate"], json!(false));
        assert_eq!(told["shortage"], json!("a quorum asks for 4 voting members, and there are 3"));
        let short = stage.refused(&bench.secretary, "assignPanel", case, json!({ "panelId": id })).await;
        assert_eq!(short, [("NOT_QUORATE".to_owned(), "panelId".to_owned())]);
        stage.set(of_anybody(3)).await.unwrap();
        stage.done(&bench.secretary, "assignPanel", case, json!({ "panelId": id })).await;
        let panel = sitting(&stage, &bench.secretary, case).await;
        assert_eq!(panel["members"].as_array().unwrap().len(), 3, "{panel:#}");

        // What waits for each is counted, and what was declared in cases of the same author is known.
        let note = json!({ "interest": "DECLARED_NOTED", "note": "I advised them." });
        stage.done(&bench.reviewers[0], "declareInterest", case, note).await;
        let other = stage.case(&writer).await;
        let asked = json!({ "case": other.global(), "panel": id });
        let told = stage.read(&bench.secretary, proposed, asked.clone()).await["proposedPanel"].clone();
        let reference = stage.app.view(&bench.secretary.actor, case).await.unwrap().case.reference.clone();
        assert_eq!(told["members"][2]["conflicts"], json!([{ "reference": reference, "interest": "DECLARED_NOTED" }]));
        assert_eq!(told["members"][0]["conflicts"], json!([]));
        let forbidden = stage.ask(&bench.reviewers[3], proposed, asked.clone()).await;
        assert_eq!(forbidden["data"]["proposedPanel"], Value::Null);
    }

    async fn the_usual_panel_judges_what_is_submitted_and_takes_the_place_of_the_settings(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        saved(&stage, &bench.secretary, bench.panel()).await;
        let case = stage.case(&author).await;
        let submit = json!({ "transition": "submit", "expectedRevision": 1 });
        stage.done(&author, "transitionAssessment", case, submit).await;
        let panel = sitting(&stage, &bench.secretary, case).await;
        assert_eq!(panel["seatedFrom"]["name"], json!("Equality panel (synthetic)"));
        let named = Settings { panel: vec![Seat { person: bench.chair.person(), seat: "chair".into() }], ..Settings::default() };
        let refused = stage.set(named).await.unwrap_err();
        assert!(matches!(&refused, Error::Invalid(found) if found[0].code == "STANDING_PANELS"), "{refused:?}");
    }
}

/// The member withdraws; who assigns then.
async fn two_declares(stage: &Stage, two: &Player, case: AssessmentId) -> Player {
    let withdrawn = json!({ "interest": "WITHDRAWN", "note": "My own team." });
    stage.done(two, "declareInterest", case, withdrawn).await;
    stage.at_home("another.secretary", Role::PanelSecretary).await
}
