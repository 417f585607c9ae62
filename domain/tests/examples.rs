//! The shipped examples: complete, labelled as made up, and fit to be submitted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use ehia_domain::{
    area,
    assessment::{Content, Frame},
    case::{Case, Pinned, Process, RetentionClass},
    check::{Facts, Finding, Gate, OwnRule, Rate, check, often, rates, rules},
    form::{self, Form, FormSubject, score::score},
    group::Catalogue,
    id::{AssessmentId, OrganisationId, PersonId},
    impact::Direction,
    import::{self, Draft, Target},
    interdependency::{InterdependencyKind, ReliancePremise},
    organisation::OrganisationKind,
    place::Told,
    settings::{Settings, Severity},
    text::Path,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{golden, import::supply, place::SHIPPED};

/// The day on which the examples are imported.
const TODAY: &str = "2026-11-23";

fn documents() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    let mut documents: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        })
        .collect();
    documents.sort_by(|one, other| one.0.cmp(&other.0));
    documents
}

/// Every example of a proposal, read, with its targets found among the others.
fn drafts() -> Vec<(String, Draft)> {
    let groups = Catalogue::shipped();
    let mut drafts: Vec<_> = documents()
        .into_iter()
        .filter(|(_, document)| document.get("form").is_none())
        .map(|(name, document)| {
            let draft = import::read(&document, &groups, &mut supply());
            (name.clone(), draft.unwrap_or_else(|violations| panic!("{name}: {violations:#?}")))
        })
        .collect();
    let cases: BTreeMap<String, AssessmentId> = drafts
        .iter()
        .zip(1_u128..)
        .map(|((_, d), n)| (d.key.clone().unwrap(), Uuid::from_u128(n).into()))
        .collect();
    for (name, draft) in &mut drafts {
        for (id, target) in &draft.targets {
            let Target::Key(key) = target else { panic!("{name}: examples know each other by key") };
            let edge = draft.content.interdependencies.iter_mut().find(|edge| edge.id == *id).unwrap();
            edge.target = Some(*cases.get(key).unwrap_or_else(|| panic!("{name}: no example `{key}`")));
        }
    }
    drafts
}

fn case(content: &Content) -> Case {
    let at: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
    Case {
        id: AssessmentId::from(Uuid::from_u128(1)),
        reference: "T6Y0W-2026-0001".into(),
        organisation: OrganisationId::from(Uuid::from_u128(2)),
        version: 1,
        revision: 1,
        frozen: false,
        form: Pinned { key: "ehia".into(), version: 1 },
        workflow: Pinned { key: "ehia".into(), version: 1 },
        state: "draft".into(),
        author: PersonId::from(Uuid::from_u128(3)),
        content: content.clone(),
        process: Process::default(),
        changed: BTreeMap::new(),
        shares: BTreeMap::new(),
        retention: RetentionClass::WithDecision,
        legal_hold: false,
        created_at: at,
        updated_at: at,
    }
}

fn findings(content: &Content) -> Vec<Finding> {
    findings_on(Form::shipped("ehia", 1).unwrap(), content)
}

fn findings_on(form: &Form, content: &Content) -> Vec<Finding> {
    let (settings, groups) = (Settings::default(), Catalogue::shipped());
    let today: NaiveDate = TODAY.parse().unwrap();
    let told = match content.proposal.footprint.as_slice() {
        [] => Told::default(),
        named => SHIPPED.told(named, None, &settings.notable),
    };
    check(
        &case(content),
        &Facts {
            form,
            groups: &groups,
            settings: &settings,
            kind: OrganisationKind::Icb,
            today,
            population: told.population.as_ref(),
            unplaced: told.untold.as_ref(),
            alongside: &[],
            own: &[],
        },
    )
}

