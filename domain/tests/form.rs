//! Forms: publication, visibility, answers.

use ehia_domain::form::Form;

#[test]
fn shipped_forms_are_fit_to_be_published() {
    for form in Form::shipped_all() {
        assert!(form.questions().count() > 10, "{}", form.key);
    }
    assert!(Form::shipped("ehia", 1).is_some());
    assert!(Form::shipped("ehia", 2).is_none());
}
