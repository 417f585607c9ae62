//! Tables and drawings as they leave: the same bytes each time, nothing that a spreadsheet would run, numbers of people rounded.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ehia_domain::{
    group::Catalogue,
    impact::Direction,
    proposal::Money,
    rating::Band,
    risk::{
        Contribution, Exposure, ExposureDimension as By, Exposures, Impact, Key, Rated, RatingBasis,
        Standpoint, Totals,
        extract::{Cell, Extract, Table, csv, heat, json, matrix},
        scale_name,
        tables::{self, Counted, Names, Part, Said, reach_in_words},
    },
    settings::Settings,
};
use proptest::prelude::*;

use super::{SHIPPED, every_standing, facts};

fn table() -> Table {
    let mut table = Table::new(
        "things",
        "Things",
        &[("name", "Name"), ("number", "Number"), ("on", "On"), ("cost", "Cost"), ("so", "So")],
    );
    let day = NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
    let money = Money::parse("-1250.50").unwrap();
    table.rows = vec![
        vec!["=HYPERLINK(\"http://x\")".into(), Cell::Number(-3), day.into(), money.into(), true.into()],
        vec!["a, \"b\"\nc".into(), Cell::Empty, Cell::Empty, Cell::Empty, false.into()],
    ];
    table
}

fn extract() -> Extract {
    let heading = vec![("Filter".to_owned(), "groups =cmd|x, and \"y\"".to_owned())];
    Extract { title: "Risk".into(), heading, tables: vec![table().noted("Synthetic.")] }
}

#[test]
fn values_are_parted_quoted_and_harmless() {
    let written = csv::write(&extract(), &table().noted("Synthetic."));
    assert_eq!(
        written,
        "# Risk: Things\r\n\"# Filter: groups =cmd|x, and \"\"y\"\"\"\r\n# Note: Synthetic.\r\nName,Number,On,Cost,So\r\n\
         \"'=HYPERLINK(\"\"http://x\"\")\",-3,2026-11-03,-1250.50,yes\r\n\"a, \"\"b\"\"\nc\",,,,no\r\n"
    );
    for begins in
        ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\u{ff1d}1", "\"=1", "'=1", "\u{feff}=1", "\n=1"]
    {
        assert!(csv::harmless(begins).starts_with('\''), "{begins:?}");
    }
    for plain in ["", "a=1", "5 + 5", "Lowestoft - north", "'s-Gravenhage"] {
        assert_eq!(csv::harmless(plain), plain);
    }
}

#[test]
fn documents_have_rows_by_the_keys_of_their_columns() {
    let told = json::write(&extract());
    assert_eq!(told["format"], "ehia/risk-extract/1");
    let row = &told["tables"][0]["rows"][0];
    assert_eq!((&row["number"], &row["on"], &row["so"]), (&(-3).into(), &"2026-11-03".into(), &true.into()));
    assert_eq!(row["cost"], "-1250.50");
    assert!(told["tables"][0]["rows"][1]["cost"].is_null());
    assert_eq!(told["tables"][0]["columns"][0]["key"], "name");
}

#[test]
fn what_a_workbook_has_no_room_for_is_left_out_or_refused() {
    let of = |key: &'static str, rows: usize| {
        let mut table = Table::new(key, key, &[("a", "A"), ("b", "B")]);
        table.rows = vec![vec![Cell::Number(1), Cell::Empty]; rows];
        table
    };
    let extract = || Extract {
        title: "X".into(),
        heading: vec![],
        tables: vec![of("one", 3), of("two", 9), of("three", 5)],
    };
    assert_eq!(extract().fitting(34, false).unwrap(), extract(), "all of it fits");
    let some = extract().fitting(33, true).unwrap();
    let rows: Vec<usize> = some.tables.iter().map(|table| table.rows.len()).collect();
    assert_eq!(rows, [3, 0, 5], "the longest goes");
    assert!(some.tables[1].note.as_ref().unwrap().starts_with("Left out: A workbook has 33 cells"));
    let refused = extract().fitting(33, false).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.path.to_string().as_str()), ("TOO_MANY", "tables"));
}

