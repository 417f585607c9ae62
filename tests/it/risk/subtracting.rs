//! Whoever may not read the cases asks for every number of people under many filters, takes one from another, and learns of
//! no number that an author typed more than its rounding. All synthetic.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use ehia::{
    app::Edit,
    domain::{
        calendar::Moment,
        case::ShareLevel,
        edit::List,
        id::{AssessmentId, Identifier as _},
        impact::Direction,
        permission::Role,
    },
};
use serde_json::{Value, json};

use super::{Dice, World};
use crate::support::{
    on_both,
    stage::{HOME, PARTNER, Player},
};

/// Every number of people that authors typed, wherever the picture tells one.
const TOLD: &str = "fragment told on AggregatedRisk {
    whole: exposures(by: [], first: 100) { nodes { ...part } } groups: exposures(by: [GROUP], first: 100) { nodes { ...part } }
    places: exposures(by: [GROUP, DISTRICT], first: 100) { nodes { ...part } } quarters: exposures(by: [QUARTER], first: 100) { nodes { ...part } }
    lines: exposures(by: [ORGANISATION, PROGRAMME], first: 100) { nodes { ...part } }
    concentrations(minAssessments: 2, first: 100) { nodes { group { code } areas { code } assessments reach { low high } } } }
    fragment part on Exposure { group { code } area { code } quarter assessments reach { low high } }";
const ASK: &str = "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) { ...told trend(months: 2) { month reach { low high } } } }";
const SUPPOSE: &str =
    "query($filter: RiskFilter, $stop: [ID!]) { aggregatedRisk(filter: $filter) { whatIf(stop: $stop) {
    before { ...told } after { ...told } } } }";
const EXPORT: &str = "query($filter: RiskFilter, $format: ExtractFormat!, $tables: [RiskTable!]) { aggregatedRisk(filter: $filter) {
    export(format: $format, tables: $tables, by: [GROUP, DISTRICT], minAssessments: 2) { name text } } }";

/// The days from which the cases of each pair take effect.
const DAYS: [&str; 3] = ["2027-10-01", "2028-01-01", "2028-04-01"];
const DISTRICTS: [&str; 3] = ["E07000145", "E07000148", "E07000144"];
const LINES: [&str; 2] = ["Line A", "Line B"];
/// The line of the case that everybody may read.
const KNOWN: &str = "Known";

/// Rounding by the rule of the design, written anew.
fn rule(people: u64) -> (u64, u64) {
    if people < 10 { (0, 10) } else { ((people + 2) / 5 * 5, (people + 2) / 5 * 5) }
}

/// What an author says of one impact: so many at least, and at most.
type Typed = (u64, Option<u64>);

/// Two numbers that are told alike, neither of which is what is told.
fn alike(dice: &mut Dice, from: u64) -> [u64; 2] {
    let first = from + dice.roll(150) as u64;
    let all: Vec<u64> =
        (0..first + 10).filter(|other| rule(*other) == rule(first) && other % 5 != 0).collect();
    [dice.one_of(&all), dice.one_of(&all)]
}

/// What two cases say, impact by impact, that is told alike. Of people with a learning disability and of those with a physical
/// impairment, who come second and third, each says a little more of the one than the other says.
fn twins(dice: &mut Dice) -> [Vec<Typed>; 2] {
    let mut twins = [Vec::new(), Vec::new()];
    for impact in 0..9 {
        let (low, high) = (alike(dice, 1), alike(dice, 200));
        let low = match impact {
            1 => [22, 21],
            2 => [21, 22],
            _ => low,
        };
        for ((own, low), high) in twins.iter_mut().zip(low).zip(high) {
            own.push((low, (impact > 2).then_some(high)));
        }
    }
    twins
}

fn fields(fields: Value) -> serde_json::Map<String, Value> {
    fields.as_object().unwrap().clone()
}

