//! A workflow document as it is written, and the laws of its form.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use crate::{
    calendar,
    canonical::Spelling,
    decision::DecisionOutcome,
    review::Recommendation,
    screening::ScreeningDepth,
    text,
    workflow::{
        Phase, Standing, clock,
        deadline::{FARTHEST, STEPS as MOST_STEPS, Step, Told},
        definition::{
            Capability, ClockDefinition, FORMAT, Granted, Reaction, Requirement, State, Transition, Workflow,
            WorkflowRole,
        },
        effect::Effect,
        guard::Guard,
        law::Broken,
        witness::Witness,
    },
};

/// Most bytes of a document.
pub const BYTES: usize = 256 * 1024;
/// The highest version.
const VERSIONS: u32 = 1_000_000;
/// Most states.
pub const STATES: usize = 100;
/// Most transitions.
pub const TRANSITIONS: usize = 400;
/// Most roles, clocks, witnesses, and guards or effects of one transition.
pub const FEW: usize = 50;
/// Most steps of all witnesses together.
pub const STEPS: usize = 1000;
/// Most guards of all transitions together.
pub const GUARDS: usize = 1000;
/// Most seats that the quorums of a definition ask for; a panel that fills them all is that large.
pub const SEATS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    format: String,
    key: String,
    version: u32,
    title: String,
    initial: String,
    #[serde(default)]
    forms: Vec<String>,
    roles: Roles,
    states: Vec<StateEntry>,
    transitions: Vec<TransitionEntry>,
    #[serde(default)]
    clocks: Vec<ClockEntry>,
    #[serde(default)]
    delegation: Option<String>,
    #[serde(default)]
    witnesses: Vec<Witness>,
}

