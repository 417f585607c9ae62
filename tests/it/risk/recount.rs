//! The picture of risk, counted again from what the API tells of each case, slowly and without the program: the
//! places of LSOAs and who lives there are read from the files as they ship.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    sync::LazyLock,
};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::support::stage::{Player, Stage};

/// What the API tells of a case, as far as the picture rests on it.
pub const CASE: &str = "query($id: ID!) { assessment(id: $id) {
    id phase standing submittedRevision organisation { odsCode }
    proposal { serviceLine programme effectiveFrom effectiveTo footprint { code } }
    impacts { groups { code } direction reach { low high }
        INITIAL: initial { likelihood consequence band } CURRENT: current { likelihood consequence band }
        TARGET: target { likelihood consequence band } ASSURED: assured { likelihood consequence band }
        mitigations { id status } }
} }";

/// The picture.
const PICTURE: &str = "query($filter: RiskFilter, $by: [ExposureDimension!], $after: String) { aggregatedRisk(filter: $filter) {
    assessments drafts
    impacts { positive negative neutral unknown }
    INITIAL: bands(basis: INITIAL) { ...band } CURRENT: bands { ...band }
    TARGET: bands(basis: TARGET) { ...band } ASSURED: bands(basis: ASSURED) { ...band }
    heatMaps(basis: INITIAL) { scale cells { likelihood consequence band impacts assessments } unrated { impacts assessments } }
    exposures(by: $by, first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes {
        group { code } area { code } board { code } organisation { odsCode } serviceLine programme quarter
        assessments openMitigations residents
        impacts { positive negative neutral unknown } bands { ...band } maximum { likelihood consequence band }
        reach { low high } cases(first: 100) { totalCount nodes { id } }
    } }
} } fragment band on BandCount { band impacts assessments }";

pub const BASES: [&str; 4] = ["INITIAL", "CURRENT", "TARGET", "ASSURED"];
const BANDS: [&str; 5] = ["LOW", "MODERATE", "HIGH", "EXTREME", "UNRATED"];

/// The rows of a file, LSOA by LSOA.
pub fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("E01"));
    rows.map(|row| row.split('\t').map(str::to_owned).collect()).collect()
}

/// The LSOAs of every area, the district and the board of every LSOA, and how many live in each.
pub struct Map {
    pub areas: BTreeMap<String, BTreeSet<String>>,
    pub district: BTreeMap<String, String>,
    board: BTreeMap<String, String>,
    pub people: BTreeMap<String, u64>,
}

pub static MAP: LazyLock<Map> = LazyLock::new(|| {
    let mut map = Map {
        areas: BTreeMap::new(),
        district: BTreeMap::new(),
        board: BTreeMap::new(),
        people: BTreeMap::new(),
    };
    for row in rows(include_bytes!("../../../data/lsoa-2021.tsv.gz")) {
        // The LSOA itself, its ward, its district and its board of 2024.
        for column in [0, 3, 4, 8] {
            map.areas.entry(row[column].clone()).or_default().insert(row[0].clone());
        }
        map.district.insert(row[0].clone(), row[4].clone());
        // The board of today where it is known, else that of 2024.
        let board = if row[9].is_empty() { &row[8] } else { &row[9] };
        map.board.insert(row[0].clone(), board.clone());
    }
    for row in rows(include_bytes!("../../../data/imd-2025.tsv.gz")) {
        map.people.insert(row[0].clone(), row[3].parse().unwrap());
    }
    map
});

/// The residents of an area by national deprivation fifth, the most deprived first.
pub fn fifths(area: &str) -> [u64; 5] {
    let mut fifths = [0; 5];
    for row in rows(include_bytes!("../../../data/imd-2025.tsv.gz")) {
        if MAP.areas[area].contains(&row[0]) {
            fifths[row[2].parse::<usize>().unwrap().div_ceil(2) - 1] += row[3].parse::<u64>().unwrap();
        }
    }
    fifths
}

