//! The words of the year's mail: each message as it goes out, written as the worker writes it, and read.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use ehia::{
    app::{Dispatch, View},
    domain::{calendar::Moment, id::AssessmentId},
    mail::render::{Rendered, Sender, render},
    worker::letter,
};
use serde_json::Value;
use url::Url;

use super::Year;

/// Where the service is, as far as messages know.
const SERVICE: &str = "https://ehia.example/";
/// What stands where a name, a date or a whole part is missing, and what is for machines.
const ODD: [&str; 10] =
    ["{{", "{%", "undefined", "unknown", "null", "None", "()", "“”", "person:0", "assessment:0"];
/// So many letters stand nowhere else by chance.
const TELLING: usize = 24;

/// A case, and what stands in it.
pub(super) type Pieces = (Arc<View>, Arc<BTreeSet<String>>);

impl Year {
    /// Writes a message and reads it: it is whole, it carries no secret, and it says what is to be done about a case and not
    /// what stands in it. So whoever has not declared, or withdrew, learns no more from their mail than the case tells them.
    pub(super) async fn written(&self, one: Dispatch, moment: Moment) {
        let about = format!("{} to {}", one.kind.as_str(), one.to_name);
        assert!(one.reset.is_none() && one.invitation.is_none(), "{about}: everybody signs in");
        let letter = letter(one, &SERVICE.parse::<Url>().unwrap()).unwrap();
        let sender = Sender::parse("Assessment service <ehia@mail.example>").unwrap();
        let Rendered { subject, text, html, .. } = render(&letter, &sender, moment).unwrap();
        for said in [&subject, &text, &html] {
            assert!(!said.trim().is_empty(), "{about}: nothing is said in a part of it");
            let odd = ODD.iter().find(|odd| said.contains(**odd));
            assert_eq!(odd, None, "{about}: {said}");
        }
        for said in [&subject, &text] {
            assert!(!said.contains(" .") && !said.contains(" ,"), "{about}: a word is missing in {said}");
        }
        let facts = &letter.facts;
        assert!(text.contains(&letter.to_name) && text.contains(&facts.organisation), "{about}: {text}");
        let digest = &facts.digest;
        let owed = digest.owed.iter().map(|case| case.reference.as_str());
        let news = digest.news.iter().map(|(_, facts)| facts.reference.as_str());
        let named: HashSet<&str> = owed.chain(news).chain([facts.reference.as_str()]).collect();
        let mut tasks = digest.owed.iter().flat_map(|case| &case.tasks);
        assert!(tasks.all(|(what, _)| !what.trim().is_empty()), "{about}: {text}");
        let linked = html.replace("&#x2f;", "/");
        let shown = linked.split('"').filter(|piece| piece.starts_with("http"));
        for link in text.split_whitespace().filter(|word| word.contains("://")).chain(shown) {
            assert!(link.starts_with(SERVICE) && !link.contains(['?', '#']), "{about}: {link}");
        }
        let mut pieces = BTreeSet::new();
        for reference in named.into_iter().filter(|reference| !reference.is_empty()) {
            assert!(text.contains(reference), "{about}: {reference} is not named in {text}");
            let case = self.references.iter().find(|(_, known)| *known == reference);
            let Some((case, _)) = case else { panic!("{about}: nobody began {reference}") };
            pieces.extend(self.pieces(*case).await.iter().cloned());
        }
        let told = pieces.iter().find(|piece| subject.contains(*piece) || text.contains(*piece));
        assert_eq!(told, None, "{about}: what stands in a case is in {text}");
    }

    /// What stands in a case but for its title, in pieces that stand nowhere else by chance; taken apart once as long as
    /// nothing happens with it.
    async fn pieces(&self, case: AssessmentId) -> Arc<BTreeSet<String>> {
        let known = self.known.lock().unwrap().get(&case).cloned();
        let view = match known {
            Some(view) => view,
            None => self.view(case).await,
        };
        let kept = self.pieces.lock().unwrap().get(&case).cloned();
        if let Some((_, pieces)) = kept.filter(|(of, _)| Arc::ptr_eq(of, &view)) {
            return pieces;
        }
        let mut content = serde_json::to_value(&view.case.content).unwrap();
        content["title"].take();
        let mut found = BTreeSet::new();
        collect(&content, &mut found);
        assert!(!found.is_empty(), "{}: nothing stands in it", view.case.reference);
        let found = Arc::new(found);
        self.pieces.lock().unwrap().insert(case, (view, found.clone()));
        found
    }
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let lines = text.lines().map(str::trim).filter(|line| line.chars().count() >= TELLING);
            found.extend(lines.map(str::to_owned));
        }
        Value::Array(all) => all.iter().for_each(|one| collect(one, found)),
        Value::Object(fields) => fields.values().for_each(|one| collect(one, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
