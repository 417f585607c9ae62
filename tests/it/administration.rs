//! What an operator sets, what a panel is, and who has to wait at the door.

use ehia::{
    app::{
        App, ClientAddress, CreateAssessment, Edit, Error, Filter, NewOrganisation, NewPerson, Options,
        Order, OrderField, PanelDraft,
    },
    clock,
    domain::{
        calendar::Moment,
        edit::List,
        event::{Audience, EventKind},
        group::{Group, GroupKind},
        id::{AssessmentId, Identifier as _, OrganisationId},
        organisation::OrganisationKind,
        page::Window,
        permission::{Actor, Grant, Role},
        rating::Band,
        settings::{Settings, Severity},
        text::{Path, Violation},
    },
};
use secrecy::SecretString;
use serde_json::{Map, json};

use crate::support::{database::TestDatabase, on_both, stage::of_anybody};

/// An organisation, and the use cases over it.
pub struct World {
    pub app: App,
    pub moment: Moment,
    pub organisation: OrganisationId,
}

impl World {
    pub async fn new(database: &TestDatabase) -> Self {
        let app = App::new(database.store.clone(), Options::default());
        let moment = clock::now();
        let organisation =
            app.set_up_organisation(organisation(Settings::default()), moment).await.unwrap().id;
        Self { app, moment, organisation }
    }

    pub async fn person(&self, name: &str, role: Role) -> Actor {
        let person = NewPerson {
            name: name.into(),
            email: format!("{name}@example.org"),
            password: Some(SecretString::from("a long and unusual sentence")),
            roles: vec![(self.organisation, role, None)],
        };
        let person = self.app.add_person(person, None, self.moment).await.unwrap();
        let grants = vec![Grant { organisation: self.organisation, role, until: None }];
        Actor { person, grants, deputises: Vec::new(), read_only: false }
    }

    async fn set(&self, settings: Settings) -> Result<(), Error> {
        self.app.set_up_organisation(organisation(settings), self.moment).await.map(drop)
    }

