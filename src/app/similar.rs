//! Earlier cases that are like one, as far as the actor may read them.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use crate::{
    app::{App, Result, Summary, View},
    domain::{
        id::AssessmentId,
        permission::Actor,
        place::{Lsoas, Reference},
        search,
        similar::{self, Similar, Traits},
    },
    store::Scope,
};

/// Cases whose words are compared: those that share most beside.
const CLOSE: usize = 100;

impl App {
    /// Earlier cases that the actor may read and that are like this one, what is most like it first, each with why.
    pub async fn similar(&self, actor: &Actor, view: &View, most: usize) -> Result<Vec<(Summary, Similar)>> {
        let case = &view.case;
        let words = search::words(&case.reference, &case.content, Some(&view.form), view.visibility());
        let mut traits = Traits::of(&case.content, words);
        let read = self.store.read();
        let mut others = read.earlier_cases(case.id, case.created_at, &traits, Scope::Read(actor)).await?;
        let reference = self.known_places().await.ok();
        if let Some(reference) = &reference {
            place(&mut traits, &mut others, reference);
        }
        let mut close: Vec<(usize, AssessmentId)> =
            others.iter().map(|(id, other)| (traits.points_without_words(other), *id)).collect();
        close.sort_by_key(|one| Reverse(*one));
        close.truncate(CLOSE);
        let close: BTreeSet<AssessmentId> = close.into_iter().map(|(_, id)| id).collect();
        others.retain(|id, _| close.contains(id));
        for (id, words) in read.words_of(close).await? {
            if let Some(other) = others.get_mut(&id) {
                other.words = words;
            }
        }
        let found = similar::similar(&traits, &others, &view.frame.groups, reference.as_deref(), most);
        let ids: Vec<_> = found.iter().map(|similar| similar.case).collect();
        let mut summaries = self.summaries(actor, &ids).await?;
        let told = found.into_iter().filter_map(|similar| Some((summaries.remove(&similar.case)?, similar)));
        Ok(told.collect())
    }
}

/// Puts the LSOAs of all footprints into the traits; every area is looked up once, whoever names it.
fn place(case: &mut Traits, others: &mut BTreeMap<AssessmentId, Traits>, reference: &Reference) {
    let mut known: HashMap<String, Lsoas> = HashMap::new();
    let mut of = |places: &BTreeSet<String>| {
        let mut all = Lsoas::default();
        for code in places {
            let lsoas = known.entry(code.clone()).or_insert_with(|| reference.lsoas([code]));
            all.extend(lsoas);
        }
        all
    };
    case.lsoas = of(&case.places);
    for other in others.values_mut() {
        other.lsoas = of(&other.places);
    }
}
