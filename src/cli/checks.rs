//! The rule book on the command line: what it says, and how often its rules fire.

use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    boot,
    cli::{
        demo, failure, import, organisation, output,
        trial::{self, Try},
    },
    clock,
    domain::{
        calendar::Moment,
        case::{Case, Process, RetentionClass},
        check::{self, Facts, Finding, OwnRule},
        definition::Definition as _,
        form::{Form, FormSubject},
        group::Catalogue,
        id::Supply,
        import::{Draft, read},
        organisation::OrganisationKind,
        place::{Reference, Told, shipped},
        settings::Settings,
        workflow::definition::Workflow,
    },
    settings::DatabaseSettings,
};

/// What may be asked of the rule book.
#[derive(Debug, Subcommand)]
pub enum ChecksCommand {
    /// Print every rule with its duty, as Markdown.
    List(List),
    /// Say on how many of the shipped examples and published assessments, and of given documents, each rule fires.
    Rates(Rates),
    /// Say which of the cases there are a draft of an organisation's rule would have flagged, and what became of them.
    /// Nothing is changed.
    Try(Try),
}

/// The rule book to print.
#[derive(Args, Debug)]
pub struct List {
    /// Print one JSON object instead of Markdown.
    #[arg(long)]
    json: bool,
}

/// Cases to count over.
#[derive(Args, Debug)]
pub struct Rates {
    /// More documents to count over, as `ehia import` reads them; `-` for standard input.
    files: Vec<String>,
    /// Count the rules of its own that are in force for the organisation with this ODS code, too.
    #[arg(long, value_name = "CODE")]
    organisation: Option<String>,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// Facts of published assessments, one document a line.
const PUBLISHED: &str = include_str!("../../examples/published.jsonl");

/// Answers what is asked of the rule book.
pub async fn run(command: ChecksCommand) -> anyhow::Result<ExitCode> {
    match command {
        ChecksCommand::List(List { json: true }) => output::json(&check::described())?,
        ChecksCommand::List(List { json: false }) => output::line(check::book().trim_end())?,
        ChecksCommand::Rates(command) => rates(&command).await?,
        ChecksCommand::Try(command) => trial::run(&command).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn rates(command: &Rates) -> anyhow::Result<()> {
    let shipped = demo::documents().chain(PUBLISHED.lines()).map(serde_json::from_str::<Value>);
    let mut documents: Vec<(String, Value)> = Vec::new();
    for document in shipped {
        documents.push(("a shipped document".to_owned(), document?));
    }
    for file in &command.files {
        for (line, document) in import::documents(file)? {
            match document {
                Ok(document) => documents.push((format!("{file}, line {line}"), document)),
                Err(reason) => bail!("{file}, line {line}: {reason}"),
            }
        }
    }
    let (mut held, moment) = (Holder::new()?, clock::now());
    if let Some(code) = &command.organisation {
        let app = boot::app(&command.database).await?;
        let of = organisation::find(&app, code).await?;
        held.own = app.rules_in_force(&of).await.map_err(failure::explain)?;
    }
    let mut cases = Vec::new();
    for (named, document) in documents {
        match held.findings(&document, moment, check::check) {
            Ok(Held { about, findings, .. }) => cases.push((about, findings)),
            Err(reason) => bail!("{named}: {reason}"),
        }
    }
    tell(command, cases.len(), &check::rates(&cases, &held.own))
}

fn tell(command: &Rates, cases: usize, rates: &[check::Rate]) -> anyhow::Result<()> {
    if command.json {
        let rules = rates.iter().map(|rate| {
            json!({
                "rule": rate.rule, "severity": rate.severity, "cases": rate.cases, "of": rate.of,
                "findings": rate.findings, "percent": rate.percent(), "firesOften": check::often(&rate.rule),
            })
        });
        return output::json(&json!({ "cases": cases, "rules": rules.collect::<Vec<_>>() }));
    }
    let mut sorted: Vec<_> = rates.iter().collect();
    sorted.sort_by_key(|rate| std::cmp::Reverse(rate.cases));
    let rows: Vec<[String; 5]> = sorted
        .into_iter()
        .map(|rate| {
            let why = if rate.is_often() { check::often(&rate.rule).unwrap_or("not explained") } else { "" };
            [
                format!("{} of {}", rate.cases, rate.of),
                format!("{} %", rate.percent()),
                rate.severity.as_str().to_lowercase(),
                rate.rule.clone(),
                why.to_owned(),
            ]
        })
        .collect();
    output::table(["cases", "rate", "severity", "rule", "why so often"], &rows)
}

/// A document that was held against rules.
pub(super) struct Held {
    /// Its title.
    pub title: String,
    /// What became of it, where the document says.
    pub decision: Option<String>,
    /// What its form is about.
    pub about: FormSubject,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// What documents are held against before they are anybody's case: the shipped forms, groups, settings and places.
pub(super) struct Holder {
    /// The organisation's own rules to hold them against.
    pub own: Vec<Arc<OwnRule>>,
    places: Reference,
    groups: Catalogue,
    settings: Settings,
    supply: Supply,
}

impl Holder {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            own: Vec::new(),
            places: shipped::reference()?,
            groups: Catalogue::shipped(),
            settings: Settings::default(),
            supply: clock::supply(),
        })
    }

    /// The document, and what `held` says of it as a draft that was begun now, on the form it names or the default.
    pub fn findings(
        &mut self,
        document: &Value,
        moment: Moment,
        held: fn(&Case, &Facts<'_>) -> Vec<Finding>,
    ) -> Result<Held, String> {
        let told = |violations: Vec<_>| violations.first().map_or_else(String::new, ToString::to_string);
        let draft = read(document, &self.groups, &mut self.supply).map_err(told)?;
        let (settings, groups) = (&self.settings, &self.groups);
        let decision = draft.decision.clone();
        let key = draft.form.as_ref().unwrap_or(&settings.form);
        let Some(form) = Form::newest_shipped(key) else {
            return Err(format!("no form `{key}` is shipped"));
        };
        let key = form.workflow.as_ref().unwrap_or(&settings.workflow);
        let Some(workflow) = Workflow::newest_shipped(key) else {
            return Err(format!("no workflow `{key}` is shipped"));
        };
        let case = begun(draft, form, workflow, moment, &mut self.supply);
        let footprint = &case.content.proposal.footprint;
        let told = match footprint.as_slice() {
            [] => Told::default(),
            named => self.places.told(named, None, &settings.notable),
        };
        let facts = Facts {
            form,
            groups,
            settings,
            kind: OrganisationKind::Icb,
            population: told.population.as_ref(),
            unplaced: told.untold.as_ref(),
            alongside: &[],
            today: moment.today,
            own: self.own.as_slice(),
        };
        let title = case.content.title.clone();
        Ok(Held { title, decision, about: form.about, findings: held(&case, &facts) })
    }
}

/// The draft as a case that nobody has touched yet.
fn begun(draft: Draft, form: &Form, workflow: &Workflow, moment: Moment, supply: &mut Supply) -> Case {
    let mut content = draft.content;
    // Which case an interdependency names is found at import; that it names one counts here.
    for (id, _) in &draft.targets {
        if let Some(edge) = content.interdependencies.iter_mut().find(|edge| edge.id == *id) {
            edge.target = Some(supply.fresh());
        }
    }
    Case {
        id: supply.fresh(),
        reference: String::new(),
        organisation: supply.fresh(),
        version: 1,
        revision: 1,
        frozen: false,
        form: form.pinned(),
        workflow: workflow.pinned(),
        state: workflow.initial.clone(),
        author: supply.fresh(),
        content,
        process: Process::default(),
        changed: BTreeMap::new(),
        shares: BTreeMap::new(),
        retention: RetentionClass::WithDecision,
        legal_hold: false,
        created_at: moment.at,
        updated_at: moment.at,
    }
}
