//! What the databases hold while they are measured: some two hundred cases, written by the store, and each of them many times
//! over, copied by SQL from table to table. All synthetic.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use ehia::{
    app::{App, NewOrganisation, NewPerson},
    clock,
    domain::{
        assessment::{Content, Frame},
        case::{Case, Pinned, Process, RetentionClass},
        event::{EventKind, Happening},
        form::{self, Form},
        group::Catalogue,
        id::{AssessmentId, Identifier as _, OrganisationId, PersonId, Supply},
        import,
        organisation::OrganisationKind,
        permission::{Actor, Grant, Role},
        place::shipped::FILES,
        risk::Contribution,
        search,
        settings::Settings,
        task,
        workflow::definition::Workflow,
    },
    store::{
        Store,
        case::Projection,
        event::{Origin, Stream},
        task::TaskRow,
    },
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

/// Cases that are written one by one.
const TEMPLATES: u32 = 200;
const IMPACTS: usize = 15;
/// People who write cases. A planner that knows of one author only takes everybody to have written all of them.
const AUTHORS: u32 = 60;
/// Organisations, all of which one person oversees.
pub const ORGANISATIONS: [&str; 6] = ["T6Y0W", "RM1", "RGP", "RCX", "RGN", "RGT"];
/// Districts of Norfolk and Suffolk, and a ward.
const PLACES: [&str; 12] = [
    "E07000143",
    "E07000144",
    "E07000145",
    "E07000146",
    "E07000147",
    "E07000148",
    "E07000149",
    "E07000200",
    "E07000202",
    "E07000203",
    "E07000244",
    "E05012745",
];
/// Copies that are entered by one statement.
const AT_ONCE: usize = 500;
/// The tables of a case, with the column that names it: all that follows from one, so that nothing is left for the next opening
/// to derive. Events are of templates alone.
const TABLES: [(&str, &str); 13] = [
    ("assessment", "id"),
    ("assessment_impact", "assessment_id"),
    ("impact_group", "assessment_id"),
    ("assessment_area", "assessment_id"),
    ("element", "assessment_id"),
    ("involvement", "assessment_id"),
    ("assessment_share", "assessment_id"),
    ("reliance", "assessment_id"),
    ("interdependency", "assessment_id"),
    ("screening_day", "assessment_id"),
    (WORDS, "assessment_id"),
    ("task", "assessment_id"),
    ("risk_ledger", "assessment_id"),
];
/// The table of the words that cases are found by.
const WORDS: &str = "assessment_search";
/// What PostgreSQL indexes of words, as it was made of those of a template.
const LOOK_UP: &str = "CREATE OR REPLACE FUNCTION assessment_search_vector(words text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT vector FROM bench_template WHERE bench_template.words = $1
$$";

/// Fills an empty database, which is ready, with so many cases. Who oversees all of them.
pub async fn fill(app: &App, store: &Store, url: &str, size: u32) -> anyhow::Result<Actor> {
    let moment = clock::now();
    let files = FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    app.load_reference(files, moment, || ()).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let mut organisations = Vec::new();
    for ods_code in ORGANISATIONS {
        let new = NewOrganisation {
            ods_code: ods_code.into(),
            name: format!("{ods_code} (synthetic)"),
            kind: OrganisationKind::Icb,
            opened: None,
            closed: None,
            settings: Settings::default(),
        };
        organisations.push(app.set_up_organisation(new, moment).await?.id);
    }
    let roles = organisations.iter().map(|id| (*id, Role::Governance, None)).collect();
    let email = "overseer@example.org".to_owned();
    let new = NewPerson { name: "Overseer".into(), email, password: None, roles };
    let person = app.add_person(new, None, moment).await?;
    let mut authors = Vec::new();
    for number in 1..=AUTHORS {
        let (name, email) = (format!("Author {number}"), format!("author-{number}@example.org"));
        authors.push(
            app.add_person(NewPerson { name, email, password: None, roles: Vec::new() }, None, moment)
                .await?,
        );
    }
    let mut filling = Filling {
        document: serde_json::from_str(include_str!("../../examples/05-floating-support.json"))?,
        groups: Catalogue::shipped(),
        form: Form::shipped("ehia", 1).context("the form is shipped")?,
        workflow: Workflow::shipped("ehia", 1).context("the workflow is shipped")?,
        settings: Settings::default(),
        organisations: organisations.clone(),
        authors,
        supply: clock::supply(),
        dice: 20_261_123,
    };
    let mut templates = Vec::new();
    for number in 0..TEMPLATES.min(size) {
        let (case, projection) = filling.template(number)?;
        let id = case.id;
        let supply = &mut filling.supply;
        store
            .write(async |tx| {
                tx.insert(&case, &projection).await?;
                let stream = Stream::Case { assessment: case.id, organisation: case.organisation };
                let origin = Origin { by: Some(case.author), on_behalf_of: None, at: case.created_at };
                let begun = Happening::case(EventKind::AssessmentCreated, json!({ "revision": 1 }));
                tx.record(stream, origin, &[begun], supply).await?;
                Ok::<_, ehia::store::Error>(())
            })
            .await?;
        templates.push(id);
    }
    let bare = sea_orm::Database::connect(url).await?;
    copy(&bare, &templates, size, &mut filling.supply).await?;
    let without = format!("NOT EXISTS (SELECT 1 FROM {WORDS} WHERE assessment_id = assessment.id)");
    let without = cases(&bare, &without).await?.len();
    anyhow::ensure!(without == 0, "{without} cases have no words");
    bare.close().await?;
    let grants = organisations.into_iter().map(|organisation| Grant {
        organisation,
        role: Role::Governance,
        until: None,
    });
    Ok(Actor { person, grants: grants.collect(), deputises: Vec::new(), read_only: false })
}

