//! An organisation with somebody in every role, for tests of the use cases. All synthetic.

use std::collections::BTreeMap;

use ehia::{
    app::{
        AcceptedFinding, App, DecisionInput, Edit, NewOrganisation, NewPerson, Options, OutcomeInput,
        PartyInput, TransitionDraft,
    },
    clock,
    domain::{
        calendar::Moment,
        decision::DecisionOutcome,
        edit::List,
        id::{AssessmentId, Identifier, OrganisationId},
        organisation::OrganisationKind,
        permission::{Actor, Grant, Role},
        settings::Settings,
        text::Path,
        workflow::definition::Requirement,
    },
};
use serde_json::Value;

use super::database::TestDatabase;

/// The service over a test's database.
pub fn app(database: &TestDatabase) -> App {
    App::new(database.store.clone(), Options::default())
}

/// An organisation and its people.
pub struct Body {
    pub app: App,
    pub moment: Moment,
    pub code: String,
    pub id: OrganisationId,
    people: Vec<(Role, Actor)>,
}

impl Body {
    /// Sets it up under an ODS code, with one person in every role.
    pub async fn new(app: &App, code: &str) -> Self {
        let moment = clock::now();
        let id = app.set_up_organisation(described(code, Settings::default()), moment).await.unwrap().id;
        let mut people = Vec::new();
        for role in Role::ALL {
            let person = NewPerson {
                name: format!("{role} of {code}"),
                email: format!("{}.{code}@example.org", role.to_sql()),
                password: None,
                roles: vec![(id, *role, None)],
            };
            let person = app.add_person(person, None, moment).await.unwrap();
            let grants = vec![Grant { organisation: id, role: *role, until: None }];
            people.push((*role, Actor { person, grants, deputises: Vec::new(), read_only: false }));
        }
        Self { app: app.clone(), moment, code: code.to_owned(), id, people }
    }

    /// Who holds the role.
    pub fn who(&self, role: Role) -> &Actor {
        &self.people.iter().find(|(of, _)| *of == role).unwrap().1
    }

    /// Gives it these settings.
    pub async fn set(&self, settings: Settings) -> Result<(), ehia::app::Error> {
        self.app.set_up_organisation(described(&self.code, settings), self.moment).await.map(drop)
    }

    /// The six synthetic assessments of social care, their edges pointed at each other, by the keys of their documents.
    pub async fn social_care(&self) -> BTreeMap<String, AssessmentId> {
        let documents = [
            include_str!("../../../examples/01-marram-house.json"),
            include_str!("../../../examples/02-teasel-lodge.json"),
            include_str!("../../../examples/03-heron-centre.json"),
            include_str!("../../../examples/04-home-outreach.json"),
            include_str!("../../../examples/05-floating-support.json"),
            include_str!("../../../examples/06-samphire-court.json"),
        ];
        let author = self.who(Role::Author);
        let (mut cases, mut references, mut open) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for document in documents {
            let document: Value = serde_json::from_str(document).unwrap();
            let imported = self.app.import(author, &self.code, document, None, self.moment).await.unwrap();
            let case = &imported.changed.view.case;
            let key = imported.key.unwrap();
            references.insert(key.clone(), case.reference.clone());
            open.extend(imported.unresolved.into_iter().map(|(edge, to)| (case.id, edge, to)));
            cases.insert(key, case.id);
        }
        for (case, edge, to) in open {
            let fields = serde_json::json!({ "target": references[&to] });
            let fields = fields.as_object().unwrap().clone();
            let edit = Edit::Element { list: List::Interdependencies, id: Some(edge.uuid()), fields };
            let version = self.app.view(author, case).await.unwrap().case.version;
            self.app.edit(author, case, version, vec![edit], None, self.moment).await.unwrap();
        }
        cases
    }

    /// A complete synthetic assessment, in the organisation's form and workflow.
    pub async fn import(&self) -> AssessmentId {
        let document: Value =
            serde_json::from_str(include_str!("../../../examples/01-marram-house.json")).unwrap();
        let author = self.who(Role::Author);
        let imported = self.app.import(author, &self.code, document, None, self.moment).await.unwrap();
        imported.changed.view.case.id
    }

    /// Makes a transition with all it takes: an outcome, a decision to proceed that accepts what is open.
    pub async fn go(
        &self,
        role: Role,
        id: AssessmentId,
        transition: &str,
    ) -> Result<String, ehia::app::Error> {
        self.go_at(role, id, transition, self.moment).await
    }

    /// The same at a moment.
    pub async fn go_at(
        &self,
        role: Role,
        id: AssessmentId,
        transition: &str,
        moment: Moment,
    ) -> Result<String, ehia::app::Error> {
        let view = self.app.view(self.who(Role::Auditor), id).await.unwrap();
        let step = view.workflow.transition(transition).unwrap().clone();
        let party = || PartyInput { person: Some(self.who(role).person), ..PartyInput::default() };
        let open = view.findings().iter().filter(|finding| finding.acceptable && finding.gate.is_some());
        let accepted: Vec<AcceptedFinding> = open
            .map(|finding| AcceptedFinding {
                finding: finding.id.clone(),
                reason: "Known and weighed.".into(),
            })
            .collect();
        let draft = TransitionDraft {
            transition: transition.into(),
            expected_revision: view.case.revision,
            comment: Some("Because of what was found.".into()),
            paths: if step.requires.contains(&Requirement::Paths) {
                vec![Path::of(["impacts"])]
            } else {
                Vec::new()
            },
            requests: Vec::new(),
            outcome: step.concludes.map(|_| OutcomeInput {
                attendees: vec![party()],
                apologies: Vec::new(),
                meeting: None,
                urgency: step
                    .requires
                    .contains(&Requirement::Urgency)
                    .then(|| "It cannot wait (synthetic).".into()),
                dissent: None,
                conditions: Vec::new(),
                accepted: Vec::new(),
            }),
            decision: (!step.decides.is_empty()).then(|| DecisionInput {
                body: "Synthetic committee".into(),
                authority: "Synthetic scheme of delegation".into(),
                meeting: moment.today,
                minute: None,
                paper: None,
                outcome: if step.decides.contains(&DecisionOutcome::Stop) {
                    DecisionOutcome::Stop
                } else {
                    DecisionOutcome::ProceedDespiteAdverseImpact
                },
                reasons: "Synthetic reasons.".into(),
                present: vec![party()],
                read_by: vec![party()],
                statement: "The committee had the assessment before it and had due regard to the three aims."
                    .into(),
                accepted,
            }),
            dry_run: false,
        };
        let changed = self.app.transition(self.who(role), id, draft, None, moment).await?;
        Ok(changed.view.case.state.clone())
    }
}

fn described(code: &str, settings: Settings) -> NewOrganisation {
    NewOrganisation {
        ods_code: code.into(),
        name: format!("Synthetic body {code}"),
        kind: OrganisationKind::Icb,
        opened: None,
        closed: None,
        settings,
    }
}
