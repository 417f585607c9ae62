//! A synthetic case, answered in full, and what it is held against.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use ehia_domain::{
    assessment::Content,
    case::{Case, Pinned, Process, RetentionClass},
    check::{Facts, Finding, Gate, OwnRule, check, own},
    decision::{Decision, DecisionOutcome},
    evidence::{Engagement, Evidence, EvidenceKind, EvidenceStrength},
    form::Form,
    group::{Catalogue, GroupKind},
    id::{
        AssessmentId, DecisionId, EngagementId, EvidenceId, ImpactId, InterdependencyId, MitigationId,
        OrganisationId, PersonId,
    },
    impact::{Direction, Impact, Reach},
    interdependency::{Interdependency, InterdependencyKind, ReliancePremise},
    mitigation::{Mitigation, MitigationReport, MitigationStatus},
    organisation::OrganisationKind,
    party::Party,
    place::{Population, Unanswered},
    proposal::{KindOfChange, Proposal, ProposalOption},
    rating::{Band, Rating},
    review::Acceptance,
    risk::Alongside,
    settings::Settings,
};
use serde_json::{Value, json};
use uuid::Uuid;

pub const NINE: [&str; 9] = [
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

pub fn id<I: From<Uuid>>(number: u128) -> I {
    I::from(Uuid::from_u128(number))
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

pub fn rating(likelihood: u8, consequence: u8) -> Rating {
    Rating { likelihood, consequence }
}

/// A case with what it is held against.
pub struct World {
    pub case: Case,
    pub form: &'static Form,
    pub settings: Settings,
    pub kind: OrganisationKind,
    pub today: NaiveDate,
    pub population: Option<Population>,
    pub unplaced: Option<Unanswered>,
    pub alongside: Vec<Alongside>,
    pub own: Vec<Arc<OwnRule>>,
}

impl World {
    pub fn titled(title: &str) -> Self {
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
        let (settings, today) = (Settings::default(), date("2026-06-01"));
        let kind = OrganisationKind::Icb;
        Self {
            case,
            form: shipped(),
            settings,
            kind,
            today,
            population: None,
            unplaced: None,
            alongside: Vec::new(),
            own: Vec::new(),
        }
    }

    /// A closure of a fictional day service, answered in full.
    pub fn complete() -> Self {
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
            strength: Some(EvidenceStrength::Moderate),
            gap: None,
            groups: vec!["disability".into(), "core20".into()],
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
            reach: Some(Reach { low: 9, high: Some(29), basis: "Attendance register".into() }),
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
            failure: None,
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

    pub fn impact(&mut self, number: u128) -> &mut Impact {
        let impacts = &mut self.case.content.impacts;
        impacts.iter_mut().find(|impact| impact.id == id(number)).expect("the complete case has it")
    }

    pub fn answer(&mut self, key: &str, value: Value) {
        self.case.content.answers.insert(key.into(), value);
    }

    pub fn clear(&mut self, key: &str) {
        assert!(self.case.content.answers.remove(key).is_some(), "the complete case answers {key}");
    }

    /// Somebody who may accepts a finding.
    pub fn accept(&mut self, finding: &str) {
        let acceptance = Acceptance {
            finding: finding.into(),
            by: id(3),
            at: at("2026-06-01T10:00:00Z"),
            reason: "Synthetic".into(),
        };
        self.case.process.accepted.insert(finding.into(), acceptance);
    }

    pub fn grid(&mut self) -> &mut Value {
        self.case.content.answers.get_mut("psed").expect("the complete case answers it")
    }

    fn held<T>(&self, form: &Form, held: impl Fn(&Case, &Facts<'_>) -> T) -> T {
        let groups = Catalogue::extended(&self.settings.groups).expect("sound groups");
        let facts = Facts {
            form,
            groups: &groups,
            settings: &self.settings,
            kind: self.kind,
            today: self.today,
            population: self.population.as_ref(),
            unplaced: self.unplaced.as_ref(),
            alongside: &self.alongside,
            own: &self.own,
        };
        held(&self.case, &facts)
    }

    pub fn findings_on(&self, form: &Form) -> Vec<Finding> {
        self.held(form, check)
    }

    /// That rules of the organisation cannot be run on the case.
    pub fn failures(&self) -> Vec<Finding> {
        self.held(shipped(), own::failures)
    }

    pub fn findings(&self) -> Vec<Finding> {
        self.findings_on(self.form)
    }

    pub fn fires(&self, rule: &str) -> Vec<Finding> {
        self.findings().into_iter().filter(|finding| finding.rule == rule).collect()
    }

    pub fn stopped_at(&self, gate: Gate) -> Vec<String> {
        let accepted = &self.case.process.accepted;
        let stopping = self.findings().into_iter().filter(|finding| finding.stops(gate, accepted));
        stopping.map(|finding| finding.id).collect()
    }
}

/// Other cases that touch a group in a district for the worse.
pub fn others(group: &str, cases: usize) -> Alongside {
    Alongside {
        group: group.into(),
        area: "E07000148".into(),
        area_name: "Norwich".into(),
        cases,
        unrated: 0,
        gravest: Some(Band::High),
    }
}

pub fn shipped() -> &'static Form {
    Form::shipped("ehia", 1).expect("a shipped form")
}

/// The form of the board's self-assessment, which is about the organisation.
pub fn self_assessment() -> &'static Form {
    Form::shipped("board-maturity", 2).expect("it is shipped")
}

/// The form of screenings.
pub fn screening() -> &'static Form {
    Form::shipped("screening", 1).expect("it is shipped")
}

pub fn option(title: &str, preferred: bool) -> ProposalOption {
    ProposalOption { title: title.into(), summary: "Synthetic".into(), preferred, reason: "Synthetic".into() }
}

pub fn neutral(number: u128, code: &str) -> Impact {
    Impact {
        id: id(number),
        groups: vec![code.into()],
        direction: Direction::Neutral,
        rationale: seen(code).into(),
        initial: None,
        target: None,
        reach: None,
        evidence: vec![id(100)],
        no_mitigation_because: None,
        justification: None,
        chance: None,
        open_question: None,
    }
}

/// A decision to proceed, taken by these people, of whom these confirm having read the assessment.
pub fn decided(present: &[&str], read_by: &[&str]) -> Decision {
    let parties = |names: &[&str]| names.iter().map(|name| Party::named(*name)).collect();
    Decision {
        id: id::<DecisionId>(500),
        body: "Board".into(),
        authority: "Scheme of delegation".into(),
        meeting: date("2026-07-01"),
        minute: None,
        paper: None,
        outcome: DecisionOutcome::Proceed,
        reasons: "Synthetic".into(),
        revision: 1,
        present: parties(present),
        sponsor_sat: false,
        read_by: parties(read_by),
        readings: Vec::new(),
        options_considered: Vec::new(),
        statement: "Synthetic".into(),
        accepted: Vec::new(),
        at: at("2026-07-01T12:00:00Z"),
        by: id(3),
        record: String::new(),
    }
}

/// A report that the complete case's mitigation is so far.
pub fn reported(status: MitigationStatus) -> MitigationReport {
    MitigationReport {
        mitigation: id(200),
        at: at("2026-06-01T09:00:00Z"),
        by: id(3),
        status,
        note: "Synthetic".into(),
        current: None,
        evidence: Vec::new(),
    }
}

/// What somebody saw who looked at this group.
fn seen(code: &str) -> &'static str {
    match code {
        "age" => "Those who attend are 22 to 71, and every age is offered a place.",
        "gender_reassignment" => "One trans attender was asked and keeps the same keyworker.",
        "marriage_civil_partnership" => "No rule of the new centre asks who is married.",
        "pregnancy_maternity" => "Nobody who attends was pregnant in three years; a place would be held.",
        "race" => "Attenders by ethnic group match those with a learning disability in the district.",
        "religion_belief" => "The kitchen of the new centre keeps halal and vegetarian meals.",
        "sex" => "Fourteen women and fifteen men attend, with personal care by their own sex in both places.",
        "sexual_orientation" => {
            "The new centre's staff had the same training by people who are gay and bisexual."
        }
        "core20" => "Eleven attenders live in Core20 places, all within a mile of the new centre.",
        _ => "The register was read with this group in mind, and nothing was found.",
    }
}

pub fn unknown() -> Value {
    json!({ "unknown": {
        "question": "How many people?", "owner": { "name": "Synthetic Analyst" }, "due": "2026-06-20",
    } })
}

pub fn answers() -> BTreeMap<String, Value> {
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
        ("engagement_detail", json!(
            "Journeys worry people. Health scrutiny judged on 12 March that the change is not substantial, so that \
             the Secretary of State need not be notified."
        )),
        ("interdependencies_considered", json!("YES")),
        ("consultation_promises", json!("None.")),
        ("summary_assessment", json!(
            "People with a learning disability lose a place they know; transport lessens that for a year."
        )),
        ("monitoring", json!("Days attended each week, now 3.2; below 2.5 the commissioner reports.")),
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
    let form = shipped();
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
