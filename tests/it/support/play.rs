//! Playing the walk-through in tests, and reading back what was delivered.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use serde_json::Value;

use super::{service::Service, smtp::Smtp};
use crate::runner::{Expected, Run, Script, Step};

/// How long a message may take: leases that workers held which died one after another, on a slow machine.
const DELIVERY: Duration = Duration::from_secs(90);

/// The walk-through's script.
pub fn script() -> Script {
    Script::read(&read("walkthrough/script.json")).unwrap()
}

/// Makes ready to play a script; `id` tells plays apart.
pub fn run(script: &Script, service: &Service<'_>, id: &str) -> Run {
    let document: Value = serde_json::from_str(&read(&script.document.file)).unwrap();
    let today = ehia::clock::now().today;
    Run::new(script, document, &service.url(), service.accounts.clone(), id.to_owned(), today).unwrap()
}

/// Plays a script up to, and without, the step of that name.
pub async fn play_until(run: &mut Run, script: &Script, name: &str) {
    for step in script.steps.iter().take_while(|step| step.name != name) {
        run.step(step).await.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

/// The step of that name.
pub fn step<'a>(script: &'a Script, name: &str) -> &'a Step {
    script.steps.iter().find(|step| step.name == name).unwrap()
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file)).unwrap()
}

/// The messages about a case that were delivered: address, subject, and the identifiers under which it came.
pub fn delivered(smtp: &Smtp, reference: &str) -> BTreeMap<Expected, Vec<String>> {
    let mut found: BTreeMap<Expected, Vec<String>> = BTreeMap::new();
    for message in smtp.mailbox() {
        let subject = message.header("Subject").unwrap().to_owned();
        if !subject.contains(reference) {
            continue;
        }
        let to = message.header("Envelope-to").unwrap().to_owned();
        let id = message.header("Message-ID").unwrap().to_owned();
        found.entry(Expected { to, subject }).or_default().push(id);
    }
    found
}

/// Which of the expected messages are still missing, and which delivered ones nobody expected. A message that came
/// twice under one identifier counts once.
pub fn differences(expected: &[Expected], delivered: &BTreeMap<Expected, Vec<String>>) -> Vec<String> {
    let mut left: Vec<(&Expected, usize)> = (delivered.iter())
        .map(|(message, ids)| {
            let mut ids = ids.clone();
            ids.sort();
            ids.dedup();
            (message, ids.len())
        })
        .collect();
    let mut found = Vec::new();
    for one in expected {
        let fits = |(message, count): &&mut (&Expected, usize)| {
            *count > 0 && message.to == one.to && message.subject.contains(&one.subject)
        };
        match left.iter_mut().find(fits) {
            Some((_, count)) => *count -= 1,
            None => found.push(format!("missing: {} to {}", one.subject, one.to)),
        }
    }
    let unexpected = left.iter().filter(|(_, count)| *count > 0);
    found.extend(unexpected.map(|(one, count)| format!("{count} too many: {} to {}", one.subject, one.to)));
    found
}

/// Nothing was delivered twice, under whatever identifier.
///
/// # Panics
/// When something was.
pub fn none_twice(delivered: &BTreeMap<Expected, Vec<String>>) {
    for (message, ids) in delivered {
        let mut distinct = ids.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), ids.len(), "{message:?} came twice");
    }
}

/// Waits until every expected message was delivered and nothing else.
///
/// # Panics
/// When that does not come about in time.
pub async fn all_delivered(smtp: &Smtp, run: &Run) -> BTreeMap<Expected, Vec<String>> {
    let reference = run.saved("reference").unwrap().as_str().unwrap();
    let end = tokio::time::Instant::now() + DELIVERY;
    loop {
        let delivered = delivered(smtp, reference);
        let differences = differences(run.expected(), &delivered);
        if differences.is_empty() {
            return delivered;
        }
        assert!(tokio::time::Instant::now() < end, "messages about {reference}: {differences:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
