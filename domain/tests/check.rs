//! Every rule fires where something is missing or does not fit and is silent once it is mended; the laws of the
//! framework hold over all rules. All cases here are synthetic.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use chrono::{DateTime, NaiveDate, Utc};
use ehia_domain::{
    assessment::Content,
    case::{Case, Pinned, Process, RetentionClass},
    check::{Facts, Fault, Finding, Gate, check, duties, duty, rule, rules},
    decision::{Decision, DecisionOutcome},
    evidence::{Engagement, Evidence, EvidenceKind},
    form::Form,
    group::{Catalogue, Group, GroupKind},
    id::{
        AssessmentId, DecisionId, EngagementId, EvidenceId, ImpactId, InterdependencyId, MitigationId,
        OrganisationId, PersonId,
    },
    impact::{Direction, Impact, OpenQuestion},
    interdependency::{Interdependency, InterdependencyKind, ReliancePremise},
    mitigation::Mitigation,
    party::Party,
    proposal::{KindOfChange, Proposal, ProposalOption},
    rating::Rating,
    review::Acceptance,
    settings::{Settings, Severity},
};
use serde_json::{Value, json};
use uuid::Uuid;

const NINE: [&str; 9] = [
    "age",
    "disability",
    "gender_reassignment",
    "marriage_civil_partnership",
    "pregnancy_maternity",
    "race",
    "religion_belief",
    "sex",
    "sexual_orientation",
];

