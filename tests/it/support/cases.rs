//! People, organisations and cases to put into a database. All synthetic.

use chrono::{DateTime, TimeDelta, Utc};
use ehia::{
    domain::{
        assessment::Content,
        case::{Case, Pinned, Process, RetentionClass},
        event::{EventKind, Happening},
        id::{OrganisationId, PersonId, Supply},
        organisation::{Organisation, OrganisationKind},
        settings::Settings,
        workflow::{Phase, Standing},
    },
    store::{
        Store, Tx,
        case::Projection,
        event::{Origin, Stream},
        person::Person,
    },
};
use serde_json::json;
use uuid::Uuid;

/// Identifiers in order, the same in every run.
pub fn supply() -> Supply {
    supply_from(1)
}

/// Identifiers from here on.
pub fn supply_from(first: u128) -> Supply {
    let mut next = first;
    Supply::new(move || {
        next += 1;
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + next)
    })
}

/// The instant that tests begin at, and some seconds later.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

/// Somebody's act at an instant.
pub fn act(by: PersonId, seconds: i64) -> Origin {
    Origin { by: Some(by), on_behalf_of: None, at: at(seconds) }
}

/// The chain of a case.
pub fn chain(case: &Case) -> Stream {
    Stream::Case { assessment: case.id, organisation: case.organisation }
}

/// What the tables need of a case being written.
pub fn drafting() -> Projection {
    Projection {
        phase: Phase::Drafting,
        standing: Standing::Pending,
        band: None,
        risk: 0,
        tasks: Vec::new(),
        remind_on: None,
        words: None,
        contribution: None,
    }
}

/// An organisation with one author.
pub struct World {
    pub organisation: Organisation,
    pub author: Person,
    pub supply: Supply,
}

impl World {
    /// Puts it into the store.
    pub async fn new(store: &Store) -> Self {
        let mut supply = supply();
        let organisation = organisation(&mut supply, "T6Y0W", "Synthetic ICB");
        let author = person(&mut supply, "Author");
        let world = Self { organisation, author, supply };
        store
            .write(async |tx| {
                tx.add_organisation(&world.organisation, at(0)).await?;
                tx.add_person(&world.author, None).await
            })
            .await
            .unwrap();
        world
    }

    /// A new case, not yet in the store.
    pub fn case(&mut self, title: &str) -> Case {
        case(&mut self.supply, self.organisation.id, self.author.id, title)
    }

    /// A new case, in the store with its first event.
    pub async fn stored(&mut self, store: &Store, title: &str) -> Case {
        let case = self.case(title);
        store.write(async |tx| begin(tx, &case, &mut self.supply).await).await.unwrap();
        case
    }
}

/// Inserts a case with its first event.
pub async fn begin(tx: &mut Tx, case: &Case, supply: &mut Supply) -> ehia::store::Result<()> {
    tx.insert(case, &drafting()).await?;
    let created = Happening::case(EventKind::AssessmentCreated, json!({"title": case.content.title}));
    tx.record(chain(case), act(case.author, 0), &[created], supply).await.map(drop)
}

/// Saves a case and tells of it.
pub async fn save(
    tx: &mut Tx,
    case: &Case,
    expected: u32,
    projection: &Projection,
) -> ehia::store::Result<()> {
    tx.save(case, expected, projection).await?;
    edited(tx, case).await
}

/// Tells of a case that was written.
pub async fn edited(tx: &mut Tx, case: &Case) -> ehia::store::Result<()> {
    let edited = Happening::case(EventKind::AssessmentEdited, json!({}));
    tx.record(chain(case), act(case.author, 0), &[edited], &mut ehia::clock::supply()).await.map(drop)
}

pub fn organisation(supply: &mut Supply, ods_code: &str, name: &str) -> Organisation {
    Organisation {
        id: supply.fresh(),
        system: None,
        ods_code: ods_code.into(),
        name: name.into(),
        kind: OrganisationKind::Icb,
        opened: None,
        closed: None,
        settings: Settings::default(),
    }
}

pub fn person(supply: &mut Supply, name: &str) -> Person {
    let id: PersonId = supply.fresh();
    Person {
        id,
        name: name.into(),
        email: format!("{}.{id}@example.org", name.replace(' ', ".")),
        disabled_at: None,
        created_at: at(0),
    }
}

pub fn case(supply: &mut Supply, organisation: OrganisationId, author: PersonId, title: &str) -> Case {
    let id = supply.fresh();
    Case {
        id,
        reference: format!("T6Y0W-2026-{id}"),
        organisation,
        version: 1,
        revision: 1,
        frozen: false,
        form: Pinned { key: "ehia".into(), version: 1 },
        workflow: Pinned { key: "ehia".into(), version: 1 },
        state: "draft".into(),
        author,
        content: Content::titled(title),
        process: Process::default(),
        changed: std::collections::BTreeMap::new(),
        shares: std::collections::BTreeMap::new(),
        retention: RetentionClass::WithDecision,
        legal_hold: false,
        created_at: at(0),
        updated_at: at(0),
    }
}
