//! Every rule fires where something is missing or does not fit and is silent once it is mended; the laws of the
//! framework hold over all rules. All cases here are synthetic.

mod boundary;
mod breaks;
mod duty;
mod edge;
mod judgment;
mod law;
mod nobody;
mod place;
mod position;
mod single;
mod word;
pub mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use boundary::BOUNDARIES;
use breaks::BREAKS;
use ehia_domain::{
    assessment::Frame,
    check::{Authority, EDITION, Fault, Gate, book, described, duty, rule, rules, versions},
    form::Form,
    group::{Catalogue, Group, GroupKind},
    id::EvidenceId,
    impact::{Direction, Impact, OpenQuestion},
    interval::Highest,
    party::Party,
    proposal::KindOfChange,
    review::Acceptance,
    settings::{Settings, Severity},
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;
use world::{World, at, date, id, neutral, rating, shipped};

#[test]
fn a_fully_answered_case_has_no_findings() {
    let findings = World::complete().findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn every_rule_fires_on_what_it_is_about_and_is_silent_once_it_is_mended() {
    for (rule, break_it) in BREAKS {
        let mut world = World::complete();
        assert!(world.fires(rule).is_empty(), "{rule} fires on the complete case");
        break_it(&mut world);
        assert!(!world.fires(rule).is_empty(), "{rule} is silent on the broken case");
    }
}

#[test]
fn every_rule_is_silent_on_its_own_side_of_the_line() {
    for (rule, come_near) in BOUNDARIES {
        let mut world = World::complete();
        come_near(&mut world);
        assert_eq!(world.fires(rule), Vec::new(), "{rule} fires on what it lets pass");
    }
}

#[test]
fn every_rule_is_tried() {
    let all: BTreeSet<_> = rules().iter().map(|rule| rule.id).collect();
    for tried in [BREAKS, BOUNDARIES] {
        assert_eq!(tried.iter().map(|(rule, _)| *rule).collect::<BTreeSet<_>>(), all);
    }
    assert_eq!(all.len(), rules().len(), "rule ids are unique");
}

/// What may block, said once more here so that the law of the framework cannot be changed in one place.
const BINDING: [Authority; 3] = [Authority::Statute, Authority::Appellate, Authority::FirstInstance];

#[test]
fn statute_and_case_law_bind_and_nothing_else_does() {
    for authority in Authority::ALL {
        assert_eq!(authority.binds(), BINDING.contains(authority), "{authority}");
    }
}

#[test]
fn only_binding_law_and_only_a_missing_or_contradictory_answer_blocks() {
    for rule in rules() {
        assert!(rule.gate.is_none() || rule.may_block(), "{} names a step it can never stop", rule.id);
        let duty = duty(rule.duty).unwrap_or_else(|| panic!("{} cites an unknown duty", rule.id));
        if rule.severity == Severity::Blocker {
            assert!(BINDING.contains(&duty.authority), "{} blocks on {}", rule.id, duty.authority);
            assert_ne!(rule.fault, Fault::Unwelcome, "{} blocks an unwelcome answer", rule.id);
            assert!(rule.gate.is_some(), "{} blocks no step", rule.id);
        }
        assert!(!rule.title.is_empty() && rule.explanation.ends_with('.'), "{} explains itself", rule.id);
    }
}

/// Acceptances come with outcomes and decisions, so that nobody can accept anything before the panel has the case.
#[test]
fn what_may_be_accepted_stops_no_submission_even_when_it_is_raised() {
    for rule in rules() {
        assert!(!rule.acceptable || rule.gate != Some(Gate::Submit), "{} is a wall", rule.id);
    }
}

#[test]
fn a_severity_can_be_raised_and_never_lowered() {
    for rule in rules() {
        for &wished in Severity::ALL {
            let severities = BTreeMap::from([(rule.id.to_owned(), wished)]);
            let severity = rule.severity_in(&Settings { severities, ..Settings::default() });
            assert!(severity <= rule.severity, "{} was lowered to {severity}", rule.id);
            if severity == Severity::Blocker {
                assert!(rule.may_block(), "{} became a blocker", rule.id);
            } else if rule.may_block() {
                assert!(severity <= wished, "{} was not raised to {wished}", rule.id);
            }
        }
    }
}

#[test]
fn an_organisation_makes_a_blocker_of_law_and_only_a_warning_of_guidance() {
    let mut world = World::complete();
    world.impact(10).evidence.clear();
    world.case.content.proposal.footprint.clear();
    for rule in ["impact.neutral.unevidenced", "proposal.footprint.missing"] {
        world.settings.severities.insert(rule.into(), Severity::Blocker);
    }
    let law = &world.fires("impact.neutral.unevidenced")[0];
    assert_eq!((law.severity, law.gate), (Severity::Blocker, Some(Gate::Decide)));
    let practice = &world.fires("proposal.footprint.missing")[0];
    assert_eq!((practice.severity, practice.gate), (Severity::Warning, None));
}

#[test]
fn findings_are_the_same_every_time_ordered_and_have_ids_of_their_own() {
    let mut world = World::titled("Synthetic");
    world.case.content.impacts =
        vec![neutral(10, "age"), Impact { direction: Direction::Negative, ..neutral(9, "core20") }];
    let findings = world.findings();
    assert_eq!(findings, world.findings());
    let severities: Vec<_> = findings.iter().map(|finding| finding.severity).collect();
    assert!(severities.is_sorted());
    let ids: BTreeSet<_> = findings.iter().map(|finding| &finding.id).collect();
    assert_eq!(ids.len(), findings.len());
    for finding in &findings {
        assert_eq!(finding.id, format!("{}@{}", finding.rule, finding.path));
        assert!(rule(&finding.rule).is_some());
        assert!(finding.message.ends_with('.'), "{}", finding.message);
        assert!(finding.facts.is_object(), "{}", finding.id);
    }
    let sections: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Blocker && finding.path.0[0] == "answers")
        .map(|finding| {
            let form = shipped();
            form.sections.iter().position(|s| form.section_of(&finding.path) == Some(s)).unwrap()
        })
        .collect();
    assert!(sections.is_sorted(), "findings follow the form");
}

#[test]
fn how_badly_a_group_is_hit_may_be_honestly_unknown() {
    let mut world = World::complete();
    let open_question = Some(OpenQuestion {
        question: "How many could come to another centre?".into(),
        owner: Party::named("Synthetic Analyst"),
        due: date("2026-06-20"),
    });
    *world.impact(11) = Impact { initial: None, target: None, open_question, ..world.impact(11).clone() };
    assert_eq!(world.stopped_at(Gate::Submit), Vec::<String>::new());
    let finding = world.fires("unknown.open").remove(0);
    assert!(
        finding.message.starts_with("Still open how badly people with a learning disability would be hit")
    );
    assert_eq!(world.stopped_at(Gate::Decide), [finding.id]);
    let highest = Highest::of(&world.case, &world.settings.scale).unwrap();
    assert_eq!((highest.unrated, highest.unknown), (1, 0));
    let groups = Catalogue::shipped();
    let scale = world.settings.scale.clone();
    let frame = Frame { groups: &groups, scale: &scale };
    assert_eq!(world.case.content.violations(frame), []);
    // Once it is rated, the question has its answer; a gain or no impact carries none.
    world.impact(11).initial = Some(rating(4, 4));
    assert_eq!(world.case.content.violations(frame).len(), 1);
    world.impact(11).initial = None;
    world.impact(11).direction = Direction::Neutral;
    assert_eq!(world.case.content.violations(frame).len(), 1);
}

#[test]
fn positive_and_negative_on_one_group_may_both_be_true() {
    let mut world = World::complete();
    let positive = Impact { direction: Direction::Positive, ..neutral(30, "disability.learning_disability") };
    world.case.content.impacts.push(positive);
    assert_eq!(world.findings(), Vec::new());
}

#[test]
fn an_honest_unknown_passes_submission_and_is_put_to_the_decider() {
    let mut world = World::complete();
    *world.impact(14) = Impact {
        direction: Direction::Unknown,
        rationale: String::new(),
        evidence: Vec::new(),
        open_question: Some(OpenQuestion {
            question: "How many attenders are pregnant?".into(),
            owner: Party::named("Synthetic Analyst"),
            due: date("2026-07-15"),
        }),
        ..neutral(14, "pregnancy_maternity")
    };
    assert_eq!(world.stopped_at(Gate::Submit), Vec::<String>::new());
    let finding = world.fires("unknown.open").remove(0);
    assert_eq!(
        (finding.severity, finding.gate, finding.acceptable),
        (Severity::Blocker, Some(Gate::Decide), true)
    );
    assert_eq!(finding.facts["afterDecision"], json!(true));
    assert_eq!(world.stopped_at(Gate::Decide), [finding.id.as_str()]);

    let acceptance = Acceptance {
        finding: finding.id.clone(),
        by: id(3),
        at: at("2026-07-01T10:00:00Z"),
        reason: "Synthetic".into(),
    };
    world.case.process.accepted.insert(finding.id, acceptance);
    assert_eq!(world.stopped_at(Gate::Decide), Vec::<String>::new());
}

#[test]
fn an_unknown_that_nobody_is_to_answer_stops_submission() {
    let mut world = World::complete();
    world.impact(14).direction = Direction::Unknown;
    world.answer("inequality_access", json!({ "unknown": { "question": "?" } }));
    world.grid()["foster"] = json!({ "unknown": {} });
    let ids: BTreeSet<_> = world.stopped_at(Gate::Submit).into_iter().collect();
    let impact = Uuid::from_u128(14);
    let expected = [
        "unknown.careless@answers/inequality_access".to_owned(),
        "unknown.careless@answers/psed/foster".to_owned(),
        format!("unknown.careless@impacts/{impact}/openQuestion"),
    ];
    assert_eq!(ids, BTreeSet::from(expected));
}

#[test]
fn what_may_not_be_accepted_stops_whatever_was_accepted() {
    let mut world = World::complete();
    world.clear("psed");
    let finding = world.fires("psed.foster").remove(0);
    let acceptance = Acceptance {
        finding: finding.id.clone(),
        by: id(3),
        at: at("2026-07-01T10:00:00Z"),
        reason: "No".into(),
    };
    world.case.process.accepted.insert(finding.id.clone(), acceptance);
    assert!(world.stopped_at(Gate::Submit).contains(&finding.id));
    assert!(world.stopped_at(Gate::Decide).contains(&finding.id), "what stops submission stops the decision");
}

#[test]
fn no_mitigation_with_a_reason_and_a_justification_is_an_answer() {
    let mut world = World::complete();
    world.case.content.mitigations.clear();
    let impact = world.impact(11);
    impact.target = None;
    impact.no_mitigation_because = Some("Every alternative costs more than the service.".into());
    assert_eq!(
        world.fires("impact.negative.unanswered").len(),
        1,
        "without a justification it is half an answer"
    );
    world.impact(11).justification = Some("The money keeps three other centres open.".into());
    for limb in ["advance_disadvantage", "advance_needs", "advance_participation"] {
        world.grid()[limb]["effect"] = json!("UNCERTAIN");
    }
    assert_eq!(world.findings(), Vec::new());
}

#[test]
fn a_mitigation_without_owner_or_date_promises_nothing_and_is_told_once() {
    let mut world = World::complete();
    world.case.content.mitigations[0].due = None;
    assert_eq!(world.fires("impact.negative.unanswered").len(), 1);
    assert!(world.fires("mitigation.unpromised").is_empty());
}

#[test]
fn evidence_that_is_named_twice_and_missing_is_one_finding() {
    let mut world = World::complete();
    world.impact(10).evidence.extend([id::<EvidenceId>(101), id(101)]);
    assert_eq!(world.fires("reference.dangling").len(), 1);
}

#[test]
fn repeated_text_is_one_finding_a_case() {
    let mut world = World::complete();
    for number in [10, 12, 13, 14] {
        world.impact(number).rationale = "Nothing changes for these people.".into();
    }
    for number in [15, 16, 17] {
        world.impact(number).rationale = "They do not use the service.".into();
    }
    let findings = world.fires("text.repeated");
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].facts["count"], json!(7));
}