    pub async fn create(&self, author: &Actor, title: &str) -> AssessmentId {
        let new = CreateAssessment {
            organisation: "T6Y0W".into(),
            title: title.into(),
            proposal: Map::new(),
            form: None,
            workflow: None,
            screening: None,
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

/// The first violation of what was refused as invalid.
pub fn violation<T: std::fmt::Debug>(refused: Result<T, Error>) -> Violation {
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

    async fn settings_that_would_be_refused_today_are_still_read(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let mut organisation =
            database.store.read().organisation(world.organisation).await.unwrap().expect("it was set up");
        organisation.settings.significant_consequence = 0;
        organisation.settings.severities.insert("impact.imagined".into(), Severity::Blocker);
        database.store.write(async |tx| tx.save_organisation(&organisation, world.moment.at).await).await.unwrap();
        world.create(&author, "Read under them").await;
        let found = world.app.find_organisation("T6Y0W").await.unwrap().expect("it is there");
        assert_eq!(found.settings, organisation.settings);
        let refused = violation(world.set(found.settings).await);
        assert_eq!(refused.path, Path::of(["settings", "significantConsequence"]));
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
        };
        world.app.edit(&author, id, 1, vec![impact], None, world.moment).await.unwrap();

        let refused = violation(world.set(Settings::default()).await);
        assert_eq!(refused.code, "IN_USE");
        assert!(refused.message.contains("plus.fenland"), "{refused:?}");
        world.set(with(vec![used])).await.unwrap();
        world.app.edit(&author, id, 2, vec![Edit::Title("Again".into())], None, world.moment).await.unwrap();
    }

    async fn another_scale_puts_every_case_where_it_falls_on_it(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let mut cases = Vec::new();
        for (title, likelihood, consequence) in [("Low", 1, 3), ("High", 3, 4), ("Higher", 4, 4)] {
            let id = world.create(&author, title).await;
            let fields = json!({"rationale": "Longer journeys.", "direction": "NEGATIVE", "groups": ["age"],
                "initial": {"likelihood": likelihood, "consequence": consequence}});
            let impact = Edit::Element {
                list: List::Impacts,
                id: None,
                fields: fields.as_object().unwrap().clone(),
            };
            world.app.edit(&author, id, 1, vec![impact], None, world.moment).await.unwrap();
            cases.push(id);
        }
        let listed = async |band: Band| {
            let filter = Filter { bands: vec![band], ..Filter::default() };
            let order = Order { field: OrderField::Risk, ascending: true };
            let page = world.app.list_assessments(&author, &filter, order, &Window::default()).await.unwrap();
            page.nodes.into_iter().map(|(_, case)| case.head.title).collect::<Vec<_>>()
        };
        assert_eq!((listed(Band::Low).await, listed(Band::High).await, listed(Band::Extreme).await), (vec!["Low".into()], vec!["High".into()], vec!["Higher".into()]));
        let versions = async || {
            let heads = world.app.summaries(&author, &cases).await.unwrap();
            cases.iter().map(|id| heads[id].head.version).collect::<Vec<_>>()
        };
        let before = versions().await;
        let mut settings = Settings::default();
        for (threshold, from) in settings.scale.bands.iter_mut().zip([1, 2, 3, 12]) {
            threshold.from = from;
        }
        world.set(settings.clone()).await.unwrap();
        assert_eq!((listed(Band::Low).await, listed(Band::High).await), (Vec::<String>::new(), vec!["Low".to_owned()]));
        assert_eq!(listed(Band::Extreme).await, ["High", "Higher"]);
        assert_eq!(versions().await, before, "nothing happened to the cases themselves");
        assert_eq!(world.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
        // What is saved from now on falls on the same scale.
        world.app.edit(&author, cases[1], 2, vec![Edit::Title("Still high".into())], None, world.moment).await.unwrap();
        assert_eq!(listed(Band::Extreme).await, ["Still high", "Higher"]);
        world.set(Settings::default()).await.unwrap();
        assert_eq!(listed(Band::Extreme).await, ["Higher"]);
    }

    async fn a_case_is_never_saved_under_settings_that_were_changed_meanwhile(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let fields = json!({"rationale": "Longer journeys.", "direction": "NEGATIVE", "groups": ["age"],
            "initial": {"likelihood": 3, "consequence": 4}});
        let impact = || Edit::Element {
            list: List::Impacts,
            id: None,
            fields: fields.as_object().unwrap().clone(),
        };
        let work = async {
            for number in 0..10 {
                let id = loop {
                    let new = CreateAssessment {
                        organisation: "T6Y0W".into(),
                        title: format!("Case {number}"),
                        proposal: Map::new(),
                        form: None,
                        workflow: None,
                        screening: None,
                    };
                    match world.app.create(&author, new, None, world.moment).await {
                        Ok(changed) => break changed.view.case.id,
                        Err(Error::Retry) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                };
                while let Err(error) = world.app.edit(&author, id, 1, vec![impact()], None, world.moment).await {
                    assert!(matches!(error, Error::Retry), "{error:?}");
                }
            }
        };
        let rescale = async {
            for high in [12, 15, 12, 15, 12] {
                let mut settings = Settings::default();
                settings.scale.bands[3].from = high;
                while let Err(error) = world.set(settings.clone()).await {
                    assert!(matches!(error, Error::Retry), "{error:?}");
                }
            }
        };
        tokio::join!(work, rescale);
        let filter = Filter { bands: vec![Band::Extreme], ..Filter::default() };
        assert_eq!(world.app.count_assessments(&author, &filter).await.unwrap(), 10);
    }

    async fn a_panel_is_that_of_its_own_case(database) {
        let world = World::new(database).await;
        world.set(of_anybody(1)).await.unwrap();
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

    async fn of_fifty_guesses_side_by_side_ten_are_looked_at(database) {
        let world = World::new(database).await;
        world.person("guessed", Role::Author).await;
        let guesses = (0..50).map(|number| {
            let app = world.app.clone();
            let moment = world.moment;
            tokio::spawn(async move {
                let client = ClientAddress("192.0.2.9".into(), String::new());
                let wrong = SecretString::from(format!("a wrong and long guess {number}"));
                loop {
                    match app.sign_in("guessed@example.org", wrong.clone(), client.clone(), moment).await {
                        Err(Error::Retry) => {}
                        other => return other,
                    }
                }
            })
        });
        let (mut looked_at, mut refused) = (0, 0);
        for guess in futures::future::join_all(guesses).await {
            match guess.unwrap() {
                Err(Error::Invalid(_)) => looked_at += 1,
                Err(Error::LimitExceeded(_)) => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((looked_at, refused), (10, 40));
    }

    async fn asking_for_a_new_password_does_as_much_for_nobody_as_for_somebody(database) {
        let world = World::new(database).await;
        for name in ["known", "disabled"] {
            world.person(name, Role::Author).await;
        }
        let unasked = world.person("roleless", Role::Author).await;
        world.app.revoke_role(unasked.person, world.organisation, Role::Author, None, world.moment).await.unwrap();
        world.app.set_disabled("disabled@example.org", true, world.moment).await.unwrap();
        let mut needed = Vec::new();
        for name in ["known", "unknown", "disabled", "roleless"] {
            let before = database.statements.load(std::sync::atomic::Ordering::Relaxed);
            let email = format!("{name}@example.org");
            let client = ClientAddress("192.0.2.7".into(), String::new());
            world.app.request_password_reset(&email, client, world.moment).await.unwrap();
            needed.push(database.statements.load(std::sync::atomic::Ordering::Relaxed) - before);
        }
        assert_eq!(needed, [needed[0]; 4]);
        assert_eq!(database.number("SELECT count(*) FROM outbox_message").await, 1, "and only who is known is mailed");
    }

    async fn an_address_waits_after_too_many_tokens_that_are_none_and_no_other_does(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let (app, moment) = (&world.app, world.moment);
        let new = "another long sentence";
        let reset = async |token: &str, from: &str| {
            let client = ClientAddress(from.into(), String::new());
            app.reset_password(&SecretString::from(token), SecretString::from(new), client, moment).await
        };
        let right = SecretString::from("ehia_r_right");
        let (digest, later) = (ehia::identity::token::digest(&right), moment.at + chrono::TimeDelta::hours(1));
        database.store.write(async |tx| tx.add_reset(&digest, author.person, moment.at, later).await).await.unwrap();
        // All of a /64 are one host; the /64 beside it is another.
        for number in 0..200 {
            let told = reset(&format!("ehia_r_{number}"), &format!("2001:db8:0:1:{number:x}::1")).await;
            assert_eq!(violation(told).code, "EXPIRED");
        }
        for from in ["2001:db8:0:1:ffff::2", "2001:db8:0:1::"] {
            let told = reset("ehia_r_right", from).await;
            assert!(matches!(told, Err(Error::LimitExceeded(_))), "{told:?}");
        }
        assert_eq!(violation(reset("ehia_r_wrong", "2001:db8:0:2::1").await).code, "EXPIRED");
        assert_eq!(violation(reset("ehia_r_wrong", "192.0.2.1").await).code, "EXPIRED");
        reset("ehia_r_right", "2001:db8:0:2::1").await.unwrap();
    }

    async fn nothing_is_hashed_for_a_token_that_is_none(database) {
        let world = World::new(database).await;
        let hashed = std::cell::Cell::new(0);
        let queue = (0..20).map(|_| async {
            ehia::identity::password::hash("a long and unusual sentence".into()).await.unwrap();
            hashed.set(hashed.get() + 1);
        });
        // Hashing goes by turns: who asked for one now would wait until all of those are done.
        let reset = async {
            let (token, new) = (SecretString::from("ehia_r_none"), SecretString::from("another long sentence"));
            let told = world.app.reset_password(&token, new, ClientAddress::default(), world.moment).await;
            assert_eq!(violation(told).code, "EXPIRED");
            assert!(hashed.get() < 20, "it waited for its turn to hash");
        };
        tokio::join!(futures::future::join_all(queue), reset);
    }

    async fn a_new_password_and_a_disabled_account_end_all_access(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let (app, moment) = (&world.app, world.moment);
        let sign_in = async |password: &str| {
            let password = SecretString::from(password);
            app.sign_in("author@example.org", password, ClientAddress::default(), moment).await
        };
        let until = moment.today + chrono::Days::new(30);
        let access = async |password: &str| {
            let session = sign_in(password).await.unwrap().token;
            let (token, _) =
                app.issue_token(&author, Some(&session), "reporting", true, until, moment).await.unwrap();
            [session, token]
        };
        let works = async |bearer: &SecretString| app.actor(Some(bearer), moment).await.is_ok();
        let first = access("a long and unusual sentence").await;
        for bearer in &first {
            assert!(works(bearer).await);
        }
        let [reset, other] = ["ehia_r_one", "ehia_r_other"].map(SecretString::from);
        for link in [&reset, &other] {
            let digest = ehia::identity::token::digest(link);
            let later = moment.at + chrono::TimeDelta::hours(1);
            database.store
                .write(async |tx| tx.add_reset(&digest, author.person, moment.at, later).await)
                .await
                .unwrap();
        }
        let new = "another long sentence";
        app.reset_password(&reset, SecretString::from(new), ClientAddress::default(), moment).await.unwrap();
        for bearer in &first {
            assert!(!works(bearer).await);
        }
        assert_eq!(violation(app.reset_password(&other, SecretString::from(new), ClientAddress::default(), moment).await).code, "EXPIRED");

        let second = access(new).await;
        app.set_disabled("author@example.org", true, moment).await.unwrap();
        app.set_disabled("author@example.org", false, moment).await.unwrap();
        for bearer in &second {
            assert!(!works(bearer).await, "what was ended does not come back");
        }
        assert!(sign_in(new).await.is_ok());
    }

    async fn a_token_issues_no_token_and_its_end_is_the_act_of_who_ended_it(database) {
        let world = World::new(database).await;
        let author = world.person("author", Role::Author).await;
        let (app, moment) = (&world.app, world.moment);
        let until = moment.today + chrono::Days::new(30);
        let password = SecretString::from("a long and unusual sentence");
        let client = ClientAddress::default();
        let session = app.sign_in("author@example.org", password, client, moment).await.unwrap().token;
        let issue = async |bearer: Option<&SecretString>| {
            app.issue_token(&author, bearer, "reporting", false, until, moment).await
        };
        let (token, first) = issue(Some(&session)).await.unwrap();
        assert_eq!(violation(issue(Some(&token)).await).code, "SIGN_IN");
        assert_eq!(violation(issue(None).await).code, "SIGN_IN");
        let (_, second) = issue(Some(&session)).await.unwrap();

        app.revoke_token(&author, first.id, moment).await.unwrap();
        app.revoke_token_of(author.person, second.id, moment).await.unwrap();
        let again = app.revoke_token_of(author.person, second.id, moment).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
        let window = Window { size: 100, ..Window::default() };
        let chain = world.organisation.uuid();
        let told = database.store.read().list_events(chain, Audience::ALL, &window).await.unwrap().nodes;
        let by: Vec<_> = (told.iter())
            .filter(|one| one.event.kind == EventKind::TokenRevoked)
            .map(|one| one.event.by)
            .collect();
        assert_eq!(by, [Some(author.person), None], "the operator is nobody of the organisation");
    }
}

#[tokio::test]
async fn an_account_waits_where_it_failed_ten_times_and_nobody_else_at_that_address() {
    let database = TestDatabase::sqlite().await;
    let world = World::new(&database).await;
    for name in ["careless", "careful"] {
        world.person(name, Role::Author).await;
    }
    let sign_in_from = async |network: &str, name: &str, password: &str| {
        let email = format!("{name}@example.org");
        let client = ClientAddress(network.into(), String::new());
        world.app.sign_in(&email, SecretString::from(password), client, world.moment).await
    };
    let sign_in = async |name: &str, password: &str| sign_in_from("192.0.2.1", name, password).await;
    for _ in 0..10 {
        assert_eq!(violation(sign_in("careless", "wrong wrong wrong").await).code, "INVALID");
    }
    let right = "a long and unusual sentence";
    for _ in 0..100 {
        assert!(matches!(sign_in("careless", right).await, Err(Error::LimitExceeded(_))));
    }
    assert!(sign_in("careful", right).await.is_ok());
    assert!(sign_in_from("192.0.2.2", "careless", right).await.is_ok(), "guesses elsewhere keep nobody out");

    // Guessed at from everywhere, it waits everywhere: ten of a hundred were made already.
    for number in 0..90 {
        let network = format!("198.51.100.{}", number / 9);
        assert_eq!(violation(sign_in_from(&network, "careless", "wrong wrong wrong").await).code, "INVALID");
    }
    let refused = sign_in_from("192.0.2.3", "careless", right).await;
    assert!(matches!(refused, Err(Error::LimitExceeded(_))), "{refused:?}");
    assert!(sign_in_from("192.0.2.3", "careful", right).await.is_ok());
}