fn lsoas(codes: &[String]) -> BTreeSet<String> {
    codes.iter().filter_map(|code| MAP.areas.get(code)).flatten().cloned().collect()
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub standings: Option<Vec<&'static str>>,
    pub organisations: Vec<&'static str>,
    pub groups: Vec<&'static str>,
    pub areas: Vec<&'static str>,
    pub service_lines: Vec<&'static str>,
    pub live_on: Option<String>,
    pub by: Vec<&'static str>,
}

impl Asked {
    pub fn variables(&self, as_at: Option<&str>) -> Value {
        let list = |list: &[&str]| if list.is_empty() { Value::Null } else { json!(list) };
        json!({
            "by": self.by,
            "filter": {
                "standings": self.standings,
                "organisations": list(&self.organisations),
                "groups": list(&self.groups),
                "areas": list(&self.areas),
                "serviceLines": list(&self.service_lines),
                "liveOn": self.live_on,
                "asAt": as_at,
            },
        })
    }
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The group that each is part of, as the file that ships has it.
static PARTS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let file: Value = serde_json::from_str(include_str!("../../../domain/definition/groups.json")).unwrap();
    let groups = file["groups"].as_array().unwrap().iter();
    groups.filter_map(|one| Some((text(&one["code"]), one["parent"].as_str()?.to_owned()))).collect()
});

/// What is on these groups is on those that they are part of, and so on up.
pub fn with_wholes(codes: &[String]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for code in codes {
        let mut at = Some(code);
        while let Some(code) = at {
            all.insert(code.clone());
            at = PARTS.get(code);
        }
    }
    all
}

/// A case with where it lies, as far as it is asked.
struct Placed<'a> {
    case: &'a Value,
    lsoas: BTreeSet<String>,
}

fn passes<'a>(case: &'a Value, asked: &Asked) -> Option<Placed<'a>> {
    let proposal = &case["proposal"];
    let codes = strings(&proposal["footprint"]);
    let mut place = lsoas(&codes);
    if !asked.areas.is_empty() {
        let within = lsoas(&asked.areas.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>());
        place = place.intersection(&within).cloned().collect();
        if place.is_empty() {
            return None;
        }
    }
    let organisation = text(&case["organisation"]["odsCode"]);
    let line = text(&proposal["serviceLine"]);
    let in_effect = asked.live_on.as_ref().is_none_or(|day| {
        proposal["effectiveFrom"].as_str().is_none_or(|from| from <= day.as_str())
            && proposal["effectiveTo"].as_str().is_none_or(|to| day.as_str() <= to)
    });
    let impacts = case["impacts"].as_array().unwrap();
    let grouped = asked.groups.is_empty() || impacts.iter().any(|impact| touches(impact, asked));
    let ok = (asked.organisations.is_empty() || asked.organisations.contains(&organisation.as_str()))
        && (asked.service_lines.is_empty() || asked.service_lines.contains(&line.as_str()))
        && in_effect
        && grouped;
    ok.then_some(Placed { case, lsoas: place })
}

fn touches(impact: &Value, asked: &Asked) -> bool {
    asked.groups.is_empty()
        || with_wholes(&strings(&impact["groups"])).iter().any(|code| asked.groups.contains(&code.as_str()))
}

/// One case with those of its impacts that are counted in a part.
type Part<'a> = (&'a Value, Vec<&'a Value>);