impl World {
    /// A case on a line that says of each negative impact how many it touches, sent on; at home also shared.
    async fn typed(
        &mut self,
        at_home: bool,
        line: &str,
        place: usize,
        moment: Moment,
        typed: &[Typed],
    ) -> AssessmentId {
        let id = self.begin(at_home, &mut Dice(1), moment).await;
        let body = if at_home { &self.home } else { &self.partner };
        let author = body.who(Role::Author);
        let view = self.stage.app.view(author, id).await.unwrap();
        let proposal = json!({
            "serviceLine": line,
            "footprint": [DISTRICTS[place], DISTRICTS[(place + 1) % 3]],
            "effectiveFrom": DAYS[place],
        });
        let mut edits = vec![Edit::Proposal(fields(proposal))];
        let impacts = view.case.content.impacts.iter();
        let negative = impacts.filter(|impact| impact.direction == Direction::Negative);
        for (impact, (low, high)) in negative.zip(typed) {
            let fields = fields(json!({ "reach": { "low": low, "high": high, "basis": "Synthetic" } }));
            edits.push(Edit::Element { list: List::Impacts, id: Some(impact.id.uuid()), fields });
        }
        self.stage.app.edit(author, id, view.case.version, edits, None, moment).await.unwrap();
        body.go_at(Role::Author, id, "send", moment).await.unwrap();
        if at_home {
            self.stage.app.share(author, id, PARTNER, ShareLevel::Read, None, moment).await.unwrap();
        }
        id
    }
}