fn id<I: From<Uuid>>(number: u128) -> I {
    I::from(Uuid::from_u128(number))
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn rating(likelihood: u8, consequence: u8) -> Rating {
    Rating { likelihood, consequence }
}

/// A case with what it is held against.
struct World {
    case: Case,
    settings: Settings,
    today: NaiveDate,
}

impl World {
    fn titled(title: &str) -> Self {
        let case = Case {
            id: id::<AssessmentId>(1),
            reference: "XX0-2026-0001".into(),
            organisation: id::<OrganisationId>(2),
            version: 1,
            revision: 1,
            frozen: false,
            form: Pinned { key: "ehia".into(), version: 1 },
            workflow: Pinned { key: "ehia".into(), version: 1 },
            state: "draft".into(),
            author: id::<PersonId>(3),
            content: Content::titled(title),
            process: Process::default(),
            changed: BTreeMap::new(),
            shares: BTreeMap::new(),
            retention: RetentionClass::WithDecision,
            legal_hold: false,
            created_at: at("2026-05-01T09:00:00Z"),
            updated_at: at("2026-05-01T09:00:00Z"),
        };
        Self { case, settings: Settings::default(), today: date("2026-06-01") }
    }

    /// A closure of a fictional day service, answered in full.
    fn complete() -> Self {
        let mut world = Self::titled("Synthetic: closing the Alder day service");
        let content = &mut world.case.content;
        content.sro = Some(Party::named("Synthetic Officer"));
        content.proposal = Proposal {
            summary: "The day service closes and its people are offered places at another centre.".into(),
            kind_of_change: Some(KindOfChange::Closure),
            footprint: vec!["E07000148".into()],
            decision_body: Some("Board of the synthetic ICB".into()),
            decision_date: Some(date("2026-07-01")),
            effective_from: Some(date("2026-10-01")),
            effective_to: Some(date("2028-03-31")),
            options: vec![option("Close", true), option("Keep with fewer days", false)],
            ..Proposal::default()
        };
        content.evidence = vec![Evidence {
            id: id::<EvidenceId>(100),
            title: "Attendance figures".into(),
            kind: EvidenceKind::Data,
            source: "Service records".into(),
            date: Some(date("2026-04-01")),
            local: Some(true),
            strength: None,
            gap: None,
            groups: vec!["disability".into()],
            attachments: Vec::new(),
        }];
        content.impacts =
            NINE.iter().chain(&["core20"]).zip(10..).map(|(code, n)| neutral(n, code)).collect();
        *world.impact(11) = Impact {
            direction: Direction::Negative,
            groups: vec!["disability.learning_disability".into()],
            rationale: "People lose the place they know and travel further.".into(),
            initial: Some(rating(4, 4)),
            target: Some(rating(3, 3)),
            ..neutral(11, "disability")
        };
        let content = &mut world.case.content;
        content.interdependencies = vec![Interdependency {
            id: id::<InterdependencyId>(300),
            kind: InterdependencyKind::ReliesOn,
            target: Some(id::<AssessmentId>(9)),
            partner: None,
            premise: Some("The other centre stays open".into()),
            by: Some(date("2026-09-30")),
            holds_when: Some(ReliancePremise::TargetDoesNotProceed),
            note: None,
        }];
        content.mitigations = vec![Mitigation {
            id: id::<MitigationId>(200),
            action: "Offer places at the other centre".into(),
            impacts: vec![id::<ImpactId>(11)],
            owner: Some(Party::named("Synthetic Owner")),
            due: Some(date("2026-09-30")),
            indicator: Some("Places taken up".into()),
            baseline: None,
            target_value: None,
            reliances: vec![id::<InterdependencyId>(300)],
        }];
        content.engagement = vec![Engagement {
            id: id::<EngagementId>(400),
            who: "people who attend and their families".into(),
            groups: vec!["disability.learning_disability".into()],
            method: "Meetings".into(),
            from: date("2026-03-01"),
            to: Some(date("2026-04-30")),
            people: Some(29),
            about_revision: None,
            heard: "Journeys worry them.".into(),
            changed: Some("Transport is offered for a year.".into()),
        }];
        content.answers = answers();
        world.case.process.holds.insert(id(300), true);
        world
    }

    fn impact(&mut self, number: u128) -> &mut Impact {
        let impacts = &mut self.case.content.impacts;
        impacts.iter_mut().find(|impact| impact.id == id(number)).unwrap()
    }

    fn answer(&mut self, key: &str, value: Value) {
        self.case.content.answers.insert(key.into(), value);
    }

    fn clear(&mut self, key: &str) {
        assert!(self.case.content.answers.remove(key).is_some(), "the complete case answers {key}");
    }

    fn findings_on(&self, form: &Form) -> Vec<Finding> {
        let groups = Catalogue::extended(&self.settings.groups).unwrap();
        check(&self.case, &Facts { form, groups: &groups, settings: &self.settings, today: self.today })
    }

    fn findings(&self) -> Vec<Finding> {
        self.findings_on(Form::shipped("ehia", 1).unwrap())
    }

    fn fires(&self, rule: &str) -> Vec<Finding> {
        self.findings().into_iter().filter(|finding| finding.rule == rule).collect()
    }

    fn stopped_at(&self, gate: Gate) -> Vec<String> {
        let accepted = &self.case.process.accepted;
        let stopping = self.findings().into_iter().filter(|finding| finding.stops(gate, accepted));
        stopping.map(|finding| finding.id).collect()
    }
}

fn option(title: &str, preferred: bool) -> ProposalOption {
    ProposalOption { title: title.into(), summary: "Synthetic".into(), preferred, reason: "Synthetic".into() }
}

fn neutral(number: u128, code: &str) -> Impact {
    Impact {
        id: id(number),
        groups: vec![code.into()],
        direction: Direction::Neutral,
        rationale: format!("Attendance shows nothing particular for {code}."),
        initial: None,
        target: None,
        reach: None,
        evidence: vec![id(100)],
        no_mitigation_because: None,
        justification: None,
        open_question: None,
    }
}

fn unknown() -> Value {
    json!({ "unknown": {
        "question": "How many people?", "owner": { "name": "Synthetic Analyst" }, "due": "2026-06-20",
    } })
}

fn answers() -> BTreeMap<String, Value> {
    let catalogue = Catalogue::shipped();
    let listed = catalogue.iter().filter(|group| {
        !group.singly && !matches!(group.kind, GroupKind::ProtectedCharacteristic | GroupKind::Core20)
    });
    let others: Vec<_> = listed.map(|group| group.code.clone()).collect();
    let row = |reason: &str| json!({ "effect": "SUPPORTS", "reason": reason });
    let mut answers: BTreeMap<String, Value> = [
        ("psed", json!({
            "eliminate": row("No rule turns on a characteristic."),
            "advance_disadvantage": row("Transport removes a disadvantage."),
            "advance_needs": row("Places fit the needs of each person."),
            "advance_participation": row("A carers' forum is founded."),
            "foster": row("The new centre is shared with others."),
        })),
        ("health_inequalities_groups", json!({
            "statements": [{ "groups": others, "reason": "None of the 29 attenders belongs to these groups." }],
        })),
        ("inequality_access", json!("Journeys are longer for nine people.")),
        ("inequality_experience", json!("A familiar place is lost.")),
        ("inequality_outcomes", json!("Isolation may rise among the oldest.")),
        ("engagement_done", json!("YES")),
        ("review_date", json!("2027-06-01")),
        ("indirect_discrimination_risk", json!("YES")),
        ("indirect_discrimination_justification", json!("A sustainable service; no lesser means were found.")),
        ("reasonable_adjustments", json!("Taxis, quiet rooms and easy-read letters.")),
        ("outstanding_questions", json!("None.")),
        ("evidence_gaps", json!("None.")),
        ("armed_forces_affected", json!("NO")),
        ("human_rights", json!("Article 8 is engaged; the change is proportionate.")),
        ("accessible_information", json!("Easy-read letters and meetings.")),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect();
    let form = Form::shipped("ehia", 1).unwrap();
    for question in form.questions().filter(|question| question.required) {
        let value = match question.kind.as_str() {
            "text" => json!("A synthetic answer."),
            "yes_no_unknown" => json!("NO"),
            "choice" => json!(question.options.first()),
            "date" => json!("2026-05-20"),
            _ => continue,
        };
        answers.entry(question.key.clone()).or_insert(value);
    }
    answers.entry("key_evidence".into()).or_insert_with(|| json!([Uuid::from_u128(100)]));
    answers
}

type Break = fn(&mut World);

/// For each rule how the complete case is broken so that it fires.
fn breaks() -> Vec<(&'static str, Break)> {
    vec![
        ("proposal.summary.missing", |w| w.case.content.proposal.summary = "tbc".into()),
        ("proposal.kind.missing", |w| w.case.content.proposal.kind_of_change = None),
        ("proposal.footprint.missing", |w| w.case.content.proposal.footprint.clear()),
        ("proposal.sro.missing", |w| w.case.content.sro = Some(Party::default())),
        ("proposal.options.missing", |w| w.case.content.proposal.options.truncate(1)),
        ("proposal.options.preferred", |w| {
            for option in &mut w.case.content.proposal.options {
                option.preferred = true;
            }
        }),
        ("proposal.dates.reversed", |w| w.case.content.proposal.effective_to = Some(date("2026-09-30"))),
        ("decision.body.missing", |w| w.case.content.proposal.decision_body = Some(" ".into())),
        ("decision.date.missing", |w| w.case.content.proposal.decision_date = None),
        ("decision.date.past", |w| w.today = date("2026-07-02")),
        ("decision.effective.early", |w| {
            w.case.content.proposal.effective_from = Some(date("2026-06-30"));
        }),
        ("review.date.missing", |w| w.clear("review_date")),
        ("review.date.early", |w| w.answer("review_date", json!("2026-10-01"))),
        ("groups.characteristic.unanswered", |w| w.impact(13).groups = vec!["sex".into()]),
        ("groups.core20.unanswered", |w| w.impact(19).groups = vec!["sex".into()]),
        ("groups.own.unanswered", |w| {
            w.settings.groups = vec![Group {
                code: "own.fishers".into(),
                name: "Fishing families".into(),
                kind: GroupKind::Other,
                parent: None,
                singly: true,
                source: None,
            }];
        }),
        ("groups.others.unconsidered", |w| w.answer("health_inequalities_groups", json!({}))),
        ("groups.others.unanswered", |w| {
            w.answer(
                "health_inequalities_groups",
                json!({ "statements": [{ "groups": ["other.unpaid_carers"], "reason": "They are the same people." }] }),
            );
        }),
        ("impact.group.missing", |w| w.impact(10).groups.clear()),
        ("impact.reason.missing", |w| w.impact(10).rationale = "No impact.".into()),
        ("impact.neutral.unevidenced", |w| w.impact(10).evidence.clear()),
        ("impact.neutral.contradicted", |w| {
            w.impact(10).groups = vec!["disability.learning_disability".into()];
        }),
        ("impact.negative.unrated", |w| w.impact(11).initial = None),
        ("impact.negative.unrated.inequality", |w| w.impact(19).direction = Direction::Negative),
        ("impact.negative.unanswered", |w| w.case.content.mitigations.clear()),
        ("impact.negative.unanswered.inequality", |w| w.impact(19).direction = Direction::Negative),
        ("impact.rationale.repeated", |w| {
            for number in [10, 12, 13] {
                w.impact(number).rationale = "The same for  ALL groups".into();
            }
        }),
        ("rating.off-scale", |w| w.impact(11).initial = Some(rating(6, 4))),
        ("rating.target.above", |w| w.impact(11).target = Some(rating(5, 4))),
        ("rating.target.unearned", |w| w.case.content.mitigations.clear()),
        ("rating.target.unmoved", |w| w.impact(11).target = Some(rating(4, 4))),
        ("rating.target.missing", |w| w.impact(11).target = None),
        ("rating.neutral", |w| w.impact(10).initial = Some(rating(2, 2))),
        ("mitigation.unpromised", |w| {
            let mut second = w.case.content.mitigations[0].clone();
            second.id = id(201);
            second.owner = None;
            w.case.content.mitigations.push(second);
        }),
        ("mitigation.aimless", |w| w.case.content.mitigations[0].impacts.clear()),
        ("mitigation.unmeasured", |w| w.case.content.mitigations[0].indicator = None),
        ("mitigation.late", |w| w.case.content.mitigations[0].due = Some(date("2027-06-02"))),
        ("reliance.broken", |w| {
            w.case.process.holds.insert(id(300), false);
        }),
        ("reliance.unconfirmed", |w| w.case.process.holds.clear()),
        ("reliance.vague", |w| w.case.content.interdependencies[0].premise = None),
        ("reference.dangling", |w| w.impact(10).evidence.push(id(101))),
        ("unknown.careless", |w| w.answer("engagement_done", json!("UNKNOWN"))),
        ("unknown.open", |w| w.answer("inequality_access", unknown())),
        ("gaps.outstanding", |w| w.answer("outstanding_questions", json!("Nothing is known of carers."))),
        ("gaps.evidence", |w| w.case.content.evidence[0].gap = Some("Ethnicity is not recorded".into())),
        ("psed.eliminate", |w| w.case.content.answers.get_mut("psed").unwrap()["eliminate"] = json!(null)),
        ("psed.advance", |w| {
            w.case.content.answers.get_mut("psed").unwrap()["advance_needs"]["reason"] = json!("n/a");
        }),
        ("psed.foster", |w| w.clear("psed")),
        ("inequality.access.missing", |w| w.clear("inequality_access")),
        ("inequality.experience.missing", |w| w.answer("inequality_experience", json!("None"))),
        ("inequality.outcomes.missing", |w| w.clear("inequality_outcomes")),
        ("inequality.repeated", |w| {
            w.answer("inequality_outcomes", json!("A familiar  place is LOST."));
        }),
        ("engagement.missing", |w| {
            w.clear("engagement_done");
            w.case.content.engagement.clear();
        }),
        ("engagement.contradictory", |w| w.case.content.engagement.clear()),
        ("engagement.none", |w| w.answer("engagement_done", json!("NO"))),
        ("engagement.group.unheard", |w| w.case.content.engagement[0].groups = vec!["race".into()]),
        ("engagement.after-decision", |w| w.case.content.engagement[0].from = date("2026-07-01")),
        ("engagement.open-at-decision", |w| w.case.content.engagement[0].to = Some(date("2026-07-01"))),
        ("engagement.unanswered", |w| w.case.content.engagement[0].changed = None),
        ("evidence.none", |w| w.case.content.evidence.clear()),
        ("evidence.future", |w| w.case.content.evidence[0].date = Some(date("2026-06-02"))),
        ("discrimination.justification.missing", |w| w.clear("indirect_discrimination_justification")),
        ("discrimination.unconsidered", |w| w.answer("indirect_discrimination_risk", json!("NO"))),
        ("adjustments.missing", |w| w.clear("reasonable_adjustments")),
        ("armed-forces.missing", |w| w.clear("armed_forces_affected")),
        ("human-rights.missing", |w| w.clear("human_rights")),
        ("accessible-information.missing", |w| w.clear("accessible_information")),
        ("form.required", |w| w.clear("summary_assessment")),
    ]
}

#[test]
fn a_fully_answered_case_has_no_findings() {
    let findings = World::complete().findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn every_rule_fires_on_what_it_is_about_and_is_silent_once_it_is_mended() {
    for (rule, break_it) in breaks() {
        let mut world = World::complete();
        assert!(world.fires(rule).is_empty(), "{rule} fires on the complete case");
        break_it(&mut world);
        assert!(!world.fires(rule).is_empty(), "{rule} is silent on the broken case");
    }
}

#[test]
fn every_rule_is_tried() {
    let tried: BTreeSet<_> = breaks().into_iter().map(|(rule, _)| rule).collect();
    let all: BTreeSet<_> = rules().iter().map(|rule| rule.id).collect();
    assert_eq!(tried, all);
    assert_eq!(all.len(), rules().len(), "rule ids are unique");
}

#[test]
fn only_binding_law_and_only_a_missing_or_contradictory_answer_blocks() {
    for rule in rules() {
        assert!(rule.gate.is_none() || rule.may_block(), "{} names a step it can never stop", rule.id);
        let duty = duty(rule.duty).unwrap_or_else(|| panic!("{} cites an unknown duty", rule.id));
        if rule.severity == Severity::Blocker {
            assert!(duty.authority.binds(), "{} blocks on {}", rule.id, duty.authority);
            assert_ne!(rule.fault, Fault::Unwelcome, "{} blocks an unwelcome answer", rule.id);
            assert!(rule.gate.is_some(), "{} blocks no step", rule.id);
        }
        assert!(!rule.title.is_empty() && rule.explanation.ends_with('.'), "{} explains itself", rule.id);
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
    assert_eq!((law.severity, law.gate), (Severity::Blocker, Some(Gate::Submit)));
    let practice = &world.fires("proposal.footprint.missing")[0];
    assert_eq!((practice.severity, practice.gate), (Severity::Warning, None));
}

#[test]
fn a_duty_that_is_not_in_force_on_the_day_of_decision_does_not_fire() {
    let mut world = World::complete();
    world.clear("inequality_access");
    world.case.content.proposal.decision_date = Some(date("2022-06-30"));
    assert!(world.fires("inequality.access.missing").is_empty());
    world.case.content.proposal.decision_date = Some(date("2022-07-01"));
    assert_eq!(world.fires("inequality.access.missing").len(), 1);
    world.case.content.proposal.decision_date = None;
    assert_eq!(world.fires("inequality.access.missing").len(), 1, "without a date today's law counts");
    world.today = date("2022-06-30");
    assert!(world.fires("inequality.access.missing").is_empty());
}

#[test]
fn the_recorded_decision_says_which_law_applied() {
    let mut world = World::complete();
    world.clear("inequality_access");
    let decision = Decision {
        id: id::<DecisionId>(500),
        body: "Board".into(),
        authority: "Scheme of delegation".into(),
        meeting: date("2022-06-30"),
        minute: None,
        paper: None,
        outcome: DecisionOutcome::Proceed,
        reasons: "Synthetic".into(),
        revision: 1,
        present: Vec::new(),
        read_by: Vec::new(),
        options_considered: Vec::new(),
        statement: "Synthetic".into(),
        accepted: Vec::new(),
        at: at("2022-06-30T12:00:00Z"),
        by: id(3),
        record: String::new(),
    };
    world.case.process.decisions = vec![
        decision.clone(),
        Decision { outcome: DecisionOutcome::Defer, meeting: date("2026-01-01"), ..decision },
    ];
    assert!(world.fires("inequality.access.missing").is_empty());
}

#[test]
fn duties_are_unique_cited_and_read_back() {
    let ids: BTreeSet<_> = duties().iter().map(|duty| &duty.id).collect();
    assert_eq!(ids.len(), duties().len());
    for duty in duties() {
        assert!(!duty.title.is_empty() && !duty.citation.is_empty(), "{}", duty.id);
        assert!(
            duty.in_force_to.is_none_or(|to| duty.in_force_from.is_none_or(|from| from <= to)),
            "{}",
            duty.id
        );
        let statute = duty.authority.as_str() == "STATUTE";
        let url = duty.url.as_deref().unwrap_or_default();
        assert!(!statute || url.starts_with("https://www.legislation.gov.uk/"), "{}", duty.id);
    }
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
            let form = Form::shipped("ehia", 1).unwrap();
            form.sections.iter().position(|s| form.section_of(&finding.path) == Some(s)).unwrap()
        })
        .collect();
    assert!(sections.is_sorted(), "findings follow the form");
}

#[test]
fn an_empty_draft_names_all_ten_groups_that_are_answered_singly() {
    let draft = World::titled("Synthetic");
    let blockers: BTreeSet<_> = draft
        .findings()
        .into_iter()
        .filter(|finding| finding.stops(Gate::Submit, &BTreeMap::new()))
        .filter_map(|finding| finding.facts.get("group")?.as_str().map(str::to_owned))
        .collect();
    let ten: BTreeSet<_> = NINE.iter().chain(&["core20"]).map(|code| (*code).to_owned()).collect();
    assert_eq!(blockers, ten);
}

#[test]
fn a_part_of_a_group_or_an_intersection_answers_for_it() {
    let mut world = World::complete();
    world.impact(10).groups = vec!["age.older_people".into(), "sex".into()];
    world.case.content.impacts.retain(|impact| impact.id != id(17));
    assert!(world.fires("groups.characteristic.unanswered").is_empty());
}

#[test]
fn a_shared_statement_does_not_answer_for_a_characteristic() {
    let mut world = World::complete();
    world.case.content.impacts.retain(|impact| impact.id != id(10));
    world.answer(
        "protected_characteristics",
        json!({ "statements": [{ "groups": ["age"], "reason": "Nobody is affected." }] }),
    );
    assert_eq!(
        world.stopped_at(Gate::Submit),
        ["groups.characteristic.unanswered@answers/protected_characteristics/age"]
    );
}

#[test]
fn a_statement_without_a_reason_answers_for_nobody() {
    let mut world = World::complete();
    let statement = world.case.content.answers.get_mut("health_inequalities_groups").unwrap();
    statement["statements"][0]["reason"] = json!("N/A");
    assert_eq!(world.fires("groups.others.unconsidered").len(), 1);
    assert!(world.fires("groups.others.unanswered").is_empty(), "one finding, not two");
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
    world.case.content.answers.get_mut("psed").unwrap()["foster"] = json!({ "unknown": {} });
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
    let findings = world.fires("impact.rationale.repeated");
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].facts["count"], json!(7));
}

