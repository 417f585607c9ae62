//! The register of decisions: what a list says, what a load does, and what may be the assessment of a decision. All
//! synthetic.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ehia_domain::{
    id::AssessmentId,
    register::{
        Entry, Line, Load, RegisterKind, RegisterStep, RegisteredDecision, likeness, plan, read, telling,
    },
};
use proptest::prelude::*;
use uuid::Uuid;

use super::people::{HOME, organisation, person, supply};

const TODAY: &str = "2027-02-01";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn assessment(number: u128) -> AssessmentId {
    Uuid::from_u128(number).into()
}

/// Codes and places of what is wrong with a file.
fn wrong(csv: &str) -> Vec<(String, String)> {
    let wrong = read(csv.as_bytes()).unwrap_err();
    wrong.into_iter().map(|one| (one.code, one.path.to_string())).collect()
}

fn told(code: &str, path: &str) -> (String, String) {
    (code.to_owned(), path.to_owned())
}

fn lines(csv: &str) -> Vec<Line> {
    read(csv.as_bytes()).unwrap()
}

/// What a load does, by key.
fn steps(load: &Load) -> BTreeMap<String, RegisterStep> {
    load.steps.iter().map(|(step, _, decision)| (decision.entry.key.clone(), *step)).collect()
}

fn kept(load: Load) -> Vec<RegisteredDecision> {
    load.steps.into_iter().map(|(_, _, decision)| decision).collect()
}

fn load(before: Vec<RegisteredDecision>, csv: &str, known: &[(&str, u128)], today: &str) -> Load {
    let known = known.iter().map(|(name, id)| ((*name).to_owned(), assessment(*id))).collect();
    let of = (organisation(HOME), "decisions");
    plan(of, before, lines(csv), &known, day(today), &mut supply(900))
}

#[test]
fn the_example_is_read_whole() {
    let lines = lines(include_str!("../../examples/register.csv"));
    assert_eq!(lines.len(), 5);
    assert!(lines.iter().all(|line| line.entry.title.contains("(synthetic)")));
    assert_eq!(lines[1].number, 3);
    assert_eq!(
        lines[1].entry,
        Entry {
            key: "SAV-02".into(),
            title: "Close the Heron Centre day service for older people (synthetic)".into(),
            source: "Savings plan 2027/28 (synthetic), line 2".into(),
            kind: RegisterKind::Savings,
            body: Some("Commissioning committee (synthetic)".into()),
            date: Some(day("2027-01-28")),
            service_line: None,
            decided: None,
            assessment: None,
        }
    );
    assert_eq!(lines[2].entry.decided, Some(true));
    assert_eq!(lines[3].entry.kind, RegisterKind::ContractExpiry);
}

#[test]
fn columns_may_stand_in_any_order_and_as_spreadsheets_write_them() {
    let csv = "\u{feff}Title;Key;Source;Service line\r\n\"A; b\";1;Plan;\r\n;;;\r\n\"Two\r\nlines\";2;Plan;Urgent\r\n";
    assert_eq!(wrong(csv), [told("INVALID", "csv/4/title")], "a title is one line");
    let csv = csv.replace("Two\r\nlines", "Two lines");
    let lines = lines(&csv);
    assert_eq!(lines[0].entry.title, "A; b");
    assert_eq!(lines[1].entry.service_line.as_deref(), Some("Urgent"));
    assert_eq!(lines[1].number, 4, "an empty line is a line");
}