fn directions(part: &[Part<'_>]) -> Value {
    let count = |direction| {
        part.iter().flat_map(|(_, impacts)| impacts).filter(|impact| impact["direction"] == direction).count()
    };
    json!({
        "positive": count("POSITIVE"),
        "negative": count("NEGATIVE"),
        "neutral": count("NEUTRAL"),
        "unknown": count("UNKNOWN"),
    })
}

fn negative<'a>(impacts: &'a [&'a Value]) -> impl Iterator<Item = &'a Value> {
    impacts.iter().copied().filter(|impact| impact["direction"] == "NEGATIVE")
}

fn bands(part: &[Part<'_>], basis: &str) -> Value {
    let of = |impact: &Value| impact[basis]["band"].as_str().unwrap_or("UNRATED").to_owned();
    BANDS
        .iter()
        .map(|band| {
            let each: Vec<usize> = (part.iter())
                .map(|(_, impacts)| negative(impacts).filter(|impact| of(impact) == *band).count())
                .collect();
            json!({
                "band": band,
                "impacts": each.iter().sum::<usize>(),
                "assessments": each.iter().filter(|impacts| **impacts > 0).count(),
            })
        })
        .collect()
}

fn heat(part: &[Part<'_>], basis: &str) -> Value {
    let mut cells: BTreeMap<(u64, u64), (String, usize, BTreeSet<String>)> = BTreeMap::new();
    for (case, impacts) in part {
        for rating in negative(impacts).map(|impact| &impact[basis]).filter(|rating| !rating.is_null()) {
            let key = (rating["likelihood"].as_u64().unwrap(), rating["consequence"].as_u64().unwrap());
            let cell = cells.entry(key).or_default();
            cell.0 = text(&rating["band"]);
            cell.1 += 1;
            cell.2.insert(text(&case["id"]));
        }
    }
    let each: Vec<usize> = (part.iter())
        .map(|(_, impacts)| negative(impacts).filter(|impact| impact[basis].is_null()).count())
        .collect();
    let unrated = json!({
        "impacts": each.iter().sum::<usize>(),
        "assessments": each.iter().filter(|impacts| **impacts > 0).count(),
    });
    let cells: Vec<Value> = cells
        .into_iter()
        .map(|((likelihood, consequence), (band, impacts, cases))| {
            json!({
                "likelihood": likelihood,
                "consequence": consequence,
                "band": band,
                "impacts": impacts,
                "assessments": cases.len(),
            })
        })
        .collect();
    if cells.is_empty() && unrated["impacts"] == 0 {
        return json!([]);
    }
    json!([{ "scale": "nhs-5x5", "cells": cells, "unrated": unrated }])
}

/// The gravest by band, then by score; of several, what they have in common is compared.
fn maximum(part: &[Part<'_>]) -> Value {
    let ratings = part.iter().flat_map(|(_, impacts)| negative(impacts)).map(|impact| &impact["CURRENT"]);
    let grave = |rating: &&Value| {
        let number = |name: &str| rating[name].as_u64().unwrap();
        let band = BANDS.iter().position(|band| rating["band"] == *band);
        (band, number("likelihood") * number("consequence"), number("consequence"))
    };
    ratings.filter(|rating| !rating.is_null()).max_by_key(grave).cloned().unwrap_or_default()
}

fn open(part: &[Part<'_>]) -> usize {
    let each = part.iter().map(|(_, impacts)| {
        let mitigations = impacts.iter().flat_map(|impact| impact["mitigations"].as_array().unwrap());
        let open = mitigations.filter(|one| one["status"] == "PLANNED" || one["status"] == "IN_PROGRESS");
        open.map(|one| text(&one["id"])).collect::<BTreeSet<_>>().len()
    });
    each.sum()
}

fn reach(part: &[Part<'_>], rounds: &dyn Fn(u64) -> (u64, u64)) -> Value {
    let (mut low, mut high, mut any) = (0, Some(0), false);
    for (_, impacts) in part {
        let said: Vec<&Value> =
            negative(impacts).map(|impact| &impact["reach"]).filter(|reach| !reach.is_null()).collect();
        if said.is_empty() {
            continue;
        }
        any = true;
        // Each number that was typed is rounded before anything else is done with it.
        let least = said.iter().map(|reach| rounds(reach["low"].as_u64().unwrap())).max().unwrap();
        let most: Option<u64> =
            said.iter().map(|reach| reach["high"].as_u64().map(|most| rounds(most).1)).sum();
        low += least.0;
        high = high.zip(most).map(|(all, one)| all + one.max(least.1));
    }
    if any { json!({ "low": low, "high": high }) } else { Value::Null }
}

/// The quarter of the financial year, which begins in April.
fn quarter(day: &Value) -> Value {
    let Some(day) = day.as_str() else { return Value::Null };
    let (year, month): (i32, u32) = (day[..4].parse().unwrap(), day[5..7].parse().unwrap());
    let (from, quarter) = match month {
        1..=3 => (year - 1, 4),
        4..=6 => (year, 1),
        7..=9 => (year, 2),
        _ => (year, 3),
    };
    json!(format!("{from}/{:02} Q{quarter}", (from + 1) % 100))
}

/// The keys of a case in a picture that is cut so, each with its impacts.
fn parts<'a>(placed: &Placed<'a>, asked: &Asked) -> Vec<(Value, Vec<&'a Value>)> {
    let case = placed.case;
    let counted: Vec<&Value> =
        case["impacts"].as_array().unwrap().iter().filter(|impact| touches(impact, asked)).collect();
    let mut groups: BTreeMap<Option<String>, Vec<&Value>> = BTreeMap::new();
    if asked.by.contains(&"GROUP") {
        for impact in counted {
            let codes = with_wholes(&strings(&impact["groups"]));
            if codes.is_empty() {
                groups.entry(None).or_default().push(impact);
            }
            for code in codes {
                if asked.groups.is_empty() || asked.groups.contains(&code.as_str()) {
                    groups.entry(Some(code)).or_default().push(impact);
                }
            }
        }
    } else {
        groups.insert(None, counted);
    }
    // The district and the board of each of its LSOAs, both at once.
    let mut there: BTreeSet<(Option<String>, Option<String>)> = BTreeSet::new();
    let (by_district, by_board) = (asked.by.contains(&"DISTRICT"), asked.by.contains(&"ICB"));
    if by_district || by_board {
        there.extend(placed.lsoas.iter().map(|lsoa| {
            let of = |map: &BTreeMap<String, String>, by: bool| map.get(lsoa).filter(|_| by).cloned();
            (of(&MAP.district, by_district), of(&MAP.board, by_board))
        }));
    }
    if there.is_empty() {
        there.insert((None, None));
    }
    let by = |dimension: &str, value: &Value| {
        if asked.by.contains(&dimension) { value.clone() } else { Value::Null }
    };
    let code = |code: &Option<String>| code.as_ref().map_or(Value::Null, |code| json!({ "code": code }));
    let mut parts = Vec::new();
    for (group, impacts) in &groups {
        for (district, board) in &there {
            let key = json!({
                "group": code(group),
                "area": code(if district.is_some() { district } else { board }),
                "board": code(board),
                "quarter": if asked.by.contains(&"QUARTER") { quarter(&case["proposal"]["effectiveFrom"]) } else { Value::Null },
                "organisation": by("ORGANISATION", &case["organisation"]),
                "serviceLine": by("SERVICE_LINE", &case["proposal"]["serviceLine"]),
                "programme": by("PROGRAMME", &case["proposal"]["programme"]),
            });
            parts.push((key, impacts.clone()));
        }
    }
    parts
}

/// What the picture of these cases says; exact where all of them may be read.
pub fn recount(cases: &[Value], asked: &Asked) -> Value {
    recount_rounding(cases, asked, &|people| (people, people))
}

pub fn recount_rounding(cases: &[Value], asked: &Asked, rounds: &dyn Fn(u64) -> (u64, u64)) -> Value {
    let passing: Vec<Placed<'_>> = cases.iter().filter_map(|case| passes(case, asked)).collect();
    let is_draft = |placed: &&Placed<'_>| {
        placed.case["phase"] == "DRAFTING"
            && placed.case["standing"] == "PENDING"
            && placed.case["submittedRevision"].is_null()
    };
    let standings = asked.standings.clone().unwrap_or_else(|| vec!["PENDING", "PROCEEDING"]);
    let counted: Vec<&Placed<'_>> = passing
        .iter()
        .filter(|placed| !is_draft(placed) && standings.iter().any(|one| placed.case["standing"] == *one))
        .collect();
    let whole: Vec<Part<'_>> = counted
        .iter()
        .map(|placed| {
            let impacts = placed.case["impacts"].as_array().unwrap();
            (placed.case, impacts.iter().filter(|impact| touches(impact, asked)).collect())
        })
        .collect();
    let mut exposures: BTreeMap<String, (Value, Vec<Part<'_>>, BTreeSet<String>)> = BTreeMap::new();
    for placed in &counted {
        for (key, impacts) in parts(placed, asked) {
            let board = key["board"]["code"].as_str().map(str::to_owned);
            let area = key["area"]["code"].as_str().map(str::to_owned);
            let district = area.filter(|_| asked.by.contains(&"DISTRICT"));
            let entry =
                exposures.entry(key.to_string()).or_insert_with(|| (key, Vec::new(), BTreeSet::new()));
            entry.1.push((placed.case, impacts));
            let there = placed
                .lsoas
                .iter()
                .filter(|lsoa| district.is_none() || MAP.district.get(*lsoa) == district.as_ref())
                .filter(|lsoa| board.is_none() || MAP.board.get(*lsoa) == board.as_ref());
            entry.2.extend(there.cloned());
        }
    }
    let exposures: Vec<Value> = exposures
        .into_values()
        .map(|(mut told, part, lsoas)| {
            let people: u64 = lsoas.iter().map(|lsoa| MAP.people[lsoa]).sum();
            let mut ids: Vec<String> = part.iter().map(|(case, _)| text(&case["id"])).collect();
            ids.sort();
            told["assessments"] = json!(part.len());
            told["impacts"] = directions(&part);
            told["bands"] = bands(&part, "CURRENT");
            told["maximum"] = maximum(&part);
            told["openMitigations"] = json!(open(&part));
            told["reach"] = reach(&part, rounds);
            told["residents"] = if lsoas.is_empty() { Value::Null } else { json!(people) };
            told["cases"] = json!(ids);
            told
        })
        .collect();
    let mut picture = json!({
        "assessments": counted.len(),
        "drafts": passing.iter().filter(is_draft).count(),
        "impacts": directions(&whole),
        "heatMaps": heat(&whole, "INITIAL"),
        "exposures": exposures,
    });
    for basis in BASES {
        picture[basis] = bands(&whole, basis);
    }
    picture
}

/// What the API answers, all pages of it, in the form of [`recount`].
pub async fn picture(stage: &Stage, who: &Player, asked: &Asked, as_at: Option<&str>) -> Value {
    let mut variables = asked.variables(as_at);
    let mut picture = stage.read(who, PICTURE, variables.clone()).await["aggregatedRisk"].clone();
    let mut nodes = picture["exposures"]["nodes"].as_array().unwrap().clone();
    let mut page = picture["exposures"]["pageInfo"].clone();
    while page["hasNextPage"] == true {
        variables["after"] = page["endCursor"].clone();
        let next = stage.read(who, PICTURE, variables.clone()).await["aggregatedRisk"]["exposures"].clone();
        nodes.extend(next["nodes"].as_array().unwrap().clone());
        page = next["pageInfo"].clone();
    }
    assert_eq!(picture["exposures"]["totalCount"], nodes.len());
    let mut parts: Vec<(String, Value)> = nodes
        .into_iter()
        .map(|mut node| {
            let fields = node.as_object_mut().unwrap();
            let mut key = json!({});
            for name in ["group", "area", "board", "quarter", "organisation", "serviceLine", "programme"] {
                key[name] = fields[name].clone();
            }
            let mut ids: Vec<String> =
                fields["cases"]["nodes"].as_array().unwrap().iter().map(|case| text(&case["id"])).collect();
            ids.sort();
            assert_eq!(fields["cases"]["totalCount"], ids.len());
            fields.insert("cases".into(), json!(ids));
            (key.to_string(), node)
        })
        .collect();
    parts.sort_by(|(one, _), (other, _)| one.cmp(other));
    picture["exposures"] = parts.into_iter().map(|(_, node)| node).collect();
    picture
}