#[test]
fn there_are_ten_examples_and_each_says_that_it_is_made_up() {
    let drafts = drafts();
    assert_eq!(drafts.len(), 10);
    for (number, (name, draft)) in (1..).zip(&drafts) {
        assert_eq!(*name, format!("{number:02}-{}", draft.key.as_deref().unwrap()));
        assert!(draft.synthetic, "{name}");
        assert!(draft.label.as_deref().unwrap().starts_with("Synthetic example"), "{name}");
        let contact = draft.content.answers["contact_details"].as_str().unwrap();
        assert!(contact.starts_with("Synthetic example"), "{name}: the case itself says so too");
    }
}

#[test]
fn the_example_of_a_self_assessment_is_whole_and_tells_an_honest_unknown_as_a_range() {
    let (settings, groups) = (Settings::default(), Catalogue::shipped());
    let document = documents().into_iter().find(|(name, _)| name == "11-board-self-assessment").unwrap().1;
    let draft = import::read(&document, &groups, &mut supply()).unwrap();
    assert_eq!(draft.form.as_deref(), Some("board-maturity"));
    assert!(draft.synthetic && draft.label.unwrap().starts_with("Synthetic example"));
    let form = Form::shipped("board-maturity", 2).unwrap();
    assert_eq!(draft.content.violations(Frame { groups: &groups, scale: &settings.scale }), []);
    assert_eq!(form::check_answers(form, &draft.content, &groups), []);
    assert_eq!(findings_on(form, &draft.content), []);
    let score = score(form, &draft.content).unwrap();
    assert_eq!(score.overall.in_words(), "between 66 % and 70 %, Maturing (one question unanswered)");
}

#[test]
fn every_example_can_be_kept() {
    let (settings, groups) = (Settings::default(), Catalogue::shipped());
    let form = Form::shipped("ehia", 1).unwrap();
    for (name, draft) in drafts() {
        let frame = Frame { groups: &groups, scale: &settings.scale };
        assert_eq!(draft.content.violations(frame), [], "{name}");
        assert_eq!(form::check_answers(form, &draft.content, &groups), [], "{name}");
        let footprint = &draft.content.proposal.footprint;
        assert!(!footprint.is_empty() && footprint.iter().all(|code| area::level(code).is_some()), "{name}");
    }
}

#[test]
fn every_example_may_be_submitted() {
    for (name, draft) in drafts() {
        let findings = findings(&draft.content);
        let stop: Vec<_> =
            findings.iter().filter(|finding| finding.stops(Gate::Submit, &BTreeMap::new())).collect();
        assert!(stop.is_empty(), "{name}: {stop:#?}");
    }
}

#[test]
fn no_example_pastes_reasons_or_leaves_a_required_question_out() {
    for (name, draft) in drafts() {
        let rules: BTreeSet<_> = findings(&draft.content).into_iter().map(|finding| finding.rule).collect();
        for rule in [
            "text.repeated",
            "form.required",
            "summary.omits",
            "groups.others.unanswered",
            "impact.neutral.unevidenced",
            "mitigation.unpromised",
            "mitigation.aimless",
            "mitigation.unmeasured",
            "mitigation.late",
            "rating.target.missing",
            "rating.target.unmoved",
            "reliance.vague",
            "proposal.options.preferred",
            "evidence.future",
            "engagement.unanswered",
        ] {
            assert!(!rules.contains(rule), "{name}: {rule}");
        }
    }
    let mut reasons = BTreeMap::<String, usize>::new();
    for (_, draft) in drafts() {
        for impact in draft.content.impacts {
            *reasons.entry(impact.rationale).or_default() += 1;
        }
    }
    assert!(reasons.values().all(|count| *count == 1), "no reason stands twice in all ten");
}