#[test]
fn a_bad_file_is_told_line_by_line_and_nothing_of_it_is_read() {
    let head = "key,title,source,date,kind,decided\n";
    let csv = format!(
        "{head}1,A,Plan,2027-02-30,SAVINGS,\n2,,Plan,1/2/27,CUTS,perhaps\n1,B,Plan,,,\n3,C,Plan,,,,more\n"
    );
    assert_eq!(
        wrong(&csv),
        [
            told("INVALID", "csv/2/date"),
            told("REQUIRED", "csv/3/title"),
            told("INVALID", "csv/3/kind"),
            told("INVALID", "csv/3/date"),
            told("INVALID", "csv/3/decided"),
            told("DUPLICATE", "csv/4/key"),
            told("INVALID", "csv/5"),
        ]
    );
    let first = read(csv.as_bytes()).unwrap_err().remove(0);
    assert_eq!(first.message, "Line 2, date: `2027-02-30` is no day; write 2027-03-31 or 31/03/2027.");
    let columns =
        [told("DUPLICATE", "csv/1/key"), told("INVALID", "csv/1/cost"), told("REQUIRED", "csv/1/source")];
    assert_eq!(wrong("key,KEY,title,cost\n1,2,3,4\n"), columns);
    assert_eq!(wrong(head), [told("REQUIRED", "csv")], "an empty list ends nothing by mistake");
    assert_eq!(
        wrong(""),
        ["key", "title", "source"].map(|name| told("REQUIRED", &format!("csv/1/{name}"))).to_vec()
    );
    let bytes = b"key,title,source\n1,A,Plan\n2,Caf\xe9,Plan\n";
    let told = read(bytes).unwrap_err();
    assert_eq!(told[0].path.to_string(), "csv/3");
    let rows: Vec<String> = (0..300).map(|n| format!("{n},,Plan")).collect();
    let many = format!("{head}{}", rows.join("\n"));
    assert_eq!(wrong(&many).len(), 200);
}

#[test]
fn a_list_that_is_loaded_again_changes_what_it_says_and_ends_what_it_no_longer_has() {
    let first = "key,title,source,date\nA,One,Plan,2027-01-01\nB,Two,Plan,\nC,Three,Plan,\n";
    let before = kept(load(Vec::new(), first, &[], TODAY));
    let again = load(before.clone(), first, &[], TODAY);
    assert!(steps(&again).values().all(|step| *step == RegisterStep::Unchanged));
    assert_eq!(again.changes().count(), 0);

    let second = "key,title,source\nC,Three,Plan\nA,One and a half,Plan\n";
    let changed = load(before, second, &[], TODAY);
    let expected = [("A", RegisterStep::Changed), ("B", RegisterStep::Ended), ("C", RegisterStep::Unchanged)];
    assert_eq!(steps(&changed), expected.map(|(key, step)| (key.to_owned(), step)).into());
    let ended = changed.steps.last().unwrap();
    assert_eq!((ended.1, ended.2.ended_on), (None, Some(day(TODAY))));

    let third = load(kept(changed), first, &[], "2027-03-01");
    assert_eq!(steps(&third)["B"], RegisterStep::Resumed);
    assert_eq!(third.steps[1].2.ended_on, None);
}

#[test]
fn a_list_names_assessments_and_what_a_person_confirmed_stands_beside_it() {
    let first = "key,title,source,assessment\nA,One,Plan,T6Y0W-2026-0001\nB,Two,Plan,\n";
    let known = [("T6Y0W-2026-0001", 1)];
    let mut before = kept(load(Vec::new(), first, &known, TODAY));
    assert_eq!((before[0].assessment, before[1].assessment), (Some(assessment(1)), None));
    (before[1].assessment, before[1].matched_by) = (Some(assessment(2)), Some(person(7)));
    let again = load(before.clone(), first, &known, TODAY);
    assert_eq!(again.changes().count(), 0);

    // The list no longer names the one, and names the other itself.
    let second = "key,title,source,assessment\nA,One,Plan,\nB,Two,Plan,T6Y0W-2026-0001\n";
    let after = kept(load(before, second, &known, TODAY));
    assert_eq!((after[0].assessment, after[0].matched_by), (None, None));
    assert_eq!((after[1].assessment, after[1].matched_by), (Some(assessment(1)), None));
}

