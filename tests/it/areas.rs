//! Places and who lives there, as a client asks.

use async_graphql::{Request, Variables};
use ehia::{
    app::{App, ClientAddress, Options},
    clock,
    domain::place::shipped::FILES,
    graphql::{
        door::{Allowed, Door},
        http::caller,
        limit::Limits,
    },
};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::{database::TestDatabase, on_both};

async fn ask(app: &App, query: &str) -> Value {
    let door = Door::new(app.clone(), Limits::default(), false);
    let request = Request::new(query).variables(Variables::from_json(json!({})));
    let nobody = caller(&HeaderMap::new(), ClientAddress::default()).unwrap();
    let answer = door.answer(request, nobody, Allowed::Everything, "test").await;
    serde_json::from_str(&answer.body).unwrap()
}

async fn loaded(database: &TestDatabase) -> App {
    let app = App::new(database.store.clone(), Options::default());
    let files = FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    app.load_reference(files, clock::now(), || ()).await.unwrap();
    app
}

on_both! {
    async fn a_place_tells_who_lives_there_and_what_succeeded_it(db) {
        let app = loaded(db).await;
        let told = ask(&app, "{ area(code: \"E54000022\") { name level odsCode closed successors { code name }
            old: profile(edition: \"IMD 2019\") { edition populationBase people core20People lsoas }
            profile { edition populationBase source people core20People core20Share core20Lsoas notes
              areas { code } districts { district { name } core20Share notable }
              groups { group { code name } counted people of share england icb ratio notable source }
              indicators { key count of share } } } }").await;
        let area = &told["data"]["area"];
        assert_eq!(told["errors"], Value::Null, "{told}");
        assert_eq!((area["level"].as_str(), area["closed"].as_str()), (Some("ICB"), Some("2026-04-01")));
        assert_eq!(area["successors"][0]["code"], "E54000068");
        assert_eq!((area["old"]["core20People"].as_u64(), area["old"]["people"].as_u64()), (Some(163_834), Some(1_032_661)));
        let profile = &area["profile"];
        assert_eq!((profile["core20People"].as_u64(), profile["people"].as_u64()), (Some(150_187), Some(1_032_464)));
        assert_eq!(profile["districts"][0]["district"]["name"], "Great Yarmouth");
        assert_eq!(profile["groups"][0]["group"]["code"], "core20");
        assert_eq!(profile["groups"][0]["notable"], true);
        assert!(profile["notes"][0].as_str().unwrap().contains("ended on 1 April 2026"));
        assert_eq!(profile["indicators"].as_array().unwrap().len(), 5);
    }

    async fn nhs_organisations_tell_what_succeeded_them_and_what_is_not_known_of_it(db) {
        let app = loaded(db).await;
        let ask = async |code: &str| {
            let told = ask(&app, &format!("{{ healthOrganisation(code: \"{code}\") {{ name kind open closed note area {{ code }}
                parent {{ code }} successors {{ code }} predecessors {{ code }} }} }}")).await;
            assert_eq!(told["errors"], Value::Null, "{told}");
            told["data"]["healthOrganisation"].clone()
        };
        let codes = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
        };
        let board = ask("qmm").await;
        assert_eq!((&board["open"], &board["closed"]), (&json!(false), &json!("2026-04-01")));
        assert_eq!((codes(&board["successors"]), &board["area"]["code"]), (vec!["T6Y0W".to_owned()], &json!("E54000022")));
        assert_eq!(board["note"], Value::Null);
        let now = ask("T6Y0W").await;
        assert_eq!(codes(&now["predecessors"]), ["QJG", "QMM"]);
        assert_eq!(now["open"], true);
        let parted = ask("QJG").await;
        assert!(parted["note"].as_str().unwrap().contains("its area has which went where"), "{parted}");
        let frimley = ask("QNQ").await;
        assert_eq!(codes(&frimley["successors"]), ["S0E4D", "S9B9J", "QRL"]);
        assert!(frimley["note"].as_str().unwrap().contains("the lookups do not say which went where"), "{frimley}");
        let trust = ask("RCX").await;
        assert_eq!((&trust["kind"], &trust["parent"]["code"]), (&json!("TRUST"), &json!("QMM")));
        assert_eq!(ask("NOPE").await, Value::Null);
    }

    async fn nhs_organisations_are_found_by_name_and_code(db) {
        let app = loaded(db).await;
        let told = ask(&app, "{ healthOrganisations(search: \"NORFOLK\", first: 2) { code } code: healthOrganisations(search: \"rcx\") { name } ended: healthOrganisations(search: \"Norfolk and W\") { code open } }").await;
        assert_eq!(told["data"]["healthOrganisations"], json!([{"code": "T6Y0W"}, {"code": "RM102"}]), "{told}");
        assert_eq!(told["data"]["ended"], json!([{"code": "QMM", "open": false}]));
        assert!(told["data"]["code"][0]["name"].as_str().unwrap().contains("King's Lynn"));
        let told = ask(&app, "{ healthOrganisations(search: \"a\", first: 51) { code } }").await;
        assert_eq!(told["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    }

    async fn what_cannot_be_told_is_null_with_its_reason(db) {
        let app = loaded(db).await;
        for (code, edition, reason) in [
            ("E54000070", "IMD 2025", "Frimley"),
            ("E01035624", "IMD 2019", "E01008187"),
            ("E07000145", "IMD 1999", "There is no edition `IMD 1999` here; there are IMD 2025, IMD 2019."),
        ] {
            let told = ask(&app, &format!("{{ area(code: \"{code}\") {{ name profile(edition: \"{edition}\") {{ people }} }} }}")).await;
            assert_eq!(told["data"]["area"]["profile"], Value::Null);
            assert!(told["data"]["area"]["name"].is_string(), "{told}");
            assert!(told["errors"][0]["message"].as_str().unwrap().contains(reason), "{told}");
            assert_eq!(told["errors"][0]["extensions"]["code"], "BAD_REQUEST");
        }
        assert_eq!(ask(&app, "{ area(code: \"E07009999\") { name } }").await, json!({"data": {"area": null}}));
    }

    async fn places_are_found_page_by_page(db) {
        let app = loaded(db).await;
        let query = |after: &str| format!("{{ areas(search: \"NÓRWICH\", first: 2{after}) {{ totalCount
            nodes {{ code name level }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }}");
        let first = ask(&app, &query("")).await;
        let page = &first["data"]["areas"];
        assert_eq!((page["nodes"][0]["name"].as_str(), page["nodes"][0]["level"].as_str()), (Some("Norwich"), Some("DISTRICT")), "{first}");
        assert_eq!((&page["pageInfo"]["hasNextPage"], &page["pageInfo"]["hasPreviousPage"]), (&json!(true), &json!(false)));
        let after = format!(", after: {}", page["pageInfo"]["endCursor"]);
        let second = ask(&app, &query(&after)).await;
        assert_eq!(second["data"]["areas"]["totalCount"], page["totalCount"]);
        assert_ne!(second["data"]["areas"]["nodes"][0], page["nodes"][1]);
        let lost = ask(&app, &query(", after: \"E99\"")).await;
        assert_eq!(lost["errors"][0]["extensions"]["code"], "BAD_REQUEST");
        let turned = ask(&app, "{ areas(search: \"yarmouth great\", level: DISTRICT) { nodes { name } } }").await;
        assert_eq!(turned["data"]["areas"]["nodes"], json!([{"name": "Great Yarmouth"}]));
        let level = ask(&app, "{ areas(search: \"T6Y0W\", level: ICB) { nodes { code } } }").await;
        assert_eq!(level["data"]["areas"]["nodes"], json!([{"code": "E54000068"}]));
    }

    async fn without_reference_data_places_go_by_their_codes_and_the_rest_says_what_to_do(db) {
        let app = App::new(db.store.clone(), Options::default());
        let told = ask(&app, "{ area(code: \"E07000145\") { code name level successors { code } profile { people } } }").await;
        assert_eq!(told["data"]["area"], json!({"code": "E07000145", "name": "E07000145", "level": "DISTRICT", "successors": [], "profile": null}));
        assert!(told["errors"][0]["message"].as_str().unwrap().contains("ehia reference load"), "{told}");
        let told = ask(&app, "{ areas(search: \"Norwich\") { nodes { code } } }").await;
        assert!(told["errors"][0]["message"].as_str().unwrap().contains("ehia reference load"), "{told}");
    }
}
