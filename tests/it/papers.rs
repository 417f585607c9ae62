//! Papers drafted from the record, as they are written. All synthetic.

use ehia::papers::{
    Concluded, ConditionLine, Declared, DocumentFormat, Minutes, MinutesItem, OutcomeLetter, Place, letter,
    minutes,
};

/// What somebody types who would like to be another part of the paper.
const HOSTILE: &str = "Yes.\r\nPRESENT\n- Everybody</p><script>alert(1)</script> & \u{202e}co";

fn concluded() -> Concluded {
    Concluded {
        who: "The panel".into(),
        screens: false,
        urgent: None,
        label: "approved with conditions".into(),
        revision: 3,
        attendees: vec!["Asha Fielding".into(), "Tomos O'Leary, Example charity".into()],
        apologies: vec!["Line\nbreaker".into()],
        decided: None,
        comment: Some(HOSTILE.into()),
        dissent: Some("One member would have waited for the survey.".into()),
        conditions: vec![ConditionLine {
            text: "Report use by deprivation.\nAnd by age.".into(),
            owner: "Asha Fielding".into(),
            due: "14 March 2027".into(),
            evidence: Some("A table <by group>".into()),
            verifier: "Tomos O'Leary".into(),
        }],
        accepted: 2,
    }
}

fn some() -> Minutes {
    let item = |reference: &str, withheld, outcome| MinutesItem {
        reference: reference.into(),
        title: "Move of the <community> midwifery hub & clinics (synthetic)".into(),
        withheld,
        interests: vec![Declared { who: "Asha Fielding".into(), what: HOSTILE.into() }],
        answered: vec![Declared {
            who: "Tomos O'Leary".into(),
            what: "declared an interest, and took part without voting".into(),
        }],
        outcome,
        ratification: None,
        awaits: None,
    };
    Minutes {
        organisation: "Example Integrated Care Board".into(),
        panel: "Equality panel (synthetic)".into(),
        when: "6 April 2027, 10:00 to 12:00".into(),
        place: "Room 4".into(),
        cancelled: None,
        recorded: true,
        present: vec!["Asha Fielding".into(), "Line\nbreaker".into()],
        apologies: vec!["Tomos O'Leary".into()],
        interests: Vec::new(),
        items: vec![
            item("EHIA-2027-014", false, Some(concluded())),
            item("EHIA-2027-015", true, None),
            item("EHIA-2027-016", false, None),
        ],
        next: Some("11 May 2027, 10:00 to 12:00, Room <4>\nPRESENT".into()),
    }
}

fn a_letter() -> OutcomeLetter {
    OutcomeLetter {
        organisation: "Example Integrated Care Board".into(),
        panel: "Equality panel (synthetic)".into(),
        to: vec!["Asha Fielding".into(), "Tomos O'Leary".into()],
        date: "6 April 2027".into(),
        reference: "EHIA-2027-014".into(),
        title: "Move of the <community> midwifery hub & clinics (synthetic)".into(),
        outcome: Concluded { dissent: None, attendees: Vec::new(), apologies: Vec::new(), ..concluded() },
        interests: vec![
            "One member of the panel had declared an interest that nobody had answered by then.".into(),
        ],
        next: "Report on each condition by its day.".into(),
        places: vec![Place { name: "Impacts".into(), reason: Some(HOSTILE.into()) }],
    }
}

#[test]
fn papers_are_written_so() {
    for format in DocumentFormat::ALL {
        let name = format.as_str().to_lowercase();
        insta::assert_snapshot!(format!("minutes_{name}"), minutes(&some(), *format).unwrap());
        insta::assert_snapshot!(format!("letter_{name}"), letter(&a_letter(), *format).unwrap());
    }
    let nothing = Minutes {
        recorded: false,
        cancelled: Some("The chair is ill.".into()),
        present: Vec::new(),
        apologies: Vec::new(),
        items: Vec::new(),
        next: None,
        ..some()
    };
    insta::assert_snapshot!("minutes_cancelled", minutes(&nothing, DocumentFormat::Text).unwrap());
}

#[test]
fn an_action_between_meetings_is_called_that() {
    let acted =
        Concluded { urgent: Some("by urgent action, to be ratified by 2 March 2027".into()), ..concluded() };
    let letter_of = OutcomeLetter { outcome: acted.clone(), ..a_letter() };
    let mut minutes_of = some();
    minutes_of.items[2].awaits = Some(acted);
    for format in DocumentFormat::ALL {
        let (letter, minutes) =
            (letter(&letter_of, *format).unwrap(), minutes(&minutes_of, *format).unwrap());
        for paper in [&letter, &minutes] {
            assert!(paper.contains("by urgent action, to be ratified by 2 March 2027"), "{paper}");
        }
        assert!(letter.contains("The chair of the panel considered revision 3"), "{letter}");
        assert!(!minutes.contains("Not reached"), "{minutes}");
    }
}

#[test]
fn a_screening_approves_nothing_and_whoever_judges_alone_is_named() {
    let screened = Concluded {
        who: "Asha Fielding".into(),
        screens: true,
        label: "a light assessment is needed".into(),
        conditions: Vec::new(),
        ..concluded()
    };
    let letter_of = OutcomeLetter { outcome: screened.clone(), places: Vec::new(), ..a_letter() };
    let mut minutes_of = some();
    minutes_of.items = vec![MinutesItem { outcome: Some(screened), ..minutes_of.items.remove(0) }];
    for format in DocumentFormat::ALL {
        let (letter, minutes) =
            (letter(&letter_of, *format).unwrap(), minutes(&minutes_of, *format).unwrap());
        assert!(letter.contains("Asha Fielding considered revision 3 of this screening"), "{letter}");
        assert!(minutes.contains("Asha Fielding concluded:"), "{minutes}");
        for paper in [letter, minutes] {
            assert!(
                !paper.to_lowercase().contains("approv") || paper.contains("the panel approves its minutes"),
                "{paper}"
            );
            assert!(!paper.contains("approved"), "{paper}");
        }
    }
}

#[test]
fn what_people_typed_is_no_other_part_of_a_paper() {
    for text in
        [minutes(&some(), DocumentFormat::Html).unwrap(), letter(&a_letter(), DocumentFormat::Html).unwrap()]
    {
        assert!(
            !text.contains("<script>") && !text.contains("<community>") && !text.contains("<by group>"),
            "{text}"
        );
        assert!(text.contains("&lt;script&gt;") && text.contains("&lt;community&gt;"), "{text}");
    }
    for text in
        [minutes(&some(), DocumentFormat::Text).unwrap(), letter(&a_letter(), DocumentFormat::Text).unwrap()]
    {
        let own = text.lines().filter(|line| *line == "PRESENT" || *line == "- Everybody").count();
        assert!(own <= 1 && !text.contains('\u{202e}'), "{text}");
    }
}