#[test]
fn few_people_are_never_told_how_many() {
    for (low, high, told) in [
        (0, Some(10), "fewer than 10"),
        (0, Some(500), "fewer than 10 to 500"),
        (0, None, "fewer than 10 or more, no upper figure"),
        (1_250, None, "1,250 or more"),
        (40, Some(40), "40"),
        (40, Some(1_060), "40 to 1,060"),
    ] {
        assert_eq!(reach_in_words(low, high), told);
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as the fields have it")]
fn rated(band: Band, likelihood: u8, consequence: u8) -> Option<Rated> {
    Some(Rated { band, likelihood, consequence })
}

fn case(
    group: &str,
    direction: Direction,
    rating: Option<Rated>,
    reach: Option<(u32, Option<u32>)>,
) -> Contribution {
    let impact = Impact { groups: vec![group.into()], direction, ratings: [rating; 4], reach };
    Contribution {
        standpoint: Standpoint::Pending,
        scale: scale_name(&Settings::default().scale),
        service_line: Some("<Line> & \"one\"".into()),
        programme: None,
        effective_from: None,
        effective_to: None,
        footprint: vec!["E07000145".into()],
        impacts: vec![impact],
        open: vec![],
    }
}

fn cases() -> Vec<Contribution> {
    vec![
        case("disability", Direction::Negative, rated(Band::Extreme, 4, 4), Some((7, Some(9)))),
        case("disability", Direction::Negative, rated(Band::Moderate, 2, 3), Some((61, None))),
        case("race", Direction::Negative, None, None),
        case("age.older_people", Direction::Unknown, None, None),
        case("core20", Direction::Positive, rated(Band::High, 3, 3), Some((998, Some(1_003)))),
    ]
}

fn counted(parts: &[(Key, Exposure)]) -> Vec<(Key, Counted)> {
    let counted =
        parts.iter().map(|(key, part)| (key.clone(), Counted::of(&part.figures, RatingBasis::Current)));
    counted.collect()
}

fn names<'a>(
    groups: &'a Catalogue,
    organisations: &'a BTreeMap<ehia_domain::id::OrganisationId, (String, String)>,
) -> Names<'a> {
    Names { groups, reference: Some(&SHIPPED), organisations }
}

#[test]
fn exposures_tell_the_rounding_alone() {
    let (filter, by) = (every_standing(), [By::Group, By::District]);
    let mut exposures = Exposures::new(&by);
    for fact in &facts(&cases(), &filter) {
        exposures.add(fact, &filter);
    }
    let parts = exposures.ranked();
    let (groups, organisations) = (Catalogue::shipped(), BTreeMap::new());
    let beside = vec![Part { residents: Some(99_700), partners: 1 }; parts.len()];
    let told = tables::exposures(
        &by,
        &counted(&parts),
        &beside,
        RatingBasis::Current,
        names(&groups, &organisations),
    );
    let at = |key: &str| {
        told.columns.iter().position(|column| column.key == key).unwrap_or_else(|| panic!("{key}"))
    };
    let disability = &told.rows[0];
    assert_eq!(disability[at("group")], "disability".into());
    assert_eq!(disability[at("districtName")], "Great Yarmouth".into());
    assert_eq!(disability[at("assessments")], Cell::Number(2));
    assert_eq!(disability[at("extremeAssessments")], Cell::Number(1));
    // Seven people are fewer than ten, sixty-one are sixty; one says no upper figure.
    assert_eq!(disability[at("reachLow")], Cell::Number(60));
    assert_eq!(disability[at("reachHigh")], Cell::Empty);
    assert_eq!(disability[at("reachInWords")], "60 or more".into());
    assert!(told.rows.iter().all(|row| row.len() == told.columns.len()));
    let unknown = told.rows.iter().find(|row| row[at("group")] == "age.older_people".into()).unwrap();
    assert_eq!(
        (&unknown[at("unknownImpacts")], &unknown[at("neutralImpacts")]),
        (&Cell::Number(1), &Cell::Number(0))
    );
}