#[test]
fn two_equal_reasons_are_not_pasting() {
    let mut world = World::complete();
    for number in [10, 12] {
        world.impact(number).rationale = "Nothing changes for these people.".into();
    }
    assert!(world.fires("text.repeated").is_empty());
}

#[test]
fn a_broken_reliance_stops_the_decision_and_can_be_accepted() {
    let mut world = World::complete();
    world.case.process.holds.insert(id(300), false);
    assert_eq!(world.stopped_at(Gate::Submit), Vec::<String>::new());
    let finding = world.fires("reliance.broken").remove(0);
    assert!(finding.acceptable);
    assert_eq!(world.stopped_at(Gate::Decide), [finding.id]);
}

#[test]
fn ratings_are_held_against_the_organisations_own_scale() {
    let mut world = World::complete();
    world.settings.scale.key = "four".into();
    world.settings.scale.likelihood.truncate(4);
    world.settings.scale.consequence.truncate(4);
    world.impact(11).initial = Some(rating(5, 4));
    let findings = world.fires("rating.off-scale");
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].facts["scale"], json!("four"));
}

#[test]
fn significance_is_the_organisations() {
    let mut world = World::complete();
    world.answer("engagement_done", json!("NO"));
    world.case.content.engagement.clear();
    world.case.content.proposal.kind_of_change = Some(KindOfChange::Change);
    assert_eq!(world.fires("engagement.none").len(), 1);
    world.settings.significant_consequence = 5;
    assert!(world.fires("engagement.none").is_empty());
}