/// Roles as they are written: a name that is given twice is there twice, so that it can be refused.
struct Roles(Vec<(String, RoleEntry)>);

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Roles;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("roles by their names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Roles, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Roles(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RoleEntry {
    capability: Capability,
    grants: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StateEntry {
    name: String,
    label: String,
    phase: Phase,
    standing: Standing,
    #[serde(default)]
    editable_by: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TransitionEntry {
    name: String,
    label: String,
    from: Vec<String>,
    to: String,
    roles: Vec<String>,
    #[serde(default)]
    guards: Vec<Value>,
    #[serde(default)]
    concludes: Option<Recommendation>,
    #[serde(default)]
    decides: Vec<DecisionOutcome>,
    #[serde(default)]
    screens: Option<ScreeningDepth>,
    #[serde(default)]
    without_quorum: Option<String>,
    #[serde(default)]
    requires: Vec<Requirement>,
    #[serde(default)]
    effects: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClockEntry {
    name: String,
    days: u32,
    #[serde(default = "all_but_drafting")]
    runs_in: Vec<Phase>,
    #[serde(default)]
    due: Option<Reaction>,
    #[serde(default)]
    steps: Option<Vec<StepEntry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StepEntry {
    working_days: i32,
    to: Vec<String>,
}

fn all_but_drafting() -> Vec<Phase> {
    Phase::ALL.iter().copied().filter(|phase| *phase != Phase::Drafting).collect()
}

/// Reads a document that is to be published; what breaks a law of form is put into `broken`. `None` when it cannot be
/// read at all.
pub(super) fn examine(source: &str, broken: &mut Vec<Broken>) -> Option<Workflow> {
    let document = parse(source, broken)?;
    if let Some(message) = too_many(&document) {
        broken.push(Broken { law: "FORM_BOUNDS", at: WHOLE.into(), message });
        return None;
    }
    names(&document, broken);
    grants(&document, broken);
    let workflow = build(document, broken);
    repeats(&workflow, broken);
    lengths(&workflow, broken);
    Some(workflow)
}

/// Reads a document that was published, by this program or one before it: laws that came later say nothing of it. Only
/// what cannot be built is put into `broken`.
pub(crate) fn read(source: &str, broken: &mut Vec<Broken>) -> Option<Workflow> {
    parse(source, broken).map(|document| build(document, broken))
}

const WHOLE: &str = "the document";

fn parse(source: &str, broken: &mut Vec<Broken>) -> Option<Document> {
    let whole = WHOLE.to_owned();
    if source.len() > BYTES {
        let message = format!("It has {} bytes; at most {BYTES} are read. Make it smaller.", source.len());
        broken.push(Broken { law: "FORM_BOUNDS", at: whole, message });
        return None;
    }
    let document: Document = match serde_json::from_str(source) {
        Ok(document) => document,
        Err(error) => {
            let message = format!("It cannot be read: {error}. Correct that place.");
            broken.push(Broken { law: "FORM_DOCUMENT", at: whole, message });
            return None;
        }
    };
    if document.format != FORMAT {
        let message = format!("Its format is `{}`; write `{FORMAT}`.", document.format);
        broken.push(Broken { law: "FORM_DOCUMENT", at: whole, message });
        return None;
    }
    Some(document)
}

fn build(document: Document, broken: &mut Vec<Broken>) -> Workflow {
    let roles = roles(&document, broken);
    let clocks = clocks(&document, broken);
    let clock_names: BTreeSet<&str> = document.clocks.iter().map(|clock| clock.name.as_str()).collect();
    let transitions = document.transitions.iter();
    let transitions = transitions.map(|entry| transition(entry, &clock_names, broken)).collect();
    let states = document.states.into_iter().map(|entry| State {
        name: entry.name,
        label: entry.label,
        phase: entry.phase,
        standing: entry.standing,
        editable_by: entry.editable_by,
    });
    let workflow = Workflow {
        key: document.key,
        version: document.version,
        title: document.title,
        initial: document.initial,
        forms: document.forms,
        roles,
        states: states.collect(),
        transitions,
        clocks,
        delegation: document.delegation,
        witnesses: document.witnesses,
        spelling: Spelling::default(),
    };
    references(&workflow, broken);
    workflow
}

fn too_many(document: &Document) -> Option<String> {
    let steps: usize = document.witnesses.iter().map(|witness| witness.steps.len()).sum();
    let impacts = document.witnesses.iter().map(|witness| witness.given.impacts.len()).max().unwrap_or(0);
    let most =
        |count: fn(&TransitionEntry) -> usize| document.transitions.iter().map(count).max().unwrap_or(0);
    let of_roles = document.roles.0.iter().map(|(_, role)| role.grants.len());
    let of_states = document.states.iter().map(|state| state.editable_by.len());
    let of_steps = document.clocks.iter().flat_map(|clock| &clock.steps).flatten().map(|step| step.to.len());
    let of_clocks = document.clocks.iter().map(|clock| clock.runs_in.len());
    let bounds = [
        ("forms", document.forms.len(), FEW),
        ("states", document.states.len(), STATES),
        ("transitions", document.transitions.len(), TRANSITIONS),
        ("roles", document.roles.0.len(), FEW),
        ("grants of a role", of_roles.max().unwrap_or(0), FEW),
        ("roles that edit one state", of_states.max().unwrap_or(0), FEW),
        ("phases that one clock runs in", of_clocks.max().unwrap_or(0), FEW),
        ("who are told by one step", of_steps.max().unwrap_or(0), FEW),
        ("clocks", document.clocks.len(), FEW),
        ("states that one transition starts from", most(|entry| entry.from.len()), STATES),
        ("roles of one transition", most(|entry| entry.roles.len()), FEW),
        ("guards of one transition", most(|entry| entry.guards.len()), FEW),
        (
            "guards of all transitions",
            document.transitions.iter().map(|entry| entry.guards.len()).sum(),
            GUARDS,
        ),
        ("decisions of one transition", most(|entry| entry.decides.len()), FEW),
        ("requirements of one transition", most(|entry| entry.requires.len()), FEW),
        ("effects of one transition", most(|entry| entry.effects.len()), FEW),
        ("witnesses", document.witnesses.len(), FEW),
        ("steps of all witnesses", steps, STEPS),
        ("impacts of one witness", impacts, FEW),
    ];
    bounds
        .into_iter()
        .find(|(_, count, most)| count > most)
        .map(|(what, count, most)| format!("It has {count} {what}; at most {most} are read. Leave some out."))
}

/// Names are words, given once; labels are not blank.
fn names(document: &Document, broken: &mut Vec<Broken>) {
    let mut report = |at: String, message: &str| {
        broken.push(Broken { law: "FORM_NAMES", at, message: message.into() });
    };
    if !is_key(&document.key) {
        report("key".into(), "A key is lower-case words joined by `-`, like `ehia`, 60 letters at most.");
    }
    if !(1..=VERSIONS).contains(&document.version) {
        report("version".into(), "Versions count from 1 to 1,000,000.");
    }
    let blank = |text: &str| text.trim().is_empty() || text.chars().count() > text::LINE;
    if blank(&document.title) {
        report("title".into(), "Give it a title of at most 300 characters.");
    }
    if document.delegation.as_ref().is_some_and(|cited| cited.chars().count() > text::LINE) {
        report("delegation".into(), "Cite the delegation in at most 300 characters.");
    }
    for form in document.forms.iter().filter(|form| !is_key(form)) {
        report(
            format!("form {}", shown(form)),
            "A form is named by its key: lower-case words joined by `-`, 60 letters at most.",
        );
    }
    for form in repeated(&document.forms) {
        report(format!("form {}", shown(form)), "This form is named twice: leave one of them out.");
    }
    for witness in document.witnesses.iter().filter(|witness| blank(&witness.name)) {
        report(format!("witness {}", shown(&witness.name)), "Say what it shows, in at most 300 characters.");
    }
    let states = document.states.iter().map(|state| ("state", &state.name, Some(&state.label)));
    let transitions = document.transitions.iter().map(|one| ("transition", &one.name, Some(&one.label)));
    let roles = document.roles.0.iter().map(|(role, _)| ("role", role, None));
    let clocks = document.clocks.iter().map(|clock| ("clock", &clock.name, None));
    let mut seen = BTreeSet::new();
    for (kind, name, label) in states.chain(transitions).chain(roles).chain(clocks) {
        let at = format!("{kind} {}", shown(name));
        if !is_name(name) {
            report(
                at.clone(),
                "A name begins with a lower-case letter and goes on with those, digits and `_`, 60 at most.",
            );
        }
        if !seen.insert((kind, name)) {
            report(at.clone(), "Two have this name: rename one of them.");
        }
        if label.is_some_and(|label| blank(label)) {
            report(at, "Give it a label of at most 300 characters.");
        }
    }
}

fn is_key(key: &str) -> bool {
    key.len() <= 60 && key.split('-').all(is_name)
}

fn is_name(name: &str) -> bool {
    name.len() <= 60
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A name as messages show it: bounded, because it may be anything.
pub(super) fn shown(name: &str) -> String {
    let start: String = name.chars().take(60).collect();
    format!("`{}`", start.escape_debug())
}

fn roles(document: &Document, broken: &mut Vec<Broken>) -> BTreeMap<String, WorkflowRole> {
    let of = |(name, entry): &(String, RoleEntry)| {
        let mut report = |message: String| {
            broken.push(Broken { law: "FORM_ROLES", at: format!("role {}", shown(name)), message });
        };
        if entry.grants.is_empty() {
            report("It means nobody: list roles or relations in `grants`.".into());
        }
        let mut grants = Vec::new();
        for word in &entry.grants {
            match Granted::parse(word) {
                Some(granted) => grants.push(granted),
                None => report(format!(
                    "{} is neither a role nor a relation: write one, like `PANEL_CHAIR`.",
                    shown(word)
                )),
            }
        }
        (name.clone(), WorkflowRole { capability: entry.capability, grants })
    };
    document.roles.0.iter().map(of).collect()
}

fn clocks(document: &Document, broken: &mut Vec<Broken>) -> Vec<ClockDefinition> {
    let of = |entry: &ClockEntry| {
        let mut report = |message: String| {
            broken.push(Broken { law: "FORM_CLOCKS", at: format!("clock {}", shown(&entry.name)), message });
        };
        if !(1..=calendar::LONGEST).contains(&entry.days) {
            report(format!("It gives {} working days; give 1 to {}.", entry.days, calendar::LONGEST));
        }
        if entry.runs_in.is_empty() {
            report("It never runs: name phases in `runsIn`, or leave that out.".into());
        }
        if entry.name == clock::REEXAMINATION {
            report("The program keeps a clock of this name: choose another.".into());
        }
        let steps = steps(entry, &mut report);
        let tells_others = steps.iter().flat_map(|step| &step.to).any(|told| *told != Told::Doer);
        let word = if tells_others { Reaction::Escalate } else { Reaction::Remind };
        ClockDefinition {
            name: entry.name.clone(),
            days: entry.days,
            runs_in: entry.runs_in.clone(),
            due: entry.due.unwrap_or(word),
            steps,
        }
    };
    document.clocks.iter().map(of).collect()
}

/// The steps of a clock, when it gives any; in the order in which they go out.
fn steps(entry: &ClockEntry, report: &mut impl FnMut(String)) -> Vec<Step> {
    let Some(written) = &entry.steps else {
        if entry.due.is_none() {
            report("Say in `steps` who is told when, or write `due`: REMIND or ESCALATE.".into());
        }
        return Vec::new();
    };
    if entry.due.is_some() {
        report("`due` stands for steps of its own: write `due` or `steps`.".into());
    }
    if !(1..=MOST_STEPS).contains(&written.len()) {
        report(format!("It has {} steps; give 1 to {MOST_STEPS}.", written.len()));
        return Vec::new();
    }
    let mut steps: Vec<Step> = Vec::new();
    for StepEntry { working_days, to } in written {
        if !(-FARTHEST..=FARTHEST).contains(working_days) {
            report(format!("A step is {working_days} working days away; give -{FARTHEST} to {FARTHEST}."));
            continue;
        }
        if steps.iter().any(|step| step.working_days == *working_days) {
            report(format!("Two steps are {working_days} working days away: make them one."));
            continue;
        }
        if *working_days < 0 && i64::from(entry.days) < i64::from(working_days.unsigned_abs()) {
            report(format!("A step is {working_days} working days away, before the clock begins to run."));
        }
        let mut told: Vec<Told> = Vec::new();
        for word in to {
            match Told::parse(word) {
                Some(who) if !told.contains(&who) => told.push(who),
                Some(_) => report(format!("A step tells {} twice.", shown(word))),
                None => {
                    report(format!(
                        "A step tells {}, who is neither `doer`, `body` nor a role.",
                        shown(word)
                    ));
                }
            }
        }
        if to.is_empty() {
            report("A step tells nobody: name `doer`, `body` or roles in `to`.".into());
        }
        steps.push(Step { working_days: *working_days, to: told, breaches: false });
    }
    steps.sort_by_key(|step| step.working_days);
    steps
}

fn transition(entry: &TransitionEntry, clocks: &BTreeSet<&str>, broken: &mut Vec<Broken>) -> Transition {
    let at = format!("transition {}", shown(&entry.name));
    let mut guards = Vec::new();
    for value in &entry.guards {
        let read = serde_json::from_value::<Guard>(value.clone()).map_err(|error| error.to_string());
        match read.and_then(|guard| guard.misfit().map_or(Ok(guard), Err)) {
            Ok(guard) => guards.push(guard),
            Err(wrong) => broken.push(Broken {
                law: "FORM_GUARDS",
                at: at.clone(),
                message: format!("The guard {} does not fit: {wrong}.", called(value)),
            }),
        }
    }
    let mut effects = Vec::new();
    for value in &entry.effects {
        let read = serde_json::from_value::<Effect>(value.clone()).map_err(|error| error.to_string());
        match read.and_then(|effect| effect.misfit(clocks).map_or(Ok(effect), Err)) {
            Ok(effect) => effects.push(effect),
            Err(wrong) => broken.push(Broken {
                law: "FORM_EFFECTS",
                at: at.clone(),
                message: format!("The effect {} does not fit: {wrong}.", called(value)),
            }),
        }
    }
    Transition {
        name: entry.name.clone(),
        label: entry.label.clone(),
        from: entry.from.clone(),
        to: entry.to.clone(),
        roles: entry.roles.clone(),
        guards,
        concludes: entry.concludes,
        decides: entry.decides.clone(),
        screens: entry.screens,
        without_quorum: entry.without_quorum.clone(),
        requires: entry.requires.clone(),
        effects,
    }
}

fn called(value: &Value) -> String {
    shown(value.get("name").and_then(Value::as_str).unwrap_or("without a name"))
}

/// What is named again, once for each time.
fn repeated(names: &[String]) -> impl Iterator<Item = &String> {
    let mut seen = BTreeSet::new();
    names.iter().filter(move |name| !seen.insert(name.as_str()))
}

/// Every grant of a role is written once.
fn grants(document: &Document, broken: &mut Vec<Broken>) {
    for (name, entry) in &document.roles.0 {
        for word in repeated(&entry.grants) {
            let message = format!("{} is granted twice: leave one of them out.", shown(word));
            broken.push(Broken { law: "FORM_ROLES", at: format!("role {}", shown(name)), message });
        }
    }
}

/// Every state and role is named once.
fn repeats(workflow: &Workflow, broken: &mut Vec<Broken>) {
    for transition in &workflow.transitions {
        for state in repeated(&transition.from) {
            let message = format!("It starts from {} twice: leave one of them out.", shown(state));
            let at = format!("transition {}", shown(&transition.name));
            broken.push(Broken { law: "FORM_STATES", at, message });
        }
    }
    let of_states = workflow.states.iter().map(|state| ("state", &state.name, &state.editable_by));
    let of_transitions = workflow.transitions.iter().map(|one| ("transition", &one.name, &one.roles));
    for (kind, name, roles) in of_states.chain(of_transitions) {
        for role in repeated(roles) {
            let message = format!("The role {} is named twice: leave one of them out.", shown(role));
            broken.push(Broken { law: "FORM_ROLES", at: format!("{kind} {}", shown(name)), message });
        }
    }
}

/// What guards say and are seeded by is a line.
fn lengths(workflow: &Workflow, broken: &mut Vec<Broken>) {
    for transition in &workflow.transitions {
        if transition.without_quorum.as_ref().is_some_and(|why| why.chars().count() > text::LINE) {
            let message = "Say in at most 300 characters why no quorum is asked for.".into();
            let at = format!("transition {}", shown(&transition.name));
            broken.push(Broken { law: "SAFETY_QUORUM", at, message });
        }
        for too_long in transition.guards.iter().filter_map(Guard::too_long) {
            let message = format!("In a guard, {too_long}.");
            let at = format!("transition {}", shown(&transition.name));
            broken.push(Broken { law: "FORM_GUARDS", at, message });
        }
    }
}

/// Every state and role that is named exists.
fn references(workflow: &Workflow, broken: &mut Vec<Broken>) {
    let mut unknown_state = |at: String, name: &str| {
        if workflow.state(name).is_none() {
            let message = format!("There is no state {}: add it, or name one of the states.", shown(name));
            broken.push(Broken { law: "FORM_STATES", at, message });
        }
    };
    unknown_state("initial".into(), &workflow.initial);
    for transition in &workflow.transitions {
        let at = format!("transition {}", shown(&transition.name));
        transition.from.iter().for_each(|from| unknown_state(at.clone(), from));
        unknown_state(at, &transition.to);
    }
    for transition in workflow.transitions.iter().filter(|transition| transition.from.is_empty()) {
        let message = "It starts nowhere: name states in `from`, or leave it out.".into();
        broken.push(Broken {
            law: "FORM_STATES",
            at: format!("transition {}", shown(&transition.name)),
            message,
        });
    }
    let of_states = workflow.states.iter().map(|state| ("state", &state.name, &state.editable_by));
    let of_transitions = workflow.transitions.iter().map(|one| ("transition", &one.name, &one.roles));
    for (kind, name, roles) in of_states.chain(of_transitions) {
        let at = format!("{kind} {}", shown(name));
        for role in roles.iter().filter(|role| !workflow.roles.contains_key(*role)) {
            let message =
                format!("There is no role {}: add it to `roles`, or name one of them.", shown(role));
            broken.push(Broken { law: "FORM_ROLES", at: at.clone(), message });
        }
        if kind == "transition" && roles.is_empty() {
            let message = "Nobody may make it: name roles in `roles`, or leave it out.".into();
            broken.push(Broken { law: "FORM_ROLES", at, message });
        }
    }
}