#[test]
fn every_example_rests_on_something_and_is_honest_about_what_is_not_known() {
    for (name, draft) in drafts() {
        let content = draft.content;
        assert!(content.impacts.iter().any(|impact| impact.direction == Direction::Unknown), "{name}");
        assert!(content.impacts.iter().any(|impact| impact.direction == Direction::Positive), "{name}");
        for impact in &content.impacts {
            assert_eq!(
                impact.direction == Direction::Negative,
                impact.initial.is_some(),
                "{name}: what is negative is rated: {}",
                impact.rationale
            );
        }
        let key_evidence = content.answers["key_evidence"].as_array().unwrap();
        for evidence in &content.evidence {
            let used = content.impacts.iter().any(|impact| impact.evidence.contains(&evidence.id))
                || key_evidence.contains(&json!(evidence.id));
            assert!(used, "{name}: nothing rests on {}", evidence.title);
        }
        assert!(content.evidence.iter().all(|e| e.date.is_some() && e.strength.is_some()), "{name}");
    }
}

#[test]
fn one_example_closes_the_centre_on_which_a_mitigation_of_another_relies() {
    let drafts = drafts();
    let relying = drafts.iter().flat_map(|(_, draft)| {
        let edges = &draft.content.interdependencies;
        draft.content.mitigations.iter().flat_map(move |mitigation| {
            edges.iter().filter(|edge| mitigation.reliances.contains(&edge.id)).map(move |edge| (draft, edge))
        })
    });
    let closing: Vec<_> = relying
        .filter(|(_, edge)| edge.kind == InterdependencyKind::ReliesOn)
        .filter(|(_, edge)| edge.holds_when == Some(ReliancePremise::TargetDoesNotProceed))
        .map(|(draft, edge)| {
            let target =
                draft.targets.iter().find(|(id, _)| *id == edge.id).map(|(_, target)| target.clone());
            (draft.key.clone().unwrap(), target.unwrap())
        })
        .collect();
    assert!(closing.contains(&("heron-centre".into(), Target::Key("samphire-court".into()))));
}

#[test]
fn what_published_facts_leave_out_is_found_missing() {
    let groups = Catalogue::shipped();
    for line in include_str!("../../examples/published.jsonl").lines() {
        let draft = import::read(&serde_json::from_str(line).unwrap(), &groups, &mut supply()).unwrap();
        let settings = Settings::default();
        assert_eq!(draft.content.violations(Frame { groups: &groups, scale: &settings.scale }), []);
        let findings = findings(&draft.content);
        let key = draft.key.unwrap();
        assert!(findings.iter().any(|f| f.stops(Gate::Submit, &BTreeMap::new())), "{key} is not complete");
        let missing = |code: &str| {
            let path = format!("answers/protected_characteristics/{code}");
            findings
                .iter()
                .any(|f| f.rule == "groups.characteristic.unanswered" && f.path.to_string() == path)
        };
        let bundled = |code: &str| {
            let told = |id: &str| {
                findings.iter().any(|f| {
                    f.rule == "groups.characteristic.bundled"
                        && f.path.to_string() == format!("impacts/{id}/groups")
                })
            };
            let mut impacts = draft.content.impacts.iter().filter(|impact| told(&impact.id.to_string()));
            impacts.any(|impact| impact.groups.iter().any(|named| groups.is_within(named, code)))
        };
        for code in groups.iter().filter(|group| group.singly && group.code != "core20").map(|g| &g.code) {
            // Who is named only together with people of another kind is an intersection, and no answer for all.
            let answered = draft
                .content
                .impacts
                .iter()
                .any(|impact| impact.groups.iter().all(|named| groups.is_within(named, code)));
            assert_eq!(missing(code), !answered && !bundled(code), "{key}: {code}");
        }
    }
}