#[test]
fn the_day_of_decision_passes_in_peace_once_the_case_was_submitted() {
    let mut world = World::complete();
    world.today = date("2026-07-02");
    assert_eq!(world.fires("decision.date.past").len(), 1);
    world.case.process.submitted_revision = Some(1);
    assert!(world.fires("decision.date.past").is_empty());
    world.case.revision = 2;
    assert_eq!(world.fires("decision.date.past").len(), 1, "a revision of a later day is submitted anew");
    world.case.process.approved_revision = Some(1);
    assert!(world.fires("decision.date.past").is_empty());
}

#[test]
fn a_hidden_question_is_not_asked_for() {
    let mut world = World::complete();
    world.clear("indirect_discrimination_justification");
    world.answer("indirect_discrimination_risk", json!("NO"));
    assert!(world.fires("discrimination.justification.missing").is_empty());
    world.answer("armed_forces_affected", json!("YES"));
    for key in ["armed_forces_obligations", "armed_forces_disadvantage", "armed_forces_special_provision"] {
        world.case.content.answers.remove(key);
    }
    assert_eq!(world.fires("armed-forces.missing").len(), 3);
}

#[test]
fn rules_are_silent_on_a_form_that_does_not_ask() {
    let form = Form::parse(
        r#"{"format": "ehia/form/1", "key": "short", "version": 1, "title": "Short", "sections": [
            {"key": "one", "title": "One", "questions": [
                {"key": "aims", "title": "What is it for?", "type": "text", "required": true}]}]}"#,
    )
    .unwrap();
    let mut world = World::complete();
    world.case.content.answers.clear();
    world.case.content.impacts.clear();
    world.case.content.mitigations.clear();
    world.case.content.interdependencies.clear();
    let rules: Vec<_> = world.findings_on(&form).into_iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["form.required"]);
}