#[test]
fn a_heading_says_which_cases_as_of_when_and_by_which_data() {
    let (groups, organisations) = (Catalogue::shipped(), BTreeMap::new());
    let mut filter = every_standing();
    filter.groups = vec!["disability".into()];
    filter.areas = vec!["E07000145".into()];
    filter.live_on = NaiveDate::from_ymd_opt(2027, 4, 1);
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let said = Said { today, whose: "Synthetic ICB", as_at: NaiveDate::from_ymd_opt(2026, 10, 31) };
    let told = tables::heading(&filter, names(&groups, &organisations), said);
    let text =
        |label: &str| told.iter().find(|(own, _)| own == label).map(|(_, text)| text.as_str()).unwrap();
    assert_eq!(
        text("Filter"),
        "standing pending, proceeding, stopped; groups Disability (disability); areas Great Yarmouth (E07000145); live on 1 April 2027"
    );
    assert!(text("As known on").starts_with("the end of 31 October 2026"));
    let (as_of_today, by_then) = text("As known on").split_once("are as of today").unwrap();
    for table in ["SPEND", "INFLUENCE", "DECISIONS"] {
        assert!(as_of_today.contains(table), "{table}: {as_of_today}");
    }
    assert!(
        !as_of_today.contains("mitigations")
            && by_then.contains("mitigations is by what was reported by then")
    );
    assert!(text("Standing").contains("INFLUENCE") && text("Standing").contains("every standing"));
    assert!(text("Not narrowed").starts_with("In SUMMARY and above, registered decisions"));
    let whole = tables::heading(&every_standing(), names(&groups, &organisations), said);
    assert!(whole.iter().all(|(label, _)| label != "Not narrowed"), "{whole:?}");
    assert!(text("Data").starts_with("IMD 2025, people of Census 2021"), "{}", text("Data"));
    assert!(text("Rounding").contains("rounded to 5"));
}

#[test]
fn drawings_are_read_without_colour_and_say_what_they_show() {
    let filter = every_standing();
    let facts = facts(&cases(), &filter);
    let (mut totals, mut exposures) = (Totals::default(), Exposures::new(&[By::Group, By::District]));
    for fact in &facts {
        totals.add(fact, &filter, 1);
        exposures.add(fact, &filter);
    }
    let scale = Settings::default().scale;
    let scales = BTreeMap::from([(scale_name(&scale), scale)]);
    let heading = vec![("Filter".to_owned(), "<none> & all".to_owned())];
    let heat = heat::draw("Heat", &totals, RatingBasis::Current, &scales, "Nothing <is> missing.", &heading);
    let parts = exposures.ranked();
    let (group, place) = (
        |code: &str| code.to_owned(),
        |code: Option<_>| code.map_or("?".into(), |code: ehia_domain::place::Code| code.to_string()),
    );
    let called = matrix::Called { group: &group, place: &place };
    let matrix = matrix::draw("Matrix", &counted(&parts), called, "Nothing <is> missing.", &heading);
    for svg in [&heat, &matrix] {
        assert!(svg.contains("&lt;none&gt; &amp; all") && !svg.contains("<none>"));
        let (missing, filter) = (svg.find("Nothing &lt;is&gt; missing."), svg.find("&lt;none&gt;"));
        assert!(missing.is_some() && missing < filter, "what is missing stands above: {svg}");
        for pattern in ["url(#extreme)", "id=\"moderate\"", "role=\"img\"", "<desc"] {
            assert!(svg.contains(pattern), "{pattern}");
        }
    }
    assert!(heat.contains("likelihood 4, consequence 4, EXTREME: 1 case, 1 impact"));
    assert!(heat.contains("Not rated: 1 impact of 1 case."));
    assert!(matrix.contains("disability: E07000145 2 cases negative, the gravest extreme, 0 unknown."));
    // What is merely unknown has no band.
    assert!(matrix.contains("? 1") && matrix.contains("age.older_people: E07000145 0 cases negative"));
    // A positive impact is no exposure.
    assert!(!matrix.contains("core20"));
}

proptest! {
    #[test]
    fn what_is_written_is_what_a_reader_of_such_files_reads(rows in proptest::collection::vec(("\\PC{0,12}", any::<i64>()), 0..6)) {
        let mut table = Table::new("t", "T", &[("a", "A"), ("b", "B")]);
        table.rows = rows.iter().map(|(text, number)| vec![text.as_str().into(), (*number).into()]).collect();
        let extract = Extract { title: "X".into(), heading: vec![], tables: vec![] };
        let written = csv::write(&extract, &table);
        let read = parse(&written);
        prop_assert_eq!(&read[0], &vec!["# X: T".to_owned()]);
        for ((text, number), row) in rows.iter().zip(&read[2..]) {
            prop_assert_eq!(&row[0], &csv::harmless(text));
            prop_assert_eq!(&row[1], &number.to_string());
        }
        prop_assert_eq!(read.len(), rows.len() + 2);
    }
}

/// A reader of values parted by commas, letter by letter.
fn parse(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut inside) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if inside && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => inside = !inside,
            ',' if !inside => row.push(std::mem::take(&mut cell)),
            '\r' if !inside && letters.peek() == Some(&'\n') => {
                letters.next();
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            letter => cell.push(letter),
        }
    }
    assert!(cell.is_empty() && row.is_empty() && !inside);
    rows
}