/// Numbers of people, wherever they stand in what was told.
fn numbers(told: &Value, into: &mut BTreeSet<u64>) {
    match told {
        Value::Object(fields) => {
            for (name, value) in fields {
                if ["low", "high", "reachLow", "reachHigh"].contains(&name.as_str()) {
                    into.extend(value.as_u64());
                } else if name == "reachInWords" {
                    let words = value.as_str().unwrap_or_default().replace(',', "");
                    into.extend(words.split(' ').filter_map(|word| word.parse::<u64>().ok()));
                }
                numbers(value, into);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| numbers(value, into)),
        _ => {}
    }
}

/// Whether a number is told, or comes out where one that is told is taken from another, or two are.
fn recovered(number: u64, told: &BTreeSet<u64>) -> bool {
    told.contains(&number)
        || told.iter().any(|one| told.contains(&(number + one)))
        || told.iter().any(|one| told.iter().any(|other| told.contains(&(number + one + other))))
}

/// What is asked for, but for the line.
fn filters(days: &[NaiveDate]) -> Vec<Value> {
    let groups = [
        "disability",
        "disability.physical",
        "disability.learning_disability",
        "core20",
        "sex",
        "other.rural",
        "age",
    ];
    let mut filters = vec![json!({}), json!({ "organisations": [HOME] })];
    filters.extend(groups.iter().map(|group| json!({ "groups": [group] })));
    filters.extend(groups.windows(2).map(|pair| json!({ "groups": pair })));
    filters.extend(DISTRICTS.iter().map(|area| json!({ "areas": [area] })));
    filters.push(json!({ "areas": DISTRICTS[..2], "groups": ["disability"] }));
    filters.extend(["2027-11-01", "2028-02-01"].map(|day| json!({ "liveOn": day })));
    filters.extend(days.iter().map(|day| json!({ "asAt": day })));
    filters
}

fn on(filter: &Value, lines: &[&str]) -> Value {
    let mut filter = filter.clone();
    filter["serviceLines"] = json!(lines);
    filter
}

/// What somebody is told of these lines under a filter: the picture, and what it would be without a case that they may read.
async fn all_told(
    world: &World,
    who: &Player,
    filter: &Value,
    lines: &[&str],
    stop: AssessmentId,
) -> Vec<Value> {
    let ask = format!("{ASK} {TOLD}");
    let mut told = vec![world.stage.read(who, &ask, json!({ "filter": on(filter, lines) })).await];
    if filter["asAt"].is_null() {
        let suppose = format!("{SUPPOSE} {TOLD}");
        let filter = on(filter, &[lines, &[KNOWN]].concat());
        let asked = json!({ "filter": filter, "stop": [stop.global()] });
        // Where the case is not in the picture, nothing can be supposed of it.
        told.push(world.stage.ask(who, &suppose, asked).await["data"].clone());
    }
    told
}

/// The tables that tell numbers of people, and what is drawn.
async fn files(world: &World, who: &Player, filter: &Value) -> Vec<Value> {
    let mut files = Vec::new();
    for (format, tables) in [
        ("JSON", json!(["EXPOSURES", "CONCENTRATIONS", "CONCURRENCY", "TREND"])),
        ("CSV", json!(["EXPOSURES", "CONCENTRATIONS", "CONCURRENCY", "TREND"])),
        ("SVG", Value::Null),
    ] {
        let asked = json!({ "filter": filter, "format": format, "tables": tables });
        files.push(world.stage.read(who, EXPORT, asked).await["aggregatedRisk"]["export"].clone());
    }
    files
}

fn document(files: &[Value]) -> Value {
    serde_json::from_str(files[0][0]["text"].as_str().unwrap()).unwrap()
}

/// The same told of the one line as of the other.
fn as_of_the_other(told: &[Value]) -> String {
    json!(told).to_string().replace(LINES[0], LINES[1])
}

on_both! {
    async fn no_number_that_was_typed_comes_out_by_subtraction(database) {
        let mut world = World::new(database).await;
        let (mut dice, now) = (Dice(2_027), world.stage.moment);
        let day = |back: u64| Moment { at: now.at - Days::new(back), today: now.today - Days::new(back) };
        let (mut typed, mut days) = (Vec::new(), vec![now.today]);
        for (place, back) in [(0, 9), (1, 6), (2, 3)] {
            // Two cases that are alike but for numbers that are told alike, each on a line of its own.
            for (line, own) in LINES.iter().zip(twins(&mut dice)) {
                let id = world.typed(true, line, place, day(back), &own).await;
                let numbers: Vec<u64> = own.iter().flat_map(|(low, high)| [Some(*low), *high]).flatten().collect();
                typed.push((id, numbers));
            }
            days.extend([day(back + 1).today, day(back).today]);
        }
        // One that all of them may read, of which nothing need be found out.
        let known = world.typed(false, KNOWN, 0, now, &[(10, Some(40)); 9]).await;
        // Whoever holds a role at home without overseeing it may not read what is under review, shared or not.
        let torn = world.stage.player("torn", &[(world.stage.home, Role::Reviewer), (world.stage.partner, Role::Governance)]).await;
        let filters = filters(&days);
        for folded in [false, true] {
            let (mut rounded, mut exact, mut left) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
            for (turn, filter) in filters.iter().enumerate() {
                let mut of_lines = Vec::new();
                for lines in [&LINES[..1], &LINES[1..], &LINES[..]] {
                    let told = all_told(&world, &torn, filter, lines, known).await;
                    assert!(turn > 0 || told[1]["aggregatedRisk"]["whatIf"]["after"].is_object(), "{told:?}");
                    for answer in &told {
                        numbers(answer, &mut rounded);
                    }
                    of_lines.push(told);
                    let asked = json!({ "filter": on(filter, lines) });
                    numbers(&world.stage.read(&world.governance, &format!("{ASK} {TOLD}"), asked).await, &mut exact);
                }
                assert_eq!(as_of_the_other(&of_lines[0]), as_of_the_other(&of_lines[1]), "{folded} {filter}");
                if turn % 3 > 0 {
                    continue;
                }
                // What leaves is rounded whoever asks, and so are the rows that there are.
                for who in [&torn, &world.beside, &world.governance] {
                    let (first, second) = (on(filter, &LINES[..1]), on(filter, &LINES[1..]));
                    let (first, second) = (files(&world, who, &first).await, files(&world, who, &second).await);
                    assert_eq!(as_of_the_other(&first), as_of_the_other(&second), "{folded} {filter}");
                    for files in [first, second, files(&world, who, &on(filter, &LINES)).await] {
                        numbers(&document(&files), &mut left);
                    }
                }
            }
            assert!(rounded.len() > 20 && left.len() > 20, "{rounded:?} {left:?}");
            for (id, own) in &typed {
                for told in [&rounded, &left] {
                    let out: Vec<&u64> = own.iter().filter(|number| recovered(**number, told)).collect();
                    assert!(out.is_empty(), "{folded} {id} {out:?} of {told:?}");
                }
                // Whoever may read them is told them, so that they were there to be found.
                assert!(own.iter().any(|number| recovered(*number, &exact)), "{folded} {id}");
            }
            while world.stage.app.fold_risk().await.unwrap() > 0 {}
        }
    }
}