#[test]
fn an_organisations_own_group_never_blocks() {
    let mut world = World::complete();
    world.settings.groups = vec![Group {
        code: "own.language".into(),
        name: "Language".into(),
        kind: GroupKind::ProtectedCharacteristic,
        parent: None,
        singly: true,
        source: None,
    }];
    assert_eq!(world.stopped_at(Gate::Submit), Vec::<String>::new());
    assert_eq!(world.fires("groups.own.unanswered").len(), 1);
}

#[test]
fn what_people_read_is_what_was_agreed() {
    let mut sentences = String::new();
    for (rule, break_it) in BREAKS {
        let mut world = World::complete();
        break_it(&mut world);
        let finding = world.fires(rule).remove(0);
        write!(sentences, "{}\n  {}\n  {}\n\n", finding.id, finding.message, finding.facts)
            .expect("a string takes it");
    }
    crate::golden::holds("findings.txt", &sentences);
}

proptest! {
    #[test]
    fn however_a_case_is_broken_findings_keep_the_laws(
        broken in proptest::sample::subsequence(BREAKS.to_vec(), 0..=BREAKS.len()),
    ) {
        let mut world = World::complete();
        for (_, break_it) in broken {
            break_it(&mut world);
        }
        let findings = world.findings();
        prop_assert_eq!(&findings, &world.findings());
        let ids: BTreeSet<_> = findings.iter().map(|finding| &finding.id).collect();
        prop_assert_eq!(ids.len(), findings.len());
        prop_assert!(findings.is_sorted_by_key(|finding| finding.severity));
        let groups = Catalogue::extended(&world.settings.groups).expect("sound groups");
        for finding in &findings {
            let lost = place::lost(&world.case.content, world.form, &groups, &finding.path);
            prop_assert_eq!(lost, None, "{} leads nowhere", finding.id);
            let rule = rule(&finding.rule).expect("findings are of rules");
            prop_assert!(finding.severity != Severity::Blocker || rule.may_block());
            prop_assert_eq!(finding.gate.is_some(), finding.severity == Severity::Blocker);
        }
    }
}

#[test]
fn the_rule_book_of_a_record_cites_every_duty() {
    let versions = versions();
    assert_eq!(versions["edition"], json!(EDITION));
    let described = versions["rules"].as_array().unwrap();
    assert_eq!(described.len(), rules().len());
    assert!(described.iter().all(|rule| rule["citation"].is_string() && rule["authority"].is_string()));
}

#[test]
fn the_rule_book_that_people_read_is_the_one_that_is_kept() {
    crate::golden::holds("../../definition/RULES.md", &book());
    assert_eq!(described()["rules"].as_array().map(Vec::len), Some(rules().len()));
}

#[test]
fn the_list_of_rules_is_the_one_that_was_agreed() {
    let mut listing = String::new();
    for rule in rules() {
        let gate = rule.gate.map_or("-", Gate::as_str);
        let acceptable = if rule.acceptable { "acceptable" } else { "-" };
        writeln!(
            listing,
            "{:<40} {:<8} {:<7} {:<11} {:<14} {}",
            rule.id,
            rule.severity.as_str(),
            gate,
            acceptable,
            rule.fault.as_str(),
            rule.duty
        )
        .unwrap();
    }
    crate::golden::holds("rules.txt", &listing);
}
