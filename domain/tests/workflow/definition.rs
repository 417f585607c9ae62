//! The shipped definitions, their matrices and diagrams.

use ehia_domain::workflow::{Phase, Standing, definition::Workflow, diagram::Format};

#[test]
fn four_definitions_are_shipped_and_found_by_key_and_version() {
    let keys: Vec<_> = Workflow::shipped_all().iter().map(|workflow| workflow.key.as_str()).collect();
    assert_eq!(keys, ["ehia", "qia-two-stage", "two-person", "self-assessment"]);
    assert!(Workflow::shipped("ehia", 1).is_some());
    assert!(Workflow::shipped("ehia", 2).is_none());
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
            insta::assert_snapshot!(format!("matrix-{}", workflow.key), workflow.matrix());
            insta::assert_snapshot!(format!("mermaid-{}", workflow.key), workflow.diagram(Format::Mermaid));
            insta::assert_snapshot!(format!("svg-{}", workflow.key), workflow.diagram(Format::Svg));
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
