//! What the databases hold while they are measured: the same cases in each. All synthetic.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use anyhow::Context as _;
use chrono::{Duration, NaiveDate};
use ehia::{
    app::{self, App, ClientAddress, NewOrganisation, NewPerson},
    clock,
    domain::{
        assessment::Content,
        calendar::Moment,
        case::{Case, Pinned, Process, RetentionClass, ShareLevel},
        edit::Edit,
        event::{EventKind, Happening},
        form::{self, Form},
        group::Catalogue,
        id::{AssessmentId, OrganisationId, PersonId, Supply},
        import,
        organisation::OrganisationKind,
        permission::{Actor, Grant, Role},
        rating::Scale,
        search,
        settings::Settings,
        task::{self, Doer},
        workflow::definition::{State, Workflow},
    },
    store::{
        self, Store, Tx,
        case::Projection,
        event::{Origin, Stream},
        task::TaskRow,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use crate::report;

/// How many impacts a detailed case has.
const DETAILED: usize = 20;
/// How many impacts all other cases have.
const SMALL: usize = 2;
/// Every so many cases is a detailed one.
const EVERY: u32 = 50;
/// Complete drafts that have two revisions.
const REVISED: u32 = 20;
/// Every so many cases is shared with another organisation.
const SHARED: u32 = 250;
const OWN: &str = "T6Y0W";
const TRUST: &str = "RM1";
/// Cases in one transaction.
const AT_ONCE: u32 = 500;
/// Synthetic examples, each complete.
const EXAMPLES: [&str; 10] = [
    include_str!("../../examples/01-marram-house.json"),
    include_str!("../../examples/02-teasel-lodge.json"),
    include_str!("../../examples/03-heron-centre.json"),
    include_str!("../../examples/04-home-outreach.json"),
    include_str!("../../examples/05-floating-support.json"),
    include_str!("../../examples/06-samphire-court.json"),
    include_str!("../../examples/07-joint-replacement-threshold.json"),
    include_str!("../../examples/08-maternity-relocation.json"),
    include_str!("../../examples/09-hearing-procurement.json"),
    include_str!("../../examples/10-blood-pressure-core20.json"),
];

/// A filled database, and who asks.
pub struct Filled {
    /// Its store, for what is measured without a door.
    pub app: App,
    /// Sees every case of the organisation.
    pub reader: Signed,
    /// Wrote the cases that are submitted.
    pub author: Signed,
    /// Wrote one in twenty cases, and reads those and what is published.
    pub writer: Signed,
    /// Sees what was shared with another organisation, one case in [`SHARED`].
    pub guest: Signed,
    /// Whose cases they are.
    pub organisation: OrganisationId,
    /// Cases with 20 impacts.
    pub detailed: Vec<AssessmentId>,
    /// Complete drafts, ready to be submitted once.
    pub drafts: Vec<AssessmentId>,
    /// Complete drafts with two revisions.
    pub revised: Vec<AssessmentId>,
}

/// Somebody signed in.
pub struct Signed {
    /// Who.
    pub actor: Actor,
    /// Their bearer token.
    pub token: String,
}

/// Documents to make cases of.
struct Documents {
    whole: Vec<Value>,
    detailed: Vec<Value>,
    small: Vec<Value>,
}

impl Documents {
    fn read() -> anyhow::Result<Self> {
        let mut whole: Vec<Value> =
            EXAMPLES.into_iter().map(serde_json::from_str).collect::<Result<_, _>>()?;
        // What they rely on is not in this database.
        whole.iter_mut().for_each(alone);
        let long =
            |document: &&Value| document["impacts"].as_array().is_some_and(|all| all.len() >= DETAILED);
        let detailed = whole.iter().filter(long).map(|document| cut(document, DETAILED)).collect();
        let mut small: Vec<Value> = whole.iter().map(|document| cut(document, SMALL)).collect();
        for document in &mut small {
            let few = document["answers"].as_object().into_iter().flatten();
            let few = few.filter(|(_, value)| value.is_string()).take(6);
            document["answers"] = few.map(|(key, value)| (key.clone(), value.clone())).collect();
        }
        Ok(Self { whole, detailed, small })
    }
}

/// Takes out what names other cases.
fn alone(document: &mut Value) {
    if let Some(fields) = document.as_object_mut() {
        fields.remove("interdependencies");
    }
    for mitigation in document["mitigations"].as_array_mut().into_iter().flatten() {
        mitigation.as_object_mut().map(|fields: &mut Map<String, Value>| fields.remove("reliances"));
    }
}

/// The document with its first impacts only, and what those cite.
fn cut(document: &Value, impacts: usize) -> Value {
    let mut document = document.clone();
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let kept: Vec<Value> = list(&document, "impacts").into_iter().take(impacts).collect();
    let ids: BTreeSet<&str> = kept.iter().filter_map(|impact| impact["id"].as_str()).collect();
    let mut mitigations = list(&document, "mitigations");
    for mitigation in &mut mitigations {
        let on = list(mitigation, "impacts")
            .into_iter()
            .filter(|id| id.as_str().is_some_and(|id| ids.contains(id)));
        mitigation["impacts"] = on.collect();
    }
    mitigations.retain(|mitigation| mitigation["impacts"].as_array().is_some_and(|on| !on.is_empty()));
    document["mitigations"] = mitigations.into();
    document["impacts"] = kept.into();
    document
}

/// Fills a database with `count` cases of so many authors beside `drafts` complete ones, and writes the content of all of them to a
/// file that PostgreSQL reads by COPY.
pub async fn fill(
    name: &str,
    url: &str,
    count: u32,
    drafts: u32,
    authors: u32,
    documents: Option<&Path>,
) -> anyhow::Result<Filled> {
    let mut documents = documents.map(File::create).transpose()?.map(BufWriter::new);
    let store = Store::open(url, store::Options::default()).await?;
    store.migrate().await?;
    let app = App::new(store.clone(), app::Options::default());
    let moment = clock::now();
    let filled = store.read().organisation_by_ods_code(OWN).await?.is_some();
    let organisations = [(OWN, OrganisationKind::Icb), (TRUST, OrganisationKind::Trust)];
    if !filled {
        for (ods_code, kind) in organisations {
            app.set_up_organisation(organisation(ods_code, kind), moment).await?;
        }
    }
    let organisation = organisation_of(&store, OWN).await?;
    let trust = organisation_of(&store, TRUST).await?;
    let sign = async |name: &str, of, role| sign(&app, &store, of, name, role, moment).await;
    let reader = sign("Reader", organisation, Role::Governance).await?;
    let author = sign("Author", organisation, Role::Author).await?;
    let writer = sign("Writer", organisation, Role::Author).await?;
    let guest = sign("Guest", trust, Role::Reviewer).await?;
    let mut filled_in = Filled {
        app: app.clone(),
        reader,
        author,
        writer,
        guest,
        organisation,
        detailed: Vec::new(),
        drafts: Vec::new(),
        revised: Vec::new(),
    };
    if filled {
        report::note(format!("{name} is filled already"));
        return Ok(filled_in);
    }
    // Who is told of a submission.
    add(&app, organisation, "Secretary", Role::PanelSecretary, None, moment).await?;
    add(&app, organisation, "Chair", Role::PanelChair, None, moment).await?;
    let mut written_by = vec![filled_in.writer.actor.person];
    for number in 1..authors {
        written_by
            .push(add(&app, organisation, &format!("Author {number}"), Role::Author, None, moment).await?);
    }
    let mut filling = Filling {
        documents: Documents::read()?,
        groups: Catalogue::shipped(),
        form: Form::shipped("ehia", 1).context("the form is shipped")?,
        workflow: Workflow::shipped("ehia", 1).context("the workflow is shipped")?,
        scale: Settings::default().scale,
        organisation,
        trust,
        authors: written_by,
        supply: clock::supply(),
        moment,
    };
    for first in (0..count).step_by(AT_ONCE as usize) {
        let last = count.min(first + AT_ONCE);
        let batch = (first..last).map(|number| filling.case(number)).collect::<anyhow::Result<Vec<_>>>()?;
        store.write(async |tx| filling.insert(tx, &batch).await).await?;
        for (case, _) in &batch {
            if let Some(file) = &mut documents {
                let content = serde_json::to_string(&case.content)?.replace('\\', "\\\\");
                writeln!(file, "{}\t{content}", case.id)?;
            }
        }
        filled_in.detailed.extend(
            batch
                .iter()
                .map(|(case, _)| case)
                .filter(|case| case.content.impacts.len() == DETAILED)
                .map(|case| case.id),
        );
        if last.is_multiple_of(10_000) {
            report::note(format!("{name}: {last} of {count} cases"));
        }
    }
    let batch = (0..drafts)
        .map(|number| filling.draft(number, filled_in.author.actor.person))
        .collect::<anyhow::Result<Vec<_>>>()?;
    store.write(async |tx| filling.insert(tx, &batch).await).await?;
    if let Some(mut file) = documents {
        file.flush()?;
    }
    filled_in.revised = revise(&store, &app, &mut filling, drafts, &filled_in.author.actor).await?;
    filled_in.drafts = batch.into_iter().map(|(case, _)| case.id).collect();
    Ok(filled_in)
}

/// Complete drafts, numbered from `first`, whose first revision is frozen and which their author changed since.
async fn revise(
    store: &Store,
    app: &App,
    filling: &mut Filling,
    first: u32,
    author: &Actor,
) -> anyhow::Result<Vec<AssessmentId>> {
    let mut batch = (first..first + REVISED)
        .map(|number| filling.draft(number, author.person))
        .collect::<anyhow::Result<Vec<_>>>()?;
    for (case, _) in &mut batch {
        case.frozen = true;
    }
    store.write(async |tx| filling.insert(tx, &batch).await).await?;
    let mut revised = Vec::new();
    for (case, _) in batch {
        let summary = json!({ "summary": "It closes a month later (synthetic).", "saving": "1000.00" });
        let edits = vec![
            Edit::Title(format!("{}, revised", case.content.title)),
            Edit::Proposal(summary.as_object().cloned().unwrap_or_default()),
            Edit::Answer { question: "monitoring".into(), value: "The quality lead watches monthly.".into() },
        ];
        let changed = app.edit(author, case.id, case.version, edits, None, clock::now()).await;
        let changed = changed.map_err(|error| anyhow::anyhow!("not revised: {error:?}"))?;
        anyhow::ensure!(changed.view.case.revision == 2, "a change after a frozen revision begins another");
        revised.push(case.id);
    }
    Ok(revised)
}

async fn organisation_of(store: &Store, ods_code: &str) -> anyhow::Result<OrganisationId> {
    let found = store.read().organisation_by_ods_code(ods_code).await?;
    Ok(found.context("the organisation is there")?.id)
}

fn organisation(ods_code: &str, kind: OrganisationKind) -> NewOrganisation {
    NewOrganisation {
        ods_code: ods_code.into(),
        name: format!("{ods_code} (synthetic)"),
        kind,
        opened: None,
        closed: None,
        settings: Settings::default(),
    }
}

async fn add(
    app: &App,
    organisation: OrganisationId,
    name: &str,
    role: Role,
    password: Option<SecretString>,
    moment: Moment,
) -> anyhow::Result<PersonId> {
    let email = format!("{}@example.org", name.replace(' ', "."));
    let roles = vec![(organisation, role, None)];
    Ok(app.add_person(NewPerson { name: name.into(), email, password, roles }, None, moment).await?)
}

/// Signs somebody in, after adding them unless they are known.
async fn sign(
    app: &App,
    store: &Store,
    organisation: OrganisationId,
    name: &str,
    role: Role,
    moment: Moment,
) -> anyhow::Result<Signed> {
    let password = || SecretString::from("a password for measuring only");
    let email = format!("{name}@example.org");
    let person = match store.read().person_by_email(&email).await? {
        Some(person) => person.id,
        None => add(app, organisation, name, role, Some(password()), moment).await?,
    };
    let signed = app.sign_in(&email, password(), ClientAddress::default(), moment).await?;
    let grants = vec![Grant { organisation, role, until: None }];
    let actor = Actor { person, grants, deputises: Vec::new(), read_only: false };
    Ok(Signed { actor, token: signed.token.expose_secret().to_owned() })
}

/// What cases are made of.
struct Filling {
    documents: Documents,
    groups: Catalogue,
    form: &'static Form,
    workflow: &'static Workflow,
    scale: Scale,
    organisation: OrganisationId,
    trust: OrganisationId,
    authors: Vec<PersonId>,
    supply: Supply,
    moment: Moment,
}

impl Filling {
    /// A case among the many: of some author, in some state, changed some minutes after the one before.
    fn case(&mut self, number: u32) -> anyhow::Result<(Case, Projection)> {
        let of = if number.is_multiple_of(EVERY) { &self.documents.detailed } else { &self.documents.small };
        let mut content = read(nth(of, number / EVERY + number), &self.groups, &mut self.supply)?;
        content.title = format!("{} ({number})", content.title);
        content.proposal.decision_date =
            NaiveDate::from_num_days_from_ce_opt(739_500 + i32::try_from(number % 1_000)?);
        let state = nth(&self.workflow.states, number / 7 + number % 3);
        let others = u32::try_from(self.authors.len())?.saturating_sub(1).max(1);
        let author = *nth(&self.authors, number % others + number % 2);
        let (mut case, projection) = self.in_state(number, state, author, content);
        if number.is_multiple_of(SHARED) {
            case.shares.insert(self.trust, ShareLevel::Read);
        }
        Ok((case, projection))
    }

    /// A complete draft.
    fn draft(&mut self, number: u32, author: PersonId) -> anyhow::Result<(Case, Projection)> {
        let content = read(nth(&self.documents.whole, number), &self.groups, &mut self.supply)?;
        let state = self.workflow.state("draft").context("the workflow has drafts")?;
        Ok(self.in_state(10_000_000 + number, state, author, content))
    }

    fn in_state(
        &mut self,
        number: u32,
        state: &State,
        author: PersonId,
        content: Content,
    ) -> (Case, Projection) {
        let at = self.moment.at - Duration::minutes(10 * i64::from(number % 100_003));
        let case = Case {
            id: self.supply.fresh(),
            reference: format!("T6Y0W-2026-{number:07}"),
            organisation: self.organisation,
            version: 1,
            revision: 1,
            frozen: false,
            form: Pinned { key: "ehia".into(), version: 1 },
            workflow: self.workflow.pinned(),
            state: state.name.clone(),
            author,
            content,
            process: Process::default(),
            changed: BTreeMap::new(),
            shares: BTreeMap::new(),
            retention: RetentionClass::WithDecision,
            legal_hold: false,
            created_at: at - Duration::days(30),
            updated_at: at,
        };
        let quorum = Settings::default();
        let tasks = task::tasks(&case, self.workflow, quorum.composition()).into_iter().map(|task| {
            let (person, role) = match task.doer {
                Doer::Person(person) => (Some(person), None),
                Doer::Role(role) => (None, Some(role)),
            };
            TaskRow { kind: task.kind.as_str().into(), person, role, due: task.due, reason: task.reason }
        });
        let projection = Projection::new(&case, state.phase, state.standing, &self.scale, tasks.collect());
        let visibility = form::visibility(self.form, &case.content);
        let words = search::words(&case.reference, &case.content, Some(self.form), &visibility);
        (case, Projection { words: Some(words), ..projection })
    }

    async fn insert(&mut self, tx: &mut Tx, batch: &[(Case, Projection)]) -> store::Result<()> {
        for (case, projection) in batch {
            tx.insert(case, projection).await?;
            if case.frozen {
                tx.freeze(case, case.created_at, &mut self.supply).await?;
            }
            let stream = Stream::Case { assessment: case.id, organisation: case.organisation };
            let origin = Origin { by: Some(case.author), on_behalf_of: None, at: case.created_at };
            let begun = Happening::case(EventKind::AssessmentCreated, json!({ "revision": 1 }));
            tx.record(stream, origin, &[begun], &mut self.supply).await?;
        }
        Ok(())
    }
}

fn nth<T>(of: &[T], number: u32) -> &T {
    &of[number as usize % of.len()]
}

fn read(document: &Value, groups: &Catalogue, supply: &mut Supply) -> anyhow::Result<Content> {
    match import::read(document, groups, supply) {
        Ok(draft) => Ok(draft.content),
        Err(violations) => anyhow::bail!("an example cannot be read: {violations:?}"),
    }
}
