//! What leaves of the picture: the same figures as are shown, with what a reader must know, and numbers of people rounded,
//! whoever asks.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use ehia::domain::{case::ShareLevel, id::Identifier as _, permission::Role};
use serde_json::{Value, json};

use super::{
    Dice, World,
    recount::{Asked, CASE, recount_rounding},
};
use crate::support::{
    on_both,
    program::ehia,
    stage::{PARTNER, Player, Stage},
};

const EXPORT: &str = "query($filter: RiskFilter, $format: ExtractFormat!, $tables: [RiskTable!], $by: [ExposureDimension!]) {
    aggregatedRisk(filter: $filter) { export(format: $format, tables: $tables, by: $by) { name mediaType text base64 } } }";

async fn export(stage: &Stage, who: &Player, format: &str, tables: Value, by: &[&str]) -> Vec<Value> {
    let variables = json!({ "format": format, "tables": tables, "by": by });
    let told = stage.read(who, EXPORT, variables).await;
    told["aggregatedRisk"]["export"].as_array().unwrap().clone()
}

fn document(files: &[Value]) -> Value {
    serde_json::from_str(files[0]["text"].as_str().unwrap()).unwrap()
}

fn table<'a>(document: &'a Value, key: &str) -> &'a [Value] {
    let tables = document["tables"].as_array().unwrap();
    tables.iter().find(|table| table["key"] == key).unwrap()["rows"].as_array().unwrap()
}

/// Bytes of Base64, letter by letter.
fn decoded(text: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in text.trim_end_matches('=').chars() {
        bits = bits << 6 | u32::try_from(letters.find(letter).unwrap()).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 255).unwrap());
        }
    }
    bytes
}

async fn sent(world: &mut World, dice: &mut Dice, count: usize) -> Vec<ehia::domain::id::AssessmentId> {
    let moment = world.stage.moment;
    let mut ids = Vec::new();
    for _ in 0..count {
        let id = world.begin(true, dice, moment).await;
        world.home.go(Role::Author, id, "send").await.unwrap();
        ids.push(id);
    }
    ids
}

/// Rounding by the rule of the design, written anew.
fn rule(people: u64) -> (u64, u64) {
    if people < 10 { (0, 10) } else { ((people + 2) / 5 * 5, (people + 2) / 5 * 5) }
}

