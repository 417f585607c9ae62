//! What an assessment claims of the most deprived fifth against who lives where it lands, as clients see it. All synthetic.

use ehia::domain::{
    id::{AssessmentId, Identifier},
    permission::Role,
    settings::{Notable, Settings},
};
use serde_json::{Value, json};

use crate::{
    footprints::load,
    support::{
        on_both,
        stage::{HOME, Player, Stage},
    },
};

const POPULATION: &str = "query($id: ID!) { assessment(id: $id) {
    newest: population { edition populationBase people core20People lsoas areas { code } districts { district { code } notable } groups { group { code } people notable } }
    old: population(edition: \"IMD 2019\") { edition people core20People } } }";
const FINDINGS: &str = "query($id: ID!) { assessment(id: $id) {
    findings { rule { id } } } }";

/// A complete case over these areas that says that the most deprived fifth is not affected, by this evidence of its.
async fn neutral(stage: &Stage, author: &Player, areas: &[&str], evidence: &str) -> AssessmentId {
    let mut document: Value =
        serde_json::from_str(include_str!("../../examples/01-marram-house.json")).unwrap();
    document["proposal"]["footprint"] = json!(areas);
    let impacts = document["impacts"].as_array_mut().unwrap();
    let core20 = impacts.iter_mut().find(|impact| impact["id"] == "core20").unwrap();
    *core20 = json!({
        "id": "core20", "groups": ["core20"], "direction": "NEUTRAL", "evidence": [evidence],
        "rationale": "Those who come from the most deprived streets keep their seat in the minibus.",
    });
    for mitigation in document["mitigations"].as_array_mut().unwrap() {
        mitigation["impacts"].as_array_mut().unwrap().retain(|impact| impact != "core20");
    }
    let taken = stage.app.import(&author.actor, HOME, document, None, stage.moment).await.unwrap();
    taken.changed.view.case.id
}

/// What stands in the way of submitting, in words; nothing when it was submitted.
async fn submit(stage: &Stage, author: &Player, case: AssessmentId) -> Vec<String> {
    let step = json!({ "transition": "submit", "expectedRevision": 1 });
    let payload = stage.command(author, "transitionAssessment", case, step).await.unwrap();
    let blockers = payload["blockers"].as_array().unwrap();
    if blockers.is_empty() {
        assert_eq!(payload["errors"], json!([]), "{payload:#}");
    }
    blockers.iter().map(|blocker| blocker["message"].as_str().unwrap().to_owned()).collect()
}

async fn rules(stage: &Stage, author: &Player, case: AssessmentId) -> Vec<String> {
    let told = stage.read(author, FINDINGS, json!({ "id": case.global() })).await;
    let findings = told["assessment"]["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"]["id"].as_str().unwrap().to_owned()).collect()
}

/// Whether groups are notable, in a population as it was answered.
fn notable(population: &Value, code: &str) -> Value {
    let groups = population["groups"].as_array().unwrap();
    groups.iter().find(|group| group["group"]["code"] == code).unwrap()["notable"].clone()
}