/// What rules say of each published assessment, read as a draft: committed, so that a change of it is read.
#[test]
fn what_is_said_of_published_assessments_is_what_was_read_by_hand() {
    let mut listing = String::from("Facts of published assessments, read as drafts on 23 November 2026:\n");
    for draft in published() {
        let source = draft.source.as_ref().unwrap();
        writeln!(listing, "\n{} ({})", draft.key.as_deref().unwrap(), source.kind.as_deref().unwrap_or("-"))
            .unwrap();
        let mut by_rule: BTreeMap<(Severity, String), Vec<String>> = BTreeMap::new();
        for finding in findings(&draft.content) {
            // Its own elements by their place in the document, not by their made-up identifiers.
            let told = finding.path.to_string();
            by_rule.entry((finding.severity, finding.rule)).or_default().push(told);
        }
        for ((severity, rule), paths) in by_rule {
            let paths: Vec<_> =
                paths.iter().map(|path| path.replace("00000000-0000-0000-0000-0000000000", "")).collect();
            writeln!(listing, "  {:<8} {rule} [{}] {}", severity.as_str(), paths.len(), paths.join(" "))
                .unwrap();
        }
    }
    golden::holds("published-findings.txt", &listing);
}

/// A check that cries wolf is worse than none.
#[test]
fn a_rule_that_fires_often_says_why() {
    let own = drafts().into_iter().map(|(_, draft)| findings(&draft.content));
    let cases = own.chain(published().map(|draft| findings(&draft.content)));
    let cases: Vec<_> = cases.map(|findings| (FormSubject::Proposal, findings)).collect();
    assert_eq!(cases.len(), 39);
    let mut listing = format!("Of {} examples and published assessments:\n", cases.len());
    let rates = rates(&cases, &[]);
    for rate in &rates {
        writeln!(listing, "{:>3} {:>4}  {}", rate.cases, rate.findings, rate.rule).unwrap();
    }
    golden::holds("rates.txt", &listing);
    for rate in rates {
        let (id, told) = (&rate.rule, often(&rate.rule).is_some());
        assert_eq!(rate.is_often(), told, "{id} fires on {} of {}", rate.cases, rate.of);
    }
}

#[test]
fn the_rules_of_an_organisation_are_counted_behind_the_book() {
    let rule = |key: &str| {
        let rule = json!({
            "format": "ehia/rule/1", "key": key, "version": 1, "title": "Synthetic", "severity": "ADVICE",
            "condition": "true", "message": "Synthetic.", "path": ["title"],
            "examples": [
                {"name": "One", "fires": true, "document": {}}, {"name": "None", "fires": false, "document": {}},
            ],
        });
        Arc::new(OwnRule::draft(&rule.to_string()).unwrap())
    };
    let (fires, silent) = (rule("fires"), rule("silent"));
    let finding = |of: &OwnRule| Finding {
        id: format!("{}@title", of.id()),
        rule: of.id(),
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        message: String::new(),
        path: Path::of(["title"]),
        facts: json!({}),
    };
    let of = |findings| (FormSubject::Proposal, findings);
    let cases = [of(vec![finding(&fires)]), of(Vec::new()), of(vec![finding(&fires)])];
    let counted = rates(&cases, &[fires, silent]);
    let told: Vec<_> =
        counted[rules().len()..].iter().map(|rate| (rate.rule.as_str(), rate.cases, rate.of)).collect();
    assert_eq!(told, [("own.fires", 2, 3), ("own.silent", 0, 3)]);
    assert!(counted[..rules().len()].iter().all(|rate| rate.cases == 0));
}

#[test]
fn a_rate_is_often_above_thirty_in_a_hundred_and_not_at_it() {
    let rate = |cases, of| Rate {
        rule: "evidence.none".into(),
        severity: Severity::Advice,
        cases,
        findings: cases,
        of,
    };
    assert!(!rate(3, 10).is_often() && rate(4, 10).is_often() && rate(31, 100).is_often());
    assert!(!rate(0, 0).is_often());
    assert_eq!((rate(1, 3).percent(), rate(0, 0).percent()), (33, 0));
}

fn published() -> impl Iterator<Item = Draft> {
    let lines = include_str!("../../examples/published.jsonl").lines();
    lines.map(|line| {
        import::read(&serde_json::from_str(line).unwrap(), &Catalogue::shipped(), &mut supply()).unwrap()
    })
}
