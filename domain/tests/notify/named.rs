//! Whoever is named among those whose proposal it is is told so, once.

use super::*;

fn edited(before: impl FnOnce(&mut Case)) -> Asked {
    let mut asked = Asked::of(EventKind::AssessmentEdited).by(AUTHOR);
    before(&mut asked.before);
    asked
}

fn unnamed(case: &mut Case) {
    case.content.contributors.clear();
    case.content.sro = None;
}

/// Everybody who holds a role hears; the directory of these tests holds neither contributor nor SRO.
fn named_in(asked: &Asked, holders: &[(Role, &[u128])]) -> Vec<(u128, String)> {
    let mut directory = directory();
    for (role, people) in holders {
        directory.entry(*role).or_default().extend(people.iter().map(|number| person(*number)));
    }
    let circumstances = Circumstances {
        actor: asked.actor.map(person),
        directory: &directory,
        before: &asked.before,
        workflow: Workflow::shipped(asked.workflow, 1).unwrap(),
        partners: &[],
        settings: &Settings::default(),
    };
    let notices = notices(&asked.after, &asked.happenings, circumstances);
    let notices = notices.into_iter().filter(|notice| notice.kind == NoticeKind::Named);
    let mut told: Vec<_> =
        notices.map(|notice| (number(notice.to), notice.facts.what.unwrap_or_default())).collect();
    told.sort();
    told
}

const WRITERS: [(Role, &[u128]); 2] = [(Role::Author, &[AUTHOR, CONTRIBUTOR]), (Role::Sro, &[SRO])];

#[test]
fn whoever_is_named_anew_is_told_as_what() {
    let asked = edited(unnamed);
    assert_eq!(
        named_in(&asked, &WRITERS),
        [(CONTRIBUTOR, "contributor".into()), (SRO, "senior responsible officer".into())]
    );
    let both = edited(unnamed).with(|case| case.content.contributors.push(person(SRO)));
    let told = named_in(&both, &WRITERS);
    assert_eq!(told[1], (SRO, "contributor and senior responsible officer".into()));
    let sponsor_too = edited(|_| ()).with(|case| case.content.sro = Some(Party::person(person(CONTRIBUTOR))));
    assert_eq!(named_in(&sponsor_too, &WRITERS), [(CONTRIBUTOR, "senior responsible officer".into())]);
}

#[test]
fn nobody_is_told_twice_nor_of_what_they_did_themselves() {
    assert_eq!(named_in(&edited(|_| ()), &WRITERS), [], "an edit of something else");
    let swapped = edited(|case| case.content.contributors = vec![person(CONTRIBUTOR), person(BODY)]);
    assert_eq!(named_in(&swapped, &WRITERS), [], "an edit that takes somebody off");
    let own = edited(unnamed).by(CONTRIBUTOR);
    assert_eq!(named_in(&own, &WRITERS), [(SRO, "senior responsible officer".into())]);
    let mut created = edited(unnamed);
    created.happenings = vec![happening(EventKind::AssessmentCreated, Value::Null)];
    assert_eq!(named_in(&created, &WRITERS), []);
}

#[test]
fn nobody_is_told_who_may_not_read_the_case() {
    assert_eq!(named_in(&edited(unnamed), &[]), [], "neither holds a role in the organisation any more");
    let without_account = edited(|_| ()).with(|case| case.content.sro = Some(Party::named("A. Nother")));
    assert_eq!(named_in(&without_account, &WRITERS), []);
}