on_both! {
    async fn a_footprint_of_mixed_levels_is_counted_once_by_both_editions_and_the_organisations_thresholds(db) {
        let stage = Stage::new(db, Settings::default()).await;
        load(&stage.app).await;
        let author = stage.at_home("author", Role::Author).await;
        // A board, a district, a ward, an MSOA and an LSOA of it: everybody is counted in the board.
        let areas = ["E01026500", "E02005551", "E05012745", "E07000148", "E54000022"];
        let case = neutral(&stage, &author, &areas, "imd").await;
        let ask = async |case: AssessmentId| {
            stage.read(&author, POPULATION, json!({ "id": case.global() })).await["assessment"].clone()
        };
        let told = ask(case).await;
        let newest = &told["newest"];
        assert_eq!(
            (newest["people"].as_u64(), newest["core20People"].as_u64(), &newest["populationBase"]),
            (Some(1_032_464), Some(150_187), &json!("Census 2021"))
        );
        assert_eq!(told["old"], json!({ "edition": "IMD 2019", "people": 1_032_661, "core20People": 163_834 }));
        assert_eq!(newest["areas"].as_array().unwrap().len(), 5);
        assert_eq!((notable(newest, "core20"), notable(newest, "age.older_people")), (json!(true), json!(true)));
        let yarmouth = &newest["districts"][0];
        assert_eq!((&yarmouth["district"]["code"], &yarmouth["notable"]), (&json!("E07000145"), &json!(true)));
        // With another place, the sum of both.
        let both = neutral(&stage, &author, &["E09000012", "E54000022", "E05012745", "E09000001"], "imd").await;
        let told = ask(both).await;
        assert_eq!(
            (told["newest"]["people"].as_u64(), told["newest"]["core20People"].as_u64()),
            (Some(1_032_464 + 267_736), Some(150_187 + 105_371))
        );
        // What is notable is the organisation's to say: by number one more than live there, by share above any district.
        let own = Notable { core20_percent: 35, core20_people: 150_188, ratio_percent: 200, people: 250 };
        stage.set(Settings { notable: own, ..Settings::default() }).await.unwrap();
        let told = ask(case).await;
        let newest = &told["newest"];
        assert_eq!((notable(newest, "core20"), notable(newest, "age.older_people")), (json!(false), json!(false)));
        assert_eq!(newest["districts"][0]["notable"], false);
        assert!(!rules(&stage, &author, case).await.contains(&"place.core20.unexplained".to_owned()));
        let own = Notable { core20_people: 150_187, ..own };
        stage.set(Settings { notable: own, ..Settings::default() }).await.unwrap();
        assert_eq!(notable(&ask(case).await["newest"], "core20"), true);
        assert!(rules(&stage, &author, case).await.contains(&"place.core20.unexplained".to_owned()));
    }

    async fn who_calls_the_most_deprived_fifth_unaffected_where_many_live_explains_it_before_submitting(db) {
        let stage = Stage::new(db, Settings::default()).await;
        load(&stage.app).await;
        let author = stage.at_home("author", Role::Author).await;
        let norfolk = neutral(&stage, &author, &["E54000022"], "imd").await;
        let told = submit(&stage, &author, norfolk).await;
        let [told] = told.as_slice() else { panic!("{told:#?}") };
        for part in [
            "Of 1,032,464 people who live where the proposal lands, 150,187 (14.5 %; in England",
            "IMD 2025, people of Census 2021; residents, not users",
            "Highest: Great Yarmouth 34.5 %; Norwich 31.6 %;",
            "NHS Act 2006 s.14Z35",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        // The service's own figures explain it, and a table of residents did not.
        let explained = neutral(&stage, &author, &["E54000022"], "journeys").await;
        assert_eq!(submit(&stage, &author, explained).await, Vec::<String>::new());
        // In Hart nobody lives in the most deprived fifth: nothing is asked.
        let hart = neutral(&stage, &author, &["E07000089"], "imd").await;
        assert!(!rules(&stage, &author, hart).await.iter().any(|rule| rule.starts_with("place.core20")));
        assert_eq!(submit(&stage, &author, hart).await, Vec::<String>::new());
    }

    async fn a_board_of_which_nothing_can_be_told_takes_nobody_away(db) {
        let stage = Stage::new(db, Settings::default()).await;
        load(&stage.app).await;
        let author = stage.at_home("author", Role::Author).await;
        for parted in ["E54000069", "E54000070"] {
            let case = neutral(&stage, &author, &["E54000022", parted], "imd").await;
            let told = submit(&stage, &author, case).await;
            let [told] = told.as_slice() else { panic!("{told:#?}") };
            assert!(told.starts_with("Of 1,032,464 people who live where the proposal lands (without NHS "), "{told}");
            assert!(told.contains("150,187"), "{told}");
            let found = rules(&stage, &author, case).await;
            assert!(found.contains(&"place.figures.missing".to_owned()), "{found:?}");
            // Whoever asks for the population itself is told why there is none.
            let asked = stage.ask(&author, POPULATION, json!({ "id": case.global() })).await;
            assert_eq!(asked["data"]["assessment"]["newest"], Value::Null);
            assert_eq!(asked["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{asked}");
        }
    }
}