/// The cases there are, in order, as far as a condition in SQL lets them pass.
pub async fn cases(bare: &DatabaseConnection, condition: &str) -> anyhow::Result<Vec<AssessmentId>> {
    let sql = format!("SELECT id FROM assessment WHERE {condition} ORDER BY id");
    let rows = bare.query_all_raw(Statement::from_string(bare.get_database_backend(), sql)).await?;
    rows.iter().map(|row| Ok(AssessmentId::from(row.try_get::<Uuid>("", "id")?))).collect()
}

/// Enters copies of the templates, in turn, until there are so many cases.
async fn copy(
    bare: &DatabaseConnection,
    of: &[AssessmentId],
    size: u32,
    supply: &mut Supply,
) -> anyhow::Result<()> {
    let sqlite = bare.get_database_backend() == DbBackend::Sqlite;
    let uuid = |id: Uuid| if sqlite { format!("x'{}'", id.simple()) } else { format!("'{id}'::uuid") };
    let kind = if sqlite { "blob" } else { "uuid" };
    bare.execute_unprepared(&format!(
        "CREATE TABLE bench_copy (number integer NOT NULL PRIMARY KEY, template {kind} NOT NULL, copy {kind} NOT NULL)"
    ))
    .await?;
    // The templates are the first of all cases.
    let pairs: Vec<(u32, AssessmentId)> = (TEMPLATES + 1..=size).zip(of.iter().copied().cycle()).collect();
    for some in pairs.chunks(AT_ONCE) {
        let values = some.iter().map(|(number, template)| {
            let copy: AssessmentId = supply.fresh();
            format!("({number}, {}, {})", uuid(template.uuid()), uuid(copy.uuid()))
        });
        let values = values.collect::<Vec<_>>().join(", ");
        bare.execute_unprepared(&format!("INSERT INTO bench_copy VALUES {values}")).await?;
    }
    for (table, key) in TABLES {
        let columns = columns(bare, table).await?;
        let values = columns.iter().map(|column| match column.as_str() {
            own if own == key => "b.copy".to_owned(),
            "reference" => "t.reference || '-' || b.number".to_owned(),
            // That of its words, which SQLite counts over all cases; a task has its place among those of its case.
            "place" if table != "task" => "b.number".to_owned(),
            own => format!("t.\"{own}\""),
        });
        let values = values.collect::<Vec<_>>().join(", ");
        let columns = columns.iter().map(|own| format!("\"{own}\"")).collect::<Vec<_>>().join(", ");
        let enter = format!(
            "INSERT INTO {table} ({columns}) SELECT {values} \
             FROM bench_template t JOIN bench_copy b ON b.template = t.{key} ORDER BY b.number"
        );
        // Apart, so that nothing is set aside of what is read from the table that is written.
        bare.execute_unprepared(&format!("CREATE TABLE bench_template AS SELECT * FROM {table}")).await?;
        if table == WORDS && !sqlite {
            enter_words(bare, &enter).await?;
        } else {
            bare.execute_unprepared(&enter).await?;
        }
        bare.execute_unprepared("DROP TABLE bench_template").await?;
    }
    bare.execute_unprepared("DROP TABLE bench_copy").await?;
    Ok(())
}