#[test]
fn two_equal_reasons_are_not_pasting() {
    let mut world = World::complete();
    for number in [10, 12] {
        world.impact(number).rationale = "Nothing changes for these people.".into();
    }
    assert!(world.fires("impact.rationale.repeated").is_empty());
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
fn none_closes_the_outstanding_questions_and_a_hedged_none_does_not() {
    let mut world = World::complete();
    for closed in
        ["None", "none.", "No outstanding questions remain.", "N/A", "Nothing outstanding at this stage"]
    {
        world.answer("outstanding_questions", json!(closed));
        assert!(world.fires("gaps.outstanding").is_empty(), "{closed}");
    }
    for open in
        ["None of the deaf patients was asked.", "Not known", "No evidence on race", "Nothing is known."]
    {
        world.answer("outstanding_questions", json!(open));
        assert_eq!(world.fires("gaps.outstanding").len(), 1, "{open}");
    }
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
    assert_eq!(world.fires("engagement.none").len(), 1);
    world.settings.significant_consequence = 5;
    assert!(world.fires("engagement.none").is_empty());
}

#[test]
fn the_day_of_decision_passes_in_peace_once_the_panel_approved() {
    let mut world = World::complete();
    world.today = date("2026-07-02");
    assert_eq!(world.fires("decision.date.past").len(), 1);
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
    let agreed = include_str!("golden/rules.txt");
    assert!(
        listing == agreed,
        "tests/golden/rules.txt is stale; if the change is meant, it should read:\n{listing}"
    );
}
