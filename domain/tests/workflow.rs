//! Workflows.

use ehia_domain::workflow::definition::Workflow;

#[test]
fn every_shipped_definition_keeps_every_law() {
    let all = Workflow::shipped_all();
    assert_eq!(all.len(), 3);
}