/// Enters words on PostgreSQL, which makes of each row's what it indexes, and takes milliseconds for it. Copies have the words of
/// their template: what was made of those is looked up meanwhile, and indexed at once when all are there.
async fn enter_words(bare: &DatabaseConnection, enter: &str) -> anyhow::Result<()> {
    let making =
        definition(bare, "pg_get_functiondef('assessment_search_vector(text)'::regprocedure)").await?;
    let index = definition(bare, "pg_get_indexdef('index_assessment_search_vector'::regclass)").await?;
    let without = "DROP INDEX index_assessment_search_vector";
    for statement in [LOOK_UP, without, enter, making.as_str(), index.as_str()] {
        bare.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// How something is defined, as PostgreSQL says it.
async fn definition(bare: &DatabaseConnection, asked: &str) -> anyhow::Result<String> {
    let sql = format!("SELECT {asked} AS definition");
    let row = bare.query_one_raw(Statement::from_string(bare.get_database_backend(), sql)).await?;
    Ok(row.context("PostgreSQL says how it is defined")?.try_get("", "definition")?)
}

/// The columns of a table that are written: what PostgreSQL makes of others is not.
async fn columns(bare: &DatabaseConnection, table: &str) -> anyhow::Result<Vec<String>> {
    let backend = bare.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
        _ => format!(
            "SELECT column_name AS name FROM information_schema.columns \
             WHERE table_name = '{table}' AND table_schema = current_schema() AND is_generated = 'NEVER'"
        ),
    };
    let rows = bare.query_all_raw(Statement::from_string(backend, sql)).await?;
    rows.iter().map(|row| Ok(row.try_get("", "name")?)).collect()
}

/// What cases are made of.
struct Filling {
    document: Value,
    groups: Catalogue,
    form: &'static Form,
    workflow: &'static Workflow,
    settings: Settings,
    organisations: Vec<OrganisationId>,
    authors: Vec<PersonId>,
    supply: Supply,
    dice: u64,
}

impl Filling {
    /// A number that looks random and is the same in every run.
    fn roll(&mut self, sides: usize) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.dice >> 33).unwrap_or_default() % sides.max(1)
    }

    fn content(&mut self) -> anyhow::Result<Content> {
        let mut document = self.document.clone();
        let codes: Vec<String> = self.groups.iter().map(|group| group.code.clone()).collect();
        let impacts = document["impacts"].as_array().cloned().unwrap_or_default();
        let mut impacts: Vec<Value> = impacts.into_iter().cycle().take(IMPACTS).collect();
        for (place, impact) in impacts.iter_mut().enumerate() {
            let direction = ["NEGATIVE", "NEGATIVE", "POSITIVE", "NEUTRAL", "UNKNOWN"][self.roll(5)];
            let (likelihood, consequence) = (1 + self.roll(5), 1 + self.roll(5));
            // Copies of one impact would have its identifier.
            impact["id"] = json!(format!("impact {place}"));
            impact["direction"] = json!(direction);
            // Half of them on the few groups that most cases are about.
            let most = if self.roll(2) == 0 { 12 } else { codes.len() };
            impact["groups"] = json!([codes[self.roll(most)]]);
            impact["initial"] = json!({ "likelihood": likelihood, "consequence": consequence });
            impact["target"] = json!({ "likelihood": 1, "consequence": consequence });
        }
        document["impacts"] = impacts.into();
        for list in ["mitigations", "interdependencies"] {
            document[list] = json!([]);
        }
        document["proposal"]["footprint"] = match self.roll(3) {
            0 => json!([PLACES[self.roll(PLACES.len())], PLACES[self.roll(PLACES.len())]]),
            _ => json!([PLACES[self.roll(PLACES.len())]]),
        };
        document["proposal"]["serviceLine"] = json!(format!("Line {}", self.roll(20)));
        document["proposal"]["programme"] = json!(format!("Programme {}", self.roll(8)));
        let draft = import::read(&document, &self.groups, &mut self.supply);
        let mut content = draft.map_err(|violations| anyhow::anyhow!("{violations:?}"))?.content;
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).context("there is such a day")?;
        content.proposal.effective_from = Some(day + Days::new(self.roll(700) as u64));
        content.proposal.effective_to =
            content.proposal.effective_from.map(|from| from + Days::new(200 + self.roll(700) as u64));
        Ok(content)
    }

    fn template(&mut self, number: u32) -> anyhow::Result<(Case, Projection)> {
        let content = self.content()?;
        let state = &self.workflow.states[number as usize % self.workflow.states.len()];
        let now = clock::now().at;
        let case = Case {
            id: self.supply.fresh(),
            reference: format!("BENCH-{number:04}"),
            organisation: self.organisations[number as usize / 3 % self.organisations.len()],
            version: 1,
            revision: 1,
            frozen: false,
            form: Pinned { key: "ehia".into(), version: 1 },
            workflow: self.workflow.pinned(),
            state: state.name.clone(),
            author: self.authors[number as usize % self.authors.len()],
            content,
            process: Process::default(),
            changed: BTreeMap::new(),
            shares: BTreeMap::new(),
            retention: RetentionClass::WithDecision,
            legal_hold: false,
            created_at: now - Days::new(90),
            updated_at: now - Days::new(30),
        };
        let tasks = task::listed(&case, self.workflow, self.settings.composition());
        let tasks = tasks.into_iter().map(TaskRow::from).collect();
        let scale = &self.settings.scale;
        let mut projection = Projection::new(&case, state.phase, state.standing, scale, tasks);
        let visibility = form::visibility(self.form, &case.content);
        let words = search::words(&case.reference, &case.content, Some(self.form), &visibility);
        projection.words = Some(words);
        let frame = Frame { groups: &self.groups, scale };
        let contribution = Contribution::of(&case, state.phase, state.standing, frame);
        projection.contribution = Some((contribution, case.updated_at));
        Ok((case, projection))
    }
}
