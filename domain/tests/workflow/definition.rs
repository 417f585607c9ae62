//! The shipped definitions, their matrices and diagrams.

use ehia_domain::{
    form::Form,
    workflow::{Phase, Standing, definition::Workflow, diagram::Format},
};

#[test]
fn the_definitions_that_ship_are_found_by_key_and_version() {
    let keys = Workflow::shipped_all().iter().map(|workflow| (workflow.key.as_str(), workflow.version));
    let four = ["ehia", "qia-two-stage", "two-person", "self-assessment"];
    let of = |version| four.map(|key| (key, version));
    let first = [1, 2].into_iter().flat_map(of).chain([("screening", 1)]);
    let all = first.chain(of(3)).chain([("screening", 2)]);
    assert_eq!(keys.collect::<Vec<_>>(), all.collect::<Vec<_>>());
    assert!(Workflow::shipped("ehia", 1).is_some());
    assert!(Workflow::shipped("ehia", 4).is_none());
}

#[test]
fn the_shipped_ehia_has_the_phases_and_standings_of_the_design() {
    let workflow = Workflow::shipped("ehia", 1).unwrap();
    let facts = |name: &str| workflow.state(name).map(|state| (state.phase, state.standing)).unwrap();
    assert_eq!(facts("approved"), (Phase::Approved, Standing::Pending));
    assert_eq!(facts("not_required"), (Phase::Decided, Standing::Proceeding));
    assert_eq!(facts("proceeding"), (Phase::Decided, Standing::Proceeding));
    assert_eq!(facts("stopped"), (Phase::Decided, Standing::Stopped));
    assert_eq!(facts("withdrawn"), (Phase::Closed, Standing::Stopped));
    assert_eq!(facts("implemented_and_reviewed"), (Phase::Closed, Standing::Proceeding));
    assert_eq!(workflow.states.len(), 12);
    assert_eq!(workflow.clock("review").unwrap().days, 10);
}

#[test]
fn matrices_and_diagrams_are_as_committed() {
    insta::with_settings!({
        snapshot_path => "../golden",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for workflow in Workflow::shipped_all() {
            let name = match workflow.version {
                1 => workflow.key.clone(),
                later => format!("{}-{later}", workflow.key),
            };
            insta::assert_snapshot!(format!("matrix-{name}"), workflow.matrix());
            insta::assert_snapshot!(format!("mermaid-{name}"), workflow.diagram(Format::Mermaid));
            insta::assert_snapshot!(format!("svg-{name}"), workflow.diagram(Format::Svg));
        }
    });
}

#[test]
fn labels_cannot_break_out_of_a_diagram() {
    let source = include_str!("../../definition/workflow-two-person.json");
    let hostile = "</title><script>\\\"; --> x: #{}`%";
    let workflow = Workflow::parse(&source.replace("Amendments suggested", hostile)).unwrap();
    let svg = workflow.diagram(Format::Svg);
    assert!(!svg.contains("<script"), "{svg}");
    assert!(svg.contains("&lt;/title&gt;"));
    let mermaid = workflow.diagram(Format::Mermaid);
    let state = mermaid.lines().find(|line| line.contains("as s_amendments_suggested")).unwrap();
    assert_eq!(state.matches('"').count(), 2, "{state}");
    assert!(!state.contains("-->") && !state.contains('<'), "{state}");
}

#[test]
fn a_workflow_fits_the_forms_it_names_and_those_that_name_it() {
    let form = |key: &str, version| Form::shipped(key, version).unwrap();
    let workflow = |key: &str, version| Workflow::shipped(key, version).unwrap();
    assert!(workflow("ehia", 1).fits(form("board-maturity", 2)), "the first version names none");
    assert!(workflow("ehia", 2).fits(form("ehia", 1)));
    assert!(workflow("two-person", 2).fits(form("ehia", 1)));
    for key in ["ehia", "two-person", "qia-two-stage"] {
        assert!(!workflow(key, 2).fits(form("board-maturity", 2)), "{key}");
        assert!(!workflow(key, 2).fits(form("screening", 1)), "{key}");
    }
    assert!(workflow("self-assessment", 2).fits(form("board-maturity", 2)));
    assert!(workflow("screening", 1).fits(form("screening", 1)));

    // What the program knows nothing of is the organisation's to judge, unless it says so itself.
    let source = include_str!("../../definition/form-ehia.json").replacen("\"ehia\"", "\"short\"", 1);
    let own = Form::parse(&source).unwrap();
    assert!(workflow("ehia", 2).fits(&own) && workflow("two-person", 2).fits(&own));
    let named = source.replacen("\"version\": 1,", "\"version\": 1, \"workflow\": \"two-person\",", 1);
    let named = Form::parse(&named).unwrap();
    assert!(workflow("two-person", 2).fits(&named) && !workflow("ehia", 2).fits(&named));
    let mut ours = workflow("ehia", 2).clone();
    ours.key = "ours".into();
    assert!(!ours.fits(&own), "one organisation's workflow means what it names");
}
