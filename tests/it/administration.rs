//! What an operator sets, what a panel is, and who has to wait at the door.

use ehia::{
    app::{
        App, ClientAddress, CreateAssessment, Edit, Error, NewOrganisation, NewPerson, Options, PanelDraft,
    },
    clock,
    domain::{
        calendar::Moment,
        edit::List,
        group::{Group, GroupKind},
        id::{AssessmentId, OrganisationId},
        organisation::OrganisationKind,
        permission::{Actor, Grant, Role},
        settings::Settings,
        text::{Path, Violation},
    },
};
use secrecy::SecretString;
use serde_json::{Map, json};

use crate::support::{database::TestDatabase, on_both};

struct World {
    app: App,
    moment: Moment,
    organisation: OrganisationId,
}

impl World {
    async fn new(database: &TestDatabase) -> Self {
        let app = App::new(database.store.clone(), Options::default());
        let moment = clock::now();
        let organisation =
            app.set_up_organisation(organisation(Settings::default()), moment).await.unwrap().id;
        Self { app, moment, organisation }
    }

    async fn person(&self, name: &str, role: Role) -> Actor {
        let person = NewPerson {
            name: name.into(),
            email: format!("{name}@example.org"),
            password: Some(SecretString::from("a long and unusual sentence")),
            roles: vec![(self.organisation, role, None)],
        };
        let person = self.app.add_person(person, None, self.moment).await.unwrap();
        let grants = vec![Grant { organisation: self.organisation, role, until: None }];
        Actor { person, grants, read_only: false }
    }

    async fn set(&self, settings: Settings) -> Result<(), Error> {
        self.app.set_up_organisation(organisation(settings), self.moment).await.map(drop)
    }

    async fn create(&self, author: &Actor, title: &str) -> AssessmentId {
        let new = CreateAssessment {
            organisation: "T6Y0W".into(),
            title: title.into(),
            proposal: Map::new(),
            form: None,
            workflow: None,
        };
        self.app.create(author, new, None, self.moment).await.unwrap().view.case.id
    }
}

fn organisation(settings: Settings) -> NewOrganisation {
    NewOrganisation {
        ods_code: "T6Y0W".into(),
        name: "Synthetic ICB".into(),
        kind: OrganisationKind::Icb,
        opened: None,
        closed: None,
        settings,
    }
}

fn violation<T: std::fmt::Debug>(refused: Result<T, Error>) -> Violation {
    match refused {
        Err(Error::Invalid(mut violations)) => violations.remove(0),
        other => panic!("it was not refused as invalid: {other:?}"),
    }
}

on_both! {
    async fn settings_name_only_forms_and_workflows_that_exist(database) {
        let world = World::new(database).await;
        let refused = violation(world.set(Settings { workflow: "nope".into(), ..Settings::default() }).await);
        assert_eq!((refused.code.as_str(), refused.path), ("NOT_FOUND", Path::of(["settings", "workflow"])));
        let refused = violation(world.set(Settings { form: "nope".into(), ..Settings::default() }).await);
        assert_eq!((refused.code.as_str(), refused.path), ("NOT_FOUND", Path::of(["settings", "form"])));
        let author = world.person("author", Role::Author).await;
        world.create(&author, "Still possible").await;
    }

    async fn a_group_that_a_case_uses_stays_in_the_settings(database) {
        let world = World::new(database).await;
        let group = |code: &str| Group {
            code: code.into(),
            name: code.into(),
            kind: GroupKind::Plus,
            parent: None,
            singly: false,
            source: None,
        };
        let with = |groups: Vec<Group>| Settings { groups, ..Settings::default() };
        let (used, unused) = (group("plus.fenland"), group("plus.unused"));
        world.set(with(vec![used.clone(), unused])).await.unwrap();
        let author = world.person("author", Role::Author).await;
        let id = world.create(&author, "On a group of its own").await;
        let fields = json!({"rationale": "Longer journeys.", "direction": "NEGATIVE", "groups": ["plus.fenland"]});
        let impact = Edit::Element {
            list: List::Impacts,
            id: None,
            fields: fields.as_object().unwrap().clone(),
            parties: Vec::new(),
        };
        world.app.edit(&author, id, 1, vec![impact], None, world.moment).await.unwrap();

        let refused = violation(world.set(Settings::default()).await);
        assert_eq!(refused.code, "IN_USE");
        assert!(refused.message.contains("plus.fenland"), "{refused:?}");
        world.set(with(vec![used])).await.unwrap();
        world.app.edit(&author, id, 2, vec![Edit::Title("Again".into())], None, world.moment).await.unwrap();
    }

    async fn a_panel_is_that_of_its_own_case(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let chair = world.person("chair", Role::PanelChair).await;
        let member = world.person("member", Role::Reviewer).await;
        let mut cases = Vec::new();
        for title in ["One", "Other"] {
            cases.push(world.create(&author, title).await);
        }
        let assign = async |case: AssessmentId, panel| {
            let draft = PanelDraft { panel, members: vec![member.person], ..PanelDraft::default() };
            world.app.assign_panel(&chair, case, draft, None, world.moment).await
        };
        let of = |changed: ehia::app::Changed| changed.view.case.process.panel.as_ref().unwrap().id;
        let one = of(assign(cases[0], None).await.unwrap());
        for panel in [one, clock::supply().fresh()] {
            let refused = violation(assign(cases[1], Some(panel)).await);
            assert_eq!((refused.code.as_str(), refused.path), ("NOT_FOUND", Path::of(["panelId"])));
        }
        let other = of(assign(cases[1], None).await.unwrap());
        assert_ne!(one, other);
        assert_eq!(of(assign(cases[1], Some(other)).await.unwrap()), other);
    }
}

#[tokio::test]
async fn an_account_waits_after_ten_failures_and_nobody_else_at_its_address() {
    let database = TestDatabase::sqlite().await;
    let world = World::new(&database).await;
    for name in ["careless", "careful"] {
        world.person(name, Role::Author).await;
    }
    let sign_in = async |name: &str, password: &str| {
        let email = format!("{name}@example.org");
        let client = ClientAddress("192.0.2.1".into(), String::new());
        world.app.sign_in(&email, SecretString::from(password), client, world.moment).await
    };
    for _ in 0..10 {
        assert_eq!(violation(sign_in("careless", "wrong wrong wrong").await).code, "INVALID");
    }
    let right = "a long and unusual sentence";
    assert!(matches!(sign_in("careless", right).await, Err(Error::LimitExceeded(_))));
    assert!(sign_in("careful", right).await.is_ok());
}