#[test]
fn a_decision_is_decided_as_its_list_says_or_once_its_day_has_passed() {
    let csv = "key,title,source,date,decided\nA,One,Plan,2027-02-01,\nB,Two,Plan,2027-01-31,\nC,Three,Plan,2027-01-31,no\nD,Four,Plan,,yes\nE,Five,Plan,,\n";
    let decided: Vec<bool> =
        kept(load(Vec::new(), csv, &[], TODAY)).iter().map(|one| one.is_decided(day(TODAY))).collect();
    assert_eq!(decided, [false, true, false, true, false]);
}

#[test]
fn an_assessment_is_proposed_for_its_title_its_service_line_and_its_day() {
    let entry = |title: &str, line: Option<&str>, date: Option<&str>| Entry {
        title: title.into(),
        service_line: line.map(str::to_owned),
        date: date.map(day),
        ..lines("key,title,source\nA,x,Plan\n").remove(0).entry
    };
    let head = head("Close the Heron Centre day service", Some("Day services"), Some("2027-01-28"));
    let like = |entry: &Entry| likeness(entry, &head).map(|(weight, reasons)| (weight, reasons.join(" ")));
    let words = "Its title has the words centre, heron too.";
    assert_eq!(like(&entry("Heron Centre: closure", None, None)), Some((2, words.into())));
    assert_eq!(
        like(&entry("close the HERON centre  day service", None, None)),
        Some((4, "It has the same title.".into()))
    );
    let near = "It is of the same service line. It is to be decided 3 days apart.";
    assert_eq!(
        like(&entry("Something else", Some("day services"), Some("2027-01-25"))),
        Some((2, near.into()))
    );
    assert_eq!(like(&entry("Something else", Some("day services"), Some("2027-03-01"))), None, "too little");
    assert_eq!(like(&entry("Close the Marram House", None, None)), None, "one common word is none");
    assert_eq!(telling("Close the Heron Centre").as_deref(), Some("centre"));
    assert_eq!(telling("A b"), None);
}

pub fn head(title: &str, line: Option<&str>, date: Option<&str>) -> ehia_domain::case::Head {
    use ehia_domain::{
        case::{Head, Pinned},
        workflow::{Phase, Standing},
    };
    let pinned = || Pinned { key: "ehia".into(), version: 1 };
    Head {
        id: assessment(1),
        reference: "T6Y0W-2026-0001".into(),
        title: title.into(),
        organisation: organisation(HOME),
        author: person(1),
        version: 1,
        revision: 1,
        form: pinned(),
        workflow: pinned(),
        state: "draft".into(),
        phase: Phase::Drafting,
        standing: Standing::Pending,
        service_line: line.map(str::to_owned),
        programme: None,
        decision_date: date.map(day),
        band: None,
        risk: 0,
        reexamination_due: None,
        created_at: super::people::at(),
        updated_at: super::people::at(),
    }
}

proptest! {
    #[test]
    fn whatever_is_loaded_nothing_is_lost_and_the_second_load_changes_nothing(
        lists in proptest::collection::vec(proptest::collection::btree_map("[a-e]", "[A-C]{1,3}", 1..5), 1..5)
    ) {
        let mut before: Vec<RegisteredDecision> = Vec::new();
        for list in lists {
            let rows: Vec<String> = list.iter().map(|(key, title)| format!("{key},{title},Plan")).collect();
            let csv = format!("key,title,source\n{}", rows.join("\n"));
            let loaded = load(before.clone(), &csv, &[], TODAY);
            let after = kept(loaded);
            for one in &before {
                prop_assert!(after.iter().any(|other| other.id == one.id), "kept for ever");
            }
            let live = after.iter().filter(|one| one.ended_on.is_none());
            let live: BTreeMap<_, _> = live.map(|one| (one.entry.key.clone(), one.entry.title.clone())).collect();
            prop_assert_eq!(live, list);
            let again = load(after.clone(), &csv, &[], "2027-02-02");
            prop_assert_eq!(again.changes().count(), 0);
            before = after;
        }
    }

    #[test]
    fn no_file_breaks_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200), tail in ".{0,80}") {
        let _ = read(&bytes);
        let _ = read(format!("key,title,source,date\n{tail}").as_bytes());
    }
}