on_both! {
    async fn tables_have_the_figures_of_the_picture_and_the_rounding_of_what_was_typed(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(5);
        let ids = sent(&mut world, &mut dice, 3).await;
        let mut documents = Vec::new();
        for id in &ids {
            documents.push(world.stage.read(&world.governance, CASE, json!({ "id": id.global() })).await["assessment"].clone());
        }
        let by = ["GROUP", "DISTRICT"];
        let asked = Asked { by: by.to_vec(), ..Asked::default() };
        let wanted = recount_rounding(&documents, &asked, &rule);
        let whole = document(&export(&world.stage, &world.governance, "JSON", Value::Null, &by).await);
        assert_eq!(whole["format"], "ehia/risk-extract/1");
        let heading = whole["heading"].to_string();
        for word in ["Filter", "As known on", "IMD 2025", "rounded to 5", "Synthetic body T6Y0W"] {
            assert!(heading.contains(word), "{word}: {heading}");
        }
        let parts = table(&whole, "exposures");
        let recounted = wanted["exposures"].as_array().unwrap();
        assert_eq!(parts.len(), recounted.len());
        for part in recounted {
            let own = parts.iter().find(|row| row["group"] == part["group"]["code"] && row["district"] == part["area"]["code"]);
            let own = own.unwrap_or_else(|| panic!("{part}"));
            assert_eq!(own["assessments"], part["assessments"]);
            assert_eq!(own["residents"], part["residents"]);
            assert_eq!(own["openMitigations"], part["openMitigations"]);
            for direction in ["positive", "negative", "neutral", "unknown"] {
                assert_eq!(own[format!("{direction}Impacts")], part["impacts"][direction]);
            }
            for band in part["bands"].as_array().unwrap() {
                let name = band["band"].as_str().unwrap().to_lowercase();
                assert_eq!(own[format!("{name}Impacts")], band["impacts"], "{name} {part}");
                assert_eq!(own[format!("{name}Assessments")], band["assessments"]);
            }
            assert_eq!(own["worstBand"], part["maximum"]["band"]);
            // Below ten is not told, and is not nobody.
            let low = if part["reach"]["low"].as_u64() < Some(10) { &Value::Null } else { &part["reach"]["low"] };
            assert_eq!((&own["reachLow"], &own["reachHigh"]), (low, &part["reach"]["high"]), "{part}");
        }
        // The cases behind each part, those that may be read by their references.
        let behind = table(&whole, "cases");
        let counted: i64 = parts.iter().map(|part| part["assessments"].as_i64().unwrap()).sum();
        assert_eq!(behind.len(), usize::try_from(counted).unwrap());
        assert_eq!(table(&whole, "summary").iter().find(|row| row["figure"] == "assessments").unwrap()["number"], 3);
        let drawn = whole.to_string();
        for never in ["independentLow", "\"lower\"", "probability of"] {
            assert!(!drawn.contains(never), "{never}");
        }
        // With nobody's reach rounded the figures would be others, so that the rounding was held.
        let exact = recount_rounding(&documents, &asked, &|people| (people, people));
        assert_ne!(exact["exposures"], wanted["exposures"]);
    }

    async fn every_format_has_every_table_and_the_same_bytes_each_time(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(6);
        sent(&mut world, &mut dice, 2).await;
        let (stage, who) = (&world.stage, &world.governance);
        let by = ["GROUP"];
        let whole = document(&export(stage, who, "JSON", Value::Null, &by).await);
        let tables = whole["tables"].as_array().unwrap();
        assert_eq!(tables.len(), 16);
        let sheets = export(stage, who, "CSV", Value::Null, &by).await;
        assert_eq!(sheets.len(), tables.len());
        for (sheet, table) in sheets.iter().zip(tables) {
            let (name, text) = (sheet["name"].as_str().unwrap(), sheet["text"].as_str().unwrap());
            assert_eq!(name, format!("risk-{}-{}.csv", stage.moment.today, table["key"].as_str().unwrap()));
            assert_eq!(sheet["mediaType"], "text/csv; charset=utf-8");
            let coverage = "# Not in these figures: of 0 registered decisions 0 have an assessment";
            for said in [coverage, "# Filter: ", "# Data: IMD 2025", "Rounding: ", "# As known on: "] {
                assert!(text.contains(said), "{name}: {said}");
            }
            let titles: Vec<&str> = table["columns"].as_array().unwrap().iter().map(|column| column["title"].as_str().unwrap()).collect();
            assert!(text.lines().any(|line| line.replace('"', "") == titles.join(",")), "{name}: {titles:?}");
        }
        // A table that leaves alone, too, and before anything else that is said of it.
        let alone = document(&export(stage, who, "JSON", json!(["EXPOSURES"]), &by).await);
        assert_eq!(alone["heading"][0], whole["heading"][0]);
        assert!(alone["heading"][0].to_string().contains("0 were decided without one"), "{}", alone["heading"]);
        let book = export(stage, who, "XLSX", Value::Null, &by).await;
        assert_eq!((book.len(), &book[0]["text"]), (1, &Value::Null));
        let bytes = decoded(book[0]["base64"].as_str().unwrap());
        let mut read: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let mut names = vec!["about".to_owned()];
        names.extend(tables.iter().map(|table| table["key"].as_str().unwrap().to_owned()));
        assert_eq!(read.sheet_names(), names);
        for table in tables {
            let range = read.worksheet_range(table["key"].as_str().unwrap()).unwrap();
            let columns = table["columns"].as_array().unwrap();
            for (cell, column) in range.rows().next().unwrap().iter().zip(columns) {
                assert_eq!(*cell, Data::String(column["title"].as_str().unwrap().to_owned()));
            }
            let rows = table["rows"].as_array().unwrap();
            assert_eq!(range.rows().skip(1).filter(|row| row.iter().any(|cell| *cell != Data::Empty)).count(), rows.len());
            for (cells, row) in range.rows().skip(1).zip(rows) {
                for (cell, column) in cells.iter().zip(columns) {
                    real(cell, &row[column["key"].as_str().unwrap()]);
                }
            }
        }
        let drawn = export(stage, who, "SVG", Value::Null, &[]).await;
        assert_eq!(drawn.len(), 2);
        for drawing in &drawn {
            let svg = drawing["text"].as_str().unwrap();
            let above = svg.find("Not in these figures: of 0 registered decisions");
            assert!(above.is_some() && above < svg.find("Filter: "), "{svg}");
            assert_eq!(svg.matches("Not in these figures").count(), 1, "{svg}");
            assert!(svg.starts_with("<svg ") && svg.contains("url(#") && svg.contains("Filter: ") && svg.contains("IMD 2025"));
        }
        for format in ["CSV", "XLSX", "JSON", "SVG"] {
            assert_eq!(export(stage, who, format, Value::Null, &by).await, export(stage, who, format, Value::Null, &by).await, "{format}");
        }
    }

    async fn of_a_case_that_one_may_not_read_no_name_leaves(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(11);
        let id = sent(&mut world, &mut dice, 1).await[0];
        let author = world.home.who(Role::Author);
        world.stage.app.share(author, id, PARTNER, ShareLevel::Read, None, world.stage.moment).await.unwrap();
        let roles = [(world.stage.home, Role::Reviewer), (world.stage.partner, Role::Governance)];
        let torn = world.stage.player("torn", &roles).await;
        let whole = document(&export(&world.stage, &torn, "JSON", Value::Null, &["GROUP"]).await);
        assert!(!table(&whole, "exposures").is_empty());
        assert!(table(&whole, "cases").is_empty());
        for reading in ["mitigations", "spend"] {
            let counted = table(&whole, reading).iter().map(|row| row["assessments"].as_i64().unwrap_or_default()).max();
            assert_eq!(counted, Some(0), "{reading}");
            let told = whole["tables"].as_array().unwrap().iter().find(|table| table["key"] == reading).unwrap();
            assert!(told["note"].as_str().unwrap().contains("may not read them: one case"), "{told}");
        }
        let view = world.stage.app.view(author, id).await.unwrap();
        let text = whole.to_string();
        assert!(!text.contains(&view.case.reference) && !text.contains(&view.case.content.title));
        // Whoever may read it has its name, and the same rounding.
        let beside = document(&export(&world.stage, &world.beside, "JSON", Value::Null, &["GROUP"]).await);
        assert_eq!(table(&beside, "exposures"), table(&whole, "exposures"));
        assert!(beside.to_string().contains(&view.case.reference));
    }

    async fn what_is_too_long_or_not_for_somebody_is_refused(database) {
        let world = World::new(database).await;
        let author = world.stage.at_home("writes", Role::Author).await;
        let variables = json!({ "format": "CSV" });
        let answer = world.stage.ask(&author, EXPORT, variables.clone()).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
        // Nothing at all gives tables without rows, which say so.
        let empty = document(&export(&world.stage, &world.governance, "JSON", Value::Null, &[]).await);
        assert_eq!(table(&empty, "spend").len(), 14);
        assert!(empty.to_string().contains("nothing can be said of who gains or loses"));
        let one = json!({ "format": "JSON", "tables": ["CONCENTRATIONS"], "filter": { "asAt": "2999-01-01" } });
        assert_eq!(world.stage.ask(&world.governance, EXPORT, one).await["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    }
}

/// A cell of a workbook is of the type that the table has.
fn real(cell: &Data, value: &Value) {
    match (cell, value) {
        (Data::Float(float), Value::Number(number)) => assert_eq!(Some(*float), number.as_f64()),
        (Data::Float(float), Value::String(text)) => {
            assert!((float - text.parse::<f64>().unwrap()).abs() < 0.001, "{text}");
        }
        (Data::DateTime(day), Value::String(text)) => {
            // Days since the end of 1899, as workbooks count.
            let first = chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();
            let days = (text.parse::<chrono::NaiveDate>().unwrap() - first).num_days();
            assert!((day.as_f64() - f64::from(i32::try_from(days).unwrap())).abs() < 0.001, "{text}");
        }
        (Data::String(own), Value::String(text)) => assert_eq!(own, text),
        (Data::Bool(own), Value::Bool(truth)) => assert_eq!(own, truth),
        (Data::Empty, Value::Null) => {}
        (Data::String(own), Value::Null) => assert!(own.is_empty()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_operator_writes_files_and_is_told_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let run = async |arguments: &[&str]| ehia(path, arguments).await;
    run(&["migrate"]).await.done();
    run(&["organisation", "add", "--ods", "T6Y0W", "--name", "NHS Norfolk and Suffolk ICB", "--kind", "icb"])
        .await
        .done();
    let said =
        run(&["risk", "export", "--format", "csv", "--out", "out", "--organisation", "T6Y0W"]).await.done();
    let names: Vec<&str> = said.out.lines().collect();
    assert_eq!(names.len(), 16, "{said:?}");
    for name in names {
        assert!(
            std::fs::read_to_string(path.join(name))
                .unwrap()
                .trim_start_matches('"')
                .starts_with("# Aggregated risk: "),
            "{name}"
        );
    }
    run(&["risk", "export", "--format", "xlsx", "--out", "risk.xlsx"]).await.done();
    assert!(std::fs::read(path.join("risk.xlsx")).unwrap().starts_with(b"PK"));
    run(&["risk", "export", "--format", "svg", "--out", "drawn"]).await.done();
    let refused = run(&["risk", "export", "--format", "svg", "--out", "one.svg"]).await.refused();
    assert!(refused.err.contains("give --out a folder"), "{refused:?}");
    let one = ["risk", "export", "--format", "csv", "--out", "bands.csv", "--table", "bands"];
    run(&one).await.done();
    assert!(std::fs::read_to_string(path.join("bands.csv")).unwrap().contains("EXTREME"));
    // What nobody assessed stands first.
    let said = run(&["risk", "show"]).await.done();
    assert!(said.out.starts_with("Not in these figures: of 0 registered decisions 0 have"), "{said:?}");
    let told = run(&["risk", "show", "--json"]).await.done().json();
    assert_eq!((&told["coverage"]["decisions"], &told["partnerProposals"]), (&json!(0), &json!(0)));
    assert_eq!((&told["pendingReactions"], &told["concentrations"]), (&json!(0), &json!([])));
    for (command, word) in [
        ("trend", "MONTH"),
        ("mitigations", "PROMISED"),
        ("decisions", "sent on"),
        ("spend", "who gains or loses"),
    ] {
        let said = run(&["risk", command, "--organisation", "T6Y0W"]).await.done();
        assert!(said.out.contains(word) && said.out.contains("Rounding: "), "{command}: {said:?}");
        let told = run(&["risk", command, "--json"]).await.done().json();
        assert_eq!(told["format"], "ehia/risk-extract/1", "{command}");
    }
}
